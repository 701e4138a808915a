//! The log manager's exports: what each published block becomes, what is refused, and the way back.
#![allow(clippy::panic, clippy::expect_used)]

use blocksieve::ast;
use blocksieve::blockly::Registry;
use blocksieve::blockly::registry::Column;
use blocksieve::diagnostic::{Code, Diagnostic};
use blocksieve::origin::Sources;
use blocksieve::source::{self, Parsed};
use blocksieve::target;

fn registry() -> Registry {
    let names = |pairs: &[(&str, &str)]| pairs.iter().map(|(uuid, name)| ((*uuid).into(), (*name).into())).collect();
    let network = |text: &str| (text.parse().expect("a network"), text.to_string());
    Registry {
        tags: names(&[("tag-1", "suspicious"), ("tag-2", "whitelisted")]),
        templates: names(&[("template-1", "sysmon")]),
        tables: [("table-1".to_string(), Column { table: "ports".into(), column: "service".into() })].into(),
        prefix_lists: [("list-1".to_string(), vec![network("10.0.0.0/8"), network("fd00::/8")])].into(),
        vendors: None,
        addresses: None,
    }
}

fn read_with(xml: &str, registry: &Registry) -> (Parsed, Sources) {
    let mut sources = Sources::default();
    let id = sources.add("rules/night shift.xml", xml);
    let parsed = source::parse(&mut sources, id, xml, registry);
    (parsed, sources)
}

/// The rule as text, and what was found.
fn told(xml: &str, registry: &Registry) -> String {
    let (parsed, sources) = read_with(xml, registry);
    let mut out = String::new();
    if !parsed.diagnostics.iter().any(Diagnostic::is_error) {
        out.push_str(&target::text::write(&parsed.definition));
    }
    for found in &parsed.diagnostics {
        let place = sources.describe(found.primary.origin).replace("rules/night shift.xml", "");
        out.push_str(&format!("{} {place}: {}\n", found.code, found.message));
    }
    out
}

fn xml(inside: &str) -> String {
    format!("<xml xmlns=\"http://www.w3.org/1999/xhtml\">{inside}</xml>")
}

fn value(kind: &str, fields: &[(&str, &str)], inputs: &[(&str, String)]) -> String {
    let fields: String = fields.iter().map(|(name, value)| format!("<field name=\"{name}\">{value}</field>")).collect();
    let inputs: String = inputs.iter().map(|(name, value)| format!("<value name=\"{name}\">{value}</value>")).collect();
    format!("<block type=\"{kind}\">{fields}{inputs}</block>")
}

fn text(value_: &str) -> String {
    value("text", &[("TEXT", value_)], &[])
}

fn null() -> String {
    value("logic_null", &[], &[])
}

fn message(object: &str) -> String {
    value("message", &[("OBJECT", object)], &[])
}

/// A key of the message.
fn key(object: &str, keys: &[&str]) -> String {
    keys.iter().fold(message(object), |inside, key| {
        format!(
            "<block type=\"dictionaries_get_index\"><mutation statement=\"false\" at=\"true\"></mutation>\
             <value name=\"VALUE\">{inside}</value><value name=\"AT\">{}</value></block>",
            text(key)
        )
    })
}

fn tag() -> String {
    value("message_add_tag", &[("TAG", "tag-1")], &[("VAR", message("meta"))])
}

/// A rule that adds a tag if this holds.
fn when(condition: &str) -> String {
    xml(&format!(
        "<block type=\"controls_if\"><value name=\"IF0\">{condition}</value><statement name=\"DO0\">{}</statement></block>",
        tag()
    ))
}

fn compare(op: &str, a: String, b: String) -> String {
    value("logic_compare", &[("OP", op)], &[("A", a), ("B", b)])
}

fn send() -> String {
    "<block type=\"alert_send\"><field name=\"ALERT_TEMPLATE\">template-1</field><value name=\"VAR\">\
     <shadow type=\"variables_get\"><field name=\"VAR\">msg</field></shadow></value></block>"
        .to_string()
}

/// Does one text contain another?
fn substring(value_: String, find: String) -> String {
    value("text_test_substring", &[("TYPE", "CONTAINS")], &[("VALUE", value_), ("FIND", find)])
}

/// One statement below another.
fn stacked(above: String, below: &str) -> String {
    let end = above.rfind("</block>").expect("it ends");
    format!("{}<next>{below}</next></block>", &above[..end])
}

