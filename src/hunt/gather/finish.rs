//! The hunt, once all events were read.
//!
//! In: what was gathered. Out: the [`Hunt`], sorted; and what whoever reads it should know. Never here: events.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::KINDS;
use super::process::{Kind, Known};
use super::{Gather, Values};
use crate::ast::Timestamp;
use crate::hunt::document::{self, Counted, Cross, Hunt, Process, Reached, StepCounts, Technique, Thing, Things};
use crate::hunt::{Found, Guid, Standing, Walk};
use crate::sysmon::rule_name::technique_url;
use crate::sysmon::{Catalogue, hashes};

impl Gather<'_> {
    /// The hunt.
    pub fn finish(self) -> Hunt {
        let Self { catalogue, walk, mut known, .. } = self;
        let mut notes = notes(&walk, &known);
        let beyond = [&self.actions, &self.rule_names, &self.destinations, &self.ports].map(|values| values.beyond);
        let beyond = beyond.into_iter().sum::<u64>() + self.cross_beyond;
        if beyond > 0 {
            notes.push(format!(
                "{beyond} events have values beyond the limit of different ones, and are not counted by them"
            ));
        }
        let mut take = |guid: Guid, round: u32, stop: Option<Standing>| {
            process(guid, round, stop, known.remove(&guid).unwrap_or_default(), catalogue)
        };
        let mut processes: Vec<Process> = walk.reached.iter().map(|(guid, round)| take(*guid, *round, None)).collect();
        let rounds = walk.rounds.iter().zip(1..);
        let rounds = rounds.flat_map(|(round, number)| round.stopped.iter().map(move |found| (found.guid, number)));
        let rounds: BTreeMap<Guid, u32> = rounds.collect();
        let round_of = |guid: &Guid| rounds.get(guid).copied().unwrap_or(0);
        let mut stopped: Vec<Process> =
            walk.stopped.iter().map(|(guid, why)| take(*guid, round_of(guid), Some(*why))).collect();
        for list in [&mut processes, &mut stopped] {
            list.sort_by_cached_key(|process| (first(process), process.guid));
        }
        let cross = self.cross.into_iter().map(|((from, to, how, rights), crossed)| Cross {
            from,
            from_image: crossed.from_image,
            to,
            to_image: crossed.to_image,
            how,
            rights,
            count: crossed.count,
            first: crossed.first,
        });
        Hunt {
            version: document::VERSION,
            query: query(processes.iter().map(|process| process.guid)),
            start: walk.start,
            events_read: self.read,
            events: self.events,
            rounds: walk.rounds.iter().map(|round| reached(&round.found, &round.stopped)).collect(),
            cut: walk.cut,
            processes,
            stopped,
            cross: cross.collect(),
            step_seconds: self.over_time.seconds(),
            over_time: self
                .over_time
                .steps()
                .map(|step| {
                    let [all, technique, suspicious, hunted] = step.counts;
                    StepCounts { begins: step.begins.to_string(), all, technique, suspicious, hunted }
                })
                .collect(),
            actions: counted(self.actions),
            rule_names: counted(self.rule_names),
            destinations: counted(self.destinations),
            ports: counted(self.ports),
            notes,
        }
    }
}

/// The condition that chooses the events of these processes.
fn query(guids: impl Iterator<Item = Guid>) -> String {
    let mut guids: Vec<String> = guids.map(|guid| format!("'{guid}'")).collect();
    guids.sort_unstable();
    match guids.as_slice() {
        [one] => format!("any processguid == {one}"),
        many => format!("any processguid in [{}]", many.join(", ")),
    }
}

fn reached(found: &[Found], stopped: &[Found]) -> Vec<Reached> {
    let one = |found: &Found, stopped: bool| {
        let up = found.over.from == found.guid;
        let from = if up { found.over.to } else { found.over.from };
        Reached { guid: found.guid, from, how: found.over.how, up, stopped }
    };
    let mut all: Vec<Reached> = found.iter().map(|found| one(found, false)).collect();
    all.extend(stopped.iter().map(|found| one(found, true)));
    all.sort_unstable_by_key(|reached| reached.guid);
    all
}

/// When a process was there first, as far as is known; what is not known comes last.
fn first(process: &Process) -> (bool, Option<Timestamp>) {
    let time = process.created.as_deref().or(process.first_seen.as_deref()).and_then(Timestamp::parse);
    (time.is_none(), time)
}

