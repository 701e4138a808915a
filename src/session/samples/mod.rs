//! Sample events, and what the rules do to them.
//!
//! In: bytes of event files, rules that change. Out: decisions over all events within a key stroke, and everything about one of them.
//! Never here: files, what a rule means.
//!
//! | file | what |
//! | --- | --- |
//! | `chunks.rs` | memory that only grows |
//! | `pool.rs` | values, each once |
//! | `store.rs`, `store/` | events as bytes and columns, how they are read, and columns that are missing |
//! | `view.rs` | an event as its columns say |
//! | `decide.rs` | what became of each, what each rule did |
//! | `select.rs` | which are shown, in which order |
//! | `detail.rs` | one of them |
//! | `columns.rs` | what all of them hold of one thing |
//! | `draft.rs` | a rule out of one |
//! | `whitelist.rs` | a row of a lookup table out of one |

mod chunks;
pub mod columns;
mod decide;
mod detail;
pub(super) mod draft;
mod pool;
mod select;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod whitelist;

pub(super) use select::Key;
pub use store::{BYTES, EVENTS, Samples};

use rustc_hash::FxHashMap;

use self::decide::{Baseline, Decisions};
use super::locate::Locate;
use super::wire::{
    self, Answer, Decided, Draft, DraftRequest, EventCount, EventDetail, EventsLoaded, Row, Selected, Selection,
    TableEdit, ValueCount,
};
use super::{Session, refused};
use crate::event::Layout;
use crate::explain;
use crate::ir::RuleId;
use crate::search;

/// What a session knows of its events.
pub(super) struct State {
    samples: Samples,
    decisions: Decisions,
    baseline: Option<Baseline>,
    changed: Vec<bool>,
    selected: Vec<u32>,
}

impl State {
    pub(super) fn new(samples: Samples) -> Self {
        Self { samples, decisions: Decisions::default(), baseline: None, changed: Vec::new(), selected: Vec::new() }
    }

    pub(super) fn samples(&self) -> &Samples {
        &self.samples
    }
}

impl Session {
    /// Reads the agent's own lines, or events that `event/carry.rs` carries. They are decided by the next [`Session::decide`].
    pub fn add_events(&mut self, file: &str, bytes: &[u8]) -> EventsLoaded {
        self.go_on(file, bytes, 0)
    }

    /// The same of a piece of a file, behind so many lines of it that were read before.
    pub fn go_on(&mut self, file: &str, bytes: &[u8], after: u64) -> EventsLoaded {
        self.state.samples.add(file, bytes, after, &self.project.catalogue)
    }

    /// An event, carried; `None`: there is none of this number.
    pub fn carried(&self, index: usize) -> Option<Vec<u8>> {
        self.state.samples.carried(index)
    }

    /// Forgets all events.
    pub fn clear_events(&mut self) {
        self.state = State::new(Samples::new(self.project.agent, &self.project.catalogue));
    }

    /// How many events of which kind there are, the most frequent first.
    pub fn event_counts(&self) -> Vec<EventCount> {
        let (samples, catalogue) = (&self.state.samples, &self.project.catalogue);
        let mut counts: FxHashMap<_, usize> = FxHashMap::default();
        for kept in &samples.kept {
            *counts.entry((kept.event, kept.id)).or_default() += 1;
        }
        let mut found: Vec<EventCount> = Vec::new();
        for ((event, id), count) in counts {
            let known = event.and_then(|event| catalogue.event_at(event));
            found.push(EventCount {
                event: known.map(|event| event.name.clone()),
                title: known.map(|event| event.title.clone()),
                provider: known.and_then(|event| event.providers.first().cloned()).unwrap_or_default(),
                id: samples.text(id).unwrap_or_default(),
                count,
            });
        }
        crate::order::sort_by(&mut found, |a, b| {
            b.count.cmp(&a.count).then_with(|| (&a.id, &a.event).cmp(&(&b.id, &b.event)))
        });
        found
    }

    /// Runs the rules over all events.
    pub fn decide(&mut self) -> Answer<Decided> {
        let Self { project, state } = self;
        state.samples.resend(project.agent, &project.catalogue);
        let Some(prepared) = project.prepared() else {
            return Answer::Refused(refused("the rules do not compile", "mend what is said of them"));
        };
        let generation = state.decisions.told.generation + 1;
        match decide::decide(&mut state.samples, prepared, &project.catalogue, state.baseline.as_ref()) {
            Ok(decisions) => state.decisions = decisions,
            Err(error) => {
                return Answer::Refused(refused(error.to_string(), "take some of the rules out of the project"));
            }
        }
        state.decisions.told.generation = generation;
        let baseline = state.baseline.as_ref();
        state.changed = baseline.map(|baseline| decide::changed(&state.decisions, baseline)).unwrap_or_default();
        Answer::Done(state.decisions.told.clone())
    }

    /// What the rules do now is what later decisions are compared with.
    pub fn set_baseline(&mut self) {
        self.state.baseline = Some(Baseline::of(&self.state.decisions));
        self.state.changed.clear();
    }

    /// Chooses the events that rows are asked of.
    pub fn select(&mut self, selection: &Selection) -> Selected {
        let Self { project, state } = self;
        let (condition, diagnostics) = project.condition(&selection.condition);
        if condition.is_none() && !selection.condition.trim().is_empty() {
            // With a condition that means nothing, the events stay that were chosen before.
            return Selected { count: state.selected.len(), diagnostics };
        }
        state.selected = select::select(
            &mut state.samples,
            &state.decisions,
            &state.changed,
            selection,
            condition.as_ref(),
            &project.catalogue,
        );
        Selected { count: state.selected.len(), diagnostics }
    }

