//! Rules as Sigma's.
//!
//! In: alerts, and filters that drop; and perhaps the text of Sigma that they were read from. Out: one file of Sigma, with a document a rule; or
//! every part that Sigma cannot say, at its place. Never here: an approximation. What is written is read again, and is the same rules.
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
//! | comments, also of statements and tests | comments above the document |
//! | tags, fields that are set, tables, functions, elements of lists | refused |
//!
//! Of a rule that came from Sigma and was not changed the text is kept as it stands; of one that was, each key that says the same.

mod again;
mod condition;
mod detection;
mod field;
mod onto;
mod rule;
mod same;
mod source;
#[cfg(test)]
mod tests;
mod yaml;

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use crate::ast::{Definition, MetaKey, MetaValue, Rule};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Origin;
use crate::source::sigma::Setup;
use crate::sysmon::Catalogue;
use again::{Of, Page};

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
    let old = onto.map(|text| onto::Old::read(text, beside, setup));
    if let Some(text) = old.as_ref().and_then(|old| old.unchanged(definition)) {
        return Ok(text);
    }
    let titled = titled(definition, old.as_ref());
    if let Some(text) = old.as_ref().and_then(|old| old.unchanged(&titled)) {
        return Ok(text);
    }
    // A rule that only a correlation counts is switched off here, and said to be nothing of the kind there.
    let mut said = titled.clone();
    for (rule, given) in said.rules.iter_mut().zip(&definition.rules) {
        rule.disabled &= !old.as_ref().is_some_and(|old| old.is_counted(&titled, rule));
        rule.name.value = title(given, definition, old.as_ref());
    }
    let catalogue = OnceCell::new();
    let taken = old.as_ref().map(|old| old.names.clone()).unwrap_or_default();
    let mut writer = Writer::new(&said, setup, &catalogue, taken);
    if let (Some(old), Some(first)) = (&old, said.rules.first())
        && old.has_actions()
    {
        let help = "change the text in Sigma itself, or have the rules written without it";
        let message = "documents of the old text share their keys (`action`), so that none can be changed alone";
        writer.unsaid::<()>(first.name.origin, message, help);
        return Err(writer.found);
    }
    let mut pages: Vec<Page<'_>> = Vec::new();
    let page = |text: String, of| Page { text, of };
    for (rule, said) in titled.rules.iter().zip(&said.rules) {
        match old.as_ref().and_then(|old| Some((old, old.document(&titled, rule)?))) {
            Some((_, onto::Kept::Whole(text))) => pages.push(page(text, Of::Nothing)),
            Some((old, onto::Kept::Keys(mut keys))) => {
                let mut written = writer.rule(said);
                let Some(mut last) = written.pop() else { continue };
                let mut before = old.written(rule, setup, &catalogue);
                let before_last = before.pop();
                if let Some(before) = &before_last {
                    onto::keep(&mut keys, before, &last);
                }
                let mut of = Of::Rule(said);
                match old.counted(rule, before) {
                    // The rules that are counted stand in the text, under their own names.
                    Some(counted) if counted.asks_the_same(&written) => {
                        counted.name(&written, &mut last);
                        of = Of::Counts(said);
                    }
                    Some(_) => {
                        let message = "what this correlation counts is said by rules of their own in Sigma";
                        let help = "change the condition in the rule that it counts, or take its `id` away to have it written anew";
                        writer.unsaid::<()>(rule.name.origin, message, help);
                    }
                    None => pages.extend(written.iter().map(|document| page(document.text(), Of::Nothing))),
                }
                let comments = last.comments_besides(before_last.as_ref());
                pages.push(page(comments + &onto::laid_over(&last, &keys), of));
            }
            None => {
                let written = writer.rule(said);
                let last = written.len().saturating_sub(1);
                let of = |at| if at == last { Of::Rule(said) } else { Of::Nothing };
                pages.extend(written.iter().enumerate().map(|(at, document)| page(document.text(), of(at))));
            }
        }
    }
    pages.extend(old.iter().flat_map(onto::Old::filters).map(|text| page(text, Of::Nothing)));
    if definition.rules.is_empty() {
        let help = "write an alert: `alert \"…\" { if … { send file } }`";
        writer.unsaid::<()>(Origin::whole(definition.source), "there is no rule to write", help);
    }
    if writer.found.is_empty() {
        writer.read_again(&pages, beside);
    }
    if !writer.found.is_empty() {
        return Err(writer.found);
    }
    let (mut text, _) = again::joined(&pages);
    definition.comments.iter().for_each(|line| text.push_str(&yaml::comment(line)));
    Ok(text)
}

/// The title of a rule that has the beginning of its id behind it, since others have the title too.
fn shared_title(rule: &Rule) -> Option<&str> {
    let id = rule.meta.iter().find_map(|meta| match (meta.key, &meta.value) {
        (MetaKey::Id, MetaValue::Text(id)) => id.get(..8),
        (_, _) => None,
    })?;
    rule.name.value.strip_suffix(')')?.strip_suffix(id)?.strip_suffix(" (")
}

/// The title that the old text has for a rule of this name: of files that are read together, another one may come first, and then there is an id
/// or a number behind it.
fn old_title<'r>(rule: &'r Rule, old: &onto::Old<'_>) -> Option<&'r str> {
    let name = rule.name.value.as_str();
    let numbered = || {
        let (title, number) = name.strip_suffix(')')?.rsplit_once(" (")?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then_some(title)
    };
    let known = old.has(name);
    shared_title(rule).or_else(numbered).filter(|title| !known && old.has(title))
}

/// Rules by the names that the old text has for them.
fn titled(definition: &Definition, old: Option<&onto::Old<'_>>) -> Definition {
    let mut titled = definition.clone();
    for rule in &mut titled.rules {
        if let Some(title) = old.and_then(|old| old_title(rule, old)).map(str::to_string) {
            rule.name.value = title;
        }
    }
    titled
}

/// What a rule is called in Sigma.
fn title(rule: &Rule, definition: &Definition, old: Option<&onto::Old<'_>>) -> String {
    let kept = old.and_then(|old| old.title(&rule.name.value).or_else(|| old_title(rule, old)));
    let shared = |title: &&str| definition.rules.iter().any(|other| other.name.value == *title);
    let own = || shared_title(rule).filter(shared).unwrap_or(&rule.name.value);
    kept.unwrap_or_else(own).to_string()
}

/// What goes over a definition.
struct Writer<'a> {
    definition: &'a Definition,
    setup: &'a Setup,
    /// Made when an event has to be looked up.
    catalogue: &'a OnceCell<Catalogue>,
    found: Vec<Diagnostic>,
    /// What fields are called in the events that are asked.
    names: field::Names,
    /// Names that documents have.
    taken: FxHashSet<String>,
}

impl<'a> Writer<'a> {
    fn new(
        definition: &'a Definition,
        setup: &'a Setup,
        catalogue: &'a OnceCell<Catalogue>,
        taken: FxHashSet<String>,
    ) -> Writer<'a> {
        Writer { definition, setup, catalogue, found: Vec::new(), names: field::Names::default(), taken }
    }

    fn catalogue(&self) -> &'a Catalogue {
        self.catalogue.get_or_init(Catalogue::standard)
    }

    fn forms(&self) -> same::Forms<'a> {
        same::Forms { definition: self.definition, catalogue: self.catalogue() }
    }

    /// Says that Sigma cannot say something.
    fn unsaid<T>(&mut self, origin: Origin, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        self.found.push(Diagnostic::new(Code::SigmaUnsaid, origin, message).help(help));
        None
    }
}
