//! Why the grammar stopped, in the words of the person who wrote the rule.
//!
//! In: the place where the grammar stopped, what it would have taken there, and the tokens of the rule. Out: one finding that
//! says what is wrong and the way out, and the span that is blanked so that the rest of the rule is read too. This file
//! holds the entry, brackets, and the answer where nothing better is known; `advice` knows the usual mistakes. Never here:
//! names of grammar rules in a message.

use super::token::Kind;
use super::{Reading, Rule, advice, recover, scan};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, Span};

/// What is wrong, and what is blanked so that the rest can be read.
pub(super) struct Fault {
    /// What is wrong.
    pub finding: Diagnostic,
    /// What is blanked; nothing if the rest cannot be made sense of.
    pub hole: Option<Span>,
}

/// The place where the grammar stopped.
pub(super) struct Place<'a> {
    /// The rule.
    pub reading: &'a Reading<'a>,
    /// Index of the token that was not expected; past the last one at the end of the rule.
    pub found: usize,
    /// What would have been taken.
    pub expected: &'a [Rule],
}

/// Explains the grammar's error at byte `at` of the file.
pub(super) fn explain(reading: &Reading<'_>, at: usize, expected: &[Rule]) -> Fault {
    let found = reading.tokens.partition_point(|token| token.end as usize <= at);
    let place = Place { reading, found, expected };
    if let Some(finding) = place.brackets() {
        return Fault { finding, hole: None };
    }
    let inside_word = reading.tokens.get(found).is_some_and(|token| (token.start as usize) < at);
    let advice = if inside_word { place.inside_word(at) } else { place.advice() };
    match advice {
        Some(advice) => {
            let hole = if advice.ends_here { None } else { recover::hole(reading, found) };
            Fault { finding: advice.finding, hole }
        }
        None => {
            let message = format!("expected {}, found {}", place.wanted(), place.describe(found));
            Fault {
                finding: place.finding(message, "see the manual for how this is written"),
                hole: recover::hole(reading, found),
            }
        }
    }
}

/// A finding of `advice`.
pub(super) struct Advice {
    /// What is wrong.
    pub finding: Diagnostic,
    /// Nothing behind it can be read.
    pub ends_here: bool,
}

impl<'a> Place<'a> {
    /// Would the grammar have taken this?
    pub fn expects(&self, part: Rule) -> bool {
        self.expected.contains(&part)
    }

