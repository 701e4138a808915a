//! Conditions, tests and operands into blocks.
//!
//! In: conditions of the tree. Out: value blocks; a finding for a modifier that no block can hold. Never here: statements.

use super::{Job, Raiser, block, comment, flag, name_at, number, put};
use crate::ast::{Args, Base, CondId, CondKind, Literal, Operand, Operator, Test};
use crate::blockly::vocabulary::ours::{BLOCKS, Kind};
use crate::blockly::{Block, BlockId, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::source::text::words::SYSTEMS;
use crate::target::text;

impl Raiser<'_> {
    pub(super) fn cond(&mut self, id: CondId, parent: BlockId, input: usize) {
        let def = self.def;
        let cond = def.cond(id);
        self.at = cond.origin;
        match &cond.kind {
            CondKind::And(members) | CondKind::Or(members) => {
                let mut operation = block(Kind::LogicOperation);
                put(&mut operation, "OP", if matches!(cond.kind, CondKind::And(_)) { "AND" } else { "OR" });
                // Without a count it would be Blockly's own form, of which chains are read as one.
                number(&mut operation, "itemCount", members.len());
                comment(&mut operation, &cond.comments);
                let operation = self.store(operation, parent, input);
                for (i, member) in members.iter().enumerate() {
                    let input = self.input(operation, name_at(Kind::LogicOperation, "MEMBER", i), false);
                    self.jobs.push(Job::Cond(*member, operation, input));
                }
            }
            CondKind::Not(inner) => {
                if let CondKind::Test(test) = &def.cond(*inner).kind
                    && test_block(test, true).is_some()
                {
                    let comments = [cond.comments.as_slice(), &def.cond(*inner).comments].concat();
                    self.test(*inner, test, true, &comments, parent, input);
                    return;
                }
                let mut negation = block(Kind::LogicNegate);
                comment(&mut negation, &cond.comments);
                let negation = self.store(negation, parent, input);
                let input = self.input(negation, "BOOL", false);
                self.jobs.push(Job::Cond(*inner, negation, input));
            }
            CondKind::SomeOf { list, body } => {
                let mut some = block(Kind::ListSomeMember);
                put(&mut some, "LIST", &list.name);
                comment(&mut some, &cond.comments);
                let some = self.store(some, parent, input);
                let input = self.input(some, "TEST", false);
                self.jobs.push(Job::Cond(*body, some, input));
            }
            CondKind::Const(value) => {
                let mut constant = block(Kind::LogicBoolean);
                put(&mut constant, "BOOL", if *value { "TRUE" } else { "FALSE" });
                comment(&mut constant, &cond.comments);
                self.store(constant, parent, input);
            }
            CondKind::Test(test) => self.test(id, test, false, &cond.comments, parent, input),
        }
    }

    fn test(
        &mut self,
        cond: CondId,
        test: &Test,
        negated: bool,
        comments: &[String],
        mut parent: BlockId,
        mut input: usize,
    ) {
        let system = match test.dialect {
            Dialect::Ours => None,
            Dialect::Winlogbeat(version) => Some(version.to_string()),
            Dialect::Sysmon | Dialect::Sigma | Dialect::LogManager => {
                SYSTEMS.iter().find(|(_, dialect)| *dialect == test.dialect).map(|(name, _)| (*name).to_string())
            }
        };
        let mut comments = comments;
        if let Some(system) = system {
            let mut strictly = block(Kind::TestStrictly);
            put(&mut strictly, "AS", system);
            comment(&mut strictly, comments);
            comments = &[];
            parent = self.store(strictly, parent, input);
            input = self.input(parent, "TEST", false);
        }
        let Some((kind, option)) = test_block(test, negated) else { return };
        self.modifiers(cond, test, kind);
        let mut test_block = block(kind);
        comment(&mut test_block, comments);
        match &test.args {
            Args::Events(events) => {
                put(&mut test_block, "OP", option);
                for (i, event) in events.iter().enumerate() {
                    put(&mut test_block, name_at(kind, "EVENT", i), &event.value);
                }
                if events.len() != 1 {
                    number(&mut test_block, "itemCount", events.len());
                }
                self.store(test_block, parent, input);
                return;
            }
            Args::Tags { all, tags } => {
                put(&mut test_block, "OF", of(*all));
                for (i, tag) in tags.iter().enumerate() {
                    put(&mut test_block, name_at(kind, "TAG", i), &tag.value);
                }
                if tags.len() != 1 {
                    number(&mut test_block, "itemCount", tags.len());
                }
                self.store(test_block, parent, input);
                return;
            }
            Args::Rule(name) => {
                put(&mut test_block, "RULE", &name.value);
                self.store(test_block, parent, input);
                return;
            }
            Args::Remembered { name, least, by } => {
                put(&mut test_block, "NAME", &name.value);
                put(&mut test_block, "COUNT", least.value.to_string());
                super::keys(&mut test_block, kind, by);
                self.store(test_block, parent, input);
                return;
            }
            Args::None | Args::One(_) | Args::Many { .. } | Args::Table { .. } | Args::Class(_) => {}
        }
        let (subject, chooses, right) = inputs_of(kind);
        put(&mut test_block, chooses, option);
        if let Args::Class(class) = &test.args {
            put(&mut test_block, "CLASS", words::key(words::CLASSES, class).unwrap_or_default());
        }
        if let Args::Table { name, column } = &test.args {
            put(&mut test_block, "TABLE", &name.value);
            if let Some(column) = column {
                put(&mut test_block, "COLUMN", &column.value);
                flag(&mut test_block, "column");
            }
        }
        let def = &BLOCKS[kind as usize];
        if def.part_named("CASE").is_some() {
            put(&mut test_block, "CASE", if test.cased { "MATCH" } else { "IGNORE" });
        }
        if def.part_named("DASH").is_some() {
            put(&mut test_block, "DASH", if test.any_dash { "ANY" } else { "AS_WRITTEN" });
        }
        let id = self.store(test_block, parent, input);
        let mut about = (id, self.input(id, subject, false));
        if test.every {
            let every = self.store(block(Kind::ListsEvery), about.0, about.1);
            about = (every, self.input(every, "VALUE", false));
        }
        self.operand(&test.subject, about.0, about.1);
        let Some(right) = right else { return };
        let right = self.input(id, right, false);
        match &test.args {
            Args::One(operand) => self.operand(operand, id, right),
            Args::Many { all, items, .. } => self.list(*all, items, id, right),
            Args::None
            | Args::Table { .. }
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => {}
        }
    }

    /// A modifier that the block cannot hold is told; the checker refuses it too.
    fn modifiers(&mut self, cond: CondId, test: &Test, kind: Kind) {
        let def = &BLOCKS[kind as usize];
        for (set, part, word) in [(test.cased, "CASE", "cased"), (test.any_dash, "DASH", "any-dash")] {
            if set && def.part_named(part).is_none() {
                let entry = test.op.value.entry();
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::NotInTarget,
                        self.def.cond(cond).origin,
                        format!("no block can hold `{word}` before `{}`", entry.word),
                    )
                    .help(format!("take it out; `{}` does not know it", entry.word)),
                );
            }
        }
    }

    fn list(&mut self, all: bool, items: &[Operand], parent: BlockId, input: usize) {
        let plain = |item: &Operand| match (&item.base, item.through.is_empty()) {
            (Base::Literal(Literal::Text(_)), true) => Some(Kind::ListsTexts),
            (Base::Literal(_), true) => Some(Kind::ListsValues),
            _ => None,
        };
        let kind = items.first().and_then(plain).filter(|kind| items.iter().all(|item| plain(item) == Some(*kind)));
        let kind = kind.unwrap_or(Kind::ListsCreateWith);
        let mut list = block(kind);
        put(&mut list, "OF", of(all));
        let absent = if kind == Kind::ListsCreateWith { 3 } else { 1 };
        if items.len() != absent {
            number(&mut list, "itemCount", items.len());
        }
        if kind == Kind::ListsCreateWith {
            let list = self.store(list, parent, input);
            for (i, item) in items.iter().enumerate() {
                let input = self.input(list, name_at(kind, "ADD", i), false);
                self.operand(item, list, input);
            }
            return;
        }
        for (i, item) in items.iter().enumerate() {
            if let Base::Literal(literal) = &item.base {
                let value = match literal {
                    Literal::Text(text) => text.clone(),
                    other => text::unquoted(other),
                };
                put(&mut list, name_at(kind, "ITEM", i), value);
            }
        }
        self.store(list, parent, input);
    }

    /// An operand: its functions, outermost first, then its base. There are few, so this nests little.
    pub(super) fn operand(&mut self, operand: &Operand, mut parent: BlockId, mut input: usize) {
        for function in operand.through.iter().rev() {
            let Some(known) = words::FUNCTIONS.iter().find(|known| known.function == *function) else { continue };
            let mut call = block(known.kind);
            if let Some((field, key)) = known.option {
                put(&mut call, field, key);
            }
            parent = self.store(call, parent, input);
            input = self.input(parent, known.input, false);
        }
        if let Base::Lookup(lookup) = &operand.base {
            let mut call = block(Kind::LookupValue);
            put(&mut call, "COLUMN", &lookup.column.value);
            put(&mut call, "TABLE", &lookup.table.value);
            let call = self.store(call, parent, input);
            let input = self.input(call, "TEXT", false);
            self.operand(&lookup.of, call, input);
            return;
        }
        let base = base_block(&operand.base);
        self.store(base, parent, input);
    }
}

