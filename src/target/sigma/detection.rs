//! Tests as items of a detection.
//!
//! In: one test. Out: the key of an item and its values, or why Sigma has none. Never here: how items are joined.

use super::Writer;
use super::same::SYSMON;
use super::yaml::quoted;
use crate::ast::{Args, Base, Function, Literal, Number, Operand, Operator, Test};
use crate::dialect::Dialect;
use crate::origin::Origin;
use crate::source::sigma::value::{Part, Pattern, Value};
use crate::yaml;

/// `Field|modifier: value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Field and modifiers; empty for keywords.
    pub key: String,
    /// Values as YAML.
    pub values: Vec<String>,
}

/// What a field and its modifiers are written as.
struct Key {
    name: String,
    modifiers: Vec<&'static str>,
}

impl Writer<'_> {
    /// The items of a test; more than one where it asks about the event itself.
    pub(super) fn items(&mut self, test: &Test, negated: bool) -> Option<Vec<Item>> {
        let origin = test.op.origin;
        if !matches!(test.dialect, Dialect::Ours | Dialect::Sigma) {
            return self.unsaid(origin, "a test in another system's own meaning", "write it without `strictly`");
        }
        if test.every {
            let help = "leave `all of` out; Sigma asks for one member of a list";
            return self.unsaid(origin, "`all of` a field's members", help);
        }
        if test.op.value == Operator::EventIs {
            return self.event(test);
        }
        let key = self.key(test)?;
        let item = self.item(test, key, negated)?;
        Some(vec![item])
    }

    fn key(&mut self, test: &Test) -> Option<Key> {
        let origin = test.subject.origin;
        let modifiers = match test.subject.through.as_slice() {
            [] => Vec::new(),
            [function] => match part_of_time(*function) {
                Some(word) => vec![word],
                None => return self.function(*function, origin),
            },
            [first, ..] => return self.function(*first, origin),
        };
        let name = match &test.subject.base {
            Base::Field(field) => self.named(&field.name, origin)?,
            Base::AnyField if modifiers.is_empty() => String::new(),
            Base::Hash(kind) => {
                let help = format!("write `Hashes contains '{}=…'`", kind.word());
                return self.unsaid(origin, "Sigma knows a hash only as a part of the text of `Hashes`", help);
            }
            Base::AnyField | Base::AnyProcessGuid | Base::Lookup(_) | Base::Literal(_) | Base::Event => {
                let help = "ask about a field by its name";
                return self.unsaid(origin, "this subject has no name in Sigma", help);
            }
        };
        Some(Key { name, modifiers })
    }

    fn function<T>(&mut self, function: Function, origin: Origin) -> Option<T> {
        let message = format!("Sigma has no `{}`", function.words());
        self.unsaid(
            origin,
            message,
            "ask about the field itself: `ends with '\\\\x.exe'` says the same as a file's name",
        )
    }

    fn item(&mut self, test: &Test, mut key: Key, negated: bool) -> Option<Item> {
        let origin = test.op.origin;
        let keyword = matches!(test.subject.base, Base::AnyField);
        let (operands, all) = match &test.args {
            Args::One(operand) => (std::slice::from_ref(operand), false),
            Args::Many { all, items, .. } => (items.as_slice(), *all),
            Args::None => (&[][..], false),
            Args::Table { name, .. } => {
                let help = "write the values themselves: `in [...]`; or a placeholder into the file, and `expand`";
                return self.unsaid(name.origin, format!("Sigma has no table \"{}\"", name.value), help);
            }
            Args::Class(_) => {
                let help = "write the networks themselves: `in 10.0.0.0/8`";
                return self.unsaid(origin, "Sigma has no classes of addresses", help);
            }
            Args::Events(_) | Args::Tags { .. } | Args::Rule(_) | Args::Remembered { .. } => {
                let help = "ask about fields of the event; a correlation rule counts what other rules found";
                return self.unsaid(
                    origin,
                    "a rule of Sigma knows nothing of tags, other rules and what was before",
                    help,
                );
            }
        };
        let field = operands.iter().any(|operand| !matches!(operand.base, Base::Literal(_)));
        if field && !operands.iter().all(|operand| matches!(operand.base, Base::Field(_)) && operand.through.is_empty())
        {
            return self.unsaid(origin, "only a field or values can be compared with", "compare with the field itself");
        }
        if keyword && !matches!(test.op.value, Operator::Contains | Operator::Like | Operator::Matches) {
            let help = "write `any field contains`, which Sigma calls a keyword";
            return self.unsaid(origin, "Sigma looks for values without a field only inside of all", help);
        }
        let network =
            |operand: &Operand| matches!(operand.base, Base::Literal(Literal::Network { .. } | Literal::Address(_)));
        let networks = operands.iter().filter(|operand| network(operand)).count();
        match test.op.value {
            Operator::Exists => {
                let values = vec![if negated { "null".to_string() } else { "true".to_string() }];
                if !negated {
                    key.modifiers.push("exists");
                }
                return Some(Item { key: written(&key), values });
            }
            Operator::IsBlank => {
                let values = vec!["null".to_string(), "''".to_string(), "'-'".to_string()];
                return Some(Item { key: written(&key), values });
            }
            Operator::Equals | Operator::In if networks > 0 => {
                if networks < operands.len() {
                    let help = "write two tests, joined by `or`";
                    return self.unsaid(origin, "networks and other values in one list", help);
                }
                key.modifiers.push("cidr");
            }
            Operator::Equals | Operator::In => {}
            Operator::Contains if keyword => {}
            Operator::Contains => key.modifiers.push("contains"),
            Operator::StartsWith => key.modifiers.push("startswith"),
            Operator::EndsWith => key.modifiers.push("endswith"),
            Operator::Like => {}
            Operator::Matches => {
                key.modifiers.push("re");
                if !test.cased && test.dialect != Dialect::Sigma {
                    key.modifiers.push("i");
                }
            }
            Operator::Less => key.modifiers.push("lt"),
            Operator::LessOrEqual => key.modifiers.push("lte"),
            Operator::Greater => key.modifiers.push("gt"),
            Operator::GreaterOrEqual => key.modifiers.push("gte"),
            Operator::IsClass | Operator::EventIs | Operator::HasTag | Operator::Acted | Operator::Remembered => {
                return self.unsaid(origin, "Sigma has no such test", "ask about fields of the event");
            }
        }
        if test.any_dash {
            key.modifiers.push("windash");
        }
        if test.cased && test.op.value != Operator::Matches {
            key.modifiers.push("cased");
        }
        if field {
            key.modifiers.push("fieldref");
        }
        let encoded = operands.iter().filter_map(|operand| operand.through.first()).collect::<Vec<_>>();
        if let Some(function) = encoded.first() {
            let one = encoded.len() == operands.len() && encoded.iter().all(|other| other == function);
            let words = match function {
                Function::Base64 if one => vec!["base64offset"],
                Function::Base64Wide if one => vec!["wide", "base64offset"],
                _other => {
                    return self.unsaid(origin, "values in several encodings in one list", "write a test for each");
                }
            };
            // Before `contains`, which is what is asked of them.
            let at = key.modifiers.iter().position(|word| *word == "contains").unwrap_or(key.modifiers.len());
            key.modifiers.splice(at..at, words);
        }
        if all {
            key.modifiers.push("all");
        }
        let mut values = Vec::with_capacity(operands.len());
        for operand in operands {
            values.push(self.value(&key.name, operand, test.op.value, keyword)?);
        }
        Some(Item { key: written(&key), values })
    }

    fn value(&mut self, name: &str, operand: &Operand, op: Operator, keyword: bool) -> Option<String> {
        let literal = match &operand.base {
            Base::Literal(literal) => literal,
            Base::Field(field) => {
                let own = self.named(&field.name, operand.origin)?;
                return Some(quoted(&Pattern::plain(&own).written()));
            }
            Base::AnyField | Base::AnyProcessGuid | Base::Hash(_) | Base::Lookup(_) | Base::Event => return None,
        };
        let by_value = !matches!(
            op,
            Operator::Contains | Operator::StartsWith | Operator::EndsWith | Operator::Like | Operator::Matches
        );
        Some(match literal {
            Literal::Text(text) if op == Operator::Matches => quoted(text),
            Literal::Text(text) if keyword && op == Operator::Like => {
                let mut pattern = Pattern::parse(text);
                // A keyword is looked for inside.
                if pattern.parts.first() != Some(&Part::Any) || pattern.parts.last() != Some(&Part::Any) {
                    let help = "write it with `*` before and behind it, or `any field contains`";
                    return self.unsaid(
                        operand.origin,
                        "Sigma looks for values without a field only inside of all",
                        help,
                    );
                }
                if pattern.parts.len() > 2 {
                    pattern.parts.pop();
                    pattern.parts.remove(0);
                }
                quoted(&pattern.written())
            }
            Literal::Text(text) => {
                let number = self.setup.values.get(name).and_then(|values| values.iter().find(|(_, own)| *own == text));
                match number {
                    Some((number, _)) => number.clone(),
                    None if op == Operator::Like => quoted(&Pattern::parse(text).written()),
                    None => quoted(&Pattern::plain(text).written()),
                }
            }
            Literal::Number { value, written } if by_value => match number(*value, written) {
                Some(written) => written,
                None => {
                    let help = "write it as digits, or as a text where that is meant";
                    return self.unsaid(operand.origin, format!("YAML has no number `{written}`"), help);
                }
            },
            Literal::Time { .. } if by_value => {
                let help = "ask for a part of the time, as in `hour of UtcTime < 6`; or for its text, in quotes";
                return self.unsaid(operand.origin, "Sigma has no times", help);
            }
            Literal::Number { written, .. } | Literal::Time { written, .. } => quoted(written),
            Literal::Bool(value) => value.to_string(),
            Literal::Address(address) => quoted(&address.written),
            Literal::Network { written, .. } => quoted(written),
        })
    }

    /// `event is` inside of a condition: its provider and its ids.
    fn event(&mut self, test: &Test) -> Option<Vec<Item>> {
        let Args::Events(events) = &test.args else { return None };
        let mut ids = Vec::new();
        for event in events {
            match self.catalogue().event(&event.value) {
                Some((_, event)) => ids.push(event.id.to_string()),
                None => {
                    let message = format!("nobody knows the event `{}`", event.value);
                    return self.unsaid(event.origin, message, "write `Channel == …` and `EventID == …`");
                }
            }
        }
        Some(vec![
            Item { key: "Provider_Name".to_string(), values: vec![quoted(SYSMON)] },
            Item { key: "EventID".to_string(), values: ids },
        ])
    }
}

/// A number as it was written where Sigma reads the same in it, else by its digits.
fn number(value: Number, written: &str) -> Option<String> {
    let same = |text: &str| {
        let documents = yaml::read(text).ok()?;
        let read = Value::of(documents.first()?.root().scalar()?, false);
        matches!(read, Value::Number { value: read, .. } if read == value).then(|| text.to_string())
    };
    same(written).or_else(|| same(&value.text()))
}

fn part_of_time(function: Function) -> Option<&'static str> {
    Some(match function {
        Function::Minute => "minute",
        Function::Hour => "hour",
        Function::Day => "day",
        Function::Week => "week",
        Function::Month => "month",
        Function::Year => "year",
        _other => return None,
    })
}

fn written(key: &Key) -> String {
    let mut written = key.name.clone();
    for modifier in &key.modifiers {
        written.push('|');
        written.push_str(modifier);
    }
    written
}
