//! A hunt's processes and links by their processes.
//!
//! In: a [`Hunt`]. Out: look-ups, so that no form searches all of it for each process. Never here: text.

use std::collections::BTreeMap;

use crate::hunt::{Cross, Guid, Hunt, Process, Reached};

/// The look-ups.
pub(super) struct Index<'h> {
    processes: BTreeMap<Guid, &'h Process>,
    crosses: BTreeMap<Guid, Vec<&'h Cross>>,
    found: BTreeMap<Guid, (&'h Reached, usize)>,
}

impl<'h> Index<'h> {
    pub(super) fn new(hunt: &'h Hunt) -> Self {
        let all = hunt.processes.iter().chain(&hunt.stopped);
        let mut crosses: BTreeMap<Guid, Vec<&Cross>> = BTreeMap::new();
        for cross in &hunt.cross {
            crosses.entry(cross.from).or_default().push(cross);
            if cross.to != cross.from {
                crosses.entry(cross.to).or_default().push(cross);
            }
        }
        let rounds = hunt.rounds.iter().zip(1..);
        let found = rounds.flat_map(|(round, number)| round.iter().map(move |one| (one.guid, (one, number))));
        Self { processes: all.map(|process| (process.guid, process)).collect(), crosses, found: found.collect() }
    }

    /// A process that was reached or stopped at.
    pub(super) fn process(&self, guid: Guid) -> Option<&'h Process> {
        self.processes.get(&guid).copied()
    }

    /// Threads and accesses from and to a process.
    pub(super) fn crosses(&self, guid: Guid) -> &[&'h Cross] {
        self.crosses.get(&guid).map_or(&[], Vec::as_slice)
    }

    /// What led to a process, and in which round.
    pub(super) fn led_by(&self, guid: Guid) -> Option<(&'h Reached, usize)> {
        self.found.get(&guid).copied()
    }
}
