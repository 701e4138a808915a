//! Conditions that never hold or always do; rules that are there twice; drops that are left nothing, and drops that leave nothing.
//!
//! In: the effects of all rules. Out: findings, each of them proved by [`Engine`]. Never here: comparing every rule with every other:
//! earlier drops are looked up by the event that they name, and by the fields that they ask for.

use rustc_hash::FxHashMap;

use super::Lints;
use super::implies::{self, Engine};
use super::terms::{self, Arm, Does, Effect, Lit, Term};
use crate::ast::RuleKind;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::{Check, Node, NodeId, RuleId, Set, StmtKind, Test};

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

    /// Drops, and arms of rules that drop nothing, of which earlier filters' drops leave nothing.
    fn swallowed(&mut self) {
        let mut earlier = Earlier::default();
        let mut found = Vec::new();
        // Of rules that drop nothing: what they do, and the drops that leave it nothing.
        let mut idle: Vec<(usize, Option<Vec<usize>>)> = Vec::new();
        for (at, effect) in self.effects.iter().enumerate() {
            let drops = |effect: &Effect| effect.does == Does::Drop;
            let looked_at = match self.kind(effect.rule) {
                RuleKind::Filter => {
                    drops(effect) || !self.effects.iter().any(|other| other.rule == effect.rule && drops(other))
                }
                RuleKind::Classify => true,
                // What alerts wait for is told elsewhere.
                RuleKind::Alert => false,
            };
            if !looked_at {
                continue;
            }
            let mut by = Vec::new();
            let all =
                !effect.terms.is_empty() && effect.terms.iter().all(|term| self.taken(&earlier, effect, term, &mut by));
            match (drops(effect), all) {
                (true, true) => found.push((at, by)),
                (true, false) if effect.exact => earlier.add(self, at, effect),
                (true, false) => {}
                (false, all) => idle.push((at, all.then_some(by))),
            }
        }
        for (at, by) in found {
            self.left_nothing(at, &by);
        }
        let mut never: Vec<(usize, Vec<usize>)> = Vec::new();
        for rule in idle.chunk_by(|(a, _), (b, _)| self.effects[*a].rule == self.effects[*b].rule) {
            let whole = rule.iter().all(|(_, by)| by.is_some());
            let mut told: Option<&Effect> = None;
            for (at, by) in rule {
                let (effect, Some(by)) = (&self.effects[*at], by) else { continue };
                // What stands behind it in its arm goes without saying; so does what stands in arms within.
                let within = |told: &Effect| {
                    effect.terms.iter().all(|term| told.terms.iter().any(|other| term.starts_with(other)))
                };
                if told.is_some_and(|told| whole || within(told)) {
                    continue;
                }
                told = Some(effect);
                never.push((*at, by.clone()));
            }
        }
        for (at, by) in never {
            self.never_met(at, &by);
        }
    }

    /// Do earlier drops, alone or together, take every event that meets this term? Both looked at the same values: no rule changed them in
    /// between.
    fn taken(&self, earlier: &Earlier, effect: &Effect, term: &Term, by: &mut Vec<usize>) -> bool {
        let kind = self.kind(effect.rule);
        let steady = term.iter().filter(|lit| !self.volatile.holds(kind, self.test(lit.site)));
        let mut asked: Vec<(Test, bool)> = steady
            .map(|lit| (self.on_the_agent(self.test(lit.site)), lit.yes))
            .filter(|(test, _)| !self.volatile.holds(RuleKind::Filter, test))
            .collect();
        let mut one = |asked: &[(Test, bool)]| {
            let found = earlier.candidates(asked).into_iter().find(|(other, wide)| {
                let other = &self.effects[*other];
                other.rule != effect.rule && self.drops_all(asked, &other.terms[*wide])
            });
            by.extend(found.map(|(other, _)| other));
            found.is_some()
        };
        // Else one of its lists, value by value.
        one(&asked)
            || (0..asked.len()).any(|at| {
                let whole = asked[at].clone();
                let parts = if whole.1 { parts(&whole.0) } else { Vec::new() };
                let all = !parts.is_empty()
                    && parts.into_iter().all(|part| {
                        asked[at].0 = part;
                        one(&asked)
                    });
                asked[at] = whole;
                all
            })
    }

    fn drops_all(&self, asked: &[(Test, bool)], drop: &Term) -> bool {
        let engine = self.engine();
        drop.iter().all(|want| {
            let test = self.test(want.site);
            !self.volatile.holds(RuleKind::Filter, test)
                && asked.iter().any(|(have, yes)| engine.tests_imply(have, *yes, test, want.yes))
        })
    }

    /// `"a"`, or where it is not alone `"a" with others`, drops.
    fn droppers(&self, by: &[usize]) -> String {
        let rule = |by: &usize| self.effects[*by].rule;
        let more = if by.iter().any(|other| rule(other) != rule(&by[0])) { " with others" } else { "" };
        format!("\"{}\"{more} drops before it", self.program.rules[rule(&by[0]).index()].name)
    }

    fn never_met(&mut self, at: usize, by: &[usize]) {
        let message = format!("this never does anything: every event that it waits for, {}", self.droppers(by));
        self.dropped_first(Code::Swallowed, at, by, message, "delete it, or make the drop narrower");
    }

    fn dropped_first(&mut self, code: Code, at: usize, by: &[usize], message: String, help: &str) {
        let place = |at: usize| self.program.stmt(self.effects[at].stmt).origin;
        let found = Diagnostic::new(code, place(at), message).related(place(by[0]), "dropped here first").help(help);
        self.report(found);
    }

    fn left_nothing(&mut self, at: usize, by: &[usize]) {
        let (effect, other) = (&self.effects[at], &self.effects[by[0]]);
        if self.same_terms(effect, other) {
            let name = |effect: &Effect| &self.program.rules[effect.rule.index()].name;
            let message = format!("\"{}\" drops under these conditions already", name(other));
            let help = format!("delete \"{}\", or the part of it that is there twice", name(effect));
            self.dropped_first(Code::SameConditions, at, by, message, &help);
        } else {
            let message = format!("this never decides: all that it drops, {}", self.droppers(by));
            self.dropped_first(
                Code::Swallowed,
                at,
                by,
                message,
                "delete one of the two, or make the earlier one narrower",
            );
        }
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
            let tests: Vec<Test> = term.iter().map(|lit| lints.on_the_agent(lints.test(lit.site))).collect();
            let entry = (at, index, fields(tests.iter()));
            match term.iter().find_map(|lit| events(lints.test(lit.site), lit.yes)) {
                Some(events) => events.iter().for_each(|event| self.of_event.entry(*event).or_default().push(entry)),
                None => self.of_any.push(entry),
            }
        }
    }

    /// Those that may take what is asked for, in the order in which they run.
    fn candidates(&self, asked: &[(Test, bool)]) -> Vec<(usize, usize)> {
        let own = fields(asked.iter().map(|(test, _)| test));
        let named = asked
            .iter()
            .find_map(|(test, yes)| events(test, *yes))
            .and_then(|events| self.of_event.get(events.first()?));
        let all = named.map_or(&[][..], Vec::as_slice).iter().chain(&self.of_any);
        let mut found: Vec<(usize, usize)> =
            all.filter(|(.., asked)| asked & !own == 0).map(|(at, index, _)| (*at, *index)).collect();
        crate::order::sort(&mut found);
        found
    }
}

