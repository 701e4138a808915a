//! One level of keys: the header's fields and the event's data side by side.
//!
//! In: the members of a record. Out: parts. What is not known to belong to the header or to the collector is data of the event.
//! Where both have a name (`EventType`, `Version`), the value decides, or the rendered message does. Never here: rows and lines.
//!
//! | key | what it is |
//! | --- | --- |
//! | `ProcessId` | the event's; `ProcessID`, `ExecutionProcessID` is the process that logged it |
//! | `User` | the event's; `UserID`, `AccountName`, `Domain`, `AccountType` are the account that logged it |
//! | `ProcessId` of NXLog | may be gone, for `ProcessID` took its place; then the message has it; of Sysmon's events that have none it is the collector's |
//! | `EventType` | the event's, unless it is a word of NXLog's (`INFO`); then the message has it |
//! | `Version` | of the layout, but in Sysmon's event 4 where it is text with a dot |
//! | `TimeCreated`, `EventTime`, `_time` | may be anybody's local time where they name no zone: then they count for nothing where there is another |
//! | `UtcTime` | Sysmon's own time; where another is hours from it, that one is somebody's local time, whatever zone it names |
//! | `Task`, `Opcode` | the name; a number says nothing to anybody but the provider |
//! | `EventData.NAME` | data of the event, whatever else the name could be; our own writer needs it for a few (`EventData.Payload`) |
//! | `UserData.NAME` | user data of the event; `UserData.xml_name` is the name of their element |

use std::borrow::Cow;

use super::mark;
use super::take::Take;
use crate::event::Value;
use crate::event::agent::{Form, Head, Kind, Pair, Piece, Zone};
use crate::event::json::Damage;
use crate::sysmon;

/// What a key stands for.
#[derive(Clone, Copy)]
enum Key {
    Head(Head),
    /// A time: index into [`ZONES`].
    Time(u8),
    /// Sysmon's own time: data of the event, and the best time of a collector that has none of Windows' with its zone.
    UtcTime,
    /// A number, or the name that the provider has for it.
    Named(Head),
    Keywords,
    Level,
    /// The collector's, or the event's.
    EventType,
    Version,
    /// The collector's own.
    Nothing,
    Data,
    /// The same behind a prefix of this length.
    DataBehind(usize),
    UserData(usize),
    UserElement,
}

/// The times of a record, best first, and whether they are UTC where they name no zone. Windows' own come first, with Sysmon's behind
/// them, then those of collectors.
const ZONES: [Zone; 8] = [
    // `TimeCreated`, `SystemTime`, `TimeCreated_SystemTime`: whoever wrote the record may have rendered them for his own clock.
    Zone::Unknown,
    Zone::Unknown,
    Zone::Unknown,
    // `UtcTime`, where it is.
    Zone::Utc,
    // `EventTime`: NXLog's, local.
    Zone::Unknown,
    // `@timestamp`, `TimeGenerated`: Logstash's and Azure's, UTC.
    Zone::Utc,
    Zone::Utc,
    // `_time`: Splunk's, in the zone of whoever asked.
    Zone::Unknown,
];
/// Place of `UtcTime` in [`ZONES`].
const UTC_TIME: usize = 3;

/// Before data of the event, and before user data.
const EVENT_DATA: &str = "EventData.";
const USER_DATA: &str = "UserData.";
/// Where the agent has the name of the element around user data.
const XML_NAME: &str = "xml_name";

/// The key under which a flat record has a value of the event's data, so that it is taken for just that: the name itself, unless
/// it could be anything else.
pub(crate) fn data_key(name: &str, values: &Value, timed: bool) -> String {
    let plain = mark(name.as_bytes()).is_none()
        && match key(name.as_bytes(), false) {
            Key::Data => true,
            // It would be the event's time as well.
            Key::UtcTime => timed && matches!(values, Value::Text(_)),
            Key::EventType => matches!(values, Value::Text(text) if !is_collectors(text.as_bytes())),
            Key::Head(_)
            | Key::Time(_)
            | Key::Named(_)
            | Key::Keywords
            | Key::Level
            | Key::Version
            | Key::Nothing
            | Key::DataBehind(_)
            | Key::UserData(_)
            | Key::UserElement => false,
        };
    if plain { name.to_string() } else { format!("{EVENT_DATA}{name}") }
}

/// The key under which a flat record has a value of the user data.
pub(crate) fn user_data_key(name: &str) -> String {
    format!("{USER_DATA}{name}")
}

