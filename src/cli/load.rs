//! Rules from wherever the command line names them.
//!
//! In: paths, or `-`. Out: definitions with their sources and findings, or a compiled module. All findings of all files in
//! one run. Never here: printing.

use std::io::Read;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::files::{Folders, below};
use super::project::{self, Project};
use super::{Exit, Failure, meant, sigma, templates, unread};
use crate::alert::Template;
use crate::ast::{Definition, Timestamp};
use crate::bytecode::{self, Module, Verified};
use crate::check::{self, Context};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::ir::Program;
use crate::origin::{SourceId, Sources};
use crate::source::DrawnIn;
use crate::source::blockly::Outside;
use crate::source::sigma::Setup;
use crate::sysmon::Catalogue;

/// The ending of rules as text.
pub const RULE_ENDING: &str = "rule";
/// The endings of drawn rules in a folder; a file that is named may have any.
pub const DRAWN_ENDINGS: [&str; 2] = [".blocks.json", ".blocks.xml"];

/// All endings of files of rules; what ends as YAML may be something else.
pub const RULE_ENDINGS: [&str; 5] = [".rule", DRAWN_ENDINGS[0], DRAWN_ENDINGS[1], ".yml", ".yaml"];

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
    /// The agents of the project whose own they are, in the same order; none: they are for all.
    pub owners: Vec<Vec<String>>,
    /// Those that are Sigma's.
    pub sigma: Vec<SourceId>,
    /// What is said of log sources and fields, by the file that says it; none: what is known without one.
    pub setups: Vec<(Option<PathBuf>, Setup)>,
}

impl Loaded {
    /// Without what only single agents have. The files stay in `files` and in the sources.
    pub fn for_all(mut self) -> Loaded {
        let mut owners = self.owners.iter();
        self.definitions.retain(|_| owners.next().is_none_or(Vec::is_empty));
        self
    }
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
    /// The project they belong to.
    pub project: Option<Project>,
    /// The templates of the project, those without faults.
    pub templates: Vec<Template>,
    /// The rules as written.
    pub definitions: Vec<Definition>,
}

/// What a command that runs rules gets.
pub enum Rules {
    /// From sources.
    Sources(Box<Checked>),
    /// From a module file.
    Module(Box<Verified>),
}

fn no_rules(paths: &[String]) -> Failure {
    Failure::unusable(
        format!("no rules found in {}", paths.join(", ")),
        format!(
            "rules are files that end in .{RULE_ENDING}, {} or {}, rules of Sigma in .yml or .yaml, or folders of them",
            DRAWN_ENDINGS[0], DRAWN_ENDINGS[1]
        ),
    )
}

/// For whom rules are checked.
#[derive(Clone, Copy, Debug)]
pub enum For<'a> {
    /// For all agents: those of single ones are left out, unless they are named.
    All,
    /// For one agent of the project: what all have, and its own.
    One(&'a str),
    /// For each agent in turn. The program that comes of it is that for all.
    Each,
}

/// Reads rules, as text or drawn; none are rules too, as long as there is a file.
pub fn load(paths: &[String]) -> Result<Loaded, Failure> {
    let loaded = load_with(paths, None)?;
    if loaded.files.is_empty() { Err(no_rules(paths)) } else { Ok(loaded) }
}

/// Reads rules, if there are any.
pub(super) fn load_if_any(paths: &[String]) -> Result<Loaded, Failure> {
    load_with(paths, None)
}

/// The same, with the filters of one agent wherever they are.
fn load_with(paths: &[String], agent: Option<&str>) -> Result<Loaded, Failure> {
    let mut loaded = Loaded {
        sources: Sources::default(),
        definitions: Vec::new(),
        diagnostics: Vec::new(),
        project: None,
        files: Vec::new(),
        drawn: Vec::new(),
        owners: Vec::new(),
        sigma: Vec::new(),
        setups: Vec::new(),
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
        if path.is_dir() {
            unread::told(path, &mut loaded)?;
        }
    }
    // A project that cannot be read is told as that.
    let sound = !loaded.diagnostics.iter().any(Diagnostic::is_error);
    if let Some(name) = agent.filter(|_| sound) {
        for path in own_filters(&loaded, name)? {
            collect(&path, &mut files)?;
        }
    }
    // A file that is named twice, once by itself and once by its folder, is one file.
    let (mut seen, mut folders) = (std::collections::BTreeSet::new(), Folders::default());
    files.retain(|file| seen.insert(folders.real(file)));
    let mut open = Vec::new();
    for file in files {
        let owners = owners(&loaded, &file, paths);
        if read_file(&mut loaded, &file)? {
            open.push(loaded.definitions.len() - 1);
        }
        loaded.owners.push(owners);
    }
    sigma::define(&mut loaded, &open);
    Ok(loaded)
}