    /// The word at token `i`, or nothing.
    pub fn word(&self, i: usize) -> &'a str {
        self.reading.word(i)
    }

    /// What token `i` is.
    pub fn kind(&self, i: usize) -> Option<Kind> {
        self.reading.kind(i)
    }

    /// The index of the token before the one that was found; far past the end if there is none.
    pub fn before(&self) -> usize {
        self.found.wrapping_sub(1)
    }

    /// The characters of token `i`.
    pub fn text(&self, i: usize) -> &'a str {
        self.reading.tokens.get(i).and_then(|token| self.reading.text.get(token.span().range())).unwrap_or("")
    }

    /// The place of token `i`; past the last one, the end of the rule.
    pub fn origin(&self, i: usize) -> Origin {
        let end = self.reading.chunk.span.end;
        let span = self.reading.tokens.get(i).map_or(Span { start: end, end }, |token| token.span());
        Origin::span(self.reading.source, span)
    }

    /// A finding at the token that was not expected.
    pub fn finding(&self, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::Syntax, self.origin(self.found), message).help(help)
    }

    /// Token `i` in a message.
    pub fn describe(&self, i: usize) -> String {
        let text = self.text(i);
        let first_line = scan::shorten(text.lines().next().unwrap_or(""));
        match self.kind(i) {
            None => "the end of the rule".to_string(),
            Some(Kind::Text | Kind::Unclosed) if first_line.len() < text.len() => format!("the text {first_line}…"),
            Some(Kind::Text | Kind::Unclosed) => format!("the text {first_line}"),
            Some(Kind::Word | Kind::Open(_) | Kind::Close(_) | Kind::Comma | Kind::Sign | Kind::Stray) => {
                format!("`{first_line}`")
            }
        }
    }

    /// The brackets that are open before token `end`, outermost first.
    pub fn open_brackets(&self, end: usize) -> Vec<usize> {
        let mut open: Vec<usize> = Vec::new();
        for i in 0..end {
            match self.kind(i) {
                Some(Kind::Open(_)) => open.push(i),
                Some(Kind::Close(byte)) if open.last().is_some_and(|last| self.closes(*last, byte)) => {
                    open.pop();
                }
                _other => {}
            }
        }
        open
    }

    fn closes(&self, open: usize, byte: u8) -> bool {
        matches!(
            (self.kind(open), byte),
            (Some(Kind::Open(b'(')), b')') | (Some(Kind::Open(b'[')), b']') | (Some(Kind::Open(b'{')), b'}')
        )
    }

    /// A bracket without its partner at the place.
    fn brackets(&self) -> Option<Diagnostic> {
        match self.kind(self.found) {
            None if self.expects(Rule::close) || self.expects(Rule::paren_end) || self.expects(Rule::list_close) => {
                Some(self.never_closed(self.suspect()?))
            }
            Some(Kind::Close(byte)) => {
                let open = self.open_brackets(self.found);
                let inner = open.last().copied();
                if inner.is_some_and(|inner| self.closes(inner, byte)) {
                    return None;
                }
                if let Some(inner) = inner.filter(|_| open.iter().any(|open| self.closes(*open, byte))) {
                    return Some(self.never_closed(inner));
                }
                let message = format!("this `{}` closes nothing", byte as char);
                let help = if byte == b'}' {
                    "remove it; or is a `{` missing, or another `}` one too many, before it?"
                } else {
                    "remove it, or open it where it should begin"
                };
                Some(Diagnostic::new(Code::Unbalanced, self.origin(self.found), message).help(help))
            }
            _other => None,
        }
    }

    /// Bracket `open` is never closed.
    pub fn never_closed(&self, open: usize) -> Diagnostic {
        let (message, help) = match self.kind(open) {
            Some(Kind::Open(b'(')) => ("this `(` is never closed", "close it with `)` behind the last test it holds"),
            Some(Kind::Open(b'[')) => ("this `[` is never closed", "close the list with `]`"),
            _brace => ("this `{` is never closed", "close it with `}` behind the last statement it holds"),
        };
        Diagnostic::new(Code::Unbalanced, self.origin(open), message)
            .help(help)
            .related(self.origin(self.found), "still open here")
    }

    /// Of the brackets that are open at the end: the one whose line begins further right than the line of what closed it;
    /// or else the innermost.
    fn suspect(&self) -> Option<usize> {
        let mut open: Vec<usize> = Vec::new();
        for i in 0..self.found {
            match self.kind(i) {
                Some(Kind::Open(_)) => open.push(i),
                Some(Kind::Close(byte)) => {
                    let Some(partner) = open.pop_if(|last| self.closes(*last, byte)) else { continue };
                    if byte == b'}' && self.reading.begins_line(i) && self.indent(i) < self.indent(partner) {
                        return Some(partner);
                    }
                }
                _other => {}
            }
        }
        open.last().copied()
    }

    /// How far the line of token `i` is indented.
    fn indent(&self, i: usize) -> usize {
        let start = self.reading.tokens.get(i).map_or(0, |token| token.start as usize);
        let before = self.reading.text.get(..start).unwrap_or("");
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        let line = self.reading.text.get(line..).unwrap_or("");
        line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// A name or value with a character that cannot stand in it without quotes.
    fn inside_word(&self, at: usize) -> Option<Advice> {
        let word = scan::shorten(self.text(self.found));
        if self.kind(self.found) == Some(Kind::Sign) {
            let finding =
                self.finding(format!("`{word}` is no operator"), "write one of `==`, `!=`, `<`, `<=`, `>`, `>=`");
            return Some(Advice { finding, ends_here: false });
        }
        if let Some(key) = word.strip_suffix(':').filter(|key| advice::is_metadata(key)) {
            let example = match key {
                "severity" => "high",
                "expires" => "2027-01-31",
                "techniques" | "references" | "labels" | "falsepositives" => "[\"…\"]",
                "suppress" => "for 1 hour",
                "allow" => "BS0436 because \"…\"",
                _text => "\"…\"",
            };
            let finding = self.finding(format!("`{key}` takes no `:`"), format!("write: {key} {example}"));
            return Some(Advice { finding, ends_here: false });
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '.');
        let odd = word.chars().find(|c| !plain(*c)).or_else(|| self.reading.text.get(at..)?.chars().next())?;
        let message = format!("`{odd}` cannot stand inside `{word}` without quotes");
        let help = format!("a field of this name is written field '{word}', a text '{word}'");
        Some(Advice { finding: self.finding(message, help), ends_here: false })
    }

    /// What would have been taken, in words, most telling first.
    fn wanted(&self) -> String {
        let mut words: Vec<&str> = Vec::new();
        for part in self.expected {
            let name = name(*part);
            if !name.is_empty() && !words.contains(&name) {
                words.push(name);
            }
        }
        if words.is_empty() { "something else".to_string() } else { list_of(&words, "or") }
    }
}