fn key(name: &[u8], nxlog: bool) -> Key {
    match name {
        b"EventID" | b"EventId" | b"Event_ID" | b"EventCode" => Key::Head(Head::EventId),
        b"SourceName" | b"ProviderName" | b"Provider_Name" | b"Provider" | b"EventSourceName" | b"Source" => {
            Key::Head(Head::Provider)
        }
        b"ProviderGuid" | b"Provider_Guid" => Key::Head(Head::ProviderGuid),
        b"Channel" | b"LogName" => Key::Head(Head::Channel),
        b"Computer" | b"Hostname" | b"ComputerName" | b"MachineName" => Key::Head(Head::Computer),
        b"RecordNumber" | b"EventRecordID" | b"RecordId" | b"EventRecordId" => Key::Head(Head::RecordId),
        b"ExecutionProcessID" | b"Execution_ProcessID" | b"ProcessID" => Key::Head(Head::ProcessId),
        b"ThreadID" | b"Execution_ThreadID" | b"ExecutionThreadID" => Key::Head(Head::ThreadId),
        b"UserID" | b"Security_UserID" => Key::Head(Head::UserSid),
        b"ActivityID" | b"Correlation_ActivityID" => Key::Head(Head::Activity),
        b"RelatedActivityID" | b"Correlation_RelatedActivityID" => Key::Head(Head::RelatedActivity),
        b"Message" => Key::Head(Head::Message),
        b"AccountName" if nxlog => Key::Head(Head::UserName),
        b"Domain" if nxlog => Key::Head(Head::UserDomain),
        b"AccountType" if nxlog => Key::Head(Head::UserType),
        b"Category" if nxlog => Key::Head(Head::TaskName),
        b"TimeCreated" => Key::Time(0),
        b"SystemTime" => Key::Time(1),
        b"TimeCreated_SystemTime" => Key::Time(2),
        b"EventTime" => Key::Time(4),
        b"@timestamp" => Key::Time(5),
        b"TimeGenerated" => Key::Time(6),
        b"_time" => Key::Time(7),
        b"UtcTime" => Key::UtcTime,
        b"Opcode" => Key::Named(Head::OpcodeName),
        b"Task" => Key::Named(Head::TaskName),
        b"Keywords" => Key::Keywords,
        b"Level" | b"Severity" | b"EventLevelName" => Key::Level,
        b"EventType" => Key::EventType,
        b"Version" => Key::Version,
        b"@version" | b"OpcodeValue" | b"SeverityValue" | b"EventReceivedTime" | b"SourceModuleName"
        | b"SourceModuleType" | b"EventTypeOrignal" | b"host" | b"port" | b"type" | b"tags" | b"OriginalLogfile"
        | b"xmlns" | b"Qualifiers" | b"EventLevel" | b"row_id" => Key::Nothing,
        _ if name.starts_with(EVENT_DATA.as_bytes()) => Key::DataBehind(EVENT_DATA.len()),
        _ => match name.strip_prefix(USER_DATA.as_bytes()) {
            Some(name) if name == XML_NAME.as_bytes() => Key::UserElement,
            Some(_) => Key::UserData(USER_DATA.len()),
            None => Key::Data,
        },
    }
}

/// Takes a record apart.
pub(super) fn take(take: &mut Take<'_>, members: &[Pair], form: Form) -> Result<(), Damage> {
    let nxlog = form == Form::Nxlog;
    let mut times = ZONES.map(|zone| (None, zone));
    let mut event_type = None;
    let mut version = None;
    for member in members {
        let value = member.value;
        match key(take.bytes(member.name), nxlog) {
            Key::Head(head) => take.put(head, value),
            Key::Time(at) => {
                if let Some((place @ None, _)) = times.get_mut(usize::from(at)) {
                    *place = Some(value);
                }
            }
            Key::UtcTime => {
                if let Some((place @ None, _)) = times.get_mut(UTC_TIME) {
                    *place = Some(value);
                }
                take.parts.add(member.name, value);
            }
            Key::Named(head) => {
                if !is_number(take.bytes(value)) {
                    take.put(head, value);
                }
            }
            Key::Keywords => {
                let head = if value.kind == Kind::List || !is_number(take.bytes(value)) {
                    Head::KeywordNames
                } else {
                    Head::Keywords
                };
                take.parts.put(head, value);
            }
            Key::Level => match take.bytes(value) {
                number if is_number(number) => take.put(Head::Level, value),
                b"INFO" | b"DEBUG" => take.parts.put_text(Head::LevelName, "information"),
                _word => take.put(Head::LevelName, value),
            },
            Key::EventType => event_type = Some(*member),
            Key::Version => version = Some(*member),
            Key::Nothing => {}
            Key::Data => data(take, member.name, value)?,
            Key::DataBehind(prefix) => data(take, behind(member.name, prefix), value)?,
            Key::UserData(prefix) => {
                take.parts.user_data.push(Pair { name: behind(member.name, prefix), value });
            }
            Key::UserElement => take.parts.user_element = Some(value),
        }
    }
    take.parts.put_best_time(take.record, &times);
    // Whoever flattened the event may have called his local time UTC.
    if let Some(utc) = times[UTC_TIME].0 {
        take.parts.overrule_time(take.record, utc);
    }
    let id = take.parts.head_number(take.record, Head::EventId);
    if let Some(member) = event_type.filter(|member| !is_collectors(take.bytes(member.value))) {
        take.parts.add(member.name, member.value);
    } else if matches!(id, Some(12..=14 | 17..=21)) {
        from_message(take, "EventType")?;
    }
    match version {
        Some(member) if id == Some(4) && !is_number(take.bytes(member.value)) => {
            take.parts.add(member.name, member.value);
        }
        Some(member) => {
            take.put(Head::Version, member.value);
            if id == Some(4) {
                from_message(take, "Version")?;
            }
        }
        None => {}
    }
    if nxlog {
        let own = take.parts.data.iter().position(|pair| take.bytes(pair.name) == b"ProcessId");
        let of_layout = id.and_then(|id| u32::try_from(id).ok()).map(|id| sysmon::has_field(id, "ProcessId"));
        match (own, of_layout) {
            (None, Some(true)) => from_message(take, "ProcessId")?,
            (Some(at), Some(false)) if take.parts.is_of_sysmon(take.record) => _ = take.parts.data.remove(at),
            (Some(_), _) | (None, Some(false) | None) => {}
        }
        unescape_markup(take);
    }
    Ok(())
}

