//! Patterns: wildcards into pieces, regular expressions into what the `regex` crate runs with RE2's meaning.
//!
//! In: the text of a pattern as the rule's author sees it. Out: a [`Pattern`], or a regular expression ready to compile; or
//! where in the text the fault is. Never here: diagnostics' wording beyond the fault itself.

use regex_syntax::ast::{self, Ast, Visitor};

use crate::fold;
use crate::ir::{Pattern, Piece};
use crate::limits;

/// Reads a wildcard pattern: `*` is anything, `?` one character, a backslash before `*`, `?` or a backslash takes it as it
/// stands, any other backslash is itself. Gives the pieces and the byte offsets of escaped wildcards.
pub fn wildcard(text: &str) -> (Pattern, Vec<usize>) {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut escaped = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let special = match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => {
                match chars.peek().copied() {
                    Some((_, next @ ('*' | '?' | '\\'))) => {
                        if next != '\\' {
                            escaped.push(at);
                        }
                        plain.push(next);
                        chars.next();
                    }
                    Some(_) | None => plain.push('\\'),
                }
                continue;
            }
            other => {
                plain.push(other);
                continue;
            }
        };
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        if !(special == Piece::Any && pieces.last() == Some(&Piece::Any)) {
            pieces.push(special);
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    (Pattern(pieces), escaped)
}

/// Changes the texts of a pattern (folding, dashes).
pub fn map_texts(pattern: Pattern, change: impl Fn(&str) -> String) -> Pattern {
    let piece = |piece| match piece {
        Piece::Text(text) => Piece::Text(change(&text)),
        Piece::One | Piece::Dash | Piece::Any => piece,
    };
    Pattern(pattern.0.into_iter().map(piece).collect())
}

/// For `any-dash`: what begins an option in a text, a dash or `/` with no letter, digit or `_` before it and one behind it, stands for either.
/// These are the ones that Sigma's `windash` speaks of.
pub fn options(pattern: Pattern) -> Pattern {
    let mut pieces = Vec::with_capacity(pattern.0.len());
    for piece in pattern.0 {
        let Piece::Text(text) = piece else {
            pieces.push(piece);
            continue;
        };
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let mut plain = String::new();
        let (mut before, mut chars) = (None, text.chars().peekable());
        while let Some(c) = chars.next() {
            if (c == '/' || fold::is_dash(c)) && !word(before) && word(chars.peek().copied()) {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Dash);
            } else {
                plain.push(c);
            }
            before = Some(c);
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
    }
    Pattern(pieces)
}

/// What is wrong with a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Kind.
    pub kind: FaultKind,
    /// Byte offset in the pattern.
    pub at: usize,
    /// What, without a final stop.
    pub message: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is no regular expression.
    Bad,
    /// It needs what a linear engine does not have, or what RE2 and Rust do not share.
    Unsupported,
    /// It is too large.
    TooLarge,
}

/// A regular expression with RE2's meaning, for the `regex` crate: `\d \w \s \b` made ASCII, `(?i)` in front unless `cased`.
pub fn regular(pattern: &str, cased: bool) -> Result<String, Fault> {
    let tree = ast::parse::ParserBuilder::new()
        .nest_limit(200)
        .build()
        .parse(pattern)
        .map_err(|error| fault_of(pattern, &error))?;
    let edits = ast::visit(&tree, Portable { edits: Vec::new(), class_depth: 0 })?;
    let mut out = String::with_capacity(pattern.len() + 8);
    if !cased {
        out.push_str("(?i)");
    }
    let mut from = 0;
    for (start, end, with) in edits {
        out.push_str(pattern.get(from..start).unwrap_or_default());
        out.push_str(with);
        from = end;
    }
    out.push_str(pattern.get(from..).unwrap_or_default());
    match build(&out) {
        Ok(_) => Ok(out),
        Err(regex::Error::CompiledTooBig(limit)) => Err(Fault {
            kind: FaultKind::TooLarge,
            at: 0,
            message: format!("this regular expression compiles to more than {} KiB", limit >> 10),
        }),
        Err(error) => Err(Fault { kind: FaultKind::Bad, at: 0, message: error.to_string() }),
    }
}

