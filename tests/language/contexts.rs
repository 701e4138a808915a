//! What alerts remember from event to event: the machine against its slow twin on random streams, and what must not change when a stream
//! is cut, or the state is saved and restored.
//!
//! Times are mostly in order, with late events, equal stamps, several hosts whose clocks differ, missing fields and stamps in the far
//! future among them.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use crate::support::{Decision, compile, decide_all, event, in_words, sysmon_at};
use blocksieve::Compiled;
use blocksieve::event::MapView;
use blocksieve::vm::{Closing, Contexts, Gone, Machine, Options, Prepared};
use proptest::prelude::*;

/// Alerts of every kind: counts, distinct values, steps in both orders, both windows, several keys, marks, quiet alerts.
const ALERTS: &[&str] = &[
    r#"alert "events" { when 3 events within 60 seconds by Image { send mail } }"#,
    r#"alert "events of all" { when 4 events within 30 seconds { send mail tag "t" } }"#,
    r#"alert "from first hit" { when 3 events within 60 seconds from first hit by Image { send mail } }"#,
    r#"alert "distinct" { when 3 distinct User within 60 seconds by Image { send mail } }"#,
    r#"alert "distinct pairs" { when 3 distinct User, Product within 90 seconds from first hit { send mail } }"#,
    r#"alert "in order" {
        when in order { step Product == 'a' step Product in ['b', 'c'] step Product == 'c' } within 60 seconds by Image { send mail }
    }"#,
    r#"alert "in any order" {
        when in any order { step Product == 'a' step Product in ['a', 'b'] step User == 'u' } within 60 seconds by Computer { send mail }
    }"#,
    r#"alert "steps from first hit" {
        when in order { step Product == 'a' step Product == 'b' } within 2 minutes from first hit by Image { send mail }
    }"#,
    r#"alert "other keys" {
        when in order { step Product == 'a' step Product == 'b' keyed by User } within 60 seconds by Image { send mail }
    }"#,
    r#"alert "marks" {
        if Product == 'a' { remember "seen" for 60 seconds by Image }
        if Product == 'b' and remembered "seen" at least 2 times by User { send mail forget "seen" by User }
    }"#,
    r#"alert "named" {
        when 2 events within 60 seconds by Image as "pair" { send file }
        if Product == 'c' { forget "pair" by Image }
        if remembered "pair" by Image { tag "half" }
    }"#,
    r#"alert "quiet" { suppress for 60 seconds by Image, User if Product == 'a' { send mail } }"#,
    r#"alert "usual quiet" { suppress for 1 minute if Product == 'b' { send mail } }"#,
    r#"alert "chained" { when 2 events within 60 seconds by Image { when 2 events within 10 minutes by Computer { send mail } } }"#,
    r#"alert "zz" { if rule "events" acted or rule "quiet" acted { send webhook } }"#,
];

fn rules() -> Compiled {
    compile(&ALERTS.concat())
}

/// One event: seconds since the last one of its stream, what stands in it.
fn an_event() -> impl Strategy<Value = (i64, Option<&'static str>, [usize; 3])> {
    let step = prop_oneof![
        20 => 0..12i64,
        4 => 20..70i64,
        3 => -40..0i64,
        1 => -200..-60i64,
        3 => -1000..-990i64,
        1 => Just(86_400 * 3),
    ];
    let host = prop_oneof![6 => Just(Some("ws01")), 3 => Just(Some("WS02")), 1 => Just(None)];
    (step, host, [0..4usize, 0..4usize, 0..4usize])
}

/// A stream of events. Behind a stamp far ahead time goes on where it was.
fn stream(most: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(an_event(), 1..most).prop_map(|events| {
        let mut now = 1_800_000_000i64;
        events
            .into_iter()
            .map(|(step, host, [image, user, product])| {
                let at = now + step;
                if step < 86_400 {
                    now = at.max(now);
                }
                written(at, host, [image, user, product])
            })
            .collect()
    })
}

