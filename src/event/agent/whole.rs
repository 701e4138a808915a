//! The whole event as the agent would have it.
//!
//! In: a record's parts. Out: its members: keys are those of Winlogbeat, every value of event data is text, what is empty or
//! zero is absent, as the agent leaves it out. The measure of the view. Never here: slots.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::parts::{Head, Kind, Pair, Parts};
use crate::ast::Number;
use crate::dialect::AgentVersion;
use crate::event::Value;
use crate::event::json::Damage;

const AUDIT_FAILURE: u64 = 0x0010_0000_0000_0000;
const AUDIT_SUCCESS: u64 = 0x0020_0000_0000_0000;

/// Levels of which every provider has the same name.
const LEVELS: [&str; 6] = ["information", "critical", "error", "warning", "information", "verbose"];

/// `log.level`: rendered, or by its number where every provider has that one.
pub(super) fn level(record: &[u8], parts: &Parts) -> Option<Cow<'static, str>> {
    if let Some(name) = parts.head_text(record, Head::LevelName) {
        let known = LEVELS.iter().find(|level| level.eq_ignore_ascii_case(&name));
        return Some(known.map_or_else(|| Cow::Owned(name.to_lowercase()), |level| Cow::Borrowed(*level)));
    }
    let number = parts.head_number(record, Head::Level).unwrap_or(0);
    // A form without any level has none.
    parts.head(Head::Level)?;
    usize::try_from(number).ok().and_then(|number| LEVELS.get(number)).map(|level| Cow::Borrowed(*level))
}

/// The keywords' bits. Some write them as a signed number.
pub(super) fn keywords(record: &[u8], parts: &Parts) -> Option<u64> {
    let bits = parts.head_number(record, Head::Keywords)?;
    u64::try_from(bits).ok().or_else(|| i64::try_from(bits).ok().map(|bits| bits as u64))
}

/// `event.outcome`, where keywords say so.
pub(super) fn outcome(record: &[u8], parts: &Parts) -> Option<&'static str> {
    let bits = keywords(record, parts)?;
    if bits & AUDIT_FAILURE != 0 {
        Some("failure")
    } else if bits & AUDIT_SUCCESS != 0 {
        Some("success")
    } else {
        None
    }
}

/// A map from which the agent leaves out what is empty or zero.
struct Map<'a> {
    record: &'a [u8],
    parts: &'a Parts,
    members: Vec<(String, Value)>,
}

impl<'a> Map<'a> {
    fn put(&mut self, key: &str, value: Value) {
        self.members.push((key.to_string(), value));
    }

    /// The event id, as this agent sends it.
    fn id(&mut self, name: &str, agent: AgentVersion) -> Result<(), Damage> {
        match self.parts.head_number(self.record, Head::EventId) {
            Some(id) if !agent.has_text_ids() => self.put(name, Value::Number(Number::Int(id))),
            Some(_) | None => self.text(name, Head::EventId)?,
        }
        Ok(())
    }

    fn text(&mut self, key: &str, head: Head) -> Result<(), Damage> {
        if let Some(piece) = self.parts.head(head)
            && let Some(value) = self.parts.as_text(self.record, piece).to_value()?
        {
            self.put(key, value);
        }
        Ok(())
    }

    fn number(&mut self, key: &str, head: Head) {
        if let Some(number) = self.parts.head_number(self.record, head).filter(|number| *number != 0) {
            self.put(key, Value::Number(Number::Int(number)));
        }
    }

    fn list(&mut self, key: &str, head: Head) -> Result<(), Damage> {
        let Some(piece) = self.parts.head(head) else { return Ok(()) };
        let value = match piece.kind {
            Kind::List => self.parts.raw(self.record, piece).to_value()?,
            Kind::Text | Kind::Json | Kind::Scalar | Kind::Null | Kind::Map => {
                self.parts.as_text(self.record, piece).to_value()?.map(|one| Value::List(vec![one]))
            }
        };
        if let Some(value) = value {
            self.put(key, value);
        }
        Ok(())
    }

