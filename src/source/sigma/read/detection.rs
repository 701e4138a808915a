//! Detections and their conditions.
//!
//! In: what stands below `detection` or `filter`. Out: items with fields, modifiers and values, and the conditions that name them. Never here:
//! fields of events.
//!
//! A mapping asks for everything in it, a list for one of its members. Values without a field are looked for everywhere.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::condition::{self, Condition};
use super::super::model::{Detection, Detections, Item};
use super::super::modifier::{Ask, Modifier, Plan};
use super::super::value::{Part, Value};
use super::{Key, Reader, name_of, weight};
use crate::ast::At;
use crate::diagnostic::{Code, nearest};
use crate::limits;
use crate::origin::{Origin, Span};
use crate::yaml::{Entry, Node, Value as Yaml};

/// What conditions named so far.
#[derive(Default)]
struct Used {
    /// Which of the detections.
    named: Vec<bool>,
    /// Names and patterns: each is looked for once, and told once where it is not there.
    seen: FxHashSet<String>,
}

impl Reader<'_> {
    pub(super) fn detections(
        &mut self,
        key: Node<'_>,
        entries: &[(Node<'_>, Vec<Node<'_>>)],
        top: &[Key<'_>],
    ) -> Option<Detections> {
        let origin = self.origin(key);
        let mut named: Vec<(At<String>, Detection)> = Vec::new();
        let mut condition = None;
        for (key, values) in entries {
            let Some(name) = self.key(*key) else { continue };
            match name.value.as_str() {
                "condition" => condition = values.last().copied(),
                "timeframe" => {
                    let help = "write a correlation rule with a `timespan`, and leave the rule to find single events";
                    self.fault(
                        Code::SigmaShape,
                        name.origin,
                        "`timeframe` was taken out of Sigma with version 2",
                        help,
                    );
                }
                _ => {
                    let before = self.faults;
                    match self.of_all(values) {
                        Some(detection) => named.push((name, detection)),
                        // It is there, whatever is wrong with it: the condition may name it.
                        None if self.faults > before => named.push((name, Detection::All(Vec::new()))),
                        None => {}
                    }
                }
            }
        }
        let Some(condition) = condition else {
            let misplaced = top.iter().find(|key| key.name == "condition");
            let (at, help) = match misplaced {
                Some(key) => (self.origin(key.key), "indent it by one more step, below `detection:`"),
                None => (origin, "write `condition: selection`, with the name of what is to be found"),
            };
            let message = match misplaced {
                Some(_) => "the condition stands beside the detection, not in it",
                None => "nothing says which of these have to hold: there is no `condition`",
            };
            self.fault(Code::SigmaMissing, at, message, help);
            return None;
        };
        let conditions = self.conditions(condition, &named);
        Some(Detections { named, conditions, origin })
    }

    fn key(&mut self, node: Node<'_>) -> Option<At<String>> {
        let origin = self.origin(node);
        match node.key() {
            Ok(name) => Some(At::new(name.to_string(), origin)),
            Err(error) => {
                self.fault(Code::SigmaShape, origin, error.message, error.help);
                None
            }
        }
    }

    fn conditions(&mut self, node: Node<'_>, named: &[(At<String>, Detection)]) -> Vec<At<Condition>> {
        let nodes = match node.value() {
            Yaml::Sequence(nodes) => nodes,
            Yaml::Scalar(_) | Yaml::Mapping(_) => vec![node],
        };
        if nodes.is_empty() {
            let origin = self.origin(node);
            self.fault(Code::SigmaMissing, origin, "the list of conditions is empty", "write `condition: selection`");
        }
        let mut used = Used { named: vec![false; named.len()], ..Used::default() };
        let mut conditions = Vec::new();
        let before = self.faults;
        for node in nodes {
            if let Some((condition, origin, base)) = self.condition(node) {
                self.names(&condition, (origin, base), named, &mut used);
                conditions.push(At::new(condition, origin));
            }
        }
        // What is wrong with a condition is said; what else it would have named nobody knows.
        let whole = self.faults == before && !conditions.is_empty();
        for ((name, _), used) in named.iter().zip(used.named) {
            if whole && !used && !name.value.starts_with('_') {
                let help = "name it in the condition, or take it out: nothing asks for it";
                self.warn(
                    Code::SigmaUnused,
                    name.origin,
                    format!("no condition names the detection `{}`", name.value),
                    help,
                );
            }
        }
        conditions
    }

    /// A condition, where it stands, and the byte of the file at which its text begins, if it stands there as it is.
    fn condition(&mut self, node: Node<'_>) -> Option<(Condition, Origin, Option<usize>)> {
        let origin = self.origin(node);
        let Some(scalar) = node.scalar() else {
            self.fault(
                Code::SigmaCondition,
                origin,
                "a condition is a text",
                "write it in one line: `condition: selection and not filter`",
            );
            return None;
        };
        if scalar.text.len() > limits::TEXT_CHARS {
            let message = format!("a condition of more than {} bytes", limits::TEXT_CHARS);
            self.fault(
                Code::SigmaCondition,
                origin,
                message,
                "name several detections by one pattern: `1 of selection_*`",
            );
            return None;
        }
        let span = node.place().span.range();
        let written = self.text.get(span.clone()).unwrap_or_default();
        let base = [0, 1]
            .into_iter()
            .find(|skip| written.get(*skip..).is_some_and(|rest| rest.starts_with(&*scalar.text)))
            .map(|skip| span.start + skip);
        match condition::parse(&scalar.text) {
            Ok(condition) => Some((condition, origin, base)),
            Err(mistake) => {
                let at = self.inside(origin, base, mistake.at);
                self.fault(Code::SigmaCondition, at, mistake.message, mistake.help);
                None
            }
        }
    }

    /// A part of a condition.
    fn inside(&self, origin: Origin, base: Option<usize>, (start, end): (usize, usize)) -> Origin {
        match base {
            Some(base) => Origin::span(self.source, Span::new(base + start, base + end)),
            None => origin,
        }
    }

    /// Says which names of a condition there are not, and remembers those that are used.
    fn names(
        &mut self,
        condition: &Condition,
        at: (Origin, Option<usize>),
        named: &[(At<String>, Detection)],
        used: &mut Used,
    ) {
        match condition {
            Condition::And(members) | Condition::Or(members) => {
                members.iter().for_each(|member| self.names(member, at, named, used));
            }
            Condition::Not(inside) => self.names(inside, at, named, used),
            Condition::Named { name, .. } | Condition::Of { pattern: name, .. } if !used.seen.insert(name.clone()) => {}
            Condition::Named { name, at: bytes } => match named.iter().position(|(known, _)| known.value == *name) {
                Some(index) => used.named[index] = true,
                None => {
                    let known = named.iter().map(|(name, _)| name.value.as_str());
                    let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
                    let help = near.unwrap_or_else(|| there_are(named));
                    let origin = self.inside(at.0, at.1, *bytes);
                    self.fault(Code::SigmaNoDetection, origin, format!("there is no detection `{name}`"), help);
                }
            },
            Condition::Of { pattern, at: bytes, .. } => {
                let mut any = false;
                for ((name, _), used) in named.iter().zip(&mut used.named) {
                    let chosen = Condition::chooses(pattern, &name.value);
                    *used |= chosen;
                    any |= chosen;
                }
                if !any {
                    let origin = self.inside(at.0, at.1, *bytes);
                    let message = format!("no detection is named like `{pattern}`");
                    self.fault(Code::SigmaNoDetection, origin, message, there_are(named));
                }
            }
        }
    }

    /// A detection that several documents speak of: mappings are one, of anything else the last holds.
    fn of_all(&mut self, values: &[Node<'_>]) -> Option<Detection> {
        let mut entries: Vec<Entry<'_>> = Vec::new();
        let mut places: FxHashMap<Option<&str>, usize> = FxHashMap::default();
        for node in values {
            match node.value() {
                Yaml::Mapping(own) if values.len() > 1 => {
                    for entry in own {
                        let at = *places.entry(name_of(entry.key)).or_insert(entries.len());
                        match entries.get_mut(at) {
                            Some(known) => *known = entry,
                            None => entries.push(entry),
                        }
                    }
                }
                Yaml::Mapping(_) | Yaml::Scalar(_) | Yaml::Sequence(_) => {
                    return self.detection(values.last().copied().unwrap_or(*node), 0);
                }
            }
        }
        Some(self.all(entries))
    }

    /// The entries of a mapping with what `<<` brings.
    fn with_merged<'n>(&mut self, node: Node<'n>, entries: Vec<Entry<'n>>) -> Option<Vec<Entry<'n>>> {
        if !entries.iter().any(Entry::is_merge) {
            return Some(entries);
        }
        match node.merged() {
            Ok(merged) => Some(merged),
            Err(error) => {
                let origin = Origin::span(self.source, error.place.span);
                self.fault(Code::SigmaShape, origin, error.message, error.help);
                None
            }
        }
    }

    fn all(&mut self, entries: Vec<Entry<'_>>) -> Detection {
        let mut members = Vec::with_capacity(entries.len());
        for entry in entries {
            members.extend(self.field(&entry).map(Detection::Item));
        }
        Detection::All(members)
    }

    fn detection(&mut self, node: Node<'_>, depth: usize) -> Option<Detection> {
        let origin = self.origin(node);
        if depth > limits::DEPTH {
            self.fault(
                Code::SigmaShape,
                origin,
                "detections are nested too deeply",
                "give parts of it names of their own",
            );
            return None;
        }
        match node.value() {
            Yaml::Scalar(_) => self.item(None, Vec::new(), node, origin).map(Detection::Item),
            Yaml::Mapping(entries) if entries.is_empty() => {
                self.fault(
                    Code::SigmaShape,
                    origin,
                    "a detection without anything in it",
                    "write a field and its value",
                );
                None
            }
            Yaml::Mapping(entries) => {
                let entries = self.with_merged(node, entries)?;
                Some(self.all(entries))
            }
            Yaml::Sequence(items) if items.is_empty() => {
                self.fault(
                    Code::SigmaShape,
                    origin,
                    "an empty list, which nothing meets",
                    "write a member, or take it out",
                );
                None
            }
            Yaml::Sequence(items) => {
                // Values alone are one item, as the values of a field are.
                if items.iter().all(|item| item.scalar().is_some()) {
                    return self.item(None, Vec::new(), node, origin).map(Detection::Item);
                }
                let mut members = Vec::with_capacity(items.len());
                for item in items {
                    members.extend(self.detection(item, depth + 1));
                }
                Some(Detection::Any(members))
            }
        }
    }

    /// `Field|modifier|modifier: value`.
    fn field(&mut self, entry: &Entry<'_>) -> Option<Item> {
        let key = self.key(entry.key)?;
        let mut pieces = key.value.split('|');
        let name = pieces.next().unwrap_or_default();
        let mut start = entry.key.place().span.start as usize + name.len();
        let quoted = entry.key.place().span.range().len() != key.value.len();
        let mut modifiers = Vec::new();
        let mut known = true;
        for word in pieces {
            let at = match quoted {
                true => key.origin,
                false => Origin::span(self.source, Span::new(start + 1, start + 1 + word.len())),
            };
            start += 1 + word.len();
            match Modifier::parse(word) {
                Ok(modifier) => modifiers.push(At::new(modifier, at)),
                Err(near) => {
                    let words = Modifier::ALL.iter().map(|modifier| modifier.word()).collect::<Vec<_>>().join(", ");
                    let help = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there are: {words}"),
                    };
                    self.fault(Code::SigmaModifier, at, format!("Sigma has no modifier `{word}`"), help);
                    known = false;
                }
            }
        }
        // The name alone: whoever mends it keeps the modifiers.
        let from = entry.key.place().span.start as usize;
        let own = if quoted { key.origin } else { Origin::span(self.source, Span::new(from, from + name.len())) };
        let field = (!name.is_empty()).then(|| At::new(name.to_string(), own));
        if !known {
            return None;
        }
        let origin = Origin::span(self.source, entry.key.place().span.to(entry.value.place().span));
        self.item(field, modifiers, entry.value, origin)
    }

    fn item(
        &mut self,
        field: Option<At<String>>,
        modifiers: Vec<At<Modifier>>,
        node: Node<'_>,
        origin: Origin,
    ) -> Option<Item> {
        let plan = match Plan::of(&modifiers) {
            Ok(plan) => plan,
            Err(mistake) => {
                let at = modifiers.get(mistake.at).map_or(origin, |modifier| modifier.origin);
                self.fault(Code::SigmaModifier, at, mistake.message, mistake.help);
                return None;
            }
        };
        let (nodes, list) = match node.value() {
            Yaml::Scalar(_) => (vec![node], false),
            Yaml::Sequence(nodes) => (nodes, true),
            Yaml::Mapping(_) => {
                let at = self.origin(node);
                let help =
                    "a value is a text, a number or a list of them; a field inside a field is written `outer.inner`";
                self.fault(Code::SigmaShape, at, "a mapping where a value is asked for", help);
                return None;
            }
        };
        if nodes.is_empty() {
            let at = self.origin(node);
            self.fault(
                Code::SigmaShape,
                at,
                "an empty list, which nothing equals",
                "write a member, or take the field out",
            );
            return None;
        }
        if plan.all && !list {
            let at = modifiers.iter().find(|modifier| modifier.value == Modifier::All).map_or(origin, |all| all.origin);
            self.warn(Code::SigmaModifier, at, "`all` of a single value", "leave `|all` out, or write a list");
            if let Some(found) = self.found.last_mut() {
                found.severity = crate::diagnostic::Severity::Warning;
            }
        }
        let weight = nodes.iter().filter_map(|node| node.scalar()).map(|scalar| weight(&scalar.text)).sum();
        if !self.room(weight, origin) {
            return None;
        }
        let as_written = matches!(plan.ask, Ask::Re { .. } | Ask::Cidr | Ask::Exists);
        let mut values = Vec::with_capacity(nodes.len());
        let before = self.faults;
        for node in nodes {
            let at = self.origin(node);
            let Some(scalar) = node.scalar() else {
                let help = "write each member in a line of its own, as a text or a number";
                self.fault(Code::SigmaShape, at, "a list or a mapping where a single value is asked for", help);
                continue;
            };
            let value = Value::of(scalar, as_written);
            if !as_written && let Some(c) = escaped(&scalar.text) {
                let message = format!("`\\{c}` is the character itself, and not a folder with something in it");
                let help = format!("write `\\\\{c}` if a wildcard is meant");
                self.warn(Code::SigmaEscaped, at, message, help);
            }
            if let Some((message, help)) = unfit(&plan, field.is_some(), &value) {
                self.fault(Code::SigmaValue, at, message, help);
            }
            values.push(At::new(value, at));
        }
        (self.faults == before).then_some(Item { field, modifiers, plan, values, origin })
    }
}

