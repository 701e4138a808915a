//! The two rules of safety that are errors: a filter may not drop what would hide tampering, and may not drop through a
//! negation what it never meant to look at.
//!
//! In: a lowered filter and the facts of its tests. Out: diagnostics at the drop or the test. Never here: running a rule;
//! both rules reason over conditions with three values (no, maybe, yes).

use rustc_hash::FxHashSet;

use super::{Checker, Facts, FieldFact, Missing};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dialect::Dialect;
use crate::ir::{Node, NodeId, Rule, SiteId, StmtId, StmtKind};
use crate::sysmon::EventIndex;

/// Can it hold?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tri {
    No,
    Maybe,
    Yes,
}

impl Tri {
    fn not(self) -> Tri {
        match self {
            Tri::No => Tri::Yes,
            Tri::Maybe => Tri::Maybe,
            Tri::Yes => Tri::No,
        }
    }
}

/// One member of the path that leads to a drop; all members hold there.
#[derive(Clone, Debug)]
enum Step {
    /// This condition holds, or does not.
    Cond(NodeId, bool),
    /// One of these holds.
    AnyOf(Vec<NodeId>),
}

/// What is sure where a condition holds.
#[derive(Clone, Debug, Default)]
struct Guards {
    /// Which event it is.
    event: bool,
    /// Its provider is one of some.
    provider: bool,
    /// Its id is one of some. With the provider it says which event it is.
    id: bool,
    fields: FxHashSet<String>,
}

impl Guards {
    fn and(mut self, other: Guards) -> Guards {
        self.provider |= other.provider;
        self.id |= other.id;
        self.event |= other.event || self.provider && self.id;
        self.fields.extend(other.fields);
        self
    }

    fn or(self, other: Guards) -> Guards {
        Guards {
            event: self.event && other.event,
            provider: self.provider && other.provider,
            id: self.id && other.id,
            fields: self.fields.intersection(&other.fields).cloned().collect(),
        }
    }
}

