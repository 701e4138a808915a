//! `blocksieve diff`: what would become otherwise, of real events, with another version of the rules.
//!
//! In: two versions of the rules, and events. Out: what is newly dropped, newly kept, dropped by another filter, tagged, written and
//! alerted otherwise, counted, with examples. Each event is read once and decided by both; the log may be of any length. Never here:
//! what a decision is (`vm/`), what counts as a difference (`diff/compare.rs`), how it is told (`diff/told.rs`, `diff/markdown.rs`).
//!
//! Where the versions are for different agents, the event is read once for each: it is not the same event then.

mod compare;
mod markdown;
mod side;
mod tally;
mod told;

use std::io::Write;
use std::ops::ControlFlow;

use super::args::{DiffArgs, DiffFormat};
use super::run::remembered::{self, Uncounted};
use super::run::told::Counts;
use super::style::{self, Style};
use super::{Exit, Failure, report, source};
use crate::diagnostic::Code;
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::event::{EventView, Relaid, Slot, carry};
use crate::explain::{explain, lines, lines_of_blocks};
use crate::ir::RuleId;
use crate::pipeline::Pipeline;
use crate::sysmon::Catalogue;
use crate::vm::{Effect, Options, Outcome};
use compare::{Decided, Difference, Kind, Pairs};
use side::Side;
use tally::{Example, Tally};

pub(super) fn run(args: &DiffArgs, style: Style) -> Result<Exit, Failure> {
    let inputs = [&args.old, &args.new].into_iter().chain(&args.events);
    if inputs.filter(|input| *input == "-").count() > 1 {
        return Err(Failure::unusable(
            "standard input can be read once",
            "write - for the events, or for one version of the rules; name files for the others",
        ));
    }
    let agent = args.agent.as_deref();
    let old = Side::load("old", &args.old, &args.new, agent, style)?;
    let new = Side::load("new", &args.new, &args.old, agent, style)?;
    let catalogue = Catalogue::standard();
    let pipeline = |side| {
        Pipeline::new(side, &catalogue, Options::default())
            .map_err(|error| Failure::unusable(error.to_string(), "split them over several projects"))
    };
    let (before, after) = (pipeline(&old.prepared)?, pipeline(&new.prepared)?);
    let mut layout = before.layout().clone();
    let mut reader = None;
    let joined = if old.module().agent == new.module().agent {
        layout.join(after.layout()).ok_or_else(|| {
            Failure::unusable(crate::pipeline::TooManyFields.to_string(), "split them over several projects")
        })?
    } else {
        reader = Some(EventReader::new(after.layout(), new.module().agent).strict(args.strict));
        Vec::new()
    };
    let mut differ = Differ {
        pairs: Pairs::new(old.module(), new.module()),
        old: Half::new(&old, before),
        new: Half::new(&new, after),
        joined,
        reader,
        tally: Tally::default(),
        compared: 0,
        uncompared: 0,
        most: args.examples,
        why: args.verbose,
        notices: report::Notices::default(),
    };
    let reading =
        source::Reading { layout: &layout, agent: old.module().agent, strict: args.strict, merge: args.merge };
    let totals = source::read_all(&args.events, reading, &mut differ, style)?;
    let mut exit = totals.exit;
    if differ.compared == 0 {
        return Err(Failure::unusable(
            "there was no event to compare by",
            "name files with events of Sysmon, such as those that the rules are for; nothing is said about the rules",
        ));
    }
    let shut = shut(args, &differ.tally.changes);
    let all = told::Told::new(&differ, &totals);
    let mut out = style::stdout();
    match args.format {
        DiffFormat::Human => out.write_all(all.human().as_bytes())?,
        DiffFormat::Markdown => out.write_all(markdown::written(&all, &args.events, &shut).as_bytes())?,
        DiffFormat::Json => out.write_all(all.json()?.as_bytes())?,
    }
    out.finish()?;
    for (half, which) in [(&differ.old, "old"), (&differ.new, "new")] {
        for told in remembered::told(half.side.module(), &Uncounted::of(half.pipeline.contexts())) {
            writeln!(style::stderr(), "{which} rules: {}", told.line)?;
        }
        if half.pipeline.contexts().troubles().any(|troubles| troubles.forgotten > 0) {
            exit.note(Exit::Partial);
        }
        if half.counts.damaged + half.counts.failed > 0 {
            exit.note(Exit::Partial);
        }
    }
    if args.exit_code && differ.tally.changes.events > 0 {
        exit.note(Exit::Findings);
    }
    for gate in shut {
        writeln!(style::stderr(), "error: {gate}")?;
        exit.note(Exit::Findings);
    }
    Ok(exit)
}

