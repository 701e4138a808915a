//! Events in an order.
//!
//! In: a query, a column. Out: the numbers of its events, ordered as the table of events orders them; kept, so that the next rows cost
//! nothing. Never here: rows.

use std::cmp::Ordering;
use std::rc::Rc;

use super::names::Names;
use super::wire::{BoardQuery, BoardSort};
use super::{Boards, UNDATED, at};
use crate::session::samples::Key;

/// The events of the query that was asked last.
pub(super) struct Ordered {
    query: BoardQuery,
    sort: Option<BoardSort>,
    rows: Rc<Vec<u32>>,
}

impl Boards {
    fn time(&self, row: u32) -> i64 {
        at(&self.times, row as usize, UNDATED)
    }

    pub(super) fn ordered(
        &mut self,
        names: &Names,
        query: &BoardQuery,
        sort: Option<&BoardSort>,
    ) -> Result<Rc<Vec<u32>>, String> {
        if let Some(known) = &self.ordered
            && known.query == *query
            && known.sort.as_ref() == sort
        {
            return Ok(known.rows.clone());
        }
        let (_, chosen) = self.rows(names, query)?;
        let mut rows = Vec::with_capacity(chosen.count());
        match sort {
            None => chosen.each(|row| rows.push(row as u32)),
            Some(sort) if sort.column == "time" => {
                let of_query = self.by_time.iter().copied().filter(|row| chosen.has(*row as usize));
                let (dated, undated): (Vec<u32>, Vec<u32>) = of_query.partition(|row| self.time(*row) != UNDATED);
                if sort.descending {
                    let same = dated.chunk_by(|a, b| self.time(*a) == self.time(*b));
                    same.rev().for_each(|same| rows.extend(same));
                } else {
                    rows.extend(dated);
                }
                rows.extend(undated);
            }
            Some(sort) => {
                let column = self.column(&names.sorted(&sort.column))?;
                // Of what became of an event the first word says whether it was dropped.
                let first = |cell| column.values(cell).first().map(|word| column.text(*word).to_string());
                let is_decision = sort.column == "decision";
                let keys = column.map(|cell| Key::of(if is_decision { first(cell) } else { column.cell_text(cell) }));
                let mut cells: Vec<u32> = (0..column.cells() as u32).collect();
                let key = |cell: u32| keys.get(cell as usize).unwrap_or(&Key::Absent);
                let compare = |a: &u32, b: &u32| Key::compare(key(*a), key(*b), sort.descending);
                cells.sort_by(compare);
                // Cells that say the same share a rank, so that their events stay in the order of the input.
                let mut ranks = vec![0_usize; column.cells()];
                let (mut rank, mut before) = (0, None);
                for cell in cells {
                    rank += usize::from(before.is_some_and(|before| compare(&before, &cell) != Ordering::Equal));
                    if let Some(slot) = ranks.get_mut(cell as usize) {
                        *slot = rank;
                    }
                    before = Some(cell);
                }
                let rank_of = |row: usize| ranks.get(column.cell(row)).copied().unwrap_or(rank);
                let mut starts = vec![0_usize; rank + 2];
                chosen.each(|row| {
                    if let Some(start) = starts.get_mut(rank_of(row) + 1) {
                        *start += 1;
                    }
                });
                for at in 1..starts.len() {
                    let before = starts.get(at - 1).copied().unwrap_or(0);
                    if let Some(start) = starts.get_mut(at) {
                        *start += before;
                    }
                }
                rows.resize(chosen.count(), 0);
                chosen.each(|row| {
                    if let Some(start) = starts.get_mut(rank_of(row)) {
                        if let Some(place) = rows.get_mut(*start) {
                            *place = row as u32;
                        }
                        *start += 1;
                    }
                });
            }
        }
        let rows = Rc::new(rows);
        self.ordered = Some(Ordered { query: query.clone(), sort: sort.cloned(), rows: rows.clone() });
        Ok(rows)
    }
}