fn process(guid: Guid, round: u32, stop: Option<Standing>, known: Known, catalogue: &Catalogue) -> Process {
    let Known { kinds, .. } = known;
    let things = KINDS.into_iter().zip(kinds).filter(|(_, of)| !of.things.is_empty());
    Process {
        guid,
        round,
        host: known.host,
        pid: known.pid,
        image: known.image,
        command_line: known.command_line,
        current_directory: known.current_directory,
        user: known.user,
        integrity: known.integrity,
        created: known.created,
        ended: known.ended,
        first_seen: known.first_seen,
        parent: known.parent,
        parent_pid: known.parent_pid,
        parent_image: known.parent_image,
        parent_command_line: known.parent_command_line,
        virustotal: known.hashes.as_deref().and_then(hashes::virustotal),
        hashes: known.hashes,
        techniques: known.techniques.into_iter().map(|id| Technique { url: technique_url(&id), id }).collect(),
        events: known.events,
        suspicious: known.suspicious,
        children: known.children,
        stop: stop.and_then(why),
        things: things.map(|(kind, of)| things_of(kind, of, catalogue)).collect(),
    }
}

fn why(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Created => Some("Windows' own, by its path and parent"),
        Standing::Path => Some("Windows' own by its path; its creation is not in the log"),
        Standing::Asked => Some("as asked"),
        Standing::Foreign => None,
    }
}

fn things_of(kind: &'static str, of: Kind, catalogue: &Catalogue) -> Things {
    let name = |id: u32| {
        let event = catalogue.event_of(Some("Microsoft-Windows-Sysmon"), id, None);
        let event = event.or_else(|| catalogue.event_of(Some("Linux-Sysmon"), id, None));
        let event = event.and_then(|at| catalogue.event_at(at));
        event.map_or_else(|| id.to_string(), |event| event.name.trim_start_matches("sysmon.").to_string())
    };
    let thing = |((id, what), (count, first))| Thing { event: name(id), what, count, first };
    let mut things: Vec<Thing> = of.things.into_iter().map(thing).collect();
    things.sort_by_key(|thing| std::cmp::Reverse(thing.count));
    Things { kind, things, beyond: of.beyond }
}

fn counted(values: Values) -> Vec<Counted> {
    let mut all: Vec<Counted> = values.counts.into_iter().map(|(value, count)| Counted { value, count }).collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    all
}

/// What whoever reads the hunt should know.
fn notes(walk: &Walk, known: &rustc_hash::FxHashMap<Guid, Known>) -> Vec<String> {
    let mut notes = Vec::new();
    let of = |guid: &Guid| known.get(guid);
    for guid in &walk.start {
        if of(guid).is_none_or(|known| known.first_seen.is_none() && known.events + known.children == 0) {
            notes.push(format!("no event of these files names {guid}, which the hunt began with"));
        }
    }
    let reached: BTreeMap<Guid, &Known> = walk.reached.keys().filter_map(|guid| Some((*guid, of(guid)?))).collect();
    let unborn = reached.values().filter(|known| !known.is_created && known.first_seen.is_some()).count();
    if unborn > 0 {
        notes.push(format!(
            "the creation of {} is not in these files: what led to {} is not known",
            count(unborn, "process", "processes"),
            if unborn == 1 { "it" } else { "them" },
        ));
    }
    let orphans = reached.values().filter(|known| known.is_created && known.parent.is_none()).count();
    if orphans > 0 {
        notes.push(format!(
            "Sysmon did not know the parent of {} (no GUID, or all zeros): nothing is followed there",
            count(orphans, "process", "processes"),
        ));
    }
    let mut numbers: BTreeMap<(&str, &str), BTreeSet<Guid>> = BTreeMap::new();
    for (guid, known) in &reached {
        if let (Some(host), Some(pid)) = (known.host.as_deref(), known.pid.as_deref()) {
            numbers.entry((host, pid)).or_default().insert(*guid);
        }
    }
    for ((host, pid), guids) in numbers.iter().filter(|(_, guids)| guids.len() > 1) {
        notes.push(format!(
            "process id {pid} of {host} was used {} times in this hunt; only GUIDs tell which",
            guids.len()
        ));
    }
    if walk.cut {
        notes.push("the hunt ended after as many rounds as were allowed: there are more processes".to_string());
    }
    notes
}

/// `1 process`, `2 processes`.
fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
