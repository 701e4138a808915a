//! A test file as tests.
//!
//! In: its text. Out: tests with the places of all that can be wrong in them, and findings. A test with an error is left out, the others
//! run. Never here: rules; whether a name is that of one is asked where the test runs. `given.rs` reads the events, `expected.rs` what is
//! expected of them.

mod expected;
mod given;

pub(super) use given::shifted;

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Decision, Given, Named};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::{Origin, SourceId, Span};
use crate::yaml::{self, Entry, Node, Resolved, YamlError, YamlErrorKind};

/// A test that cannot run, or what is wrong with a file as a whole.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// The test's name, where it is one that has a name.
    pub name: Option<String>,
    /// Is it a test?
    pub is_test: bool,
    /// What is wrong; nothing, where it is told of the file already.
    pub findings: Vec<Diagnostic>,
}

impl Refused {
    /// Something that is wrong, and no test.
    pub fn other(finding: Diagnostic) -> Self {
        Self { name: None, is_test: false, findings: vec![finding] }
    }
}

/// Reads a test file; whoever tells its findings one by one.
pub fn read(source: SourceId, text: &str) -> (Vec<Case>, Vec<Diagnostic>) {
    let (cases, refused) = read_each(source, text);
    (cases, refused.into_iter().flat_map(|refused| refused.findings).collect())
}

/// Reads a test file; each test that cannot run for itself.
pub fn read_each(source: SourceId, text: &str) -> (Vec<Case>, Vec<Refused>) {
    let (documents, errors) = yaml::read_with_doubled_keys(text);
    let is_yaml = errors.iter().all(|error| error.kind == YamlErrorKind::DuplicateKey);
    let places = |error: &YamlError| [Some(error.place), error.other];
    let doubled = errors.iter().flat_map(places).flatten().map(|place| place.span).collect();
    let mut reader = Reader { source, found: Vec::new(), tests: Vec::new(), doubled, faults: 0 };
    errors.into_iter().for_each(|error| reader.yaml(error));
    let cases = match documents.as_slice() {
        [] => {
            if is_yaml {
                reader.whole("this file holds no tests", "write `tests:` and below it a `- name:` for each of them");
            }
            Vec::new()
        }
        [one] => reader.file(one.root()),
        [one, other, ..] => {
            let message = "a test file is one document";
            reader.fault(other.root(), message, "leave the line `---` out and put all tests below one `tests:`");
            reader.file(one.root())
        }
    };
    let mut refused: Vec<Refused> = reader.found.into_iter().map(Refused::other).collect();
    refused.append(&mut reader.tests);
    (cases, refused)
}

struct Reader {
    source: SourceId,
    found: Vec<Diagnostic>,
    /// Tests that cannot run.
    tests: Vec<Refused>,
    /// Keys that stand twice, both places of each: they are told already, and what holds one is no test.
    doubled: BTreeSet<Span>,
    /// What was wrong so far with what was read.
    faults: usize,
}

impl Reader {
    fn origin(&self, node: Node<'_>) -> Origin {
        Origin::span(self.source, node.place().span)
    }

    fn fault(&mut self, node: Node<'_>, message: impl Into<String>, help: impl Into<String>) {
        let origin = self.origin(node);
        self.found.push(Diagnostic::new(Code::BadTest, origin, message).help(help));
        self.faults += 1;
    }

    fn whole(&mut self, message: &str, help: &str) {
        self.found.push(Diagnostic::new(Code::BadTest, Origin::whole(self.source), message).help(help));
    }

    fn yaml(&mut self, error: YamlError) {
        let place = |place: yaml::Place| Origin::span(self.source, place.span);
        let mut found = Diagnostic::new(Code::BadTest, place(error.place), error.message).help(error.help);
        if let Some(other) = error.other {
            found = found.related(place(other), "the other");
        }
        self.found.push(found);
        self.faults += 1;
    }

