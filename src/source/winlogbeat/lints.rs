//! What an agent's configuration says and is hardly meant: conditions on what is not there, or not any more, and patterns that are found in more than
//! they look like.
//!
//! In: a configuration with its places. Out: findings. Never here: what keeps the agent from starting, and what libbeat itself passes over; the reader
//! of the configuration has that.

use super::drops::{self, Comes, NeverPlaces, Scope};
use super::{channel, values};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::libbeat::config::{Action, Config, Entry, Places};
use crate::libbeat::{Condition, Constant, Processor};
use crate::origin::{Origin, Span};

/// Names at the top of an event that Elasticsearch's pipeline makes, or the module's script of Winlogbeat 7.
const MADE_LATER: [&str; 12] = [
    "destination",
    "dns",
    "file",
    "network",
    "process",
    "registry",
    "related",
    "rule",
    "service",
    "source",
    "sysmon",
    "user",
];

/// Processors that make none of those fields, and change none that conditions ask for.
const MAKE_NO_FIELDS: [&str; 15] = [
    "add_cloud_metadata",
    "add_docker_metadata",
    "add_formatted_index",
    "add_host_metadata",
    "add_id",
    "add_kubernetes_metadata",
    "add_locale",
    "add_nomad_metadata",
    "add_observer_metadata",
    "add_tags",
    "drop_event",
    "drop_fields",
    "include_fields",
    "rate_limit",
    "truncate_fields",
];

/// Everything that is found, with what the reader of the configuration found.
pub(super) fn findings(config: &Config, text: &str, version: AgentVersion, read: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let channels =
        config.event_logs.iter().filter_map(|log| log.name.as_ref().map(|name| name.value.clone())).collect();
    let never = NeverPlaces::of(read.iter());
    let (found, removed, conditions) = (Vec::new(), Vec::new(), Vec::new());
    let mut lints = Lints { version, text, channels, never, found, removed, changed: false, gone: None, conditions };
    for log in &config.event_logs {
        // What an event log's processors do is not done to the events of another.
        let before = (lints.removed.clone(), lints.changed, lints.gone);
        let scope = log.name.as_ref().map_or_else(Scope::every, |name| Scope::of_channel(&name.value));
        lints.list(&log.processors, true, &scope);
        (lints.removed, lints.changed, lints.gone) = before;
    }
    lints.list(&config.processors, true, &Scope::every());
    drops::grouped(read.into_iter().chain(lints.found).collect(), lints.conditions)
}

struct Lints<'t> {
    version: AgentVersion,
    /// The configuration.
    text: &'t str,
    /// What the reader knows to hold for no event.
    never: NeverPlaces,
    /// Where conditions stand.
    conditions: Vec<Span>,
    /// What is collected; nothing is known where there is none.
    channels: Vec<String>,
    found: Vec<Diagnostic>,
    /// Fields that are taken away from every event, and where.
    removed: Vec<(String, Origin)>,
    /// Something may have made fields.
    changed: bool,
    /// Where every event is dropped.
    gone: Option<Origin>,
}

