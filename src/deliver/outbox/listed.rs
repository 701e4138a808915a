//! The messages of a state file, as people see them.
//!
//! In: a state file. Out: lists, counts, ids that begin with what somebody wrote. Never here: a change.

use rusqlite::Row;
use serde::Serialize;

use super::{State, Store, StoreError, Which, unsigned};
use crate::deliver::{Channel, Message, Millis};

/// A message, as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub state: State,
    /// Where it goes.
    pub via: Channel,
    /// The rule that asked for it.
    pub rule: String,
    /// Recipients who do not have it yet.
    pub to: Vec<String>,
    /// Its subject; none once it is sent.
    pub subject: Option<String>,
    /// When it came into the file.
    pub created: Millis,
    /// When it is tried next, where it waits.
    pub next: Option<Millis>,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of it last.
    pub error: Option<String>,
}

/// How many messages there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// That wait.
    pub waiting: u64,
    /// That are dead.
    pub dead: u64,
}

impl Store {
    /// Messages, as people see them, oldest first.
    pub fn list(&self, which: &Which) -> Result<Vec<Listed>, StoreError> {
        let all: Vec<Listed> = self.asked((|| {
            let mut query = self.db.prepare(
                "SELECT id, state, messages.channel, rule, message, created, max(next, coalesce(until, 0)), attempts,
                     coalesce(messages.error, pauses.error)
                 FROM messages LEFT JOIN pauses ON pauses.channel = messages.channel AND state = 'waiting'
                 ORDER BY seq",
            )?;
            let rows = query.query_map([], listed)?;
            rows.collect()
        })())?;
        let meant = |listed: &Listed| match which {
            Which::All => true,
            Which::Open => matches!(listed.state, State::Waiting | State::Dead),
            Which::In(state) => listed.state == *state,
            Which::Ids(ids) => ids.contains(&listed.id),
        };
        Ok(all.into_iter().filter(meant).collect())
    }

    /// The ids that begin with one of these texts, each of which must fit exactly one message.
    pub fn resolve(&self, given: &[String]) -> Result<Vec<String>, StoreError> {
        let all: Vec<String> = self.list(&Which::All)?.into_iter().map(|listed| listed.id).collect();
        let mut ids = Vec::new();
        for given in given {
            let fit: Vec<&String> =
                all.iter().filter(|id| !given.is_empty() && id.starts_with(given.as_str())).collect();
            match fit.as_slice() {
                [id] => ids.push((*id).clone()),
                [] => {
                    return Err(StoreError {
                        message: format!("there is no message {given}"),
                        help: "`blocksieve alert outbox list --all` shows them".into(),
                    });
                }
                several => {
                    return Err(StoreError {
                        message: format!("{} messages begin with {given}", several.len()),
                        help: "write more of the id".into(),
                    });
                }
            }
        }
        Ok(ids)
    }

    /// How many messages of a channel are open.
    pub fn counts_of(&self, channel: Channel) -> Result<Counts, StoreError> {
        // Written out, so that the indices of open messages serve: the sent ones are many.
        let count = |sql: &str| {
            self.asked(
                self.db.prepare_cached(sql).and_then(|mut query| query.query_row([channel.word()], |row| row.get(0))),
            )
            .map(unsigned)
        };
        Ok(Counts {
            waiting: count("SELECT count(*) FROM messages WHERE state = 'waiting' AND channel = ?1")?,
            dead: count("SELECT count(*) FROM messages WHERE state = 'dead' AND channel = ?1")?,
        })
    }

    /// How many messages are open.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let mut sum = Counts::default();
        for channel in Channel::ALL {
            let Counts { waiting, dead } = self.counts_of(channel)?;
            sum = Counts { waiting: sum.waiting + waiting, dead: sum.dead + dead };
        }
        Ok(sum)
    }
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let unknown = |column: usize, what: String| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
    };
    let (state, channel): (String, String) = (row.get(1)?, row.get(2)?);
    let state = State::parse(&state).ok_or_else(|| unknown(1, format!("no state: {state}")))?;
    let message: Option<Message> = row
        .get::<_, Option<String>>(4)?
        .map(|text| serde_json::from_str(&text).map_err(|error| unknown(4, error.to_string())))
        .transpose()?;
    let (to, subject) = message.map_or((Vec::new(), None), |message| (message.to, Some(message.subject)));
    Ok(Listed {
        id: row.get(0)?,
        state,
        via: Channel::parse(&channel).ok_or_else(|| unknown(2, format!("no channel: {channel}")))?,
        rule: row.get(3)?,
        to,
        subject,
        created: unsigned(row.get(5)?),
        next: (state == State::Waiting).then_some(unsigned(row.get(6)?)),
        attempts: row.get(7)?,
        error: row.get(8)?,
    })
}
