//! What holds of every tree on its way through blocks.

use proptest::prelude::*;

use super::{raise, write};
use crate::ast::{self, CondKind, Definition, arbitrary, same};
use crate::diagnostic::Code;
use crate::origin::SourceId;
use crate::source::blockly::{Format, read};
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
    let (drawn, diagnostics) = read(SourceId(0), text, format);
    let errors = diagnostics.iter().filter(|found| found.is_error());
    (drawn.definition, errors.map(|found| format!("{} {:?}", found.message, found.primary.origin)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

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
    fn text_to_blocks_to_text_changes_nothing(def in definition()) {
        let text = crate::target::text::write(&def);
        let (read, _) = parse(SourceId(0), &text);
        let (again, errors) = back(&write(&read, Format::Json, None).unwrap(), Format::Json);
        prop_assert!(errors.is_empty(), "{:?}", errors);
        prop_assert_eq!(crate::target::text::write(&again), text);
    }
}
