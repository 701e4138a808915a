//! The first reading: links, and where to begin.
//!
//! In: events. Out: the links between processes, or that there are more than fit; the processes to begin with. Damage is told here, and
//! not again in later readings. Never here: where the walk goes.

use std::ops::ControlFlow;

use rustc_hash::FxHashSet;

use super::{Failure, Guid, HuntArgs, InMemory, Link, Links, Roots, Style, source};
use crate::cli::report;
use crate::dialect::AgentVersion;
use crate::event::read::{Damaged, Record, Sink};
use crate::event::{EventView, Layout, Relaid, Slot};
use crate::hunt::{Actors, LinkReader, Note};
use crate::limits::{HUNT_LINKS, HUNT_PROCESSES, HUNT_READINGS};
use crate::search::{Answer, Search};
use crate::sysmon::Catalogue;
use crate::vm::Prepared;

/// What came of the first reading.
pub(super) struct Read {
    /// The links; `None`: more than fit.
    pub links: Option<InMemory>,
    pub roots: Roots,
    /// Processes that the condition chose.
    pub met: Vec<Guid>,
    /// What whoever reads the hunt should know.
    pub notes: Vec<Note>,
}

/// What the first reading gathers.
pub(super) struct First<'p, 'c> {
    reader: LinkReader<'c>,
    roots: Roots,
    links: InMemory,
    condition: Option<Condition<'p>>,
    layout: Layout,
    met: Vec<Guid>,
    known: FxHashSet<Guid>,
    notices: report::Notices,
}

/// The condition that chooses events to begin with, and its slots in the layout of both.
struct Condition<'p> {
    search: Search<'p>,
    slots: Vec<Slot>,
    actors: Actors,
    /// Events that met it, and of these those that name no process.
    met: u64,
    nameless: u64,
    failed: u64,
    beyond: u64,
}

impl<'p, 'c> First<'p, 'c> {
    pub(super) fn new(
        catalogue: &'c Catalogue,
        access: bool,
        condition: Option<&'p Prepared>,
        start: &[Guid],
        roots: Roots,
        most_links: usize,
    ) -> Result<Self, Failure> {
        let too_many = || Failure::unusable("the condition reads more fields than there are slots", "split it");
        let reader = LinkReader::new(catalogue, access).ok_or_else(too_many)?;
        let mut layout = reader.layout().clone();
        let condition = match condition {
            None => None,
            Some(prepared) => {
                let search = Search::new(Some(prepared), &[], catalogue).ok_or_else(too_many)?;
                let slots = layout.join(search.layout()).ok_or_else(too_many)?;
                let actors = Actors::new(&mut layout, catalogue).ok_or_else(too_many)?;
                Some(Condition { search, slots, actors, met: 0, nameless: 0, failed: 0, beyond: 0 })
            }
        };
        let known = start.iter().copied().collect();
        let (links, notices) = (InMemory::at_most(most_links), report::Notices::default());
        Ok(Self { reader, roots, links, condition, layout, met: Vec::new(), known, notices })
    }

    /// The fields that views must be made for.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What came of it. `begins`: there is something to begin with, whatever the condition says.
    pub(super) fn finish(self, begins: bool) -> Result<Read, Failure> {
        let mut notes = Vec::new();
        if let Some(condition) = &self.condition {
            if self.met.is_empty() && !begins {
                let message = match condition.met {
                    0 => "no event meets the condition: there is nothing to begin with".to_string(),
                    met => format!("none of the {met} events that meet the condition names the process that caused it"),
                };
                let help = "look at them with `blocksieve events FILE --where CONDITION`; only events of Sysmon name processes by GUID";
                return Err(Failure::unusable(message, help));
            }
            if condition.met == 0 {
                notes.push(Note::NothingMet);
            }
            if condition.nameless > 0 {
                notes.push(Note::Nameless { events: condition.nameless });
            }
            if condition.failed > 0 {
                notes.push(Note::NotAsked { events: condition.failed });
            }
            if condition.beyond > 0 {
                notes.push(Note::StartsBeyond { processes: condition.beyond });
            }
        }
        if self.roots.is_full() {
            return Err(Failure::unusable(
                format!("more than {HUNT_LINKS} processes have images of the system's own"),
                "hunt in fewer files at once",
            ));
        }
        if self.reader.malformed > 0 {
            notes.push(Note::Malformed { ids: self.reader.malformed });
        }
        notes.extend(self.roots.in_vain());
        Ok(Read { links: self.links.sorted(), roots: self.roots, met: self.met, notes })
    }

