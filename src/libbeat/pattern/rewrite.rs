//! What libbeat does to a pattern before it compiles it.
//!
//! In: a tree. Out: the tree that is compiled. Never here: what changes no answer (the matchers for plain texts, which are the same as the pattern).
//!
//! Groups lose their captures. Then, as long as something changes: a greedy `.*` at either end of the whole pattern goes, and so does `^` before it or
//! `$` behind it. What goes has no flags: not in `(?s)`, `(?i)`, `(?U)`. So `^.*foo` becomes `foo`, which is found behind line ends too, where `.*`
//! would stop. A group that captured stays one item: `(^.*)foo` keeps its `^`. Two equal neighbours become one item, before which nothing is cut.

use super::fold;
use super::tree::{Flags, Id, Op, Tree};

/// Rewrites the tree. True if `^` or `$` went, so that the pattern is found in more than it says.
pub(super) fn rewrite(tree: &mut Tree) -> bool {
    let mut root = simple(tree, tree.root);
    let mut lost = false;
    loop {
        let mut items = match tree.op(root) {
            Op::Concat(items) => items.clone(),
            // Two copies in a row are a row of two.
            Op::Repeat(sub, least, most) if *most == Some(*least) => vec![*sub; *least as usize],
            _ => break,
        };
        let before = items.len();
        if begins(tree, &items) {
            let first = items.remove(0);
            lost |= matches!(tree.op(first), Op::BeginText);
        }
        if ends(tree, &items) {
            let last = items.pop();
            lost |= last.is_some_and(|last| matches!(tree.op(last), Op::EndText(_)));
        }
        let mut changed = items.len() < before;
        if items.len() > 1 {
            changed |= join_equals(tree, &mut items);
        }
        if !changed {
            break;
        }
        root = match items.as_slice() {
            [] => tree.add(Op::Empty, Flags::default()),
            [one] => *one,
            _ => tree.add(Op::Concat(items), Flags::default()),
        };
    }
    tree.root = root;
    lost
}

/// Before 7.4: a pattern that is only a text, or texts, with or without `^` and `$`, was compared byte for byte, with the characters that stand for
/// the text where case is ignored: `(?i)foo` was the text `FOO`. So was a text before and between runs of digits.
pub(super) fn take_texts_as_written(tree: &mut Tree) {
    let root = tree.root;
    let items = match tree.op(root) {
        Op::Concat(items) => items.clone(),
        _ => vec![root],
    };
    let begins = matches!(items.first().map(|first| tree.op(*first)), Some(Op::BeginText));
    let ends = matches!(items.last().map(|last| tree.op(*last)), Some(Op::EndText(_)));
    let inside = items.get(usize::from(begins)..items.len() - usize::from(ends)).unwrap_or_default();
    let alone = matches!(inside, [one] if is_literal(tree, *one) || is_alternatives(tree, *one));
    if alone && (begins || !ends) || begins && !ends && is_date(tree, inside) {
        let written: Vec<Id> = items.iter().map(|item| as_written(tree, *item)).collect();
        tree.root = match written.as_slice() {
            [one] => *one,
            _ => tree.add(Op::Concat(written), Flags::default()),
        };
    }
}

fn is_literal(tree: &Tree, id: Id) -> bool {
    matches!(tree.op(id), Op::Literal(_))
}

/// Texts of which no two neighbours begin alike, and no two are single characters: Go makes other trees of those.
fn is_alternatives(tree: &Tree, id: Id) -> bool {
    let Op::Alternate(branches) = tree.op(id) else { return false };
    let text = |id: &Id| match tree.op(*id) {
        Op::Literal(text) => Some((text.as_str(), tree.node(*id).flags.has(Flags::FOLD))),
        _ => None,
    };
    let first = |text: &str, fold: bool| text.chars().next().map(|c| (if fold { fold::least(c) } else { c }, fold));
    branches.iter().all(|branch| text(branch).is_some())
        && branches.windows(2).all(|pair| match pair {
            [a, b] => match (text(a), text(b)) {
                (Some((a, fold_a)), Some((b, fold_b))) => {
                    let single = |text: &str| text.chars().nth(1).is_none();
                    first(a, fold_a) != first(b, fold_b) && !(single(a) && single(b))
                }
                _ => false,
            },
            _ => true,
        })
}

/// `\d{4}`, then texts and digits in turn; perhaps a text before them.
fn is_date(tree: &Tree, items: &[Id]) -> bool {
    let digits = |id: &Id| match tree.op(*id) {
        Op::Repeat(sub, least, most) => {
            *least >= 2
                && *most == Some(*least)
                && plain(tree, *sub)
                && matches!(tree.op(*sub), Op::Class(inside, false) if inside == "0-9")
        }
        _ => false,
    };
    let items = match items {
        [first, rest @ ..] if is_literal(tree, *first) => rest,
        items => items,
    };
    !items.is_empty()
        && items.iter().enumerate().all(|(at, item)| if at % 2 == 0 { digits(item) } else { is_literal(tree, *item) })
}

