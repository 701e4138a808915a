//! The id that Sysmon gives a process.
//!
//! In: a text, as an event or a person writes it. Out: a [`Guid`], or that there is none. Never here: which field it came from.
//!
//! | text | is |
//! | --- | --- |
//! | `{365ABB72-7C01-5CC4-0000-00102B3E0C00}`, in any case, with or without braces | that process |
//! | the same with anything around it | malformed: a condition does not find it there either |
//! | empty, `-`, all zeros | none: Sysmon did not know the process. It links nothing |
//! | anything else | malformed: it links nothing, and is counted |

use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// The id of a process, unique over hosts and reboots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct Guid(Uuid);

/// What a text says about a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// This one.
    Process(Guid),
    /// None.
    Nothing,
    /// It is no GUID.
    Malformed,
}

impl Named {
    /// The process, if there is one.
    pub fn process(self) -> Option<Guid> {
        match self {
            Named::Process(guid) => Some(guid),
            Named::Nothing | Named::Malformed => None,
        }
    }
}

impl Guid {
    /// Reads a text.
    pub fn read(text: &str) -> Named {
        if text.is_empty() || text == "-" {
            return Named::Nothing;
        }
        // The library reads more forms than Windows writes.
        if text.len() != 36 && text.len() != 38 {
            return Named::Malformed;
        }
        match Uuid::try_parse(text) {
            Ok(id) if id.is_nil() => Named::Nothing,
            Ok(id) => Named::Process(Guid(id)),
            Err(_) => Named::Malformed,
        }
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{:X}}}", self.0)
    }
}

impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_and_case_do_not_count() {
        let written = "{365ABB72-7C01-5CC4-0000-00102B3E0C00}";
        for text in [written, "365abb72-7c01-5cc4-0000-00102b3e0c00", "{365abb72-7c01-5cc4-0000-00102b3e0c00}"] {
            assert_eq!(Guid::read(text), Guid::read(written), "{text}");
            assert_eq!(Guid::read(text).process().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_sysmon_did_not_know_is_no_process() {
        let zero = "00000000-0000-0000-0000-000000000000";
        for text in ["", "-", zero, &format!("{{{zero}}}")] {
            assert_eq!(Guid::read(text), Named::Nothing, "{text}");
        }
    }

    #[test]
    fn what_is_no_guid_is_malformed() {
        for text in [
            "x",
            "4242",
            " ",
            " {365abb72-7c01-5cc4-0000-00102b3e0c00} ",
            "{365abb72-7c01-5cc4-0000-00102b3e0c00",
            "{365ABB72-7C01-5CC4-0000-00102B3E0C0}",
            "365ABB727C015CC4000000102B3E0C00",
            "urn:uuid:365abb72-7c01-5cc4-0000-00102b3e0c00",
            "(365ABB72-7C01-5CC4-0000-00102B3E0C00)",
            "{365ABB72-7C01-5CC4-0000-00102B3E0C0G}",
        ] {
            assert_eq!(Guid::read(text), Named::Malformed, "{text}");
        }
    }
}
