//! Rules, lookup tables, templates and ways of delivery that change while they are at work.
//!
//! In: what names the rules, looked at now and then. Out: a set that compiles, whole, or the reason why there is none; and what is
//! another in it. Never here: half of a set; the set that is at work.
//!
//! A change counts when the files stay as they are for one look: who writes several files, or one in pieces, is not caught in the
//! middle. Files that were only touched are no change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};

use crate::ast::{self, Definition, Rule, RuleKind};
use crate::bytecode;
use crate::cli::load::{self, Rules};
use crate::cli::project::{self, Settings};
use crate::cli::source::plural;
use crate::cli::style::Style;
use crate::cli::{Failure, report, sigma};
#[cfg(feature = "deliver")]
use crate::deliver::Channel;
use crate::origin::Sources;
use crate::vm::Prepared;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(500);

/// Rules that compile.
pub(super) struct Ruleset {
    pub(super) prepared: Prepared,
    /// As written; none of a compiled module.
    definitions: Vec<Definition>,
    /// What their alerts say.
    #[cfg(feature = "deliver")]
    pub(super) templates: Vec<crate::alert::Template>,
    /// Their project; `None`: they came as a module.
    #[cfg(feature = "deliver")]
    pub(super) project: Option<Option<project::Project>>,
}

/// Reads rules; what is wrong with them is told.
pub(super) fn load(rules: &[String], agent: Option<&str>, style: Style) -> Result<Ruleset, Failure> {
    let (module, definitions, rest) = match load::rules_for(rules, agent)? {
        Rules::Module(module) => (*module, Vec::new(), None),
        Rules::Sources(checked) => {
            report::need_clean(&checked.diagnostics, &checked.sources, style)?;
            let module = bytecode::compile(&checked.program, &checked.sources);
            (load::verified(module)?, checked.definitions, Some((checked.project, checked.templates)))
        }
    };
    #[cfg(not(feature = "deliver"))]
    drop(rest);
    #[cfg(feature = "deliver")]
    let (project, templates) = rest.map_or((None, Vec::new()), |(project, templates)| (Some(project), templates));
    let prepared = Prepared::of(module);
    Ok(Ruleset {
        prepared,
        definitions,
        #[cfg(feature = "deliver")]
        templates,
        #[cfg(feature = "deliver")]
        project,
    })
}

/// What tells that a file may be another: its length, and when it was changed.
type Mark = Option<(u64, SystemTime)>;

/// The files of a set.
#[derive(Debug)]
pub(super) struct Manifest {
    rules: Vec<String>,
    agent: Option<String>,
    looked: Instant,
    /// At the last look, and at the last that counted.
    marks: BTreeMap<PathBuf, Mark>,
    counted: BTreeMap<PathBuf, Mark>,
    sums: BTreeMap<PathBuf, [u8; 32]>,
}

impl Manifest {
    /// As the files are now. Taken before they are read, so that no change falls between.
    pub(super) fn new(rules: &[String], agent: Option<&str>) -> Self {
        let (rules, agent) = (rules.to_vec(), agent.map(String::from));
        let (looked, marks) = (Instant::now(), BTreeMap::new());
        let mut manifest = Self { rules, agent, looked, marks: marks.clone(), counted: marks, sums: BTreeMap::new() };
        manifest.marks = manifest.marks();
        manifest.counted.clone_from(&manifest.marks);
        manifest.sums = sums(&manifest.marks);
        manifest
    }

    /// Files that are others than when this was last asked, or gone, or new; nothing, as long as they are still being changed. `now`:
    /// they count as they are, and are looked at in any case.
    pub(super) fn changes(&mut self, now: bool) -> Vec<PathBuf> {
        if !now && self.looked.elapsed() < EVERY {
            return Vec::new();
        }
        self.looked = Instant::now();
        let marks = self.marks();
        let steady = now || marks == self.marks;
        self.marks = marks;
        if !steady || self.marks == self.counted {
            return Vec::new();
        }
        self.counted.clone_from(&self.marks);
        let sums = sums(&self.marks);
        let old = std::mem::replace(&mut self.sums, sums);
        let paths: std::collections::BTreeSet<&PathBuf> = old.keys().chain(self.sums.keys()).collect();
        paths.into_iter().filter(|path| old.get(*path) != self.sums.get(*path)).cloned().collect()
    }

