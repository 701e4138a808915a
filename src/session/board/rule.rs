//! A query as one condition of the language, and as a filter and an alert.
//!
//! In: a query, the project. Out: the condition, which chooses exactly the events that the query counts; rules with it, as the checker
//! takes them; or why there are none. What became of an event, and the hunt, are no part of an event: no condition asks for them. Never
//! here: columns.

use super::wire::{BoardQuery, BoardRule, BoardTerm, Drafted};
use crate::ast::{
    Args, Base, Cond, CondId, CondKind, Definition, FieldRef, HashKind, Literal, Operator, RuleKind, Timestamp,
};
use crate::check;
use crate::diagnostic::{Diagnostic, Severity};
use crate::origin::{Origin, Sources};
use crate::session::samples::draft::{Drafter, NAME, file_name, rule as rule_of, slug};
use crate::session::wire::{DecisionFilter, Draft, Refused};
use crate::session::{Session, refused};
use crate::source::text::parse_condition;
use crate::sysmon::Catalogue;
use crate::table::hashes;
use crate::target;

/// What a query became.
struct Built {
    drafter: Drafter,
    /// `None`: nothing is asked for.
    cond: Option<CondId>,
}

pub(super) fn rule(session: &Session, query: &BoardQuery) -> BoardRule {
    let catalogue = &session.project.catalogue;
    let built = match build(catalogue, query) {
        Ok(built) => built,
        Err(why) => {
            let why = Some(Drafted::Refused(why));
            return BoardRule { condition: None, filter: why.clone(), alert: why };
        }
    };
    let Some(cond) = built.cond else { return BoardRule { condition: None, filter: None, alert: None } };
    let condition = target::text::condition(&built.drafter.definition, cond);
    // A value that the field never has, such as a hash of another length.
    let told = session.project.condition(&condition).1;
    let mut wrong =
        told.into_iter().filter(|found| found.severity == Severity::Error && found.place.file == "condition");
    if let Some(wrong) = wrong.next() {
        let why = Some(Drafted::Refused(Refused { error: wrong.message, help: wrong.help }));
        return BoardRule { condition: None, filter: why.clone(), alert: why };
    }
    let rule = |kind| {
        // Built once more: a rule is put around it.
        let drafted = build(catalogue, query).and_then(|built| draft(session, query, built, kind));
        Some(match drafted {
            Ok(draft) => Drafted::Draft(draft),
            Err(why) => Drafted::Refused(why),
        })
    };
    BoardRule { condition: Some(condition), filter: rule(RuleKind::Filter), alert: rule(RuleKind::Alert) }
}

fn build(catalogue: &Catalogue, query: &BoardQuery) -> Result<Built, Refused> {
    if query.hunted {
        return Err(refused(
            "a rule cannot ask for the last hunt",
            "make a rule of the hunt itself, which names its processes, or show all events",
        ));
    }
    if query.decision != DecisionFilter::All {
        return Err(refused(
            "a rule cannot ask what became of an event",
            "show all events, whatever became of them, before you make a rule of them",
        ));
    }
    let typed = query.condition.trim();
    let (definition, typed_cond, found) = match typed {
        "" => (Definition::new(Sources::default().add("condition", "")), None, Vec::new()),
        typed => parse_condition(Sources::default().add("condition", typed), typed),
    };
    if found.iter().any(Diagnostic::is_error) || typed_cond.is_none() && !typed.is_empty() {
        return Err(refused("there is a mistake in the condition", "mend what is said of it"));
    }
    let origin = Origin::whole(definition.source);
    let mut built = Built { drafter: Drafter { definition, origin }, cond: None };
    let drafter = &mut built.drafter;
    let events = drafter.events(catalogue, &query.events);
    let mut others = Vec::new();
    others.extend(query.from.map(|from| drafter.time(Operator::GreaterOrEqual, from)));
    others.extend(query.to.map(|to| drafter.time(Operator::Less, to)));
    let mut done: Vec<&str> = Vec::new();
    for term in query.terms.iter().filter(|term| !term.out) {
        if done.contains(&term.field.as_str()) {
            continue;
        }
        done.push(&term.field);
        let same = query.terms.iter().filter(|other| !other.out && other.field == term.field);
        let members = same.map(|term| drafter.term(catalogue, term)).collect::<Result<Vec<CondId>, Refused>>()?;
        others.push(drafter.many(members, CondKind::Or));
    }
    for term in query.terms.iter().filter(|term| term.out) {
        let with = drafter.term(catalogue, term)?;
        others.push(drafter.cond(CondKind::Not(with)));
    }
    others.extend(typed_cond);
    let all: Vec<CondId> = match (query.rest, others.is_empty()) {
        (true, true) => vec![drafter.cond(CondKind::Const(false))],
        (true, false) => {
            let met = drafter.many(others, CondKind::And);
            events.into_iter().chain([drafter.cond(CondKind::Not(met))]).collect()
        }
        (false, _) => events.into_iter().chain(others).collect(),
    };
    if !all.is_empty() {
        built.cond = Some(built.drafter.many(all, CondKind::And));
    }
    Ok(built)
}

