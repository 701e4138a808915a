//! The machine's side of what alerts remember: keys and times out of the event.
//!
//! In: instructions that count, and the event as the rule sees it. Out: whether a `when` fires, and what the outcome says of it. Never here:
//! windows; `context/` has them.
//!
//! A key is the values of its fields, folded, each behind its length, so that no two keys look alike. A value that is a list is its members
//! together; a map, or nothing, is no value, and such an event is in no window.

use super::context::{Contexts, Moment, Occurrence};
use super::effects::Overlaid;
use super::frame::Frame;
use super::{Effect, Fault, Fired, Machine, Normalised, Related, Tally, seen_by};
use crate::ast::{Number, RuleKind, Timestamp};
use crate::bytecode::Module;
use crate::event::{EventView, Layout, Raw, Slot};
use crate::ir::{Asks, KeyField};
use crate::{fold, limits};

/// Stands for the length of a value that is not there.
const MISSING: u32 = u32::MAX;
/// Stands between the members of a list.
const BETWEEN: char = '\u{1f}';

/// What one event gives to contexts.
#[derive(Debug, Default)]
pub(super) struct Counting {
    /// When and where it happened, once somebody asked; inside: nothing where it has no usable time.
    moment: Option<Option<Moment>>,
    /// Steps of the `when` that comes next.
    pub(super) steps: u8,
    /// The `when` of this rule that fired last.
    pub(super) fired: Option<u32>,
    /// Event id and record, once somebody asked.
    numbers: Option<(u16, u64)>,
    /// The key that was made last.
    key: Vec<u8>,
    /// The fields that the key is of.
    key_of: Vec<Slot>,
    /// Whether each of them is there; nothing where the key has to be made anew.
    keyed: Option<bool>,
    value: Vec<u8>,
    text: String,
}

/// Whose counting it is: of which alert and context, of which event.
#[derive(Clone, Copy)]
struct Whose {
    rule: u32,
    index: u32,
    moment: Moment,
    event_id: u16,
    record: u64,
}

impl Counting {
    pub(super) fn next_event(&mut self) {
        self.moment = None;
        self.numbers = None;
    }

    /// Something was written, so that fields may have other values.
    pub(super) fn forget_key(&mut self) {
        self.keyed = None;
    }

    pub(super) fn begin_rule(&mut self) {
        self.steps = 0;
        self.fired = None;
    }

    pub(super) fn key_bytes(&self) -> &[u8] {
        &self.key
    }

    /// When and where the event happened.
    pub(super) fn moment(
        &mut self,
        seen: &dyn EventView,
        module: &Module,
        frame: &mut Frame,
        contexts: &mut Contexts,
    ) -> Result<Option<Moment>, Fault> {
        if let Some(known) = self.moment {
            return Ok(known);
        }
        let Some(stamp) = module.stamp else { return Ok(None) };
        let time = frame.text(stamp.time, seen.raw(stamp.time))?.and_then(nanoseconds);
        let moment = match time {
            None => None,
            Some(time) => {
                let host = frame.folded(stamp.host, seen.raw(stamp.host))?.unwrap_or("");
                Some(contexts.moment(time, host))
            }
        };
        self.moment = Some(moment);
        Ok(moment)
    }

    /// Makes the key of these fields; says whether each of them is there.
    pub(super) fn key(&mut self, by: &[KeyField], seen: &dyn EventView, frame: &mut Frame) -> Result<bool, Fault> {
        let slots = || by.iter().map(|field| field.slot);
        if let Some(there) = self.keyed
            && slots().eq(self.key_of.iter().copied())
        {
            return Ok(there);
        }
        self.keyed = None;
        self.key.clear();
        let there = values(by, seen, frame, &mut self.text, &mut self.key)?;
        self.key_of.clear();
        self.key_of.extend(slots());
        self.keyed = Some(there);
        Ok(there)
    }

    /// Event id and record of the event, 0 where there is none.
    fn numbers(&mut self, seen: &dyn EventView, module: &Module, frame: &mut Frame) -> Result<(u16, u64), Fault> {
        if let Some(known) = self.numbers {
            return Ok(known);
        }
        let stamp = module.stamp.map_or(Layout::EVENT_ID, |stamp| stamp.record);
        let event_id = number(Layout::EVENT_ID, seen.raw(Layout::EVENT_ID), frame)?;
        let record = number(stamp, seen.raw(stamp), frame)?;
        Ok(*self.numbers.insert((u16::try_from(event_id).unwrap_or(0), record)))
    }
}

/// The values of fields, one behind the other; says whether all are there.
fn values(
    by: &[KeyField],
    seen: &dyn EventView,
    frame: &mut Frame,
    text: &mut String,
    out: &mut Vec<u8>,
) -> Result<bool, Fault> {
    let mut all = true;
    for field in by {
        let at = out.len();
        out.extend(MISSING.to_le_bytes());
        let there = value(field.slot, seen.raw(field.slot), frame, text, out)?;
        if out.len() - at > limits::KEY_BYTES {
            return Err(Fault::ValueTooLarge);
        }
        if there {
            let length = (out.len() - at - 4) as u32;
            out[at..at + 4].copy_from_slice(&length.to_le_bytes());
        }
        all &= there;
    }
    Ok(all)
}

