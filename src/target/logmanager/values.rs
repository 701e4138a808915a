//! Conditions and operands as the log manager's value blocks.
//!
//! In: conditions of the tree. Out: blocks that read back as the same conditions; a finding for each test that no published block
//! can say. Never here: statements.

use super::{Slot, Writer, block, comment, mutation, with};
use crate::ast::{Args, Base, CondId, CondKind, Function, Literal, Lookup, Operand, Operator, Test};
use crate::blockly::message;
use crate::blockly::registry::{Column, Registry, uuid};
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
            CondKind::And(members) => self.chain("AND", id, members, slot, cond.origin),
            CondKind::Or(members) => self.chain("OR", id, members, slot, cond.origin),
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
    fn chain(&mut self, op: &str, id: CondId, members: &[CondId], slot: Slot, origin: Origin) {
        let def = self.def;
        for member in members {
            let member = def.cond(*member);
            if std::mem::discriminant(&member.kind) == std::mem::discriminant(&def.cond(id).kind) {
                let word = op.to_ascii_lowercase();
                let message = format!("the log manager's blocks do not keep an `{word}` inside an `{word}` apart");
                self.refuse(member.origin, message, "take the parentheses out; they change nothing");
                return;
            }
        }
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
            let network =
                matches!(&test.args, Args::One(one) if matches!(one.base, Base::Literal(Literal::Network { .. })));
            let help = if network { "write it as a list: in [10.0.0.0/8]" } else { "say it with a test that it has" };
            self.refuse(origin, "no published block of the log manager asks this", help);
            return;
        };
        if constant(&test.subject) {
            let help = "write what it comes to, `true` or `false`, or test a key of the message";
            self.refuse(test.subject.origin, "a test of a constant has no blocks of its own", help);
            return;
        }
        let no_text = |operand: &Operand| !text(operand) || path(operand).is_some_and(message::no_text);
        let nothing = match (&form, &test.args) {
            (Form::Substring(_), Args::One(find)) => no_text(&test.subject) || no_text(find),
            (Form::Within, _) => path(&test.subject).is_some_and(message::dictionary),
            _ => false,
        };
        if nothing {
            let help = "compare a text with a text; ask for a key of a dictionary with `exists`";
            self.refuse(origin, "what is no text has no part that is one, so this never holds there", help);
            return;
        }
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
            Form::Within => (Kind::LogicIsIn, None, "", "B", "A"),
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
        // Inputs stand in the order of the block.
        let (left, right) = match form {
            Form::Within => {
                let right = self.input(made, right, false);
                (self.input(made, left, false), right)
            }
            Form::Value | Form::Blank | Form::Compare(_) | Form::Null(_) | Form::Substring(_) | Form::In => {
                let left = self.input(made, left, false);
                (left, self.input(made, right, false))
            }
        };
        self.operand(&test.subject, left, origin);
        match (&test.args, form) {
            (_, Form::Null(_)) => {
                self.add(block(Kind::LogicNull), right, origin);
            }
            (Args::One(operand), _) => self.operand(operand, right, origin),
            (Args::Many { items, .. }, _) => self.list(items, right, origin),
            (
                Args::None
                | Args::Table { .. }
                | Args::Class(_)
                | Args::Events(_)
                | Args::Tags { .. }
                | Args::Rule(_)
                | Args::Remembered { .. },
                _,
            ) => {}
        }
    }

    fn list(&mut self, items: &[Operand], slot: Slot, origin: Origin) {
        let networks: Option<Vec<_>> = items
            .iter()
            .map(|item| match &item.base {
                Base::Literal(Literal::Network { value, written }) if item.through.is_empty() => {
                    Some((*value, written.clone()))
                }
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
        if items.is_empty() {
            self.refuse(origin, "nothing is in an empty list", "write `false`");
            return;
        }
        let mut list = block(Kind::ListsCreateWith);
        mutation(&mut list, &format!("items=\"{}\"", items.len()));
        let list = self.add(list, slot, origin);
        for (i, item) in items.iter().enumerate() {
            let slot = self.input(list, format!("ADD{i}"), false);
            match &item.base {
                Base::Literal(literal) if item.through.is_empty() => self.literal(literal, slot, item.origin),
                Base::Literal(_)
                | Base::Field(_)
                | Base::AnyField
                | Base::AnyProcessGuid
                | Base::Hash(_)
                | Base::Lookup(_)
                | Base::Event => {
                    let help = "compare with each of them, joined by `or`";
                    self.refuse(item.origin, "a list of the log manager is read with constants only", help);
                }
            }
        }
    }

    fn operand(&mut self, operand: &Operand, slot: Slot, origin: Origin) {
        if constant(operand) && !operand.through.is_empty() {
            let help = "write what it comes to";
            self.refuse(operand.origin, "a function of a constant has no blocks of its own", help);
            return;
        }
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
                | Function::Week
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
            Base::Field(field) => self.field(&field.name, slot, operand.origin),
            Base::Literal(literal) => self.literal(literal, slot, operand.origin),
            Base::Lookup(lookup) => self.lookup(lookup, slot, origin),
            Base::AnyField | Base::AnyProcessGuid | Base::Hash(_) | Base::Event => {
                let help = "test a key of the message";
                self.refuse(operand.origin, "no published block of the log manager gives this value", help);
            }
        }
    }
}

