//! Correlations as alerts that wait.
//!
//! In: a correlation and the rules that it names. Out: the statements of an alert. Never here: counting.
//!
//! | correlation | statement |
//! | --- | --- |
//! | `event_count` | `if one of the rules { when N events within T by FIELDS { … } }` |
//! | `value_count` | the same with `when N distinct FIELDS` |
//! | `temporal`, `temporal_ordered` | `when in any order { step … }`, `when in order { … }`, each rule a step |
//! | an alias among `group-by` | of steps, `keyed by`; where events are counted, a field `msg.NAME` that is set before |
//! | a field that is called otherwise in the events of an alternative | `msg.NAME`, set before |
//! | a rule that is a correlation | `rule "…" acted` |

use super::super::model::{Body, Correlation, CorrelationKind, Document, Meta};
use super::super::setup::Source;
use super::Lowerer;
use super::logic::Logic;
use crate::ast::{Args, Arm, Asks, At, Base, FieldRef, Operand, Operator, Step, StmtId, StmtKind, When};
use crate::diagnostic::{Code, nearest};
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

/// Fields that are set while an event is decided: their names, and which field of the event they are where.
type Sets = Vec<(At<String>, Vec<(Logic, Base, Origin)>)>;

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
        let Document { meta, body, .. } = *document;
        match body {
            Body::Rule(rule) => self.arms(rule, meta, &mut Vec::new()),
            Body::Correlation(_) => {
                // By its id or, where it has none, what its alert is called: names of Sigma are no names of alerts.
                let id = meta.id.as_ref().map(|id| &id.value);
                let called = id.or_else(|| index.called.get(&document.origin))?.clone();
                let subject = Operand { base: Base::Event, through: Vec::new(), origin: name.origin };
                let args = Args::Rule(At::new(called, name.origin));
                Some(vec![(Vec::new(), super::test(subject, Operator::Acted, args, name.origin))])
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
        let mut sets = Sets::new();
        let asks = match correlation.kind.value {
            CorrelationKind::ValueCount => {
                let fields = self.keys(&correlation.fields, correlation, &rules, &mut sets)?;
                Asks::Distinct(correlation.enough, fields)
            }
            CorrelationKind::EventCount | CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => {
                Asks::Events(correlation.enough)
            }
        };
        let by = self.keys(&correlation.group_by, correlation, &rules, &mut sets)?;
        let mut body = self.set(sets, origin);
        let sends = self.outcome(meta, origin);
        let when = When { asks, within: correlation.timespan, from_first_hit: false, by, name: None };
        let when = self.statement(StmtKind::When { when: Box::new(when), body: sends }, origin);
        let any = Logic::Or(rules.iter().map(Asked::logic).collect());
        let cond = any.store(&mut self.definition, origin);
        body.push(self.guarded(cond, vec![when], origin));
        Some(body)
    }

    /// What happens when enough have come. A correlation that another one waits for is told by that one; to be seen by it, it sets a tag.
    fn outcome(&mut self, meta: &Meta, origin: Origin) -> Vec<StmtId> {
        if !self.index.is_counted(meta) {
            return self.sends(meta, origin);
        }
        let title = meta.title.as_ref().map_or_else(String::new, |title| title.value.clone());
        vec![self.statement(StmtKind::Tag(vec![At::new(title, origin)]), origin)]
    }

    /// Fields of events, or what is set for an alias, or where alternatives call them otherwise.
    fn keys(
        &mut self,
        names: &[At<String>],
        correlation: &Correlation,
        rules: &[Asked<'_, 'a>],
        sets: &mut Sets,
    ) -> Option<Vec<FieldRef>> {
        let mut keys = Vec::new();
        for name in names {
            let alias = correlation.aliases.iter().find(|alias| alias.name.value == name.value);
            let mut found = Vec::new();
            for asked in rules {
                let own = alias.and_then(|alias| alias.fields.iter().find(|(of, _)| of.value == asked.rule.value));
                match (alias, own) {
                    (Some(_), None) => {}
                    (Some(_), Some((_, field))) | (None, Some((_, field))) => found.extend(self.called(field, asked)?),
                    (None, None) => found.extend(self.called(name, asked)?),
                }
            }
            keys.push(self.key(name, found, alias.is_some(), sets));
        }
        Some(keys)
    }

    /// What a field is called in the events of each alternative of a rule.
    fn called(&mut self, name: &At<String>, asked: &Asked<'_, 'a>) -> Option<Vec<(Logic, Base, Origin)>> {
        let mut found = Vec::new();
        for (sources, logic) in &asked.arms {
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
    fn key(&mut self, name: &At<String>, found: Vec<(Logic, Base, Origin)>, set: bool, sets: &mut Sets) -> FieldRef {
        if let Some((_, Base::Field(first), _)) = found.first()
            && !set
            && found.iter().all(|(_, base, _)| matches!(base, Base::Field(other) if other.name == first.name))
        {
            return FieldRef { name: first.name.clone(), origin: name.origin };
        }
        match sets.iter_mut().find(|(known, _)| known.value == name.value) {
            Some((_, known)) => known.extend(found),
            None => sets.push((name.clone(), found)),
        }
        FieldRef { name: alias_field(&name.value), origin: name.origin }
    }

    /// The statements that set fields.
    fn set(&mut self, sets: Sets, origin: Origin) -> Vec<StmtId> {
        let mut body = Vec::new();
        for (name, found) in sets {
            let mut arms = Vec::new();
            for (logic, base, at) in found {
                let value = Operand { base, through: Vec::new(), origin: at };
                let field = FieldRef { name: alias_field(&name.value), origin: name.origin };
                let set = self.statement(StmtKind::Set { field, value }, at);
                let cond = logic.store(&mut self.definition, origin);
                arms.push(Arm { cond, body: vec![set] });
            }
            if !arms.is_empty() {
                body.push(self.statement(StmtKind::If { arms, otherwise: None }, name.origin));
            }
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
        let mut sets = Sets::new();
        for asked in &rules {
            let rule = asked.rule;
            let mut keyed = Vec::new();
            for name in &correlation.group_by {
                let alias = correlation.aliases.iter().find(|alias| alias.name.value == name.value);
                let own = alias.and_then(|alias| alias.fields.iter().find(|(of, _)| of.value == rule.value));
                if alias.is_some() && own.is_none() {
                    let message = format!("the alias `{}` does not say what it is in `{}`", name.value, rule.value);
                    self.fault(
                        Code::SigmaCorrelation,
                        name.origin,
                        message,
                        "write the field of each rule below the alias",
                    );
                    return None;
                }
                let found = self.called(own.map_or(name, |(_, field)| field), asked)?;
                keyed.push(self.key(name, found, false, &mut sets));
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
        let mut body = self.set(sets, origin);
        body.push(self.statement(StmtKind::When { when: Box::new(when), body: sends }, origin));
        Some(body)
    }
}

/// Where the value of an alias is kept while an event is decided.
fn alias_field(name: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("msg.sigma_{}", name.chars().map(word).collect::<String>())
}
