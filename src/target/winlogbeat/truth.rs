//! Conditions as they are put together: with the two constants, which libbeat cannot say, folded away.
//!
//! In: conditions. Out: a condition that says the same, or a constant. Never here: tests of rules.

use crate::libbeat::Condition;

/// A condition, or what is known of it without an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Truth {
    /// It holds for every event.
    Always,
    /// It holds for none.
    Never,
    /// That depends.
    If(Condition),
}

impl From<Condition> for Truth {
    fn from(condition: Condition) -> Self {
        Truth::If(condition)
    }
}

impl Truth {
    /// All hold.
    pub(super) fn all(members: impl IntoIterator<Item = Truth>) -> Truth {
        let mut all = Vec::new();
        for member in members {
            match member {
                Truth::Always => {}
                Truth::Never => return Truth::Never,
                Truth::If(Condition::And(inner)) => all.extend(inner),
                Truth::If(condition) => all.push(condition),
            }
        }
        match all.len() {
            0 => Truth::Always,
            1 => all.pop().map_or(Truth::Always, Truth::If),
            _ => Truth::If(Condition::And(all)),
        }
    }

    /// One holds.
    pub(super) fn any(members: impl IntoIterator<Item = Truth>) -> Truth {
        let mut any = Vec::new();
        for member in members {
            match member {
                Truth::Never => {}
                Truth::Always => return Truth::Always,
                Truth::If(Condition::Or(inner)) => any.extend(inner),
                Truth::If(condition) => any.push(condition),
            }
        }
        match any.len() {
            0 => Truth::Never,
            1 => any.pop().map_or(Truth::Never, Truth::If),
            _ => Truth::If(Condition::Or(any)),
        }
    }

    /// It does not hold.
    pub(super) fn not(self) -> Truth {
        match self {
            Truth::Always => Truth::Never,
            Truth::Never => Truth::Always,
            Truth::If(Condition::Not(inner)) => Truth::If(*inner),
            Truth::If(condition) => Truth::If(Condition::Not(Box::new(condition))),
        }
    }
}
