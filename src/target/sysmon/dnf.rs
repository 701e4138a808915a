//! Conditions as alternatives.
//!
//! In: tests and how they belong together. Out: alternatives, each a list of filters that are all needed. Never here: what a test means.

use crate::sysmon::config::Condition;

/// A filter of Sysmon's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Filter {
    /// The field.
    pub field: String,
    /// The condition.
    pub condition: Condition,
    /// The value.
    pub value: String,
}

impl Filter {
    pub(super) fn new(field: &str, condition: Condition, value: impl Into<String>) -> Filter {
        Filter { field: field.to_string(), condition, value: value.into() }
    }
}

/// Filters that are all needed, in order, each once. None at all: always.
pub(super) type All = Vec<Filter>;

/// Alternatives. None at all: never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dnf(pub Vec<All>);

/// Alternatives of one event at most.
pub(super) const MOST: usize = 2_000;

/// There would be more.
#[derive(Debug)]
pub(super) struct TooMany;

impl Dnf {
    pub(super) fn never() -> Dnf {
        Dnf(Vec::new())
    }

    pub(super) fn always() -> Dnf {
        Dnf(vec![Vec::new()])
    }

    pub(super) fn constant(value: bool) -> Dnf {
        if value { Dnf::always() } else { Dnf::never() }
    }

    pub(super) fn one(filter: Filter) -> Dnf {
        Dnf(vec![vec![filter]])
    }

    pub(super) fn or(mut self, other: Dnf) -> Result<Dnf, TooMany> {
        self.0.extend(other.0);
        self.small()
    }

    pub(super) fn and(self, other: &Dnf) -> Result<Dnf, TooMany> {
        if self.0.len().saturating_mul(other.0.len()) > MOST * 4 {
            return Err(TooMany);
        }
        let mut both = Vec::with_capacity(self.0.len() * other.0.len());
        for one in &self.0 {
            for two in &other.0 {
                let mut all: All = one.iter().chain(two).cloned().collect();
                all.sort();
                all.dedup();
                both.push(all);
            }
        }
        Dnf(both).small()
    }

    /// Without alternatives that another one covers.
    fn small(mut self) -> Result<Dnf, TooMany> {
        self.0.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        self.0.dedup();
        if self.0.len() > MOST {
            return Err(TooMany);
        }
        let mut kept: Vec<All> = Vec::with_capacity(self.0.len());
        for all in self.0 {
            if !kept.iter().any(|smaller| smaller.iter().all(|filter| all.contains(filter))) {
                kept.push(all);
            }
        }
        Ok(Dnf(kept))
    }
}
