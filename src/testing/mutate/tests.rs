//! Tests of mutants: small rules whose mutants are known by hand.

mod members;

use super::*;
use crate::ast::Definition;
use crate::blockly::Registry;
use crate::dialect::AgentVersion;
use crate::ir::Program;
use crate::origin::{SourceId, Sources};
use crate::source;
use crate::testing::{Bench, Case, Nothing, Rules, read};
use crate::vm::Prepared;

struct Compiled {
    program: Program,
    prepared: Prepared,
    sources: Sources,
    definitions: Vec<Definition>,
}

fn compiled(text: &str) -> Compiled {
    let (compiled, found) = crate::compile_text(text, &[]);
    let compiled = compiled.unwrap_or_else(|| panic!("{found:?}"));
    let mut sources = Sources::default();
    let source = sources.add("a.rule", text);
    let definition = source::parse(&mut sources, source, text, &Registry::default()).definition;
    let prepared = Prepared::new(compiled.module).unwrap();
    Compiled { program: compiled.program, prepared, sources, definitions: vec![definition] }
}

fn cases(text: &str) -> Vec<Case> {
    let (cases, found) = read(SourceId(0), text);
    assert!(found.is_empty(), "{found:?}");
    cases
}

fn case(name: &str, id: u32, data: &str, expect: &str) -> String {
    format!(
        "  - {{ name: {name}, event: {{ winlog: {{ provider_name: Microsoft-Windows-Sysmon, event_id: '{id}', event_data: {{ {data} }} }} }}, expect: {{ {expect} }} }}\n"
    )
}

/// Of each mutant: its label, and the name of the test that notices; or the test that would.
fn judged(rules: &str, tests: &str) -> Vec<(String, Result<String, Option<String>>)> {
    let of = compiled(rules);
    let rules = Rules { program: &of.program, prepared: &of.prepared, agent: AgentVersion::DEFAULT };
    let all = cases(tests);
    let cases: Vec<&Case> = all.iter().collect();
    let bench = Bench::new(rules, &Nothing);
    let (outcomes, found) = bench.run(&all, &mut crate::testing::Unobserved);
    assert!(found.is_empty() && outcomes.iter().all(|outcome| outcome.passed()), "{found:?} {outcomes:?}");
    let judge = Judge::new(&bench, &of.sources, &cases);
    let suggester = Suggester::new(&bench, &of.sources, &cases);
    let mut memo = Memo::default();
    let mut told = Vec::new();
    for mutant in mutants(&of.program, &of.definitions, |_| true).mutants {
        let came = match judge.verdict(&mutant, &mut memo) {
            Verdict::Equal => continue,
            Verdict::Killed(by) => Ok(cases[by].name.clone()),
            Verdict::Survives(ready) => Err(suggester.suggest(&mutant, &ready.0, &ready.1, &mut memo)),
        };
        told.push((mutant.label(), came));
    }
    told
}

const RULE: &str = "filter \"f\" {
    if event is sysmon.dns_query and QueryName ends with '.example.org' and Image cased == 'C:\\a.exe' {
        drop
    }
}
";

#[test]
fn each_change_that_a_test_shows_is_noticed_and_the_others_come_with_a_test_that_would() {
    let one = case("it goes", 22, "QueryName: b.example.org, Image: 'C:\\a.exe'", "decision: dropped");
    let few = format!("tests:\n{one}");
    let told = judged(RULE, &few);
    let noticed: Vec<&str> = told.iter().filter(|(_, came)| came.is_ok()).map(|(label, _)| label.as_str()).collect();
    assert_eq!(
        noticed,
        [
            "negate: event is sysmon.dns_query -> not event is sysmon.dns_query",
            "negate: QueryName ends with '.example.org' -> not QueryName ends with '.example.org'",
            "negate: Image cased == 'C:\\a.exe' -> not Image cased == 'C:\\a.exe'",
            "drop: drop",
        ]
    );
    // Each suggestion holds what it promises: put behind the others, the change is noticed.
    for (label, came) in told.iter().filter(|(_, came)| came.is_err()) {
        let suggested = came.as_ref().unwrap_err().as_ref().unwrap_or_else(|| panic!("no test for {label}"));
        let more = format!("{few}{}", suggested.strip_prefix("tests:\n").unwrap());
        let after = judged(RULE, &more);
        assert!(after.iter().any(|(other, came)| other == label && came.is_ok()), "{label}\n{suggested}");
    }
}

