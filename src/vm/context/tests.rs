//! Windows, steps, hosts and quiet periods on their own; `tests/language/contexts.rs` holds the machine to its slow twin.

use super::*;
use crate::ir::{Asks, Context};

const SECOND: i64 = 1_000_000_000;

fn context(asks: Asks, seconds: i64, from_first_hit: bool) -> Context {
    let steps = if let Asks::Steps { count, .. } = asks { usize::from(count) } else { 1 };
    let by = vec![Vec::new(); steps];
    Context { name: None, rule: String::new(), text: String::new(), asks, length: seconds * SECOND, from_first_hit, by }
}

/// Counts events, each at a second on the one host with its value and steps; says which fire.
fn fires(context: &Context, events: &[(i64, &str, u8)]) -> Vec<bool> {
    let mut contexts = Contexts::new(std::slice::from_ref(context), 0);
    let one = |(second, value, steps): &(i64, &str, u8)| {
        let moment = contexts.moment(second * SECOND, "h");
        let value = value.as_bytes();
        contexts.count(0, context, b"k", Occurrence { value, steps: *steps, ..Occurrence::at(moment) }).fires
    };
    events.iter().map(one).collect()
}

fn at(seconds: &[i64]) -> Vec<(i64, &'static str, u8)> {
    seconds.iter().map(|second| (*second, "", 0)).collect()
}

#[test]
fn a_sliding_window_is_half_open_and_told_once_in_its_length() {
    let three = context(Asks::Events(3), 60, false);
    assert_eq!(fires(&three, &at(&[0, 30, 59])), [false, false, true]);
    // 0 and 60 are not in one window.
    assert_eq!(fires(&three, &at(&[0, 30, 60])), [false, false, false]);
    // Told at 2; again from 62 on, if there are three then.
    assert_eq!(
        fires(&three, &at(&[0, 1, 2, 3, 30, 61, 62, 63])),
        [false, false, true, false, false, false, true, false]
    );
}

#[test]
fn a_window_from_the_first_hit_ends_after_its_length_whatever_comes() {
    let three = context(Asks::Events(3), 60, true);
    assert_eq!(fires(&three, &at(&[0, 59, 60, 61])), [false, false, false, false]);
    assert_eq!(fires(&three, &at(&[0, 58, 59, 60, 61, 62])), [false, false, true, false, false, true]);
}

#[test]
fn distinct_values_are_counted_once_and_by_their_newest_time() {
    let three = context(Asks::Distinct(3, Vec::new()), 60, false);
    assert_eq!(fires(&three, &[(0, "a", 0), (50, "b", 0), (100, "c", 0)]), [false, false, false]);
    assert_eq!(fires(&three, &[(0, "a", 0), (1, "a", 0), (50, "b", 0), (55, "c", 0)]), [false, false, false, true]);
    // Seen again at 50, so that it is near the others.
    assert_eq!(fires(&three, &[(0, "a", 0), (50, "a", 0), (70, "b", 0), (100, "c", 0)]), [false, false, false, true]);
}

#[test]
fn steps_in_order_need_an_event_each() {
    let two = context(Asks::Steps { ordered: true, count: 2 }, 60, false);
    assert_eq!(fires(&two, &[(0, "", 0b01), (10, "", 0b10)]), [false, true]);
    assert_eq!(fires(&two, &[(0, "", 0b10), (10, "", 0b01)]), [false, false]);
    // One event that fills both is only one of them.
    assert_eq!(fires(&two, &[(0, "", 0b11), (10, "", 0b11)]), [false, true]);
    assert_eq!(fires(&two, &[(0, "", 0b01), (60, "", 0b10)]), [false, false]);
}

#[test]
fn a_flood_of_one_step_hides_no_other() {
    let mut events = vec![(0, "", 0b001), (1, "", 0b010)];
    events.extend((0..500).map(|i| (2 + i % 30, "", 0b001)));
    events.extend((0..500).map(|i| (32 + i % 20, "", 0b011)));
    events.push((55, "", 0b100));
    let three = context(Asks::Steps { ordered: true, count: 3 }, 60, false);
    assert_eq!(fires(&three, &events).last(), Some(&true));
    let any = context(Asks::Steps { ordered: false, count: 3 }, 60, false);
    assert_eq!(fires(&any, &events).last(), Some(&true));
}