fn base_block(base: &Base) -> Block {
    let (kind, field, value) = match base {
        Base::Field(field) => (Kind::EventField, "NAME", field.name.clone()),
        // A test about the event itself has no operand, and a look-up is no base of its own.
        Base::AnyProcessGuid => return block(Kind::EventAnyProcessguid),
        Base::AnyField | Base::Event | Base::Lookup(_) => return block(Kind::EventAnyField),
        Base::Hash(hash) => {
            (Kind::EventHash, "ALGORITHM", words::key(words::HASHES, hash).unwrap_or_default().to_string())
        }
        Base::Literal(literal) => match literal {
            Literal::Text(text) => (Kind::Text, "TEXT", text.clone()),
            Literal::Number { .. } => (Kind::Number, "NUM", text::unquoted(literal)),
            Literal::Bool(yes) => (Kind::LogicBoolean, "BOOL", if *yes { "TRUE" } else { "FALSE" }.to_string()),
            Literal::Address(_) => (Kind::Ip, "IP", text::unquoted(literal)),
            Literal::Network { .. } => (Kind::IpNetwork, "NETWORK", text::unquoted(literal)),
            Literal::Time { .. } => (Kind::DateTime, "TIME", text::unquoted(literal)),
        },
    };
    let mut block = block(kind);
    put(&mut block, field, value);
    block
}

