//! Alerts on their way out: what `run --deliver` and `watch --deliver` share.
//!
//! In: `[deliver]` of the project, its templates, a state file, events with what rules decided. Out: messages in the outbox, in one transaction
//! with how far inputs were read and what alerts remember; messages that are sent meanwhile and at the end; what came of them, for standard
//! error. Never here: how they are sent and when again, which `crate::deliver` says; where events come from.
//!
//! | when | what is kept |
//! | --- | --- |
//! | 500 events or 100 messages came, and keeping the last ones took less than a tenth of the time since | positions, what alerts remember, messages |
//! | the input ends | the same |
//!
//! What was not kept when the program is killed is read again, and gives the same messages under the same ids.

mod heard;
mod targets;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::alert::outbox;
use super::run::remembered::{self, Restored};
use super::source::plural;
#[cfg(feature = "watch")]
use super::watch::Way;
use super::{Exit, Failure, load, project, style, table};
use crate::alert::{Alert, Decided, Template};
use crate::bytecode::Module;
use crate::deliver::courier::lanes;
use crate::deliver::file::FileTarget;
use crate::deliver::lane::Lane;
use crate::deliver::outbox::{State, Which};
use crate::deliver::secret::NoSecret;
use crate::deliver::{Batch, Channel, Courier, Delivery, Identity, Message, Store, compose, now, shown};
use crate::diagnostic::Code;
use crate::event::read::Record;
use crate::event::{Value, write};
use crate::follow::Positions;
use crate::pipeline::{Pipeline, agents_text};
use crate::vm::{Closing, Contexts, Effect, Owed};
use heard::Heard;
#[cfg(feature = "watch")]
pub(in crate::cli) use heard::Line;
use targets::{lines, need_targets, project_of, set_off};

/// Options of delivery.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Delivery")]
pub(in crate::cli) struct DeliverArgs {
    /// Send what alerts ask for, as [deliver] of the project says, and read only what was not read before
    #[arg(long, conflicts_with = "until")]
    pub deliver: bool,
    /// Seconds that are waited at the end for what can be sent
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "deliver")]
    pub deliver_timeout: u64,
}

/// A batch is kept after so many events, or messages.
const EVENTS: u64 = 500;
const MESSAGES: usize = 100;
/// Messages that never wait for a batch.
const MOST: usize = 10_000;
/// Errors that are told one by one.
const TOLD: usize = 10;
const DAY: u64 = 86_400_000;

/// What a project gives to delivery.
#[derive(Debug, Default)]
pub(in crate::cli) struct Project {
    /// Its folder.
    pub folder: Option<PathBuf>,
    /// What it says of delivery.
    pub delivery: Option<Delivery>,
    /// Its templates.
    pub templates: Vec<Template>,
}

impl Project {
    /// The project of rules that were read, or that a compiled module lies in. `checked`: where they were read.
    pub(in crate::cli) fn of(
        paths: &[String],
        checked: Option<(Option<project::Project>, Vec<Template>)>,
        style: style::Style,
    ) -> Result<Project, Failure> {
        let (loaded, templates) = checked.unwrap_or_default();
        if let Some(project) = loaded {
            return Ok(Project { folder: Some(project.folder), delivery: project.delivery, templates });
        }
        let (folder, delivery) = project_of(paths, style)?;
        let templates = match &folder {
            // A module carries no templates: they are the project's.
            Some(folder) => load::templates_of(folder)?,
            None => Vec::new(),
        };
        Ok(Project { folder, delivery, templates })
    }

    /// Does a message of the project go to standard output?
    pub(in crate::cli) fn takes_output(&self) -> bool {
        self.delivery.as_ref().is_some_and(takes_output)
    }
}

fn takes_output(delivery: &Delivery) -> bool {
    delivery.file.as_ref().is_some_and(|file| file.path.is_none())
}

