//! One item of a detection as tests.
//!
//! In: a field, what its modifiers ask, its values. Out: tests of the language, as few as say the same. Never here: which events they are asked of.
//!
//! | value | test |
//! | --- | --- |
//! | a text without wildcards | `==`, several `in [...]` |
//! | `*text*`, `text*`, `*text` | `contains`, `starts with`, `ends with`; several `any [...]` |
//! | any other wildcards | `like` |
//! | `*` alone, an empty text that is looked for inside | `exists` |
//! | null | `is missing` |
//! | a regular expression | `matches`, `cased` unless it says `i` |
//! | base64 at any offset | `contains base64 of` |
//! | a number with a fraction, compared | the number, or the characters as they are written: event data are texts; an ordering asks `number of` the field |
//! | several spellings of one value (offsets of base64, dashes in it, placeholders) | one of them is enough, also where `all` values are asked |
//!
//! All tests are the language's own: it was made so that they mean the same.

use rustc_hash::FxHashSet;

use super::super::model::Item;
use super::super::modifier::{Ask, Plan};
use super::super::setup::ANY_FIELD;
use super::super::value::{Part, Pattern, Value};
use super::Lowerer;
use super::logic::Logic;
use super::needle::{Needle, SHORTEST, Shape, needle};
use crate::ast::{Args, At, Base, FieldRef, Function, Literal, Number, Operand, Operator, Test};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::Dialect;
use crate::limits;
use crate::origin::Origin;
use crate::sysmon::Catalogue;

/// What is asked besides texts.
enum Other {
    Missing,
    Literal(Literal, Origin),
}

