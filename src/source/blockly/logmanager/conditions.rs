//! The log manager's conditions: its comparisons and tests, and its values where a condition is asked for.
//!
//! In: value blocks, and what stands in them as values. Out: conditions in the tree, or constants where no event is needed. Where
//! a value stands for a condition, it holds unless it is nothing, 0, false or empty: `is not blank` in this dialect. A comment
//! goes to the first test of the condition that it stands in. Never here: statements.

use std::cmp::Ordering;

use super::super::conditions::Within;
use super::values::{Depth, Value};
use super::{Manager, constants};
use crate::ast::{Args, At, Base, Cond, CondId, CondKind, Literal, Operand, Operator, Test};
use crate::blockly::vocabulary::logmanager::Kind;
use crate::blockly::{BlockId, message};
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::origin::Origin;

/// Is what a block gives true or false, and nothing else?
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    Certain,
    /// Or nothing.
    OrNothing,
    /// Or any value.
    OrOther,
}

impl Manager<'_> {
    fn cond(&mut self, kind: CondKind, origin: Origin) -> CondId {
        self.lower.def.add_cond(Cond { kind, comments: Vec::new(), origin })
    }

    fn constant(&mut self, value: bool, id: BlockId) -> Value {
        let origin = self.lower.places.block(id);
        Value::Cond(self.cond(CondKind::Const(value), origin))
    }

    fn test(&mut self, id: BlockId, subject: Operand, op: Operator, args: Args) -> CondId {
        let origin = self.lower.places.block(id);
        let test = Test {
            dialect: Dialect::LogManager,
            every: false,
            subject,
            cased: false,
            any_dash: false,
            op: At::new(op, origin),
            args,
        };
        self.cond(CondKind::Test(Box::new(test)), origin)
    }

    fn not(&mut self, id: BlockId, cond: CondId) -> CondId {
        let origin = self.lower.places.block(id);
        self.cond(CondKind::Not(cond), origin)
    }

    /// A block as a condition.
    pub(super) fn truth(&mut self, id: BlockId, depth: Depth) -> Option<CondId> {
        let outer = std::mem::take(&mut self.comments);
        let cond = self.value(id, depth).and_then(|value| self.truth_of(id, value, false));
        let comments = std::mem::replace(&mut self.comments, outer);
        let cond = cond?;
        if !comments.is_empty() {
            self.comment(cond, comments);
        }
        Some(cond)
    }

    /// Comments belong to the first test inside.
    fn comment(&mut self, mut cond: CondId, mut comments: Vec<String>) {
        loop {
            let node = &mut self.lower.def.conds[cond.0 as usize];
            match &node.kind {
                CondKind::Not(inner) => cond = *inner,
                CondKind::And(members) | CondKind::Or(members) => match members.first() {
                    Some(first) => cond = *first,
                    None => return,
                },
                CondKind::SomeOf { body, .. } => cond = *body,
                CondKind::Const(_) | CondKind::Test(_) => {
                    comments.append(&mut node.comments);
                    node.comments = comments;
                    return;
                }
            }
        }
    }

    /// A value as a condition, or as its opposite.
    pub(super) fn truth_of(&mut self, id: BlockId, value: Value, opposite: bool) -> Option<CondId> {
        let origin = self.lower.places.block(id);
        let constant = match value {
            Value::Cond(cond) => return Some(if opposite { self.not(id, cond) } else { cond }),
            Value::Path(_) | Value::Operand(_) => {
                let operand = self.operand(id, value)?;
                let blank = self.test(id, operand, Operator::IsBlank, Args::None);
                return Some(if opposite { blank } else { self.not(id, blank) });
            }
            Value::Null => false,
            // As it is drawn.
            Value::Literal(Literal::Bool(value)) if opposite => {
                let constant = self.cond(CondKind::Const(value), origin);
                return Some(self.not(id, constant));
            }
            Value::Literal(literal) => constants::holds(&literal),
            Value::List(items) => !items.is_empty(),
            Value::Networks(_) => true,
        };
        Some(self.cond(CondKind::Const(constant != opposite), origin))
    }

    pub(super) fn has_tag(&mut self, id: BlockId) -> Option<CondId> {
        self.message(id, "VAR", &["meta"]);
        let tag = self.named(id, "TAG", "tag", "tags", |registry| &registry.tags)?;
        let origin = self.lower.places.block(id);
        let test = Test {
            dialect: Dialect::Ours,
            every: false,
            subject: Operand { base: Base::Event, through: Vec::new(), origin },
            cased: false,
            any_dash: false,
            op: At::new(Operator::HasTag, origin),
            args: Args::Tags { all: false, tags: vec![tag] },
        };
        Some(self.cond(CondKind::Test(Box::new(test)), origin))
    }

    /// `and`, `or`: chains of one kind are one condition.
    pub(super) fn operation(&mut self, id: BlockId, depth: Depth) -> Option<CondId> {
        let op = self.lower.option(id, "OP")?;
        let own = if op == "AND" { Within::And } else { Within::Or };
        let nested = if depth.within.parens(own) { depth.nested + 1 } else { depth.nested };
        let depth = Depth { nested, within: own, ..depth };
        let mut work = vec![id];
        let mut conds = Vec::new();
        let mut good = true;
        while let Some(next) = work.pop() {
            let same = self.kind(next) == Some(Kind::LogicOperation) && self.lower.option(next, "OP") == Some(op);
            if same {
                // Those of the first were taken already.
                if next != id {
                    self.comments.append(&mut self.lower.comments(next));
                }
                work.extend([self.lower.input(next, "B", 0)?, self.lower.input(next, "A", 0)?]);
                continue;
            }
            // What stood before a block of the chain belongs to the first test in it.
            let before = std::mem::take(&mut self.comments);
            match self.truth(next, depth) {
                Some(cond) => {
                    if !before.is_empty() {
                        self.comment(cond, before);
                    }
                    conds.push(cond);
                }
                None => good = false,
            }
        }
        let origin = self.lower.places.block(id);
        let kind = if own == Within::And { CondKind::And(conds) } else { CondKind::Or(conds) };
        good.then(|| self.cond(kind, origin))
    }

    /// What the conditions that a block gives are in the log manager's language, where `and` gives one of its members.
    fn truthful(&self, id: BlockId) -> Truth {
        let mut least = Truth::Certain;
        let mut work = vec![id];
        while let Some(next) = work.pop() {
            let is = match self.kind(next) {
                Some(Kind::LogicOperation) => {
                    work.extend(["A", "B"].into_iter().filter_map(|part| self.lower.input(next, part, 0)));
                    Truth::Certain
                }
                Some(
                    Kind::LogicCompare | Kind::LogicNegate | Kind::LogicBoolean | Kind::LogicIsIn | Kind::MessageHasTag,
                ) => Truth::Certain,
                Some(Kind::TextTestSubstring) => Truth::OrNothing,
                Some(_) | None => Truth::OrOther,
            };
            least = least.max(is);
        }
        least
    }

    pub(super) fn compare(&mut self, id: BlockId, depth: Depth) -> Option<Value> {
        let (a, b) = (self.lower.input(id, "A", 0)?, self.lower.input(id, "B", 0)?);
        let (left, right) = (self.value(a, depth.inside())?, self.value(b, depth.inside())?);
        let op = match self.lower.option(id, "OP")? {
            "EQ" => (Operator::Equals, false),
            "NEQ" => (Operator::Equals, true),
            "LT" => (Operator::Less, false),
            "LTE" => (Operator::LessOrEqual, false),
            "GT" => (Operator::Greater, false),
            _gte => (Operator::GreaterOrEqual, false),
        };
        let flipped = match op.0 {
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
            other => other,
        };
        let (opposite, ordering) = (op.1, op.0 != Operator::Equals);
        match (left, right) {
            (Value::Null, other) | (other, Value::Null) if ordering => {
                drop(other);
                Some(self.no_order(id, "nothing", "ask with = or ≠ whether the value is there"))
            }
            (Value::Null, Value::Null) => Some(self.constant(!opposite, id)),
            (Value::Null, Value::Literal(_) | Value::List(_) | Value::Networks(_))
            | (Value::Literal(_) | Value::List(_) | Value::Networks(_), Value::Null) => {
                Some(self.constant(opposite, id))
            }
            (Value::Null, value @ (Value::Path(_) | Value::Operand(_))) => self.exists(id, b, value, opposite),
            (value @ (Value::Path(_) | Value::Operand(_)), Value::Null) => self.exists(id, a, value, opposite),
            (Value::Literal(left), Value::Literal(right)) => {
                let order = constants::order(&left, &right);
                if ordering && order.is_none() {
                    let what = format!("a {} and a {}", left.kind(), right.kind());
                    return Some(self.no_order(id, &what, "compare values of one kind"));
                }
                let result = match op.0 {
                    Operator::Less => order.is_some_and(Ordering::is_lt),
                    Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
                    Operator::Greater => order.is_some_and(Ordering::is_gt),
                    Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
                    _equals => order.is_some_and(Ordering::is_eq) != opposite,
                };
                Some(self.constant(result, id))
            }
            // A condition that may also give nothing is then unequal to both.
            (Value::Cond(cond), Value::Literal(Literal::Bool(yes)))
                if !ordering && self.truthful(a) <= if yes { Truth::OrNothing } else { Truth::Certain } =>
            {
                Some(Value::Cond(if yes == opposite { self.not(id, cond) } else { cond }))
            }
            (Value::Literal(Literal::Bool(yes)), Value::Cond(cond))
                if !ordering && self.truthful(b) <= if yes { Truth::OrNothing } else { Truth::Certain } =>
            {
                Some(Value::Cond(if yes == opposite { self.not(id, cond) } else { cond }))
            }
            (value @ (Value::Path(_) | Value::Operand(_)), Value::Literal(literal)) => {
                let subject = self.operand(a, value)?;
                let right = self.literal_operand(b, literal);
                let test = self.test(id, subject, op.0, Args::One(right));
                Some(Value::Cond(if opposite { self.not(id, test) } else { test }))
            }
            (Value::Literal(literal), value @ (Value::Path(_) | Value::Operand(_))) => {
                let subject = self.operand(b, value)?;
                let left = self.literal_operand(a, literal);
                let test = self.test(id, subject, flipped, Args::One(left));
                Some(Value::Cond(if opposite { self.not(id, test) } else { test }))
            }
            (left @ (Value::Path(_) | Value::Operand(_)), right @ (Value::Path(_) | Value::Operand(_))) => {
                let subject = self.operand(a, left)?;
                let right = self.operand(b, right)?;
                let test = self.test(id, subject, op.0, Args::One(right));
                Some(Value::Cond(if opposite { self.not(id, test) } else { test }))
            }
            (Value::Cond(_) | Value::List(_) | Value::Networks(_), _)
            | (_, Value::Cond(_) | Value::List(_) | Value::Networks(_)) => {
                let help = "use `and`, `or`, `not` for conditions, and `is in` for lists";
                self.refuse(id, None, "conditions and lists cannot be compared here", help);
                None
            }
        }
    }

    /// An ordering that the log manager's language does not know.
    fn no_order(&mut self, id: BlockId, of: &str, help: &str) -> Value {
        let place = self.lower.places.block(id);
        let message =
            format!("this compares the order of {of}: the log manager's program would stop, here the test is false");
        self.lower.places.report(Code::OrderMayStop, place, message, help);
        self.constant(false, id)
    }

    fn exists(&mut self, id: BlockId, value_id: BlockId, value: Value, opposite: bool) -> Option<Value> {
        let subject = self.operand(value_id, value)?;
        let test = self.test(id, subject, Operator::Exists, Args::None);
        // Equal to nothing is missing.
        Some(Value::Cond(if opposite { test } else { self.not(id, test) }))
    }

    pub(super) fn substring(&mut self, id: BlockId, depth: Depth) -> Option<Value> {
        let (a, b) = (self.lower.input(id, "VALUE", 0)?, self.lower.input(id, "FIND", 0)?);
        let (value, find) = (self.value(a, depth.inside())?, self.value(b, depth.inside())?);
        let op = match self.lower.option(id, "TYPE")? {
            "BEGINSWITH" => Operator::StartsWith,
            "ENDSWITH" => Operator::EndsWith,
            _contains => Operator::Contains,
        };
        match (value, find) {
            (Value::Literal(Literal::Text(value)), Value::Literal(Literal::Text(find))) => {
                let found = match op {
                    Operator::StartsWith => value.starts_with(&find),
                    Operator::EndsWith => value.ends_with(&find),
                    _ => value.contains(&find),
                };
                Some(self.constant(found, id))
            }
            // No text, so the block gives nothing.
            (Value::Null | Value::List(_) | Value::Networks(_), _)
            | (_, Value::Null | Value::List(_) | Value::Networks(_)) => Some(Value::Null),
            (Value::Literal(literal), _) | (_, Value::Literal(literal)) if !matches!(literal, Literal::Text(_)) => {
                Some(Value::Null)
            }
            (Value::Path(path), _) | (_, Value::Path(path)) if message::no_text(&path) => Some(Value::Null),
            (value @ (Value::Path(_) | Value::Operand(_)), Value::Literal(find)) => {
                let subject = self.operand(a, value)?;
                let find = self.literal_operand(b, find);
                Some(Value::Cond(self.test(id, subject, op, Args::One(find))))
            }
            (value @ (Value::Path(_) | Value::Operand(_)), find @ (Value::Path(_) | Value::Operand(_))) => {
                let subject = self.operand(a, value)?;
                let find = self.operand(b, find)?;
                Some(Value::Cond(self.test(id, subject, op, Args::One(find))))
            }
            (Value::Literal(_), _) => {
                let help = "compare the field with each text, joined by or";
                self.refuse(id, None, "a constant text cannot be searched for a field here", help);
                None
            }
            (Value::Cond(_), _) | (_, Value::Cond(_)) => Some(Value::Null),
        }
    }

    pub(super) fn is_in(&mut self, id: BlockId, depth: Depth) -> Option<Value> {
        let (a, b) = (self.lower.input(id, "A", 0)?, self.lower.input(id, "B", 0)?);
        let (item, place) = (self.value(a, depth.inside())?, self.value(b, depth.inside())?);
        let origin = self.lower.places.block(b);
        match (item, place) {
            (Value::Null, _) | (_, Value::Null) => Some(self.constant(false, id)),
            (Value::Literal(Literal::Text(key)), Value::Path(path))
                if message::dictionary(&path) && !key.is_empty() =>
            {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                let subject = self.path_operand(id, path)?;
                Some(Value::Cond(self.test(id, subject, Operator::Exists, Args::None)))
            }
            (Value::Literal(_), Value::Path(path)) if message::dictionary(&path) => Some(self.constant(false, id)),
            (Value::Path(_) | Value::Operand(_), Value::Path(path)) if message::dictionary(&path) => {
                self.refuse(a, None, "a key that is no constant text cannot be looked up", "put a text there");
                None
            }
            (Value::Literal(item), Value::List(items)) => {
                let equal = |have: &Operand| match &have.base {
                    Base::Literal(have) => constants::order(have, &item).is_some_and(Ordering::is_eq),
                    _ => false,
                };
                let found = items.iter().any(equal);
                Some(self.constant(found, id))
            }
            (Value::Literal(Literal::Address(address)), Value::Networks(networks)) => {
                let inside = networks.iter().any(|network| {
                    matches!(&network.base, Base::Literal(Literal::Network { value, .. }) if value.contains(&address.value))
                });
                Some(self.constant(inside, id))
            }
            (Value::Literal(Literal::Text(item)), Value::Literal(Literal::Text(text))) => {
                Some(self.constant(text.contains(&item), id))
            }
            (Value::Literal(_), Value::Literal(_) | Value::Networks(_)) => Some(self.constant(false, id)),
            (Value::Path(item), Value::Path(_) | Value::Operand(_)) if message::no_text(&item) => {
                let help = "look for a text: one of its keys";
                self.refuse(a, None, "a dictionary or list cannot be looked for here", help);
                None
            }
            (item @ (Value::Path(_) | Value::Operand(_)), Value::List(items) | Value::Networks(items)) => {
                if items.is_empty() {
                    return Some(self.constant(false, id));
                }
                let subject = self.operand(a, item)?;
                Some(Value::Cond(self.test(id, subject, Operator::In, Args::Many { all: false, items, origin })))
            }
            (Value::Literal(item), place @ (Value::Path(_) | Value::Operand(_))) => {
                let subject = self.operand(b, place)?;
                let item = self.literal_operand(a, item);
                Some(Value::Cond(self.test(id, subject, Operator::Contains, Args::One(item))))
            }
            (item @ (Value::Path(_) | Value::Operand(_)), place @ (Value::Path(_) | Value::Operand(_))) => {
                let item = self.operand(a, item)?;
                let subject = self.operand(b, place)?;
                Some(Value::Cond(self.test(id, subject, Operator::Contains, Args::One(item))))
            }
            (Value::Path(_) | Value::Operand(_) | Value::Cond(_) | Value::List(_) | Value::Networks(_), _)
            | (_, Value::Cond(_)) => {
                let help = "put a key of the message on one side, and a list, a prefix list or a text on the other";
                self.refuse(id, None, "this cannot be looked for in that", help);
                None
            }
        }
    }
}
