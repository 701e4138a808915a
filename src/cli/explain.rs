//! `blocksieve explain`: why a rule does what it does to one event.
//!
//! In: rules as text, and one event by file and number. Out: each rule's condition tree with yes, no and not reached, the
//! values seen and a reason where a test did not hold. Never here: deciding; the machine's trace says what happened.

use std::io::Write;

use super::args::ExplainArgs;
use super::style::{self, Style};
use super::{Exit, Failure, event, listing, load, report, table};
use crate::bytecode;
use crate::explain::{Explained, Explanation, Step, explain};
use crate::ir::RuleId;
use crate::vm::Prepared;

pub(super) fn run(args: &ExplainArgs, style: Style) -> Result<Exit, Failure> {
    let checked = load::check(std::slice::from_ref(&args.rules))?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let place = event::place(&args.event)?;
    let module = bytecode::compile(&checked.program, &checked.sources);
    if let Some(name) = &args.rule {
        listing::known_rule(name, module.rules.iter().map(|rule| (rule.name.as_str(), rule.id.as_deref())))?;
    }
    let prepared = Prepared::new(module).map_err(|invalid| {
        Failure::unusable(invalid.to_string(), "this is a fault of the program: please report it with the rules")
    })?;
    let layout = prepared.module().layout.clone();
    let program = &checked.program;
    let found = event::find(place, &layout, style, |record| {
        let rules = (0..program.rules.len()).map(|index| RuleId(index as u32)).filter(|id| {
            let rule = &program.rules[id.index()];
            match args.rule.as_deref() {
                Some(name) => rule.name == name || rule.id.as_deref() == Some(name),
                None => prepared.concerns(*id, record.view),
            }
        });
        rules.filter_map(|rule| explain(program, &prepared, rule, record.view)).collect::<Vec<Explanation>>()
    })?;
    let explanations = match found {
        Ok(explanations) => explanations,
        Err(exit) => return Ok(exit),
    };
    // The id of a block leads to it; a line of text is found by its words.
    let drawn = checked.sources.iter().any(|(_, source)| !source.blocks.is_empty());
    let mut out = style::stdout();
    if args.json {
        let text = serde_json::to_string_pretty(&explanations).map_err(std::io::Error::other)?;
        writeln!(out, "{text}")?;
    } else {
        for (index, explanation) in explanations.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            out.write_all(written(explanation, drawn).as_bytes())?;
        }
        if explanations.is_empty() {
            writeln!(out, "no rule could do anything to this event: none names it, or what it carries")?;
        }
    }
    out.finish()?;
    Ok(Exit::Clean)
}

/// For people.
fn written(explanation: &Explanation, drawn: bool) -> String {
    let mut out =
        format!("{} \"{}\" {}\n", explanation.kind.word(), table::safe(&explanation.rule), explanation.verdict);
    if let Some(by) = &explanation.decided_by {
        out.push_str(&format!("  (the event is dropped before by \"{}\")\n", table::safe(by)));
    }
    steps(&explanation.steps, 1, drawn, &mut out);
    out
}

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
            Step::Plain { text, reached } => {
                let mark = if *reached { "done" } else { "not reached" };
                out.push_str(&format!("{indent}{text}: {mark}\n"));
            }
        }
    }
}

fn explained(condition: &Explained, depth: usize, drawn: bool, out: &mut String) {
    const MOST: usize = 200;
    let indent = "  ".repeat(depth);
    let mark = match condition.holds {
        Some(true) => "yes",
        Some(false) => "no ",
        None => "-  ",
    };
    let block = condition.place.rsplit_once('#').filter(|_| drawn).map(|(_, id)| format!("  #{}", table::safe(id)));
    out.push_str(&format!("{indent}{mark} {}{}\n", table::safe(&condition.text), block.unwrap_or_default()));
    let inner = "  ".repeat(depth + 2);
    for seen in &condition.seen {
        let value = match &seen.value {
            Some(value) => format!("= {:?}", table::cut(value, MOST)),
            None => "is missing".to_string(),
        };
        let path = seen.path.as_ref().map(|path| format!(" ({path})")).unwrap_or_default();
        out.push_str(&format!("{inner}{}{path} {}\n", table::safe(&seen.field), table::safe(&value)));
    }
    if let Some(reason) = condition.reason {
        out.push_str(&format!("{inner}because {}\n", reason.text()));
    }
    if let Some(hint) = &condition.hint {
        out.push_str(&format!("{inner}hint: {}\n", table::safe(hint)));
    }
    for member in &condition.members {
        explained(member, depth + 1, drawn, out);
    }
}