/// The agents whose own file this is. One that is named, or whose folder is, is meant for all.
fn owners(loaded: &Loaded, file: &Path, named: &[String]) -> Vec<String> {
    let agents = loaded.project.as_ref().map_or(&[][..], |project| project.agents.as_slice());
    let holds = |own: &&PathBuf| within(file, own) && !named.iter().any(|named| within(Path::new(named), own));
    agents.iter().filter(|agent| agent.filters.iter().any(|own| holds(&own))).map(|agent| agent.name.clone()).collect()
}

/// Is the file the other one, or below it?
fn within(file: &Path, other: &Path) -> bool {
    match (file.canonicalize(), other.canonicalize()) {
        (Ok(file), Ok(other)) => file.starts_with(other),
        (_, _) => false,
    }
}

/// The files and folders of an agent's own filters.
fn own_filters(loaded: &Loaded, name: &str) -> Result<Vec<PathBuf>, Failure> {
    let agents = loaded.project.as_ref().map_or(&[][..], |project| project.agents.as_slice());
    match agents.iter().find(|agent| agent.name == name) {
        Some(agent) => Ok(agent.filters.clone()),
        None if agents.is_empty() => Err(Failure::unusable(
            format!("there is no agent \"{name}\": the rules' project names none"),
            "write [agents.NAME] with `filters` into blocksieve.toml",
        )),
        None => {
            let known: Vec<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
            Err(Failure::unusable(
                format!("the project has no agent \"{name}\""),
                format!("it has {}", known.join(", ")),
            ))
        }
    }
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
pub(super) fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
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
    files.append(&mut below(path, is_rules)?);
    Ok(())
}

/// Does a file in a folder hold rules, by its name?
pub(super) fn is_rules(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.extension().is_some_and(|ending| ending == RULE_ENDING)
        || DRAWN_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || sigma::is_rules(path)
}

/// Reads a file. Is it one of Sigma's? Those are defined together, when all are read.
fn read_file(loaded: &mut Loaded, file: &Path) -> Result<bool, Failure> {
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
        // As people name it; what annotates a pull request knows no other name.
        let named = file.strip_prefix(".").unwrap_or(file);
        (named.display().to_string().replace('\\', "/"), bytes)
    };
    if bytes.starts_with(bytecode::MAGIC) {
        return Err(Failure::unusable(
            format!("{name} is a compiled module"),
            "this command needs the rules' text; run and listing take modules",
        ));
    }
    let mut open = false;
    match crate::source::decode_owned(bytes) {
        Ok(text) if sigma::has_ending(&name) || crate::source::sigma::is_sigma(&text) => {
            let source = loaded.sources.add(name, text.as_str());
            loaded.definitions.push(Definition::new(source));
            loaded.drawn.push(None);
            loaded.sigma.push(source);
            open = true;
        }
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
    Ok(open)
}

/// Reads and checks rules.
pub fn check(paths: &[String]) -> Result<Checked, Failure> {
    check_for(paths, For::All, None)
}

/// The templates of the project in a folder.
#[cfg(feature = "deliver")]
pub fn templates_of(folder: &Path) -> Result<Vec<Template>, Failure> {
    let mut loaded = load_with(&[folder.display().to_string()], None)?;
    Ok(templates::load(&mut loaded, &Catalogue::standard(), false))
}

/// The same for some agents, and a version of Winlogbeat that is not the project's.
pub fn check_for(paths: &[String], who: For<'_>, version: Option<AgentVersion>) -> Result<Checked, Failure> {
    check_with(paths, who, version, false)
}

/// The same with lints, for commands that are asked for advice.
pub fn lint_for(paths: &[String], who: For<'_>, version: Option<AgentVersion>) -> Result<Checked, Failure> {
    check_with(paths, who, version, true)
}

