//! Literal values: parsed once, where they stand, into typed values that no later stage parses again.
//!
//! In: the characters of a literal. Out: a value, or `None` where the characters are none. Never here: quotes and escapes,
//! which belong to the source.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A literal of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Quoted text.
    Text(String),
    /// A number, with the characters that wrote it (`0x10` stays `0x10`).
    Number {
        /// Its value.
        value: Number,
        /// As written.
        written: String,
    },
    /// `true`, `false`.
    Bool(bool),
    /// An address.
    Address(Address),
    /// A network in CIDR form.
    Network {
        /// Its value; bits behind the prefix are cut off.
        value: IpNet,
        /// As written.
        written: String,
    },
    /// A time.
    Time {
        /// Its value.
        value: Timestamp,
        /// As written.
        written: String,
    },
}

/// An address with the characters that wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// Its value.
    pub value: IpAddr,
    /// As written.
    pub written: String,
}

impl Literal {
    /// What it is, for messages: `text`, `number`, …
    pub fn kind(&self) -> &'static str {
        match self {
            Literal::Text(_) => "text",
            Literal::Number { .. } => "number",
            Literal::Bool(_) => "boolean",
            Literal::Address(_) => "address",
            Literal::Network { .. } => "network",
            Literal::Time { .. } => "time",
        }
    }

    /// Reads an unquoted literal; `None` if the characters are none.
    pub fn parse_unquoted(written: &str) -> Option<Literal> {
        let own = || written.to_string();
        match written {
            "true" => return Some(Literal::Bool(true)),
            "false" => return Some(Literal::Bool(false)),
            _ => {}
        }
        if let Some(value) = Number::parse_literal(written) {
            return Some(Literal::Number { value, written: own() });
        }
        if let Ok(value) = written.parse::<IpAddr>() {
            return Some(Literal::Address(Address { value, written: own() }));
        }
        if let Ok(value) = written.parse::<IpNet>() {
            return Some(Literal::Network { value: value.trunc(), written: own() });
        }
        Timestamp::parse(written).map(|value| Literal::Time { value, written: own() })
    }
}

/// A number. Integers are exact from -2^63 to 2^64-1 and never pass through floating point.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Number {
    /// An integer of 64 bits, signed or unsigned.
    Int(i128),
    /// Any other number; finite.
    Float(f64),
}

impl Number {
    /// Is it in the range of 64-bit integers, signed or unsigned?
    fn in_range(value: i128) -> bool {
        (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value)
    }

    /// Reads the whole of `text` as `-?[0-9]+` or `0x` and hexadecimal digits, within 64 bits. This is when a text of an
    /// event counts as a number.
    pub fn parse_text(text: &str) -> Option<Number> {
        let bytes = text.as_bytes();
        let value = if bytes.len() > 2 && bytes[0] == b'0' && (bytes[1] | 0x20) == b'x' {
            if !bytes[2..].iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            let digits = text[2..].trim_start_matches('0');
            if digits.len() > 16 {
                return None;
            }
            if digits.is_empty() { 0 } else { i128::from_str_radix(digits, 16).ok()? }
        } else {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let significant = digits.trim_start_matches('0');
            if significant.len() > 20 {
                return None;
            }
            let magnitude: i128 = if significant.is_empty() { 0 } else { significant.parse().ok()? };
            if text.starts_with('-') { -magnitude } else { magnitude }
        };
        Self::in_range(value).then_some(Number::Int(value))
    }

    /// Reads a number literal: what [`Number::parse_text`] takes, and decimals such as `1.5` or `-2e3`.
    pub fn parse_literal(written: &str) -> Option<Number> {
        if let Some(number) = Self::parse_text(written) {
            return Some(number);
        }
        let unsigned = written.strip_prefix('-').unwrap_or(written);
        let starts_with_digit = unsigned.bytes().next().is_some_and(|b| b.is_ascii_digit());
        let only_number_bytes =
            unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
        let has_mark = unsigned.bytes().any(|b| matches!(b, b'.' | b'e' | b'E'));
        if !(starts_with_digit && only_number_bytes && has_mark) {
            return None;
        }
        let value: f64 = written.parse().ok()?;
        value.is_finite().then(|| Self::from_f64(value))
    }

