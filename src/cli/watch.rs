//! `blocksieve watch`: rules over events as they come.
//!
//! In: rules, files that grow, standard input. Out: decisions on standard output, batch by batch, each written out before its positions
//! are stored; a line of state now and then, and what happened, on standard error; metrics. Never here: how a decision is told, which
//! is `run/`; what happens to files, which is `follow/`.
//!
//! | file | what |
//! | --- | --- |
//! | `args.rs` | arguments |
//! | `batch.rs` | one batch on its way through the rules |
//! | `reload.rs` | rules and tables that change |
//! | `signals.rs` | what the system asks for |
//! | `totals.rs` | sums, and the line of state |
//! | `metrics.rs` | the same for Prometheus |

mod args;
mod batch;
mod metrics;
mod reload;
mod signals;
mod totals;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

pub(super) use args::WatchArgs;
#[cfg(feature = "deliver")]
pub(super) use totals::Way;

use super::args::{RunFormat, Show};
#[cfg(feature = "deliver")]
use super::outgoing::{Outgoing, Project};
use super::run::observed::Observed;
use super::run::remembered::{self, Restored};
use super::run::runner::{Out, Runner, Shown};
use super::source::plural;
use super::style::{self, Style};
use super::{Exit, Failure, meant, report};
use crate::diagnostic::Code;
use crate::event::input::{self, Input};
use crate::event::read::{EventReader, ReadStats};
use crate::follow::files::{Files, Options as FileOptions};
use crate::follow::standard::Standard;
use crate::follow::state::StateFile;
use crate::follow::wake::Wake;
use crate::follow::{self, Commit, Forget, Polled, Source};
use crate::pipeline::Pipeline;
use crate::sysmon::Catalogue;
use crate::vm::{Options, Prepared};
use batch::Batch;
use metrics::{Metrics, Told};
use reload::{Manifest, Ruleset};
use signals::Signals;
#[cfg(not(feature = "deliver"))]
use totals::Way;
use totals::{Status, Totals};

/// How often folders are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long nothing comes until the clock says what time it is.
const IDLE: Duration = Duration::from_secs(60);
/// How often positions are stored while nothing comes.
const IDLE_COMMIT: Duration = Duration::from_secs(5);

pub(super) fn run(args: &WatchArgs, style: Style) -> Result<Exit, Failure> {
    meant::not_swapped("watch", &args.rules.rules, &args.events)?;
    let signals = Signals::take()?;
    let manifest = Manifest::new(&args.rules.rules, args.agent.as_deref());
    let rules = reload::load(&args.rules.rules, args.agent.as_deref(), style)?;
    let wake = Wake::default();
    let mut sources = sources(args, &wake)?;
    #[cfg(feature = "deliver")]
    let outgoing = outgoing(args, &rules, &mut sources, style)?;
    #[cfg(not(feature = "deliver"))]
    let outgoing: Option<()> = None;
    let (commit, remembered) = match &outgoing {
        None => state(args, &mut sources)?,
        Some(_) => (Box::new(Forget) as Box<dyn Commit>, None),
    };
    #[cfg(not(feature = "deliver"))]
    let _ = outgoing;
    let metrics = args.metrics.map(|address| Metrics::listen(address, args.metrics_any)).transpose()?;
    if let Some(metrics) = &metrics {
        writeln!(style::stderr(), "metrics: http://{}/metrics", metrics.address)?;
    }
    let status = Status::new(if args.quiet { 0 } else { args.status });
    let mut watch = Watch {
        args,
        style,
        signals,
        wake,
        sources,
        commit,
        manifest,
        metrics,
        status,
        before: Totals::default(),
        stats: ReadStats::default(),
        exit: Exit::Clean,
        commits: 0,
        committed: None,
        last_commit: Instant::now(),
        noticed: Instant::now(),
        measured: Instant::now(),
        last_event: Instant::now(),
        remembered,
        cost: Duration::ZERO,
        operator: BTreeSet::new(),
        #[cfg(feature = "deliver")]
        outgoing,
        begun: args.once || args.quiet,
    };
    let mut rules = rules;
    let mut out = style::stdout();
    loop {
        match watch.at_work(&rules, out)? {
            Next::Rules(new, still_open) => (rules, out) = (*new, still_open),
            Next::End(exit) => return Ok(exit),
        }
    }
}

