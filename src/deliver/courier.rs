//! A thread for each target.
//!
//! In: the state file and lanes. Out: messages that are sent meanwhile; what became of each, for who listens. Never here: reading inputs,
//! printing.
//!
//! Whoever reads inputs commits batches to the [`Store`], and calls [`Courier::wake`]. At the end of a run [`Courier::finish`] waits for what
//! can be sent until then; a program that goes on for ever calls [`Courier::stop`] when it is told to end. Neither breaks off a message that
//! is being handed over before its target's own timeout. [`Courier::replace`] puts other lanes in their places, each behind the message that is
//! being handed over, so that none is sent by both.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

use super::config::Delivery;
use super::file::FileTarget;
use super::lane::{Lane, Step};
use super::mail::MailTarget;
use super::outbox::{Store, StoreError};
use super::secret::NoSecret;
use super::webhook::WebhookTarget;
use super::{Channel, Millis, now};

/// How long a lane sleeps at most: another process may have put messages in line again.
const NAP: Duration = Duration::from_secs(1);

/// What became of a message, or of a whole lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// So many were taken.
    Sent(u64),
    /// It was not, and waits; the error.
    Waits(String),
    /// It was not, and is dead; the error.
    Dead(String),
    /// The state file cannot be used any more, and the lane has ended; the error.
    Ended(StoreError),
}

/// Who is told what became of messages; called from the lanes' threads.
pub type Listener = Arc<dyn Fn(Channel, Told) + Send + Sync>;

/// The lanes of the channels that a project has, for those that are wanted. Secrets are fetched here.
pub fn lanes(delivery: &Delivery, wanted: &[Channel], folder: &Path) -> Result<Vec<Lane>, NoSecret> {
    let mut lanes = Vec::new();
    let mut add = |channel: Channel, target: Box<dyn super::Target>| {
        let lane = Lane::new(channel, target, delivery.policy, delivery.rate(channel));
        lanes.push(lane.with_settings(delivery.settings(channel, folder)));
    };
    let wants = |channel: Channel| wanted.contains(&channel);
    if let Some(mail) = delivery.mail.as_ref().filter(|_| wants(Channel::Mail)) {
        add(Channel::Mail, Box::new(MailTarget::new(mail, folder)?));
    }
    if let Some(webhook) = delivery.webhook.as_ref().filter(|_| wants(Channel::Webhook)) {
        add(Channel::Webhook, Box::new(WebhookTarget::new(webhook, folder)?));
    }
    if let Some(file) = delivery.file.as_ref().filter(|_| wants(Channel::File)) {
        add(Channel::File, Box::new(FileTarget::new(file, folder)));
    }
    Ok(lanes)
}

/// What a lane is told.
enum Word {
    /// There is something new.
    Wake,
    /// Ends when nothing more can be done before then.
    Finish(Millis),
    /// Another lane takes the place; `None`: nothing is sent this way any more.
    Replace(Option<Box<Lane>>),
}

struct Running {
    channel: Channel,
    bell: Sender<Word>,
    /// Closed when the lane has ended.
    over: Receiver<()>,
}

/// The lanes at work.
pub struct Courier {
    lanes: Vec<Running>,
}

/// How the lanes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Has each of them ended? One that has not is still handing a message over, which may come twice.
    pub ended: bool,
}

impl Courier {
    /// Starts a thread for each lane.
    pub fn start(store: &Store, lanes: Vec<Lane>, listener: &Listener) -> Result<Courier, StoreError> {
        let mut courier = Courier { lanes: Vec::new() };
        for lane in lanes {
            courier.add(store, lane, listener)?;
        }
        Ok(courier)
    }

    fn add(&mut self, store: &Store, mut lane: Lane, listener: &Listener) -> Result<(), StoreError> {
        let mut store = store.another()?;
        lane.remember(&mut store, now())?;
        let listener = Arc::clone(listener);
        let (bell, words) = channel();
        let (end, over) = channel();
        let channel = lane.channel();
        std::thread::spawn(move || {
            let mut lane = Some(lane);
            if let Err(error) = work(&mut lane, &mut store, &words, &listener) {
                listener(channel, Told::Ended(error));
            }
            // The connection is closed before anybody hears of the end.
            drop(lane);
            drop(end);
        });
        self.lanes.push(Running { channel, bell, over });
        Ok(())
    }

