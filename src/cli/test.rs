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
//! | `suite.rs`, `passed_over.rs` | which tests are meant; files that would go unnoticed |
//! | `disk.rs` | the files and templates that they need |
//! | `stored.rs` | decisions that are stored beside them |
//! | `told.rs`, `junit.rs` | what came of them, in each format |
//! | `lists.rs` | mutants that are accepted |
//! | `scope.rs`, `coverage.rs`, `mutate.rs` | which rules `--coverage` and `--mutate` are about; what they say |
//! | `jobs.rs` | several at a time |
//! | `looking.rs` | files that change, for `--watch` |

mod coverage;
mod disk;
mod jobs;
mod junit;
mod lists;
mod looking;
mod mutate;
mod passed_over;
mod scope;
mod stored;
mod suite;
mod told;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{TestArgs, TestFormat};
use super::load::Checked;
use super::style::{self, Style};
use super::{Exit, Failure, load, meant, report};
use crate::bytecode;
use crate::dialect::AgentVersion;
use crate::testing::coverage::{Counter, Counts};
use crate::testing::mutate::{Planned, mutants};
use crate::testing::{Bench, Case, Outcome, Refused, Rules, Unobserved};
use crate::vm::Prepared;
use disk::Disk;
use jobs::{at_a_time, side_by_side};
use scope::Scope;
use suite::Suite;

pub(super) fn run(args: &TestArgs, style: Style) -> Result<Exit, Failure> {
    coverage::look(args)?;
    mutate::look(args)?;
    let named = if args.rules.is_empty() { vec![meant::here("test")?] } else { args.rules.clone() };
    if !args.watch {
        return once(args, &named, style, &mut Vec::new());
    }
    if args.format != TestFormat::Human {
        return Err(Failure::unusable(
            "--watch is for people, and this format for programs",
            "leave one of --watch and --format out",
        ));
    }
    // No change of a file makes a test of it; what else is wrong may be mended while it waits.
    if let Ok((suite, _)) = Suite::load(&named, args.filter.as_deref()) {
        selected(args, &suite)?;
    }
    // What this writes itself is no change.
    let own = args.coverage.coverage_out.as_deref().map(Path::new);
    loop {
        let mut samples = Vec::new();
        // Before anything is read, so that no change falls between.
        let before = looking::marks(&named, &[], own);
        if let Err(failure) = once(args, &named, style, &mut samples) {
            writeln!(style::stderr(), "error: {}\n  help: {}", failure.message, failure.help)?;
        }
        let of_samples = looking::marks(&[], &samples, own);
        let before = before.into_iter().chain(of_samples).collect();
        writeln!(style::stderr(), "waiting for a change; Ctrl-C ends")?;
        let changed = looking::wait(&before, || looking::marks(&named, &samples, own));
        let changed: Vec<String> = changed.iter().map(|path| path.display().to_string().replace('\\', "/")).collect();
        writeln!(style::stderr(), "\nchanged: {}", changed.join(", "))?;
    }
}

