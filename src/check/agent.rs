//! Strict tests of the agent: what libbeat can say.
//!
//! In: a test of whatever dialect. Out: findings for what its dialect has no condition for. Never here: types and literals, which are those of any test.

use super::Checker;
use crate::ast::{self, Args, Base, Literal, Operator};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::ir::{Check, Set};

impl Checker<'_> {
    /// To libbeat `@timestamp` is a time, and no operator but `has_fields` takes one.
    pub(super) fn never_of_time(&mut self, test: &ast::Test) -> Check {
        self.report(
            Diagnostic::new(
                Code::NeverHolds,
                test.op.origin,
                "to the agent `@timestamp` is a time, which this never holds for",
            )
            .help("leave `strictly` out"),
        );
        Check::In(Set::default())
    }

    /// What libbeat, or another system, can say.
    pub(super) fn strict_form(&mut self, test: &ast::Test) {
        let version = match test.dialect {
            Dialect::Ours => return,
            Dialect::Winlogbeat(version) => version,
            Dialect::LogManager => return self.manager_form(test),
            Dialect::Sysmon | Dialect::Sigma => {
                // The tree can say them, for importers; the machine does not yet keep all that they mean.
                self.report(
                    Diagnostic::new(
                        Code::NotInDialect,
                        test.op.origin,
                        "this dialect cannot be compiled by this version",
                    )
                    .help("leave `strictly(...)` out for this language's meaning, or name a Winlogbeat version"),
                );
                return;
            }
        };
        let entry = test.op.value.entry();
        let mut no = |what: String, help: &str| {
            self.report(
                Diagnostic::new(Code::NotInDialect, test.op.origin, format!("Winlogbeat {version} cannot say {what}"))
                    .help(help),
            );
        };
        if !entry.strict || test.op.value == Operator::IsBlank {
            no(
                format!("`{}`", entry.word),
                "leave `strictly` out, or use ==, contains, matches, an ordering, a network or exists",
            );
        }
        if test.cased {
            no("`cased` again".to_string(), "strict tests are cased: leave `cased` out");
        }
        if test.every || !test.subject.through.is_empty() || !matches!(test.subject.base, Base::Field(_)) {
            no("this operand".to_string(), "a strict test is about one field as it stands");
        }
        let literals = match &test.args {
            Args::One(operand) => matches!(operand.base, Base::Literal(_)) && operand.through.is_empty(),
            Args::Many { items, .. } => {
                test.op.value == Operator::In
                    && items.iter().all(|i| matches!(i.base, Base::Literal(Literal::Network { .. })))
            }
            Args::Table { .. } => false,
            Args::None
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => true,
        };
        if !literals {
            no("this comparison".to_string(), "compare with one literal, or with networks");
        }
    }
}

/// Is it a strict test of the time of the event, other than whether it is there?
pub(super) fn asks_the_time(test: &ast::Test) -> bool {
    matches!(test.dialect, Dialect::Winlogbeat(_))
        && test.op.value != Operator::Exists
        && matches!(&test.subject.base, Base::Field(field) if field.name == "@timestamp")
}
