//! What others decide: libbeat's conditions, Go's packages.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod go;
#[path = "../support/mod.rs"]
mod support;
mod winlogbeat;
