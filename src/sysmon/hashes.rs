//! Sysmon's list of hashes: `SHA1=..,MD5=..,SHA256=..,IMPHASH=..`, those that are configured.
//!
//! In: the text of `Hashes`, `Hash` or the like, or an event's id. Out: single hashes; the field that names the file they belong to; where to ask about
//! a file. Never here: whether a hash is
//! well-formed; that is asked of those that people write.

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

/// One hash out of the list, in any order and any case of its name; `-` and all zeros are no hash.
pub fn hash(list: &str, kind: HashKind) -> Option<&str> {
    let value = list.split(',').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(kind.word()).then_some(value.trim())
    })?;
    let none = value.is_empty() || value == "-" || value.bytes().all(|b| b == b'0');
    (!none).then_some(value)
}

/// The page of VirusTotal about the file that has these hashes: by the strongest one that VirusTotal knows files by.
pub fn virustotal(list: &str) -> Option<String> {
    let kinds = [HashKind::Sha256, HashKind::Sha1, HashKind::Md5];
    let (kind, value) = kinds.into_iter().find_map(|kind| Some((kind, hash(list, kind)?)))?;
    let whole = value.len() == kind.digits() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| format!("https://www.virustotal.com/gui/file/{}", value.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysmon::Catalogue;

    #[test]
    fn one_hash_out_of_many_in_any_order() {
        assert_eq!(hash("MD5=11,SHA256=22,IMPHASH=ABCD", HashKind::Imphash), Some("ABCD"));
        assert_eq!(hash("sha256=22", HashKind::Sha256), Some("22"));
        for none in ["-", "", "MD5=11", "SHA256=", "SHA256=-", "SHA256=0000"] {
            assert_eq!(hash(none, HashKind::Sha256), None, "{none}");
        }
    }

    #[test]
    fn a_file_is_asked_about_by_its_strongest_hash() {
        let (md5, sha1) = ("11".repeat(16), "AB".repeat(20));
        let page = |list: &str| virustotal(list);
        assert_eq!(
            page(&format!("MD5={md5},SHA1={sha1}")),
            Some(format!("https://www.virustotal.com/gui/file/{}", "ab".repeat(20)))
        );
        assert_eq!(page(&format!("IMPHASH={md5}")), None);
        assert_eq!(page("SHA256=xyz"), None);
        assert_eq!(page("-"), None);
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