    /// Reads a text as Python's `int()` does: blanks around it, a sign, decimal digits of ASCII. Beyond 127 bits it is none.
    pub fn parse_int(text: &str) -> Option<Number> {
        let text = text.trim();
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let magnitude: i128 = digits.parse().ok()?;
        Some(Number::Int(if text.starts_with('-') { -magnitude } else { magnitude }))
    }

    /// Reads a text as Python's `float()` does: what [`Number::parse_int`] takes, and decimals; neither infinity nor NaN.
    pub fn parse_float(text: &str) -> Option<Number> {
        if let Some(number) = Self::parse_int(text) {
            return Some(number);
        }
        let text = text.trim();
        // Rust, as Python, also reads words such as `inf`.
        if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
            return None;
        }
        let value: f64 = text.parse().ok()?;
        value.is_finite().then(|| Self::from_f64(value))
    }

    /// A floating-point value as the integer it equals, where it equals one below 2^53.
    pub fn from_f64(value: f64) -> Number {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT { Number::Int(value as i128) } else { Number::Float(value) }
    }

    /// The canonical text: digits for an integer, the shortest decimal that reads back the same for others.
    pub fn text(&self) -> String {
        match self {
            Number::Int(value) => value.to_string(),
            Number::Float(value) => value.to_string(),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(std::cmp::Ordering::Equal)
    }
}

impl PartialOrd for Number {
    /// Exact also between an integer and a decimal; only NaN has no order.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(b)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(b),
            (Number::Int(a), Number::Float(b)) => compare_int_float(*a, *b),
            (Number::Float(a), Number::Int(b)) => compare_int_float(*b, *a).map(std::cmp::Ordering::reverse),
        }
    }
}

fn compare_int_float(int: i128, float: f64) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering;
    if float.is_nan() {
        return None;
    }
    // From ±2^127 on there is no integer; below, the integral part converts exactly.
    const BEYOND: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    if float >= BEYOND {
        return Some(Ordering::Less);
    }
    if float < -BEYOND {
        return Some(Ordering::Greater);
    }
    let floor = float.floor();
    Some(int.cmp(&(floor as i128)).then(if float > floor { Ordering::Less } else { Ordering::Equal }))
}

/// A point in time, UTC, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds of the second.
    pub nanos: u32,
}

