//! A test that would notice a mutant.
//!
//! In: rules, the events of their tests, a mutant that no test noticed. Out: a test, which passes on the rules and fails on the mutant; none
//! where none was found in a bounded number of steps. Never here: a test that was not run on both.
//!
//! The search begins with the events of the tests, and with an empty one. It changes one field after the other so that more and more of
//! the conditions say what they must for the changed one to decide; then it tries values around what the changed one asks.

use std::io::Cursor;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;

use super::edit::sites_of;
use super::values::{FOLDED, Guesses, Put, guesses};
use super::{Edit, Memo, Mutant};
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::event::{MapView, Slot, Value, json, write};
use crate::ir::simplify::children;
use crate::ir::{Check, From, Node, NodeId, Program, RuleId, SiteId, StmtId, StmtKind, Where};
use crate::origin::SourceId;
use crate::sysmon::Catalogue;
use crate::testing::run::came;
use crate::testing::{Bench, Case, Rules, draft, read, run};
use crate::vm::{self, Machine, Options, Prepared};

/// Events from which a search begins, beside the empty one.
const BASES: usize = 3;
/// Events of the tests from which these are chosen; a sample may have thousands.
const KNOWN: usize = 400;
/// Events that are tried for one mutant.
const MOST: usize = 600;
/// Characters of a label in the name of a test.
const NAME: usize = 80;

pub(super) type Fields = Vec<(String, Value)>;
/// What conditions are to say.
pub(super) type Wants = Vec<(SiteId, bool)>;

/// Looks for tests.
pub struct Suggester<'a> {
    pub(super) rules: Rules<'a>,
    catalogue: Catalogue,
    events: Vec<Fields>,
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

/// What a search is about: a condition, or a statement.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Node(NodeId),
    Stmt(StmtId),
}

impl<'a> Suggester<'a> {
    /// For these rules, with the events of these tests.
    pub fn new(bench: &Bench<'a>, cases: &[&Case]) -> Self {
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
        Self { rules: bench.rules, catalogue: Catalogue::standard(), events }
    }

    /// The text of a file with a test that notices.
    pub fn suggest(&self, mutant: &Mutant, program: &Program, prepared: &Prepared, memo: &mut Memo) -> Option<String> {
        let mutated = Rules { program, prepared, ..self.rules };
        if matches!(mutant.edit, Edit::Context(..) | Edit::Key(..) | Edit::Quiet(..)) {
            return self.several(mutant, mutated, memo);
        }
        let target = self.target(&mutant.edit)?;
        let mut wants = Wants::new();
        let rule = self.rules.program.rules.get(mutant.rule.index())?;
        if !self.body(&rule.body, target, &mut wants) {
            return None;
        }
        let states = self.states(target, &mutant.edit, &wants);
        let sites = match target {
            Target::Node(node) => sites_of(self.rules.program, node),
            Target::Stmt(_) => Vec::new(),
        };
        let both = |site: &SiteId| [self.rules.program, program].map(|of| guesses(of, of.test_of(*site)));
        let leaves: Vec<Guesses> = sites.iter().flat_map(both).collect();
        let mut tried = 0;
        for from in 0..BASES {
            for state in &states {
                let Some(event) = self.climbed(mutant.rule, &wants, state, from, memo) else { continue };
                let around = leaves.iter().flat_map(|guesses| guesses.meet.iter().chain(&guesses.miss));
                let more: Vec<Vec<Put>> = sites.iter().flat_map(|site| self.varied(&event, *site)).collect();
                let changed = more.iter().chain(around).map(|puts| self.with(&event, puts));
                for event in std::iter::once(event.clone()).chain(changed) {
                    tried += 1;
                    if tried > MOST {
                        return None;
                    }
                    if let Some(text) = self.told_apart(&event, mutant, mutated) {
                        return Some(text);
                    }
                }
            }
        }
        None
    }