impl Lowerer<'_> {
    pub(super) fn item(&mut self, item: &Item) -> Logic {
        let plan = &item.plan;
        let Some(subject) = self.subject(item) else {
            self.absent.extend(item.field.iter().map(|field| field.value.clone()));
            return Logic::Absent;
        };
        let spelt = plan.base64 == Some(true) || plan.expand || plan.base64.is_some() && plan.any_dash;
        if plan.all && spelt {
            // Of each value one spelling is enough.
            let one = |value: &At<Value>| {
                let plan = Plan { all: false, negated: false, ..*plan };
                Item { values: vec![value.clone()], plan, ..item.clone() }
            };
            let each = item.values.iter().map(|value| self.item(&one(value))).collect();
            let all = Logic::And(each);
            return if plan.negated { all.not() } else { all };
        }
        let asked = match plan.ask {
            Ask::Exists => self.each(item, |lowerer, value| {
                let test = lowerer.test(&subject, plan, Operator::Exists, Args::None, item.origin);
                let exists = matches!(value.value, Value::Bool { value: true, .. });
                Some(if exists { test } else { test.not() })
            }),
            Ask::Ordered(operator) => self.ordered(item, &subject, operator),
            Ask::Cidr => self.networks(item, &subject),
            Ask::Re { lines, dot_all, place } => self.patterns(item, &subject, (lines, dot_all), place),
            Ask::Text(operator) if plan.field => self.against(item, &subject, operator),
            Ask::Equals if plan.field || plan.part.is_some() => self.against(item, &subject, Operator::Equals),
            Ask::Equals | Ask::Text(_) => self.texts(item, &subject),
        };
        if plan.negated { asked.not() } else { asked }
    }

    /// What the item is about; none: these events do not have it.
    fn subject(&self, item: &Item) -> Option<Operand> {
        let through = item.plan.part.into_iter().collect();
        let base = match &item.field {
            None => Base::AnyField,
            Some(field) => self.field(&field.value, field.origin)?,
        };
        let origin = item.field.as_ref().map_or(item.origin, |field| field.origin);
        Some(Operand { base, through, origin })
    }

    /// What a field of Sigma is in these events.
    pub(super) fn field(&self, name: &str, origin: Origin) -> Option<Base> {
        let own = self.sources.iter().find_map(|source| source.fields.get(name));
        if own.is_none() && self.sources.iter().any(|source| source.only) {
            return None;
        }
        let name = own.or_else(|| self.setup.fields.get(name)).map_or(name, String::as_str);
        if name == ANY_FIELD {
            return Some(Base::AnyField);
        }
        // What is no part of the event's head is one of its data.
        let of_data = |name: &str| {
            let field = self.catalogue.get_or_init(Catalogue::standard).resolve(name);
            let data = |path: &String| path.starts_with("winlog.event_data.");
            !name.contains('.') && (field.def.is_none() || field.path.paths.iter().all(data))
        };
        if own.is_none() && self.sources.iter().any(|source| source.user_data) && of_data(name) {
            return Some(Base::Field(FieldRef { name: format!("winlog.user_data.{name}"), origin }));
        }
        // A small letter begins no name of Sysmon's: Windows' own event data are asked. In events of Sysmon it is a slip, which the checker tells.
        let of_sysmon = self.sources.iter().any(|source| !source.events.is_empty());
        let slip = |known: &str| known != name && known.eq_ignore_ascii_case(name);
        let path = name.contains('.')
            || name.starts_with(|c: char| c.is_uppercase())
            || name == "message"
            || of_sysmon && self.catalogue.get_or_init(Catalogue::standard).field_names().any(slip);
        let name = if path { name.to_string() } else { format!("winlog.event_data.{name}") };
        Some(Base::Field(FieldRef { name, origin }))
    }

    fn test(&self, subject: &Operand, plan: &Plan, op: Operator, args: Args, origin: Origin) -> Logic {
        // Of what is encoded each dash is spelt out.
        let any_dash = plan.any_dash && plan.base64.is_none();
        let dash = matches!(op, Operator::Contains | Operator::StartsWith | Operator::EndsWith | Operator::Like);
        let cased = dash || matches!(op, Operator::Equals | Operator::In | Operator::Matches);
        Logic::Test(Box::new(Test {
            dialect: Dialect::Ours,
            every: false,
            subject: subject.clone(),
            cased: plan.cased && cased,
            any_dash: any_dash && dash,
            op: At::new(op, origin),
            args,
        }))
    }

    /// A test for each value, joined as the item says.
    fn each(&mut self, item: &Item, mut test: impl FnMut(&mut Self, &At<Value>) -> Option<Logic>) -> Logic {
        let tests: Vec<Logic> = item.values.iter().filter_map(|value| test(self, value)).collect();
        joined(tests, item.plan.all)
    }

    /// A test against each value: a number, or another field, which these events may not have.
    fn against(&mut self, item: &Item, subject: &Operand, operator: Operator) -> Logic {
        self.each(item, |lowerer, value| {
            let Some(operand) = lowerer.operand(value, &item.plan) else {
                lowerer.absent.extend(value.value.as_pattern().and_then(|name| Some(name.as_plain()?.to_string())));
                return Some(Logic::Absent);
            };
            Some(lowerer.test(subject, &item.plan, operator, Args::One(operand), item.origin))
        })
    }

    /// Orderings. Of a number with a fraction the number is asked that the text holds.
    fn ordered(&mut self, item: &Item, subject: &Operand, operator: Operator) -> Logic {
        let fraction = |value: &At<Value>| matches!(&value.value, Value::Number { value: Number::Float(_), .. });
        if item.plan.field || !subject.through.is_empty() || !item.values.iter().any(fraction) {
            return self.against(item, subject, operator);
        }
        let subject = Operand { through: vec![Function::NumberOf], ..subject.clone() };
        self.against(item, &subject, operator)
    }

    /// A number, or a field where the item compares fields.
    fn operand(&mut self, value: &At<Value>, plan: &Plan) -> Option<Operand> {
        let base = match &value.value {
            Value::Number { value, written } => {
                Base::Literal(Literal::Number { value: *value, written: number(written, *value) })
            }
            Value::Text(pattern) if plan.field => self.field(pattern.as_plain()?, value.origin)?,
            Value::Text(_) | Value::Bool { .. } | Value::Null => return None,
        };
        Some(Operand { base, through: Vec::new(), origin: value.origin })
    }

    fn networks(&mut self, item: &Item, subject: &Operand) -> Logic {
        let mut items = Vec::new();
        for value in &item.values {
            for pattern in self.expanded(value, &item.plan, false) {
                let text = pattern.as_plain().unwrap_or_default();
                match Literal::parse_unquoted(text) {
                    Some(literal @ (Literal::Network { .. } | Literal::Address(_))) => {
                        items.push(Operand { base: Base::Literal(literal), through: Vec::new(), origin: value.origin });
                    }
                    // What stands in the rule itself was looked at by the reader.
                    _other => {
                        let message = format!("a placeholder stands for `{text}`, which is no network");
                        let help = "write an address and a length, as in `10.0.0.0/8`";
                        self.fault(Code::SigmaPlaceholder, value.origin, message, help);
                    }
                }
            }
        }
        self.list(item, subject, Operator::In, items, item.plan.all)
    }

    /// One test with a list, or with its only member.
    fn list(&self, item: &Item, subject: &Operand, op: Operator, mut items: Vec<Operand>, all: bool) -> Logic {
        let equal = op == Operator::In;
        let network = |item: &Operand| matches!(&item.base, Base::Literal(Literal::Network { .. }));
        let single = |operand: Operand| {
            let op = if equal && !network(&operand) { Operator::Equals } else { op };
            self.test(subject, &item.plan, op, Args::One(operand), item.origin)
        };
        // A list of networks or literals asks for one, and one of base64 has no `all`.
        if all && (equal || items.iter().any(|operand| !operand.through.is_empty())) {
            return Logic::And(items.into_iter().map(single).collect());
        }
        if items.len() == 1
            && let Some(only) = items.pop()
        {
            return single(only);
        }
        self.test(subject, &item.plan, op, Args::Many { all, items, origin: item.origin }, item.origin)
    }

    fn patterns(&mut self, item: &Item, subject: &Operand, flags: (bool, bool), place: Operator) -> Logic {
        let flags = match flags {
            (false, false) => "",
            (true, false) => "(?m)",
            (false, true) => "(?s)",
            (true, true) => "(?ms)",
        };
        let mut items = Vec::new();
        for value in &item.values {
            for pattern in self.expanded(value, &item.plan, true) {
                let pattern = pattern.as_plain().unwrap_or_default();
                let text = match place {
                    Operator::StartsWith => format!("{flags}^(?:{pattern})"),
                    Operator::EndsWith => format!("{flags}(?:{pattern})$"),
                    _anywhere => format!("{flags}{pattern}"),
                };
                items.push(text_operand(text, None, value.origin));
            }
        }
        self.list(item, subject, Operator::Matches, items, item.plan.all)
    }

    fn texts(&mut self, item: &Item, subject: &Operand) -> Logic {
        let mut needles = Vec::new();
        let mut others = Vec::new();
        for value in &item.values {
            if item.field.is_some() && item.plan.ask == Ask::Equals && item.plan.base64.is_none() {
                let value_of = |literal| Other::Literal(literal, value.origin);
                match &value.value {
                    Value::Null => {
                        others.push(Other::Missing);
                        continue;
                    }
                    Value::Bool { value: truth, .. } => {
                        others.push(value_of(Literal::Bool(*truth)));
                        continue;
                    }
                    Value::Number { value: n, written } => {
                        let renamed = item.field.as_ref().and_then(|field| self.renamed(&field.value, written));
                        match renamed {
                            Some(text) => others.push(value_of(Literal::Text(text))),
                            None => {
                                others.push(value_of(Literal::Number { value: *n, written: number(written, *n) }));
                                if matches!(n, Number::Float(_)) {
                                    others.push(value_of(Literal::Text(written.clone())));
                                }
                            }
                        }
                        continue;
                    }
                    Value::Text(_) => {}
                }
            }
            let mut patterns = self.expanded(value, &item.plan, false);
            if item.plan.base64.is_some() && item.plan.any_dash {
                patterns = patterns.iter().flat_map(|pattern| self.spellings(pattern, value.origin)).collect();
            }
            for pattern in patterns {
                // A keyword is a part of a value.
                let keyword = item.field.is_none() && item.plan.ask == Ask::Equals;
                let pattern = if keyword { pattern.surrounded(true, true) } else { pattern };
                let pattern = match (&item.field, pattern.as_plain()) {
                    (Some(field), Some(text)) => {
                        self.renamed(&field.value, text).map_or(pattern, |text| Pattern::plain(&text))
                    }
                    _ => pattern,
                };
                let encoded = item.plan.base64.is_some();
                for found in needle(pattern, &item.plan, value.origin) {
                    if encoded && found.through.is_none() && found.text.len() < SHORTEST {
                        self.too_short(value.origin);
                        return Logic::Absent;
                    }
                    needles.push(found);
                }
            }
        }
        let mut shapes: Vec<Shape> = Vec::new();
        for needle in &needles {
            if !shapes.contains(&needle.shape) {
                shapes.push(needle.shape);
            }
        }
        let mut tests = Vec::new();
        let mut literals = Vec::new();
        for other in others {
            match other {
                Other::Missing => {
                    tests.push(self.test(subject, &item.plan, Operator::Exists, Args::None, item.origin).not());
                }
                Other::Literal(literal, origin) => {
                    literals.push(Operand { base: Base::Literal(literal), through: Vec::new(), origin });
                }
            }
        }
        // Numbers and texts stand in one list.
        if !literals.is_empty() && !shapes.contains(&Shape::Equal) {
            shapes.insert(0, Shape::Equal);
        }
        for shape in shapes {
            let (own, rest): (Vec<Needle>, Vec<Needle>) = needles.into_iter().partition(|needle| needle.shape == shape);
            needles = rest;
            let mut items: Vec<Operand> =
                if shape == Shape::Equal { std::mem::take(&mut literals) } else { Vec::new() };
            items.extend(own.into_iter().map(|needle| text_operand(needle.text, needle.through, needle.origin)));
            // Each once.
            let mut known = FxHashSet::default();
            items.retain(|item| known.insert(format!("{:?} {:?}", item.base, item.through)));
            let op = match shape {
                Shape::Equal => Operator::In,
                Shape::Contains => Operator::Contains,
                Shape::StartsWith => Operator::StartsWith,
                Shape::EndsWith => Operator::EndsWith,
                Shape::Like => Operator::Like,
                Shape::Exists => {
                    tests.push(self.test(subject, &item.plan, Operator::Exists, Args::None, item.origin));
                    continue;
                }
            };
            tests.push(self.list(item, subject, op, items, item.plan.all));
        }
        joined(tests, item.plan.all)
    }

    fn too_short(&mut self, origin: Origin) {
        let help = "look for more of it: three characters in base64 are the least that tell anything";
        self.fault(Code::SigmaValue, origin, "this text is too short to be found inside base64", help);
    }

    /// A text with each dash that begins an option in each of its spellings, for where the dashes themselves are encoded.
    fn spellings(&mut self, pattern: &Pattern, origin: Origin) -> Vec<Pattern> {
        const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];
        let Some(text) = pattern.as_plain() else { return vec![pattern.clone()] };
        let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
        let chars: Vec<char> = text.chars().collect();
        let mut all = vec![String::new()];
        for (at, c) in chars.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| chars.get(before));
            let option = matches!(c, '-' | '/') && !word(before) && word(chars.get(at + 1));
            if option && all.len() * DASHES.len() > limits::VALUE_MEMBERS {
                let message = "so many dashes give more texts than a list may have";
                self.fault(Code::SigmaValue, origin, message, "look for less of it, or leave `windash` out");
                return Vec::new();
            }
            let ways = if option { DASHES.as_slice() } else { std::slice::from_ref(c) };
            all = all.iter().flat_map(|so_far| ways.iter().map(move |way| format!("{so_far}{way}"))).collect();
        }
        all.iter().map(|text| Pattern::plain(text)).collect()
    }

    /// A value as it is written in this field.
    fn renamed(&self, field: &str, written: &str) -> Option<String> {
        let own = self.sources.iter().find_map(|source| source.values.get(field)?.get(written));
        own.or_else(|| self.setup.values.get(field)?.get(written)).cloned()
    }

    /// A text with each value of its placeholders.
    fn expanded(&mut self, value: &At<Value>, plan: &Plan, pattern: bool) -> Vec<Pattern> {
        let Some(text) = value.value.as_pattern() else { return Vec::new() };
        if !plan.expand {
            return vec![text];
        }
        let mut done = vec![Pattern::default()];
        for part in &text.parts {
            let Part::Text(text) = part else {
                done.iter_mut().for_each(|so_far| so_far.parts.push(part.clone()));
                continue;
            };
            let mut pieces = text.split('%');
            let mut plain = pieces.next().unwrap_or_default().to_string();
            while let Some(name) = pieces.next() {
                let word =
                    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
                let (true, Some(behind)) = (word, pieces.clone().next()) else {
                    plain.push('%');
                    plain.push_str(name);
                    continue;
                };
                pieces.next();
                let Some(values) = self.setup.placeholder(name).filter(|values| !values.is_empty()) else {
                    self.no_placeholder(name, value.origin);
                    return Vec::new();
                };
                if done.len().saturating_mul(values.len()) > limits::VALUE_MEMBERS {
                    let message = "so many placeholders give more values than a list may have";
                    self.fault(Code::SigmaPlaceholder, value.origin, message, "take fewer placeholders in one text");
                    return Vec::new();
                }
                let before = std::mem::replace(&mut plain, behind.to_string());
                done = done
                    .iter()
                    .flat_map(|so_far| {
                        let mut so_far = so_far.clone();
                        so_far.text(before.clone());
                        values.iter().map(move |value| with(so_far.clone(), value, pattern))
                    })
                    .collect();
            }
            done.iter_mut().for_each(|so_far| so_far.text(plain.clone()));
        }
        done
    }

    fn no_placeholder(&mut self, name: &str, origin: Origin) {
        let near = nearest(name, self.setup.placeholders.keys().map(String::as_str));
        let help = match near {
            Some(near) if near == name => format!("sigma.toml names it, and no value of it: `{name} = [\"…\"]`"),
            Some(near) => format!("did you mean `%{near}%`?"),
            None => format!("write its values into sigma.toml: `[placeholders]` and below it `{name} = [\"…\"]`"),
        };
        self.fault(Code::SigmaPlaceholder, origin, format!("nothing says what `%{name}%` stands for"), help);
    }

    pub(super) fn fault(&mut self, code: Code, origin: Origin, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::new(code, origin, message).help(help));
        self.faults += 1;
    }
}

/// A value of a placeholder behind what stands before it; in a regular expression as it is.
fn with(mut pattern: Pattern, value: &str, plain: bool) -> Pattern {
    if plain {
        pattern.text(regex_syntax::escape(value));
        return pattern;
    }
    for part in Pattern::parse(value).parts {
        match part {
            Part::Text(text) => pattern.text(text),
            Part::Any | Part::One => pattern.parts.push(part),
        }
    }
    pattern
}

/// A number as it can stand in a rule: YAML knows spellings that the language does not.
fn number(written: &str, value: crate::ast::Number) -> String {
    let known =
        matches!(Literal::parse_unquoted(written), Some(Literal::Number { value: found, .. }) if found == value);
    if known { written.to_string() } else { value.text() }
}

fn text_operand(text: String, through: Option<Function>, origin: Origin) -> Operand {
    Operand { base: Base::Literal(Literal::Text(text)), through: through.into_iter().collect(), origin }
}

fn joined(tests: Vec<Logic>, all: bool) -> Logic {
    if all { Logic::And(tests) } else { Logic::Or(tests) }
}
