//! Single values, and the functions that rules see them through.
//!
//! In: a decoded value. Out: a decoded value, or nothing where the function has none. Never here: lists, folding.

use std::net::IpAddr;

use crate::ast::{Function, Number, Timestamp};

/// One value, decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Bool(bool),
    Number(Number),
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// Its text: a number's and boolean's is the canonical one, written into `canonical`.
    pub(super) fn text(self, canonical: &'a mut String) -> &'a str {
        match self {
            Scalar::Text(text) => text,
            Scalar::Bool(true) => "true",
            Scalar::Bool(false) => "false",
            Scalar::Number(Number::Int(value)) => {
                use std::fmt::Write;
                canonical.clear();
                // Writing into a String cannot fail.
                let _ = write!(canonical, "{value}");
                canonical
            }
            Scalar::Number(number @ Number::Float(_)) => {
                canonical.clear();
                canonical.push_str(&number.text());
                canonical
            }
        }
    }

    /// The number that it is or wholly spells.
    pub(super) fn number(self) -> Option<Number> {
        match self {
            Scalar::Number(number) => Some(number),
            Scalar::Text(text) => Number::parse_text(text),
            Scalar::Bool(_) => None,
        }
    }

    /// The boolean that it is or spells, in any case.
    pub(super) fn bool(self) -> Option<bool> {
        match self {
            Scalar::Bool(value) => Some(value),
            Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Scalar::Text(_) | Scalar::Number(_) => None,
        }
    }

    /// The address that its text spells; IPv4 inside IPv6 is IPv4.
    pub(super) fn address(self) -> Option<IpAddr> {
        match self {
            Scalar::Text(text) => address(text),
            Scalar::Bool(_) | Scalar::Number(_) => None,
        }
    }

    /// The time that its text spells.
    pub(super) fn time(self) -> Option<Timestamp> {
        match self {
            Scalar::Text(text) => Timestamp::parse(text),
            Scalar::Bool(_) | Scalar::Number(_) => None,
        }
    }

    /// Seen through a function that gives no text; `None`: it has no value.
    pub(super) fn through_number(self, function: Function) -> Option<Number> {
        let part =
            |index: usize| self.time().and_then(Timestamp::calendar).map(|parts| Number::Int(parts[index].into()));
        match function {
            Function::NumberOf => match self {
                Scalar::Number(number) => Some(number),
                Scalar::Text(text) => Number::parse_literal(text.trim()),
                Scalar::Bool(_) => None,
            },
            Function::LengthOf => {
                let mut canonical = String::new();
                Some(Number::Int(self.text(&mut canonical).chars().count() as i128))
            }
            Function::Year => part(0),
            Function::Month => part(1),
            Function::Day => part(2),
            Function::Weekday => part(3),
            Function::Hour => part(4),
            Function::Minute => part(5),
            Function::Week => part(6),
            Function::LowerCase
            | Function::UpperCase
            | Function::TitleCase
            | Function::FileName
            | Function::Folder
            | Function::Base64
            | Function::Base64Wide => None,
        }
    }
}

/// Reads an address as the language does.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    // The first byte says enough of most texts that are none.
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_hexdigit() || first == b':') || text.len() > 45 {
        return None;
    }
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Does the function give a text out of a text?
pub(super) fn gives_text(function: Function) -> bool {
    matches!(
        function,
        Function::LowerCase | Function::UpperCase | Function::TitleCase | Function::FileName | Function::Folder
    )
}

/// A text seen through a function that gives a text, written into `out`.
pub(super) fn text_function(function: Function, text: &str, out: &mut String) {
    out.clear();
    let cut = || text.rfind(['\\', '/']).map_or(0, |at| at + 1);
    match function {
        Function::LowerCase => out.extend(text.chars().flat_map(char::to_lowercase)),
        Function::UpperCase => out.extend(text.chars().flat_map(char::to_uppercase)),
        Function::TitleCase => title_case(text, out),
        Function::FileName => out.push_str(&text[cut()..]),
        Function::Folder => out.push_str(&text[..cut()]),
        Function::NumberOf
        | Function::LengthOf
        | Function::Year
        | Function::Month
        | Function::Day
        | Function::Week
        | Function::Weekday
        | Function::Hour
        | Function::Minute
        | Function::Base64
        | Function::Base64Wide => out.push_str(text),
    }
}

/// The first letter of every run of letters in upper case, the others in lower case. Where a letter becomes several (`ß`),
/// only the first of them is in upper case.
pub(crate) fn title_case(text: &str, out: &mut String) {
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            let mut upper = c.to_uppercase();
            out.extend(upper.next());
            out.extend(upper.flat_map(char::to_lowercase));
        }
        inside = c.is_lowercase() || c.is_uppercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_upper_case_where_a_run_of_letters_begins() {
        let title = |text: &str| {
            let mut out = String::new();
            text_function(Function::TitleCase, text, &mut out);
            out
        };
        assert_eq!(title("ab cd"), "Ab Cd");
        assert_eq!(title("they're 2ND-rate"), "They'Re 2Nd-Rate");
        assert_eq!(title("ßa éÉ 漢a"), "Ssa Éé 漢A");
        assert_eq!(title(""), "");
    }

    #[test]
    fn file_name_and_folder() {
        let mut out = String::new();
        text_function(Function::FileName, r"C:\Windows\cmd.exe", &mut out);
        assert_eq!(out, "cmd.exe");
        text_function(Function::Folder, r"C:\Windows\cmd.exe", &mut out);
        assert_eq!(out, r"C:\Windows\");
    }
}
