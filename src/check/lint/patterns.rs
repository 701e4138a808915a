//! Regular expressions that find more than they name, or cost more than they say.
//!
//! In: the expressions of a program, in the form in which they run. Out: findings at the test. Never here: how they are spelt; that is
//! `check/pattern.rs`.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Dot, Hir, HirKind, Look};

use super::Lints;
use super::breadth::{HOSTS, PROGRAMS, Part};
use crate::check::pattern::build;
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::fold::fold;
use crate::ir::Check;

/// From so many copies of a part on, a pattern is slow to build and large.
const COPIES: u64 = 200;

/// A pattern in which each dot between letters or digits that stands for one character, whatever it is, stands for a dot; `None`: there is
/// none. It finds less, and what was meant.
pub(super) fn dotted(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 4);
    let (mut class, mut before, mut changed) = (false, ' ', false);
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                before = ' ';
                out.extend(chars.next());
                continue;
            }
            '[' => class = true,
            ']' => class = false,
            '.' if !class && (before.is_alphanumeric() || before == ')') => {
                let next = chars.peek().copied().unwrap_or(' ');
                if next.is_alphanumeric() || next == '(' {
                    out.push('\\');
                    changed = true;
                }
            }
            _other => {}
        }
        out.push(c);
        before = c;
    }
    changed.then_some(out)
}

/// A pattern without the `^.*` that it may begin with, and the `.*$` at its end: with them it finds no less. Dots are read as they were meant.
fn parse(pattern: &str) -> Option<Hir> {
    let hir = regex_syntax::parse(dotted(pattern).as_deref().unwrap_or(pattern)).ok()?;
    let HirKind::Concat(parts) = hir.kind() else { return Some(hir) };
    let any = |hir: &Hir| match hir.kind() {
        HirKind::Repetition(all) => {
            all.min <= 1 && all.max.is_none() && [Dot::AnyChar, Dot::AnyCharExceptLF].map(Hir::dot).contains(&all.sub)
        }
        _other => false,
    };
    let is = |hir: &Hir, look: Look| *hir.kind() == HirKind::Look(look);
    let rest = match parts.as_slice() {
        [first, second, rest @ ..] if is(first, Look::Start) && any(second) => rest,
        all => all,
    };
    let rest = match rest {
        [rest @ .., second, last] if is(last, Look::End) && any(second) => rest,
        all => all,
    };
    Some(Hir::concat(rest.to_vec()))
}

/// Does every match begin where the text does?
pub(super) fn anchored(pattern: &str) -> bool {
    parse(pattern).is_some_and(|hir| hir.properties().look_set_prefix().contains(Look::Start))
}

/// What stands before a pattern that ignores case.
const FOLDS: &str = "(?i)";

fn literals(pattern: &str, kind: ExtractKind) -> Option<Vec<(String, bool)>> {
    // What is found is folded: in every case it would be too many.
    let hir = parse(pattern.trim_start_matches(FOLDS))?;
    let found = Extractor::new().kind(kind).extract(&hir);
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty()).map(fold);
    found.literals()?.iter().map(|literal| Some((text(literal.as_bytes())?, literal.is_exact()))).collect()
}

/// How what a pattern finds begins; where only its end is sure, how it ends. Nothing where that can be many things.
pub(super) fn parts(pattern: &str) -> Vec<Part> {
    let Some(hir) = parse(pattern) else { return Vec::new() };
    let start = hir.properties().look_set_prefix().contains(Look::Start);
    let end = hir.properties().look_set_suffix().contains(Look::End);
    let kind = if end && !start { ExtractKind::Suffix } else { ExtractKind::Prefix };
    let part = |(text, exact): (String, bool)| match (start, end) {
        (true, true) if exact => Part::Whole(text),
        (true, _) => Part::Start(text),
        (false, true) => Part::End(text),
        (false, false) => Part::Inside(text),
    };
    literals(pattern, kind).unwrap_or_default().into_iter().map(part).collect()
}

/// Does it find everything?
pub(super) fn anything(pattern: &str) -> bool {
    let text = pattern.trim_start_matches(FOLDS).trim_start_matches('^').trim_end_matches('$');
    matches!(text, "" | "." | ".*" | ".+" | ".*?" | ".+?")
}

/// The first of these folders in which a pattern finds a file.
pub(super) fn finds(pattern: &str, folders: &'static [&'static str]) -> Option<&'static str> {
    let regex = build(pattern).ok()?;
    let end = literals(pattern, ExtractKind::Suffix).and_then(|found| found.into_iter().next());
    let file = end.as_ref().map_or("x.exe", |(text, _)| text.rsplit('\\').next().unwrap_or_default());
    let below = ["", r"x\", r"x\AppData\Local\Temp\"];
    folders.iter().copied().find(|folder| below.iter().any(|below| regex.is_match(&format!("C:{folder}{below}{file}"))))
}

/// Does a pattern find a folder that begins with this folded text and goes on?
pub(super) fn goes_on(pattern: &str, start: &str) -> bool {
    let end = literals(pattern, ExtractKind::Suffix).and_then(|found| found.into_iter().next());
    let file = end.as_ref().map_or("x.exe", |(text, _)| text.rsplit('\\').next().unwrap_or_default());
    is_found(pattern, &format!(r"{start}x\{file}"))
}

pub(super) fn is_found(pattern: &str, value: &str) -> bool {
    build(pattern).is_ok_and(|regex| regex.is_match(value))
}

