//! Regular expressions in Go's syntax.
//!
//! In: texts, and patterns that the checker made ready for Rust's engine. Out: patterns that mean the same to RE2 and that libbeat's own rewriting
//! leaves alone. Never here: which field is asked.

use regex_syntax::ast::{self, Ast, Visitor};

use crate::dialect::AgentVersion;
use crate::libbeat;

/// A text as a pattern takes it: it stands for itself, in YAML's single quotes, and for libbeat, which would take `${` for a variable.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '$' => out.push_str("[$]"),
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' => out.extend(['\\', c]),
            ' ' => out.push(c),
            c if c.is_ascii_graphic() || c.is_alphanumeric() => out.push(c),
            c => out.push_str(&format!("\\x{{{:x}}}", u32::from(c))),
        }
    }
}

/// The same as a new text.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    escape(text, &mut out);
    out
}

/// A folded text as people would write it: in small letters, where those are equal to it.
pub(super) fn small(folded: &str) -> String {
    let small = |c: char| {
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(one), None) if crate::fold::fold_char(one) == c => one,
            (_, _) => c,
        }
    };
    folded.chars().map(small).collect()
}

/// One of these patterns.
pub(super) fn one_of(mut patterns: Vec<String>) -> String {
    match patterns.len() {
        1 => patterns.pop().unwrap_or_default(),
        _ => format!("(?:{})", patterns.join("|")),
    }
}

/// Can a text stand in the configuration as it is? Not what would end a line, and not what libbeat expands.
pub(super) fn can_stand(text: &str) -> bool {
    let unfit = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    !text.contains(unfit) && !expands(text)
}

/// Would libbeat take a part of the text for a variable?
pub(super) fn expands(text: &str) -> bool {
    ["${", "$}", "$$"].iter().any(|pair| text.contains(pair))
}

/// Is there a letter in another case that would be equal? Of a folded text.
pub(super) fn has_case(folded: &str) -> bool {
    folded.chars().any(|c| c.is_ascii_alphabetic() || !c.is_ascii())
}

/// Why a pattern cannot be said to Go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotGo(pub &'static str);

/// The most that counted repetitions may come to, nested ones multiplied; Go's limit.
const REPETITIONS: u32 = 1000;
/// The most copies that a count may leave open, nested ones added: libbeat lets Go write each into the one before, and Go nests a thousand deep.
const OPEN: u32 = 450;

/// A pattern of the checker in Go's syntax, which libbeat of this version does not rewrite into another.
pub(super) fn to_go(pattern: &str, version: AgentVersion) -> Result<String, NotGo> {
    let tree = ast::parse::ParserBuilder::new()
        .nest_limit(200)
        .build()
        .parse(pattern)
        .map_err(|_| NotGo("it is no regular expression"))?;
    let ToGo { edits, dots, .. } = ast::visit(&tree, ToGo::default())?;
    let go = edited(pattern, edits.clone());
    let loses = |go: &str| {
        // The reader of configurations knows all that Go refuses.
        libbeat::pattern::regexp(go, version)
            .and_then(|_| libbeat::pattern::loses_anchor(go, version))
            .map_err(|_| NotGo("Go does not take it, or it is too large"))
    };
    if !loses(&go)? {
        return Ok(go);
    }
    // libbeat drops `^.*` at the start of a pattern and `.*$` at its end, however they are written, and so lets it reach over the ends of lines. Not
    // where what is between ends of lines is written as a class.
    let dots = dots.into_iter().map(|(start, end)| (start, end, "[^\\n]".to_string()));
    let go = edited(pattern, edits.into_iter().chain(dots).collect());
    if pattern.contains("(?s") || loses(&go)? {
        return Err(NotGo("libbeat would let its `.*` reach over the ends of lines: leave `^.*` and `.*$` out"));
    }
    Ok(go)
}

/// A pattern with parts of it replaced.
fn edited(pattern: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_unstable();
    let mut out = String::with_capacity(pattern.len());
    let mut from = 0;
    for (start, end, with) in edits {
        // What stands inside of something that was replaced went with it.
        if start < from {
            continue;
        }
        out.push_str(pattern.get(from..start).unwrap_or_default());
        out.push_str(&with);
        from = end;
    }
    out.push_str(pattern.get(from..).unwrap_or_default());
    out
}

type Edit = (usize, usize, String);

#[derive(Default)]
struct ToGo {
    edits: Vec<Edit>,
    /// Where dots stand.
    dots: Vec<(usize, usize)>,
    /// The repetitions around: how often in all, and how many copies they leave open.
    counts: Vec<(u32, u32)>,
}

