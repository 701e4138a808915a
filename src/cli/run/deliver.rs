//! `run --deliver`: alerts become messages, and go out.
//!
//! In: `[deliver]` of the project, a state file, events with what rules decided. Out: messages in the outbox, in one transaction with how
//! far each input was read; messages that are sent meanwhile and at the end; what came of them, on standard error. Never here: how they
//! are sent and when again, which `crate::deliver` says.
//!
//! How far an input was read is kept by its path, as the number of its records up to the last event, with a fingerprint:
//!
//! | the file now | what is read |
//! | --- | --- |
//! | begins as it did, and is not shorter | what is behind the records that were read |
//! | begins otherwise, or is shorter | all of it; a record that was read before gives the same id, which is passed over |
//! | standard input | all of it |

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::alert::outbox;
use super::super::args::{RunArgs, Show};
use super::super::source::plural;
use super::super::{Exit, Failure, project, report, style, table};
use crate::ast::RuleSeverity;
use crate::bytecode::{Instr, Module};
use crate::deliver::compose::Alert;
use crate::deliver::config::Delivery;
use crate::deliver::courier::{Listener, Told, lanes};
use crate::deliver::lane::Lane;
use crate::deliver::outbox::{State, Which};
use crate::deliver::{Batch, Channel, Courier, Identity, Store, compose, now, shown};
use crate::diagnostic::Code;
use crate::event::read::Record;
use crate::event::{Value, write};
use crate::ir::Send;
use crate::origin::Sources;
use crate::pipeline::{Pipeline, agents_text};
use crate::vm::Effect;

/// Options of delivery.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Delivery")]
pub(in crate::cli) struct DeliverArgs {
    /// Send what alerts ask for, as [deliver] of the project says, and read only what was not read before
    #[arg(long, conflicts_with = "until")]
    pub deliver: bool,
    /// Where is kept what was read and what is to be sent [default: .blocksieve/state.db of the project]
    #[arg(long, value_name = "FILE", requires = "deliver")]
    pub state: Option<PathBuf>,
    /// Seconds that are waited at the end for what can be sent
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "deliver")]
    pub deliver_timeout: u64,
}

/// A batch is kept after so many events, or messages.
const EVENTS: u64 = 500;
const MESSAGES: usize = 100;
/// Bytes of a file's fingerprint, at most.
const HEAD: u64 = 4096;
/// Errors that are told one by one.
const TOLD: usize = 10;
const DAY: u64 = 86_400_000;

/// How far an input was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Bytes that the fingerprint is of.
    head: u32,
    print: [u8; 16],
    /// Bytes of the file.
    length: u64,
    /// Records up to the last event, damaged ones too.
    records: u64,
}

/// The beginning of a file. That of an EVTX file changes with each record; its first records do not.
fn head(path: &Path) -> std::io::Result<(Vec<u8>, u64)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(HEAD).read_to_end(&mut bytes)?;
    if bytes.starts_with(b"ElfFile\0") {
        const RECORDS: u64 = 4096 + 512;
        bytes.clear();
        file.seek(SeekFrom::Start(RECORDS))?;
        // One small record is enough; behind the last one the chunk may still be filled.
        file.take(128).read_to_end(&mut bytes)?;
    }
    Ok((bytes, length))
}

fn fingerprint(bytes: &[u8]) -> [u8; 16] {
    let mut print = [0; 16];
    print.copy_from_slice(&Sha256::digest(bytes)[..16]);
    print
}

/// The input that is being read.
#[derive(Debug, Default)]
struct Current {
    /// Its name among the positions; none: it has no position.
    key: Option<String>,
    at: Option<Position>,
    /// Records that were read before.
    skip: u64,
    /// Records so far.
    seen: u64,
}

/// What lanes told so far.
#[derive(Default)]
struct Heard {
    sent: AtomicU64,
    ended: Mutex<Vec<String>>,
}

/// Alerts on their way out.
pub(super) struct Feed {
    store: Store,
    delivery: Delivery,
    courier: Option<Courier>,
    /// Lanes that may begin only when the results are written: those that write to standard output too.
    later: Vec<Lane>,
    heard: Arc<Heard>,
    known: BTreeMap<String, Vec<u8>>,
    current: Current,
    batch: Batch,
    /// Events since the last batch was kept.
    events: u64,
    /// Records that were passed over, for they were read before.
    passed: u64,
    /// New messages.
    added: u64,
    within: Duration,
    /// The state file is another than the project's own.
    named: bool,
}

/// Does a message of the project go to standard output?
fn takes_output(delivery: &Delivery) -> bool {
    delivery.file.as_ref().is_some_and(|file| file.path.is_none())
}

