//! The words of the text language that more than one part needs.
//!
//! In: nothing. Out: which words are no field names, which begin a rule, and whether a text can stand as a bare word. Never
//! here: parsing; `grammar/rule.pest` has the same list of reserved words, and a test compares the two.

use crate::dialect::Dialect;

/// Words that are no field names unless written `field "in"`.
pub(crate) const RESERVED: &[&str] = &[
    "alert", "all", "and", "any", "cased", "classify", "contains", "disabled", "drop", "else", "ends", "event",
    "exists", "false", "field", "filter", "has", "if", "in", "is", "keep", "like", "matches", "not", "of", "or",
    "remove", "send", "set", "some", "starts", "stop", "strictly", "tag", "true", "untag", "wide",
];

/// Words that begin a rule.
pub(crate) const KINDS: &[&str] = &["filter", "classify", "alert"];

/// The other systems whose meaning a test can have, as written in `strictly(…)`.
pub(crate) const SYSTEMS: [(&str, Dialect); 3] =
    [("sysmon", Dialect::Sysmon), ("sigma", Dialect::Sigma), ("logmanager", Dialect::LogManager)];

/// Words that begin a statement.
pub(crate) const STATEMENTS: &[&str] = &[
    "if",
    "drop",
    "keep",
    "stop",
    "tag",
    "untag",
    "set",
    "remove field",
    "send",
    "when",
    "remember",
    "forget",
    "disabled",
];

/// Can `name` be written as a field without `field "…"`?
pub(crate) fn is_plain_field(name: &str) -> bool {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or("");
    let alone = !name.contains('.');
    // `NOT` in capitals is understood as a misspelt `not`, so it is no field name either.
    let taken = alone && (RESERVED.contains(&first) || first.eq_ignore_ascii_case("not"));
    !taken
        && first.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '@')
        // `fe80.x` is a field, and so is `c0`; but `hash SHA256` and `table "x"` begin otherwise.
        && !(alone && first == "hash")
        && first.chars().all(is_word_char)
        && parts.all(|part| !part.is_empty() && part.chars().all(is_word_char))
}

/// Can `name` be written as the name of an event without quotes?
pub(crate) fn is_plain_event(name: &str) -> bool {
    !RESERVED.contains(&name) && name.split('.').all(|part| !part.is_empty() && part.chars().all(is_word_char))
}

/// Can `word` be written without quotes where a word is asked for, as after `send`?
pub(crate) fn is_plain_word(word: &str) -> bool {
    !RESERVED.contains(&word)
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| is_word_char(c) || c == '-')
        // A hyphen joins only what is behind it.
        && word.split('-').skip(1).all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Can these characters stand as an unquoted literal? They are one already; this asks about their spelling only.
pub(crate) fn is_bare(written: &str) -> bool {
    let clock =
        |text: &str| text.len() >= 3 && text.as_bytes()[..2].iter().all(u8::is_ascii_digit) && &text[2..3] == ":";
    // The one blank that may stand inside is that between a day and a time.
    let (first, second) = written.split_once(' ').unwrap_or((written, "00:"));
    let plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b".:_+-/".contains(&b)) && !text.contains("//");
    let digits = first.strip_prefix('-').unwrap_or(first);
    let colon = first.find(':').is_some_and(|end| first[..end].bytes().all(|b| b.is_ascii_hexdigit()));
    plain(first) && plain(second) && clock(second) && (digits.starts_with(|c: char| c.is_ascii_digit()) || colon)
}

/// Letters, digits, `_` and `@`: what names are made of between their dots.
fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '@'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_reserves_the_same_words() {
        let grammar = include_str!("../../../grammar/rule.pest");
        let (_, rest) = grammar.split_once("reserved = _{").unwrap();
        let (list, _) = rest.split_once('}').unwrap();
        let words: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(words, RESERVED);
    }

    #[test]
    fn no_reserved_word_begins_another() {
        for a in RESERVED {
            for b in RESERVED {
                assert!(a == b || !b.starts_with(a), "{a} begins {b}: the grammar would stop at the first");
            }
        }
    }
}
