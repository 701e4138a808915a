//! The log manager's value blocks: what a block gives, known as far as it can be before an event is there.
//!
//! In: value blocks. Out: constants folded as the log manager's language (much like Python) would compute them, paths of the
//! message, operands, and conditions in the tree. Where a value stands for a condition, it holds unless it is nothing, 0, false or
//! empty: `is not blank` in this dialect. Never here: statements.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::Manager;
use crate::ast::{
    Address, Args, At, Base, Cond, CondId, CondKind, FieldRef, Function, Literal, Lookup, Number, Operand, Operator,
    Test,
};
use crate::blockly::vocabulary::logmanager::Kind;
use crate::blockly::{BlockId, FieldValue};
use crate::diagnostic::Code;
use crate::dialect::Dialect;
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

/// What the log manager adds to an IP address.
const ADDRESS: &[&str] = &["city", "country_code", "country_name", "ptr", "as_number", "as_organization"];

fn text(value: &str) -> Value {
    Value::Literal(Literal::Text(value.to_string()))
}

fn number(value: i128) -> Value {
    Value::Literal(Literal::Number { value: Number::Int(value), written: value.to_string() })
}

/// The integer that a text holds, -1 where it holds none; `None` where it is too long.
fn integer(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(-1);
    }
    text.parse().ok()
}

/// Is a constant true, as a condition?
fn holds(literal: &Literal) -> bool {
    match literal {
        Literal::Text(text) => !text.is_empty(),
        Literal::Number { value, .. } => *value != Number::Int(0),
        Literal::Bool(yes) => *yes,
        Literal::Address(_) | Literal::Network { .. } | Literal::Time { .. } => true,
    }
}

/// Are two constants equal, as that system compares them? `true` is 1 there.
fn equal(a: &Literal, b: &Literal) -> bool {
    let number = |literal: &Literal| match literal {
        Literal::Number { value, .. } => Some(*value),
        Literal::Bool(yes) => Some(Number::Int(i128::from(*yes))),
        Literal::Text(_) | Literal::Address(_) | Literal::Network { .. } | Literal::Time { .. } => None,
    };
    match (a, b) {
        (Literal::Address(a), Literal::Address(b)) => a.value == b.value,
        (Literal::Text(a), Literal::Text(b)) => a == b,
        _ => number(a).is_some() && number(a) == number(b),
    }
}

