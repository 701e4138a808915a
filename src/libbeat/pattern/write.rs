//! A tree, written for the `regex` crate.
//!
//! In: a tree. Out: a pattern that is found in the same texts. Never here: captures and greediness, on which no answer depends. As deep as the tree.

use std::fmt::Write;

use super::tree::{Flags, Id, Op, Tree};

pub(super) fn write(tree: &Tree) -> String {
    let mut out = String::new();
    node(tree, tree.root, &mut out);
    out
}

fn node(tree: &Tree, id: Id, out: &mut String) {
    let flags = tree.node(id).flags;
    match tree.op(id) {
        Op::Empty => out.push_str("(?:)"),
        Op::Literal(text) => folded(flags, out, |out| out.push_str(&regex_syntax::escape(text))),
        Op::Class(inside, negated) => folded(flags, out, |out| {
            out.push_str(if *negated { "[^" } else { "[" });
            out.push_str(inside);
            out.push(']');
        }),
        Op::Dot => out.push_str(if flags.has(Flags::DOT_ALL) { "(?s:.)" } else { "." }),
        Op::BeginText => out.push('^'),
        Op::EndText(_) => out.push('$'),
        Op::BeginLine => out.push_str("(?m:^)"),
        Op::EndLine => out.push_str("(?m:$)"),
        Op::WordEdge(true) => out.push_str(r"(?-u:\b)"),
        Op::WordEdge(false) => out.push_str(r"(?-u:\B)"),
        Op::Capture(sub) => grouped(tree, *sub, out),
        Op::Star(sub) => repeated(tree, *sub, "*", out),
        Op::Plus(sub) => repeated(tree, *sub, "+", out),
        Op::Quest(sub) => repeated(tree, *sub, "?", out),
        Op::Repeat(sub, least, most) => {
            let bounds = match most {
                None => format!("{{{least},}}"),
                Some(most) if most == least => format!("{{{least}}}"),
                Some(most) => format!("{{{least},{most}}}"),
            };
            repeated(tree, *sub, &bounds, out);
        }
        Op::Concat(subs) => {
            for sub in subs {
                match tree.op(*sub) {
                    Op::Alternate(_) => grouped(tree, *sub, out),
                    _ => node(tree, *sub, out),
                }
            }
        }
        Op::Alternate(subs) => {
            for (at, sub) in subs.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                node(tree, *sub, out);
            }
        }
    }
}

fn grouped(tree: &Tree, id: Id, out: &mut String) {
    out.push_str("(?:");
    node(tree, id, out);
    out.push(')');
}

fn repeated(tree: &Tree, sub: Id, bounds: &str, out: &mut String) {
    let alone = match tree.op(sub) {
        Op::Literal(text) => text.chars().nth(1).is_none(),
        Op::Class(..) | Op::Dot | Op::Capture(_) | Op::Empty => true,
        Op::BeginText
        | Op::EndText(_)
        | Op::BeginLine
        | Op::EndLine
        | Op::WordEdge(_)
        | Op::Star(_)
        | Op::Plus(_)
        | Op::Quest(_)
        | Op::Repeat(..)
        | Op::Concat(_)
        | Op::Alternate(_) => false,
    };
    if alone {
        node(tree, sub, out);
    } else {
        grouped(tree, sub, out);
    }
    // Writing into a String cannot fail.
    let _ = write!(out, "{bounds}");
}

fn folded(flags: Flags, out: &mut String, inside: impl FnOnce(&mut String)) {
    let fold = flags.has(Flags::FOLD);
    if fold {
        out.push_str("(?i:");
    }
    inside(out);
    if fold {
        out.push(')');
    }
}
