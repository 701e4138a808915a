//! How much of a rule is faulty around a place where the grammar stopped.
//!
//! In: the tokens of a rule and the index of the one at which it stopped. Out: the span of the test or statement around it,
//! which is blanked so that the rest is read again; or nothing where no such span is sure. Never here: messages.

use super::Reading;
use super::advice::is_metadata;
use super::token::Kind;
use super::words;
use crate::origin::Span;

/// The faulty test around token `at`, if it stands in a condition; else the statement.
pub(super) fn hole(reading: &Reading<'_>, at: usize) -> Option<Span> {
    test(reading, at).or_else(|| statement(reading, at))
}

/// Walks back from `at` over whole brackets; the index of the first token that `stop` takes, or of an open bracket.
fn back(reading: &Reading<'_>, at: usize, stop: impl Fn(usize) -> bool) -> Option<usize> {
    let mut depth = 0usize;
    for i in (0..at).rev() {
        match reading.tokens[i].kind {
            Kind::Close(_) if depth == 0 && stop(i) => return Some(i),
            Kind::Close(_) => depth += 1,
            Kind::Open(_) if depth == 0 => return Some(i),
            Kind::Open(_) => depth -= 1,
            _ if depth == 0 && stop(i) => return Some(i),
            Kind::Word | Kind::Text | Kind::Unclosed | Kind::Comma | Kind::Sign | Kind::Stray => {}
        }
    }
    None
}

/// The index of the token before which what begins at `from` ends.
fn forward(reading: &Reading<'_>, from: usize, stop: impl Fn(usize) -> bool) -> usize {
    let mut depth = 0usize;
    for i in from..reading.tokens.len() {
        if depth == 0 && stop(i) {
            return i;
        }
        match reading.tokens[i].kind {
            Kind::Open(_) => depth += 1,
            Kind::Close(_) if depth == 0 => return i,
            Kind::Close(_) => depth -= 1,
            Kind::Word | Kind::Text | Kind::Unclosed | Kind::Comma | Kind::Sign | Kind::Stray => {}
        }
    }
    reading.tokens.len()
}

/// From token `first` to before token `end`.
fn span(reading: &Reading<'_>, first: usize, end: usize) -> Option<Span> {
    if first >= end {
        return None;
    }
    Some(reading.tokens.get(first)?.span().to(reading.tokens.get(end.checked_sub(1)?)?.span()))
}

fn test(reading: &Reading<'_>, at: usize) -> Option<Span> {
    let joins = |i: usize| matches!(reading.word(i), "and" | "or" | "not" | "if") && !is_negative_operator(reading, i);
    let begins = |i: usize| joins(i) || is_statement(reading, i) || reading.tokens[i].kind == Kind::Close(b'}');
    // Members of a list stand in their test as a whole.
    let mut before = back(reading, at, begins)?;
    while reading.kind(before) == Some(Kind::Open(b'[')) {
        before = back(reading, before, begins)?;
    }
    let in_condition =
        joins(before) || reading.kind(before) == Some(Kind::Open(b'(')) || opens_some_of(reading, before);
    if !in_condition {
        return None;
    }
    let end = forward(reading, before + 1, |i| {
        i > before + 1 && matches!(reading.word(i), "and" | "or")
            || reading.kind(i) == Some(Kind::Open(b'{')) && !opens_some_of(reading, i)
            || is_statement(reading, i)
    });
    // A hole that does not reach the fault would not mend it.
    if end < at { None } else { span(reading, before + 1, end) }
}

/// `not` as in `Image not contains 'x'`.
fn is_negative_operator(reading: &Reading<'_>, i: usize) -> bool {
    reading.word(i) == "not"
        && matches!(reading.word(i + 1), "contains" | "starts" | "ends" | "like" | "matches" | "in" | "exists")
        || reading.word(i) == "not" && reading.word(i.wrapping_sub(1)) == "is"
}

/// Is token `i` the brace of `some of NAME {`?
fn opens_some_of(reading: &Reading<'_>, i: usize) -> bool {
    let some = |n: usize| i >= n && reading.word(i - n) == "some" && reading.word(i - n + 1) == "of";
    reading.kind(i) == Some(Kind::Open(b'{')) && (some(3) || some(4))
}

fn is_statement(reading: &Reading<'_>, i: usize) -> bool {
    let word = reading.word(i);
    let known = word == "remove" || word == "else" || words::STATEMENTS.contains(&word);
    // `has tag`, `else if` and `disabled drop` go on.
    known && !(word == "tag" && matches!(reading.word(i.wrapping_sub(1)), "has" | "any"))
}

fn statement(reading: &Reading<'_>, at: usize) -> Option<Span> {
    let begins = |i: usize| is_statement(reading, i) || is_metadata(reading.word(i)) || reading.begins_line(i);
    let at = at.min(reading.tokens.len().checked_sub(1)?);
    let mut first = at;
    if !begins(at) {
        let before = back(reading, at, |i| begins(i) || reading.tokens[i].kind == Kind::Close(b'}'))?;
        first = if begins(before) { before } else { before + 1 };
    }
    if first > 0 && reading.word(first - 1) == "disabled" {
        first -= 1;
    }
    // Never the head of the rule, nor its brace.
    if first < 3 {
        return None;
    }
    let skip = if reading.word(first) == "disabled" { 2 } else { 1 };
    let mut end = forward(reading, first, |i| {
        i >= first + skip
            && (begins(i) && !matches!(reading.word(i), "and" | "or")
                || matches!(reading.kind(i - 1), Some(Kind::Close(b'}'))))
    });
    // `else` belongs to what is before it.
    while reading.word(end) == "else" {
        end = forward(reading, end + 1, |i| i > end + 1 && matches!(reading.kind(i - 1), Some(Kind::Close(b'}'))));
    }
    if end <= at { None } else { span(reading, first, end) }
}
