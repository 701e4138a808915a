//! An explanation as lines for people.
//!
//! In: an explanation. Out: its statements and conditions, one a line, deeper ones further in, with yes, no or not reached and the values
//! seen; safe for a terminal, long values cut. Never here: colours, where it is shown.

use super::{Explained, Explanation, Step};
use crate::diagnostic::render::{cut, visible};

/// Most characters of a value.
const MOST: usize = 200;

/// One rule on one event.
pub fn lines(explanation: &Explanation) -> String {
    written(explanation, false)
}

/// The same with the ids of blocks.
pub fn lines_of_blocks(explanation: &Explanation) -> String {
    written(explanation, true)
}

fn written(explanation: &Explanation, drawn: bool) -> String {
    let mut out = format!("{} \"{}\" {}\n", explanation.kind.word(), visible(&explanation.rule), explanation.verdict);
    if let Some(by) = &explanation.decided_by {
        out.push_str(&format!("  (the event is dropped before by \"{}\")\n", visible(by)));
    }
    steps(&explanation.steps, 1, drawn, &mut out);
    out
}

/// Nesting is bounded by `limits::DEPTH`.
fn steps(list: &[Step], depth: usize, drawn: bool, out: &mut String) {
    let indent = "  ".repeat(depth);
    for step in list {
        match step {
            Step::Arm { word, condition, taken, body } => {
                let mark = if *taken { "taken" } else { "not taken" };
                out.push_str(&format!("{indent}{word}: {mark}\n"));
                if let Some(condition) = condition {
                    explained(condition, depth + 1, drawn, out);
                }
                steps(body, depth + 1, drawn, out);
            }
            Step::Plain { text, reached, .. } => {
                let mark = if *reached { "done" } else { "not reached" };
                out.push_str(&format!("{indent}{text}: {mark}\n"));
            }
            Step::When { text, reached, count, least } => {
                let mark = match count {
                    _ if !reached => "not reached".to_string(),
                    Some(count) => format!("{count} of {least} so far"),
                    None => "not counted".to_string(),
                };
                out.push_str(&format!("{indent}{text}: {mark}\n"));
            }
        }
    }
}

fn explained(condition: &Explained, depth: usize, drawn: bool, out: &mut String) {
    let indent = "  ".repeat(depth);
    let mark = match condition.holds {
        Some(true) => "yes",
        Some(false) => "no ",
        None => "-  ",
    };
    let block = condition.place.rsplit_once('#').filter(|_| drawn).map(|(_, id)| format!("  #{}", visible(id)));
    out.push_str(&format!("{indent}{mark} {}{}\n", visible(&condition.text), block.unwrap_or_default()));
    let inner = "  ".repeat(depth + 2);
    for seen in &condition.seen {
        let value = match &seen.value {
            Some(value) => format!("= {:?}", cut(value, MOST)),
            None => "is missing".to_string(),
        };
        let path = seen.path.as_ref().map(|path| format!(" ({path})")).unwrap_or_default();
        out.push_str(&format!("{inner}{}{path} {}\n", visible(&seen.field), visible(&value)));
    }
    if let Some(reason) = condition.reason {
        out.push_str(&format!("{inner}because {}\n", reason.text()));
    }
    if let Some(hint) = &condition.hint {
        out.push_str(&format!("{inner}hint: {}\n", visible(hint)));
    }
    for member in &condition.members {
        explained(member, depth + 1, drawn, out);
    }
}
