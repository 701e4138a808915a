//! What must not be in the configurations, and what has to be.

use std::collections::BTreeSet;

use blocksieve::diagnostic::Severity;
use blocksieve::sysmon::config::{Condition, Relation};
use blocksieve::sysmon::rule_name::RuleName;

use super::*;

/// The names that send a mail, and the technique that they stand for.
pub const ALERTING: [(&str, &str); 3] =
    [("T1003", "Credential Dumping"), ("T1055", "Process Injection"), ("T1685", "Sysmon Bypass")];

#[test]
fn the_checker_finds_nothing() {
    for name in [SECURITY, FORENSICS] {
        let (config, found) = read(name);
        let found: Vec<String> = found
            .iter()
            .filter(|found| found.severity > Severity::Note)
            .map(|found| {
                let place = found.primary.origin.as_span().map_or("", |span| &config.text[span.range()]);
                format!("{} {}: {place}", found.code, found.message)
            })
            .collect();
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
    }
}

#[test]
fn nothing_is_prevented_and_only_the_second_keeps_files() {
    for name in [SECURITY, FORENSICS] {
        let (config, _) = read(name);
        let option = |name: &str| config.options.iter().find(|option| option.name.value == name);
        assert_eq!(config.schema.value.to_string(), "4.90", "{name}");
        assert!(
            option("HashAlgorithms").is_some_and(|hashes| hashes.value.split(',').any(|hash| hash == "SHA256")),
            "{name}"
        );
        assert!(config.options.iter().all(|option| option.read), "{name}");
        assert_eq!(option("ArchiveDirectory").is_some(), name == FORENSICS);
        assert!(option("CaptureClipboard").is_none(), "{name}");
        let mut nodes = BTreeSet::new();
        for node in &config.nodes {
            let tag = node.tag.name;
            assert!(nodes.insert((tag, node.on_match == OnMatch::Include)), "{name}: a second node of {tag}");
            assert!(!["FileBlockExecutable", "FileBlockShredding", "ClipboardChange"].contains(&tag), "{name}: {tag}");
            assert!(tag != "FileDelete" || name == FORENSICS, "{name}: {tag}");
            assert!(node.relation_said && node.relation == Relation::Or, "{name}: {tag}");
        }
        let has = |tag, include| nodes.contains(&(tag, include));
        assert!(
            config.nodes.iter().all(|node| has(node.tag.name, true)),
            "{name}: an exclude node alone logs all the rest"
        );
        // Without a node they are logged, all of them.
        assert!(has("ProcessCreate", true) && has("ProcessTerminate", true), "{name}");
    }
}

/// Folders to which users cannot write, as far as their paths tell.
const SAFE: [&str; 7] = [
    r"C:\Windows\System32\",
    r"C:\Windows\SysWOW64\",
    r"C:\Windows\servicing\",
    r"C:\Program Files\",
    r"C:\Program Files (x86)\",
    r"C:\ProgramData\Microsoft\Windows Defender\Platform\",
    "System",
];

#[test]
fn exceptions_name_whole_paths_to_which_users_cannot_write() {
    for name in [SECURITY, FORENSICS] {
        let (config, _) = read(name);
        for (tag, _, item) in items(&config, OnMatch::Exclude) {
            assert_eq!(name_of(item), "-", "{tag}: a name here could only go astray");
            let safe = |text: &str| match SAFE.iter().find(|safe| text.starts_with(*safe)) {
                Some(&"System") => text == "System",
                Some(_) => {
                    ![r"\Temp\", r"\Tasks\", r"\spool\", r"\drivers\color"].iter().any(|folder| text.contains(folder))
                }
                None => false,
            };
            let whole = item.filters().iter().any(|filter| {
                let image = ["Image", "SourceImage"].contains(&filter.field.value.as_str());
                let said = match filter.condition {
                    Condition::Is | Condition::IsAny => filter.value.value.split(';').all(safe),
                    Condition::BeginWith => filter.value.value.ends_with('\\') && safe(&filter.value.value),
                    _ => false,
                };
                image && said
            });
            assert!(whole, "{name} {tag}: {}", &config.text[item.span().range()]);
        }
    }
}

/// A rule may leave programs out, too: by whole paths as well, or by folders that are safe.
#[test]
fn what_a_rule_leaves_out_is_named_by_whole_paths_too() {
    for name in [SECURITY, FORENSICS] {
        let (config, _) = read(name);
        for (tag, _, item) in items(&config, OnMatch::Include) {
            // One rule is about programs under another name, and one about other drives.
            let renamed = item.filters().iter().any(|filter| filter.field.value == "OriginalFileName");
            for filter in item.filters() {
                let value = filter.value.value.as_str();
                if !filter.condition.is_negative() || !filter.field.value.ends_with("Image") || renamed {
                    continue;
                }
                let windows = value.starts_with(r"C:\Windows\") && !value.contains(r"\Temp\");
                let right = match filter.condition {
                    Condition::IsNot => value == "-" || value == "System" || windows,
                    Condition::NotBeginWith => {
                        let folder = SAFE.contains(&value) || windows || value == r"C:\";
                        folder && (value.ends_with('\\') || value == r"C:\Windows\Sysmon")
                    }
                    _ => false,
                };
                assert!(right, "{name} {tag}: {}", &config.text[item.span().range()]);
            }
        }
    }
}

/// Names of techniques by their ids, as far as the tables of the project list them.
fn tables() -> BTreeMap<String, String> {
    let table = path("../tables/sysmon-suspicious-techniques.csv");
    let table = std::fs::read_to_string(table).expect("the table is there");
    let rows = table.lines().filter(|line| line.starts_with('T'));
    rows.filter_map(|row| row.split_once(','))
        .map(|(id, rest)| (id.to_string(), rest.split(',').next().unwrap_or_default().to_string()))
        .collect()
}

#[test]
fn names_are_those_of_techniques_of_today() {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut alerting = BTreeSet::new();
    for file in [SECURITY, FORENSICS] {
        let (config, _) = read(file);
        for (tag, _, item) in items(&config, OnMatch::Include) {
            let name = name_of(item);
            let rest = name.strip_prefix(FORENSIC);
            assert!(rest.is_none() || file == FORENSICS, "{name}");
            let technique = rest.unwrap_or(name);
            let read = RuleName::parse(technique).unwrap_or_else(|| panic!("{tag}: a rule without a name"));
            if !technique.starts_with("technique_id=") {
                assert!(rest.is_some() && read.techniques.is_empty(), "{tag}: {name}");
                continue;
            }
            let (id, words) = (read.techniques[0].clone(), read.technique_name.clone().expect("a name"));
            assert_eq!(format!("technique_id={id},technique_name={words}"), technique);
            assert_eq!(read.retired().count(), 0, "{name} is retired");
            if ALERTING.contains(&(id.as_str(), words.as_str())) && rest.is_none() {
                alerting.insert((file, words));
            } else {
                assert!(!ALERTING.iter().any(|(_, alerts)| words.contains(alerts)), "{name} would send a mail");
                names.entry(id).or_default().insert(words);
            }
        }
    }
    assert_eq!(alerting.len(), 6, "all three in both: {alerting:?}");
    let known = tables();
    for (id, names) in &names {
        assert_eq!(names.len(), 1, "{id}: {names:?}");
        assert!(known.get(id).is_none_or(|known| names.contains(known)), "{id}: {names:?}");
    }
    assert!(names.len() > 150, "{}", names.len());
}
