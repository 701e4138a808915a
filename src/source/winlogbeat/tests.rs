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
