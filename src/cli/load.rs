//! Rules from wherever the command line names them.
//!
//! In: paths, or `-`. Out: definitions with their sources and findings, or a compiled module. All findings of all files in
//! one run. Never here: printing.

use std::io::Read;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::project::{self, Project};
use super::{Exit, Failure};
use crate::ast::{Definition, Timestamp};
use crate::bytecode::{self, Module};
use crate::check::{self, Context};
use crate::diagnostic::Diagnostic;
use crate::dialect::AgentVersion;
use crate::ir::Program;
use crate::origin::Sources;
use crate::source::DrawnIn;
use crate::source::blockly::Outside;
use crate::sysmon::Catalogue;

/// The ending of rules as text.
pub const RULE_ENDING: &str = "rule";
/// The endings of drawn rules in a folder; a file that is named may have any.
pub const DRAWN_ENDINGS: [&str; 2] = [".blocks.json", ".blocks.xml"];

/// Rules as they were read.
pub struct Loaded {
    /// Their texts.
    pub sources: Sources,
    /// The definitions, in path order.
    pub definitions: Vec<Definition>,
    /// Findings so far.
    pub diagnostics: Vec<Diagnostic>,
    /// The project they belong to.
    pub project: Option<Project>,
    /// Names of the files that were read, in the order of `definitions`.
    pub files: Vec<PathBuf>,
    /// The workspaces of those that are drawn, in the same order.
    pub drawn: Vec<Option<DrawnIn>>,
}

/// Rules after checking.
pub struct Checked {
    /// Their texts.
    pub sources: Sources,
    /// The rules without errors.
    pub program: Program,
    /// All findings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// Number of rules that were read.
    pub rules: usize,
}

/// What a command that runs rules gets.
pub enum Rules {
    /// From sources.
    Sources(Box<Checked>),
    /// From a module file.
    Module(Box<Module>),
}

fn no_rules(paths: &[String]) -> Failure {
    Failure::unusable(
        format!("no rules found in {}", paths.join(", ")),
        format!(
            "rules are files that end in .{RULE_ENDING}, {} or {}, or folders of them",
            DRAWN_ENDINGS[0], DRAWN_ENDINGS[1]
        ),
    )
}

/// Reads rules, as text or drawn; none are rules too, as long as there is a file.
pub fn load(paths: &[String]) -> Result<Loaded, Failure> {
    let loaded = load_if_any(paths)?;
    if loaded.files.is_empty() { Err(no_rules(paths)) } else { Ok(loaded) }
}

/// Reads rules, if there are any.
pub(super) fn load_if_any(paths: &[String]) -> Result<Loaded, Failure> {
    let mut loaded = Loaded {
        sources: Sources::default(),
        definitions: Vec::new(),
        diagnostics: Vec::new(),
        project: None,
        files: Vec::new(),
        drawn: Vec::new(),
    };
    let mut files = Vec::new();
    for path in paths {
        if path == "-" {
            // Standard input belongs to the project that it is given in.
            if let Some(folder) = project::find(Path::new(".")) {
                add_project(&mut loaded, &folder)?;
            }
            files.push(PathBuf::from("-"));
            continue;
        }
        let path = Path::new(path);
        if let Some(folder) = project::find(path) {
            add_project(&mut loaded, &folder)?;
        }
        collect(path, &mut files)?;
    }
    // A file that is named twice, once by itself and once by its folder, is one file.
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
    for file in files {
        read_file(&mut loaded, &file)?;
    }
    Ok(loaded)
}

fn add_project(loaded: &mut Loaded, folder: &Path) -> Result<(), Failure> {
    let same = |a: &Path, b: &Path| a.canonicalize().ok() == b.canonicalize().ok();
    match &loaded.project {
        Some(have) if same(&have.folder, folder) => Ok(()),
        Some(have) => Err(Failure::unusable(
            format!("the rules belong to two projects, {} and {}", have.folder.display(), folder.display()),
            "run the command once for each project",
        )),
        None => {
            loaded.project = Some(project::load(folder, &mut loaded.sources, &mut loaded.diagnostics));
            Ok(())
        }
    }
}

/// Adds a file, or all rule files below a folder in path order.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        let why = if error.kind() == std::io::ErrorKind::NotFound {
            "does not exist".to_string()
        } else {
            format!("cannot be read: {error}")
        };
        Failure::unusable(
            format!("{} {why}", path.display()),
            "look at the spelling; rules are named first, then --events FILE",
        )
    })?;
    if !metadata.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let mut found = Vec::new();
    for entry in ignore::WalkBuilder::new(path)
        .standard_filters(false)
        .hidden(true)
        .sort_by_file_path(std::cmp::Ord::cmp)
        .build()
    {
        let entry = entry.map_err(|error| {
            Failure::unusable(format!("{}: {error}", path.display()), "look whether the folder may be read")
        })?;
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if is_file && is_rules(entry.path()) {
            found.push(entry.into_path());
        }
    }
    files.append(&mut found);
    Ok(())
}

