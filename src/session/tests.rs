//! The editor's engine, as the page uses it.

use super::wire::{self, RuleFile};
use super::{Session, Settings};
use crate::diagnostic::Severity;

const DNS: &str = r#"// Names that Windows resolves all day
filter "dns" {
    reason "noise"
    if event is sysmon.dns_query and QueryName ends with '.windowsupdate.com' {
        // gone
        drop
    }
}
"#;

fn settings() -> Settings {
    Settings { winlogbeat: "8.17".to_string(), ..Settings::default() }
}

fn session(files: &[(&str, &str)]) -> Session {
    let mut session = Session::new();
    let files = files.iter().map(|(name, text)| RuleFile { name: name.to_string(), text: text.to_string() });
    session.set_project(files.collect(), settings());
    session
}

#[test]
fn text_becomes_blocks_and_text_again_with_the_same_ids() {
    let session = session(&[]);
    let drawn = session.to_blocks("dns.rule", DNS, None);
    assert!(drawn.diagnostics.is_empty(), "{:?}", drawn.diagnostics);
    let blocks = drawn.blocks.unwrap();
    let texted = session.to_text("dns.rule", &blocks);
    assert_eq!(texted.text.as_deref(), Some(DNS));
    assert_eq!(drawn.links, texted.links, "each block is the same piece of the text, either way");
    let ids: Vec<&str> = drawn.links.iter().map(|link| link.block.as_str()).collect();
    assert!(ids.iter().all(|id| blocks.contains(&format!("{id:?}"))), "{ids:?} {blocks}");
    let whole = drawn.links.iter().max_by_key(|link| link.end - link.start).unwrap();
    assert!(DNS.get(whole.start..whole.end).unwrap().starts_with("filter \"dns\""));
}

#[test]
fn an_edit_of_the_text_keeps_blocks_where_they_stood() {
    let session = session(&[]);
    let before = session.to_blocks("dns.rule", DNS, None).blocks.unwrap();
    let moved = before.replace("\"x\":20", "\"x\":333");
    assert_ne!(before, moved);
    let edited = DNS.replace(".windowsupdate.com", ".example.org");
    let after = session.to_blocks("dns.rule", &edited, Some(&moved)).blocks.unwrap();
    assert_eq!(after, moved.replace(".windowsupdate.com", ".example.org"));
}

#[test]
fn one_file_with_a_fault_leaves_the_others_running() {
    let mut session = session(&[("a.rule", DNS), ("b.rule", "filter \"open\" { if (Image == 1 { drop } }")]);
    let told = session.set_file("c.rule", "classify \"c\" { if event is sysmon.process_create { tag \"p\" } }");
    let names: Vec<&str> = told.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["dns", "c"]);
    assert_eq!(told.rules[0].events, ["sysmon.dns_query"]);
    // Of the others there is advice.
    let faults = |told: &wire::Compiled| {
        let found = told.diagnostics.iter().filter(|found| found.severity > Severity::Note);
        found.map(|found| found.place.file.clone()).collect::<Vec<String>>()
    };
    assert_eq!(faults(&told), ["b.rule"]);
    let told = session.set_file("b.rule", "filter \"open\" { if Image == 'C:\\x.exe' { drop } }");
    assert_eq!(told.rules.len(), 3);
    assert_eq!(faults(&session.remove_file("b.rule")), Vec::<String>::new());
}

#[test]
fn a_workspace_that_is_not_finished_is_still_loaded() {
    let blocks = r#"{"blocks":{"blocks":[{"type":"rule_filter","id":"r","fields":{"NAME":"a"},"inputs":{"DO":{"block":
        {"type":"controls_if","id":"i","inputs":{"DO0":{"block":{"type":"filter_drop","id":"d"}}}}}}}]}}"#;
    let mut session = session(&[]);
    let drawn = session.to_blocks("a.rule", blocks, None);
    assert_eq!(drawn.blocks.as_deref(), Some(blocks));
    let texted = session.to_text("a.rule", blocks);
    assert_eq!(texted.text, None);
    assert_eq!(texted.diagnostics[0].place.block.as_deref(), Some("i"));
    let told = session.set_file("a.rule", blocks);
    assert_eq!((told.rules.len(), told.diagnostics.len()), (0, texted.diagnostics.len()));
}

