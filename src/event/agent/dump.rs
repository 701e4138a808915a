//! The event as evtx_dump writes it: Windows' XML as JSON.
//!
//! In: the parts of a record that was XML or EVTX. Out: the members of `{"Event": {"System": …, "EventData": …}}`, attributes under
//! `#attributes`. Numbers of the header are numbers; data of the event are text, for XML knows no other; a name that comes again
//! holds a list. Never here: what the agent makes of the event.

use super::parts::{Head, Kind, Pair, Parts, Piece};
use super::whole;
use crate::ast::Number;
use crate::event::Value;
use crate::event::json::Damage;
use crate::event::write::Gathered;

type Members = Vec<(String, Value)>;

/// Where the attributes of an element stand.
const ATTRIBUTES: &str = "#attributes";

/// What a reader takes for something else when it stands beside the names of data.
fn is_special(name: &str) -> bool {
    matches!(name, "Data" | "#text" | "#attributes" | "_attributes" | "attributes" | "xmlns") || name.starts_with('@')
}

/// The members of the outer map.
pub(super) fn event(record: &[u8], parts: &Parts) -> Result<Members, Damage> {
    let dump = Dump { record, parts };
    let mut event = vec![("System".to_string(), Value::Map(dump.system()?))];
    if !parts.data.is_empty() {
        event.push(("EventData".to_string(), Value::Map(dump.event_data()?)));
    }
    if let Some(name) = parts.user_element.and_then(|name| parts.decoded(record, name)) {
        let element = Value::Map(dump.repeated(&parts.user_data)?);
        event.push(("UserData".to_string(), Value::Map(vec![(name, element)])));
    }
    let rendering = dump.rendering()?;
    if !rendering.is_empty() {
        event.push(("RenderingInfo".to_string(), Value::Map(rendering)));
    }
    Ok(vec![("Event".to_string(), Value::Map(event))])
}

struct Dump<'a> {
    record: &'a [u8],
    parts: &'a Parts,
}

impl Dump<'_> {
    fn value(&self, piece: Piece) -> Result<Value, Damage> {
        Ok(self.parts.raw(self.record, piece).to_value()?.unwrap_or(Value::Null))
    }

    /// What stands in the header, a number as one.
    fn head(&self, head: Head) -> Result<Option<Value>, Damage> {
        let Some(piece) = self.parts.head(head) else { return Ok(None) };
        let number = matches!(
            head,
            Head::EventId
                | Head::Version
                | Head::Level
                | Head::Task
                | Head::Opcode
                | Head::RecordId
                | Head::ProcessId
                | Head::ThreadId
        );
        match self.parts.head_number(self.record, head).filter(|_| number) {
            Some(number) => Ok(Some(Value::Number(Number::Int(number)))),
            None => self.value(piece).map(Some),
        }
    }

    /// Those of these that are there, under their names.
    fn heads(&self, heads: &[(&str, Head)]) -> Result<Members, Damage> {
        let mut members = Members::new();
        for (name, head) in heads {
            if let Some(value) = self.head(*head)? {
                members.push(((*name).to_string(), value));
            }
        }
        Ok(members)
    }

    fn system(&self) -> Result<Members, Damage> {
        let mut system = Members::new();
        let element = |system: &mut Members, name: &str, heads: &[(&str, Head)]| {
            let attributes = self.heads(heads)?;
            if !attributes.is_empty() {
                let inside = vec![(ATTRIBUTES.to_string(), Value::Map(attributes))];
                system.push((name.to_string(), Value::Map(inside)));
            }
            Ok::<(), Damage>(())
        };
        element(&mut system, "Provider", &[("Name", Head::Provider), ("Guid", Head::ProviderGuid)])?;
        system.extend(self.heads(&[
            ("EventID", Head::EventId),
            ("Version", Head::Version),
            ("Level", Head::Level),
            ("Task", Head::Task),
            ("Opcode", Head::Opcode),
        ])?);
        if let Some(bits) = whole::keywords(self.record, self.parts) {
            system.push(("Keywords".to_string(), Value::Text(format!("{bits:#x}"))));
        }
        element(&mut system, "TimeCreated", &[("SystemTime", Head::Time)])?;
        system.extend(self.heads(&[("EventRecordID", Head::RecordId)])?);
        let correlation = [("ActivityID", Head::Activity), ("RelatedActivityID", Head::RelatedActivity)];
        element(&mut system, "Correlation", &correlation)?;
        element(&mut system, "Execution", &[("ProcessID", Head::ProcessId), ("ThreadID", Head::ThreadId)])?;
        system.extend(self.heads(&[("Channel", Head::Channel), ("Computer", Head::Computer)])?);
        element(&mut system, "Security", &[("UserID", Head::UserSid)])?;
        Ok(system)
    }

    /// Values by their names.
    fn repeated(&self, pairs: &[Pair]) -> Result<Members, Damage> {
        let mut members = Gathered::default();
        for pair in pairs {
            let name = self.parts.decoded(self.record, pair.name).unwrap_or_default();
            members.add(name, self.value(pair.value)?);
        }
        Ok(members.members())
    }

    fn event_data(&self) -> Result<Members, Damage> {
        let mut elements = Vec::new();
        let mut data = self.repeated(&self.parts.data)?;
        data.retain(|(name, value)| {
            if !is_special(name) {
                return true;
            }
            let attributes = Value::Map(vec![("Name".to_string(), Value::Text(name.clone()))]);
            let inside = vec![(ATTRIBUTES.to_string(), attributes), ("#text".to_string(), value.clone())];
            elements.push(Value::Map(inside));
            false
        });
        if !elements.is_empty() {
            data.push(("Data".to_string(), Value::List(elements)));
        }
        Ok(data)
    }

    fn rendering(&self) -> Result<Members, Damage> {
        let mut rendering = self.heads(&[
            ("Message", Head::Message),
            ("Level", Head::LevelName),
            ("Task", Head::TaskName),
            ("Opcode", Head::OpcodeName),
        ])?;
        if let Some(piece @ Piece { kind: Kind::List, .. }) = self.parts.head(Head::KeywordNames) {
            let names = Value::Map(vec![("Keyword".to_string(), self.value(piece)?)]);
            rendering.push(("Keywords".to_string(), names));
        }
        Ok(rendering)
    }
}
