//! Tests of tests of several events: what is remembered, samples and their selections, fields, messages, budgets.

use std::io::Cursor;

use super::line;
use crate::dialect::AgentVersion;
use crate::event::read::{EventReader, Sink};
use crate::origin::SourceId;
use crate::testing::*;

const RULES: &str = r#"
filter "1 dns" { if event is sysmon.dns_query and QueryName ends with '.example.org' { drop } }
classify "2 group" { if event is sysmon.network_connect { set msg.group = 'security' tag "net" } }
alert "3 tries" {
    if event is sysmon.network_connect { when 3 events within 1 minute by Image { send mail } }
}
alert "4 once" { suppress for 1 hour by Image if event is sysmon.process_access { send mail send webhook } }
"#;

/// Files in memory, and what an alert says.
struct Memory(Vec<(&'static str, String)>);

impl Outside for Memory {
    fn read(&self, _: SourceId, path: &str, reader: &mut EventReader, sink: &mut dyn Sink) -> Result<(), NotRead> {
        let Some((_, text)) = self.0.iter().find(|(name, _)| *name == path) else {
            return Err(NotRead::Wrong(format!("{path}: no such file"), "check the path".to_string()));
        };
        let read = reader.read_file(&path.into(), Cursor::new(text.as_bytes()), sink);
        read.map_err(|error| NotRead::Wrong(error.to_string(), "check the file".to_string()))
    }

    fn message(&self, alert: &crate::alert::Alert) -> Option<Message> {
        let subject = format!("{} on {}", alert.rule.name, alert.host.as_deref().unwrap_or("?"));
        let body =
            format!("first line\nimage: {}\n", alert.msg.get("image").and_then(|image| image.as_str()).unwrap_or("?"));
        Some(Message { subject, body, failed: Vec::new() })
    }
}

fn event(id: u32, seconds: u32, data: &str) -> String {
    format!(
        r#"{{"@timestamp":"2025-03-04T09:{:02}:{:02}Z","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","event_id":"{id}","computer_name":"ws01","event_data":{{{data}}}}}}}"#,
        seconds / 60,
        seconds % 60
    )
}

/// Six events: two questions that are dropped, one that is kept, three connections.
fn sample() -> String {
    let mut lines = vec![
        event(22, 0, r#""QueryName":"a.example.org""#),
        event(22, 1, r#""QueryName":"b.example.org""#),
        event(22, 2, r#""QueryName":"example.test""#),
    ];
    lines.extend((3..6).map(|at| event(3, at, r#""Image":"C:\\x.exe""#)));
    lines.join("\n") + "\n"
}

fn outcomes(text: &str, outside: &dyn Outside) -> (Vec<Outcome>, Vec<String>) {
    let (compiled, found) = crate::compile_text(RULES, &[]);
    let compiled = compiled.unwrap_or_else(|| panic!("{found:?}"));
    let prepared = crate::vm::Prepared::new(compiled.module).unwrap();
    let rules = Rules { program: &compiled.program, prepared: &prepared, agent: AgentVersion::DEFAULT };
    let (cases, mut found) = read(SourceId(0), text);
    let (outcomes, more) = Bench::new(rules, outside).run(&cases, &mut Unobserved);
    found.extend(more);
    (outcomes, found.iter().map(|found| line(found, text)).collect())
}

/// One test, by what stands below its name: what differs, and what is wrong; nothing where it passes.
fn tested(body: &str) -> Vec<String> {
    let damaged = sample() + "{\"winlog\":\n";
    let files = vec![("s.ndjson", sample()), ("damaged.ndjson", damaged), ("none.ndjson", "\n".to_string())];
    let text = format!("tests:\n  - name: t\n{body}");
    let (outcomes, mut found) = outcomes(&text, &Memory(files));
    assert_eq!(outcomes.len() + usize::from(!found.is_empty()), 1, "{outcomes:?} {found:?}");
    found.splice(0..0, outcomes.into_iter().flat_map(|outcome| outcome.differences));
    found
}

/// What is below `events:` for connections of a program.
fn tries(times: u32, every: &str, expect: &str) -> String {
    format!(
        "    events:\n      - times: {times}\n        every: {every}\n        event:\n          '@timestamp': '2025-03-04T09:00:00Z'\n          winlog: \
         {{ provider_name: Microsoft-Windows-Sysmon, event_id: '3', computer_name: ws01, event_data: {{ Image: 'C:\\x.exe' }} }}\n    expect: {expect}\n"
    )
}

const PASSES: [&str; 0] = [];

#[test]
fn what_rules_remember_goes_on_inside_one_test_and_never_to_the_next() {
    assert_eq!(tested(&tries(3, "10 seconds", "{ alerts: ['3 tries'] }")), PASSES);
    assert_eq!(tested(&tries(3, "40 s", "{ alerts: [] }")), PASSES);
    let two = format!("{}  - name: u\n{}", tries(2, "1 s", "{ alerts: [] }"), tries(1, "1 s", "{ alerts: [] }"));
    let (came, found) = outcomes(&format!("tests:\n  - name: t\n{two}"), &Nothing);
    assert!(came.len() == 2 && came.iter().all(Outcome::passed) && found.is_empty(), "{came:?} {found:?}");
}

#[test]
fn a_threshold_that_is_not_reached_says_how_far_it_came() {
    let text = format!("tests:\n  - name: t\n{}", tries(2, "10 seconds", "{ alerts: ['3 tries'] }"));
    let (came, _) = outcomes(&text, &Nothing);
    assert_eq!(came[0].differences, ["the alert \"3 tries\" sends nothing"]);
    let tree = &came[0].trees[0];
    assert!(tree.starts_with("event 2: alert \"3 tries\" does nothing") && tree.contains("2 of 3"), "{tree}");
}

#[test]
fn messages_are_counted_by_what_they_say() {
    let of = |entry: &str| tested(&tries(3, "1 s", &format!("{{ alerts: [{{ rule: '3 tries', {entry} }}] }}")));
    assert_eq!(of("count: 1, via: mail, key: { Image: 'c:\\X.exe' }"), PASSES);
    assert_eq!(of("subject_contains: [tries, ws01], body_contains: 'image: C:\\x.exe'"), PASSES);
    assert_eq!(of("count: 0, via: file"), PASSES);
    assert_eq!(of("count: 2"), ["the alert \"3 tries\" sends 1 message, and 2 are expected"]);
    assert_eq!(
        of("key: { Image: other }"),
        ["no message of the alert \"3 tries\" is as expected: Image is \"c:\\x.exe\""]
    );
    assert_eq!(of("key: { User: a }"), ["no message of the alert \"3 tries\" is as expected: it counts by Image"]);
    assert_eq!(
        of("subject_contains: ws02"),
        ["no message of the alert \"3 tries\" is as expected: \"ws02\" is not in the subject \"3 tries on ws01\""]
    );
    assert_eq!(
        of("body_contains: 'image: C:\\y.exe'"),
        [
            "no message of the alert \"3 tries\" is as expected: \"image: C:\\y.exe\" is not in the text; the nearest line is \"image: C:\\x.exe\""
        ]
    );
}

#[test]
fn what_is_kept_quiet_is_no_message() {
    let events = "    events:\n      - times: 3\n        every: 1 minute\n        event: { '@timestamp': '2025-03-04T09:00:00Z', winlog: { \
                  provider_name: Microsoft-Windows-Sysmon, event_id: '10', event_data: { Image: x } } }\n";
    let of = |alerts: &str| tested(&format!("{events}    expect: {{ alerts: [{alerts}] }}\n"));
    // Two `send`s, once.
    assert_eq!(of("{ rule: '4 once', count: 2, quiet: 4 }"), PASSES);
    assert_eq!(of("{ rule: '4 once', count: 1, via: mail }, { rule: '4 once', count: 1, via: webhook }"), PASSES);
    assert_eq!(of("{ rule: '4 once', quiet: 0 }"), ["the alert \"4 once\" keeps 4 messages quiet, and 0 are expected"]);
    // Who thinks of alerts is told of the ways; what is kept quiet is counted by the same marks as what is sent.
    assert_eq!(
        of("{ rule: '4 once', count: 1 }"),
        ["the alert \"4 once\" sends 2 messages (1 by mail, 1 by webhook), and 1 is expected"]
    );
    assert_eq!(
        of("{ rule: '4 once', via: mail, quiet: 2 }, { rule: '4 once', subject_contains: once on, quiet: 4 }"),
        PASSES
    );
    assert_eq!(
        of("{ rule: '4 once', via: mail, quiet: 4 }"),
        ["the alert \"4 once\" keeps 2 such messages quiet, and 4 are expected"]
    );
    let told = of("{ rule: '4 once', subject_contains: ws02, count: 0, quiet: 1 }");
    assert_eq!(told, ["the alert \"4 once\" keeps 0 such messages quiet, and 1 is expected"]);
    // Beside what is kept quiet something is sent, or 0 is said.
    assert_eq!(of("{ rule: '4 once', via: file, quiet: 0 }").len(), 1);
    assert_eq!(of("{ rule: '4 once', via: file, count: 0, quiet: 0 }"), PASSES);
}

#[test]
fn events_of_a_file_are_chosen_by_condition_number_and_count() {
    let of = |sample: &str, expect: &str| {
        tested(&format!("    events: {{ from: s.ndjson{sample} }}\n    expect: {expect}\n"))
    };
    assert_eq!(of("", "{ budget: [{ dropped: exactly 2 }, { alerts: exactly 1 }] }"), PASSES);
    assert_eq!(
        of(", where: event is sysmon.network_connect", "{ decision: kept, tags: [net], alerts: ['3 tries'] }"),
        PASSES
    );
    assert_eq!(of(", records: [1, 2]", "{ decision: dropped, rule: '1 dns' }"), PASSES);
    assert_eq!(of(", where: event is sysmon.network_connect, limit: 2", "{ alerts: [] }"), PASSES);
    assert_eq!(
        of("", "{ decision: kept }"),
        [
            "s.ndjson:1: the filter \"1 dns\" drops it, and kept is expected: `event is sysmon.dns_query` (Provider is Microsoft-Windows-Sysmon, EventID is 22), `QueryName ends with '.example.org'` (QueryName is a.example.org) hold",
            "s.ndjson:2: the filter \"1 dns\" drops it, and kept is expected: `event is sysmon.dns_query` (Provider is Microsoft-Windows-Sysmon, EventID is 22), `QueryName ends with '.example.org'` (QueryName is b.example.org) hold",
        ]
    );
    let told = of("", "{ decision: dropped }");
    assert_eq!((told.len(), told[3].as_str()), (4, "one more event differs"));
    assert_eq!(of(", records: 3", "{ rule: '4 once' }"), ["the alert \"4 once\" does nothing to the event"]);
}

#[test]
fn what_must_be_kept_says_which_record_was_dropped_and_why() {
    assert_eq!(tested("    must_keep: { from: s.ndjson, where: not QueryName ends with '.example.org' }\n"), PASSES);
    let told = tested("    must_keep: [s.ndjson]\n");
    assert!(told.len() == 2 && told[0].starts_with("s.ndjson:1: the filter \"1 dns\" drops it"), "{told:?}");
}

#[test]
fn a_selection_of_nothing_and_a_file_that_is_not_whole_are_errors_at_their_places() {
    let of = |sample: &str| {
        let told = tested(&format!("    events: {sample}\n    expect: {{ decision: kept }}\n"));
        assert_eq!(told.len(), 1, "{told:?}");
        told.into_iter().next().unwrap()
    };
    for (sample, told) in [
        ("{ from: other.ndjson }", "`other.ndjson` other.ndjson: no such file"),
        ("{ from: none.ndjson }", "`{ from: none.ndjson }` there is no event in none.ndjson"),
        ("{ from: s.ndjson, records: [7] }", "`7` s.ndjson has no record 7"),
        ("{ from: s.ndjson, where: 'QueryName == x' }", "`'QueryName == x'` in this condition at `x`"),
        (
            "{ from: s.ndjson, where: QueryNam exists }",
            "`QueryNam exists` in this condition at `QueryNam`: the catalogue has no field",
        ),
        ("{ from: s.ndjson, where: 'has tag \"net\"' }", "`'has tag \"net\"'` events are chosen before any rule runs"),
        (
            "{ from: s.ndjson, where: event is sysmon.error }",
            "`event is sysmon.error` none of the 6 events of this file meets",
        ),
        (
            "{ from: s.ndjson, where: event is sysmon.dns_query, records: 5 }",
            "`{ from: s.ndjson, where: event is sysmon.dns_query, records: 5 }` none of the 6 events of s.ndjson is chosen",
        ),
        ("{ from: damaged.ndjson }", "`damaged.ndjson` damaged.ndjson:7:"),
        ("{ from: s.ndjson, limt: 3 }", "`limt` a sample has no key `limt`; did you mean `limit`?"),
        ("{ from: s.ndjson, limit: 0 }", "`0` `limit` is a whole number, 1 or more"),
        ("[]", "`[]` `events` are a list"),
        ("[{ times: 2, every: 1 minut, event: { a: 1 } }]", "`1 minut` this is no length of time"),
        ("[{ times: 2, every: 1 s, event: { a: 1 } }]", "`1 s` only an event with a time can come later"),
    ] {
        let came = of(sample);
        assert!(came.starts_with(told), "{sample}\n{came}\n{told}");
    }
    // A damaged record behind the last that is wanted is nobody's business.
    assert_eq!(tested("    events: { from: damaged.ndjson, limit: 6 }\n    expect: { alerts: ['3 tries'] }\n"), PASSES);
}

#[test]
fn fields_are_those_of_the_stored_event() {
    let of = |fields: &str| tested(&tries(1, "1 s", &format!("{{ fields: {fields} }}")));
    assert_eq!(of("{ msg.group: security, msg.eventid: 3, Image: 'C:\\x.exe', msg.hash_md5: null }"), PASSES);
    assert_eq!(of("{ msg.group: forensic }"), ["`msg.group` is \"security\", and \"forensic\" is expected"]);
    assert_eq!(of("{ User: a }"), ["`User` is absent, and \"a\" is expected"]);
    assert_eq!(of("{ Image: null }"), ["`Image` is \"C:\\x.exe\", and absent is expected"]);
    assert_eq!(of("{ Imag: a }"), ["`Imag` the catalogue has no field `Imag`; did you mean `Image`?"]);
    assert_eq!(of("{ msg.grup: a }"), ["`msg.grup` no event has a field `msg.grup`; did you mean `msg.group`?"]);
    let dropped = format!(
        "    event: '{}'\n    expect: {{ fields: {{ msg.group: x }} }}\n",
        event(22, 0, r#""QueryName":"a.example.org""#)
    );
    assert!(
        tested(&dropped)[0].starts_with("the filter \"1 dns\" drops it, and nothing is stored"),
        "{:?}",
        tested(&dropped)
    );
}

#[test]
fn budgets_say_how_much_came_and_from_whom() {
    let of = |bound: &str| tested(&format!("    events: {{ from: s.ndjson }}\n    expect: {{ budget: {bound} }}\n"));
    for holds in [
        "{ dropped: at least 33 % }",
        "[{ dropped: at least 2 }, { dropped: at most 34 % }]",
        "{ dropped: at most 40 %, of: bytes, rule: 1 dns }",
        "{ alerts: at most 1 }",
        "{ alerts: exactly 0, rule: 4 once }",
    ] {
        assert_eq!(of(holds), PASSES, "{holds}");
    }
    assert_eq!(
        of("{ dropped: at least 60 % }"),
        ["2 of 6 events are dropped (33.3 %), and at least 60 % is expected; 2 by the filter \"1 dns\""]
    );
    assert_eq!(
        of("{ dropped: at most 1, rule: 1 dns }"),
        ["2 of 6 events are dropped by the filter \"1 dns\" (33.3 %), and at most 1 is expected"]
    );
    assert!(of("{ dropped: at most 10 %, of: bytes }")[0].contains(" bytes are dropped ("));
    assert_eq!(
        of("{ alerts: at most 0 }"),
        ["1 message of alerts is sent of 6 events, and at most 0 is expected; 1 by the alert \"3 tries\""]
    );
    for (bound, told) in [
        ("{ dropped: at least 0 }", "`at least 0` this bound always holds"),
        ("{ dropped: at most 100 % }", "`at most 100 %` this bound always holds"),
        ("{ dropped: at least 101 % }", "`at least 101 %` no more than everything"),
        ("{ dropped: 60 % }", "`60 %` this is no bound"),
        ("{ dropt: at least 1 }", "`dropt` a budget has no key `dropt`"),
        ("{ alerts: at most 1, of: bytes }", "`bytes` this cannot be measured"),
        ("{ dropped: at least 1, rule: 3 tries }", "`3 tries` no filter \"3 tries\" runs"),
        ("{ of: events }", "`{ of: events }` this bounds nothing"),
        ("[]", "`[]` a budget has at least one bound"),
    ] {
        let came = of(bound);
        assert!(came.len() == 1 && came[0].starts_with(told), "{bound}\n{came:?}");
    }
}

#[test]
fn what_names_nothing_or_expects_nothing_is_an_error() {
    for (body, told) in [
        ("    event: { a: 1 }\n    must_keep: s.ndjson\n", "`must_keep` a test has its events in one place"),
        (
            "    must_keep: s.ndjson\n    expect: { decision: dropped }\n",
            "`must_keep` what must be kept is not expected",
        ),
        ("    must_keep: []\n", "`[]` `must_keep` names at least one file"),
        ("    events: { from: s.ndjson }\n", "`name: t` this test has no `expect`"),
        ("    events: { from: s.ndjson }\n    snapshot: false\n", "`false` this test expects nothing"),
        ("    events: { from: s.ndjson }\n    snapshot: often\n", "`often` `snapshot` is `true` or `false`"),
        (
            "    events: { from: s.ndjson }\n    expect: { alerts: [{ count: 1 }] }\n",
            "`{ count: 1 }` this names no alert",
        ),
        (
            "    events: { from: s.ndjson }\n    expect: { alerts: [{ rule: 3 trys }] }\n",
            "`3 trys` no alert \"3 trys\" runs; did you mean \"3 tries\"?",
        ),
        (
            "    events: { from: s.ndjson }\n    expect: { alerts: [{ rule: 3 tries, via: pigeon }] }\n",
            "`pigeon` nothing is sent that way",
        ),
        (
            "    event: { a: 1 }\n    expect: { decision: dropped, fields: { Image: x } }\n",
            "`{ decision: dropped, fields: { Image: x } }` what is dropped",
        ),
    ] {
        let came = tested(body);
        assert!(came.len() == 1 && came[0].starts_with(told), "{body}\n{came:?}");
    }
}

#[test]
fn two_tests_have_two_names() {
    for expected in ["snapshot: true", "expect: { decision: kept }"] {
        let one = format!("  - name: t\n    event: {{ a: 1 }}\n    {expected}\n");
        let (cases, found) = read(SourceId(0), &format!("tests:\n{one}{one}"));
        assert!(found.len() == 1 && found[0].message.contains("have the same name"), "{found:?}");
        // Both run all the same.
        assert_eq!(cases.len(), 2);
        assert_eq!(read(SourceId(0), &format!("tests:\n{one}{}", one.replace("name: t", "name: T"))).1, []);
    }
}

#[test]
fn without_files_and_templates_what_needs_them_is_told_and_not_failed() {
    let text = format!(
        "tests:\n  - name: a\n    must_keep: s.ndjson\n  - name: b\n{}",
        tries(3, "1 s", "{ alerts: [{ rule: '3 tries', count: 1, subject_contains: x }] }")
    );
    let (came, found) = outcomes(&text, &Nothing);
    assert!(
        found.is_empty() && came.iter().all(|outcome| outcome.passed() && outcome.unchecked.len() == 1),
        "{came:?}"
    );
    assert!(came[0].unchecked[0].contains("another file") && came[1].unchecked[0].contains("templates"), "{came:?}");
}

#[test]
fn the_filter_that_came_nearest_is_shown_where_none_drops() {
    let text = format!(
        "tests:\n  - name: t\n    event: '{}'\n    expect: {{ decision: dropped }}\n",
        event(22, 0, r#""QueryName":"a.test""#)
    );
    let (came, _) = outcomes(&text, &Nothing);
    assert_eq!(came[0].differences, ["it is kept, and dropped is expected"]);
    assert!(came[0].trees[0].contains("no  QueryName ends with '.example.org'"), "{:?}", came[0].trees);
}

#[test]
fn an_observer_sees_every_event_and_may_not_ask_why() {
    struct Looks(u32, Vec<String>);
    impl Observer for Looks {
        fn asks_why(&self) -> bool {
            false
        }
        fn decided(&mut self, case: &Case, outcome: &crate::vm::Outcome) {
            self.0 += u32::from(outcome.dropped_by.is_some());
            self.1.push(case.name.clone());
        }
    }
    let (compiled, _) = crate::compile_text(RULES, &[]);
    let compiled = compiled.unwrap();
    let prepared = crate::vm::Prepared::new(compiled.module).unwrap();
    let rules = Rules { program: &compiled.program, prepared: &prepared, agent: AgentVersion::DEFAULT };
    let (cases, _) = read(SourceId(0), "tests:\n  - name: t\n    must_keep: s.ndjson\n");
    let mut looks = Looks(0, Vec::new());
    let memory = Memory(vec![("s.ndjson", sample())]);
    let outcome = Bench::new(rules, &memory).case(&cases[0], &mut looks).unwrap();
    assert_eq!((looks.0, looks.1.len(), outcome.differences.len(), outcome.trees.len()), (2, 6, 2, 0));
}

#[test]
fn stored_decisions_are_read_as_they_were_written() {
    let mut stored = snapshot::Snapshots::default();
    assert!(stored.set("a: \u{202e}b\nc", &["x:1 e: kept".to_string(), "x:2 e: dropped".to_string()]));
    assert!(stored.set("empty", &[]));
    assert!(!stored.set("empty", &[]));
    let text = stored.write();
    assert_eq!(snapshot::Snapshots::read(&text), stored, "{text}");
    assert_eq!(stored.get("a: \u{202e}b\nc").map(<[String]>::len), Some(2));
    assert_eq!(stored.stale(&["empty"]), ["a: \\u{202e}b\\nc"]);
}

#[test]
fn an_event_may_be_another_but_for_one_field() {
    let text = "tests:\n  - name: t\n    event:\n      winlog:\n        provider_name: Microsoft-Windows-Sysmon\n        event_id: '22'\n        event_data: &usual { QueryName: a.example.org, Image: x }\n    expect: { decision: dropped }\n  \
                - name: u\n    event: { winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', event_data: { <<: *usual, QueryName: a.test } } }\n    expect: { decision: kept, fields: { Image: x, QueryName: a.test } }\n";
    let (came, found) = outcomes(text, &Nothing);
    assert!(came.len() == 2 && came.iter().all(Outcome::passed) && found.is_empty(), "{came:?} {found:?}");
}
