//! Why a rule did what it did to one event.
//!
//! In: a program, the module made of it, and one event's view. Out: an [`Explanation`]: the rule's statements with, for
//! every test, yes, no or not reached, the values it saw, and a reason out of a closed list. What a test said is what the
//! machine's trace says; nothing is decided here. Never here: printing.

mod became;
mod lines;
mod marks;
mod reasons;

pub use became::{Became, TagReason, became};
pub use lines::{lines, lines_of_blocks};
pub use marks::{Mark, Piece, Said, answers, marks, said};

use serde::Serialize;

use crate::ast::RuleKind;
use crate::bytecode::Module;
use crate::event::{EventView, Raw, RawList, json};
use crate::ir::{Asks, Named, Node, NodeId, Program, RuleId, SiteId, StmtId, StmtKind};
use crate::origin::Origin;
use crate::vm::{Behind, Contexts, Machine, Options, Prepared, Tally};

/// Why a test did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The event has no such field.
    FieldMissing,
    /// The field is null.
    FieldNull,
    /// The form in which the event came lost the field.
    Undecidable,
    /// There is a value, and it is another one.
    ValueDiffers,
    /// It would hold if case were ignored.
    CaseDiffers,
    /// The value is no number, time or address, and the test needs one.
    NotComparable,
    /// The field is a list or map, and the test needs a single value.
    NotSingle,
    /// No member of the list meets it.
    NoMember,
    /// The hash is not among those that the event has.
    NoSuchHash,
    /// It is another event.
    OtherEvent,
    /// The event has no such tag.
    NoSuchTag,
    /// The rule did nothing to the event.
    DidNotAct,
    /// It is not remembered, or not that often.
    NotRemembered,
    /// The table does not hold the value.
    NotInTable,
    /// The field is there.
    FieldThere,
    /// The value is of another type, and types never convert in the test's dialect.
    OtherType,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Reason; 16] = [
        Self::FieldMissing,
        Self::FieldNull,
        Self::Undecidable,
        Self::ValueDiffers,
        Self::CaseDiffers,
        Self::NotComparable,
        Self::NotSingle,
        Self::NoMember,
        Self::NoSuchHash,
        Self::OtherEvent,
        Self::NoSuchTag,
        Self::NotInTable,
        Self::DidNotAct,
        Self::NotRemembered,
        Self::FieldThere,
        Self::OtherType,
    ];

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Self::FieldMissing => "the event has no such field",
            Self::FieldNull => "the field is null",
            Self::Undecidable => "this form of event lost the field",
            Self::ValueDiffers => "the value differs",
            Self::CaseDiffers => "only the case differs",
            Self::NotComparable => "the value has no order with the one asked for",
            Self::NotSingle => "the field is not a single value",
            Self::NoMember => "no member of the list meets it",
            Self::NoSuchHash => "the event has no such hash",
            Self::OtherEvent => "it is another event",
            Self::NoSuchTag => "the tag is not set",
            Self::NotInTable => "the table does not hold it",
            Self::DidNotAct => "the rule did nothing to this event",
            Self::NotRemembered => "it is not remembered, or not that often",
            Self::FieldThere => "the field has a value",
            Self::OtherType => "the value is of another type",
        }
    }
}

/// A field and the value that a test saw there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The field as the rule names it.
    pub field: String,
    /// The path at which it stood, where it is another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its value for people; `None`: absent.
    pub value: Option<String>,
}

/// A condition, explained.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// `and`, `or`, `not`, or a test's own text.
    pub text: String,
    /// Did it hold? `None`: not reached.
    pub holds: Option<bool>,
    /// For a test that did not hold: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A hint, where the value almost met the test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The values seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
    /// Members of `and`, `or`, `not`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Explained>,
    /// Where it was written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The test of the program, if it is one.
    #[serde(skip)]
    pub site: Option<SiteId>,
}

/// A statement, explained.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "statement", rename_all = "kebab-case")]
pub enum Step {
    /// One arm of an `if`.
    Arm {
        /// `if`, `else if`, `else`.
        word: &'static str,
        /// Its condition; `else` has none.
        #[serde(skip_serializing_if = "Option::is_none")]
        condition: Option<Box<Explained>>,
        /// Was it taken?
        taken: bool,
        /// Its statements.
        body: Vec<Step>,
    },
    /// Any other statement.
    Plain {
        /// As written.
        text: String,
        /// Was it reached?
        reached: bool,
        /// The tag, if it sets one.
        #[serde(skip)]
        tag: Option<String>,
    },
    /// A `when`, and how far it has come with this event.
    When {
        /// As written.
        text: String,
        /// Was it reached?
        reached: bool,
        /// So many events, values or steps; `None`: this event was not counted.
        count: Option<u64>,
        /// So many are enough.
        least: u64,
    },
}

