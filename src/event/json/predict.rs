//! Which key comes next: in a log nearly always the one that came next before.
//!
//! In: what stands from the end of one value to the start of the next, and what the plan says of the key in it. Out: the same answer
//! without reading the key, where the very same bytes stand there again at the same level. Never here: trust; a guess that does not stand
//! there is no answer, and whatever is said was once read.

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
    known: FxHashMap<(u32, Box<[u8]>), u32>,
    last: u32,
    plan: u64,
}

impl Default for Keys {
    fn default() -> Self {
        let start = Lead { bytes: Box::default(), level: NONE, edge: NONE, next: [NONE; NEXT] };
        Self { leads: vec![start], known: FxHashMap::default(), last: 0, plan: 0 }
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
    }

    /// The key behind `at`, if it is one that came here before.
    #[inline(always)]
    pub(super) fn foresee(&mut self, level: u32, line: &[u8], at: usize) -> Option<Foreseen> {
        let rest = line.get(at..)?;
        let next = self.leads.get(self.last as usize)?.next;
        for number in next {
            let lead = self.leads.get(number as usize)?;
            if lead.level == level && begins(rest, &lead.bytes) {
                let end = at + lead.bytes.len();
                // Where the value was no text, white space may stand before this one.
                let value = if lead.bytes.last() == Some(&b'"') { end - 1 } else { skip_space(line, end) };
                self.last = number;
                return Some(Foreseen { edge: (lead.edge != NONE).then_some(lead.edge), value });
            }
        }
        None
    }

    /// Takes note of a key that was read: what stands from the value before to the byte `value`.
    pub(super) fn learn(&mut self, level: u32, line: &[u8], from: usize, value: usize, edge: Option<u32>) {
        let end = value + usize::from(line.get(value) == Some(&b'"'));
        let Some(bytes) = line.get(from..end).filter(|bytes| bytes.len() <= LEAD) else {
            self.last = 0;
            return;
        };
        let key = (level, Box::from(bytes));
        let number = match self.known.get(&key) {
            Some(number) => *number,
            None if self.leads.len() < KEYS => {
                let number = self.leads.len() as u32;
                self.leads.push(Lead { bytes: key.1.clone(), level, edge: edge.unwrap_or(NONE), next: [NONE; NEXT] });
                self.known.insert(key, number);
                number
            }
            None => {
                self.last = 0;
                return;
            }
        };
        if let Some(last) = self.leads.get_mut(self.last as usize) {
            // In front; the others move back by one, as far as the place where it stood.
            let stood = last.next.iter().position(|next| *next == number).unwrap_or(NEXT - 1);
            last.next[..=stood].rotate_right(1);
            last.next[0] = number;
        }
        self.last = number;
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
