//! The condition that a query becomes, asked of random events by the engine, chooses exactly the events that the query counts.

use proptest::prelude::*;

use super::*;

const FIELDS: [&str; 12] = [
    "Image",
    "User",
    "CommandLine",
    "ProcessId",
    "ProcessGuid",
    "ParentProcessGuid",
    "RuleName",
    "Hashes",
    "DestinationIp",
    "Odd",
    "UtcTime",
    "TargetFilename",
];
/// What else a term can ask for.
const OTHERS: [&str; 16] = [
    "msg.group",
    "msg.username",
    "msg.image",
    "msg.action",
    "msg.technique",
    "msg.rulename",
    "msg.odd",
    "msg.hash_sha256",
    "hash SHA256",
    "any processguid",
    "@tag",
    "@event",
    "@host",
    "EventID",
    "msg.targetfilename",
    "winlog.event_data.Image",
];
const VALUES: [&str; 24] = [
    "",
    "-",
    "a",
    "A",
    "ab",
    "aB",
    "k",
    "\u{212a}",
    "ß",
    "É",
    "é",
    r"C:\a\b.exe",
    r"c:\A\B.EXE",
    "1",
    "01",
    "0x1",
    "true",
    "*",
    "technique_id=T1055,technique_name=x",
    "T1055",
    "10.0.0.1",
    "{0000-1}",
    "2024-01-31 10:00:00.000",
    "SHA256=E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
];
const MORE_VALUES: [&str; 12] = [
    "suspicious",
    "security",
    "forensic",
    "sysmon.process_create",
    "sysmon.file_create",
    "sysmon.dns_query",
    "999",
    "4624",
    "host1",
    "HOST2",
    "Process Create",
    "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];
const CONDITIONS: [&str; 9] = [
    "",
    "",
    "Image contains 'a'",
    "not User exists",
    "has tag 'suspicious' or ProcessId == 1",
    "msg.group == 'forensic'",
    "msg.technique exists and not Image == 'a'",
    "event is sysmon.process_create",
    "any field contains 'ab'",
];

fn text(value: &str) -> String {
    serde_json::to_string(value).unwrap()
}

fn value() -> impl Strategy<Value = String> {
    let one = || prop::sample::select(&VALUES[..]);
    prop_oneof![
        8 => one().prop_map(text),
        // An empty list is there, and has no value: `exists` and a board see it otherwise.
        1 => prop::collection::vec(one(), 1..3).prop_map(|all| {
            format!("[{}]", all.into_iter().map(text).collect::<Vec<_>>().join(","))
        }),
        1 => prop::sample::select(vec!["null", "1", "1.0", "true", "7"]).prop_map(str::to_string),
    ]
}

fn event() -> impl Strategy<Value = String> {
    let data = prop::collection::btree_map(prop::sample::select(&FIELDS[..]), value(), 0..6);
    let id = prop::sample::select(vec!["1", "1", "11", "22", "4", "999", "4624"]);
    let provider = prop::sample::select(vec!["Microsoft-Windows-Sysmon", "Other", ""]);
    let time = prop_oneof![5 => (0..20_u32).prop_map(Some), 1 => Just(None)];
    let host = prop::sample::select(vec!["host1", "Host1", "host2"]);
    (data, id, provider, time, host).prop_map(|(data, id, provider, time, host)| {
        let data: Vec<String> = data.iter().map(|(name, value)| format!("{}:{value}", text(name))).collect();
        let time = time.map_or("never".to_string(), |time| format!("2025-03-04T07:00:{:02}.{:03}Z", time / 2, time * 37 % 1000));
        format!(
            r#"{{"@timestamp":"{time}","winlog":{{"channel":"Security","computer_name":"{host}","event_data":{{{}}},"event_id":"{id}","provider_name":"{provider}"}}}}"#,
            data.join(",")
        ) + "\n"
    })
}

fn query() -> impl Strategy<Value = BoardQuery> {
    let fields: Vec<&str> = FIELDS.iter().chain(&OTHERS).copied().collect();
    let values: Vec<&str> = VALUES.iter().chain(&MORE_VALUES).copied().collect();
    let term = (prop::sample::select(fields), prop::option::weighted(0.8, prop::sample::select(values)), any::<bool>());
    let term = term.prop_map(|(field, value, out)| super::term(field, value, out));
    let names = prop::sample::select(vec!["sysmon.process_create", "sysmon.file_create", "sysmon.dns_query", "999"]);
    let time = || prop::option::weighted(0.2, (0..20_i64).prop_map(|half| 1_741_071_600_000 + half * 500));
    let events = prop::collection::vec(names.prop_map(str::to_string), 0..3);
    (prop::collection::vec(term, 0..4), events, time(), time(), prop::sample::select(&CONDITIONS[..]), any::<bool>())
        .prop_map(|(terms, events, from, to, condition, rest)| BoardQuery {
            events,
            from,
            to,
            terms,
            condition: condition.to_string(),
            rest: rest && condition.len() % 2 == 0,
            ..BoardQuery::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_condition_chooses_what_the_query_counts(events in prop::collection::vec(event(), 1..40), queries in prop::collection::vec(query(), 1..8)) {
        let events = events.concat();
        let mut page = Page::new(&[GROUPS], &events);
        for query in queries {
            let counted = page.rows(&query, "time", false);
            let board = page.board(&query, &wanted(&["Image"]));
            prop_assert_eq!(board.count, counted.len());
            let BoardRule { condition, filter, alert } = page.boards.rule(&page.session, &query);
            let Some(condition) = condition else {
                // Nothing is asked for, or something that no condition says.
                prop_assert_eq!(filter.is_none(), alert.is_none());
                continue;
            };
            let told = page.session.select(&Selection { condition: condition.clone(), ..Selection::default() });
            prop_assert!(told.diagnostics.iter().all(|found| found.severity != Severity::Error), "{} {:?}", condition, told.diagnostics);
            let mut counted = counted;
            counted.sort_unstable();
            let chosen: Vec<u32> = page.session.rows(0, usize::MAX, &[]).iter().map(|row| row.index as u32).collect();
            prop_assert_eq!(&chosen, &counted, "{}\n{:?}\n{}", condition, query, events);
            // What is drafted compiles.
            for drafted in [filter, alert].into_iter().flatten() {
                if let wire::Drafted::Draft(draft) = drafted {
                    let told = page.session.set_file("drafted.rule", &draft.text);
                    prop_assert!(told.diagnostics.iter().all(|found| found.severity != Severity::Error), "{}", draft.text);
                    page.session.remove_file("drafted.rule");
                }
            }
        }
    }
}
