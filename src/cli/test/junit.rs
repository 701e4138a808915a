//! JUnit's XML, as CI servers read it.
//!
//! In: what came of tests. Out: a suite a file, a case a test; a test that cannot run is an error. As `junit-10.xsd` of Jenkins' xUnit plugin
//! has it: no attribute or element besides. Never here: times, which would be others on every run.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::told::{Row, Suite, Told};
use crate::diagnostic::{Diagnostic, render};
use crate::testing::Refused;

pub(super) fn write(told: &Told, out: &mut impl Write) -> io::Result<()> {
    let rows = told.rows();
    let suites = told.suites(&rows);
    let number = |count: usize| count.to_string();
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let (all, failed, errors) = (told.all_tests(), told.failed(), told.errors());
    xml.create_element("testsuites")
        .with_attribute(("name", "blocksieve"))
        .with_attribute(("tests", number(all).as_str()))
        .with_attribute(("failures", number(failed).as_str()))
        .with_attribute(("errors", number(errors).as_str()))
        .write_inner_content(|xml| {
            for (file, Suite { rows, errors, notes }) in &suites {
                let failed = rows.iter().filter(|row| !row.outcome.passed()).count();
                xml.create_element("testsuite")
                    .with_attribute(("name", file.as_str()))
                    .with_attribute(("file", file.as_str()))
                    .with_attribute(("tests", number(rows.len() + errors.len()).as_str()))
                    .with_attribute(("failures", number(failed).as_str()))
                    .with_attribute(("errors", number(errors.len()).as_str()))
                    .write_inner_content(|xml| {
                        rows.iter().try_for_each(|row| case(xml, file, row))?;
                        errors.iter().try_for_each(|(refused, line)| error(xml, file, refused, *line))?;
                        notes.iter().try_for_each(|(note, line)| said(xml, file, note, *line))
                    })?;
            }
            Ok(())
        })?;
    writeln!(out)
}

fn case<W: Write>(xml: &mut Writer<W>, file: &str, row: &Row<'_>) -> io::Result<()> {
    let name = render::visible(&row.outcome.name);
    let element =
        xml.create_element("testcase").with_attribute(("classname", file)).with_attribute(("name", name.as_ref()));
    let Some(first) = row.outcome.differences.first() else { return element.write_empty().map(drop) };
    element
        .write_inner_content(|xml| {
            // Of a case the schema has no place.
            let mut all = format!("{file}:{}\n{}", row.line, row.outcome.differences.join("\n"));
            for tree in &row.outcome.trees {
                all.push_str("\n\n");
                all.push_str(tree.trim_end());
            }
            xml.create_element("failure")
                .with_attribute(("message", render::visible(first).as_ref()))
                .write_text_content(BytesText::new(&render::visible_lines(&all)))
                .map(drop)
        })
        .map(drop)
}

/// What is good to know.
fn said<W: Write>(xml: &mut Writer<W>, file: &str, note: &Diagnostic, line: Option<usize>) -> io::Result<()> {
    let place = line.map_or_else(|| file.to_string(), |line| format!("{file}:{line}"));
    let text = format!("{place}: {}", render::visible(&note.message));
    xml.create_element("system-out").write_text_content(BytesText::new(&text)).map(drop)
}

/// A test under its name, as where it runs; anything else under its code.
fn error<W: Write>(xml: &mut Writer<W>, file: &str, refused: &Refused, line: Option<usize>) -> io::Result<()> {
    let Some((finding, more)) = refused.findings.split_first() else { return Ok(()) };
    let code = finding.code.to_string();
    let name = match &refused.name {
        Some(name) => render::visible(name).into_owned(),
        None => format!("{code} {}", render::visible(&finding.message)),
    };
    let element =
        xml.create_element("testcase").with_attribute(("classname", file)).with_attribute(("name", name.as_str()));
    let place = line.map_or_else(|| file.to_string(), |line| format!("{file}:{line}"));
    element
        .write_inner_content(|xml| {
            let message = render::visible(&finding.message);
            let element = xml.create_element("error").with_attribute(("message", message.as_ref()));
            let help = finding.help.as_deref().unwrap_or_default();
            let mut text = format!("{place}\n{help}").trim_end().to_string();
            for other in more {
                text.push_str(&format!("\n\n{}\n{}", other.message, other.help.as_deref().unwrap_or_default()));
            }
            element.write_text_content(BytesText::new(&render::visible_lines(text.trim_end()))).map(drop)
        })
        .map(drop)
}
