//! Regular expressions that find more than they name, or cost more than they say.
//!
//! In: the expressions of a program, in the form in which they run. Out: findings at the test. Never here: how they are spelt; that is
//! `check/pattern.rs`.

use regex_syntax::hir::{Hir, HirKind, Look};

use super::Lints;
use super::breadth::PROGRAMS;
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::ir::Check;

/// From so many copies of a part on, a pattern is slow to build and large.
const COPIES: u64 = 200;

/// Does every match begin where the text does?
pub(super) fn anchored(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok_and(|hir| hir.properties().look_set_prefix().contains(Look::Start))
}

/// How many copies of one part a pattern stands for. Nesting is bounded where patterns are read.
fn copies(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            // What may be left out is no copy of itself: `a*` and `a+` are one.
            let own = u64::from(repetition.max.unwrap_or(repetition.min).max(1));
            own.saturating_mul(copies(&repetition.sub))
        }
        HirKind::Capture(capture) => copies(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(copies).max().unwrap_or(1),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => 1,
    }
}

impl Lints<'_> {
    pub(super) fn patterns(&mut self) {
        let sites = 0..self.program.sites.len();
        for site in sites.map(|site| crate::ir::SiteId(site as u32)) {
            let Check::Matches { patterns, .. } = &self.test(site).check else { continue };
            let most =
                patterns.iter().filter_map(|pattern| regex_syntax::parse(pattern).ok()).map(|hir| copies(&hir)).max();
            if let Some(most) = most.filter(|most| *most >= COPIES) {
                self.report(
                    Diagnostic::new(
                        Code::SlowPattern,
                        self.origin(site),
                        format!("a part of this pattern is built {most} times over, for its counts in braces"),
                    )
                    .help("write `*` or `+` in place of the count, and ask for a length by `length of`"),
                );
            }
        }
        for (_, terms) in self.drops() {
            for term in &terms {
                for lit in term.iter().filter(|lit| lit.yes) {
                    let test = self.test(lit.site);
                    let Check::Matches { patterns, .. } = &test.check else { continue };
                    let named = self.data_name(lit).filter(|name| {
                        PROGRAMS.contains(name)
                            || matches!(*name, "TargetFilename" | "QueryName" | "DestinationHostname")
                    });
                    if test.dialect != Dialect::Ours
                        || named.is_none()
                        || patterns.iter().all(|pattern| anchored(pattern))
                        || self.pinned(term, lit)
                    {
                        continue;
                    }
                    self.report(
                        Diagnostic::new(
                            Code::UnanchoredPattern,
                            self.origin(lit.site),
                            "this is found anywhere in the value, whatever stands before it",
                        )
                        .help("begin the pattern with `^`, and end it with `$` where nothing may follow"),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_multiply_and_stars_do_not() {
        let copies_of = |pattern: &str| copies(&regex_syntax::parse(pattern).unwrap());
        assert_eq!(copies_of("(a{20}b){30}"), 600);
        assert_eq!(copies_of("a*b+c?"), 1);
        assert_eq!(copies_of("a{40,}|b{3}"), 40);
    }

    #[test]
    fn a_pattern_is_anchored_if_all_its_branches_are() {
        assert!(anchored(r"(?i)^a|^b"));
        assert!(!anchored(r"(?i)^a|b"));
        assert!(!anchored(r"(?im)^a"));
    }
}
