//! A rule out of an event.
//!
//! In: an event, the fields that somebody chose, and what the rule is to do. Out: its text, which compiles and acts on that very event; or
//! why there is none. Quoting is the text's own. Never here: a guess at which fields matter.

use super::decide::Decisions;
use super::detail::value_at;
use super::store::Samples;
use crate::ast::{
    Args, Arm, At, Base, Cond, CondId, CondKind, Definition, FieldRef, HashKind, Literal, Meta, MetaKey, MetaValue,
    Operand, Operator, Rule, RuleKind, Stmt, StmtKind, Test,
};
use crate::dialect::Dialect;
use crate::event::Value;
use crate::origin::{Origin, SourceId};
use crate::session::refused;
use crate::session::wire::{Answer, Draft, DraftRequest, What};
use crate::sysmon::{Catalogue, hashes};
use crate::target;

/// Characters of a value in the rule's name.
pub(in crate::session) const NAME: usize = 60;

/// A rule that is being put together.
pub(in crate::session) struct Drafter {
    pub(in crate::session) definition: Definition,
    pub(in crate::session) origin: Origin,
}

impl Drafter {
    pub(in crate::session) fn operand(&self, base: Base) -> Operand {
        Operand { base, through: Vec::new(), origin: self.origin }
    }

    pub(in crate::session) fn test(&mut self, subject: Operand, op: Operator, args: Args) -> CondId {
        let test = Test {
            dialect: Dialect::Ours,
            every: false,
            subject,
            cased: false,
            any_dash: false,
            op: At::new(op, self.origin),
            args,
        };
        self.cond(CondKind::Test(Box::new(test)))
    }

    pub(in crate::session) fn cond(&mut self, kind: CondKind) -> CondId {
        self.definition.add_cond(Cond { kind, comments: Vec::new(), origin: self.origin })
    }

    pub(in crate::session) fn text(&self, text: impl Into<String>) -> At<String> {
        At::new(text.into(), self.origin)
    }

    pub(in crate::session) fn equals(&mut self, subject: Operand, literal: Literal) -> CondId {
        let literal = self.operand(Base::Literal(literal));
        self.test(subject, Operator::Equals, Args::One(literal))
    }

    /// The test that a field has this value; `None`: no test says it.
    fn field(&mut self, name: &str, value: &Value) -> Option<CondId> {
        let subject = self.operand(Base::Field(FieldRef { name: name.to_string(), origin: self.origin }));
        match value {
            Value::Text(list) if matches!(name, "Hashes" | "Hash") => {
                // The strongest hash stands for the file.
                let kinds = [HashKind::Sha256, HashKind::Sha1, HashKind::Md5, HashKind::Imphash];
                match kinds.into_iter().find_map(|kind| Some((kind, hashes::hash(list, kind)?))) {
                    Some((kind, hash)) => {
                        let subject = self.operand(Base::Hash(kind));
                        Some(self.equals(subject, Literal::Text(hash.to_string())))
                    }
                    None => Some(self.equals(subject, Literal::Text(list.clone()))),
                }
            }
            Value::Text(text) => Some(self.equals(subject, Literal::Text(text.clone()))),
            Value::Number(number) => {
                Some(self.equals(subject, Literal::Number { value: *number, written: number.text() }))
            }
            Value::Bool(value) => Some(self.equals(subject, Literal::Bool(*value))),
            // Of a list one member is enough to tell it by; the first.
            Value::List(members) => members.iter().find(|member| !matches!(member, Value::Null)).and_then(|member| {
                (!matches!(member, Value::List(_) | Value::Map(_))).then(|| self.field(name, member)).flatten()
            }),
            Value::Null | Value::Map(_) => None,
        }
    }
}

