//! Conditions as terms: each a list of tests that hold or do not, of which one whole list has to be met.
//!
//! In: a program. Out: terms of a condition, and for each statement that does something the terms under which it is reached.
//! Never here: what a test means. Beyond [`TERMS`] a condition is given up, and what depends on it says so.

use rustc_hash::FxHashSet;

use crate::ast::RuleKind;
use crate::event::Slot;
use crate::ir::{Check, FieldOp, From, Node, NodeId, Program, RuleId, SetValue, SiteId, Stmt, StmtId, StmtKind, Test};

/// One test that holds, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lit {
    pub site: SiteId,
    pub yes: bool,
}

/// Tests that hold together.
pub(super) type Term = Vec<Lit>;

/// So many terms are looked at.
pub(super) const TERMS: usize = 64;

/// The terms of a condition that holds, or, not `yes`, does not; none: there are too many.
pub(super) fn terms(nodes: &[Node], node: NodeId, yes: bool) -> Option<Vec<Term>> {
    match (&nodes[node.index()], yes) {
        (Node::Const(value), _) => Some(if *value == yes { vec![Vec::new()] } else { Vec::new() }),
        (Node::Test(site), _) => Some(vec![vec![Lit { site: *site, yes }]]),
        (Node::Not(inner), _) => terms(nodes, *inner, !yes),
        (Node::And(members), true) | (Node::Or(members), false) => {
            let mut all = vec![Vec::new()];
            for member in members {
                all = product(&all, &terms(nodes, *member, yes)?)?;
            }
            Some(all)
        }
        (Node::Or(members), true) | (Node::And(members), false) => {
            let mut all = Vec::new();
            for member in members {
                all.append(&mut terms(nodes, *member, yes)?);
            }
            (all.len() <= TERMS).then_some(all)
        }
    }
}

/// Each of one with each of the other.
pub(super) fn product(a: &[Term], b: &[Term]) -> Option<Vec<Term>> {
    if a.len() * b.len() > TERMS {
        return None;
    }
    let join = |x: &Term, y: &Term| x.iter().chain(y).copied().collect::<Term>();
    Some(a.iter().flat_map(|x| b.iter().map(move |y| join(x, y))).collect())
}

/// Statements with all that stand inside of them, in no order.
pub(super) fn stmts<'p>(program: &'p Program, body: &[StmtId]) -> Vec<&'p Stmt> {
    let mut found = Vec::new();
    let mut work = body.to_vec();
    while let Some(id) = work.pop() {
        let stmt = program.stmt(id);
        found.push(stmt);
        match &stmt.kind {
            StmtKind::If { arms, otherwise } => {
                arms.iter().for_each(|(_, body)| work.extend(body));
                work.extend(otherwise);
            }
            StmtKind::When { body, .. } => work.extend(body),
            StmtKind::FirstMatch(rows) => rows.iter().for_each(|row| work.extend(&row.body)),
            StmtKind::Drop
            | StmtKind::Keep
            | StmtKind::Stop
            | StmtKind::Tag(_)
            | StmtKind::Untag(_)
            | StmtKind::Set { .. }
            | StmtKind::Remove(_)
            | StmtKind::Send(_)
            | StmtKind::Remember(_)
            | StmtKind::Forget(_) => {}
        }
    }
    found
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Does {
    Drop,
    Tag(String),
    Remove(StmtId),
    Send(String),
    /// Something else: only that it is reached counts.
    Other,
}

/// A statement, and when it is reached.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    pub rule: RuleId,
    pub stmt: StmtId,
    pub does: Does,
    /// It is reached under one of these; under no other.
    pub terms: Vec<Term>,
    /// And under each of them for sure.
    pub exact: bool,
    /// A condition that was too large is left out of the terms.
    pub loose: bool,
}

/// The arm of an `if`, and what holds before its condition is asked.
#[derive(Clone, Debug)]
pub(super) struct Arm {
    pub cond: NodeId,
    pub before: Way,
}

/// Terms under which a place is reached.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub terms: Vec<Term>,
    pub exact: bool,
    pub loose: bool,
}

