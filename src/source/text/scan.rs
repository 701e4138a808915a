//! The file as a whole: its rules are cut apart and every limit is checked before the grammar sees a character.
//!
//! In: a text. Out: [`Chunk`]s, one a rule, each with its tokens; comments; diagnostics about limits, quotes and characters
//! that have no meaning. One pass over the tokens, without recursion. A rule begins at `filter`, `classify` or `alert`
//! followed by a quoted name, even if a brace is missing before it. Never here: whether a rule follows the grammar.

use std::ops::Range;

use super::stray::Stray;
use super::token::{Kind, MARK, Token, Tokens, tokens};
use super::words;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::limits;
use crate::origin::{Origin, SourceId, Span};

/// The text of one rule, or what stands where a rule should.
#[derive(Debug)]
pub(super) struct Chunk {
    /// From its first token to its last.
    pub span: Span,
    /// Its tokens.
    pub tokens: Range<usize>,
    /// Where characters stand that were reported already; the grammar is shown blanks instead.
    pub blanks: Vec<Span>,
    /// The word instead of `filter`, reported already; the grammar is shown a hole instead.
    pub hole: Option<Span>,
    /// May the grammar see it? Not if a limit is exceeded or quotes cannot be told apart.
    pub readable: bool,
}

/// What the pre-scan found.
#[derive(Debug)]
pub(super) struct Scan {
    /// All tokens.
    pub tokens: Vec<Token>,
    /// All comments.
    pub comments: Vec<Span>,
    /// The rules.
    pub chunks: Vec<Chunk>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Tokens of one rule. More would cost the parser memory without bound.
const RULE_TOKENS: usize = 1 << 20;
/// Stray characters reported in one rule.
const STRAYS: usize = 3;

/// Scans a whole file.
pub(super) fn scan(source: SourceId, text: &str) -> Scan {
    if text.len() > limits::SOURCE_BYTES {
        let message = format!("this file has {} bytes; at most {} are read", text.len(), limits::SOURCE_BYTES);
        let diagnostic = Diagnostic::new(Code::SourceTooLarge, Origin::whole(source), message)
            .help("put the rules into several files, and long lists into a lookup table");
        return Scan { tokens: Vec::new(), comments: Vec::new(), chunks: Vec::new(), diagnostics: vec![diagnostic] };
    }
    let Tokens { tokens, comments } = tokens(text);
    let mut cutter = Cutter::new(source, text, &tokens);
    cutter.file();
    let Cutter { chunks, diagnostics, .. } = cutter;
    Scan { tokens, comments, chunks, diagnostics }
}

/// Scans a text that is one condition: one chunk, whatever it holds.
pub(super) fn scan_condition(source: SourceId, text: &str) -> Scan {
    let Tokens { tokens, comments } = tokens(text);
    let mut cutter = Cutter::new(source, text, &tokens);
    // Braces of `some of` count like parentheses here, as no rule's brace is open.
    cutter.base_depth = 0;
    if text.len() > limits::SOURCE_BYTES {
        return scan(source, text);
    }
    if !tokens.is_empty() {
        cutter.open(0, None);
        for i in 0..tokens.len() {
            cutter.token(i);
        }
        cutter.close(tokens.len());
    }
    let Cutter { chunks, diagnostics, .. } = cutter;
    Scan { tokens, comments, chunks, diagnostics }
}

/// An open bracket.
struct Bracket {
    byte: u8,
    /// `not`s that wait for what is in it.
    nots: usize,
    /// Commas directly inside.
    commas: usize,
}

/// The rule that is being read.
struct Current {
    first: usize,
    hole: Option<Span>,
    blanks: Vec<Span>,
    readable: bool,
    strays: usize,
    /// Its last brace was closed.
    complete: bool,
    brackets: Vec<Bracket>,
    /// How many of `(`, `[`, `{` are open, so that a stray `}` need not be sought in the stack.
    counts: [usize; 3],
    /// Depth without `[`.
    depth: usize,
    /// `not`s since the last test.
    nots: usize,
}

struct Cutter<'a> {
    source: SourceId,
    text: &'a str,
    tokens: &'a [Token],
    chunks: Vec<Chunk>,
    diagnostics: Vec<Diagnostic>,
    current: Option<Current>,
    /// The brace of the rule itself is no nesting.
    base_depth: usize,
    /// There are too many rules, which is reported.
    full: bool,
}

