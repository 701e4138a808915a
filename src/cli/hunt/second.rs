//! The second reading: what the events of the processes say that were reached.
//!
//! In: a walk, and the events once more; perhaps the classify rules of a project. Out: the [`Hunt`]; rows of the table while they come.
//! Never here: where the walk goes.

use std::io::Write;
use std::ops::ControlFlow;

use super::{Catalogue, Failure, Gather, Hunt, HuntArgs, HuntForm, Style, Walk, source, style};
use crate::cli::table;
use crate::dialect::AgentVersion;
use crate::event::read::{Damaged, Record, Sink};
use crate::event::{Relaid, Slot};
use crate::hunt::Event;
use crate::search::{self, Search};
use crate::vm::Prepared;

/// The tag by which rules call an event suspicious.
const SUSPICIOUS: &str = "suspicious";
/// Rows that are laid out together.
const ROWS: usize = 1000;

/// The rules that say what is suspicious, and the agent whose events they read.
pub(super) struct Rules<'p> {
    pub rules: Option<&'p Prepared>,
    pub agent: AgentVersion,
}

pub(super) fn read(
    args: &HuntArgs,
    catalogue: &Catalogue,
    walk: Walk,
    Rules { rules, agent }: Rules<'_>,
    style: Style,
) -> Result<Hunt, Failure> {
    let too_many = || Failure::unusable("the rules read more fields than there are slots", "split the project");
    let gather = Gather::new(catalogue, walk).ok_or_else(too_many)?;
    let mut layout = gather.layout().clone();
    let tags = search::fields("tags", "tags", catalogue).value.unwrap_or_default();
    let classify = match rules {
        None => None,
        Some(rules) => {
            let search = Search::new(Some(rules), &tags, catalogue).ok_or_else(too_many)?;
            let slots = layout.join(search.layout()).ok_or_else(too_many)?;
            Some((search, slots))
        }
    };
    let rows = (args.format == HuntForm::Table).then(|| Rows { out: style::stdout(), rows: Vec::new(), begun: false });
    let mut second = Second { gather, classify, texts: Vec::new(), rows, failed: None };
    let reading = source::Reading { layout: &layout, agent, strict: false, merge: false };
    source::read_all(&args.events, reading, &mut second, style)?;
    let Second { gather, rows, mut failed, .. } = second;
    if let Some(mut rows) = rows {
        let written = rows.flush().and_then(|()| rows.out.finish());
        failed = failed.or(written.err());
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(gather.finish()),
    }
}

struct Second<'p, 'c> {
    gather: Gather<'c>,
    classify: Option<(Search<'p>, Vec<Slot>)>,
    texts: Vec<Vec<String>>,
    rows: Option<Rows>,
    failed: Option<std::io::Error>,
}

type Output = style::Output<std::io::BufWriter<std::io::StdoutLock<'static>>>;

impl Sink for Second<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let suspicious = self.classify.as_mut().is_some_and(|(search, slots)| {
            let view = Relaid::new(record.view, slots);
            search.asks(&view);
            search.texts(&view, &mut self.texts) && self.texts.iter().flatten().any(|tag| tag == SUSPICIOUS)
        });
        let event = self.gather.take(record.view, suspicious);
        if let (Some(rows), Some(event)) = (&mut self.rows, event) {
            rows.rows.push(row(&event));
            if rows.rows.len() >= ROWS {
                self.failed = rows.flush().err();
            }
        }
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    // The first reading has told.
    fn damaged(&mut self, _: Damaged) {}
}

impl source::Taker for Second<'_, '_> {
    fn tells(&self) -> bool {
        false
    }
}

fn row(event: &Event) -> Vec<String> {
    let text = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_string(), table::safe);
    let guid = |guid: Option<crate::hunt::Guid>| guid.map_or_else(|| "-".to_string(), |guid| guid.to_string());
    vec![
        text(&event.time),
        text(&event.host),
        table::safe(event.event.trim_start_matches("sysmon.")),
        guid(event.guid),
        guid(event.other),
        text(&event.rule_name),
        text(&event.image),
    ]
}

/// The table, written while its rows come.
struct Rows {
    out: Output,
    rows: Vec<Vec<String>>,
    /// Its header was written.
    begun: bool,
}

impl Rows {
    fn flush(&mut self) -> std::io::Result<()> {
        let header = ["TIME", "HOST", "EVENT", "PROCESS", "PARENT OR TARGET", "RULE NAME", "IMAGE"];
        let text = table::columns(&header, &self.rows);
        let (first, rest) = text.split_once('\n').unwrap_or_default();
        if !self.begun {
            writeln!(self.out, "{first}")?;
        }
        self.begun = true;
        self.rows.clear();
        self.out.write_all(rest.as_bytes())
    }
}
