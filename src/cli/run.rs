//! `blocksieve run`: rules over events.
//!
//! In: rules or a module, and events. Out: the decisions that `--show` selects on standard output, in the order of the
//! input; counts, damaged records and operator notices on standard error. The same bytes on every run. Never here: what a
//! decision is, which `vm/` says; how it is told, which is `run/told.rs`; what filters on endpoints said, which is `run/observed.rs`; how alerts
//! get out, which is `run/deliver.rs`.

#[cfg(feature = "deliver")]
mod deliver;
mod observed;
mod told;

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use super::args::{RunArgs, RunFormat, Show};
use super::load::{self, Rules};
use super::style::{self, Style};
use super::{Exit, Failure, report, source, table};
use crate::ast::RuleKind;
use crate::bytecode::{self, Module};
use crate::diagnostic::Code;
use crate::event::Value;
use crate::event::read::{Damaged, Record, Sink};
use crate::pipeline::{Pipeline, agents_text};
use crate::sysmon::Catalogue;
#[cfg(feature = "deliver")]
pub(super) use deliver::DeliverArgs;
use observed::Observed;
use told::{Alert, Counts, Decision, Notice, RuleCount, RuleName, row, rule_name, summary};

use crate::vm::{Effect, Options, Outcome, Prepared};

pub(super) fn run(args: &RunArgs, style: Style) -> Result<Exit, Failure> {
    let (module, project) = match load::rules_for(&args.rules.rules, args.agent.as_deref())? {
        Rules::Module(module) => (*module, None),
        Rules::Sources(checked) => {
            report::need_clean(&checked.diagnostics, &checked.sources, style)?;
            (bytecode::compile(&checked.program, &checked.sources), checked.project)
        }
    };
    #[cfg(not(feature = "deliver"))]
    drop(project);
    let prepared = Prepared::new(module).map_err(|invalid| Failure {
        message: format!("[{}] {invalid}", Code::ModuleInvalid),
        help: "compile the rules again".to_string(),
        exit: Exit::Unusable,
    })?;
    let catalogue = Catalogue::standard();
    let options = Options { until: args.until.map(super::args::Stage::kind), ..Options::default() };
    let pipeline = Pipeline::new(&prepared, &catalogue, options)
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
    let (feed, show) = deliver::prepare(args, project.as_ref(), prepared.module(), show, style)?;
    let mut runner = Runner {
        pipeline,
        module: prepared.module(),
        show,
        files: source::several(&args.events),
        format,
        out: style::stdout(),
        rows: Vec::new(),
        shown: 0,
        counts: Counts::default(),
        acted: vec![0; prepared.module().rules.len()],
        cannot: vec![(0, ""); prepared.module().rules.len()],
        observed,
        notices: report::Notices::default(),
        failed: None,
        #[cfg(feature = "deliver")]
        feed,
        #[cfg(feature = "deliver")]
        stopped: None,
    };
    if format == RunFormat::Json {
        runner.out.write_all(b"{\"decisions\":[")?;
    }
    let agent = prepared.module().agent;
    let reading = source::Reading { layout: &layout, agent, strict: args.strict };
    let totals = source::read_all(&args.events, reading, &mut runner, style)?;
    if let Some(error) = runner.failed.take() {
        return Err(error.into());
    }
    #[cfg(feature = "deliver")]
    let (feed, stopped) = (runner.feed.take(), runner.stopped.take());
    let exit = runner.finish(args, &totals)?;
    #[cfg(feature = "deliver")]
    let exit = match (feed, stopped) {
        (_, Some(failure)) => return Err(failure),
        (Some(feed), None) => exit.worst(feed.finish(args.quiet)?),
        (None, None) => exit,
    };
    Ok(exit)
}

