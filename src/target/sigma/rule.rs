//! A rule as documents of Sigma.
//!
//! In: an alert, or a filter that drops. Out: one document, or those of what is counted and a correlation of them. Never here: conditions.

use super::Writer;
use super::source::Guard;
use super::yaml::{bare, comment, paragraph, quoted};
use crate::ast::{
    Asks, At, CondId, CondKind, FieldRef, Length, MetaKey, MetaValue, Rule, RuleKind, StmtId, StmtKind, Unit, When,
};

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

    fn put(&mut self, key: &str, value: String) {
        let lead = if value.starts_with('\n') { "" } else { " " };
        self.keys.push((key.to_string(), format!("{lead}{value}")));
    }
}

/// What a rule asks, and how it waits.
struct Asked<'a> {
    /// One of these, each of conditions that all hold.
    arms: Vec<Vec<CondId>>,
    when: Option<&'a When>,
}

impl<'d> Writer<'d> {
    pub(super) fn rule(&mut self, rule: &'d Rule) -> Vec<Document> {
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
        if rule.disabled {
            let help = "enable it, or take it out; a rule that only a correlation counts is written with that";
            return self.unsaid(rule.name.origin, "Sigma has no rules that are switched off", help);
        }
        let asked = self.asked(rule, &|kind| matches!(kind, StmtKind::Send { .. }))?;
        match asked.when {
            None => {
                let (keys, body) = self.detection(&asked.arms, rule)?;
                let mut document = self.head(rule, None);
                document.put("logsource", lines(&keys));
                document.put("detection", body);
                self.tail(rule, &mut document);
                Some(vec![document])
            }
            Some(when) => self.correlation(rule, &asked.arms, when),
        }
    }

    fn filter(&mut self, rule: &'d Rule) -> Option<Vec<Document>> {
        let asked = self.asked(rule, &|kind| matches!(kind, StmtKind::Drop))?;
        let (keys, body) = self.detection(&asked.arms, rule)?;
        let mut document = self.head(rule, None);
        document.put("logsource", lines(&keys));
        // What the filter names is what rules do not fire on.
        let body = body.replace("    condition: ", "    condition: not (");
        document.put("filter", format!("\n    rules: any{body})"));
        Some(vec![document])
    }

    /// The conditions of a rule that does one thing only.
    fn asked(&mut self, rule: &'d Rule, wanted: &dyn Fn(&StmtKind) -> bool) -> Option<Asked<'d>> {
        let definition = self.definition;
        let mut arms = Vec::new();
        let mut when = None;
        let mut body: &[StmtId] = &rule.body;
        if let [only] = body
            && let StmtKind::If { arms: own, otherwise: None } = &definition.stmt(*only).kind
        {
            arms = own.iter().map(|arm| self.members(arm.cond)).collect();
            body = own.first().map_or(&[], |arm| arm.body.as_slice());
            let same = |other: &[StmtId]| {
                other.len() == body.len() && other.iter().all(|stmt| wanted(&definition.stmt(*stmt).kind))
            };
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
            && let StmtKind::When { when: own, body: inner } = &definition.stmt(*only).kind
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

    fn members(&self, cond: CondId) -> Vec<CondId> {
        match &self.definition.cond(cond).kind {
            CondKind::And(members) => members.clone(),
            CondKind::Or(_) | CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Test(_) | CondKind::Const(_) => {
                vec![cond]
            }
        }
    }

    /// Log source and detection of arms, one of which is enough.
    fn detection(&mut self, arms: &[Vec<CondId>], rule: &Rule) -> Option<(Vec<(&'static str, String)>, String)> {
        let Some((first, others)) = arms.split_first() else {
            return self.unsaid(
                rule.name.origin,
                "a rule of Sigma needs a condition",
                "write `if`, with what is looked for",
            );
        };
        let Guard { keys, rest } = self.guard(first);
        if let Some(other) = others.iter().find(|other| !self.is_alternative(&keys, other)) {
            let origin = other.first().map_or(rule.origin, |cond| self.definition.cond(*cond).origin);
            let help = "make a rule of each arm";
            return self.unsaid(origin, "a rule of Sigma is about one log source, and this arm is about another", help);
        }
        if rest.is_empty() {
            let help = "ask for something besides, as in `and Image exists`";
            return self.unsaid(rule.name.origin, "a rule of Sigma looks for more than a kind of events", help);
        }
        let (detections, condition) = self.detections(&rest)?;
        Some((keys, format!("\n{}    condition: {condition}", detections.yaml(4))))
    }

    /// Metadata before the log source.
    fn head(&self, rule: &Rule, title: Option<String>) -> Document {
        let mut document = Document { comments: rule.comments.clone(), keys: Vec::new() };
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
            let lines: String = tags.iter().map(|tag| format!("\n    - {tag}")).collect();
            document.put("tags", lines);
        }
        for (key, value) in after {
            document.put(key, value);
        }
        document
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
            let name = format!("{}_{}", slug(&rule.name.value), at + 1);
            let (keys, body) = self.detection(arms, rule)?;
            let mut document = self.head(rule, Some(format!("{} ({})", rule.name.value, at + 1)));
            document.comments.clear();
            document.put("name", name.clone());
            document.put("logsource", lines(&keys));
            document.put("detection", body);
            documents.push(document);
            for (key, own) in when.by.iter().zip(by.iter()) {
                let fields = (name.clone(), self.named(&own.name));
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
        let field = |field: &FieldRef| {
            let aliased = aliases.iter().any(|(alias, _)| *alias == field.name);
            if aliased { format!("key_{}", slug(&field.name)) } else { self.named(&field.name) }
        };
        let mut body = format!("\n    type: {kind}\n    rules:\n");
        names.iter().for_each(|name| body.push_str(&format!("        - {name}\n")));
        if !when.by.is_empty() {
            body.push_str("    group-by:\n");
            when.by.iter().for_each(|by| body.push_str(&format!("        - {}\n", bare(&field(by)))));
        }
        body.push_str(&format!("    timespan: {}", timespan(when.within.value)));
        if let Some((count, fields)) = enough {
            body.push_str(&format!("\n    condition:\n        gte: {count}"));
            match fields {
                [] => {}
                [one] => body.push_str(&format!("\n        field: {}", bare(&self.named(&one.name)))),
                several => {
                    body.push_str("\n        field:");
                    several
                        .iter()
                        .for_each(|one| body.push_str(&format!("\n            - {}", bare(&self.named(&one.name)))));
                }
            }
        }
        if !aliases.is_empty() {
            body.push_str("\n    aliases:");
            for (alias, own) in &aliases {
                body.push_str(&format!("\n        key_{}:", slug(alias)));
                for name in &names {
                    let of = own
                        .iter()
                        .find(|(rule, _)| rule == name)
                        .map_or_else(|| self.named(alias), |(_, of)| of.clone());
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

fn lines(keys: &[(&'static str, String)]) -> String {
    keys.iter().map(|(key, word)| format!("\n    {key}: {}", bare(word))).collect()
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
