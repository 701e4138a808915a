//! `blocksieve explain`: why a rule does what it does to one event.
//!
//! In: rules as text, and one event by file and number. Out: each rule's condition tree with yes, no and not reached, the
//! values seen and a reason where a test did not hold. Never here: deciding; the machine's trace says what happened.

use std::io::Write;

use serde::Serialize;

use super::args::ExplainArgs;
use super::style::{self, Style};
use super::{Exit, Failure, event, listing, load, report, table};
use crate::ast::RuleKind;
use crate::bytecode;
use crate::event::read::Record;
use crate::event::{Form, Value, find};
use crate::explain::{Became, Explanation, TagReason, became, explain, lines, lines_of_blocks};
use crate::ir::RuleId;
use crate::vm::{Machine, Options, Prepared};

pub(super) fn run(args: &ExplainArgs, style: Style) -> Result<Exit, Failure> {
    let checked = load::check(std::slice::from_ref(&args.rules))?;
    let place = event::place(&args.event)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)
        .map_err(|broken| super::source::or_unreadable(&[place.file.to_string()], broken))?;
    let module = bytecode::compile(&checked.program, &checked.sources);
    if let Some(name) = &args.rule {
        listing::known_rule(name, module.rules.iter().map(|rule| (rule.name.as_str(), rule.id.as_deref())))?;
    }
    let prepared = Prepared::of(load::verified(module)?);
    let layout = prepared.module().layout.clone();
    let program = &checked.program;
    let agent = prepared.module().agent;
    // What alerts remember of the events before it.
    let remembers = prepared.module().stamp.is_some();
    let machine = std::cell::RefCell::new(Machine::new(&prepared));
    let passed = |record: &Record<'_>| {
        if remembers {
            machine.borrow_mut().decide(record.view, Options::default());
        }
    };
    let found = event::find(place, &layout, agent, style, passed, |record| {
        let past = remembers.then(|| machine.borrow().contexts().clone());
        let past = past.as_ref();
        let rules = (0..program.rules.len()).map(|index| RuleId(index as u32)).filter(|id| {
            let rule = &program.rules[id.index()];
            match args.rule.as_deref() {
                Some(name) => rule.name == name || rule.id.as_deref() == Some(name),
                None => prepared.concerns(*id, record.view),
            }
        });
        let rules: Vec<Explanation> =
            rules.filter_map(|rule| explain(program, &prepared, rule, record.view, past)).collect();
        let text = record.text.filter(|_| record.form == Form::Winlogbeat).and_then(|text| str::from_utf8(text).ok());
        let became = match args.rule {
            Some(_) => Ok(None),
            None => became(program, &prepared, record.view, text, past).map(Some),
        };
        (rules, became)
    })?;
    let (explanations, became) = match found {
        Ok((explanations, Ok(became))) => (explanations, became),
        Ok((_, Err(damage))) => return Err(event::damaged(place, &damage.to_string())),
        Err(exit) => return Ok(exit),
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
            let told = if drawn { lines_of_blocks(explanation) } else { lines(explanation) };
            out.write_all(told.as_bytes())?;
        }
        if explanations.is_empty() {
            writeln!(out, "no rule could do anything to this event: none names it, or what it carries")?;
        }
        if let Some(became) = &became {
            // What is stored is the business of the rules behind the agent.
            let filters = program.rules.iter().all(|rule| rule.kind == RuleKind::Filter);
            out.write_all(end(became, args.all || !filters).as_bytes())?;
        }
    }
    out.finish()?;
    Ok(Exit::Clean)
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

/// What became of the event, for people.
fn end(became: &Became, stored: bool) -> String {
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
    if !stored {
        out.push_str("  (--all shows its fields)\n");
    } else if let Some(Value::Map(stored)) = &became.stored
        && let Some(Value::Map(msg)) = find(stored, "msg")
    {
        for (name, value) in msg {
            let value = serde_json::to_string(value).unwrap_or_default();
            out.push_str(&format!("  msg.{} = {}\n", table::safe(name), table::safe(&table::cut(&value, MOST))));
        }
    }
    out
}
