//! Events, in whatever form they came.
//!
//! In: bytes of a file or a stream. Out: an [`EventView`] a record: the machine asks it for the slots of a [`Layout`] and
//! gets borrowed raw values, decoded only when somebody reads them. Never here: rules, decisions, printing.
//!
//! | view | of | cost |
//! | --- | --- | --- |
//! | [`json::LineView`] | one line of NDJSON | one scan of the line, values left as they stand, keys read once a log |
//! | [`AgentView`] | a record of any other form, as the agent would send it | a walk over its pieces, values left as they stand |
//! | [`MapView`] | a materialised [`Value`] | a walk a look-up; the slow twin's |
//! | [`Relaid`] | a view of a larger layout | another number a look-up |

mod agent;
#[cfg(feature = "cli")]
pub mod archive;
pub mod carry;
#[cfg(feature = "evtx")]
pub mod evtx;
#[cfg(feature = "cli")]
pub mod input;
pub mod json;
mod layout;
pub mod read;
mod relaid;
mod shape;
#[cfg(test)]
mod testing;
mod value;
pub mod write;
mod xml;

pub use agent::{AgentPlan, AgentView, Form, Parts};
pub use layout::{FieldPath, Layout, Slot};
pub(crate) use layout::{is_message, is_stored};
pub use relaid::Relaid;
pub use value::{MapView, Value, find};
pub(crate) use value::{is_plain_id, leaves, whole_number, without};

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::ast::Number;
use json::Damage;

/// What a rule sees of one event.
pub trait EventView {
    /// The value at a slot of the layout that the view was made for.
    fn raw(&self, slot: Slot) -> Raw<'_>;

    /// Calls `visit` with the path and value of every leaf (what is neither list nor map; members of lists one by one,
    /// under the list's path), in the order of the event. Of repeated keys only the first is visited.
    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>);

    /// The whole event, or the damage that keeps it from being read whole.
    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage>;

    /// Values of the event's data that the agent leaves out because their names came before, in order.
    fn also(&self) -> Vec<(String, Value)> {
        Vec::new()
    }

    /// Calls `visit` with the name of every value of the event's data that is there, and perhaps with more, where that is cheap and no
    /// name comes twice. `false`: it is not, or one does; whatever was visited does not count.
    fn data_names(&self, visit: &mut dyn FnMut(&[u8])) -> bool {
        let _ = visit;
        false
    }

    /// The event as evtx_dump would write it, where the record was taken apart into what a Windows event consists of.
    fn windows(&self) -> Result<Option<Vec<(String, Value)>>, Damage> {
        Ok(None)
    }

    /// The bytes of the record and its parts, where it was taken apart.
    #[doc(hidden)]
    fn parts(&self) -> Option<(&[u8], &Parts)> {
        None
    }

    /// Does the event come from the log manager? Only then are `msg`, `meta` and `raw` its own; in every other form whatever stands
    /// there was written by the endpoint, and is not what rules behind the agent mean.
    fn is_stored(&self) -> bool {
        false
    }

    /// Why a test on this slot cannot be decided for this event: the form it came in lost the field. `None`: it can.
    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        let _ = slot;
        None
    }
}

/// A value as it stands in the event.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// There is no such field.
    Absent,
    /// It is null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, ready to use.
    Text(&'a str),
    /// The inside of a JSON string as it stands in the input, perhaps with escapes; not yet known to be UTF-8.
    Json(&'a [u8]),
    /// A list.
    List(RawList<'a>),
    /// A map.
    Map(RawMap<'a>),
    /// What stands there is no value (a malformed number, say).
    Malformed,
}

/// A list as it stands in the event.
#[derive(Clone, Copy, Debug)]
pub enum RawList<'a> {
    /// Members, ready to use.
    Values(&'a [Value]),
    /// From `[` to `]` in the input.
    Json(&'a [u8]),
}

/// A map as it stands in the event.
#[derive(Clone, Copy, Debug)]
pub enum RawMap<'a> {
    /// Members in order; of equal keys the first counts.
    Values(&'a [(String, Value)]),
    /// From `{` to `}` in the input.
    Json(&'a [u8]),
}
