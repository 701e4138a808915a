//! `run --deliver`: what was not read before goes out.
//!
//! In: the records of inputs, in order, with what rules decided. Out: their alerts, by `outgoing`; how far each file was read, kept with them. Which
//! file is which, and what of it is new, says `crate::follow`, as for `watch`: both go on from the same state. Never here: messages.

use std::io::Write;
use std::time::Duration;

use super::remembered::Restored;
use super::runner::Runner;
use crate::bytecode::Module;
use crate::cli::args::{RunArgs, Show};
use crate::cli::outgoing::{Outgoing, Project};
use crate::cli::source::followed::{self, Keeper};
use crate::cli::source::{Reading, Totals};
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure};
use crate::event::read::Record;
use crate::follow::Positions;
use crate::pipeline::Pipeline;

/// Sources whose positions are kept here.
const FILES: &[&str] = &["files"];

/// Alerts on their way out.
pub(in crate::cli) struct Feed {
    out: Outgoing,
    /// Nobody else keeps what comes: it is from a stream, which has no position.
    streams: bool,
    /// Records that were read before.
    before: u64,
    /// These are the last events: what is kept quiet is told now.
    last: bool,
}

/// What `run` delivers by, if it is to deliver, and what it shows: nothing, where messages go to standard output.
pub(super) fn prepare(
    args: &RunArgs,
    project: Option<Project>,
    pipeline: &mut Pipeline<'_>,
    module: &Module,
    show: Vec<Show>,
) -> Result<(Option<Feed>, Vec<Show>), Failure> {
    let Some(project) = project else { return Ok((None, show)) };
    let output = project.takes_output();
    if output && (args.format.is_some() || args.show.iter().any(|show| *show != Show::None)) {
        return Err(Failure::unusable(
            "standard output cannot have both decisions and messages",
            "leave --show and --format out, or name a file in [deliver.file]",
        ));
    }
    let mut out = Outgoing::open(&args.delivery, args.state.as_deref(), module, project, false)?;
    let Restored { contexts, told } = out.remembered(module)?;
    if let Some(contexts) = contexts {
        pipeline.resume(contexts);
    }
    if let Some((code, line)) = told {
        writeln!(style::stderr(), "{line}")?;
        out.exit.note(if code.is_some() { Exit::Partial } else { Exit::Clean });
    }
    let feed = Feed { out, streams: true, before: 0, last: args.last };
    Ok((Some(feed), if output { vec![Show::None] } else { show }))
}

/// How far files were read, if that counts.
pub(super) fn positions(runner: &Runner<'_>) -> Option<Positions> {
    runner.feed.as_ref().map(|feed| feed.out.positions().clone())
}

/// Reads what is new.
pub(super) fn read(
    args: &RunArgs,
    positions: &Positions,
    reading: Reading<'_>,
    runner: &mut Runner<'_>,
    style: Style,
) -> Result<Totals, Failure> {
    let (totals, before) = followed::read_new(&args.events, positions, reading, runner, args.quiet, style)?;
    if let Some(feed) = &mut runner.feed {
        feed.before = before;
    }
    Ok(totals)
}

impl Keeper for Runner<'_> {
    fn of_files(&mut self, files: bool) {
        if let Some(feed) = &mut self.feed {
            feed.streams = !files;
        }
    }

    fn is_due(&self, again: Duration) -> bool {
        self.feed.as_ref().is_some_and(|feed| feed.out.is_due(again))
    }

    fn keep(&mut self, positions: Positions) -> Result<(), Failure> {
        // The last record was decided, and its alerts are not messages yet: as nothing is kept, it comes again.
        if self.failed.is_some() {
            return Ok(());
        }
        self.keep_read(positions)
    }

    fn is_over(&self) -> bool {
        self.failed.is_some() || self.stopped.is_some() || self.printer.out.is_closed()
    }
}

impl Feed {
    /// Takes what was decided for an event; keeps a batch now and then, where it is of a stream.
    pub(super) fn event(
        &mut self,
        pipeline: &Pipeline<'_>,
        module: &Module,
        record: &Record<'_>,
    ) -> Result<(), Failure> {
        self.out.event(pipeline, module, record);
        if self.streams && self.out.is_due(Duration::ZERO) {
            return self.out.keep((&[], Positions::new()), pipeline.contexts(), module);
        }
        Ok(())
    }

    /// Keeps what came, with how far files were read.
    pub(super) fn keep(
        &mut self,
        positions: Positions,
        pipeline: &Pipeline<'_>,
        module: &Module,
    ) -> Result<(), Failure> {
        self.out.keep((FILES, positions), pipeline.contexts(), module)
    }

    /// Keeps the rest, while it is known what alerts remember.
    pub(super) fn end(&mut self, pipeline: &mut Pipeline<'_>, module: &Module) -> Result<(), Failure> {
        if self.last {
            let closed = pipeline.contexts_mut().close_all();
            self.out.closings(&closed, pipeline.contexts(), module);
        }
        self.out.keep((&[], Positions::new()), pipeline.contexts(), module)
    }

    /// Sends what can be sent, and says what came of it. Standard output is free by now.
    pub(super) fn finish(self, quiet: bool) -> Result<Exit, Failure> {
        self.out.finish(self.before, quiet)
    }
}
