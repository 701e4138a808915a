//! To which construct a comment belongs.
//!
//! In: the comments of a file in order, and the constructs as the lowering meets them, in order too. Out: the lines that
//! belong to each. The rule: a comment belongs to the next construct that has a block (rule, statement, test); on the line
//! of a construct, behind it, to that one; inside a test to the test. What remains before a closing brace belongs to the
//! last statement before it, or else to whatever the braces belong to. Never here: the tree.

use crate::origin::Span;

/// Hands out the comments of a file, each once.
pub(super) struct Comments<'a> {
    text: &'a str,
    spans: &'a [Span],
    next: usize,
}

impl<'a> Comments<'a> {
    /// All comments of `text`.
    pub fn new(text: &'a str, spans: &'a [Span]) -> Self {
        Self { text, spans, next: 0 }
    }

    fn peek(&self) -> Option<Span> {
        self.spans.get(self.next).copied()
    }

    /// Moves the comments that begin before `end` into `into`.
    pub fn before(&mut self, end: usize, into: &mut Vec<String>) {
        while let Some(span) = self.peek().filter(|span| (span.start as usize) < end) {
            into.push(line(&self.text[span.range()]));
            self.next += 1;
        }
    }

    /// The comment that follows `end` on the same line, if only characters that `between` allows stand between.
    pub fn trailing(&mut self, end: usize, between: impl Fn(char) -> bool, into: &mut Vec<String>) {
        let Some(span) = self.peek() else { return };
        let gap = self.text.get(end..span.start as usize);
        if gap.is_some_and(|gap| gap.chars().all(|c| c != '\n' && between(c))) {
            into.push(line(&self.text[span.range()]));
            self.next += 1;
        }
    }

    /// Leaves out the comments before the end of the line of `end`: they stand in a rule that was not understood.
    pub fn skip_line(&mut self, end: usize) {
        let mut left_out = Vec::new();
        self.before(end, &mut left_out);
        self.trailing(end, char::is_whitespace, &mut left_out);
    }
}

/// A comment without its mark, one leading blank and what is blank at its end.
fn line(written: &str) -> String {
    let text = written.strip_prefix("//").unwrap_or(written);
    text.strip_prefix(' ').unwrap_or(text).trim_end().to_string()
}
