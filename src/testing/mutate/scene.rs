//! Events that together make a rule do something.
//!
//! In: a program, what it counts, remembers or suppresses. Out: for each of that, one after the other what events must be like. Never here:
//! events.

use std::collections::BTreeSet;

use super::edit::sites_of;
use super::goal::{Goal, Target, reach, wanted};
use super::suggest::Suggester;
use super::walk::parts;
use crate::ir::{Asks, Check, KeyField, Node, NodeId, Quiet, SiteId, StmtId, StmtKind};

/// Events of a test that is suggested: more are nobody's idea of an example.
const MOST: usize = 60;

/// Events that make a rule do something together.
#[derive(Clone)]
pub(super) struct Scene<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// How many of them come after the wait, where there is one.
    pub(super) late: usize,
    /// Seconds that they wait in any case: a window that was enough is enough again when it was not in between.
    pub(super) wait: Option<i64>,
    /// The one that shows a changed condition, in the order in which they are tried.
    pub(super) shows: Vec<usize>,
    /// What the one that shows it must be besides.
    pub(super) besides: Goal,
    /// Is one like the other?
    pub(super) is_alike: bool,
}

#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) goal: Goal,
    /// What no two of them differ in.
    pub(super) by: &'a [KeyField],
    /// What all of them differ in.
    pub(super) each: &'a [KeyField],
    /// Does it ask for what came before?
    pub(super) looks_back: bool,
}