/// One value, folded.
fn value(slot: Slot, raw: Raw<'_>, frame: &mut Frame, text: &mut String, out: &mut Vec<u8>) -> Result<bool, Fault> {
    match raw {
        Raw::Text(_) | Raw::Json(_) => {
            if let Some(folded) = frame.folded(slot, raw)? {
                out.extend(folded.as_bytes());
            }
        }
        Raw::Number(number) => out.extend(number.text().as_bytes()),
        Raw::Bool(value) => out.extend(if value { &b"true"[..] } else { b"false" }),
        Raw::List(list) => {
            text.clear();
            for (count, member) in list.members().enumerate() {
                if count >= limits::VALUE_MEMBERS {
                    return Err(Fault::ListTooLong);
                }
                let before = text.len();
                match member {
                    Raw::Null | Raw::Absent => continue,
                    Raw::Text(member) => fold::fold_into(member, text),
                    Raw::Json(bytes) => {
                        let mut decoded = String::new();
                        super::frame::decode(bytes, &mut decoded)?;
                        fold::fold_into(&decoded, text);
                    }
                    Raw::Number(number) => text.push_str(&number.text()),
                    Raw::Bool(value) => text.push_str(if value { "true" } else { "false" }),
                    Raw::List(_) | Raw::Map(_) => return Ok(false),
                    Raw::Malformed => return Err(Fault::Malformed),
                }
                if before > 0 && text.len() > before {
                    text.insert(before, BETWEEN);
                }
            }
            if text.is_empty() {
                return Ok(false);
            }
            out.extend(text.as_bytes());
        }
        Raw::Absent | Raw::Null | Raw::Map(_) => return Ok(false),
        Raw::Malformed => return Err(Fault::Malformed),
    }
    Ok(true)
}

/// The values of a key, as they are compared; `None` for one that was not there.
pub fn parts(key: &[u8]) -> Vec<Option<String>> {
    let mut parts = Vec::new();
    let mut rest = key;
    while let Some((head, tail)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*head);
        if length == MISSING {
            parts.push(None);
            rest = tail;
            continue;
        }
        let (value, tail) = tail.split_at_checked(length as usize).unwrap_or((tail, &[]));
        parts.push(Some(String::from_utf8_lossy(value).replace(BETWEEN, ", ")));
        rest = tail;
    }
    parts
}

/// Nanoseconds since 1970; nothing for what is no time, or beyond the years 1678 to 2261.
fn nanoseconds(text: &str) -> Option<i64> {
    Timestamp::parse(text)?.nanoseconds()
}

/// A number at a slot, as text or number.
fn number(slot: Slot, raw: Raw<'_>, frame: &mut Frame) -> Result<u64, Fault> {
    let number = match raw {
        Raw::Number(number) => Some(number),
        Raw::Text(_) | Raw::Json(_) => frame.text(slot, raw)?.and_then(Number::parse_text),
        Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
    };
    Ok(match number {
        Some(Number::Int(number)) => u64::try_from(number).unwrap_or(0),
        Some(_) | None => 0,
    })
}

