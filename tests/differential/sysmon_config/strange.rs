//! What people write who have never seen a description of the format, and what they are told: place, message, way out.

use std::fmt::Write as _;

use blocksieve::origin::Sources;
use blocksieve::sysmon::config;

/// Nodes in one group with `or`, a line each.
fn or(nodes: &str) -> String {
    format!(
        "<Sysmon schemaversion=\"4.90\">\n<EventFiltering>\n<RuleGroup groupRelation=\"or\">\n{nodes}\n</RuleGroup>\n</EventFiltering>\n</Sysmon>"
    )
}

/// Filters of a node that includes starts of programs.
fn starts(filters: &str) -> String {
    or(&format!("<ProcessCreate onmatch=\"include\">\n{filters}\n</ProcessCreate>"))
}

#[test]
fn each_mistake_is_told_with_its_place_and_the_way_out() {
    let given: Vec<(&str, String)> = vec![
        ("fields of another event", starts("<CommandLin>a</CommandLin>\n<DestinationPort>443</DestinationPort>")),
        (
            "conditions of other languages",
            starts("<Image condition=\"regex\">a</Image>\n<Image condition=\"startswith\">b</Image>"),
        ),
        (
            "rules in rules",
            starts(
                "<Rule groupRelation=\"and\">\n<Rule groupRelation=\"or\"><Image>a</Image></Rule>\n<User>b</User>\n</Rule>",
            ),
        ),
        ("a node in a node", starts("<NetworkConnect onmatch=\"include\"><Image>a</Image></NetworkConnect>")),
        ("filters outside of nodes", or("<Rule groupRelation=\"and\"><Image>a</Image></Rule>\n<Image>b</Image>")),
        (
            "rules outside of EventFiltering",
            "<Sysmon schemaversion=\"4.90\">\n<RuleGroup groupRelation=\"or\"/>\n</Sysmon>".to_string(),
        ),
        ("tags in a wrong case", or("<processcreate onmatch=\"include\"><image>a</image></processcreate>")),
        (
            "attributes in a wrong case",
            or("<ProcessCreate onMatch=\"include\"><Image Condition=\"is\">c:\\a</Image></ProcessCreate>"),
        ),
        ("an attribute twice", starts("<Image condition=\"is\" name=\"a\" condition=\"image\">a</Image>")),
        ("a comment in a value", starts("<Image condition=\"end with\">\\cmd<!-- x -->.exe</Image>")),
        ("CDATA behind text", starts("<CommandLine condition=\"contains\">a <![CDATA[&& b]]></CommandLine>")),
        ("a value without a filter", or("<ProcessCreate onmatch=\"include\">cmd.exe</ProcessCreate>")),
        (
            "an entity of one's own",
            format!("<!DOCTYPE Sysmon [<!ENTITY sys \"C:\\\">]>\n{}", starts("<Image>&sys;a</Image>")),
        ),
        ("an element that is not closed", starts("<Image condition=\"image\">a.exe")),
        ("an ampersand", starts("<CommandLine condition=\"contains\">a && b</CommandLine>")),
        ("no schema version", "<Sysmon>\n</Sysmon>".to_string()),
        ("a schema version of tomorrow", starts("<Image condition=\"image\">a</Image>").replace("4.90", "5.10")),
        (
            "a path in other words",
            starts(
                "<Image condition=\"image\">System32\\cmd.exe</Image>\n<Image condition=\"is\">C:/cmd.exe</Image>\n<Image condition=\"image\"> cmd.exe</Image>",
            ),
        ),
        ("a condition on the name", starts("<RuleName condition=\"contains\">T1059</RuleName>")),
        ("an order of numbers", starts("<ProcessId condition=\"more than\">1000</ProcessId>")),
        ("two negatives", starts("<User condition=\"is not\">a</User>\n<User condition=\"is not\">b</User>")),
        (
            "a Rule of several without relation",
            starts("<Rule>\n<Image condition=\"image\">a</Image>\n<User>b</User>\n</Rule>"),
        ),
        ("a letter with another case", starts("<Image condition=\"contains\">\\Übung\\</Image>")),
        (
            "an encoding of old",
            format!(
                "<?xml version=\"1.0\" encoding=\"windows-1252\"?>\n{}",
                starts("<Image condition=\"image\">a</Image>")
            ),
        ),
        (
            "a hash of another tool",
            starts("<Image condition=\"image\">a</Image>")
                .replace("<EventFiltering>", "<HashAlgorithms>sha512</HashAlgorithms>\n<EventFiltering>"),
        ),
        ("a page instead of the file", "<!DOCTYPE html><html></html>".to_string()),
        ("nothing", String::new()),
    ];
    let mut told = String::new();
    for (what, text) in given {
        let mut sources = Sources::default();
        let (_, found) = config::read(&mut sources, "strange.xml", text.as_bytes());
        let _ = writeln!(told, "# {what}");
        assert!(!found.is_empty(), "{what}");
        for found in found {
            let place = sources.describe(found.primary.origin);
            let _ = writeln!(told, "{place} {} {}: {}", found.severity.word(), found.code, found.message);
            for related in &found.related {
                let _ = writeln!(told, "  {} {}", sources.describe(related.origin), related.text);
            }
            let help = found.help.or_else(|| found.fix.map(|fix| format!("write {:?}", fix.replacement)));
            assert!(help.is_some(), "{what}: no way out of {}", found.message);
            let _ = writeln!(told, "  = {}", help.unwrap_or_default());
        }
    }
    insta::assert_snapshot!(told);
}
