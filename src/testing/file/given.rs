//! The events of a test, as they stand in its file.
//!
//! In: what stands behind `event`, `events`, `must_keep`. Out: events as text, and samples: which file, and which events of it. Never here:
//! reading of other files.

use super::Reader;
use crate::ast::{Length, Number, Timestamp, Unit};
use crate::event::{Value, write};
use crate::testing::case::{Given, Named, Sample, Written};
use crate::yaml::{self, Node, Resolved};

/// What a scalar without quotes stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// The number or truth value that it is.
    Written,
    /// Its text, sign by sign: Windows' data are texts, and `0x1400` is not 5120.
    Text,
}

impl As {
    /// Below a key, or a path of keys.
    fn below(self, key: &str) -> As {
        if key.split('.').any(|part| matches!(part, "event_data" | "EventData")) { As::Text } else { self }
    }
}

/// An event that comes again more often than that is none of a test.
const MOST_TIMES: u64 = 100_000;

impl Reader {
    pub(super) fn event(&mut self, node: Node<'_>) -> Option<Written> {
        let origin = self.origin(node);
        let mut names = Vec::new();
        let text = match node.value() {
            yaml::Value::Mapping(_) => {
                self.paths(node, "", &mut names);
                self.time(node);
                write::json(&self.value(node, As::Written)?)
            }
            yaml::Value::Scalar(scalar) if matches!(scalar.resolve(), Resolved::Text(text) if !text.trim().is_empty()) => {
                scalar.text.to_string()
            }
            yaml::Value::Scalar(_) | yaml::Value::Sequence(_) => {
                let help = "write its fields below `event:`, or the record itself as a text behind `event: |`; several are `events:`";
                self.fault(node, "a test has one event behind `event`", help);
                return None;
            }
        };
        Some(Written { text, origin, names, times: 1, every: 0 })
    }

    /// A list, or one sample.
    pub(super) fn events(&mut self, node: Node<'_>) -> Option<Vec<Given>> {
        match node.value() {
            yaml::Value::Sequence(items) if !items.is_empty() => {
                let count = items.len();
                let given: Vec<Vec<Given>> = items.into_iter().filter_map(|item| self.one_of(item)).collect();
                (given.len() == count).then(|| given.into_iter().flatten().collect())
            }
            yaml::Value::Mapping(_) if has(node, "from") => Some(vec![Given::Sample(self.sample(node)?)]),
            yaml::Value::Sequence(_) | yaml::Value::Mapping(_) | yaml::Value::Scalar(_) => {
                let help = "begin each event with a dash, or name a file: `events: { from: sample.ndjson }`";
                self.fault(node, "`events` are a list, or those of a file", help);
                None
            }
        }
    }

    fn one_of(&mut self, node: Node<'_>) -> Option<Vec<Given>> {
        if has(node, "from") {
            return Some(vec![Given::Sample(self.sample(node)?)]);
        }
        if has(node, "vary") {
            return self.varied(node);
        }
        if has(node, "times") {
            return Some(vec![Given::Event(self.repeated(node)?)]);
        }
        Some(vec![Given::Event(self.event(node)?)])
    }

