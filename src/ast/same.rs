//! Are two definitions the same rules?
//!
//! In: two trees. Out: yes or no, over everything but origins. Never here: meaning (`a and b` is not `b and a`).

use super::{
    Args, Asks, At, Base, CondId, CondKind, Definition, FieldRef, Literal, Meta, MetaValue, Operand, Rule, Step, Stmt,
    StmtId, StmtKind, Test, When,
};

/// Same rules, statements, conditions and comments; origins do not count.
pub fn same(a: &Definition, b: &Definition) -> bool {
    a.comments == b.comments
        && a.rules.len() == b.rules.len()
        && a.rules.iter().zip(&b.rules).all(|(x, y)| same_rule(a, x, b, y))
}

/// The same of one rule of each.
pub fn same_rule(a: &Definition, x: &Rule, b: &Definition, y: &Rule) -> bool {
    let head = x.kind == y.kind
        && x.name.value == y.name.value
        && x.disabled == y.disabled
        && x.comments == y.comments
        && x.meta.len() == y.meta.len()
        && x.meta.iter().zip(&y.meta).all(|(m, n)| same_meta(m, n));
    head && Pairs { a, b, stmts: Vec::new(), conds: Vec::new() }.bodies(&x.body, &y.body)
}

fn same_meta(x: &Meta, y: &Meta) -> bool {
    let values = match (&x.value, &y.value) {
        (MetaValue::Texts(m), MetaValue::Texts(n)) => same_texts(m, n),
        (MetaValue::Quiet(m, f), MetaValue::Quiet(n, g)) => m.value == n.value && same_fields(f, g),
        (MetaValue::Allow(m, r), MetaValue::Allow(n, s)) => m.value == n.value && r.value == s.value,
        (m, n) => m == n,
    };
    x.key == y.key && values
}

fn same_texts(x: &[At<String>], y: &[At<String>]) -> bool {
    x.len() == y.len() && x.iter().zip(y).all(|(m, n)| m.value == n.value)
}

fn same_fields(x: &[FieldRef], y: &[FieldRef]) -> bool {
    x.len() == y.len() && x.iter().zip(y).all(|(f, g)| same_field(f, g))
}

fn same_field(x: &FieldRef, y: &FieldRef) -> bool {
    x.name == y.name
}

/// Pairs still to be compared: a worklist, so that depth costs no stack.
struct Pairs<'a> {
    a: &'a Definition,
    b: &'a Definition,
    stmts: Vec<(StmtId, StmtId)>,
    conds: Vec<(CondId, CondId)>,
}

