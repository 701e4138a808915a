//! The usual mistakes, and what is said of each.
//!
//! In: the place where the grammar stopped. Out: a finding in plain words with the way out, or nothing if the mistake is none
//! of the usual ones. This file tells by what would have been taken what was being written, and speaks of rules; `statement`,
//! `condition` and `value` speak of theirs. Never here: brackets without partner, which `messages` sees first.

mod condition;
mod statement;
mod value;

use super::messages::{Advice, Place};
use super::{Rule, scan, words};
use crate::ast::MetaKey;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::{Origin, Place as At, Span};

/// The first words of lines of metadata.
pub(super) fn is_metadata(word: &str) -> bool {
    MetaKey::ALL.iter().any(|key| key.word().split(' ').next() == Some(word))
}

fn is_statement(word: &str) -> bool {
    word == "remove" || words::STATEMENTS.contains(&word)
}

fn known(table: &'static [(&'static str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(other, _)| other.eq_ignore_ascii_case(word)).map(|(_, ours)| *ours)
}

impl Place<'_> {
    /// What is said of the mistake, if it is a usual one.
    pub fn advice(&self) -> Option<Advice> {
        let found = self.word(self.found);
        let goes_on = |finding| Some(Advice { finding, ends_here: false });
        let ends = |finding| Some(Advice { finding, ends_here: true });
        if self.expected == [Rule::EOI] {
            return ends(self.behind_the_end());
        }
        if self.expects(Rule::rule) || self.expects(Rule::kind) {
            return ends(self.no_rule());
        }
        if self.expects(Rule::statement) || self.word(self.before()) == "disabled" {
            return goes_on(self.in_body());
        }
        if let Some(finding) = self.of_a_when() {
            return goes_on(finding);
        }
        if self.expects(Rule::k_and) {
            return self.behind_a_test();
        }
        if self.expects(Rule::k_if) && self.word(self.before()) == "else" {
            let finding = self.finding(
                format!("`else` is followed by `if` or `{{`, not by {}", self.describe(self.found)),
                "write `else { … }`, or `else if` with a condition",
            );
            return ends(finding);
        }
        if self.expects(Rule::open) {
            return ends(self.missing_brace());
        }
        if self.expects(Rule::comparison) {
            return goes_on(self.no_operator());
        }
        if self.expects(Rule::list_close) {
            return self.in_list();
        }
        if !found.is_ascii() {
            return goes_on(self.foreign_letters(found));
        }
        if self.expects(Rule::bare) && self.word(self.before()) == "expires" {
            let message = format!("{} is no day", capital(&self.describe(self.found)));
            let help = "write the first day on which the rule is past, as in: expires 2027-01-31";
            return goes_on(Diagnostic::new(Code::BadMetadata, self.origin(self.found), message).help(help));
        }
        if self.expects(Rule::word) && self.expects(Rule::string) {
            return goes_on(self.no_word());
        }
        if self.expects(Rule::dotted) && !self.expects(Rule::list_close) {
            return goes_on(self.no_event());
        }
        if self.expects(Rule::string) {
            return goes_on(self.no_text());
        }
        if (self.expects(Rule::list_open) || self.expects(Rule::strings)) && !self.expects(Rule::operand) {
            return goes_on(self.no_list_of_texts());
        }
        if self.expects(Rule::state) {
            let help = match found.contains('.') {
                true => "which event it is, is asked so: event is sysmon.dns_query",
                false => {
                    "two values are compared with `==`; `is` asks for `missing`, `blank` or a class such as `private`"
                }
            };
            let finding = self.finding(format!("`is` cannot be followed by {}", self.describe(self.found)), help);
            return goes_on(finding);
        }
        if self.expects(Rule::assign) {
            let finding = self.finding(
                format!("`set` needs `=` here, not {}", self.describe(self.found)),
                "write: set msg.group = 'security'",
            );
            return goes_on(finding);
        }
        let field = [Rule::field, Rule::odd_field, Rule::k_field].into_iter().any(|part| self.expects(part));
        if field && !self.expects(Rule::operand) && !self.expects(Rule::test) {
            return goes_on(self.no_field());
        }
        if (self.expects(Rule::field_test) || self.expects(Rule::event_test)) && found == "not" {
            return goes_on(
                self.finding("`not` stands before `strictly`, not behind it", "write: not strictly Image == 'x'"),
            );
        }
        let tests =
            [Rule::condition, Rule::and_condition, Rule::test, Rule::field_test, Rule::event_test, Rule::tag_test];
        if tests.into_iter().any(|part| self.expects(part)) {
            return self.no_test();
        }
        if self.expects(Rule::operand) || self.expects(Rule::list) || self.expects(Rule::table) {
            return self.no_value();
        }
        None
    }

    pub(super) fn behind_the_end(&self) -> Diagnostic {
        let found = self.word(self.found);
        if is_statement(found) || is_metadata(found) || found == "else" {
            let message = format!("`{found}` stands outside of every rule");
            return self
                .finding(message, "the rule ends at the `}` before it; is that one too many, or a `{` missing above?")
                .related(self.origin(self.before()), "the rule ends here");
        }
        if self.expects_condition_only() {
            return self.finding(
                format!("the condition ends before {}", self.describe(self.found)),
                "tests are joined by `and` or `or`",
            );
        }
        self.no_rule()
    }

    /// Is this a condition that stands alone, and no rule?
    pub(super) fn expects_condition_only(&self) -> bool {
        let first = self.word(0);
        !(words::KINDS.contains(&first) || first == "disabled")
    }

    pub(super) fn no_rule(&self) -> Diagnostic {
        let example = "a rule begins with `filter`, `classify` or `alert` and a name in quotes: filter \"name\" { … }";
        let found = self.word(self.found);
        if self.word(self.before()) == "disabled" || found == "disabled" {
            return self.finding("`disabled` stands before a rule or a statement, and there is none", example);
        }
        match nearest(scan::shorten(found), words::KINDS.iter().copied()) {
            Some(kind) if kind == found => self.finding("the name of this rule is missing", example),
            Some(kind) => self.finding(
                format!("expected a rule, found `{}`", scan::shorten(found)),
                format!("did you mean `{kind} \"name\" {{ … }}`?"),
            ),
            None => self.finding(format!("expected a rule, found {}", self.describe(self.found)), example),
        }
    }

    pub(super) fn missing_brace(&self) -> Diagnostic {
        let message = format!("a `{{` is missing before {}", self.describe(self.found));
        self.finding(message, "the body stands in braces: { … }").fix(self.just_before(), "{ ")
    }

    /// The empty place before the token that was found.
    pub(super) fn just_before(&self) -> Origin {
        let origin = self.origin(self.found);
        match origin.place {
            At::Span(span) => Origin::span(origin.source, Span { start: span.start, end: span.start }),
            At::Whole | At::Block { .. } => origin,
        }
    }

    pub(super) fn foreign_letters(&self, found: &str) -> Diagnostic {
        let short = scan::shorten(found);
        self.finding(
            format!("`{short}` has letters that cannot stand without quotes"),
            format!("a field of this name is written field '{short}', a text '{short}'"),
        )
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
