//! The events of a test, one after the other.
//!
//! In: what a test names: its own events, files with a selection. Out: every event to a taker, in order. A file that is not there or
//! damaged, a selection that takes nothing, a record that is none: findings at their places. Never here: rules.

use std::io::Cursor;
use std::ops::ControlFlow;

use rustc_hash::FxHashSet;

use super::{Bench, forms};
use crate::check::Context;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::read::{Damaged, EventReader, ReadError, Record, Sink};
use crate::event::{Form, Layout};
use crate::origin::Origin;
use crate::search::{self, Answer, Search};
use crate::testing::case::{Case, Given, Named, Sample, Written};
use crate::testing::file::shifted;
use crate::testing::outside::NotRead;
use crate::vm::Prepared;

/// Why the events of a test did not all come.
pub(super) enum Stop {
    /// There are no files here.
    NoFiles,
    /// Something is wrong.
    Found(Vec<Diagnostic>),
}

/// Which events of each sample meet its condition, by their place in the file; `None`: it has none.
pub(super) type Chosen = Vec<Option<FxHashSet<u64>>>;

/// Which event it is.
#[derive(Clone, Debug)]
pub(super) struct At {
    /// Its place in the test, from 0.
    pub(super) index: u64,
    /// For people: `event 2`, `logs/a.ndjson:14`; nothing where there is only one.
    pub(super) label: String,
    /// The same wherever the files lie: `a.ndjson:14`.
    pub(super) short: String,
}

fn fault(origin: Origin, message: impl Into<String>, help: impl Into<String>) -> Stop {
    Stop::Found(vec![Diagnostic::new(Code::BadTest, origin, message).help(help)])
}