impl Lints<'_> {
    /// `always`: nothing decides whether the list runs.
    fn list(&mut self, entries: &[Entry], always: bool, scope: &Scope) {
        let mut told = false;
        for entry in entries {
            if let Some(gone) = self.gone.filter(|_| !told) {
                told = true;
                self.found.push(
                    Diagnostic::new(
                        Code::AgentIgnores,
                        entry.origin,
                        "nothing comes as far as this: every event is dropped before",
                    )
                    .related(gone, "dropped here")
                    .help("order decides: put it in front, or give the drop a condition"),
                );
            }
            self.entry(entry, always, scope);
        }
    }

    fn entry(&mut self, entry: &Entry, always: bool, scope: &Scope) {
        match &entry.action {
            Action::Simple(processor) => {
                let condition = match processor {
                    Processor::DropEvent { when }
                    | Processor::DropFields { when, .. }
                    | Processor::DropFieldsIfThere { when, .. }
                    | Processor::AddTags { when, .. }
                    | Processor::AddFields { when, .. } => when.as_ref(),
                    Processor::If { condition, .. } => Some(condition),
                };
                let asked = condition.map(|condition| self.asked(condition, entry));
                let scope = asked.as_ref().map_or_else(|| scope.clone(), |asked| scope.with(asked));
                if matches!(processor, Processor::DropEvent { .. }) {
                    self.found.extend(scope.dropped(entry.origin));
                }
                let sure = always && condition.is_none();
                match processor {
                    Processor::DropEvent { .. } if sure => self.gone = Some(entry.origin),
                    Processor::DropFields { fields, .. } | Processor::DropFieldsIfThere { fields, .. } if sure => {
                        self.removed.extend(fields.iter().map(|field| (field.clone(), entry.origin)));
                    }
                    Processor::AddFields { .. } => self.changed = true,
                    Processor::DropEvent { .. }
                    | Processor::DropFields { .. }
                    | Processor::DropFieldsIfThere { .. }
                    | Processor::AddTags { .. }
                    | Processor::If { .. } => {}
                }
            }
            Action::If { condition, then, otherwise } => {
                let asked = self.asked(condition, entry);
                self.list(then, false, &scope.with(&asked));
                self.list(otherwise, false, &scope.without(&asked));
            }
            Action::Other { name, .. } if MAKE_NO_FIELDS.contains(&name.as_str()) => {}
            // A script may do anything.
            Action::Other { .. } => {
                self.changed = true;
                self.removed.clear();
            }
        }
    }

    /// Looks at the condition of an entry. What it comes to, and the leaves for which it does.
    fn asked(&mut self, condition: &Condition, entry: &Entry) -> (Comes, Vec<Origin>) {
        let places = entry.when.as_ref();
        let start = self.found.len();
        self.condition(condition, places, entry.origin);
        self.conditions.extend(places.and_then(|places| places.origin.as_span()));
        // A field that was changed may be of another type now.
        if self.changed {
            return (Comes::Open, Vec::new());
        }
        let own = NeverPlaces::of(self.found.iter().skip(start));
        let mut leaves = Vec::new();
        let comes = drops::fold(condition, places, &[&self.never, &own], &mut leaves);
        (comes, leaves)
    }

    /// Conditions nest as deep as the reader of YAML lets them.
    fn condition(&mut self, condition: &Condition, places: Option<&Places>, outer: Origin) {
        let origin = places.map_or(outer, |places| places.origin);
        let part = |at: usize| places.and_then(|places| places.parts.get(at));
        match condition {
            Condition::Or(members) | Condition::And(members) => {
                for (at, member) in members.iter().enumerate() {
                    self.condition(member, part(at), origin);
                }
            }
            Condition::Not(inner) => self.condition(inner, part(0), origin),
            Condition::True => {}
            Condition::HasFields(paths) => paths.iter().for_each(|path| self.path(path, origin)),
            Condition::Equals(path, value) => {
                self.path(path, origin);
                self.channel(path, value, origin);
                if !self.changed {
                    self.found.extend(values::of_other_type(path, value, self.text, origin));
                }
                if matches!(value, Constant::Text(_)) {
                    self.text_of(path, origin);
                }
            }
            Condition::Network(path, _) => self.path(path, origin),
            Condition::Contains(path, needle) => {
                self.path(path, origin);
                self.text_of(path, origin);
                self.found.extend(values::part_of_id(path, needle, origin));
            }
            Condition::Regexp(path, pattern) => {
                self.path(path, origin);
                self.text_of(path, origin);
                self.found.extend(values::unanchored(path, pattern, self.version, origin));
            }
            Condition::Range(path, _) => {
                self.path(path, origin);
                if !self.changed && !self.version.range_reads_text() && path.starts_with("winlog.event_data.") {
                    let message = format!("`{path}` is a text, and `range` reads no texts before Winlogbeat 8.14");
                    self.never(origin, message, "compare the texts that are meant, or their digits by a pattern");
                }
            }
        }
    }

    /// A condition on a text.
    fn text_of(&mut self, path: &str, origin: Origin) {
        if !self.changed {
            self.found.extend(values::of_integer(path, self.version, origin));
        }
    }

    /// Is the field there where the condition asks for it?
    fn path(&mut self, path: &str, origin: Origin) {
        let below =
            |name: &String| path == name || path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'));
        if let Some((name, dropped)) = self.removed.iter().find(|(name, _)| below(name)) {
            let message = format!("`{name}` was taken away before: this holds for no event");
            let found = Diagnostic::new(Code::AgentNever, origin, message)
                .related(*dropped, "taken away here")
                .help("order decides: ask for the field first");
            self.found.push(found);
            return;
        }
        let top = path.split('.').next().unwrap_or_default();
        if path.contains('.') && MADE_LATER.contains(&top) && !self.changed {
            let help = match self.version.major {
                0..=7 => {
                    "put the filter behind the module's script, or ask for what the event has: `winlog.event_data.…`"
                }
                _ => "ask for what the event has on the endpoint: `winlog.event_data.…`",
            };
            self.never(origin, format!("no event has `{path}` yet where the agent filters: it is made later"), help);
        }
    }

    fn channel(&mut self, path: &str, value: &Constant, origin: Origin) {
        let Constant::Text(wanted) = value else { return };
        // Forwarded events are of any channel.
        let any = self.channels.is_empty() || self.channels.iter().any(|name| channel::holds_others(name));
        if path == "winlog.channel" && !any && !self.channels.iter().any(|name| name.eq_ignore_ascii_case(wanted)) {
            let message = format!("no event log of this configuration collects `{wanted}`");
            self.never(origin, message, "name it under `winlogbeat.event_logs`, or leave the condition out");
        }
    }

    fn never(&mut self, origin: Origin, message: String, help: &str) {
        self.found.push(Diagnostic::new(Code::AgentNever, origin, message).help(help));
    }
}
