//! A set of events: one bit each.
//!
//! In: numbers of events. Out: sets made of others, and their members in order. Never here: what a set is of.

/// A set of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// None of so many.
    pub fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// All of so many.
    pub fn all(len: usize) -> Self {
        Self::of(len, |_| true)
    }

    /// Those of so many of which something holds.
    pub fn of(len: usize, mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut words = Vec::with_capacity(len.div_ceil(64));
        let mut at = 0;
        while at < len {
            let until = (at + 64).min(len);
            let word = (at..until).fold(0, |word, row| word | u64::from(holds(row)) << (row % 64));
            words.push(word);
            at = until;
        }
        Self { words, len }
    }

    /// Adds one, where there is such a number.
    pub fn insert(&mut self, row: usize) {
        if row < self.len
            && let Some(word) = self.words.get_mut(row / 64)
        {
            *word |= 1 << (row % 64);
        }
    }

    /// Is it one of them?
    pub fn has(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Keeps those that are in both.
    pub fn and(&mut self, other: &Bits) {
        let others = other.words.iter().chain(std::iter::repeat(&0));
        self.words.iter_mut().zip(others).for_each(|(word, other)| *word &= other);
    }

    /// Takes those of another set out.
    pub fn and_not(&mut self, other: &Bits) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Hands each over, in order.
    pub fn each(&self, mut take: impl FnMut(usize)) {
        for (at, word) in self.words.iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                take(at * 64 + left.trailing_zeros() as usize);
                left &= left - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_what_they_are_made_of() {
        let even = Bits::of(130, |row| row % 2 == 0);
        let mut third = Bits::none(130);
        (0..200).step_by(3).for_each(|row| third.insert(row));
        let members = |bits: &Bits| {
            let mut all = Vec::new();
            bits.each(|row| all.push(row));
            all
        };
        assert_eq!(members(&third).last(), Some(&129));
        assert_eq!((even.count(), Bits::all(130).count(), Bits::all(0).count()), (65, 130, 0));
        let mut both = even.clone();
        both.and(&third);
        assert_eq!(members(&both), (0..130).filter(|row| row % 6 == 0).collect::<Vec<_>>());
        let mut others = even.clone();
        others.and_not(&third);
        assert_eq!(members(&others), (0..130).filter(|row| row % 2 == 0 && row % 3 != 0).collect::<Vec<_>>());
        assert!(third.has(129) && !third.has(130) && !third.has(usize::MAX));
    }
}