impl Pairs<'_> {
    fn bodies(mut self, x: &[StmtId], y: &[StmtId]) -> bool {
        if !self.push_stmts(x, y) {
            return false;
        }
        loop {
            if let Some((x, y)) = self.conds.pop() {
                if !self.conds_agree(x, y) {
                    return false;
                }
            } else if let Some((x, y)) = self.stmts.pop() {
                if !self.stmts_agree(x, y) {
                    return false;
                }
            } else {
                return true;
            }
        }
    }

    fn push_stmts(&mut self, x: &[StmtId], y: &[StmtId]) -> bool {
        self.stmts.extend(x.iter().copied().zip(y.iter().copied()));
        x.len() == y.len()
    }

    fn stmts_agree(&mut self, x: StmtId, y: StmtId) -> bool {
        let (x, y): (&Stmt, &Stmt) = (self.a.stmt(x), self.b.stmt(y));
        if x.disabled != y.disabled || x.comments != y.comments {
            return false;
        }
        match (&x.kind, &y.kind) {
            (StmtKind::If { arms: m, otherwise: o }, StmtKind::If { arms: n, otherwise: p }) => {
                if m.len() != n.len() || o.is_some() != p.is_some() {
                    return false;
                }
                for (arm, brm) in m.iter().zip(n) {
                    self.conds.push((arm.cond, brm.cond));
                    if !self.push_stmts(&arm.body, &brm.body) {
                        return false;
                    }
                }
                self.push_stmts(o.as_deref().unwrap_or(&[]), p.as_deref().unwrap_or(&[]))
            }
            (StmtKind::Drop, StmtKind::Drop) | (StmtKind::Keep, StmtKind::Keep) | (StmtKind::Stop, StmtKind::Stop) => {
                true
            }
            (StmtKind::Tag(m), StmtKind::Tag(n)) | (StmtKind::Untag(m), StmtKind::Untag(n)) => same_texts(m, n),
            (StmtKind::Set { field: f, value: v }, StmtKind::Set { field: g, value: w }) => {
                same_field(f, g) && same_operand(v, w)
            }
            (StmtKind::Remove(m), StmtKind::Remove(n)) => {
                m.len() == n.len() && m.iter().zip(n).all(|(f, g)| same_field(f, g))
            }
            (StmtKind::Send { via: v, template: t, to: m }, StmtKind::Send { via: w, template: u, to: n }) => {
                v.value == w.value && t.as_ref().map(|t| &t.value) == u.as_ref().map(|u| &u.value) && same_texts(m, n)
            }
            (StmtKind::When { when: m, body: b }, StmtKind::When { when: n, body: c }) => {
                self.whens_agree(m, n) && self.push_stmts(b, c)
            }
            (StmtKind::Remember { name: m, length: l, by: b }, StmtKind::Remember { name: n, length: k, by: c }) => {
                m.value == n.value && l.value == k.value && same_fields(b, c)
            }
            (StmtKind::Forget { name: m, by: b }, StmtKind::Forget { name: n, by: c }) => {
                m.value == n.value && same_fields(b, c)
            }
            _ => false,
        }
    }

    fn whens_agree(&mut self, x: &When, y: &When) -> bool {
        let asks = match (&x.asks, &y.asks) {
            (Asks::Events(m), Asks::Events(n)) => m.value == n.value,
            (Asks::Distinct(m, f), Asks::Distinct(n, g)) => m.value == n.value && same_fields(f, g),
            (Asks::Steps { ordered: o, steps: s }, Asks::Steps { ordered: p, steps: t }) => {
                self.conds.extend(s.iter().zip(t).map(|(m, n)| (m.cond, n.cond)));
                let same = |(m, n): (&Step, &Step)| m.comments == n.comments && same_fields(&m.by, &n.by);
                o == p && s.len() == t.len() && s.iter().zip(t).all(same)
            }
            _ => false,
        };
        let name = |when: &When| when.name.as_ref().map(|name| name.value.clone());
        asks && x.within.value == y.within.value
            && x.from_first_hit == y.from_first_hit
            && same_fields(&x.by, &y.by)
            && name(x) == name(y)
    }

    fn conds_agree(&mut self, x: CondId, y: CondId) -> bool {
        let (x, y) = (self.a.cond(x), self.b.cond(y));
        if x.comments != y.comments {
            return false;
        }
        match (&x.kind, &y.kind) {
            (CondKind::And(m), CondKind::And(n)) | (CondKind::Or(m), CondKind::Or(n)) => {
                self.conds.extend(m.iter().copied().zip(n.iter().copied()));
                m.len() == n.len()
            }
            (CondKind::Not(m), CondKind::Not(n)) => {
                self.conds.push((*m, *n));
                true
            }
            (CondKind::SomeOf { list: f, body: m }, CondKind::SomeOf { list: g, body: n }) => {
                self.conds.push((*m, *n));
                same_field(f, g)
            }
            (CondKind::Test(s), CondKind::Test(t)) => same_test(s, t),
            (CondKind::Const(v), CondKind::Const(w)) => v == w,
            _ => false,
        }
    }
}

fn same_test(x: &Test, y: &Test) -> bool {
    x.dialect == y.dialect
        && x.every == y.every
        && x.cased == y.cased
        && x.any_dash == y.any_dash
        && x.op.value == y.op.value
        && same_operand(&x.subject, &y.subject)
        && same_args(&x.args, &y.args)
}

fn same_args(x: &Args, y: &Args) -> bool {
    match (x, y) {
        (Args::None, Args::None) => true,
        (Args::One(m), Args::One(n)) => same_operand(m, n),
        (Args::Many { all: a, items: m, .. }, Args::Many { all: b, items: n, .. }) => {
            a == b && m.len() == n.len() && m.iter().zip(n).all(|(v, w)| same_operand(v, w))
        }
        (Args::Table { name: m, column: c }, Args::Table { name: n, column: d }) => {
            m.value == n.value && c.as_ref().map(|c| &c.value) == d.as_ref().map(|d| &d.value)
        }
        (Args::Class(m), Args::Class(n)) => m == n,
        (Args::Events(m), Args::Events(n)) => same_texts(m, n),
        (Args::Tags { all: a, tags: m }, Args::Tags { all: b, tags: n }) => a == b && same_texts(m, n),
        (Args::Rule(m), Args::Rule(n)) => m.value == n.value,
        (Args::Remembered { name: m, least: a, by: f }, Args::Remembered { name: n, least: b, by: g }) => {
            m.value == n.value && a.value == b.value && same_fields(f, g)
        }
        _ => false,
    }
}

fn same_operand(x: &Operand, y: &Operand) -> bool {
    let base = match (&x.base, &y.base) {
        (Base::Field(f), Base::Field(g)) => same_field(f, g),
        (Base::AnyField, Base::AnyField)
        | (Base::AnyProcessGuid, Base::AnyProcessGuid)
        | (Base::Event, Base::Event) => true,
        (Base::Hash(m), Base::Hash(n)) => m == n,
        // The checker refuses a look-up in a look-up, so this goes one level deep.
        (Base::Lookup(m), Base::Lookup(n)) => {
            m.table.value == n.table.value && m.column.value == n.column.value && same_operand(&m.of, &n.of)
        }
        (Base::Literal(m), Base::Literal(n)) => same_literal(m, n),
        _ => false,
    };
    base && x.through == y.through
}

fn same_literal(x: &Literal, y: &Literal) -> bool {
    x == y
}
