//! The program as people and their CI meet it: commands, their output and their exit status.
#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::expect_used)]

mod alerts;
mod cases_of_cli;
mod ci_kit;
mod commands;
mod detections;
mod diff;
mod events;
mod events_project;
mod hunt;
mod lookup;
mod merge;
mod new;
mod reports;
mod rules_chosen;
mod rules_tests;
#[path = "../support/schemas.rs"]
mod schemas;
#[path = "../support/mod.rs"]
mod support;
mod sysmon_cli;
mod winlogbeat_cli;
