//! What observed filters said on endpoints: tags `would_drop:RULE` of events, counted.
//!
//! In: the agent's tags of each event, and whether it is dropped here. Out: a table by rule. Never here: what rules here do.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::event::{EventView, FieldPath, Layout, Raw, Slot, Value};
use crate::target::winlogbeat::WOULD_DROP;

/// Counts by rule.
#[derive(Debug)]
pub(super) struct Observed {
    /// Where the agent's tags stand; `None` where no more fields can be read.
    slot: Option<Slot>,
    found: Found,
}

/// Events with tags of observed filters.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Found {
    /// How many.
    pub(super) events: u64,
    /// Those of them that are dropped here.
    pub(super) dropped_here: u64,
    /// By the rule that would have dropped them.
    pub(super) rules: BTreeMap<String, u64>,
}

impl Observed {
    pub(super) fn new(layout: &mut Layout) -> Self {
        let slot = layout.slot(FieldPath { name: "tags".to_string(), paths: vec!["tags".to_string()] });
        Self { slot, found: Found::default() }
    }

    /// Counts an event that is dropped here, or is not.
    pub(super) fn note(&mut self, view: &dyn EventView, dropped: bool) {
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
        let mut any = false;
        for tag in &tags {
            if let Value::Text(tag) = tag
                && let Some(rule) = tag.strip_prefix(WOULD_DROP)
            {
                *self.found.rules.entry(rule.to_string()).or_default() += 1;
                any = true;
            }
        }
        self.found.events += u64::from(any);
        self.found.dropped_here += u64::from(any && dropped);
    }

    /// What was found, if anything was.
    pub(super) fn found(&self) -> Option<&Found> {
        (self.found.events > 0).then_some(&self.found)
    }
}

impl Found {
    /// For people.
    pub(super) fn told(&self) -> String {
        let (s, have) = if self.events == 1 { ("", "has") } else { ("s", "have") };
        let mut out = format!(
            "{} event{s} {have} tags of observed filters; {} of them dropped here\n",
            self.events,
            if self.dropped_here == self.events { "all".to_string() } else { self.dropped_here.to_string() }
        );
        let most = self.rules.values().max().copied().unwrap_or(0).to_string().len();
        for (rule, events) in &self.rules {
            out.push_str(&format!("  {events:>most$}  {WOULD_DROP}{}\n", crate::cli::table::safe(rule)));
        }
        out
    }
}
