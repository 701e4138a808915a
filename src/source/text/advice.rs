//! The usual mistakes, and what is said of each.
//!
//! In: the place where the grammar stopped. Out: a finding in plain words with the way out, or nothing if the mistake is none
//! of the usual ones. Grouped by what was being written: a rule, a statement, a condition, a value. Never here: brackets
//! without partner, which `messages` sees first.

use super::messages::{Advice, Place, list_of};
use super::token::Kind;
use super::{Rule, scan, words};
use crate::ast::MetaKey;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::operator::OPERATORS;
use crate::origin::{Origin, Place as At, Span};

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
    ("when", "if"),
    ("where", "if"),
];

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
        if self.expects(Rule::statement) || self.expects(Rule::if_chain) {
            return goes_on(self.in_body());
        }
        if self.expects(Rule::k_and) {
            return self.behind_a_test();
        }
        if self.expects(Rule::k_if) {
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
        if self.expects(Rule::string) && !self.expects(Rule::dotted) && !self.expects(Rule::word) {
            return goes_on(self.no_text());
        }
        if self.expects(Rule::list_open) || self.expects(Rule::strings) {
            return goes_on(self.no_list_of_texts());
        }
        if self.expects(Rule::state) {
            let finding = self.finding(
                format!("`is` cannot be followed by {}", self.describe(self.found)),
                "two values are compared with `==`; `is` asks for `missing`, `blank` or a class such as `private`",
            );
            return goes_on(finding);
        }
        if self.expects(Rule::assign) {
            let finding = self.finding(
                format!("`set` needs `=` here, not {}", self.describe(self.found)),
                "write: set msg.group = 'security'",
            );
            return goes_on(finding);
        }
        if self.expects(Rule::condition) || self.expects(Rule::test) || self.expects(Rule::and_condition) {
            return self.no_test();
        }
        if self.expects(Rule::operand) || self.expects(Rule::list) || self.expects(Rule::table) {
            return self.no_value();
        }
        None
    }

    // ---- rules ---------------------------------------------------------------------------------------------------------

    fn behind_the_end(&self) -> Diagnostic {
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
    fn expects_condition_only(&self) -> bool {
        let first = self.word(0);
        !(words::KINDS.contains(&first) || first == "disabled")
    }

    fn no_rule(&self) -> Diagnostic {
        let example = "a rule begins with `filter`, `classify` or `alert` and a name in quotes: filter \"name\" { … }";
        let found = self.word(self.found);
        match nearest(scan::shorten(found), words::KINDS.iter().copied()) {
            Some(kind) if kind == found => self.finding("the name of this rule is missing", example),
            Some(kind) => self.finding(
                format!("expected a rule, found `{}`", scan::shorten(found)),
                format!("did you mean `{kind} \"name\" {{ … }}`?"),
            ),
            None => self.finding(format!("expected a rule, found {}", self.describe(self.found)), example),
        }
    }

    fn missing_brace(&self) -> Diagnostic {
        let message = format!("a `{{` is missing before {}", self.describe(self.found));
        self.finding(message, "the body stands in braces: { … }").fix(self.just_before(), "{ ")
    }

    /// The empty place before the token that was found.
    fn just_before(&self) -> Origin {
        let origin = self.origin(self.found);
        match origin.place {
            At::Span(span) => Origin::span(origin.source, Span { start: span.start, end: span.start }),
            At::Whole | At::Block { .. } => origin,
        }
    }

    // ---- statements ----------------------------------------------------------------------------------------------------

    fn in_body(&self) -> Diagnostic {
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
        let is_test = next == Some(Kind::Sign)
            || OPERATORS.iter().any(|entry| starts_operator(entry.word, self.word(self.found + 1)));
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
        if matches!(next, Some(Kind::Text | Kind::Open(b'['))) {
            return self.unknown_line(found);
        }
        let message = format!("`{}` is no statement", scan::shorten(found));
        match near_statement(found) {
            Some(near) => self.finding(message, format!("did you mean `{near}`?")),
            None => self.finding(message, statements()),
        }
    }

    /// A word and a text: metadata, or a statement, of an unknown name.
    fn unknown_line(&self, found: &str) -> Diagnostic {
        let short = scan::shorten(found);
        let near_meta = nearest(short, MetaKey::ALL.map(MetaKey::word));
        if let Some(near) = near_statement(found)
            && near_meta
                .is_none_or(|meta| strsim::damerau_levenshtein(short, near) < strsim::damerau_levenshtein(short, meta))
        {
            return self.finding(format!("`{short}` is no statement"), format!("did you mean `{near}`?"));
        }
        let message = format!("a rule has no metadata `{short}`");
        let help = match near_meta {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let keys: Vec<String> = MetaKey::ALL.iter().map(|key| format!("`{}`", key.word())).collect();
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                format!("it may have {}", list_of(&keys, "and"))
            }
        };
        Diagnostic::new(Code::UnknownMetadata, self.origin(self.found), message).help(help)
    }

    fn no_text(&self) -> Diagnostic {
        let found = self.text(self.found);
        let wrong = self.describe(self.found);
        if self.kind(self.found) == Some(Kind::Word) && !words::RESERVED.contains(&found) {
            let short = scan::shorten(found);
            return self
                .finding(format!("`{short}` stands without quotes"), format!("write \"{short}\""))
                .fix(self.origin(self.found), format!("\"{found}\""));
        }
        if self.kind(self.found) == Some(Kind::Open(b'[')) && self.word(self.before()) == "tag" {
            let has = self.word(self.before().wrapping_sub(1)) == "has";
            let help = if has { "write: has any tag [\"a\", \"b\"]" } else { "write: tag \"a\", \"b\"" };
            return self.finding("one tag is expected here, not a list", help);
        }
        let before = self.word(self.before());
        if before.is_empty() {
            return self
                .finding(format!("a text in quotes is expected, not {wrong}"), "write it in single or double quotes");
        }
        self.finding(format!("a text in quotes is missing behind `{before}`"), format!("write: {before} \"…\""))
    }

    fn no_list_of_texts(&self) -> Diagnostic {
        let before = self.word(self.before());
        let value = if self.kind(self.found) == Some(Kind::Text) { self.text(self.found) } else { "\"…\"" };
        let value = scan::shorten(value);
        let message = format!("`{before}` takes a list in brackets, not {}", self.describe(self.found));
        self.finding(message, format!("write: {before} [{value}]"))
    }

    // ---- conditions ----------------------------------------------------------------------------------------------------

    fn behind_a_test(&self) -> Option<Advice> {
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
    fn begins_test(&self, i: usize) -> bool {
        self.kind(i + 1) == Some(Kind::Sign)
            || OPERATORS.iter().any(|entry| starts_operator(entry.word, self.word(i + 1)))
    }

    fn no_operator(&self) -> Diagnostic {
        let found = self.word(self.found);
        let subject = scan::shorten(self.text(self.before()));
        let shown = self.describe(self.found);
        if let Some(ours) = known(OPERATOR_SYNONYMS, found) {
            let ours = if ours.starts_with('`') { ours.to_string() } else { format!("`{ours}`") };
            return self.finding(format!("`{found}` is no operator"), format!("write {ours}"));
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

    fn no_test(&self) -> Option<Advice> {
        let found = self.word(self.found);
        let shown = self.describe(self.found);
        let goes_on = |finding| Some(Advice { finding, ends_here: false });
        let ends = |finding| Some(Advice { finding, ends_here: true });
        let next = self.word(self.found + 1);
        if let Some(finding) = self.taken_word(found, next) {
            return goes_on(finding);
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
                "write what must hold: if Image ends with '\\\\cmd.exe' { … }",
            )),
            (_, _) => None,
        }
    }

    /// A word of the language where a test or value begins.
    fn taken_word(&self, found: &str, next: &str) -> Option<Diagnostic> {
        let help = match found {
            "has" => "write `has tag \"a\"`, `has any tag [\"a\", \"b\"]` or `has all tags [\"a\", \"b\"]`".to_string(),
            "event" => "write `event is sysmon.dns_query`; a field below it is written `event.code`".to_string(),
            "some" => "write `some of FIELD { … }`".to_string(),
            "any" if next == "of" => "write `FIELD in [...]`, or `FIELD contains any [...]`".to_string(),
            "any" => "`any field` asks about all fields; `any [...]` stands behind an operator".to_string(),
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
        Some(self.finding(format!("`{found}` is a word of the language and does not stand here alone"), help))
    }

    // ---- values --------------------------------------------------------------------------------------------------------

    fn no_value(&self) -> Option<Advice> {
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
        if words::RESERVED.contains(&found) && !matches!(found, "and" | "or" | "not") && !is_statement(found) {
            if let Some(finding) = self.taken_word(found, self.word(self.found + 1)) {
                return goes_on(finding);
            }
        }
        let message = format!("a value is missing behind `{}`", scan::shorten(operator));
        let help = format!("{} begins no value; texts are quoted: 'like this'", capital(&shown));
        goes_on(self.finding(message, help))
    }

    fn in_list(&self) -> Option<Advice> {
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

    fn foreign_letters(&self, found: &str) -> Diagnostic {
        let short = scan::shorten(found);
        self.finding(
            format!("`{short}` has letters that cannot stand without quotes"),
            format!("a field of this name is written field '{short}', a text '{short}'"),
        )
    }
}

/// Does the operator that is written `operator` begin with `word`?
fn starts_operator(operator: &str, word: &str) -> bool {
    !word.is_empty() && operator.split(' ').next() == Some(word) || word == "not"
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

fn operators_help() -> String {
    "operators are `==`, `!=`, `<`, `>`, `contains`, `starts with`, `ends with`, `like`, `matches`, `in`, `exists` and `is`"
        .to_string()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
