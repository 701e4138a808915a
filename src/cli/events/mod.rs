//! `blocksieve events`: events shown, counted, turned into another form, checked.
//!
//! In: events in any form. Out: on standard output what was asked for, in the order of the input; on standard error what there is, and
//! what is damaged and where. Memory does not grow with the input. The same bytes on every run. Never here: decisions of rules.
//!
//! | asked for | on standard output | where |
//! | --- | --- | --- |
//! | nothing, on a terminal; `--as table` | a row an event: record, time, host, event, its gist | `show.rs` |
//! | nothing, otherwise; `--as winlogbeat` | the agent's event | `event/write` |
//! | `--as flat`, `--as ndjson` | one level of keys; the record as it stands | `event/write` |
//! | `--as msg` | the event as the log manager stores it | `pipeline` |
//! | `--count-by` | a row a value, or combination of values, most first | `count.rs` |
//! | `--check` | a row an input | `check.rs` |
//!
//! What `--where`, `--count-by` and `--project` say is understood in `ask.rs`.
//!
//! With `--where` only events that meet the condition are shown and counted, also in the summary (`summary.rs`). What is shown is read
//! whole, and is damaged if any of it is; else only what the condition and the counts read is looked at. A condition that does not
//! compile ends with status 2.

pub(super) mod ask;
mod check;
mod count;
mod show;
mod summary;
mod tally;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::args::{EventsArgs, EventsForm};
use super::style::{self, Style};
use super::{Exit, Failure, report, source};
use crate::diagnostic::Code;
use crate::event::Form;
use crate::event::json::Damage;
use crate::event::read::{DamageKind, Damaged, ReadError, ReadStats, Record, Sink};
use crate::search::{Answer, Column, Search};
use crate::sysmon::Catalogue;
use ask::Asked;
use check::Check;
use count::Count;
use show::Show;
use summary::Summary;

type Output = style::Output<std::io::BufWriter<std::io::StdoutLock<'static>>>;

pub(super) fn run(args: &EventsArgs, style: Style) -> Result<Exit, Failure> {
    let catalogue = Catalogue::standard();
    let Asked { condition, fields, agent, of_rules } = ask::asked(args, &catalogue, style)?;
    let task = task(args, &fields, &catalogue, style)?;
    let too_many = || Failure::unusable("the condition reads more fields than there are slots", "split it");
    let mut search = Search::new(condition.as_ref(), &fields, &catalogue).ok_or_else(too_many)?;
    let (time, host) = search.slot("@timestamp").zip(search.slot("winlog.computer_name")).ok_or_else(too_many)?;
    let layout = search.layout().clone();
    let reading = source::Reading { layout: &layout, agent, strict: args.check, merge: false };
    let mut viewer = Viewer {
        search,
        summary: Summary::new(time, host),
        task,
        out: style::stdout(),
        limit: args.limit.filter(|_| args.count_by.is_empty()),
        notices: report::Notices::default(),
        failed: None,
        stopped: false,
        stored_alone: true,
    };
    let totals = source::read_all(&args.events, reading, &mut viewer, style)?;
    let Viewer { mut summary, task, mut out, failed, stopped, stored_alone, .. } = viewer;
    if of_rules && !stored_alone {
        let what = "warning: only rules set tags, msg.group and msg.dataset, and none run here";
        writeln!(
            style::stderr(),
            "{what}\n  help: name the project whose classify rules are to run: --project FOLDER"
        )?;
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    let mut exit = totals.exit;
    match task {
        Task::Show(show) => show.finish(&mut out)?,
        Task::Check(check) => check.finish(&mut out)?,
        Task::Count(count) => {
            if count.finish(args.limit, &mut out, &mut summary)? {
                exit.note(Exit::Partial);
            }
        }
    }
    out.finish()?;
    if summary.damaged + summary.failed > 0 {
        exit.note(Exit::Partial);
    }
    if !args.quiet {
        let text = summary.written(&totals, args.condition.is_some(), stopped, &catalogue);
        style::stderr().write_all(text.as_bytes())?;
    }
    Ok(exit)
}

/// What is made of the events.
enum Task<'c> {
    Show(Show<'c>),
    Count(Count<'c>),
    Check(Check),
}

fn task<'c>(args: &EventsArgs, fields: &[Column], catalogue: &'c Catalogue, style: Style) -> Result<Task<'c>, Failure> {
    if fields.is_empty() && !args.check {
        let form = args.form.unwrap_or(if style.stdout_terminal { EventsForm::Table } else { EventsForm::Winlogbeat });
        // A record's number alone is not its place where there may be several files.
        let one = matches!(args.events.as_slice(), [one] if one == "-" || Path::new(one).is_file());
        return Ok(Task::Show(Show::new(form, !one, catalogue)));
    }
    let lines = match args.form {
        Some(EventsForm::Table) => false,
        Some(EventsForm::Ndjson) => true,
        None => !style.stdout_terminal,
        Some(EventsForm::Winlogbeat | EventsForm::Msg | EventsForm::Flat) => {
            let message = "counts and checks are no events: they have no such form";
            return Err(Failure::unusable(message, "write --as table or --as ndjson"));
        }
    };
    if args.check {
        return Ok(Task::Check(Check::new(lines)));
    }
    Ok(Task::Count(Count::new(fields, lines, catalogue)))
}

