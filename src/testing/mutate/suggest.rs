//! A test that would notice a mutant.
//!
//! In: rules, the events of their tests, a mutant that no test noticed. Out: a test, which passes on the rules and fails on the mutant; none
//! where none was found in a bounded number of steps. Never here: a test that was not run on both.
//!
//! The search begins with the events of the tests, and with an empty one. `climb.rs` makes of these events for which the changed condition or
//! statement decides; then values around what it asks are tried.

use std::io::Cursor;
use std::ops::ControlFlow;

use super::climb::{BASES, probing};
use super::edit::sites_of;
use super::goal::{Goal, Target, acts, states, wanted};
use super::values::{Guesses, Put, apart, guesses};
use super::{Change, Edit, Fields, Memo, Mutant};
use crate::bytecode;
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::event::{MapView, Value, json, write};
use crate::ir::{Node, NodeId, Program, SiteId, StmtId};
use crate::origin::{SourceId, Sources};
use crate::sysmon::Catalogue;
use crate::testing::run::came;
use crate::testing::{Bench, Case, Rules, draft, read, run};
use crate::vm::Prepared;

/// Events of the tests from which these are chosen; a sample may have thousands.
const KNOWN: usize = 400;
/// Events that are tried for one mutant.
const MOST: usize = 1500;
/// States of what is changed that are looked for: a list may have thousands of members.
const STATES: usize = 60;
/// Characters of a label in the name of a test.
const NAME: usize = 80;

/// What is searched for.
pub(super) struct Search<'a> {
    pub(super) target: Target,
    pub(super) edit: &'a Edit,
    /// The body of its rule.
    pub(super) body: &'a [StmtId],
    /// The mutant.
    pub(super) program: &'a Program,
    /// What must be so for the target to be reached.
    pub(super) goal: &'a Goal,
    /// What is to come before the event, and events that are that.
    pub(super) before: (&'a [Goal], &'a [Fields]),
    /// An event to begin with, besides those of the tests.
    pub(super) base: Option<&'a Fields>,
}

/// Looks for tests.
pub struct Suggester<'a> {
    pub(super) rules: Rules<'a>,
    /// The rules, asking everything.
    pub(super) probe: Option<Prepared>,
    pub(super) catalogue: Catalogue,
    pub(super) events: Vec<Fields>,
}

/// Takes the one record of a text.
struct Take<F, T> {
    take: Option<F>,
    taken: Option<T>,
}

impl<F: FnOnce(&Record<'_>) -> T, T> Sink for Take<F, T> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let Some(take) = self.take.take() {
            self.taken = Some(take(&record));
        }
        ControlFlow::Break(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

fn taken<T>(text: &str, rules: Rules<'_>, take: impl FnOnce(&Record<'_>) -> T) -> Option<T> {
    let mut sink = Take { take: Some(take), taken: None };
    let mut reader = EventReader::new(&rules.prepared.module().layout, rules.agent).strict(true);
    // What cannot be read gives no test.
    let _ = reader.read_file(&"event".into(), Cursor::new(text.as_bytes()), &mut sink);
    sink.taken
}