#[test]
fn tests_that_show_everything_leave_no_mutant() {
    let tests = [
        case("it goes", 22, "QueryName: b.example.org, Image: 'C:\\a.exe'", "decision: dropped"),
        case("another event", 23, "QueryName: b.example.org, Image: 'C:\\a.exe'", "decision: kept"),
        case("another name", 22, "QueryName: b.example.com, Image: 'C:\\a.exe'", "decision: kept"),
        case("only in the middle", 22, "QueryName: b.example.org.com, Image: 'C:\\a.exe'", "decision: kept"),
        case("a name that only ends like it", 22, "QueryName: bexample.org, Image: 'C:\\a.exe'", "decision: kept"),
        case("another program", 22, "QueryName: b.example.org, Image: 'C:\\b.exe'", "decision: kept"),
        case("in capitals", 22, "QueryName: b.example.org, Image: 'C:\\A.exe'", "decision: kept"),
        case("more behind it", 22, "QueryName: b.example.org, Image: 'C:\\a.exe.exe'", "decision: kept"),
    ];
    let told = judged(RULE, &format!("tests:\n{}", tests.concat()));
    let left: Vec<_> = told.iter().filter(|(_, came)| came.is_err()).collect();
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(told.len(), 12, "{told:#?}");
}

#[test]
fn thresholds_are_noticed_by_tests_of_several_events() {
    let rule = "alert \"a\" { if event is sysmon.dns_query { when 3 events within 1 minute by Image { send mail } } }";
    let times = |name: &str, times: u32, expect: &str| {
        format!(
            "  - name: {name}\n    events: [{{ times: {times}, every: 1 second, event: {{ '@timestamp': '2025-03-04T09:00:00Z', winlog: {{ provider_name: Microsoft-Windows-Sysmon, event_id: '22', event_data: {{ Image: a }} }} }} }}]\n    expect: {{ {expect} }}\n"
        )
    };
    let survive = |tests: &str| -> Vec<String> {
        let survivors = judged(rule, tests).into_iter().filter(|(_, came)| came.is_err()).map(|(label, _)| label);
        survivors.filter(|label| label.starts_with("threshold")).collect()
    };
    let enough = times("enough", 3, "alerts: [{ rule: a, count: 1 }]");
    let one_less = "threshold: when 3 events within 1 minute by Image -> when 2 events within 1 minute by Image";
    assert_eq!(survive(&format!("tests:\n{enough}")), [one_less]);
    let suggested = judged(rule, &format!("tests:\n{enough}"));
    let test = suggested.iter().find_map(|(_, came)| came.as_ref().err()).and_then(Option::as_ref).expect("a test");
    assert_eq!(survive(&format!("tests:\n{enough}{}", test.strip_prefix("tests:\n").unwrap())), Vec::<String>::new());
    assert_eq!(survive(&format!("tests:\n{enough}{}", times("few", 2, "alerts: []"))), Vec::<String>::new());
}

#[test]
fn stored_decisions_notice_what_no_expectation_does() {
    let expected = case("it goes", 22, "QueryName: b.example.org, Image: 'C:\\a.exe'", "decision: dropped");
    let stored = case("stored", 22, "QueryName: b.example.com, Image: 'C:\\a.exe'", "decision: kept")
        .replace("expect: { decision: kept }", "snapshot: true");
    let told = judged(RULE, &format!("tests:\n{expected}{stored}"));
    let by = told.iter().find(|(label, _)| label == "leave-out: QueryName ends with '.example.org'");
    assert_eq!(by.and_then(|(_, came)| came.as_ref().ok()).map(String::as_str), Some("stored"));
}

#[test]
fn labels_keep_both_ends_and_what_reads_the_same_is_told_apart() {
    let long = (0..40).map(|at| format!("'name-{at}'")).collect::<Vec<_>>().join(", ");
    let rule = format!(
        "filter \"f\" {{ if event is sysmon.dns_query and (QueryName in [{long}] or Image == 'a' or Image == 'a') {{ drop }} }}"
    );
    let of = compiled(&rule);
    let all = mutants(&of.program, &of.definitions, |_| true).mutants;
    let mut labels: Vec<String> = all.iter().map(Mutant::label).collect();
    let count = labels.len();
    labels.sort();
    labels.dedup();
    assert_eq!(labels.len(), count);
    let widened = labels.iter().find(|label| label.starts_with("widen: QueryName in [")).unwrap();
    assert!(widened.contains(" -> QueryName contains any [") && widened.ends_with("'name-39']"), "{widened}");
}

