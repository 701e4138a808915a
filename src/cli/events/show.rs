//! Events, one by one.
//!
//! In: records. Out: a row or a line each. Never here: which of them.

use std::io::Write;

use super::super::args::EventsForm;
use super::super::{source, table};
use super::{Output, Trouble, summary};
use crate::ast::Timestamp;
use crate::event::read::Record;
use crate::event::{Form, Value, find, write};
use crate::pipeline;
use crate::sysmon::Catalogue;
use crate::sysmon::gist::gist;

/// Rows that are laid out together: memory stays flat, and columns are as wide as these need.
const ROWS: usize = 1000;
/// Characters of a gist.
const GIST: usize = 100;

/// Shows events in one form.
pub(super) struct Show<'c> {
    form: EventsForm,
    /// Rows say which file a record is of.
    files: bool,
    catalogue: &'c Catalogue,
    rows: Vec<Vec<String>>,
}

impl<'c> Show<'c> {
    pub(super) fn new(form: EventsForm, files: bool, catalogue: &'c Catalogue) -> Self {
        Self { form, files, catalogue, rows: Vec::new() }
    }

    pub(super) fn event(&mut self, record: &Record<'_>, out: &mut Output) -> Result<(), Trouble> {
        let line = match self.form {
            EventsForm::Table => {
                let row = self.row(record)?;
                self.rows.push(row);
                if self.rows.len() >= ROWS {
                    self.flush(out)?;
                }
                return Ok(());
            }
            EventsForm::Winlogbeat => write::agents(record)?,
            EventsForm::Flat => write::flattened(record)?,
            EventsForm::Ndjson => write::as_it_stands(record)?,
            // What the log manager stored stays what it is.
            EventsForm::Msg if record.form == Form::LogManager => write::as_it_stands(record)?,
            EventsForm::Msg => {
                let stored = pipeline::stored_alone(record.view, pipeline::agents_text(record))?;
                write::json(&Value::Map(stored))
            }
        };
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")?;
        Ok(())
    }

    fn row(&self, record: &Record<'_>) -> Result<Vec<String>, Trouble> {
        let event = record.view.whole()?;
        let text = |path: &str| match find(&event, path) {
            Some(Value::Text(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.text()),
            Some(Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_)) | None => None,
        };
        let safe = |text: Option<String>| text.map_or_else(|| "-".to_string(), |text| table::safe(&text));
        let provider = text("winlog.provider_name")
            .filter(|name| !name.is_empty())
            .or_else(|| text("winlog.channel"))
            .unwrap_or_default();
        let id = text("winlog.event_id").unwrap_or_else(|| "-".to_string());
        Ok(vec![
            table::safe(&source::place(&record.place, self.files)),
            safe(text("@timestamp").filter(|time| Timestamp::parse(time).is_some())),
            safe(text("winlog.computer_name")),
            summary::name(&id, &provider, self.catalogue),
            table::safe(&table::cut_end(&gist(&event), GIST)),
        ])
    }

    fn flush(&mut self, out: &mut Output) -> std::io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let text = table::columns(&["RECORD", "TIME", "HOST", "EVENT", "WHAT"], &self.rows);
        self.rows.clear();
        out.write_all(text.as_bytes())
    }

    pub(super) fn finish(mut self, out: &mut Output) -> std::io::Result<()> {
        self.flush(out)
    }
}
