//! Values that a condition compares with, and that are hardly meant so.
//!
//! In: a leaf of a condition. Out: a finding, or nothing. Never here: fields, and what other conditions say.

use regex_syntax::hir::Look;

use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::libbeat::{Constant, pattern};
use crate::origin::Origin;

/// The fields that hold the id of an event.
const IDS: [&str; 2] = ["winlog.event_id", "event.code"];

/// The fields of the agent that are integers.
const INTEGERS: [&str; 4] = ["winlog.record_id", "winlog.version", "winlog.process.pid", "winlog.process.thread.id"];

/// A text is asked for, or a part of one, where the agent sends a number.
pub(super) fn of_integer(path: &str, version: AgentVersion, origin: Origin) -> Option<Diagnostic> {
    // An older agent's `equals` takes a 0 for any text.
    (INTEGERS.contains(&path) && version.equals_knows_kinds()).then(|| {
        let message = format!("`{path}` is an integer, and this asks for a text: it never holds");
        Diagnostic::new(Code::AgentNever, origin, message)
            .help("write the number without quotes, or a `range`; around it, `not` holds for every event")
    })
}

/// A number or a boolean, where every value is a text.
pub(super) fn of_other_type(path: &str, value: &Constant, text: &str, origin: Origin) -> Option<Diagnostic> {
    let texts = path.starts_with("winlog.event_data.") || path.starts_with("winlog.user_data.");
    let written = origin.as_span().and_then(|span| text.get(span.range())).unwrap_or_default();
    let (is, quoted) = match value {
        // As it is written: Windows writes some numbers in hexadecimal.
        Constant::Int(_) if written.starts_with("0x") => ("an integer", written.to_string()),
        Constant::Int(number) => ("an integer", number.to_string()),
        Constant::Bool(flag) => ("a boolean", flag.to_string()),
        Constant::Text(_) | Constant::Float(_) | Constant::List(_) | Constant::Map(_) => return None,
    };
    let message = format!("`{path}` is a text, as all event data are, and this is {is}: it never holds");
    texts.then(|| {
        Diagnostic::new(Code::AgentNever, origin, message)
            .help("put it in quotes; around it, `not` holds for every event")
            .fix(origin, format!("'{quoted}'"))
    })
}

/// A part of an id of an event.
pub(super) fn part_of_id(path: &str, needle: &str, origin: Origin) -> Option<Diagnostic> {
    // Ids have five digits at most.
    let short = matches!(needle.len(), 1..=4) && needle.bytes().all(|byte| byte.is_ascii_digit());
    (short && IDS.contains(&path)).then(|| {
        Diagnostic::new(Code::AgentUnanchored, origin, format!("`{needle}` is also in the ids of other events"))
            .help(format!("write `equals` with '{needle}'"))
    })
}

/// A pattern that is also found in more than it looks like.
pub(super) fn unanchored(path: &str, pattern: &str, version: AgentVersion, origin: Origin) -> Option<Diagnostic> {
    let found = |message: String| Diagnostic::new(Code::AgentUnanchored, origin, message);
    if IDS.contains(&path) {
        return open_ended(pattern, version).then(|| {
            found(format!("`{pattern}` is also found in the ids of other events"))
                .help("an id is a text of digits: write '^(?:4624|4625)$' for some, '^46.*' for all that begin so")
        });
    }
    looks_whole(pattern).then(|| {
        found(format!("`{pattern}` is also found inside of longer values"))
            .help(format!("write '^{pattern}$' if the whole value is meant"))
    })
}

/// Is there a side on which more may stand, without `.*` there?
fn open_ended(pattern: &str, version: AgentVersion) -> bool {
    let Ok(written) = pattern::go(pattern, version) else { return false };
    let Ok(hir) = regex_syntax::parse(&written) else { return false };
    let looks = hir.properties();
    let start = looks.look_set_prefix().contains(Look::Start) || pattern.starts_with(".*");
    let end = looks.look_set_suffix().contains(Look::End) || pattern.ends_with(".*");
    !(start && end)
}

/// Was a pattern without an anchor meant for the whole value? So looks the path of a file, and a pattern that ends in a count.
fn looks_whole(pattern: &str) -> bool {
    let body = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    if body.contains(['^', '$', '|']) || body.starts_with(".*") || body.ends_with(".*") {
        return false;
    }
    let bytes = body.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'\\', b'\\', ..] if letter.is_ascii_alphabetic());
    let ending = body
        .rsplit_once('.')
        .is_some_and(|(_, ending)| matches!(ending.len(), 2..=4) && ending.bytes().all(|b| b.is_ascii_alphanumeric()));
    drive && ending || body.ends_with('}') && body.contains('{')
}
