//! Boards over sample events, as the page's worker asks for them.

mod property;

use super::wire::{BoardQuery, BoardTerm, BoardWanted, Drafted, TopWanted};
use super::*;
use crate::session::Settings;
use crate::session::wire::{DecisionFilter, RuleFile, Selection};

/// The engine, and boards beside it.
struct Page {
    session: Session,
    boards: Boards,
    /// What was asked of the engine.
    asked: Vec<String>,
}

impl Page {
    fn new(rules: &[(&str, &str)], events: &str) -> Self {
        let mut session = Session::new();
        let file = |(name, text): &(&str, &str)| RuleFile { name: (*name).to_string(), text: (*text).to_string() };
        let settings = Settings { winlogbeat: "8.17".to_string(), ..Settings::default() };
        let told = session.set_project(rules.iter().map(file).collect(), settings);
        assert!(told.diagnostics.iter().all(|found| found.severity != Severity::Error), "{:?}", told.diagnostics);
        session.add_events("events.ndjson", events.as_bytes());
        session.decide();
        Self { session, boards: Boards::default(), asked: Vec::new() }
    }

    fn ready(&mut self, query: &BoardQuery, wanted: Option<&BoardWanted>, sort: Option<&BoardSort>) {
        for _ in 0..2 {
            for asked in self.boards.needs(&self.session, query, wanted, sort) {
                self.boards.take(&asked, &self.session.column(&asked));
                self.asked.push(asked);
            }
        }
    }

    fn board(&mut self, query: &BoardQuery, wanted: &BoardWanted) -> Board {
        self.ready(query, Some(wanted), None);
        match self.boards.board(&self.session, query, wanted) {
            Answer::Done(board) => board,
            Answer::Refused(why) => panic!("{why:?}"),
        }
    }

    fn rows(&mut self, query: &BoardQuery, column: &str, descending: bool) -> Vec<u32> {
        let sort = BoardSort { column: column.to_string(), descending };
        self.ready(query, None, Some(&sort));
        self.boards.order(&self.session, query, 0, usize::MAX, Some(&sort))
    }
}

fn wanted(fields: &[&str]) -> BoardWanted {
    let top = |field: &&str| TopWanted { field: (*field).to_string(), most: 10, like: String::new() };
    BoardWanted { steps: Some(60), series: Apart::Group, tops: fields.iter().map(top).collect() }
}

fn term(field: &str, value: Option<&str>, out: bool) -> BoardTerm {
    BoardTerm { field: field.to_string(), value: value.map(str::to_string), out }
}

/// A line of the agent: a time, an event, a host, data.
fn line(time: &str, id: u32, host: &str, data: &str) -> String {
    format!(
        r#"{{"@timestamp":"{time}","winlog":{{"channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"{host}","event_data":{data},"event_id":"{id}","provider_name":"Microsoft-Windows-Sysmon"}}}}"#
    ) + "\n"
}

const GROUPS: (&str, &str) = (
    "group.rule",
    r#"classify "a" { if User == 'eve' { tag "suspicious" } }
       classify "b" { if has tag "suspicious" { set msg.group = 'suspicious' } else if RuleName is not blank { set msg.group = 'security' } else { set msg.group = 'forensic' } }
       filter "c" { reason "x" if Image == 'C:\quiet.exe' { drop } }"#,
);