    fn marks(&self) -> BTreeMap<PathBuf, Mark> {
        let mark = |path: PathBuf| {
            let mark = std::fs::metadata(&path).ok().and_then(|meta| Some((meta.len(), meta.modified().ok()?)));
            (path, mark)
        };
        self.files().into_iter().map(mark).collect()
    }

    /// All that the set is made of.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for given in self.rules.iter().filter(|given| *given != "-") {
            let path = Path::new(given);
            // What cannot be read now is told by whoever reads the rules.
            if load::collect(path, &mut files).is_err() {
                files.push(path.to_path_buf());
            }
            files.extend(sigma::settings(path));
            let Some(folder) = project::find(path) else { continue };
            files.push(folder.join(project::FILE));
            let settings = project::settings(&folder, &mut Sources::default(), &mut Vec::new());
            #[cfg(feature = "deliver")]
            if let Some(delivery) = &settings.delivery {
                let own = Channel::ALL.into_iter().flat_map(|channel| delivery.files(channel));
                files.extend(own.map(|file| folder.join(file)));
            }
            let Settings { agents, tables, templates, .. } = settings;
            files.extend(tables.into_iter().map(|table| table.path));
            for template in templates.into_iter().flatten() {
                files.extend([template.text].into_iter().chain(template.html).map(|(_, path)| path));
            }
            for own in agents.into_iter().filter(|agent| Some(&agent.name) == self.agent.as_ref()) {
                for path in own.filters {
                    if load::collect(&path, &mut files).is_err() {
                        files.push(path);
                    }
                }
            }
        }
        files
    }
}

fn sums(marks: &BTreeMap<PathBuf, Mark>) -> BTreeMap<PathBuf, [u8; 32]> {
    let sum = |path: &PathBuf| {
        let mut hash = Sha256::new();
        let mut file = std::fs::File::open(path).ok()?;
        let mut piece = vec![0; 64 << 10];
        loop {
            match std::io::Read::read(&mut file, &mut piece).ok()? {
                0 => break,
                read => hash.update(piece.get(..read).unwrap_or_default()),
            }
        }
        Some((path.clone(), hash.finalize().into()))
    };
    marks.keys().filter_map(sum).collect()
}

/// Names that are told one by one.
const NAMED: usize = 5;

/// What is another in the new set, for people. `delivery`: targets were set up anew.
pub(super) fn told(old: &Ruleset, new: &Ruleset, files: &[PathBuf], delivery: bool) -> String {
    let count = plural(new.prepared.module().rules.len() as u64, "rule");
    let mut parts = Vec::new();
    let (before, after) = (by_name(&old.definitions), by_name(&new.definitions));
    let name = |(kind, name): &(RuleKind, &str)| format!("{} {name:?}", kind.word());
    let mut part = |word: &str, names: Vec<String>| {
        let (named, more) = names.split_at(names.len().min(NAMED));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        if !named.is_empty() {
            parts.push(format!("{word} {}{more}", named.join(", ")));
        }
    };
    let changed = after.iter().filter(|(key, (definition, rule))| {
        before.get(key).is_some_and(|(old, before)| !ast::same_rule(old, before, definition, rule))
    });
    part("changed", changed.map(|(key, _)| name(key)).collect());
    part("new", after.keys().filter(|key| !before.contains_key(key)).map(name).collect());
    part("gone", before.keys().filter(|key| !after.contains_key(key)).map(name).collect());
    let others = files.iter().filter(|path| !load::is_rules(path));
    part("files", others.map(|path| path.display().to_string().replace('\\', "/")).collect());
    if delivery {
        parts.push("delivery set up anew".to_string());
    }
    if parts.is_empty() {
        parts.push("nothing in them is another".to_string());
    }
    format!("rules read anew, {count}: {}", parts.join("; "))
}

fn by_name(definitions: &[Definition]) -> BTreeMap<(RuleKind, &str), (&Definition, &Rule)> {
    let rules = definitions.iter().flat_map(|definition| definition.rules.iter().map(move |rule| (definition, rule)));
    rules.map(|(definition, rule)| ((rule.kind, rule.name.value.as_str()), (definition, rule))).collect()
}
