//! What rules do to an event, as a log: later tests read through it, and undoing a failed rule is cutting it off.
//!
//! In: effects in the order in which they happened. Out: the state that follows. Never here: the event itself.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::ast::RuleKind;
use crate::bytecode::Module;
use crate::event::json::Damage;
use crate::event::{EventView, Raw, Slot, Value, without};

/// One change. `rule` is an index into the module's rules, `text` into its texts, and so on.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A first-match table gave a name.
    Name {
        /// By which rule.
        rule: u32,
        /// The name.
        text: u32,
    },
    /// A tag was added.
    Tag {
        /// By which rule.
        rule: u32,
        /// Of which kind; tags of filters are the agent's.
        kind: RuleKind,
        /// The tag.
        text: u32,
    },
    /// A tag was taken away.
    Untag {
        /// By which rule.
        rule: u32,
        /// Of which kind.
        kind: RuleKind,
        /// The tag.
        text: u32,
    },
    /// A field was set.
    Set {
        /// By which rule.
        rule: u32,
        /// Which.
        slot: Slot,
        /// To what.
        value: Value,
    },
    /// Fields were removed.
    Remove {
        /// By which rule.
        rule: u32,
        /// Index into the module's removals.
        removal: u32,
    },
    /// Something is to be sent.
    Send {
        /// By which rule.
        rule: u32,
        /// Index into the module's sends.
        send: u32,
        /// The `when` that told it: index into the outcome's `fired`; `None`: there was none.
        fired: Option<u32>,
        /// The same was sent so short a time ago that this is not.
        quiet: bool,
    },
}

impl Effect {
    /// The rule that did it.
    pub fn rule(&self) -> u32 {
        match self {
            Effect::Name { rule, .. }
            | Effect::Tag { rule, .. }
            | Effect::Untag { rule, .. }
            | Effect::Set { rule, .. }
            | Effect::Remove { rule, .. }
            | Effect::Send { rule, .. } => *rule,
        }
    }

    fn writes_field(&self) -> bool {
        matches!(self, Effect::Set { .. } | Effect::Remove { .. })
    }
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    log: Vec<Effect>,
    field_writes: usize,
}

impl Effects {
    /// All effects in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Effect> {
        self.log.iter()
    }

    /// Those of the rules that ran before this one: of kinds before its own, and of its own kind before it.
    pub(crate) fn before(&self, module: &Module, rule: u32) -> Effects {
        let place = |rule: u32| module.rules.get(rule as usize).map(|code| (code.kind, rule));
        let mut before = Effects::default();
        for effect in self.log.iter().filter(|effect| place(effect.rule()) < place(rule)) {
            before.push(effect.clone());
        }
        before
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    pub(super) fn push(&mut self, effect: Effect) {
        self.field_writes += usize::from(effect.writes_field());
        self.log.push(effect);
    }

    /// Those behind a mark.
    pub(super) fn behind(&mut self, mark: usize) -> &mut [Effect] {
        self.log.get_mut(mark..).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.log.clear();
        self.field_writes = 0;
    }

    pub(super) fn mark(&self) -> usize {
        self.log.len()
    }

    /// Undoes everything behind the mark; was there anything?
    pub(super) fn undo_to(&mut self, mark: usize) -> bool {
        let any = self.log.len() > mark;
        for effect in self.log.drain(mark.min(self.log.len())..) {
            self.field_writes -= usize::from(effect.writes_field());
        }
        any
    }

    /// Has a field been set or removed?
    pub fn writes_fields(&self) -> bool {
        self.field_writes > 0
    }

    /// What was said last of a tag by rules that run on the agent (`agent`) or behind it: added, taken away, or nothing.
    pub fn tag(&self, module: &Module, tag: &str, agent: bool) -> Option<bool> {
        self.log.iter().rev().find_map(|effect| match effect {
            Effect::Tag { kind, text, .. } => {
                ((*kind == RuleKind::Filter) == agent && module.texts[*text as usize] == tag).then_some(true)
            }
            Effect::Untag { kind, text, .. } => {
                ((*kind == RuleKind::Filter) == agent && module.texts[*text as usize] == tag).then_some(false)
            }
            Effect::Name { .. } | Effect::Set { .. } | Effect::Remove { .. } | Effect::Send { .. } => None,
        })
    }

    /// The tags that rules behind the agent left on the event, sorted.
    pub fn tags<'m>(&self, module: &'m Module) -> Vec<&'m str> {
        self.tags_of(module, false)
    }

    /// The tags that filters left on the event, sorted.
    pub fn agent_tags<'m>(&self, module: &'m Module) -> Vec<&'m str> {
        self.tags_of(module, true)
    }

    fn tags_of<'m>(&self, module: &'m Module, agent: bool) -> Vec<&'m str> {
        let mut tags: Vec<&str> = self
            .log
            .iter()
            .filter_map(|effect| match effect {
                Effect::Tag { kind, text, .. } if (*kind == RuleKind::Filter) == agent => {
                    Some(module.texts[*text as usize].as_str())
                }
                Effect::Tag { .. }
                | Effect::Name { .. }
                | Effect::Untag { .. }
                | Effect::Set { .. }
                | Effect::Remove { .. }
                | Effect::Send { .. } => None,
            })
            .filter(|tag| self.tag(module, tag, agent) == Some(true))
            .collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// What the log says of a field at a slot of a layout that begins with the module's: set to a value, removed (`None`), or nothing.
    pub(crate) fn written(&self, module: &Module, slot: Slot, paths: &[String]) -> Option<Option<&Value>> {
        let under = |path: &String, removed: &String| {
            path.strip_prefix(removed.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '@']))
        };
        self.log.iter().rev().find_map(|effect| match effect {
            Effect::Set { slot: to, value, .. } => (*to == slot).then_some(Some(value)),
            Effect::Remove { removal, .. } => {
                let removed = &module.removals[*removal as usize].paths;
                paths.iter().any(|path| removed.iter().any(|removed| under(path, removed))).then_some(None)
            }
            Effect::Name { .. } | Effect::Tag { .. } | Effect::Untag { .. } | Effect::Send { .. } => None,
        })
    }

    /// What the log says of a slot: set to a value, removed (`None`), or nothing.
    pub(super) fn slot(&self, module: &Module, slot: Slot) -> Option<Option<&Value>> {
        self.log.iter().rev().find_map(|effect| match effect {
            Effect::Set { slot: to, value, .. } => (*to == slot).then_some(Some(value)),
            Effect::Remove { removal, .. } => module.removals[*removal as usize].slots.contains(&slot).then_some(None),
            Effect::Name { .. } | Effect::Tag { .. } | Effect::Untag { .. } | Effect::Send { .. } => None,
        })
    }
}

