//! One test, typed: what it is about, and what it asks.
//!
//! In: nothing. Out: the part of the program that is evaluated. Never here: how; that is the machine's and the twin's.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{LookupId, Named, Node, NodeId, TableId};
use crate::ast::{AddressClass, Function, HashKind, Number, Timestamp};
use crate::dialect::{Dialect, Fold};
use crate::event::{Layout, Slot};

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
    /// This rule did something to the event.
    Acted(u32),
    /// So often, 1 or more, it was counted for the key, in the window that the event is in.
    Remembered(Named, u32),
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
    /// What begins an option: a dash, which stands as `-`, or `/`.
    Dash,
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
