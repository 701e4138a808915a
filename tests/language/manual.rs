//! The manual, `grammar/README.md`, tells the truth: its examples run, its tables are those of the program.
//!
//! | fence | what must be true |
//! | --- | --- |
//! | `rule` | the text compiles without a finding |
//! | `rule bad CODE` | the text yields that code |
//! | `cases` | the condition on the first line holds for each event behind `yes` and for none behind `no` |
//! | `cases warns CODE` | the same, and the condition gets this warning |
//! | `decide`, `decide warns CODE` | each `event` under the rules has exactly the `expect` lines that stand below it |
//! | `fmt` | what stands above `=>` is laid out as what stands below |
//! | `records` | each line is `whole` or `damaged`, read lazily and read entirely |
//! | `forms` | each record has the form and the agent's event that stand with it; `tests/language/manual_forms.rs` has that |
//! | `drawn` | the text above `=>` and the blocks below it are one tree; `tests/language/manual_blocks.rs` has that |
//! | `events ...` | the command makes of what stands above `=>` what stands below it; `tests/cli/events.rs` has that |
//! | `libbeat`, `libbeat VERSION` | the agent's condition on the first line holds where `yes` stands; `tests/conformance/winlogbeat.rs` has that |
//! | `file NAME` | a file of one project, which `check` finds clean |
//!
//! What fails is told with its line of the manual.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::collections::BTreeSet;

use crate::fences::{MANUAL, event, fences, of_kind, text};
use crate::support::Decision;
use blocksieve::Compiled;
use blocksieve::ast::RuleKind;
use blocksieve::diagnostic::{Diagnostic, Severity};
use blocksieve::event::json::{self, LinePlan, LineScanner};
use blocksieve::event::{Layout, Value};
use blocksieve::ir::twin::Did;
use blocksieve::sysmon::Catalogue;
use blocksieve::{bytecode, explain, limits, operator};

/// The manual's text between the heading `## name` and the next of its level.
fn chapter(name: &str) -> &'static str {
    let start = MANUAL.find(&format!("\n## {name}\n")).unwrap_or_else(|| panic!("there is no chapter {name}"));
    let rest = &MANUAL[start + 1..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

/// The first cells of a chapter's tables, without their marks of code.
fn first_cells(name: &str) -> Vec<String> {
    let cell = |line: &str| line.strip_prefix("| ")?.split(" | ").next().map(str::to_string);
    chapter(name).lines().filter_map(cell).flat_map(|cell| coded(&cell)).collect()
}

/// What stands in marks of code.
fn coded(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_string).collect()
}

/// Findings that an example may not have. Fields that no catalogue knows (`users`, `a.b`) are told, and meant.
fn unmeant(found: &[Diagnostic]) -> Vec<&Diagnostic> {
    found.iter().filter(|d| d.severity > Severity::Note && d.code.to_string() != "BS0200").collect()
}

#[test]
fn every_kind_of_fence_is_run() {
    for fence in fences() {
        assert!(
            ["rule", "cases", "decide", "fmt", "records", "file", "drawn", "forms", "events", "libbeat"]
                .contains(&fence.kind().0),
            "line {}: nobody runs a fence of kind {}",
            fence.line,
            fence.info
        );
    }
}

#[test]
fn rules_compile_or_yield_their_code() {
    for fence in of_kind("rule") {
        let (_, found) = blocksieve::compile_text(&fence.text(), &[]);
        match fence.kind().1 {
            "" => assert!(found.is_empty(), "line {}: {found:#?}", fence.line),
            bad => {
                let code = bad.strip_prefix("bad ").unwrap_or_else(|| panic!("line {}: {bad}", fence.line));
                assert!(found.iter().any(|d| d.code.to_string() == code), "line {}: {found:#?}", fence.line);
            }
        }
    }
}

#[test]
fn conditions_hold_where_the_manual_says_and_nowhere_else() {
    let mut cases = 0;
    for fence in of_kind("cases") {
        let Some(((line, condition), events)) = fence.lines.split_first() else { panic!("line {}", fence.line) };
        let (_, found) = blocksieve::compile_text(&classify(condition), &[]);
        let warned: Vec<String> = unmeant(&found).iter().map(|d| format!("warns {}", d.code)).collect();
        assert_eq!(warned.join(" "), fence.kind().1, "line {line}: {found:#?}");
        let mut answers = BTreeSet::new();
        for (line, written) in events {
            let (wanted, written) = written.split_once(' ').unwrap_or((written, ""));
            assert!(["yes", "no"].contains(&wanted), "line {line}: neither yes nor no");
            let holds = support::holds(condition, &event(written));
            assert_eq!(holds, wanted == "yes", "line {line}: {condition} on {written}");
            answers.insert(wanted);
            cases += 1;
        }
        assert_eq!(answers.len(), 2, "line {line}: an example shows a yes and a no");
    }
    assert!(cases > 200, "only {cases} cases");
}

