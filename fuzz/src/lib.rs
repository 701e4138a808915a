//! What must hold of any bytes that a reader is given.

pub mod configs;
pub mod events;
pub mod workspaces;
