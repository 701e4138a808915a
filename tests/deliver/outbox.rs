//! What is told before anything is read, and the outbox on the command line.

use super::servers::Hook;
use super::{RUN, project, stable};

#[test]
fn what_is_missing_is_told_before_anything_is_read() {
    let nothing = project("nothing", "send mail send webhook", "", 3);
    let nobody =
        project("nobody", "send mail", "[deliver.mail]\nserver = \"localhost\"\nfrom = \"a@example.org\"\n", 3);
    let secret = "[deliver.webhook]\nurl = \"https://hooks.example.org/\"\nsecret = { file = \"nowhere\" }\n";
    let secret = project("secret", "send webhook", secret, 3);
    let literal = "[deliver.webhook]\nurl = \"https://hooks.example.org/\"\nsecret = \"hunter2\"\nport = 1\n";
    let literal = project("literal", "send webhook", literal, 3);
    let unknown = literal.0.join("blocksieve.toml");
    let ca = "[deliver.webhook]\nurl = \"https://hooks.example.org/\"\nca = \"key\"\n";
    let ca = project("ca", "send webhook", ca, 3);
    let mut told: String =
        [&nothing, &nobody, &secret, &literal, &ca].map(|folder| stable(&folder.session(&[RUN]), folder)).concat();
    std::fs::write(unknown, "[deliver.webhook]\nurl = \"https://hooks.example.org/\"\nsecret = \"hunter2\"\n").unwrap();
    told.push_str(&stable(&literal.session(&[RUN, "run . --events events.ndjson --state x.db"]), &literal));
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!(told);
    assert!(!nothing.0.join(".blocksieve").exists());
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let url = "[deliver.webhook]\nurl = \"https://hooks.example.org/\"\nsecret = { file = \"key\" }\n";
    let folder = project("readable", "send webhook", url, 3);
    std::fs::set_permissions(folder.0.join("key"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let told = folder.session(&[RUN]);
    assert!(told.contains("[BS0513]") && told.contains("(mode 640)") && told.contains("chmod 600 ./key"), "{told}");
}

#[test]
fn the_outbox_is_listed_sent_again_and_dropped() {
    let hook = Hook::start(&[(404, ""), (410, ""), (404, ""), (404, "")]);
    let url = format!("[deliver.webhook]\nurl = \"http://127.0.0.1:{}/\"\n", hook.port);
    let folder = project("outbox", "send webhook", &url, 12);
    let first = folder.session(&[RUN, "alert outbox list"]);
    let row = first.lines().find(|line| line.split_whitespace().nth(1) == Some("dead") && line.contains("410"));
    let id = row.expect("a row").split(' ').next().unwrap();
    let rest = folder.session(&[
        &format!("alert outbox drop {id}"),
        "alert outbox retry --dead",
        "alert outbox list --dead",
        "alert outbox list --all --format json",
        RUN,
        "alert outbox list",
        "alert outbox drop --all --format json",
        "alert outbox retry",
        "alert outbox retry abcdefg",
        "alert outbox list --state nowhere.db",
    ]);
    insta::assert_snapshot!(stable(&format!("{first}{rest}"), &folder));
    assert_eq!(hook.seen().len(), 7, "four at first, and three again");
}

/// A file in a folder that is not there: made in the project's own, and refused elsewhere, before an event is read.
#[test]
fn the_folder_of_a_file_is_made_in_the_project_alone() {
    let file = |name: &str, path: &str| project(name, "send file", &format!("[deliver.file]\npath = \"{path}\"\n"), 3);
    let inside = file("folder-inside", "out/today/alerts.ndjson");
    assert!(inside.session(&[RUN]).contains("[0]"));
    assert!(inside.0.join("out/today/alerts.ndjson").is_file());
    let told: String = [
        file("folder-beside", "../blocksieve-nowhere/alerts.ndjson"),
        file("folder-root", "/blocksieve-nowhere/alerts.ndjson"),
        file("folder-is-one", "."),
        file("folder-is-file", "key/alerts.ndjson"),
    ]
    .map(|folder| {
        let told = stable(&folder.session(&[RUN]), &folder);
        assert!(!folder.0.join("alerts.ndjson").exists());
        told
    })
    .concat();
    insta::assert_snapshot!(told);
}

#[test]
fn two_runs_on_one_state_file_do_not_send_twice() {
    let folder = project("twice", "send file", "[deliver.file]\npath = \"alerts.ndjson\"\n", 3);
    let store = blocksieve::deliver::Store::open(&folder.0.join(".blocksieve/state.db")).unwrap();
    let told = folder.session(&[RUN]);
    assert!(
        told.contains("[4]") && told.contains("[BS0515]") && told.contains("in use by another blocksieve"),
        "{told}"
    );
    assert!(!folder.0.join("alerts.ndjson").exists());
    drop(store);
    assert!(folder.session(&[RUN]).contains("[0]"));
}

#[test]
fn an_input_of_which_nothing_can_be_kept_is_told() {
    let folder = project("inputs", "send file", "[deliver.file]\npath = \"alerts.ndjson\"\n", 3);
    std::fs::write(folder.0.join("notes.txt"), "nothing\n").unwrap();
    let run = |events: &str| folder.session(&[&format!("run . --events {events} --deliver --show none --quiet")]);
    let told = run("notes.txt");
    assert!(
        told.contains("[3]") && told.contains("warning[BS0700]: notes.txt: nothing in it is a whole record"),
        "{told}"
    );
    let told = run("events.ndjson!x");
    assert!(told.contains("[4]") && told.contains("name the archive, or leave --deliver out"), "{told}");
    let told = run("events.ndjson nowhere");
    assert!(told.contains("[4]") && told.contains("nowhere: no such file or folder"), "{told}");
    assert!(run("events.ndjson").contains("[0]"));
}

#[derive(serde::Deserialize)]
struct File {
    deliver: blocksieve::deliver::config::Entry,
}

/// The manual's page.
const PAGE: &str = include_str!("../../grammar/delivery.md");

#[test]
fn the_example_of_the_manual_is_understood_and_its_table_has_every_key() {
    let example = PAGE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (delivery, wrong) = toml::from_str::<File>(example).expect("TOML").deliver.settle();
    assert_eq!(wrong, []);
    assert!(delivery.mail.is_some() && delivery.webhook.is_some() && delivery.file.is_some());
    let table = PAGE.split("## Keys").nth(1).and_then(|rest| rest.split("**Secrets**").next()).expect("a table");
    for part in ["", ".mail", ".webhook", ".file"] {
        // Who does not know a key is told all that there are.
        let error = toml::from_str::<File>(&format!("[deliver{part}]\nx = 1")).err().expect("no such key");
        let keys = error.message().split('`').skip(3).step_by(2).map(str::to_string).collect::<Vec<_>>();
        for key in keys.iter().filter(|key| !["mail", "webhook", "file"].contains(&key.as_str())) {
            assert!(table.contains(&format!("`{key}`")), "[deliver{part}] {key} is not in the table");
        }
        assert!(!keys.is_empty(), "{error}");
    }
}

#[test]
fn the_manuals_table_of_back_off_is_the_programs() {
    let row = PAGE.lines().find(|line| line.starts_with("| back-off, in seconds")).expect("a row");
    let told: Vec<u64> = row.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
    let policy = blocksieve::deliver::lane::Policy::default();
    assert_eq!(told, (1..=11).map(|n| policy.back_off(n, 0.5) / 1000).collect::<Vec<_>>());
}
