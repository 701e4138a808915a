//! Counts over time, in a bounded number of steps.
//!
//! In: times, and which of some groups each belongs to. Out: steps of one length, with a count for each group. Never here: what the groups
//! are.
//!
//! The steps begin short. Whenever there would be too many of them the next longer length is taken and neighbours are put together, so
//! that the counts stay exact whatever the range turns out to be.

use std::collections::BTreeMap;

use crate::ast::Timestamp;

/// Lengths of steps in seconds: each divides the next.
const LENGTHS: [i64; 11] =
    [1, 10, 60, 600, 3600, 6 * 3600, 86_400, 7 * 86_400, 28 * 86_400, 364 * 86_400, 3640 * 86_400];
/// Steps at most.
const STEPS: usize = 120;

/// Counts of `N` groups over time.
#[derive(Clone, Debug)]
pub struct OverTime<const N: usize> {
    length: usize,
    steps: BTreeMap<i64, [u64; N]>,
    /// Counts of what has no time.
    pub without: [u64; N],
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<const N: usize> {
    /// When it begins.
    pub begins: Timestamp,
    /// The counts.
    pub counts: [u64; N],
}

impl<const N: usize> Default for OverTime<N> {
    fn default() -> Self {
        Self { length: 0, steps: BTreeMap::new(), without: [0; N] }
    }
}

impl<const N: usize> OverTime<N> {
    /// Counts one in each of these groups.
    pub fn add(&mut self, at: Option<Timestamp>, groups: [bool; N]) {
        let count = |counts: &mut [u64; N]| {
            counts.iter_mut().zip(groups).for_each(|(count, is)| *count += u64::from(is));
        };
        let Some(at) = at else { return count(&mut self.without) };
        count(self.steps.entry(at.seconds.div_euclid(self.seconds())).or_insert([0; N]));
        while self.range() > STEPS as i64 && self.length + 1 < LENGTHS.len() {
            self.widen();
        }
    }

    /// Steps from the first to the last, those between them too.
    fn range(&self) -> i64 {
        let ends = self.steps.first_key_value().zip(self.steps.last_key_value());
        ends.map_or(0, |((first, _), (last, _))| last - first + 1)
    }

    fn widen(&mut self) {
        let before = self.seconds();
        self.length += 1;
        let factor = self.seconds() / before;
        for (step, counts) in std::mem::take(&mut self.steps) {
            let wider = self.steps.entry(step.div_euclid(factor)).or_insert([0; N]);
            wider.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }

    /// Seconds that a step is long.
    pub fn seconds(&self) -> i64 {
        LENGTHS.get(self.length).copied().unwrap_or(1)
    }

    /// The steps that have anything, in order.
    pub fn steps(&self) -> impl Iterator<Item = Step<N>> {
        let seconds = self.seconds();
        self.steps.iter().map(move |(step, counts)| Step {
            begins: Timestamp::new(step.saturating_mul(seconds), 0),
            counts: *counts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(seconds: &[i64]) -> (i64, Vec<(i64, u64)>) {
        let mut counts = OverTime::<1>::default();
        for second in seconds {
            counts.add(Some(Timestamp::new(*second, 0)), [true]);
        }
        (counts.seconds(), counts.steps().map(|step| (step.begins.seconds, step.counts[0])).collect())
    }

    #[test]
    fn steps_are_as_short_as_the_range_allows() {
        assert_eq!(counted(&[5, 5, 7]), (1, vec![(5, 2), (7, 1)]));
        assert_eq!(counted(&[5, 130]), (10, vec![(0, 1), (130, 1)]));
        assert_eq!(counted(&[0, 59, 60, 86_400]), (3600, vec![(0, 3), (86_400, 1)]));
    }

    #[test]
    fn nothing_is_lost_whatever_the_order_and_the_range() {
        let far = [i64::from(i32::MAX) * 50, -62_135_596_800, 0, 1, 1];
        let (_, steps) = counted(&far);
        assert_eq!(steps.iter().map(|(_, count)| count).sum::<u64>(), 5);
        let mut turned = far;
        turned.reverse();
        assert_eq!(counted(&turned), counted(&far));
    }

    #[test]
    fn what_has_no_time_is_counted_apart() {
        let mut counts = OverTime::<2>::default();
        counts.add(None, [true, false]);
        assert_eq!((counts.without, counts.steps().count()), ([1, 0], 0));
    }
}
