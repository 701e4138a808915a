//! Which pairs of neighbours a text has: a quick no to the question whether something stands in it.
//!
//! In: a field's folded text. Out: its pairs, found once an event. Never here: a yes; two pairs may share a bit, and the pairs of a needle may
//! stand apart.

/// Bits of all pairs. Of a byte five bits count: of small letters that is the letter.
const WORDS: usize = 16;
/// A longer text is searched in less time than its pairs are found.
const LONGEST: usize = 512;
/// Pairs of a needle that are looked at.
const LOOKED: usize = 4;

/// The pairs of a text.
pub(super) type Pairs = [u64; WORDS];

/// What is known of a field's text in one event.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    generation: u32,
    pairs: Pairs,
}

impl Text {
    /// Its pairs; `None`: they do not pay.
    #[inline(always)]
    pub(super) fn pairs(&mut self, generation: u32, text: &[u8]) -> Option<&Pairs> {
        if text.len() > LONGEST {
            return None;
        }
        if self.generation != generation {
            *self = Self { generation, pairs: of(text) };
        }
        Some(&self.pairs)
    }
}

/// The bits of a text's pairs, one after the other.
fn bits(text: &[u8]) -> impl Iterator<Item = u16> {
    text.iter().zip(text.iter().skip(1)).map(|(one, other)| u16::from(one & 31) << 5 | u16::from(other & 31))
}

fn of(text: &[u8]) -> Pairs {
    let mut pairs = [0; WORDS];
    for bit in bits(text) {
        pairs[usize::from(bit >> 6) % WORDS] |= 1u64 << (bit & 63);
    }
    pairs
}

/// Pairs that a needle has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needle([u16; LOOKED]);

impl Needle {
    /// `None`: it is too short to have any.
    pub(super) fn new(needle: &str) -> Option<Self> {
        let all: Vec<u16> = bits(needle.as_bytes()).collect();
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
    fn what_has_other_pairs_is_not_in_it() {
        let pairs = of(b"c:\\windows\\explorer.exe");
        assert!(!Needle::new("powershell").unwrap().may_be_in(&pairs));
        assert!(Needle::new("x").is_none());
    }

    #[test]
    fn another_event_has_other_pairs_and_a_long_text_has_none() {
        let mut text = Text::default();
        let one = *text.pairs(7, b"explorer").unwrap();
        assert_eq!(text.pairs(7, b"explorer"), Some(&one));
        assert_ne!(text.pairs(8, b"services"), Some(&one));
        assert_eq!(text.pairs(9, &[b'a'; LONGEST + 1]), None);
    }
}