/// The conditions of all published value blocks, by what they show.
fn conditions() -> Vec<(&'static str, String)> {
    let action = || key("msg", &["action"]);
    let integer = |n: &str| value("math_number", &[("NUM", n)], &[]);
    let float = |n: &str| value("math_float", &[("NUM", n)], &[]);
    let ip = |n: &str| value("ip", &[("IP", n)], &[]);
    let list = |items: &[String]| {
        let inputs: String =
            items.iter().enumerate().map(|(i, item)| format!("<value name=\"ADD{i}\">{item}</value>")).collect();
        format!("<block type=\"lists_create_with\"><mutation items=\"{}\"></mutation>{inputs}</block>", items.len())
    };
    let is_in = |a: String, b: String| value("logic_is_in", &[], &[("A", a), ("B", b)]);
    let substring = |kind: &str, a: String, b: String| {
        value("text_test_substring", &[("TYPE", kind)], &[("VALUE", a), ("FIND", b)])
    };
    let case = |case: &str, a: String| value("text_change_case", &[("CASE", case)], &[("TEXT", a)]);
    let operation = |op: &str, a: String, b: String| value("logic_operation", &[("OP", op)], &[("A", a), ("B", b)]);
    let has_tag = || value("message_has_tag", &[("TAG", "tag-2")], &[("VAR", message("meta"))]);
    let lookup = |a: String| value("function_lookup_search", &[("TABLE", "table-1")], &[("TEXT", a)]);
    let boolean = |b: &str| value("logic_boolean", &[("BOOL", b)], &[]);
    let prefixes = || value("ip_prefix_list", &[("IP_PREFIX_LIST", "list-1")], &[]);
    vec![
        ("a value alone", action()),
        ("not a value", value("logic_negate", &[], &[("BOOL", action())])),
        ("equal", compare("EQ", action(), text("deny"))),
        ("unequal", compare("NEQ", action(), text("deny"))),
        ("a constant on the left", compare("LT", integer("5"), key("msg", &["n@int.value"]))),
        ("an ordering", compare("GTE", key("msg", &["n@int.value"]), integer("5"))),
        ("a float", compare("GT", key("msg", &["load@float.value"]), float("9.5"))),
        ("two keys", compare("EQ", action(), key("meta", &["src", "program"]))),
        ("null", compare("EQ", action(), null())),
        ("not null", compare("NEQ", null(), action())),
        ("an ordering with null", compare("LT", action(), null())),
        ("true", value("logic_boolean", &[("BOOL", "TRUE")], &[])),
        ("a condition and true", compare("EQ", has_tag(), boolean("TRUE"))),
        ("a condition and false", compare("EQ", boolean("FALSE"), has_tag())),
        ("a condition that is not false", compare("NEQ", operation("OR", has_tag(), has_tag()), boolean("FALSE"))),
        ("a boolean and a number", compare("EQ", boolean("TRUE"), integer("1"))),
        ("an order of two kinds", compare("LT", integer("5"), text("10"))),
        ("a tag", has_tag()),
        (
            "and, or, not",
            operation(
                "AND",
                operation("AND", action(), has_tag()),
                value("logic_negate", &[], &[("BOOL", operation("OR", has_tag(), action()))]),
            ),
        ),
        ("begins", substring("BEGINSWITH", action(), text("de"))),
        ("ends", substring("ENDSWITH", key("msg", &["user"]), text("$"))),
        ("contains", substring("CONTAINS", message("raw"), text("quota"))),
        ("a number as text", substring("CONTAINS", action(), integer("5"))),
        ("constants of text", substring("BEGINSWITH", text("abc"), text("ab"))),
        ("a part of a text", is_in(text("vpn"), message("raw"))),
        ("a key of the message", is_in(text("user"), message("msg"))),
        ("a key of the source", is_in(text("host"), key("meta", &["src"]))),
        ("a key of a typed value", is_in(text("city"), key("msg", &["src@ip"]))),
        ("a number that is no key", is_in(integer("5"), message("msg"))),
        ("a number in a list of the message", is_in(integer("5"), key("msg", &["ports"]))),
        ("a tag by its name", is_in(text("firewall"), key("meta", &["tags"]))),
        ("a text that is a list", substring("CONTAINS", key("meta", &["tags"]), text("fire"))),
        ("a number and a list of numbers", is_in(integer("5"), list(&[float("5.0"), text("x")]))),
        ("a key inside another", compare("EQ", key("msg", &["n@int", "value"]), integer("5"))),
        ("an item of a list", is_in(action(), list(&[text("deny"), text("drop")]))),
        ("an item of nothing", is_in(action(), value("lists_create_empty", &[], &[]))),
        ("an address of a prefix list", is_in(key("msg", &["src@ip.value"]), prefixes())),
        ("a constant address of one", is_in(ip("10.1.2.3"), prefixes())),
        ("lower case", compare("EQ", case("LOWERCASE", action()), text("deny"))),
        ("title case of a constant", compare("EQ", key("msg", &["user"]), case("TITLECASE", text("eva novak")))),
        (
            "a number made of text",
            compare("LT", value("math_number_create", &[], &[("VALUE", key("msg", &["port"]))]), integer("1024")),
        ),
        (
            "a number made of nothing",
            compare("EQ", value("math_number_create", &[], &[("VALUE", text("x"))]), integer("-1")),
        ),
        ("a length", compare("GT", value("text_length", &[], &[("VALUE", message("raw"))]), integer("1000"))),
        ("an address", compare("EQ", key("msg", &["src@ip.value"]), ip("2001:db8::25"))),
        ("an address that is none", compare("EQ", key("msg", &["src@ip.value"]), ip("nonsense"))),
        (
            "a hardware address",
            compare("EQ", key("msg", &["mac@mac.value"]), value("mac", &[("MAC", "02:00:5E:10:20:30")], &[])),
        ),
        (
            "one made of text",
            compare(
                "EQ",
                key("msg", &["mac@mac.value"]),
                value("mac_create", &[], &[("VALUE", text("0200.5e10.2030"))]),
            ),
        ),
        ("one that is none", compare("EQ", key("msg", &["mac"]), value("mac", &[("MAC", "02:00")], &[]))),
        ("one made of nothing", compare("EQ", key("msg", &["mac@mac.value"]), value("mac_create", &[], &[]))),
        (
            "a vendor",
            compare(
                "EQ",
                value("mac_subscript", &[("INFO", "VENDOR")], &[("MAC", key("msg", &["mac"]))]),
                text("Xerox"),
            ),
        ),
        (
            "the vendor of a typed value",
            compare(
                "EQ",
                value("mac_subscript", &[("INFO", "VENDOR")], &[("MAC", key("msg", &["mac@mac"]))]),
                text("Xerox"),
            ),
        ),
        ("a look-up", lookup(key("msg", &["port"]))),
        ("what a look-up gives", compare("EQ", lookup(key("msg", &["port"])), text("ssh"))),
        ("a variable", compare("NEQ", value("variables_get", &[("VAR", "seen")], &[]), null())),
        ("the whole event", compare("EQ", key("event", &["@timestamp"]), text("x"))),
        ("a number beyond 2^53", compare("EQ", key("msg", &["n@int.value"]), integer("9007199254740993"))),
    ]
}

