//! Counts of values, in bounded memory.
//!
//! In: values, one by one. Out: how often each came, most first, then in their order. Beyond a number of different values, or of
//! their bytes, new ones are only counted together. Never here: what the values are.

use std::borrow::Borrow;
use std::hash::Hash;

use rustc_hash::FxHashMap;

/// How often each value came.
#[derive(Debug)]
pub(super) struct Tally<K> {
    counts: FxHashMap<K, u64>,
    /// How many different values may still come, and how many bytes of them.
    left: (usize, usize),
    /// How often other values came, for which there was no room.
    pub beyond: u64,
}

impl<K: Eq + Hash + Ord> Tally<K> {
    /// Room for so many different values, and so many bytes of them.
    pub fn new(values: usize, bytes: usize) -> Self {
        Self { counts: FxHashMap::default(), left: (values, bytes), beyond: 0 }
    }

    /// Counts a value that takes so many bytes.
    pub fn add<Q>(&mut self, value: &Q, bytes: usize)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
            return;
        }
        match (self.left.0.checked_sub(1), self.left.1.checked_sub(bytes)) {
            (Some(values), Some(bytes)) => {
                self.left = (values, bytes);
                self.counts.insert(value.to_owned(), 1);
            }
            (None, _) | (_, None) => self.beyond += 1,
        }
    }

    /// How many different values there is a count of.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// The values with their counts, most first, then in their order.
    pub fn most_first(&self) -> Vec<(&K, u64)> {
        let mut all: Vec<(&K, u64)> = self.counts.iter().map(|(value, count)| (value, *count)).collect();
        all.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(values: usize, bytes: usize, came: &[&str]) -> (Vec<(String, u64)>, u64) {
        let mut tally: Tally<String> = Tally::new(values, bytes);
        came.iter().for_each(|value| tally.add(*value, value.len()));
        (tally.most_first().into_iter().map(|(value, count)| (value.clone(), count)).collect(), tally.beyond)
    }

    #[test]
    fn most_first_then_by_value() {
        let most = [("b", 2), ("a", 1), ("c", 1)].map(|(value, count)| (value.to_string(), count)).to_vec();
        assert_eq!(counted(9, 99, &["c", "b", "a", "b"]), (most, 0));
    }

    #[test]
    fn what_has_no_room_is_counted_together_and_what_has_goes_on() {
        assert_eq!(counted(1, 99, &["a", "b", "c", "a"]), (vec![("a".to_string(), 2)], 2));
        assert_eq!(counted(9, 3, &["aa", "bb", "c", "aa"]), (vec![("aa".to_string(), 2), ("c".to_string(), 1)], 1));
    }
}
