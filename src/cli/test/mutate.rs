//! `blocksieve test --mutate`: changes of the rules that no test notices.
//!
//! In: rules, tests that pass on them, lists of mutants that are accepted. Out: the mutants that survive, with what would tell them apart,
//! for people, as JSON, or as findings for the other formats; status 1 if one survives that no list has, or a list has one that is none. Never here: mutants; `testing/mutate/`
//! makes and judges them.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::json;

use super::jobs::{at_a_time, side_by_side};
use super::lists::{Lists, is_of, names_nothing, stale};
use super::scope::Scope;
use crate::cli::args::{MutateArgs, MutateFormat, TestArgs, TestFormat};
use crate::cli::compile::put;
use crate::cli::load::Checked;
use crate::cli::style::Style;
use crate::cli::table::safe;
use crate::cli::{Exit, Failure, report, style};
use crate::diagnostic::render::{self, Places};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::origin::{Origin, Sources};
use crate::testing::mutate::{Judge, Memo, Mutant, Planned, Suggester, Untried, Verdict};
use crate::testing::{Bench, Case};

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
    let is_document = takes_stdout(&args.mutate);
    if is_document && args.format != TestFormat::Human {
        return Err(Failure::unusable(
            "the mutants as JSON and the results of tests would go into one stream",
            "leave --mutate-format out: the results name the changes that no test notices; or --format, for the mutants alone",
        ));
    }
    if is_wanted(&args.mutate) && super::coverage::takes_stdout(&args.coverage) {
        return Err(Failure::unusable(
            "the mutants would go into one stream with the coverage",
            "name a file for coverage with --coverage-out FILE",
        ));
    }
    if is_document && super::coverage::is_written(&args.coverage) && args.coverage.coverage_out.is_none() {
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

/// Judges mutants: those of the rules that are meant.
pub(super) fn judge<'a>(
    args: &TestArgs,
    tested: &Tested<'a>,
    planned: &'a Planned,
    lists: &'a Lists,
    checked: &'a Checked,
) -> Report<'a> {
    let (all, untried) = (planned.mutants.as_slice(), planned.untried.as_slice());
    let cases = tested.cases;
    let listed = &lists.entries;
    let mut found = lists.found.clone();
    let wanted = |origin: Origin| tested.scope.holds(checked.sources.name(origin.source));
    let entry_of = |mutant: &Mutant| listed.iter().position(|entry| is_of(entry, mutant, checked));
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
        match used.get(&at) {
            Some(None) => {}
            Some(Some(why)) => found.push(stale(entry, &format!("nothing to accept: {why}"), "take the entry out")),
            None => found.extend(names_nothing(entry, checked, all, &wanted)),
        }
    }
    diagnostic::sort(&mut found);
    Report { rows, equal, untried, found, lists: &lists.sources, checked }
}

/// Says that there are no mutants.
pub(super) fn none() -> Result<Exit, Failure> {
    let says = "no mutants: a test that fails on the rules as they are notices nothing; mend it first\n";
    style::stderr().write_all(says.as_bytes())?;
    Ok(Exit::Findings)
}