/// Alerts on their way out.
pub(in crate::cli) struct Outgoing {
    store: Store,
    delivery: Delivery,
    templates: Vec<Template>,
    courier: Option<Courier>,
    /// Lanes that may begin only when the results are written: those that write to standard output too.
    later: Vec<Lane>,
    heard: Arc<Heard>,
    messages: Vec<Message>,
    /// How far inputs were read, as it is kept.
    positions: Positions,
    /// Events since the last batch was kept, and whether periods of quiet alerts ended.
    events: u64,
    closed: bool,
    /// When the last batch was kept, and how long that took.
    kept: Instant,
    cost: Duration,
    /// New messages.
    added: u64,
    /// What was kept quiet, and no summary told of yet.
    owed: Owed,
    /// Events are waited for, by a program that ends a period by the clock too.
    watches: bool,
    within: Duration,
    /// The state file is another than the project's own.
    named: bool,
    /// How targets are set up.
    #[cfg(feature = "watch")]
    settings: Vec<String>,
    /// When old ids were forgotten.
    forgot: Instant,
    /// What else it comes to.
    pub exit: Exit,
}

impl Outgoing {
    /// Makes everything ready, so that what is missing is told before anything is read. `every`: all ways of sending of the
    /// project, not only those that the rules use.
    pub(in crate::cli) fn open(
        args: &DeliverArgs,
        state: Option<&Path>,
        module: &Module,
        project: Project,
        every: bool,
    ) -> Result<Outgoing, Failure> {
        let Project { folder, delivery, templates } = project;
        let channels = need_targets(module, delivery.as_ref())?;
        let path = outbox::state_file(state, folder.as_deref())?;
        let Some((delivery, folder)) = delivery.zip(folder) else {
            return Err(nowhere());
        };
        let mut store = Store::open(&path).map_err(outbox::unusable)?;
        if state.is_none() {
            keep_out_of_git(&path);
        }
        // What waited before goes out too, whatever the rules send now.
        let mut wanted = channels;
        for channel in Channel::ALL {
            // Rules that are read anew may send in other ways.
            let may_come = every && delivery.has(channel);
            if !wanted.contains(&channel) && (may_come || store.next(channel).map_err(outbox::unusable)?.is_some()) {
                wanted.push(channel);
            }
        }
        let all = made(&delivery, &wanted, &folder)?;
        let positions = store.positions().map_err(outbox::unusable)?;
        store.forget(now().saturating_sub(delivery.keep_days * DAY)).map_err(outbox::unusable)?;
        let (later, first): (Vec<Lane>, Vec<Lane>) =
            all.into_iter().partition(|lane| lane.channel() == Channel::File && takes_output(&delivery));
        let heard = Arc::new(Heard::default());
        let courier = Courier::start(&store, first, &heard.listener()).map_err(outbox::unusable)?;
        Ok(Outgoing {
            #[cfg(feature = "watch")]
            settings: settings(&delivery, &folder),
            forgot: Instant::now(),
            exit: Exit::Clean,
            store,
            delivery,
            templates,
            courier: Some(courier),
            later,
            heard,
            messages: Vec::new(),
            positions,
            events: 0,
            closed: false,
            kept: Instant::now(),
            cost: Duration::ZERO,
            added: 0,
            owed: Owed::default(),
            watches: every,
            within: Duration::from_secs(args.deliver_timeout),
            named: state.is_some(),
        })
    }

    /// How far inputs were read, when that was kept last.
    pub(in crate::cli) fn positions(&self) -> &Positions {
        &self.positions
    }

    /// What alerts remembered when the state was written last, for the same rules or others.
    pub(in crate::cli) fn remembered(&self, module: &Module) -> Result<Restored, Failure> {
        let bytes = self.store.state().map_err(outbox::unusable)?;
        Ok(bytes.map_or(Restored { contexts: None, told: None }, |bytes| remembered::restore(&bytes, module)))
    }