impl Way {
    fn start() -> Way {
        Way { terms: vec![Vec::new()], exact: true, loose: false }
    }

    /// Goes on where a condition holds, or does not. A negation that is too large is left out: then more is said to come here
    /// than does.
    fn go(&self, nodes: &[Node], cond: NodeId, yes: bool) -> Way {
        match terms(nodes, cond, yes).and_then(|cond| product(&self.terms, &cond)) {
            Some(terms) => Way { terms, exact: self.exact, loose: self.loose },
            None => Way { terms: self.terms.clone(), exact: false, loose: self.loose || yes },
        }
    }
}

/// Everything that rules do, in the order in which they run.
pub(super) fn effects(program: &Program) -> Vec<Effect> {
    let mut walk = Walk { program, rule: RuleId(0), effects: Vec::new(), arms: Vec::new(), ended: 0 };
    for (index, rule) in program.rules.iter().enumerate() {
        walk.rule = RuleId(index as u32);
        walk.body(&rule.body, Way::start());
    }
    walk.effects
}

/// The arms of a rule, in the order of the text.
pub(super) fn arms(program: &Program, rule: RuleId) -> Vec<Arm> {
    let mut walk = Walk { program, rule, effects: Vec::new(), arms: Vec::new(), ended: 0 };
    walk.body(&program.rules[rule.index()].body, Way::start());
    walk.arms
}

struct Walk<'a> {
    program: &'a Program,
    rule: RuleId,
    effects: Vec<Effect>,
    arms: Vec<Arm>,
    /// How many statements were passed that end the rule.
    ended: usize,
}

impl Walk<'_> {
    fn add(&mut self, stmt: StmtId, does: Does, way: &Way) {
        let Way { terms, exact, loose } = way.clone();
        self.effects.push(Effect { rule: self.rule, stmt, does, terms, exact, loose });
    }

    /// Walks statements; gives under what the end is reached, `None`: never. Nesting is bounded by `limits::DEPTH`.
    fn body(&mut self, body: &[StmtId], mut way: Way) -> Option<Way> {
        let program = self.program;
        for id in body {
            match &program.stmt(*id).kind {
                StmtKind::If { arms, otherwise } => {
                    let mut rest = way.clone();
                    let ended = self.ended;
                    let mut through: Vec<Way> = Vec::new();
                    for (cond, body) in arms {
                        self.arms.push(Arm { cond: *cond, before: rest.clone() });
                        let inside = rest.go(&program.nodes, *cond, true);
                        through.extend(self.body(body, inside));
                        rest = rest.go(&program.nodes, *cond, false);
                    }
                    through.extend(self.body(otherwise, rest));
                    // Where nothing in it ends the rule, everything goes on.
                    if ended == self.ended {
                        continue;
                    }
                    let terms: Vec<Term> = through.iter().flat_map(|through| through.terms.iter().cloned()).collect();
                    if through.is_empty() {
                        return None;
                    }
                    if terms.len() <= TERMS {
                        let exact = through.iter().all(|through| through.exact);
                        way = Way { terms, exact, loose: way.loose };
                    } else {
                        way.exact = false;
                    }
                }
                StmtKind::Drop => {
                    self.add(*id, Does::Drop, &way);
                    self.ended += 1;
                    return None;
                }
                StmtKind::Keep | StmtKind::Stop => {
                    self.ended += 1;
                    return None;
                }
                StmtKind::Tag(tag) => self.add(*id, Does::Tag(tag.clone()), &way),
                StmtKind::Remove(_) => self.add(*id, Does::Remove(*id), &way),
                StmtKind::Send(send) => {
                    let what =
                        format!("{}\0{}\0{}", send.via, send.template.as_deref().unwrap_or(""), send.to.join("\0"));
                    self.add(*id, Does::Send(what), &way);
                }
                StmtKind::Untag(_) | StmtKind::Set { .. } | StmtKind::Remember(_) | StmtKind::Forget(_) => {
                    self.add(*id, Does::Other, &way);
                }
                // When it is enough, no test of this event says.
                StmtKind::When { .. } | StmtKind::FirstMatch(_) => {
                    self.add(*id, Does::Other, &way);
                    way.exact = false;
                }
            }
        }
        Some(way)
    }
}

