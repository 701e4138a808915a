//! Processors at work.
//!
//! In: processors and an event as Winlogbeat has it before them. Out: whether the event is left, and how. Never here: our own machine; nothing is
//! shared with it but what an operator says of one value.
//!
//! | question | answer |
//! | --- | --- |
//! | a field | [`event::find`]; `@timestamp` is a time, which only `has_fields` takes; `@metadata` alone is not found |
//! | `drop_fields` of what is not there | an error, unless `ignore_missing`; the other fields of the list still go. `type` and `@timestamp` stay |
//! | `drop_fields` through what is no map | an error in any case |
//! | `add_tags` to what is no list | nothing happens, without an error |
//! | `add_fields` | maps are merged, all else is replaced. Names are split at dots; the target is one name, dots and all |
//! | an error in a branch of `if` | ends the branch, and the one around it; the list goes on |
//! | an error in the list | the list goes on |

use regex::Regex;
use rustc_hash::FxHashMap;

use super::leaf::{self, Leaf, Lists, Operator};
use super::network::Network;
use super::{Condition, Constant, Processor, pattern};
use crate::ast::Number;
use crate::check::pattern::build;
use crate::dialect::AgentVersion;
use crate::event::{self, Value};

/// An event as names and values.
pub type Event = Vec<(String, Value)>;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is gone. What it looked like then means nothing.
    Dropped,
    /// It goes on, perhaps changed.
    Kept,
}

/// Runs processors over one event. For many events build an [`Agent`].
///
/// ```
/// use blocksieve::dialect::AgentVersion;
/// use blocksieve::event::Value;
/// use blocksieve::libbeat::{Condition, Constant, Outcome, Processor, run};
/// let when = Some(Condition::Equals("code".to_string(), Constant::Text("1".to_string())));
/// let mut event = vec![("code".to_string(), Value::Text("1".to_string()))];
/// assert_eq!(run(&[Processor::DropEvent { when }], AgentVersion::DEFAULT, &mut event), Outcome::Dropped);
/// ```
pub fn run(processors: &[Processor], version: AgentVersion, event: &mut Event) -> Outcome {
    Agent::new(processors, version).run(event)
}

/// Processors with their patterns compiled.
#[derive(Debug)]
pub struct Agent<'p> {
    version: AgentVersion,
    processors: &'p [Processor],
    patterns: FxHashMap<&'p str, Regex>,
}

/// Why a list of processors ends before its end.
enum Stop {
    Dropped,
    Failed,
}

impl<'p> Agent<'p> {
    /// Compiles the patterns. One that libbeat would refuse is found nowhere; who read a configuration knows it already.
    pub fn new(processors: &'p [Processor], version: AgentVersion) -> Self {
        let mut agent = Self { version, processors, patterns: FxHashMap::default() };
        let mut lists = vec![processors];
        let mut conditions: Vec<&Condition> = Vec::new();
        while let Some(list) = lists.pop() {
            for processor in list {
                match processor {
                    Processor::DropEvent { when }
                    | Processor::DropFields { when, .. }
                    | Processor::DropFieldsIfThere { when, .. }
                    | Processor::AddTags { when, .. }
                    | Processor::AddFields { when, .. } => conditions.extend(when),
                    Processor::If { condition, then, otherwise } => {
                        conditions.push(condition);
                        lists.extend([then.as_slice(), otherwise.as_slice()]);
                    }
                }
            }
        }
        while let Some(condition) = conditions.pop() {
            agent.compile(condition, &mut conditions);
        }
        agent
    }

    fn compile(&mut self, condition: &'p Condition, more: &mut Vec<&'p Condition>) {
        match condition {
            Condition::Regexp(_, text) if !self.patterns.contains_key(text.as_str()) => {
                let built = pattern::regexp(text, self.version).ok().and_then(|written| build(&written).ok());
                self.patterns.extend(built.map(|regex| (text.as_str(), regex)));
            }
            Condition::Or(members) | Condition::And(members) => more.extend(members),
            Condition::Not(inner) => more.push(inner),
            Condition::True
            | Condition::Equals(..)
            | Condition::Contains(..)
            | Condition::Regexp(..)
            | Condition::Range(..)
            | Condition::Network(..)
            | Condition::HasFields(_) => {}
        }
    }

    /// Runs the processors over an event.
    pub fn run(&self, event: &mut Event) -> Outcome {
        for processor in self.processors {
            match self.step(processor, event) {
                Err(Stop::Dropped) => return Outcome::Dropped,
                Ok(()) | Err(Stop::Failed) => {}
            }
        }
        Outcome::Kept
    }

