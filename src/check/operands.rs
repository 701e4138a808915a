//! Small questions about operands and literals as they were written.
//!
//! In: parts of the tree. Out: what they are, and where. Never here: findings.

use crate::ast::{self, Args, Base, Function, Literal};
use crate::ir::Through;
use crate::origin::Origin;

/// Is the value behind it the same but for case or spelling?
pub(super) fn keeps_value(through: &Through) -> bool {
    match through {
        Through::Function(Function::LowerCase | Function::UpperCase | Function::TitleCase | Function::NumberOf) => true,
        Through::Function(
            Function::LengthOf
            | Function::FileName
            | Function::Folder
            | Function::Year
            | Function::Month
            | Function::Day
            | Function::Week
            | Function::Weekday
            | Function::Hour
            | Function::Minute
            | Function::Base64
            | Function::Base64Wide,
        )
        | Through::Lookup(_) => false,
    }
}

pub(super) fn is_field(operand: &ast::Operand) -> bool {
    !matches!(operand.base, Base::Literal(_))
}
/// As a person would write it.
pub(super) fn written(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => text.clone(),
        Literal::Number { written, .. } | Literal::Network { written, .. } | Literal::Time { written, .. } => {
            written.clone()
        }
        Literal::Bool(value) => value.to_string(),
        Literal::Address(address) => address.written.clone(),
    }
}

/// The place of what stands behind the operator.
pub(super) fn args_origin(test: &ast::Test) -> Origin {
    match &test.args {
        Args::One(operand) => operand.origin,
        Args::Many { origin, .. } => *origin,
        Args::Table { name, .. } => name.origin,
        Args::Events(names) => names.first().map_or(test.op.origin, |name| name.origin),
        Args::Tags { tags, .. } => tags.first().map_or(test.op.origin, |tag| tag.origin),
        Args::Rule(name) | Args::Remembered { name, .. } => name.origin,
        Args::None | Args::Class(_) => test.op.origin,
    }
}

/// The fields that `any processguid` stands for.
pub(crate) const PROCESS_GUIDS: [&str; 4] =
    ["ProcessGuid", "ParentProcessGuid", "SourceProcessGuid", "TargetProcessGuid"];

/// The words of an operand that stands for many fields.
pub(super) fn any_of(operand: &ast::Operand) -> Option<&'static str> {
    match operand.base {
        Base::AnyField => Some("any field"),
        Base::AnyProcessGuid => Some("any processguid"),
        Base::Field(_) | Base::Hash(_) | Base::Lookup(_) | Base::Literal(_) | Base::Event => None,
    }
}
