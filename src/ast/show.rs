//! A tree as an outline, for tests.
//!
//! In: a definition. Out: one line a node, indented by depth, with everything but origins. Never here: the text language;
//! that a tree is shown otherwise than it is written keeps the tests of the two apart.

use std::fmt::Write as _;

use super::{
    Args, Asks, At, Base, CondId, CondKind, Definition, FieldRef, Literal, MetaValue, Operand, StmtId, StmtKind, Test,
};
use crate::dialect::Dialect;

/// The outline of a definition.
pub(crate) fn show(def: &Definition) -> String {
    let mut out = Outline { def, text: String::new() };
    for rule in &def.rules {
        out.comments(0, &rule.comments);
        let disabled = if rule.disabled { " disabled" } else { "" };
        out.line(0, format_args!("{} {:?}{disabled}", rule.kind.word(), rule.name.value));
        for meta in &rule.meta {
            let value = match &meta.value {
                MetaValue::Text(text) => format!("{text:?}"),
                MetaValue::Texts(texts) => values(texts),
                MetaValue::Severity(severity) => severity.word().to_string(),
                MetaValue::Date(day) => day.to_string(),
                MetaValue::Quiet(length, by) => format!("{} by {}", length.value, fields(by)),
                MetaValue::Allow(code, reason) => format!("{} {:?}", code.value, reason.value),
                MetaValue::Flag => String::new(),
            };
            out.line(1, format_args!("@{} {value}", meta.key.word()));
        }
        out.body(1, &rule.body);
    }
    out.comments(0, &def.comments);
    out.text
}

/// The outline of one condition.
pub(crate) fn show_condition(def: &Definition, id: CondId) -> String {
    let mut out = Outline { def, text: String::new() };
    out.cond(0, id);
    out.text
}

struct Outline<'a> {
    def: &'a Definition,
    text: String,
}

impl Outline<'_> {
    fn line(&mut self, depth: usize, what: std::fmt::Arguments<'_>) {
        let line = format!("{:indent$}{what}", "", indent = 2 * depth);
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn comments(&mut self, depth: usize, comments: &[String]) {
        for comment in comments {
            self.line(depth, format_args!("# {comment}"));
        }
    }

    fn body(&mut self, depth: usize, body: &[StmtId]) {
        for id in body {
            self.stmt(depth, *id);
        }
    }

    fn stmt(&mut self, depth: usize, id: StmtId) {
        let stmt = self.def.stmt(id);
        self.comments(depth, &stmt.comments);
        let disabled = if stmt.disabled { "disabled " } else { "" };
        match &stmt.kind {
            StmtKind::If { arms, otherwise } => {
                for (i, arm) in arms.iter().enumerate() {
                    self.line(depth, format_args!("{disabled}{}", if i == 0 { "if" } else { "else if" }));
                    self.cond(depth + 2, arm.cond);
                    self.body(depth + 1, &arm.body);
                }
                if let Some(body) = otherwise {
                    self.line(depth, format_args!("else"));
                    self.body(depth + 1, body);
                }
            }
            StmtKind::Drop => self.line(depth, format_args!("{disabled}drop")),
            StmtKind::Keep => self.line(depth, format_args!("{disabled}keep")),
            StmtKind::Stop => self.line(depth, format_args!("{disabled}stop")),
            StmtKind::Tag(tags) => self.line(depth, format_args!("{disabled}tag {}", values(tags))),
            StmtKind::Untag(tags) => self.line(depth, format_args!("{disabled}untag {}", values(tags))),
            StmtKind::Set { field, value } => {
                self.line(depth, format_args!("{disabled}set <{}> {}", field.name, operand(value)));
            }
            StmtKind::Remove(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                self.line(depth, format_args!("{disabled}remove <{}>", names.join("> <")));
            }
            StmtKind::Send { via, template, to } => {
                let template = template.as_ref().map_or("-", |template| template.value.as_str());
                self.line(depth, format_args!("{disabled}send {} template {template} to {}", via.value, values(to)));
            }
            StmtKind::When { when, body } => {
                let hit = if when.from_first_hit { " from first hit" } else { "" };
                let name = when.name.as_ref().map_or("-", |name| name.value.as_str());
                let rest = format!("within {}{hit} by {} as {name}", when.within.value, fields(&when.by));
                match &when.asks {
                    Asks::Events(least) => {
                        self.line(depth, format_args!("{disabled}when {} events {rest}", least.value))
                    }
                    Asks::Distinct(least, of) => {
                        let (least, of) = (least.value, fields(of));
                        self.line(depth, format_args!("{disabled}when {least} distinct {of} {rest}"));
                    }
                    Asks::Steps { ordered, steps } => {
                        self.line(depth, format_args!("{disabled}when ordered: {ordered} {rest}"));
                        for step in steps {
                            self.comments(depth + 2, &step.comments);
                            self.line(depth + 2, format_args!("step by {}", fields(&step.by)));
                            self.cond(depth + 3, step.cond);
                        }
                    }
                }
                self.body(depth + 1, body);
            }
            StmtKind::Remember { name, length, by } => {
                let (name, length) = (&name.value, length.value);
                self.line(depth, format_args!("{disabled}remember {name:?} for {length} by {}", fields(by)));
            }
            StmtKind::Forget { name, by } => {
                self.line(depth, format_args!("{disabled}forget {:?} by {}", name.value, fields(by)));
            }
        }
    }

    fn cond(&mut self, depth: usize, id: CondId) {
        let cond = self.def.cond(id);
        self.comments(depth, &cond.comments);
        match &cond.kind {
            CondKind::And(members) | CondKind::Or(members) => {
                let word = if matches!(cond.kind, CondKind::And(_)) { "and" } else { "or" };
                self.line(depth, format_args!("{word}"));
                for member in members {
                    self.cond(depth + 1, *member);
                }
            }
            CondKind::Not(inner) => {
                self.line(depth, format_args!("not"));
                self.cond(depth + 1, *inner);
            }
            CondKind::SomeOf { list, body } => {
                self.line(depth, format_args!("some of <{}>", list.name));
                self.cond(depth + 1, *body);
            }
            CondKind::Test(t) => self.line(depth, format_args!("{}", test(t))),
            CondKind::Const(value) => self.line(depth, format_args!("{value}")),
        }
    }
}

