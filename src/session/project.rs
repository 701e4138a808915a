//! The files of a project, and what they compile to together.
//!
//! In: rule files, and settings that the page read out of blocksieve.toml. Out: findings of all files, and the rules without errors, ready to
//! run. Only what changed is read again. Never here: events.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::locate::Locate;
use super::wire::{self, RuleFile};
use crate::ast::{Definition, Literal, Timestamp};
use crate::blockly::Registry;
use crate::blockly::registry::Column;
use crate::bytecode::{self, Module};
use crate::check::{self, Context};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::ir::{Check, Program, RuleId};
use crate::origin::{Origin, SourceId, Sources};
use crate::search;
use crate::source;
use crate::sysmon::Catalogue;
use crate::table::TableDef;
use crate::table::opened::{self, Declared, Word};
use crate::vm::Prepared;

/// The name of the project file.
const MANIFEST: &str = "blocksieve.toml";

/// What the page says of the project besides its rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The agent's version: `8.17`.
    pub winlogbeat: String,
    /// Its lookup tables.
    #[serde(default)]
    pub tables: Vec<Table>,
    /// The names of its templates; none: there is no project file that could name any, and a rule may name what it wants.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub templates: Option<Vec<String>>,
    /// What the log manager's uuids stand for, as the project file has it.
    #[serde(default)]
    #[cfg_attr(test, ts(type = "unknown", optional))]
    pub logmanager: Option<Manager>,
    /// What a whole winlogbeat.yml collects.
    #[serde(default)]
    #[cfg_attr(test, ts(type = "unknown", optional))]
    pub collect: Collect,
    /// The project's name.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<String>", optional))]
    pub name: String,
    /// Today, as `2026-11-26`; nothing expires where it is missing.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub today: Option<String>,
}

/// A lookup table.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its file's path in the project.
    pub file: String,
    /// The column that is meant where a rule names none.
    pub key: String,
    /// Its columns of hashes.
    #[serde(default)]
    pub hashes: Vec<String>,
    /// The file.
    pub text: String,
}

/// What a whole winlogbeat.yml has besides the filters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Collect {
    /// The channels that are collected.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Where events go.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Does Elastic's module script run?
    #[serde(default)]
    pub module_script: bool,
}

/// `[logmanager]` of the project file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manager {
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    templates: BTreeMap<String, String>,
    #[serde(default)]
    tables: BTreeMap<String, ColumnOf>,
    #[serde(default)]
    prefix_lists: BTreeMap<String, Vec<String>>,
    vendors: Option<ColumnOf>,
    addresses: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnOf {
    table: String,
    column: String,
}

impl From<ColumnOf> for Column {
    fn from(of: ColumnOf) -> Self {
        Column { table: of.table, column: of.column }
    }
}

impl Manager {
    /// The registry, and the networks in it that are none.
    fn registry(self) -> (Registry, Vec<String>) {
        let mut wrong = Vec::new();
        let mut registry = Registry {
            tags: self.tags,
            templates: self.templates,
            tables: self.tables.into_iter().map(|(uuid, column)| (uuid, column.into())).collect(),
            prefix_lists: BTreeMap::new(),
            vendors: self.vendors.map(Column::from),
            addresses: self.addresses,
        };
        for (uuid, networks) in self.prefix_lists {
            let list = registry.prefix_lists.entry(uuid).or_default();
            for network in networks {
                match Literal::parse_unquoted(&network) {
                    Some(Literal::Network { value, written }) => list.push((value, written)),
                    Some(_) | None => wrong.push(network),
                }
            }
        }
        (registry, wrong)
    }
}

/// A rule file, read.
#[derive(Debug)]
struct File {
    name: String,
    source: SourceId,
    diagnostics: Vec<Diagnostic>,
}

/// What the rules compile to.
struct Compiled {
    program: Program,
    prepared: Prepared,
}

/// A project.
pub struct Project {
    pub(super) catalogue: Catalogue,
    pub(super) agent: AgentVersion,
    pub(super) registry: Registry,
    pub(super) collect: Collect,
    pub(super) name: String,
    today: Option<Timestamp>,
    tables: Vec<TableDef>,
    /// Names of templates, if the page says which there are.
    templates: Option<Vec<String>>,
    /// Which table's text is which, for edits.
    pub(super) table_files: Vec<Table>,
    sources: Sources,
    files: Vec<File>,
    /// In the order of `files`.
    definitions: Vec<Definition>,
    /// Findings in the settings.
    settings: Vec<Diagnostic>,
    /// `None`: nothing runs, and a finding says why.
    compiled: Option<Compiled>,
    /// All findings, sorted by place.
    diagnostics: Vec<Diagnostic>,
}

