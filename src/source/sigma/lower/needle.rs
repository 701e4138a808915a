//! How a text is looked for.
//!
//! In: a text with its wildcards, and what the modifiers ask. Out: what has to stand where; several where base64 has it at several offsets. Never
//! here: tests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::modifier::{Ask, Encoding, Plan};
use super::super::value::{Part, Pattern};
use crate::ast::{Function, Operator};
use crate::origin::Origin;

/// Characters of base64 that tell something: fewer stand nearly everywhere.
pub(super) const SHORTEST: usize = 3;

/// How a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    Equal,
    Contains,
    StartsWith,
    EndsWith,
    Like,
    Exists,
}

/// A text and how it is looked for.
pub(super) struct Needle {
    pub(super) shape: Shape,
    pub(super) text: String,
    /// Looked for as base64 of it, at any offset.
    pub(super) through: Option<Function>,
    pub(super) origin: Origin,
}

/// How a text is looked for; several where base64 has it at several offsets.
pub(super) fn needle(pattern: Pattern, plan: &Plan, origin: Origin) -> Vec<Needle> {
    if let (Some(offsets), Some(text)) = (plan.base64, pattern.as_plain()) {
        let inside = plan.ask == Ask::Text(Operator::Contains);
        let function = match plan.encoding {
            Encoding::Utf8 => Some(Function::Base64),
            Encoding::Utf16Le => Some(Function::Base64Wide),
            Encoding::Utf16Be | Encoding::Utf16 => None,
        };
        if let (true, true, Some(_)) = (offsets, inside, function) {
            return vec![Needle { shape: Shape::Contains, text: text.to_string(), through: function, origin }];
        }
        let texts = if offsets {
            at_offsets(&bytes(text, plan.encoding))
        } else {
            vec![STANDARD.encode(bytes(text, plan.encoding))]
        };
        return texts.into_iter().map(|text| shaped(Pattern::plain(&text), plan, origin)).collect();
    }
    vec![shaped(pattern, plan, origin)]
}

fn shaped(pattern: Pattern, plan: &Plan, origin: Origin) -> Needle {
    let (before, behind) = match plan.ask {
        Ask::Text(Operator::Contains) => (true, true),
        Ask::Text(Operator::StartsWith) => (false, true),
        Ask::Text(Operator::EndsWith) => (true, false),
        _other => (false, false),
    };
    let mut pattern = pattern.surrounded(before, behind);
    pattern.parts.dedup_by(|a, b| *a == Part::Any && *b == Part::Any);
    let (shape, text) = match pattern.parts.as_slice() {
        [] => (Shape::Equal, String::new()),
        [Part::Any] => (Shape::Exists, String::new()),
        [Part::Text(text)] if !plan.any_dash => (Shape::Equal, text.clone()),
        [Part::Any, Part::Text(text), Part::Any] => (Shape::Contains, text.clone()),
        [Part::Text(text), Part::Any] => (Shape::StartsWith, text.clone()),
        [Part::Any, Part::Text(text)] => (Shape::EndsWith, text.clone()),
        _ => (Shape::Like, pattern.like()),
    };
    Needle { shape, text, through: None, origin }
}

fn bytes(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Utf16 => [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
    }
}

/// What base64 of anything with these bytes in it holds, at each of three offsets: the characters that no other byte has a part of.
fn at_offsets(bytes: &[u8]) -> Vec<String> {
    (0..3)
        .map(|offset| {
            let mut padded = vec![b' '; offset];
            padded.extend_from_slice(bytes);
            let encoded = STANDARD.encode(&padded);
            let start = [0, 2, 3][offset];
            let cut = [0, 3, 2][padded.len() % 3];
            encoded.get(start..encoded.len() - cut).unwrap_or_default().to_string()
        })
        .collect()
}
