//! The exit status: one table for every command.
//!
//! In: what happened. Out: a number from 0 to 4. Never here: `std::process::exit`; `main` returns an [`Exit`], so that every
//! buffer is written and every guard runs.
//!
//! Where several things happened, the one that leaves more undone decides: 4, then 2, then 3, then 1. So 1 is said only
//! by a run that saw everything: who gets it may rely on the findings being all there are. Who gets 3 has results, with
//! gaps that are named on standard error; there may be findings among them.

use std::process::{ExitCode, Termination};

/// How a command ended. The order is by how much is left undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// 0: done, and nothing to report.
    #[default]
    Clean,
    /// 1: done, and there is something: failed tests, errors that `check` found, a row that `lookup` refuses, matches with
    /// `--fail-on-match`, differences with `--exit-code`.
    Findings,
    /// 3: done in part: damaged records were skipped, a limit was hit, or alerts could not be delivered.
    Partial,
    /// 2: rules that do not compile, in a command that needs them.
    Rules,
    /// 4: not begun: wrong usage, or input that cannot be read.
    Unusable,
}

impl Exit {
    /// All, by status.
    pub const ALL: [Exit; 5] = [Exit::Clean, Exit::Findings, Exit::Rules, Exit::Partial, Exit::Unusable];

    /// The number that the shell sees.
    pub fn status(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Rules => 2,
            Exit::Partial => 3,
            Exit::Unusable => 4,
        }
    }

    /// What it means, for help and manual.
    pub fn about(self) -> &'static str {
        match self {
            Exit::Clean => "clean",
            Exit::Findings => {
                "findings: failed tests, coverage below --coverage-threshold, mutants that no test notices, errors found by check (and warnings, with --deny-warnings), rows that lookup refuses, matches with --fail-on-match, differences with --exit-code"
            }
            Exit::Rules => "rules that do not compile, in a command that needs them",
            Exit::Partial => {
                "partly done: damaged records were skipped, a limit was hit, or alerts could not be delivered"
            }
            Exit::Unusable => "wrong usage, or input that cannot be read",
        }
    }

    /// Of two, the one that leaves more undone: 4 over 2 over 3 over 1 over 0.
    #[must_use]
    pub fn worst(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// Takes note of something that happened.
    pub fn note(&mut self, other: Exit) {
        *self = self.worst(other);
    }

    /// What arguments that clap did not take mean: help and version that were asked for are clean, all else is wrong
    /// usage. (clap's own `exit` would say 2, which here means rules that do not compile.)
    pub fn of_arguments(error: &clap::Error) -> Exit {
        use clap::error::ErrorKind;
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Clean,
            _wrong => Exit::Unusable,
        }
    }

    /// The table as the end of `--help`.
    pub fn table() -> String {
        let mut out = String::from("Exit status:\n");
        for exit in Exit::ALL {
            out.push_str(&format!("  {}  {}\n", exit.status(), exit.about()));
        }
        out.push_str("Where several apply: 4 before 2 before 3 before 1.");
        out
    }
}

impl FromIterator<Exit> for Exit {
    fn from_iter<I: IntoIterator<Item = Exit>>(all: I) -> Exit {
        all.into_iter().fold(Exit::Clean, Exit::worst)
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.status())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_manual() {
        insta::assert_snapshot!(Exit::table(), @r"
        Exit status:
          0  clean
          1  findings: failed tests, coverage below --coverage-threshold, mutants that no test notices, errors found by check (and warnings, with --deny-warnings), rows that lookup refuses, matches with --fail-on-match, differences with --exit-code
          2  rules that do not compile, in a command that needs them
          3  partly done: damaged records were skipped, a limit was hit, or alerts could not be delivered
          4  wrong usage, or input that cannot be read
        Where several apply: 4 before 2 before 3 before 1.
        ");
    }

    #[test]
    fn what_leaves_more_undone_decides_in_any_order() {
        let mut by_weight = Exit::ALL;
        by_weight.sort();
        assert_eq!(by_weight.map(Exit::status), [0, 1, 3, 2, 4]);
        for a in Exit::ALL {
            for b in Exit::ALL {
                assert_eq!(a.worst(b), b.worst(a));
                assert_eq!([a, b].into_iter().collect::<Exit>(), a.worst(b));
            }
        }
        let mut exit = Exit::Clean;
        exit.note(Exit::Findings);
        exit.note(Exit::Partial);
        exit.note(Exit::Findings);
        assert_eq!(exit, Exit::Partial);
    }

    #[test]
    fn asking_for_help_is_clean_and_an_unknown_option_is_wrong_usage() {
        let command = || clap::Command::new("x").version("1");
        let exit = |args: [&str; 2]| Exit::of_arguments(&command().try_get_matches_from(args).unwrap_err());
        assert_eq!(exit(["x", "--help"]), Exit::Clean);
        assert_eq!(exit(["x", "--version"]), Exit::Clean);
        assert_eq!(exit(["x", "--nonsense"]), Exit::Unusable);
    }
}
