//! What a reading of events comes to, for people.
//!
//! In: the events that are shown or counted, one by one, and what was damaged. Out: lines for standard error. In bounded memory: of
//! hosts and kinds of events beyond the first [`VALUES`] only the number of events is known. Never here: standard output.

use std::fmt::Write;

use super::super::source::{Totals, plural};
use super::super::table;
use super::tally::Tally;
use crate::ast::Timestamp;
use crate::event::{EventView, Form, Layout, Raw, Slot};
use crate::search::text;
use crate::sysmon::{self, Catalogue};

/// Different hosts, and kinds of events, that are counted one by one.
const VALUES: usize = 16_384;
/// Characters of each that count.
const CHARACTERS: usize = 128;
/// Hosts that are told, and kinds of events.
const HOSTS: usize = 10;
const EVENTS: usize = 100;

/// Counts over a reading.
pub(super) struct Summary {
    /// Events that were read.
    pub read: u64,
    /// Those that were shown or counted.
    pub taken: u64,
    /// Records that were skipped.
    pub damaged: u64,
    /// Events on which the condition could not be evaluated.
    pub failed: u64,
    /// What else is to be told: how many, of what.
    pub notes: Vec<(u64, String)>,
    /// Events for which a test of the condition could not be decided, by the reason.
    undecided: Vec<(&'static str, u64)>,
    forms: [u64; Form::ALL.len()],
    events: Tally<String>,
    hosts: Tally<String>,
    /// First and last time.
    span: Option<[(Timestamp, String); 2]>,
    /// Events without a time.
    timeless: u64,
    time: Slot,
    host: Slot,
    buffer: [String; 2],
    key: String,
}

/// Between an event's id and its provider.
const AND: char = '\0';

impl Summary {
    /// With the slots of time and host.
    pub fn new(time: Slot, host: Slot) -> Self {
        let tally = || Tally::new(VALUES, VALUES * CHARACTERS * 4);
        Self {
            read: 0,
            taken: 0,
            damaged: 0,
            failed: 0,
            notes: Vec::new(),
            undecided: Vec::new(),
            forms: [0; Form::ALL.len()],
            events: tally(),
            hosts: tally(),
            span: None,
            timeless: 0,
            time,
            host,
            buffer: Default::default(),
            key: String::new(),
        }
    }

    /// Counts an event that is shown or counted.
    pub fn take(&mut self, view: &dyn EventView, form: Form) {
        self.taken += 1;
        if let Some(count) = self.forms.get_mut(form as usize) {
            *count += 1;
        }
        let [first, second] = &mut self.buffer;
        let host = text(view.raw(self.host), first).map_or("-", |host| short(host));
        self.hosts.add(host, host.len());
        let id = text(view.raw(Layout::EVENT_ID), first).unwrap_or("-");
        let provider = match view.raw(Layout::PROVIDER) {
            Raw::Absent | Raw::Null | Raw::Text("") | Raw::Json(b"") => text(view.raw(Layout::CHANNEL), second),
            provider => text(provider, second),
        };
        self.key.clear();
        // So that equally frequent ones are in the order of their numbers.
        let _ = write!(self.key, "{:>10}{AND}{}", short(id), short(provider.unwrap_or("")));
        self.events.add(self.key.as_str(), self.key.len());
        let time = text(view.raw(self.time), first);
        let Some((at, time)) = time.and_then(|time| Some((Timestamp::parse(time)?, time))) else {
            self.timeless += 1;
            return;
        };
        match &mut self.span {
            None => self.span = Some([(at, time.to_string()), (at, time.to_string())]),
            Some([first, _]) if at < first.0 => *first = (at, time.to_string()),
            Some([_, last]) if at > last.0 => *last = (at, time.to_string()),
            Some(_) => {}
        }
    }

    /// Counts an event for which a test could not be decided.
    pub fn undecided(&mut self, why: &'static str) {
        match self.undecided.iter_mut().find(|(have, _)| *have == why) {
            Some((_, count)) => *count += 1,
            None => self.undecided.push((why, 1)),
        }
    }

