//! What is said of each usual mistake. Read the snapshots aloud.

use super::faults;

/// A filter with this body.
pub(super) fn body(text: &str) -> String {
    format!("filter \"x\" {{\n    {text}\n}}\n")
}

/// Bodies of rules, each with what is said of it.
fn findings(bodies: &[&str]) -> String {
    let mut out = String::new();
    for text in bodies {
        out += &format!("{text}\n");
        let found = faults(&body(text));
        assert!(!found.is_empty(), "nothing is said of {text}");
        for line in found.lines() {
            out += &format!("    {line}\n");
        }
    }
    out
}

#[test]
fn conditions_that_are_not_the_language() {
    insta::assert_snapshot!(findings(&[
        "if Image = 'x' { drop }",
        "if Image = = 'x' or Image == = 'y' or Image != = 'z' or Image < == 5 { drop }",
        "if event = sysmon.dns_query { drop }",
        "if Image === 'x' && Hash <> 'y' || !(Image =~ 'x') { drop }",
        "if Image == 'x' AND NOT QueryName == 'y' OR Image exists { drop }",
        "if Image endswith 'x' and Image startsWith 'y' and Image begins with 'z' { drop }",
        "if Image regex 'x' and Image includes 'y' { drop }",
        "if Image is 'x' { drop }",
        "if Image is mising { drop }",
        "if Image is null { drop }",
        "if evnt is sysmon.dns_query { drop }",
        "if Image is not missing and Image not exists { drop }",
        "if Image cotains 'x' { drop }",
        "if Image stars with 'x' { drop }",
        "if Image eq 'x' { drop }",
        "if Image >> 5 { drop }",
        "if Image { drop }",
        "if Image and Hash exists { drop }",
        "if Image 'x' { drop }",
        "if Image == { drop }",
        "if Image == ['a', 'b'] { drop }",
        "if Image != any ['a', 'b'] { drop }",
        "if Image contains ['a', 'b'] { drop }",
        "if Image in any ['a'] { drop }",
        "if Image in 'a', 'b' { drop }",
        "if Image in ('a', 'b') { drop }",
        "if Image in ['a' 'b'] { drop }",
        "if Image in ['a',, 'b'] { drop }",
        "if Image in ['a', ['b']] { drop }",
        "if Image in ['a', 'b' { drop }",
        "if Image == 'a' 'b' { drop }",
        "if Image == svchost service { drop }",
        "if Image == 'a' QueryName == 'b' { drop }",
        "if Image == 'a' not QueryName == 'b' { drop }",
        "if Image == 'a' adn QueryName == 'b' { drop }",
        "if Image == 'a' cased { drop }",
        "if Image == 'a' then drop",
        "if Image == 'a' drop",
        "if Image == 'a'",
        "if (Image == 'a' { drop }",
        "if Image == 'a') { drop }",
        "if Image == 'a' and { drop }",
        "if and Image == 'a' { drop }",
        "if { drop }",
        "if == 'a' { drop }",
        "if in ['a'] { drop }",
        "if has tags 'a' { drop }",
        "if has tag ['a'] { drop }",
        "if has tag a { drop }",
        "if event == 1 { drop }",
        "if event is { drop }",
        "if event is 'a', 'b' { drop }",
        "if any of Image == 'a' { drop }",
        "if drop == 'a' { drop }",
        "if Größe == 'a' { drop }",
        "if Image == größe { drop }",
        "if hash == 5 and hash SHA512 == 'a' { drop }",
        "if hash SHA == 'a' { drop }",
        "if strictly(5) Image == 'a' { drop }",
        "if strictly(latest) Image == 'a' { drop }",
        "if strictly Image == { drop }",
        "if strictly not Image == 'a' { drop }",
        "if some of users { drop }",
        "if some of users type == 'a' { drop }",
        "if lower case Image == 'a' { drop }",
        "if lower case of lower case of lower case of lower case of lower case of Image == 'a' { drop }",
        "if Image == (a) { drop }",
        "if CommandLine:contains: 'a' { drop }",
        "if Severity Name == 'a' { drop }",
        "if like == 'a' { drop }",
        "if Image == like { drop }",
        "if Image in table hosts { drop }",
    ]));
}

