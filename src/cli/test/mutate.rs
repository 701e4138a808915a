//! `blocksieve test --mutate`: changes of the rules that no test notices.
//!
//! In: rules, tests that pass on them, lists of mutants that are accepted. Out: the mutants that survive, with what would tell them apart,
//! for people or as JSON; status 1 if one survives that no list has, or a list has one that is none. Never here: mutants; `testing/mutate/`
//! makes and judges them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::jobs::{at_a_time, side_by_side};
use super::scope::Scope;
use crate::cli::args::{MutateArgs, MutateFormat, TestArgs, TestFormat};
use crate::cli::compile::put;
use crate::cli::load::Checked;
use crate::cli::style::Style;
use crate::cli::table::safe;
use crate::cli::{Exit, Failure, load, report, style};
use crate::diagnostic::render::{self, Places};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::origin::{Origin, Sources};
use crate::testing::mutate::{Judge, Listed, Memo, Mutant, Suggester, Verdict, mutants, read_listed};
use crate::testing::{Bench, Case};

/// The endings of lists.
const ENDINGS: [&str; 2] = [".mutants.yaml", ".mutants.yml"];

/// Is it asked for?
pub(super) fn is_wanted(args: &MutateArgs) -> bool {
    args.mutate || args.mutate_format.is_some()
}

/// Does the report have standard output for itself?
pub(super) fn takes_stdout(args: &MutateArgs) -> bool {
    args.mutate_format == Some(MutateFormat::Json)
}

/// Refuses what would put two documents into one stream.
pub(super) fn look(args: &TestArgs) -> Result<(), Failure> {
    let several = args.format != TestFormat::Human || super::coverage::takes_stdout(&args.coverage);
    if is_wanted(&args.mutate) && several {
        return Err(Failure::unusable(
            "the mutants would go into one stream with something else",
            "leave --format out, and name a file for coverage with --coverage-out FILE",
        ));
    }
    let table = super::coverage::is_wanted(&args.coverage) && args.coverage.coverage_out.is_none();
    if takes_stdout(&args.mutate) && table {
        return Err(Failure::unusable(
            "the mutants as JSON and the table of coverage would go into one stream",
            "name a file for coverage with --coverage-out FILE",
        ));
    }
    Ok(())
}

/// The tests, as they ran.
pub(super) struct Tested<'a> {
    pub(super) bench: &'a Bench<'a>,
    pub(super) cases: &'a [&'a Case],
    /// Did all pass?
    pub(super) passed: bool,
    pub(super) named: &'a [String],
    pub(super) scope: &'a Scope,
}

/// What became of one mutant.
enum Fate<'a> {
    Killed(&'a str),
    Survives { accepted: Option<&'a str>, test: Option<String> },
}

struct Row<'a> {
    mutant: &'a Mutant,
    fate: Fate<'a>,
}

/// What came of one mutant before anybody looked into a list.
enum Came {
    Equal,
    Killed(usize),
    /// With a test that would notice, where one was asked for and found.
    Survives(Option<String>),
}

