//! Mistakes in statements and metadata.
//!
//! In: a place inside the braces of a rule or `if`. Out: findings. Never here: conditions.

use super::super::messages::{Place, list_of};
use super::super::token::Kind;
use super::super::{Rule, scan, words};
use super::{is_metadata, known};
use crate::ast::MetaKey;
use crate::diagnostic::{Code, Diagnostic, nearest};

/// Words of other languages for statements of ours.
const STATEMENT_SYNONYMS: &[(&str, &str)] = &[
    ("accept", "keep"),
    ("allow", "keep"),
    ("add_tag", "tag"),
    ("add_tags", "tag"),
    ("assign", "set"),
    ("block", "drop"),
    ("break", "keep"),
    ("case", "if"),
    ("delete", "drop"),
    ("deny", "drop"),
    ("discard", "drop"),
    ("drop_event", "drop"),
    ("drop_fields", "remove field"),
    ("elif", "else if"),
    ("elseif", "else if"),
    ("elsif", "else if"),
    ("exclude", "drop"),
    ("exit", "stop"),
    ("ignore", "drop"),
    ("include", "keep"),
    ("let", "set"),
    ("mail", "send mail"),
    ("notify", "send"),
    ("pass", "keep"),
    ("return", "keep"),
    ("skip", "keep"),
    ("unless", "if not"),
    ("where", "if"),
];

