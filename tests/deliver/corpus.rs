//! From attack samples to mails: real logs, the predefined alert, a server with TLS and a login.
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`; where there is none, or no mail
//! server, this says so and passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::folder::Folder;
use super::private;
use super::servers::{MailServer, certificates, header, port, python};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sysmon");

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let samples = folder.join("evtx");
    if samples.is_dir() {
        return Some(samples);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}

/// The project of the example, with a mail server.
fn project(port: u16) -> Folder {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for part in ["filters", "classify", "alerts", "tables", "templates"] {
        for entry in std::fs::read_dir(Path::new(EXAMPLE).join(part)).expect("the example") {
            let path = entry.expect("a file").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            files.push((format!("{part}/{name}"), std::fs::read(&path).expect("a file")));
        }
    }
    let own = std::fs::read_to_string(Path::new(EXAMPLE).join("blocksieve.toml")).expect("the example");
    let mail = format!(
        "{own}\n[deliver.mail]\nserver = \"localhost\"\nport = {port}\ntls = \"starttls\"\nca = \"ca.pem\"\nuser = \"soc\"\npassword = {{ file = \"password\" }}\nfrom = \"Blocksieve <blocksieve@example.org>\"\nrate = 60000\n"
    );
    files.push(("blocksieve.toml".to_string(), mail.into_bytes()));
    files.push(("password".to_string(), b"correct horse\n".to_vec()));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let folder = Folder::new("deliver-corpus", &files);
    private(&folder.0.join("password"));
    folder
}

/// What stands behind a name at the start of a line of the text.
fn line<'m>(mail: &'m Value, name: &str) -> &'m str {
    let text = mail["parts"][0][1].as_str().expect("a text");
    let value = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}: {text}"));
    value.trim()
}

#[test]
fn attack_samples_become_mails() {
    let (Some(samples), Some(python)) = (corpus(), python()) else { return };
    let port = port();
    let folder = project(port);
    certificates(&python, &folder.0);
    let options = ["--tls", "starttls", "--cert", "localhost.pem", "--user", "soc", "--password", "correct horse"];
    let server = MailServer::start(&python, &folder.0, port, &options);
    let samples = samples.display();
    let told = folder.session(&[&format!("run . --events '{samples}' --show alerts --format ndjson --quiet")]);
    let decided: Vec<Value> = told
        .lines()
        .filter(|line| line.starts_with("{\"file\""))
        .map(|line| serde_json::from_str(line).expect("a decision"))
        .collect();
    assert!(decided.len() > 5, "{}", decided.len());
    let said = folder.session(&[&format!("run . --events '{samples}' --deliver --show none")]);
    let (summaries, mails): (Vec<Value>, Vec<Value>) = server.mails().into_iter().partition(|mail| {
        mail["parts"][0][1].as_str().is_some_and(|text| text.lines().any(|line| line.starts_with("Not sent ")))
    });
    let sent = decided.len() + summaries.len();
    assert!(said.contains(&format!("{sent} sent, 0 waiting, 0 dead")), "{said}");
    // What stayed quiet is told at the end: how many, and of what.
    let counts = |mail: &Value| line(mail, "Not sent ").split(' ').next().and_then(|count| count.parse::<u64>().ok());
    let told: u64 = summaries.iter().map(|mail| counts(mail).expect("a number")).sum();
    let summary = folder.session(&[&format!("run . --events '{samples}' --show none --format json --quiet")]);
    let quiet = summary
        .split("\"quiet\":")
        .nth(1)
        .and_then(|rest| rest.trim_start().split(|c: char| !c.is_ascii_digit()).next());
    assert_eq!(quiet, Some(told.to_string().as_str()), "{summary}");
    assert!(summaries.iter().all(|mail| mail["parts"][0][1].as_str().is_some_and(|text| text.contains("Computer = "))));
    let mut by_record: BTreeMap<String, &Value> = BTreeMap::new();
    for mail in &mails {
        assert_eq!((mail["encrypted"].as_bool(), mail["login"].as_bool()), (Some(true), Some(true)));
        assert_eq!(
            (mail["parts"][0][0].as_str(), mail["parts"][1][0].as_str()),
            (Some("text/plain"), Some("text/html"))
        );
        by_record.insert(line(mail, "Record ").to_string(), mail);
    }
    assert_eq!((by_record.len(), mails.len()), (decided.len(), decided.len()));
    for decision in &decided {
        let place = format!("{}:{}", decision["file"].as_str().expect("a file"), decision["record"]);
        let mail = by_record.get(&place).unwrap_or_else(|| panic!("no mail about {place}"));
        let host = decision["host"].as_str().expect("a host");
        assert_eq!(line(mail, "Host "), host);
        assert!(header(mail, "Subject").contains(host) && header(mail, "Subject").starts_with("[high] "), "{mail}");
        assert!(line(mail, "Event ").starts_with(decision["event_id"].as_str().expect("an id")), "{mail}");
        assert_eq!(header(mail, "X-Blocksieve-Rule"), "Sysmon: significant security event");
        let text = mail["parts"][0][1].as_str().expect("a text");
        assert!(!text.contains("[no "), "a line about what the event does not have: {text}");
    }
    eprintln!("{} mails about attack samples, and {} that tell of {told} more", mails.len(), summaries.len());
}