    /// A test of this event, if it notices.
    fn told_apart(&self, event: &Fields, mutant: &Mutant, mutated: Rules<'_>) -> Option<String> {
        let of = |rules: Rules<'_>| came(rules.prepared, &MapView::new(&rules.prepared.module().layout, event));
        let (is, would) = (of(self.rules), of(mutated));
        if (is.dropped_by, &is.tags, &is.sent) == (would.dropped_by, &would.tags, &would.sent) {
            return None;
        }
        let text = write::json(&Value::Map(event.clone()));
        let label = mutant.label();
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

    fn target(&self, edit: &Edit) -> Option<Target> {
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

    /// What must hold and what must not for the target to be reached and to decide. Nesting is bounded by `limits::DEPTH`.
    pub(super) fn body(&self, body: &[StmtId], target: Target, wants: &mut Wants) -> bool {
        for id in body {
            if matches!(target, Target::Stmt(stmt) if stmt == *id) {
                return true;
            }
            let Some(stmt) = self.rules.program.stmts.get(id.index()) else { continue };
            let before = wants.len();
            let mut arms: Vec<(NodeId, &[StmtId])> = Vec::new();
            let mut last: &[StmtId] = &[];
            match &stmt.kind {
                StmtKind::If { arms: all, otherwise } => {
                    arms.extend(all.iter().map(|(cond, body)| (*cond, body.as_slice())));
                    last = otherwise;
                }
                StmtKind::FirstMatch(rows) => arms.extend(rows.iter().map(|row| (row.cond, row.body.as_slice()))),
                StmtKind::When { steps, body, .. } => {
                    if steps.iter().any(|step| self.decides(*step, target, wants)) {
                        return true;
                    }
                    last = body;
                }
                StmtKind::Drop
                | StmtKind::Keep
                | StmtKind::Stop
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send(_)
                | StmtKind::Remember(_)
                | StmtKind::Forget(_) => {}
            }
            for (cond, body) in arms {
                if self.decides(cond, target, wants) {
                    return true;
                }
                let mark = wants.len();
                self.want(cond, true, wants);
                if self.body(body, target, wants) {
                    return true;
                }
                wants.truncate(mark);
                self.want(cond, false, wants);
            }
            if self.body(last, target, wants) {
                return true;
            }
            wants.truncate(before);
        }
        false
    }

    /// What the others must say for the target to decide this condition; `false`: it is not in it.
    fn decides(&self, at: NodeId, target: Target, wants: &mut Wants) -> bool {
        if matches!(target, Target::Node(node) if node == at) {
            return true;
        }
        match self.rules.program.node(at) {
            Node::Const(_) | Node::Test(_) => false,
            Node::Not(inner) => self.decides(*inner, target, wants),
            node @ (Node::And(members) | Node::Or(members)) => {
                let and = matches!(node, Node::And(_));
                let Some(inside) = members.iter().position(|member| self.decides(*member, target, wants)) else {
                    return false;
                };
                for (at, member) in members.iter().enumerate() {
                    if at != inside {
                        self.want(*member, and, wants);
                    }
                }
                true
            }
        }
    }

    fn want(&self, at: NodeId, value: bool, wants: &mut Wants) {
        match self.rules.program.node(at) {
            Node::Const(_) => {}
            Node::Test(site) => wants.push((*site, value)),
            Node::Not(inner) => self.want(*inner, !value, wants),
            node @ (Node::And(members) | Node::Or(members)) => {
                if matches!(node, Node::And(_)) == value {
                    members.iter().for_each(|member| self.want(*member, value, wants));
                } else if let Some(first) = members.first() {
                    // One is enough.
                    self.want(*first, value, wants);
                }
            }
        }
    }

    /// What is wanted in turn: the target as it comes, true, false; and each of its members the other way than the rest.
    fn states(&self, target: Target, edit: &Edit, wants: &Wants) -> Vec<Wants> {
        let mut states = vec![wants.clone()];
        let Target::Node(at) = target else { return states };
        let node = self.rules.program.node(at);
        let mut members = children(node);
        if let Edit::Without(_, member) = edit {
            members = members.get(*member).copied().into_iter().collect();
        }
        for value in [true, false] {
            let mut state = wants.clone();
            self.want(at, value, &mut state);
            states.push(state);
        }
        if let Node::And(all) | Node::Or(all) = node {
            for member in members {
                for value in [true, false] {
                    let mut state = wants.clone();
                    all.iter().for_each(|other| self.want(*other, (*other == member) == value, &mut state));
                    states.push(state);
                }
            }
        }
        states
    }

    /// The event that the search comes to from one of its bases.
    pub(super) fn climbed(
        &self,
        rule: RuleId,
        wants: &Wants,
        state: &Wants,
        from: usize,
        memo: &mut Memo,
    ) -> Option<Fields> {
        if !memo.climbed.contains_key(state) {
            let mut events: Vec<Fields> = Vec::with_capacity(BASES);
            for base in self.bases(rule, wants) {
                let event = self.climb(base, rule, state);
                if !events.contains(&event) {
                    events.push(event);
                }
            }
            memo.climbed.insert(state.clone(), events);
        }
        memo.climbed.get(state)?.get(from).cloned()
    }

    /// The events that say most of what is wanted.
    fn bases(&self, rule: RuleId, wants: &Wants) -> Vec<Fields> {
        let mut rated: Vec<(usize, &Fields)> =
            self.events.iter().map(|event| (self.met(event, rule, wants).0, event)).collect();
        rated.sort_by_key(|(met, _)| std::cmp::Reverse(*met));
        rated.into_iter().take(BASES).map(|(_, event)| event.clone()).collect()
    }

    /// How much of what is wanted is so, and the first thing that is not.
    fn met(&self, event: &Fields, rule: RuleId, wants: &Wants) -> (usize, Option<(SiteId, bool)>) {
        let prepared = self.rules.prepared;
        let mut machine = Machine::new(prepared);
        let view = MapView::new(&prepared.module().layout, event);
        let outcome = machine.decide(&view, Options { trace: true, ..Options::default() });
        let says: FxHashMap<u32, bool> =
            outcome.trace.iter().filter(|step| step.rule == rule.0).map(|step| (step.site, step.holds)).collect();
        let is_met = |(site, value): &&(SiteId, bool)| says.get(&site.0) == Some(value);
        (wants.iter().filter(is_met).count(), wants.iter().find(|want| !is_met(want)).copied())
    }

    /// Changes one field after the other until no change brings more of what is wanted.
    fn climb(&self, mut event: Fields, rule: RuleId, wants: &Wants) -> Fields {
        let (mut met, mut next) = self.met(&event, rule, wants);
        while let Some((site, value)) = next {
            let guesses = guesses(self.rules.program, self.rules.program.test_of(site));
            let mut puts = if value { guesses.meet } else { guesses.miss };
            if value {
                puts.extend(self.joined(&event, site));
            }
            let better = puts.iter().map(|puts| self.with(&event, puts)).find_map(|event| {
                let (now, next) = self.met(&event, rule, wants);
                (now > met).then_some((event, now, next))
            });
            let Some(better) = better else { break };
            (event, met, next) = better;
        }
        event
    }

    /// The text in a field of an event.
    pub(super) fn text_at<'f>(&self, event: &'f Fields, slot: Slot) -> Option<&'f str> {
        let (path, _) = self.path(slot, None)?;
        match found(event, &path.split('.').collect::<Vec<_>>())? {
            Value::Text(now) => Some(now),
            _other => None,
        }
    }

