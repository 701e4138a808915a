//! The mutants of a program.
//!
//! In: a program, and the definitions that it was made of. Out: all that can be changed in it by one step, rule by rule, as it stands there.
//! Never here: whether anybody notices.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::sites_of;
use super::members::{MEMBERS, of_members};
use super::places::Places;
use super::tests_of::changed;
use super::walk::parts;
use super::{Change, Edit, Mutant, cut};
use crate::ast::Definition;
use crate::ir::simplify::children;
use crate::ir::{Node, NodeId, Program, RuleId, SetValue, SiteId, StmtId, StmtKind};
use crate::origin::Origin;
use crate::sysmon::Catalogue;

/// What there is to try.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// The mutants, rule by rule.
    pub mutants: Vec<Mutant>,
    /// Lists of which not every member is left out in turn.
    pub untried: Vec<Untried>,
}

/// A list that is too long for all of its members to be tried.
#[derive(Clone, Debug)]
pub struct Untried {
    /// Whose rule.
    pub rule: RuleId,
    /// The condition, as it stands there.
    pub condition: String,
    /// How many members it has.
    pub members: usize,
    /// How many of them are tried, chosen evenly.
    pub tried: usize,
    /// Where.
    pub origin: Origin,
}

/// The mutants of the rules that are wanted.
pub fn mutants(program: &Program, definitions: &[Definition], wanted: impl Fn(Origin) -> bool) -> Planned {
    let mut planner = Planner {
        program,
        places: Places::new(definitions),
        rule: RuleId(0),
        remembered: BTreeSet::new(),
        found: Vec::new(),
        catalogue: Catalogue::standard(),
        untried: Vec::new(),
    };
    for (at, rule) in (0u32..).zip(&program.rules) {
        if wanted(rule.origin) {
            planner.rule = RuleId(at);
            planner.suppressed(rule);
            planner.body(&rule.body);
        }
    }
    let mut found = planner.found;
    let mut same: BTreeMap<(RuleId, String), usize> = BTreeMap::new();
    for mutant in &mut found {
        let nth = same.entry((mutant.rule, mutant.label())).or_default();
        *nth += 1;
        mutant.nth = *nth;
    }
    Planned { mutants: found, untried: planner.untried }
}

pub(super) struct Planner<'a> {
    pub(super) program: &'a Program,
    pub(super) places: Places<'a>,
    pub(super) rule: RuleId,
    /// Marks whose mutants are there: several rules may remember under one name.
    pub(super) remembered: BTreeSet<u32>,
    found: Vec<Mutant>,
    catalogue: Catalogue,
    untried: Vec<Untried>,
}