#[test]
fn a_list_says_what_is_wrong_with_its_entries() {
    let of = |text: &str| {
        let (listed, found) = read_listed(SourceId(0), text);
        (listed.len(), found.into_iter().map(|found| found.message).collect::<Vec<_>>())
    };
    let good = "mutants:\n  - { rule: a, mutant: 'drop: drop', reason: no event can show it }\n";
    assert_eq!(of(good), (1, Vec::new()));
    assert_eq!(of("mutants:\n  - { rule: a, mutant: b }\n").1, ["a listed mutant has a rule, a mutant and a reason"]);
    assert_eq!(of("mutants:\n  - { rule: a, mutant: b, reason: '' }\n").1, ["`reason` is a text"]);
    assert_eq!(of("mutants:\n  - { rule: a, mutant: b, reazon: c }\n").1, ["a listed mutant has no key `reazon`"]);
    assert_eq!(of("mutants: []\n").1, ["`mutants` is a list with at least one entry"]);
    assert_eq!(of("other: 1\n").1, ["a list of mutants has one key, `mutants`"]);
    assert_eq!(of("mutants: [\n").0, 0);
}

#[test]
fn a_window_of_different_values_has_a_test_too_and_a_long_one_none() {
    let rule = |least: u32| {
        format!(
            "alert \"a\" {{ if event is sysmon.network_connect {{ when {least} distinct DestinationIp within 5 minutes by Computer {{ send mail }} }} }}"
        )
    };
    let one = case("one", 3, "DestinationIp: 10.0.0.1", "alerts: []");
    let thresholds = |least: u32| -> Vec<bool> {
        let told = judged(&rule(least), &format!("tests:\n{one}"));
        let of = told.into_iter().filter(|(label, _)| label.starts_with("threshold"));
        of.map(|(_, came)| came.is_err_and(|test| test.is_some())).collect()
    };
    assert_eq!(thresholds(4), [true, true]);
    assert_eq!(thresholds(1000), [false, false]);
}

/// Labels of the mutants of what is counted, remembered and suppressed.
fn counts(rule: &str) -> Vec<String> {
    let of = compiled(rule);
    let all = mutants(&of.program, &of.definitions, |_| true).mutants;
    let is = |mutant: &&Mutant| {
        matches!(mutant.change, Change::Threshold | Change::Window | Change::Key | Change::Distinct | Change::Order)
            || mutant.before.starts_with("suppress")
    };
    all.iter().filter(is).map(Mutant::label).collect()
}

#[test]
fn what_is_counted_and_suppressed_is_changed_one_step_at_a_time() {
    let rule = "alert \"a\" {
    suppress for 1 hour by Computer, Image
    if event is sysmon.network_connect {
        when 10 distinct DestinationIp within 5 minutes by Computer, Image {
            send mail
        }
    }
}
";
    assert_eq!(
        counts(rule),
        [
            "drop: suppress for 1 hour",
            "window: suppress for 1 hour -> suppress for 30 minutes",
            "window: suppress for 1 hour -> suppress for 2 hours",
            "key: suppress for 1 hour by Computer, Image -> not by Computer",
            "key: suppress for 1 hour by Computer, Image -> not by Image",
            "threshold: when 10 distinct DestinationIp within 5 minutes by Computer, Image -> when 9 distinct DestinationIp within 5 minutes by Computer, Image",
            "threshold: when 10 distinct DestinationIp within 5 minutes by Computer, Image -> when 11 distinct DestinationIp within 5 minutes by Computer, Image",
            "distinct: when 10 distinct DestinationIp within 5 minutes by Computer, Image -> when 10 events within 5 minutes by Computer, Image",
            "window: when 10 distinct DestinationIp within 5 minutes by Computer, Image -> when 10 distinct DestinationIp within 150 seconds by Computer, Image",
            "window: when 10 distinct DestinationIp within 5 minutes by Computer, Image -> when 10 distinct DestinationIp within 10 minutes by Computer, Image",
            "key: when 10 distinct DestinationIp within 5 minutes by Computer, Image -> not by Computer",
            "key: when 10 distinct DestinationIp within 5 minutes by Computer, Image -> not by Image",
        ]
    );
    // The usual key of `suppress` is not its author's.
    let usual = counts("alert \"a\" { suppress for 1 hour if event is sysmon.dns_query { send mail } }");
    assert!(usual.len() == 3 && usual.iter().all(|label| !label.starts_with("key")), "{usual:?}");
}

