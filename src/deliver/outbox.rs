//! The state file: how far inputs were read, what rules remember, and the messages that are to go out.
//!
//! In: batches of what was read, and what came of messages. Out: the next message that is due. Never here: sending, and a clock.
//!
//! One transaction takes the positions of inputs, the state of rules and the messages that came of them: after a crash all three are those
//! of one moment. What was read behind it is read again, and gives the same messages under the same ids; an id that is there already is
//! passed over. So every message is in the file exactly once.
//!
//! | state | what it is | ends by |
//! | --- | --- | --- |
//! | waiting | to be sent, at its time | the target takes it, or it is given up |
//! | sent | taken; only its id is kept | [`Store::forget`], days later |
//! | dead | refused, or given up | [`Store::requeue`], [`Store::discard`] |
//! | dropped | somebody threw it away; only its id is kept | [`Store::forget`] |
//!
//! The file is a SQLite database in WAL mode that is written through to the disk at each commit. Who reads inputs and sends ([`Store::open`])
//! holds the lock of `NAME.lock` beside it, so that nothing is read or sent twice at once; the lock is the system's and ends with the
//! process. Who only looks or changes states ([`Store::beside`]) needs none.

mod listed;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;

pub use listed::{Counts, Listed};

use super::{Channel, Message, Millis};
use crate::private;

/// What tells the file from other databases: `BSDO`.
const APPLICATION: i64 = 0x4253_444f;
/// The form of the file.
const SCHEMA: i64 = 2;
/// How long another process's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
    CREATE TABLE positions (name TEXT PRIMARY KEY, position BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE rules (one INTEGER PRIMARY KEY CHECK (one = 1), state BLOB NOT NULL);
    CREATE TABLE messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        channel TEXT NOT NULL,
        rule TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead', 'dropped')),
        message TEXT,
        created INTEGER NOT NULL,
        queued INTEGER NOT NULL,
        next INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        changed INTEGER NOT NULL,
        error TEXT
    );
    CREATE INDEX due ON messages (channel, next) WHERE state = 'waiting';
    CREATE INDEX done ON messages (channel, changed) WHERE state = 'sent';
";
/// What form 2 has besides. Positions of form 1 that no source gave were those of paths, which nobody reads any more.
const PAUSES: &str = "
    CREATE TABLE pauses (
        channel TEXT PRIMARY KEY,
        until INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        error TEXT NOT NULL,
        settings TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX dead ON messages (channel) WHERE state = 'dead';
    DELETE FROM positions WHERE name NOT GLOB '[a-z]*/*';
";
/// Bytes of messages that are taken out at once, about.
const AT_ONCE: usize = 8 << 20;

/// Why the state file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    /// One sentence without a final stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

/// What became of an input's events, to be kept together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// How far inputs were read, by name; the bytes are the reader's own.
    pub positions: BTreeMap<String, Vec<u8>>,
    /// Names whose positions are forgotten: those inputs are gone.
    pub gone: Vec<String>,
    /// What rules remember; `None`: as before.
    pub state: Option<Vec<u8>>,
    /// New messages, in order.
    pub messages: Vec<Message>,
}

impl Batch {
    /// Is there nothing to keep?
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty() && self.gone.is_empty() && self.state.is_none() && self.messages.is_empty()
    }
}

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// It.
    pub message: Message,
    /// When it came into the file.
    pub created: Millis,
    /// When it was last put in line: then, or by [`Store::requeue`].
    pub queued: Millis,
    /// How often it was tried since.
    pub attempts: u32,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// To be sent.
    Waiting,
    /// Taken by its target.
    Sent,
    /// Refused or given up.
    Dead,
    /// Thrown away by somebody.
    Dropped,
}

impl State {
    /// As it is shown and stored.
    pub fn word(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Sent => "sent",
            State::Dead => "dead",
            State::Dropped => "dropped",
        }
    }

    fn parse(word: &str) -> Option<State> {
        [State::Waiting, State::Sent, State::Dead, State::Dropped].into_iter().find(|state| state.word() == word)
    }
}

/// Which messages are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that wait and those that are dead.
    Open,
    /// Those in one state.
    In(State),
    /// Those of these ids, or of the one id that begins so.
    Ids(Vec<String>),
    /// All.
    All,
}

/// A target that is left alone, also by the next process: for a wrong password, or because it asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Until then.
    pub until: Millis,
    /// How often in a row it could not be used.
    pub failures: u32,
    /// Why.
    pub error: String,
    /// A print of how the target was set up: another one ends the pause.
    pub settings: String,
}

/// The state file, open.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    path: PathBuf,
    lock: Option<Arc<File>>,
}

