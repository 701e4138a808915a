//! Coverage for machines.
//!
//! In: coverage, the texts of the rules. Out: one document of version 1, as `grammar/tests.md` has it. Never here: places of its own.

use serde::Serialize;

use super::{Coverage, Seen, Totals, rounded};
use crate::ast::RuleKind;
use crate::diagnostic::render::Places;
use crate::origin::{Origin, Sources};

/// The whole.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    version: u32,
    summary: Summary,
    rules: Vec<RuleOut>,
    missing: Vec<MissingOut>,
}

#[derive(Clone, Debug, Serialize)]
struct Summary {
    rules: RulesOut,
    statements: Reached,
    conditions: Conditions,
    thresholds: Fired,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct RulesOut {
    all: usize,
    ran: usize,
    acted: usize,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Reached {
    all: usize,
    reached: usize,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Conditions {
    all: usize,
    both: usize,
    percent: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Fired {
    all: usize,
    fired: usize,
}

/// Where something stands: a line and column of its file, or a block.
#[derive(Clone, Debug, Serialize)]
struct PlaceOut {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    block: Option<String>,
    field: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct RuleOut {
    kind: RuleKind,
    name: String,
    #[serde(flatten)]
    place: PlaceOut,
    ran: u32,
    acted: u32,
    statements: Vec<StatementOut>,
    conditions: Vec<ConditionOut>,
    thresholds: Vec<ThresholdOut>,
}

#[derive(Clone, Debug, Serialize)]
struct StatementOut {
    text: String,
    #[serde(flatten)]
    place: PlaceOut,
    reached: u32,
}

#[derive(Clone, Debug, Serialize)]
struct ConditionOut {
    text: String,
    #[serde(flatten)]
    place: PlaceOut,
    #[serde(rename = "true")]
    yes: u32,
    #[serde(rename = "false")]
    no: u32,
}

#[derive(Clone, Debug, Serialize)]
struct ThresholdOut {
    text: String,
    #[serde(flatten)]
    place: PlaceOut,
    counted: u32,
    fired: u32,
}

#[derive(Clone, Debug, Serialize)]
struct MissingOut {
    text: String,
    #[serde(flatten)]
    place: PlaceOut,
    what: &'static str,
    hint: String,
}

/// Writes coverage as a document.
pub fn document(coverage: &Coverage, sources: &Sources) -> Document {
    let mut places = Places::new(sources);
    let mut place = |origin: Origin| {
        let found = places.find(origin);
        let at = found.range.map(|range| range.start).or(found.at);
        PlaceOut {
            file: found.file.to_string(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            block: found.block.map(str::to_string),
            field: found.field.map(str::to_string),
        }
    };
    let totals = Totals::of(&coverage.rules);
    let mut rules = Vec::with_capacity(coverage.rules.len());
    let mut missing = Vec::new();
    for rule in &coverage.rules {
        let (mut statements, mut conditions, mut thresholds) = (Vec::new(), Vec::new(), Vec::new());
        for piece in &rule.pieces {
            let text = piece.text.clone();
            match piece.seen {
                Seen::Statement(reached) => {
                    statements.push(StatementOut { text, place: place(piece.origin), reached });
                }
                Seen::Condition(ways) => {
                    conditions.push(ConditionOut { text, place: place(piece.origin), yes: ways.yes, no: ways.no });
                }
                Seen::When { counted, fired } => {
                    thresholds.push(ThresholdOut { text, place: place(piece.origin), counted, fired });
                }
                Seen::Word | Seen::Disabled | Seen::Joined(_) | Seen::Constant(_) => {}
            }
        }
        missing.extend(rule.missing().into_iter().map(|missing| MissingOut {
            place: place(missing.origin),
            what: missing.what.word(),
            hint: missing.hint(),
            text: missing.text,
        }));
        rules.push(RuleOut {
            kind: rule.kind,
            name: rule.name.clone(),
            place: place(rule.origin),
            ran: rule.ran,
            acted: rule.acted,
            statements,
            conditions,
            thresholds,
        });
    }
    let summary = Summary {
        rules: RulesOut { all: totals.ran.all, ran: totals.ran.seen, acted: totals.acted.seen },
        statements: Reached { all: totals.statements.all, reached: totals.statements.seen },
        conditions: Conditions {
            all: totals.conditions.all,
            both: totals.conditions.seen,
            percent: rounded(totals.conditions),
        },
        thresholds: Fired { all: totals.fired.all, fired: totals.fired.seen },
    };
    Document { version: 1, summary, rules, missing }
}