/// What `run` delivers by, if it is to deliver, and what it shows: nothing, where messages go to standard output.
pub(super) fn prepare(
    args: &RunArgs,
    loaded: Option<&project::Project>,
    module: &Module,
    show: Vec<Show>,
    style: style::Style,
) -> Result<(Option<Feed>, Vec<Show>), Failure> {
    if !args.delivery.deliver {
        return Ok((None, show));
    }
    let (folder, delivery) = project_of(&args.rules.rules, loaded, style)?;
    let output = delivery.as_ref().is_some_and(takes_output);
    if output && (args.format.is_some() || args.show.iter().any(|show| *show != Show::None)) {
        return Err(Failure::unusable(
            "standard output cannot have both decisions and messages",
            "leave --show and --format out, or name a file in [deliver.file]",
        ));
    }
    let feed = Feed::open(&args.delivery, module, folder.as_deref(), delivery)?;
    Ok((Some(feed), if output { vec![Show::None] } else { show }))
}

/// The project that rules belong to: its folder, and what it says of delivery. `loaded`: where they were read with it.
fn project_of(
    paths: &[String],
    loaded: Option<&project::Project>,
    style: style::Style,
) -> Result<(Option<PathBuf>, Option<Delivery>), Failure> {
    if let Some(project) = loaded {
        return Ok((Some(project.folder.clone()), project.delivery.clone()));
    }
    // A compiled module is part of the project that it lies in, or that it is used in.
    let near = paths.iter().find_map(|path| project::find(Path::new(path))).or_else(|| project::find(Path::new(".")));
    let Some(folder) = near else { return Ok((None, None)) };
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let settings = project::settings(&folder, &mut sources, &mut diagnostics);
    report::need(&diagnostics, &sources, style, "the project file has errors")?;
    Ok((Some(folder), settings.delivery))
}

/// The statements that send: the rule, the place, what is sent.
fn sends(module: &Module) -> Vec<(&str, &str, &Send)> {
    let mut found = Vec::new();
    for rule in &module.rules {
        for at in rule.start..rule.end {
            let Some(Instr::Send(index)) = module.code.get(at as usize) else { continue };
            let place = module.at.get(at as usize).and_then(|place| module.places.get(*place as usize));
            if let Some(send) = module.sends.get(*index as usize) {
                found.push((rule.name.as_str(), place.map_or(rule.place.as_str(), String::as_str), send));
            }
        }
    }
    found
}

/// The lines that a project file needs for a channel.
fn lines(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => {
            "[deliver.mail]\nserver = \"mail.example.org\"\nfrom = \"blocksieve@example.org\"\nto = [\"soc@example.org\"]\nuser = \"blocksieve\"\npassword = { env = \"MAIL_PASSWORD\" }"
        }
        Channel::Webhook => {
            "[deliver.webhook]\nurl = \"https://hooks.example.org/alerts\"\nsecret = { env = \"WEBHOOK_SECRET\" }"
        }
        Channel::File => "[deliver.file]\npath = \"alerts.ndjson\"",
    }
}

/// Lines behind a help, set off from it.
fn set_off(lines: &str) -> String {
    lines.lines().map(|line| if line.is_empty() { "\n".to_string() } else { format!("\n    {line}") }).collect()
}

/// What rules send must have somewhere to go; the channels that they use.
fn need_targets(module: &Module, delivery: Option<&Delivery>) -> Result<Vec<Channel>, Failure> {
    let mut channels: Vec<Channel> = Vec::new();
    let mut missing: BTreeMap<Channel, Vec<String>> = BTreeMap::new();
    let mut nobody = Vec::new();
    for (rule, place, send) in sends(module) {
        let Some(channel) = Channel::parse(&send.via) else {
            let message = format!("[{}] {place}: there is no way of sending called `{}`", Code::NoDelivery, send.via);
            return Err(Failure::unusable(message, "compile the rules again"));
        };
        if !channels.contains(&channel) {
            channels.push(channel);
        }
        match delivery {
            Some(delivery) if delivery.has(channel) => {
                let default = delivery.mail.as_ref().is_some_and(|mail| !mail.to.is_empty());
                if channel == Channel::Mail && send.to.is_empty() && !default {
                    nobody.push(format!("  {place}: the alert {rule:?}"));
                }
            }
            Some(_) | None => {
                missing.entry(channel).or_default().push(format!("  {place}: the alert {rule:?}"));
            }
        }
    }
    let mut told = String::new();
    let mut needed: Vec<&str> = Vec::new();
    for (channel, rules) in &missing {
        let word = channel.word();
        told.push_str(&format!("{} has no [deliver.{word}], and these send by {word}:\n", project::FILE));
        told.push_str(&format!("{}\n", rules.join("\n")));
        needed.push(lines(*channel));
    }
    if !nobody.is_empty() {
        told.push_str(&format!("these send mail to nobody:\n{}\n", nobody.join("\n")));
        if missing.is_empty() {
            needed.push("[deliver.mail]\nto = [\"soc@example.org\"]");
        }
    }
    if told.is_empty() {
        return Ok(channels);
    }
    let help = format!("add to {}, with your own names:{}", project::FILE, set_off(&needed.join("\n\n")));
    Err(Failure::unusable(format!("[{}] {}", Code::NoDelivery, told.trim_end()), help))
}

