//! The state file: what it keeps, whom it refuses, and that nothing comes twice or gets lost.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A folder of its own, which goes away.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("blocksieve-outbox-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn state(&self) -> PathBuf {
        self.0.join("deep/state.db")
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn message(id: &str) -> Message {
    Message {
        id: id.into(),
        rule: "r".into(),
        via: Channel::Mail,
        to: vec!["a@example.org".into()],
        subject: format!("about {id}"),
        text: String::new(),
        html: None,
        data: serde_json::json!({ "n": 1 }),
        time: None,
    }
}

fn batch(ids: &[&str]) -> Batch {
    Batch { messages: ids.iter().map(|id| message(id)).collect(), ..Batch::default() }
}

fn states(store: &Store) -> BTreeMap<String, State> {
    store.list(&Which::All).unwrap().into_iter().map(|listed| (listed.id, listed.state)).collect()
}

#[test]
fn a_batch_is_there_after_a_restart() {
    let folder = Temporary::new("restart");
    let mut store = Store::open(&folder.state()).unwrap();
    assert_eq!((store.positions().unwrap().len(), store.state().unwrap()), (0, None));
    let first = Batch {
        gone: Vec::new(),
        positions: [("a".to_string(), vec![1, 0]), ("b".to_string(), vec![])].into(),
        state: Some(vec![7]),
        messages: vec![message("1"), message("2")],
    };
    assert_eq!(store.commit(&first, 10).unwrap(), 2);
    let second = Batch { positions: [("a".to_string(), vec![2])].into(), ..batch(&["2", "3"]) };
    assert_eq!(store.commit(&second, 20).unwrap(), 1, "what is there is passed over");
    drop(store);
    let store = Store::open(&folder.state()).unwrap();
    assert_eq!(store.positions().unwrap(), [("a".to_string(), vec![2]), ("b".to_string(), vec![])].into());
    assert_eq!(store.state().unwrap(), Some(vec![7]));
    let entry = store.due(Channel::Mail, 20, 1).unwrap().remove(0);
    assert_eq!((entry.message, entry.created, entry.attempts), (message("1"), 10, 0));
    assert_eq!(store.due(Channel::Webhook, 20, 9).unwrap(), []);
    assert_eq!(store.due(Channel::Mail, 9, 9).unwrap(), []);
}

#[test]
fn what_was_sent_does_not_come_again_until_it_is_forgotten() {
    let folder = Temporary::new("sent");
    let mut store = Store::open(&folder.state()).unwrap();
    store.commit(&batch(&["1"]), 0).unwrap();
    store.sent(&["1".to_string()], 5).unwrap();
    assert_eq!(store.commit(&batch(&["1"]), 6).unwrap(), 0);
    assert_eq!(store.next(Channel::Mail).unwrap(), None);
    let listed = store.list(&Which::All).unwrap();
    assert_eq!((listed[0].state, listed[0].subject.as_deref()), (State::Sent, None), "only its id is kept");
    store.forget(5).unwrap();
    assert_eq!(states(&store).len(), 1);
    store.forget(6).unwrap();
    assert_eq!(store.commit(&batch(&["1"]), 7).unwrap(), 1);
}

#[test]
fn the_dead_can_be_sent_again_or_dropped() {
    let folder = Temporary::new("dead");
    let mut store = Store::open(&folder.state()).unwrap();
    store.commit(&batch(&["aa", "ab", "b", "c"]), 0).unwrap();
    store.dead("aa", "no", None, 1).unwrap();
    store.dead("ab", "no", None, 1).unwrap();
    store.sent(&["c".to_string()], 1).unwrap();
    assert_eq!(store.counts().unwrap(), Counts { waiting: 1, dead: 2 });
    assert_eq!(store.list(&Which::In(State::Dead)).unwrap().len(), 2);
    assert_eq!(store.requeue(&Which::In(State::Dead), 2).unwrap(), 2);
    assert_eq!(store.discard(&Which::Ids(vec!["ab".into(), "c".into()]), 3).unwrap(), 1, "what is sent is sent");
    assert_eq!(states(&store)["ab"], State::Dropped);
    assert_eq!(store.commit(&batch(&["ab"]), 4).unwrap(), 0, "what was dropped does not come again");
    assert_eq!(store.resolve(&["b".into()]).unwrap(), ["b"]);
    assert_eq!(store.resolve(&["a".into()]).unwrap_err().message, "2 messages begin with a");
    assert_eq!(store.resolve(&["x".into()]).unwrap_err().message, "there is no message x");
    // Who was dropped while it was handed over stays so.
    store.dead("ab", "late", None, 5).unwrap();
    assert_eq!(states(&store)["ab"], State::Dropped);
}

#[test]
fn a_second_process_is_told_that_the_file_is_in_use() {
    let folder = Temporary::new("lock");
    let store = Store::open(&folder.state()).unwrap();
    let why = Store::open(&folder.state()).unwrap_err();
    assert!(why.message.ends_with("state.db is in use by another blocksieve"), "{why}");
    // Looking is allowed, and so is a thread of the same process.
    let second = store.another().unwrap();
    assert_eq!(Store::beside(&folder.state()).unwrap().list(&Which::All).unwrap(), []);
    drop(store);
    assert!(Store::open(&folder.state()).is_err(), "the thread still has it");
    drop(second);
    Store::open(&folder.state()).unwrap();
}

