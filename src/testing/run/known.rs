//! The rules and fields that a test names.
//!
//! In: a test, rules. Out: indexes and paths; or findings, for a name of nothing would pass for ever. Never here: events.

use super::Bench;
use crate::ast::RuleKind;
use crate::bytecode::Instr;
use crate::check;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::search;
use crate::testing::Rules;
use crate::testing::case::{Case, Decision, Measure, Named};

/// The rules that a test names.
#[derive(Default)]
pub(super) struct Known {
    pub(super) rule: Option<u32>,
    /// For each alert of the test.
    pub(super) alerts: Option<Vec<u32>>,
    /// For each bound of its budget.
    pub(super) budget: Vec<Option<u32>>,
    /// For each field, where it may stand in the event.
    pub(super) fields: Vec<Vec<String>>,
}

impl Known {
    pub(super) fn of(case: &Case, bench: &Bench<'_>) -> Result<Self, Vec<Diagnostic>> {
        let rules = bench.rules;
        let mut found = Vec::new();
        let mut one = |named: &Named, only: Option<RuleKind>| index(named, only, rules, &mut found);
        let kind_of = |measure: Measure| match measure {
            Measure::Dropped | Measure::DroppedBytes => RuleKind::Filter,
            Measure::Alerts => RuleKind::Alert,
        };
        let mut known = Self {
            rule: case.expect.rule.as_ref().and_then(|named| one(named, None)),
            alerts: case
                .expect
                .alerts
                .as_ref()
                .map(|alerts| alerts.iter().filter_map(|alert| one(&alert.rule, Some(RuleKind::Alert))).collect()),
            budget: case
                .expect
                .budget
                .iter()
                .map(|budget| budget.rule.as_ref().and_then(|named| one(named, Some(kind_of(budget.of)))))
                .collect(),
            fields: Vec::new(),
        };
        known.fields = case.expect.fields.iter().map(|(named, _)| field(named, bench, &mut found)).collect();
        let kind = known.rule.and_then(|rule| rules.program.rules.get(rule as usize)).map(|rule| rule.kind);
        if let (Some((decision, origin)), Some(kind)) = (case.expect.decision, kind)
            && (decision == Decision::Dropped) != (kind == RuleKind::Filter)
        {
            let message = match decision {
                Decision::Dropped => "only a filter drops, and the rule that is named is none",
                Decision::Kept => "the rule that is named is a filter, and of what it drops nothing is kept",
            };
            let help = "name a filter beside `dropped`, a classify rule or an alert beside `kept`, or no rule";
            found.push(Diagnostic::new(Code::BadTest, origin, message).help(help));
        }
        if found.is_empty() { Ok(known) } else { Err(found) }
    }
}

/// The rule of this name, or a finding.
fn index(named: &Named, only: Option<RuleKind>, rules: Rules<'_>, found: &mut Vec<Diagnostic>) -> Option<u32> {
    let all = || rules.program.rules.iter().enumerate().filter(|(_, rule)| only.is_none_or(|only| only == rule.kind));
    let same = all().find(|(_, rule)| rule.name == named.name);
    if let Some((index, _)) = same {
        return Some(index as u32);
    }
    let what = only.map_or("rule", RuleKind::word);
    let help = match nearest(&named.name, all().map(|(_, rule)| rule.name.as_str())) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write the name as it stands in the rule; a rule with an error does not run".to_string(),
    };
    let message = format!("no {what} \"{}\" runs", named.name);
    found.push(Diagnostic::new(Code::BadTest, named.origin, message).help(help));
    None
}

/// Where a field may stand, or a finding.
fn field(named: &Named, bench: &Bench<'_>, found: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut tell = |message: String, help: String| {
        found.push(Diagnostic::new(Code::BadTest, named.origin, message).help(help));
    };
    let module = bench.rules.prepared.module();
    let sets = |instr: &Instr| match instr {
        Instr::Set(set) => module.sets.get(*set as usize).and_then(|(slot, _)| module.layout.get(*slot)),
        _other => None,
    };
    let is_set = || module.code.iter().filter_map(sets).any(|field| field.name == named.name);
    let resolved = bench.catalogue.resolve(&named.name);
    if named.name.starts_with("msg.") && resolved.def.is_none() && !is_set() {
        if let Some(near) = check::slip(&named.name, bench.catalogue.field_names()) {
            tell(format!("no event has a field `{}`", named.name), format!("did you mean `{near}`?"));
        }
    } else if named.name.contains(',') {
        tell(format!("`{}` is no field", named.name), "write each field with its own value".to_string());
    } else {
        let typed = search::fields("fields", &named.name, &bench.catalogue);
        for wrong in typed.diagnostics {
            tell(wrong.message, wrong.help.unwrap_or_default());
        }
    }
    resolved.path.paths
}
