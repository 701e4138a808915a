//! Rules written as Sigma's: what is written reads back as the same, what was not changed stays as it stands, and what Sigma cannot say is refused.

use blocksieve::ast::{CondId, CondKind, Definition, Rule, StmtId, StmtKind};
use blocksieve::diagnostic::{Diagnostic, render};
use blocksieve::origin::{SourceId, Sources};
use blocksieve::source::{sigma, text};
use blocksieve::target;

use super::support;

/// Rules as text, as Sigma.
fn written(rules: &str) -> Result<String, String> {
    let mut sources = Sources::default();
    let id = sources.add("x.rule", rules);
    let (definition, found) = text::parse(id, rules);
    assert!(found.is_empty(), "{found:?}");
    target::sigma::write(&definition, &sigma::Setup::standard(), None).map_err(|found| shown(&found, &sources))
}

fn shown(found: &[Diagnostic], sources: &Sources) -> String {
    render::human::render(found, sources, &render::human::Options::default())
}

/// A file of Sigma, read alone.
fn read(text: &str) -> Definition {
    let (mut definitions, found) = sigma::parse([(SourceId(0), text)], &sigma::Setup::standard());
    assert!(!found.iter().any(Diagnostic::is_error), "{found:?}\n{text}");
    definitions.pop().unwrap()
}

#[test]
fn an_alert_is_a_rule() {
    insta::assert_snapshot!(written(
        r#"
// Dumpers open it so
alert "LSASS: access by an unknown program" {
    id "11111111-2222-3333-4444-555555555555"
    reason "Reads memory of lsass.\nEDR does too."
    author "us"
    owner "soc"
    severity high
    techniques ["T1003.001"]
    references ["https://example.org/a b"]
    if event is sysmon.process_access
       and TargetImage ends with '\lsass.exe'
       and GrantedAccess in ['0x1010', '0x1410']
       and CallTrace cased contains all ['dbghelp', 'UNKNOWN']
       and not (SourceImage starts with any ['C:\Windows\System32\', 'C:\Program Files\'] or SourceImage == 'C:\a*b\\*.exe') {
        send mail
    }
}
alert "Encoded" {
    if event is sysmon.process_create
       and CommandLine any-dash contains ' -enc'
       and (CommandLine contains base64 of wide 'http' or CommandLine cased matches '\$x' or CommandLine matches any ['a', 'b'])
       and ParentImage is missing
       and Image like 'C:\\Users\\*\\?.exe'
       and ProcessId >= 0x10
       and hour of UtcTime < 6
       and Image == ParentImage {
        send mail
    }
}
"#
    )
    .unwrap());
}

#[test]
fn what_waits_is_a_correlation_of_what_it_waits_for() {
    insta::assert_snapshot!(
        written(
            r#"
alert "Many ports" {
    severity low
    if event is sysmon.network_connect and DestinationIp in 10.0.0.0/8 and Initiated == true {
        when 5 distinct DestinationPort, DestinationIp within 10 minutes by Computer, Image { send file }
    }
}
alert "Dropped and run" {
    when in order {
        step event is sysmon.file_create and TargetFilename ends with '.exe'
        step event is sysmon.process_access and TargetImage ends with 'lsass.exe' keyed by SourceProcessGuid
    } within 5 minutes by ProcessGuid { send mail }
}
"#
        )
        .unwrap()
    );
}

#[test]
fn a_filter_is_a_filter() {
    insta::assert_snapshot!(
        written(
            r#"filter "Routine names" {
                if event is sysmon.dns_query and (QueryName ends with '.example.org' or QueryName is missing) { drop }
            }"#
        )
        .unwrap()
    );
}

#[test]
fn other_channels_have_log_sources_too_and_what_has_none_is_a_detection() {
    insta::assert_snapshot!(
        written(
            r#"
alert "Cleared" { if Channel == 'Security' and EventID == 1102 { send file } }
alert "Script" {
    if Channel in ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'] and EventID == 4104 and ScriptBlockText contains 'x' { send file }
}
alert "Anywhere" { if any field contains any ['mimikatz', 'a*'] or event is sysmon.driver_load and Signed == false { send file } }
"#
        )
        .unwrap()
    );
}

#[test]
fn everything_that_sigma_cannot_say_is_told() {
    insta::assert_snapshot!(
        written(
            r#"
classify "c" { tag "x" }
alert "table" { if event is sysmon.dns_query and QueryName in table "x" { send mail } }
alert "tags" { if event is sysmon.dns_query and has tag "a" { send mail tag "y" } }
alert "function" { if event is sysmon.dns_query and file name of Image == 'x.exe' { send mail } }
alert "all" { if event is sysmon.dns_query { send mail } }
alert "arms" { if event is sysmon.dns_query and Image exists { send mail } else if event is sysmon.driver_load and Signed == false { send mail } }
alert "class" { if event is sysmon.network_connect and DestinationIp is private { send mail } }
alert "elements" { if some of users { id == 7 } { send mail } }
alert "first" { when 3 events within 60 seconds from first hit { send mail } }
"#
        )
        .unwrap_err()
    );
}

