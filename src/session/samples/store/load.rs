//! Records become events of the store.
//!
//! In: records as a reader gives them. Out: their bytes, their leaves and their columns in the store; what cannot be kept is told. Never
//! here: files, forms.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::super::pool::ValueId;
use super::{BYTES, DATA, EVENTS, HOST, Kept, LISTED, Samples, TIME, lines};
use crate::event::read::{Damaged, Record, Sink};
use crate::event::{EventView, Layout, Raw, RawMap, Value, carry};
use crate::explain;
use crate::session::wire::DamagedEvent;
use crate::sysmon::Catalogue;

/// Puts records into the store.
pub(super) struct Loader<'s> {
    samples: &'s mut Samples,
    catalogue: &'s Catalogue,
    file: u32,
    /// Number and bytes of a record that is read again.
    pub(super) place: Option<(u64, u64)>,
    /// Lines of the file that were read before.
    pub(super) after: u64,
    paths: Vec<u32>,
    values: Vec<ValueId>,
    pub(super) left: usize,
    pub(super) damaged: Vec<DamagedEvent>,
    pub(super) more: usize,
}

impl<'s> Loader<'s> {
    pub(super) fn new(samples: &'s mut Samples, catalogue: &'s Catalogue, file: u32) -> Self {
        Self {
            samples,
            catalogue,
            file,
            place: None,
            after: 0,
            paths: Vec::new(),
            values: Vec::new(),
            left: 0,
            damaged: Vec::new(),
            more: 0,
        }
    }

    fn tell(&mut self, number: Option<u64>, reason: String) {
        if self.damaged.len() < LISTED {
            self.damaged.push(DamagedEvent { number: number.map(|number| number.to_string()), reason });
        } else {
            self.more += 1;
        }
    }
}

/// A text, decoded.
fn text_of(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    match raw {
        Raw::Text(text) => Some(text.into()),
        Raw::Json(inside) => {
            let mut text = String::new();
            crate::event::json::decode_string(inside, &mut text).ok()?;
            Some(text.into())
        }
        Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
    }
}

impl Sink for Loader<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let samples = &mut *self.samples;
        if samples.kept.len() >= EVENTS || samples.bytes() >= BYTES {
            self.left += 1;
            return ControlFlow::Continue(());
        }
        let frame = carry::one(&record)
            .and_then(|frame| Some((samples.records.push(&frame, frame.len())?, frame.len() as u32)));
        let Some((start, length)) = frame else {
            self.tell(Some(self.after + record.place.number), "this record cannot be kept".to_string());
            return ControlFlow::Continue(());
        };
        let view = record.view;
        let row = samples.kept.len();
        let Samples { pool, paths, path_index, path_columns, records, layout, columns, .. } = samples;
        let lines = lines(records, &record, start + length);
        for ((slot, _), column) in layout.iter().zip(columns.iter_mut()) {
            // The data of an event that was taken apart are in its record, and asked for as a whole by next to no rule.
            let is_apart = DATA.contains(&usize::from(slot.0)) && matches!(view.raw(slot), Raw::Map(RawMap::Values(_)));
            column.push(if is_apart {
                pool.whole(lines)
            } else {
                pool.put(view.raw(slot), view.undecidable(slot), lines)
            });
        }
        self.paths.clear();
        self.values.clear();
        view.leaves(&mut |path, raw| {
            let at = match path_index.get(path) {
                Some(at) => *at,
                None => {
                    let at = paths.len() as u32;
                    paths.push(path.to_string());
                    path_index.insert(path.to_string(), at);
                    let column = layout.iter().find(|(_, field)| field.paths.iter().eq([path]));
                    path_columns.push(column.map(|(slot, _)| usize::from(slot.0)));
                    at
                }
            };
            self.paths.push(at);
            // A text that its column has is not looked up once more, nor a long one stored that stands in the record.
            let column = path_columns.get(at as usize).copied().flatten();
            let cell = column.and_then(|column| columns.get(column)?.get(row)).copied();
            let same = |cell: &ValueId| {
                let text = text_of(raw);
                text.is_some() && text_of(pool.get(*cell, records)) == text && pool.why(*cell).is_none()
            };
            self.values.push(cell.filter(same).unwrap_or_else(|| pool.put(raw, None, lines)));
            ControlFlow::Continue(())
        });
        let shape = match samples.shape_index.get(self.paths.as_slice()) {
            Some(shape) => *shape,
            None => {
                let (shape, paths) = (samples.shapes.len() as u32, self.paths.as_slice());
                samples.shapes.push(paths.into());
                samples.shape_index.insert(paths.into(), shape);
                shape
            }
        };
        // Values are fewer than the bytes of their records, of which there is an end.
        let leaves = samples.leaves.push(&self.values, self.values.len()).unwrap_or_default();
        let text = |slot| explain::show(view.raw(slot));
        let id = text(Layout::EVENT_ID).and_then(|id| id.trim().parse().ok());
        let (provider, channel) = (text(Layout::PROVIDER), text(Layout::CHANNEL));
        let event = id.and_then(|id| self.catalogue.event_of(provider.as_deref(), id, channel.as_deref()));
        let (number, bytes) = self.place.unwrap_or((self.after + record.place.number, record.bytes));
        let names = samples.names_of(view);
        samples.kept.push(Kept {
            file: self.file,
            number,
            form: record.form,
            bytes,
            start,
            length,
            stored: view.is_stored(),
            names,
            shape,
            leaves,
            time: samples.cell(TIME, row),
            host: samples.cell(HOST, row),
            id: samples.cell(usize::from(Layout::EVENT_ID.0), row),
            event,
        });
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.tell(damaged.number.map(|number| self.after + number), damaged.reason);
    }
}

impl Samples {
    fn names_of(&mut self, view: &dyn EventView) -> Option<u32> {
        let mut names: Vec<Box<[u8]>> = Vec::new();
        // What was taken apart and does not know its names is read as a whole when they are asked for.
        if !view.data_names(&mut |name| names.push(name.into())) {
            names = if view.parts().is_some() { None } else { names_in(view) }?;
        }
        let names = names.into_boxed_slice();
        if let Some(at) = self.name_index.get(&names) {
            return Some(*at);
        }
        let at = u32::try_from(self.names.len()).ok()?;
        self.names.push(names.clone());
        self.name_index.insert(names, at);
        Some(at)
    }
}

/// The names of the data of an event as the agent wrote it, if none can be taken for another: everything stands where it belongs.
fn names_in(view: &dyn EventView) -> Option<Vec<Box<[u8]>>> {
    if view.is_stored() {
        return None;
    }
    let whole = view.whole().ok()?;
    let mut winlogs = whole.iter().filter(|(name, _)| name.starts_with("winlog"));
    let (Some((name, Value::Map(winlog))), None) = (winlogs.next(), winlogs.next()) else { return None };
    if name != "winlog" {
        return None;
    }
    let mut names = Vec::new();
    for (name, value) in winlog {
        match (name.as_str(), value) {
            ("event_data" | "user_data", Value::Map(data)) => {
                names.extend(data.iter().map(|(name, _)| name.as_bytes().into()));
            }
            (other, _) if other.starts_with("event_data") || other.starts_with("user_data") => return None,
            (_, _) => {}
        }
    }
    Some(names)
}
