//! Rules at work: each record is decided, counted, and written where somebody wants to see it.
//!
//! In: a pipeline, and records. Out: the decisions that are to be shown, on standard output in the form that is asked for; counts;
//! what is damaged or failed, on standard error. Never here: where records come from, and when that ends.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

#[cfg(feature = "deliver")]
use super::deliver::Feed;
use super::observed::Observed;
use super::told::{Alert, Counts, Decision, Notice, RuleName, row, rule_name};
use crate::alert::data::Threshold;
use crate::ast::RuleKind;
use crate::bytecode::Module;
#[cfg(feature = "deliver")]
use crate::cli::Failure;
use crate::cli::args::{RunFormat, Show};
use crate::cli::{report, source, style, table};
use crate::diagnostic::Code;
use crate::event::Value;
use crate::event::read::{Damaged, Record, Sink};
use crate::pipeline::{Pipeline, agents_text};
#[cfg(feature = "watch")]
use crate::vm::Closing;
use crate::vm::{Contexts, Effect, Outcome};

/// Standard output.
pub(in crate::cli) type Out = style::Output<std::io::BufWriter<std::io::StdoutLock<'static>>>;

/// What is shown, and how.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Shown {
    pub(in crate::cli) show: Vec<Show>,
    pub(in crate::cli) format: RunFormat,
    /// Rows say which file a record is of.
    pub(in crate::cli) files: bool,
}

pub(in crate::cli) struct Runner<'p> {
    pipeline: Pipeline<'p>,
    module: &'p Module,
    how: Shown,
    pub(in crate::cli) out: Out,
    /// Rows of the table that are not written yet.
    rows: Vec<Vec<String>>,
    pub(in crate::cli) shown: u64,
    pub(in crate::cli) counts: Counts,
    /// Per rule: on how many events it did something.
    pub(in crate::cli) acted: Vec<u64>,
    /// Per rule: how many alerts it raised.
    pub(in crate::cli) raised: Vec<u64>,
    /// Per rule: on how many events it could not be decided, and why.
    pub(in crate::cli) cannot: Vec<(u64, &'static str)>,
    pub(in crate::cli) observed: Observed,
    pub(in crate::cli) notices: report::Notices,
    pub(in crate::cli) failed: Option<std::io::Error>,
    /// Where alerts go.
    #[cfg(feature = "deliver")]
    pub(in crate::cli) feed: Option<Feed>,
    /// What was read could not be kept.
    #[cfg(feature = "deliver")]
    stopped: Option<Failure>,
}

impl Sink for Runner<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        #[cfg(feature = "deliver")]
        if self.feed.as_mut().is_some_and(Feed::was_read) {
            return ControlFlow::Continue(());
        }
        self.pipeline.decide(record.view);
        if self.pipeline.outcome().damaged() {
            self.counts.damaged += 1;
            self.notices.tell(&format!(
                "warning[{}]: {}:{}: a value that was read is malformed; skipped",
                Code::DamagedRecord,
                record.place.file,
                record.place.number
            ));
            return ControlFlow::Continue(());
        }
        self.count(&record);
        if self.is_shown()
            && let Err(error) = self.write(&record)
        {
            self.failed = Some(error);
            return ControlFlow::Break(());
        }
        #[cfg(feature = "deliver")]
        if let Some(feed) = &mut self.feed
            && let Err(failure) = feed.event(&self.pipeline, self.module, &record)
        {
            self.stopped = Some(failure);
            return ControlFlow::Break(());
        }
        if self.out.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        #[cfg(feature = "deliver")]
        if self.feed.as_mut().is_some_and(Feed::was_read) {
            return;
        }
        self.counts.damaged += 1;
        self.notices.damaged(&damaged);
    }
}

impl<'p> Runner<'p> {
    /// With nothing counted yet.
    pub(in crate::cli) fn new(
        pipeline: Pipeline<'p>,
        module: &'p Module,
        how: Shown,
        observed: Observed,
        out: Out,
    ) -> Self {
        let rules = module.rules.len();
        Self {
            pipeline,
            module,
            how,
            out,
            rows: Vec::new(),
            shown: 0,
            counts: Counts::default(),
            acted: vec![0; rules],
            raised: vec![0; rules],
            cannot: vec![(0, ""); rules],
            observed,
            notices: report::Notices::default(),
            failed: None,
            #[cfg(feature = "deliver")]
            feed: None,
            #[cfg(feature = "deliver")]
            stopped: None,
        }
    }

