//! How detections are joined.

use super::detections;

/// Asks a condition over detections that each look for their own name in the command line.
#[track_caller]
fn condition(names: &[&str], condition: &str, rows: &[(&str, bool)]) {
    let named: String = names.iter().map(|name| format!("  {name}:\n    CommandLine|contains: '<{name}>'\n")).collect();
    let rows: Vec<(String, bool)> = rows
        .iter()
        .map(|(there, expected)| {
            let line: String = there.split_whitespace().map(|name| format!("<{name}>")).collect();
            (format!(r#""CommandLine":"{line}""#), *expected)
        })
        .collect();
    let rows: Vec<(&str, bool)> = rows.iter().map(|(data, expected)| (data.as_str(), *expected)).collect();
    detections(&format!("{named}  condition:\n{condition}"), &rows);
}

/// The same with one condition.
#[track_caller]
fn one(names: &[&str], text: &str, rows: &[(&str, bool)]) {
    condition(names, &format!("    - {text}"), rows);
}

#[test]
fn and_binds_closer_than_or_and_not_closest() {
    one(&["a", "b", "c"], "a or b and c", &[("a", true), ("b", false), ("b c", true), ("c", false)]);
    one(&["a", "b", "c"], "(a or b) and c", &[("a", false), ("a c", true), ("b c", true)]);
    one(&["a", "b"], "not a and b", &[("b", true), ("a b", false), ("", false)]);
    one(&["a", "b"], "not (a and b)", &[("", true), ("a", true), ("a b", false)]);
    one(&["a", "b"], "a or not b", &[("", true), ("b", false), ("a b", true)]);
    one(&["a"], "not not a", &[("a", true), ("", false)]);
    one(&["a", "b"], "a AND NOT b", &[("a", true), ("a b", false)]);
}

#[test]
fn one_of_and_all_of_choose_by_pattern() {
    let names = ["sel_a", "sel_b", "filter_x", "_helper"];
    let rest = " and not 1 of filter_* and not _helper";
    one(&names, &format!("1 of sel_*{rest}"), &[("sel_a", true), ("sel_b filter_x", false), ("filter_x", false)]);
    one(&names, &format!("all of sel_*{rest}"), &[("sel_a", false), ("sel_a sel_b", true)]);
    one(&names, "any of sel_* or filter_x and _helper", &[("sel_b", true), ("filter_x", false)]);
    // Helpers are not among `them`.
    one(&names, "1 of them or (_helper and sel_a)", &[("filter_x", true), ("_helper", false)]);
    one(&names, "all of them and not _helper", &[("sel_a sel_b filter_x", true), ("sel_a sel_b", false)]);
    one(&names, "1 of _* and 1 of sel_* and not filter_x", &[("_helper sel_a", true), ("sel_a", false)]);
    one(&["sel_x_cli", "sel_cli"], "1 of sel_*_cli and not sel_cli", &[("sel_x_cli", true), ("sel_cli", false)]);
}

#[test]
fn one_of_several_conditions_is_enough() {
    condition(&["a", "b", "c"], "    - a and b\n    - c", &[("a", false), ("a b", true), ("c", true), ("", false)]);
}

#[test]
fn a_detection_of_its_own_name_is_no_word_of_the_language() {
    one(
        &["notepad", "order", "android"],
        "notepad and order or android",
        &[("notepad", false), ("notepad order", true), ("android", true)],
    );
}
