//! `blocksieve run`: rules over events.
//!
//! In: rules or a module, and events. Out: the decisions that `--show` selects on standard output, in the order of the
//! input; counts, damaged records and operator notices on standard error. The same bytes on every run. Never here: what a
//! decision is, which `vm/` says; how it is told, which is `run/told.rs`; how a record is counted and shown, which is `run/runner.rs`; what filters on endpoints said, which is `run/observed.rs`.

mod costs;
mod decider;
#[cfg(feature = "deliver")]
mod deliver;
pub(super) mod observed;
pub(super) mod remembered;
pub(super) mod runner;
mod threads;
pub(super) mod told;

use std::io::Write;

use super::args::{RunArgs, RunFormat, Show};
use super::load::{self, Rules};
#[cfg(feature = "deliver")]
use super::outgoing::Project;
use super::style::{self, Style};
use super::{Exit, Failure, meant, report, source};
use crate::bytecode::{self, Module};
use crate::event::read::EventReader;
use crate::pipeline::Pipeline;
use crate::sysmon::Catalogue;
use crate::vm::{Options, Prepared};
use costs::Costs;
use observed::Observed;
use runner::{Runner, Shown};
use threads::Threads;
use told::{RuleCount, rule_name, summary};

pub(super) fn run(args: &RunArgs, style: Style) -> Result<Exit, Failure> {
    meant::not_swapped("run", &args.rules.rules, &args.events)?;
    let (module, checked) = match load::rules_for(&args.rules.rules, args.agent.as_deref())? {
        Rules::Module(module) => (*module, None),
        Rules::Sources(checked) => {
            report::need_clean(&checked.diagnostics, &checked.sources, style)
                .map_err(|broken| source::or_unreadable(&args.events, broken))?;
            let module = bytecode::compile(&checked.program, &checked.sources);
            (load::verified(module)?, Some((checked.project, checked.templates)))
        }
    };
    #[cfg(not(feature = "deliver"))]
    drop(checked);
    // The program ends with the run: its memory goes with it, which is quicker than giving it back piece by piece.
    let prepared: &Prepared = Box::leak(Box::new(Prepared::of(module)));
    let catalogue = Catalogue::standard();
    let options = Options { until: args.until.map(super::args::Stage::kind), ..Options::default() };
    let mut pipeline = Pipeline::new(prepared, &catalogue, options)
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
    if args.profile {
        pipeline.measure();
    }
    let how = Shown { show, format, files: source::several(&args.events) };
    let mut runner = Runner::new(pipeline, prepared.module(), how, observed, style::stdout());
    #[cfg(feature = "deliver")]
    {
        runner.feed = feed;
    }
    if format == RunFormat::Json {
        runner.printer.out.write_all(b"{\"decisions\":[")?;
    }
    let agent = prepared.module().agent;
    let reading = source::Reading { layout: &layout, agent, strict: args.strict, merge: args.merge };
    let count = threads_of(args, prepared.module())?;
    let begun = std::time::Instant::now();
    if count > 1 {
        let reader = || EventReader::new(&layout, agent).strict(args.strict);
        runner.threads = Some(Threads::new((0..count).map(|_| (runner.decider.another(), reader())).collect()));
    }
    let totals = read(args, reading, &mut runner, style)?;
    if let Some(error) = runner.failed.take() {
        return Err(error.into());
    }
    #[cfg(feature = "deliver")]
    let feed = runner.delivered()?;
    let costs = runner.profile().map(|profile| Costs::new(prepared.module(), profile, begun.elapsed()));
    let exit = finish(runner, args, format, &totals, costs)?;
    #[cfg(feature = "deliver")]
    let exit = match feed {
        Some(feed) => exit.worst(feed.finish(args.quiet)?),
        None => exit,
    };
    Ok(exit)
}

impl source::Taker for Runner<'_> {}

/// Reads all events, or those that were not read before.
fn read(
    args: &RunArgs,
    reading: source::Reading<'_>,
    runner: &mut Runner<'_>,
    style: Style,
) -> Result<source::Totals, Failure> {
    #[cfg(feature = "deliver")]
    if let Some(positions) = deliver::positions(runner) {
        return deliver::read(args, &positions, reading, runner, style);
    }
    source::read_all(&args.events, reading, runner, style)
}

/// How many threads decide.
fn threads_of(args: &RunArgs, module: &Module) -> Result<usize, Failure> {
    #[cfg(feature = "deliver")]
    let delivers = args.delivery.deliver;
    #[cfg(not(feature = "deliver"))]
    let delivers = false;
    let one = delivers || args.merge || args.profile || !threads::separable(module);
    match args.threads {
        Some(threads) if one && threads > 1 => {
            let why = if delivers || args.merge || args.profile {
                "with --deliver, --merge and --profile events are decided one after the other"
            } else {
                "these rules remember something from event to event"
            };
            writeln!(style::stderr(), "note: one thread decides: {why}")?;
            Ok(1)
        }
        Some(threads) => Ok(threads),
        None if one => Ok(1),
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from).min(THREADS)),
    }
}

/// Threads where nobody says how many: more would wait for the one that reads.
const THREADS: usize = 8;

fn finish(
    mut runner: Runner<'_>,
    args: &RunArgs,
    format: RunFormat,
    totals: &source::Totals,
    costs: Option<Costs<'_>>,
) -> Result<Exit, Failure> {
    runner.printer.flush_table()?;
    let module = runner.module();
    let rules: Vec<RuleCount<'_>> = runner
        .tally()
        .acted
        .iter()
        .enumerate()
        .map(|(index, events)| RuleCount { rule: rule_name(module, index as u32), events: *events })
        .collect();
    if format == RunFormat::Json {
        let mut summary = serde_json::json!({ "counts": runner.tally().counts, "rules": rules });
        if let Some(found) = runner.tally().observed.found() {
            summary["observed"] = serde_json::to_value(found).map_err(std::io::Error::other)?;
        }
        if let Some(costs) = &costs {
            summary["profile"] = serde_json::to_value(costs).map_err(std::io::Error::other)?;
        }
        runner.printer.out.write_all(if runner.printer.shown == 0 { b"]" } else { b"\n]" })?;
        let text = serde_json::to_string(&summary).map_err(std::io::Error::other)?;
        writeln!(runner.printer.out, ",\"summary\":{text}}}")?;
    }
    let remembered = remembered::told(module, &runner.uncounted());
    runner.leave_contexts();
    runner.printer.out.flush()?;
    let tally = runner.tally();
    if !args.quiet {
        let mut told = summary(&tally.counts, &rules, &tally.cannot, totals);
        let is_known = |name: &str| module.rules.iter().any(|rule| rule.name == name);
        told.extend(tally.observed.found().map(|found| found.told(is_known)));
        told.extend(costs.map(|costs| costs.told()));
        style::stderr().write_all(told.as_bytes())?;
    }
    let mut exit = totals.exit;
    for told in remembered {
        writeln!(style::stderr(), "{}", told.line)?;
        if told.code.is_some() {
            exit.note(Exit::Partial);
        }
    }
    if tally.counts.damaged + tally.counts.failed > 0 {
        exit.note(Exit::Partial);
    }
    if args.fail_on_match && tally.acted.iter().any(|acted| *acted > 0) {
        exit.note(Exit::Findings);
    }
    Ok(exit)
}