/// A wildcard behind a single backslash that looks like the end of a folder's name. Whoever escapes another one in the same text knows.
fn escaped(text: &str) -> Option<char> {
    let chars: Vec<char> = text.chars().collect();
    let folder = |c: &char| c.is_alphanumeric() || matches!(c, ':' | '%' | ')' | '_');
    let mut found = None;
    for (at, two) in chars.windows(2).enumerate() {
        if let ['\\', wildcard @ ('*' | '?')] = two {
            if !at.checked_sub(1).and_then(|before| chars.get(before)).is_some_and(folder) {
                return None;
            }
            found = found.or(Some(*wildcard));
        }
    }
    found
}

/// The detections that a condition can name.
fn there_are(named: &[(At<String>, Detection)]) -> String {
    let all: Vec<&str> = named.iter().map(|(name, _)| name.value.as_str()).collect();
    match all.is_empty() {
        true => "there are none: write one beside `condition`, with a field and its value below it".to_string(),
        false => format!("there are: {}", all.join(", ")),
    }
}

/// Why a value is none that these modifiers take, and the way out.
fn unfit(plan: &Plan, field: bool, value: &Value) -> Option<(String, &'static str)> {
    let is = value.is();
    let fault = |message: String, help| Some((message, help));
    if !field && matches!(value, Value::Null) {
        return fault("null without a field".to_string(), "write the field that has to be missing");
    }
    if !field && (plan.field || plan.part.is_some() || !matches!(plan.ask, Ask::Equals | Ask::Text(_) | Ask::Re { .. }))
    {
        return fault("this asks about a field, and none is named".to_string(), "write the field before the modifiers");
    }
    let special = |value: &Value| matches!(value, Value::Text(text) if text.parts.iter().any(|part| !matches!(part, Part::Text(_))));
    match plan.ask {
        Ask::Exists if !matches!(value, Value::Bool { .. }) => {
            fault(format!("`exists` with {is}"), "write `true` or `false`")
        }
        Ask::Ordered(_) if !plan.field && !matches!(value, Value::Number { .. }) => {
            fault(format!("an ordering with {is}"), "write a number, without quotes")
        }
        // Placeholders are looked at when their values are there.
        Ask::Cidr if plan.expand && matches!(value, Value::Text(_)) && !special(value) => None,
        Ask::Cidr if !matches!(value, Value::Text(text) if text.as_plain().is_some_and(is_network)) => {
            fault("this is no network".to_string(), "write an address and a length, as in `10.0.0.0/8` or `fe80::/10`")
        }
        Ask::Text(_) | Ask::Re { .. } if matches!(value, Value::Null) => fault(
            "null where a text is looked for".to_string(),
            "write the text; that a field is missing is asked without modifiers",
        ),
        _ if plan.part.is_some() && !matches!(value, Value::Number { .. }) => {
            fault(format!("a part of a time with {is}"), "write a number, without quotes")
        }
        _ if plan.base64.is_some() && !matches!(value, Value::Text(_)) => {
            fault(format!("base64 of {is}"), "write a text; in quotes if it looks like something else")
        }
        _ if plan.base64.is_some() && special(value) => fault(
            "only a text without wildcards can be looked for in base64".to_string(),
            "escape wildcards by `\\`, or leave them out",
        ),
        _ if plan.field && special(value) => {
            fault("a wildcard in the name of a field".to_string(), "write the name of one field")
        }
        _ if plan.field
            && !matches!(value, Value::Text(text) if text.as_plain().is_some_and(|name| !name.is_empty())) =>
        {
            fault(format!("`fieldref` with {is}"), "write the name of a field")
        }
        Ask::Equals | Ask::Text(_) | Ask::Re { .. } | Ask::Cidr | Ask::Ordered(_) | Ask::Exists => None,
    }
}

fn is_network(text: &str) -> bool {
    text.parse::<ipnet::IpNet>().is_ok() || text.parse::<std::net::IpAddr>().is_ok()
}
