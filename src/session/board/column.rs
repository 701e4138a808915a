//! What all events hold of one thing: cells, the values in them, and which values are the same.
//!
//! In: bytes as `samples/columns.rs` writes them. Out: event by event the number of its cell, cell by cell its values. Values that the
//! language takes for equal, ignoring case, are one; it is told as it is written most often. Never here: which events are counted.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::bits::Bits;
use crate::fold::{fold_char, fold_into};
use crate::session::samples::columns::MALFORMED;
use crate::texts::Texts;

/// A column.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Event by event, its cell.
    ids: Vec<u32>,
    /// Cell by cell, where its values end.
    ends: Vec<u32>,
    /// Their numbers.
    values: Vec<u32>,
    /// Value by value, its text.
    texts: Texts,
    /// Value by value, in how many ways it is written; none: each in one.
    spellings: Vec<u32>,
    /// Cells whose value is malformed; seldom any.
    malformed: Vec<u32>,
}

impl Column {
    /// Reads columns that stand one behind the other. `None`: these bytes are none.
    pub fn read_all(mut bytes: &[u8]) -> Option<Vec<Column>> {
        let mut columns = Vec::new();
        while !bytes.is_empty() {
            columns.push(Self::read(&mut bytes)?);
        }
        Some(columns)
    }

    fn read(bytes: &mut &[u8]) -> Option<Column> {
        let rows = number(bytes)? as usize;
        let (ids, rest) = bytes.split_at_checked(rows.checked_mul(4)?)?;
        *bytes = rest;
        let (ids, _) = ids.as_chunks::<4>();
        let ids: Vec<u32> = ids.iter().map(|id| u32::from_le_bytes(*id)).collect();
        // Each cell has at least the number of its texts.
        let cells = number(bytes).filter(|cells| *cells as usize <= bytes.len() / 4)?;
        // How many events have each cell.
        let mut counts = vec![0_usize; cells as usize];
        for id in &ids {
            *counts.get_mut(*id as usize)? += 1;
        }
        let mut column = Column { ids, ..Column::default() };
        let mut spellings = Spellings::default();
        for (cell, count) in (0..cells).zip(counts) {
            let begin = column.values.len();
            let texts = match number(bytes)? {
                MALFORMED => {
                    column.malformed.push(cell);
                    0
                }
                texts => texts,
            };
            for _ in 0..texts {
                let length = number(bytes)? as usize;
                let (text, rest) = bytes.split_at_checked(length)?;
                *bytes = rest;
                let value = spellings.value(str::from_utf8(text).ok()?, count);
                if !column.values.get(begin..)?.contains(&value) {
                    column.values.push(value);
                }
            }
            column.ends.push(column.values.len() as u32);
        }
        (column.texts, column.spellings) = spellings.finish();
        Some(column)
    }

    /// Number of events.
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Number of different cells.
    pub fn cells(&self) -> usize {
        self.ends.len()
    }

    /// The cell of an event.
    pub fn cell(&self, row: usize) -> usize {
        self.ids.get(row).map_or(usize::MAX, |id| *id as usize)
    }

    /// The values of a cell.
    pub fn values(&self, cell: usize) -> &[u32] {
        let begin = cell.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(cell).copied().unwrap_or(begin);
        self.values.get(begin as usize..end as usize).unwrap_or_default()
    }

    /// Is the value of a cell malformed?
    pub fn is_malformed(&self, cell: usize) -> bool {
        !self.malformed.is_empty() && self.malformed.binary_search(&(cell as u32)).is_ok()
    }

    /// Number of different values.
    pub fn different(&self) -> usize {
        self.texts.len()
    }

    /// A value, as it is written most often.
    pub fn text(&self, value: u32) -> &str {
        self.texts.get(value as usize).unwrap_or_default()
    }

    /// In how many ways a value is written, over all events: letters of either case, and such as look alike.
    pub fn spellings(&self, value: u32) -> usize {
        self.spellings.get(value as usize).map_or(1, |spellings| *spellings as usize)
    }

