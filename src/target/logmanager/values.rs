//! Conditions and operands as the log manager's value blocks.
//!
//! In: conditions of the tree. Out: blocks that read back as the same conditions; a finding for each test that no published block
//! can say. Never here: statements.

use super::{Slot, Writer, block, comment, mutation, with};
use crate::ast::{Args, Base, CondId, CondKind, Function, Literal, Operand, Operator, Test};
use crate::blockly::registry::{Column, uuid};
use crate::blockly::vocabulary::logmanager::Kind;
use crate::dialect::Dialect;
use crate::origin::Origin;

impl Writer<'_> {
    /// A condition. Trees nest no deeper than their readers allow, which bounds the recursion.
    pub(super) fn cond(&mut self, id: CondId, slot: Slot) {
        let def = self.def;
        let cond = def.cond(id);
        match &cond.kind {
            CondKind::Const(value) => {
                let mut constant = with(Kind::LogicBoolean, "BOOL", if *value { "TRUE" } else { "FALSE" });
                comment(&mut constant, &cond.comments);
                self.add(constant, slot, cond.origin);
            }
            CondKind::And(members) | CondKind::Or(members) => {
                let and = matches!(cond.kind, CondKind::And(_));
                let same = |id: &&CondId| match def.cond(**id).kind {
                    CondKind::And(_) => and,
                    CondKind::Or(_) => !and,
                    CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Const(_) | CondKind::Test(_) => false,
                };
                if let Some(inner) = members.iter().find(same) {
                    let help = "take the parentheses away: a chain of one kind is one there";
                    let origin = def.cond(*inner).origin;
                    self.refuse(origin, "the log manager's blocks do not keep these parentheses", help);
                }
                self.chain(if and { "AND" } else { "OR" }, members, slot, cond.origin);
            }
            CondKind::Not(inner) => {
                let test = def.cond(*inner);
                if let CondKind::Test(inner) = &test.kind
                    && let Some(op) = negative(inner)
                {
                    self.test(inner, Some(op), &test.comments, slot, test.origin);
                    return;
                }
                let not = self.add(block(Kind::LogicNegate), slot, cond.origin);
                let mut slot = self.input(not, "BOOL", false);
                // A value alone inside of `not` would be the other way round: there it stands in two more.
                if let CondKind::Not(value) = &test.kind
                    && let CondKind::Test(value_test) = &def.cond(*value).kind
                    && let Some(Form::Value) = negative(value_test)
                {
                    let not = self.add(block(Kind::LogicNegate), slot, test.origin);
                    slot = self.input(not, "BOOL", false);
                    self.test(value_test, None, &def.cond(*value).comments, slot, test.origin);
                    return;
                }
                self.cond(*inner, slot);
            }
            CondKind::SomeOf { list, .. } => {
                let help = "test the list as a whole";
                self.refuse(list.origin, "no published block of the log manager asks for one element of a list", help);
            }
            CondKind::Test(test) => self.test(test, None, &cond.comments, slot, cond.origin),
        }
    }

    /// Two-armed blocks, the first inside the next, as a person draws them.
    fn chain(&mut self, op: &str, members: &[CondId], slot: Slot, origin: Origin) {
        let mut slot = slot;
        for member in members.iter().skip(1).rev() {
            let operation = self.add(with(Kind::LogicOperation, "OP", op), slot, origin);
            slot = self.input(operation, "A", false);
            let right = self.input(operation, "B", false);
            self.cond(*member, right);
        }
        if let Some(first) = members.first() {
            self.cond(*first, slot);
        }
    }

    fn test(&mut self, test: &Test, op: Option<Form>, comments: &[String], slot: Slot, origin: Origin) {
        if let (Operator::HasTag, Args::Tags { all: false, tags }, None) = (test.op.value, &test.args, &op)
            && let [tag] = tags.as_slice()
            && test.dialect == Dialect::Ours
        {
            let uuid = self.reference(tag.origin, &tag.value, "tag", "tags", |registry| &registry.tags);
            let Some(uuid) = uuid else { return };
            let mut has = with(Kind::MessageHasTag, "TAG", uuid);
            comment(&mut has, comments);
            let has = self.add(has, slot, origin);
            let var = self.input(has, "VAR", false);
            self.add(with(Kind::Message, "OBJECT", "meta"), var, origin);
            return;
        }
        if test.op.value == Operator::EventIs {
            let help = "ask for msg.eventid, and for the parser by a tag";
            self.refuse(origin, "no published block of the log manager asks which event it is", help);
            return;
        }
        if test.dialect != Dialect::LogManager {
            let help = "write `strictly(logmanager)` before it, where its meaning is what you want: case counts there, and types never convert";
            self.refuse(origin, "a test of ours means something else in the log manager", help);
            return;
        }
        let Some(form) = op.or_else(|| positive(test)) else {
            self.refuse(origin, "no published block of the log manager asks this", "say it with a test that it has");
            return;
        };
        let (kind, field, option, left, right) = match form {
            Form::Value => {
                let before = self.workspace.blocks.len();
                self.operand(&test.subject, slot, origin);
                if let Some(made) = self.workspace.blocks.get_mut(before) {
                    comment(made, comments);
                }
                return;
            }
            Form::Blank => {
                let mut not = block(Kind::LogicNegate);
                comment(&mut not, comments);
                let not = self.add(not, slot, origin);
                let inside = self.input(not, "BOOL", false);
                self.operand(&test.subject, inside, origin);
                return;
            }
            Form::In => (Kind::LogicIsIn, None, "", "A", "B"),
            Form::Compare(option) | Form::Null(option) => (Kind::LogicCompare, Some("OP"), option, "A", "B"),
            Form::Substring(_)
                if matches!(&test.args, Args::One(Operand { base: Base::Literal(literal), .. })
                    if !matches!(literal, Literal::Text(_))) =>
            {
                let help = "put it into quotes";
                self.refuse(origin, "only a text is looked for in the log manager's text tests", help);
                return;
            }
            Form::Substring(option) => (Kind::TextTestSubstring, Some("TYPE"), option, "VALUE", "FIND"),
        };
        let mut made = match field {
            Some(field) => with(kind, field, option),
            None => block(kind),
        };
        comment(&mut made, comments);
        let made = self.add(made, slot, origin);
        let left = self.input(made, left, false);
        self.operand(&test.subject, left, origin);
        let right = self.input(made, right, false);
        match (&test.args, form) {
            (_, Form::Null(_)) => {
                self.add(block(Kind::LogicNull), right, origin);
            }
            (Args::One(operand), _) => self.operand(operand, right, origin),
            (Args::Many { items, .. }, _) => self.list(items, right, origin),
            (Args::None | Args::Table { .. } | Args::Class(_) | Args::Events(_) | Args::Tags { .. }, _) => {}
        }
    }

    fn list(&mut self, items: &[Operand], slot: Slot, origin: Origin) {
        let networks: Option<Vec<_>> = items
            .iter()
            .map(|item| match &item.base {
                Base::Literal(Literal::Network { value, written }) => Some((*value, written.clone())),
                _ => None,
            })
            .collect();
        if let Some(networks) = networks.filter(|networks| !networks.is_empty()) {
            match uuid(&self.registry.prefix_lists, &networks).map(str::to_string) {
                Some(uuid) => {
                    self.add(with(Kind::IpPrefixList, "IP_PREFIX_LIST", uuid), slot, origin);
                }
                None => {
                    let help = "list exactly these networks in blocksieve.toml, under [logmanager.prefix-lists]";
                    self.refuse(origin, "no prefix list that is known holds exactly these networks", help);
                }
            }
            return;
        }
        let plain = |item: &Operand| {
            item.through.is_empty()
                && matches!(&item.base, Base::Literal(literal) if !matches!(literal, Literal::Network { .. }))
        };
        if !items.iter().all(plain) {
            let help = "compare with each of them, joined by or";
            self.refuse(origin, "the log manager's lists hold texts, numbers and addresses only here", help);
            return;
        }
        let mut list = block(Kind::ListsCreateWith);
        mutation(&mut list, &format!("items=\"{}\"", items.len()));
        let list = self.add(list, slot, origin);
        for (i, item) in items.iter().enumerate() {
            let slot = self.input(list, format!("ADD{i}"), false);
            self.operand(item, slot, origin);
        }
    }

    fn operand(&mut self, operand: &Operand, slot: Slot, origin: Origin) {
        let mut slot = slot;
        for function in operand.through.iter().rev() {
            let (made, input) = match function {
                Function::LowerCase => (with(Kind::TextChangeCase, "CASE", "LOWERCASE"), "TEXT"),
                Function::UpperCase => (with(Kind::TextChangeCase, "CASE", "UPPERCASE"), "TEXT"),
                Function::TitleCase => (with(Kind::TextChangeCase, "CASE", "TITLECASE"), "TEXT"),
                Function::NumberOf => (block(Kind::MathNumberCreate), "VALUE"),
                Function::LengthOf => (block(Kind::TextLength), "VALUE"),
                Function::FileName
                | Function::Folder
                | Function::Year
                | Function::Month
                | Function::Day
                | Function::Weekday
                | Function::Hour
                | Function::Minute
                | Function::Base64
                | Function::Base64Wide => {
                    let message = format!("no published block of the log manager gives `{}` a value", function.words());
                    self.refuse(operand.origin, message, "take it out");
                    return;
                }
            };
            let made = self.add(made, slot, origin);
            slot = self.input(made, input, false);
        }
        match &operand.base {
            Base::Field(field) if field.name.is_empty() || field.name.split('.').any(str::is_empty) => {
                self.refuse(operand.origin, "a key without a name has no block", "name it");
            }
            Base::Field(field) => match field.name.strip_suffix("@mac.vendor") {
                Some(of) => {
                    let vendor = self.add(with(Kind::MacSubscript, "INFO", "VENDOR"), slot, origin);
                    let slot = self.input(vendor, "MAC", false);
                    self.path(of, slot, origin);
                }
                None => self.path(&field.name, slot, origin),
            },
            Base::Literal(literal) => self.literal(literal, slot, operand.origin),
            Base::Lookup(lookup) => {
                let column = Column { table: lookup.table.value.clone(), column: lookup.column.value.clone() };
                match uuid(&self.registry.tables, &column).map(str::to_string) {
                    Some(uuid) => {
                        let search = self.add(with(Kind::FunctionLookupSearch, "TABLE", uuid), slot, origin);
                        let slot = self.input(search, "TEXT", false);
                        self.operand(&lookup.of, slot, origin);
                    }
                    None => {
                        let message = format!("the table \"{}\" has no uuid here", column.table);
                        let help = "name it in blocksieve.toml, under [logmanager.tables], with this column";
                        self.refuse(lookup.table.origin, message, help);
                    }
                }
            }
            Base::AnyField | Base::Hash(_) | Base::Event => {
                let help = "test a key of the message";
                self.refuse(operand.origin, "no published block of the log manager gives this value", help);
            }
        }
    }
}

