//! Log sources: which events a rule is asked of, what their fields are called, and what a `sigma.toml` says otherwise; filters.

use super::{sigma, support};

/// An event of another channel.
fn event(channel: &str, provider: &str, id: u32, data: &str) -> String {
    format!(
        r#"{{"winlog":{{"channel":"{channel}","provider_name":"{provider}","event_id":"{id}","event_data":{{{data}}}}}}}"#
    )
}

fn security(id: u32, data: &str) -> String {
    event("Security", "Microsoft-Windows-Security-Auditing", id, data)
}

#[track_caller]
fn rows(rules: &str, toml: &str, rows: &[(String, bool)]) {
    let compiled = sigma::rules_with(rules, toml);
    for (event, expected) in rows {
        assert_eq!(sigma::fires(&compiled, event), *expected, "{rules}\n{event}");
    }
}

const STARTED: &str = r"
  selection:
    Image|endswith: '\a.exe'
    CommandLine|contains: secret
  condition: selection";

#[test]
fn a_started_process_is_one_of_sysmon_or_one_of_the_security_log() {
    let sysmon = r#""Image":"C:\\a.exe","CommandLine":"a secret""#;
    let other = r#""NewProcessName":"C:\\a.exe","CommandLine":"a secret""#;
    rows(
        &sigma::rule(STARTED),
        "",
        &[
            (support::sysmon(1, sysmon), true),
            (security(4688, other), true),
            // Its fields have other names there.
            (security(4688, sysmon), false),
            (support::sysmon(1, other), false),
            // The same ids, and other events.
            (security(1, sysmon), false),
            (support::sysmon(4688, other), false),
            (support::sysmon(3, sysmon), false),
            (event("Application", "Microsoft-Windows-Security-Auditing", 4688, other), false),
            (event("Application", "Microsoft-Windows-Sysmon", 2, sysmon), false),
        ],
    );
}

