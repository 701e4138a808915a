//! The door of the module that reads EVTX, which a page loads when the first such file comes.
//!
//! In: the bytes of a file, packed or not. Out: its records as `event/carry.rs` carries them, which the engine reads as if it had read the
//! file itself; damage goes with them. Never here: rules.

use std::io::Cursor;
use std::sync::Arc;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::event::carry::Carrier;
use crate::event::read::{DamageKind, Damaged, EventReader, Sink};

/// Reads a file.
#[wasm_bindgen]
pub fn read(bytes: &[u8]) -> Vec<u8> {
    let file: Arc<str> = Arc::from("");
    let mut carrier = Carrier::default();
    // Who reads what is carried says which fields are asked for.
    let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
    if let Err(error) = reader.read_file(&file, Cursor::new(bytes), &mut carrier) {
        let reason = error.to_string();
        carrier.damaged(Damaged { file, number: None, offset: 0, kind: DamageKind::Chunk, reason });
    }
    carrier.finish()
}
