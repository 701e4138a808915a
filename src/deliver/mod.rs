//! Delivery: alerts on their way out of the program, by mail, to a webhook, into a file.
//!
//! In: what `[deliver]` of the project says, and messages. Out: messages that were taken by a mail server, a webhook or a file, each at
//! least once and always under the same id. Never here: rules, events, the command line, what a message says.
//!
//! | file | what |
//! | --- | --- |
//! | `config.rs` | `[deliver]` of the project file; secrets are named there, never written (`secret.rs`) |
//! | `compose.rs` | an alert becomes a [`Message`] |
//! | `outbox.rs` | the state file: how far inputs were read, the state of rules, and the messages, in one transaction |
//! | `lane.rs` | one target's messages in order: rate, repeats, when it is given up; no thread, no clock of its own |
//! | `courier.rs` | a thread for each lane, so that a target that is down holds up nobody else |
//! | `mail.rs`, `webhook.rs`, `file.rs` | the targets |
//!
//! What happens to a message:
//!
//! | what came of it | then |
//! | --- | --- |
//! | taken | its id is kept for a while, so that it is never sent again; its text is not |
//! | refused for good, or refused for some of its recipients | dead: it stays until somebody sends it again or drops it |
//! | refused for now | waits, longer each time ([`lane::Policy`]) |
//! | the target cannot be reached | waits, and so does all that goes there |
//! | the target is not set up as the project says (password, certificate) | the same, for longer |
//! | too old, or tried too often | dead |
//!
//! This is the one module besides `cli/` that touches the network, files and the clock.

pub mod compose;
pub mod config;
pub mod courier;
pub mod file;
pub mod lane;
pub mod mail;
pub mod outbox;
pub mod secret;
pub mod webhook;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use compose::compose;
pub use config::Delivery;
pub use courier::{Courier, Report};
pub use outbox::{Batch, Entry, Store};

/// Milliseconds since 1970, UTC.
pub type Millis = u64;

/// The system's clock.
pub fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A time as people read it: `2026-03-01T08:15:00Z`.
pub fn shown(time: Millis) -> String {
    let time = i64::try_from(time / 1000).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| "?".to_string(), |time| time.to_string())
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// To a mail server.
    Mail,
    /// To an address of the web.
    Webhook,
    /// Into a file.
    File,
}

impl Channel {
    /// All of them.
    pub const ALL: [Channel; 3] = [Channel::Mail, Channel::Webhook, Channel::File];

    /// As rules and the project file name it.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Mail => "mail",
            Channel::Webhook => "webhook",
            Channel::File => "file",
        }
    }

    /// The one of this name.
    pub fn parse(word: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.word() == word)
    }
}

/// A message, ready to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Which one: the same record, rule and `send` have the same id, however often they are read. Letters and digits.
    pub id: String,
    /// The rule that asks for it.
    pub rule: String,
    /// Where it goes.
    pub via: Channel,
    /// Recipients of a mail; none: the default ones.
    #[serde(default)]
    pub to: Vec<String>,
    /// The subject of a mail.
    pub subject: String,
    /// What a mail says.
    pub text: String,
    /// The same as HTML.
    #[serde(default)]
    pub html: Option<String>,
    /// The alert as data: what a webhook and a file get.
    pub data: serde_json::Value,
    /// When the event happened, as the event says it.
    #[serde(default)]
    pub time: Option<String>,
}

/// What makes a message the one that it is.
///
/// The name of the input is no part of it: a log that was moved, rotated or packed is the same log. The number of the record is one: two
/// records with the same bytes are two events.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The rule: its id, or its name where it has none.
    pub rule: &'a str,
    /// Where the message goes.
    pub via: Channel,
    /// Which of the rule's messages about this event it is, from 0.
    pub nth: u32,
    /// The record's number in its input.
    pub record: u64,
    /// The record as it stands, or the event as JSON where it has no text.
    pub event: &'a [u8],
}

impl Identity<'_> {
    /// The message's id: 32 hexadecimal digits.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        // Each part with its length, so that no two lists of parts are the same bytes.
        for part in [&b"blocksieve message 1"[..], self.rule.as_bytes(), self.via.word().as_bytes(), self.event] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(self.nth.to_le_bytes());
        hash.update(self.record.to_le_bytes());
        hex(&hash.finalize()[..16])
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |at: u8| char::from(DIGITS[usize::from(at & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Text on one line and without anything that a terminal or a header would obey.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let blank = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
        match (blank || character == ' ', out.ends_with(' ') || out.is_empty()) {
            (true, true) => {}
            (true, false) => out.push(' '),
            (false, _) => out.push(character),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// What came of a message that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is about, and so what is tried when.
    pub kind: FaultKind,
    /// What people read: one line, with no secret in it.
    pub error: String,
    /// The recipients for whom it was not taken; `None`: all of them.
    pub left: Option<Vec<String>>,
}

/// What a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// This message is refused for good.
    Refused,
    /// This message is refused for now; the target may say for how many milliseconds it wants nothing at all.
    Later(Option<Millis>),
    /// The target cannot be reached.
    Down,
    /// The target is not as the project says: a password, a certificate, a setting. That does not mend itself.
    Setup,
}

impl Fault {
    /// One that is about the whole message.
    pub fn new(kind: FaultKind, error: impl AsRef<str>) -> Self {
        Self { kind, error: one_line(error.as_ref()), left: None }
    }
}

/// Somewhere messages go.
pub trait Target: Send {
    /// Hands a message over. `Ok`: the other side has it.
    fn send(&mut self, entry: &Entry) -> Result<(), Fault>;

    /// How many messages are handed over at once, at most.
    fn most(&self) -> usize {
        1
    }

    /// Hands over at most so many. `Ok`: the other side has them all. `Err`: what came of the first; all of them come again.
    fn send_all(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        entries.iter().try_for_each(|entry| self.send(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_depends_on_all_that_makes_a_message_and_on_nothing_else() {
        let base = Identity { rule: "r", via: Channel::Mail, nth: 0, record: 7, event: b"{}" };
        assert_eq!(base.id(), base.id());
        assert_eq!(base.id(), "2515f0a1e8ac46a5e9083feef861849c", "released ids never change");
        let others = [
            Identity { rule: "s", ..base },
            Identity { via: Channel::File, ..base },
            Identity { nth: 1, ..base },
            Identity { record: 8, ..base },
            Identity { event: b"{} ", ..base },
            Identity { rule: "rmail", ..base },
        ];
        let ids: std::collections::BTreeSet<String> = others.iter().chain([&base]).map(Identity::id).collect();
        assert_eq!(ids.len(), others.len() + 1);
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line(" a\r\nBcc: b@example.org\u{2028}c\0 "), "a Bcc: b@example.org c");
        assert_eq!(one_line("plain"), "plain");
    }
}