    fn map(&mut self, key: &str, fill: impl FnOnce(&mut Map<'a>) -> Result<(), Damage>) -> Result<(), Damage> {
        let mut inner = Map { record: self.record, parts: self.parts, members: Vec::new() };
        fill(&mut inner)?;
        if !inner.members.is_empty() {
            self.put(key, Value::Map(inner.members));
        }
        Ok(())
    }

    fn pairs(&mut self, pairs: &[Pair]) -> Result<(), Damage> {
        let mut seen = FxHashSet::default();
        for pair in pairs {
            let name = self.parts.bytes(self.record, pair.name);
            if let Some(value) = self.parts.as_text(self.record, pair.value).to_value()?
                && seen.insert(name)
            {
                let mut key = String::new();
                self.parts.decode(self.record, pair.name, &mut key)?;
                self.members.push((key, value));
            }
        }
        Ok(())
    }
}

/// Values that are not empty and whose names such values had before, in order.
pub(super) fn also(record: &[u8], parts: &Parts) -> Vec<(String, Value)> {
    let mut seen = FxHashSet::default();
    let there = parts.data.iter().filter_map(|pair| {
        let value = parts.as_text(record, pair.value).to_value().ok()??;
        Some((pair.name, value))
    });
    there
        .filter(|(name, _)| !seen.insert(parts.bytes(record, *name)))
        .filter_map(|(name, value)| Some((parts.decoded(record, name)?, value)))
        .collect()
}

/// The members of the outer map, in the order of their keys.
pub(super) fn event(agent: AgentVersion, record: &[u8], parts: &Parts) -> Result<Vec<(String, Value)>, Damage> {
    let mut top = Map { record, parts, members: Vec::new() };
    top.text("@timestamp", Head::Time)?;
    top.map("agent", |agent| {
        agent.text("hostname", Head::AgentHostname)?;
        agent.text("name", Head::AgentName)?;
        agent.text("version", Head::AgentVersion)
    })?;
    top.map("event", |event| {
        event.text("action", Head::TaskName)?;
        event.id("code", agent)?;
        event.put("kind", Value::Text("event".to_string()));
        if let Some(outcome) = outcome(record, parts) {
            event.put("outcome", Value::Text(outcome.to_string()));
        }
        event.text("provider", Head::Provider)
    })?;
    top.map("host", |host| host.text("name", Head::Computer))?;
    top.map("log", |log| {
        if let Some(level) = level(record, parts) {
            log.put("level", Value::Text(level.into_owned()));
        }
        Ok(())
    })?;
    match parts.head(Head::Message).and_then(|message| parts.unix_lines(record, message)) {
        Some(message) if message.is_empty() => {}
        Some(message) => top.put("message", Value::Text(message)),
        None => top.text("message", Head::Message)?,
    }
    top.list("tags", Head::Tags)?;
    top.map("winlog", |winlog| {
        winlog.text("activity_id", Head::Activity)?;
        winlog.text("channel", Head::Channel)?;
        winlog.text("computer_name", Head::Computer)?;
        winlog.map("event_data", |data| data.pairs(&parts.data))?;
        winlog.id("event_id", agent)?;
        winlog.list("keywords", Head::KeywordNames)?;
        winlog.text("opcode", Head::OpcodeName)?;
        winlog.map("process", |process| {
            process.number("pid", Head::ProcessId);
            process.map("thread", |thread| {
                thread.number("id", Head::ThreadId);
                Ok(())
            })
        })?;
        winlog.text("provider_guid", Head::ProviderGuid)?;
        winlog.text("provider_name", Head::Provider)?;
        winlog.number("record_id", Head::RecordId);
        winlog.text("related_activity_id", Head::RelatedActivity)?;
        winlog.text("task", Head::TaskName)?;
        winlog.map("user", |user| {
            user.text("domain", Head::UserDomain)?;
            user.text("identifier", Head::UserSid)?;
            user.text("name", Head::UserName)?;
            user.text("type", Head::UserType)
        })?;
        winlog.map("user_data", |data| {
            data.pairs(&parts.user_data)?;
            // The agent's own key comes after the event's and wins over an equal one.
            if let Some(name) = parts.user_element.filter(|_| !data.members.is_empty())
                && let Some(name) = parts.decoded(record, name)
            {
                data.members.retain(|(have, _)| have != "xml_name");
                data.put("xml_name", Value::Text(name));
            }
            Ok(())
        })?;
        winlog.number("version", Head::Version);
        Ok(())
    })?;
    beside(record, parts, &mut top.members)?;
    Ok(top.members)
}

/// What the form holds beside the event, and of an unknown form all that it holds.
pub(super) fn beside(record: &[u8], parts: &Parts, members: &mut Vec<(String, Value)>) -> Result<(), Damage> {
    for pair in &parts.beside {
        let mut key = String::new();
        parts.decode(record, pair.name, &mut key)?;
        if let Some(value) = parts.raw(record, pair.value).to_value()? {
            members.push((key, value));
        }
    }
    Ok(())
}
