//! Blockly workspaces: what a drawn definition is made of, on its way in and on its way out.
//!
//! [`workspace`] mirrors what Blockly saves, whichever format it was saved in; [`vocabulary`] is `grammar/blocks.json` as
//! tables. `source/blockly` reads a workspace and lowers it to a tree, `target/blockly` raises a tree to a workspace, lays it
//! out and writes it. Never here: meaning.

pub(crate) mod message;
pub mod registry;
pub mod vocabulary;
pub mod words;
pub mod workspace;

pub use registry::Registry;
pub use workspace::{Block, BlockId, Comment, Extra, ExtraValue, Field, FieldValue, Input, Note, Variable, Workspace};