    /// For people. `condition`: only events that meet one were taken; `stopped`: the reading was broken off.
    pub fn written(&self, totals: &Totals, condition: bool, stopped: bool, catalogue: &Catalogue) -> String {
        let mut out = String::new();
        let from = plural(totals.inputs, "input");
        let _ = match condition {
            true => write!(out, "{} of {} from {from} fit", self.taken, plural(self.read, "event")),
            false => write!(out, "{} from {from}", plural(self.taken, "event")),
        };
        if let Some([(_, first), (_, last)]) = &self.span {
            let _ = write!(out, ", {} to {}", table::safe(first), table::safe(last));
        }
        out.push_str(if stopped { "; what follows was not read\n" } else { "\n" });
        let forms = Form::ALL.into_iter().filter_map(|form| {
            let count = self.forms.get(form as usize).copied().unwrap_or(0);
            (count > 0).then(|| (count, form.word().to_string()))
        });
        part(&mut out, "form", forms.collect());
        part(
            &mut out,
            "event",
            told(&self.events, EVENTS, "event", |key| {
                let (id, provider) = key.split_once(AND).unwrap_or((key, ""));
                let name = name(id.trim_start(), provider, catalogue);
                // Sysmon on Linux has the same ids and names, and some forms name no provider.
                match provider {
                    "" => format!("{name} (no provider)"),
                    sysmon::LINUX => format!("{name} ({provider})"),
                    channel if channel.ends_with("Sysmon/Operational") => format!("{name} (no provider)"),
                    _ => name,
                }
            }),
        );
        part(&mut out, "host", told(&self.hosts, HOSTS, "host", table::safe));
        let mut wrong: Vec<(u64, String)> = vec![
            (self.damaged, "damaged and skipped".to_string()),
            (self.failed, "on which the condition was not evaluated".to_string()),
            (self.timeless, "without a time".to_string()),
            (totals.stats.duplicate_keys, "repeated keys or names".to_string()),
        ];
        wrong.extend(self.notes.iter().cloned());
        wrong.extend(self.undecided.iter().map(|(why, count)| (*count, format!("not decided: {why}"))));
        wrong.retain(|(count, _)| *count > 0);
        part(&mut out, "note", wrong);
        out
    }
}

/// The first characters.
fn short(text: &str) -> &str {
    text.char_indices().nth(CHARACTERS).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// The most frequent values, and how often others came.
fn told(tally: &Tally<String>, most: usize, word: &str, show: impl Fn(&str) -> String) -> Vec<(u64, String)> {
    let all = tally.most_first();
    let mut told: Vec<(u64, String)> = all.iter().take(most).map(|(value, count)| (*count, show(value))).collect();
    let rest: u64 = all.iter().skip(most).map(|(_, count)| count).sum();
    if rest > 0 {
        told.push((rest, format!("of {}", plural((all.len() - most) as u64, &format!("other {word}")))));
    }
    if tally.beyond > 0 {
        told.push((tally.beyond, format!("of {word}s beyond the first {}, which are not told apart", tally.len())));
    }
    told
}

/// What people call an event.
pub(super) fn name(id: &str, provider: &str, catalogue: &Catalogue) -> String {
    let number = id.parse().ok();
    // Where no provider is named, the channel stands in its place.
    let known = number.and_then(|id| {
        catalogue.event_of(Some(provider), id, None).or_else(|| catalogue.event_of(None, id, Some(provider)))
    });
    let name = match known.and_then(|event| catalogue.event_at(event)) {
        Some(event) => event.name.trim_start_matches("sysmon."),
        None => provider.trim_start_matches("Microsoft-Windows-"),
    };
    table::safe(format!("{id} {name}").trim_end())
}

/// Lines of a count each, under each other.
fn part(out: &mut String, title: &str, lines: Vec<(u64, String)>) {
    let width = lines.iter().map(|(count, _)| count.to_string().len()).max().unwrap_or(0);
    for (at, (count, text)) in lines.iter().enumerate() {
        let title = if at == 0 { title } else { "" };
        let _ = writeln!(out, "  {title:<6} {count:>width$}  {text}");
    }
}
