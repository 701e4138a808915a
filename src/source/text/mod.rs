//! The text form of rules.
//!
//! In: the text of a definition file. Out: a tree and every finding of the file in one run. Stages, a file each: `token` and
//! `scan` look at the whole file, check limits and cut it into rules; the grammar (`grammar/rule.pest`) reads each rule alone;
//! `lower` and `conditions` make the tree, `literal` its values, `comments` says what each comment belongs to; where the
//! grammar stops, `messages` says why in plain words and `recover` blanks what is faulty, so that the rest of the rule is
//! read too. Never here: names looked up, types.
//!
//! A rule with a fault in its spelling is reported and not in the tree. Only faults of metadata leave the rest of it there.

// pest's derive makes a public enum of rules without documentation.
#[allow(missing_docs, clippy::all)]
mod grammar {
    /// The parser that pest makes from the grammar.
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/rule.pest"]
    pub(super) struct Grammar;
}

mod advice;
mod comments;
mod conditions;
mod contexts;
mod literal;
mod lower;
mod messages;
mod recover;
mod scan;
mod stray;
#[cfg(test)]
mod tests;
mod token;
pub(crate) mod words;

use std::borrow::Cow;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;

use comments::Comments;
use grammar::{Grammar, Rule};
use lower::Lower;
use messages::Fault;
pub(crate) use scan::shorten;
use scan::{Chunk, Scan};
use token::Token;

use crate::ast::{CondId, Definition};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, SourceId, Span};

/// How often one rule is read again after a fault was found and blanked.
const READINGS: usize = 16;
/// Longer rules are read again once only, so that a large file of faults costs no more than a few readings.
const LONG_RULE: usize = 1 << 20;

/// Reads a definition file. The tree holds the rules that were understood; the findings are in the order of the file.
pub fn parse(source: SourceId, text: &str) -> (Definition, Vec<Diagnostic>) {
    let Scan { tokens, comments, chunks, mut diagnostics } = scan::scan(source, text);
    let mut def = Definition::new(source);
    let mut comments = Comments::new(text, &comments);
    for chunk in &chunks {
        let reading = Reading { source, text, tokens: tokens.get(chunk.tokens.clone()).unwrap_or(&[]), chunk };
        let before = (def.rules.len(), def.stmts.len(), def.conds.len());
        let understood = reading.read(Rule::rule_alone, &mut diagnostics, |pair, diagnostics| {
            let base = chunk.span.start as usize;
            let mut lower = Lower { def: &mut def, diagnostics, comments: &mut comments, base, last_test: None };
            lower.rule(pair);
        });
        if !understood {
            def.rules.truncate(before.0);
            def.stmts.truncate(before.1);
            def.conds.truncate(before.2);
            comments.skip_line(chunk.span.end as usize);
        }
    }
    comments.before(usize::MAX, &mut def.comments);
    crate::diagnostic::sort(&mut diagnostics);
    (def, diagnostics)
}

/// Reads a condition that stands alone, as a search does. The definition holds its nodes and no rule.
pub fn parse_condition(source: SourceId, text: &str) -> (Definition, Option<CondId>, Vec<Diagnostic>) {
    let Scan { tokens, comments, chunks, mut diagnostics } = scan::scan_condition(source, text);
    let mut def = Definition::new(source);
    let mut comments = Comments::new(text, &comments);
    let mut condition = None;
    if chunks.is_empty() && diagnostics.is_empty() {
        let message = "there is no condition here";
        let finding = Diagnostic::new(Code::Syntax, Origin::whole(source), message);
        diagnostics.push(finding.help("write a test, such as: Image ends with '\\cmd.exe'"));
    }
    for chunk in &chunks {
        let reading = Reading { source, text, tokens: tokens.get(chunk.tokens.clone()).unwrap_or(&[]), chunk };
        let understood = reading.read(Rule::condition_alone, &mut diagnostics, |pair, diagnostics| {
            let base = chunk.span.start as usize;
            let mut lower = Lower { def: &mut def, diagnostics, comments: &mut comments, base, last_test: None };
            condition = lower.condition(pair);
            lower.comments_of_last_test(usize::MAX);
        });
        if !understood {
            condition = None;
        }
    }
    if condition.is_none() {
        def.conds.clear();
    }
    crate::diagnostic::sort(&mut diagnostics);
    (def, condition, diagnostics)
}

