//! Conditions as detections with names, and what joins them.
//!
//! In: a condition of a tree. Out: detections and the text of Sigma's `condition`. Never here: what a test is in Sigma.
//!
//! Tests that must all hold stand in one detection; an `or` of such is a list of them. What is negated is called `filter`, as people do. Very many
//! that are joined alike are one list, or named together by `all of` and `1 of`. The walk goes as deep as a condition may be nested.

use rustc_hash::FxHashMap;

use super::Writer;
use super::detection::Item;
use crate::ast::{Args, CondId, CondKind, Operator, Test};

/// Detections of one join that are named one by one; more are named together.
const NAMED: usize = 40;

/// What stands below `detection`, but for the condition.
#[derive(Debug, Default)]
pub(super) struct Detections {
    named: Vec<(String, Block)>,
    /// How many have a name that begins so.
    counts: FxHashMap<String, usize>,
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
    /// `all of`, or `1 of`, those whose names begin so.
    Of(bool, String),
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
        // Which of them are no keywords, and how many of these have a key: a key stands once in a map, and keywords have none.
        let mut keyed: Vec<usize> = Vec::new();
        let mut having: FxHashMap<String, usize> = FxHashMap::default();
        let (mut others, mut negatives) = (Vec::new(), Vec::new());
        let mut plain = Vec::new();
        for (at, &member) in members.iter().enumerate() {
            match (self.plain(member)?, self.negated_test(member)) {
                (Some(items), _) => plain.extend(items),
                (None, Some(inside)) => negatives.push((at, member, inside)),
                (None, None) => others.push((at, member)),
            }
        }
        for item in gathered(plain, "|all") {
            if item.key.is_empty() {
                maps.push(vec![item]);
                continue;
            }
            let count = having.entry(item.key.clone()).or_default();
            match keyed.get(*count).and_then(|at| maps.get_mut(*at)) {
                Some(map) => map.push(item),
                None => {
                    keyed.push(maps.len());
                    maps.push(vec![item]);
                }
            }
            *count += 1;
        }
        let mut exprs = into.add_all(maps.into_iter().map(Block::Map).collect(), negated, true);
        if negatives.len() > NAMED {
            let (mut blocks, mut single) = (Vec::new(), Vec::new());
            for (_, _, inside) in negatives.drain(..) {
                match self.plain(inside)?.unwrap_or_default() {
                    mut items if items.len() == 1 => single.append(&mut items),
                    items => blocks.push(Block::Map(items)),
                }
            }
            blocks.extend(gathered(single, "").into_iter().map(|item| Block::Map(vec![item])));
            exprs.extend(into.add_all(blocks, !negated, false).into_iter().map(|expr| Expr::Not(Box::new(expr))));
        }
        // In their order.
        others.extend(negatives.into_iter().map(|(at, member, _)| (at, member)));
        others.sort_unstable();
        for (_, member) in others {
            exprs.push(self.expr(member, into, negated)?);
        }
        Some(one_or(exprs, Expr::And))
    }

    /// What a condition negates, if that is a test.
    fn negated_test(&self, id: CondId) -> Option<CondId> {
        let CondKind::Not(inside) = self.definition.cond(id).kind else { return None };
        matches!(self.definition.cond(inside).kind, CondKind::Test(_)).then_some(inside)
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
        let count = self.counts.entry(stem.to_string()).or_default();
        *count += 1;
        let name = if *count == 1 { stem.to_string() } else { format!("{stem}_{count}") };
        self.named.push((name.clone(), block));
        Expr::Name(name)
    }

    /// Blocks that are joined, as `all` of them or one: each by its name, and very many as one.
    fn add_all(&mut self, blocks: Vec<Block>, negated: bool, all: bool) -> Vec<Expr> {
        if blocks.len() <= NAMED {
            return blocks.into_iter().map(|block| self.add(block, negated)).collect();
        }
        let stem = if negated { "filters" } else { "selections" };
        let count = self.counts.entry(stem.to_string()).or_default();
        *count += 1;
        let stem = format!("{stem}_{count}_");
        self.named.extend((1..).zip(blocks).map(|(at, block): (usize, Block)| (format!("{stem}{at}"), block)));
        vec![Expr::Of(all, stem)]
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
        let key = super::yaml::key(&item.key);
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

/// Items of which very many have one key and a value each: as one item of all these values, where `modifier` says whether it asks for all.
fn gathered(items: Vec<Item>, modifier: &str) -> Vec<Item> {
    let fits = |item: &Item| item.values.len() == 1 && !item.key.is_empty() && !item.key.ends_with("|all");
    let mut counts: FxHashMap<String, usize> = FxHashMap::default();
    for item in items.iter().filter(|item| fits(item)) {
        *counts.entry(item.key.clone()).or_default() += 1;
    }
    counts.retain(|_, count| *count > NAMED);
    if counts.is_empty() {
        return items;
    }
    let mut all: Vec<Item> = Vec::new();
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    for mut item in items {
        if !fits(&item) || !counts.contains_key(&item.key) {
            all.push(item);
            continue;
        }
        match places.get(&item.key).and_then(|at| all.get_mut(*at)) {
            Some(known) => known.values.append(&mut item.values),
            None => {
                places.insert(item.key.clone(), all.len());
                item.key.push_str(modifier);
                all.push(item);
            }
        }
    }
    all
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
        Expr::Of(all, stem) => {
            out.push_str(&format!("{} of {stem}*", if *all { "all" } else { "1" }));
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