impl Timestamp {
    /// Reads ISO 8601 (`2024-01-01T00:00:00+09:00`, offset honoured, UTC where there is none), Sysmon's
    /// `2018-09-11 08:09:52.655` (UTC), or a day alone.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        // Every form begins YYYY-MM-DD, so that `5` or `1.5` never costs a call of the parser.
        let looks = bytes.len() >= 10
            && bytes.len() <= 40
            && bytes[4] == b'-'
            && bytes[7] == b'-'
            && bytes[..4].iter().all(u8::is_ascii_digit);
        if !looks {
            return None;
        }
        let at = match text.parse::<jiff::Timestamp>() {
            Ok(at) => at,
            Err(_) => text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
        };
        let nanos = at.as_nanosecond();
        Some(Timestamp {
            seconds: i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?,
            nanos: u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?,
        })
    }

    /// Nanoseconds since 1970; nothing beyond the years 1678 to 2261.
    pub fn nanoseconds(self) -> Option<i64> {
        self.seconds.checked_mul(1_000_000_000)?.checked_add(i64::from(self.nanos))
    }

    /// From nanoseconds since 1970.
    pub fn from_nanoseconds(nanoseconds: i64) -> Timestamp {
        // Less than 1_000_000_000 fits.
        let nanos = nanoseconds.rem_euclid(1_000_000_000) as u32;
        Timestamp { seconds: nanoseconds.div_euclid(1_000_000_000), nanos }
    }

    /// From seconds since 1970 and nanoseconds.
    pub fn new(seconds: i64, nanos: u32) -> Timestamp {
        Timestamp { seconds, nanos }
    }

    /// The UTC calendar: year, month, day, weekday (1 Monday to 7), hour, minute, week of ISO 8601. `None` outside years -9999 to 9999.
    pub fn calendar(self) -> Option<[i16; 7]> {
        let at = jiff::Timestamp::new(self.seconds, i32::try_from(self.nanos).ok()?).ok()?;
        let at = at.to_zoned(jiff::tz::TimeZone::UTC);
        let weekday = i16::from(at.weekday().to_monday_one_offset());
        let week = at.date().iso_week_date().week().into();
        Some([at.year(), at.month().into(), at.day().into(), weekday, at.hour().into(), at.minute().into(), week])
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::new(self.seconds, i32::try_from(self.nanos).unwrap_or(0)) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "{}s", self.seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_number_only_as_a_whole_and_within_64_bits() {
        let int = |text| match Number::parse_text(text) {
            Some(Number::Int(value)) => Some(value),
            _ => None,
        };
        assert_eq!(int("18446744073709551615"), Some(u64::MAX.into()));
        assert_eq!(int("18446744073709551616"), None);
        assert_eq!(int("-9223372036854775808"), Some(i64::MIN.into()));
        assert_eq!(int("-9223372036854775809"), None);
        assert_eq!(int("0x8000000000000000"), Some(1 << 63));
        assert_eq!(int("0X1010"), Some(0x1010));
        assert_eq!(int("007"), Some(7));
        for no_number in ["", "-", "0x", "1.0", " 1", "1 ", "+1", "0x1g", "１"] {
            assert_eq!(int(no_number), None, "{no_number:?}");
        }
    }

    #[test]
    fn integers_and_decimals_compare_exactly() {
        assert_eq!(Number::parse_literal("1.0"), Some(Number::Int(1)));
        assert!(Number::Int(u64::MAX.into()) < Number::Float(18_446_744_073_709_551_616.0));
        assert!(Number::Int(2) > Number::Float(1.5));
        assert!(Number::Int(-2) < Number::Float(-1.5));
        assert!(Number::Int(0) < Number::Float(f64::INFINITY));
        assert!(Number::Int(10_i128.pow(35)) > Number::Float(1.3e30));
        assert!(Number::Int(i128::MIN) > Number::Float(f64::NEG_INFINITY));
    }

    #[test]
    fn texts_convert_as_in_python() {
        for (text, value) in [("42", 42), (" -7\t", -7), ("+007", 7), ("100000000000000000000", 10_i128.pow(20))] {
            assert_eq!(Number::parse_int(text), Some(Number::Int(value)), "{text:?}");
            assert_eq!(Number::parse_float(text), Some(Number::Int(value)), "{text:?}");
        }
        for none in ["", " ", "+", "--1", "+-1", "0x10", "1.5", "1e3", "x", "1 2", "１"] {
            assert_eq!(Number::parse_int(none), None, "{none:?}");
        }
        assert_eq!(Number::parse_float(" 1.5 "), Some(Number::Float(1.5)));
        assert_eq!(Number::parse_float("-.5e1"), Some(Number::Int(-5)));
        for none in ["", "inf", "-nan", "1e999", "0x10", "1,5", "e", "."] {
            assert_eq!(Number::parse_float(none), None, "{none:?}");
        }
    }

    #[test]
    fn times_of_both_forms_and_offsets() {
        let utc = Timestamp::parse("2023-12-31T15:00:00Z");
        assert!(utc.is_some());
        assert_eq!(Timestamp::parse("2024-01-01T00:00:00+09:00"), utc);
        assert_eq!(Timestamp::parse("2023-12-31 15:00:00.000"), utc);
        assert_eq!(Timestamp::parse("2023-12-31T15:00:00"), utc);
        assert_eq!(Timestamp::parse("Binary Data"), None);
        assert_eq!(utc.and_then(Timestamp::calendar), Some([2023, 12, 31, 7, 15, 0, 52]));
    }
}