#[test]
fn what_is_wrong_with_the_settings_is_told() {
    let mut session = Session::new();
    let told = session.set_project(
        Vec::new(),
        Settings { winlogbeat: "5".to_string(), today: Some("soon".to_string()), ..Settings::default() },
    );
    let codes: Vec<&str> = told.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(codes, ["BS0214", "BS0502"], "{:?}", told.diagnostics);
}

/// Each block's piece of the text says what the block is, whichever way the two were made.
#[test]
fn links_of_drawn_files_point_at_what_their_blocks_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sysmon-blocks/filters");
    let session = session(&[]);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let blocks = std::fs::read_to_string(&path).unwrap();
        let texted = session.to_text(name, &blocks);
        let text = texted.text.unwrap_or_else(|| panic!("{name} {:?}", texted.diagnostics));
        let units: Vec<u16> = text.encode_utf16().collect();
        for link in &texted.links {
            assert!(blocks.contains(&format!("{:?}", link.block)), "{name} {link:?}");
            let piece = String::from_utf16(&units[link.start..link.end]).unwrap();
            let (open, close) = (piece.matches('(').count(), piece.matches(')').count());
            assert!(!piece.is_empty() && piece.trim() == piece && open == close, "{name} {piece:?}");
            count += 1;
        }
        let again = session.to_blocks(name, &text, Some(&blocks));
        assert_eq!(again.links, texted.links, "{name}");
    }
    assert!(count > 100, "{count}");
}

#[test]
fn places_count_as_javascript_does() {
    let mut session = session(&[]);
    let text = "filter \"😀\" { if Imgae == 'x' and event is sysmon.dns_query { drop } }";
    let told = session.set_file("a.rule", text);
    let found = told.diagnostics.iter().find(|found| found.message.contains("Imgae")).unwrap();
    let range = found.place.range.unwrap();
    let units: Vec<u16> = text.encode_utf16().collect();
    assert_eq!(String::from_utf16(&units[range.start..range.end]).unwrap(), "Imgae");
}

#[test]
fn fields_of_the_event_come_first_and_in_its_order() {
    let session = session(&[]);
    let fields = session.fields(&["sysmon.dns_query".to_string()]);
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).take(8).collect();
    assert_eq!(
        names,
        ["RuleName", "UtcTime", "ProcessGuid", "ProcessId", "QueryName", "QueryStatus", "QueryResults", "Image"]
    );
    assert!(!fields.iter().any(|field| field.name == "DestinationIp"));
    assert!(session.events().iter().any(|event| event.name == "sysmon.dns_query" && event.id == "22"));
}

#[test]
fn winlogbeat_of_one_file_or_all_and_back() {
    let session = session(&[("a.rule", DNS)]);
    let options = super::wire::WinlogbeatOptions { file: Some("a.rule".to_string()), ..Default::default() };
    let written = session.winlogbeat(&options);
    let yaml = written.yaml.unwrap();
    assert!(yaml.contains("drop_event"), "{yaml}");
    let imported = session.import_winlogbeat("winlogbeat.yml", &yaml, None);
    assert!(imported.text.unwrap().contains("QueryName"));
    let none = super::wire::WinlogbeatOptions { file: Some("b.rule".to_string()), ..Default::default() };
    assert_eq!(session.winlogbeat(&none).diagnostics[0].code, "BS0501");
    let old = super::wire::WinlogbeatOptions { version: Some("5.0".to_string()), ..Default::default() };
    assert_eq!(session.winlogbeat(&old).diagnostics[0].code, "BS0214");
}
