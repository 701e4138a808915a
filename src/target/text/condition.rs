//! Conditions in the canonical text.
//!
//! In: conditions of a tree. Out: one line where it fits and no test has a comment; else a member a line, with `and` / `or`
//! leading it, aligned with the first member. Parentheses stand where the tree needs them to read back the same (around an
//! `and` inside an `and`, an `or` inside an `and`, either behind `not`), and around an `and` inside an `or` that takes more
//! than one line, unless the condition is so deep that it could not be read back. Never here: statements.

use super::{Job, STEP, WIDTH, Writer, word};
use crate::ast::{Args, CondId, CondKind, Operator, Test};
use crate::dialect::{AgentVersion, Dialect};
use crate::limits;
use crate::source::text::words::SYSTEMS;

/// What a member stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    And,
    Or,
    Not,
    /// Nothing that joins or negates.
    Alone,
}

/// How the first member follows on what is before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Behind a blank.
    Blank,
    /// Directly.
    Glued,
    /// On a line of its own.
    Line,
}

/// Members of a condition, one a line.
pub(super) struct Group {
    id: CondId,
    /// Where members begin.
    column: usize,
    /// Where the closing bracket of a broken list stands.
    indent: usize,
    opening: Opening,
    /// Columns that must follow the last member on its line.
    tail: usize,
}

/// One member.
pub(super) struct Unary {
    id: CondId,
    within: Within,
    indent: usize,
    tail: usize,
    /// What stands before it once its comments are written: `and `, `or `.
    word: &'static str,
    /// Where its line begins, if it begins one.
    line: Option<usize>,
    /// Columns left of it are open: a first member with comments begins a line.
    column: usize,
    opening: Opening,
}

/// The words of one test.
struct Words {
    /// All but the list.
    before: String,
    /// The members of its list.
    items: Option<Vec<String>>,
}

impl Words {
    fn width(&self) -> usize {
        let before = self.before.chars().count();
        match &self.items {
            None => before,
            Some(items) if items.is_empty() => before + 2,
            // Two columns for `, ` behind each but the last, two for the brackets.
            Some(items) => before + items.iter().map(|item| item.chars().count() + 2).sum::<usize>(),
        }
    }
}