/// A value of the event's data, or several of one name.
fn data(take: &mut Take<'_>, name: Piece, value: Piece) -> Result<(), Damage> {
    if value.kind != Kind::List {
        take.parts.add(name, value);
        return Ok(());
    }
    for one in take.list(value)? {
        take.parts.add(name, one);
    }
    Ok(())
}

/// The name without its prefix. Names have no escapes: their bytes are what they say.
fn behind(name: Piece, prefix: usize) -> Piece {
    Piece { start: name.start + prefix as u32, ..name }
}

fn is_number(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| crate::ast::Number::parse_text(text).is_some())
}

/// A word that NXLog has for the kind of an event.
fn is_collectors(word: &[u8]) -> bool {
    matches!(
        word,
        b"INFO" | b"WARNING" | b"ERROR" | b"CRITICAL" | b"DEBUG" | b"AUDIT_SUCCESS" | b"AUDIT_FAILURE" | b"VERBOSE"
    )
}

/// Adds a value whose place a field of the collector took, out of the rendered message: its line `Name: value`.
fn from_message(take: &mut Take<'_>, name: &str) -> Result<(), Damage> {
    let sysmon = take.parts.is_of_sysmon(take.record);
    let Some(message) = take.parts.head_text(take.record, Head::Message).filter(|_| sysmon) else { return Ok(()) };
    let there = take.parts.data.iter().any(|pair| take.bytes(pair.name) == name.as_bytes());
    if there {
        return Ok(());
    }
    let found = message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    // Rendered without the event's own table of messages, numbers are zeros.
    if let Some(value) = found.map(str::trim_end).filter(|value| !matches!(*value, "" | "0")) {
        let (name, value) = (take.parts.text(name), take.parts.text(value));
        take.parts.add(name, value);
    }
    Ok(())
}

/// What XML escapes.
const ESCAPES: [&str; 5] = ["&lt;", "&gt;", "&amp;", "&quot;", "&apos;"];

/// NXLog may leave the escapes of XML in values: `&lt;Anonymous Pipe&gt;`. Where the rendered message has none of those that a value
/// has, the value is meant without.
fn unescape_markup(take: &mut Take<'_>) {
    // Which of the escapes the message has, asked once, when a value first has one; `None`: there is no message.
    let mut in_message: Option<Option<Vec<&str>>> = None;
    for at in 0..take.parts.data.len() {
        let Some(pair) = take.parts.data.get(at).copied() else { break };
        let bytes = take.bytes(pair.value);
        if pair.value.kind != Kind::Json || memchr::memchr(b'&', bytes).is_none() {
            continue;
        }
        let Some(escaped) = take.parts.decoded(take.record, pair.value) else { continue };
        let Ok(Cow::Owned(plain)) = quick_xml::escape::unescape(&escaped) else { continue };
        let in_message = in_message.get_or_insert_with(|| {
            let message = take.parts.head_text(take.record, Head::Message).filter(|message| !message.is_empty())?;
            Some(ESCAPES.into_iter().filter(|escape| message.contains(escape)).collect())
        });
        let Some(in_message) = in_message else { break };
        if !in_message.iter().any(|escape| escaped.contains(escape)) {
            let value = take.parts.text(&plain);
            if let Some(pair) = take.parts.data.get_mut(at) {
                pair.value = value;
            }
        }
    }
}
