//! A mutant as a program.
//!
//! In: a program, one edit. Out: the program with it. Never here: which edits there are.

use rustc_hash::FxHashMap;

use super::Edit;
use super::walk::parts_mut;
use crate::bytecode::Module;
use crate::ir::simplify::children;
use crate::ir::{Check, KeyField, Node, NodeId, Program, SiteId, StmtId, TestId};

/// The program with one edit; `None`: it is not of this program.
pub(super) fn edited(program: &Program, edit: &Edit) -> Option<Program> {
    let mut program = program.clone();
    match edit {
        Edit::Negate(at) => {
            let with = add(&mut program, Node::Not(*at));
            replace(&mut program, *at, with);
        }
        Edit::Without(at, member) => {
            let (and, mut members) = match program.nodes.get(at.index())? {
                Node::And(members) => (true, members.clone()),
                Node::Or(members) => (false, members.clone()),
                Node::Const(_) | Node::Test(_) | Node::Not(_) => return None,
            };
            if *member >= members.len() {
                return None;
            }
            members.remove(*member);
            let with = match members.as_slice() {
                [only] => *only,
                _ if and => add(&mut program, Node::And(members)),
                _ => add(&mut program, Node::Or(members)),
            };
            replace(&mut program, *at, with);
        }
        Edit::Swap(at) => {
            let node = match program.nodes.get(at.index())? {
                Node::And(members) => Node::Or(members.clone()),
                Node::Or(members) => Node::And(members.clone()),
                Node::Const(_) | Node::Test(_) | Node::Not(_) => return None,
            };
            let with = add(&mut program, node);
            replace(&mut program, *at, with);
        }
        Edit::Test(site, test) => {
            let id = TestId(program.tests.len() as u32);
            program.tests.push((**test).clone());
            program.sites.get_mut(*site as usize)?.test = id;
        }
        Edit::Context(at, context) => *program.contexts.get_mut(*at as usize)? = context.clone(),
        Edit::Key(at, field) => without_key_field(&mut program, *at, *field)?,
        Edit::Quiet(rule, quiet) => program.rules.get_mut(rule.index())?.quiet.clone_from(quiet),
        Edit::Remove(stmt) => remove(&mut program, *stmt),
    }
    Some(program)
}

fn add(program: &mut Program, node: Node) -> NodeId {
    program.nodes.push(node);
    NodeId(program.nodes.len() as u32 - 1)
}

/// Puts a node in the place of another. What stands above it is made anew behind it, so that children stay before parents.
fn replace(program: &mut Program, at: NodeId, with: NodeId) {
    let mut now: FxHashMap<NodeId, NodeId> = FxHashMap::default();
    now.insert(at, with);
    let end = program.nodes.len();
    for id in (at.index() + 1..end).map(|id| NodeId(id as u32)).filter(|id| *id != with) {
        let Some(node) = program.nodes.get(id.index()) else { continue };
        if !children(node).iter().any(|child| now.contains_key(child)) {
            continue;
        }
        let of = |child: &NodeId| now.get(child).copied().unwrap_or(*child);
        let node = match node {
            Node::Const(_) | Node::Test(_) => continue,
            Node::Not(child) => Node::Not(of(child)),
            Node::And(members) => Node::And(members.iter().map(of).collect()),
            Node::Or(members) => Node::Or(members.iter().map(of).collect()),
        };
        let new = add(program, node);
        now.insert(id, new);
    }
    let of = |id: &mut NodeId| *id = now.get(id).copied().unwrap_or(*id);
    for stmt in &mut program.stmts {
        parts_mut(&mut stmt.kind).conditions.into_iter().for_each(of);
    }
}

fn remove(program: &mut Program, stmt: StmtId) {
    let without = |body: &mut Vec<StmtId>| body.retain(|id| *id != stmt);
    program.rules.iter_mut().for_each(|rule| without(&mut rule.body));
    for stmt in &mut program.stmts {
        parts_mut(&mut stmt.kind).bodies.into_iter().for_each(without);
    }
}

/// Takes a field out of the key of a context, and out of what remembers, forgets and asks for it: keys of one length are compared.
fn without_key_field(program: &mut Program, at: u32, field: usize) -> Option<()> {
    let without = |by: &mut Vec<KeyField>| {
        if field < by.len() {
            by.remove(field);
        }
    };
    program.contexts.get_mut(at as usize)?.by.iter_mut().for_each(without);
    for stmt in &mut program.stmts {
        let named = parts_mut(&mut stmt.kind).named.filter(|named| named.context == at);
        named.into_iter().for_each(|named| without(&mut named.by));
    }
    for test in &mut program.tests {
        if let Check::Remembered(named, _) = &mut test.check
            && named.context == at
        {
            without(&mut named.by);
        }
    }
    Some(())
}

/// Do two modules of one program, the second edited, do the same to every event, as far as can be told without running them?
pub(super) fn is_same(module: &Module, edited: &Module) -> bool {
    let test = |of: &Module, site: usize| {
        let site = of.sites.get(site)?;
        of.tests.get(site.test as usize).cloned()
    };
    module.code == edited.code
        && module.contexts == edited.contexts
        && module.named == edited.named
        && module.rules.iter().map(|rule| &rule.quiet).eq(edited.rules.iter().map(|rule| &rule.quiet))
        && module.texts == edited.texts
        && module.sets == edited.sets
        && module.removals == edited.removals
        && module.sends == edited.sends
        && (0..module.sites.len().max(edited.sites.len())).all(|site| test(module, site) == test(edited, site))
}

/// The sites below a node, in their order.
pub(super) fn sites_of(program: &Program, root: NodeId) -> Vec<SiteId> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let Some(node) = program.nodes.get(id.index()) else { continue };
        if let Node::Test(site) = node {
            found.push(*site);
        }
        open.extend(children(node).into_iter().rev());
    }
    found
}
