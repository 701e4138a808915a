//! A pattern as a tree, in an arena.
//!
//! In: nodes, children before their parents. Out: the same. Never here: meaning. Each node knows its flags, for libbeat compares them.

/// Index of a node.
pub(super) type Id = u32;

/// Flags of a node: those that `(?imsU)` set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    /// `i`: case is ignored.
    pub(super) const FOLD: u8 = 1;
    /// `m`: `^` and `$` are those of lines.
    pub(super) const LINES: u8 = 2;
    /// `s`: `.` takes line ends.
    pub(super) const DOT_ALL: u8 = 4;
    /// `U`, and `?` behind a repetition: few before many.
    pub(super) const LAZY: u8 = 8;

    pub(super) fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    pub(super) fn set(&mut self, flag: u8, on: bool) {
        self.0 = if on { self.0 | flag } else { self.0 & !flag };
    }

    pub(super) fn toggled(self, flag: u8) -> Flags {
        Flags(self.0 ^ flag)
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Op {
    /// Nothing.
    Empty,
    /// Characters in a row.
    Literal(String),
    /// One of a set: the text between the brackets of a class of the `regex` crate, and whether the set is negated.
    Class(String, bool),
    /// `.`
    Dot,
    /// `^` without `m`, `\A`
    BeginText,
    /// `$` without `m`; `\z` where it is false
    EndText(bool),
    /// `^` with `m`
    BeginLine,
    /// `$` with `m`
    EndLine,
    /// `\b`, `\B` where it is false
    WordEdge(bool),
    /// A group that captures.
    Capture(Id),
    /// `*`
    Star(Id),
    /// `+`
    Plus(Id),
    /// `?`
    Quest(Id),
    /// `{n}`, `{n,}`, `{n,m}`
    Repeat(Id, u32, Option<u32>),
    /// One after the other.
    Concat(Vec<Id>),
    /// One or the other.
    Alternate(Vec<Id>),
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) op: Op,
    pub(super) flags: Flags,
    /// Levels below and including it.
    pub(super) depth: u32,
    /// The most copies of one thing that repetitions in it ask for.
    pub(super) copies: u64,
    /// Levels once Go has written repetitions out: `a{1,3}` is `a(?:a(?:a)?)?`. Captures are none, libbeat throws them out.
    pub(super) written_out: u64,
}

/// The nodes and the root.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    pub(super) root: Id,
}

/// What an index that is none stands for; no tree has one.
const NOTHING: Node = Node { op: Op::Empty, flags: Flags(0), depth: 1, copies: 1, written_out: 1 };

impl Tree {
    pub(super) fn add(&mut self, op: Op, flags: Flags) -> Id {
        let (depth, copies) = match &op {
            Op::Capture(sub) | Op::Star(sub) | Op::Plus(sub) | Op::Quest(sub) => self.below(&[*sub]),
            Op::Repeat(sub, least, most) => {
                let (depth, copies) = self.below(&[*sub]);
                match most {
                    Some(0) => (depth, 1),
                    _ => (depth, copies.saturating_mul(u64::from(most.unwrap_or(*least).max(1)))),
                }
            }
            Op::Concat(subs) | Op::Alternate(subs) => self.below(subs),
            Op::Empty
            | Op::Literal(_)
            | Op::Class(..)
            | Op::Dot
            | Op::BeginText
            | Op::EndText(_)
            | Op::BeginLine
            | Op::EndLine
            | Op::WordEdge(_) => (0, 1),
        };
        let written_out = self.written_out(&op);
        let id = Id::try_from(self.nodes.len()).unwrap_or(Id::MAX);
        self.nodes.push(Node { op, flags, depth: depth + 1, copies, written_out });
        id
    }

    fn written_out(&self, op: &Op) -> u64 {
        let of = |sub: &Id| self.node(*sub).written_out;
        match op {
            Op::Capture(sub) => of(sub),
            Op::Star(sub) | Op::Plus(sub) | Op::Quest(sub) => of(sub) + 1,
            Op::Repeat(_, _, Some(0)) => 1,
            Op::Repeat(sub, 0 | 1, None) => of(sub) + 1,
            Op::Repeat(sub, _, None) => of(sub) + 2,
            Op::Repeat(sub, 1, Some(1)) => of(sub),
            // Each copy that may be missing holds the next one: a row and a question mark, but for the innermost.
            Op::Repeat(sub, least, Some(most)) => match u64::from(most.saturating_sub(*least)) {
                0 => of(sub) + 1,
                open => of(sub) + 2 * open - 1 + u64::from(*least > 0),
            },
            // A row in a row is one row.
            Op::Concat(subs) => 1 + subs.iter().map(|sub| of(sub) - u64::from(self.is_row(*sub))).max().unwrap_or(0),
            Op::Alternate(subs) => 1 + subs.iter().map(of).max().unwrap_or(0),
            Op::Empty
            | Op::Literal(_)
            | Op::Class(..)
            | Op::Dot
            | Op::BeginText
            | Op::EndText(_)
            | Op::BeginLine
            | Op::EndLine
            | Op::WordEdge(_) => 1,
        }
    }

    /// Does a repetition become a row when it is written out?
    fn is_row(&self, id: Id) -> bool {
        matches!(self.op(id), Op::Repeat(_, least, most)
            if *least > 0 && !matches!((least, most), (_, Some(0)) | (1, Some(1) | None)))
    }

    fn below(&self, subs: &[Id]) -> (u32, u64) {
        let nodes = subs.iter().map(|sub| self.node(*sub));
        nodes.fold((0, 1), |(depth, copies), node| (depth.max(node.depth), copies.max(node.copies)))
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&NOTHING)
    }

    pub(super) fn op(&self, id: Id) -> &Op {
        &self.node(id).op
    }

    /// Equal in structure and in flags. As deep as the tree.
    pub(super) fn equal(&self, a: Id, b: Id) -> bool {
        let (left, right) = (self.node(a), self.node(b));
        let all = |a: &[Id], b: &[Id]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.equal(*a, *b));
        a == b
            || left.flags == right.flags
                && match (&left.op, &right.op) {
                    (Op::Capture(a), Op::Capture(b))
                    | (Op::Star(a), Op::Star(b))
                    | (Op::Plus(a), Op::Plus(b))
                    | (Op::Quest(a), Op::Quest(b)) => self.equal(*a, *b),
                    (Op::Repeat(a, least, most), Op::Repeat(b, other_least, other_most)) => {
                        least == other_least && most == other_most && self.equal(*a, *b)
                    }
                    (Op::Concat(a), Op::Concat(b)) | (Op::Alternate(a), Op::Alternate(b)) => all(a, b),
                    (a, b) => a == b,
                }
    }
}
