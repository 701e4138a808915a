//! An event as a test.
//!
//! In: a record, what a test file holds so far, the rules. Out: the file with one test more, which expects what the rules do to the
//! event now. What is written is read and run before it is handed out. Never here: a change of what stands in the file.

use super::Rules;
use super::case::Case;
use super::file::read;
use super::run::{Came, came, run};
use crate::ast::{Number, RuleKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::read::Record;
use crate::event::{Value, json, write};
use crate::origin::{Origin, SourceId};
use crate::yaml;

/// A test file with one test more.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// The whole new file.
    pub text: String,
    /// Where the new test begins.
    pub at: usize,
}

/// Puts a test behind those of a file; the text may be empty. `title`: what the event is called.
///
/// # Errors
/// Findings about the file as it is, or why it cannot hold this event.
pub fn draft(
    source: SourceId,
    text: &str,
    record: &Record<'_>,
    title: &str,
    rules: Rules<'_>,
) -> Result<Drafted, Vec<Diagnostic>> {
    let refuse =
        |message: String, help: &str| vec![Diagnostic::new(Code::BadTest, Origin::whole(source), message).help(help)];
    let fresh = text.trim().is_empty();
    let before = if fresh { Vec::new() } else { cases(source, text)? };
    let kept = "keep it in a file of events";
    let event = write::as_it_stands(record).ok().and_then(|text| json::parse(text.as_bytes()).ok());
    let Some(Value::Map(event)) = event else {
        return Err(refuse("this event has no form that a test can hold".to_string(), kept));
    };
    let came = came(rules.prepared, record.view);
    let indent = if fresh { 2 } else { indent_of(text) };
    let mut out = if fresh { "tests:\n".to_string() } else { text.to_string() };
    if !out.ends_with('\n') {
        out.push('\n');
    }
    let at = out.len();
    // The same event a second time, or another that is called so, gets a name of its own.
    let called = name(title, &came, rules);
    let is_taken = |name: &String| before.iter().any(|case| case.name == *name);
    let more = (2..).map(|nth| format!("{called} ({nth})"));
    let called = std::iter::once(called.clone()).chain(more).find(|name| !is_taken(name)).unwrap_or(called);
    Writer { out: &mut out }.case(indent, &called, &event, &came, rules);
    let after = match cases(source, &out) {
        Ok(after) if after.len() == before.len() + 1 => after,
        Ok(_) | Err(_) => {
            let help = "put the tests last in the file, each behind a `- ` on a line of its own";
            return Err(refuse(
                "no test can be put behind those of this file, or none of this event".to_string(),
                help,
            ));
        }
    };
    let last = after.get(before.len()..).unwrap_or_default();
    let (outcomes, found) = run(last, rules);
    if let Some(why) = found.first() {
        return Err(refuse(why.message.clone(), kept));
    }
    match outcomes.as_slice() {
        [only] if only.differences.is_empty() => Ok(Drafted { text: out, at }),
        _otherwise => Err(refuse("written down, this event would not be the same".to_string(), kept)),
    }
}

fn cases(source: SourceId, text: &str) -> Result<Vec<Case>, Vec<Diagnostic>> {
    let (cases, found) = read(source, text);
    if found.is_empty() { Ok(cases) } else { Err(found) }
}

/// How far the tests of a file are indented.
fn indent_of(text: &str) -> usize {
    let documents = yaml::read(text).unwrap_or_default();
    let tests = documents.first().and_then(|document| document.root().entries().first().map(|entry| entry.value));
    let item = tests.and_then(|tests| tests.items().last().copied());
    let line = item.and_then(|item| text.lines().nth((item.place().at.line as usize).saturating_sub(1)));
    line.and_then(|line| line.find('-')).unwrap_or(2)
}

fn name(title: &str, came: &Came, rules: Rules<'_>) -> String {
    let rule = |rule: u32| rules.program.rules.get(rule as usize).map_or("", |rule| rule.name.as_str());
    match (came.dropped_by, came.sent.first()) {
        (Some(by), _) => format!("{title}: dropped by {}", rule(by)),
        (None, Some(alert)) => format!("{title}: {}", rule(*alert)),
        (None, None) if came.tags.is_empty() => format!("{title}: kept"),
        (None, None) => format!("{title}: {}", came.tags.join(", ")),
    }
}

struct Writer<'o> {
    out: &'o mut String,
}

impl Writer<'_> {
    fn line(&mut self, indent: usize, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn case(&mut self, indent: usize, name: &str, event: &[(String, Value)], came: &Came, rules: Rules<'_>) {
        self.line(indent, &format!("- name: {}", quoted(name)));
        self.line(indent + 2, "event:");
        self.members(indent + 4, event);
        self.line(indent + 2, "expect:");
        let rule = |rule: &u32| rules.program.rules.get(*rule as usize).map(|rule| quoted(&rule.name));
        if let Some(by) = came.dropped_by {
            self.line(indent + 4, "decision: dropped");
            rule(&by).into_iter().for_each(|name| self.line(indent + 4, &format!("rule: {name}")));
            return;
        }
        self.line(indent + 4, "decision: kept");
        self.list(indent + 4, "tags", came.tags.iter().map(|tag| quoted(tag)).collect());
        // Whatever else an alert does, `alerts` are those that send.
        let alerts = came
            .sent
            .iter()
            .filter(|sent| rules.program.rules.get(**sent as usize).is_some_and(|rule| rule.kind == RuleKind::Alert));
        self.list(indent + 4, "alerts", alerts.filter_map(rule).collect());
    }

    fn list(&mut self, indent: usize, key: &str, items: Vec<String>) {
        if items.is_empty() {
            return self.line(indent, &format!("{key}: []"));
        }
        self.line(indent, &format!("{key}:"));
        items.iter().for_each(|item| self.line(indent + 2, &format!("- {item}")));
    }

    /// As deep as an event may be nested.
    fn members(&mut self, indent: usize, members: &[(String, Value)]) {
        for (key, value) in members {
            let key = key_of(key);
            match value {
                Value::Map(inner) if !inner.is_empty() => {
                    self.line(indent, &format!("{key}:"));
                    self.members(indent + 2, inner);
                }
                Value::List(items) if !items.is_empty() => {
                    self.line(indent, &format!("{key}:"));
                    items.iter().for_each(|item| self.line(indent + 2, &format!("- {}", flow(item))));
                }
                other => self.line(indent, &format!("{key}: {}", flow(other))),
            }
        }
    }
}

/// A value on one line. As deep as an event may be nested.
fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Number(Number::Int(value)) => value.to_string(),
        // With its point or exponent: it must not become a whole number.
        Value::Number(Number::Float(value)) => format!("{value:?}"),
        Value::Text(text) => quoted(text),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<String>>().join(", ")),
        Value::Map(members) => {
            let member = |(key, value): &(String, Value)| format!("{}: {}", quoted(key), flow(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<String>>().join(", "))
        }
    }
}

/// In single quotes, where nothing but the quote itself is special; in double quotes what those cannot hold.
pub(super) fn quoted(text: &str) -> String {
    let unfit = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(unfit) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if unfit(c) => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn key_of(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if plain { key.to_string() } else { quoted(key) }
}
