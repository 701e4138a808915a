//! Windows' XML of an event as JSON.
//!
//! In: the members of the event: `System`, `EventData`, `UserData`, `RenderingInfo`. Out: parts. Attributes stand under
//! `#attributes`, behind `@`, or as they are; text under `#text` beside them. Never here: how the event is wrapped up.

use super::take::Take;
use crate::event::agent::{Head, Kind, Of, Pair, Piece};
use crate::event::json::Damage;

/// Takes an event apart.
pub(super) fn take(take: &mut Take<'_>, members: &[Pair]) -> Result<(), Damage> {
    for member in members {
        match take.bytes(member.name) {
            b"System" => system(take, member.value)?,
            b"EventData" => event_data(take, member.value)?,
            b"UserData" => user_data(take, member.value)?,
            b"RenderingInfo" => rendering(take, member.value)?,
            b"Message" => take.put(Head::Message, member.value),
            _other => {}
        }
    }
    Ok(())
}

fn system(take: &mut Take<'_>, system: Piece) -> Result<(), Damage> {
    for member in take.members(system)? {
        let head = match take.bytes(member.name) {
            b"EventID" => Head::EventId,
            b"Version" => Head::Version,
            b"Level" => Head::Level,
            b"Keywords" => Head::Keywords,
            b"EventRecordID" => Head::RecordId,
            b"Channel" => Head::Channel,
            b"Computer" => Head::Computer,
            // Velociraptor and others flatten these elements.
            b"ProviderName" | b"Provider_Name" => Head::Provider,
            b"Provider" | b"TimeCreated" | b"Correlation" | b"Execution" | b"Security" => {
                attributes(take, member.value, 0)?;
                continue;
            }
            // Task and Opcode are numbers of names that only the provider knows.
            _other => continue,
        };
        take.put(head, member.value);
    }
    Ok(())
}

/// The attributes of an element of the header; those of different elements have different names.
fn attributes(take: &mut Take<'_>, element: Piece, depth: usize) -> Result<(), Damage> {
    for member in take.members(element)? {
        let name = take.bytes(member.name);
        let head = match name.strip_prefix(b"@").unwrap_or(name) {
            b"#attributes" | b"_attributes" | b"attributes" | b"$" if depth == 0 => {
                attributes(take, member.value, 1)?;
                continue;
            }
            b"Name" => Head::Provider,
            b"Guid" => Head::ProviderGuid,
            b"SystemTime" => {
                take.put_time(member.value);
                continue;
            }
            b"ActivityID" => Head::Activity,
            b"RelatedActivityID" => Head::RelatedActivity,
            b"ProcessID" => Head::ProcessId,
            b"ThreadID" => Head::ThreadId,
            b"UserID" | b"UserId" => Head::UserSid,
            // The old name of a source; times and sessions of traces, which are no event logs.
            _other => continue,
        };
        take.put(head, member.value);
    }
    Ok(())
}

fn rendering(take: &mut Take<'_>, rendering: Piece) -> Result<(), Damage> {
    for member in take.members(rendering)? {
        let head = match take.bytes(member.name) {
            b"Message" => Head::Message,
            b"Level" => Head::LevelName,
            b"Task" => Head::TaskName,
            b"Opcode" => Head::OpcodeName,
            b"Keywords" => {
                let names = take.member(member.value, b"Keyword")?;
                if let Some(names) = names {
                    take.parts.put(Head::KeywordNames, names);
                }
                continue;
            }
            _other => continue,
        };
        take.put(head, member.value);
    }
    Ok(())
}

/// Is this a key for the attributes of an element, not for one inside?
fn is_attribute(name: &[u8]) -> bool {
    matches!(name, b"#attributes" | b"_attributes" | b"attributes" | b"xmlns") || name.starts_with(b"@")
}

/// The data of an event.
pub(super) fn event_data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    values(take, Of::EventData, data)
}

/// Values by their names, or as a list of elements.
fn values(take: &mut Take<'_>, of: Of, data: Piece) -> Result<(), Damage> {
    if data.kind != Kind::Map {
        return elements(take, of, data);
    }
    for member in take.members(data)? {
        match take.bytes(member.name) {
            b"Data" | b"#text" => elements(take, of, member.value)?,
            name if is_attribute(name) => {}
            _name => {
                let (_, text) = name_and_text(take, member.value)?;
                several(take, of, None, member.name, text)?;
            }
        }
    }
    Ok(())
}

/// `<Data>` elements: `{"@Name": .., "#text": ..}`, or values without a name.
fn elements(take: &mut Take<'_>, of: Of, data: Piece) -> Result<(), Damage> {
    let element = take.parts.text("Data");
    match data.kind {
        Kind::List => {
            for one in take.list(data)? {
                let (name, text) = name_and_text(take, one)?;
                several(take, of, name, element, text)?;
            }
            Ok(())
        }
        Kind::Null => Ok(()),
        Kind::Map | Kind::Text | Kind::Json | Kind::Scalar => {
            let (name, text) = name_and_text(take, data)?;
            several(take, of, name, element, text)
        }
    }
}

/// The name that an element has in an attribute, and its text; elements inside of one are no text of it.
fn name_and_text(take: &mut Take<'_>, element: Piece) -> Result<(Option<Piece>, Piece), Damage> {
    if element.kind != Kind::Map {
        return Ok((None, element));
    }
    let (mut name, mut attributes, mut text) = (None, None, None);
    take.each(element, |key, value| match key {
        b"@Name" | b"Name" | b"_Name" => name = Some(value),
        b"#attributes" | b"_attributes" | b"attributes" | b"$" => attributes = Some(value),
        b"#text" | b"_text" | b"_" | b"Value" => text = Some(value),
        _other => {}
    })?;
    if let Some(attributes) = attributes {
        name = take.member(attributes, b"Name")?;
    }
    let name = match name {
        Some(name) => Some(take.parts.unescaped(take.record, name)?),
        None => None,
    };
    Ok((name, text.unwrap_or_else(|| take.parts.text(""))))
}

/// The value of an element, or the values of several that stood there under one name.
fn several(take: &mut Take<'_>, of: Of, name: Option<Piece>, element: Piece, text: Piece) -> Result<(), Damage> {
    if text.kind != Kind::List {
        take.parts.add_element(take.record, of, name, element, text);
        return Ok(());
    }
    for one in take.list(text)? {
        let (_, text) = name_and_text(take, one)?;
        take.parts.add_element(take.record, of, name, element, text);
    }
    Ok(())
}

/// What stands under the only element of the user data.
fn user_data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    let all = take.members(data)?;
    let Some(element) = all.into_iter().find(|element| !is_attribute(take.bytes(element.name))) else { return Ok(()) };
    take.parts.user_element = Some(element.name);
    values(take, Of::UserData, element.value)
}
