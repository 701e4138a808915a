//! Every example of `grammar/diagnostics.md` does what its page says.
//!
//! A `rule bad` fence yields its page's code, a `rule good` fence yields neither error nor warning. A `rule shown` fence
//! needs more than its text (a project's tables, today's date): it must be the language, and no more is asked. Fences
//! `winlogbeat bad` and `winlogbeat good` are configurations of the agent, read for the default version; `sysmon bad` and `sysmon good` are Sysmon's;
//! `sigma` are files of Sigma, read without a `sigma.toml`, `sigma.toml` are such ones, and `to-sigma` are rules of ours that are written as Sigma's.

use blocksieve::diagnostic::page::page;
use blocksieve::diagnostic::{Code, Diagnostic, Severity};
use blocksieve::dialect::AgentVersion;
use blocksieve::libbeat::config;
use blocksieve::origin::{SourceId, Sources};
use blocksieve::sysmon::config as sysmon;

/// The findings for one text, checked alone; for the page of a lint with all lints.
fn findings(code: Code, text: &str) -> Vec<Diagnostic> {
    match (430..450).contains(&(code as u16)) {
        true => blocksieve::lint_text(text, &[]).1,
        false => blocksieve::compile_text(text, &[]).1,
    }
}

/// The findings for one configuration of an agent; for a code that is about rules, read as rules.
fn agent_findings(code: Code, text: &str) -> Vec<Diagnostic> {
    match code {
        Code::TamperAllowed | Code::AgentUnanchored => {
            blocksieve::source::winlogbeat::read(SourceId(0), text, AgentVersion::DEFAULT).1
        }
        _ => config::read(SourceId(0), text, AgentVersion::DEFAULT).1,
    }
}

/// The findings for one configuration of Sysmon.
fn sysmon_findings(text: &str) -> Vec<Diagnostic> {
    sysmon::read(&mut Sources::default(), "sysmonconfig.xml", text.as_bytes()).1
}

/// The findings for a file of Sigma, for a `sigma.toml`, or for rules that are to become Sigma's.
#[cfg(feature = "sigma")]
fn sigma_findings(kind: &str, text: &str) -> Vec<Diagnostic> {
    use blocksieve::source::sigma::{self, Setup};
    match kind {
        "sigma" => {
            let (definitions, mut found) = sigma::parse([(SourceId(0), text)], &Setup::standard());
            let catalogue = blocksieve::sysmon::Catalogue::standard();
            let context = blocksieve::check::Context {
                catalogue: &catalogue,
                agent: AgentVersion::DEFAULT,
                tables: &[],
                templates: None,
                today: None,
            };
            found.extend(blocksieve::check::check(&definitions, &context).diagnostics);
            found
        }
        "sigma.toml" => Setup::read(SourceId(0), text).err().into_iter().collect(),
        _to_sigma => {
            let (definition, found) = blocksieve::source::text::parse(SourceId(0), text);
            assert!(found.is_empty(), "{found:?}");
            blocksieve::target::sigma::write(&definition, &Setup::standard(), None).err().unwrap_or_default()
        }
    }
}

/// Without Sigma nothing is found, and nothing is asked.
#[cfg(not(feature = "sigma"))]
fn sigma_findings(_kind: &str, _text: &str) -> Vec<Diagnostic> {
    Vec::new()
}

/// `BS0401 message`, a line each, for what a failed test says.
fn listed(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| format!("\n    {} {}: {}", d.code, d.severity.word(), d.message)).collect()
}

#[test]
fn each_example_yields_its_code_and_each_repaired_one_nothing() {
    let mut failed = Vec::new();
    let mut compiled = 0;
    for &code in Code::ALL {
        for (kind, text) in page(code).examples() {
            let found = match kind.split_once(' ') {
                Some(("winlogbeat", _)) => agent_findings(code, text),
                Some(("sysmon", _)) => sysmon_findings(text),
                Some((kind @ ("sigma" | "sigma.toml" | "to-sigma"), _)) => sigma_findings(kind, text),
                _ => findings(code, text),
            };
            let wrong = match kind {
                "winlogbeat bad" | "sysmon bad" => !found.iter().any(|d| d.code == code),
                "winlogbeat good" | "sysmon good" => !found.is_empty(),
                "sigma bad" | "sigma.toml bad" | "to-sigma bad" => {
                    cfg!(feature = "sigma") && !found.iter().any(|d| d.code == code)
                }
                "sigma good" | "sigma.toml good" | "to-sigma good" => !found.is_empty(),
                "rule bad" => !found.iter().any(|d| d.code == code),
                "rule good" => found.iter().any(|d| d.severity >= Severity::Warning),
                "rule shown" => found.iter().any(|d| d.code == Code::Syntax),
                _prose => continue,
            };
            compiled += 1;
            if wrong {
                failed.push(format!("{code}, `{kind}`:{}\n{text}", listed(&found)));
            }
        }
    }
    assert!(compiled > 80, "only {compiled} examples were found");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_mended_example_compiles() {
    for &code in Code::ALL {
        for (kind, text) in page(code).examples() {
            if kind == "rule good" {
                assert!(blocksieve::compile_text(text, &[]).0.is_some(), "{code}\n{text}");
            }
        }
    }
}

/// What people see for every code that rule text can cause: the page's example, rendered.
#[cfg(feature = "cli")]
#[test]
fn a_snapshot_a_diagnostic() {
    use blocksieve::blockly::Registry;
    use blocksieve::diagnostic::render::human::{Options, render};

    let mut seen = Vec::new();
    for &code in Code::ALL {
        let Some((kind, text)) = page(code).examples().into_iter().find(|(kind, _)| kind.ends_with(" bad")) else {
            continue;
        };
        let mut sources = Sources::default();
        let found = if kind == "winlogbeat bad" {
            sources.add("winlogbeat.yml", text);
            agent_findings(code, text)
        } else if kind == "sysmon bad" {
            sources.add("sysmonconfig.xml", text);
            sysmon_findings(text)
        } else if let Some((kind @ ("sigma" | "sigma.toml" | "to-sigma"), _)) = kind.split_once(' ') {
            let name = match kind {
                "sigma" => "example.yml",
                "sigma.toml" => "sigma.toml",
                _to_sigma => "example.rule",
            };
            sources.add(name, text);
            sigma_findings(kind, text)
        } else {
            let id = sources.add("example.rule", text);
            // So that places in drawn examples have their names.
            blocksieve::source::parse(&mut sources, id, text, &Registry::default());
            findings(code, text)
        };
        let found: Vec<Diagnostic> = found.into_iter().filter(|d| d.code == code).collect();
        insta::assert_snapshot!(format!("{code}"), render(&found, &sources, &Options::default()));
        seen.push(code);
    }
    // The others are not about text alone; tests/cli/commands.rs has those that a command can cause.
    let others: Vec<String> = Code::ALL.iter().filter(|code| !seen.contains(code)).map(Code::to_string).collect();
    insta::assert_snapshot!("codes_without_an_example", others.join("\n"));
}
