//! The configuration around the processors.
//!
//! In: entries, and which channels are collected. Out: a whole `winlogbeat.yml`, or the list `processors:` alone. Never here: how one processor is
//! written.

use super::flow::{Act, Entry};
use super::truth::Truth;
use super::yaml::{Writer, quoted};
use super::{SYSMON, Winlogbeat};
use crate::ast::RuleKind;
use crate::ir::Program;
use crate::libbeat::{Condition, Constant};

/// Elastic's scripts of Winlogbeat 7, by channel.
const SCRIPTS: [(&str, &str); 4] = [
    (SYSMON, "sysmon"),
    ("Security", "security"),
    ("Windows PowerShell", "powershell"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
];
/// The log of what other machines send here, whose events keep their channels.
const FORWARDED: &str = "ForwardedEvents";
/// Where a whole file sends events if nobody says so: what listens for Beats on this machine.
const HOST: &str = "localhost:5044";

pub(super) fn write(program: &Program, options: &Winlogbeat, entries: &[Entry], nothing: &[String]) -> String {
    let mut writer = Writer::new(program.agent >= super::old::CASE_COUNTS);
    let filters = program.rules.iter().filter(|rule| rule.kind == RuleKind::Filter).count();
    let of = if options.name.is_empty() { String::new() } else { format!(" of {}", options.name) };
    let s = if filters == 1 { "" } else { "s" };
    writer.comment(
        0,
        &format!(
            "{filters} filter{s}{of} for Winlogbeat {}, by blocksieve compile: change the rules, not this",
            program.agent
        ),
    );
    if options.observe {
        writer.comment(0, "Nothing is dropped: what would be has a tag that begins with would_drop:");
    }
    for name in nothing {
        writer.comment(0, &format!("Nothing is written of \"{name}\": it never holds, or does nothing"));
    }
    if options.channels.is_empty() {
        if options.module {
            writer.comment(0, "These belong before the module's script, in the processors of the event log");
        }
        processors(&mut writer, 0, entries);
        return writer.finish();
    }
    writer.line(0, "winlogbeat.event_logs:");
    for channel in &options.channels {
        writer.line(2, &format!("- name: {}", quoted(channel)));
        if !options.module {
            continue;
        }
        writer.line(4, "processors:");
        let own: Vec<Entry> = entries.iter().filter(|entry| concerns(entry, channel)).cloned().collect();
        writer.entries(6, &own);
        let forwarded = channel.eq_ignore_ascii_case(FORWARDED);
        for (name, script) in SCRIPTS.iter().filter(|(name, _)| forwarded || name.eq_ignore_ascii_case(channel)) {
            writer.line(6, "- script:");
            if forwarded {
                writer.line(10, &format!("when.equals.winlog.channel: {}", quoted(name)));
            }
            writer.line(10, "lang: javascript");
            writer.line(10, &format!("id: {script}"));
            writer.line(10, &format!("file: ${{path.home}}/module/{script}/config/winlogbeat-{script}.js"));
        }
        if own.is_empty() && !forwarded && !SCRIPTS.iter().any(|(name, _)| name.eq_ignore_ascii_case(channel)) {
            writer.line(6, "[]");
        }
    }
    writer.line(0, "");
    if !options.module {
        processors(&mut writer, 0, entries);
        writer.line(0, "");
    }
    if options.hosts.is_empty() {
        writer.comment(0, "Where the events go: put your own output here");
    }
    writer.line(0, "output.logstash:");
    writer.line(2, "hosts:");
    let hosts: Vec<&str> = match options.hosts.as_slice() {
        [] => vec![HOST],
        hosts => hosts.iter().map(String::as_str).collect(),
    };
    hosts.iter().for_each(|host| writer.line(4, &format!("- {}", quoted(host))));
    writer.finish()
}

fn processors(writer: &mut Writer, indent: usize, entries: &[Entry]) {
    if entries.is_empty() {
        writer.line(indent, "processors: []");
        return;
    }
    writer.line(indent, "processors:");
    writer.entries(indent + 2, entries);
}

/// Can the entry do something to events of this channel? Only what asks for Sysmon's provider is told apart.
fn concerns(entry: &Entry, channel: &str) -> bool {
    if channel.eq_ignore_ascii_case(FORWARDED) {
        return true;
    }
    let provider = match &entry.when {
        Truth::If(Condition::Equals(path, Constant::Text(text))) if path == "winlog.provider_name" => Some(text),
        Truth::If(Condition::And(members)) => members.iter().find_map(|member| match member {
            Condition::Equals(path, Constant::Text(text)) if path == "winlog.provider_name" => Some(text),
            _ => None,
        }),
        Truth::If(_) | Truth::Always | Truth::Never => None,
    };
    let alone = !matches!(&entry.act, Act::Branch { otherwise, .. } if !otherwise.is_empty());
    match provider {
        Some(provider) if alone => (provider == "Microsoft-Windows-Sysmon") == channel.eq_ignore_ascii_case(SYSMON),
        Some(_) | None => true,
    }
}
