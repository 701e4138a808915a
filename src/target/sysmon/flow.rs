//! When a filter drops an event of one id.
//!
//! In: the filters of a program. Out: alternatives. Never here: what one test means; where rules go.
//!
//! A `keep` ends its rule, a `stop` all rules behind it: what follows is asked only where they were not reached. What follows a `drop` needs no such care,
//! for it can only drop what is dropped already.
//!
//! A test that cannot be said counts as one that never holds, asked for or denied alike, and behind a statement that cannot be said nothing is reached: so
//! what is left drops nothing that the filters keep, whoever wants it in part.

use std::collections::BTreeMap;

use super::dnf::{All, Dnf, TooMany};
use super::{Alternative, Refused, not_in_target, older, test};
use crate::ast::RuleKind;
use crate::diagnostic::Diagnostic;
use crate::ir::{Node, NodeId, Program, Rule, StmtId, StmtKind};
use crate::origin::Origin;
use crate::sysmon::Catalogue;
use crate::sysmon::config::Schema;

/// All alternatives of all filters for events of this id, in conditions of a schema.
pub(super) fn alternatives(
    program: &Program,
    catalogue: &Catalogue,
    schema: Schema,
    id: u32,
    found: &mut Vec<Diagnostic>,
) -> Vec<Alternative> {
    let mut flow = Flow { program, catalogue, schema, id, found, within: None, drops: BTreeMap::new() };
    let mut out = Vec::new();
    // Where no rule before has said `stop`.
    let mut open = Dnf::always();
    for rule in program.rules.iter().filter(|rule| rule.kind == RuleKind::Filter) {
        flow.drops.clear();
        match flow.rule(rule, &open) {
            Ok(ran) => {
                for all in ran.dropped.0 {
                    let origin = flow.drops.get(&all).copied().unwrap_or(rule.origin);
                    out.push(Alternative { all, name: rule.name.clone(), origin });
                }
                open = ran.open;
            }
            Err(TooMany) => {
                let message = "this filter has too many alternatives for a configuration of Sysmon".to_string();
                let help = "write lists instead of single values, and conditions without `not` around several";
                flow.found.push(not_in_target(rule.origin, message, help));
                // It may have said `stop`, or changed what those behind it see.
                open = Dnf::never();
            }
        }
    }
    out
}

/// What statements did.
struct Ran {
    dropped: Dnf,
    /// Where the statements behind them are reached.
    on: Dnf,
    /// Where the rules behind them are reached.
    open: Dnf,
}

struct Flow<'p, 'f> {
    program: &'p Program,
    catalogue: &'p Catalogue,
    schema: Schema,
    id: u32,
    found: &'f mut Vec<Diagnostic>,
    /// The innermost `if` around.
    within: Option<Origin>,
    /// What the rule drops, each with the first statement that does: the `if` around it, so that its condition is shown.
    drops: BTreeMap<All, Origin>,
}

impl Flow<'_, '_> {
    fn rule(&mut self, rule: &Rule, open: &Dnf) -> Result<Ran, TooMany> {
        self.within = None;
        self.body(rule, &rule.body, open)
    }