/// `a, b or c`.
pub(super) fn list_of(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_string(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// A part of the grammar in the user's words; nothing for what is not worth naming.
fn name(part: Rule) -> &'static str {
    match part {
        Rule::rule | Rule::rule_alone | Rule::kind => "a rule",
        Rule::string => "a text in quotes",
        Rule::open => "`{`",
        Rule::close => "`}`",
        Rule::paren => "`(`",
        Rule::paren_end => "`)`",
        Rule::list_open => "`[`",
        Rule::list_close => "`]`",
        Rule::meta
        | Rule::meta_text
        | Rule::meta_list
        | Rule::meta_severity
        | Rule::meta_expires
        | Rule::meta_suppress
        | Rule::meta_allow
        | Rule::meta_allow_code => "metadata",
        Rule::statement
        | Rule::if_chain
        | Rule::drop
        | Rule::keep
        | Rule::stop
        | Rule::tag
        | Rule::untag
        | Rule::set
        | Rule::remove
        | Rule::send
        | Rule::when
        | Rule::remember
        | Rule::forget
        | Rule::k_when
        | Rule::k_remember
        | Rule::k_forget
        | Rule::k_if
        | Rule::k_set
        | Rule::k_send
        | Rule::k_tag
        | Rule::k_untag
        | Rule::k_remove => "a statement",
        Rule::condition
        | Rule::condition_alone
        | Rule::and_condition
        | Rule::unary
        | Rule::group
        | Rule::some_of
        | Rule::constant
        | Rule::test
        | Rule::strictly
        | Rule::event_test
        | Rule::tag_test
        | Rule::field_test
        | Rule::rule_test
        | Rule::remembered_test
        | Rule::k_rule
        | Rule::k_remembered
        | Rule::k_some_of
        | Rule::k_strictly
        | Rule::all_of => "a test",
        Rule::operand
        | Rule::base
        | Rule::plain_base
        | Rule::lookup
        | Rule::looked_up
        | Rule::function
        | Rule::boolean
        | Rule::bare
        | Rule::any_field
        | Rule::any_guid
        | Rule::hash => "a value",
        Rule::field | Rule::odd_field | Rule::field_name | Rule::k_field => "the name of a field",
        Rule::predicate
        | Rule::comparison
        | Rule::compare
        | Rule::text_test
        | Rule::text_op
        | Rule::in_test
        | Rule::is_test
        | Rule::exists
        | Rule::k_in
        | Rule::k_is => "an operator such as `==`, `contains` or `in`",
        Rule::k_and => "`and`",
        Rule::k_or => "`or`",
        Rule::k_else | Rule::else_if | Rule::otherwise => "`else`",
        Rule::block => "`{`",
        Rule::assign => "`=`",
        Rule::word => "a word",
        Rule::dotted | Rule::event_name | Rule::event_any | Rule::event_is => "the name of an event",
        Rule::state => "`missing`, `blank` or a class of addresses",
        Rule::list | Rule::strings | Rule::any_of_list | Rule::all_of_list => "a list",
        Rule::table | Rule::k_table => "a table",
        Rule::EOI => "the end of the rule",
        Rule::has_tag | Rule::has_any_tag | Rule::has_all_tags => "`has tag`",
        Rule::using_template => "`using template`",
        Rule::k_to => "`to`",
        Rule::count | Rule::steps => "a number, `in order` or `in any order`",
        Rule::k_events | Rule::k_distinct => "`events` or `distinct`",
        Rule::in_order | Rule::in_any_order => "`in order` or `in any order`",
        Rule::step | Rule::k_step => "`step`",
        Rule::k_within => "`within`",
        Rule::length => "a length of time such as `10 minutes`",
        Rule::unit => "a unit of time such as `minutes`",
        Rule::acted => "`acted`",
        Rule::k_for => "`for`",
        Rule::k_as => "`as`",
        Rule::by | Rule::k_by => "`by`",
        Rule::first_hit => "`from first hit`",
        Rule::keyed_by => "`keyed by`",
        Rule::at_least | Rule::times => "`at least … times`",
        Rule::k_column => "`column`",
        Rule::k_of => "`of`",
        Rule::text_key
        | Rule::list_key
        | Rule::severity_key
        | Rule::expires_key
        | Rule::suppress_key
        | Rule::allow_key => "metadata",
        Rule::k_because => "`because`",
        // Modifiers and `not` could stand nearly everywhere; naming them hides what is missing.
        Rule::k_not
        | Rule::cased
        | Rule::any_dash
        | Rule::disabled
        | Rule::k_any
        | Rule::k_all
        | Rule::k_hash
        | Rule::k_lookup => "",
        Rule::wrong_and
        | Rule::wrong_or
        | Rule::wrong_not
        | Rule::wrong_assign
        | Rule::wrong_compare
        | Rule::wrong_text_op
        | Rule::hole => "",
        Rule::day_clock
        | Rule::colons
        | Rule::digits
        | Rule::bare_char
        | Rule::digit2
        | Rule::digit4
        | Rule::name_start
        | Rule::word_char
        | Rule::more
        | Rule::gap
        | Rule::reserved
        | Rule::WHITESPACE
        | Rule::COMMENT => "",
    }
}
