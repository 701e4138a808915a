//! One event, by its file and number.
//!
//! In: `FILE:N`. Out: the record, handed over while it is there. Never here: what is done with it.

use std::ops::ControlFlow;

use super::style::Style;
use super::{Exit, Failure, source};
use crate::ast::Number;
use crate::dialect::AgentVersion;
use crate::event::read::{Damaged, Record, Sink};
use crate::event::{FieldPath, Form, Layout, Raw, Slot};

/// Which event is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventPlace<'a> {
    /// The file, or `-`.
    pub file: &'a str,
    /// The number that `run` and `events` show, or the event record id of an EVTX file.
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

/// What `take` makes of the record, once `passed` has seen those before it; else the status to end with, where the file cannot be read and somebody was told.
pub(super) fn find<T>(
    place: EventPlace<'_>,
    layout: &Layout,
    agent: AgentVersion,
    style: Style,
    passed: impl FnMut(&Record<'_>),
    take: impl FnMut(&Record<'_>) -> T,
) -> Result<Result<T, Exit>, Failure> {
    let EventPlace { file, number } = place;
    if std::path::Path::new(file).is_dir() {
        return Err(Failure::unusable(
            format!("{file} is a folder, and an event is in one file"),
            format!("name the file as `run` and `events` show it: {file}/Sysmon.evtx:{number}"),
        ));
    }
    let mut layout = layout.clone();
    let path = "winlog.record_id".to_string();
    let id = layout.slot(FieldPath { name: path.clone(), paths: vec![path] });
    let layout = &layout;
    let mut finder = Finder { passed, take, number, id, last: 0, damaged: None, found: None, by_id: None };
    let reading = source::Reading { layout, agent, strict: false, merge: false };
    let totals = source::read_all(&[file.to_string()], reading, &mut finder, Style { progress: false, ..style })?;
    if let Some(found) = finder.found {
        return Ok(Ok(found));
    }
    if let Some(reason) = finder.damaged {
        return Err(damaged(place, &reason));
    }
    if let Some(found) = finder.by_id {
        return Ok(Ok(found));
    }
    if totals.exit == Exit::Unusable {
        return Ok(Err(totals.exit));
    }
    Err(Failure::unusable(
        format!("{file} has no record {number}; the last one is {}", finder.last),
        "name the number that `run` and `events` show; for EVTX the event record id does too",
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

struct Finder<T, P, F> {
    passed: P,
    take: F,
    number: u64,
    /// Where the event record id stands.
    id: Option<Slot>,
    last: u64,
    damaged: Option<String>,
    found: Option<T>,
    /// An exported file numbers its records anew; the ids of their events are what other tools show.
    by_id: Option<T>,
}

impl<T, P: FnMut(&Record<'_>), F: FnMut(&Record<'_>) -> T> Sink for Finder<T, P, F> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.last = record.place.number;
        if record.place.number != self.number {
            let id = self.id.filter(|_| record.form == Form::Evtx && self.by_id.is_none());
            if let Some(Raw::Number(Number::Int(id))) = id.map(|id| record.view.raw(id))
                && id == i128::from(self.number)
            {
                self.by_id = Some((self.take)(&record));
            }
            (self.passed)(&record);
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

impl<T, P: FnMut(&Record<'_>), F: FnMut(&Record<'_>) -> T> source::Taker for Finder<T, P, F> {}
