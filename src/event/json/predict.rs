//! Which key comes next: in a log nearly always the one that came next before.
//!
//! In: what stands from the end of one value to the start of the next, and what the plan says of the key in it. Out: the same answer
//! without reading the key, where the very same bytes stand there again at the same level. Never here: trust; a guess that does not stand
//! there is no answer, and whatever is said was once read.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

use super::skip_space;

/// Nothing.
const NONE: u32 = u32::MAX;
/// Keys that are remembered.
const KEYS: usize = 4096;
/// Bytes from value to value that are remembered at most.
const LEAD: usize = 96;
/// Keys that may come next.
const NEXT: usize = 4;
/// After so many keys it is seen whether guessing pays.
const TRIED: u32 = 4096;
/// Where it does not, nothing is guessed for so many lines: keys come in no order there.
const PAUSE: u32 = 4096;

/// What stood between two values, with the first byte of the second where that is a quote.
#[derive(Clone, Debug)]
struct Lead {
    bytes: Box<[u8]>,
    level: u32,
    edge: u32,
    /// The keys that came behind this one, the last of them first.
    next: [u32; NEXT],
}

/// What was seen of the keys of one plan.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// The first stands for the start of a line.
    leads: Vec<Lead>,
    /// Their numbers by a hash of bytes and level; of two with the same hash one is not remembered.
    known: FxHashMap<u64, u32>,
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
        let start = Lead { bytes: Box::default(), level: NONE, edge: NONE, next: [NONE; NEXT] };
        Self { leads: vec![start], known: FxHashMap::default(), last: 0, plan: 0, hits: 0, misses: 0, pause: 0 }
    }
}

/// A key that was foreseen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreseen {
    /// The plan's edge.
    pub(super) edge: Option<u32>,
    /// Offset of the value's first byte.
    pub(super) value: usize,
}

impl Keys {
    /// A new line, read by this plan.
    pub(super) fn begin(&mut self, plan: u64) {
        if self.plan != plan {
            *self = Self { plan, ..Self::default() };
        }
        self.last = 0;
        self.pause = self.pause.saturating_sub(1);
        if self.hits + self.misses > TRIED {
            self.pause = if self.misses > self.hits / 2 { PAUSE } else { 0 };
            (self.hits, self.misses) = (0, 0);
        }
    }

    /// The key behind `at`, if it is one that came here before.
    #[inline(always)]
    pub(super) fn foresee(&mut self, level: u32, line: &[u8], at: usize) -> Option<Foreseen> {
        if self.pause > 0 {
            return None;
        }
        let rest = line.get(at..)?;
        let next = self.leads.get(self.last as usize)?.next;
        for number in next {
            let lead = self.leads.get(number as usize)?;
            if lead.level == level && begins(rest, &lead.bytes) {
                let end = at + lead.bytes.len();
                // Where the value was no text, white space may stand before this one.
                let value = if lead.bytes.last() == Some(&b'"') { end - 1 } else { skip_space(line, end) };
                self.last = number;
                self.hits += 1;
                return Some(Foreseen { edge: (lead.edge != NONE).then_some(lead.edge), value });
            }
        }
        None
    }

    /// Takes note of a key that was read: what stands from the value before to the byte `value`.
    pub(super) fn learn(&mut self, level: u32, line: &[u8], from: usize, value: usize, edge: Option<u32>) {
        if self.pause > 0 {
            return;
        }
        self.misses += 1;
        let end = value + usize::from(line.get(value) == Some(&b'"'));
        let Some(number) = line.get(from..end).and_then(|bytes| self.number(level, bytes, edge)) else {
            self.last = 0;
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

    /// The number of these bytes at this level, a new one if need be and there is room.
    fn number(&mut self, level: u32, bytes: &[u8], edge: Option<u32>) -> Option<u32> {
        if bytes.len() > LEAD {
            return None;
        }
        let mut hasher = rustc_hash::FxHasher::default();
        (level, bytes).hash(&mut hasher);
        let hash = hasher.finish();
        if let Some(number) = self.known.get(&hash) {
            let known = self.leads.get(*number as usize)?;
            return (known.level == level && *known.bytes == *bytes).then_some(*number);
        }
        if self.leads.len() >= KEYS {
            return None;
        }
        let number = self.leads.len() as u32;
        self.leads.push(Lead { bytes: bytes.into(), level, edge: edge.unwrap_or(NONE), next: [NONE; NEXT] });
        self.known.insert(hash, number);
        Some(number)
    }
}

/// Do the bytes begin so? Short texts are compared faster word by word than by a call.
#[inline(always)]
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    let word = |bytes: &[u8], at: usize| bytes.get(at..at + 8).and_then(|word| word.first_chunk::<8>().copied());
    let length = start.len();
    if length < 8 {
        return bytes.starts_with(start);
    }
    let mut at = 0;
    while at + 8 < length {
        if word(bytes, at) != word(start, at) {
            return false;
        }
        at += 8;
    }
    // The last word may overlap the one before.
    word(bytes, length - 8) == word(start, length - 8)
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn a_start_of_any_length() {
        let text: Vec<u8> = (0..40).collect();
        for length in 0..40 {
            assert!(begins(&text, &text[..length]), "{length}");
            assert!(!begins(&text[..length], &text), "{length}");
            for changed in 0..length {
                let mut start = text[..length].to_vec();
                start[changed] ^= 1;
                assert!(!begins(&text, &start), "{length} {changed}");
            }
        }
    }
}
