//! The machine.
//!
//! `bytecode` -> **`vm`** -> decisions. [`Prepared`] is a verified module with its search structures, shared by any number of
//! machines; a [`Machine`] owns the buffers of one thread and decides one event after the other.
//!
//! In: a module and event views. Out: an [`Outcome`] an event; in trace mode also what every test said. Never here: blocks,
//! sources, files, clocks; recursion; allocation per event once the buffers have grown (materialised elements of `some of`
//! and values that are set apart).
//!
//! What happens to one event: filters in order, until one drops it; if it stays, classify rules, then alerts. A rule whose
//! test fails (a value beyond the limits) is undone and reported: it fails open, and no other rule notices.
//!
//! Equal tests are asked once per event and remembered. A statement that writes a field or tag clears what was remembered.

mod candidates;
mod compare;
mod context;
mod counting;
mod derived;
mod effects;
mod element;
#[cfg(not(target_arch = "wasm32"))]
mod first;
mod frame;
mod index;
mod kinds;
mod logmanager;
mod matcher;
mod outcome;
#[cfg(not(target_arch = "wasm32"))]
mod pairs;
mod prepared;
mod profile;
mod scalar;
mod strict;
mod test;

pub use counting::parts as key_parts;
pub use derived::Behind;
pub(crate) use derived::{Cells, Derivation, Normalised, sources};
pub use effects::{Effect, Effects};
pub use matcher::Matcher;
pub use outcome::{Failure, Fault, Fired, Outcome, Related, Tally, TraceStep};
pub use prepared::Prepared;
pub use profile::{Cost, Profile};
pub(crate) use scalar::title_case;

pub use context::{Closing, Contexts, Counted, Gone, Moment, Owed, RestoreError, Troubles};

use std::ops::ControlFlow;

use crate::ast::RuleKind;
use crate::bytecode::Instr;
use crate::event::EventView;
use crate::ir::Check;
use effects::Overlaid;
use frame::Frame;

/// What a decision should include.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// After the first drop, also find the later filters that would have dropped.
    pub preview: bool,
    /// Record what every test said; nothing is remembered between tests then.
    pub trace: bool,
    /// The last stage that runs; all of them where it is `None`.
    pub until: Option<RuleKind>,
}

/// The state of one thread.
pub struct Machine<'p> {
    prepared: &'p Prepared,
    /// Per test: the generation in which it was asked, times two, plus the answer.
    memo: Vec<u32>,
    generation: u32,
    frame: Frame,
    element_frame: Frame,
    /// What the normaliser derived of the event.
    derived: Cells,
    outcome: Outcome,
    /// What is remembered from event to event.
    contexts: Contexts,
    /// Field by field, what was found out about its text.
    #[cfg(not(target_arch = "wasm32"))]
    seen: Vec<pairs::Text>,
    /// What of this event the contexts need.
    counting: counting::Counting,
    /// Which events these were before.
    kinds: kinds::Kinds,
    /// Which rules an event leaves.
    candidates: candidates::Candidates,
    /// What it costs.
    clock: profile::Clock,
    /// Where in `outcome.undecidable` the tests begin whose answers are still remembered.
    undecided_from: usize,
}

/// How a rule ended.
enum End {
    Dropped,
    Through,
    Stopped,
}

/// The event as a rule sees it: what effects so far left of it, and, behind the agent, with what the normaliser derives.
macro_rules! seen_by {
    ($machine:ident, $rule:expr, $view:expr => $seen:ident) => {
        let (below, normalised, above);
        let mut $seen: &dyn EventView = $view;
        let seen_module = $machine.prepared.module();
        let writes = $machine.outcome.effects.writes_fields();
        if writes {
            below = Overlaid::new($view, &$machine.outcome.effects, seen_module);
            $seen = &below;
        }
        // Filters run before the normaliser.
        if seen_module.rules[$rule as usize].kind != RuleKind::Filter && !$machine.prepared.derivation().is_empty() {
            normalised = Normalised::new($seen, $machine.prepared.derivation(), &$machine.derived);
            $seen = &normalised;
            // What a rule set or removed is not derived again.
            if writes {
                above = Overlaid::new($seen, &$machine.outcome.effects, seen_module);
                $seen = &above;
            }
        }
    };
}
use seen_by;

