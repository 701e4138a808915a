//! What a condition asks, however it is spelt.
//!
//! In: a condition of a tree. Out: a [`Form`], equal for two conditions that ask the same in ways that Sigma's files and ours differ in. Never here:
//! an approximation: two forms that are equal hold for the same events.
//!
//! | spelt | form |
//! | --- | --- |
//! | joins inside joins, in any order, a member twice | one join, sorted, each member once |
//! | `not` around a join | the other join of what is negated |
//! | a list | a join of its members |
//! | `contains`, `starts with`, `ends with`, `like`, `==` of a text | a pattern |
//! | a field by its short name or its path | its paths |
//! | `event is …` | its provider and ids |
//! | `is blank` | missing, empty or `-` |
//! | a number that is compared by value | its value |

use super::super::text;
use crate::ast::{Args, Base, CondId, CondKind, Definition, FieldRef, Literal, Number, Operand, Operator, Test};
use crate::dialect::Dialect;
use crate::source::sigma::value::{Part, Pattern};
use crate::sysmon::Catalogue;

/// The provider of Sysmon's events.
pub(super) const SYSMON: &str = "Microsoft-Windows-Sysmon";

/// What a condition asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// All of them.
    And(Vec<Form>),
    /// One of them.
    Or(Vec<Form>),
    /// A test, and whether it must hold.
    Test(String, bool),
}

impl Form {
    pub(super) fn all(members: impl IntoIterator<Item = Form>) -> Form {
        let mut all = Vec::new();
        for member in members {
            match member {
                Form::And(inner) => all.extend(inner),
                Form::Or(_) | Form::Test(..) => all.push(member),
            }
        }
        Form::joined(all, Form::And)
    }

    pub(super) fn one(members: impl IntoIterator<Item = Form>) -> Form {
        let mut all = Vec::new();
        for member in members {
            match member {
                Form::Or(inner) => all.extend(inner),
                Form::And(_) | Form::Test(..) => all.push(member),
            }
        }
        Form::joined(all, Form::Or)
    }

    fn joined(mut all: Vec<Form>, join: fn(Vec<Form>) -> Form) -> Form {
        all.sort();
        all.dedup();
        match (all.len(), all.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                all.extend(last);
                join(all)
            }
        }
    }

    fn not(self) -> Form {
        match self {
            Form::And(members) => Form::one(members.into_iter().map(Form::not)),
            Form::Or(members) => Form::all(members.into_iter().map(Form::not)),
            Form::Test(test, holds) => Form::Test(test, !holds),
        }
    }

    /// Is it this, or one of several alternatives that it is? A log source may have more of them than a rule names.
    pub(super) fn has(&self, asked: &Form) -> bool {
        match self {
            Form::Or(members) => self == asked || members.binary_search(asked).is_ok(),
            Form::And(_) | Form::Test(..) => self == asked,
        }
    }
}

/// What makes forms of conditions.
#[derive(Clone, Copy)]
pub(super) struct Forms<'a> {
    pub definition: &'a Definition,
    pub catalogue: &'a Catalogue,
}