fn index(bracket: u8) -> usize {
    match bracket {
        b'(' | b')' => 0,
        b'[' | b']' => 1,
        _ => 2,
    }
}

impl<'a> Cutter<'a> {
    fn new(source: SourceId, text: &'a str, tokens: &'a [Token]) -> Self {
        Self {
            source,
            text,
            tokens,
            chunks: Vec::new(),
            diagnostics: Vec::new(),
            current: None,
            base_depth: 1,
            full: false,
        }
    }

    fn file(&mut self) {
        let mut i = 0;
        while i < self.tokens.len() {
            if self.full {
                return;
            }
            let outside = self.current.as_ref().is_none_or(|c| c.complete && c.brackets.is_empty());
            let mut read = 1;
            if let Some(len) = self.head(i)
                && (outside || self.kind(i + len) == Some(Kind::Open(b'{')) || self.in_first_column(i))
            {
                self.close(i);
                self.open(i, None);
                read = len;
            } else if outside && let Some(len) = self.misspelt_head(i) {
                self.close(i);
                let word = self.tokens[i + len - 2].span();
                self.report_misspelt(word);
                self.open(i, Some(word));
                read = len;
            } else if outside && let Some(len) = self.nameless_head(i) {
                self.close(i);
                self.open(i, None);
                read = len;
            } else if self.current.is_none() {
                self.open(i, None);
            }
            for n in i..i + read {
                self.token(n);
            }
            i += read;
        }
        self.close(self.tokens.len());
    }

    fn kind(&self, i: usize) -> Option<Kind> {
        self.tokens.get(i).map(|t| t.kind)
    }

