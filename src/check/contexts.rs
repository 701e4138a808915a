//! What alerts remember from event to event: names, numbers, lengths of time, keys; and tests about what other rules did.
//!
//! In: `when`, `remember`, `forget`, `remembered`, `rule … acted`, `suppress`. Out: contexts of the program, and statements and tests
//! that name them. Never here: counting.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Checker, Facts};
use crate::ast::{self, Args, At, Definition, FieldRef, Length, RuleKind, Unit};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::Dialect;
use crate::event::FieldPath;
use crate::ir::{Asks, Check, Context, From, KeyField, Named, Node, Operand, Quiet, RuleId, Stamp, StmtKind};
use crate::limits;
use crate::origin::Origin;

/// Seconds that a window from the first hit may have, as the log manager's contexts.
const FROM_FIRST_HIT: std::ops::RangeInclusive<u64> = 60..=900;

/// The fields that make an alert the same where `suppress` names none: host, rule name, source and target image.
pub const SAME_ALERT: [&str; 5] = ["Computer", "msg.rulename", "msg.sourceimage", "msg.image", "msg.targetimage"];

/// What a definition says of a name under which something is remembered.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    origin: Origin,
    /// A `remember` has no more than this; of a `when` there may be one.
    length: Option<Length>,
    fields: usize,
    /// Where its context is, once it was needed.
    context: Option<u32>,
}

/// The alert's name and a sum of what it does.
pub(super) fn identity(definition: &Definition, rule: &ast::Rule) -> String {
    let sum = crc32fast::hash(crate::target::text::statements(definition, rule).as_bytes());
    format!("{} {sum:08x}", rule.name.value)
}

/// Alerts in the order in which they run: as they come, but before each those of which it asks whether they acted. Where they ask each other in a
/// circle, the checker refuses one of them.
pub(super) fn behind_those_it_asks<'d>(
    rules: Vec<(&'d Definition, &'d ast::Rule)>,
) -> Vec<(&'d Definition, &'d ast::Rule)> {
    let asked: Vec<Vec<&str>> = rules.iter().map(|(definition, rule)| asks(definition, rule)).collect();
    if asked.iter().all(Vec::is_empty) {
        return rules;
    }
    let mut called: FxHashMap<&str, usize> = FxHashMap::default();
    for (at, (_, rule)) in rules.iter().enumerate() {
        called.insert(&rule.name.value, at);
        for meta in &rule.meta {
            if let (ast::MetaKey::Id, ast::MetaValue::Text(id)) = (meta.key, &meta.value) {
                called.insert(id, at);
            }
        }
    }
    let mut seen = vec![false; rules.len()];
    let mut ordered = Vec::with_capacity(rules.len());
    for first in 0..rules.len() {
        let mut stack = Vec::new();
        if !std::mem::replace(&mut seen[first], true) {
            stack.push(first);
        }
        while let Some(&at) = stack.last() {
            match asked[at].iter().filter_map(|name| called.get(name)).find(|other| !seen[**other]) {
                Some(&other) => {
                    seen[other] = true;
                    stack.push(other);
                }
                None => ordered.extend(stack.pop()),
            }
        }
    }
    ordered.into_iter().map(|at| rules[at]).collect()
}

/// The rules of which a rule asks whether they acted.
fn asks<'d>(definition: &'d Definition, rule: &ast::Rule) -> Vec<&'d str> {
    let mut names = Vec::new();
    let mut stmts = rule.body.clone();
    let mut conds = Vec::new();
    while let Some(stmt) = stmts.pop() {
        match &definition.stmt(stmt).kind {
            ast::StmtKind::If { arms, otherwise } => {
                conds.extend(arms.iter().map(|arm| arm.cond));
                stmts.extend(arms.iter().flat_map(|arm| &arm.body).chain(otherwise.iter().flatten()));
            }
            ast::StmtKind::When { when, body } => {
                if let ast::Asks::Steps { steps, .. } = &when.asks {
                    conds.extend(steps.iter().map(|step| step.cond));
                }
                stmts.extend(body);
            }
            _nothing_inside => {}
        }
    }
    while let Some(cond) = conds.pop() {
        match &definition.cond(cond).kind {
            ast::CondKind::And(members) | ast::CondKind::Or(members) => conds.extend(members),
            ast::CondKind::Not(inside) | ast::CondKind::SomeOf { body: inside, .. } => conds.push(*inside),
            ast::CondKind::Test(test) => {
                if let Args::Rule(name) = &test.args {
                    names.push(name.value.as_str());
                }
            }
            ast::CondKind::Const(_) => {}
        }
    }
    names
}

