//! The log source of a condition.
//!
//! In: the conditions that must all hold. Out: the log source of Sigma that asks for some of them, and the others. Never here: how these are said.

use super::Writer;
use crate::ast::{Args, Base, CondId, CondKind, Literal, Operand, Operator, Test};
use crate::source::sigma::setup::Source;

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    /// `product`, `category`, `service` and their words.
    pub keys: Vec<(&'static str, String)>,
    /// What it asks for.
    pub used: Vec<CondId>,
    /// What else has to hold.
    pub rest: Vec<CondId>,
}

impl Writer<'_> {
    /// The log source that asks for most of these; without one, all events of Windows.
    pub(super) fn guard(&self, members: &[CondId]) -> Guard {
        self.guards(members).swap_remove(0)
    }

    /// All log sources that ask for some of these, those that ask for most first; at last all events of Windows. Never none.
    pub(super) fn guards(&self, members: &[CondId]) -> Vec<Guard> {
        let of = |source: &Source| {
            let used = self.used(source, members).filter(|used| !used.is_empty())?;
            let keys = [("product", &source.product), ("category", &source.category), ("service", &source.service)];
            let keys = keys.into_iter().filter_map(|(key, word)| Some((key, word.clone()?))).collect();
            let rest = members.iter().copied().filter(|member| !used.contains(member)).collect();
            Some(Guard { keys, used, rest })
        };
        let mut guards: Vec<Guard> = self.setup.sources.iter().filter_map(of).collect();
        guards.sort_by_key(|guard| std::cmp::Reverse(guard.used.len()));
        let keys = vec![("product", "windows".to_string())];
        guards.push(Guard { keys, used: Vec::new(), rest: members.to_vec() });
        guards
    }

    /// Is this the guard of one of the alternatives of a log source?
    pub(super) fn is_alternative(&self, keys: &[(&'static str, String)], members: &[CondId]) -> bool {
        let word = |key: &str| keys.iter().find(|(own, _)| *own == key).map(|(_, word)| word.as_str());
        self.setup.sources.iter().any(|source| {
            let same = [("product", &source.product), ("category", &source.category), ("service", &source.service)]
                .iter()
                .all(|(key, own)| own.as_deref() == word(key));
            same && self.used(source, members).is_some_and(|used| !used.is_empty())
        })
    }

    /// The members that a source asks for, if all of what it asks is among them.
    fn used(&self, source: &Source, members: &[CondId]) -> Option<Vec<CondId>> {
        let mut used = Vec::new();
        let mut take = |wanted: &dyn Fn(&Test) -> bool| {
            let member = members.iter().copied().find(|member| match &self.definition.cond(*member).kind {
                CondKind::Test(test) => wanted(test),
                CondKind::And(_)
                | CondKind::Or(_)
                | CondKind::Not(_)
                | CondKind::SomeOf { .. }
                | CondKind::Const(_) => false,
            });
            used.extend(member);
            member.is_some()
        };
        let ids: Vec<String> = source.ids.iter().map(u32::to_string).collect();
        let mut asked = vec![("Channel", &source.channels), ("Provider", &source.providers), ("EventID", &ids)];
        asked.extend(source.wheres.iter().map(|(field, values)| (field.as_str(), values)));
        let events = source.events.is_empty() || take(&|test| is_events(test, &source.events));
        let all = asked.iter().all(|(field, values)| values.is_empty() || take(&|test| is_one_of(test, field, values)));
        (events && all).then_some(used)
    }
}

/// `event is any [...]` of exactly these.
fn is_events(test: &Test, names: &[String]) -> bool {
    match &test.args {
        Args::Events(events) => events.len() == names.len() && events.iter().all(|event| names.contains(&event.value)),
        Args::None
        | Args::One(_)
        | Args::Many { .. }
        | Args::Table { .. }
        | Args::Class(_)
        | Args::Tags { .. }
        | Args::Rule(_)
        | Args::Remembered { .. } => false,
    }
}

/// `FIELD == …` or `FIELD in [...]` with exactly these.
fn is_one_of(test: &Test, field: &str, values: &[String]) -> bool {
    let named = matches!(&test.subject.base, Base::Field(own) if own.name == field);
    let equal = matches!(test.op.value, Operator::Equals | Operator::In);
    if !named || !equal || test.cased || !test.subject.through.is_empty() {
        return false;
    }
    let text = |operand: &Operand| match &operand.base {
        Base::Literal(Literal::Text(text)) => Some(text.clone()),
        Base::Literal(Literal::Number { value, .. }) => Some(value.text()),
        _other => None,
    };
    let own: Option<Vec<String>> = test.args.operands().iter().map(text).collect();
    own.is_some_and(|own| {
        own.len() == values.len() && values.iter().all(|value| own.iter().any(|own| own.eq_ignore_ascii_case(value)))
    })
}