fn check_with(paths: &[String], who: For<'_>, version: Option<AgentVersion>, lints: bool) -> Result<Checked, Failure> {
    let one = match who {
        For::One(name) => Some(name),
        For::All | For::Each => None,
    };
    let paths = paths.iter().map(|path| meant::by(path)).collect::<Result<Vec<String>, Failure>>()?;
    let mut loaded = load_with(&paths, one)?;
    if loaded.files.is_empty() {
        return Err(no_rules(&paths));
    }
    if loaded.definitions.iter().all(|definition| definition.rules.is_empty()) && loaded.diagnostics.is_empty() {
        let files: Vec<&str> = loaded.sources.iter().map(|(_, source)| source.name.as_str()).collect();
        let of_sigma = loaded.definitions.iter().all(|definition| loaded.sigma.contains(&definition.source));
        let help = match of_sigma {
            true => {
                "filters of Sigma are a part of the rules that are read with them: name these too, or the folder of both"
            }
            false => "a rule begins with `filter`, `classify` or `alert`; drawn, with the block of that name",
        };
        return Err(Failure::unusable(format!("there is no rule in {}", files.join(", ")), help));
    }
    let catalogue = Catalogue::standard();
    let whole = loaded
        .project
        .as_ref()
        .is_some_and(|project| paths.iter().any(|path| within(&project.folder, Path::new(path))));
    let templates = templates::load(&mut loaded, &catalogue, whole);
    let project = loaded.project.as_ref();
    // What only the log manager has, its own exports may name.
    let names: Option<Vec<String>> = project.and_then(|project| {
        let own = project.templates.as_ref()?.iter().map(|file| file.name.clone());
        Some(own.chain(project.registry.templates.values().cloned()).collect())
    });
    let tables = project.map_or(&[][..], |project| project.tables.as_slice());
    let agents = project.map_or(&[][..], |project| project.agents.as_slice());
    let check_one = |name: Option<&str>| {
        let own = agents.iter().find(|agent| Some(agent.name.as_str()) == name).and_then(|agent| agent.version);
        let agent = version.or(own).or(project.map(|project| project.agent)).unwrap_or(AgentVersion::DEFAULT);
        let context = Context { catalogue: &catalogue, agent, tables, templates: names.as_deref(), today: today() };
        let meant = |owners: &Vec<String>| owners.is_empty() || owners.iter().any(|owner| Some(owner.as_str()) == name);
        let definitions = loaded.definitions.iter().zip(&loaded.owners).filter(|(_, owners)| meant(owners));
        // What all agents have runs first, wherever it stands.
        let (all, own): (Vec<_>, Vec<_>) = definitions.partition(|(_, owners)| owners.is_empty());
        let definitions: Vec<Definition> =
            all.into_iter().chain(own).map(|(definition, _)| definition.clone()).collect();
        let mut checked = check::check(&definitions, &context);
        if lints {
            check::lint::lint(&definitions, &context, &mut checked);
        }
        checked
    };
    let checked = check_one(one);
    let mut diagnostics = loaded.diagnostics;
    diagnostics.extend(checked.diagnostics);
    diagnostics.retain(|found| !sigma::is_idle(found, &loaded.definitions, &loaded.sigma));
    if let For::Each = who {
        let mut allowed = checked.allowed;
        for agent in agents {
            let checked = check_one(Some(&agent.name));
            allowed.extend(checked.allowed);
            for found in checked.diagnostics {
                if !diagnostics.contains(&found) {
                    diagnostics.push(found);
                }
            }
        }
        // What one agent's rules need allowed is no idle exception for the others.
        diagnostics.retain(|found| found.code != Code::UnusedAllow || !allowed.contains(&found.primary.origin));
    }
    crate::diagnostic::sort(&mut diagnostics);
    // A drawn rule with a fault is no rule yet, but it was checked.
    let drawn = |drawn: &Option<DrawnIn>| {
        let Some(drawn) = drawn else { return 0 };
        let aside: FxHashSet<_> = drawn.aside.iter().collect();
        drawn.workspace.tops.iter().filter(|top| !aside.contains(top)).count()
    };
    let counts = loaded.definitions.iter().zip(&loaded.drawn);
    let rules = counts.map(|(definition, workspace)| definition.rules.len().max(drawn(workspace))).sum();
    Ok(Checked {
        sources: loaded.sources,
        program: checked.program,
        diagnostics,
        rules,
        project: loaded.project,
        templates,
        definitions: loaded.definitions,
    })
}

/// The beginning of this day, UTC.
pub(super) fn today() -> Option<Timestamp> {
    const DAY: u64 = 86_400;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::new(i64::try_from(now.as_secs() / DAY * DAY).ok()?, 0))
}

/// Rules for a command that runs them: a module file alone, or sources.
pub fn rules(paths: &[String]) -> Result<Rules, Failure> {
    rules_for(paths, None)
}

/// The same with the filters of one agent.
pub fn rules_for(paths: &[String], agent: Option<&str>) -> Result<Rules, Failure> {
    if let [path] = paths
        && path != "-"
        && Path::new(path).is_file()
    {
        let mut head = [0; 8];
        let is_module = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
            && &head == bytecode::MAGIC;
        if is_module && agent.is_some() {
            return Err(Failure::unusable(
                format!("{path} is a compiled module, which has no agents"),
                "leave --agent out, or name the project that it was compiled of",
            ));
        }
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
    let who = agent.map_or(For::All, For::One);
    check_for(paths, who, None).map(|checked| Rules::Sources(Box::new(checked)))
}

/// What was compiled, held to what every module must keep to.
pub(super) fn verified(module: Module) -> Result<Verified, Failure> {
    Verified::new(module).map_err(|invalid| Failure {
        message: format!("the compiler made a module that it refuses: {invalid}"),
        help: "this is a fault of Blocksieve; please report it with the rules".to_string(),
        exit: Exit::Rules,
    })
}

fn module(path: &str) -> Result<Verified, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::unusable(format!("{path} cannot be read: {error}"), "look whether it may be read"))?;
    bytecode::read(&bytes).map_err(|error| Failure {
        message: format!("[{}] {path}: {error}", error.code()),
        help: format!("compile the rules again; `blocksieve explain-code {}` says more", error.code()),
        exit: Exit::Unusable,
    })
}