    /// Takes what was decided for an event.
    pub(in crate::cli) fn event(&mut self, pipeline: &Pipeline<'_>, module: &Module, record: &Record<'_>) {
        self.events += 1;
        let outcome = pipeline.outcome();
        self.closings(&outcome.closed, pipeline.contexts(), module);
        if !outcome.effects.iter().any(|effect| matches!(effect, Effect::Send { quiet: false, .. })) {
            return;
        }
        // What is damaged in a part that no rule read is no reason to lose the alert.
        let stored = pipeline
            .stored(record.view, agents_text(record))
            .unwrap_or_else(|damage| vec![("damaged".to_string(), Value::Text(damage.to_string()))]);
        let who = pipeline.who(record.view);
        let decided = Decided {
            module,
            outcome,
            who: &who,
            file: record.place.file,
            record: record.place.number,
            stored: &stored,
        };
        let bytes = match record.text {
            Some(text) => text.to_vec(),
            None => record
                .view
                .whole()
                .map(|whole| write::json(&Value::Map(whole.into_owned())))
                .unwrap_or_default()
                .into_bytes(),
        };
        self.compose(&Alert::all(&decided), record.place.number, &bytes);
    }

    /// What was kept quiet in periods that are over.
    pub(in crate::cli) fn closings(&mut self, closed: &[Closing], contexts: &Contexts, module: &Module) {
        self.closed |= !closed.is_empty();
        for closing in closed {
            let mut bytes = closing.sent.to_le_bytes().to_vec();
            bytes.extend(contexts.host(closing.host).as_bytes());
            bytes.push(0);
            bytes.extend(&closing.key);
            self.compose(&Alert::closing(module, closing, contexts.host(closing.host)), 0, &bytes);
        }
    }

    /// Messages of alerts; with the record's number and bytes they have the same ids whenever they are made.
    fn compose(&mut self, alerts: &[Alert], record: u64, event: &[u8]) {
        let mut nth: BTreeMap<(&str, Channel), u32> = BTreeMap::new();
        for alert in alerts {
            // Others were refused before anything was read.
            let Some(via) = Channel::parse(&alert.send.via) else { continue };
            let rule = alert.rule.id.as_deref().unwrap_or(&alert.rule.name);
            let count = nth.entry((rule, via)).or_default();
            let id = Identity { rule, via, nth: *count, record, event }.id();
            *count += 1;
            let named = alert.send.template.as_ref();
            let template = named.and_then(|name| self.templates.iter().find(|template| template.name() == name));
            let message = match template {
                Some(template) => compose(id, via, alert, template),
                None => compose(id, via, alert, &Template::plain()),
            };
            self.messages.push(message);
        }
    }

