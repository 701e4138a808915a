//! Events from wherever the command line names them.
//!
//! In: `--events` arguments, a layout, a taker. Out: every record of every input goes to the taker, in order. A file that
//! cannot be read is told and does not keep the others from being read. Never here: rules.

#[cfg(feature = "deliver")]
pub(super) mod followed;
mod merge;

use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use rustc_hash::FxHashSet;

use super::style::{self, Style};
use super::{Exit, Failure};
use crate::diagnostic::Code;
use crate::dialect::AgentVersion;
use crate::event::archive::Archive;
use crate::event::input::{self, Input};
use crate::event::read::{Damaged, EventReader, Pieces, ReadError, ReadStats, Record, RecordPlace, Sink, known_forms};
use crate::event::{Form, Layout};

/// Who takes the events of many inputs. Breaking off ends the reading of all of them.
pub(super) trait Taker: Sink {
    /// An input was read, to its end or as far as it went.
    fn ended(&mut self, input: &str, stats: &ReadStats, error: Option<&ReadError>) {
        let _ = (input, stats, error);
    }

    /// Are people told of inputs that cannot be read, or hold nothing? Not where they are read again.
    fn tells(&self) -> bool {
        true
    }
}

/// Notes that it was broken off.
struct Until<'s> {
    taker: &'s mut dyn Taker,
    over: bool,
}

impl Sink for Until<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let flow = self.taker.event(record);
        self.over = flow.is_break();
        flow
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.taker.damaged(damaged);
    }

    fn pieces(&mut self) -> Option<&mut dyn Pieces> {
        self.taker.pieces()
    }
}

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
    /// All inputs at once, by the time of their events.
    pub merge: bool,
}

/// What the arguments name.
fn inputs_of(arguments: &[String]) -> Result<Vec<Input>, Failure> {
    input::inputs(arguments).map_err(|error| {
        Failure::unusable(format!("{}: {}", input::shown(&error.given), input::shown(&error.reason)), error.help)
    })
}

/// Bytes of an input, where that can be known.
fn size(input: &Input) -> u64 {
    match input {
        Input::File(path) | Input::Member(path, _) => std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
        Input::Standard => 0,
    }
}

/// The names that arguments give, as inputs have them.
fn named(arguments: &[String]) -> FxHashSet<String> {
    arguments.iter().map(|given| input::shown(given)).collect()
}

/// The progress bar over so many bytes.
fn bar(style: Style, bytes: u64) -> ProgressBar {
    let bar = if style.progress { ProgressBar::new(bytes) } else { ProgressBar::hidden() };
    if let Ok(look) = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}") {
        bar.set_style(look);
    }
    bar
}

/// Why nothing was read; of inputs that cannot be read either, which weighs more, that too.
pub(super) fn or_unreadable(arguments: &[String], failure: Failure) -> Failure {
    let inputs = match inputs_of(arguments) {
        Ok(inputs) => inputs,
        Err(unreadable) => {
            let message = format!("{}; and {}", failure.message, unreadable.message);
            return Failure { message, exit: unreadable.exit.worst(failure.exit), ..failure };
        }
    };
    let named = named(arguments);
    let unreadable = inputs.iter().filter(|input| named.contains(&input.name())).find_map(|input| match input {
        Input::Standard => None,
        Input::File(path) | Input::Member(path, _) => Some((path, File::open(path).err()?)),
    });
    match unreadable {
        Some((path, error)) => {
            let message = format!("{}; and {} cannot be read: {error}", failure.message, path.display());
            Failure { message, exit: Exit::Unusable, ..failure }
        }
        None => failure,
    }
}

