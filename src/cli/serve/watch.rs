//! What changes in the folder while it is served.
//!
//! In: the folder, looked at once a second while somebody listens (and at once after a change of our own). Out: the list of
//! files, and to every listener what is another, new or gone. Looking at times and sizes needs nothing of the system and
//! works on every file system, network drives too. Never here: what is done about it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Channel;
use hyper::body::Bytes;
use serde::Serialize;
use tokio::sync::broadcast::{self, Receiver, error::RecvError};
use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::folder::{Folder, Listed};

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How often a listener hears that the server is still there.
const STILL: Duration = Duration::from_secs(15);
/// Rounds of changes that a slow listener may be behind.
const BEHIND: usize = 64;

/// A change: an entry of the list; or a path that is gone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changes {
    changed: Vec<Listed>,
    removed: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Watch {
    folder: Arc<Folder>,
    /// As it was seen last.
    seen: Mutex<Vec<Listed>>,
    changes: broadcast::Sender<Changes>,
    now: Notify,
}

impl Watch {
    pub(super) fn new(folder: Arc<Folder>) -> Self {
        Self { folder, seen: Mutex::default(), changes: broadcast::channel(BEHIND).0, now: Notify::new() }
    }

    /// Looks at the folder, tells listeners what is another than at the last look, and gives the list.
    pub(super) fn look(&self) -> io::Result<Vec<Listed>> {
        Ok(self.look_and_listen()?.0)
    }

    /// The same, and what changes from then on.
    fn look_and_listen(&self) -> io::Result<(Vec<Listed>, Receiver<Changes>)> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.folder.list(&seen)?;
        let changes = difference(&seen, &now);
        if !changes.changed.is_empty() || !changes.removed.is_empty() {
            // Nobody listens: nobody needs it.
            let _ = self.changes.send(changes);
        }
        seen.clone_from(&now);
        // While nobody else looks, so that no change falls between the list and the first that is heard of.
        Ok((now, self.changes.subscribe()))
    }

    /// Look at once.
    pub(super) fn hurry(&self) {
        self.now.notify_one();
    }

    /// Looks again and again. Never ends.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            // Hurried, or after a while.
            let _ = tokio::time::timeout(EVERY, self.now.notified()).await;
            if self.changes.receiver_count() > 0 {
                let watch = Arc::clone(&self);
                // A folder that cannot be read now may be next time.
                let _ = tokio::task::spawn_blocking(move || watch.look()).await;
            }
        }
    }

    /// A stream for one listener: first all files, then each change, as server-sent events. It holds its place among the
    /// listeners until the listener goes.
    pub(super) fn listen(self: Arc<Self>, place: OwnedSemaphorePermit) -> Channel<Bytes, io::Error> {
        let (mut out, body) = Channel::new(4);
        tokio::spawn(async move {
            let _place = place;
            let Some((all, mut changes)) = self.all().await else { return };
            let mut next = all;
            while out.send_data(Bytes::from(next)).await.is_ok() {
                next = match tokio::time::timeout(STILL, changes.recv()).await {
                    Ok(Ok(changes)) => event("changes", &changes),
                    // Too slow for single changes.
                    Ok(Err(RecvError::Lagged(_))) => {
                        let Some((all, newer)) = self.all().await else { return };
                        changes = newer;
                        all
                    }
                    Ok(Err(RecvError::Closed)) => return,
                    Err(_elapsed) => ": still here\n\n".to_string(),
                };
            }
        });
        body
    }

    /// The event that tells of all files, and what changes from then on; none: the folder cannot be read, and the stream ends.
    async fn all(self: &Arc<Self>) -> Option<(String, Receiver<Changes>)> {
        #[derive(Serialize)]
        struct All {
            files: Vec<Listed>,
        }
        let watch = Arc::clone(self);
        let (files, changes) = tokio::task::spawn_blocking(move || watch.look_and_listen()).await.ok()?.ok()?;
        Some((event("files", &All { files }), changes))
    }
}

/// JSON has no line ends of its own, so an event is one line of data.
fn event(name: &str, data: &impl Serialize) -> String {
    format!("event: {name}\ndata: {}\n\n", serde_json::to_string(data).unwrap_or_default())
}

/// What is another in the second of two lists in the order of paths.
fn difference(old: &[Listed], new: &[Listed]) -> Changes {
    let find = |list: &[Listed], path: &str| list.binary_search_by(|file| file.path.as_str().cmp(path)).ok();
    let same = |file: &&Listed| {
        find(old, &file.path)
            .and_then(|at| old.get(at))
            .is_some_and(|old| old.revision == file.revision && old.size == file.size)
    };
    let gone = |file: &&Listed| find(new, &file.path).is_none();
    Changes {
        changed: new.iter().filter(|file| !same(file)).cloned().collect(),
        removed: old.iter().filter(gone).map(|file| file.path.clone()).collect(),
    }
}
