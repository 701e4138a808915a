//! The typed form of a set of rules.
//!
//! `ast` -> **`ir`** -> `bytecode`. Unlike the tree, the IR has no names and no spelling: fields are slots of a [`Layout`],
//! literals are typed values, patterns are parsed, negative forms are `Not`, equal tests are one [`Test`] shared by all the
//! [`Site`]s that ask it. Simplification ([`simplify`]) may rewrite conditions; it never loses or merges a site, so that
//! trace, coverage and mutation still speak of every test of the source.
//!
//! In: what `check/` built. Out: what `bytecode/` compiles and the slow [`twin`] evaluates. Never here: diagnostics.
//!
//! Conditions and statements live in arenas; a child always has a smaller id than its parent.

mod context;
pub mod simplify;
mod test;
pub mod twin;

pub use context::{Asks, Context, KeyField, Named, Quiet, Stamp};
pub use test::{
    Bound, Check, Cmp, Compare, Element, FieldOp, From, Operand, Pattern, Piece, Set, Test, Through, Typed, Where,
};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ast::{Number, RuleKind, RuleSeverity};
use crate::dialect::{AgentVersion, Fold};
use crate::event::{Layout, Slot};
use crate::origin::Origin;
use crate::texts::Texts;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            /// As an index.
            pub fn index(self) -> usize { self.0 as usize }
        }
    )* };
}

ids! {
    /// Index into [`Program::tests`].
    TestId;
    /// Index into [`Program::sites`].
    SiteId;
    /// Index into [`Program::nodes`].
    NodeId;
    /// Index into [`Program::stmts`].
    StmtId;
    /// Index into [`Program::rules`].
    RuleId;
    /// Index into [`Program::tables`].
    TableId;
    /// Index into [`Program::lookups`].
    LookupId;
}

/// A checked set of rules.
#[derive(Clone, Debug)]
pub struct Program {
    /// The agent whose event the filters see.
    pub agent: AgentVersion,
    /// The fields that are read.
    pub layout: Layout,
    /// The events that `event is` names.
    pub events: Vec<EventKey>,
    /// The rules in the order in which they run: filters, classify rules, alerts.
    pub rules: Vec<Rule>,
    /// Distinct tests.
    pub tests: Vec<Test>,
    /// The tests of the source, in its order.
    pub sites: Vec<Site>,
    /// Conditions.
    pub nodes: Vec<Node>,
    /// Statements.
    pub stmts: Vec<Stmt>,
    /// Lookup tables that are asked.
    pub tables: Vec<Table>,
    /// Columns of lookup tables whose values are asked for.
    pub lookups: Vec<Lookup>,
    /// What is counted from event to event.
    pub contexts: Vec<Context>,
    /// Where time and host of an event stand, if anything is counted or kept quiet.
    pub stamp: Option<Stamp>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is for.
    pub kind: RuleKind,
    /// Its name.
    pub name: String,
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its severity, if it has one.
    pub severity: Option<RuleSeverity>,
    /// Why it exists.
    pub reason: Option<String>,
    /// How far it can be relied on, if it says so.
    pub status: Option<String>,
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<String>,
    /// What else it is filed under.
    pub labels: Vec<String>,
    /// How long it stays quiet after it was sent.
    pub quiet: Option<Quiet>,
    /// Its statements.
    pub body: Vec<StmtId>,
    /// Where it stands.
    pub origin: Origin,
}

/// One test of the source.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it asks.
    pub test: TestId,
    /// Whose it is.
    pub rule: RuleId,
    /// Its canonical text.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A condition. Children have smaller ids than their parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// Always or never.
    Const(bool),
    /// One test.
    Test(SiteId),
    /// Not.
    Not(NodeId),
    /// All.
    And(Vec<NodeId>),
    /// One.
    Or(Vec<NodeId>),
}

/// A statement with its place.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub origin: Origin,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// The first arm whose condition holds, else `otherwise`.
    If {
        /// Conditions and bodies in order.
        arms: Vec<(NodeId, Vec<StmtId>)>,
        /// When none holds.
        otherwise: Vec<StmtId>,
    },
    /// A table of named rows; the first whose condition holds gives its name to the rule's result and runs. Kept whole and
    /// in order by every pass (Sysmon's rule names depend on it).
    FirstMatch(Vec<Row>),
    /// Drop the event; the rule ends.
    Drop,
    /// The rule ends.
    Keep,
    /// All later rules of this kind are skipped; the rule ends.
    Stop,
    /// Add a tag.
    Tag(String),
    /// Take a tag away.
    Untag(String),
    /// Set a field.
    Set {
        /// Where.
        slot: Slot,
        /// To what.
        value: SetValue,
    },
    /// Remove fields.
    Remove(Removal),
    /// Send.
    Send(Send),
    /// Count the event; the body runs for the one with which it is enough.
    When {
        /// Index into [`Program::contexts`].
        context: u32,
        /// Of a correlation, the conditions of its steps.
        steps: Vec<NodeId>,
        /// What happens then.
        body: Vec<StmtId>,
    },
    /// Count in a mark.
    Remember(Named),
    /// Forget what was counted for a key.
    Forget(Named),
}

/// A row of [`StmtKind::FirstMatch`].
#[derive(Clone, Debug)]
pub struct Row {
    /// The name it gives, if it has one.
    pub name: Option<String>,
    /// When.
    pub cond: NodeId,
    /// What else it does.
    pub body: Vec<StmtId>,
}

/// What a `set` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SetValue {
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
    /// A boolean.
    Bool(bool),
    /// What an operand gives; nothing is set where it gives nothing.
    Operand(Operand),
}

/// What a `remove field` takes away.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Removal {
    /// The paths, with all below them.
    pub paths: Vec<String>,
    /// The slots that read one of them, or below.
    pub slots: Vec<Slot>,
}

/// What an alert asks to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Send {
    /// `mail`, `webhook`, `file`.
    pub via: String,
    /// The template's name.
    pub template: Option<String>,
    /// Recipients named in the rule.
    pub to: Vec<String>,
}

/// An event that `event is` names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventKey {
    /// As rules name it.
    pub name: String,
    /// Providers, compared ignoring case.
    pub providers: Vec<String>,
    /// Channels, asked only where the event names no provider.
    pub channels: Vec<String>,
    /// The id.
    pub id: u32,
}

/// A lookup table's column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name in the project.
    pub name: String,
    /// Which column.
    pub column: String,
    /// The values, folded, sorted, each once; shared by all forms of the program.
    pub keys: Arc<Texts>,
}

/// A lookup table's column, by the table's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// The table's name in the project.
    pub table: String,
    /// Which column.
    pub column: String,
    /// How keys are compared.
    pub fold: Fold,
    /// Keys as compared, sorted, each once.
    pub keys: Arc<Texts>,
    /// The column's value for each of them.
    pub values: Arc<Texts>,
}

impl Program {
    /// The condition with this id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The statement with this id.
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.index()]
    }

    /// The test behind a site.
    pub fn test_of(&self, site: SiteId) -> &Test {
        &self.tests[self.sites[site.index()].test.index()]
    }
}