    /// Other lanes from now on: targets that are set up otherwise, new ones, and none where there is none any more.
    pub fn replace(&mut self, store: &Store, lanes: Vec<Lane>, listener: &Listener) -> Result<(), StoreError> {
        let mut lanes: Vec<Option<Lane>> = lanes.into_iter().map(Some).collect();
        // One that has ended over the state file takes nothing more; a new thread may have more luck.
        self.lanes.retain(|running| running.over.try_recv() != Err(TryRecvError::Disconnected));
        for running in &self.lanes {
            let new = lanes.iter_mut().find(|lane| lane.as_ref().is_some_and(|lane| lane.channel() == running.channel));
            let new = new.and_then(Option::take).map(Box::new);
            // One that ends just now says so.
            let _ = running.bell.send(Word::Replace(new));
        }
        for lane in lanes.into_iter().flatten() {
            self.add(store, lane, listener)?;
        }
        Ok(())
    }

    /// There are new messages.
    pub fn wake(&self) {
        for lane in &self.lanes {
            // One that has ended has said so.
            let _ = lane.bell.send(Word::Wake);
        }
    }

    /// Waits for what can be sent within this time, and for what is being handed over then, for as long as `grace`.
    pub fn finish(self, within: Duration, grace: Duration) -> Report {
        let until = now().saturating_add(u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
        for lane in &self.lanes {
            let _ = lane.bell.send(Word::Finish(until));
        }
        self.ended(within.saturating_add(grace))
    }

    /// Ends behind the messages that are being handed over.
    pub fn stop(self, grace: Duration) -> Report {
        self.finish(Duration::ZERO, grace)
    }

    fn ended(self, within: Duration) -> Report {
        let start = std::time::Instant::now();
        let mut ended = true;
        for lane in &self.lanes {
            let left = within.saturating_sub(start.elapsed());
            ended &= lane.over.recv_timeout(left) == Err(RecvTimeoutError::Disconnected);
        }
        Report { ended }
    }
}

/// A lane's life; `None`: just now nothing is sent this way.
fn work(
    lane: &mut Option<Lane>,
    store: &mut Store,
    words: &Receiver<Word>,
    listener: &Listener,
) -> Result<(), StoreError> {
    let mut until: Option<Millis> = None;
    let mut said = None;
    loop {
        // Before each message: is it time to end?
        loop {
            let word = match said.take() {
                Some(word) => Ok(word),
                None => words.try_recv(),
            };
            match word {
                Ok(Word::Wake) => {}
                Ok(Word::Finish(when)) => until = Some(when),
                Ok(Word::Replace(new)) => {
                    *lane = new.map(|new| *new);
                    if let Some(lane) = lane {
                        lane.remember(store, now())?;
                    }
                }
                Err(TryRecvError::Empty) => break,
                // Nobody is there any more.
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
        if until.is_some_and(|until| now() >= until) {
            return Ok(());
        }
        let step = match lane {
            Some(lane) => lane.step(store, &now)?,
            None => Step::Idle(None),
        };
        let told = match step {
            Step::Sent(ids) => Told::Sent(ids.len() as u64),
            Step::Waits(_, error) => Told::Waits(error),
            Step::Dead(_, error) => Told::Dead(error),
            Step::Idle(when) => {
                if until.is_some_and(|until| when.is_none_or(|when| when >= until)) {
                    return Ok(());
                }
                let nap = when.map_or(NAP, |when| Duration::from_millis(when.saturating_sub(now())).min(NAP));
                match words.recv_timeout(nap) {
                    Ok(word) => said = Some(word),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
                continue;
            }
        };
        if let Some(lane) = lane {
            listener(lane.channel(), told);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;
    use crate::deliver::lane::Policy;
    use crate::deliver::{Batch, Entry, Fault, FaultKind, Message, Target};

    /// Takes so long for each message, and says this.
    struct Slow(Duration, Result<(), Fault>);

    impl Target for Slow {
        fn send(&mut self, _: &Entry) -> Result<(), Fault> {
            std::thread::sleep(self.0);
            self.1.clone()
        }
    }

    fn message(id: &str, via: Channel) -> Message {
        Message {
            id: format!("{id}{}", via.word()),
            rule: "r".into(),
            via,
            to: Vec::new(),
            subject: String::new(),
            text: String::new(),
            html: None,
            data: serde_json::Value::Null,
            time: None,
        }
    }

    /// A store in a folder of its own, with three messages for a mail server and a webhook each.
    fn store(name: &str) -> (Store, std::path::PathBuf) {
        let folder = std::env::temp_dir().join(format!("blocksieve-courier-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut store = Store::open(&folder.join("state.db")).unwrap();
        let all = ["1", "2", "3"].map(|id| [message(id, Channel::Mail), message(id, Channel::Webhook)]);
        store.commit(&Batch { messages: all.concat(), ..Batch::default() }, now()).unwrap();
        (store, folder)
    }

    fn lane(channel: Channel, target: Slow) -> Lane {
        Lane::new(channel, Box::new(target), Policy::default(), None)
    }

    #[test]
    fn one_that_hangs_holds_up_nobody_and_the_end_is_bounded() {
        let (store, folder) = store("hangs");
        let told: Arc<Mutex<Vec<(Channel, Told)>>> = Arc::default();
        let heard = Arc::clone(&told);
        let listener: Listener = Arc::new(move |channel, what| heard.lock().unwrap().push((channel, what)));
        let hangs = Slow(Duration::from_secs(600), Ok(()));
        let lanes = vec![lane(Channel::Mail, hangs), lane(Channel::Webhook, Slow(Duration::ZERO, Ok(())))];
        let courier = Courier::start(&store, lanes, &listener).unwrap();
        courier.wake();
        let start = Instant::now();
        let report = courier.finish(Duration::from_millis(500), Duration::from_millis(100));
        assert!(!report.ended && start.elapsed() < Duration::from_secs(10));
        assert_eq!(*told.lock().unwrap(), [(); 3].map(|()| (Channel::Webhook, Told::Sent(1))));
        assert_eq!(store.counts().unwrap().waiting, 3);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn nobody_waits_for_what_cannot_be_sent_in_time() {
        let (store, folder) = store("down");
        let down = Slow(Duration::ZERO, Err(Fault::new(FaultKind::Setup, "no")));
        let listener: Listener = Arc::new(|_, _| {});
        let courier = Courier::start(&store, vec![lane(Channel::Mail, down)], &listener).unwrap();
        let start = Instant::now();
        assert!(courier.finish(Duration::from_secs(300), Duration::ZERO).ended);
        assert!(start.elapsed() < Duration::from_secs(60));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_lane_that_is_replaced_sends_nothing_twice_and_one_that_is_taken_away_nothing() {
        let (store, folder) = store("replaced");
        let told: Arc<Mutex<Vec<(Channel, Told)>>> = Arc::default();
        let heard = Arc::clone(&told);
        let listener: Listener = Arc::new(move |channel, what| heard.lock().unwrap().push((channel, what)));
        let slow = |channel| lane(channel, Slow(Duration::from_millis(300), Ok(())));
        let quick = |channel| lane(channel, Slow(Duration::ZERO, Ok(())));
        let mut courier = Courier::start(&store, vec![slow(Channel::Mail)], &listener).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        // One mail is being handed over: the new lane begins behind it.
        courier.replace(&store, vec![quick(Channel::Mail)], &listener).unwrap();
        let start = Instant::now();
        while store.counts_of(Channel::Mail).unwrap().waiting > 0 {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(*told.lock().unwrap(), [(); 3].map(|()| (Channel::Mail, Told::Sent(1))));
        // No mail from here on, but a webhook.
        courier.replace(&store, vec![quick(Channel::Webhook)], &listener).unwrap();
        let mut store = store;
        let more = vec![message("4", Channel::Mail)];
        store.commit(&Batch { messages: more, ..Batch::default() }, now()).unwrap();
        courier.wake();
        while store.counts_of(Channel::Webhook).unwrap().waiting > 0 {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(store.counts_of(Channel::Mail).unwrap().waiting, 1);
        // And mail again.
        courier.replace(&store, vec![quick(Channel::Mail), quick(Channel::Webhook)], &listener).unwrap();
        assert!(courier.finish(Duration::from_secs(60), Duration::ZERO).ended);
        assert_eq!(store.counts().unwrap().waiting, 0);
        assert_eq!(told.lock().unwrap().len(), 7);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