#[test]
fn what_each_published_block_becomes() {
    let registry = registry();
    let all: String = conditions()
        .into_iter()
        .map(|(name, condition)| {
            let told = told(&when(&condition), &registry);
            let shown = told.strip_prefix("classify \"night shift\" {\n").unwrap_or(&told);
            let shown = shown.replace(" {\n        tag \"suspicious\"\n    }\n}\n", "\n");
            format!("{name}\n    {}\n", shown.trim_end().replace('\n', "\n    "))
        })
        .collect();
    insta::assert_snapshot!(all);
}

#[test]
fn what_each_statement_becomes() {
    let registry = registry();
    let rename = value(
        "function_dictionaries_rename_key",
        &[],
        &[("FROM", key("msg", &["usr"])), ("TO", key("msg", &["username"]))],
    );
    let choice = format!(
        "<block type=\"controls_if\"><mutation elseif=\"1\" else=\"1\"></mutation><comment>by night\nonly</comment>\
         <value name=\"IF0\">{0}</value><statement name=\"DO0\">{1}</statement><value name=\"IF1\">{0}</value>\
         <statement name=\"ELSE\">{2}</statement></block>",
        key("msg", &["action"]),
        stacked(tag(), &rename),
        rename,
    );
    let cases = [
        xml(&send()),
        xml(&stacked(tag(), &send())),
        xml(&rename),
        xml(&tag()),
        xml(&tag().replacen("<block", "<block disabled=\"true\"", 1)),
        xml(&choice),
    ];
    let all: String = cases.iter().map(|drawn| format!("{}\n", told(drawn, &registry))).collect();
    insta::assert_snapshot!(all);
}