struct Viewer<'p, 'c> {
    search: Search<'p>,
    summary: Summary,
    task: Task<'c>,
    out: Output,
    /// Events that may still be shown.
    limit: Option<u64>,
    notices: report::Notices,
    failed: Option<std::io::Error>,
    /// The limit was reached.
    stopped: bool,
    /// All events are the log manager's own.
    stored_alone: bool,
}

/// Why an event is not taken.
enum Trouble {
    Damaged(Damage),
    Write(std::io::Error),
}

impl From<Damage> for Trouble {
    fn from(damage: Damage) -> Self {
        Trouble::Damaged(damage)
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Trouble::Write(error)
    }
}

impl Viewer<'_, '_> {
    /// Does the event meet the condition?
    fn fits(&mut self, record: &Record<'_>) -> Result<bool, Damage> {
        let answer = self.search.asks(record.view);
        if let Some(why) = self.search.undecidable() {
            self.summary.undecided(why);
        }
        match answer {
            Answer::Yes => Ok(true),
            Answer::No => Ok(false),
            Answer::Damaged => Err(Damage { at: 0, reason: "a value that was read is malformed" }),
            Answer::Failed(why) => {
                self.summary.failed += 1;
                let (file, number) = (record.place.file, record.place.number);
                let code = Code::ValueTooLarge;
                self.notices.tell(&format!("warning[{code}]: {file}:{number}: the condition was not evaluated: {why}"));
                Ok(false)
            }
        }
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), Trouble> {
        self.stored_alone &= record.form == Form::LogManager;
        let fits = self.fits(record)?;
        if fits {
            match &mut self.task {
                Task::Show(show) => show.event(record, &mut self.out)?,
                Task::Count(count) => count.event(&mut self.search, record)?,
                Task::Check(_) => {}
            }
            self.summary.take(record.view, record.form);
        }
        self.summary.read += 1;
        Ok(())
    }
}

impl Sink for Viewer<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        match self.take(&record) {
            Ok(()) => {}
            Err(Trouble::Write(error)) => {
                self.failed = Some(error);
                return ControlFlow::Break(());
            }
            Err(Trouble::Damaged(damage)) => self.damaged(Damaged {
                file: record.place.file.clone(),
                number: Some(record.place.number),
                offset: record.place.offset + damage.at as u64,
                kind: DamageKind::Record,
                reason: damage.reason.to_string(),
            }),
        }
        self.stopped = self.limit.is_some_and(|limit| self.summary.taken >= limit);
        if self.stopped || self.out.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        if let Task::Check(check) = &mut self.task {
            check.damaged(damaged.kind);
        }
        // Records of a chunk whose sums do not fit are read.
        self.summary.damaged += u64::from(damaged.kind != DamageKind::Sums);
        self.notices.damaged(&damaged);
    }
}

impl source::Taker for Viewer<'_, '_> {
    fn ended(&mut self, input: &str, stats: &ReadStats, error: Option<&ReadError>) {
        if let Task::Check(check) = &mut self.task
            && let Err(error) = check.input(input, stats, error, &mut self.out)
        {
            self.failed.get_or_insert(error);
        }
    }
}
