//! The canonical text of rules: what `fmt` writes.
//!
//! In: a tree. Out: its text, which reads back as the same tree, the same text for the same tree whoever made it. Layout:
//! four blanks a level, a blank line between rules, lines of at most [`WIDTH`] columns where conditions and lists can be
//! broken, comments on lines of their own above what they belong to. Everything that is left to do stands on a worklist, so
//! that depth costs no stack. Never here: decisions about meaning; a tree that no text can say (an `and` of nothing) is
//! refused by whoever makes trees.

mod condition;
mod word;

use crate::ast::{
    Asks, CondId, Definition, FieldRef, Literal, Meta, MetaKey, MetaValue, Rule, StmtId, StmtKind, Timestamp, When,
};
use condition::{Group, Unary};

/// Columns of a line.
pub const WIDTH: usize = 120;
/// Blanks a level.
const STEP: usize = 4;

/// Writes all rules of a definition.
pub fn write(def: &Definition) -> String {
    let mut writer = Writer::new(def);
    for rule in &def.rules {
        writer.rule(rule);
    }
    if !def.comments.is_empty() && !def.rules.is_empty() {
        writer.out.push('\n');
    }
    writer.comments(&def.comments, 0);
    if !writer.out.is_empty() {
        writer.out.push('\n');
    }
    writer.out
}

/// Writes one condition on one line, as a message shows it; comments are left out.
pub fn condition(def: &Definition, id: CondId) -> String {
    let mut writer = Writer::new(def);
    writer.flat(id);
    writer.out
}

/// Writes an operand, as behind an operator.
pub fn operand(operand: &crate::ast::Operand) -> String {
    word::operand(operand)
}

/// Writes the name of an event, as behind `event is`.
pub fn event_name(written: &str) -> String {
    word::event(written)
}

/// A statement without its conditions and bodies, on one line, for people; comments are left out.
pub fn statement(def: &Definition, id: StmtId) -> String {
    match &def.stmt(id).kind {
        StmtKind::If { .. } => "if".to_string(),
        StmtKind::When { when, .. } => format!("when {}", window(def, when)),
        kind => {
            let mut writer = Writer::new(def);
            writer.kind(kind, 0);
            writer.out.lines().map(str::trim).collect::<Vec<_>>().join(" ")
        }
    }
}

