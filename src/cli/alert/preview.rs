//! `blocksieve alert preview`: what an alert says.
//!
//! In: rules with their project's templates, and events. Out: the message about the first event on which an alert fires, or about the record that is
//! named, even where none does; without events, about one that is made up. Never here: sending; what a template may say.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::alert::{Alert, Decided, Rendered, Template, render};
use crate::ast::RuleKind;
use crate::bytecode::{self, Module, RuleCode};
use crate::cli::compile::put;
use crate::cli::load::{self, Checked};
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure, event, report, source, table};
use crate::diagnostic::Code;
use crate::diagnostic::nearest;
use crate::event::read::{Damaged, Record, RecordPlace, Sink};
use crate::explain::became;
use crate::ir::{Asks, Program};
use crate::pipeline::{Pipeline, agents_text};
use crate::sysmon::Catalogue;
use crate::vm::{Effect, Options, Prepared, Tally};

/// Alerts that are named at once.
const NAMED: usize = 8;

#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    /// Rules as text or Blockly workspaces: a project folder, folders, files, or `-`
    #[arg(required = true, value_name = "RULES")]
    rules: Vec<String>,
    /// Events in any form; with :N behind a file, that record of it [default: a made-up event]
    #[arg(long, short, num_args = 1.., value_name = "FILE[:RECORD]")]
    events: Vec<String>,
    /// Only the alert of this name or id
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Fill in this template of the project [default: the one that the rule names]
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// What to show of it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: PreviewFormat,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// What is shown of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PreviewFormat {
    /// Subject and text
    #[default]
    Text,
    /// The HTML part
    Html,
    /// Subject, text, HTML and the data behind them, as one JSON document
    Json,
}

pub(super) fn run(args: &PreviewArgs, style: Style) -> Result<Exit, Failure> {
    let checked = load::check(&args.rules)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let module = bytecode::compile(&checked.program, &checked.sources);
    let wanted = Wanted::find(args, &module)?;
    let (alert, exit) = if args.events.is_empty() {
        let rule = wanted.0.first().copied().unwrap_or_default();
        let mut sample = Alert::sample_of(&module, rule).unwrap_or_else(Alert::sample);
        sample.send.template = template_of(&module, rule);
        if let [_, _, ..] = wanted.0.as_slice() {
            let names = wanted.names(&module);
            note(&format!(
                "there are {} alerts: {names}; this is of the first, and --rule NAME picks another",
                wanted.0.len()
            ))?;
        }
        note(&format!(
            "no events are named: the event is a made-up sample, which need not be one for the alert \"{}\"; numbers, times and tags are samples too; --events FILE names real ones",
            sample.rule.name
        ))?;
        (sample, Exit::Clean)
    } else {
        match of_events(args, &checked, module, &wanted, style)? {
            Ok(found) => found,
            Err(exit) => return Ok(exit),
        }
    };
    let rendered = render(template(args, &checked, &alert)?.as_ref(), &alert);
    for why in &rendered.failed {
        writeln!(style::stderr(), "warning: {why}")?;
    }
    put(args.output.as_deref(), written(args.format, &rendered)?.as_bytes())?;
    Ok(if rendered.failed.is_empty() { exit } else { exit.worst(Exit::Findings) })
}

fn note(text: &str) -> Result<(), Failure> {
    Ok(writeln!(style::stderr(), "note: {text}")?)
}

/// Which alerts are meant.
struct Wanted(Vec<u32>);