/// A block with a comment.
fn noted(block: &str, note: &str) -> String {
    block.replacen('>', &format!("><comment>{note}</comment>"), 1)
}

#[test]
fn a_comment_goes_to_the_first_test_of_what_it_stands_at() {
    let compare = |a: &str, b: &str| compare("EQ", noted(&key("msg", &["action"]), a), noted(&text("deny"), b));
    let inner =
        noted(&value("logic_operation", &[("OP", "AND")], &[("A", compare("3", "4")), ("B", compare("5", "6"))]), "2");
    let not = noted(&value("logic_negate", &[], &[("BOOL", noted(&compare("9", "10"), "8"))]), "7");
    let outer = noted(&value("logic_operation", &[("OP", "AND")], &[("A", inner), ("B", not)]), "1");
    let rule =
        when(&outer).replace(&tag(), &noted(&tag().replace(&message("meta"), &noted(&message("meta"), "b")), "a"));
    insta::assert_snapshot!(told(&rule, &registry()));
}

#[test]
fn what_has_no_meaning_here_is_refused_by_name() {
    let registry = registry();
    let regex = value("regex_assign", &[("TYPE", "ip"), ("VAR", "client")], &[]);
    let cases = [
        when(&regex),
        xml("<block type=\"pass_to_parser\"><field name=\"PARSER\">p</field></block>"),
        xml(&tag().replace("tag-1", "tag-9")),
        when(&value("function_lookup_search", &[("TABLE", "table-9")], &[("TEXT", message("raw"))])),
        when(&value(
            "logic_is_in",
            &[],
            &[("A", message("raw")), ("B", value("ip_prefix_list", &[("IP_PREFIX_LIST", "x")], &[]))],
        )),
        when(&compare("EQ", value("message_has_tag", &[("TAG", "tag-1")], &[]), text("yes"))),
        when(&value("dictionaries_get_index", &[], &[("VALUE", message("msg")), ("AT", message("raw"))])),
        when(&key("msg", &["a"]).replace("statement=\"false\"", "statement=\"true\"")),
        when(&compare("EQ", message("event"), text("x"))),
        when(&substring(text("abc"), message("raw"))),
        when(&value("mac_create", &[], &[("VALUE", message("raw"))])),
        when(&compare("EQ", substring(message("raw"), text("a")), value("logic_boolean", &[("BOOL", "FALSE")], &[]))),
        when(&compare(
            "EQ",
            value("math_number_create", &[], &[("VALUE", text("18446744073709551616"))]),
            key("msg", &["n@int.value"]),
        )),
        when(&value("logic_is_in", &[], &[("A", key("msg", &["a"])), ("B", message("msg"))])),
        when(&value("text_test_substring", &[("TYPE", "LIKE")], &[("VALUE", message("raw")), ("FIND", text("x"))])),
    ];
    let all: String = cases.iter().map(|drawn| told(drawn, &registry)).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn what_only_a_log_manager_computes_comes_from_a_table_where_one_is_named() {
    let city = when(&compare("EQ", key("msg", &["src@ip", "city"]), text("Brno")));
    let vendor = value("mac_subscript", &[("INFO", "VENDOR")], &[("MAC", key("msg", &["mac"]))]);
    let vendor = when(&compare("EQ", vendor, text("Xerox")));
    let line = |xml: &str, registry: &Registry| told(xml, registry).lines().nth(1).unwrap_or("").trim().to_string();
    assert_eq!(line(&city, &registry()), "if strictly(logmanager) msg.src@ip.city == 'Brno' {");
    assert_eq!(line(&vendor, &registry()), "if strictly(logmanager) msg.mac@mac.vendor == 'Xerox' {");
    let tables = Registry {
        addresses: Some("geo".to_string()),
        vendors: Some(Column { table: "oui".to_string(), column: "name".to_string() }),
        ..registry()
    };
    assert_eq!(line(&city, &tables), "if strictly(logmanager) lookup \"geo\" column \"city\" of msg.src == 'Brno' {");
    assert_eq!(
        line(&vendor, &tables),
        "if strictly(logmanager) lookup \"oui\" column \"name\" of msg.mac == 'Xerox' {"
    );
}

#[test]
fn every_export_that_is_read_can_be_written_back_as_the_same_rule() {
    let registry = registry();
    let mut written = 0;
    for (name, condition) in conditions() {
        let (parsed, _) = read_with(&when(&condition), &registry);
        let xml = target::logmanager::write(&parsed.definition, &registry)
            .unwrap_or_else(|found| panic!("{name}: {found:#?}"));
        let again = read_with(&xml, &registry).0.definition;
        assert!(ast::same(&parsed.definition, &again), "{name}: {xml}");
        // And from then on it is the same to the letter.
        assert_eq!(target::logmanager::write(&again, &registry).as_deref(), Ok(xml.as_str()), "{name}");
        written += 1;
    }
    assert!(written > 40, "{written}");
}

#[test]
fn the_examples_are_read_and_written_back_to_the_letter_but_for_blanks() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon/logmanager");
    let pair = |uuid: &str, name: &str| (uuid.to_string(), name.to_string());
    let column = Column { table: "sysmon-hash-whitelist".to_string(), column: "file".to_string() };
    let registry = Registry {
        tags: [
            pair("5f0c2d1e-6a41-4c0b-9a57-3f0d8e1b7a01", "suspicious"),
            pair("5f0c2d1e-6a41-4c0b-9a57-3f0d8e1b7a02", "whitelisted"),
        ]
        .into(),
        templates: [pair("a1d4e6b8-02c3-4f5a-8b9c-7d6e5f4a3b01", "sysmon")].into(),
        tables: [("c7b2a9f0-13d4-4e6b-8c5d-1a2b3c4d5e01".to_string(), column)].into(),
        ..Registry::default()
    };
    let bare = |xml: &str| xml.split_whitespace().collect::<String>();
    for name in ["predefined-alert.xml", "whitelist.xml"] {
        let xml = std::fs::read_to_string(folder.join(name)).expect("the example is there");
        let (parsed, _) = read_with(&xml, &registry);
        assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
        let back = target::logmanager::write(&parsed.definition, &registry).expect("it can be written");
        assert!(ast::same(&parsed.definition, &read_with(&back, &registry).0.definition), "{name}");
        assert_eq!(bare(&back), bare(&xml));
    }
}

