//! What tests need of the world.
//!
//! In: a path in a test file, an alert. Out: the events of that file, what the alert says. Who runs tests brings both; where there are no
//! files and no templates, as in the browser, [`Nothing`] says so, and what needs them is not checked.

use crate::alert::Alert;
use crate::event::read::{EventReader, Sink};
use crate::origin::SourceId;
use crate::table::TableDef;

/// Files and templates around a test file.
pub trait Outside: Sync {
    /// Reads the events of a file, from the folder of the test file.
    ///
    /// # Errors
    /// There are no files here, or this one cannot be read.
    fn read(&self, tests: SourceId, path: &str, reader: &mut EventReader, sink: &mut dyn Sink) -> Result<(), NotRead>;

    /// What an alert says; `None`: there are no templates here.
    fn message(&self, alert: &Alert) -> Option<Message>;

    /// The lookup tables of the project, for conditions that ask them.
    fn tables(&self) -> &[TableDef] {
        &[]
    }
}

/// Why there are no events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// There are no files here.
    NoFiles,
    /// What is wrong with the file, and the way out.
    Wrong(String, String),
}

/// What an alert says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// What of its template could not be filled in.
    pub failed: Vec<String>,
}

/// No files, no templates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Outside for Nothing {
    fn read(&self, _: SourceId, _: &str, _: &mut EventReader, _: &mut dyn Sink) -> Result<(), NotRead> {
        Err(NotRead::NoFiles)
    }

    fn message(&self, _: &Alert) -> Option<Message> {
        None
    }
}
