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
//! | elsewhere below `winlog`; beginning with `@` | if it is a slip of a name that is known |
//! | anywhere else | never: agents and pipelines put there what they like |

use super::Bench;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::event::read::Record;
use crate::event::{Layout, Slot};
use crate::explain::show;
use crate::sysmon::{Carries, EventIndex};
use crate::testing::case::{Named, Written};

/// Where an event's data stand: as the agent sends them, and as event logs are printed as JSON.
const DATA: [&str; 2] = ["winlog.event_data.", "Event.EventData."];

impl Bench<'_> {
    /// The names in an event that nobody knows.
    pub(super) fn unknown_names(&self, written: &Written, record: &Record<'_>) -> Vec<Diagnostic> {
        if written.names.is_empty() {
            return Vec::new();
        }
        let text = |slot: Slot| show(record.view.raw(slot));
        let id = text(Layout::EVENT_ID).and_then(|id| id.parse().ok());
        let (provider, channel) = (text(Layout::PROVIDER), text(Layout::CHANNEL));
        let event = id.and_then(|id| self.catalogue.event_of(provider.as_deref(), id, channel.as_deref()));
        let unknown = |named: &Named| match DATA.iter().find_map(|data| named.name.strip_prefix(data)) {
            Some(field) => self.unknown_data(event?, field, named),
            None => self.slip(named),
        };
        written.names.iter().filter_map(unknown).collect()
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