impl<'a> Suggester<'a> {
    /// For these rules, whose texts are `sources`, with the events of these tests.
    pub fn new(bench: &Bench<'a>, sources: &Sources, cases: &[&Case]) -> Self {
        let mut events: Vec<Fields> = Vec::new();
        let mut add = |text: &str| {
            if events.len() < KNOWN
                && let Ok(Value::Map(event)) = json::parse(text.as_bytes())
                && !events.contains(&event)
            {
                events.push(event);
            }
        };
        add(r#"{"winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{}}}"#);
        for case in cases {
            bench.events(case, &mut |record| {
                if let Ok(text) = write::as_it_stands(record) {
                    add(&text);
                }
            });
        }
        // Too large with all of that: what conditions say is then known as far as they are asked.
        let probe = Prepared::new(bytecode::compile(&probing(bench.rules.program), sources)).ok();
        Self { rules: bench.rules, probe, catalogue: Catalogue::standard(), events }
    }

    /// The text of a file with a test that notices.
    pub fn suggest(&self, mutant: &Mutant, program: &Program, prepared: &Prepared, memo: &mut Memo) -> Option<String> {
        let mutated = Rules { program, prepared, ..self.rules };
        let alone = self.target(&mutant.edit).and_then(|target| {
            let goal = self.reached(target)?;
            let body = self.rules.program.rules.get(mutant.rule.index())?.body.as_slice();
            let edit = &mutant.edit;
            let search = Search { target, edit, body, program, goal: &goal, before: (&[], &[]), base: None };
            self.search(&search, memo, &mut |event| self.told_apart(event, mutant, mutated))
        });
        alone.or_else(|| self.several(mutant, mutated, memo))
    }

    /// The first event that the taker makes something of.
    pub(super) fn search(
        &self,
        search: &Search<'_>,
        memo: &mut Memo,
        take: &mut dyn FnMut(&Fields) -> Option<String>,
    ) -> Option<String> {
        let own = self.rules.program;
        let states = states(own, search.target, search.edit);
        let goals = states.iter().map(|state| Goal::All(vec![search.goal.clone(), state.clone()]));
        let mut goals: Vec<Goal> = goals.take(STATES).collect();
        for (passed, ended) in acts(own, search.body) {
            goals.push(passed);
            goals.extend(
                states.iter().take(3).map(|state| Goal::All(vec![search.goal.clone(), state.clone(), ended.clone()])),
            );
        }
        // From where all holds it is one step to where one thing does not; from elsewhere it may not even be asked.
        let base = search.base.cloned().or_else(|| match search.target {
            Target::Node(node) => {
                let goal = Goal::All(vec![search.goal.clone(), wanted(own, node, true)]);
                self.climbed(&goal, search.before, None, 0, memo)
            }
            Target::Stmt(_) => None,
        });
        let sites = match search.target {
            Target::Node(node) => sites_of(own, node),
            Target::Stmt(_) => Vec::new(),
        };
        let mut tried = 0;
        let mut take = |event: &Fields| {
            tried += 1;
            if tried > MOST {
                return ControlFlow::Break(None);
            }
            take(event).map_or(ControlFlow::Continue(()), |text| ControlFlow::Break(Some(text)))
        };
        let each = |memo: &mut Memo, take: &mut dyn FnMut(&Fields) -> ControlFlow<Option<String>>| {
            for from in 0..BASES {
                for goal in &goals {
                    let Some(event) = self.climbed(goal, search.before, base.as_ref(), from, memo) else { continue };
                    take(&event)?;
                }
            }
            ControlFlow::Continue(())
        };
        // Events as they are come first: each may be the one.
        if let ControlFlow::Break(found) = each(memo, &mut take) {
            return found;
        }
        let both = |site: &SiteId| [own, search.program].map(|of| guesses(of, &self.catalogue, *site));
        let leaves: Vec<Guesses> = sites.iter().flat_map(both).collect();
        // What the change is about comes before what is around it.
        let about = |event: &Fields| -> Vec<Vec<Put>> {
            let Edit::Test(site, test) = search.edit else { return Vec::new() };
            let site = SiteId(*site);
            let written = own.sites.get(site.index()).map_or("", |site| site.text.as_str());
            let apart = apart(own, &self.catalogue, [own.test_of(site), test], written);
            let mut puts = self.swapped(event, site, test);
            puts.extend(self.kept(event, site, &apart));
            puts.extend(apart);
            puts
        };
        if let ControlFlow::Break(found) =
            each(memo, &mut |event| about(event).iter().try_for_each(|puts| take(&self.with(event, puts))))
        {
            return found;
        }
        let around: Vec<&Vec<Put>> =
            leaves.iter().flat_map(|guesses| guesses.meet.iter().chain(&guesses.miss)).collect();
        let found = each(memo, &mut |event| {
            let more: Vec<Vec<Put>> = sites.iter().flat_map(|site| self.varied(event, *site)).collect();
            more.iter().chain(around.iter().copied()).try_for_each(|puts| take(&self.with(event, puts)))
        });
        found.break_value().flatten()
    }

    /// A test of this event, if it notices.
    fn told_apart(&self, event: &Fields, mutant: &Mutant, mutated: Rules<'_>) -> Option<String> {
        let of = |rules: Rules<'_>| came(rules.prepared, &MapView::new(&rules.prepared.module().layout, event));
        let (is, would) = (of(self.rules), of(mutated));
        if (is.dropped_by, &is.tags, &is.sent) == (would.dropped_by, &would.tags, &would.sent) {
            return None;
        }
        let text = write::json(&Value::Map(event.clone()));
        // Of a list the member tells more than the list.
        let label = match mutant.change {
            Change::Member | Change::Edge | Change::Escape => format!("{}: {}", mutant.change.word(), mutant.after),
            _other => mutant.label(),
        };
        let title = match label.char_indices().nth(NAME) {
            Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
            None => label,
        };
        let drafted =
            taken(&text, self.rules, |record| draft(SourceId::default(), "", record, &title, self.rules))?.ok()?;
        let (cases, _) = read(SourceId::default(), &drafted.text);
        let (outcomes, _) = run(&cases, mutated);
        outcomes.iter().any(|outcome| !outcome.differences.is_empty()).then_some(drafted.text)
    }

    pub(super) fn target(&self, edit: &Edit) -> Option<Target> {
        Some(match edit {
            Edit::Negate(at) | Edit::Without(at, _) | Edit::Swap(at) => Target::Node(*at),
            Edit::Test(site, _) => {
                let is = |node: &Node| *node == Node::Test(SiteId(*site));
                Target::Node(NodeId(self.rules.program.nodes.iter().position(is)? as u32))
            }
            Edit::Remove(stmt) => Target::Stmt(*stmt),
            // One event is not enough: `several.rs`.
            Edit::Context(..) | Edit::Key(..) | Edit::Quiet(..) => return None,
        })
    }
}
