//! Filters as rules of Sysmon: random filters in random bases on random events. The written configuration logs what the base logs minus what the machine
//! drops, under the same names; or it was refused.

use std::cell::Cell;

use blocksieve::bytecode;
use blocksieve::check::{Context, check};
use blocksieve::diagnostic::Code;
use blocksieve::dialect::AgentVersion;
use blocksieve::event::{MapView, Value};
use blocksieve::ir::Program;
use blocksieve::origin::{Place, Sources};
use blocksieve::sysmon::Catalogue;
use blocksieve::sysmon::config::{Plain, twin};
use blocksieve::target::sysmon;
use blocksieve::vm::{Machine, Options, Prepared};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{clean, kept, random};

const NEEDLES: [&str; 9] = ["a", "B", "ab", r"c:\a", r"C:\b\A", "a;b", "b;", "10", "aab"];

/// Events by their names, with fields that all of them have, or one.
const EVENTS: [(&str, &[&str]); 6] = [
    ("event is sysmon.process_create", &["Image", "CommandLine", "ParentImage"]),
    ("event is sysmon.registry_value_set", &["TargetObject", "Details", "User"]),
    (
        "(event is sysmon.registry_add_delete or event is sysmon.registry_value_set or event is sysmon.registry_rename)",
        &["TargetObject", "EventType"],
    ),
    ("event is sysmon.registry_rename", &["NewName", "TargetObject"]),
    ("event is sysmon.registry_add_delete", &["TargetObject", "User"]),
    (
        "(event is sysmon.wmi_filter or event is sysmon.wmi_consumer or event is sysmon.wmi_binding)",
        &["Operation", "User"],
    ),
];

fn leaf(fields: &'static [&'static str]) -> impl Strategy<Value = String> {
    let one = || prop::sample::select(&NEEDLES[..]).prop_map(|text| format!("'{text}'"));
    let several = move || prop::collection::vec(one(), 1..3).prop_map(|list| format!("[{}]", list.join(", ")));
    let operators = ["==", "contains", "starts with", "ends with"];
    let lists = ["in", "contains any", "contains all", "starts with any", "ends with any"];
    let test = prop_oneof![
        (prop::sample::select(operators.to_vec()), one()).prop_map(|(operator, text)| format!("{operator} {text}")),
        (prop::sample::select(lists.to_vec()), several()).prop_map(|(operator, list)| format!("{operator} {list}")),
        Just("is blank".to_string()),
        prop::sample::select(vec!["like 'a*'", "like '*b'", "like '*a*'", "like 'ab'"]).prop_map(String::from),
    ];
    let name = one().prop_map(|text| format!("== {text}"));
    prop_oneof![
        6 => (prop::sample::select(fields), test).prop_map(|(field, test)| format!("{field} {test}")),
        1 => (prop::sample::select(fields), name).prop_map(|(field, test)| format!("file name of {field} {test}")),
    ]
}

fn condition(fields: &'static [&'static str]) -> impl Strategy<Value = String> {
    leaf(fields).prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 2..3).prop_map(|all| format!("({})", all.join(" and "))),
            2 => prop::collection::vec(inner.clone(), 2..3).prop_map(|all| format!("({})", all.join(" or "))),
            1 => inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

fn filters() -> impl Strategy<Value = String> {
    let body = prop::sample::select(&EVENTS[..]).prop_flat_map(|(guard, fields)| {
        (condition(fields), condition(fields), 0..5u8).prop_map(move |(one, two, shape)| match shape {
            0 | 1 => format!("if {guard} and {one} {{ drop }}"),
            2 => format!("if {guard} and {one} {{ keep }} else if {guard} and {two} {{ drop }}"),
            3 => format!("if {guard} and {one} {{ stop }} if {guard} and {two} {{ drop }}"),
            _ => format!("if {guard} {{ if {one} {{ drop }} else {{ if {two} {{ keep }} }} if {two} {{ drop }} }}"),
        })
    });
    prop::collection::vec(body, 1..3).prop_map(|bodies| {
        let rules = bodies.iter().enumerate().map(|(n, body)| format!("filter \"f -- {n}\" {{ {body} }}"));
        rules.collect::<Vec<_>>().join("\n")
    })
}

