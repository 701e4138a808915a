//! `blocksieve test`: the tests beside the rules, run on the rules as they are.
//!
//! In: projects, folders, files of rules or of tests. Out: on standard output which tests fail and why, for people, JSON, JUnit, SARIF or
//! GitHub. Status 1 if one fails or cannot run. Every test runs. Never here: what a test means; that is `testing/`.
//!
//! | what is named | tests | rules |
//! | --- | --- | --- |
//! | a project, or a folder in one | the test files below it | all of the project |
//! | a test file | that one | all of its project, else those of its folder |
//! | a file of rules | the test file beside it | all of its project, else that file |
//! | a folder without a project | the test files below it | those below it |

mod coverage;
mod mutate;
mod scope;
mod told;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::TestArgs;
use super::style::{self, Style};
use super::{Exit, Failure, load, project, report};
use crate::bytecode;
use crate::dialect::AgentVersion;
use crate::testing::coverage::Measure;
use crate::testing::{self, Observe, Rules};
use crate::vm::Prepared;

/// The endings of files of tests.
const ENDINGS: [&str; 2] = [".test.yaml", ".test.yml"];

pub(super) fn run(args: &TestArgs, style: Style) -> Result<Exit, Failure> {
    coverage::look(args)?;
    mutate::look(args)?;
    let named = if args.rules.is_empty() { vec![here()?] } else { args.rules.clone() };
    let mut files = Vec::new();
    let mut rules = BTreeSet::new();
    for path in &named {
        collect(Path::new(path), &mut files, &mut rules)?;
    }
    let mut seen = BTreeSet::new();
    files.retain(|file: &PathBuf| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
    if files.is_empty() {
        return Err(Failure::unusable(
            format!("no tests found in {}", named.join(", ")),
            format!("tests are files that end in {} beside the rules; the editor makes one of any event", ENDINGS[0]),
        ));
    }
    let rules: Vec<String> = rules.into_iter().collect();
    let checked = load::check(&rules)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let module = bytecode::compile(&checked.program, &checked.sources);
    let prepared = Prepared::new(module).map_err(|invalid| Failure {
        message: format!("the compiler made a module that it refuses: {invalid}"),
        help: "this is a fault of Blocksieve; please report it with the rules".to_string(),
        exit: Exit::Rules,
    })?;
    let agent = checked.project.as_ref().map_or(AgentVersion::DEFAULT, |project| project.agent);
    let measure = coverage::is_wanted(&args.coverage).then(|| Measure::new(&checked.program, &checked.definitions));
    let observer = measure.as_ref().map(|measure| measure as &dyn Observe);
    let tested = Rules { program: &checked.program, prepared: &prepared, agent, observer };

    let mut told = told::Told::default();
    let words = args.filter.as_ref().map(|words| words.to_lowercase());
    for file in &files {
        one(file, tested, words.as_deref(), &mut told)?;
    }
    if told.tests() == 0
        && told.findings.is_empty()
        && let Some(words) = &args.filter
    {
        return Err(Failure::unusable(
            format!("no test has \"{words}\" in its name or in the name of its file"),
            format!("there are {} tests; leave --filter out to run all", told.left_out),
        ));
    }
    // Standard output holds one document.
    if coverage::takes_stdout(&args.coverage) || mutate::takes_stdout(&args.mutate) {
        told.write(args.format, &mut style::stderr(), style.stderr_colors)?;
    } else {
        let mut out = style::stdout();
        told.write(args.format, &mut out, style.stdout_colors)?;
        out.finish()?;
    }
    let mut exit = if told.is_clean() { Exit::Clean } else { Exit::Findings };
    let scope = scope::Scope::of(&named);
    if let Some(measure) = &measure {
        let covered = measure.coverage(|source| scope.holds(checked.sources.name(source)));
        exit.note(coverage::write(args, &covered, &checked.sources)?);
    }
    if mutate::is_wanted(&args.mutate) {
        let told = mutate::Told { tests: &told, named: &named, scope: &scope };
        exit.note(mutate::run(args, &told, &checked, &prepared, agent, style)?);
    }
    Ok(exit)
}

/// The project around this folder.
fn here() -> Result<String, Failure> {
    let found = project::find(Path::new(".")).ok_or_else(|| {
        Failure::unusable(
            format!("there is no project here: no {} in this folder or above it", project::FILE),
            "name a project, a folder, rules or tests, as in `blocksieve test examples/sysmon`",
        )
    })?;
    Ok(found.display().to_string())
}

/// Is this a file of tests, by its name?
fn is_tests(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Adds the tests of what is named, and the rules that they are run on.
fn collect(path: &Path, files: &mut Vec<PathBuf>, rules: &mut BTreeSet<String>) -> Result<(), Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "does not exist".to_string(),
            _ => format!("cannot be read: {error}"),
        };
        Failure::unusable(format!("{} {why}", path.display()), "look at the spelling")
    })?;
    let project = project::find(path);
    if metadata.is_dir() {
        rules.insert(project.unwrap_or_else(|| path.to_path_buf()).display().to_string());
        files.append(&mut load::below(path, is_tests)?);
        return Ok(());
    }
    if is_tests(path) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        rules.insert(project.unwrap_or_else(|| folder.to_path_buf()).display().to_string());
        files.push(path.to_path_buf());
        return Ok(());
    }
    rules.insert(project.unwrap_or_else(|| path.to_path_buf()).display().to_string());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = [".rule", load::DRAWN_ENDINGS[0], load::DRAWN_ENDINGS[1]].iter().find_map(|end| name.strip_suffix(end));
    let beside = ENDINGS.map(|ending| path.with_file_name(format!("{}{ending}", stem.unwrap_or(&name))));
    files.extend(beside.into_iter().filter(|file| file.is_file()));
    Ok(())
}

/// Runs the tests of one file.
fn one(file: &Path, rules: Rules<'_>, words: Option<&str>, told: &mut told::Told) -> Result<(), Failure> {
    let bytes = std::fs::read(file).map_err(|error| {
        Failure::unusable(format!("{} cannot be read: {error}", file.display()), "look whether it may be read")
    })?;
    let name = file.strip_prefix(".").unwrap_or(file).display().to_string().replace('\\', "/");
    let text = match crate::source::decode(&bytes) {
        Ok(text) => text,
        Err(fault) => {
            let source = told.sources.add(name, "");
            told.findings.push(fault.diagnostic(source));
            return Ok(());
        }
    };
    let source = told.sources.add(name.clone(), text.as_str());
    let (mut cases, findings) = testing::read(source, &text);
    told.findings.extend(findings);
    if let Some(words) = words.filter(|words| !name.to_lowercase().contains(words)) {
        let all = cases.len();
        cases.retain(|case| case.name.to_lowercase().contains(words));
        told.left_out += all - cases.len();
    }
    let (outcomes, findings) = testing::run(&cases, rules);
    told.findings.extend(findings);
    told.outcomes.extend(outcomes);
    told.cases.extend(cases);
    Ok(())
}