/// The gates that are shut, and why.
fn shut(args: &DiffArgs, changes: &tally::Changes) -> Vec<String> {
    let gates = [
        (args.max_newly_dropped, changes.newly_dropped, "event", "newly dropped", "--max-newly-dropped"),
        (args.max_alerts_gained, changes.alerts_gained, "alert", "gained", "--max-alerts-gained"),
        (args.max_alerts_lost, changes.alerts_lost, "alert", "lost", "--max-alerts-lost"),
    ];
    let told = |(most, found, what, how, option): (Option<u64>, u64, &str, &str, &str)| {
        let most = most.filter(|most| found > *most)?;
        Some(format!("{} {how}, and {option} allows {most}", source::plural(found, what)))
    };
    gates.into_iter().filter_map(told).collect()
}

/// One version at work.
struct Half<'p> {
    side: &'p Side,
    pipeline: Pipeline<'p>,
    /// As `run` counts them.
    counts: Counts,
    /// Per rule: on how many events it did something, how many alerts it sent, on how many it failed or cannot be decided.
    rules: Vec<RuleSums>,
}

/// What one rule came to in one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
struct RuleSums {
    events: u64,
    alerts: u64,
    failed: u64,
    undecidable: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl<'p> Half<'p> {
    fn new(side: &'p Side, pipeline: Pipeline<'p>) -> Self {
        let rules = vec![RuleSums::default(); side.module().rules.len()];
        Self { side, pipeline, counts: Counts::default(), rules }
    }

    fn decided(&self) -> Decided<'_> {
        Decided { module: self.side.module(), outcome: self.pipeline.outcome() }
    }

    /// Counts what was decided last, as `run` does.
    fn count(&mut self, bytes: u64) {
        let Self { pipeline, counts, rules, .. } = self;
        let outcome: &Outcome = pipeline.outcome();
        if outcome.damaged() {
            counts.damaged += 1;
            return;
        }
        counts.events += 1;
        counts.bytes += bytes;
        match outcome.dropped_by {
            Some(rule) => {
                counts.dropped += 1;
                counts.bytes_dropped += bytes;
                rules[rule as usize].events += 1;
            }
            None => counts.kept += 1,
        }
        let mut last = None;
        for effect in outcome.effects.iter() {
            let rule = effect.rule();
            rules[rule as usize].events += u64::from(last != Some(rule) && outcome.dropped_by != Some(rule));
            last = Some(rule);
            if let Effect::Send { quiet, .. } = effect {
                counts.alerts += u64::from(!quiet);
                counts.quiet += u64::from(*quiet);
                rules[rule as usize].alerts += u64::from(!quiet);
            }
        }
        counts.failed += u64::from(!outcome.failures.is_empty());
        counts.undecidable += u64::from(!outcome.undecidable.is_empty());
        for failure in &outcome.failures {
            let sums = &mut rules[failure.rule as usize];
            (sums.failed, sums.why) = (sums.failed + 1, Some(failure.fault.text()));
        }
        // A rule's tests stand together; several of them are one event.
        let mut last = None;
        for (rule, _, why) in &outcome.undecidable {
            let sums = &mut rules[*rule as usize];
            sums.undecidable += u64::from(last != Some(*rule));
            sums.why = sums.why.or(Some(why));
            last = Some(*rule);
        }
    }
}

/// Both at work.
struct Differ<'p> {
    old: Half<'p>,
    new: Half<'p>,
    pairs: Pairs,
    /// Which slots of what is read are those of the new rules, where both are for one agent.
    joined: Vec<Slot>,
    /// Reads each event again as the other agent sends it, where they are not.
    reader: Option<EventReader>,
    tally: Tally,
    /// Events that both versions decided.
    compared: u64,
    /// Events that only one version could read.
    uncompared: u64,
    most: usize,
    why: bool,
    notices: report::Notices,
}