fn classify(condition: &str) -> String {
    format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}")
}

#[test]
fn every_question_about_values_has_an_example() {
    for section in chapter("Values").split("\n### ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        assert!(section.contains("```cases\n"), "`{title}` has no example");
    }
}

#[test]
fn rules_do_to_events_what_the_manual_says_and_nothing_else() {
    let mut events = 0;
    for fence in of_kind("decide") {
        let first = fence.lines.iter().position(|(_, line)| line.starts_with("event ")).expect("an event");
        let (rules, asked) = fence.lines.split_at(first);
        let rules = text(rules);
        let (_, found) = blocksieve::compile_text(&rules, &[]);
        let warned = fence.kind().1.strip_prefix("warns ");
        let unmeant: Vec<_> =
            unmeant(&found).into_iter().filter(|found| warned != Some(&found.code.to_string())).collect();
        assert!(unmeant.is_empty(), "line {}: {unmeant:#?}", fence.line);
        let compiled = support::compile(&rules);
        let written: Vec<String> =
            asked.iter().filter_map(|(_, line)| line.strip_prefix("event ")).map(event).collect();
        // What alerts remember goes on from event to event; an event alone is read in both ways.
        let mut decisions = match compiled.module.stamp {
            Some(_) => support::decide_all(&compiled, &written),
            None => written.iter().map(|event| support::decide(&compiled, event)).collect(),
        }
        .into_iter();
        let mut asked = asked.iter().peekable();
        while let Some((line, written)) = asked.next() {
            assert!(written.starts_with("event "), "line {line}: no event");
            let mut expected = Vec::new();
            while let Some((_, expect)) = asked.next_if(|(_, line)| line.starts_with("expect ")) {
                expected.push(expect.trim_start_matches("expect ").to_string());
            }
            let told = told(&compiled, &decisions.next().expect("a decision"));
            assert_eq!(told, expected, "line {line}: what happens is on the left");
            events += 1;
        }
    }
    assert!(events > 20, "only {events} events");
}

/// All that rules did to one event, in the manual's words.
fn told(compiled: &Compiled, decision: &Decision) -> Vec<String> {
    let rule = |index: u32| format!("\"{}\"", compiled.module.rules[index as usize].name);
    let mut told = vec![match decision.dropped_by {
        Some(by) => format!("dropped by {}", rule(by)),
        None => "kept".to_string(),
    }];
    told.extend(decision.would_drop.iter().map(|by| format!("also dropped by {}", rule(*by))));
    for (word, agent) in [("agent tags", true), ("tags", false)] {
        let of_agent = |rule: &u32| (compiled.module.rules[*rule as usize].kind == RuleKind::Filter) == agent;
        let mut tags = BTreeSet::new();
        for did in &decision.did {
            match did {
                Did::Tag(rule, tag) if of_agent(rule) => _ = tags.insert(tag.as_str()),
                Did::Untag(rule, tag) if of_agent(rule) => _ = tags.remove(tag.as_str()),
                _ => {}
            }
        }
        if !tags.is_empty() {
            told.push(format!("{word} {}", tags.into_iter().collect::<Vec<_>>().join(", ")));
        }
    }
    for did in &decision.did {
        match did {
            Did::Set(_, slot, value) => {
                let name = compiled.module.layout.get(*slot).map_or("?", |field| field.name.as_str());
                let value = match value {
                    Value::Text(text) => format!("'{text}'"),
                    Value::Number(number) => number.text(),
                    Value::Bool(value) => value.to_string(),
                    other => format!("{other:?}"),
                };
                told.push(format!("{name} = {value}"));
            }
            Did::Remove(_, paths) => told.push(format!("removed {}", paths.join(", "))),
            Did::Send(by, send, false) => told.push(format!("{} sends {}", rule(*by), send.via)),
            Did::Send(by, _, true) => told.push(format!("{} stays quiet", rule(*by))),
            Did::Name(by, name) => told.push(format!("{} names {name}", rule(*by))),
            Did::Tag(..) | Did::Untag(..) => {}
        }
    }
    told.extend(decision.failed.iter().map(|failed| format!("failed {}", rule(*failed))));
    told
}

#[test]
fn layouts_are_what_fmt_writes() {
    use blocksieve::origin::Sources;
    let fences = of_kind("fmt");
    assert!(!fences.is_empty());
    for fence in fences {
        let middle = fence.lines.iter().position(|(_, line)| *line == "=>").expect("=>");
        let (before, after) = (text(&fence.lines[..middle]), text(&fence.lines[middle + 1..]));
        for text in [&before, &after] {
            let mut sources = Sources::default();
            let (definition, found) = blocksieve::source::text::parse(sources.add("rules", text.as_str()), text);
            assert!(found.is_empty(), "line {}: {found:#?}", fence.line);
            assert_eq!(blocksieve::target::text::write(&definition), after, "line {}", fence.line);
        }
    }
}

#[test]
fn records_are_damaged_where_the_manual_says() {
    let fences = of_kind("records");
    assert!(!fences.is_empty());
    for (line, written) in fences.iter().flat_map(|fence| &fence.lines) {
        let (wanted, record) = written.split_once(' ').unwrap_or((written, ""));
        let (plan, mut scanner) = (LinePlan::new(&Layout::new()), LineScanner::new());
        let lazily = scanner.scan(&plan, record.as_bytes()).is_ok();
        let entirely = json::parse(record.as_bytes()).is_ok();
        let is = match (lazily, entirely) {
            (true, true) => "whole",
            (true, false) => "unread",
            (false, _) => "damaged",
        };
        assert_eq!(is, wanted, "line {line}");
    }
}

#[test]
fn the_table_of_operators_is_the_registry() {
    for entry in operator::OPERATORS {
        let word = if entry.op == blocksieve::ast::Operator::EventIs { "event is" } else { entry.word };
        let row =
            MANUAL.lines().find(|line| line.starts_with(&format!("| `{word}` |"))).unwrap_or_else(|| panic!("{word}"));
        assert!(row.ends_with(&format!("| {} |", entry.about)), "{row}");
        match entry.negative {
            Some(_) if word == "event is" => assert!(row.contains("`event is not`"), "{row}"),
            Some(negative) => assert!(row.contains(&format!("| `{negative}` |")), "{row}"),
            None => assert!(row.contains("| |"), "{row}"),
        }
    }
    // Which operators know `cased`, `any-dash` and `strictly`.
    for (about, of) in [
        ("`cased`", operator::OPERATORS.iter().filter(|e| e.cased).collect::<Vec<_>>()),
        ("`any-dash`", operator::OPERATORS.iter().filter(|e| e.any_dash).collect()),
        ("`strictly`", operator::OPERATORS.iter().filter(|e| e.strict).collect()),
    ] {
        let start = format!("| {about} | ");
        let row = MANUAL.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{about}"));
        let told: BTreeSet<String> = coded(row.rsplit(" | ").next().unwrap_or_default()).into_iter().collect();
        assert_eq!(told, of.iter().map(|entry| entry.word.to_string()).collect(), "{row}");
    }
}

#[test]
fn the_table_of_events_is_the_catalogue() {
    let events = &Catalogue::standard().events;
    for event in events {
        let row = format!("| `{}` | {} | {} | {} |", event.name, event.id, event.title, event.fields.join(" "));
        assert!(MANUAL.lines().any(|line| line == row), "{row}");
    }
    assert_eq!(chapter("Events").matches("\n| `").count(), events.len(), "an event that the catalogue does not have");
}

#[test]
fn the_short_names_of_the_envelope_are_the_catalogues() {
    let catalogue = Catalogue::standard();
    let rows: Vec<String> = catalogue
        .fields
        .iter()
        .filter(|field| !field.normalised && !field.paths[0].starts_with("winlog.event_data."))
        .flat_map(|field| field.aliases.iter().map(|alias| format!("| `{alias}` | `{}` |", field.name)))
        .collect();
    assert!(rows.len() > 5);
    for row in &rows {
        assert!(chapter("Fields").lines().any(|line| line == row), "{row}");
    }
}

#[test]
fn limits_are_the_programs_own() {
    let all = [
        limits::SOURCE_BYTES,
        limits::TEXT_CHARS,
        limits::DEPTH,
        limits::LIST_ITEMS,
        limits::TABLE_BYTES,
        limits::RULES,
        limits::FUNCTIONS,
        limits::PATTERN_BYTES,
        limits::RECORD_BYTES,
        limits::RECORD_MEMBERS,
        limits::EVTX_ELEMENTS,
        limits::EVTX_TEXT_BYTES,
        limits::HEADER_COLUMNS,
        limits::HEADER_BYTES,
        limits::WINDOW_BYTES,
        limits::VALUE_BYTES,
        limits::VALUE_MEMBERS,
        limits::EVENT_DEPTH,
        limits::TECHNIQUES,
        limits::CONTEXT_EVENTS,
        limits::STEPS,
        limits::KEY_FIELDS,
        limits::WINDOW_DAYS,
        limits::CONTEXT_KEYS,
        limits::CONTEXT_BYTES,
        limits::HOSTS,
        limits::KEY_BYTES,
        limits::TEMPLATE_BYTES,
        limits::TEMPLATE_TAG_BYTES,
        limits::TEMPLATE_FUEL as usize,
        limits::TEMPLATE_DEPTH,
        limits::ALERT_VALUE_CHARS,
        limits::ALERT_PART_BYTES,
        limits::ALERT_SUBJECT_CHARS,
        limits::CONFIG_DEPTH,
        limits::CONFIG_ELEMENTS,
        limits::CONFIG_ATTRIBUTES,
        limits::CONFIG_NAME_CHARS,
        limits::HUNT_LINKS,
        limits::HUNT_READINGS,
        limits::HUNT_PROCESSES,
        limits::HUNT_THINGS,
        limits::HUNT_VALUES,
        limits::HUNT_VALUE_BYTES,
        limits::HUNT_BYTES,
    ];
    let second = |line: &str| line.strip_prefix("| ")?.split(" | ").nth(1)?.parse::<usize>().ok();
    let told: Vec<usize> = chapter("Limits").lines().filter_map(second).collect();
    assert_eq!(told, all);
    // No limit is left out, but those of YAML as long as no source is read in it.
    let limits = include_str!("../../src/limits.rs");
    let declared = limits.matches("\npub const ").count() - limits.matches("\npub const YAML_").count();
    assert_eq!(declared, all.len());
}

#[test]
fn files_of_hashes_are_the_programs_own() {
    let told: Vec<(u32, String)> = chapter("Lookup tables")
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix("` |")?.split_once(" | `"))
        .flat_map(|(ids, field)| ids.split(", ").map(move |id| (id.parse().expect("an id"), field.to_string())))
        .collect();
    let own: Vec<(u32, String)> =
        blocksieve::sysmon::hashes::FILES.iter().map(|(id, field)| (*id, (*field).to_string())).collect();
    assert_eq!(told, own);
}

