//! Correlations as alerts that wait.
//!
//! In: a correlation and the rules that it names. Out: the statements of an alert. Never here: counting.
//!
//! | correlation | statement |
//! | --- | --- |
//! | `event_count` | `if one of the rules { when N events within T by FIELDS { … } }` |
//! | `value_count` | the same with `when N distinct FIELDS` |
//! | `temporal`, `temporal_ordered` | `when in any order { step … }`, `when in order { … }`, each rule a step |
//! | an alias among `group-by` | of steps, `keyed by`; where events are counted, a field of this correlation alone, set before and removed behind |
//! | a field that is called otherwise in the events of an alternative | the same, of each step its own |
//! | a rule that is a correlation | `rule "…" acted`, which makes it run before, and the tag that it sets when it is told |

use super::super::model::{Body, Correlation, CorrelationKind, Document, Meta};
use super::super::setup::Source;
use super::Lowerer;
use super::logic::Logic;
use crate::ast::{Args, Arm, Asks, At, Base, FieldRef, Operand, Operator, Step, StmtId, StmtKind, When};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::limits;
use crate::origin::Origin;

/// So many names are compared with those that are not there.
const COMPARED: usize = 100_000;

/// What a rule asks of each alternative of its log source.
struct Asked<'c, 'a> {
    rule: &'c At<String>,
    arms: Vec<(Vec<&'a Source>, Logic)>,
}

impl Asked<'_, '_> {
    fn logic(&self) -> Logic {
        Logic::Or(self.arms.iter().map(|(_, logic)| logic.clone()).collect())
    }
}

/// A field that is set while an event is decided: which field of the event it is where.
struct Set {
    name: String,
    origin: Origin,
    found: Vec<(Logic, Base, Origin)>,
}

impl<'a> Lowerer<'a> {
    pub(super) fn correlation(&mut self, correlation: &Correlation, meta: &Meta) -> Option<Vec<StmtId>> {
        let origin = correlation.kind.origin;
        let mut rules = Vec::new();
        for rule in &correlation.rules {
            if let Some(arms) = self.referenced(rule) {
                rules.push(Asked { rule, arms });
            }
        }
        if self.faults > 0 {
            return None;
        }
        match correlation.kind.value {
            CorrelationKind::EventCount | CorrelationKind::ValueCount => self.count(correlation, meta, rules, origin),
            CorrelationKind::Temporal => self.steps(correlation, meta, rules, false, origin),
            CorrelationKind::TemporalOrdered => self.steps(correlation, meta, rules, true, origin),
        }
    }

