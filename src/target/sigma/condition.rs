//! Conditions as detections with names, and what joins them.
//!
//! In: a condition of a tree. Out: detections and the text of Sigma's `condition`. Never here: what a test is in Sigma.
//!
//! Tests that must all hold stand in one detection; an `or` of such is a list of them. What is negated is called `filter`, as people do. The
//! walk goes as deep as a condition may be nested.

use super::Writer;
use super::detection::Item;
use crate::ast::{Args, CondId, CondKind, Operator, Test};

/// What stands below `detection`, but for the condition.
#[derive(Debug, Default)]
pub(super) struct Detections {
    named: Vec<(String, Block)>,
}

#[derive(Debug)]
enum Block {
    /// All of them.
    Map(Vec<Item>),
    /// One of them.
    List(Vec<Vec<Item>>),
}

/// What joins detections.
enum Expr {
    Name(String),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
}

impl Writer<'_> {
    /// Detections for conditions that all hold.
    pub(super) fn detections(&mut self, members: &[CondId]) -> Option<(Detections, String)> {
        let mut into = Detections::default();
        let expr = self.all(members, &mut into, false)?;
        let mut condition = String::new();
        write(&expr, 0, &mut condition);
        Some((into, condition))
    }

    fn expr(&mut self, id: CondId, into: &mut Detections, negated: bool) -> Option<Expr> {
        let cond = self.definition.cond(id);
        Some(match &cond.kind {
            CondKind::And(members) => self.all(members, into, negated)?,
            CondKind::Or(members) => self.any(members, into, negated)?,
            CondKind::Not(inside) => match self.missing(id)? {
                Some(item) => into.add(Block::Map(vec![item]), negated),
                None => Expr::Not(Box::new(self.expr(*inside, into, !negated)?)),
            },
            CondKind::Test(test) => {
                let items = self.items(test, false)?;
                into.add(Block::Map(items), negated)
            }
            CondKind::SomeOf { .. } => {
                let help = "ask about a field that the event has once";
                return self.unsaid(cond.origin, "Sigma has no elements of lists: `some of`", help);
            }
            CondKind::Const(_) => {
                return self.unsaid(cond.origin, "`true` and `false` are no detections", "write what is looked for");
            }
        })
    }

    /// Tests in one detection where their fields differ, everything else for itself.
    fn all(&mut self, members: &[CondId], into: &mut Detections, negated: bool) -> Option<Expr> {
        let mut maps: Vec<Vec<Item>> = Vec::new();
        let mut others = Vec::new();
        for &member in members {
            let Some(items) = self.plain(member)? else {
                others.push(member);
                continue;
            };
            for item in items {
                // Keywords have no key of their own, and a key stands once.
                let free = |map: &&mut Vec<Item>| {
                    !item.key.is_empty() && map.iter().all(|other| other.key != item.key && !other.key.is_empty())
                };
                match maps.iter_mut().find(free) {
                    Some(map) => map.push(item),
                    None => maps.push(vec![item]),
                }
            }
        }
        let mut exprs: Vec<Expr> = maps.into_iter().map(|map| into.add(Block::Map(map), negated)).collect();
        for member in others {
            exprs.push(self.expr(member, into, negated)?);
        }
        Some(one_or(exprs, Expr::And))
    }

    fn any(&mut self, members: &[CondId], into: &mut Detections, negated: bool) -> Option<Expr> {
        let mut maps = Vec::new();
        let mut others = Vec::new();
        for &member in members {
            let map = match &self.definition.cond(member).kind {
                CondKind::And(inner) => self.map(inner)?,
                _other => self.plain(member)?,
            };
            match map.filter(|map| map.iter().all(|item| !item.key.is_empty())) {
                Some(map) => maps.push(map),
                None => others.push(member),
            }
        }
        let mut exprs = Vec::new();
        match maps.len() {
            0 => {}
            1 => exprs.extend(maps.pop().map(|map| into.add(Block::Map(map), negated))),
            _ => exprs.push(into.add(Block::List(maps), negated)),
        }
        for member in others {
            exprs.push(self.expr(member, into, negated)?);
        }
        Some(one_or(exprs, Expr::Or))
    }

    /// Members that are one map, if they are.
    fn map(&mut self, members: &[CondId]) -> Option<Option<Vec<Item>>> {
        let mut map: Vec<Item> = Vec::new();
        for &member in members {
            let Some(items) = self.plain(member)? else { return Some(None) };
            for item in items {
                if map.iter().any(|other| other.key == item.key) {
                    return Some(None);
                }
                map.push(item);
            }
        }
        Some(Some(map))
    }

    /// The items of a condition that is one test, or asks whether a field is missing.
    fn plain(&mut self, id: CondId) -> Option<Option<Vec<Item>>> {
        match &self.definition.cond(id).kind {
            CondKind::Test(test) => Some(Some(self.items(test, false)?)),
            CondKind::Not(_) => Some(self.missing(id)?.map(|item| vec![item])),
            CondKind::And(_) | CondKind::Or(_) | CondKind::SomeOf { .. } | CondKind::Const(_) => Some(None),
        }
    }

    /// `is missing`, which is null in Sigma.
    fn missing(&mut self, id: CondId) -> Option<Option<Item>> {
        let CondKind::Not(inside) = self.definition.cond(id).kind else { return Some(None) };
        let CondKind::Test(test) = &self.definition.cond(inside).kind else { return Some(None) };
        let exists = |test: &Test| test.op.value == Operator::Exists && matches!(test.args, Args::None);
        if !exists(test) {
            return Some(None);
        }
        let mut items = self.items(test, true)?;
        Some(items.pop())
    }
}

