//! Ids and places for blocks that have none.
//!
//! In: a workspace of which some blocks have ids and places, or none. Out: the same with all of them: ids made of the rule's name
//! and a number, so that a finding that names one can be followed by eye, and rules below each other in their order. The same
//! tree always gets the same layout. Never here: what a block means.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::blockly::{BlockId, FieldValue, Workspace};
use crate::source::blockly::height;

/// Where the first rule stands.
const LEFT: f64 = 20.0;
const TOP: f64 = 20.0;
/// Room between two rules.
const GAP: f64 = 40.0;
/// Room for one line of blocks; a guess on the generous side.
const LINE: f64 = 34.0;
/// Characters of a rule's name in the ids of its blocks.
const SLUG: usize = 24;

/// Gives ids and places to all blocks; `rules` are the tops that are rules, in their order.
pub fn tidy(workspace: &mut Workspace, rules: &[BlockId]) {
    ids(workspace);
    for block in &mut workspace.blocks {
        if let Some(comment) = &mut block.comment {
            // As Blockly itself begins, and always saves.
            comment.pinned.get_or_insert(false);
            comment.size.get_or_insert((80.0, 160.0));
        }
    }
    places(workspace, rules);
}

fn ids(workspace: &mut Workspace) {
    let mut taken: FxHashSet<String> =
        workspace.blocks.iter().filter(|block| !block.id.is_empty()).map(|block| block.id.clone()).collect();
    let mut counts: FxHashMap<String, usize> = FxHashMap::default();
    for top in workspace.tops.clone() {
        let slug = slug(workspace, top);
        let mut work = vec![top];
        while let Some(id) = work.pop() {
            let first = work.len();
            work.extend(workspace.block(id).children());
            work[first..].reverse();
            if !workspace.block(id).id.is_empty() {
                continue;
            }
            let count = counts.entry(slug.clone()).or_insert(0);
            loop {
                *count += 1;
                let name = format!("{slug}-{count}");
                if taken.insert(name.clone()) {
                    workspace.block_mut(id).id = name;
                    break;
                }
            }
        }
    }
    for (i, note) in workspace.notes.iter_mut().enumerate() {
        if note.id.is_empty() {
            note.id = format!("note-{}", i + 1);
        }
    }
}

/// The letters and digits of a rule's name.
fn slug(workspace: &Workspace, top: BlockId) -> String {
    let block = workspace.block(top);
    let name = block.fields.iter().find(|field| field.name == "NAME").map(|field| match &field.value {
        FieldValue::Text(text) => text.as_str(),
        FieldValue::Number(_) | FieldValue::Bool(_) | FieldValue::Variable { .. } | FieldValue::Other(_) => "",
    });
    let mut slug = String::new();
    for c in name.unwrap_or(&block.kind).chars() {
        if slug.len() >= SLUG {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "rule".to_string() } else { slug.to_string() }
}

fn places(workspace: &mut Workspace, rules: &[BlockId]) {
    let tops = workspace.tops.clone();
    let mut bottom = TOP - GAP;
    for id in &tops {
        if let Some((_, y)) = workspace.block(*id).at {
            bottom = bottom.max(y + extent(workspace, *id));
        }
    }
    for id in &tops {
        if workspace.block(*id).at.is_none() {
            let y = bottom + GAP;
            workspace.block_mut(*id).at = Some((LEFT, y));
            bottom = y + extent(workspace, *id);
        }
    }
    // Rules run from top to bottom: where old places would change their order, all get new ones.
    let heights: Vec<f64> = rules.iter().map(|id| height(workspace.block(*id))).collect();
    if !heights.windows(2).all(|pair| matches!(pair, [a, b] if a < b)) {
        let mut bottom = TOP - GAP;
        for id in &tops {
            let y = bottom + GAP;
            workspace.block_mut(*id).at = Some((LEFT, y));
            bottom = y + extent(workspace, *id);
        }
    }
    for (i, note) in workspace.notes.iter_mut().enumerate() {
        if note.at.is_none() {
            note.at = Some((LEFT + 700.0, TOP + i as f64 * 140.0));
        }
        note.size.get_or_insert((120.0, 300.0));
    }
}

/// About how high a stack of blocks is.
fn extent(workspace: &Workspace, top: BlockId) -> f64 {
    let mut lines = 0;
    let mut work = vec![top];
    while let Some(id) = work.pop() {
        let block = workspace.block(id);
        work.extend(block.children());
        // Fields of lists stand a line each, and so do inputs of more than one.
        lines += block.fields.len().saturating_sub(2) + block.inputs.len().saturating_sub(1);
        lines +=
            usize::from(block.inputs.is_empty() || block.inputs.iter().any(|input| input.statements == Some(true)));
    }
    (lines + 2) as f64 * LINE
}
