//! The values that a test of the twin is about.
//!
//! In: an operand, and the event as the rules before left it. Out: its values, one by one. Never here: what is asked of them.

use super::single::through;
use super::{Did, Failed, Run, Values};
use crate::ast::{Function, Number, RuleKind};
use crate::dialect::Reading;
use crate::event::{Layout, Slot, Value, find, is_stored, without};
use crate::ir::{From, Operand, Through};
use crate::limits;
use crate::sysmon::normalise;

type Fields = [(String, Value)];

impl Run<'_> {
    /// The value at a slot as the rules before left it.
    pub(super) fn slot(&self, slot: Slot) -> Option<Value> {
        if let Some((layout, fields)) = self.element {
            return look_up(layout, fields, slot);
        }
        for did in self.decision.did.iter().rev() {
            match did {
                Did::Set(_, to, value) if *to == slot => return Some(value.clone()),
                Did::Remove(_, removed) => {
                    let paths = self.program.layout.get(slot).map(|field| field.paths.clone()).unwrap_or_default();
                    if paths.iter().any(|path| hidden(path, removed)) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        let message = self.program.layout.get(slot).and_then(|field| field.paths.first());
        if !self.stored && message.is_some_and(|path| normalise::Derived::of(path).is_some()) {
            return self.derived(slot);
        }
        let sent = self.sent(slot);
        match sent {
            None | Some(Value::Null) => self.derived(slot).or(sent),
            there => there,
        }
    }

    /// The value at a slot as it was sent, where it stands under a name that is the sender's to use.
    pub(super) fn sent(&self, slot: Slot) -> Option<Value> {
        let field = self.program.layout.get(slot)?;
        let behind = self.kind != RuleKind::Filter;
        let own = |path: &&String| self.stored || !(path.starts_with("msg.") || behind && is_stored(path));
        let paths = field.paths.iter().filter(own);
        paths.filter_map(|path| find(self.event, path)).find(|value| **value != Value::Null).cloned()
    }

    /// What the normaliser makes of the event as the rules before left it.
    pub(super) fn derived(&self, slot: Slot) -> Option<Value> {
        let path = self.program.layout.get(slot)?.paths.first()?;
        normalise::Derived::of(path)?;
        let removed = self.decision.did.iter().filter_map(|did| match did {
            Did::Remove(_, paths) => Some(paths),
            _ => None,
        });
        let removed: Vec<&str> = removed.flatten().map(String::as_str).collect();
        let msg = normalise::msg(&without(self.event, &removed), &[]);
        find(&msg, path.strip_prefix("msg.")?).cloned()
    }

    pub(super) fn values(&mut self, operand: &Operand, reading: Reading) -> Result<Values, Failed> {
        let mut out = Values { values: Vec::new(), there: false, compound: false };
        let roots: Vec<Value> = match operand.from {
            From::Event | From::Typed(..) => Vec::new(),
            From::Slot(slot) | From::Hash(_, slot) => self.slot(slot).into_iter().collect(),
            From::AnyField => self.leaves(),
            From::AnyOf(slots) => slots.into_iter().filter_map(|slot| self.slot(slot)).collect(),
        };
        if roots.is_empty() && operand.from != From::AnyField {
            let read = reading.absent_reads_as.map(|text| Value::Text(text.to_string()));
            out.values.extend(read.map(|value| through(self.program, &value, operand, reading)).transpose()?);
            return Ok(out);
        }
        for root in roots {
            out.there = true;
            match &root {
                Value::List(members) => {
                    out.compound = true;
                    let of_hash = matches!(operand.from, From::Hash(..));
                    if !of_hash && operand.through.first() == Some(&Through::Function(Function::LengthOf)) {
                        if members.len() > limits::VALUE_MEMBERS {
                            return Err(Failed);
                        }
                        out.compound = false;
                        let count = Value::Number(Number::Int(members.len() as i128));
                        let rest = Operand { from: operand.from, through: operand.through[1..].to_vec() };
                        out.values.push(through(self.program, &count, &rest, reading)?);
                        continue;
                    }
                    if members.len() > limits::VALUE_MEMBERS {
                        return Err(Failed);
                    }
                    for member in members.iter().filter(|member| **member != Value::Null) {
                        out.values.push(through(self.program, member, operand, reading)?);
                    }
                }
                Value::Map(_) => out.compound = true,
                scalar => out.values.push(through(self.program, scalar, operand, reading)?),
            }
        }
        Ok(out)
    }

    pub(super) fn leaves(&self) -> Vec<Value> {
        let mut out = Vec::new();
        let removed: Vec<&Vec<String>> = self
            .decision
            .did
            .iter()
            .filter_map(|did| match did {
                Did::Remove(_, paths) => Some(paths),
                _ => None,
            })
            .collect();
        crate::event::leaves(self.event, &mut |path, raw| {
            use crate::event::Raw;
            if !removed.iter().any(|paths| hidden(path, paths)) {
                out.extend(match raw {
                    Raw::Bool(flag) => Some(Value::Bool(flag)),
                    Raw::Number(number) => Some(Value::Number(number)),
                    Raw::Text(text) => Some(Value::Text(text.to_string())),
                    _ => None,
                });
            }
            std::ops::ControlFlow::Continue(())
        });
        for did in &self.decision.did {
            if let Did::Set(_, slot, value) = did
                && self.slot(*slot).as_ref() == Some(value)
            {
                out.push(value.clone());
            }
        }
        out
    }
}

fn look_up(layout: &Layout, fields: &Fields, slot: Slot) -> Option<Value> {
    layout.get(slot)?.paths.iter().filter_map(|path| find(fields, path)).find(|value| **value != Value::Null).cloned()
}

fn hidden(path: &str, removed: &[String]) -> bool {
    removed
        .iter()
        .any(|removed| ['.', '@'].iter().any(|end| path == removed || path.starts_with(&format!("{removed}{end}"))))
}
