//! Rules of Sigma, read and compiled together.

use blocksieve::Compiled;
use blocksieve::check::{Context, check};
use blocksieve::diagnostic::render::human::{Options, render};
use blocksieve::diagnostic::{Diagnostic, sort};
use blocksieve::dialect::AgentVersion;
use blocksieve::ir::twin::Did;
use blocksieve::origin::{SourceId, Sources};
use blocksieve::source::sigma::{self, Setup};
use blocksieve::sysmon::Catalogue;

use super::Decision;

/// What comes of files, by name and text: the rules, unless something is an error; and all that is said.
pub fn compile(files: &[(&str, &str)], setup: &Setup) -> (Option<Compiled>, Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let ids: Vec<(SourceId, &str)> = files.iter().map(|(name, text)| (sources.add(*name, *text), *text)).collect();
    let (definitions, mut found) = sigma::parse(ids, setup);
    let catalogue = Catalogue::standard();
    let agent = AgentVersion::DEFAULT;
    let checked =
        check(&definitions, &Context { catalogue: &catalogue, agent, tables: &[], templates: None, today: None });
    found.extend(checked.diagnostics);
    sort(&mut found);
    if found.iter().any(Diagnostic::is_error) {
        return (None, sources, found);
    }
    let module = blocksieve::bytecode::compile(&checked.program, &sources);
    let definition = definitions.into_iter().next().expect("a file");
    let compiled = Compiled { sources: sources.clone(), definition, program: checked.program, module };
    (Some(compiled), sources, found)
}

/// Rules that must compile, by what this program knows of Windows and what a `sigma.toml` says besides.
pub fn rules_with(text: &str, toml: &str) -> Compiled {
    let over = Setup::read(SourceId(0), toml).unwrap_or_else(|fault| panic!("{toml}\n{fault:?}"));
    let (compiled, sources, found) = compile(&[("rules.yml", text)], &Setup::standard().with(over));
    compiled.unwrap_or_else(|| panic!("{text}\n{}", render(&found, &sources, &Options::default())))
}

/// Rules that must compile.
pub fn rules(text: &str) -> Compiled {
    rules_with(text, "")
}

/// A rule about process creation with these detections, which begin with two blanks.
pub fn rule(detections: &str) -> String {
    rule_of("product: windows\n  category: process_creation", detections)
}

/// The same about another log source.
pub fn rule_of(logsource: &str, detections: &str) -> String {
    format!("title: Tried\nlogsource:\n  {logsource}\ndetection:\n{}\n", detections.trim_end())
}

/// The names of the rules that sent something, in the order in which they did.
pub fn sent(compiled: &Compiled, decision: &Decision) -> Vec<String> {
    let name = |did: &Did| match did {
        Did::Send(rule, _, false) => Some(compiled.module.rules[*rule as usize].name.clone()),
        Did::Send(_, _, true) | Did::Name(..) | Did::Tag(..) | Did::Untag(..) | Did::Set(..) | Did::Remove(..) => None,
    };
    decision.did.iter().filter_map(name).collect()
}

/// Does a rule say something about an event? Asked of the machine and of its slow twin.
pub fn fires(compiled: &Compiled, json: &str) -> bool {
    !sent(compiled, &super::decide(compiled, json)).is_empty()
}