#[test]
fn what_alerts_remember_that_is_not_the_language() {
    insta::assert_snapshot!(findings(&[
        "when Image == 'x' { drop }",
        "when = 5 events within 10 minutes { drop }",
        "when = = 5 events within 10 minutes { drop }",
        "when 5 = events within 10 minutes { drop }",
        "when 5 events >= within 10 minutes { drop }",
        "when 5 within 10 minutes { drop }",
        "when 5 hosts within 10 minutes { drop }",
        "when 5 events in 10 minutes { drop }",
        "when 5 distinct Computer in 10 minutes { drop }",
        "when 5 distinct Computer, User by Image { drop }",
        "when 5 events { drop }",
        "when 5 events within 10 fortnights by Computer { drop }",
        "when 5 events within 10 minuts by Computer { drop }",
        "when 5 events within ten minutes by Computer { drop }",
        "when 5 events within 10 by Computer { drop }",
        "when 5 events within 10q by Computer { drop }",
        "when 5 events within 10 minutes by { drop }",
        "when 5 events within 10 minutes as x { drop }",
        "when 5 events within 10 minutes drop",
        "when 5.5 events within 10 minutes by Computer { drop }",
        "when 5 distinct within 10 minutes by Computer { drop }",
        "when in order { Image == 'x' } within 10 minutes { drop }",
        "when in order { step Image == } within 10 minutes { drop }",
        "when in order { step Image exists step User exists } { drop }",
        "when in order { step Image exists keyed ProcessGuid } within 1 minute { drop }",
        "remember 'x' by Computer",
        "remember x for 10 minutes",
        "forget",
        "if remembered 'x' at least twice by Computer { drop }",
        "if remembered 'x' by { drop }",
        "if rule 'x' { drop }",
        "if rule x acted { drop }",
        "suppress 1 hour",
        "suppress for an hour",
        "drop suppress for 1 hour",
    ]));
}

#[test]
fn statements_and_metadata_that_are_not_the_language() {
    insta::assert_snapshot!(findings(&[
        "reson 'why'",
        "reason: 'why'",
        "techniques: ['T1003']",
        "severity = high",
        "set msg.group = = 'x'",
        "send mail to ['a@example.org'] using template 'short'",
        "valuse ['x']",
        "frobnicate 'x'",
        "drop reason 'late'",
        "reason = 'why'",
        "reason why",
        "severity hihg",
        "severity 'high'",
        "severity 5",
        "expires 31.01.2027",
        "expires '2027-01-31'",
        "expires 2027-02-30",
        "expires tomorrow",
        "techniques 'T1055'",
        "techniques [T1055]",
        "techniques ['T1055' 'T1056']",
        "allow tamper",
        "dorp",
        "exclude",
        "drop_event",
        "drop;",
        "drop # why",
        "/* why */ drop",
        "frobnicate",
        "Image == 'a'",
        "else { drop }",
        "if Image exists { drop } drop else { keep }",
        "if Image exists { drop } elif Hash exists { keep }",
        "if Image exists { drop } else drop",
        "if Image exists { drop } else if { keep }",
        "if Image exists { drop } }",
        "if Image exists { drop",
        "tag noisy",
        "tag ['a', 'b']",
        "tag 'a' 'b'",
        "tag",
        "set msg.x == 5",
        "set msg.x 5",
        "set msg.x to 5",
        "set 'x' = 5",
        "set msg.x =",
        "remove winlog.opcode",
        "remove field",
        "remove field 'a b'",
        "send",
        "send mail template 'x'",
        "send mail using 'x'",
        "send mail to 'a@example.org'",
        "disabled",
        "disabled severity low",
        "unless Image exists { drop }",
        "keep ) drop",
        "'text'",
        "filter",
    ]));
}

