//! Configurations as rules.

use super::read;
use crate::dialect::AgentVersion;
use crate::origin::SourceId;

fn imported(text: &str) -> (String, Vec<String>) {
    let (definition, findings) = read(SourceId(0), text, AgentVersion::DEFAULT);
    let said = findings.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect();
    (crate::target::text::write(&definition), said)
}

#[test]
fn each_processor_is_a_filter_with_its_comments() {
    let (text, said) = imported(
        "
winlogbeat.event_logs:
- name: Security
  event_id: 4624
  processors:
  # Logons of services
  # Reason: far too many.
  - drop_event.when.and:
    - equals: {winlog.event_id: '4624'}
    - network: {winlog.event_data.IpAddress: [private, 9.9.9.0/24]}
processors:
- add_tags: {tags: [seen], when: {has_fields: [a.b, c]}}
# Logons of services
- if: {range: {num: {gte: 1, lt: 2.5}}}
  then: {drop_event: }
  else:
  - add_tags: {tags: [t]}
  - drop_fields: {fields: [x, '@timestamp']}
",
    );
    let expected = r#"filter "Logons of services" {
    reason "far too many."
    if strictly winlog.channel == 'Security' {
        if strictly winlog.event_id == '4624'
           and (strictly winlog.event_data.IpAddress is private
                or strictly winlog.event_data.IpAddress in [9.9.9.0/24]) {
            drop
        }
    }
}

filter "line 12: add_tags" {
    if strictly a.b exists and strictly c exists {
        tag "seen"
    }
}

filter "Logons of services (2)" {
    allow tamper events
    if strictly num >= 1 and strictly num < 2.5 {
        drop
    } else {
        tag "t"
        remove field x
    }
}
"#;
    assert_eq!(text, expected);
    assert_eq!(
        said,
        [
            "BS0906 `event_id` selects events before any processor sees them, and is not part of the rules",
            "BS0907 the filter `Logons of services (2)` can drop Sysmon's own events, and says so now",
        ]
    );
}

#[test]
fn what_cannot_be_said_is_reported_and_kept() {
    let (text, said) = imported(
        "
- add_fields: {fields: {a: 1}}
- if: {equals: {a: 1}}
  then:
  - drop_fields: {fields: [b]}
  - drop_event:
- drop_event.when.equals.Image: x
- drop_event.when.range.num.gt: inf
- add_tags: {tags: [t]}
- script: {lang: javascript}
",
    );
    assert_eq!(
        said,
        [
            "BS0906 no rule can say that a filter sets fields",
            "BS0906 no rule can say that a missing field ends the branch",
            "BS0906 no rule can say the field `Image`, which is another one here",
            "BS0906 no rule can say the bound inf",
            "BS0906 the processor `script` is not understood here; it is kept as it stands",
        ]
    );
    let expected = "\
// add_fields: {fields: {a: 1}}
// if: {equals: {a: 1}}
//   then:
//   - drop_fields: {fields: [b]}
//   - drop_event:
// drop_event.when.equals.Image: x
// drop_event.when.range.num.gt: inf
filter \"line 9: add_tags\" {
    tag \"t\"
}

// script: {lang: javascript}
";
    assert_eq!(text, expected);
}

#[test]
fn names_of_networks_without_a_class_are_written_out() {
    let (text, said) = imported("- add_tags: {tags: [t], when: {network: {ip: link_local_multicast}}}");
    assert!(said.is_empty(), "{said:?}");
    assert!(text.contains("224.0.0.0/24") && text.contains("ff12::/16"), "{text}");
    let (text, _) = imported("- add_tags: {tags: [t], when: {network: {ip: unicast}}}");
    assert!(text.contains("128.0.0.0/3") && !text.contains("127.0.0.0"), "{text}");
}

/// What is found of a configuration for a version, without the notice about Sysmon's own events.
fn found(version: &str, text: &str) -> Vec<String> {
    let (_, findings) = read(SourceId(0), text, AgentVersion::parse(version).expect("a version"));
    let others = findings.iter().filter(|finding| finding.code != crate::diagnostic::Code::TamperAllowed);
    others.map(|finding| format!("{} {}", finding.code, finding.message)).collect()
}