    fn begin(&mut self, view: &dyn EventView) {
        let Some(condition) = &mut self.condition else { return };
        match condition.search.asks(&Relaid::new(view, &condition.slots)) {
            Answer::Yes => condition.met += 1,
            Answer::No => return,
            Answer::Damaged | Answer::Failed(_) => {
                condition.failed += 1;
                return;
            }
        }
        let Some(guid) = condition.actors.of(view) else {
            condition.nameless += 1;
            return;
        };
        if self.known.contains(&guid) {
            return;
        }
        if self.known.len() >= HUNT_PROCESSES {
            condition.beyond += 1;
            return;
        }
        self.known.insert(guid);
        self.met.push(guid);
    }
}

impl Sink for First<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let Some(link) = self.reader.link(record.view, Some(&mut self.roots)) {
            self.links.push(link);
        }
        self.begin(record.view);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.notices.damaged(&damaged);
    }
}

impl source::Taker for First<'_, '_> {}

/// Links that do not fit into memory: the files once more.
pub(super) struct Again<'a> {
    pub(super) args: &'a HuntArgs,
    pub(super) catalogue: &'a Catalogue,
    pub(super) agent: AgentVersion,
    pub(super) style: Style,
    /// How often they were read.
    pub(super) readings: usize,
}

impl Again<'_> {
    /// Gives all links to `take`, and takes down what events say of roots where that is asked for.
    fn read(&self, roots: Option<&mut Roots>, take: &mut dyn FnMut(Link)) -> Result<(), Failure> {
        let reader = LinkReader::new(self.catalogue, self.args.access).ok_or_else(|| {
            Failure::unusable("a hunt reads more fields than there are slots", "this is a fault of the program")
        })?;
        let layout = reader.layout().clone();
        let reading = source::Reading { layout: &layout, agent: self.agent, strict: false, merge: false };
        let mut taker = Each { reader, roots, take };
        source::read_all(&self.args.events, reading, &mut taker, self.style).map(|_| ())
    }

    /// Takes a second look at the roots.
    pub(super) fn settle(&self, roots: &mut Roots) -> Result<(), Failure> {
        self.read(Some(roots), &mut |_| {})
    }
}

struct Each<'a, 'c> {
    reader: LinkReader<'c>,
    roots: Option<&'a mut Roots>,
    take: &'a mut dyn FnMut(Link),
}

impl Sink for Each<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let Some(link) = self.reader.link(record.view, self.roots.as_deref_mut()) {
            (self.take)(link);
        }
        ControlFlow::Continue(())
    }

    // The first reading has told.
    fn damaged(&mut self, _: Damaged) {}
}

impl source::Taker for Each<'_, '_> {
    fn tells(&self) -> bool {
        false
    }
}

impl Links for Again<'_> {
    type Error = Failure;

    fn touching(&mut self, front: &FxHashSet<Guid>, take: &mut dyn FnMut(Link)) -> Result<(), Failure> {
        if self.readings >= HUNT_READINGS {
            return Err(Failure::unusable(
                format!(
                    "there are more than {HUNT_LINKS} links, so each round reads the events again, and {HUNT_READINGS} rounds were not enough"
                ),
                "limit the rounds with --max-depth, or hunt in fewer files at once",
            ));
        }
        self.readings += 1;
        self.read(None, &mut |link| {
            if front.contains(&link.from) || front.contains(&link.to) {
                take(link);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::HuntForm;

    #[test]
    fn events_are_read_again_for_so_many_rounds_only() {
        let args = HuntArgs {
            events: vec!["examples/hunt/incident.ndjson".to_string()],
            from: Vec::new(),
            condition: None,
            project: None,
            access: false,
            max_depth: None,
            stop_at: Vec::new(),
            through: Vec::new(),
            format: HuntForm::Tree,
            quiet: true,
        };
        let catalogue = Catalogue::standard();
        let style = Style::detect(crate::cli::style::ColorChoice::Never);
        let agent = AgentVersion::DEFAULT;
        let mut again = Again { args: &args, catalogue: &catalogue, agent, style, readings: HUNT_READINGS - 1 };
        let front = Guid::read("0b1e5a11-4f20-6981-0024-000000001200").process().into_iter().collect();
        let mut links = Vec::new();
        assert!(again.touching(&front, &mut |link| links.push(link)).is_ok());
        assert_eq!(links.len(), 2);
        assert!(again.touching(&front, &mut |_| {}).is_err());
    }
}
