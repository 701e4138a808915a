//! The agent's event: what Winlogbeat would have sent, made from any form that is not its own.
//!
//! In: [`Parts`], a record taken apart by the reader of its form: what stands in the header of a Windows event, and the event's
//! data as they stand. Out: an [`AgentView`] for rules, and the whole event as the agent would have it. Never here: what a form
//! looks like; rules.
//!
//! | file | what |
//! | --- | --- |
//! | `parts.rs` | the record, taken apart: pieces of it by what they are |
//! | `plan.rs` | what each slot of a layout asks of the parts, worked out once |
//! | `view.rs` | the slots of one record |
//! | `whole.rs` | the whole event; the measure of the view |
//! | `dump.rs` | Windows' event, as evtx_dump would write it |
//! | `render.rs` | data in the shape in which Windows renders them |
//! | `time.rs` | times, as the agent writes them |
//! | `lost.rs` | what a form cannot give back, and why |

mod dump;
mod lost;
mod parts;
mod plan;
mod render;
#[cfg(test)]
mod tests;
mod time;
mod view;
mod whole;

pub use lost::Form;
pub use parts::Parts;
pub(crate) use parts::{Head, Kind, Of, Pair, Piece, Source};
pub use plan::AgentPlan;
pub(crate) use time::{Zone, are_far_apart, is_zoned};
pub use view::AgentView;
