//! Conditions that never hold or always do; rules that are there twice; drops that are left nothing, and drops that leave nothing.
//!
//! In: the effects of all rules. Out: findings, each of them proved by [`Engine`]. Never here: comparing every rule with every other:
//! earlier drops are looked up by the event that they name, and by the fields that they ask for.

use rustc_hash::FxHashMap;

use super::Lints;
use super::implies::Engine;
use super::terms::{self, Arm, Does, Effect, Lit, Term};
use crate::ast::RuleKind;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::{Check, Node, NodeId, RuleId, StmtKind, Test};

impl<'a> Lints<'a> {
    pub(super) fn engine(&self) -> Engine<'_> {
        Engine { program: self.program, catalogue: self.context.catalogue, volatile: &self.volatile, present: false }
    }

    pub(super) fn reach(&mut self) {
        for index in 0..self.program.rules.len() {
            let rule = RuleId(index as u32);
            for arm in terms::arms(self.program, rule) {
                self.arm(rule, &arm);
            }
            let steps: Vec<NodeId> = self.steps(rule);
            for step in steps {
                self.inner(self.kind(rule), step);
            }
        }
        self.swallowed();
        self.twice();
        self.whitelists();
    }

    fn kind(&self, rule: RuleId) -> RuleKind {
        self.program.rules[rule.index()].kind
    }

    /// The steps of a rule's `when`s.
    fn steps(&self, rule: RuleId) -> Vec<NodeId> {
        let stmts = terms::stmts(self.program, &self.program.rules[rule.index()].body);
        let steps = stmts.into_iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::When { steps, .. } => Some(steps.clone()),
            _other => None,
        });
        steps.flatten().collect()
    }

    /// A condition by itself, and then under what stands before it.
    fn arm(&mut self, rule: RuleId, arm: &Arm) {
        let kind = self.kind(rule);
        if self.inner(kind, arm.cond) || arm.before.terms.iter().all(Vec::is_empty) {
            return;
        }
        let Some(own) = terms::terms(&self.program.nodes, arm.cond, true) else { return };
        let Some(all) = terms::product(&arm.before.terms, &own) else { return };
        // What is never reached at all was said where it begins.
        if arm.before.terms.iter().all(|term| self.engine().never(kind, term).is_some()) {
            return;
        }
        if let Some((first, second)) = self.all_never(kind, &all, false) {
            self.never_holds(first, second, "what stands before this condition leaves it no event");
        }
    }

    /// Every term of it is impossible: the pair that makes the first so.
    fn all_never(&self, kind: RuleKind, all: &[Term], present: bool) -> Option<(Lit, Lit)> {
        let engine = Engine { present, ..self.engine() };
        let mut first = None;
        for term in all {
            let pair = engine.never(kind, term)?;
            first.get_or_insert(pair);
        }
        first
    }

    /// Parts of a condition that never hold, or always do; the innermost is named. Was there one?
    fn inner(&mut self, kind: RuleKind, node: NodeId) -> bool {
        let members = match &self.program.nodes[node.index()] {
            Node::Const(_) => return false,
            Node::Test(_) => Vec::new(),
            Node::Not(inner) => return self.inner(kind, *inner),
            Node::And(members) | Node::Or(members) => members.clone(),
        };
        // Each member is looked at, whatever was found in the others.
        let found = members.iter().filter(|member| self.inner(kind, **member)).count();
        if found > 0 {
            return true;
        }
        let all = terms::terms(&self.program.nodes, node, true);
        if let Some((first, second)) = all.and_then(|all| self.all_never(kind, &all, false)) {
            self.never_holds(first, second, "this cannot hold together with another test of the condition");
            return true;
        }
        let Some(none) = terms::terms(&self.program.nodes, node, false) else { return false };
        for present in [false, true] {
            if let Some((first, second)) = self.all_never(kind, &none, present) {
                self.always_holds(first, second, present);
                return true;
            }
        }
        false
    }

    fn always_holds(&mut self, first: Lit, second: Lit, present: bool) {
        let whose = if present { " that has the field" } else { "" };
        let mut found = Diagnostic::new(
            Code::AlwaysHolds,
            self.origin(second.site),
            format!("with this the condition holds for every event{whose}"),
        );
        if first != second {
            found = found.related(self.origin(first.site), "of these two, one always holds");
        }
        self.report(found.help("write the condition that is meant, or leave it out"));
    }

    fn never_holds(&mut self, first: Lit, second: Lit, message: &str) {
        let events = |lit: Lit| matches!(self.test(lit.site).check, Check::EventIs(_));
        // The checker itself says this of two kinds of event.
        if events(first) && events(second) && first.yes && second.yes {
            return;
        }
        let found = Diagnostic::new(Code::NeverHolds, self.origin(second.site), message);
        let related = if first.yes { "with this" } else { "this is taken already" };
        self.report(match first == second {
            true => Diagnostic::new(Code::NeverHolds, self.origin(second.site), "this field holds no such number")
                .help("write the number that is meant, or leave the test out"),
            false => found
                .related(self.origin(first.site), related)
                .help("mend one of the two, or join them by `or` if either is enough"),
        });
    }

    /// Drops, and rules that drop nothing, of which an earlier filter's drops leave nothing.
    fn swallowed(&mut self) {
        let mut earlier = Earlier::default();
        let mut found = Vec::new();
        let mut idle: FxHashMap<RuleId, (usize, Option<usize>)> = FxHashMap::default();
        let engine = self.engine();
        for (at, effect) in self.effects.iter().enumerate() {
            if effect.does != Does::Drop || self.kind(effect.rule) != RuleKind::Filter {
                self.idle(at, &earlier, &mut idle);
                continue;
            }
            let cover = |term: &Term| {
                earlier.candidates(self, term).into_iter().find(|(other, wide)| {
                    let other = &self.effects[*other];
                    other.rule != effect.rule && engine.covers(RuleKind::Filter, &other.terms[*wide], term)
                })
            };
            let by: Option<Vec<(usize, usize)>> =
                if effect.terms.is_empty() { None } else { effect.terms.iter().map(cover).collect() };
            match by {
                Some(by) => found.push((at, by[0].0)),
                None if effect.exact => earlier.add(self, at, effect),
                None => {}
            }
        }
        for (at, by) in found {
            self.left_nothing(at, by);
        }
        let mut idle: Vec<(usize, usize)> = idle.into_values().filter_map(|(at, by)| Some((at, by?))).collect();
        crate::order::sort(&mut idle);
        for (at, by) in idle {
            self.never_met(at, by);
        }
    }

    /// Notes of a rule where it does something first, and the drop that leaves it nothing; none, where some of it is left. What alerts wait
    /// for is told elsewhere, and a filter that drops is told by its drops.
    fn idle(&self, at: usize, earlier: &Earlier, idle: &mut FxHashMap<RuleId, (usize, Option<usize>)>) {
        let effect = &self.effects[at];
        let drops = |effect: &Effect| effect.does == Does::Drop;
        let looked_at = match self.kind(effect.rule) {
            RuleKind::Filter => !self.effects.iter().any(|other| other.rule == effect.rule && drops(other)),
            RuleKind::Classify => true,
            RuleKind::Alert => false,
        };
        if !looked_at || effect.terms.is_empty() || idle.get(&effect.rule).is_some_and(|(_, by)| by.is_none()) {
            return;
        }
        let kind = self.kind(effect.rule);
        let cover = |term: &Term| {
            let found = earlier.candidates(self, term).into_iter();
            found
                .map(|(other, wide)| (other, &self.effects[other].terms[wide]))
                .find(|(_, wide)| self.meets_all(kind, wide, term))
        };
        let by: Option<Vec<usize>> = effect.terms.iter().map(|term| cover(term).map(|(other, _)| other)).collect();
        let by = by.and_then(|by| by.first().copied());
        let entry = idle.entry(effect.rule).or_insert((at, by));
        if by.is_none() {
            entry.1 = None;
        }
    }

    /// Was every event that meets this term dropped under that one? Both looked at the same values: no rule changed them in between.
    fn meets_all(&self, kind: RuleKind, drop: &Term, term: &Term) -> bool {
        let engine = self.engine();
        let changed = |test: &Test| self.volatile.holds(RuleKind::Filter, test);
        let steady = term.iter().filter(|lit| !self.volatile.holds(kind, self.test(lit.site)));
        let steady: Vec<(Test, bool)> = steady
            .map(|lit| (self.on_the_agent(self.test(lit.site)), lit.yes))
            .filter(|(test, _)| !changed(test))
            .collect();
        drop.iter().all(|want| {
            let asked = self.test(want.site);
            !changed(asked) && steady.iter().any(|(test, yes)| engine.tests_imply(test, *yes, asked, want.yes))
        })
    }

    fn never_met(&mut self, at: usize, by: usize) {
        let (effect, other) = (&self.effects[at], &self.effects[by]);
        let first = &self.program.rules[other.rule.index()].name;
        let message = format!("this never does anything: every event that it waits for, \"{first}\" drops before it");
        let found = Diagnostic::new(Code::Swallowed, self.program.stmt(effect.stmt).origin, message)
            .related(self.program.stmt(other.stmt).origin, "dropped here first")
            .help("delete this rule, or make the drop narrower");
        self.report(found);
    }

    fn left_nothing(&mut self, at: usize, by: usize) {
        let (effect, other) = (&self.effects[at], &self.effects[by]);
        let (rule, first) = (&self.program.rules[effect.rule.index()], &self.program.rules[other.rule.index()]);
        let place = self.program.stmt(effect.stmt).origin;
        let related = self.program.stmt(other.stmt).origin;
        let same = self.same_terms(effect, other);
        let found = if same {
            Diagnostic::new(
                Code::SameConditions,
                place,
                format!("\"{}\" drops under these conditions already", first.name),
            )
            .help(format!("delete \"{}\", or the part of it that is there twice", rule.name))
        } else {
            Diagnostic::new(
                Code::Swallowed,
                place,
                format!("this never decides: all that it drops, \"{}\" drops before it", first.name),
            )
            .help("delete one of the two, or make the earlier one narrower")
        };
        self.report(found.related(related, "dropped here first"));
    }

    fn same_terms(&self, a: &Effect, b: &Effect) -> bool {
        let kind = self.kind(a.rule);
        let engine = self.engine();
        let within = |narrow: &[Term], wide: &[Term]| {
            narrow.iter().all(|narrow| wide.iter().any(|wide| engine.covers(kind, wide, narrow)))
        };
        a.exact && b.exact && within(&a.terms, &b.terms) && within(&b.terms, &a.terms)
    }

    /// Rules behind the agent that do the same under the same conditions.
    fn twice(&mut self) {
        let mut by_deed: FxHashMap<(RuleKind, Does), Vec<usize>> = FxHashMap::default();
        for (at, effect) in self.effects.iter().enumerate() {
            if matches!(effect.does, Does::Tag(_) | Does::Send(_)) && !effect.terms.iter().all(Vec::is_empty) {
                by_deed.entry((self.kind(effect.rule), effect.does.clone())).or_default().push(at);
            }
        }
        let mut found = Vec::new();
        for group in by_deed.values() {
            // By the fields that they ask for: others cannot be the same.
            let mut alike: FxHashMap<Vec<u32>, Vec<usize>> = FxHashMap::default();
            for at in group {
                let effect = &self.effects[*at];
                let mut tests: Vec<u32> =
                    effect.terms.iter().flatten().map(|lit| self.program.sites[lit.site.index()].test.0).collect();
                crate::order::sort(&mut tests);
                tests.dedup();
                let earlier = alike.entry(tests).or_default();
                let same = |other: &&usize| {
                    let other = &self.effects[**other];
                    other.rule != effect.rule && self.same_terms(effect, other)
                };
                match earlier.iter().find(same) {
                    Some(other) => found.push((*at, *other)),
                    None => earlier.push(*at),
                }
            }
        }
        crate::order::sort(&mut found);
        for (at, other) in found {
            let (effect, first) = (&self.effects[at], &self.effects[other]);
            let name = &self.program.rules[first.rule.index()].name;
            self.report(
                Diagnostic::new(
                    Code::SameConditions,
                    self.program.stmt(effect.stmt).origin,
                    format!("\"{name}\" does the same under these conditions"),
                )
                .related(self.program.stmt(first.stmt).origin, "here")
                .help("delete one of them, or mend the condition that should differ"),
            );
        }
    }

    /// Two filters that each drop all but something, so that between them nothing is kept.
    fn whitelists(&mut self) {
        // What a filter keeps of a kind of event: the negated tests of its drop, under the others.
        let mut kept: Vec<(usize, &Term)> = Vec::new();
        for (at, effect) in self.effects.iter().enumerate() {
            if effect.does == Does::Drop && effect.exact && self.kind(effect.rule) == RuleKind::Filter {
                kept.extend(effect.terms.iter().filter(|term| term.iter().any(|lit| !lit.yes)).map(|term| (at, term)));
            }
        }
        let mut found: Vec<(usize, usize, bool)> = Vec::new();
        let engine = self.engine();
        let spared = |term: &Term| -> Vec<Lit> { term.iter().copied().filter(|lit| !lit.yes).collect() };
        let rule = |index: usize| self.effects[index].rule;
        // By their guards: two whitelists for one kind of event.
        let mut by_guard: FxHashMap<Vec<u32>, Vec<usize>> = FxHashMap::default();
        for (index, (at, term)) in kept.iter().enumerate() {
            let guard = term.iter().filter(|lit| lit.yes);
            let mut key: Vec<u32> = guard.map(|lit| self.program.sites[lit.site.index()].test.0).collect();
            crate::order::sort(&mut key);
            key.dedup();
            let group = by_guard.entry(key).or_default();
            let others = || group.iter().map(|other| kept[*other]).filter(|(other, _)| rule(*other) != rule(*at));
            // An event that neither drops meets a test of each: are there no two that go together?
            let nothing = others().find(|(_, other)| {
                spared(term).iter().all(|a| {
                    spared(other).iter().all(|b| {
                        let both = vec![Lit { site: a.site, yes: true }, Lit { site: b.site, yes: true }];
                        engine.never(RuleKind::Filter, &both).is_some()
                    })
                })
            });
            // Where one drops all that the other does, that is said elsewhere.
            let covers = |a: &Term, b: &Term| engine.covers(RuleKind::Filter, a, b);
            let list = |term: &Term| spared(term).iter().all(|lit| self.wide(lit));
            let little = || {
                let apart = |other: &Term| !covers(term, other) && !covers(other, term);
                others().find(|(_, other)| list(other) && apart(other)).filter(|_| list(term))
            };
            match nothing {
                Some((other, _)) => found.push((*at, other, true)),
                None => {
                    found.extend(little().map(|(other, _)| (*at, other, false)));
                    group.push(index);
                }
            }
        }
        for (at, other, nothing) in found {
            let (effect, first) = (&self.effects[at], &self.effects[other]);
            let name = &self.program.rules[first.rule.index()].name;
            let message = match nothing {
                true => format!("with \"{name}\" this drops everything: what the one keeps, the other drops"),
                false => format!("with \"{name}\" this drops whatever is not kept by both: one that drops is enough"),
            };
            let mut told = Diagnostic::new(Code::TwoWhitelists, self.program.stmt(effect.stmt).origin, message)
                .related(self.program.stmt(first.stmt).origin, "this drops all but what it names")
                .help("write one filter with both conditions, joined by `or`, behind its `not`");
            if !nothing {
                told.severity = Severity::Note;
            }
            self.report(told);
        }
    }
}

