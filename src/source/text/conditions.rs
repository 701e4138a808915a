//! Pairs of the grammar into the tree: conditions, tests, operands.
//!
//! In: the pairs of one condition. Out: condition nodes. `and` and `or` without parentheses become one node of many members;
//! parentheses around several members keep theirs, around one they vanish. Every negative spelling becomes `Not` around the
//! positive test. Recursion is bounded by `limits::DEPTH`, which the pre-scan checked. Never here: types.

use pest::iterators::Pair;

use super::Rule;
use super::lower::{Lower, end_of};
use super::{literal, messages, scan, words};
use crate::ast::{
    AddressClass, Args, At, Base, Cond, CondId, CondKind, Function, HashKind, Literal, Lookup, Operand, Operator, Test,
};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::{AgentVersion, Dialect};
use crate::limits;
use crate::origin::{Origin, Span};

/// What stands behind a subject: the operator, whether it is negated, and what it compares with.
struct Predicate {
    op: At<Operator>,
    args: Args,
    negated: bool,
}

impl Lower<'_, '_> {
    /// Lowers a condition; `None` if a part of it was not understood and is reported.
    pub fn condition(&mut self, pair: Pair<'_, Rule>) -> Option<CondId> {
        let (mut members, origin) = (Vec::new(), self.origin(&pair));
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::and_condition => members.push(self.and_condition(part)),
                Rule::k_or => {}
                Rule::wrong_or => self.instead(&part, format!("`{}` joins no tests here", part.as_str()), "or"),
                _none => self.strange(&part),
            }
        }
        self.join(members, origin, CondKind::Or)
    }

    fn and_condition(&mut self, pair: Pair<'_, Rule>) -> Option<CondId> {
        let (mut members, origin) = (Vec::new(), self.origin(&pair));
        // Places of the `not`s before the member that comes next.
        let mut nots: Vec<usize> = Vec::new();
        for part in pair.into_inner() {
            // Parentheses leave nothing in the tree, and still belong to what is negated.
            let group_end = (part.as_rule() == Rule::group).then(|| end_of(self.origin(&part)));
            let member = match part.as_rule() {
                Rule::k_and => continue,
                Rule::wrong_and => {
                    self.instead(&part, format!("`{}` joins no tests here", part.as_str()), "and");
                    continue;
                }
                Rule::k_not => {
                    nots.push(self.start(&part));
                    continue;
                }
                Rule::wrong_not => {
                    self.instead(&part, format!("`{}` negates nothing here", part.as_str()), "not ");
                    nots.push(self.start(&part));
                    continue;
                }
                Rule::group => {
                    let mut group = part.into_inner();
                    group.find(|part| part.as_rule() == Rule::condition).and_then(|part| self.condition(part))
                }
                Rule::some_of => self.some_of(part),
                Rule::test => self.test(part),
                Rule::constant => part.into_inner().next().map(|word| self.constant(&word)),
                _hole => {
                    self.strange(&part);
                    None
                }
            };
            let nots = std::mem::take(&mut nots);
            members.push(member.map(|member| {
                nots.into_iter().rev().fold(member, |inner, start| {
                    let end = group_end.unwrap_or_else(|| end_of(self.def.cond(inner).origin));
                    self.add(CondKind::Not(inner), Origin::span(self.def.source, Span::new(start, end)))
                })
            }));
        }
        self.join(members, origin, CondKind::And)
    }

    /// One node of many members, which has the brackets around its first and last, or the only member itself.
    fn join(
        &mut self,
        members: Vec<Option<CondId>>,
        origin: Origin,
        kind: fn(Vec<CondId>) -> CondKind,
    ) -> Option<CondId> {
        let members = members.into_iter().collect::<Option<Vec<CondId>>>()?;
        if let [only] = members[..] {
            return Some(only);
        }
        Some(self.add(kind(members), origin))
    }

    fn add(&mut self, kind: CondKind, origin: Origin) -> CondId {
        self.def.add_cond(Cond { kind, comments: Vec::new(), origin })
    }

    fn some_of(&mut self, pair: Pair<'_, Rule>) -> Option<CondId> {
        let origin = self.origin(&pair);
        let mut list = None;
        let mut body = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_some_of | Rule::open | Rule::close => {}
                Rule::condition => body = self.condition(part),
                _field => list = self.field_name(&part),
            }
        }
        Some(self.add(CondKind::SomeOf { list: list?, body: body? }, origin))
    }

    fn test(&mut self, pair: Pair<'_, Rule>) -> Option<CondId> {
        let origin = self.origin(&pair);
        let mut comments = Vec::new();
        self.comments.before(self.start(&pair), &mut comments);
        let mut dialect = Some(Dialect::Ours);
        let mut made = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::strictly => dialect = self.strictly(part),
                Rule::event_test => made = self.event_test(part, origin),
                Rule::tag_test => made = self.tag_test(part, origin),
                Rule::rule_test => made = self.rule_test(part, origin),
                Rule::remembered_test => made = self.remembered_test(part, origin),
                Rule::field_test => made = self.field_test(part),
                _none => self.strange(&part),
            }
        }
        self.comments.before(end_of(origin), &mut comments);
        self.comments.trailing(end_of(origin), |c| c != '{', &mut comments);
        let (mut test, negated) = made?;
        test.dialect = dialect?;
        let id = self.def.add_cond(Cond { kind: CondKind::Test(Box::new(test)), comments, origin });
        self.last_test = Some(id);
        Some(if negated { self.add(CondKind::Not(id), origin) } else { id })
    }

    fn constant(&mut self, word: &Pair<'_, Rule>) -> CondId {
        let (value, origin) = (word.as_str() == "true", self.origin(word));
        let mut comments = Vec::new();
        self.comments.before(self.start(word), &mut comments);
        self.comments.trailing(end_of(origin), |c| c != '{', &mut comments);
        let id = self.def.add_cond(Cond { kind: CondKind::Const(value), comments, origin });
        self.last_test = Some(id);
        id
    }

    fn strictly(&mut self, pair: Pair<'_, Rule>) -> Option<Dialect> {
        let Some(written) = pair.into_inner().find(|part| matches!(part.as_rule(), Rule::bare | Rule::word)) else {
            return Some(Dialect::Winlogbeat(AgentVersion::DEFAULT));
        };
        let word = written.as_str();
        let system = words::SYSTEMS.iter().find(|(name, _)| *name == word).map(|(_, dialect)| *dialect);
        let dialect = system.or_else(|| AgentVersion::parse(word).map(Dialect::Winlogbeat));
        if dialect.is_none() {
            let message = format!("`{}` is no version of Winlogbeat", scan::shorten(word));
            let help = "write 6, 7, 8 or 9, perhaps with the second number: strictly(8.17)";
            self.diagnostics.push(Diagnostic::new(Code::UnknownVersion, self.origin(&written), message).help(help));
        }
        dialect
    }

    fn event_test(&mut self, pair: Pair<'_, Rule>, origin: Origin) -> Option<(Test, bool)> {
        let mut op = None;
        let mut negated = false;
        let mut names = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::event_is => op = Some(At::new(Operator::EventIs, self.origin(&part))),
                Rule::k_not => negated = true,
                Rule::event_any => {
                    for name in part.into_inner() {
                        names.extend(self.event_name(&name));
                    }
                }
                _name => names.extend(self.event_name(&part)),
            }
        }
        Some((about_event(op?, Args::Events(names), origin), negated))
    }

    fn event_name(&mut self, pair: &Pair<'_, Rule>) -> Option<At<String>> {
        match pair.as_rule() {
            Rule::dotted => Some(At::new(pair.as_str().to_string(), self.origin(pair))),
            Rule::string => Some(self.text(pair)),
            _bracket => None,
        }
    }

    fn tag_test(&mut self, pair: Pair<'_, Rule>, origin: Origin) -> Option<(Test, bool)> {
        let mut op = None;
        let mut all = false;
        let mut tags = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::has_tag | Rule::has_any_tag => op = Some(self.origin(&part)),
                Rule::has_all_tags => {
                    op = Some(self.origin(&part));
                    all = true;
                }
                Rule::strings => tags = self.texts(part),
                Rule::string => tags.push(self.text(&part)),
                _none => self.strange(&part),
            }
        }
        Some((about_event(At::new(Operator::HasTag, op?), Args::Tags { all, tags }, origin), false))
    }

    fn field_test(&mut self, pair: Pair<'_, Rule>) -> Option<(Test, bool)> {
        let mut every = false;
        let mut cased = false;
        let mut any_dash = false;
        let mut subject = None;
        let mut nots = 0;
        let mut predicate = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::all_of => every = true,
                Rule::cased => cased = true,
                Rule::any_dash => any_dash = true,
                Rule::operand => subject = self.operand(part),
                Rule::k_not => nots += 1,
                Rule::comparison => predicate = self.comparison(part),
                Rule::text_test => predicate = self.text_test(part),
                Rule::in_test => predicate = self.in_test(part),
                Rule::exists => {
                    if nots > 0 {
                        self.instead(&part, "`not exists` behind a field is no operator".to_string(), "is missing");
                    }
                    let op = At::new(Operator::Exists, self.origin(&part));
                    predicate = Some(Predicate { op, args: Args::None, negated: false });
                }
                Rule::is_test => predicate = self.is_test(part),
                _none => self.strange(&part),
            }
        }
        let Predicate { op, args, negated } = predicate?;
        let test = Test { dialect: Dialect::Ours, every, subject: subject?, cased, any_dash, op, args };
        Some((test, negated != (nots > 0)))
    }

    fn comparison(&mut self, pair: Pair<'_, Rule>) -> Option<Predicate> {
        let mut op = None;
        let mut value = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::compare => {
                    op = compare(part.as_str()).map(|(op, negated)| (At::new(op, self.origin(&part)), negated))
                }
                Rule::wrong_compare => {
                    let right = right_compare(part.as_str());
                    let message = format!("`{}` is no operator here", part.as_str());
                    self.instead(&part, message, right);
                }
                Rule::operand => value = self.operand(part),
                _none => self.strange(&part),
            }
        }
        let (op, negated) = op?;
        Some(Predicate { op, args: Args::One(value?), negated })
    }

    fn text_test(&mut self, pair: Pair<'_, Rule>) -> Option<Predicate> {
        let mut op = None;
        let mut args = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::text_op => {
                    let which = match part.as_str().as_bytes() {
                        [b's', ..] => Operator::StartsWith,
                        [b'e', ..] => Operator::EndsWith,
                        [b'l', ..] => Operator::Like,
                        [b'm', ..] => Operator::Matches,
                        _contains => Operator::Contains,
                    };
                    op = Some(At::new(which, self.origin(&part)));
                }
                Rule::wrong_text_op => {
                    let right = right_text_op(part.as_str());
                    let message = format!("`{}` is no operator here", part.as_str());
                    self.instead(&part, message, right);
                }
                Rule::any_of_list => args = self.many(part, false),
                Rule::all_of_list => args = self.many(part, true),
                Rule::operand => args = self.operand(part).map(Args::One),
                _none => self.strange(&part),
            }
        }
        Some(Predicate { op: op?, args: args?, negated: false })
    }

    fn in_test(&mut self, pair: Pair<'_, Rule>) -> Option<Predicate> {
        let mut op = None;
        let mut args = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_in => op = Some(At::new(Operator::In, self.origin(&part))),
                Rule::table => args = self.table(part),
                Rule::list => args = self.list(part, false),
                Rule::operand => args = self.operand(part).map(Args::One),
                _none => self.strange(&part),
            }
        }
        Some(Predicate { op: op?, args: args?, negated: false })
    }

    fn table(&mut self, pair: Pair<'_, Rule>) -> Option<Args> {
        let mut names = self.strings_in(pair).into_iter();
        Some(Args::Table { name: names.next()?, column: names.next() })
    }

    fn is_test(&mut self, pair: Pair<'_, Rule>) -> Option<Predicate> {
        let origin = self.origin(&pair);
        let mut negated = false;
        let mut state = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_is => {}
                Rule::k_not => negated = true,
                _state => state = Some(part),
            }
        }
        let state = state?;
        let word = state.as_str();
        let class = AddressClass::ALL.into_iter().find(|class| class.word() == word);
        let (op, args) = match (word, class) {
            ("missing", _) => {
                if negated {
                    self.instead_at(origin, "`is not missing` negates twice".to_string(), "exists");
                }
                (Operator::Exists, Args::None)
            }
            ("blank", _) => (Operator::IsBlank, Args::None),
            (_, Some(class)) => (Operator::IsClass, Args::Class(class)),
            (_, None) => {
                self.unknown_state(&state);
                return None;
            }
        };
        let negated = negated != (word == "missing");
        Some(Predicate { op: At::new(op, origin), args, negated })
    }

    fn unknown_state(&mut self, state: &Pair<'_, Rule>) {
        let word = scan::shorten(state.as_str());
        let mut words = vec!["missing", "blank"];
        words.extend(AddressClass::ALL.map(AddressClass::word));
        let help = match (word, nearest(word, words.iter().copied())) {
            ("null" | "none" | "empty" | "undefined", _) => {
                "an absent field `is missing`; `is blank` also takes an empty text and `-`".to_string()
            }
            (_, Some(near)) => format!("did you mean `is {near}`?"),
            (_, None) => {
                format!("`is` asks for {}; two values are compared with `==`", messages::list_of(&words, "or"))
            }
        };
        let message = format!("`is {word}` asks for nothing that is known");
        self.diagnostics.push(Diagnostic::new(Code::Syntax, self.origin(state), message).help(help));
    }

    fn instead_at(&mut self, origin: Origin, message: String, right: &str) {
        let finding = Diagnostic::new(Code::Syntax, origin, message).help(format!("write `{right}`"));
        self.diagnostics.push(finding.fix(origin, right.to_string()));
    }

    fn many(&mut self, pair: Pair<'_, Rule>, all: bool) -> Option<Args> {
        let list = pair.into_inner().find(|part| part.as_rule() == Rule::list)?;
        self.list(list, all)
    }

    fn list(&mut self, pair: Pair<'_, Rule>, all: bool) -> Option<Args> {
        let origin = self.origin(&pair);
        let mut items = Vec::new();
        let mut understood = true;
        for part in pair.into_inner() {
            if part.as_rule() == Rule::operand {
                match self.operand(part) {
                    Some(item) => items.push(item),
                    None => understood = false,
                }
            }
        }
        understood.then_some(Args::Many { all, items, origin })
    }

    /// Lowers an operand; `None` if it is reported as faulty.
    pub fn operand(&mut self, pair: Pair<'_, Rule>) -> Option<Operand> {
        let origin = self.origin(&pair);
        let mut through = Vec::new();
        let mut base = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::function => through.extend(function(part.as_str())),
                Rule::string => base = Some(Base::Literal(self.value_text(&part))),
                Rule::boolean => base = Some(Base::Literal(Literal::Bool(part.as_str() == "true"))),
                Rule::bare => match literal::unquoted(self.def.source, part.as_str(), self.start(&part)) {
                    Ok(value) => base = Some(Base::Literal(value)),
                    Err(finding) => self.diagnostics.push(*finding),
                },
                Rule::any_field => base = Some(Base::AnyField),
                Rule::any_guid => base = Some(Base::AnyProcessGuid),
                Rule::hash => base = self.hash(part),
                Rule::lookup => base = self.lookup(part),
                _field => base = self.field_name(&part).map(Base::Field),
            }
        }
        // Written outermost first, applied innermost first.
        through.reverse();
        if through.len() > limits::FUNCTIONS {
            let message = format!(
                "{} functions are applied to one value; at most {} are allowed",
                through.len(),
                limits::FUNCTIONS
            );
            let finding = Diagnostic::new(Code::TooDeep, origin, message).help("leave out those that change nothing");
            self.diagnostics.push(finding);
            return None;
        }
        Some(Operand { base: base?, through, origin })
    }

    fn lookup(&mut self, pair: Pair<'_, Rule>) -> Option<Base> {
        let mut names = Vec::new();
        let mut of = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_lookup | Rule::k_column | Rule::k_of => {}
                Rule::string => names.push(self.text(&part)),
                Rule::looked_up => of = self.operand(part),
                _none => self.strange(&part),
            }
        }
        let mut names = names.into_iter();
        Some(Base::Lookup(Box::new(Lookup { table: names.next()?, column: names.next()?, of: of? })))
    }

    fn hash(&mut self, pair: Pair<'_, Rule>) -> Option<Base> {
        let word = pair.into_inner().find(|part| part.as_rule() == Rule::word)?;
        let written = word.as_str();
        if let Some(kind) = HashKind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(written)) {
            return Some(Base::Hash(kind));
        }
        let words = HashKind::ALL.map(HashKind::word);
        let help = format!("Sysmon computes {}", messages::list_of(&words, "and"));
        let message = format!("Sysmon computes no hash `{}`", scan::shorten(written));
        self.diagnostics.push(Diagnostic::new(Code::UnknownHash, self.origin(&word), message).help(help));
        None
    }
}

