//! What a text of Sigma keeps when its rules are written again.
//!
//! In: the text that rules were read from. Out: that text, where nothing was changed; of a rule that was, the lines of each key that says the same.
//! Never here: what a changed key says.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Writer;
use super::rule::Document;
use crate::ast::{self, Definition, MetaKey, Rule};
use crate::origin::{Origin, SourceId};
use crate::source::sigma::{self, Setup};
use crate::sysmon::Catalogue;
use crate::yaml;

/// The old text, read.
pub(super) struct Old<'t> {
    text: &'t str,
    definition: Definition,
    /// Where each document begins and ends, in bytes.
    documents: Vec<(usize, usize)>,
    /// Those that are filters, which no rule of ours stands for.
    filters: Vec<usize>,
    /// The rules that each of them counts.
    counts: Vec<Vec<String>>,
    /// Which rule of the definition has an id, and which a name; of several the first.
    by_id: FxHashMap<String, usize>,
    by_name: FxHashMap<String, usize>,
    /// The titles of the rules of the definition.
    titles: Vec<String>,
    /// Names and ids of documents, also of those beside.
    pub names: FxHashSet<String>,
}

/// What a correlation counts.
pub(super) struct Counted {
    /// By the names that the text has for them.
    names: Vec<String>,
    /// The same as they would be written.
    written: Vec<Document>,
}

impl Counted {
    /// Is it what is asked now?
    pub(super) fn asks_the_same(&self, now: &[Document]) -> bool {
        let asked = |document: &Document| {
            let value = |key: &str| document.keys.iter().find(|(own, _)| own == key).map(|(_, value)| value.clone());
            (value("logsource"), value("detection"))
        };
        self.names.len() == now.len()
            && self.written.len() == now.len()
            && self.written.iter().zip(now).all(|(old, now)| asked(old) == asked(now))
    }

    /// Has a correlation name these instead of those that were written for it.
    pub(super) fn name(&self, written: &[Document], correlation: &mut Document) {
        for (document, name) in written.iter().zip(&self.names) {
            let Some((_, made)) = document.keys.iter().find(|(key, _)| key == "name") else { continue };
            for (_, value) in correlation.keys.iter_mut().filter(|(key, _)| key == "correlation") {
                *value = value.replace(&format!("        -{made}\n"), &format!("        - {name}\n"));
                *value = value.replace(&format!("           {made}:"), &format!("            {name}:"));
            }
        }
    }
}

/// What is kept of a document.
pub(super) enum Kept<'t> {
    /// All of it.
    Whole(String),
    /// Keys with their lines, and whether these still say what the rule says.
    Keys(Vec<(&'t str, &'t str, bool)>),
}

