//! What is said of a hunt to somebody at a page, who has buttons where the command line has options.
//!
//! In: notes, walks, and why one did not end. Out: sentences, and the processes that a button is about. Never here: markup.

use super::wire::{HuntNote, HuntStuck, HuntWalked};
use crate::hunt::{EXAMPLES, Guid, Note, Walk};
use crate::limits::HUNT_PROCESSES;

/// A note as a page shows it.
pub(super) fn note(note: &Note) -> HuntNote {
    let data = |text: &str| text.to_string();
    let (text, through) = match note {
        Note::CodeInStopped { examples, .. } => {
            let text = note.text(&data);
            // What the command line says to do is a button here.
            let text = text.split("; --through ").next().unwrap_or_default().to_string();
            (text, examples.iter().map(|one| one.to).collect())
        }
        Note::NotBegun { processes, examples } => {
            let text = format!(
                "{processes} of the processes that caused these events {} the system's own, and the hunt does not begin with {}",
                if *processes == 1 { "is" } else { "are" },
                if *processes == 1 { "it" } else { "them" },
            );
            (text, examples.clone())
        }
        Note::NotNamed { guid } => (format!("no event names {guid}, which the hunt began with"), Vec::new()),
        Note::NothingMet => ("no event meets the condition".to_string(), Vec::new()),
        Note::InVain { option, value } => {
            let asked = if *option == "--stop-at" { "stop at" } else { "go through" };
            (format!("{asked} {value}: there is no process for that"), Vec::new())
        }
        Note::NotCreated { .. }
        | Note::NoParent { .. }
        | Note::Contradicted { .. }
        | Note::UsedAgain { .. }
        | Note::Beyond { .. }
        | Note::Cut
        | Note::Nameless { .. }
        | Note::NotAsked { .. }
        | Note::StartsBeyond { .. }
        | Note::Malformed { .. } => (note.text(&data), Vec::new()),
    };
    let mut through = through;
    through.sort_unstable();
    through.dedup();
    HuntNote { text, through }
}

/// All that a hunt would begin with are the system's own.
pub(super) fn nowhere(guids: Vec<Guid>) -> HuntStuck {
    let shown: Vec<String> = guids.iter().take(EXAMPLES).map(ToString::to_string).collect();
    let more = if guids.len() > EXAMPLES { ", …" } else { "" };
    HuntStuck {
        error: format!(
            "the system's own processes alone caused this ({}{more}): a hunt from there would end with the whole machine",
            shown.join(", ")
        ),
        help: Some("choose an event of another process, or begin there nevertheless".to_string()),
        begin: guids,
    }
}

/// A hunt that reached too many.
pub(super) fn too_many(rounds: usize, most: Option<(Guid, usize)>) -> HuntStuck {
    let over = most.map_or_else(String::new, |(guid, count)| format!(", {count} of the last ones over {guid}"));
    HuntStuck {
        error: format!("the hunt reached more than {HUNT_PROCESSES} processes in {} rounds{over}", rounds + 1),
        help: Some("limit the rounds, or name the image at which to stop".to_string()),
        begin: Vec::new(),
    }
}

/// What a walk came to, and the condition that chooses all events that say something of its processes.
pub(super) fn walked(walk: &Walk) -> HuntWalked {
    let guids = walk.reached.keys().chain(walk.stopped.keys());
    let mut guids: Vec<String> = guids.map(|guid| format!("'{guid}'")).collect();
    guids.sort_unstable();
    HuntWalked {
        rounds: walk.rounds.len(),
        processes: walk.reached.len(),
        stopped: walk.stopped.len(),
        about: format!("any processguid in [{}]", guids.join(", ")),
    }
}
