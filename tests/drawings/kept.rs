//! What is read as it was meant: disabled blocks, shadows, comments, order, old files, and all that belongs to no rule.

use blocksieve::origin::SourceId;
use blocksieve::source::blockly::{Format, Outside};
use blocksieve::target::blockly::{Old, json, xml};

use crate::drawings::{Both, as_text, asks, check, dns, does, equals, read, text, workspace};

/// Both formats are read as these rules, with exactly these codes at these places.
#[track_caller]
fn reads(both: &Both, told: &[&str], rules: &str) {
    for drawing in [&both.json, &both.xml] {
        let read = read(drawing);
        let places: Vec<String> =
            read.told.iter().map(|told| told.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(places, told, "{:#?}\n{drawing}", read.told);
        assert_eq!(text(&read.definition).trim_end(), rules.trim_end(), "{drawing}");
    }
}

/// A block that is switched off.
fn off(block: &str) -> String {
    block.replacen("\"id\"", "\"disabledReasons\":[\"MANUALLY_DISABLED\"],\"id\"", 1)
}

const STOP: &str = r#"{"type":"rule_stop","id":"s"}"#;

fn and(a: &str, b: &str) -> String {
    format!(
        r#"{{"type":"logic_operation","id":"and","fields":{{"OP":"AND"}},"inputs":{{"A":{{"block":{a}}},"B":{{"block":{b}}}}}}}"#
    )
}

// Disabled -----------------------------------------------------------------------------------------------------------

#[test]
fn a_disabled_rule_and_a_disabled_statement_stay_and_are_written_so() {
    let both = does(&off(STOP));
    reads(&both, &[], "classify \"n\" {\n    disabled stop\n}");
    let rule = workspace(
        r#"{"type":"rule_classify","id":"r","disabledReasons":["MANUALLY_DISABLED"],"fields":{"NAME":"n"},"inputs":{"DO":{"block":{"type":"rule_stop","id":"s"}}}}"#,
    );
    reads(&rule, &[], "disabled classify \"n\" {\n    stop\n}");
}

#[test]
fn a_disabled_if_stays_with_all_that_is_in_it() {
    let mut both = asks(&dns("is"));
    both.json = both.json.replace(r#""id":"if""#, r#""id":"if","enabled":false"#);
    both.xml = both.xml.replace(r#"id="if""#, r#"id="if" disabled="true""#);
    reads(&both, &[], "classify \"n\" {\n    disabled if event is sysmon.dns_query {\n        tag \"t\"\n    }\n}");
}

#[test]
fn old_files_say_disabled_in_other_words() {
    let rules = "classify \"n\" {\n    disabled stop\n}\n";
    let both = does(STOP);
    assert_eq!(as_text(&both.json.replace(r#""id":"s""#, r#""id":"s","enabled":false"#)), rules);
    for attribute in [r#"disabled="true""#, r#"disabled="disabled""#, r#"disabled-reasons="a%2Cb,c""#] {
        assert_eq!(as_text(&both.xml.replace(r#"id="s""#, &format!("id=\"s\" {attribute}"))), rules, "{attribute}");
    }
    let enabled = "classify \"n\" {\n    stop\n}\n";
    assert_eq!(as_text(&both.json.replace(r#""id":"s""#, r#""id":"s","enabled":true"#)), enabled);
    assert_eq!(as_text(&both.xml.replace(r#"id="s""#, r#"id="s" disabled="false""#)), enabled);
}

#[test]
fn a_member_of_and_that_is_switched_off_is_not_asked_and_told() {
    reads(
        &asks(&and(&off(&dns("a")), r#"{"type":"logic_boolean","id":"b","fields":{"BOOL":"TRUE"}}"#)),
        &["BS0811 #a"],
        "classify \"n\" {\n    if true {\n        tag \"t\"\n    }\n}",
    );
}

#[test]
fn an_and_whose_members_are_all_switched_off_is_no_condition() {
    reads(&asks(&and(&off(&dns("a")), &off(&dns("b")))), &["BS0811 #a", "BS0811 #b", "BS0805 #and.A"], "");
}

#[test]
fn a_member_that_is_missing_is_told_also_behind_one_that_is_switched_off() {
    let three =
        and(&off(&dns("a")), &dns("b")).replacen("\"fields\"", "\"extraState\":{\"itemCount\":3},\"fields\"", 1);
    reads(&asks(&three), &["BS0811 #a", "BS0805 #and.MEMBER2"], "");
}

#[test]
fn a_condition_that_is_switched_off_is_none() {
    // The place where it is missing, and the block to enable.
    reads(&asks(&off(&dns("is"))), &["BS0811 #is", "BS0805 #if.IF0"], "");
    reads(
        &equals("Image", &off(r#"{"type":"text","id":"v","fields":{"TEXT":"x"}}"#)),
        &["BS0811 #v", "BS0805 #is.B"],
        "",
    );
}

#[test]
fn a_list_goes_on_without_the_items_that_are_switched_off() {
    let item = |id: &str| format!(r#"{{"type":"text","id":"{id}","fields":{{"TEXT":"{id}"}}}}"#);
    let list = format!(
        r#"{{"type":"text_test_substring","id":"c","fields":{{"TYPE":"CONTAINS"}},"inputs":{{
            "VALUE":{{"block":{{"type":"event_field","id":"f","fields":{{"NAME":"Image"}}}}}},
            "FIND":{{"block":{{"type":"lists_create_with","id":"l","inputs":{{
                "ADD0":{{"block":{}}},"ADD1":{{"block":{}}},"ADD2":{{"block":{}}}}}}}}}}}}}"#,
        item("x"),
        off(&item("y")),
        item("z")
    );
    reads(
        &asks(&list),
        &["BS0811 #y"],
        "classify \"n\" {\n    if Image contains any ['x', 'z'] {\n        tag \"t\"\n    }\n}",
    );
}

#[test]
fn metadata_that_is_switched_off_is_none() {
    let meta = |id: &str, level: &str, next: &str| {
        format!(r#"{{"type":"rule_severity","id":"{id}","fields":{{"LEVEL":"{level}"}}{next}}}"#)
    };
    let below = format!(
        r#","next":{{"block":{}}}"#,
        r#"{"type":"rule_note","id":"why","fields":{"KEY":"REASON","TEXT":"because"}}"#
    );
    reads(
        &workspace(&format!(
            r#"{{"type":"rule_classify","id":"r","fields":{{"NAME":"n"}},"inputs":{{"META":{{"block":{}}},"DO":{{"block":{STOP}}}}}}}"#,
            off(&meta("m", "LOW", &below))
        )),
        &["BS0811 #m"],
        "classify \"n\" {\n    reason \"because\"\n    stop\n}",
    );
}

// Shadows, looks, comments -------------------------------------------------------------------------------------------

#[test]
fn a_shadow_counts_where_no_block_covers_it() {
    let shadow = r#"{"shadow":{"type":"text","id":"sh","fields":{"TEXT":"behind"}}"#;
    let in_b = |both: &Both, json: &str, xml: &str| Both {
        json: both.json.replace(r#"{"block":{"type":"text","id":"v","fields":{"TEXT":"x"}}}"#, json),
        xml: both.xml.replace("<block type=\"text\"", &format!("{xml}<block type=\"text\"")),
    };
    let both = equals("Image", r#"{"type":"text","id":"v","fields":{"TEXT":"x"}}"#);
    let covered = in_b(
        &both,
        &format!(r#"{shadow},"block":{{"type":"text","id":"v","fields":{{"TEXT":"x"}}}}}}"#),
        r#"<shadow type="text" id="sh"><field name="TEXT">behind</field></shadow>"#,
    );
    assert!(as_text(&covered.json).contains("Image == 'x'"));
    assert!(as_text(&covered.xml).contains("Image == 'x'"));
    let alone = format!("{shadow}}}");
    assert!(as_text(&in_b(&both, &alone, "").json).contains("Image == 'behind'"));
    let xml = both
        .xml
        .replace("<block type=\"text\"", "<shadow type=\"text\"")
        .replace("x</field></block>", "x</field></shadow>");
    assert!(as_text(&xml).contains("Image == 'x'"));
}

#[test]
fn a_comment_belongs_to_the_next_construct_that_text_has() {
    let comment = |text: &str| format!(r#""icons":{{"comment":{{"text":"{text}"}}}},"id""#);
    let operand = r#"{"type":"text","id":"v","fields":{"TEXT":"x"}}"#.replacen("\"id\"", &comment("about x"), 1);
    let mut both = equals("Image", &operand);
    for (id, text) in [("if", "about the if"), ("rule", "about the rule")] {
        both.json = both.json.replace(&format!("\"id\":\"{id}\""), &format!("{}:\"{id}\"", comment(text)));
        both.xml = both.xml.replacen(&format!(" id=\"{id}\""), &format!(" id=\"{id}\" marker=\"{text}\""), 1);
        let (before, rest) = both.xml.split_once(&format!(" marker=\"{text}\"")).unwrap();
        let (attributes, inside) = rest.split_once('>').unwrap();
        both.xml = format!("{before}{attributes}><comment>{text}</comment>{inside}");
    }
    reads(
        &both,
        &[],
        "// about the rule\nclassify \"n\" {\n    // about the if\n    if\n       // about x\n       Image == 'x' {\n        tag \"t\"\n    }\n}",
    );
}

#[test]
fn comments_behind_the_last_rule_stand_in_a_note_of_their_own() {
    let rules = "classify \"n\" {\n    stop\n}\n// the end\n// of the file\n";
    let definition = read(rules).definition;
    for format in [Format::Json, Format::Xml] {
        let drawing = blocksieve::target::blockly::write(&definition, format, None).unwrap();
        assert!(drawing.contains("comments-at-the-end"), "{drawing}");
        assert_eq!(as_text(&drawing), text(&definition));
    }
    // Another note says nothing about the rules.
    let note = r#"<comment id="n1" x="5" y="6" h="100" w="200">to do</comment></xml>"#;
    assert_eq!(as_text(&does(STOP).xml.replace("</xml>", note)), "classify \"n\" {\n    stop\n}\n");
}

// Order and strays ---------------------------------------------------------------------------------------------------

fn rule(name: &str, place: &str) -> String {
    format!(
        r#"{{"type":"rule_classify","id":"{name}","fields":{{"NAME":"{name}"}},{place}"inputs":{{"DO":{{"block":{{"type":"rule_stop","id":"s-{name}"}}}}}}}}"#
    )
}

fn names(drawing: &str) -> Vec<String> {
    read(drawing).definition.rules.iter().map(|rule| rule.name.value.clone()).collect()
}

#[test]
fn rules_run_from_top_to_bottom_as_they_are_drawn() {
    let tops =
        [rule("low", r#""x":0,"y":300,"#), rule("high", r#""x":0,"y":-20,"#), rule("middle", r#""x":900,"y":10,"#)];
    let both = workspace(&tops.join(","));
    assert_eq!(names(&both.json), ["high", "middle", "low"]);
    assert_eq!(names(&both.xml), ["high", "middle", "low"]);
}

#[test]
fn of_two_rules_at_one_height_the_left_runs_first() {
    let both = workspace(&[rule("right", r#""x":500,"y":10,"#), rule("left", r#""x":0,"y":10,"#)].join(","));
    assert_eq!(names(&both.json), ["left", "right"]);
    assert_eq!(names(&both.xml), ["left", "right"]);
}

#[test]
fn rules_without_a_place_keep_the_order_of_the_file() {
    let both = workspace(&[rule("b", ""), rule("a", r#""x":0,"y":-500,"#), rule("c", "")].join(","));
    assert_eq!(names(&both.json), ["b", "a", "c"]);
    assert_eq!(names(&both.xml), ["b", "a", "c"]);
}

#[test]
fn what_belongs_to_no_rule_is_kept_and_told_if_nobody_knows_it() {
    let stray = r#"{"type":"event_is","id":"stray","x":1.5,"y":-2,"collapsed":true,"deletable":false,"movable":false,"editable":false,"inline":true,"data":"d","fields":{"A":"b"},"inputs":{"I":{"block":{"type":"text","id":"in","fields":{"TEXT":"<&>"}}}},"next":{"block":{"type":"filter_drop","id":"below"}}}"#;
    // A misspelt rule must not vanish among what stands about.
    let misspelt = workspace(&stray.replace("event_is", "rule_filtr"));
    for drawing in [&misspelt.json, &misspelt.xml] {
        let told = read(drawing).told;
        assert_eq!(told, ["BS0802 #stray there is no block `rule_filtr`; did you mean `rule_filter`?"]);
    }
    let both = workspace(&format!("{},{stray}", rule("n", "")));
    for (drawing, format) in [(&both.json, Format::Json), (&both.xml, Format::Xml)] {
        let first = read(drawing);
        assert_eq!(first.told.len(), 1, "{:#?}", first.told);
        assert!(first.told[0].starts_with("BS0810 #stray "), "{:#?}", first.told);
        let kept = first.drawn.unwrap().workspace;
        // Both formats hold the same.
        let (as_xml, uncarried) = xml::write(&kept, xml::NAMESPACE);
        assert!(uncarried.is_empty(), "{uncarried:?}");
        for again in [json::write(&kept), as_xml] {
            let mut again = read(&again).drawn.unwrap().workspace;
            for (block, was) in again.blocks.iter_mut().zip(&kept.blocks) {
                block.span = was.span;
                for (input, was) in block.inputs.iter_mut().zip(&was.inputs) {
                    // Only XML says which inputs are for stacks.
                    input.statements = was.statements;
                }
            }
            assert_eq!(again, kept, "{format:?}");
        }
    }
}

#[test]
fn a_shadow_below_a_block_stays_behind_what_covers_it() {
    let drawing = does(
        r#"{"type":"rule_stop","id":"s","next":{"shadow":{"type":"filter_keep","id":"k"},"block":{"type":"rule_stop","id":"t"}}}"#,
    );
    for (text, format) in [(&drawing.json, Format::Json), (&drawing.xml, Format::Xml)] {
        let (drawn, found) = blocksieve::source::blockly::read(SourceId(0), text, format, Outside::NOTHING);
        assert!(found.iter().all(|found| !found.is_error()), "{found:?}");
        let old = Old { workspace: &drawn.workspace, aside: &drawn.aside };
        let back = blocksieve::target::blockly::write(&drawn.definition, format, Some(old)).expect("it goes back");
        assert!(back.contains("filter_keep"), "{back}");
    }
    // Where nothing covers it, it is what the rule does, and a shadow still.
    let bare = does(r#"{"type":"rule_stop","id":"s","next":{"shadow":{"type":"rule_stop","id":"t"}}}"#);
    let (drawn, _) = blocksieve::source::blockly::read(SourceId(0), &bare.json, Format::Json, Outside::NOTHING);
    let old = Old { workspace: &drawn.workspace, aside: &drawn.aside };
    let back = blocksieve::target::blockly::write(&drawn.definition, Format::Json, Some(old)).expect("it goes back");
    assert!(back.contains("\"next\":{\"shadow\":"), "{back}");
}

#[test]
fn what_a_plugin_saved_is_kept_in_json() {
    let drawing = does(STOP).json.replacen('{', r#"{"backpack":["a",{"b":1.50}],"#, 1);
    let kept = read(&drawing).drawn.unwrap().workspace;
    assert!(json::write(&kept).contains(r#""backpack":["a",{"b":1.50}]"#), "{}", json::write(&kept));
    // And what is written is a workspace where there is nothing else.
    let alone = r#"{"blocks":{"languageVersion":0,"blocks":[]},"backpack":["a"]}"#;
    let again = json::write(&read(alone).drawn.unwrap().workspace);
    assert!(read(&again).told.is_empty() && again.contains(r#""backpack":["a"]"#), "{again}: {:?}", read(&again).told);
}

#[test]
fn an_empty_workspace_is_one_without_rules() {
    for empty in ["{}", r#"{"blocks":{"languageVersion":0,"blocks":[]}}"#, "<xml/>", "<xml></xml>", "\u{feff}<xml/>"] {
        let read = read(empty);
        assert!(read.told.is_empty() && read.definition.rules.is_empty(), "{empty}: {:?}", read.told);
    }
}

// Old and odd spellings ----------------------------------------------------------------------------------------------

#[test]
fn extra_state_may_be_the_text_of_a_mutation() {
    let both =
        does(r#"{"type":"message_add_tag","id":"t1","extraState":{"itemCount":2},"fields":{"TAG":"a","TAG1":"b"}}"#);
    let old = both
        .json
        .replace(r#"{"itemCount":2}"#, r#""<mutation xmlns=\"http://www.w3.org/1999/xhtml\" items=\"2\"></mutation>""#);
    for drawing in [&both.json, &both.xml, &old] {
        assert_eq!(as_text(drawing), "classify \"n\" {\n    tag \"a\", \"b\"\n}\n");
    }
}

#[test]
fn a_field_was_a_title_once() {
    let xml = does(STOP).xml.replace("<field", "<title").replace("</field", "</title");
    assert_eq!(as_text(&xml), "classify \"n\" {\n    stop\n}\n");
}

#[test]
fn numbers_keep_every_digit() {
    for number in ["18446744073709551615", "-9223372036854775808", "0xFFFFFFFFFFFFFFFF", "1.5", "9007199254740993"] {
        let both = equals("ProcessId", &format!(r#"{{"type":"number","id":"v","fields":{{"NUM":"{number}"}}}}"#));
        let compared = format!("ProcessId == {number}").to_lowercase();
        for drawing in [&both.json, &both.xml] {
            let written = as_text(drawing);
            assert!(written.to_lowercase().contains(&compared), "{written}");
        }
    }
}

#[test]
fn a_number_that_blocklys_own_block_may_have_rounded_is_told() {
    let number = |number: &str| {
        equals("ProcessId", &format!(r#"{{"type":"math_number","id":"v","fields":{{"NUM":{number}}}}}"#))
    };
    for (written, told) in
        [("4663", 0), ("-1.5", 0), ("9007199254740991", 0), ("9007199254740992", 1), ("-9007199254740993", 1)]
    {
        for drawing in [number(written).json, number("0").xml.replace(">0<", &format!(">{written}<"))] {
            let read = read(&drawing);
            assert_eq!(read.told.len(), told, "{written}: {:?}", read.told);
            assert!(read.told.iter().all(|told| told.starts_with("BS0809 #v.NUM ")), "{:?}", read.told);
            assert!(text(&read.definition).contains(&format!("== {written} ")), "{}", text(&read.definition));
        }
    }
}

#[test]
fn a_number_beyond_all_others_is_an_error() {
    let both = equals("ProcessId", r#"{"type":"math_number","id":"v","fields":{"NUM":0}}"#);
    for number in ["1e400", "18446744073709551616", "-9223372036854775809"] {
        for drawing in [
            both.json.replace(r#""NUM":0"#, &format!("\"NUM\":{number}")),
            both.xml.replace(">0<", &format!(">{number}<")),
        ] {
            let (told, compiled) = check(&drawing);
            assert!(told.len() == 1 && compiled.is_none(), "{number}: {told:?}");
        }
    }
}
