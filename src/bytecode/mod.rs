//! Compiled rules: a small instruction set, constant pools, and the file that holds both.
//!
//! `ir` -> **`bytecode`** -> `vm`. A [`Module`] is all that travels: to a file, to the browser, to another machine. Literals
//! and plan are in it; automata and regular expressions are built from them where it is loaded.
//!
//! The machine has one truth register, which a conditional jump fills and reads in one step, and no stack. Jumps go only
//! forward, so a rule takes at most as many steps as it has instructions.
//!
//! | instruction | operands | what happens |
//! | --- | --- | --- |
//! | `jf` | site, target | asks the site's test; goes to target if it does not hold |
//! | `jt` | site, target | asks the site's test; goes to target if it holds |
//! | `jmp` | target | goes to target |
//! | `name` | text | gives the rule's result this name (first-match tables) |
//! | `tag`, `untag` | text | adds, takes away a tag |
//! | `set` | index | sets a field |
//! | `remove` | index | removes fields |
//! | `send` | index | asks for something to be sent |
//! | `step` | number | notes that the event can fill this step of the `when` behind it |
//! | `when` | context, target | counts the event; goes to target unless it is enough now |
//! | `remember`, `forget` | index | counts for a key, forgets what was counted for it |
//! | `drop`, `keep`, `stop` | | ends the rule: drops; leaves; skips all later rules of its kind |
//!
//! A rule whose code ends without one of the last three ends as `keep` does. What is out of range never runs: [`verify`]
//! refuses such a module when it is loaded, and the machine only takes verified ones.
//!
//! In: a [`Program`](crate::ir::Program). Out: a module. Never here: evaluation; names of blocks.

mod codegen;
mod file;
mod listing;
mod verify;

pub use codegen::{compile, condition_code};
pub use file::{LoadError, MAGIC, VERSION, read, write};
pub use listing::listing;
pub use verify::{Invalid, Verified, verify};

use serde::{Deserialize, Serialize};

use crate::ast::{RuleKind, RuleSeverity};
use crate::dialect::AgentVersion;
use crate::event::{Layout, Slot};
use crate::ir::{Context, EventKey, Lookup, Named, Quiet, Removal, Send, SetValue, Stamp, Table, Test};

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Instr {
    /// Go to `to` if the site's test does not hold.
    JumpIfFalse {
        /// The site.
        site: u32,
        /// An address behind this one.
        to: u32,
    },
    /// Go to `to` if the site's test holds.
    JumpIfTrue {
        /// The site.
        site: u32,
        /// An address behind this one.
        to: u32,
    },
    /// Go to `to`.
    Jump {
        /// An address behind this one.
        to: u32,
    },
    /// Name the result.
    Name(u32),
    /// Add a tag.
    Tag(u32),
    /// Take a tag away.
    Untag(u32),
    /// Set a field.
    Set(u32),
    /// Remove fields.
    Remove(u32),
    /// Send.
    Send(u32),
    /// Note that the event can fill a step of the `when` behind it.
    Step(u8),
    /// Count the event in a context; go to `to` unless it is enough now.
    When {
        /// The context.
        context: u32,
        /// An address behind this one.
        to: u32,
    },
    /// Count for a key.
    Remember(u32),
    /// Forget what was counted for a key.
    Forget(u32),
    /// Drop the event and end.
    Drop,
    /// End.
    Keep,
    /// End, and skip the later rules of this kind.
    Stop,
}

/// One rule of a module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleCode {
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
    /// Where it was written.
    pub place: String,
    /// Its first instruction.
    pub start: u32,
    /// One past its last.
    pub end: u32,
}

/// One test of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCode {
    /// Index into [`Module::tests`].
    pub test: u32,
    /// Index into [`Module::rules`].
    pub rule: u32,
    /// Its canonical text.
    pub text: String,
    /// Where it was written.
    pub place: String,
}

/// Compiled rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// The agent whose event the filters see.
    pub agent: AgentVersion,
    /// The fields that are read.
    pub layout: Layout,
    /// The events that `event is` names.
    pub events: Vec<EventKey>,
    /// The rules in the order in which they run: filters, classify rules, alerts.
    pub rules: Vec<RuleCode>,
    /// Distinct tests.
    pub tests: Vec<Test>,
    /// The tests of the source.
    pub sites: Vec<SiteCode>,
    /// Tags and names.
    pub texts: Vec<String>,
    /// What `set` writes, and where.
    pub sets: Vec<(Slot, SetValue)>,
    /// What `remove` takes away.
    pub removals: Vec<Removal>,
    /// What `send` asks for.
    pub sends: Vec<Send>,
    /// Lookup tables.
    pub tables: Vec<Table>,
    /// Columns of lookup tables, by key.
    pub lookups: Vec<Lookup>,
    /// What is counted from event to event.
    pub contexts: Vec<Context>,
    /// What `remember` and `forget` name.
    pub named: Vec<Named>,
    /// Where time and host of an event stand, if anything is counted or kept quiet.
    pub stamp: Option<Stamp>,
    /// All instructions, rule by rule.
    pub code: Vec<Instr>,
    /// For each instruction, where it was written, as an index into `places`.
    pub at: Vec<u32>,
    /// Places of statements and conditions.
    pub places: Vec<String>,
}

impl Module {
    /// What a rule may send: indices into [`Module::sends`], in order, each once.
    pub fn sends_of(&self, rule: u32) -> Vec<u32> {
        let Some(code) = self.rules.get(rule as usize) else { return Vec::new() };
        let instructions = self.code.get(code.start as usize..code.end as usize).unwrap_or_default();
        let mut sends: Vec<u32> = instructions
            .iter()
            .filter_map(|instr| if let Instr::Send(send) = instr { Some(*send) } else { None })
            .collect();
        crate::order::sort(&mut sends);
        sends.dedup();
        sends
    }
}