impl Drafter {
    /// All of them, or one of them; they are some.
    fn many(&mut self, members: Vec<CondId>, kind: fn(Vec<CondId>) -> CondKind) -> CondId {
        match members.as_slice() {
            [one] => *one,
            _ => self.cond(kind(members)),
        }
    }

    fn is_event(&mut self, names: Vec<String>) -> CondId {
        let names = names.into_iter().map(|name| self.text(name)).collect();
        let subject = self.operand(Base::Event);
        self.test(subject, Operator::EventIs, Args::Events(names))
    }

    /// One of these events; `None`: any.
    fn events(&mut self, catalogue: &Catalogue, names: &[String]) -> Option<CondId> {
        let (known, others): (Vec<_>, Vec<_>) = names.iter().cloned().partition(|name| catalogue.event(name).is_some());
        let mut members = Vec::new();
        if !known.is_empty() {
            members.push(self.is_event(known));
        }
        for other in others {
            members.push(self.unnamed(catalogue, &other));
        }
        (!members.is_empty()).then(|| self.many(members, CondKind::Or))
    }

    /// An event that the catalogue has no name for, by its id.
    fn unnamed(&mut self, catalogue: &Catalogue, id: &str) -> CondId {
        let subject = self.field_named("EventID");
        let has_id = self.equals(subject, Literal::Text(id.to_string()));
        let of_id = catalogue.events.iter().filter(|event| id.trim().parse() == Ok(event.id));
        let named: Vec<String> = of_id.map(|event| event.name.clone()).collect();
        if named.is_empty() {
            return has_id;
        }
        let named = self.is_event(named);
        let other = self.cond(CondKind::Not(named));
        self.cond(CondKind::And(vec![has_id, other]))
    }

    fn field_named(&self, name: &str) -> crate::ast::Operand {
        self.operand(Base::Field(FieldRef { name: name.to_string(), origin: self.origin }))
    }

    fn time(&mut self, operator: Operator, milliseconds: i64) -> CondId {
        let nanos = milliseconds.rem_euclid(1000) as u32 * 1_000_000;
        let value = Timestamp::new(milliseconds.div_euclid(1000), nanos);
        let bound = self.operand(Base::Literal(Literal::Time { value, written: value.to_string() }));
        let subject = self.field_named("@timestamp");
        self.test(subject, operator, Args::One(bound))
    }

