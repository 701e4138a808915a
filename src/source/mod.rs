//! Where rules come from. Each reader turns one form into an [`ast::Definition`](crate::ast::Definition) plus diagnostics.

pub mod text;
