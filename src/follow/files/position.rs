//! The position of one file, as bytes.
//!
//! In: what is known of a file. Out: bytes, and the same again. Never here: the file.

use serde::{Deserialize, Serialize};

use super::print::{Identity, Print, Stamp};
use crate::event::read::{Place, Within};

/// The first byte; another one is another form.
const VERSION: u8 = 1;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The name under which its records are told.
    pub(super) name: String,
    /// Where it was met first.
    pub(super) path: String,
    /// Which one it was.
    pub(super) identity: Option<Identity>,
    /// Its first bytes, of those that were read.
    pub(super) head: Print,
    /// The last bytes that were read.
    pub(super) tail: Print,
    /// Where its reading has come to. Of a file that is read whole the number says how many records were given.
    pub(super) place: (u64, u64, u8),
    /// It is read to its end, and was like this then.
    pub(super) done: Option<Stamp>,
}

pub(super) fn place((offset, number, within): (u64, u64, u8)) -> Option<Place> {
    let within = match within {
        0 => Within::Nothing,
        1 => Within::Taken,
        2 => Within::TooLong,
        _unknown => return None,
    };
    Some(Place { offset, number, within })
}

pub(super) fn of_place(place: Place) -> (u64, u64, u8) {
    let within = match place.within {
        Within::Nothing => 0,
        Within::Taken => 1,
        Within::TooLong => 2,
    };
    (place.offset, place.number, within)
}

impl Position {
    pub(super) fn encode(&self) -> Vec<u8> {
        // What holds numbers and texts can always be written.
        postcard::to_extend(self, vec![VERSION]).unwrap_or_default()
    }

    /// `None`: this program did not write it.
    pub(super) fn decode(bytes: &[u8]) -> Option<Position> {
        let (version, rest) = bytes.split_first()?;
        let (position, rest) = postcard::take_from_bytes::<Position>(rest).ok()?;
        (*version == VERSION && rest.is_empty() && place(position.place).is_some()).then_some(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_position() -> impl Strategy<Value = Position> {
        let print = || prop::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| Print::of(&bytes));
        let identity = any::<Option<(u64, u64)>>().prop_map(|id| id.map(|(device, file)| Identity { device, file }));
        let done = any::<Option<(u64, u128)>>().prop_map(|s| s.map(|(size, changed)| Stamp { size, changed }));
        (any::<(String, String)>(), identity, print(), print(), (any::<u64>(), any::<u64>(), 0..3_u8), done).prop_map(
            |((name, path), identity, head, tail, place, done)| Position {
                name,
                path,
                identity,
                head,
                tail,
                place,
                done,
            },
        )
    }

    proptest! {
        #[test]
        fn every_position_comes_back_and_no_cut_one_is_taken(position in any_position()) {
            let bytes = position.encode();
            prop_assert_eq!(Position::decode(&bytes), Some(position));
            for cut in 0..bytes.len() {
                prop_assert_eq!(Position::decode(&bytes[..cut]), None);
            }
            let mut more = bytes.clone();
            more.push(0);
            prop_assert_eq!(Position::decode(&more), None);
            more = bytes;
            more[0] = 9;
            prop_assert_eq!(Position::decode(&more), None);
        }

        #[test]
        fn whatever_the_bytes_are_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Position::decode(&bytes);
        }
    }
}
