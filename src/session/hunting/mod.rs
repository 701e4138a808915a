//! A hunt as a page makes it: step by step, so that the page stays usable while it comes.
//!
//! In: events carried by the engine's module, portion by portion; where to begin and how far to go. Out: plain serde types ([`wire`]): the
//! processes that were reached, and the hunt. Never here: events that are kept, and which processes are linked; [`crate::hunt`] says that.
//!
//! | step | takes | is kept until |
//! | --- | --- | --- |
//! | [`Hunting::read`] | the events that link processes | there are other events |
//! | [`Hunting::begin`] | the events to begin with | the next ones |
//! | [`Hunting::walk`] | GUIDs and options | the next walk |
//! | [`Hunting::gather`] | the events of the processes that were reached or stopped at | the next walk |
//! | [`Hunting::end`] | | the next hunt is over |
//!
//! `read.rs` is the first of them, `told.rs` says the notes of a hunt to somebody at a page.

mod read;
#[cfg(test)]
mod tests;
mod told;
pub mod wire;

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use self::read::Reading;
use self::wire::{HuntBegun, HuntForm, HuntGuids, HuntRequest, HuntStuck, HuntWalked, Hunted, NotAGuid};
use super::refused;
use super::wire::{Answer, Refused};
use crate::ast::Timestamp;
use crate::diagnostic::render::ascii_json;
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::hunt::{Actors, Broken, Gather, Guid, Hunt, LinkReader, Named, Note, Options, Roots, Stops, report, walk};
use crate::limits::{HUNT_LINKS, HUNT_PROCESSES};
use crate::sysmon::Catalogue;

/// What a page hunts with.
#[derive(Default)]
pub struct Hunting {
    /// Made when it is first needed.
    catalogue: Option<Catalogue>,
    reading: Reading,
    begun: Begun,
    /// The hunt that is being gathered, and what is to be said of it besides.
    gathering: Option<(Gathering, Vec<Note>)>,
    hunt: Option<Hunt>,
}

/// Processes that caused events.
#[derive(Default)]
struct Begun {
    told: HuntBegun,
    known: FxHashSet<Guid>,
    beyond: u64,
}

/// A hunt whose events come.
struct Gathering {
    gather: Gather<'static>,
    rows: Vec<u32>,
    /// What is known of all events.
    standings: Vec<Standing>,
    /// By number: was the event taken?
    taken: Vec<bool>,
}

/// What a hunt counts of an event, whether it belongs to it or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it was.
    pub at: Option<Timestamp>,
    /// The rule that logged it names a technique.
    pub technique: bool,
    /// The project's rules call it that.
    pub suspicious: bool,
}

impl Hunting {
    fn catalogue(&mut self) -> &Catalogue {
        self.catalogue.get_or_insert_with(Catalogue::standard)
    }

    /// Takes events that may link processes. `first`: of other events than before.
    pub fn read(&mut self, carried: &[u8], first: bool) -> Answer<usize> {
        if first {
            self.reading = Reading::default();
        }
        let catalogue = self.catalogue.get_or_insert_with(Catalogue::standard);
        let Some(mut reader) = LinkReader::new(catalogue, true) else { return Answer::Refused(too_many_fields()) };
        let layout = reader.layout().clone();
        let mut taken = 0;
        each(&layout, carried, |record| {
            taken += 1;
            if let Some(record) = record {
                self.reading.take(&mut reader, record.view);
            }
        });
        Answer::Done(taken)
    }

    /// Takes events to begin with: the processes that caused them. `first`: instead of those before.
    pub fn begin(&mut self, carried: &[u8], first: bool) -> Answer<HuntBegun> {
        if first {
            self.begun = Begun::default();
        }
        let mut layout = Layout::new();
        let Some(actors) = Actors::new(&mut layout, self.catalogue()) else {
            return Answer::Refused(too_many_fields());
        };
        let begun = &mut self.begun;
        each(&layout, carried, |record| {
            begun.told.events += 1;
            match record.and_then(|record| actors.of(record.view)) {
                None => begun.told.nameless += 1,
                Some(guid) if begun.known.contains(&guid) => {}
                Some(_) if begun.known.len() >= HUNT_PROCESSES => begun.beyond += 1,
                Some(guid) => {
                    begun.known.insert(guid);
                    begun.told.guids.push(guid);
                }
            }
        });
        Answer::Done(begun.told.clone())
    }

