//! Decisions that are stored beside a test file.
//!
//! In: the text of such a file, the decisions that came. Out: the text to store, and which tests came otherwise. Never here: files; whether
//! anything is written.
//!
//! ```text
//! # comments of Blocksieve itself
//!
//! == the name of a test
//! sysmon.ndjson:16 sysmon.config_change: kept; tags suspicious, sysmon; alert "Sysmon: significant security event" (mail)
//! sysmon.ndjson:31 sysmon.dns_query: dropped by "Sysmon: routine DNS of Windows"
//! ```
//!
//! One line an event, in the order in which they came, so that a change reads as one in any viewer of differences.

use std::collections::BTreeMap;

/// What stands before the name of a test.
const MARK: &str = "== ";

/// The head of every file.
const HEAD: &str =
    "# Decisions of the tests with `snapshot: true` in the file beside. `blocksieve test --update` writes them.\n";

/// Stored decisions by the names of tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshots {
    tests: BTreeMap<String, Vec<String>>,
}

impl Snapshots {
    /// Reads what was stored. Lines before the first test are comments.
    pub fn read(text: &str) -> Self {
        let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut name: Option<String> = None;
        for line in text.lines() {
            if let Some(begun) = line.strip_prefix(MARK) {
                tests.entry(begun.trim_end().to_string()).or_default();
                name = Some(begun.trim_end().to_string());
            } else if let Some(lines) = name.as_ref().and_then(|name| tests.get_mut(name)).filter(|_| !line.is_empty())
            {
                lines.push(line.to_string());
            }
        }
        Self { tests }
    }

    /// Is this a text that was stored here?
    pub fn wrote(text: &str) -> bool {
        text.starts_with(HEAD)
    }

    /// The text to store.
    pub fn write(&self) -> String {
        let mut text = HEAD.to_string();
        for (name, lines) in &self.tests {
            text.push_str(&format!("\n{MARK}{name}\n"));
            lines.iter().for_each(|line| text.extend([line, "\n"]));
        }
        text
    }

    /// The decisions of a test.
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.tests.get(&on_one_line(name)).map(Vec::as_slice)
    }

    /// Stores those of a test; says whether they are others than before.
    pub fn set(&mut self, name: &str, decisions: &[String]) -> bool {
        let lines: Vec<String> = decisions.iter().map(|line| on_one_line(line)).collect();
        self.tests.insert(on_one_line(name), lines.clone()) != Some(lines)
    }

    /// Names of tests that are not among these.
    pub fn stale<'s>(&'s self, names: &[&str]) -> Vec<&'s str> {
        let names: Vec<String> = names.iter().map(|name| on_one_line(name)).collect();
        self.tests.keys().filter(|have| !names.contains(have)).map(String::as_str).collect()
    }

    /// Forgets a test.
    pub fn remove(&mut self, name: &str) {
        self.tests.remove(&on_one_line(name));
    }

    /// Is nothing stored?
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }
}

/// As it is stored: hidden characters and line ends as escapes.
pub fn on_one_line(text: &str) -> String {
    crate::diagnostic::render::visible(text.trim()).into_owned()
}
