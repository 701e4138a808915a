//! Quoted and unquoted literals: from the characters that write them to values.
//!
//! In: the characters of one literal, with its quotes if it has some. Out: its value, or a finding with the reason and the
//! way out. Never here: whether an operator can take it.

use crate::ast::Literal;
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, SourceId, Span};

/// What quotes hold.
pub(super) struct Quoted {
    /// Its value.
    pub value: String,
    /// What is wrong or odd about it.
    pub findings: Vec<Diagnostic>,
}

/// Reads a quoted text; `at` is its place, quotes included. `is_value`: it stands in a test, where a path with a tab in it
/// is hardly meant.
pub(super) fn quoted(source: SourceId, written: &str, at: usize, is_value: bool) -> Quoted {
    let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or("");
    if written.starts_with('"') {
        double(source, inner, at + 1, is_value)
    } else {
        let mut findings = Vec::new();
        if is_value {
            findings.extend(raw_control(source, inner, at + 1));
        }
        Quoted { value: inner.to_string(), findings }
    }
}

fn origin(source: SourceId, start: usize, len: usize) -> Origin {
    Origin::span(source, Span::new(start, start + len))
}

fn double(source: SourceId, inner: &str, at: usize, is_value: bool) -> Quoted {
    let mut value = String::with_capacity(inner.len());
    let mut findings: Vec<Diagnostic> = Vec::new();
    // The first escape of a tab or another control character directly before a letter, as in "C:\temp".
    let mut control: Option<(usize, usize)> = None;
    let mut rest = inner;
    while let Some(n) = rest.find('\\') {
        value.push_str(&rest[..n]);
        let begin = inner.len() - rest.len() + n;
        let escape = escape(&rest[n..]);
        match escape.value {
            Some(c) => {
                value.push(c);
                let before_letter = rest[n + escape.len..].starts_with(char::is_alphanumeric);
                if c.is_control() && before_letter && control.is_none() {
                    control = Some((begin, escape.len));
                }
            }
            None if findings.is_empty() => {
                findings.push(unknown_escape(source, inner, at, begin, escape.len));
            }
            None => {}
        }
        rest = &rest[n + escape.len..];
    }
    value.push_str(rest);
    if is_value && findings.is_empty() {
        match control {
            Some((begin, len)) if looks_like_path(inner) => {
                let message =
                    format!("`{}` is a control character inside what looks like a path", &inner[begin..begin + len]);
                let mut finding = Diagnostic::new(Code::ControlCharacter, origin(source, at + begin, len), message)
                    .help(format!("use single quotes, in which a backslash is a backslash{}", in_single_quotes(inner)));
                if !inner.contains('\'') {
                    finding = finding.fix(origin(source, at - 1, inner.len() + 2), format!("'{inner}'"));
                }
                findings.push(finding);
            }
            Some(_) | None => findings.extend(raw_control(source, inner, at)),
        }
    }
    Quoted { value, findings }
}

/// One escape: how many bytes it takes, and which character it is.
struct Escape {
    len: usize,
    value: Option<char>,
}

