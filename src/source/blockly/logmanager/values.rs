//! The log manager's value blocks: what a block gives, known as far as it can be before an event is there.
//!
//! In: value blocks. Out: constants folded as the log manager's language (much like Python) would compute them, paths of the
//! message, operands; conditions are made beside this. Never here: statements.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::super::conditions::Within;
use super::{Manager, constants};
use crate::ast::{Address, At, Base, CondId, FieldRef, Function, Literal, Lookup, Operand};
use crate::blockly::vocabulary::logmanager::Kind;
use crate::blockly::{BlockId, FieldValue, Registry};
use crate::diagnostic::Code;
use crate::limits;
use crate::origin::Origin;
use crate::source::text::shorten;

/// What a block gives.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// A constant.
    Literal(Literal),
    /// A part of the message: `msg`, `msg.action`, `meta.src.host`; empty for the whole of it.
    Path(String),
    /// A part of the message seen through functions, or what a table says of it.
    Operand(Operand),
    /// A condition.
    Cond(CondId),
    /// A list.
    List(Vec<Operand>),
    /// A prefix list.
    Networks(Vec<Operand>),
}

/// How deep a block stands: as text would count it, which bounds conditions, and inside one test, which bounds its values.
#[derive(Clone, Copy)]
pub(super) struct Depth {
    /// In conditions, as text counts them.
    pub nested: usize,
    /// In values, within one condition.
    pub inside: usize,
    /// What the condition stands in.
    pub within: Within,
}

impl Depth {
    /// The condition of an `if`, or the key of a statement, at this depth.
    pub fn at(nested: usize) -> Self {
        Self { nested, inside: 0, within: Within::Alone }
    }

    /// A value that a block works on. Where it is a condition, text would put it into parentheses.
    pub fn inside(self) -> Self {
        Self { inside: self.inside + 1, within: Within::Not, ..self }
    }
}

/// What the log manager makes of a hardware address that is none.
const NO_MAC: &str = "000000000000";

fn text(value: &str) -> Value {
    Value::Literal(Literal::Text(value.to_string()))
}