    /// Other rules are at work now, with their templates, and `[deliver]` may say something else; or says why they cannot be. `anew`: targets
    /// are set up anew in any case, and none is left alone any more. Gives whether they were.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn renew(&mut self, module: &Module, project: Project, anew: bool) -> Result<bool, Failure> {
        let Project { folder, delivery, templates } = project;
        need_targets(module, delivery.as_ref())?;
        let Some((delivery, folder)) = delivery.zip(folder) else { return Err(nowhere()) };
        let settings = settings(&delivery, &folder);
        let changed = anew || settings != self.settings || delivery != self.delivery;
        if changed {
            let wanted: Vec<Channel> = Channel::ALL.into_iter().filter(|channel| delivery.has(*channel)).collect();
            let lanes = made(&delivery, &wanted, &folder)?;
            // Who mended something wants to see at once whether it works.
            let now_and_before = Channel::ALL.iter().zip(settings.iter().zip(&self.settings));
            for (channel, _) in now_and_before.filter(|(_, (now, before))| anew || now != before) {
                self.store.set_pause(*channel, None).map_err(outbox::unusable)?;
                self.store.hurry(*channel, now()).map_err(outbox::unusable)?;
            }
            if let Some(courier) = &mut self.courier {
                courier.replace(&self.store, lanes, &self.heard.listener()).map_err(outbox::unusable)?;
                courier.wake();
            }
            (self.delivery, self.settings) = (delivery, settings);
        }
        self.templates = templates;
        Ok(changed)
    }

    /// What people should know since this was asked last.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn lines(&self) -> Vec<Line> {
        self.heard.lines()
    }

    /// What became of the messages, channel by channel: of those that the project has, and those that something waits for.
    #[cfg(feature = "watch")]
    pub(in crate::cli) fn ways(&self) -> Result<Vec<Way>, Failure> {
        let mut ways = Vec::new();
        for channel in Channel::ALL {
            let (sent, failures, fails) = self.heard.of(channel);
            let counts = self.store.counts_of(channel).map_err(outbox::unusable)?;
            if self.delivery.has(channel) || counts.waiting + counts.dead > 0 {
                let (channel, waiting, dead) = (channel.word(), counts.waiting, counts.dead);
                ways.push(Way { channel, sent, failures, fails, waiting, dead });
            }
        }
        Ok(ways)
    }

    /// Is it time to keep what came? `more`: what it costs besides.
    pub(in crate::cli) fn is_due(&self, more: Duration) -> bool {
        let full = self.events >= EVENTS || self.messages.len() >= MESSAGES;
        self.messages.len() >= MOST || full && self.kept.elapsed() >= (self.cost + more) * 10
    }

    /// Keeps how far inputs were read, what alerts remember, and the messages that came of it, in one transaction. `positions`: all that
    /// these sources have; others stay as they are kept.
    pub(in crate::cli) fn keep(
        &mut self,
        (sources, positions): (&[&str], Positions),
        contexts: &Contexts,
        module: &Module,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        self.owed = contexts.owed();
        // Without events nothing is remembered that was not before.
        let changed = self.events > 0 || std::mem::take(&mut self.closed);
        let state = (changed && module.stamp.is_some()).then(|| contexts.save(module));
        let of_these = |name: &str| name.split_once('/').is_some_and(|(source, _)| sources.contains(&source));
        let gone = self.positions.keys().filter(|name| of_these(name) && !positions.contains_key(*name));
        let gone: Vec<String> = gone.cloned().collect();
        let moved = positions.into_iter().filter(|(name, position)| self.positions.get(name) != Some(position));
        let batch = Batch { positions: moved.collect(), gone, state, messages: std::mem::take(&mut self.messages) };
        self.events = 0;
        if !batch.is_empty() {
            self.added += self.store.commit(&batch, now()).map_err(outbox::unusable)? as u64;
            if let Some(courier) = self.courier.as_ref().filter(|_| !batch.messages.is_empty()) {
                courier.wake();
            }
            batch.gone.iter().for_each(|name| drop(self.positions.remove(name)));
            self.positions.extend(batch.positions);
        }
        // Who runs for months forgets as well.
        if self.forgot.elapsed() >= Duration::from_millis(DAY) {
            self.forgot = Instant::now();
            self.store.forget(now().saturating_sub(self.delivery.keep_days * DAY)).map_err(outbox::unusable)?;
        }
        self.kept = Instant::now();
        self.cost = self.kept - begun;
        Ok(())
    }

    /// Sends what can be sent, and says what came of it. Standard output is free by now. `passed`: records that were read before.
    pub(in crate::cli) fn finish(mut self, passed: u64, quiet: bool) -> Result<Exit, Failure> {
        let grace = [
            self.delivery.mail.as_ref().map(|mail| mail.timeout),
            self.delivery.webhook.as_ref().map(|hook| hook.timeout),
        ];
        let grace = grace.into_iter().flatten().max().unwrap_or_default();
        let later = Courier::start(&self.store, std::mem::take(&mut self.later), &self.heard.listener());
        let later = later.map_err(outbox::unusable)?;
        let mut ended = true;
        let started = Instant::now();
        for courier in self.courier.take().into_iter().chain([later]) {
            ended &= courier.finish(self.within.saturating_sub(started.elapsed()), grace).ended;
        }
        let told = self.told(passed, ended)?;
        if !quiet || told.1 != Exit::Clean {
            style::stderr().write_all(told.0.as_bytes())?;
        }
        Ok(told.1.worst(self.exit))
    }

    /// What came of it, for people.
    fn told(&self, passed: u64, ended: bool) -> Result<(String, Exit), Failure> {
        let counts = self.store.counts().map_err(outbox::unusable)?;
        let sent = self.heard.sent();
        let open = counts.waiting + counts.dead;
        let mut out = format!(
            "delivery: {} ({} read before), {sent} sent, {} waiting, {} dead\n",
            plural(self.added, "new message"),
            plural(passed, "record"),
            counts.waiting,
            counts.dead
        );
        // One line for each error, with the number of messages that have it.
        let mut errors: BTreeMap<(Channel, State, String), (u64, Option<u64>)> = BTreeMap::new();
        for listed in self.store.list(&Which::Open).map_err(outbox::unusable)? {
            let error = listed.error.unwrap_or_else(|| "not tried yet".to_string());
            let entry = errors.entry((listed.via, listed.state, error)).or_default();
            entry.0 += 1;
            entry.1 = entry.1.min(listed.next).or(entry.1).or(listed.next);
        }
        let more = errors.len().saturating_sub(TOLD);
        for ((channel, state, error), (count, next)) in errors.into_iter().take(TOLD) {
            let next = next.map(|next| format!(", next at {}", shown(next))).unwrap_or_default();
            out.push_str(&format!("  {}: {count} {}{next}: {}\n", channel.word(), state.word(), table::safe(&error)));
        }
        if more > 0 {
            out.push_str(&format!("  … {more} other errors\n"));
        }
        if !ended {
            out.push_str("  one was still being handed over: it may come twice, under the same id\n");
        }
        for error in self.heard.ended() {
            out.push_str(&format!("  {}\n", table::safe(&error)));
        }
        if let Some(line) = owed(self.owed, self.watches) {
            out.push_str(&line);
        }
        if open > 0 {
            let state = if self.named { format!(" --state {}", self.store.path().display()) } else { String::new() };
            let outbox = |command: &str| format!("`blocksieve alert outbox {command}{state}`");
            out.push_str(&format!("  help: {} shows them", outbox("list")));
            if counts.waiting > 0 {
                out.push_str("; the next run with --deliver sends what waits");
            }
            if counts.dead > 0 {
                out.push_str(&format!("; {} puts the dead in line again", outbox("retry --dead")));
            }
            for channel in Channel::ALL {
                let pause = self.store.pause(channel).map_err(outbox::unusable)?;
                if let Some(pause) = pause.filter(|pause| pause.until > now()) {
                    let (word, until) = (channel.word(), shown(pause.until));
                    out.push_str(&format!(
                        "\n  {word} is left alone until {until}, or until [deliver.{word}] is changed; where it is mended without that, {} ends it",
                        outbox("retry --all")
                    ));
                }
            }
            out.push('\n');
        }
        Ok((out, if open > 0 || !ended { Exit::Partial } else { Exit::Clean }))
    }
}

