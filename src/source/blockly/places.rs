//! Places in a drawn definition: a block, with one of its fields or inputs.
//!
//! In: blocks as they are read. Out: origins, and the table of names that they refer to by index. A block without an id is
//! called by its type and its number in the file; of two that share an id each has its own place. Never here: lines and columns.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::blockly::{Block, BlockId};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{BlockName, Origin, Place, SourceId, Span};

/// Makes places, and collects findings.
#[derive(Debug)]
pub(super) struct Places {
    /// Which source.
    pub source: SourceId,
    /// Names of blocks and of their parts.
    pub names: Vec<BlockName>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of parts that were asked for.
    parts: FxHashMap<String, u32>,
    /// Places that something was found at.
    found: FxHashSet<Origin>,
    /// The name of each block, by its index.
    blocks: Vec<u32>,
}

impl Places {
    pub fn new(source: SourceId) -> Self {
        Self {
            source,
            names: Vec::new(),
            diagnostics: Vec::new(),
            parts: FxHashMap::default(),
            found: FxHashSet::default(),
            blocks: Vec::new(),
        }
    }

    fn push_name(&mut self, name: String, start: Option<u32>) -> u32 {
        self.names.push(BlockName { name, start });
        u32::try_from(self.names.len() - 1).unwrap_or(u32::MAX)
    }

    /// Takes the next block of the arena.
    pub fn add(&mut self, block: &Block) {
        let number = self.blocks.len() + 1;
        let name = match (block.id.as_str(), block.kind.as_str()) {
            ("", "") => format!("block {number}"),
            ("", kind) => format!("{kind} {number}"),
            (id, _) => id.to_string(),
        };
        let name = self.push_name(name, block.span.map(|span| span.start));
        self.blocks.push(name);
    }

    /// A block.
    pub fn block(&self, id: BlockId) -> Origin {
        let block = self.blocks.get(id.0 as usize).copied().unwrap_or(u32::MAX);
        Origin { source: self.source, place: Place::Block { block, part: None } }
    }

    /// A field or input of a block.
    pub fn part(&mut self, id: BlockId, part: &str) -> Origin {
        let part = Some(match self.parts.get(part) {
            Some(have) => *have,
            None => {
                let id = self.push_name(part.to_string(), None);
                self.parts.insert(part.to_string(), id);
                id
            }
        });
        match self.block(id).place {
            Place::Block { block, .. } => Origin { source: self.source, place: Place::Block { block, part } },
            place @ (Place::Whole | Place::Span(_)) => Origin { source: self.source, place },
        }
    }

    /// Bytes of the file.
    pub fn span(&self, span: Span) -> Origin {
        Origin::span(self.source, span)
    }

    /// A finding that is to be filled in.
    pub fn report(&mut self, code: Code, origin: Origin, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::new(code, origin, message).help(help));
    }

    /// A finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.insert(diagnostic.primary.origin);
        self.diagnostics.push(diagnostic);
    }

    /// Was anything found there?
    pub fn is_told(&self, origin: Origin) -> bool {
        self.found.contains(&origin)
    }
}
