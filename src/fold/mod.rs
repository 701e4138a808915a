//! Case folding: the one relation by which texts are equal when case is ignored.
//!
//! In: text. Out: its folded form, character by character (Unicode simple case folding, C + S; no normalisation, no change
//! of the number of characters). Two texts are equal ignoring case exactly when their folded forms are the same bytes; it is
//! the relation of `(?i)` in the `regex` crate and in RE2. Never here: locales.

mod table;

use table::FOLDS;

/// The folded form of one character. A class that holds an ASCII letter folds to its lower-case form.
pub fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    match FOLDS.binary_search_by_key(&(c as u32), |pair| pair.0) {
        Ok(at) => char::from_u32(FOLDS[at].1).unwrap_or(c),
        Err(_) => c,
    }
}

/// Appends the folded form of `text` to `out`.
pub fn fold_into(text: &str, out: &mut String) {
    let start = out.len();
    if text.is_ascii() {
        out.push_str(text);
        out[start..].make_ascii_lowercase();
    } else {
        out.extend(text.chars().map(fold_char));
    }
}

/// The folded form of `text`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Is this one of the dashes that people and programs take for `-`?
pub fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// Appends `text` with every kind of dash as `-`. Used for value and needle alike by `any-dash`.
pub fn dashes_into(text: &str, out: &mut String) {
    out.extend(text.chars().map(|c| if is_dash(c) { '-' } else { c }));
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

    use super::*;

    #[test]
    fn folding_is_the_relation_of_the_regex_crate_for_every_character() {
        for c in ('\0'..=char::MAX).filter(|c| c.is_ascii() || fold_char(*c) != *c || c.is_alphabetic()) {
            let mut orbit = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            orbit.case_fold_simple();
            for range in orbit.ranges() {
                for member in range.start()..=range.end() {
                    assert_eq!(fold_char(member), fold_char(c), "{c:?} and {member:?}");
                }
            }
            assert!(orbit.ranges().iter().any(|r| (r.start()..=r.end()).contains(&fold_char(c))), "{c:?}");
        }
    }

    #[test]
    fn a_dash_is_a_dash_and_nothing_else_is() {
        let mut out = String::new();
        dashes_into("powershell –enc −x C:/a-b", &mut out);
        assert_eq!(out, "powershell -enc -x C:/a-b");
    }
}
