//! Times, as the agent writes them: `2024-01-31T10:00:00.123Z`.
//!
//! In: a piece of a record that is a time in any of the spellings that forms have. Out: UTC, as precise as the form has it, with at
//! least three digits of a second and no zeros behind those. What is no time is none. Never here: which times a form's event has.

use super::parts::{Head, Kind, Parts, Piece};
use crate::ast::Timestamp;

/// How sure a form is that its time is UTC where it names no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// It is, by what is known of the form.
    Utc,
    /// It may be anybody's clock.
    Unknown,
}

/// A time that was read.
struct Clock {
    /// As the agent writes it; `None`: as it stands.
    text: Option<String>,
    /// Does it say which zone it is in?
    zoned: bool,
}

impl Parts {
    /// Puts the time of the event, which is UTC where it names no zone; the first that is a time counts.
    pub(crate) fn put_time(&mut self, record: &[u8], piece: Piece) {
        self.put_best_time(record, &[(Some(piece), Zone::Utc)]);
    }

    /// Puts the best of several times of the event, best first. What is no time gives way to the next; so does, to all that are
    /// certain, one that nobody knows the zone of.
    pub(crate) fn put_best_time(&mut self, record: &[u8], times: &[(Option<Piece>, Zone)]) {
        if self.head(Head::Time).is_some() {
            return;
        }
        let mut uncertain = None;
        for (piece, zone) in times {
            let Some(piece) = *piece else { continue };
            let Some(clock) = self.clock(record, piece) else { continue };
            if clock.zoned || *zone == Zone::Utc {
                return self.put_clock(piece, clock.text);
            }
            uncertain = uncertain.or(Some((piece, clock.text)));
        }
        if let Some((piece, text)) = uncertain {
            self.put_clock(piece, text);
        }
    }

    /// Puts Sysmon's own time in the place of the event's, if they are so far apart that the other is by another clock.
    pub(crate) fn overrule_time(&mut self, record: &[u8], utc: Piece) {
        let (Some(time), Some(own)) = (self.head_text(record, Head::Time), self.decoded(record, utc)) else { return };
        if are_far_apart(&time, &own) {
            self.replace(Head::Time, None);
            self.put_time(record, utc);
        }
    }

    fn put_clock(&mut self, piece: Piece, text: Option<String>) {
        match text {
            Some(text) => self.put_text(Head::Time, &text),
            None => self.put(Head::Time, piece),
        }
    }

    /// What time it is by this piece, if any.
    fn clock(&self, record: &[u8], piece: Piece) -> Option<Clock> {
        if piece.is_empty() || matches!(piece.kind, Kind::List | Kind::Map) {
            return None;
        }
        let bytes = self.bytes(record, piece);
        if let Some(digits) = plain(bytes) {
            let text = str::from_utf8(bytes).ok()?;
            // The point and nine digits are a nanosecond.
            let digits = digits.get(..digits.len().min(10))?;
            if digits.len() >= 4 && digits.len() + 20 == bytes.len() {
                return Some(Clock { text: None, zoned: true });
            }
            let digits = str::from_utf8(digits.get(1..).unwrap_or_default()).ok()?;
            return Some(Clock { text: Some(format!("{}.{digits:0<3}Z", text.get(..19)?)), zoned: true });
        }
        let (time, zoned) = read(str::from_utf8(bytes).ok()?)?;
        Some(Clock { text: Some(text(time)), zoned })
    }

    /// Puts the time of the event; the first that is put counts.
    #[cfg(feature = "evtx")]
    pub(crate) fn put_timestamp(&mut self, time: jiff::Timestamp) {
        if self.head(Head::Time).is_none() {
            self.put_text(Head::Time, &text(time));
        }
    }
}

/// As nearly every form writes it, `2024-01-31T10:00:00Z` with a fraction or none: the point and the digits of the fraction that say
/// something.
fn plain(bytes: &[u8]) -> Option<&[u8]> {
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _, fraction @ .., b'Z'] = bytes else {
        return None;
    };
    let number = |at: usize, digits: usize| {
        let digits = bytes.get(at..at + digits)?;
        digits.iter().try_fold(0_i16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0')))
    };
    let small = |at: usize| number(at, 2).and_then(|number| i8::try_from(number).ok());
    let (hour, minute, second) = (small(11)?, small(14)?, small(17)?);
    jiff::civil::DateTime::new(number(0, 4)?, small(5)?, small(8)?, hour, minute, second, 0).ok()?;
    digits(fraction)
}

/// Are two times further apart than Sysmon's events are from when Windows logs them? The zones of the world are.
pub(crate) fn are_far_apart(one: &str, other: &str) -> bool {
    const HALF_AN_HOUR: u64 = 1800;
    let times = read(one).zip(read(other));
    times.is_some_and(|((one, _), (other, _))| one.as_second().abs_diff(other.as_second()) >= HALF_AN_HOUR)
}

/// Does a text say at which time something happened, and in which zone?
pub(crate) fn is_zoned(time: &str) -> bool {
    read(time).is_some_and(|(_, zoned)| zoned)
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

/// A time with an offset or none, Sysmon's form, or what counts from 1970; and whether it says its zone.
fn read(text: &str) -> Option<(jiff::Timestamp, bool)> {
    // As PowerShell writes it.
    let inside = text.trim_start_matches('\\').strip_prefix("/Date(");
    let counted = match inside {
        Some(inside) => epoch(inside.split(')').next()?),
        None => epoch(text),
    };
    if let Some((seconds, nanos)) = counted {
        return Some((jiff::Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()?, true));
    }
    let (text, utc) = match text.strip_suffix(" UTC") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let time = Timestamp::parse(text)?;
    let zoned = utc || text.parse::<jiff::Timestamp>().is_ok();
    Some((jiff::Timestamp::new(time.seconds, i32::try_from(time.nanos).ok()?).ok()?, zoned))
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
