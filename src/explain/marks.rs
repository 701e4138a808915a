//! What each piece of a rule said of one event: every condition and statement of the tree, where it was written.
//!
//! In: a definition as somebody wrote or drew it, the program made of it and others, what the machine's trace says. Out: marks, outer
//! pieces before those inside them. What a test said is the trace's; what stands above tests follows from theirs. Never here:
//! deciding; a test that the machine did not ask is unreached, whatever it would have said.

use rustc_hash::FxHashMap;

use super::{Explained, Explanation, Step};
use crate::ast::{CondId, CondKind, Definition, Rule, StmtId, StmtKind};
use crate::ir::Program;
use crate::origin::Origin;

/// What a piece said.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// Where it was written.
    pub origin: Option<Origin>,
    /// Did it hold, or run? `None`: nobody asked.
    pub holds: Option<bool>,
    /// What a test saw, and why it did not hold.
    pub said: Option<Explained>,
}

/// The tests of an explanation, by where they stand.
pub type Said = FxHashMap<Origin, Explained>;

/// Gathers the tests of an explanation by where they stand in the program.
pub fn said(explanation: &Explanation, program: &Program, said: &mut Said) {
    steps(&explanation.steps, program, said);
}

fn steps(all: &[Step], program: &Program, said: &mut Said) {
    for step in all {
        if let Step::Arm { condition, body, .. } = step {
            if let Some(condition) = condition {
                tests(condition, program, said);
            }
            steps(body, program, said);
        }
    }
}

fn tests(condition: &Explained, program: &Program, said: &mut Said) {
    if let Some(site) = condition.site.and_then(|site| program.sites.get(site.index())) {
        said.insert(site.origin, condition.clone());
    }
    condition.members.iter().for_each(|member| tests(member, program, said));
}

/// The marks of one rule. `ran`: did the machine come to it?
pub fn marks(definition: &Definition, rule: &Rule, said: &Said, ran: bool, acted: bool) -> Vec<Mark> {
    let mut marker = Marker { definition, said, marks: Vec::new() };
    let holds = ran.then_some(acted);
    marker.marks.push(Mark { origin: Some(rule.origin), holds, said: None });
    marker.body(&rule.body, ran && !rule.disabled);
    marker.marks
}

struct Marker<'a> {
    definition: &'a Definition,
    said: &'a Said,
    marks: Vec<Mark>,
}

/// Does a body go on behind this statement?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Ends,
}

impl Marker<'_> {
    /// Nesting is bounded by `limits::DEPTH`.
    fn body(&mut self, body: &[StmtId], mut reached: bool) -> Flow {
        let mut flow = Flow::On;
        for id in body {
            let stmt = self.definition.stmt(*id);
            let runs = reached && !stmt.disabled;
            let at = self.marks.len();
            self.marks.push(Mark { origin: Some(stmt.origin), holds: runs.then_some(true), said: None });
            let ends = match &stmt.kind {
                StmtKind::If { arms, otherwise } => {
                    let mut open = runs;
                    let (mut ends, mut any) = (false, false);
                    for arm in arms {
                        let holds = self.condition(arm.cond, open);
                        let taken = open && holds == Some(true);
                        any |= taken;
                        ends |= self.body(&arm.body, taken) == Flow::Ends && taken;
                        open &= !taken;
                    }
                    if let Some(otherwise) = otherwise {
                        any |= open;
                        ends |= self.body(otherwise, open) == Flow::Ends && open;
                    }
                    if let Some(mark) = self.marks.get_mut(at) {
                        mark.holds = runs.then_some(any);
                    }
                    ends
                }
                StmtKind::Drop | StmtKind::Keep | StmtKind::Stop => runs,
                StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send { .. } => false,
            };
            if ends {
                reached = false;
                flow = Flow::Ends;
            }
        }
        flow
    }

    /// Nesting is bounded by `limits::DEPTH`.
    fn condition(&mut self, id: CondId, reached: bool) -> Option<bool> {
        let cond = self.definition.cond(id);
        let at = self.marks.len();
        self.marks.push(Mark { origin: Some(cond.origin), holds: None, said: None });
        let mut told = None;
        let holds = match &cond.kind {
            CondKind::And(members) => self.joined(members, false, reached),
            CondKind::Or(members) => self.joined(members, true, reached),
            CondKind::Not(inner) => self.condition(*inner, reached).map(|holds| !holds),
            CondKind::Const(value) => reached.then_some(*value),
            CondKind::Test(_) | CondKind::SomeOf { .. } => {
                told = self.said.get(&cond.origin).filter(|_| reached).cloned();
                told.as_ref().and_then(|said| said.holds)
            }
        };
        if let Some(mark) = self.marks.get_mut(at) {
            mark.holds = holds;
            mark.said = told;
        }
        holds
    }

    /// All members, each as far as it was asked.
    fn joined(&mut self, members: &[CondId], decides: bool, reached: bool) -> Option<bool> {
        let said: Vec<Option<bool>> = members.iter().map(|member| self.condition(*member, reached)).collect();
        if said.contains(&Some(decides)) {
            Some(decides)
        } else if said.iter().all(|said| *said == Some(!decides)) {
            Some(!decides)
        } else {
            None
        }
    }
}
