//! What becomes of events under the configuration, and why.
//!
//! In: events carried by the engine's module. Out: a row for each, sums, an explanation of one. Never here: events that are kept.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::wire::{
    ConfigEventSum, ConfigExplained, ConfigMet, ConfigMetItem, ConfigNameSum, ConfigPart, ConfigRow, ConfigSpot,
    ConfigSums,
};
use super::{Configuration, Read, line_of, part, part_at, range, test};
use crate::dialect::AgentVersion;
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::session::locate::Locate;
use crate::session::refused;
use crate::session::wire::{Answer, Refused, Seen};
use crate::sysmon::config::decide::Decider;
use crate::sysmon::config::explain::{self, FilterSpot, Spot, explain, lost, nearest};
use crate::sysmon::config::{Decision, EventFields, OnMatch, Slots, Viewed, Why};
use crate::sysmon::tags;

/// Counts of events.
#[derive(Default)]
pub(super) struct Sums {
    told: ConfigSums,
    by_event: BTreeMap<u32, [usize; 2]>,
    names: BTreeMap<Option<String>, usize>,
}

impl Sums {
    fn note(&mut self, id: u32, row: &ConfigRow) {
        self.told.events += 1;
        self.told.logged += usize::from(row.logged);
        self.told.agree += usize::from(row.agrees == Some(true));
        self.told.differ += usize::from(row.agrees == Some(false));
        self.told.lost += usize::from(row.lost);
        let [all, logged] = self.by_event.entry(id).or_default();
        *all += 1;
        *logged += usize::from(row.logged);
        if row.logged {
            *self.names.entry(row.name.clone()).or_default() += 1;
        }
    }
}

/// Takes carried events one by one; what is damaged is taken as nothing.
struct Each<F>(F);

impl<F: FnMut(Option<&Record<'_>>)> Sink for Each<F> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        (self.0)(Some(&record));
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {
        (self.0)(None);
    }
}

