//! What rules become besides bytecode. Each target is a pure function of a tree.

pub mod blockly;
pub mod logmanager;
pub mod text;
pub mod winlogbeat;