/// One rule on one event.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The rule's kind.
    pub kind: RuleKind,
    /// The rule's name.
    pub rule: String,
    /// The rule's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it did: `drops the event`, `keeps the event`, `tags: …`, `sends …`, `does nothing`.
    pub verdict: String,
    /// Another rule that decided before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Its statements.
    pub steps: Vec<Step>,
    /// Where the `when`s stand that it was enough for.
    #[serde(skip)]
    pub fired: Vec<Origin>,
    /// Did it run?
    #[serde(skip)]
    pub ran: bool,
    /// Did it do something?
    #[serde(skip)]
    pub acted: bool,
}

/// Explains one rule on one event. The view must have been made for the module's layout; the module must be the program's.
/// `past`: what is remembered of the events before it; `None`: there were none.
pub fn explain(
    program: &Program,
    prepared: &Prepared,
    rule: RuleId,
    view: &dyn EventView,
    past: Option<&Contexts>,
) -> Option<Explanation> {
    let mut machine = Machine::new(prepared);
    if let Some(past) = past {
        machine.resume(past.clone());
    }
    let outcome = machine.decide(view, Options { preview: true, trace: true, until: None });
    let module = prepared.module();
    let code = module.rules.get(rule.index())?;
    let says = outcome.trace.iter().filter(|step| step.rule == rule.0).map(|step| (step.site, step.holds)).collect();
    let drops = outcome.dropped_by == Some(rule.0) || outcome.would_drop.contains(&rule.0);
    let behind = Behind::new(view, prepared, outcome.effects.before(module, rule.0), code.kind);
    let tallies = outcome.tallies.iter().filter(|tally| tally.rule == rule.0).copied().collect();
    let explainer = Explainer { program, module, view: &behind, says, tallies };
    let stopped = outcome.stopped_by.iter().filter(|by| **by < rule.0).filter_map(|by| module.rules.get(*by as usize));
    let stopped = stopped.into_iter().find(|by| by.kind == code.kind);
    let dropped = code.kind != RuleKind::Filter && outcome.dropped_by.is_some();
    let ran = !dropped && stopped.is_none() && !outcome.malformed;
    let mut effects: Vec<String> = outcome
        .effects
        .iter()
        .filter(|effect| effect.rule() == rule.0)
        .map(|effect| effect_text(module, effect))
        .collect();
    // A tag that two branches set is set once.
    let mut seen = std::collections::BTreeSet::new();
    effects.retain(|effect| seen.insert(effect.clone()));
    let verdict = if outcome.malformed {
        "does not run: what says which event it is, is malformed".to_string()
    } else if dropped {
        "does not run: the event is dropped before".to_string()
    } else if let Some(by) = stopped {
        format!("does not run: \"{}\" stops before it", by.name)
    } else if let Some(failure) = outcome.failures.iter().find(|failure| failure.rule == rule.0) {
        format!("fails, and so changes nothing: {}", failure.fault.text())
    } else if drops {
        "drops the event".to_string()
    } else if !effects.is_empty() {
        effects.join("; ")
    } else if code.kind == RuleKind::Filter {
        "keeps the event".to_string()
    } else {
        "does nothing".to_string()
    };
    let acted = ran && (drops || !effects.is_empty());
    let fired = fired_at(program, &outcome.tallies, rule);
    let (steps, _) = explainer.body(&program.rules.get(rule.index())?.body, ran);
    let by = outcome.dropped_by.filter(|by| *by != rule.0 && *by < rule.0).and_then(|by| module.rules.get(by as usize));
    Some(Explanation {
        kind: code.kind,
        rule: code.name.clone(),
        id: code.id.clone(),
        verdict,
        decided_by: by.map(|by| by.name.clone()),
        steps,
        fired,
        ran,
        acted,
    })
}

/// Where the `when`s of a rule stand that it was enough for.
pub fn fired_at(program: &Program, tallies: &[Tally], rule: RuleId) -> Vec<Origin> {
    let fired: Vec<u32> =
        tallies.iter().filter(|tally| tally.rule == rule.0 && tally.fires).map(|tally| tally.context).collect();
    let at = |stmt: &crate::ir::Stmt| match &stmt.kind {
        StmtKind::When { context, .. } if fired.contains(context) => Some(stmt.origin),
        _ => None,
    };
    if fired.is_empty() { Vec::new() } else { program.stmts.iter().filter_map(at).collect() }
}