fn each(slots: &Slots, carried: &[u8], take: impl FnMut(Option<&Record<'_>>)) {
    let mut reader = EventReader::new(slots.layout(), AgentVersion::DEFAULT);
    // Whatever ends the reading early leaves fewer rows, which the page sees.
    let _ = reader.read_file(&Arc::from(""), Cursor::new(carried), &mut Each(take));
}

fn row(read: &Read, slots: &Slots, decision: &Decision, event: &Viewed<'_>, record: &Record<'_>) -> ConfigRow {
    let mut buffer = String::new();
    let recorded = slots.recorded(record.view, &mut buffer);
    let name = read.config.name_of(decision).filter(|_| decision.logged);
    ConfigRow {
        logged: decision.logged,
        name: name.map(String::from),
        agrees: decision.logged.then(|| name == recorded),
        block: match decision.why {
            Why::Matches { filter, .. } => Some(part(&read.config, filter)),
            Why::Always | Why::NoNode | Why::NoMatch | Why::NoneMatches => None,
        },
        lost: lost(&read.config, event),
    }
}

impl Configuration {
    fn deciding(&mut self) -> Result<(&mut Read, &Slots), Refused> {
        if !self.taken {
            return Err(refused("Sysmon would refuse this configuration", "mend the errors that are said of it"));
        }
        let none = || refused("there is no configuration", "open one");
        Ok((self.read.as_mut().ok_or_else(none)?, &self.slots))
    }

    /// Decides events: a row for each in order, and none for those that are not Sysmon's. `first`: the sums begin anew.
    pub fn decide(&mut self, carried: &[u8], first: bool) -> Answer<Vec<Option<ConfigRow>>> {
        let (read, slots) = match self.deciding() {
            Ok(both) => both,
            Err(refused) => return Answer::Refused(refused),
        };
        if first {
            (read.sums, read.fired) = Default::default();
        }
        let mut decider = read.decider.take().unwrap_or_else(|| Decider::new(&read.config));
        let mut rows = Vec::new();
        each(slots, carried, |record| {
            let Some((record, event)) = record.and_then(|record| Some((record, slots.event(record.view)?))) else {
                read.sums.told.other += 1;
                rows.push(None);
                return;
            };
            let decision = decider.decide(&event);
            read.fired.note(&read.config, &decision);
            let row = row(read, slots, &decision, &event, record);
            read.sums.note(event.id(), &row);
            rows.push(Some(row));
        });
        read.decider = Some(decider);
        Answer::Done(rows)
    }

    /// What became of the events since the sums began. `most`: rules that never decided are named, and names of events told, up to that many.
    pub fn sums(&self, most: usize) -> Answer<ConfigSums> {
        let read = match self.read() {
            Ok(read) => read,
            Err(refused) => return Answer::Refused(refused),
        };
        let (rules, never) = read.fired.never(&read.config);
        let mut locate = Locate::new(&read.sources);
        let parts = never.iter().take(most).filter_map(|rule| {
            let block = part_at(&read.config, rule.span())?;
            let node = block.split('.').next()?.parse::<usize>().ok().and_then(|at| read.config.nodes.get(at))?;
            let range = range(&mut locate, &read.config, rule.span());
            Some(ConfigPart { block, tag: node.tag.name, text: line_of(rule), range })
        });
        let by_event = read.sums.by_event.iter().map(|(id, [events, logged])| ConfigEventSum {
            id: *id,
            tag: tags::of_event(*id).map(|tag| tag.name),
            events: *events,
            logged: *logged,
        });
        let mut names: Vec<ConfigNameSum> = read
            .sums
            .names
            .iter()
            .map(|(name, events)| ConfigNameSum { name: name.clone(), events: *events })
            .collect();
        crate::order::sort_by_key(&mut names, |sum| std::cmp::Reverse(sum.events));
        names.truncate(most);
        Answer::Done(ConfigSums {
            never: never.len(),
            rules,
            never_fired: parts.collect(),
            by_event: by_event.collect(),
            names,
            ..read.sums.told.clone()
        })
    }

    /// One event, with what is asked of it.
    fn one<T>(&self, carried: &[u8], ask: impl FnOnce(&Record<'_>, &Viewed<'_>) -> T) -> Answer<T> {
        let (mut ask, mut answer) = (Some(ask), None);
        each(&self.slots, carried, |record| {
            let Some((record, event)) = record.and_then(|record| Some((record, self.slots.event(record.view)?))) else {
                return;
            };
            answer = answer.take().or_else(|| ask.take().map(|ask| ask(record, &event)));
        });
        let none = || Answer::Refused(refused("this is no event of Sysmon", "choose another one"));
        answer.map_or_else(none, Answer::Done)
    }

    /// Why an event is logged or not.
    pub fn explain(&mut self, carried: &[u8]) -> Answer<ConfigExplained> {
        let mut decider = match self.deciding() {
            Ok((read, _)) => read.decider.take().unwrap_or_else(|| Decider::new(&read.config)),
            Err(refused) => return Answer::Refused(refused),
        };
        let answer = match self.read() {
            Ok(read) => self.one(carried, |record, event| {
                let decision = decider.decide(event);
                explained(read, &self.slots, &decision, event, record)
            }),
            Err(refused) => Answer::Refused(refused),
        };
        if let Some(read) = &mut self.read {
            read.decider = Some(decider);
        }
        answer
    }

    /// What the parts of a node say of an event. Nothing where the node is not about such events.
    pub fn met(&self, node: usize, carried: &[u8]) -> Answer<Option<ConfigMet>> {
        let read = match self.read() {
            Ok(read) => read,
            Err(refused) => return Answer::Refused(refused),
        };
        self.one(carried, |_, event| {
            let met = explain::met(&read.config, node, event)?;
            let mut seen: Vec<Seen> = Vec::new();
            let mut buffer = String::new();
            for filter in read.config.nodes.get(node)?.filters() {
                if !seen.iter().any(|seen| seen.field == filter.field.value) {
                    let value = Some(event.text(filter.position, &mut buffer).to_string());
                    seen.push(Seen { field: filter.field.value.clone(), value });
                }
            }
            let items = met.items.into_iter().map(|(met, filters)| ConfigMetItem { met, filters }).collect();
            Some(ConfigMet { node: met.node, items, seen })
        })
    }
}

fn explained(
    read: &Read,
    slots: &Slots,
    decision: &Decision,
    event: &Viewed<'_>,
    record: &Record<'_>,
) -> ConfigExplained {
    let told = explain(&read.config, &read.spots, decision, event);
    let near = nearest(&read.config, &read.spots, decision, event);
    let mut locate = Locate::new(&read.sources);
    let mut spot = |at: &Spot, text: String, seen: Option<String>| ConfigSpot {
        block: part_at(&read.config, at.span),
        text,
        seen,
        range: range(&mut locate, &read.config, at.span),
    };
    let test = |filter: &FilterSpot| test(filter.field.as_str(), filter.condition, &filter.value);
    let rules = |spot: &Spot| {
        let mut all = read.config.nodes.iter().flat_map(|node| &node.items);
        all.find(|item| item.span() == spot.span).map(line_of).unwrap_or_default()
    };
    let mut buffer = String::new();
    let rule_name = |rule: &Spot| {
        let text = read.config.text.get(rule.span.range()).unwrap_or_default();
        text.lines().next().unwrap_or_default().to_string()
    };
    ConfigExplained {
        row: row(read, slots, decision, event, record),
        why: told.why,
        node: told.node.as_ref().map(|node| {
            let all = if node.relation == "and" { "all of" } else { "any of" };
            let does = if node.on_match == OnMatch::Include.word() { "include" } else { "exclude" };
            spot(&node.at, format!("{} {does}, {all}", node.tag), None)
        }),
        rule: told.rule.as_ref().map(|rule| spot(rule, rule_name(rule), None)),
        filter: told.filter.as_ref().map(|filter| spot(&filter.at, test(filter), Some(filter.seen.clone()))),
        name_at: told.name_at.as_ref().map(|at| spot(at, told.rule_name.clone().unwrap_or_default(), None)),
        recorded: slots.recorded(record.view, &mut buffer).map(String::from),
        nearest: near.as_ref().map(|near| spot(&near.at, rules(&near.at), None)),
        missing: near
            .iter()
            .flat_map(|near| &near.missing)
            .map(|f| spot(&f.at, test(f), Some(f.seen.clone())))
            .collect(),
    }
}
