//! What each piece of a rule said of one event: every condition and statement of the tree, where it was written.
//!
//! In: a definition as somebody wrote or drew it, the program made of it and others, what the machine's trace says. Out: marks, outer
//! pieces before those inside them. What a test said is the trace's; what stands above tests follows from theirs. Never here:
//! deciding; a test that the machine did not ask is unreached, whatever it would have said.

use rustc_hash::FxHashMap;

use super::{Explained, Explanation, Step};
use crate::ast::{Asks, CondId, CondKind, Definition, Rule, StmtId, StmtKind};
use crate::ir::{Program, SiteId};
use crate::origin::Origin;
use crate::vm::TraceStep;

/// A piece of a rule's tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// The rule itself.
    Rule,
    /// A statement.
    Statement(StmtId),
    /// A condition.
    Condition(CondId),
    /// A step of a `when`, behind its condition.
    Step(StmtId, usize),
}

/// What a piece said.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Which.
    pub piece: Piece,
    /// Where it was written.
    pub origin: Option<Origin>,
    /// Did it hold, or run? `None`: nobody asked.
    pub holds: Option<bool>,
    /// What a test saw, and why it did not hold.
    pub said: Option<Explained>,
}

/// The tests of an explanation, by where they stand.
pub type Said = FxHashMap<Origin, Explained>;

/// What the tests of one rule said, out of the machine's trace alone: without values and reasons.
pub fn answers<'t>(trace: impl IntoIterator<Item = &'t TraceStep>, program: &Program) -> Said {
    let answer = |step: &TraceStep| {
        let origin = program.sites.get(step.site as usize)?.origin;
        let bare = Explained {
            text: String::new(),
            holds: Some(step.holds),
            reason: None,
            hint: None,
            seen: Vec::new(),
            members: Vec::new(),
            place: String::new(),
            site: Some(SiteId(step.site)),
        };
        Some((origin, bare))
    };
    trace.into_iter().filter_map(answer).collect()
}

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
pub fn marks(definition: &Definition, rule: &Rule, said: &Said, fired: &[Origin], ran: bool, acted: bool) -> Vec<Mark> {
    let mut marker = Marker { definition, said, fired, marks: Vec::new() };
    let holds = ran.then_some(acted);
    marker.marks.push(Mark { piece: Piece::Rule, origin: Some(rule.origin), holds, said: None });
    marker.body(&rule.body, ran && !rule.disabled);
    marker.marks
}