#[test]
fn late_events_stand_where_their_time_says_and_are_told() {
    let three = context(Asks::Events(3), 60, false);
    assert_eq!(fires(&three, &at(&[0, 50, 40])), [false, false, true]);
    let order = context(Asks::Steps { ordered: true, count: 3 }, 60, false);
    assert_eq!(fires(&order, &[(0, "", 1), (10, "", 4), (5, "", 2)]), [false, false, true]);
    let mut contexts = Contexts::new(std::slice::from_ref(&three), 0);
    for second in [95, 100, 90, 110, 30] {
        let moment = contexts.moment(second * SECOND, "h");
        contexts.count(0, &three, b"k", Occurrence::at(moment));
    }
    let troubles = contexts.troubles().next().unwrap();
    assert_eq!((troubles.late, troubles.latest), (2, 80 * SECOND));
}

#[test]
fn one_hosts_clock_ends_no_other_hosts_window() {
    let three = context(Asks::Events(3), 60, false);
    let mut contexts = Contexts::new(std::slice::from_ref(&three), 0);
    let fired: Vec<bool> = [(0, "a"), (10, "a"), (5000, "b"), (5001, "b"), (20, "a")]
        .iter()
        .map(|(second, host)| {
            let moment = contexts.moment(second * SECOND, host);
            contexts.count(0, &three, b"k", Occurrence::at(moment)).fires
        })
        .collect();
    assert_eq!(fired, [false, false, false, false, true]);
}

/// Events of a host at a second, for one key; says which fire.
fn fires_on(context: &Context, events: &[(&str, i64)]) -> Vec<bool> {
    let mut contexts = Contexts::new(std::slice::from_ref(context), 0);
    let one = |(host, second): &(&str, i64)| {
        let moment = contexts.moment(second * SECOND, host);
        contexts.count(0, context, b"k", Occurrence::at(moment)).fires
    };
    events.iter().map(one).collect()
}

#[test]
fn a_backlog_is_counted_though_younger_events_of_its_host_came_first() {
    for context in [context(Asks::Events(3), 60, false), context(Asks::Events(3), 60, true)] {
        // Behind the others.
        let backlog = [("h", 9000), ("h", 9001), ("h", 100), ("h", 110), ("h", 120)];
        assert_eq!(fires_on(&context, &backlog), [false, false, false, false, true]);
        // And among them.
        let among = [
            ("h", 8000),
            ("h", 9000),
            ("h", 100),
            ("h", 9100),
            ("h", 110),
            ("h", 9200),
            ("h", 120),
            ("h", 9201),
            ("h", 9202),
        ];
        assert_eq!(fires_on(&context, &among), [false, false, false, false, false, false, true, false, true]);
    }
}

#[test]
fn what_one_host_has_in_plenty_pushes_out_nothing_of_another() {
    for context in [context(Asks::Events(3), 60, false), context(Asks::Events(3), 60, true)] {
        let mut events = vec![("a", 10), ("a", 20)];
        events.extend((0..100).map(|second| ("b", 5000 + second)));
        events.push(("a", 30));
        assert_eq!(fires_on(&context, &events).last(), Some(&true));
    }
}

#[test]
fn hosts_with_other_clocks_are_told_once_a_window_each() {
    let three = context(Asks::Events(3), 60, false);
    let events: Vec<(&str, i64)> = (0..12).flat_map(|second| [("a", second), ("b", 5000 + second)]).collect();
    let fired = fires_on(&three, &events);
    let told: Vec<&(&str, i64)> =
        events.iter().zip(fired).filter(|(_, fires)| *fires).map(|(event, _)| event).collect();
    assert_eq!(told, [&("a", 2), &("b", 5002)]);
}

#[test]
fn keys_that_are_over_go_without_a_word_before_any_is_forgotten() {
    let two = context(Asks::Events(2), 60, false);
    let mut contexts = Contexts::new(std::slice::from_ref(&two), 0);
    for event in 0..300_000i64 {
        let moment = contexts.moment(event * SECOND, "h");
        contexts.count(0, &two, &event.to_le_bytes(), Occurrence::at(moment));
    }
    // A minute of keys is needed, and none is looked at before 65,536 others came.
    let (troubles, size) = (contexts.troubles().next().unwrap(), contexts.sizes().next().unwrap());
    assert_eq!(troubles.forgotten, 0);
    assert!(size < 150_000, "{size} keys");
}