    /// Keeps the last of what is delivered, and hands it over; or says why something could not be kept.
    #[cfg(feature = "deliver")]
    pub(in crate::cli) fn delivered(&mut self) -> Result<Option<Feed>, Failure> {
        if let Some(failure) = self.stopped.take() {
            return Err(failure);
        }
        let Some(mut feed) = self.feed.take() else { return Ok(None) };
        feed.end(&mut self.pipeline, self.module)?;
        Ok(Some(feed))
    }

    /// What was decided last, and by what.
    #[cfg(all(feature = "deliver", feature = "watch"))]
    pub(in crate::cli) fn pipeline(&self) -> &Pipeline<'p> {
        &self.pipeline
    }

    /// Ends the periods of quiet alerts that are over at this time, in nanoseconds since 1970.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn close_until(&mut self, time: i64) -> Vec<Closing> {
        self.pipeline.contexts_mut().close_until(time)
    }

    /// What alerts remember.
    pub(in crate::cli) fn contexts(&self) -> &Contexts {
        self.pipeline.contexts()
    }

    /// The program ends: the memory of what alerts remember goes with it, which is quicker than giving it back key by key.
    pub(in crate::cli) fn leave_contexts(&mut self) {
        std::mem::forget(std::mem::replace(self.pipeline.contexts_mut(), Contexts::new(&[], 0)));
    }

    /// Goes on with what alerts remembered before.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn resume(&mut self, contexts: Contexts) {
        self.pipeline.resume(contexts);
    }

    /// The rules that are at work.
    pub(in crate::cli) fn module(&self) -> &'p Module {
        self.module
    }

    fn count(&mut self, record: &Record<'_>) {
        let outcome = self.pipeline.outcome();
        let counts = &mut self.counts;
        counts.events += 1;
        counts.bytes += record.bytes;
        match outcome.dropped_by {
            Some(rule) => {
                counts.dropped += 1;
                counts.bytes_dropped += record.bytes;
                self.acted[rule as usize] += 1;
            }
            None => counts.kept += 1,
        }
        self.observed.note(record.view, outcome.dropped_by.is_some());
        let mut last = None;
        let mut alerts = 0;
        for effect in outcome.effects.iter() {
            let rule = effect.rule();
            if last != Some(rule) && outcome.dropped_by != Some(rule) {
                self.acted[rule as usize] += 1;
            }
            last = Some(rule);
            if let Effect::Send { quiet, .. } = effect {
                alerts += u64::from(!quiet);
                counts.quiet += u64::from(*quiet);
                self.raised[rule as usize] += u64::from(!quiet);
            }
        }
        counts.alerts += alerts;
        counts.failed += u64::from(!outcome.failures.is_empty());
        counts.undecidable += u64::from(!outcome.undecidable.is_empty());
        // A rule's tests stand together; several of them are one event.
        let mut last = None;
        for (rule, _, why) in &outcome.undecidable {
            let entry = &mut self.cannot[*rule as usize];
            *entry = (entry.0 + u64::from(last != Some(*rule)), why);
            last = Some(*rule);
        }
        let notices: Vec<String> = outcome
            .failures
            .iter()
            .map(|failure| {
                let rule = &self.module.rules[failure.rule as usize];
                let what = if rule.kind == RuleKind::Alert { "was not evaluated" } else { "changed nothing" };
                format!(
                    "warning[{}]: {}:{}: the {} \"{}\" {what}: {}",
                    Code::ValueTooLarge,
                    record.place.file,
                    record.place.number,
                    rule.kind.word(),
                    rule.name,
                    failure.fault.text()
                )
            })
            .collect();
        notices.iter().for_each(|notice| self.notices.tell(notice));
    }

    fn is_shown(&self) -> bool {
        let outcome = self.pipeline.outcome();
        let dropped = outcome.dropped_by.is_some();
        self.how.show.iter().any(|show| match show {
            Show::Dropped => dropped,
            Show::Kept => !dropped,
            Show::Tagged => !outcome.effects.tags(self.module).is_empty(),
            Show::Alerts => outcome.effects.iter().any(|effect| matches!(effect, Effect::Send { quiet: false, .. })),
            Show::All => true,
            Show::None => false,
        })
    }

    fn rule(&self, index: u32) -> RuleName<'p> {
        rule_name(self.module, index)
    }

    fn write(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        if self.how.format == RunFormat::Msg {
            self.shown += 1;
            return match self.pipeline.stored(record.view, agents_text(record)) {
                Ok(stored) => {
                    serde_json::to_writer(&mut self.out, &Value::Map(stored)).map_err(std::io::Error::from)?;
                    self.out.write_all(b"\n")
                }
                Err(damage) => {
                    self.counts.damaged += 1;
                    let (file, number) = (record.place.file, record.place.number);
                    self.notices
                        .tell(&format!("warning[{}]: {file}:{number}: {damage}; not stored", Code::DamagedRecord));
                    Ok(())
                }
            };
        }
        let decision = self.decision(record);
        match self.how.format {
            RunFormat::Table => {
                let row = row(&decision, &source::place(&record.place, self.how.files));
                self.rows.push(row);
                // A table in pieces keeps memory flat; its columns are as wide as each piece needs.
                if self.rows.len() >= 1000 {
                    self.flush_table()?;
                }
            }
            RunFormat::Ndjson => {
                let line = serde_json::to_string(&decision).map_err(std::io::Error::other)?;
                writeln!(self.out, "{line}")?;
            }
            // Written above.
            RunFormat::Msg => {}
            RunFormat::Json => {
                let line = serde_json::to_string(&decision).map_err(std::io::Error::other)?;
                self.out.write_all(if self.shown == 0 { b"\n" } else { b",\n" })?;
                self.out.write_all(line.as_bytes())?;
            }
        }
        self.shown += 1;
        Ok(())
    }

    fn decision<'d>(&self, record: &Record<'d>) -> Decision<'d>
    where
        'p: 'd,
    {
        let (module, outcome): (&'p Module, &Outcome) = (self.module, self.pipeline.outcome());
        let who = self.pipeline.who(record.view);
        let mut decision = Decision {
            file: record.place.file,
            record: record.place.number,
            time: who.time,
            host: who.host,
            event_id: who.event_id,
            event: who.event,
            decision: if outcome.dropped_by.is_some() { "dropped" } else { "kept" },
            rule: outcome.dropped_by.map(|rule| self.rule(rule)),
            agent_tags: outcome.effects.agent_tags(module),
            tags: outcome.effects.tags(module),
            tagged_by: BTreeMap::new(),
            removed: Vec::new(),
            set: serde_json::Map::new(),
            alerts: Vec::new(),
            failed: Vec::new(),
            undecidable: Vec::new(),
        };
        for effect in outcome.effects.iter() {
            match effect {
                Effect::Send { rule, send, fired, quiet } => {
                    let fired = fired.and_then(|fired| outcome.fired.get(fired as usize));
                    let send = &module.sends[*send as usize];
                    decision.alerts.push(Alert {
                        rule: self.rule(*rule),
                        via: &send.via,
                        template: send.template.as_deref(),
                        to: &send.to,
                        quiet: *quiet,
                        threshold: fired.and_then(|fired| Threshold::of(module, fired)),
                    });
                }
                Effect::Remove { removal, .. } => {
                    let removal = &module.removals[*removal as usize];
                    decision.removed.extend(removal.paths.iter().map(String::as_str));
                    // What was set before is not there any more.
                    for field in removal.slots.iter().filter_map(|slot| module.layout.get(*slot)) {
                        decision.set.remove(&field.name);
                    }
                }
                Effect::Set { slot, value, .. } => {
                    let name = module.layout.get(*slot).map(|field| field.name.clone()).unwrap_or_default();
                    decision.set.insert(name, serde_json::to_value(value).unwrap_or_default());
                }
                Effect::Tag { rule, text, kind } => {
                    let tag = module.texts.get(*text as usize).map_or("", String::as_str);
                    if *kind != RuleKind::Filter && decision.tags.contains(&tag) {
                        decision.tagged_by.insert(tag, self.rule(*rule).name);
                    }
                }
                Effect::Name { .. } | Effect::Untag { .. } => {}
            }
        }
        let site = |site: u32| module.sites.get(site as usize).map(|site| site.text.as_str());
        decision.failed.extend(outcome.failures.iter().map(|f| Notice {
            rule: self.rule(f.rule),
            test: site(f.site),
            why: f.fault.text(),
        }));
        decision.undecidable.extend(outcome.undecidable.iter().map(|(rule, at, why)| Notice {
            rule: self.rule(*rule),
            test: site(*at),
            why,
        }));
        decision
    }

    /// Writes the rows that wait.
    pub(in crate::cli) fn flush_table(&mut self) -> std::io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let text = table::columns(&["RECORD", "TIME", "HOST", "EVENT", "DECISION", "BY"], &self.rows);
        self.rows.clear();
        self.out.write_all(text.as_bytes())
    }
}