impl<'p> Machine<'p> {
    /// A machine for these rules.
    pub fn new(prepared: &'p Prepared) -> Self {
        Self {
            prepared,
            memo: vec![0; prepared.module().tests.len()],
            generation: 0,
            frame: Frame::new(prepared.module().layout.len()),
            element_frame: Frame::new(prepared.widest_element()),
            derived: Cells::new(prepared.derivation()),
            outcome: Outcome::default(),
            contexts: Contexts::new(&prepared.module().contexts, prepared.module().rules.len()),
            #[cfg(not(target_arch = "wasm32"))]
            seen: vec![pairs::Text::default(); prepared.module().layout.len()],
            counting: counting::Counting::default(),
            kinds: kinds::Kinds::default(),
            candidates: candidates::Candidates::default(),
            clock: profile::Clock::default(),
            undecided_from: 0,
        }
    }

    /// Measures from here on what rules and tests cost.
    pub fn measure(&mut self) {
        let module = self.prepared.module();
        self.clock.start(module.rules.len(), module.tests.len());
    }

    /// What was measured.
    pub fn profile(&self) -> Option<&Profile> {
        self.clock.profile()
    }

    /// Decides one event. The view must have been made for the module's layout.
    pub fn decide(&mut self, view: &dyn EventView, options: Options) -> &Outcome {
        let begun = self.clock.now();
        self.run_stages(view, options);
        self.clock.add(begun, |profile| Some(&mut profile.events));
        &self.outcome
    }

    fn run_stages(&mut self, view: &dyn EventView, options: Options) {
        self.outcome.clear();
        self.frame.next_event();
        self.derived.next_event();
        self.counting.next_event();
        self.forget();
        match self.kinds.of(view, self.prepared, &mut self.frame) {
            Ok(event) => self.outcome.event = event,
            // Nobody can say which event this is, so no rule decides on it.
            Err(_) => {
                self.outcome.malformed = true;
                return;
            }
        }
        for kind in [RuleKind::Filter, RuleKind::Classify, RuleKind::Alert] {
            if options.until.is_some_and(|until| kind > until) {
                break;
            }
            if kind == RuleKind::Alert {
                self.pass_time(view);
            }
            self.stage(kind, view, options);
            if self.outcome.dropped_by.is_some() {
                break;
            }
            if kind == RuleKind::Alert && !self.contexts.nothing_closed() {
                self.outcome.closed = self.contexts.closed();
            }
            // The agent's `raw` is not the log manager's, though the test is the same.
            if kind == RuleKind::Filter && self.prepared.derivation().hides() && !view.is_stored() {
                self.frame.next_event();
                self.forget();
            }
        }
    }

    fn stage(&mut self, kind: RuleKind, view: &dyn EventView, options: Options) {
        let prepared = self.prepared;
        let event = self.outcome.event;
        if !options.trace
            && let Some((plan, first)) = prepared.plan(kind, event)
        {
            let begun = self.clock.now();
            self.candidates.find(plan, view);
            self.clock.add(begun, |profile| Some(&mut profile.candidates));
            let mut from = 0;
            while let Some(rule) = self.candidates.next(from) {
                from = rule + 1;
                if self.ends_at_once(first + rule, view) {
                    continue;
                }
                if self.run_rule(first + rule, view, options).is_break() {
                    break;
                }
            }
            return;
        }
        let route = if options.trace { prepared.all_rules(kind) } else { prepared.route(kind, event) };
        for rule in route.iter().copied() {
            if !options.trace && self.ends_at_once(rule, view) {
                continue;
            }
            if self.run_rule(rule, view, options).is_break() {
                break;
            }
        }
    }