#[test]
fn conditions_on_what_is_not_there() {
    let made_later = "- drop_event.when.equals.process.executable: 'C:\\a.exe'";
    let said = ["BS0904 no event has `process.executable` yet where the agent filters: it is made later"];
    assert_eq!(found("8.0", made_later), said);
    assert_eq!(found("7.17", made_later), said);
    let script = format!("- script: {{lang: javascript}}\n{made_later}");
    assert_eq!(found("7.17", &script).len(), 1, "the script may have made it");
    let range = "- drop_event.when.range.winlog.event_data.DestinationPort.gt: 1024";
    let said =
        ["BS0904 `winlog.event_data.DestinationPort` is a text, and `range` reads no texts before Winlogbeat 8.14"];
    assert_eq!(found("8.13", range), said);
    assert_eq!(found("8.14", range), [""; 0]);
    let channels = "
winlogbeat.event_logs: [{name: Security}]
processors:
- drop_event.when.equals.winlog.channel: security
- drop_event.when.not.equals.winlog.channel: System
";
    let said = ["BS0903 this drops every event", "BS0904 no event log of this configuration collects `System`"];
    assert_eq!(found("8.17", channels), said);
    let forwarded = channels.replace("{name: Security}", "{name: ForwardedEvents}");
    assert_eq!(found("8.17", &forwarded), [""; 0]);
}

#[test]
fn order_decides() {
    let text = "
- drop_fields.fields: [winlog.event_data.Hashes]
- drop_event.when.contains.winlog.event_data.Hashes: ABC
- if.equals.a.b: c
  then: {drop_fields: {fields: [x.y]}}
- drop_event.when.has_fields: [x.y.z]
- drop_event:
- add_tags.tags: [late]
- add_tags.tags: [later]
";
    let said = [
        "BS0904 `winlog.event_data.Hashes` was taken away before: this holds for no event",
        "BS0902 nothing comes as far as this: every event is dropped before",
    ];
    assert_eq!(found("8.17", text), said);
}

#[test]
fn patterns_that_look_like_whole_values() {
    let of = |pattern: &str| {
        found("8.17", &format!("- add_tags: {{tags: [t], when: {{regexp: {{winlog.event_data.X: '{pattern}'}}}}}}"))
    };
    for whole in [r"C:\\Windows\\svchost.exe", r"(?i)c:\\a\.dll", "mail[1-5]{1}"] {
        assert_eq!(of(whole), [format!("BS0908 `{whole}` is also found inside of longer values")]);
    }
    for other in [r"^C:\\Windows\\svchost.exe$", r"C:\\Windows\\", "svchost", "a{2}b", r"mail[1-5]{1}$", r".*\.exe"] {
        assert_eq!(of(other), [""; 0], "{other}");
    }
}

#[test]
fn what_is_filled_in_later_matters_only_where_it_is_read() {
    let script = "
- script: {file: '${path.home}/x.js'}
- if.equals.a.b: c
  then:
  - script: {file: '${path.home}/x.js', when: {equals: {a: b}}}
";
    assert!(found("8.17", script).iter().all(|said| said.starts_with("BS0906")), "{:?}", found("8.17", script));
    assert_eq!(found("8.17", "- drop_event.when.equals.a.b: '${X}'").len(), 1);
}

/// The rules of a configuration with one event log.
fn of_log(name: &str) -> (String, Vec<String>) {
    imported(&format!("winlogbeat.event_logs:\n- name: {name}\n  processors:\n  - add_tags: {{tags: [t]}}\n"))
}

#[test]
fn an_event_log_is_known_by_its_channel_as_windows_writes_it() {
    let guards = [
        ("Security", "if strictly winlog.channel == 'Security' {"),
        ("security", "if strictly winlog.channel matches '(?i)^security$' {"),
        (
            "Microsoft-Windows-WMI-Activity/Operational",
            "if strictly winlog.channel matches '(?i)^Microsoft-Windows-WMI-Activity/Operational$' {",
        ),
        ("'A (b) 1.0'", r"if strictly winlog.channel matches '(?i)^A \(b\) 1\.0$' {"),
    ];
    for (name, guard) in guards {
        let (text, said) = of_log(name);
        assert!(text.contains(guard) && said.is_empty(), "{text} {said:?}");
    }
}