/// Events of one host in the order of time: second and fields.
fn in_order() -> impl Strategy<Value = Vec<(i64, [usize; 3])>> {
    proptest::collection::vec((0..12i64, [0..4usize, 0..4usize, 0..4usize]), 30).prop_map(|events| {
        let mut now = 0;
        let mut at = |step| {
            now += step;
            now
        };
        events.into_iter().map(|(step, fields)| (at(step), fields)).collect()
    })
}

/// The seconds of an event's stamp.
fn time_of(event: &str) -> i64 {
    let (_, behind) = event.split_once(r#""@timestamp":""#).expect("a stamp");
    let stamp = behind.split('"').next().and_then(blocksieve::ast::Timestamp::parse).expect("a time");
    stamp.nanoseconds().expect("of our days") / 1_000_000_000
}

fn written(at: i64, host: Option<&str>, [image, user, product]: [usize; 3]) -> String {
    let mut data = Vec::new();
    let mut put = |name: &str, value: Option<&&str>| {
        data.extend(value.map(|value| format!(r#""{name}":"{value}""#)));
    };
    put("Image", ["a", "A", "u"].get(image));
    put("User", ["u", "a", "v"].get(user));
    put("Product", ["a", "b", "c"].get(product));
    let time = blocksieve::ast::Timestamp::new(at, 0).to_string();
    let event = sysmon_at(1, &data.join(","), &time, host.unwrap_or("-"));
    if host.is_none() { event.replace(r#""computer_name":"-","#, "") } else { event }
}

/// What the machine does to events, one after the other.
fn run(machine: &mut Machine<'_>, prepared: &Prepared, events: &[String]) -> (Vec<Decision>, Vec<Closing>) {
    let options = Options { preview: true, ..Options::default() };
    let mut closed = Vec::new();
    let decisions = events
        .iter()
        .map(|json| {
            let members = event(json);
            machine.decide(&MapView::new(&prepared.module().layout, &members), options);
            closed.extend(machine.outcome().closed.iter().cloned());
            in_words(prepared, machine)
        })
        .collect();
    (decisions, closed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_counts_as_its_slow_twin(events in stream(40)) {
        decide_all(&rules(), &events);
    }

    #[test]
    fn state_saved_and_restored_anywhere_changes_nothing(events in stream(60), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        let compiled = rules();
        let prepared = Prepared::new(compiled.module).expect("valid");
        let module = prepared.module();
        let mut whole = Machine::new(&prepared);
        let (unbroken, closed) = run(&mut whole, &prepared, &events);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(events.len())).collect();
        at.extend([0, events.len()]);
        at.sort_unstable();
        let mut bytes: Option<Vec<u8>> = None;
        let (mut decisions, mut closings) = (Vec::new(), Vec::new());
        for cut in at.windows(2) {
            // Each piece by a machine of its own, as after a restart.
            let mut machine = Machine::new(&prepared);
            if let Some(bytes) = &bytes {
                let (state, gone) = Contexts::restore(bytes, module).expect("our own bytes");
                prop_assert_eq!(gone, Gone::default());
                machine.resume(state);
            }
            let (some, closed) = run(&mut machine, &prepared, &events[cut[0]..cut[1]]);
            decisions.extend(some);
            closings.extend(closed);
            bytes = Some(machine.contexts().save(module));
        }
        prop_assert_eq!(decisions, unbroken);
        prop_assert_eq!(closings, closed);
        prop_assert_eq!(bytes.expect("saved"), whole.contexts().save(module));
    }

    #[test]
    fn hosts_whose_clocks_differ_are_counted_as_if_each_was_alone(a in in_order(), b in in_order()) {
        let rules = compile(&ALERTS[..3].concat());
        let at = |events: &[(i64, [usize; 3])], host: &'static str, ahead: i64| -> Vec<String> {
            events.iter().map(|(second, fields)| written(1_800_000_000 + ahead + second, Some(host), *fields)).collect()
        };
        let (a, b) = (at(&a, "ws01", 0), at(&b, "ws02", 40_000));
        let alone = |events: &[String]| decide_all(&rules, events);
        let (mut of_a, mut of_b) = (alone(&a).into_iter(), alone(&b).into_iter());
        let both: Vec<String> = a.iter().zip(&b).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        for (at, decision) in alone(&both).into_iter().enumerate() {
            let expected = if at % 2 == 0 { of_a.next() } else { of_b.next() };
            prop_assert_eq!(Some(decision), expected, "event {}", at);
        }
    }

    #[test]
    fn no_two_alerts_of_one_key_lie_in_one_window(events in stream(60)) {
        let rules = compile(r#"alert "a" { when 2 events within 60 seconds { send mail } }"#);
        let decisions = decide_all(&rules, &events);
        let times = events.iter().zip(&decisions).filter(|(_, decision)| !decision.did.is_empty()).map(|(event, _)| time_of(event));
        let times: Vec<i64> = times.collect();
        // Of so many it is known when they were told.
        for few in times.windows(8) {
            for (at, time) in few.iter().enumerate() {
                prop_assert!(few[..at].iter().all(|other| (time - other).abs() >= 60), "{:?}", few);
            }
        }
    }

    #[test]
    fn no_bytes_that_are_restored_make_the_machine_stumble(events in stream(20), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let compiled = rules();
        let prepared = Prepared::new(compiled.module).expect("valid");
        let mut machine = Machine::new(&prepared);
        run(&mut machine, &prepared, &events);
        let mut bytes = machine.contexts().save(prepared.module());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok((state, _)) = Contexts::restore(&bytes, prepared.module()) {
            let mut machine = Machine::new(&prepared);
            machine.resume(state);
            run(&mut machine, &prepared, &events);
            machine.contexts_mut().close_all();
        }
    }
}

/// Streams in the order of time, as one log has them: here the limits of what is remembered never show.
#[test]
fn long_streams_in_order_are_counted_as_by_the_twin() {
    let mut seed = 7u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut now = 1_800_000_000;
    let events: Vec<String> = (0..400)
        .map(|_| {
            now += i64::try_from(random(15)).expect("small");
            written(now, Some("ws01"), [random(4) as usize, random(4) as usize, random(4) as usize])
        })
        .collect();
    let decisions = decide_all(&rules(), &events);
    let sent = decisions.iter().filter(|decision| !decision.did.is_empty()).count();
    assert!(sent > 50, "{sent} events on which something was done");
}

#[test]
fn what_changed_rules_do_not_know_any_more_is_left_out_and_the_rest_goes_on() {
    let text = |seconds: u32| {
        format!(
            r#"alert "a" {{ when 2 events within {seconds} seconds by Image {{ send mail }} }}
               alert "b" {{ when 2 distinct User within 60 seconds {{ send mail }} }}"#
        )
    };
    let before = Prepared::new(compile(&text(60)).module).expect("valid");
    let mut machine = Machine::new(&before);
    run(&mut machine, &before, &[written(1_800_000_000, Some("h"), [0, 0, 0])]);
    let bytes = machine.contexts().save(before.module());
    let after = Prepared::new(compile(&text(90)).module).expect("valid");
    let (state, gone) = Contexts::restore(&bytes, after.module()).expect("our own bytes");
    assert_eq!(gone.contexts, 1, "what the first alert counted is another thing now");
    let mut machine = Machine::new(&after);
    machine.resume(state);
    let (decisions, _) = run(&mut machine, &after, &[written(1_800_000_001, Some("h"), [0, 1, 0])]);
    let sent: Vec<u32> = decisions[0].did.iter().map(blocksieve::ir::twin::Did::rule).collect();
    assert_eq!(sent, [1]);
    assert!(Contexts::restore(&[], after.module()).is_err() && Contexts::restore(&[9, 1], after.module()).is_err());
}

#[test]
fn what_one_alert_counted_is_never_taken_for_what_another_one_counts() {
    let of = |name: &str, what: &str| {
        format!(r#"alert "{name}" {{ if {what} {{ when 2 events within 60 seconds by Image {{ send mail }} }} }}"#)
    };
    let (image, user) = ("Product == 'a'", "Product == 'b'");
    let before = Prepared::new(compile(&(of("1", image) + &of("2", user))).module).expect("valid");
    let mut machine = Machine::new(&before);
    run(&mut machine, &before, &[written(1_800_000_000, Some("h"), [0, 0, 0])]);
    let bytes = machine.contexts().save(before.module());
    // The same text of `when`; which alert it is in decides, and what this alert asks besides.
    for (rules, gone) in [
        (of("1", image) + &of("2", user), 0),
        (of("0", user) + &of("1", image), 0),
        (of("1", user) + &of("2", image), 2),
        (of("2", user), 1),
    ] {
        let after = Prepared::new(compile(&rules).module).expect("valid");
        let (state, left) = Contexts::restore(&bytes, after.module()).expect("our own bytes");
        // The second alert had counted nothing.
        assert_eq!(left.contexts, gone.min(1), "{rules}");
        let mut machine = Machine::new(&after);
        machine.resume(state);
        let (decisions, _) = run(&mut machine, &after, &[written(1_800_000_001, Some("h"), [0, 0, 0])]);
        assert_eq!(decisions[0].did.is_empty(), gone > 0, "{rules}");
    }
}

#[test]
fn one_event_fills_one_step_though_both_keys_have_its_value() {
    let rules = compile(
        r#"alert "a" {
            when in any order { step Product == 'a' step Product == 'a' keyed by User } within 60 seconds by Image { send mail }
        }"#,
    );
    // Image and User are both "a".
    let events = [written(1_800_000_000, Some("h"), [0, 1, 0]), written(1_800_000_001, Some("h"), [0, 1, 0])];
    let sent: Vec<usize> = decide_all(&rules, &events).iter().map(|decision| decision.did.len()).collect();
    assert_eq!(sent, [0, 1]);
}

#[test]
fn a_quiet_period_ends_with_the_time_of_its_host_whichever_event_brings_it_and_tells_only_what_was_kept_back() {
    let rules = compile(
        r#"alert "quiet" {
            suppress for 60 seconds by Image
            if Product == 'a' { send mail }
            if Product == 'b' { send mail send file }
            if Product == 'never' { send webhook }
        }"#,
    );
    let prepared = Prepared::new(rules.module).expect("valid");
    let mut machine = Machine::new(&prepared);
    let at = |second: i64, product: usize| written(1_800_000_000 + second, Some("h"), [0, 0, product]);
    // The last one is no business of the alert.
    let (_, closed) = run(&mut machine, &prepared, &[at(0, 0), at(1, 1), at(2, 0), at(61, 2)]);
    let [closing] = closed.as_slice() else { panic!("{closed:?}") };
    assert_eq!(closing.count, 2);
    let told = blocksieve::alert::Alert::closing(prepared.module(), closing, "h");
    let via: Vec<&str> = told.iter().map(|alert| alert.send.via.as_str()).collect();
    assert_eq!(via, ["mail", "file"]);
    let suppressed = told[0].suppressed.as_ref().expect("a summary");
    assert_eq!(serde_json::to_string(&suppressed.key).expect("JSON"), r#"{"Image":"a"}"#);
}

#[test]
fn tests_about_other_rules_stand_outside_of_some_of_and_only_where_something_is_known() {
    let findings = |rules: &str| support::findings(rules);
    assert_eq!(
        findings(r#"alert "a" { tag "t" } alert "b" { if some of users { rule "a" acted } { send mail } }"#),
        ["BS0200 users", "BS0306 acted"]
    );
    assert_eq!(findings(r#"classify "a" { if remembered "x" { tag "t" } }"#), ["BS0210 remembered"]);
    assert!(findings(r#"alert "b" { tag "t" } alert "a" { if rule "b" acted { send mail } }"#).is_empty());
    let circle = r#"alert "b" { if rule "a" acted { tag "t" } } alert "a" { if rule "b" acted { send mail } }"#;
    assert!(findings(circle).iter().all(|found| found.starts_with("BS0218")) && !findings(circle).is_empty());
    assert_eq!(
        findings(r#"disabled alert "a" { tag "t" } alert "b" { if rule "a" acted { send mail } }"#),
        [r#"BS0218 "a""#]
    );
}