/// Reads all inputs.
pub(super) fn read_all(
    arguments: &[String],
    reading: Reading<'_>,
    taker: &mut dyn Taker,
    style: Style,
) -> Result<Totals, Failure> {
    let inputs = inputs_of(arguments)?;
    let bar = bar(style, inputs.iter().map(size).sum());
    let mut reader = EventReader::new(reading.layout, reading.agent).strict(reading.strict);
    // Asked once a file, and a shell may name thousands.
    let named = named(arguments);
    let mut run = Run { bar: &bar, totals: Totals::default(), sink: Until { taker, over: false } };
    if reading.merge {
        merge::read(&mut run, &inputs, &|name: &str| named.contains(name), reading, &mut reader)?;
    }
    for input in inputs.iter().filter(|_| !reading.merge) {
        if run.sink.over {
            break;
        }
        let name: Arc<str> = input.name().into();
        bar.set_message(name.to_string());
        match input {
            Input::Standard => {
                let result = reader.read(&name, &mut std::io::stdin().lock(), &mut run.sink);
                run.note(&name, true, result, &mut reader.stats);
            }
            // What a folder or a glob brings along may be something else; what is named is meant.
            Input::File(path) => {
                run.file(path, &name, named.contains(&*name), &mut reader);
            }
            Input::Member(path, member) => run.member(path, member, &name, &mut reader),
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
    sink: Until<'b>,
}

impl Run<'_> {
    fn file(&mut self, path: &Path, name: &Arc<str>, named: bool, reader: &mut EventReader) {
        let opened = File::open(path).and_then(|mut file| Ok((Archive::of(&mut file)?, file)));
        let (archive, mut file) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.note(name, named, Err(error.into()), &mut reader.stats),
        };
        let Some(archive) = archive else {
            let result = reader.read_file(name, self.bar.wrap_read(file), &mut self.sink);
            return self.note(name, named, result, &mut reader.stats);
        };
        let before = self.totals.inputs;
        let read = archive.members(&mut file, &mut |member, stream| {
            if self.sink.over {
                return;
            }
            let name: Arc<str> = format!("{name}!{}", input::shown(member)).into();
            let result = stream.map_err(ReadError::from).and_then(|stream| reader.read(&name, stream, &mut self.sink));
            self.note(&name, false, result, &mut reader.stats);
        });
        if let Err(error) = read {
            self.note(name, named, Err(error.into()), &mut reader.stats);
        } else if named && self.totals.inputs == before {
            // Why, was said of each member.
            self.totals.exit.note(Exit::Unusable);
        }
    }

    /// One file of an archive.
    fn member(&mut self, path: &Path, wanted: &str, name: &Arc<str>, reader: &mut EventReader) {
        let mut found = false;
        let read = File::open(path).and_then(|mut file| {
            let Some(archive) = Archive::of(&mut file)? else { return Ok(()) };
            archive.members(&mut file, &mut |member, stream| {
                if member == wanted && !found {
                    found = true;
                    let result =
                        stream.map_err(ReadError::from).and_then(|stream| reader.read(name, stream, &mut self.sink));
                    self.note(name, true, result, &mut reader.stats);
                }
            })
        });
        let read = match read {
            Ok(()) if !found => Err(std::io::Error::new(std::io::ErrorKind::NotFound, "the archive has no such file")),
            other => other,
        };
        if let Err(error) = read {
            self.note(name, true, Err(error.into()), &mut reader.stats);
        }
    }

    /// Takes down how the reading of one input ended. `named`: the command line names this very input.
    fn note(&mut self, name: &str, named: bool, result: Result<(), ReadError>, stats: &mut ReadStats) {
        let stats = std::mem::take(stats);
        self.sink.taker.ended(name, &stats, result.as_ref().err());
        let (bad, tells) = (if named { Exit::Unusable } else { Exit::Partial }, self.sink.taker.tells());
        match result {
            Ok(()) => {
                self.totals.inputs += 1;
                if tells && named && stats.events + stats.damaged + stats.too_large == 0 && !self.sink.over {
                    tell(self.bar, &format!("note: {name}: there is no event in it"));
                }
            }
            Err(error) => {
                if tells {
                    tell(self.bar, &unread(name, named, &error));
                }
                self.totals.exit.note(bad);
            }
        }
        if tells {
            of_forms(self.bar, &mut self.totals, name, named, &stats);
        }
        self.totals.stats.add(&stats);
    }
}

/// Tells of an input in which nothing is known, or not everything.
fn of_forms(bar: &ProgressBar, totals: &mut Totals, name: &str, named: bool, stats: &ReadStats) {
    let bad = if named { Exit::Unusable } else { Exit::Partial };
    let unknown = stats.of(Form::Other);
    if unknown > 0 && unknown == stats.events {
        tell(
            bar,
            &format!(
                "{}[{code}]: {name}: {} and no event of a known form: rules find no field of Sysmon's there\n  help: known \
                     are {}; `blocksieve explain-code {code}` tells of them",
                if named { "error" } else { "warning" },
                plural(unknown, "JSON object"),
                known_forms(),
                code = Code::UnknownForm,
            ),
        );
        totals.exit.note(bad);
    } else if unknown > 0 {
        tell(
            bar,
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
            bar,
            &format!(
                "error[{}]: {name}: {} of syslog and no event among them\n  help: Sysmon for Linux writes its events to syslog \
                     as XML: is this the host's and the day's file?",
                Code::UnknownForm,
                plural(stats.passed, "line"),
            ),
        );
        totals.exit.note(Exit::Unusable);
    } else if stats.passed > 0 {
        let lines = plural(stats.passed, "line");
        tell(bar, &format!("note: {name}: {lines} of syslog without an event passed over"));
    }
}

/// Do these arguments stand for more than one file? A record's number alone is not its place then.
pub(super) fn several(arguments: &[String]) -> bool {
    input::inputs(arguments).is_ok_and(|inputs| inputs.len() > 1)
}

/// A record's place for people, as `explain` takes it: its number, and its file where there may be several. An archive is one
/// file that holds several.
pub(super) fn place(place: &RecordPlace<'_>, files: bool) -> String {
    if files || place.file.contains('!') {
        format!("{}:{}", place.file, place.number)
    } else {
        place.number.to_string()
    }
}

pub(super) fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// A line for people that does not tear the progress bar.
fn tell(bar: &ProgressBar, message: &str) {
    // A reader of standard error that went away is no reason to stop.
    bar.suspend(|| {
        let _ = writeln!(style::stderr(), "{message}");
    });
}

fn unread(name: &str, named: bool, error: &ReadError) -> String {
    let severity = if named { "error" } else { "warning" };
    match error {
        ReadError::Io(error) => {
            format!(
                "{severity}[{}]: {name} cannot be read: {error}\n  help: look whether it is there and may be read",
                Code::Unreadable
            )
        }
        ReadError::Form(form) => {
            format!("{severity}[{}]: {name}: {form}\n  help: {}", Code::UnknownForm, form.way_out)
        }
    }
}
