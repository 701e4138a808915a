//! `blocksieve sysmon explain`: which events a configuration would log, by what, and under which name.
//!
//! In: a configuration and events. Out: a row an event, or all that is known of one; then sums: how many would be logged, whether the names that the events
//! have with them are those that they would get, and which rules never decided. Events that are not Sysmon's are counted and passed over.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use serde::Serialize;

use super::args::{ExplainArgs, Only};
use crate::cli::style::{self, Style};
use crate::cli::table::{columns, columns_of, cut, cut_end, safe};
use crate::cli::{Exit, Failure, event, report, source};
use crate::dialect::AgentVersion;
use crate::event::read::{Damaged, Record, Sink};
use crate::event::{Value, find};
use crate::origin::Sources;
use crate::sysmon::Catalogue;
use crate::sysmon::config::decide::Decider;
use crate::sysmon::config::explain::{Explained, Fired, Spots, explain, item, lost, nearest};
use crate::sysmon::config::{Config, EventFields, Slots};

type Output = style::Output<std::io::BufWriter<std::io::StdoutLock<'static>>>;

/// Rows that are laid out together.
const ROWS: usize = 1000;
/// Characters of a host or program, of a name, and of what decided.
const CELL: usize = 30;
const NAME: usize = 60;
const BY: usize = 100;
const HEADER: [&str; 8] = ["RECORD", "TIME", "HOST", "EVENT", "IMAGE", "", "RULENAME", "BY"];

pub(super) fn run(args: &ExplainArgs, style: Style) -> Result<Exit, Failure> {
    let mut sources = Sources::default();
    let mut config = super::needed(&args.config, &mut sources, style)?;
    super::put_in(&mut config, &args.config, &args.variables)?;
    let spots = Spots::new(&config, &sources);
    let slots = Slots::new();
    let layout = super::layout(&slots);
    let catalogue = Catalogue::standard();
    // A record's number alone is not its place where there may be several files.
    let files = source::several(&args.events);
    let mut viewer = Viewer {
        config: &config,
        spots: &spots,
        slots: &slots,
        catalogue: &catalogue,
        decider: Decider::new(&config),
        args,
        files,
        rows: Vec::new(),
        out: style::stdout(),
        sums: Sums::default(),
        fired: Fired::default(),
        notices: report::Notices::default(),
        failed: None,
        one: false,
        shown: 0,
        heading: None,
    };
    if let [one] = args.events.as_slice()
        && let Ok(place) = event::place(one)
        && !std::path::Path::new(one).exists()
    {
        viewer.one = true;
        let found = event::find(
            place,
            &layout,
            AgentVersion::DEFAULT,
            style,
            |_| {},
            |record| {
                let _ = viewer.event(*record);
            },
        )?;
        if let Err(exit) = found {
            return Ok(exit);
        }
        if viewer.sums.other > 0 {
            return Err(Failure::unusable(format!("{one} is no event of Sysmon"), "choose another"));
        }
        if let Some(error) = viewer.failed {
            return Err(error.into());
        }
        viewer.out.finish()?;
        return Ok(Exit::Clean);
    }
    let reading = source::Reading { layout: &layout, agent: AgentVersion::DEFAULT, strict: false, merge: false };
    let totals = source::read_all(&args.events, reading, &mut viewer, style)?;
    viewer.flush()?;
    if let Some(error) = viewer.failed {
        return Err(error.into());
    }
    let Viewer { mut sums, fired, mut out, .. } = viewer;
    let (rules, never) = fired.never(&config);
    (sums.rules, sums.never) = (rules, never.len());
    if args.never {
        let listed = never.iter().map(|rule| Never { at: spots.of(rule.span()).to_string(), rule: item(rule) });
        sums.never_fired = listed.collect();
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&End { summary: &sums }).map_err(std::io::Error::other)?)?;
    } else {
        out.write_all(sums.written(args.never).as_bytes())?;
    }
    out.finish()?;
    Ok(totals.exit)
}

/// One event, as JSON has it.
#[derive(Serialize)]
struct Line<'e> {
    record: String,
    id: u32,
    event: &'e str,
    #[serde(flatten)]
    explained: &'e Explained,
    /// The RuleName that the event has with it.
    recorded: Option<&'e str>,
    /// Is it the one that the event would get? Nothing where it would not be logged.
    agrees: Option<bool>,
}

#[derive(Serialize)]
struct End<'s> {
    summary: &'s Sums,
}

/// What came of all events.
#[derive(Debug, Default, Serialize)]
struct Sums {
    events: u64,
    logged: u64,
    dropped: u64,
    /// Not Sysmon's.
    other: u64,
    /// Of those that would be logged.
    names_agree: u64,
    names_differ: u64,
    /// Events that came in a form that lost fields that the filters ask for.
    undecidable: u64,
    /// By the event's name: all, and logged.
    by_event: BTreeMap<String, [u64; 2]>,
    names: BTreeMap<String, u64>,
    rules: usize,
    never: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    never_fired: Vec<Never>,
}