fn events() -> String {
    [
        line("2025-03-04T07:00:00.000Z", 1, "a", r#"{"Image":"C:\\A.exe","User":"ann"}"#),
        line(
            "2025-03-04T07:00:30.500Z",
            1,
            "a",
            r#"{"Image":"C:\\a.EXE","User":"eve","RuleName":"technique_id=T1055,technique_name=x"}"#,
        ),
        line("2025-03-04T07:02:00.000Z", 1, "b", r#"{"Image":"C:\\a.EXE","User":"bob","RuleName":"x"}"#),
        line("2025-03-04T06:59:00.000Z", 11, "b", r#"{"Image":"C:\\quiet.exe","TargetFilename":["x","y"]}"#),
        line("never", 4, "b", r#"{"State":"Started"}"#),
        line("2025-03-04T07:01:00.000Z", 4, "b", r#"{"State":"Stopped"}"#),
    ]
    .concat()
}

fn values(top: &wire::Top) -> Vec<(&str, usize)> {
    top.values.iter().map(|value| (value.value.as_str(), value.count)).collect()
}

#[test]
fn a_board_counts_by_time_group_and_field() {
    let mut page = Page::new(&[GROUPS], &events());
    let board = page.board(
        &BoardQuery::default(),
        &wanted(&["Image", "msg.username", "@event", "TargetFilename", "@tag", "@host", "@rule"]),
    );
    assert_eq!((board.of, board.count, board.undated), (6, 6, 1));
    assert_eq!(board.bytes as usize, events().len());
    let over = board.over_time.unwrap();
    assert_eq!((over.from, over.step), (1_741_071_540_000, 5_000));
    let series: Vec<_> =
        over.series.iter().map(|series| (series.name, series.count, series.counts.iter().sum::<usize>())).collect();
    assert_eq!(series, [("suspicious", 1, 1), ("security", 1, 1), ("forensic", 4, 3), ("none", 0, 0)]);
    let tops: Vec<_> = board.tops.iter().map(|top| (values(top), top.distinct, top.absent)).collect();
    assert_eq!(
        tops,
        [
            (vec![(r"C:\a.EXE", 3), (r"C:\quiet.exe", 1)], 2, 2),
            (vec![("ann", 1), ("bob", 1), ("eve", 1)], 3, 3),
            (vec![("sysmon.process_create", 3), ("sysmon.state_change", 2), ("sysmon.file_create", 1)], 3, 0),
            (vec![("x", 1), ("y", 1)], 2, 5),
            (vec![("suspicious", 1)], 1, 5),
            (vec![("b", 4), ("a", 2)], 2, 0),
            (vec![("c", 1)], 1, 5),
        ]
    );
}

#[test]
fn terms_cut_down_in_and_out() {
    let mut page = Page::new(&[GROUPS], &events());
    let count = |page: &mut Page, query: &BoardQuery| page.board(query, &wanted(&[])).count;
    let with = |terms: Vec<BoardTerm>| BoardQuery { terms, ..BoardQuery::default() };
    let a = || term("Image", Some(r"c:\A.EXE"), false);
    assert_eq!(count(&mut page, &with(vec![a()])), 3);
    assert_eq!(count(&mut page, &with(vec![a(), term("Image", None, false)])), 5);
    assert_eq!(count(&mut page, &with(vec![term("Image", None, true), term("User", Some("eve"), true)])), 3);
    assert_eq!(count(&mut page, &with(vec![a(), term("msg.group", Some("security"), false)])), 1);
    assert_eq!(count(&mut page, &with(vec![term("@tag", Some("suspicious"), true)])), 5);
    assert_eq!(count(&mut page, &with(vec![term("Image", Some("nowhere"), false)])), 0);
    let created = BoardQuery {
        events: vec!["sysmon.process_create".to_string()],
        ..with(vec![term("User", Some("eve"), false)])
    };
    assert_eq!(count(&mut page, &created), 1);
    assert_eq!(count(&mut page, &BoardQuery { rest: true, ..created.clone() }), 2);
    let typed =
        BoardQuery { condition: "User exists and not has tag 'suspicious'".to_string(), ..BoardQuery::default() };
    assert_eq!(count(&mut page, &typed), 2);
    let dropped = BoardQuery { decision: DecisionFilter::Dropped, ..BoardQuery::default() };
    assert_eq!(count(&mut page, &dropped), 1);
    let minute = BoardQuery { from: Some(1_741_071_600_000), to: Some(1_741_071_720_000), ..BoardQuery::default() };
    assert_eq!(count(&mut page, &minute), 3);
    // Each column crossed once.
    let mut asked = page.asked.clone();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), page.asked.len(), "{:?}", page.asked);
}

#[test]
fn a_mistake_in_a_condition_counts_nothing() {
    let mut page = Page::new(&[], &events());
    let board =
        page.board(&BoardQuery { condition: "Image = 'x'".to_string(), ..BoardQuery::default() }, &wanted(&["Image"]));
    assert_eq!((board.of, board.count, board.tops.len()), (0, 0, 0));
    assert_eq!(board.diagnostics.first().map(|found| found.code.as_str()), Some("BS0100"));
}

/// Tags are set by rules, and those run behind the agent.
#[test]
fn a_tag_makes_an_alert_and_no_filter() {
    let page = Page::new(&[GROUPS], &events());
    let chosen = BoardQuery { terms: vec![term("@tag", Some("suspicious"), true)], ..BoardQuery::default() };
    let typed = BoardQuery { condition: "has tag 'suspicious' and User == 'eve'".to_string(), ..BoardQuery::default() };
    for query in [chosen, typed] {
        let rule = page.boards.rule(&page.session, &query);
        assert!(matches!(rule.alert, Some(Drafted::Draft(_))), "{:?}", rule.alert);
        let Some(Drafted::Refused(why)) = rule.filter else { panic!("{:?}", rule.filter) };
        assert_eq!(why.error, "a filter runs on the agent, before any rule sets a tag");
        assert_eq!(why.help.as_deref(), Some("take the tag out of the selection, or make an alert of it"));
    }
}

#[test]
fn rows_are_ordered_as_the_table_orders_them() {
    let mut page = Page::new(&[GROUPS], &events());
    for column in ["time", "host", "event", "decision", "Image", "User", "msg.group"] {
        for descending in [false, true] {
            let sort = Some(crate::session::wire::Sort { column: column.to_string(), descending });
            page.session.select(&Selection { sort, ..Selection::default() });
            let table: Vec<u32> = page.session.rows(0, 9, &[]).iter().map(|row| row.index as u32).collect();
            if column != "msg.group" {
                assert_eq!(page.rows(&BoardQuery::default(), column, descending), table, "{column} {descending}");
            }
        }
    }
    assert_eq!(page.rows(&BoardQuery::default(), "msg.group", false), [0, 3, 4, 5, 2, 1]);
    let rows = page.session.rows_of(&[3, 0], &["Image".to_string()]);
    assert_eq!(rows.iter().map(|row| row.index).collect::<Vec<_>>(), [3, 0]);
}

#[test]
fn hosts_tell_how_they_are() {
    let mut page = Page::new(&[], &events());
    let query = BoardQuery::default();
    page.ready(&query, None, None);
    let hosts = page.boards.health(&page.session, &query);
    let told: Vec<_> =
        hosts.iter().map(|host| (host.host.as_str(), host.events, host.states, host.gap, host.silent)).collect();
    assert_eq!(told, [("a", 2, 0, 30_500, Some(89_500)), ("b", 4, 2, 120_000, Some(0))]);
    assert_eq!(hosts[1].state.as_deref(), Some("Started"));
}

/// Whoever ends Sysmon does not end the machine: its other channels say nothing of it.
#[test]
fn a_host_whose_sysmon_is_gone_is_silent_though_it_goes_on() {
    let security = |time: &str, host: &str| {
        line(time, 4624, host, "{}")
            .replace("Microsoft-Windows-Sysmon/Operational", "Security")
            .replace("Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing")
    };
    let events = line("2025-03-04T10:10:00Z", 1, "gone", "{}")
        + &security("2025-03-04T12:00:00Z", "gone")
        + &line("2025-03-04T11:59:00Z", 1, "well", "{}")
        + &security("2025-03-04T12:00:00Z", "never");
    let mut page = Page::new(&[], &events);
    let query = BoardQuery::default();
    page.ready(&query, None, None);
    let hosts = page.boards.health(&page.session, &query);
    let told: Vec<_> = hosts.iter().map(|host| (host.host.as_str(), host.events, host.others, host.silent)).collect();
    assert_eq!(told, [("gone", 1, 1, Some(6_600_000)), ("never", 0, 1, None), ("well", 1, 0, Some(60_000))]);
}