/// The event as the effects so far left it.
pub(super) struct Overlaid<'a> {
    view: &'a dyn EventView,
    effects: &'a Effects,
    module: &'a Module,
}

impl<'a> Overlaid<'a> {
    pub(super) fn new(view: &'a dyn EventView, effects: &'a Effects, module: &'a Module) -> Self {
        Self { view, effects, module }
    }

    fn removed(&self, path: &str) -> bool {
        self.effects.iter().any(|effect| match effect {
            Effect::Remove { removal, .. } => self.module.removals[*removal as usize].paths.iter().any(|removed| {
                path.strip_prefix(removed.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '@']))
            }),
            Effect::Name { .. }
            | Effect::Tag { .. }
            | Effect::Untag { .. }
            | Effect::Set { .. }
            | Effect::Send { .. } => false,
        })
    }
}

impl EventView for Overlaid<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        match self.effects.slot(self.module, slot) {
            Some(Some(value)) => value.raw(),
            Some(None) => Raw::Absent,
            None => self.view.raw(slot),
        }
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        let mut going = true;
        self.view.leaves(&mut |path, raw| {
            if self.removed(path) {
                return ControlFlow::Continue(());
            }
            let flow = visit(path, raw);
            going = flow.is_continue();
            flow
        });
        // Fields that were set are leaves too, behind the event's own.
        for effect in self.effects.iter() {
            if let Effect::Set { slot, value, .. } = effect
                && going
                && self.effects.slot(self.module, *slot) == Some(Some(value))
            {
                let name = self.module.layout.get(*slot).map_or("", |field| field.name.as_str());
                going = visit(name, value.raw()).is_continue();
            }
        }
    }

    /// Those that were removed too.
    fn data_names(&self, visit: &mut dyn FnMut(&[u8])) -> bool {
        self.view.data_names(visit)
    }

    fn is_stored(&self) -> bool {
        self.view.is_stored()
    }

    /// The event without what was removed. What was set stands only at its slot.
    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        let whole = self.view.whole()?;
        let removals = self.effects.iter().filter_map(|effect| match effect {
            Effect::Remove { removal, .. } => Some(&self.module.removals[*removal as usize]),
            Effect::Name { .. }
            | Effect::Tag { .. }
            | Effect::Untag { .. }
            | Effect::Set { .. }
            | Effect::Send { .. } => None,
        });
        let removed: Vec<&str> = removals.flat_map(|removal| &removal.paths).map(String::as_str).collect();
        Ok(if removed.is_empty() { whole } else { Cow::Owned(without(&whole, &removed)) })
    }

    fn also(&self) -> Vec<(String, Value)> {
        self.view.also()
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        match self.effects.slot(self.module, slot) {
            Some(_) => None,
            None => self.view.undecidable(slot),
        }
    }
}
