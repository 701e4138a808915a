//! A row that is to be added to a table.
//!
//! In: values for some of its columns. Out: a cell for each column, or why the row is not taken. Never here: whether the file
//! that a hash belongs to may be trusted.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Sheet;
use super::hashes::{self, Wrong};
use crate::ast::HashKind;
use crate::fold;

/// Why a row is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Two values for this column.
    Twice(String),
    /// Nothing to find the row by: none of these columns has a value.
    NoKey(Vec<String>),
    /// A hash that is none, or one of no file.
    Hash {
        /// The value.
        value: String,
        /// What is wrong with it.
        wrong: Wrong,
    },
    /// An IMPHASH for a table of hashes.
    Imphash,
    /// A value with a NUL in it, which no table can hold, for this column.
    Nul(String),
    /// A row has it already.
    There {
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// Which row, from 0.
        row: usize,
    },
}

/// The columns of hashes.
pub fn hash_columns(sheet: &Sheet) -> Vec<usize> {
    sheet.columns.iter().enumerate().filter(|(_, column)| column.hash.is_some()).map(|(at, _)| at).collect()
}

/// The columns by which a row is found, and in which no value stands twice: those of hashes, else the key.
pub fn finders(sheet: &Sheet, key: usize) -> Vec<usize> {
    let hashes = hash_columns(sheet);
    if hashes.is_empty() { vec![key] } else { hashes }
}

/// The columns by whose values rows are sorted: the key, then hashes.
pub fn order(sheet: &Sheet, key: usize) -> Vec<usize> {
    let rest = hash_columns(sheet).into_iter().filter(|column| *column != key);
    std::iter::once(key).chain(rest).collect()
}

/// The rows that have these values in one of the columns, ignoring case: for each value, in the order of the file.
pub fn find_all(sheet: &Sheet, columns: &[usize], values: &[String]) -> Vec<BTreeSet<usize>> {
    let mut wanted: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (at, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
        wanted.entry(fold::fold(value)).or_default().push(at);
    }
    let mut found = vec![BTreeSet::new(); values.len()];
    let mut folded = String::new();
    for column in columns.iter().filter_map(|column| sheet.columns.get(*column)) {
        for (row, value) in column.values.iter().enumerate() {
            folded.clear();
            fold::fold_into(value, &mut folded);
            for at in wanted.get(folded.as_str()).into_iter().flatten() {
                found.get_mut(*at).map(|rows| rows.insert(row));
            }
        }
    }
    found
}

/// A cell for each column: hashes as they are written, nothing where there is no value.
pub fn new(sheet: &Sheet, key: usize, values: Vec<(usize, String)>) -> Result<Vec<String>, Refused> {
    let name = |column: usize| sheet.columns.get(column).map(|column| column.name.clone()).unwrap_or_default();
    let some_hash = !hash_columns(sheet).is_empty();
    let mut cells: Vec<Option<String>> = vec![None; sheet.columns.len()];
    for (column, value) in values {
        let Some(cell) = cells.get_mut(column) else { continue };
        if cell.is_some() {
            return Err(Refused::Twice(name(column)));
        }
        if value.contains('\0') {
            return Err(Refused::Nul(name(column)));
        }
        if some_hash && hashes::kind(&name(column)) == Some(HashKind::Imphash) {
            return Err(Refused::Imphash);
        }
        *cell = Some(match sheet.columns.get(column).and_then(|column| column.hash) {
            Some(kind) if !value.trim().is_empty() => {
                let value = hashes::written(value.trim());
                if let Some(wrong) = hashes::wrong(kind, &value) {
                    return Err(Refused::Hash { value, wrong });
                }
                value
            }
            Some(_) | None => value,
        });
    }
    let cells: Vec<String> = cells.into_iter().map(Option::unwrap_or_default).collect();
    let given = |column: &usize| cells.get(*column).is_some_and(|cell| !cell.is_empty());
    let finders = finders(sheet, key);
    if !finders.iter().any(given) {
        return Err(Refused::NoKey(finders.into_iter().map(name).collect()));
    }
    for column in finders.into_iter().filter(given) {
        let value = cells.get(column).cloned().unwrap_or_default();
        let rows = find_all(sheet, &[column], std::slice::from_ref(&value)).pop().unwrap_or_default();
        if let Some(row) = rows.first() {
            return Err(Refused::There { column: name(column), value, row: *row });
        }
    }
    Ok(cells)
}
