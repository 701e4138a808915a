//! One JSON object, whatever its form.
//!
//! In: the bytes of an object. Out: a call of the sink; or several, where the object holds events; or the damage. The form of a record
//! is found by its keys alone: what came before only decides which way is tried first. Never here: where the bytes came from.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{EventReader, Record, RecordPlace, Sink};
use crate::dialect::AgentVersion;
use crate::event::agent::{AgentView, Form};
use crate::event::json::{self, Array, Damage, LinePlan, LineScanner, parse};
use crate::event::shape::{Shape, Shaper};
use crate::event::{EventView, Layout};

/// Buffers for objects.
#[derive(Debug)]
pub(super) struct Objects {
    plan: LinePlan,
    scanner: LineScanner,
    pub(super) shaper: Shaper,
    /// The last record was the agent's own.
    own: bool,
}

impl Objects {
    pub(super) fn new(layout: &Layout, agent: AgentVersion) -> Self {
        Self {
            plan: LinePlan::for_agent(layout, agent),
            scanner: LineScanner::new(),
            shaper: Shaper::default(),
            own: true,
        }
    }
}

/// Wrappers around one record: a search hit inside of a result.
const WRAPPERS: usize = 3;

/// Where a record stands, and what it takes of the input.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) bytes: u64,
    /// The number is that of the line, whatever stands there.
    pub(super) by_line: bool,
}

impl<'a> At<'a> {
    pub(super) fn record(self, view: &'a dyn EventView, text: Option<&'a [u8]>, form: Form) -> Record<'a> {
        let place = RecordPlace { file: self.file, number: self.number, offset: self.offset };
        Record { view, place, bytes: self.bytes, text, form }
    }
}

/// Damage is given back with the sink's answer inside of it.
type Done = Result<ControlFlow<()>, Damage>;

impl EventReader {
    /// Gives the sink the event, or events, of an object.
    pub(super) fn object(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink) -> Done {
        if !json::has_too_many(text) {
            if self.strict {
                parse(text)?;
            }
            return self.wrapped(text, at, sink, WRAPPERS);
        }
        // Of what a search finds each is a record of its own.
        match Shaper::hits(text)? {
            Some(hits) => self.several(text, hits, at, sink, WRAPPERS, Self::object_in),
            None => Err(Damage::new(0, json::TOO_MANY)),
        }
    }

    fn object_in(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink, _: usize) -> Done {
        if json::has_too_many(text) {
            return Err(Damage::new(0, json::TOO_MANY));
        }
        self.object(text, at, sink)
    }

    /// Is this object the agent's own, and within the limits?
    pub(super) fn is_own(&mut self, text: &[u8]) -> bool {
        let Objects { plan, scanner, .. } = &mut self.objects;
        !json::has_too_many(text) && scanner.scan(plan, text).is_ok_and(|view| view.is_agents())
    }

    /// Gives the sink an object that is the agent's own.
    pub(super) fn own(
        &mut self,
        text: &[u8],
        at: At<'_>,
        sink: &mut dyn Sink,
    ) -> Result<Option<ControlFlow<()>>, Damage> {
        self.as_it_stands(text, Some(Form::Winlogbeat), at, sink)
    }

    /// Gives the sink a record as it stands. With no form, only if it is the agent's own.
    pub(super) fn as_it_stands(
        &mut self,
        text: &[u8],
        form: Option<Form>,
        at: At<'_>,
        sink: &mut dyn Sink,
    ) -> Result<Option<ControlFlow<()>>, Damage> {
        let view = self.objects.scanner.scan(&self.objects.plan, text)?;
        let form = match form {
            Some(form) => form,
            None if view.is_agents() => Form::Winlogbeat,
            None => return Ok(None),
        };
        self.stats.count(form);
        self.stats.duplicate_keys += u64::from(view.duplicate_keys());
        Ok(Some(sink.event(at.record(&view, Some(text), form))))
    }

    fn wrapped(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink, wrappers: usize) -> Done {
        if self.objects.own
            && let Some(flow) = self.as_it_stands(text, None, at, sink)?
        {
            return Ok(flow);
        }
        let shape = self.objects.shaper.object(text)?;
        self.objects.own = shape == Shape::AsItStands(Form::Winlogbeat);
        match shape {
            Shape::AsItStands(form) => {
                let flow = self.as_it_stands(text, Some(form), at, sink)?;
                Ok(flow.unwrap_or(ControlFlow::Continue(())))
            }
            Shape::Taken(form) => Ok(self.taken(text, Some(text), form, at, sink)),
            Shape::Wrapped(span) => {
                let Some(wrappers) = wrappers.checked_sub(1) else {
                    return Err(Damage::new(span.0, "an event wrapped up too often"));
                };
                // Damage inside of it is told by its place in the whole record.
                let inside = self.wrapped(part(text, span), at, sink, wrappers);
                inside.map_err(|damage| Damage::new(span.0 + damage.at, damage.reason))
            }
            Shape::Several(span) => self.several(text, span, at, sink, wrappers.saturating_sub(1), Self::wrapped),
        }
    }

    /// Gives the sink the events of a list.
    fn several(
        &mut self,
        text: &[u8],
        list: (usize, usize),
        at: At<'_>,
        sink: &mut dyn Sink,
        wrappers: usize,
        one: impl Fn(&mut Self, &[u8], At<'_>, &mut dyn Sink, usize) -> Done,
    ) -> Done {
        let mut number = at.number;
        for member in Array::new(text, list.0, 1) {
            let (start, end) = member?;
            let bytes = (end - start) as u64;
            let at = At { number, offset: at.offset + start as u64, bytes, ..at };
            match one(self, part(text, (start, end)), at, sink, wrappers) {
                Ok(ControlFlow::Break(())) => return Ok(ControlFlow::Break(())),
                Ok(ControlFlow::Continue(())) => {}
                Err(damage) => {
                    self.damaged(at.file, at.number, at.offset + damage.at as u64, damage.reason, sink);
                }
            }
            number += u64::from(!at.by_line);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Gives the sink the event whose parts were taken.
    pub(super) fn taken(
        &mut self,
        record: &[u8],
        text: Option<&[u8]>,
        form: Form,
        at: At<'_>,
        sink: &mut dyn Sink,
    ) -> ControlFlow<()> {
        let parts = &mut self.objects.shaper.parts;
        parts.finish(record);
        self.stats.count(form);
        self.stats.duplicate_keys += parts.repeated;
        let view = AgentView::new(&self.plan, form, record, parts);
        sink.event(at.record(&view, text, form))
    }
}

fn part(text: &[u8], (start, end): (usize, usize)) -> &[u8] {
    text.get(start..end).unwrap_or_default()
}