/// The sources that the arguments name.
fn sources(args: &WatchArgs, wake: &Wake) -> Result<Vec<Box<dyn Source>>, Failure> {
    let (standard, given): (Vec<String>, Vec<String>) = args.events.iter().cloned().partition(|given| given == "-");
    if !standard.is_empty() && args.rules.rules.iter().any(|rules| rules == "-") {
        return Err(Failure::unusable("standard input cannot be both rules and events", "name a file for one of them"));
    }
    for given in &given {
        // An argument that names one file of an archive.
        if let Ok([Input::Member(..)]) = input::inputs(std::slice::from_ref(given)).as_deref() {
            return Err(Failure::unusable(
                format!("{}: one file of an archive cannot be watched", input::shown(given)),
                "name the archive; `blocksieve run` reads one file of it",
            ));
        }
    }
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    if !given.is_empty() {
        sources.push(Box::new(Files::new(FileOptions {
            given,
            once: args.once,
            goes_on: args.state.is_some(),
            only_new: args.only_new,
            still: args.still,
            look: if args.once { Duration::ZERO } else { LOOK },
        })));
    }
    if !standard.is_empty() {
        sources.push(Box::new(Standard::new("-", std::io::stdin(), wake.clone())));
    }
    Ok(sources)
}

/// Where positions are kept, and what alerts remembered there.
type Kept = (Box<dyn Commit>, Option<Vec<u8>>);

/// Where positions are kept; sources go on from there.
fn state(args: &WatchArgs, sources: &mut [Box<dyn Source>]) -> Result<Kept, Failure> {
    let Some(path) = &args.state else { return Ok((Box::new(Forget), None)) };
    let failure = |error: &dyn std::fmt::Display| {
        Failure::unusable(
            format!("the state {path} cannot be used: {error}"),
            "name another file; one that is taken away begins anew, and everything is read again",
        )
    };
    let mut file = StateFile::open(Path::new(path)).map_err(|error| failure(&error))?;
    let follow::Batch { positions, remembered } = file.restore().map_err(|error| failure(&error))?;
    follow::restore(sources, &positions).map_err(|error| failure(&error))?;
    Ok((Box::new(file), remembered))
}

/// Where alerts go, if they are to be delivered; sources go on from what is kept there.
#[cfg(feature = "deliver")]
fn outgoing(
    args: &WatchArgs,
    rules: &Ruleset,
    sources: &mut [Box<dyn Source>],
    style: Style,
) -> Result<Option<Outgoing>, Failure> {
    if !args.delivery.deliver {
        return Ok(None);
    }
    let project = project(args, rules, style)?;
    let module = rules.prepared.module();
    let out = Outgoing::open(&args.delivery, args.state.as_deref().map(Path::new), module, project, true)?;
    follow::restore(sources, out.positions()).map_err(|error| {
        Failure::unusable(
            format!("the state cannot be used: {error}"),
            "name another file; one that is taken away begins anew, and everything is read again",
        )
    })?;
    Ok(Some(out))
}

/// What the project of a set of rules gives to delivery.
#[cfg(feature = "deliver")]
fn project(args: &WatchArgs, rules: &Ruleset, style: Style) -> Result<Project, Failure> {
    let checked = rules.project.clone().map(|project| (project, rules.templates.clone()));
    let project = Project::of(&args.rules.rules, checked, style)?;
    if project.takes_output() {
        return Err(Failure::unusable(
            "standard output cannot have both decisions and messages",
            "name a file in [deliver.file]",
        ));
    }
    Ok(project)
}

/// What comes when a set of rules is not at work any more.
enum Next {
    Rules(Box<Ruleset>, Out),
    End(Exit),
}

/// All that outlives a set of rules.
struct Watch<'a> {
    args: &'a WatchArgs,
    style: Style,
    signals: Signals,
    wake: Wake,
    sources: Vec<Box<dyn Source>>,
    commit: Box<dyn Commit>,
    manifest: Manifest,
    metrics: Option<Metrics>,
    status: Status,
    /// What sets before counted.
    before: Totals,
    stats: ReadStats,
    exit: Exit,
    commits: u64,
    committed: Option<SystemTime>,
    last_commit: Instant,
    /// Since when notices are counted.
    noticed: Instant,
    /// When the lag was measured last.
    measured: Instant,
    /// When the last event came.
    last_event: Instant,
    /// What alerts remembered when the program ended last, or when a set of rules gave way to another.
    remembered: Option<Vec<u8>>,
    /// How long it took to store the last batch.
    cost: Duration,
    /// What the operator was told already.
    operator: BTreeSet<(String, &'static str)>,
    /// Where alerts go.
    #[cfg(feature = "deliver")]
    outgoing: Option<Outgoing>,
    /// It was said what is followed, or nobody wants to know.
    begun: bool,
}

