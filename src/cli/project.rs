//! A project: a folder with `blocksieve.toml`.
//!
//! In: the text of the file, and the folder it stands in. Out: its settings, and what it says of lookup tables. Unknown keys
//! are errors with their place. Never here: rules; the tables' own files (`tables.rs`).
//!
//! | key | meaning |
//! | --- | --- |
//! | `name` | the project's name |
//! | `winlogbeat` | the agent's version, as in `"8.17"`; filters see events as that version sends them |
//! | `[collect]` `channels` | the channels that a whole winlogbeat.yml collects; without any, Sysmon's |
//! | `[collect]` `hosts` | where it sends the events, as in `["logs.example.org:5044"]` |
//! | `[collect]` `module-script` | true where Winlogbeat 7 runs Elastic's module script, which takes events apart |
//! | `[agents.NAME]` `filters` | files or folders of filters that only this agent has, besides those for all |
//! | `[agents.NAME]` `winlogbeat` | its version, where it is another |
//! | `[tables.NAME]` `file` | a CSV file with a header, relative to the project |
//! | `[tables.NAME]` `key` | the column that is meant where a rule names none |
//! | `[tables.NAME]` `hashes` | the columns that hold hashes of files, which their names tell: `sha256`, `sha1`, `md5` |
//! | `[templates.NAME]` `subject` | what an alert that names this template has for a subject, in Jinja |
//! | `[templates.NAME]` `text` | a file with its text, relative to the project |
//! | `[templates.NAME]` `html` | one with the same as HTML, if there is one |
//! | `[logmanager.tags]` | names of the log manager's tags, by uuid |
//! | `[logmanager.templates]` | names of its mail templates, by uuid |
//! | `[logmanager.tables]` | `{ table = "NAME", column = "NAME" }` by the uuid of a lookup table |
//! | `[logmanager.prefix-lists]` | lists of networks, by uuid |
//! | `[logmanager]` `vendors` | `{ table = "NAME", column = "NAME" }`: the vendor of a hardware address |
//! | `[deliver]`, `[deliver.mail]`, `[deliver.webhook]`, `[deliver.file]` | where alerts go: [`crate::deliver::config`] |
//! | `[logmanager]` `addresses` | the table whose columns `city`, `country_code`, `country_name`, `ptr`, `as_number`, `as_organization` tell of an IP address |

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::tables;
use crate::ast::Literal;
use crate::blockly::Registry;
use crate::blockly::registry::{self, Column};
#[cfg(feature = "deliver")]
use crate::deliver::{Delivery, config, secret};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::origin::{Origin, SourceId, Sources, Span};
pub use crate::session::Collect;
use crate::table::TableDef;
use crate::table::opened::{Declared, Word};

/// The name of the file.
pub const FILE: &str = "blocksieve.toml";

/// The file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: Option<String>,
    winlogbeat: Option<toml::Spanned<String>>,
    #[serde(default)]
    collect: Collect,
    #[serde(default)]
    agents: BTreeMap<String, AgentEntry>,
    #[serde(default)]
    tables: BTreeMap<String, TableEntry>,
    #[serde(default)]
    templates: BTreeMap<String, TemplateEntry>,
    #[serde(default)]
    logmanager: ManagerEntry,
    #[cfg(feature = "deliver")]
    deliver: Option<config::Entry>,
    /// Who cannot deliver leaves it to those who can.
    #[cfg(not(feature = "deliver"))]
    #[serde(rename = "deliver")]
    _deliver: Option<serde::de::IgnoredAny>,
}

/// What stands under `[agents.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentEntry {
    #[serde(default)]
    filters: Vec<String>,
    winlogbeat: Option<toml::Spanned<String>>,
}

/// An agent with filters of its own.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Files and folders of its filters.
    pub filters: Vec<PathBuf>,
    /// Its version, where it is not the project's.
    pub version: Option<AgentVersion>,
}

/// What stands under `[logmanager]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ManagerEntry {
    #[serde(default)]
    tags: BTreeMap<String, toml::Spanned<String>>,
    #[serde(default)]
    templates: BTreeMap<String, toml::Spanned<String>>,
    #[serde(default)]
    tables: BTreeMap<String, ColumnEntry>,
    #[serde(default)]
    prefix_lists: BTreeMap<String, Vec<toml::Spanned<String>>>,
    vendors: Option<ColumnEntry>,
    addresses: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEntry {
    table: String,
    column: String,
}

impl ColumnEntry {
    fn column(self) -> Column {
        Column { table: self.table, column: self.column }
    }
}