    fn step(&self, processor: &Processor, event: &mut Event) -> Result<(), Stop> {
        let applies = |when: &Option<Condition>| when.as_ref().is_none_or(|when| holds(self, when, event));
        match processor {
            Processor::DropEvent { when } if applies(when) => Err(Stop::Dropped),
            Processor::DropFields { fields, when } if applies(when) => drop_fields(event, fields, false),
            Processor::DropFieldsIfThere { fields, when } if applies(when) => drop_fields(event, fields, true),
            Processor::AddTags { tags, target, when } if applies(when) => {
                append(event, if target.is_empty() { "tags" } else { target }, tags);
                Ok(())
            }
            Processor::AddFields { fields, target, when } if applies(when) => {
                let mut tree = Vec::new();
                for (name, constant) in fields {
                    set(&mut tree, name, constant);
                }
                if !target.is_empty() {
                    tree = vec![(target.clone(), Value::Map(tree))];
                }
                // A text is no time: libbeat leaves the event's own.
                tree.retain(|(name, _)| name != "@timestamp");
                update(event, tree);
                Ok(())
            }
            Processor::If { condition, then, otherwise } => {
                let branch = if holds(self, condition, event) { then } else { otherwise };
                branch.iter().try_for_each(|processor| self.step(processor, event))
            }
            Processor::DropEvent { .. }
            | Processor::DropFields { .. }
            | Processor::DropFieldsIfThere { .. }
            | Processor::AddTags { .. }
            | Processor::AddFields { .. } => Ok(()),
        }
    }

    /// Does a condition hold for an event?
    pub fn holds(&self, condition: &Condition, event: &[(String, Value)]) -> bool {
        holds(self, condition, event)
    }
}

/// As deep as the condition.
fn holds(agent: &Agent<'_>, condition: &Condition, event: &[(String, Value)]) -> bool {
    let version = agent.version;
    let asked = |field: &str, operator: Operator, leaf: &dyn Fn(Leaf<'_>) -> bool| {
        field_value(event, field).is_some_and(|value| value_holds(version, value, operator, leaf))
    };
    match condition {
        Condition::True => true,
        Condition::Equals(field, wanted) => {
            asked(field, Operator::Equals, &|value| leaf::equals(version, value, wanted))
        }
        Condition::Contains(field, needle) => asked(field, Operator::Contains, &|value| leaf::contains(value, needle)),
        Condition::Regexp(field, text) => match agent.patterns.get(text.as_str()) {
            Some(regex) => asked(field, Operator::Regexp, &|value| match value {
                Leaf::Text(text) => regex.is_match(text),
                Leaf::Int(_) | Leaf::Float(_) | Leaf::Bool(_) | Leaf::Other => false,
            }),
            None => false,
        },
        Condition::Range(field, bounds) => {
            asked(field, Operator::Range, &|value| leaf::in_range(version, value, bounds))
        }
        Condition::Network(field, networks) => {
            let networks: Vec<Network> = networks.iter().filter_map(|network| Network::parse(network)).collect();
            asked(field, Operator::Network, &|value| leaf::in_networks(version, value, &networks))
        }
        Condition::HasFields(fields) => fields.iter().all(|field| lookup(event, field).is_some()),
        Condition::Or(members) => members.iter().any(|member| holds(agent, member, event)),
        Condition::And(members) => members.iter().all(|member| holds(agent, member, event)),
        Condition::Not(inner) => !holds(agent, inner, event),
    }
}

/// A field as `has_fields` finds it. Null is not there: libbeat has thrown it out before.
fn lookup<'e>(event: &'e [(String, Value)], path: &str) -> Option<&'e Value> {
    if path == "@metadata" {
        return None;
    }
    event::find(event, path).filter(|value| **value != Value::Null)
}

/// A field as the other operators find it: the time of the event is of no kind that they take.
fn field_value<'e>(event: &'e [(String, Value)], path: &str) -> Option<&'e Value> {
    lookup(event, path).filter(|_| path != "@timestamp")
}

