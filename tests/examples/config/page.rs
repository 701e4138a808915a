//! README.md says of the files what is in them.

use std::fmt::Write as _;

use blocksieve::sysmon::config::explain::Fired;
use blocksieve::sysmon::rule_name::{RuleName, technique_url};

use super::*;

/// Of a technique: its names, the tags of its rules, how many rules each file has.
#[derive(Default)]
struct Covered {
    names: Vec<String>,
    tags: Vec<&'static str>,
    rules: [usize; 2],
}

fn coverage() -> BTreeMap<String, Covered> {
    let mut covered: BTreeMap<String, Covered> = BTreeMap::new();
    for (at, file) in [SECURITY, FORENSICS].into_iter().enumerate() {
        let (config, _) = read(file);
        let mut all: Vec<_> = items(&config, OnMatch::Include).collect();
        all.sort_by_key(|(_, (node, item), _)| (config.nodes[*node].tag.ids[0], *item));
        for (tag, _, item) in all {
            let name = RuleName::parse(name_of(item)).expect("a name");
            let (Some(id), Some(words)) = (name.techniques.first(), name.technique_name) else { continue };
            let technique = covered.entry(id.clone()).or_default();
            technique.rules[at] += 1;
            if !technique.names.contains(&words) {
                technique.names.push(words);
            }
            if !technique.tags.contains(&tag) {
                technique.tags.push(tag);
            }
        }
    }
    covered
}

#[test]
fn the_table_of_techniques_is_that_of_the_files() {
    let mut table =
        String::from("| technique | name | rules in `security.xml` | in `security-and-forensics.xml` | sections |\n");
    table.push_str("| --- | --- | ---: | ---: | --- |\n");
    for (id, covered) in coverage() {
        let (names, mut tags) = (covered.names.join("; "), covered.tags);
        let manifest = read(FORENSICS).0;
        tags.sort_by_key(|tag| manifest.nodes.iter().find(|node| node.tag.name == *tag).map(|node| node.tag.ids[0]));
        let [security, forensics] = covered.rules;
        let _ = writeln!(
            table,
            "| [{id}]({}) | {names} | {security} | {forensics} | {} |",
            technique_url(&id),
            tags.join(", ")
        );
    }
    let page = text("README.md");
    let written = page.split("<!-- coverage -->\n").nth(1).expect("the table stands between two marks");
    assert!(written == table, "README.md, between the marks, has to be:\n{table}");
}

#[test]
fn the_numbers_of_rules_are_those_of_the_files() {
    let page = text("README.md");
    let configs = [SECURITY, FORENSICS].map(|file| (file, read(file).0));
    for (at, (file, config)) in configs.iter().enumerate() {
        let rules = items(config, OnMatch::Include).count();
        let techniques = coverage().values().filter(|covered| covered.rules[at] > 0).count();
        let row = page.lines().find(|line| line.starts_with(&format!("| `{file}` |"))).expect("a row");
        assert!(row.ends_with(&format!("| {rules} | {techniques} |")), "{rules} rules, {techniques} techniques: {row}");
    }
    // What the commands count is more: the page says by how much.
    let excludes = configs.each_ref().map(|(_, config)| items(config, OnMatch::Exclude).count());
    let all = configs.each_ref().map(|(_, config)| Fired::default().never(config).0);
    assert!(page.contains(&format!("the exceptions beside them, {} and {}, and", excludes[0], excludes[1])));
    assert!(page.contains(&format!("counts both: {} and {}.", all[0], all[1])));
    for node in configs[1].1.nodes.iter().filter(|node| node.on_match == OnMatch::Include) {
        let tag = node.tag.name;
        let [security, forensics] =
            [0, 1].map(|at: usize| items(&configs[at].1, OnMatch::Include).filter(|(name, ..)| *name == tag).count());
        let ids: Vec<String> = node.tag.ids.iter().map(u32::to_string).collect();
        let head = format!("| {tag} | {} |", ids.join(", "));
        let row = page.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("no row {head}"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!((cells[4], cells[6]), (security.to_string().as_str(), forensics.to_string().as_str()), "{tag}");
    }
}

/// What the headers and the page say of volume is one thing.
#[test]
fn headers_and_page_give_the_same_volume() {
    let page = text("README.md");
    let row = page.lines().find(|line| line.starts_with("| **all** |")).expect("a row");
    let numbers: Vec<&str> = row.split("**").filter(|part| part.starts_with(|c: char| c.is_ascii_digit())).collect();
    let [recorded, security, forensics, attacks, of_them, and_of_them] = numbers[..] else { panic!("{row}") };
    let head = |file: &str| text(file).split("-->").next().unwrap_or_default().replace("\n  ", " ");
    for (file, all, some) in [(SECURITY, security, of_them), (FORENSICS, forensics, and_of_them)] {
        let head = head(file);
        assert!(head.contains(&format!("of {recorded} events that were recorded")), "{head}");
        assert!(head.contains(&format!("logs {all} (")), "{head}");
        assert!(head.contains(&format!("of {attacks} events of recorded attacks {some}")), "{head}");
    }
    let number = |text: &str| -> f64 { text.replace(',', "").parse().expect("a number") };
    let times = format!("{:.1} times", number(forensics) / number(security));
    assert!(page.contains(&times.replace(" times", " times\nas many")) && head(FORENSICS).contains(&times), "{times}");
}
