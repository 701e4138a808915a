//! The text language by example: what each construct becomes. Faults are in `faults`, limits in `limits`, comments in
//! `comments`, random input in `random`.

mod comments;
mod faults;
mod limits;
mod random;

use super::*;
use crate::ast::show::{show, show_condition};
use crate::ast::{Args, CondKind, StmtKind};
use crate::origin::Sources;

/// The tree of a text without faults.
fn tree(text: &str) -> String {
    let (def, diagnostics) = parse(SourceId(0), text);
    assert!(diagnostics.is_empty(), "{}", faults(text));
    show(&def)
}

/// The findings of a text: `code line:column message / help`.
fn faults(text: &str) -> String {
    let (_, diagnostics) = parse(SourceId(0), text);
    rendered(text, &diagnostics)
}

fn rendered(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut sources = Sources::default();
    let id = sources.add("rules", text);
    let mut out = String::new();
    for finding in diagnostics {
        let at = finding.primary.origin.as_span().map_or_else(String::new, |span| {
            let at = sources.line_column(id, span.start);
            format!("{}:{}", at.line, at.column)
        });
        let help = finding.help.as_deref().unwrap_or("-");
        out += &format!("{} {at} {} / {help}\n", finding.code, finding.message);
    }
    out
}

#[test]
fn the_rules_of_the_design() {
    let text = r#"
// Names that the operating system itself resolves all day
filter "Sysmon: routine DNS of Windows" {
    reason "Update and telemetry names, resolved all day by every host"
    if event is sysmon.dns_query
       and Image == 'C:\Windows\System32\svchost.exe'
       and QueryName ends with any ['.windowsupdate.com', '.events.data.microsoft.com'] {
        drop
    }
}

alert "Sysmon: significant security event" {
    if not has tag "whitelisted"
       and ((has tag "suspicious" and msg.eventid in [4, 15, 16, 255])
            or msg.rulename contains any ['Credential Dumping', 'Process Injection', 'Sysmon Bypass']) {
        send mail using template "sysmon"
    }
}
"#;
    insta::assert_snapshot!(tree(text));
}

/// The tree of a condition without faults.
fn condition(text: &str) -> String {
    let (def, id, diagnostics) = parse_condition(SourceId(0), text);
    assert!(diagnostics.is_empty(), "{}", rendered(text, &diagnostics));
    show_condition(&def, id.unwrap())
}

