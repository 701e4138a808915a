//! Filters as exclude rules of Sysmon's own configuration: what they drop is not logged in the first place.
//!
//! In: a checked program, and a configuration that Sysmon takes: the base. Out: the base's text with rules in it, so that it logs what it logged before
//! minus what the filters drop, under the same names; or every test, statement and place in which that cannot be had exactly, each with the way out. Never
//! here: approximations; and a configuration without a base, for a lone exclude node switches logging *on*.
//!
//! | file | what |
//! | --- | --- |
//! | `flow.rs` | statements: when a filter drops |
//! | `test.rs` | one test as filters of one event |
//! | `dnf.rs` | conditions as alternatives, each of filters that are all needed |
//! | `place.rs` | where the rules go in the base, and that nothing else changes there |
//!
//! Each alternative is a `Rule` with `and`, without a name, so that no event gets another one. The rules of a tag stand in an exclude node with `or`: a new
//! one at the end of the base, or the base's own where it has no other node of the tag, since a second one would switch its default to drop.

mod dnf;
mod flow;
mod place;
mod test;

use crate::ast::RuleKind;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::Program;
use crate::origin::Origin;
use crate::sysmon::Catalogue;
use crate::sysmon::config::Config;
use crate::sysmon::tags::{TAGS, Tag};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The configuration.
    pub xml: String,
    /// Rules that were added.
    pub rules: usize,
    /// Filters of which at least one rule was added.
    pub filters: usize,
    /// What filters drop of tags that the base does not log at all.
    pub unlogged: Vec<Unlogged>,
    /// Names of filters of which there is nothing: they drop nothing that a configuration can filter.
    pub nothing: Vec<String>,
}

/// A filter about events that the base does not log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlogged {
    /// Its name.
    pub filter: String,
    /// The tags of these events.
    pub tags: Vec<&'static str>,
    /// Was a rule added of it for others?
    pub elsewhere: bool,
}

/// One alternative: filters that are all needed, and whose it is.
#[derive(Clone, Debug)]
struct Alternative {
    /// The filters.
    all: dnf::All,
    /// The filter of the program that drops by it.
    name: String,
    /// Its place.
    origin: Origin,
}

/// Why something cannot be said to Sysmon.
#[derive(Clone, Debug)]
struct Refused {
    /// What: the end of a sentence that begins "Sysmon's configuration cannot say".
    what: String,
    /// The way out.
    help: String,
}

fn refuse<T>(what: impl Into<String>, help: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { what: what.into(), help: help.into() })
}

fn not_in_target(origin: Origin, message: String, help: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::NotInTarget, origin, message).help(help)
}

/// Writes the filters of a program into a base.
///
/// # Errors
/// Everything that Sysmon cannot say exactly, or not in this base.
pub fn write(program: &Program, catalogue: &Catalogue, base: &Config) -> Result<Written, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut wanted: Vec<(&'static Tag, Vec<place::Group>)> = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    for tag in TAGS.iter().filter(|tag| tag.ids != [100]) {
        let per_event: Vec<(u32, Vec<Alternative>)> =
            tag.ids.iter().map(|id| (*id, flow::alternatives(program, catalogue, *id, &mut found))).collect();
        if !found.is_empty() {
            continue;
        }
        for alternative in per_event.iter().flat_map(|(_, alternatives)| alternatives) {
            let rule = program.rules.iter().find(|rule| rule.name == alternative.name);
            used.extend(rule.map(|rule| rule.name.as_str()));
        }
        let groups = place::groups(tag, per_event, &mut found);
        if !groups.is_empty() {
            wanted.push((tag, groups));
        }
    }
    for id in [4, 16, 255] {
        for alternative in flow::alternatives(program, catalogue, id, &mut found) {
            let message = format!("Sysmon always logs event {id}, and this filter drops it");
            found.push(not_in_target(alternative.origin, message, "name the events that are meant with `event is`"));
        }
    }
    // One test may stand in the way for several events.
    crate::diagnostic::sort(&mut found);
    found.dedup();
    if !found.is_empty() {
        return Err(found);
    }
    let filters = program.rules.iter().filter(|rule| rule.kind == RuleKind::Filter);
    let nothing = filters.filter(|rule| !used.contains(&rule.name.as_str())).map(|rule| rule.name.clone()).collect();
    let placed = place::place(base, wanted)?;
    let mut unlogged: Vec<Unlogged> = Vec::new();
    for (filter, tag) in placed.unlogged {
        match unlogged.iter_mut().find(|other| other.filter == filter) {
            Some(other) => other.tags.push(tag),
            None => {
                let elsewhere = placed.filters.contains(&filter);
                unlogged.push(Unlogged { filter, tags: vec![tag], elsewhere });
            }
        }
    }
    Ok(Written { xml: placed.xml, rules: placed.rules, filters: placed.filters.len(), unlogged, nothing })
}
