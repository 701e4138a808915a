//! Go's syntax of patterns, read into a tree.
//!
//! In: a pattern. Out: its tree, or the first fault with its place. Never here: recursion; open groups are a list, and no tree is deeper than the
//! limit. Where libbeat's conditions see no difference, the tree is simpler than Go's: characters that stand alone between bars are no class.

use super::Fault;
use super::class::{self, Class};
use super::escape::{self, Escape};
use super::fold;
use super::tree::{Flags, Id, Op, Tree};
use crate::dialect::AgentVersion;

/// Levels of a tree; Go allows 1000.
const DEPTH: u32 = 90;
/// The most repetitions, and the most copies of one thing that nested ones ask for.
const REPETITIONS: u32 = 1000;
/// From here on agents are built with a Go that knows `(?<name>`.
const SHORT_NAMES: AgentVersion = AgentVersion { major: 8, minor: 15 };

/// A group that is open: what stands before the last bar, and behind it.
struct Open {
    /// Where its parenthesis is.
    at: usize,
    captures: bool,
    /// The flags outside of it.
    outside: Flags,
    branches: Vec<Id>,
    items: Vec<Id>,
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    version: AgentVersion,
    flags: Flags,
    tree: Tree,
    /// The group that is read; the whole pattern is one.
    open: Open,
    /// Those around it.
    outer: Vec<Open>,
}

pub(super) fn parse(text: &str, version: AgentVersion) -> Result<Tree, Fault> {
    let open = Open { at: 0, captures: false, outside: Flags::default(), branches: Vec::new(), items: Vec::new() };
    let (flags, tree) = (Flags::default(), Tree::default());
    let mut parser = Parser { text, at: 0, version, flags, tree, open, outer: Vec::new() };
    parser.run()?;
    let Parser { mut tree, open, outer, .. } = parser;
    if !outer.is_empty() {
        return Err(Fault::bad(open.at, "this parenthesis is never closed"));
    }
    tree.root = alternate(&mut tree, open)?;
    Ok(tree)
}

impl<'a> Parser<'a> {
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn push(&mut self, op: Op) {
        let id = self.tree.add(op, self.flags);
        self.open.items.push(id);
    }

    /// A class of one character, or of one in both its cases, is a text to Go.
    fn class(&mut self, class: Class) {
        let mut members = class.members.filter(|_| !class.negated).unwrap_or_default();
        if self.flags.has(Flags::FOLD) {
            members = members.into_iter().flat_map(fold::same).collect();
        }
        crate::order::sort(&mut members);
        members.dedup();
        let fold = match members.as_slice() {
            [_] => false,
            [low, _] if fold::same(*low) == members => true,
            _ => return self.push(Op::Class(class.inside, class.negated)),
        };
        let mut flags = self.flags;
        flags.set(Flags::FOLD, fold);
        let text = members.into_iter().take(1).collect();
        let id = self.tree.add(Op::Literal(text), flags);
        self.open.items.push(id);
    }

