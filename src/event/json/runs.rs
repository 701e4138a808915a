//! Members that nobody reads and that stand in one line after the other with the same values: the agent's name and version, the host.
//!
//! In: the keys that came one behind the other, and the values that stood there. Out: for a key the bytes from its value on to the end of
//! the last such member, to be compared with the line at once. Never here: trust; where other bytes stand they are read.
//!
//! Bytes that were read before at the same place are read the same way again, and so are those that follow: what a run says of where it
//! ends is what its members said one by one.

use super::predict::{Lead, NONE, Place};
use super::scan::unread_below;

/// So often a value has to come again before it counts as one that stays.
const AGAIN: u8 = if cfg!(test) { 1 } else { 12 };
/// So many other values show that it does not.
const OTHERS: u8 = 3;
/// Longer values are not remembered.
const VALUE: usize = 512;
/// Bytes of a run at most.
const RUN: usize = 2048;
/// A shorter run saves nothing.
const MEMBERS: usize = 2;

/// The last value of a key that nobody reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Steady {
    value: Box<[u8]>,
    again: u8,
    others: u8,
}

impl Steady {
    /// Is it to be seen yet whether it stays?
    #[inline(always)]
    pub(super) fn is_open(&self) -> bool {
        self.others < OTHERS && self.again < AGAIN
    }

    fn stays(&self) -> bool {
        self.others < OTHERS && self.again >= AGAIN
    }

    /// Takes note of a value, or of the `{` of a map that is gone into; `true` where this one shows that it stays.
    pub(super) fn note(&mut self, value: &[u8]) -> bool {
        if *self.value == *value {
            self.again += 1;
            return self.stays();
        }
        // The first is no other one.
        self.others += u8::from(!self.value.is_empty());
        self.again = 0;
        if value.len() > VALUE {
            self.others = OTHERS;
        }
        self.value = if self.others < OTHERS { value.into() } else { Box::default() };
        false
    }
}

/// What stays, from the end of one value to the end of another.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Where it begins.
    pub(super) place: Place,
    pub(super) bytes: Box<[u8]>,
    /// Levels that it closes, and those around the ones that it opens then.
    pub(super) closes: usize,
    pub(super) opens: Box<[u32]>,
    /// Where it ends.
    pub(super) end: Place,
    /// The last of its keys, and how many there are.
    pub(super) last: u32,
    pub(super) members: u32,
}

/// The run behind a key, along the keys that came last.
pub(super) fn behind(from: u32, leads: &[Lead], steady: &[Steady]) -> Option<Run> {
    let first = leads.get(from as usize)?.next[0];
    let place = leads.get(first as usize)?.place;
    let (mut bytes, mut closes, mut opens, mut members) = (Vec::new(), 0, Vec::new(), 0);
    let (mut number, mut at, mut run) = (first, place, None);
    while let (Some(lead), Some(value)) = (leads.get(number as usize), steady.get(number as usize))
        && lead.place == at
        && lead.edge == NONE
        && !lead.ends
        && value.stays()
        && bytes.len() < RUN
    {
        for _ in 0..lead.closes {
            closes += usize::from(opens.pop().is_none());
        }
        bytes.extend_from_slice(&lead.bytes);
        // The quote of a text stands in both.
        bytes.extend_from_slice(value.value.get(usize::from(lead.text)..).unwrap_or_default());
        members += 1;
        at = Place { level: lead.level, first: false };
        if *value.value == *b"{" {
            opens.push(lead.level);
            at = Place { level: unread_below(lead.level)?, first: true };
        }
        // A number may go on.
        if members as usize >= MEMBERS && matches!(value.value.last(), Some(b'"' | b'}' | b']' | b'{')) {
            let (bytes, opens) = (bytes.clone().into_boxed_slice(), opens.clone().into_boxed_slice());
            run = Some(Run { place, bytes, closes, opens, end: at, last: number, members });
        }
        number = lead.next[0];
    }
    run
}
