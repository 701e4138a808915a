//! Which pairs of neighbours a text has: a quick no to the question whether something stands in it.
//!
//! In: a field's folded text, and how often it was searched in this event. Out: its pairs, once that pays. Never here: a yes; two pairs may
//! share a bit, and the pairs of a needle may stand apart.

/// Bits of all pairs. Of a byte five bits count: of small letters that is the letter.
const WORDS: usize = 16;
/// From this search of a text on its pairs are known: finding them costs as much as searching two or three times.
const PAYS: u32 = 2;
/// A longer text is searched in less time than its pairs are found.
const LONGEST: usize = 512;
/// Pairs of a needle that are looked at.
const LOOKED: usize = 4;

/// The pairs of a text.
pub(super) type Pairs = [u64; WORDS];

/// The field's text in one event.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    generation: u32,
    searched: u32,
    pairs: Pairs,
}

impl Text {
    /// Counts a search; the pairs, where they are worth it.
    #[inline(always)]
    pub(super) fn search(&mut self, generation: u32, text: &[u8]) -> Option<&Pairs> {
        if self.generation != generation {
            (self.generation, self.searched) = (generation, 0);
        }
        self.searched += 1;
        if self.searched < PAYS || text.len() > LONGEST {
            return None;
        }
        if self.searched == PAYS {
            self.pairs = of(text);
        }
        Some(&self.pairs)
    }
}

fn of(text: &[u8]) -> Pairs {
    let mut pairs = [0; WORDS];
    let mut before = 0;
    for (at, byte) in text.iter().enumerate() {
        let bit = before | u16::from(byte & 31);
        // What stands before the first byte is no pair.
        if at > 0
            && let Some(word) = pairs.get_mut(usize::from(bit >> 6))
        {
            *word |= 1u64 << (bit & 63);
        }
        before = u16::from(byte & 31) << 5;
    }
    pairs
}

/// Pairs that a needle has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needle([u16; LOOKED]);

impl Needle {
    /// `None`: it is too short to have any.
    pub(super) fn new(needle: &str) -> Option<Self> {
        let all: Vec<u16> =
            needle.as_bytes().windows(2).map(|pair| u16::from(pair[0] & 31) << 5 | u16::from(pair[1] & 31)).collect();
        let last = all.len().checked_sub(1)?;
        // Spread over the needle: neighbours are seldom there one without the other.
        let mut looked = [0; LOOKED];
        for (at, pair) in looked.iter_mut().enumerate() {
            *pair = all.get(last * at / (LOOKED - 1)).copied()?;
        }
        Some(Self(looked))
    }

    /// May it stand in a text that has these?
    #[inline(always)]
    pub(super) fn may_be_in(self, pairs: &Pairs) -> bool {
        self.0.iter().all(|pair| pairs[usize::from(pair >> 6) % WORDS] >> (pair & 63) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_stands_in_a_text_may_be_in_it(before in ".{0,40}", needle in ".{0,12}", after in ".{0,40}") {
            let text = format!("{before}{needle}{after}");
            if let Some(pairs) = Needle::new(&needle) {
                prop_assert!(pairs.may_be_in(&of(text.as_bytes())));
            }
        }
    }

    #[test]
    fn what_has_other_pairs_is_not_in_it_and_the_first_searches_do_without() {
        let mut text = Text::default();
        let pairs: Vec<bool> = (0..3).map(|_| text.search(7, b"c:\\windows\\explorer.exe").is_some()).collect();
        assert_eq!(pairs, [false, true, true]);
        assert!(text.search(8, b"another event").is_none());
        let pairs = of(b"c:\\windows\\explorer.exe");
        assert!(!Needle::new("powershell").unwrap().may_be_in(&pairs));
        assert!(Needle::new("x").is_none());
    }
}