#[test]
fn files_that_cannot_be_used_are_told_apart() {
    let folder = Temporary::new("other");
    let path = folder.state();
    assert!(Store::beside(&path).unwrap_err().message.starts_with("there is no state file "));
    drop(Store::open(&path).unwrap());
    let set = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    set("PRAGMA user_version = 3");
    let why = Store::open(&path).unwrap_err();
    assert!(why.message.ends_with("was written by a newer blocksieve (form 3; this one knows 2)"), "{why}");
    set("PRAGMA application_id = 5");
    assert!(Store::open(&path).unwrap_err().message.ends_with("is no state file of Blocksieve"));
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "not a database, but long enough to be taken for one: ".repeat(40)).unwrap();
    assert!(Store::open(&path).unwrap_err().message.ends_with("is no state file of Blocksieve"));
    std::fs::write(&path, "{\n  \"blocksieve_positions\": 1,\n  \"positions\": {}\n}\n").unwrap();
    let why = Store::open(&path).unwrap_err();
    assert!(why.message.ends_with("is of a `watch` that does not deliver"), "{why}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Store::open(&path).is_err());
        assert_eq!(mode(), 0o644, "what is somebody else's is left as it is");
        std::fs::remove_file(&path).unwrap();
        drop(Store::open(&path).unwrap());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(Store::open(&path).unwrap());
        assert_eq!(mode(), 0o600);
    }
}

#[test]
fn a_file_of_the_form_before_is_taken_over() {
    let folder = Temporary::new("form");
    let path = folder.state();
    let mut store = Store::open(&path).unwrap();
    store.commit(&batch(&["1"]), 5).unwrap();
    drop(store);
    let old = "DROP TABLE pauses; DROP INDEX dead; PRAGMA user_version = 1";
    Connection::open(&path).unwrap().execute_batch(old).unwrap();
    let mut store = Store::open(&path).unwrap();
    let pause = Pause { until: 9, failures: 1, error: "no".into(), settings: String::new() };
    store.set_pause(Channel::Mail, Some(&pause)).unwrap();
    assert_eq!((store.counts().unwrap().waiting, store.pause(Channel::Mail).unwrap()), (1, Some(pause)));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Temporary::new("mode");
    let mut store = Store::open(&folder.state()).unwrap();
    store.commit(&batch(&["1"]), 0).unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.state().parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name());
    }
    assert_eq!(names.len(), 4, "database, its log, its memory and the lock: {names:?}");
}

/// What happens to a state file.
#[derive(Clone, Debug)]
enum Act {
    Commit(Vec<u8>),
    /// The first that is due is taken, put off, or refused.
    Send,
    PutOff,
    Refuse,
    Requeue,
    Discard(u8),
    Crash,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop::collection::vec(0u8..12, 1..5).prop_map(Act::Commit),
        4 => Just(Act::Send),
        1 => Just(Act::PutOff),
        1 => Just(Act::Refuse),
        1 => Just(Act::Requeue),
        1 => (0u8..12).prop_map(Act::Discard),
        2 => Just(Act::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_each_id_is_there_once_and_sent_at_most_once(acts in prop::collection::vec(act(), 1..40)) {
        let folder = Temporary::new("any");
        let mut store = Store::open(&folder.state()).unwrap();
        let mut model: BTreeMap<String, State> = BTreeMap::new();
        let mut sent: Vec<String> = Vec::new();
        for (now, act) in acts.into_iter().enumerate() {
            let now = now as u64;
            let due = |store: &Store| store.due(Channel::Mail, now, 1).unwrap().pop().map(|entry| entry.message.id);
            match act {
                Act::Commit(ids) => {
                    let ids: Vec<String> = ids.iter().map(u8::to_string).collect();
                    let texts: Vec<&str> = ids.iter().map(String::as_str).collect();
                    store.commit(&batch(&texts), now).unwrap();
                    for id in ids {
                        model.entry(id).or_insert(State::Waiting);
                    }
                }
                Act::Send => if let Some(id) = due(&store) {
                    store.sent(std::slice::from_ref(&id), now).unwrap();
                    model.insert(id.clone(), State::Sent);
                    sent.push(id);
                },
                Act::PutOff => if let Some(id) = due(&store) {
                    store.retry_at(&id, now + 3, "later", None, now).unwrap();
                },
                Act::Refuse => if let Some(id) = due(&store) {
                    store.dead(&id, "no", None, now).unwrap();
                    model.insert(id, State::Dead);
                },
                Act::Requeue => {
                    store.requeue(&Which::In(State::Dead), now).unwrap();
                    model.values_mut().filter(|state| **state == State::Dead).for_each(|state| *state = State::Waiting);
                }
                Act::Discard(id) => {
                    let id = id.to_string();
                    store.discard(&Which::Ids(vec![id.clone()]), now).unwrap();
                    if let Some(state) = model.get_mut(&id).filter(|state| matches!(state, State::Waiting | State::Dead)) {
                        *state = State::Dropped;
                    }
                }
                Act::Crash => {
                    drop(store);
                    store = Store::open(&folder.state()).unwrap();
                }
            }
            prop_assert_eq!(&states(&store), &model);
        }
        // All that waits goes out in the end.
        while let Some(id) = store.due(Channel::Mail, 1_000, 1).unwrap().pop().map(|entry| entry.message.id) {
            store.sent(std::slice::from_ref(&id), 1_000).unwrap();
            sent.push(id);
        }
        let once: std::collections::BTreeSet<&String> = sent.iter().collect();
        prop_assert_eq!(once.len(), sent.len());
        let lost = states(&store).into_iter().filter(|(id, state)| *state == State::Waiting || (*state == State::Sent) != once.contains(id));
        prop_assert_eq!(lost.count(), 0);
    }
}
