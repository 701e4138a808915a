//! What `grammar/blocks.json` says of a block is so.

use blocksieve::blockly::Registry;
use blocksieve::origin::Sources;
use blocksieve::source::{self, blockly::Format};
use blocksieve::table::TableDef;
use serde_json::Value;

use crate::drawings::read;

/// The ids of blocks of this type, and what is wrong with them.
fn wrong_with(kind: &str, rule: &str) -> Vec<String> {
    let value = "ab".repeat(32);
    let allowed = TableDef::new("allowed", &[("sha256", &[&value]), ("name", &[&value])]);
    let drawing = blocksieve::target::blockly::write(&read(rule).definition, Format::Json, None).unwrap();
    let mut sources = Sources::default();
    let id = sources.add("", drawing.as_str());
    let workspace = source::parse(&mut sources, id, &drawing, &Registry::default()).drawn.unwrap().workspace;
    let places: Vec<String> =
        workspace.blocks.iter().filter(|block| block.kind == kind).map(|block| format!("#{}", block.id)).collect();
    let (_, found) = blocksieve::compile_text(&drawing, &[allowed]);
    let said =
        found.iter().filter(|found| found.is_error()).map(|found| (sources.describe(found.primary.origin), found));
    said.filter(|(place, _)| places.iter().any(|block| place.split('.').next() == Some(block)))
        .map(|(place, found)| format!("{} {place} {}", found.code, found.message))
        .collect()
}

#[test]
fn each_block_may_stand_in_the_kinds_of_rules_that_it_says_and_in_no_other() {
    let file: Value = serde_json::from_str(include_str!("../../grammar/blocks.json")).unwrap();
    let mut refused = 0;
    for block in file["blocks"].as_array().unwrap().iter().filter(|block| block["shape"] != "hat") {
        let name = block["type"].as_str().unwrap();
        let kinds: Vec<&str> = block["kinds"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let example = block["example"].as_str().unwrap();
        let own = ["filter", "classify", "alert"].into_iter().find(|kind| example.starts_with(&format!("{kind} \"")));
        for kind in ["filter", "classify", "alert"] {
            let rule = match own {
                Some(own) => example.replacen(own, kind, 1),
                None => format!("{kind} \"x\" {{ if {example} {{ stop }} }}"),
            };
            let wrong = wrong_with(name, &rule);
            let not_here = wrong.iter().any(|wrong| wrong.starts_with("BS0210 "));
            // A classify rule removes other fields than a filter, so only its own example is faultless.
            let is_own = own.is_none_or(|own| own == kind);
            if kinds.contains(&kind) {
                assert!(!not_here && (!is_own || wrong.is_empty()), "{name}: {wrong:?}\n{rule}");
            } else if block["shape"] != "metadata" && block["shape"] != "step" {
                // A line about a rule that means nothing to its kind is not refused, in text neither; of a step, what it stands in is.
                refused += 1;
                assert!(not_here, "{name} may stand in a {kind}: {wrong:?}\n{rule}");
            }
        }
    }
    assert!(refused > 5, "{refused}");
}

#[test]
fn each_block_reads_back_as_itself_beside_all_others() {
    // One workspace with a rule for every example: ids do not clash, and the order stays.
    let file: Value = serde_json::from_str(include_str!("../../grammar/blocks.json")).unwrap();
    let mut rules = String::new();
    for (i, block) in file["blocks"].as_array().unwrap().iter().enumerate() {
        let example = block["example"].as_str().unwrap();
        let is_rule = ["filter \"x\"", "classify \"x\"", "alert \"x\""].iter().any(|head| example.starts_with(head));
        let rule = if is_rule { example.to_string() } else { format!("classify \"x\" {{ if {example} {{ stop }} }}") };
        rules.push_str(&rule.replacen("\"x\"", &format!("\"x{i}\""), 1));
        rules.push('\n');
    }
    let all = read(&rules);
    assert!(all.told.is_empty(), "{:?}", all.told);
    for format in [Format::Json, Format::Xml] {
        let drawing = blocksieve::target::blockly::write(&all.definition, format, None).unwrap();
        let again = read(&drawing);
        assert!(again.told.is_empty(), "{:?}", again.told);
        assert!(blocksieve::ast::same(&again.definition, &all.definition));
    }
}
