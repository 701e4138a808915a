//! `blocksieve fmt`: rules in the canonical layout.
//!
//! In: rules as text or drawn. Out: the files, rewritten where they differ, drawn ones with their blocks where they stood; from
//! standard input to standard output. A file with an error of spelling is left alone and reported; the log manager's exports
//! and files of Sigma stay as they were laid out. Never here: a change of meaning: what is written is read again and must be the same tree.

use std::io::Write;
use std::path::Path;

use super::args::FmtArgs;
use super::compile::write_whole;
use super::form::{self, Form};
use super::style::{self, Style};
use super::{Exit, Failure, load, report};
use crate::diagnostic::render;

pub(super) fn run(args: &FmtArgs, style: Style) -> Result<Exit, Failure> {
    let loaded = load::load(&args.rules.rules)?;
    let mut exit = Exit::Clean;
    let mut err = style::stderr();
    let (mut changed, mut same) = (0, 0);
    for ((definition, file), drawn) in loaded.definitions.iter().zip(&loaded.files).zip(&loaded.drawn) {
        let found: Vec<_> = loaded
            .diagnostics
            .iter()
            .filter(|d| d.primary.origin.source == definition.source && d.is_error())
            .cloned()
            .collect();
        if !found.is_empty() {
            err.write_all(
                render::human::render(&found, &loaded.sources, &report::human(style.stderr_colors)).as_bytes(),
            )?;
            writeln!(err, "{}: left as it is", loaded.sources.name(definition.source))?;
            exit.note(Exit::Rules);
            continue;
        }
        let old = loaded.sources.get(definition.source).map_or("", |source| &source.text);
        // Sigma's files are Sigma's: their layout is that of who shares them.
        let foreign = loaded.sigma.contains(&definition.source);
        // What is folded or left out when an export is read would be lost, and a disabled block inside a rule would stand alone.
        if foreign || drawn.as_ref().is_some_and(|drawn| drawn.manager || drawn.has_left_out()) {
            same += 1;
            if file == Path::new("-") {
                let mut out = style::stdout();
                out.write_all(old.as_bytes())?;
                out.finish()?;
            }
            continue;
        }
        let form = drawn.as_ref().map_or(Form::Text, |drawn| Form::Blockly(drawn.format));
        let text = match form::write(definition, form, drawn.as_ref(), &loaded) {
            Ok(text) => text,
            Err(found) => {
                let found = render::human::render(&found, &loaded.sources, &report::human(style.stderr_colors));
                err.write_all(found.as_bytes())?;
                writeln!(err, "{}: left as it is", loaded.sources.name(definition.source))?;
                exit.note(Exit::Rules);
                continue;
            }
        };
        if !form::says_the_same(definition, form, &text, &loaded) {
            return Err(form::fault(definition, &loaded));
        }
        if file == Path::new("-") {
            let mut out = style::stdout();
            out.write_all(text.as_bytes())?;
            out.finish()?;
            continue;
        }
        if old == text {
            same += 1;
            continue;
        }
        changed += 1;
        if args.check {
            writeln!(style::stdout(), "{}", loaded.sources.name(definition.source))?;
            exit.note(Exit::Findings);
        } else {
            write_whole(file, text.as_bytes())?;
        }
    }
    let verb = if args.check { "would change" } else { "changed" };
    if changed + same > 0 {
        writeln!(err, "{changed} {verb}, {same} as they should be")?;
    }
    Ok(exit)
}
