//! The names of fields in an event that stands in the test file.
//!
//! In: an event that was written as fields, and how it was read. Out: a finding for each name that nobody knows: what a rule asks of an event
//! stands under the right name, so a misspelt one is seen by nothing, and the test would pass for the wrong reason. Never here: records as
//! text, and samples; those come from machines.
//!
//! | where the name stands | it is told |
//! | --- | --- |
//! | among the data of an event of the catalogue | unless this event has it, or a rule reads it: that it asks for the event too is shown by another's |
//! | among the data of another provider's event | never |
//! | elsewhere below `winlog` | if Winlogbeat sends nothing of this name; of another provider's event, if it is a slip of a known one |
//! | beginning with `@` | if it is a slip of a name that is known |
//! | beside `winlog`, and belongs below it | always |
//! | in a flat event of Sysmon | if it is a slip of a field of this event |
//! | anywhere else | never: agents and pipelines put there what they like |
//!
//! Where all names are known, it is told what keeps every rule from knowing the event: no provider, one that is nearly Sysmon's, an id of
//! Sysmon's that the catalogue does not have.

use super::Bench;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::event::read::Record;
use crate::event::{Form, Layout, Slot};
use crate::explain::show;
use crate::origin::Origin;
use crate::sysmon::{Carries, EventIndex, LINUX, PROVIDER, is_of_sysmon};
use crate::testing::case::{Named, Written};

/// Where an event's data stand: as the agent sends them, and as event logs are printed as JSON.
const DATA: [&str; 2] = ["winlog.event_data.", "Event.EventData."];

/// What Winlogbeat sends below `winlog`; its modules, too.
const KEYS: [&str; 24] = [
    "provider_name",
    "event_id",
    "event_data",
    "channel",
    "computer_name",
    "record_id",
    "api",
    "provider_guid",
    "task",
    "opcode",
    "keywords",
    "version",
    "activity_id",
    "related_activity_id",
    "process",
    "user",
    "user_data",
    "time_created",
    "logon",
    "outcome",
    "computerObject",
    "trustAttribute",
    "trustDirection",
    "trustType",
];

/// Those by which rules know an event.
const NEEDED: [&str; 3] = ["event_data", "provider_name", "event_id"];

/// Where an event says from whom it comes.
struct Head {
    provider: Option<String>,
    id: Option<String>,
    channel: Option<String>,
}

impl Head {
    /// Does somebody else than Sysmon say that it is his?
    fn is_anothers(&self) -> bool {
        match self.provider.as_deref().filter(|name| !name.is_empty()) {
            Some(provider) => near_sysmon(provider).is_none(),
            None => {
                self.channel.as_deref().is_some_and(|channel| !channel.is_empty() && !is_of_sysmon(None, Some(channel)))
            }
        }
    }
}

/// The provider of Sysmon that this is, or was meant to be.
fn near_sysmon(name: &str) -> Option<&'static str> {
    const OWN: [&str; 2] = [PROVIDER, LINUX];
    let lower = name.to_ascii_lowercase();
    // The distance costs the product of the lengths.
    let slip = |own: &str| lower.len() < 100 && strsim::damerau_levenshtein(&lower, &own.to_ascii_lowercase()) <= 2;
    // Its short name, and its channel.
    let named = |own: &str| lower.strip_suffix("/operational") == Some(&own.to_ascii_lowercase());
    OWN.into_iter().find(|own| slip(own) || named(own)).or((lower == "sysmon").then_some(PROVIDER))
}

