//! Events from wherever the command line names them.
//!
//! In: `--events` arguments, a layout, a sink. Out: every record of every input goes to the sink, in order. A file that
//! cannot be read is told and does not keep the others from being read. Never here: rules.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::style::{self, Style};
use super::{Exit, Failure};
use crate::diagnostic::Code;
use crate::dialect::AgentVersion;
use crate::event::archive::Archive;
use crate::event::input::{self, Input};
use crate::event::read::{EventReader, ReadError, ReadStats, Sink, known_forms};
use crate::event::{Form, Layout};

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// Inputs that were read.
    pub inputs: u64,
    /// Sums over all of them.
    pub stats: ReadStats,
    /// How the reading ended.
    pub exit: Exit,
}

/// How inputs are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'l> {
    /// The fields that are asked for.
    pub layout: &'l Layout,
    /// The agent that would have sent the events.
    pub agent: AgentVersion,
    /// Every byte is read.
    pub strict: bool,
}

/// Reads all inputs.
pub(super) fn read_all(
    arguments: &[String],
    reading: Reading<'_>,
    sink: &mut dyn Sink,
    style: Style,
) -> Result<Totals, Failure> {
    let inputs = input::inputs(arguments)
        .map_err(|error| Failure::unusable(format!("{}: {}", error.given, error.reason), error.help))?;
    let size = |input: &Input| match input {
        Input::File(path) => std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
        Input::Standard => 0,
    };
    let bar = if style.progress { ProgressBar::new(inputs.iter().map(size).sum()) } else { ProgressBar::hidden() };
    if let Ok(look) = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}") {
        bar.set_style(look);
    }
    let mut reader = EventReader::new(reading.layout, reading.agent).strict(reading.strict);
    let mut run = Run { bar: &bar, totals: Totals::default() };
    for input in &inputs {
        let name: Arc<str> = input.name().into();
        bar.set_message(name.to_string());
        match input {
            Input::Standard => {
                let result = reader.read(&name, &mut std::io::stdin().lock(), sink);
                run.note(&name, result, &mut reader.stats);
            }
            Input::File(path) => run.file(path, &name, &mut reader, sink),
        }
    }
    bar.finish_and_clear();
    let Run { mut totals, .. } = run;
    if totals.stats.damaged + totals.stats.too_large > 0 {
        totals.exit.note(Exit::Partial);
    }
    Ok(totals)
}

/// One run over all inputs.
struct Run<'b> {
    bar: &'b ProgressBar,
    totals: Totals,
}

impl Run<'_> {
    fn file(&mut self, path: &Path, name: &Arc<str>, reader: &mut EventReader, sink: &mut dyn Sink) {
        let opened = File::open(path).and_then(|mut file| Ok((Archive::of(&mut file)?, file)));
        let (archive, mut file) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.note(name, Err(error.into()), &mut reader.stats),
        };
        let Some(archive) = archive else {
            let result = reader.read_file(name, self.bar.wrap_read(file), sink);
            return self.note(name, result, &mut reader.stats);
        };
        let read = archive.members(&mut file, &mut |member, stream| {
            let name: Arc<str> = format!("{name}!{member}").into();
            let result = stream.map_err(ReadError::from).and_then(|stream| reader.read(&name, stream, sink));
            self.note(&name, result, &mut reader.stats);
        });
        if let Err(error) = read {
            self.note(name, Err(error.into()), &mut reader.stats);
        }
    }

    /// Takes down how the reading of one input ended.
    fn note(&mut self, name: &str, result: Result<(), ReadError>, stats: &mut ReadStats) {
        let stats = std::mem::take(stats);
        match result {
            Ok(()) => self.totals.inputs += 1,
            Err(error) => {
                tell(self.bar, &unread(name, &error));
                self.totals.exit.note(Exit::Unusable);
            }
        }
        let unknown = stats.of(Form::Other);
        if unknown > 0 && unknown == stats.events {
            tell(
                self.bar,
                &format!(
                    "error[{}]: {name}: {} and no event of a known form: rules find no field of Sysmon's there\n  help: known \
                     are {}",
                    Code::UnknownForm,
                    plural(unknown, "JSON object"),
                    known_forms()
                ),
            );
            self.totals.exit.note(Exit::Unusable);
        } else if unknown > 0 {
            tell(
                self.bar,
                &format!(
                    "warning[{}]: {name}: {} of no known form among {} events; rules see them as they stand",
                    Code::UnknownForm,
                    plural(unknown, "JSON object"),
                    stats.events
                ),
            );
        }
        if stats.passed > 0 && stats.events == 0 {
            tell(
                self.bar,
                &format!(
                    "error[{}]: {name}: {} of syslog and no event among them\n  help: Sysmon for Linux writes its events to syslog \
                     as XML: is this the host's and the day's file?",
                    Code::UnknownForm,
                    plural(stats.passed, "line"),
                ),
            );
            self.totals.exit.note(Exit::Unusable);
        } else if stats.passed > 0 {
            let lines = plural(stats.passed, "line");
            tell(self.bar, &format!("note: {name}: {lines} of syslog without an event passed over"));
        }
        self.totals.stats.add(&stats);
    }
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// A line for people that does not tear the progress bar.
fn tell(bar: &ProgressBar, message: &str) {
    // A reader of standard error that went away is no reason to stop.
    bar.suspend(|| {
        let _ = writeln!(style::stderr(), "{message}");
    });
}

fn unread(name: &str, error: &ReadError) -> String {
    match error {
        ReadError::Io(error) => {
            format!(
                "error[{}]: {name} cannot be read: {error}\n  help: look whether it is there and may be read",
                Code::Unreadable
            )
        }
        ReadError::Form(form) => format!("error[{}]: {name}: {form}\n  help: {}", Code::UnknownForm, form.way_out),
    }
}
