//! Counts of a reading.

use crate::event::agent::Form;

/// Counts over all inputs of one reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadStats {
    /// Records given to the sink.
    pub events: u64,
    /// The same, form by form, in the order of [`Form::ALL`].
    pub forms: [u64; Form::ALL.len()],
    /// Records (or chunks) skipped because they are damaged.
    pub damaged: u64,
    /// Records skipped because they are beyond the limit.
    pub too_large: u64,
    /// Lines of syslog passed over, for they hold no event.
    pub passed: u64,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// Keys that came again in one map, and names that a record repeats, among those that were looked at; the first counted.
    pub duplicate_keys: u64,
}

impl ReadStats {
    /// Adds the counts of another reading.
    pub fn add(&mut self, other: &ReadStats) {
        self.events += other.events;
        for (sum, count) in self.forms.iter_mut().zip(other.forms) {
            *sum += count;
        }
        self.damaged += other.damaged;
        self.too_large += other.too_large;
        self.passed += other.passed;
        self.bytes += other.bytes;
        self.duplicate_keys += other.duplicate_keys;
    }

    /// Records that were given to the sink, as events or as damage.
    pub(super) fn records(&self) -> u64 {
        self.events + self.damaged + self.too_large
    }

    /// Counts an event of this form.
    pub(crate) fn count(&mut self, form: Form) {
        self.events += 1;
        if let Some(count) = self.forms.get_mut(form as usize) {
            *count += 1;
        }
    }

    /// Events of this form.
    pub fn of(&self, form: Form) -> u64 {
        self.forms.get(form as usize).copied().unwrap_or(0)
    }
}