fn program(rules: &str) -> Option<(Sources, Program)> {
    let mut sources = Sources::default();
    let source = sources.add("random.rule", rules);
    let (definition, found) = blocksieve::source::text::parse(source, rules);
    assert!(found.iter().all(|found| !found.is_error()), "{rules}\n{found:#?}");
    let catalogue = Catalogue::standard();
    let context =
        Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], templates: None, today: None };
    let checked = check(&[definition], &context);
    for found in checked.diagnostics.iter().filter(|found| found.is_error()) {
        // Some random filters drop through an unguarded negation.
        assert_eq!(found.code, Code::UnguardedNegation, "{rules}\n{found:#?}");
    }
    (!checked.program.rules.is_empty()).then_some((sources, checked.program))
}

fn event(id: u32, values: &[(&str, &str)]) -> Vec<(String, Value)> {
    let text = |text: &str| Value::Text(text.to_string());
    let mut data: Vec<(String, Value)> = Vec::new();
    for (name, value) in values {
        // What is empty the agent does not send. Of a name that comes again the last counts for `Plain`.
        data.retain(|(other, _)| other != name);
        if !value.is_empty() {
            data.push((name.to_string(), text(value)));
        }
    }
    let winlog = vec![
        ("provider_name".to_string(), text("Microsoft-Windows-Sysmon")),
        ("channel".to_string(), text("Microsoft-Windows-Sysmon/Operational")),
        ("event_id".to_string(), text(&id.to_string())),
        ("event_data".to_string(), Value::Map(data)),
    ];
    vec![("winlog".to_string(), Value::Map(winlog))]
}

/// A field that the event does not have is not in it.
fn own<'v>(id: u32, values: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
    let catalogue = Catalogue::standard();
    let fields = catalogue.events.iter().find(|event| event.id == id).map(|event| event.fields.clone()).unwrap();
    values.iter().copied().filter(|(name, _)| fields.iter().any(|field| field == name)).collect()
}

