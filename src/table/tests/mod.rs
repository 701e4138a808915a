//! Tables read, checked and changed.

mod editing;
mod hashes;
mod random;
mod reading;

use super::*;
use crate::origin::Sources;

/// A text, read: its sheet, and each finding as `line:column CODE message (help)`.
fn read(text: &str) -> (Sheet, Vec<String>) {
    read_with(text, &[])
}

/// The same with columns of hashes.
fn read_with(text: &str, hashes: &[&str]) -> (Sheet, Vec<String>) {
    let mut sources = Sources::default();
    let source = sources.add("t.csv", text);
    let mut findings = Findings::default();
    let mut sheet = sheet::read(source, text, &mut findings);
    for column in &mut sheet.columns {
        column.hash = hashes.contains(&column.name.as_str()).then(|| super::hashes::kind(&column.name)).flatten();
    }
    super::hashes::check(source, text, &sheet, &mut findings);
    let told = findings.finish(source).into_iter().map(|found| {
        let place = sources.describe(found.primary.origin);
        let related = found.related.iter().map(|label| format!(", {}: {}", label.text, sources.describe(label.origin)));
        let related: String = related.map(|text| text.replace("t.csv:", "")).collect();
        let place = place.strip_prefix("t.csv:").unwrap_or("file");
        format!("{place} {} {} ({}{related})", found.code, found.message, found.help.unwrap_or_default())
    });
    let told = told.collect();
    (sheet, told)
}

/// The rows of a sheet.
fn rows(sheet: &Sheet) -> Vec<Vec<&str>> {
    (0..sheet.rows.len()).map(|row| (0..sheet.columns.len()).map(|column| sheet.value(column, row)).collect()).collect()
}

/// Two hashes that are good, by their last digit.
fn sha256(last: char) -> String {
    format!("{}{last}", "AB".repeat(31) + "A")
}
