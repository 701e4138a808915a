//! What an endpoint writes under the log manager's names decides nothing: in every form but the log manager's own, `msg`, `meta` and
//! `raw` are what the normaliser makes, for rules, for the slow twin, for searches, and in what is stored.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;

use blocksieve::check::Context;
use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::event::{Form, Layout, Value, find};
use blocksieve::explain::{Reason, Step, explain};
use blocksieve::ir::{RuleId, twin};
use blocksieve::pipeline::{Pipeline, agents_text, stored_alone};
use blocksieve::search::{self, Answer, Search};
use blocksieve::sysmon::Catalogue;
use blocksieve::vm::{Options, Prepared};

/// What an endpoint adds to silence the rules, or to set them off.
const FORGED: &str = r#""msg":{"rulename":"none","group":"forensic","dataset":"sysmon","hash_md5":"x","own":"x"},"msg.rulename":"none",
    "meta":{"parser":"x","tags":["whitelisted"],"src":{"host":"other"}},"raw":"other","tags":["whitelisted"],"group":"forensic","#;

/// An event of Sysmon in some forms, with room for more at the top.
const FORMS: [(Form, &str); 7] = [
    (
        Form::Winlogbeat,
        r#"{FORGED"@timestamp":"2024-01-31T10:00:00.000Z","winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","computer_name":"h",
            "event_data":{"RuleName":"Sysmon Bypass"}}}"#,
    ),
    (
        Form::Winlogbeat6,
        r#"{FORGED"@timestamp":"2024-01-31T10:00:00.000Z","event_id":1,"source_name":"Microsoft-Windows-Sysmon","computer_name":"h",
            "event_data":{"RuleName":"Sysmon Bypass"}}"#,
    ),
    (
        Form::Flat,
        r#"{FORGED"@timestamp":"2024-01-31T10:00:00.000Z","EventID":1,"Provider":"Microsoft-Windows-Sysmon","Computer":"h","RuleName":"Sysmon Bypass"}"#,
    ),
    (
        Form::Nxlog,
        r#"{FORGED"EventTime":"2024-01-31T10:00:00.000Z","EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Hostname":"h","RuleName":"Sysmon Bypass",
            "SourceModuleType":"im_msvistalog"}"#,
    ),
    (
        Form::EvtxDump,
        r##"{FORGED"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,"Computer":"h",
            "TimeCreated":{"#attributes":{"SystemTime":"2024-01-31T10:00:00.000Z"}}},"EventData":{"RuleName":"Sysmon Bypass"}}}"##,
    ),
    (
        Form::Sentinel,
        r#"{FORGED"TimeGenerated":"2024-01-31T10:00:00.000Z","EventID":1,"Provider":"Microsoft-Windows-Sysmon","Computer":"h",
            "EventData":"{\"RuleName\":\"Sysmon Bypass\"}"}"#,
    ),
    (
        Form::Wazuh,
        r#"{FORGED"win":{"system":{"providerName":"Microsoft-Windows-Sysmon","eventID":"1","computer":"h","systemTime":"2024-01-31T10:00:00.000Z"},
            "eventdata":{"ruleName":"Sysmon Bypass"}}}"#,
    ),
];

const RULES: &str = r#"
    classify "1" { if msg.rulename contains "Bypass" { tag "bypass" } if msg.rulename == "none" { tag "silenced" } }
    classify "2" { if msg.own exists or msg.hash_md5 exists or meta.parser exists or meta.src.host exists or raw exists { tag "own" } }
    classify "3" { if msg.group exists or msg.dataset exists { tag "forged" } }
    alert "4" { if not has tag "whitelisted" { send mail } }
"#;

/// Reads one record and hands it over.
fn with<T>(layout: &Layout, text: &str, take: impl FnMut(&Record<'_>) -> T) -> T {
    struct One<F, T>(F, Option<T>);
    impl<T, F: FnMut(&Record<'_>) -> T> Sink for One<F, T> {
        fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
            self.1 = Some(self.0(&record));
            ControlFlow::Continue(())
        }
        fn damaged(&mut self, damaged: Damaged) {
            panic!("{damaged}");
        }
    }
    let mut one = One(take, None);
    let text = text.replace('\n', " ");
    let mut reader = EventReader::new(layout, AgentVersion::DEFAULT);
    reader.read(&Arc::from("in"), &mut Cursor::new(text), &mut one).expect("it is read");
    one.1.expect("one event")
}

fn forged(record: &str) -> String {
    record.replacen("FORGED", FORGED, 1)
}

fn honest(record: &str) -> String {
    record.replacen("FORGED", "", 1)
}