impl Differ<'_> {
    /// Decides one event by both.
    fn both(&mut self, record: &Record<'_>, again: &dyn EventView) {
        self.old.pipeline.decide(record.view);
        self.new.pipeline.decide(again);
        self.old.count(record.bytes);
        self.new.count(record.bytes);
        let damaged = (self.old.pipeline.outcome().damaged(), self.new.pipeline.outcome().damaged());
        let by = match damaged {
            (false, false) => return self.compare(record, again),
            (true, true) => "",
            (true, false) => " by the old rules, which alone read it",
            (false, true) => " by the new rules, which alone read it",
        };
        self.uncompared += u64::from(damaged != (true, true));
        let (file, number) = (record.place.file, record.place.number);
        self.notices.tell(&format!(
            "warning[{}]: {file}:{number}: a value that was read is malformed; skipped{by}",
            Code::DamagedRecord
        ));
    }

    fn compare(&mut self, record: &Record<'_>, again: &dyn EventView) {
        self.compared += 1;
        let found = compare::differences(&self.pairs, self.old.decided(), self.new.decided());
        if found.is_empty() {
            return;
        }
        let who = self.old.pipeline.who(record.view);
        let event = match (&who.event_id, who.event) {
            (Some(id), Some(name)) => format!("{id} {}", name.trim_start_matches("sysmon.")),
            (Some(id), None) => id.clone(),
            (None, _) => "-".to_string(),
        };
        let host = who.host.as_deref().unwrap_or("-").to_string();
        let views = [record.view, again];
        let (old, new, pairs, why) = (&self.old, &self.new, &self.pairs, self.why);
        let mut example = |difference: &Difference| Example {
            place: source::place(&record.place, true),
            time: who.time.clone(),
            host: who.host.clone(),
            event: event.clone(),
            bytes: record.bytes,
            why: if why { told_why(difference, pairs, [old, new], views) } else { None },
        };
        self.tally.note(found, record.bytes, (&host, &event), self.most, &mut example);
    }
}

/// The conditions of the rule that matters: the one that now does something; where one does not do it any more, as it is now.
fn told_why(
    difference: &Difference,
    pairs: &Pairs,
    [old, new]: [&Half<'_>; 2],
    [before, after]: [&dyn EventView; 2],
) -> Option<String> {
    let is_new = matches!(difference.kind, Kind::NewlyDropped | Kind::ByAnother | Kind::AlertGained | Kind::TagGained);
    let at = if is_new { difference.new } else { difference.old.or(difference.new) };
    let pair = pairs.all.get(at?)?;
    let (half, rule, view) = match (pair.new, pair.old) {
        (Some(rule), _) => (new, rule, after),
        (None, Some(rule)) => (old, rule, before),
        (None, None) => return None,
    };
    // What alerts remember has gone on; filters remember nothing.
    let filter = matches!(difference.kind, Kind::NewlyDropped | Kind::NewlyKept | Kind::ByAnother);
    if !filter && half.side.module().stamp.is_some() {
        return None;
    }
    let program = half.side.program.as_ref()?;
    let explanation = explain(program, &half.side.prepared, RuleId(rule), view, None)?;
    Some(if half.side.drawn { lines_of_blocks(&explanation) } else { lines(&explanation) })
}

impl Sink for Differ<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let Some(mut reader) = self.reader.take() else {
            let joined = std::mem::take(&mut self.joined);
            self.both(&record, &Relaid::new(record.view, &joined));
            self.joined = joined;
            return ControlFlow::Continue(());
        };
        let file = record.place.file.clone();
        let mut again = Again { differ: self, record: &record, done: false };
        if let Some(frame) = carry::one(&record) {
            reader.again(&file, &frame, &mut again);
        }
        if !again.done {
            let (file, number) = (record.place.file, record.place.number);
            let message = format!("{file}:{number}: it cannot be read as the agent of the new rules sends it; skipped");
            self.old.counts.damaged += 1;
            self.new.counts.damaged += 1;
            self.notices.tell(&format!("warning[{}]: {message}", Code::DamagedRecord));
        }
        self.reader = Some(reader);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.old.counts.damaged += 1;
        self.new.counts.damaged += 1;
        self.notices.damaged(&damaged);
    }
}

impl source::Taker for Differ<'_> {}

/// Takes the event as the other agent sends it.
struct Again<'d, 'p, 'r, 'e> {
    differ: &'d mut Differ<'p>,
    record: &'r Record<'e>,
    done: bool,
}

impl Sink for Again<'_, '_, '_, '_> {
    fn event(&mut self, again: Record<'_>) -> ControlFlow<()> {
        self.done = true;
        self.differ.both(self.record, again.view);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {
        // Who asked sees that nothing came.
        self.done = false;
    }
}
