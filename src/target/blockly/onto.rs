//! Blocks where they stood before.
//!
//! In: new blocks without ids and places, and the workspace that the rules were drawn in. Out: the new blocks with the ids,
//! places, folds and shadows of those old ones that they match, and with everything of the old workspace that is no part of a
//! rule. Blocks match if they and all in them are equal; else if they alone are equal; else if they are of one type; always
//! among the members of one stack, one list or one input. Never here: a change of what the new blocks say.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::blockly::{Block, BlockId, FieldValue, Workspace};
use crate::source::blockly::END_NOTE;

/// Puts `new` where `old` stood; `aside` are the old blocks that are no part of a rule.
pub fn onto(new: &mut Workspace, old: &Workspace, aside: &[BlockId]) {
    let stray: FxHashSet<BlockId> = aside.iter().copied().collect();
    let rules = old.tops.iter().copied().filter(|top| !stray.contains(top)).collect::<Vec<BlockId>>();
    let marks = (Marks::of(new), Marks::of(old));
    let mut work = Vec::new();
    pair(new, &new.tops.clone(), old, &rules, &marks, &mut work);
    while let Some((n, o)) = work.pop() {
        take_over(new, n, old, o, &marks);
        inputs(new, n, old, o, &marks, &mut work);
    }
    // A statement that was a shadow is one again.
    for i in 0..new.blocks.len() {
        let next = new.blocks[i].next;
        if next.is_some_and(|next| new.block(next).shadow) && new.blocks[i].next_shadow.is_none() {
            new.blocks[i].next_shadow = new.blocks[i].next.take();
        }
    }
    let tops: FxHashSet<BlockId> = old.tops.iter().copied().collect();
    for id in aside {
        // What was left out of a rule stands alone now; what stood below it is still in the rule.
        let copy = copy_of(new, old, *id, tops.contains(id));
        // Blockly loads no shadow that stands alone.
        new.block_mut(copy).shadow = false;
        new.tops.push(copy);
    }
    let mut ends: Vec<_> = std::mem::take(&mut new.notes);
    for note in &old.notes {
        match ends.iter_mut().find(|end| end.id == note.id) {
            Some(end) => {
                let text = std::mem::take(&mut end.text);
                *end = note.clone();
                end.text = text;
            }
            None if note.id == END_NOTE => {}
            None => new.notes.push(note.clone()),
        }
    }
    new.notes.append(&mut ends);
    new.variables.clone_from(&old.variables);
    new.rest.clone_from(&old.rest);
}

/// What blocks hold, in numbers that are equal where they do.
struct Marks {
    /// A block alone.
    own: Vec<u64>,
    /// A block with all in it, but not what stands below it.
    whole: Vec<u64>,
}

impl Marks {
    fn of(workspace: &Workspace) -> Marks {
        let mut marks = Marks { own: vec![0; workspace.blocks.len()], whole: vec![0; workspace.blocks.len()] };
        // Of a block and the stack below it.
        let mut stacks = vec![0; workspace.blocks.len()];
        // Children stand behind their parents.
        for (i, block) in workspace.blocks.iter().enumerate().rev() {
            let mut hasher = FxHasher::default();
            block.kind.hash(&mut hasher);
            for field in &block.fields {
                field.name.hash(&mut hasher);
                match &field.value {
                    FieldValue::Text(text) | FieldValue::Number(text) | FieldValue::Other(text) => {
                        text.hash(&mut hasher)
                    }
                    FieldValue::Bool(yes) => yes.hash(&mut hasher),
                    FieldValue::Variable { id, .. } => id.hash(&mut hasher),
                }
            }
            marks.own[i] = hasher.finish();
            for input in &block.inputs {
                input.name.hash(&mut hasher);
                input.content().map(|id| stacks[id.0 as usize]).hash(&mut hasher);
            }
            marks.whole[i] = hasher.finish();
            block.below().map(|id| stacks[id.0 as usize]).hash(&mut hasher);
            stacks[i] = hasher.finish();
        }
        marks
    }
}

/// Pairs the members of a new sequence with those of an old one, each at most once.
fn pair(
    new: &Workspace,
    news: &[BlockId],
    old: &Workspace,
    olds: &[BlockId],
    marks: &(Marks, Marks),
    work: &mut Vec<(BlockId, BlockId)>,
) {
    fn kind(block: &Block) -> u64 {
        let mut hasher = FxHasher::default();
        block.kind.hash(&mut hasher);
        hasher.finish()
    }
    let mut left: Vec<BlockId> = news.to_vec();
    let mut free: Vec<BlockId> = olds.to_vec();
    for pass in 0..3 {
        let mark = |workspace: &Workspace, marks: &Marks, id: BlockId| match pass {
            0 => marks.whole[id.0 as usize],
            1 => marks.own[id.0 as usize],
            _ => kind(workspace.block(id)),
        };
        let mut waiting: FxHashMap<u64, VecDeque<BlockId>> = FxHashMap::default();
        for id in &free {
            waiting.entry(mark(old, &marks.1, *id)).or_default().push_back(*id);
        }
        left.retain(|id| {
            let found = waiting.get_mut(&mark(new, &marks.0, *id)).and_then(VecDeque::pop_front);
            work.extend(found.map(|found| (*id, found)));
            found.is_none()
        });
        let still: rustc_hash::FxHashSet<BlockId> = waiting.into_values().flatten().collect();
        free.retain(|id| still.contains(id));
    }
}

