//! What a field of a block may hold.
//!
//! In: the value of a field, and the part that it is. Out: findings at that field. Never here: whether the field is there at all.

use super::{Checker, article};
use crate::ast::Literal;
use crate::blockly::vocabulary::{Part, PartKind};
use crate::blockly::{BlockId, FieldValue};
use crate::diagnostic::{Code, nearest};
use crate::limits;
use crate::source::text::shorten;

const WHOLE: &str = "write the digits alone, such as 10, without a sign and without zeros in front";

impl Checker<'_> {
    pub(super) fn value(&mut self, id: BlockId, part: &Part, name: &str, value: &FieldValue) {
        let (FieldValue::Text(text) | FieldValue::Number(text)) = value else {
            if let (PartKind::Variable, FieldValue::Variable { .. }) = (part.kind, value) {
                return;
            }
            let place = self.places.part(id, name);
            let is = match value {
                FieldValue::Bool(_) => "a boolean",
                FieldValue::Variable { .. } => "a variable",
                FieldValue::Other(_) | FieldValue::Text(_) | FieldValue::Number(_) => "no plain value",
            };
            let message = format!("the field `{}` holds {is}, where a text is expected", shorten(name));
            self.places.report(Code::BadField, place, message, "save the workspace again, or write it in quotes");
            return;
        };
        if text.len() > limits::TEXT_CHARS && text.chars().count() > limits::TEXT_CHARS {
            let place = self.places.part(id, name);
            let message = format!("this text has more than {} characters", limits::TEXT_CHARS);
            self.places.report(Code::TextTooLong, place, message, "shorten it, or put long lists into a lookup table");
            return;
        }
        match part.kind {
            PartKind::Text => self.control(id, name, text),
            PartKind::Variable | PartKind::Value(_) | PartKind::Statements(_) => {}
            PartKind::Options(options) => {
                if !options.contains(&text.as_str()) {
                    let place = self.places.part(id, name);
                    let help = match nearest(text, options.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`? It offers {}", options.join(", ")),
                        None => format!("it offers {}", options.join(", ")),
                    };
                    let message = format!("the field `{}` offers no `{}`", shorten(name), shorten(text));
                    self.places.report(Code::BadField, place, message, help);
                }
            }
            PartKind::Literal(kind) => self.literal(id, name, kind, text),
            PartKind::Number => self.number(id, name, text),
        }
    }

    /// A control character in a value is hardly meant: in JSON, `C:\temp` with one backslash holds a tab.
    fn control(&mut self, id: BlockId, name: &str, text: &str) {
        let mut before_letter = text.chars().zip(text.chars().skip(1));
        let escape = before_letter.any(|(c, next)| "\u{8}\t\n\u{c}\r".contains(c) && next.is_alphanumeric());
        let lower = text.to_ascii_lowercase();
        let drive = text.as_bytes().get(1) == Some(&b':') && text.starts_with(|c: char| c.is_ascii_alphabetic());
        let path = drive || text.contains('\\') || [".exe", ".dll", ".sys"].iter().any(|end| lower.ends_with(end));
        let strange = text.chars().find(|c| c.is_control() && !"\t\n\r".contains(*c));
        let place = self.places.part(id, name);
        if escape && path {
            self.places.report(
                Code::ControlCharacter,
                place,
                "a control character stands inside what looks like a path",
                "did you mean a doubled backslash? In JSON, \\t is a tab and \\n a line end; a backslash is \\\\",
            );
        } else if let Some(c) = strange {
            let message = format!("a control character stands inside this text, U+{:04X}", c as u32);
            self.places.report(Code::ControlCharacter, place, message, "remove it, unless it is meant");
        }
    }

    /// A count, in one spelling only, so that what is drawn comes back as it was.
    fn whole(&mut self, id: BlockId, name: &str, text: &str) {
        if text.parse::<u64>().is_ok_and(|number| number.to_string() == text) {
            return;
        }
        let shown = if text.is_empty() { "an empty text".to_string() } else { format!("`{}`", shorten(text)) };
        let place = self.places.part(id, name);
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_err() {
            self.places.report(Code::NumberTooLarge, place, format!("{shown} is beyond 64 bits"), WHOLE);
        } else {
            self.places.report(Code::BadField, place, format!("{shown} is no whole number"), WHOLE);
        }
    }

    fn literal(&mut self, id: BlockId, name: &str, kind: &str, text: &str) {
        if kind == "whole" {
            return self.whole(id, name, text);
        }
        let is = Literal::parse_unquoted(text).map(|literal| literal.kind());
        if is.is_some_and(|is| is == kind || kind == "any") {
            return;
        }
        let place = self.places.part(id, name);
        let digits = text.strip_prefix('-').unwrap_or(text);
        let number = match digits.strip_prefix("0x") {
            Some(hex) => !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()),
            None => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
        };
        let shown = if text.is_empty() { "an empty text".to_string() } else { format!("`{}`", shorten(text)) };
        let (code, message) = match is {
            _ if number && is.is_none() => (Code::NumberTooLarge, format!("{shown} is beyond 64 bits")),
            Some(is) => (Code::BadField, format!("{shown} is {}, not {}", article(is), article(kind))),
            None if kind == "any" => (Code::BadField, format!("{shown} is no number, address, network or time")),
            None => (Code::BadField, format!("{shown} is no {kind}")),
        };
        let help = match kind {
            "number" => "write 4663, 0x1f or 1.5; whole numbers go from -2^63 to 2^64-1",
            "address" => "write it as 10.0.0.1 or fe80::1",
            "network" => "write it as 10.0.0.0/8 or fe80::/10",
            "time" => "write it as 2030-01-31 or 2030-01-31T12:00:00Z",
            _ => "a text belongs into the list of texts",
        };
        self.places.report(code, place, message, help);
    }

    fn number(&mut self, id: BlockId, name: &str, text: &str) {
        let place = self.places.part(id, name);
        let Some(Literal::Number { .. }) = Literal::parse_unquoted(text) else {
            let message = format!("`{}` is no number", shorten(text));
            self.places.report(Code::BadField, place, message, "write it in decimal");
            return;
        };
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if text.parse::<f64>().is_ok_and(|value| value.abs() >= EXACT) {
            self.places.report(
                Code::RoundedNumber,
                place,
                format!("`{}` went through Blockly's number block, which rounds beyond 2^53", shorten(text)),
                "look whether every digit is right, and use the block `number`, which keeps them",
            );
        }
    }
}
