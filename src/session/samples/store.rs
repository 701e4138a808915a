//! The sample events, as bytes, as values, and as columns of the fields that rules ask for.
//!
//! In: bytes of event files, and the layouts of rules. Out: events by number, each with a view that says what the record's own view
//! says. A field is looked for in the records once; from then on it is a column. Never here: decisions.

mod fill;
mod load;

use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use self::load::Loader;
use super::chunks::Chunks;
use super::pool::{Lines, Pool, Records, ValueId};
use super::view::CachedView;
use crate::ast::Timestamp;
use crate::dialect::AgentVersion;
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::event::{FieldPath, Form, Layout, Raw, Slot, carry};
use crate::explain;
use crate::session::wire::{EventsLoaded, FormCount};
use crate::sysmon::{Catalogue, EventIndex};

/// Events that are kept.
pub const EVENTS: usize = 2_000_000;
/// Bytes that events, their values and columns may take: a page's module has 4 GiB, of which decisions and answers need some too.
pub const BYTES: usize = 2_816 * 1024 * 1024;
/// Damaged records of a file that are listed.
const LISTED: usize = 20;

/// Fields that a table shows and rules are likely to ask for: they become columns while events are read.
const LIKELY: [&str; 37] = [
    "Image",
    "CommandLine",
    "ParentImage",
    "ParentCommandLine",
    "User",
    "TargetFilename",
    "TargetObject",
    "Details",
    "EventType",
    "DestinationIp",
    "DestinationPort",
    "DestinationHostname",
    "SourceIp",
    "Protocol",
    "QueryName",
    "QueryResults",
    "ImageLoaded",
    "Hashes",
    "RuleName",
    "PipeName",
    "SourceImage",
    "TargetImage",
    "GrantedAccess",
    "Signature",
    "OriginalFileName",
    "IntegrityLevel",
    "ProcessGuid",
    "ParentProcessGuid",
    "Signed",
    "SignatureStatus",
    "SourcePort",
    "Initiated",
    "QueryStatus",
    "LogonId",
    "CallTrace",
    "SourceUser",
    "TargetUser",
];

/// An event, as it was read.
pub(super) struct Kept {
    pub(super) file: u32,
    pub(super) number: u64,
    pub(super) form: Form,
    /// Bytes that it took of its file.
    pub(super) bytes: u64,
    /// Where its record begins, and how long it is.
    start: u32,
    length: u32,
    pub(super) stored: bool,
    /// Which names its data have: index into [`Samples::names`].
    pub(super) names: Option<u32>,
    /// The paths of its leaves: index into [`Samples::shapes`].
    shape: u32,
    /// Where the values of its leaves begin.
    leaves: u32,
    pub(super) time: ValueId,
    pub(super) host: ValueId,
    pub(super) id: ValueId,
    pub(super) event: Option<EventIndex>,
}

/// All sample events.
pub struct Samples {
    agent: AgentVersion,
    pub(super) files: Vec<Arc<str>>,
    pub(super) kept: Vec<Kept>,
    records: Records,
    pub(super) pool: Pool,
    /// The fields that are columns.
    layout: Layout,
    /// In the order of the layout, each as long as there are events.
    columns: Vec<Vec<ValueId>>,
    /// Sets of names of data, each once.
    pub(super) names: Vec<Box<[Box<[u8]>]>>,
    name_index: FxHashMap<Box<[Box<[u8]>]>, u32>,
    /// Paths of leaves, each once.
    pub(super) paths: Vec<String>,
    path_index: FxHashMap<String, u32>,
    /// Path by path, the column that alone is of it.
    path_columns: Vec<Option<usize>>,
    /// Lists of paths, as events have them, each once.
    shapes: Vec<Box<[u32]>>,
    shape_index: FxHashMap<Box<[u32]>, u32>,
    /// The values of all leaves, event by event.
    leaves: Chunks<Vec<ValueId>>,
}

