//! Are the blocks what `grammar/blocks.json` says they are?
//!
//! In: a workspace, and the blocks that begin rules. Out: for every block below them which it is, and where each of its parts
//! stands; a finding at the block and part for what is unknown, missing, doubled, out of place or of a value that its field
//! cannot have. Stricter than Blockly's own loader, which skips and defaults. Never here: what blocks mean.

mod fields;

use rustc_hash::FxHashSet;

use crate::blockly::vocabulary::{BlockDef, ExtraKind, Part, PartKind, Shape, find};
use crate::blockly::{Block, BlockId, ExtraValue, Workspace};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::limits;
use crate::source::text::shorten;

use super::places::Places;

/// What is known of a block.
#[derive(Clone, Debug)]
pub(super) struct Shaped {
    /// Which it is, by index into its vocabulary.
    pub def: usize,
    /// For each part and each of its repeats: its index among the block's fields or inputs.
    pub parts: Vec<Vec<Option<usize>>>,
}

/// What is known of all blocks that were looked at.
#[derive(Debug)]
pub(super) struct Shapes {
    /// By block.
    pub of: Vec<Option<Shaped>>,
    /// Blocks that stand disabled where a value or a line of metadata is expected: left out.
    pub left_out: Vec<BlockId>,
    /// Roots below which there is an error.
    pub faulty: FxHashSet<BlockId>,
}

/// Looks at `roots` and all below them.
pub(super) fn check(
    workspace: &Workspace,
    blocks: &'static [BlockDef],
    roots: &[BlockId],
    places: &mut Places,
) -> Shapes {
    let shapes = Shapes { of: vec![None; workspace.blocks.len()], left_out: Vec::new(), faulty: FxHashSet::default() };
    let mut checker = Checker { workspace, blocks, places, shapes };
    let mut work = Vec::new();
    for root in roots {
        let before = checker.places.diagnostics.len();
        work.push(*root);
        while let Some(id) = work.pop() {
            checker.block(id, &mut work);
        }
        let found = checker.places.diagnostics.get(before..).unwrap_or_default();
        if found.iter().any(Diagnostic::is_error) {
            checker.shapes.faulty.insert(*root);
        }
    }
    checker.shapes
}

/// A block of no known type; one without a type was told when it was read.
pub(super) fn unknown(id: BlockId, kind: &str, blocks: &[BlockDef], places: &mut Places) {
    if kind.is_empty() {
        return;
    }
    let help = match nearest(kind, blocks.iter().map(|def| def.name)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "the blocks that there are stand in the manual, under Blocks".to_string(),
    };
    let place = places.block(id);
    places.report(Code::UnknownBlock, place, format!("there is no block `{}`", shorten(kind)), help);
}

struct Checker<'a> {
    workspace: &'a Workspace,
    blocks: &'static [BlockDef],
    places: &'a mut Places,
    shapes: Shapes,
}