    /// The text of a key. One that stands twice is a fault of what holds it.
    fn key<'a>(&mut self, entry: &Entry<'a>) -> Option<&'a str> {
        if self.doubled.contains(&entry.key.place().span) {
            self.faults += 1;
        }
        match entry.key.key() {
            Ok(key) => Some(key),
            Err(error) => {
                self.yaml(error);
                None
            }
        }
    }

    /// The entries of a mapping; an unknown key is told with the known ones.
    fn entries<'a>(&mut self, node: Node<'a>, what: &str, known: &[&str]) -> Option<Vec<(&'a str, Entry<'a>)>> {
        let before = self.faults;
        let entries = self.known_entries(node, what, known)?;
        (self.faults == before).then_some(entries)
    }

    /// Those with known keys, for whoever goes on with them.
    fn known_entries<'a>(&mut self, node: Node<'a>, what: &str, known: &[&str]) -> Option<Vec<(&'a str, Entry<'a>)>> {
        let yaml::Value::Mapping(entries) = node.value() else {
            self.fault(node, format!("{what} is written as a mapping"), format!("its keys are {}", known.join(", ")));
            return None;
        };
        let mut named = Vec::with_capacity(entries.len());
        for entry in entries {
            match self.key(&entry) {
                Some(key) if known.contains(&key) => named.push((key, entry)),
                Some(key) => {
                    let help = match nearest(key, known.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("its keys are {}", known.join(", ")),
                    };
                    self.fault(entry.key, format!("{what} has no key `{key}`"), help);
                }
                None => {}
            }
        }
        Some(named)
    }

    fn file(&mut self, root: Node<'_>) -> Vec<Case> {
        let before = self.faults;
        let Some(entries) = self.known_entries(root, "a test file", &["tests"]) else { return Vec::new() };
        if entries.is_empty() && self.faults == before {
            self.fault(root, "this file holds no tests", "write `tests:` and below it a `- name:` for each of them");
        }
        let cases: Vec<Case> = entries.into_iter().flat_map(|(_, tests)| self.tests(&tests)).collect();
        let mut named: BTreeMap<&str, &Case> = BTreeMap::new();
        for case in &cases {
            if let Some(other) = named.insert(&case.name, case) {
                let found = Diagnostic::new(Code::BadTest, case.origin, "two tests have the same name");
                let found = found.related(other.origin, "the other");
                self.found.push(found.help("give each its own: reports and stored decisions know them by it"));
            }
        }
        cases
    }

    fn tests(&mut self, tests: &Entry<'_>) -> Vec<Case> {
        match tests.value.value() {
            yaml::Value::Sequence(items) if !items.is_empty() => {
                items.into_iter().filter_map(|item| self.one(item)).collect()
            }
            yaml::Value::Sequence(_) | yaml::Value::Mapping(_) | yaml::Value::Scalar(_) => {
                self.fault(tests.key, "`tests` is a list with at least one test", "begin each with `- name:`");
                Vec::new()
            }
        }
    }

    fn one(&mut self, node: Node<'_>) -> Option<Case> {
        let before = self.found.len();
        let case = self.case(node);
        if case.is_none() {
            let named = node.entries().into_iter().find(|entry| entry.key.key() == Ok("name"));
            let name = named.and_then(|entry| entry.value.scalar().map(|scalar| scalar.text.trim().to_string()));
            let name = name.filter(|name| !name.is_empty());
            let findings = self.found.split_off(before.min(self.found.len()));
            self.tests.push(Refused { name, is_test: true, findings });
        }
        case
    }

    fn case(&mut self, node: Node<'_>) -> Option<Case> {
        let before = self.faults;
        let known = ["name", "event", "events", "must_keep", "expect", "snapshot"];
        let entries = self.known_entries(node, "a test", &known)?;
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry.value);
        let given: Vec<&(&str, Entry<'_>)> =
            entries.iter().filter(|(key, _)| matches!(*key, "event" | "events" | "must_keep")).collect();
        // What a misspelt key would have said is not missed besides.
        if self.faults == before {
            let mut missing = |key: &str| {
                let help = "a test has a name, an event, and what is expected";
                self.fault(node, format!("this test has no `{key}`"), help);
            };
            if of("name").is_none() {
                missing("name");
            }
            if given.is_empty() {
                missing("event");
            }
            if of("expect").is_none() && of("must_keep").is_none() && of("snapshot").is_none() {
                missing("expect");
            }
            if let [_, (_, second), ..] = given.as_slice() {
                let help = "leave one of `event`, `events` and `must_keep` out, or make it another test";
                self.fault(second.key, "a test has its events in one place", help);
            }
        }
        let snapshot = of("snapshot").map(|value| self.switch(value, "`snapshot`"));
        if let (Some(Some(false)), None, None, Some(value)) = (snapshot, of("expect"), of("must_keep"), of("snapshot"))
        {
            self.fault(value, "this test expects nothing", "write `snapshot: true`, or say below `expect` what comes");
        }
        let name = of("name").and_then(|name| self.name(name, "the name of a test"));
        let events = given.first().copied().map(|(key, entry)| {
            let events = match *key {
                "event" => self.event(entry.value).map(|event| vec![Given::Event(event)]),
                "events" => self.events(entry.value),
                _must_keep => self.must_keep(entry.value),
            };
            (*key, entry, events)
        });
        let mut expect = of("expect").and_then(|expect| self.expected(expect)).unwrap_or_default();
        let (key, entry, events) = events?;
        if key == "must_keep" {
            if expect.decision.is_some_and(|(decision, _)| decision == Decision::Dropped) {
                self.fault(
                    entry.key,
                    "what must be kept is not expected to be dropped",
                    "write `events` instead of `must_keep`",
                );
            }
            expect.decision = Some((Decision::Kept, self.origin(entry.key)));
        }
        let (named, given) = (name?, events?);
        let given_origin = self.origin(entry.value);
        let snapshot = snapshot.flatten().unwrap_or(false);
        (self.faults == before).then_some(Case {
            name: named.name,
            origin: named.origin,
            given,
            given_origin,
            expect,
            snapshot,
        })
    }

    /// A text; whatever stands there without quotes is one.
    fn name(&mut self, node: Node<'_>, what: &str) -> Option<Named> {
        let text = node.scalar().map(|scalar| scalar.text.trim()).filter(|text| !text.is_empty());
        if text.is_none() {
            self.fault(node, format!("{what} is a text"), "write it behind the colon, in quotes if it has signs in it");
        }
        Some(Named { name: text?.to_string(), origin: self.origin(node) })
    }

    fn names(&mut self, node: Node<'_>, what: &str) -> Option<Vec<Named>> {
        let yaml::Value::Sequence(items) = node.value() else {
            self.fault(node, format!("{what} are a list"), "write each behind a dash, or `[]` for none");
            return None;
        };
        let count = items.len();
        let names: Vec<Named> = items.into_iter().filter_map(|item| self.name(item, "each of them")).collect();
        (names.len() == count).then_some(names)
    }

    /// `true` or `false`.
    fn switch(&mut self, node: Node<'_>, what: &str) -> Option<bool> {
        match node.scalar().map(|scalar| scalar.resolve()) {
            Some(Resolved::Bool(value)) => Some(value),
            Some(_) | None => {
                self.fault(node, format!("{what} is `true` or `false`"), "write one of them");
                None
            }
        }
    }

    /// A whole number.
    fn count(&mut self, node: Node<'_>, what: &str, least: u64) -> Option<u64> {
        let number = match node.scalar().map(|scalar| scalar.resolve()) {
            Some(Resolved::Int(number)) => u64::try_from(number).ok().filter(|number| *number >= least),
            Some(_) | None => None,
        };
        if number.is_none() {
            self.fault(
                node,
                format!("{what} is a whole number, {least} or more"),
                "write it in digits, without quotes",
            );
        }
        number
    }

    /// One text, or a list of them.
    fn texts(&mut self, node: Node<'_>, what: &str) -> Option<Vec<String>> {
        match node.value() {
            yaml::Value::Sequence(items) if !items.is_empty() => {
                items.into_iter().map(|item| self.name(item, what).map(|named| named.name)).collect()
            }
            yaml::Value::Sequence(_) | yaml::Value::Mapping(_) | yaml::Value::Scalar(_) => {
                self.name(node, what).map(|named| vec![named.name])
            }
        }
    }
}
