//! The examples of `examples/`: they do what their pages, samples and tests say.
#![allow(clippy::expect_used, clippy::panic)]

mod config;
mod decisions;
mod samples_of_events;
#[path = "../support/mod.rs"]
mod support;
mod winlogbeat;