/// Who reads that nothing waits should know of what is not even a message yet.
fn owed(owed: Owed, watches: bool) -> Option<String> {
    let Owed { periods, alerts } = owed;
    if periods == 0 {
        return None;
    }
    let summed = if periods == 1 { "its summary comes" } else { "their summaries come" };
    let or = if watches { "when `watch` runs past the end" } else { "now with --last" };
    Some(format!(
        "  {} not over, with {} that stayed quiet: {summed} with a later event of the host, or {or}\n",
        plural(periods, "quiet period"),
        plural(alerts, "alert"),
    ))
}

/// Rules that may send, and a project that does not say where to.
fn nowhere() -> Failure {
    Failure::unusable(
        format!("[{}] {} says nothing of delivery", Code::NoDelivery, project::FILE),
        format!("add to it, with your own names:{}", set_off(lines(Channel::File))),
    )
}

/// The ways that are wanted, ready to be used.
fn made(delivery: &Delivery, wanted: &[Channel], folder: &Path) -> Result<Vec<Lane>, Failure> {
    if let Some(file) = delivery.file.as_ref().filter(|_| wanted.contains(&Channel::File)) {
        FileTarget::prepare(file, folder)
            .map_err(|(message, help)| Failure::unusable(format!("[{}] {message}", Code::NoDelivery), help))?;
    }
    lanes(delivery, wanted, folder)
        .map_err(|NoSecret { message, help }| Failure::unusable(format!("[{}] {message}", Code::NoSecret), help))
}

/// How all targets are set up.
#[cfg(feature = "watch")]
fn settings(delivery: &Delivery, folder: &Path) -> Vec<String> {
    Channel::ALL.into_iter().map(|channel| delivery.settings(channel, folder)).collect()
}

/// The folder of the state is nobody's to commit.
fn keep_out_of_git(state: &Path) {
    let file = state.with_file_name(".gitignore");
    if !file.exists() {
        // Only a courtesy.
        let _ = std::fs::write(file, "*\n");
    }
}
