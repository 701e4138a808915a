//! What a rule asks, before it becomes a tree of the language: so that what can never hold is taken out first.
//!
//! In: tests joined by and, or, not. Out: conditions in a definition, without joins of one member and joins of the same kind inside each other.
//! Never here: what a test means.

use crate::ast::{Cond, CondId, CondKind, Definition, Test};
use crate::origin::Origin;

/// A condition to be.
#[derive(Clone, Debug)]
pub(super) enum Logic {
    /// All of them.
    And(Vec<Logic>),
    /// One of them.
    Or(Vec<Logic>),
    /// Not this.
    Not(Box<Logic>),
    /// A test.
    Test(Box<Test>),
    /// Asked of a field that these events do not have.
    Absent,
}

impl Logic {
    pub(super) fn not(self) -> Logic {
        Logic::Not(Box::new(self))
    }

    /// Does it ask for the absence of a field that is never there, or take something away by one? Then it would hold for events of which nobody
    /// knows what the author would have said.
    pub(super) fn asks_absence(&self) -> bool {
        match self {
            Logic::And(members) | Logic::Or(members) => members.iter().any(Logic::asks_absence),
            Logic::Not(inside) => inside.has_absent(),
            Logic::Test(_) | Logic::Absent => false,
        }
    }

    fn has_absent(&self) -> bool {
        match self {
            Logic::And(members) | Logic::Or(members) => members.iter().any(Logic::has_absent),
            Logic::Not(inside) => inside.has_absent(),
            Logic::Absent => true,
            Logic::Test(_) => false,
        }
    }

    /// How many values it asks for.
    pub(super) fn weight(&self) -> usize {
        match self {
            Logic::And(members) | Logic::Or(members) => members.iter().map(Logic::weight).sum(),
            Logic::Not(inside) => inside.weight(),
            Logic::Test(test) => test.args.operands().len().max(1),
            Logic::Absent => 1,
        }
    }

    /// How deep it is nested; a test is one deep.
    pub(super) fn depth(&self) -> usize {
        match self {
            Logic::And(members) | Logic::Or(members) => 1 + members.iter().map(Logic::depth).max().unwrap_or(0),
            Logic::Not(inside) => 1 + inside.depth(),
            Logic::Test(_) | Logic::Absent => 1,
        }
    }

    /// Without what never holds, and without joins of one member; `None`: nothing is left that could hold.
    pub(super) fn possible(self) -> Option<Logic> {
        match self {
            Logic::And(members) => {
                let all = members.into_iter().map(Logic::possible).collect::<Option<Vec<_>>>()?;
                Some(flat(all, &|logic| Err(logic)).unwrap_or_else(Logic::And))
            }
            Logic::Or(members) => {
                let left: Vec<Logic> = members.into_iter().filter_map(Logic::possible).collect();
                (!left.is_empty()).then(|| flat(left, &|logic| Err(logic)).unwrap_or_else(Logic::Or))
            }
            Logic::Not(inside) => Some(Logic::Not(Box::new(inside.possible().unwrap_or(Logic::Absent)))),
            Logic::Test(_) => Some(self),
            Logic::Absent => None,
        }
    }

    /// Stores it in a definition. `origin`: where joins come from.
    pub(super) fn store(self, into: &mut Definition, origin: Origin) -> CondId {
        let kind = match self {
            Logic::And(members) => match flat(members, &|logic| match logic {
                Logic::And(members) => Ok(members),
                other => Err(other),
            }) {
                Ok(one) => return one.store(into, origin),
                Err(members) => CondKind::And(store_all(members, into, origin)),
            },
            Logic::Or(members) => match flat(members, &|logic| match logic {
                Logic::Or(members) => Ok(members),
                other => Err(other),
            }) {
                Ok(one) => return one.store(into, origin),
                Err(members) => CondKind::Or(store_all(members, into, origin)),
            },
            Logic::Not(inside) => CondKind::Not(inside.store(into, origin)),
            Logic::Test(test) => {
                let origin = test.op.origin;
                return into.add_cond(Cond { kind: CondKind::Test(test), comments: Vec::new(), origin });
            }
            Logic::Absent => CondKind::Const(false),
        };
        into.add_cond(Cond { kind, comments: Vec::new(), origin })
    }
}

/// The only member, or all of them with those inside joins of the same kind.
fn flat(members: Vec<Logic>, open: &dyn Fn(Logic) -> Result<Vec<Logic>, Logic>) -> Result<Logic, Vec<Logic>> {
    let mut all = Vec::with_capacity(members.len());
    let mut waiting: Vec<Logic> = members.into_iter().rev().collect();
    while let Some(member) = waiting.pop() {
        match open(member) {
            Ok(inner) => waiting.extend(inner.into_iter().rev()),
            Err(other) => all.push(other),
        }
    }
    match (all.len(), all.pop()) {
        (1, Some(only)) => Ok(only),
        (_, last) => {
            all.extend(last);
            Err(all)
        }
    }
}

fn store_all(members: Vec<Logic>, into: &mut Definition, origin: Origin) -> Vec<CondId> {
    members.into_iter().map(|member| member.store(into, origin)).collect()
}