    /// What a cell says as a whole; `None`: nothing.
    pub fn cell_text(&self, cell: usize) -> Option<String> {
        if self.is_malformed(cell) {
            return Some("(malformed)".to_string());
        }
        let values: Vec<&str> = self.values(cell).iter().map(|value| self.text(*value)).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The number of a value, ignoring case.
    pub fn value(&self, text: &str) -> Option<u32> {
        let same = |other: &str| other.chars().map(fold_char).eq(text.chars().map(fold_char));
        self.texts.iter().position(same).map(|at| at as u32)
    }

    /// Something of each cell.
    pub fn map<T>(&self, of: impl FnMut(usize) -> T) -> Vec<T> {
        (0..self.cells()).map(of).collect()
    }

    /// The events whose cells are such.
    pub fn events(&self, of: impl FnMut(usize) -> bool) -> Bits {
        let cells = self.map(of);
        Bits::of(self.rows(), |row| cells.get(self.cell(row)).copied().unwrap_or_default())
    }

    /// How many of these events have each cell.
    pub fn counts(&self, rows: &Bits) -> Vec<u32> {
        let mut counts = vec![0; self.cells()];
        rows.each(|row| {
            if let Some(count) = counts.get_mut(self.cell(row)) {
                *count += 1;
            }
        });
        counts
    }
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

/// Texts, and which of them are equal.
#[derive(Default)]
struct Spellings {
    texts: Texts,
    /// Spelling by spelling: its value, and how many events have it.
    of: Vec<(u32, usize)>,
    /// By the hash of the folded text.
    index: HashTable<u32>,
    values: u32,
    folded: String,
    other: String,
}

impl Spellings {
    /// The value that a text is, which so many more events have.
    fn value(&mut self, text: &str, count: usize) -> u32 {
        self.folded.clear();
        fold_into(text, &mut self.folded);
        let hash = hash(&self.folded);
        let same = |at: &u32| self.texts.get(*at as usize) == Some(text);
        if let Some(at) = self.index.find(hash, same).copied()
            && let Some((value, events)) = self.of.get_mut(at as usize)
        {
            *events += count;
            return *value;
        }
        let (folded, other, texts) = (&self.folded, &mut self.other, &self.texts);
        let equal = |at: &u32| {
            other.clear();
            fold_into(texts.get(*at as usize).unwrap_or_default(), other);
            other == folded
        };
        let value = self.index.find(hash, equal).and_then(|at| self.of.get(*at as usize)).map(|(value, _)| *value);
        let value = value.unwrap_or_else(|| {
            self.values += 1;
            self.values - 1
        });
        let at = self.texts.len() as u32;
        self.texts.push(text);
        self.of.push((value, count));
        let texts = &self.texts;
        self.index.insert_unique(hash, at, |at| {
            let mut folded = String::new();
            fold_into(texts.get(*at as usize).unwrap_or_default(), &mut folded);
            self::hash(&folded)
        });
        value
    }

    /// The text of each value and how many it has: the most frequent one, of equally frequent ones the first by its characters.
    fn finish(self) -> (Texts, Vec<u32>) {
        if self.values as usize == self.texts.len() {
            return (self.texts, Vec::new());
        }
        let mut spellings = vec![0; self.values as usize];
        let mut best: Vec<Option<u32>> = vec![None; self.values as usize];
        for (at, (value, events)) in (0..).zip(&self.of) {
            let Some(best) = best.get_mut(*value as usize) else { continue };
            if let Some(spellings) = spellings.get_mut(*value as usize) {
                *spellings += 1;
            }
            let text = |at: u32| self.texts.get(at as usize).unwrap_or_default();
            let before = best.map(|best| (self.of.get(best as usize).map_or(0, |(_, events)| *events), best));
            if before.is_none_or(|(most, best)| *events > most || *events == most && text(at) < text(best)) {
                *best = Some(at);
            }
        }
        let mut texts = Texts::default();
        best.iter().for_each(|at| texts.push(at.and_then(|at| self.texts.get(at as usize)).unwrap_or_default()));
        (texts, spellings)
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(ids: &[u32], cells: &[&[&str]]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut number = |number: usize, text: &str| {
            out.extend((number as u32).to_le_bytes());
            out.extend(text.as_bytes());
        };
        number(ids.len(), "");
        ids.iter().for_each(|id| number(*id as usize, ""));
        number(cells.len(), "");
        for texts in cells {
            number(texts.len(), "");
            texts.iter().for_each(|text| number(text.len(), text));
        }
        out
    }

    #[test]
    fn equal_values_are_one_and_told_as_most_events_have_them() {
        let bytes = bytes(&[0, 1, 1, 2, 3], &[&["ÄB"], &["äb"], &["x", "Äb", "X"], &[]]);
        let column = Column::read_all(&bytes).unwrap().remove(0);
        assert_eq!((column.rows(), column.cells(), column.different()), (5, 4, 2));
        assert_eq!(
            column.map(|cell| column.cell_text(cell)),
            [Some("äb".to_string()), Some("äb".to_string()), Some("X, äb".to_string()), None]
        );
        assert_eq!((column.value("ÄB"), column.value("y")), (Some(0), None));
        assert_eq!((column.spellings(0), column.spellings(1)), (3, 2));
        assert_eq!(column.counts(&Bits::all(5)), [1, 2, 1, 1]);
    }

    #[test]
    fn bytes_that_are_no_column_are_none() {
        let good = bytes(&[0, 1], &[&["a"], &[]]);
        assert!(Column::read_all(&good).is_some());
        for cut in 1..good.len() {
            assert!(Column::read_all(good.get(..cut).unwrap()).is_none(), "{cut}");
        }
        assert!(Column::read_all(&bytes(&[0, 9], &[&["a"]])).is_none());
        assert!(Column::read_all(&[0xff; 4]).is_none());
        assert!(Column::read_all(&[]).unwrap().is_empty());
    }
}
