//! Tests on text: `contains`, `like`, `matches` and their like.
//!
//! In: a test whose operator looks at text. Out: its needles, patterns or expressions, in the form in which they are compared. Never here:
//! where the text comes from.

use base64::Engine;

use super::operands::{args_origin, is_field, written};
use super::pattern::{self, FaultKind};
use super::{Checker, Facts};
use crate::ast::{self, Args, Base, Function, Literal};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::{Dialect, Fold};
use crate::fold;
use crate::ir::{Check, Compare, FieldOp, Pattern, Piece, Where};
use crate::libbeat;
use crate::origin::{Origin, Place, Span};

/// A text of the rule with the place where it stands.
struct Needle<'a> {
    text: &'a str,
    through: &'a [Function],
    origin: Origin,
}

impl Checker<'_> {
    /// The texts of a `Texts` or `Patterns` argument, and whether all must hold.
    fn needles<'t>(&mut self, test: &'t ast::Test) -> Option<(Vec<Needle<'t>>, bool)> {
        let (items, all): (&[ast::Operand], bool) = match &test.args {
            Args::One(operand) => (std::slice::from_ref(operand), false),
            Args::Many { items, all, origin } => {
                if items.is_empty() {
                    self.report(
                        Diagnostic::new(Code::EmptyList, *origin, "the list is empty")
                            .help("a list needs a member: an empty one would hold always, or never"),
                    );
                    return None;
                }
                (items, *all)
            }
            Args::None
            | Args::Table { .. }
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => {
                return self.wrong_args(test);
            }
        };
        let mut needles = Vec::with_capacity(items.len());
        for item in items {
            match &item.base {
                Base::Literal(Literal::Text(text)) => {
                    needles.push(Needle { text, through: &item.through, origin: item.origin })
                }
                Base::Literal(literal) => {
                    let written = written(literal);
                    self.report(
                        Diagnostic::new(
                            Code::WrongOperand,
                            item.origin,
                            format!("`{}` needs text, not a {}", test.op.value.entry().word, literal.kind()),
                        )
                        .help(format!("put it into quotes: '{written}'"))
                        .fix(item.origin, format!("'{written}'")),
                    );
                }
                Base::Field(_)
                | Base::Hash(_)
                | Base::Lookup(_)
                | Base::AnyField
                | Base::AnyProcessGuid
                | Base::Event => {
                    self.report(
                        Diagnostic::new(Code::WrongOperand, item.origin, "a list holds literals only")
                            .help("write one test a field, joined by `or`"),
                    );
                }
            }
        }
        Some((needles, all))
    }

    pub(super) fn text(
        &mut self,
        test: &ast::Test,
        place: Where,
        compare: Compare,
        facts: &mut Facts,
    ) -> Option<Check> {
        if let Args::One(operand) = &test.args
            && is_field(operand)
        {
            return self.other_field(test, operand, FieldOp::Text(place), compare.fold, facts);
        }
        let (list, all) = self.needles(test)?;
        let encoded = list.iter().filter(|needle| !needle.through.is_empty()).count();
        if encoded > 0 && encoded < list.len() || encoded > 1 && all {
            self.report(
                Diagnostic::new(
                    Code::BadFunction,
                    args_origin(test),
                    "base64 texts and others cannot stand in one list, nor in an `all` list",
                )
                .help("write one test for each, joined by `and` or `or`"),
            );
            return None;
        }
        let compare = if encoded > 0 { Compare { fold: Fold::Cased, any_dash: false } } else { compare };
        let mut needles = Vec::with_capacity(list.len());
        for needle in list {
            if needle.through.is_empty() {
                needles.push(prepared(needle.text, compare));
            } else {
                needles.extend(self.encoded(&needle, place)?);
            }
        }
        if compare.any_dash {
            let placed = |text: &String| placed(place, text);
            let patterns: Vec<Pattern> = needles.iter().map(placed).map(pattern::options).collect();
            if patterns.iter().any(|pattern| pattern.0.contains(&Piece::Dash)) {
                return Some(Check::Like { patterns, all, compare });
            }
        }
        if !all || encoded > 0 {
            crate::order::sort(&mut needles);
            needles.dedup();
        }
        Some(Check::Text { place, needles, all: all && encoded == 0, compare })
    }

    /// A text of the rule seen through `lower case of` and the like, as base64 looks at any of the three offsets.
    fn encoded(&mut self, needle: &Needle<'_>, place: Where) -> Option<Vec<String>> {
        let [function] = needle.through else {
            self.report(
                Diagnostic::new(Code::BadFunction, needle.origin, "one function at most on a text of the rule")
                    .help("write the result itself"),
            );
            return None;
        };
        let bytes: Vec<u8> = match function {
            Function::Base64 => needle.text.as_bytes().to_vec(),
            Function::Base64Wide => needle.text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            other => {
                self.report(
                    Diagnostic::new(
                        Code::BadFunction,
                        needle.origin,
                        format!("`{}` of a text of the rule is known already", other.words()),
                    )
                    .help("write the result itself"),
                );
                return None;
            }
        };
        if place != Where::Inside {
            self.report(
                Diagnostic::new(Code::BadFunction, needle.origin, "text inside base64 has no start or end of its own")
                    .help("use `contains`"),
            );
            return None;
        }
        let needles = base64_needles(&bytes);
        if needles.iter().any(|needle| needle.len() < 3) {
            self.report(
                Diagnostic::new(Code::BadFunction, needle.origin, "the text is too short to be found inside base64")
                    .help("at least three characters give a needle at every offset"),
            );
            return None;
        }
        Some(needles)
    }

    pub(super) fn like(&mut self, test: &ast::Test, compare: Compare) -> Option<Check> {
        let (list, all) = self.needles(test)?;
        let mut patterns: Vec<Pattern> = Vec::with_capacity(list.len());
        for needle in list {
            self.no_function(&needle)?;
            let (pattern, escaped) = pattern::wildcard(needle.text);
            if let Some(at) = escaped.first() {
                let star = needle.text.get(at + 1..).and_then(|rest| rest.chars().next()).unwrap_or('*');
                self.report(
                    Diagnostic::new(
                        Code::EscapedWildcard,
                        inside(needle.origin, needle.text, *at, 2),
                        format!("this backslash makes the `{star}` an ordinary character"),
                    )
                    .help(format!("for a folder separator and a wildcard write two backslashes: \\\\{star}")),
                );
            }
            let pattern = pattern::map_texts(pattern, |text| prepared(text, compare));
            patterns.push(if compare.any_dash { pattern::options(pattern) } else { pattern });
        }
        Some(Check::Like { patterns, all, compare })
    }

    fn no_function(&mut self, needle: &Needle<'_>) -> Option<()> {
        if needle.through.is_empty() {
            return Some(());
        }
        self.report(
            Diagnostic::new(Code::BadFunction, needle.origin, "functions have no meaning on a pattern")
                .help("write the pattern itself"),
        );
        None
    }

    pub(super) fn matches(&mut self, test: &ast::Test) -> Option<Check> {
        let (list, all) = self.needles(test)?;
        let cased = test.cased || test.dialect == Dialect::Sigma;
        let mut patterns = Vec::with_capacity(list.len());
        for needle in list {
            self.no_function(&needle)?;
            let read = match test.dialect {
                Dialect::Winlogbeat(version) => libbeat::pattern::regexp(needle.text, version).map_err(Into::into),
                Dialect::Ours | Dialect::Sysmon | Dialect::Sigma | Dialect::LogManager => {
                    pattern::regular(needle.text, cased)
                }
            };
            match read {
                Ok(pattern) => {
                    self.needless_pattern(&needle.origin, needle.text, cased);
                    patterns.push(pattern);
                }
                Err(fault) => {
                    let (code, help) = match fault.kind {
                        FaultKind::Bad if matches!(test.dialect, Dialect::Winlogbeat(_)) => (
                            Code::BadPattern,
                            "strict patterns are regular expressions in Go's syntax, as libbeat compiles them",
                        ),
                        FaultKind::Bad => (
                            Code::BadPattern,
                            "patterns are regular expressions as RE2 and Rust know them; for plain text use `contains`, for * and ? use `like`",
                        ),
                        FaultKind::Unsupported => {
                            (Code::UnsupportedPattern, "use several tests joined by `and`, such as `contains`, instead")
                        }
                        FaultKind::TooLarge => {
                            (Code::PatternTooLarge, "use smaller repetitions, or `contains` and `like`")
                        }
                    };
                    self.report(
                        Diagnostic::new(code, inside(needle.origin, needle.text, fault.at, 1), fault.message)
                            .help(help),
                    );
                }
            }
        }
        Some(Check::Matches { patterns, all })
    }
}