const OLD: &str = "\
# From our own hands
title: Old
id: 5d2c62fe-3cbb-47c3-88e1-88ef73503a9f
status: test
date: 2024-01-31 # a day
tags:
    - attack.t1055
    - attack.execution
logsource:
    category: process_creation
    product: windows
detection:
    selection: # what is looked for
        Image|endswith: '\\a.exe'
    filter_main_x:
        ParentImage: null
    condition: selection and not 1 of filter_main_*
own_key: kept
level: low
";

/// `OLD` after a change of its rules as text.
fn changed(from: &str, to: &str) -> String {
    let definition = read(OLD);
    let rules = target::text::write(&definition);
    assert!(rules.contains(from), "{rules}");
    let (definition, found) = text::parse(SourceId(0), &rules.replacen(from, to, 8));
    assert!(found.is_empty(), "{found:?}");
    target::sigma::write(&definition, &sigma::Setup::standard(), Some(OLD)).unwrap()
}

#[test]
fn what_was_not_changed_stays_byte_for_byte() {
    assert_eq!(changed("Old", "Old"), OLD);
}

#[test]
fn what_was_changed_changes_its_own_lines_alone() {
    assert_eq!(changed("\"Old\"", "\"New\""), OLD.replace("title: Old", "title: New"));
    assert_eq!(changed("severity low", "severity high"), OLD.replace("level: low", "level: high"));
    let new = changed(r"ends with '\a.exe'", r"ends with '\b.exe'");
    assert!(new.starts_with(OLD.split("logsource").next().unwrap()), "{new}");
    assert!(new.contains(r"Image|endswith: '\b.exe'") && new.ends_with("own_key: kept\nlevel: low\n"), "{new}");
    read(&new);
}

#[test]
fn a_key_that_is_new_stands_where_it_belongs() {
    let new = changed("    severity low", "    author \"me\"\n    severity low");
    assert!(new.contains("id: 5d2c62fe-3cbb-47c3-88e1-88ef73503a9f\nauthor: me\nstatus: test\n"), "{new}");
}

/// A condition with the members of its joins in order.
fn canonical(definition: &Definition, id: CondId) -> String {
    let all = |members: &[CondId]| {
        let mut all: Vec<String> = members.iter().map(|member| canonical(definition, *member)).collect();
        all.sort();
        all.join(" ")
    };
    match &definition.cond(id).kind {
        CondKind::And(members) => format!("(and {})", all(members)),
        CondKind::Or(members) => format!("(or {})", all(members)),
        CondKind::Not(inside) => format!("(not {})", canonical(definition, *inside)),
        CondKind::SomeOf { list, body } => format!("(some {} {})", list.name, canonical(definition, *body)),
        CondKind::Const(value) => value.to_string(),
        CondKind::Test(_) => {
            let mut alone = Definition::new(SourceId(0));
            let cond = alone.add_cond(definition.cond(id).clone());
            target::text::condition(&alone, cond)
        }
    }
}

fn arms(definition: &Definition, rule: &Rule) -> Vec<String> {
    let conditions = |stmt: &StmtId| match &definition.stmt(*stmt).kind {
        StmtKind::If { arms, .. } => arms.iter().map(|arm| canonical(definition, arm.cond)).collect(),
        _other => Vec::new(),
    };
    rule.body.iter().flat_map(conditions).collect()
}

#[test]
fn every_rule_of_the_corpus_comes_back_from_sigma_as_it_was() {
    let Some(corpus) = support::corpus::sigma() else { return };
    let setup = sigma::Setup::standard();
    let mut rules = 0;
    for file in support::corpus::files(&corpus, "yml").into_iter().filter(|file| !file.ends_with("info.yml")) {
        let old = std::fs::read_to_string(&file).unwrap();
        let (mut definitions, _) = sigma::parse([(SourceId(0), old.as_str())], &setup);
        let definition = definitions.pop().unwrap();
        assert_eq!(target::sigma::write(&definition, &setup, Some(&old)).as_ref(), Ok(&old), "{}", file.display());
        let new = target::sigma::write(&definition, &setup, None).unwrap_or_else(|found| panic!("{file:?}: {found:?}"));
        let (mut definitions, found) = sigma::parse([(SourceId(0), new.as_str())], &setup);
        assert!(!found.iter().any(Diagnostic::is_error), "{}\n{found:?}\n{new}", file.display());
        let again = definitions.pop().unwrap();
        assert_eq!(definition.rules.len(), again.rules.len(), "{}", file.display());
        for (rule, other) in definition.rules.iter().zip(&again.rules) {
            assert_eq!(arms(&definition, rule), arms(&again, other), "{}\n{new}", file.display());
            rules += 1;
        }
    }
    assert!(rules > 2500, "only {rules} rules");
}