/// Is it a pattern that [`build`] compiles, size apart?
pub fn is_pattern(pattern: &str) -> bool {
    regex_syntax::ParserBuilder::new().nest_limit(200).build().parse(pattern).is_ok()
}

/// Compiles what [`regular`] gave.
pub fn build(pattern: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(pattern)
        .size_limit(limits::PATTERN_BYTES)
        .dfa_size_limit(limits::PATTERN_BYTES)
        .nest_limit(200)
        .build()
}

/// The literal that a pattern is, if it is one, with whether it is anchored at start and end: such a test needs no pattern.
pub fn literal_of(pattern: &str) -> Option<(String, bool, bool)> {
    // Case is ignored in any case.
    let tree = ast::parse::Parser::new().parse(pattern.trim_start_matches("(?i)")).ok()?;
    let parts: Vec<&Ast> = match &tree {
        Ast::Concat(concat) => concat.asts.iter().collect(),
        other => vec![other],
    };
    use ast::AssertionKind as K;
    let anything = |part: &&Ast| matches!(part, Ast::Repetition(r) if matches!(r.op.kind, ast::RepetitionKind::ZeroOrMore) && matches!(*r.ast, Ast::Dot(_)));
    // `.*` at an open end asks for nothing: what stands there is found anywhere.
    let head = parts.iter().take_while(|part| anything(part)).count();
    let tail = parts.iter().skip(head).rev().take_while(|part| anything(part)).count();
    let parts: Vec<&Ast> = parts.into_iter().skip(head).collect();
    let parts = parts.get(..parts.len() - tail)?;
    let (mut text, mut start, mut end) = (String::new(), false, false);
    for (i, part) in parts.iter().enumerate() {
        match part {
            Ast::Literal(literal) if !end => text.push(literal.c),
            Ast::Assertion(a) if matches!(a.kind, K::StartLine | K::StartText) && i == 0 => start = true,
            Ast::Assertion(a) if matches!(a.kind, K::EndLine | K::EndText) && i + 1 == parts.len() => end = true,
            _ => return None,
        }
    }
    (!text.is_empty()).then_some((text, start, end))
}

fn fault_of(pattern: &str, error: &ast::Error) -> Fault {
    use ast::ErrorKind;
    let at = error.span().start.offset.min(pattern.len());
    let unsupported = matches!(error.kind(), ErrorKind::UnsupportedLookAround | ErrorKind::UnsupportedBackreference);
    let message = match error.kind() {
        ErrorKind::UnsupportedLookAround => {
            "look-around needs an engine that can run for ever; this one cannot".to_string()
        }
        ErrorKind::UnsupportedBackreference => {
            "back-references need an engine that can run for ever; this one cannot".to_string()
        }
        ErrorKind::NestLimitExceeded(limit) => format!("groups are nested more than {limit} deep"),
        other => other.to_string(),
    };
    Fault { kind: if unsupported { FaultKind::Unsupported } else { FaultKind::Bad }, at, message }
}

