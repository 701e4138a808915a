//! Mistakes where values and lists stand.
//!
//! In: a place behind an operator, or in a list. Out: findings. Never here: whether a value suits its operator.

use super::super::messages::{Advice, Place};
use super::super::token::Kind;
use super::super::{Rule, scan, words};
use super::capital;
use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Span};

impl Place<'_> {
    pub(super) fn no_value(&self) -> Option<Advice> {
        let found = self.word(self.found);
        let shown = self.describe(self.found);
        let operator = self.text(self.before());
        let goes_on = |finding| Some(Advice { finding, ends_here: false });
        let compares = self.kind(self.before()) == Some(Kind::Sign);
        let list_follows = self.kind(self.found + 1) == Some(Kind::Open(b'['));
        if compares
            && (self.kind(self.found) == Some(Kind::Open(b'[')) || matches!(found, "any" | "all") && list_follows)
        {
            let right = if operator == "!=" { "not in" } else { "in" };
            return goes_on(self.finding(
                format!("`{operator}` compares with one value, not with a list"),
                format!("write `{right} [...]`"),
            ));
        }
        if operator == "in" && matches!(found, "any" | "all") && list_follows {
            return goes_on(self.finding(format!("`in` takes its list without `{found}`"), "write `in [...]`"));
        }
        if self.kind(self.found) == Some(Kind::Open(b'[')) {
            return goes_on(self.finding(
                format!("`{operator}` takes one value here, or `any [...]` or `all [...]`"),
                format!("write `{operator} any [...]` if one of them is enough"),
            ));
        }
        if self.kind(self.found) == Some(Kind::Open(b'(')) {
            return goes_on(self.finding(
                "a parenthesis stands where a value is expected",
                "parentheses group tests; a list of values stands in brackets: ['a', 'b']",
            ));
        }
        if matches!(found, "has" | "event" | "some" | "any" | "all" | "field")
            && let Some(finding) = self.taken_word(found, self.word(self.found + 1))
        {
            return goes_on(finding);
        }
        if compares && self.kind(self.found) == Some(Kind::Sign) {
            return goes_on(self.two_operators());
        }
        let message = format!("a value is missing behind `{}`", scan::shorten(operator));
        let help = format!("{} begins no value; texts are quoted: 'like this'", capital(&shown));
        goes_on(self.finding(message, help))
    }

    /// `== =`, `= =`: one of them, or both together, is meant.
    fn two_operators(&self) -> Diagnostic {
        let (first, second) = (self.text(self.before()), self.text(self.found));
        let gives = self.word(self.before().wrapping_sub(2)) == "set";
        let ours = match (first, second) {
            ("=", "=") if gives => "=",
            ("=" | "==", "=" | "==") => "==",
            ("!" | "!=", "=") => "!=",
            ("<" | "<=", "=") => "<=",
            (">" | ">=", "=") => ">=",
            (_, _) => return self.finding(format!("`{first}` and `{second}` are two operators"), "write one of them"),
        };
        let finding = self.finding(format!("`{first} {second}` is no operator"), format!("write `{ours}`"));
        match (self.origin(self.before()).as_span(), self.origin(self.found)) {
            (Some(begin), end) => match end.as_span() {
                Some(span) => finding.fix(Origin::span(end.source, Span { start: begin.start, end: span.end }), ours),
                None => finding,
            },
            (None, _) => finding,
        }
    }

    pub(super) fn in_list(&self) -> Option<Advice> {
        let found = self.word(self.found);
        let shown = self.describe(self.found);
        let goes_on = |finding| Some(Advice { finding, ends_here: false });
        let ends = |finding| Some(Advice { finding, ends_here: true });
        let wants_member = self.expects(Rule::operand) || self.expects(Rule::string) || self.expects(Rule::dotted);
        let keyword = words::RESERVED.contains(&found) && !matches!(found, "true" | "false" | "any" | "all" | "field");
        match self.kind(self.found) {
            Some(Kind::Open(b'[')) => {
                goes_on(self.finding("a list stands inside a list", "write all members in one list"))
            }
            Some(Kind::Comma) => {
                goes_on(self.finding("a member of the list is missing before `,`", "remove one comma"))
            }
            Some(Kind::Open(_)) | None => ends(self.never_closed(self.open_brackets(self.found).last().copied()?)),
            Some(Kind::Word) if keyword => ends(self.never_closed(self.open_brackets(self.found).last().copied()?)),
            Some(Kind::Word) if wants_member && self.expects(Rule::string) && !self.expects(Rule::operand) => {
                goes_on(self.no_text())
            }
            Some(Kind::Word) if !found.is_ascii() => goes_on(self.foreign_letters(found)),
            Some(Kind::Text | Kind::Word) if !wants_member => goes_on(
                self.finding(format!("a comma is missing before {shown}"), "members of a list are parted by commas")
                    .fix(self.just_before(), ", "),
            ),
            _other => goes_on(self.finding(
                format!("{shown} cannot stand in a list"),
                "members are values, parted by commas: ['a', 'b']",
            )),
        }
    }
}
