//! What of the rules the tests made run.
//!
//! In: rules as written, the program made of them, and, while tests run, what the machine decided with its trace. Out: a [`Coverage`]: for
//! every rule, statement and condition how often it was reached and what it said, at its place, be that a span or a block. Never here:
//! evaluating; what was not asked, because something before it had decided, was not seen.
//!
//! | piece | what is counted |
//! | --- | --- |
//! | rule | it ran; it did something |
//! | statement | it was reached |
//! | condition: a test, or its negative spelling | it was true; it was false |
//! | `when` | it counted an event; it was enough |
//!
//! `and`, `or` and `not` are shown, and not counted: when every condition in one was seen both ways, so was it. Neither are `true` and
//! `false`, which can be one thing only, nor what is `disabled`. A `some of` is one condition.
//!
//! | file | what |
//! | --- | --- |
//! | `tree.rs` | a rule as pieces |
//! | `counter.rs` | counting while tests run |
//! | `json.rs`, `lcov.rs`, `html.rs` | reports for machines, for editors and CI, for people |

mod counter;
mod html;
mod json;
mod lcov;
#[cfg(test)]
mod tests;
mod tree;

pub use counter::{Counter, Counting, Counts};
pub use html::html;
pub use json::{Document, document};
pub use lcov::lcov;

use crate::ast::RuleKind;
use crate::origin::Origin;

/// What of the rules the tests made run.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The rules that run, in the order of their files.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its kind.
    pub kind: RuleKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
    /// Events that it ran for.
    pub ran: u32,
    /// Those to which it did something.
    pub acted: u32,
    /// What it is made of, the outer before the inner.
    pub pieces: Vec<Piece>,
}

/// A piece of a rule.
#[derive(Clone, Debug)]
pub struct Piece {
    /// How deep it stands; 0: in the rule itself.
    pub depth: usize,
    /// On one line, as the canonical text has it.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
    /// The editor's category of its block; a mere word has none.
    pub category: Option<Category>,
    /// What it is, and what was seen of it.
    pub seen: Seen,
}

/// A category of the editor's toolbox, as far as it holds what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Start a rule.
    Start,
    /// Which event.
    Event,
    /// If, and, or, not.
    Combine,
    /// Compare a field.
    Compare,
    /// Keep or drop.
    Decide,
    /// Tag, set, send.
    Tag,
    /// From event to event.
    Remember,
}

/// What was seen of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// `then`, `else if`, `else`, `step`: a word that gives others their place.
    Word,
    /// `disabled`, with all inside.
    Disabled,
    /// A statement: how often it was reached.
    Statement(u32),
    /// A `when`: events that it counted, and those with which it was enough.
    When {
        /// Events that it counted.
        counted: u32,
        /// Those with which it was enough.
        fired: u32,
    },
    /// `and`, `or`, `not`.
    Joined(Ways),
    /// `true`, `false`.
    Constant(Ways),
    /// A condition.
    Condition(Ways),
}

/// How often something was true, and false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// True.
    pub yes: u32,
    /// False.
    pub no: u32,
}

impl Ways {
    /// Which of the two were seen.
    pub fn sight(self) -> Sight {
        match (self.yes > 0, self.no > 0) {
            (true, true) => Sight::Both,
            (true, false) => Sight::OnlyTrue,
            (false, true) => Sight::OnlyFalse,
            (false, false) => Sight::Never,
        }
    }
}

/// Which ways something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// True and false.
    Both,
    /// Never false.
    OnlyTrue,
    /// Never true.
    OnlyFalse,
    /// Nobody asked.
    Never,
}

impl Sight {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::OnlyTrue => "only true",
            Self::OnlyFalse => "only false",
            Self::Never => "never asked",
        }
    }
}

/// How much was seen of what can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// All of it.
    Whole,
    /// Some of it.
    Partly,
    /// Nothing.
    Never,
    /// It is not counted.
    Uncounted,
}

impl Seen {
    /// How much that is, and in words what was seen; a mere word has neither.
    pub fn told(self) -> Option<(Grade, String)> {
        Some(match self {
            Self::Word => return None,
            Self::Disabled => (Grade::Uncounted, "disabled".to_string()),
            Self::Statement(0) => (Grade::Never, "not reached".to_string()),
            Self::Statement(reached) => (Grade::Whole, format!("reached {reached}×")),
            Self::When { counted: 0, .. } => (Grade::Never, "counted nothing".to_string()),
            Self::When { counted, fired: 0 } => (Grade::Partly, format!("counted {counted}×, never enough")),
            Self::When { counted, fired } => (Grade::Whole, format!("counted {counted}×, enough {fired}×")),
            Self::Constant(_) => (Grade::Uncounted, "always the same".to_string()),
            Self::Joined(Ways { yes, no }) | Self::Condition(Ways { yes, no }) => match (Ways { yes, no }).sight() {
                Sight::Both => (Grade::Whole, format!("true {yes}×, false {no}×")),
                Sight::OnlyTrue => (Grade::Partly, format!("only true, {yes}×")),
                Sight::OnlyFalse => (Grade::Partly, format!("only false, {no}×")),
                Sight::Never => (Grade::Never, "never asked".to_string()),
            },
        })
    }
}

