//! A hunt as a rule about the events of its processes.
//!
//! In: a [`Hunt`]. Out: the text of one rule, which any project takes; who answers for it is to be filled in. Never here: whether it is
//! wise; the checker says that.

use crate::hunt::Hunt;

/// Starts that the name of a rule has.
const STARTS: usize = 3;

/// A filter that drops the events of these processes, once they were found harmless.
pub fn filter(hunt: &Hunt) -> String {
    rule(hunt, "filter", "drop")
}

/// An alert for whatever else these processes do.
pub fn alert(hunt: &Hunt) -> String {
    rule(hunt, "alert", "send mail")
}

fn rule(hunt: &Hunt, kind: &str, statement: &str) -> String {
    let starts: Vec<String> = hunt.start.iter().take(STARTS).map(ToString::to_string).collect();
    let more = hunt.start.len().saturating_sub(STARTS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let entered = hunt.stopped.iter().filter(|process| process.code_put_in).count();
    let entered = match entered {
        0 => String::new(),
        count => format!(
            "; not of {} that it did not go through, where its code may run",
            super::counted(count, "process", "processes")
        ),
    };
    format!(
        "{kind} \"Hunt from {}{more}\" {{\n    owner \"soc@example.org\"\n    reason \"Events of the {} that a hunt reached{entered}\"\n    if {} {{\n        {statement}\n    }}\n}}\n",
        starts.join(", "),
        super::counted(hunt.processes.len(), "process", "processes"),
        hunt.query,
    )
}
