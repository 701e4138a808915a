//! `true`, `false`, `null` and numbers.
//!
//! In: the bytes of one such value. Out: the value; integers are exact. Never here: white space.

use crate::ast::Number;
use crate::event::Raw;

/// Reads one scalar. An integer beyond 64 bits, and a decimal beyond what floating point holds, stay text.
pub(crate) fn read(lexeme: &[u8]) -> Raw<'_> {
    match lexeme {
        b"true" => return Raw::Bool(true),
        b"false" => return Raw::Bool(false),
        b"null" => return Raw::Null,
        _number => {}
    }
    let Some(integer) = is_number(lexeme) else { return Raw::Malformed };
    let Ok(text) = std::str::from_utf8(lexeme) else { return Raw::Malformed };
    let number = if integer {
        Number::parse_text(text)
    } else {
        text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Number::from_f64)
    };
    number.map_or(Raw::Text(text), Raw::Number)
}

/// Is it a number by JSON's grammar, and then, is it written as an integer?
fn is_number(lexeme: &[u8]) -> Option<bool> {
    let unsigned = lexeme.strip_prefix(b"-").unwrap_or(lexeme);
    let (whole, rest) = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned.first() == Some(&b'0')) {
        return None;
    }
    let (mut rest, mut integer) = (rest, true);
    if let Some(fraction) = rest.strip_prefix(b".") {
        let (count, behind) = digits(fraction);
        if count == 0 {
            return None;
        }
        (rest, integer) = (behind, false);
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let (count, behind) = digits(exponent);
        if count == 0 {
            return None;
        }
        (rest, integer) = (behind, false);
    }
    rest.is_empty().then_some(integer)
}

/// Number of digits at the start, and what follows them.
fn digits(bytes: &[u8]) -> (usize, &[u8]) {
    let count = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    (count, bytes.get(count..).unwrap_or_default())
}
