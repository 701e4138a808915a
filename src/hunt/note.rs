//! What whoever reads a hunt should know.
//!
//! In: counts, and examples out of events. Out: a [`Note`], which each form writes in its own way: what an endpoint wrote is data, and
//! whoever makes a sentence of it says how data is shown. Never here: which signs are harmless where.

use serde::{Serialize, Serializer};

use super::Guid;

/// Examples that one note has.
pub const EXAMPLES: usize = 3;

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Code was put into processes that the walk stopped at.
    CodeInStopped {
        /// How often between two processes.
        count: usize,
        /// Some of them.
        examples: Vec<Injected>,
    },
    /// Processes that a condition chose are Windows' own, and the hunt does not begin with them.
    NotBegun {
        /// How many.
        processes: usize,
        /// Some of them.
        examples: Vec<Guid>,
    },
    /// No event names a process that the hunt began with.
    NotNamed {
        /// The process.
        guid: Guid,
    },
    /// The creation of processes was not read.
    NotCreated {
        /// How many.
        processes: usize,
    },
    /// Sysmon did not know the parents of processes.
    NoParent {
        /// How many.
        processes: usize,
    },
    /// Events create one process and disagree.
    Contradicted {
        /// Such processes.
        processes: usize,
        /// Some of them.
        examples: Vec<Guid>,
    },
    /// Ids of processes that were used again.
    UsedAgain {
        /// How many.
        ids: usize,
        /// Some of them.
        examples: Vec<UsedAgain>,
    },
    /// Events have values that are not counted one by one, or were not kept.
    Beyond {
        /// How often.
        values: u64,
    },
    /// The hunt ended after as many rounds as were allowed.
    Cut,
    /// Events that meet the condition name no process.
    Nameless {
        /// How many.
        events: u64,
    },
    /// The condition could not be asked of events.
    NotAsked {
        /// How many.
        events: u64,
    },
    /// No event meets the condition.
    NothingMet,
    /// More processes meet the condition than a hunt begins with.
    StartsBeyond {
        /// How many are left out.
        processes: u64,
    },
    /// Ids of processes are no GUIDs.
    Malformed {
        /// How many.
        ids: u64,
    },
    /// Where to stop or go through, was asked for in vain.
    InVain {
        /// `--stop-at` or `--through`.
        option: &'static str,
        /// What was given with it.
        value: String,
    },
}

/// Code that was put into a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Injected {
    /// By this process.
    pub from: Guid,
    /// Its program.
    pub from_image: Option<String>,
    /// Into this process.
    pub to: Guid,
    /// Its program.
    pub to_image: Option<String>,
    /// When at first.
    pub first: Option<String>,
}

/// An id that several processes had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsedAgain {
    /// The computer.
    pub host: String,
    /// The id.
    pub pid: String,
    /// How many processes of the hunt had it.
    pub processes: usize,
}

impl Note {
    /// A sentence. `data` shows what an endpoint or a person wrote.
    pub fn text(&self, data: &dyn Fn(&str) -> String) -> String {
        let guid = |guid: &Guid| data(&guid.to_string());
        let listed = |texts: Vec<String>, count: usize| {
            let more = count.saturating_sub(texts.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            texts.join(", ") + &more
        };
        match self {
            Note::CodeInStopped { count, examples } => {
                let one = |one: &Injected| {
                    let named = |image: &Option<String>, process: &Guid| match image {
                        Some(image) => format!("{} {}", data(image), guid(process)),
                        None => guid(process),
                    };
                    let since =
                        one.first.as_deref().map_or_else(String::new, |first| format!(" since {}", data(first)));
                    let (from, to) = (named(&one.from_image, &one.from), named(&one.to_image, &one.to));
                    format!("{from} in {to}{since}")
                };
                let shown = listed(examples.iter().map(one).collect(), *count);
                let through = examples.first().map_or_else(String::new, |one| guid(&one.to));
                format!(
                    "code of the hunt may run in processes that it did not go through, and what they started since is not \
                     shown: {shown}; --through {through} shows it"
                )
            }
            Note::NotBegun { processes, examples } => format!(
                "{} that meet the condition are the system's own, and the hunt does not begin with them: {}; --from GUID does",
                processes_of(*processes),
                listed(examples.iter().map(guid).collect(), *processes),
            ),
            Note::NotNamed { guid: of } => {
                format!("no event of these files names {}, which the hunt began with", guid(of))
            }
            Note::NotCreated { processes } => format!(
                "the creation of {} is not in these files: what led to {} is not known",
                processes_of(*processes),
                if *processes == 1 { "it" } else { "them" },
            ),
            Note::NoParent { processes } => format!(
                "Sysmon did not know the parent of {} (no GUID, or all zeros): nothing is followed there",
                processes_of(*processes),
            ),
            Note::Contradicted { processes, examples } => format!(
                "events disagree about the creation of {}, and the first counts: {}",
                processes_of(*processes),
                listed(examples.iter().map(guid).collect(), *processes),
            ),
            Note::UsedAgain { ids, examples } => {
                let one = |one: &UsedAgain| {
                    format!("{} of {} by {} processes", data(&one.pid), data(&one.host), one.processes)
                };
                format!(
                    "{} used again in this hunt, only GUIDs tell whose events are whose: {}",
                    if *ids == 1 { "a process id was".to_string() } else { format!("{ids} process ids were") },
                    listed(examples.iter().map(one).collect(), *ids),
                )
            }
            Note::Beyond { values } => {
                format!("{values} values of events are beyond a limit, and not told or counted one by one")
            }
            Note::Cut => "the hunt ended after as many rounds as were allowed: there are more processes".to_string(),
            Note::Nameless { events } => {
                format!("{events} of the events that meet the condition name no process (not Sysmon's, or no GUID)")
            }
            Note::NotAsked { events } => format!("the condition could not be asked of {events} events"),
            Note::NothingMet => "no event meets the condition: the hunt begins with what --from names".to_string(),
            Note::StartsBeyond { processes } => {
                format!("the hunt begins with {} processes; {processes} are left out", crate::limits::HUNT_PROCESSES)
            }
            Note::Malformed { ids } => format!("{ids} ids of processes are no GUIDs, and link nothing"),
            Note::InVain { option, value } => {
                format!("{option} {}: no process of these files is stopped at or gone through for it", data(value))
            }
        }
    }
}

/// Notes with their sentences, for programs.
pub(super) fn with_texts<S: Serializer>(notes: &[Note], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Told<'n> {
        #[serde(flatten)]
        note: &'n Note,
        text: String,
    }
    serializer.collect_seq(notes.iter().map(|note| Told { note, text: note.text(&str::to_string) }))
}

/// `1 process`, `2 processes`.
fn processes_of(count: usize) -> String {
    format!("{count} {}", if count == 1 { "process" } else { "processes" })
}
