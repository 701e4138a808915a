//! What the options of blocks stand for: one table for both directions.
//!
//! In: nothing. Out: pairs of an option's key in `grammar/blocks.json` and what it is in the tree. A test holds that every
//! option of every block that has a meaning stands here. Never here: how a block is built.

use super::vocabulary::ours::Kind;
use crate::ast::{AddressClass, Function, HashKind, MetaKey, Operator, RuleSeverity, Unit};

/// The value behind a key.
pub fn find<T: Copy>(table: &[(&'static str, T)], key: &str) -> Option<T> {
    table.iter().find(|(have, _)| *have == key).map(|(_, value)| *value)
}

/// The key of a value.
pub fn key<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> Option<&'static str> {
    table.iter().find(|(_, have)| have == value).map(|(key, _)| *key)
}

/// Which block and which of its options asks an operator, and whether it asks for the opposite.
pub const TESTS: &[(Kind, &str, Operator, bool)] = &[
    (Kind::LogicCompare, "EQ", Operator::Equals, false),
    (Kind::LogicCompare, "NEQ", Operator::Equals, true),
    (Kind::LogicCompare, "LT", Operator::Less, false),
    (Kind::LogicCompare, "LTE", Operator::LessOrEqual, false),
    (Kind::LogicCompare, "GT", Operator::Greater, false),
    (Kind::LogicCompare, "GTE", Operator::GreaterOrEqual, false),
    (Kind::TextTestSubstring, "CONTAINS", Operator::Contains, false),
    (Kind::TextTestSubstring, "NOT_CONTAINS", Operator::Contains, true),
    (Kind::TextTestSubstring, "BEGINSWITH", Operator::StartsWith, false),
    (Kind::TextTestSubstring, "NOT_BEGINSWITH", Operator::StartsWith, true),
    (Kind::TextTestSubstring, "ENDSWITH", Operator::EndsWith, false),
    (Kind::TextTestSubstring, "NOT_ENDSWITH", Operator::EndsWith, true),
    (Kind::TextTestWildcard, "LIKE", Operator::Like, false),
    (Kind::TextTestWildcard, "NOT_LIKE", Operator::Like, true),
    (Kind::TextTestRegex, "MATCHES", Operator::Matches, false),
    (Kind::TextTestRegex, "NOT_MATCHES", Operator::Matches, true),
    (Kind::LogicIsIn, "IN", Operator::In, false),
    (Kind::LogicIsIn, "NOT_IN", Operator::In, true),
    (Kind::FunctionLookupSearch, "IN", Operator::In, false),
    (Kind::FunctionLookupSearch, "NOT_IN", Operator::In, true),
    (Kind::IpTestClass, "IS", Operator::IsClass, false),
    (Kind::IpTestClass, "IS_NOT", Operator::IsClass, true),
    (Kind::FieldTest, "EXISTS", Operator::Exists, false),
    (Kind::FieldTest, "MISSING", Operator::Exists, true),
    (Kind::FieldTest, "BLANK", Operator::IsBlank, false),
    (Kind::FieldTest, "NOT_BLANK", Operator::IsBlank, true),
    (Kind::EventIs, "IS", Operator::EventIs, false),
    (Kind::EventIs, "IS_NOT", Operator::EventIs, true),
];

/// Metadata of one text.
pub const NOTES: &[(&str, MetaKey)] = &[
    ("REASON", MetaKey::Reason),
    ("ID", MetaKey::Id),
    ("AUTHOR", MetaKey::Author),
    ("OWNER", MetaKey::Owner),
    ("TICKET", MetaKey::Ticket),
    ("STATUS", MetaKey::Status),
];

/// Metadata of several texts.
pub const LISTS: &[(&str, MetaKey)] = &[
    ("TECHNIQUES", MetaKey::Techniques),
    ("REFERENCES", MetaKey::References),
    ("LABELS", MetaKey::Labels),
    ("FALSEPOSITIVES", MetaKey::FalsePositives),
];

/// Severities.
pub const SEVERITIES: &[(&str, RuleSeverity)] = &[
    ("INFORMATIONAL", RuleSeverity::Informational),
    ("LOW", RuleSeverity::Low),
    ("MEDIUM", RuleSeverity::Medium),
    ("HIGH", RuleSeverity::High),
    ("CRITICAL", RuleSeverity::Critical),
];

/// Units of time.
pub const UNITS: &[(&str, Unit)] =
    &[("SECONDS", Unit::Seconds), ("MINUTES", Unit::Minutes), ("HOURS", Unit::Hours), ("DAYS", Unit::Days)];

/// Does a window begin with the first hit?
pub const WINDOWS: &[(&str, bool)] = &[("SLIDING", false), ("FIRST_HIT", true)];

/// Do steps come in order?
pub const ORDERS: &[(&str, bool)] = &[("IN_ORDER", true), ("IN_ANY_ORDER", false)];

/// Hashes.
pub const HASHES: &[(&str, HashKind)] =
    &[("SHA256", HashKind::Sha256), ("SHA1", HashKind::Sha1), ("MD5", HashKind::Md5), ("IMPHASH", HashKind::Imphash)];

/// Classes of addresses.
pub const CLASSES: &[(&str, AddressClass)] = &[
    ("PRIVATE", AddressClass::Private),
    ("PUBLIC", AddressClass::Public),
    ("LOOPBACK", AddressClass::Loopback),
    ("LINK_LOCAL", AddressClass::LinkLocal),
    ("MULTICAST", AddressClass::Multicast),
    ("UNSPECIFIED", AddressClass::Unspecified),
];

/// A block that applies a function.
#[derive(Clone, Copy, Debug)]
pub struct FunctionBlock {
    /// Which block.
    pub kind: Kind,
    /// The field that chooses, and its option; `None` where the block is one function.
    pub option: Option<(&'static str, &'static str)>,
    /// The input of the operand.
    pub input: &'static str,
    /// What it applies.
    pub function: Function,
}

const fn one(kind: Kind, function: Function) -> FunctionBlock {
    FunctionBlock { kind, option: None, input: "VALUE", function }
}

const fn chosen(
    kind: Kind,
    field: &'static str,
    option: &'static str,
    input: &'static str,
    function: Function,
) -> FunctionBlock {
    FunctionBlock { kind, option: Some((field, option)), input, function }
}

/// All of them.
pub const FUNCTIONS: &[FunctionBlock] = &[
    chosen(Kind::TextChangeCase, "CASE", "LOWERCASE", "TEXT", Function::LowerCase),
    chosen(Kind::TextChangeCase, "CASE", "UPPERCASE", "TEXT", Function::UpperCase),
    chosen(Kind::TextChangeCase, "CASE", "TITLECASE", "TEXT", Function::TitleCase),
    one(Kind::MathNumberCreate, Function::NumberOf),
    one(Kind::TextLength, Function::LengthOf),
    chosen(Kind::PathPart, "PART", "FILE_NAME", "VALUE", Function::FileName),
    chosen(Kind::PathPart, "PART", "FOLDER", "VALUE", Function::Folder),
    chosen(Kind::TimePart, "PART", "YEAR", "VALUE", Function::Year),
    chosen(Kind::TimePart, "PART", "MONTH", "VALUE", Function::Month),
    chosen(Kind::TimePart, "PART", "DAY", "VALUE", Function::Day),
    chosen(Kind::TimePart, "PART", "WEEKDAY", "VALUE", Function::Weekday),
    chosen(Kind::TimePart, "PART", "WEEK", "VALUE", Function::Week),
    chosen(Kind::TimePart, "PART", "HOUR", "VALUE", Function::Hour),
    chosen(Kind::TimePart, "PART", "MINUTE", "VALUE", Function::Minute),
    chosen(Kind::TextBase64, "FORM", "PLAIN", "VALUE", Function::Base64),
    chosen(Kind::TextBase64, "FORM", "WIDE", "VALUE", Function::Base64Wide),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blockly::vocabulary::PartKind;
    use crate::blockly::vocabulary::ours::BLOCKS;

    fn options(kind: Kind, part: &str) -> &'static [&'static str] {
        let def = &BLOCKS[kind as usize];
        match def.parts[def.part_named(part).unwrap()].kind {
            PartKind::Options(options) => options,
            other => panic!("{part} of {kind:?} is {other:?}"),
        }
    }

    fn keys<T>(table: &[(&'static str, T)]) -> Vec<&'static str> {
        table.iter().map(|(key, _)| *key).collect()
    }

    #[test]
    fn every_option_of_every_block_has_its_meaning() {
        assert_eq!(keys(NOTES), options(Kind::RuleNote, "KEY"));
        assert_eq!(keys(LISTS), options(Kind::RuleList, "KEY"));
        assert_eq!(keys(SEVERITIES), options(Kind::RuleSeverity, "LEVEL"));
        assert_eq!(keys(HASHES), options(Kind::EventHash, "ALGORITHM"));
        assert_eq!(keys(CLASSES), options(Kind::IpTestClass, "CLASS"));
        for kind in [Kind::AlertThreshold, Kind::AlertDistinct, Kind::AlertCorrelation] {
            assert_eq!(keys(UNITS), options(kind, "UNIT"));
            assert_eq!(keys(WINDOWS), options(kind, "WINDOW"));
        }
        assert_eq!(keys(UNITS), options(Kind::ContextRemember, "UNIT"));
        assert_eq!(keys(UNITS), options(Kind::RuleSuppress, "UNIT"));
        assert_eq!(keys(ORDERS), options(Kind::AlertCorrelation, "ORDER"));
        for (kind, field) in [
            (Kind::LogicCompare, "OP"),
            (Kind::TextTestSubstring, "TYPE"),
            (Kind::TextTestWildcard, "TYPE"),
            (Kind::TextTestRegex, "TYPE"),
            (Kind::LogicIsIn, "OP"),
            (Kind::FunctionLookupSearch, "OP"),
            (Kind::IpTestClass, "OP"),
            (Kind::FieldTest, "TYPE"),
            (Kind::EventIs, "OP"),
        ] {
            let mut have: Vec<&str> = TESTS.iter().filter(|test| test.0 == kind).map(|test| test.1).collect();
            let mut want = options(kind, field).to_vec();
            have.sort_unstable();
            want.sort_unstable();
            assert_eq!(have, want, "{kind:?}");
        }
        for (kind, field) in [
            (Kind::TextChangeCase, "CASE"),
            (Kind::PathPart, "PART"),
            (Kind::TimePart, "PART"),
            (Kind::TextBase64, "FORM"),
        ] {
            let mut have: Vec<&str> = FUNCTIONS
                .iter()
                .filter(|f| f.kind == kind)
                .filter_map(|f| f.option)
                .map(|(_, option)| option)
                .collect();
            let mut want = options(kind, field).to_vec();
            have.sort_unstable();
            want.sort_unstable();
            assert_eq!(have, want, "{kind:?}");
        }
    }

    #[test]
    fn every_function_has_its_block() {
        for function in Function::ALL {
            assert_eq!(FUNCTIONS.iter().filter(|f| f.function == function).count(), 1, "{function:?}");
        }
    }
}