impl<'t> Old<'t> {
    pub(super) fn read(text: &'t str, beside: &[&str], setup: &Setup) -> Old<'t> {
        let others = beside.iter().enumerate().map(|(at, text)| (SourceId(at as u32 + 1), *text));
        let texts = std::iter::once((SourceId(0), text)).chain(others);
        let files: Vec<sigma::model::File> = texts.map(|(source, text)| sigma::read(source, text).0).collect();
        let (definitions, _) = sigma::definitions(&files, setup);
        let definition = definitions.into_iter().next().unwrap_or_else(|| Definition::new(SourceId(0)));
        let own = files.first().map_or(&[][..], |file| file.documents.as_slice());
        let borders = borders(text);
        let bounds = |document: &sigma::model::Document| {
            let at = document.origin.as_span().map_or(0, |span| span.range().start);
            let next = borders.partition_point(|(start, _)| *start <= at);
            borders.get(next.saturating_sub(1)).copied().unwrap_or((0, text.len()))
        };
        let documents: Vec<(usize, usize)> = own.iter().map(bounds).collect();
        let is_filter = |document: &sigma::model::Document| matches!(document.body, sigma::model::Body::Filter(_));
        let filters = (0..).zip(own).filter(|(_, document)| is_filter(document)).map(|(at, _)| at).collect();
        let counts = own.iter().map(|document| match &document.body {
            sigma::model::Body::Correlation(correlation) => {
                correlation.rules.iter().map(|rule| rule.value.clone()).collect()
            }
            sigma::model::Body::Rule(_) | sigma::model::Body::Filter(_) => Vec::new(),
        });
        let counts = counts.collect();
        let (mut by_id, mut by_name) = (FxHashMap::default(), FxHashMap::default());
        for (at, rule) in definition.rules.iter().enumerate() {
            by_id.extend(id_of(rule).filter(|id| !by_id.contains_key(id)).map(|id| (id, at)));
            by_name.entry(rule.name.value.clone()).or_insert(at);
        }
        let titled =
            |document: &sigma::model::Document| Some((document.origin, document.meta.title.as_ref()?.value.clone()));
        let titled: FxHashMap<Origin, String> = own.iter().filter_map(titled).collect();
        let title = |rule: &Rule| titled.get(&rule.origin).unwrap_or(&rule.name.value).clone();
        let titles = definition.rules.iter().map(title).collect();
        let metas = files.iter().flat_map(|file| &file.documents).map(|document| &document.meta);
        let names = metas.flat_map(|meta| [&meta.name, &meta.id]).flatten().map(|name| name.value.clone()).collect();
        Old { text, definition, documents, filters, counts, by_id, by_name, titles, names }
    }

    /// Is there a rule of this name?
    pub(super) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The title of the rule of this name.
    pub(super) fn title(&self, name: &str) -> Option<&str> {
        self.titles.get(*self.by_name.get(name)?).map(String::as_str)
    }

    /// Do its documents build on each other?
    pub(super) fn has_actions(&self) -> bool {
        let of = |(start, end): &(usize, usize)| keys(self.text.get(*start..*end).unwrap_or_default());
        borders(self.text).iter().flat_map(of).any(|(key, _)| key == "action")
    }

    /// Is it switched off since a correlation counts it?
    pub(super) fn is_counted(&self, definition: &Definition, rule: &Rule) -> bool {
        let old = if definition.rules.len() == 1 { self.rule(rule) } else { self.same(rule) };
        old.is_some_and(|old| old.disabled)
    }

    /// What the rule that a rule was would be, written anew.
    pub(super) fn written(&self, rule: &Rule, setup: &Setup, catalogue: &OnceCell<Catalogue>) -> Vec<Document> {
        let Some(old) = self.rule(rule) else { return Vec::new() };
        let mut enabled = Rule { disabled: false, ..old.clone() };
        if let Some(title) = self.title(&old.name.value) {
            enabled.name.value = title.to_string();
        }
        Writer::new(&self.definition, setup, catalogue, self.names.clone()).rule(&enabled)
    }

    /// What the correlation that a rule was counts. `written`: that, written anew.
    pub(super) fn counted(&self, rule: &Rule, written: Vec<Document>) -> Option<Counted> {
        let at = self.rule(rule)?.origin.as_span()?.range().start;
        let at = self.documents.iter().position(|(start, end)| *start <= at && at < *end)?;
        let names = self.counts.get(at).filter(|names| !names.is_empty())?.clone();
        Some(Counted { names, written })
    }

    /// The whole text, if these are its rules.
    pub(super) fn unchanged(&self, definition: &Definition) -> Option<String> {
        let all = !definition.rules.is_empty() && ast::same(&self.definition, definition);
        all.then(|| self.text.to_string())
    }

    /// What is kept of the document that a rule was.
    pub(super) fn document(&self, definition: &Definition, rule: &Rule) -> Option<Kept<'t>> {
        let old = self.rule(rule)?;
        let span = old.origin.as_span()?.range();
        let (start, end) = *self.documents.iter().find(|(start, end)| *start <= span.start && span.start < *end)?;
        let text = self.text.get(start..end)?;
        if ast::same_rule(&self.definition, old, definition, rule) {
            return Some(Kept::Whole(text.trim_end().to_string()));
        }
        let same_body = {
            let mut alike = old.clone();
            alike.meta.clone_from(&rule.meta);
            alike.name.value.clone_from(&rule.name.value);
            alike.comments.clone_from(&rule.comments);
            alike.disabled = rule.disabled;
            ast::same_rule(&self.definition, &alike, definition, rule)
        };
        let meta =
            |rule: &Rule, key: MetaKey| rule.meta.iter().find(|meta| meta.key == key).map(|meta| shown(&meta.value));
        let same_meta = |keys: &[MetaKey]| keys.iter().all(|key| meta(old, *key) == meta(rule, *key));
        let kept = |key: &str| match key {
            "title" => old.name.value == rule.name.value,
            "id" => same_meta(&[MetaKey::Id]),
            "description" => same_meta(&[MetaKey::Reason]),
            "author" => same_meta(&[MetaKey::Author]),
            "level" => same_meta(&[MetaKey::Severity]),
            "references" => same_meta(&[MetaKey::References]),
            "tags" => same_meta(&[MetaKey::Techniques, MetaKey::Labels]),
            "status" => same_meta(&[MetaKey::Status]),
            "falsepositives" => same_meta(&[MetaKey::FalsePositives]),
            "logsource" | "detection" | "correlation" => same_body,
            // What is no part of a rule of ours is not changed by it.
            _other => true,
        };
        let keys = keys(text).into_iter().map(|(key, lines)| (key, lines, kept(key))).collect();
        Some(Kept::Keys(keys))
    }

    /// The old rule that a rule was: by its id, else by its name, else the only one.
    fn rule(&self, rule: &Rule) -> Option<&Rule> {
        let only = || if let [only] = self.definition.rules.as_slice() { Some(only) } else { None };
        self.same(rule).or_else(only)
    }