    /// The GUIDs in a text that somebody pasted: a list in whatever punctuation, or a query that names them.
    pub fn guids(text: &str) -> HuntGuids {
        let mut found = HuntGuids::default();
        let mut known = FxHashSet::default();
        let between = |c: char| c.is_whitespace() || ",;:'\"`[]()|=".contains(c);
        for word in text.split(between).filter(|word| !word.is_empty() && !is_of_a_query(word)) {
            let why = match Guid::read(word) {
                Named::Process(guid) => {
                    if known.insert(guid) && known.len() <= HUNT_PROCESSES {
                        found.guids.push(guid);
                    }
                    continue;
                }
                Named::Nothing => "names no process: Sysmon writes that where it does not know one",
                Named::Malformed => "is no GUID: one looks like 365abb72-7c01-5cc4-0000-00102b3e0c00",
            };
            if found.faults.len() < FAULTS {
                found.faults.push(NotAGuid { text: word.chars().take(FAULT_CHARS).collect(), why });
            } else {
                found.more_faults += 1;
            }
        }
        found
    }

    /// Walks over what was read.
    pub fn walk(&mut self, request: &HuntRequest) -> Answer<HuntWalked, HuntStuck> {
        self.gathering = None;
        match self.walked(request) {
            Ok(walked) => Answer::Done(walked),
            Err(stuck) => Answer::Refused(stuck),
        }
    }

    fn walked(&mut self, request: &HuntRequest) -> Result<HuntWalked, HuntStuck> {
        let start = processes(&request.start)?;
        let met = processes(&request.met)?;
        if start.is_empty() && met.is_empty() {
            let help = "only events of Sysmon name processes by GUID: choose another event, or paste GUIDs";
            return Err(refused("there is nothing to begin with", help).into());
        }
        if request.max_depth == Some(0) {
            return Err(
                refused("a hunt of no rounds finds nothing", "allow one round at least, or leave it empty").into()
            );
        }
        let mut roots = Roots::new(stops(request)?);
        let mut links = self.reading.links(request.access, &mut roots).ok_or_else(|| {
            let error = format!("there are more than {HUNT_LINKS} links between processes");
            refused(error, "hunt in fewer files at once, or with the command line")
        })?;
        let mut notes = Vec::new();
        if !met.is_empty() {
            notes.extend((self.begun.told.nameless > 0).then_some(Note::Nameless { events: self.begun.told.nameless }));
            notes.extend((self.begun.beyond > 0).then_some(Note::StartsBeyond { processes: self.begun.beyond }));
        }
        let malformed = self.reading.malformed(request.access);
        notes.extend((malformed > 0).then_some(Note::Malformed { ids: malformed }));
        notes.extend(roots.in_vain());
        let options = Options { start, met, max_depth: request.max_depth };
        let walk = walk(&options, &roots, &mut links).map_err(|broken| match broken {
            Broken::Links(never) => match never {},
            Broken::Nowhere(guids) => told::nowhere(guids),
            Broken::TooMany { rounds, most } => told::too_many(rounds, most),
        })?;
        let walked = told::walked(&walk);
        let catalogue = self.catalogue().clone();
        let gather = Gather::owned(catalogue, walk).ok_or_else(too_many_fields)?;
        let gathering = Gathering { gather, rows: Vec::new(), standings: Vec::new(), taken: Vec::new() };
        self.gathering = Some((gathering, notes));
        Ok(walked)
    }

    /// Takes what is known of all events, in their order.
    pub fn stand(&mut self, standings: Vec<Standing>) {
        if let Some((gathering, _)) = &mut self.gathering {
            gathering.taken = vec![false; standings.len()];
            gathering.standings = standings;
        }
    }

    /// Takes events that may belong to the hunt, with their numbers.
    pub fn gather(&mut self, carried: &[u8], rows: &[u32]) -> Answer<usize> {
        let Some((gathering, _)) = &mut self.gathering else { return Answer::Refused(no_walk()) };
        let layout = gathering.gather.layout().clone();
        let mut at = 0;
        each(&layout, carried, |record| {
            let row = rows.get(at).copied();
            at += 1;
            let Some(record) = record else { return };
            let index = row.map_or(usize::MAX, |row| row as usize);
            let suspicious = gathering.standings.get(index).is_some_and(|standing| standing.suspicious);
            if gathering.gather.take(record.view, suspicious).is_some() {
                gathering.rows.extend(row);
            }
            if let Some(taken) = gathering.taken.get_mut(index) {
                *taken = true;
            }
        });
        Answer::Done(at)
    }

