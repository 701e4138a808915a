//! Which key comes next: in a log nearly always the one that came next before.
//!
//! In: what stands from the end of one value, or the start of a map, to the start of the next value, and what the plan says of the key in
//! it. Out: the same answer without reading the key, where the very same bytes stand there again at the same level. Never here: trust; a
//! guess that does not stand there is no answer, and whatever is said was once read.
//!
//! Members that stay the same are told by [`runs`](super::runs), which a page's module has no room for.
//!
//! A level says which levels are open around it, so that bytes that close some of them close the same ones again.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

#[cfg(not(target_arch = "wasm32"))]
use super::block::Head;
#[cfg(not(target_arch = "wasm32"))]
use super::runs::{self, Run, Steady};
use super::skip_space;

/// Nothing.
pub(super) const NONE: u32 = u32::MAX;
/// Keys that are remembered.
const KEYS: usize = 4096;
/// Bytes from value to value that are remembered at most.
const LEAD: usize = 96;
/// Bytes of all runs at most.
#[cfg(not(target_arch = "wasm32"))]
const RUNS: usize = 1 << 18;
/// Keys that may come next.
const NEXT: usize = 4;
/// After so many keys it is seen whether guessing pays.
const TRIED: u32 = 4096;
/// Where it does not, nothing is guessed for so many lines: keys come in no order there.
const PAUSE: u32 = 4096;

/// Where a key is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The level, which says which others are open around it.
    pub(super) level: u32,
    /// It is the first of its map; others have a comma before them.
    pub(super) first: bool,
}

/// What stood between two values, with the first byte of the second where that is a quote.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub(super) bytes: Box<[u8]>,
    #[cfg(not(target_arch = "wasm32"))]
    head: Head,
    /// They end with a quote, behind which the value's text begins.
    pub(super) text: bool,
    pub(super) place: Place,
    /// The plan's edge for the key.
    pub(super) edge: u32,
    /// Levels that are closed before the key.
    pub(super) closes: u8,
    /// The level of the key.
    #[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "only runs ask"))]
    pub(super) level: u32,
    /// It is the end of the line, without a key.
    pub(super) ends: bool,
    /// The keys that came behind this one, the last of them first.
    pub(super) next: [u32; NEXT],
    /// What stays the same behind its value, by number.
    #[cfg(not(target_arch = "wasm32"))]
    run: u32,
}

/// What was seen of the keys of one plan.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// The first stands for the start of a line, the second for wherever else the key before is not known.
    leads: Vec<Lead>,
    /// Their numbers by a hash of bytes and place; of two with the same hash one is not remembered.
    known: FxHashMap<u64, u32>,
    /// Key by key, the value that came last.
    #[cfg(not(target_arch = "wasm32"))]
    steady: Vec<Steady>,
    #[cfg(not(target_arch = "wasm32"))]
    runs: Vec<Tried>,
    /// There is a value that stays since runs were made.
    #[cfg(not(target_arch = "wasm32"))]
    stays: bool,
    /// Lines of this plan.
    #[cfg(not(target_arch = "wasm32"))]
    lines: u32,
    last: u32,
    plan: u64,
    /// Keys that were foreseen, and that were not, since it was last seen whether it pays.
    hits: u32,
    misses: u32,
    /// Lines for which nothing is guessed.
    pause: u32,
}

impl Default for Keys {
    fn default() -> Self {
        let place = Place { level: NONE, first: true };
        let start = Lead::new(b"", place, &Seen { edge: None, closes: 0, level: NONE, ends: false, value: 0 });
        Self {
            leads: vec![start.clone(), start],
            known: FxHashMap::default(),
            #[cfg(not(target_arch = "wasm32"))]
            steady: vec![Steady::default(); 2],
            #[cfg(not(target_arch = "wasm32"))]
            runs: Vec::new(),
            #[cfg(not(target_arch = "wasm32"))]
            stays: false,
            #[cfg(not(target_arch = "wasm32"))]
            lines: 0,
            last: 0,
            plan: 0,
            hits: 0,
            misses: 0,
            pause: 0,
        }
    }
}

/// A key that was foreseen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreseen {
    /// The plan's edge.
    pub(super) edge: Option<u32>,
    /// Its value is a text.
    pub(super) text: bool,
    /// Levels that are closed before it.
    pub(super) closes: u8,
    /// The line ends instead.
    pub(super) ends: bool,
    /// Offset of the value's first byte.
    pub(super) value: usize,
}

/// A key that was read: the same.
pub(super) struct Seen {
    pub(super) edge: Option<u32>,
    pub(super) closes: u8,
    /// The level of the key.
    pub(super) level: u32,
    pub(super) ends: bool,
    pub(super) value: usize,
}

/// A run, and how often it stood there and did not.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug)]
struct Tried {
    run: Run,
    hits: u32,
    misses: u32,
}

/// Is a run that was met so often not to be tried any more?
#[cfg(not(target_arch = "wasm32"))]
fn is_wrong(hits: u32, misses: u32) -> bool {
    misses > 32 && misses > hits / 4
}

/// The lead for wherever the key before is not known.
const LOST: u32 = 1;

impl Keys {
    /// A new line, read by this plan.
    pub(super) fn begin(&mut self, plan: u64) {
        if self.plan != plan {
            *self = Self { plan, ..Self::default() };
        }
        self.last = 0;
        #[cfg(not(target_arch = "wasm32"))]
        {
            self.lines = self.lines.saturating_add(1);
            // Ever more rarely, so that making them costs nothing in the end.
            if self.stays && self.lines.is_power_of_two() {
                self.make_runs();
            }
        }
        self.pause = self.pause.saturating_sub(1);
        if self.hits + self.misses > TRIED {
            self.pause = if self.misses > self.hits / 2 { PAUSE } else { 0 };
            (self.hits, self.misses) = (0, 0);
        }
    }

