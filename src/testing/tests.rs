//! Tests of tests: what passes, what is told of one that does not, and what is no test.

mod several;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::dialect::AgentVersion;
use crate::origin::SourceId;
use crate::yaml;

const RULES: &str = r#"
filter "dns" { if event is sysmon.dns_query and QueryName ends with '.example.org' { drop } }
classify "windows" { if Image starts with 'C:\Windows\' { tag "windows" } }
alert "mail" { if has tag "windows" and QueryName == 'bad.test' { send mail } }
"#;

/// What came of a file: a line each for what differs and what is wrong.
fn tested(text: &str) -> Vec<String> {
    tested_on(RULES, text)
}

fn tested_on(rules: &str, text: &str) -> Vec<String> {
    let (compiled, found) = crate::compile_text(rules, &[]);
    let compiled = compiled.unwrap_or_else(|| panic!("{found:?}"));
    let prepared = Prepared::new(compiled.module).unwrap();
    let rules = Rules { program: &compiled.program, prepared: &prepared, agent: AgentVersion::DEFAULT };
    let (cases, mut found) = read(SourceId(0), text);
    let (outcomes, more) = run(&cases, rules);
    found.extend(more);
    let mut told = Vec::new();
    for outcome in outcomes {
        if outcome.differences.is_empty() {
            told.push(format!("{}: passed", outcome.name));
        }
        told.extend(outcome.differences.iter().map(|difference| format!("{}: {difference}", outcome.name)));
    }
    told.extend(found.iter().map(|found| line(found, text)));
    told
}

pub(super) fn line(found: &Diagnostic, text: &str) -> String {
    let place = found.primary.origin.as_span().map_or("", |span| &text[span.start as usize..span.end as usize]);
    let place = place.lines().next().unwrap_or_default();
    format!("`{place}` {}; {}", found.message, found.help.as_deref().unwrap_or_default())
}

/// A file with one test of one event.
fn case(query: &str, image: &str, expect: &str) -> String {
    format!(
        "tests:\n  - name: t\n    event:\n      winlog:\n        provider_name: Microsoft-Windows-Sysmon\n        event_id: '22'\n        \
         event_data: {{ QueryName: '{query}', Image: '{image}' }}\n    expect: {expect}\n"
    )
}

const WINDOWS: &str = r"C:\Windows\a.exe";

#[test]
fn what_comes_as_expected_passes() {
    assert_eq!(tested(&case("a.example.org", "x", "{ decision: dropped, rule: dns }")), ["t: passed"]);
    assert_eq!(tested(&case("a.test", WINDOWS, "{ decision: kept, rule: windows, alerts: [] }")), ["t: passed"]);
    assert_eq!(tested(&case("bad.test", WINDOWS, "{ tags: [windows], alerts: [mail] }")), ["t: passed"]);
    assert_eq!(tested(&case("a.test", "x", "{ tags: [] }")), ["t: passed"]);
}

#[test]
fn what_came_otherwise_is_told_with_the_values_seen() {
    assert_eq!(tested(&case("a.test", "x", "{ decision: dropped }")), ["t: it is kept, and dropped is expected"]);
    assert_eq!(
        tested(&case("a.test", "x", "{ decision: dropped, rule: dns }")),
        [
            "t: the filter \"dns\" does nothing: `QueryName ends with '.example.org'` (QueryName is a.test) does not hold"
        ]
    );
    assert_eq!(
        tested(&case("a.example.org", "x", "{ decision: kept, tags: [x] }")),
        [concat!(
            "t: the filter \"dns\" drops it, and kept is expected: ",
            "`event is sysmon.dns_query` (Provider is Microsoft-Windows-Sysmon, EventID is 22), ",
            "`QueryName ends with '.example.org'` (QueryName is a.example.org) hold"
        )]
    );
    assert_eq!(
        tested(&case("a.test", WINDOWS, "{ tags: [other], alerts: [mail] }")),
        [
            "t: the tag \"other\" is expected, and not set",
            "t: the tag \"windows\" is set, and not expected",
            "t: the alert \"mail\" sends nothing: `QueryName == 'bad.test'` (QueryName is a.test) does not hold",
        ]
    );
    assert_eq!(
        tested(&case("a.example.org", WINDOWS, "{ rule: windows }")),
        ["t: the filter \"dns\" drops it before the classify rule \"windows\" does anything"]
    );
}

#[test]
fn what_can_never_fail_is_an_error_at_its_place() {
    let told = |text: &str| {
        let told = tested(text);
        assert_eq!(told.len(), 1, "{told:?}");
        told.into_iter().next().unwrap()
    };
    assert!(told(&case("a", "x", "{}")).starts_with("`{}` this test expects nothing; say what comes"));
    assert_eq!(told(&case("a", "x", "{ rule: dsn }")), "`dsn` no rule \"dsn\" runs; did you mean \"dns\"?");
    assert_eq!(
        told(&case("a", "x", "{ alerts: [windows] }")).split(';').next(),
        Some("`windows` no alert \"windows\" runs")
    );
    assert_eq!(
        told(&case("a", "x", "{ decison: kept }")),
        "`decison` `expect` has no key `decison`; did you mean `decision`?"
    );
    assert_eq!(told(&case("a", "x", "{ decision: keep }")), "`keep` this is no decision; write `dropped` or `kept`");
    assert!(told(&case("a", "x", "{ decision: kept, rule: dns }")).contains("is a filter"));
    assert!(told(&case("a", "x", "{ decision: dropped, rule: mail }")).contains("only a filter drops"));
    assert!(told(&case("a", "x", "{ decision: dropped, tags: [a] }")).contains("neither tags nor alerts"));
    assert!(told("").contains("holds no tests"));
    assert!(told("tests: []\n").contains("at least one test"));
    assert!(
        told("tests:\n  - name: t\n    event: {a: 1}\n    expect: {decision: kept}\n")
            .contains("this event has no `winlog`")
    );
    assert!(
        told("tests:\n  - name: t\n    event: '{\"a\": 1}'\n    expect: {decision: kept}\n")
            .contains("form that is known")
    );
    assert!(
        told("tests:\n  - name: t\n    event: [1]\n    expect: {decision: kept}\n")
            .contains("a test has one event behind `event`")
    );
    assert!(told("tests:\n  - event: {a: 1}\n    expect: {decision: kept}\n").contains("has no `name`"));
    assert!(told("tests: [\n").starts_with('`'));
    assert!(told("- a\n").contains("a test file is written as a mapping"));
}

#[test]
fn a_test_with_a_fault_leaves_the_others_running() {
    let text =
        case("a.test", "x", "{ decision: kept }") + "  - name: other\n    event: 1\n    expect: { decision: kept }\n";
    let told = tested(&text);
    assert_eq!((told.len(), told[0].as_str()), (2, "t: passed"));
}

/// A wrong key hides nothing: what else is wrong is told with it, and what is right runs.
#[test]
fn a_wrong_key_hides_nothing_else() {
    let twice = |key: &str, line: usize| {
        format!(
            "`{key}` the key `{key}` stands twice in one mapping, first in line {line}; a mapping holds a key once; keep the one that is \
             meant, or make a list of both values"
        )
    };
    let text = "tests:\n  - name: reads\n    event: { winlog: { event_id: '22' } }\n    expect: { decision: kept }\n\
        \x20 - name: two names\n    name: again\n    event: 1\n    expect: { decision: keep, tags: windows }\n\
        \x20 - name: a misspelt key\n    evnt: { a: 1 }\n    expect: { rul: dns, decision: keep }\n\
        \x20 - name: a field twice\n    event: { winlog: { event_id: '22', event_id: '1' } }\n    expect: { decision: kept }\n\
        test: []\ntests:\n  - name: below the second\n    event: { winlog: { event_id: '22' } }\n    expect: { rule: dsn }\n";
    assert_eq!(
        tested(text),
        [
            "reads: passed",
            twice("name", 5).as_str(),
            &twice("event_id", 13),
            &twice("tests", 1),
            "`test` a test file has no key `test`; did you mean `tests`?",
            "`1` a test has one event behind `event`; write its fields below `event:`, or the record itself as a text behind `event: |`; \
             several are `events:`",
            "`keep` this is no decision; write `dropped` or `kept`",
            "`windows` tags are a list; write each behind a dash, or `[]` for none",
            "`evnt` a test has no key `evnt`; did you mean `event`?",
            "`rul` `expect` has no key `rul`; did you mean `rule`?",
            "`keep` this is no decision; write `dropped` or `kept`",
            "`dsn` no rule \"dsn\" runs; did you mean \"dns\"?",
        ]
    );
    // Wherever it is named: a mapping with a doubled key is no event, nor is what it is merged into.
    let merged = "tests:\n  - name: a\n    event: &a { winlog: { event_id: '22' }, x: 1, x: 2 }\n    expect: { decision: kept }\n\
        \x20 - name: b\n    event: { <<: *a, y: 1 }\n    expect: { decision: kept }\n";
    assert_eq!(tested(merged), [twice("x", 3)]);
}

#[test]
fn a_record_as_text_is_an_event_too_and_several_are_none() {
    let xml = "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Sysmon\"/>\
               <EventID>22</EventID><Channel>Microsoft-Windows-Sysmon/Operational</Channel></System><EventData>\
               <Data Name=\"QueryName\">a.example.org</Data></EventData></Event>";
    let of = |event: &str| {
        format!("tests:\n  - name: t\n    event: |\n      {event}\n    expect: {{ decision: dropped }}\n")
    };
    assert_eq!(tested(&of(xml)), ["t: passed"]);
    let twice = format!("{xml}\n      {xml}");
    assert!(tested(&of(&twice))[0].contains("several events"), "{:?}", tested(&of(&twice)));
}

#[test]
fn hostile_files_are_told_and_trap_nothing() {
    let deep = format!("tests: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let event = format!(
        "tests:\n  - name: t\n    event: {}1{}\n    expect: {{decision: kept}}\n",
        "{a: ".repeat(60),
        "}".repeat(60)
    );
    let bomb = "a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\ntests: *c\n";
    for text in [
        deep.as_str(),
        &event,
        bomb,
        "\u{0}",
        "tests: &a [*a]",
        "? [a]\n: b\n",
        "---\n---\n",
        "{1: 2}",
        "tests: {\"\": }",
        "tests:\n  - name: t\n    events: [{times: 99999999999999999999, event: {a: 1}}]\n    expect: {decision: kept}\n",
        "tests:\n  - name: t\n    events: [{times: 2, every: 99999999999999999999 days, event: {'@timestamp': '2025-01-01'}}]\n    expect: {decision: kept}\n",
        "tests:\n  - name: t\n    events: [{times: 9, every: 99999 days, event: {'@timestamp': '2025-01-01', winlog: {event_id: 1}}}]\n    expect: {decision: kept}\n",
        "tests:\n  - name: t\n    events: &a [*a]\n    expect: {decision: kept}\n",
        "tests:\n  - name: t\n    must_keep: [{from: [a]}]\n",
        "tests:\n  - name: t\n    event: {<<: 3}\n    expect: {decision: kept}\n",
        "tests:\n  - name: t\n    event: {a: 1}\n    expect: {budget: {dropped: at least 99999999999999999999 %}}\n",
        "tests:\n  - name: t\n    event: {a: 1}\n    expect: {alerts: [{rule: mail, key: {a: [b]}}]}\n",
    ] {
        let told = tested(text);
        assert!(!told.is_empty() && told.iter().all(|line| !line.ends_with("passed")), "{told:?}");
    }
    assert!(yaml::read(&deep).is_err());
}

/// A misspelt name in an event is seen by no rule, and the test would pass for the wrong reason.
#[test]
fn a_name_that_the_event_does_not_have_is_told() {
    let of = |winlog: &str| {
        tested(&format!(
            "tests:\n  - name: t\n    event: {{ winlog: {{ {winlog} }} }}\n    expect: {{ decision: kept }}\n"
        ))
    };
    let dns = "provider_name: Microsoft-Windows-Sysmon, event_id: '22'";
    assert_eq!(
        of(&format!("{dns}, event_data: {{ QueryNmae: a, Imgae: b, image: c }}")),
        [
            "`QueryNmae` an event sysmon.dns_query has no field `QueryNmae`; did you mean `QueryName`?",
            "`Imgae` an event sysmon.dns_query has no field `Imgae`; did you mean `Image`?",
            "`image` an event sysmon.dns_query has no field `image`; did you mean `Image`?",
        ]
    );
    // Another event's field, and one of no event.
    assert_eq!(
        of(&format!("{dns}, event_data: {{ ParentImage: a }}")),
        [
            "`ParentImage` an event sysmon.dns_query has no field `ParentImage`; its fields are RuleName, UtcTime, ProcessGuid, ProcessId, \
          QueryName, QueryStatus, QueryResults, Image, User"
        ]
    );
    assert!(of(&format!("{dns}, event_data: {{ Whatever: a }}"))[0].contains("has no field `Whatever`"));
    // Around the data, what is near to a known name.
    assert_eq!(
        of(&format!("{dns}, computer_nme: a, event_dta: {{ QueryName: x }}")),
        [
            "`computer_nme` no event has a field `winlog.computer_nme`; did you mean `winlog.computer_name`?",
            "`QueryName` no event has a field `winlog.event_dta.QueryName`; did you mean `winlog.event_data.QueryName`?",
        ]
    );
    assert!(
        of("provider_nam: Microsoft-Windows-Sysmon, event_id: '22'")[0]
            .contains("did you mean `winlog.provider_name`?")
    );
    let varied = "tests:\n  - name: t\n    events:\n      - vary: { winlog.event_data.Imagee: [a, b] }\n        event:\n          winlog:\n            \
        provider_name: Microsoft-Windows-Sysmon\n            event_id: '22'\n            event_data: { Imagee: a }\n    expect: { decision: kept }\n";
    assert_eq!(tested(varied), ["`Imagee` an event sysmon.dns_query has no field `Imagee`; did you mean `Image`?"]);
}

/// What keeps every rule from knowing an event: the test would pass whatever the rules are.
#[test]
fn an_event_that_no_rule_knows_is_told_with_the_way_out() {
    let of = |event: &str| {
        let told =
            tested(&format!("tests:\n  - name: t\n    event: {{ {event} }}\n    expect: {{ decision: kept }}\n"));
        assert_eq!(told.len(), 1, "{told:?}");
        told.into_iter().next().unwrap()
    };
    let dns = "event_data: { QueryName: a.test }";
    assert_eq!(
        of(&format!("winlog: {{ event_id: '22', {dns} }}")).split_once("` ").map(|(_, told)| told),
        Some(
            "this event does not say from whom it comes, so no rule on Sysmon's events sees it; write `provider_name: \
             Microsoft-Windows-Sysmon` below `winlog:`"
        )
    );
    assert_eq!(
        of(&format!("winlog: {{ provider: Microsoft-Windows-Sysmon, event_id: '22', {dns} }}")),
        "`provider` Winlogbeat sends no `provider` below `winlog`, and no rule reads it; did you mean `provider_name`?"
    );
    for near in ["Microsoft-Windows-Sysmom", "Sysmon", "microsoft-windows-sysmon/operational"] {
        assert_eq!(
            of(&format!("winlog: {{ provider_name: {near}, event_id: '22', {dns} }}")),
            format!(
                "`provider_name` `{near}` is not Sysmon, so no rule on its events sees this one; did you mean `Microsoft-Windows-Sysmon`?"
            )
        );
    }
    let sysmon = "provider_name: Microsoft-Windows-Sysmon";
    assert_eq!(
        of(&format!("winlog: {{ {sysmon}, event_id: '222', {dns} }}")),
        "`event_id` Sysmon has no event `222`; write the id of one that it has; an event of a newer Sysmon can stand here as a record, \
         behind `event: |`"
    );
    assert_eq!(
        of(&format!("winlog: {{ {sysmon}, event_id: dns_query, {dns} }}")),
        "`event_id` Sysmon has no event `dns_query`; write its number: `event_id: '22'`"
    );
    assert!(of(&format!("winlog: {{ {sysmon}, {dns} }}")).contains("has no id"));
    assert_eq!(
        of(&format!("winlog: {{ {sysmon}, event_id: '22' }}, {dns}")),
        "`QueryName` `event_data` stands beside `winlog`, where no rule looks for it; indent it, so that it stands below `winlog:`"
    );
    assert_eq!(
        of(&format!("winlog: {{ {sysmon}, event_id: '22', Image: x }}")),
        "`Image` Winlogbeat sends no `Image` below `winlog`, and no rule reads it; write it below `event_data:`, where Sysmon's fields stand"
    );
    assert_eq!(
        of(&format!("'@timestamp': yesterday, winlog: {{ {sysmon}, event_id: '22', {dns} }}")),
        "`yesterday` this is no time; write it as in '2025-03-04T07:00:00Z'"
    );
}

/// Sysmon's data are texts, and `0x1400` is not 5120.
#[test]
fn what_stands_below_the_data_is_the_text_that_is_written() {
    let rules = r#"classify "a" { if strictly winlog.event_data.GrantedAccess == '0x1400' and Initiated == 'true' { tag "x" } }"#;
    let of = |data: &str| {
        let text = format!(
            "tests:\n  - name: t\n    event: {{ winlog: {{ provider_name: Other, event_id: '1', {data} }} }}\n    expect: {{ tags: [x] }}\n"
        );
        tested_on(rules, &text)
    };
    assert_eq!(of("event_data: { GrantedAccess: 0x1400, Initiated: true }"), ["t: passed"]);
    assert_ne!(of("event_data: { GrantedAccess: 5120, Initiated: true }"), ["t: passed"]);
    let varied = "tests:\n  - name: t\n    events:\n      - vary: { winlog.event_data.GrantedAccess: [0x1400, '0x1400'] }\n        event: \
                  { winlog: { provider_name: Other, event_id: '1', event_data: { GrantedAccess: 1, Initiated: true } } }\n    expect: { tags: [x] }\n";
    assert_eq!(tested_on(rules, varied), ["t: passed"]);
}

#[test]
fn names_of_other_products_are_left_alone() {
    let passes = |event: &str| {
        let told = tested(&format!("tests:\n  - name: t\n    event: {event}\n    expect: {{ decision: kept }}\n"));
        assert_eq!(told, ["t: passed"], "{event}");
    };
    // Another provider's event, fields of agents and pipelines, an event in another form, a record as text.
    passes(
        "{ winlog: { provider_name: Microsoft-Windows-Security-Auditing, event_id: '22', event_data: { Imgae: x } } }",
    );
    passes(
        "{ winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', api: wineventlog, process: { pid: 4, thread: { id: 8 } }, \
         user: { identifier: S-1-5-18, type: User }, event_data: { QueryName: a } }, host: { nam: a }, msg: { imgae: x }, Imgae: x }",
    );
    passes(
        "{ Event: { System: { Provider: { '#attributes': { Name: Microsoft-Windows-Sysmon } }, EventID: 22 }, EventData: { Image: x } } }",
    );
    passes(
        "'{\"winlog\":{\"provider_name\":\"Microsoft-Windows-Sysmon\",\"event_id\":\"22\",\"event_data\":{\"Imgae\":\"x\"}}}'",
    );
    // Another channel without a provider, another provider's own names, no data at all, times as agents write them.
    passes("{ winlog: { channel: Security, event_id: '4688', event_data: { NewProcessName: x } } }");
    passes("{ winlog: { provider_name: Other, event_id: x, whatever: y } }");
    passes("{ winlog: { event_id: '22' } }");
    passes("{ winlog: { provider_name: Linux-Sysmon-Copy, event_id: '22', event_data: { QueryName: a } } }");
    passes(
        "{ '@timestamp': 2025-03-04T07:00:00.123Z, winlog: { channel: Microsoft-Windows-Sysmon/Operational, event_id: 22, event_data: { Image: a } } }",
    );
    // What a rule asks for may stand in an event of another kind: else nothing would show that the rule asks for the kind.
    let terminated = "{ winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '5', event_data: { QueryName: a.example.org } } }";
    passes(terminated);
    // A rule that asks for a name makes it one.
    let rules = "alert \"a\" { if PluginVerdict == 'bad' { tag \"x\" } }";
    let text = "tests:\n  - name: t\n    event: { winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', \
                event_data: { PluginVerdict: bad } } }\n    expect: { tags: [x] }\n";
    assert_eq!(tested_on(rules, text), ["t: passed"]);
}
