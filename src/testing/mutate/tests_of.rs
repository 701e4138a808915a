//! The mutants of one test.
//!
//! In: a test, and its text. Out: tests that are met by a little more or something else, each with its text. Never here: where it stands.

use super::Change;
use crate::check::pattern;
use crate::dialect::{Dialect, Fold};
use crate::fold;
use crate::ir::{Check, Cmp, Compare, FieldOp, From, Pattern, Piece, Set, Test, Where};

/// Another test, and its text.
pub(super) struct Changed {
    pub(super) change: Change,
    pub(super) test: Test,
    pub(super) text: String,
}

/// The mutants of a test; `text` is how it is written, perhaps in its negative spelling.
pub(super) fn changed(test: &Test, text: &str) -> Vec<Changed> {
    let mut found = Vec::new();
    let mut add = |change: Change, check: Check, text: Option<String>| {
        if let Some(text) = text.filter(|_| check != test.check) {
            found.push(Changed { change, test: Test { check, ..test.clone() }, text });
        }
    };
    widened(test, text, &mut add);
    match &test.check {
        Check::Text { place, needles, all, compare } if needles.len() > 1 => {
            let check = Check::Text { place: *place, needles: needles.clone(), all: !all, compare: *compare };
            add(Change::AnyAll, check, any_all(text, *all));
        }
        Check::Like { patterns, all, compare } if patterns.len() > 1 => {
            let check = Check::Like { patterns: patterns.clone(), all: !all, compare: *compare };
            add(Change::AnyAll, check, any_all(text, *all));
        }
        Check::Matches { patterns, all } if patterns.len() > 1 => {
            let check = Check::Matches { patterns: patterns.clone(), all: !all };
            add(Change::AnyAll, check, any_all(text, *all));
        }
        Check::HasTag { tags, all, agent } if tags.len() > 1 => {
            let check = Check::HasTag { tags: tags.clone(), all: !all, agent: *agent };
            let text = if *all { swap(text, "all tags", "any tag") } else { swap(text, "any tag", "all tags") };
            add(Change::AnyAll, check, text);
        }
        Check::Order(cmp, bound) => {
            let check = Check::Order(other(*cmp), *bound);
            add(Change::Boundary, check, swap_cmp(text, *cmp));
        }
        Check::Field(FieldOp::Order(cmp), operand, fold) => {
            let check = Check::Field(FieldOp::Order(other(*cmp)), operand.clone(), *fold);
            add(Change::Boundary, check, swap_cmp(text, *cmp));
        }
        Check::Remembered(named, least) => {
            for other in [least.saturating_sub(1), least.saturating_add(1)].into_iter().filter(|least| *least > 0) {
                let written = swap(text, &format!("at least {least} "), &format!("at least {other} "))
                    .or_else(|| Some(format!("{text}, at least {other} times")));
                add(Change::Threshold, Check::Remembered(named.clone(), other), written);
            }
        }
        _ => {}
    }
    if test.dialect == Dialect::Ours
        && let Some(without) = swap(text, " cased ", " ")
        && let Some(check) = uncased(&test.check)
    {
        add(Change::Uncased, check, Some(without));
    }
    if test.every
        && let Some(text) = swap(text, "all of ", "")
    {
        found.push(Changed { change: Change::AnyAll, test: Test { every: false, ..test.clone() }, text });
    }
    found
}

fn widened(test: &Test, text: &str, add: &mut impl FnMut(Change, Check, Option<String>)) {
    match &test.check {
        Check::In(Set { fold: Some(fold), texts, numbers, bools, networks, times })
            if numbers.is_empty()
                && bools.is_empty()
                && networks.is_empty()
                && times.is_empty()
                // Every text holds the empty one.
                && texts.iter().all(|text| !text.is_empty())
                && matches!(test.subject.from, From::Slot(_) | From::AnyOf(_) | From::Hash(..)) =>
        {
            let compare = Compare { fold: *fold, any_dash: false };
            let check = Check::Text { place: Where::Inside, needles: texts.clone(), all: false, compare };
            let written = swap(text, " != ", " not contains ")
                .or_else(|| swap(text, " == ", " contains "))
                .or_else(|| swap(text, " in [", " contains any ["));
            add(Change::Widen, check, written);
        }
        Check::Text { place: place @ (Where::Start | Where::End), needles, all, compare } => {
            let check = Check::Text { place: Where::Inside, needles: needles.clone(), all: *all, compare: *compare };
            let word = if *place == Where::Start { " starts with " } else { " ends with " };
            add(Change::Widen, check, swap(text, word, " contains "));
        }
        Check::Like { patterns, all, compare } => {
            let open = |Pattern(pieces): &Pattern| {
                let inside = pieces.iter().cloned();
                let mut all: Vec<Piece> = std::iter::once(Piece::Any).chain(inside).chain([Piece::Any]).collect();
                all.dedup_by(|a, b| *a == Piece::Any && *b == Piece::Any);
                Pattern(all)
            };
            let check = Check::Like { patterns: patterns.iter().map(open).collect(), all: *all, compare: *compare };
            add(Change::Widen, check, Some(format!("{text}, anywhere in it")));
        }
        Check::Matches { patterns, all } => {
            let free: Vec<String> = patterns.iter().map(|pattern| unanchored(pattern)).collect();
            if free.iter().all(|pattern| pattern::build(pattern).is_ok()) {
                let check = Check::Matches { patterns: free, all: *all };
                add(Change::Widen, check, Some(format!("{text}, anywhere in it")));
            }
        }
        _ => {}
    }
}