/// What rules change while others of their kind still look at it.
#[derive(Debug, Default)]
pub(super) struct Volatile {
    /// Of filters, and of those behind the agent.
    slots: [FxHashSet<Slot>; 2],
    tags: [FxHashSet<String>; 2],
}

fn stage(kind: RuleKind) -> usize {
    match kind {
        RuleKind::Filter => 0,
        RuleKind::Classify | RuleKind::Alert => 1,
    }
}

impl Volatile {
    pub(super) fn of(program: &Program) -> Volatile {
        let mut changed = Volatile::default();
        for rule in &program.rules {
            let at = stage(rule.kind);
            for stmt in stmts(program, &rule.body) {
                match &stmt.kind {
                    StmtKind::Tag(tag) | StmtKind::Untag(tag) => {
                        changed.tags[at].insert(tag.clone());
                    }
                    StmtKind::Set { slot, .. } => changed.set(program, at, *slot),
                    StmtKind::Remove(removal) => changed.slots[at].extend(removal.slots.iter().copied()),
                    StmtKind::If { .. }
                    | StmtKind::When { .. }
                    | StmtKind::FirstMatch(_)
                    | StmtKind::Drop
                    | StmtKind::Keep
                    | StmtKind::Stop
                    | StmtKind::Send(_)
                    | StmtKind::Remember(_)
                    | StmtKind::Forget(_) => {}
                }
            }
        }
        changed
    }

    /// A field that is set changes all that read it, or below it.
    fn set(&mut self, program: &Program, at: usize, slot: Slot) {
        let Some(field) = program.layout.get(slot) else { return };
        let reads = program
            .layout
            .iter()
            .filter(|(_, other)| super::super::removed(&field.paths[..1.min(field.paths.len())], other));
        self.slots[at].extend(reads.map(|(slot, _)| slot));
    }

    /// Can a test have another answer for a rule of this kind than for another of the same kind?
    pub(super) fn holds(&self, kind: RuleKind, test: &Test) -> bool {
        let at = stage(kind);
        let changes = !self.slots[at].is_empty();
        if matches!(test.subject.from, From::AnyField) && changes {
            return true;
        }
        match &test.check {
            Check::HasTag { tags, agent, .. } => {
                tags.iter().any(|tag| self.tags[at].contains(tag))
                    || agent.is_some_and(|slot| self.slots[at].contains(&slot))
            }
            Check::Acted(_) | Check::Remembered(..) => true,
            _of_fields => slots(test).iter().any(|slot| self.slots[at].contains(slot)),
        }
    }
}

/// The slots that a test reads.
pub(super) fn slots(test: &Test) -> Vec<Slot> {
    let mut all = slots_of(test.subject.from);
    match &test.check {
        Check::Field(FieldOp::Equals | FieldOp::Order(_) | FieldOp::Text(_), other, _) => {
            all.extend(slots_of(other.from));
        }
        Check::Some(element) => all.push(element.list),
        Check::HasTag { agent, .. } => all.extend(*agent),
        Check::Exists
        | Check::Blank
        | Check::Order(..)
        | Check::Text { .. }
        | Check::Like { .. }
        | Check::Matches { .. }
        | Check::In(_)
        | Check::Class(_)
        | Check::Table(_)
        | Check::EventIs(_)
        | Check::Acted(_)
        | Check::Remembered(..) => {}
    }
    all
}

fn slots_of(from: From) -> Vec<Slot> {
    match from {
        From::Slot(slot) | From::Hash(_, slot) | From::Typed(_, slot) => vec![slot],
        From::AnyOf(slots) => slots.to_vec(),
        From::AnyField | From::Event => Vec::new(),
    }
}

/// The slots that a `set` reads.
pub(super) fn set_slots(value: &SetValue) -> Vec<Slot> {
    match value {
        SetValue::Operand(operand) => slots_of(operand.from),
        SetValue::Text(_) | SetValue::Number(_) | SetValue::Bool(_) => Vec::new(),
    }
}
