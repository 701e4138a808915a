//! Variables in values: what Sysmon on Windows puts in for `%TEMP%` when it checks an event.
//!
//! In: a configuration, and names with their values. Out: the configuration with what its filters then compare. Never here: the variables of this process;
//! those of another machine are not known, so whoever knows them says them.
//!
//! | in a value | becomes |
//! | --- | --- |
//! | `%NAME%` of a name that is given, its case ignored | its value |
//! | `%NAME%` of another, a single `%` | itself |
//! | anything with a `%` that is longer than 259 characters then | nothing: the filter never matches, negative conditions too |
//!
//! Sysmon takes the variables of the session that the event is of, and the system's where there is none. Here all events get the same.

use std::collections::BTreeMap;

use super::model::{Config, Filter, Item, PutIn};

/// Characters (UTF-16) of a value with variables put in, at most.
pub const LONGEST: usize = 259;

/// Names with their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// By their names in upper case.
    values: BTreeMap<String, String>,
}

/// What is the same in all sessions of a Windows in English on drive C.
const WINDOWS: [(&str, &str); 14] = [
    ("ALLUSERSPROFILE", r"C:\ProgramData"),
    ("CommonProgramFiles", r"C:\Program Files\Common Files"),
    ("CommonProgramFiles(x86)", r"C:\Program Files (x86)\Common Files"),
    ("CommonProgramW6432", r"C:\Program Files\Common Files"),
    ("ComSpec", r"C:\Windows\system32\cmd.exe"),
    ("DriverData", r"C:\Windows\System32\Drivers\DriverData"),
    ("OS", "Windows_NT"),
    ("ProgramData", r"C:\ProgramData"),
    ("ProgramFiles", r"C:\Program Files"),
    ("ProgramFiles(x86)", r"C:\Program Files (x86)"),
    ("ProgramW6432", r"C:\Program Files"),
    ("PUBLIC", r"C:\Users\Public"),
    ("SystemDrive", "C:"),
    ("SystemRoot", r"C:\Windows"),
];

impl Environment {
    /// What is the same in all sessions of an ordinary Windows: folders of the system, none of a user.
    pub fn windows() -> Environment {
        let mut environment = Environment::default();
        for (name, value) in WINDOWS.into_iter().chain([("windir", r"C:\Windows")]) {
            environment.set(name, value);
        }
        environment
    }

    /// Gives a variable its value; the last one counts.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_uppercase(), value.to_string());
    }

    /// Takes over what another one gives.
    pub fn extend(&mut self, other: Environment) {
        self.values.extend(other.values);
    }

    /// Is nothing given?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.get(&name.to_uppercase()).map(String::as_str)
    }

    /// A text with the values in it.
    fn put_into(&self, text: &str) -> PutIn {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('%') {
            out.push_str(before);
            match behind.split_once('%').and_then(|(name, rest)| Some((self.value(name)?, rest))) {
                Some((value, behind)) => {
                    out.push_str(value);
                    rest = behind;
                }
                // The next sign may begin a name again.
                None => {
                    out.push('%');
                    rest = behind;
                }
            }
        }
        out.push_str(rest);
        if out.encode_utf16().count() > LONGEST { PutIn::TooLong } else { PutIn::Text(out) }
    }
}

/// What looks like the name of a variable in a text: between two percent signs.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.split_once('%').map(|(_, rest)| rest);
    std::iter::from_fn(move || {
        let (piece, behind) = rest?.split_once('%')?;
        rest = Some(behind);
        Some(piece)
    })
    .filter(|piece| {
        piece.starts_with(|c: char| c.is_ascii_alphabetic())
            && piece.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '(' | ')'))
    })
}

/// Puts variables into the values of all filters. Returned are the names in values that are not given, each once, in the order of the text.
pub fn put_in(config: &mut Config, environment: &Environment) -> Vec<String> {
    let mut unknown: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let filters = config.nodes.iter_mut().flat_map(|node| &mut node.items).flat_map(|item| match item {
        Item::Filter(filter) => std::slice::from_mut(filter),
        Item::Rule(rule) => rule.filters.as_mut_slice(),
    });
    for filter in filters.filter(|filter| filter.value.value.contains('%')) {
        let Filter { value, put_in, .. } = filter;
        for name in names(&value.value).filter(|name| environment.value(name).is_none()) {
            if seen.insert(name.to_uppercase()) {
                unknown.push(name.to_string());
            }
        }
        if !environment.is_empty() {
            *put_in = Some(environment.put_into(&value.value));
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_put_in_and_the_rest_stays() {
        let mut environment = Environment::windows();
        environment.set("Temp", r"C:\T");
        let table = [
            (r"%TEMP%\x", r"C:\T\x"),
            (r"%systemroot%\a;%Temp%\b", r"C:\Windows\a;C:\T\b"),
            ("%OTHER%%TEMP%", r"%OTHER%C:\T"),
            (r"%%SystemRoot%%\x", r"%C:\Windows%\x"),
            ("100%", "100%"),
            ("% %TEMP", "% %TEMP"),
            ("%ProgramFiles(x86)%", r"C:\Program Files (x86)"),
        ];
        for (text, expected) in table {
            assert_eq!(environment.put_into(text), PutIn::Text(expected.to_string()), "{text}");
        }
    }

    #[test]
    fn what_gets_too_long_is_nothing() {
        let environment = Environment::windows();
        assert!(matches!(environment.put_into(&format!("{}%", "ä".repeat(258))), PutIn::Text(_)));
        assert_eq!(environment.put_into(&format!("{}%", "ä".repeat(259))), PutIn::TooLong);
        assert_eq!(environment.put_into(&"%SystemRoot%".repeat(30)), PutIn::TooLong);
    }

    #[test]
    fn names_stand_between_two_signs() {
        let of = |text: &'static str| names(text).collect::<Vec<_>>();
        assert_eq!(of(r"%TEMP%\%A B%\%C%"), ["TEMP", "C"]);
        assert_eq!(of("%%SystemRoot%%"), ["SystemRoot"]);
        assert_eq!(of("100%"), [""; 0]);
    }
}