/// How a test is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// The value alone, where a condition stands.
    Value,
    /// `not` of the value alone.
    Blank,
    /// `logic_compare` with this option.
    Compare(&'static str),
    /// The same with `logic_null`.
    Null(&'static str),
    /// `text_test_substring` with this option.
    Substring(&'static str),
    /// `logic_is_in`.
    In,
}

fn plain(test: &Test) -> bool {
    !(test.every || test.cased || test.any_dash)
}

fn positive(test: &Test) -> Option<Form> {
    let form = match (test.op.value, &test.args) {
        (Operator::Equals, Args::One(_)) => Form::Compare("EQ"),
        (Operator::Less, Args::One(_)) => Form::Compare("LT"),
        (Operator::LessOrEqual, Args::One(_)) => Form::Compare("LTE"),
        (Operator::Greater, Args::One(_)) => Form::Compare("GT"),
        (Operator::GreaterOrEqual, Args::One(_)) => Form::Compare("GTE"),
        (Operator::Contains, Args::One(_)) => Form::Substring("CONTAINS"),
        (Operator::StartsWith, Args::One(_)) => Form::Substring("BEGINSWITH"),
        (Operator::EndsWith, Args::One(_)) => Form::Substring("ENDSWITH"),
        (Operator::In, Args::Many { all: false, .. }) => Form::In,
        (Operator::Exists, Args::None) => Form::Null("NEQ"),
        (Operator::IsBlank, Args::None) => Form::Blank,
        _ => return None,
    };
    plain(test).then_some(form)
}

/// The form of a test's opposite, where it has one of its own.
fn negative(test: &Test) -> Option<Form> {
    let form = match (test.op.value, &test.args) {
        (Operator::Equals, Args::One(_)) => Form::Compare("NEQ"),
        (Operator::Exists, Args::None) => Form::Null("EQ"),
        (Operator::IsBlank, Args::None) => Form::Value,
        _ => return None,
    };
    (plain(test) && test.dialect == Dialect::LogManager).then_some(form)
}
