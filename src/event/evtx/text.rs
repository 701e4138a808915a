//! Values as Windows writes them into an event's XML.
//!
//! In: typed values of the `evtx` crate. Out: text: GUIDs in braces and upper case, hexadecimal numbers behind `0x`,
//! times as ISO 8601 with seven digits of a second. Never here: names.

use std::fmt::Write;

use evtx::binxml::value_variant::{BinXmlValue, FileTime, SidRef, SysTime};

const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// UTF-16 as text: lone surrogates become U+FFFD, and what XML cannot hold `_`, as Windows writes it.
pub(super) fn push_utf16(bytes: &[u8], out: &mut String) {
    out.reserve(bytes.len() / 2);
    // Nearly all text of events is ASCII: a piece at a time, without a look at single characters.
    let mut piece = [0u8; 64];
    let mut rest = bytes;
    while !rest.is_empty() {
        let units = rest.chunks_exact(2).take(piece.len());
        let mut plain = true;
        for (to, unit) in piece.iter_mut().zip(units) {
            let [low, high] = *unit else { continue };
            plain &= high == 0 && matches!(low, 0x20..=0x7f);
            *to = low;
        }
        let len = (rest.len() / 2).min(piece.len());
        match piece.get(..len).map(str::from_utf8) {
            Some(Ok(text)) if plain => out.push_str(text),
            _ => return push_any_utf16(rest, out),
        }
        // An odd byte at the end is no unit.
        rest = if rest.len() < 2 { &[] } else { rest.get(len * 2..).unwrap_or_default() };
    }
}

