//! Sinks between a file and whoever takes its records.
//!
//! In: records. Out: those that are wanted, and whether the taker broke off. Never here: records of their own.

use std::ops::ControlFlow;

use crate::event::read::{self, Damaged, Record};
use crate::follow::{Notice, Sink};

/// Notes that the sink broke off.
pub(super) struct Over<'s> {
    pub(super) sink: &'s mut dyn Sink,
    pub(super) over: bool,
}

impl read::Sink for Over<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let flow = self.sink.event(record);
        self.over |= flow.is_break();
        flow
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.sink.damaged(damaged);
    }
}

/// Passes on what stands behind the records that were given before.
pub(super) struct Behind<'s> {
    pub(super) sink: &'s mut dyn Sink,
    pub(super) given: u64,
    pub(super) met: u64,
    pub(super) over: bool,
}

impl read::Sink for Behind<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.met += 1;
        if self.met <= self.given {
            return ControlFlow::Continue(());
        }
        let flow = self.sink.event(record);
        self.over |= flow.is_break();
        flow
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.met += 1;
        if self.met > self.given && !self.over {
            self.sink.damaged(damaged);
        }
    }
}

/// Takes nothing.
pub(super) struct Nobody;

impl read::Sink for Nobody {
    fn event(&mut self, _: Record<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

impl Sink for Nobody {
    fn notice(&mut self, _: Notice) {}
}