/// Runs all that is meant. `samples`: the files that events were taken from.
fn once(args: &TestArgs, named: &[String], style: Style, samples: &mut Vec<PathBuf>) -> Result<Exit, Failure> {
    let (mut suite, rules) = Suite::load(named, args.filter.as_deref())?;
    samples.extend(suite.samples());
    selected(args, &suite)?;
    let checked = load::check(&rules)?;
    broken(args, &checked, style)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let prepared = prepare(&checked)?;
    let disk = disk_of(&checked, &suite);
    let bench = Bench::new(rules_of(&checked, &prepared), &disk);
    let jobs = at_a_time(args.jobs);
    let counter = coverage::is_wanted(&args.coverage).then(|| Counter::new(&checked.program, &checked.definitions));
    let cases: Vec<&Case> = suite.cases().collect();
    let Ran { mut outcomes, mut refused, counts } = all(&bench, &cases, counter.as_ref(), jobs);
    drop(cases);
    stored::settle(&mut suite, &mut outcomes, args.update, args.filter.is_some())?;
    refused.append(&mut suite.refused);
    let sources = std::mem::take(&mut suite.sources);
    let mut told = told::Told { sources, outcomes, refused, left_out: suite.left_out, ..told::Told::default() };
    let passed = told.is_clean();
    let is_document = args.format != TestFormat::Human;
    let scope = Scope::of(named);
    let is_meant = |source| scope.holds(checked.sources.name(source));
    let covered = counter.as_ref().map(|counter| counter.coverage(&counts, is_meant));
    let lists = lists::Lists::load(named)?;
    let cases: Vec<&Case> = suite.cases().collect();
    let tested = mutate::Tested { bench: &bench, cases: &cases, scope: &scope };
    let is_mutated = mutate::is_wanted(&args.mutate) && passed;
    let planned = if is_mutated {
        mutants(&checked.program, &checked.definitions, |origin| is_meant(origin.source))
    } else {
        // Whoever asks for no mutants hears of lists what can be said without.
        told.take(&lists.sources, lists.faults(&checked));
        Planned::default()
    };
    let judge = || mutate::judge(args, &tested, &planned, &lists, &checked);
    // A document has all; a person reads of the tests while mutants run.
    let early = (is_document && is_mutated).then(judge);
    if is_document {
        let low = covered.as_ref().and_then(|covered| coverage::finding(args, covered, &checked.sources));
        told.take(&checked.sources, low.into_iter().collect());
        if let Some((of_rules, of_lists)) = early.as_ref().map(mutate::Report::findings) {
            told.take(&checked.sources, of_rules);
            told.take(&lists.sources, of_lists.to_vec());
        }
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
    if let Some(covered) = &covered {
        exit.note(coverage::write(args, covered, &checked.sources)?);
    }
    if is_mutated && !is_document {
        let report = judge();
        report.write(args.mutate.mutate_format.unwrap_or_default(), style)?;
        exit.note(if report.is_clean() { Exit::Clean } else { Exit::Findings });
    } else if mutate::is_wanted(&args.mutate) && !passed {
        exit.note(mutate::none()?);
    }
    Ok(exit)
}

/// A filter that selects nothing is a mistake.
fn selected(args: &TestArgs, suite: &Suite) -> Result<(), Failure> {
    match &args.filter {
        Some(words) if suite.cases().next().is_none() && suite.refused.is_empty() => {
            let all = match suite.left_out {
                1 => "there is one test; leave --filter out to run it".to_string(),
                all => format!("there are {all} tests; leave --filter out to run all"),
            };
            Err(Failure::unusable(format!("no test has \"{words}\" in its name or in the name of its file"), all))
        }
        Some(_) | None => Ok(()),
    }
}

/// Rules that do not compile, for a program that reads a document: it gets one that says so.
fn broken(args: &TestArgs, checked: &Checked, style: Style) -> Result<(), Failure> {
    let errors = checked.diagnostics.iter().filter(|finding| finding.is_error());
    let findings: Vec<_> = errors.cloned().collect();
    if findings.is_empty() || args.format == TestFormat::Human {
        return Ok(());
    }
    let refused = findings.into_iter().map(Refused::other).collect();
    let mut told = told::Told { sources: checked.sources.clone(), refused, ..told::Told::default() };
    let mut out = style::stdout();
    told.write(args.format, &mut out, style.stdout_colors)?;
    Ok(out.finish()?)
}

/// Rules as they run.
pub(super) fn prepare(checked: &Checked) -> Result<Prepared, Failure> {
    let module = bytecode::compile(&checked.program, &checked.sources);
    load::verified(module).map(Prepared::of)
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

/// What came of tests.
#[derive(Default)]
struct Ran {
    outcomes: Vec<Outcome>,
    refused: Vec<Refused>,
    counts: Counts,
}

/// Runs tests, some at a time. What came of them is in their order, however many ran at once.
fn all(bench: &Bench<'_>, cases: &[&Case], counter: Option<&Counter<'_>>, jobs: usize) -> Ran {
    let came = side_by_side(cases, jobs, |case| match counter {
        None => (bench.case(case, &mut Unobserved), Counts::default()),
        Some(counter) => {
            let mut counting = counter.begin();
            (bench.case(case, &mut counting), counting.end())
        }
    });
    let mut ran = Ran::default();
    for (case, (outcome, counts)) in cases.iter().zip(came) {
        match outcome {
            Ok(outcome) => ran.outcomes.push(outcome),
            Err(findings) => {
                ran.refused.push(Refused { name: Some(case.name.clone()), is_test: true, findings });
            }
        }
        ran.counts.add(counts);
    }
    ran
}
