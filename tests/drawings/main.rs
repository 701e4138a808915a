//! The readers of drawings, by example.
//!
//! | file | what it shows |
//! | --- | --- |
//! | `broken` | every sort of broken block gives one finding, at its block and part, in both formats |
//! | `unreadable` | and so does what is no block, or no workspace |
//! | `vocabulary` | what `grammar/blocks.json` says of each block is so |
//! | `kept` | what is read as it was meant: old files, other formats, disabled blocks, shadows |
//! | `left_out` | what counts as none is kept beside the rules, when they are written again |
//! | `bitten` | what users of Blockly were bitten by |
//! | `large` | thousands of blocks in one chain, and the limits |
//! | `mutated` | no change of a file makes a panic, or is skipped without a word |
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod bitten;
mod blockly;
mod boards;
mod broken;
mod drawings;
mod exports;
mod exports_mixed;
mod kept;
mod large;
mod left_out;
mod logmanager_blocks;
mod mutated;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod unreadable;
mod vocabulary;
