//! What is no workspace, or no block of one, yields one finding too.

use crate::drawings::{asks, does};
use crate::tables::{table, table_in_both};

const TAG: &str = r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":"a"}}"#;

#[test]
fn blocks_that_are_not_as_blockly_saves_them() {
    let tag =
        |members: &str| does(&format!(r#"{{"type":"message_add_tag","id":"t1","fields":{{"TAG":"a"}},{members}}}"#));
    table_in_both(
        "blocks_in_both",
        &[
            ("no type", does(r#"{"id":"t1"}"#), "BS0801 #t1"),
            ("an empty type", does(r#"{"type":"","id":"t1"}"#), "BS0801 #t1"),
            ("a type that is a number", does(r#"{"type":5,"id":"t1"}"#), "BS0802 #t1"),
        ],
    );
    let rule = |member: &str| does(TAG).json.replace(r#""fields":{"NAME":"n"}"#, member);
    table(
        "blocks_in_json",
        &[
            ("a place that is no number", tag(r#""x":"left","y":2"#).json, "BS0801 #t1"),
            ("a flag that is neither", tag(r#""collapsed":"folded""#).json, "BS0801 #t1"),
            ("a member that Blockly does not save", tag(r#""colour":120"#).json, "BS0801 #t1"),
            ("a member, nearly right", rule(r#""field":{},"fields":{"NAME":"n"}"#), "BS0801 #rule"),
            ("a type that is null", does(r#"{"type":null,"id":"t1"}"#).json, "BS0801 #t1"),
            ("a type that is a list", does(r#"{"type":["rule_stop"],"id":"t1"}"#).json, "BS0801 #t1"),
            ("an id that is an object", does(r#"{"type":"rule_stop","id":{}}"#).json, "BS0801 #rule_stop 2"),
            ("icons that are no object", tag(r#""icons":5"#).json, "BS0801 #t1"),
            ("a comment that is a text", tag(r#""icons":{"comment":"why"}"#).json, "BS0801 #t1"),
            ("reasons that are no list", tag(r#""disabledReasons":"MANUALLY_DISABLED""#).json, "BS0801 #t1"),
            (
                "a field that is a boolean",
                does(r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":true}}"#).json,
                "BS0804 #t1.TAG",
            ),
            (
                "a field that is null",
                does(r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":null}}"#).json,
                "BS0804 #t1.TAG",
            ),
            (
                "a field that is a list",
                does(r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":["a"]}}"#).json,
                "BS0804 #t1.TAG",
            ),
            (
                "a field that is a variable",
                does(r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":{"id":"v"}}}"#).json,
                "BS0804 #t1.TAG",
            ),
            ("a block that is a list", asks("null").json.replace(r#""block":null"#, r#""block":[]"#), "BS0800 :2:28"),
            ("a connection that is null", asks("null").json.replace(r#"{"block":null}"#, "null"), "BS0801 #if.IF0"),
            (
                "a connection of an unknown kind",
                asks("null").json.replace(r#"{"block":null}"#, r#"{"blocks":{}}"#),
                "BS0801 #if.IF0",
            ),
        ],
    );
    let xml = does(TAG).xml;
    table(
        "blocks_in_xml",
        &[
            (
                "an attribute that Blockly does not save",
                xml.replace(r#"id="t1""#, r#"id="t1" colour="120""#),
                "BS0801 #t1",
            ),
            (
                "an element that Blockly does not save",
                xml.replace(r#"<field name="TAG">"#, r#"<colour/><field name="TAG">"#),
                "BS0801 #t1",
            ),
            ("an element in a field", xml.replace(">a</field>", ">a<b>c</b></field>"), "BS0801 #t1.TAG"),
            (
                "an attribute of a field",
                xml.replace(r#"<field name="TAG">"#, r#"<field name="TAG" case="yes">"#),
                "BS0801 #t1.TAG",
            ),
            (
                "a field without a name",
                xml.replace(r#"<field name="TAG">a</field>"#, r#"<field name="TAG">a</field><field>b</field>"#),
                "BS0801 #t1",
            ),
            (
                "an input without a name",
                xml.replace(r#"<field name="TAG">"#, r#"<value/><field name="TAG">"#),
                "BS0801 #t1",
            ),
            ("text in a block", xml.replace(r#"<field name="TAG">"#, r#"or else <field name="TAG">"#), "BS0801 #t1"),
            (
                "text in an input",
                xml.replace(r#"<statement name="DO">"#, r#"<statement name="DO">first"#),
                "BS0801 #rule.DO",
            ),
            ("text at the top", xml.replace(r#"<block type="rule"#, r#"rules: <block type="rule"#), "BS0801 :1:1"),
            ("a place that is no number", xml.replace(r#"id="t1""#, r#"id="t1" x="left" y="2""#), "BS0801 #t1"),
            ("a place that is no place", xml.replace(r#"id="t1""#, r#"id="t1" x="inf" y="2""#), "BS0801 #t1"),
            ("a flag that is neither", xml.replace(r#"id="t1""#, r#"id="t1" collapsed="TRUE""#), "BS0801 #t1"),
            ("a `disabled` that is neither", xml.replace(r#"id="t1""#, r#"id="t1" disabled="perhaps""#), "BS0801 #t1"),
            ("a shadow that stands alone", xml.replace("</xml>", r#"<shadow type="text"/></xml>"#), "BS0801 :1:250"),
            (
                "a place of a note that is no number",
                xml.replace("</xml>", r#"<comment x="left" y="2">n</comment></xml>"#),
                "BS0801 :1:250",
            ),
            ("an element at the top", xml.replace("</xml>", "<rules/></xml>"), "BS0801 :1:250"),
            (
                "a variable of another name",
                xml.replace("</xml>", "<variables><var/></variables></xml>"),
                "BS0801 :1:261",
            ),
        ],
    );
}

#[test]
fn files_that_are_no_workspace() {
    let json = does(TAG).json;
    let xml = does(TAG).xml;
    let bomb = format!(
        r#"<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>{}"#,
        xml.replace(">a</field>", ">&b;</field>")
    );
    table(
        "files",
        &[
            ("a list", "[]".to_string(), "BS0800"),
            ("another JSON", r#"{"rules":[]}"#.to_string(), "BS0800"),
            ("another JSON with a name that Blockly has", r#"{"variables":{"a":1}}"#.to_string(), "BS0800 :1:14"),
            ("`blocks` is a list", format!(r#"{{"blocks":[{TAG}]}}"#), "BS0800 :1:11"),
            ("`blocks` is null", r#"{"blocks":null}"#.to_string(), "BS0800 :1:11"),
            ("`blocks` holds none", r#"{"blocks":{"languageVersion":0}}"#.to_string(), "BS0800 :1:11"),
            ("the inner `blocks` is an object", format!(r#"{{"blocks":{{"blocks":{TAG}}}}}"#), "BS0800 :1:21"),
            ("a block is a text", r#"{"blocks":{"blocks":["rule_filter"]}}"#.to_string(), "BS0800 :1:22"),
            ("a version of the blocks that is not known", json.replace("Version\":0", "Version\":1"), "BS0800 :1:30"),
            ("a variable that is a text", r#"{"variables":["x"]}"#.to_string(), "BS0801 :1:15"),
            ("a comment that is a text", r#"{"workspaceComments":["x"]}"#.to_string(), "BS0801 :1:23"),
            ("JSON without quotes", "{blocks: {}}".to_string(), "BS0800 :1:2"),
            ("JSON that is cut off", json[..100].to_string(), "BS0800 :1:101"),
            ("JSON that goes on", format!("{json} {{}}"), "BS0800"),
            ("JSON with a comment", format!("{{ // rules\n{}", &json[1..]), "BS0800 :1:3"),
            ("half of a pair of surrogates", json.replace(r#""NAME":"n""#, r#""NAME":"\ud800""#), "BS0800"),
            ("XML that is cut off in a tag", xml[..100].to_string(), "BS0800"),
            ("XML that is cut off between tags", xml[..xml.len() - 6].to_string(), "BS0800 :1:1"),
            ("XML that closes something else", xml.replace("</statement>", "</value>"), "BS0800"),
            ("a document type", format!("<!DOCTYPE xml>{xml}"), "BS0800 :1:1"),
            ("entities of entities", bomb, "BS0800 :1:1"),
            ("an entity that XML does not know", xml.replace(">a</field>", ">a&nbsp;b</field>"), "BS0800"),
            ("an entity beyond all characters", xml.replace(">a</field>", ">&#x110000;</field>"), "BS0800"),
            ("a character that XML has not", xml.replace(">a</field>", ">&#1;</field>"), "BS0800"),
            ("another root", "<html><body/></html>".to_string(), "BS0800 :1:1"),
            ("a block without its root", r#"<block type="rule_filter"/>"#.to_string(), "BS0800 :1:1"),
            ("two roots", format!("{xml}{xml}"), "BS0800"),
        ],
    );
}