/// What became of all mutants.
pub(super) struct Report<'a> {
    rows: Vec<Row<'a>>,
    equal: usize,
    untried: &'a [Untried],
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

    /// Writes it, for people or as a document of its own.
    pub(super) fn write(&self, format: MutateFormat, style: Style) -> Result<(), Failure> {
        match format {
            MutateFormat::Human => {
                let mut out = style::stdout();
                self.human(&mut out, style)?;
                Ok(out.finish()?)
            }
            MutateFormat::Json => put(None, self.json().as_bytes()),
        }
    }

    /// The same for a document of findings: of the rules, and of the lists.
    pub(super) fn findings(&self) -> (Vec<Diagnostic>, &[Diagnostic]) {
        let finding = |row: &Row<'_>| {
            let Fate::Survives { accepted: None, test } = &row.fate else { return None };
            let (rule, label) = (self.rule(row.mutant), row.mutant.label());
            let message = format!("no test of the rule \"{rule}\" notices this change: {label}");
            let help = match test {
                Some(test) => format!("this test would:\n{test}"),
                None => "write a test that fails on it, or list it with a reason in a NAME.mutants.yaml".to_string(),
            };
            Some(Diagnostic::new(Code::UnnoticedChange, row.mutant.origin, message).help(help.trim_end()))
        };
        let of_rules =
            self.rows.iter().filter_map(finding).chain(self.untried.iter().map(|untried| self.note(untried)));
        (of_rules.collect(), &self.found)
    }

    /// That not all members of a list were tried.
    fn note(&self, untried: &Untried) -> Diagnostic {
        let Untried { rule, condition, members, tried, origin } = untried;
        let rule = self.checked.program.rules.get(rule.index()).map_or("", |rule| rule.name.as_str());
        let message = format!(
            "of the {members} members that the rule \"{rule}\" lists here, {tried} were left out in turn, and {} were not: {condition}",
            members - tried
        );
        Diagnostic::new(Code::UntriedMembers, *origin, message)
            .help("a table holds a list that long, and people read it more easily")
    }

    /// Is every change noticed or accepted, and every list right?
    pub(super) fn is_clean(&self) -> bool {
        self.counts().survived == 0 && self.found.is_empty()
    }

    fn human(&self, out: &mut impl Write, style: Style) -> std::io::Result<()> {
        let mut places = Places::new(&self.checked.sources);
        for row in &self.rows {
            let Fate::Survives { accepted: None, test } = &row.fate else { continue };
            let place = place_of(places.find(row.mutant.origin));
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
        for untried in self.untried {
            let (place, note) = (place_of(places.find(untried.origin)), self.note(untried));
            writeln!(out, "\n{}: {}", safe(&place), safe(&note.message))?;
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
        if let untried @ 1.. = self.not_tried() {
            write!(out, "; {untried} members of long lists were not tried")?;
        }
        match self.found.len() {
            0 => {}
            1 => write!(out, "; 1 error in what is listed")?,
            errors => write!(out, "; {errors} errors in what is listed")?,
        }
        writeln!(out)
    }

    /// Members of long lists that were left out in no mutant.
    fn not_tried(&self) -> usize {
        self.untried.iter().map(|untried| untried.members - untried.tried).sum()
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
            "accepted": counts.accepted, "equal": self.equal, "not_tried": self.not_tried(), "errors": self.found.len(),
        });
        let untried: Vec<serde_json::Value> = self
            .untried
            .iter()
            .map(|untried| {
                let found = places.find(untried.origin);
                let at = found.range.map(|range| range.start).or(found.at);
                let rule = self.checked.program.rules.get(untried.rule.index()).map(|rule| rule.name.as_str());
                json!({
                    "rule": rule, "condition": untried.condition, "members": untried.members, "tried": untried.tried,
                    "file": found.file, "line": at.map(|at| at.line), "column": at.map(|at| at.column),
                    "block": found.block, "field": found.field,
                })
            })
            .collect();
        let document = json!({
            "version": 1, "summary": summary, "mutants": rows, "not_tried": untried, "diagnostics": findings,
        });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        format!("{}\n", render::ascii_json(text))
    }
}

/// A place, as people have it.
fn place_of(found: render::Where<'_>) -> String {
    match (found.range, found.block) {
        (Some(range), _) => format!("{}:{}:{}", found.file, range.start.line, range.start.column),
        (None, Some(block)) => format!("{}#{block}", found.file),
        (None, None) => found.file.to_string(),
    }
}

/// A text as a list of accepted mutants takes it.
fn yaml(text: &str) -> String {
    let shown = safe(text);
    if shown == text { format!("'{}'", text.replace('\'', "''")) } else { format!("{text:?}") }
}