#[test]
fn every_field_of_4688_has_its_name() {
    for (item, data) in [
        ("Image: a", r#""NewProcessName":"a""#),
        ("ParentImage: a", r#""ParentProcessName":"a""#),
        ("ProcessId: 7", r#""NewProcessId":"0x7""#),
        ("ParentProcessId: 7", r#""ProcessId":"0x7""#),
        ("LogonId: '0x3e7'", r#""SubjectLogonId":"0x3e7""#),
        ("CommandLine: a", r#""CommandLine":"a""#),
        ("EventID: 4688", ""),
        ("Channel: Security", ""),
        ("Provider_Name: Microsoft-Windows-Security-Auditing", ""),
    ] {
        let rule = sigma::rule(&format!("  selection:\n    {item}\n  condition: selection"));
        rows(&rule, "", &[(security(4688, data), true), (security(4689, data), false)]);
    }
}

/// What a rule asks, as the language of ours writes it, with what is said about it.
fn written(rule: &str) -> String {
    let setup = blocksieve::source::sigma::Setup::standard();
    let (definitions, found) = blocksieve::source::sigma::parse([(blocksieve::origin::SourceId(0), rule)], &setup);
    assert!(found.is_empty(), "{found:?}");
    blocksieve::target::text::write(&definitions[0])
}

#[test]
fn a_rule_may_name_what_4688_itself_calls_it() {
    let started = |data: &str| security(4688, data);
    let rule = |item: &str| sigma::rule(&format!("  selection:\n    {item}\n  condition: selection"));
    rows(&rule("SubjectUserName: bob"), "", &[(started(r#""SubjectUserName":"bob""#), true)]);
    rows(&rule("NewProcessName|endswith: a.exe"), "", &[(started(r#""NewProcessName":"C:\\a.exe""#), true)]);
    // Levels of integrity have other names there.
    let level = |level: &str| started(&format!(r#""MandatoryLabel":"{level}""#));
    rows(&rule("IntegrityLevel: System"), "", &[(level("S-1-16-16384"), true), (level("S-1-16-8192"), false)]);
}

#[test]
fn keywords_tell_how_an_audited_action_came_out() {
    let outcome = |outcome: &str| {
        format!(r#"{{"event":{{"outcome":"{outcome}"}},"winlog":{{"channel":"Security","event_id":"4673"}}}}"#)
    };
    for keyword in ["'0x8010000000000000'", "Audit Failure"] {
        let rule = sigma::rule_of(
            "{product: windows, service: security}",
            &format!("  s: {{EventID: 4673, Keywords: {keyword}}}\n  condition: s"),
        );
        rows(&rule, "", &[(outcome("failure"), true), (outcome("success"), false)]);
    }
}

#[test]
fn which_log_was_cleared_is_told_by_the_event_s_own_form() {
    let rule = sigma::rule_of(
        "{product: windows, service: system}",
        "  s: {EventID: 104, Channel: Application}\n  condition: s",
    );
    let cleared = |channel: &str| {
        format!(
            r#"{{"winlog":{{"channel":"System","provider_name":"Microsoft-Windows-Eventlog","event_id":"104","user_data":{{"Channel":"{channel}"}}}}}}"#
        )
    };
    rows(&rule, "", &[(cleared("Application"), true), (cleared("System"), false)]);
}

#[test]
fn a_placeholder_may_stand_for_networks() {
    let rule = sigma::rule_of(
        "{product: windows, category: network_connection}",
        "  s:\n    DestinationIp|expand|cidr: '%nets%'\n  condition: s",
    );
    let to = |address: &str| support::sysmon(3, &format!(r#""DestinationIp":"{address}""#));
    rows(
        &rule,
        "[placeholders]\nnets = ['10.0.0.0/8', 'fe80::/10']",
        &[(to("10.1.2.3"), true), (to("fe80::1"), true), (to("11.1.2.3"), false)],
    );
}

#[test]
fn files_that_are_meant_for_sigma_are_known_whatever_they_lack() {
    use blocksieve::source::sigma::is_sigma;
    let detection = "detection:\n  s: {Image: a}\n  condition: s\n";
    for text in [
        format!("title: x\nlogsource: {{product: windows}}\n{detection}"),
        "\"title\": x\n\"detection\":\n  s: {Image: a}\n  condition: s\n".to_string(),
        format!("# a comment\n---\n{detection}"),
        "title: x\nlogsource: {product: windows}\ndetecton:\n  s: {Image: a}\n".to_string(),
        "{\"title\": \"x\", \"logsource\": {}, \"detection\": {}}".to_string(),
        "action: global\nlevel: high\n".to_string(),
        "  title: x\n  logsource: {}\n".to_string(),
        "title: x\nfilter:\n  rules: any\n".to_string(),
    ] {
        assert!(is_sigma(&text), "{text}");
    }
    for text in [
        "",
        "filter: a\n",
        "services:\n  detection: x\n",
        "- title: x\n",
        "winlogbeat.event_logs:\n  - name: Security\n",
        "title: a page\nlevel: 3\n",
    ] {
        assert!(!is_sigma(text), "{text}");
    }
}

#[test]
fn an_alternative_that_cannot_answer_is_left_out_and_said_to_be() {
    let hashes = "  selection:\n    Hashes|contains: 'MD5=11'\n  condition: selection";
    let negated = "  selection:\n    Image: a\n  filter:\n    Company: b\n  condition: selection and not filter";
    let missing = "  selection:\n    Image: a\n    Company: null\n  condition: selection";
    let either = "  selection:\n    - Image: a\n    - OriginalFileName: b\n  condition: selection";
    insta::assert_snapshot!(
        [hashes, negated, missing, either, STARTED].map(|one| written(&sigma::rule(one))).join("\n----\n")
    );
    // Nobody knows what the author would have said of them.
    let other = "  selection:\n    Image: a\n    CommandLine|fieldref|neq: Company\n  condition: selection";
    for rule in [negated, missing, other] {
        rows(
            &sigma::rule(rule),
            "",
            &[(support::sysmon(1, r#""Image":"a""#), true), (security(4688, r#""NewProcessName":"a""#), false)],
        );
    }
    // What is asked beside it can be asked.
    rows(
        &sigma::rule(either),
        "",
        &[
            (support::sysmon(1, r#""OriginalFileName":"b""#), true),
            (security(4688, r#""NewProcessName":"a""#), true),
            (security(4688, r#""NewProcessName":"b""#), false),
        ],
    );
}

#[test]
fn a_rule_never_asks_another_channel() {
    let selection = "  selection:\n    EventID: 1\n    Image: a\n  condition: selection";
    let of = |logsource: &str| sigma::rule_of(logsource, selection);
    let sysmon = support::sysmon(1, r#""Image":"a""#);
    let application = event("Application", "Something", 1, r#""Image":"a""#);
    let system = event("System", "Something", 1, r#""Image":"a""#);
    rows(
        &of("product: windows\n  service: system"),
        "",
        &[(system.clone(), true), (sysmon.clone(), false), (application.clone(), false)],
    );
    rows(&of("product: windows\n  service: application"), "", &[(application.clone(), true), (system.clone(), false)]);
    rows(&of("product: windows\n  service: sysmon"), "", &[(sysmon.clone(), true), (system.clone(), false)]);
    // Windows and nothing more is everything.
    rows(&of("product: windows"), "", &[(sysmon.clone(), true), (system.clone(), true), (application, true)]);
    // A category or service alone is that of Windows.
    rows(&of("service: system"), "", &[(system, true), (sysmon.clone(), false)]);
    rows(&of("category: process_creation\n  service: sysmon"), "", &[(sysmon, true)]);
}

#[test]
fn category_and_service_together_are_both() {
    let selection = "  selection:\n    Image: a\n  condition: selection";
    let rule = sigma::rule_of("product: windows\n  category: process_creation\n  service: security", selection);
    rows(
        &rule,
        "",
        &[(security(4688, r#""NewProcessName":"a""#), true), (support::sysmon(1, r#""Image":"a""#), false)],
    );
    // Sysmon's events stand in no channel but its own, so that alternative is none.
    assert!(!written(&rule).contains("sysmon.process_create"));
}

#[test]
fn registry_events_are_told_apart_by_what_happened() {
    let selection = "  selection:\n    TargetObject|contains: Run\n  condition: selection";
    let data = |kind: &str| format!(r#""EventType":"{kind}","TargetObject":"HKLM\\Run""#);
    for (category, kinds) in [
        ("registry_add", vec![(12, "CreateKey")]),
        ("registry_delete", vec![(12, "DeleteKey"), (12, "DeleteValue")]),
        ("registry_set", vec![(13, "SetValue")]),
        ("registry_rename", vec![(14, "RenameKey")]),
    ] {
        let all = [(12, "CreateKey"), (12, "DeleteKey"), (12, "DeleteValue"), (13, "SetValue"), (14, "RenameKey")];
        let events: Vec<(String, bool)> =
            all.iter().map(|(id, kind)| (support::sysmon(*id, &data(kind)), kinds.contains(&(*id, *kind)))).collect();
        rows(&sigma::rule_of(&format!("product: windows\n  category: {category}"), selection), "", &events);
        rows(
            &sigma::rule_of("product: windows\n  category: registry_event", selection),
            "",
            &events.iter().map(|(event, _)| (event.clone(), true)).collect::<Vec<_>>(),
        );
    }
}

#[test]
fn fields_of_the_event_itself_have_their_names() {
    let rule = |item: &str| {
        sigma::rule_of(
            "product: windows\n  service: system",
            &format!("  selection:\n    {item}\n  condition: selection"),
        )
    };
    let happened = r#"{"message":"it stopped","log":{"level":"error"},"winlog":{"channel":"System","provider_name":"Disk","event_id":"7","computer_name":"WS1","record_id":9,"event_data":{"param1":"x"}}}"#;
    for (item, fires) in [
        ("Provider_Name: disk", true),
        ("ProviderName: Disk", true),
        ("Computer: ws1", true),
        ("ComputerName: ws1", true),
        ("EventID: 7", true),
        ("EventID: 70", false),
        ("Message|contains: stopped", true),
        ("param1: x", true),
        // Windows numbers its levels.
        ("Level: 2", true),
        ("Level: 3", false),
        ("Level:\n      - 1\n      - 2", true),
    ] {
        rows(&rule(item), "", &[(happened.to_string(), fires)]);
    }
}

#[test]
fn data_without_names_are_looked_for_everywhere() {
    let rule = sigma::rule_of(
        "product: windows\n  category: ps_classic_start",
        "  selection:\n    Data|contains: HostApplication=x\n  condition: selection",
    );
    let data = r#""param3":"a\nHostApplication=x y""#;
    rows(
        &rule,
        "",
        &[
            (event("Windows PowerShell", "PowerShell", 400, data), true),
            (event("Windows PowerShell", "PowerShell", 600, data), false),
            (event("Windows PowerShell", "PowerShell", 400, r#""param3":"x""#), false),
        ],
    );
}

#[test]
fn data_of_a_form_of_their_own_are_found_there() {
    let rule = sigma::rule_of(
        "product: windows\n  service: applocker",
        "  selection:\n    FilePath|contains: evil\n  condition: selection",
    );
    let at = |place: &str| {
        format!(
            r#"{{"winlog":{{"channel":"Microsoft-Windows-AppLocker/EXE and DLL","event_id":"8004","{place}":{{"FilePath":"evil.exe"}}}}}}"#
        )
    };
    rows(&rule, "", &[(at("user_data"), true)]);
}

#[test]
fn a_sigma_toml_is_laid_over_what_is_known() {
    let rule = |logsource: &str| sigma::rule_of(logsource, "  selection:\n    User: alice\n  condition: selection");
    let backup = event("Backup/Operational", "Backup", 5, r#""UserName":"alice""#);
    let toml = r#"
[[logsource]]
product = "windows"
service = "backup"
channels = ["Backup/Operational"]
ids = [5, 6]
fields = { User = "UserName" }
"#;
    rows(
        &rule("product: windows\n  service: backup"),
        toml,
        &[
            (backup.clone(), true),
            (event("Backup/Operational", "Backup", 7, r#""UserName":"alice""#), false),
            (event("Other", "Backup", 5, r#""UserName":"alice""#), false),
        ],
    );
    // What is named as something that is known takes its place, and nothing else's.
    let toml = r#"
[[logsource]]
product = "windows"
category = "process_creation"
providers = ["Agent"]
where = { Kind = ["start"] }
"#;
    let agent = |kind: &str| event("Agent", "Agent", 1, &format!(r#""User":"alice","Kind":"{kind}""#));
    rows(
        &rule("product: windows\n  category: process_creation"),
        toml,
        &[(agent("start"), true), (agent("stop"), false), (support::sysmon(1, r#""User":"alice""#), false)],
    );
    rows(
        &rule("product: windows\n  category: network_connection"),
        toml,
        &[(support::sysmon(3, r#""User":"alice""#), true)],
    );
    // Another product.
    let toml =
        "[[logsource]]\nproduct = 'linux'\ncategory = 'process_creation'\nproviders = ['Linux-Sysmon']\nids = [1]";
    rows(
        &rule("product: linux\n  category: process_creation"),
        toml,
        &[
            (event("Linux-Sysmon/Operational", "Linux-Sysmon", 1, r#""User":"alice""#), true),
            (support::sysmon(1, r#""User":"alice""#), false),
        ],
    );
    // Names and values of all sources.
    let toml = "[fields]\nUser = 'Account'\n[values.User]\nalice = 'a1'";
    rows(
        &rule("product: windows\n  category: process_creation"),
        toml,
        &[(support::sysmon(1, r#""Account":"A1""#), true), (support::sysmon(1, r#""Account":"alice""#), false)],
    );
}

#[test]
fn what_an_alert_does_is_said_by_its_level() {
    let toml = "[[send]]\nby = 'mail'\nlevel = 'high'\nto = ['soc@example.org']\n[[send]]\nby = 'webhook'";
    let sends = |level: &str| {
        let text = format!("level: {level}\n{}", sigma::rule("  selection:\n    Image: a\n  condition: selection"));
        let compiled = sigma::rules_with(&text, toml);
        let decision = support::decide(&compiled, &support::sysmon(1, r#""Image":"a""#));
        let said: Vec<String> = decision
            .did
            .iter()
            .map(|did| match did {
                blocksieve::ir::twin::Did::Send(_, send, _) => format!("{send:?}"),
                other => format!("{other:?}"),
            })
            .collect();
        said.join("\n")
    };
    let all = ["low", "high", "critical"].map(|level| format!("{level}\n{}", sends(level)));
    insta::assert_snapshot!(all.join("\n"));
}

fn filter(rules: &str, logsource: &str, body: &str) -> String {
    format!("---\ntitle: Filter\nlogsource:\n  {logsource}\nfilter:\n  rules: {rules}\n{body}\n")
}

#[test]
fn a_filter_takes_events_away_from_its_rules() {
    let named = |name: &str, text: &str| format!("name: {name}\n{}", text.replace("Tried", name));
    let one = named("one", &sigma::rule("  selection:\n    Image: a\n  condition: selection"));
    let other = named("other", &sigma::rule("  selection:\n    Image: a\n  condition: selection"));
    let network = named(
        "network",
        &sigma::rule_of(
            "product: windows\n  category: network_connection",
            "  selection:\n    Image: a\n  condition: selection",
        ),
    );
    let body = "  selection:\n    User|startswith: deploy\n  condition: not selection";
    let (deployed, started) = (r#""Image":"a","User":"deploy1""#, r#""Image":"a","User":"eve""#);
    for (rules, logsource, left) in [
        ("one", "product: windows\n  category: process_creation", vec!["other", "network"]),
        ("\n    - one\n    - network", "product: windows", vec!["other"]),
        ("any", "product: windows\n  category: process_creation", vec!["network"]),
        ("any", "product: windows", vec![]),
        ("any", "category: network_connection", vec!["one", "other"]),
        ("[network]", "product: windows\n  category: process_creation", vec!["one", "other", "network"]),
    ] {
        let text = format!("{one}---\n{other}---\n{network}{}", filter(rules, logsource, body));
        let compiled = sigma::rules(&text);
        let mut sent = Vec::new();
        for (id, data) in [(1, deployed), (3, deployed)] {
            sent.extend(sigma::sent(&compiled, &support::decide(&compiled, &support::sysmon(id, data))));
        }
        assert_eq!(sent, left, "{text}");
        let all = sigma::sent(&compiled, &support::decide(&compiled, &support::sysmon(1, started)));
        assert_eq!(all, ["one", "other"], "{text}");
    }
}

#[test]
fn several_filters_and_conditions_are_joined() {
    let rule = "name: one\n".to_string()
        + &sigma::rule("  a:\n    Image: a\n  b:\n    Image: b\n  condition:\n    - a\n    - b");
    let filters = filter("one", "product: windows", "  selection:\n    User: u\n  condition: not selection")
        + &filter(
            "any",
            "product: windows",
            "  selection_x:\n    Company: c\n  selection_y:\n    Product: p\n  condition: not 1 of selection_*",
        );
    rows(
        &format!("{rule}{filters}"),
        "",
        &[
            (support::sysmon(1, r#""Image":"a""#), true),
            (support::sysmon(1, r#""Image":"b""#), true),
            (support::sysmon(1, r#""Image":"b","User":"u""#), false),
            (support::sysmon(1, r#""Image":"a","Company":"c""#), false),
            (support::sysmon(1, r#""Image":"a","Product":"p""#), false),
            (support::sysmon(1, r#""Image":"c""#), false),
        ],
    );
}

/// As people meet it: a `sigma.toml` beside rules or above them, and what it names.
#[cfg(feature = "cli")]
#[test]
fn a_sigma_toml_lies_beside_the_rules_or_above_them() {
    let rule = sigma::rule("  selection:\n    User|expand: '%admins%'\n  condition: selection");
    let event = support::sysmon(1, r#""User":"bob""#) + "\n";
    let folder = support::folder::Folder::new(
        "sigma-toml",
        &[
            ("rules/windows/r.yml", rule.as_bytes()),
            ("rules/sigma.toml", b"[placeholders]\nadmins = { file = \"admins.txt\" }\n"),
            ("rules/admins.txt", b"# who may\nalice\n\n bob \n"),
            ("gone/r.yml", rule.as_bytes()),
            ("gone/sigma.toml", b"[placeholders]\nadmins = { file = \"gone.txt\" }\n"),
            ("wrong/r.yml", rule.as_bytes()),
            ("wrong/sigma.toml", b"[placeholder]\n"),
            ("other/tests.yml", b"tests: []\n"),
            ("events.ndjson", event.as_bytes()),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "run rules/windows --events events.ndjson",
        "check gone",
        "check wrong/r.yml",
        "check other",
    ]));
}
