//! A hunt as plain data: what `hunt --format json` writes, and what every other form is made of.
//!
//! In: what was gathered. Out: types that serde writes. Never here: how they are shown.

use serde::Serialize;

use super::{Guid, How, Note};

/// The version of this document; another one where a name goes or changes its meaning.
pub const VERSION: u32 = 1;

/// Why the walk stopped where whoever hunts said so.
pub(super) const ASKED: &str = "as asked";

/// A hunt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Hunt {
    /// [`VERSION`].
    pub version: u32,
    /// The condition that chooses the events of the hunt.
    pub query: String,
    /// The processes that it began with, those that were named in front.
    pub start: Vec<Guid>,
    /// Events that were read.
    pub events_read: u64,
    /// Events of the hunt.
    pub events: u64,
    /// What each round found, in the order of their GUIDs.
    pub rounds: Vec<Vec<Reached>>,
    /// It ended because no more rounds were allowed: there are more processes.
    pub cut: bool,
    /// The processes that were reached, by the time of their creation or first event.
    pub processes: Vec<Process>,
    /// The processes that the walk stopped at.
    pub stopped: Vec<Process>,
    /// Threads and accesses between processes, one of them reached.
    pub cross: Vec<Cross>,
    /// Seconds of a step of `over_time`.
    pub step_seconds: i64,
    /// Events over time.
    pub over_time: Vec<StepCounts>,
    /// Events of the hunt by what they are, most first.
    pub actions: Vec<Counted>,
    /// Events of the hunt by the rule of Sysmon's configuration that logged them.
    pub rule_names: Vec<Counted>,
    /// Connections of the hunt by their destination.
    pub destinations: Vec<Counted>,
    /// Connections of the hunt by their destination's port.
    pub ports: Vec<Counted>,
    /// What whoever reads this should know, each with its sentence as `text`.
    #[serde(serialize_with = "super::note::with_texts")]
    #[cfg_attr(test, ts(type = "{ note: string; text: string }[]"))]
    pub notes: Vec<Note>,
}

/// A process that a round found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reached {
    /// The process.
    pub guid: Guid,
    /// The process that led to it.
    pub from: Guid,
    /// What links the two.
    pub how: How,
    /// Did the walk go from child to parent, or from target to source?
    pub up: bool,
    /// The walk stopped there.
    pub stopped: bool,
}

/// A process, as far as events tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Process {
    /// Its id.
    pub guid: Guid,
    /// The round that found it; 0: the hunt began there, or would have if it did not stop there.
    pub round: u32,
    /// The computer.
    pub host: Option<String>,
    /// Its number, which is used again.
    pub pid: Option<String>,
    /// The program.
    pub image: Option<String>,
    /// How it was called.
    pub command_line: Option<String>,
    /// Where.
    pub current_directory: Option<String>,
    /// By whom.
    pub user: Option<String>,
    /// How trusted.
    pub integrity: Option<String>,
    /// When it was created, if the event of its creation was read.
    pub created: Option<String>,
    /// When it ended, if that was read.
    pub ended: Option<String>,
    /// The time of the first event that names it.
    pub first_seen: Option<String>,
    /// The process that created it.
    pub parent: Option<Guid>,
    /// The parent's number.
    pub parent_pid: Option<String>,
    /// The parent's program.
    pub parent_image: Option<String>,
    /// How the parent was called.
    pub parent_command_line: Option<String>,
    /// The program's hashes, as Sysmon writes them.
    pub hashes: Option<String>,
    /// The page of VirusTotal about the program.
    pub virustotal: Option<String>,
    /// Techniques that the rules which logged its events name, with their pages.
    pub techniques: Vec<Technique>,
    /// Its own events: those that name it as the process that acted.
    pub events: u64,
    /// Of these, how many the rules of the project call suspicious.
    pub suspicious: u64,
    /// Processes that it created, in the log; beyond a limit each event counts.
    pub children: u64,
    /// Of these, how many the hunt did not reach.
    pub children_not_shown: u64,
    /// Why the walk stopped there, if it did.
    pub stop: Option<&'static str>,
    /// The walk stopped there, though a process of the hunt put code into it: what it does may be theirs.
    pub code_put_in: bool,
    /// What it did, kind by kind.
    pub things: Vec<Things>,
}

impl Process {
    /// Did the hunt begin there?
    pub fn is_start(&self) -> bool {
        self.round == 0 && self.stop.is_none()
    }

    /// Did the walk stop there because whoever hunts said so?
    pub fn is_asked(&self) -> bool {
        self.stop == Some(ASKED)
    }
}

/// A technique of MITRE ATT&CK.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Technique {
    /// Its id.
    pub id: String,
    /// Its page.
    pub url: String,
}

/// What a process did, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Things {
    /// `files`, `registry`, `connections`, `names`, `pipes`, `images`, `other`.
    pub kind: &'static str,
    /// Most first.
    pub things: Vec<Thing>,
    /// Events about others, beyond the limit of different ones.
    pub beyond: u64,
}

/// One thing that a process did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Thing {
    /// The event's name, without `sysmon.`.
    pub event: String,
    /// The file, key, name or the like.
    pub what: String,
    /// How often.
    pub count: u64,
    /// When at first.
    pub first: Option<String>,
}

/// A thread or an access from one process to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Cross {
    /// The process that acted.
    pub from: Guid,
    /// Its program.
    pub from_image: Option<String>,
    /// The process that it acted on.
    pub to: Guid,
    /// Its program.
    pub to_image: Option<String>,
    /// What it did.
    pub how: How,
    /// The rights of an access, as `GrantedAccess` has them.
    pub rights: Option<String>,
    /// How often.
    pub count: u64,
    /// When at first.
    pub first: Option<String>,
}

/// Counts of one step of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StepCounts {
    /// When it begins.
    pub begins: String,
    /// All events.
    pub all: u64,
    /// Those whose rule names a technique.
    pub technique: u64,
    /// Those that rules call suspicious.
    pub suspicious: u64,
    /// Those of the hunt.
    pub hunted: u64,
}

/// A value, and how many events have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Counted {
    /// The value.
    pub value: String,
    /// Events.
    pub count: u64,
}

/// One event of the hunt, for a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub time: Option<String>,
    /// Where.
    pub host: Option<String>,
    /// What it is: `sysmon.dns_query`; of an event that the catalogue does not have, provider and id.
    pub event: String,
    /// The rule that logged it.
    pub rule_name: Option<String>,
    /// The program that acted.
    pub image: Option<String>,
    /// The process that acted.
    pub guid: Option<Guid>,
    /// Its parent, of an event that creates a process; the target, of one that has one.
    pub other: Option<Guid>,
}
