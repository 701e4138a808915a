//! Which processes an event links.
//!
//! In: events. Out: a [`Link`] for each pair of processes, and what is known of [`Roots`]; then, of many links, those that touch some
//! processes. Never here: where to go.
//!
//! A million links take at most 70 MB. Beyond [`HUNT_LINKS`] none is kept, and whoever walks has the events read again for each round.

use rustc_hash::FxHashSet;

use super::{Guid, Named, Roots};
use crate::ast::Number;
use crate::event::{EventView, Layout, Raw, Slot};
use crate::limits::HUNT_LINKS;
use crate::search;
use crate::sysmon::Catalogue;

/// What links two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The one created the other.
    Created,
    /// The one created a thread in the other.
    Thread,
    /// The one opened the other with the right to write its memory or to create a thread in it.
    Access,
    /// The one opened the other without these rights: that links nothing.
    Read,
}

/// Two processes that an event links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The parent, or the source.
    pub from: Guid,
    /// The child, or the target.
    pub to: Guid,
    /// What links them.
    pub how: How,
}

/// The rights to a process that let another one put code into it: `PROCESS_CREATE_THREAD` and `PROCESS_VM_WRITE`.
const RIGHTS: u128 = 0x0002 | 0x0020;

/// What an event of an access with these rights says.
pub(super) fn accessed(rights: Option<&str>) -> How {
    if rights.is_some_and(lets_in) { How::Access } else { How::Read }
}

/// Do these rights, as event 10 writes them, let a process put code into the other?
fn lets_in(rights: &str) -> bool {
    let digits = rights.strip_prefix("0x").or_else(|| rights.strip_prefix("0X"));
    let rights = digits.map_or_else(|| rights.parse().ok(), |digits| u128::from_str_radix(digits, 16).ok());
    rights.is_some_and(|rights| rights & RIGHTS != 0)
}

/// Reads links out of events.
pub struct LinkReader<'c> {
    catalogue: &'c Catalogue,
    layout: Layout,
    access: bool,
    slots: Slots,
    /// GUIDs that are none.
    pub malformed: u64,
}

/// Where the fields are.
struct Slots {
    guid: Slot,
    parent: Slot,
    source: Slot,
    target: Slot,
    image: Slot,
    parent_image: Slot,
    source_image: Slot,
    target_image: Slot,
    rights: Slot,
}

impl<'c> LinkReader<'c> {
    /// A reader that also follows accesses, or does not. `None`: more fields than a layout can hold.
    pub fn new(catalogue: &'c Catalogue, access: bool) -> Option<Self> {
        let mut layout = Layout::new();
        let mut slot = |name: &str| layout.slot(catalogue.resolve(name).path);
        let slots = Slots {
            guid: slot("ProcessGuid")?,
            parent: slot("ParentProcessGuid")?,
            source: slot("SourceProcessGuid")?,
            target: slot("TargetProcessGuid")?,
            image: slot("Image")?,
            parent_image: slot("ParentImage")?,
            source_image: slot("SourceImage")?,
            target_image: slot("TargetImage")?,
            rights: slot("GrantedAccess")?,
        };
        Some(Self { catalogue, layout, access, slots, malformed: 0 })
    }

    /// The fields that views must be made for.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What an event says of two processes, if it says anything. `buffers`: room for texts that the event does not hold as such.
    pub fn said<'v>(&mut self, view: &'v dyn EventView, buffers: &'v mut [String; 2]) -> Option<Said<'v>> {
        let slots = &self.slots;
        let how = match sysmon_id(view, self.catalogue)? {
            1 => How::Created,
            8 => How::Thread,
            10 if self.access => How::Access,
            _ => return None,
        };
        let (from, to, [from_image, to_image]) = match how {
            How::Created => (slots.parent, slots.guid, [slots.parent_image, slots.image]),
            How::Thread | How::Access | How::Read => {
                (slots.source, slots.target, [slots.source_image, slots.target_image])
            }
        };
        let [first, second] = buffers;
        if how == How::Access && accessed(search::text(view.raw(slots.rights), first)) == How::Read {
            return None;
        }
        let [from, to] = [from, to].map(|slot| {
            let named = guid(view, slot);
            self.malformed += u64::from(named == Named::Malformed);
            named.process()
        });
        let from_image = search::text(view.raw(from_image), first).unwrap_or_default();
        let to_image = search::text(view.raw(to_image), second).unwrap_or_default();
        Some(Said { how, from, to, from_image, to_image })
    }

    /// What an event links, if it links anything. What it says of roots is taken down where that is asked for.
    pub fn link(&mut self, view: &dyn EventView, roots: Option<&mut Roots>) -> Option<Link> {
        let mut buffers = [String::new(), String::new()];
        let said = self.said(view, &mut buffers)?;
        if let Some(roots) = roots {
            said.tell(roots);
        }
        said.link()
    }
}

