//! The annotated listing: what a person reads to see what a module does.
//!
//! In: a module. Out: text with the header's counts, then each rule with its instructions, their addresses, targets, the
//! literal behind each index and the place where it was written. Never here: anything that is not in the module.

use std::fmt::Write;

use super::{Instr, Module, RuleCode};

/// The listing of all rules, or of those whose name or id is `only`.
pub fn listing(module: &Module, only: Option<&str>) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = header(&mut out, module);
    for rule in &module.rules {
        if only.is_none_or(|only| rule.name == only || rule.id.as_deref() == Some(only)) {
            let _ = rule_listing(&mut out, module, rule);
        }
    }
    out
}

fn header(out: &mut String, module: &Module) -> std::fmt::Result {
    writeln!(out, "; module version {}, for Winlogbeat {}", super::VERSION, module.agent)?;
    writeln!(
        out,
        "; {} rules, {} tests ({} distinct), {} fields, {} instructions",
        module.rules.len(),
        module.sites.len(),
        module.tests.len(),
        module.layout.len(),
        module.code.len()
    )?;
    for table in &module.tables {
        writeln!(out, "; table \"{}\" column \"{}\": {} keys", table.name, table.column, table.keys.len())?;
    }
    for (index, context) in module.contexts.iter().enumerate() {
        let key = context.by.first().map_or(0, Vec::len);
        let name = context.name.as_deref().map(|name| format!(" as {name:?}")).unwrap_or_default();
        writeln!(
            out,
            "; context {index}: {}{}",
            context.text.trim_end_matches(&name),
            if key == 0 { ", one key" } else { "" }
        )?;
    }
    for lookup in &module.lookups {
        writeln!(out, "; lookup \"{}\" column \"{}\": {} rows", lookup.table, lookup.column, lookup.keys.len())?;
    }
    Ok(())
}

fn rule_listing(out: &mut String, module: &Module, rule: &RuleCode) -> std::fmt::Result {
    writeln!(out)?;
    writeln!(out, "{} {:?}  ; {}", rule.kind.word(), rule.name, rule.place)?;
    let range = rule.start as usize..rule.end as usize;
    for (pc, instr) in module.code.iter().enumerate().take(range.end).skip(range.start) {
        let text = |index: u32| module.texts.get(index as usize).map_or("?", String::as_str);
        let (word, note) = match instr {
            Instr::JumpIfFalse { site, to } => {
                (format!("jf   t{:<4} -> {to}", test(module, *site)), site_text(module, *site))
            }
            Instr::JumpIfTrue { site, to } => {
                (format!("jt   t{:<4} -> {to}", test(module, *site)), site_text(module, *site))
            }
            Instr::Jump { to } => (format!("jmp        -> {to}"), String::new()),
            Instr::Name(index) => (format!("name {:?}", text(*index)), String::new()),
            Instr::Tag(index) => (format!("tag {:?}", text(*index)), String::new()),
            Instr::Untag(index) => (format!("untag {:?}", text(*index)), String::new()),
            Instr::Set(index) => {
                let (slot, value) = match module.sets.get(*index as usize) {
                    Some((slot, value)) => {
                        (module.layout.get(*slot).map_or("?", |field| field.name.as_str()), set_text(value))
                    }
                    None => ("?", String::new()),
                };
                (format!("set  {slot}"), value)
            }
            Instr::Remove(index) => {
                let paths =
                    module.removals.get(*index as usize).map(|removal| removal.paths.join(", ")).unwrap_or_default();
                (format!("remove {paths}"), String::new())
            }
            Instr::Send(index) => {
                let send = module.sends.get(*index as usize);
                let template = send
                    .and_then(|send| send.template.as_deref())
                    .map(|name| format!("template {name:?}"))
                    .unwrap_or_default();
                (format!("send {}", send.map_or("?", |send| send.via.as_str())), template)
            }
            Instr::Step(step) => (format!("step {}", step + 1), String::new()),
            Instr::When { context, to } => {
                let text = module.contexts.get(*context as usize).map_or("?", |context| context.text.as_str());
                (format!("when c{context:<4} -> {to}"), text.to_string())
            }
            Instr::Remember(index) => (format!("remember {}", named(module, *index)), String::new()),
            Instr::Forget(index) => (format!("forget {}", named(module, *index)), String::new()),
            Instr::Drop => ("drop".to_string(), String::new()),
            Instr::Keep => ("keep".to_string(), String::new()),
            Instr::Stop => ("stop".to_string(), String::new()),
        };
        let place = module.at.get(pc).and_then(|at| module.places.get(*at as usize)).map_or("", String::as_str);
        let place = place.rsplit_once('/').map_or(place, |(_, name)| name);
        writeln!(out, "  {pc:>4}  {word:<22} ; {place}{}{note}", if note.is_empty() { "" } else { "  " })?;
    }
    writeln!(out, "  {:>4}  (end: keep)", range.end)
}

/// What is remembered or forgotten, with the fields of its key.
fn named(module: &Module, index: u32) -> String {
    let Some(named) = module.named.get(index as usize) else { return "?".to_string() };
    let name = module.contexts.get(named.context as usize).and_then(|context| context.name.as_deref()).unwrap_or("?");
    let by: Vec<&str> = named.by.iter().map(|field| field.name.as_str()).collect();
    format!("{name:?}{}{}", if by.is_empty() { "" } else { " by " }, by.join(", "))
}

fn test(module: &Module, site: u32) -> u32 {
    module.sites.get(site as usize).map_or(u32::MAX, |site| site.test)
}

fn site_text(module: &Module, site: u32) -> String {
    const MOST: usize = 120;
    let text = module.sites.get(site as usize).map_or("?", |site| site.text.as_str());
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text.to_string(),
    }
}

fn set_text(value: &crate::ir::SetValue) -> String {
    match value {
        crate::ir::SetValue::Text(text) => format!("= {text:?}"),
        crate::ir::SetValue::Number(number) => format!("= {}", number.text()),
        crate::ir::SetValue::Bool(value) => format!("= {value}"),
        crate::ir::SetValue::Operand(_) => "= a field".to_string(),
    }
}
