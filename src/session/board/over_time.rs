//! Counts in steps of time.
//!
//! In: events, how many steps there may be, what is told apart. Out: steps of one round length from the first event to the last. Never
//! here: what the groups mean; rules set them.

use super::bits::Bits;
use super::names::Names;
use super::wire::{Apart, OverTime, Series};
use super::{Boards, at};
use crate::ast::Timestamp;
use crate::session::Session;
use crate::session::hunting::Standing;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Lengths of steps.
const STEPS: [i64; 24] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
];
/// Steps at most, whatever a page asks for.
const MOST: usize = 10_000;

/// The groups that events are in, the gravest first; the last is none of them.
const GROUPS: [&str; 4] = ["suspicious", "security", "forensic", "none"];
const HUNT: [&str; 4] = ["all", "technique", "suspicious", "hunted"];

/// The shortest length by which there are not more steps than this.
fn length(first: i64, last: i64, most: usize) -> i64 {
    let most = most.clamp(1, MOST) as i64;
    let fits = |step: &i64| last.div_euclid(*step) - first.div_euclid(*step) < most;
    STEPS.into_iter().find(fits).unwrap_or_else(|| {
        let mut days = 364 * DAY;
        while !fits(&days) && days < i64::MAX / 4 {
            days *= 2;
        }
        days
    })
}

impl Boards {
    pub(super) fn over_time(&self, names: &Names, rows: &Bits, most: usize, series: Apart) -> Result<OverTime, String> {
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        rows.each(|row| {
            if let Some(time) = self.milliseconds(row) {
                (first, last) = (first.min(time), last.max(time));
            }
        });
        let is_dated = first <= last;
        let step = if is_dated { length(first, last, most) } else { SECOND };
        let begin = if is_dated { first.div_euclid(step) } else { 0 };
        let steps = if is_dated { (last.div_euclid(step) - begin + 1) as usize } else { 0 };
        let words = match series {
            Apart::Group => GROUPS,
            Apart::Hunt => HUNT,
        };
        let mut told = words.map(|name| Series { name, count: 0, counts: vec![0; steps] });
        let mut count = |row: usize, member: [bool; 4]| {
            let step = self.milliseconds(row).map(|time| (time.div_euclid(step) - begin) as usize);
            for (series, _) in told.iter_mut().zip(member).filter(|(_, is)| *is) {
                series.count += 1;
                if let Some(count) = step.and_then(|step| series.counts.get_mut(step)) {
                    *count += 1;
                }
            }
        };
        match series {
            Apart::Group => {
                let column = self.column(&names.column("msg.group"))?;
                let ids = GROUPS.map(|group| column.value(group));
                let groups = column.map(|cell| {
                    let has = |id: &Option<u32>| id.is_some_and(|id| column.values(cell).contains(&id));
                    ids.iter().position(has).unwrap_or(GROUPS.len() - 1)
                });
                rows.each(|row| {
                    let group = at(&groups, column.cell(row), GROUPS.len() - 1);
                    count(row, std::array::from_fn(|at| at == group));
                });
            }
            Apart::Hunt => {
                let [technique, suspicious] = self.known(names)?;
                let hunted = self.hunted_ones();
                rows.each(|row| count(row, [true, technique.has(row), suspicious.has(row), hunted.has(row)]));
            }
        }
        Ok(OverTime { from: begin * step, step, series: told.into() })
    }
}

impl Boards {
    /// The events whose technique is known, and those that rules call suspicious.
    fn known(&self, names: &Names) -> Result<[Bits; 2], String> {
        let technique = self.column(&names.column("msg.technique"))?;
        let tags = self.column(&names.column("@tag"))?;
        let suspicious = tags.value("suspicious");
        Ok([
            technique.events(|cell| !technique.values(cell).is_empty()),
            tags.events(|cell| suspicious.is_some_and(|tag| tags.values(cell).contains(&tag))),
        ])
    }

    /// What a hunt counts of all events, in their order, once what its counts over time need was handed over. Where rules do not compile no
    /// event is suspicious; whoever asks for the counts over time is told.
    pub fn standings(&self, session: &Session) -> Vec<Standing> {
        let none = |_| [Bits::none(self.rows), Bits::none(self.rows)];
        let [technique, suspicious] = self.known(&Names::of(session)).unwrap_or_else(none);
        let standing = |(row, time): (usize, &i64)| Standing {
            at: timestamp(*time),
            technique: technique.has(row),
            suspicious: suspicious.has(row),
        };
        self.times.iter().enumerate().map(standing).collect()
    }
}

/// The time of an event; `None`: it has none.
fn timestamp(time: i64) -> Option<Timestamp> {
    const SECOND: i64 = 1000 * super::MILLISECOND;
    let nanos = u32::try_from(time.rem_euclid(SECOND) * (1_000_000_000 / SECOND)).unwrap_or_default();
    (time != super::UNDATED).then(|| Timestamp::new(time.div_euclid(SECOND), nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_as_short_as_may_be() {
        assert_eq!(length(0, 0, 1), SECOND);
        assert_eq!(length(0, 59_999, 60), SECOND);
        assert_eq!(length(0, 60_000, 60), 2 * SECOND);
        // A border counts: two events of one second apart may stand in two minutes.
        assert_eq!(length(59_999, 60_000, 1), 2 * MINUTE);
        assert_eq!(length(0, 365 * DAY, 60), 7 * DAY);
        let far = length(i64::MIN / 20_000, i64::MAX / 20_000, 1);
        assert!(far > 0 && far % (364 * DAY) == 0);
        // Lengths are in order, and begin anew with the day where they are shorter than one.
        assert!(STEPS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(STEPS.iter().all(|step| DAY % step == 0 || step % DAY == 0));
    }
}
