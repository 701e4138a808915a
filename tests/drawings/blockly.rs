//! Drawn rules as people, tools and accidents leave them: what each becomes, or the one finding that it gets.
#![allow(clippy::panic, clippy::expect_used)]

use blocksieve::ast;
use blocksieve::blockly::Registry;
use blocksieve::diagnostic::Diagnostic;
use blocksieve::origin::Sources;
use blocksieve::source::blockly::Format;
use blocksieve::source::{self, Parsed};
use blocksieve::target;

fn read(text: &str) -> (Parsed, Sources) {
    let mut sources = Sources::default();
    let id = sources.add("f", text);
    let parsed = source::parse(&mut sources, id, text, &Registry::default());
    (parsed, sources)
}

/// `BS0804 c1.TYPE: message`, a line each, and ` / place` for each other place that belongs to it.
fn findings(text: &str) -> Vec<String> {
    let (parsed, sources) = read(text);
    let place = |origin| sources.describe(origin).trim_start_matches("f#").to_string();
    let line = |found: &Diagnostic| {
        let related: String = found.related.iter().map(|label| format!(" / {}", place(label.origin))).collect();
        format!("{} {}{related}: {}", found.code, place(found.primary.origin), found.message)
    };
    parsed.diagnostics.iter().map(line).collect()
}

/// The rules as text; they have no error.
fn text_of(drawn: &str) -> String {
    let (parsed, _) = read(drawn);
    assert!(!parsed.diagnostics.iter().any(Diagnostic::is_error), "{drawn}\n{:#?}", findings(drawn));
    target::text::write(&parsed.definition)
}

/// A classify rule that holds these statements.
fn rule(statements: &str) -> String {
    format!(
        r#"{{"blocks":{{"blocks":[{{"type":"rule_classify","id":"r","x":1,"y":1,"fields":{{"NAME":"n"}},"inputs":{{"DO":{{"block":{statements}}}}}}}]}}}}"#
    )
}

const TAG: &str = r#"{"type":"message_add_tag","id":"t","fields":{"TAG":"seen"}}"#;
const IMAGE: &str = r#"{"type":"event_field","id":"f","fields":{"NAME":"Image"}}"#;
const EXISTS: &str = r#"{"type":"field_test","id":"c","fields":{"TYPE":"EXISTS"},"inputs":{"VALUE":{"block":{"type":"event_field","id":"f","fields":{"NAME":"Image"}}}}}"#;

/// A rule that adds a tag if this holds.
fn when(condition: &str) -> String {
    rule(&format!(
        r#"{{"type":"controls_if","id":"i","inputs":{{"IF0":{{"block":{condition}}},"DO0":{{"block":{TAG}}}}}}}"#
    ))
}

/// A rule that asks whether `ProcessId` equals this.
fn equals(value: &str) -> String {
    when(&format!(
        r#"{{"type":"logic_compare","id":"c","fields":{{"OP":"EQ"}},"inputs":{{"A":{{"block":{IMAGE}}},"B":{{"block":{value}}}}}}}"#
    ))
}

fn xml(inside: &str) -> String {
    format!(
        r#"<xml><block type="rule_classify" id="r"><field name="NAME">n</field><statement name="DO">{inside}</statement></block></xml>"#
    )
}

const XML_TAG: &str = r#"<block type="message_add_tag" id="t"><field name="TAG">seen</field></block>"#;

