//! Waiting for sources.
//!
//! In: calls from threads that have something. Out: an end of the wait of the one thread that works. Never here: what there is.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A bell that anybody may ring.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    rung: Arc<(Mutex<bool>, Condvar)>,
}

impl Wake {
    /// There is something.
    pub fn ring(&self) {
        *self.rung.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.rung.1.notify_all();
    }

    /// Waits until somebody rings, or rang since the last wait; not longer than `most`.
    pub fn wait(&self, most: Duration) {
        let rung = self.rung.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.rung.1.wait_timeout_while(rung, most, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}