    fn run(&mut self) -> Result<(), Fault> {
        // Does a repetition stand right before?
        let mut repeated = false;
        while let Some(c) = self.peek() {
            let from = self.at;
            let repeats = match c {
                '*' | '+' | '?' => Some((if c == '+' { 1 } else { 0 }, if c == '?' { Some(1) } else { None }, 1)),
                '{' => self.bounds()?,
                _ => None,
            };
            if let Some((least, most, len)) = repeats {
                self.at += len;
                self.repeat(from, c, least, most, repeated)?;
                repeated = true;
                continue;
            }
            repeated = false;
            match c {
                '(' if self.rest().starts_with("(?") => self.flags_or_group()?,
                '(' => {
                    self.at += 1;
                    self.open_group(from, true);
                }
                ')' => self.close()?,
                '|' => {
                    self.at += 1;
                    let items = std::mem::take(&mut self.open.items);
                    let branch = concat(&mut self.tree, items)?;
                    self.open.branches.push(branch);
                }
                '^' => {
                    self.at += 1;
                    let lines = self.flags.has(Flags::LINES);
                    self.push(if lines { Op::BeginLine } else { Op::BeginText });
                }
                '$' => {
                    self.at += 1;
                    let lines = self.flags.has(Flags::LINES);
                    self.push(if lines { Op::EndLine } else { Op::EndText(true) });
                }
                '.' => {
                    self.at += 1;
                    self.push(Op::Dot);
                }
                '[' => {
                    let class = class::bracketed(self)?;
                    self.class(class);
                }
                '\\' => self.escape()?,
                other => {
                    self.at += other.len_utf8();
                    self.push(Op::Literal(other.to_string()));
                }
            }
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let simple = match self.text.as_bytes().get(self.at + 1) {
            Some(b'A') => Some(Op::BeginText),
            Some(b'z') => Some(Op::EndText(false)),
            Some(b'b') => Some(Op::WordEdge(true)),
            Some(b'B') => Some(Op::WordEdge(false)),
            Some(b'Q') => {
                let rest = self.text.get(self.at + 2..).unwrap_or_default();
                let (literal, skipped) =
                    rest.split_once("\\E").map_or((rest, rest.len()), |(literal, _)| (literal, literal.len() + 2));
                for c in literal.chars() {
                    self.push(Op::Literal(c.to_string()));
                }
                self.at += 2 + skipped;
                return Ok(());
            }
            _ => None,
        };
        if let Some(op) = simple {
            self.at += 2;
            self.push(op);
            return Ok(());
        }
        let op = match escape::escape(self)? {
            Escape::Char(c) => Op::Literal(c.to_string()),
            Escape::Nothing => Op::Class(class::ALL.to_string(), true),
            Escape::Set(inside, negated) => Op::Class(inside, negated),
        };
        self.push(op);
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}`, with its length; `None` where the brace is a character.
    fn bounds(&self) -> Result<Option<(u32, Option<u32>, usize)>, Fault> {
        let Some((inside, _)) = self.rest().get(1..).and_then(|rest| rest.split_once('}')) else { return Ok(None) };
        let number = |digits: &str| {
            let written = !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0'));
            // What does not fit is too large in any case.
            written.then(|| digits.parse::<u32>().unwrap_or(u32::MAX))
        };
        let (least, most) = match inside.split_once(',') {
            None => (number(inside), number(inside).map(Some)),
            Some((least, "")) => (number(least), Some(None)),
            Some((least, most)) => (number(least), number(most).map(Some)),
        };
        let (Some(least), Some(most)) = (least, most) else { return Ok(None) };
        if least > REPETITIONS || most.is_some_and(|most| most > REPETITIONS || most < least) {
            return Err(Fault::bad(
                self.at,
                format!("repetitions are from 0 to {REPETITIONS}, the first number not above the second"),
            ));
        }
        Ok(Some((least, most, inside.len() + 2)))
    }

    fn repeat(&mut self, from: usize, c: char, least: u32, most: Option<u32>, repeated: bool) -> Result<(), Fault> {
        let mut flags = self.flags;
        if self.peek() == Some('?') {
            self.at += 1;
            flags = flags.toggled(Flags::LAZY);
        }
        if repeated {
            return Err(Fault::bad(from, "a repetition of a repetition; put the inner one into a group"));
        }
        let Some(sub) = self.open.items.pop() else {
            return Err(Fault::bad(from, format!("nothing stands before this `{c}` that it could repeat")));
        };
        let op = match c {
            '*' => Op::Star(sub),
            '+' => Op::Plus(sub),
            '?' => Op::Quest(sub),
            _ => Op::Repeat(sub, least, most),
        };
        let counted = matches!(op, Op::Repeat(..)) && (least >= 2 || most.is_some_and(|most| most >= 2));
        let id = self.tree.add(op, flags);
        if counted && self.tree.node(id).copies > u64::from(REPETITIONS) {
            return Err(Fault::bad(from, format!("nested repetitions ask for more than {REPETITIONS} copies")));
        }
        self.open.items.push(id);
        deep(&self.tree, id, from)
    }

    fn open_group(&mut self, at: usize, captures: bool) {
        let outside = self.flags;
        let group = Open { at, captures, outside, branches: Vec::new(), items: Vec::new() };
        self.outer.push(std::mem::replace(&mut self.open, group));
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(around) = self.outer.pop() else {
            return Err(Fault::bad(self.at, "this parenthesis closes nothing"));
        };
        let group = std::mem::replace(&mut self.open, around);
        let (captures, outside, at) = (group.captures, group.outside, group.at);
        self.at += 1;
        let mut id = alternate(&mut self.tree, group)?;
        self.flags = outside;
        if captures {
            id = self.tree.add(Op::Capture(id), outside);
        }
        self.open.items.push(id);
        deep(&self.tree, id, at)
    }

    /// What begins with `(?`: a name, flags, or a group without a capture.
    fn flags_or_group(&mut self) -> Result<(), Fault> {
        let from = self.at;
        if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| self.rest().starts_with(look)) {
            return Err(Fault::bad(from, "Go knows no look-around: no linear engine does"));
        }
        let long = self.rest().starts_with("(?P<");
        if long || self.version >= SHORT_NAMES && self.rest().starts_with("(?<") {
            self.at += if long { 4 } else { 3 };
            let Some((name, _)) = self.rest().split_once('>') else {
                return Err(Fault::bad(from, "the name of this group has no `>` behind it"));
            };
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(Fault::bad(self.at, "the name of a group is of ASCII letters, digits and underscores"));
            }
            self.at += name.len() + 1;
            self.open_group(from, true);
            return Ok(());
        }
        self.at += 2;
        let mut flags = self.flags;
        let (mut on, mut any) = (true, false);
        loop {
            let here = self.at;
            match self.bump() {
                Some('i') => flags.set(Flags::FOLD, on),
                Some('m') => flags.set(Flags::LINES, on),
                Some('s') => flags.set(Flags::DOT_ALL, on),
                Some('U') => flags.set(Flags::LAZY, on),
                Some('-') if on => {
                    (on, any) = (false, false);
                    continue;
                }
                Some(end @ (':' | ')')) if on || any => {
                    if end == ':' {
                        self.open_group(from, false);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                Some('<') => {
                    return Err(Fault::bad(from, "the Go of this version knows no such name; write (?P<name>"));
                }
                Some(c) => {
                    return Err(Fault::bad(
                        here,
                        format!("Go does not know `{c}` here; it knows the flags i, m, s and U"),
                    ));
                }
                None => return Err(Fault::bad(from, "this group is never closed")),
            }
            any = true;
        }
    }
}

fn deep(tree: &Tree, id: Id, at: usize) -> Result<(), Fault> {
    if tree.node(id).depth > DEPTH {
        return Err(Fault::too_large(at, format!("this is nested more than {DEPTH} deep")));
    }
    Ok(())
}

/// A row of items: rows in it are part of it, and literals of one way of looking at case grow together.
fn concat(tree: &mut Tree, items: Vec<Id>) -> Result<Id, Fault> {
    let mut row: Vec<Id> = Vec::with_capacity(items.len());
    let mut literal: Option<(String, Flags)> = None;
    for id in items {
        let parts = match tree.op(id) {
            Op::Concat(inner) => inner.clone(),
            _ => vec![id],
        };
        for id in parts {
            let node = tree.node(id);
            let flags = node.flags;
            match (&node.op, &mut literal) {
                (Op::Literal(more), Some((text, before))) if before.has(Flags::FOLD) == flags.has(Flags::FOLD) => {
                    text.push_str(more);
                }
                (Op::Literal(text), _) => {
                    let before = literal.replace((text.clone(), flags));
                    row.extend(before.map(|(text, flags)| tree.add(Op::Literal(text), flags)));
                }
                _ => {
                    row.extend(literal.take().map(|(text, flags)| tree.add(Op::Literal(text), flags)));
                    row.push(id);
                }
            }
        }
    }
    row.extend(literal.map(|(text, flags)| tree.add(Op::Literal(text), flags)));
    let id = match row.as_slice() {
        [] => tree.add(Op::Empty, Flags::default()),
        [one] => *one,
        _ => tree.add(Op::Concat(row), Flags::default()),
    };
    deep(tree, id, 0).map(|()| id)
}

fn alternate(tree: &mut Tree, group: Open) -> Result<Id, Fault> {
    let last = concat(tree, group.items)?;
    let mut branches = Vec::with_capacity(group.branches.len() + 1);
    for id in group.branches.into_iter().chain([last]) {
        match tree.op(id) {
            Op::Alternate(inner) => branches.extend(inner.clone()),
            _ => branches.push(id),
        }
    }
    let id = match branches.as_slice() {
        [one] => *one,
        _ => tree.add(Op::Alternate(branches), Flags::default()),
    };
    deep(tree, id, group.at).map(|()| id)
}