/// Conditions, each with its tree.
fn conditions(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{text}\n{}", indented(&condition(text)))).collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

#[test]
fn metadata_and_statements() {
    insta::assert_snapshot!(tree(
        r#"
disabled classify 'a "name"' {
    id "r-1" reason 'why' author "a" owner "b" ticket "T-1" severity informational
    techniques ["T1055", 'T1056.001',] references [] status "test" labels ["attack.execution"]
    falsepositives ["Administrators"]
    expires 2027-01-31
    allow tamper
        events
    drop keep stop
    tag "a", 'b'
    untag "c"
    set msg.group = lower case of file name of Image
    set field "Severity Name" = 5
    remove field winlog.opcode
    remove fields a, field 'b c'
    send mail
    send web-hook using template "t" to ["x@example.org", "y@example.org"]
    disabled send mail to []
    disabled if a exists { }
    if a exists { drop } else if b exists { keep } else if c exists { } else { }
}
"#
    ));
}

#[test]
fn every_operator_positive_and_negative() {
    insta::assert_snapshot!(conditions(&[
        "a == 1",
        "a != 'x'",
        "a < 1 and a <= 2 and a > 3 and a >= 4",
        "a contains 'x' or a not contains any ['x', 'y'] or a contains all ['x', b]",
        "a starts with 'x' or a starts\n  // between words\n with 'x' or a not starts with 'x'",
        "a ends with 'x' or a not ends with 'x' or a like 'x*' or a not like 'x*'",
        "a matches 'x+' or a not matches any ['x+', 'y']",
        "a in [1, 'x', 2.5, true, b] or a not in []",
        "a in 10.0.0.0/8 or a not in fe80::/10",
        "a in table 'hosts' or a not in table \"hosts\" column \"name\" or a in table",
        "a exists or a is missing",
        "a is blank or a is not blank",
        "a is private or a is not link-local",
        "event is sysmon.dns_query or event is not sysmon.dns_query or event is any [a.b, c.d]",
        "has tag 'x' or has any tag ['x', 'y'] or has all tags ['x', 'y']",
    ]));
}

#[test]
fn constants_are_conditions_unless_an_operator_follows() {
    insta::assert_snapshot!(conditions(&[
        "true",
        "not false",
        "a exists and (true or not false)",
        "some of a { true // always\n }",
        "true == a",
        "false exists",
        "truer exists and true.x exists",
    ]));
}

#[test]
fn modifiers_functions_and_odd_operands() {
    insta::assert_snapshot!(conditions(&[
        "all of a cased any-dash contains ' -enc '",
        "all of a cased not contains 'x'",
        "strictly a == 'x' or strictly(7) a == 'x' or strictly(8.17) a == 'x' or not strictly(6.8) a == 'x'",
        "strictly(sysmon) a == 'x' or strictly(sigma) a == 'x' or strictly(logmanager) a == 'x'",
        "any field contains 'x'",
        "hash SHA256 in ['a'] or hash md5 == 'b' or hash == 'c'",
        "length of lower case of a > 5",
        "title  case of a == 'X'",
        "length of lookup 't' column \"c\" of lower case of a == lookup \"t\" column \"d\" of hash MD5",
        "lookup == 1 and lookup.x exists",
        "a contains base64 of 'x' or a contains base64 of wide 'x'",
        "year of a == 2024 and hour of a < 6",
        "a == field 'b c'",
        "5 < a and 'x' == b and true == c",
    ]));
}

#[test]
fn keywords_before_a_dot_and_other_words_are_fields() {
    insta::assert_snapshot!(conditions(&[
        "event.code == 1 and in.x == 1 and if.x.y exists",
        "number == 1 and id == 2 and severity == 3 and table == 4 and to == 5 and base64 == 6",
        "@timestamp > 2024-01-01 and _x.1.y exists and inner == 1 and notx == 1",
        "field 'in' == 1 and field \"event\" exists",
    ]));
}

#[test]
fn unquoted_literals() {
    insta::assert_snapshot!(conditions(&[
        "a in [0, -5, 007, 18446744073709551615, -9223372036854775808, 0x1F, 0X1f, 1.5, -2e3, 1E+2]",
        "a in [10.0.0.1, ::, ::1, fe80::1, ::ffff:1.2.3.4, abcd:ef01::]",
        "a in [10.1.2.3/8, 2a03:2880::/32]",
        "a in [2024-01-31, 2024-01-31T10:00:00Z, 2024-01-01T00:00:00+09:00, 2018-09-11 08:09:52.655]",
        "a==5//comment\nand b==1.2.3.4//8",
    ]));
}

#[test]
fn precedence_and_parentheses() {
    insta::assert_snapshot!(conditions(&[
        // D25: and binds tighter than or.
        "a exists or b exists and c exists",
        "a exists and b exists and c exists",
        "(a exists and b exists) and c exists",
        "a exists and (b exists or c exists) and not (d exists or e exists)",
        "not not a exists",
        "not a != 1",
        "((((a exists))))",
        "((a exists or b exists))",
        "some of users { type == 'customer' and id == '7' } or not some of x { y exists }",
    ]));
}

#[test]
fn values_are_what_was_typed() {
    // D1, D2, D3, D5, D6, D8: no character of a single-quoted value is special to the language.
    insta::assert_snapshot!(conditions(&[
        r"CommandLine contains '\Desktop\'",
        r"CommandLine contains '*'",
        r"CommandLine contains all [' /delete ', '/tn *', ' /f']",
        r"Registry like '*\Desktop\hello\*word'",
        r"CommandLine contains '\\\\srv'",
        r"Image like '*\prog?.exe'",
        r"CommandLine matches '\\\\[a-z]+\\share'",
        "a == 'two\nlines' or a == \"it's \\\"x\\\" \\u{41}\\n\\r\\t\\0\\\\\"",
    ]));
}

#[test]
fn every_node_knows_its_exact_place() {
    let text =
        "disabled filter \"x\" {\n  reason 'y'  \n  if (a  ==  1 and not b in [ 'x' , ] ) // c\n  { drop }  // d\n}  ";
    let (def, diagnostics) = parse(SourceId(0), text);
    assert!(diagnostics.is_empty());
    let shown = |origin: Origin| &text[origin.as_span().unwrap().range()];
    let rule = &def.rules[0];
    assert!(shown(rule.origin).starts_with("disabled filter") && shown(rule.origin).ends_with("// d\n}"));
    assert_eq!(shown(rule.name.origin), "\"x\"");
    assert_eq!(shown(rule.meta[0].origin), "reason 'y'");
    let stmt = def.stmt(rule.body[0]);
    assert!(shown(stmt.origin).starts_with("if (a") && shown(stmt.origin).ends_with("{ drop }"));
    let StmtKind::If { arms, .. } = &stmt.kind else { panic!("no if") };
    assert_eq!(shown(def.stmt(arms[0].body[0]).origin), "drop");
    let and = def.cond(arms[0].cond);
    assert_eq!(shown(and.origin), "a  ==  1 and not b in [ 'x' , ]");
    let CondKind::And(members) = &and.kind else { panic!("no and") };
    assert_eq!(shown(def.cond(members[0]).origin), "a  ==  1");
    assert_eq!(shown(def.cond(members[1]).origin), "not b in [ 'x' , ]");
    let CondKind::Not(inner) = def.cond(members[1]).kind else { panic!("no not") };
    let CondKind::Test(test) = &def.cond(inner).kind else { panic!("no test") };
    assert_eq!(shown(test.op.origin), "in");
    assert_eq!(shown(test.subject.origin), "b");
    let Args::Many { items, origin, .. } = &test.args else { panic!("no list") };
    assert_eq!(shown(*origin), "[ 'x' , ]");
    assert_eq!(shown(items[0].origin), "'x'");
}

#[test]
fn a_mark_windows_line_ends_and_blank_lines_are_fine() {
    // D62, D69.
    let text = "\u{feff}filter \"a\" {\r\n    // why\r\n    drop\r\n}\r\n\r\n\r\n";
    assert_eq!(tree(text), "filter \"a\"\n  # why\n  drop\n");
    assert_eq!(tree(""), "");
    assert_eq!(tree("\r\n// alone\r\n"), "# alone\n");
}

#[test]
fn a_condition_that_stands_alone() {
    let faults = |text: &str| rendered(text, &parse_condition(SourceId(0), text).2);
    assert_eq!(condition(" a exists // why\n"), "# why\nExists <a>\n");
    insta::assert_snapshot!(
        [
            faults(""),
            faults("// only a comment"),
            faults("a exists b exists"),
            faults("a exists { drop }"),
            faults("a exists )"),
            faults("(a exists"),
            faults("a cotains 'x' and b = 5"),
            faults("filter \"x\" { drop }"),
            faults(&"(".repeat(100)),
        ]
        .join("\n")
    );
}