impl Place<'_> {
    pub(super) fn in_body(&self) -> Diagnostic {
        let found = self.word(self.found);
        let next = self.kind(self.found + 1);
        if self.kind(self.found) == Some(Kind::Text) && self.kind(self.before()) == Some(Kind::Text) {
            return self
                .finding("a comma is missing between two texts", "write: tag \"one\", \"two\"")
                .fix(self.just_before(), ", ");
        }
        if found.is_empty() {
            let message = format!("expected a statement, found {}", self.describe(self.found));
            return self.finding(message, statements());
        }
        if words::KINDS.contains(&found) {
            return self.finding(
                format!("`{found}` begins a rule, and a rule cannot stand inside another"),
                "is a `}` missing before it?",
            );
        }
        if self.expects(Rule::using_template) && matches!(found, "template" | "using" | "with" | "through") {
            return self.finding(
                format!("`{found}` alone does not name a template"),
                "write: send mail using template \"sysmon\"",
            );
        }
        if let Some(finding) = self.template_behind_to() {
            return finding;
        }
        if found == "else" {
            return self.finding(
                "this `else` has no `if` before it",
                "`else` follows directly on the `}` of an `if` or `else if`",
            );
        }
        if found == "remove" {
            return self.finding("`remove` is followed by `field` or `fields`", "write: remove field winlog.opcode");
        }
        if found == "allow" && self.expects(Rule::meta) && self.word(self.found + 1).starts_with("tamp") {
            return self.finding("this reads `allow tamper events` in full", "write: allow tamper events");
        }
        if found == "suppress" && self.expects(Rule::meta) {
            return self.finding("`suppress` is followed by `for` and a length of time", "write: suppress for 1 hour");
        }
        if is_metadata(found) && found != "allow" {
            return self.finding(
                format!("metadata stands before the first statement, `{found}` does not"),
                format!("move `{found}` up to the head of the rule"),
            );
        }
        if found.eq_ignore_ascii_case("and") || found.eq_ignore_ascii_case("or") {
            return self.finding(
                format!("`{found}` joins tests, but the condition is over"),
                "the condition of an `if` ends at its `{`",
            );
        }
        let is_test = self.begins_test(self.found);
        if is_test
            && !(next == Some(Kind::Sign) && self.kind(self.found + 2) == Some(Kind::Text) && is_metadata_near(found))
        {
            return self.finding(
                format!("the test of `{}` stands outside of a condition", scan::shorten(found)),
                "write: if … { … }",
            );
        }
        if let Some(ours) = known(STATEMENT_SYNONYMS, found) {
            return self.finding(format!("`{found}` is no statement"), format!("write `{ours}`"));
        }
        // `severty low`, where metadata may stand.
        let is_meta = next == Some(Kind::Word) && self.expects(Rule::meta) && is_metadata_near(found);
        if is_meta || matches!(next, Some(Kind::Text | Kind::Open(b'['))) {
            return self.unknown_line(found);
        }
        let message = format!("`{}` is no statement", scan::shorten(found));
        match near_statement(found) {
            Some(near) => self.finding(message, format!("did you mean `{near}`?")),
            None => self.finding(message, statements()),
        }
    }

    /// `send mail to ["a"] using template "t"`.
    fn template_behind_to(&self) -> Option<Diagnostic> {
        if self.word(self.found) != "using" || self.kind(self.before()) != Some(Kind::Close(b']')) {
            return None;
        }
        let list = (0..self.found).rev().find(|i| self.kind(*i) == Some(Kind::Open(b'[')))?;
        let to = list.checked_sub(1).filter(|to| self.word(*to) == "to")?;
        let via = to.checked_sub(1).map(|via| self.text(via))?;
        let template = match self.kind(self.found + 2) {
            Some(Kind::Text) => self.text(self.found + 2),
            _other => "\"…\"",
        };
        let help = format!("write: send {via} using template {template} to […]");
        Some(self.finding("`using template` stands before `to`", help))
    }

    /// The `when` that counts and is being written, up to the token that was found.
    fn when_so_far(&self) -> Option<&str> {
        let begin = (0..self.found).rev().find(|i| self.word(*i) == "when")?;
        let span = |i: usize| self.origin(i).as_span();
        let text = self.reading.text.get(span(begin)?.start as usize..span(self.before())?.end as usize)?;
        (!text.contains(['{', '\n'])).then_some(text)
    }

    /// What a `when`, `remember` or `suppress` lacks.
    pub(super) fn of_a_when(&self) -> Option<Diagnostic> {
        let shown = self.describe(self.found);
        let before = self.word(self.before());
        let counts = before == "when" || self.expects(Rule::k_events) || self.expects(Rule::k_within);
        if counts && self.kind(self.found) == Some(Kind::Sign) {
            return Some(self.finding(
                format!("`when` takes no {shown}"),
                "it counts events: when 5 events within 10 minutes by Computer { … }; a condition is asked by `if`",
            ));
        }
        if before == "when" {
            return Some(self.finding(
                format!("`when` counts events, and {shown} says not how many"),
                "write: when 5 events within 10 minutes by Computer { … }; a condition is asked by `if`",
            ));
        }
        if self.expects(Rule::k_events) {
            return Some(self.finding(
                format!("`events` or `distinct` is missing before {shown}"),
                format!("write: when {before} events within 10 minutes; or, for so many values of a field: when {before} distinct User within 1 hour"),
            ));
        }
        if self.expects(Rule::k_within) {
            if matches!(self.word(self.found), "in" | "inside" | "during" | "per" | "over" | "for") {
                let message = format!("a length of time stands behind `within`, not behind {shown}");
                return Some(self.finding(message, "write `within`").fix(self.origin(self.found), "within"));
            }
            let so_far = self.when_so_far().unwrap_or("when 5 events");
            let by = if self.word(self.found) == "by" { "by …" } else { "by Computer { … }" };
            return Some(self.finding(
                format!("`within` and a length of time are missing before {shown}"),
                format!("write: {} within 10 minutes {by}", scan::shorten(so_far)),
            ));
        }
        if self.word(self.found) == "keyed" {
            return Some(self.finding("`keyed` is followed by `by`", "write: step … keyed by SourceProcessGuid"));
        }
        if self.expects(Rule::step) || self.expects(Rule::k_step) {
            return Some(self.finding(
                format!("expected `step` and a condition, found {shown}"),
                "write: when in order { step event is sysmon.file_create step event is sysmon.process_create } within 5 minutes { … }",
            ));
        }
        if self.expects(Rule::unit) && self.kind(self.found) == Some(Kind::Word) {
            let units = crate::ast::Unit::ALL.map(crate::ast::Unit::word);
            return Some(self.finding(
                format!("{shown} is no unit of time"),
                match nearest(scan::shorten(self.word(self.found)), units) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("units are {}", list_of(&units, "and")),
                },
            ));
        }
        if self.expects(Rule::k_for) {
            return Some(self.finding(
                format!("it is not said for how long: `for` is missing before {shown}"),
                "write: remember \"seen\" for 10 minutes by Computer",
            ));
        }
        if self.expects(Rule::acted) {
            return Some(self.finding(
                format!("`acted` is missing before {shown}"),
                "a rule is asked whether it did something to this event: rule \"name\" acted",
            ));
        }
        if before == "least" {
            return Some(self.finding(
                format!("{shown} is no number of times"),
                "write: remembered \"seen\" at least 3 times by Computer",
            ));
        }
        if matches!(before, "by" | "distinct") {
            return Some(self.finding(
                format!("the name of a field is missing before {shown}"),
                format!("write: {before} Computer, User"),
            ));
        }
        if self.expects(Rule::length) || matches!(before, "within" | "for") && self.expects(Rule::bare) {
            return Some(self.finding(
                format!("a length of time is missing before {shown}"),
                format!("write: {before} 10 minutes"),
            ));
        }
        None
    }

    /// A word and a text: metadata, or a statement, of an unknown name.
    pub(super) fn unknown_line(&self, found: &str) -> Diagnostic {
        let short = scan::shorten(found);
        let near_meta = nearest(short, MetaKey::ALL.map(MetaKey::word));
        if let Some(near) = near_statement(found)
            && near_meta
                .is_none_or(|meta| strsim::damerau_levenshtein(short, near) < strsim::damerau_levenshtein(short, meta))
        {
            return self.finding(format!("`{short}` is no statement"), format!("did you mean `{near}`?"));
        }
        let message = format!("`{short}` is neither metadata of a rule nor a statement");
        if near_meta.is_none() && !self.expects(Rule::meta) {
            return self.finding(format!("`{short}` is no statement"), statements());
        }
        let help = match near_meta {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let keys: Vec<String> = MetaKey::ALL.iter().map(|key| format!("`{}`", key.word())).collect();
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                format!("a rule may have {}", list_of(&keys, "and"))
            }
        };
        Diagnostic::new(Code::UnknownMetadata, self.origin(self.found), message).help(help)
    }

    pub(super) fn no_text(&self) -> Diagnostic {
        let found = self.text(self.found);
        let wrong = self.describe(self.found);
        if self.kind(self.found) == Some(Kind::Word) && !words::RESERVED.contains(&found) {
            let short = scan::shorten(found);
            return self
                .finding(format!("`{short}` needs quotes"), format!("write \"{short}\""))
                .fix(self.origin(self.found), format!("\"{found}\""));
        }
        if self.kind(self.found) == Some(Kind::Open(b'[')) && self.word(self.before()) == "tag" {
            let has = self.word(self.before().wrapping_sub(1)) == "has";
            let help = if has { "write: has any tag [\"a\", \"b\"]" } else { "write: tag \"a\", \"b\"" };
            return self.finding("one tag is expected here, not a list", help);
        }
        let before = self.word(self.before());
        if matches!(found, "=" | ":" | "==") && !before.is_empty() {
            return self.finding(format!("`{before}` takes no `{found}`"), format!("write: {before} \"…\""));
        }
        if before.is_empty() {
            return self
                .finding(format!("a text in quotes is expected, not {wrong}"), "write it in single or double quotes");
        }
        self.finding(format!("a text in quotes is missing behind `{before}`"), format!("write: {before} \"…\""))
    }

    /// A word or text is missing: a severity, a channel.
    pub(super) fn no_word(&self) -> Diagnostic {
        let shown = self.describe(self.found);
        match self.word(self.before()) {
            "severity" if self.kind(self.found) == Some(Kind::Sign) => {
                self.finding(format!("`severity` takes no {shown}"), "write: severity high")
            }
            "severity" => {
                let words = crate::ast::RuleSeverity::ALL.map(crate::ast::RuleSeverity::word);
                let help = format!("the severities are {}", list_of(&words, "and"));
                Diagnostic::new(Code::BadMetadata, self.origin(self.found), format!("{shown} is no severity"))
                    .help(help)
            }
            "send" => self.finding("`send` does not say how", "write: send mail using template \"sysmon\""),
            before => self.finding(format!("a word is missing behind `{before}`"), format!("{shown} is none")),
        }
    }

    /// The name of a field is missing.
    pub(super) fn no_field(&self) -> Diagnostic {
        let shown = self.describe(self.found);
        if self.kind(self.found) == Some(Kind::Text) {
            let text = scan::shorten(self.text(self.found));
            return self.finding(
                "a field stands without quotes",
                format!("write its name alone, or `field {text}` if the name is odd"),
            );
        }
        if words::RESERVED.contains(&self.word(self.found)) {
            let word = self.word(self.found);
            return self.finding(
                format!("`{word}` is a word of the language"),
                format!("a field of this name is written field \"{word}\""),
            );
        }
        self.finding(
            format!("the name of a field is missing before {shown}"),
            "write: remove field winlog.opcode, or set msg.group = 'x'",
        )
    }

    pub(super) fn no_list_of_texts(&self) -> Diagnostic {
        let before = self.word(self.before());
        let value = if self.kind(self.found) == Some(Kind::Text) { self.text(self.found) } else { "\"…\"" };
        let value = scan::shorten(value);
        let message = format!("`{before}` takes a list in brackets, not {}", self.describe(self.found));
        self.finding(message, format!("write: {before} [{value}]"))
    }
}

fn is_metadata_near(word: &str) -> bool {
    nearest(scan::shorten(word), MetaKey::ALL.map(MetaKey::word)).is_some()
}

fn near_statement(word: &str) -> Option<&'static str> {
    nearest(scan::shorten(word), words::STATEMENTS.iter().copied().chain(["else"]))
}

fn statements() -> String {
    let words: Vec<String> = words::STATEMENTS.iter().map(|word| format!("`{word}`")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    format!("statements begin with {}", list_of(&words, "or"))
}