impl Forms<'_> {
    /// The walk goes as deep as a condition may be nested.
    pub(super) fn cond(&self, id: CondId) -> Form {
        match &self.definition.cond(id).kind {
            CondKind::And(members) => self.conds(members),
            CondKind::Or(members) => Form::one(members.iter().map(|member| self.cond(*member))),
            CondKind::Not(inside) => self.cond(*inside).not(),
            CondKind::SomeOf { .. } | CondKind::Const(_) => Form::Test(text::condition(self.definition, id), true),
            CondKind::Test(test) => self.test(test).unwrap_or_else(|| Form::Test(self.spelt(test), true)),
        }
    }

    /// Conditions that all hold.
    pub(super) fn conds(&self, members: &[CondId]) -> Form {
        Form::all(members.iter().map(|member| self.cond(*member)))
    }

    /// A test that has no other spelling.
    fn spelt(&self, test: &Test) -> String {
        let mut alone = Definition::new(self.definition.source);
        let kind = CondKind::Test(Box::new(test.clone()));
        let id = alone.add_cond(crate::ast::Cond { kind, comments: Vec::new(), origin: test.op.origin });
        text::condition(&alone, id)
    }

    fn test(&self, test: &Test) -> Option<Form> {
        if test.every || !matches!(test.dialect, Dialect::Ours | Dialect::Sigma) {
            return None;
        }
        if let (Operator::EventIs, Args::Events(events)) = (test.op.value, &test.args) {
            let known = events.iter().map(|event| self.catalogue.event(&event.value));
            let known = known.collect::<Option<Vec<_>>>()?;
            let ids = known.into_iter().map(|(_, event)| self.equal("EventID", &event.id.to_string()));
            return Some(Form::all([
                self.equal("Provider", &format!("'{}'", SYSMON.to_ascii_lowercase())),
                Form::one(ids),
            ]));
        }
        let subject = self.operand(&test.subject)?;
        let exists = || Form::Test(format!("{subject} exists"), true);
        let (items, all) = match &test.args {
            Args::None if test.op.value == Operator::Exists => return Some(exists()),
            Args::None if test.op.value == Operator::IsBlank => {
                let equal = |text: &str| Form::Test(format!("{subject} == '{text}'"), true);
                return Some(Form::one([exists().not(), equal(""), equal("-")]));
            }
            Args::One(item) => (std::slice::from_ref(item), false),
            Args::Many { all, items, .. } => (items.as_slice(), *all),
            Args::None
            | Args::Table { .. }
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => return None,
        };
        let forms = items.iter().map(|item| self.asks(&subject, test, item)).collect::<Option<Vec<_>>>()?;
        Some(if all { Form::all(forms) } else { Form::one(forms) })
    }

    fn equal(&self, field: &str, value: &str) -> Form {
        Form::Test(format!("{} == {value}", self.field(field)), true)
    }

    /// One operator on one value.
    fn asks(&self, subject: &str, test: &Test, item: &Operand) -> Option<Form> {
        let form = |text: String| Some(Form::Test(text, true));
        let cased = if test.cased { " cased" } else { "" };
        let dash = if test.any_dash { " any-dash" } else { "" };
        let op = match test.op.value {
            // A member of a list is equal to it.
            Operator::In => Operator::Equals,
            other => other,
        };
        let word = format!("{subject}{cased}{dash} {op:?}");
        let Base::Literal(literal) = &item.base else { return form(format!("{word} {}", self.operand(item)?)) };
        if !item.through.is_empty() {
            return form(format!("{word} {:?} {literal:?}", item.through));
        }
        let fold = |text: String| if test.cased { text } else { text.to_ascii_lowercase() };
        let looked = |before: bool, text: Pattern, behind: bool| {
            let mut pattern = text.surrounded(before, behind);
            pattern.parts.dedup_by(|a, b| *a == Part::Any && *b == Part::Any);
            if pattern.parts == [Part::Any] {
                return Form::Test(format!("{subject} exists"), true);
            }
            Form::Test(format!("{subject}{cased}{dash} == '{}'", fold(pattern.like())), true)
        };
        let plain = || Pattern::plain(&written(literal));
        Some(match (op, literal) {
            (Operator::Equals, Literal::Text(text)) => match Number::parse_text(text) {
                // Ids are numbers, whatever holds them.
                Some(number) if subject == self.field("EventID") => self.equal("EventID", &number.text()),
                Some(_) | None => looked(false, plain(), false),
            },
            (Operator::Contains, _) => looked(true, plain(), true),
            (Operator::StartsWith, _) => looked(false, plain(), true),
            (Operator::EndsWith, _) => looked(true, plain(), false),
            (Operator::Like, _) => looked(false, Pattern::parse(&written(literal)), false),
            (Operator::Matches, _) => {
                let cased = test.cased || test.dialect == Dialect::Sigma;
                return form(format!("{subject} matches {cased} {}", written(literal)));
            }
            (Operator::Equals, Literal::Number { value, .. }) => {
                return form(format!("{subject} == {}", value.text()));
            }
            (_, Literal::Number { value, .. }) => return form(format!("{word} {}", value.text())),
            (_, Literal::Address(address)) => return form(format!("{word} address {}", address.value)),
            (_, Literal::Network { value, .. }) => return form(format!("{word} network {value}")),
            (_, Literal::Time { value, .. }) => return form(format!("{word} time {value}")),
            (_, Literal::Text(_) | Literal::Bool(_)) => return form(format!("{word} {literal:?}")),
        })
    }

    /// A field or the like, seen through functions; none of what has other spellings still.
    fn operand(&self, operand: &Operand) -> Option<String> {
        let base = match &operand.base {
            Base::Field(FieldRef { name, .. }) => self.field(name),
            Base::AnyField => "any field".to_string(),
            Base::AnyProcessGuid | Base::Hash(_) | Base::Lookup(_) | Base::Literal(_) | Base::Event => return None,
        };
        let through: Vec<String> = operand.through.iter().rev().map(|function| format!("{function:?} ")).collect();
        Some(format!("{}{base}", through.concat()))
    }

    /// Where a field is.
    pub(super) fn field(&self, name: &str) -> String {
        self.catalogue.resolve(name).path.paths.join("|")
    }
}

/// The characters of a literal.
fn written(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => text.clone(),
        Literal::Number { written, .. } | Literal::Network { written, .. } | Literal::Time { written, .. } => {
            written.clone()
        }
        Literal::Bool(value) => value.to_string(),
        Literal::Address(address) => address.written.clone(),
    }
}
