//! libbeat's processors and conditions: what the agent does with an event, and what its configuration can say.
//!
//! In: nothing, or the YAML of a configuration. Out: [`Processor`]s and [`Condition`]s as libbeat understands them, and what they do to an event.
//! Never here: rules of ours. `target/winlogbeat` makes these values of rules and writes them; `source/winlogbeat` makes rules of them; the machine's
//! strict tests ask the same functions.
//!
//! The facts are those of the sources of Beats 7.0 to 9, and each has its row in the manual.

pub mod config;
pub mod leaf;
pub mod network;
mod number;
pub mod pattern;
mod run;

pub use number::parse_float;
pub use run::{Agent, Event, Outcome, run};

use crate::dialect::AgentVersion;

/// A processor: one entry of a list `processors:`.
#[derive(Clone, Debug, PartialEq)]
pub enum Processor {
    /// The event is gone; nothing later runs.
    DropEvent {
        /// Only if this holds.
        when: Option<Condition>,
    },
    /// Fields are taken away, with all below them.
    DropFields {
        /// Their paths.
        fields: Vec<String>,
        /// Only if this holds.
        when: Option<Condition>,
    },
    /// The same with `ignore_missing: true`: a field that is missing is no error, and the branch of an `if` goes on. A path through something that
    /// is no map still is one.
    DropFieldsIfThere {
        /// Their paths.
        fields: Vec<String>,
        /// Only if this holds.
        when: Option<Condition>,
    },
    /// Tags are appended to a list; one that is there already comes again.
    AddTags {
        /// The tags.
        tags: Vec<String>,
        /// The list; `tags` by default.
        target: String,
        /// Only if this holds.
        when: Option<Condition>,
    },
    /// Fields are set, whatever was there.
    AddFields {
        /// Names and values below the target.
        fields: Vec<(String, Constant)>,
        /// The path that they stand under; `fields` by default, empty for the event itself.
        target: String,
        /// Only if this holds.
        when: Option<Condition>,
    },
    /// `if`, `then`, `else`.
    If {
        /// Which way to go.
        condition: Condition,
        /// Where it holds.
        then: Vec<Processor>,
        /// Where it does not.
        otherwise: Vec<Processor>,
    },
}

/// A value in a configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// A text.
    Text(String),
    /// An integer, signed or unsigned, of 64 bits.
    Int(i128),
    /// A number with a fraction.
    Float(f64),
    /// `true`, `false`.
    Bool(bool),
    /// A list.
    List(Vec<Constant>),
    /// Names and values.
    Map(Vec<(String, Constant)>),
}

/// A condition. Every leaf is false where its field is missing; there is no third value.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// An operator without fields: `equals: {}`.
    True,
    /// The field is equal, of the same type, in the same case.
    Equals(String, Constant),
    /// The text is inside; of a list of texts, inside of one.
    Contains(String, String),
    /// The pattern, in Go's syntax, is found; in a list of texts, in one.
    Regexp(String, String),
    /// The number is within the bounds, compared as floating point.
    Range(String, Vec<(Bound, f64)>),
    /// The address is in one of these networks: names, or in CIDR form.
    Network(String, Vec<String>),
    /// All these fields are there.
    HasFields(Vec<String>),
    /// One holds. Never empty.
    Or(Vec<Condition>),
    /// All hold. Never empty.
    And(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

/// The sides of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// `gte`
    AtLeast,
    /// `gt`
    Above,
    /// `lte`
    AtMost,
    /// `lt`
    Below,
}

impl Bound {
    /// All, in the order in which they are written.
    pub const ALL: [Bound; 4] = [Bound::AtLeast, Bound::Above, Bound::AtMost, Bound::Below];

    /// As written.
    pub fn word(self) -> &'static str {
        match self {
            Bound::AtLeast => "gte",
            Bound::Above => "gt",
            Bound::AtMost => "lte",
            Bound::Below => "lt",
        }
    }
}

impl AgentVersion {
    /// Does `equals` look at the kind of the configured value? Before 7.13 it looks at the kind of the event's value, and compares that with what
    /// the configuration has of this kind: with 0, with the empty text, with `false` where it has a value of another kind.
    pub fn equals_knows_kinds(self) -> bool {
        self.has_text_ids()
    }

    /// Does `regexp` ignore case in texts that stand alone? Before 7.4 it took `(?i)foo` for the text `FOO`.
    pub fn folds_plain_texts(self) -> bool {
        self >= AgentVersion { major: 7, minor: 4 }
    }

    /// Does `drop_fields` have the setting `ignore_missing`? It came with 7.4, and an older agent does not start with it.
    pub fn knows_ignore_missing(self) -> bool {
        self >= AgentVersion { major: 7, minor: 4 }
    }

    /// Does `range` read numbers out of texts? It does so from 8.14 on.
    pub fn range_reads_text(self) -> bool {
        self >= AgentVersion { major: 8, minor: 14 }
    }

    /// Does `network` take lists of texts, and count a text that is no address as `public`? It does so from 8.17 on.
    pub fn network_takes_lists(self) -> bool {
        self >= AgentVersion { major: 8, minor: 17 }
    }
}