impl Samples {
    /// None yet; events will be seen as this version of the agent sends them.
    pub fn new(agent: AgentVersion, catalogue: &Catalogue) -> Self {
        let mut samples = Self {
            agent,
            files: Vec::new(),
            kept: Vec::new(),
            records: Records::default(),
            pool: Pool::default(),
            layout: Layout::new(),
            columns: Vec::new(),
            names: Vec::new(),
            name_index: FxHashMap::default(),
            paths: Vec::new(),
            path_index: FxHashMap::default(),
            path_columns: Vec::new(),
            shapes: Vec::new(),
            shape_index: FxHashMap::default(),
            leaves: Chunks::default(),
        };
        let one = |path: &str| FieldPath { name: path.to_string(), paths: vec![path.to_string()] };
        let who = ["@timestamp", "winlog.computer_name", "winlog.event_data", "winlog.user_data"].map(one);
        let likely = LIKELY.map(|name| catalogue.resolve(name).path);
        for field in who.into_iter().chain(["message", "meta.tags", "tags", "winlog.record_id"].map(one)).chain(likely)
        {
            samples.column(field);
        }
        samples.columns.resize_with(samples.layout.len(), Vec::new);
        samples
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The version of the agent whose events are seen.
    pub fn agent(&self) -> AgentVersion {
        self.agent
    }

    /// The number of the column of a field, new or not.
    fn column(&mut self, field: FieldPath) -> Option<usize> {
        self.layout.slot(field).map(|slot| usize::from(slot.0))
    }

    /// Sees the same events as another version of the agent sends them.
    pub fn resend(&mut self, agent: AgentVersion, catalogue: &Catalogue) {
        if agent == self.agent {
            return;
        }
        let mut fresh = Samples::new(agent, catalogue);
        fresh.files = std::mem::take(&mut self.files);
        for kept in &self.kept {
            let Some(file) = fresh.files.get(kept.file as usize).cloned() else { continue };
            let (number, bytes) = (kept.number, kept.bytes);
            let mut reader = EventReader::new(&fresh.layout.clone(), agent);
            let mut loader = Loader::new(&mut fresh, catalogue, kept.file);
            loader.place = Some((number, bytes));
            reader.again(&file, self.frame(kept), &mut loader);
        }
        *self = fresh;
    }

    /// Reads a file of the agent's own lines, or what `event/carry.rs` carries of any other; the answer says if it is neither. What is
    /// damaged in it, or beyond what is kept, is told. `after` so many lines of it, which were read before, it goes on.
    pub fn add(&mut self, file: &str, bytes: &[u8], after: u64, catalogue: &Catalogue) -> EventsLoaded {
        let name: Arc<str> = file.into();
        let goes_on = after > 0 && self.files.last() == Some(&name);
        if !goes_on {
            self.files.push(name.clone());
        }
        let layout = self.layout.clone();
        let mut reader = EventReader::new(&layout, self.agent);
        let before = self.kept.len();
        let at = self.files.len() as u32 - 1;
        let mut loader = Loader::new(self, catalogue, at);
        loader.after = after;
        let is_carried = bytes.starts_with(carry::MAGIC);
        let result = if is_carried { reader.read_carried(&name, bytes, &mut loader) } else { Ok(()) };
        let needs_reader = !is_carried && !reader.read_own_lines(&name, bytes, &mut loader);
        let Loader { left, damaged, more, .. } = loader;
        if needs_reader && !goes_on {
            self.files.pop();
        }
        let forms = Form::ALL.iter().filter(|form| reader.stats.of(**form) > 0);
        EventsLoaded {
            file: file.to_string(),
            forms: forms
                .map(|form| FormCount { form: form.name().to_string(), events: reader.stats.of(*form) as usize })
                .collect(),
            events: self.kept.len() - before,
            bytes: reader.stats.bytes as usize,
            damaged,
            more_damaged: more,
            error: result.err().map(|error| error.to_string()),
            needs_reader,
            left,
        }
    }

    /// Forgets all events.
    pub fn clear(&mut self, catalogue: &Catalogue) {
        *self = Self::new(self.agent, catalogue);
    }

    fn frame(&self, kept: &Kept) -> &[u8] {
        self.records.get(kept.start, kept.length).unwrap_or_default()
    }

    /// An event, carried.
    pub(in crate::session) fn carried(&self, row: usize) -> Option<Vec<u8>> {
        Some(carry::carried(self.frame(self.kept.get(row)?)))
    }

    /// Hands the record itself over, read again for a layout.
    pub(in crate::session) fn record<T>(
        &self,
        row: usize,
        layout: &Layout,
        take: impl FnOnce(&Record<'_>) -> T,
    ) -> Option<T> {
        let kept = self.kept.get(row)?;
        let file = self.files.get(kept.file as usize)?;
        let mut once = Once { take: Some(take), taken: None };
        EventReader::new(layout, self.agent).again(file, self.frame(kept), &mut once);
        once.taken
    }

    /// The columns of a layout, slot by slot; those that are missing are filled first.
    pub(super) fn columns_of(&mut self, layout: &Layout) -> Vec<usize> {
        let have = self.layout.len();
        let map: Vec<usize> =
            layout.iter().map(|(_, field)| self.column(field.clone()).unwrap_or(usize::MAX)).collect();
        if self.layout.len() > have {
            self.fill(have);
        }
        map
    }

    /// The path of a column of which there is one.
    pub(super) fn path_of(&self, column: usize) -> Option<&str> {
        self.layout.get(Slot(column as u16))?.paths.first().map(String::as_str)
    }

    /// The value of an event in a column.
    pub(super) fn cell(&self, column: usize, row: usize) -> ValueId {
        self.columns.get(column).and_then(|cells| cells.get(row)).copied().unwrap_or(ValueId(u32::MAX))
    }

    /// Path and value of every leaf of an event, in its order.
    pub(super) fn leaves(&self, row: usize) -> impl Iterator<Item = (u32, ValueId)> {
        let kept = self.kept.get(row);
        let paths = kept.and_then(|kept| self.shapes.get(kept.shape as usize)).map_or(&[][..], |paths| paths);
        let values = kept.and_then(|kept| self.leaves.get(kept.leaves, paths.len() as u32)).unwrap_or_default();
        paths.iter().copied().zip(values.iter().copied())
    }

    /// A value.
    pub(super) fn value(&self, id: ValueId) -> Raw<'_> {
        self.pool.get(id, &self.records)
    }

    /// Bytes that they take.
    fn bytes(&self) -> usize {
        let columns = self.columns.len() * self.kept.capacity() * size_of::<ValueId>();
        let leaves = self.leaves.items() * size_of::<ValueId>();
        self.records.items() + self.pool.bytes() + leaves + columns + self.kept.capacity() * size_of::<Kept>()
    }

    /// A view of an event for a layout whose columns these are.
    pub(super) fn view<'s>(&'s self, row: usize, map: &'s [usize]) -> CachedView<'s> {
        CachedView::new(self, row, map)
    }

    /// A value for people; `None`: absent.
    pub(super) fn text(&self, id: ValueId) -> Option<String> {
        explain::show(self.value(id))
    }
}

/// The text of a record whose frame ends there: of what is read as it stands the text stands at the end.
fn lines<'l>(records: &'l Records, record: &Record<'l>, end: u32) -> Lines<'l> {
    let text = record.text.filter(|_| record.view.parts().is_none()).unwrap_or_default();
    Lines { records, text, start: end.saturating_sub(text.len() as u32) }
}

/// Takes one record.
struct Once<F, T> {
    take: Option<F>,
    taken: Option<T>,
}

impl<F: FnOnce(&Record<'_>) -> T, T> Sink for Once<F, T> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.taken = self.take.take().map(|take| take(&record)).or(self.taken.take());
        ControlFlow::Break(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

/// The columns of `@timestamp` and `winlog.computer_name`.
const TIME: usize = 3;
const HOST: usize = 4;
/// Those of the data of events.
pub(super) const DATA: [usize; 2] = [5, 6];

impl Samples {
    /// When it happened, where it is a time.
    pub(super) fn time(&self, row: usize) -> Option<String> {
        let time = self.text(self.kept.get(row)?.time)?;
        Timestamp::parse(&time).is_some().then_some(time)
    }
}
