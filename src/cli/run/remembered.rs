//! What alerts could not count, told to the operator.
//!
//! In: what is remembered at the end of a run. Out: a line for each thing that somebody should know. Never here: counting.

use crate::bytecode::Module;
use crate::cli::source::plural;
use crate::diagnostic::Code;
use crate::ir::Asks;
#[cfg(any(feature = "watch", feature = "deliver"))]
use crate::vm::Gone;
use crate::vm::{Contexts, Troubles};

/// What of a kept state is left out, as the rules changed.
#[cfg(any(feature = "watch", feature = "deliver"))]
pub(in crate::cli) fn gone(gone: Gone) -> Vec<String> {
    let Gone { contexts, alerts, suppressed } = gone;
    let mut lines = Vec::new();
    if contexts > 0 {
        lines.push(format!(
            "note: what {} counted begins anew, as their alerts changed",
            plural(contexts as u64, "`when` or `remember`")
        ));
    }
    if alerts > 0 {
        let lost = if suppressed == 0 {
            String::new()
        } else {
            format!("; no summary tells of {}", plural(suppressed, "alert that it kept back"))
        };
        lines.push(format!(
            "note: {} is not quiet any more, as its name, its time or its fields changed{lost}",
            plural(alerts as u64, "alert")
        ));
    }
    lines
}

/// Notices about events that were in no window, came late, or whose keys were forgotten.
pub(in crate::cli) fn told(module: &Module, contexts: &Contexts) -> Vec<String> {
    let mut lines = Vec::new();
    for (context, troubles) in module.contexts.iter().zip(contexts.troubles()) {
        let what = match context.asks {
            Asks::Mark => format!("remember {}", context.text),
            Asks::Events(_) | Asks::Distinct(..) | Asks::Steps { .. } => format!("when {}", context.text),
        };
        let Troubles { untimed, keyless, late, latest, forgotten } = troubles;
        if forgotten > 0 {
            lines.push(format!(
                "warning[{}]: `{what}`: {} forgotten, as there were too many at once\n  help: choose a key of fewer values, or a condition before it that lets fewer events through",
                Code::KeysForgotten,
                if forgotten == 1 { "1 key was".to_string() } else { format!("{forgotten} keys were") }
            ));
        }
        if keyless > 0 {
            let fields: Vec<&str> = context.by.iter().flatten().map(|field| field.name.as_str()).collect();
            let of = match &context.asks {
                Asks::Distinct(_, distinct) => {
                    let distinct = distinct.iter().map(|field| field.name.as_str());
                    fields.into_iter().chain(distinct).collect::<Vec<_>>()
                }
                Asks::Events(_) | Asks::Steps { .. } | Asks::Mark => fields,
            };
            let of = if of.is_empty() { "its key".to_string() } else { of.join(", ") };
            lines.push(format!("note: `{what}`: {} not counted for want of {of}", were(keyless)));
        }
        if untimed > 0 {
            lines.push(format!("note: `{what}`: {} not counted for want of a time", were(untimed)));
        }
        if late > 0 {
            let seconds = latest / 1_000_000_000;
            lines.push(format!(
                "note: `{what}`: {} late, up to {seconds} s behind others of the host; they were counted by their time",
                if late == 1 { "1 event came".to_string() } else { format!("{late} events came") }
            ));
        }
    }
    let far = contexts.far_future();
    if far > 0 {
        lines.push(format!("note: {} in the far future moved no window", plural(far, "stamp")));
    }
    lines
}

fn were(count: u64) -> String {
    if count == 1 { "1 event was".to_string() } else { format!("{count} events were") }
}
