//! One batch on its way through the rules.
//!
//! In: records, and what happens to inputs. Out: decisions and messages; where a batch ends. Never here: what is stored, and when.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::signals::Signals;
use super::tell;
#[cfg(feature = "deliver")]
use crate::cli::outgoing::Outgoing;
use crate::cli::run::runner::Runner;
use crate::cli::{Exit, table};
use crate::event::read::{self, Damaged, Record};
use crate::follow::{self, Kind, Notice};

/// Records of one batch, at most.
const RECORDS: u64 = 50_000;
/// How long one batch may take.
const LONGEST: Duration = Duration::from_secs(1);

/// One batch on its way through the rules.
pub(super) struct Batch<'b, 'p> {
    pub(super) runner: &'b mut Runner<'p>,
    pub(super) signals: &'b Signals,
    pub(super) exit: &'b mut Exit,
    pub(super) warnings: &'b mut BTreeMap<String, u64>,
    #[cfg(feature = "deliver")]
    pub(super) outgoing: &'b mut Option<Outgoing>,
    pub(super) taken: u64,
    pub(super) begun: Instant,
    /// How long it took to come back to the first record that is new.
    pub(super) again: Duration,
}

impl read::Sink for Batch<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.taken += 1;
        if self.taken == 1 {
            // A file that is read whole was gone through up to here once more.
            (self.again, self.begun) = (self.begun.elapsed(), Instant::now());
        }
        read::Sink::event(self.runner, record)?;
        #[cfg(feature = "deliver")]
        if let Some(outgoing) = self.outgoing.as_mut().filter(|_| !self.runner.pipeline().outcome().damaged()) {
            outgoing.event(self.runner.pipeline(), self.runner.module(), &record);
        }
        // The clock is asked now and then only.
        let long = self.taken.is_multiple_of(64) && self.begun.elapsed() >= LONGEST.max(self.again * 10);
        if self.taken >= RECORDS || long || self.signals.end() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.taken += 1;
        self.runner.damaged(damaged);
    }
}

impl follow::Sink for Batch<'_, '_> {
    fn notice(&mut self, notice: Notice) {
        let Notice { kind, input, message, help } = notice;
        let severity = match kind {
            Kind::Note => "note".to_string(),
            Kind::Warning(code) => {
                self.exit.note(Exit::Partial);
                *self.warnings.entry(code.to_string()).or_default() += 1;
                format!("warning[{code}]")
            }
        };
        let help = help.map_or(String::new(), |help| format!("\n  help: {}", table::safe(&help)));
        tell(&format!("{severity}: {}: {}{help}", table::safe(&input), table::safe(&message)));
    }
}