#[test]
fn events_of_other_machines_and_of_files_keep_their_channel() {
    for name in ["ForwardedEvents", "forwardedevents", r"C:\logs\old.evtx", r"'\\srv\logs\old.evtx'"] {
        let (text, said) = of_log(name);
        assert_eq!(text, "filter \"line 4: add_tags\" {\n    tag \"t\"\n}\n");
        let [said] = said.as_slice() else { panic!("{said:?}") };
        assert!(
            said.starts_with("BS0906 events read from `") && said.ends_with("its filters ask every event here"),
            "{said}"
        );
    }
}

/// What is found, with the places beside each: how many, and the text of the first.
fn with_places(text: &str) -> Vec<String> {
    let (_, findings) = read(SourceId(0), text, AgentVersion::DEFAULT);
    let others = findings.iter().filter(|finding| finding.code != crate::diagnostic::Code::TamperAllowed);
    let place = |origin: crate::origin::Origin| origin.as_span().and_then(|span| text.get(span.range())).unwrap_or("?");
    let told = others.map(|finding| match finding.related.first() {
        Some(first) => {
            let first = place(first.origin);
            format!("{} {} ({}: {first})", finding.code, finding.message, finding.related.len())
        }
        None => format!("{} {}", finding.code, finding.message),
    });
    told.collect()
}

const ID_IS_A_TEXT: &str = "BS0904 event ids are texts since Winlogbeat 7.13, and this is an integer: it never holds";

#[test]
fn a_drop_of_everything_is_said_at_the_drop() {
    let text = "
- drop_event.when.not.or:
  - equals.winlog.event_id: 4624
  - equals.winlog.event_id: 4625
  - equals.winlog.event_id: 4634
";
    let said =
        ["BS0903 this drops every event (3: 4624)", &format!("{ID_IS_A_TEXT}; 2 more like it in this condition")];
    assert_eq!(with_places(text), said);

    let in_branch = "
- if.not.equals: {winlog.event_id: 1}
  then:
  - add_tags.tags: [t]
  - drop_event:
  else:
  - drop_event:
";
    assert_eq!(with_places(in_branch), [ID_IS_A_TEXT, "BS0903 this drops every event (1: 1)"]);

    let otherwise = "
- if.equals: {winlog.event_data.Initiated: true}
  then: {add_tags.tags: [t]}
  else: {drop_event: }
";
    let said = [
        "BS0904 `winlog.event_data.Initiated` is a text, as all event data are, and this is a boolean: it never holds",
        "BS0903 this drops every event (1: true)",
    ];
    assert_eq!(with_places(otherwise), said);
}

#[test]
fn a_drop_of_a_whole_channel_is_said_with_the_channel() {
    let said = ["BS0903 this drops every event of `Security` (1: 4624)", ID_IS_A_TEXT];
    let of_log = "
winlogbeat.event_logs:
- name: Security
  processors:
  - drop_event.when.not.equals.winlog.event_id: 4624
";
    assert_eq!(with_places(of_log), said);
    let of_condition = "
- drop_event.when.and:
  - equals.winlog.channel: Security
  - not.equals.winlog.event_id: 4624
";
    assert_eq!(with_places(of_condition), said);
    let of_branch = "
- if.equals.winlog.channel: Security
  then: {drop_event.when.not.equals.winlog.event_id: 4624}
";
    assert_eq!(with_places(of_branch), said);
}

#[test]
fn what_drops_less_than_everything_is_not_called_so() {
    let cases = [
        // It drops nothing.
        "- drop_event.when.equals.winlog.event_id: 4624",
        "- drop_event.when.not.or: [{equals.winlog.event_id: 4624}, {equals.a.b: c}]",
        "- drop_event.when.or: [{equals.winlog.event_id: 4624}, {equals.winlog.channel: Security}]",
        "- if.has_fields: [a.b]\n  then: {drop_event.when.not.equals.winlog.event_id: 4624}",
    ];
    for text in cases {
        assert_eq!(with_places(text), [ID_IS_A_TEXT], "{text}");
    }
    // A script may have made numbers of them.
    let script = "- script: {lang: javascript}\n- drop_event.when.not.equals.winlog.event_id: 4624";
    assert!(with_places(script).iter().all(|said| !said.starts_with("BS0903")));
    // What is written so is meant so.
    assert_eq!(with_places("- drop_event.when.equals.winlog.channel: Security"), [""; 0]);
}