impl Checker<'_> {
    fn block(&mut self, id: BlockId, work: &mut Vec<BlockId>) {
        let block = self.workspace.block(id);
        let children = block.inputs.iter().filter_map(|input| input.content()).chain(block.below());
        let first = work.len();
        work.extend(children);
        work[first..].reverse();
        let Some(index) = find(self.blocks, &block.kind) else {
            unknown(id, &block.kind, self.blocks, self.places);
            return;
        };
        let def = &self.blocks[index];
        let Some(sizes) = self.sizes(id, block, def) else { return };
        // Where the extra state says more than there is, one empty place is enough to tell it: a count costs no memory.
        let most = block.fields.len() + block.inputs.len() + 1;
        let places = |size: &u32| vec![None; (*size as usize).min(most)];
        let mut parts: Vec<Vec<Option<usize>>> = sizes.iter().map(places).collect();
        self.fields(id, block, def, &sizes, &mut parts);
        self.inputs(id, block, def, &sizes, &mut parts);
        self.missing(id, block, def, &parts);
        self.below(id, block, def);
        if matches!(def.shape, Shape::Metadata | Shape::Step) && !block.disabled.is_empty() {
            self.shapes.left_out.push(id);
        }
        self.shapes.of[id.0 as usize] = Some(Shaped { def: index, parts });
    }

    /// How often each part is there, as the extra state says.
    fn sizes(&mut self, id: BlockId, block: &Block, def: &BlockDef) -> Option<Vec<u32>> {
        let mut values: Vec<(&str, u32)> = def
            .extra
            .iter()
            .map(|extra| match extra.kind {
                ExtraKind::Count { absent } => (extra.name, absent),
                ExtraKind::Flag => (extra.name, 0),
            })
            .collect();
        let mut good = true;
        if let Some(extra) = &block.extra {
            for (name, value) in &extra.values {
                let known =
                    def.extra.iter().position(|def| name == if extra.mutation { def.mutation } else { def.name });
                let read = known.and_then(|i| {
                    let value = match def.extra[i].kind {
                        ExtraKind::Count { .. } => count(value),
                        ExtraKind::Flag => flag(value).map(u32::from),
                    };
                    Some((i, value?))
                });
                match read {
                    Some((i, value)) => values[i].1 = value,
                    None => {
                        good = false;
                        let place = self.places.block(id);
                        let message = match known.map(|i| def.extra[i].kind) {
                            None if name.is_empty() => "the extra state is no object".to_string(),
                            None => format!("the extra state `{}` means nothing to {}", shorten(name), a(def.name)),
                            Some(ExtraKind::Count { .. }) => {
                                format!("the extra state `{}` is no whole number from 0 on", shorten(name))
                            }
                            Some(ExtraKind::Flag) => {
                                format!("the extra state `{}` is neither true nor false", shorten(name))
                            }
                        };
                        let names: Vec<&str> =
                            def.extra.iter().map(|def| if extra.mutation { def.mutation } else { def.name }).collect();
                        let help = match known {
                            Some(_) => "save the workspace again, or mend the value by hand".to_string(),
                            None if names.is_empty() => "this block has no extra state; take it out".to_string(),
                            None => format!("it has {}; save the workspace again", names.join(", ")),
                        };
                        self.places.report(Code::BadExtraState, place, message, help);
                    }
                }
            }
        }
        let value = |name: &str| values.iter().find(|(have, _)| *have == name).map_or(0, |(_, value)| *value);
        let sizes: Vec<u32> = def
            .parts
            .iter()
            .map(|part| match (part.repeat, part.when) {
                (Some(repeat), _) => value(repeat.count).saturating_add(repeat.plus),
                (None, Some(flag)) => value(flag),
                (None, None) => 1,
            })
            .collect();
        if sizes.iter().any(|size| *size as usize > limits::LIST_ITEMS) {
            let place = self.places.block(id);
            let message =
                format!("this `{}` has more than {} parts, says its extra state", def.name, limits::LIST_ITEMS);
            self.places.report(Code::ListTooLong, place, message, "put a long list into a lookup table");
            return None;
        }
        // An `and` of nothing would always hold, and text has no word for it.
        for (part, size) in def.parts.iter().zip(&sizes) {
            if let Some(repeat) = part.repeat.filter(|repeat| good && *size < repeat.least) {
                good = false;
                let count = def.extra.iter().find(|extra| extra.name == repeat.count);
                let mutation = block.extra.as_ref().is_some_and(|extra| extra.mutation);
                let name = count.map_or(repeat.count, |extra| if mutation { extra.mutation } else { extra.name });
                let place = self.places.block(id);
                let message =
                    format!("the extra state `{name}` leaves {} without any `{}`", a(def.name), part.name_at(0));
                self.places.report(Code::BadExtraState, place, message, "count at least one, or take the block out");
            }
        }
        good.then_some(sizes)
    }

    fn fields(&mut self, id: BlockId, block: &Block, def: &BlockDef, sizes: &[u32], parts: &mut [Vec<Option<usize>>]) {
        for (at, field) in block.fields.iter().enumerate() {
            let found = def.part(&field.name).filter(|(part, _)| !def.parts[*part].kind.is_input());
            let Some((part, index)) = found.filter(|(part, index)| *index < sizes[*part]) else {
                self.unknown_part(id, def, &field.name, false);
                continue;
            };
            if let Some(slot) = parts[part].get_mut(index as usize) {
                *slot = Some(at);
            }
            self.value(id, &def.parts[part], &field.name, &field.value);
        }
    }

    fn unknown_part(&mut self, id: BlockId, def: &BlockDef, name: &str, input: bool) {
        let what = if input { "input" } else { "field" };
        let place = self.places.part(id, name);
        let shown = shorten(name);
        let (message, help) = match def.part(name).map(|(part, _)| &def.parts[part]) {
            Some(part) if part.kind.is_input() != input => {
                let (is, not) = if input { ("a field", "an input") } else { ("an input", "a field") };
                (format!("`{shown}` of {} is {is}, not {not}", a(def.name)), None)
            }
            Some(part) => {
                // The part exists, but not here: the extra state says so.
                let why = match part.repeat {
                    Some(repeat) => format!("its extra state `{}` counts fewer", repeat.count),
                    None => format!("its extra state `{}` is not set", part.when.unwrap_or_default()),
                };
                let message = format!("this `{}` has no {what} `{shown}`: {why}", def.name);
                (message, Some("correct the extra state, or take the part out".to_string()))
            }
            None => (format!("{} has no {what} `{shown}`", a(def.name)), None),
        };
        let help = help.unwrap_or_else(|| {
            let parts = def.parts.iter().filter(|part| part.kind.is_input() == input);
            let all = |part: &Part| match part.repeat {
                Some(_) => format!("{}, {} and so on", part.name_at(0), part.name_at(1)),
                None => part.name.to_string(),
            };
            let names: Vec<String> = parts.clone().map(|part| part.name_at(0)).collect();
            match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => format!("it has no {what}; take it out"),
                None => format!("it has {}", parts.map(all).collect::<Vec<String>>().join("; ")),
            }
        });
        self.places.report(Code::UnknownPart, place, message, help);
    }

    fn inputs(&mut self, id: BlockId, block: &Block, def: &BlockDef, sizes: &[u32], parts: &mut [Vec<Option<usize>>]) {
        for (at, input) in block.inputs.iter().enumerate() {
            let found = def.part(&input.name).filter(|(part, _)| def.parts[*part].kind.is_input());
            let Some((part, index)) = found.filter(|(part, index)| *index < sizes[*part]) else {
                self.unknown_part(id, def, &input.name, true);
                continue;
            };
            let (PartKind::Value(accepts) | PartKind::Statements(accepts)) = def.parts[part].kind else { continue };
            let Some(child) = input.content() else { continue };
            let values = matches!(def.parts[part].kind, PartKind::Value(_));
            // A disabled statement stays, and does nothing; a disabled value is as good as none.
            if values && !self.workspace.block(child).disabled.is_empty() {
                self.leave_out(child, id, &input.name);
                continue;
            }
            if let Some(slot) = parts[part].get_mut(index as usize) {
                *slot = Some(at);
            }
            self.fits(child, id, &input.name, accepts, values);
            self.real_in_shadow(id, child);
        }
    }

    fn leave_out(&mut self, child: BlockId, id: BlockId, name: &str) {
        let place = self.places.block(child);
        let parent = self.places.part(id, name);
        self.places.push(
            Diagnostic::new(Code::DisabledPart, place, "a disabled block in an input counts as none")
                .help("enable it, or take it out")
                .related(parent, "it stands here"),
        );
        self.shapes.left_out.push(child);
    }

    fn fits(&mut self, child: BlockId, parent: BlockId, name: &str, accepts: &[&str], values: bool) {
        // An unknown block is told where it is looked at.
        let Some(def) = find(self.blocks, &self.workspace.block(child).kind).map(|index| &self.blocks[index]) else {
            return;
        };
        let fits = match def.shape {
            Shape::Value(_) => values,
            Shape::Metadata | Shape::Statement | Shape::Step => !values,
            Shape::Hat => false,
        } && def.shape.offers().iter().any(|offer| accepts.contains(offer));
        if fits {
            return;
        }
        let place = self.places.block(child);
        let input = self.places.part(parent, name);
        let parent = self.workspace.block(parent);
        let fitting: Vec<&str> = self
            .blocks
            .iter()
            .filter(|def| def.written && def.shape.offers().iter().any(|offer| accepts.contains(offer)))
            .map(|def| def.name)
            .collect();
        let examples = fitting.iter().take(4).copied().collect::<Vec<&str>>().join(", ");
        let more = if fitting.len() > 4 { " and others" } else { "" };
        self.places.push(
            Diagnostic::new(
                Code::WrongChild,
                place,
                format!("{} does not fit into `{}` of {}", a(def.name), shorten(name), a(&parent.kind)),
            )
            .help(format!("here fit {examples}{more}"))
            .related(input, "it stands here"),
        );
    }

    /// Blockly refuses to load a real block in a shadow.
    fn real_in_shadow(&mut self, parent: BlockId, child: BlockId) {
        if !self.workspace.block(parent).shadow || self.workspace.block(child).shadow {
            return;
        }
        let place = self.places.block(child);
        let shadow = self.places.block(parent);
        self.places.push(
            Diagnostic::new(Code::WrongChild, place, "a block that is no shadow stands in one")
                .help("make the shadow a block too; in the editor, change something in it")
                .related(shadow, "this is the shadow"),
        );
    }

    fn missing(&mut self, id: BlockId, block: &Block, def: &BlockDef, parts: &[Vec<Option<usize>>]) {
        let is_off = |child: BlockId| !self.workspace.block(child).disabled.is_empty();
        let off = block.inputs.iter().filter(|input| input.content().is_some_and(is_off));
        let off: FxHashSet<&str> = off.map(|input| input.name.as_str()).collect();
        for (part, slots) in def.parts.iter().zip(parts) {
            let stack = matches!(part.kind, PartKind::Statements(_));
            if part.optional || stack {
                continue;
            }
            // A member of `and`, `or` or a list may be switched off, as long as one is left; an `if` needs its condition.
            let member = part.repeat.is_some_and(|repeat| repeat.plus == 0) && slots.iter().any(Option::is_some);
            let empty = (0..).zip(slots).filter(|(_, slot)| slot.is_none()).map(|(i, _)| part.name_at(i));
            // One finding for a list that lost all its items.
            let Some(name) = empty.into_iter().find(|name| !(member && off.contains(name.as_str()))) else { continue };
            let disabled = off.contains(name.as_str());
            let place = self.places.part(id, &name);
            // Something that stands there was no block.
            if self.places.is_told(place) {
                continue;
            }
            let (message, help) = if part.kind.is_input() {
                (
                    format!("the input `{name}` of this `{}` is empty", def.name),
                    if disabled { "enable the block that stands there" } else { "put a block into it" },
                )
            } else {
                (
                    format!("the field `{name}` of this `{}` is not there", def.name),
                    "save the workspace again; Blockly saves every field",
                )
            };
            self.places.report(Code::MissingPart, place, message, help);
        }
    }

    fn below(&mut self, id: BlockId, block: &Block, def: &BlockDef) {
        let Some(below) = block.below() else { return };
        self.real_in_shadow(id, below);
        let Some(next) = find(self.blocks, &self.workspace.block(below).kind).map(|index| &self.blocks[index]) else {
            return;
        };
        let fits = matches!(def.shape, Shape::Statement | Shape::Metadata | Shape::Step) && next.shape == def.shape;
        if !fits {
            let place = self.places.block(below);
            let above = self.places.block(id);
            self.places.push(
                Diagnostic::new(
                    Code::WrongChild,
                    place,
                    format!("{} cannot stand below {}", a(next.name), a(def.name)),
                )
                .help("put it where it belongs, or take it out")
                .related(above, "it stands below this"),
            );
        }
    }
}

fn count(value: &ExtraValue) -> Option<u32> {
    match value {
        ExtraValue::Text(text) | ExtraValue::Number(text) => {
            let whole = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            // However large it is, it is more than there may be.
            whole.then(|| text.parse().unwrap_or(u32::MAX))
        }
        ExtraValue::Bool(_) | ExtraValue::Other => None,
    }
}

pub(super) fn flag(value: &ExtraValue) -> Option<bool> {
    match value {
        ExtraValue::Bool(yes) => Some(*yes),
        ExtraValue::Text(text) | ExtraValue::Number(text) => match text.as_str() {
            "1" | "true" | "TRUE" => Some(true),
            "0" | "false" | "FALSE" => Some(false),
            _ => None,
        },
        ExtraValue::Other => None,
    }
}

/// With its article.
fn article(word: &str) -> String {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {word}") } else { format!("a {word}") }
}

/// A block by its type, with its article.
fn a(kind: &str) -> String {
    article(kind).replacen(' ', " `", 1) + "`"
}
