//! The registry of operators: one entry holds all that is said of an operator outside of running it.
//!
//! In: nothing. Out: [`Entry`]s, from which the parser, the formatter, the checker, the explainer and the manual's table are
//! fed. Never here: evaluation; the machine has it in `vm/`, its slow twin in `ir/twin.rs`.

use crate::ast::Operator;

/// What may stand behind an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Nothing,
    /// One literal of any kind, or a field.
    Value,
    /// A number, time or address, or a field.
    Ordered,
    /// One text, `any [...]`, `all [...]`, or a field.
    Texts,
    /// One text, `any [...]` or `all [...]` of patterns.
    Patterns,
    /// A list, a network or a table.
    Set,
    /// A class of addresses.
    Class,
    /// Event names.
    Events,
    /// Tags.
    Tags,
    /// A rule.
    Rule,
    /// What a `remember` or `when` is called, how often, and for which values of which fields.
    Remembered,
}

/// One operator.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which.
    pub op: Operator,
    /// As written.
    pub word: &'static str,
    /// As written in the negative form, which is exactly `not` of the positive one; `None`: only `not` in front.
    pub negative: Option<&'static str>,
    /// What stands behind it.
    pub shape: Shape,
    /// May `cased` stand before it?
    pub cased: bool,
    /// May `any-dash` stand before it?
    pub any_dash: bool,
    /// Can libbeat say it, so that `strictly` may stand before the test?
    pub strict: bool,
    /// One sentence for the manual, without a final stop.
    pub about: &'static str,
    /// For `explain`: the sentence's verb, as in *Image* **is equal to** *'x'*.
    pub verb: &'static str,
}

use Operator as O;
use Shape as S;

/// All operators, in the order of the manual.
pub const OPERATORS: &[Entry] = &[
    entry(O::Equals, "==", Some("!="), S::Value, "equal; numbers by value, texts ignoring case", "is equal to")
        .cased()
        .strict(),
    entry(O::Less, "<", None, S::Ordered, "smaller, or earlier", "is less than").strict(),
    entry(O::LessOrEqual, "<=", None, S::Ordered, "smaller or equal", "is at most").strict(),
    entry(O::Greater, ">", None, S::Ordered, "larger, or later", "is greater than").strict(),
    entry(O::GreaterOrEqual, ">=", None, S::Ordered, "larger or equal", "is at least").strict(),
    entry(O::Contains, "contains", Some("not contains"), S::Texts, "the text is somewhere inside", "contains")
        .cased()
        .any_dash()
        .strict(),
    entry(O::StartsWith, "starts with", Some("not starts with"), S::Texts, "the text is at the start", "starts with")
        .cased()
        .any_dash(),
    entry(O::EndsWith, "ends with", Some("not ends with"), S::Texts, "the text is at the end", "ends with")
        .cased()
        .any_dash(),
    entry(
        O::Like,
        "like",
        Some("not like"),
        S::Patterns,
        "the whole text fits, where `*` is anything and `?` one character",
        "is like",
    )
    .cased()
    .any_dash(),
    entry(
        O::Matches,
        "matches",
        Some("not matches"),
        S::Patterns,
        "a regular expression is found somewhere inside",
        "matches",
    )
    .cased()
    .strict(),
    entry(
        O::In,
        "in",
        Some("not in"),
        S::Set,
        "equal to a member of a list, inside a network, or a key of a table",
        "is in",
    )
    .cased()
    .strict(),
    entry(O::IsClass, "is", Some("is not"), S::Class, "an address of this class", "is").strict(),
    entry(
        O::Exists,
        "exists",
        Some("is missing"),
        S::Nothing,
        "the field is there and not null; an empty text is there",
        "exists",
    )
    .strict(),
    entry(
        O::IsBlank,
        "is blank",
        Some("is not blank"),
        S::Nothing,
        "missing, null, empty, or Sysmon's `-`",
        "is blank",
    ),
    entry(O::EventIs, "is", Some("is not"), S::Events, "provider and event id together name this event", "is"),
    entry(O::HasTag, "has tag", None, S::Tags, "the event has this tag, compared as written", "has tag"),
    entry(O::Acted, "acted", None, S::Rule, "the rule that is named did something to this event", "acted"),
    entry(
        O::Remembered,
        "remembered",
        None,
        S::Remembered,
        "a `remember` or `when` of this name has counted that often",
        "is remembered",
    ),
];

const fn entry(
    op: Operator,
    word: &'static str,
    negative: Option<&'static str>,
    shape: Shape,
    about: &'static str,
    verb: &'static str,
) -> Entry {
    Entry { op, word, negative, shape, cased: false, any_dash: false, strict: false, about, verb }
}

impl Entry {
    const fn cased(mut self) -> Self {
        self.cased = true;
        self
    }

    const fn any_dash(mut self) -> Self {
        self.any_dash = true;
        self
    }

    const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }
}

impl Operator {
    /// The operator's entry.
    pub fn entry(self) -> &'static Entry {
        // The table is in the order of the enum but for nothing; a test holds that every operator has one.
        OPERATORS.iter().find(|entry| entry.op == self).unwrap_or(&OPERATORS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_exactly_one_entry() {
        use Operator::*;
        for op in [
            Equals,
            Less,
            LessOrEqual,
            Greater,
            GreaterOrEqual,
            Contains,
            StartsWith,
            EndsWith,
            Like,
            Matches,
            In,
            IsClass,
            Exists,
            IsBlank,
            EventIs,
            HasTag,
            Acted,
            Remembered,
        ] {
            assert_eq!(OPERATORS.iter().filter(|entry| entry.op == op).count(), 1, "{op:?}");
        }
    }
}