impl Suggester<'_> {
    /// What a body counts and remembers, and what of that it asks for. Nesting is bounded by `limits::DEPTH`.
    pub(super) fn contexts(&self, body: &[StmtId], found: &mut BTreeSet<u32>) {
        let program = self.rules.program;
        for stmt in body.iter().filter_map(|id| program.stmts.get(id.index())) {
            let parts = parts(&stmt.kind);
            found.extend(parts.context);
            let conditions = parts.arms.iter().map(|(cond, _)| *cond).chain(parts.steps.iter().copied());
            for site in conditions.flat_map(|cond| sites_of(program, cond)) {
                if let Check::Remembered(named, _) = &program.test_of(site).check {
                    found.insert(named.context);
                }
            }
            parts.bodies().for_each(|body| self.contexts(body, found));
        }
    }

    /// The scenes of a context: events that are enough for its `when`, or that are remembered and asked for.
    pub(super) fn scenes(&self, at: u32) -> Vec<Scene<'_>> {
        let program = self.rules.program;
        let Some(context) = program.contexts.get(at as usize) else { return Vec::new() };
        let own = context.by.first().map_or(&[][..], Vec::as_slice);
        let number = |least: u32| usize::try_from(least).unwrap_or(usize::MAX);
        let ids = (0..program.stmts.len() as u32).map(StmtId);
        let stmts = ids.filter_map(|id| Some((id, program.stmts.get(id.index())?)));
        let mut found = Vec::new();
        for (id, stmt) in stmts {
            if let StmtKind::When { context: of, steps, body } = &stmt.kind
                && *of == at
            {
                let Some(goal) = self.reached(Target::Stmt(id)) else { continue };
                let part = |each| Part { goal: goal.clone(), by: own, each, looks_back: false };
                let by = context.by.iter().map(Vec::as_slice).chain(std::iter::repeat(own));
                let steps_by = steps.iter().zip(by).map(|(step, by)| Part {
                    goal: Goal::All(vec![goal.clone(), wanted(program, *step, true)]),
                    ..Part { by, ..part(&[]) }
                });
                let mut parts = match &context.asks {
                    Asks::Events(least) if number(*least) <= MOST => vec![part(&[]); number(*least)],
                    Asks::Distinct(least, each) if number(*least) <= MOST => vec![part(each); number(*least)],
                    Asks::Steps { .. } => steps_by.collect(),
                    Asks::Events(_) | Asks::Distinct(..) | Asks::Mark => continue,
                };
                let more = self.more(body);
                if let (Some(last), Some(more)) = (parts.last_mut(), &more) {
                    last.goal = Goal::All(vec![last.goal.clone(), more.clone()]);
                    last.looks_back = true;
                }
                let step = steps.last().map(|step| wanted(program, *step, true));
                let besides = Goal::All(step.into_iter().chain(more).collect());
                found.push(Scene { besides, is_alike: steps.is_empty(), ..Scene::of(parts) });
            }
            if let StmtKind::Remember(named) = &stmt.kind
                && named.context == at
            {
                let Some(goal) = self.reached(Target::Stmt(id)) else { continue };
                for (node, site, asked, least) in self.asking(at) {
                    let (Some(reached), true) = (self.reached(Target::Node(node)), number(least) < MOST) else {
                        continue;
                    };
                    let part = Part { goal: goal.clone(), by: &named.by, each: &[], looks_back: false };
                    let mut parts = vec![part; number(least)];
                    let goal = Goal::All(vec![reached, Goal::Says(site, true)]);
                    parts.push(Part { goal, by: asked, each: &[], looks_back: true });
                    let mut scene = Scene::of(parts);
                    scene.shows.extend(scene.parts.len().checked_sub(2));
                    found.push(scene);
                }
            }
        }
        found
    }

    /// What the last event must be for a `when` to send something, where what it leads to asks for more.
    fn more(&self, body: &[StmtId]) -> Option<Goal> {
        let mut sends = Vec::new();
        self.sends(body, None, &mut sends);
        let (first, _) = sends.first()?;
        let is_at_once = sends.iter().any(|(send, _)| body.contains(send));
        if is_at_once { None } else { reach(self.rules.program, body, Target::Stmt(*first), true) }
    }

    /// The tests that ask for what is remembered: node, site, key, and how often it must have come.
    fn asking(&self, at: u32) -> Vec<(NodeId, SiteId, &[KeyField], u32)> {
        let program = self.rules.program;
        let nodes = (0u32..).map(NodeId).zip(&program.nodes);
        let asks = |(id, node): (NodeId, &Node)| {
            let Node::Test(site) = node else { return None };
            match &program.test_of(*site).check {
                Check::Remembered(named, least) if named.context == at => {
                    Some((id, *site, named.by.as_slice(), *least))
                }
                _ => None,
            }
        };
        nodes.filter_map(asks).collect()
    }

    /// What makes an alert send twice.
    pub(super) fn quiet<'c>(&'c self, quiet: &'c Quiet, body: &[StmtId]) -> Vec<Scene<'c>> {
        let mut sends = Vec::new();
        self.sends(body, None, &mut sends);
        let mut found = Vec::new();
        for (send, waits) in sends {
            let once = match waits {
                None => self
                    .reached(Target::Stmt(send))
                    .map(|goal| Scene::of(vec![Part { goal, by: quiet.by.as_slice(), each: &[], looks_back: false }])),
                Some(context) => self.scenes(context).into_iter().next(),
            };
            let Some(mut scene) = once.filter(|scene| 2 * scene.parts.len() <= MOST) else { continue };
            scene.late = scene.parts.len();
            let context = waits.and_then(|at| self.rules.program.contexts.get(at as usize));
            scene.wait = context.map(|context| context.length / 1_000_000_000 + scene.parts.len() as i64);
            scene.parts.extend(scene.parts.clone());
            found.push(scene);
        }
        found
    }

    /// Each `send`, with what it waits for. Nesting is bounded by `limits::DEPTH`.
    fn sends(&self, body: &[StmtId], waits: Option<u32>, found: &mut Vec<(StmtId, Option<u32>)>) {
        for (id, stmt) in body.iter().filter_map(|id| Some((*id, self.rules.program.stmts.get(id.index())?))) {
            if let StmtKind::Send(_) = stmt.kind {
                found.push((id, waits));
            }
            let parts = parts(&stmt.kind);
            let waits = parts.context.or(waits);
            parts.bodies().for_each(|body| self.sends(body, waits, found));
        }
    }
}

impl Scene<'_> {
    /// Seconds up to an event. `early`: how many come before the wait.
    pub(super) fn at(&self, last: Option<i64>, early: usize, number: usize) -> i64 {
        match last.or(self.wait) {
            Some(last) if number >= early => last + (number - early) as i64,
            // So long a wait leaves time for those before it; a short one does not.
            Some(last) => (number as i64).min(last),
            None => number as i64,
        }
    }
}

impl<'a> Scene<'a> {
    pub(super) fn of(parts: Vec<Part<'a>>) -> Self {
        let shows = parts.len().checked_sub(1).into_iter().collect();
        Scene { parts, late: 1, wait: None, shows, besides: Goal::All(Vec::new()), is_alike: false }
    }
}