impl Feed {
    /// Makes everything ready, so that what is missing is told before anything is read.
    fn open(
        args: &DeliverArgs,
        module: &Module,
        folder: Option<&Path>,
        delivery: Option<Delivery>,
    ) -> Result<Feed, Failure> {
        let channels = need_targets(module, delivery.as_ref())?;
        let path = outbox::state_file(args.state.as_deref(), folder)?;
        let Some((delivery, folder)) = delivery.zip(folder) else {
            return Err(Failure::unusable(
                format!("[{}] {} says nothing of delivery", Code::NoDelivery, project::FILE),
                format!("add to it, with your own names:{}", set_off(lines(Channel::File))),
            ));
        };
        let mut store = Store::open(&path).map_err(outbox::unusable)?;
        if args.state.is_none() {
            keep_out_of_git(&path);
        }
        // What waited before goes out too, whatever the rules send now.
        let mut wanted = channels;
        for channel in Channel::ALL {
            if !wanted.contains(&channel) && store.next(channel).map_err(outbox::unusable)?.is_some() {
                wanted.push(channel);
            }
        }
        let all = lanes(&delivery, &wanted, folder)
            .map_err(|why| Failure::unusable(format!("[{}] {}", Code::NoSecret, why.message), why.help))?;
        store.forget(now().saturating_sub(delivery.keep_days * DAY)).map_err(outbox::unusable)?;
        let (later, first): (Vec<Lane>, Vec<Lane>) =
            all.into_iter().partition(|lane| lane.channel() == Channel::File && takes_output(&delivery));
        let heard = Arc::new(Heard::default());
        let courier = Courier::start(&store, first, &listener(&heard)).map_err(outbox::unusable)?;
        Ok(Feed {
            known: store.positions().map_err(outbox::unusable)?,
            store,
            delivery,
            courier: Some(courier),
            later,
            heard,
            current: Current::default(),
            batch: Batch::default(),
            events: 0,
            passed: 0,
            added: 0,
            within: Duration::from_secs(args.deliver_timeout),
            named: args.state.is_some(),
        })
    }

    /// An input begins.
    pub(super) fn begins(&mut self, file: Option<&Path>, member: Option<&str>) {
        self.leave();
        self.current = Current::default();
        let Some(path) = file else { return };
        let (Ok(whole), Ok((head, length))) = (path.canonicalize(), head(path)) else { return };
        let mut key = whole.display().to_string();
        if let Some(member) = member {
            key.push('!');
            key.push_str(member);
        }
        let before: Option<Position> = self.known.get(&key).and_then(|bytes| postcard::from_bytes(bytes).ok());
        let same = before.filter(|before| {
            let begins = head.get(..before.head as usize).is_some_and(|head| fingerprint(head) == before.print);
            begins && length >= before.length
        });
        let skip = same.map_or(0, |before| before.records);
        let at = Position { head: head.len() as u32, print: fingerprint(&head), length, records: skip };
        self.current = Current { key: Some(key), at: Some(at), skip, seen: 0 };
    }

    /// A record comes. Was it read before?
    pub(super) fn was_read(&mut self) -> bool {
        self.current.seen += 1;
        let before = self.current.seen <= self.current.skip;
        self.passed += u64::from(before);
        before
    }

