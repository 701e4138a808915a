//! One record as rules see it.
//!
//! In: the record, its [`Parts`], an [`AgentPlan`]. Out: the [`EventView`]: data of the event are found with one walk over its
//! pairs, what stands in the header is read when it is asked for. Never here: what a form looks like.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::ControlFlow;

use super::dump;
use super::lost::{self, Form};
use super::parts::{Head, Kind, Parts, Piece};
use super::plan::{AgentPlan, Asked};
use super::whole;
use crate::ast::Number;
use crate::event::json::Damage;
use crate::event::{EventView, Raw, Slot, Value, find, leaves};

/// A record that is not the agent's own, seen as the agent would have sent it.
pub struct AgentView<'a> {
    record: &'a [u8],
    parts: &'a Parts,
    plan: &'a AgentPlan,
    form: Form,
    /// The message with the agent's ends of lines, where it has others.
    message: OnceCell<Option<String>>,
    whole: OnceCell<Result<Vec<(String, Value)>, Damage>>,
}

impl<'a> AgentView<'a> {
    /// A view of a record whose parts the reader of its form has put together.
    pub(crate) fn new(plan: &'a AgentPlan, form: Form, record: &'a [u8], parts: &'a mut Parts) -> Self {
        parts.seek(record, plan);
        Self { record, parts, plan, form, message: OnceCell::new(), whole: OnceCell::new() }
    }

    fn whole(&self) -> Result<&[(String, Value)], Damage> {
        let whole = self.whole.get_or_init(|| {
            if self.form == Form::Other {
                let mut members = Vec::new();
                return whole::beside(self.record, self.parts, &mut members).map(|()| members);
            }
            whole::event(self.plan.agent, self.record, self.parts)
        });
        whole.as_deref().map_err(|damage| *damage)
    }

    fn text(&self, head: Head) -> Raw<'_> {
        let Some(piece) = self.parts.head(head) else { return Raw::Absent };
        if head == Head::Message
            && let Some(message) = self.message.get_or_init(|| self.parts.unix_lines(self.record, piece))
        {
            return if message.is_empty() { Raw::Absent } else { Raw::Text(message) };
        }
        self.parts.as_text(self.record, piece)
    }

    fn asked(&self, path: &str, asked: &Asked) -> Raw<'_> {
        // What is in no known form has what it has under names of its own, which may be any.
        if self.form == Form::Other {
            return self.path(path);
        }
        match asked {
            Asked::Data(term) => {
                match self.parts.found.get(*term as usize).and_then(|at| self.parts.data.get(*at as usize)) {
                    Some(pair) => self.parts.as_text(self.record, pair.value),
                    None => Raw::Absent,
                }
            }
            Asked::Text(head) => self.text(*head),
            Asked::Number(head) => number(self.parts.head_number(self.record, *head).filter(|number| *number != 0)),
            Asked::EventId if self.plan.agent.has_text_ids() => self.text(Head::EventId),
            Asked::EventId => match self.parts.head_number(self.record, Head::EventId) {
                None => self.text(Head::EventId),
                id => number(id),
            },
            Asked::Level => whole::level(self.record, self.parts).map_or(Raw::Absent, |level| match level {
                Cow::Borrowed(level) => Raw::Text(level),
                Cow::Owned(_) => self.path(path),
            }),
            Asked::Kind => Raw::Text("event"),
            Asked::Outcome => whole::outcome(self.record, self.parts).map_or(Raw::Absent, Raw::Text),
            Asked::List(head) => match self.parts.head(*head) {
                Some(piece @ Piece { kind: Kind::List, .. }) => self.parts.raw(self.record, piece),
                Some(_) => self.path(path),
                None => Raw::Absent,
            },
            Asked::Message if !self.is_stored() => Raw::Absent,
            Asked::UserData if self.parts.user_data.is_empty() => Raw::Absent,
            Asked::Nothing => Raw::Absent,
            Asked::Message | Asked::UserData | Asked::Path => self.path(path),
        }
    }

    fn path(&self, path: &str) -> Raw<'_> {
        match self.whole() {
            Ok(members) => find(members, path).map_or(Raw::Absent, Value::raw),
            Err(_) => Raw::Malformed,
        }
    }
}

fn number(value: Option<i128>) -> Raw<'static> {
    value.map_or(Raw::Absent, |value| Raw::Number(Number::Int(value)))
}

impl EventView for AgentView<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        let Some(slot) = self.plan.slots.get(usize::from(slot.0)) else { return Raw::Absent };
        let mut null = false;
        for (path, asked) in &slot.paths {
            match self.asked(path, asked) {
                Raw::Absent => {}
                Raw::Null => null = true,
                value => return value,
            }
        }
        if null { Raw::Null } else { Raw::Absent }
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        match self.whole() {
            Ok(members) => leaves(members, visit),
            Err(_) => {
                // There is nothing more to visit, whatever the answer.
                let _ = visit("", Raw::Malformed);
            }
        }
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        self.whole().map(Cow::Borrowed)
    }

    fn also(&self) -> Vec<(String, Value)> {
        if self.parts.repeated == 0 { Vec::new() } else { whole::also(self.record, self.parts) }
    }

    fn data_names(&self, visit: &mut dyn FnMut(&[u8])) -> bool {
        if self.form == Form::Other || self.parts.repeated != 0 {
            return false;
        }
        for pair in self.parts.data.iter().chain(&self.parts.user_data) {
            // What is empty the agent does not send.
            if !matches!(self.parts.as_text(self.record, pair.value), Raw::Absent) {
                visit(self.parts.bytes(self.record, pair.name));
            }
        }
        true
    }

    fn windows(&self) -> Result<Option<Vec<(String, Value)>>, Damage> {
        if self.form == Form::Other {
            return Ok(None);
        }
        dump::event(self.record, self.parts).map(Some)
    }

    fn parts(&self) -> Option<(&[u8], &Parts)> {
        Some((self.record, self.parts))
    }

    fn is_stored(&self) -> bool {
        self.form == Form::LogManager
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        if self.form == Form::Other {
            return None;
        }
        let slot = self.plan.slots.get(usize::from(slot.0))?;
        // A path before the lost one, or that one itself, is there.
        slot.paths
            .iter()
            .take_while(|(path, asked)| matches!(self.asked(path, asked), Raw::Absent | Raw::Null))
            .find_map(|(path, _)| lost::why(self.form, path, self.record, self.parts))
    }
}