/// Walks a pattern: collects the rewriting of `\d \w \s \b`, refuses what Rust and RE2 do not read alike.
struct Portable {
    edits: Vec<(usize, usize, &'static str)>,
    class_depth: usize,
}

fn refuse(at: usize, message: impl Into<String>) -> Fault {
    Fault { kind: FaultKind::Unsupported, at, message: message.into() }
}

impl Portable {
    fn perl(&mut self, class: &ast::ClassPerl) {
        use ast::ClassPerlKind::{Digit, Space, Word};
        let inside = self.class_depth > 0;
        let with = match (&class.kind, class.negated) {
            (Digit, false) => "[0-9]",
            (Digit, true) => "[^0-9]",
            // Under `(?i)` the letters k and s would bring in look-alikes; RE2 does not fold a class that is written as one.
            (Word, false) if inside => "[0-9A-Za-z_]",
            (Word, false) => "(?-i:[0-9A-Za-z_])",
            (Word, true) if inside => "[^0-9A-Za-z_]",
            (Word, true) => "(?-i:[^0-9A-Za-z_])",
            (Space, false) => r"[\t\n\f\r ]",
            (Space, true) => r"[^\t\n\f\r ]",
        };
        self.edits.push((class.span.start.offset, class.span.end.offset, with));
    }
}

impl Visitor for Portable {
    type Output = Vec<(usize, usize, &'static str)>;
    type Err = Fault;

    fn finish(mut self) -> Result<Self::Output, Fault> {
        crate::order::sort_by_key(&mut self.edits, |edit| edit.0);
        Ok(self.edits)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Fault> {
        match ast {
            Ast::ClassPerl(class) => self.perl(class),
            Ast::Assertion(assertion) => {
                use ast::AssertionKind as K;
                let span = assertion.span;
                match assertion.kind {
                    K::WordBoundary => self.edits.push((span.start.offset, span.end.offset, r"(?-u:\b)")),
                    K::NotWordBoundary => self.edits.push((span.start.offset, span.end.offset, r"(?-u:\B)")),
                    K::StartLine | K::EndLine | K::StartText | K::EndText => {}
                    K::WordBoundaryStart
                    | K::WordBoundaryEnd
                    | K::WordBoundaryStartAngle
                    | K::WordBoundaryEndAngle
                    | K::WordBoundaryStartHalf
                    | K::WordBoundaryEndHalf => {
                        return Err(refuse(
                            span.start.offset,
                            r"this word boundary means something else in RE2; write \b",
                        ));
                    }
                }
            }
            Ast::Flags(set) => flags(&set.flags)?,
            Ast::Group(group) => {
                if let ast::GroupKind::NonCapturing(set) = &group.kind {
                    flags(set)?;
                }
            }
            Ast::Repetition(repetition) => {
                if matches!(*repetition.ast, Ast::Repetition(_)) {
                    return Err(refuse(
                        repetition.op.span.start.offset,
                        "a repetition of a repetition; put the inner one into a group",
                    ));
                }
                let most = match &repetition.op.kind {
                    ast::RepetitionKind::Range(ast::RepetitionRange::Exactly(n) | ast::RepetitionRange::AtLeast(n)) => {
                        *n
                    }
                    ast::RepetitionKind::Range(ast::RepetitionRange::Bounded(_, n)) => *n,
                    ast::RepetitionKind::ZeroOrOne
                    | ast::RepetitionKind::ZeroOrMore
                    | ast::RepetitionKind::OneOrMore => 0,
                };
                if most > 1000 {
                    return Err(Fault {
                        kind: FaultKind::TooLarge,
                        at: repetition.op.span.start.offset,
                        message: format!("{most} repetitions; at most 1000 are allowed"),
                    });
                }
            }
            Ast::Literal(literal) => hex(literal)?,
            Ast::ClassUnicode(class) => property(class)?,
            Ast::Empty(_) | Ast::Dot(_) | Ast::ClassBracketed(_) | Ast::Alternation(_) | Ast::Concat(_) => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Fault> {
        match item {
            ast::ClassSetItem::Perl(class) => {
                self.class_depth += 1;
                self.perl(class);
                self.class_depth -= 1;
            }
            ast::ClassSetItem::Literal(literal) => hex(literal)?,
            ast::ClassSetItem::Unicode(class) => property(class)?,
            ast::ClassSetItem::Bracketed(class) => {
                return Err(refuse(
                    class.span.start.offset,
                    r"a class inside a class means something else in RE2; write \[ for the bracket itself",
                ));
            }
            ast::ClassSetItem::Range(range) => {
                hex(&range.start)?;
                hex(&range.end)?;
            }
            ast::ClassSetItem::Empty(_) | ast::ClassSetItem::Ascii(_) | ast::ClassSetItem::Union(_) => {}
        }
        Ok(())
    }

    fn visit_class_set_binary_op_pre(&mut self, op: &ast::ClassSetBinaryOp) -> Result<(), Fault> {
        Err(refuse(
            op.span.start.offset,
            "`&&`, `--` and `~~` in a class mean something else in RE2; put a backslash before them",
        ))
    }
}

fn flags(flags: &ast::Flags) -> Result<(), Fault> {
    for item in &flags.items {
        if let ast::FlagsItemKind::Flag(flag @ (ast::Flag::Unicode | ast::Flag::CRLF | ast::Flag::IgnoreWhitespace)) =
            &item.kind
        {
            let letter = match flag {
                ast::Flag::Unicode => 'u',
                ast::Flag::CRLF => 'R',
                _ => 'x',
            };
            return Err(refuse(
                item.span.start.offset,
                format!("RE2 does not know the flag `{letter}`; it knows i, m, s and U"),
            ));
        }
    }
    Ok(())
}

fn hex(literal: &ast::Literal) -> Result<(), Fault> {
    use ast::{HexLiteralKind, LiteralKind};
    match &literal.kind {
        LiteralKind::HexFixed(HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong)
        | LiteralKind::HexBrace(HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong) => {
            Err(refuse(literal.span.start.offset, r"RE2 does not know \u; write \x{E9}, or the character itself"))
        }
        _ => Ok(()),
    }
}

fn property(class: &ast::ClassUnicode) -> Result<(), Fault> {
    match &class.kind {
        ast::ClassUnicodeKind::NamedValue { .. } => Err(refuse(
            class.span.start.offset,
            r"RE2 knows properties by their short names only, such as \p{Lu} or \p{Greek}",
        )),
        ast::ClassUnicodeKind::OneLetter(_) | ast::ClassUnicodeKind::Named(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<Piece> {
        wildcard(text).0.0
    }

    #[test]
    fn only_stars_question_marks_and_backslashes_are_escaped_in_wildcards() {
        let text = |s: &str| Piece::Text(s.to_string());
        assert_eq!(pieces(r"*\Desktop\hello\*word"), [Piece::Any, text(r"\Desktop\hello*word")]);
        assert_eq!(pieces(r"C:\Windows\?x**y"), [text(r"C:\Windows?x"), Piece::Any, text("y")]);
        assert_eq!(pieces(r"a\\b\"), [text(r"a\b\")]);
        assert_eq!(wildcard(r"*\Desktop\hello\*word").1, [15]);
    }

    #[test]
    fn perl_classes_are_ascii_as_in_re2() {
        let matches = |pattern: &str, text: &str| build(&regular(pattern, false).unwrap()).unwrap().is_match(text);
        assert!(!matches(r"^\d$", "٣"));
        assert!(!matches(r"^\w$", "é"));
        assert!(!matches(r"^\w$", "ſ"));
        assert!(matches(r"^s$", "ſ"));
        assert!(matches(r"\bfoo\b", "éfoo"));
        assert!(!matches(r"\s", "\u{b}"));
        assert!(matches(r"[\d\s]x", "\tx"));
    }

    #[test]
    fn what_rust_and_re2_do_not_share_is_refused_at_its_place() {
        let at = |pattern: &str| regular(pattern, true).map_err(|fault| (fault.kind, fault.at));
        assert_eq!(at("(?=.*evil)x"), Err((FaultKind::Unsupported, 0)));
        assert_eq!(at(r"ab\1"), Err((FaultKind::Unsupported, 2)));
        assert_eq!(at("x(?x)y"), Err((FaultKind::Unsupported, 3)));
        assert_eq!(at("[a[b]]"), Err((FaultKind::Unsupported, 2)));
        assert_eq!(at("[a&&b]"), Err((FaultKind::Unsupported, 1)));
        assert_eq!(at("a**"), Err((FaultKind::Unsupported, 2)));
        assert_eq!(at("(a"), Err((FaultKind::Bad, 0)));
        assert!(matches!(at("^(?s:.){0,10000}$"), Err((FaultKind::TooLarge, _))));
        assert!(matches!(at(r"(?:\pL{100}){100}"), Err((FaultKind::TooLarge, 0))));
    }

    #[test]
    fn a_pattern_that_is_only_text_is_seen() {
        assert_eq!(literal_of(r"^C:\\Windows\\"), Some((r"C:\Windows\".to_string(), true, false)));
        assert_eq!(literal_of(".*evil.*"), Some(("evil".to_string(), false, false)));
        // On one line only, so it is more than the text.
        assert_eq!(literal_of(r"(?i)\Aevil\z"), Some(("evil".to_string(), true, true)));
        assert_eq!(literal_of("^.*evil"), None);
        assert_eq!(literal_of("a.b"), None);
    }
}
