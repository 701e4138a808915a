//! What a text must contain for a pattern to fit it.
//!
//! In: a regular expression, flags inside. Out: folded texts, one of which is in every folded text that it fits, or nothing where there
//! is no such list worth having. Never here: matching.
//!
//! A class whose members are all one letter but for case counts as that letter, so that `(?i)` changes nothing.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::atom::Asks;
use super::rarity;
use crate::fold::fold_char;

/// More alternatives than this are not worth a list.
const ALTERNATIVES: usize = 64;
/// Patterns are nested at most so deep when they are built; what is deeper is not looked into.
const DEPTH: usize = 200;

/// Texts, one of which must be there.
pub(super) fn needed(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::ParserBuilder::new().nest_limit(DEPTH as u32).build().parse(pattern).ok()?;
    let texts = of(&hir, 0)?;
    (!texts.is_empty() && texts.iter().all(|text| !text.is_empty())).then_some(texts)
}

/// The best list that a part of a pattern gives.
fn of(hir: &Hir, depth: usize) -> Option<Vec<String>> {
    if depth > DEPTH {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(_) | HirKind::Class(_) => {
            let mut run = String::new();
            letters(hir, &mut run).then(|| vec![run])
        }
        HirKind::Capture(capture) => of(&capture.sub, depth + 1),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub, depth + 1),
        HirKind::Repetition(_) => None,
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(of(part, depth + 1)?);
                if all.len() > ALTERNATIVES {
                    return None;
                }
            }
            Some(all)
        }
        HirKind::Concat(parts) => {
            let mut best: Option<Vec<String>> = None;
            let mut offer = |texts: Vec<String>| {
                if best.as_ref().is_none_or(|best| cost(&texts) < cost(best)) {
                    best = Some(texts);
                }
            };
            let mut run = String::new();
            for part in parts {
                if letters(part, &mut run) {
                    continue;
                }
                if !run.is_empty() {
                    offer(vec![std::mem::take(&mut run)]);
                }
                if let Some(texts) = of(part, depth + 1) {
                    offer(texts);
                }
            }
            if !run.is_empty() {
                offer(vec![run]);
            }
            best
        }
    }
}

/// Appends the letters that this part stands for, if it stands for the same ones whatever it fits.
fn letters(hir: &Hir, run: &mut String) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => {
                run.extend(text.chars().map(fold_char));
                true
            }
            Err(_) => false,
        },
        HirKind::Class(Class::Unicode(class)) => {
            let mut chars = class.ranges().iter().flat_map(|range| (range.start()..=range.end()).take(5));
            let Some(first) = chars.next().map(fold_char) else { return false };
            let same = chars.all(|c| fold_char(c) == first);
            if same {
                run.push(first);
            }
            same
        }
        HirKind::Class(Class::Bytes(_))
        | HirKind::Empty
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Capture(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => false,
    }
}

fn cost(texts: &[String]) -> f32 {
    texts.iter().map(|text| rarity::share(&Asks::Inside(text.clone()))).sum()
}

#[cfg(test)]
mod tests {
    use super::needed;

    fn one_of(pattern: &str) -> Vec<String> {
        needed(pattern).unwrap_or_default()
    }

    #[test]
    fn what_every_fitting_text_contains() {
        assert_eq!(one_of(r"(?i)-e(nc|ncodedcommand)? [a-z0-9+/]{40,}="), ["-e"]);
        assert_eq!(one_of(r"(?i)https?://[0-9.]+/stage"), ["/stage"]);
        assert_eq!(one_of(r"\\users\\public\\[a-z]{4,}\.(exe|dll)"), [r"\users\public\"]);
        assert_eq!(one_of("(?i)(alpha|beta|gamma)x?"), ["alpha", "beta", "gamma"]);
        assert_eq!(one_of("(?i)(?:Invoke-Mimikatz)+"), ["invoke-mimikatz"]);
        assert_eq!(one_of("Straße"), ["straße"]);
    }

    #[test]
    fn a_pattern_that_asks_for_no_text_has_no_list() {
        for pattern in ["", ".*", "[0-9]+", "a*", "(alpha|[0-9])", "(?i)x?", "^$", "(alpha|)"] {
            assert_eq!(needed(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_class_of_one_letter_in_both_cases_is_that_letter() {
        // The Kelvin sign is a K too.
        assert_eq!(one_of("(?i)key"), ["key"]);
        assert_eq!(one_of("[Kk]ey"), ["key"]);
        assert_eq!(one_of("[ab]cde"), ["cde"]);
    }
}