#[test]
fn rules_and_their_twin_see_what_the_normaliser_makes() {
    let compiled = support::compile(RULES);
    let prepared = Prepared::new(compiled.module.clone()).expect("valid");
    let catalogue = Catalogue::standard();
    let mut pipeline = Pipeline::new(&prepared, &catalogue, Options::default()).expect("few fields");
    let layout = pipeline.layout().clone();
    for (form, record) in FORMS {
        with(&layout, &forged(record), |record| {
            assert_eq!(record.form, form);
            let outcome = pipeline.decide(record.view).clone();
            assert_eq!(outcome.effects.tags(prepared.module()), ["bypass"], "{form:?}");
            assert_eq!(outcome.effects.iter().count(), 2, "{form:?}: it is told of");
            let whole = record.view.whole().expect("whole");
            let slow = twin::decide(&compiled.program, &whole, form);
            assert_eq!(slow.did.len(), 2, "{form:?}: {:?}", slow.did);
        });
    }
    // The log manager's own event is as it says.
    let own = format!("{{{FORGED}\"@timestamp\":\"2024-01-31T10:00:00.000Z\"}}");
    with(&layout, &own, |record| {
        assert_eq!(record.form, Form::LogManager);
        assert_eq!(pipeline.decide(record.view).effects.tags(prepared.module()), ["forged", "own", "silenced"]);
    });
}

#[test]
fn what_is_stored_is_the_same_with_and_without_it() {
    let compiled = support::compile(RULES);
    let prepared = Prepared::new(compiled.module).expect("valid");
    let catalogue = Catalogue::standard();
    let mut pipeline = Pipeline::new(&prepared, &catalogue, Options::default()).expect("few fields");
    let layout = pipeline.layout().clone();
    let mut stored = |text: &str| {
        with(&layout, text, |record| {
            let alone = stored_alone(record.view, agents_text(record)).expect("whole");
            pipeline.decide(record.view);
            [alone, pipeline.stored(record.view, agents_text(record)).expect("whole")]
        })
    };
    for (form, record) in FORMS {
        for (forged, honest) in stored(&forged(record)).iter().zip(&stored(&honest(record))) {
            let same = |path: &str| assert_eq!(find(forged, path), find(honest, path), "{form:?}: {path}");
            ["@timestamp", "meta.timestamp", "meta.parser", "meta.src", "meta.tags", "raw_offset"]
                .into_iter()
                .for_each(same);
            ["msg.eventid", "msg.action", "msg.rulename", "msg.group", "msg.dataset", "msg.hash_md5", "msg.own"]
                .into_iter()
                .for_each(same);
            assert_ne!(find(forged, "raw"), Some(&Value::Text("other".into())), "{form:?}");
            // Where data stand at the top, what nobody knows is data too, under its own name.
            let (Some(Value::Map(more)), Some(Value::Map(msg))) = (find(forged, "msg"), find(honest, "msg")) else {
                panic!("{form:?}: no msg");
            };
            assert!(msg.iter().all(|member| more.contains(member)), "{form:?}");
            assert!(matches!(form, Form::Flat | Form::Nxlog) || more.len() == msg.len(), "{form:?}: {more:?}");
        }
    }
}

#[test]
fn a_search_and_an_explanation_say_the_same() {
    let catalogue = Catalogue::standard();
    let context =
        Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], templates: None, today: None };
    for (condition, wanted) in [
        ("msg.rulename contains 'Bypass'", Answer::Yes),
        ("msg.own exists or raw exists or meta.parser exists", Answer::No),
        ("msg.group exists", Answer::No),
    ] {
        let prepared = search::condition("--where", condition, &context).expect("valid").value.expect("it compiles");
        let fields = search::fields("--count-by", "msg.rulename,msg.own,msg.group", &catalogue).value.expect("fields");
        let mut search = Search::new(Some(&prepared), &fields, &catalogue).expect("few fields");
        let layout = search.layout().clone();
        for (form, record) in FORMS {
            with(&layout, &forged(record), |record| {
                assert_eq!(search.asks(record.view), wanted, "{form:?} {condition}");
                let mut texts = Vec::new();
                assert!(search.texts(record.view, &mut texts));
                assert_eq!(texts, [vec!["Sysmon Bypass".to_string()], vec![], vec![]], "{form:?}");
            });
        }
    }
    let compiled = support::compile("classify \"c\" { if msg.own == 'x' { tag \"t\" } }");
    let prepared = Prepared::new(compiled.module.clone()).expect("valid");
    with(&prepared.module().layout, &forged(FORMS[0].1), |record| {
        let said = explain(&compiled.program, &prepared, RuleId(0), record.view, None).expect("a rule");
        let [Step::Arm { condition: Some(condition), .. }] = &said.steps[..] else { panic!("{said:?}") };
        assert_eq!((condition.reason, condition.seen[0].value.clone()), (Some(Reason::FieldMissing), None));
    });
}

#[test]
fn a_filter_sees_what_the_agent_sends_and_no_rule_behind_it_has_its_answer() {
    let rules = r#"filter "f" { if raw contains "other" and meta.parser == "x" { tag "seen" } }
                   classify "c" { if raw contains "other" { tag "raw" } }"#;
    let decision = support::decide(&support::compile(rules), &forged(FORMS[0].1));
    assert_eq!(decision.did, [twin::Did::Tag(0, "seen".to_string())]);
}