/// A rule that acts on events like this one.
pub(super) fn draft(
    samples: &Samples,
    decisions: &Decisions,
    catalogue: &Catalogue,
    request: &DraftRequest,
) -> Answer<Draft> {
    let row = request.index;
    let Some(kept) = samples.kept.get(row).filter(|_| row < decisions.fates.len()) else {
        return Answer::Refused(refused("there is no such event", "choose another event"));
    };
    let event = kept.event.and_then(|event| catalogue.event_at(event));
    if request.what == What::Filter && event.is_some_and(|event| event.tamper) {
        return Answer::Refused(refused(
            "this event tells of tampering with Sysmon, and no filter should drop it",
            "silence its alerts instead: the event is kept",
        ));
    }
    let mut drafter =
        Drafter { definition: Definition::new(SourceId::default()), origin: Origin::whole(SourceId::default()) };
    let mut conds = Vec::new();
    if let Some(event) = event {
        let subject = drafter.operand(Base::Event);
        let name = drafter.text(event.name.as_str());
        conds.push(drafter.test(subject, Operator::EventIs, Args::Events(vec![name])));
    }
    let mut told = None;
    for name in &request.fields {
        let paths = catalogue.resolve(name).path.paths;
        let Some(value) = paths.iter().find_map(|path| value_at(samples, row, path)) else {
            return Answer::Refused(refused(format!("this event has no {name}"), "choose another field"));
        };
        let Some(cond) = drafter.field(name, &value) else {
            let help = "choose a field below it, or another one";
            return Answer::Refused(refused(format!("{name} is no single value that a rule could ask for"), help));
        };
        conds.push(cond);
        // What tells events apart best is what was chosen last.
        told = value_text(&value).map(|value| (name.as_str(), value)).or(told);
    }
    if conds.len() < 2 && !(event.is_none() && conds.len() == 1) {
        let what = match request.what {
            What::Filter => "drop",
            What::Silence => "silence",
            What::Alert => "alert on",
        };
        let error = format!("without a field the rule would {what} every event of this kind");
        return Answer::Refused(refused(error, "choose at least one field"));
    }
    let title = event.map_or_else(|| "event".to_string(), |event| event.title.clone());
    let (field, value) = told.unwrap_or(("", String::new()));
    let short: String = file_name(&value).chars().filter(|c| !c.is_control()).take(NAME).collect();
    let (kind, name) = match request.what {
        What::Filter => (RuleKind::Filter, format!("{title}: {short}")),
        What::Silence => (RuleKind::Classify, format!("Known and harmless: {title}, {short}")),
        What::Alert => (RuleKind::Alert, format!("{title}: {short}")),
    };
    let reason = match request.what {
        What::Filter => format!("Noise: events with this {field} say nothing"),
        What::Silence => "Looked at and found harmless; the events are kept".to_string(),
        What::Alert => format!("Somebody wants to know of events with this {field}"),
    };
    let rule = rule(&mut drafter, kind, name.trim().to_string(), reason, conds);
    drafter.definition.rules.push(rule);
    Answer::Done(Draft { file: slug(&format!("{title} {short}")), text: target::text::write(&drafter.definition) })
}

/// A rule that does what its kind is for.
pub(in crate::session) fn rule(
    drafter: &mut Drafter,
    kind: RuleKind,
    name: String,
    reason: String,
    mut conds: Vec<CondId>,
) -> Rule {
    let origin = drafter.origin;
    let cond = match conds.as_slice() {
        [one] => *one,
        _ => drafter.cond(CondKind::And(std::mem::take(&mut conds))),
    };
    let does = match kind {
        RuleKind::Filter => StmtKind::Drop,
        RuleKind::Classify => StmtKind::Tag(vec![drafter.text("whitelisted")]),
        RuleKind::Alert => {
            StmtKind::Send { via: drafter.text("mail"), template: Some(drafter.text("sysmon")), to: Vec::new() }
        }
    };
    let stmt = |kind| Stmt { kind, disabled: false, comments: Vec::new(), origin };
    let does = drafter.definition.add_stmt(stmt(does));
    let body =
        drafter.definition.add_stmt(stmt(StmtKind::If { arms: vec![Arm { cond, body: vec![does] }], otherwise: None }));
    let meta = Meta { key: MetaKey::Reason, value: MetaValue::Text(reason), origin };
    Rule {
        kind,
        name: drafter.text(name),
        disabled: false,
        meta: vec![meta],
        body: vec![body],
        comments: Vec::new(),
        origin,
    }
}

fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.text()),
        Value::Bool(value) => Some(value.to_string()),
        Value::List(members) => members.first().and_then(value_text),
        Value::Null | Value::Map(_) => None,
    }
}

/// What follows the last separator of a path.
pub(in crate::session) fn file_name(value: &str) -> &str {
    let name = value.rsplit(['\\', '/']).next().unwrap_or(value);
    if name.is_empty() { value } else { name }
}

/// Small letters, digits and dashes.
pub(in crate::session) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= NAME {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "rule".to_string() } else { slug.to_string() }
}
