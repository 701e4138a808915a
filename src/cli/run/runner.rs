//! Rules at work: each record is decided, counted, and written where somebody wants to see it.
//!
//! In: a pipeline, and records. Out: the decisions that are to be shown, on standard output in the form that is asked for; counts;
//! what is damaged or failed, on standard error. Never here: where records come from, and when that ends.

use std::io::Write;
use std::ops::ControlFlow;

use super::decider::{Decider, Item, Tally};
#[cfg(feature = "deliver")]
use super::deliver::Feed;
use super::hits::Hits;
use super::observed::Observed;
use super::remembered::Uncounted;
use super::threads::Threads;
use crate::bytecode::Module;
#[cfg(feature = "deliver")]
use crate::cli::Failure;
use crate::cli::args::{RunFormat, Show};
use crate::cli::{report, style, table};
use crate::event::read::{Damaged, Pieces, Record, Sink};
#[cfg(feature = "deliver")]
use crate::follow::Positions;
use crate::pipeline::Pipeline;
#[cfg(feature = "watch")]
use crate::vm::Closing;
use crate::vm::{Contexts, Profile};

/// Standard output.
pub(in crate::cli) type Out = style::Output<std::io::BufWriter<std::io::StdoutLock<'static>>>;

/// What is shown, and how.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Shown {
    pub(in crate::cli) show: Vec<Show>,
    pub(in crate::cli) format: RunFormat,
    /// Rows say which file a record is of.
    pub(in crate::cli) files: bool,
    /// Alerts that run for others only, in order: nobody chose them, and nobody sees what they send.
    pub(in crate::cli) unseen: Vec<u32>,
    /// Hits are counted.
    pub(in crate::cli) hits: bool,
    /// Lines of hits are no longer than so many characters.
    pub(in crate::cli) width: Option<usize>,
}

impl Shown {
    /// What all rules decide, shown so.
    pub(in crate::cli) fn new(show: Vec<Show>, format: RunFormat, files: bool) -> Self {
        Self { show, format, files, unseen: Vec::new(), hits: false, width: None }
    }

    /// Does this rule run for others only?
    pub(super) fn hides(&self, rule: u32) -> bool {
        self.unseen.binary_search(&rule).is_ok()
    }
}

/// What people see, written.
pub(in crate::cli) struct Printer {
    format: RunFormat,
    pub(in crate::cli) out: Out,
    /// Rows of the table that are not written yet.
    rows: Vec<Vec<String>>,
    pub(in crate::cli) shown: u64,
    pub(in crate::cli) notices: report::Notices,
}

impl Printer {
    pub(super) fn put(&mut self, item: Item) -> std::io::Result<()> {
        match item {
            Item::Row(row) => {
                self.rows.push(row);
                // A table in pieces keeps memory flat; its columns are as wide as each piece needs.
                if self.rows.len() >= 1000 {
                    self.flush_table()?;
                }
            }
            Item::Decision(text) if self.format == RunFormat::Json => {
                self.out.write_all(if self.shown == 0 { b"\n" } else { b",\n" })?;
                self.out.write_all(text.as_bytes())?;
            }
            Item::Decision(text) | Item::Line(text) => {
                self.out.write_all(text.as_bytes())?;
                self.out.write_all(b"\n")?;
            }
            Item::Notice(text) => {
                self.notices.tell(&text);
                return Ok(());
            }
            Item::Damaged(damaged) => {
                self.notices.damaged(&damaged);
                return Ok(());
            }
        }
        self.shown += 1;
        Ok(())
    }

    /// Writes the rows that wait.
    pub(in crate::cli) fn flush_table(&mut self) -> std::io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let text = table::columns(&["RECORD", "TIME", "HOST", "EVENT", "DECISION", "BY"], &self.rows);
        self.rows.clear();
        self.out.write_all(text.as_bytes())
    }
}

pub(in crate::cli) struct Runner<'p> {
    pub(super) decider: Decider<'p>,
    pub(in crate::cli) printer: Printer,
    /// Those that decide, where it is not this one.
    pub(super) threads: Option<Threads<'p>>,
    /// What could not be counted before these rules were at work.
    before: Uncounted,
    pub(in crate::cli) failed: Option<std::io::Error>,
    /// Where alerts go.
    #[cfg(feature = "deliver")]
    pub(in crate::cli) feed: Option<Feed>,
    /// What was read could not be kept.
    #[cfg(feature = "deliver")]
    pub(super) stopped: Option<Failure>,
}

