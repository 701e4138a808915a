//! Filters as exclude rules of Sysmon's own configuration: what they drop is not logged in the first place.
//!
//! In: a checked program, and a configuration that Sysmon takes: the base. Out: the base's text with rules in it, so that it logs what it logged before
//! minus what the filters drop, under the same names; or every test, statement and place in which that cannot be had exactly, each with the way out. In
//! part, where that is asked for: no event more than the filters drop, and what is left out is said. Never here: other approximations; and a configuration without a base, for a lone exclude node switches logging *on*.
//!
//! | file | what |
//! | --- | --- |
//! | `flow.rs` | statements: when a filter drops |
//! | `test.rs` | one test as filters of one event |
//! | `older.rs` | the same in conditions that the base's schema has |
//! | `dnf.rs` | conditions as alternatives, each of filters that are all needed |
//! | `place.rs` | where the rules go in the base, and that nothing else changes there |
//! | `insert.rs` | how their text is put among the base's |
//!
//! Each alternative is a `Rule` with `and`, without a name, so that no event gets another one. The rules of a tag stand in an exclude node with `or`: a new
//! one at the end of the base, or the base's own where it has no other node of the tag, since a second one would switch its default to drop.

mod dnf;
mod flow;
mod insert;
mod older;
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
    /// Names of filters of which there is nothing: they drop nothing that a configuration can filter, or what they drop is left out.
    pub nothing: Vec<String>,
    /// Names of filters of which a rule stands in the base already, and is not added again.
    pub there: Vec<String>,
    /// What is left out. Empty but for [`write_part`].
    pub left: Vec<Diagnostic>,
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
    /// The place of the statement that drops.
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
    written(program, catalogue, base, false)
}

/// Writes what of the filters can be said exactly. Each alternative that needs something else is left out, and so is what stands behind a statement
/// that Sysmon cannot say: what comes out drops nothing that the filters keep, but may log what they drop.
///
/// # Errors
/// The base cannot hold the rules without becoming another one.
pub fn write_part(program: &Program, catalogue: &Catalogue, base: &Config) -> Result<Written, Vec<Diagnostic>> {
    written(program, catalogue, base, true)
}

fn written(program: &Program, catalogue: &Catalogue, base: &Config, part: bool) -> Result<Written, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut wanted: Vec<(&'static Tag, Vec<place::Group>)> = Vec::new();
    for tag in TAGS.iter().filter(|tag| tag.ids != [100]) {
        let before = found.len();
        let of_event = |id: &u32| (*id, flow::alternatives(program, catalogue, base.schema.value, *id, &mut found));
        let per_event: Vec<(u32, Vec<Alternative>)> = tag.ids.iter().map(of_event).collect();
        // What is missing for one event of the series would make the others look alone.
        if !part && found.len() > before {
            continue;
        }
        let groups = place::groups(tag, per_event, &mut found);
        if !groups.is_empty() {
            wanted.push((tag, groups));
        }
    }
    for id in [4, 16, 255] {
        for alternative in flow::alternatives(program, catalogue, base.schema.value, id, &mut found) {
            let message = format!("Sysmon always logs event {id}, and this filter drops it");
            found.push(not_in_target(alternative.origin, message, "name the events that are meant with `event is`"));
        }
    }
    // Whoever mends the filters wants to see all of it, and so the base is asked even where something was refused.
    let placed = match place::place(base, wanted, &mut found) {
        Ok(placed) => placed,
        Err(of_base) if part => return Err(of_base),
        Err(of_base) => {
            found.extend(of_base);
            return Err(sorted(found));
        }
    };
    let found = sorted(found);
    if !part && !found.is_empty() {
        return Err(found);
    }
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
    let filters = program.rules.iter().filter(|rule| rule.kind == RuleKind::Filter).map(|rule| rule.name.clone());
    let told = |name: &String| {
        placed.filters.contains(name)
            || placed.there.contains(name)
            || unlogged.iter().any(|other| other.filter == *name)
    };
    let nothing = filters.filter(|name| !told(name)).collect();
    Ok(Written {
        xml: placed.xml,
        rules: placed.rules,
        filters: placed.filters.len(),
        unlogged,
        nothing,
        there: placed.there.into_iter().collect(),
        left: found,
    })
}

/// Each finding once: one test may stand in the way for several events.
fn sorted(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    crate::diagnostic::sort(&mut found);
    found.dedup();
    found
}