impl Checker<'_> {
    /// The names under which alerts remember something, and the rules that there are.
    pub(super) fn collect_contexts(&mut self, definitions: &[Definition]) {
        let mut declared: BTreeMap<String, Declared> = BTreeMap::new();
        let mut found = Vec::new();
        for stmt in definitions.iter().flat_map(|definition| &definition.stmts) {
            let (name, length, fields) = match &stmt.kind {
                ast::StmtKind::When { when, .. } => match &when.name {
                    Some(name) => (name, None, when.by.len()),
                    None => continue,
                },
                ast::StmtKind::Remember { name, length, by } => (name, Some(length.value), by.len()),
                ast::StmtKind::If { .. }
                | ast::StmtKind::Drop
                | ast::StmtKind::Keep
                | ast::StmtKind::Stop
                | ast::StmtKind::Tag(_)
                | ast::StmtKind::Untag(_)
                | ast::StmtKind::Set { .. }
                | ast::StmtKind::Remove(_)
                | ast::StmtKind::Send { .. }
                | ast::StmtKind::Forget { .. } => continue,
            };
            let Some(first) = declared.get(&name.value) else {
                let new = Declared { origin: name.origin, length, fields, context: None };
                declared.insert(name.value.clone(), new);
                continue;
            };
            let why = match (first.length, length) {
                (None, None) => Some("two `when`s cannot have one name"),
                (Some(_), None) | (None, Some(_)) => Some("a `when` and a `remember` cannot have one name"),
                (Some(a), Some(b)) if a.seconds() != b.seconds() => Some("it is remembered for another time elsewhere"),
                (Some(_), Some(_)) => None,
            };
            if let Some(why) = why {
                found.push(
                    Diagnostic::new(Code::ContextMismatch, name.origin, format!("\"{}\": {why}", name.value))
                        .related(first.origin, "the other one")
                        .help("give one of them another name, or both the same length of time"),
                );
            }
        }
        self.declared = declared;
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
        let rules = definitions.iter().flat_map(|definition| &definition.rules);
        self.known_rules = rules
            .map(|rule| {
                let id = rule.meta.iter().find_map(|meta| match (&meta.key, &meta.value) {
                    (ast::MetaKey::Id, ast::MetaValue::Text(id)) => Some(id.clone()),
                    _ => None,
                });
                (rule.name.value.clone(), id, rule.disabled)
            })
            .collect();
    }

    /// Forgets the contexts from this one on: the rule that has them does not run.
    pub(super) fn drop_contexts(&mut self, from: usize) {
        self.program.contexts.truncate(from);
        for declared in self.declared.values_mut() {
            declared.context = declared.context.filter(|context| (*context as usize) < from);
        }
    }

    pub(super) fn when(
        &mut self,
        definition: &Definition,
        when: &ast::When,
        body: &[ast::StmtId],
        origin: Origin,
    ) -> Vec<StmtKind> {
        let length = self.length(when.within, when.from_first_hit);
        let by = self.key(&when.by);
        let mut keys = vec![by.clone()];
        let mut steps = Vec::new();
        let asks = match &when.asks {
            ast::Asks::Events(least) => self.least(*least).map(Asks::Events),
            ast::Asks::Distinct(least, fields) => {
                let fields = self.key(fields);
                self.least(*least).map(|least| Asks::Distinct(least, fields))
            }
            ast::Asks::Steps { ordered, steps: all } => {
                keys.clear();
                for step in all {
                    steps.push(self.condition(definition, step.cond));
                    keys.push(self.step_key(step, when, &by));
                }
                self.steps(all, *ordered, origin)
            }
        };
        let body = self.body(definition, body);
        let (Some(asks), Some(length)) = (asks, length) else {
            // What it would do stays, so that nobody is told that the rule does nothing.
            let never = self.main.node(Node::Const(false));
            return vec![StmtKind::If { arms: vec![(never, body)], otherwise: Vec::new() }];
        };
        let context = Context {
            name: when.name.as_ref().map(|name| name.value.clone()),
            rule: self.identity.clone(),
            text: crate::target::text::window(definition, when),
            asks,
            length,
            from_first_hit: when.from_first_hit,
            by: keys,
        };
        self.stamp(origin);
        let index = match &when.name {
            Some(name) => {
                self.named(name, when.by.len());
                self.context_of(&name.value, length)
            }
            None => None,
        };
        let index = match index {
            Some(index) => {
                if let Some(reserved) = self.program.contexts.get_mut(index as usize) {
                    *reserved = context;
                }
                index
            }
            None => {
                self.program.contexts.push(context);
                self.program.contexts.len() as u32 - 1
            }
        };
        vec![StmtKind::When { context: index, steps, body }]
    }

    fn step_key(&mut self, step: &ast::Step, when: &ast::When, by: &[KeyField]) -> Vec<KeyField> {
        if step.by.is_empty() {
            return by.to_vec();
        }
        if step.by.len() != when.by.len() {
            let (has, wants) = (step.by.len(), when.by.len());
            self.report(
                Diagnostic::new(
                    Code::ContextMismatch,
                    step.origin,
                    format!("this step has a key of {}, the whole one of {}", fields(has), fields(wants)),
                )
                .help("name one field of this step for each field behind `by`, in the same order"),
            );
        }
        self.key(&step.by)
    }

    fn steps(&mut self, steps: &[ast::Step], ordered: bool, origin: Origin) -> Option<Asks> {
        if !(2..=limits::STEPS).contains(&steps.len()) {
            let message = format!("{} can have 2 to {} steps, not {}", "this `when`", limits::STEPS, steps.len());
            let help = match steps.len() {
                0 | 1 => "write `step` and a condition for each event that has to come, or `when 1 event`",
                _ => "leave some out, or put the first ones into an alert of their own and ask `rule \"…\" acted`",
            };
            self.report(Diagnostic::new(Code::BadWindow, origin, message).help(help));
            return None;
        }
        Some(Asks::Steps { ordered, count: steps.len() as u8 })
    }

    fn least(&mut self, least: At<u64>) -> Option<u32> {
        let number = u32::try_from(least.value).ok().filter(|n| *n >= 1 && *n as usize <= limits::CONTEXT_EVENTS);
        if number.is_none() {
            let message = format!("{} is no number to wait for", least.value);
            let help = format!("write a number from 1 to {}", limits::CONTEXT_EVENTS);
            self.report(Diagnostic::new(Code::BadWindow, least.origin, message).help(help));
        }
        number
    }

    /// In nanoseconds.
    fn length(&mut self, length: At<Length>, from_first_hit: bool) -> Option<i64> {
        let seconds = length.value.seconds();
        let most = limits::WINDOW_DAYS as u64 * Unit::Days.seconds();
        if seconds == 0 || seconds > most {
            let message = format!("{} is no length of a window", length.value);
            let help = format!("write 1 second to {} days", limits::WINDOW_DAYS);
            self.report(Diagnostic::new(Code::BadWindow, length.origin, message).help(help));
            return None;
        }
        if from_first_hit && !FROM_FIRST_HIT.contains(&seconds) {
            let message = format!("a window from the first hit has 60 to 900 seconds, not {seconds}");
            let help = "leave out `from first hit`: a sliding window may be of any length";
            self.report(Diagnostic::new(Code::BadWindow, length.origin, message).help(help));
            return None;
        }
        i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000_000))
    }

    fn key(&mut self, by: &[FieldRef]) -> Vec<KeyField> {
        if let Some(over) = by.get(limits::KEY_FIELDS) {
            let message = format!("more than {} fields make one key", limits::KEY_FIELDS);
            self.report(Diagnostic::new(Code::BadWindow, over.origin, message).help("leave some out"));
        }
        by.iter()
            .map(|field| {
                let fact = self.field(field, Dialect::Ours);
                KeyField { name: field.name.clone(), slot: self.slot(fact.path, field.origin) }
            })
            .collect()
    }

    /// Where time and host are read.
    fn stamp(&mut self, origin: Origin) {
        if self.program.stamp.is_some() {
            return;
        }
        let mut slot =
            |path: &str| self.slot(FieldPath { name: path.to_string(), paths: vec![path.to_string()] }, origin);
        let (time, host, record) = (slot("@timestamp"), slot("winlog.computer_name"), slot("winlog.record_id"));
        self.program.stamp = Some(Stamp { time, host, record });
    }

    pub(super) fn remember(&mut self, name: &At<String>, length: At<Length>, by: &[FieldRef]) -> Vec<StmtKind> {
        let length = self.length(length, true);
        let by = self.key(by);
        self.named(name, by.len());
        self.stamp(name.origin);
        let context = length.and_then(|length| self.context_of(&name.value, length));
        context.map(|context| StmtKind::Remember(Named { context, by })).into_iter().collect()
    }

    pub(super) fn forget(&mut self, name: &At<String>, by: &[FieldRef]) -> Vec<StmtKind> {
        self.known(name, by).map(StmtKind::Forget).into_iter().collect()
    }

    /// What a name stands for that another statement gave.
    fn known(&mut self, name: &At<String>, by: &[FieldRef]) -> Option<Named> {
        let by = self.key(by);
        self.stamp(name.origin);
        if !self.named(name, by.len()) {
            return None;
        }
        // What a `when` remembers is not known before it was read; until then only the name counts.
        let length = self.declared.get(&name.value).and_then(|declared| declared.length);
        let length = length.map_or(1, |length| (length.seconds() as i64).saturating_mul(1_000_000_000)).max(1);
        let context = self.context_of(&name.value, length)?;
        Some(Named { context, by })
    }

    /// Is there such a name, with a key of so many fields?
    fn named(&mut self, name: &At<String>, has: usize) -> bool {
        if name.value.trim().is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyName, name.origin, "what is remembered has no name")
                    .help("write a name between the quotes"),
            );
            return false;
        }
        let Some(declared) = self.declared.get(&name.value) else {
            let message = format!("nothing is remembered as \"{}\"", name.value);
            let help = match nearest(&name.value, self.declared.keys().map(String::as_str)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => {
                    "write `remember \"…\" for 10 minutes` in an alert that runs before, or `when … as \"…\"`".into()
                }
            };
            self.report(Diagnostic::new(Code::UnknownContext, name.origin, message).help(help));
            return false;
        };
        if declared.fields != has {
            let message = format!(
                "\"{}\" is remembered by {}, and asked for by {}",
                name.value,
                fields(declared.fields),
                fields(has)
            );
            let origin = declared.origin;
            self.report(
                Diagnostic::new(Code::ContextMismatch, name.origin, message)
                    .related(origin, "remembered here")
                    .help("name as many fields behind `by`, in the same order"),
            );
            return false;
        }
        true
    }

    /// The context of a name; made as a mark where it is not there yet.
    fn context_of(&mut self, name: &str, length: i64) -> Option<u32> {
        let next = self.program.contexts.len() as u32;
        let declared = self.declared.get_mut(name)?;
        if let Some(context) = declared.context {
            return Some(context);
        }
        declared.context = Some(next);
        self.program.contexts.push(Context {
            name: Some(name.to_string()),
            rule: String::new(),
            text: format!("\"{name}\""),
            asks: Asks::Mark,
            length,
            from_first_hit: true,
            by: Vec::new(),
        });
        Some(next)
    }

    pub(super) fn remembered(&mut self, test: &ast::Test) -> Option<(Check, Operand, Facts)> {
        let Args::Remembered { name, least, by } = &test.args else { return self.wrong_args(test) };
        self.outside_of_elements(test, "`remembered`")?;
        if self.kind != RuleKind::Alert {
            self.report(
                Diagnostic::new(
                    Code::StatementNotHere,
                    test.op.origin,
                    format!("`remembered` cannot stand in {}", self.kind.with_article()),
                )
                .help("alerts remember, and alerts ask"),
            );
            return None;
        }
        let least = self.least(*least);
        let named = self.known(name, by)?;
        Some((Check::Remembered(named, least?), of_event(), Facts::default()))
    }

    /// A member of a list is no event.
    fn outside_of_elements(&mut self, test: &ast::Test, what: &str) -> Option<()> {
        if self.element.is_none() {
            return Some(());
        }
        self.report(
            Diagnostic::new(Code::BadFunction, test.op.origin, format!("{what} has no meaning inside `some of`"))
                .help("move it in front of `some of`"),
        );
        None
    }

    pub(super) fn acted(&mut self, test: &ast::Test) -> Option<(Check, Operand, Facts)> {
        let Args::Rule(name) = &test.args else { return self.wrong_args(test) };
        self.outside_of_elements(test, "`rule … acted`")?;
        if self.kind == RuleKind::Filter {
            self.report(
                Diagnostic::new(Code::StatementNotHere, test.op.origin, "a filter cannot ask what another rule did")
                    .help("join the conditions of the two filters in one"),
            );
            return None;
        }
        let runs = |rule: &crate::ir::Rule| rule.name == name.value || rule.id.as_deref() == Some(&name.value);
        if let Some(index) = self.program.rules.iter().position(runs) {
            return Some((Check::Acted(RuleId(index as u32).0), of_event(), Facts::default()));
        }
        let known = self.known_rules.iter().find(|(own, id, _)| *own == name.value || id.as_ref() == Some(&name.value));
        let (message, help) = match known {
            Some((_, _, true)) => {
                (format!("the rule \"{}\" is disabled", name.value), "enable it, or take this test out".into())
            }
            Some(_) => (
                format!("the rule \"{}\" has errors, or does not run before this one", name.value),
                "classify rules run before alerts; alerts behind those that they ask about, which cannot ask each other"
                    .to_string(),
            ),
            None => {
                let names = self.known_rules.iter().flat_map(|(name, id, _)| [Some(name), id.as_ref()]).flatten();
                let help = match nearest(&name.value, names.map(String::as_str)) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => "write the name or the id of a rule that runs before this one".to_string(),
                };
                (format!("there is no rule \"{}\"", name.value), help)
            }
        };
        self.report(Diagnostic::new(Code::UnknownRule, name.origin, message).help(help));
        None
    }

    pub(super) fn quiet(&mut self, length: At<Length>, by: &[FieldRef], origin: Origin) -> Option<Quiet> {
        if self.kind != RuleKind::Alert {
            self.report(
                Diagnostic::new(
                    Code::StatementNotHere,
                    origin,
                    format!("`suppress` cannot stand in {}", self.kind.with_article()),
                )
                .help("only alerts send, so only alerts can be kept from it"),
            );
            return None;
        }
        let length = self.length(length, false);
        let usual: Vec<FieldRef> =
            SAME_ALERT.iter().map(|name| FieldRef { name: (*name).to_string(), origin }).collect();
        let by = self.key(if by.is_empty() { &usual } else { by });
        self.stamp(origin);
        Some(Quiet { length: length?, by })
    }
}

fn of_event() -> Operand {
    Operand { from: From::Event, through: Vec::new() }
}

fn fields(count: usize) -> String {
    match count {
        0 => "no field".to_string(),
        1 => "1 field".to_string(),
        _more => format!("{count} fields"),
    }
}
