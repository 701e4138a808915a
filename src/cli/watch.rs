//! `blocksieve watch`: rules over events as they come.
//!
//! In: rules, files that grow, standard input. Out: decisions on standard output, batch by batch, each written out before its positions
//! are stored; a line of state now and then, and what happened, on standard error; metrics. Never here: how a decision is told, which
//! is `run/`; what happens to files, which is `follow/`.
//!
//! | file | what |
//! | --- | --- |
//! | `args.rs` | arguments |
//! | `reload.rs` | rules and tables that change |
//! | `signals.rs` | what the system asks for |
//! | `totals.rs` | sums, and the line of state |
//! | `metrics.rs` | the same for Prometheus |

mod args;
mod metrics;
mod reload;
mod signals;
mod totals;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

pub(super) use args::WatchArgs;

use super::args::{RunFormat, Show};
#[cfg(feature = "deliver")]
use super::outgoing::{Outgoing, Project};
use super::run::observed::Observed;
use super::run::runner::{Out, Runner, Shown};
use super::style::{self, Style};
use super::{Exit, Failure, report, table};
use crate::diagnostic::Code;
use crate::event::input::{self, Input};
use crate::event::read::{self, Damaged, EventReader, ReadStats, Record};
use crate::follow::files::{Files, Options as FileOptions};
use crate::follow::standard::Standard;
use crate::follow::state::StateFile;
use crate::follow::wake::Wake;
use crate::follow::{self, Commit, Forget, Kind, Notice, Polled, Source};
use crate::pipeline::Pipeline;
use crate::sysmon::Catalogue;
use crate::vm::{Contexts, Options, Prepared};
use metrics::{Metrics, Told};
use reload::{Manifest, Ruleset};
use signals::Signals;
use totals::{Status, Totals};

/// Records of one batch, at most.
const RECORDS: u64 = 50_000;
/// How long one batch may take.
const LONGEST: Duration = Duration::from_secs(1);
/// How often folders are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long nothing comes until the clock says what time it is.
const IDLE: Duration = Duration::from_secs(60);
/// How often positions are stored while nothing comes.
const IDLE_COMMIT: Duration = Duration::from_secs(5);

pub(super) fn run(args: &WatchArgs, style: Style) -> Result<Exit, Failure> {
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
        #[cfg(feature = "deliver")]
        outgoing,
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
    let checked = rules.project.clone().map(|project| (project, rules.templates.clone()));
    let project = Project::of(&args.rules.rules, checked, style)?;
    if project.takes_output() {
        return Err(Failure::unusable(
            "standard output cannot have both decisions and messages",
            "name a file in [deliver.file]",
        ));
    }
    let module = rules.prepared.module();
    let out = Outgoing::open(&args.delivery, args.state.as_deref().map(Path::new), module, project, true)?;
    follow::restore(sources, &out.positions()?).map_err(|error| {
        Failure::unusable(
            format!("the state cannot be used: {error}"),
            "name another file; one that is taken away begins anew, and everything is read again",
        )
    })?;
    Ok(Some(out))
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
    /// Where alerts go.
    #[cfg(feature = "deliver")]
    outgoing: Option<Outgoing>,
}

/// One batch on its way through the rules.
struct Batch<'b, 'p> {
    runner: &'b mut Runner<'p>,
    signals: &'b Signals,
    exit: &'b mut Exit,
    #[cfg(feature = "deliver")]
    outgoing: &'b mut Option<Outgoing>,
    taken: u64,
    begun: Instant,
}

impl read::Sink for Batch<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.taken += 1;
        read::Sink::event(self.runner, record)?;
        #[cfg(feature = "deliver")]
        if let Some(outgoing) = self.outgoing.as_mut().filter(|_| !self.runner.pipeline().outcome().damaged()) {
            outgoing.event(self.runner.pipeline(), self.runner.module(), &record);
        }
        // The clock is asked now and then only.
        let long = self.taken.is_multiple_of(64) && self.begun.elapsed() >= LONGEST;
        if self.taken >= RECORDS || long || self.signals.end() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.taken += 1;
        self.runner.damaged(damaged);
    }
}

impl follow::Sink for Batch<'_, '_> {
    fn notice(&mut self, notice: Notice) {
        let Notice { kind, input, message, help } = notice;
        let severity = match kind {
            Kind::Note => "note".to_string(),
            Kind::Warning(code) => {
                self.exit.note(Exit::Partial);
                format!("warning[{code}]")
            }
        };
        let help = help.map_or(String::new(), |help| format!("\n  help: {}", table::safe(&help)));
        tell(&format!("{severity}: {}: {}{help}", table::safe(&input), table::safe(&message)));
    }
}

