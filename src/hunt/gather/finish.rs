//! The hunt, once all events were read.
//!
//! In: what was gathered. Out: the [`Hunt`], sorted; and what whoever reads it should know. Never here: events.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::KINDS;
use super::process::{Kind, Known};
use super::{Gather, Values};
use crate::ast::Timestamp;
use crate::hunt::document::{self, Counted, Cross, Hunt, Process, Reached, StepCounts, Technique, Thing, Things};
use crate::hunt::{EXAMPLES, Found, Guid, How, Injected, Note, Standing, UsedAgain, Walk};
use crate::sysmon::rule_name::technique_url;
use crate::sysmon::{Catalogue, hashes};

impl Gather<'_> {
    /// The hunt.
    pub fn finish(self) -> Hunt {
        let Self { catalogue, walk, mut known, .. } = self;
        let mut notes = notes(&walk, &known);
        let is_shown = |guid: &Guid| walk.reached.contains_key(guid) || walk.stopped.contains_key(guid);
        let mut take = |guid: Guid, round: u32, stop: Option<Standing>| {
            let known = known.remove(&guid).unwrap_or_default();
            let shown = known.children.iter().filter(|child| is_shown(child)).count() as u64;
            process(guid, round, stop, known, shown, &catalogue)
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
        let cross: Vec<Cross> = cross.collect();
        let entered = code_in_stopped(&walk, &cross);
        let into: BTreeSet<Guid> = entered.iter().map(|cross| cross.to).collect();
        for process in &mut stopped {
            process.code_put_in = into.contains(&process.guid);
        }
        notes.splice(0..0, note_of(&entered));
        if self.room.beyond > 0 {
            notes.push(Note::Beyond { values: self.room.beyond });
        }
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
            cross,
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

fn process(guid: Guid, round: u32, stop: Option<Standing>, known: Known, shown: u64, catalogue: &Catalogue) -> Process {
    let Known { kinds, .. } = known;
    let children = known.children.len() as u64 + known.children_beyond;
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
        children,
        children_not_shown: children.saturating_sub(shown),
        stop: stop.and_then(why),
        code_put_in: false,
        things: things.map(|(kind, of)| things_of(kind, of, catalogue)).collect(),
    }
}

fn why(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Created => Some("the system's own, by its path and parent"),
        Standing::Path => Some("the system's own by its path; its creation is not in the log"),
        Standing::Asked => Some(document::ASKED),
        Standing::Orphan => Some("the system's own by its path; Sysmon did not know its parent"),
        Standing::Foreign | Standing::Other => None,
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

/// Code that processes of the hunt put into others that the walk stopped at: what runs there may be theirs.
fn code_in_stopped<'c>(walk: &Walk, cross: &'c [Cross]) -> Vec<&'c Cross> {
    let lets_in = cross.iter().filter(|cross| matches!(cross.how, How::Thread | How::Access));
    lets_in.filter(|cross| walk.reached.contains_key(&cross.from) && walk.stopped.contains_key(&cross.to)).collect()
}

fn note_of(entered: &[&Cross]) -> Option<Note> {
    let example = |cross: &&Cross| Injected {
        from: cross.from,
        from_image: cross.from_image.clone(),
        to: cross.to,
        to_image: cross.to_image.clone(),
        first: cross.first.clone(),
    };
    let examples = entered.iter().take(EXAMPLES).map(example).collect();
    (!entered.is_empty()).then_some(Note::CodeInStopped { count: entered.len(), examples })
}

/// What whoever reads the hunt should know.
fn notes(walk: &Walk, known: &rustc_hash::FxHashMap<Guid, Known>) -> Vec<Note> {
    let mut notes = Vec::new();
    let of = |guid: &Guid| known.get(guid);
    let examples = |guids: &[Guid]| guids.iter().take(EXAMPLES).copied().collect();
    if !walk.not_begun.is_empty() {
        notes.push(Note::NotBegun { processes: walk.not_begun.len(), examples: examples(&walk.not_begun) });
    }
    let is_named = |guid: &Guid| {
        of(guid).is_some_and(|known| {
            known.first_seen.is_some() || known.events + known.children_beyond > 0 || !known.children.is_empty()
        })
    };
    notes.extend(walk.start.iter().filter(|guid| !is_named(guid)).map(|guid| Note::NotNamed { guid: *guid }));
    let reached: BTreeMap<Guid, &Known> = walk.reached.keys().filter_map(|guid| Some((*guid, of(guid)?))).collect();
    let unborn = reached.values().filter(|known| !known.is_created && known.first_seen.is_some()).count();
    if unborn > 0 {
        notes.push(Note::NotCreated { processes: unborn });
    }
    let orphans = reached.values().filter(|known| known.is_created && known.parent.is_none()).count();
    if orphans > 0 {
        notes.push(Note::NoParent { processes: orphans });
    }
    let mut contradicted: Vec<Guid> =
        known.iter().filter(|(_, known)| known.is_contradicted).map(|(guid, _)| *guid).collect();
    contradicted.sort_unstable();
    if !contradicted.is_empty() {
        notes.push(Note::Contradicted { processes: contradicted.len(), examples: examples(&contradicted) });
    }
    notes.extend(used_again(&reached));
    if walk.cut {
        notes.push(Note::Cut);
    }
    notes
}

fn used_again(reached: &BTreeMap<Guid, &Known>) -> Option<Note> {
    let mut numbers: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for known in reached.values() {
        if let (Some(host), Some(pid)) = (known.host.as_deref(), known.pid.as_deref()) {
            *numbers.entry((host, pid)).or_default() += 1;
        }
    }
    numbers.retain(|_, processes| *processes > 1);
    let example = |((host, pid), processes): (&(&str, &str), &usize)| UsedAgain {
        host: host.to_string(),
        pid: pid.to_string(),
        processes: *processes,
    };
    let examples = numbers.iter().take(EXAMPLES).map(example).collect();
    (!numbers.is_empty()).then_some(Note::UsedAgain { ids: numbers.len(), examples })
}
