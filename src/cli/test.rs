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
//!
//! | file | what |
//! | --- | --- |
//! | `suite.rs` | which tests are meant |
//! | `disk.rs` | the files and templates that they need |
//! | `stored.rs` | decisions that are stored beside them |
//! | `told.rs`, `junit.rs` | what came of them, in each format |
//! | `looking.rs` | files that change, for `--watch` |

mod disk;
mod junit;
mod looking;
mod stored;
mod suite;
mod told;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::args::{TestArgs, TestFormat};
use super::load::Checked;
use super::style::{self, Style};
use super::{Exit, Failure, load, project, report};
use crate::bytecode;
use crate::diagnostic::Diagnostic;
use crate::dialect::AgentVersion;
use crate::testing::{Bench, Case, Outcome, Rules, Unobserved};
use crate::vm::Prepared;
use disk::Disk;
use suite::Suite;

pub(super) fn run(args: &TestArgs, style: Style) -> Result<Exit, Failure> {
    let named = if args.rules.is_empty() { vec![here()?] } else { args.rules.clone() };
    if !args.watch {
        return once(args, &named, style, &mut Vec::new());
    }
    if args.format != TestFormat::Human {
        return Err(Failure::unusable(
            "--watch is for people, and this format for programs",
            "leave one of --watch and --format out",
        ));
    }
    loop {
        let mut samples = Vec::new();
        // Before anything is read, so that no change falls between.
        let before = looking::marks(&named, &[]);
        if let Err(failure) = once(args, &named, style, &mut samples) {
            writeln!(style::stderr(), "error: {}\n  help: {}", failure.message, failure.help)?;
        }
        let of_samples = looking::marks(&[], &samples);
        let before = before.into_iter().chain(of_samples).collect();
        writeln!(style::stderr(), "waiting for a change; Ctrl-C ends")?;
        let changed = looking::wait(&before, || looking::marks(&named, &samples));
        let changed: Vec<String> = changed.iter().map(|path| path.display().to_string().replace('\\', "/")).collect();
        writeln!(style::stderr(), "\nchanged: {}", changed.join(", "))?;
    }
}

/// Runs all that is meant. `samples`: the files that events were taken from.
fn once(args: &TestArgs, named: &[String], style: Style, samples: &mut Vec<PathBuf>) -> Result<Exit, Failure> {
    let (mut suite, rules) = Suite::load(named, args.filter.as_deref())?;
    samples.extend(suite.samples());
    let checked = load::check(&rules)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let prepared = prepare(&checked)?;
    let disk = disk_of(&checked, &suite);
    let bench = Bench::new(rules_of(&checked, &prepared), &disk);
    let cases: Vec<&Case> = suite.cases().collect();
    let (mut outcomes, mut findings) = all(&bench, &cases, jobs(args.jobs));
    drop(cases);
    stored::settle(&mut suite, &mut outcomes, args.update, args.filter.is_some())?;
    findings.append(&mut suite.findings);
    let mut told = told::Told { sources: suite.sources, outcomes, findings, left_out: suite.left_out };
    if told.tests() == 0
        && told.findings.is_empty()
        && let Some(words) = &args.filter
    {
        return Err(Failure::unusable(
            format!("no test has \"{words}\" in its name or in the name of its file"),
            format!("there are {} tests; leave --filter out to run all", told.left_out),
        ));
    }
    let mut out = style::stdout();
    told.write(args.format, &mut out, style.stdout_colors)?;
    out.finish()?;
    Ok(if told.is_clean() { Exit::Clean } else { Exit::Findings })
}

/// Rules as they run.
pub(super) fn prepare(checked: &Checked) -> Result<Prepared, Failure> {
    let module = bytecode::compile(&checked.program, &checked.sources);
    Prepared::new(module).map_err(|invalid| Failure {
        message: format!("the compiler made a module that it refuses: {invalid}"),
        help: "this is a fault of Blocksieve; please report it with the rules".to_string(),
        exit: Exit::Rules,
    })
}

/// The rules that are tested.
pub(super) fn rules_of<'a>(checked: &'a Checked, prepared: &'a Prepared) -> Rules<'a> {
    let agent = checked.project.as_ref().map_or(AgentVersion::DEFAULT, |project| project.agent);
    Rules { program: &checked.program, prepared, agent }
}

/// The files and templates around tests.
pub(super) fn disk_of<'a>(checked: &'a Checked, suite: &Suite) -> Disk<'a> {
    let tables = checked.project.as_ref().map_or(&[][..], |project| project.tables.as_slice());
    Disk { folders: suite.folders(), templates: &checked.templates, tables }
}

fn jobs(asked: Option<NonZeroUsize>) -> usize {
    asked.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Runs tests, some at a time. What came of them is in their order, however many ran at once.
fn all(bench: &Bench<'_>, cases: &[&Case], jobs: usize) -> (Vec<Outcome>, Vec<Diagnostic>) {
    type Came = Result<Outcome, Vec<Diagnostic>>;
    let next = AtomicUsize::new(0);
    let came: Mutex<Vec<(usize, Came)>> = Mutex::new(Vec::with_capacity(cases.len()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else { return };
            let one = bench.case(case, &mut Unobserved);
            came.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, one));
        }
    };
    let more = jobs.min(cases.len()).saturating_sub(1);
    std::thread::scope(|scope| {
        for _ in 0..more {
            scope.spawn(work);
        }
        work();
    });
    let mut came = came.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    came.sort_by_key(|(index, _)| *index);
    let (mut outcomes, mut found) = (Vec::with_capacity(cases.len()), Vec::new());
    for (_, one) in came {
        match one {
            Ok(outcome) => outcomes.push(outcome),
            Err(findings) => found.extend(findings),
        }
    }
    (outcomes, found)
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