#[test]
fn each_sort_of_broken_json_gives_one_clear_finding() {
    let shown = |drawn: &str| findings(drawn).join("\n");
    let cases = [
        ("no JSON", "{\"blocks\": nope}".to_string()),
        ("cut off", rule(TAG)[..60].to_string()),
        ("a list", "[]".to_string()),
        ("an event", "{\"EventID\":1}".to_string()),
        ("blocks that are no list", "{\"blocks\":{\"blocks\":{}}}".to_string()),
        ("a block that is none", rule("7")),
        ("a block without a type", rule(r#"{"id":"t","fields":{"TAG":"seen"}}"#)),
        ("a type that is a list", rule(r#"{"type":["x"],"id":"t"}"#)),
        ("a member that does not exist", rule(&TAG.replace("\"id\"", "\"color\":1,\"id\""))),
        ("a coordinate that is no number", rule(TAG).replace("\"x\":1", "\"x\":\"left\"")),
        ("an unknown block", rule(&TAG.replace("add_tag", "add_tags"))),
        ("a block like no other", rule(&TAG.replace("message_add_tag", "music_note"))),
        ("an unknown field", rule(&TAG.replace("TAG", "TAGS"))),
        ("an unknown input", rule(&TAG.replace("\"fields\"", "\"inputs\":{\"DO\":{\"block\":7}},\"fields\""))),
        ("a field too many", rule(&TAG.replace("\"seen\"", "\"seen\",\"TAG1\":\"x\""))),
        ("a field that is missing", rule(&TAG.replace("\"TAG\":\"seen\"", ""))),
        ("a field that is a boolean", rule(&TAG.replace("\"seen\"", "true"))),
        ("a field that is a variable", rule(&TAG.replace("\"seen\"", "{\"id\":\"v\"}"))),
        ("an option that is not offered", when(&EXISTS.replace("EXISTS", "exists"))),
        ("an input that is empty", when(r#"{"type":"logic_negate","id":"n"}"#)),
        ("an if without a condition", rule(r#"{"type":"controls_if","id":"i"}"#)),
        ("an else-if without a condition", rule(&format!(r#"{{"type":"controls_if","id":"i","extraState":{{"elseIfCount":1}},"inputs":{{"IF0":{{"block":{EXISTS}}}}}}}"#))),
        ("a number where a condition is asked for", when(r#"{"type":"number","id":"7","fields":{"NUM":"7"}}"#)),
        ("a statement where a condition is asked for", when(&TAG.replace("\"t\"", "\"t2\""))),
        ("a condition where a statement is asked for", rule(EXISTS)),
        ("a rule inside a rule", rule(r#"{"type":"rule_filter","id":"r2","fields":{"NAME":"m"}}"#)),
        ("metadata among statements", rule(r#"{"type":"rule_allow_tamper_events","id":"m"}"#)),
        ("something below a value", when(&EXISTS.replace("\"id\":\"c\"", &format!("\"id\":\"c\",\"next\":{{\"block\":{}}}", TAG.replace("\"t\"", "\"t2\""))))),
        ("a key that stands twice", rule(&TAG.replace("\"id\"", "\"id\":\"u\",\"id\""))),
        ("an id that stands twice", equals(r#"{"type":"text","id":"c","fields":{"TEXT":"x"}}"#)),
        ("extra state that is unknown", rule(&TAG.replace("\"id\"", "\"extraState\":{\"size\":1},\"id\""))),
        ("extra state that is a list", rule(&TAG.replace("\"id\"", "\"extraState\":[1],\"id\""))),
        ("a count that is negative", rule(&TAG.replace("\"id\"", "\"extraState\":{\"itemCount\":-1},\"id\""))),
        ("a count that is no whole number", rule(&TAG.replace("\"id\"", "\"extraState\":{\"itemCount\":1.5},\"id\""))),
        ("a count beyond all lists", rule(&TAG.replace("\"id\"", "\"extraState\":{\"itemCount\":4294967295},\"id\""))),
        ("a count without its items", rule(&TAG.replace("\"id\"", "\"extraState\":{\"itemCount\":9},\"id\""))),
        ("a number beyond 64 bits", equals(r#"{"type":"number","id":"n","fields":{"NUM":"18446744073709551616"}}"#)),
        ("a number that is an address", equals(r#"{"type":"number","id":"n","fields":{"NUM":"10.0.0.1"}}"#)),
        ("an address that is none", equals(r#"{"type":"ip","id":"n","fields":{"IP":"10.0.0.256"}}"#)),
        ("a number that Blockly may have rounded", equals(r#"{"type":"math_number","id":"n","fields":{"NUM":9007199254740993}}"#)),
        ("an exception of a code that is none", rule(TAG).replace("\"inputs\":{\"DO\"", r#""inputs":{"META":{"block":{"type":"rule_allow_finding","id":"m","fields":{"CODE":"BS 436","REASON":"x"}}},"DO""#)),
        ("a day that is a time", rule(TAG).replace("\"inputs\":{\"DO\"", r#""inputs":{"META":{"block":{"type":"rule_expires","id":"m","fields":{"DATE":"2030-01-31T10:00:00Z"}}},"DO""#)),
        ("a version that is none", when(&format!(r#"{{"type":"test_strictly","id":"s","fields":{{"AS":"5.1"}},"inputs":{{"TEST":{{"block":{EXISTS}}}}}}}"#))),
        ("all of a list that something is in", when(&format!(r#"{{"type":"logic_is_in","id":"c","inputs":{{"A":{{"block":{IMAGE}}},"B":{{"block":{{"type":"lists_texts","id":"l","fields":{{"OF":"ALL","ITEM0":"x"}}}}}}}}}}"#))),
        ("a path with a tab in it (D7)", equals(r#"{"type":"text","id":"x","fields":{"TEXT":"C:\temp\new"}}"#)),
        ("a stray block", rule(TAG).replace("]}}", &format!(",{}]}}}}", IMAGE))),
        ("a condition that is switched off", when(&EXISTS.replace("\"id\":\"c\"", "\"id\":\"c\",\"enabled\":false"))),
        ("a look-up in a look-up", equals(r#"{"type":"lookup_value","id":"a","fields":{"COLUMN":"c","TABLE":"t"},"inputs":{"TEXT":{"block":{"type":"lookup_value","id":"b","fields":{"COLUMN":"c","TABLE":"t"},"inputs":{"TEXT":{"block":{"type":"event_field","id":"g","fields":{"NAME":"User"}}}}}}}}"#)),
    ];
    let all: String =
        cases.iter().map(|(name, drawn)| format!("{name}\n    {}\n", shown(drawn).replace('\n', "\n    "))).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn each_sort_of_broken_xml_gives_one_clear_finding() {
    let cases = [
        ("nothing closes", "<xml><block type=\"text\">".to_string()),
        ("another root", "<html/>".to_string()),
        ("a document type", "<!DOCTYPE xml [<!ENTITY a \"aaaa\">]><xml>&a;</xml>".to_string()),
        ("an unknown entity", xml(&XML_TAG.replace("seen", "&seen;"))),
        ("a control character", xml(&XML_TAG.replace("seen", "\u{1}"))),
        ("text between blocks", xml(&format!("{XML_TAG}also"))),
        ("an unknown element", xml(&XML_TAG.replace("<field", "<note/><field"))),
        ("an unknown attribute", xml(&XML_TAG.replace("id=", "colour=\"7\" id="))),
        ("a field without a name", xml(&XML_TAG.replace(" name=\"TAG\"", ""))),
        ("a field that stands twice", xml(&XML_TAG.replace("</block>", "<field name=\"TAG\">x</field></block>"))),
        (
            "a field that stands twice in a stray block",
            "<xml><block type=\"x\" id=\"s\"><field name=\"A\">1</field><field name=\"A\">2</field></block></xml>"
                .to_string(),
        ),
        ("two blocks in one input", xml(&format!("{XML_TAG}{}", XML_TAG.replace("\"t\"", "\"t2\"")))),
        ("a flag that is none", xml(&XML_TAG.replace("id=", "collapsed=\"yes\" id="))),
        ("a coordinate that is none", xml(XML_TAG).replace("id=\"r\"", "id=\"r\" x=\"left\"")),
        ("disabled in no known way", xml(&XML_TAG.replace("id=", "disabled=\"maybe\" id="))),
        ("a mutation that is unknown", xml(&XML_TAG.replace("<field", "<mutation things=\"1\"/><field"))),
        ("an unknown block", xml(&XML_TAG.replace("add_tag", "tag_add"))),
    ];
    let all: String =
        cases.iter().map(|(name, drawn)| format!("{name}\n    {}\n", findings(drawn).join("\n    "))).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn what_looks_different_and_means_the_same_is_the_same() {
    let plain = text_of(&when(EXISTS));
    let same = [
        // D54: folded blocks.
        when(EXISTS).replace("\"id\":\"i\"", "\"id\":\"i\",\"collapsed\":true"),
        // Looks, rights and data of other tools.
        when(EXISTS).replace(
            "\"id\":\"c\"",
            "\"id\":\"c\",\"inline\":true,\"deletable\":false,\"movable\":false,\"data\":\"x\"",
        ),
        // D55: a shadow alone counts. No real block stands in one.
        when(&EXISTS.replace("\"VALUE\":{\"block\"", "\"VALUE\":{\"shadow\"")).replacen(
            "\"IF0\":{\"block\"",
            "\"IF0\":{\"shadow\"",
            1,
        ),
        // And a block wins over it.
        when(EXISTS).replacen(
            "\"IF0\":{",
            "\"IF0\":{\"shadow\":{\"type\":\"logic_boolean\",\"id\":\"s\",\"fields\":{\"BOOL\":\"FALSE\"}},",
            1,
        ),
        // D58: variables are no business of a rule's, whatever their names.
        when(EXISTS).replacen('{', "{\"variables\":[{\"name\":\"x\",\"id\":\"1\"},{\"name\":\"X\",\"id\":\"2\"}],", 1),
        // D18: an id that was written as a number.
        when(EXISTS).replace("\"id\":\"c\"", "\"id\":200088"),
        // A mark at the beginning.
        format!("\u{feff}{}", when(EXISTS)),
        // What a plug-in keeps beside the blocks.
        when(EXISTS).replacen('{', "{\"backpack\":[\"{}\"],", 1),
    ];
    for drawn in &same {
        assert_eq!(text_of(drawn), plain, "{drawn}");
    }
}

#[test]
fn xml_in_all_its_spellings_is_the_same() {
    let plain = text_of(&xml(XML_TAG));
    let tag = xml(XML_TAG);
    let same = [
        // D50: namespaces of both kinds, and stray ones.
        tag.replace("<xml>", "<xml xmlns=\"https://developers.google.com/blockly/xml\">"),
        tag.replace("<xml>", "<xml xmlns=\"http://www.w3.org/1999/xhtml\">"),
        tag.replace("<field name=\"TAG\"", "<field xmlns=\"http://www.w3.org/1999/xhtml\" name=\"TAG\""),
        tag.replace("<statement name=\"DO\"><block", "<statement name=\"DO\"><shadow xmlns=\"http://www.w3.org/1999/xhtml\"")
            .replace("</block></statement>", "</shadow></statement>"),
        // D59: on one line, or indented.
        tag.replace("><", ">\n      <"),
        // D58, D60: names that differ by case only, and names with signs of XML in them.
        tag.replace("<xml>", "<xml><variables><variable id=\"1\">x</variable><variable id=\"2\">X</variable><variable id=\"3\">a&lt;b&amp;\"c\"</variable></variables>"),
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- saved -->\n{tag}"),
        // Old names.
        tag.replace("<field", "<title").replace("</field", "</title"),
    ];
    for drawn in &same {
        assert_eq!(text_of(drawn), plain, "{drawn}");
    }
    for disabled in ["disabled=\"true\"", "disabled=\"disabled\"", "disabled-reasons=\"MANUALLY_DISABLED\""] {
        let drawn = xml(&XML_TAG.replace("id=", &format!("{disabled} id=")));
        assert_eq!(text_of(&drawn), plain.replace("tag \"seen\"", "disabled tag \"seen\""));
    }
}

#[test]
fn names_texts_and_comments_keep_every_character() {
    // D51, D52, D60, D35: quotes, line ends, the typed text of one, signs of XML, names with blanks.
    for text in
        ["it's\nfine", "foo&#10;bar", "two\nlines", "a<b&\"c\"", "]]>", "\u{1f980}é\u{2028}", " kept ", "tab\there"]
    {
        let quoted = serde_json::Value::from(text).to_string();
        let drawn = equals(&format!("{{\"type\":\"text\",\"id\":\"x\",\"fields\":{{\"TEXT\":{quoted}}}}}"))
            .replace("\"NAME\":\"Image\"", &format!("\"NAME\":{quoted}"))
            .replace("\"id\":\"i\"", &format!("\"id\":\"i\",\"icons\":{{\"comment\":{{\"text\":{quoted}}}}}"));
        let tree = read(&drawn).0.definition;
        for format in [Format::Json, Format::Xml] {
            let written = target::blockly::write(&tree, format, None).expect("both can carry it");
            let again = read(&written).0.definition;
            assert!(ast::same(&tree, &again), "{text:?}: {written}");
        }
        let (again, _) = source::text::parse(blocksieve::origin::SourceId(0), &target::text::write(&tree));
        assert!(ast::same(&tree, &again), "{text:?}");
    }
}

#[test]
fn a_chain_of_blocklys_own_and_is_one_condition_and_ours_is_as_it_is_drawn() {
    let both = |a: &str, b: &str, extra: &str| {
        format!(
            r#"{{"type":"logic_operation","fields":{{"OP":"AND"}},{extra}"inputs":{{"A":{{"block":{a}}},"B":{{"block":{b}}}}}}}"#
        )
    };
    let test = |name: &str| {
        format!(
            r#"{{"type":"field_test","fields":{{"TYPE":"EXISTS"}},"inputs":{{"VALUE":{{"block":{{"type":"event_field","fields":{{"NAME":"{name}"}}}}}}}}}}"#
        )
    };
    let (a, b, c) = (test("Image"), test("User"), test("Product"));
    let flat = "    if Image exists and User exists and Product exists {";
    for drawn in [both(&both(&a, &b, ""), &c, ""), both(&a, &both(&b, &c, ""), "")] {
        assert_eq!(text_of(&when(&drawn)).lines().nth(1), Some(flat));
    }
    let ours = both(&a, &both(&b, &c, "\"extraState\":{\"itemCount\":2},"), "\"extraState\":{\"itemCount\":2},");
    assert_eq!(
        text_of(&when(&ours)).lines().nth(1),
        Some("    if Image exists and (User exists and Product exists) {")
    );
}

#[test]
fn an_and_of_nothing_does_not_always_hold() {
    let none = r#"{"type":"logic_operation","id":"o","extraState":{"itemCount":0},"fields":{"OP":"AND"}}"#;
    assert_eq!(
        findings(&when(none)),
        ["BS0808 o: the extra state `itemCount` leaves a `logic_operation` without any `A`"]
    );
}

#[test]
fn a_note_without_text_has_none_again_as_blockly_saves_it() {
    let note = r#""workspaceComments":[{"id":"w","x":1,"y":2,"width":120,"height":100}]"#;
    let drawn = rule(TAG).replacen('{', &format!("{{{note},"), 1);
    let (parsed, _) = read(&drawn);
    let workspace = parsed.drawn.expect("it is drawn");
    let old = target::blockly::Old { workspace: &workspace.workspace, aside: &workspace.aside };
    let back = target::blockly::write(&parsed.definition, Format::Json, Some(old)).expect("it goes back");
    assert!(back.contains("\"id\":\"w\"") && !back.contains("\"text\""), "{back}");
}

#[test]
fn stray_blocks_go_from_one_format_to_the_other_whatever_they_hold() {
    // Two that fuzzing found: a part that stands twice, and a count that is none.
    let twice = xml(XML_TAG)
        .replace("</xml>", "<block type=\"x\" id=\"s\"><value name=\"A\"/><value name=\"A\"/></block></xml>");
    assert!(findings(&twice).iter().any(|found| found.starts_with("BS0807 s.A")), "{:#?}", findings(&twice));
    let odd = "<block type=\"event_is\" id=\"s\"><mutation items=\"5date_time\"></mutation></block></xml>";
    let drawn = xml(XML_TAG).replace("</xml>", odd);
    let (parsed, _) = read(&drawn);
    let workspace = parsed.drawn.expect("it is drawn");
    let old = target::blockly::Old { workspace: &workspace.workspace, aside: &workspace.aside };
    let json = target::blockly::write(&parsed.definition, Format::Json, Some(old)).expect("it goes to JSON");
    assert_eq!(findings(&json), ["BS0810 s: this `event_is` belongs to no rule, so it does nothing"]);
    assert!(json.contains("\"5date_time\""), "{json}");
}

#[test]
fn every_block_has_an_example_that_holds_it_and_goes_round() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../grammar/blocks.json")).expect("JSON");
    for block in file["blocks"].as_array().expect("a list") {
        let kind = block["type"].as_str().expect("a type");
        let example = block["example"].as_str().expect("an example");
        let rule = if example.contains('{') && !example.starts_with("some of") {
            example.to_string()
        } else {
            format!("classify \"x\" {{ if {example} {{ tag \"seen\" }} }}")
        };
        let tree = read(&rule).0;
        assert!(tree.diagnostics.is_empty(), "{rule}\n{:#?}", tree.diagnostics);
        let json = target::blockly::write(&tree.definition, Format::Json, None).expect("blocks can hold it");
        let xml = target::blockly::write(&tree.definition, Format::Xml, None).expect("XML can carry it");
        if block["written"] != false {
            assert!(json.contains(&format!("\"type\":\"{kind}\"")), "{kind}: {json}");
        }
        for drawn in [json, xml] {
            assert!(ast::same(&tree.definition, &read(&drawn).0.definition), "{kind}: {drawn}");
        }
    }
}
