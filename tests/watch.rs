//! `blocksieve watch` over real files that a test writes, rotates, empties and packs while it runs. What happens to a single file is
//! told in more detail by the tests of `src/follow/files/`.
#![cfg(all(unix, feature = "watch"))]
#![allow(clippy::panic, clippy::expect_used)]

#[path = "watch/process.rs"]
mod process;
#[cfg(feature = "deliver")]
#[path = "deliver/servers.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod servers;
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use process::World;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[test]
fn decisions_come_while_the_file_grows_and_each_once() {
    let mut world = World::new("grows");
    let mut watch = world.watch(&["--events", "x.log"]);
    watch.until_said("note: x.log: no such file or folder; waiting for it");
    for count in 1..=5 {
        world.events("x.log", 1);
        watch.until_count(count);
    }
    let line = world.line();
    world.append("x.log", &line[..40]);
    world.events("other.log", 1);
    world.append("x.log", &line[40..]);
    watch.until_count(6);
    assert_eq!(watch.stop(), 0);
    assert_eq!(watch.hosts(), ["h1", "h2", "h3", "h4", "h5", "h6"]);
    assert!(
        watch.err().contains("6 events from 1 input: 0 dropped (0.0 %; 0.0 % of bytes), 6 kept, 6 alerts"),
        "{}",
        watch.err()
    );
}

#[test]
fn rename_and_a_new_file() {
    let mut world = World::new("rename");
    let mut watch = world.watch(&["--events", "x.log"]);
    world.events("x.log", 2);
    watch.until_count(2);
    world.events("x.log", 1);
    world.rename("x.log", "x.log.1");
    world.events("x.log", 1);
    // The writer still has the old file open.
    world.events("x.log.1", 1);
    watch.until_count(5);
    world.events("x.log", 1);
    watch.until_count(6);
    watch.stop();
    let mut hosts = watch.hosts();
    hosts.sort();
    assert_eq!(hosts, world.expected());
    assert_eq!(watch.places().last().map(String::as_str), Some("x.log:2"));
}

#[test]
fn rename_then_gzip_is_not_read_again() {
    let mut world = World::new("gzip");
    let mut watch = world.watch(&["--events", "x.log*"]);
    world.events("x.log", 30);
    watch.until_count(30);
    world.rename("x.log", "x.log.1");
    world.events("x.log", 1);
    watch.until_count(31);
    world.gzip("x.log.1", "x.log.2.gz");
    world.rename("x.log", "x.log.1");
    world.events("x.log", 1);
    watch.until_count(32);
    // One more packed file, which is new, shows that packed files were looked at.
    world.events("y", 1);
    world.gzip("y", "x.log.9.gz");
    watch.until_count(33);
    watch.stop();
    assert_eq!(watch.hosts().len(), 33);
}

#[test]
fn copytruncate_loses_nothing_where_the_copy_is_watched() {
    let mut world = World::new("copytruncate");
    let mut watch = world.watch(&["--events", "x.log*"]);
    world.events("x.log", 20);
    watch.until_count(20);
    world.events("x.log", 2);
    world.copy_truncate("x.log", "x.log.1");
    world.events("x.log", 1);
    watch.until_count(23);
    watch.stop();
    let mut hosts = watch.hosts();
    hosts.sort();
    assert_eq!(hosts, world.expected());
}

#[test]
fn a_file_that_is_replaced_by_a_longer_one_of_other_content() {
    let mut world = World::new("replaced");
    let mut watch = world.watch(&["--events", "x.log"]);
    world.events("x.log", 3);
    watch.until_count(3);
    let text: String = (0..6).map(|_| world.line()).collect();
    world.write("x.log", text);
    watch.until_count(9);
    watch.stop();
    assert_eq!(watch.places()[3..], ["x.log:1", "x.log:2", "x.log:3", "x.log:4", "x.log:5", "x.log:6"]);
}