struct Runner<'p> {
    pipeline: Pipeline<'p>,
    module: &'p Module,
    show: Vec<Show>,
    /// Rows say which file a record is of.
    files: bool,
    format: RunFormat,
    out: style::Output<std::io::BufWriter<std::io::StdoutLock<'static>>>,
    /// Rows of the table that are not written yet.
    rows: Vec<Vec<String>>,
    shown: u64,
    counts: Counts,
    /// Per rule: on how many events it did something.
    acted: Vec<u64>,
    /// Per rule: on how many events it could not be decided, and why.
    cannot: Vec<(u64, &'static str)>,
    observed: Observed,
    notices: report::Notices,
    failed: Option<std::io::Error>,
    #[cfg(feature = "deliver")]
    feed: Option<deliver::Feed>,
    /// What was read could not be kept.
    #[cfg(feature = "deliver")]
    stopped: Option<Failure>,
}

impl Sink for Runner<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        #[cfg(feature = "deliver")]
        if self.feed.as_mut().is_some_and(deliver::Feed::was_read) {
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
        if self.feed.as_mut().is_some_and(deliver::Feed::was_read) {
            return;
        }
        self.counts.damaged += 1;
        self.notices.damaged(&damaged);
    }
}

impl source::Taker for Runner<'_> {
    #[cfg(feature = "deliver")]
    fn begins(&mut self, file: Option<&std::path::Path>, member: Option<&str>) {
        if let Some(feed) = &mut self.feed {
            feed.begins(file, member);
        }
    }
}

impl<'p> Runner<'p> {
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
            alerts += u64::from(matches!(effect, Effect::Send { .. }));
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
        self.show.iter().any(|show| match show {
            Show::Dropped => dropped,
            Show::Kept => !dropped,
            Show::Tagged => !outcome.effects.tags(self.module).is_empty(),
            Show::Alerts => outcome.effects.iter().any(|effect| matches!(effect, Effect::Send { .. })),
            Show::All => true,
            Show::None => false,
        })
    }

    fn rule(&self, index: u32) -> RuleName<'p> {
        rule_name(self.module, index)
    }

    fn write(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        if self.format == RunFormat::Msg {
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
        match self.format {
            RunFormat::Table => {
                let row = row(&decision, &source::place(&record.place, self.files));
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
                Effect::Send { rule, send } => {
                    let send = &module.sends[*send as usize];
                    decision.alerts.push(Alert {
                        rule: self.rule(*rule),
                        via: &send.via,
                        template: send.template.as_deref(),
                        to: &send.to,
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

    fn flush_table(&mut self) -> std::io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let text = table::columns(&["RECORD", "TIME", "HOST", "EVENT", "DECISION", "BY"], &self.rows);
        self.rows.clear();
        self.out.write_all(text.as_bytes())
    }

    fn finish(mut self, args: &RunArgs, totals: &source::Totals) -> Result<Exit, Failure> {
        self.flush_table()?;
        let module = self.module;
        let rules: Vec<RuleCount<'_>> = self
            .acted
            .iter()
            .enumerate()
            .map(|(index, events)| RuleCount { rule: rule_name(module, index as u32), events: *events })
            .collect();
        if self.format == RunFormat::Json {
            let mut summary = serde_json::json!({ "counts": self.counts, "rules": rules });
            if let Some(found) = self.observed.found() {
                summary["observed"] = serde_json::to_value(found).map_err(std::io::Error::other)?;
            }
            self.out.write_all(if self.shown == 0 { b"]" } else { b"\n]" })?;
            let text = serde_json::to_string(&summary).map_err(std::io::Error::other)?;
            writeln!(self.out, ",\"summary\":{text}}}")?;
        }
        self.out.finish()?;
        if !args.quiet {
            let mut told = summary(&self.counts, &rules, &self.cannot, totals);
            let is_known = |name: &str| module.rules.iter().any(|rule| rule.name == name);
            told.extend(self.observed.found().map(|found| found.told(is_known)));
            style::stderr().write_all(told.as_bytes())?;
        }
        let mut exit = totals.exit;
        if self.counts.damaged + self.counts.failed > 0 {
            exit.note(Exit::Partial);
        }
        if args.fail_on_match && self.acted.iter().any(|acted| *acted > 0) {
            exit.note(Exit::Findings);
        }
        Ok(exit)
    }
}
