//! Rules as Sigma's.
//!
//! In: alerts, and filters that drop; and perhaps the text of Sigma that they were read from. Out: one file of Sigma, with a document a rule; or
//! every part that Sigma cannot say, at its place. Never here: an approximation.
//!
//! | here | in Sigma |
//! | --- | --- |
//! | an alert that sends where a condition holds | a rule; what it sends by is no part of it |
//! | a filter that drops where a condition holds | a filter of all rules about these events |
//! | `event is …`, `Channel == …` | the log source that `sigma.toml` knows for it; else fields of the detection |
//! | arms that ask the alternatives of one log source | one rule |
//! | `when` that counts, `when` with steps | a rule for what is counted, and a correlation |
//! | `severity`, `techniques`, `labels`, `reason` | `level`, `tags`, `description` |
//! | `owner`, `ticket`, `expires` | keys of the same names, which Sigma allows |
//! | comments | comments |
//! | tags, fields that are set, tables, functions, elements of lists | refused |
//!
//! Of a rule that came from Sigma and was not changed the text is kept as it stands; of one that was, each key that says the same.

mod condition;
mod detection;
mod onto;
mod rule;
mod source;
mod yaml;

use std::cell::OnceCell;

use crate::ast::{Definition, MetaKey, MetaValue};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Origin;
use crate::source::sigma::Setup;
use crate::sysmon::Catalogue;

/// Writes rules as Sigma. `onto`: the text of Sigma that they were read from.
///
/// # Errors
/// Everything that Sigma cannot say; never an empty list.
pub fn write(definition: &Definition, setup: &Setup, onto: Option<&str>) -> Result<String, Vec<Diagnostic>> {
    write_beside(definition, setup, onto, &[])
}

/// The same of a text that was read together with others: rules of theirs that it counts, filters of theirs that are a part of its rules.
///
/// # Errors
/// As [`write`].
pub fn write_beside(
    definition: &Definition,
    setup: &Setup,
    onto: Option<&str>,
    beside: &[&str],
) -> Result<String, Vec<Diagnostic>> {
    // A title that several rules have got its id behind it.
    let mut titled = definition.clone();
    for rule in &mut titled.rules {
        let id = rule.meta.iter().find_map(|meta| match (meta.key, &meta.value) {
            (MetaKey::Id, MetaValue::Text(id)) => id.get(..8),
            (_, _) => None,
        });
        let title = id.and_then(|id| rule.name.value.strip_suffix(&format!(" ({id})")));
        if let Some(title) = title.map(str::to_string) {
            rule.name.value = title;
        }
    }
    let old = onto.map(|text| onto::Old::read(text, beside, setup));
    if let Some(text) = old.as_ref().and_then(|old| old.unchanged(&titled)) {
        return Ok(text);
    }
    // A rule that only a correlation counts is switched off here, and said to be nothing of the kind there.
    let mut said = titled.clone();
    for rule in &mut said.rules {
        rule.disabled &= !old.as_ref().is_some_and(|old| old.is_counted(&titled, rule));
    }
    let catalogue = OnceCell::new();
    let mut writer = Writer { definition: &said, setup, catalogue: &catalogue, found: Vec::new() };
    let mut documents = Vec::new();
    for (rule, said) in titled.rules.iter().zip(&said.rules) {
        let kept = old.as_ref().and_then(|old| old.document(&titled, rule));
        match kept {
            Some(onto::Kept::Whole(text)) => documents.push(text),
            Some(onto::Kept::Keys(mut keys)) => {
                let mut written = writer.rule(said);
                let Some(mut last) = written.pop() else { continue };
                let mut before = old.as_ref().map(|old| old.written(rule, setup, &catalogue)).unwrap_or_default();
                if let Some(before) = before.pop() {
                    onto::keep(&mut keys, &before, &last);
                }
                match old.as_ref().and_then(|old| old.counted(rule, before)) {
                    // The rules that are counted stand in the text, under their own names.
                    Some(counted) if counted.asks_the_same(&written) => counted.name(&written, &mut last),
                    Some(_) => {
                        let message = "what this correlation counts is said by rules of their own in Sigma";
                        let help = "change the condition in the rule that it counts, or take its `id` away to have it written anew";
                        writer.unsaid::<()>(rule.name.origin, message, help);
                    }
                    None => documents.extend(written.iter().map(rule::Document::text)),
                }
                documents.push(onto::laid_over(&last, &keys));
            }
            None => documents.extend(writer.rule(said).iter().map(rule::Document::text)),
        }
    }
    documents.extend(old.iter().flat_map(onto::Old::filters));
    if definition.rules.is_empty() {
        let help = "write an alert: `alert \"…\" { if … { send file } }`";
        let found = Diagnostic::new(Code::SigmaUnsaid, Origin::whole(definition.source), "there is no rule to write");
        writer.found.push(found.help(help));
    }
    if !writer.found.is_empty() {
        return Err(writer.found);
    }
    let mut text = String::new();
    for (at, document) in documents.iter().enumerate() {
        if at > 0 {
            text.push_str("---\n");
        }
        text.push_str(document);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}

/// What goes over a definition.
struct Writer<'a> {
    definition: &'a Definition,
    setup: &'a Setup,
    /// Made when an event has to be looked up.
    catalogue: &'a OnceCell<Catalogue>,
    found: Vec<Diagnostic>,
}

impl Writer<'_> {
    /// Says that Sigma cannot say something.
    fn unsaid<T>(&mut self, origin: Origin, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        self.found.push(Diagnostic::new(Code::SigmaUnsaid, origin, message).help(help));
        None
    }
}