/// Does a pattern find names of hosts that somebody else can choose?
fn finds_others(pattern: &str) -> bool {
    let parts = parts(pattern);
    parts.is_empty() && !anchored(pattern)
        || parts.iter().any(|part| match part {
            Part::End(text) => !text.starts_with('.') && is_found(pattern, &format!("evil{text}")),
            Part::Start(text) | Part::Inside(text) => is_found(pattern, &format!("{text}.evil.example")),
            Part::Whole(_) | Part::Folder(_) | Part::Name(_) => false,
        })
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
                    let Some(name) = self.data_name(lit) else { continue };
                    let host = HOSTS.contains(&name);
                    let path = PROGRAMS.contains(&name) || name == "TargetFilename";
                    let address = ["DestinationIp", "SourceIp"].contains(&name);
                    let mended = patterns.iter().find_map(|pattern| dotted(pattern));
                    if let Some(mended) = mended.filter(|_| (host || path || address) && !self.pinned(term, lit)) {
                        let message = "a `.` in this pattern stands for any character, and not for a dot alone";
                        self.report(
                            Diagnostic::new(Code::OpenDot, self.origin(lit.site), message)
                                .help(format!("write `\\.`: '{}'", mended.trim_start_matches(FOLDS))),
                        );
                    }
                    let open = match host {
                        true => patterns.iter().any(|pattern| finds_others(pattern)),
                        false => path && !patterns.iter().all(|pattern| anchored(pattern)),
                    };
                    if test.dialect == Dialect::LogManager || !open || self.pinned(term, lit) {
                        continue;
                    }
                    let (message, help) = match host {
                        true => (
                            "this finds names of others too, such as those that go on to either side",
                            "begin the pattern with `^`, or its end with `\\.`, and end it with `$`",
                        ),
                        false => (
                            "this is found anywhere in the value, whatever stands before it",
                            "begin the pattern with `^`, and end it with `$` where nothing may follow",
                        ),
                    };
                    self.report(Diagnostic::new(Code::UnanchoredPattern, self.origin(lit.site), message).help(help));
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
    fn what_a_pattern_names_is_read_out_of_it() {
        assert_eq!(parts(r"(?i)^C:\\Users\\[^\\]+$"), [Part::Start(r"c:\users\".into())]);
        assert_eq!(parts(r"(?i)^a\.exe$"), [Part::Whole("a.exe".into())]);
        assert_eq!(parts(r"(?i)\.(a|b)$"), [Part::End(".a".into()), Part::End(".b".into())]);
        assert_eq!(parts(r"(?i)\\temp\\"), [Part::Inside(r"\temp\".into())]);
        assert_eq!(parts(r"(?i)^[A-Z]:.*"), []);
    }

    #[test]
    fn what_stands_for_anything_at_an_end_is_no_end() {
        assert_eq!(parts(r"(?i)^.*\\a\.exe$"), [Part::End(r"\a.exe".into())]);
        assert_eq!(parts(r"(?i)^C:\\a.*$"), [Part::Start(r"c:\a".into())]);
        assert_eq!(parts(r"(?i)^.+update.*$"), [Part::Inside("update".into())]);
        assert!(!anchored(r"(?i)^.*?a$") && anchored(r"(?i)^[^\\]*a$"));
    }

    #[test]
    fn a_dot_between_letters_was_meant_as_a_dot() {
        let mended = |pattern: &str| dotted(pattern).unwrap_or_default();
        assert_eq!(mended("^www.microsoft.com$"), r"^www\.microsoft\.com$");
        assert_eq!(mended(r"^(.*\.)?(google|microsoft).com$"), r"^(.*\.)?(google|microsoft)\.com$");
        assert_eq!(mended(r"\\cmd.(exe|com)$"), r"\\cmd\.(exe|com)$");
        for plain in [r"a\.b", "a.*b", "a.+b", "a.?b", "[a.b]", r"\d.\d", "^.a", "a."] {
            assert_eq!(dotted(plain), None, "{plain}");
        }
        assert_eq!(parts("(?i)microsoft.com$"), [Part::End("microsoft.com".into())]);
    }

    #[test]
    fn a_prefix_is_tried_on_names_that_go_on() {
        assert!(goes_on(r"(?i)^C:\\Program Files", r"c:\program files"));
        assert!(goes_on(r"(?i)^C:\\Program Files.*\\a\.exe$", r"c:\program files"));
        assert!(!goes_on(r"(?i)^C:\\Program Files( \(x86\))?\\", r"c:\program files"));
    }

    #[test]
    fn a_pattern_is_tried_on_folders() {
        let folders = &[r"\Windows\Temp\"];
        assert_eq!(finds(r"(?i)^C:\\Windows\\.*", folders), Some(r"\Windows\Temp\"));
        assert_eq!(finds(r"(?i)^[A-Z]:\\Windows\\.*\\a\.exe$", folders), Some(r"\Windows\Temp\"));
        assert_eq!(finds(r"(?i)^C:\\Windows\\[^\\]+\.exe$", folders), None);
    }

    #[test]
    fn names_of_others_end_or_go_on_as_they_please() {
        assert!(finds_others(r"(?i)update\.com$") && finds_others(r"(?i)^update\.com") && finds_others("update"));
        assert!(!finds_others(r"(?i)(^|\.)update\.com$") && !finds_others(r"(?i)[a-z]+\.update\.com$"));
    }

    #[test]
    fn a_pattern_is_anchored_if_all_its_branches_are() {
        assert!(anchored(r"(?i)^a|^b"));
        assert!(!anchored(r"(?i)^a|b"));
        assert!(!anchored(r"(?im)^a"));
    }
}