#[test]
fn steps_and_what_is_remembered_are_changed_too() {
    let steps = "alert \"a\" { when in order { step event is sysmon.dns_query step event is sysmon.network_connect } within 1 minute by Computer { send mail } }";
    let remembered = "alert \"a\" {
    if event is sysmon.dns_query {
        remember \"seen\" for 10 minutes by Computer, Image
    } else if event is sysmon.network_connect and remembered \"seen\" at least 2 times by Computer, Image {
        send mail
    }
}
";
    assert_eq!(
        counts(steps),
        [
            "order: when 2 steps in order within 1 minute by Computer -> when 2 steps in any order within 1 minute by Computer",
            "window: when 2 steps in order within 1 minute by Computer -> when 2 steps in order within 30 seconds by Computer",
            "window: when 2 steps in order within 1 minute by Computer -> when 2 steps in order within 2 minutes by Computer",
            "key: when 2 steps in order within 1 minute by Computer -> not by Computer",
        ]
    );
    assert_eq!(
        counts(remembered).iter().filter(|label| !label.starts_with("threshold")).collect::<Vec<_>>(),
        [
            "window: remember \"seen\" for 10 minutes -> remember \"seen\" for 5 minutes",
            "window: remember \"seen\" for 10 minutes -> remember \"seen\" for 20 minutes",
            "key: remember \"seen\" for 10 minutes by Computer, Image -> not by Computer",
            "key: remember \"seen\" for 10 minutes by Computer, Image -> not by Image",
        ]
    );
    let event = |at: &str, id: u32, image: &str| {
        format!(
            "{{ '@timestamp': '2025-03-04T09:{at}Z', winlog: {{ provider_name: Microsoft-Windows-Sysmon, event_id: '{id}', computer_name: ws01, event_data: {{ Image: {image} }} }} }}"
        )
    };
    let noticed = |events: [String; 3], expect: &str| -> Vec<String> {
        let tests = format!("tests:\n  - name: t\n    events: [{}]\n    expect: {{ {expect} }}\n", events.join(", "));
        let told =
            judged(remembered, &tests).into_iter().filter(|(label, came)| came.is_ok() && !label.starts_with("negate"));
        told.map(|(label, _)| label).filter(|label| label.starts_with("window") || label.starts_with("key")).collect()
    };
    let after = |at: &str, image: &str| [event("00:00", 22, "a"), event("00:01", 22, "a"), event(at, 3, image)];
    // What is left out of the one key is left out of the other: the keys still are the same.
    assert_eq!(
        noticed(after("00:02", "b"), "alerts: []"),
        ["key: remember \"seen\" for 10 minutes by Computer, Image -> not by Image"]
    );
    assert_eq!(
        noticed(after("07:30", "a"), "alerts: [a]"),
        ["window: remember \"seen\" for 10 minutes -> remember \"seen\" for 5 minutes"]
    );
    assert_eq!(
        noticed(after("15:00", "a"), "alerts: []"),
        ["window: remember \"seen\" for 10 minutes -> remember \"seen\" for 20 minutes"]
    );
}

#[test]
fn each_count_that_nobody_notices_has_a_test_that_would() {
    let one = case("one", 3, "DestinationIp: 10.0.0.1, Image: a", "alerts: []");
    let counted = "alert \"a\" { if event is sysmon.network_connect { when 3 distinct DestinationIp within 5 minutes by Computer, Image { send mail } } }";
    let quiet = "alert \"a\" { suppress for 1 hour by Computer, Image if event is sysmon.network_connect and DestinationPort == 445 { send mail } }";
    for (rule, all) in [(counted, 7), (quiet, 5)] {
        let told = judged(rule, &format!("tests:\n{one}"));
        let is = |label: &str| counts(rule).iter().any(|counted| counted == label);
        let of: Vec<_> = told.iter().filter(|(label, came)| is(label) && came.is_err()).collect();
        assert_eq!(of.len(), all, "{told:#?}");
        for (label, came) in of {
            let suggested = came.as_ref().unwrap_err().as_ref().unwrap_or_else(|| panic!("no test for {label}"));
            let after = judged(rule, &format!("tests:\n{one}{}", suggested.strip_prefix("tests:\n").unwrap()));
            assert!(after.iter().any(|(other, came)| other == label && came.is_ok()), "{label}\n{suggested}");
        }
    }
}

/// Each mutant that no test notices comes with a test, and that one notices it; but for those whose label begins so.
fn all_suggested(rules: &str, few: &str, but: &[&str]) {
    let told = judged(rules, few);
    let left: Vec<_> = told.iter().filter(|(_, came)| came.is_err()).collect();
    assert!(left.len() > 3, "{told:#?}");
    let mut more = few.to_string();
    for (label, came) in left {
        match came.as_ref().unwrap_err() {
            Some(test) => more.push_str(test.strip_prefix("tests:\n").unwrap()),
            None => assert!(but.iter().any(|but| label.starts_with(but)), "no test for {label}"),
        }
    }
    let after = judged(rules, &more);
    let is_left =
        |(label, came): &&(String, Result<_, _>)| came.is_err() && !but.iter().any(|but| label.starts_with(but));
    let left: Vec<_> = after.iter().filter(is_left).collect();
    assert!(left.is_empty(), "{left:#?}\n{more}");
}

