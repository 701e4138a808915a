//! The state as bytes.
//!
//! In: contexts, and the module that they belong to. Out: bytes that give the same state back, the same bytes for the same state; and from
//! them the state for a module whose rules may have changed meanwhile. Never here: files.
//!
//! A context is known by its alert and all that this alert does, and quiet periods by the alert's name, length and key: what was changed
//! begins anew, what is not in the new module any more is left out, and counted.

use serde::{Deserialize, Serialize};

use super::hosts::{Host, Hosts};
use super::quiet::Period;
use super::window::{KeyState, Shape};
use super::{Contexts, Troubles};
use crate::bytecode::Module;
use crate::ir::KeyField;

/// The version of the form.
const VERSION: u8 = 2;

/// Bytes that are no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// They were written by a version that has another form.
    Version,
    /// They cannot be decoded.
    Damaged,
}

impl std::fmt::Display for RestoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RestoreError::Version => "what was remembered was written by another version of this program",
            RestoreError::Damaged => "what was remembered is damaged",
        })
    }
}

impl std::error::Error for RestoreError {}

/// The quiet periods of one alert, by key.
type SavedPeriods = Vec<(Box<[u8]>, Period)>;

#[derive(Serialize, Deserialize)]
struct Saved {
    clock: u64,
    names: Vec<Box<str>>,
    hosts: Vec<Host>,
    far_future: u64,
    tables: Vec<SavedTable>,
    quiet: Vec<(String, SavedPeriods)>,
}

#[derive(Serialize, Deserialize)]
struct SavedTable {
    /// What it counts.
    identity: String,
    troubles: Troubles,
    sweep_at: usize,
    keys: Vec<(Box<[u8]>, KeyState)>,
}

/// What of a state the rules do not know any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// `when`s and `remember`s that had counted something.
    pub contexts: usize,
    /// Alerts that were quiet.
    pub alerts: usize,
    /// Messages that these kept quiet, of which no summary will tell.
    pub suppressed: u64,
}

/// What makes a context the same in another module: whose it is, what it counts, and by which fields.
fn identity(module: &Module, index: usize) -> String {
    let context = &module.contexts[index];
    // A mark has no key of its own; those that name it have.
    let marks = module.named.iter().filter(|named| named.context as usize == index).map(|named| &named.by);
    let mut keys: Vec<String> = context.by.iter().chain(marks).map(|by| names(by)).collect();
    keys.dedup();
    format!("{}|{:?}|{}|{}|{}", context.rule, context.name, context.text, context.length, keys.join(";"))
}

/// What makes the quiet periods of an alert the same in another module.
fn quiet_identity(rule: &crate::bytecode::RuleCode) -> Option<String> {
    let quiet = rule.quiet.as_ref()?;
    Some(format!("{}|{}|{}", rule.name, quiet.length, names(&quiet.by)))
}

fn names(by: &[KeyField]) -> String {
    by.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(",")
}

impl Contexts {
    /// The state as bytes. Contexts of equal text are told apart by their order.
    pub fn save(&self, module: &Module) -> Vec<u8> {
        let tables = (0u32..).zip(&self.troubles).map(|(index, troubles)| {
            let mut keys: Vec<(Box<[u8]>, KeyState)> =
                self.keys.iter(index).map(|(key, state)| (key.into(), state.clone())).collect();
            keys.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            let sweep_at = self.keys.sweep_at(index);
            SavedTable { identity: identity(module, index as usize), troubles: *troubles, sweep_at, keys }
        });
        let quiet = module.rules.iter().zip(&self.quiet.rules).filter(|(_, periods)| !periods.is_empty());
        let quiet = quiet.filter_map(|(rule, periods)| {
            let mut periods: Vec<(Box<[u8]>, Period)> =
                periods.iter().map(|(key, period)| (key.clone(), period.clone())).collect();
            periods.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            Some((quiet_identity(rule)?, periods))
        });
        let saved = Saved {
            clock: self.clock,
            names: self.hosts.names.clone(),
            hosts: self.hosts.hosts.clone(),
            far_future: self.hosts.far_future,
            tables: tables.collect(),
            quiet: quiet.collect(),
        };
        let mut bytes = vec![VERSION];
        bytes.extend(postcard::to_allocvec(&saved).unwrap_or_default());
        bytes
    }

    /// The state out of bytes. Also gives what of it is not in this module any more.
    pub fn restore(bytes: &[u8], module: &Module) -> Result<(Self, Gone), RestoreError> {
        let saved: Saved = match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body).map_err(|_| RestoreError::Damaged)?,
            Some(_) => return Err(RestoreError::Version),
            None => return Err(RestoreError::Damaged),
        };
        if saved.names.len() != saved.hosts.len() {
            return Err(RestoreError::Damaged);
        }
        let mut state = Contexts::new(&module.contexts, module.rules.len());
        state.clock = saved.clock;
        state.hosts = Hosts::new(saved.names, saved.hosts, saved.far_future);
        let known: Vec<String> = (0..module.contexts.len()).map(|index| identity(module, index)).collect();
        let mut taken = vec![false; module.contexts.len()];
        let mut gone = Gone::default();
        for table in saved.tables {
            let same = |at: &usize| !taken[*at] && known[*at] == table.identity;
            let Some(at) = (0..module.contexts.len()).find(same) else {
                gone.contexts += usize::from(!table.keys.is_empty());
                continue;
            };
            taken[at] = true;
            state.troubles[at] = table.troubles;
            state.keys.set_sweep_at(at as u32, table.sweep_at);
            let shape = Shape::of(&module.contexts[at]);
            for (key, saved) in table.keys {
                let weight = saved.weight(&shape);
                if let Some(state) = state.keys.state(at as u32, &key, || KeyState::new(false)) {
                    *state = saved;
                }
                state.keys.weigh(at as u32, 0, weight);
            }
        }
        for (name, periods) in saved.quiet {
            let alert = |rule: &crate::bytecode::RuleCode| quiet_identity(rule).as_ref() == Some(&name);
            let Some(rule) = module.rules.iter().position(alert) else {
                gone.alerts += 1;
                gone.suppressed += periods.iter().map(|(_, period)| period.count).sum::<u64>();
                continue;
            };
            for (key, period) in periods {
                state.quiet.restore(rule as u32, key, period);
            }
        }
        Ok((state, gone))
    }
}