fn as_written(tree: &mut Tree, id: Id) -> Id {
    match tree.op(id).clone() {
        Op::Literal(text) if tree.node(id).flags.has(Flags::FOLD) => {
            tree.add(Op::Literal(text.chars().map(fold::least).collect()), Flags::default())
        }
        Op::Alternate(branches) => {
            let written = branches.into_iter().map(|branch| as_written(tree, branch)).collect();
            tree.add(Op::Alternate(written), Flags::default())
        }
        _ => id,
    }
}

fn plain(tree: &Tree, id: Id) -> bool {
    tree.node(id).flags == Flags::default()
}

/// `.*`
fn anything(tree: &Tree, id: Id) -> bool {
    matches!(tree.op(id), Op::Star(sub) if matches!(tree.op(*sub), Op::Dot) && plain(tree, *sub)) && plain(tree, id)
}

/// `.*…` or `^.*…`
fn begins(tree: &Tree, items: &[Id]) -> bool {
    match items {
        [first, ..] if anything(tree, *first) => true,
        [first, second, ..] => {
            matches!(tree.op(*first), Op::BeginText) && plain(tree, *first) && anything(tree, *second)
        }
        _ => false,
    }
}

/// `….*` or `….*$`; `\z` is another end.
fn ends(tree: &Tree, items: &[Id]) -> bool {
    match items {
        [.., last] if anything(tree, *last) => true,
        [.., second, last] => {
            matches!(tree.op(*last), Op::EndText(true)) && plain(tree, *last) && anything(tree, *second)
        }
        _ => false,
    }
}

/// Makes one item of two equal neighbours.
fn join_equals(tree: &mut Tree, items: &mut Vec<Id>) -> bool {
    // A row of one thing only stays as it is.
    if items.iter().all(|item| Some(item) == items.first()) {
        return false;
    }
    let mut joined = Vec::with_capacity(items.len());
    let mut at = 0;
    while let Some(item) = items.get(at) {
        if items.get(at + 1).is_some_and(|next| tree.equal(*item, *next)) {
            joined.push(tree.add(Op::Repeat(*item, 2, Some(2)), tree.node(*item).flags));
            at += 2;
        } else {
            joined.push(*item);
            at += 1;
        }
    }
    let changed = joined.len() < items.len();
    *items = joined;
    changed
}

/// The same without captures, and with `{0,}`, `{1,}`, `{1}`, `{0}` as what they are. As deep as the tree.
fn simple(tree: &mut Tree, id: Id) -> Id {
    let (op, flags) = (tree.op(id).clone(), tree.node(id).flags);
    let many = |tree: &mut Tree, op: fn(Id) -> Op, sub: Id| {
        let same = std::mem::discriminant(&op(sub)) == std::mem::discriminant(tree.op(sub))
            && tree.node(sub).flags.has(Flags::LAZY) == flags.has(Flags::LAZY);
        if matches!(tree.op(sub), Op::Empty) || same { sub } else { tree.add(op(sub), flags) }
    };
    match op {
        Op::Capture(sub) => simple(tree, sub),
        Op::Star(sub) => {
            let sub = simple(tree, sub);
            many(tree, Op::Star, sub)
        }
        Op::Plus(sub) => {
            let sub = simple(tree, sub);
            many(tree, Op::Plus, sub)
        }
        Op::Quest(sub) => {
            let sub = simple(tree, sub);
            many(tree, Op::Quest, sub)
        }
        Op::Repeat(sub, least, most) => {
            let sub = simple(tree, sub);
            match (least, most) {
                (0, None) => many(tree, Op::Star, sub),
                (1, None) => many(tree, Op::Plus, sub),
                (1, Some(1)) => sub,
                (_, Some(0)) => tree.add(Op::Empty, Flags::default()),
                _ if matches!(tree.op(sub), Op::Empty) => sub,
                _ => tree.add(Op::Repeat(sub, least, most), flags),
            }
        }
        Op::Concat(subs) => {
            let subs = subs.into_iter().map(|sub| simple(tree, sub)).collect();
            tree.add(Op::Concat(subs), flags)
        }
        Op::Alternate(subs) => {
            let subs = subs.into_iter().map(|sub| simple(tree, sub)).collect();
            tree.add(Op::Alternate(subs), flags)
        }
        Op::Empty
        | Op::Literal(_)
        | Op::Class(..)
        | Op::Dot
        | Op::BeginText
        | Op::EndText(_)
        | Op::BeginLine
        | Op::EndLine
        | Op::WordEdge(_) => id,
    }
}