#[test]
fn reasons_are_the_programs_own() {
    for reason in explain::Reason::ALL {
        let name = serde_json::to_string(&reason).expect("a name");
        let row = format!("| `{}` | {} |", name.trim_matches('"'), reason.text());
        assert!(chapter("Explain").lines().any(|line| line == row), "{row}");
    }
    assert_eq!(first_cells("Explain").len(), explain::Reason::ALL.len());
}

#[test]
fn the_module_file_and_the_instruction_set_are_the_programs_own() {
    let text = chapter("Modules");
    let magic = String::from_utf8_lossy(bytecode::MAGIC);
    assert!(text.contains(&format!("| 8 | `{magic}` |")));
    assert!(text.contains(&format!("| 2 | the version, {} |", bytecode::VERSION)));
    // One of each but `name`, which no text can say yet; what is listed stands in the table.
    let compiled = support::compile(
        r#"filter "f" { if Image == 'a' or User == 'b' and Product == 'c' { remove field message stop } else { keep }
                     if event is sysmon.dns_query { drop } }
           classify "c" { if Image exists { tag "t" } else { untag "t" } set msg.group = 'g' }
           alert "a" { send mail }
           alert "b" {
               when in order { step Image exists step User exists } within 1 minute as "x" { forget "x" }
               remember "y" for 1 minute
           }"#,
    );
    let listing = bytecode::listing(&compiled.module, None);
    let word = |line: &str| {
        let (address, rest) = line.trim_start().split_once(' ')?;
        address.parse::<usize>().ok()?;
        rest.split_whitespace().next().filter(|word| !word.starts_with('(')).map(str::to_string)
    };
    let mut listed: BTreeSet<String> = listing.lines().filter_map(word).collect();
    listed.insert("name".to_string());
    let told: BTreeSet<String> =
        first_cells("Modules").iter().filter_map(|cell| cell.split(' ').next()).map(str::to_string).collect();
    assert_eq!(told, listed, "{listing}");
}

#[cfg(feature = "cli")]
mod program;