#[derive(Debug, Serialize)]
struct Never {
    at: String,
    rule: String,
}

impl Sums {
    fn written(&self, listed: bool) -> String {
        let mut out = String::new();
        let share = |part: u64, all: u64| {
            if all == 0 { String::new() } else { format!(" ({:.1} %)", part as f64 * 100.0 / all as f64) }
        };
        let rows: Vec<Vec<String>> = self
            .by_event
            .iter()
            .map(|(name, [all, logged])| {
                vec![name.clone(), all.to_string(), logged.to_string(), share(*logged, *all).trim().to_string()]
            })
            .collect();
        if !rows.is_empty() {
            out.push_str(&format!("\n{}", columns(&["EVENT", "EVENTS", "LOGGED", ""], &rows)));
        }
        let mut names: Vec<(&String, &u64)> = self.names.iter().collect();
        names.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        if !names.is_empty() {
            let rows: Vec<Vec<String>> =
                names.iter().map(|(name, count)| vec![count.to_string(), safe(name)]).collect();
            out.push_str(&format!("\n{}", columns(&["EVENTS", "RULENAME"], &rows)));
        }
        if listed && !self.never_fired.is_empty() {
            out.push_str("\nnever decided:\n");
            for Never { at, rule } in &self.never_fired {
                out.push_str(&format!("  {}  {}\n", safe(at), safe(&cut_end(rule, 160))));
            }
        }
        let Sums { events, logged, dropped, other, names_agree, names_differ, undecidable, rules, never, .. } = self;
        out.push_str(&format!(
            "\n{events} events: {logged} logged{}, {dropped} dropped\nRuleName of those logged: {names_agree} as recorded, {names_differ} another\n",
            share(*logged, *events)
        ));
        out.push_str(&format!(
            "{never} of {rules} rules never decided{}\n",
            if listed || *never == 0 { "" } else { " (--never lists them)" }
        ));
        if *undecidable > 0 {
            out.push_str(&format!(
                "{undecidable} events came in a form that lost fields: they were decided without them\n"
            ));
        }
        if *other > 0 {
            out.push_str(&format!("{other} other events passed over: they are not Sysmon's\n"));
        }
        out
    }
}

struct Viewer<'c> {
    config: &'c Config,
    spots: &'c Spots,
    slots: &'c Slots,
    catalogue: &'c Catalogue,
    decider: Decider,
    args: &'c ExplainArgs,
    files: bool,
    rows: Vec<Vec<String>>,
    out: Output,
    sums: Sums,
    fired: Fired,
    notices: report::Notices,
    failed: Option<std::io::Error>,
    /// One event was asked for.
    one: bool,
    /// Events that were shown.
    shown: u64,
    /// The file that the rows are of.
    heading: Option<String>,
}

impl Viewer<'_> {
    fn take(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        let Some(event) = self.slots.event(record.view) else {
            self.sums.other += 1;
            return Ok(());
        };
        let decision = self.decider.decide(&event);
        self.fired.note(self.config, &decision);
        let recorded = super::recorded(self.slots, record);
        let name = self.config.name_of(&decision).filter(|_| decision.logged);
        let agrees = decision.logged.then(|| name == recorded.as_deref());
        let event_name = super::event_name(&event, self.catalogue);
        let sums = &mut self.sums;
        sums.events += 1;
        *if decision.logged { &mut sums.logged } else { &mut sums.dropped } += 1;
        sums.names_agree += u64::from(agrees == Some(true));
        sums.names_differ += u64::from(agrees == Some(false));
        sums.undecidable += u64::from(lost(self.config, &event));
        let [all, logged] = sums.by_event.entry(event_name.clone()).or_default();
        *all += 1;
        *logged += u64::from(decision.logged);
        if decision.logged {
            *sums.names.entry(name.unwrap_or("-").to_string()).or_default() += 1;
        }
        let wanted = match self.args.only {
            None => true,
            Some(Only::Logged) => decision.logged,
            Some(Only::Dropped) => !decision.logged,
            Some(Only::Differing) => agrees == Some(false),
        };
        if self.args.summary || !wanted || self.args.limit.is_some_and(|limit| limit <= self.shown) {
            return Ok(());
        }
        let mut explained = explain(self.config, self.spots, &decision, &event);
        if self.one {
            explained.nearest = nearest(self.config, self.spots, &decision, &event);
        }
        if self.args.json {
            let line = Line {
                record: source::place(&record.place, self.files),
                id: event.id(),
                event: &event_name,
                explained: &explained,
                recorded: recorded.as_deref(),
                agrees,
            };
            writeln!(self.out, "{}", serde_json::to_string(&line).map_err(std::io::Error::other)?)?;
        } else if self.one {
            self.out.write_all(whole(&event_name, &explained, recorded.as_deref(), agrees).as_bytes())?;
        } else {
            let file = record.place.file.as_ref();
            if self.heading.as_deref() != Some(file) {
                self.flush()?;
                // A single file is the one that was named.
                if self.files || file.contains('!') {
                    let before = if self.heading.is_some() { "\n" } else { "" };
                    writeln!(self.out, "{before}{}:", safe(file))?;
                }
                self.heading = Some(file.to_string());
            }
            self.rows.push(row(record, event_name, &explained, agrees));
            if self.rows.len() >= ROWS {
                self.flush()?;
            }
        }
        self.shown += 1;
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            self.out.write_all(columns_of(&HEADER, &rows, NAME + 2).as_bytes())?;
        }
        Ok(())
    }
}

