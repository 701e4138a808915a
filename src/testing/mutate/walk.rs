//! The one walk over what statements hold.
//!
//! In: a statement. Out: the conditions and bodies in it, in their order. Never here: what becomes of them. Every kind of statement is named
//! here once, so that a new one cannot be passed over.

use crate::ir::{Named, NodeId, StmtId, StmtKind};

/// What a statement holds, to be read.
pub(super) struct Parts<'a> {
    /// Each with the body that it leads to: the arms of an `if`, the rows of a table.
    pub(super) arms: Vec<(NodeId, &'a [StmtId])>,
    /// The steps of a `when`.
    pub(super) steps: &'a [NodeId],
    /// What runs behind all of them: `else`, what a `when` leads to.
    pub(super) last: &'a [StmtId],
    /// What a `when` counts in, what a `remember` or `forget` names.
    pub(super) context: Option<u32>,
}

impl<'a> Parts<'a> {
    /// All bodies.
    pub(super) fn bodies(&self) -> impl Iterator<Item = &'a [StmtId]> {
        self.arms.iter().map(|(_, body)| *body).chain([self.last])
    }
}

pub(super) fn parts(kind: &StmtKind) -> Parts<'_> {
    let (arms, steps, last): (Vec<_>, &[NodeId], &[StmtId]) = match kind {
        StmtKind::If { arms, otherwise } => {
            (arms.iter().map(|(cond, body)| (*cond, body.as_slice())).collect(), &[], otherwise)
        }
        StmtKind::FirstMatch(rows) => (rows.iter().map(|row| (row.cond, row.body.as_slice())).collect(), &[], &[]),
        StmtKind::When { steps, body, .. } => (Vec::new(), steps, body),
        StmtKind::Drop
        | StmtKind::Keep
        | StmtKind::Stop
        | StmtKind::Tag(_)
        | StmtKind::Untag(_)
        | StmtKind::Set { .. }
        | StmtKind::Remove(_)
        | StmtKind::Send(_)
        | StmtKind::Remember(_)
        | StmtKind::Forget(_) => (Vec::new(), &[], &[]),
    };
    let context = match kind {
        StmtKind::When { context, .. } => Some(*context),
        StmtKind::Remember(named) | StmtKind::Forget(named) => Some(named.context),
        _holds_none => None,
    };
    Parts { arms, steps, last, context }
}

/// What a statement holds, to be changed.
#[derive(Default)]
pub(super) struct PartsMut<'a> {
    pub(super) conditions: Vec<&'a mut NodeId>,
    pub(super) bodies: Vec<&'a mut Vec<StmtId>>,
    /// The context that a `remember` or `forget` names.
    pub(super) named: Option<&'a mut Named>,
}

pub(super) fn parts_mut(kind: &mut StmtKind) -> PartsMut<'_> {
    let mut parts = PartsMut::default();
    match kind {
        StmtKind::If { arms, otherwise } => {
            for (cond, body) in arms {
                parts.conditions.push(cond);
                parts.bodies.push(body);
            }
            parts.bodies.push(otherwise);
        }
        StmtKind::FirstMatch(rows) => {
            for row in rows {
                parts.conditions.push(&mut row.cond);
                parts.bodies.push(&mut row.body);
            }
        }
        StmtKind::When { steps, body, .. } => {
            parts.conditions.extend(steps);
            parts.bodies.push(body);
        }
        StmtKind::Remember(named) | StmtKind::Forget(named) => parts.named = Some(named),
        StmtKind::Drop
        | StmtKind::Keep
        | StmtKind::Stop
        | StmtKind::Tag(_)
        | StmtKind::Untag(_)
        | StmtKind::Set { .. }
        | StmtKind::Remove(_)
        | StmtKind::Send(_) => {}
    }
    parts
}
