//! What alerts could not count, told to the operator; and what they remembered, taken up again.
//!
//! In: what is remembered at the start and now. Out: a line for each thing that somebody should know. Never here: counting.

use crate::ast::Timestamp;
use crate::bytecode::Module;
use crate::cli::source::plural;
use crate::cli::table;
use crate::diagnostic::Code;
use crate::ir::Asks;
#[cfg(any(feature = "watch", feature = "deliver"))]
use crate::vm::Gone;
use crate::vm::{Contexts, Troubles};

/// What of a kept state is left out, as the rules changed.
#[cfg(any(feature = "watch", feature = "deliver"))]
fn gone(gone: Gone) -> Vec<String> {
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

/// What could not be counted, context by context. The state keeps these numbers over restarts: what is told is what came since the start.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Uncounted {
    contexts: Vec<Troubles>,
    far_future: u64,
    /// The host of the first stamp of the far future, and the stamp.
    first_far: Option<(String, i64)>,
}

impl Uncounted {
    /// All that is known.
    pub(in crate::cli) fn of(contexts: &Contexts) -> Self {
        Self {
            contexts: contexts.troubles().collect(),
            far_future: contexts.far_future(),
            first_far: contexts.first_far().map(|(host, time)| (host.to_string(), time)),
        }
    }

    /// What came since `before`.
    pub(in crate::cli) fn since(&self, before: &Uncounted) -> Uncounted {
        let none = Troubles::default();
        let since = |(at, now): (usize, &Troubles)| {
            let before = before.contexts.get(at).unwrap_or(&none);
            let late = now.late.saturating_sub(before.late);
            Troubles {
                untimed: now.untimed.saturating_sub(before.untimed),
                keyless: now.keyless.saturating_sub(before.keyless),
                late,
                latest: if late > 0 { now.latest } else { 0 },
                forgotten: now.forgotten.saturating_sub(before.forgotten),
            }
        };
        Uncounted {
            contexts: self.contexts.iter().enumerate().map(since).collect(),
            far_future: self.far_future.saturating_sub(before.far_future),
            first_far: self.first_far.clone(),
        }
    }

    /// Sums: keys that were forgotten, events that came late, events that were not counted.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn sums(&self) -> (u64, u64, u64) {
        self.contexts.iter().fold((0, 0, 0), |(forgotten, late, uncounted), of| {
            (forgotten + of.forgotten, late + of.late, uncounted + of.untimed + of.keyless)
        })
    }
}

/// Something for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Told {
    /// The code of a warning; none: it is a note.
    pub(in crate::cli) code: Option<Code>,
    /// What it is about, so that it can be told once: the context and the kind of trouble.
    pub(in crate::cli) about: (String, &'static str),
    /// The line.
    pub(in crate::cli) line: String,
}

/// Notices about events that were in no window, came late, or whose keys were forgotten.
pub(in crate::cli) fn told(module: &Module, uncounted: &Uncounted) -> Vec<Told> {
    let mut all = Vec::new();
    for (context, troubles) in module.contexts.iter().zip(&uncounted.contexts) {
        let what = match context.asks {
            Asks::Mark => format!("remember {}", context.text),
            Asks::Events(_) | Asks::Distinct(..) | Asks::Steps { .. } => format!("when {}", context.text),
        };
        let mut tell = |code: Option<Code>, kind: &'static str, line: String| {
            let severity = code.map_or_else(|| "note".to_string(), |code| format!("warning[{code}]"));
            all.push(Told { code, about: (what.clone(), kind), line: format!("{severity}: `{what}`: {line}") });
        };
        let Troubles { untimed, keyless, late, latest, forgotten } = *troubles;
        if forgotten > 0 {
            let keys = if forgotten == 1 { "1 key was".to_string() } else { format!("{forgotten} keys were") };
            tell(
                Some(Code::KeysForgotten),
                "forgotten",
                format!(
                    "{keys} forgotten, as there were too many at once\n  help: choose a key of fewer values, or a condition before it that lets fewer events through"
                ),
            );
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
            tell(None, "keyless", format!("{} not counted for want of {of}", were(keyless)));
        }
        if untimed > 0 {
            tell(None, "untimed", format!("{} not counted for want of a time", were(untimed)));
        }
        if late > 0 {
            let seconds = latest / 1_000_000_000;
            let came = if late == 1 { "1 event came".to_string() } else { format!("{late} events came") };
            tell(
                None,
                "late",
                format!("{came} late, up to {seconds} s behind others of the host; they were counted by their time"),
            );
        }
    }
    let far = uncounted.far_future;
    if far > 0 {
        let first = match &uncounted.first_far {
            Some((host, time)) => {
                let host =
                    if host.is_empty() { "no host".to_string() } else { format!("the host {}", table::safe(host)) };
                let which = if far == 1 { "it was" } else { "the first was" };
                format!("; {which} {} of {host}", Timestamp::from_nanoseconds(*time))
            }
            None => String::new(),
        };
        let line = format!(
            "note: {} in the far future moved no window{first}\n  help: look at the clock of that host; where it was set right meanwhile, nothing is to be done",
            plural(far, "stamp")
        );
        all.push(Told { code: None, about: (String::new(), "far future"), line });
    }
    all
}

fn were(count: u64) -> String {
    if count == 1 { "1 event was".to_string() } else { format!("{count} events were") }
}

/// What was remembered, as far as it could be taken up.
#[cfg(any(feature = "watch", feature = "deliver"))]
#[derive(Debug)]
pub(in crate::cli) struct Restored {
    /// It; none: alerts begin anew.
    pub(in crate::cli) contexts: Option<Contexts>,
    /// What people should know of it; with a code, it is a warning.
    pub(in crate::cli) told: Option<(Option<Code>, String)>,
}

/// Takes up what was remembered, for the same rules or others.
#[cfg(any(feature = "watch", feature = "deliver"))]
pub(in crate::cli) fn restore(bytes: &[u8], module: &Module) -> Restored {
    match Contexts::restore(bytes, module) {
        Ok((contexts, lost)) => {
            let lines = gone(lost);
            let told = (!lines.is_empty()).then(|| (None, lines.join("\n")));
            Restored { contexts: Some(contexts), told }
        }
        Err(error) => {
            let code = Code::StateUnusable;
            let line = format!(
                "warning[{code}]: {error}; alerts begin anew\n  help: what they counted until now is lost; what was read is not read again"
            );
            Restored { contexts: None, told: Some((Some(code), line)) }
        }
    }
}
