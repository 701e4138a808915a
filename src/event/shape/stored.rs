//! Events as other systems store them: Wazuh, the log manager.
//!
//! In: the map that holds the event. Out: parts; names of data are Sysmon's own again. Never here: what those systems add.

use super::take::Take;
use crate::event::agent::{Head, Kind, Pair, Piece};
use crate::event::json::Damage;
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
                        b"message" => Head::Message,
                        b"systemTime" => {
                            take.put_time(member.value);
                            continue;
                        }
                        _other => continue,
                    };
                    take.put(head, member.value);
                }
            }
            b"eventdata" => {
                for member in take.members(part.value)? {
                    let mut name = String::new();
                    take.parts.decode(take.record, member.name, &mut name)?;
                    let mut letters = name.chars();
                    let first = letters.next().map(|first| first.to_ascii_uppercase());
                    let name: String = first.into_iter().chain(letters).collect();
                    let name = take.parts.text(&name);
                    take.parts.add(name, member.value);
                }
            }
            _other => {}
        }
    }
    Ok(())
}

/// The log manager: what its parser made of the event is turned back by the rule of naming. Rules see `msg`, `meta` and `raw` as
/// well, as they stand.
pub(super) fn log_manager(take: &mut Take<'_>, members: &[Pair], msg: Piece) -> Result<(), Damage> {
    if let Some(id) = take.member(msg, b"eventid")? {
        take.put(Head::EventId, id);
    }
    let id = take.parts.head_number(take.record, Head::EventId).and_then(|id| u32::try_from(id).ok());
    let mut provider = false;
    for member in take.members(msg)? {
        let mut name = String::new();
        take.parts.decode(take.record, member.name, &mut name)?;
        match name.as_str() {
            "provider" | "provider_name" | "source_name" => {
                provider = true;
                take.put(Head::Provider, member.value);
            }
            "channel" | "log_name" => take.put(Head::Channel, member.value),
            "computer" | "computer_name" => take.put(Head::Computer, member.value),
            // Typed siblings say again what the plain key says.
            _ if name.contains('@') || member.value.kind == Kind::Map => {}
            _ => {
                if let Some(own) = id.and_then(|id| sysmon::field_of_message_name(id, &name)) {
                    let own = take.parts.text(own);
                    take.parts.add(own, member.value);
                }
            }
        }
    }
    for member in members {
        match take.bytes(member.name) {
            b"@timestamp" => take.put_time(member.value),
            b"meta" => {
                if let Some(source) = take.member(member.value, b"src")?
                    && let Some(host) = take.member(source, b"host")?
                    && take.parts.head(Head::Computer).is_none()
                {
                    take.put(Head::Computer, host);
                }
                if !provider && let Some(parser) = take.member(member.value, b"parser")? {
                    let sysmon = take.parts.decoded(take.record, parser).is_some_and(|name| name.contains("sysmon"));
                    if sysmon {
                        take.parts.put_text(Head::Provider, sysmon::PROVIDER);
                    }
                }
            }
            _other => {}
        }
        if matches!(take.bytes(member.name), b"msg" | b"meta" | b"raw") {
            take.parts.beside.push(*member);
        }
    }
    Ok(())
}
