//! Columns that are missing.
//!
//! In: fields that somebody asks for. Out: their columns. Most can be told without the records: what is under `msg` is no endpoint's,
//! another column may be of the same paths, and the names of an event's data say what it has not. Never here: another answer than the
//! record's.

use super::super::pool::{Lines, ValueId};
use super::{Once, Samples, lines};
use crate::event::read::{EventReader, Record};
use crate::event::{FieldPath, Form, Layout, Raw, is_message};

/// How to tell what an event has in a field, without its record.
enum Way {
    /// Nothing.
    Absent,
    /// The same as in this column.
    As(usize),
    /// Nothing, where the names of its data are those of which this says so.
    Named(Vec<bool>),
}

impl Samples {
    /// Fills the columns from this one on. A record is read again only where its event has one of the fields and no column tells it
    /// already.
    pub(super) fn fill(&mut self, from: usize) {
        let mut wanted = Layout::new();
        let fields: Vec<FieldPath> = self.layout.iter().skip(from).map(|(_, field)| field.clone()).collect();
        let ways: Vec<Way> = fields.iter().map(|field| self.way(field, from)).collect();
        let slots: Vec<_> = fields.into_iter().filter_map(|field| wanted.slot(field)).collect();
        let mut reader = EventReader::new(&wanted, self.agent);
        let mut columns: Vec<Vec<ValueId>> = slots.iter().map(|_| Vec::with_capacity(self.kept.len())).collect();
        let mut pool = std::mem::take(&mut self.pool);
        let absent = pool.put(Raw::Absent, None, Lines { records: &self.records, text: &[], start: 0 });
        for (row, kept) in self.kept.iter().enumerate() {
            let told = |way: &Way| match way {
                _ if kept.stored => None,
                Way::Absent => Some(absent),
                Way::As(column) => Some(self.cell(*column, row)),
                // Other forms may have lost it.
                Way::Named(_) if !matches!(kept.form, Form::Winlogbeat | Form::Evtx) => None,
                Way::Named(has) => {
                    let has = kept.names.and_then(|names| has.get(names as usize)).copied();
                    (has == Some(false)).then_some(absent)
                }
            };
            if ways.iter().all(|way| told(way).is_some()) {
                columns.iter_mut().zip(&ways).for_each(|(column, way)| column.extend(told(way)));
                continue;
            }
            let mut found = false;
            let take = |record: &Record<'_>| {
                found = true;
                let lines = lines(&self.records, record, kept.start + kept.length);
                for (slot, column) in slots.iter().zip(&mut columns) {
                    column.push(pool.put(record.view.raw(*slot), record.view.undecidable(*slot), lines));
                }
            };
            if let Some(file) = self.files.get(kept.file as usize) {
                reader.again(file, self.frame(kept), &mut Once { take: Some(take), taken: None });
            }
            if !found {
                // What was read once is read again; if it were not, it would be malformed in every field.
                let lines = Lines { records: &self.records, text: &[], start: 0 };
                for column in &mut columns {
                    column.push(pool.put(Raw::Malformed, None, lines));
                }
            }
        }
        self.pool = pool;
        self.columns.extend(columns);
    }

    /// How to tell what an event that no log manager stored has in a field. Of its paths those under `msg` are no such event's.
    fn way(&self, field: &FieldPath, columns: usize) -> Way {
        let agents = |field: &FieldPath| -> Vec<String> {
            field.paths.iter().filter(|path| !is_message(path)).cloned().collect()
        };
        let paths = agents(field);
        if paths.is_empty() {
            return Way::Absent;
        }
        if let Some((slot, _)) = self.layout.iter().take(columns).find(|(_, other)| agents(other) == paths) {
            return Way::As(slot.0.into());
        }
        let names: Option<Vec<&str>> = paths.iter().map(|path| path.strip_prefix("winlog.event_data.")).collect();
        let has = |known: &[Box<[u8]>]| {
            names.as_ref().is_none_or(|names| {
                // A value below one of the data, or one whose name has dots.
                let first = |name: &str| name.split_once('.').map_or(name.len(), |(first, _)| first.len());
                names.iter().any(|name| {
                    known.iter().any(|known| known.starts_with(name.as_bytes().get(..first(name)).unwrap_or_default()))
                })
            })
        };
        Way::Named(self.names.iter().map(|known| has(known)).collect())
    }
}