/// Reads the escape with which `text` begins.
fn escape(text: &str) -> Escape {
    let Some(mark) = text.chars().nth(1) else { return Escape { len: text.len(), value: None } };
    let simple = |c| Escape { len: 2, value: Some(c) };
    match mark {
        '\\' | '"' | '\'' => simple(mark),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        '0' => simple('\0'),
        'u' => {
            let digits = text[2..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
            match digits {
                Some(digits) if (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    let value = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                    Escape { len: digits.len() + 4, value }
                }
                Some(_) | None => Escape { len: 2, value: None },
            }
        }
        other => Escape { len: 1 + other.len_utf8(), value: None },
    }
}

fn unknown_escape(source: SourceId, inner: &str, at: usize, begin: usize, len: usize) -> Diagnostic {
    let escape = &inner[begin..begin + len];
    let message = if escape.starts_with("\\u") {
        format!("`{escape}` names no character")
    } else {
        format!("`{escape}` is no escape that double quotes know")
    };
    let help = if escape.starts_with("\\u") {
        "write the code point in hexadecimal, \\u{41}; or double the backslash if one is meant".to_string()
    } else {
        format!("use single quotes, in which a backslash is a backslash{}; or double it", in_single_quotes(inner))
    };
    let finding = Diagnostic::new(Code::UnknownEscape, origin(source, at + begin, len), message).help(help);
    // A doubled backslash elsewhere would become two in single quotes.
    if inner.contains('\'') || inner.contains("\\\\") {
        finding
    } else {
        finding.fix(origin(source, at - 1, inner.len() + 2), format!("'{inner}'"))
    }
}

/// `: 'C:\temp'` to show what is meant, where the text is short and holds no single quote.
fn in_single_quotes(inner: &str) -> String {
    let short = inner.len() <= 60 && !inner.contains(['\'', '\n']);
    if short { format!(": '{inner}'") } else { String::new() }
}

fn looks_like_path(inner: &str) -> bool {
    // Whoever doubled a backslash knows of escapes.
    if inner.contains("\\\\") {
        return false;
    }
    let drive = inner.as_bytes().windows(3).any(|w| w[0].is_ascii_alphabetic() && &w[1..] == b":\\");
    let program = [".exe", ".dll", ".sys"].iter().any(|end| inner.to_ascii_lowercase().ends_with(end));
    drive || program || inner.starts_with('\\')
}

/// A control character that stands in quotes as it is, and is neither a tab nor the end of a line.
fn raw_control(source: SourceId, inner: &str, at: usize) -> Option<Diagnostic> {
    let bytes = inner.as_bytes();
    let (offset, c) = inner.char_indices().find(|(offset, c)| match c {
        '\n' | '\t' => false,
        '\r' => bytes.get(offset + 1) != Some(&b'\n'),
        c => c.is_control(),
    })?;
    let message = format!("a control character stands inside this text, U+{:04X}", c as u32);
    let finding = Diagnostic::new(Code::ControlCharacter, origin(source, at + offset, c.len_utf8()), message);
    Some(finding.help(format!("remove it; if it is meant, write it in double quotes as \\u{{{:X}}}", c as u32)))
}

/// Reads an unquoted literal. Characters that are none give the reason.
pub(super) fn unquoted(source: SourceId, written: &str, at: usize) -> Result<Literal, Box<Diagnostic>> {
    if let Some(literal) = Literal::parse_unquoted(written) {
        return Ok(literal);
    }
    let place = origin(source, at, written.len());
    let shown = super::scan::shorten(written);
    let unsigned = written.strip_prefix('-').unwrap_or(written);
    let hex = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let finding = |code, message: String, help: &str| Err(Box::new(Diagnostic::new(code, place, message).help(help)));

    if all_digits(unsigned) || hex.is_some_and(|hex| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        if hex.is_some() && written.starts_with('-') {
            return finding(
                Code::BadLiteral,
                format!("`{shown}` is no number: hexadecimal numbers have no sign"),
                "write it in decimal",
            );
        }
        return finding(
            Code::NumberTooLarge,
            format!("the number `{shown}` does not fit into 64 bits"),
            "quote it to compare it as text",
        );
    }
    let reason = if hex.is_some() {
        Some(("number", "`0x` is followed by hexadecimal digits".to_string()))
    } else if let Some(reason) = bad_time(unsigned) {
        Some(("time", reason))
    } else if unsigned.matches(':').count() >= 2
        && unsigned.bytes().all(|b| b.is_ascii_hexdigit() || b":./".contains(&b))
    {
        Some(bad_address(unsigned, "IPv6"))
    } else if dotted_quad(unsigned) {
        Some(bad_address(unsigned, "IPv4"))
    } else if unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b)) {
        Some(("number", "a decimal is written 1.5 or 1e6, and ends before 1e308".to_string()))
    } else {
        None
    };
    match reason {
        Some((kind, reason)) => finding(
            Code::BadLiteral,
            format!("`{shown}` is no {kind}: {reason}"),
            "correct it; or quote it if it is meant as text",
        ),
        None => finding(
            Code::BadLiteral,
            format!("`{shown}` is no number, address, network or time"),
            "quote it if it is meant as text",
        ),
    }
}

/// Four groups of digits with dots, perhaps with a prefix.
fn dotted_quad(text: &str) -> bool {
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    let parts: Vec<&str> = address.splitn(6, '.').collect();
    parts.len() >= 3
        && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        && (parts.len() == 4 || text.contains('/'))
}

fn bad_address(text: &str, version: &str) -> (&'static str, String) {
    let (limit, example) = if version == "IPv4" { (32, "10.1.2.3") } else { (128, "fe80::1") };
    match text.split_once('/') {
        None if version == "IPv4" => ("address", "each of its four parts is between 0 and 255".to_string()),
        None => ("address", format!("an {version} address looks like {example}")),
        Some((address, _)) if address.parse::<std::net::IpAddr>().is_err() => {
            ("network", format!("`{}` before the slash is no {version} address", super::scan::shorten(address)))
        }
        Some((_, _)) => ("network", format!("behind the slash stands the length of the prefix, 0 to {limit}")),
    }
}

/// Why a text that begins like a day is no time; `None` if it does not begin so.
fn bad_time(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let begins =
        bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[5].is_ascii_digit();
    if !begins {
        return None;
    }
    let day = text.get(..10).unwrap_or(text);
    let number = |range: std::ops::Range<usize>| day.get(range).and_then(|part| part.parse::<u8>().ok());
    Some(match (number(5..7), number(8..10)) {
        (Some(month), Some(_)) if !(1..=12).contains(&month) => format!("there is no month {month}"),
        (Some(month), Some(of_month)) if crate::ast::Timestamp::parse(day).is_none() => {
            format!("month {month} has no day {of_month}")
        }
        (Some(_), Some(_)) => "behind the day, a time is written T10:00:00Z or T10:00:00+02:00".to_string(),
        (None, _) | (_, None) => "a day is written 2024-01-31, with two digits for month and day".to_string(),
    })
}
