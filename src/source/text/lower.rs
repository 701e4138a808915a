//! Pairs of the grammar into the tree: rules, metadata, statements.
//!
//! In: the pairs of one rule, and the comments of the file. Out: nodes in a definition, with their exact places, and
//! findings about values (a bad address, unknown metadata). Recursion is bounded: the pre-scan refused what is nested more
//! than `limits::DEPTH` deep. Never here: what the grammar decides.

use pest::iterators::Pair;

use super::Rule;
use super::comments::Comments;
use super::literal;
use crate::ast::{
    Arm, At, CondId, Definition, FieldRef, Literal, Meta, MetaKey, MetaValue, Rule as RuleNode, RuleKind, RuleSeverity,
    Stmt, StmtId, StmtKind, Timestamp,
};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::{Origin, Span};

/// Makes nodes of one definition.
pub(super) struct Lower<'a, 'c> {
    /// Where nodes go.
    pub def: &'a mut Definition,
    /// Where findings go.
    pub diagnostics: &'a mut Vec<Diagnostic>,
    /// The comments that no construct has taken yet.
    pub comments: &'a mut Comments<'c>,
    /// Where the text that the grammar saw begins in the file.
    pub base: usize,
    /// The test that was lowered last, for comments behind it.
    pub last_test: Option<CondId>,
}

/// What a body of statements needs to know of what it belongs to.
pub(super) struct Body {
    pub stmts: Vec<StmtId>,
    /// Comments of a body without statements.
    pub comments: Vec<String>,
}

