//! What holds of every tree on its way through blocks.

use proptest::prelude::*;

use super::{Old, raise, write};
use crate::ast::{self, CondKind, Definition, arbitrary, same};
use crate::diagnostic::Code;
use crate::origin::SourceId;
use crate::source::blockly::{Format, Outside, read};
use crate::source::text::parse;

/// Random trees without modifiers that their operator does not know: text can say those, though no rule with them compiles.
fn definition() -> impl Strategy<Value = Definition> {
    arbitrary::definition().prop_map(|mut def| {
        for cond in &mut def.conds {
            if let CondKind::Test(test) = &mut cond.kind {
                let kind = raise::test_kind(test);
                test.cased &= raise::holds(kind, "CASE");
                test.any_dash &= raise::holds(kind, "DASH");
            }
        }
        def
    })
}

fn back(text: &str, format: Format) -> (Definition, Vec<String>) {
    let (drawn, diagnostics) = read(SourceId(0), text, format, Outside::NOTHING);
    let errors = diagnostics.iter().filter(|found| found.is_error());
    (drawn.definition, errors.map(|found| format!("{} {:?}", found.message, found.primary.origin)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn every_tree_reads_back_from_json_as_itself(def in definition()) {
        let json = write(&def, Format::Json, None).unwrap();
        let (again, errors) = back(&json, Format::Json);
        prop_assert!(errors.is_empty(), "{}\n{:?}", json, errors);
        prop_assert!(same(&def, &again), "{}\n{}\n{}", json, ast::show::show(&def), ast::show::show(&again));
        prop_assert_eq!(write(&again, Format::Json, None).unwrap(), json, "writing twice gives other blocks");
    }

    #[test]
    fn every_tree_reads_back_from_xml_as_itself_or_is_refused_for_its_characters(def in definition()) {
        let text = crate::target::text::write(&def);
        match write(&def, Format::Xml, None) {
            Ok(xml) => {
                let (again, errors) = back(&xml, Format::Xml);
                prop_assert!(errors.is_empty(), "{}\n{:?}", xml, errors);
                prop_assert!(same(&def, &again), "{}\n{}\n{}", xml, text, ast::show::show(&again));
                prop_assert_eq!(write(&again, Format::Xml, None).unwrap(), xml, "writing twice gives other blocks");
            }
            Err(found) => prop_assert!(
                found.iter().all(|found| found.code == Code::NotCarried),
                "{:?}", found
            ),
        }
    }

    #[test]
    fn blocks_that_are_put_onto_themselves_do_not_move(def in definition()) {
        // As a person might have left them: other ids, other places.
        let json = write(&def, Format::Json, None).unwrap().replace("\"x\":20", "\"x\":333");
        let (drawn, _) = read(SourceId(0), &json, Format::Json, Outside::NOTHING);
        let old = Old { workspace: &drawn.workspace, aside: &drawn.aside };
        prop_assert_eq!(write(&def, Format::Json, Some(old)).unwrap(), json);
    }

    #[test]
    fn whatever_blocks_are_put_onto_they_say_the_same_and_stray_blocks_stay(
        new in definition(),
        old in definition(),
        stray in 0..3usize,
    ) {
        let (mut drawn, _) = read(SourceId(0), &write(&old, Format::Json, None).unwrap(), Format::Json, Outside::NOTHING);
        let strays = drawn.workspace.tops.len().min(stray);
        drawn.aside = drawn.workspace.tops[..strays].to_vec();
        let expected: Vec<String> = drawn.aside.iter().map(|id| drawn.workspace.block(*id).id.clone()).collect();
        let onto = Old { workspace: &drawn.workspace, aside: &drawn.aside };
        let json = write(&new, Format::Json, Some(onto)).unwrap();
        let (again, found) = read(SourceId(0), &json, Format::Json, Outside::NOTHING);
        prop_assert!(found.iter().all(|found| !found.is_error()), "{:?}", found);
        // The strays are rules here, so they are read as such, behind the others.
        let rules = again.definition.rules.len() - strays;
        let mut kept = again.definition.clone();
        kept.rules.truncate(rules);
        if strays == 0 {
            prop_assert!(same(&new, &kept), "{}", json);
        }
        let ids: Vec<&str> = again.workspace.blocks.iter().map(|block| block.id.as_str()).collect();
        prop_assert!(expected.iter().all(|id| ids.contains(&id.as_str())), "{:?} {:?}", expected, ids);
    }

    #[test]
    fn text_to_blocks_to_text_changes_nothing(def in definition()) {
        let text = crate::target::text::write(&def);
        let (read, _) = parse(SourceId(0), &text);
        let (again, errors) = back(&write(&read, Format::Json, None).unwrap(), Format::Json);
        prop_assert!(errors.is_empty(), "{:?}", errors);
        prop_assert_eq!(crate::target::text::write(&again), text);
    }
}