#[test]
fn a_link_that_is_switched() {
    let mut world = World::new("link");
    let switch = |world: &World, to: &str| {
        std::os::unix::fs::symlink(to, world.path("new")).expect("a link");
        world.rename("new", "current.log");
    };
    world.events("a", 1);
    switch(&world, "a");
    let mut watch = world.watch(&["--events", "current.log"]);
    watch.until_count(1);
    world.events("b", 1);
    world.events("a", 1);
    switch(&world, "b");
    watch.until_count(3);
    watch.stop();
    assert_eq!(watch.hosts().len(), 3);
}

#[test]
fn files_that_appear_later_in_a_folder_and_vanish() {
    let mut world = World::new("appear");
    world.write("logs/notes.txt", "nothing");
    let mut watch = world.watch(&["--events", "logs"]);
    watch.until_said("no event files in this folder; waiting for it");
    world.events("logs/a.ndjson", 1);
    watch.until_count(1);
    std::fs::create_dir(world.path("logs/deep")).expect("a folder");
    world.events("logs/deep/b.log", 1);
    watch.until_count(2);
    std::fs::remove_file(world.path("logs/a.ndjson")).expect("removed");
    world.events("logs/a.ndjson", 1);
    watch.until_count(3);
    watch.stop();
    assert_eq!(watch.places(), ["logs/a.ndjson:1", "logs/deep/b.log:1", "logs/a.ndjson:1"]);
}

#[test]
fn a_restart_in_the_middle_of_everything_goes_on_where_it_was() {
    let mut world = World::new("restart");
    let words = ["--events", "x.log*", "--state", "state"];
    world.events("x.log", 15);
    let mut first = world.watch(&words);
    first.until_count(15);
    assert_eq!(first.stop(), 0);
    // Meanwhile it grows, is renamed, begins anew, and the old one is packed.
    world.events("x.log", 1);
    world.gzip("x.log", "x.log.1.gz");
    world.events("x.log", 1);
    let half = world.line();
    world.append("x.log", &half[..30]);
    let mut second = world.watch(&words);
    second.until_count(2);
    assert_eq!(second.stop(), 0);
    world.append("x.log", &half[30..]);
    let mut third = world.watch(&words);
    third.until_count(1);
    assert_eq!(third.stop(), 0);
    let hosts = [first.hosts(), second.hosts(), third.hosts()].concat();
    assert_eq!(hosts.len(), 18, "{hosts:?}");
    assert_eq!(third.places(), ["x.log:2"]);
}

#[test]
fn once_reads_what_is_there_and_ends_and_goes_on_the_next_time() {
    let mut world = World::new("once");
    world.events("a.log", 2);
    world.append("a.log", "{\"winlog\":{\"broken\n");
    let last = world.line();
    world.append("a.log", &last[..20]);
    let words = ["--events", "a.log", "--once", "--state", "state"];
    let mut watch = world.watch(&words);
    assert_eq!(watch.status(), 3);
    assert_eq!(watch.places(), ["a.log:1", "a.log:2"]);
    assert!(watch.err().contains("a.log:3: "), "{}", watch.err());
    world.append("a.log", &last[20..]);
    let mut watch = world.watch(&words);
    assert_eq!(watch.status(), 0);
    assert_eq!(watch.places(), ["a.log:4"]);
    let mut watch = world.watch(&["--events", "nothing.log", "--once"]);
    assert_eq!(watch.status(), 4);
    assert!(watch.err().contains("error[BS0501]: nothing.log: no such file or folder"), "{}", watch.err());
}

#[test]
fn once_is_run_byte_by_byte() {
    let mut world = World::new("same");
    for name in ["logs/a.log", "logs/b.ndjson"] {
        world.write(name, "");
        world.events(name, 40);
        world.append(name, "neither\n");
        let last = world.line();
        world.append(name, last.trim_end());
    }
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .args(["run", "rules", "--events", "logs", "--show", "all"])
        .current_dir(&world.folder)
        .output()
        .expect("runs");
    for _ in 0..2 {
        let mut watch = world.watch(&["--events", "logs", "--once", "--show", "all"]);
        assert_eq!(watch.status(), 3);
        assert_eq!(watch.out(), String::from_utf8_lossy(&run.stdout));
        assert_eq!(watch.err(), String::from_utf8_lossy(&run.stderr));
    }
}

