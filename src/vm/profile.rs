//! What rules and tests cost, measured while they run.
//!
//! In: how long each took. Out: sums. Never here: what they decide; a clock in a page, which has none for this.
//!
//! Reading the clock takes time too, some 20 to 50 ns: sums are to be compared with one another. Rules
//! are run whole, also those that `first.rs` would end sooner.

use std::time::Instant;

/// Is there a clock at all?
const HERE: bool = !cfg!(target_arch = "wasm32");

/// How often something was done, and how long it took in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How often.
    pub times: u64,
    /// Nanoseconds.
    pub nanoseconds: u64,
}

/// What was spent so far.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Events decided.
    pub events: Cost,
    /// Searches for the rules that an event leaves.
    pub candidates: Cost,
    /// Rule by rule, its runs; with its tests, and what follows from them.
    pub rules: Vec<Cost>,
    /// Test by test, what it cost to answer it; an answer that was known already cost nothing.
    pub tests: Vec<Cost>,
}

/// A machine's profile, if there is to be one.
#[derive(Debug, Default)]
pub(super) struct Clock(Option<Box<Profile>>);

impl Cost {
    fn add(&mut self, begun: Instant) {
        self.times += 1;
        self.nanoseconds += u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
    }
}

impl Clock {
    pub(super) fn start(&mut self, rules: usize, tests: usize) {
        let none = Cost::default();
        let profile = Profile { events: none, candidates: none, rules: vec![none; rules], tests: vec![none; tests] };
        self.0 = Some(Box::new(profile));
    }

    pub(super) fn profile(&self) -> Option<&Profile> {
        self.0.as_deref()
    }

    /// Is anything measured?
    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    pub(super) fn runs(&self) -> bool {
        HERE && self.0.is_some()
    }

    /// When something begins, where that is to be measured.
    #[inline(always)]
    pub(super) fn now(&self) -> Option<Instant> {
        if HERE && self.0.is_some() { Some(Instant::now()) } else { None }
    }

    /// Adds what began then to what `of` names.
    #[inline(always)]
    pub(super) fn add(&mut self, begun: Option<Instant>, of: impl FnOnce(&mut Profile) -> Option<&mut Cost>) {
        if HERE
            && let (Some(begun), Some(profile)) = (begun, &mut self.0)
            && let Some(cost) = of(profile)
        {
            cost.add(begun);
        }
    }
}