fn push_any_utf16(bytes: &[u8], out: &mut String) {
    let units = bytes.chunks_exact(2).map(|unit| match unit {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    out.extend(char::decode_utf16(units).map(|decoded| decoded.map_or(char::REPLACEMENT_CHARACTER, of_xml)));
}

/// A character that XML can hold: itself, or what Windows puts in its place.
fn of_xml(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => character,
        '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => '_',
        other => other,
    }
}

/// How many values this one is, where it is a list.
pub(super) fn members(value: &BinXmlValue<'_>) -> Option<usize> {
    match value {
        BinXmlValue::StringArrayType(list) => Some(list.len()),
        BinXmlValue::AnsiStringArrayType(list) => Some(list.len()),
        BinXmlValue::Int8ArrayType(list) => Some(list.len()),
        BinXmlValue::UInt8ArrayType(list) => Some(list.len()),
        BinXmlValue::Int16ArrayType(list) => Some(list.len()),
        BinXmlValue::UInt16ArrayType(list) => Some(list.len()),
        BinXmlValue::Int32ArrayType(list) => Some(list.len()),
        BinXmlValue::UInt32ArrayType(list) | BinXmlValue::HexInt32ArrayType(list) => Some(list.len()),
        BinXmlValue::Int64ArrayType(list) => Some(list.len()),
        BinXmlValue::UInt64ArrayType(list) | BinXmlValue::HexInt64ArrayType(list) => Some(list.len()),
        BinXmlValue::Real32ArrayType(list) => Some(list.len()),
        BinXmlValue::Real64ArrayType(list) => Some(list.len()),
        BinXmlValue::BoolArrayType(list) => Some(list.len()),
        BinXmlValue::GuidArrayType(list) => Some(list.len()),
        BinXmlValue::FileTimeArrayType(list) => Some(list.len()),
        BinXmlValue::SysTimeArrayType(list) => Some(list.len()),
        BinXmlValue::SidArrayType(list) => Some(list.len()),
        BinXmlValue::NullType
        | BinXmlValue::StringType(_)
        | BinXmlValue::AnsiStringType(_)
        | BinXmlValue::Int8Type(_)
        | BinXmlValue::UInt8Type(_)
        | BinXmlValue::Int16Type(_)
        | BinXmlValue::UInt16Type(_)
        | BinXmlValue::Int32Type(_)
        | BinXmlValue::UInt32Type(_)
        | BinXmlValue::Int64Type(_)
        | BinXmlValue::UInt64Type(_)
        | BinXmlValue::Real32Type(_)
        | BinXmlValue::Real64Type(_)
        | BinXmlValue::BoolType(_)
        | BinXmlValue::BinaryType(_)
        | BinXmlValue::GuidType(_)
        | BinXmlValue::SizeTType(_)
        | BinXmlValue::FileTimeType(_)
        | BinXmlValue::SysTimeType(_)
        | BinXmlValue::SidType(_)
        | BinXmlValue::HexInt32Type(_)
        | BinXmlValue::HexInt64Type(_)
        | BinXmlValue::EvtHandle
        | BinXmlValue::BinXmlType(_)
        | BinXmlValue::EvtXml
        | BinXmlValue::BinaryArrayType
        | BinXmlValue::SizeTArrayType
        | BinXmlValue::EvtArrayHandle
        | BinXmlValue::BinXmlArrayType
        | BinXmlValue::EvtXmlArrayType => None,
    }
}

/// A value's text: of a list one member, or all with commas between them.
pub(super) fn push_value(value: &BinXmlValue<'_>, member: Option<usize>, out: &mut String) {
    match value {
        BinXmlValue::StringType(text) => push_utf16(text.as_bytes(), out),
        BinXmlValue::AnsiStringType(text) => push_str(text, out),
        BinXmlValue::Int8Type(number) => display(number, out),
        BinXmlValue::UInt8Type(number) => push_number(u64::from(*number), out),
        BinXmlValue::Int16Type(number) => display(number, out),
        BinXmlValue::UInt16Type(number) => push_number(u64::from(*number), out),
        BinXmlValue::Int32Type(number) => display(number, out),
        BinXmlValue::UInt32Type(number) => push_number(u64::from(*number), out),
        BinXmlValue::Int64Type(number) => display(number, out),
        BinXmlValue::UInt64Type(number) => push_number(*number, out),
        BinXmlValue::Real32Type(number) => display(number, out),
        BinXmlValue::Real64Type(number) => display(number, out),
        BinXmlValue::BoolType(truth) => display(truth, out),
        BinXmlValue::BinaryType(bytes) => push_binary(bytes, out),
        BinXmlValue::GuidType(guid) => push_guid(guid, out),
        BinXmlValue::SizeTType(number) => display(&format_args!("{number:#x}"), out),
        BinXmlValue::FileTimeType(time) => push_file_time(time, out),
        BinXmlValue::SysTimeType(time) => push_system_time(time, out),
        BinXmlValue::SidType(sid) => push_sid(sid, out),
        BinXmlValue::HexInt32Type(number) => display(&format_args!("{number:#x}"), out),
        BinXmlValue::HexInt64Type(number) => display(&format_args!("{number:#x}"), out),
        BinXmlValue::StringArrayType(l) => list(l, member, out, |text, out| push_utf16(text.as_bytes(), out)),
        BinXmlValue::AnsiStringArrayType(l) => list(l, member, out, |text, out| push_str(text, out)),
        BinXmlValue::Int8ArrayType(l) => list(l, member, out, display),
        BinXmlValue::UInt8ArrayType(l) => list(l, member, out, display),
        BinXmlValue::Int16ArrayType(l) => list(l, member, out, display),
        BinXmlValue::UInt16ArrayType(l) => list(l, member, out, display),
        BinXmlValue::Int32ArrayType(l) => list(l, member, out, display),
        BinXmlValue::UInt32ArrayType(l) => list(l, member, out, display),
        BinXmlValue::Int64ArrayType(l) => list(l, member, out, display),
        BinXmlValue::UInt64ArrayType(l) => list(l, member, out, display),
        BinXmlValue::Real32ArrayType(l) => list(l, member, out, display),
        BinXmlValue::Real64ArrayType(l) => list(l, member, out, display),
        BinXmlValue::BoolArrayType(l) => list(l, member, out, display),
        BinXmlValue::GuidArrayType(l) => list(l, member, out, push_guid),
        BinXmlValue::FileTimeArrayType(l) => list(l, member, out, push_file_time),
        BinXmlValue::SysTimeArrayType(l) => list(l, member, out, push_system_time),
        BinXmlValue::SidArrayType(l) => list(l, member, out, push_sid),
        BinXmlValue::HexInt32ArrayType(l) => list(l, member, out, |n, out| display(&format_args!("{n:#x}"), out)),
        BinXmlValue::HexInt64ArrayType(l) => list(l, member, out, |n, out| display(&format_args!("{n:#x}"), out)),
        // Nothing, elements, or what no log holds.
        BinXmlValue::NullType
        | BinXmlValue::BinXmlType(_)
        | BinXmlValue::EvtHandle
        | BinXmlValue::EvtXml
        | BinXmlValue::BinaryArrayType
        | BinXmlValue::SizeTArrayType
        | BinXmlValue::EvtArrayHandle
        | BinXmlValue::BinXmlArrayType
        | BinXmlValue::EvtXmlArrayType => {}
    }
}

/// A number of the kinds that stand in headers.
pub(super) fn number(value: &BinXmlValue<'_>) -> Option<u64> {
    match value {
        BinXmlValue::UInt8Type(number) => Some(u64::from(*number)),
        BinXmlValue::UInt16Type(number) => Some(u64::from(*number)),
        BinXmlValue::UInt32Type(number) => Some(u64::from(*number)),
        BinXmlValue::UInt64Type(number) | BinXmlValue::HexInt64Type(number) => Some(*number),
        _ => None,
    }
}

fn list<T>(items: &[T], member: Option<usize>, out: &mut String, mut push: impl FnMut(&T, &mut String)) {
    if let Some(member) = member {
        if let Some(item) = items.get(member) {
            push(item, out);
        }
        return;
    }
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(item, out);
    }
}