#[test]
fn chains_may_be_long_and_nesting_is_limited() {
    let registry = registry();
    let has = || value("message_has_tag", &[("TAG", "tag-2")], &[("VAR", message("meta"))]);
    let operation = |a: String, b: String| value("logic_operation", &[("OP", "OR")], &[("A", a), ("B", b)]);
    // Built of two halves, since text that holds text grows with the square.
    let chain = |left: bool| {
        let (head, tail) = ("<block type=\"logic_operation\"><field name=\"OP\">OR</field>", "</block>");
        let side = |name: &str, inside: &str| format!("<value name=\"{name}\">{inside}</value>");
        let (before, after) = if left {
            (format!("{head}<value name=\"A\">"), format!("</value>{}{tail}", side("B", &has())))
        } else {
            (format!("{head}{}<value name=\"B\">", side("A", &has())), format!("</value>{tail}"))
        };
        when(&format!("{}{}{}", before.repeat(4_000), has(), after.repeat(4_000)))
    };
    for left in [true, false] {
        let (parsed, _) = read_with(&chain(left), &registry);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics.first());
        let conds = &parsed.definition.conds;
        assert!(conds.iter().any(|cond| matches!(&cond.kind, ast::CondKind::Or(members) if members.len() == 4_001)));
        let xml = target::logmanager::write(&parsed.definition, &registry).expect("it can be written");
        assert!(ast::same(&parsed.definition, &read_with(&xml, &registry).0.definition));
    }
    let nested = |times: usize, inside: String, around: &dyn Fn(String) -> String| {
        let drawn = (0..times).fold(inside, |inside, _| around(inside));
        read_with(&when(&drawn), &registry).0
    };
    let not = |inside: String| value("logic_negate", &[], &[("BOOL", inside)]);
    let both =
        |inside: String| operation(value("logic_operation", &[("OP", "AND")], &[("A", has()), ("B", inside)]), has());
    let lower = |inside: String| value("text_change_case", &[("CASE", "LOWERCASE")], &[("TEXT", inside)]);
    for around in [&not as &dyn Fn(String) -> String, &both, &lower] {
        let found = nested(200, has(), around).diagnostics;
        assert!(found.iter().any(|found| found.code == Code::TooDeep), "{found:?}");
    }
    // What the drawing may hold, text may hold too.
    for around in [&not as &dyn Fn(String) -> String, &both] {
        let deepest = (1..200).map_while(|times| {
            let parsed = nested(times, has(), around);
            parsed.diagnostics.is_empty().then_some(parsed)
        });
        let deepest = deepest.last().expect("some are not too deep");
        let text = target::text::write(&deepest.definition);
        let (again, found) = source::text::parse(blocksieve::origin::SourceId(0), &text);
        assert!(!found.iter().any(Diagnostic::is_error), "{found:?}");
        assert!(ast::same(&deepest.definition, &again));
    }
}