impl Project {
    /// Without rules.
    pub fn new() -> Self {
        let mut project = Self {
            catalogue: Catalogue::standard(),
            agent: AgentVersion::DEFAULT,
            registry: Registry::default(),
            collect: Collect::default(),
            name: String::new(),
            today: None,
            tables: Vec::new(),
            templates: None,
            table_files: Vec::new(),
            sources: Sources::default(),
            files: Vec::new(),
            definitions: Vec::new(),
            settings: Vec::new(),
            compiled: None,
            diagnostics: Vec::new(),
        };
        project.compile();
        project
    }

    /// Of these files and settings.
    pub fn of(files: Vec<RuleFile>, settings: Settings) -> Self {
        let mut project = Self::new();
        project.settle(settings);
        for file in files {
            project.read(&file.name, &file.text);
        }
        project.compile();
        project
    }

    fn settle(&mut self, settings: Settings) {
        let Settings { winlogbeat, tables, templates, logmanager, collect, name, today } = settings;
        let manifest = self.sources.add(MANIFEST, "");
        let whole = Origin::whole(manifest);
        let mut found = Vec::new();
        match AgentVersion::parse(&winlogbeat) {
            Some(version) => self.agent = version,
            None => found.push(
                Diagnostic::new(
                    Code::UnknownVersion,
                    whole,
                    format!("\"{winlogbeat}\" is no version of Winlogbeat that is known"),
                )
                .help("write it as \"8.17\"; 6 to 9 are known"),
            ),
        }
        let (registry, wrong) = logmanager.map(Manager::registry).unwrap_or_default();
        self.registry = registry;
        found.extend(wrong.into_iter().map(|network| {
            Diagnostic::new(Code::BadProject, whole, format!("`{network}` is no network"))
                .help("write it as 10.0.0.0/8 or fe80::/10")
        }));
        let word = |text: &String| Word { text: text.clone(), origin: whole };
        for table in &tables {
            let (key, hashes) = (word(&table.key), table.hashes.iter().map(word).collect::<Vec<Word>>());
            let declared = Declared { name: &table.name, key: &key, hashes: &hashes };
            let bytes = table.text.clone().into_bytes();
            self.tables.push(opened::load(&declared, table.file.clone(), bytes, &mut self.sources, &mut found));
        }
        self.table_files = tables;
        // What only the log manager has, its own exports may name.
        let managers = self.registry.templates.values().cloned();
        self.templates = templates.map(|own| own.into_iter().chain(managers).collect());
        self.today = today.as_deref().and_then(Timestamp::parse);
        if let Some(today) = today.filter(|_| self.today.is_none()) {
            found.push(
                Diagnostic::new(Code::BadProject, whole, format!("`{today}` is no date"))
                    .help("write it as 2026-11-26"),
            );
        }
        self.collect = collect;
        self.name = name;
        self.settings = found;
    }

    /// Replaces one file, or adds it.
    pub fn set(&mut self, name: &str, text: &str) {
        self.read(name, text);
        self.compile();
    }

    /// Takes one file away.
    pub fn remove(&mut self, name: &str) {
        if let Some(at) = self.files.iter().position(|file| file.name == name) {
            let file = self.files.remove(at);
            self.definitions.remove(at);
            self.sources.replace(file.source, "");
            self.compile();
        }
    }