impl Machine<'_> {
    /// Counts the event; is it enough now?
    pub(super) fn when(&mut self, rule: u32, index: u32, view: &dyn EventView) -> Result<bool, Fault> {
        let module = self.prepared.module();
        let context = &module.contexts[index as usize];
        let steps = std::mem::take(&mut self.counting.steps);
        let correlates = matches!(context.asks, Asks::Steps { .. });
        if correlates && steps == 0 {
            return Ok(false);
        }
        seen_by!(self, rule, view => seen);
        let moment = self.counting.moment(seen, module, &mut self.frame, &mut self.contexts)?;
        let Some(moment) = moment else {
            self.contexts.uncounted(index, false);
            return Ok(false);
        };
        let (event_id, record) = self.counting.numbers(seen, module, &mut self.frame)?;
        self.counting.value.clear();
        if let Asks::Distinct(_, of) = &context.asks {
            let Counting { value, text, .. } = &mut self.counting;
            if !values(of, seen, &mut self.frame, text, value)? {
                self.contexts.uncounted(index, true);
                return Ok(false);
            }
        }
        let whose = Whose { rule, index, moment, event_id, record };
        if !correlates || context.by.windows(2).all(|two| two[0] == two[1]) {
            let by = context.by.first().map_or(&[][..], Vec::as_slice);
            if !self.counting.key(by, seen, &mut self.frame)? {
                self.contexts.uncounted(index, true);
                return Ok(false);
            }
            return Ok(self.counts(whose, steps));
        }
        // Steps may have their keys in different fields; those with one key are counted together, so that the event fills only one of them.
        let mut keys: Vec<(Vec<u8>, u8)> = Vec::new();
        for (step, by) in context.by.iter().enumerate().filter(|(step, _)| steps >> step & 1 == 1) {
            if !self.counting.key(by, seen, &mut self.frame)? {
                self.contexts.uncounted(index, true);
                continue;
            }
            let key = self.counting.key_bytes();
            match keys.iter_mut().find(|(have, _)| have == key) {
                Some((_, steps)) => *steps |= 1 << step,
                None => keys.push((key.to_vec(), 1 << step)),
            }
        }
        let mut fires = false;
        for (key, steps) in keys {
            self.counting.key = key;
            self.counting.forget_key();
            fires |= self.counts(whose, steps);
        }
        Ok(fires)
    }

    /// Counts the event for the key at hand; says whether it is enough now.
    fn counts(&mut self, whose: Whose, steps: u8) -> bool {
        let Whose { rule, index, moment, event_id, record } = whose;
        let Counting { key, value, .. } = &self.counting;
        let occurrence = Occurrence { moment, event_id, record, value, steps };
        let said = self.contexts.count(index, &self.prepared.module().contexts[index as usize], key, occurrence);
        self.outcome.tallies.push(Tally { rule, context: index, count: said.count, fires: said.fires });
        if said.fires {
            let related = said.related.iter().map(|event| Related {
                time: event.time,
                host: self.contexts.host(event.host).to_string(),
                event_id: event.event_id.into(),
                record: event.record,
            });
            let key = parts(key).into_iter().map(Option::unwrap_or_default).collect();
            let related = related.collect();
            let text = |value: &Vec<u8>| parts(value).into_iter().flatten().collect::<Vec<_>>().join(", ");
            let values = said.values.iter().map(text).collect();
            self.counting.fired = Some(self.outcome.fired.len() as u32);
            self.outcome.fired.push(Fired { rule, context: index, count: said.count, key, related, values });
        }
        said.fires
    }

    /// Takes when and where the event happened before any alert asks: the time of its host ends quiet periods. What is wrong with it is the
    /// business of the rule that asks.
    pub(super) fn pass_time(&mut self, view: &dyn EventView) {
        let module = self.prepared.module();
        let Some(rule) = self.prepared.first_quiet() else { return };
        seen_by!(self, rule, view => seen);
        let _known = self.counting.moment(seen, module, &mut self.frame, &mut self.contexts);
    }

    pub(super) fn remember(&mut self, rule: u32, index: u32, view: &dyn EventView) -> Result<(), Fault> {
        let module = self.prepared.module();
        let named = &module.named[index as usize];
        let context = &module.contexts[named.context as usize];
        seen_by!(self, rule, view => seen);
        let moment = self.counting.moment(seen, module, &mut self.frame, &mut self.contexts)?;
        let keyed = self.counting.key(&named.by, seen, &mut self.frame)?;
        match moment {
            Some(moment) if keyed => {
                let key = self.counting.key_bytes();
                let said = self.contexts.count(named.context, context, key, Occurrence::at(moment));
                self.outcome.tallies.push(Tally { rule, context: named.context, count: said.count, fires: false });
            }
            Some(_) => self.contexts.uncounted(named.context, true),
            None => self.contexts.uncounted(named.context, false),
        }
        Ok(())
    }

    pub(super) fn forget_named(&mut self, rule: u32, index: u32, view: &dyn EventView) -> Result<(), Fault> {
        let module = self.prepared.module();
        let named = &module.named[index as usize];
        seen_by!(self, rule, view => seen);
        if self.counting.key(&named.by, seen, &mut self.frame)? {
            let context = &module.contexts[named.context as usize];
            self.contexts.forget(named.context, context, self.counting.key_bytes());
        }
        Ok(())
    }

    /// Marks what a rule asked to be sent behind the mark, if the same was sent a short time ago. Once an event: what one rule sends for it
    /// goes together.
    pub(super) fn hush(&mut self, rule: u32, mark: usize, view: &dyn EventView) -> Result<(), Fault> {
        let module = self.prepared.module();
        let Some(quiet) = &module.rules[rule as usize].quiet else { return Ok(()) };
        let mut sends = self.outcome.effects.iter().skip(mark).filter_map(|effect| match effect {
            Effect::Send { send, .. } => Some(*send),
            Effect::Name { .. }
            | Effect::Tag { .. }
            | Effect::Untag { .. }
            | Effect::Set { .. }
            | Effect::Remove { .. } => None,
        });
        let Some(first) = sends.next() else { return Ok(()) };
        let all = module.sends_of(rule);
        let bit = |send: u32| all.iter().position(|of| *of == send).map_or(0, |at| 1u64 << at.min(63));
        let sends = sends.fold(bit(first), |bits, send| bits | bit(send));
        let moment = {
            seen_by!(self, rule, view => seen);
            let moment = self.counting.moment(seen, module, &mut self.frame, &mut self.contexts)?;
            self.counting.key(&quiet.by, seen, &mut self.frame)?;
            moment
        };
        // Without a time nobody knows how long ago the last one was.
        let Some(moment) = moment else { return Ok(()) };
        if self.contexts.may_send(rule, quiet.length, self.counting.key_bytes(), moment, sends) {
            return Ok(());
        }
        for effect in self.outcome.effects.behind(mark) {
            if let Effect::Send { quiet, .. } = effect {
                *quiet = true;
            }
        }
        Ok(())
    }
}
