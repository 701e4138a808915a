//! Webhooks and files.

use std::collections::BTreeSet;
use std::path::Path;

use blocksieve::deliver::Channel;
use blocksieve::deliver::webhook::signature;
use serde_json::Value;

use super::folder::Folder;
use super::servers::{Hook, port};
use super::{RUN, events, ids, project, stable};

fn deliver(port: u16) -> String {
    format!(
        "[deliver.webhook]\nurl = \"http://127.0.0.1:{port}/alerts?team=soc\"\nsecret = {{ file = \"key\" }}\nheaders = {{ X-Team = \"soc\", Authorization = {{ file = \"password\" }} }}\n"
    )
}

#[test]
fn a_webhook_gets_each_alert_signed_and_under_its_id() {
    let hook = Hook::start(&[]);
    let folder = project("hook", "send webhook", &deliver(hook.port), 9);
    insta::assert_snapshot!(stable(
        &folder.session(&["run . --events events.ndjson --deliver --show alerts --format ndjson", RUN]),
        &folder
    ));
    let seen = hook.seen();
    let keys: BTreeSet<String> =
        seen.iter().map(|request| request.header("Idempotency-Key").unwrap().to_string()).collect();
    assert_eq!((keys, seen.len()), (ids(0..9, Channel::Webhook), 3));
    for request in &seen {
        assert_eq!(request.path, "/alerts?team=soc");
        assert_eq!(request.header("Content-Type"), Some("application/json"));
        assert_eq!((request.header("X-Team"), request.header("Authorization")), (Some("soc"), Some("correct horse")));
        let signed = request.header("Blocksieve-Signature").unwrap();
        let seconds: u64 = signed.strip_prefix("t=").and_then(|rest| rest.split(',').next()).unwrap().parse().unwrap();
        assert_eq!(signed, signature(b"key of the signature", seconds, request.body.as_bytes()));
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["id"].as_str(), request.header("Idempotency-Key"));
        assert_eq!((&body["rule"]["name"], &body["rule"]["severity"]), (&"Tool".into(), &"high".into()));
        assert_eq!(body["msg"]["image"], "C:\\tool.exe");
    }
}

#[test]
fn what_a_webhook_answers_decides() {
    let plan = [(500, ""), (404, ""), (429, "Retry-After: 2\r\n")];
    let hook = Hook::start(&plan);
    let folder = project("hook-plan", "send webhook", &deliver(hook.port), 9);
    insta::assert_snapshot!(stable(&folder.session(&[RUN, "alert outbox list --format json"]), &folder));
    let seen: Vec<(String, u16)> = hook
        .seen()
        .iter()
        .map(|request| (request.header("Idempotency-Key").unwrap().to_string(), request.answer))
        .collect();
    let [a, b, c] = [0, 1, 2].map(|at| seen[at].0.clone());
    // The third is asked for patience, and so is all else.
    let expected = [(&a, 500), (&b, 404), (&c, 429), (&a, 204), (&c, 204)];
    assert_eq!(seen.iter().map(|(id, answer)| (id, *answer)).collect::<Vec<_>>(), expected);
}

#[test]
fn a_redirect_is_not_followed() {
    let hook = Hook::start(&[(307, "Location: http://127.0.0.1:1/\r\n")]);
    let folder = project("hook-redirect", "send webhook", &deliver(hook.port), 3);
    let told = stable(&folder.session(&[RUN]), &folder);
    assert!(told.contains("[3]") && told.contains("redirects are not followed"), "{told}");
    assert_eq!(hook.seen().len(), 1);
}

#[test]
fn a_target_that_is_not_set_up_is_left_alone_by_the_next_run_until_somebody_asks() {
    let hook = Hook::start(&[(307, "Location: http://127.0.0.1:1/\r\n")]);
    let folder = project("hook-pause", "send webhook", &deliver(hook.port), 9);
    let short = RUN.replace(" --quiet", " --deliver-timeout 3");
    let told = stable(&folder.session(&[&short, &short]), &folder);
    assert_eq!(hook.seen().len(), 1, "{told}");
    let says = "webhook is left alone until TIME, or until [deliver.webhook] is changed; where it is mended without that, `blocksieve alert outbox retry --all` ends it";
    assert_eq!(told.matches(says).count(), 2, "{told}");
    assert!(told.contains("webhook: 3 waiting, next at TIME: "), "one error for all\n{told}");
    // Set up otherwise, it is tried again.
    let settings = std::fs::read_to_string(folder.0.join("blocksieve.toml")).unwrap();
    std::fs::write(folder.0.join("blocksieve.toml"), format!("{settings}timeout = 29\n")).unwrap();
    let told = folder.session(&[&short]);
    assert!(told.contains("3 sent, 0 waiting"), "{told}");
    let hook = Hook::start(&[(307, "Location: http://127.0.0.1:1/\r\n")]);
    let folder = project("hook-pause-ends", "send webhook", &deliver(hook.port), 3);
    let told = folder.session(&[&short, "alert outbox retry --all", &short]);
    assert!(told.contains("1 message in line again") && told.contains("1 sent, 0 waiting"), "{told}");
    assert_eq!(hook.seen().len(), 2);
}