/// One effect in words.
pub fn effect_text(module: &Module, effect: &crate::vm::Effect) -> String {
    use crate::vm::Effect;
    let text = |index: u32| module.texts.get(index as usize).map_or("?", String::as_str);
    match effect {
        Effect::Name { text: name, .. } => format!("names it \"{}\"", text(*name)),
        Effect::Tag { text: tag, .. } => format!("tags it \"{}\"", text(*tag)),
        Effect::Untag { text: tag, .. } => format!("untags it \"{}\"", text(*tag)),
        Effect::Set { slot, .. } => {
            format!("sets {}", module.layout.get(*slot).map_or("?", |field| field.name.as_str()))
        }
        Effect::Remove { removal, .. } => format!(
            "removes {}",
            module.removals.get(*removal as usize).map(|r| r.paths.join(", ")).unwrap_or_default()
        ),
        Effect::Send { send, quiet, .. } => {
            let via = module.sends.get(*send as usize).map_or("?", |send| send.via.as_str());
            if *quiet { format!("would send {via}, but did so a short time ago") } else { format!("sends {via}") }
        }
    }
}

struct Explainer<'a> {
    program: &'a Program,
    module: &'a Module,
    view: &'a dyn EventView,
    /// Sites that were asked. A rule asks each at most once: jumps go forward.
    says: rustc_hash::FxHashMap<u32, bool>,
    /// What it counted.
    tallies: Vec<Tally>,
}