impl Bench<'_> {
    /// The names in an event that nobody knows; where all are known, why no rule knows the event.
    pub(super) fn unknown_names(&self, written: &Written, record: &Record<'_>) -> Vec<Diagnostic> {
        if written.names.is_empty() {
            return Vec::new();
        }
        let text = |slot: Slot| show(record.view.raw(slot));
        let head =
            Head { provider: text(Layout::PROVIDER), id: text(Layout::EVENT_ID), channel: text(Layout::CHANNEL) };
        let id = head.id.as_deref().and_then(|id| id.parse().ok());
        let event = id.and_then(|id| self.catalogue.event_of(head.provider.as_deref(), id, head.channel.as_deref()));
        let unknown = |named: &Named| match DATA.iter().find_map(|data| named.name.strip_prefix(data)) {
            Some(field) => self.unknown_data(event?, field, named),
            None if record.form == Form::Flat => self.flat_slip(event?, named),
            None => self.slip(named).or_else(|| self.unknown_key(&head, named)),
        };
        let mut found: Vec<Diagnostic> = written.names.iter().filter_map(unknown).collect();
        found.extend(self.beside(written));
        if found.is_empty() && event.is_none() {
            found.extend(self.unseen(written, &head));
        }
        found
    }

    /// A name below `winlog` that Winlogbeat does not send there.
    fn unknown_key(&self, head: &Head, named: &Named) -> Option<Diagnostic> {
        let below = named.name.strip_prefix("winlog.")?;
        let key = below.split('.').next().unwrap_or(below);
        if KEYS.contains(&key) || head.is_anothers() || self.read.contains(&named.name) {
            return None;
        }
        let data = self.catalogue.events.iter().any(|event| event.fields.iter().any(|field| field == key));
        let near = KEYS.iter().copied().find(|known| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('_')));
        let help = match near.or_else(|| nearest(key, KEYS)) {
            _ if data => "write it below `event_data:`, where Sysmon's fields stand".to_string(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("what rules see stands below {}", NEEDED.join(", ")),
        };
        let message = format!("Winlogbeat sends no `{key}` below `winlog`, and no rule reads it");
        Some(Diagnostic::new(Code::BadTest, named.origin, message).help(help))
    }

    /// What belongs below `winlog`, and stands beside it.
    fn beside(&self, written: &Written) -> Option<Diagnostic> {
        let has_winlog = written.names.iter().any(|named| named.name.starts_with("winlog."));
        if !has_winlog {
            // An event of the agent of old says it otherwise.
            let named = written.names.iter().find(|named| named.name == "provider_name")?;
            let message = "`provider_name` stands at the top of the event, where no rule looks for it";
            let help =
                "write `winlog:` above it, and indent what belongs there: `provider_name`, `event_id`, `event_data`";
            return Some(Diagnostic::new(Code::BadTest, named.origin, message).help(help));
        }
        let named = written.names.iter().find(|named| {
            NEEDED.contains(&named.name.split('.').next().unwrap_or_default()) && !self.read.contains(&named.name)
        })?;
        let key = named.name.split('.').next().unwrap_or_default();
        let message = format!("`{key}` stands beside `winlog`, where no rule looks for it");
        Some(Diagnostic::new(Code::BadTest, named.origin, message).help("indent it, so that it stands below `winlog:`"))
    }

    /// Why no rule knows which event it is.
    fn unseen(&self, written: &Written, head: &Head) -> Option<Diagnostic> {
        let at = |name: &str| -> Origin {
            let named = written.names.iter().find(|named| named.name == name);
            named.map_or(written.origin, |named| named.origin)
        };
        let provider = head.provider.as_deref().filter(|name| !name.is_empty());
        let has_data =
            written.names.iter().any(|named| named.name.starts_with(DATA[0]) || named.name.contains("EventData"));
        let told =
            |origin, message: String, help: String| Some(Diagnostic::new(Code::BadTest, origin, message).help(help));
        if head.is_anothers() {
            return None;
        }
        if let Some(provider) = provider
            && !is_of_sysmon(Some(provider), None)
        {
            let own = near_sysmon(provider).unwrap_or_default();
            let message = format!("`{provider}` is not Sysmon, so no rule on its events sees this one");
            return told(at("winlog.provider_name"), message, format!("did you mean `{own}`?"));
        }
        if provider.is_none() && head.channel.as_deref().is_none_or(str::is_empty) {
            let message = "this event does not say from whom it comes, so no rule on Sysmon's events sees it";
            let help = match written.names.iter().find(|named| named.name.contains("EventData.")) {
                Some(_) => "write `Provider: { Name: Microsoft-Windows-Sysmon }` below `System:`",
                None => "write `provider_name: Microsoft-Windows-Sysmon` below `winlog:`",
            };
            return has_data.then(|| told(written.origin, message.to_string(), help.to_string())).flatten();
        }
        let Some(id) = head.id.as_deref().filter(|id| !id.is_empty()) else {
            let message = "this event of Sysmon has no id, so no rule knows which it is";
            let help = "write `event_id: '1'` below `winlog:`, or the id of another";
            return has_data.then(|| told(written.origin, message.to_string(), help.to_string())).flatten();
        };
        let named = self.catalogue.events.iter().find(|event| {
            event.name.eq_ignore_ascii_case(id) || event.name.rsplit('.').next().is_some_and(|name| name == id)
        });
        let help = match named {
            Some(event) => format!("write its number: `event_id: '{}'`", event.id),
            None => "write the id of one that it has; an event of a newer Sysmon can stand here as a record, behind `event: |`"
                .to_string(),
        };
        told(at("winlog.event_id"), format!("Sysmon has no event `{id}`"), help)
    }

    fn unknown_data(&self, event: EventIndex, field: &str, named: &Named) -> Option<Diagnostic> {
        // What is below a field of the data is the field's own.
        let field = field.split('.').next().unwrap_or(field);
        let path = format!("{}{field}", DATA[0]);
        if self.read.contains(&path) || self.catalogue.carries(event, &self.catalogue.resolve(&path)) == Carries::Always
        {
            return None;
        }
        let event = self.catalogue.event_at(event)?;
        let help = match nearest(field, event.fields.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its fields are {}", event.fields.join(", ")),
        };
        let message = format!("an event {} has no field `{field}`", event.name);
        Some(Diagnostic::new(Code::BadTest, named.origin, message).help(help))
    }

    /// A name of a flat event that is one keystroke or two from a field of this event: all else there may be a collector's.
    fn flat_slip(&self, event: EventIndex, named: &Named) -> Option<Diagnostic> {
        let (name, event) = (named.name.as_str(), self.catalogue.event_at(event)?);
        if self.catalogue.resolve(name).def.is_some() {
            return None;
        }
        let near = nearest(name, event.fields.iter().map(String::as_str))?;
        let distance = strsim::damerau_levenshtein(name, near);
        // `ProcessID` is the collector's, and `ProcessId` the event's.
        let is_slip = distance <= 2 && distance * 4 <= name.len() && !near.eq_ignore_ascii_case(name);
        let told =
            || Diagnostic::new(Code::BadTest, named.origin, format!("an event {} has no field `{name}`", event.name));
        is_slip.then(|| told().help(format!("did you mean `{near}`?")))
    }

    /// A name that is one keystroke or two from one that is known.
    fn slip(&self, named: &Named) -> Option<Diagnostic> {
        let name = named.name.as_str();
        if !(name.starts_with("winlog.") || name.starts_with('@')) || self.read.contains(name) {
            return None;
        }
        let paths = || self.catalogue.fields.iter().flat_map(|field| &field.paths).map(String::as_str);
        if paths().any(|path| path == name) {
            return None;
        }
        let near = nearest(name, paths())?;
        let distance = strsim::damerau_levenshtein(name, near);
        let own = name.len() - name.find('.').map_or(0, |dot| dot + 1);
        let told = Diagnostic::new(Code::BadTest, named.origin, format!("no event has a field `{name}`"));
        (distance <= 2 && distance * 4 <= own).then(|| told.help(format!("did you mean `{near}`?")))
    }
}
