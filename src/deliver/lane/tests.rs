//! Lanes over a target that answers by plan, with a clock that stands still until it is moved.

use std::cell::Cell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::*;
use crate::deliver::{Batch, Entry, Message};

/// A state file of its own, which goes away.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("blocksieve-lane-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

type Seen = Arc<Mutex<Vec<String>>>;

/// Answers by plan, then takes everything.
struct Planned(VecDeque<Result<(), Fault>>, Seen);

impl Target for Planned {
    fn send(&mut self, entry: &Entry) -> Result<(), Fault> {
        self.1.lock().unwrap().push(format!("{} {:?}", entry.message.id, entry.message.to));
        self.0.pop_front().unwrap_or(Ok(()))
    }
}

fn message(id: &str) -> Message {
    Message {
        id: id.into(),
        rule: "r".into(),
        via: Channel::Mail,
        to: vec!["a@example.org".into(), "b@example.org".into()],
        subject: "s".into(),
        text: String::new(),
        html: None,
        data: serde_json::Value::Null,
        time: None,
    }
}

struct Scene {
    store: Store,
    lane: Lane,
    clock: Cell<Millis>,
    seen: Seen,
    _folder: Temporary,
}

impl Scene {
    fn new(name: &str, ids: &[&str], policy: Policy, rate: Option<u32>, plan: Vec<Result<(), Fault>>) -> Self {
        let folder = Temporary::new(name);
        let mut store = Store::open(&folder.0.join("state.db")).unwrap();
        let messages = ids.iter().map(|id| message(id)).collect();
        store.commit(&Batch { messages, ..Batch::default() }, 0).unwrap();
        let seen = Seen::default();
        let target = Box::new(Planned(plan.into(), Arc::clone(&seen)));
        let lane = Lane::new(Channel::Mail, target, policy, rate).with_chance(|| 0.5);
        Self { store, lane, clock: Cell::new(0), seen, _folder: folder }
    }

    fn step(&mut self) -> Step {
        self.lane.step(&mut self.store, &|| self.clock.get()).unwrap()
    }

    /// Steps, and moves the clock where nothing can be done, until all is done. Gives what happened when, in seconds.
    fn all(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let at = self.clock.get() / 1000;
            match self.step() {
                Step::Sent(ids) => told.push(format!("{at} {} sent", ids.join(" "))),
                Step::Waits(id, error) => told.push(format!("{at} {id} waits: {error}")),
                Step::Dead(id, error) => told.push(format!("{at} {id} dead: {error}")),
                Step::Idle(Some(when)) => {
                    assert!(when > self.clock.get());
                    self.clock.set(when);
                }
                Step::Idle(None) => return told,
            }
        }
    }
}

fn fault(kind: FaultKind) -> Result<(), Fault> {
    Err(Fault::new(kind, "no"))
}

