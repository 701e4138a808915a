//! A program that is killed again and again loses nothing, and repeats at most what was in flight.
//!
//! `BLOCKSIEVE_KILLS` says how often; 20 without it.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use blocksieve::deliver::Channel;
use serde_json::Value;

use super::servers::{Hook, MailServer, header, port, python};
use super::{RUN, events, ids, project};

/// Events that come between two kills: three to a message, so that each run has something to do.
const NEW: usize = 60;

/// Chance from a seed: the same kills each time. (splitmix64)
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn kills() -> usize {
    std::env::var("BLOCKSIEVE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(20)
}

/// Each id was seen, none that was not expected, and so many times too often at most.
fn check(what: &str, seen: Vec<String>, expected: &std::collections::BTreeSet<String>, most: usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let all = seen.len();
    for id in seen {
        *counts.entry(id).or_default() += 1;
    }
    let lost: Vec<&String> = expected.iter().filter(|id| !counts.contains_key(*id)).collect();
    let strange: Vec<&String> = counts.keys().filter(|id| !expected.contains(*id)).collect();
    assert!(lost.is_empty() && strange.is_empty(), "{what}: lost {lost:?}, strange {strange:?}");
    let repeated = all - counts.len();
    eprintln!("{what}: {} messages, {repeated} repeated", counts.len());
    assert!(repeated <= most, "{what}: {repeated} repeated, {most} at most");
}

#[test]
fn whoever_is_killed_loses_nothing() {
    let Some(python) = python() else { return };
    let kills = kills();
    let (port, hook) = (port(), Hook::start(&[]));
    let deliver = format!(
        "[deliver.mail]\nserver = \"localhost\"\nport = {port}\ntls = \"none\"\nfrom = \"b@example.org\"\nto = [\"soc@example.org\"]\n[deliver.webhook]\nurl = \"http://127.0.0.1:{}/\"\n[deliver.file]\npath = \"alerts.ndjson\"\n",
        hook.port
    );
    let folder = project("kills", "send mail send webhook send file", &deliver, 0);
    let server = MailServer::start(&python, &folder.0, port, &[]);
    let mut chance = Chance(20_261_126);
    let mut count = 0;
    let mut killed = 0;
    // Longer than a run takes when nobody kills it; learnt on the way, for machines differ.
    let mut longest = 400;
    while killed < kills {
        count += NEW;
        std::fs::write(folder.0.join("events.ndjson"), events(0..count)).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
        command.args(RUN.split(' ')).current_dir(&folder.0).stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        std::thread::sleep(Duration::from_micros(chance.below(longest * 1000)));
        if child.try_wait().expect("it is a child").is_none() {
            child.kill().expect("it may be killed");
            killed += 1;
        } else {
            longest = (longest * 9 / 10).max(20);
        }
        child.wait().expect("ends");
    }
    let last = folder.session(&[RUN]);
    assert!(last.contains("[0]"), "{last}");
    let mails = server.mails();
    let ids_of = |mails: &[Value]| {
        let id =
            |mail| header(mail, "Message-ID").trim_start_matches('<').split('@').next().unwrap_or_default().to_string();
        mails.iter().map(id).collect()
    };
    check("mail", ids_of(&mails), &ids(0..count, Channel::Mail), killed);
    let hooked =
        hook.seen().iter().filter_map(|request| request.header("Idempotency-Key").map(str::to_string)).collect();
    check("webhook", hooked, &ids(0..count, Channel::Webhook), killed);
    let alerts = std::fs::read_to_string(folder.0.join("alerts.ndjson")).expect("it is there");
    let lines = alerts.lines().map(|line| serde_json::from_str::<Value>(line).expect("a whole line"));
    let lines = lines.filter_map(|line| line["id"].as_str().map(str::to_string)).collect();
    // A file can be asked what it has.
    check("file", lines, &ids(0..count, Channel::File), 0);
}
