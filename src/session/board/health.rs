//! How the Sysmon of each host is.
//!
//! In: events, by their times. Out: host by host what its events 4, 16 and 255 say, the longest silence of its Sysmon, and how long that has
//! been silent: what other channels of the host go on to say is counted, and is no sign of it. Never here: which silence is too long.

use super::names::{self, Names};
use super::wire::{BoardQuery, HostHealth};
use super::{Boards, at};

/// The events that say how Sysmon is.
const OF_SYSMON: [&str; 3] = ["sysmon.state_change", "sysmon.config_change", "sysmon.error"];

/// How the names of its events begin.
const PREFIX: &str = "sysmon.";

impl Boards {
    /// By their names.
    pub(super) fn hosts(&mut self, names: &Names, query: &BoardQuery) -> Result<Vec<HostHealth>, String> {
        let (_, rows) = self.rows(names, query)?;
        let (hosts, events, states) =
            (self.column(names::HOST)?, self.column(names::EVENT)?, self.column(names::STATE)?);
        let kinds = OF_SYSMON.map(|name| events.value(name));
        let kinds = events.map(|cell| {
            let is = |kind: &Option<u32>| kind.is_some_and(|kind| events.values(cell).contains(&kind));
            kinds.iter().position(is)
        });
        let of_sysmon =
            events.map(|cell| events.values(cell).iter().any(|value| events.text(*value).starts_with(PREFIX)));
        let mut told: Vec<Option<HostHealth>> = vec![None; hosts.different()];
        let mut latest = None;
        for row in self.by_time.iter().map(|row| *row as usize).filter(|row| rows.has(*row)) {
            let time = self.milliseconds(row);
            latest = time.or(latest);
            for value in hosts.values(hosts.cell(row)) {
                let Some(slot) = told.get_mut(*value as usize) else { continue };
                let host = slot.get_or_insert_with(|| HostHealth {
                    host: hosts.text(*value).to_string(),
                    events: 0,
                    others: 0,
                    first: None,
                    last: None,
                    states: 0,
                    configurations: 0,
                    errors: 0,
                    state: None,
                    gap: 0,
                    gap_from: None,
                    silent: None,
                });
                if !at(&of_sysmon, events.cell(row), false) {
                    host.others += 1;
                    continue;
                }
                host.events += 1;
                match at(&kinds, events.cell(row), None) {
                    Some(0) => {
                        host.states += 1;
                        host.state = states.cell_text(states.cell(row)).or(host.state.take());
                    }
                    Some(1) => host.configurations += 1,
                    Some(_) => host.errors += 1,
                    None => {}
                }
                let Some(time) = time else { continue };
                host.first = host.first.or(Some(time));
                if let Some(last) = host.last.replace(time)
                    && time - last > host.gap
                {
                    host.gap = time - last;
                    host.gap_from = Some(last);
                }
            }
        }
        let mut told: Vec<HostHealth> = told.into_iter().flatten().collect();
        for host in &mut told {
            host.silent = latest.zip(host.last).map(|(latest, last)| latest - last);
        }
        told.sort_by(|a, b| a.host.cmp(&b.host));
        Ok(told)
    }
}
