//! What users of Blockly were bitten by.

use crate::drawings::{as_text, asks, check, clean, dns, does, equals, read, text, workspace};

const STOP: &str = r#"{"type":"rule_stop","id":"s"}"#;

// D7.
#[test]
fn a_path_whose_backslashes_became_control_characters_is_told() {
    let path =
        |written: &str| equals("Image", &format!(r#"{{"type":"text","id":"v","fields":{{"TEXT":"{written}"}}}}"#));
    // XML cannot carry a form feed, so only JSON can have the last.
    let broken = [
        path(r"C:\temp\new").json,
        path(r"C:\temp\new").xml,
        path(r"\\srv\tools\new").xml,
        path(r"C:\\x\foo.exe").json,
    ];
    for drawing in &broken {
        let (told, compiled) = check(drawing);
        assert_eq!(told.len(), 1, "{told:#?}\n{drawing}");
        assert!(told[0].starts_with("BS0110 #v.TEXT ") && told[0].contains("doubled backslash"), "{told:#?}");
        assert!(compiled.is_some(), "it is a warning");
    }
    // The path as it was meant, and a text of two lines, are no finding.
    clean(&equals("Image", r#"{"type":"text","id":"v","fields":{"TEXT":"C:\\temp\\new"}}"#).json);
    clean(&equals("Description", r#"{"type":"text","id":"v","fields":{"TEXT":"one\ntwo"}}"#).json);
}

// D18.
#[test]
fn an_id_that_is_a_number_is_a_name() {
    let rule = |id: &str, kind: &str| {
        format!(
            r#"{{"type":"rule_classify","id":{id},"fields":{{"NAME":"n"}},"inputs":{{
                "META":{{"block":{{"type":"rule_note","id":2,"fields":{{"KEY":"ID","TEXT":200088}}}}}},
                "DO":{{"block":{{"type":"{kind}","id":200088}}}}}}}}"#
        )
    };
    let both = workspace(&rule("1", "rule_stop"));
    for drawing in [&both.json, &both.xml] {
        assert_eq!(as_text(drawing), "classify \"n\" {\n    id \"200088\"\n    stop\n}\n");
    }
    let told = read(&workspace(&rule("1", "rule_stopp")).json).told;
    assert!(told[0].starts_with("BS0802 #200088 "), "{told:?}");
}

// D35.
#[test]
fn a_field_name_with_a_space_is_asked_for() {
    let both = equals("Severity Name", r#"{"type":"text","id":"v","fields":{"TEXT":"Severe"}}"#);
    for drawing in [&both.json, &both.xml] {
        assert!(as_text(drawing).contains("field \"Severity Name\" == 'Severe'"));
    }
}

// D50.
#[test]
fn a_stray_namespace_changes_nothing() {
    let xml = equals("Image", r#"{"type":"text","id":"v","fields":{"TEXT":"x"}}"#).xml;
    let stray = xml
        .replace("<block type=\"text\"", "<shadow xmlns=\"http://www.w3.org/1999/xhtml\" type=\"text\"")
        .replace("x</field></block>", "x</field></shadow>")
        .replace("<field name=\"OP\">EQ</field>", "<b:field xmlns:b=\"urn:b\" name=\"OP\">EQ</b:field>");
    assert_ne!(stray, xml);
    assert_eq!(as_text(&stray), as_text(&xml));
    assert!(as_text(&stray).contains("Image == 'x'"));
}

// D51.
#[test]
fn quotes_and_line_breaks_in_a_comment_are_kept() {
    let both = does(r#"{"type":"rule_stop","id":"s","icons":{"comment":{"text":"it's\n\"fine\" & <good>"}}}"#);
    for drawing in [&both.json, &both.xml] {
        let read = read(drawing);
        assert!(read.told.is_empty(), "{:?}", read.told);
        let workspace = &read.drawn.unwrap().workspace;
        let comments: Vec<&str> =
            workspace.blocks.iter().filter_map(|block| Some(block.comment.as_ref()?.text.as_str())).collect();
        assert_eq!(comments, ["it's\n\"fine\" & <good>"]);
        assert_eq!(text(&read.definition), "classify \"n\" {\n    // it's\n    // \"fine\" & <good>\n    stop\n}\n");
    }
}

// D52.
#[test]
fn a_line_break_and_the_words_for_one_are_two_things() {
    for (written, value) in
        [("foo&#10;bar", "foo&#10;bar"), (r"foo\nbar", "foo\nbar"), (r"foo\r\nbar\t", "foo\r\nbar\t")]
    {
        let both = equals("Description", &format!(r#"{{"type":"text","id":"v","fields":{{"TEXT":"{written}"}}}}"#));
        let definition = read(&both.json).definition;
        for format in [blocksieve::source::blockly::Format::Json, blocksieve::source::blockly::Format::Xml] {
            let saved = blocksieve::target::blockly::write(&definition, format, None).unwrap();
            let loaded = read(&saved);
            let field = |read: &crate::drawings::Read| {
                let workspace = &read.drawn.as_ref().unwrap().workspace;
                let block = workspace.blocks.iter().find(|block| block.kind == "text").unwrap().clone();
                block.fields[0].value.clone()
            };
            assert_eq!(field(&loaded), blocksieve::blockly::FieldValue::Text(value.to_string()), "{saved}");
            let again = blocksieve::target::blockly::write(&loaded.definition, format, None).unwrap();
            assert_eq!(again, saved);
        }
    }
}

// D53 is "a number in a boolean input" in `broken`: an error that names both blocks.

// D54.
#[test]
fn a_collapsed_block_has_all_its_inputs() {
    let both = asks(&dns("is"));
    let module = |drawing: &str| clean(drawing).module;
    let plain = module(&both.json);
    for id in ["rule", "if", "is"] {
        let json = both.json.replace(&format!("\"id\":\"{id}\""), &format!("\"id\":\"{id}\",\"collapsed\":true"));
        let xml = both.xml.replace(&format!("id=\"{id}\""), &format!("id=\"{id}\" collapsed=\"true\""));
        assert_eq!(module(&json), plain);
        assert_eq!(module(&xml), plain);
    }
}

// D55.
#[test]
fn a_shadow_with_a_variable_is_treated_alike_in_both_formats() {
    let json = |b: &str| {
        equals("Image", r#"{"type":"text","id":"v","fields":{"TEXT":"x"}}"#)
            .json
            .replace(r#"{"block":{"type":"text","id":"v","fields":{"TEXT":"x"}}}"#, b)
    };
    let xml = |b: &str| {
        equals("Image", r#"{"type":"text","id":"v","fields":{"TEXT":"x"}}"#)
            .xml
            .replace(r#"<block type="text" id="v"><field name="TEXT">x</field></block>"#, b)
    };
    let (json_shadow, json_block) = (
        r#""shadow":{"type":"event_field","id":"sh","fields":{"NAME":{"id":"v1"}}}"#,
        r#""block":{"type":"text","id":"v","fields":{"TEXT":"x"}}"#,
    );
    let (xml_shadow, xml_block) = (
        r#"<shadow type="event_field" id="sh"><field name="NAME" id="v1" variabletype="">User</field></shadow>"#,
        r#"<block type="text" id="v"><field name="TEXT">x</field></block>"#,
    );
    // The block wins, and what is behind it is nobody's business.
    assert!(as_text(&json(&format!("{{{json_shadow},{json_block}}}"))).contains("Image == 'x'"));
    assert!(as_text(&xml(&format!("{xml_shadow}{xml_block}"))).contains("Image == 'x'"));
    // Alone, the shadow counts, and no field of ours holds a variable.
    for drawing in [json(&format!("{{{json_shadow}}}")), xml(xml_shadow)] {
        let told = read(&drawing).told;
        assert!(told.len() == 1 && told[0].starts_with("BS0804 #sh.NAME "), "{told:?}");
    }
}

// D56.
#[test]
fn a_choice_that_is_no_longer_offered_is_an_error_with_the_nearest() {
    let both = asks(r#"{"type":"event_is","id":"is","fields":{"OP":"no_such_op","EVENT":"sysmon.dns_query"}}"#);
    let nearly = asks(r#"{"type":"event_is","id":"is","fields":{"OP":"ISNOT","EVENT":"sysmon.dns_query"}}"#);
    for (drawing, help) in [
        (&both.json, "it offers IS, IS_NOT"),
        (&both.xml, "it offers IS, IS_NOT"),
        (&nearly.xml, "did you mean `IS_NOT`?"),
    ] {
        let (told, compiled) = check(drawing);
        assert!(compiled.is_none() && told.len() == 1, "{told:#?}");
        assert!(told[0].starts_with("BS0804 #is.OP ") && told[0].contains(help), "{told:#?}");
    }
}

// D57.
#[test]
fn one_bad_block_hides_no_other_rule() {
    let rule = |name: &str, block: &str| {
        format!(
            r#"{{"type":"rule_classify","id":"{name}","fields":{{"NAME":"{name}"}},"inputs":{{"DO":{{"block":{block}}}}}}}"#
        )
    };
    let tag = |id: &str| format!(r#"{{"type":"message_add_tag","id":"{id}","fields":{{"TAG":""}}}}"#);
    let both = workspace(
        &[
            rule("first", &tag("t1")),
            rule("second", r#"{"type":"message_colour","id":"bad"}"#),
            rule("third", &tag("t3")),
        ]
        .join(","),
    );
    for drawing in [&both.json, &both.xml] {
        let told = check(drawing).0;
        let places: Vec<String> =
            told.iter().map(|told| told.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        // The other two are checked down to their tags.
        assert_eq!(places, ["BS0211 #t1.TAG", "BS0802 #bad", "BS0211 #t3.TAG"], "{told:#?}");
        assert!(told.iter().any(|told| told.contains("there is no block `message_colour`")), "{told:#?}");
    }
}

// D58.
#[test]
fn names_that_differ_by_case_only_are_two() {
    let json = does(STOP).json.replacen(
        '{',
        r#"{"variables":[{"name":"x","id":"v1"},{"name":"X","id":"v2","type":"Set"}],"#,
        1,
    );
    let xml = does(STOP).xml.replacen(
        '>',
        r#"><variables><variable id="v1">x</variable><variable id="v2" type="Set">X</variable></variables>"#,
        1,
    );
    for drawing in [&json, &xml] {
        let read = read(drawing);
        assert!(read.told.is_empty(), "{:?}", read.told);
        let variables = &read.drawn.unwrap().workspace.variables;
        let names: Vec<(&str, &str, &str)> =
            variables.iter().map(|v| (v.id.as_str(), v.name.as_str(), v.kind.as_str())).collect();
        assert_eq!(names, [("v1", "x", ""), ("v2", "X", "Set")]);
    }
}

// D59.
#[test]
fn xml_on_one_line_and_xml_with_indentation_are_one() {
    let one_line =
        asks(&format!(r#"{{"type":"logic_negate","id":"not","inputs":{{"BOOL":{{"block":{}}}}}}}"#, dns("is"))).xml;
    assert_eq!(one_line.lines().count(), 1);
    // As an editor would indent it: not inside of fields.
    let mut pretty = String::new();
    for (i, element) in one_line.split('<').enumerate().skip(1) {
        let closes_field = element.starts_with("/field");
        pretty.push_str(&if closes_field { String::new() } else { format!("\r\n{}", "  ".repeat(i % 7)) });
        pretty.push_str(&format!("<{element}"));
    }
    assert_eq!(as_text(&pretty), as_text(&one_line));
}

// D60.
#[test]
fn names_of_variables_survive_xml() {
    let name = "a<b&\"c\"";
    let json = does(STOP).json.replacen('{', r#"{"variables":[{"name":"a<b&\"c\"","id":"i<&\"d\""}],"#, 1);
    let workspace = read(&json).drawn.unwrap().workspace;
    let (xml, uncarried) =
        blocksieve::target::blockly::xml::write(&workspace, blocksieve::target::blockly::xml::NAMESPACE);
    assert!(uncarried.is_empty());
    let again = read(&xml).drawn.unwrap().workspace;
    assert_eq!(again.variables, workspace.variables);
    assert_eq!(again.variables[0].name, name);
}
