//! `blocksieve explain`: why a rule does what it does to one event.
//!
//! In: rules as text, and one event by file and number. Out: each rule's condition tree with yes, no and not reached, the
//! values seen and a reason where a test did not hold. Never here: deciding; the machine's trace says what happened.

use std::io::Write;
use std::ops::ControlFlow;

use serde::Serialize;

use super::args::ExplainArgs;
use super::style::{self, Style};
use super::{Exit, Failure, listing, load, report, source, table};
use crate::ast::RuleKind;
use crate::bytecode;
use crate::event::read::{Damaged, Record, Sink};
use crate::event::{Form, Value, find};
use crate::explain::{Became, Explained, Explanation, Step, TagReason, became, explain};
use crate::ir::{Program, RuleId};
use crate::vm::Prepared;

pub(super) fn run(args: &ExplainArgs, style: Style) -> Result<Exit, Failure> {
    let checked = load::check(std::slice::from_ref(&args.rules))?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let (file, number) = event_place(&args.event)?;
    let module = bytecode::compile(&checked.program, &checked.sources);
    if let Some(name) = &args.rule {
        listing::known_rule(name, module.rules.iter().map(|rule| (rule.name.as_str(), rule.id.as_deref())))?;
    }
    let prepared = Prepared::new(module).map_err(|invalid| {
        Failure::unusable(invalid.to_string(), "this is a fault of the program: please report it with the rules")
    })?;
    let layout = prepared.module().layout.clone();
    let mut finder = Finder {
        program: &checked.program,
        prepared: &prepared,
        only: args.rule.as_deref(),
        number,
        last: 0,
        damaged: None,
        found: None,
    };
    let reading = source::Reading { layout: &layout, agent: prepared.module().agent, strict: false };
    let style = Style { progress: false, ..style };
    let totals = source::read_all(&[file.to_string()], reading, &mut finder, style)?;
    let Some((explanations, became)) = finder.found else {
        if let Some(reason) = finder.damaged {
            return Err(Failure {
                message: format!("{file}: record {number} is damaged: {reason}"),
                help: "choose another record".to_string(),
                exit: Exit::Partial,
            });
        }
        if totals.exit == Exit::Unusable {
            return Ok(totals.exit);
        }
        return Err(Failure::unusable(
            format!("{file} has no record {number}; the last one is {}", finder.last),
            "name the line of an NDJSON file, or the record id in an EVTX file, as `run` shows it",
        ));
    };
    // The id of a block leads to it; a line of text is found by its words.
    let drawn = checked.sources.iter().any(|(_, source)| !source.blocks.is_empty());
    let mut out = style::stdout();
    if args.json {
        let all = All { rules: explanations, became };
        let text = serde_json::to_string_pretty(&all).map_err(std::io::Error::other)?;
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
        if let Some(became) = &became {
            out.write_all(end(became).as_bytes())?;
        }
    }
    out.finish()?;
    Ok(Exit::Clean)
}

/// `FILE:N`; the colon that counts is the last one, for a path may hold others.
fn event_place(text: &str) -> Result<(&str, u64), Failure> {
    text.rsplit_once(':').and_then(|(file, number)| Some((file, number.parse().ok()?))).ok_or_else(|| {
        Failure::unusable(
            format!("{text} does not say which event is meant"),
            format!("add the line, or the record id of an EVTX file: {text}:1"),
        )
    })
}

struct Finder<'p> {
    program: &'p Program,
    prepared: &'p Prepared,
    only: Option<&'p str>,
    number: u64,
    last: u64,
    damaged: Option<String>,
    found: Option<(Vec<Explanation>, Option<Became>)>,
}

/// All that is said of one event.
#[derive(Serialize)]
struct All {
    /// The rules that could do something to it.
    rules: Vec<Explanation>,
    /// What became of it, where all rules were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    became: Option<Became>,
}

impl Sink for Finder<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.last = record.place.number;
        if record.place.number != self.number {
            return ControlFlow::Continue(());
        }
        let rules = (0..self.program.rules.len()).map(|index| RuleId(index as u32)).filter(|id| {
            let rule = &self.program.rules[id.index()];
            match self.only {
                Some(name) => rule.name == name || rule.id.as_deref() == Some(name),
                None => self.prepared.concerns(*id, record.view),
            }
        });
        let rules = rules.filter_map(|rule| explain(self.program, self.prepared, rule, record.view)).collect();
        let text = record.text.filter(|_| record.form == Form::Winlogbeat).and_then(|text| str::from_utf8(text).ok());
        let became = match self.only {
            Some(_) => None,
            None => match became(self.program, self.prepared, record.view, text) {
                Ok(became) => Some(became),
                Err(damage) => {
                    self.damaged = Some(damage.to_string());
                    return ControlFlow::Break(());
                }
            },
        };
        self.found = Some((rules, became));
        ControlFlow::Break(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        if damaged.number == Some(self.number) {
            self.damaged = Some(damaged.reason);
        }
    }
}

impl source::Taker for Finder<'_> {}

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

/// What became of the event, for people.
fn end(became: &Became) -> String {
    const MOST: usize = 200;
    if let Some(filter) = &became.dropped_by {
        return format!("\nthe event is dropped by \"{}\"\n", table::safe(filter));
    }
    let mut out = "\nthe event is stored\n".to_string();
    for TagReason { tag, kind, rule, because } in &became.tags {
        let why = if because.is_empty() { "for every event".to_string() } else { because.join(" and ") };
        let whose = if *kind == RuleKind::Filter { "agent's tag" } else { "tag" };
        let why = table::cut(&table::safe(&why), MOST);
        out.push_str(&format!(
            "  {whose} {}\n      by {} \"{}\": {why}\n",
            table::safe(tag),
            kind.word(),
            table::safe(rule)
        ));
    }
    if became.tags.is_empty() {
        out.push_str("  no tag\n");
    }
    if let Some(Value::Map(stored)) = &became.stored
        && let Some(Value::Map(msg)) = find(stored, "msg")
    {
        for (name, value) in msg {
            let value = serde_json::to_string(value).unwrap_or_default();
            out.push_str(&format!("  msg.{} = {}\n", table::safe(name), table::safe(&table::cut(&value, MOST))));
        }
    }
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
            Step::Plain { text, reached, .. } => {
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