impl ManagerEntry {
    /// The registry, and what is wrong with it.
    fn registry(self) -> (Registry, Vec<Wrong>) {
        let mut wrong = Vec::new();
        let mut registry = Registry {
            tags: names(self.tags, "tag", &mut wrong),
            templates: names(self.templates, "template", &mut wrong),
            tables: self.tables.into_iter().map(|(uuid, column)| (uuid, column.column())).collect(),
            prefix_lists: BTreeMap::new(),
            vendors: self.vendors.map(ColumnEntry::column),
            addresses: self.addresses,
        };
        for (uuid, networks) in self.prefix_lists {
            let list = registry.prefix_lists.entry(uuid).or_default();
            for network in networks {
                match Literal::parse_unquoted(network.get_ref()) {
                    Some(Literal::Network { value, written }) => list.push((value, written)),
                    Some(_) | None => {
                        let message = format!("`{}` is no network", network.get_ref());
                        wrong.push((network.span(), message, "write it as 10.0.0.0/8 or fe80::/10"));
                    }
                }
            }
        }
        (registry, wrong)
    }
}

/// What is wrong: where, what, and the way out.
type Wrong = (Range<usize>, String, &'static str);

/// Names by uuid. Two of one name could not be told apart, neither read nor written.
fn names(
    entries: BTreeMap<String, toml::Spanned<String>>,
    what: &str,
    wrong: &mut Vec<Wrong>,
) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (uuid, name) in entries {
        if let Some(other) = registry::uuid(&names, name.get_ref()) {
            let message = format!("the {what} \"{}\" is named by {other} already", name.get_ref());
            wrong.push((name.span(), message, "give each uuid a name of its own"));
        }
        names.insert(uuid, name.into_inner());
    }
    names
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    file: toml::Spanned<String>,
    key: toml::Spanned<String>,
    #[serde(default)]
    hashes: Vec<toml::Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateEntry {
    subject: toml::Spanned<String>,
    text: toml::Spanned<String>,
    html: Option<toml::Spanned<String>>,
}

/// What the project file says of a template.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// Its name.
    pub name: String,
    /// The subject.
    pub subject: Word,
    /// The file of the text, as written, and where that is.
    pub text: (Word, PathBuf),
    /// That of the HTML.
    pub html: Option<(Word, PathBuf)>,
}

/// What the project file says of a lookup table.
#[derive(Clone, Debug)]
pub struct TableFile {
    /// Its name.
    pub name: String,
    /// Its file, as written.
    pub file: Word,
    /// Where that is.
    pub path: PathBuf,
    /// The column that is meant where a rule names none.
    pub key: Word,
    /// Its columns of hashes.
    pub hashes: Vec<Word>,
}

impl TableFile {
    /// What it says of the columns.
    pub(super) fn declared(&self) -> Declared<'_> {
        Declared { name: &self.name, key: &self.key, hashes: &self.hashes }
    }
}

/// What a project file says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its folder.
    pub folder: PathBuf,
    /// Its name.
    pub name: Option<String>,
    /// What a whole winlogbeat.yml has besides the filters.
    pub collect: Collect,
    /// Agents with filters of their own, by name.
    pub agents: Vec<Agent>,
    /// The agent's version.
    pub agent: AgentVersion,
    /// Its lookup tables, by name.
    pub tables: Vec<TableFile>,
    /// Its templates, by name; none: the file cannot be read, and nobody knows.
    pub templates: Option<Vec<TemplateFile>>,
    /// What the log manager's uuids stand for.
    pub registry: Registry,
    /// Where alerts go.
    #[cfg(feature = "deliver")]
    pub delivery: Option<Delivery>,
}

/// A project: its settings, and its tables.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// Its name.
    pub name: Option<String>,
    /// What a whole winlogbeat.yml has besides the filters.
    pub collect: Collect,
    /// Agents with filters of their own, by name.
    pub agents: Vec<Agent>,
    /// The agent's version.
    pub agent: AgentVersion,
    /// Its lookup tables, read.
    pub tables: Vec<TableDef>,
    /// Its templates, by name, not read; none: the project file cannot be read, and nobody knows.
    pub templates: Option<Vec<TemplateFile>>,
    /// What the log manager's uuids stand for.
    pub registry: Registry,
    /// Where alerts go.
    #[cfg(feature = "deliver")]
    pub delivery: Option<Delivery>,
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