impl Wanted {
    fn find(args: &PreviewArgs, module: &Module) -> Result<Wanted, Failure> {
        let alerts = || (0..).zip(&module.rules).filter(|(_, rule)| rule.kind == RuleKind::Alert);
        let everyone = Wanted(alerts().map(|(index, _)| index).collect());
        if let Some(name) = &args.rule {
            let is = |rule: &RuleCode| rule.name == *name || rule.id.as_ref() == Some(name);
            let same: Vec<u32> = alerts().filter(|(_, rule)| is(rule)).map(|(index, _)| index).collect();
            if !same.is_empty() {
                return Ok(Wanted(same));
            }
            let there = match everyone.names(module) {
                names if names.is_empty() => "there is no alert in these rules".to_string(),
                names => format!("the alerts are {names}"),
            };
            if module.rules.iter().any(is) {
                return Err(Failure::unusable(format!("\"{name}\" is no alert, and says nothing"), there));
            }
            let near = nearest(name, alerts().map(|(_, rule)| rule.name.as_str()));
            let near = near.map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
            return Err(Failure::unusable(format!("there is no alert named \"{name}\""), format!("{near}{there}")));
        }
        if everyone.0.is_empty() {
            return Err(Failure::unusable(
                "there is no alert in these rules",
                "name the project's folder, or the file with the alert",
            ));
        }
        Ok(everyone)
    }

    /// Their names, of many the first.
    fn names(&self, module: &Module) -> String {
        let rules = self.0.iter().filter_map(|index| module.rules.get(*index as usize));
        let mut names: Vec<String> = rules.take(NAMED).map(|rule| format!("\"{}\"", table::safe(&rule.name))).collect();
        if self.0.len() > NAMED {
            names.push(format!("and {} more, which `blocksieve listing RULES` names", self.0.len() - NAMED));
        }
        names.join(", ")
    }
}

/// The template that an alert names.
fn template_of(module: &Module, rule: u32) -> Option<String> {
    let sends = module.sends_of(rule);
    sends.iter().find_map(|send| module.sends.get(*send as usize)?.template.clone())
}

/// The alert about the first event on which one fires, or about the record that is named.
fn of_events(
    args: &PreviewArgs,
    checked: &Checked,
    module: Module,
    wanted: &Wanted,
    style: Style,
) -> Result<Result<(Alert, Exit), Exit>, Failure> {
    let prepared = Prepared::of(load::verified(module)?);
    let catalogue = Catalogue::standard();
    let mut pipeline = Pipeline::new(&prepared, &catalogue, Options::default())
        .map_err(|error| Failure::unusable(error.to_string(), "split them over several projects"))?;
    let layout = pipeline.layout().clone();
    let agent = prepared.module().agent;
    let reader = Reader { program: &checked.program, prepared: &prepared, pipeline: &mut pipeline, wanted };
    if let [one] = args.events.as_slice()
        && let Some(place) = record(one)
    {
        // What alerts remember of the events before it counts too.
        let reader = RefCell::new(reader);
        let passed = |record: &Record<'_>| reader.borrow_mut().pass(record);
        let about = |record: &Record<'_>| reader.borrow_mut().about(record, true);
        let found = match event::find(place, &layout, agent, style, passed, about)? {
            Ok(found) => found,
            Err(exit) => return Ok(Err(exit)),
        };
        let (alert, why) = found.map_err(|why| event::damaged(place, &why))?;
        if let Some(why) = why {
            note(&format!("the alert \"{}\" {why}; this is what it would say", alert.rule.name))?;
        }
        return Ok(Ok((alert, Exit::Clean)));
    }
    let mut first = First { reader, found: None, events: 0, damaged: false, notices: report::Notices::default() };
    let reading = source::Reading { layout: &layout, agent, strict: false, merge: false };
    let totals = source::read_all(&args.events, reading, &mut first, style)?;
    match first.found {
        Some(found) => {
            let exit = if first.damaged { totals.exit.worst(Exit::Partial) } else { totals.exit };
            Ok(Ok((found, exit)))
        }
        None if totals.exit == Exit::Unusable => Ok(Err(totals.exit)),
        None => {
            let events = source::plural(first.events, "event");
            let which = match &args.rule {
                Some(name) => format!("the alert \"{name}\" fires"),
                None => "an alert fires".to_string(),
            };
            Err(Failure {
                message: format!("on none of the {events} {which}"),
                help: "name a record to see what would be said of it: --events FILE:N; `blocksieve explain RULES FILE:N` says why not"
                    .to_string(),
                exit: Exit::Findings,
            })
        }
    }
}

