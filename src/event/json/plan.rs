//! Which keys of a line matter, level by level.
//!
//! In: a [`Layout`]. Out: a trie. A path `a.b.c` may stand as the key `a.b.c`; or below the key `a` as `b.c`; or below `a`
//! and `b` as `c`: each level has an edge for the whole rest of the path and one for its first part. Never here: bytes of
//! events.
//!
//! Lines are the agent's own events or in no form that is known, so a path below `msg` is never looked for: whatever stands there
//! is the endpoint's.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dialect::AgentVersion;
use crate::event::{Layout, is_message};
use crate::limits::EVENT_DEPTH;

/// A key at one level.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) key: Box<[u8]>,
    /// The path that ends here.
    pub(super) term: Option<u32>,
    /// The level below, when a map stands here.
    pub(super) below: Option<u32>,
}

/// One level: the edges by the length of their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    pub(super) depth: u32,
    /// Which lengths of keys there are, a bit each.
    lengths: u64,
    /// Length by length, the edges (index in [`LinePlan::edges`]); the last entry holds all longer keys.
    by_length: Vec<Vec<(u32, u32)>>,
}

/// Keys of this length or more share a bucket.
const LONG: usize = 48;

/// How to find the fields of a layout in a line of JSON.
#[derive(Clone, Debug)]
pub struct LinePlan {
    pub(super) levels: Vec<Level>,
    pub(super) edges: Vec<Edge>,
    /// Slot by slot, its paths, best first.
    pub(super) slots: Vec<Vec<u32>>,
    /// Which plan it is: no other has this number.
    pub(super) number: u64,
    /// Number of different paths.
    pub(super) terms: usize,
    /// The path of the event id.
    pub(super) id: Option<u32>,
    /// Should it be text, or a number? `None`: as it stands.
    pub(super) text_ids: Option<bool>,
    /// The paths at which events whose data were moved have a mark.
    pub(super) marks: Vec<u32>,
}

/// Numbers of plans, from 1 on.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// Where a module or a pipeline, Elastic Agent's too, leaves its name.
const MARKS: [&str; 3] = ["event.module", "event.dataset", "data_stream.dataset"];

impl LinePlan {
    /// The plan for a layout.
    pub fn new(layout: &Layout) -> Self {
        Self::with_paths(layout).0
    }

    /// The same, and the path of each term.
    fn with_paths(layout: &Layout) -> (Self, Vec<&str>) {
        let mut plan = LinePlan {
            levels: vec![Level::default()],
            edges: Vec::new(),
            slots: Vec::new(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            terms: 0,
            id: None,
            text_ids: None,
            marks: Vec::new(),
        };
        let mut paths: Vec<&str> = Vec::new();
        for (_, field) in layout.iter() {
            let mut terms = Vec::new();
            for path in &field.paths {
                let term = match paths.iter().position(|known| known == path) {
                    Some(term) => term,
                    None => {
                        if !is_message(path) {
                            plan.add(path, paths.len() as u32);
                        }
                        paths.push(path);
                        paths.len() - 1
                    }
                };
                terms.push(term as u32);
            }
            plan.slots.push(terms);
        }
        plan.terms = paths.len();
        plan.id = paths.iter().position(|path| *path == "winlog.event_id").map(|term| term as u32);
        (plan, paths)
    }

    /// The same, for events as this version of the agent would send them, and with the means to tell its own from those that
    /// were changed behind it.
    pub fn for_agent(layout: &Layout, agent: AgentVersion) -> Self {
        let (mut plan, paths) = Self::with_paths(layout);
        plan.text_ids = Some(agent.has_text_ids());
        for mark in MARKS {
            // A rule may read it too: a path has one term.
            let term = match paths.iter().position(|path| *path == mark) {
                Some(term) => term as u32,
                None => {
                    let term = plan.terms as u32;
                    plan.add(mark, term);
                    plan.terms += 1;
                    term
                }
            };
            plan.marks.push(term);
        }
        plan
    }

    fn add(&mut self, path: &str, term: u32) {
        let (mut level, mut rest) = (0, path);
        // No event is nested more deeply, so that no deeper level is ever looked at.
        for _ in 0..EVENT_DEPTH {
            let edge = self.edge(level, rest);
            self.edges[edge].term = Some(term);
            let Some((head, tail)) = rest.split_once('.') else { return };
            let edge = self.edge(level, head);
            level = match self.edges[edge].below {
                Some(below) => below as usize,
                None => {
                    let below = self.levels.len();
                    self.levels.push(Level { depth: self.levels[level].depth + 1, ..Level::default() });
                    self.edges[edge].below = Some(below as u32);
                    below
                }
            };
            rest = tail;
        }
    }

    /// The edge of this key at this level, new if need be. Levels come from this plan only.
    fn edge(&mut self, level: usize, key: &str) -> usize {
        let key = key.as_bytes();
        if let Some(edge) = self.find(level as u32, key) {
            return edge as usize;
        }
        let edge = self.edges.len();
        self.edges.push(Edge { key: key.into(), term: None, below: None });
        let bucket = key.len().min(LONG);
        self.levels[level].lengths |= 1 << bucket;
        let buckets = &mut self.levels[level].by_length;
        if buckets.len() <= bucket {
            buckets.resize(bucket + 1, Vec::new());
        }
        buckets[bucket].push((look(key), edge as u32));
        edge
    }

    /// The edge of this key at this level.
    #[inline]
    pub(super) fn find(&self, level: u32, key: &[u8]) -> Option<u32> {
        let level = self.levels.get(level as usize)?;
        let length = key.len().min(LONG);
        if level.lengths >> length & 1 == 0 {
            return None;
        }
        let bucket = level.by_length.get(length)?;
        let look = look(key);
        let same = |edge: u32| self.edges.get(edge as usize).is_some_and(|edge| *edge.key == *key);
        bucket.iter().find(|(looks, edge)| *looks == look && same(*edge)).map(|(_, edge)| *edge)
    }
}

/// What a key looks like: equal keys look alike, others of their length seldom do.
#[inline(always)]
fn look(key: &[u8]) -> u32 {
    let byte = |at: usize| key.get(at).copied().unwrap_or(0);
    u32::from_le_bytes([byte(0), byte(key.len() / 3), byte(key.len() / 2), byte(key.len().saturating_sub(1))])
}