/// Numbers of SQLite have a sign.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl Store {
    /// Opens the file for reading inputs and sending, and makes it and its folder if they are not there.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let cannot = |error: std::io::Error| StoreError {
            message: format!("the state file {} cannot be opened: {error}", path.display()),
            help: "look whether its folder may be written to, or name another with --state FILE".into(),
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        let lock = private::open(&beside(path)).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError {
                    message: format!("the state file {} is in use by another blocksieve", path.display()),
                    help: "wait until that one has ended, or give this one a file of its own with --state FILE".into(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        // SQLite gives its other files the mode of this one; those that a crash left have theirs.
        let file = private::create(path).map_err(cannot)?;
        if is_ours(&file).map_err(cannot)? {
            private::narrow(&file).map_err(cannot)?;
        }
        drop(file);
        for ending in ["-wal", "-shm"] {
            let left = ended(path, ending);
            if left.exists() {
                drop(private::open(&left).map_err(cannot)?);
            }
        }
        Store::connect(path, Some(Arc::new(lock)))
    }

    /// Opens a file that is there, to look at messages and to change what becomes of them, also while another process sends.
    pub fn beside(path: &Path) -> Result<Store, StoreError> {
        if !path.exists() {
            return Err(StoreError {
                message: format!("there is no state file {}", path.display()),
                help: "`blocksieve run --deliver` makes it; --state FILE names another".into(),
            });
        }
        Store::connect(path, None)
    }

    /// The same file once more, for another thread.
    pub fn another(&self) -> Result<Store, StoreError> {
        Store::connect(&self.path, self.lock.clone())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connect(path: &Path, lock: Option<Arc<File>>) -> Result<Store, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(|error| said(path, &error))?;
        let mut store = Store { db, path: path.to_path_buf(), lock };
        store.prepare().map_err(|error| said(path, &error))??;
        Ok(store)
    }

    /// Makes the tables, or sees that they are those that are known here.
    fn prepare(&mut self) -> rusqlite::Result<Result<(), StoreError>> {
        self.db.busy_timeout(PATIENCE)?;
        let number = |db: &Connection, pragma: &str| db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0));
        let (application, schema): (i64, i64) =
            (number(&self.db, "application_id")?, number(&self.db, "user_version")?);
        let tables: i64 = self.db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let path = self.path.display();
        if application != APPLICATION && (application != 0 || schema != 0 || tables != 0) {
            return Ok(Err(foreign(&self.path)));
        }
        if schema > SCHEMA {
            return Ok(Err(StoreError {
                message: format!(
                    "the state file {path} was written by a newer blocksieve (form {schema}; this one knows {SCHEMA})"
                ),
                help: "use that version, or give this one a file of its own with --state FILE".into(),
            }));
        }
        self.db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        self.db.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        if schema < SCHEMA {
            let change = self.change()?;
            if schema < 1 {
                change.execute_batch(TABLES)?;
            }
            change.execute_batch(PAUSES)?;
            change.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"))?;
            change.commit()?;
        }
        Ok(Ok(()))
    }

    fn change(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.db.transaction_with_behavior(TransactionBehavior::Immediate)
    }

    fn asked<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| said(&self.path, &error))
    }

    /// How far inputs were read.
    pub fn positions(&self) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        self.asked((|| {
            let mut rows = self.db.prepare("SELECT name, position FROM positions")?;
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })())
    }

    /// What rules remember.
    pub fn state(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.asked(self.db.query_row("SELECT state FROM rules", [], |row| row.get(0)).optional())
    }

    /// Keeps a batch, all of it or nothing. Gives the number of messages that were not there yet.
    pub fn commit(&mut self, batch: &Batch, now: Millis) -> Result<usize, StoreError> {
        let mut texts = Vec::with_capacity(batch.messages.len());
        for message in &batch.messages {
            texts.push(serde_json::to_string(message).map_err(|error| StoreError {
                message: format!("the message {} cannot be kept: {error}", message.id),
                help: "report this: every message is data".into(),
            })?);
        }
        let path = self.path.clone();
        let keep = |store: &mut Store| -> rusqlite::Result<usize> {
            let change = store.change()?;
            let mut added = 0;
            {
                let mut position =
                    change.prepare_cached("INSERT OR REPLACE INTO positions (name, position) VALUES (?1, ?2)")?;
                for (name, bytes) in &batch.positions {
                    position.execute(params![name, bytes])?;
                }
                let mut forget = change.prepare_cached("DELETE FROM positions WHERE name = ?1")?;
                for name in &batch.gone {
                    forget.execute([name])?;
                }
                if let Some(state) = &batch.state {
                    change.execute("INSERT OR REPLACE INTO rules (one, state) VALUES (1, ?1)", [state])?;
                }
                let mut insert = change.prepare_cached(
                    "INSERT INTO messages (id, channel, rule, state, message, created, queued, next, changed)
                     VALUES (?1, ?2, ?3, 'waiting', ?4, ?5, ?5, ?5, ?5) ON CONFLICT (id) DO NOTHING",
                )?;
                for (message, text) in batch.messages.iter().zip(&texts) {
                    added +=
                        insert.execute(params![message.id, message.via.word(), message.rule, text, signed(now)])?;
                }
            }
            change.commit()?;
            Ok(added)
        };
        keep(self).map_err(|error| said(&path, &error))
    }

    /// The first messages of a channel that are due, at most so many.
    pub fn due(&self, channel: Channel, now: Millis, most: usize) -> Result<Vec<Entry>, StoreError> {
        let rows = self.asked((|| {
            let mut query = self.db.prepare_cached(
                "SELECT message, created, queued, attempts FROM messages
                 WHERE state = 'waiting' AND channel = ?1 AND next <= ?2 ORDER BY seq LIMIT ?3",
            )?;
            let mut rows = query.query(params![channel.word(), signed(now), signed(most as u64)])?;
            let (mut found, mut bytes) = (Vec::new(), 0);
            while let Some(row) = rows.next()?.filter(|_| bytes < AT_ONCE) {
                let text: String = row.get(0)?;
                bytes += text.len();
                found.push((text, row.get(1)?, row.get(2)?, row.get(3)?));
            }
            Ok(found)
        })())?;
        let entry = |(text, created, queued, attempts): (String, i64, i64, u32)| {
            let message = serde_json::from_str(&text).map_err(|error| StoreError {
                message: format!(
                    "the state file {} is damaged: a message in it cannot be read: {error}",
                    self.path.display()
                ),
                help: "move it away; --state FILE names another".into(),
            })?;
            Ok(Entry { message, created: unsigned(created), queued: unsigned(queued), attempts })
        };
        rows.into_iter().map(entry).collect()
    }

    /// When the next message of a channel is due; `None`: none waits.
    pub fn next(&self, channel: Channel) -> Result<Option<Millis>, StoreError> {
        let next: Option<i64> = self.asked(
            self.db
                .prepare_cached("SELECT min(next) FROM messages WHERE state = 'waiting' AND channel = ?1")
                .and_then(|mut query| query.query_row([channel.word()], |row| row.get(0))),
        )?;
        Ok(next.map(unsigned))
    }

    /// When messages of a channel were sent, since then.
    pub fn sent_since(&self, channel: Channel, since: Millis) -> Result<Vec<Millis>, StoreError> {
        self.asked((|| {
            let mut query = self.db.prepare(
                "SELECT changed FROM messages WHERE state = 'sent' AND channel = ?1 AND changed >= ?2 ORDER BY changed",
            )?;
            let rows = query.query_map(params![channel.word(), signed(since)], |row| row.get(0))?;
            rows.map(|row| row.map(unsigned)).collect()
        })())
    }

    /// The target has them. Their ids stay, their texts go.
    pub fn sent(&mut self, ids: &[String], now: Millis) -> Result<(), StoreError> {
        self.change_all(
            ids,
            "UPDATE messages SET state = 'sent', message = NULL, error = NULL, attempts = attempts + 1, changed = ?2 WHERE id = ?1",
            now,
        )?;
        Ok(())
    }

    /// Whether a target is left alone.
    pub fn pause(&self, channel: Channel) -> Result<Option<Pause>, StoreError> {
        let row = |row: &Row<'_>| {
            let until = unsigned(row.get(0)?);
            Ok(Pause { until, failures: row.get(1)?, error: row.get(2)?, settings: row.get(3)? })
        };
        self.asked(
            self.db
                .prepare_cached("SELECT until, failures, error, settings FROM pauses WHERE channel = ?1")
                .and_then(|mut query| query.query_row([channel.word()], row).optional()),
        )
    }

    /// What waits for a channel is due now: its target was set up otherwise.
    pub fn hurry(&mut self, channel: Channel, now: Millis) -> Result<(), StoreError> {
        self.set(
            "UPDATE messages SET next = ?2 WHERE state = 'waiting' AND channel = ?1 AND next > ?2",
            params![channel.word(), signed(now)],
        )
    }

    /// Leaves a target alone; `None`: not any more.
    pub fn set_pause(&mut self, channel: Channel, pause: Option<&Pause>) -> Result<(), StoreError> {
        match pause {
            Some(Pause { until, failures, error, settings }) => self.set(
                "INSERT OR REPLACE INTO pauses (channel, until, failures, error, settings) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![channel.word(), signed(*until), failures, error, settings],
            ),
            None => self.set("DELETE FROM pauses WHERE channel = ?1", params![channel.word()]),
        }
    }

    /// It is to be tried again. `left`: the recipients who do not have it, where some have.
    pub fn retry_at(
        &mut self,
        id: &str,
        when: Millis,
        error: &str,
        left: Option<&[String]>,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.failed(id, State::Waiting, when, error, left, now)
    }

    /// It is not tried any more.
    pub fn dead(&mut self, id: &str, error: &str, left: Option<&[String]>, now: Millis) -> Result<(), StoreError> {
        self.failed(id, State::Dead, now, error, left, now)
    }

    fn failed(
        &mut self,
        id: &str,
        state: State,
        when: Millis,
        error: &str,
        left: Option<&[String]>,
        now: Millis,
    ) -> Result<(), StoreError> {
        let left = left.map(|left| serde_json::Value::from(left.to_vec()).to_string());
        // Who was dropped or sent meanwhile stays so.
        self.set(
            "UPDATE messages SET state = ?2, next = ?3, error = ?4, attempts = attempts + 1, changed = ?6,
                 message = CASE WHEN ?5 IS NULL THEN message ELSE json_set(message, '$.to', json(?5)) END
             WHERE id = ?1 AND state = 'waiting'",
            params![id, state.word(), signed(when), error, left, signed(now)],
        )
    }

    fn set(&mut self, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<(), StoreError> {
        self.asked(self.db.prepare_cached(sql).and_then(|mut statement| statement.execute(values)))?;
        Ok(())
    }

    /// Puts messages in line again that wait or are dead: they are due now, and counted anew. Targets that were left alone are so no
    /// more. Gives how many.
    pub fn requeue(&mut self, which: &Which, now: Millis) -> Result<usize, StoreError> {
        self.set("DELETE FROM pauses", &[])?;
        self.each(
            which,
            "UPDATE messages SET state = 'waiting', next = ?2, queued = ?2, attempts = 0, changed = ?2
             WHERE id = ?1 AND state IN ('waiting', 'dead')",
            now,
        )
    }

    /// Throws away messages that wait or are dead. Their ids stay, so that they do not come again. Gives how many.
    pub fn discard(&mut self, which: &Which, now: Millis) -> Result<usize, StoreError> {
        self.each(
            which,
            "UPDATE messages SET state = 'dropped', message = NULL, changed = ?2
             WHERE id = ?1 AND state IN ('waiting', 'dead')",
            now,
        )
    }

    fn each(&mut self, which: &Which, sql: &str, now: Millis) -> Result<usize, StoreError> {
        let ids: Vec<String> = self.list(which)?.into_iter().map(|listed| listed.id).collect();
        self.change_all(&ids, sql, now)
    }

    fn change_all(&mut self, ids: &[String], sql: &str, now: Millis) -> Result<usize, StoreError> {
        let path = self.path.clone();
        let change = |store: &mut Store| -> rusqlite::Result<usize> {
            let change = store.change()?;
            let mut count = 0;
            {
                let mut statement = change.prepare_cached(sql)?;
                for id in ids {
                    count += statement.execute(params![id, signed(now)])?;
                }
            }
            change.commit()?;
            Ok(count)
        };
        change(self).map_err(|error| said(&path, &error))
    }

    /// Forgets the ids of what was sent or dropped before then.
    pub fn forget(&mut self, before: Millis) -> Result<(), StoreError> {
        self.set("DELETE FROM messages WHERE state IN ('sent', 'dropped') AND changed < ?1", params![signed(before)])
    }
}