    /// The key behind `at`, if it is one that came here before.
    #[inline(always)]
    pub(super) fn foresee(&mut self, place: Place, line: &[u8], at: usize) -> Option<Foreseen> {
        if self.pause > 0 {
            return None;
        }
        let rest = line.get(at..)?;
        let next = self.leads.get(self.last as usize)?.next;
        for number in next {
            let lead = self.leads.get(number as usize)?;
            if lead.place == place && lead.begins(rest) {
                let end = at + lead.bytes.len();
                if lead.ends && end < line.len() {
                    continue;
                }
                // Where the value was no text, white space may stand before this one.
                let value = if lead.text { end - 1 } else { skip_space(line, end) };
                self.last = number;
                self.hits += 1;
                let edge = (lead.edge != NONE).then_some(lead.edge);
                return Some(Foreseen { edge, text: lead.text, closes: lead.closes, ends: lead.ends, value });
            }
        }
        None
    }

    /// The run that stands at `at`.
    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    pub(super) fn run(&mut self, place: Place, line: &[u8], at: usize) -> Option<&Run> {
        let lead = self.leads.get(self.last as usize)?;
        let Tried { run, hits, misses } = self.runs.get_mut(lead.run as usize)?;
        if self.pause > 0 || run.place != place {
            return None;
        }
        if !line.get(at..)?.starts_with(&run.bytes) {
            *misses += 1;
            if is_wrong(*hits, *misses) {
                let last = self.last as usize;
                self.leads.get_mut(last)?.run = NONE;
            }
            return None;
        }
        *hits += 1;
        self.hits += run.members;
        self.last = run.last;
        Some(run)
    }

    /// Takes note of a value that nobody reads, of the key that came last.
    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    pub(super) fn note(&mut self, value: &[u8]) {
        if let Some(steady) = self.steady.get_mut(self.last as usize)
            && steady.is_open()
            && self.last > LOST
        {
            self.stays |= steady.note(value);
        }
    }

    /// How many keys stood in runs, so far.
    #[cfg(test)]
    pub(super) fn members_of_runs(&self) -> u32 {
        self.runs.iter().map(|tried| tried.hits * tried.run.members).sum()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn make_runs(&mut self) {
        self.stays = false;
        self.runs.clear();
        let mut bytes = 0;
        for from in 0..self.leads.len() as u32 {
            let run = runs::behind(from, &self.leads, &self.steady).filter(|run| bytes + run.bytes.len() < RUNS);
            bytes += run.as_ref().map_or(0, |run| run.bytes.len());
            if let Some(lead) = self.leads.get_mut(from as usize) {
                lead.run = run.as_ref().map_or(NONE, |_| self.runs.len() as u32);
            }
            self.runs.extend(run.map(|run| Tried { run, hits: 0, misses: 0 }));
        }
    }

    /// Does it pay to go into maps that nobody reads, key by key?
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn goes_in(&self) -> bool {
        self.pause == 0
    }

    /// What came before the next key is not known.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn lose(&mut self) {
        self.last = LOST;
    }

    /// Takes note of a key that was read: of what stands from `from` to its value.
    pub(super) fn learn(&mut self, place: Place, line: &[u8], from: usize, seen: Seen) {
        if self.pause > 0 {
            return;
        }
        self.misses += 1;
        let end = seen.value + usize::from(line.get(seen.value) == Some(&b'"'));
        let Some(number) = line.get(from..end).and_then(|bytes| self.number(place, bytes, &seen)) else {
            self.last = LOST;
            return;
        };
        if let Some(last) = self.leads.get_mut(self.last as usize) {
            // In front; the others move back by one, as far as the place where it stood.
            let stood = last.next.iter().position(|next| *next == number).unwrap_or(NEXT - 1);
            last.next[..=stood].rotate_right(1);
            last.next[0] = number;
        }
        self.last = number;
    }

    /// The number of these bytes at this place, a new one if need be and there is room.
    fn number(&mut self, place: Place, bytes: &[u8], seen: &Seen) -> Option<u32> {
        if bytes.len() > LEAD || bytes.is_empty() {
            return None;
        }
        let mut hasher = rustc_hash::FxHasher::default();
        (place, bytes, seen.ends).hash(&mut hasher);
        let hash = hasher.finish();
        if let Some(number) = self.known.get(&hash) {
            let known = self.leads.get(*number as usize)?;
            return (known.place == place && known.ends == seen.ends && *known.bytes == *bytes).then_some(*number);
        }
        if self.leads.len() >= KEYS {
            return None;
        }
        let number = self.leads.len() as u32;
        self.leads.push(Lead::new(bytes, place, seen));
        #[cfg(not(target_arch = "wasm32"))]
        self.steady.push(Steady::default());
        self.known.insert(hash, number);
        Some(number)
    }
}

impl Lead {
    fn new(bytes: &[u8], place: Place, seen: &Seen) -> Self {
        Self {
            bytes: bytes.into(),
            #[cfg(not(target_arch = "wasm32"))]
            head: Head::new(bytes),
            text: bytes.last() == Some(&b'"'),
            place,
            edge: seen.edge.unwrap_or(NONE),
            closes: seen.closes,
            level: seen.level,
            ends: seen.ends,
            next: [NONE; NEXT],
            #[cfg(not(target_arch = "wasm32"))]
            run: NONE,
        }
    }

    #[inline(always)]
    fn begins(&self, rest: &[u8]) -> bool {
        #[cfg(not(target_arch = "wasm32"))]
        return self.head.begins(rest, &self.bytes);
        #[cfg(target_arch = "wasm32")]
        return rest.starts_with(&self.bytes);
    }
}