#[test]
fn standard_input_is_decided_line_by_line_at_once() {
    let mut world = World::new("standard");
    let mut watch = world.watch(&["--events", "-"]);
    for count in 1..=3 {
        let line = world.line();
        watch.say(&line);
        watch.until_count(count);
    }
    let line = world.line();
    watch.say(line.trim_end());
    watch.close_input();
    assert_eq!(watch.status(), 0);
    assert_eq!(watch.places(), ["-:1", "-:2", "-:3", "-:4"]);
}

#[test]
fn standard_input_that_has_to_be_read_whole_is_refused_with_the_way_out() {
    let mut world = World::new("standard-whole");
    let mut watch = world.watch(&["--events", "-"]);
    watch.say("[{\"winlog\":{\"event_id\":\"1\"}},\n{}]\n");
    watch.close_input();
    assert_eq!(watch.status(), 3);
    assert!(watch.err().contains("warning[BS0710]: -: this form has to be read whole"), "{}", watch.err());
    assert!(watch.err().contains("help: `blocksieve run RULES --events -` reads it"), "{}", watch.err());
}

#[test]
fn rules_that_change_are_taken_whole_or_not_at_all() {
    let mut world = World::new("reload");
    let mut watch = world.watch(&["--events", "x.log"]);
    world.events("x.log", 1);
    watch.until_count(1);
    world.write("rules/b.rule", "filter \"all\" { if event is sysmon.dns_query { drop }");
    watch.until_said("warning[BS0711]: the rules that changed are not taken: the rules do not compile: 1 error");
    world.events("x.log", 1);
    watch.until_count(2);
    world.write("rules/b.rule", "filter \"all\" { if event is sysmon.dns_query { drop } }\n");
    watch.until_said("rules read anew, 2 rules: new filter \"all\"");
    world.events("x.log", 1);
    std::fs::remove_file(world.path("rules/b.rule")).expect("removed");
    world.write("rules/a.rule", process::RULES.replace("soc@", "other@"));
    watch.until_said("rules read anew, 1 rule: changed alert \"every query\"; gone filter \"all\"");
    world.events("x.log", 1);
    watch.until_count(3);
    watch.stop();
    assert_eq!(watch.hosts(), ["h1", "h2", "h4"]);
    assert_eq!(watch.err().matches("BS0711").count(), 1, "told once\n{}", watch.err());
}

#[test]
fn a_lookup_table_that_changes_is_taken_and_files_that_were_only_touched_are_no_change() {
    let mut world = World::new("table");
    world.write("rules/blocksieve.toml", "[tables.names]\nfile = \"names.csv\"\nkey = \"name\"\n");
    world.write("rules/names.csv", "name\nnothing.example.org\n");
    world.write(
        "rules/a.rule",
        process::RULES.replace("sysmon.dns_query {", "sysmon.dns_query and QueryName in table \"names\" {"),
    );
    let mut watch = world.watch(&["--events", "x.log", "--status", "1"]);
    world.events("x.log", 1);
    watch.until_said("1 event (");
    assert_eq!(watch.hosts().len(), 0);
    world.write("rules/names.csv", "name\nwww.example.org\n");
    watch.until_said("rules read anew, 1 rule: files rules/names.csv");
    world.events("x.log", 1);
    watch.until_count(1);
    let text = std::fs::read(world.path("rules/a.rule")).expect("read");
    world.write("rules/a.rule", text);
    let said = watch.err().matches("rules read anew").count();
    // Asked for, it is done in any case, and says that nothing is another.
    watch.signal("-HUP");
    watch.until_said("rules read anew, 1 rule: nothing in them is another");
    watch.stop();
    assert_eq!(watch.err().matches("rules read anew").count(), said + 1, "{}", watch.err());
}