    /// In the browser's module, where every byte is loaded before anybody sees a decision, rules are run as they are.
    #[cfg(target_arch = "wasm32")]
    fn ends_at_once(&self, _: u32, _: &dyn EventView) -> bool {
        false
    }

    /// Does the rule end at its first test, with nothing to say? Where this cannot tell, the rule is run.
    #[cfg(not(target_arch = "wasm32"))]
    fn ends_at_once(&mut self, rule: u32, view: &dyn EventView) -> bool {
        let prepared = self.prepared;
        let Some(first) = prepared.firsts().of(rule) else { return false };
        // What rules wrote stands before what the event holds; and what is measured is measured whole.
        if self.outcome.effects.writes_fields() || self.clock.runs() {
            return false;
        }
        let memo = self.memo[first.test as usize];
        let goes_on = if memo >> 1 == self.generation {
            // It may have been undecidable, which is said again.
            memo & 1 == 1 || self.outcome.undecidable.len() > self.undecided_from
        } else {
            let Some(holds) = self.first_holds(first, view) else { return false };
            self.memo[first.test as usize] = self.generation << 1 | u32::from(holds);
            holds
        };
        self.outcome.steps += u64::from(!goes_on);
        !goes_on
    }

    /// Does a first test hold? `None`: that is for the rule to find out.
    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    fn first_holds(&mut self, first: first::First, view: &dyn EventView) -> Option<bool> {
        use crate::event::Raw;
        let prepared = self.prepared;
        if let (Some(text), Some(seen)) =
            (self.frame.folded_before(first.slot), self.seen.get_mut(usize::from(first.slot.0)))
            && prepared.firsts().cannot_hold(first, text, seen, self.generation)
        {
            return Some(false);
        }
        match view.raw(first.slot) {
            Raw::Absent | Raw::Null => view.undecidable(first.slot).is_none().then_some(false),
            raw @ (Raw::Text(_) | Raw::Json(_)) => {
                let test = prepared.module().tests.get(first.test as usize)?;
                test::quick(test, prepared.matcher(first.test), prepared, first.slot, raw, &mut self.frame).ok()?
            }
            Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
        }
    }

    /// Runs one rule with what comes of it; breaks where no later one of its stage runs.
    fn run_rule(&mut self, rule: u32, view: &dyn EventView, options: Options) -> ControlFlow<()> {
        let mark = self.outcome.effects.mark();
        let begun = self.clock.now();
        let ran = self.rule(rule, view, options.trace);
        self.clock.add(begun, |profile| profile.rules.get_mut(rule as usize));
        match ran.and_then(|end| self.hush(rule, mark, view).map(|()| end).map_err(|fault| (u32::MAX, fault))) {
            Ok(End::Through) => {}
            Ok(End::Stopped) => {
                self.outcome.stopped_by.push(rule);
                return ControlFlow::Break(());
            }
            Ok(End::Dropped) => {
                if self.outcome.dropped_by.is_none() {
                    self.outcome.dropped_by = Some(rule);
                    if !options.preview {
                        return ControlFlow::Break(());
                    }
                } else {
                    self.outcome.would_drop.push(rule);
                }
            }
            Err((site, fault)) => {
                if self.outcome.effects.undo_to(mark) {
                    self.frame.next_event();
                    self.forget();
                }
                self.outcome.failures.push(Failure { rule, site, fault });
            }
        }
        ControlFlow::Continue(())
    }

