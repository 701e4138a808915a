//! Times, as the agent writes them: `2024-01-31T10:00:00.123Z`.
//!
//! In: a piece of a record that is a time in any of the spellings that forms have. Out: UTC, as precise as the form has it, with at
//! least three digits of a second and no zeros behind those. What is no time is kept as it is. Never here: which of several
//! times a form's event has.

use super::parts::{Head, Kind, Parts, Piece};
use crate::ast::Timestamp;

impl Parts {
    /// Puts the time of the event; the first that is put counts.
    pub(crate) fn put_time(&mut self, record: &[u8], piece: Piece) {
        if piece.is_empty() || matches!(piece.kind, Kind::List | Kind::Map) || self.head(Head::Time).is_some() {
            return;
        }
        let bytes = self.bytes(record, piece);
        let time = match bytes {
            // As nearly every form writes it: only the digits of the second may differ.
            [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _, fraction @ .., b'Z'] => {
                match digits(fraction) {
                    Some(digits) if digits.len() == fraction.len() && digits.len() >= 4 => None,
                    Some(digits) => str::from_utf8(bytes).ok().and_then(|text| {
                        let seconds = text.get(..19)?;
                        let digits = str::from_utf8(digits.get(1..).unwrap_or_default()).ok()?;
                        Some(format!("{seconds}.{digits:0<3}Z"))
                    }),
                    None => None,
                }
            }
            _ => str::from_utf8(bytes).ok().and_then(read).map(text),
        };
        match time {
            Some(time) => self.put_text(Head::Time, &time),
            None => self.put(Head::Time, piece),
        }
    }

    /// Puts the time of the event; the first that is put counts.
    #[cfg(feature = "evtx")]
    pub(crate) fn put_timestamp(&mut self, time: jiff::Timestamp) {
        if self.head(Head::Time).is_none() {
            self.put_text(Head::Time, &text(time));
        }
    }
}

/// The point and the digits of a fraction that say something; `None`: it is no fraction.
fn digits(fraction: &[u8]) -> Option<&[u8]> {
    match fraction {
        [] => Some(fraction),
        [b'.', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => {
            let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
            fraction.get(..fraction.len() - zeros.min(digits.len().saturating_sub(3)))
        }
        [..] => None,
    }
}

fn text(time: jiff::Timestamp) -> String {
    let nanos = time.subsec_nanosecond();
    let precision = (3..9).find(|digits| nanos % 10_i32.pow(9 - digits) == 0).unwrap_or(9);
    format!("{time:.*}", precision as usize)
}

/// A time with an offset or none, Sysmon's form, or what counts from 1970.
fn read(text: &str) -> Option<jiff::Timestamp> {
    let inside = text.trim_start_matches('\\').strip_prefix("/Date(");
    let (seconds, nanos) = match (inside, Timestamp::parse(text)) {
        // As PowerShell writes it.
        (Some(inside), _) => epoch(inside.split(')').next()?)?,
        (None, Some(time)) => (time.seconds, time.nanos),
        (None, None) => epoch(text)?,
    };
    jiff::Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()
}

/// Seconds since 1970 with a fraction, or milliseconds. Never by way of floating point.
fn epoch(text: &str) -> Option<(i64, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !(9..=14).contains(&whole.len()) || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    // Twelve digits and more are milliseconds: as seconds they would be in the year 5138 at the earliest.
    if whole >= 100_000_000_000 {
        return Some((whole / 1000, u32::try_from(whole % 1000).ok()? * 1_000_000));
    }
    let nanos: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some((whole, nanos.parse().ok()?))
}