/// `FILE:N`, unless there is a file of that very name.
fn record(text: &str) -> Option<event::EventPlace<'_>> {
    if Path::new(text).exists() { None } else { event::place(text).ok() }
}

/// Decides events.
struct Reader<'r, 'p> {
    program: &'r Program,
    prepared: &'p Prepared,
    pipeline: &'r mut Pipeline<'p>,
    wanted: &'r Wanted,
}

impl Reader<'_, '_> {
    /// A record before the one that is meant.
    fn pass(&mut self, record: &Record<'_>) {
        if self.prepared.module().stamp.is_some() {
            self.pipeline.decide(record.view);
        }
    }

    /// What is said of a record, and if nothing would be sent about it, why not. `anyway`: then what would be said. `Err`: it is damaged, or not asked for.
    fn about(&mut self, record: &Record<'_>, anyway: bool) -> Result<(Alert, Option<String>), String> {
        self.pipeline.decide(record.view);
        let outcome = self.pipeline.outcome();
        if outcome.damaged() {
            return Err("a value that was read is malformed".to_string());
        }
        let send = outcome.effects.iter().find_map(|effect| match effect {
            Effect::Send { rule, send, fired, quiet } if self.wanted.0.contains(rule) => {
                Some((*rule, *send, *fired, *quiet))
            }
            Effect::Send { .. }
            | Effect::Name { .. }
            | Effect::Tag { .. }
            | Effect::Untag { .. }
            | Effect::Set { .. }
            | Effect::Remove { .. } => None,
        });
        let module = self.prepared.module();
        // An alert that counted the event was nearer to firing than one that passed it over.
        let tally = outcome.tallies.iter().rev().find(|tally| self.wanted.0.contains(&tally.rule) && !tally.fires);
        let why = match (send, outcome.dropped_by) {
            (Some((.., true)), _) => Some(quiet_since(module, send.map(|(rule, ..)| rule))),
            (Some((.., false)), _) => None,
            (None, _) if !anyway => return Err(String::new()),
            (None, Some(by)) => {
                let name = module.rules.get(by as usize).map_or("?", |rule| rule.name.as_str());
                Some(format!("does not fire on this event: the filter \"{name}\" drops it"))
            }
            (None, None) => {
                let counted = tally.and_then(|tally| so_far(module, tally));
                let why = counted.unwrap_or_else(|| "its conditions do not hold".to_string());
                Some(format!("does not fire on this event: {why}"))
            }
        };
        let text = agents_text(record);
        let stored = self.pipeline.stored(record.view, text).map_err(|damage| damage.to_string())?;
        let who = self.pipeline.who(record.view);
        let decided = Decided {
            module,
            outcome,
            who: &who,
            file: record.place.file,
            record: record.place.number,
            stored: &stored,
        };
        let near = tally.map(|tally| tally.rule).or(self.wanted.0.first().copied());
        let rule = send.map(|(rule, ..)| rule).or(near).unwrap_or_default();
        let mut alert = Alert::of(&decided, rule, send.map(|(_, send, ..)| send)).ok_or("there is no such rule")?;
        alert.count(module, send.and_then(|(_, _, fired, _)| outcome.fired.get(fired? as usize)));
        if send.is_none() {
            alert.send.template = template_of(module, rule);
        }
        if let Ok(became) = became(self.program, self.prepared, record.view, text, None) {
            alert.explain(&became.tags);
        }
        Ok((alert, why))
    }
}