/// What the uuids of `tests/logmanager` stand for.
fn registry_of_the_files() -> Registry {
    let pair = |uuid: &str, name: &str| (format!("{uuid}-0000-4000-8000-{:012}", 1), name.to_string());
    let tags = (1..4).zip(["watched", "audited", "plain"]);
    let network = |text: &str| (text.parse().expect("a network"), text.to_string());
    Registry {
        tags: tags.map(|(n, tag)| (format!("7a000000-0000-4000-8000-{n:012}"), tag.to_string())).collect(),
        templates: [pair("7e000000", "audit log")].into(),
        tables: [(pair("7c000000", "").0, Column { table: "ports".into(), column: "service".into() })].into(),
        prefix_lists: [(pair("7f000000", "").0, vec![network("10.0.0.0/8"), network("fd00::/8")])].into(),
        ..Registry::default()
    }
}

/// The files of `tests/logmanager`, by name.
fn files() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logmanager");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("text"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn whole_exports_and_what_they_become() {
    let registry = registry_of_the_files();
    let all: String = files().iter().map(|(name, xml)| format!("{name}\n{}\n", told(xml, &registry))).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn exports_as_they_are_drawn_come_back_to_the_letter_but_for_blanks() {
    let registry = registry_of_the_files();
    let bare = |xml: &str| xml.split_whitespace().collect::<String>();
    let mut same = Vec::new();
    for (name, xml) in files() {
        let (parsed, _) = read_with(&xml, &registry);
        if parsed.diagnostics.iter().any(Diagnostic::is_error) {
            continue;
        }
        let back = target::logmanager::write(&parsed.definition, &registry).expect("it can be written");
        assert!(ast::same(&parsed.definition, &read_with(&back, &registry).0.definition), "{name}");
        if bare(&back) == bare(&xml) {
            same.push(name);
        }
    }
    // The others hold constants that are folded, or chains that are joined from the right.
    assert_eq!(same, ["inside.xml", "mail.xml", "names.xml", "services.xml", "signed-in.xml", "tagged-mail.xml"]);
}

#[test]
fn what_the_log_manager_cannot_say_is_refused_with_the_way_out() {
    let registry = registry();
    let rules = [
        "filter \"f\" { if event is sysmon.dns_query { drop } }",
        "classify \"c\" { tag \"suspicious\", \"whitelisted\" }",
        "classify \"c\" { tag \"other\" }",
        "classify \"c\" { reason \"why\" tag \"suspicious\" }",
        "classify \"c\" { untag \"suspicious\" }",
        "classify \"c\" { set msg.a = 'x' }",
        "classify \"c\" { if msg.a == 'x' { tag \"suspicious\" } }",
        "classify \"c\" { if event is sysmon.dns_query { tag \"suspicious\" } }",
        "classify \"c\" { if strictly(logmanager) msg.a in [192.168.0.0/16] { tag \"suspicious\" } }",
        "alert \"a\" { send webhook }",
        "alert \"a\" { send mail using template \"sysmon\" to [\"x@example.org\"] }",
        "disabled alert \"a\" { send mail using template \"sysmon\" }",
        "classify \"1\" { tag \"suspicious\" } classify \"2\" { tag \"suspicious\" }",
    ];
    let all: String = rules
        .iter()
        .map(|rule| {
            let (parsed, sources) = read_with(rule, &registry);
            let found = target::logmanager::write(&parsed.definition, &registry).err().unwrap_or_default();
            let lines: String = found
                .iter()
                .map(|found| {
                    let text = found.primary.origin.as_span().and_then(|span| rule.get(span.range())).unwrap_or("?");
                    let _ = &sources;
                    format!(
                        "    {} {text}\n        {}: {}\n",
                        found.code,
                        found.message,
                        found.help.as_deref().unwrap_or("?")
                    )
                })
                .collect();
            format!("{rule}\n{lines}")
        })
        .collect();
    insta::assert_snapshot!(all);
}