#[test]
fn signals_end_it_well_and_what_was_written_is_stored() {
    let mut world = World::new("signals");
    for (name, status) in [("-TERM", 0), ("-INT", 0)] {
        let mut watch = world.watch(&["--events", "x.log", "--state", "state"]);
        world.events("x.log", 2);
        watch.until_count(2);
        watch.signal(name);
        assert_eq!(watch.status(), status, "{name}");
        assert!(watch.err().contains("2 events from 1 input"), "{}", watch.err());
        assert_eq!(watch.hosts().len(), 2);
    }
    assert!(!process::is_there(&world.path("state.new")));
    // A second process on the same state would undo what the first one stores.
    let first = world.watch(&["--events", "x.log", "--state", "state"]);
    first.until_ready(&world);
    let mut second = world.watch(&["--events", "x.log", "--state", "state"]);
    assert_eq!(second.status(), 4);
    assert!(
        second.err().contains("error: the state state cannot be used: another blocksieve uses it"),
        "{}",
        second.err()
    );
}

#[test]
fn a_second_interrupt_ends_at_once_even_where_nobody_takes_the_decisions() {
    let mut world = World::new("twice");
    world.events("x.log", 3000);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .args(["watch", "rules", "--events", "x.log", "--state", "state"])
        .current_dir(&world.folder)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("starts");
    let mut out = child.stdout.take().expect("piped");
    // It has begun to write, and more than a pipe holds is to be written.
    out.read_exact(&mut [0; 1]).expect("a byte");
    let interrupt = || {
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    };
    interrupt();
    std::thread::sleep(std::time::Duration::from_millis(200));
    interrupt();
    assert_eq!(child.wait().expect("ended").code(), Some(3));
    drop(out);
    // Nothing was stored: all of it comes again.
    let mut watch = world.watch(&["--events", "x.log", "--state", "state", "--once"]);
    assert_eq!(watch.status(), 0);
    assert_eq!(watch.hosts().len(), 3000);
}

#[test]
fn a_state_that_is_none_is_refused() {
    let mut world = World::new("state");
    world.write("state", "{}");
    let mut watch = world.watch(&["--events", "x.log", "--state", "state"]);
    assert_eq!(watch.status(), 4);
    assert!(watch.err().contains("no state of blocksieve watch"), "{}", watch.err());
}

#[test]
fn metrics_and_the_line_of_state() {
    let mut world = World::new("metrics");
    let mut watch = world.watch(&["--events", "x.log", "--status", "1", "--metrics", "127.0.0.1:0"]);
    world.events("x.log", 3);
    world.append("x.log", "broken\n");
    watch.until_count(3);
    watch.until_said("state: 3 events (");
    let err = watch.err();
    let state = err.lines().find(|line| line.starts_with("state: 3 events (")).expect("a line");
    assert!(state.ends_with("0 dropped, 3 alerts, 1 damaged, 0 failed; lag 0 bytes; 1 file open"), "{state}");
    let (head, body) = metrics(&watch);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"), "{head}");
    for sample in [
        "blocksieve_events_total 3",
        "blocksieve_alerts_total{rule=\"every query\"} 3",
        "blocksieve_damaged_records_total 1",
        "blocksieve_lag_bytes{input=\"x.log\"} 0",
        "blocksieve_open_files 1",
    ] {
        assert!(body.lines().any(|line| line == sample), "{sample}\n{body}");
    }
    assert_eq!(watch.stop(), 3, "a damaged record was skipped");
    let mut watch = world.watch(&["--events", "x.log", "--metrics", "0.0.0.0:0"]);
    assert_eq!(watch.status(), 4);
    assert!(watch.err().contains("say --metrics-any"), "{}", watch.err());
}

/// Head and body of what the metrics' address answers.
fn metrics(watch: &process::Watch) -> (String, String) {
    watch.until_said("/metrics\n");
    let err = watch.err();
    let address = err
        .lines()
        .find_map(|line| line.strip_prefix("metrics: http://")?.strip_suffix("/metrics"))
        .expect("an address");
    let mut stream = TcpStream::connect(address).expect("listens");
    stream.write_all(format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_string(), body.to_string())
}

/// A metric's value.
fn metric(watch: &process::Watch, name: &str) -> u64 {
    let (_, body) = metrics(watch);
    let line = body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}\n{body}")).parse().expect("a number")
}