/// How much of what a `when` waits for there is, where that is not enough or was told already.
fn so_far(module: &Module, tally: &Tally) -> Option<String> {
    let context = module.contexts.get(tally.context as usize)?;
    let least = match &context.asks {
        Asks::Events(least) | Asks::Distinct(least, _) => u64::from(*least),
        Asks::Steps { count, .. } => u64::from(*count),
        // What is remembered is waited for by nobody.
        Asks::Mark => return None,
    };
    let (count, text) = (tally.count, &context.text);
    Some(if count < least {
        format!("{count} of {least} so far, of `when {text}`")
    } else {
        format!("it fired before in this window of `when {text}`, in which there are {count} now")
    })
}

/// Why an alert that fires is not sent.
fn quiet_since(module: &Module, rule: Option<u32>) -> String {
    let quiet = rule.and_then(|rule| module.rules.get(rule as usize)?.quiet.as_ref());
    let fields: Vec<&str> = quiet.iter().flat_map(|quiet| &quiet.by).map(|field| field.name.as_str()).collect();
    let of = if fields.is_empty() { String::new() } else { format!(" by {}", fields.join(", ")) };
    format!("fires on this event and would stay quiet, as the same{of} was sent shortly before")
}

/// Looks for the first event on which an alert fires.
struct First<'r, 'p> {
    reader: Reader<'r, 'p>,
    found: Option<Alert>,
    events: u64,
    /// A value of an event could not be read.
    damaged: bool,
    notices: report::Notices,
}

impl Sink for First<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.events += 1;
        match self.reader.about(&record, false) {
            Ok((alert, _)) => {
                self.found = Some(alert);
                ControlFlow::Break(())
            }
            Err(why) => {
                // Nothing is to be said of an event on which none fires.
                if !why.is_empty() {
                    self.damaged = true;
                    let RecordPlace { file, number, .. } = record.place;
                    self.notices.tell(&format!("warning[{}]: {file}:{number}: {why}; skipped", Code::DamagedRecord));
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.notices.damaged(&damaged);
    }
}

impl source::Taker for First<'_, '_> {}

/// The template to fill in.
fn template<'c>(args: &PreviewArgs, checked: &'c Checked, alert: &Alert) -> Result<Cow<'c, Template>, Failure> {
    let Some(name) = args.template.as_ref().or(alert.send.template.as_ref()) else {
        note("the rule names no template: this is what is sent without one")?;
        return Ok(Cow::Owned(Template::plain()));
    };
    if let Some(found) = checked.templates.iter().find(|template| template.name() == name) {
        return Ok(Cow::Borrowed(found));
    }
    if checked.project.is_none() && args.template.is_none() {
        note(&format!("there is no project that has the template \"{name}\": this is what is sent without one"))?;
        return Ok(Cow::Owned(Template::plain()));
    }
    let registry = checked.project.as_ref().map(|project| &project.registry.templates);
    if registry.is_some_and(|templates| templates.values().any(|own| own == name)) {
        note(&format!("only the log manager has the template \"{name}\": this is what is sent without one"))?;
        return Ok(Cow::Owned(Template::plain()));
    }
    let names: Vec<&str> = checked.templates.iter().map(Template::name).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if names.is_empty() => {
            "name templates in blocksieve.toml: [templates.NAME] with subject and text".to_string()
        }
        None => format!("it has {}", names.join(", ")),
    };
    Err(Failure::unusable(format!("the project has no template \"{name}\""), help))
}

fn written(format: PreviewFormat, rendered: &Rendered) -> Result<String, Failure> {
    match format {
        PreviewFormat::Text => {
            Ok(format!("Subject: {}\n\n{}\n", rendered.subject, rendered.text.trim_end_matches('\n')))
        }
        PreviewFormat::Html => rendered.html.clone().ok_or_else(|| {
            Failure::unusable(
                "the template has no HTML",
                "leave --format out, or give the template a file `html` in blocksieve.toml",
            )
        }),
        PreviewFormat::Json => {
            let text = serde_json::to_string_pretty(rendered).map_err(std::io::Error::other)?;
            Ok(crate::diagnostic::render::ascii_json(text) + "\n")
        }
    }
}