#[test]
fn the_back_off_doubles_to_its_bound_and_chance_moves_it_by_a_fifth() {
    let policy = Policy::default();
    let plain: Vec<Millis> = (1..=12).map(|n| policy.back_off(n, 0.5) / 1000).collect();
    assert_eq!(plain, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    assert_eq!((policy.back_off(1, 0.0), policy.back_off(1, 1.0)), (4_000, 6_000));
    assert_eq!(policy.back_off(u32::MAX, 1.0), 4_320_000);
}

#[test]
fn messages_go_in_order_and_one_that_is_refused_holds_up_nobody() {
    let plan = vec![fault(FaultKind::Later(None)), fault(FaultKind::Refused), Ok(())];
    let mut scene = Scene::new("order", &["a", "b", "c"], Policy::default(), None, plan);
    assert_eq!(scene.all(), ["0 a waits: no", "0 b dead: no", "0 c sent", "5 a sent"]);
}

#[test]
fn a_target_that_is_down_is_left_alone_for_longer_each_time() {
    let plan = vec![fault(FaultKind::Down), fault(FaultKind::Down), fault(FaultKind::Down), Ok(())];
    let mut scene = Scene::new("down", &["a", "b"], Policy::default(), None, plan);
    assert_eq!(scene.all(), ["0 a waits: no", "5 a waits: no", "15 a waits: no", "35 a sent", "35 b sent"]);
}

#[test]
fn what_is_not_set_up_is_not_tried_again_soon() {
    let mut scene = Scene::new("setup", &["a", "b"], Policy::default(), None, vec![fault(FaultKind::Setup)]);
    assert_eq!(scene.all(), ["0 a waits: no", "900 a sent", "900 b sent"]);
}

#[test]
fn a_target_says_for_how_long_it_wants_nothing_within_bounds() {
    let plan = vec![fault(FaultKind::Later(Some(60_000))), Ok(()), Ok(()), fault(FaultKind::Later(Some(u64::MAX)))];
    let mut scene = Scene::new("after", &["a", "b", "c"], Policy::default(), None, plan);
    assert_eq!(scene.all(), ["0 a waits: no", "60 a sent", "60 b sent", "60 c waits: no", "3660 c sent"]);
}

#[test]
fn a_message_is_given_up_after_so_many_attempts_or_so_long() {
    let no = || vec![fault(FaultKind::Later(None)); 9];
    let few = Policy { attempts: 3, ..Policy::default() };
    let mut scene = Scene::new("attempts", &["a"], few, None, no());
    assert_eq!(scene.all(), ["0 a waits: no", "5 a waits: no", "15 a dead: given up after 3 attempts: no"]);
    let short = Policy { max_age: 20_000, ..Policy::default() };
    let mut scene = Scene::new("age", &["a"], short, None, no());
    assert_eq!(scene.all(), ["0 a waits: no", "5 a waits: no", "15 a dead: given up after 3 attempts: no"]);
    // Put in line again, it has its time again.
    scene.store.requeue(&crate::deliver::outbox::Which::Open, scene.clock.get()).unwrap();
    scene.lane.target = Box::new(Planned(VecDeque::new(), Seen::default()));
    assert_eq!(scene.all(), ["15 a sent"]);
}

#[test]
fn so_many_in_any_minute() {
    let mut scene = Scene::new("rate", &["a", "b", "c", "d", "e"], Policy::default(), Some(2), vec![]);
    assert_eq!(scene.all(), ["0 a sent", "0 b sent", "60 c sent", "60 d sent", "120 e sent"]);
}

#[test]
fn what_was_sent_before_a_restart_counts() {
    let mut scene = Scene::new("restart", &["a", "b", "c"], Policy::default(), Some(2), vec![]);
    scene.step();
    scene.step();
    let target = Box::new(Planned(VecDeque::new(), Seen::default()));
    scene.lane = Lane::new(Channel::Mail, target, Policy::default(), Some(2));
    scene.clock.set(10_000);
    scene.lane.remember(&mut scene.store, 10_000).unwrap();
    assert_eq!(scene.all(), ["60 c sent"]);
}

#[test]
fn who_has_it_does_not_get_it_again() {
    let left = |kind| Err(Fault { left: Some(vec!["b@example.org".into()]), ..Fault::new(kind, "b: no") });
    let mut scene = Scene::new(
        "left",
        &["a"],
        Policy::default(),
        None,
        vec![left(FaultKind::Later(None)), left(FaultKind::Refused)],
    );
    assert_eq!(scene.all(), ["0 a waits: b: no", "5 a dead: b: no"]);
    let seen = scene.seen.lock().unwrap().clone();
    assert_eq!(seen, ["a [\"a@example.org\", \"b@example.org\"]", "a [\"b@example.org\"]"]);
    let dead = scene.store.list(&crate::deliver::outbox::Which::Open).unwrap();
    assert_eq!(dead[0].to, ["b@example.org"]);
}

/// Another process: the same state file, the target as it is set up now, what it answers.
fn next_process(scene: &mut Scene, channel: Channel, settings: &str, plan: Vec<Result<(), Fault>>) {
    let target = Box::new(Planned(plan.into(), Arc::clone(&scene.seen)));
    let lane = Lane::new(channel, target, Policy::default(), None);
    scene.lane = lane.with_chance(|| 0.5).with_settings(settings.to_string());
    scene.lane.remember(&mut scene.store, scene.clock.get()).unwrap();
}

#[test]
fn a_target_that_is_not_set_up_is_left_alone_by_the_next_process_too() {
    let mut scene = Scene::new("pause", &["a", "b"], Policy::default(), None, vec![fault(FaultKind::Setup)]);
    assert_eq!(scene.step(), Step::Waits("a".into(), "no".into()));
    let pause = scene.store.pause(Channel::Mail).unwrap().unwrap();
    assert_eq!((pause.until, pause.failures, pause.error.as_str()), (900_000, 1, "no"));
    // Who looks sees when it is tried, and why so late.
    let open = scene.store.list(&crate::deliver::outbox::Which::Open).unwrap();
    let open: Vec<_> = open.into_iter().map(|listed| (listed.next, listed.error)).collect();
    assert_eq!(open, [(Some(900_000), Some("no".to_string())), (Some(900_000), Some("no".to_string()))]);
    scene.clock.set(60_000);
    next_process(&mut scene, Channel::Mail, "", vec![fault(FaultKind::Setup)]);
    assert_eq!(scene.all(), ["900 a waits: no", "1800 a sent", "1800 b sent"]);
    assert_eq!(scene.store.pause(Channel::Mail).unwrap(), None, "what was sent ends it");
}

#[test]
fn a_pause_ends_when_the_target_is_set_up_otherwise_or_somebody_asks() {
    let first = || Scene::new("pause-ends", &["a", "b"], Policy::default(), None, vec![fault(FaultKind::Setup)]);
    let mut scene = first();
    scene.step();
    next_process(&mut scene, Channel::Mail, "another password", vec![]);
    assert_eq!(scene.all(), ["0 a sent", "0 b sent"]);
    let mut scene = first();
    scene.step();
    // In the same process, while it waits.
    assert_eq!(scene.step(), Step::Idle(Some(900_000)));
    scene.store.requeue(&crate::deliver::outbox::Which::Open, scene.clock.get()).unwrap();
    assert_eq!(scene.all(), ["0 a sent", "0 b sent"]);
    // What a target asked for is kept as well, and a clock that was set back makes no pause longer.
    let mut scene = Scene::new("asked", &["a"], Policy::default(), None, vec![fault(FaultKind::Later(Some(u64::MAX)))]);
    scene.clock.set(10_000_000_000);
    scene.step();
    scene.clock.set(0);
    next_process(&mut scene, Channel::Mail, "", vec![]);
    assert_eq!(scene.lane.closed_until, 7_200_000);
}

#[test]
fn a_target_that_is_only_down_is_tried_by_the_next_process_at_once() {
    let mut scene = Scene::new("pause-down", &["a", "b"], Policy::default(), None, vec![fault(FaultKind::Down); 1]);
    scene.step();
    next_process(&mut scene, Channel::Mail, "", vec![]);
    assert_eq!(scene.all(), ["0 b sent", "5 a sent"]);
}
