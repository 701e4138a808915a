//! `blocksieve sysmon diff`: what is different between two configurations, and on which events.
//!
//! In: two configurations, perhaps events. Out: changes by tag; then how many events only one of them logs, or both under different names, by event and
//! names; then the first of these events.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use serde::Serialize;

use super::args::DiffArgs;
use crate::cli::style::{self, Style};
use crate::cli::table::{columns, cut_end, safe};
use crate::cli::{Exit, Failure, report, source};
use crate::dialect::AgentVersion;
use crate::event::read::{Damaged, Record, Sink};
use crate::origin::Sources;
use crate::sysmon::Catalogue;
use crate::sysmon::config::decide::Decider;
use crate::sysmon::config::diff::{Change, Rule, diff};
use crate::sysmon::config::{Config, Slots};

/// Events that people are shown.
const LIMIT: u64 = 20;

pub(super) fn run(args: &DiffArgs, style: Style) -> Result<Exit, Failure> {
    let mut sources = Sources::default();
    let old = super::needed(&args.old, &mut sources, style)?;
    let new = super::needed(&args.new, &mut sources, style)?;
    let changes = diff(&old, &new, &sources);
    let mut exit = Exit::Clean;
    let mut events = None;
    if !args.events.is_empty() {
        let (mut old, mut new) = (old, new);
        super::put_in(&mut old, &args.old, &args.variables)?;
        super::put_in(&mut new, &args.new, &args.variables)?;
        let slots = Slots::new();
        let layout = super::layout(&slots);
        let catalogue = Catalogue::standard();
        let mut compare = Compare {
            configs: [&old, &new],
            deciders: [Decider::new(&old), Decider::new(&new)],
            slots: &slots,
            catalogue: &catalogue,
            files: source::several(&args.events),
            // A script that asks for no limit gets all; people get the first, and the sums.
            limit: args.limit.unwrap_or(if args.json { u64::MAX } else { LIMIT }),
            told: Told::default(),
            kinds: BTreeMap::new(),
            notices: report::Notices::default(),
        };
        let reading = source::Reading { layout: &layout, agent: AgentVersion::DEFAULT, strict: false, merge: false };
        exit.note(source::read_all(&args.events, reading, &mut compare, style)?.exit);
        let Compare { mut told, kinds, .. } = compare;
        told.kinds = kinds.into_iter().map(|((event, old, new), events)| Kind { event, old, new, events }).collect();
        // The most first; what is as often stays in the order of its names.
        told.kinds.sort_by_key(|kind| std::cmp::Reverse(kind.events));
        events = Some(told);
    }
    let mut out = style::stdout();
    if args.json {
        let all = All { changes: &changes, events: events.as_ref() };
        writeln!(out, "{}", serde_json::to_string_pretty(&all).map_err(std::io::Error::other)?)?;
    } else {
        out.write_all(written(&changes).as_bytes())?;
        if let Some(told) = &events {
            out.write_all(told.written().as_bytes())?;
        }
    }
    out.finish()?;
    if args.exit_code && (!changes.is_empty() || events.is_some_and(|told| told.different() > 0)) {
        exit.note(Exit::Findings);
    }
    Ok(exit)
}

#[derive(Serialize)]
struct All<'a> {
    changes: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a Told>,
}

/// Changes for people: `-` is gone, `+` is new, `~` is changed.
fn written(changes: &[Change]) -> String {
    let mut out = String::new();
    let mut under = None;
    let line = |mark: char, rule: &Rule| {
        let name = rule.name.as_deref().map(|name| format!(" -> {name}")).unwrap_or_default();
        format!("  {mark} {}{}  ({})\n", safe(&cut_end(&rule.text, 160)), safe(&name), safe(&rule.at.to_string()))
    };
    let none = |value: &Option<String>| value.as_deref().map_or("nothing".to_string(), |value| format!("{value:?}"));
    for change in changes {
        let head = match change {
            Change::Setting { .. } => "settings".to_string(),
            Change::Otherwise { tag, .. } => (*tag).to_string(),
            Change::Added(rule) | Change::Removed(rule) | Change::Renamed { rule, .. } => {
                format!("{} {}", rule.tag, rule.on_match)
            }
            Change::Reordered { tag, on_match } => format!("{tag} {on_match}"),
        };
        if under.as_ref() != Some(&head) {
            out.push_str(&format!("{head}\n"));
            under = Some(head);
        }
        out.push_str(&match change {
            Change::Setting { name, old, new } => {
                format!("  ~ {}: {} became {}\n", safe(name), safe(&none(old)), safe(&none(new)))
            }
            Change::Otherwise { logged, .. } => {
                let (now, before) = if *logged { ("logged", "dropped") } else { ("dropped", "logged") };
                format!("  ~ what nothing matches is {now} now; it was {before}\n")
            }
            Change::Added(rule) => line('+', rule),
            Change::Removed(rule) => line('-', rule),
            Change::Reordered { .. } => "  ~ the order of the rules changed: events may get other names\n".to_string(),
            Change::Renamed { rule, old } => {
                format!(
                    "  ~ {}: name {} became {}  ({})\n",
                    safe(&cut_end(&rule.text, 160)),
                    safe(&none(old)),
                    safe(&none(&rule.name)),
                    safe(&rule.at.to_string())
                )
            }
        });
    }
    if changes.is_empty() {
        out.push_str("the rules are the same\n");
    }
    out
}

