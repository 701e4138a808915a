//! Drawn definitions: Blockly workspaces, saved as JSON or as XML.
//!
//! In: the text of a file. Out: a [`Drawn`] definition, with the workspace that it was read from, so that ids, coordinates and
//! blocks that belong to no rule can be written back; and findings, each at a block and its field or input. Blocks that begin
//! rules make rules, from top to bottom as they are drawn; all others are kept and listed. One faulty rule hides no other.
//! Never here: a guess at what an unknown block meant.
//!
//! A workspace without rule hats whose blocks are the log manager's is one of its exports, and goes through `logmanager` instead.
//!
//! | stage | from | to |
//! | --- | --- | --- |
//! | `json`, `xml` | text | a flat document |
//! | `state`, `markup` | a document | a workspace, the same for both |
//! | `shape` | a workspace | which block each is, held against `grammar/blocks.json` |
//! | `lower`, `conditions` | blocks | the tree |

mod conditions;
mod contexts;
mod json;
mod logmanager;
mod lower;
mod markup;
mod places;
mod shape;
mod state;
mod xml;

use crate::ast::Definition;
use crate::blockly::vocabulary::{Shape, find, ours};
use crate::blockly::{Block, BlockId, Registry, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::limits;
use crate::origin::{BlockName, Origin, SourceId};

use places::Places;

pub(crate) use logmanager::NAMESPACE as MANAGER_NAMESPACE;
pub(crate) use xml::carries;

/// The id of the workspace comment that holds the comments behind the last rule.
pub const END_NOTE: &str = "comments-at-the-end";

/// Which format a workspace is saved in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `Blockly.serialization.workspaces.save`.
    Json,
    /// `Blockly.Xml.workspaceToDom`.
    Xml,
}

/// What a text begins like: `None` is no workspace, and so rules as text.
pub fn format(text: &str) -> Option<Format> {
    match text.trim_start_matches('\u{feff}').trim_start().chars().next() {
        Some('{' | '[') => Some(Format::Json),
        Some('<') => Some(Format::Xml),
        Some(_) | None => None,
    }
}

/// A drawn definition.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Its rules.
    pub definition: Definition,
    /// As it was saved.
    pub workspace: Workspace,
    /// Blocks that are no part of a rule: those that stand alone, and disabled ones that were left out.
    pub aside: Vec<BlockId>,
    /// Is it an export of the log manager?
    pub manager: bool,
    /// Ids of blocks and names of their parts, for [`Place::Block`](crate::origin::Place::Block).
    pub names: Vec<BlockName>,
}

/// What the log manager's exports do not say themselves.
#[derive(Clone, Copy, Debug)]
pub struct Outside<'a> {
    /// The name of the rule.
    pub name: &'a str,
    /// What the uuids stand for.
    pub registry: &'a Registry,
}

impl Outside<'static> {
    /// No name, and no uuid known.
    pub const NOTHING: Outside<'static> = Outside { name: "", registry: &Registry::EMPTY };
}

/// Reads a workspace.
pub fn read(source: SourceId, text: &str, format: Format, outside: Outside<'_>) -> (Drawn, Vec<Diagnostic>) {
    let mut places = Places::new(source);
    let (workspace, xhtml) = workspace(source, text, format, &mut places);
    let mut drawn =
        Drawn { definition: Definition::new(source), workspace, aside: Vec::new(), manager: false, names: Vec::new() };
    if logmanager::is_one(&drawn.workspace, xhtml) {
        let Outside { name, registry } = outside;
        same_ids(&drawn.workspace, &mut places);
        drawn.aside = logmanager::rule(&drawn.workspace, name, registry, &mut places, &mut drawn.definition);
        drawn.manager = true;
    } else {
        rules(&mut drawn, &mut places);
    }
    drawn.names = places.names;
    (drawn, places.diagnostics)
}

/// The workspace, and whether it stands in the namespace of the log manager's exports.
fn workspace(source: SourceId, text: &str, format: Format, places: &mut Places) -> (Workspace, bool) {
    if text.len() > limits::SOURCE_BYTES {
        let message = format!("this file has more than {} bytes", limits::SOURCE_BYTES);
        places.report(Code::SourceTooLarge, Origin::whole(source), message, "split it into several files");
        return (Workspace::default(), false);
    }
    // A mark that is still there is no part of the text.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Json => match json::Document::parse(source, body) {
            Ok(document) => (state::workspace(&document, body, places), false),
            Err(mut findings) => {
                places.diagnostics.append(&mut findings);
                (Workspace::default(), false)
            }
        },
        Format::Xml => match xml::Document::parse(source, body) {
            Ok(document) => {
                let xhtml = document.namespace() == Some(logmanager::NAMESPACE);
                (markup::workspace(&document, body, places), xhtml)
            }
            Err(finding) => {
                places.diagnostics.push(*finding);
                (Workspace::default(), false)
            }
        },
    }
}