/// The rule sends by a webhook, which is at this port.
#[cfg(feature = "deliver")]
fn by_webhook(world: &World, port: u16, more: &str) {
    world.write("rules/a.rule", process::RULES.replace("send mail to [\"soc@example.org\"]", "send webhook"));
    let url = format!("[deliver]\nfirst-retry = 1\n[deliver.webhook]\nurl = \"http://127.0.0.1:{port}/\"\n{more}");
    world.write("rules/blocksieve.toml", url);
}

#[cfg(feature = "deliver")]
#[test]
fn a_way_of_delivery_that_fails_is_told_once_and_what_the_project_says_then_counts() {
    let mut world = World::new("delivery");
    by_webhook(&world, servers::port(), "");
    let mut watch = world.watch(&["--events", "x.log", "--deliver", "--status", "1", "--metrics", "127.0.0.1:0"]);
    world.events("x.log", 3);
    watch.until_said("warning[BS0516]: webhook: a message could not be sent, and waits: ");
    watch.until_said("; 1 file open; delivery: 0 sent, 3 waiting, 0 dead (webhook fails)");
    watch.until("several attempts", |watch| {
        metric(watch, "blocksieve_message_failures_total{channel=\"webhook\"}") >= 3
    });
    assert_eq!(metric(&watch, "blocksieve_messages_waiting{channel=\"webhook\"}"), 3);
    assert_eq!(metric(&watch, "blocksieve_warnings_total{code=\"BS0516\"}"), 1);
    assert!(metric(&watch, "blocksieve_commits_total") > 0, "positions are stored without --state too");
    let hook = servers::Hook::start(&[]);
    by_webhook(&world, hook.port, "");
    watch.until_said("rules read anew, 1 rule: files rules/blocksieve.toml; delivery set up anew");
    watch.until_said("note: webhook: messages are sent again");
    watch.until("three messages", |_| hook.seen().len() == 3);
    watch.until_said("delivery: 3 sent, 0 waiting, 0 dead\n");
    assert_eq!(watch.stop(), 0, "{}", watch.err());
    assert_eq!(watch.err().matches("BS0516").count(), 1, "{}", watch.err());
}

#[cfg(feature = "deliver")]
#[test]
fn a_password_file_that_changes_sets_the_target_up_anew_and_hangup_ends_its_pause() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::new("delivery-secret");
    // A redirect is not followed: the target is not set up as it should be, and is left alone for a while.
    let moved = (307, "Location: http://127.0.0.1:1/\r\n");
    let hook = servers::Hook::start(&[moved, moved]);
    let secret = |world: &World, text: &str| {
        let path = world.path("rules/key.part2");
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("ours");
        std::fs::rename(path, world.path("rules/key")).expect("renamed");
    };
    secret(&world, "wrong");
    by_webhook(&world, hook.port, "secret = { file = \"key\" }\n");
    let mut watch = world.watch(&["--events", "x.log", "--deliver", "--quiet", "--deliver-timeout", "1"]);
    world.events("x.log", 1);
    watch.until_said("warning[BS0516]: webhook: ");
    secret(&world, "right");
    watch.until_said("files rules/key; delivery set up anew");
    watch.until("a second attempt", |_| hook.seen().len() == 2);
    watch.signal("-HUP");
    watch.until("a third attempt", |_| hook.seen().len() == 3);
    // A way that is taken away: rules that send there are refused, and what was goes on.
    world.write("rules/blocksieve.toml", "name = \"t\"\n[deliver.file]\npath = \"alerts\"\n");
    watch.until_said("warning[BS0711]: the rules that changed are not taken: [BS0514] ");
    world.events("x.log", 1);
    watch.until("a fourth request", |_| hook.seen().len() == 4);
    watch.stop();
}

