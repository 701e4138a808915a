//! What a rule allows, and drops that nobody answers for.
//!
//! In: rules with their metadata, and findings. Out: the findings that no rule allows; exceptions that nothing needed. Never here: the
//! spelling of an exception, which the checker looks at.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::Lints;
use super::terms::Does;
use crate::ast::{Args, CondId, CondKind, Definition, MetaKey, MetaValue, Rule, RuleKind, StmtId, StmtKind};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::Program;
use crate::origin::{Origin, Place};

/// Warnings and notes about rules can be meant; what is wrong with a file, a project or an event cannot.
pub(crate) fn can_be_allowed(code: Code) -> bool {
    (200..500).contains(&(code as u16)) && code.severity() < Severity::Error && code != Code::UnusedAllow
}

/// One `allow` of a rule.
struct Allowed<'a> {
    code: Code,
    rule: &'a Rule,
    origin: Origin,
    /// The blocks of a drawn rule.
    blocks: Rc<FxHashSet<u32>>,
}

fn all(definitions: &[Definition]) -> Vec<Allowed<'_>> {
    let mut allowed = Vec::new();
    for definition in definitions {
        for rule in &definition.rules {
            let mut blocks: Option<Rc<FxHashSet<u32>>> = None;
            for meta in &rule.meta {
                let MetaValue::Allow(code, _) = &meta.value else { continue };
                let Some(code) = Code::parse(&code.value).filter(|code| can_be_allowed(*code)) else { continue };
                let blocks = blocks.get_or_insert_with(|| Rc::new(blocks_of(definition, rule))).clone();
                allowed.push(Allowed { code, rule, origin: meta.origin, blocks });
            }
        }
    }
    allowed
}

/// Takes out of findings what their rules allow; gives the lines that allowed some.
pub(crate) fn apply(definitions: &[Definition], found: &mut Vec<Diagnostic>) -> Vec<Origin> {
    let allowed = all(definitions);
    let mut used = Vec::new();
    if allowed.is_empty() {
        return used;
    }
    found.retain(|finding| {
        let own = |allowed: &&Allowed<'_>| {
            allowed.code == finding.code && !finding.is_error() && allowed.covers(finding.primary.origin)
        };
        let by = allowed.iter().find(own);
        used.extend(by.map(|by| by.origin));
        by.is_none()
    });
    used
}

/// What was allowed for nothing.
pub(super) fn unused(definitions: &[Definition], program: &Program, used: &[Origin]) -> Vec<Diagnostic> {
    // A rule that did not become part of the program was not looked at to its end.
    let there: FxHashSet<Origin> = program.rules.iter().map(|rule| rule.origin).collect();
    let idle = |allowed: &Allowed<'_>| !used.contains(&allowed.origin) && there.contains(&allowed.rule.origin);
    all(definitions)
        .into_iter()
        .filter(idle)
        .map(|allowed| {
            let message = format!("nothing in this rule is told of as {}", allowed.code);
            Diagnostic::new(Code::UnusedAllow, allowed.origin, message).help("delete the line")
        })
        .collect()
}

impl Allowed<'_> {
    fn covers(&self, origin: Origin) -> bool {
        if origin.source != self.rule.origin.source {
            return false;
        }
        match (origin.place, self.rule.origin.place) {
            (Place::Span(own), Place::Span(rule)) => rule.start <= own.start && own.end <= rule.end,
            (Place::Block { block, .. }, _) => self.blocks.contains(&block),
            (Place::Whole | Place::Span(_), _) => false,
        }
    }
}

/// The blocks that a drawn rule is made of.
fn blocks_of(definition: &Definition, rule: &Rule) -> FxHashSet<u32> {
    let mut blocks = FxHashSet::default();
    let mut add = |origin: Origin| {
        if let Place::Block { block, .. } = origin.place {
            blocks.insert(block);
        }
    };
    add(rule.origin);
    rule.meta.iter().for_each(|meta| add(meta.origin));
    let mut stmts: Vec<StmtId> = rule.body.clone();
    let mut conds: Vec<CondId> = Vec::new();
    while let Some(id) = stmts.pop() {
        let stmt = definition.stmt(id);
        add(stmt.origin);
        match &stmt.kind {
            StmtKind::If { arms, otherwise } => {
                for arm in arms {
                    conds.push(arm.cond);
                    stmts.extend(arm.body.iter().copied());
                }
                stmts.extend(otherwise.iter().flatten().copied());
            }
            StmtKind::When { when, body } => {
                if let crate::ast::Asks::Steps { steps, .. } = &when.asks {
                    steps.iter().for_each(|step| {
                        add(step.origin);
                        conds.push(step.cond);
                    });
                }
                stmts.extend(body.iter().copied());
            }
            StmtKind::Set { value, .. } => add(value.origin),
            StmtKind::Drop
            | StmtKind::Keep
            | StmtKind::Stop
            | StmtKind::Tag(_)
            | StmtKind::Untag(_)
            | StmtKind::Remove(_)
            | StmtKind::Send { .. }
            | StmtKind::Remember { .. }
            | StmtKind::Forget { .. } => {}
        }
    }
    while let Some(id) = conds.pop() {
        let cond = definition.cond(id);
        add(cond.origin);
        match &cond.kind {
            CondKind::And(members) | CondKind::Or(members) => conds.extend(members.iter().copied()),
            CondKind::Not(inner) => conds.push(*inner),
            CondKind::SomeOf { body, .. } => conds.push(*body),
            CondKind::Test(test) => {
                add(test.subject.origin);
                add(test.op.origin);
                match &test.args {
                    Args::One(operand) => add(operand.origin),
                    Args::Many { items, origin, .. } => {
                        add(*origin);
                        items.iter().for_each(|item| add(item.origin));
                    }
                    Args::Tags { tags: names, .. } | Args::Events(names) => {
                        names.iter().for_each(|name| add(name.origin));
                    }
                    Args::Table { name, .. } | Args::Rule(name) | Args::Remembered { name, .. } => add(name.origin),
                    Args::None | Args::Class(_) => {}
                }
            }
            CondKind::Const(_) => {}
        }
    }
    blocks
}

impl Lints<'_> {
    /// Filters that drop and name no owner; where none of a file does, that is one finding.
    pub(super) fn owners(&mut self, definitions: &[Definition]) {
        let drops: FxHashSet<Origin> = self
            .effects
            .iter()
            .filter(|effect| effect.does == Does::Drop)
            .filter_map(|effect| self.program.rules.get(effect.rule.index()))
            .filter(|rule| rule.kind == RuleKind::Filter)
            .map(|rule| rule.origin)
            .collect();
        for definition in definitions {
            let rules: Vec<&Rule> =
                definition.rules.iter().filter(|rule| !rule.disabled && drops.contains(&rule.origin)).collect();
            let owned = |rule: &Rule| rule.meta.iter().any(|meta| meta.key == MetaKey::Owner);
            let without: Vec<&Rule> = rules.iter().copied().filter(|rule| !owned(rule)).collect();
            let none = without.len() > 1 && without.len() == rules.len();
            for rule in without.iter().take(if none { 1 } else { usize::MAX }) {
                let message = match none {
                    true => format!("none of the {} filters of this file says who answers for it", without.len()),
                    false => "nobody answers for what this drops".to_string(),
                };
                self.report(
                    Diagnostic::new(Code::NoOwner, rule.name.origin, message)
                        .help("write: owner \"…\", a person or team who can say whether it is still needed"),
                );
            }
        }
    }
}
