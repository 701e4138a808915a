//! Lookup tables: `in table` and `lookup … of`.
//!
//! In: the names that a rule gives, and the project's tables. Out: the columns that the program needs, in the form in which
//! they are compared. Never here: files.

use std::sync::Arc;

use super::{Checker, Facts};
use crate::ast::{self, At, Base, Function, HashKind, RuleKind};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::{Dialect, Fold};
use crate::ir::{Check, Lookup, LookupId, Operand, Table, TableId, Through};
use crate::origin::Origin;
use crate::sysmon::normalise::Derived;
use crate::table::{Column, TableDef, hashes};
use crate::texts::Texts;

impl<'c> Checker<'c> {
    /// `in table`.
    pub(super) fn table_check(
        &mut self,
        test: &ast::Test,
        name: &At<String>,
        column: Option<&At<String>>,
    ) -> Option<Check> {
        if test.cased {
            self.report(
                Diagnostic::new(Code::BadModifier, test.op.origin, "tables are always asked ignoring case")
                    .help("leave `cased` out"),
            );
        }
        let place = column.map_or(name.origin, |column| column.origin);
        let (def, column) = self.table_column(name, column)?;
        self.asked_for_a_hash(&test.subject, def, column, place);
        Some(Check::Table(self.table(def, column)))
    }

    /// A column of a table of the project: the key where none is named.
    fn table_column(&mut self, name: &At<String>, column: Option<&At<String>>) -> Option<(&'c TableDef, &'c Column)> {
        let context = self.context;
        let Some(def) = context.tables.iter().find(|table| table.name == name.value) else {
            let near = nearest(&name.value, context.tables.iter().map(|table| table.name.as_str()));
            self.report(
                Diagnostic::new(
                    Code::UnknownTable,
                    name.origin,
                    format!("the project has no lookup table \"{}\"", name.value),
                )
                .help(match near {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => "name it in blocksieve.toml: [tables.NAME] with file and key".to_string(),
                }),
            );
            return None;
        };
        // A file that cannot be read has no columns, and was told of.
        if def.columns.is_empty() {
            return None;
        }
        let wanted = column.map_or(def.key.as_str(), |column| column.value.as_str());
        let Some(found) = def.column(wanted) else {
            let names: Vec<&str> = def.columns.iter().map(|column| column.name.as_str()).collect();
            self.report(
                Diagnostic::new(
                    Code::UnknownColumn,
                    column.map_or(name.origin, |c| c.origin),
                    format!("the table \"{}\" has no column \"{wanted}\"", def.name),
                )
                .help(format!("it has {}", names.join(", "))),
            );
            return None;
        };
        Some((def, found))
    }

    /// The hash that an operand is: `hash SHA256`, or the normaliser's field of it, in letters of any case.
    fn hash_of(&self, operand: &ast::Operand) -> Option<HashKind> {
        let cases = [Function::LowerCase, Function::UpperCase, Function::TitleCase];
        if !operand.through.iter().all(|function| cases.contains(function)) {
            return None;
        }
        match &operand.base {
            Base::Hash(kind) => Some(*kind),
            Base::Field(field) => match Derived::of(&field.name) {
                Some(Derived::Hash(kind)) => Some(kind),
                Some(Derived::Action | Derived::RuleName | Derived::Other) | None => None,
            },
            Base::AnyField | Base::AnyProcessGuid | Base::Event | Base::Literal(_) | Base::Lookup(_) => None,
        }
    }

    /// A column that is asked for hashes is one of hashes, whether the project says so or not: it holds one kind of them, and nothing
    /// that stands for no file or for hundreds. `place` is where the rule names the column.
    fn asked_for_a_hash(&mut self, operand: &ast::Operand, def: &TableDef, column: &Column, place: Origin) {
        let Some(asked) = self.hash_of(operand) else { return };
        // An alert that waits for one tells somebody; whatever else asks for one passes hundreds of files over.
        if asked == HashKind::Imphash && (self.kind != RuleKind::Alert || self.negated > 0) {
            let message = "an IMPHASH is asked for in a lookup table";
            self.report(Diagnostic::new(Code::ImphashListed, operand.origin, message).help(format!(
                "list SHA256s and ask for `hash SHA256`: {}; an alert may ask for one, not below `not`",
                hashes::NO_IMPHASH
            )));
            return;
        }
        let Some(holds) = column.hash else { return self.undeclared_hashes(asked, def, column, place) };
        if asked != holds {
            let message = format!(
                "the column \"{}\" of \"{}\" holds {} hashes, and is asked for {}",
                column.name,
                def.name,
                holds.word(),
                hashes::one(asked)
            );
            self.report(
                Diagnostic::new(Code::TypeNeverFits, operand.origin, message)
                    .help(format!("ask for `hash {}`, or name another column", holds.word())),
            );
        }
    }

    /// What may not stand in a column of hashes of which the project does not say that it is one. Told once.
    fn undeclared_hashes(&mut self, kind: HashKind, def: &TableDef, column: &Column, place: Origin) {
        let known = (def.name.clone(), column.name.clone(), kind);
        if self.hash_columns.contains(&known) {
            return;
        }
        self.hash_columns.push(known);
        let of = |row: usize| format!("row {} of the column \"{}\" of \"{}\"", row + 1, column.name, def.name);
        let declare = |sentence: &str| {
            let project = "name the column under `hashes` in blocksieve.toml, and each row is told with its line";
            format!("{sentence}; {project}")
        };
        let rows = column.values.iter().enumerate().filter(|(_, value)| !value.is_empty());
        let mut wrong = rows.filter_map(|(row, value)| Some((row, hashes::wrong(kind, value)?)));
        if let Some((row, first)) = wrong.next() {
            let more = match wrong.count() {
                0 => String::new(),
                more => format!(", and {more} more like it"),
            };
            let message = format!("{}: {}{more}", of(row), first.message);
            self.report(Diagnostic::new(first.code, place, message).help(declare(&first.help)));
        }
        if let Some((first, later)) = hashes::repeated(column).first().copied() {
            let message = format!("{} is the {} of row {} again", of(later), kind.word(), first + 1);
            self.report(Diagnostic::new(Code::DuplicateHash, place, message).help(declare("take one of the two out")));
        }
    }