#[test]
fn values_that_are_none() {
    insta::assert_snapshot!(findings(&[
        "if a == 18446744073709551616 { drop }",
        "if a == 0x10000000000000000 { drop }",
        "if a == 0xfg { drop }",
        "if a == -0x10 { drop }",
        "if a == 1.2.3.400 { drop }",
        "if a in 10.0.0.0/33 { drop }",
        "if a in 10.0.300.0/8 { drop }",
        "if a in fe80::/129 { drop }",
        "if a == fe80::1::2 { drop }",
        "if a > 2024-13-01 { drop }",
        "if a > 2024-02-30 { drop }",
        "if a > 2024-1-1 { drop }",
        "if a > 2024-01-01T25:00:00Z { drop }",
        "if a > 2024-01-01 25:00 { drop }",
        "if a == 1e999 { drop }",
        "if a == 1.5.2 { drop }",
        "if a == 7z { drop }",
        "if a == C:\\Windows\\x.exe { drop }",
        "if a == *.exe { drop }",
        "if a == \u{201c}x\u{201d} { drop }",
        "if a ==\u{a0}5 { drop }",
        "if a == 5 \u{0} { drop }",
        r#"if a == "C:\Windows\x" { drop }"#,
        r#"if a == "C:\temp\new" { drop }"#,
        r#"if a == "\u{110000}" { drop }"#,
        "if a == 'x\u{7}y' { drop }",
        "if a == 'it's' { drop }",
        "if a == 'it''s' { drop }",
        r#"if a == "say "hi"" { drop }"#,
        "if a == 'open { drop }",
    ]));
}

#[test]
fn files_that_are_not_rules() {
    // Each file ends in a rule that is fine, or has a fault of its own: none hides another.
    let files = [
        "filtr \"a\" { drop }\nfilter \"b\" { dorp }",
        "rule \"a\" { drop }",
        "drop",
        "{ drop }",
        "\"a\" { drop }",
        "filter { drop }\nfilter \"b\" { dorp }",
        "filter a { drop }",
        "filter \"a\" drop }\nfilter \"b\" { dorp }",
        "filter \"a\"\nfilter \"b\" { dorp }",
        "filter \"a\" { drop\nfilter \"b\" { dorp }",
        "filter \"a\" {\n    if x exists {\n        drop\n}\nfilter \"b\" { dorp }",
        "filter \"a\" {\n    if x exists\n        drop\n    }\n}\nfilter \"b\" { dorp }",
        "filter \"a\" { drop } }\nfilter \"b\" { dorp }",
        "filter \"a\" { drop } drop\nfilter \"b\" { dorp }",
        "filter \"a\" { drop }\nif x exists { drop }",
        "filter \"a {\n    drop\n}\nfilter 'b' { dorp }",
        "filter \"a\" { if x == 'y { drop } }\n\ndisabled filter \"b\" {\n    dorp\n}",
        "filter \"a\" { if (x exists { drop } }\nfilter \"b\" { dorp }",
        "filter \"a\" { if x in ['y' { drop } }\nfilter \"b\" { dorp }",
        "filter \"a\" { if x = 1 and y == 'it's' { drop } }\nfilter \"b\" { dorp }",
        "disabled disabled filter \"a\" { drop }",
        "filter \"a\" { filter \"b\" { drop } }",
    ];
    let mut out = String::new();
    for text in files {
        out += &format!("{text}\n");
        for line in faults(text).lines() {
            out += &format!("    > {line}\n");
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn all_faults_of_one_rule_in_one_run() {
    // D80, D82.
    let text = r#"filter "a" {
    reson "x"
    severity hihg
    if Image cotains 'x' and QueryName eq 'y' or a in 10.0.0.0/33 {
        dorp
    } else if Image == {
        tag noisy
    }
    tga "x"
    if Image = "C:\Windows" and (a or b exists) { drop }
}
"#;
    insta::assert_snapshot!(faults(text));
}

#[test]
fn a_fault_of_metadata_leaves_the_rest_of_the_rule_to_the_checker() {
    let (def, diagnostics) = super::parse(super::SourceId(0), &body("reson 'x'\nseverity hihg\ndrop"));
    assert_eq!(diagnostics.len(), 2);
    assert_eq!(super::show(&def), "filter \"x\"\n  drop\n");
    let (def, _) = super::parse(super::SourceId(0), &body("dorp\ndrop"));
    assert_eq!(super::show(&def), "");
    assert!(def.stmts.is_empty() && def.conds.is_empty());
}