/// Drops of the filters so far, by the event that they name.
#[derive(Default)]
struct Earlier {
    /// Effect, term, and the tests' fields as bits.
    of_event: FxHashMap<u32, Vec<(usize, usize, u64)>>,
    of_any: Vec<(usize, usize, u64)>,
}

impl Earlier {
    fn add(&mut self, lints: &Lints<'_>, at: usize, effect: &Effect) {
        for (index, term) in effect.terms.iter().enumerate() {
            let entry = (at, index, fields(lints, term));
            match events(lints, term) {
                Some(events) => events.iter().for_each(|event| self.of_event.entry(*event).or_default().push(entry)),
                None => self.of_any.push(entry),
            }
        }
    }

    /// Those that may cover a term, in the order in which they run.
    fn candidates(&self, lints: &Lints<'_>, term: &Term) -> Vec<(usize, usize)> {
        let own = fields(lints, term);
        let named = events(lints, term).and_then(|events| events.first().and_then(|event| self.of_event.get(event)));
        let all = named.map_or(&[][..], Vec::as_slice).iter().chain(&self.of_any);
        let mut found: Vec<(usize, usize)> =
            all.filter(|(.., asked)| asked & !own == 0).map(|(at, index, _)| (*at, *index)).collect();
        crate::order::sort(&mut found);
        found
    }
}

/// The events of a term that names some.
fn events<'p>(lints: &Lints<'p>, term: &Term) -> Option<&'p [u32]> {
    term.iter().filter(|lit| lit.yes).find_map(|lit| {
        let Check::EventIs(events) = &lints.test(lit.site).check else { return None };
        Some(events.as_slice())
    })
}

/// A bit a field, of those that a term asks for itself. The event's id follows from the kind of event, so it has none.
fn fields(lints: &Lints<'_>, term: &Term) -> u64 {
    let slots = term.iter().flat_map(|lit| terms::slots(&lints.on_the_agent(lints.test(lit.site))));
    slots
        .filter(|slot| *slot != crate::event::Layout::EVENT_ID)
        .fold(0, |bits, slot| bits | 1 << (u64::from(slot.0) % 64))
}