    /// The old rule of the same id, else of the same name.
    fn same(&self, rule: &Rule) -> Option<&Rule> {
        let by_id = id_of(rule).and_then(|id| self.by_id.get(&id));
        let at = by_id.or_else(|| self.by_name.get(&rule.name.value))?;
        self.definition.rules.get(*at)
    }

    /// Documents that are filters.
    pub(super) fn filters(&self) -> Vec<String> {
        let text =
            |at: &usize| Some(self.text.get(self.documents.get(*at)?.0..self.documents.get(*at)?.1)?.to_string());
        self.filters.iter().filter_map(text).collect()
    }
}

/// A value without its places.
fn shown(value: &ast::MetaValue) -> String {
    match value {
        ast::MetaValue::Text(text) => text.clone(),
        ast::MetaValue::Texts(texts) => texts.iter().map(|text| text.value.as_str()).collect::<Vec<_>>().join("\n"),
        ast::MetaValue::Severity(severity) => severity.word().to_string(),
        ast::MetaValue::Date(day) => day.to_string(),
        ast::MetaValue::Quiet(length, by) => {
            let by = by.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(" ");
            format!("{} {by}", length.value)
        }
        ast::MetaValue::Allow(code, reason) => format!("{} {}", code.value, reason.value),
        ast::MetaValue::Flag => String::new(),
    }
}

/// Its id.
fn id_of(rule: &Rule) -> Option<String> {
    rule.meta.iter().find(|meta| meta.key == MetaKey::Id).map(|meta| shown(&meta.value))
}

/// Where documents begin and end: what is between lines that begin with `---`, comments too.
fn borders(text: &str) -> Vec<(usize, usize)> {
    let (mut borders, mut start, mut from) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        let before = from;
        from += line.len();
        if line.starts_with("---") {
            borders.push((start, before));
            start = from;
        }
    }
    borders.push((start, text.len()));
    borders
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// The keys of a document with their lines; what stands before the first belongs to it.
fn keys(text: &str) -> Vec<(&str, &str)> {
    let Ok(documents) = yaml::read(text) else { return Vec::new() };
    let Some(document) = documents.first() else { return Vec::new() };
    let starts: Vec<(&str, usize)> = document
        .root()
        .entries()
        .iter()
        .filter_map(|entry| {
            let span = entry.key.place().span.range();
            let name = text.get(span.clone())?.trim_matches(['\'', '"']);
            Some((name, line_start(text, span.start)))
        })
        .collect();
    let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([text.len()]);
    let first = starts.first().map_or(0, |(_, start)| *start);
    starts
        .iter()
        .zip(ends)
        .filter_map(|((name, start), end)| {
            let start = if *start == first { 0 } else { *start };
            Some((*name, text.get(start..end)?))
        })
        .collect()
}

/// Keeps the lines of keys that would be written as before.
pub(super) fn keep(keys: &mut [(&str, &str, bool)], before: &Document, now: &Document) {
    let value = |document: &'_ Document, key: &str| {
        document.keys.iter().find(|(own, _)| own == key).map(|(_, value)| value.clone())
    };
    for (key, _, kept) in keys {
        *kept |= value(before, key).is_some_and(|before| value(now, key) == Some(before));
    }
}

/// A document with the lines of the old one where they say the same, in its order; what is new stands behind what it follows in a new document.
pub(super) fn laid_over(new: &Document, old: &[(&str, &str, bool)]) -> String {
    let mut out = String::new();
    let value = |key: &str| new.keys.iter().find(|(own, _)| own == key);
    let known = |key: &str| old.iter().any(|(own, ..)| *own == key);
    let mut written: Vec<&str> = Vec::new();
    let put = |key: &str, value: &str, out: &mut String| out.push_str(&format!("{key}:{value}\n"));
    for (key, lines, kept) in old {
        match (kept, value(key)) {
            (true, _) => {
                out.push_str(lines);
                if !lines.ends_with('\n') {
                    out.push('\n');
                }
            }
            // The comments around it stay.
            (false, Some((key, value))) => {
                let aside = |line: &&str| line.starts_with('#') || line.trim().is_empty();
                let before = lines.split_inclusive('\n').take_while(aside);
                let mut behind: Vec<&str> = lines.split_inclusive('\n').rev().take_while(aside).collect();
                behind.reverse();
                out.extend(before);
                put(key, value, &mut out);
                out.extend(behind);
            }
            // It was taken away.
            (false, None) => {}
        }
        written.push(key);
        let at = new.keys.iter().position(|(own, _)| own == key);
        for (next, value) in at.map_or(&[][..], |at| new.keys.get(at + 1..).unwrap_or_default()) {
            if known(next) || written.contains(&next.as_str()) {
                break;
            }
            put(next, value, &mut out);
            written.push(next);
        }
    }
    for (key, value) in new.keys.iter().filter(|(key, _)| !written.contains(&key.as_str())) {
        put(key, value, &mut out);
    }
    out
}
