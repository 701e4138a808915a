//! A rule as documents of Sigma.
//!
//! In: an alert, or a filter that drops. Out: one document, or those of what is counted and a correlation of them. Never here: conditions.

use super::Writer;
use super::condition::Detections;
use super::source::Guard;
use super::yaml::{bare, comment, paragraph, quoted};
use crate::ast::{
    Asks, At, CondId, CondKind, FieldRef, Length, MetaKey, MetaValue, Rule, RuleKind, Stmt, StmtId, StmtKind, Unit,
    When,
};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;

/// A document: its keys in order, each with its lines.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Comments above it.
    pub comments: Vec<String>,
    /// Keys, and what stands behind and below them.
    pub keys: Vec<(String, String)>,
}

impl Document {
    /// Its lines.
    pub(super) fn text(&self) -> String {
        let comments = self.comments.iter().map(|line| comment(line));
        let keys = self.keys.iter().map(|(key, value)| format!("{key}:{value}\n"));
        comments.chain(keys).collect()
    }

    /// Comments that another one does not have, as lines.
    pub(super) fn comments_besides(&self, other: Option<&Document>) -> String {
        let known = |line: &&String| other.is_some_and(|other| other.comments.contains(line));
        self.comments.iter().filter(|line| !known(line)).map(|line| comment(line)).collect()
    }

    fn put(&mut self, key: &str, value: String) {
        let lead = if value.starts_with('\n') { "" } else { " " };
        self.keys.push((key.to_string(), format!("{lead}{value}")));
    }
}

/// What a rule asks, and how it waits.
pub(super) struct Asked<'a> {
    /// One of these, each of conditions that all hold.
    pub arms: Vec<Vec<CondId>>,
    /// What is waited for.
    pub when: Option<&'a When>,
}

/// A log source and what is asked of its events.
pub(super) struct Detection {
    /// `product`, `category`, `service` and their words.
    pub keys: Vec<(&'static str, String)>,
    detections: Detections,
    condition: String,
}

impl Detection {
    /// What stands below `logsource`.
    pub(super) fn logsource(&self) -> String {
        self.keys.iter().map(|(key, word)| format!("\n    {key}: {}", bare(word))).collect()
    }

    /// What stands below `detection`.
    pub(super) fn body(&self) -> String {
        format!("\n{}    condition: {}", self.detections.yaml(4), self.condition)
    }

    /// What stands below `filter`: it names what rules do not fire on.
    fn excluded(&self) -> String {
        format!("\n    rules: any\n{}    condition: not ({})", self.detections.yaml(4), self.condition)
    }
}

impl<'d> Writer<'d> {
    pub(super) fn rule(&mut self, rule: &'d Rule) -> Vec<Document> {
        if rule.disabled {
            let help = "enable it, or take it out; a rule that only a correlation counts is written with that";
            self.unsaid::<()>(rule.name.origin, "Sigma has no rules that are switched off", help);
            return Vec::new();
        }
        let documents = match rule.kind {
            RuleKind::Alert => self.alert(rule),
            RuleKind::Filter => self.filter(rule),
            RuleKind::Classify => {
                let help = "write an alert with its condition";
                self.unsaid(rule.name.origin, "Sigma has nothing that sets tags and fields: a classify rule", help)
            }
        };
        documents.unwrap_or_default()
    }

    fn alert(&mut self, rule: &'d Rule) -> Option<Vec<Document>> {
        let asked = self.asked_of(rule)?;
        match asked.when {
            None => {
                let detection = self.detection(&asked.arms, &[], rule.name.origin)?;
                let mut document = self.head(rule, None);
                document.put("logsource", detection.logsource());
                document.put("detection", detection.body());
                self.tail(rule, &mut document);
                Some(vec![document])
            }
            Some(when) => self.correlation(rule, &asked.arms, when),
        }
    }

