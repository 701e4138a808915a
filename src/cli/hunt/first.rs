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
use crate::hunt::{LinkReader, Named};
use crate::limits::HUNT_PROCESSES;
use crate::search::{self, Answer, Search};
use crate::sysmon::Catalogue;
use crate::vm::Prepared;

/// The fields that say which process caused an event, best first.
const ACTORS: [&str; 2] = ["ProcessGuid", "SourceProcessGuid"];

/// What came of the first reading.
pub(super) struct Read {
    /// The links; `None`: more than fit.
    pub links: Option<InMemory>,
    pub roots: Roots,
    /// Where to begin.
    pub start: Vec<Guid>,
    /// What whoever reads the hunt should know.
    pub notes: Vec<String>,
}

/// What the first reading gathers.
pub(super) struct First<'p, 'c> {
    reader: LinkReader<'c>,
    roots: Roots,
    links: InMemory,
    condition: Option<Condition<'p>>,
    layout: Layout,
    start: Vec<Guid>,
    known: FxHashSet<Guid>,
    notices: report::Notices,
    damaged: u64,
}

/// The condition that chooses events to begin with, and its slots in the layout of both.
struct Condition<'p> {
    search: Search<'p>,
    slots: Vec<Slot>,
    actors: Vec<Slot>,
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
        start: Vec<Guid>,
        roots: Roots,
    ) -> Result<Self, Failure> {
        let too_many = || Failure::unusable("the condition reads more fields than there are slots", "split it");
        let reader = LinkReader::new(catalogue, access).ok_or_else(too_many)?;
        let mut layout = reader.layout().clone();
        let condition = match condition {
            None => None,
            Some(prepared) => {
                let search = Search::new(Some(prepared), &[], catalogue).ok_or_else(too_many)?;
                let slots = layout.join(search.layout()).ok_or_else(too_many)?;
                let actors = ACTORS.iter().map(|name| layout.slot(catalogue.resolve(name).path));
                let actors = actors.collect::<Option<Vec<_>>>().ok_or_else(too_many)?;
                Some(Condition { search, slots, actors, met: 0, nameless: 0, failed: 0, beyond: 0 })
            }
        };
        let known = start.iter().copied().collect();
        let (links, notices) = (InMemory::default(), report::Notices::default());
        Ok(Self { reader, roots, links, condition, layout, start, known, notices, damaged: 0 })
    }

    /// The fields that views must be made for.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What came of it. `asked`: a condition was given.
    pub(super) fn finish(self, asked: bool) -> Result<Read, Failure> {
        let mut notes = Vec::new();
        if let Some(condition) = &self.condition {
            if condition.nameless > 0 {
                let what = "of the events that meet the condition name no process (not Sysmon's, or no GUID)";
                notes.push(format!("{} {what}", condition.nameless));
            }
            if condition.failed > 0 {
                notes.push(format!("the condition could not be asked of {} events", condition.failed));
            }
            if condition.beyond > 0 {
                notes.push(format!(
                    "the hunt begins with {HUNT_PROCESSES} processes; {} are left out",
                    condition.beyond
                ));
            }
        }
        if asked && self.start.is_empty() {
            let met = self.condition.as_ref().map_or(0, |condition| condition.met);
            let message = match met {
                0 => "no event meets the condition: there is nothing to begin with".to_string(),
                _ => format!("none of the {met} events that meet the condition names the process that caused it"),
            };
            let help = "look at them with `blocksieve events FILE --where CONDITION`; only events of Sysmon name processes by GUID";
            return Err(Failure::unusable(message, help));
        }
        if self.reader.malformed > 0 {
            notes.push(format!("{} ids of processes are no GUIDs, and link nothing", self.reader.malformed));
        }
        Ok(Read { links: self.links.sorted(), roots: self.roots, start: self.start, notes })
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
        let mut buffer = String::new();
        let mut named = condition
            .actors
            .iter()
            .filter_map(|slot| search::text(view.raw(*slot), &mut buffer).map_or(Named::Nothing, Guid::read).process());
        let Some(guid) = named.next() else {
            condition.nameless += 1;
            return;
        };
        if self.known.contains(&guid) {
            return;
        }
        if self.start.len() >= HUNT_PROCESSES {
            condition.beyond += 1;
            return;
        }
        self.known.insert(guid);
        self.start.push(guid);
    }
}

impl Sink for First<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let Some(link) = self.reader.link(record.view, &mut self.roots) {
            self.links.push(link);
        }
        self.begin(record.view);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.damaged += 1;
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
}

struct Touching<'a, 'c> {
    reader: LinkReader<'c>,
    roots: Roots,
    front: &'a FxHashSet<Guid>,
    take: &'a mut dyn FnMut(Link),
}

impl Sink for Touching<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let Some(link) = self.reader.link(record.view, &mut self.roots)
            && (self.front.contains(&link.from) || self.front.contains(&link.to))
        {
            (self.take)(link);
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

impl source::Taker for Touching<'_, '_> {}

impl Links for Again<'_> {
    type Error = Failure;

    fn touching(&mut self, front: &FxHashSet<Guid>, take: &mut dyn FnMut(Link)) -> Result<(), Failure> {
        let reader = LinkReader::new(self.catalogue, self.args.access).ok_or_else(|| {
            Failure::unusable("a hunt reads more fields than there are slots", "this is a fault of the program")
        })?;
        let layout = reader.layout().clone();
        let reading = source::Reading { layout: &layout, agent: self.agent, strict: false, merge: false };
        let mut taker = Touching { reader, roots: Roots::default(), front, take };
        source::read_all(&self.args.events, reading, &mut taker, self.style).map(|_| ())
    }
}