/// What an event says of two processes: everything that the first reading takes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<'v> {
    /// What links them, if both are known.
    pub how: How,
    /// The parent, or the source.
    pub from: Option<Guid>,
    /// The child, or the target.
    pub to: Option<Guid>,
    /// The program of the one.
    pub from_image: &'v str,
    /// The program of the other.
    pub to_image: &'v str,
}

impl Said<'_> {
    /// Tells what it says of roots.
    pub fn tell(&self, roots: &mut Roots) {
        if let Some(from) = self.from {
            roots.named(from, self.from_image);
        }
        let Some(to) = self.to else { return };
        match self.how {
            How::Created => {
                let is_known = self.from.is_some() && !matches!(self.from_image, "" | "-" | "?");
                roots.created(to, self.to_image, is_known.then_some(self.from_image));
            }
            How::Thread | How::Access | How::Read => roots.named(to, self.to_image),
        }
    }

    /// The link. Nobody needs to be told that a process has to do with itself.
    pub fn link(&self) -> Option<Link> {
        let (from, to) = self.from.zip(self.to).filter(|(from, to)| from != to)?;
        Some(Link { from, to, how: self.how })
    }
}

/// The process that a field names.
pub(super) fn guid(view: &dyn EventView, slot: Slot) -> Named {
    search::text(view.raw(slot), &mut String::new()).map_or(Named::Nothing, Guid::read)
}

/// The id of an event of Sysmon.
pub(super) fn sysmon_id(view: &dyn EventView, catalogue: &Catalogue) -> Option<u32> {
    let (mut first, mut second, mut third) = (String::new(), String::new(), String::new());
    let id = match view.raw(Layout::EVENT_ID) {
        Raw::Number(Number::Int(id)) => u32::try_from(id).ok()?,
        other => search::text(other, &mut first)?.parse().ok()?,
    };
    let provider = search::text(view.raw(Layout::PROVIDER), &mut second);
    let channel = search::text(view.raw(Layout::CHANNEL), &mut third);
    let event = catalogue.event_at(catalogue.event_of(provider, id, channel)?)?;
    event.name.starts_with("sysmon.").then_some(id)
}

/// Where links are.
pub trait Links {
    /// What keeps them from being read.
    type Error;

    /// Calls `take` with each link that touches one of these processes, in whatever order.
    fn touching(&mut self, front: &FxHashSet<Guid>, take: &mut dyn FnMut(Link)) -> Result<(), Self::Error>;
}

/// Links in memory, each once.
#[derive(Clone, Debug, Default)]
pub struct InMemory {
    /// In order of `from`, once [`InMemory::sorted`].
    links: Vec<Link>,
    /// Numbers of links, in order of `to`.
    by_target: Vec<u32>,
    /// How many there were when doubles were last taken out.
    single: usize,
    over: bool,
    /// How many are kept; `None`: [`HUNT_LINKS`].
    most: Option<usize>,
}

impl InMemory {
    /// So many links at most.
    pub fn at_most(links: usize) -> Self {
        Self { most: Some(links), ..Self::default() }
    }

    fn most(&self) -> usize {
        self.most.unwrap_or(HUNT_LINKS)
    }

    /// Takes a link. Beyond the limit all are given up.
    pub fn push(&mut self, link: Link) {
        if self.over {
            return;
        }
        self.links.push(link);
        // Accesses come again and again; doubles are taken out whenever there are twice as many as before, and before they take much
        // more room than what is allowed.
        let most = self.most();
        if self.links.len() >= (self.single * 2).clamp(most / 4, most / 4 * 5) {
            self.once();
            if self.links.len() > most {
                *self = Self { over: true, ..Self::default() };
            }
        }
    }

    fn once(&mut self) {
        self.links.sort_unstable();
        self.links.dedup();
        self.single = self.links.len();
    }

    /// Makes them ready to be asked. `None`: there are more than fit.
    pub fn sorted(mut self) -> Option<Self> {
        self.once();
        if self.over || self.links.len() > self.most() {
            return None;
        }
        // There are fewer than 2^32.
        self.by_target = (0..self.links.len() as u32).collect();
        let links = &self.links;
        self.by_target.sort_unstable_by_key(|at| links.get(*at as usize).map(|link| link.to));
        Some(self)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

impl Links for InMemory {
    type Error = std::convert::Infallible;

    fn touching(&mut self, front: &FxHashSet<Guid>, take: &mut dyn FnMut(Link)) -> Result<(), Self::Error> {
        for guid in front {
            let first = self.links.partition_point(|link| link.from < *guid);
            self.links.iter().skip(first).take_while(|link| link.from == *guid).for_each(|link| take(*link));
            let target = |at: &u32| self.links.get(*at as usize);
            let first = self.by_target.partition_point(|at| target(at).is_some_and(|link| link.to < *guid));
            let into = self.by_target.iter().skip(first).map_while(target).take_while(|link| link.to == *guid);
            into.for_each(|link| take(*link));
        }
        Ok(())
    }
}
