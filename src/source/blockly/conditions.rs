//! Blocks into the tree: conditions, tests, operands.
//!
//! In: value blocks whose shape was checked. Out: conditions in the definition. Chains of Blockly's own two-armed `and` and
//! `or`, however they nest, are one condition with many members; ours with extra state stay as they are drawn. Never here:
//! names and types.

use super::lower::Lower;
use crate::ast::{Args, At, Base, Cond, CondId, CondKind, FieldRef, Literal, Lookup, Operand, Operator, Test};
use crate::blockly::BlockId;
use crate::blockly::vocabulary::ours::Kind;
use crate::blockly::words;
use crate::diagnostic::Code;
use crate::dialect::{AgentVersion, Dialect};
use crate::limits;
use crate::origin::Origin;
use crate::source::text::words::SYSTEMS;

/// What a condition stands in, as far as text would need parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    And,
    Or,
    Not,
    Alone,
}

impl Within {
    /// Would text need parentheses around an `and` or `or` that stands in it?
    pub fn parens(self, own: Within) -> bool {
        match (own, self) {
            (Within::And, Within::And | Within::Not) | (Within::Or, Within::And | Within::Or | Within::Not) => true,
            (Within::And, Within::Or | Within::Alone) | (Within::Or, Within::Alone) => false,
            (Within::Not | Within::Alone, _) => false,
        }
    }
}

