//! What became of messages, as lanes tell it while a program runs.
//!
//! In: what each lane tells, from its own thread. Out: counts by channel, and lines for people: one when a channel begins to fail, one when it
//! sends again. Never here: printing; a line for each attempt.
//!
//! A channel is warned of when it fails for the first time, and when it fails for another reason, but at most once a minute: a server that
//! says something new each time floods nobody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::table;
use crate::deliver::Channel;
use crate::deliver::courier::{Listener, Told};
use crate::diagnostic::Code;

/// Between two warnings about one channel.
const MINUTE: Duration = Duration::from_secs(60);

/// What is known of one channel.
#[derive(Clone, Debug, Default)]
struct Way {
    sent: u64,
    failures: u64,
    /// What people were told that it fails with.
    failing: Option<String>,
    warned: Option<Instant>,
}

/// A line for people; with a code, it is a warning.
pub(in crate::cli) type Line = (Option<Code>, String);

#[derive(Debug, Default)]
struct State {
    ways: BTreeMap<Channel, Way>,
    lines: Vec<Line>,
    ended: Vec<String>,
}

/// What lanes told so far.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<State>);

impl Heard {
    /// Whom lanes tell.
    pub(super) fn listener(self: &Arc<Self>) -> Listener {
        let heard = Arc::clone(self);
        Arc::new(move |channel, told| heard.hear(channel, told))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, channel: Channel, told: Told) {
        let mut state = self.state();
        let State { ways, lines, ended } = &mut *state;
        let way = ways.entry(channel).or_default();
        let word = channel.word();
        let (error, what, help) = match told {
            Told::Sent(count) => {
                way.sent += count;
                if way.failing.take().is_some() {
                    lines.push((None, format!("note: {word}: messages are sent again")));
                }
                return;
            }
            Told::Waits(error) => (
                error,
                "a message could not be sent, and waits",
                "it is tried again, later each time; `blocksieve alert outbox list` shows what waits",
            ),
            Told::Dead(error) => (
                error,
                "a message is given up",
                "`blocksieve alert outbox list --dead` shows it, and `retry` puts it in line again",
            ),
            Told::Ended(error) => {
                let text = format!("{word}: nothing more is sent: {error}");
                lines.push((
                    Some(Code::StateUnusable),
                    format!("warning[{}]: {}\n  help: {}", Code::StateUnusable, table::safe(&text), error.help),
                ));
                ended.push(text);
                return;
            }
        };
        way.failures += 1;
        let soon = way.warned.is_some_and(|warned| warned.elapsed() < MINUTE);
        if soon || way.failing.as_ref() == Some(&error) {
            return;
        }
        let code = Code::NotDelivered;
        let line = format!("warning[{code}]: {word}: {what}: {}\n  help: {help}", table::safe(&error));
        lines.push((Some(code), line));
        (way.failing, way.warned) = (Some(error), Some(Instant::now()));
    }

    /// How many messages were taken, over all channels.
    pub(super) fn sent(&self) -> u64 {
        self.state().ways.values().map(|way| way.sent).sum()
    }

    /// Of a channel: messages that were taken, attempts that failed, and whether it fails now.
    #[cfg(feature = "watch")]
    pub(super) fn of(&self, channel: Channel) -> (u64, u64, bool) {
        self.state().ways.get(&channel).map_or((0, 0, false), |way| (way.sent, way.failures, way.failing.is_some()))
    }

    /// What people should know since this was asked last.
    #[cfg(feature = "watch")]
    pub(super) fn lines(&self) -> Vec<Line> {
        std::mem::take(&mut self.state().lines)
    }

    /// Lanes that ended before their time.
    pub(super) fn ended(&self) -> Vec<String> {
        self.state().ended.clone()
    }
}

#[cfg(all(test, feature = "watch"))]
mod tests {
    use super::*;

    fn lines(heard: &Heard, told: Vec<Told>) -> Vec<String> {
        told.into_iter().for_each(|told| heard.hear(Channel::Mail, told));
        heard.lines().into_iter().map(|(_, line)| line.lines().next().unwrap_or_default().to_string()).collect()
    }

    #[test]
    fn one_warning_when_a_channel_fails_and_a_note_when_it_sends_again() {
        let heard = Heard::default();
        let fails = |error: &str| Told::Waits(error.to_string());
        assert_eq!(
            lines(&heard, vec![Told::Sent(2), fails("no\x1b[2J"), fails("no\x1b[2J"), fails("never")]),
            ["warning[BS0516]: mail: a message could not be sent, and waits: no\\u{1b}[2J"],
            "once, not for each attempt, and for another reason only a minute later"
        );
        assert_eq!(heard.of(Channel::Mail), (2, 3, true));
        assert_eq!(lines(&heard, vec![Told::Sent(1)]), ["note: mail: messages are sent again"]);
        assert_eq!(
            lines(&heard, vec![Told::Sent(1), fails("no"), Told::Sent(1)]),
            Vec::<String>::new(),
            "within a minute"
        );
        // A minute later.
        let way = |heard: &Heard| heard.0.lock().unwrap().ways.get_mut(&Channel::Mail).unwrap().warned.take();
        way(&heard);
        assert_eq!(
            lines(&heard, vec![Told::Dead("no".to_string())]),
            ["warning[BS0516]: mail: a message is given up: no"]
        );
        way(&heard);
        assert_eq!(lines(&heard, vec![fails("no"), fails("no")]), Vec::<String>::new(), "that was told");
        assert_eq!(heard.of(Channel::Webhook), (0, 0, false));
    }
}
