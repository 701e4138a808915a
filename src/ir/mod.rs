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

pub mod simplify;
pub mod twin;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ast::{AddressClass, Function, HashKind, Number, RuleKind, RuleSeverity, Timestamp};
use crate::dialect::{AgentVersion, Dialect, Fold};
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
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<String>,
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

/// One thing that a value is seen through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Through {
    /// A function.
    Function(Function),
    /// The column's value in the row whose key is the value's text; none if there is no such row.
    Lookup(LookupId),
}

/// Where an operand's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum From {
    /// A slot.
    Slot(Slot),
    /// Every leaf of the event.
    AnyField,
    /// Each of these slots, as if they were one list.
    AnyOf([Slot; 4]),
    /// One hash out of the text at a slot.
    Hash(HashKind, Slot),
    /// The log manager's typed value of the field at a slot. Its plain fields, which always hold text, are [`From::Slot`].
    Typed(Typed, Slot),
    /// The event itself (`event is`, `has tag`).
    Event,
}

/// Which typed value of a field, in the log manager's dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Typed {
    /// `@int.value`: the integer that the plain field holds.
    Int,
    /// `@float.value`: the number that the plain field holds.
    Float,
    /// Any other attribute, such as `@ip.version`, as it stands in the event.
    Attribute,
}

/// A value of the event, seen through functions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Operand {
    /// Where it comes from.
    pub from: From,
    /// Applied in this order.
    pub through: Vec<Through>,
}

/// One test, typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Whose meaning it has.
    pub dialect: Dialect,
    /// Every member of a list must meet it.
    pub every: bool,
    /// What it is about.
    pub subject: Operand,
    /// What is asked.
    pub check: Check,
}

/// A comparison of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cmp {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Cmp {
    /// Does an ordering meet it?
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Cmp::Less => order.is_lt(),
            Cmp::LessOrEqual => order.is_le(),
            Cmp::Greater => order.is_gt(),
            Cmp::GreaterOrEqual => order.is_ge(),
        }
    }

    /// As written.
    pub fn word(self) -> &'static str {
        match self {
            Cmp::Less => "<",
            Cmp::LessOrEqual => "<=",
            Cmp::Greater => ">",
            Cmp::GreaterOrEqual => ">=",
        }
    }
}

/// Where a text must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Where {
    /// Anywhere.
    Inside,
    /// At the start.
    Start,
    /// At the end.
    End,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Compare {
    /// Case.
    pub fold: Fold,
    /// `any-dash`.
    pub any_dash: bool,
}

/// What a test asks. Needles and patterns are stored in the form in which they are compared (folded, dashes made `-`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Check {
    /// There and not null.
    Exists,
    /// Missing, null, `""` or `-`.
    Blank,
    /// Ordered against a bound.
    Order(Cmp, Bound),
    /// Texts inside, at the start or at the end.
    Text {
        /// Where.
        place: Where,
        /// The needles.
        needles: Vec<String>,
        /// All of them instead of one.
        all: bool,
        /// How.
        compare: Compare,
    },
    /// Wildcard patterns over the whole text.
    Like {
        /// The patterns.
        patterns: Vec<Pattern>,
        /// All of them instead of one.
        all: bool,
        /// How.
        compare: Compare,
    },
    /// Regular expressions, ready for the `regex` crate, flags inside.
    Matches {
        /// The patterns.
        patterns: Vec<String>,
        /// All of them instead of one.
        all: bool,
    },
    /// Equal to one member (`==` has one), or inside a network.
    In(Set),
    /// An address of a class.
    Class(AddressClass),
    /// A key of a table.
    Table(TableId),
    /// Compared with another field.
    Field(FieldOp, Operand, Fold),
    /// One of these events; indexes into [`Program::events`], sorted.
    EventIs(Vec<u32>),
    /// Has one or all of these tags. Filters look at the agent's tags too, at this slot.
    HasTag {
        /// The tags.
        tags: Vec<String>,
        /// All of them instead of one.
        all: bool,
        /// The agent's own tags, where they count.
        agent: Option<Slot>,
    },
    /// One element of a list meets a condition of its own.
    Some(Box<Element>),
}

/// A comparison with another field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldOp {
    /// `==`
    Equals,
    /// An order.
    Order(Cmp),
    /// `contains`, `starts with`, `ends with`
    Text(Where),
}

/// The bound of an ordering.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bound {
    /// A number.
    Number(Number),
    /// A time.
    Time(Timestamp),
    /// An address; only addresses of its family have an order with it.
    Address(IpAddr),
}

/// A set of literals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// Case of the texts; `None` where there are none.
    pub fold: Option<Fold>,
    /// Texts as compared, sorted, each once.
    pub texts: Vec<String>,
    /// Numbers.
    pub numbers: Vec<Number>,
    /// Booleans.
    pub bools: Vec<bool>,
    /// Addresses and networks.
    pub networks: Vec<IpNet>,
    /// Times.
    pub times: Vec<Timestamp>,
}

/// A wildcard pattern: pieces of text with something between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pattern(pub Vec<Piece>);

/// A piece of a [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Piece {
    /// This text.
    Text(String),
    /// Exactly one character.
    One,
    /// Any number of characters.
    Any,
}

/// What one element of a list must meet; a small program over the element's own fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// The list.
    pub list: Slot,
    /// The element's fields (slots 0 to 2 have no meaning here).
    pub layout: Layout,
    /// Its tests.
    pub tests: Vec<Test>,
    /// Its conditions; a [`Node::Test`] holds an index into `tests` here.
    pub nodes: Vec<Node>,
    /// The condition.
    pub root: NodeId,
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
