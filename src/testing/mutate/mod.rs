//! Rules changed one step at a time, to see whether a test notices.
//!
//! In: a program, tests that pass on it. Out: the mutants of the program, each with its place and the change as text; for each, whether a
//! test fails on it; for one that none fails on, where one can be built, a test that would. Never here: another meaning of rules: a mutant
//! is compiled and run as any program is.
//!
//! | change | what |
//! | --- | --- |
//! | `negate` | a condition holds where it did not |
//! | `leave-out` | a member of `and` or `or` is not asked |
//! | `and-or` | `and` becomes `or`, and the other way round |
//! | `any-all` | `any` becomes `all`, and the other way round; `all of FIELD` asks one member |
//! | `widen` | `==`, `in`, `starts with`, `ends with` become `contains`; a pattern may stand anywhere |
//! | `uncased` | `cased` is taken away |
//! | `member` | a member of a list is left out |
//! | `edge` | a sign at an open end of a text is lost: the `.` of `ends with '.example.org'`, the last `\` of `starts with 'C:\Windows\'`; an anchor of a pattern |
//! | `escape` | the `\` before a dot of a pattern is lost |
//! | `boundary` | `<` becomes `<=`, `>` becomes `>=`, and the other way round |
//! | `threshold` | one event more, or less |
//! | `window` | half as long, or twice: a window, what is remembered, a time in which an alert is suppressed |
//! | `key` | a field behind `by` is left out |
//! | `distinct` | events count, whatever values they have |
//! | `order` | `in order` becomes `in any order`, and the other way round |
//! | `drop` | a statement does nothing; an alert is not suppressed |
//!
//! | file | what |
//! | --- | --- |
//! | `plan.rs` | the mutants of a program |
//! | `tests_of.rs` | the mutants of one test |
//! | `members.rs` | the mutants of what a test lists, and of each text in it |
//! | `counts.rs` | the mutants of what alerts count and suppress |
//! | `edit.rs` | a mutant as a program |
//! | `places.rs` | where conditions stand, and how they are written |
//! | `judge.rs` | whether a test notices |
//! | `walk.rs` | what statements hold |
//! | `suggest.rs` | a test that would |
//! | `goal.rs`, `climb.rs` | what an event must be like for it, and the way there |
//! | `values.rs`, `natural.rs` | values that a test takes, as one would write them |
//! | `scene.rs`, `several.rs` | one of several events |
//! | `listed.rs` | mutants that are accepted, with a reason |

mod climb;
mod counts;
mod edit;
mod goal;
mod judge;
mod listed;
mod members;
mod natural;
mod places;
mod plan;
mod scene;
mod several;
mod suggest;
#[cfg(test)]
mod tests;
mod tests_of;
mod values;
mod walk;

pub use judge::{Judge, Verdict};
pub use listed::{Listed, read as read_listed};
pub use plan::{Planned, Untried, mutants};
pub use suggest::Suggester;

use rustc_hash::FxHashMap;

use crate::event::Value;
use crate::ir::{Context, NodeId, Quiet, RuleId, StmtId, Test};
use crate::origin::Origin;
use goal::Goal;

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// A condition holds where it did not.
    Negate,
    /// A member is not asked.
    LeaveOut,
    /// `and` and `or` change places.
    AndOr,
    /// `any` and `all` change places.
    AnyAll,
    /// More texts meet a test.
    Widen,
    /// Case is ignored.
    Uncased,
    /// A member of a list is left out.
    Member,
    /// A sign at an open end of a text is lost, or an anchor.
    Edge,
    /// A backslash before a dot is lost.
    Escape,
    /// The bound itself counts, or does not.
    Boundary,
    /// One event more, or less.
    Threshold,
    /// Half as long, or twice.
    Window,
    /// A field of a key is left out.
    Key,
    /// Events count, whatever values they have.
    Distinct,
    /// Steps may come in any order, or only in theirs.
    Order,
    /// A statement does nothing.
    Drop,
}

impl Change {
    /// All kinds.
    pub const ALL: [Change; 16] = [
        Self::Negate,
        Self::LeaveOut,
        Self::AndOr,
        Self::AnyAll,
        Self::Widen,
        Self::Uncased,
        Self::Member,
        Self::Edge,
        Self::Escape,
        Self::Boundary,
        Self::Threshold,
        Self::Window,
        Self::Key,
        Self::Distinct,
        Self::Order,
        Self::Drop,
    ];

    /// As reports and lists have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Negate => "negate",
            Self::LeaveOut => "leave-out",
            Self::AndOr => "and-or",
            Self::AnyAll => "any-all",
            Self::Widen => "widen",
            Self::Uncased => "uncased",
            Self::Member => "member",
            Self::Edge => "edge",
            Self::Escape => "escape",
            Self::Boundary => "boundary",
            Self::Threshold => "threshold",
            Self::Window => "window",
            Self::Key => "key",
            Self::Distinct => "distinct",
            Self::Order => "order",
            Self::Drop => "drop",
        }
    }
}

/// One change of a program.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Whose rule.
    pub rule: RuleId,
    /// What kind.
    pub change: Change,
    /// What stands there.
    pub before: String,
    /// What would; nothing where it is taken away.
    pub after: String,
    /// Where.
    pub origin: Origin,
    /// Which it is of those of its rule that read the same, from 1.
    pub nth: usize,
    /// What is done to the program.
    edit: Edit,
    /// An event for which none of these is asked decides as before; `None`: any may decide otherwise.
    concerns: Option<Vec<u32>>,
}

/// What is done to a program.
#[derive(Clone, Debug)]
enum Edit {
    /// The other value of this condition.
    Negate(NodeId),
    /// Without this member.
    Without(NodeId, usize),
    /// `or` for `and`, `and` for `or`.
    Swap(NodeId),
    /// Another test at this site.
    Test(u32, Box<Test>),
    /// Another context.
    Context(u32, Context),
    /// Without this field of a context's key, wherever the context is named.
    Key(u32, usize),
    /// Suppressed in another way, or not at all.
    Quiet(RuleId, Option<Quiet>),
    /// Nothing for this statement.
    Remove(StmtId),
}

/// What was found for the mutants of one rule, of use for the next of them. What comes out is the same as long as they come in one order.
#[derive(Default)]
pub struct Memo {
    /// The test that noticed the last.
    noticed: Option<usize>,
    /// Events that were found for a goal, behind what came before them: mutants of one condition want the same.
    climbed: FxHashMap<(Goal, Vec<Goal>, bool), Vec<Fields>>,
}

/// An event, field by field.
type Fields = Vec<(String, Value)>;

/// Characters of a text in a label: of its beginning, and of its end. What differs stands in one of them.
const HEAD: usize = 100;
const TAIL: usize = 50;

/// A text without its middle, where it is long.
fn cut(text: &str) -> String {
    let chars = text.chars().count();
    if chars <= HEAD + TAIL {
        return text.to_string();
    }
    let head: String = text.chars().take(HEAD).collect();
    let tail: String = text.chars().skip(chars - TAIL).collect();
    format!("{head}…{tail}")
}

impl Mutant {
    /// One line that names it within its rule: the same as long as the rule says the same there.
    pub fn label(&self) -> String {
        let word = self.change.word();
        let mut label = match self.after.as_str() {
            "" => format!("{word}: {}", cut(&self.before)),
            after => format!("{word}: {} -> {}", cut(&self.before), cut(after)),
        };
        if self.nth > 1 {
            label.push_str(&format!(" ({})", self.nth));
        }
        label
    }
}
