//! What conditions must say for a change to matter.
//!
//! In: a program, a condition or statement of it. Out: what must hold for that to be reached and to decide, as a tree; and how far an event is
//! from it, by what the tests said of the event. Never here: events.

use rustc_hash::FxHashMap;

use super::Edit;
use super::walk::parts;
use crate::ir::simplify::children;
use crate::ir::{Node, NodeId, Program, SiteId, StmtId, StmtKind};

/// What a search is about: a condition, or a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Node(NodeId),
    Stmt(StmtId),
}

/// What tests are to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Goal {
    Says(SiteId, bool),
    All(Vec<Goal>),
    Any(Vec<Goal>),
}

/// What tests said of an event; those that were not asked are not in it.
pub(super) type Said = FxHashMap<u32, bool>;

/// Statements of a rule that are looked at for what comes of a change before them.
const ACTS: usize = 4;

/// Farther than any goal that can be met.
const NEVER: usize = 1 << 20;

impl Goal {
    /// How many tests say something else, or were not asked; 0: it is met.
    pub(super) fn far(&self, said: &Said) -> usize {
        match self {
            Self::Says(site, value) => usize::from(said.get(&site.0) != Some(value)),
            Self::All(goals) => goals.iter().map(|goal| goal.far(said)).sum(),
            Self::Any(goals) => goals.iter().map(|goal| goal.far(said)).min().unwrap_or(NEVER),
        }
    }

    /// The tests that are to say something else, in the order of the program; of alternatives the nearest first.
    pub(super) fn open(&self, said: &Said) -> Vec<(SiteId, bool)> {
        match self {
            Self::Says(site, value) if said.get(&site.0) != Some(value) => vec![(*site, *value)],
            Self::Says(..) => Vec::new(),
            Self::All(goals) => goals.iter().flat_map(|goal| goal.open(said)).collect(),
            Self::Any(_) if self.far(said) == 0 => Vec::new(),
            Self::Any(goals) => {
                let mut goals: Vec<&Goal> = goals.iter().collect();
                goals.sort_by_key(|goal| goal.far(said));
                goals.into_iter().flat_map(|goal| goal.open(said)).collect()
            }
        }
    }
}

/// What must be so for a condition to have this value. Nesting is bounded by `limits::DEPTH`.
pub(super) fn wanted(program: &Program, at: NodeId, value: bool) -> Goal {
    match program.node(at) {
        Node::Const(has) if *has == value => Goal::All(Vec::new()),
        Node::Const(_) => Goal::Any(Vec::new()),
        Node::Test(site) => Goal::Says(*site, value),
        Node::Not(inner) => wanted(program, *inner, !value),
        node @ (Node::And(members) | Node::Or(members)) => {
            let goals = members.iter().map(|member| wanted(program, *member, value)).collect();
            if matches!(node, Node::And(_)) == value { Goal::All(goals) } else { Goal::Any(goals) }
        }
    }
}

/// What the others must say for the target to decide this condition; `None`: it is not in it.
pub(super) fn decides(program: &Program, at: NodeId, target: Target) -> Option<Goal> {
    if target == Target::Node(at) {
        return Some(Goal::All(Vec::new()));
    }
    match program.node(at) {
        Node::Const(_) | Node::Test(_) => None,
        Node::Not(inner) => decides(program, *inner, target),
        node @ (Node::And(members) | Node::Or(members)) => {
            let and = matches!(node, Node::And(_));
            let inside: Vec<Option<Goal>> = members.iter().map(|member| decides(program, *member, target)).collect();
            inside.iter().any(Option::is_some).then(|| {
                let goals = members.iter().zip(inside);
                Goal::All(
                    goals.map(|(member, inside)| inside.unwrap_or_else(|| wanted(program, *member, and))).collect(),
                )
            })
        }
    }
}