    /// An event that comes once for each value of a field, or of several fields side by side.
    fn varied(&mut self, node: Node<'_>) -> Option<Vec<Given>> {
        let entries = self.entries(node, "an event that varies", &["vary", "every", "event"])?;
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry.value);
        let (vary, every) = (of("vary")?, of("every"));
        let length = match every {
            Some(every) => self.length(every)?,
            None => 0,
        };
        let Some(event) = of("event") else {
            self.fault(node, "what varies is not said", "write the event below `event:`");
            return None;
        };
        let Value::Map(fields) = self.value(event, As::Written)? else {
            self.fault(event, "only an event that is written as fields varies", "write its fields below `event:`");
            return None;
        };
        let mut events: Vec<Vec<(String, Value)>> = Vec::new();
        for entry in vary.entries() {
            let path = self.key(&entry)?;
            let values = entry.value.items();
            let how = As::Written.below(path);
            let values = values.into_iter().map(|value| self.value(value, how)).collect::<Option<Vec<Value>>>()?;
            if values.is_empty() || !(events.is_empty() || events.len() == values.len()) {
                let message = match events.len() {
                    0 => format!("`{path}` has no values"),
                    before => {
                        let here = values.len();
                        format!("`{path}` and the field before it differ in the number of values: {here} and {before}")
                    }
                };
                self.fault(
                    entry.value,
                    message,
                    "write a list with one value for each event: `['10.0.0.1', '10.0.0.2']`",
                );
                return None;
            }
            if events.is_empty() {
                events = vec![fields.clone(); values.len()];
            }
            for (event, value) in events.iter_mut().zip(values) {
                let Some(field) = field_at(event, path) else {
                    let help =
                        "write the whole path, as in `winlog.event_data.Image`, of a field that stands below `event:`";
                    self.fault(entry.key, format!("the event has no field `{path}`"), help);
                    return None;
                };
                *field = value;
            }
        }
        if events.is_empty() {
            let help =
                "name a field and its values: `vary: { winlog.event_data.DestinationIp: ['10.0.0.1', '10.0.0.2'] }`";
            self.fault(vary, "`vary` names at least one field", help);
            return None;
        }
        let origin = self.origin(event);
        let mut names = Vec::new();
        self.paths(event, "", &mut names);
        self.time(event);
        let mut given = Vec::with_capacity(events.len());
        for (at, event) in (0i64..).zip(events) {
            let mut text = write::json(&Value::Map(event));
            if let Some(every) = every.filter(|_| length > 0) {
                let later = length.checked_mul(at).and_then(|by| shifted(&text, by));
                let Some(later) = later else {
                    let help = "write the event's time behind `'@timestamp':`, and no longer time than there is";
                    self.fault(every, "only an event with a time can come later", help);
                    return None;
                };
                text = later;
            }
            given.push(Given::Event(Written { text, origin, names: std::mem::take(&mut names), times: 1, every: 0 }));
        }
        Some(given)
    }

    /// An event that comes again.
    fn repeated(&mut self, node: Node<'_>) -> Option<Written> {
        let entries = self.entries(node, "an event that comes again", &["times", "every", "event"])?;
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry.value);
        let times = self.count(of("times")?, "`times`", 1)?;
        if times > MOST_TIMES {
            self.fault(of("times")?, format!("no event comes more than {MOST_TIMES} times"), "write a smaller number");
            return None;
        }
        let every = match of("every") {
            Some(every) => self.length(every)?,
            None => 0,
        };
        let Some(event) = of("event") else {
            self.fault(node, "what comes again is not said", "write the event below `event:`");
            return None;
        };
        let event = Written { times, every, ..self.event(event)? };
        if every > 0 && shifted(&event.text, 0).is_none() {
            let help = "write the event's fields below `event:`, with its time behind `'@timestamp':`";
            self.fault(of("every")?, "only an event with a time can come later", help);
            return None;
        }
        Some(event)
    }

    /// A length of time, as in rules.
    fn length(&mut self, node: Node<'_>) -> Option<i64> {
        let text = node.scalar().map(|scalar| scalar.text.trim()).unwrap_or_default();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at(digits);
        let length = count.parse().ok().zip(Unit::parse(unit.trim())).map(|(count, unit)| Length { count, unit });
        let nanoseconds = length.and_then(|length| i64::try_from(length.seconds()).ok()?.checked_mul(1_000_000_000));
        if nanoseconds.is_none() {
            self.fault(node, "this is no length of time", "write it as in a rule: `10 seconds`, `5 minutes`");
        }
        nanoseconds
    }

    /// Files of which nothing may be dropped.
    pub(super) fn must_keep(&mut self, node: Node<'_>) -> Option<Vec<Given>> {
        let items = match node.value() {
            yaml::Value::Sequence(items) if !items.is_empty() => items,
            yaml::Value::Mapping(_) | yaml::Value::Scalar(_) => vec![node],
            yaml::Value::Sequence(_) => {
                self.fault(node, "`must_keep` names at least one file", "write each behind a dash");
                return None;
            }
        };
        let count = items.len();
        let mut given = Vec::with_capacity(count);
        for item in items {
            let sample = if item.scalar().is_some() {
                let origin = self.origin(item);
                let from = self.name(item, "a file of events");
                from.map(|from| Sample { from, condition: None, records: None, limit: None, origin })
            } else {
                self.sample(item)
            };
            given.extend(sample.map(Given::Sample));
        }
        (given.len() == count).then_some(given)
    }

    fn sample(&mut self, node: Node<'_>) -> Option<Sample> {
        let entries = self.entries(node, "a sample", &["from", "where", "records", "limit"])?;
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry.value);
        let Some(from) = of("from") else {
            self.fault(node, "a sample has no `from`", "name the file, from the folder of this one");
            return None;
        };
        let from: Named = self.name(from, "a file of events")?;
        let condition = match of("where") {
            Some(condition) => Some(self.name(condition, "a condition")?),
            None => None,
        };
        let limit = match of("limit") {
            Some(limit) => Some(self.count(limit, "`limit`", 1)?),
            None => None,
        };
        let records = match of("records") {
            Some(records) => {
                let items = if records.scalar().is_some() { vec![records] } else { records.items() };
                if items.is_empty() {
                    self.fault(records, "`records` are numbers", "write those that `blocksieve run` shows: `[3, 17]`");
                    return None;
                }
                let number = |item: Node<'_>| Some((self.count(item, "the number of a record", 0)?, self.origin(item)));
                Some(items.into_iter().map(number).collect::<Option<Vec<_>>>()?)
            }
            None => None,
        };
        Some(Sample { from, condition, records, limit, origin: self.origin(node) })
    }

    /// The paths of an event's fields; of lists, that of the list. Nesting is bounded as below.
    fn paths(&self, node: Node<'_>, above: &str, paths: &mut Vec<Named>) {
        for entry in node.merged().unwrap_or_default() {
            let path = format!("{above}{}", entry.key.key().unwrap_or_default());
            match entry.value.value() {
                yaml::Value::Mapping(_) => self.paths(entry.value, &format!("{path}."), paths),
                yaml::Value::Scalar(_) | yaml::Value::Sequence(_) => {
                    paths.push(Named { name: path, origin: self.origin(entry.key) });
                }
            }
        }
    }

    /// An event's time is one: a rule that looks back would see none.
    fn time(&mut self, node: Node<'_>) {
        for entry in node.merged().unwrap_or_default() {
            let text = entry.value.scalar().map(|scalar| scalar.text.trim());
            if entry.key.key() == Ok("@timestamp") && text.is_some_and(|text| Timestamp::parse(text).is_none()) {
                self.fault(entry.value, "this is no time", "write it as in '2025-03-04T07:00:00Z'");
            }
        }
    }

    /// A value of an event. Nesting is bounded by `limits::YAML_DEPTH`, aliases followed.
    pub(super) fn value(&mut self, node: Node<'_>, how: As) -> Option<Value> {
        Some(match node.value() {
            yaml::Value::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => Value::Null,
                Resolved::Bool(_) | Resolved::Int(_) | Resolved::Float(_) if how == As::Text => {
                    Value::Text(scalar.text.to_string())
                }
                Resolved::Bool(value) => Value::Bool(value),
                Resolved::Int(value) => Value::Number(Number::Int(value)),
                Resolved::Float(value) if value.is_finite() => Value::Number(Number::Float(value)),
                Resolved::Float(_) => {
                    self.fault(node, "an event holds no such number", "put it in quotes if it is a text");
                    return None;
                }
                Resolved::Timestamp(text) | Resolved::Text(text) => Value::Text(text.to_string()),
            },
            yaml::Value::Sequence(items) => {
                Value::List(items.into_iter().map(|item| self.value(item, how)).collect::<Option<_>>()?)
            }
            yaml::Value::Mapping(_) => {
                // An event that differs from another in one field is written so.
                let entries = match node.merged() {
                    Ok(entries) => entries,
                    Err(error) => {
                        self.yaml(error);
                        return None;
                    }
                };
                let mut members = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = self.key(&entry)?.to_string();
                    let value = self.value(entry.value, how.below(&key))?;
                    members.push((key, value));
                }
                Value::Map(members)
            }
        })
    }
}