impl Bench<'_> {
    /// Asks the conditions of samples.
    pub(super) fn choose(&self, case: &Case) -> Result<Chosen, Stop> {
        let mut chosen = Vec::new();
        for given in &case.given {
            let Given::Sample(sample) = given else { continue };
            chosen.push(match &sample.condition {
                Some(condition) => Some(self.meet(case, sample, condition)?),
                None => None,
            });
        }
        Ok(chosen)
    }

    fn condition(&self, condition: &Named) -> Result<Prepared, Stop> {
        if search::asks_for_rules(&condition.name) {
            let help = "choose by what the event itself says; what rules make of it is what the test expects";
            return Err(fault(
                condition.origin,
                "events are chosen before any rule runs, and this asks for what rules set",
                help,
            ));
        }
        let context = Context {
            catalogue: &self.catalogue,
            agent: self.rules.agent,
            tables: self.outside.tables(),
            templates: None,
            today: None,
        };
        let typed = search::condition("where", &condition.name, &context).map_err(|invalid| {
            fault(condition.origin, invalid.to_string(), "this is a fault of Blocksieve; please report it")
        })?;
        // A field that nobody knows chooses nothing, or everything.
        let wrong = typed.diagnostics.iter().filter(|found| found.is_error() || found.code == Code::UnknownField);
        let wrong: Vec<Diagnostic> = wrong
            .map(|found| {
                let part = found.primary.origin.as_span().and_then(|span| condition.name.get(span.range()));
                let at = part.filter(|part| !part.is_empty()).map(|part| format!(" at `{part}`")).unwrap_or_default();
                let told = Diagnostic::new(
                    Code::BadTest,
                    condition.origin,
                    format!("in this condition{at}: {}", found.message),
                );
                told.help(found.help.clone().unwrap_or_else(|| "write it as in a rule".to_string()))
            })
            .collect();
        match typed.value {
            Some(prepared) if wrong.is_empty() => Ok(prepared),
            Some(_) | None => Err(Stop::Found(wrong)),
        }
    }

    /// The events of a file that meet a condition.
    fn meet(&self, case: &Case, sample: &Sample, condition: &Named) -> Result<FxHashSet<u64>, Stop> {
        let prepared = self.condition(condition)?;
        let Some(mut search) = Search::new(Some(&prepared), &[], &self.catalogue) else {
            return Err(fault(condition.origin, "this condition reads too many fields", "write a shorter one"));
        };
        let layout = search.layout().clone();
        let (mut met, mut wrong) = (FxHashSet::default(), None);
        let mut count = 0;
        self.sample(case, sample, &layout, &mut |record| {
            match search.asks(record.view) {
                Answer::Yes => drop(met.insert(count)),
                Answer::No => {}
                Answer::Damaged => {
                    let (file, number) = (record.place.file, record.place.number);
                    wrong.get_or_insert(format!("{file}:{number} is damaged"));
                }
                Answer::Failed(why) => {
                    let (file, number) = (record.place.file, record.place.number);
                    wrong.get_or_insert(format!("{file}:{number}: {why}"));
                }
            }
            count += 1;
            true
        })?;
        match wrong {
            Some(wrong) => Err(fault(condition.origin, wrong, "take the record out of the file")),
            None if met.is_empty() => {
                let message = format!("none of the {count} events of this file meets this condition");
                Err(fault(
                    condition.origin,
                    message,
                    "a test of no event would pass for ever; `blocksieve events FILE --where` tries a condition",
                ))
            }
            None => Ok(met),
        }
    }

    /// Every event of a test. The layout is that of the views.
    pub(super) fn each(
        &self,
        case: &Case,
        chosen: &Chosen,
        layout: &Layout,
        take: &mut dyn FnMut(&At, &Record<'_>),
    ) -> Result<(), Stop> {
        let single = case.is_single();
        let mut index = 0;
        let mut unknown = Vec::new();
        let mut chosen = chosen.iter();
        for given in &case.given {
            match given {
                Given::Event(written) => {
                    for time in 0..written.times {
                        let short = format!("event {}", index + 1);
                        let label = if single { String::new() } else { short.clone() };
                        let at = At { index, label, short };
                        self.written(written, time, layout, &mut |record| {
                            if time == 0 {
                                unknown.append(&mut self.unknown_names(written, record));
                            }
                            take(&at, record);
                        })?;
                        index += 1;
                    }
                }
                Given::Sample(sample) => {
                    let chosen = chosen.next().and_then(Option::as_ref);
                    let limit = sample.limit.unwrap_or(u64::MAX);
                    let (mut count, mut taken) = (0, 0);
                    let mut missing: Vec<(u64, Origin)> = sample.records.clone().unwrap_or_default();
                    let named: Option<FxHashSet<u64>> =
                        sample.records.as_ref().map(|records| records.iter().map(|(number, _)| *number).collect());
                    self.sample(case, sample, layout, &mut |record| {
                        let number = record.place.number;
                        let here = count;
                        count += 1;
                        missing.retain(|(wanted, _)| *wanted != number);
                        if chosen.is_some_and(|chosen| !chosen.contains(&here))
                            || named.as_ref().is_some_and(|named| !named.contains(&number))
                        {
                            return true;
                        }
                        let file = record.place.file;
                        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
                        let (label, short) = (format!("{file}:{number}"), format!("{name}:{number}"));
                        take(&At { index, label, short }, record);
                        index += 1;
                        taken += 1;
                        taken < limit
                    })?;
                    if let Some((number, origin)) = missing.first().filter(|_| taken < limit) {
                        let help = "name the numbers that `blocksieve run` and `events` show";
                        return Err(fault(*origin, format!("{} has no record {number}", sample.from.name), help));
                    }
                    if taken == 0 {
                        let (message, help) = if count == 0 {
                            (format!("there is no event in {}", sample.from.name), "name another file")
                        } else {
                            let message = format!("none of the {count} events of {} is chosen", sample.from.name);
                            (message, "`where` and `records` choose together; leave one of them out")
                        };
                        return Err(fault(sample.origin, message, help));
                    }
                }
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(Stop::Found(unknown)) }
    }

    /// One event of the test file.
    fn written(
        &self,
        written: &Written,
        time: u64,
        layout: &Layout,
        take: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), Stop> {
        let by = i64::try_from(time).unwrap_or(i64::MAX).saturating_mul(written.every);
        let later = if by > 0 {
            let Some(later) = shifted(&written.text, by) else {
                let help = "write a smaller `times`, or a shorter `every`";
                return Err(fault(
                    written.origin,
                    "the last of these events would come at no time that there is",
                    help,
                ));
            };
            Some(later)
        } else {
            None
        };
        let text = later.as_deref().unwrap_or(&written.text);
        let mut one = One { take, taken: false, is_other: false, wrong: None };
        let mut reader = EventReader::new(layout, self.rules.agent).strict(true);
        let result = reader.read_file(&"event".into(), Cursor::new(text.as_bytes()), &mut one);
        // Of what was written as fields the names say what is missing.
        if one.is_other
            && let Some(forms::Lack { message, help, at }) = forms::lack(&written.names)
        {
            let origin = at.and_then(|at| written.names.get(at)).map_or(written.origin, |named| named.origin);
            return Err(fault(origin, message, help));
        }
        let wrong = match (one.wrong, result) {
            (Some(wrong), _) => wrong,
            (None, Err(ReadError::Form(form))) => form.to_string(),
            (None, Err(ReadError::Io(error))) => error.to_string(),
            (None, Ok(())) if one.taken => return Ok(()),
            (None, Ok(())) => "there is no event in it".to_string(),
        };
        let help = "write it as Winlogbeat sends it: `winlog:` with `provider_name`, `event_id` and `event_data`; or a record \
                    of another form that is known";
        Err(fault(written.origin, wrong, help))
    }

    /// The events of a file, as long as the taker wants more.
    fn sample(
        &self,
        case: &Case,
        sample: &Sample,
        layout: &Layout,
        take: &mut dyn FnMut(&Record<'_>) -> bool,
    ) -> Result<(), Stop> {
        let mut reader = EventReader::new(layout, self.rules.agent).strict(true);
        let mut sink = Sampled { take, over: false, wrong: None };
        let read = self.outside.read(case.origin.source, &sample.from.name, &mut reader, &mut sink);
        match (read, sink.wrong) {
            (Err(NotRead::NoFiles), _) => Err(Stop::NoFiles),
            (Ok(()), Some(wrong)) => {
                let help = "a sample is whole, or nobody knows what is missing from it; take the record out, or stop before it with `limit`";
                Err(fault(sample.from.origin, wrong, help))
            }
            (Err(NotRead::Wrong(message, help)), _) => Err(fault(sample.from.origin, message, help)),
            (Ok(()), None) => Ok(()),
        }
    }
}

/// Takes one record.
struct One<'t> {
    take: &'t mut dyn FnMut(&Record<'_>),
    taken: bool,
    /// Its form is not known.
    is_other: bool,
    wrong: Option<String>,
}

impl Sink for One<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if record.form == Form::Other {
            self.is_other = true;
            self.wrong = Some("this is no event of a form that is known".to_string());
            return ControlFlow::Break(());
        }
        if self.taken {
            self.wrong = Some(
                "these are several events, and here stands one; write the others as a list behind `events:`"
                    .to_string(),
            );
            return ControlFlow::Break(());
        }
        self.taken = true;
        (self.take)(&record);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.wrong.get_or_insert(damaged.reason);
    }
}

/// Takes the records of a file.
struct Sampled<'t> {
    take: &'t mut dyn FnMut(&Record<'_>) -> bool,
    /// No more are wanted.
    over: bool,
    wrong: Option<String>,
}

impl Sink for Sampled<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if self.over {
            return ControlFlow::Break(());
        }
        if record.form == Form::Other {
            let (file, number) = (record.place.file, record.place.number);
            self.wrong.get_or_insert(format!("{file}:{number} is no event of a form that is known"));
            self.over = true;
            return ControlFlow::Break(());
        }
        self.over = !(self.take)(&record);
        if self.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        if !self.over {
            self.wrong.get_or_insert(damaged.to_string());
        }
    }
}
