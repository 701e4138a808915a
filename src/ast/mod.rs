//! The tree that every source of rules becomes: text, blocks, and later what other systems wrote.
//!
//! In: what a reader of `source/` understood. Out: rules with their statements and conditions, each with the [`Origin`] it
//! came from, in flat arenas, so that a deep tree neither recurses nor overflows when it is walked or dropped. `and` / `or`
//! have any number of members. Never here: names looked up, types checked, spelling of a source.
//!
//! Two trees are *the same rule* when [`same`] says so: it compares everything but origins.

#[cfg(test)]
pub(crate) mod arbitrary;
mod literal;
mod same;
#[cfg(test)]
pub(crate) mod show;

pub use literal::{Address, Literal, Number, Timestamp};
pub use same::same;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::origin::{Origin, SourceId};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
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
    /// `techniques ["T1055"]`: MITRE ATT&CK.
    Techniques,
    /// `references ["https://…"]`.
    References,
    /// `ticket "…"`.
    Ticket,
    /// `expires 2027-01-31`: the first day on which it is past.
    Expires,
    /// `allow tamper events`: may drop Sysmon 4, 16 and 255.
    AllowTamperEvents,
}

impl MetaKey {
    /// All keys, in canonical order.
    pub const ALL: [MetaKey; 10] = [
        MetaKey::Id,
        MetaKey::Reason,
        MetaKey::Author,
        MetaKey::Owner,
        MetaKey::Severity,
        MetaKey::Techniques,
        MetaKey::References,
        MetaKey::Ticket,
        MetaKey::Expires,
        MetaKey::AllowTamperEvents,
    ];

    /// As written in text.
    pub fn word(self) -> &'static str {
        match self {
            MetaKey::Id => "id",
            MetaKey::Reason => "reason",
            MetaKey::Author => "author",
            MetaKey::Owner => "owner",
            MetaKey::Severity => "severity",
            MetaKey::Techniques => "techniques",
            MetaKey::References => "references",
            MetaKey::Ticket => "ticket",
            MetaKey::Expires => "expires",
            MetaKey::AllowTamperEvents => "allow tamper events",
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
}

/// One `if` or `else if`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// When it runs.
    pub cond: CondId,
    /// What it does.
    pub body: Vec<StmtId>,
}

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

/// What a test is about or compares with: a base, seen through functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Where the value comes from.
    pub base: Base,
    /// Applied in this order: the first is nearest to the base.
    pub through: Vec<Function>,
    /// Where it stands.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// A field.
    Field(FieldRef),
    /// `any field`: every leaf of the event.
    AnyField,
    /// `any processguid`: the process's own GUID, and those of its parent, of the one that acted and the one acted upon.
    AnyProcessGuid,
    /// `hash SHA256`.
    Hash(HashKind),
    /// `lookup "ports" column "service" of msg.port`.
    Lookup(Box<Lookup>),
    /// A literal.
    Literal(Literal),
    /// Nothing: the test is about the event itself (`event is`, `has tag`).
    Event,
}

/// What another column of a table holds in the row whose key is the operand's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The table's name in the project.
    pub table: At<String>,
    /// The column whose value is given.
    pub column: At<String>,
    /// What is looked up among the keys; itself no look-up.
    pub of: Operand,
}

/// A field by name, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRef {
    /// The name: a short name of the catalogue or a path.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A part of Sysmon's `Hashes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HashKind {
    /// MD5, 32 digits.
    Md5,
    /// SHA1, 40 digits.
    Sha1,
    /// SHA256, 64 digits.
    Sha256,
    /// IMPHASH, 32 digits.
    Imphash,
}

impl HashKind {
    /// All kinds.
    pub const ALL: [HashKind; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Imphash];

    /// As Sysmon writes it before `=`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Imphash => "IMPHASH",
        }
    }

    /// Number of hexadecimal digits.
    pub fn digits(self) -> usize {
        match self {
            Self::Md5 | Self::Imphash => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        }
    }
}

/// A function of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Function {
    /// `lower case of`
    LowerCase,
    /// `upper case of`
    UpperCase,
    /// `title case of`: the first letter of every run of letters in upper case, the others in lower case.
    TitleCase,
    /// `number of`: the number that a text holds.
    NumberOf,
    /// `length of`: characters of a text, members of a list.
    LengthOf,
    /// `file name of`: what follows the last `\` or `/`.
    FileName,
    /// `folder of`: up to and with the last `\` or `/`.
    Folder,
    /// `year of`, UTC.
    Year,
    /// `month of`, 1 to 12.
    Month,
    /// `day of`, 1 to 31.
    Day,
    /// `weekday of`, 1 (Monday) to 7.
    Weekday,
    /// `hour of`, 0 to 23.
    Hour,
    /// `minute of`, 0 to 59.
    Minute,
    /// `base64 of`, of a literal: the text as it looks inside base64, at any of the three offsets where searched for.
    Base64,
    /// `base64 of wide`: the same of its UTF-16LE bytes.
    Base64Wide,
}

impl Function {
    /// All functions.
    pub const ALL: [Function; 15] = [
        Self::LowerCase,
        Self::UpperCase,
        Self::TitleCase,
        Self::NumberOf,
        Self::LengthOf,
        Self::FileName,
        Self::Folder,
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Weekday,
        Self::Hour,
        Self::Minute,
        Self::Base64,
        Self::Base64Wide,
    ];

    /// As written, with its `of`.
    pub fn words(self) -> &'static str {
        match self {
            Self::LowerCase => "lower case of",
            Self::UpperCase => "upper case of",
            Self::TitleCase => "title case of",
            Self::NumberOf => "number of",
            Self::LengthOf => "length of",
            Self::FileName => "file name of",
            Self::Folder => "folder of",
            Self::Year => "year of",
            Self::Month => "month of",
            Self::Day => "day of",
            Self::Weekday => "weekday of",
            Self::Hour => "hour of",
            Self::Minute => "minute of",
            Self::Base64 => "base64 of",
            Self::Base64Wide => "base64 of wide",
        }
    }
}