/// A row: which event it is first, then what became of it.
fn row(record: &Record<'_>, event: String, explained: &Explained, agrees: Option<bool>) -> Vec<String> {
    let whole = record.view.whole().ok();
    let text = |path: &str| match whole.as_ref().and_then(|whole| find(whole, path)) {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_)) | None => None,
    };
    let cell = |text: Option<&str>| text.map_or_else(|| "-".to_string(), |text| safe(&cut_end(text, CELL)));
    let image = text("winlog.event_data.Image").or_else(|| text("winlog.event_data.SourceImage"));
    let image = image.as_deref().map(|path| path.rsplit(['\\', '/']).next().unwrap_or(path));
    let by = match (&explained.filter, &explained.node) {
        (Some(filter), _) => {
            let file = filter.at.file.rsplit_once('/').map_or(filter.at.file.as_str(), |(_, file)| file);
            format!("{file}:{} {} {} {:?}", filter.at.at.line, filter.field, filter.condition, filter.value)
        }
        (None, _) => explained.why.clone(),
    };
    let name = explained.rule_name.as_deref().unwrap_or("-");
    let name = format!("{}{}", if agrees == Some(false) { "≠ " } else { "" }, cut_end(name, NAME));
    let what = if explained.logged { "logged" } else { "dropped" };
    vec![
        record.place.number.to_string(),
        cell(text("@timestamp").as_deref()),
        cell(text("winlog.computer_name").as_deref()),
        event,
        cell(image),
        what.to_string(),
        safe(&name),
        safe(&cut_end(&by, BY)),
    ]
}

/// All that is known of one event, for people.
fn whole(event: &str, explained: &Explained, recorded: Option<&str>, agrees: Option<bool>) -> String {
    const SEEN: usize = 200;
    let what = if explained.logged { "logged" } else { "not logged" };
    let mut out = format!("{event}: {what}: {}\n", explained.why);
    if let Some(node) = &explained.node {
        out.push_str(&format!(
            "  node    {} {}, {}  ({})\n",
            node.tag,
            node.on_match,
            node.relation,
            safe(&node.at.to_string())
        ));
    }
    if let Some(rule) = &explained.rule {
        out.push_str(&format!("  Rule    ({})\n", safe(&rule.to_string())));
    }
    if let Some(filter) = &explained.filter {
        let value = format!("{} {} {:?}", filter.field, filter.condition, filter.value);
        out.push_str(&format!("  filter  {}  ({})\n", safe(&cut_end(&value, SEEN)), safe(&filter.at.to_string())));
        if let Some(compared) = &filter.compared {
            out.push_str(&format!("  that is {}\n", safe(&format!("{:?}", cut(compared, SEEN)))));
        }
        out.push_str(&format!("  seen    {}\n", safe(&format!("{:?}", cut(&filter.seen, SEEN)))));
    }
    if let Some(nearest) = &explained.nearest {
        let rule = safe(&cut_end(&nearest.rule, SEEN));
        out.push_str(&format!("  nearest {rule}  ({})\n", safe(&nearest.at.to_string())));
        for filter in &nearest.missing {
            let seen = format!("{:?}", cut(&filter.seen, SEEN));
            out.push_str(&format!("  but     {} is {}\n", filter.field, safe(&seen)));
        }
    }
    if explained.logged {
        let at = explained.name_at.as_ref().map(|at| format!("  ({})", safe(&at.to_string()))).unwrap_or_default();
        out.push_str(&format!("  name    {}{at}\n", safe(explained.rule_name.as_deref().unwrap_or("-"))));
    }
    let word = match agrees {
        Some(true) => ": the same",
        Some(false) => ": another",
        None => "",
    };
    out.push_str(&format!("  recorded as {}{word}\n", safe(recorded.unwrap_or("-"))));
    out
}

impl Sink for Viewer<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let Err(error) = self.take(&record) {
            self.failed = Some(error);
            return ControlFlow::Break(());
        }
        if self.out.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.notices.damaged(&damaged);
    }
}

impl source::Taker for Viewer<'_> {}
