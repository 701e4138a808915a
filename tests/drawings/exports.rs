//! Exports in the log manager's style, one for each published block: `tests/exports/*.xml`, with the project beside them.
//!
//! What each becomes and what is found is shown; those that the program would draw in the same way come back to the letter;
//! what they do to events is what the log manager would do. Those in `broken/` are told at their block, with the way out.
#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::path::{Path, PathBuf};

use crate::support::decide;
use blocksieve::Compiled;
use blocksieve::ast;
use blocksieve::blockly::{Registry, Workspace};
use blocksieve::bytecode;
use blocksieve::check::{self, Context};
use blocksieve::cli::project::{self, Project};
use blocksieve::diagnostic::{self, Diagnostic};
use blocksieve::ir::twin::Did;
use blocksieve::origin::Sources;
use blocksieve::source;
use blocksieve::sysmon::Catalogue;
use blocksieve::target;

/// A project of this package, which must be without fault.
fn project(path: &str) -> Project {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut found = Vec::new();
    let project = project::load(&folder, &mut Sources::default(), &mut found);
    assert!(found.is_empty(), "{found:#?}");
    project
}

/// The XML files of a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "xml"));
    files.sort();
    files
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn stem(file: &Path) -> String {
    file.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// An export through the whole of the compiler; what is found names its blocks by `#`.
struct Read {
    sources: Sources,
    definition: ast::Definition,
    checked: check::Checked,
    found: Vec<Diagnostic>,
}

fn compile(name: &str, xml: &str, project: &Project) -> Read {
    let mut sources = Sources::default();
    let id = sources.add(name, xml);
    let source::Parsed { definition, diagnostics: mut found, .. } =
        source::parse(&mut sources, id, xml, &project.registry);
    let catalogue = Catalogue::standard();
    let context =
        Context { catalogue: &catalogue, agent: project.agent, tables: &project.tables, templates: None, today: None };
    let checked = check::check(std::slice::from_ref(&definition), &context);
    found.extend(checked.diagnostics.iter().cloned());
    diagnostic::sort(&mut found);
    Read { sources, definition, checked, found }
}

fn findings(read: &Read, name: &str) -> String {
    let mut out = String::new();
    for found in &read.found {
        let place = read.sources.describe(found.primary.origin);
        let place = place.strip_prefix(name).unwrap_or(&place);
        let help = found.help.as_deref().unwrap_or("no way out");
        out.push_str(&format!("{} {place}: {}\n    {help}\n", found.code, found.message));
    }
    out
}

#[test]
fn each_export_becomes_the_rule_that_it_means() {
    let project = project("tests/exports");
    let mut all = String::new();
    for file in files(&project.folder) {
        let name = stem(&file);
        let read = compile(&name, &read(&file), &project);
        let text = target::text::write(&read.definition);
        all.push_str(&format!(
            "{}{}\n",
            if text.is_empty() { format!("no rule: {name}\n") } else { text },
            findings(&read, &name)
        ));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn each_broken_export_is_told_at_its_block_and_becomes_no_rule_that_runs() {
    let project = project("tests/exports");
    let mut all = String::new();
    for file in files(&project.folder.join("broken")) {
        let name = stem(&file);
        let read = compile(&name, &read(&file), &project);
        assert!(read.found.iter().any(Diagnostic::is_error), "{name} has no error");
        all.push_str(&format!("{name}\n{}\n", findings(&read, &name)));
    }
    insta::assert_snapshot!(all);
}

/// Exports that say something in a way of their own, and what the program draws instead.
const NOT_AS_DRAWN_HERE: &[(&str, &str)] = &[
    ("change-case-of-constant", "constants are folded"),
    ("compare-constant-first", "the key comes first"),
    ("constant-address-in-prefix-list", "constants are folded"),
    ("hardware-address", "a hardware address is its text in normal form"),
    ("hardware-address-create", "the same"),
    ("key-in-message", "it is there: unequal to null"),
    ("length-and-empty-list", "nothing is in an empty list: false"),
    ("message-event", "a key of meta begins at meta, not at the event"),
    ("number-create-of-constant", "constants are folded"),
    ("text-in-text", "contains"),
    ("typed-key-with-a-dot", "value is a key below src@ip"),
    ("variable", "no variable is ever set: false"),
    ("variable-alone", "no variable is ever set: true"),
];

/// Without the lines, and how large a comment is drawn.
fn bare(xml: &str) -> String {
    xml.lines().map(str::trim).collect::<String>().replace(r#" pinned="false" h="80" w="160""#, "")
}

#[test]
fn what_is_read_is_written_back_as_the_same_rule_and_to_the_letter_where_it_is_drawn_alike() {
    let project = project("tests/exports");
    let mut letters = 0;
    for file in files(&project.folder) {
        let (name, xml) = (stem(&file), read(&file));
        let read = compile(&name, &xml, &project);
        if read.definition.rules.is_empty() {
            continue;
        }
        let back = target::logmanager::write(&read.definition, &project.registry)
            .unwrap_or_else(|found| panic!("{name}: {found:#?}"));
        let again = compile(&name, &back, &project);
        assert!(ast::same(&read.definition, &again.definition), "{name}: {back}");
        let alike = bare(&back) == bare(&xml);
        // A key with a typed suffix is written key by key, however it was drawn.
        let expected = !NOT_AS_DRAWN_HERE.iter().any(|(other, _)| *other == name)
            && !["@ip.", "@int.", "@float.", "@mac."].iter().any(|suffix| bare(&xml).contains(suffix));
        assert!(alike || !expected, "{name}\n{}\n{}", bare(&xml), bare(&back));
        letters += usize::from(alike);
    }
    assert!(letters >= 20, "{letters}");
}

/// What an export does to an event: the tags that it sets, the fields that it sets and removes, the templates that it mails.
fn does(export: &str, project: &Project, event: &str) -> String {
    let file = project.folder.join(format!("{export}.xml"));
    let Read { sources, definition, checked, found } = compile(export, &read(&file), project);
    assert!(!found.iter().any(Diagnostic::is_error), "{export}: {found:#?}");
    let module = bytecode::compile(&checked.program, &sources);
    let compiled = Compiled { sources, definition, program: checked.program, module };
    let decision = decide(&compiled, event);
    assert!(decision.failed.is_empty(), "{export} fails on {event}");
    let words = decision.did.into_iter().map(|did| match did {
        Did::Tag(_, tag) => tag,
        Did::Set(_, slot, value) => {
            format!("{}={value:?}", compiled.module.layout.get(slot).map_or("?", |field| &field.name))
        }
        Did::Remove(_, paths) => format!("-{}", paths.join(",")),
        Did::Send(_, send, _) => format!("mail {}", send.template.unwrap_or_default()),
        other => format!("{other:?}"),
    });
    words.collect::<Vec<String>>().join(" ")
}

#[test]
fn exports_do_to_events_what_the_log_manager_does() {
    let project = project("tests/exports");
    for (export, event, expected) in [
        // Case counts, types never convert, a text of another kind is no text.
        ("compare", r#"{"msg":{"proto":"tcp"}}"#, "loud"),
        ("compare", r#"{"msg":{"proto":"udp"}}"#, ""),
        ("compare", r#"{"msg":{"proto":"UDP"}}"#, "loud"),
        ("compare", r#"{"msg":{}}"#, "loud"),
        ("text-ends-with", r#"{"msg":{"account":"PC07$"}}"#, "quiet"),
        ("text-ends-with", r#"{"msg":{"account":["PC07$"]}}"#, ""),
        ("text-begins-or-contains", r#"{"msg":{"account":"ADM-1"},"raw":"x"}"#, ""),
        ("text-begins-or-contains", r#"{"raw":"root & \"friends\" came"}"#, "vip"),
        ("change-case", r#"{"msg":{"verdict":"BLOCKED"}}"#, "loud"),
        ("change-case-of-constant", r#"{"msg":{"verdict":"Not Blocked"}}"#, "loud"),
        // The first arm that holds; an arm that never does; else.
        ("if-else-if-else", r#"{"msg":{"load":"7.5"}}"#, "loud"),
        ("if-else-if-else", r#"{"msg":{"load":"7.25"}}"#, "quiet"),
        ("if-else-if-else", r#"{"msg":{"load":"high"}}"#, "quiet"),
        // A value as a condition.
        ("key", r#"{"msg":{"action":"deny"}}"#, "quiet"),
        ("key", r#"{"msg":{"action":""}}"#, ""),
        ("key", r#"{"msg":{"action":[]}}"#, ""),
        ("and-not-true", r#"{"msg":{"seen":"yes"}}"#, ""),
        ("and-not-true", r#"{"msg":{}}"#, "quiet"),
        ("null", r#"{"msg":{"owner":null}}"#, "quiet"),
        ("null", r#"{"msg":{"owner":""}}"#, ""),
        ("key-in-message", r#"{"msg":{"username":""}}"#, "vip"),
        // Create number with: -1 where there is none, and that is smaller.
        ("number-create", r#"{"msg":{"port":"22"}}"#, "vip"),
        ("number-create", r#"{"msg":{"port":"3389"}}"#, ""),
        ("number-create", r#"{"msg":{"port":"ssh"}}"#, "vip"),
        ("number-create", "{}", "vip"),
        ("item-of-list", r#"{"msg":{"action":"reset"}}"#, "loud"),
        ("item-of-list", r#"{"msg":{"action":"res"}}"#, ""),
        ("text-in-text", r#"{"raw":"a sudo b"}"#, "loud"),
        ("address-in-prefix-list", r#"{"msg":{"src":"203.0.113.9","src@ip":{"value":"203.0.113.9"}}}"#, "quiet"),
        ("address-in-prefix-list", r#"{"msg":{"src":"2001:0DB8::1"}}"#, "quiet"),
        ("address-in-prefix-list", r#"{"msg":{"src":"198.51.100.9"}}"#, ""),
        ("address", r#"{"msg":{"peer":"2001:db8:0:0::7"}}"#, "quiet"),
        ("hardware-address", r#"{"msg":{"nic":"02005eaabb01","nic@mac":{"value":"02005eaabb01"}}}"#, "quiet"),
        ("hardware-vendor", r#"{"msg":{"nic":"x","nic@mac":{"value":"02005eaabb01","vendor":"Unknown"}}}"#, "loud"),
        ("hardware-vendor", r#"{"msg":{"nic":"02005eaabb01"}}"#, ""),
        ("key-nested", r#"{"meta":{"src":{"host":"gw2"}}}"#, "quiet"),
        ("message-event", r#"{"meta":{"parser":"logs"},"input_type":"logs"}"#, "quiet"),
        // A hit, what it gives, and a hit without a value.
        ("lookup-hit", r#"{"msg":{"port":"22"}}"#, "vip"),
        ("lookup-hit", r#"{"msg":{"port":"23"}}"#, ""),
        ("lookup-value", r#"{"msg":{"port":"88"}}"#, "vip"),
        ("lookup-value", r#"{"msg":{"port":"22"}}"#, ""),
        ("lookup-alone", r#"{"msg":{"port":"9"}}"#, ""),
        ("lookup-alone", r#"{"msg":{"port":"88"}}"#, "vip"),
        ("rename-key", r#"{"msg":{"usr":"eva"}}"#, r#"msg.username=Text("eva") -msg.usr"#),
        ("add-tag", "{}", "night"),
        // Tags that the event came with are not trusted.
        ("send", r#"{"meta":{"tags":["loud"]},"tags":["loud"]}"#, ""),
        ("variable-alone", "{}", "loud"),
        ("variable", "{}", ""),
        ("disabled-and-commented", "{}", ""),
    ] {
        assert_eq!(does(export, &project, event), expected, "{export} {event}");
    }
}

#[test]
fn an_export_that_was_saved_as_json_is_the_same_rule() {
    let project = project("tests/exports");
    let mut seen = 0;
    for file in files(&project.folder) {
        let (name, xml) = (stem(&file), read(&file));
        let json = target::blockly::json::write(&drawn(&xml));
        let (xml, json) = (compile(&name, &xml, &project), compile(&name, &json, &project));
        assert!(ast::same(&xml.definition, &json.definition), "{name}");
        assert_eq!(findings(&xml, &name), findings(&json, &name));
        seen += xml.definition.rules.len();
    }
    assert!(seen > 30, "{seen}");
}

/// The workspace of a drawing.
fn drawn(text: &str) -> Workspace {
    let mut sources = Sources::default();
    let id = sources.add("drawing", text);
    source::parse(&mut sources, id, text, &Registry::default()).drawn.expect("it is drawn").workspace
}

#[test]
fn what_somebody_begins_to_draw_with_our_own_blocks_is_no_export() {
    for blocks in [
        r#"{"type":"controls_if","id":"b"}"#,
        r#"{"type":"message_add_tag","id":"b","fields":{"TAG":"x"}}"#,
        r#"{"type":"message_add_tag","id":"b","extraState":{"itemCount":2},"fields":{"TAG0":"x","TAG1":"y"}}"#,
        r#"{"type":"message_remove_tag","id":"b","fields":{"TAG":"x"}}"#,
        r#"{"type":"alert_send","id":"b","fields":{"VIA":"mail"}}"#,
        r#"{"type":"controls_if","id":"b","inputs":{"IF0":{"block":{"type":"message_has_tag","id":"c","fields":{"TAG":"x"}}}}}"#,
    ] {
        let json = format!(r#"{{"blocks":{{"blocks":[{blocks}]}}}}"#);
        // Saved as XML it is the same, even where each of its blocks could be the log manager's.
        let (xml, _) = target::blockly::xml::write(&drawn(&json), target::blockly::xml::NAMESPACE);
        for drawing in [json, xml] {
            let (_, found) = blocksieve::compile_text(&drawing, &[]);
            let codes: Vec<String> = found.iter().map(|found| found.code.to_string()).collect();
            assert_eq!(codes, ["BS0810"], "{drawing}");
        }
    }
}

/// Of the sample events of `examples/sysmon`, those on which rules send something: the id of each.
fn alerts(rules: &[(&str, String)], project: &Project) -> Vec<usize> {
    let mut sources = Sources::default();
    let mut definitions = Vec::new();
    for (name, text) in rules {
        let id = sources.add(*name, text.as_str());
        let parsed = source::parse(&mut sources, id, text, &project.registry);
        assert!(parsed.diagnostics.is_empty(), "{name}: {:#?}", parsed.diagnostics);
        definitions.push(parsed.definition);
    }
    let catalogue = Catalogue::standard();
    let context =
        Context { catalogue: &catalogue, agent: project.agent, tables: &project.tables, templates: None, today: None };
    let checked = check::check(&definitions, &context);
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    let module = bytecode::compile(&checked.program, &sources);
    let definition = definitions.remove(0);
    let compiled = Compiled { sources, definition, program: checked.program, module };
    let events = read(&project.folder.join("events/sysmon.ndjson"));
    let sends = |line: &str| decide(&compiled, line).did.iter().any(|did| matches!(did, Did::Send(..)));
    events.lines().enumerate().filter(|(_, line)| sends(line)).map(|(i, _)| i + 1).collect()
}

#[test]
fn the_exported_alert_fires_on_the_sample_events_where_our_own_does_but_that_case_counts() {
    let project = project("examples/sysmon");
    let file = |path: &str| read(&project.folder.join(path));
    let with = |name, text| {
        [
            ("classify/1-sysmon.rule", file("classify/1-sysmon.rule")),
            ("classify/3-suspicious.rule", file("classify/3-suspicious.rule")),
            ("classify/2-whitelisted.rule", file("classify/2-whitelisted.rule")),
            (name, text),
        ]
    };
    let ours = alerts(&with("alerts/significant.rule", file("alerts/significant.rule")), &project);
    let exported = alerts(&with("predefined-alert.xml", file("logmanager/predefined-alert.xml")), &project);
    assert!(ours.len() > 30, "{}", ours.len());
    let lines = file("events/sysmon.ndjson");
    let (same, differ): (Vec<usize>, Vec<usize>) = ours.iter().partition(|line| exported.contains(line));
    assert_eq!(exported, same, "it fires on more");
    let shouted = |line: &usize| lines.lines().nth(line - 1).is_some_and(|line| line.contains("SYSMON BYPASS"));
    assert!(differ.len() == 1 && differ.iter().all(shouted), "{differ:?}");
}

#[test]
fn the_exported_whitelist_tags_what_its_table_holds() {
    let project = project("examples/sysmon");
    let export = read(&project.folder.join("logmanager/whitelist.xml"));
    let Read { sources, definition, checked, found } = compile("whitelist", &export, &project);
    assert!(found.is_empty(), "{found:#?}");
    let module = bytecode::compile(&checked.program, &sources);
    let compiled = Compiled { sources, definition, program: checked.program, module };
    let hash = "8a9ba50f0d020f7e745fe2657b41077f2b980dabe22c21c7db42fe39b9fa9034";
    for (event, tags) in [
        (format!(r#"{{"msg":{{"sha256":"{hash}"}}}}"#), vec!["whitelisted"]),
        (format!(r#"{{"msg":{{"sha256":"{}","eventid":"255"}}}}"#, hash.to_uppercase()), vec!["whitelisted"]),
        (format!(r#"{{"msg":{{"sha256":"{}"}}}}"#, &hash[1..]), vec![]),
        (r#"{"msg":{"eventid":"255","dataset":"sysmon"}}"#.to_string(), vec!["suspicious"]),
        // Other channels have events with this id.
        (r#"{"msg":{"eventid":"255"}}"#.to_string(), vec![]),
        (support::sysmon(255, r#""ID":"x""#), vec![]),
        ("{}".to_string(), vec![]),
    ] {
        let expected: Vec<Did> = tags.iter().map(|tag| Did::Tag(0, (*tag).to_string())).collect();
        assert_eq!(decide(&compiled, &event).did, expected, "{event}");
    }
}
