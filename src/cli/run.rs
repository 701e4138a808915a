//! `blocksieve run`: rules over events.
//!
//! In: rules or a module, and events. Out: the decisions that `--show` selects on standard output, in the order of the
//! input; counts, damaged records and operator notices on standard error. The same bytes on every run. Never here: what a
//! decision is, which `vm/` says; how it is told, which is `run/told.rs`; how a record is counted and shown, which is `run/runner.rs`; what filters on endpoints said, which is `run/observed.rs`.

#[cfg(feature = "deliver")]
mod deliver;
pub(super) mod observed;
pub(super) mod remembered;
pub(super) mod runner;
pub(super) mod told;

use std::io::Write;

use super::args::{RunArgs, RunFormat, Show};
use super::load::{self, Rules};
#[cfg(feature = "deliver")]
use super::outgoing::Project;
use super::style::{self, Style};
use super::{Exit, Failure, meant, report, source};
use crate::bytecode;
use crate::diagnostic::Code;
use crate::pipeline::Pipeline;
use crate::sysmon::Catalogue;
use crate::vm::{Options, Prepared};
use observed::Observed;
use runner::{Runner, Shown};
use told::{RuleCount, rule_name, summary};

pub(super) fn run(args: &RunArgs, style: Style) -> Result<Exit, Failure> {
    meant::not_swapped("run", &args.rules.rules, &args.events)?;
    let (module, checked) = match load::rules_for(&args.rules.rules, args.agent.as_deref())? {
        Rules::Module(module) => (*module, None),
        Rules::Sources(checked) => {
            report::need_clean(&checked.diagnostics, &checked.sources, style)
                .map_err(|broken| source::or_unreadable(&args.events, broken))?;
            let module = bytecode::compile(&checked.program, &checked.sources);
            (module, Some((checked.project, checked.templates)))
        }
    };
    #[cfg(not(feature = "deliver"))]
    drop(checked);
    let prepared = Prepared::new(module).map_err(|invalid| Failure {
        message: format!("[{}] {invalid}", Code::ModuleInvalid),
        help: "compile the rules again".to_string(),
        exit: Exit::Unusable,
    })?;
    let catalogue = Catalogue::standard();
    let options = Options { until: args.until.map(super::args::Stage::kind), ..Options::default() };
    #[cfg_attr(not(feature = "deliver"), expect(unused_mut, reason = "only delivery goes on with what was remembered"))]
    let mut pipeline = Pipeline::new(&prepared, &catalogue, options)
        .map_err(|error| Failure::unusable(error.to_string(), "split them over several projects"))?;
    let mut layout = pipeline.layout().clone();
    let observed = Observed::new(&mut layout);
    let format = args.format.unwrap_or(if style.stdout_terminal { RunFormat::Table } else { RunFormat::Ndjson });
    let show = match (args.show.as_slice(), format) {
        // What is stored is what is kept.
        ([], RunFormat::Msg) => vec![Show::Kept],
        ([], RunFormat::Table | RunFormat::Json | RunFormat::Ndjson) => vec![Show::Dropped, Show::Alerts],
        (show, _) => show.to_vec(),
    };
    #[cfg(feature = "deliver")]
    let (feed, show) = {
        let deliver = args.delivery.deliver;
        let project = deliver.then(|| Project::of(&args.rules.rules, checked, style)).transpose()?;
        deliver::prepare(args, project, &mut pipeline, prepared.module(), show)?
    };
    let how = Shown { show, format, files: source::several(&args.events) };
    let mut runner = Runner::new(pipeline, prepared.module(), how, observed, style::stdout());
    #[cfg(feature = "deliver")]
    {
        runner.feed = feed;
    }
    if format == RunFormat::Json {
        runner.out.write_all(b"{\"decisions\":[")?;
    }
    let agent = prepared.module().agent;
    let reading = source::Reading { layout: &layout, agent, strict: args.strict, merge: args.merge };
    #[cfg(feature = "deliver")]
    let totals = match deliver::positions(&runner) {
        Some(positions) => deliver::read(args, &positions, reading, &mut runner, style)?,
        None => source::read_all(&args.events, reading, &mut runner, style)?,
    };
    #[cfg(not(feature = "deliver"))]
    let totals = source::read_all(&args.events, reading, &mut runner, style)?;
    if let Some(error) = runner.failed.take() {
        return Err(error.into());
    }
    #[cfg(feature = "deliver")]
    let feed = runner.delivered()?;
    let exit = finish(runner, args, format, &totals)?;
    #[cfg(feature = "deliver")]
    let exit = match feed {
        Some(feed) => exit.worst(feed.finish(args.quiet)?),
        None => exit,
    };
    Ok(exit)
}

impl source::Taker for Runner<'_> {}

fn finish(mut runner: Runner<'_>, args: &RunArgs, format: RunFormat, totals: &source::Totals) -> Result<Exit, Failure> {
    runner.flush_table()?;
    let module = runner.module();
    let rules: Vec<RuleCount<'_>> = runner
        .acted
        .iter()
        .enumerate()
        .map(|(index, events)| RuleCount { rule: rule_name(module, index as u32), events: *events })
        .collect();
    if format == RunFormat::Json {
        let mut summary = serde_json::json!({ "counts": runner.counts, "rules": rules });
        if let Some(found) = runner.observed.found() {
            summary["observed"] = serde_json::to_value(found).map_err(std::io::Error::other)?;
        }
        runner.out.write_all(if runner.shown == 0 { b"]" } else { b"\n]" })?;
        let text = serde_json::to_string(&summary).map_err(std::io::Error::other)?;
        writeln!(runner.out, ",\"summary\":{text}}}")?;
    }
    let remembered = remembered::told(module, &runner.uncounted());
    runner.leave_contexts();
    runner.out.finish()?;
    if !args.quiet {
        let mut told = summary(&runner.counts, &rules, &runner.cannot, totals);
        let is_known = |name: &str| module.rules.iter().any(|rule| rule.name == name);
        told.extend(runner.observed.found().map(|found| found.told(is_known)));
        style::stderr().write_all(told.as_bytes())?;
    }
    let mut exit = totals.exit;
    for told in remembered {
        writeln!(style::stderr(), "{}", told.line)?;
        if told.code.is_some() {
            exit.note(Exit::Partial);
        }
    }
    if runner.counts.damaged + runner.counts.failed > 0 {
        exit.note(Exit::Partial);
    }
    if args.fail_on_match && runner.acted.iter().any(|acted| *acted > 0) {
        exit.note(Exit::Findings);
    }
    Ok(exit)
}