#[test]
fn event_data_are_texts() {
    let of = |leaf: &str| {
        let text = format!("- add_tags: {{tags: [t], when: {{equals: {{winlog.event_data.{leaf}}}}}}}");
        let (_, findings) = read(SourceId(0), &text, AgentVersion::DEFAULT);
        let fix = findings.first().and_then(|found| found.fix.clone()).map(|fix| fix.replacement);
        assert!(findings.iter().all(|found| found.code == crate::diagnostic::Code::AgentNever));
        fix
    };
    assert_eq!(of("DestinationPort: 443").as_deref(), Some("'443'"));
    assert_eq!(of("GrantedAccess: 0x1410").as_deref(), Some("'0x1410'"));
    assert_eq!(of("Initiated: yes").as_deref(), Some("'true'"));
    assert_eq!(of("DestinationPort: '443'"), None);
    let converted = "- convert: {fields: []}\n- add_tags: {tags: [t], when.equals.winlog.event_data.X: 1}";
    assert_eq!(found("8.17", converted).len(), 1, "only that `convert` is not understood");
    let of_agent = "- add_tags: {tags: [t], when.equals.winlog.process.pid: 4}";
    assert_eq!(found("8.17", of_agent), [""; 0]);
}

#[test]
fn what_the_agent_sends_as_a_number_is_no_text() {
    for leaf in [
        "equals: {winlog.process.pid: '4'}",
        "contains: {winlog.process.pid: '4'}",
        "regexp: {winlog.process.pid: '^4$'}",
    ] {
        let said = ["BS0904 `winlog.process.pid` is an integer, and this asks for a text: it never holds"];
        let text = format!("- add_tags: {{tags: [t], when: {{{leaf}}}}}");
        assert_eq!(found("8.17", &text), said, "{leaf}");
        assert_eq!(found("7.12", &text), [""; 0], "{leaf}");
    }
    let range = "- add_tags: {tags: [t], when.range.winlog.process.pid.lt: 5}";
    assert_eq!(found("8.17", range), [""; 0]);
}

#[test]
fn ids_are_looked_for_as_a_whole() {
    let of = |leaf: &str| found("8.17", &format!("- add_tags: {{tags: [t], when: {{{leaf}}}}}"));
    for pattern in ["1", "4624|4625", "^4624|4625$", "^46", "24$", r"46\d\d"] {
        let said = [format!("BS0908 `{pattern}` is also found in the ids of other events")];
        assert_eq!(of(&format!("regexp: {{winlog.event_id: '{pattern}'}}")), said);
    }
    for pattern in ["^1$", "^(4624|4625)$", "^(?:1|2)$", "^4624$|^4625$", "^46.*", r"^46\d\d$"] {
        assert_eq!(of(&format!("regexp: {{winlog.event_id: '{pattern}'}}")), [""; 0], "{pattern}");
    }
    assert_eq!(of("contains: {event.code: '1'}"), ["BS0908 `1` is also in the ids of other events"]);
    assert_eq!(of("contains: {winlog.event_data.X: '1'}"), [""; 0]);
}

#[test]
fn only_processors_that_may_make_a_field_silence_what_is_said_of_it() {
    let behind = |processor: &str| {
        let text = format!("- {processor}: ~\n- add_tags: {{tags: [t], when.has_fields: [process.executable]}}");
        found("8.17", &text).into_iter().filter(|said| said.starts_with("BS0904")).count()
    };
    for processor in ["add_host_metadata", "add_cloud_metadata", "add_locale", "add_id", "include_fields"] {
        assert_eq!(behind(processor), 1, "{processor}");
    }
    for processor in ["script", "rename", "convert", "decode_json_fields", "add_process_metadata", "of_another_agent"] {
        assert_eq!(behind(processor), 0, "{processor}");
    }
}

