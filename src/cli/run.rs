//! `blocksieve run`: rules over events.
//!
//! In: rules or a module, and events. Out: the decisions that `--show` selects on standard output, in the order of the
//! input; counts, damaged records and operator notices on standard error. The same bytes on every run. Never here: what a
//! decision is, which `vm/` says; how it is told, which is `run/told.rs`; how a record is counted and shown, which is `run/runner.rs`; what filters on endpoints said, which is `run/observed.rs`.

pub(super) mod choose;
mod costs;
mod decider;
#[cfg(feature = "deliver")]
mod deliver;
mod hits;
mod navigator;
pub(super) mod observed;
mod pruned;
pub(super) mod remembered;
pub(super) mod runner;
mod threads;
mod timeline;
pub(super) mod told;

use std::io::Write;
use std::path::Path;

use super::args::{RunArgs, RunFormat, Show};
use super::load::{self, Rules};
#[cfg(feature = "deliver")]
use super::outgoing::Project;
use super::style::{self, Style};
use super::{Exit, Failure, compile, meant, report, source};
use crate::ast::RuleKind;
use crate::bytecode::{self, Module, Verified};
use crate::event::read::EventReader;
use crate::pipeline::Pipeline;
use crate::sysmon::Catalogue;
use crate::vm::{Options, Prepared};
use choose::Chosen;
use costs::Costs;
use decider::Tally;
use hits::Counted;
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
    let (module, unseen) = chosen(args, module)?;
    // The program ends with the run: its memory goes with it, which is quicker than giving it back piece by piece.
    let prepared: &Prepared = Box::leak(Box::new(Prepared::of(module)));
    let catalogue = Catalogue::standard();
    let options = Options { until: args.until.map(super::args::Stage::kind), ..Options::default() };
    let mut pipeline = Pipeline::new(prepared, &catalogue, options)
        .map_err(|error| Failure::unusable(error.to_string(), "split them over several projects"))?;
    let mut layout = pipeline.layout().clone();
    let observed = Observed::new(&mut layout);
    let format = args.format.unwrap_or(if style.stdout_terminal { RunFormat::Table } else { RunFormat::Ndjson });
    let show = shown(&args.show, format)?;
    #[cfg(feature = "deliver")]
    let (feed, show) = {
        let deliver = args.delivery.deliver;
        let project = deliver.then(|| Project::of(&args.rules.rules, checked, style)).transpose()?;
        deliver::prepare(args, project, &mut pipeline, prepared.module(), show)?
    };
    if args.profile {
        pipeline.measure();
    }
    let how = Shown {
        unseen,
        hits: hits_are_counted(args, format),
        width: style.stdout_terminal.then(style::width).flatten(),
        ..Shown::new(show, format, source::several(&args.events))
    };
    let mut runner = Runner::new(pipeline, prepared.module(), how, observed, style::stdout());
    #[cfg(feature = "deliver")]
    {
        runner.feed = feed;
    }
    if format == RunFormat::Json {
        runner.printer.out.write_all(b"{\"decisions\":[")?;
    }
    if format == RunFormat::Csv {
        writeln!(runner.printer.out, "{}", timeline::csv_header()?)?;
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

/// The rules that run, and those of them that nobody chose.
fn chosen(args: &RunArgs, module: Verified) -> Result<(Verified, Vec<u32>), Failure> {
    if args.choice.is_all() {
        return Ok((module, Vec::new()));
    }
    let Chosen { module, unseen } = args.choice.of(module.into_module())?;
    Ok((load::verified(module)?, unseen))
}

/// Which events are shown.
fn shown(asked: &[Show], format: RunFormat) -> Result<Vec<Show>, Failure> {
    let hits = |word: &str| {
        Failure::unusable(
            format!("--format {word} tells of hits of alerts, and nothing else can be shown in it"),
            "leave --show out, or take --format table, json or ndjson",
        )
    };
    match (asked, format) {
        // What is stored is what is kept.
        ([], RunFormat::Msg) => Ok(vec![Show::Kept]),
        ([], RunFormat::Table | RunFormat::Json | RunFormat::Ndjson) => Ok(vec![Show::Dropped, Show::Alerts]),
        ([] | [Show::Alerts], RunFormat::Timeline | RunFormat::Csv) => Ok(vec![Show::Alerts]),
        ([] | [Show::None | Show::Alerts], RunFormat::Summary) => Ok(vec![Show::None]),
        (_, RunFormat::Timeline) => Err(hits("timeline")),
        (_, RunFormat::Csv) => Err(hits("csv")),
        (_, RunFormat::Summary) => Err(hits("summary")),
        (show, RunFormat::Table | RunFormat::Json | RunFormat::Ndjson | RunFormat::Msg) => Ok(show.to_vec()),
    }
}

/// Does somebody want to know what alerts hit?
fn hits_are_counted(args: &RunArgs, format: RunFormat) -> bool {
    let told = match format {
        RunFormat::Timeline | RunFormat::Csv => !args.quiet,
        RunFormat::Summary | RunFormat::Json => true,
        RunFormat::Table | RunFormat::Ndjson | RunFormat::Msg => false,
    };
    told || args.navigator.is_some()
}

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

/// What a run comes to, as JSON.
fn as_json(
    tally: &Tally,
    rules: &[RuleCount<'_>],
    hits: Option<&Counted<'_>>,
    costs: Option<&Costs<'_>>,
) -> serde_json::Result<String> {
    let mut summary = serde_json::json!({ "counts": tally.counts, "rules": rules });
    if let Some(found) = tally.observed.found() {
        summary["observed"] = serde_json::to_value(found)?;
    }
    if let Some(hits) = hits {
        summary["hits"] = serde_json::to_value(hits)?;
    }
    if let Some(costs) = costs {
        summary["profile"] = serde_json::to_value(costs)?;
    }
    serde_json::to_string(&summary)
}

fn finish(
    mut runner: Runner<'_>,
    args: &RunArgs,
    format: RunFormat,
    totals: &source::Totals,
    costs: Option<Costs<'_>>,
) -> Result<Exit, Failure> {
    runner.printer.flush_table()?;
    let module = runner.module();
    let seen: Vec<u32> = (0..module.rules.len() as u32).filter(|rule| !runner.is_unseen(*rule)).collect();
    let rules: Vec<RuleCount<'_>> = seen
        .iter()
        .map(|rule| RuleCount { rule: rule_name(module, *rule), events: runner.tally().acted[*rule as usize] })
        .collect();
    let hits = runner.take_hits();
    let hits = hits_are_counted(args, format).then(|| hits.counted(module));
    if format == RunFormat::Json {
        let text = as_json(runner.tally(), &rules, hits.as_ref(), costs.as_ref()).map_err(std::io::Error::other)?;
        runner.printer.out.write_all(if runner.printer.shown == 0 { b"]" } else { b"\n]" })?;
        writeln!(runner.printer.out, ",\"summary\":{text}}}")?;
    }
    let layer = args.navigator.as_deref().zip(hits.as_ref().map(navigator::layer));
    let of_alerts = hits.as_ref().map(Counted::told);
    if let (RunFormat::Summary, Some(told)) = (format, &of_alerts) {
        runner.printer.out.write_all(told.as_bytes())?;
    }
    let remembered = remembered::told(module, &runner.uncounted());
    runner.leave_contexts();
    runner.printer.out.flush()?;
    let tally = runner.tally();
    if !args.quiet {
        // Where hits are told by alert, a second list of alerts says nothing new.
        let by_alert = matches!(format, RunFormat::Timeline | RunFormat::Csv | RunFormat::Summary);
        let named = rules.iter().filter(|rule| !by_alert || rule.rule.kind != RuleKind::Alert).collect::<Vec<_>>();
        let cannot = rules.iter().zip(seen.iter().filter_map(|rule| tally.cannot.get(*rule as usize)));
        let mut told = summary(&tally.counts, &named, &cannot.collect::<Vec<_>>(), totals);
        let of_alerts = of_alerts.filter(|_| matches!(format, RunFormat::Timeline | RunFormat::Csv));
        told.extend(of_alerts.map(|of_alerts| format!("\n{of_alerts}")));
        let is_known = |name: &str| module.rules.iter().any(|rule| rule.name == name);
        told.extend(tally.observed.found().map(|found| found.told(is_known)));
        told.extend(costs.map(|costs| costs.told()));
        style::stderr().write_all(told.as_bytes())?;
    }
    // Last: where it cannot be written, all else was told.
    if let Some((file, layer)) = layer {
        compile::write_whole(Path::new(file), layer.as_bytes())?;
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
    if args.fail_on_match && rules.iter().any(|rule| rule.events > 0) {
        exit.note(Exit::Findings);
    }
    Ok(exit)
}