    /// What a rule asks that a correlation names.
    fn referenced(&mut self, name: &At<String>) -> Option<Vec<(Vec<&'a Source>, Logic)>> {
        let index = self.index;
        let Some(document) = index.documents.get(name.value.as_str()) else {
            if index.faulty.contains(name.value.as_str()) {
                // What is wrong with it is said there.
                self.faults += 1;
                return None;
            }
            // Of very many, which one is nearest is not worth its time.
            index.compared.set(index.compared.get() + index.documents.len());
            let near = (index.compared.get() <= COMPARED)
                .then(|| nearest(&name.value, index.documents.keys().copied()))
                .flatten();
            let near = near.map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| "write the `name` or `id` of a rule that is read with it".to_string());
            self.fault(Code::SigmaReference, name.origin, format!("there is no rule `{}`", name.value), help);
            return None;
        };
        if let Some(other) = index.doubled.get(name.value.as_str()) {
            let message = format!("two rules are called `{}`", name.value);
            let found = Diagnostic::new(Code::SigmaReference, name.origin, message);
            let found = found.related(document.origin, "one").related(*other, "the other");
            self.found.push(found.help("give each a name of its own, or name one by its `id`"));
            self.faults += 1;
            return None;
        }
        let Document { meta, body, .. } = *document;
        match body {
            Body::Rule(rule) => self.arms(rule, meta, &mut Vec::new()),
            Body::Correlation(_) => {
                // By its id or, where it has none, what its alert is called: names of Sigma are no names of alerts.
                let called = index.called.get(&document.origin)?.clone();
                let id = meta.id.as_ref().map_or_else(|| called.clone(), |id| id.value.clone());
                let event = || Operand { base: Base::Event, through: Vec::new(), origin: name.origin };
                let acted = Args::Rule(At::new(id, name.origin));
                let told = Args::Tags { tags: vec![At::new(called, name.origin)], all: false };
                let told = vec![
                    super::test(event(), Operator::Acted, acted, name.origin),
                    super::test(event(), Operator::HasTag, told, name.origin),
                ];
                if index.circular.contains(&document.origin) && index.circular.contains(&self.own) {
                    let message = format!("`{}` waits for this correlation itself", name.value);
                    let help = "a correlation counts rules, and correlations that do not count it in turn: take one of the names out";
                    self.fault(Code::SigmaReference, name.origin, message, help);
                    return None;
                }
                let alternatives = index.counts.get(&document.origin).map(Vec::as_slice).unwrap_or_default();
                if let [_, _, ..] = alternatives {
                    // Each calls its fields its own way.
                    let arm = |sources: &Vec<&'a Source>| {
                        let mut members = told.clone();
                        self.sources.clone_from(sources);
                        members.extend(self.guard(name.origin));
                        self.sources.clear();
                        (sources.clone(), Logic::And(members))
                    };
                    return Some(alternatives.iter().map(arm).collect());
                }
                Some(vec![(alternatives.first().cloned().unwrap_or_default(), Logic::And(told))])
            }
            Body::Filter(_) => {
                let help = "name rules and correlations; a filter is applied to them by itself";
                self.fault(Code::SigmaReference, name.origin, format!("`{}` is a filter", name.value), help);
                None
            }
        }
    }

    fn count(
        &mut self,
        correlation: &Correlation,
        meta: &Meta,
        rules: Vec<Asked<'_, 'a>>,
        origin: Origin,
    ) -> Option<Vec<StmtId>> {
        let mut sets = Vec::new();
        let asks = match correlation.kind.value {
            CorrelationKind::ValueCount => {
                let fields = self.keys(&correlation.fields, correlation, meta, &rules, &mut sets)?;
                Asks::Distinct(correlation.enough, fields)
            }
            CorrelationKind::EventCount | CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => {
                Asks::Events(correlation.enough)
            }
        };
        let by = self.keys(&correlation.group_by, correlation, meta, &rules, &mut sets)?;
        let sends = self.outcome(meta, origin);
        let when = When { asks, within: correlation.timespan, from_first_hit: false, by, name: None };
        let when = self.statement(StmtKind::When { when: Box::new(when), body: sends }, origin);
        let any = Logic::Or(rules.iter().map(Asked::logic).collect());
        let cond = any.store(&mut self.definition, origin);
        let guarded = self.guarded(cond, vec![when], origin);
        Some(self.between(sets, guarded, origin))
    }

    /// What happens when enough have come. One that another correlation waits for sets a tag, by which that one sees it; it is told by that one,
    /// unless both are to be told.
    fn outcome(&mut self, meta: &Meta, origin: Origin) -> Vec<StmtId> {
        let (index, own) = (self.index, self.own);
        let mut body = if index.counted.contains(&own) { Vec::new() } else { self.sends(meta, origin) };
        if let Some(called) = index.called.get(&own).filter(|_| index.awaited.contains(&own)) {
            body.push(self.statement(StmtKind::Tag(vec![At::new(called.clone(), origin)]), origin));
        }
        body
    }

    /// Fields of events, or what is set for an alias, or where alternatives call them otherwise.
    fn keys(
        &mut self,
        names: &[At<String>],
        correlation: &Correlation,
        meta: &Meta,
        rules: &[Asked<'_, 'a>],
        sets: &mut Vec<Set>,
    ) -> Option<Vec<FieldRef>> {
        let mut keys = Vec::new();
        for name in names {
            let mut found = Vec::new();
            for asked in rules {
                let field = self.aliased(name, correlation, asked.rule)?;
                found.extend(self.called(field, asked)?);
            }
            keys.push(self.key(name, found, meta, sets));
        }
        Some(keys)
    }

    /// The field of a rule that a name among `group-by` stands for.
    fn aliased<'n>(
        &mut self,
        name: &'n At<String>,
        correlation: &'n Correlation,
        rule: &At<String>,
    ) -> Option<&'n At<String>> {
        let Some(alias) = correlation.aliases.iter().find(|alias| alias.name.value == name.value) else {
            return Some(name);
        };
        let own = alias.fields.iter().find(|(of, _)| of.value == rule.value);
        if own.is_none() {
            let message = format!("the alias `{}` does not say what it is in `{}`", name.value, rule.value);
            let help = "write the field of each rule below the alias";
            self.fault(Code::SigmaCorrelation, name.origin, message, help);
        }
        own.map(|(_, field)| field)
    }

    /// What a field is called in the events of each alternative of a rule.
    fn called(&mut self, name: &At<String>, asked: &Asked<'_, 'a>) -> Option<Vec<(Logic, Base, Origin)>> {
        let mut found = Vec::new();
        for (sources, logic) in &asked.arms {
            if !self.room(logic.weight(), name.origin) {
                return None;
            }
            self.sources.clone_from(sources);
            let base = self.field(&name.value, name.origin);
            self.sources.clear();
            match base {
                Some(Base::Field(field)) => found.push((logic.clone(), Base::Field(field), name.origin)),
                // Its events are not counted.
                None => {}
                Some(_) => {
                    let message = format!("events cannot be counted apart by `{}`", name.value);
                    self.fault(Code::SigmaCorrelation, name.origin, message, "name a field that an event has once");
                    return None;
                }
            }
        }
        Some(found)
    }

    /// The field itself where it is called the same everywhere, else one that is set before.
    fn key(
        &mut self,
        name: &At<String>,
        found: Vec<(Logic, Base, Origin)>,
        meta: &Meta,
        sets: &mut Vec<Set>,
    ) -> FieldRef {
        if let Some((_, Base::Field(first), _)) = found.first()
            && found.iter().all(|(_, base, _)| matches!(base, Base::Field(other) if other.name == first.name))
        {
            return FieldRef { name: first.name.clone(), origin: name.origin };
        }
        let title = meta.title.as_ref().map_or("", |title| title.value.as_str());
        let own = self.index.field(title, &name.value);
        sets.push(Set { name: own.clone(), origin: name.origin, found });
        FieldRef { name: own, origin: name.origin }
    }

    /// A statement between those that set fields and the one that removes them.
    fn between(&mut self, sets: Vec<Set>, statement: StmtId, origin: Origin) -> Vec<StmtId> {
        let (mut body, mut names) = (Vec::new(), Vec::new());
        for Set { name, origin: at, found } in sets {
            let field = FieldRef { name, origin: at };
            let mut arms = Vec::new();
            for (logic, base, at) in found {
                let value = Operand { base, through: Vec::new(), origin: at };
                let set = self.statement(StmtKind::Set { field: field.clone(), value }, at);
                let cond = logic.store(&mut self.definition, origin);
                arms.push(Arm { cond, body: vec![set] });
            }
            if !arms.is_empty() {
                body.push(self.statement(StmtKind::If { arms, otherwise: None }, at));
                names.push(field);
            }
        }
        body.push(statement);
        if !names.is_empty() {
            let is_set = |field: &FieldRef| {
                let subject = Operand { base: Base::Field(field.clone()), through: Vec::new(), origin };
                super::test(subject, Operator::Exists, Args::None, origin)
            };
            let cond = Logic::Or(names.iter().map(is_set).collect()).store(&mut self.definition, origin);
            let remove = self.statement(StmtKind::Remove(names), origin);
            body.push(self.guarded(cond, vec![remove], origin));
        }
        body
    }

    fn steps(
        &mut self,
        correlation: &Correlation,
        meta: &Meta,
        rules: Vec<Asked<'_, 'a>>,
        ordered: bool,
        origin: Origin,
    ) -> Option<Vec<StmtId>> {
        if rules.len() > limits::STEPS {
            let message = format!("more than {} rules in one temporal correlation", limits::STEPS);
            self.fault(
                Code::SigmaCorrelation,
                origin,
                message,
                "write several correlations, and one that waits for them",
            );
            return None;
        }
        if rules.len() < 2 || correlation.enough.value != rules.len() as u64 {
            let help = "name at least two rules, and leave the condition out: each of them is waited for once";
            let origin = if rules.len() < 2 { origin } else { correlation.enough.origin };
            self.fault(Code::SigmaCorrelation, origin, "a temporal correlation waits for each of its rules", help);
            return None;
        }
        let mut steps = Vec::new();
        let mut by = Vec::new();
        let mut sets = Vec::new();
        for asked in &rules {
            let rule = asked.rule;
            let mut keyed = Vec::new();
            for name in &correlation.group_by {
                let field = self.aliased(name, correlation, rule)?;
                let found = self.called(field, asked)?;
                keyed.push(self.key(name, found, meta, &mut sets));
            }
            if by.is_empty() {
                by.clone_from(&keyed);
            }
            let other = keyed.iter().zip(&by).any(|(own, all): (&FieldRef, &FieldRef)| own.name != all.name);
            let cond = asked.logic().store(&mut self.definition, rule.origin);
            let by = if other { keyed } else { Vec::new() };
            steps.push(Step { cond, by, comments: Vec::new(), origin: rule.origin });
        }
        let sends = self.outcome(meta, origin);
        let asks = Asks::Steps { ordered, steps };
        let when = When { asks, within: correlation.timespan, from_first_hit: false, by, name: None };
        let when = self.statement(StmtKind::When { when: Box::new(when), body: sends }, origin);
        Some(self.between(sets, when, origin))
    }
}

/// The name of a field in which a correlation keeps what an alias is, while an event is decided.
pub(super) fn kept_field(title: &str, alias: &str) -> String {
    /// So many letters of a title tell enough.
    const TITLE: usize = 40;
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let words = |text: &str, most: usize| text.chars().take(most).map(word).collect::<String>();
    format!("msg.sigma_{}_{}", words(title, TITLE), words(alias, usize::MAX))
}