/// One chunk of a file, about to be read by the grammar.
struct Reading<'a> {
    source: SourceId,
    /// The whole file.
    text: &'a str,
    /// The tokens of the chunk.
    tokens: &'a [Token],
    chunk: &'a Chunk,
}

impl Reading<'_> {
    /// Reads the chunk, again after each fault, with what is faulty blanked. `lower` gets what was understood. True if
    /// nothing is wrong but metadata.
    fn read(
        &self,
        entry: Rule,
        diagnostics: &mut Vec<Diagnostic>,
        lower: impl FnOnce(Pair<'_, Rule>, &mut Vec<Diagnostic>),
    ) -> bool {
        if !self.chunk.readable {
            return false;
        }
        let before = diagnostics.len();
        let mut shown = self.shown();
        let readings = if shown.len() > LONG_RULE { 2 } else { READINGS };
        let mut whole = false;
        // Readings go forward: a fault at or before the last one is the same fault, seen through its hole.
        let mut reached = 0;
        for _ in 0..readings {
            match Grammar::parse(entry, &shown) {
                Ok(mut pairs) => {
                    // The entry holds the rule or condition, then the end of input.
                    if let Some(pair) = pairs.next().and_then(|entry| entry.into_inner().next()) {
                        lower(pair, diagnostics);
                        whole = true;
                    }
                    break;
                }
                Err(error) => {
                    let Fault { finding, hole } = self.fault(&error);
                    let at = finding.primary.origin.as_span().map_or(0, |span| span.end);
                    if at <= reached {
                        break;
                    }
                    diagnostics.push(finding);
                    let Some(hole) = hole else { break };
                    reached = at.max(hole.end);
                    self.blank(shown.to_mut(), hole, "\0");
                }
            }
        }
        let metadata = |finding: &Diagnostic| matches!(finding.code, Code::UnknownMetadata | Code::BadMetadata);
        whole
            && self.chunk.blanks.is_empty()
            && self.chunk.hole.is_none()
            && diagnostics.iter().skip(before).all(|finding| !finding.is_error() || metadata(finding))
    }

    /// The text that the grammar is shown: the same bytes, but for what was reported already.
    fn shown(&self) -> Cow<'_, str> {
        let mut shown = Cow::Borrowed(self.text.get(self.chunk.span.range()).unwrap_or(""));
        for blank in &self.chunk.blanks {
            self.blank(shown.to_mut(), *blank, " ");
        }
        if let Some(hole) = self.chunk.hole {
            self.blank(shown.to_mut(), hole, "\0");
        }
        shown
    }

    /// Writes `with`, one byte, over all of `span`, so that every place behind it stays where it is.
    fn blank(&self, shown: &mut String, span: Span, with: &str) {
        let base = self.chunk.span.start as usize;
        let range =
            (span.start as usize).saturating_sub(base)..(span.end as usize).saturating_sub(base).min(shown.len());
        if !range.is_empty() {
            let filler = with.repeat(range.len());
            shown.replace_range(range, &filler);
        }
    }

    /// What the grammar's error means.
    fn fault(&self, error: &pest::error::Error<Rule>) -> Fault {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let at = self.chunk.span.start as usize + at;
        match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => messages::explain(self, at, positives),
            // pest's own guard of the stack; the limit of depth is reached first, unless the stack is very small.
            ErrorVariant::CustomError { .. } => {
                let place = Origin::span(self.source, Span::new(at, at));
                let finding =
                    Diagnostic::new(Code::TooDeep, place, "this is nested too deeply for this machine's stack");
                Fault { finding: finding.help("use fewer parentheses and braces, or split the rule"), hole: None }
            }
        }
    }
}

impl<'a> Reading<'a> {
    /// What token `i` of the chunk is.
    fn kind(&self, i: usize) -> Option<token::Kind> {
        self.tokens.get(i).map(|token| token.kind)
    }

    /// The characters of token `i`, if it is a word; else nothing.
    fn word(&self, i: usize) -> &'a str {
        match self.tokens.get(i) {
            Some(token) if token.kind == token::Kind::Word => self.text.get(token.span().range()).unwrap_or(""),
            _ => "",
        }
    }

    /// Is token `i` the first on its line?
    fn begins_line(&self, i: usize) -> bool {
        let Some(token) = self.tokens.get(i) else { return false };
        let from = i.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |before| before.end);
        self.text.get(from as usize..token.start as usize).is_some_and(|gap| from == 0 || gap.contains('\n'))
    }
}
