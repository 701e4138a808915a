//! Equality with literals: `==` and `in`.
//!
//! In: a test with literals behind it. Out: the set of them, each in the form in which it is compared. Never here: tables of the project.

use ipnet::IpNet;

use super::operands::{args_origin, written};
use super::texts::prepared;
use super::{Checker, Facts};
use crate::ast::{self, Base, Function, HashKind, Literal};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Fold;
use crate::ir::{Check, Compare, From, Operand, Set, Through};
use crate::origin::Origin;
use crate::sysmon::FieldType;

impl Checker<'_> {
    pub(super) fn set(
        &mut self,
        test: &ast::Test,
        items: &[ast::Operand],
        fold: Fold,
        subject: &Operand,
        facts: &mut Facts,
    ) -> Option<Check> {
        if items.is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyList, args_origin(test), "the list is empty")
                    .help("a list needs a member: nothing is in an empty one"),
            );
            return None;
        }
        let mut set = Set::default();
        let guids = facts.fields.iter().any(|field| field.kind == Some(FieldType::Guid));
        for item in items {
            let Base::Literal(literal) = &item.base else {
                self.report(
                    Diagnostic::new(Code::WrongOperand, item.origin, "a list holds literals only")
                        .help("compare with a field by `==`, joined by `or`"),
                );
                continue;
            };
            if !item.through.is_empty() {
                self.report(
                    Diagnostic::new(Code::BadFunction, item.origin, "functions have no meaning on a member of a list")
                        .help("write the result itself"),
                );
                continue;
            }
            // What a function made of a hash need not look like one.
            let case =
                |through: &Through| matches!(through, Through::Function(Function::LowerCase | Function::UpperCase));
            let as_it_stands = subject.through.iter().all(case);
            if let (From::Hash(kind, _), true) = (subject.from, as_it_stands) {
                self.hash_literal(kind, literal, item.origin);
            }
            facts.equals.push(match literal {
                // By its value: 0x10 is event 16 too.
                Literal::Number { value, .. } => value.text(),
                other => written(other),
            });
            match literal {
                Literal::Text(text) => {
                    self.part_of_path(subject, text, item.origin);
                    set.fold = Some(fold);
                    set.texts.push(prepared(text, Compare { fold, any_dash: false }));
                    // The same GUID, with braces and without.
                    if let Some(other) = other_guid(text).filter(|_| guids && subject.through.is_empty()) {
                        set.texts.push(prepared(&other, Compare { fold, any_dash: false }));
                    }
                }
                Literal::Number { value, .. } => set.numbers.push(*value),
                Literal::Bool(value) => set.bools.push(*value),
                Literal::Address(address) => set.networks.push(IpNet::from(address.value.to_canonical())),
                Literal::Network { value, .. } => set.networks.push(*value),
                Literal::Time { value, .. } => set.times.push(*value),
            }
        }
        crate::order::sort(&mut set.texts);
        set.texts.dedup();
        crate::order::sort(&mut set.networks);
        set.networks.dedup();
        Some(Check::In(set))
    }

    /// `folder of` ends in a separator, and `file name of` has none.
    fn part_of_path(&mut self, subject: &Operand, text: &str, origin: Origin) {
        let separators = ['\\', '/'];
        let found = |message: &str| Diagnostic::new(Code::TypeNeverFits, origin, message);
        match subject.through.last() {
            Some(Through::Function(Function::Folder)) if !text.is_empty() && !text.ends_with(separators) => {
                let separator = if text.contains('/') && !text.contains('\\') { '/' } else { '\\' };
                self.report(
                    found(
                        "`folder of` gives a text that ends in its last separator, and this ends in none: never equal",
                    )
                    .help(format!("write '{text}{separator}'"))
                    .fix(origin, format!("'{text}{separator}'")),
                );
            }
            Some(Through::Function(Function::FileName)) if text.contains(separators) => {
                self.report(
                    found("`file name of` gives what follows the last separator, and this has one: never equal")
                        .help("leave `file name of` out, or the folder"),
                );
            }
            Some(_) | None => {}
        }
    }

    fn hash_literal(&mut self, kind: HashKind, literal: &Literal, origin: Origin) {
        if !matches!(literal, Literal::Text(text) if is_hash(kind, text)) {
            self.report(
                Diagnostic::new(Code::BadHash, origin, format!("this is not a {} hash", kind.word())).help(format!(
                    "{} has {} hexadecimal digits, in quotes",
                    kind.word(),
                    kind.digits()
                )),
            );
        }
    }
}

/// Has it the digits of such a hash?
pub(super) fn is_hash(kind: HashKind, text: &str) -> bool {
    text.len() == kind.digits() && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A GUID's other spelling: without braces where it has them, with them where it has none.
pub(super) fn other_guid(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let bytes = inner.unwrap_or(text).as_bytes();
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let guid = bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| if dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() });
    guid.then(|| inner.map_or_else(|| format!("{{{text}}}"), String::from))
}