#[test]
fn what_cannot_be_taken_up_is_told_in_any_case() {
    let mut world = World::new("damaged-state");
    world.write("rules/a.rule", "alert \"two\" { when 2 events within 1 hour by Image { send mail } }\n");
    let state = "{\"blocksieve_positions\":1,\"positions\":{},\"remembered\":\"AAAA\"}";
    world.write("state", state);
    let words = ["--events", "x.log", "--state", "state", "--quiet", "--metrics", "127.0.0.1:0"];
    let mut watch = world.watch(&words);
    watch.until_said(
        "warning[BS0515]: what was remembered was written by another version of this program; alerts begin anew",
    );
    watch.until("a metric", |watch| metrics(watch).1.contains("blocksieve_warnings_total{code=\"BS0515\"} 1"));
    // Events without the key are a note, for who wants to hear it.
    world.events("x.log", 2);
    watch.until("they are counted", |watch| metric(watch, "blocksieve_uncounted_events_total") == 2);
    assert_eq!(watch.stop(), 3);
    assert!(!watch.err().contains("note: `when"), "{}", watch.err());
    let mut watch = world.watch(&["--events", "x.log", "--state", "state"]);
    watch.until_said("following 1 file, behind 2 records that were read before\n");
    world.events("x.log", 1);
    watch.until_said("note: `when 2 events within 1 hour by Image`: 1 event was not counted for want of a time");
    watch.stop();
}

#[test]
fn a_stamp_in_the_far_future_is_told_with_its_host_and_what_to_do() {
    let mut world = World::new("far-future");
    world.write("rules/a.rule", "alert \"two\" { when 2 events within 1 hour by Computer { send mail } }\n");
    let line = |time: &str| {
        format!(
            "{{\"@timestamp\":\"{time}Z\",\"winlog\":{{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\"event_id\":22,\"computer_name\":\"PC7.example.org\",\"event_data\":{{}}}}}}\n"
        )
    };
    let times = ["2026-03-01T08:15:00", "2026-03-01T08:15:01", "2099-01-01T00:00:00", "2026-03-01T08:15:02"];
    world.append("x.log", &times.map(line).concat());
    let mut watch = world.watch(&["--events", "x.log", "--once", "--show", "none"]);
    assert_eq!(watch.status(), 0, "{}", watch.err());
    let said = "note: 1 stamp in the far future moved no window; it was 2099-01-01T00:00:00Z of the host pc7.example.org\n  help: look at the clock of that host";
    assert!(watch.err().contains(said), "{}", watch.err());
}

#[test]
fn keys_that_are_forgotten_are_told_when_it_happens() {
    let mut world = World::new("forgotten");
    world.write("rules/a.rule", "alert \"two\" { when 2 events within 1 hour by QueryName { send mail } }\n");
    let mut watch = world.watch(&["--events", "x.log", "--quiet", "--show", "none", "--metrics", "127.0.0.1:0"]);
    let many = blocksieve::limits::CONTEXT_KEYS as u32 + 20_000;
    let line = |n: u32| {
        format!(
            "{{\"@timestamp\":\"2026-03-01T08:15:00Z\",\"winlog\":{{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\"event_id\":22,\"event_data\":{{\"QueryName\":\"{n}\"}}}}}}\n"
        )
    };
    let text: String = (0..many).map(line).collect();
    world.append("x.log", &text);
    watch.until_said("warning[BS0704]: `when 2 events within 1 hour by QueryName`: ");
    watch.until("all of them", |watch| metric(watch, "blocksieve_events_total") == u64::from(many));
    assert!(metric(&watch, "blocksieve_forgotten_keys_total") > 0);
    assert_eq!(metric(&watch, "blocksieve_warnings_total{code=\"BS0704\"}"), 1);
    assert_eq!(watch.stop(), 3);
    assert_eq!(watch.err().matches("BS0704").count(), 1, "{}", watch.err());
}

#[test]
fn a_reader_that_goes_away_ends_it_and_what_it_did_not_take_comes_again() {
    let mut world = World::new("closed");
    world.events("x.log", 2000);
    let script = format!(
        "{} watch rules --events x.log --state state --show all --once | head -1 > first",
        env!("CARGO_BIN_EXE_blocksieve")
    );
    let status = std::process::Command::new("sh").args(["-c", &script]).current_dir(&world.folder).status();
    assert!(status.expect("runs").success());
    let mut watch = world.watch(&["--events", "x.log", "--state", "state", "--once"]);
    assert_eq!(watch.status(), 0);
    assert_eq!(watch.hosts().len(), 2000);
}

