//! What rules mean: the manual and its tables, cases, lints, counting.
//!
//! One program for all of them, as for the folders beside this one: each program is linked against all of the library, and runs alone.
#![allow(clippy::panic, clippy::expect_used)]

mod cases;
mod cases_of_alerts;
mod cases_of_rules;
mod cases_of_tables;
mod contexts;
mod diagnostic_pages;
mod drawn;
#[path = "../support/fences.rs"]
mod fences;
mod lints;
mod logmanager;
mod manual;
mod manual_blocks;
mod manual_forms;
mod manual_sysmon;
mod manual_templates;
mod manual_winlogbeat;
mod modules;
mod own_fields;
mod stored_names;
#[path = "../support/mod.rs"]
mod support;
mod undecidable;