#[test]
fn long_values_are_bounded_by_the_memory_that_they_take() {
    let many = context(Asks::Distinct(1000, Vec::new()), 3600, false);
    let mut contexts = Contexts::new(std::slice::from_ref(&many), 0).limited_to_bytes(100_000);
    for event in 0..300i64 {
        let moment = contexts.moment(event * SECOND, "h");
        let value = [event as u8; 1000];
        contexts.count(0, &many, &(event / 10).to_le_bytes(), Occurrence { value: &value, ..Occurrence::at(moment) });
    }
    let (troubles, size) = (contexts.troubles().next().unwrap(), contexts.sizes().next().unwrap());
    assert!((9..=10).contains(&size), "{size} keys of ten values each");
    assert_eq!(troubles.forgotten as usize, 30 - size);
}

#[test]
fn a_stamp_in_the_far_future_moves_nothing_until_another_confirms_it() {
    let day = 86_400;
    let mut hosts = Hosts::default();
    let mut moves = |second: i64| hosts.moment(second * SECOND, "h").moves;
    // The first stamp of a host waits for a second.
    assert!(!moves(0) && moves(1) && moves(2));
    // A wrong one, then the host goes on.
    assert!(!moves(40 * day) && moves(3));
    // The host was off for a week.
    assert!(!moves(7 * day) && moves(7 * day + 1) && moves(7 * day + 2));
    assert_eq!((hosts.far_future(), hosts.first_far()), (1, Some(("h", 40 * day * SECOND))));
    // The very first stamp is the wrong one.
    let mut hosts = Hosts::default();
    let moves: Vec<bool> = [4000 * day, 0, 1, 2].iter().map(|s| hosts.moment(s * SECOND, "h").moves).collect();
    assert_eq!((moves, hosts.far_future()), (vec![false, false, true, true], 1));
    assert_eq!(hosts.first_far(), Some(("h", 4000 * day * SECOND)));
}

#[test]
fn too_many_keys_forget_those_that_had_no_event_for_longest() {
    let two = context(Asks::Events(2), 60, false);
    let mut contexts = Contexts::new(std::slice::from_ref(&two), 0).limited(16);
    let mut count = |key: &str, second: i64| {
        let moment = contexts.moment(second * SECOND, "h");
        contexts.count(0, &two, key.as_bytes(), Occurrence::at(moment)).fires
    };
    for key in 0..16 {
        assert!(!count(&key.to_string(), key));
    }
    // The first is touched again, so the second goes when the 17th comes.
    assert!(count("0", 20));
    assert!(!count("16", 21));
    assert!(!count("1", 22), "it was forgotten");
    assert!(count("5", 23), "it was not");
    let troubles = contexts.troubles().next().unwrap();
    assert_eq!((troubles.forgotten, contexts.sizes().next()), (2, Some(16)));
}

#[test]
fn what_is_quiet_is_told_at_the_end_of_its_period() {
    let mut contexts = Contexts::new(&[], 2);
    let hour = 3600;
    let mut send = |second: i64, key: &str| {
        let moment = contexts.moment(second * SECOND, "h");
        let sent = contexts.may_send(1, hour * SECOND, key.as_bytes(), moment, 1);
        (sent, contexts.closed().iter().map(|closing| closing.count).collect::<Vec<_>>())
    };
    assert_eq!(send(0, "a"), (true, vec![]));
    assert_eq!(send(1, "b"), (true, vec![]));
    assert_eq!(send(10, "a"), (false, vec![]));
    assert_eq!(send(20, "a"), (false, vec![]));
    assert_eq!(send(hour, "a"), (true, vec![2]), "its period is over, and so is b's, in which nothing was kept quiet");
    assert_eq!(send(hour + 30, "a"), (false, vec![]));
    let closing = contexts.close_all();
    let told: Vec<(i64, u64, i64, i64)> =
        closing.iter().map(|c| (c.sent / SECOND, c.count, c.first / SECOND, c.last / SECOND)).collect();
    assert_eq!(told, [(hour, 1, hour + 30, hour + 30)]);
    assert!(contexts.close_all().is_empty());
}