    /// The test that a field has a value, or none.
    fn term(&mut self, catalogue: &Catalogue, term: &BoardTerm) -> Result<CondId, Refused> {
        let subject = match term.field.as_str() {
            "@rule" => {
                return Err(refused(
                    "a rule cannot ask which filter dropped an event",
                    "take that out of the selection, or look at the filter itself",
                ));
            }
            "@tag" | "tags" | "meta.tags" => {
                let Some(tag) = &term.value else {
                    return Err(refused(
                        "no condition says that an event has no tag at all",
                        "choose the tags that it must not have",
                    ));
                };
                let tags = Args::Tags { all: false, tags: vec![self.text(tag.as_str())] };
                let subject = self.operand(Base::Event);
                return Ok(self.test(subject, Operator::HasTag, tags));
            }
            "@event" | "event" | "EVENT" => {
                return Ok(match &term.value {
                    Some(name) if catalogue.event(name).is_some() => self.is_event(vec![name.clone()]),
                    Some(id) => self.unnamed(catalogue, id),
                    None => {
                        let subject = self.field_named("EventID");
                        let exists = self.test(subject, Operator::Exists, Args::None);
                        self.cond(CondKind::Not(exists))
                    }
                });
            }
            "@host" | "host" | "HOST" => self.field_named("winlog.computer_name"),
            field => match (hash(field), field) {
                (Some(kind), _) => self.operand(Base::Hash(kind)),
                (None, "any processguid") => self.operand(Base::AnyProcessGuid),
                (None, field) => self.field_named(field),
            },
        };
        Ok(match &term.value {
            Some(value) => self.equals(subject, Literal::Text(value.clone())),
            None => {
                let exists = self.test(subject, Operator::Exists, Args::None);
                self.cond(CondKind::Not(exists))
            }
        })
    }
}

/// The hash that `hash SHA256` names.
fn hash(field: &str) -> Option<HashKind> {
    let (word, kind) = field.split_once(' ')?;
    (word == "hash").then(|| hashes::kind(kind.trim())).flatten()
}

/// A rule around the condition, if the checker takes it.
fn draft(session: &Session, query: &BoardQuery, built: Built, kind: RuleKind) -> Result<Draft, Refused> {
    let Built { mut drafter, cond } = built;
    let Some(cond) = cond else { return Err(refused("nothing is chosen", "choose something")) };
    let asks_for_tag = |cond: &Cond| matches!(&cond.kind, CondKind::Test(test) if test.op.value == Operator::HasTag);
    if kind == RuleKind::Filter && drafter.definition.conds.iter().any(asks_for_tag) {
        return Err(refused(
            "a filter runs on the agent, before any rule sets a tag",
            "take the tag out of the selection, or make an alert of it",
        ));
    }
    let catalogue = &session.project.catalogue;
    let title = match query.events.as_slice() {
        [one] => catalogue.event(one).map_or_else(|| one.clone(), |(_, event)| event.title.clone()),
        _ => "Events".to_string(),
    };
    let chosen = query.terms.iter().rev().find(|term| !term.out && term.value.is_some());
    let value = chosen.and_then(|term| term.value.as_deref()).map(file_name);
    let short: String = value.unwrap_or("selection").chars().filter(|c| !c.is_control()).take(NAME).collect();
    let reason = match kind {
        RuleKind::Filter => "Noise: looked at in a dashboard and found to say nothing",
        RuleKind::Classify | RuleKind::Alert => "Somebody wants to know of events like those of a dashboard",
    };
    let rule = rule_of(&mut drafter, kind, format!("{title}: {short}"), reason.to_string(), vec![cond]);
    drafter.definition.rules.push(rule);
    let text = target::text::write(&drafter.definition);
    refusal(session, &text, kind).map_or_else(|| Ok(Draft { file: slug(&format!("{title} {short}")), text }), Err)
}

/// Why the checker does not take a rule.
fn refusal(session: &Session, text: &str, kind: RuleKind) -> Option<Refused> {
    let mut sources = session.project.sources().clone();
    let source = sources.add("selection", text);
    let (definition, mut found) = crate::source::text::parse(source, text);
    let mut all = session.project.definitions().to_vec();
    all.push(definition);
    found.extend(check::check(&all, &session.project.context()).diagnostics);
    let wrong = found.into_iter().find(|found| found.is_error() && found.primary.origin.source == source)?;
    let help = match kind {
        RuleKind::Filter => {
            "a filter runs where the agent does: choose by what the agent sends, or make an alert of it"
        }
        RuleKind::Classify | RuleKind::Alert => "choose something else",
    };
    Some(Refused { error: wrong.message, help: Some(wrong.help.unwrap_or_else(|| help.to_string())) })
}