fn fields(fields: &[FieldRef]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    format!("<{}>", names.join("> <"))
}

fn values(texts: &[At<String>]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("{:?}", text.value)).collect();
    format!("[{}]", texts.join(" "))
}

fn test(test: &Test) -> String {
    let mut out = format!("{:?} {}", test.op.value, operand(&test.subject));
    match &test.args {
        Args::None => {}
        Args::One(value) => out += &format!(" {}", operand(value)),
        Args::Many { all, items, .. } => {
            let items: Vec<String> = items.iter().map(operand).collect();
            out += &format!(" {}[{}]", if *all { "all" } else { "any" }, items.join(" "));
        }
        Args::Table { name, column } => {
            out += &format!(" table {:?} column {:?}", name.value, column.as_ref().map(|column| &column.value));
        }
        Args::Class(class) => out += &format!(" {}", class.word()),
        Args::Events(names) => out += &format!(" {}", values(names)),
        Args::Rule(name) => out += &format!(" {:?}", name.value),
        Args::Remembered { name, least, by } => {
            out += &format!(" {:?} at least {} by {}", name.value, least.value, fields(by));
        }
        Args::Tags { all, tags } => out += &format!(" {}{}", if *all { "all" } else { "any" }, values(tags)),
    }
    for (on, word) in [(test.every, "every"), (test.cased, "cased"), (test.any_dash, "any-dash")] {
        if on {
            out += &format!(" {word}");
        }
    }
    if test.dialect != Dialect::Ours {
        out += &format!(" {:?}", test.dialect);
    }
    out
}

fn operand(operand: &Operand) -> String {
    let base = match &operand.base {
        Base::Field(field) => format!("<{}>", field.name),
        Base::AnyField => "any-field".to_string(),
        Base::AnyProcessGuid => "any-processguid".to_string(),
        Base::Hash(kind) => format!("hash:{}", kind.word()),
        Base::Lookup(lookup) => {
            format!("lookup:{:?}:{:?}({})", lookup.table.value, lookup.column.value, self::operand(&lookup.of))
        }
        Base::Event => "event".to_string(),
        Base::Literal(literal) => match literal {
            Literal::Text(text) => format!("{text:?}"),
            Literal::Bool(value) => value.to_string(),
            Literal::Number { value, written } => format!("{}({written})", value.text()),
            Literal::Address(address) => format!("address({})", address.written),
            Literal::Network { value, .. } => format!("network({value})"),
            Literal::Time { value, .. } => format!("time({value})"),
        },
    };
    operand.through.iter().fold(base, |inner, function| format!("{function:?}({inner})"))
}
