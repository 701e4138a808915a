//! Copies of files that were read under another name.
//!
//! In: a file, and what others have come to. Out: the place behind what another one of the same bytes has given. Never here: two files that
//! only begin alike taken for one.

use super::file::{Known, Look, Other};
use super::print::{Content, PRINT, Print, Stamp};
use crate::event::read::ReadError;

impl Known {
    /// Passes over what another file of the same beginning has given; `false`: it is not clear yet whether this is a copy.
    pub(super) fn skip_copied(
        &mut self,
        content: Content<'_>,
        stamp: Stamp,
        look: &Look<'_>,
    ) -> Result<bool, ReadError> {
        let begins = self.head.length == 0;
        let related = |other: &Other| {
            other.link == Some(self.id)
                || self.link == Some(other.id)
                || (self.link.is_some() && self.link == other.link)
        };
        let before = |other: &&Other| {
            let further = other.place.offset > self.place.offset && other.head.length > 0;
            other.id != self.id && further && other.tail.length > 0 && (begins || related(other))
        };
        let mut others: Vec<&Other> = look.others.iter().filter(before).collect();
        others.sort_by_key(|other| std::cmp::Reverse((other.place.offset, other.id)));
        if others.is_empty() {
            return Ok(true);
        }
        let start = content.bytes(0, PRINT)?;
        let mut heads = std::collections::HashMap::new();
        for other in others {
            let length = other.head.length;
            let Some(bytes) = start.get(..usize::from(length)) else { continue };
            if *heads.entry(length).or_insert_with(|| Print::of(bytes)) != other.head {
                continue;
            }
            if content.tail(other.place.offset)? == other.tail {
                (self.place, self.head, self.tail) = (other.place, other.head, other.tail);
                self.link = Some(other.link.unwrap_or(other.id));
                self.before = self.place.number;
                return Ok(true);
            }
            let shorter = !content.packed && stamp.size < other.place.offset;
            if shorter && begins && u64::from(length) == PRINT && !self.is_still(look) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
