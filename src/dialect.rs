//! Whose meaning a test has.
//!
//! In: the dialect that a source gives a test. Out: the few questions on which dialects differ, answered as data, so that
//! the machine and its slow twin ask the table and never the dialect. Never here: parsing or evaluating.

use serde::{Deserialize, Serialize};

/// A version of Winlogbeat, as far as conditions differ between versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgentVersion {
    /// 7, 8, 9.
    pub major: u8,
    /// The second number.
    pub minor: u8,
}

impl AgentVersion {
    /// The version taken where none is named.
    pub const DEFAULT: AgentVersion = AgentVersion { major: 8, minor: 17 };

    /// Does it send event ids as text? It does so from 7.13 on.
    pub fn has_text_ids(self) -> bool {
        self >= Self { major: 7, minor: 13 }
    }

    /// Reads `8`, `8.17` or `8.17.3`, of which the last number changes nothing; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, rest) = text.split_once('.').unwrap_or((text, "0"));
        let (minor, patch) = rest.split_once('.').unwrap_or((rest, "0"));
        patch.parse::<u16>().ok()?;
        let version = Self { major: major.parse().ok()?, minor: minor.parse().ok()? };
        (6..=9).contains(&version.major).then_some(version)
    }
}

impl std::fmt::Display for AgentVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Whose meaning a test has. Every test carries one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Dialect {
    /// This project's own.
    #[default]
    Ours,
    /// libbeat's, of one version: `strictly`.
    Winlogbeat(AgentVersion),
    /// Sysmon's configuration.
    Sysmon,
    /// Sigma's.
    Sigma,
    /// The log manager's blocks.
    LogManager,
}

/// How two texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fold {
    /// As written.
    Cased,
    /// By Unicode simple case folding (C + S).
    Simple,
    /// ASCII letters only.
    Ascii,
}

impl Fold {
    /// The form in which a character is compared.
    pub fn of(self, c: char) -> char {
        match self {
            Fold::Cased => c,
            Fold::Simple => crate::fold::fold_char(c),
            Fold::Ascii => c.to_ascii_lowercase(),
        }
    }

    /// Appends a text in the form in which it is compared.
    pub fn append(self, text: &str, out: &mut String) {
        match self {
            Fold::Cased => out.push_str(text),
            Fold::Simple => crate::fold::fold_into(text, out),
            Fold::Ascii => out.extend(text.chars().map(|c| c.to_ascii_lowercase())),
        }
    }

    /// The order of two texts as they are compared.
    pub fn order(self, a: &str, b: &str) -> std::cmp::Ordering {
        a.chars().map(|c| self.of(c)).cmp(b.chars().map(|c| self.of(c)))
    }
}

/// What a list in the event means to a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lists {
    /// One member is enough.
    Any,
    /// A list answers no test but `exists`.
    Never,
}

/// The answers of one dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Folding of text operators without `cased`.
    pub fold: Fold,
    /// Do numbers and booleans of the event have a text, and texts a number?
    pub converts: bool,
    /// What an absent or empty field reads as.
    pub absent_reads_as: Option<&'static str>,
}

impl Dialect {
    /// The answers of this dialect.
    pub fn reading(self) -> Reading {
        match self {
            Dialect::Ours | Dialect::Sigma => Reading { fold: Fold::Simple, converts: true, absent_reads_as: None },
            Dialect::Winlogbeat(_) => Reading { fold: Fold::Cased, converts: false, absent_reads_as: None },
            Dialect::Sysmon => Reading { fold: Fold::Ascii, converts: true, absent_reads_as: Some("-") },
            Dialect::LogManager => Reading { fold: Fold::Cased, converts: false, absent_reads_as: None },
        }
    }
}
