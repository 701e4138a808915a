//! Characters that are the same where case is ignored.
//!
//! In: a character. Out: all that Go holds for the same, in order. Never here: comparing; the `regex` crate does that.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

pub(super) fn same(c: char) -> Vec<char> {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    class.case_fold_simple();
    class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect()
}

/// What Go writes for all of them.
pub(super) fn least(c: char) -> char {
    same(c).first().copied().unwrap_or(c)
}