/// The block that asks a test.
#[cfg(test)]
pub(in crate::target::blockly) fn test_kind(test: &Test) -> Option<Kind> {
    test_block(test, false).map(|(kind, _)| kind)
}

/// Has the block this part?
#[cfg(test)]
pub(in crate::target::blockly) fn holds(kind: Option<Kind>, part: &str) -> bool {
    kind.is_some_and(|kind| BLOCKS[kind as usize].part_named(part).is_some())
}

/// Which block and option asks a test; `None` if no option asks for its opposite.
fn test_block(test: &Test, negated: bool) -> Option<(Kind, &'static str)> {
    let alone = match test.op.value {
        Operator::HasTag => Some(Kind::MessageHasTag),
        Operator::Acted => Some(Kind::RuleActed),
        Operator::Remembered => Some(Kind::ContextRemembered),
        _ => None,
    };
    if let Some(kind) = alone {
        return (!negated).then_some((kind, ""));
    }
    let table = matches!(test.args, Args::Table { .. });
    let (kind, option, ..) = words::TESTS.iter().find(|(kind, _, op, opposite)| {
        *op == test.op.value && *opposite == negated && (*kind == Kind::FunctionLookupSearch) == table
    })?;
    Some((*kind, option))
}

/// The input of a test's subject, the field of its operator, and the input of what it is compared with.
fn inputs_of(kind: Kind) -> (&'static str, &'static str, Option<&'static str>) {
    match kind {
        Kind::LogicCompare => ("A", "OP", Some("B")),
        Kind::LogicIsIn => ("A", "OP", Some("B")),
        Kind::FunctionLookupSearch => ("TEXT", "OP", None),
        Kind::IpTestClass => ("VALUE", "OP", None),
        Kind::FieldTest => ("VALUE", "TYPE", None),
        _ => ("VALUE", "TYPE", Some("FIND")),
    }
}

fn of(all: bool) -> &'static str {
    if all { "ALL" } else { "ANY" }
}
