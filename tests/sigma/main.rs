//! Rules of Sigma: read as others read them, firing as often as their authors say, written so that they come back; and they mean here what Sigma's
//! specification says: rules and events, each decided by the compiled machine and by its slow twin.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `values.rs` | values: wildcards, numbers, null, lists, keywords |
//! | `modifiers.rs` | each modifier, with events that meet it and events that do not |
//! | `conditions.rs` | how detections are joined |
//! | `sources.rs` | log sources, `sigma.toml`, fields, placeholders, filters |
//! | `correlations.rs` | streams of events, and what is told when |
//! | `cases.rs` | what people were bitten by: the rows of the table of cases, as rules of Sigma |
//! | `messages.rs` | every message once, as `check` prints it |
//! | `damaged.rs` | changed files: never a panic, always a place |
//! | `limits.rs` | files written to cost time or memory |
//! | `equal.rs` | random rules and events against a small evaluator of Sigma's own |
//! | `manual.rs` | the examples and tables of `grammar/sigma.md` |
//! | `pysigma.rs` | the parsed form of every rule against pySigma's |
//! | `corpus.rs` | SigmaHQ's rules on the events that come with them |
//! | `written.rs` | rules written as Sigma's |
//! | `faithful.rs` | what is written asks what was asked, or is refused at its place |
#![cfg(feature = "sigma")]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod cases;
mod conditions;
#[cfg(feature = "evtx")]
mod corpus;
mod correlations;
mod damaged;
mod equal;
mod faithful;
mod limits;
mod manual;
mod messages;
mod modifiers;
mod pysigma;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod values;
mod written;

use support::sigma;

/// Asks what stands below `selection:` of events of process creation with these event data.
#[track_caller]
fn selection(items: &str, rows: &[(&str, bool)]) {
    let indented: String = items.trim().lines().map(|line| format!("    {line}\n")).collect();
    detections(&format!("  selection:\n{indented}  condition: selection"), rows);
}

/// The same of detections, which begin with two blanks.
#[track_caller]
fn detections(detections: &str, rows: &[(&str, bool)]) {
    let rules = sigma::rules(&sigma::rule(detections));
    for (data, expected) in rows {
        let fires = sigma::fires(&rules, &support::sysmon(1, data));
        assert_eq!(fires, *expected, "{detections}\n{{{data}}}");
    }
}
