//! What is written as Sigma asks what was asked, and nothing else: what would be read otherwise is said in another way, or refused at its place.

use blocksieve::ast::Definition;
use blocksieve::diagnostic::Diagnostic;
use blocksieve::origin::{SourceId, Sources};
use blocksieve::source::{sigma, text};
use blocksieve::target;

use super::support::{self, sigma as rules};

fn parsed(rules: &str) -> Definition {
    let (definition, found) = text::parse(SourceId(0), rules);
    assert!(found.is_empty(), "{found:?}");
    definition
}

fn written(rules: &str) -> Result<String, Vec<Diagnostic>> {
    target::sigma::write(&parsed(rules), &sigma::Setup::standard(), None)
}

/// A test about starts of processes, as an alert.
fn alert(test: &str) -> String {
    format!("alert \"a\" {{ if event is sysmon.process_create and {test} {{ send mail }} }}\n")
}

/// The lines of the detection that a test becomes.
fn said(test: &str) -> String {
    let text = written(&alert(test)).unwrap_or_else(|found| panic!("{test}: {found:?}"));
    let (_, detection) = text.split_once("selection:\n").unwrap();
    let (detection, _) = detection.rsplit_once("    condition:").unwrap();
    detection.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// What is refused, and the characters at which.
fn refused(rules: &str) -> Vec<(String, String)> {
    let found = written(rules).expect_err(rules);
    let at = |found: &Diagnostic| {
        assert_eq!(found.code.to_string(), "BS1115", "{found:?}");
        assert!(found.help.is_some(), "{found:?}");
        let place = found.primary.origin.as_span().map_or("", |span| &rules[span.range()]);
        (found.message.clone(), place.to_string())
    };
    found.iter().map(at).collect()
}

#[track_caller]
fn refused_at(rules: &str, place: &str, message: &str) {
    let found = refused(rules);
    assert!(found.len() == 1 && found[0].1 == place && found[0].0.contains(message), "{rules}\n{found:?}");
}

#[test]
fn a_value_is_written_so_that_it_is_read_as_itself() {
    for (test, expected) in [
        ("CommandLine == 017", "CommandLine: 17"),
        ("CommandLine == 0x1F", "CommandLine: 0x1F"),
        ("CommandLine == 1e5", "CommandLine: 100000"),
        ("CommandLine == '017'", "CommandLine: '017'"),
        ("CommandLine == 'true'", "CommandLine: 'true'"),
        ("CommandLine == 'null'", "CommandLine: 'null'"),
        ("CommandLine contains 017", "CommandLine|contains: '017'"),
        ("CommandLine == '2024-01-01T00:00:00Z'", "CommandLine: '2024-01-01T00:00:00Z'"),
        (r"CommandLine == 'a*b\\*'", r"CommandLine: 'a\*b\\\\\*'"),
        ("CommandLine == \"a\\nb\"", r#"CommandLine: "a\nb""#),
        ("any field like '*x*y*'", "- 'x*y'"),
        ("any field contains 'x*y'", r"- 'x\*y'"),
        ("log.level == 'error'", "Level: 2"),
    ] {
        assert_eq!(said(test), expected, "{test}");
    }
}

#[test]
fn a_field_is_written_so_that_it_is_read_as_itself() {
    for (field, expected) in [
        ("Channel", "Channel"),
        ("winlog.event_data.Channel", "winlog.event_data.Channel"),
        ("winlog.event_data.Level", "winlog.event_data.Level"),
        ("winlog.event_data.EventID", "winlog.event_data.EventID"),
        ("winlog.event_data.Provider", "winlog.event_data.Provider"),
        ("winlog.user_data.Image", "winlog.user_data.Image"),
        ("winlog.event_data.Image", "Image"),
        ("winlog.event_data.param1", "param1"),
        ("winlog.event_data.null", "'null'"),
        ("field \"Odd Name\"", "'Odd Name'"),
        ("Provider", "Provider_Name"),
    ] {
        assert_eq!(said(&format!("{field} == 'x'")), format!("{expected}: 'x'"), "{field}");
    }
    // Events of another alternative have other names.
    let other = "alert \"a\" { if Channel == 'Security' and EventID == 4688 and NewProcessName == 'x' { send mail } }";
    assert!(written(other).unwrap().contains("Image: 'x'"));
}

#[test]
fn a_field_that_the_best_log_source_lacks_is_asked_of_another_one() {
    let rules = "alert \"a\" { if Channel == 'Security' and EventID == 4688 and ServiceName == 'x' { send mail } }";
    let text = written(rules).unwrap();
    assert!(text.contains("service: security\n") && text.contains("EventID: 4688\n"), "{text}");
    let rules = "alert \"a\" { when in order { step event is sysmon.file_create and TargetFilename ends with 'x'
        step Channel == 'Security' and EventID == 4688 and NewProcessName ends with 'x' keyed by ServiceName
    } within 5 minutes by User { send mail } }";
    let text = written(rules).unwrap();
    assert!(text.contains("key_user:\n            a_1: User\n            a_2: ServiceName"), "{text}");
}

