//! Mistakes in conditions.
//!
//! In: a place behind `if`, or behind a test. Out: findings. Never here: the values that tests compare with.

use super::super::messages::{Advice, Place};
use super::super::token::Kind;
use super::super::{Rule, scan, words};
use super::{is_metadata, is_statement, known};
use crate::diagnostic::{Diagnostic, nearest};
use crate::operator::OPERATORS;

/// Words of other languages for operators of ours.
const OPERATOR_SYNONYMS: &[(&str, &str)] = &[
    ("begins", "starts with"),
    ("between", "`>= … and … <=`"),
    ("eq", "=="),
    ("equal", "=="),
    ("ge", ">="),
    ("glob", "like"),
    ("gt", ">"),
    ("gte", ">="),
    ("has", "contains"),
    ("isnt", "!="),
    ("le", "<="),
    ("lt", "<"),
    ("lte", "<="),
    ("ne", "!="),
    ("neq", "!="),
    ("notin", "not in"),
    ("re", "matches"),
    ("wildcard", "like"),
];

impl Place<'_> {
    pub(super) fn behind_a_test(&self) -> Option<Advice> {
        let found = self.word(self.found);
        let shown = self.describe(self.found);
        let goes_on = |finding| Some(Advice { finding, ends_here: false });
        let ends = |finding| Some(Advice { finding, ends_here: true });
        match self.kind(self.found) {
            Some(Kind::Open(b'{')) if self.expects(Rule::paren_end) => {
                let open = self.open_brackets(self.found).last().copied()?;
                return ends(self.never_closed(open));
            }
            None | Some(Kind::Close(_)) => {
                let finding = self.finding(
                    format!("the `{{ … }}` of the condition is missing before {shown}"),
                    "the statements of an `if` stand in braces: if … { drop }",
                );
                return ends(finding);
            }
            Some(Kind::Comma) => {
                return goes_on(self.finding(
                    "a comma stands behind one value",
                    "several values are a list: in ['a', 'b'], or contains any ['a', 'b']; tests are joined by `and`",
                ));
            }
            Some(Kind::Text) => {
                return goes_on(self.finding(
                    format!("{shown} stands behind a test that is complete"),
                    "several values are a list: in ['a', 'b']; tests are joined by `and` or `or`",
                ));
            }
            _other => {}
        }
        if found == "else" || is_statement(found) || is_metadata(found) && !self.begins_test(self.found) {
            let finding = self
                .finding(
                    format!("a `{{` is missing before `{found}`"),
                    "the statements of an `if` stand in braces: if … { drop }",
                )
                .fix(self.just_before(), "{ ");
            return ends(finding);
        }
        if self.word(self.before()) == "table" && !words::RESERVED.contains(&found) && !found.is_empty() {
            let short = scan::shorten(found);
            return goes_on(
                self.finding("the name of a table stands in quotes", format!("write: in table \"{short}\"")),
            );
        }
        if found == "then" || found == "do" {
            return ends(self.finding(
                format!("`{found}` is not needed"),
                "the statements of an `if` stand in braces: if … { drop }",
            ));
        }
        if found == "cased" || found == "any-dash" {
            return goes_on(self.finding(
                format!("`{found}` stands before the operator"),
                format!("write: CommandLine {found} contains 'x'"),
            ));
        }
        if let Some(near) = nearest(scan::shorten(found), ["and", "or"]).filter(|_| !found.is_empty()) {
            return goes_on(self.finding(format!("`{found}` joins no tests"), format!("did you mean `{near}`?")));
        }
        if self.kind(self.found) == Some(Kind::Sign) {
            return goes_on(self.finding(
                format!("{shown} stands behind a test that is complete"),
                "a test has one operator; tests are joined by `and` or `or`",
            ));
        }
        if !found.is_empty() {
            return goes_on(self.finding(
                format!("`and` or `or` is missing before `{}`", scan::shorten(found)),
                "tests are joined by `and` or `or`; texts of several words are quoted",
            ));
        }
        goes_on(
            self.finding(format!("{shown} stands behind a test that is complete"), "tests are joined by `and` or `or`"),
        )
    }

    /// Does a test seem to begin at token `i`: a name and an operator?
    pub(super) fn begins_test(&self, i: usize) -> bool {
        self.kind(i + 1) == Some(Kind::Sign)
            || OPERATORS.iter().any(|entry| starts_operator(entry.word, self.word(i + 1)))
    }

    pub(super) fn no_operator(&self) -> Diagnostic {
        let found = self.word(self.found);
        let subject = scan::shorten(self.text(self.before()));
        let shown = self.describe(self.found);
        if let Some(ours) = known(OPERATOR_SYNONYMS, found) {
            let ours = if ours.starts_with('`') { ours.to_string() } else { format!("`{ours}`") };
            return self.finding(format!("`{found}` is no operator"), format!("write {ours}"));
        }
        if found == "case" && matches!(subject, "lower" | "upper") {
            return self.finding(
                format!("`{subject} case` goes on with `of`"),
                format!("write: {subject} case of Image == 'x'"),
            );
        }
        let known_before = self.kind(self.before()) == Some(Kind::Word);
        if known_before && !found.is_empty() && self.begins_test(self.found) && !words::RESERVED.contains(&found) {
            return self.finding(
                format!(
                    "`{}` stands behind the field `{subject}`, where an operator is expected",
                    scan::shorten(found)
                ),
                format!("a name with a blank is written: field \"{subject} {}\"", scan::shorten(found)),
            );
        }
        let operators = ["contains", "starts with", "ends with", "like", "matches", "in", "exists", "is"];
        let over = matches!(found, "and" | "or" | "then") || is_statement(found);
        if found.is_empty() || over {
            return match self.kind(self.found) {
                Some(Kind::Sign) => self.finding(format!("{shown} is no operator"), operators_help()),
                Some(Kind::Text | Kind::Open(b'[')) => {
                    self.finding(format!("an operator is missing before {shown}"), operators_help())
                }
                _end => self.finding(
                    format!("an operator is missing behind `{subject}`"),
                    format!("to ask whether a field is there, write `{subject} exists`; {}", operators_help()),
                ),
            };
        }
        let first_words = operators.map(|operator| operator.split(' ').next().unwrap_or(operator));
        let near = nearest(scan::shorten(found), first_words)
            .and_then(|near| operators.into_iter().find(|operator| operator.split(' ').next() == Some(near)));
        let message = format!("`{}` is no operator", scan::shorten(found));
        match near {
            Some(near) => self.finding(message, format!("did you mean `{near}`?")),
            None => self.finding(message, operators_help()),
        }
    }

    pub(super) fn no_test(&self) -> Option<Advice> {
        let found = self.word(self.found);
        let shown = self.describe(self.found);
        let goes_on = |finding| Some(Advice { finding, ends_here: false });
        let ends = |finding| Some(Advice { finding, ends_here: true });
        let next = self.word(self.found + 1);
        if let Some(finding) = self.taken_word(found, next) {
            return if is_statement(found) { ends(finding) } else { goes_on(finding) };
        }
        match (self.kind(self.found), found) {
            (_, "and" | "or") => goes_on(self.finding(
                format!("a test is missing before `{found}`"),
                "between two of `if`, `and`, `or`, `not` and `{` stands a test",
            )),
            (_, _) if is_statement(found) => ends(self.finding(
                format!("a test is missing before `{found}`"),
                "write a condition, and the statements behind it in braces: if Image exists { drop }",
            )),
            (Some(Kind::Sign), _) => {
                goes_on(self.finding(format!("the name of a field is missing before {shown}"), "write: Image == 'x'"))
            }
            (Some(Kind::Open(b'[')), _) => {
                goes_on(self.finding("a test cannot begin with a list", "the field stands first: Image in ['a', 'b']"))
            }
            (Some(Kind::Open(b'{') | Kind::Close(_)) | None, _) => ends(self.finding(
                format!("a test is missing before {shown}"),
                "write what must hold: if Image ends with '\\cmd.exe' { … }",
            )),
            (_, _) => None,
        }
    }

    pub(super) fn no_event(&self) -> Diagnostic {
        let message = format!("the name of an event is missing before {}", self.describe(self.found));
        self.finding(
            message,
            "write: event is sysmon.dns_query, or: event is any [sysmon.dns_query, sysmon.file_create]",
        )
    }

    /// A word of the language where a test or value begins.
    pub(super) fn taken_word(&self, found: &str, next: &str) -> Option<Diagnostic> {
        if found == "event" && self.kind(self.found + 1) == Some(Kind::Sign) {
            let event = self.word(self.found + 2);
            let event = if event.contains('.') { scan::shorten(event) } else { "sysmon.dns_query" };
            let message = format!("`event` is asked by `is`, not by {}", self.describe(self.found + 1));
            return Some(
                self.finding(message, format!("write: event is {event}; a field below it is written `event.code`")),
            );
        }
        let help = match found {
            "has" => "write `has tag \"a\"`, `has any tag [\"a\", \"b\"]` or `has all tags [\"a\", \"b\"]`".to_string(),
            "event" => "write `event is sysmon.dns_query`; a field below it is written `event.code`".to_string(),
            "some" => "write `some of FIELD { … }`".to_string(),
            "any" if next == "of" => "write `FIELD in [...]`, or `FIELD contains any [...]`".to_string(),
            "any" if next.eq_ignore_ascii_case("processguid") => {
                "write `any processguid`, in small letters: the four GUIDs of processes, on the agent as behind it".to_string()
            }
            "any" => "`any field` asks about all fields, `any processguid` about the four GUIDs of processes; `any [...]` stands behind an operator".to_string(),
            "all" => "`all of FIELD` asks about every member; `all [...]` stands behind an operator".to_string(),
            "field" => "the name of the field follows in quotes: field \"Severity Name\"".to_string(),
            "is" | "in" | "contains" | "starts" | "ends" | "like" | "matches" | "exists" | "cased" => {
                let message = format!("the name of a field is missing before `{found}`");
                return Some(
                    self.finding(message, format!("write: Image {found} …; a field of this name is field \"{found}\"")),
                );
            }
            "true" | "false" | "and" | "or" | "not" | "strictly" => return None,
            // What a value could be is asked of `no_value`.
            other if is_statement(other) && !self.begins_test(self.found) => return None,
            other if words::RESERVED.contains(&other) => format!("a field of this name is written field \"{other}\""),
            _ => return None,
        };
        Some(self.finding(format!("`{found}` does not stand here alone"), help))
    }
}

fn operators_help() -> String {
    "operators are `==`, `!=`, `<`, `>`, `contains`, `starts with`, `ends with`, `like`, `matches`, `in`, `exists` and `is`"
        .to_string()
}

/// Does the operator that is written `operator` begin with `word`?
fn starts_operator(operator: &str, word: &str) -> bool {
    !word.is_empty() && operator.split(' ').next() == Some(word) || word == "not"
}
