//! The browser's door: what JavaScript can call.
//!
//! In: texts. Out: texts that hold JSON, made by serde from plain types, so that the host's tests cover them too. Never
//! here: meaning of its own, files, the network, the clock. Nothing a caller hands over makes a function trap; what is
//! wrong with it comes back as diagnostics.

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of Blocksieve that the module was built from.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_string()
}
