//! Sysmon's list of hashes: `SHA1=..,MD5=..,SHA256=..,IMPHASH=..`, those that are configured.
//!
//! In: the text of `Hashes`, `Hash` or the like. Out: single hashes; where to ask about a file. Never here: whether a hash is
//! well-formed; that is asked of those that people write.

use crate::ast::HashKind;

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
}
