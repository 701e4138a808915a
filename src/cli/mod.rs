//! The command line: what is common to all commands.
//!
//! In: arguments, the environment, terminals. Out: text on standard output and standard error, and one [`exit::Exit`]. Never
//! here: what rules mean.

pub mod exit;
pub mod style;