    /// Runs one rule. At most as many steps as it has instructions: every jump goes forward.
    fn rule(&mut self, rule: u32, view: &dyn EventView, trace: bool) -> Result<End, (u32, Fault)> {
        let module = self.prepared.module();
        let code = &module.rules[rule as usize];
        self.counting.begin_rule();
        let mut pc = code.start as usize;
        while pc < code.end as usize {
            self.outcome.steps += 1;
            pc += 1;
            match module.code[pc - 1] {
                Instr::JumpIfFalse { site, to } => {
                    if !self.ask(rule, site, view, trace)? {
                        pc = to as usize;
                    }
                }
                Instr::JumpIfTrue { site, to } => {
                    if self.ask(rule, site, view, trace)? {
                        pc = to as usize;
                    }
                }
                Instr::Jump { to } => pc = to as usize,
                Instr::Name(text) => self.outcome.effects.push(Effect::Name { rule, text }),
                Instr::Tag(text) => self.write(Effect::Tag { rule, kind: code.kind, text }),
                Instr::Untag(text) => self.write(Effect::Untag { rule, kind: code.kind, text }),
                Instr::Set(set) => {
                    let value = self.set_value(set, view).map_err(|fault| (u32::MAX, fault))?;
                    if let Some(value) = value {
                        self.write(Effect::Set { rule, slot: module.sets[set as usize].0, value });
                    }
                }
                Instr::Remove(removal) => self.write(Effect::Remove { rule, removal }),
                Instr::Send(send) => {
                    let fired = self.counting.fired;
                    self.outcome.effects.push(Effect::Send { rule, send, fired, quiet: false });
                }
                Instr::Step(step) => self.counting.steps |= 1 << step,
                Instr::When { context, to } => {
                    if !self.when(rule, context, view).map_err(|fault| (u32::MAX, fault))? {
                        pc = to as usize;
                    }
                }
                Instr::Remember(named) => self.remember(rule, named, view).map_err(|fault| (u32::MAX, fault))?,
                Instr::Forget(named) => self.forget_named(rule, named, view).map_err(|fault| (u32::MAX, fault))?,
                Instr::Drop => return Ok(End::Dropped),
                Instr::Keep => return Ok(End::Through),
                Instr::Stop => return Ok(End::Stopped),
            }
        }
        Ok(End::Through)
    }

    fn write(&mut self, effect: Effect) {
        self.outcome.effects.push(effect);
        self.frame.next_event();
        self.forget();
    }

    /// Forgets all answers.
    fn forget(&mut self) {
        self.counting.forget_key();
        self.derived.clear();
        self.undecided_from = self.outcome.undecidable.len();
        // 31 bits of generation; when they are used up, every slot is wiped once.
        self.generation = (self.generation + 1) & (u32::MAX >> 1);
        if self.generation == 0 {
            self.memo.fill(0);
            #[cfg(not(target_arch = "wasm32"))]
            self.seen.fill(pairs::Text::default());
            self.generation = 1;
        }
    }

    /// What a site's test says.
    fn ask(&mut self, rule: u32, site: u32, view: &dyn EventView, trace: bool) -> Result<bool, (u32, Fault)> {
        let test = self.prepared.module().sites[site as usize].test;
        // What rules did and counted may have changed since it was asked.
        let lasting =
            !matches!(self.prepared.module().tests[test as usize].check, Check::Acted(_) | Check::Remembered(..));
        let memo = self.memo[test as usize];
        if lasting && memo >> 1 == self.generation && !trace {
            self.undecided_again(rule, site, test);
            return Ok(memo & 1 == 1);
        }
        let begun = self.clock.now();
        let holds = self.evaluate(rule, site, test, view).map_err(|fault| (site, fault));
        self.clock.add(begun, |profile| profile.tests.get_mut(test as usize));
        let holds = holds?;
        self.memo[test as usize] = self.generation << 1 | u32::from(holds);
        if trace {
            self.outcome.trace.push(TraceStep { rule, site, holds });
        }
        Ok(holds)
    }

    /// A remembered answer was none if the event's form lost what the test asks for: this rule is reported too.
    fn undecided_again(&mut self, rule: u32, site: u32, test: u32) {
        let sites = &self.prepared.module().sites;
        let known = self.outcome.undecidable.get(self.undecided_from..).unwrap_or_default();
        if let Some((.., why)) = known.iter().find(|(_, asked, _)| sites[*asked as usize].test == test).copied() {
            self.outcome.undecidable.push((rule, site, why));
        }
    }