#[test]
fn the_written_configuration_logs_what_the_base_logs_minus_what_the_filters_drop() {
    let mut runner = TestRunner::new(random::runs());
    let [written, refused, dropped, logged] = [(); 4].map(|()| Cell::new(0usize));
    let count = |cell: &Cell<usize>| cell.set(cell.get() + 1);
    let given = (random::config(), filters(), prop::collection::vec(random::event(), 20));
    let result = runner.run(&given, |(base, rules, events)| {
        let Some((sources, program)) = program(&rules) else { return Ok(()) };
        let base = clean("base.xml", base.as_bytes());
        let (xml, whole) = match sysmon::write(&program, &Catalogue::standard(), &base) {
            Ok(done) => (done.xml, true),
            Err(found) => {
                prop_assert!(found.iter().all(|found| found.code == Code::NotInTarget), "{found:#?}");
                count(&refused);
                match sysmon::write_part(&program, &Catalogue::standard(), &base) {
                    Ok(part) if !part.left.is_empty() => (part.xml, false),
                    Ok(part) => panic!("nothing is left out, and all was refused: {part:#?}"),
                    Err(_) => return Ok(()),
                }
            }
        };
        if whole {
            count(&written);
        }
        let after = clean("written.xml", xml.as_bytes());
        // A second time nothing is added; for some, since it takes as long as all the rest.
        if whole && written.get() % 4 == 0 {
            let again = sysmon::write(&program, &Catalogue::standard(), &after);
            let again = again.map(|again| (again.rules, again.xml));
            prop_assert_eq!(again, Ok((0, xml.clone())), "{}\n{}", &rules, &base.text);
        }
        let prepared = Prepared::new(bytecode::compile(&program, &sources)).unwrap();
        let mut machine = Machine::new(&prepared);
        for (id, values) in events {
            let values = own(id, &values);
            let plain = Plain::new(id, values.iter().copied());
            let (before, now) = (twin::decide(&base, &plain), twin::decide(&after, &plain));
            let members = event(id, &values);
            machine.decide(&MapView::new(&prepared.module().layout, &members), Options::default());
            let drops = machine.outcome().dropped_by.is_some();
            // A part drops nothing that the filters keep, but may log what they drop.
            let more = !whole && drops && now.logged;
            prop_assert_eq!(
                now.logged,
                before.logged && (!drops || more),
                "{} {:?}\n{}\n{}\n{}",
                id,
                &values,
                &rules,
                &base.text,
                &xml
            );
            if now.logged {
                prop_assert_eq!(
                    after.name_of(&now),
                    base.name_of(&before),
                    "{} {:?}\n{}\n{}\n{}",
                    id,
                    &values,
                    &rules,
                    &base.text,
                    &xml
                );
                count(&logged);
            } else if before.logged {
                count(&dropped);
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let [written, refused, dropped, logged] = [written, refused, dropped, logged].map(Cell::into_inner);
    println!("{written} written, {refused} refused; of events {dropped} dropped, {logged} logged");
    assert!(written * 3 > refused && dropped > 100 && logged > 100, "{written} {refused} {dropped} {logged}");
}

/// What is written into a base, or the messages of what is refused.
fn into(base: &str, rules: &str) -> Result<String, Vec<String>> {
    let (_, program) = program(rules).expect("rules");
    let written = sysmon::write(&program, &Catalogue::standard(), &clean("base.xml", base.as_bytes()));
    written.map(|written| written.xml).map_err(|found| found.into_iter().map(|found| found.message).collect())
}

const SHELLS: &str = "filter \"shells\" { if event is sysmon.process_create and Image == 'a' { drop } }";

#[test]
fn new_lines_end_and_begin_as_those_around_them_and_the_others_stay() {
    let rule = "<Rule groupRelation=\"and\">";
    let test = "<Image condition=\"is\">a</Image>";
    // The base, with a mark where the lines go; the beginning of the new lines, and their end.
    let table = [
        (
            "<Sysmon schemaversion=\"4.10\">\r\n\t<EventFiltering>\n\t\t<ProcessCreate onmatch=\"exclude\"> <!-- x -->|\n\t\t\t<!-- y -->\n\t\t\t<Image>c</Image>\n\t\t</ProcessCreate>\n\t</EventFiltering>\n</Sysmon>\n",
            "\t\t\t",
            "\t",
            "\n",
        ),
        (
            "<Sysmon schemaversion=\"4.10\">\r\n <EventFiltering>\r\n  <ProcessCreate onmatch=\"exclude\">|\r\n  </ProcessCreate>\r\n </EventFiltering>\r\n</Sysmon>",
            "   ",
            " ",
            "\r\n",
        ),
        (
            "<Sysmon schemaversion=\"4.10\">\n    <EventFiltering>\n    <ProcessCreate onmatch=\"include\">\n    <Image>c</Image>\n    </ProcessCreate>|\n    </EventFiltering>\n</Sysmon>",
            "    ",
            "    ",
            "\n",
        ),
    ];
    for (base, indent, step, end) in table {
        let lines = |indent: &str| {
            let lines = [(0, "<!-- shells -->"), (0, rule), (1, test), (0, "</Rule>")];
            lines.map(|(depth, text)| format!("{end}{indent}{}{text}", step.repeat(depth))).concat()
        };
        let new = if base.contains("include") {
            let inner = lines(&format!("{indent}{}", step.repeat(2)));
            format!(
                "{end}{indent}<RuleGroup name=\"\" groupRelation=\"or\">{end}{indent}{step}<ProcessCreate onmatch=\"exclude\">{inner}{end}{indent}{step}</ProcessCreate>{end}{indent}</RuleGroup>"
            )
        } else {
            lines(indent)
        };
        let plain = base.replace('|', "");
        let written = into(&plain, SHELLS).unwrap();
        assert_eq!(written, base.replace('|', &new));
        kept(&plain, &written);
    }
    // What shares its line with the place is put on one of its own.
    let line = "<Sysmon schemaversion=\"4.90\"><EventFiltering><RuleGroup groupRelation=\"or\"><ProcessCreate onmatch=\"exclude\"><Image>c</Image></ProcessCreate></RuleGroup></EventFiltering></Sysmon>";
    let (before, behind) = line.split_once("<Image>").unwrap();
    let new = format!("  <!-- shells -->\n  {rule}\n    {test}\n  </Rule>\n");
    assert_eq!(into(line, SHELLS).unwrap(), format!("{before}\n{new}  <Image>{behind}"));
}

#[test]
fn conditions_are_those_of_the_bases_schema_or_it_is_refused() {
    let base = |schema: &str| {
        format!(
            "<Sysmon schemaversion=\"{schema}\"><EventFiltering><RuleGroup groupRelation=\"or\"><ProcessCreate onmatch=\"exclude\"/></RuleGroup></EventFiltering></Sysmon>"
        )
    };
    let words = |schema: &str, test: &str| {
        let rules = format!("filter \"f\" {{ if event is sysmon.process_create and {test} {{ drop }} }}");
        into(&base(schema), &rules).map(|xml| {
            let config = clean("written.xml", xml.as_bytes());
            let filters = config.nodes.iter().flat_map(|node| node.filters());
            let words: Vec<String> =
                filters.map(|filter| format!("{} {}", filter.condition.word(), filter.value.value)).collect();
            words.join(", ")
        })
    };
    let table = [
        ("4.22", "Image contains any ['a', 'b']", "contains any a;b"),
        ("4.21", "Image contains any ['a', 'b']", "contains a, contains b"),
        ("4.31", "Image in ['a', 'b']", "is any a;b"),
        ("4.22", "Image in ['a', 'b']", "is a, is b"),
        ("4.10", "Image starts with 'a'", "begin with a"),
        ("4.70", "Image == 'b' and not User starts with 'a'", "is b, not begin with a"),
        ("4.10", "Image == 'b' and not User contains 'a'", "is b, excludes a"),
    ];
    for (schema, test, expected) in table {
        assert_eq!(words(schema, test), Ok(expected.to_string()), "{schema} {test}");
    }
    for (test, word) in [("not User starts with 'a'", "not begin with"), ("not User ends with 'a'", "not end with")] {
        let message = format!(
            "Sysmon's configuration cannot say this in schema 4.50, which the base has: `{word}` came with 4.70"
        );
        assert_eq!(words("4.50", &format!("Image == 'b' and {test}")), Err(vec![message]), "{test}");
    }
}

#[test]
fn all_refusals_are_told_at_once_and_each_at_its_statement() {
    let base = "<Sysmon schemaversion=\"4.90\"><EventFiltering><RuleGroup groupRelation=\"or\"><RegistryEvent onmatch=\"exclude\"><TargetObject>x</TargetObject></RegistryEvent><PipeEvent onmatch=\"exclude\"/><ProcessCreate onmatch=\"exclude\"/></RuleGroup></EventFiltering></Sysmon>";
    let rules = "filter \"f\" {
    if event is sysmon.registry_value_set and Details == 'x' { drop }
    if event is sysmon.registry_rename and NewName == 'x' { drop }
    if event is sysmon.pipe_created and PipeName == 'x' { drop }
    if event is sysmon.process_create and ProcessId > 3 { drop }
}";
    let (_, program) = program(rules).unwrap();
    let base = clean("base.xml", base.as_bytes());
    let found = sysmon::write(&program, &Catalogue::standard(), &base).unwrap_err();
    let told: Vec<String> = found
        .iter()
        .map(|found| {
            let text = if found.message.starts_with("the base") { &*base.text } else { rules };
            let place = match found.primary.origin.place {
                Place::Span(span) => &text[span.range()],
                _ => "",
            };
            format!("{place}: {} ({})", found.message, found.help.as_deref().unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
