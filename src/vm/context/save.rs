//! The state as bytes.
//!
//! In: contexts, and the module that they belong to. Out: bytes that give the same state back, the same bytes for the same state; and from
//! them the state for a module whose rules may have changed meanwhile. Never here: files.
//!
//! A context is known by what it counts (its text, key and length) and an alert by its name: what is not in the new module any more is left
//! out, and counted.

use serde::{Deserialize, Serialize};

use super::hosts::{Host, Hosts};
use super::quiet::Period;
use super::window::KeyState;
use super::{Contexts, Troubles};
use crate::bytecode::Module;
use crate::ir::Context;

/// The version of the form.
const VERSION: u8 = 1;

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
    keys: Vec<(Box<[u8]>, KeyState)>,
}

/// What makes a context the same in another module.
fn identity(context: &Context) -> String {
    let keys: Vec<String> = context
        .by
        .iter()
        .map(|fields| fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(","))
        .collect();
    format!("{:?} {} {} {}", context.name, context.text, context.length, keys.join(";"))
}

impl Contexts {
    /// The state as bytes. Contexts of equal text are told apart by their order.
    pub fn save(&self, module: &Module) -> Vec<u8> {
        let tables = (0u32..).zip(&module.contexts).zip(&self.troubles).map(|((index, context), troubles)| {
            let mut keys: Vec<(Box<[u8]>, KeyState)> =
                self.keys.iter(index).map(|(key, state)| (key.into(), state.clone())).collect();
            keys.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            SavedTable { identity: identity(context), troubles: *troubles, keys }
        });
        let quiet = module.rules.iter().zip(&self.quiet.rules).filter(|(_, periods)| !periods.is_empty());
        let quiet = quiet.map(|(rule, periods)| {
            let mut periods: Vec<(Box<[u8]>, Period)> =
                periods.iter().map(|(key, period)| (key.clone(), period.clone())).collect();
            periods.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            (rule.name.clone(), periods)
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

    /// The state out of bytes. Also gives how many contexts and alerts of them are not in this module any more.
    pub fn restore(bytes: &[u8], module: &Module) -> Result<(Self, usize), RestoreError> {
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
        let mut taken = vec![false; module.contexts.len()];
        let mut gone = 0;
        for table in saved.tables {
            let same = |at: &usize| !taken[*at] && identity(&module.contexts[*at]) == table.identity;
            let Some(at) = (0..module.contexts.len()).find(same) else {
                gone += usize::from(!table.keys.is_empty());
                continue;
            };
            taken[at] = true;
            state.troubles[at] = table.troubles;
            for (key, saved) in table.keys {
                if let Some(state) = state.keys.state(at as u32, &key, || KeyState::new(false)) {
                    *state = saved;
                }
            }
        }
        for (name, periods) in saved.quiet {
            let alert = |rule: &crate::bytecode::RuleCode| rule.quiet.is_some() && rule.name == name;
            let Some(rule) = module.rules.iter().position(alert) else {
                gone += 1;
                continue;
            };
            for (key, period) in periods {
                state.quiet.restore(rule as u32, key, period);
            }
        }
        Ok((state, gone))
    }
}
