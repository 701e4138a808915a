//! What compiles, runs, and is a mistake all the same: lints over the rules of a whole project.
//!
//! In: definitions, the program that they became, the context of the check. Out: warnings and notes, less those that a rule
//! allows with a reason. Never here: errors; a change of the program; a guess: `reach` says only what it can prove.
//!
//! | file | what |
//! | --- | --- |
//! | `terms.rs` | conditions, and the ways to what rules do, as lists of terms |
//! | `implies.rs` | when one test makes another sure, or impossible |
//! | `reach.rs` | never, always, the same twice, nothing left, nothing kept |
//! | `whole.rs` | drops of all of a kind, or nearly all |
//! | `breadth.rs` | drops that take more than they name |
//! | `folders.rs` | folders that users can write to |
//! | `autostart.rs` | drops of keys by which programs start |
//! | `trust.rs` | drops by what an intruder chooses; what later rules need |
//! | `patterns.rs` | regular expressions |
//! | `allow.rs` | what a rule allows, and what nobody answers for |
//!
//! What is proved holds for events of which each field of the catalogue has one value, as Sysmon writes them, and of which no value is
//! beyond the limits.

mod allow;
mod autostart;
mod breadth;
mod folders;
mod implies;
mod patterns;
mod reach;
mod terms;
mod trust;
mod whole;

pub(crate) use allow::can_be_allowed;

use rustc_hash::FxHashSet;

use super::{Checked, Context};
use crate::ast::{Definition, RuleKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Slot;
use crate::ir::{Check, From, Program, SiteId, Test};
use crate::origin::Origin;
use terms::{Does, Effect, Lit, Term, Volatile};

/// Adds lints to the findings of a check, takes out what rules allow, and says which exceptions nothing needed.
pub fn lint(definitions: &[Definition], context: &Context<'_>, checked: &mut Checked) {
    let program = &checked.program;
    let mut lints = Lints {
        program,
        context,
        effects: terms::effects(program),
        volatile: Volatile::of(program),
        found: Vec::new(),
        told: FxHashSet::default(),
    };
    lints.reach();
    lints.breadth();
    lints.trust();
    lints.autostart();
    lints.patterns();
    lints.owners(definitions);
    let mut found = lints.found;
    let used = allowed(definitions, &mut found);
    checked.allowed.extend(used);
    found.extend(allow::unused(definitions, program, &checked.allowed));
    checked.diagnostics.append(&mut found);
    crate::diagnostic::sort(&mut checked.diagnostics);
}

/// Takes out of findings what their rules allow; gives the lines that allowed some.
pub(super) use allow::apply as allowed;

struct Lints<'a> {
    program: &'a Program,
    context: &'a Context<'a>,
    effects: Vec<Effect>,
    volatile: Volatile,
    found: Vec<Diagnostic>,
    /// What was said of which place; once is enough.
    told: FxHashSet<(Code, Origin)>,
}

impl<'a> Lints<'a> {
    fn report(&mut self, diagnostic: Diagnostic) {
        if self.told.insert((diagnostic.code, diagnostic.primary.origin)) {
            self.found.push(diagnostic);
        }
    }

    fn test(&self, site: SiteId) -> &'a Test {
        self.program.test_of(site)
    }

    fn origin(&self, site: SiteId) -> Origin {
        self.program.sites[site.index()].origin
    }

    /// The name of the event's own data that a test asks about: `Image`.
    fn data_name(&self, lit: &Lit) -> Option<&'a str> {
        match self.test(lit.site).subject.from {
            From::Slot(slot) => self.slot_name(slot),
            From::AnyField | From::AnyOf(_) | From::Hash(..) | From::Typed(..) | From::Event => None,
        }
    }

    fn slot_name(&self, slot: Slot) -> Option<&'a str> {
        let paths = &self.program.layout.get(slot)?.paths;
        paths.iter().find_map(|path| path.strip_prefix("winlog.event_data."))
    }

    /// The drops of filters, each with its terms.
    fn drops(&self) -> Vec<(usize, Vec<Term>)> {
        let drop = |(at, effect): (usize, &Effect)| {
            let filter = self.program.rules.get(effect.rule.index()).is_some_and(|rule| rule.kind == RuleKind::Filter);
            (filter && effect.does == Does::Drop && !effect.loose).then(|| (at, effect.terms.clone()))
        };
        self.effects.iter().enumerate().filter_map(drop).collect()
    }
}

/// Is it a test of which event it is, or whether something is there: what narrows a drop to a kind of event and no further?
fn names_kind(test: &Test, program: &Program) -> bool {
    let header = matches!(test.subject.from, From::Slot(slot) if program.layout.get(slot).is_some_and(|field| {
        field.paths.iter().all(|path| {
            matches!(
                path.as_str(),
                "winlog.provider_name" | "event.provider" | "winlog.event_id" | "event.code" | "winlog.channel"
            )
        })
    }));
    header || matches!(test.check, Check::EventIs(_) | Check::Exists)
}