/// Judges all mutants of the rules that are meant, and writes what became of them.
pub(super) fn run(args: &TestArgs, tested: &Tested<'_>, checked: &Checked, style: Style) -> Result<Exit, Failure> {
    if !tested.passed {
        let says = "no mutants: a test that fails on the rules as they are notices nothing; mend it first\n";
        style::stderr().write_all(says.as_bytes())?;
        return Ok(Exit::Findings);
    }
    let cases = tested.cases;
    let (mut sources, mut found) = (Sources::default(), Vec::new());
    let listed = lists(tested.named, &mut sources, &mut found)?;
    let wanted = |origin: Origin| tested.scope.holds(checked.sources.name(origin.source));
    let all = mutants(&checked.program, &checked.definitions, wanted);
    let name_of = |mutant: &Mutant| checked.program.rules.get(mutant.rule.index()).map_or("", |it| it.name.as_str());
    let entry_of = |mutant: &Mutant| {
        let label = mutant.label();
        listed.iter().position(|entry| entry.rule == name_of(mutant) && entry.mutant == label)
    };
    let judge = Judge::new(tested.bench, &checked.sources, cases);
    let suggester = Suggester::new(tested.bench, &checked.sources, cases);
    // What is found for one mutant is of use for the next of its rule.
    let rules: Vec<&[Mutant]> = all.chunk_by(|a, b| a.rule == b.rule).collect();
    let came = side_by_side(&rules, at_a_time(args.jobs), |mutants| {
        let mut memo = Memo::default();
        let mut one = |mutant: &Mutant| match judge.verdict(mutant, &mut memo) {
            Verdict::Equal => Came::Equal,
            Verdict::Killed(by) => Came::Killed(by),
            Verdict::Survives(_) if entry_of(mutant).is_some() => Came::Survives(None),
            Verdict::Survives(ready) => Came::Survives(suggester.suggest(mutant, &ready.0, &ready.1, &mut memo)),
        };
        mutants.iter().map(&mut one).collect::<Vec<Came>>()
    });
    let mut used: BTreeMap<usize, Option<String>> = BTreeMap::new();
    let mut rows = Vec::with_capacity(all.len());
    let mut equal = 0usize;
    for (mutant, came) in all.iter().zip(came.into_iter().flatten()) {
        let entry = entry_of(mutant);
        match came {
            Came::Equal => {
                equal += 1;
                let why = "it does the same as the rules, whatever the event, and is no mutant".to_string();
                entry.map(|entry| used.insert(entry, Some(why)));
            }
            Came::Killed(by) => {
                let by = cases.get(by).map_or("", |case| case.name.as_str());
                entry.map(|entry| used.insert(entry, Some(format!("the test \"{by}\" notices it"))));
                rows.push(Row { mutant, fate: Fate::Killed(by) });
            }
            Came::Survives(test) => {
                let accepted = entry.and_then(|entry| {
                    used.insert(entry, None);
                    listed.get(entry).map(|entry| entry.reason.as_str())
                });
                rows.push(Row { mutant, fate: Fate::Survives { accepted, test } });
            }
        }
    }
    for (at, entry) in listed.iter().enumerate() {
        let Some(rule) = checked.program.rules.iter().find(|rule| rule.name == entry.rule) else {
            let names = checked.program.rules.iter().map(|rule| rule.name.as_str());
            let help = diagnostic::nearest(&entry.rule, names).map_or_else(
                || "write the name as it stands in the rule".to_string(),
                |near| format!("did you mean \"{near}\"?"),
            );
            found.push(stale(entry, &format!("no rule \"{}\" runs", entry.rule), &help));
            continue;
        };
        match used.get(&at) {
            Some(None) => {}
            Some(Some(why)) => found.push(stale(entry, &format!("nothing to accept: {why}"), "take the entry out")),
            // Of rules that are not meant, nobody knows.
            None if !wanted(rule.origin) => {}
            None => {
                let message = format!("the rule has no mutant \"{}\"", entry.mutant);
                found.push(stale(
                    entry,
                    &message,
                    "the rule was changed; take the entry out, or write it as --mutate does now",
                ));
            }
        }
    }
    diagnostic::sort(&mut found);
    let report = Report { rows, equal, found, lists: &sources, checked };
    match args.mutate.mutate_format.unwrap_or_default() {
        MutateFormat::Human => {
            let mut out = style::stdout();
            report.human(&mut out, style)?;
            out.finish()?;
        }
        MutateFormat::Json => put(None, report.json().as_bytes())?,
    }
    Ok(if report.is_clean() { Exit::Clean } else { Exit::Findings })
}

fn stale(entry: &Listed, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::BadTest, entry.origin, message.to_string()).help(help.to_string())
}

/// Reads the lists of what is named.
fn lists(named: &[String], sources: &mut Sources, found: &mut Vec<Diagnostic>) -> Result<Vec<Listed>, Failure> {
    let is_list = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        ENDINGS.iter().any(|ending| name.ends_with(ending))
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for path in named.iter().map(Path::new) {
        if path.is_dir() {
            files.append(&mut load::below(path, is_list)?);
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let endings = super::suite::ENDINGS.into_iter().chain([".rule"]).chain(load::DRAWN_ENDINGS);
        let stem = endings.into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        let beside = ENDINGS.map(|ending| path.with_file_name(format!("{stem}{ending}")));
        files.extend(beside.into_iter().filter(|file| file.is_file()));
    }
    files.sort();
    files.dedup();
    let mut listed = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).map_err(|error| {
            Failure::unusable(format!("{} cannot be read: {error}", file.display()), "look whether it may be read")
        })?;
        let name = file.strip_prefix(".").unwrap_or(&file).display().to_string().replace('\\', "/");
        match crate::source::decode(&bytes) {
            Ok(text) => {
                let source = sources.add(name, text.as_str());
                let (mut entries, mut findings) = read_listed(source, &text);
                listed.append(&mut entries);
                found.append(&mut findings);
            }
            Err(fault) => {
                let source = sources.add(name, "");
                found.push(fault.diagnostic(source));
            }
        }
    }
    Ok(listed)
}