impl Detections {
    fn add(&mut self, block: Block, negated: bool) -> Expr {
        let stem = if negated { "filter" } else { "selection" };
        let names = std::iter::once(stem.to_string()).chain((2..).map(|n| format!("{stem}_{n}")));
        let taken = |name: &String| self.named.iter().any(|(known, _)| known == name);
        let name = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
        self.named.push((name.clone(), block));
        Expr::Name(name)
    }

    /// As lines of YAML, each detection indented by `indent` blanks.
    pub(super) fn yaml(&self, indent: usize) -> String {
        let mut out = String::new();
        let pad = " ".repeat(indent);
        for (name, block) in &self.named {
            out.push_str(&format!("{pad}{name}:\n"));
            match block {
                Block::Map(items) => write_items(items, &" ".repeat(indent + 4), "", &mut out),
                Block::List(maps) => {
                    for map in maps {
                        write_items(map, &" ".repeat(indent + 4), "- ", &mut out);
                    }
                }
            }
        }
        out
    }
}

/// Items below each other; `dash` stands before the first, and the others are indented as far.
fn write_items(items: &[Item], pad: &str, dash: &str, out: &mut String) {
    for (at, item) in items.iter().enumerate() {
        let lead = if at == 0 { dash.to_string() } else { " ".repeat(dash.len()) };
        let inner = " ".repeat(pad.len() + dash.len() + 4);
        // Keywords have no key: their values are the list.
        if item.key.is_empty() {
            for value in &item.values {
                out.push_str(&format!("{pad}- {value}\n"));
            }
            continue;
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.|".contains(c);
        let key = match item.key.starts_with(|c: char| c.is_ascii_alphabetic()) && item.key.chars().all(plain) {
            true => item.key.clone(),
            false => super::yaml::quoted(&item.key),
        };
        match item.values.as_slice() {
            [one] => out.push_str(&format!("{pad}{lead}{key}: {one}\n")),
            values => {
                out.push_str(&format!("{pad}{lead}{key}:\n"));
                for value in values {
                    out.push_str(&format!("{inner}- {value}\n"));
                }
            }
        }
    }
}

fn one_or(mut exprs: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match (exprs.len(), exprs.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            exprs.extend(last);
            join(exprs)
        }
    }
}

/// `around`: 0 nothing, 1 an `or`, 2 an `and`, 3 a `not`.
fn write(expr: &Expr, around: u8, out: &mut String) {
    let (members, word, own) = match expr {
        Expr::Name(name) => {
            out.push_str(name);
            return;
        }
        Expr::Not(inside) => {
            out.push_str("not ");
            write(inside, 3, out);
            return;
        }
        Expr::And(members) => (members, " and ", 2),
        Expr::Or(members) => (members, " or ", 1),
    };
    // An `and` inside an `and` was one in the tree: it needs its parentheses to be read back as it is.
    let parens = around >= own;
    if parens {
        out.push('(');
    }
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            out.push_str(word);
        }
        write(member, own, out);
    }
    if parens {
        out.push(')');
    }
}
