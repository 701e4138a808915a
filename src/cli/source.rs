//! Events from wherever the command line names them.
//!
//! In: `--events` arguments, a layout, a sink. Out: every record of every input goes to the sink, in order. A file that
//! cannot be read is told and does not keep the others from being read. Never here: rules.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::style::{self, Style};
use super::{Exit, Failure};
use crate::diagnostic::Code;
use crate::event::Layout;
use crate::event::input::{self, Input};
use crate::event::read::{EventReader, ReadError, ReadStats, Sink};

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

/// Reads all inputs.
pub(super) fn read_all(
    arguments: &[String],
    layout: &Layout,
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
    let mut totals = Totals::default();
    let mut reader = EventReader::new(layout);
    for input in &inputs {
        let name: Arc<str> = input.name().into();
        bar.set_message(name.to_string());
        reader.stats = ReadStats::default();
        let result = match input {
            Input::Standard => reader.read(&name, &mut std::io::stdin().lock(), sink),
            Input::File(path) => match File::open(path) {
                Ok(file) => reader.read_file(&name, bar.wrap_read(file), sink),
                Err(error) => Err(error.into()),
            },
        };
        match result {
            Ok(()) => totals.inputs += 1,
            Err(error) => {
                tell(&bar, &unread(&name, &error));
                totals.exit.note(Exit::Unusable);
            }
        }
        let stats = reader.stats;
        if stats.events > 0 && stats.without_winlog == stats.events {
            tell(
                &bar,
                &format!(
                    "warning: {name}: none of {} records has a `winlog` object, so rules find no field in them\n  help: \
                     this reads Winlogbeat's own NDJSON (7 and later) and EVTX; other JSON has to be converted first",
                    stats.events
                ),
            );
        }
        totals.stats.add(&stats);
    }
    bar.finish_and_clear();
    if totals.stats.damaged + totals.stats.too_large > 0 {
        totals.exit.note(Exit::Partial);
    }
    Ok(totals)
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
