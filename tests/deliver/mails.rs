//! Mails, to a real server.

use std::collections::BTreeSet;
use std::time::Duration;

use blocksieve::deliver::config::{Entry as Config, Mail};
use blocksieve::deliver::mail::MailTarget;
use blocksieve::deliver::{Channel, Entry, Message, Target};
use serde_json::json;

use super::servers::{MailServer, certificates, header, port, python};
use super::{RUN, ids, project, stable};

fn deliver(port: u16, tls: &str, more: &str) -> String {
    let login =
        if tls == "none" { "" } else { "ca = \"ca.pem\"\nuser = \"soc\"\npassword = { file = \"password\" }\n" };
    format!(
        "[deliver.mail]\nserver = \"localhost\"\nport = {port}\ntls = \"{tls}\"\n{login}from = \"Blocksieve <blocksieve@example.org>\"\nhello = \"here.example.org\"\n{more}"
    )
}

const LOGIN: [&str; 4] = ["--user", "soc", "--password", "correct horse"];
const TWO: &str = "send mail to [\"ann@example.org\", \"bob@example.org\"]";

#[test]
fn a_mail_server_gets_each_alert_encrypted_and_with_a_login() {
    let Some(python) = python() else { return };
    for tls in ["starttls", "tls"] {
        let port = port();
        let folder = project(&format!("mail-{tls}"), TWO, &deliver(port, tls, ""), 9);
        certificates(&python, &folder.0);
        let server = MailServer::start(
            &python,
            &folder.0,
            port,
            &[&["--tls", tls, "--cert", "localhost.pem"][..], &LOGIN].concat(),
        );
        assert_eq!(folder.session(&[RUN]), format!("$ blocksieve {RUN}\n[0]\n\n"));
        let mails = server.mails();
        assert_eq!(mails.len(), 3);
        let found: BTreeSet<String> = mails.iter().map(|mail| header(mail, "Message-ID").to_string()).collect();
        let expected = ids(0..9, Channel::Mail).into_iter().map(|id| format!("<{id}@example.org>"));
        assert_eq!(found, expected.collect());
        for mail in &mails {
            assert_eq!((&mail["encrypted"], &mail["login"]), (&json!(true), &json!(true)));
            assert_eq!(mail["hello"], "here.example.org");
            assert_eq!(mail["from"], "blocksieve@example.org");
            assert_eq!(mail["to"], json!(["ann@example.org", "bob@example.org"]));
            assert_eq!(header(mail, "From"), "Blocksieve <blocksieve@example.org>");
            assert_eq!(header(mail, "To"), "ann@example.org, bob@example.org");
            assert!(header(mail, "Subject").starts_with("[high] Tool on pc"), "{mail}");
            assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
            assert_eq!(header(mail, "X-Blocksieve-Rule"), "Tool");
            assert!(header(mail, "Date").ends_with("+0000"));
            assert_eq!(mail["type"], "text/plain");
            let text = mail["parts"][0][1].as_str().unwrap();
            assert!(text.starts_with("Tool\n") && text.contains("image = C:\\tool.exe\n"), "{text}");
        }
    }
}

#[derive(serde::Deserialize)]
struct File {
    deliver: Config,
}

fn mail(port: u16) -> Mail {
    let text = deliver(port, "none", "to = [\"soc@example.org\"]\n");
    toml::from_str::<File>(&text).unwrap().deliver.settle().0.mail.unwrap()
}

fn entry(message: Message) -> Entry {
    Entry { message, created: 1_772_352_900_000, queued: 0, attempts: 0 }
}

#[test]
fn text_and_html_arrive_as_they_were_whatever_is_in_them() {
    let Some(python) = python() else { return };
    let port = port();
    let folder = project("mail-parts", "send mail", "", 0);
    let server = MailServer::start(&python, &folder.0, port, &[]);
    let mut target = MailTarget::new(&mail(port), &folder.0).unwrap();
    let long = "a line that does not end ".repeat(200);
    let texts =
        ["plain\n", ".\n..\n.dot\n", "Zoë: Übergröße, 日本, 🦀\n", &format!("{long}\n"), "From here\n\n\ttab  \n"];
    for (n, text) in texts.iter().enumerate() {
        let message = Message {
            id: format!("{n}"),
            rule: "Rüle\r\nBcc: eve@example.org".into(),
            via: Channel::Mail,
            to: Vec::new(),
            subject: format!("{n}: {long} ü\r\nBcc: eve@example.org"),
            text: (*text).to_string(),
            html: Some(format!("<p>{text}</p>\n")),
            data: serde_json::Value::Null,
            time: None,
        };
        target.send(&entry(message)).unwrap();
    }
    for (mail, text) in server.mails().iter().zip(texts) {
        assert_eq!(mail["to"], json!(["soc@example.org"]));
        assert_eq!(mail["type"], "multipart/alternative");
        assert_eq!(mail["parts"], json!([["text/plain", text], ["text/html", format!("<p>{text}</p>\n")]]));
        assert_eq!(header(mail, "X-Blocksieve-Rule"), "Rüle Bcc: eve@example.org");
        assert!(header(mail, "Subject").ends_with("ü Bcc: eve@example.org"));
        assert!(!mail["headers"].to_string().contains("[\"Bcc\""));
    }
    assert_eq!(server.mails().len(), texts.len());
}

