//! What a scalar stands for: YAML 1.1 as go-yaml v2 reads it into an untyped value.
//!
//! In: the text of a scalar, its style and its tag. Out: null, a boolean, a number, a timestamp or a text. Never here: a number that goes
//! through floating point unless it is one, and a guess by what a consumer would like to have.
//!
//! libbeat reads its configuration through go-ucfg, and that through `yaml.v2` into `interface{}`; so v2 is what is done here. v3 differs in
//! the two rows that say so. Only plain scalars, and those with a tag of YAML's own, can be anything but text.
//!
//! | plain scalar | v2, and here | v3 |
//! | --- | --- | --- |
//! | nothing, `~`, `null` `Null` `NULL` | null | |
//! | `true` `True` `TRUE`, `false` `False` `FALSE` | boolean | |
//! | `y` `Y` `yes` `Yes` `YES` `on` `On` `ON`, `n` `N` `no` `No` `NO` `off` `Off` `OFF` | boolean | text, unless a `bool` is asked for |
//! | `12` `-12` `+12` `1_000` `1__0` `12_` | integer: underscores are dropped, but the first character must not be one | |
//! | `0x1F` `0X1F` `0b11` `0o17` `-0x1F` | integer (`0o` since Go 1.13: Winlogbeat 7.6) | |
//! | `010` | 8: a leading zero is octal | |
//! | `08` | 8.0: no octal number, so a float | |
//! | `18446744073709551615`, `-9223372036854775808` | integer: `u64` and `i64` are the bounds | |
//! | `18446744073709551616`; `0x10000000000000000` | float; text, being no float either | |
//! | `1.5` `5.` `.5` `1e5` `12e03` `1_0.5` | float | |
//! | `.inf` `-.Inf` `+.INF` `.nan` `.NaN` | float | |
//! | `1e400`, `inf`, `1:30` (sexagesimal), `0x1p4`, `yEs`, `nULL`, `<<`, `=` | text | |
//! | `2020-01-01`, `2001-12-14 21:59:43.1`, `2001-12-14T21:59:43Z` | timestamp; v2 hands on its text | a `time.Time` |

use super::{Scalar, Style, Tag};

/// What a scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved<'a> {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number between `i64::MIN` and `u64::MAX`.
    Int(i128),
    /// Any other number; whole ones beyond 64 bits too.
    Float(f64),
    /// A text of the form of a date or a time; libbeat sees the text.
    Timestamp(&'a str),
    /// Any other text.
    Text(&'a str),
}

impl Resolved<'_> {
    /// For messages: `an integer`, `a text`, ...
    pub fn is(&self) -> &'static str {
        match self {
            Resolved::Null => "null",
            Resolved::Bool(_) => "a boolean",
            Resolved::Int(_) => "an integer",
            Resolved::Float(_) => "a float",
            Resolved::Timestamp(_) => "a timestamp",
            Resolved::Text(_) => "a text",
        }
    }
}

impl Scalar {
    /// What it stands for; the table is in this module's text.
    pub fn resolve(&self) -> Resolved<'_> {
        match self.tag {
            None if self.style == Style::Plain => plain(&self.text, true),
            None => Resolved::Text(&self.text),
            // No document is made with a tag that does not fit.
            Some(tag) => tagged(tag, &self.text).unwrap_or(Resolved::Text(&self.text)),
        }
    }
}

/// A scalar with a tag, in whatever style: the error is what it would be without.
pub(super) fn tagged(tag: Tag, text: &str) -> Result<Resolved<'_>, Resolved<'_>> {
    let found = if tag == Tag::Str { Resolved::Text(text) } else { plain(text, tag == Tag::Timestamp) };
    match (tag, found) {
        (Tag::Str, Resolved::Text(_))
        | (Tag::Null, Resolved::Null)
        | (Tag::Bool, Resolved::Bool(_))
        | (Tag::Int, Resolved::Int(_))
        | (Tag::Float, Resolved::Float(_))
        | (Tag::Timestamp, Resolved::Timestamp(_)) => Ok(found),
        // A float is asked for here, so this number may lose digits; v2 refuses those beyond an `int64`.
        (Tag::Float, Resolved::Int(number)) => i64::try_from(number).map(|n| Resolved::Float(n as f64)).or(Err(found)),
        (_, found) => Err(found),
    }
}