    fn filter(&mut self, rule: &'d Rule) -> Option<Vec<Document>> {
        let asked = self.asked_of(rule)?;
        if let Some(when) = asked.when {
            let help = "write the condition alone";
            return self.unsaid(when.within.origin, "a filter of Sigma does not wait", help);
        }
        let detection = self.detection(&asked.arms, &[], rule.name.origin)?;
        let mut document = self.head(rule, None);
        document.put("logsource", detection.logsource());
        document.put("filter", detection.excluded());
        Some(vec![document])
    }

    /// The conditions of a rule, and how it waits; told of what else it does.
    pub(super) fn asked_of(&mut self, rule: &'d Rule) -> Option<Asked<'d>> {
        match rule.kind {
            RuleKind::Filter => self.asked(rule, &|kind| matches!(kind, StmtKind::Drop)),
            RuleKind::Alert | RuleKind::Classify => self.asked(rule, &|kind| matches!(kind, StmtKind::Send { .. })),
        }
    }

    /// The conditions of a rule that does one thing only.
    fn asked(&mut self, rule: &'d Rule, wanted: &dyn Fn(&StmtKind) -> bool) -> Option<Asked<'d>> {
        let definition = self.definition;
        let mut arms = Vec::new();
        let mut when = None;
        let mut body: &[StmtId] = &rule.body;
        if let [only] = body
            && let Stmt { kind: StmtKind::If { arms: own, otherwise: None }, disabled: false, .. } =
                definition.stmt(*only)
        {
            arms = own.iter().map(|arm| self.members(arm.cond)).collect();
            body = own.first().map_or(&[], |arm| arm.body.as_slice());
            let acts = |stmt: &StmtId| !definition.stmt(*stmt).disabled && wanted(&definition.stmt(*stmt).kind);
            let same = |other: &[StmtId]| other.len() == body.len() && other.iter().all(acts) && body.iter().all(acts);
            if let Some(arm) = own.iter().skip(1).find(|arm| !same(&arm.body)) {
                let origin = definition.cond(arm.cond).origin;
                let help = "make a rule of each arm";
                return self.unsaid(
                    origin,
                    "Sigma has one rule for one outcome, and these arms do different things",
                    help,
                );
            }
        }
        if let [only] = body
            && let Stmt { kind: StmtKind::When { when: own, body: inner }, disabled: false, .. } =
                definition.stmt(*only)
        {
            when = Some(&**own);
            body = inner;
        }
        for stmt in body {
            let stmt = definition.stmt(*stmt);
            if stmt.disabled || !wanted(&stmt.kind) {
                let help = "a rule of Sigma says what is found, and sends or drops; leave the rest to rules of ours";
                return self.unsaid(stmt.origin, "Sigma cannot say this statement", help);
            }
        }
        if body.is_empty() || arms.is_empty() && when.is_none() {
            let help = "write `if`, with what is looked for";
            return self.unsaid(rule.name.origin, "a rule of Sigma needs a condition", help);
        }
        Some(Asked { arms, when })
    }

    pub(super) fn members(&self, cond: CondId) -> Vec<CondId> {
        match &self.definition.cond(cond).kind {
            CondKind::And(members) => members.clone(),
            CondKind::Or(_) | CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Test(_) | CondKind::Const(_) => {
                vec![cond]
            }
        }
    }

    /// Log source and detection of arms, one of which is enough. `also`: fields that need a name there; `place`: of whoever asks.
    pub(super) fn detection(&mut self, arms: &[Vec<CondId>], also: &[FieldRef], place: Origin) -> Option<Detection> {
        let Some((first, others)) = arms.split_first() else {
            let help = "write `if`, with what is looked for";
            return self.unsaid(place, "a rule of Sigma needs a condition", help);
        };
        let guards = self.guards(first);
        if guards.first().is_some_and(|guard| guard.rest.is_empty()) {
            let help = "ask for something besides, as in `and Image exists`";
            return self.unsaid(place, "a rule of Sigma looks for more than a kind of events", help);
        }
        // Where the best one has no names for what is asked, another one may have. What is told is told of the best.
        let before = self.found.len();
        let mut told: Option<Vec<Diagnostic>> = None;
        for guard in guards {
            if let Some(detection) = self.detection_of(guard, others, also, place) {
                self.found.truncate(before);
                return Some(detection);
            }
            let found = self.found.split_off(before);
            told.get_or_insert(found);
        }
        self.found.extend(told.into_iter().flatten());
        None
    }

    fn detection_of(
        &mut self,
        guard: Guard,
        others: &[Vec<CondId>],
        also: &[FieldRef],
        place: Origin,
    ) -> Option<Detection> {
        if let Some(other) = others.iter().find(|other| !self.is_alternative(&guard.keys, other)) {
            let origin = other.first().map_or(place, |cond| self.definition.cond(*cond).origin);
            let help = "make a rule of each arm";
            return self.unsaid(origin, "a rule of Sigma is about one log source, and this arm is about another", help);
        }
        self.names_of(&guard);
        for field in also {
            self.named(&field.name, field.origin)?;
        }
        let Guard { keys, rest, .. } = guard;
        let (detections, condition) = self.detections(&rest)?;
        Some(Detection { keys, detections, condition })
    }

    /// Metadata before the log source.
    fn head(&self, rule: &Rule, title: Option<String>) -> Document {
        let mut document = Document { comments: self.comments(rule), keys: Vec::new() };
        let base = title.is_some();
        document.put("title", bare(&title.unwrap_or_else(|| rule.name.value.clone())));
        let (mut tags, mut after) = (Vec::new(), Vec::new());
        for meta in rule.meta.iter().filter(|_| !base) {
            match (meta.key, &meta.value) {
                (MetaKey::Id, MetaValue::Text(text)) => document.put("id", bare(text)),
                (MetaKey::Reason, MetaValue::Text(text)) => document.put("description", paragraph(text)),
                (MetaKey::Author, MetaValue::Text(text)) => document.put("author", bare(text)),
                (MetaKey::Status, MetaValue::Text(text)) => document.put("status", bare(text)),
                (MetaKey::Owner, MetaValue::Text(text)) => after.push(("owner", bare(text))),
                (MetaKey::Ticket, MetaValue::Text(text)) => after.push(("ticket", bare(text))),
                (MetaKey::Expires, MetaValue::Date(day)) => {
                    after.push(("expires", quoted(day.to_string().get(..10).unwrap_or_default())));
                }
                (MetaKey::References, MetaValue::Texts(texts)) => document.put("references", list(texts)),
                (MetaKey::Techniques, MetaValue::Texts(texts)) => {
                    tags.extend(texts.iter().map(|text| format!("attack.{}", text.value.to_ascii_lowercase())));
                }
                (MetaKey::Labels, MetaValue::Texts(texts)) => tags.extend(texts.iter().map(|text| text.value.clone())),
                _other => {}
            }
        }
        if !tags.is_empty() {
            let lines: String = tags.iter().map(|tag| format!("\n    - {}", bare(tag))).collect();
            document.put("tags", lines);
        }
        for (key, value) in after {
            document.put(key, value);
        }
        document
    }

    /// Comments of a rule and of what stands in it, in their order.
    fn comments(&self, rule: &Rule) -> Vec<String> {
        let mut comments = rule.comments.clone();
        let mut waiting: Vec<Part> = rule.body.iter().rev().map(|stmt| Part::Stmt(*stmt)).collect();
        while let Some(part) = waiting.pop() {
            let (own, mut inside) = match part {
                Part::Comments(own) => (own, Vec::new()),
                Part::Cond(id) => {
                    let cond = self.definition.cond(id);
                    let inside: Vec<Part> = match &cond.kind {
                        CondKind::And(members) | CondKind::Or(members) => {
                            members.iter().map(|member| Part::Cond(*member)).collect()
                        }
                        CondKind::Not(inside) | CondKind::SomeOf { body: inside, .. } => vec![Part::Cond(*inside)],
                        CondKind::Test(_) | CondKind::Const(_) => Vec::new(),
                    };
                    (&cond.comments, inside)
                }
                Part::Stmt(id) => {
                    let stmt = self.definition.stmt(id);
                    (&stmt.comments, inside(&stmt.kind))
                }
            };
            comments.extend(own.iter().cloned());
            inside.reverse();
            waiting.append(&mut inside);
        }
        comments
    }

    /// A name that no other document has.
    fn name(&mut self, slug: &str, at: usize) -> String {
        let numbered = (2..).map(|n| format!("{slug}_{n}_{at}"));
        let mut names = std::iter::once(format!("{slug}_{at}")).chain(numbered);
        let name = names.find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }

    /// Metadata behind the detection.
    fn tail(&self, rule: &Rule, document: &mut Document) {
        for meta in &rule.meta {
            if let (MetaKey::FalsePositives, MetaValue::Texts(texts)) = (meta.key, &meta.value) {
                document.put("falsepositives", list(texts));
            }
        }
        for meta in &rule.meta {
            if let (MetaKey::Severity, MetaValue::Severity(severity)) = (meta.key, &meta.value) {
                document.put("level", severity.word().to_string());
            }
        }
    }

    fn correlation(&mut self, rule: &Rule, arms: &[Vec<CondId>], when: &When) -> Option<Vec<Document>> {
        let origin = when.within.origin;
        if when.from_first_hit || when.name.is_some() {
            let help = "leave `from first hit` and `as \"…\"` out";
            return self.unsaid(origin, "a correlation of Sigma has a window that slides, and no name", help);
        }
        let mut documents = Vec::new();
        let mut names = Vec::new();
        let mut aliases: Vec<(String, Vec<(String, String)>)> = Vec::new();
        let steps: Vec<(Vec<Vec<CondId>>, &[FieldRef])> = match &when.asks {
            Asks::Events(_) | Asks::Distinct(..) => vec![(arms.to_vec(), &[])],
            Asks::Steps { steps, .. } if arms.is_empty() => {
                steps.iter().map(|step| (vec![self.members(step.cond)], step.by.as_slice())).collect()
            }
            Asks::Steps { .. } => {
                return self.unsaid(origin, "a condition around the steps", "write it into each step");
            }
        };
        for (at, (arms, by)) in steps.iter().enumerate() {
            let name = self.name(&slug(&rule.name.value), at + 1);
            let mut fields = if by.is_empty() { when.by.clone() } else { by.to_vec() };
            if let Asks::Distinct(_, counted) = &when.asks {
                fields.extend(counted.iter().cloned());
            }
            let detection = self.detection(arms, &fields, rule.name.origin)?;
            let mut document = self.head(rule, Some(format!("{} ({})", rule.name.value, at + 1)));
            document.comments.clear();
            document.put("name", name.clone());
            document.put("logsource", detection.logsource());
            document.put("detection", detection.body());
            documents.push(document);
            for (key, own) in when.by.iter().zip(by.iter()) {
                let fields = (name.clone(), self.named(&own.name, own.origin)?);
                match aliases.iter_mut().find(|(alias, _)| *alias == key.name) {
                    Some((_, all)) => all.push(fields),
                    None => aliases.push((key.name.clone(), vec![fields])),
                }
            }
            names.push(name);
        }
        let mut correlation = self.head(rule, None);
        let (kind, enough) = match &when.asks {
            Asks::Events(count) => ("event_count", Some((count.value, &[][..]))),
            Asks::Distinct(count, fields) => ("value_count", Some((count.value, fields.as_slice()))),
            Asks::Steps { ordered: true, .. } => ("temporal_ordered", None),
            Asks::Steps { ordered: false, .. } => ("temporal", None),
        };
        let mut body = format!("\n    type: {kind}\n    rules:\n");
        names.iter().for_each(|name| body.push_str(&format!("        - {name}\n")));
        let mut keys: Vec<String> = Vec::new();
        for (alias, _) in &aliases {
            let slug = slug(alias);
            let numbered = (2..).map(|n| format!("key_{slug}_{n}"));
            let key = std::iter::once(format!("key_{slug}")).chain(numbered).find(|key| !keys.contains(key));
            keys.extend(key);
        }
        if !when.by.is_empty() {
            body.push_str("    group-by:\n");
            for by in &when.by {
                let alias = aliases.iter().position(|(alias, _)| *alias == by.name).and_then(|at| keys.get(at));
                let field = match alias {
                    Some(key) => key.clone(),
                    None => self.named(&by.name, by.origin)?,
                };
                body.push_str(&format!("        - {}\n", bare(&field)));
            }
        }
        body.push_str(&format!("    timespan: {}", timespan(when.within.value)));
        if let Some((count, fields)) = enough {
            body.push_str(&format!("\n    condition:\n        gte: {count}"));
            let named: Option<Vec<String>> =
                fields.iter().map(|field| Some(bare(&self.named(&field.name, field.origin)?))).collect();
            match named?.as_slice() {
                [] => {}
                [one] => body.push_str(&format!("\n        field: {one}")),
                several => {
                    body.push_str("\n        field:");
                    several.iter().for_each(|one| body.push_str(&format!("\n            - {one}")));
                }
            }
        }
        if !aliases.is_empty() {
            body.push_str("\n    aliases:");
            for ((alias, own), key) in aliases.iter().zip(&keys) {
                body.push_str(&format!("\n        {key}:"));
                for name in &names {
                    let of = match own.iter().find(|(rule, _)| rule == name) {
                        Some((_, of)) => of.clone(),
                        None => self.named(alias, origin)?,
                    };
                    body.push_str(&format!("\n            {name}: {}", bare(&of)));
                }
            }
        }
        correlation.put("correlation", body);
        self.tail(rule, &mut correlation);
        documents.push(correlation);
        Some(documents)
    }
}

/// What may have comments.
enum Part<'a> {
    Stmt(StmtId),
    Cond(CondId),
    Comments(&'a Vec<String>),
}

/// What stands in a statement, in its order.
fn inside(kind: &StmtKind) -> Vec<Part<'_>> {
    let all = |body: &[StmtId]| body.iter().map(|stmt| Part::Stmt(*stmt)).collect::<Vec<_>>();
    let mut parts = Vec::new();
    match kind {
        StmtKind::If { arms, otherwise } => {
            for arm in arms {
                parts.push(Part::Cond(arm.cond));
                parts.extend(all(&arm.body));
            }
            parts.extend(otherwise.iter().flat_map(|body| all(body)));
        }
        StmtKind::When { when, body } => {
            if let Asks::Steps { steps, .. } = &when.asks {
                for step in steps {
                    parts.extend([Part::Comments(&step.comments), Part::Cond(step.cond)]);
                }
            }
            parts.extend(all(body));
        }
        StmtKind::Drop
        | StmtKind::Keep
        | StmtKind::Stop
        | StmtKind::Tag(_)
        | StmtKind::Untag(_)
        | StmtKind::Set { .. }
        | StmtKind::Remove(_)
        | StmtKind::Send { .. }
        | StmtKind::Remember { .. }
        | StmtKind::Forget { .. } => {}
    }
    parts
}

fn list(texts: &[At<String>]) -> String {
    texts.iter().map(|text| format!("\n    - {}", bare(&text.value))).collect()
}

/// A name that other documents can use.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c.is_ascii_alphanumeric() {
            true => slug.push(c.to_ascii_lowercase()),
            false if slug.ends_with('_') || slug.is_empty() => {}
            false => slug.push('_'),
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() { "rule".to_string() } else { slug.to_string() }
}

fn timespan(length: Length) -> String {
    let unit = match length.unit {
        Unit::Seconds => 's',
        Unit::Minutes => 'm',
        Unit::Hours => 'h',
        Unit::Days => 'd',
    };
    format!("{}{unit}", length.count)
}
