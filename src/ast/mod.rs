//! The tree that every source of rules becomes: text, blocks, and later what other systems wrote.
//!
//! In: what a reader of `source/` understood. Out: rules with their statements and conditions, each with the [`Origin`] it
//! came from, in flat arenas, so that a deep tree neither recurses nor overflows when it is walked or dropped. `and` / `or`
//! have any number of members. Never here: names looked up, types checked, spelling of a source.
//!
//! Two trees are *the same rule* when [`same`] says so: it compares everything but origins.

#[cfg(test)]
pub(crate) mod arbitrary;
mod condition;
mod context;
mod literal;
mod operand;
mod same;
#[cfg(test)]
pub(crate) mod show;

pub use condition::{AddressClass, Args, Cond, CondKind, Operator, Test};
pub use context::{Asks, Length, Step, Unit, When};
pub use literal::{Address, Literal, Number, Timestamp};
pub use operand::{Base, FieldRef, Function, HashKind, Lookup, Operand};
pub use same::{same, same_rule};

use serde::{Deserialize, Serialize};

use crate::origin::{Origin, SourceId};

/// A value and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub origin: Origin,
}

impl<T> At<T> {
    /// `value`, standing at `origin`.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// Index of a condition in [`Definition::conds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CondId(pub u32);

/// Index of a statement in [`Definition::stmts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StmtId(pub u32);

/// One definition file.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Where it came from.
    pub source: SourceId,
    /// The rules in the order of the file.
    pub rules: Vec<Rule>,
    /// Arena of statements.
    pub stmts: Vec<Stmt>,
    /// Arena of conditions.
    pub conds: Vec<Cond>,
    /// Comments after the last rule, a line each, without their marks.
    pub comments: Vec<String>,
}

impl Definition {
    /// An empty definition.
    pub fn new(source: SourceId) -> Self {
        Self { source, rules: Vec::new(), stmts: Vec::new(), conds: Vec::new(), comments: Vec::new() }
    }

    /// Stores a condition.
    pub fn add_cond(&mut self, cond: Cond) -> CondId {
        self.conds.push(cond);
        CondId(self.conds.len() as u32 - 1)
    }

    /// Stores a statement.
    pub fn add_stmt(&mut self, stmt: Stmt) -> StmtId {
        self.stmts.push(stmt);
        StmtId(self.stmts.len() as u32 - 1)
    }

    /// The condition with this id. Ids come from this definition only.
    pub fn cond(&self, id: CondId) -> &Cond {
        &self.conds[id.0 as usize]
    }

    /// The statement with this id. Ids come from this definition only.
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }
}

/// What a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// Runs where the agent runs, on the agent's event: may drop, keep, tag, remove fields.
    Filter,
    /// Sets tags and `msg.*` fields.
    Classify,
    /// Sends.
    Alert,
}

impl RuleKind {
    /// `filter`, `classify`, `alert`.
    pub fn word(self) -> &'static str {
        match self {
            RuleKind::Filter => "filter",
            RuleKind::Classify => "classify",
            RuleKind::Alert => "alert",
        }
    }

    /// The same for a sentence: `a filter`, `an alert`.
    pub fn with_article(self) -> &'static str {
        match self {
            RuleKind::Filter => "a filter",
            RuleKind::Classify => "a classify rule",
            RuleKind::Alert => "an alert",
        }
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is for.
    pub kind: RuleKind,
    /// Its name.
    pub name: At<String>,
    /// Written `disabled`: kept, checked, never run.
    pub disabled: bool,
    /// What is said about it, in the order of the file.
    pub meta: Vec<Meta>,
    /// Its statements.
    pub body: Vec<StmtId>,
    /// Comments that belong to the rule itself, a line each.
    pub comments: Vec<String>,
    /// From the keyword to the closing brace.
    pub origin: Origin,
}

/// One line of metadata.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Which.
    pub key: MetaKey,
    /// Its value.
    pub value: MetaValue,
    /// Where the whole line stands.
    pub origin: Origin,
}

/// The metadata that a rule can have, in canonical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MetaKey {
    /// `id "…"`: stable over renames.
    Id,
    /// `reason "…"`: why the rule exists.
    Reason,
    /// `author "…"`.
    Author,
    /// `owner "…"`: who answers for it.
    Owner,
    /// `severity high`.
    Severity,
    /// `status "test"`: how far it can be relied on.
    Status,
    /// `techniques ["T1055"]`: MITRE ATT&CK.
    Techniques,
    /// `labels ["attack.execution"]`: what else it is filed under.
    Labels,
    /// `references ["https://…"]`.
    References,
    /// `falsepositives ["Administrators"]`: what else may look like it.
    FalsePositives,
    /// `ticket "…"`.
    Ticket,
    /// `expires 2027-01-31`: the first day on which it is past.
    Expires,
    /// `suppress for 1 hour by Computer`: the same alert comes once in this time.
    Suppress,
    /// `allow tamper events`: may drop Sysmon 4, 16 and 255.
    AllowTamperEvents,
    /// `allow BS0436 because "…"`: this warning or note is not told of this rule. Once for each code.
    Allow,
}

