//! Cases of lookup tables: what stands beside a key, and what may not stand in a column of hashes.
//!
//! Every case is decided three ways (machine over the line, machine over the map, slow twin), which must agree.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use crate::support::{decide, sysmon};
use blocksieve::table::TableDef;

/// Ports and the services behind them.
fn ports() -> Vec<TableDef> {
    vec![TableDef::new(
        "ports",
        &[
            ("port", &["22", "80", "ssh", "22", "", "none"]),
            ("service", &["SSH", "http", "the name", "another", "never", ""]),
        ],
    )]
}

#[test]
fn a_look_up_gives_what_another_column_holds_in_the_row() {
    let tables = ports();
    let service = |rest: &str| format!("lookup \"ports\" column \"service\" of {rest}");
    for (condition, data, wanted) in [
        (service("DestinationPort == 'ssh'"), r#""DestinationPort":"22""#, true),
        (service("DestinationPort cased == 'SSH'"), r#""DestinationPort":22"#, true),
        (service("DestinationPort cased == 'ssh'"), r#""DestinationPort":22"#, false),
        // The first row of a key counts, keys ignoring case; an empty cell is no key, but a value.
        (service("User == 'another'"), r#""User":"22""#, false),
        (service("User == 'the name'"), r#""User":"Ssh""#, true),
        (service("User exists"), r#""User":"""#, false),
        (service("User exists"), r#""User":"none""#, true),
        (service("User is blank"), r#""User":"NONE""#, true),
        (service("User is blank"), r#""User":"80""#, false),
        (service("User is missing"), r#""User":"443""#, true),
        (service("User is missing"), "", true),
        // Functions on both sides of it, and members of lists one by one.
        (service("file name of Image == 'http'"), r#""Image":"a/80""#, true),
        (format!("length of {} == 4", service("User")), r#""User":"80""#, true),
        (format!("upper case of {} cased == 'HTTP'", service("User")), r#""User":["x",80]"#, true),
        (format!("{} == {}", service("User"), service("RuleName")), r#""User":"22","RuleName":22"#, true),
        (service("any field == 'http'"), r#""RuleName":"80""#, true),
        // The log manager looks up cased, and only texts.
        (format!("strictly(logmanager) {}", service("User == 'the name'")), r#""User":"ssh""#, true),
        (format!("strictly(logmanager) {}", service("User exists")), r#""User":"SSH""#, false),
        (format!("strictly(logmanager) {}", service("User == 'http'")), r#""User":80"#, true),
        (format!("strictly(logmanager) {}", service("User exists")), r#""User":["80"]"#, false),
        (format!("strictly(logmanager) {}", service("number of User exists")), r#""User":80"#, false),
    ] {
        let holds = support::holds_with(&condition, &sysmon(3, data), &tables);
        assert_eq!(holds, wanted, "{condition} on {data}");
    }
    let rule = "classify \"c\" { set msg.service = lookup \"ports\" column \"service\" of User if msg.service == 'ssh' { tag \"t\" } }";
    let compiled = support::compile_with(rule, &tables);
    assert_eq!(decide(&compiled, &sysmon(3, r#""User":"22""#)).did.len(), 2);
    assert_eq!(decide(&compiled, &sysmon(3, r#""User":"23""#)).did.len(), 0);
}

#[test]
fn what_cannot_be_looked_up_is_told_at_its_place() {
    let tables = ports();
    let found = |operand: &str| {
        let (_, found) =
            blocksieve::compile_text(&format!("classify \"c\" {{ if {operand} exists {{ tag \"t\" }} }}"), &tables);
        found.iter().map(|d| format!("{} {}", d.code, d.message)).collect::<Vec<_>>()
    };
    for (operand, wanted) in [
        ("lookup \"port\" column \"service\" of User", "BS0203 the project has no lookup table \"port\""),
        ("lookup \"ports\" column \"servic\" of User", "BS0212 the table \"ports\" has no column \"servic\""),
        ("lookup \"ports\" column \"service\" of 'x'", "BS0300 a test begins with a field, not with a text"),
        (
            "lower case of upper case of lookup \"ports\" column \"service\" of lower case of upper case of User",
            "BS0306 more than 4 functions on one operand, the look-up counted",
        ),
        ("lookup \"ports\" of User", "BS0100 expected `column`, found `of`"),
        ("lookup \"ports\" column \"service\" User", "BS0100 expected `of`, found `User`"),
    ] {
        assert_eq!(found(operand), [wanted], "{operand}");
    }
    // No lint of the field is one of what is looked up.
    assert_eq!(found("lookup \"ports\" column \"service\" of Image"), [""; 0]);
    let number = "classify \"c\" { if lookup \"ports\" column \"service\" of Image == 5 { tag \"t\" } }";
    assert!(blocksieve::compile_text(number, &tables).1.is_empty());
}

#[test]
fn a_look_up_in_a_look_up_is_refused_whoever_made_the_tree() {
    use blocksieve::ast::{Base, CondKind};
    use blocksieve::check::{Context, check};
    let text = "classify \"c\" { if lookup \"ports\" column \"service\" of User exists { tag \"t\" } }";
    let mut sources = blocksieve::origin::Sources::default();
    let (mut definition, _) = blocksieve::source::text::parse(sources.add("rules", text), text);
    let CondKind::Test(test) = &mut definition.conds[0].kind else { panic!("a test") };
    let inner = test.subject.clone();
    let Base::Lookup(lookup) = &mut test.subject.base else { panic!("a look-up") };
    lookup.of = inner;
    let catalogue = blocksieve::sysmon::Catalogue::standard();
    let agent = blocksieve::dialect::AgentVersion::DEFAULT;
    let tables = ports();
    let checked =
        check(&[definition], &Context { catalogue: &catalogue, agent, tables: &tables, templates: None, today: None });
    let codes: Vec<String> = checked.diagnostics.iter().map(|d| d.code.to_string()).collect();
    assert_eq!(codes, ["BS0306"]);
}

#[test]
fn explain_tells_a_value_without_a_row_from_another_value() {
    use blocksieve::explain::{Reason, Step, explain};
    let rule = "classify \"c\" { if lookup \"ports\" column \"service\" of User == 'http' { tag \"t\" } }";
    let compiled = support::compile_with(rule, &ports());
    let prepared = blocksieve::vm::Prepared::new(compiled.module.clone()).expect("valid");
    let reason = |user: &str| {
        let members = support::event(&sysmon(3, &format!(r#""User":"{user}""#)));
        let view = blocksieve::event::MapView::new(&prepared.module().layout, &members);
        let said = explain(&compiled.program, &prepared, blocksieve::ir::RuleId(0), &view, None).expect("a rule");
        match &said.steps[..] {
            [Step::Arm { condition: Some(condition), .. }] => condition.reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reason("443"), Some(Reason::NotInTable));
    assert_eq!(reason("SSH"), Some(Reason::ValueDiffers));
    assert_eq!(reason("80"), None);
}

#[test]
fn a_module_that_looks_up_in_no_table_is_refused() {
    use blocksieve::bytecode::{Invalid, verify};
    let rule = "classify \"c\" { if lookup \"ports\" column \"service\" of User exists { tag \"t\" } }";
    let mut module = support::compile_with(rule, &ports()).module;
    assert_eq!(verify(&module), Ok(()));
    module.lookups.clear();
    assert!(matches!(verify(&module), Err(Invalid::Test { test: 0, .. })));
}

#[test]
fn a_column_of_hashes_is_asked_for_the_hash_that_it_holds() {
    use blocksieve::ast::HashKind;
    let hash = "ab".repeat(32);
    let mut table = TableDef::new("t", &[("sha256", &[&hash]), ("sha1", &[""]), ("note", &["x"])]);
    table.columns[0].hash = Some(HashKind::Sha256);
    table.columns[1].hash = Some(HashKind::Sha1);
    let found = |condition: &str| -> Vec<String> {
        let rule = format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}");
        let (_, diagnostics) = blocksieve::compile_text(&rule, std::slice::from_ref(&table));
        diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
    };
    assert_eq!(found("hash SHA256 in table \"t\" or hash SHA1 in table \"t\" column \"sha1\""), [""; 0]);
    assert_eq!(found("Image in table \"t\""), [""; 0]);
    assert_eq!(
        found("hash MD5 in table \"t\" or hash SHA256 in table \"t\" column \"sha1\""),
        [
            "BS0309 the column \"sha256\" of \"t\" holds SHA256 hashes, and is asked for an MD5",
            "BS0309 the column \"sha1\" of \"t\" holds SHA1 hashes, and is asked for a SHA256",
        ]
    );
}

#[test]
fn a_column_that_is_asked_for_hashes_is_one_whoever_declared_it() {
    let (good, zeros) = ("ab".repeat(32), "0".repeat(64));
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let found = |kind: &str, condition: &str, values: &[&str]| -> Vec<String> {
        let tables = [TableDef::new("t", &[("sum", values)])];
        let rule = format!("{kind} \"r\" {{ {condition} }}");
        let (_, diagnostics) = blocksieve::compile_text(&rule, &tables);
        diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
    };
    let asked =
        |condition: &str, values: &[&str]| found("classify", &format!("if {condition} {{ tag \"t\" }}"), values);
    assert_eq!(asked("hash SHA256 in table \"t\"", &[&good, "", "whatever"][..2]), [""; 0]);
    for condition in [
        "hash SHA256 in table \"t\"",
        "lower case of hash SHA256 in table \"t\" column \"sum\"",
        "msg.hash_sha256 in table \"t\"",
        "hash SHA256 not in table \"t\"",
        "lookup \"t\" column \"sum\" of upper case of hash SHA256 exists",
    ] {
        for (value, told) in [
            (
                zeros.as_str(),
                "BS0506 row 2 of the column \"sum\" of \"t\": this SHA256 is all zeros, which Sysmon writes where there is no hash",
            ),
            (
                empty,
                "BS0506 row 2 of the column \"sum\" of \"t\": this is the SHA256 of an empty file, and every empty file has it",
            ),
            ("x", "BS0310 row 2 of the column \"sum\" of \"t\": this is not a SHA256: `x` is no hexadecimal digit"),
            (good.as_str(), "BS0507 row 2 of the column \"sum\" of \"t\" is the SHA256 of row 1 again"),
        ] {
            assert_eq!(asked(condition, &[&good, value]), [told], "{condition}");
        }
    }
    let twice = "hash SHA256 in table \"t\" or hash SHA256 in table \"t\"";
    let codes = |found: Vec<String>| found.iter().map(|found| found[..6].to_string()).collect::<Vec<_>>();
    assert_eq!(codes(asked(twice, &[&zeros, &zeros, "y"])).iter().filter(|code| *code == "BS0506").count(), 1, "once");
    // Whoever asks for something else of a hash, or for no hash, may.
    assert_eq!(
        asked("length of hash SHA256 in table \"t\" or Image in table \"t\"", &["64", &zeros, "x", "x"]),
        [""; 0]
    );
    // An IMPHASH vouches for nothing, and may give an alert.
    let imphash = "ab".repeat(16);
    let (drops, tags) = (
        "if event is sysmon.image_load and hash IMPHASH in table \"t\" { drop }",
        "if msg.hash_imphash in table \"t\" { tag \"t\" }",
    );
    for (kind, condition) in [
        ("filter", drops),
        ("classify", tags),
        ("classify", "if hash IMPHASH not in table \"t\" { tag \"t\" }"),
        ("alert", "if not (hash IMPHASH in table \"t\" or Image == 'x') { send mail }"),
        ("alert", "if hash IMPHASH not in table \"t\" { send mail }"),
    ] {
        assert_eq!(
            found(kind, condition, &[&imphash]),
            ["BS0508 an IMPHASH is asked for in a lookup table"],
            "{condition}"
        );
    }
    assert_eq!(found("alert", "if hash IMPHASH in table \"t\" { send mail }", &[&imphash]), [""; 0]);
}
