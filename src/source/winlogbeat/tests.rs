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

filter "processor 2: add_tags" {
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
filter \"processor 1: add_tags\" {
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
    assert_eq!(found("8.17", channels), ["BS0904 no event log of this configuration collects `System`"]);
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
