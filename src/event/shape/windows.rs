//! Windows' XML of an event as JSON.
//!
//! In: the members of the event: `System`, `EventData`, `UserData`, `RenderingInfo`. Out: parts. Attributes stand under
//! `#attributes`, behind `@`, or as they are; text under `#text` beside them. Never here: how the event is wrapped up.

use super::take::Take;
use crate::event::agent::{Head, Kind, Pair, Piece};
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

/// The data of an event: by their names, or as a list of elements.
pub(super) fn event_data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    match data.kind {
        Kind::Map => {
            for member in take.members(data)? {
                match take.bytes(member.name) {
                    b"Data" | b"#text" => elements(take, member.value)?,
                    name if is_attribute(name) => {}
                    _name => named(take, member.name, member.value)?,
                }
            }
            Ok(())
        }
        Kind::List | Kind::Text | Kind::Json | Kind::Scalar => elements(take, data),
        Kind::Null => Ok(()),
    }
}

/// One name with its value, or with several where it stood there several times.
fn named(take: &mut Take<'_>, name: Piece, value: Piece) -> Result<(), Damage> {
    match value.kind {
        Kind::List => {
            for member in take.list(value)? {
                one(take, name, member)?;
            }
            Ok(())
        }
        Kind::Map | Kind::Text | Kind::Json | Kind::Scalar | Kind::Null => one(take, name, value),
    }
}

fn one(take: &mut Take<'_>, name: Piece, value: Piece) -> Result<(), Damage> {
    let value = match value.kind {
        Kind::Map => take.member(value, b"#text")?.unwrap_or(value),
        Kind::List | Kind::Text | Kind::Json | Kind::Scalar | Kind::Null => value,
    };
    take.parts.add(name, value);
    Ok(())
}

/// `<Data>` elements: `{"@Name": .., "#text": ..}`, or values without a name.
fn elements(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    let all = if data.kind == Kind::List { take.list(data)? } else { vec![data] };
    for element in all {
        if element.kind != Kind::Map {
            take.unnamed(element);
            continue;
        }
        let (mut name, mut text) = (None, None);
        for member in take.members(element)? {
            match take.bytes(member.name) {
                b"@Name" | b"Name" | b"_Name" => name = Some(member.value),
                b"#attributes" | b"_attributes" | b"attributes" | b"$" => name = take.member(member.value, b"Name")?,
                b"#text" | b"_text" | b"_" | b"Value" => text = Some(member.value),
                _other => {}
            }
        }
        match (name.filter(|name| !name.is_empty()), text) {
            (Some(name), Some(text)) => {
                let name = take.parts.unescaped(take.record, name)?;
                named(take, name, text)?;
            }
            // An element without text is an empty one.
            (Some(_), None) => take.parts.counted += 1,
            (None, Some(Piece { kind: Kind::List, start, end, source })) => {
                for member in take.list(Piece { kind: Kind::List, start, end, source })? {
                    take.unnamed(member);
                }
            }
            (None, Some(text)) => take.unnamed(text),
            (None, None) => take.parts.counted += 1,
        }
    }
    Ok(())
}

impl Take<'_> {
    /// A value without a name: `param1`, `param2`, ...
    fn unnamed(&mut self, value: Piece) {
        let name = format!("param{}", self.parts.counted + 1);
        let name = self.parts.text(&name);
        self.parts.add(name, value);
    }
}

/// What stands under the only element of the user data.
fn user_data(take: &mut Take<'_>, data: Piece) -> Result<(), Damage> {
    for element in take.members(data)? {
        if is_attribute(take.bytes(element.name)) {
            continue;
        }
        take.parts.user_element = Some(element.name);
        for member in take.members(element.value)? {
            if !is_attribute(take.bytes(member.name)) {
                take.parts.user_data.push(member);
            }
        }
        break;
    }
    Ok(())
}