pub(super) fn push_number(number: u64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(number));
}

fn display<T: std::fmt::Display>(value: &T, out: &mut String) {
    // Writing to a text cannot fail.
    let _ = write!(out, "{value}");
}

fn push_str(text: &str, out: &mut String) {
    out.extend(text.chars().map(of_xml));
}

fn push_binary(bytes: &[u8], out: &mut String) {
    out.extend(bytes.iter().flat_map(|byte| hex(*byte)).map(char::from));
}

/// The two digits of a byte.
fn hex(byte: u8) -> [u8; 2] {
    [UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]
}

fn push_guid(guid: &[u8; 16], out: &mut String) {
    // The first three groups are little-endian numbers.
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = *b"{00000000-0000-0000-0000-000000000000}";
    let mut places = text.iter_mut().filter(|place| **place == b'0');
    for digit in ORDER.iter().flat_map(|at| hex(guid[*at])) {
        if let Some(place) = places.next() {
            *place = digit;
        }
    }
    out.push_str(str::from_utf8(&text).unwrap_or_default());
}

fn push_sid(sid: &SidRef<'_>, out: &mut String) {
    display(sid, out);
}

fn push_file_time(time: &FileTime, out: &mut String) {
    // What is beyond the year 9999 is no time of an event; the number says more than a wrong date.
    match time.to_timestamp() {
        Some(timestamp) => push_timestamp(timestamp, out),
        None => display(&time.0, out),
    }
}

fn push_system_time(time: &SysTime, out: &mut String) {
    match time.to_timestamp() {
        Some(timestamp) => push_timestamp(timestamp, out),
        // As Windows writes a time that is none.
        None => out.push_str("1601-01-01T00:00:00.0000000Z"),
    }
}

/// `2024-01-31T10:00:00.1234567Z`
fn push_timestamp(timestamp: jiff::Timestamp, out: &mut String) {
    let _ = write!(out, "{timestamp:.7}");
}