impl Manager<'_> {
    /// A part of the message as an operand; the whole of it is none.
    pub(super) fn path_operand(&mut self, id: BlockId, path: String) -> Option<Operand> {
        let origin = self.lower.places.block(id);
        if path.is_empty() {
            self.refuse(id, None, "the whole message is no value that can be tested", "test one of its keys");
            return None;
        }
        let plain = |name: &str| {
            let field = FieldRef { name: name.to_string(), origin };
            Operand { base: Base::Field(field), through: Vec::new(), origin }
        };
        let looked_up = |table: &str, column: &str, of: Operand| {
            let lookup = Lookup { table: At::new(table.into(), origin), column: At::new(column.into(), origin), of };
            Operand { base: Base::Lookup(Box::new(lookup)), through: Vec::new(), origin }
        };
        // What the log manager knows of an address, where the project has a table of it.
        if let (Some(table), Some((base, attribute))) = (&self.registry.addresses, path.rsplit_once("@ip."))
            && Registry::ADDRESS.contains(&attribute)
        {
            return Some(looked_up(table, attribute, plain(base)));
        }
        if let (Some(vendors), Some(base)) = (&self.registry.vendors, path.strip_suffix("@mac.vendor")) {
            return Some(looked_up(&vendors.table, &vendors.column, plain(base)));
        }
        Some(plain(&path))
    }

    /// A value that is tested.
    pub(super) fn operand(&mut self, id: BlockId, value: Value) -> Option<Operand> {
        match value {
            Value::Path(path) => self.path_operand(id, path),
            Value::Operand(operand) => Some(operand),
            Value::Null | Value::Literal(_) | Value::Cond(_) | Value::List(_) | Value::Networks(_) => {
                self.refuse(id, None, "this is no value of the message", "put a key of the message there");
                None
            }
        }
    }

    pub(super) fn literal_operand(&self, id: BlockId, literal: Literal) -> Operand {
        Operand { base: Base::Literal(literal), through: Vec::new(), origin: self.lower.places.block(id) }
    }

    /// What a block gives; `None` if something in it was told.
    pub(super) fn value(&mut self, id: BlockId, depth: Depth) -> Option<Value> {
        self.lower.deep(depth.nested.max(depth.inside), id)?;
        self.comments.append(&mut self.lower.comments(id));
        let kind = self.kind(id)?;
        match kind {
            Kind::LogicNull => Some(Value::Null),
            Kind::LogicBoolean => Some(Value::Literal(Literal::Bool(self.lower.option(id, "BOOL")? == "TRUE"))),
            Kind::Text => Some(Value::Literal(Literal::Text(self.lower.text(id, "TEXT", 0)?.value))),
            Kind::MathFloat | Kind::MathNumber => {
                let written = self.lower.text(id, "NUM", 0)?.value;
                Literal::parse_unquoted(&written).map(Value::Literal)
            }
            Kind::Ip => self.address(id),
            Kind::Mac => {
                let written = self.lower.text(id, "MAC", 0)?;
                Some(self.hardware(&written.value, written.origin))
            }
            Kind::VariablesGet => match self.variable(id).as_deref() {
                Some("msg") => Some(Value::Path("msg".to_string())),
                name => {
                    let message =
                        format!("nothing sets the variable `{}`, so it holds nothing", shorten(name.unwrap_or("")));
                    let place = self.lower.places.part(id, "VAR");
                    let help = "test a key of the message instead, or take the test out";
                    self.lower.places.report(Code::NeverSet, place, message, help);
                    Some(Value::Null)
                }
            },
            Kind::Message => Some(Value::Path(match self.lower.option(id, "OBJECT")? {
                "event" => String::new(),
                object => object.to_string(),
            })),
            Kind::DictionariesGetIndex => self.index(id, depth),
            Kind::MathNumberCreate => {
                let child = self.lower.input(id, "VALUE", 0)?;
                match self.value(child, depth.inside())? {
                    Value::Literal(literal) => match constants::number_of(&literal) {
                        Some(number) => Some(Value::Literal(number)),
                        None => {
                            let place = self.lower.places.block(child);
                            let message = "this number is beyond 64 bits";
                            let help = "whole numbers go from -2^63 to 2^64-1";
                            self.lower.places.report(Code::NumberTooLarge, place, message, help);
                            None
                        }
                    },
                    Value::Null => Some(Value::Literal(constants::number(-1))),
                    other => self.through(child, other, Function::NumberOf),
                }
            }
            Kind::TextLength => {
                let child = self.lower.input(id, "VALUE", 0)?;
                match self.value(child, depth.inside())? {
                    Value::Literal(Literal::Text(text)) => Some(Value::Literal(constants::size(text.chars().count()))),
                    Value::List(items) => Some(Value::Literal(constants::size(items.len()))),
                    Value::Null | Value::Literal(_) => Some(Value::Null),
                    other => self.through(child, other, Function::LengthOf),
                }
            }
            Kind::TextChangeCase => {
                let function = match self.lower.option(id, "CASE")? {
                    "UPPERCASE" => Function::UpperCase,
                    "LOWERCASE" => Function::LowerCase,
                    _titlecase => Function::TitleCase,
                };
                let child = self.lower.input(id, "TEXT", 0)?;
                match self.value(child, depth.inside())? {
                    Value::Literal(Literal::Text(value)) => Some(text(&constants::case(&value, function))),
                    Value::Null | Value::Literal(_) => Some(Value::Null),
                    other => self.through(child, other, function),
                }
            }
            Kind::MacCreate => self.mac_create(id, depth),
            Kind::MacSubscript => {
                let child = self.lower.input(id, "MAC", 0)?;
                match self.value(child, depth.inside())? {
                    Value::Path(path) if !path.is_empty() => {
                        // The address itself, or the dictionary that stands for it.
                        let plain = path.strip_suffix(".value").unwrap_or(&path);
                        let plain = plain.strip_suffix("@mac").unwrap_or(&path);
                        self.path_operand(id, format!("{plain}@mac.vendor")).map(Value::Operand)
                    }
                    Value::Literal(_) | Value::Null => {
                        let place = self.lower.places.block(id);
                        self.lower.places.report(
                            Code::ReadAsOther,
                            place,
                            "the vendor of a hardware address is not known here, so this is nothing",
                            "ask for the vendor of a key of the message, and name a table under [logmanager] vendors",
                        );
                        Some(Value::Null)
                    }
                    Value::Path(_) | Value::Operand(_) | Value::Cond(_) | Value::List(_) | Value::Networks(_) => {
                        self.refuse(child, None, "this is no hardware address", "put a key of the message there");
                        None
                    }
                }
            }
            Kind::FunctionLookupSearch => {
                let column = self.named(id, "TABLE", "lookup table", "tables", |registry| &registry.tables)?;
                let child = self.lower.input(id, "TEXT", 0)?;
                let of = match self.value(child, depth.inside())? {
                    Value::Null => return Some(Value::Null),
                    value => self.operand(child, value)?,
                };
                if let Base::Lookup(_) = of.base {
                    let help = "look a key of the message up, or make one table of both";
                    self.refuse(child, None, "a look-up cannot stand inside another", help);
                    return None;
                }
                let origin = self.lower.places.block(id);
                let table = At::new(column.value.table, column.origin);
                let column = At::new(column.value.column, column.origin);
                let base = Base::Lookup(Box::new(Lookup { table, column, of }));
                Some(Value::Operand(Operand { base, through: Vec::new(), origin }))
            }
            Kind::ListsCreateEmpty => Some(Value::List(Vec::new())),
            Kind::ListsCreateWith => {
                let mut items = Vec::new();
                for member in self.lower.members(id, "ADD") {
                    match self.value(member, depth.inside())? {
                        Value::Literal(literal) => items.push(self.literal_operand(member, literal)),
                        Value::Null
                        | Value::Path(_)
                        | Value::Operand(_)
                        | Value::Cond(_)
                        | Value::List(_)
                        | Value::Networks(_) => {
                            let help = "compare with each of them, joined by or";
                            self.refuse(member, None, "a list holds texts, numbers and addresses only", help);
                            return None;
                        }
                    }
                }
                Some(Value::List(items))
            }
            Kind::IpPrefixList => {
                let list =
                    self.named(id, "IP_PREFIX_LIST", "prefix list", "prefix-lists", |registry| &registry.prefix_lists)?;
                let network =
                    |(value, written): (IpNet, String)| self.literal_operand(id, Literal::Network { value, written });
                Some(Value::Networks(list.value.into_iter().map(network).collect()))
            }
            Kind::LogicNegate => {
                let child = self.lower.input(id, "BOOL", 0)?;
                let depth = Depth { nested: depth.nested + 1, within: Within::Not, ..depth };
                let value = self.value(child, depth)?;
                self.truth_of(id, value, true).map(Value::Cond)
            }
            Kind::LogicOperation => self.operation(id, depth).map(Value::Cond),
            Kind::LogicCompare => self.compare(id, depth),
            Kind::TextTestSubstring => self.substring(id, depth),
            Kind::LogicIsIn => self.is_in(id, depth),
            Kind::MessageHasTag => self.has_tag(id).map(Value::Cond),
            // Statements, and what was refused before.
            Kind::ControlsIf
            | Kind::MessageAddTag
            | Kind::AlertSend
            | Kind::FunctionDictionariesRenameKey
            | Kind::RegexAssign => None,
        }
    }

    /// The name of a variable.
    pub(super) fn variable(&self, id: BlockId) -> Option<String> {
        let field = self.lower.block(id).fields.iter().find(|field| field.name == "VAR")?;
        match &field.value {
            FieldValue::Text(name) => Some(name.clone()),
            FieldValue::Variable { id, name, .. } => {
                let known = self.lower.workspace.variables.iter().find(|variable| variable.id == *id);
                known.map(|variable| variable.name.clone()).or_else(|| name.clone())
            }
            FieldValue::Number(_) | FieldValue::Bool(_) | FieldValue::Other(_) => None,
        }
    }

    fn address(&mut self, id: BlockId) -> Option<Value> {
        let written = self.lower.text(id, "IP", 0)?;
        let address = match written.value.parse::<IpAddr>() {
            Ok(value) => Address { value, written: written.value },
            Err(_) => {
                let message = format!("`{}` is no address, and is read as 0.0.0.0", shorten(&written.value));
                self.lower.places.report(Code::ReadAsOther, written.origin, message, "write it as 10.0.0.1 or fe80::1");
                Address { value: IpAddr::V4(Ipv4Addr::UNSPECIFIED), written: "0.0.0.0".to_string() }
            }
        };
        Some(Value::Literal(Literal::Address(address)))
    }

    /// A hardware address that was written, in its normal form; what is none is told.
    fn hardware(&mut self, written: &str, place: Origin) -> Value {
        match constants::hardware(written) {
            Some(address) => text(&address),
            None => {
                let message = format!("`{}` holds no hardware address, and is read as {NO_MAC}", shorten(written));
                self.lower.places.report(Code::ReadAsOther, place, message, "write it as 02:00:5e:10:20:30");
                text(NO_MAC)
            }
        }
    }

    fn mac_create(&mut self, id: BlockId, depth: Depth) -> Option<Value> {
        let place = self.lower.places.part(id, "VALUE");
        let value = match self.lower.input(id, "VALUE", 0) {
            Some(child) => self.value(child, depth.inside())?,
            None => Value::Null,
        };
        match value {
            Value::Literal(Literal::Text(value)) => Some(self.hardware(&value, place)),
            Value::Null | Value::Literal(_) => {
                let message = format!("a hardware address of nothing is {NO_MAC}");
                self.lower.places.report(Code::ReadAsOther, place, message, "put a text into it");
                Some(text(NO_MAC))
            }
            Value::Path(_) | Value::Operand(_) | Value::Cond(_) | Value::List(_) | Value::Networks(_) => {
                let help = "compare the field with the text of the address, as the events have it";
                self.refuse(id, None, "a hardware address is made of constant texts only", help);
                None
            }
        }
    }

    /// A key of a dictionary.
    fn index(&mut self, id: BlockId, depth: Depth) -> Option<Value> {
        let extra = self.lower.block(id).extra.as_ref();
        let statement = extra.is_some_and(|extra| {
            extra
                .values
                .iter()
                .any(|(name, value)| name == "statement" && super::super::shape::flag(value) == Some(true))
        });
        if statement {
            let help = "write the rule as text, where `remove field` removes one";
            self.refuse(id, None, "a dictionary key that is removed has no published form", help);
            return None;
        }
        let (inner, at) = (self.lower.input(id, "VALUE", 0)?, self.lower.input(id, "AT", 0)?);
        let key = match self.value(at, depth.inside())? {
            Value::Literal(Literal::Text(key)) if !key.is_empty() => key,
            Value::Null
            | Value::Literal(_)
            | Value::Path(_)
            | Value::Operand(_)
            | Value::Cond(_)
            | Value::List(_)
            | Value::Networks(_) => {
                self.refuse(at, None, "a key that is no constant text cannot be looked up", "put a text there");
                return None;
            }
        };
        match self.value(inner, depth.inside())? {
            Value::Path(path) if path.is_empty() => Some(Value::Path(key)),
            Value::Path(path) => Some(Value::Path(format!("{path}.{key}"))),
            Value::Null => Some(Value::Null),
            Value::Literal(_) | Value::Operand(_) | Value::Cond(_) | Value::List(_) | Value::Networks(_) => {
                let help = "begin with `message`; an address of the message has its parts as @ip.city and the like";
                self.refuse(inner, None, "only the message has keys here", help);
                None
            }
        }
    }

    /// A value seen through a function.
    fn through(&mut self, id: BlockId, value: Value, function: Function) -> Option<Value> {
        let mut operand = self.operand(id, value)?;
        operand.through.push(function);
        if operand.through.len() > limits::FUNCTIONS {
            let place = self.lower.places.block(id);
            let message = format!("more than {} functions are applied to one value", limits::FUNCTIONS);
            self.lower.places.report(Code::TooDeep, place, message, "leave out those that change nothing");
            return None;
        }
        Some(Value::Operand(operand))
    }
}
