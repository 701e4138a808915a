//! Events as other systems store them: Wazuh, the log manager.
//!
//! In: the map that holds the event. Out: parts; names of data are Sysmon's own again. Never here: what those systems add.

use std::borrow::Cow;

use super::take::Take;
use crate::event::agent::{Head, Kind, Of, Pair, Piece};
use crate::event::json::{Damage, decode_string};
use crate::sysmon;

/// Wazuh: `system` and `eventdata`, with names that begin with a small letter.
pub(super) fn wazuh(take: &mut Take<'_>, win: Piece) -> Result<(), Damage> {
    for part in take.members(win)? {
        match take.bytes(part.name) {
            b"system" => {
                for member in take.members(part.value)? {
                    let head = match take.bytes(member.name) {
                        b"providerName" => Head::Provider,
                        b"providerGuid" => Head::ProviderGuid,
                        b"eventID" => Head::EventId,
                        b"version" => Head::Version,
                        b"level" => Head::Level,
                        b"keywords" => Head::Keywords,
                        b"eventRecordID" => Head::RecordId,
                        b"processID" => Head::ProcessId,
                        b"threadID" => Head::ThreadId,
                        b"channel" => Head::Channel,
                        b"computer" => Head::Computer,
                        b"message" => {
                            take.put(Head::Message, without_quotes(take, member.value));
                            continue;
                        }
                        b"systemTime" => {
                            take.put_time(member.value);
                            continue;
                        }
                        _other => continue,
                    };
                    take.put(head, member.value);
                }
            }
            b"eventdata" => wazuh_data(take, part.value)?,
            _other => {}
        }
    }
    take.parts.take_back_joined(take.record);
    Ok(())
}

/// A text that stands in quotes of its own, without them.
fn without_quotes(take: &Take<'_>, text: Piece) -> Piece {
    match take.bytes(text) {
        [b'\\', b'"', .., b'\\', b'"'] => Piece { start: text.start + 2, end: text.end - 2, ..text },
        _ => text,
    }
}

/// Wazuh cuts the event's XML out of JSON and out of XML without reading either: escapes of both are left in the values. Where every
/// value of an event can be read as such, it is.
fn wazuh_data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    let members = take.members(data)?;
    let mut plain: Option<Vec<String>> = Some(Vec::with_capacity(members.len()));
    for member in &members {
        let value = take.parts.decoded(take.record, member.value);
        plain = plain.zip(value.and_then(|value| without_escapes(&value))).map(|(mut all, value)| {
            all.push(value);
            all
        });
    }
    for (at, member) in members.into_iter().enumerate() {
        let value = match plain.as_ref().and_then(|all| all.get(at)) {
            // Numbers of the form's own keep their type: Sysmon may write them in another way.
            Some(value) if member.value.kind != Kind::Scalar => take.parts.text(value),
            Some(_) | None => member.value,
        };
        let mut name = String::new();
        take.parts.decode(take.record, member.name, &mut name)?;
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let name: String = first.into_iter().chain(letters).collect();
        let name = take.parts.text(&name);
        take.parts.add_element(take.record, Of::EventData, None, name, value);
    }
    Ok(())
}

/// A value that is the inside of a JSON text, and in that of an XML text.
fn without_escapes(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    decode_string(value.as_bytes(), &mut text).ok()?;
    match quick_xml::escape::unescape(&text) {
        Ok(Cow::Owned(text)) => Some(text),
        Ok(Cow::Borrowed(_)) | Err(_) => Some(text),
    }
}

/// The log manager: what its parser made of an event of Sysmon is turned back by the rule of naming. Rules see `msg`, `meta` and `raw`
/// as well, as they stand.
pub(super) fn log_manager(take: &mut Take<'_>, members: &[Pair], msg: Piece) -> Result<(), Damage> {
    let fields = take.members(msg)?;
    for member in &fields {
        let head = match take.bytes(member.name) {
            b"eventid" => Head::EventId,
            b"provider" | b"provider_name" | b"source_name" => Head::Provider,
            b"channel" | b"log_name" => Head::Channel,
            b"computer" | b"computer_name" => Head::Computer,
            _data => continue,
        };
        take.put(head, member.value);
    }
    let mut received = None;
    for member in members {
        match take.bytes(member.name) {
            b"@timestamp" => received = Some(member.value),
            b"meta" => meta(take, member.value)?,
            _other => {}
        }
        if matches!(take.bytes(member.name), b"msg" | b"meta" | b"raw") {
            take.parts.beside.push(*member);
        }
    }
    if take.parts.head(Head::Provider).is_none()
        && take.parts.head_text(take.record, Head::Channel).as_deref() == Some(sysmon::CHANNEL)
    {
        take.parts.put_text(Head::Provider, sysmon::PROVIDER);
    }
    let provider = take.parts.head_text(take.record, Head::Provider);
    let id = take.parts.head_number(take.record, Head::EventId).and_then(|id| u32::try_from(id).ok());
    // The id of another provider's event says nothing of Sysmon.
    if let (Some(id), Some(provider)) = (id, provider)
        && sysmon::is_provider(&provider)
    {
        for member in fields {
            let mut name = String::new();
            take.parts.decode(take.record, member.name, &mut name)?;
            // Typed siblings, `NAME@TYPE`, are maps that say again what the plain key says.
            let own = sysmon::field_of_message_name(id, &name).filter(|_| member.value.kind != Kind::Map);
            if let Some(own) = own {
                if own == "UtcTime" {
                    take.put_time(member.value);
                }
                let own = take.parts.text(own);
                take.parts.add(own, member.value);
            }
        }
    }
    // The moment at which the log manager got it; no later than seconds behind the event's own.
    if let Some(received) = received {
        take.put_time(received);
    }
    Ok(())
}

/// Where the event came from, and which parser read it.
fn meta(take: &mut Take<'_>, meta: Piece) -> Result<(), Damage> {
    if let Some(source) = take.member(meta, b"src")?
        && let Some(host) = take.member(source, b"host")?
        && take.parts.head(Head::Computer).is_none()
    {
        take.put(Head::Computer, host);
    }
    if take.parts.head(Head::Provider).is_none()
        && let Some(parser) = take.member(meta, b"parser")?
        && take.parts.decoded(take.record, parser).is_some_and(|parser| parser.contains("sysmon"))
    {
        take.parts.put_text(Head::Provider, sysmon::PROVIDER);
    }
    Ok(())
}
