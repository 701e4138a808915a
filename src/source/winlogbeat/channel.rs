//! By what the filters of one event log know its events.
//!
//! In: the name of the log. Out: a condition on the channel, or nothing where the log holds events of any. Never here: which logs there are.

use crate::libbeat::{Condition, Constant};

/// Names in the capitals that Windows gives them. It ignores case where a log is asked for by name, and events carry its own spelling.
const AS_WINDOWS_WRITES: [&str; 7] = [
    "Application",
    "Security",
    "Setup",
    "System",
    "Windows PowerShell",
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-Sysmon/Operational",
];

/// Do events in this log keep the channel of another: collected from other machines, or in a file that was saved?
pub(super) fn holds_others(name: &str) -> bool {
    let file = name.starts_with(['/', '\\']) || matches!(name.as_bytes(), [_, b':', b'/' | b'\\', ..]);
    file || name.eq_ignore_ascii_case("ForwardedEvents")
}

/// What holds for the events of a log alone.
pub(super) fn guard(name: &str) -> Option<Condition> {
    let field = "winlog.channel".to_string();
    if holds_others(name) {
        return None;
    }
    Some(if AS_WINDOWS_WRITES.contains(&name) {
        Condition::Equals(field, Constant::Text(name.to_string()))
    } else {
        Condition::Regexp(field, format!("(?i)^{}$", escaped(name)))
    })
}

/// A text as a pattern, in Go's syntax.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}