/// A line for people.
fn tell(line: &str) {
    // A reader of standard error that went away is no reason to stop.
    let _ = writeln!(style::stderr(), "{line}");
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
        if let Some(bytes) = self.remembered.take() {
            self.resume(&mut runner, &bytes);
        } else if let Some(contexts) = self.kept(prepared)? {
            runner.resume(contexts);
        }
        loop {
            let (polled, taken) = self.batch(&mut reader, &mut runner);
            if let Some(error) = runner.failed.take() {
                return Err(error.into());
            }
            // First what came of the batch, then its positions.
            runner.flush_table()?;
            runner.out.flush()?;
            let ends = polled == Polled::Ended || self.signals.end();
            if runner.out.is_closed() {
                // Nobody took it, so it is not stored that it was read.
                return self.finish(runner, &reader).map(Next::End);
            }
            self.quiet_ends(&mut runner, taken);
            // What is costly to store is not stored so often that nothing else is done.
            let may = self.last_commit.elapsed() >= self.cost * 10;
            if ends || may && (taken > 0 || self.last_commit.elapsed() >= IDLE_COMMIT) {
                self.store(&runner)?;
            }
            self.tell(&mut runner, taken > 0 || ends);
            if ends {
                return self.finish(runner, &reader).map(Next::End);
            }
            if let Some(new) = self.reloaded(rules) {
                self.before = self.before.with(&runner);
                self.remembered = Some(runner.contexts().save(runner.module()));
                self.stats.add(&reader.stats);
                return Ok(Next::Rules(Box::new(new), runner.out));
            }
            if polled != Polled::More {
                self.wake.wait(Duration::from_millis(self.args.poll));
            }
        }
    }

    /// Goes on with what alerts remembered before.
    fn resume(&self, runner: &mut Runner<'_>, bytes: &[u8]) {
        match Contexts::restore(bytes, runner.module()) {
            Ok((contexts, gone)) => {
                runner.resume(contexts);
                if gone > 0 {
                    tell(&format!(
                        "note: what {} remembered is forgotten, as they count another thing now",
                        super::source::plural(gone as u64, "`when` or alert")
                    ));
                }
            }
            Err(error) => tell(&format!("warning[{}]: {error}; alerts begin anew", Code::NotReloaded)),
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
        Shown { show, format, files: true }
    }

    /// One batch: from all sources what they have, up to its limits.
    fn batch(&mut self, reader: &mut EventReader, runner: &mut Runner<'_>) -> (Polled, u64) {
        let begun = Instant::now();
        let mut batch = Batch {
            runner,
            signals: &self.signals,
            exit: &mut self.exit,
            #[cfg(feature = "deliver")]
            outgoing: &mut self.outgoing,
            taken: 0,
            begun,
        };
        let mut polled = Polled::Ended;
        for source in &mut self.sources {
            polled = polled.max(source.poll(reader, &mut batch));
        }
        (polled, batch.taken)
    }

    /// What alerts remembered, out of the state that is kept with what is delivered.
    #[cfg(feature = "deliver")]
    fn kept(&self, prepared: &Prepared) -> Result<Option<Contexts>, Failure> {
        self.outgoing.as_ref().map_or(Ok(None), |outgoing| outgoing.remembered(prepared.module()))
    }

    #[cfg(not(feature = "deliver"))]
    fn kept(&self, _: &Prepared) -> Result<Option<Contexts>, Failure> {
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
            outgoing.only(&batch.positions)?;
            outgoing.keep(batch.positions, runner.contexts(), runner.module())?;
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
        if self.args.state.is_some() {
            self.commits += 1;
            self.committed = Some(SystemTime::now());
        }
        Ok(())
    }

    /// Tells what there is to tell: metrics where something changed, and a line of state when it is due.
    fn tell(&mut self, runner: &mut Runner<'_>, changed: bool) {
        // Who is flooded with notices hears of new ones a minute later.
        if self.noticed.elapsed() >= Duration::from_secs(60) {
            (self.noticed, runner.notices) = (Instant::now(), report::Notices::default());
        }
        let due = self.status.is_due();
        if !due && !(self.metrics.is_some() && (changed || self.measured.elapsed() >= Duration::from_secs(1))) {
            return;
        }
        self.measured = Instant::now();
        let lag: Vec<follow::Lag> = self.sources.iter().flat_map(|source| source.lag()).collect();
        let open = self.sources.iter().map(|source| source.open()).sum();
        let totals = self.before.with(runner);
        if due {
            tell(&self.status.line(&totals.counts, &lag, open));
        }
        if let Some(metrics) = &self.metrics {
            let rules = runner.module().rules.len();
            metrics.tell(Told { totals, lag, open, rules, commits: self.commits, committed: self.committed });
        }
    }

    /// A new set, if there is one that compiles.
    fn reloaded(&mut self, old: &Ruleset) -> Option<Ruleset> {
        let asked = self.signals.reload();
        let files = self.manifest.changes(asked);
        if files.is_empty() && !asked {
            return None;
        }
        let loaded = reload::load(&self.args.rules.rules, self.args.agent.as_deref(), self.style);
        #[cfg(feature = "deliver")]
        let loaded = loaded.and_then(|new| {
            if let Some(outgoing) = &mut self.outgoing {
                outgoing.renew(new.prepared.module(), new.templates.clone())?;
            }
            Ok(new)
        });
        match loaded {
            Ok(new) => {
                self.before.reloads += 1;
                tell(&reload::told(old, &new, &files));
                Some(new)
            }
            Err(failure) => {
                self.before.reload_failures += 1;
                tell(&format!(
                    "warning[{}]: the rules that changed are not taken: {}; those of before stay at work\n  help: {}",
                    Code::NotReloaded,
                    failure.message,
                    failure.help
                ));
                None
            }
        }
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
            for line in super::run::remembered::told(runner.module(), runner.contexts()) {
                tell(&line);
            }
            let inputs = self.sources.iter().map(|source| source.lag().len()).sum();
            tell(totals.summary(&runner, inputs, self.stats.duplicate_keys).trim_end());
        }
        runner.out.finish()?;
        #[cfg(feature = "deliver")]
        if let Some(outgoing) = self.outgoing.take() {
            exit.note(outgoing.finish(0, self.args.quiet)?);
        }
        Ok(exit)
    }
}