/// Without `^` at its start and `$` at its end, where they stand for the whole pattern.
fn unanchored(pattern: &str) -> String {
    let (flags, rest) = match pattern.strip_prefix("(?i)") {
        Some(rest) => ("(?i)", rest),
        None => ("", pattern),
    };
    // In `^a|b$` each belongs to one branch; without them it is as wide as any.
    let rest = rest.strip_prefix('^').unwrap_or(rest);
    let escaped = |text: &str| text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    let rest = match rest.strip_suffix('$') {
        Some(before) if !escaped(before) => before,
        Some(_) | None => rest,
    };
    format!("{flags}{rest}")
}

fn uncased(check: &Check) -> Option<Check> {
    let ignoring = |compare: Compare| {
        (compare.fold == Fold::Cased).then_some(Compare { fold: Fold::Simple, any_dash: compare.any_dash })
    };
    Some(match check {
        Check::In(set) if set.fold == Some(Fold::Cased) => {
            let mut texts: Vec<String> = set.texts.iter().map(|text| fold::fold(text)).collect();
            texts.sort_unstable();
            texts.dedup();
            Check::In(Set { fold: Some(Fold::Simple), texts, ..set.clone() })
        }
        Check::Text { place, needles, all, compare } => {
            let needles = needles.iter().map(|needle| fold::fold(needle)).collect();
            Check::Text { place: *place, needles, all: *all, compare: ignoring(*compare)? }
        }
        Check::Like { patterns, all, compare } => {
            let patterns =
                patterns.iter().map(|pattern| pattern::map_texts(pattern.clone(), fold::fold)).collect::<Vec<_>>();
            Check::Like { patterns, all: *all, compare: ignoring(*compare)? }
        }
        Check::Matches { patterns, all } => {
            let patterns = patterns.iter().map(|pattern| format!("(?i){pattern}")).collect();
            Check::Matches { patterns, all: *all }
        }
        Check::Field(op, operand, Fold::Cased) => Check::Field(*op, operand.clone(), Fold::Simple),
        _ => return None,
    })
}

fn other(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Less => Cmp::LessOrEqual,
        Cmp::LessOrEqual => Cmp::Less,
        Cmp::Greater => Cmp::GreaterOrEqual,
        Cmp::GreaterOrEqual => Cmp::Greater,
    }
}

fn swap_cmp(text: &str, cmp: Cmp) -> Option<String> {
    swap(text, &format!(" {} ", cmp.word()), &format!(" {} ", other(cmp).word()))
}

fn any_all(text: &str, all: bool) -> Option<String> {
    if all { swap(text, " all [", " any [") } else { swap(text, " any [", " all [") }
}

/// Puts `with` in the place of the first `what` that stands in no quotes.
fn swap(text: &str, what: &str, with: &str) -> Option<String> {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        if quote.is_none()
            && let Some(behind) = rest.strip_prefix(what)
        {
            return Some(format!("{}{with}{behind}", text.get(..at).unwrap_or_default()));
        }
        match quote {
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_quotes_stay() {
        assert_eq!(swap("A == ' == ' and", " == ", " contains ").as_deref(), Some("A contains ' == ' and"));
        assert_eq!(swap("A in ['x ends with y']", " ends with ", " contains "), None);
        assert_eq!(swap(r#"has tag "a\" any tag""#, "any tag", "all tags"), None);
    }

    #[test]
    fn anchors_are_taken_off_and_escaped_ones_stay() {
        assert_eq!(unanchored("(?i)^ab$"), "(?i)ab");
        assert_eq!(unanchored(r"^ab\$"), r"ab\$");
        assert_eq!(unanchored(r"ab\\$"), r"ab\\");
        assert_eq!(unanchored("a^$b"), "a^$b");
    }
}
