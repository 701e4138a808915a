//! Random tests as Sigma: written so that they are read as they were, or refused at their place.

use proptest::prelude::*;

use super::write;
use crate::ast::{
    Args, Arm, At, Base, Cond, CondKind, Definition, Operand, Operator, Rule, RuleKind, Stmt, StmtKind, Test, arbitrary,
};
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::origin::{Origin, SourceId};
use crate::source::sigma::Setup;

/// An alert about starts of processes that asks one more thing.
fn alert(definition: &mut Definition, cond: Cond) {
    let origin = cond.origin;
    let event = Test {
        dialect: Dialect::Ours,
        every: false,
        subject: Operand { base: Base::Event, through: Vec::new(), origin },
        cased: false,
        any_dash: false,
        op: At::new(Operator::EventIs, origin),
        args: Args::Events(vec![At::new("sysmon.process_create".to_string(), origin)]),
    };
    let event = Cond { kind: CondKind::Test(Box::new(event)), comments: Vec::new(), origin };
    let members = [event, cond].map(|cond| definition.add_cond(cond));
    let cond = definition.add_cond(Cond { kind: CondKind::And(members.to_vec()), comments: Vec::new(), origin });
    let send = StmtKind::Send { via: At::new("file".to_string(), origin), template: None, to: Vec::new() };
    let mut stmt = |kind| definition.add_stmt(Stmt { kind, disabled: false, comments: Vec::new(), origin });
    let send = stmt(send);
    let body = vec![stmt(StmtKind::If { arms: vec![Arm { cond, body: vec![send] }], otherwise: None })];
    let name = At::new("a".to_string(), origin);
    definition.rules = vec![Rule {
        kind: RuleKind::Alert,
        name,
        disabled: false,
        meta: Vec::new(),
        body,
        comments: Vec::new(),
        origin,
    }];
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_test_comes_back_or_is_refused_at_its_place(def in arbitrary::definition()) {
        let setup = Setup::standard();
        for cond in &def.conds {
            let mut def = def.clone();
            alert(&mut def, cond.clone());
            if let Err(found) = write(&def, &setup, None) {
                prop_assert!(!found.is_empty());
                for found in found {
                    prop_assert!(found.code == Code::SigmaUnsaid && found.help.is_some(), "{found:?}");
                    prop_assert!(found.primary.origin == cond.origin || !found.message.contains("this rule"), "{found:?}");
                }
            }
        }
    }

    #[test]
    fn any_rules_are_written_or_refused(def in arbitrary::definition()) {
        if let Err(found) = write(&def, &Setup::standard(), None) {
            prop_assert!(found.iter().all(|found| found.code == Code::SigmaUnsaid && found.help.is_some()), "{found:?}");
        }
    }
}

#[test]
fn a_file_without_rules_is_refused() {
    let found = write(&Definition::new(SourceId(0)), &Setup::standard(), None).map_err(|found| found.len());
    assert_eq!(found, Err(1));
    assert_eq!(Origin::whole(SourceId(0)).as_span(), None);
}