/// Does a filter with this condition say that it may drop Sysmon's own events?
fn may_tamper(version: &str, condition: &str) -> bool {
    let text = format!("- drop_event: {{when: {{{condition}}}}}");
    let (_, findings) = read(SourceId(0), &text, AgentVersion::parse(version).expect("a version"));
    assert!(!findings.iter().any(|found| found.is_error()), "{condition}: {findings:?}");
    findings.iter().any(|found| found.code == crate::diagnostic::Code::TamperAllowed)
}

#[test]
fn conditions_that_cannot_hold_for_sysmons_own_events() {
    let sysmon = "equals: {winlog.provider_name: 'Microsoft-Windows-Sysmon'}";
    let own = "{equals: {winlog.event_id: '4'}}, {equals: {winlog.event_id: '16'}}, {equals: {winlog.event_id: '255'}}";
    let cannot = [
        "range: {winlog.event_id: {gte: 4000, lt: 5000}}",
        "regexp: {winlog.event_id: '^(?:4624|4625)$'}",
        "equals: {winlog.event_id: 4}",
        "equals: {message: ''}",
        "equals: {winlog.channel: Security}",
        &format!("and: [{{{sysmon}}}, {{not: {{or: [{own}]}}}}]"),
        "not: {regexp: {winlog.event_id: '^(4|16|255)$'}}",
    ];
    for condition in cannot {
        assert!(!may_tamper("8.17", condition), "{condition}");
    }
    let can = [
        "range: {winlog.event_id: {gte: 10, lt: 5000}}",
        "regexp: {winlog.event_id: '4624|4'}",
        "regexp: {winlog.event_id: '6'}",
        "equals: {event.code: 4}",
        "not: {equals: {message: ''}}",
        "not: {equals: {winlog.event_id: 4}}",
        sysmon,
        &format!("and: [{{{sysmon}}}, {{not: {{equals: {{winlog.event_id: '4'}}}}}}]"),
    ];
    for condition in can {
        assert!(may_tamper("8.17", condition), "{condition}");
    }
    // There ids are integers, and `range` reads no texts.
    assert!(may_tamper("7.12", "equals: {winlog.event_id: 4}"));
    assert!(!may_tamper("7.12", "equals: {winlog.event_id: '4'}"));
    assert!(!may_tamper("8.13", "range: {winlog.event_id: {gte: 1}}"));
}

#[test]
fn an_id_that_was_taken_away_is_not_relied_on() {
    let kept = "- drop_event.when.not.regexp: {winlog.event_id: '^(4|16|255)$'}";
    let tampers = |text: &str| {
        let (_, findings) = read(SourceId(0), text, AgentVersion::DEFAULT);
        findings.iter().any(|found| found.code == crate::diagnostic::Code::TamperAllowed)
    };
    assert!(!tampers(kept));
    for field in ["winlog.event_id", "winlog"] {
        assert!(tampers(&format!("- drop_fields.fields: [{field}]\n{kept}")), "{field}");
    }
}

#[test]
fn a_field_that_is_surely_there_ends_no_branch() {
    let branch = |when: &str| {
        format!("- if.equals.a.b: c\n  then:\n  - drop_fields: {{fields: [x.y]{when}}}\n  - add_tags.tags: [t]\n")
    };
    assert_eq!(found("7.0", &branch("")), ["BS0906 no rule can say that a missing field ends the branch"]);
    assert_eq!(found("7.0", &branch(", when: {has_fields: [x.y]}")), [""; 0]);
}

#[test]
fn whole_tags_are_asked_as_tags_so_that_those_of_earlier_filters_are_seen() {
    let of = |pattern: &str| imported(&format!("- drop_event.when.regexp.tags: '{pattern}'")).0;
    assert!(of(r"^a\.b$").contains("has tag \"a.b\""), "{}", of(r"^a\.b$"));
    assert!(of("^(?:a|b)$").contains("has any tag"), "{}", of("^(?:a|b)$"));
    for other in ["^a|b$", "a", "^a.b$", "^$"] {
        assert!(of(other).contains("strictly tags matches"), "{other}: {}", of(other));
    }
}