/// Categories and scripts by the names that every Go knows.
const PROPERTIES: &[&str] = &[
    "C",
    "Cc",
    "Cf",
    "Co",
    "Cs",
    "L",
    "Ll",
    "Lm",
    "Lo",
    "Lt",
    "Lu",
    "M",
    "Mc",
    "Me",
    "Mn",
    "N",
    "Nd",
    "Nl",
    "No",
    "P",
    "Pc",
    "Pd",
    "Pe",
    "Pf",
    "Pi",
    "Po",
    "Ps",
    "S",
    "Sc",
    "Sk",
    "Sm",
    "So",
    "Z",
    "Zl",
    "Zp",
    "Zs",
    "Arabic",
    "Armenian",
    "Bengali",
    "Cherokee",
    "Common",
    "Cyrillic",
    "Devanagari",
    "Georgian",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hebrew",
    "Hiragana",
    "Inherited",
    "Kannada",
    "Katakana",
    "Khmer",
    "Lao",
    "Latin",
    "Malayalam",
    "Mongolian",
    "Myanmar",
    "Oriya",
    "Sinhala",
    "Syriac",
    "Tamil",
    "Telugu",
    "Thaana",
    "Thai",
    "Tibetan",
];

impl ToGo {
    fn edit(&mut self, span: &ast::Span, with: impl Into<String>) {
        self.edits.push((span.start.offset, span.end.offset, with.into()));
    }

    fn literal(&mut self, literal: &ast::Literal, in_class: bool) {
        let plain = matches!(literal.kind, ast::LiteralKind::Meta | ast::LiteralKind::Superfluous);
        if literal.c != '$' {
            return;
        }
        match in_class {
            // Before a brace libbeat would take it for a variable.
            true => self.edit(&literal.span, r"\x24"),
            false if plain => self.edit(&literal.span, "[$]"),
            false => {}
        }
    }

    fn property(&self, class: &ast::ClassUnicode) -> Result<(), NotGo> {
        let known = match &class.kind {
            ast::ClassUnicodeKind::OneLetter(letter) => PROPERTIES.contains(&letter.to_string().as_str()),
            ast::ClassUnicodeKind::Named(name) => PROPERTIES.contains(&name.as_str()),
            ast::ClassUnicodeKind::NamedValue { .. } => false,
        };
        known.then_some(()).ok_or(NotGo(
            "its property of characters is not known to every Winlogbeat under this name; write a range of characters",
        ))
    }
}

impl Visitor for ToGo {
    type Output = ToGo;
    type Err = NotGo;

    fn finish(self) -> Result<ToGo, NotGo> {
        Ok(self)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), NotGo> {
        match ast {
            Ast::Group(group) => match &group.kind {
                // `(?-u:\b)`: the word boundary of ASCII, which is Go's.
                ast::GroupKind::NonCapturing(flags) if flags.flag_state(ast::Flag::Unicode) == Some(false) => {
                    if let Ast::Assertion(assertion) = &*group.ast {
                        let boundary = match assertion.kind {
                            ast::AssertionKind::WordBoundary => r"\b",
                            ast::AssertionKind::NotWordBoundary => r"\B",
                            _ => return Err(NotGo("it changes what a character is")),
                        };
                        self.edit(&group.span, boundary);
                    }
                }
                ast::GroupKind::CaptureName { name, .. } => {
                    let open = ast::Span::new(group.span.start, name.span.end);
                    // The name's `>` stands behind it.
                    self.edits.push((open.start.offset, open.end.offset + 1, "(?:".to_string()));
                }
                ast::GroupKind::CaptureIndex(_) | ast::GroupKind::NonCapturing(_) => {}
            },
            Ast::Dot(span) => self.dots.push((span.start.offset, span.end.offset)),
            Ast::Repetition(repetition) => {
                let (most, open) = match &repetition.op.kind {
                    ast::RepetitionKind::Range(range) => {
                        let (written, least, most) = match range {
                            ast::RepetitionRange::Exactly(count) => (format!("{{{count}}}"), *count, *count),
                            ast::RepetitionRange::AtLeast(least) => (format!("{{{least},}}"), *least, *least),
                            ast::RepetitionRange::Bounded(least, most) => {
                                (format!("{{{least},{most}}}"), *least, *most)
                            }
                        };
                        let lazy = if repetition.greedy { "" } else { "?" };
                        self.edit(&repetition.op.span, written + lazy);
                        (most.max(1), most.saturating_sub(least))
                    }
                    ast::RepetitionKind::ZeroOrOne
                    | ast::RepetitionKind::ZeroOrMore
                    | ast::RepetitionKind::OneOrMore => (1, 0),
                };
                let (around, open_around) = self.counts.last().copied().unwrap_or((1, 0));
                let all = (around.saturating_mul(most), open_around.saturating_add(open));
                if all.0 > REPETITIONS || all.1 > OPEN {
                    return Err(NotGo(
                        "its repetitions come to more than 1000, or leave more than 450 open, which Go refuses",
                    ));
                }
                self.counts.push(all);
            }
            Ast::Literal(literal) => self.literal(literal, false),
            Ast::ClassUnicode(class) => self.property(class)?,
            Ast::Empty(_)
            | Ast::Flags(_)
            | Ast::Assertion(_)
            | Ast::ClassPerl(_)
            | Ast::ClassBracketed(_)
            | Ast::Alternation(_)
            | Ast::Concat(_) => {}
        }
        Ok(())
    }