struct Marker<'a> {
    definition: &'a Definition,
    said: &'a Said,
    /// The `when`s that fired.
    fired: &'a [Origin],
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
            self.marks.push(Mark {
                piece: Piece::Statement(*id),
                origin: Some(stmt.origin),
                holds: runs.then_some(true),
                said: None,
            });
            let ends = match &stmt.kind {
                StmtKind::If { arms, otherwise } => {
                    let mut open = runs;
                    let (mut ends, mut any) = (false, false);
                    for arm in arms {
                        let holds = self.condition(arm.cond, open);
                        let taken = open && holds == Some(true);
                        any |= taken;
                        // A test that gave no answer failed, and the rule ended there.
                        ends |= open && holds.is_none();
                        ends |= self.body(&arm.body, taken) == Flow::Ends && taken;
                        open &= holds == Some(false);
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
                StmtKind::When { when, body } => {
                    let fired = runs && self.fired.contains(&stmt.origin);
                    if let Asks::Steps { steps, .. } = &when.asks {
                        for (at, step) in steps.iter().enumerate() {
                            let holds = self.condition(step.cond, runs);
                            let piece = Piece::Step(*id, at);
                            self.marks.push(Mark { piece, origin: Some(step.origin), holds, said: None });
                        }
                    }
                    if let Some(mark) = self.marks.get_mut(at) {
                        mark.holds = runs.then_some(fired);
                    }
                    self.body(body, fired) == Flow::Ends && fired
                }
                StmtKind::Drop | StmtKind::Keep | StmtKind::Stop => runs,
                StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send { .. }
                | StmtKind::Remember { .. }
                | StmtKind::Forget { .. } => false,
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
        self.marks.push(Mark { piece: Piece::Condition(id), origin: Some(cond.origin), holds: None, said: None });
        let mut told = None;
        let holds = match &cond.kind {
            CondKind::And(members) => self.joined(members, false, reached),
            CondKind::Or(members) => self.joined(members, true, reached),
            CondKind::Not(inner) => {
                let holds = self.condition(*inner, reached).map(|holds| !holds);
                // `not contains` is one piece with one answer; the test inside it says what was seen.
                if self.definition.cond(*inner).origin == cond.origin && self.marks.len() == at + 2 {
                    told = self.marks.pop().and_then(|mark| mark.said);
                    if let Some(said) = told.as_mut().filter(|_| holds == Some(true)) {
                        (said.reason, said.hint) = (None, None);
                    }
                }
                holds
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{MapView, Value, json};
    use crate::explain::explain;
    use crate::ir::RuleId;
    use crate::limits;
    use crate::vm::Prepared;

    const EVENT: &str = r#"{"winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{"Image":"a","User":"u"}}}"#;

    /// The marks of the last rule of a text, piece by piece: the first line of each, and `+`, `-` or `.` for nobody asked.
    fn marked(rules: &str, event: &str) -> Vec<String> {
        let (compiled, diagnostics) = crate::compile_text(rules, &[]);
        let compiled = compiled.unwrap_or_else(|| panic!("{diagnostics:?}"));
        let prepared = Prepared::new(compiled.module.clone()).unwrap();
        let Value::Map(event) = json::parse(event.as_bytes()).unwrap() else { panic!("no map") };
        let view = MapView::new(&prepared.module().layout, &event);
        let last = RuleId(compiled.program.rules.len() as u32 - 1);
        let told = explain(&compiled.program, &prepared, last, &view, None).unwrap();
        let mut answers = Said::default();
        said(&told, &compiled.program, &mut answers);
        let rule = compiled.definition.rules.last().unwrap();
        let marks = marks(&compiled.definition, rule, &answers, &told.fired, told.ran, told.acted);
        let piece = |mark: &Mark| {
            let span = mark.origin.unwrap().as_span().unwrap();
            let text = &rules[span.start as usize..span.end as usize];
            let sign = mark.holds.map_or(".", |holds| if holds { "+" } else { "-" });
            format!("{sign} {text}")
        };
        marks.iter().skip(1).map(piece).collect()
    }

    #[test]
    fn what_was_not_asked_is_unreached_and_the_rest_follows_from_the_tests() {
        let rules = "classify \"c\" { if Image == 'b' and User == 'u' { tag \"x\" } else { tag \"y\" } }";
        assert_eq!(
            marked(rules, EVENT),
            [
                "+ if Image == 'b' and User == 'u' { tag \"x\" } else { tag \"y\" }",
                "- Image == 'b' and User == 'u'",
                "- Image == 'b'",
                ". User == 'u'",
                ". tag \"x\"",
                "+ tag \"y\"",
            ]
        );
        let rules = "classify \"c\" { if not (Image == 'b' or User == 'u') { tag \"x\" } }";
        assert_eq!(
            marked(rules, EVENT),
            [
                "- if not (Image == 'b' or User == 'u') { tag \"x\" }",
                "- not (Image == 'b' or User == 'u')",
                "+ Image == 'b' or User == 'u'",
                "- Image == 'b'",
                "+ User == 'u'",
                ". tag \"x\"",
            ]
        );
    }

    #[test]
    fn a_negative_operator_is_one_piece() {
        let rules = "classify \"c\" { if User not contains 'x' { tag \"x\" } }";
        assert_eq!(marked(rules, EVENT)[1..], ["+ User not contains 'x'", "+ tag \"x\""]);
    }

    #[test]
    fn a_constant_says_what_it_must_be_and_what_stands_behind_it_was_never_asked() {
        let rules = "classify \"c\" { if User == 'x' or true or Image == 'a' { tag \"x\" } }";
        assert_eq!(
            marked(rules, EVENT)[1..],
            ["+ User == 'x' or true or Image == 'a'", "- User == 'x'", "+ true", ". Image == 'a'", "+ tag \"x\""]
        );
    }

    #[test]
    fn nothing_is_reached_behind_what_ended_the_rule_or_its_stage() {
        let rules = "classify \"c\" { if Image == 'a' { tag \"x\" stop } tag \"y\" }";
        assert_eq!(marked(rules, EVENT)[2..], ["+ tag \"x\"", "+ stop", ". tag \"y\""]);
        let after = format!("{rules} classify \"d\" {{ tag \"z\" }}");
        assert_eq!(marked(&after, EVENT), [". tag \"z\""]);
        let dropped =
            "filter \"f\" { if event is sysmon.process_create and Image == 'a' { drop } } classify \"d\" { tag \"z\" }";
        assert_eq!(marked(dropped, EVENT), [". tag \"z\""]);
    }

    #[test]
    fn nothing_is_reached_behind_a_test_that_failed() {
        let long = "x".repeat(limits::VALUE_BYTES + 1);
        let event = EVENT.replace("\"a\"", &format!("{long:?}"));
        let rules =
            "classify \"c\" { if User == 'u' { if Image contains 'b' { tag \"x\" } else { tag \"y\" } } tag \"z\" }";
        assert_eq!(
            marked(rules, &event)[1..],
            [
                "+ User == 'u'",
                "- if Image contains 'b' { tag \"x\" } else { tag \"y\" }",
                ". Image contains 'b'",
                ". tag \"x\"",
                ". tag \"y\"",
                ". tag \"z\"",
            ]
        );
    }
}
