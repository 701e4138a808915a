//! Configurations and what is found in them.

use super::{Action, Config, read};
use crate::dialect::AgentVersion;
use crate::libbeat::{Condition, Constant, Processor};
use crate::origin::SourceId;

fn findings(text: &str) -> Vec<String> {
    let (_, findings) = read(SourceId(0), text, AgentVersion::DEFAULT);
    let place = |origin: crate::origin::Origin| origin.as_span().and_then(|span| text.get(span.range())).unwrap_or("?");
    findings
        .iter()
        .map(|finding| format!("{} at `{}`: {}", finding.code, place(finding.primary.origin), finding.message))
        .collect()
}

fn config(text: &str) -> Config {
    let (config, findings) = read(SourceId(0), text, AgentVersion::DEFAULT);
    assert!(!findings.iter().any(|finding| finding.is_error()), "{findings:?}");
    config
}

#[test]
fn a_whole_configuration_is_read() {
    let text = "
winlogbeat.event_logs:
  # Everything of Sysmon.
  - name: Microsoft-Windows-Sysmon/Operational
    event_id: 1, 3-5, -4
    provider: [Microsoft-Windows-Sysmon]
    level: info
    ignore_older: 72h
    tags: [x]
    processors:
      # Updater noise
      # Reason: signed, and everywhere.
      - drop_event.when.equals.winlog.event_id: '5'
  - name: Security
output.elasticsearch:
  hosts: ['${HOST}']
processors:
  - drop_fields:
      fields: [a.b, c]
      ignore_missing: true
  - if:
      equals: {a: 1, b.c: x}
    then:
      add_tags: {tags: t}
    else:
      - add_fields: {target: '', fields: {a.b: 1, c: {d: yes}}}
      - add_host_metadata: ~
";
    let config = config(text);
    let [sysmon, security] = config.event_logs.as_slice() else { panic!() };
    let ids: Vec<(u32, u32, bool)> =
        sysmon.event_id.as_ref().unwrap().value.iter().map(|ids| (ids.from, ids.to, ids.excluded)).collect();
    assert_eq!(ids, [(1, 1, false), (3, 5, false), (4, 4, true)]);
    assert_eq!(sysmon.others[0].value, "tags");
    assert_eq!(security.name.as_ref().unwrap().value, "Security");
    let entry = &sysmon.processors[0];
    let comments: Vec<&str> = entry.comments.iter().map(|comment| comment.value.as_str()).collect();
    assert_eq!(comments, ["Updater noise", "Reason: signed, and everywhere."]);
    let five = Condition::Equals("winlog.event_id".to_string(), Constant::Text("5".to_string()));
    assert_eq!(entry.processors(), Some(vec![Processor::DropEvent { when: Some(five) }]));
    let [fields, branches] = config.processors.as_slice() else { panic!() };
    let drop = Processor::DropFieldsIfThere { fields: vec!["a.b".to_string(), "c".to_string()], when: None };
    assert_eq!(fields.processors(), Some(vec![drop]));
    let Action::If { condition, then, otherwise } = &branches.action else { panic!() };
    assert!(matches!(condition, Condition::And(members) if members.len() == 2));
    assert_eq!((then.len(), otherwise.len()), (1, 2));
    assert!(branches.processors().is_none(), "one of them is not understood");
    let places = branches.when.as_ref().unwrap();
    assert_eq!(&text[places.parts[1].origin.as_span().unwrap().range()], "x");
}

#[test]
fn a_list_of_processors_alone_is_read() {
    assert_eq!(config("- drop_event:\n- drop_event: {}\n").processors.len(), 2);
    assert_eq!(config("").processors.len(), 0);
    assert_eq!(config("output.console: {}\n").processors.len(), 0);
}

#[test]
fn where_the_agent_does_not_start_is_said_with_the_place() {
    let cases = [
        (
            "- drop_event:\n  when: {equals: {a: 1}}",
            "BS0901 at `drop_event:\n  when: {equals: {a: 1}}`: each processor has exactly one action, and here are 2 (drop_event, when)",
        ),
        ("- drop_event: {whn: 1}", "BS0901 at `whn`: `drop_event` has no setting `whn`"),
        ("- drop_event: 5", "BS0901 at `5`: `drop_event` has settings below it, and here is an integer"),
        ("- drop_fields: {}", "BS0901 at `drop_fields`: `drop_fields` needs `fields`"),
        ("- add_tags: {tags: []}", "BS0901 at `{tags: []}`: `add_tags` needs a tag"),
        ("- add_fields: {fields: 5}", "BS0901 at `5`: `fields` are names and values, and this is an integer"),
        ("- if: {equals: {a: 1}}", "BS0901 at `if: {equals: {a: 1}}`: `if` needs a condition, and `then` what to do"),
        (
            "- drop_event: {when: {regexp: {a: 'x**'}}}",
            "BS0901 at `*`: a repetition of a repetition; put the inner one into a group",
        ),
        ("- drop_event: {when: {network: {a: privat}}}", "BS0901 at `privat`: `privat` is no network"),
        (
            "- drop_event: {when: {equals: {a: 1.5}}}",
            "BS0901 at `1.5`: `equals` compares texts, integers and booleans, and this is a float",
        ),
        ("- drop_event: {when: {range: {a.gtr: 1}}}", "BS0901 at `1`: `range` knows no bound `gtr`"),
        ("- drop_event: {when: {equals: {n: 1}}}", "BS0901 at `n`: the key `n` is a boolean, and keys are texts"),
        ("- drop_event: {when: {equals: {a.b: 1, a: {b: 2}}}}", "BS0901 at `b`: the setting `b` is there twice"),
        ("- drop_event: {when: }", "BS0901 at ``: there is no condition here"),
        (
            "- drop_event: {when: {equals: {a: '${x:1}'}}}",
            "BS0905 at `'${x:1}'`: `${x:1}` is filled in when the agent starts, with what is not known here",
        ),
        ("processors: 5", "BS0901 at `5`: processors are a list, and this is an integer"),
        ("winlogbeat.event_logs: [{name: a, event_id: 1-}]", "BS0901 at `1-`: `1-` is no list of event ids"),
        (
            "- drop_event: {when: {equals: {a.0: 1}}}",
            "BS0906 at `a.0`: a number in a key is the index of a list, which is not read here",
        ),
        ("- a: [", "BS0900 at `[`: this `[` is not closed"),
    ];
    for (text, expected) in cases {
        assert_eq!(findings(text).first().map(String::as_str), Some(expected), "{text}: {:?}", findings(text));
    }
}

