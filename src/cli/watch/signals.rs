//! What the system asks of a program that runs for long.
//!
//! In: signals. Out: flags. Never here: what is done about them, but for the second interrupt, which ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::cli::{Exit, Failure};

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Signals {
    end: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
}

impl Signals {
    /// Takes them from here on.
    pub(super) fn take() -> Result<Signals, Failure> {
        let signals = Signals::default();
        signals
            .register()
            .map_err(|error| Failure::unusable(format!("signals cannot be waited for: {error}"), "try again"))?;
        Ok(signals)
    }

    fn register(&self) -> std::io::Result<()> {
        // In this order: the first interrupt sets the flag that the second one finds set.
        let at_once = i32::from(Exit::Partial.status());
        flag::register_conditional_shutdown(SIGINT, at_once, Arc::clone(&self.end))?;
        flag::register(SIGINT, Arc::clone(&self.end))?;
        flag::register(SIGTERM, Arc::clone(&self.end))?;
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGHUP, Arc::clone(&self.reload))?;
        Ok(())
    }

    /// Shall it end?
    pub(super) fn end(&self) -> bool {
        self.end.load(Ordering::Relaxed)
    }

    /// Shall the rules be read anew? Asked once.
    pub(super) fn reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }
}
