//! The canonical layout by example, and what holds of it for every tree.

use proptest::prelude::*;

use super::write;
use crate::ast::{arbitrary, same};
use crate::origin::SourceId;
use crate::source::text::parse;

/// What `fmt` makes of a text without faults.
fn fmt(text: &str) -> String {
    let (def, diagnostics) = parse(SourceId(0), text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    write(&def)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn every_tree_reads_back_as_itself(def in arbitrary::definition()) {
        let text = write(&def);
        let (back, diagnostics) = parse(SourceId(0), &text);
        let errors: Vec<_> = diagnostics.iter().filter(|finding| finding.is_error()).collect();
        prop_assert!(errors.is_empty(), "{}\n{:?}", text, errors);
        prop_assert!(same(&def, &back), "{}\n--- read as\n{}", text, crate::ast::show::show(&back));
        prop_assert_eq!(write(&back), text, "writing twice gives other text");
    }

    #[test]
    fn no_line_ends_in_a_blank(def in arbitrary::definition()) {
        for line in write(&def).lines() {
            prop_assert!(!line.ends_with(' '), "{:?}", line);
        }
    }
}

#[test]
fn x() {
    println!("{}", fmt("filter 'a' { drop }"));
}
