//! Processors as YAML, as people would write them.
//!
//! In: entries. Out: lines of block style, two blanks a level, every text in single quotes, one condition a list item; the same entries give the same
//! bytes. Never here: texts that single quotes or libbeat's variables would change; nobody lets one come so far.

use super::flow::{Act, Entry};
use super::truth::Truth;
use crate::libbeat::{Condition, Constant};

/// Lines that are written.
pub(super) struct Writer {
    out: String,
    /// Fields that are not there are no error for `drop_fields`: libbeat knows the word from 7.4 on.
    ignore_missing: bool,
}

impl Writer {
    /// An empty one.
    pub(super) fn new(ignore_missing: bool) -> Self {
        Self { out: String::new(), ignore_missing }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    pub(super) fn line(&mut self, indent: usize, text: &str) {
        if !text.is_empty() {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.out.push_str(text);
        }
        self.out.push('\n');
    }

    /// A comment, with blanks for what YAML does not take in one.
    pub(super) fn comment(&mut self, indent: usize, text: &str) {
        let unfit =
            |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
        self.line(indent, &format!("# {}", text.replace(unfit, " ")));
    }

    /// A list of processors. Branches nest as deep as statements do.
    pub(super) fn entries(&mut self, indent: usize, entries: &[Entry]) {
        for entry in entries {
            for comment in &entry.comments {
                self.comment(indent, comment);
            }
            match (&entry.act, &entry.when) {
                (Act::Branch { then, otherwise }, Truth::If(condition)) => {
                    self.line(indent, "- if:");
                    self.condition(indent + 4, condition);
                    self.line(indent + 2, "then:");
                    self.entries(indent + 4, then);
                    if !otherwise.is_empty() {
                        self.line(indent + 2, "else:");
                        self.entries(indent + 4, otherwise);
                    }
                }
                (Act::Branch { then, .. }, Truth::Always) => self.entries(indent, then),
                (Act::Branch { otherwise, .. }, Truth::Never) => self.entries(indent, otherwise),
                (Act::Drop | Act::Tag(_) | Act::Remove(_), Truth::Never) => {}
                (act, when) => self.processor(indent, act, when),
            }
        }
    }

    fn processor(&mut self, indent: usize, act: &Act, when: &Truth) {
        let (name, key, texts) = match act {
            Act::Drop | Act::Branch { .. } => ("drop_event", "", &Vec::new()),
            Act::Tag(tags) => ("add_tags", "tags", tags),
            Act::Remove(paths) => ("drop_fields", "fields", paths),
        };
        // Without a condition there is nothing below `drop_event`, and a key without a value is no processor.
        if texts.is_empty() && *when == Truth::Always {
            self.line(indent, "- drop_event: {}");
            return;
        }
        self.line(indent, &format!("- {name}:"));
        if !texts.is_empty() {
            self.line(indent + 4, &format!("{key}:"));
            texts.iter().for_each(|text| self.line(indent + 6, &format!("- {}", quoted(text))));
        }
        if matches!(act, Act::Remove(_)) && self.ignore_missing {
            self.line(indent + 4, "ignore_missing: true");
        }
        if let Truth::If(condition) = when {
            self.line(indent + 4, "when:");
            self.condition(indent + 6, condition);
        }
    }

    /// A condition as the value of a key: its operator on a line of its own.
    fn condition(&mut self, indent: usize, condition: &Condition) {
        match condition {
            Condition::And(members) => {
                let members = joined(members);
                match members.as_slice() {
                    // One operator with several fields needs no `and`.
                    [one] => self.operator(indent, one),
                    members => {
                        self.line(indent, "and:");
                        members.iter().for_each(|member| self.item(indent + 2, member));
                    }
                }
            }
            Condition::Or(members) => {
                self.line(indent, "or:");
                members.iter().for_each(|member| self.item(indent + 2, &[member]));
            }
            Condition::Not(inner) => {
                self.line(indent, "not:");
                self.condition(indent + 2, inner);
            }
            leaf => self.operator(indent, &[leaf]),
        }
    }

    /// A condition as an item of a list: the dash stands before its operator.
    fn item(&mut self, indent: usize, members: &[&Condition]) {
        let start = self.out.len();
        match members {
            [one] => self.condition(indent + 2, one),
            several => self.operator(indent + 2, several),
        }
        self.out.replace_range(start + indent..start + indent + 1, "-");
    }

    /// An operator with the fields of all these leaves, which have it in common.
    fn operator(&mut self, indent: usize, leaves: &[&Condition]) {
        let Some(first) = leaves.first() else { return };
        if let Condition::HasFields(_) = first {
            self.line(indent, "has_fields:");
            for leaf in leaves {
                if let Condition::HasFields(paths) = leaf {
                    paths.iter().for_each(|path| self.line(indent + 2, &format!("- {}", quoted(path))));
                }
            }
            return;
        }
        self.line(indent, &format!("{}:", word(first)));
        for leaf in leaves {
            match leaf {
                Condition::Equals(path, value) => self.field(indent + 2, path, &constant(value)),
                Condition::Contains(path, text) | Condition::Regexp(path, text) => {
                    self.field(indent + 2, path, &quoted(text))
                }
                Condition::Range(path, bounds) => {
                    for (bound, value) in bounds {
                        self.field(indent + 2, &format!("{path}.{}", bound.word()), &value.to_string());
                    }
                }
                Condition::Network(path, networks) => match networks.as_slice() {
                    [one] => self.field(indent + 2, path, &quoted(one)),
                    several => {
                        self.line(indent + 2, &format!("{}:", key(path)));
                        several.iter().for_each(|network| self.line(indent + 4, &format!("- {}", quoted(network))));
                    }
                },
                Condition::True
                | Condition::HasFields(_)
                | Condition::And(_)
                | Condition::Or(_)
                | Condition::Not(_) => {}
            }
        }
    }

    fn field(&mut self, indent: usize, path: &str, value: &str) {
        self.line(indent, &format!("{}: {value}", key(path)));
    }
}

/// The members of an `and`, leaves of one operator on different fields put together: libbeat joins them by `and` too.
fn joined(members: &[Condition]) -> Vec<Vec<&Condition>> {
    let mut out: Vec<Vec<&Condition>> = Vec::new();
    for member in members {
        let joins = |group: &&mut Vec<&Condition>| {
            group.first().is_some_and(|first| !word(member).is_empty() && word(first) == word(member))
                && group.iter().all(|other| apart(field(other), field(member)))
        };
        match out.iter_mut().find(joins) {
            Some(group) => group.push(member),
            None => out.push(vec![member]),
        }
    }
    out
}

/// Can two fields stand under one operator? One that lies below the other would be a setting inside of a text.
fn apart(one: Option<&str>, other: Option<&str>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let below = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    !below(one, other) && !below(other, one)
}

/// The field of a leaf that has one.
fn field(leaf: &Condition) -> Option<&str> {
    match leaf {
        Condition::Equals(path, _)
        | Condition::Contains(path, _)
        | Condition::Regexp(path, _)
        | Condition::Range(path, _)
        | Condition::Network(path, _) => Some(path),
        Condition::HasFields(paths) => paths.first().map(String::as_str),
        Condition::True | Condition::Or(_) | Condition::And(_) | Condition::Not(_) => None,
    }
}

/// The operator of a leaf.
fn word(condition: &Condition) -> &'static str {
    match condition {
        Condition::Equals(..) => "equals",
        Condition::Contains(..) => "contains",
        Condition::Regexp(..) => "regexp",
        Condition::Range(..) => "range",
        Condition::Network(..) => "network",
        Condition::HasFields(_) => "has_fields",
        Condition::True | Condition::Or(_) | Condition::And(_) | Condition::Not(_) => "",
    }
}

fn constant(value: &Constant) -> String {
    match value {
        Constant::Text(text) => quoted(text),
        Constant::Int(value) => value.to_string(),
        Constant::Float(value) => value.to_string(),
        Constant::Bool(value) => value.to_string(),
        Constant::List(_) | Constant::Map(_) => "''".to_string(),
    }
}

/// In single quotes, where nothing but the quote itself is special.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A field name as a key: as it stands where YAML reads it as text.
fn key(path: &str) -> String {
    let plain = path.starts_with(|c: char| c.is_ascii_alphabetic())
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && path.contains('.');
    if plain || path == "message" || path == "tags" { path.to_string() } else { quoted(path) }
}