fn value_holds(version: AgentVersion, value: &Value, operator: Operator, holds: &dyn Fn(Leaf<'_>) -> bool) -> bool {
    let text = |member: &Value| matches!(member, Value::Text(text) if holds(Leaf::Text(text)));
    match (value, operator.lists(version)) {
        (Value::List(members), Lists::AnyText) => members.iter().any(text),
        (Value::List(members), Lists::OnlyTexts) => {
            members.iter().all(|member| matches!(member, Value::Text(_))) && members.iter().any(text)
        }
        (value, _) => holds(match value {
            Value::Text(text) => Leaf::Text(text),
            Value::Number(Number::Int(number)) => Leaf::Int(*number),
            Value::Number(Number::Float(number)) => Leaf::Float(*number),
            Value::Bool(flag) => Leaf::Bool(*flag),
            Value::Null | Value::List(_) | Value::Map(_) => Leaf::Other,
        }),
    }
}

fn member<'e>(map: &'e mut Event, key: &str) -> Option<&'e mut Value> {
    map.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn drop_fields(event: &mut Event, fields: &[String], ignore_missing: bool) -> Result<(), Stop> {
    let mut sound = true;
    for field in fields.iter().filter(|field| field.as_str() != "type") {
        sound &= match delete(event, field) {
            Deleted::Yes => true,
            Deleted::Missing => ignore_missing,
            Deleted::Blocked => false,
        };
    }
    if sound { Ok(()) } else { Err(Stop::Failed) }
}

/// What became of a field that is to go.
enum Deleted {
    Yes,
    Missing,
    /// Its path leads through something that is no map.
    Blocked,
}

fn delete(event: &mut Event, path: &str) -> Deleted {
    if path == "@timestamp" {
        return Deleted::Missing;
    }
    let metadata = path == "@metadata" || path.starts_with("@metadata.");
    if metadata && !event.iter().any(|(name, _)| name == "@metadata") {
        return Deleted::Yes;
    }
    let (mut map, mut path) = (event, path);
    loop {
        if map.iter().any(|(name, _)| name == path) {
            map.retain(|(name, _)| name != path);
            return Deleted::Yes;
        }
        let Some((head, rest)) = path.split_once('.') else { return Deleted::Missing };
        match member(map, head) {
            Some(Value::Map(inner)) => (map, path) = (inner, rest),
            Some(Value::Null) | None => return Deleted::Missing,
            Some(_) => return Deleted::Blocked,
        }
    }
}

/// Appends tags to a list, which is made where there is none.
fn append(event: &mut Event, target: &str, tags: &[String]) {
    if tags.is_empty() {
        return;
    }
    let new = || tags.iter().cloned().map(Value::Text);
    let (mut map, mut path) = (event, target);
    loop {
        if map.iter().any(|(name, _)| name == path) {
            if let Some(Value::List(list)) = member(map, path) {
                list.extend(new());
            }
            return;
        }
        let Some((head, rest)) = path.split_once('.') else {
            map.push((path.to_string(), Value::List(new().collect())));
            return;
        };
        if !map.iter().any(|(name, _)| name == head) {
            map.push((head.to_string(), Value::Map(Vec::new())));
        }
        match member(map, head) {
            Some(Value::Map(inner)) => (map, path) = (inner, rest),
            Some(_) | None => return,
        }
    }
}

/// Sets a name of a configuration, split at its dots.
fn set(tree: &mut Event, name: &str, constant: &Constant) {
    let mut map = tree;
    let mut rest = name;
    while let Some((head, tail)) = rest.split_once('.') {
        if !matches!(member(map, head), Some(Value::Map(_))) {
            map.retain(|(name, _)| name != head);
            map.push((head.to_string(), Value::Map(Vec::new())));
        }
        let Some(Value::Map(inner)) = member(map, head) else { return };
        (map, rest) = (inner, tail);
    }
    if let Some(value) = value_of(constant) {
        map.retain(|(name, _)| name != rest);
        map.push((rest.to_string(), value));
    }
}

/// As deep as the constant. An empty map is nothing to libbeat.
fn value_of(constant: &Constant) -> Option<Value> {
    Some(match constant {
        Constant::Text(text) => Value::Text(text.clone()),
        Constant::Int(number) => Value::Number(Number::Int(*number)),
        Constant::Float(number) => Value::Number(Number::Float(*number)),
        Constant::Bool(flag) => Value::Bool(*flag),
        Constant::List(members) => Value::List(members.iter().filter_map(value_of).collect()),
        Constant::Map(members) if members.is_empty() => return None,
        Constant::Map(members) => {
            let mut map = Vec::new();
            for (name, constant) in members {
                set(&mut map, name, constant);
            }
            Value::Map(map)
        }
    })
}

/// Merges maps, replaces all else. As deep as what is added.
fn update(map: &mut Event, with: Event) {
    for (name, value) in with {
        match (member(map, &name), value) {
            (Some(Value::Map(old)), Value::Map(new)) => update(old, new),
            (Some(old), value) => *old = value,
            (None, value) => map.push((name, value)),
        }
    }
}