impl MetaKey {
    /// All keys, in canonical order.
    pub const ALL: [MetaKey; 15] = [
        MetaKey::Id,
        MetaKey::Reason,
        MetaKey::Author,
        MetaKey::Owner,
        MetaKey::Severity,
        MetaKey::Status,
        MetaKey::Techniques,
        MetaKey::Labels,
        MetaKey::References,
        MetaKey::FalsePositives,
        MetaKey::Ticket,
        MetaKey::Expires,
        MetaKey::Suppress,
        MetaKey::AllowTamperEvents,
        MetaKey::Allow,
    ];

    /// As written in text.
    pub fn word(self) -> &'static str {
        match self {
            MetaKey::Id => "id",
            MetaKey::Reason => "reason",
            MetaKey::Author => "author",
            MetaKey::Owner => "owner",
            MetaKey::Severity => "severity",
            MetaKey::Status => "status",
            MetaKey::Techniques => "techniques",
            MetaKey::Labels => "labels",
            MetaKey::References => "references",
            MetaKey::FalsePositives => "falsepositives",
            MetaKey::Ticket => "ticket",
            MetaKey::Expires => "expires",
            MetaKey::Suppress => "suppress",
            MetaKey::AllowTamperEvents => "allow tamper events",
            MetaKey::Allow => "allow",
        }
    }
}

/// Value of a line of metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum MetaValue {
    /// Quoted text.
    Text(String),
    /// A list of quoted texts.
    Texts(Vec<At<String>>),
    /// One of the five severities.
    Severity(RuleSeverity),
    /// A day.
    Date(Timestamp),
    /// How long an alert stays quiet, and which fields make it the same; none: the usual ones.
    Quiet(At<Length>, Vec<FieldRef>),
    /// A code, and why what it says is meant here; the reason is empty where none was given.
    Allow(At<String>, At<String>),
    /// The key says it all.
    Flag,
}

/// How much a match of a rule matters. The order is by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleSeverity {
    /// Worth knowing.
    Informational,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl RuleSeverity {
    /// All, lightest first.
    pub const ALL: [RuleSeverity; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// As written in text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Written `disabled`: kept, checked, does nothing.
    pub disabled: bool,
    /// Comments that belong to it, a line each.
    pub comments: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `if … { } else if … { } else { }`: the first arm whose condition holds runs.
    If {
        /// `if` and every `else if`.
        arms: Vec<Arm>,
        /// `else`, if there is one (it may be empty).
        otherwise: Option<Vec<StmtId>>,
    },
    /// The event is dropped; the rule ends.
    Drop,
    /// The rule ends; the event stays as far as this rule goes.
    Keep,
    /// No later rule of this kind runs for this event; the rule ends.
    Stop,
    /// Adds tags.
    Tag(Vec<At<String>>),
    /// Takes tags away.
    Untag(Vec<At<String>>),
    /// Sets a `msg.*` field.
    Set {
        /// Which.
        field: FieldRef,
        /// To what.
        value: Operand,
    },
    /// Removes fields, with all below them.
    Remove(Vec<FieldRef>),
    /// `send mail using template "sysmon" to ["soc@example.org"]`.
    Send {
        /// The channel: `mail`, `webhook`, `file`.
        via: At<String>,
        /// The template, if one is named.
        template: Option<At<String>>,
        /// Recipients, if they are named here.
        to: Vec<At<String>>,
    },
    /// `when 5 events within 10 minutes by Computer { … }`
    When {
        /// What is counted, and when it is enough.
        when: Box<When>,
        /// What happens then.
        body: Vec<StmtId>,
    },
    /// `remember "x" for 10 minutes by Computer`: for so long from the first time on.
    Remember {
        /// What other statements call it.
        name: At<String>,
        /// How long.
        length: At<Length>,
        /// Remembered apart for each value of these fields.
        by: Vec<FieldRef>,
    },
    /// `forget "x" by Computer`
    Forget {
        /// What is forgotten.
        name: At<String>,
        /// For this value of these fields.
        by: Vec<FieldRef>,
    },
}

/// One `if` or `else if`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// When it runs.
    pub cond: CondId,
    /// What it does.
    pub body: Vec<StmtId>,
}