#[test]
fn what_sigma_cannot_ask_is_refused_at_its_place() {
    for (test, place, message) in [
        ("UtcTime == 2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "no times"),
        ("UtcTime > 2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "no times"),
        ("field \"Odd Name|x\" == 'x'", "field \"Odd Name|x\"", "behind `|`"),
        ("CommandLine == 1.5", "CommandLine == 1.5", "something else"),
        ("any field exists", "exists", "only inside of all"),
        ("any field like 'x*y'", "'x*y'", "only inside of all"),
        ("hash MD5 == 'd41d8cd98f00b204e9800998ecf8427e'", "hash MD5", "part of the text of `Hashes`"),
        ("Image == 'a' and not (User == 'b' or log.level == '2')", "log.level == '2'", "something else"),
    ] {
        refused_at(&alert(test), place, message);
    }
}

#[test]
fn every_arm_is_there_or_refused() {
    let two = |other: &str| {
        format!("alert \"a\" {{ if event is sysmon.process_create and Image == 'a' {{ send mail }} else if {other} }}")
    };
    refused_at(
        &two("event is sysmon.process_create and User == 'b' { send mail }"),
        "event is sysmon.process_create",
        "this arm asks for something else",
    );
    let security = "Channel == 'Security' and EventID == 4688";
    refused_at(
        &two(&format!("{security} and CommandLine contains 'zzz' {{ send mail }}")),
        "Channel == 'Security'",
        "this arm asks for something else",
    );
    let same = written(&two(&format!("{security} and NewProcessName == 'a' {{ send mail }}"))).unwrap();
    assert!(same.contains("Image: 'a'"), "{same}");
    let filter = "filter \"f\" { if event is sysmon.dns_query and Image == 'a' { drop } else if event is sysmon.dns_query and Image == 'b' { drop } }";
    refused_at(filter, "event is sysmon.dns_query", "this arm asks for something else");
    let waits = "alert \"a\" { if event is sysmon.dns_query and Image == 'a' { when 3 events within 1 minute { send mail } } else if event is sysmon.dns_query and Image == 'b' { send mail } }";
    refused_at(waits, "event is sysmon.dns_query and Image == 'b'", "do different things");
    let off = "alert \"a\" { if event is sysmon.dns_query and Image == 'a' { send mail } else if event is sysmon.dns_query and Image == 'a' { disabled send mail } }";
    assert!(written(off).is_err());
    let off = "disabled filter \"f\" { if event is sysmon.dns_query and Image == 'a' { drop } }";
    refused_at(off, "\"f\"", "switched off");
}

#[test]
fn an_arm_that_was_changed_alone_is_refused_and_not_lost() {
    let old = "title: T\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n    selection:\n        Image: a\n    condition: selection\n";
    let (mut definitions, _) = sigma::parse([(SourceId(0), old)], &sigma::Setup::standard());
    let rules = target::text::write(&definitions.pop().unwrap());
    let onto = |rules: &str| target::sigma::write(&parsed(rules), &sigma::Setup::standard(), Some(old));
    assert_eq!(onto(&rules).as_deref(), Ok(old));
    let changed = rules.replace("NewProcessName == 'a'", "NewProcessName == 'b'");
    assert_ne!(changed, rules);
    assert_eq!(onto(&changed).unwrap_err().len(), 1);
    let both = changed.replace("Image == 'a'", "Image == 'b'");
    assert_eq!(onto(&both), Ok(old.replace("Image: a", "Image: 'b'")));
}

#[test]
fn a_filter_takes_away_what_it_dropped() {
    let rule = "title: T\nlogsource:\n    product: windows\n    category: dns_query\ndetection:\n    selection:\n        Image: a\n    condition: selection\n---\n";
    let filter = written(
        "filter \"f\" { if event is sysmon.dns_query and User contains '    condition: b' and not (Company == 'c' or Company is missing) { drop } }",
    )
    .unwrap();
    let compiled = rules::rules(&format!("{rule}{filter}"));
    for (data, expected) in [
        (r#""Image":"a","User":"x    condition: by","Company":"d""#, false),
        (r#""Image":"a","User":"x    condition: by","Company":"c""#, true),
        (r#""Image":"a","User":"x    condition: by""#, true),
        (r#""Image":"a","User":"x    condition: not (by","Company":"d""#, true),
        (r#""Image":"b","User":"x""#, false),
    ] {
        assert_eq!(rules::fires(&compiled, &support::sysmon(22, data)), expected, "{filter}{data}");
    }
}

#[test]
fn alerts_of_nearly_one_name_count_their_own_rules() {
    let counts = |name: &str, image: &str| {
        format!(
            "alert \"{name}\" {{ if event is sysmon.dns_query and Image == '{image}' {{ when 3 events within 1 minute by User {{ send mail }} }} }}\n"
        )
    };
    let text = written(&format!("{}{}", counts("C one", "a"), counts("C-one", "b"))).unwrap();
    let (definitions, found) = sigma::parse([(SourceId(0), text.as_str())], &sigma::Setup::standard());
    assert!(found.is_empty(), "{found:?}");
    let rules = target::text::write(&definitions[0]);
    let (_, second) = rules.split_once("alert \"C-one\"").unwrap();
    assert!(second.contains("Image == 'b'"), "{rules}");
}

#[test]
fn thousands_of_tests_on_one_field_are_one_list_and_others_are_named_together() {
    let tests = |test: &str, count: usize| {
        let all: Vec<String> = (0..count).map(|n| test.replace('#', &n.to_string())).collect();
        written(&alert(&all.join(" and ")))
    };
    let start = std::time::Instant::now();
    for (test, count, expected) in [
        ("CommandLine contains 'x#'", 3000, "    CommandLine|contains|all:\n"),
        ("CommandLine not contains 'x#'", 3000, "condition: not filter\n"),
        ("CommandLine contains any ['x#', 'y']", 500, "condition: all of selections_1_*\n"),
        ("CommandLine not contains all ['x#', 'y']", 500, "condition: not 1 of filters_1_*\n"),
    ] {
        let text = tests(test, count).unwrap_or_else(|found| panic!("{test}: {found:?}"));
        assert!(text.contains(expected), "{test}\n{text}");
    }
    let limit = tests("CommandLine contains any ['x#', 'y']", 1500).unwrap_err();
    assert!(limit.len() == 1 && limit[0].message.contains("more than 1000 keys"), "{limit:?}");
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn metadata_that_sigma_has_no_form_for_is_refused() {
    let rules = "alert \"a\" { labels [\"two words\"] if event is sysmon.dns_query and Image == 'a' { send mail } }";
    refused_at(rules, "labels [\"two words\"]", "`labels`");
    let rules = "alert \"a\" { techniques [\"x\"] if event is sysmon.dns_query and Image == 'a' { send mail } }";
    refused_at(rules, "techniques [\"x\"]", "`techniques`");
}

#[test]
fn comments_inside_of_an_alert_are_kept() {
    let text = written(
        "// above\nalert \"a\" {\n  // inside\n  if event is sysmon.dns_query\n     // why\n     and Image == 'a' {\n    // what\n    send mail\n  }\n}\n// end\n",
    )
    .unwrap();
    assert!(text.starts_with("# above\n# inside\n# why\n# what\ntitle: a\n") && text.ends_with("\n# end\n"), "{text}");
    let old = "title: a\nlogsource:\n    category: dns_query\ndetection:\n    selection:\n        Image: a\n    condition: selection\n";
    let rules =
        "alert \"a\" {\n  if event is sysmon.dns_query\n     // why\n     and Image == 'a' {\n    send file\n  }\n}\n";
    let text = target::sigma::write(&parsed(rules), &sigma::Setup::standard(), Some(old));
    assert_eq!(text, Ok(format!("# why\n{old}")));
}

const SHARED: &str = "\
title: Same   # c1
id: 11111111-2222-3333-4444-555555555555
logsource: {category: dns_query}
detection:
    selection:
        Image: a
    condition: selection
---
title: Same   # c2
id: 21111111-2222-3333-4444-555555555555
logsource: {category: dns_query}
detection:
    selection:
        Image: b
    condition: selection
";

fn rules_of(text: &str) -> String {
    let (mut definitions, found) = sigma::parse([(SourceId(0), text)], &sigma::Setup::standard());
    assert!(!found.iter().any(Diagnostic::is_error), "{found:?}");
    target::text::write(&definitions.pop().unwrap())
}

#[test]
fn rules_of_one_title_keep_their_text() {
    let rules = rules_of(SHARED);
    assert!(rules.contains("\"Same (21111111)\""), "{rules}");
    let onto = |rules: &str| target::sigma::write(&parsed(rules), &sigma::Setup::standard(), Some(SHARED));
    assert_eq!(onto(&rules).as_deref(), Ok(SHARED));
    assert_eq!(onto(&rules.replace("'b'", "'c'")), Ok(SHARED.replace("Image: b", "Image: 'c'")));
    assert_eq!(onto(&rules.replace("'a'", "'c'")), Ok(SHARED.replace("Image: a", "Image: 'c'")));
    let anew = target::sigma::write(&parsed(&rules), &sigma::Setup::standard(), None).unwrap();
    assert_eq!(rules_of(&anew), rules);
    // One that has a number behind its title by itself keeps it.
    let alone = "alert \"X (21111111)\" { id \"21111111-2222-3333-4444-555555555555\" if event is sysmon.dns_query and Image == 'a' { send file } }";
    assert!(written(alone).unwrap().contains("X (21111111)"));
}

#[test]
fn a_title_that_a_file_beside_has_too_is_kept() {
    let (first, second) = SHARED.split_once("---\n").unwrap();
    for (first, second) in
        [(first.to_string(), second.to_string()), (first.replace("id:", "x:"), second.replace("id:", "x:"))]
    {
        let texts = [(SourceId(0), first.as_str()), (SourceId(1), second.as_str())];
        let (definitions, _) = sigma::parse(texts, &sigma::Setup::standard());
        let rules = target::text::write(&definitions[1]);
        assert!(!rules.contains("\"Same\""), "{rules}");
        let onto = |rules: &str| {
            target::sigma::write_beside(&parsed(rules), &sigma::Setup::standard(), Some(&second), &[&first])
        };
        assert_eq!(onto(&rules).as_ref(), Ok(&second));
        assert_eq!(onto(&rules.replace("'b'", "'c'")), Ok(second.replace("Image: b", "Image: 'c'")));
    }
}

#[test]
fn a_collection_that_shares_its_keys_is_kept_as_it_is_or_refused() {
    let old = "action: global\ntitle: G\nid: 11111111-2222-3333-4444-555555555555\nlogsource: {category: dns_query}\n---\ndetection:\n    selection:\n        Image: a\n    condition: selection\n---\ndetection:\n    selection:\n        Image: b\n    condition: selection\n";
    let rules = rules_of(old);
    let onto = |rules: &str| target::sigma::write(&parsed(rules), &sigma::Setup::standard(), Some(old));
    assert_eq!(onto(&rules).as_deref(), Ok(old));
    let found = onto(&rules.replace("'b'", "'c'")).unwrap_err();
    assert!(
        found.len() == 1 && found[0].code.to_string() == "BS1115" && found[0].message.contains("`action`"),
        "{found:?}"
    );
    written(&rules).unwrap();
}

#[test]
fn places_of_what_is_refused_are_those_of_the_rules() {
    let rules = alert("UtcTime > 2024-01-01T00:00:00Z");
    let mut sources = Sources::default();
    let id = sources.add("x.rule", rules.as_str());
    let (definition, _) = text::parse(id, &rules);
    let found = target::sigma::write(&definition, &sigma::Setup::standard(), None).unwrap_err();
    assert_eq!(sources.describe(found[0].primary.origin), "x.rule:1:61");
}
