//! Events from wherever the command line names them.
//!
//! In: `--events` arguments, a layout, a sink. Out: every record of every input goes to the sink, in order. A file that
//! cannot be read is told and does not keep the others from being read. Never here: rules.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use indicatif::{ProgressBar, ProgressStyle};

use super::style::{self, Style};
use super::{Exit, Failure};
use crate::diagnostic::Code;
use crate::event::input::{self, Input};
use crate::event::read::{Form, ReadStats, Sink, detect, read_lines};
use crate::event::Layout;

/// How much of a file decides its form.
const HEAD: usize = 512;

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
pub(super) fn read_all(arguments: &[String], layout: &Layout, sink: &mut dyn Sink, style: Style) -> Result<Totals, Failure> {
    let inputs = input::expand(arguments).map_err(|error| Failure::unusable(error.to_string(), "--events takes EVTX and NDJSON files, folders, globs, or -"))?;
    let size = |input: &Input| match input {
        Input::File(path) => std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
        Input::Stdin => 0,
    };
    let bar = if style.progress { ProgressBar::new(inputs.iter().map(size).sum()) } else { ProgressBar::hidden() };
    if let Ok(look) = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}") {
        bar.set_style(look);
    }
    let mut totals = Totals::default();
    for input in &inputs {
        let name = input.name();
        bar.set_message(name.clone());
        match read_one(input, &name, layout, sink, &bar) {
            Ok(stats) => {
                totals.inputs += 1;
                if stats.records > 0 && stats.without_winlog == stats.records {
                    tell(&bar, &format!(
                        "warning: {name}: none of {} records has a `winlog` object, so rules find no field in it\n  help: this reads Winlogbeat's own NDJSON (7 and 8) and EVTX; other JSON has to be converted first",
                        stats.records
                    ));
                }
                totals.stats.add(&stats);
            }
            Err(message) => {
                tell(&bar, &message);
                totals.exit.note(Exit::Unusable);
            }
        }
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

fn read_one(input: &Input, name: &str, layout: &Layout, sink: &mut dyn Sink, bar: &ProgressBar) -> Result<ReadStats, String> {
    let unreadable = |error: std::io::Error| format!("error[{}]: {name} cannot be read: {error}\n  help: look whether it is there and may be read", Code::Unreadable);
    let mut head = Vec::with_capacity(HEAD);
    match input {
        Input::Stdin => {
            let mut stdin = std::io::stdin().lock();
            stdin.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(unreadable)?;
            let form = form_of(name, &head)?;
            let mut whole = Cursor::new(head).chain(stdin);
            match form {
                Form::Winlogbeat => read_lines(whole, name, layout, sink).map_err(unreadable),
                // Chunks of EVTX are found by their offset, which a pipe has not.
                Form::Evtx => {
                    let mut bytes = Vec::new();
                    whole.read_to_end(&mut bytes).map_err(unreadable)?;
                    evtx(Cursor::new(bytes), name, layout, sink)
                }
            }
        }
        Input::File(path) => {
            let mut file = File::open(path).map_err(unreadable)?;
            file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(unreadable)?;
            file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
            match form_of(name, &head)? {
                Form::Winlogbeat => read_lines(bar.wrap_read(file), name, layout, sink).map_err(unreadable),
                Form::Evtx => evtx(bar.wrap_read(file), name, layout, sink),
            }
        }
    }
}

fn form_of(name: &str, head: &[u8]) -> Result<Form, String> {
    detect(head).map_err(|unknown| format!("error[{}]: {name}: {unknown}", Code::UnknownForm))
}

#[cfg(feature = "evtx")]
fn evtx<R: Read + Seek>(reader: R, name: &str, layout: &Layout, sink: &mut dyn Sink) -> Result<ReadStats, String> {
    crate::event::evtx::read_evtx(reader, name, layout, sink).map_err(|error| format!("error[{}]: {name} cannot be read: {error}", Code::Unreadable))
}

#[cfg(not(feature = "evtx"))]
fn evtx<R: Read + Seek>(_reader: R, name: &str, _layout: &Layout, _sink: &mut dyn Sink) -> Result<ReadStats, String> {
    Err(format!("error[{}]: {name} is an EVTX file, and this program was built without the feature `evtx`\n  help: build it with --features evtx", Code::UnknownForm))
}
