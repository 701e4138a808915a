//! A configuration of Sysmon as a page has it open.
//!
//! In: its text as somebody edits it, events carried by the engine's module. Out: plain serde types ([`wire`]): its nodes, the items of one, what is wrong
//! with it, what becomes of each event and why. Never here: rules of ours, files, and events that are kept.
//!
//! | the text | its parts | decisions |
//! | --- | --- | --- |
//! | is a configuration that Sysmon takes | as it is | as it is |
//! | has a finding that is an error | as it is | none |
//! | cannot be read | those of the last one that could be | none |

mod decisions;
#[cfg(test)]
mod tests;
pub mod wire;

use wire::{ConfigFilter, ConfigFound, ConfigItem, ConfigNode, ConfigPart, ConfigText, Configured};

use super::locate::Locate;
use super::refused;
use super::wire::{Answer, Range, Refused};
use crate::limits::SOURCE_BYTES;
use crate::origin::{Sources, Span};
use crate::sysmon::config::decide::Decider;
use crate::sysmon::config::explain::{Fired, Spots};
use crate::sysmon::config::{self, Config, Encoding, Filter, FilterAt, Item, Slots};

/// The configuration that is open.
#[derive(Default)]
pub struct Configuration {
    /// The last one that could be read.
    read: Option<Read>,
    /// Would Sysmon take it, as it is now?
    taken: bool,
    slots: Slots,
}

struct Read {
    sources: Sources,
    config: Config,
    spots: Spots,
    /// Made when it is first asked.
    decider: Option<Decider>,
    sums: decisions::Sums,
    fired: Fired,
}

impl Configuration {
    /// The text of a file.
    pub fn text_of(bytes: &[u8]) -> Answer<ConfigText> {
        match config::decode(bytes) {
            Ok(config::Decoded { text, encoding, .. }) => {
                Answer::Done(ConfigText { text, encoding: encoding.name(), mark: config::marked(bytes) })
            }
            Err(fault) => Answer::Refused(refused(fault.message, fault.help)),
        }
    }

    /// The bytes of a text in an encoding. Nothing where the encoding has no room for a character of it, or is none.
    pub fn bytes_of(text: &str, encoding: &str, mark: bool) -> Option<Vec<u8>> {
        config::encode(text, Encoding::named(encoding)?, mark)
    }

    /// Takes in what it is now.
    pub fn set(&mut self, name: &str, text: &str) -> Configured {
        let mut sources = Sources::default();
        let (read, found) = match text.len() > SOURCE_BYTES {
            true => config::read(&mut sources, name, text.as_bytes()),
            // A text that is open here is told from no bytes any more.
            false => config::read_text(&mut sources, name, text, Encoding::Utf8),
        };
        self.taken = read.is_some() && !found.iter().any(crate::diagnostic::Diagnostic::is_error);
        let mut locate = Locate::new(&sources);
        let mut diagnostics = locate.diagnostics(&found);
        let Some(config) = read else {
            return Configured { diagnostics, taken: false, schema: String::new(), nodes: None };
        };
        for (told, found) in diagnostics.iter_mut().zip(&found) {
            told.place.block = found.primary.origin.as_span().and_then(|span| part_at(&config, span));
        }
        let nodes = config.nodes.iter().map(|node| ConfigNode {
            tag: node.tag.name,
            events: node.tag.ids.to_vec(),
            on_match: node.on_match.word(),
            relation: node.relation.word(),
            group: group_name(&config, node.group),
            rules: node.items.len(),
            filters: node.filters().count(),
            range: range(&mut locate, &config, node.span),
        });
        let configured = Configured {
            diagnostics,
            taken: self.taken,
            schema: config.schema.value.to_string(),
            nodes: Some(nodes.collect()),
        };
        let spots = Spots::new(&config, &sources);
        let sums = decisions::Sums::default();
        self.read = Some(Read { sources, config, spots, decider: None, sums, fired: Fired::default() });
        configured
    }

    fn read(&self) -> Result<&Read, Refused> {
        self.read.as_ref().ok_or_else(|| refused("there is no configuration", "mend what is said of its text"))
    }

