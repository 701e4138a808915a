//! Tags of events that the log manager stored.
//!
//! In: a condition. Out: the same, whose tests for tags also ask the tags that stand in `meta.tags`: rules set them before the event was
//! stored. Only the log manager's own events have that field, so that no endpoint tags itself. Never here: events.

use crate::ast::{Args, At, Base, Cond, CondId, CondKind, Definition, FieldRef, Literal, Operand, Operator, Test};

/// Rewrites the conditions of this definition, and says where the one at `root` stands now.
pub(super) fn with_stored(definition: &mut Definition, root: CondId) -> CondId {
    let before = std::mem::take(&mut definition.conds);
    let mut places: Vec<CondId> = Vec::with_capacity(before.len());
    // Members stand before what holds them.
    for cond in before {
        let place = |id: &CondId| places.get(id.0 as usize).copied().unwrap_or(*id);
        let kind = match &cond.kind {
            CondKind::And(members) => CondKind::And(members.iter().map(place).collect()),
            CondKind::Or(members) => CondKind::Or(members.iter().map(place).collect()),
            CondKind::Not(member) => CondKind::Not(place(member)),
            CondKind::SomeOf { list, body } => CondKind::SomeOf { list: list.clone(), body: place(body) },
            CondKind::Const(constant) => CondKind::Const(*constant),
            CondKind::Test(test) => CondKind::Test(test.clone()),
        };
        let id = match &kind {
            CondKind::Test(test) if test.op.value == Operator::HasTag => has_tag(definition, &cond, test),
            _ => definition.add_cond(Cond { kind, ..cond }),
        };
        places.push(id);
    }
    places.get(root.0 as usize).copied().unwrap_or(root)
}

/// Each tag, set by a rule or stored before.
fn has_tag(definition: &mut Definition, cond: &Cond, test: &Test) -> CondId {
    let Args::Tags { all, tags } = &test.args else { return definition.add_cond(cond.clone()) };
    let with = |kind: CondKind| Cond { kind, comments: Vec::new(), origin: cond.origin };
    let either = |definition: &mut Definition, tag: &At<String>| {
        let one = Args::Tags { all: false, tags: vec![tag.clone()] };
        let set = definition.add_cond(with(CondKind::Test(Box::new(Test { args: one, ..test.clone() }))));
        let operand = |base: Base| Operand { base, through: Vec::new(), origin: tag.origin };
        let field = FieldRef { name: "meta.tags".to_string(), origin: tag.origin };
        let stored = Test {
            subject: operand(Base::Field(field)),
            cased: true,
            op: At::new(Operator::Equals, test.op.origin),
            args: Args::One(operand(Base::Literal(Literal::Text(tag.value.clone())))),
            ..test.clone()
        };
        let stored = definition.add_cond(with(CondKind::Test(Box::new(stored))));
        definition.add_cond(with(CondKind::Or(vec![set, stored])))
    };
    let mut members: Vec<CondId> = tags.iter().map(|tag| either(definition, tag)).collect();
    match members.pop() {
        // The checker says what is wrong.
        None => definition.add_cond(cond.clone()),
        Some(only) if members.is_empty() => only,
        Some(last) => {
            members.push(last);
            definition.add_cond(with(if *all { CondKind::And(members) } else { CondKind::Or(members) }))
        }
    }
}