/// What is done to the files, and to the process.
#[derive(Clone, Debug)]
enum Step {
    Write(u32),
    Rename,
    CopyTruncate,
    Pack,
    Wait,
    Stop,
    Kill,
}

fn steps(with_kills: bool) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1..200_u32).prop_map(Step::Write),
        2 => Just(Step::Rename),
        1 => Just(Step::CopyTruncate),
        2 => Just(Step::Pack),
        4 => Just(Step::Wait),
        2 => Just(if with_kills { Step::Kill } else { Step::Stop }),
    ];
    prop::collection::vec(step, 10..25)
}

/// Plays the steps; gives the hosts of all alerts of all processes.
fn play(name: &str, steps: &[Step]) -> (World, Vec<String>, usize) {
    let mut world = World::new(name);
    let words = ["--events", "x.log*", "--state", "state"];
    let mut all: Vec<String> = Vec::new();
    let (mut ended, mut rotated) = (0, 0);
    let mut watch = world.watch(&words);
    for step in steps {
        let is_there = |name: &str| process::is_there(&world.path(name));
        match step {
            Step::Write(count) => world.events("x.log", *count),
            Step::Rename | Step::CopyTruncate if is_there("x.log") => {
                if is_there("x.log.1") {
                    rotated += 1;
                    world.gzip("x.log.1", &format!("x.log.{}.gz", rotated + 1));
                }
                match step {
                    Step::Rename => world.rename("x.log", "x.log.1"),
                    _copy => world.copy_truncate("x.log", "x.log.1"),
                }
            }
            Step::Pack if is_there("x.log.1") => {
                rotated += 1;
                world.gzip("x.log.1", &format!("x.log.{}.gz", rotated + 1));
            }
            Step::Wait => watch.until("all that was written", |watch| {
                let told: std::collections::BTreeSet<String> = all.iter().cloned().chain(watch.hosts()).collect();
                told.len() == world.next as usize
            }),
            Step::Stop => {
                watch.until_ready(&world);
                assert_eq!(watch.stop(), 0, "{}", watch.err());
                all.extend(watch.hosts());
                watch = world.watch(&words);
            }
            Step::Kill => {
                ended += 1;
                watch.kill();
                all.extend(watch.hosts());
                watch = world.watch(&words);
            }
            Step::Rename | Step::CopyTruncate | Step::Pack => {}
        }
    }
    watch.until_ready(&world);
    watch.stop();
    all.extend(watch.hosts());
    let mut last = world.watch(&["--events", "x.log*", "--state", "state", "--once"]);
    assert_eq!(last.status(), 0, "{}", last.err());
    all.extend(last.hosts());
    all.sort();
    (world, all, ended)
}

/// Fewer cases than elsewhere: each is a handful of processes.
fn runner() -> TestRunner {
    TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() })
}

#[test]
fn writers_rotations_and_restarts_at_random_lose_and_repeat_nothing() {
    let played = runner().run(&steps(false), |steps| {
        let (world, hosts, _) = play("random", &steps);
        let (expected, mut once) = (world.expected(), hosts.clone());
        once.dedup();
        let lost = expected.iter().filter(|host| once.binary_search(host).is_err()).count();
        prop_assert!(
            once == expected && hosts == once,
            "{lost} lost, {} repeated\n{}",
            hosts.len() - once.len(),
            world.files()
        );
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn with_kills_nothing_is_lost_and_only_what_was_in_flight_comes_again() {
    let played = runner().run(&steps(true), |steps| {
        let (world, hosts, kills) = play("killed", &steps);
        let mut once = hosts.clone();
        once.dedup();
        prop_assert_eq!(&once, &world.expected());
        for host in &once {
            let count = hosts.iter().filter(|other| *other == host).count();
            prop_assert!(count <= 1 + kills, "{} came {} times after {} kills", host, count, kills);
        }
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{error}"));
}