struct Report<'a> {
    rows: Vec<Row<'a>>,
    equal: usize,
    found: Vec<Diagnostic>,
    lists: &'a Sources,
    checked: &'a Checked,
}

#[derive(Default)]
struct Counts {
    killed: usize,
    survived: usize,
    accepted: usize,
}

impl Report<'_> {
    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            match &row.fate {
                Fate::Killed(_) => counts.killed += 1,
                Fate::Survives { accepted: Some(_), .. } => counts.accepted += 1,
                Fate::Survives { accepted: None, .. } => counts.survived += 1,
            }
        }
        counts
    }

    fn is_clean(&self) -> bool {
        self.counts().survived == 0 && self.found.is_empty()
    }

    fn human(&self, out: &mut impl Write, style: Style) -> std::io::Result<()> {
        let mut places = Places::new(&self.checked.sources);
        for row in &self.rows {
            let Fate::Survives { accepted: None, test } = &row.fate else { continue };
            let found = places.find(row.mutant.origin);
            let place = match (found.range, found.block) {
                (Some(range), _) => format!("{}:{}:{}", found.file, range.start.line, range.start.column),
                (None, Some(block)) => format!("{}#{block}", found.file),
                (None, None) => found.file.to_string(),
            };
            writeln!(out, "\n{}: no test notices", safe(&place))?;
            writeln!(out, "  rule:   {}", yaml(self.rule(row.mutant)))?;
            writeln!(out, "  mutant: {}", yaml(&row.mutant.label()))?;
            let Some(test) = test else { continue };
            writeln!(out, "  this test would:")?;
            for line in test.lines().filter(|line| *line != "tests:") {
                writeln!(out, "  {}", safe(line))?;
            }
        }
        if !self.found.is_empty() {
            let options = report::human(style.stdout_colors);
            writeln!(out)?;
            out.write_all(render::human::render(&self.found, self.lists, &options).as_bytes())?;
        }
        let counts = self.counts();
        let all = self.rows.len();
        let s = if all == 1 { "" } else { "s" };
        write!(out, "\n{all} mutant{s}: {} noticed, {} not", counts.killed, counts.survived)?;
        if counts.accepted > 0 {
            write!(out, ", {} accepted with a reason", counts.accepted)?;
        }
        if self.equal > 0 {
            let is = if self.equal == 1 { "is" } else { "are" };
            write!(out, "; {} more {is} left out, for nothing could notice", self.equal)?;
        }
        match self.found.len() {
            0 => {}
            1 => write!(out, "; 1 error in what is listed")?,
            errors => write!(out, "; {errors} errors in what is listed")?,
        }
        writeln!(out)
    }

    fn rule(&self, mutant: &Mutant) -> &str {
        self.checked.program.rules.get(mutant.rule.index()).map_or("", |rule| rule.name.as_str())
    }

    fn json(&self) -> String {
        let mut places = Places::new(&self.checked.sources);
        let rows: Vec<serde_json::Value> = self
            .rows
            .iter()
            .map(|row| {
                let found = places.find(row.mutant.origin);
                let at = found.range.map(|range| range.start).or(found.at);
                let (status, by, reason, test) = match &row.fate {
                    Fate::Killed(by) => ("noticed", Some(*by), None, None),
                    Fate::Survives { accepted: Some(reason), .. } => ("accepted", None, Some(*reason), None),
                    Fate::Survives { accepted: None, test } => ("not-noticed", None, None, test.as_deref()),
                };
                json!({
                    "rule": self.rule(row.mutant), "mutant": row.mutant.label(), "change": row.mutant.change.word(),
                    "before": row.mutant.before, "after": row.mutant.after,
                    "file": found.file, "line": at.map(|at| at.line), "column": at.map(|at| at.column),
                    "block": found.block, "field": found.field,
                    "status": status, "by": by, "reason": reason, "test": test,
                })
            })
            .collect();
        let findings: Vec<serde_json::Value> = render::json::render_lines(&self.found, self.lists)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let counts = self.counts();
        let summary = json!({
            "mutants": self.rows.len(), "noticed": counts.killed, "not_noticed": counts.survived,
            "accepted": counts.accepted, "equal": self.equal, "errors": self.found.len(),
        });
        let document = json!({ "version": 1, "summary": summary, "mutants": rows, "diagnostics": findings });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        format!("{}\n", render::ascii_json(text))
    }
}

/// A text as a list of accepted mutants takes it.
fn yaml(text: &str) -> String {
    let shown = safe(text);
    if shown == text { format!("'{}'", text.replace('\'', "''")) } else { format!("{text:?}") }
}