    /// The hunt, once all its events were taken. Of the others it counts what is known of them.
    pub fn end(&mut self) -> Answer<Hunted<'_>> {
        let Some((gathering, notes)) = self.gathering.take() else {
            return Answer::Refused(no_walk());
        };
        let Gathering { mut gather, mut rows, standings, taken } = gathering;
        for (standing, _) in standings.iter().zip(taken).filter(|(_, taken)| !taken) {
            gather.pass(standing.at, standing.technique, standing.suspicious);
        }
        let mut hunt = gather.finish();
        hunt.notes.extend(notes);
        rows.sort_unstable();
        let told = hunt.notes.iter().map(told::note).collect();
        Answer::Done(Hunted { hunt: self.hunt.insert(hunt), rows, notes: told })
    }

    /// The last hunt that was over, in a form.
    pub fn export(&self, form: HuntForm) -> Answer<String> {
        let Some(hunt) = &self.hunt else { return Answer::Refused(no_walk()) };
        Answer::Done(match form {
            HuntForm::Json => match serde_json::to_string_pretty(hunt) {
                Ok(text) => ascii_json(text) + "\n",
                Err(error) => return Answer::Refused(refused(error.to_string(), "this is a fault of the program")),
            },
            HuntForm::Tree => report::tree(hunt),
            HuntForm::Dot => report::dot(hunt),
            HuntForm::Mermaid => report::mermaid(hunt),
            HuntForm::Markdown => report::markdown(hunt),
            HuntForm::Filter => report::filter(hunt),
            HuntForm::Alert => report::alert(hunt),
        })
    }

    /// Forgets what was read: there are other events now.
    pub fn forget(&mut self) {
        *self = Self { catalogue: self.catalogue.take(), ..Self::default() };
    }
}

/// Faults of a text that are told one by one, and the characters of each.
const FAULTS: usize = 20;
const FAULT_CHARS: usize = 60;

/// Is it a word of a query that names GUIDs, ours or the log manager's?
fn is_of_a_query(word: &str) -> bool {
    const WORDS: [&str; 4] = ["any", "in", "or", "not"];
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    let field = word.strip_prefix("msg.").unwrap_or(word);
    WORDS.into_iter().any(is) || crate::check::PROCESS_GUIDS.iter().any(|name| field.eq_ignore_ascii_case(name))
}

/// GUIDs that the page has from here, or from a link that somebody wrote.
fn processes(texts: &[String]) -> Result<Vec<Guid>, Refused> {
    let mut guids = Vec::new();
    for text in texts.iter().take(HUNT_PROCESSES) {
        guids.push(Guid::read(text.trim()).process().ok_or_else(|| {
            let shown: String = text.chars().take(FAULT_CHARS).collect();
            refused(format!("\"{shown}\" names no process"), "paste the ProcessGUID of an event")
        })?);
    }
    Ok(guids)
}

fn stops(request: &HuntRequest) -> Result<Stops, Refused> {
    let mut stops = Stops::default();
    let is_path = |text: &str| text.contains(['\\', '/']) || text.eq_ignore_ascii_case("System");
    let shown = |text: &str| text.chars().take(FAULT_CHARS).collect::<String>();
    for path in &request.stop_at {
        if !is_path(path) {
            let error = format!("\"{}\" is no full path: any program may have that name", shown(path));
            return Err(refused(error, r"write the whole path, such as C:\Tools\agent.exe"));
        }
        stops.stop_at(path);
    }
    for text in &request.through {
        match Guid::read(text.trim()) {
            Named::Process(guid) => drop(stops.guids.insert(guid)),
            Named::Nothing | Named::Malformed if is_path(text) => stops.through(text),
            Named::Nothing | Named::Malformed => {
                let error = format!("\"{}\" is neither a GUID nor a full path", shown(text));
                return Err(refused(error, "take either from the tree of the hunt"));
            }
        }
    }
    Ok(stops)
}

fn too_many_fields() -> Refused {
    refused("a hunt reads more fields than there are slots", "this is a fault of the program")
}

fn no_walk() -> Refused {
    refused("there is no hunt", "choose an event, or paste the GUID of a process")
}

/// Takes carried events one by one; what is damaged is taken as nothing.
struct Each<F>(F);

impl<F: FnMut(Option<&Record<'_>>)> Sink for Each<F> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        (self.0)(Some(&record));
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {
        (self.0)(None);
    }
}

fn each(layout: &Layout, carried: &[u8], take: impl FnMut(Option<&Record<'_>>)) {
    let mut reader = EventReader::new(layout, AgentVersion::DEFAULT);
    // Whatever ends the reading early leaves fewer events, which whoever carried them sees.
    let _ = reader.read_file(&Arc::from(""), Cursor::new(carried), &mut Each(take));
}
