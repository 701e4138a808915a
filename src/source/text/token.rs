//! Characters into tokens: the first look at a whole file.
//!
//! In: a text. Out: tokens and comments with their places, in one pass without recursion, linear in the length of the text.
//! A quote that is never closed ends before the next line that begins a rule, so that one missing quote costs one rule.
//! Never here: what tokens mean together; diagnostics.

use memchr::{memchr, memchr2, memchr3};

use super::words;
use crate::origin::Span;

/// The byte-order mark.
pub(super) const MARK: char = '\u{feff}';

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, keyword, number, address: any run of such characters.
    Word,
    /// A quoted text, with its quotes.
    Text,
    /// A quote that is never closed, up to the next rule or the end.
    Unclosed,
    /// `(`, `[`, `{`.
    Open(u8),
    /// `)`, `]`, `}`.
    Close(u8),
    /// `,`
    Comma,
    /// A run of `=`, `!`, `<`, `>`, `&`, `|`, `~`.
    Sign,
    /// What has no meaning outside quotes; a run of one character, or a comment in another language's form.
    Stray,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What it is.
    pub kind: Kind,
}

impl Token {
    /// Its place.
    pub fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

/// The tokens and comments of a file.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// In the order of the file.
    pub tokens: Vec<Token>,
    /// From `//` to the end of the line, in the order of the file.
    pub comments: Vec<Span>,
}

/// Cuts `text` into tokens.
pub(super) fn tokens(text: &str) -> Tokens {
    let bytes = text.as_bytes();
    let mut out = Tokens::default();
    // A mark at the very start says only that this is UTF-8.
    let mut at = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
    // Once a `*/` was sought in vain there is none further on.
    let mut block_comment_ends = true;
    while let Some(&byte) = bytes.get(at) {
        let (kind, end) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                let end = line_end(bytes, at);
                out.comments.push(Span::new(at, end));
                at = end;
                continue;
            }
            b'\'' => single_quoted(text, at),
            b'"' => double_quoted(text, at),
            b'(' | b'[' | b'{' => (Kind::Open(byte), at + 1),
            b')' | b']' | b'}' => (Kind::Close(byte), at + 1),
            b',' => (Kind::Comma, at + 1),
            b'=' | b'!' | b'<' | b'>' | b'&' | b'|' | b'~' => {
                (Kind::Sign, run(bytes, at, |b| matches!(b, b'=' | b'!' | b'<' | b'>' | b'&' | b'|' | b'~')))
            }
            b'#' => (Kind::Stray, line_end(bytes, at)),
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let close = if block_comment_ends { memchr::memmem::find(&bytes[at + 2..], b"*/") } else { None };
                block_comment_ends = close.is_some();
                (Kind::Stray, close.map_or_else(|| line_end(bytes, at), |n| at + n + 4))
            }
            _ => match word_end(text, at) {
                Some(end) => (Kind::Word, end),
                None => {
                    let stray = text[at..].chars().next();
                    let len = text[at..].chars().take_while(|c| Some(*c) == stray).map(char::len_utf8).sum::<usize>();
                    (Kind::Stray, at + len.max(1))
                }
            },
        };
        let span = Span::new(at, end);
        out.tokens.push(Token { start: span.start, end: span.end, kind });
        at = end;
    }
    out
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n)
}

fn run(bytes: &[u8], at: usize, member: impl Fn(u8) -> bool) -> usize {
    bytes[at..].iter().position(|b| !member(*b)).map_or(bytes.len(), |n| at + n)
}

/// Where the word that begins at `at` ends; `None` if none begins there.
fn word_end(text: &str, at: usize) -> Option<usize> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | ':');
    let mut chars = text[at..].char_indices().peekable();
    let (_, first) = chars.next()?;
    let negative = first == '-' && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
    if !(inner(first) || negative) {
        return None;
    }
    while let Some((offset, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let joins = match c {
            '-' | '+' => next.is_some_and(char::is_alphanumeric),
            // `//` begins a comment.
            '/' => next.is_some_and(char::is_alphanumeric),
            c => inner(c),
        };
        if !joins {
            return Some(at + offset);
        }
    }
    Some(text.len())
}

fn single_quoted(text: &str, open: usize) -> (Kind, usize) {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    while let Some(n) = memchr2(b'\'', b'\n', &bytes[at..]) {
        at += n + 1;
        if bytes[at - 1] == b'\'' {
            return (Kind::Text, at);
        }
        if line_begins_rule(bytes, at) {
            return (Kind::Unclosed, at);
        }
    }
    (Kind::Unclosed, bytes.len())
}

fn double_quoted(text: &str, open: usize) -> (Kind, usize) {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    while let Some(n) = memchr3(b'"', b'\\', b'\n', &bytes[at..]) {
        at += n + 1;
        match bytes[at - 1] {
            b'"' => return (Kind::Text, at),
            b'\\' => at += text[at..].chars().next().map_or(0, char::len_utf8),
            _ => {
                if line_begins_rule(bytes, at) {
                    return (Kind::Unclosed, at);
                }
            }
        }
    }
    (Kind::Unclosed, bytes.len())
}

/// Does the line that begins at `at` read `filter "name" {`, or the same without the brace? Looks at this line only.
fn line_begins_rule(bytes: &[u8], at: usize) -> bool {
    let line = &bytes[at..line_end(bytes, at)];
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"disabled").map_or(line, <[u8]>::trim_ascii_start);
    let Some(rest) = words::KINDS.iter().find_map(|kind| line.strip_prefix(kind.as_bytes())) else { return false };
    let rest = rest.trim_ascii_start();
    let Some((quote @ (b'"' | b'\''), rest)) = rest.split_first() else { return false };
    let Some(close) = memchr(*quote, rest) else { return false };
    let after = rest[close + 1..].trim_ascii_start();
    after.is_empty() || after.starts_with(b"{") || after.starts_with(b"//")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).tokens.iter().map(|t| (t.kind, &text[t.span().range()])).collect()
    }

    #[test]
    fn words_signs_and_texts() {
        assert_eq!(
            kinds("Image=='a b' and x in 10.0.0.0/8 // c\n-5 any-dash 2024-01-31"),
            [
                (Kind::Word, "Image"),
                (Kind::Sign, "=="),
                (Kind::Text, "'a b'"),
                (Kind::Word, "and"),
                (Kind::Word, "x"),
                (Kind::Word, "in"),
                (Kind::Word, "10.0.0.0/8"),
                (Kind::Word, "-5"),
                (Kind::Word, "any-dash"),
                (Kind::Word, "2024-01-31"),
            ]
        );
    }

    #[test]
    fn an_open_quote_ends_before_the_next_rule() {
        let text = "filter 'a {\n drop }\nfilter \"b\" {\n drop }";
        assert_eq!(kinds(text)[1], (Kind::Unclosed, "'a {\n drop }\n"));
        assert_eq!(kinds(text)[2], (Kind::Word, "filter"));
    }

    #[test]
    fn a_text_may_span_lines_and_hold_comments_and_brackets() {
        assert_eq!(kinds("'a // b\n{ c'"), [(Kind::Text, "'a // b\n{ c'")]);
        assert_eq!(kinds(r#""a \" \\" x"#), [(Kind::Text, r#""a \" \\""#), (Kind::Word, "x")]);
    }
}