impl Checker<'_> {
    /// A filter that can drop Sysmon 4, 16 or 255 is an error unless it says so.
    pub(super) fn tamper_events(&mut self, rule: &Rule, first_node: usize, allowed: bool) {
        if allowed {
            return;
        }
        let tamper: Vec<EventIndex> = (0..self.context.catalogue.events.len())
            .map(|i| EventIndex(i as u16))
            .filter(|index| self.context.catalogue.event_at(*index).is_some_and(|event| event.tamper))
            .collect();
        let mut hit: Vec<(StmtId, Vec<u32>)> = Vec::new();
        for event in tamper {
            let values = self.assume(event, first_node);
            let mut drops = Vec::new();
            self.reach(&rule.body, Tri::Yes, &values, first_node, &mut drops);
            let id = self.context.catalogue.event_at(event).map_or(0, |event| event.id);
            for drop in drops {
                match hit.iter_mut().find(|(stmt, _)| *stmt == drop) {
                    Some((_, ids)) => ids.push(id),
                    None => hit.push((drop, vec![id])),
                }
            }
        }
        for (drop, ids) in hit {
            let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
            self.report(
                Diagnostic::new(
                    Code::TamperEvents,
                    self.program.stmt(drop).origin,
                    format!("this can drop Sysmon event {}: whoever stops or reconfigures Sysmon would leave no trace", ids.join(", ")),
                )
                .help("begin with the event that is meant (`if event is sysmon.dns_query and …`), or say `allow tamper events`"),
            );
        }
    }

    /// The values of the rule's conditions for an event of which only the kind is known.
    fn assume(&self, event: EventIndex, first_node: usize) -> Vec<Tri> {
        let mut values: Vec<Tri> = Vec::with_capacity(self.main.nodes.len() - first_node);
        for node in &self.main.nodes[first_node..] {
            let of = |id: &NodeId| values.get(id.index().wrapping_sub(first_node)).copied().unwrap_or(Tri::Maybe);
            let value = match node {
                Node::Const(value) => [Tri::No, Tri::Yes][usize::from(*value)],
                Node::Test(site) => self.assume_test(*site, event),
                Node::Not(inner) => of(inner).not(),
                Node::And(members) => members.iter().map(of).min().unwrap_or(Tri::Yes),
                Node::Or(members) => members.iter().map(of).max().unwrap_or(Tri::No),
            };
            values.push(value);
        }
        values
    }

    fn assume_test(&self, site: SiteId, event: EventIndex) -> Tri {
        let (Some(facts), Some(def)) = (self.facts.get(site.index()), self.context.catalogue.event_at(event)) else {
            return Tri::Maybe;
        };
        if let Some(events) = &facts.events {
            return if events.contains(&event) { Tri::Yes } else { Tri::No };
        }
        if let Some(answer) = self.assume_strict(site, def) {
            return answer;
        }
        let same = |a: &str, b: &str| crate::fold::fold(a) == crate::fold::fold(b);
        for field in &facts.fields {
            if self.never_carries(event, field) {
                return match facts.missing {
                    Missing::Fails => Tri::No,
                    Missing::Holds => Tri::Yes,
                    Missing::Either => Tri::Maybe,
                };
            }
            let path = field.path.paths.first().map_or("", String::as_str);
            let meant =
                |equal: &dyn Fn(&str) -> bool| facts.equals.is_empty() || facts.equals.iter().any(|value| equal(value));
            let possible = match path {
                "winlog.event_id" | "event.code" => meant(&|value| value.parse() == Ok(def.id)),
                "winlog.provider_name" | "event.provider" => {
                    meant(&|value| def.providers.iter().any(|p| same(p, value)))
                }
                "winlog.channel" => meant(&|value| def.channels.iter().any(|c| same(c, value))),
                _ => true,
            };
            if !possible {
                return Tri::No;
            }
        }
        Tri::Maybe
    }

    /// Walks statements; collects the drops that can be reached; gives whether the end is. Nesting is bounded by
    /// `limits::DEPTH`.
    fn reach(&self, body: &[StmtId], mut here: Tri, values: &[Tri], first_node: usize, drops: &mut Vec<StmtId>) -> Tri {
        for id in body {
            if here == Tri::No {
                return Tri::No;
            }
            match &self.program.stmt(*id).kind {
                StmtKind::If { arms, otherwise } => {
                    let (mut rest, mut through) = (here, Tri::No);
                    for (cond, body) in arms {
                        let value = values.get(cond.index().wrapping_sub(first_node)).copied().unwrap_or(Tri::Maybe);
                        through = through.max(self.reach(body, rest.min(value), values, first_node, drops));
                        rest = rest.min(value.not());
                    }
                    here = through.max(self.reach(otherwise, rest, values, first_node, drops));
                }
                StmtKind::Drop => {
                    drops.push(*id);
                    return Tri::No;
                }
                StmtKind::Keep | StmtKind::Stop => return Tri::No,
                StmtKind::FirstMatch(_)
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send(_)
                // Filters, of which alone this is asked, count nothing.
                | StmtKind::When { .. }
                | StmtKind::Remember(_)
                | StmtKind::Forget(_) => {}
            }
        }
        here
    }

    /// A drop through a negated test on a field that may be missing would drop other channels' events too.
    pub(super) fn unguarded_negation(&mut self, rule: &Rule, _first_node: usize) {
        let mut found: Vec<(SiteId, StmtId)> = Vec::new();
        self.paths_to_drops(&rule.body, &mut Vec::new(), &mut found);
        crate::order::sort(&mut found);
        found.dedup_by_key(|(site, _)| *site);
        for (site, drop) in found {
            let name = self
                .facts
                .get(site.index())
                .and_then(|facts| facts.fields.first())
                .map_or("any field", |field| field.name.as_str())
                .to_string();
            let origin = self.program.sites[site.index()].origin;
            let mut found = Diagnostic::new(
                Code::UnguardedNegation,
                origin,
                format!("events without `{name}`, also those of other channels, would be dropped: a test on a missing field is false, and its negation true"),
            )
            .related(self.program.stmt(drop).origin, "dropped here")
            .help(format!("say which event is meant (`event is …`) in the same condition, or add `{name} exists`"));
            // What an agent's own configuration says it does already: whoever reads it here wants to see that, not to be stopped.
            let test = self.program.sites[site.index()].test;
            if self.main.tests.get(test.index()).is_some_and(|test| matches!(test.dialect, Dialect::Winlogbeat(_))) {
                found.severity = Severity::Warning;
            }
            self.report(found);
        }
    }

    fn paths_to_drops(&self, body: &[StmtId], path: &mut Vec<Step>, found: &mut Vec<(SiteId, StmtId)>) {
        let depth = path.len();
        for id in body {
            match &self.program.stmt(*id).kind {
                StmtKind::Drop => {
                    let guards = path.iter().fold(Guards::default(), |guards, step| guards.and(self.step_guards(step)));
                    for step in path.iter() {
                        match step {
                            Step::Cond(node, positive) => {
                                self.trouble(*node, *positive, &guards, &mut |site| found.push((site, *id)))
                            }
                            Step::AnyOf(nodes) => nodes.iter().for_each(|node| {
                                let guards = guards.clone().and(self.guards(*node, true));
                                self.trouble(*node, true, &guards, &mut |site| found.push((site, *id)));
                            }),
                        }
                    }
                }
                StmtKind::If { arms, otherwise } => {
                    let outside = path.len();
                    for (cond, body) in arms {
                        path.push(Step::Cond(*cond, true));
                        self.paths_to_drops(body, path, found);
                        path.pop();
                        path.push(Step::Cond(*cond, false));
                    }
                    self.paths_to_drops(otherwise, path, found);
                    path.truncate(outside);
                    // What follows is reached only where no arm that ends the rule was taken.
                    let going_on: Vec<NodeId> =
                        arms.iter().filter(|(_, body)| !self.ends(body)).map(|(cond, _)| *cond).collect();
                    path.extend(
                        arms.iter().filter(|(_, body)| self.ends(body)).map(|(cond, _)| Step::Cond(*cond, false)),
                    );
                    if !otherwise.is_empty() && self.ends(otherwise) {
                        path.push(Step::AnyOf(going_on));
                    }
                }
                StmtKind::Keep | StmtKind::Stop => break,
                StmtKind::FirstMatch(_)
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send(_)
                | StmtKind::When { .. }
                | StmtKind::Remember(_)
                | StmtKind::Forget(_) => {}
            }
        }
        path.truncate(depth);
    }

    /// Does a list of statements always end the rule?
    fn ends(&self, body: &[StmtId]) -> bool {
        body.iter().any(|id| match &self.program.stmt(*id).kind {
            StmtKind::Drop | StmtKind::Keep | StmtKind::Stop => true,
            StmtKind::If { arms, otherwise } => {
                !otherwise.is_empty() && self.ends(otherwise) && arms.iter().all(|(_, body)| self.ends(body))
            }
            StmtKind::FirstMatch(_)
            | StmtKind::Tag(_)
            | StmtKind::Untag(_)
            | StmtKind::Set { .. }
            | StmtKind::Remove(_)
            | StmtKind::Send(_)
            | StmtKind::When { .. }
            | StmtKind::Remember(_)
            | StmtKind::Forget(_) => false,
        })
    }

    fn step_guards(&self, step: &Step) -> Guards {
        match step {
            Step::Cond(node, positive) => self.guards(*node, *positive),
            Step::AnyOf(nodes) => {
                nodes.iter().map(|node| self.guards(*node, true)).reduce(Guards::or).unwrap_or_default()
            }
        }
    }

    /// The paths of which one is there for sure where the condition holds (or, not `positive`, does not).
    pub(super) fn sure_fields(&self, node: NodeId, positive: bool) -> FxHashSet<String> {
        self.guards(node, positive).fields
    }

    /// What is sure where the condition holds (or, not `positive`, does not). Nesting is bounded by `limits::DEPTH`.
    fn guards(&self, node: NodeId, positive: bool) -> Guards {
        match (&self.main.nodes[node.index()], positive) {
            (Node::Const(_), _) => Guards::default(),
            (Node::Not(inner), _) => self.guards(*inner, !positive),
            (Node::And(members), true) | (Node::Or(members), false) => {
                members.iter().fold(Guards::default(), |guards, member| guards.and(self.guards(*member, positive)))
            }
            (Node::Or(members), true) | (Node::And(members), false) => members
                .iter()
                // Nothing is ever reached through a constant that does not hold.
                .filter(|member| !matches!(self.main.nodes[member.index()], Node::Const(value) if value != positive))
                .map(|member| self.guards(*member, positive))
                .reduce(Guards::or)
                .unwrap_or_default(),
            (Node::Test(site), _) => {
                let Some(facts) = self.facts.get(site.index()) else { return Guards::default() };
                // There for sure if a missing field would have had the other answer.
                let present = facts.missing == if positive { Missing::Fails } else { Missing::Holds };
                // Equal to one of some values: no other event passes.
                let named = |path: &str| {
                    positive
                        && !facts.equals.is_empty()
                        && facts.fields.iter().any(|field| field.path.paths.iter().all(|own| own == path))
                };
                Guards {
                    event: positive && facts.events.is_some(),
                    provider: named("winlog.provider_name"),
                    id: named("winlog.event_id"),
                    fields: facts
                        .fields
                        .iter()
                        .filter(|_| present)
                        .flat_map(|field| field.path.paths.iter().cloned())
                        .collect(),
                }
            }
        }
    }

    /// Tests through which the condition holds for an event that lacks their field.
    fn trouble(&self, node: NodeId, positive: bool, guards: &Guards, found: &mut dyn FnMut(SiteId)) {
        if guards.event {
            return;
        }
        match (&self.main.nodes[node.index()], positive) {
            (Node::Const(_), _) => {}
            (Node::Not(inner), _) => self.trouble(*inner, !positive, guards, found),
            (Node::And(members), true) | (Node::Or(members), false) => {
                members.iter().for_each(|member| self.trouble(*member, positive, guards, found));
            }
            (Node::Or(members), true) | (Node::And(members), false) => {
                for member in members {
                    let guards = guards.clone().and(self.guards(*member, positive));
                    self.trouble(*member, positive, &guards, found);
                }
            }
            (Node::Test(site), _) => {
                if self.facts.get(site.index()).is_some_and(|facts| through_missing(facts, positive, guards)) {
                    found(*site);
                }
            }
        }
    }
}

/// Does this test, so used, hold for an event that lacks its field, and is nothing said that makes the field sure?
fn through_missing(facts: &Facts, positive: bool, guards: &Guards) -> bool {
    let holds = facts.missing != if positive { Missing::Fails } else { Missing::Holds };
    let sure = |field: &FieldFact| field.common || field.path.paths.iter().any(|path| guards.fields.contains(path));
    let unsure =
        facts.any_field || if facts.one_of { !facts.fields.iter().any(sure) } else { !facts.fields.iter().all(sure) };
    holds && unsure
}
