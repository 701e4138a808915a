//! The manual's page of templates, `grammar/templates.md`, tells the truth.
//!
//! | fence | what must be true |
//! | --- | --- |
//! | `template` | the template above the line `msg {…}`, filled in with these fields, gives what stands below `=>` |
//! | `template bad CODE` | the template yields that code |
#![cfg(feature = "templates")]
#![allow(clippy::panic, clippy::expect_used)]

use blocksieve::alert::{Alert, Known, Template, Texts, render};
use blocksieve::sysmon::Catalogue;

const PAGE: &str = include_str!("../../grammar/templates.md");

/// What stands between fences of templates: what is said of them, and their text.
fn fences() -> Vec<(&'static str, &'static str)> {
    let fence = |rest: &'static str| {
        let (info, rest) = rest.split_once('\n')?;
        Some((info.trim(), rest.split_once("\n```")?.0))
    };
    PAGE.split("```template").skip(1).map(|rest| fence(rest).expect("a closed fence")).collect()
}

fn parsed(text: &str) -> Result<Template, Vec<String>> {
    let texts = Texts { name: "manual".to_string(), text: text.to_string(), ..Texts::default() };
    Template::parse(&texts, &Known::of(&Catalogue::standard()))
        .map_err(|faults| faults.iter().map(|fault| fault.code.to_string()).collect())
}

#[test]
fn examples_give_what_the_page_says() {
    let mut run = 0;
    for (info, text) in fences() {
        run += 1;
        if let Some(code) = info.strip_prefix("bad ") {
            assert_eq!(parsed(text).err(), Some(vec![code.to_string()]), "{text}");
            continue;
        }
        let (above, expected) = text.split_once("\n=>\n").expect("a line `=>`");
        let (template, msg) = above.rsplit_once("\nmsg ").expect("a line `msg {…}`");
        let mut alert = Alert::sample();
        alert.msg = serde_json::from_str(msg).expect("an object");
        let template = parsed(template).unwrap_or_else(|codes| panic!("{template}: {codes:?}"));
        let rendered = render(&template, &alert);
        assert_eq!((rendered.text.as_str(), rendered.failed.as_slice()), (expected, [].as_slice()), "{text}");
    }
    assert!(run >= 8, "only {run} examples");
}

#[test]
fn the_table_of_variables_is_the_programs() {
    let chapter = PAGE.split_once("\n## Variables\n").expect("a chapter").1;
    let chapter = chapter.split("\n## ").next().expect("one");
    let name = |line: &str| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_string());
    let mut told: Vec<String> = chapter.lines().filter_map(name).collect();
    told.sort();
    let data = Alert::sample().json();
    let mut have: Vec<String> = data.as_object().expect("an object").keys().cloned().collect();
    have.sort();
    assert_eq!(told, have);
    // And what stands below each.
    for (variable, below) in data.as_object().expect("an object").iter().filter(|(name, _)| *name != "msg") {
        let below = below.as_array().and_then(|items| items.first()).unwrap_or(below);
        let row = chapter.lines().find(|line| line.starts_with(&format!("| `{variable}`"))).expect("a row");
        for name in below.as_object().into_iter().flat_map(|members| members.keys()) {
            let told = [format!("`{name}`"), format!("`{name}."), format!("\"{name}\"")];
            let timestamp = PAGE.contains(&format!("{variable}[\"{name}\"]"));
            assert!(timestamp || told.iter().any(|told| row.contains(told)), "{variable}.{name}: {row}");
        }
    }
}
