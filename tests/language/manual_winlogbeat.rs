//! What the page about Winlogbeat shows is what is written.
//!
//! A fence `winlogbeat [VERSION] [observe] [refused]` holds filters above `=>`, and below it their processors, or the messages of a refusal.
#![allow(clippy::panic, clippy::expect_used)]

use blocksieve::check::{Context, check};
use blocksieve::dialect::AgentVersion;
use blocksieve::origin::Sources;
use blocksieve::source::text::parse;
use blocksieve::sysmon::Catalogue;
use blocksieve::target::winlogbeat::{Winlogbeat, write};

const PAGE: &str = include_str!("../../grammar/winlogbeat.md");

fn written(rules: &str, version: &str, observe: bool) -> Result<String, String> {
    let mut sources = Sources::default();
    let source = sources.add("page.rule", rules);
    let (definition, found) = parse(source, rules);
    assert!(found.is_empty(), "{rules}\n{found:#?}");
    let catalogue = Catalogue::standard();
    let agent = AgentVersion::parse(version).expect("a version");
    let checked =
        check(&[definition], &Context { catalogue: &catalogue, agent, tables: &[], templates: None, today: None });
    let errors: Vec<_> = checked.diagnostics.iter().filter(|found| found.is_error()).collect();
    assert!(errors.is_empty(), "{rules}\n{errors:#?}");
    match write(&checked.program, &catalogue, &Winlogbeat { observe, ..Winlogbeat::default() }) {
        Ok(written) => {
            Ok(written.yaml.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect())
        }
        Err(refused) => Err(refused.iter().map(|found| format!("{}\n", found.message)).collect()),
    }
}

#[test]
fn every_example_is_what_is_written() {
    let mut examples = 0;
    for fence in PAGE.split("\n```winlogbeat").skip(1) {
        let (options, rest) = fence.split_once('\n').expect("a line");
        let (body, _) = rest.split_once("\n```\n").expect("the end of the fence");
        let (rules, expected) = body.split_once("\n=>\n").expect("what is written");
        let words: Vec<&str> = options.split_whitespace().collect();
        assert!(words.iter().all(|word| ["observe", "refused"].contains(word) || AgentVersion::parse(word).is_some()));
        let version = words.iter().find(|word| AgentVersion::parse(word).is_some()).copied().unwrap_or("8.17");
        let result = written(rules, version, words.contains(&"observe"));
        assert_eq!(result.is_err(), words.contains(&"refused"), "{rules}");
        let text = result.unwrap_or_else(|refused| refused);
        assert_eq!(text.trim_end(), expected, "{rules}");
        examples += 1;
    }
    assert!(examples >= 6, "only {examples} examples");
}

#[test]
fn every_option_of_the_command_has_its_row() {
    let help = include_str!("../../src/cli/args.rs");
    let arguments =
        help.split("struct WinlogbeatArgs").nth(1).and_then(|rest| rest.split("\n}\n").next()).expect("the arguments");
    for option in ["winlogbeat", "whole", "observe", "module-script", "agent"] {
        let field = option.replace('-', "_");
        assert!(
            arguments.contains(&format!("pub {field}")) || arguments.contains(&format!("long = \"{option}\"")),
            "{option}"
        );
        assert!(PAGE.contains(&format!("| `--{option}")), "{option}");
    }
}
