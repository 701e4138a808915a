//! The most frequent values of a field.
//!
//! In: a column, events, what is wanted. Out: values with the number of events that have them, the most frequent first, equal ones by their
//! text. An event with several values counts once for each. Never here: which events.

use super::bits::Bits;
use super::column::Column;
use super::wire::{Top, TopValue, TopWanted};
use crate::fold;

pub(super) fn top(column: &Column, rows: &Bits, wanted: &TopWanted) -> Top {
    let mut counts = vec![0_usize; column.different()];
    let mut absent = 0;
    for (cell, count) in column.counts(rows).into_iter().enumerate().filter(|(_, count)| *count > 0) {
        let values = column.values(cell);
        absent += if values.is_empty() && !column.is_malformed(cell) { count as usize } else { 0 };
        for value in values {
            if let Some(sum) = counts.get_mut(*value as usize) {
                *sum += count as usize;
            }
        }
    }
    let like = fold::fold(&wanted.like);
    let mut folded = String::new();
    let mut holds = |value: u32| {
        folded.clear();
        fold::fold_into(column.text(value), &mut folded);
        folded.contains(&like)
    };
    let found = (0..).zip(counts).filter(|(value, count)| *count > 0 && (like.is_empty() || holds(*value)));
    let mut found: Vec<(u32, usize)> = found.collect();
    let distinct = found.len();
    let order = |a: &(u32, usize), b: &(u32, usize)| b.1.cmp(&a.1).then_with(|| column.text(a.0).cmp(column.text(b.0)));
    if wanted.most > 0 && wanted.most < found.len() {
        found.select_nth_unstable_by(wanted.most - 1, order);
    }
    found.truncate(wanted.most);
    found.sort_by(order);
    let value = |(value, count): (u32, usize)| TopValue {
        value: column.text(value).to_string(),
        count,
        spellings: column.spellings(value),
    };
    Top { field: wanted.field.clone(), values: found.into_iter().map(value).collect(), distinct, absent }
}
