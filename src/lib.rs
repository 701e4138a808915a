//! Blocksieve: filters and alerts for Windows Sysmon events, compiled to bytecode.
//!
//! The way of a rule: `source` reads text into an [`ast`], [`check`] gives it names and types, [`ir`] is the typed form,
//! [`bytecode`] what is stored, [`vm`] what runs, [`pipeline`] the order in which filters, classification and alerts see an
//! event. Each stage takes one type and returns the next plus [`diagnostic`]s; none prints, none exits.

pub mod ast;
pub mod bytecode;
#[cfg(feature = "cli")]
pub mod cli;
pub mod check;
pub mod diagnostic;
pub mod dialect;
pub mod event;
pub mod explain;
pub mod fold;
pub mod ir;
pub mod limits;
pub mod operator;
pub mod origin;
pub mod source;
pub mod sysmon;
pub mod target;
pub mod vm;
#[cfg(feature = "wasm")]
pub mod wasm;