/// Does a file in a folder hold rules, by its name?
fn is_rules(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.extension().is_some_and(|ending| ending == RULE_ENDING)
        || DRAWN_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn read_file(loaded: &mut Loaded, file: &Path) -> Result<(), Failure> {
    let stdin = file == Path::new("-");
    let (name, bytes) = if stdin {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|error| {
            Failure::unusable(format!("standard input cannot be read: {error}"), "name a file instead of -")
        })?;
        ("<stdin>".to_string(), bytes)
    } else {
        let bytes = std::fs::read(file).map_err(|error| {
            Failure::unusable(format!("{} cannot be read: {error}", file.display()), "look whether it may be read")
        })?;
        (file.display().to_string().replace('\\', "/"), bytes)
    };
    if bytes.starts_with(bytecode::MAGIC) {
        return Err(Failure::unusable(
            format!("{name} is a compiled module"),
            "this command needs the rules' text; run and listing take modules",
        ));
    }
    match crate::source::decode(&bytes) {
        Ok(text) => {
            let source = loaded.sources.add(name, text.as_str());
            let registry = loaded.project.as_ref().map_or(Outside::NOTHING.registry, |project| &project.registry);
            let parsed = crate::source::parse(&mut loaded.sources, source, &text, registry);
            loaded.definitions.push(parsed.definition);
            loaded.diagnostics.extend(parsed.diagnostics);
            loaded.drawn.push(parsed.drawn);
        }
        Err(fault) => {
            let source = loaded.sources.add(name, "");
            loaded.definitions.push(Definition::new(source));
            loaded.drawn.push(None);
            loaded.diagnostics.push(fault.diagnostic(source));
        }
    }
    loaded.files.push(file.to_path_buf());
    Ok(())
}

/// Reads and checks rules.
pub fn check(paths: &[String]) -> Result<Checked, Failure> {
    let loaded = load(paths)?;
    if loaded.definitions.iter().all(|definition| definition.rules.is_empty()) && loaded.diagnostics.is_empty() {
        let files: Vec<&str> = loaded.sources.iter().map(|(_, source)| source.name.as_str()).collect();
        return Err(Failure::unusable(
            format!("there is no rule in {}", files.join(", ")),
            "a rule begins with `filter`, `classify` or `alert`; drawn, with the block of that name",
        ));
    }
    let catalogue = Catalogue::standard();
    let tables = loaded.project.as_ref().map_or(&[][..], |project| project.tables.as_slice());
    let agent = loaded.project.as_ref().map_or(AgentVersion::DEFAULT, |project| project.agent);
    let context = Context { catalogue: &catalogue, agent, tables, today: today() };
    let checked = check::check(&loaded.definitions, &context);
    let mut diagnostics = loaded.diagnostics;
    diagnostics.extend(checked.diagnostics);
    crate::diagnostic::sort(&mut diagnostics);
    // A drawn rule with a fault is no rule yet, but it was checked.
    let drawn = |drawn: &Option<DrawnIn>| {
        let Some(drawn) = drawn else { return 0 };
        let aside: FxHashSet<_> = drawn.aside.iter().collect();
        drawn.workspace.tops.iter().filter(|top| !aside.contains(top)).count()
    };
    let counts = loaded.definitions.iter().zip(&loaded.drawn);
    let rules = counts.map(|(definition, workspace)| definition.rules.len().max(drawn(workspace))).sum();
    Ok(Checked { sources: loaded.sources, program: checked.program, diagnostics, rules })
}

/// The beginning of this day, UTC.
pub(super) fn today() -> Option<Timestamp> {
    const DAY: u64 = 86_400;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::new(i64::try_from(now.as_secs() / DAY * DAY).ok()?, 0))
}

/// Rules for a command that runs them: a module file alone, or sources.
pub fn rules(paths: &[String]) -> Result<Rules, Failure> {
    if let [path] = paths
        && path != "-"
        && Path::new(path).is_file()
    {
        let mut head = [0; 8];
        let is_module = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
            && &head == bytecode::MAGIC;
        if is_module {
            return module(path).map(|module| Rules::Module(Box::new(module)));
        }
        if Path::new(path).extension().is_some_and(|ending| ending == "bsm") {
            return Err(Failure {
                message: format!("{path}: {}", bytecode::LoadError::NotAModule),
                help: "modules are written by `blocksieve compile`".to_string(),
                exit: Exit::Unusable,
            });
        }
    }
    check(paths).map(|checked| Rules::Sources(Box::new(checked)))
}

fn module(path: &str) -> Result<Module, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::unusable(format!("{path} cannot be read: {error}"), "look whether it may be read"))?;
    bytecode::read(&bytes).map_err(|error| Failure {
        message: format!("[{}] {path}: {error}", error.code()),
        help: format!("compile the rules again; `blocksieve explain-code {}` says more", error.code()),
        exit: Exit::Unusable,
    })
}
