//! What of files was not read before.
//!
//! In: `--events` arguments, how far files were read. Out: every record that is new goes to a keeper, oldest file first; how far files were read
//! now, each time the keeper has enough. Which file is which, and what of it is new, says `crate::follow`, for `watch` and for this. Never here:
//! waiting for more; rules.
//!
//! Standard input has no position: all of it is read, behind the files.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::{Reading, Taker, Totals, bar, of_forms, plural, read_all, size, tell};
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure};
use crate::diagnostic::Code;
use crate::event::input::{self, Input};
use crate::event::read::{Damaged, EventReader, Record, Sink, known_forms};
use crate::follow::files::{Files, Options};
use crate::follow::{self, Kind, Notice, Polled, Positions, Source};

/// Who takes what was not read before, and keeps how far files were read.
pub(in crate::cli) trait Keeper: Taker {
    /// What comes from here on is of files, or not: then it is of a stream, and nobody says when to keep it.
    fn of_files(&mut self, files: bool);

    /// Is it time to keep what came? `again`: how long it took to come back to the first record that is new.
    fn is_due(&self, again: Duration) -> bool;

    /// Keeps what came, with how far files were read: these are all that are known.
    fn keep(&mut self, positions: Positions) -> Result<(), Failure>;

    /// Has it had enough? Nothing more is read then.
    fn is_over(&self) -> bool;
}

/// One turn: from all files what they have, until the keeper wants to keep it.
struct Turn<'t> {
    keeper: &'t mut dyn Keeper,
    bar: &'t ProgressBar,
    named: &'t dyn Fn(&str) -> bool,
    quiet: bool,
    exit: &'t mut Exit,
    /// Inputs that could not be read, or not to their ends.
    faulty: &'t mut BTreeSet<String>,
    begun: Instant,
    again: Option<Duration>,
}

impl Sink for Turn<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let again = *self.again.get_or_insert_with(|| self.begun.elapsed());
        self.keeper.event(record)?;
        if self.keeper.is_due(again) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.keeper.damaged(damaged);
    }
}

impl follow::Sink for Turn<'_> {
    fn notice(&mut self, notice: Notice) {
        let Notice { kind, input, message, help } = notice;
        let help = help.map_or(String::new(), |help| format!("\n  help: {help}"));
        match kind {
            Kind::Note if self.quiet => {}
            Kind::Note => tell(self.bar, &format!("note: {input}: {message}{help}")),
            Kind::Warning(code) => {
                let (severity, exit) =
                    if (self.named)(&input) { ("error", Exit::Unusable) } else { ("warning", Exit::Partial) };
                tell(self.bar, &format!("{severity}[{code}]: {input}: {message}{help}"));
                self.exit.note(exit);
                self.faulty.insert(input);
            }
        }
    }
}

/// Reads what is new. Gives what was read, and how many records were read before.
pub(in crate::cli) fn read_new(
    arguments: &[String],
    positions: &Positions,
    reading: Reading<'_>,
    keeper: &mut dyn Keeper,
    quiet: bool,
    style: Style,
) -> Result<(Totals, u64), Failure> {
    let (standard, given): (Vec<String>, Vec<String>) = arguments.iter().cloned().partition(|given| given == "-");
    let (mut totals, mut before) = (Totals::default(), 0);
    if !given.is_empty() {
        keeper.of_files(true);
        (totals, before) = files(given, positions, reading, keeper, quiet, style)?;
        keeper.of_files(false);
    }
    if !standard.is_empty() && !keeper.is_over() {
        let more = read_all(&standard, reading, keeper, style)?;
        totals.inputs += more.inputs;
        totals.stats.add(&more.stats);
        totals.exit.note(more.exit);
    }
    Ok((totals, before))
}

fn files(
    given: Vec<String>,
    positions: &Positions,
    reading: Reading<'_>,
    keeper: &mut dyn Keeper,
    quiet: bool,
    style: Style,
) -> Result<(Totals, u64), Failure> {
    let inputs = super::inputs_of(&given)?;
    for input in &inputs {
        if let Input::Member(..) = input {
            return Err(Failure::unusable(
                format!("{}: how far one file of an archive was read cannot be kept", input.name()),
                "name the archive, or leave --deliver out",
            ));
        }
    }
    let bar = bar(style, inputs.iter().map(size).sum());
    let named = |name: &str| given.iter().any(|given| input::shown(given) == name);
    let options = Options {
        given: given.clone(),
        once: true,
        goes_on: true,
        only_new: false,
        still: Duration::ZERO,
        look: Duration::ZERO,
    };
    let mut files = Files::new(options);
    let own = follow::own(files.name(), positions);
    files.restore(&own).map_err(|error| {
        let help = "name another state file with --state FILE; there everything is read anew";
        Failure::unusable(format!("[{}] {error}", Code::StateUnusable), help)
    })?;
    let mut reader = EventReader::new(reading.layout, reading.agent).strict(reading.strict);
    let (mut totals, mut faulty) = (Totals::default(), BTreeSet::new());
    loop {
        let mut turn = Turn {
            keeper: &mut *keeper,
            bar: &bar,
            named: &named,
            quiet,
            exit: &mut totals.exit,
            faulty: &mut faulty,
            begun: Instant::now(),
            again: None,
        };
        let polled = files.poll(&mut reader, &mut turn);
        keeper.keep(follow::named(&files))?;
        files.committed();
        let left: u64 = files.lag().iter().map(|lag| lag.bytes).sum();
        bar.set_position(bar.length().unwrap_or(0).saturating_sub(left));
        if polled == Polled::Ended || keeper.is_over() {
            break;
        }
    }
    bar.finish_and_clear();
    let mut before = 0;
    for file in files.read() {
        before += file.before;
        if faulty.contains(&file.name) {
            continue;
        }
        totals.inputs += 1;
        let named = named(&file.name);
        if named && file.before + file.stats.events + file.stats.damaged + file.stats.too_large + file.rest == 0 {
            tell(&bar, &format!("note: {}: there is no event in it", file.name));
        }
        of_forms(&bar, &mut totals, &file.name, named, &file.stats);
        let nothing = file.before + file.stats.events + file.stats.damaged + file.stats.too_large == 0;
        if file.rest > 0 && nothing && named && !keeper.is_over() {
            let code = Code::UnknownForm;
            tell(
                &bar,
                &format!(
                    "warning[{code}]: {}: nothing in it is a whole record of a known form, as yet\n  help: known are {}",
                    file.name,
                    known_forms()
                ),
            );
            totals.exit.note(Exit::Partial);
        } else if file.rest > 0 && !keeper.is_over() && !quiet {
            let rest = plural(file.rest, "byte");
            tell(
                &bar,
                &format!("note: {}: its last {rest} are no whole record yet, and are read when they are", file.name),
            );
        }
        totals.stats.add(&file.stats);
    }
    if totals.stats.damaged + totals.stats.too_large > 0 {
        totals.exit.note(Exit::Partial);
    }
    style::stderr().flush()?;
    Ok((totals, before))
}