fn rules(drawn: &mut Drawn, places: &mut Places) {
    let Drawn { definition, workspace, aside, .. } = drawn;
    same_ids(workspace, places);
    let mut hats = Vec::new();
    for id in &workspace.tops {
        let block = workspace.block(*id);
        let def = find(ours::BLOCKS, &block.kind).map(|index| &ours::BLOCKS[index]);
        if def.is_some_and(|def| def.shape == Shape::Hat) {
            hats.push(*id);
            continue;
        }
        aside.push(*id);
    }
    orphans(workspace, aside, places);
    if hats.len() > limits::RULES {
        let place = places.block(hats[limits::RULES]);
        let message = format!("this file has more than {} rules", limits::RULES);
        places.report(Code::TooManyRules, place, message, "put the rules into several files");
        hats.truncate(limits::RULES);
    }
    top_to_bottom(workspace, &mut hats);
    let shapes = shape::check(workspace, ours::BLOCKS, &hats, places);
    aside.extend(&shapes.left_out);
    for hat in hats {
        // A faulty rule is lowered for what else is found in it, and then left out, as one of text is.
        let rule = lower::Lower { workspace, blocks: ours::BLOCKS, shapes: &shapes, places, def: definition }.rule(hat);
        if rule.is_none() && !places.diagnostics.iter().any(Diagnostic::is_error) {
            let place = places.block(hat);
            places.report(Code::BadBlock, place, "this rule was not understood", "please report it with the file");
        }
        definition.rules.extend(rule.filter(|_| !shapes.faulty.contains(&hat)));
    }
    if let Some(note) = workspace.notes.iter().find(|note| note.id == END_NOTE) {
        definition.comments = lower::comment_lines(&note.text);
    }
}

/// Blocks that stand alone are kept and listed. Of no known type, they are told as errors: a misspelt rule must not vanish.
fn orphans(workspace: &Workspace, aside: &[BlockId], places: &mut Places) {
    for top in aside {
        let kind = workspace.block(*top).kind.as_str();
        if logmanager::knows(kind) || find(ours::BLOCKS, kind).is_some() {
            let place = places.block(*top);
            let message = format!("this `{kind}` belongs to no rule, so it does nothing");
            places.report(Code::Orphan, place, message, "put it into a rule, or take it out; it is kept as it is");
        }
        let mut work = vec![*top];
        while let Some(id) = work.pop() {
            let block = workspace.block(id);
            let first = work.len();
            work.extend(block.children());
            work[first..].reverse();
            if find(ours::BLOCKS, &block.kind).is_none() && !logmanager::knows(&block.kind) {
                shape::unknown(id, &block.kind, ours::BLOCKS, places);
            }
        }
    }
}

/// Rules run from top to bottom as they are drawn: by Blockly's own order of blocks, which its XML has and its JSON has not.
/// Blocks without a place keep the order of the file.
pub(crate) fn top_to_bottom(workspace: &Workspace, tops: &mut [BlockId]) {
    if tops.iter().all(|id| workspace.block(*id).at.is_some()) {
        let key = |id: &BlockId| height(workspace.block(*id));
        crate::order::sort_by(tops, |a, b| key(a).total_cmp(&key(b)));
    }
}

/// Blockly sorts blocks by their upper edge, tilted by three degrees, so that of two at one height the left comes first.
pub(crate) fn height(block: &Block) -> f64 {
    let (x, y) = block.at.unwrap_or_default();
    y + 3f64.to_radians().sin() * x
}

fn same_ids(workspace: &Workspace, places: &mut Places) {
    let mut first: rustc_hash::FxHashMap<&str, BlockId> = rustc_hash::FxHashMap::default();
    // A shadow behind a block is no block as long as it is covered. Parents stand before their children.
    let mut covered = vec![false; workspace.blocks.len()];
    for (i, block) in workspace.blocks.iter().enumerate() {
        let inputs = block.inputs.iter().map(|input| (input.block, input.shadow));
        for (real, shadow) in inputs.chain([(block.next, block.next_shadow)]) {
            let real_is_there = real.is_some();
            for (child, hidden) in [(real, covered[i]), (shadow, covered[i] || real_is_there)] {
                if let Some(place) = child.and_then(|child| covered.get_mut(child.0 as usize)) {
                    *place = hidden;
                }
            }
        }
        if covered[i] {
            continue;
        }
        if block.id.is_empty() {
            continue;
        }
        let id = BlockId(u32::try_from(i).unwrap_or(u32::MAX));
        if let Some(other) = first.insert(&block.id, id) {
            let message = format!("two blocks have the id `{}`", crate::source::text::shorten(&block.id));
            let finding = Diagnostic::new(Code::DuplicatePart, places.block(id), message)
                .help("give one of them another id, or save the workspace again")
                .related(places.block(other), "the other one");
            places.push(finding);
        }
    }
    // Comments of the workspace have ids of their own; of two with one id, one would be lost.
    let mut seen = rustc_hash::FxHashSet::default();
    for note in workspace.notes.iter().filter(|note| !note.id.is_empty()) {
        if !seen.insert(note.id.as_str()) {
            let message = format!("two workspace comments have the id `{}`", crate::source::text::shorten(&note.id));
            let help = "give one of them another id, or save the workspace again";
            places.report(Code::DuplicatePart, Origin::whole(places.source), message, help);
        }
    }
}
