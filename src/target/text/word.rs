//! The smallest parts of the canonical text: quoted texts, names, literals, operands.
//!
//! In: values of the tree. Out: their spelling, on one line whatever they hold. Never here: layout.

use crate::ast::{Base, Literal, Number, Operand};
use crate::source::text::words;

/// A name or sentence: in double quotes where nothing in it needs an escape, else single, else double with escapes.
pub(super) fn name(text: &str) -> String {
    if !text.contains(['\\', '"']) && !text.contains(is_hidden) { format!("\"{text}\"") } else { value(text) }
}

/// Characters that nobody sees, or that turn the direction of what is seen: they are written as escapes.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A value of a test: in single quotes, where every character is itself; in double quotes with escapes where it holds a
/// single quote or a character that nobody sees.
pub(super) fn value(text: &str) -> String {
    if !text.contains('\'') && !text.contains(is_hidden) {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 8);
    out.push('"');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:X}}}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The name of a field.
pub(super) fn field(written: &str) -> String {
    if words::is_plain_field(written) { written.to_string() } else { format!("field {}", name(written)) }
}

/// The name of an event.
pub(super) fn event(written: &str) -> String {
    if words::is_plain_event(written) { written.to_string() } else { name(written) }
}

/// A word, as behind `send`.
pub(super) fn bare_word(written: &str) -> String {
    if words::is_plain_word(written) { written.to_string() } else { name(written) }
}

/// A literal.
pub(super) fn literal(literal: &Literal) -> String {
    // What a person wrote stays, unless it came from a source that writes literals in a way that this language does not.
    let (written, plain) = match literal {
        Literal::Text(text) => return value(text),
        Literal::Bool(true) => return "true".to_string(),
        Literal::Bool(false) => return "false".to_string(),
        Literal::Number { value: Number::Float(value), written } => (written, format!("{value:e}")),
        Literal::Number { value, written } => (written, value.text()),
        Literal::Address(address) => (&address.written, address.value.to_string()),
        Literal::Network { value, written } => (written, value.to_string()),
        Literal::Time { value, written } => (written, value.to_string()),
    };
    if words::is_bare(written) { written.clone() } else { plain }
}

/// An operand: its functions, outermost first, then its base.
pub(super) fn operand(operand: &Operand) -> String {
    let mut out = String::new();
    for function in operand.through.iter().rev() {
        out.push_str(function.words());
        out.push(' ');
    }
    match &operand.base {
        Base::Field(written) => out.push_str(&field(&written.name)),
        Base::AnyField => out.push_str("any field"),
        Base::AnyProcessGuid => out.push_str("any processguid"),
        Base::Hash(kind) => {
            out.push_str("hash ");
            out.push_str(kind.word());
        }
        Base::Lookup(lookup) => {
            let (table, column) = (name(&lookup.table.value), name(&lookup.column.value));
            out.push_str(&format!("lookup {table} column {column} of {}", self::operand(&lookup.of)));
        }
        Base::Literal(value) => out.push_str(&literal(value)),
        // Tests about the event itself name it by their operator.
        Base::Event => out.push_str("event"),
    }
    out
}
