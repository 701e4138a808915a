//! Cases of alerts that count: what users of such tools were bitten by, each with the events that show it.
//!
//! Each line of events is decided by the machine and by its slow twin, which must agree.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support::{compile, decide_all, sysmon_at};

/// One event: seconds after ten, host, event id, data.
type Event = (u32, &'static str, u32, &'static str);

/// The events, by their place, on which something is sent.
fn sent(rules: &str, events: &[Event]) -> Vec<usize> {
    let written = |(second, host, id, data): &Event| {
        let (minute, second) = (second / 60, second % 60);
        sysmon_at(*id, data, &format!("2026-01-31T10:{minute:02}:{second:02}Z"), host)
    };
    let events: Vec<String> = events.iter().map(written).collect();
    let decisions = decide_all(&compile(rules), &events);
    decisions.iter().enumerate().filter(|(_, decision)| !decision.did.is_empty()).map(|(at, _)| at).collect()
}

#[test]
fn a_distinct_count_does_not_reach_across_more_than_its_window() {
    let rules = r#"alert "a" { when 3 distinct User within 60 seconds { send mail } }"#;
    let at = |seconds: [u32; 3]| -> Vec<Event> {
        let users = [r#""User":"a""#, r#""User":"b""#, r#""User":"c""#];
        seconds.into_iter().zip(users).map(|(second, user)| (second, "h", 1, user)).collect()
    };
    assert!(sent(rules, &at([0, 50, 100])).is_empty());
    assert_eq!(sent(rules, &at([41, 50, 100])), [2]);
}

#[test]
fn steps_on_different_hosts_are_not_joined() {
    let rules = r#"alert "a" {
        when in order { step event is sysmon.file_create step event is sysmon.process_create } within 5 minutes by Computer { send mail }
    }"#;
    assert!(sent(rules, &[(0, "h1", 11, ""), (10, "h2", 1, "")]).is_empty());
    assert_eq!(sent(rules, &[(0, "h1", 11, ""), (10, "h2", 1, ""), (20, "H1", 1, "")]), [2]);
}

#[test]
fn a_distinct_count_over_two_fields_takes_both() {
    let rules = r#"alert "a" { when 2 distinct User, SourceIp within 60 seconds { send mail } }"#;
    let of = |user: &'static str| -> Vec<Event> {
        vec![(0, "h", 3, r#""User":"a","SourceIp":"192.0.2.1""#), (1, "h", 3, user)]
    };
    assert_eq!(sent(rules, &of(r#""User":"a","SourceIp":"192.0.2.2""#)), [1]);
    assert_eq!(sent(rules, &of(r#""User":"b","SourceIp":"192.0.2.1""#)), [1]);
    assert!(sent(rules, &of(r#""User":"A","SourceIp":"192.0.2.1""#)).is_empty());
}

#[test]
fn values_that_only_look_alike_when_put_together_are_different() {
    let rules = r#"alert "a" { when 2 events within 60 seconds by User, Image { send mail } }"#;
    assert!(
        sent(rules, &[(0, "h", 1, r#""User":"ab","Image":"c""#), (1, "h", 1, r#""User":"a","Image":"bc""#)]).is_empty()
    );
}

#[test]
fn a_rule_that_an_alert_refers_to_has_to_be_there() {
    let (_, found) = blocksieve::compile_text(
        r#"alert "1 many logons" { tag "t" } alert "2" { if rule "1 many logon" acted { send mail } }"#,
        &[],
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code.to_string(), "BS0218");
    let told = format!("{} {}", found[0].message, found[0].help.as_deref().unwrap_or_default());
    assert!(told.contains("1 many logon") && told.contains("\"1 many logons\""), "{told}");
}