    fn word(&self, i: usize) -> &'a str {
        match self.tokens.get(i) {
            Some(token) if token.kind == Kind::Word => &self.text[token.span().range()],
            _ => "",
        }
    }

    fn is_text(&self, i: usize) -> bool {
        matches!(self.kind(i), Some(Kind::Text | Kind::Unclosed))
    }

    /// If a rule begins at token `i`: how many tokens there are up to and with its name.
    fn head(&self, i: usize) -> Option<usize> {
        let kind = if self.word(i) == "disabled" { i + 1 } else { i };
        (words::KINDS.contains(&self.word(kind)) && self.is_text(kind + 1)).then_some(kind + 2 - i)
    }

    /// The same where the name is missing or stands without quotes; only sure outside of rules.
    fn nameless_head(&self, i: usize) -> Option<usize> {
        let kind = if self.word(i) == "disabled" { i + 1 } else { i };
        let brace = |n: usize| self.kind(n) == Some(Kind::Open(b'{'));
        let stands = words::KINDS.contains(&self.word(kind))
            && (brace(kind + 1) || !self.word(kind + 1).is_empty() && brace(kind + 2));
        stands.then_some(kind + 1 - i)
    }

    /// The same for a word that is no kind of rule, but stands like one: `filtr "name" {`.
    fn misspelt_head(&self, i: usize) -> Option<usize> {
        let kind = if self.word(i) == "disabled" { i + 1 } else { i };
        let stands = !self.word(kind).is_empty()
            && self.kind(kind + 1) == Some(Kind::Text)
            && self.kind(kind + 2) == Some(Kind::Open(b'{'));
        stands.then_some(kind + 2 - i)
    }

    fn report_misspelt(&mut self, word: Span) {
        let written = &self.text[word.range()];
        let message = format!("`{}` is no kind of rule", shorten(written));
        let help = match nearest(shorten(written), words::KINDS.iter().copied()) {
            Some(kind) => format!("did you mean `{kind}`?"),
            None => "a rule begins with `filter`, `classify` or `alert`".to_string(),
        };
        self.report(Code::Syntax, word, message, help);
    }

    fn in_first_column(&self, i: usize) -> bool {
        let before = &self.text[..self.tokens[i].start as usize];
        before.is_empty() || before.ends_with('\n') || (before.len() == MARK.len_utf8() && before.starts_with(MARK))
    }

    fn report(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(code, Origin::span(self.source, span), message).help(help));
    }

    fn open(&mut self, first: usize, hole: Option<Span>) {
        if self.chunks.len() >= limits::RULES {
            self.full = true;
            let message = format!("this file has more than {} rules", limits::RULES);
            let place = self.tokens.get(first).map_or(Span::new(0, 0), Token::span);
            self.report(Code::TooManyRules, place, message, "put the rules into several files");
            return;
        }
        self.current = Some(Current {
            first,
            hole,
            blanks: Vec::new(),
            readable: true,
            strays: 0,
            complete: false,
            brackets: Vec::new(),
            counts: [0; 3],
            depth: 0,
            nots: 0,
        });
    }

    fn close(&mut self, end: usize) {
        let Some(mut current) = self.current.take() else { return };
        let (Some(first), Some(last)) = (self.tokens.get(current.first), self.tokens.get(end.wrapping_sub(1))) else {
            return;
        };
        if current.readable && end - current.first > RULE_TOKENS {
            current.readable = false;
            let message = format!("this rule has more than {RULE_TOKENS} words and signs");
            let place = Span { start: first.start, end: first.end };
            self.report(Code::SourceTooLarge, place, message, "split the rule, or put long lists into a lookup table");
        }
        // Nothing but strays: there is no more to say.
        current.readable &= self.tokens[current.first..end].iter().any(|token| token.kind != Kind::Stray);
        self.chunks.push(Chunk {
            span: first.span().to(last.span()),
            tokens: current.first..end,
            blanks: current.blanks,
            hole: current.hole,
            readable: current.readable,
        });
    }

    /// Takes token `i` into the rule that is being read.
    fn token(&mut self, i: usize) {
        let Some(mut current) = self.current.take() else { return };
        self.token_of(&mut current, i);
        self.current = Some(current);
    }

    fn token_of(&mut self, current: &mut Current, i: usize) {
        let token = self.tokens[i];
        match token.kind {
            Kind::Word => match self.word(i) {
                "not" => {
                    current.nots += 1;
                    self.check_depth(current, token);
                }
                // `not some of list {` still waits for its brace.
                "some" | "of" | "field" => {}
                _ if i > 0 && self.word(i - 1) == "of" => {}
                _ => current.nots = 0,
            },
            Kind::Text => {
                self.text_token(current, i);
                if self.word(i.wrapping_sub(1)) != "field" {
                    current.nots = 0;
                }
            }
            Kind::Unclosed => {
                // Already reported if the text before it ended in an odd way.
                if current.readable {
                    let place = Span { start: token.start, end: token.start + 1 };
                    let quote = &self.text[place.range()];
                    let message = format!("this {} is never closed", quote_name(quote));
                    let help = format!("close the text with `{quote}` where it ends");
                    self.report(Code::UnclosedText, place, message, help);
                }
                current.readable = false;
            }
            Kind::Open(byte) => {
                current.brackets.push(Bracket { byte, nots: current.nots, commas: 0 });
                current.counts[index(byte)] += 1;
                if byte != b'[' {
                    current.depth += 1 + current.nots;
                }
                current.nots = 0;
                self.check_depth(current, token);
            }
            Kind::Close(byte) => {
                current.nots = 0;
                let wanted = index(byte);
                // Brackets of other kinds that are still open inside are closed with it; the grammar will speak of them.
                while current.counts[wanted] > 0
                    && let Some(bracket) = current.brackets.pop()
                {
                    current.counts[index(bracket.byte)] -= 1;
                    if bracket.byte != b'[' {
                        current.depth -= 1 + bracket.nots;
                    }
                    if index(bracket.byte) == wanted {
                        break;
                    }
                }
                current.complete |= byte == b'}' && current.brackets.is_empty();
            }
            Kind::Comma => {
                current.nots = 0;
                self.comma(current, i);
            }
            Kind::Sign => {}
            Kind::Stray => self.stray(current, token),
        }
    }

    fn check_depth(&mut self, current: &mut Current, token: Token) {
        if current.readable && current.depth + current.nots > limits::DEPTH + self.base_depth {
            current.readable = false;
            let message = format!("this is nested more than {} levels deep", limits::DEPTH);
            let help = "parentheses, braces, `not` and `some of` count; use fewer of them, or split the rule";
            self.report(Code::TooDeep, token.span(), message, help);
        }
    }

    fn comma(&mut self, current: &mut Current, i: usize) {
        let token = self.tokens[i];
        let Some(list) = current.brackets.last_mut().filter(|bracket| bracket.byte == b'[') else { return };
        list.commas += 1;
        // The last comma may trail.
        let more = self.kind(i + 1) != Some(Kind::Close(b']'));
        if list.commas >= limits::LIST_ITEMS && more && current.readable {
            current.readable = false;
            let message = format!("this list has more than {} members", limits::LIST_ITEMS);
            self.report(Code::ListTooLong, token.span(), message, "put them into a lookup table: `in table \"name\"`");
        }
    }

    fn text_token(&mut self, current: &mut Current, i: usize) {
        let token = self.tokens[i];
        let inner = &self.text[token.start as usize + 1..token.end as usize - 1];
        if inner.len() > limits::TEXT_CHARS {
            let chars = inner.chars().count();
            if chars > limits::TEXT_CHARS {
                let message = format!("this text has {chars} characters; at most {} are allowed", limits::TEXT_CHARS);
                let place = Span { start: token.start, end: token.start + 1 };
                self.report(Code::TextTooLong, place, message, "shorten it, or put the values into a lookup table");
            }
        }
        // `'it's'`, `'it''s'`: what follows without a blank shows that the text was meant to go on.
        let Some(next) = self.tokens.get(i + 1).filter(|next| next.start == token.end && current.readable) else {
            return;
        };
        let odd = match next.kind {
            Kind::Text | Kind::Unclosed => true,
            Kind::Word => !matches!(self.word(i + 1), "and" | "or" | "using" | "to" | "column"),
            _ => false,
        };
        if !odd {
            return;
        }
        current.readable = false;
        let place = Span { start: token.end - 1, end: token.end };
        let quote = &self.text[place.range()];
        let name = quote_name(quote);
        let help = if quote == "'" {
            "single quotes cannot hold a single quote: write the text in double quotes, \"it's\"; or put a blank here"
        } else {
            "inside double quotes a double quote is written `\\\"`; or put a blank here"
        };
        self.report(Code::Syntax, place, format!("the text ends at this {name}, but goes on right behind it"), help);
    }

    fn stray(&mut self, current: &mut Current, token: Token) {
        let span = token.span();
        let stray = Stray::of(&self.text[span.range()]);
        if current.readable && current.strays < STRAYS {
            current.strays += 1;
            self.report(Code::Syntax, span, stray.message, stray.help);
        }
        current.readable &= stray.can_be_left_out;
        current.blanks.push(span);
    }
}

fn quote_name(quote: &str) -> &'static str {
    if quote == "'" { "single quote" } else { "double quote" }
}

/// At most the first 40 characters: enough to recognise a word.
pub(crate) fn shorten(word: &str) -> &str {
    word.char_indices().nth(40).map_or(word, |(end, _)| &word[..end])
}
