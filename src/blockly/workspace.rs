//! What Blockly saves, as types: one mirror for both formats.
//!
//! In: a reader of either format, or a tree that was raised. Out: blocks in a flat arena, a parent always before what stands
//! in it, so that thousands of blocks in one chain cost no stack. Names, values and extra state are as they were saved;
//! nothing is looked up. Never here: which blocks exist.

use crate::origin::Span;

/// Index of a block in [`Workspace::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

/// One saved workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// Arena of blocks; a parent stands before its children.
    pub blocks: Vec<Block>,
    /// Blocks that stand in no other.
    pub tops: Vec<BlockId>,
    /// Variables.
    pub variables: Vec<Variable>,
    /// Comments that belong to no block.
    pub notes: Vec<Note>,
    /// What else the file holds at its top: names, and values as JSON.
    pub rest: Vec<(String, String)>,
}

/// One block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Its type.
    pub kind: String,
    /// Its id; empty if it has none.
    pub id: String,
    /// A stand-in that a real block covers.
    pub shadow: bool,
    /// Where a top block stands: x, y.
    pub at: Option<(f64, f64)>,
    /// Why it is disabled; empty if it is not.
    pub disabled: Vec<String>,
    /// How it looks, and what may be done to it.
    pub look: Look,
    /// Its comment.
    pub comment: Option<Comment>,
    /// Its extra state.
    pub extra: Option<Extra>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Its inputs, in order.
    pub inputs: Vec<Input>,
    /// What stands below it.
    pub next: Option<BlockId>,
    /// A shadow that stands below it when nothing else does.
    pub next_shadow: Option<BlockId>,
    /// Where it begins in the file.
    pub span: Option<Span>,
}

/// What a block carries that means nothing to a rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Folded to one line.
    pub collapsed: bool,
    /// Its inputs in one line, if it says so.
    pub inline: Option<bool>,
    /// May not be deleted.
    pub undeletable: bool,
    /// May not be moved.
    pub unmovable: bool,
    /// May not be edited.
    pub uneditable: bool,
    /// Text that some tool keeps with it.
    pub data: Option<String>,
    /// Icons other than its comment: their type, and their state as JSON.
    pub icons: Vec<(String, String)>,
}

/// The comment of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comment {
    /// Its text.
    pub text: String,
    /// Is it shown all the time?
    pub pinned: Option<bool>,
    /// Height and width of its bubble.
    pub size: Option<(f64, f64)>,
    /// Where its bubble stands.
    pub at: Option<(f64, f64)>,
}

/// A comment of the workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Where it stands: x, y.
    pub at: Option<(f64, f64)>,
    /// Height and width.
    pub size: Option<(f64, f64)>,
    /// Folded.
    pub collapsed: bool,
    /// May not be deleted.
    pub undeletable: bool,
    /// May not be moved.
    pub unmovable: bool,
    /// May not be edited.
    pub uneditable: bool,
}

/// A variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variable {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type; empty for none.
    pub kind: String,
}

/// A field with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: FieldValue,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// Text, as every field has in XML.
    Text(String),
    /// A number, with the characters that wrote it.
    Number(String),
    /// A boolean.
    Bool(bool),
    /// A variable: its id, and its name and type where they were saved with it.
    Variable {
        /// Its id.
        id: String,
        /// Its name, where it stands there.
        name: Option<String>,
        /// Its type, where it stands there.
        kind: Option<String>,
    },
    /// Anything else, as JSON.
    Other(String),
}

/// An input with what stands in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// The block in it.
    pub block: Option<BlockId>,
    /// The shadow in it, which counts where no block is.
    pub shadow: Option<BlockId>,
    /// Is it one for a stack of blocks, as XML says and JSON does not?
    pub statements: Option<bool>,
}

impl Input {
    /// What counts: the block, else the shadow.
    pub fn content(&self) -> Option<BlockId> {
        self.block.or(self.shadow)
    }
}

/// Extra state: what the block's shape depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extra {
    /// Its members, so far as they are plain: of a JSON object, or the attributes of a mutation.
    pub values: Vec<(String, ExtraValue)>,
    /// Are the names those of a mutation?
    pub mutation: bool,
    /// The state of a block that is not understood, as it was: JSON, or the XML of a mutation.
    pub raw: Option<String>,
}

/// A member of extra state.
#[derive(Clone, Debug, PartialEq)]
pub enum ExtraValue {
    /// A text, as all are in a mutation.
    Text(String),
    /// A number, with the characters that wrote it.
    Number(String),
    /// A boolean.
    Bool(bool),
    /// A list, an object, or null.
    Other,
}

impl Workspace {
    /// Stores a block.
    pub fn add(&mut self, block: Block) -> BlockId {
        self.blocks.push(block);
        BlockId(u32::try_from(self.blocks.len() - 1).unwrap_or(u32::MAX))
    }

    /// The block with this id. Ids come from this workspace only.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }

    /// The same, to be changed.
    pub fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.0 as usize]
    }
}

impl Block {
    /// What stands below it: a block, else a shadow.
    pub fn below(&self) -> Option<BlockId> {
        self.next.or(self.next_shadow)
    }

    /// All blocks that stand directly in it or below it, shadows behind blocks too.
    pub fn children(&self) -> impl Iterator<Item = BlockId> + '_ {
        let inside = self.inputs.iter().flat_map(|input| [input.block, input.shadow]);
        inside.chain([self.next, self.next_shadow]).flatten()
    }
}
