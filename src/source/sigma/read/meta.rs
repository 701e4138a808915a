//! Metadata of a document.
//!
//! In: its keys. Out: what they say; a warning for each that is not of Sigma's form, which keeps no rule from running. Never here: what becomes
//! of it.

use super::super::model::Meta;
use super::{Key, Reader};
use crate::ast::{At, RuleSeverity};
use crate::diagnostic::{Code, nearest};
use crate::yaml::Node;

/// What Sigma's `status` may be.
pub const STATUS: [&str; 5] = ["stable", "test", "experimental", "deprecated", "unsupported"];
/// How long a title may be.
const TITLE: usize = 256;

impl Reader<'_> {
    pub(super) fn meta(&mut self, keys: &[Key<'_>], root: Node<'_>) -> Meta {
        let mut meta = Meta::default();
        for key in keys {
            let Some(node) = key.values.last().copied() else { continue };
            let quoted = format!("`{}`", key.name);
            match key.name {
                "title" => meta.title = self.title(node),
                "id" => meta.id = self.id(node),
                "name" => meta.name = self.text(node, Code::SigmaMeta, &quoted),
                "status" => meta.status = self.one_of(node, &quoted, &STATUS),
                "level" => {
                    let words = RuleSeverity::ALL.map(RuleSeverity::word);
                    let level = self.one_of(node, &quoted, &words);
                    meta.level = level.and_then(|found| {
                        let of = |severity: &RuleSeverity| severity.word() == found.value;
                        Some(At::new(RuleSeverity::ALL.into_iter().find(of)?, found.origin))
                    });
                }
                "description" => meta.description = self.text(node, Code::SigmaMeta, &quoted),
                "author" => meta.author = self.text(node, Code::SigmaMeta, &quoted),
                "references" => meta.references = self.texts(node, Code::SigmaMeta, &quoted),
                "falsepositives" => meta.falsepositives = self.texts(node, Code::SigmaMeta, &quoted),
                "tags" => meta.tags = self.tags(node),
                "date" | "modified" => self.day(node, &quoted),
                // Kept in the file; nothing of it is asked here.
                _other => {}
            }
        }
        if meta.title.is_none() && !keys.iter().any(|key| key.name == "title") {
            let origin = self.origin(root);
            let help = "write `title:` with what is found, in a few words";
            self.fault(Code::SigmaMissing, origin, "this document has no `title`", help);
        }
        meta
    }

    fn title(&mut self, node: Node<'_>) -> Option<At<String>> {
        let before = self.found.len();
        let title = self.text(node, Code::SigmaShape, "`title`");
        self.faults += self.found.len() - before;
        let title = title?;
        if title.value.chars().count() > TITLE {
            let message = format!("the title has more than {TITLE} characters");
            self.warn(Code::SigmaMeta, title.origin, message, "say the rest in `description`");
        }
        Some(title)
    }

    fn id(&mut self, node: Node<'_>) -> Option<At<String>> {
        let id = self.text(node, Code::SigmaMeta, "`id`")?;
        let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
        let digit = |(at, byte): (usize, u8)| if dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() };
        if id.value.len() != 36 || !id.value.bytes().enumerate().all(digit) {
            let help = "make one, as by `uuidgen`: it stays when the title changes";
            self.warn(Code::SigmaMeta, id.origin, format!("`{}` is no UUID", id.value), help);
        }
        Some(id)
    }

    /// A word out of a list; case is forgiven.
    fn one_of(&mut self, node: Node<'_>, what: &str, words: &[&'static str]) -> Option<At<String>> {
        let found = self.text(node, Code::SigmaMeta, what)?;
        if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(&found.value)) {
            return Some(At::new(word.to_string(), found.origin));
        }
        let near = nearest(&found.value, words.iter().copied()).map(|near| format!("did you mean `{near}`? "));
        let help = format!("{}{what} is {}", near.unwrap_or_default(), words.join(", "));
        self.warn(Code::SigmaMeta, found.origin, format!("`{}` is no {what}", found.value), help);
        None
    }

    fn tags(&mut self, node: Node<'_>) -> Vec<At<String>> {
        let tags = self.texts(node, Code::SigmaMeta, "`tags`");
        for tag in &tags {
            let mut parts = tag.value.split('.');
            let word = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            };
            if tag.value.matches('.').count() == 0 || !parts.all(word) {
                let help = "a tag has a namespace and a name, as in `attack.t1059.001` or `cve.2021-44228`";
                self.warn(Code::SigmaMeta, tag.origin, format!("`{}` is no tag of Sigma", tag.value), help);
            }
        }
        tags
    }

    /// Sigma's days are `2024-01-31`; older rules have slashes.
    fn day(&mut self, node: Node<'_>, what: &str) {
        let Some(day) = self.text(node, Code::SigmaMeta, what) else { return };
        let parts: Vec<&str> = day.value.split(['-', '/']).collect();
        let number = |text: &&str, digits: usize, last: u32| {
            text.len() <= digits && text.parse::<u32>().is_ok_and(|number| (1..=last).contains(&number))
        };
        let right = matches!(parts.as_slice(), [year, month, day]
            if year.len() == 4 && number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31));
        if !right {
            let message = format!("{what} is no day");
            self.warn(Code::SigmaMeta, day.origin, message, "write year, month and day, as in `2024-01-31`");
        }
    }
}