/// Untagged and without quotes.
fn plain(text: &str, timestamps: bool) -> Resolved<'_> {
    let found = match text.as_bytes().first() {
        None => Some(Resolved::Null),
        Some(b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => word(text),
        Some(b'.') => special_float(text).or_else(|| dotted(text)),
        Some(b'0'..=b'9' | b'+' | b'-') => special_float(text)
            .or_else(|| (timestamps && is_timestamp(text)).then_some(Resolved::Timestamp(text)))
            .or_else(|| {
                let digits = text.replace('_', "");
                integer(&digits).map(Resolved::Int).or_else(|| float(&digits).map(Resolved::Float))
            }),
        Some(_) => None,
    };
    found.unwrap_or(Resolved::Text(text))
}

fn word(text: &str) -> Option<Resolved<'_>> {
    match text {
        "~" | "null" | "Null" | "NULL" => Some(Resolved::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(Resolved::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Resolved::Bool(false))
        }
        _ => None,
    }
}

fn special_float(text: &str) -> Option<Resolved<'_>> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(Resolved::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(Resolved::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => Some(Resolved::Float(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// `.5`: v2 leaves the underscores here to Go's own reader, which takes them only between two digits.
fn dotted(text: &str) -> Option<Resolved<'_>> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let between = |(at, byte): (usize, &u8)| *byte != b'_' || at > 0 && digit(at - 1) && digit(at + 1);
    bytes.iter().enumerate().all(between).then(|| float(&text.replace('_', "")).map(Resolved::Float)).flatten()
}

/// A whole number as Go's `ParseInt` and `ParseUint` take it with base 0.
fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, text.get(1..)?),
        Some(b'+') => (1, text.get(1..)?),
        _ => (1, text),
    };
    // Without a sign, `ParseUint` gets its turn.
    let largest = if digits.len() == text.len() { i128::from(u64::MAX) } else { i128::from(i64::MAX) };
    let prefix = digits.get(..2).filter(|_| digits.len() > 2).map(str::to_ascii_lowercase);
    let (radix, digits) = match prefix.as_deref() {
        Some("0x") => (16, digits.get(2..)?),
        Some("0o") => (8, digits.get(2..)?),
        Some("0b") => (2, digits.get(2..)?),
        _ if digits == "0" => return Some(0),
        _ if digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = sign * i128::from_str_radix(digits, radix).ok()?;
    (i128::from(i64::MIN)..=largest).contains(&number).then_some(number)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`; what is too large for a float is none.
fn float(text: &str) -> Option<f64> {
    let unsigned = |text| str::strip_prefix(text, ['+', '-']).unwrap_or(text);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned(text).split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(unsigned(exponent))),
        None => (unsigned(text), None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let well_formed = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    well_formed.then(|| text.parse::<f64>().ok()).flatten().filter(|number| number.is_finite())
}

/// `Y-M-D`, then nothing, or ` h:m:s`, or `Th:m:s` and a zone; parts of a second anywhere behind seconds.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at), text.get(at..)),
        None => (Some(text), None),
    };
    let mut parts = date.unwrap_or_default().split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (number(year, 9999), number(month, 12), number(day, 31)) else {
        return false;
    };
    let (Ok(year), Ok(month), Ok(day)) = (i16::try_from(year), i8::try_from(month), i8::try_from(day)) else {
        return false;
    };
    jiff::civil::Date::new(year, month, day).is_ok()
        && match time {
            None => true,
            Some(time) => match time.strip_prefix(' ') {
                Some(time) => is_clock(time.trim_start_matches(' ')),
                None => {
                    let time = time.get(1..).unwrap_or_default();
                    let (clock, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
                    is_clock(clock) && is_zone(zone)
                }
            },
        }
}

fn is_clock(text: &str) -> bool {
    let (clock, fraction) = text.split_once(['.', ',']).map_or((text, None), |(clock, rest)| (clock, Some(rest)));
    let mut parts = clock.split(':');
    let mut part = |largest| parts.next().is_some_and(|part| part.len() <= 2 && number(part, largest).is_some());
    let whole = part(23) && part(59) && part(59) && parts.next().is_none();
    whole
        && fraction
            .is_none_or(|digits| matches!(digits.len(), 1..=9) && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_zone(text: &str) -> bool {
    let hours_minutes = |zone: &str| {
        zone.split_once(':').is_some_and(|(hours, minutes)| {
            hours.len() == 2 && minutes.len() == 2 && number(hours, 24).is_some() && number(minutes, 60).is_some()
        })
    };
    text == "Z" || text.strip_prefix(['+', '-']).is_some_and(hours_minutes)
}

/// Digits that make a number up to `largest`.
fn number(text: &str, largest: u32) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| *number <= largest)
}
