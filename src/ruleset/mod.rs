//! Many rules at once: from what an event's fields hold to the few rules that could still do something.
//!
//! In: a module. Out: for each kind of event, the fields that are worth looking at, and for the text of each the rules that remain; a
//! rule is left out only where its own code says that it can do nothing. Never here: views of events, evaluation, a decision.
//!
//! | step | where |
//! | --- | --- |
//! | which tests of a rule must hold for it to act: its witnesses, the rarest of those that would do | [`witness`] |
//! | what a test that holds says about the text of one field | [`atom`], of patterns [`literals`] |
//! | how often that is so | [`rarity`] |
//! | which of all rules' witnesses one text has, by one search each for equal, start, end and inside | [`field`] |
//!
//! Every step only over-approximates: what is left in is decided by the machine, test by test, and what is left out could neither have
//! acted nor failed nor had a test that the event's form cannot answer. For that a [`Plan`] names, field by field, the rules that read
//! it: where a field holds anything but a plain sound text, all of them remain.
//!
//! Literals travel in the module; all that stands here is made of them when an event first asks for it.

mod atom;
mod field;
mod literals;
mod rarity;
#[cfg(test)]
mod tests;
mod witness;

pub(crate) use field::{Field, Form};

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::bytecode::Module;
use crate::event::Slot;
use atom::{Asks, Atom};
use witness::{Need, Reads};

/// From how many rules on it pays to look at the fields first.
const WORTH: usize = 6;

/// Is there an index at all? A page previews the few rules of whoever draws, and would have 12 kB more to load: its module has no room
/// for them.
const HERE: bool = !cfg!(target_arch = "wasm32");

/// When events are looked at before rules are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Indexing {
    /// Where there are enough rules for it to pay.
    #[default]
    Worthwhile,
    /// Wherever a rule allows it; for tests.
    Always,
    /// Never: every rule of an event's kind is asked; the measure of the others. A machine that measures runs each of them whole.
    Never,
}

impl Indexing {
    fn least(self) -> usize {
        match self {
            Indexing::Worthwhile => WORTH,
            Indexing::Always => 1,
            Indexing::Never => usize::MAX,
        }
    }
}

/// The rules of one stage (filters, classify rules, alerts).
pub(crate) struct Ruleset {
    /// The first rule's number; the others follow it.
    first: u32,
    /// Fewer rules are not worth it.
    least: usize,
    /// By slot: may rules see its value otherwise than it stands in the event?
    elsewhere: Vec<bool>,
    atoms: atom::Table,
    /// Each made when a plan first asks for it.
    rules: Vec<OnceLock<Prepared>>,
    /// For each kind of event the module knows, and last for all others.
    plans: Vec<OnceLock<Option<Plan>>>,
    /// Fields of the plans that exist, with slot and rules: kinds of events that the same rules concern share them.
    shared: Mutex<Vec<Shared>>,
}

/// A field with its slot and the rules that ask.
type Shared = (Slot, Vec<u32>, Arc<Field>);

/// One rule: what it needs, and which slots it reads.
struct Prepared {
    need: Need,
    reads: Vec<Slot>,
}

/// What to look at in an event of one kind.
pub(crate) struct Plan {
    /// A bit for each rule of the stage that no field can rule out.
    pub(crate) always: Vec<u64>,
    /// The fields, in the order of their slots.
    pub(crate) fields: Vec<FieldPlan>,
}

/// One field of a plan.
pub(crate) struct FieldPlan {
    /// Which field.
    pub(crate) slot: Slot,
    /// The rules that read it: all of them remain where it holds no plain sound text.
    pub(crate) readers: Box<[u32]>,
    /// The rules that remain wherever it holds a text at all.
    pub(crate) present: Box<[u32]>,
    /// What says which of the others remain.
    pub(crate) field: Option<Arc<Field>>,
}