    /// Statements that are reached where `on` holds. Nesting is bounded by `limits::DEPTH`.
    fn body(&mut self, rule: &Rule, body: &[StmtId], on: &Dnf) -> Result<Ran, TooMany> {
        // `on` shrinks by `keep` and `stop`, `open` by `stop` alone.
        let mut ran = Ran { dropped: Dnf::never(), on: on.clone(), open: on.clone() };
        // Rules behind are reached also where this one has ended by `keep`.
        let mut ended = Dnf::never();
        for stmt in body {
            let stmt = self.program.stmt(*stmt);
            match &stmt.kind {
                StmtKind::Drop => {
                    let origin = self.within.unwrap_or(stmt.origin);
                    for all in &ran.on.0 {
                        self.drops.entry(all.clone()).or_insert(origin);
                    }
                    ran.dropped = ran.dropped.or(ran.on.clone())?;
                    break;
                }
                StmtKind::Keep => {
                    ended = ended.or(ran.on.clone())?;
                    ran.on = Dnf::never();
                }
                StmtKind::Stop => ran.on = Dnf::never(),
                StmtKind::If { arms, otherwise } => {
                    let around = self.within.replace(stmt.origin);
                    let mut through = Dnf::never();
                    let mut rest = ran.on.clone();
                    for (cond, body) in arms {
                        let yes = self.condition(rule, *cond, false)?;
                        let inner = self.body(rule, body, &rest.clone().and(&yes)?)?;
                        ran.dropped = ran.dropped.or(inner.dropped)?;
                        ended = ended.or(inner.open)?;
                        through = through.or(inner.on)?;
                        // Where the arm drops, what follows may be asked or not.
                        if !self.drops(body) || self.leaves(otherwise) || arms.iter().any(|(_, body)| self.leaves(body))
                        {
                            rest = rest.and(&self.condition(rule, *cond, true)?)?;
                        }
                    }
                    let inner = self.body(rule, otherwise, &rest)?;
                    ran.dropped = ran.dropped.or(inner.dropped)?;
                    ended = ended.or(inner.open)?;
                    ran.on = through.or(inner.on)?;
                    self.within = around;
                }
                other => {
                    let what = match other {
                        StmtKind::Tag(_) | StmtKind::Untag(_) => "tags",
                        StmtKind::Remove(_) | StmtKind::Set { .. } => "changes of fields",
                        StmtKind::FirstMatch(_) => "a table of named rows",
                        StmtKind::Send(_) => "`send`",
                        StmtKind::When { .. } | StmtKind::Remember(_) | StmtKind::Forget(_) => "what is remembered",
                        StmtKind::If { .. } | StmtKind::Drop | StmtKind::Keep | StmtKind::Stop => "this",
                    };
                    let message = format!("Sysmon's configuration cannot say {what}: it logs an event or does not");
                    self.found.push(not_in_target(
                        stmt.origin,
                        message,
                        "leave it to a filter of Winlogbeat, or to a rule behind the agent",
                    ));
                    ran.on = Dnf::never();
                }
            }
        }
        ran.open = ended.or(ran.on.clone())?;
        Ok(ran)
    }

    /// Does every way through these statements drop at once?
    fn drops(&self, body: &[StmtId]) -> bool {
        body.first().is_some_and(|stmt| matches!(self.program.stmt(*stmt).kind, StmtKind::Drop))
    }

    /// Is there a `keep` or `stop` in it?
    fn leaves(&self, body: &[StmtId]) -> bool {
        body.iter().any(|stmt| match &self.program.stmt(*stmt).kind {
            StmtKind::Keep | StmtKind::Stop => true,
            StmtKind::If { arms, otherwise } => {
                self.leaves(otherwise) || arms.iter().any(|(_, body)| self.leaves(body))
            }
            _ => false,
        })
    }

    /// A condition, or its opposite. Nesting is bounded by `limits::DEPTH`.
    fn condition(&mut self, rule: &Rule, id: NodeId, negated: bool) -> Result<Dnf, TooMany> {
        match self.program.node(id) {
            Node::Const(value) => Ok(Dnf::constant(*value != negated)),
            Node::Not(inner) => self.condition(rule, *inner, !negated),
            Node::And(members) | Node::Or(members) => {
                let all = matches!(self.program.node(id), Node::And(_)) != negated;
                // What says which event it is first: for most events nothing else is asked then, and so nothing refused.
                let mut members = members.clone();
                members.sort_by_key(|member| !self.is_constant(*member));
                let mut sum = Dnf::constant(all);
                let before = self.found.len();
                for member in members {
                    // Where something was refused, the rest is asked too: who mends it wants to see all of it.
                    if sum == Dnf::constant(!all) && self.found.len() == before {
                        break;
                    }
                    let member = self.condition(rule, member, negated)?;
                    sum = if all { sum.and(&member)? } else { sum.or(member)? };
                }
                Ok(sum)
            }
            Node::Test(site) => {
                let origin = self.program.sites.get(site.index()).map_or(rule.origin, |site| site.origin);
                let test = self.program.test_of(*site);
                let said = match test::condition(self.program, self.catalogue, self.id, test, negated) {
                    Ok(Ok(dnf)) => older::said_in(self.schema, dnf),
                    other => other,
                };
                match said {
                    Ok(said) => said,
                    Err(Refused { what, help }) => {
                        let message = format!("Sysmon's configuration cannot say {what}");
                        self.found.push(not_in_target(origin, message, help));
                        Ok(Dnf::never())
                    }
                }
            }
        }
    }

    /// Does a condition ask for nothing but the kind of event?
    fn is_constant(&self, id: NodeId) -> bool {
        match self.program.node(id) {
            Node::Const(_) => true,
            Node::Not(inner) => self.is_constant(*inner),
            Node::And(members) | Node::Or(members) => members.iter().all(|member| self.is_constant(*member)),
            Node::Test(site) => test::is_of_event(self.program.test_of(*site)),
        }
    }
}
