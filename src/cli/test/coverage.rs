//! `blocksieve test --coverage`: what of the rules the tests made run.
//!
//! In: coverage. Out: a table for people, or a document, on standard output or in a file; status 1 where it is below the threshold. Never
//! here: counting; that is `testing/coverage/`.

use std::io::Write;

use crate::cli::args::{CoverageArgs, CoverageFormat, TestArgs, TestFormat};
use crate::cli::compile::put;
use crate::cli::table::{columns_of, cut_end, safe};
use crate::cli::{Exit, Failure, style};
use crate::diagnostic::render::{self, Places};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Sources;
use crate::testing::coverage::{self, Coverage, Missing, Share, Totals, What, rounded};

/// Characters of a hint in the table; documents have it whole.
const MOST: usize = 200;

/// Is any of it asked for?
pub(super) fn is_wanted(args: &CoverageArgs) -> bool {
    args.coverage || args.coverage_format.is_some() || args.coverage_out.is_some() || args.coverage_threshold.is_some()
}

/// Is it told by itself? In a document of findings a threshold alone is a finding, or nothing.
pub(super) fn is_written(args: &CoverageArgs) -> bool {
    args.coverage || args.coverage_format.is_some() || args.coverage_out.is_some()
}

/// Does coverage have standard output for itself?
pub(super) fn takes_stdout(args: &CoverageArgs) -> bool {
    is_wanted(args) && to_stdout(args) && args.coverage_format.unwrap_or_default() != CoverageFormat::Table
}

fn to_stdout(args: &CoverageArgs) -> bool {
    args.coverage_out.as_deref().is_none_or(|out| out == "-")
}

/// Refuses what would put two documents into one stream.
pub(super) fn look(args: &TestArgs) -> Result<(), Failure> {
    if is_written(&args.coverage) && to_stdout(&args.coverage) && args.format != TestFormat::Human {
        return Err(Failure::unusable(
            "the results of tests and their coverage would go into one stream",
            "name a file for the coverage: --coverage-out FILE",
        ));
    }
    Ok(())
}

/// Writes coverage, and says whether it is enough.
pub(super) fn write(args: &TestArgs, covered: &Coverage, sources: &Sources) -> Result<Exit, Failure> {
    let wanted = &args.coverage;
    let conditions = Totals::of(&covered.rules).conditions;
    let is_human = args.format == TestFormat::Human;
    if is_human || is_written(wanted) {
        let text = match wanted.coverage_format.unwrap_or_default() {
            CoverageFormat::Table => table(covered, sources),
            CoverageFormat::Json => {
                let document = coverage::document(covered, sources);
                let text = serde_json::to_string_pretty(&document).unwrap_or_default();
                format!("{}\n", render::ascii_json(text))
            }
            CoverageFormat::Lcov => coverage::lcov(covered, sources),
            CoverageFormat::Html => coverage::html(covered, sources),
        };
        put(wanted.coverage_out.as_deref(), text.as_bytes())?;
        if !to_stdout(wanted) && is_human {
            let mut out = style::stdout();
            writeln!(out, "coverage: {}", line(conditions))?;
            out.finish()?;
        }
    }
    let Some(mut says) = below(args, covered) else { return Ok(Exit::Clean) };
    says.push('\n');
    // The table told them already.
    if wanted.coverage_format.unwrap_or_default() != CoverageFormat::Table || !to_stdout(wanted) {
        says.push_str(&listed(&covered.rules, What::is_of_condition, sources));
    }
    if is_human {
        style::stderr().write_all(says.as_bytes())?;
    }
    Ok(Exit::Findings)
}

/// That fewer conditions than wanted were seen both ways.
fn below(args: &TestArgs, covered: &Coverage) -> Option<String> {
    let least = args.coverage.coverage_threshold?;
    let conditions = Totals::of(&covered.rules).conditions;
    // In whole numbers: 99.99 is not 100.
    let is_enough = conditions.seen * 100 >= usize::from(least) * conditions.all;
    (!is_enough).then(|| format!("coverage is below {least} %: {}", line(conditions)))
}

