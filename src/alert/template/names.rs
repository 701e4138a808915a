//! Which names a template may ask for.
//!
//! In: a catalogue, and the fields that a project's rules name. Out: what stands below a name, and the nearest of the names that are there. Never here:
//! Jinja.
//!
//! Below `msg` are the names of the catalogue, those of other channels of Windows that are known, and those that rules of the project read or set;
//! all others only by `msg.get("name")`, which asks for nothing in advance.

use std::collections::BTreeSet;

use crate::ast::{Args, Base, CondKind, Definition, Operand, StmtKind};
use crate::diagnostic::nearest;
use crate::sysmon::normalise::stored_name;
use crate::sysmon::{Catalogue, names_elsewhere};

/// What is known beside a template.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Names behind `msg.`.
    msg: BTreeSet<String>,
    /// The rules were not all seen: what nobody knows may be set by others.
    open: bool,
}

impl Known {
    /// What the catalogue knows.
    pub fn of(catalogue: &Catalogue) -> Known {
        let own = catalogue.fields.iter().filter(|field| field.normalised);
        let own = own.filter_map(|field| field.name.strip_prefix("msg.")).map(String::from);
        let elsewhere = names_elsewhere().map(stored_name);
        // What the log manager's templates ask for on events of any product.
        let manager = ["src", "dst", "user"].map(String::from);
        Known { msg: own.chain(elsewhere).chain(manager).collect(), open: false }
    }

    /// And what rules read and set.
    #[must_use]
    pub fn with_rules(mut self, definitions: &[Definition]) -> Known {
        for definition in definitions {
            for stmt in &definition.stmts {
                if let StmtKind::Set { field, .. } = &stmt.kind {
                    self.add(&field.name);
                }
            }
            for cond in &definition.conds {
                if let CondKind::Test(test) = &cond.kind {
                    self.operand(&test.subject);
                    if let Args::One(operand) = &test.args {
                        self.operand(operand);
                    }
                }
            }
        }
        self
    }

    /// There are rules that were not seen: a name below `msg` that nobody knows may be theirs.
    #[must_use]
    pub fn open(mut self) -> Known {
        self.open = true;
        self
    }

    fn operand(&mut self, operand: &Operand) {
        if let Base::Field(field) = &operand.base {
            self.add(&field.name);
        }
    }

    fn add(&mut self, field: &str) {
        if let Some(name) = field.strip_prefix("msg.") {
            let name = name.split('.').next().unwrap_or(name);
            self.msg.insert(name.to_string());
        }
    }

    /// Is it known, perhaps with a type behind it (`src@ip`)? Else: the nearest name, if one is near.
    fn msg(&self, name: &str) -> Result<(), Option<String>> {
        let plain = name.split('@').next().unwrap_or(name);
        if self.open || self.msg.contains(name) || self.msg.contains(plain) {
            return Ok(());
        }
        // Written as Sysmon writes it, or under the agent's name.
        let stored = stored_name(name);
        if self.msg.contains(&stored) {
            return Err(Some(stored));
        }
        Err(nearest(plain, self.msg.iter().map(String::as_str)).map(String::from))
    }
}

/// What stands below a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text, number, or whatever nobody can say anything of.
    Any,
    /// `msg`.
    Msg,
    /// A list of these.
    List(&'static Shape),
    /// These names and no others.
    Map(&'static [(&'static str, Shape)]),
}

use Shape::{Any, List, Map, Msg};

const TAGGED: Shape = Map(&[("tag", Any), ("rule", Any), ("kind", Any), ("reason", Any), ("because", List(&Any))]);
const TECHNIQUE: Shape = Map(&[("id", Any), ("name", Any), ("url", Any), ("from", Any)]);
const HASH: Shape = Map(&[("kind", Any), ("value", Any), ("url", Any)]);
const RELATED: Shape = Map(&[("time", Any), ("host", Any), ("event_id", Any), ("record_id", Any)]);

/// The variables.
pub(super) const VARIABLES: &[(&str, Shape)] = &[
    ("action", Any),
    ("decision", Map(&[("tags", List(&Any)), ("agent_tags", List(&Any)), ("group", Any), ("tagged", List(&TAGGED))])),
    ("event", Map(&[("name", Any), ("id", Any), ("@timestamp", Any)])),
    ("file", Any),
    ("hashes", List(&HASH)),
    ("host", Any),
    ("hunt", Any),
    (
        "meta",
        Map(&[
            ("timestamp", Any),
            ("tags", List(&Any)),
            ("agent_tags", Any),
            ("parser", Any),
            ("plugin", Any),
            ("src", Map(&[("host", Any)])),
        ]),
    ),
    ("msg", Msg),
    ("place", Map(&[("file", Any), ("record", Any)])),
    ("raw", Any),
    ("related", List(&RELATED)),
    (
        "rule",
        Map(&[
            ("name", Any),
            ("id", Any),
            ("severity", Any),
            ("reason", Any),
            ("techniques", List(&Any)),
            ("place", Any),
        ]),
    ),
    ("send", Map(&[("via", Any), ("template", Any), ("to", List(&Any))])),
    ("suppressed", Map(&[("count", Any), ("first", Any), ("last", Any), ("key", Any)])),
    ("techniques", List(&TECHNIQUE)),
    (
        "threshold",
        Map(&[
            ("count", Any),
            ("distinct", Any),
            ("values", List(&Any)),
            ("first", Any),
            ("last", Any),
            ("window", Any),
            ("key", Any),
        ]),
    ),
    ("timestamp", Any),
];

/// The names that stand below a shape, for the words of a refusal.
pub(super) fn names(shape: Shape) -> Vec<&'static str> {
    match shape {
        Map(members) => members.iter().map(|(name, _)| *name).collect(),
        Any | Msg | List(_) => Vec::new(),
    }
}

impl Known {
    /// What stands below a name of a shape. `Err`: there is no such name, and the nearest.
    pub(super) fn member(&self, shape: Shape, name: &str) -> Result<Shape, Option<String>> {
        match shape {
            Any => Ok(Any),
            Msg => self.msg(name).map(|()| Any),
            // A number, or Python's methods; `walk.rs` tells those.
            List(item) if name.parse::<i64>().is_ok() => Ok(*item),
            List(_) => Err(None),
            Map(members) => match members.iter().find(|(have, _)| *have == name) {
                Some((_, shape)) => Ok(*shape),
                None => Err(nearest(name, members.iter().map(|(have, _)| *have)).map(String::from)),
            },
        }
    }
}
