//! JSON for scripts: one document ([`render`]), or a line a finding ([`render_lines`]).
//!
//! The document is `{"version": 1, "summary": {…}, "diagnostics": […]}`; `summary` has `errors`, `warnings`, `notes` and
//! `files`. A finding is an object whose keys are always all there, `null` where there is nothing to say:
//!
//! | key | holds |
//! | --- | --- |
//! | `code` | `"BS0401"` |
//! | `severity` | `"error"`, `"warning"`, `"note"` |
//! | `title` | what the code is about, in a few words; the same for every finding of the code |
//! | `message` | one sentence about this finding, without a final stop |
//! | `label` | what the place is, in a few words |
//! | `help` | the way out |
//! | `file` | the name of the source as the user gave it |
//! | `range` | `{"start": P, "end": P}` in a text; `P` is `{"line", "column", "byte"}` |
//! | `block`, `field` | the block's id, and its field or input, where the rule is drawn |
//! | `at` | where that block begins in its file: `line`, `column`, `byte` |
//! | `related` | other places: objects with `label`, `file`, `range`, `block`, `field`, `at` |
//! | `fix` | `file`, `range`, `block`, `field`, `at` of what is replaced, and `replacement` |
//!
//! Lines and columns count from 1, columns in characters (Unicode scalar values), bytes from 0; `end` is one past the last
//! character. Lines end at LF. Control characters, marks of writing direction and other characters that are not seen stand
//! as `\uXXXX`. New keys may come; these keep their meaning while `version` is 1.

use serde::Serialize;

use super::place::{Places, Where};
use super::{Counts, visible::ascii_json};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::origin::Sources;

/// The version of the document's shape.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    summary: Counts,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: String,
    severity: Severity,
    title: &'static str,
    message: &'a str,
    label: Option<&'a str>,
    help: Option<&'a str>,
    #[serde(flatten)]
    place: Where<'a>,
    related: Vec<Related<'a>>,
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    label: Option<&'a str>,
    #[serde(flatten)]
    place: Where<'a>,
}

#[derive(Serialize)]
struct Fix<'a> {
    #[serde(flatten)]
    place: Where<'a>,
    replacement: &'a str,
}

fn label(label: &Label) -> Option<&str> {
    (!label.text.is_empty()).then_some(label.text.as_str())
}

fn finding<'a>(diagnostic: &'a Diagnostic, places: &mut Places<'a>) -> Finding<'a> {
    Finding {
        code: diagnostic.code.to_string(),
        severity: diagnostic.severity,
        title: diagnostic.code.title(),
        message: &diagnostic.message,
        label: label(&diagnostic.primary),
        help: diagnostic.help.as_deref(),
        place: places.find(diagnostic.primary.origin),
        related: diagnostic
            .related
            .iter()
            .map(|related| Related { label: label(related), place: places.find(related.origin) })
            .collect(),
        fix: diagnostic.fix.as_ref().map(|fix| Fix { place: places.find(fix.origin), replacement: &fix.replacement }),
    }
}

/// One document, indented, with a final line end.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let document = Document {
        version: VERSION,
        summary: Counts::of(diagnostics),
        diagnostics: diagnostics.iter().map(|d| finding(d, &mut places)).collect(),
    };
    // Strings, numbers and lists only: there is nothing in it that serde_json could refuse.
    let mut text = ascii_json(serde_json::to_string_pretty(&document).unwrap_or_default());
    text.push('\n');
    text
}

/// A line a finding, in the same order; nothing at all where there are none.
pub fn render_lines(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&ascii_json(serde_json::to_string(&finding(diagnostic, &mut places)).unwrap_or_default()));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render::sample;

    #[test]
    fn the_document() {
        let (diagnostics, sources) = sample::set();
        insta::assert_snapshot!(render(&diagnostics, &sources));
    }

    #[test]
    fn each_line_is_a_document_of_its_own_and_equal_to_the_members_of_the_list() {
        let (diagnostics, sources) = sample::set();
        let lines = render_lines(&diagnostics, &sources);
        insta::assert_snapshot!(lines);
        let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let document: serde_json::Value = serde_json::from_str(&render(&diagnostics, &sources)).unwrap();
        assert_eq!(document["diagnostics"], serde_json::Value::Array(lines));
        assert_eq!(render_lines(&[], &sources), "");
    }

    #[test]
    fn nasty_values_come_back_as_they_were() {
        let (diagnostics, sources) = sample::set();
        let document: serde_json::Value = serde_json::from_str(&render(&diagnostics, &sources)).unwrap();
        for (diagnostic, read) in diagnostics.iter().zip(document["diagnostics"].as_array().unwrap()) {
            assert_eq!(read["message"], diagnostic.message.as_str());
        }
    }
}