/// The same for a document of findings: where the first of them stands.
pub(super) fn finding(args: &TestArgs, covered: &Coverage, sources: &Sources) -> Option<Diagnostic> {
    let message = below(args, covered)?;
    let mut missing = covered.rules.iter().flat_map(|rule| rule.missing());
    let first = missing.find(|missing| missing.what.is_of_condition())?;
    let help = format!("not covered:\n{}", listed(&covered.rules, What::is_of_condition, sources));
    Some(Diagnostic::new(Code::LowCoverage, first.origin, message).help(help.trim_end()))
}

/// `12 of 14 conditions seen both ways (85.71 %)`.
fn line(conditions: Share) -> String {
    let s = if conditions.all == 1 { "" } else { "s" };
    let percent = rounded(conditions);
    format!("{} of {} condition{s} seen both ways ({percent} %)", conditions.seen, conditions.all)
}

fn table(covered: &Coverage, sources: &Sources) -> String {
    let share =
        |share: Share| if share.all == 0 { "-".to_string() } else { format!("{} of {}", share.seen, share.all) };
    let rows: Vec<Vec<String>> = covered
        .rules
        .iter()
        .map(|rule| {
            let of = Totals::of([rule]);
            vec![
                format!("{}/{}", rule.acted, rule.ran),
                share(of.statements),
                share(of.conditions),
                safe(&rule.title()),
            ]
        })
        .collect();
    let mut out = String::from("\n");
    out.push_str(&columns_of(&["ACTED/RAN", "STATEMENTS", "CONDITIONS", "RULE"], &rows, MOST));
    let missing = listed(&covered.rules, |_| true, sources);
    if !missing.is_empty() {
        out.push_str("\nnot covered:\n");
        out.push_str(&missing);
    }
    let totals = Totals::of(&covered.rules);
    let s = |share: Share| if share.all == 1 { "" } else { "s" };
    out.push_str(&format!(
        "\n{} rule{} ran, {}{} did something; {} statement{} reached; {}{}\n",
        share(totals.ran),
        s(totals.ran),
        totals.acted.seen,
        if totals.ran.all == 1 { "" } else { " of them" },
        share(totals.statements),
        s(totals.statements),
        line(totals.conditions),
        match totals.fired.all {
            0 => String::new(),
            _ => format!("; {} `when`{} enough", share(totals.fired), s(totals.fired)),
        },
    ));
    out
}

/// A line each, with its place. What was never asked or reached because something before it never came is only counted: who mends that
/// sees the rest.
fn listed<'r>(
    rules: impl IntoIterator<Item = &'r coverage::Rule>,
    wanted: impl Fn(What) -> bool,
    sources: &Sources,
) -> String {
    let mut places = Places::new(sources);
    let mut place = |missing: &Missing| {
        let found = places.find(missing.origin);
        safe(&match (found.range, found.block) {
            (Some(range), _) => format!("{}:{}:{}", found.file, range.start.line, range.start.column),
            (None, Some(block)) => format!("{}#{block}", found.file),
            (None, None) => found.file.to_string(),
        })
    };
    let mut out = String::new();
    for rule in rules {
        let missing: Vec<Missing> = rule.missing().into_iter().filter(|missing| wanted(missing.what)).collect();
        let follows = |missing: &&Missing| matches!(missing.what, What::NotAsked | What::NotReached);
        let mut shown: Vec<&Missing> = missing.iter().filter(|missing| !follows(missing)).collect();
        let mut behind: Vec<&Missing> = missing.iter().filter(follows).collect();
        let is_cause = |missing: &&Missing| missing.what != What::NeverActed;
        if behind.len() == 1 || !behind.is_empty() && !shown.iter().any(is_cause) {
            shown.push(behind.remove(0));
        }
        for missing in shown {
            out.push_str(&format!("  {}: {}\n", place(missing), hint(missing)));
        }
        if let Some(first) = behind.first() {
            let is = if behind.len() == 1 { "is" } else { "are" };
            out.push_str(&format!("  {}: {} more {is} never asked or reached\n", place(first), behind.len()));
        }
    }
    out
}

/// A long condition is cut inside, so that what was not seen of it stays.
fn hint(missing: &Missing) -> String {
    let cut = Missing { text: cut_end(&safe(&missing.text), MOST / 2), ..missing.clone() };
    cut.hint()
}
