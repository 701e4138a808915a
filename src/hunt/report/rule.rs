//! A hunt as a rule about the events of its processes.
//!
//! In: a [`Hunt`]. Out: the text of one rule. Never here: whether it is wise; the checker says that.

use crate::hunt::Hunt;

/// A filter that drops the events of these processes, once they were found harmless.
pub fn filter(hunt: &Hunt) -> String {
    rule(hunt, "filter", "drop")
}

/// An alert for whatever else these processes do.
pub fn alert(hunt: &Hunt) -> String {
    rule(hunt, "alert", "send mail using template \"default\" to [\"soc@example.org\"]")
}

fn rule(hunt: &Hunt, kind: &str, statement: &str) -> String {
    let from: Vec<String> = hunt.start.iter().map(ToString::to_string).collect();
    let from = from.first().map_or("", String::as_str);
    format!(
        "{kind} \"Hunt from {from}\" {{\n    reason \"Events of the {} that a hunt reached\"\n    if {} {{\n        {statement}\n    }}\n}}\n",
        super::counted(hunt.processes.len(), "process", "processes"),
        hunt.query,
    )
}
