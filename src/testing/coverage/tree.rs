//! A rule as pieces.
//!
//! In: a rule as written or drawn. Out: its pieces, the outer before the inner, each with what counts it. Never here: counting.

use super::Category;
use crate::ast::{Asks, CondId, CondKind, Definition, Operator, Rule, StmtId, StmtKind};
use crate::origin::Origin;
use crate::target::text;

/// What counts a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Word,
    Disabled(StmtId),
    Statement(StmtId),
    When(StmtId),
    Joined(CondId),
    Constant(CondId),
    Condition(CondId),
}

/// A piece that was not counted yet.
pub(super) struct Bare {
    pub(super) depth: usize,
    pub(super) text: String,
    pub(super) origin: Origin,
    pub(super) category: Option<Category>,
    pub(super) of: Of,
}

/// The pieces of a rule. Nesting is bounded by `limits::DEPTH`.
pub(super) fn pieces(definition: &Definition, rule: &Rule) -> Vec<Bare> {
    let mut tree = Tree { definition, pieces: Vec::new() };
    tree.body(&rule.body, 0);
    tree.pieces
}

struct Tree<'a> {
    definition: &'a Definition,
    pieces: Vec<Bare>,
}

impl Tree<'_> {
    fn push(&mut self, depth: usize, text: impl Into<String>, origin: Origin, of: Of) {
        let category = match of {
            Of::Word => None,
            Of::Disabled(stmt) | Of::Statement(stmt) | Of::When(stmt) => Some(of_statement(self.definition, stmt)),
            Of::Joined(_) | Of::Constant(_) => Some(Category::Combine),
            Of::Condition(cond) => Some(of_condition(self.definition, cond)),
        };
        self.pieces.push(Bare { depth, text: text.into(), origin, category, of });
    }

    fn body(&mut self, body: &[StmtId], depth: usize) {
        for id in body {
            let stmt = self.definition.stmt(*id);
            let told = text::statement(self.definition, *id);
            if stmt.disabled {
                self.push(depth, told, stmt.origin, Of::Disabled(*id));
                continue;
            }
            match &stmt.kind {
                StmtKind::If { arms, otherwise } => {
                    self.push(depth, told, stmt.origin, Of::Statement(*id));
                    for (at, arm) in arms.iter().enumerate() {
                        if at > 0 {
                            self.push(depth + 1, "else if", stmt.origin, Of::Word);
                        }
                        self.condition(arm.cond, depth + 1);
                        self.push(depth + 1, "then", stmt.origin, Of::Word);
                        self.body(&arm.body, depth + 2);
                    }
                    if let Some(otherwise) = otherwise {
                        self.push(depth + 1, "else", stmt.origin, Of::Word);
                        self.body(otherwise, depth + 2);
                    }
                }
                StmtKind::When { when, body } => {
                    self.push(depth, told, stmt.origin, Of::When(*id));
                    if let Asks::Steps { steps, .. } = &when.asks {
                        for step in steps {
                            self.push(depth + 1, "step", step.origin, Of::Word);
                            self.condition(step.cond, depth + 2);
                        }
                    }
                    self.push(depth + 1, "then", stmt.origin, Of::Word);
                    self.body(body, depth + 2);
                }
                StmtKind::Drop
                | StmtKind::Keep
                | StmtKind::Stop
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send { .. }
                | StmtKind::Remember { .. }
                | StmtKind::Forget { .. } => self.push(depth, told, stmt.origin, Of::Statement(*id)),
            }
        }
    }

    fn condition(&mut self, id: CondId, depth: usize) {
        let cond = self.definition.cond(id);
        match &cond.kind {
            CondKind::And(members) | CondKind::Or(members) => {
                let word = if matches!(cond.kind, CondKind::And(_)) { "and" } else { "or" };
                self.push(depth, word, cond.origin, Of::Joined(id));
                members.iter().for_each(|member| self.condition(*member, depth + 1));
            }
            // `not contains` is one piece, as the author sees it.
            CondKind::Not(inner) if self.definition.cond(*inner).origin == cond.origin => {
                self.push(depth, text::condition(self.definition, id), cond.origin, Of::Condition(id));
            }
            CondKind::Not(inner) => {
                self.push(depth, "not", cond.origin, Of::Joined(id));
                self.condition(*inner, depth + 1);
            }
            CondKind::Const(_) => {
                self.push(depth, text::condition(self.definition, id), cond.origin, Of::Constant(id));
            }
            CondKind::Test(_) | CondKind::SomeOf { .. } => {
                self.push(depth, text::condition(self.definition, id), cond.origin, Of::Condition(id));
            }
        }
    }
}

fn of_statement(definition: &Definition, stmt: StmtId) -> Category {
    match &definition.stmt(stmt).kind {
        StmtKind::If { .. } => Category::Combine,
        StmtKind::When { .. } | StmtKind::Remember { .. } | StmtKind::Forget { .. } => Category::Remember,
        StmtKind::Drop | StmtKind::Keep | StmtKind::Stop => Category::Decide,
        StmtKind::Tag(_) | StmtKind::Untag(_) | StmtKind::Set { .. } | StmtKind::Remove(_) | StmtKind::Send { .. } => {
            Category::Tag
        }
    }
}

fn of_condition(definition: &Definition, mut cond: CondId) -> Category {
    while let CondKind::Not(inner) = &definition.cond(cond).kind {
        cond = *inner;
    }
    match &definition.cond(cond).kind {
        CondKind::Test(test) => match test.op.value {
            Operator::EventIs | Operator::HasTag => Category::Event,
            Operator::Acted | Operator::Remembered => Category::Remember,
            _ => Category::Compare,
        },
        CondKind::SomeOf { .. } | CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_) | CondKind::Const(_) => {
            Category::Combine
        }
    }
}