/// A text at its place, as a pattern.
fn placed(place: Where, text: &str) -> Pattern {
    let text = Piece::Text(text.to_string());
    Pattern(match place {
        Where::Inside => vec![Piece::Any, text, Piece::Any],
        Where::Start => vec![text, Piece::Any],
        Where::End => vec![Piece::Any, text],
    })
}

/// A text of a rule in the form in which it is compared.
pub(super) fn prepared(text: &str, compare: Compare) -> String {
    let mut dashed = String::new();
    let text = if compare.any_dash {
        fold::dashes_into(text, &mut dashed);
        &dashed
    } else {
        text
    };
    match compare.fold {
        Fold::Cased => text.to_string(),
        Fold::Simple => fold::fold(text),
        Fold::Ascii => text.to_ascii_lowercase(),
    }
}

/// What base64 text surely holds if what it encodes holds `bytes`, for each of the three offsets: the characters that the
/// bytes alone decide.
fn base64_needles(bytes: &[u8]) -> Vec<String> {
    (0..3usize)
        .map(|offset| {
            let mut padded = vec![0u8; offset];
            padded.extend_from_slice(bytes);
            let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded);
            // A character is decided when all its six bits are: the first ones are shared with what stands before, the
            // last one with what follows.
            let first = (offset * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            text.get(first..last).unwrap_or_default().to_string()
        })
        .collect()
}

/// A place inside a quoted text. Exact where the quotes hold no escape (then the span is the text and two quotes); the
/// whole text otherwise.
fn inside(origin: Origin, text: &str, at: usize, len: usize) -> Origin {
    match origin.place {
        Place::Span(span) if span.range().len() == text.len() + 2 => {
            let start = span.start as usize + 1 + at.min(text.len());
            let end = (start + len).min(span.end as usize - 1).max(start);
            Origin::span(origin.source, Span::new(start, end))
        }
        Place::Whole | Place::Span(_) | Place::Block { .. } => origin,
    }
}

#[cfg(test)]
mod tests {
    use super::base64_needles;

    #[test]
    fn base64_needles_hold_only_what_the_bytes_decide() {
        assert_eq!(base64_needles(b"whoami"), ["d2hvYW1p", "dob2Fta", "3aG9hbW"]);
        assert!(base64_needles("naïve".as_bytes()).contains(&"5hw692Z".to_string()));
    }
}