impl Planner<'_> {
    /// `concerns`: the sites without which nothing changes; `None`: there are none to tell by.
    pub(super) fn add(
        &mut self,
        change: Change,
        before: String,
        after: String,
        origin: Origin,
        edit: Edit,
        concerns: Option<&[SiteId]>,
    ) {
        let concerns = concerns.map(|sites| sites.iter().map(|site| site.0).collect());
        self.found.push(Mutant { rule: self.rule, change, before, after, origin, nth: 1, edit, concerns });
    }

    /// Nesting is bounded by `limits::DEPTH`.
    fn body(&mut self, body: &[StmtId]) {
        let program = self.program;
        for id in body {
            let Some(stmt) = program.stmts.get(id.index()) else { continue };
            let parts = parts(&stmt.kind);
            if let StmtKind::When { context, .. } = &stmt.kind {
                self.counted(*context, stmt.origin);
            }
            parts.steps.iter().for_each(|cond| self.condition(*cond));
            for (cond, body) in &parts.arms {
                self.condition(*cond);
                self.body(body);
            }
            self.body(parts.last);
            let told = self.statement(&stmt.kind);
            if !told.is_empty() {
                self.add(Change::Drop, told, String::new(), stmt.origin, Edit::Remove(*id), None);
            }
            if let StmtKind::Remember(named) = &stmt.kind {
                self.remembered(named, stmt.origin);
            }
        }
    }

    /// A statement that holds no others, as a label has it; of one that does, nothing.
    fn statement(&self, kind: &StmtKind) -> String {
        let program = self.program;
        let slot = |slot| program.layout.get(slot).map_or("?", |field| field.name.as_str());
        let context = |at: u32| program.contexts.get(at as usize).and_then(|it| it.name.as_deref()).unwrap_or("?");
        match kind {
            StmtKind::Drop => "drop".to_string(),
            StmtKind::Keep => "keep".to_string(),
            StmtKind::Stop => "stop".to_string(),
            StmtKind::Tag(tag) => format!("tag {tag:?}"),
            StmtKind::Untag(tag) => format!("untag {tag:?}"),
            StmtKind::Set { slot: at, value } => {
                let value = match value {
                    SetValue::Text(text) => format!("{text:?}"),
                    SetValue::Number(number) => number.text(),
                    SetValue::Bool(value) => value.to_string(),
                    SetValue::Operand(_) => "…".to_string(),
                };
                format!("set {} = {value}", slot(*at))
            }
            StmtKind::Remove(removal) => format!("remove field {}", removal.paths.join(", ")),
            StmtKind::Send(send) => format!("send {}", send.via),
            StmtKind::Remember(named) => format!("remember {:?}", context(named.context)),
            StmtKind::Forget(named) => format!("forget {:?}", context(named.context)),
            StmtKind::If { .. } | StmtKind::FirstMatch(_) | StmtKind::When { .. } => String::new(),
        }
    }

    fn condition(&mut self, root: NodeId) {
        let program = self.program;
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            let Some(node) = program.nodes.get(id.index()) else { continue };
            match node {
                Node::Const(_) | Node::Not(_) => {}
                Node::Test(site) => self.test(id, *site),
                Node::And(members) | Node::Or(members) => {
                    self.joined(id, members, matches!(node, Node::And(_)));
                }
            }
            open.extend(children(node).into_iter().rev());
        }
    }

    fn test(&mut self, at: NodeId, site: SiteId) {
        let program = self.program;
        let Some(origin) = program.sites.get(site.index()).map(|site| site.origin) else { return };
        let written = self.places.written(program, site);
        let negated = if written.is_negative { written.plain.clone() } else { format!("not {}", written.plain) };
        self.add(Change::Negate, written.text.clone(), negated, origin, Edit::Negate(at), Some(&[site]));
        let test = program.test_of(site);
        for changed in changed(test, &written.text) {
            // What is remembered may be asked of others too, and each is a site of its own.
            let edit = Edit::Test(site.0, Box::new(changed.test));
            self.add(changed.change, written.text.clone(), changed.text, origin, edit, Some(&[site]));
        }
        let kind = program.rules.get(self.rule.index()).map(|rule| rule.kind);
        let (Some(as_written), Some(kind)) = (self.places.test(program, site), kind) else { return };
        let of = of_members(program, &self.catalogue, kind, as_written, test);
        for (changed, place) in of.found {
            let edit = Edit::Test(site.0, Box::new(changed.test));
            self.add(changed.change, written.text.clone(), changed.text, place, edit, Some(&[site]));
        }
        if let Some(members) = of.more {
            let condition = cut(&written.text);
            self.untried.push(Untried { rule: self.rule, condition, members, tried: MEMBERS, origin });
        }
    }

    fn joined(&mut self, at: NodeId, members: &[NodeId], and: bool) {
        let program = self.program;
        let sites = sites_of(program, at);
        let around = self.places.around(program, &sites);
        let first = sites.first().and_then(|site| program.sites.get(site.index())).map(|site| site.origin);
        let Some(origin) = around.or(first) else { return };
        let (word, other) = if and { (" and ", " or ") } else { (" or ", " and ") };
        let texts: Vec<String> = members.iter().map(|member| self.shown(*member, true)).collect();
        self.add(Change::AndOr, texts.join(word), texts.join(other), origin, Edit::Swap(at), Some(&sites));
        for (index, member) in members.iter().enumerate() {
            let inside = sites_of(program, *member);
            let place = self.places.around(program, &inside).unwrap_or(origin);
            let before = self.shown(*member, false);
            self.add(Change::LeaveOut, before, String::new(), place, Edit::Without(at, index), Some(&sites));
        }
    }

    /// A condition on one line. Nesting is bounded by `limits::DEPTH`.
    fn shown(&self, id: NodeId, inside: bool) -> String {
        let program = self.program;
        match program.nodes.get(id.index()) {
            None => String::new(),
            Some(Node::Const(value)) => value.to_string(),
            Some(Node::Test(site)) => self.places.written(program, *site).plain,
            Some(Node::Not(inner)) => match program.nodes.get(inner.index()) {
                Some(Node::Test(site)) => {
                    let written = self.places.written(program, *site);
                    if written.is_negative { written.text } else { format!("not {}", written.plain) }
                }
                _ => format!("not {}", self.shown(*inner, true)),
            },
            Some(Node::And(members) | Node::Or(members)) => {
                let word = if matches!(program.nodes.get(id.index()), Some(Node::And(_))) { " and " } else { " or " };
                let texts: Vec<String> = members.iter().map(|member| self.shown(*member, true)).collect();
                if inside { format!("({})", texts.join(word)) } else { texts.join(word) }
            }
        }
    }
}
