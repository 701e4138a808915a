//! Sorting lists whose sorting nobody waits for.
//!
//! In: a list, and how two of its members stand. Out: the list in that order; equal ones stay as they stood. Never here: lists of rows
//! and events, which the standard library's sort has.
//!
//! That sort is written out anew for every type, 5 kB of machine code each, which a browser would have to load. There one sort of
//! numbers does for all types, over a comparison that it knows nothing of; everywhere else the standard library's is called.

use std::cmp::Ordering;

/// Sorts by a comparison.
pub(crate) fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    if cfg!(target_arch = "wasm32") {
        small(items, &mut compare);
    } else {
        items.sort_by(compare);
    }
}

/// Sorts by something of each member.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts as the members stand to each other.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// The same, with little code for each type.
fn small<T>(items: &mut [T], compare: &mut dyn FnMut(&T, &T) -> Ordering) {
    let mut order = ordered(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        (None | Some(_), None) | (None, Some(_)) => a.cmp(&b),
    });
    // What stands at `order[at]` goes to `at`: round by round, until a round comes back to where it began.
    for start in 0..order.len() {
        let mut at = start;
        while let Some(next) = order.get_mut(at) {
            let from = std::mem::replace(next, at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// The numbers below `len`, in order.
fn ordered(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_small_sort_is_the_standard_one(items in prop::collection::vec((0_u8..20, any::<u16>()), 0..200)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut found = items.clone();
            small(&mut found, &mut |a, b| a.0.cmp(&b.0));
            prop_assert_eq!(&found, &expected);
            let mut keyed = items;
            sort_by_key(&mut keyed, |(key, _)| *key);
            prop_assert_eq!(keyed, expected);
        }
    }

    #[test]
    fn nothing_and_one_are_sorted() {
        let mut none: [u8; 0] = [];
        sort(&mut none);
        let mut one = ["a"];
        small(&mut one, &mut |a, b| a.cmp(b));
        assert_eq!(one, ["a"]);
    }
}
