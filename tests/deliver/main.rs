//! Alerts that are delivered: the program against a real mail server, a webhook that answers by plan, and files.
//!
//! The mail server is aiosmtpd (`server.py`, in a Python that `venv.sh` makes); where there is none, these tests say so and are skipped.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod corpus;
#[path = "../support/folder.rs"]
#[allow(dead_code)]
mod folder;
mod kills;
mod mails;
mod outbox;
mod remembered;
mod servers;
mod webhooks;

use std::collections::BTreeSet;
use std::path::Path;

use blocksieve::deliver::{Channel, Identity};
use folder::Folder;

/// A rule that sends by every way that is asked for.
pub fn rule(sends: &str) -> String {
    format!(
        "alert \"Tool\" {{ severity high if event is sysmon.process_create and Image ends with '\\tool.exe' {{ {sends} }} }}\n"
    )
}

/// An event: one in three starts the tool.
pub fn event(n: usize) -> String {
    let image = if n.is_multiple_of(3) { "tool" } else { "other" };
    format!(
        r#"{{"@timestamp":"2026-03-01T08:15:{:02}.000Z","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","record_id":{n},"computer_name":"pc{}.example.org","event_data":{{"Image":"C:\\{image}.exe","CommandLine":"run {n}"}}}}}}"#,
        n % 60,
        n % 7
    )
}

/// Events, a line each.
pub fn events(range: std::ops::Range<usize>) -> String {
    range.map(|n| event(n) + "\n").collect()
}

/// The ids of the messages for these events, read from the first line of one file.
pub fn ids(range: std::ops::Range<usize>, via: Channel) -> BTreeSet<String> {
    let picked = range.enumerate().filter(|(_, n)| n.is_multiple_of(3));
    picked
        .map(|(line, n)| {
            let event = event(n);
            let identity = Identity { rule: "Tool", via, nth: 0, record: line as u64 + 1, event: event.as_bytes() };
            identity.id()
        })
        .collect()
}

/// A project with one rule and one file of events.
pub fn project(name: &str, sends: &str, deliver: &str, count: usize) -> Folder {
    let folder = Folder::new(
        &format!("deliver-{name}"),
        &[
            ("blocksieve.toml", format!("name = \"t\"\n[deliver]\nfirst-retry = 1\n{deliver}").as_bytes()),
            ("tool.rule", rule(sends).as_bytes()),
            ("events.ndjson", events(0..count).as_bytes()),
            ("password", b"correct horse\n"),
            ("key", b"key of the signature"),
        ],
    );
    for secret in ["password", "key"] {
        private(&folder.0.join(secret));
    }
    folder
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("a file of ours");
}

#[cfg(not(unix))]
fn private(_: &Path) {}

/// What a session said, without what differs from run to run: ports, times, folders.
pub fn stable(text: &str, folder: &Folder) -> String {
    let text = text.replace(&folder.0.display().to_string(), "FOLDER");
    let port = regex::Regex::new(r"(localhost|127\.0\.0\.1):\d{4,5}").unwrap();
    let text = port.replace_all(&text, "$1:PORT");
    // The event's own time stays: 2026-03-01.
    let time = regex::Regex::new(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    time.replace_all(&text, "TIME").into_owned()
}

/// A run that delivers, and says nothing else.
pub const RUN: &str = "run . --events events.ndjson --deliver --show none --quiet";