    /// Rows of the selected events, from one to before another.
    pub fn rows(&mut self, from: usize, to: usize, columns: &[String]) -> Vec<Row> {
        let Self { project, state } = self;
        let to = to.min(state.selected.len());
        let selected = state.selected.get(from.min(to)..to).unwrap_or_default().to_vec();
        let State { samples, decisions, changed, .. } = state;
        select::rows(samples, decisions, changed, &selected, columns, &project.catalogue)
    }

    /// Where an event stands among the selected ones.
    pub fn position_of(&self, index: usize) -> Option<usize> {
        self.state.selected.iter().position(|row| *row as usize == index)
    }

    /// All that is to be known of an event.
    pub fn event(&self, index: usize) -> Answer<EventDetail> {
        let Self { project, state } = self;
        let rules = project.program().zip(project.prepared());
        let detail = rules.and_then(|(program, prepared)| {
            detail::event(&state.samples, &state.decisions, program, prepared, &project.catalogue, index)
        });
        detail.map_or_else(|| Answer::Refused(no_event()), Answer::Done)
    }

    /// What each piece of one file said of an event.
    pub fn explain(&self, index: usize, file: &str) -> Answer<wire::Explained> {
        let Self { project, state } = self;
        let (Some(program), Some(prepared)) = (project.program(), project.prepared()) else {
            return Answer::Refused(no_event());
        };
        let mut explained = wire::Explained { marks: Vec::new(), verdicts: Vec::new() };
        let Some(definition) = project.definition(file) else { return Answer::Done(explained) };
        let mut locate = Locate::new(project.sources());
        let past = decide::past(&state.samples, &state.decisions, prepared, index);
        let done = state.samples.record(index, &prepared.module().layout, |record| {
            for rule in &definition.rules {
                let compiled = program.rules.iter().position(|compiled| compiled.origin == rule.origin);
                let id = compiled.map(|at| RuleId(at as u32));
                let told = id.and_then(|id| explain::explain(program, prepared, id, record.view, past.as_ref()));
                let mut said = explain::Said::default();
                let (mut ran, mut acted) = (false, false);
                let fired = told.as_ref().map_or(&[][..], |told| &told.fired);
                if let Some(told) = &told {
                    explain::said(told, program, &mut said);
                    ran = told.ran;
                    acted = told.acted;
                    explained.verdicts.push(wire::RuleVerdict {
                        rule: told.rule.clone(),
                        kind: told.kind,
                        verdict: told.verdict.clone(),
                        decided_by: told.decided_by.clone(),
                    });
                }
                for mark in explain::marks(definition, rule, &said, fired, ran, acted) {
                    explained.marks.push(wire_mark(mark, &mut locate));
                }
            }
        });
        done.map_or_else(|| Answer::Refused(no_event()), |()| Answer::Done(explained))
    }

    /// What the product calls an event.
    pub(super) fn title(&self, index: usize) -> Option<String> {
        let event = self.state.samples.kept.get(index)?.event?;
        self.project.catalogue.event_at(event).map(|event| event.title.clone())
    }

    /// The values of a field that hold a text, the most frequent first.
    pub fn values(&mut self, field: &str, prefix: &str, most: usize) -> Vec<ValueCount> {
        let Self { project, state } = self;
        select::values(&mut state.samples, field, prefix, most, &project.context())
    }

    /// A rule out of an event.
    pub fn draft(&self, request: &DraftRequest) -> Answer<Draft> {
        draft::draft(&self.state.samples, &self.state.decisions, &self.project.catalogue, request)
    }

    /// A row of a lookup table out of an event.
    pub fn whitelist(&self, index: usize, table: &str, note: &str) -> Answer<TableEdit> {
        let declared = self.project.table_files.iter().find(|declared| declared.name == table);
        let Some(declared) = declared else {
            return Answer::Refused(refused(
                format!("there is no lookup table \"{table}\""),
                "name one of blocksieve.toml",
            ));
        };
        let row =
            self.state.samples.record(index, &Layout::new(), |record| whitelist::whitelist(record, declared, note));
        row.unwrap_or_else(|| Answer::Refused(no_event()))
    }
}

fn no_event() -> wire::Refused {
    refused("there is no such event", "choose another event")
}

fn wire_mark(mark: explain::Mark, locate: &mut Locate<'_>) -> wire::Mark {
    let none = wire::Place { file: String::new(), range: None, block: None, field: None };
    let said = mark.said.as_ref();
    wire::Mark {
        place: mark.origin.map_or(none, |origin| locate.place(origin)),
        state: match mark.holds {
            Some(true) => wire::MarkState::True,
            Some(false) => wire::MarkState::False,
            None => wire::MarkState::Unreached,
        },
        seen: said.map_or(Vec::new(), |said| {
            let seen = said.seen.iter();
            seen.map(|seen| wire::Seen { field: seen.field.clone(), value: seen.value.clone() }).collect()
        }),
        reason: said.and_then(|said| said.reason).map(|reason| reason.text().to_string()),
        hint: said.and_then(|said| said.hint.clone()),
    }
}
