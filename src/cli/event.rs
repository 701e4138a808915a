//! One event, by its file and number.
//!
//! In: `FILE:N`. Out: the record, handed over while it is there. Never here: what is done with it.

use std::ops::ControlFlow;

use super::style::Style;
use super::{Exit, Failure, source};
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::event::read::{Damaged, Record, Sink};

/// Which event is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventPlace<'a> {
    /// The file, or `-`.
    pub file: &'a str,
    /// The line of an NDJSON file, or the record id in an EVTX file.
    pub number: u64,
}

/// `FILE:N`; the colon that counts is the last one, for a path may hold others.
pub(super) fn place(text: &str) -> Result<EventPlace<'_>, Failure> {
    let place =
        text.rsplit_once(':').and_then(|(file, number)| Some(EventPlace { file, number: number.parse().ok()? }));
    place.ok_or_else(|| {
        Failure::unusable(
            format!("{text} does not say which event is meant"),
            format!("add the line, or the record id of an EVTX file: {text}:1"),
        )
    })
}

/// What `take` makes of the record; else the status to end with, where the file cannot be read and somebody was told.
pub(super) fn find<T>(
    place: EventPlace<'_>,
    layout: &Layout,
    agent: AgentVersion,
    style: Style,
    take: impl FnMut(&Record<'_>) -> T,
) -> Result<Result<T, Exit>, Failure> {
    let EventPlace { file, number } = place;
    let mut finder = Finder { take, number, last: 0, damaged: None, found: None };
    let reading = source::Reading { layout, agent, strict: false };
    let totals = source::read_all(&[file.to_string()], reading, &mut finder, Style { progress: false, ..style })?;
    if let Some(found) = finder.found {
        return Ok(Ok(found));
    }
    if let Some(reason) = finder.damaged {
        return Err(damaged(place, &reason));
    }
    if totals.exit == Exit::Unusable {
        return Ok(Err(totals.exit));
    }
    Err(Failure::unusable(
        format!("{file} has no record {number}; the last one is {}", finder.last),
        "name the line of an NDJSON file, or the record id in an EVTX file, as `run` shows it",
    ))
}

/// Nothing can be said of a damaged record.
pub(super) fn damaged(EventPlace { file, number }: EventPlace<'_>, reason: &str) -> Failure {
    Failure {
        message: format!("{file}: record {number} is damaged: {reason}"),
        help: "choose another record".to_string(),
        exit: Exit::Partial,
    }
}

struct Finder<T, F> {
    take: F,
    number: u64,
    last: u64,
    damaged: Option<String>,
    found: Option<T>,
}

impl<T, F: FnMut(&Record<'_>) -> T> Sink for Finder<T, F> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.last = record.place.number;
        if record.place.number != self.number {
            return ControlFlow::Continue(());
        }
        self.found = Some((self.take)(&record));
        ControlFlow::Break(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        if damaged.number == Some(self.number) {
            self.damaged = Some(damaged.reason);
        }
    }
}

impl<T, F: FnMut(&Record<'_>) -> T> source::Taker for Finder<T, F> {}
