//! Hashes in Sysmon's events: whose they are, and how they are written.
//!
//! In: an event's id, or the text of its `Hashes`. Out: the field that names the file; one hash. Never here: whether a hash is
//! a good one.

use crate::ast::HashKind;

/// The events whose hash a white list is asked for, and the field that names the file that the hash belongs to.
///
/// Others carry hashes too (24, 26 to 29), but of what was blocked, or copied, or deleted without being kept: nobody could
/// look at the file.
pub const FILES: [(u32, &str); 5] =
    [(1, "Image"), (6, "ImageLoaded"), (7, "ImageLoaded"), (15, "TargetFilename"), (23, "TargetFilename")];

/// The field that names the file of an event's hash.
pub fn file_field(id: u32) -> Option<&'static str> {
    FILES.iter().find(|(event, _)| *event == id).map(|(_, field)| *field)
}

/// One hash out of Sysmon's `NAME=value,NAME=value`; `-` and all zeros are no hash.
pub fn part(text: &str, kind: HashKind) -> Option<&str> {
    let value = text.split(',').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(kind.word()).then_some(value.trim())
    })?;
    let none = value.is_empty() || value == "-" || value.bytes().all(|b| b == b'0');
    (!none).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysmon::Catalogue;

    #[test]
    fn one_hash_out_of_many_in_any_order() {
        assert_eq!(part("MD5=11,SHA256=22,IMPHASH=ABCD", HashKind::Imphash), Some("ABCD"));
        assert_eq!(part("sha256=22", HashKind::Sha256), Some("22"));
        for none in ["-", "", "MD5=11", "SHA256=-", "SHA256=0000"] {
            assert_eq!(part(none, HashKind::Sha256), None, "{none}");
        }
    }

    #[test]
    fn each_event_has_the_hash_and_the_field() {
        let catalogue = Catalogue::standard();
        for (id, field) in FILES {
            let at = catalogue.event_of(Some("Microsoft-Windows-Sysmon"), id, None).unwrap();
            let fields = &catalogue.event_at(at).unwrap().fields;
            assert!(fields.iter().any(|have| have == field), "{id}");
            assert!(fields.iter().any(|have| have == "Hashes" || have == "Hash"), "{id}");
        }
        assert_eq!(
            [1, 7, 11, 23, 26].map(file_field),
            [Some("Image"), Some("ImageLoaded"), None, Some("TargetFilename"), None]
        );
    }
}