/// A test that is about the event itself.
pub(super) fn about_event(op: At<Operator>, args: Args, origin: Origin) -> Test {
    let subject = Operand { base: Base::Event, through: Vec::new(), origin };
    Test { dialect: Dialect::Ours, every: false, subject, cased: false, any_dash: false, op, args }
}

fn compare(sign: &str) -> Option<(Operator, bool)> {
    Some(match sign {
        "==" => (Operator::Equals, false),
        "!=" => (Operator::Equals, true),
        "<" => (Operator::Less, false),
        "<=" => (Operator::LessOrEqual, false),
        ">" => (Operator::Greater, false),
        ">=" => (Operator::GreaterOrEqual, false),
        _none => return None,
    })
}

fn right_compare(wrong: &str) -> &'static str {
    match wrong {
        "!==" | "<>" => "!=",
        "=~" | "~=" => "matches",
        "!~" => "not matches",
        "=>" => ">=",
        "=<" => "<=",
        _equals => "==",
    }
}

fn right_text_op(wrong: &str) -> &'static str {
    match wrong.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b's' | b'b') => "starts with",
        Some(b'e') => "ends with",
        Some(b'l') => "like",
        Some(b'm' | b'r') => "matches",
        Some(_) | None => "contains",
    }
}

/// The function that a phrase names, whatever blanks stand between its words.
fn function(phrase: &str) -> Option<Function> {
    if let Some(function) = Function::ALL.into_iter().find(|function| function.words() == phrase) {
        return Some(function);
    }
    let without_comments: Vec<&str> = phrase.lines().filter_map(|line| line.split("//").next()).collect();
    let words: Vec<&str> = without_comments.iter().flat_map(|line| line.split_whitespace()).collect();
    let phrase = words.join(" ");
    Function::ALL.into_iter().find(|function| function.words() == phrase)
}