    /// The items of a node.
    pub fn node(&self, node: usize) -> Answer<Vec<ConfigItem>> {
        let read = match self.read() {
            Ok(read) => read,
            Err(refused) => return Answer::Refused(refused),
        };
        let Some(node) = read.config.nodes.get(node) else {
            return Answer::Refused(refused("there is no such node", "choose another one"));
        };
        let mut locate = Locate::new(&read.sources);
        let mut items = Vec::with_capacity(node.items.len());
        for item in &node.items {
            let filters = item.filters().iter().map(|filter| ConfigFilter {
                field: filter.field.value.clone(),
                condition: filter.condition.word(),
                value: filter.value.value.clone(),
                name: filter.own_name.as_ref().map(|name| name.value.clone()),
                range: range(&mut locate, &read.config, filter.span),
            });
            let filters = filters.collect();
            let (relation, name) = match item {
                Item::Rule(rule) => (Some(rule.relation.word()), rule.name.as_ref().map(|name| name.value.clone())),
                Item::Filter(_) => (None, None),
            };
            items.push(ConfigItem { relation, name, filters, range: range(&mut locate, &read.config, item.span()) });
        }
        Answer::Done(items)
    }

    /// The filters that have a text in their field, value or name; of a Rule's name the Rule. Case does not count.
    pub fn find(&self, words: &str, most: usize) -> ConfigFound {
        let mut found = ConfigFound::default();
        let (Ok(read), false) = (self.read(), words.trim().is_empty()) else { return found };
        let words = words.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&words);
        let mut locate = Locate::new(&read.sources);
        let mut add = |at: FilterAt, whole: bool, text: String, span: Span| {
            found.count += 1;
            if found.parts.len() < most {
                let Some(node) = read.config.nodes.get(at.node as usize) else { return };
                let range = range(&mut locate, &read.config, span);
                let block = if whole { format!("{}.{}", at.node, at.item) } else { part(&read.config, at) };
                found.parts.push(ConfigPart { block, tag: node.tag.name, text, range });
            }
        };
        for (node, n) in read.config.nodes.iter().zip(0..) {
            for (item, i) in node.items.iter().zip(0..) {
                let at = FilterAt { node: n, item: i, filter: 0 };
                if let Item::Rule(rule) = item
                    && let Some(name) = rule.name.as_ref().filter(|name| has(&name.value))
                {
                    add(at, true, format!("Rule “{}”", name.value), rule.span);
                }
                for (filter, f) in item.filters().iter().zip(0..) {
                    let name = filter.own_name.as_ref().is_some_and(|name| has(&name.value));
                    if name || has(&filter.value.value) || has(&filter.field.value) {
                        add(FilterAt { filter: f, ..at }, false, line(filter), filter.span);
                    }
                }
            }
        }
        found
    }
}

/// A test in one line, its value as it is written.
fn test(field: &str, condition: &str, value: &str) -> String {
    format!("{field} {condition} “{value}”")
}

/// A filter in one line.
fn line(filter: &Filter) -> String {
    test(&filter.field.value, filter.condition.word(), &filter.value.value)
}

/// An item in one line.
fn line_of(item: &Item) -> String {
    let filters: Vec<String> = item.filters().iter().map(line).collect();
    match item {
        Item::Rule(rule) => filters.join(&format!(" {} ", rule.relation.word())),
        Item::Filter(_) => filters.join(" "),
    }
}

fn group_name(config: &Config, group: Option<usize>) -> Option<String> {
    config.groups.get(group?)?.name.as_ref().map(|name| name.value.clone())
}

fn range(locate: &mut Locate<'_>, config: &Config, span: Span) -> Range {
    let none = Range { start: 0, end: 0, line: 1, column: 1 };
    locate.place(config.origin(span)).range.unwrap_or(none)
}

/// The name by numbers of a filter.
fn part(config: &Config, at: FilterAt) -> String {
    let FilterAt { node, item, filter } = at;
    match config.nodes.get(node as usize).and_then(|node| node.items.get(item as usize)) {
        Some(Item::Rule(_)) => format!("{node}.{item}.{filter}"),
        Some(Item::Filter(_)) | None => format!("{node}.{item}"),
    }
}

/// The innermost part that a place is in, or that stands for it: the first node in a group.
fn part_at(config: &Config, span: Span) -> Option<String> {
    let around = |outer: Span| outer.start <= span.start && span.end <= outer.end;
    let Some(n) = config.nodes.iter().position(|node| around(node.span)) else {
        let group = config.groups.iter().position(|group| around(group.tag))?;
        return config.nodes.iter().position(|node| node.group == Some(group)).map(|node| node.to_string());
    };
    let items = config.nodes.get(n).map(|node| node.items.as_slice()).unwrap_or_default();
    let Some((i, item)) = items.iter().enumerate().find(|(_, item)| around(item.span())) else {
        return Some(n.to_string());
    };
    match (item, item.filters().iter().position(|filter| around(filter.span))) {
        (Item::Rule(_), Some(f)) => Some(format!("{n}.{i}.{f}")),
        (Item::Rule(_), None) | (Item::Filter(_), _) => Some(format!("{n}.{i}")),
    }
}