    fn visit_post(&mut self, ast: &Ast) -> Result<(), NotGo> {
        if let Ast::Repetition(_) = ast {
            self.counts.pop();
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), NotGo> {
        match item {
            ast::ClassSetItem::Unicode(class) => self.property(class),
            ast::ClassSetItem::Literal(literal) => {
                self.literal(literal, true);
                Ok(())
            }
            ast::ClassSetItem::Empty(_)
            | ast::ClassSetItem::Range(_)
            | ast::ClassSetItem::Ascii(_)
            | ast::ClassSetItem::Perl(_)
            | ast::ClassSetItem::Bracketed(_)
            | ast::ClassSetItem::Union(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::pattern::regular;

    fn go(pattern: &str, cased: bool) -> Result<String, NotGo> {
        to_go(&regular(pattern, cased).unwrap(), AgentVersion::DEFAULT)
    }

    #[test]
    fn patterns_stay_as_people_wrote_them_where_they_can() {
        for (ours, theirs) in [
            (r"^[A-Za-z]:[ -9;-~]+$", r"^[A-Za-z]:[ -9;-~]+$"),
            (r"\bfoo\b", r"\bfoo\b"),
            (r"a\$b", "a[$]b"),
            ("[${]", r"[\x24{]"),
            (r"(?P<one>a|b)+", "(?:a|b)+"),
            (r"(?<one>a)", "(?:a)"),
            (r"a{ 2 }", "a{2}"),
            (r"\d{2,}?", "[0-9]{2,}?"),
            (r"\p{Lu}[\p{Greek}]", r"\p{Lu}[\p{Greek}]"),
        ] {
            assert_eq!(go(ours, true).as_deref(), Ok(theirs), "{ours}");
        }
        assert_eq!(go("foo", false).as_deref(), Ok("(?i)foo"));
    }

    #[test]
    fn what_libbeat_would_rewrite_is_written_otherwise() {
        assert_eq!(go("^.*foo", true).as_deref(), Ok(r"^[^\n]*foo"));
        assert_eq!(go("foo.*$", true).as_deref(), Ok(r"foo[^\n]*$"));
        assert_eq!(go("^.*$", true).as_deref(), Ok(r"^[^\n]*$"));
        assert_eq!(go("^.*?foo", true).as_deref(), Ok("^.*?foo"));
        assert_eq!(go(".*foo.*", true).as_deref(), Ok(".*foo.*"));
        assert_eq!(go("^(.*)foo", true).as_deref(), Ok(r"^([^\n]*)foo"));
        assert_eq!(go(r"\A.*foo", true).as_deref(), Ok(r"\A[^\n]*foo"));
        assert_eq!(go(r"^.*\bfoo", true).as_deref(), Ok(r"^[^\n]*\bfoo"));
        assert_eq!(go("^.*foo", false).as_deref(), Ok("(?i)^.*foo"));
    }

    #[test]
    fn what_go_does_not_know_is_refused() {
        for pattern in [r"\p{greek}", r"(?:a{100}){11}", r"[\p{Alphabetic}]", "a{1,900}"] {
            assert!(go(pattern, true).is_err(), "{pattern}");
        }
    }

    #[test]
    fn nothing_in_an_escaped_text_is_special() {
        assert_eq!(escaped(r"C:\a b${x}(1)+é–"), r"C:\\a b[$]\{x\}\(1\)\+é\x{2013}");
        assert!(!can_stand("a$}b"));
        assert!(can_stand(r"C:\Windows\$Recycle.Bin") && !can_stand("a${b}") && !can_stand("$$") && !can_stand("a\nb"));
    }
}