impl Writer<'_> {
    /// The condition of an `if` whose statement is indented by `indent`; ` {` follows.
    pub(super) fn condition(&mut self, id: CondId, indent: usize) {
        let depth = self.measure(id);
        self.deep = indent / STEP + depth > limits::DEPTH;
        if let Some(width) = self.width(id)
            && self.column + 1 + width + 2 <= WIDTH
        {
            self.push(" ");
            self.flat(id);
            return;
        }
        let column = self.column + 1;
        let joined = matches!(self.def.cond(id).kind, CondKind::And(_) | CondKind::Or(_));
        let commented = !self.leading_comments(id).is_empty();
        let list_indent = if joined || commented { column } else { indent };
        self.jobs.push(Job::Group(Group { id, column, indent: list_indent, opening: Opening::Blank, tail: 2 }));
    }

    pub(super) fn group(&mut self, group: Group) {
        let Group { id, column, indent, opening, tail } = group;
        let only = [id];
        let (members, within, word) = match &self.def.cond(id).kind {
            CondKind::And(members) => (members.as_slice(), Within::And, "and "),
            CondKind::Or(members) => (members.as_slice(), Within::Or, "or "),
            CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Test(_) | CondKind::Const(_) => {
                (only.as_slice(), Within::Alone, "")
            }
        };
        let last = members.len().saturating_sub(1);
        let jobs: Vec<Job> = members
            .iter()
            .enumerate()
            .map(|(i, member)| {
                let tail = if i == last { tail } else { 0 };
                let (word, line) = if i == 0 { ("", None) } else { (word, Some(column)) };
                Job::Unary(Unary { id: *member, within, indent, tail, word, line, column, opening })
            })
            .collect();
        self.jobs.extend(jobs.into_iter().rev());
    }

    /// Comments that stand above the line on which `id` begins.
    fn leading_comments(&self, mut id: CondId) -> Vec<String> {
        let mut comments = Vec::new();
        loop {
            let cond = self.def.cond(id);
            comments.extend(cond.comments.iter().cloned());
            match &cond.kind {
                CondKind::Not(inner) => id = *inner,
                CondKind::And(_)
                | CondKind::Or(_)
                | CondKind::SomeOf { .. }
                | CondKind::Test(_)
                | CondKind::Const(_) => return comments,
            }
        }
    }

    pub(super) fn unary(&mut self, unary: Unary) {
        let Unary { id, within, indent, tail, word, line, column, opening } = unary;
        // What `not` is about has had its comments written with the `not`.
        let comments = if within == Within::Not { Vec::new() } else { self.leading_comments(id) };
        match line {
            Some(line) => {
                self.comments(&comments, line);
                self.line(line);
                self.push(word);
            }
            None if within == Within::Not => {}
            None if !comments.is_empty() || opening == Opening::Line => {
                self.comments(&comments, column);
                self.line(column);
            }
            None if opening == Opening::Blank => self.push(" "),
            None => {}
        }
        if self.width(id).is_some_and(|width| self.column + width + self.parens(id, within) + tail <= WIDTH) {
            self.flat_within(id, within);
            return;
        }
        match &self.def.cond(id).kind {
            CondKind::And(_) | CondKind::Or(_) if self.deep && self.parens(id, within) == 0 => {
                let column = self.column;
                self.jobs.push(Job::Group(Group { id, column, indent: column, opening: Opening::Glued, tail }));
            }
            CondKind::And(_) | CondKind::Or(_) => {
                self.push("(");
                let column = self.column;
                let group = Group { id, column, indent: column, opening: Opening::Glued, tail: tail + 1 };
                self.jobs.push(Job::Text(")"));
                self.jobs.push(Job::Group(group));
            }
            CondKind::Not(inner) => match &self.def.cond(*inner).kind {
                CondKind::Test(test) if has_negative(test) => self.broken_test(test, true, indent, tail),
                CondKind::And(_)
                | CondKind::Or(_)
                | CondKind::Not(_)
                | CondKind::SomeOf { .. }
                | CondKind::Test(_)
                | CondKind::Const(_) => {
                    self.push("not ");
                    let (id, within) = (*inner, Within::Not);
                    self.jobs.push(Job::Unary(Unary {
                        id,
                        within,
                        indent,
                        tail,
                        word: "",
                        line: None,
                        column,
                        opening: Opening::Glued,
                    }));
                }
            },
            CondKind::SomeOf { list, body } => {
                self.push("some of ");
                self.push(&word::field(&list.name));
                self.push(" {");
                let inside = indent + STEP;
                let group = Group { id: *body, column: inside, indent: inside, opening: Opening::Line, tail: 0 };
                self.jobs.push(Job::Text("}"));
                self.jobs.push(Job::Line(indent));
                self.jobs.push(Job::Group(group));
            }
            CondKind::Test(test) => self.broken_test(test, false, indent, tail),
            CondKind::Const(value) => self.push(constant(*value)),
        }
    }

    /// A test that may take several lines.
    fn broken_test(&mut self, test: &Test, negated: bool, indent: usize, tail: usize) {
        let words = words(test, negated);
        self.push(&words.before);
        if let Some(items) = &words.items {
            self.list(items, indent, tail);
        }
    }

    /// Columns of the parentheses that `id` needs on one line.
    fn parens(&self, id: CondId, within: Within) -> usize {
        let needed = match (&self.def.cond(id).kind, within) {
            (CondKind::And(_), Within::And | Within::Not)
            | (CondKind::Or(_), Within::And | Within::Or | Within::Not) => true,
            (CondKind::And(_), Within::Or | Within::Alone) | (CondKind::Or(_), Within::Alone) => false,
            (CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Test(_) | CondKind::Const(_), _) => false,
        };
        if needed { 2 } else { 0 }
    }

    fn width(&self, id: CondId) -> Option<usize> {
        self.widths.get(id.0 as usize).copied().flatten()
    }

    /// Measures `root` and all below it, members first. Gives how deep it nests at most.
    fn measure(&mut self, root: CondId) -> usize {
        // A single test is written without measuring anything.
        self.widths.resize(self.def.conds.len(), None);
        let mut order = vec![(root, 0)];
        let mut next = 0;
        let mut deepest = 0;
        while let Some((id, depth)) = order.get(next).copied() {
            next += 1;
            deepest = deepest.max(depth);
            let inside = |id: &CondId| (*id, depth + 1);
            match &self.def.cond(id).kind {
                CondKind::And(members) | CondKind::Or(members) => order.extend(members.iter().map(inside)),
                CondKind::Not(inner) => order.push(inside(inner)),
                CondKind::SomeOf { body, .. } => order.push(inside(body)),
                CondKind::Test(_) | CondKind::Const(_) => {}
            }
        }
        for (id, _) in order.into_iter().rev() {
            let width = self.measured(id);
            if let Some(place) = self.widths.get_mut(id.0 as usize) {
                *place = width;
            }
        }
        deepest
    }

    fn measured(&self, id: CondId) -> Option<usize> {
        let cond = self.def.cond(id);
        if !cond.comments.is_empty() {
            return None;
        }
        let joined = |members: &[CondId], within, word: &str| {
            members
                .iter()
                .map(|member| Some(self.width(*member)? + self.parens(*member, within)))
                .sum::<Option<usize>>()
                .map(|sum| sum + members.len().saturating_sub(1) * (word.len() + 2))
        };
        match &cond.kind {
            CondKind::And(members) => joined(members, Within::And, "and"),
            CondKind::Or(members) => joined(members, Within::Or, "or"),
            CondKind::Not(inner) => match &self.def.cond(*inner).kind {
                CondKind::Test(test) if has_negative(test) => self.width(*inner).map(|_| words(test, true).width()),
                CondKind::And(_)
                | CondKind::Or(_)
                | CondKind::Not(_)
                | CondKind::SomeOf { .. }
                | CondKind::Test(_)
                | CondKind::Const(_) => self.width(*inner).map(|width| 4 + width + self.parens(*inner, Within::Not)),
            },
            CondKind::SomeOf { list, body } => {
                let field = word::field(&list.name).chars().count();
                self.width(*body).map(|width| "some of ".len() + field + " { ".len() + width + " }".len())
            }
            CondKind::Test(test) => Some(words(test, false).width()),
            CondKind::Const(value) => Some(constant(*value).len()),
        }
    }

    /// Writes a condition on this line.
    pub(super) fn flat(&mut self, id: CondId) {
        self.flat_within(id, Within::Alone);
    }

    fn flat_within(&mut self, id: CondId, within: Within) {
        enum Piece {
            Text(&'static str),
            Cond(CondId, Within),
        }
        let mut pieces = vec![Piece::Cond(id, within)];
        while let Some(piece) = pieces.pop() {
            let (id, within) = match piece {
                Piece::Text(text) => {
                    self.push(text);
                    continue;
                }
                Piece::Cond(id, within) => (id, within),
            };
            match &self.def.cond(id).kind {
                kind @ (CondKind::And(members) | CondKind::Or(members)) => {
                    let (inside, word) =
                        if matches!(kind, CondKind::And(_)) { (Within::And, " and ") } else { (Within::Or, " or ") };
                    if self.parens(id, within) > 0 {
                        self.push("(");
                        pieces.push(Piece::Text(")"));
                    }
                    for (i, member) in members.iter().enumerate().rev() {
                        pieces.push(Piece::Cond(*member, inside));
                        if i > 0 {
                            pieces.push(Piece::Text(word));
                        }
                    }
                }
                CondKind::Not(inner) => match &self.def.cond(*inner).kind {
                    CondKind::Test(test) if has_negative(test) => self.flat_test(test, true),
                    CondKind::And(_)
                    | CondKind::Or(_)
                    | CondKind::Not(_)
                    | CondKind::SomeOf { .. }
                    | CondKind::Test(_)
                    | CondKind::Const(_) => {
                        self.push("not ");
                        pieces.push(Piece::Cond(*inner, Within::Not));
                    }
                },
                CondKind::SomeOf { list, body } => {
                    self.push("some of ");
                    self.push(&word::field(&list.name));
                    self.push(" { ");
                    pieces.push(Piece::Text(" }"));
                    pieces.push(Piece::Cond(*body, Within::Alone));
                }
                CondKind::Test(test) => self.flat_test(test, false),
                CondKind::Const(value) => self.push(constant(*value)),
            }
        }
    }

    fn flat_test(&mut self, test: &Test, negated: bool) {
        let words = words(test, negated);
        self.push(&words.before);
        if let Some(items) = &words.items {
            self.push("[");
            self.push(&items.join(", "));
            self.push("]");
        }
    }
}