/// In percent with two digits, cut off: 100 is said of all only, and the same on every machine.
pub fn rounded(share: Share) -> f64 {
    (share.percent() * 100.0).floor() / 100.0
}

/// How many there are, and how many of them were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// All.
    pub all: usize,
    /// Those that were seen.
    pub seen: usize,
}

impl Share {
    /// Counts one.
    pub fn count(&mut self, seen: bool) {
        self.all += 1;
        self.seen += usize::from(seen);
    }

    /// In percent; of nothing, all was seen.
    pub fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { self.seen as f64 * 100.0 / self.all as f64 }
    }
}

/// Shares of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rules that ran.
    pub ran: Share,
    /// Rules that did something.
    pub acted: Share,
    /// Statements that were reached.
    pub statements: Share,
    /// Conditions that were seen both ways.
    pub conditions: Share,
    /// `when`s that were enough.
    pub fired: Share,
}

impl Totals {
    /// Of these rules.
    pub fn of<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Self {
        let mut totals = Self::default();
        for rule in rules {
            totals.ran.count(rule.ran > 0);
            totals.acted.count(rule.acted > 0);
            for piece in &rule.pieces {
                match piece.seen {
                    Seen::Statement(reached) => totals.statements.count(reached > 0),
                    Seen::When { counted, fired } => {
                        totals.statements.count(counted > 0);
                        totals.fired.count(fired > 0);
                    }
                    Seen::Condition(ways) => totals.conditions.count(ways.sight() == Sight::Both),
                    Seen::Word | Seen::Disabled | Seen::Joined(_) | Seen::Constant(_) => {}
                }
            }
        }
        totals
    }
}

/// Something that no test showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Where it stands.
    pub origin: Origin,
    /// What it is.
    pub text: String,
    /// What was not seen of it.
    pub what: What,
}

/// What was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A rule that never ran.
    NeverRan,
    /// A rule that never did anything.
    NeverActed,
    /// A statement that was never reached.
    NotReached,
    /// A condition that was never asked.
    NotAsked,
    /// A condition that was never true.
    NeverTrue,
    /// A condition that was never false.
    NeverFalse,
    /// A `when` that never was enough.
    NeverEnough,
}

impl What {
    /// One word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::NeverRan => "never-ran",
            Self::NeverActed => "never-acted",
            Self::NotReached => "not-reached",
            Self::NotAsked => "not-asked",
            Self::NeverTrue => "never-true",
            Self::NeverFalse => "never-false",
            Self::NeverEnough => "never-enough",
        }
    }

    /// Is it about a condition?
    pub fn is_of_condition(self) -> bool {
        matches!(self, Self::NotAsked | Self::NeverTrue | Self::NeverFalse)
    }
}

impl Missing {
    /// What event it takes.
    pub fn hint(&self) -> String {
        let text = &self.text;
        match self.what {
            What::NeverRan => format!("no test has an event that gets as far as {text}"),
            What::NeverActed => format!("no test has an event to which {text} does anything"),
            What::NotReached => format!("no test has an event that reaches `{text}`"),
            What::NotAsked => format!("no test has an event for which `{text}` is asked"),
            What::NeverTrue => format!("no test has an event where `{text}` is true"),
            What::NeverFalse => format!("no test has an event where `{text}` is false"),
            What::NeverEnough => format!("no test has as many events as `{text}` waits for"),
        }
    }
}

impl Rule {
    /// `filter "dns"`.
    pub fn title(&self) -> String {
        format!("{} \"{}\"", self.kind.word(), self.name)
    }

    /// What no test showed of it, in its order. Of a rule that never ran, only that.
    pub fn missing(&self) -> Vec<Missing> {
        let of_rule = |what| Missing { origin: self.origin, text: self.title(), what };
        if self.ran == 0 {
            return vec![of_rule(What::NeverRan)];
        }
        let mut missing = Vec::new();
        if self.acted == 0 {
            missing.push(of_rule(What::NeverActed));
        }
        for piece in &self.pieces {
            let what = match piece.seen {
                Seen::Statement(0) | Seen::When { counted: 0, .. } => What::NotReached,
                Seen::When { fired: 0, .. } => What::NeverEnough,
                Seen::Condition(ways) => match ways.sight() {
                    Sight::Both => continue,
                    Sight::OnlyTrue => What::NeverFalse,
                    Sight::OnlyFalse => What::NeverTrue,
                    Sight::Never => What::NotAsked,
                },
                Seen::Statement(_) | Seen::When { .. } => continue,
                Seen::Word | Seen::Disabled | Seen::Joined(_) | Seen::Constant(_) => continue,
            };
            missing.push(Missing { origin: piece.origin, text: piece.text.clone(), what });
        }
        missing
    }
}