/// The id, the place and the look of an old block.
fn take_over(new: &mut Workspace, n: BlockId, old: &Workspace, o: BlockId, marks: &(Marks, Marks)) {
    let same = marks.0.whole[n.0 as usize] == marks.1.whole[o.0 as usize];
    let o = old.block(o);
    let n = new.block_mut(n);
    n.id.clone_from(&o.id);
    n.at = o.at;
    n.look.clone_from(&o.look);
    if !n.disabled.is_empty() && !o.disabled.is_empty() {
        n.disabled.clone_from(&o.disabled);
    }
    if let (Some(new), Some(old)) = (&mut n.comment, &o.comment) {
        new.pinned = old.pinned;
        new.size = old.size;
        new.at = old.at;
    }
    // A shadow holds only shadows, so that one that was changed is a block now.
    n.shadow = o.shadow && same;
}

fn stack(workspace: &Workspace, first: Option<BlockId>) -> Vec<BlockId> {
    let mut all = Vec::new();
    let mut next = first;
    while let Some(id) = next {
        all.push(id);
        next = workspace.block(id).below();
    }
    all
}

fn inputs(
    new: &mut Workspace,
    n: BlockId,
    old: &Workspace,
    o: BlockId,
    marks: &(Marks, Marks),
    work: &mut Vec<(BlockId, BlockId)>,
) {
    let contents = |workspace: &Workspace, id: BlockId| -> Vec<(String, Vec<BlockId>)> {
        let inputs = &workspace.block(id).inputs;
        inputs.iter().map(|input| (input.name.clone(), stack(workspace, input.content()))).collect()
    };
    let (news, olds) = (contents(new, n), contents(old, o));
    let first = work.len();
    if matches!(new.block(n).kind.as_str(), "logic_operation" | "lists_create_with") {
        let flat = |contents: Vec<(String, Vec<BlockId>)>| contents.into_iter().flat_map(|(_, ids)| ids).collect();
        let (news, olds): (Vec<BlockId>, Vec<BlockId>) = (flat(news), flat(olds));
        pair(new, &news, old, &olds, marks, work);
    } else {
        let by_name: FxHashMap<&str, &Vec<BlockId>> = olds.iter().map(|(name, ids)| (name.as_str(), ids)).collect();
        for (name, ids) in &news {
            if let Some(olds) = by_name.get(name.as_str()) {
                pair(new, ids, old, olds, marks, work);
            }
        }
    }
    // A block that matched a shadow is one again; a shadow behind a block stays there.
    let matched: FxHashMap<BlockId, BlockId> = work[first..].iter().copied().collect();
    for i in 0..new.block(n).inputs.len() {
        let Some(content) = new.block(n).inputs[i].content() else { continue };
        let was_shadow = matched
            .get(&content)
            .is_some_and(|o| old.block(*o).shadow && marks.0.whole[content.0 as usize] == marks.1.whole[o.0 as usize]);
        let name = new.block(n).inputs[i].name.clone();
        let behind = old.block(o).inputs.iter().find(|input| input.name == name).and_then(|input| input.shadow);
        if was_shadow {
            let input = &mut new.block_mut(n).inputs[i];
            input.shadow = Some(content);
            input.block = None;
        } else if let Some(behind) = behind {
            // Its ids in the old workspace are free only if it was covered there.
            let covered = old.block(o).inputs.iter().any(|input| input.name == name && input.block.is_some());
            let copy = shadow_of(new, old, behind, covered);
            new.block_mut(n).inputs[i].shadow = Some(copy);
        }
    }
    // The same below a block. Uncovered, it is what the stack was made of, and stands there as a block.
    if let (Some(_), Some(behind)) = (old.block(o).next, old.block(o).next_shadow) {
        let copy = shadow_of(new, old, behind, true);
        new.block_mut(n).next_shadow = Some(copy);
    }
}

/// A shadow of the old workspace that stands behind a block of the new one.
fn shadow_of(new: &mut Workspace, old: &Workspace, behind: BlockId, covered: bool) -> BlockId {
    let copy = copy_of(new, old, behind, true);
    if !covered {
        forget_ids(new, copy);
    }
    copy
}

/// The ids of a shadow that is written a second time belong to what took its place.
fn forget_ids(workspace: &mut Workspace, id: BlockId) {
    let mut work = vec![id];
    while let Some(id) = work.pop() {
        work.extend(workspace.block(id).children());
        workspace.block_mut(id).id.clear();
    }
}

/// A block of `old` with all in it, and all below it if `stack` says so, stored in `new`.
fn copy_of(new: &mut Workspace, old: &Workspace, id: BlockId, stack: bool) -> BlockId {
    let mut order = vec![id];
    let mut next = 0;
    while let Some(id) = order.get(next).copied() {
        let block = old.block(id);
        let below = [block.next, block.next_shadow];
        let with_below = stack || next > 0;
        order.extend(block.children().filter(|child| with_below || !below.contains(&Some(*child))));
        next += 1;
    }
    let first = new.blocks.len();
    let places: FxHashMap<BlockId, BlockId> =
        order.iter().enumerate().map(|(i, id)| (*id, BlockId(u32::try_from(first + i).unwrap_or(u32::MAX)))).collect();
    let moved = |id: Option<BlockId>| id.and_then(|id| places.get(&id).copied());
    for id in order {
        let mut block = old.block(id).clone();
        for input in &mut block.inputs {
            input.block = moved(input.block);
            input.shadow = moved(input.shadow);
        }
        block.next = moved(block.next);
        block.next_shadow = moved(block.next_shadow);
        new.add(block);
    }
    BlockId(u32::try_from(first).unwrap_or(u32::MAX))
}