    fn evaluate(&mut self, rule: u32, site: u32, index: u32, view: &dyn EventView) -> Result<bool, Fault> {
        let prepared = self.prepared;
        let module = prepared.module();
        let test = &module.tests[index as usize];
        seen_by!(self, rule, view => seen);
        match &test.check {
            // What says which event it is cannot be removed or set, so the answer stays.
            Check::EventIs(events) => Ok(self.outcome.event.is_some_and(|event| events.binary_search(&event).is_ok())),
            Check::HasTag { tags, all, agent } => {
                let mut has =
                    |tag: &String| test::has_tag(tag, *agent, seen, &self.outcome.effects, prepared, &mut self.frame);
                let mut found = 0;
                for tag in tags {
                    found += usize::from(has(tag)?);
                }
                if let Some(why) = test::tags_undecidable(tags, *all, *agent, seen, &self.outcome.effects, module) {
                    self.outcome.undecidable.push((rule, site, why));
                }
                Ok(if *all { found == tags.len() } else { found > 0 })
            }
            Check::Acted(other) => Ok(self.outcome.effects.iter().any(|effect| effect.rule() == *other)),
            Check::Remembered(named, least) => {
                let moment = self.counting.moment(seen, module, &mut self.frame, &mut self.contexts)?;
                let Some(moment) = moment else { return Ok(false) };
                if !self.counting.key(&named.by, seen, &mut self.frame)? {
                    return Ok(false);
                }
                let context = &module.contexts[named.context as usize];
                let count = self.contexts.counted(named.context, context, self.counting.key_bytes(), moment);
                Ok(count >= u64::from(*least))
            }
            Check::Some(element) => {
                let holds =
                    element::some_of(element, prepared.matcher(index), seen, prepared, &mut self.element_frame)?;
                if let Some(why) = test::undecidable(test, seen) {
                    self.outcome.undecidable.push((rule, site, why));
                }
                Ok(holds)
            }
            Check::Exists
            | Check::Blank
            | Check::Order(..)
            | Check::Text { .. }
            | Check::Like { .. }
            | Check::Matches { .. }
            | Check::In(_)
            | Check::Class(_)
            | Check::Table(_)
            | Check::Field(..) => {
                let holds = test::holds(test, prepared.matcher(index), seen, prepared, &mut self.frame)?;
                if let Some(why) = test::undecidable(test, seen) {
                    self.outcome.undecidable.push((rule, site, why));
                }
                Ok(holds)
            }
        }
    }

    fn set_value(&mut self, set: u32, view: &dyn EventView) -> Result<Option<crate::event::Value>, Fault> {
        use crate::event::Value;
        use crate::ir::SetValue;
        let module = self.prepared.module();
        Ok(match &module.sets[set as usize].1 {
            SetValue::Text(text) => Some(Value::Text(text.clone())),
            SetValue::Number(number) => Some(Value::Number(*number)),
            SetValue::Bool(value) => Some(Value::Bool(*value)),
            SetValue::Operand(operand) => {
                let below = Overlaid::new(view, &self.outcome.effects, module);
                let normalised = Normalised::new(&below, self.prepared.derivation(), &self.derived);
                let seen = Overlaid::new(&normalised, &self.outcome.effects, module);
                test::value_of(operand, &seen, self.prepared, &mut self.frame)?
            }
        })
    }

    /// What is remembered from event to event.
    pub fn contexts(&self) -> &Contexts {
        &self.contexts
    }

    /// The same, to end what is quiet.
    pub fn contexts_mut(&mut self) -> &mut Contexts {
        &mut self.contexts
    }

    /// Goes on with what another machine of this module remembered.
    pub fn resume(&mut self, contexts: Contexts) {
        self.contexts = contexts;
    }

    /// The outcome of the last event.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}
