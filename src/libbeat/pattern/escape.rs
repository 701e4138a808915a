//! What a backslash begins.
//!
//! In: the parser at a backslash. Out: a character, or a set of characters as it stands between the brackets of a class. Never here: `\A \b \B \z \Q`,
//! which are no characters and mean nothing in a class.

use super::Fault;
use super::class;
use super::parse::Parser;

/// What was found.
pub(super) enum Escape {
    /// A character.
    Char(char),
    /// The inside of a class, and whether it is negated.
    Set(String, bool),
    /// A set without a member.
    Nothing,
}

/// Categories that Go knows under these names; those of one letter too.
const CATEGORIES: &str =
    "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs";

pub(super) fn escape(parser: &mut Parser<'_>) -> Result<Escape, Fault> {
    match parser.text.as_bytes().get(parser.at + 1) {
        Some(letter @ (b'd' | b'D' | b's' | b'S' | b'w' | b'W')) => {
            parser.at += 2;
            let inside = match letter.to_ascii_lowercase() {
                b'd' => "0-9",
                b's' => r"\t\n\f\r ",
                _ => "0-9A-Za-z_",
            };
            Ok(Escape::Set(inside.to_string(), letter.is_ascii_uppercase()))
        }
        Some(b'p' | b'P') => property(parser),
        _ => character(parser).map(Escape::Char),
    }
}

/// `\p{Greek}`, `\pL`, `\P{^Greek}`: names exactly as Go has them.
fn property(parser: &mut Parser<'_>) -> Result<Escape, Fault> {
    let from = parser.at;
    let mut negated = parser.text.as_bytes().get(from + 1) == Some(&b'P');
    parser.at += 2;
    let name = match parser.bump() {
        None => return Err(Fault::bad(from, "the name of a property is missing")),
        Some('{') => {
            let Some((name, _)) = parser.rest().split_once('}') else {
                return Err(Fault::bad(from, "the name of this property has no `}` behind it"));
            };
            parser.at += name.len() + 1;
            name
        }
        Some(letter) => parser.text.get(parser.at - letter.len_utf8()..parser.at).unwrap_or_default(),
    };
    let plain = match name.strip_prefix('^') {
        Some(rest) => {
            negated = !negated;
            rest
        }
        None => name,
    };
    let inside = match plain {
        "Any" => class::ALL.to_string(),
        // The crate counts characters that are not assigned as `C`; Go does not.
        "C" => r"\p{Cc}\p{Cf}\p{Co}".to_string(),
        // No text has surrogates.
        "Cs" if negated => return Ok(Escape::Set(class::ALL.to_string(), false)),
        "Cs" => return Ok(Escape::Nothing),
        _ if CATEGORIES.split(' ').any(|known| known == plain) => format!(r"\p{{gc={plain}}}"),
        _ if class::is_script(plain) => format!(r"\p{{sc={plain}}}"),
        _ => {
            return Err(Fault::bad(
                from,
                format!(
                    "Go does not know the property `{name}`; it knows short names of categories and names of scripts, such as Lu or Greek"
                ),
            ));
        }
    };
    Ok(Escape::Set(inside, negated))
}

/// One character.
pub(super) fn character(parser: &mut Parser<'_>) -> Result<char, Fault> {
    let from = parser.at;
    parser.at += 1;
    let unknown = |parser: &Parser<'_>| {
        let written = parser.text.get(from..parser.at).unwrap_or("\\");
        Fault::bad(from, format!("Go does not know the escape `{written}`"))
    };
    let Some(c) = parser.bump() else {
        return Err(Fault::bad(from, "a backslash at the end escapes nothing"));
    };
    Ok(match c {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0'..='7' => {
            let next_is_octal = parser.peek().is_some_and(|c| c.is_digit(8));
            if c != '0' && !next_is_octal {
                return Err(Fault::bad(from, "Go knows no back-references: no linear engine does"));
            }
            let mut value = c.to_digit(8).unwrap_or_default();
            for _ in 0..2 {
                let Some(digit) = parser.peek().and_then(|c| c.to_digit(8)) else { break };
                value = value * 8 + digit;
                parser.at += 1;
            }
            char::from_u32(value).ok_or_else(|| unknown(parser))?
        }
        'x' => {
            let value = match parser.bump() {
                Some('{') => {
                    let mut value = None;
                    loop {
                        match parser.bump() {
                            Some('}') => break value,
                            Some(c) => match c.to_digit(16) {
                                Some(digit) => {
                                    value = Some(value.unwrap_or(0u32).saturating_mul(16).saturating_add(digit))
                                }
                                None => break None,
                            },
                            None => break None,
                        }
                    }
                }
                Some(first) => {
                    let second = parser.bump().and_then(|c| c.to_digit(16));
                    first.to_digit(16).zip(second).map(|(first, second)| first * 16 + second)
                }
                None => None,
            };
            let surrogate = value.is_some_and(|value| (0xd800..0xe000).contains(&value));
            if surrogate {
                return Err(Fault::too_large(from, "half of a surrogate pair is in no text"));
            }
            value.and_then(char::from_u32).ok_or_else(|| unknown(parser))?
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
        _ => return Err(unknown(parser)),
    })
}
