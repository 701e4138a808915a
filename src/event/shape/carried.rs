//! Documents inside of texts.
//!
//! In: the members of a record of which one text holds the event, or its data, as JSON or XML. Out: parts. The document is decoded
//! once, and pieces point into it. Never here: documents inside of those.

use std::sync::Arc;

use super::take::Take;
use super::windows;
use crate::event::agent::{Head, Kind, Pair, Piece, Source};
use crate::event::json::Damage;
use crate::event::xml::{self, Document, Found};

/// Sentinel: `EventData` is a text that holds JSON (`WindowsEvent`) or XML (`Event`), or JSON as it is.
pub(super) fn sentinel(take: &mut Take<'_>, members: &[Pair]) -> Result<(), Damage> {
    let mut generated = None;
    for member in members {
        let head = match take.bytes(member.name) {
            b"Provider" | b"Source" | b"EventSourceName" => Head::Provider,
            b"Channel" | b"EventLog" => Head::Channel,
            b"Computer" => Head::Computer,
            b"EventID" => Head::EventId,
            b"EventLevel" => Head::Level,
            b"EventRecordId" => Head::RecordId,
            b"RenderedDescription" => Head::Message,
            b"TimeCreated" => {
                take.put_time(member.value);
                continue;
            }
            b"TimeGenerated" => {
                generated = Some(member.value);
                continue;
            }
            b"EventData" => {
                data(take, member.value)?;
                continue;
            }
            _other => continue,
        };
        take.put(head, member.value);
    }
    if let Some(time) = generated {
        take.put_time(time);
    }
    Ok(())
}

fn data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    if data.kind == Kind::Map {
        return windows::event_data(take, data);
    }
    let Some(inner) = take.open(data)? else { return Ok(()) };
    match take.bytes(inner).first() {
        Some(b'<') => inside(take, |bytes, parts| {
            let document = Document::of(Source::Inner, bytes, (0, bytes.len()));
            xml::take_data(document, parts).map_err(|damage| Damage::new(0, damage.reason))
        }),
        Some(b'{' | b'[') => windows::event_data(take, inner),
        // A text that is no document is a value without a name. Sysmon has none such: something cut the document.
        Some(_) | None => {
            take.parts.unread = true;
            windows::event_data(take, data)
        }
    }
}

/// EvtxECmd: `Payload` is a text that holds JSON; `PayloadData1` and so on repeat parts of it for people.
pub(super) fn evtx_ecmd(take: &mut Take<'_>, members: &[Pair]) -> Result<(), Damage> {
    let (mut empty, mut repeated) = (false, false);
    for member in members {
        let head = match take.bytes(member.name) {
            b"Provider" => Head::Provider,
            b"Channel" => Head::Channel,
            b"Computer" => Head::Computer,
            b"EventId" | b"EventID" => Head::EventId,
            b"EventRecordId" => Head::RecordId,
            b"ProcessId" => Head::ProcessId,
            b"ThreadId" => Head::ThreadId,
            b"UserId" => Head::UserSid,
            b"Level" => match take.bytes(member.value) {
                b"Info" | b"LogAlways" | b"0" | b"4" => {
                    take.parts.put_text(Head::LevelName, "information");
                    continue;
                }
                _word => Head::LevelName,
            },
            b"Keywords" => {
                let bits = take.bytes(member.value).starts_with(b"0x");
                let head = if bits { Head::Keywords } else { Head::KeywordNames };
                take.parts.put(head, member.value);
                continue;
            }
            b"TimeCreated" => {
                take.put_time(member.value);
                continue;
            }
            b"Payload" => {
                let payload = match member.value.kind {
                    Kind::Map => Some(member.value),
                    Kind::Text | Kind::Json | Kind::Scalar => take.open(member.value)?,
                    Kind::Null => None,
                    Kind::List => return Err(Damage::new(0, "a payload that is no object")),
                };
                match payload {
                    Some(payload @ Piece { kind: Kind::Map, .. }) => {
                        let inside = take.members(payload)?;
                        windows::take(take, &inside)?;
                    }
                    Some(_) => return Err(Damage::new(0, "a payload that is no object")),
                    None => empty = true,
                }
                continue;
            }
            // What it repeats for people was in it.
            name if name.starts_with(b"PayloadData") => {
                repeated |= !member.value.is_empty();
                continue;
            }
            _other => continue,
        };
        take.put(head, member.value);
    }
    take.parts.unread |= empty && repeated;
    take.parts.take_back_joined(take.record);
    Ok(())
}

/// Keys under which forwarders put a line of text.
const TEXTS: [&[u8]; 8] =
    [b"SyslogMessage", b"message", b"Message", b"MESSAGE", b"msg", b"_raw", b"log", b"event_original"];

/// A text that holds the XML of an event: Sysmon for Linux writes it to syslog. Is there one?
pub(super) fn syslog(take: &mut Take<'_>, members: &[Pair]) -> Result<bool, Damage> {
    for member in members {
        if member.value.kind != Kind::Json && member.value.kind != Kind::Text {
            continue;
        }
        if !TEXTS.contains(&take.bytes(member.name)) || !holds_event(take.bytes(member.value)) {
            continue;
        }
        if take.open(member.value)?.is_none() || !xml::has_event(&take.parts.inner) {
            continue;
        }
        inside(take, |bytes, parts| match xml::next_event(bytes, 0, 0) {
            Found::Event(start, end) => {
                if xml::has_event(bytes.get(end..).unwrap_or_default()) {
                    return Err(Damage::new(0, "a text that holds several events"));
                }
                let event = Document::of(Source::Inner, bytes, (start, end));
                xml::take_event(event, parts).map_err(|damage| Damage::new(0, damage.reason))
            }
            Found::Cut(..) => Err(Damage::new(0, "a text that holds several events")),
            Found::Open(_) | Found::Nothing(_) => Err(Damage::new(0, "an event that does not close")),
        })?;
        return Ok(true);
    }
    Ok(false)
}

/// May there be the start of an event, its `<` as it is or escaped?
fn holds_event(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"Event").any(|at| {
        let before = bytes.get(..at).unwrap_or_default();
        let opens = before.ends_with(b"<") || before.ends_with(b"\\u003c") || before.ends_with(b"\\u003C");
        (opens || before.ends_with(b":")) && matches!(bytes.get(at + 5), Some(b'>' | b' ' | b'\\'))
    })
}

/// Reads the opened document into the parts that hold it.
fn inside<T>(
    take: &mut Take<'_>,
    read: impl FnOnce(&[u8], &mut crate::event::agent::Parts) -> Result<T, Damage>,
) -> Result<T, Damage> {
    let document = Arc::clone(&take.parts.inner);
    read(&document, take.parts)
}