/// What must hold and what must not for the target to be reached and to decide; `None`: it is not in this body. `passing`: what would end the
/// rule before is passed. Nesting is bounded by `limits::DEPTH`.
pub(super) fn reach(program: &Program, body: &[StmtId], target: Target, passing: bool) -> Option<Goal> {
    let mut goals: Vec<Goal> = Vec::new();
    for id in body {
        if target == Target::Stmt(*id) {
            return Some(Goal::All(goals));
        }
        let Some(stmt) = program.stmts.get(id.index()) else { continue };
        let parts = parts(&stmt.kind);
        if let Some(inside) = parts.steps.iter().find_map(|step| decides(program, *step, target)) {
            goals.push(inside);
            return Some(Goal::All(goals));
        }
        let before = goals.len();
        // What must not have held, for the rule to come here.
        let mut passed: Vec<Goal> = Vec::new();
        for (cond, body) in &parts.arms {
            if let Some(inside) = decides(program, *cond, target) {
                goals.push(inside);
                return Some(Goal::All(goals));
            }
            if let Some(inside) = reach(program, body, target, passing) {
                goals.extend([wanted(program, *cond, true), inside]);
                return Some(Goal::All(goals));
            }
            let not = wanted(program, *cond, false);
            if passing && ends(program, body) {
                passed.push(not.clone());
            }
            goals.push(not);
        }
        if let Some(inside) = reach(program, parts.last, target, passing) {
            // With the last of its steps a `when` has enough.
            goals.extend(parts.steps.last().map(|step| wanted(program, *step, true)));
            goals.push(inside);
            return Some(Goal::All(goals));
        }
        goals.truncate(before);
        goals.append(&mut passed);
    }
    None
}

/// Does the rule end with this body?
fn ends(program: &Program, body: &[StmtId]) -> bool {
    let kinds = body.iter().filter_map(|id| program.stmts.get(id.index())).map(|stmt| &stmt.kind);
    kinds.into_iter().any(|kind| matches!(kind, StmtKind::Drop | StmtKind::Keep | StmtKind::Stop))
}

/// Ways to reach what a rule does, of which a change before it may decide: each as it is, and as if nothing before it ended the rule.
pub(super) fn acts(program: &Program, body: &[StmtId]) -> Vec<(Goal, Goal)> {
    let mut acting = Vec::new();
    let mut open: Vec<&[StmtId]> = vec![body];
    while let Some(inner) = open.pop() {
        for (id, stmt) in inner.iter().filter_map(|id| Some((*id, program.stmts.get(id.index())?))) {
            let parts = parts(&stmt.kind);
            open.extend(parts.bodies().filter(|body| !body.is_empty()));
            if matches!(stmt.kind, StmtKind::Drop | StmtKind::Tag(_) | StmtKind::Untag(_) | StmtKind::Send(_)) {
                acting.push(Target::Stmt(id));
            }
        }
    }
    let both = |target| Some((reach(program, body, target, true)?, reach(program, body, target, false)?));
    acting.into_iter().take(ACTS).filter_map(both).collect()
}

/// What is wanted of the target in turn, the best first: where a member is left out, the others say nothing and it alone does; then as it
/// comes, true, false, and each of its members the other way than the rest.
pub(super) fn states(program: &Program, target: Target, edit: &Edit) -> Vec<Goal> {
    let Target::Node(at) = target else { return vec![Goal::All(Vec::new())] };
    let node = program.node(at);
    let mut states = vec![Goal::All(Vec::new()), wanted(program, at, true), wanted(program, at, false)];
    let alone = |member: NodeId, value: bool| {
        let of = |other: NodeId| wanted(program, other, (other == member) == value);
        Goal::All(children(node).into_iter().map(of).collect())
    };
    match (node, edit) {
        (Node::Const(_) | Node::Test(_) | Node::Not(_), _) => {}
        (Node::And(members) | Node::Or(members), Edit::Without(_, member)) => {
            let and = matches!(node, Node::And(_));
            states.splice(0..0, members.get(*member).map(|member| alone(*member, !and)));
        }
        (Node::And(members) | Node::Or(members), _) => {
            let each = members.iter().flat_map(|member| [alone(*member, true), alone(*member, false)]);
            states.extend(each);
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_alternatives_the_nearest_is_told_first() {
        let says = |site| Goal::Says(SiteId(site), true);
        let goal = Goal::All(vec![says(0), Goal::Any(vec![Goal::All(vec![says(1), says(2)]), says(3)])]);
        let said = |of: &[(u32, bool)]| of.iter().copied().collect::<Said>();
        assert_eq!(goal.far(&said(&[])), 2);
        assert_eq!(goal.open(&said(&[(0, true)])), [(SiteId(3), true), (SiteId(1), true), (SiteId(2), true)]);
        assert_eq!(goal.far(&said(&[(0, true), (1, true), (2, true)])), 0);
        assert_eq!(goal.open(&said(&[(0, true), (3, true)])), []);
        assert!(Goal::Any(Vec::new()).far(&said(&[])) > 1000);
    }
}