impl Lower<'_, '_> {
    /// Lowers one rule into the definition.
    pub fn rule(&mut self, pair: Pair<'_, Rule>) {
        let origin = self.origin(&pair);
        let mut comments = Vec::new();
        let mut rule = RuleNode {
            kind: RuleKind::Filter,
            name: At::new(String::new(), origin),
            disabled: false,
            meta: Vec::new(),
            body: Vec::new(),
            comments: Vec::new(),
            origin,
        };
        self.comments.before(self.start(&pair), &mut comments);
        let mut stmts = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::disabled => rule.disabled = true,
                Rule::kind => {
                    let word = part.as_str();
                    rule.kind = match word {
                        "classify" => RuleKind::Classify,
                        "alert" => RuleKind::Alert,
                        _filter => RuleKind::Filter,
                    };
                }
                Rule::string => rule.name = self.text(&part),
                Rule::open => self.comments.before(self.start(&part), &mut comments),
                Rule::meta => self.meta(part, &mut rule.meta, &mut comments),
                Rule::statement => stmts.push(part),
                Rule::close => {
                    let body = self.body(std::mem::take(&mut stmts), self.start(&part));
                    rule.body = body.stmts;
                    comments.extend(body.comments);
                }
                _hole => self.strange(&part),
            }
        }
        self.comments.trailing(end_of(origin), char::is_whitespace, &mut comments);
        rule.comments = comments;
        self.def.rules.push(rule);
    }

    /// The statements of a body whose closing brace stands at `close`.
    pub(super) fn body(&mut self, pairs: Vec<Pair<'_, Rule>>, close: usize) -> Body {
        let mut stmts = Vec::with_capacity(pairs.len());
        for pair in pairs {
            if let Some(stmt) = self.statement(pair) {
                stmts.push(stmt);
            }
        }
        let mut rest = Vec::new();
        self.comments.before(close, &mut rest);
        if let Some(last) = stmts.last() {
            self.def.stmts[last.0 as usize].comments.append(&mut rest);
        }
        Body { stmts, comments: rest }
    }

    fn meta(&mut self, pair: Pair<'_, Rule>, into: &mut Vec<Meta>, comments: &mut Vec<String>) {
        let origin = self.origin(&pair);
        self.comments.before(self.start(&pair), comments);
        for part in pair.into_inner() {
            let meta = match part.as_rule() {
                Rule::meta_allow => Some((MetaKey::AllowTamperEvents, MetaValue::Flag)),
                Rule::meta_allow_code => self.meta_allow_code(part),
                Rule::meta_text => self.meta_text(part),
                Rule::meta_list => self.meta_list(part),
                Rule::meta_severity => self.meta_severity(part),
                Rule::meta_expires => self.meta_expires(part),
                Rule::meta_suppress => self.meta_suppress(part),
                _hole => {
                    self.strange(&part);
                    None
                }
            };
            if let Some((key, value)) = meta {
                into.push(Meta { key, value, origin });
            }
        }
        self.comments.before(end_of(origin), comments);
        self.comments.trailing(end_of(origin), char::is_whitespace, comments);
    }

    fn meta_text(&mut self, pair: Pair<'_, Rule>) -> Option<(MetaKey, MetaValue)> {
        let mut parts = pair.into_inner();
        let key = parts.next().and_then(|key| key_of(key.as_str()))?;
        let value = self.text(&parts.next()?);
        Some((key, MetaValue::Text(value.value)))
    }

    fn meta_allow_code(&mut self, pair: Pair<'_, Rule>) -> Option<(MetaKey, MetaValue)> {
        let end = Origin::span(self.def.source, Span::new(end_of(self.origin(&pair)), end_of(self.origin(&pair))));
        let mut parts = pair.into_inner().filter(|part| matches!(part.as_rule(), Rule::word | Rule::string));
        let code = parts.next()?;
        let code = At::new(code.as_str().to_string(), self.origin(&code));
        let reason = parts.next().map_or_else(|| At::new(String::new(), end), |reason| self.text(&reason));
        Some((MetaKey::Allow, MetaValue::Allow(code, reason)))
    }

    fn meta_list(&mut self, pair: Pair<'_, Rule>) -> Option<(MetaKey, MetaValue)> {
        let mut parts = pair.into_inner();
        let key = parts.next().and_then(|key| key_of(key.as_str()))?;
        Some((key, MetaValue::Texts(self.texts(parts.next()?))))
    }

    fn meta_severity(&mut self, pair: Pair<'_, Rule>) -> Option<(MetaKey, MetaValue)> {
        let value = pair.into_inner().nth(1)?;
        let origin = self.origin(&value);
        let word = value.as_str();
        if let Some(severity) = RuleSeverity::ALL.into_iter().find(|severity| severity.word() == word) {
            return Some((MetaKey::Severity, MetaValue::Severity(severity)));
        }
        let words = RuleSeverity::ALL.map(RuleSeverity::word);
        let bare = word.trim_matches(['\'', '"']);
        let help = match nearest(super::scan::shorten(bare), words) {
            Some(near) if bare != word && near == bare => format!("it stands without quotes: severity {near}"),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the severities are {}", super::messages::list_of(&words, "and")),
        };
        let message = format!("`{}` is no severity", super::scan::shorten(word));
        self.diagnostics.push(Diagnostic::new(Code::BadMetadata, origin, message).help(help));
        None
    }

    fn meta_expires(&mut self, pair: Pair<'_, Rule>) -> Option<(MetaKey, MetaValue)> {
        let value = pair.into_inner().nth(1)?;
        let origin = self.origin(&value);
        let written = value.as_str();
        let day = Timestamp::parse(written);
        if let Some(day) = day.filter(|_| written.len() == 10) {
            return Some((MetaKey::Expires, MetaValue::Date(day)));
        }
        let help = if written.starts_with(['\'', '"']) {
            "it stands without quotes: expires 2027-01-31"
        } else {
            "write the first day on which the rule is past, as in: expires 2027-01-31"
        };
        let message = format!("`{}` is no day", super::scan::shorten(written));
        self.diagnostics.push(Diagnostic::new(Code::BadMetadata, origin, message).help(help));
        None
    }

    fn statement(&mut self, pair: Pair<'_, Rule>) -> Option<StmtId> {
        let origin = self.origin(&pair);
        let mut comments = Vec::new();
        self.comments.before(self.start(&pair), &mut comments);
        let mut disabled = false;
        let mut kind = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::disabled => disabled = true,
                Rule::if_chain => kind = self.if_chain(part, &mut comments),
                Rule::drop => kind = Some(StmtKind::Drop),
                Rule::keep => kind = Some(StmtKind::Keep),
                Rule::stop => kind = Some(StmtKind::Stop),
                Rule::tag => kind = Some(StmtKind::Tag(self.strings_in(part))),
                Rule::untag => kind = Some(StmtKind::Untag(self.strings_in(part))),
                Rule::set => kind = self.set(part),
                Rule::remove => {
                    let fields = part.into_inner().filter_map(|part| self.field_name(&part)).collect();
                    kind = Some(StmtKind::Remove(fields));
                }
                Rule::send => kind = self.send(part),
                Rule::when => kind = self.when(part, &mut comments),
                Rule::remember => kind = self.remember(part),
                Rule::forget => kind = self.forget(part),
                _hole => self.strange(&part),
            }
        }
        self.comments.before(end_of(origin), &mut comments);
        self.comments.trailing(end_of(origin), char::is_whitespace, &mut comments);
        kind.map(|kind| self.def.add_stmt(Stmt { kind, disabled, comments, origin }))
    }

    fn if_chain(&mut self, pair: Pair<'_, Rule>, comments: &mut Vec<String>) -> Option<StmtKind> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        let mut condition = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_if => {}
                Rule::condition => condition = self.condition(part),
                Rule::block => self.arm(part, condition.take(), &mut arms, comments),
                Rule::else_if => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::k_else | Rule::k_if => self.comments.before(self.start(&part), comments),
                            Rule::condition => condition = self.condition(part),
                            Rule::block => self.arm(part, condition.take(), &mut arms, comments),
                            _none => self.strange(&part),
                        }
                    }
                }
                Rule::otherwise => {
                    for part in part.into_inner() {
                        self.comments.before(self.start(&part), comments);
                        if part.as_rule() == Rule::block {
                            let body = self.block(part);
                            comments.extend(body.comments);
                            otherwise = Some(body.stmts);
                        }
                    }
                }
                _none => self.strange(&part),
            }
        }
        (!arms.is_empty()).then_some(StmtKind::If { arms, otherwise })
    }

    /// One arm: comments between the last test and the brace belong to that test.
    fn arm(&mut self, block: Pair<'_, Rule>, cond: Option<CondId>, arms: &mut Vec<Arm>, comments: &mut Vec<String>) {
        self.comments_of_last_test(self.start(&block));
        let body = self.block(block);
        comments.extend(body.comments);
        if let Some(cond) = cond {
            arms.push(Arm { cond, body: body.stmts });
        }
    }

    /// Gives what stands before `end` to the last test.
    pub fn comments_of_last_test(&mut self, end: usize) {
        if let Some(test) = self.last_test {
            self.comments.before(end, &mut self.def.conds[test.0 as usize].comments);
        }
    }

    pub(super) fn block(&mut self, pair: Pair<'_, Rule>) -> Body {
        let close = end_of(self.origin(&pair)).saturating_sub(1);
        let statements = pair.into_inner().filter(|part| part.as_rule() == Rule::statement).collect();
        self.body(statements, close)
    }

    fn set(&mut self, pair: Pair<'_, Rule>) -> Option<StmtKind> {
        let mut field = None;
        let mut value = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_set | Rule::assign => {}
                Rule::wrong_assign => {
                    let message = format!("`set` gives a value with `=`, not with `{}`", part.as_str());
                    self.instead(&part, message, "=");
                }
                Rule::operand => value = self.operand(part),
                _field => field = self.field_name(&part),
            }
        }
        Some(StmtKind::Set { field: field?, value: value? })
    }

    fn send(&mut self, pair: Pair<'_, Rule>) -> Option<StmtKind> {
        let mut texts = Vec::new();
        let mut with_template = false;
        let mut to = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::word => texts.push(At::new(part.as_str().to_string(), self.origin(&part))),
                Rule::string => texts.push(self.text(&part)),
                Rule::using_template => with_template = true,
                Rule::strings => to = self.texts(part),
                Rule::k_send | Rule::k_to => {}
                _none => self.strange(&part),
            }
        }
        let template = if with_template { texts.pop() } else { None };
        Some(StmtKind::Send { via: texts.pop()?, template, to })
    }

    /// A field by its name, plain or as `field "…"`; `None` for other pairs.
    pub fn field_name(&mut self, pair: &Pair<'_, Rule>) -> Option<FieldRef> {
        let origin = self.origin(pair);
        match pair.as_rule() {
            Rule::field => Some(FieldRef { name: pair.as_str().to_string(), origin }),
            Rule::odd_field => {
                let name = pair.clone().into_inner().find(|part| part.as_rule() == Rule::string)?;
                Some(FieldRef { name: self.text(&name).value, origin })
            }
            _keyword => None,
        }
    }

    /// A quoted text that is a name or a sentence.
    pub fn text(&mut self, pair: &Pair<'_, Rule>) -> At<String> {
        self.quoted(pair, false)
    }

    /// A quoted text that is a value of a test.
    pub fn value_text(&mut self, pair: &Pair<'_, Rule>) -> Literal {
        Literal::Text(self.quoted(pair, true).value)
    }

    fn quoted(&mut self, pair: &Pair<'_, Rule>, is_value: bool) -> At<String> {
        let quoted = literal::quoted(self.def.source, pair.as_str(), self.start(pair), is_value);
        self.diagnostics.extend(quoted.findings);
        At::new(quoted.value, self.origin(pair))
    }

    /// The members of a `[ … ]` of texts.
    pub fn texts(&mut self, pair: Pair<'_, Rule>) -> Vec<At<String>> {
        self.strings_in(pair)
    }

    /// The quoted texts directly inside a pair.
    pub fn strings_in(&mut self, pair: Pair<'_, Rule>) -> Vec<At<String>> {
        pair.into_inner().filter(|part| part.as_rule() == Rule::string).map(|part| self.text(&part)).collect()
    }

    /// Says that `pair` is written otherwise here, and how.
    pub fn instead(&mut self, pair: &Pair<'_, Rule>, message: String, right: &str) {
        let origin = self.origin(pair);
        let finding = Diagnostic::new(Code::Syntax, origin, message)
            .help(format!("write `{}`", right.trim_end()))
            .fix(origin, right.to_string());
        self.diagnostics.push(finding);
    }

    /// A pair that has no place here. Holes are reported already where they were made; anything else is a gap between
    /// grammar and lowering, which is said aloud rather than passed over.
    pub fn strange(&mut self, pair: &Pair<'_, Rule>) {
        if pair.as_rule() != Rule::hole {
            let message = format!("`{}` is not understood here", super::scan::shorten(pair.as_str()));
            self.diagnostics.push(Diagnostic::new(Code::Syntax, self.origin(pair), message));
        }
    }

    /// First byte of a pair in the file.
    pub fn start(&self, pair: &Pair<'_, Rule>) -> usize {
        self.base + pair.as_span().start()
    }

    /// The exact place of a pair: to the end of its last token, without the blanks that the grammar skips behind it.
    pub fn origin(&self, pair: &Pair<'_, Rule>) -> Origin {
        let mut last = pair.clone();
        while let Some(inner) = last.clone().into_inner().next_back() {
            last = inner;
        }
        Origin::span(self.def.source, Span::new(self.start(pair), self.base + last.as_span().end()))
    }
}

/// One past the last byte of a place in a text.
pub(super) fn end_of(origin: Origin) -> usize {
    origin.as_span().map_or(0, |span| span.end as usize)
}

fn key_of(word: &str) -> Option<MetaKey> {
    MetaKey::ALL.into_iter().find(|key| key.word() == word)
}