/// A line for people.
fn tell(line: &str) {
    // A reader of standard error that went away is no reason to stop.
    let _ = writeln!(style::stderr(), "{line}");
}

/// What is followed, and from where. `files`: records that were read before, file by file.
fn following(files: &[u64], standard: bool, only_new: bool) -> Option<String> {
    let new = files.iter().filter(|before| **before == 0).count();
    let read: u64 = files.iter().sum();
    let from = if only_new { "end" } else { "start" };
    let read = format!("behind {} that were read before", plural(read, "record"));
    let what = match (files.len(), new) {
        (0, _) if standard => return Some("following standard input".to_string()),
        // It was said that they are waited for.
        (0, _) => return None,
        (1, 1) => format!("from its {from}"),
        (all, new) if all == new => format!("from their {from}s"),
        (_, 0) => read,
        (_, new) => format!("{read}, {new} of them from the {from}"),
    };
    let standard = if standard { ", and standard input" } else { "" };
    Some(format!("following {}, {what}{standard}", plural(files.len() as u64, "file")))
}

impl Watch<'_> {
    /// Runs a set of rules until it is to be another one, or all ends.
    fn at_work(&mut self, rules: &Ruleset, out: Out) -> Result<Next, Failure> {
        let catalogue = Catalogue::standard();
        let options = Options { until: self.args.until.map(super::args::Stage::kind), ..Options::default() };
        let prepared = &rules.prepared;
        let pipeline = Pipeline::new(prepared, &catalogue, options)
            .map_err(|error| Failure::unusable(error.to_string(), "split them over several projects"))?;
        let mut layout = pipeline.layout().clone();
        let observed = Observed::new(&mut layout);
        let mut reader = EventReader::new(&layout, prepared.module().agent).strict(self.args.strict);
        let mut runner = Runner::new(pipeline, prepared.module(), self.shown(), observed, out);
        let restored = match self.remembered.take() {
            Some(bytes) => Some(remembered::restore(&bytes, runner.module())),
            None => self.kept(prepared)?,
        };
        if let Some(Restored { contexts, told }) = restored {
            contexts.into_iter().for_each(|contexts| runner.resume(contexts));
            if let Some((code, line)) = told {
                self.say(code, &line);
                self.exit.note(if code.is_some() { Exit::Partial } else { Exit::Clean });
            }
        }
        loop {
            let (polled, taken) = self.batch(&mut reader, &mut runner);
            self.begin();
            if let Some(error) = runner.failed.take() {
                return Err(error.into());
            }
            // First what came of the batch, then its positions.
            runner.printer.flush_table()?;
            runner.printer.out.flush()?;
            let ends = polled == Polled::Ended || self.signals.end();
            if runner.printer.out.is_closed() {
                // Nobody took it, so it is not stored that it was read.
                return self.finish(runner, &reader).map(Next::End);
            }
            self.quiet_ends(&mut runner, taken);
            // What is costly to store is not stored so often that nothing else is done.
            let may = self.last_commit.elapsed() >= self.cost * 10;
            if ends || may && (taken > 0 || self.last_commit.elapsed() >= IDLE_COMMIT) {
                self.store(&runner)?;
            }
            self.hear(&runner);
            self.tell(&mut runner, taken > 0 || ends)?;
            if ends {
                return self.finish(runner, &reader).map(Next::End);
            }
            if let Some(new) = self.reloaded(rules) {
                self.before = self.before.with(&runner);
                self.remembered = Some(runner.contexts().save(runner.module()));
                self.stats.add(&reader.stats);
                return Ok(Next::Rules(Box::new(new), runner.printer.out));
            }
            if polled != Polled::More {
                self.wake.wait(Duration::from_millis(self.args.poll));
            }
        }
    }

    /// Says once what is followed and from where, so that who looks at a quiet program knows that it is at work.
    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            let files: Vec<u64> = self.sources.iter().flat_map(|source| source.before()).collect();
            let standard = self.args.events.iter().any(|given| given == "-");
            if let Some(line) = following(&files, standard, self.args.only_new) {
                tell(&line);
            }
        }
    }

    /// Says something. A warning is counted, and said in any case; what is only good to know is not said to who wants quiet.
    fn say(&mut self, code: Option<Code>, line: &str) {
        if let Some(code) = code {
            *self.before.warnings.entry(code.to_string()).or_default() += 1;
        }
        if code.is_some() || !self.args.quiet {
            tell(line);
        }
    }

    /// Says what the operator should know as soon as it happens, each thing once: what alerts cannot count, what cannot be delivered.
    fn hear(&mut self, runner: &Runner<'_>) {
        for told in remembered::told(runner.module(), &runner.uncounted()) {
            if self.operator.insert(told.about) {
                self.say(told.code, &told.line);
            }
            if told.code.is_some() {
                self.exit.note(Exit::Partial);
            }
        }
        #[cfg(feature = "deliver")]
        for (code, line) in self.outgoing.as_ref().map(Outgoing::lines).unwrap_or_default() {
            self.say(code, &line);
        }
    }

    fn shown(&self) -> Shown {
        let format = self.args.format.map(args::WatchFormat::as_run);
        let format = format.unwrap_or(if self.style.stdout_terminal { RunFormat::Table } else { RunFormat::Ndjson });
        let show = match (self.args.show.as_slice(), format) {
            // What is stored is what is kept.
            ([Show::Alerts], RunFormat::Msg) => vec![Show::Kept],
            (show, _) => show.to_vec(),
        };
        Shown::new(show, format, true)
    }

    /// One batch: from all sources what they have, up to its limits.
    fn batch(&mut self, reader: &mut EventReader, runner: &mut Runner<'_>) -> (Polled, u64) {
        let begun = Instant::now();
        let mut batch = Batch {
            runner,
            signals: &self.signals,
            exit: &mut self.exit,
            warnings: &mut self.before.warnings,
            #[cfg(feature = "deliver")]
            outgoing: &mut self.outgoing,
            taken: 0,
            begun,
            again: Duration::ZERO,
        };
        let mut polled = Polled::Ended;
        for source in &mut self.sources {
            polled = polled.max(source.poll(reader, &mut batch));
        }
        (polled, batch.taken)
    }

    /// What alerts remembered, out of the state that is kept with what is delivered.
    #[cfg(feature = "deliver")]
    fn kept(&self, prepared: &Prepared) -> Result<Option<Restored>, Failure> {
        self.outgoing.as_ref().map(|outgoing| outgoing.remembered(prepared.module())).transpose()
    }

    #[cfg(not(feature = "deliver"))]
    fn kept(&self, _: &Prepared) -> Result<Option<Restored>, Failure> {
        Ok(None)
    }

    /// Where nothing comes any more, the clock says that a period of quiet alerts is over.
    fn quiet_ends(&mut self, runner: &mut Runner<'_>, taken: u64) {
        if taken > 0 {
            self.last_event = Instant::now();
        }
        if self.last_event.elapsed() < IDLE {
            return;
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().saturating_sub(IDLE);
        let closed = runner.close_until(i64::try_from(now.as_nanos()).unwrap_or(i64::MAX));
        #[cfg(feature = "deliver")]
        if let Some(outgoing) = &mut self.outgoing {
            outgoing.closings(&closed, runner.contexts(), runner.module());
        }
        #[cfg(not(feature = "deliver"))]
        drop(closed);
    }

    fn store(&mut self, runner: &Runner<'_>) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut batch = follow::batch(&self.sources);
        #[cfg(feature = "deliver")]
        if let Some(outgoing) = &mut self.outgoing {
            let sources: Vec<&str> = self.sources.iter().map(|source| source.name()).collect();
            outgoing.keep((&sources, batch.positions), runner.contexts(), runner.module())?;
            return self.stored(begun);
        }
        if runner.module().stamp.is_some() && self.args.state.is_some() {
            batch.remembered = Some(runner.contexts().save(runner.module()));
        }
        self.commit.commit(&batch).map_err(|error| {
            let path = self.args.state.as_deref().unwrap_or_default();
            Failure::unusable(
                format!("the state {path} cannot be written: {error}"),
                "what came since it was written last comes again at the next start",
            )
        })?;
        self.stored(begun)
    }

    /// A batch is safe.
    fn stored(&mut self, begun: Instant) -> Result<(), Failure> {
        self.sources.iter_mut().for_each(|source| source.committed());
        self.last_commit = Instant::now();
        self.cost = self.last_commit - begun;
        if self.keeps() {
            self.commits += 1;
            self.committed = Some(SystemTime::now());
        }
        Ok(())
    }

    /// Are positions stored anywhere? Who delivers has a state file in any case.
    fn keeps(&self) -> bool {
        #[cfg(feature = "deliver")]
        if self.outgoing.is_some() {
            return true;
        }
        self.args.state.is_some()
    }

    /// Tells what there is to tell: metrics where something changed, and a line of state when it is due.
    fn tell(&mut self, runner: &mut Runner<'_>, changed: bool) -> Result<(), Failure> {
        // Who is flooded with notices hears of new ones a minute later.
        if self.noticed.elapsed() >= Duration::from_secs(60) {
            (self.noticed, runner.printer.notices) = (Instant::now(), report::Notices::default());
        }
        let due = self.status.is_due();
        if !due && !(self.metrics.is_some() && (changed || self.measured.elapsed() >= Duration::from_secs(1))) {
            return Ok(());
        }
        self.measured = Instant::now();
        let ways = self.ways()?;
        let lag: Vec<follow::Lag> = self.sources.iter().flat_map(|source| source.lag()).collect();
        let open = self.sources.iter().map(|source| source.open()).sum();
        let totals = self.before.with(runner);
        if due {
            tell(&self.status.line(&totals.counts, &lag, open, ways.as_deref()));
        }
        if let Some(metrics) = &self.metrics {
            let rules = runner.module().rules.len();
            let (commits, committed) = (self.commits, self.committed);
            metrics.tell(Told { totals, lag, open, rules, commits, committed, ways: ways.unwrap_or_default() });
        }
        Ok(())
    }

    /// What became of messages; `None`: nothing is delivered.
    #[cfg(feature = "deliver")]
    fn ways(&self) -> Result<Option<Vec<Way>>, Failure> {
        self.outgoing.as_ref().map(Outgoing::ways).transpose()
    }

    #[cfg(not(feature = "deliver"))]
    fn ways(&self) -> Result<Option<Vec<Way>>, Failure> {
        Ok(None)
    }

    /// A new set, if there is one that compiles.
    fn reloaded(&mut self, old: &Ruleset) -> Option<Ruleset> {
        let asked = self.signals.reload();
        let files = self.manifest.changes(asked);
        if files.is_empty() && !asked {
            return None;
        }
        let loaded = reload::load(&self.args.rules.rules, self.args.agent.as_deref(), self.style);
        let renewed = loaded.and_then(|new| Ok((self.delivers_as(&new, asked)?, new)));
        match renewed {
            Ok((anew, new)) => {
                self.before.reloads += 1;
                tell(&reload::told(old, &new, &files, anew));
                Some(new)
            }
            Err(failure) => {
                self.before.reload_failures += 1;
                let code = Some(Code::NotReloaded);
                self.say(code, &format!(
                    "warning[{}]: the rules that changed are not taken: {}; those of before stay at work\n  help: {}",
                    Code::NotReloaded,
                    failure.message,
                    failure.help
                ));
                None
            }
        }
    }

    /// Alerts are delivered as a new set and its project say; or it is said why they cannot be. Gives whether targets were set up anew.
    #[cfg(feature = "deliver")]
    fn delivers_as(&mut self, new: &Ruleset, asked: bool) -> Result<bool, Failure> {
        let Some(outgoing) = &mut self.outgoing else { return Ok(false) };
        let project = project(self.args, new, self.style)?;
        outgoing.renew(new.prepared.module(), project, asked)
    }

    #[cfg(not(feature = "deliver"))]
    fn delivers_as(&mut self, _: &Ruleset, _: bool) -> Result<bool, Failure> {
        Ok(false)
    }

    fn finish(&mut self, runner: Runner<'_>, reader: &EventReader) -> Result<Exit, Failure> {
        self.stats.add(&reader.stats);
        let totals = self.before.with(&runner);
        let mut exit = self.exit;
        if totals.counts.damaged + totals.counts.failed > 0 {
            exit.note(Exit::Partial);
        }
        let missing: Vec<String> = self.sources.iter().flat_map(|source| source.missing()).collect();
        for missing in missing.iter().filter(|_| self.args.once) {
            exit.note(Exit::Unusable);
            tell(&format!("error[{}]: {missing}", Code::Unreadable));
        }
        if !self.args.quiet {
            for told in remembered::told(runner.module(), &runner.uncounted()) {
                tell(&told.line);
            }
            let inputs = self.sources.iter().map(|source| source.lag().len()).sum();
            tell(totals.summary(&runner, inputs, self.stats.duplicate_keys).trim_end());
        }
        runner.printer.out.finish()?;
        #[cfg(feature = "deliver")]
        if let Some(outgoing) = self.outgoing.take() {
            let passed = self.sources.iter().flat_map(|source| source.before()).sum();
            exit.note(outgoing.finish(passed, self.args.quiet)?);
        }
        Ok(exit)
    }
}