impl Writer<'_> {
    /// A field. What the project has a table for is read as a look-up, so it is none.
    fn field(&mut self, name: &str, slot: Slot, origin: Origin) {
        let vendor_of = name.strip_suffix("@mac.vendor").filter(|of| mac_key(of));
        let address = name.rsplit_once("@ip.").is_some_and(|(_, attribute)| Registry::ADDRESS.contains(&attribute));
        let vendor = name.ends_with("@mac.vendor");
        if vendor && self.registry.vendors.is_some() || address && self.registry.addresses.is_some() {
            let help = "write `lookup` with the table and column that blocksieve.toml names for it";
            self.refuse(origin, "the project names a table for this value, so the field is not what is read", help);
            return;
        }
        match vendor_of {
            Some(of) => {
                let vendor = self.add(with(Kind::MacSubscript, "INFO", "VENDOR"), slot, origin);
                let slot = self.input(vendor, "MAC", false);
                self.path(of, slot, origin);
            }
            None => self.path(name, slot, origin),
        }
    }

    /// A look-up: a search in a table, or what the log manager itself knows, where the project has a table of that.
    fn lookup(&mut self, lookup: &Lookup, slot: Slot, origin: Origin) {
        let plain = path(&lookup.of);
        let searched = Column { table: lookup.table.value.clone(), column: lookup.column.value.clone() };
        if let Some(uuid) = uuid(&self.registry.tables, &searched).map(str::to_string) {
            if constant(&lookup.of) {
                let help = "look a key of the message up";
                self.refuse(lookup.of.origin, "a look-up of a constant has no blocks here", help);
                return;
            }
            let search = self.add(with(Kind::FunctionLookupSearch, "TABLE", uuid), slot, origin);
            let slot = self.input(search, "TEXT", false);
            self.operand(&lookup.of, slot, origin);
        } else if let Some(of) = plain.filter(|of| mac_key(of) && self.registry.vendors.as_ref() == Some(&searched)) {
            let vendor = self.add(with(Kind::MacSubscript, "INFO", "VENDOR"), slot, origin);
            let slot = self.input(vendor, "MAC", false);
            self.path(of, slot, origin);
        } else if let Some(of) = plain.filter(|_| {
            self.registry.addresses.as_ref() == Some(&searched.table)
                && Registry::ADDRESS.contains(&searched.column.as_str())
        }) {
            self.path(&format!("{of}@ip.{}", searched.column), slot, origin);
        } else {
            let message = format!("the table \"{}\" has no uuid here", searched.table);
            let help = "name it in blocksieve.toml, under [logmanager.tables], with this column";
            self.refuse(lookup.table.origin, message, help);
        }
    }
}

/// Is a key one that `mac_subscript` can be asked about?
fn mac_key(path: &str) -> bool {
    !path.ends_with("@mac") && !path.ends_with("@mac.value")
}

/// Is it known without an event?
fn constant(operand: &Operand) -> bool {
    matches!(operand.base, Base::Literal(_))
}

/// The path of an operand that is nothing more.
fn path(operand: &Operand) -> Option<&str> {
    match &operand.base {
        Base::Field(field) if operand.through.is_empty() => Some(&field.name),
        _ => None,
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
    /// The same, with what is tested on its right.
    Within,
}

/// Can it be a text?
fn text(operand: &Operand) -> bool {
    !matches!(&operand.base, Base::Literal(literal) if !matches!(literal, Literal::Text(_)))
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
        // A part of a text; where it is an item of a list, the block for texts would find nothing.
        (Operator::Contains, Args::One(find)) if !text(find) || path(&test.subject).is_some_and(message::list) => {
            Form::Within
        }
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