    /// Takes what was decided for an event; keeps a batch now and then.
    pub(super) fn event(
        &mut self,
        pipeline: &Pipeline<'_>,
        module: &Module,
        record: &Record<'_>,
    ) -> Result<(), Failure> {
        let mut nth: BTreeMap<(u32, Channel), u32> = BTreeMap::new();
        let mut stored = None;
        for effect in pipeline.outcome().effects.iter() {
            let Effect::Send { rule, send } = effect else { continue };
            let (Some(code), Some(send)) = (module.rules.get(*rule as usize), module.sends.get(*send as usize)) else {
                continue;
            };
            // Others were refused before anything was read.
            let Some(via) = Channel::parse(&send.via) else { continue };
            let event = stored.get_or_insert_with(|| {
                // What is damaged in a part that no rule read is no reason to lose the alert.
                let stored = pipeline.stored(record.view, agents_text(record)).map_err(|damage| damage.to_string());
                stored.and_then(|stored| serde_json::to_value(Value::Map(stored)).map_err(|error| error.to_string()))
            });
            let event = match event {
                Ok(event) => event.clone(),
                Err(damage) => serde_json::json!({ "damaged": damage }),
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
            let count = nth.entry((*rule, via)).or_default();
            let identity = Identity {
                rule: code.id.as_deref().unwrap_or(&code.name),
                via,
                nth: *count,
                record: record.place.number,
                event: &bytes,
            };
            *count += 1;
            let who = pipeline.who(record.view);
            self.batch.messages.push(compose(&Alert {
                id: &identity.id(),
                rule: &code.name,
                rule_id: code.id.as_deref(),
                severity: code.severity.map(RuleSeverity::word),
                techniques: &code.techniques,
                via,
                template: send.template.as_deref(),
                to: &send.to,
                event: &event,
                time: who.time.as_deref(),
                host: who.host.as_deref(),
            }));
        }
        self.events += 1;
        if let Some(at) = &mut self.current.at {
            at.records = self.current.seen;
        }
        if self.events >= EVENTS || self.batch.messages.len() >= MESSAGES {
            self.keep()?;
        }
        Ok(())
    }

    /// Notes how far the input was read that is left.
    fn leave(&mut self) {
        if let Current { key: Some(key), at: Some(at), .. } = &self.current
            && let Ok(bytes) = postcard::to_allocvec(at)
            && self.known.get(key) != Some(&bytes)
        {
            self.known.insert(key.clone(), bytes.clone());
            self.batch.positions.insert(key.clone(), bytes);
        }
    }

    /// Keeps what was read and what came of it, in one transaction.
    fn keep(&mut self) -> Result<(), Failure> {
        self.leave();
        self.events = 0;
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.added += self.store.commit(&batch, now()).map_err(outbox::unusable)? as u64;
        if let Some(courier) = self.courier.as_ref().filter(|_| !batch.messages.is_empty()) {
            courier.wake();
        }
        Ok(())
    }

    /// Sends what can be sent, and says what came of it. Standard output is free by now.
    pub(super) fn finish(mut self, quiet: bool) -> Result<Exit, Failure> {
        self.keep()?;
        let grace = [
            self.delivery.mail.as_ref().map(|mail| mail.timeout),
            self.delivery.webhook.as_ref().map(|hook| hook.timeout),
        ];
        let grace = grace.into_iter().flatten().max().unwrap_or_default();
        let later = Courier::start(&self.store, std::mem::take(&mut self.later), &listener(&self.heard));
        let later = later.map_err(outbox::unusable)?;
        let mut ended = true;
        let started = std::time::Instant::now();
        for courier in self.courier.take().into_iter().chain([later]) {
            ended &= courier.finish(self.within.saturating_sub(started.elapsed()), grace).ended;
        }
        let told = self.told(ended)?;
        if !quiet || told.1 != Exit::Clean {
            style::stderr().write_all(told.0.as_bytes())?;
        }
        Ok(told.1)
    }

    /// What came of it, for people.
    fn told(&self, ended: bool) -> Result<(String, Exit), Failure> {
        let counts = self.store.counts().map_err(outbox::unusable)?;
        let sent = self.heard.sent.load(Ordering::Relaxed);
        let open = counts.waiting + counts.dead;
        let mut out = format!(
            "delivery: {} ({} read before), {sent} sent, {} waiting, {} dead\n",
            plural(self.added, "new message"),
            plural(self.passed, "record"),
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
        for error in self.heard.ended.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            out.push_str(&format!("  {}\n", table::safe(error)));
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
            out.push('\n');
        }
        Ok((out, if open > 0 || !ended { Exit::Partial } else { Exit::Clean }))
    }
}

fn listener(heard: &Arc<Heard>) -> Listener {
    let heard = Arc::clone(heard);
    Arc::new(move |channel, told| match told {
        Told::Sent => {
            heard.sent.fetch_add(1, Ordering::Relaxed);
        }
        // These are told from the state file at the end.
        Told::Waits(_) | Told::Dead(_) => {}
        Told::Ended(error) => {
            let text = format!("{}: nothing more is sent: {error}", channel.word());
            heard.ended.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
    })
}

/// The folder of the state is nobody's to commit.
fn keep_out_of_git(state: &Path) {
    let file = state.with_file_name(".gitignore");
    if !file.exists() {
        // Only a courtesy.
        let _ = std::fs::write(file, "*\n");
    }
}