fn nothing() -> String {
    format!("tests:\n{}", case("nothing", 5, "Image: a", "decision: kept"))
}

#[test]
fn where_one_way_is_closed_another_is_found() {
    // The first alternative never holds beside the last condition; and a test that fails leaves those behind it unasked.
    let rule = "filter \"f\" {
    if event is sysmon.image_load
       and (ImageLoaded == 'D:\\other.dll' or User == 'CORP\\alice')
       and folder of ImageLoaded == 'C:\\Windows\\System32\\'
       and file name of ImageLoaded not in ['comsvcs.dll', 'dbghelp.dll']
       and Signed == true
       and SignatureStatus == 'Valid' {
        drop
    }
}
";
    all_suggested(
        rule,
        &nothing(),
        &["leave-out: ImageLoaded == 'D:", "negate: ImageLoaded == 'D:", "widen: ImageLoaded == 'D:"],
    );
    // What stands before ends the rule for some.
    let rule = "filter \"f\" {
    if Image ends with '\\lsass.exe' { keep }
    if event is sysmon.process_create and Image starts with 'C:\\Windows\\' { drop }
}
";
    all_suggested(rule, &nothing(), &[]);
}

#[test]
fn what_a_tag_decides_is_shown_by_an_event_that_gets_it() {
    let rule = "classify \"c\" { if event is sysmon.pipe_created and PipeName starts with '\\evil' { tag \"odd\" } }
alert \"a\" { if has tag \"odd\" and User == 'CORP\\alice' { send mail } }
";
    all_suggested(rule, &nothing(), &[]);
}

#[test]
fn a_condition_beside_a_window_comes_with_a_test_of_several_events() {
    let counted = "alert \"a\" {
    suppress for 1 hour by Computer
    if event is sysmon.process_create and Image ends with '\\cmd.exe' and not User contains 'SYSTEM' {
        when 3 events within 10 minutes by Computer, Image {
            if CommandLine contains '/c' {
                send mail
            }
        }
    }
}
";
    all_suggested(counted, &nothing(), &[]);
    let steps = "alert \"a\" {
    if event is sysmon.network_connect or event is sysmon.dns_query {
        when in order {
            step event is sysmon.dns_query and QueryName ends with '.example.org'
            step event is sysmon.network_connect and DestinationPort == 445
        } within 1 minute by Computer {
            send mail
            send webhook
        }
    }
}
";
    // What no step takes, and what steps ask themselves.
    all_suggested(steps, &nothing(), &["negate: event is", "leave-out: event is", "and-or: event is"]);
    let remembered = "alert \"a\" {
    if event is sysmon.file_create {
        remember \"seen\" for 10 minutes by Computer, Image
    } else if event is sysmon.image_load and remembered \"seen\" at least 2 times by Computer, Image and Signed == false {
        send mail
    }
}
";
    all_suggested(remembered, &nothing(), &[]);
}

#[test]
fn suggested_values_belong_to_their_fields() {
    let rule = "filter \"f\" { if event is sysmon.network_connect and Image starts with 'C:\\Tools\\' and DestinationIp in [10.0.0.0/8] and DestinationPort >= 1024 { drop } }";
    let told = judged(rule, &nothing());
    let tests: Vec<&String> = told.iter().filter_map(|(_, came)| came.as_ref().err()?.as_ref()).collect();
    assert!(tests.len() >= 10, "{told:#?}");
    let of = |field: &str| {
        let lines = tests.iter().flat_map(|test| test.lines()).filter_map(|line| line.trim().strip_prefix(field));
        lines.map(|value| value.trim_matches([':', ' ', '\'']).to_string()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(of("DestinationPort").into_iter().collect::<Vec<_>>(), ["1023", "1024"]);
    assert_eq!(of("DestinationIp").into_iter().collect::<Vec<_>>(), ["10.0.0.1", "192.0.2.1"]);
    assert_eq!(
        of("Image").into_iter().collect::<Vec<_>>(),
        ["C:\\Tools2\\tool.exe", "C:\\Tools\\tool.exe", "\\\\?\\C:\\Tools\\tool.exe"]
    );
}
