//! A project: a folder with `blocksieve.toml`.
//!
//! In: the text of the file, and the folder it stands in. Out: its settings and lookup tables. Unknown keys are errors with
//! their place. Never here: rules.
//!
//! | key | meaning |
//! | --- | --- |
//! | `name` | the project's name |
//! | `winlogbeat` | the agent's version, as in `"8.17"`; filters see events as that version sends them |
//! | `[tables.NAME]` `file` | a CSV file with a header, relative to the project |
//! | `[tables.NAME]` `key` | the column that is meant where a rule names none |

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::check::TableDef;
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::origin::{Origin, SourceId, Sources, Span};

/// The name of the file.
pub const FILE: &str = "blocksieve.toml";

/// The file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Read so that it may stand there; nothing uses it yet but people.
    #[serde(rename = "name")]
    _name: Option<String>,
    winlogbeat: Option<toml::Spanned<String>>,
    #[serde(default)]
    tables: BTreeMap<String, TableEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    file: toml::Spanned<String>,
    key: toml::Spanned<String>,
}

/// A project's settings.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// The agent's version.
    pub agent: AgentVersion,
    /// Its lookup tables.
    pub tables: Vec<TableDef>,
}

/// The folder of the project that a path belongs to: the nearest one above it that has the file.
pub fn find(path: &Path) -> Option<PathBuf> {
    let start = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let near =
        start.ancestors().filter(|folder| !folder.as_os_str().is_empty()).find(|folder| folder.join(FILE).is_file());
    if let Some(folder) = near {
        return Some(folder.to_path_buf());
    }
    // A relative path ends at the working folder; the project may begin above it.
    let whole = start.canonicalize().ok()?;
    whole.ancestors().find(|folder| folder.join(FILE).is_file()).map(Path::to_path_buf)
}

/// Reads a project. Findings go into `diagnostics`; what can be used is used.
pub fn load(folder: &Path, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Project {
    let mut project = Project { folder: folder.to_path_buf(), agent: AgentVersion::DEFAULT, tables: Vec::new() };
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let source = sources.add(path.display().to_string(), "");
            diagnostics.push(
                Diagnostic::new(
                    Code::Unreadable,
                    Origin::whole(source),
                    format!("the project file cannot be read: {error}"),
                )
                .help("it must be UTF-8 text that may be read"),
            );
            return project;
        }
    };
    let source = sources.add(path.display().to_string(), text.clone());
    let manifest: Manifest = match toml::from_str(&text) {
        Ok(manifest) => manifest,
        Err(error) => {
            let place = error.span().map_or(Origin::whole(source), |span| at(source, span));
            diagnostics.push(
                Diagnostic::new(Code::BadProject, place, error.message().trim().replace('\n', "; ").to_string())
                    .help("a project has `name`, `winlogbeat` and `[tables.NAME]` with `file` and `key`"),
            );
            return project;
        }
    };
    if let Some(version) = manifest.winlogbeat {
        match AgentVersion::parse(version.get_ref()) {
            Some(version) => project.agent = version,
            None => diagnostics.push(
                Diagnostic::new(
                    Code::UnknownVersion,
                    at(source, version.span()),
                    format!("\"{}\" is no version of Winlogbeat that is known", version.get_ref()),
                )
                .help("write it as \"8.17\"; 6 to 9 are known"),
            ),
        }
    }
    for (name, entry) in manifest.tables {
        match table(&name, &entry, folder) {
            Ok(table) => project.tables.push(table),
            Err((message, on_key)) => {
                let span = if on_key { entry.key.span() } else { entry.file.span() };
                diagnostics.push(
                    Diagnostic::new(Code::BadTable, at(source, span), format!("lookup table \"{name}\": {message}"))
                        .help("a table is a CSV file (UTF-8, comma, a header with the names of its columns)"),
                );
            }
        }
    }
    project
}

fn at(source: SourceId, span: std::ops::Range<usize>) -> Origin {
    Origin::span(source, Span::new(span.start, span.end))
}

/// Reads a table; the error says whether the key is at fault.
fn table(name: &str, entry: &TableEntry, folder: &Path) -> Result<TableDef, (String, bool)> {
    let path = folder.join(entry.file.get_ref());
    let fault = |error: csv::Error| (format!("{}: {error}", path.display()), false);
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_path(&path).map_err(fault)?;
    let header = reader.headers().map_err(fault)?.clone();
    let mut columns: Vec<(String, Vec<String>)> =
        header.iter().map(|name| (name.trim_start_matches('\u{feff}').to_string(), Vec::new())).collect();
    for record in reader.records() {
        let record = record.map_err(fault)?;
        for (column, value) in columns.iter_mut().zip(record.iter()) {
            column.1.push(value.to_string());
        }
    }
    let key = entry.key.get_ref();
    if !columns.iter().any(|(name, _)| name == key) {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        return Err((format!("there is no column \"{key}\"; it has {}", names.join(", ")), true));
    }
    Ok(TableDef { name: name.to_string(), key: key.clone(), columns })
}
