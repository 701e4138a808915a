//! Conditions: `and`, `or`, `not`, and one test.
//!
//! In: nothing. Out: the part of the tree that asks. Never here: what a test is about; that is `operand.rs`.

use serde::{Deserialize, Serialize};

use super::{At, CondId, FieldRef, Operand};
use crate::dialect::Dialect;
use crate::origin::Origin;

/// One condition.
#[derive(Clone, Debug)]
pub struct Cond {
    /// What it asks.
    pub kind: CondKind,
    /// Comments that belong to it, a line each; only tests and constants have some.
    pub comments: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// What a condition asks.
#[derive(Clone, Debug)]
pub enum CondKind {
    /// All hold. Two or more members; a member may be an `And` again where the source had parentheses.
    And(Vec<CondId>),
    /// One holds.
    Or(Vec<CondId>),
    /// It does not hold. Every negative spelling is one of these around the positive test.
    Not(CondId),
    /// `some of PATH { … }`: one element of a list meets all that is asked inside, where names are the element's own.
    SomeOf {
        /// The list.
        list: FieldRef,
        /// What one element must meet.
        body: CondId,
    },
    /// One operator on operands.
    Test(Box<Test>),
    /// `true`, `false`: always or never. It asks nothing, so it is no test.
    Const(bool),
}

/// One operator applied to operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Whose meaning it has.
    pub dialect: Dialect,
    /// `all of FIELD`: every member of a list must meet it.
    pub every: bool,
    /// What is asked about.
    pub subject: Operand,
    /// Compared as written.
    pub cased: bool,
    /// `any-dash`: dashes of other kinds, and `/` for a leading one, count as `-`.
    pub any_dash: bool,
    /// The operator.
    pub op: At<Operator>,
    /// What it is compared with.
    pub args: Args,
}

/// The operators, in positive form. Spelling, operand types and the rest of each stand in `operator.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operator {
    /// `==`
    Equals,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `contains`
    Contains,
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `like`: `*` and `?` are special.
    Like,
    /// `matches`: a regular expression.
    Matches,
    /// `in`: a list, a network or a table.
    In,
    /// `is private` and the other classes of addresses.
    IsClass,
    /// `exists`
    Exists,
    /// `is blank`: missing, empty, or Sysmon's `-`.
    IsBlank,
    /// `event is`
    EventIs,
    /// `has tag`
    HasTag,
    /// `rule "x" acted`
    Acted,
    /// `remembered "x"`
    Remembered,
}

/// What an operator compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Args {
    /// Nothing (`exists`).
    None,
    /// One operand: a literal or a field.
    One(Operand),
    /// `any [...]` or `all [...]`; `in [...]` has `all: false`.
    Many {
        /// All of them instead of one of them.
        all: bool,
        /// The members.
        items: Vec<Operand>,
        /// From `[` to `]`.
        origin: Origin,
    },
    /// `in table "NAME"`, perhaps `column "NAME"`.
    Table {
        /// The table's name in the project.
        name: At<String>,
        /// The column; the table's key where none is named.
        column: Option<At<String>>,
    },
    /// `is private`.
    Class(AddressClass),
    /// `event is NAME` / `event is any [NAME, …]`.
    Events(Vec<At<String>>),
    /// `has tag "x"` / `has any tag [...]` / `has all tags [...]`.
    Tags {
        /// All of them instead of one of them.
        all: bool,
        /// The tags.
        tags: Vec<At<String>>,
    },
    /// `rule "x" acted`: a rule by its name or id.
    Rule(At<String>),
    /// `remembered "x" at least 3 times by Computer`
    Remembered {
        /// What is asked for.
        name: At<String>,
        /// How often.
        least: At<u64>,
        /// For this value of these fields.
        by: Vec<FieldRef>,
    },
}

impl Args {
    /// The operands among them; names of tables, events, tags, rules and classes are none.
    pub fn operands(&self) -> &[Operand] {
        match self {
            Args::One(operand) => std::slice::from_ref(operand),
            Args::Many { items, .. } => items,
            Args::None
            | Args::Table { .. }
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => &[],
        }
    }
}

/// A class of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AddressClass {
    /// 10/8, 172.16/12, 192.168/16, fc00::/7.
    Private,
    /// None of the others and not reserved for documentation.
    Public,
    /// 127/8, ::1.
    Loopback,
    /// 169.254/16, fe80::/10.
    LinkLocal,
    /// 224/4, ff00::/8.
    Multicast,
    /// 0.0.0.0, ::.
    Unspecified,
}

impl AddressClass {
    /// All classes.
    pub const ALL: [AddressClass; 6] =
        [Self::Private, Self::Public, Self::Loopback, Self::LinkLocal, Self::Multicast, Self::Unspecified];

    /// As written after `is`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Multicast => "multicast",
            Self::Unspecified => "unspecified",
        }
    }
}