    /// A look-up: the operand that is looked up, seen through the table as well.
    pub(super) fn looked_up(&mut self, lookup: &ast::Lookup, dialect: Dialect) -> Option<(Operand, Facts)> {
        if let Base::Lookup(_) = lookup.of.base {
            self.report(
                Diagnostic::new(Code::BadFunction, lookup.of.origin, "a look-up stands inside a look-up")
                    .help("set a `msg.` field to the inner one in a classify rule, and look that field up"),
            );
            return None;
        }
        let column = self.table_column(&lookup.table, Some(&lookup.column));
        if let Some((def, _)) = column
            && let Some(key) = def.column(&def.key)
        {
            self.asked_for_a_hash(&lookup.of, def, key, lookup.table.origin);
        }
        let (mut operand, facts) = self.operand(&lookup.of, dialect)?;
        let (def, column) = column?;
        let fold = if dialect == Dialect::LogManager { Fold::Cased } else { Fold::Simple };
        operand.through.push(Through::Lookup(self.lookup(def, column, fold)));
        Some((operand, facts))
    }

    /// The index of a table's column in the program.
    fn table(&mut self, def: &TableDef, column: &Column) -> TableId {
        let tables = &mut self.program.tables;
        if let Some(at) = tables.iter().position(|table| table.name == def.name && table.column == column.name) {
            return TableId(at as u32);
        }
        let rows = rows_by_key(&column.values, Fold::Simple);
        let keys = Arc::new(keys(&column.values, &rows, Fold::Simple));
        tables.push(Table { name: def.name.clone(), column: column.name.clone(), keys });
        TableId(tables.len() as u32 - 1)
    }

    /// The index of a table's column, by the table's key, in the program. Of equal keys the first counts.
    fn lookup(&mut self, def: &TableDef, column: &Column, fold: Fold) -> LookupId {
        let lookups = &mut self.program.lookups;
        let known = lookups.iter().position(|l| l.table == def.name && l.column == column.name && l.fold == fold);
        if let Some(at) = known {
            return LookupId(at as u32);
        }
        let none = Texts::default();
        let by = def.column(&def.key).map_or(&none, |column| &column.values);
        let rows = rows_by_key(by, fold);
        let values = rows.iter().filter_map(|row| column.values.get(*row as usize)).collect();
        let (table, name) = (def.name.clone(), column.name.clone());
        let (keys, values) = (Arc::new(keys(by, &rows, fold)), Arc::new(values));
        lookups.push(Lookup { table, column: name, fold, keys, values });
        LookupId(lookups.len() as u32 - 1)
    }
}

/// The rows that have a key, in the order of keys as they are compared, each key once: of equal ones the first row.
fn rows_by_key(keys: &Texts, fold: Fold) -> Vec<u32> {
    let key = |row: u32| keys.get(row as usize).unwrap_or_default();
    let rows = (0..).zip(keys.iter()).filter(|(_, key)| !key.is_empty());
    // The beginnings are compared without looking at the texts, which lie far apart.
    let mut rows: Vec<(u64, u32)> = rows.map(|(row, key)| (beginning(key, fold), row)).collect();
    rows.sort_unstable_by(|(a, m), (b, n)| a.cmp(b).then_with(|| fold.order(key(*m), key(*n))).then(m.cmp(n)));
    rows.dedup_by(|(a, later), (b, first)| a == b && fold.order(key(*later), key(*first)).is_eq());
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The first eight bytes of a text as it is compared. They have the order of the texts, as far as they go.
fn beginning(text: &str, fold: Fold) -> u64 {
    let mut bytes = [0; 8];
    let mut at = 0;
    for c in text.chars().map(|c| fold.of(c)) {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let Some(place) = bytes.get_mut(at) else { return u64::from_be_bytes(bytes) };
            *place = byte;
            at += 1;
        }
    }
    u64::from_be_bytes(bytes)
}

/// The keys of these rows as they are compared.
fn keys(keys: &Texts, rows: &[u32], fold: Fold) -> Texts {
    let mut all = Texts::default();
    for key in rows.iter().filter_map(|row| keys.get(*row as usize)) {
        all.push_with(|out| fold.append(key, out));
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_folded_sorted_and_each_there_once(values in proptest::collection::vec("[abAB\u{0}ſsSȺ]{0,10}", 0..30)) {
            let texts: Texts = values.iter().collect();
            for fold in [Fold::Simple, Fold::Cased] {
                let folded = |text: &String| text.chars().map(|c| fold.of(c)).collect::<String>();
                let rows = rows_by_key(&texts, fold);
                let mut plain: Vec<(String, usize)> =
                    values.iter().enumerate().filter(|(_, value)| !value.is_empty()).map(|(row, value)| (folded(value), row)).collect();
                plain.sort();
                plain.dedup_by(|later, first| later.0 == first.0);
                prop_assert_eq!(&rows, &plain.iter().map(|(_, row)| *row as u32).collect::<Vec<_>>());
                prop_assert_eq!(keys(&texts, &rows, fold), plain.iter().map(|(key, _)| key).collect::<Texts>());
            }
        }
    }
}