#[test]
fn a_file_gets_a_line_an_alert_and_standard_output_too() {
    let folder = project("file", "send file", "[deliver.file]\npath = \"alerts.ndjson\"\n", 9);
    assert_eq!(folder.session(&[RUN, RUN]), format!("$ blocksieve {RUN}\n[0]\n\n$ blocksieve {RUN}\n[0]\n\n"));
    let read = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["id"].as_str().unwrap().to_string()).collect()
    };
    let alerts = std::fs::read_to_string(folder.0.join("alerts.ndjson")).unwrap();
    assert_eq!(read(&alerts).len(), 3);
    assert_eq!(BTreeSet::from_iter(read(&alerts)), ids(0..9, Channel::File));
    // What grew is read from where it ended; another file under the name is read anew, and its old events do not come again.
    std::fs::write(folder.0.join("events.ndjson"), events(0..15)).unwrap();
    folder.session(&[RUN]);
    std::fs::write(folder.0.join("events.ndjson"), format!("{}{}", events(0..6), events(30..40))).unwrap();
    let told = folder.session(&[&RUN.replace(" --quiet", "")]);
    assert!(told.contains("16 events") && told.contains("4 new messages (0 records read before), 4 sent"), "{told}");
    let alerts = std::fs::read_to_string(folder.0.join("alerts.ndjson")).unwrap();
    assert_eq!(read(&alerts).len(), 9);

    let folder = project("stdout", "send file", "[deliver.file]\npath = \"-\"\n", 9);
    let told = folder.session(&[RUN, "run . --events events.ndjson --deliver --show all"]);
    assert_eq!(told.matches("{\"id\":").count(), 3);
    assert!(told.contains("standard output cannot have both decisions and messages"), "{told}");
}

#[test]
fn binary_logs_and_archives_are_read_once_too() {
    let form = |name: &str| std::fs::read(Path::new("tests/forms/files").join(name)).unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    for name in ["winlogbeat-8.ndjson", "flat.ndjson"] {
        let bytes = form(name);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    let mut inputs = vec![("events.tar", archive.into_inner().unwrap())];
    if cfg!(feature = "evtx") {
        inputs.push(("events.evtx", form("events.evtx")));
    }
    for (name, bytes) in inputs {
        let deliver = b"[deliver.file]\npath = \"alerts.ndjson\"\n";
        let rule = b"alert \"any\" { if Image exists { send file } }";
        let files: [(&str, &[u8]); 3] = [("blocksieve.toml", deliver), ("any.rule", rule), (name, &bytes)];
        let folder = Folder::new(&format!("deliver-{name}"), &files);
        let run = format!("run . --events {name} --deliver --show none");
        let told = folder.session(&[&run]);
        let alerts = || std::fs::read_to_string(folder.0.join("alerts.ndjson")).unwrap_or_default().lines().count();
        let first = alerts();
        assert!(first > 0, "{told}");
        let told = folder.session(&[&run]);
        assert!(told.contains("0 events from") && told.contains("0 new messages ("), "{name}: {told}");
        assert!(!told.contains("(0 records read before)"), "{name}: {told}");
        assert_eq!(alerts(), first);
    }
}

#[test]
fn a_target_that_is_down_holds_up_nobody() {
    let folder = project(
        "down",
        "send webhook send file",
        &format!("{}[deliver.file]\npath = \"alerts.ndjson\"\n", deliver(port())),
        30,
    );
    let told = folder.session(&[&format!("{RUN} --deliver-timeout 0"), &format!("{RUN} --deliver-timeout 1")]);
    assert!(told.contains("[3]") && told.contains("cannot be reached"), "{told}");
    assert_eq!(std::fs::read_to_string(folder.0.join("alerts.ndjson")).unwrap().lines().count(), 10);
}
