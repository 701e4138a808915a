//! Lookup tables: `in table` and `lookup … of`.
//!
//! In: the names that a rule gives, and the project's tables. Out: the columns that the program needs, in the form in which
//! they are compared. Never here: files.

use super::{Checker, Facts, TableDef, texts};
use crate::ast::{self, At, Base};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::{Dialect, Fold};
use crate::ir::{Check, Compare, Lookup, LookupId, Operand, Table, TableId, Through};

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
        let (def, column, values) = self.table_column(name, column)?;
        Some(Check::Table(self.table(def, column, values)))
    }

    /// A column of a table of the project: the key where none is named.
    fn table_column(
        &mut self,
        name: &At<String>,
        column: Option<&At<String>>,
    ) -> Option<(&'c TableDef, &'c str, &'c [String])> {
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
        let wanted = column.map_or(def.key.as_str(), |column| column.value.as_str());
        let Some((column_name, values)) = def.columns.iter().find(|(name, _)| name == wanted) else {
            let names: Vec<&str> = def.columns.iter().map(|(name, _)| name.as_str()).collect();
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
        Some((def, column_name, values))
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
        let (mut operand, facts) = self.operand(&lookup.of, dialect)?;
        let (def, column, values) = column?;
        let fold = if dialect == Dialect::LogManager { Fold::Cased } else { Fold::Simple };
        operand.through.push(Through::Lookup(self.lookup(def, column, values, fold)));
        Some((operand, facts))
    }

    /// The index of a table's column in the program.
    fn table(&mut self, def: &TableDef, column: &str, values: &[String]) -> TableId {
        let tables = &mut self.program.tables;
        if let Some(at) = tables.iter().position(|table| table.name == def.name && table.column == column) {
            return TableId(at as u32);
        }
        let keys = values.iter().filter(|value| !value.is_empty());
        let mut keys: Vec<String> = keys.map(|value| crate::fold::fold(value)).collect();
        keys.sort_unstable();
        keys.dedup();
        tables.push(Table { name: def.name.clone(), column: column.to_string(), keys });
        TableId(tables.len() as u32 - 1)
    }

    /// The index of a table's column, by the table's key, in the program. Of equal keys the first counts.
    fn lookup(&mut self, def: &TableDef, column: &str, values: &[String], fold: Fold) -> LookupId {
        let lookups = &mut self.program.lookups;
        let known = lookups.iter().position(|l| l.table == def.name && l.column == column && l.fold == fold);
        if let Some(at) = known {
            return LookupId(at as u32);
        }
        let keys = def.columns.iter().find(|(name, _)| *name == def.key).map_or(&[][..], |(_, keys)| keys);
        let compare = Compare { fold, any_dash: false };
        let rows = keys.iter().zip(values).filter(|(key, _)| !key.is_empty());
        let mut rows: Vec<(String, String)> =
            rows.map(|(key, value)| (texts::prepared(key, compare), value.clone())).collect();
        // The sort keeps the order of equal keys.
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows.dedup_by(|later, first| later.0 == first.0);
        lookups.push(Lookup { table: def.name.clone(), column: column.to_string(), fold, rows });
        LookupId(lookups.len() as u32 - 1)
    }
}