/// A `when` without its body, for people: `5 events within 10 minutes by Computer`.
pub fn window(def: &Definition, when: &When) -> String {
    let mut writer = Writer::new(def);
    match &when.asks {
        Asks::Events(_) | Asks::Distinct(..) => writer.when(when, 0),
        Asks::Steps { ordered, steps } => {
            let order = if *ordered { "in order" } else { "in any order" };
            writer.push(&format!("when {} steps {order}", steps.len()));
            writer.window(when, 0);
        }
    }
    let text = writer.out.trim_end_matches(" {");
    text.strip_prefix("when ").unwrap_or(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a rule does, without what is said about it: one text for all rules that do the same.
pub fn statements(def: &Definition, rule: &Rule) -> String {
    let mut writer = Writer::new(def);
    writer.jobs.extend(rule.body.iter().rev().map(|id| Job::Stmt(*id, 0)));
    writer.run();
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    writer.out.lines().filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n")
}

/// A day as metadata has it: midnight UTC, the rest of the time is cut off.
pub(crate) fn day(day: Timestamp) -> String {
    let written = day.to_string();
    written.split('T').next().unwrap_or(&written).to_string()
}

/// A value of a test, quoted.
#[cfg(feature = "templates")]
pub(crate) fn value_text(text: &str) -> String {
    word::value(text)
}

/// A literal that stands without quotes.
pub(crate) fn unquoted(literal: &Literal) -> String {
    word::literal(literal)
}

/// What is left to write.
enum Job<'a> {
    /// Characters.
    Text(&'static str),
    /// A new line, indented.
    Line(usize),
    /// A statement, on a line of its own.
    Stmt(StmtId, usize),
    /// Characters that were put together before.
    Owned(String),
    /// A condition behind `if`; the number is the indentation of its statement.
    Condition(CondId, usize),
    /// The beginning of a step, with its comments.
    Step(&'a [String], usize),
    /// What follows the steps of a `when`, up to its brace.
    Window(&'a When, usize),
    /// Members of a condition, one a line.
    Group(Group),
    /// One member or what `not` is about.
    Unary(Unary),
}

struct Writer<'a> {
    def: &'a Definition,
    out: String,
    /// Characters since the last line end.
    column: usize,
    /// Columns that a condition takes on one line; `None` if it holds a comment, or is not measured yet.
    widths: Vec<Option<usize>>,
    /// Is what is being written so deep that parentheses for the eye alone would be beyond the limit of depth?
    deep: bool,
    /// What is left, the next last.
    jobs: Vec<Job<'a>>,
}

impl<'a> Writer<'a> {
    fn new(def: &'a Definition) -> Self {
        Self { def, out: String::new(), column: 0, widths: Vec::new(), deep: false, jobs: Vec::new() }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// Comments, a line each.
    fn comments(&mut self, comments: &[String], indent: usize) {
        for line in comments.iter().flat_map(|comment| comment.split('\n')) {
            self.line(indent);
            self.push("//");
            let line = line.trim_end();
            if !line.is_empty() {
                self.push(" ");
                self.push(line);
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.comments(&rule.comments, 0);
        self.line(0);
        if rule.disabled {
            self.push("disabled ");
        }
        self.push(rule.kind.word());
        self.push(" ");
        self.push(&word::name(&rule.name.value));
        self.push(" {");
        for meta in &rule.meta {
            self.line(STEP);
            self.meta(meta);
        }
        self.jobs.push(Job::Text("}"));
        self.jobs.push(Job::Line(0));
        self.jobs.extend(rule.body.iter().rev().map(|id| Job::Stmt(*id, STEP)));
        self.run();
    }

    fn run(&mut self) {
        while let Some(job) = self.jobs.pop() {
            match job {
                Job::Text(text) => self.push(text),
                Job::Owned(text) => self.push(&text),
                Job::Line(indent) => self.line(indent),
                Job::Stmt(id, indent) => self.stmt(id, indent),
                Job::Condition(id, indent) => self.condition(id, indent),
                Job::Step(comments, indent) => {
                    self.comments(comments, indent);
                    self.line(indent);
                    self.push("step");
                }
                Job::Window(when, indent) => self.window(when, indent),
                Job::Group(group) => self.group(group),
                Job::Unary(unary) => self.unary(unary),
            }
        }
    }

    fn meta(&mut self, meta: &Meta) {
        self.push(meta.key.word());
        match &meta.value {
            MetaValue::Text(text) => {
                self.push(" ");
                self.push(&word::name(text));
            }
            MetaValue::Texts(texts) => {
                self.push(" ");
                let items: Vec<String> = texts.iter().map(|text| word::name(&text.value)).collect();
                self.list(&items, STEP, 0);
            }
            MetaValue::Severity(severity) => {
                self.push(" ");
                self.push(severity.word());
            }
            MetaValue::Date(day) => {
                self.push(" ");
                self.push(&self::day(*day));
            }
            MetaValue::Quiet(length, by) => {
                self.push(&format!(" for {}", length.value));
                self.by(by, STEP);
            }
            MetaValue::Allow(code, reason) => {
                self.push(" ");
                self.push(&code.value);
                if !reason.value.is_empty() {
                    self.push(" because ");
                    self.push(&word::name(&reason.value));
                }
            }
            MetaValue::Flag => debug_assert!(meta.key == MetaKey::AllowTamperEvents),
        }
    }

    /// ` by A, B`, where there are any.
    fn by(&mut self, fields: &[FieldRef], indent: usize) {
        if !fields.is_empty() {
            self.push(" by ");
            self.series(&field_names(fields), indent);
        }
    }

    /// What stands between `when` and its body; steps go onto the worklist.
    fn when(&mut self, when: &'a When, indent: usize) {
        self.push("when ");
        match &when.asks {
            Asks::Events(least) => {
                let word = if least.value == 1 { "event" } else { "events" };
                self.push(&format!("{} {word}", least.value));
            }
            Asks::Distinct(least, fields) => {
                self.push(&format!("{} distinct ", least.value));
                self.series(&field_names(fields), indent);
            }
            Asks::Steps { ordered, steps } => {
                self.push(if *ordered { "in order {" } else { "in any order {" });
                self.jobs.push(Job::Window(when, indent));
                self.jobs.push(Job::Text("}"));
                self.jobs.push(Job::Line(indent));
                for step in steps.iter().rev() {
                    if !step.by.is_empty() {
                        self.jobs.push(Job::Owned(format!(" keyed by {}", field_names(&step.by).join(", "))));
                    }
                    self.jobs.push(Job::Condition(step.cond, indent + STEP));
                    self.jobs.push(Job::Step(&step.comments, indent + STEP));
                }
                return;
            }
        }
        self.window(when, indent);
    }

    fn window(&mut self, when: &When, indent: usize) {
        self.push(&format!(" within {}", when.within.value));
        if when.from_first_hit {
            self.push(" from first hit");
        }
        self.by(&when.by, indent);
        if let Some(name) = &when.name {
            self.push(" as ");
            self.push(&word::name(&name.value));
        }
        self.push(" {");
    }

    /// A list: on this line if it fits with `tail` more columns, else a member a line and a trailing comma.
    fn list(&mut self, items: &[String], indent: usize, tail: usize) {
        let width: usize = items.iter().map(|item| item.chars().count() + 2).sum::<usize>();
        if items.is_empty() || self.column + width + tail <= WIDTH {
            self.push("[");
            self.push(&items.join(", "));
            self.push("]");
            return;
        }
        self.push("[");
        for item in items {
            self.line(indent + STEP);
            self.push(item);
            self.push(",");
        }
        self.line(indent);
        self.push("]");
    }

    /// Members without brackets: on this line if they fit, else one a line.
    fn series(&mut self, items: &[String], indent: usize) {
        let width: usize = items.iter().map(|item| item.chars().count() + 2).sum::<usize>().saturating_sub(2);
        let fits = self.column + width <= WIDTH;
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(",");
                if fits {
                    self.push(" ");
                } else {
                    self.line(indent + STEP);
                }
            }
            self.push(item);
        }
    }

    fn stmt(&mut self, id: StmtId, indent: usize) {
        let stmt = self.def.stmt(id);
        self.comments(&stmt.comments, indent);
        self.line(indent);
        if stmt.disabled {
            self.push("disabled ");
        }
        self.kind(&stmt.kind, indent);
    }

    fn kind(&mut self, kind: &'a StmtKind, indent: usize) {
        let names = |texts: &[crate::ast::At<String>]| texts.iter().map(|t| word::name(&t.value)).collect::<Vec<_>>();
        match kind {
            StmtKind::If { arms, otherwise } => {
                self.jobs.push(Job::Text("}"));
                self.jobs.push(Job::Line(indent));
                if let Some(body) = otherwise {
                    self.jobs.extend(body.iter().rev().map(|id| Job::Stmt(*id, indent + STEP)));
                    self.jobs.push(Job::Text("} else {"));
                    self.jobs.push(Job::Line(indent));
                }
                for (i, arm) in arms.iter().enumerate().rev() {
                    self.jobs.extend(arm.body.iter().rev().map(|id| Job::Stmt(*id, indent + STEP)));
                    self.jobs.push(Job::Text(" {"));
                    self.jobs.push(Job::Condition(arm.cond, indent));
                    if i == 0 {
                        self.jobs.push(Job::Text("if"));
                    } else {
                        self.jobs.push(Job::Text("} else if"));
                        self.jobs.push(Job::Line(indent));
                    }
                }
            }
            StmtKind::Drop => self.push("drop"),
            StmtKind::Keep => self.push("keep"),
            StmtKind::Stop => self.push("stop"),
            StmtKind::Tag(tags) => {
                self.push("tag ");
                self.series(&names(tags), indent);
            }
            StmtKind::Untag(tags) => {
                self.push("untag ");
                self.series(&names(tags), indent);
            }
            StmtKind::Set { field, value } => {
                self.push("set ");
                self.push(&word::field(&field.name));
                self.push(" = ");
                self.push(&word::operand(value));
            }
            StmtKind::Remove(fields) => {
                self.push(if fields.len() == 1 { "remove field " } else { "remove fields " });
                let fields: Vec<String> = fields.iter().map(|field| word::field(&field.name)).collect();
                self.series(&fields, indent);
            }
            StmtKind::Send { via, template, to } => {
                self.push("send ");
                self.push(&word::bare_word(&via.value));
                if let Some(template) = template {
                    self.push(" using template ");
                    self.push(&word::name(&template.value));
                }
                if !to.is_empty() {
                    self.push(" to ");
                    self.list(&names(to), indent, 0);
                }
            }
            StmtKind::When { when, body } => {
                self.jobs.push(Job::Text("}"));
                self.jobs.push(Job::Line(indent));
                self.jobs.extend(body.iter().rev().map(|id| Job::Stmt(*id, indent + STEP)));
                self.when(when, indent);
            }
            StmtKind::Remember { name, length, by } => {
                self.push(&format!("remember {} for {}", word::name(&name.value), length.value));
                self.by(by, indent);
            }
            StmtKind::Forget { name, by } => {
                self.push(&format!("forget {}", word::name(&name.value)));
                self.by(by, indent);
            }
        }
    }
}

fn field_names(fields: &[FieldRef]) -> Vec<String> {
    fields.iter().map(|field| word::field(&field.name)).collect()
}

#[cfg(test)]
mod tests;