/// What both say of events.
#[derive(Debug, Default, Serialize)]
struct Told {
    events: u64,
    only_old: u64,
    only_new: u64,
    other_name: u64,
    /// Those on which they differ, counted by event and names.
    kinds: Vec<Kind>,
    /// These events, as many as are shown.
    differ: Vec<Differ>,
}

#[derive(Debug, Serialize)]
struct Kind {
    event: String,
    old: Option<String>,
    new: Option<String>,
    events: u64,
}

#[derive(Debug, Serialize)]
struct Differ {
    record: String,
    event: String,
    /// The name under which each logs it; nothing where it does not.
    old: Option<String>,
    new: Option<String>,
}

impl Told {
    /// Events on which they differ.
    fn different(&self) -> u64 {
        self.only_old + self.only_new + self.other_name
    }

    fn written(&self) -> String {
        let mut out = String::new();
        let cell =
            |name: &Option<String>| name.as_deref().map_or("not logged".to_string(), |name| safe(&cut_end(name, 48)));
        if !self.kinds.is_empty() {
            let row = |kind: &Kind| vec![kind.events.to_string(), kind.event.clone(), cell(&kind.old), cell(&kind.new)];
            let rows: Vec<Vec<String>> = self.kinds.iter().map(row).collect();
            out.push_str(&format!("\n{}", columns(&["EVENTS", "EVENT", "OLD", "NEW"], &rows)));
        }
        if !self.differ.is_empty() {
            let row = |differ: &Differ| {
                vec![differ.record.clone(), differ.event.clone(), cell(&differ.old), cell(&differ.new)]
            };
            let rows: Vec<Vec<String>> = self.differ.iter().map(row).collect();
            out.push_str(&format!("\n{}", columns(&["RECORD", "EVENT", "OLD", "NEW"], &rows)));
            let more = self.different().saturating_sub(self.differ.len() as u64);
            if more > 0 {
                out.push_str(&format!("… and {more} more (--limit N shows more)\n"));
            }
        }
        let Told { events, only_old, only_new, other_name, .. } = self;
        out.push_str(&format!(
            "\n{}: {only_old} logged by the old one alone, {only_new} by the new one alone, {other_name} under another name\n",
            source::plural(*events, "event")
        ));
        out
    }
}

struct Compare<'c> {
    configs: [&'c Config; 2],
    deciders: [Decider; 2],
    slots: &'c Slots,
    catalogue: &'c Catalogue,
    files: bool,
    limit: u64,
    told: Told,
    kinds: BTreeMap<(String, Option<String>, Option<String>), u64>,
    notices: report::Notices,
}

impl Sink for Compare<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let Some(event) = self.slots.event(record.view) else { return ControlFlow::Continue(()) };
        let [old, new] = &mut self.deciders;
        let [old, new] = [(old.decide(&event), self.configs[0]), (new.decide(&event), self.configs[1])]
            .map(|(decision, config)| decision.logged.then(|| config.name_of(&decision).unwrap_or("-").to_string()));
        let told = &mut self.told;
        told.events += 1;
        told.only_old += u64::from(old.is_some() && new.is_none());
        told.only_new += u64::from(old.is_none() && new.is_some());
        told.other_name += u64::from(old.is_some() && new.is_some() && old != new);
        if old != new {
            let event = super::event_name(&event, self.catalogue);
            if (told.differ.len() as u64) < self.limit {
                let record = source::place(&record.place, self.files);
                told.differ.push(Differ { record, event: event.clone(), old: old.clone(), new: new.clone() });
            }
            *self.kinds.entry((event, old, new)).or_default() += 1;
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.notices.damaged(&damaged);
    }
}

impl source::Taker for Compare<'_> {}
