//! Windows' XML of an event as JSON.
//!
//! In: the members of the event: `System`, `EventData`, `UserData`, `RenderingInfo`. Out: parts. Attributes stand under
//! `#attributes`, behind `@`, under `NAME_attributes` beside the element, or as they are; text under `#text` beside them. What is nested in a
//! value is kept as its JSON text. Never here: how the event is wrapped up.

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
            b"Provider" if member.value.kind != Kind::Map => Head::Provider,
            b"TimeCreated" if member.value.kind != Kind::Map => {
                take.put_time(member.value);
                continue;
            }
            b"Provider" | b"TimeCreated" | b"Correlation" | b"Execution" | b"Security" => {
                attributes(take, member.value, 0)?;
                continue;
            }
            // evtx_dump with `--separate-json-attributes`.
            b"Provider_attributes"
            | b"TimeCreated_attributes"
            | b"Correlation_attributes"
            | b"Execution_attributes"
            | b"Security_attributes" => {
                attributes(take, member.value, 1)?;
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
    matches!(name, b"#attributes" | b"_attributes" | b"attributes" | b"$" | b"xmlns") || name.starts_with(b"@")
}

/// Is it that, or does it hold those of the element beside it?
fn is_attributes(take: &Take<'_>, member: &Pair) -> bool {
    let name = take.bytes(member.name);
    is_attribute(name) || member.value.kind == Kind::Map && name.ends_with(BESIDE)
}

/// End of a key that holds the attributes of the element that is called as the key is before it.
const BESIDE: &[u8] = b"_attributes";

/// The data of an event.
pub(super) fn event_data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    values(take, Of::EventData, data)
}

/// Values by their names, or as a list of elements, or of maps that hold them by their names.
fn values(take: &mut Take<'_>, of: Of, data: Piece) -> Result<(), Damage> {
    match data.kind {
        Kind::Map => named(take, of, data),
        Kind::List => {
            for one in take.list(data)? {
                if one.kind == Kind::Map && element(take, one)?.nested {
                    named(take, of, one)?;
                } else {
                    elements(take, of, one)?;
                }
            }
            Ok(())
        }
        Kind::Null | Kind::Text | Kind::Json | Kind::Scalar => elements(take, of, data),
    }
}

fn named(take: &mut Take<'_>, of: Of, data: Piece) -> Result<(), Damage> {
    let members = take.members(data)?;
    for member in &members {
        match take.bytes(member.name) {
            b"Data" if !matches!(member.value.kind, Kind::Map | Kind::List) => {
                let beside = members.iter().find(|beside| take.bytes(beside.name) == b"Data_attributes");
                let name = match beside {
                    Some(beside) => take.member(beside.value, b"Name")?,
                    None => None,
                };
                let name = name.map(|name| take.parts.unescaped(take.record, name)).transpose()?;
                if member.value.kind != Kind::Null {
                    several(take, of, name, member.name, member.value)?;
                }
            }
            b"Data" | b"#text" => elements(take, of, member.value)?,
            _ if is_attributes(take, member) => {}
            _name => {
                let found = element(take, member.value)?;
                // A name alone is no attribute of an element that has one already.
                let text = if found.name.is_some() && found.text.is_empty() { member.value } else { found.text };
                several(take, of, None, member.name, text)?;
            }
        }
    }
    Ok(())
}

/// `<Data>` elements: `{"@Name": .., "#text": ..}`, or values without a name.
fn elements(take: &mut Take<'_>, of: Of, data: Piece) -> Result<(), Damage> {
    let data_name = take.parts.text("Data");
    match data.kind {
        Kind::List => {
            for one in take.list(data)? {
                let Element { name, text, .. } = element(take, one)?;
                several(take, of, name, data_name, text)?;
            }
            Ok(())
        }
        Kind::Null => Ok(()),
        Kind::Map | Kind::Text | Kind::Json | Kind::Scalar => {
            let Element { name, text, .. } = element(take, data)?;
            several(take, of, name, data_name, text)
        }
    }
}

/// An element as JSON has it.
struct Element {
    /// What it has in an attribute.
    name: Option<Piece>,
    text: Piece,
    /// It has elements inside and no text: its text is that of the JSON.
    nested: bool,
}

fn element(take: &mut Take<'_>, piece: Piece) -> Result<Element, Damage> {
    if piece.kind != Kind::Map {
        return Ok(Element { name: None, text: piece, nested: false });
    }
    let (mut name, mut attributes, mut text, mut inside) = (None, None, None, false);
    take.each(piece, |key, value| match key {
        b"@Name" | b"Name" | b"_Name" => name = Some(value),
        b"#attributes" | b"_attributes" | b"attributes" | b"$" => attributes = Some(value),
        b"#text" | b"_text" | b"_" | b"Value" => text = Some(value),
        key => inside |= !is_attribute(key),
    })?;
    if let Some(attributes) = attributes {
        name = take.member(attributes, b"Name")?;
    }
    let name = match name {
        Some(name) => Some(take.parts.unescaped(take.record, name)?),
        None => None,
    };
    let nested = inside && text.is_none();
    let text = match text {
        Some(text) => text,
        None if nested => as_json(piece),
        None => take.parts.text(""),
    };
    Ok(Element { name, text, nested })
}

/// A map or a list as the text of its JSON: nobody can say what it was in the event.
fn as_json(piece: Piece) -> Piece {
    Piece { kind: Kind::Text, ..piece }
}

/// The value of an element, or the values of several that stood there under one name.
fn several(take: &mut Take<'_>, of: Of, name: Option<Piece>, element_name: Piece, text: Piece) -> Result<(), Damage> {
    if text.kind != Kind::List {
        let text = if text.kind == Kind::Map { as_json(text) } else { text };
        take.parts.add_element(take.record, of, name, element_name, text);
        return Ok(());
    }
    let mut all = Vec::new();
    for one in take.list(text)? {
        let one = element(take, one)?;
        if one.nested || one.text.kind == Kind::List {
            take.parts.add_element(take.record, of, name, element_name, as_json(text));
            return Ok(());
        }
        all.push(one.text);
    }
    for text in all {
        take.parts.add_element(take.record, of, name, element_name, text);
    }
    Ok(())
}

/// What stands under the only element of the user data.
fn user_data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    let all = take.members(data)?;
    let Some(element) = all.into_iter().find(|element| !is_attributes(take, element)) else { return Ok(()) };
    take.parts.user_element = Some(element.name);
    values(take, Of::UserData, element.value)
}
