//! Which column of the engine a name stands for.
//!
//! In: names of fields as rules write them, or one of `@tag`, `@event`, `@host`, `@rule`; the project. Out: what the engine is asked for
//! (`samples/columns.rs`). What the project's classify rules have part in is asked behind them. Never here: what columns hold.

use rustc_hash::FxHashSet;

use crate::ast::{Base, CondKind, Definition, Operand, Operator, RuleKind, StmtKind};
use crate::origin::Sources;
use crate::search;
use crate::session::Session;
use crate::source::text::parse_condition;

/// When it happened.
pub(super) const TIME: &str = "=@timestamp";
/// How many bytes it took.
pub(super) const BYTES: &str = "@bytes";
/// Which event it is.
pub(super) const EVENT: &str = "@event";
/// What became of it.
pub(super) const DECISION: &str = "@decision";
/// Where.
pub(super) const HOST: &str = "=host";
/// What an event 4 says.
pub(super) const STATE: &str = "=State";
/// What the health of hosts is read from.
pub(super) const HEALTH: [&str; 3] = [HOST, EVENT, STATE];

/// The fields of tags, behind the rules.
const TAGS: &str = "+meta.tags";

/// Have the rules part in a column?
pub(super) fn is_of_rules(name: &str) -> bool {
    name.starts_with(['+', '?', '!']) || matches!(name, DECISION | "@rule")
}

/// Puts together what can be asked for at once: all that needs the rules to run.
pub(super) fn asked(mut names: Vec<String>) -> Vec<String> {
    let mut known = FxHashSet::default();
    names.retain(|name| known.insert(name.clone()));
    let (behind, mut asked): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| name.starts_with('+'));
    let fields: Vec<&str> = behind.iter().map(|name| name.trim_start_matches('+')).collect();
    if !fields.is_empty() {
        asked.push(format!("+{}", fields.join(",")));
    }
    asked
}

/// The single columns of what was asked for.
pub(super) fn single(asked: &str) -> Vec<String> {
    match asked.strip_prefix('+') {
        Some(fields) => fields.split(',').map(|field| format!("+{field}")).collect(),
        None => vec![asked.to_string()],
    }
}

/// The names of a project.
pub(super) struct Names {
    /// Fields that classify rules set or remove.
    set: FxHashSet<String>,
}

impl Names {
    pub(super) fn of(session: &Session) -> Self {
        let mut set = FxHashSet::default();
        let classifies = |definition: &&Definition| definition.rules.iter().any(|rule| rule.kind == RuleKind::Classify);
        for definition in session.project.definitions().iter().filter(classifies) {
            for stmt in &definition.stmts {
                match &stmt.kind {
                    StmtKind::Set { field, .. } => {
                        set.insert(field.name.clone());
                    }
                    StmtKind::Remove(fields) => set.extend(fields.iter().map(|field| field.name.clone())),
                    StmtKind::If { .. }
                    | StmtKind::Drop
                    | StmtKind::Keep
                    | StmtKind::Stop
                    | StmtKind::Tag(_)
                    | StmtKind::Untag(_)
                    | StmtKind::Send { .. }
                    | StmtKind::When { .. }
                    | StmtKind::Remember { .. }
                    | StmtKind::Forget { .. } => {}
                }
            }
        }
        Self { set }
    }

    /// Do rules decide what this field holds? A rule that sets or removes one has part in what stands below it, too.
    pub(super) fn are_rules_in(&self, field: &str) -> bool {
        let touches = |set: &String| {
            let below =
                |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            below(field, set) || below(set, field)
        };
        search::only_rules_set(field) || self.set.iter().any(touches)
    }

    /// The column of a field.
    pub(super) fn column(&self, field: &str) -> String {
        match field {
            "@event" | "@rule" => field.to_string(),
            "@host" => HOST.to_string(),
            "@tag" | "tags" | "meta.tags" => TAGS.to_string(),
            _ if self.are_rules_in(field) => format!("+{field}"),
            _ => format!("={field}"),
        }
    }

    /// The column that rows are ordered by.
    pub(super) fn sorted(&self, column: &str) -> String {
        match column {
            "time" => TIME.to_string(),
            "host" => HOST.to_string(),
            "event" => "=EventID".to_string(),
            "decision" => DECISION.to_string(),
            _ => self.column(column),
        }
    }

    /// The column of a condition.
    pub(super) fn condition(&self, text: &str) -> String {
        let (definition, ..) = parse_condition(Sources::default().add("", text), text);
        format!("{}{text}", if self.reads_rules(&definition) { '!' } else { '?' })
    }

    fn reads_rules(&self, definition: &Definition) -> bool {
        let reads = |operand: &Operand| match &operand.base {
            Base::Field(field) => self.are_rules_in(&field.name),
            Base::Lookup(lookup) => match &lookup.of.base {
                Base::Field(field) => self.are_rules_in(&field.name),
                Base::AnyField
                | Base::AnyProcessGuid
                | Base::Hash(_)
                | Base::Lookup(_)
                | Base::Literal(_)
                | Base::Event => true,
            },
            Base::AnyField => true,
            Base::AnyProcessGuid | Base::Hash(_) | Base::Literal(_) | Base::Event => false,
        };
        definition.conds.iter().any(|cond| match &cond.kind {
            CondKind::Test(test) => {
                let others = test.args.operands();
                let of_rules = matches!(test.op.value, Operator::HasTag | Operator::Acted | Operator::Remembered);
                of_rules || reads(&test.subject) || others.iter().any(reads)
            }
            CondKind::SomeOf { list, .. } => self.are_rules_in(&list.name),
            CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_) | CondKind::Const(_) => false,
        })
    }
}
