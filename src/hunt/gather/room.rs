//! Room for what a hunt keeps of events.
//!
//! In: texts. Out: those that may be kept, cut where one is too long; how many had no room. Never here: what they mean.

use crate::limits::{HUNT_BYTES, HUNT_VALUE_BYTES};

/// What a kept text takes beside its bytes, with the place that points to it.
const BESIDE: usize = 64;
/// What stands where a value was cut.
const CUT: &str = "… (cut)";

/// The room that is left.
#[derive(Clone, Debug)]
pub(super) struct Room {
    left: usize,
    /// How often there was none, or a limit of its own was reached.
    pub beyond: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: HUNT_BYTES, beyond: 0 }
    }
}

impl Room {
    /// Is there room for another text with so many bytes? Then it is taken.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes + BESIDE) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left = 0;
                self.beyond += 1;
                false
            }
        }
    }

    /// The text, if there is room for it.
    pub(super) fn keep(&mut self, text: Option<String>) -> Option<String> {
        text.filter(|text| self.take(text.len()))
    }
}

/// The text, so long at most, and marked where it is cut.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= HUNT_VALUE_BYTES {
        return text.to_string();
    }
    let most = HUNT_VALUE_BYTES - CUT.len();
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{CUT}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_and_says_so() {
        assert_eq!(cut("ä"), "ä");
        let long = "ä".repeat(HUNT_VALUE_BYTES);
        let cut = cut(&long);
        assert!(cut.len() <= HUNT_VALUE_BYTES && cut.ends_with("ä… (cut)"));
    }

    #[test]
    fn where_there_is_no_room_left_it_is_counted() {
        let mut room = Room { left: 2 * (BESIDE + 3), beyond: 0 };
        let kept: Vec<bool> = (0..4).map(|_| room.keep(Some("abc".to_string())).is_some()).collect();
        assert_eq!((kept, room.beyond), (vec![true, true, false, false], 2));
    }
}