/// The events that a test names.
fn events(test: &Test, yes: bool) -> Option<&[u32]> {
    match &test.check {
        Check::EventIs(events) if yes => Some(events),
        _other => None,
    }
}

/// A bit a field, of those that are asked for themselves. The event's id follows from the kind of event, so it has none.
fn fields<'t>(tests: impl Iterator<Item = &'t Test>) -> u64 {
    tests
        .flat_map(terms::slots)
        .filter(|slot| *slot != crate::event::Layout::EVENT_ID)
        .fold(0, |bits, slot| bits | 1 << (u64::from(slot.0) % 64))
}

/// So many values of a list are looked at one by one.
const PARTS: usize = 64;

/// A test of a list as tests of its values, of which one has to hold.
fn parts(test: &Test) -> Vec<Test> {
    let checks: Vec<Check> = match &test.check {
        Check::EventIs(events) => events.iter().map(|event| Check::EventIs(vec![*event])).collect(),
        Check::In(set) if set.texts.len() > 1 && implies::only(set, &set.texts) => {
            set.texts.iter().map(|text| Check::In(Set { texts: vec![text.clone()], ..set.clone() })).collect()
        }
        Check::In(set) if implies::only(set, &set.numbers) => {
            set.numbers.iter().map(|number| Check::In(Set { numbers: vec![*number], ..set.clone() })).collect()
        }
        Check::Text { place, needles, all: false, compare } => {
            let one = |needle: &String| Check::Text {
                place: *place,
                needles: vec![needle.clone()],
                all: false,
                compare: *compare,
            };
            needles.iter().map(one).collect()
        }
        _other => Vec::new(),
    };
    let several = (2..=PARTS).contains(&checks.len()) && !test.every;
    let with = |check| Test { check, ..test.clone() };
    if several { checks.into_iter().map(with).collect() } else { Vec::new() }
}
