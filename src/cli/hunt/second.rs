//! The second reading: what the events of the processes say that were reached.
//!
//! In: a walk, and the events once more; perhaps the classify rules of a project. Out: the [`Hunt`]; rows of the table while they come.
//! Never here: where the walk goes.

use std::io::Write;
use std::ops::ControlFlow;

use super::{Catalogue, Failure, Gather, Hunt, HuntArgs, HuntForm, Style, Walk, events, source, style};
use crate::cli::table;
use crate::event::read::{Damaged, Record, Sink};
use crate::event::{Relaid, Slot};
use crate::hunt::Event;
use crate::search::{self, Search};

/// The tag by which rules call an event suspicious.
const SUSPICIOUS: &str = "suspicious";
/// Rows that are laid out together.
const ROWS: usize = 1000;

pub(super) fn read(args: &HuntArgs, catalogue: &Catalogue, walk: Walk, style: Style) -> Result<Hunt, Failure> {
    let too_many = || Failure::unusable("the rules read more fields than there are slots", "split the project");
    let gather = Gather::new(catalogue, walk).ok_or_else(too_many)?;
    let mut layout = gather.layout().clone();
    let (rules, agent) = match args.project.as_deref() {
        Some(folder) => events::ask::condition(None, Some(folder), catalogue, style)?,
        None => (None, crate::dialect::AgentVersion::DEFAULT),
    };
    let tags = search::fields("tags", "tags", catalogue).value.unwrap_or_default();
    let classify = match &rules {
        None => None,
        Some(rules) => {
            let search = Search::new(Some(rules), &tags, catalogue).ok_or_else(too_many)?;
            let slots = layout.join(search.layout()).ok_or_else(too_many)?;
            Some((search, slots))
        }
    };
    let rows = (args.format == HuntForm::Table).then(|| (style::stdout(), Vec::new()));
    let mut second = Second { gather, classify, texts: Vec::new(), rows, failed: None };
    let reading = source::Reading { layout: &layout, agent, strict: false, merge: false };
    source::read_all(&args.events, reading, &mut second, style)?;
    let Second { gather, rows, mut failed, .. } = second;
    if let Some((mut out, rows)) = rows {
        let written = flush(&mut out, &rows).and_then(|()| out.finish());
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
    rows: Option<(Output, Vec<Vec<String>>)>,
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
        if let (Some((out, rows)), Some(event)) = (&mut self.rows, event) {
            rows.push(row(&event));
            if rows.len() >= ROWS {
                self.failed = flush(out, rows).err();
                rows.clear();
            }
        }
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    // The first reading has told.
    fn damaged(&mut self, _: Damaged) {}
}

impl source::Taker for Second<'_, '_> {}

fn row(event: &Event) -> Vec<String> {
    let text = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_string(), table::safe);
    let guid = |guid: Option<crate::hunt::Guid>| guid.map_or_else(|| "-".to_string(), |guid| guid.to_string());
    vec![
        text(&event.time),
        text(&event.host),
        event.event.trim_start_matches("sysmon.").to_string(),
        guid(event.guid),
        guid(event.other),
        text(&event.rule_name),
        text(&event.image),
    ]
}

fn flush(out: &mut Output, rows: &[Vec<String>]) -> std::io::Result<()> {
    let header = ["TIME", "HOST", "EVENT", "PROCESS", "PARENT OR TARGET", "RULE NAME", "IMAGE"];
    out.write_all(table::columns(&header, rows).as_bytes())
}