/// 12 lower-case digits: the first that stand in a text.
fn mac(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).take(12).collect();
    if digits.len() == 12 { digits.to_ascii_lowercase() } else { "0".repeat(12) }
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

    /// A part of the message as an operand; the whole of it is none.
    fn path_operand(&mut self, id: BlockId, path: String) -> Option<Operand> {
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
            && ADDRESS.contains(&attribute)
        {
            return Some(looked_up(table, attribute, plain(base)));
        }
        if let (Some(vendors), Some(base)) = (&self.registry.vendors, path.strip_suffix("@mac.vendor")) {
            return Some(looked_up(&vendors.table, &vendors.column, plain(base)));
        }
        Some(plain(&path))
    }

    /// A value that is tested.
    fn operand(&mut self, id: BlockId, value: Value) -> Option<Operand> {
        match value {
            Value::Path(path) => self.path_operand(id, path),
            Value::Operand(operand) => Some(operand),
            Value::Null | Value::Literal(_) | Value::Cond(_) | Value::List(_) | Value::Networks(_) => {
                self.refuse(id, None, "this is no value of the message", "put a key of the message there");
                None
            }
        }
    }

    fn literal_operand(&self, id: BlockId, literal: Literal) -> Operand {
        Operand { base: Base::Literal(literal), through: Vec::new(), origin: self.lower.places.block(id) }
    }

    /// A block as a condition.
    pub(super) fn truth(&mut self, id: BlockId, depth: usize) -> Option<CondId> {
        let comments = self.lower.comments(id);
        let value = self.value(id, depth)?;
        let cond = self.truth_of(id, value, false)?;
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
    fn truth_of(&mut self, id: BlockId, value: Value, opposite: bool) -> Option<CondId> {
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
            Value::Literal(literal) => holds(&literal),
            Value::List(items) => !items.is_empty(),
            Value::Networks(_) => true,
        };
        Some(self.cond(CondKind::Const(constant != opposite), origin))
    }

    /// What a block gives; `None` if something in it was told.
    pub(super) fn value(&mut self, id: BlockId, depth: usize) -> Option<Value> {
        self.lower.deep(depth, id)?;
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
                let written = self.lower.text(id, "MAC", 0)?.value;
                Some(text(&mac(&written)))
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
                match self.value(child, depth + 1)? {
                    Value::Literal(Literal::Text(text)) => self.integer(child, integer(&text)),
                    Value::Literal(Literal::Number { value, .. }) => self.integer(
                        child,
                        match value {
                            Number::Int(int) => Some(int),
                            // Whatever is beyond these bounds is beyond 64 bits too.
                            Number::Float(float) if float.abs() < 1e30 => Some(float.trunc() as i128),
                            Number::Float(_) => None,
                        },
                    ),
                    Value::Null => Some(number(-1)),
                    other => self.through(child, other, Function::NumberOf),
                }
            }
            Kind::TextLength => {
                let child = self.lower.input(id, "VALUE", 0)?;
                match self.value(child, depth + 1)? {
                    Value::Literal(Literal::Text(text)) => {
                        Some(number(i128::try_from(text.chars().count()).unwrap_or(i128::MAX)))
                    }
                    Value::List(items) => Some(number(i128::try_from(items.len()).unwrap_or(i128::MAX))),
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
                match self.value(child, depth + 1)? {
                    Value::Literal(Literal::Text(value)) => Some(text(&match function {
                        Function::UpperCase => value.to_uppercase(),
                        Function::LowerCase => value.to_lowercase(),
                        _title => {
                            let mut title = String::with_capacity(value.len());
                            crate::vm::title_case(&value, &mut title);
                            title
                        }
                    })),
                    Value::Null | Value::Literal(_) => Some(Value::Null),
                    other => self.through(child, other, function),
                }
            }
            Kind::MacCreate => self.mac_create(id, depth),
            Kind::MacSubscript => {
                let child = self.lower.input(id, "MAC", 0)?;
                match self.value(child, depth + 1)? {
                    Value::Path(path) if !path.is_empty() => {
                        self.path_operand(id, format!("{path}@mac.vendor")).map(Value::Operand)
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
                let of = match self.value(child, depth + 1)? {
                    Value::Null => return Some(Value::Null),
                    value => self.operand(child, value)?,
                };
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
                    match self.value(member, depth + 1)? {
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
                let value = self.value(child, depth + 1)?;
                self.truth_of(id, value, true).map(Value::Cond)
            }
            Kind::LogicOperation => self.operation(id, depth).map(Value::Cond),
            Kind::LogicCompare => self.compare(id, depth),
            Kind::TextTestSubstring => self.substring(id, depth),
            Kind::LogicIsIn => self.is_in(id, depth),
            Kind::MessageHasTag => {
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
                Some(Value::Cond(self.cond(CondKind::Test(Box::new(test)), origin)))
            }
            // Statements, and what was refused before.
            Kind::ControlsIf
            | Kind::MessageAddTag
            | Kind::AlertSend
            | Kind::FunctionDictionariesRenameKey
            | Kind::RegexAssign => None,
        }
    }

    /// An integer constant, where it has 64 bits.
    fn integer(&mut self, id: BlockId, value: Option<i128>) -> Option<Value> {
        let within = value.filter(|value| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(value));
        if within.is_none() {
            self.refuse(id, None, "this number is beyond 64 bits", "no value of an event is: take the test out");
        }
        within.map(number)
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

    fn mac_create(&mut self, id: BlockId, depth: usize) -> Option<Value> {
        let Some(child) = self.lower.input(id, "VALUE", 0) else {
            let place = self.lower.places.part(id, "VALUE");
            let message = "a hardware address of nothing is 000000000000";
            self.lower.places.report(Code::ReadAsOther, place, message, "put a text into it");
            return Some(text(&mac("")));
        };
        match self.value(child, depth + 1)? {
            Value::Literal(Literal::Text(value)) => Some(text(&mac(&value))),
            Value::Null | Value::Literal(_) => Some(text(&mac(""))),
            Value::Path(_) | Value::Operand(_) | Value::Cond(_) | Value::List(_) | Value::Networks(_) => {
                let help = "compare the field with the text of the address, as the events have it";
                self.refuse(id, None, "a hardware address is made of constant texts only", help);
                None
            }
        }
    }

    /// A key of a dictionary.
    fn index(&mut self, id: BlockId, depth: usize) -> Option<Value> {
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
        let key = match self.value(at, depth + 1)? {
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
        match self.value(inner, depth + 1)? {
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

    /// `and`, `or`: chains of one kind are one condition.
    fn operation(&mut self, id: BlockId, depth: usize) -> Option<CondId> {
        let op = self.lower.option(id, "OP")?;
        let mut work = vec![id];
        let mut conds = Vec::new();
        let mut good = true;
        while let Some(next) = work.pop() {
            let same = self.kind(next) == Some(Kind::LogicOperation) && self.lower.option(next, "OP") == Some(op);
            if same {
                work.extend([self.lower.input(next, "B", 0)?, self.lower.input(next, "A", 0)?]);
                continue;
            }
            match self.truth(next, depth + 1) {
                Some(cond) => conds.push(cond),
                None => good = false,
            }
        }
        let origin = self.lower.places.block(id);
        let kind = if op == "AND" { CondKind::And(conds) } else { CondKind::Or(conds) };
        good.then(|| self.cond(kind, origin))
    }

    fn compare(&mut self, id: BlockId, depth: usize) -> Option<Value> {
        let (a, b) = (self.lower.input(id, "A", 0)?, self.lower.input(id, "B", 0)?);
        let (left, right) = (self.value(a, depth + 1)?, self.value(b, depth + 1)?);
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
                let place = self.lower.places.block(id);
                let message =
                    "this compares the order of nothing: the log manager's program would stop, here the test is false";
                let help = "ask with = or ≠ whether the value is there";
                self.lower.places.report(Code::OrderMayStop, place, message, help);
                drop(other);
                Some(self.constant(false, id))
            }
            (Value::Null, Value::Null) => Some(self.constant(!opposite, id)),
            (Value::Null, Value::Literal(_) | Value::List(_) | Value::Networks(_))
            | (Value::Literal(_) | Value::List(_) | Value::Networks(_), Value::Null) => {
                Some(self.constant(opposite, id))
            }
            (Value::Null, value @ (Value::Path(_) | Value::Operand(_))) => self.exists(id, b, value, opposite),
            (value @ (Value::Path(_) | Value::Operand(_)), Value::Null) => self.exists(id, a, value, opposite),
            (Value::Literal(left), Value::Literal(right)) => {
                let same = equal(&left, &right);
                let order = match (&left, &right) {
                    (Literal::Text(x), Literal::Text(y)) => Some(x.cmp(y)),
                    (Literal::Number { value: x, .. }, Literal::Number { value: y, .. }) => x.partial_cmp(y),
                    (Literal::Bool(x), Literal::Bool(y)) => Some(x.cmp(y)),
                    (Literal::Address(x), Literal::Address(y)) => Some(x.value.cmp(&y.value)),
                    _ => None,
                };
                let result = match (op.0, order) {
                    (Operator::Equals, _) => same != opposite,
                    (Operator::Less, order) => order.is_some_and(std::cmp::Ordering::is_lt),
                    (Operator::LessOrEqual, order) => order.is_some_and(std::cmp::Ordering::is_le),
                    (Operator::Greater, order) => order.is_some_and(std::cmp::Ordering::is_gt),
                    (_, order) => order.is_some_and(std::cmp::Ordering::is_ge),
                };
                Some(self.constant(result, id))
            }
            (Value::Cond(cond), Value::Literal(Literal::Bool(true)))
            | (Value::Literal(Literal::Bool(true)), Value::Cond(cond))
                if !ordering =>
            {
                Some(Value::Cond(if opposite { self.not(id, cond) } else { cond }))
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

    fn exists(&mut self, id: BlockId, value_id: BlockId, value: Value, opposite: bool) -> Option<Value> {
        let subject = self.operand(value_id, value)?;
        let test = self.test(id, subject, Operator::Exists, Args::None);
        // Equal to nothing is missing.
        Some(Value::Cond(if opposite { test } else { self.not(id, test) }))
    }

    fn substring(&mut self, id: BlockId, depth: usize) -> Option<Value> {
        let (a, b) = (self.lower.input(id, "VALUE", 0)?, self.lower.input(id, "FIND", 0)?);
        let (value, find) = (self.value(a, depth + 1)?, self.value(b, depth + 1)?);
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

    fn is_in(&mut self, id: BlockId, depth: usize) -> Option<Value> {
        let (a, b) = (self.lower.input(id, "A", 0)?, self.lower.input(id, "B", 0)?);
        let (item, place) = (self.value(a, depth + 1)?, self.value(b, depth + 1)?);
        let origin = self.lower.places.block(b);
        match (item, place) {
            (Value::Null, _) | (_, Value::Null) => Some(self.constant(false, id)),
            (Value::Literal(Literal::Text(key)), Value::Path(path)) if matches!(path.as_str(), "" | "msg" | "meta") => {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                let subject = self.path_operand(id, path)?;
                Some(Value::Cond(self.test(id, subject, Operator::Exists, Args::None)))
            }
            (Value::Literal(item), Value::List(items)) => {
                let found = items.iter().any(|have| match &have.base {
                    Base::Literal(have) => equal(&item, have),
                    _ => false,
                });
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