    /// The field that a test asks, and the text in it.
    fn now<'f>(&self, event: &'f Fields, site: SiteId) -> Option<(Slot, &'f str)> {
        let From::Slot(slot) = self.rules.program.test_of(site).subject.from else { return None };
        Some((slot, self.text_at(event, slot)?))
    }

    /// Of a text that must begin and end with something, both: what it is now, with what is asked for put before or behind it.
    fn joined(&self, event: &Fields, site: SiteId) -> Vec<Vec<Put>> {
        let (Some((slot, now)), Check::Text { place: at, needles, .. }) =
            (self.now(event, site), &self.rules.program.test_of(site).check)
        else {
            return Vec::new();
        };
        let both = |needle: &String| match at {
            Where::Start => format!("{needle}{now}"),
            Where::End | Where::Inside => format!("{now}{needle}"),
        };
        needles.iter().take(4).map(|needle| vec![Put { slot, text: Some(both(needle)) }]).collect()
    }

    /// What the field of a test holds now, with a little more before, behind and within it.
    fn varied(&self, event: &Fields, site: SiteId) -> Vec<Vec<Put>> {
        let Some((slot, now)) = self.now(event, site) else { return Vec::new() };
        let (folder, name) = now.split_at(now.rfind('\\').map_or(0, |at| at + 1));
        let mut texts = vec![format!("x{now}"), format!("{now}x")];
        texts.extend(["x", "x\\"].into_iter().chain(FOLDED).map(|more| format!("{folder}{more}{name}")));
        texts.into_iter().map(|text| vec![Put { slot, text: Some(text) }]).collect()
    }

    pub(super) fn with(&self, event: &Fields, puts: &[Put]) -> Fields {
        let mut event = event.clone();
        for put in puts {
            if let Some((path, text)) = self.path(put.slot, put.text.as_deref()) {
                let mut names: Vec<&str> = path.split('.').collect();
                names.reverse();
                place(&mut event, &mut names, text.map(Value::Text));
            }
        }
        event
    }

    /// Where the agent has what a slot reads, and how a value is written there.
    fn path(&self, slot: Slot, text: Option<&str>) -> Option<(String, Option<String>)> {
        let field = self.rules.program.layout.get(slot)?;
        let own = |path: &&String| !crate::event::is_stored(path);
        if let Some(path) = field.paths.iter().find(own) {
            return Some((path.clone(), text.map(str::to_string)));
        }
        let source = vm::sources(&field.paths, &self.catalogue);
        let path = source.first()?.paths.first()?.clone();
        let name = field.paths.first().map_or("", String::as_str);
        let dressed = |text: &str| match name.strip_prefix("msg.hash_") {
            Some(kind) => format!("{}={text}", kind.to_uppercase()),
            None if name == "msg.technique" => format!("technique_id={text}"),
            None if name == "msg.technique_name" => format!("technique_name={text}"),
            None => text.to_string(),
        };
        Some((path, text.map(dressed)))
    }
}

