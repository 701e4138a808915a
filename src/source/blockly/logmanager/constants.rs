//! Constants, as the log manager's language computes with them.
//!
//! In: literals. Out: what the blocks make of them before any event is there: much as Python would. Never here: blocks.

use std::cmp::Ordering;

use crate::ast::{Function, Literal, Number};

/// A whole number.
pub(super) fn number(value: i128) -> Literal {
    Literal::Number { value: Number::Int(value), written: value.to_string() }
}

/// How many.
pub(super) fn size(value: usize) -> Literal {
    number(i128::try_from(value).unwrap_or(i128::MAX))
}

/// Is a constant true, as a condition?
pub(super) fn holds(literal: &Literal) -> bool {
    match literal {
        Literal::Text(text) => !text.is_empty(),
        Literal::Number { value, .. } => *value != Number::Int(0),
        Literal::Bool(yes) => *yes,
        Literal::Address(_) | Literal::Network { .. } | Literal::Time { .. } => true,
    }
}

/// The order of two constants; `None` where the language knows none, and they are then unequal. A boolean is 1 or 0.
pub(super) fn order(left: &Literal, right: &Literal) -> Option<Ordering> {
    let number = |literal: &Literal| match literal {
        Literal::Number { value, .. } => Some(*value),
        Literal::Bool(yes) => Some(Number::Int(i128::from(*yes))),
        Literal::Text(_) | Literal::Address(_) | Literal::Network { .. } | Literal::Time { .. } => None,
    };
    match (left, right) {
        (Literal::Text(left), Literal::Text(right)) => Some(left.cmp(right)),
        (Literal::Address(left), Literal::Address(right)) => Some(left.value.cmp(&right.value)),
        (left, right) => number(left)?.partial_cmp(&number(right)?),
    }
}

/// "Create number with": a whole number, -1 if none can be made; `None` beyond 64 bits.
pub(super) fn number_of(literal: &Literal) -> Option<Literal> {
    let whole = match literal {
        Literal::Text(text) => {
            let text = text.trim();
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) { -1 } else { text.parse().ok()? }
        }
        Literal::Number { value: Number::Int(int), .. } => *int,
        // Saturates, and is then beyond 64 bits.
        Literal::Number { value: Number::Float(float), .. } => float.trunc() as i128,
        Literal::Bool(yes) => i128::from(*yes),
        Literal::Address(_) | Literal::Network { .. } | Literal::Time { .. } => -1,
    };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&whole).then(|| number(whole))
}

/// A text in another case.
pub(super) fn case(text: &str, function: Function) -> String {
    match function {
        Function::UpperCase => text.to_uppercase(),
        Function::LowerCase => text.to_lowercase(),
        _title => {
            let mut title = String::with_capacity(text.len());
            crate::vm::title_case(text, &mut title);
            title
        }
    }
}

/// 12 lower-case digits: the first that stand in a text.
pub(super) fn hardware(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).take(12).collect();
    (digits.len() == 12).then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Literal {
        Literal::parse_unquoted(text).unwrap_or_else(|| Literal::Text(text.to_string()))
    }

    #[test]
    fn a_number_is_made_as_python_makes_one() {
        let made = |text: &str| number_of(&Literal::Text(text.to_string())).map(|made| format!("{made:?}"));
        for (text, whole) in [("42", 42), (" +7\n", 7), ("-3", -3), ("4.0", -1), ("x", -1), ("", -1), ("0x10", -1)] {
            assert_eq!(made(text), Some(format!("{:?}", number(whole))), "{text}");
        }
        assert_eq!(number_of(&literal("2.9")), Some(number(2)));
        assert_eq!(number_of(&literal("true")), Some(number(1)));
        // Within 64 bits here; the log manager's go on.
        assert_eq!(made("18446744073709551615").as_deref(), Some(&*format!("{:?}", number(u64::MAX.into()))));
        assert_eq!(made("18446744073709551616"), None);
        assert_eq!(made(&"9".repeat(60)), None);
        assert_eq!(number_of(&literal("1e300")), None);
    }

    #[test]
    fn values_of_two_kinds_have_no_order_but_booleans_count() {
        let order = |left: &str, right: &str| order(&literal(left), &literal(right));
        assert_eq!(order("5", "5.0"), Some(Ordering::Equal));
        assert_eq!(order("true", "1"), Some(Ordering::Equal));
        assert_eq!(order("Z", "a"), Some(Ordering::Less));
        assert_eq!(order("::1", "0:0::1"), Some(Ordering::Equal));
        assert_eq!(order("5", "x"), None);
        assert_eq!(order("10.0.0.1", "x"), None);
    }

    #[test]
    fn what_stands_between_the_digits_of_a_hardware_address_does_not_count() {
        assert_eq!(hardware("00.1b.21-AA/bb/cc zz").as_deref(), Some("001b21aabbcc"));
        assert_eq!(hardware("00:1b"), None);
    }
}