/// The folder of the project that a path belongs to, as people name it from here: one that begins above is `..`.
pub(super) fn as_named(path: &Path) -> Option<PathBuf> {
    let found = find(path)?;
    if path.is_absolute() || found.is_relative() {
        return Some(found);
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok()?;
    let up = here.ancestors().position(|above| above == found);
    Some(match up {
        Some(0) => PathBuf::from("."),
        Some(up) => std::iter::repeat_n("..", up).collect(),
        None => found.strip_prefix(&here).map_or_else(|_| found.clone(), Path::to_path_buf),
    })
}

/// Reads a project with its tables. Findings go into `diagnostics`; what can be used is used.
pub fn load(folder: &Path, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Project {
    let settings = settings(folder, sources, diagnostics);
    Project {
        tables: settings.tables.iter().map(|table| tables::load(table, sources, diagnostics)).collect(),
        folder: settings.folder,
        name: settings.name,
        collect: settings.collect,
        agents: settings.agents,
        agent: settings.agent,
        templates: settings.templates,
        registry: settings.registry,
        #[cfg(feature = "deliver")]
        delivery: settings.delivery,
    }
}

/// Reads the project file alone.
pub fn settings(folder: &Path, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Settings {
    let mut project = Settings {
        folder: folder.to_path_buf(),
        name: None,
        collect: Collect::default(),
        agents: Vec::new(),
        agent: AgentVersion::DEFAULT,
        tables: Vec::new(),
        templates: None,
        registry: Registry::default(),
        #[cfg(feature = "deliver")]
        delivery: None,
    };
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
    let source = sources.add(path.display().to_string(), shown(&text));
    let manifest: Manifest = match toml::from_str(&text) {
        Ok(manifest) => manifest,
        Err(error) => {
            let place = error.span().map_or(Origin::whole(source), |span| at(source, span));
            diagnostics.push(
                Diagnostic::new(Code::BadProject, place, error.message().trim().replace('\n', "; ").to_string()).help(
                    "a project has `name`, `winlogbeat`, `[collect]`, `[agents.NAME]`, `[tables.NAME]` with `file`, `key` and `hashes`, `[templates.NAME]` with `subject`, `text` and `html`, `[logmanager]`, and `[deliver]`",
                ),
            );
            return project;
        }
    };
    let mut version = |written: Option<toml::Spanned<String>>| {
        let written = written?;
        let version = AgentVersion::parse(written.get_ref());
        if version.is_none() {
            diagnostics.push(
                Diagnostic::new(
                    Code::UnknownVersion,
                    at(source, written.span()),
                    format!("\"{}\" is no version of Winlogbeat that is known", written.get_ref()),
                )
                .help("write it as \"8.17\"; 6 to 9 are known"),
            );
        }
        version
    };
    project.agent = version(manifest.winlogbeat).unwrap_or(AgentVersion::DEFAULT);
    let agents = manifest.agents.into_iter().map(|(name, entry)| Agent {
        name,
        filters: entry.filters.iter().map(|path| folder.join(path)).collect(),
        version: version(entry.winlogbeat),
    });
    project.agents = agents.collect();
    (project.name, project.collect) = (manifest.name, manifest.collect);
    let (registry, wrong) = manifest.logmanager.registry();
    project.registry = registry;
    for (span, message, help) in wrong {
        diagnostics.push(Diagnostic::new(Code::BadProject, at(source, span), message).help(help));
    }
    #[cfg(feature = "deliver")]
    if let Some(entry) = manifest.deliver {
        let (delivery, wrong) = entry.settle();
        project.delivery = Some(delivery);
        for wrong in wrong {
            let place = wrong.span.map_or(Origin::whole(source), |span| at(source, span));
            diagnostics.push(Diagnostic::new(wrong.code, place, wrong.message).help(wrong.help));
        }
    }
    let word = |word: toml::Spanned<String>| Word { origin: at(source, word.span()), text: word.into_inner() };
    let table = |(name, entry): (String, TableEntry)| TableFile {
        name,
        path: folder.join(entry.file.get_ref()),
        file: word(entry.file),
        key: word(entry.key),
        hashes: entry.hashes.into_iter().map(word).collect(),
    };
    project.tables = manifest.tables.into_iter().map(table).collect();
    let file = |file: toml::Spanned<String>| {
        let path = folder.join(file.get_ref());
        (word(file), path)
    };
    let template = |(name, entry): (String, TemplateEntry)| TemplateFile {
        name,
        subject: word(entry.subject),
        text: file(entry.text),
        html: entry.html.map(file),
    };
    project.templates = Some(manifest.templates.into_iter().map(template).collect());
    project
}

/// The text as findings may show it.
#[cfg(feature = "deliver")]
fn shown(text: &str) -> String {
    secret::masked(text)
}

#[cfg(not(feature = "deliver"))]
fn shown(text: &str) -> String {
    text.to_string()
}

fn at(source: SourceId, span: std::ops::Range<usize>) -> Origin {
    Origin::span(source, Span::new(span.start, span.end))
}