    /// Reads one file into its place in the order of paths.
    fn read(&mut self, name: &str, text: &str) {
        let place = self.files.binary_search_by(|file| Path::new(&file.name).cmp(Path::new(name)));
        let source = match place.ok().and_then(|at| self.files.get(at)) {
            Some(file) => file.source,
            None => self.sources.add(name, ""),
        };
        self.sources.replace(source, text);
        let source::Parsed { definition, diagnostics, drawn: _ } =
            source::parse(&mut self.sources, source, text, &self.registry);
        let file = File { name: name.to_string(), source, diagnostics };
        match place {
            Ok(at) => {
                if let (Some(old), Some(slot)) = (self.files.get_mut(at), self.definitions.get_mut(at)) {
                    (*old, *slot) = (file, definition);
                }
            }
            Err(at) => {
                self.files.insert(at, file);
                self.definitions.insert(at, definition);
            }
        }
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            catalogue: &self.catalogue,
            agent: self.agent,
            tables: &self.tables,
            templates: self.templates.as_deref(),
            today: self.today,
        }
    }

    fn compile(&mut self) {
        let mut checked = check::check(&self.definitions, &self.context());
        check::lint::lint(&self.definitions, &self.context(), &mut checked);
        let module = bytecode::compile(&checked.program, &self.sources);
        let mut diagnostics = self.settings.clone();
        diagnostics.extend(self.files.iter().flat_map(|file| file.diagnostics.iter().cloned()));
        diagnostics.extend(checked.diagnostics);
        self.compiled = match Prepared::new(module) {
            Ok(prepared) => Some(Compiled { program: checked.program, prepared }),
            // What was compiled here is refused only by a fault of the program.
            Err(invalid) => {
                let whole = Origin::whole(SourceId::default());
                diagnostics.push(Diagnostic::new(Code::ModuleInvalid, whole, invalid.to_string()));
                None
            }
        };
        diagnostic::sort(&mut diagnostics);
        self.diagnostics = diagnostics;
    }

    /// The rules without errors.
    pub fn program(&self) -> Option<&Program> {
        self.compiled.as_ref().map(|compiled| &compiled.program)
    }

    /// The same, ready to run.
    pub fn prepared(&self) -> Option<&Prepared> {
        self.compiled.as_ref().map(|compiled| &compiled.prepared)
    }

    /// The same, compiled.
    pub fn module(&self) -> Option<&Module> {
        self.prepared().map(Prepared::module)
    }

    /// All findings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The texts that places refer to.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The definition of a file.
    pub fn definition(&self, name: &str) -> Option<&Definition> {
        let at = self.files.iter().position(|file| file.name == name)?;
        self.definitions.get(at)
    }

    /// All definitions, in the order of their files.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// A condition that somebody typed, behind the project's classify rules, and what is to be said of it. None where nothing was typed.
    pub(super) fn condition(&self, typed: &str) -> (Option<Prepared>, Vec<wire::Diagnostic>) {
        let typed = typed.trim();
        if typed.is_empty() {
            return (None, Vec::new());
        }
        let rules = self.definitions.clone();
        match search::condition_behind(rules, self.sources.clone(), "condition", typed, &self.context()) {
            Ok(found) => (found.value, Locate::new(&found.sources).diagnostics(&found.diagnostics)),
            Err(invalid) => {
                let place = wire::Place { file: "condition".to_string(), range: None, block: None, field: None };
                let invalid = wire::Diagnostic {
                    place,
                    code: Code::ModuleInvalid.to_string(),
                    severity: diagnostic::Severity::Error,
                    title: Code::ModuleInvalid.title(),
                    message: invalid.to_string(),
                    label: None,
                    help: None,
                    related: Vec::new(),
                    fix: None,
                };
                (None, vec![invalid])
            }
        }
    }

    /// What the page is told.
    pub fn told(&self) -> wire::Compiled {
        let mut locate = Locate::new(&self.sources);
        let diagnostics = locate.diagnostics(self.diagnostics());
        let Some(program) = self.program() else { return wire::Compiled { diagnostics, rules: Vec::new() } };
        let mut rules = Vec::with_capacity(program.rules.len());
        for (index, rule) in program.rules.iter().enumerate() {
            rules.push(wire::Rule {
                kind: rule.kind,
                name: rule.name.clone(),
                id: rule.id.clone(),
                place: locate.place(rule.origin),
                events: events(program, RuleId(index as u32)),
            });
        }
        wire::Compiled { diagnostics, rules }
    }
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

/// The events that a rule names, each once, in the order of their ids.
pub(super) fn events(program: &Program, rule: RuleId) -> Vec<String> {
    let mut found: Vec<u32> = Vec::new();
    for site in program.sites.iter().filter(|site| site.rule == rule) {
        if let Some(Check::EventIs(events)) = program.tests.get(site.test.index()).map(|test| &test.check) {
            found.extend(events.iter().filter(|event| !found.contains(event)).collect::<Vec<_>>());
        }
    }
    let mut found: Vec<_> = found.into_iter().filter_map(|event| program.events.get(event as usize)).collect();
    crate::order::sort_by_key(&mut found, |event| event.id);
    found.into_iter().map(|event| event.name.clone()).collect()
}
