//! What an agent's configuration says and is hardly meant: conditions on what is not there, or not any more, and patterns that are found in more than
//! they look like.
//!
//! In: a configuration with its places. Out: findings. Never here: what keeps the agent from starting, and what libbeat itself passes over; the reader
//! of the configuration has that.

use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::libbeat::config::{Action, Config, Entry, Places};
use crate::libbeat::{Condition, Constant, Processor};
use crate::origin::Origin;

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

/// Everything that is found.
pub(super) fn findings(config: &Config, version: AgentVersion) -> Vec<Diagnostic> {
    let channels =
        config.event_logs.iter().filter_map(|log| log.name.as_ref().map(|name| name.value.clone())).collect();
    let mut lints = Lints { version, channels, found: Vec::new(), removed: Vec::new(), changed: false, gone: None };
    for log in &config.event_logs {
        // What an event log's processors do is not done to the events of another.
        let before = (lints.removed.clone(), lints.changed, lints.gone);
        lints.list(&log.processors, true);
        (lints.removed, lints.changed, lints.gone) = before;
    }
    lints.list(&config.processors, true);
    lints.found
}

struct Lints {
    version: AgentVersion,
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

impl Lints {
    /// `always`: nothing decides whether the list runs.
    fn list(&mut self, entries: &[Entry], always: bool) {
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
            self.entry(entry, always);
        }
    }

    fn entry(&mut self, entry: &Entry, always: bool) {
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
                if let Some(condition) = condition {
                    self.condition(condition, entry.when.as_ref(), entry.origin);
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
                self.condition(condition, entry.when.as_ref(), entry.origin);
                self.list(then, false);
                self.list(otherwise, false);
            }
            // A script may do anything.
            Action::Other { .. } => {
                self.changed = true;
                self.removed.clear();
            }
        }
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
            }
            Condition::Contains(path, _) | Condition::Network(path, _) => self.path(path, origin),
            Condition::Regexp(path, pattern) => {
                self.path(path, origin);
                if looks_whole(pattern) {
                    self.found.push(
                        Diagnostic::new(
                            Code::AgentUnanchored,
                            origin,
                            format!("`{pattern}` is also found inside of longer values"),
                        )
                        .help(format!("write '^{pattern}$' if the whole value is meant")),
                    );
                }
            }
            Condition::Range(path, _) => {
                self.path(path, origin);
                if !self.version.range_reads_text() && path.starts_with("winlog.event_data.") {
                    let message = format!("`{path}` is a text, and `range` reads no texts before Winlogbeat 8.14");
                    self.never(origin, message, "compare the texts that are meant, or their digits by a pattern");
                }
            }
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
        let any =
            self.channels.is_empty() || self.channels.iter().any(|name| name.eq_ignore_ascii_case("ForwardedEvents"));
        if path == "winlog.channel" && !any && !self.channels.iter().any(|name| name.eq_ignore_ascii_case(wanted)) {
            let message = format!("no event log of this configuration collects `{wanted}`");
            self.never(origin, message, "name it under `winlogbeat.event_logs`, or leave the condition out");
        }
    }

    fn never(&mut self, origin: Origin, message: String, help: &str) {
        self.found.push(Diagnostic::new(Code::AgentNever, origin, message).help(help));
    }
}

/// Was a pattern without an anchor meant for the whole value? So looks the path of a file, and a pattern that ends in a count.
fn looks_whole(pattern: &str) -> bool {
    let body = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    if body.contains(['^', '$', '|']) || body.starts_with(".*") || body.ends_with(".*") {
        return false;
    }
    let bytes = body.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'\\', b'\\', ..] if letter.is_ascii_alphabetic());
    let ending = body
        .rsplit_once('.')
        .is_some_and(|(_, ending)| matches!(ending.len(), 2..=4) && ending.bytes().all(|b| b.is_ascii_alphanumeric()));
    drive && ending || body.ends_with('}') && body.contains('{')
}