impl Sink for Runner<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let Self { decider, printer, .. } = self;
        match decider.decide(&record, &mut |item| printer.put(item)) {
            Ok(true) => {}
            Ok(false) => return ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        #[cfg(feature = "deliver")]
        if let Some(feed) = &mut self.feed
            && let Err(failure) = feed.event(&self.decider.pipeline, self.decider.module, &record)
        {
            self.stopped = Some(failure);
            return ControlFlow::Break(());
        }
        if self.printer.out.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.decider.damaged();
        self.printer.notices.damaged(&damaged);
    }

    fn pieces(&mut self) -> Option<&mut dyn Pieces> {
        if self.threads.is_some() { Some(self) } else { None }
    }
}

impl<'p> Runner<'p> {
    /// With nothing counted yet.
    pub(in crate::cli) fn new(
        pipeline: Pipeline<'p>,
        module: &'p Module,
        how: Shown,
        observed: Observed,
        out: Out,
    ) -> Self {
        let format = how.format;
        let notices = report::Notices::default();
        Self {
            before: Uncounted::of(pipeline.contexts()),
            decider: Decider::new(pipeline, module, how, observed),
            printer: Printer { format, out, rows: Vec::new(), shown: 0, notices },
            threads: None,
            failed: None,
            #[cfg(feature = "deliver")]
            feed: None,
            #[cfg(feature = "deliver")]
            stopped: None,
        }
    }

    /// What was measured, if anything is.
    pub(super) fn profile(&self) -> Option<&Profile> {
        self.decider.pipeline.profile()
    }

    /// Does this rule run for others only?
    pub(super) fn is_unseen(&self, rule: u32) -> bool {
        self.decider.how.hides(rule)
    }

    /// The hits of alerts that were counted, which the tally has no more then.
    pub(super) fn take_hits(&mut self) -> Hits {
        std::mem::take(&mut self.decider.tally.hits)
    }

    /// What was counted.
    pub(in crate::cli) fn tally(&self) -> &Tally {
        &self.decider.tally
    }

    /// Keeps the last of what is delivered, and hands it over; or says why something could not be kept.
    #[cfg(feature = "deliver")]
    pub(in crate::cli) fn delivered(&mut self) -> Result<Option<Feed>, Failure> {
        if let Some(failure) = self.stopped.take() {
            return Err(failure);
        }
        let Some(mut feed) = self.feed.take() else { return Ok(None) };
        feed.end(&mut self.decider.pipeline, self.decider.module)?;
        Ok(Some(feed))
    }

    /// Keeps what is to be delivered until now, with how far files were read.
    #[cfg(feature = "deliver")]
    pub(super) fn keep_read(&mut self, positions: Positions) -> Result<(), Failure> {
        match &mut self.feed {
            Some(feed) => feed.keep(positions, &self.decider.pipeline, self.decider.module),
            None => Ok(()),
        }
    }

    /// What was decided last, and by what.
    #[cfg(all(feature = "deliver", feature = "watch"))]
    pub(in crate::cli) fn pipeline(&self) -> &Pipeline<'p> {
        &self.decider.pipeline
    }

    /// Ends the periods of quiet alerts that are over at this time, in nanoseconds since 1970.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn close_until(&mut self, time: i64) -> Vec<Closing> {
        self.decider.pipeline.contexts_mut().close_until(time)
    }

    /// What alerts remember.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn contexts(&self) -> &Contexts {
        self.decider.pipeline.contexts()
    }

    /// The program ends: the memory of what alerts remember goes with it, which is quicker than giving it back key by key.
    pub(in crate::cli) fn leave_contexts(&mut self) {
        std::mem::forget(std::mem::replace(self.decider.pipeline.contexts_mut(), Contexts::new(&[], 0)));
    }

    /// Goes on with what alerts remembered before.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn resume(&mut self, contexts: Contexts) {
        self.decider.pipeline.resume(contexts);
        self.before = Uncounted::of(self.decider.pipeline.contexts());
    }

    /// What could not be counted since these rules are at work.
    pub(in crate::cli) fn uncounted(&self) -> Uncounted {
        Uncounted::of(self.decider.pipeline.contexts()).since(&self.before)
    }

    /// The rules that are at work.
    pub(in crate::cli) fn module(&self) -> &'p Module {
        self.decider.module
    }
}
