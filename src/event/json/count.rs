//! How much stands in a document.
//!
//! In: bytes of one. Out: whether it has more keys and members than a record may have. Never here: memory; a look at documents that
//! are too short to have so many.

use super::{skip_space, string_end};
use crate::limits::RECORD_MEMBERS;

/// Why a record is beyond the limit that has too much in it.
pub(crate) const TOO_MANY: &str = "more than 131072 keys, elements or members of lists";
const _: () = assert!(RECORD_MEMBERS == 131_072);

/// Are there more keys and members of lists, at all levels, than a record may have?
pub(crate) fn has_too_many(bytes: &[u8]) -> bool {
    // A member has a byte at least, and one more behind it.
    if bytes.len() <= 2 * RECORD_MEMBERS {
        return false;
    }
    let (mut count, mut at) = (0usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => match string_end(bytes, at + 1) {
                Some(end) => at = end,
                None => return false,
            },
            b',' => count += 1,
            b'{' | b'[' => count += usize::from(!matches!(bytes.get(skip_space(bytes, at + 1)), Some(b'}' | b']'))),
            _other => {}
        }
        if count > RECORD_MEMBERS {
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_members_count_at_all_levels_and_what_stands_in_texts_does_not() {
        let with = |members: usize| {
            format!(r#"{{"a{}":{{"b":[{}1]}}}}"#, ",[{".repeat(RECORD_MEMBERS), "1,".repeat(members - 3))
        };
        assert!(!has_too_many(with(RECORD_MEMBERS).as_bytes()));
        assert!(has_too_many(with(RECORD_MEMBERS + 1).as_bytes()));
        let empty = |lists: usize| format!("[{}[ ]]", "[],".repeat(lists - 1));
        assert!(!has_too_many(empty(RECORD_MEMBERS).as_bytes()));
        assert!(has_too_many(empty(RECORD_MEMBERS + 1).as_bytes()));
    }
}