#[test]
fn a_recipient_that_is_refused_is_told_by_name_and_the_others_have_it() {
    let Some(python) = python() else { return };
    let port = port();
    let folder = project("mail-refused", TWO, &deliver(port, "none", ""), 6);
    let server = MailServer::start(&python, &folder.0, port, &["--refuse", "bob@example.org=550"]);
    let first = folder.session(&[RUN, "alert outbox list"]);
    assert_eq!(
        server.mails().iter().map(|mail| mail["to"].to_string()).collect::<Vec<_>>(),
        ["[\"ann@example.org\"]"; 2]
    );
    drop(server);
    // Bob has a mailbox now, and gets what he did not; Ann gets nothing twice.
    let server = MailServer::start(&python, &folder.0, port, &[]);
    let second = folder.session(&["alert outbox retry --dead", RUN]);
    insta::assert_snapshot!(stable(&format!("{first}{second}"), &folder));
    let to: Vec<String> = server.mails().iter().map(|mail| mail["to"].to_string()).collect();
    assert_eq!(
        to,
        ["[\"ann@example.org\"]", "[\"ann@example.org\"]", "[\"bob@example.org\"]", "[\"bob@example.org\"]"]
    );
}

#[test]
fn what_people_read_when_the_server_does_not_take_it() {
    let Some(python) = python() else { return };
    let short = format!("{RUN} --deliver-timeout 2");
    let mut told = String::new();
    let mut scene = |name: &str, options: &[&str], tls: &str, more: &str, change: &dyn Fn(&std::path::Path)| {
        let port = port();
        let folder = project(name, TWO, &deliver(port, tls, more), 3);
        certificates(&python, &folder.0);
        change(&folder.0);
        let server = MailServer::start(&python, &folder.0, port, options);
        told.push_str(&format!("== {name}\n{}", stable(&folder.session(&[&short]), &folder)));
        drop(server);
    };
    let nothing = |_: &std::path::Path| {};
    let starttls = ["--tls", "starttls", "--cert", "localhost.pem"];
    scene(
        "wrong password",
        &[&starttls[..], &["--user", "soc", "--password", "another"]].concat(),
        "starttls",
        "",
        &nothing,
    );
    scene("wrong name", &["--tls", "tls", "--cert", "other.example.org.pem"], "tls", "", &nothing);
    let foreign = |folder: &std::path::Path| {
        let other = folder.join("other");
        std::fs::create_dir(&other).unwrap();
        certificates(&python, &other);
        std::fs::rename(other.join("ca.pem"), folder.join("ca.pem")).unwrap();
    };
    scene("wrong authority", &starttls, "starttls", "", &foreign);
    scene("no starttls", &[], "starttls", "", &nothing);
    scene("no login there", &starttls, "starttls", "", &nothing);
    scene("refused for good", &["--fail", "9=554"], "none", "", &nothing);
    scene(
        "everybody refused",
        &["--refuse", "ann@example.org=550", "--refuse", "bob@example.org=551"],
        "none",
        "",
        &nothing,
    );
    scene("refused for now, then taken", &["--fail", "1=451"], "none", "", &nothing);
    assert!(!told.contains("correct horse"));
    insta::assert_snapshot!(told);
}

#[test]
fn a_server_that_is_down_is_waited_for() {
    let Some(python) = python() else { return };
    let port = port();
    let folder = project("mail-down", TWO, &deliver(port, "none", ""), 3);
    let path = folder.0.clone();
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(3500));
        MailServer::start(&python, &path, port, &[])
    });
    let told = folder.session(&[&format!("{RUN} --deliver-timeout 1"), RUN]);
    let server = late.join().expect("it starts");
    assert_eq!(server.mails().len(), 1);
    insta::assert_snapshot!(stable(&told, &folder));
}