/// What stands in a field.
fn found<'f>(fields: &'f Fields, names: &[&str]) -> Option<&'f Value> {
    let (first, rest) = names.split_first()?;
    let value = fields.iter().find(|(name, _)| name == first).map(|(_, value)| value)?;
    match (rest, value) {
        ([], value) => Some(value),
        (rest, Value::Map(inner)) => found(inner, rest),
        _ => None,
    }
}

/// Sets a field, or takes it away. `names`: the last first.
fn place(fields: &mut Fields, names: &mut Vec<&str>, value: Option<Value>) {
    let Some(name) = names.pop() else { return };
    let at = fields.iter().position(|(have, _)| have == name);
    if names.is_empty() {
        match (at, value) {
            (Some(at), Some(value)) => {
                if let Some(field) = fields.get_mut(at) {
                    field.1 = value;
                }
            }
            (Some(at), None) => drop(fields.remove(at)),
            (None, Some(value)) => fields.push((name.to_string(), value)),
            (None, None) => {}
        }
        return;
    }
    let at = at.unwrap_or_else(|| {
        fields.push((name.to_string(), Value::Map(Vec::new())));
        fields.len() - 1
    });
    if let Some((_, Value::Map(inner))) = fields.get_mut(at) {
        place(inner, names, value);
    }
}
