//! The twin's statements that count.
//!
//! In: `when`, `remember`, `forget`, `remembered`, and alerts that may stay quiet. Out: what they do. Never here: windows; `memory` has them.

use super::memory::When;
use super::{Did, End, Failed, Run};
use crate::ast::Timestamp;
use crate::event::{Slot, Value};
use crate::ir::{Asks, KeyField, Named, NodeId};
use crate::{fold, limits};

impl Run<'_> {
    /// When and where the event happened.
    pub(super) fn moment(&mut self) -> Result<Option<When>, Failed> {
        if let Some(known) = &self.moment {
            return Ok(known.clone());
        }
        let Some(stamp) = self.program.stamp else { return Ok(None) };
        let text = |value: Option<Value>| match value {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        };
        let time = text(self.slot(stamp.time)).and_then(|text| Timestamp::parse(&text)?.nanoseconds());
        let host = text(self.slot(stamp.host)).unwrap_or_default();
        let moment = time.map(|time| self.memory.moment(i128::from(time), fold::fold(&host)));
        self.moment = Some(moment.clone());
        Ok(moment)
    }

    /// The value of a field as keys have it.
    fn key_part(&self, slot: Slot) -> Result<Option<String>, Failed> {
        let scalar = |value: &Value| match value {
            Value::Text(text) if text.len() > limits::VALUE_BYTES => Err(Failed),
            Value::Text(text) => Ok(Some(fold::fold(text))),
            Value::Number(number) => Ok(Some(number.text())),
            Value::Bool(value) => Ok(Some(value.to_string())),
            Value::Null | Value::List(_) | Value::Map(_) => Ok(None),
        };
        let Some(Value::List(members)) = self.slot(slot) else {
            return self.slot(slot).as_ref().map_or(Ok(None), scalar);
        };
        let mut parts = Vec::new();
        for member in members.iter().filter(|member| **member != Value::Null) {
            match scalar(member)? {
                Some(part) => parts.push(part),
                None => return Ok(None),
            }
        }
        parts.retain(|part| !part.is_empty());
        Ok(if parts.is_empty() { None } else { Some(parts.join("\u{1f}")) })
    }

    fn parts(&self, by: &[KeyField]) -> Result<Vec<Option<String>>, Failed> {
        let mut parts = Vec::new();
        for field in by {
            let part = self.key_part(field.slot)?;
            if part.as_ref().is_some_and(|part| part.len() + 4 > limits::KEY_BYTES) {
                return Err(Failed);
            }
            parts.push(part);
        }
        Ok(parts)
    }

    /// A key that is there as a whole.
    fn whole(&self, by: &[KeyField]) -> Result<Option<Vec<String>>, Failed> {
        Ok(self.parts(by)?.into_iter().collect())
    }

    pub(super) fn when(&mut self, index: u32, conds: &[NodeId]) -> Result<bool, Failed> {
        let program = self.program;
        let context = &program.contexts[index as usize];
        let mut steps = Vec::new();
        for (step, cond) in conds.iter().enumerate() {
            if self.condition(*cond)? {
                steps.push(step);
            }
        }
        let correlates = matches!(context.asks, Asks::Steps { .. });
        if correlates && steps.is_empty() {
            return Ok(false);
        }
        let Some(moment) = self.moment()? else { return Ok(false) };
        let value = match &context.asks {
            Asks::Distinct(_, of) => match self.whole(of)? {
                Some(value) => value,
                None => return Ok(false),
            },
            Asks::Events(_) | Asks::Steps { .. } | Asks::Mark => Vec::new(),
        };
        // For each key that some of the steps have.
        let mut keys: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
        for step in if correlates { steps } else { vec![0] } {
            let Some(key) = self.whole(&context.by[step])? else { continue };
            match keys.iter_mut().find(|(have, _)| *have == key) {
                Some((_, steps)) => steps.push(step),
                None => keys.push((key, vec![step])),
            }
        }
        let mut fires = false;
        for (key, steps) in keys {
            fires |= self.memory.count(index, context, key, &moment, steps, value.clone());
        }
        Ok(fires)
    }

    pub(super) fn remember(&mut self, named: &Named) -> Result<End, Failed> {
        let moment = self.moment()?;
        if let (Some(key), Some(moment)) = (self.whole(&named.by)?, moment) {
            let context = &self.program.contexts[named.context as usize];
            self.memory.count(named.context, context, key, &moment, Vec::new(), Vec::new());
        }
        Ok(End::Through)
    }

    pub(super) fn forget(&mut self, named: &Named) -> Result<End, Failed> {
        if let Some(key) = self.whole(&named.by)? {
            self.memory.forget(named.context, key);
        }
        Ok(End::Through)
    }

    pub(super) fn remembered(&mut self, named: &Named, least: u32) -> Result<bool, Failed> {
        let Some(moment) = self.moment()? else { return Ok(false) };
        let Some(key) = self.whole(&named.by)? else { return Ok(false) };
        let context = &self.program.contexts[named.context as usize];
        Ok(self.memory.counted(named.context, context, key, moment.time) >= least as usize)
    }

    /// What a rule sends behind the mark stays quiet, if the same was sent a short time ago.
    pub(super) fn hush(&mut self, rule: u32, mark: usize) -> Result<(), Failed> {
        let program = self.program;
        let Some(quiet) = &program.rules[rule as usize].quiet else { return Ok(()) };
        if !self.decision.did[mark..].iter().any(|did| matches!(did, Did::Send(..))) {
            return Ok(());
        }
        let moment = self.moment()?;
        let key = self.parts(&quiet.by)?;
        let Some(moment) = moment else { return Ok(()) };
        if !self.memory.may_send(rule, quiet.length, key, &moment) {
            for did in &mut self.decision.did[mark..] {
                if let Did::Send(_, _, quiet) = did {
                    *quiet = true;
                }
            }
        }
        Ok(())
    }
}
