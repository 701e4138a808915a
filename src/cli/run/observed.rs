//! What observed filters said on endpoints: tags `would_drop:RULE` of events, counted.
//!
//! In: the agent's tags of each event, and whether it is dropped here. Out: a table by rule. Never here: what rules here do.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::event::{EventView, FieldPath, Layout, Raw, Slot, Value};
use crate::target::winlogbeat::WOULD_DROP;

/// Counts by rule.
#[derive(Debug)]
pub(in crate::cli) struct Observed {
    /// Where the agent's tags stand; `None` where no more fields can be read.
    slot: Option<Slot>,
    found: Found,
}

/// Events with tags of observed filters.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::cli) struct Found {
    /// How many.
    pub(in crate::cli) events: u64,
    /// Those of them that are dropped here.
    pub(in crate::cli) dropped_here: u64,
    /// By the rule that would have dropped them.
    pub(in crate::cli) rules: BTreeMap<String, ByRule>,
}

/// Events that one rule would have dropped.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(in crate::cli) struct ByRule {
    /// How many.
    pub(in crate::cli) events: u64,
    /// Those of them that are dropped here, by whatever rule.
    pub(in crate::cli) dropped_here: u64,
}

impl Observed {
    pub(in crate::cli) fn new(layout: &mut Layout) -> Self {
        let slot = layout.slot(FieldPath { name: "tags".to_string(), paths: vec!["tags".to_string()] });
        Self { slot, found: Found::default() }
    }

    /// Counts an event that is dropped here, or is not.
    pub(in crate::cli) fn note(&mut self, view: &dyn EventView, dropped: bool) {
        let Some(raw) = self.slot.map(|slot| view.raw(slot)) else { return };
        // Most events have no tags at all.
        let tags = match raw {
            Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::Map(_) | Raw::Malformed => return,
            Raw::Text(_) | Raw::Json(_) | Raw::List(_) => raw.to_value(),
        };
        let tags = match tags {
            Ok(Some(Value::List(tags))) => tags,
            Ok(Some(Value::Text(tag))) => vec![Value::Text(tag)],
            // A damaged tag is no tag; who reads every byte tells of it.
            Ok(Some(_) | None) | Err(_) => return,
        };
        // The same tag twice is one.
        let rules: BTreeSet<&str> = tags
            .iter()
            .filter_map(|tag| if let Value::Text(tag) = tag { tag.strip_prefix(WOULD_DROP) } else { None })
            .filter(|rule| !rule.is_empty())
            .collect();
        for rule in &rules {
            let found = self.found.rules.entry((*rule).to_string()).or_default();
            found.events += 1;
            found.dropped_here += u64::from(dropped);
        }
        self.found.events += u64::from(!rules.is_empty());
        self.found.dropped_here += u64::from(!rules.is_empty() && dropped);
    }

    /// The same with nothing counted.
    pub(in crate::cli) fn anew(&self) -> Self {
        Self { slot: self.slot, found: Found::default() }
    }

    /// Adds what was counted elsewhere.
    pub(in crate::cli) fn add(&mut self, other: &Observed) {
        self.found.events += other.found.events;
        self.found.dropped_here += other.found.dropped_here;
        for (rule, found) in &other.found.rules {
            let entry = self.found.rules.entry(rule.clone()).or_default();
            entry.events += found.events;
            entry.dropped_here += found.dropped_here;
        }
    }

    /// What was found, if anything was.
    pub(in crate::cli) fn found(&self) -> Option<&Found> {
        (self.found.events > 0).then_some(&self.found)
    }
}

impl Found {
    /// For people. `is_known`: is there a rule of this name here?
    pub(in crate::cli) fn told(&self, is_known: impl Fn(&str) -> bool) -> String {
        let (s, have) = if self.events == 1 { ("", "has") } else { ("s", "have") };
        let of = |dropped: u64, events: u64| match (dropped, events) {
            (dropped, events) if dropped == events => "all dropped here".to_string(),
            (0, _) => "none dropped here".to_string(),
            (dropped, _) => format!("{dropped} dropped here"),
        };
        let mut out = format!(
            "{} event{s} {have} tags of observed filters, {}\n",
            self.events,
            of(self.dropped_here, self.events)
        );
        let most = self.rules.values().map(|rule| rule.events).max().unwrap_or(0).to_string().len();
        for (name, rule) in &self.rules {
            let unknown = if is_known(name) { "" } else { "; no rule here has this name" };
            let dropped = of(rule.dropped_here, rule.events);
            let name = crate::cli::table::safe(name);
            out.push_str(&format!("  {:>most$}  {WOULD_DROP}{name}: {dropped}{unknown}\n", rule.events));
        }
        out
    }
}