#[test]
fn what_the_agent_passes_over_is_said() {
    let cases = [
        (
            "- drop_event: {when: {equals: {a: 1}, contains: {b: x}}}",
            "BS0902 at `contains`: the agent takes `equals` and passes over `contains` beside it",
        ),
        (
            "- drop_event: {when: {equals: {a: 1}, equal: {b: x}}}",
            "BS0902 at `equal`: the agent knows no condition `equal` and passes over it",
        ),
        (
            "processors: {drop_event: {}}",
            "BS0902 at `{drop_event: {}}`: processors are a list, and this is a mapping: the agent passes over it",
        ),
        (
            "- if: {equals: {a: 1}}\n  then: {drop_event: }\n  when: {}",
            "BS0902 at `when`: the agent passes over `when` beside `if`",
        ),
        (
            "- drop_event: {when: {has_fields: []}}",
            "BS0903 at `[]`: `has_fields` without a field holds for every event",
        ),
        (
            "- drop_event: {when: {equals: {a: [1, 2]}}}",
            "BS0904 at `[1, 2]`: a list asks for fields `a.0`, `a.1`, ..., which no event has: this never holds",
        ),
        (
            "- drop_event: {when: {equals: {winlog.event_id: 5}}}",
            "BS0904 at `5`: event ids are texts since Winlogbeat 7.13, and this is an integer: it never holds",
        ),
        (
            "- drop_event: {when: {equals: {event_id: 5}}}",
            "BS0904 at `5`: since Winlogbeat 7.0 no event has `event_id`: it never holds",
        ),
        (
            "- drop_evnt: {}",
            "BS0906 at `drop_evnt`: the processor `drop_evnt` is not understood here; it is kept as it stands",
        ),
        (
            "- drop_fields: {fields: ['/a.*/']}",
            "BS0906 at `drop_fields`: the processor `drop_fields` is not understood here; a name between slashes is a pattern to newer agents, and a name to older ones",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(findings(text), [expected], "{text}");
        let (_, found) = read(SourceId(0), text, AgentVersion::DEFAULT);
        assert!(!found[0].is_error());
    }
    assert_eq!(findings("- script: {lang: javascript}").len(), 1);
}

#[test]
fn dollar_signs_that_the_agent_takes_away_are_said() {
    let cases = [
        (
            r"- drop_event: {when: {regexp: {a: '.*\$$'}}}",
            [r"BS0909 at `'.*\$$'`: the agent reads `.*\$` here: of `$$` it takes one, of `$}` the dollar sign"]
                .as_slice(),
        ),
        (
            "- if: {equals: {a: b}}\n  then:\n  - add_tags: {tags: ['a$}']}",
            &["BS0909 at `'a$}'`: the agent reads `a}` here: of `$$` it takes one, of `$}` the dollar sign"],
        ),
        ("- drop_event: {when: {equals: {a: 'a$b$'}}}", &[]),
        ("- drop_event: {when: {equals: {a: '$${x}'}}}", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(findings(text), expected, "{text}");
    }
}

#[test]
fn a_file_without_anything_of_winlogbeat_is_said() {
    let said = "neither `processors` nor `winlogbeat.event_logs` is here";
    for text in ["", "# nothing\n", "---\n", "filebeat.inputs:\n- type: log\n", "output.console: {}\n"] {
        let found = findings(text);
        assert!(
            matches!(found.as_slice(), [one] if one.starts_with("BS0910") && one.ends_with(said)),
            "{text}: {found:?}"
        );
    }
    assert_eq!(findings("winlogbeat.event_logs:\n"), [""; 0]);
    assert_eq!(findings("processors:\n"), [""; 0]);
}

#[test]
fn agents_before_7_4_know_no_ignore_missing() {
    let text = "- drop_fields: {fields: [a], ignore_missing: true}";
    let of = |minor: u8| read(SourceId(0), text, AgentVersion { major: 7, minor }).1;
    let [found] = of(3).try_into().expect("one");
    assert!(found.is_error());
    assert_eq!(found.message, "`drop_fields` has no setting `ignore_missing` before Winlogbeat 7.4");
    assert!(of(4).is_empty());
}
