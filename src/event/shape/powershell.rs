//! What `Get-WinEvent | ConvertTo-Json` writes.
//!
//! In: the members of a record. Out: parts. The values of the event's data stand there without their names: those of Sysmon's events
//! are put back by the layout of the event, or by the lines of the rendered message where an older Sysmon had fewer. Never here:
//! names for the values of other providers; they are marked as lost.

use super::take::Take;
use crate::event::agent::{Head, Kind, Pair, Piece, Zone};
use crate::event::json::Damage;
use crate::sysmon;

/// Takes a record apart.
pub(super) fn take(take: &mut Take<'_>, members: &[Pair]) -> Result<(), Damage> {
    let (mut properties, mut time) = (None, None);
    for member in members {
        let head = match take.bytes(member.name) {
            b"Id" => Head::EventId,
            b"Version" => Head::Version,
            b"Level" => Head::Level,
            b"Keywords" => Head::Keywords,
            b"RecordId" => Head::RecordId,
            b"ProviderName" => Head::Provider,
            b"ProviderId" => Head::ProviderGuid,
            b"LogName" => Head::Channel,
            b"ProcessId" => Head::ProcessId,
            b"ThreadId" => Head::ThreadId,
            b"MachineName" => Head::Computer,
            b"UserId" => Head::UserSid,
            b"ActivityId" => Head::Activity,
            b"RelatedActivityId" => Head::RelatedActivity,
            b"LevelDisplayName" => Head::LevelName,
            b"OpcodeDisplayName" => Head::OpcodeName,
            b"TaskDisplayName" => Head::TaskName,
            b"Message" => Head::Message,
            b"KeywordsDisplayNames" => {
                if member.value.kind == Kind::List && !take.list(member.value)?.is_empty() {
                    take.parts.put(Head::KeywordNames, member.value);
                }
                continue;
            }
            b"TimeCreated" => {
                time = Some(take.member(member.value, b"value")?.unwrap_or(member.value));
                continue;
            }
            b"Properties" => {
                properties = Some(member.value);
                continue;
            }
            _other => continue,
        };
        take.put(head, member.value);
    }
    values(take, properties)?;
    // Version 5 counts from 1970, version 7 writes an offset; what a script has rendered is local time.
    let utc = take.parts.data.iter().find(|pair| take.bytes(pair.name) == b"UtcTime").map(|pair| pair.value);
    take.parts.put_best_time(take.record, &[(time, Zone::Unknown), (utc, Zone::Utc)]);
    Ok(())
}

/// Values of the event's data, by their names.
fn values(take: &mut Take<'_>, properties: Option<Piece>) -> Result<(), Damage> {
    let mut values = Vec::new();
    if let Some(list) = properties.filter(|properties| properties.kind == Kind::List) {
        for property in take.list(list)? {
            // Written without the depth that they need, they are the name of their type.
            let Some(value) = take.member(property, b"Value")? else { return Ok(()) };
            values.push(value);
        }
    }
    let names = names(take, &values);
    for (name, value) in names.iter().zip(values) {
        let name = take.parts.text(name);
        take.parts.add(name, value);
    }
    Ok(())
}

/// The names of these values of the event, if they are known.
fn names(take: &Take<'_>, values: &[Piece]) -> Vec<&'static str> {
    let id = take.parts.head_number(take.record, Head::EventId).and_then(|id| u32::try_from(id).ok());
    let Some(id) = id.filter(|_| take.parts.is_of_sysmon(take.record)) else { return Vec::new() };
    let count = values.len();
    let mut fields: Vec<&str> = sysmon::fields_of(id).collect();
    if fields.len() == count {
        return fields;
    }
    let message = take.parts.head_text(take.record, Head::Message).unwrap_or_default();
    let said = message.lines().filter_map(|line| line.split_once(':').map(|(name, _)| name));
    let said: Vec<&str> = said.filter_map(|said| fields.iter().copied().find(|field| *field == said)).collect();
    if said.len() == count {
        return said;
    }
    // Sysmon puts new fields last, but for a few: what stands at each place must look like what the layout has there.
    fields.truncate(count);
    let missing = sysmon::fields_of(id).count().saturating_sub(count);
    let text = |value: &Piece| take.parts.decoded(take.record, *value).unwrap_or_default();
    let fit = fields.iter().zip(values).all(|(name, value)| looks_like(name, &text(value)));
    if (1..=NEWEST).contains(&missing) && fields.contains(&"UtcTime") && fit { fields } else { Vec::new() }
}

/// So many fields at most were put behind those of an event's oldest layout that is read by its places alone.
const NEWEST: usize = 3;

/// Can this be the value of a field, as far as its name says what it holds?
fn looks_like(name: &str, value: &str) -> bool {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&["Guid", "GUID"]) {
        let bare = value.trim_start_matches('{').trim_end_matches('}');
        bare.len() == 36 && bare.bytes().filter(|byte| *byte == b'-').count() == 4
    } else if ends(&["UtcTime"]) {
        value.len() >= 19 && value.starts_with(|first: char| first.is_ascii_digit()) && value.contains(':')
            || value.starts_with("/Date(")
    } else if ends(&["ProcessId", "ThreadId", "Port", "SessionId"]) {
        !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
    } else if ends(&["IsIpv6", "Initiated", "Signed", "IsExecutable", "Archived"]) {
        value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
    } else if matches!(name, "Hashes" | "Hash") {
        value.contains('=') || value == "-"
    } else {
        true
    }
}