impl Lower<'_> {
    /// The condition of an `if` at this depth.
    pub fn condition(&mut self, id: BlockId, depth: usize) -> Option<CondId> {
        let mut comments = Vec::new();
        self.cond(id, depth, Within::Alone, &mut comments)
    }

    /// `comments` are those of blocks around it that no test has taken yet.
    fn cond(&mut self, id: BlockId, depth: usize, within: Within, comments: &mut Vec<String>) -> Option<CondId> {
        comments.append(&mut self.comments(id));
        let origin = self.places.block(id);
        let kind = match self.kind(id)? {
            Kind::LogicOperation => return self.operation(id, depth, within, comments),
            Kind::LogicNegate => {
                self.deep(depth + 1, id)?;
                let inner = self.input(id, "BOOL", 0)?;
                CondKind::Not(self.cond(inner, depth + 1, Within::Not, comments)?)
            }
            Kind::LogicBoolean => {
                let comments = std::mem::take(comments);
                let kind = CondKind::Const(self.option(id, "BOOL")? == "TRUE");
                return Some(self.def.add_cond(Cond { kind, comments, origin }));
            }
            Kind::ListSomeMember => {
                self.deep(depth + 1, id)?;
                let list = self.field(id, "LIST", 0)?;
                let body = self.input(id, "TEST", 0)?;
                CondKind::SomeOf { list, body: self.cond(body, depth + 1, Within::Alone, comments)? }
            }
            Kind::TestStrictly => {
                let dialect = self.dialect(id)?;
                let test = self.input(id, "TEST", 0)?;
                comments.append(&mut self.comments(test));
                return self.test(test, dialect, comments);
            }
            _ => return self.test(id, Dialect::Ours, comments),
        };
        Some(self.def.add_cond(Cond { kind, comments: Vec::new(), origin }))
    }

    fn operation(&mut self, id: BlockId, depth: usize, within: Within, comments: &mut Vec<String>) -> Option<CondId> {
        let origin = self.places.block(id);
        let op = self.option(id, "OP")?;
        let own = if op == "AND" { Within::And } else { Within::Or };
        let depth = if within.parens(own) { depth + 1 } else { depth };
        self.deep(depth, id)?;
        let members = self.chain(id, op, comments);
        let mut conds = Vec::with_capacity(members.len());
        let mut good = true;
        for (member, mut before) in members {
            // What stood before a block of the chain belongs to the first test in it.
            comments.append(&mut before);
            match self.cond(member, depth, own, comments) {
                Some(cond) => conds.push(cond),
                None => good = false,
            }
        }
        // None at all was told when the block was looked at: it would always hold, or never.
        if !good || conds.is_empty() {
            return None;
        }
        // All others are switched off.
        if let [only] = conds.as_slice() {
            return Some(*only);
        }
        let kind = if own == Within::And { CondKind::And(conds) } else { CondKind::Or(conds) };
        Some(self.def.add_cond(Cond { kind, comments: Vec::new(), origin }))
    }

    /// The members of an operation, and of those of Blockly's own form that stand directly in it, each with the comments that
    /// come before it.
    fn chain(&mut self, id: BlockId, op: &str, comments: &mut Vec<String>) -> Vec<(BlockId, Vec<String>)> {
        let own_form = |lower: &Self, id: BlockId| lower.block(id).extra.is_none();
        let mut members = Vec::new();
        let mut before = std::mem::take(comments);
        if !own_form(self, id) {
            let all = self.members(id, "MEMBER");
            members.extend(all.into_iter().map(|member| (member, std::mem::take(&mut before))));
            return members;
        }
        let mut work: Vec<BlockId> = self.members(id, "MEMBER");
        work.reverse();
        while let Some(member) = work.pop() {
            let same = self.kind(member) == Some(Kind::LogicOperation)
                && own_form(self, member)
                && self.option(member, "OP") == Some(op);
            if same {
                before.append(&mut self.comments(member));
                let mut inner = self.members(member, "MEMBER");
                inner.reverse();
                work.append(&mut inner);
            } else {
                members.push((member, std::mem::take(&mut before)));
            }
        }
        members
    }

    fn dialect(&mut self, id: BlockId) -> Option<Dialect> {
        let name = self.text(id, "AS", 0)?;
        if let Some((_, dialect)) = SYSTEMS.iter().find(|(system, _)| *system == name.value) {
            return Some(*dialect);
        }
        if let Some(version) = AgentVersion::parse(&name.value) {
            return Some(Dialect::Winlogbeat(version));
        }
        let shown = crate::source::text::shorten(&name.value);
        self.places.report(
            Code::UnknownVersion,
            name.origin,
            format!("`{shown}` is no version of Winlogbeat and no system that is known"),
            "write a version from 6 to 9, as in 8.17; or sysmon, sigma, logmanager",
        );
        None
    }

    fn test(&mut self, id: BlockId, dialect: Dialect, comments: &mut Vec<String>) -> Option<CondId> {
        let origin = self.places.block(id);
        let kind = self.kind(id)?;
        let mut own = std::mem::take(comments);
        let (test, negated) = match kind {
            Kind::MessageHasTag => (self.has_tag(id, dialect)?, false),
            Kind::RuleActed => {
                let op = At::new(Operator::Acted, origin);
                let args = Args::Rule(self.text(id, "RULE", 0)?);
                (self.about_event(dialect, op, args, origin), false)
            }
            Kind::ContextRemembered => {
                let op = At::new(Operator::Remembered, origin);
                let (name, least, by) = (self.text(id, "NAME", 0)?, self.count(id)?, self.keys(id)?);
                (self.about_event(dialect, op, Args::Remembered { name, least, by }, origin), false)
            }
            Kind::EventIs => {
                let (op, negated) = self.operator(id, kind, "OP")?;
                let args = Args::Events(self.texts(id, "EVENT")?);
                (self.about_event(dialect, op, args, origin), negated)
            }
            Kind::LogicCompare => {
                let (op, negated) = self.operator(id, kind, "OP")?;
                let right = self.input(id, "B", 0)?;
                let mut test = self.about(id, "A", dialect, op, &mut own)?;
                test.args = Args::One(self.operand(right, &mut own)?);
                (test, negated)
            }
            Kind::TextTestSubstring | Kind::TextTestWildcard | Kind::TextTestRegex => {
                let (op, negated) = self.operator(id, kind, "TYPE")?;
                let mut test = self.about(id, "VALUE", dialect, op, &mut own)?;
                test.args = self.needles(id, "FIND", &mut own)?;
                (test, negated)
            }
            Kind::LogicIsIn => {
                let (op, negated) = self.operator(id, kind, "OP")?;
                let mut test = self.about(id, "A", dialect, op, &mut own)?;
                test.args = self.needles(id, "B", &mut own)?;
                if let Args::Many { all: true, .. } = test.args {
                    let list = self.input(id, "B", 0)?;
                    let place = self.part_place(list, "OF");
                    self.places.report(
                        Code::BadField,
                        place,
                        "a value is in a list when it is one of its members, so `ALL` means nothing here",
                        "choose any of",
                    );
                    return None;
                }
                (test, negated)
            }
            Kind::FunctionLookupSearch => {
                let (op, negated) = self.operator(id, kind, "OP")?;
                let mut test = self.about(id, "TEXT", dialect, op, &mut own)?;
                let name = self.text(id, "TABLE", 0)?;
                let column = match self.size(id, "COLUMN") {
                    0 => None,
                    _ => Some(self.text(id, "COLUMN", 0)?),
                };
                test.args = Args::Table { name, column };
                (test, negated)
            }
            Kind::IpTestClass => {
                let (op, negated) = self.operator(id, kind, "OP")?;
                let mut test = self.about(id, "VALUE", dialect, op, &mut own)?;
                test.args = Args::Class(words::find(words::CLASSES, self.option(id, "CLASS")?)?);
                (test, negated)
            }
            Kind::FieldTest => {
                let (op, negated) = self.operator(id, kind, "TYPE")?;
                (self.about(id, "VALUE", dialect, op, &mut own)?, negated)
            }
            _ => return None,
        };
        let test = self.def.add_cond(Cond { kind: CondKind::Test(Box::new(test)), comments: own, origin });
        if !negated {
            return Some(test);
        }
        Some(self.def.add_cond(Cond { kind: CondKind::Not(test), comments: Vec::new(), origin }))
    }

    /// The operator that an option stands for, and whether it asks for the opposite. An option that may be left out is then
    /// the first.
    fn operator(&mut self, id: BlockId, kind: Kind, part: &str) -> Option<(At<Operator>, bool)> {
        let option = self.option(id, part);
        let (_, _, op, negated) = words::TESTS
            .iter()
            .find(|(block, key, _, _)| *block == kind && option.is_none_or(|option| option == *key))?;
        Some((At::new(*op, self.part_place(id, part)), *negated))
    }

    fn about_event(&self, dialect: Dialect, op: At<Operator>, args: Args, origin: Origin) -> Test {
        let subject = Operand { base: Base::Event, through: Vec::new(), origin };
        Test { dialect, every: false, subject, cased: false, any_dash: false, op, args }
    }

    fn has_tag(&mut self, id: BlockId, dialect: Dialect) -> Option<Test> {
        let origin = self.places.block(id);
        let all = self.option(id, "OF") == Some("ALL");
        let args = Args::Tags { all, tags: self.texts(id, "TAG")? };
        Some(self.about_event(dialect, At::new(Operator::HasTag, origin), args, origin))
    }

    /// A test about what stands in `part`, without what it is compared with.
    fn about(
        &mut self,
        id: BlockId,
        part: &str,
        dialect: Dialect,
        op: At<Operator>,
        comments: &mut Vec<String>,
    ) -> Option<Test> {
        let mut subject = self.input(id, part, 0)?;
        let mut every = false;
        if self.kind(subject) == Some(Kind::ListsEvery) {
            comments.append(&mut self.comments(subject));
            every = true;
            subject = self.input(subject, "VALUE", 0)?;
        }
        let subject = self.operand(subject, comments)?;
        let cased = self.option(id, "CASE") == Some("MATCH");
        let any_dash = self.option(id, "DASH") == Some("ANY");
        Some(Test { dialect, every, subject, cased, any_dash, op, args: Args::None })
    }

    /// One operand or a list.
    fn needles(&mut self, id: BlockId, part: &str, comments: &mut Vec<String>) -> Option<Args> {
        let list = self.input(id, part, 0)?;
        let origin = self.places.block(list);
        let items = match self.kind(list)? {
            Kind::ListsTexts => {
                let texts = self.texts(list, "ITEM")?;
                texts.into_iter().map(|text| literal(Literal::Text(text.value), text.origin)).collect()
            }
            Kind::ListsValues => {
                let texts = self.texts(list, "ITEM")?;
                let parsed: Option<Vec<Operand>> = texts
                    .into_iter()
                    .map(|text| Some(literal(Literal::parse_unquoted(&text.value)?, text.origin)))
                    .collect();
                parsed?
            }
            Kind::ListsCreateWith => {
                let mut items = Vec::new();
                let mut inside = self.comments(list);
                for item in self.members(list, "ADD") {
                    items.push(self.operand(item, &mut inside)?);
                }
                comments.append(&mut inside);
                let all = self.option(list, "OF") == Some("ALL");
                return Some(Args::Many { all, items, origin });
            }
            _ => return self.operand(list, comments).map(Args::One),
        };
        comments.append(&mut self.comments(list));
        Some(Args::Many { all: self.option(list, "OF") == Some("ALL"), items, origin })
    }

    /// A value, seen through functions.
    pub fn operand(&mut self, id: BlockId, comments: &mut Vec<String>) -> Option<Operand> {
        self.operand_of(id, comments, false)
    }

    /// The same; `inside` a look-up there can be no other, which bounds the recursion.
    fn operand_of(&mut self, id: BlockId, comments: &mut Vec<String>, inside: bool) -> Option<Operand> {
        let origin = self.places.block(id);
        let mut through = Vec::new();
        let mut id = id;
        let base = loop {
            comments.append(&mut self.comments(id));
            let kind = self.kind(id)?;
            let base = match kind {
                Kind::EventField => {
                    let FieldRef { name, origin } = self.field(id, "NAME", 0)?;
                    Base::Field(FieldRef { name, origin })
                }
                Kind::EventAnyField => Base::AnyField,
                Kind::EventAnyProcessguid => Base::AnyProcessGuid,
                Kind::EventHash => Base::Hash(words::find(words::HASHES, self.option(id, "ALGORITHM")?)?),
                Kind::Text => Base::Literal(Literal::Text(self.text(id, "TEXT", 0)?.value)),
                Kind::Number | Kind::MathNumber => self.unquoted(id, "NUM")?,
                Kind::Ip => self.unquoted(id, "IP")?,
                Kind::IpNetwork => self.unquoted(id, "NETWORK")?,
                Kind::DateTime => self.unquoted(id, "TIME")?,
                Kind::LogicBoolean => Base::Literal(Literal::Bool(self.option(id, "BOOL")? == "TRUE")),
                Kind::LookupValue => {
                    if inside {
                        let place = self.places.block(id);
                        let help = "look one of them up in a classify rule, and set a field to it";
                        self.places.report(Code::BadFunction, place, "a look-up cannot stand inside another", help);
                        return None;
                    }
                    let of = self.input(id, "TEXT", 0)?;
                    let of = self.operand_of(of, comments, true)?;
                    let (table, column) = (self.text(id, "TABLE", 0)?, self.text(id, "COLUMN", 0)?);
                    Base::Lookup(Box::new(Lookup { table, column, of }))
                }
                _ => {
                    let call = words::FUNCTIONS.iter().find(|call| {
                        let fits = |(field, key)| self.option(id, field) == Some(key);
                        call.kind == kind && call.option.is_none_or(fits)
                    })?;
                    through.push(call.function);
                    if through.len() > limits::FUNCTIONS {
                        let message = format!("more than {} functions are applied to one value", limits::FUNCTIONS);
                        let help = "leave out those that change nothing";
                        self.places.report(Code::TooDeep, origin, message, help);
                        return None;
                    }
                    id = self.input(id, call.input, 0)?;
                    continue;
                }
            };
            break base;
        };
        // Drawn outermost first, applied innermost first.
        through.reverse();
        Some(Operand { base, through, origin })
    }

    fn unquoted(&mut self, id: BlockId, part: &str) -> Option<Base> {
        let text = self.text(id, part, 0)?;
        Literal::parse_unquoted(&text.value).map(Base::Literal)
    }
}

fn literal(value: Literal, origin: Origin) -> Operand {
    Operand { base: Base::Literal(value), through: Vec::new(), origin }
}
