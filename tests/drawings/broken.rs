//! Every sort of broken export gives one finding, at its block and part. The snapshots hold the wording.

use crate::drawings::{asks, dns, does, equals, workspace};
use crate::tables::{table, table_in_both};

const TAG: &str = r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":"a"}}"#;

#[test]
fn names_that_do_not_exist() {
    table_in_both(
        "names",
        &[
            (
                "a block, nearly right",
                does(r#"{"type":"message_add_tags","id":"t1","fields":{"TAG":"a"}}"#),
                "BS0802 #t1",
            ),
            ("a block of somebody else", does(r#"{"type":"procedures_defnoreturn","id":"p"}"#), "BS0802 #p"),
            (
                "a field, nearly right",
                does(r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":"a","TAGG":"b"}}"#),
                "BS0803 #t1.TAGG",
            ),
            (
                "a field of a block that has none",
                does(r#"{"type":"rule_stop","id":"s","fields":{"WHY":"a"}}"#),
                "BS0803 #s.WHY",
            ),
            (
                "a field that is an input",
                asks(&format!(
                    r#"{{"type":"logic_negate","id":"not","fields":{{"BOOL":"a"}},"inputs":{{"BOOL":{{"block":{}}}}}}}"#,
                    dns("is")
                )),
                "BS0803 #not.BOOL",
            ),
            (
                "an input, nearly right",
                asks(&format!(
                    r#"{{"type":"logic_negate","id":"not","inputs":{{"BOOL":{{"block":{}}},"BOOLE":{{"block":{}}}}}}}"#,
                    dns("is"),
                    dns("is2")
                )),
                "BS0803 #not.BOOLE",
            ),
            (
                "an item beyond the count",
                does(r#"{"type":"message_add_tag","id":"t1","fields":{"TAG":"a","TAG1":"b"}}"#),
                "BS0803 #t1.TAG1",
            ),
            (
                "an `else` that the extra state does not know",
                does(&format!(
                    r#"{{"type":"controls_if","id":"if1","inputs":{{"IF0":{{"block":{}}},"ELSE":{{"block":{TAG}}}}}}}"#,
                    dns("is")
                )),
                "BS0803 #if1.ELSE",
            ),
            (
                "a name that looks like a number of an item",
                does(
                    r#"{"type":"message_add_tag","id":"t1","extraState":{"itemCount":2},"fields":{"TAG":"a","TAG1":"b","TAG01":"c"}}"#,
                ),
                "BS0803 #t1.TAG01",
            ),
        ],
    );
}

#[test]
fn values_that_a_field_cannot_have() {
    let number =
        |text: &str| equals("ProcessId", &format!(r#"{{"type":"number","id":"v","fields":{{"NUM":"{text}"}}}}"#));
    let value = |kind: &str, field: &str, text: &str| {
        equals("Image", &format!(r#"{{"type":"{kind}","id":"v","fields":{{"{field}":"{text}"}}}}"#))
    };
    table_in_both(
        "values",
        &[
            (
                "an option that is nearly right",
                asks(r#"{"type":"event_is","id":"is","fields":{"OP":"IS_NO","EVENT":"sysmon.dns_query"}}"#),
                "BS0804 #is.OP",
            ),
            (
                "an option in lower case",
                asks(r#"{"type":"event_is","id":"is","fields":{"OP":"is","EVENT":"sysmon.dns_query"}}"#),
                "BS0804 #is.OP",
            ),
            ("a number that is none", number("12a"), "BS0804 #v.NUM"),
            ("a number that is empty", number(""), "BS0804 #v.NUM"),
            ("a number that is an address", number("10.0.0.1"), "BS0804 #v.NUM"),
            ("a number of 65 bits", number("18446744073709551616"), "BS0108 #v.NUM"),
            ("a negative number of 65 bits", number("-9223372036854775809"), "BS0108 #v.NUM"),
            ("a hexadecimal number of 68 bits", number("0x10000000000000000"), "BS0108 #v.NUM"),
            ("an address that is a number", value("ip", "IP", "4"), "BS0804 #v.IP"),
            ("an address with five parts", value("ip", "IP", "10.0.0.1.2"), "BS0804 #v.IP"),
            ("a network without its length", value("ip_network", "NETWORK", "10.0.0.0"), "BS0804 #v.NETWORK"),
            ("a time that no calendar has", value("date_time", "TIME", "2030-02-31"), "BS0804 #v.TIME"),
            (
                "a text in the list of values",
                asks(
                    r#"{"type":"logic_is_in","id":"in","fields":{"OP":"IN"},"inputs":{
                        "A":{"block":{"type":"event_field","id":"f","fields":{"NAME":"ProcessId"}}},
                        "B":{"block":{"type":"lists_values","id":"l","extraState":{"itemCount":2},"fields":{"ITEM0":"4","ITEM1":"x"}}}}}"#,
                ),
                "BS0804 #l.ITEM1",
            ),
            (
                "a day that is a moment",
                workspace(&format!(
                    r#"{{"type":"rule_classify","id":"rule","fields":{{"NAME":"n"}},"inputs":{{"DO":{{"block":{TAG}}},
                        "META":{{"block":{{"type":"rule_expires","id":"e","fields":{{"DATE":"2099-01-31T10:00:00Z"}}}}}}}}}}"#
                )),
                "BS0207 #e.DATE",
            ),
            (
                "a version of Winlogbeat that never was",
                asks(&format!(
                    r#"{{"type":"test_strictly","id":"s","fields":{{"AS":"5.0"}},"inputs":{{"TEST":{{"block":{}}}}}}}"#,
                    dns("is")
                )),
                "BS0214 #s.AS",
            ),
        ],
    );
}

#[test]
fn parts_that_are_missing() {
    table_in_both(
        "missing",
        &[
            ("a field", does(r#"{"type":"message_add_tag","id":"t1"}"#), "BS0805 #t1.TAG"),
            (
                "an item of a list",
                does(
                    r#"{"type":"message_add_tag","id":"t1","extraState":{"itemCount":3},"fields":{"TAG":"a","TAG1":"b"}}"#,
                ),
                "BS0805 #t1.TAG2",
            ),
            (
                "a condition",
                does(&format!(r#"{{"type":"controls_if","id":"if1","inputs":{{"DO0":{{"block":{TAG}}}}}}}"#)),
                "BS0805 #if1.IF0",
            ),
            (
                "the condition of an `else if`",
                does(&format!(
                    r#"{{"type":"controls_if","id":"if1","extraState":{{"elseIfCount":1}},"inputs":{{"IF0":{{"block":{}}},"DO0":{{"block":{TAG}}}}}}}"#,
                    dns("is")
                )),
                "BS0805 #if1.IF1",
            ),
            (
                "one side of an `and`",
                asks(&format!(
                    r#"{{"type":"logic_operation","id":"and","fields":{{"OP":"AND"}},"inputs":{{"A":{{"block":{}}}}}}}"#,
                    dns("is")
                )),
                "BS0805 #and.B",
            ),
            ("all of a test", asks(r#"{"type":"field_test","id":"f","fields":{"TYPE":"EXISTS"}}"#), "BS0805 #f.VALUE"),
        ],
    );
}

#[test]
fn blocks_where_they_do_not_fit() {
    table_in_both(
        "misfits",
        &[
            // D53.
            (
                "a number in a boolean input",
                asks(r#"{"type":"number","id":"four","fields":{"NUM":"4"}}"#),
                "BS0806 #four (#if.IF0)",
            ),
            ("a statement in a value input", asks(TAG), "BS0806 #t1 (#if.IF0)"),
            ("a value in a stack", does(&dns("is")), "BS0806 #is (#rule.DO)"),
            (
                "a value below a value",
                asks(&dns("is").replacen('}', &format!(r#"}},"next":{{"block":{}}}"#, dns("is2")), 1)),
                "BS0806 #is2 (#is)",
            ),
            (
                "a rule in a rule",
                does(r#"{"type":"rule_classify","id":"inner","fields":{"NAME":"m"}}"#),
                "BS0806 #inner (#rule.DO)",
            ),
            (
                "a rule below a statement",
                does(
                    r#"{"type":"rule_stop","id":"s","next":{"block":{"type":"rule_filter","id":"inner","fields":{"NAME":"m"}}}}"#,
                ),
                "BS0806 #inner (#s)",
            ),
            (
                "a statement below a rule",
                workspace(&format!(
                    r#"{{"type":"rule_classify","id":"rule","fields":{{"NAME":"n"}},"inputs":{{"DO":{{"block":{TAG}}}}},
                        "next":{{"block":{{"type":"rule_stop","id":"s"}}}}}}"#
                )),
                "BS0806 #s (#rule)",
            ),
            (
                "metadata among statements",
                does(r#"{"type":"rule_severity","id":"m","fields":{"LEVEL":"LOW"}}"#),
                "BS0806 #m (#rule.DO)",
            ),
            (
                "a list where one value is compared",
                equals("Image", r#"{"type":"lists_texts","id":"l","fields":{"ITEM0":"a"}}"#),
                "BS0806 #l (#is.B)",
            ),
            (
                "a condition that is no test, read strictly",
                asks(&format!(
                    r#"{{"type":"test_strictly","id":"s","fields":{{"AS":"8.17"}},"inputs":{{"TEST":{{"block":
                        {{"type":"logic_negate","id":"not","inputs":{{"BOOL":{{"block":{}}}}}}}}}}}}}"#,
                    dns("is")
                )),
                "BS0806 #not (#s.TEST)",
            ),
            (
                "a real block in a shadow",
                asks(
                    r#"{"type":"logic_negate","id":"not","inputs":{"BOOL":{"shadow":{"type":"field_test","id":"sh","fields":{"TYPE":"EXISTS"},
                        "inputs":{"VALUE":{"block":{"type":"event_field","id":"f2","fields":{"NAME":"Image"}}}}}}}}"#,
                ),
                "BS0806 #f2 (#sh)",
            ),
            (
                "a look-up inside a look-up",
                equals(
                    "Image",
                    r#"{"type":"lookup_value","id":"l1","fields":{"TABLE":"t","COLUMN":"c"},"inputs":{"TEXT":{"block":
                        {"type":"lookup_value","id":"l2","fields":{"TABLE":"t","COLUMN":"c"},"inputs":{"TEXT":{"block":
                        {"type":"event_field","id":"f","fields":{"NAME":"User"}}}}}}}}"#,
                ),
                "BS0306 #l2",
            ),
        ],
    );
}

#[test]
fn extra_state_that_makes_no_block() {
    let tags = |count: &str| {
        does(&format!(
            r#"{{"type":"message_add_tag","id":"t1","extraState":{{"itemCount":{count}}},"fields":{{"TAG":"a"}}}}"#
        ))
    };
    let state = |state: &str| {
        does(&format!(r#"{{"type":"message_add_tag","id":"t1","extraState":{state},"fields":{{"TAG":"a"}}}}"#)).json
    };
    let cases = [
        ("a count that is a word", tags(r#""many""#), "BS0808 #t1"),
        ("a count below zero", tags("-1"), "BS0808 #t1"),
        ("a count in floating point", tags("1e9"), "BS0808 #t1"),
        ("a count that is no whole number", tags("1.5"), "BS0808 #t1"),
        ("a count of 32 bits", tags("4294967295"), "BS0106 #t1"),
        ("a count just above the limit", tags("200001"), "BS0106 #t1"),
        ("a count of as many as there may be", tags("200000"), "BS0805 #t1.TAG1"),
        ("no tag at all", tags("0"), "BS0808 #t1"),
        ("no field to remove", does(r#"{"type":"field_remove","id":"rm","extraState":{"itemCount":0}}"#), "BS0808 #rm"),
        (
            // It would always hold, and text cannot say it.
            "an `and` of nothing",
            asks(r#"{"type":"logic_operation","id":"and","extraState":{"itemCount":0},"fields":{"OP":"AND"}}"#),
            "BS0808 #and",
        ),
        (
            "a flag that is a number",
            does(&format!(
                r#"{{"type":"controls_if","id":"if1","extraState":{{"hasElse":2}},"inputs":{{"IF0":{{"block":{}}},"DO0":{{"block":{TAG}}}}}}}"#,
                dns("is")
            )),
            "BS0808 #if1",
        ),
        (
            "a count of `else if`s that is hostile",
            does(&format!(
                r#"{{"type":"controls_if","id":"if1","extraState":{{"elseIfCount":4294967295}},"inputs":{{"IF0":{{"block":{}}},"DO0":{{"block":{TAG}}}}}}}"#,
                dns("is")
            )),
            "BS0106 #if1",
        ),
        (
            "extra state of another block",
            does(r#"{"type":"rule_stop","id":"s","extraState":{"column":1}}"#),
            "BS0808 #s",
        ),
    ];
    // The names of extra state are others in XML, so only the places are compared.
    let json: Vec<_> = cases.iter().map(|(what, both, expected)| (*what, both.json.clone(), *expected)).collect();
    let xml: Vec<_> = cases.iter().map(|(what, both, expected)| (*what, both.xml.clone(), *expected)).collect();
    table("extra_state_in_json", &json);
    table("extra_state_in_xml", &xml);
    table(
        "extra_state_of_other_forms",
        &[
            ("a count of more than 64 bits", state(r#"{"itemCount":99999999999999999999}"#), "BS0106 #t1"),
            (
                "a count of more than 64 bits, in XML",
                tags("1").xml.replace("items=\"1\"", "items=\"99999999999999999999\""),
                "BS0106 #t1",
            ),
            ("a count that is a list", state(r#"{"itemCount":[1]}"#), "BS0808 #t1"),
            ("a count that is null", state(r#"{"itemCount":null}"#), "BS0808 #t1"),
            ("a count that is a boolean", state(r#"{"itemCount":true}"#), "BS0808 #t1"),
            ("a list", state("[1]"), "BS0808 #t1"),
            ("a number", state("1"), "BS0808 #t1"),
            ("a text that is no mutation", state(r#""<mutation items=""#), "BS0801 #t1"),
            ("a mutation with another name", state(r#""<mutation itemCount=\"1\"/>""#), "BS0808 #t1"),
            (
                "a mutation with elements in it",
                tags("1").xml.replace("></mutation>", "><arg name=\"x\"/></mutation>"),
                "BS0808 #t1",
            ),
        ],
    );
}

#[test]
fn things_that_stand_twice() {
    let rule = |inside: &str| {
        format!(r#"<xml><block type="rule_classify" id="rule"><field name="NAME">n</field>{inside}</block></xml>"#)
    };
    let stop = |id: &str| format!(r#"<block type="rule_stop" id="{id}"/>"#);
    table_in_both(
        "same_ids",
        &[(
            "one id for two blocks",
            does(&format!(
                r#"{{"type":"field_remove","id":"t1","fields":{{"FIELD":"msg.a"}},"next":{{"block":{TAG}}}}}"#
            )),
            "BS0807 #t1",
        )],
    );
    table(
        "twice",
        &[
            ("a key of JSON", does(TAG).json.replace(r#""TAG":"a""#, r#""TAG":"a","TAG":"b""#), "BS0807 :1:194"),
            (
                "a field",
                does(TAG).xml.replace("</field></block></st", r#"</field><field name="TAG">b</field></block></st"#),
                "BS0807 #t1.TAG",
            ),
            (
                "an input",
                rule(&format!(
                    r#"<statement name="DO">{}</statement><statement name="DO">{}</statement>"#,
                    stop("s1"),
                    stop("s2")
                )),
                "BS0807 #rule.DO",
            ),
            (
                "a block in an input",
                rule(&format!(r#"<statement name="DO">{}{}</statement>"#, stop("s1"), stop("s2"))),
                "BS0807 #rule.DO",
            ),
            (
                "what stands below",
                rule(
                    r#"<statement name="DO"><block type="message_add_tag" id="t1"><field name="TAG">a</field>
                       <next><block type="rule_stop" id="s1"/></next><next><block type="rule_stop" id="s2"/></next></block></statement>"#,
                ),
                "BS0807 #t1",
            ),
            (
                "a comment",
                rule(&format!(
                    r#"<comment>a</comment><comment>b</comment><statement name="DO">{}</statement>"#,
                    stop("s1")
                )),
                "BS0807 #rule",
            ),
            (
                "a mutation",
                does(TAG).xml.replace(
                    r#"<field name="TAG">"#,
                    r#"<mutation items="1"/><mutation items="2"/><field name="TAG">"#,
                ),
                "BS0807 #t1",
            ),
            (
                "an id of a comment",
                rule(r#"<statement name="DO"><block type="rule_stop" id="s1"/></statement>"#)
                    .replace("</xml>", r#"<comment id="c">a</comment><comment id="c">b</comment></xml>"#),
                "BS0807",
            ),
            ("an attribute", rule("").replace("id=\"rule\"", "id=\"rule\" id=\"other\""), "BS0800 :1:6"),
        ],
    );
}
