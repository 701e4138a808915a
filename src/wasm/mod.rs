//! The browser's doors: what JavaScript can call.
//!
//! In: texts, and bytes of event files. Out: texts that hold JSON, made by serde from plain types, so that the host's tests cover them
//! too. Never here: meaning of its own, files, the network, the clock. Nothing a caller hands over makes a function trap; what is
//! wrong with it comes back as diagnostics, or as `{"error", "help"}` where there is no place for one.
//!
//! Two modules are built from this crate, one with each feature, and each has one door:
//!
//! | feature | door | is loaded |
//! | --- | --- | --- |
//! | `wasm` | `engine.rs` | at first: rules, and decisions over events |
//! | `wasm-more` | `more.rs` | when it is needed: all forms of events but the agent's own lines, Winlogbeat's configurations, configurations of Sysmon, tests of rules, hunts |

#[cfg(feature = "wasm")]
mod engine;
#[cfg(feature = "wasm-more")]
mod more;

#[cfg(feature = "wasm")]
pub use engine::{Engine, check, version};
#[cfg(feature = "wasm-more")]
pub use more::{More, read};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::session::Session;
use crate::session::wire::Refused;

/// An answer as JSON.
fn json<T: Serialize>(value: &T) -> String {
    // Strings, numbers and lists only: there is nothing in the types that serde_json could refuse.
    serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"error\":{:?},\"help\":null}}", error.to_string()))
}

/// What JSON a page handed over holds.
fn given<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        json(&Refused { error: format!("{what}: {error}"), help: Some("this is a fault of the page".to_string()) })
    })
}

/// Answers with what JSON holds, or says why it holds nothing.
fn answer<A: DeserializeOwned, T: Serialize>(what: &str, text: &str, answer: impl FnOnce(A) -> T) -> String {
    match given(what, text) {
        Ok(argument) => json(&answer(argument)),
        Err(refused) => refused,
    }
}

/// Replaces all rules and settings of a session.
fn set_project(session: &mut Session, files: &str, settings: &str) -> String {
    let settings = match given("settings", settings) {
        Ok(settings) => settings,
        Err(refused) => return refused,
    };
    answer("files", files, |files| session.set_project(files, settings))
}