impl Ruleset {
    /// The rules from `first` on, `count` of them. `elsewhere`: slots whose value rules may see otherwise than it stands in the event.
    pub(crate) fn new(
        module: &Module,
        (first, count): (u32, usize),
        elsewhere: &dyn Fn(Slot) -> bool,
        indexing: Indexing,
    ) -> Self {
        let least = if HERE { indexing.least() } else { usize::MAX };
        // Too few are never looked up.
        let count = if count < least { 0 } else { count };
        Self {
            first,
            least,
            elsewhere: module.layout.iter().map(|(slot, _)| elsewhere(slot)).collect(),
            atoms: atom::Table::new(module),
            rules: (0..count).map(|_| OnceLock::new()).collect(),
            plans: (0..=module.events.len()).map(|_| OnceLock::new()).collect(),
            shared: Mutex::default(),
        }
    }

    /// The number of the stage's first rule, to which bits and lists of a [`Plan`] are relative.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }

    /// What to look at in events of a kind, of which these rules of the stage could do something to; `None`: it does not pay.
    pub(crate) fn plan(&self, module: &Module, kind: usize, route: &[u32]) -> Option<&Plan> {
        if !HERE || route.len() < self.least {
            return None;
        }
        self.plans.get(kind)?.get_or_init(|| self.make(module, route)).as_ref()
    }

    fn prepared(&self, module: &Module, rule: u32) -> Option<&Prepared> {
        let make = || {
            let Reads { slots, plain } = witness::reads(module, self.first + rule);
            let elsewhere = |slot: &Slot| self.elsewhere.get(usize::from(slot.0)).is_none_or(|elsewhere| *elsewhere);
            let plain = plain && !slots.iter().any(elsewhere);
            let need = if plain { witness::need(module, self.first + rule, &self.atoms) } else { Need::Always };
            Prepared { need, reads: slots }
        };
        self.rules.get(rule as usize).map(|rule| rule.get_or_init(make))
    }

    fn make(&self, module: &Module, route: &[u32]) -> Option<Plan> {
        let mut always = vec![0_u64; self.rules.len().div_ceil(64)];
        let mut fields: Vec<(Slot, Made<'_>)> = Vec::new();
        let mut indexed = 0;
        for rule in route.iter().map(|rule| rule - self.first) {
            let prepared = self.prepared(module, rule)?;
            let atoms = match &prepared.need {
                Need::Always => {
                    if let Some(word) = always.get_mut(rule as usize / 64) {
                        *word |= 1 << (rule % 64);
                    }
                    continue;
                }
                Need::One(atoms) => atoms,
            };
            indexed += 1;
            for slot in &prepared.reads {
                made(&mut fields, *slot).readers.push(rule);
            }
            for Atom { slot, asks } in atoms {
                let made = made(&mut fields, *slot);
                match asks {
                    Asks::Present => made.present.push(rule),
                    Asks::Equal(_) | Asks::Start(_) | Asks::End(_) | Asks::Inside(_) => made.texts.push((asks, rule)),
                }
            }
        }
        if indexed < self.least {
            return None;
        }
        let mut fields: Vec<FieldPlan> = fields.into_iter().map(|(slot, made)| self.field(slot, made)).collect();
        crate::order::sort_by_key(&mut fields, |field| field.slot);
        Some(Plan { always, fields })
    }

    fn field(&self, slot: Slot, made: Made<'_>) -> FieldPlan {
        let Made { readers, mut present, texts } = made;
        present.dedup();
        let field = (!texts.is_empty()).then(|| {
            let mut rules: Vec<u32> = texts.iter().map(|(_, rule)| *rule).collect();
            rules.dedup();
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((.., field)) = shared.iter().find(|(known, of, _)| (*known, of) == (slot, &rules)) {
                return field.clone();
            }
            let field = Arc::new(Field::new(texts));
            shared.push((slot, rules, field.clone()));
            field
        });
        FieldPlan { slot, readers: readers.into(), present: present.into(), field }
    }
}

/// What is made of a slot.
fn made<'f, 'r>(fields: &'f mut Vec<(Slot, Made<'r>)>, slot: Slot) -> &'f mut Made<'r> {
    let at = match fields.iter().position(|(known, _)| *known == slot) {
        Some(at) => at,
        None => {
            fields.push((slot, Made::default()));
            fields.len() - 1
        }
    };
    &mut fields[at].1
}

/// A field of a plan in the making.
#[derive(Default)]
struct Made<'r> {
    readers: Vec<u32>,
    present: Vec<u32>,
    texts: Vec<(&'r Asks, u32)>,
}