impl Explainer<'_> {
    /// The statements, and whether the machine came to their end. Nesting is bounded by `limits::DEPTH`.
    fn body(&self, body: &[StmtId], mut reached: bool) -> (Vec<Step>, bool) {
        let mut steps = Vec::new();
        for id in body {
            match &self.program.stmt(*id).kind {
                StmtKind::If { arms, otherwise } => {
                    let mut open = reached;
                    for (index, (cond, body)) in arms.iter().enumerate() {
                        let condition = self.condition(*cond);
                        let taken = open && condition.holds == Some(true);
                        let (body, ends) = self.body(body, taken);
                        // A test that gave no answer failed, and the rule ended there.
                        reached &= if taken { ends } else { !open || condition.holds.is_some() };
                        let word = if index == 0 { "if" } else { "else if" };
                        open &= condition.holds == Some(false);
                        steps.push(Step::Arm { word, body, taken, condition: Some(Box::new(condition)) });
                    }
                    if !otherwise.is_empty() {
                        let (body, ends) = self.body(otherwise, open);
                        reached &= !open || ends;
                        steps.push(Step::Arm { word: "else", condition: None, taken: open, body });
                    }
                }
                StmtKind::FirstMatch(rows) => {
                    let mut open = reached;
                    for row in rows {
                        let condition = self.condition(row.cond);
                        let taken = open && condition.holds == Some(true);
                        let (mut body, ends) = self.body(&row.body, taken);
                        reached &= if taken { ends } else { !open || condition.holds.is_some() };
                        open &= condition.holds == Some(false);
                        if let Some(name) = &row.name {
                            let name = Step::Plain { text: format!("name {name:?}"), reached: taken, tag: None };
                            body.insert(0, name);
                        }
                        steps.push(Step::Arm { word: "row", condition: Some(Box::new(condition)), taken, body });
                    }
                }
                StmtKind::When { context, steps: conds, body } => {
                    let mut unsure = false;
                    for (step, cond) in conds.iter().enumerate() {
                        let condition = self.condition(*cond);
                        let taken = reached && condition.holds == Some(true);
                        unsure |= reached && condition.holds.is_none();
                        let text = format!("fills step {}", step + 1);
                        let body = vec![Step::Plain { text, reached: taken, tag: None }];
                        steps.push(Step::Arm { word: "step", condition: Some(Box::new(condition)), taken, body });
                    }
                    let counted = self.tallies.iter().filter(|tally| tally.context == *context);
                    let count = counted.clone().map(|tally| tally.count).max();
                    let fires = reached && !unsure && counted.clone().any(|tally| tally.fires);
                    steps.push(self.counting(*context, reached, count));
                    reached &= !unsure;
                    let (body, ends) = self.body(body, fires);
                    reached &= !fires || ends;
                    steps.push(Step::Arm { word: "enough", condition: None, taken: fires, body });
                }
                kind => {
                    let text = match kind {
                        StmtKind::Drop => "drop".to_string(),
                        StmtKind::Keep => "keep".to_string(),
                        StmtKind::Stop => "stop".to_string(),
                        StmtKind::Tag(tag) => format!("tag {tag:?}"),
                        StmtKind::Untag(tag) => format!("untag {tag:?}"),
                        StmtKind::Set { slot, .. } => {
                            format!("set {}", self.program.layout.get(*slot).map_or("?", |f| f.name.as_str()))
                        }
                        StmtKind::Remove(removal) => format!("remove {}", removal.paths.join(", ")),
                        StmtKind::Send(send) => format!("send {}", send.via),
                        StmtKind::Remember(named) => format!("remember {}", self.named(named)),
                        StmtKind::Forget(named) => format!("forget {}", self.named(named)),
                        StmtKind::When { .. } | StmtKind::If { .. } | StmtKind::FirstMatch(_) => continue,
                    };
                    let tag = if let StmtKind::Tag(tag) = kind { Some(tag.clone()) } else { None };
                    steps.push(Step::Plain { text, reached, tag });
                    reached &= !matches!(kind, StmtKind::Drop | StmtKind::Keep | StmtKind::Stop);
                }
            }
        }
        (steps, reached)
    }

    /// A `when`, and how far it has come.
    fn counting(&self, context: u32, reached: bool, count: Option<u64>) -> Step {
        let context = self.program.contexts.get(context as usize);
        let least = match context.map(|context| &context.asks) {
            Some(Asks::Events(least) | Asks::Distinct(least, _)) => u64::from(*least),
            Some(Asks::Steps { count, .. }) => u64::from(*count),
            Some(Asks::Mark) | None => 0,
        };
        let text = format!("when {}", context.map_or("?", |context| context.text.as_str()));
        Step::When { text, reached, count, least }
    }

    fn named(&self, named: &Named) -> String {
        let name = self.program.contexts.get(named.context as usize).and_then(|context| context.name.as_deref());
        format!("{:?}", name.unwrap_or("?"))
    }

    /// Nesting is bounded by `limits::DEPTH`.
    fn condition(&self, id: NodeId) -> Explained {
        let joined = |word: &str, members: &[NodeId], decides: bool| {
            let members: Vec<Explained> = members.iter().map(|member| self.condition(*member)).collect();
            let holds = if members.iter().any(|member| member.holds == Some(decides)) {
                Some(decides)
            } else if members.iter().all(|member| member.holds == Some(!decides)) {
                Some(!decides)
            } else {
                None
            };
            Explained {
                text: word.to_string(),
                holds,
                reason: None,
                hint: None,
                seen: Vec::new(),
                members,
                place: String::new(),
                site: None,
            }
        };
        match self.program.node(id) {
            Node::Const(value) => Explained {
                text: value.to_string(),
                holds: Some(*value),
                reason: None,
                hint: None,
                seen: Vec::new(),
                members: Vec::new(),
                place: String::new(),
                site: None,
            },
            Node::Test(site) => self.test(*site),
            Node::Not(inner) => {
                let inner = self.condition(*inner);
                let holds = inner.holds.map(|holds| !holds);
                Explained {
                    text: "not".to_string(),
                    holds,
                    reason: None,
                    hint: None,
                    seen: Vec::new(),
                    members: vec![inner],
                    place: String::new(),
                    site: None,
                }
            }
            Node::And(members) => joined("and", members, false),
            Node::Or(members) => joined("or", members, true),
        }
    }

    fn test(&self, site: SiteId) -> Explained {
        let code = &self.program.sites[site.index()];
        let test = self.program.test_of(site);
        let holds = self.says.get(&site.0).copied();
        let seen = if holds.is_some() { self.seen(test) } else { Vec::new() };
        let reason = if holds == Some(false) { Some(self.reason(test)) } else { None };
        let hint = if holds == Some(false) { self.hint(test) } else { None };
        let place = self.module.sites.get(site.index()).map(|site| site.place.clone()).unwrap_or_default();
        Explained { text: code.text.clone(), holds, reason, hint, seen, members: Vec::new(), place, site: Some(site) }
    }
}

/// A raw value for people; `None`: absent.
pub fn show(raw: Raw<'_>) -> Option<String> {
    const MOST: usize = 8;
    Some(match raw {
        Raw::Absent => return None,
        Raw::Null => "null".to_string(),
        Raw::Bool(value) => value.to_string(),
        Raw::Number(number) => number.text(),
        Raw::Text(text) => text.to_string(),
        Raw::Json(bytes) => {
            let mut out = String::new();
            match json::decode_string(bytes, &mut out) {
                Ok(()) => out,
                Err(_) => "(malformed)".to_string(),
            }
        }
        Raw::List(list) => {
            let members: Vec<String> = list.members().take(MOST).filter_map(show).collect();
            let more = match list {
                RawList::Values(values) => values.len() > MOST,
                RawList::Json(_) => list.members().nth(MOST).is_some(),
            };
            format!("[{}{}]", members.join(", "), if more { ", …" } else { "" })
        }
        Raw::Map(_) => "{…}".to_string(),
        Raw::Malformed => "(malformed)".to_string(),
    })
}
