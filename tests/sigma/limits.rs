//! Files written to cost time or memory: each ends soon, with one message that says what is too much and what to do.

use blocksieve::source::sigma::Setup;

use super::sigma;

/// The head of a rule, up to its detections.
const HEAD: &str =
    "title: T\nname: base\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n";

/// A detection `a` of so many values, and the condition that asks for it.
fn values(count: usize) -> String {
    let values: String = (0..count).map(|value| format!("            - v{value}\n")).collect();
    format!("    a:\n        Image:\n{values}    condition: a\n")
}

/// A correlation of that rule.
fn correlation(number: usize, rule: &str) -> String {
    format!(
        "---\ntitle: C{number}\nname: correlation_number_{number}\ncorrelation:\n    type: event_count\n    rules: [{rule}]\n    timespan: 1m\n    condition: {{gte: 2}}\n"
    )
}

/// Asks that the errors of this file are of one code, so many, and that the first says this.
#[track_caller]
fn too_much(text: &str, code: &str, count: usize, says: &str) {
    let (_, _, found) = sigma::compile(&[("rule.yml", text)], &Setup::standard());
    let errors: Vec<_> = found.iter().filter(|one| one.is_error()).collect();
    assert_eq!(errors.len(), count, "{:#?}", errors.iter().take(3).collect::<Vec<_>>());
    for error in &errors {
        assert_eq!(error.code.to_string(), code);
        assert!(error.help.is_some(), "no way out: {}", error.message);
    }
    assert!(errors[0].message.contains(says), "{}", errors[0].message);
}

#[test]
fn a_long_condition_over_a_long_list() {
    let detections = values(20_000).replace("condition: a\n", &format!("condition: {}\n", ["a"; 5_000].join(" or ")));
    too_much(&format!("{HEAD}{detections}"), "BS1105", 1, "would ask for more than 200000 values");
    let detections = values(1).replace("condition: a\n", &format!("condition: {}\n", ["a"; 40_000].join(" or ")));
    too_much(&format!("{HEAD}{detections}"), "BS1105", 1, "a condition of more than 65536 bytes");
}

#[test]
fn a_pattern_over_many_detections_asked_often() {
    let detections: String = (0..900).map(|number| format!("    s{number}:\n        Image: x{number}\n")).collect();
    let condition = ["1 of s*"; 5_000].join(" or ");
    too_much(&format!("{HEAD}{detections}    condition: {condition}\n"), "BS1105", 1, "would ask for more than");
}

#[test]
fn many_detections_and_many_keys() {
    let detections: String = (0..3_000).map(|number| format!("    s{number}:\n        Image: x{number}\n")).collect();
    too_much(&format!("{HEAD}{detections}    condition: 1 of s*\n"), "BS1101", 1, "more than 1000 keys");
    let keys: String = (0..90_000).map(|number| format!("k{number}: x\n")).collect();
    too_much(&format!("{keys}{HEAD}{}", values(1)), "BS1101", 1, "more than 1000 keys");
}

#[test]
fn a_long_rule_of_many_correlations() {
    let all: String = (0..6_000).map(|number| correlation(number, "base")).collect();
    too_much(&format!("{HEAD}{}{all}", values(20_000)), "BS1105", 1, "more than 2000000 values");
}

#[test]
fn a_long_rule_that_is_grouped_by_many_aliases() {
    let names: Vec<String> = (0..8).map(|name| format!("k{name}")).collect();
    let aliases: String = names.iter().map(|name| format!("        {name}: {{base: User}}\n")).collect();
    let grouped = correlation(0, "base")
        .replace("[base]", &format!("[base]\n    group-by: [{}]\n    aliases:\n{aliases}", names.join(", ")));
    too_much(&format!("{HEAD}{}{grouped}", values(50_000)), "BS1105", 1, "would ask for more than 200000 values");
}

#[test]
fn correlations_in_a_long_chain() {
    let all: String =
        (1..3_000).map(|number| correlation(number, &format!("correlation_number_{}", number - 1))).collect();
    let (rules, _, found) = sigma::compile(
        &[("rule.yml", &format!("{HEAD}{}{}{all}", values(1), correlation(0, "base")))],
        &Setup::standard(),
    );
    assert!(rules.is_some(), "{:#?}", found.iter().take(3).collect::<Vec<_>>());
    // And in a ring.
    let ring = format!("{HEAD}{}{}{all}", values(1), correlation(0, "correlation_number_2999"));
    too_much(&ring, "BS1112", 3_000, "waits for this correlation itself");
}

#[test]
fn many_correlations_of_rules_that_are_not_there() {
    let all: String = (0..3_000).map(|number| correlation(number, &format!("corelation_number_{number}x"))).collect();
    too_much(&format!("{HEAD}{}{all}", values(1)), "BS1112", 3_000, "there is no rule");
}

#[test]
fn a_long_document_added_to_many() {
    let global = format!("action: global\n{}{}", HEAD.replace("title: T\nname: base\n", ""), values(20_000));
    let all: String = (0..8_000).map(|number| format!("---\ntitle: G{number}\n")).collect();
    too_much(&format!("{global}{all}"), "BS1101", 1, "more than 500000 values");
}

#[test]
fn many_rules_are_not_too_many() {
    let rule = |number: usize| {
        format!("---\n{}{}", HEAD.replace("title: T\nname: base\n", &format!("title: T{number}\n")), values(1))
    };
    let (rules, _, found) =
        sigma::compile(&[("rule.yml", &(0..3_000).map(rule).collect::<String>())], &Setup::standard());
    assert!(!found.iter().any(|one| one.is_error()), "{:#?}", found.iter().take(3).collect::<Vec<_>>());
    assert!(rules.is_some());
}
