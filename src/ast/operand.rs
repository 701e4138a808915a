//! What tests are about and compare with: fields, hashes, look-ups, literals, seen through functions.
//!
//! In: nothing. Out: the part of the tree that gives values. Never here: what is asked of them; that is `condition.rs`.

use serde::{Deserialize, Serialize};

use super::{At, Literal};
use crate::origin::Origin;

/// What a test is about or compares with: a base, seen through functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Where the value comes from.
    pub base: Base,
    /// Applied in this order: the first is nearest to the base.
    pub through: Vec<Function>,
    /// Where it stands.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// A field.
    Field(FieldRef),
    /// `any field`: every leaf of the event.
    AnyField,
    /// `any processguid`: the process's own GUID, and those of its parent, of the one that acted and the one acted upon.
    AnyProcessGuid,
    /// `hash SHA256`.
    Hash(HashKind),
    /// `lookup "ports" column "service" of msg.port`.
    Lookup(Box<Lookup>),
    /// A literal.
    Literal(Literal),
    /// Nothing: the test is about the event itself (`event is`, `has tag`).
    Event,
}

/// What another column of a table holds in the row whose key is the operand's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The table's name in the project.
    pub table: At<String>,
    /// The column whose value is given.
    pub column: At<String>,
    /// What is looked up among the keys; itself no look-up.
    pub of: Operand,
}

/// A field by name, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRef {
    /// The name: a short name of the catalogue or a path.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A part of Sysmon's `Hashes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HashKind {
    /// MD5, 32 digits.
    Md5,
    /// SHA1, 40 digits.
    Sha1,
    /// SHA256, 64 digits.
    Sha256,
    /// IMPHASH, 32 digits.
    Imphash,
}

impl HashKind {
    /// All kinds.
    pub const ALL: [HashKind; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Imphash];

    /// As Sysmon writes it before `=`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Imphash => "IMPHASH",
        }
    }

    /// Number of hexadecimal digits.
    pub fn digits(self) -> usize {
        match self {
            Self::Md5 | Self::Imphash => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        }
    }
}

/// A function of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Function {
    /// `lower case of`
    LowerCase,
    /// `upper case of`
    UpperCase,
    /// `title case of`: the first letter of every run of letters in upper case, the others in lower case.
    TitleCase,
    /// `number of`: the number that a text holds.
    NumberOf,
    /// `length of`: characters of a text, members of a list.
    LengthOf,
    /// `file name of`: what follows the last `\` or `/`.
    FileName,
    /// `folder of`: up to and with the last `\` or `/`.
    Folder,
    /// `year of`, UTC.
    Year,
    /// `month of`, 1 to 12.
    Month,
    /// `day of`, 1 to 31.
    Day,
    /// `week of`, 1 to 53: the week of ISO 8601 that the day lies in.
    Week,
    /// `weekday of`, 1 (Monday) to 7.
    Weekday,
    /// `hour of`, 0 to 23.
    Hour,
    /// `minute of`, 0 to 59.
    Minute,
    /// `base64 of`, of a literal: the text as it looks inside base64, at any of the three offsets where searched for.
    Base64,
    /// `base64 of wide`: the same of its UTF-16LE bytes.
    Base64Wide,
}

impl Function {
    /// All functions.
    pub const ALL: [Function; 16] = [
        Self::LowerCase,
        Self::UpperCase,
        Self::TitleCase,
        Self::NumberOf,
        Self::LengthOf,
        Self::FileName,
        Self::Folder,
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Week,
        Self::Weekday,
        Self::Hour,
        Self::Minute,
        Self::Base64,
        Self::Base64Wide,
    ];

    /// As written, with its `of`.
    pub fn words(self) -> &'static str {
        match self {
            Self::LowerCase => "lower case of",
            Self::UpperCase => "upper case of",
            Self::TitleCase => "title case of",
            Self::NumberOf => "number of",
            Self::LengthOf => "length of",
            Self::FileName => "file name of",
            Self::Folder => "folder of",
            Self::Year => "year of",
            Self::Month => "month of",
            Self::Day => "day of",
            Self::Week => "week of",
            Self::Weekday => "weekday of",
            Self::Hour => "hour of",
            Self::Minute => "minute of",
            Self::Base64 => "base64 of",
            Self::Base64Wide => "base64 of wide",
        }
    }
}