/// Is it a state file, or none yet? What is somebody else's keeps its mode.
fn is_ours(file: &File) -> std::io::Result<bool> {
    const HEAD: usize = 72;
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head.is_empty() || head.get(HEAD - 4..).is_some_and(|id| id == (APPLICATION as u32).to_be_bytes()))
}

/// The name of the lock.
fn beside(path: &Path) -> PathBuf {
    ended(path, ".lock")
}

/// A name beside the file's.
fn ended(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}

fn foreign(path: &Path) -> StoreError {
    let mut start = String::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_string(&mut start));
    if read.is_ok() && start.contains("\"blocksieve_positions\"") {
        return StoreError {
            message: format!("{} is of a `watch` that does not deliver", path.display()),
            help: "name another with --state FILE: who delivers keeps more than positions, and begins anew there"
                .into(),
        };
    }
    StoreError {
        message: format!("{} is no state file of Blocksieve", path.display()),
        help: "name another with --state FILE; one that is not there is made".into(),
    }
}

fn said(path: &Path, error: &rusqlite::Error) -> StoreError {
    let help = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => return foreign(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another process holds it: try again",
        Some(ErrorCode::DiskFull) => "make room on the disk; nothing was lost",
        Some(ErrorCode::DatabaseCorrupt) => "move it away; what waited in it is lost, and inputs are read anew",
        Some(_) | None => "look whether the file and its folder may be written to",
    };
    StoreError { message: format!("the state file {}: {error}", path.display()), help: help.into() }
}

#[cfg(test)]
mod tests;
