//! What holds of every tree on its way through the log manager's blocks.

use proptest::prelude::*;

use super::write;
use crate::ast::{
    Args, Arm, At, Base, Cond, CondKind, Definition, Literal, Operand, Operator, Rule, RuleKind, Stmt, StmtKind,
    arbitrary, same, show,
};
use crate::blockly::Registry;
use crate::blockly::registry::Column;
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::origin::{Origin, SourceId};
use crate::source::blockly::{Format, Outside, read};

/// A registry that knows all that a definition names.
fn registry(def: &Definition) -> Registry {
    let mut registry = Registry::default();
    let mut number = 0;
    let mut uuid = || {
        number += 1;
        format!("00000000-0000-4000-8000-{number:012}")
    };
    for stmt in &def.stmts {
        match &stmt.kind {
            StmtKind::Tag(tags) => registry.tags.extend(tags.iter().map(|tag| (uuid(), tag.value.clone()))),
            StmtKind::Send { template: Some(template), .. } => {
                registry.templates.insert(uuid(), template.value.clone());
            }
            _ => {}
        }
    }
    for cond in &def.conds {
        let CondKind::Test(test) = &cond.kind else { continue };
        let mut operands: Vec<&Operand> = vec![&test.subject];
        match &test.args {
            Args::One(one) => operands.push(one),
            Args::Many { items, .. } => {
                let networks: Option<Vec<_>> = items
                    .iter()
                    .map(|item| match &item.base {
                        Base::Literal(Literal::Network { value, written }) => Some((*value, written.clone())),
                        _ => None,
                    })
                    .collect();
                if let Some(networks) = networks {
                    registry.prefix_lists.insert(uuid(), networks);
                }
            }
            Args::Tags { tags, .. } => registry.tags.extend(tags.iter().map(|tag| (uuid(), tag.value.clone()))),
            _ => {}
        }
        for operand in operands {
            let mut next = Some(operand);
            while let Some(operand) = next {
                next = None;
                if let Base::Lookup(lookup) = &operand.base {
                    let (table, column) = (lookup.table.value.clone(), lookup.column.value.clone());
                    registry.tables.insert(uuid(), Column { table, column });
                    next = Some(&lookup.of);
                }
            }
        }
    }
    registry
}

/// What a text of blocks reads as, and the errors.
fn back(def: &Definition, xml: &str, registry: &Registry) -> (Definition, Vec<String>) {
    let name = def.rules.first().map_or("", |rule| rule.name.value.as_str());
    let (drawn, diagnostics) = read(SourceId(0), xml, Format::Xml, Outside { name, registry });
    assert!(drawn.manager, "{xml}");
    let errors = diagnostics.iter().filter(|found| found.is_error());
    (drawn.definition, errors.map(|found| format!("{} {:?}", found.message, found.primary.origin)).collect())
}

/// A rule for each test of a random definition, as far as it can be made one of the log manager's without looking at what it
/// compares.
fn like_the_log_managers(def: &Definition) -> Vec<Definition> {
    let nowhere = Origin::whole(SourceId(0));
    let tests = def.conds.iter().filter_map(|cond| match &cond.kind {
        CondKind::Test(test) => Some(test),
        _ => None,
    });
    let rules = tests.enumerate().map(|(i, test)| {
        let mut test = test.clone();
        if test.op.value != Operator::HasTag {
            test.dialect = Dialect::LogManager;
        }
        (test.every, test.cased, test.any_dash) = (false, false, false);
        let mut one = Definition::new(SourceId(0));
        let cond = |kind| Cond { kind, comments: Vec::new(), origin: nowhere };
        let mut last = one.add_cond(cond(CondKind::Test(test)));
        for _ in 0..i % 3 {
            last = one.add_cond(cond(CondKind::Not(last)));
        }
        let stmt = |kind| Stmt { kind, disabled: false, comments: Vec::new(), origin: nowhere };
        let tag = one.add_stmt(stmt(StmtKind::Tag(vec![At::new("t".to_string(), nowhere)])));
        let choice = StmtKind::If { arms: vec![Arm { cond: last, body: vec![tag] }], otherwise: None };
        let body = vec![one.add_stmt(stmt(choice))];
        let name = At::new("r".to_string(), nowhere);
        let kind = RuleKind::Classify;
        let (meta, comments) = (Vec::new(), Vec::new());
        one.rules.push(Rule { kind, name, disabled: false, meta, body, comments, origin: nowhere });
        one
    });
    rules.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_tree_of_published_blocks_reads_back_as_itself(def in arbitrary::manager::definition()) {
        let registry = registry(&def);
        let xml = match write(&def, &registry) {
            Ok(xml) => xml,
            Err(found) => return Err(TestCaseError::fail(format!("{found:#?}\n{}", show::show(&def)))),
        };
        let (again, errors) = back(&def, &xml, &registry);
        prop_assert!(errors.is_empty(), "{}\n{:?}", xml, errors);
        prop_assert!(same(&def, &again), "{}\n{}\n{}", xml, show::show(&def), show::show(&again));
        prop_assert_eq!(write(&again, &registry).unwrap(), xml, "writing twice gives other blocks");
    }

    #[test]
    fn what_text_says_of_such_a_tree_is_the_tree(def in arbitrary::manager::definition()) {
        let text = crate::target::text::write(&def);
        let (again, found) = crate::source::text::parse(SourceId(0), &text);
        prop_assert!(!found.iter().any(crate::diagnostic::Diagnostic::is_error), "{}\n{:?}", text, found);
        prop_assert!(same(&def, &again), "{}", text);
    }

    #[test]
    fn any_test_is_refused_with_the_way_out_or_reads_back_as_itself(def in arbitrary::definition()) {
        for def in like_the_log_managers(&def) {
            let registry = registry(&def);
            match write(&def, &registry) {
                Ok(xml) => {
                    let (again, errors) = back(&def, &xml, &registry);
                    prop_assert!(errors.is_empty(), "{}\n{:?}", xml, errors);
                    prop_assert!(same(&def, &again), "{}\n{}\n{}", xml, show::show(&def), show::show(&again));
                }
                Err(found) => {
                    prop_assert!(!found.is_empty());
                    for found in found {
                        let known = [Code::NotInTarget, Code::NotCarried, Code::UnknownReference];
                        prop_assert!(known.contains(&found.code) && found.help.is_some(), "{:?}", found);
                    }
                }
            }
        }
    }
}