fn has(node: Node<'_>, key: &str) -> bool {
    node.entries().iter().any(|entry| entry.key.key().is_ok_and(|name| name == key))
}

/// The field of this path.
fn field_at<'v>(fields: &'v mut [(String, Value)], path: &str) -> Option<&'v mut Value> {
    let mut fields = fields;
    let mut rest = path;
    loop {
        // A name may have dots in it.
        if let Some(at) = fields.iter().position(|(name, _)| name == rest) {
            return fields.get_mut(at).map(|(_, value)| value);
        }
        let (first, behind) = rest.split_once('.')?;
        match fields.iter_mut().find(|(name, _)| name == first) {
            Some((_, Value::Map(inner))) => fields = inner,
            Some(_) | None => return None,
        }
        rest = behind;
    }
}

/// The event so many nanoseconds later; `None`: it has no time.
pub(in crate::testing) fn shifted(text: &str, by: i64) -> Option<String> {
    let Ok(Value::Map(mut members)) = crate::event::json::parse(text.as_bytes()) else { return None };
    let (_, time) = members.iter_mut().find(|(key, _)| key == "@timestamp")?;
    let Value::Text(written) = &*time else { return None };
    let at = Timestamp::parse(written)?.nanoseconds()?.checked_add(by)?;
    *time = Value::Text(Timestamp::from_nanoseconds(at).to_string());
    Some(write::json(&Value::Map(members)))
}