fn constant(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn has_negative(test: &Test) -> bool {
    test.op.value.entry().negative.is_some()
}

/// The words of a test about what rules did.
fn of_rules(args: &Args) -> String {
    match args {
        Args::Rule(name) => format!("rule {} acted", word::name(&name.value)),
        Args::Remembered { name, least, by } => {
            let mut words = format!("remembered {}", word::name(&name.value));
            if least.value != 1 {
                words.push_str(&format!(" at least {} times", least.value));
            }
            if !by.is_empty() {
                let fields: Vec<String> = by.iter().map(|field| word::field(&field.name)).collect();
                words.push_str(&format!(" by {}", fields.join(", ")));
            }
            words
        }
        Args::None
        | Args::One(_)
        | Args::Many { .. }
        | Args::Table { .. }
        | Args::Class(_)
        | Args::Events(_)
        | Args::Tags { .. } => String::new(),
    }
}

/// The words of a test, in its negative spelling if `negated`.
fn words(test: &Test, negated: bool) -> Words {
    let mut before = String::new();
    match test.dialect {
        Dialect::Ours => {}
        Dialect::Winlogbeat(AgentVersion::DEFAULT) => before.push_str("strictly "),
        Dialect::Winlogbeat(version) => before.push_str(&format!("strictly({version}) ")),
        Dialect::Sysmon | Dialect::Sigma | Dialect::LogManager => {
            let name = SYSTEMS.iter().find(|(_, dialect)| *dialect == test.dialect).map_or("", |(name, _)| name);
            before.push_str(&format!("strictly({name}) "));
        }
    }
    let entry = test.op.value.entry();
    let operator = if negated { entry.negative.unwrap_or(entry.word) } else { entry.word };
    match test.op.value {
        Operator::HasTag => return tag_words(test, before),
        Operator::EventIs => before.push_str("event "),
        Operator::Acted | Operator::Remembered => {
            before.push_str(&of_rules(&test.args));
            return Words { before, items: None };
        }
        Operator::Equals
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Like
        | Operator::Matches
        | Operator::In
        | Operator::IsClass
        | Operator::Exists
        | Operator::IsBlank => {
            if test.every {
                before.push_str("all of ");
            }
            before.push_str(&word::operand(&test.subject));
            before.push(' ');
            if test.cased {
                before.push_str("cased ");
            }
            if test.any_dash {
                before.push_str("any-dash ");
            }
        }
    }
    before.push_str(operator);
    let mut items = None;
    match &test.args {
        // Written above.
        Args::None | Args::Rule(_) | Args::Remembered { .. } => {}
        Args::One(value) => {
            before.push(' ');
            before.push_str(&word::operand(value));
        }
        Args::Many { all, items: members, .. } => {
            before.push_str(match (test.op.value, all) {
                (Operator::In, _) => " ",
                (_, true) => " all ",
                (_, false) => " any ",
            });
            items = Some(members.iter().map(word::operand).collect());
        }
        Args::Table { name, column } => {
            before.push_str(" table ");
            before.push_str(&word::name(&name.value));
            if let Some(column) = column {
                before.push_str(" column ");
                before.push_str(&word::name(&column.value));
            }
        }
        Args::Class(class) => {
            before.push(' ');
            before.push_str(class.word());
        }
        Args::Events(names) => match names.as_slice() {
            [only] => {
                before.push(' ');
                before.push_str(&word::event(&only.value));
            }
            names => {
                before.push_str(" any ");
                items = Some(names.iter().map(|name| word::event(&name.value)).collect());
            }
        },
        // Only `has tag` has some, and was answered above.
        Args::Tags { .. } => {}
    }
    Words { before, items }
}

fn tag_words(test: &Test, mut before: String) -> Words {
    let Args::Tags { all, tags } = &test.args else { return Words { before, items: None } };
    let names = || tags.iter().map(|tag| word::name(&tag.value)).collect();
    match (all, tags.as_slice()) {
        (false, [only]) => {
            before.push_str("has tag ");
            before.push_str(&word::name(&only.value));
            Words { before, items: None }
        }
        (false, _) => Words { before: before + "has any tag ", items: Some(names()) },
        (true, _) => Words { before: before + "has all tags ", items: Some(names()) },
    }
}
