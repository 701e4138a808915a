//! What crosses to the page of a hunt, as `www/src/engine/hunting.ts` has it.
//!
//! In and out: serde types whose names in JSON are JavaScript's, but for the hunt itself, which is the document that
//! `hunt --format json` writes. Never here: how they are made.

use serde::{Deserialize, Serialize};

use crate::hunt::{Guid, Hunt};
use crate::session::wire::Refused;

/// Where to begin, and how far to go.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HuntRequest {
    /// GUIDs to begin with, whatever they are.
    pub start: Vec<String>,
    /// GUIDs to begin with, unless they are the system's own.
    pub met: Vec<String>,
    /// Also over accesses that let in.
    pub access: bool,
    /// Rounds at most.
    pub max_depth: Option<u32>,
    /// Full paths of images at which to stop too.
    pub stop_at: Vec<String>,
    /// GUIDs or full paths at which not to stop.
    pub through: Vec<String>,
}

/// The processes that caused some events.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HuntBegun {
    /// Each once.
    pub guids: Vec<Guid>,
    /// Events.
    pub events: u64,
    /// Those that name no process.
    pub nameless: u64,
}

/// What was found in a text that somebody pasted.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HuntGuids {
    /// The processes, each once.
    pub guids: Vec<Guid>,
    /// What is none.
    pub faults: Vec<NotAGuid>,
    /// Others that are none.
    pub more_faults: usize,
}

/// A text that names no process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NotAGuid {
    /// The text.
    pub text: String,
    /// Why.
    pub why: &'static str,
}

/// A walk that is over.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HuntWalked {
    /// Rounds that found something.
    pub rounds: usize,
    /// Processes that were reached.
    pub processes: usize,
    /// Processes that it stopped at.
    pub stopped: usize,
    /// A condition: events that name any of them.
    pub about: String,
}

/// Why a walk did not come to its end.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HuntStuck {
    /// What is wrong.
    pub error: String,
    /// The way out.
    pub help: Option<String>,
    /// Processes to begin with nevertheless.
    pub begin: Vec<Guid>,
}

impl From<Refused> for HuntStuck {
    fn from(Refused { error, help }: Refused) -> Self {
        Self { error, help, begin: Vec::new() }
    }
}

/// A hunt.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Hunted<'h> {
    /// The document.
    pub hunt: &'h Hunt,
    /// The numbers of its events, in rising order.
    pub rows: Vec<u32>,
    /// The notes, for somebody at a page.
    pub notes: Vec<HuntNote>,
}

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HuntNote {
    /// A sentence.
    pub text: String,
    /// Processes that one may go through to know more.
    pub through: Vec<Guid>,
}

/// What a hunt is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum HuntForm {
    /// All of it.
    Json,
    /// A report.
    Markdown,
    /// A tree of lines.
    Tree,
    /// A picture for Graphviz.
    Dot,
    /// A picture for Mermaid.
    Mermaid,
    /// A rule that drops its events.
    Filter,
    /// A rule that tells of its events.
    Alert,
}
