//! What tests came to, on its way to a person or a machine.
//!
//! In: outcomes, findings about test files, their texts. Out: one of the formats. Never here: running tests.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde_json::json;

use crate::cli::args::TestFormat;
use crate::cli::report;
use crate::diagnostic::{Code, Diagnostic, Severity, render};
use crate::origin::{SourceId, Sources};
use crate::testing::{Outcome, Refused};

/// What came of all of them.
#[derive(Default)]
pub(super) struct Told {
    /// Their texts, apart from those of the rules.
    pub(super) sources: Sources,
    pub(super) outcomes: Vec<Outcome>,
    /// Tests that cannot run, and what else is wrong.
    pub(super) refused: Vec<Refused>,
    /// What is good to know, and nothing wrong.
    pub(super) notes: Vec<Diagnostic>,
    /// Tests that `--filter` left out.
    pub(super) left_out: usize,
}

/// A test for a machine.
pub(super) struct Row<'a> {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) outcome: &'a Outcome,
}

/// The tests of one file, and those of it that cannot run, each with its line.
#[derive(Default)]
pub(super) struct Suite<'a> {
    pub(super) rows: Vec<&'a Row<'a>>,
    pub(super) errors: Vec<(&'a Refused, Option<usize>)>,
    pub(super) notes: Vec<(&'a Diagnostic, Option<usize>)>,
}

impl Told {
    /// All of them, those that cannot run as well.
    pub(super) fn all_tests(&self) -> usize {
        self.outcomes.len() + self.errors()
    }

    /// Each test that cannot run once, whatever is wrong with it.
    pub(super) fn errors(&self) -> usize {
        self.refused.len()
    }

    fn passed(&self) -> usize {
        self.outcomes.len() - self.failed()
    }

    pub(super) fn failed(&self) -> usize {
        self.outcomes.iter().filter(|outcome| !outcome.passed()).count()
    }

    pub(super) fn is_clean(&self) -> bool {
        self.failed() == 0 && self.refused.is_empty()
    }

    /// Takes findings about other texts; notes among them are nothing that is wrong.
    pub(super) fn take(&mut self, sources: &Sources, findings: Vec<Diagnostic>) {
        let mut ids: BTreeMap<SourceId, SourceId> = BTreeMap::new();
        for mut finding in findings {
            let related = finding.related.iter_mut().map(|label| &mut label.origin);
            for origin in
                related.chain([&mut finding.primary.origin]).chain(finding.fix.as_mut().map(|fix| &mut fix.origin))
            {
                let id = *ids.entry(origin.source).or_insert_with(|| match sources.get(origin.source) {
                    Some(of) => self.sources.add_drawn(of.name.clone(), Arc::clone(&of.text), of.blocks.clone()),
                    None => self.sources.add("<unknown>", ""),
                });
                origin.source = id;
            }
            if finding.severity == Severity::Note {
                self.notes.push(finding);
            } else {
                self.refused.push(Refused::other(finding));
            }
        }
    }

    /// What is wrong, and what is good to know, each once: several tests may take something from one place.
    fn findings(&self) -> Vec<Diagnostic> {
        let refused = self.refused.iter().flat_map(|refused| &refused.findings);
        let mut findings: Vec<Diagnostic> = refused.chain(&self.notes).cloned().collect();
        crate::diagnostic::sort(&mut findings);
        findings.dedup();
        findings
    }

    pub(super) fn write(&mut self, format: TestFormat, out: &mut impl Write, colors: bool) -> io::Result<()> {
        // What is told of the file already is told.
        let first = |refused: &Refused| refused.findings.first().map(|found| (found.primary.origin, found.code));
        self.refused.sort_by_key(first);
        match format {
            TestFormat::Human => self.human(out, colors),
            TestFormat::Json => self.json(out),
            TestFormat::Junit => super::junit::write(self, out),
            TestFormat::Sarif => out.write_all(render::sarif::render(&self.all(), &self.sources).as_bytes()),
            TestFormat::Github => out.write_all(render::github::render(&self.all(), &self.sources).as_bytes()),
        }
    }

    /// Failed tests as findings, with those about the files.
    fn all(&self) -> Vec<Diagnostic> {
        let failed = self.outcomes.iter().filter(|outcome| !outcome.passed());
        let failed = failed.map(|outcome| {
            let message = format!("the test \"{}\" fails: {}", outcome.name, outcome.differences.join("; "));
            Diagnostic::new(Code::TestFails, outcome.origin, message)
                .help("mend the rule; or the test, if what came is what is meant")
        });
        let mut all: Vec<Diagnostic> = failed.chain(self.findings()).collect();
        crate::diagnostic::sort(&mut all);
        all
    }

    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let mut places = render::Places::new(&self.sources);
        self.outcomes
            .iter()
            .map(|outcome| {
                let place = places.find(outcome.origin);
                let line = place.range.map_or(1, |range| range.start.line);
                Row { file: place.file.to_string(), line, outcome }
            })
            .collect()
    }

    /// File by file.
    pub(super) fn suites<'a>(&'a self, rows: &'a [Row<'a>]) -> BTreeMap<String, Suite<'a>> {
        let mut suites: BTreeMap<String, Suite<'_>> = BTreeMap::new();
        for row in rows {
            suites.entry(row.file.clone()).or_default().rows.push(row);
        }
        let mut places = render::Places::new(&self.sources);
        for (refused, finding) in self.refused.iter().filter_map(|it| Some((it, it.findings.first()?))) {
            let place = places.find(finding.primary.origin);
            let line = place.range.map(|range| range.start.line);
            suites.entry(place.file.to_string()).or_default().errors.push((refused, line));
        }
        for note in &self.notes {
            let place = places.find(note.primary.origin);
            let line = place.range.map(|range| range.start.line);
            suites.entry(place.file.to_string()).or_default().notes.push((note, line));
        }
        suites
    }

    fn human(&self, out: &mut impl Write, colors: bool) -> io::Result<()> {
        let rows = self.rows();
        for (file, Suite { rows, errors, .. }) in self.suites(&rows) {
            let failed: Vec<_> = rows.iter().filter(|row| !row.outcome.passed()).collect();
            writeln!(out, "{file}: {}", counted(rows.len() - failed.len(), failed.len(), errors.len()))?;
            for row in failed {
                writeln!(out, "  failed: {} (line {})", render::visible(&row.outcome.name), row.line)?;
                for difference in &row.outcome.differences {
                    writeln!(out, "    {}", render::visible(difference))?;
                }
                for line in row.outcome.trees.iter().flat_map(|tree| tree.lines()) {
                    writeln!(out, "      {}", render::visible(line))?;
                }
            }
        }
        let findings = self.findings();
        if !findings.is_empty() {
            let options = report::human(colors);
            out.write_all(render::human::render(&findings, &self.sources, &options).as_bytes())?;
        }
        let all = self.all_tests();
        let s = if all == 1 { "" } else { "s" };
        write!(out, "{all} test{s}: {}", counted(self.passed(), self.failed(), self.errors()))?;
        if self.left_out > 0 {
            write!(out, "; {} left out", self.left_out)?;
        }
        writeln!(out)
    }

    fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let tests: Vec<serde_json::Value> = self
            .rows()
            .iter()
            .map(|Row { file, line, outcome }| {
                let passed = outcome.passed();
                json!({ "file": file, "line": line, "name": outcome.name, "events": outcome.events, "passed": passed,
                    "differences": outcome.differences, "explained": outcome.trees })
            })
            .collect();
        let findings: Vec<serde_json::Value> = render::json::render_lines(&self.findings(), &self.sources)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let summary = json!({
            "tests": self.all_tests(), "passed": self.passed(), "failed": self.failed(), "errors": self.errors(), "left_out": self.left_out,
        });
        let document = json!({ "version": 1, "summary": summary, "tests": tests, "diagnostics": findings });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        writeln!(out, "{}", render::ascii_json(text))
    }
}

/// `4 passed`, `4 passed, 1 failed, 2 errors`, `1 failed`.
fn counted(passed: usize, failed: usize, errors: usize) -> String {
    let none = failed + errors == 0;
    let parts = [(passed, "passed"), (failed, "failed"), (errors, if errors == 1 { "error" } else { "errors" })];
    let parts = parts.iter().filter(|(count, what)| *count > 0 || none && *what == "passed");
    parts.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}
