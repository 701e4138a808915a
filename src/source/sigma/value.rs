//! Values of Sigma: texts with wildcards, numbers, truth values, null.
//!
//! In: a scalar of YAML. Out: a [`Value`]; a text is taken apart once, into [`Part`]s. Never here: what a modifier makes of it.
//!
//! | in a text | what it is |
//! | --- | --- |
//! | `*`, `?` | any characters, one character |
//! | `\*`, `\?`, `\\` | the character behind the backslash |
//! | a backslash before anything else, or at the end | itself |
//! | `%name%` | a placeholder, where the modifier `expand` says so; otherwise itself |
//!
//! What is a number is said by YAML 1.1, as other readers of Sigma have it, and not by go-yaml: `00000429`, `1e5` and `0o17` are texts, and so
//! are `y` and `n`.

use crate::ast::Number;
use crate::yaml::{Resolved, Scalar, Style};

/// One value of a detection.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text, taken apart.
    Text(Pattern),
    /// A number, with its characters.
    Number {
        /// Its value.
        value: Number,
        /// As written.
        written: String,
    },
    /// `true`, `false` and what YAML takes for them, with its characters.
    Bool {
        /// Its value.
        value: bool,
        /// As written.
        written: String,
    },
    /// `null`, or nothing.
    Null,
}

impl Value {
    /// What a scalar stands for. `as_written`: it is a regular expression or the like, in which nothing is special to Sigma.
    pub fn of(scalar: &Scalar, as_written: bool) -> Value {
        let written = || scalar.text.to_string();
        let text = |text: &str| Value::Text(if as_written { Pattern::plain(text) } else { Pattern::parse(text) });
        // A tag says what is meant.
        let plain = scalar.style == Style::Plain && scalar.tag.is_none();
        match scalar.resolve() {
            Resolved::Bool(_) if plain && scalar.text.len() == 1 => text(&scalar.text),
            Resolved::Int(_) | Resolved::Float(_) if plain && !is_number(&scalar.text) => text(&scalar.text),
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => Value::Bool { value, written: written() },
            Resolved::Int(value) => Value::Number { value: Number::Int(value), written: written() },
            Resolved::Float(value) if value.is_finite() => {
                Value::Number { value: Number::Float(value), written: written() }
            }
            // No event holds an infinite number; the characters may stand there.
            Resolved::Float(_) => text(&scalar.text),
            Resolved::Timestamp(found) | Resolved::Text(found) => text(found),
        }
    }

    /// What it counts for against limits: one value, and more where it is long.
    pub(super) fn weight(&self) -> usize {
        match self {
            Value::Text(pattern) => pattern.parts.iter().map(Part::weight).sum::<usize>().max(1),
            Value::Number { .. } | Value::Bool { .. } | Value::Null => 1,
        }
    }

    /// For messages: `a text`, `a number`, ...
    pub fn is(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Number { .. } => "a number",
            Value::Bool { .. } => "a truth value",
            Value::Null => "null",
        }
    }

    /// The text that operators on texts look for: numbers and truth values have one too.
    pub fn as_pattern(&self) -> Option<Pattern> {
        match self {
            Value::Text(pattern) => Some(pattern.clone()),
            Value::Number { written, .. } | Value::Bool { written, .. } => Some(Pattern::plain(written)),
            Value::Null => None,
        }
    }
}

/// Does YAML 1.1 see a number in these characters?
fn is_number(text: &str) -> bool {
    let all = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| byte == b'_' || is(&byte));
    let decimal = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && all(text, u8::is_ascii_digit);
    let octal = |byte: &u8| matches!(byte, b'0'..=b'7');
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some((whole, fraction)) = bare.split_once('.') {
        let (fraction, exponent) = match fraction.split_once(['e', 'E']) {
            Some((fraction, exponent)) => (fraction, exponent.strip_prefix(['-', '+'])),
            None => (fraction, Some("0")),
        };
        let exponent = exponent.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
        let digits = match whole.is_empty() {
            true => bare.len() == text.len() && decimal(fraction),
            false => decimal(whole) && (fraction.is_empty() || all(fraction, u8::is_ascii_digit)),
        };
        return exponent && digits;
    }
    match bare.strip_prefix('0') {
        Some("") => true,
        Some(rest) => {
            let bits = rest.strip_prefix('b').is_some_and(|bits| all(bits, |byte| matches!(byte, b'0' | b'1')));
            let hex = rest.strip_prefix('x').is_some_and(|digits| all(digits, u8::is_ascii_hexdigit));
            bits || hex || all(rest, octal)
        }
        None => decimal(bare),
    }
}

/// A text, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Its parts; two texts never stand side by side, and none is empty.
    pub parts: Vec<Part>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These characters.
    Text(String),
    /// `*`: any number of any characters.
    Any,
    /// `?`: one character.
    One,
}

impl Part {
    fn weight(&self) -> usize {
        match self {
            Part::Text(text) => super::read::weight(text),
            Part::Any | Part::One => 1,
        }
    }
}

impl Pattern {
    /// Takes a text apart by Sigma's rules.
    pub fn parse(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some('*' | '?' | '\\')) => plain.extend(chars.next()),
                ('*', _) => pattern.special(&mut plain, Part::Any),
                ('?', _) => pattern.special(&mut plain, Part::One),
                (c, _) => plain.push(c),
            }
        }
        pattern.text(plain);
        pattern
    }

    /// These characters and nothing special.
    pub fn plain(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        pattern.text(text.to_string());
        pattern
    }

    fn special(&mut self, plain: &mut String, part: Part) {
        self.text(std::mem::take(plain));
        self.parts.push(part);
    }

    /// Adds characters at the end.
    pub fn text(&mut self, text: String) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(before)) => before.push_str(&text),
            Some(Part::Any | Part::One) | None => self.parts.push(Part::Text(text)),
        }
    }

    /// Its characters, if nothing in it is special.
    pub fn as_plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Behind and before it may stand anything, as `contains` asks.
    #[must_use]
    pub fn surrounded(mut self, before: bool, behind: bool) -> Pattern {
        if before && self.parts.first() != Some(&Part::Any) {
            self.parts.insert(0, Part::Any);
        }
        if behind && self.parts.last() != Some(&Part::Any) {
            self.parts.push(Part::Any);
        }
        self
    }

    /// As the language of rules writes it behind `like`.
    pub fn like(&self) -> String {
        let mut written = String::new();
        for part in &self.parts {
            match part {
                Part::Any => written.push('*'),
                Part::One => written.push('?'),
                // Every backslash is doubled: what follows it then never matters.
                Part::Text(text) => {
                    for c in text.chars() {
                        if matches!(c, '*' | '?' | '\\') {
                            written.push('\\');
                        }
                        written.push(c);
                    }
                }
            }
        }
        written
    }

    /// As Sigma writes it: a backslash is doubled only where it would stand for something else.
    pub fn written(&self) -> String {
        let mut marks: Vec<(char, bool)> = Vec::new();
        for part in &self.parts {
            match part {
                Part::Any => marks.push(('*', true)),
                Part::One => marks.push(('?', true)),
                Part::Text(text) => marks.extend(text.chars().map(|c| (c, false))),
            }
        }
        let mut written = String::new();
        for (at, (c, special)) in marks.iter().enumerate() {
            let before_special = || marks.get(at + 1).is_some_and(|(next, _)| matches!(next, '*' | '?' | '\\'));
            if !special && (matches!(c, '*' | '?') || *c == '\\' && before_special()) {
                written.push('\\');
            }
            written.push(*c);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> String {
        let mut shown = String::new();
        for part in Pattern::parse(text).parts {
            match part {
                Part::Text(text) => shown.push_str(&format!("[{text}]")),
                Part::Any => shown.push('*'),
                Part::One => shown.push('?'),
            }
        }
        shown
    }

    #[test]
    fn a_backslash_escapes_wildcards_and_itself_and_nothing_else() {
        assert_eq!(parts(r"C:\Windows\cmd.exe"), r"[C:\Windows\cmd.exe]");
        assert_eq!(parts(r"\\\\server\share"), r"[\\server\share]");
        assert_eq!(parts(r"a\*b\?c"), "[a*b?c]");
        assert_eq!(parts(r"a\\*b"), r"[a\]*[b]");
        assert_eq!(parts(r"a\\\*b"), r"[a\*b]");
        assert_eq!(parts(r"*\Desktop\hello\*word"), r"*[\Desktop\hello*word]");
        assert_eq!(parts(r"ends\"), r"[ends\]");
        assert_eq!(parts(r"a?*b"), "[a]?*[b]");
        assert_eq!(parts(""), "");
    }

    #[test]
    fn what_is_a_number_is_said_by_yaml_1_1() {
        for text in ["0", "-1", "+12", "1_000", "017", "0x1F", "0b11", "1.5", "5.", ".5", "-0.25", "1.5e+3"] {
            assert!(is_number(text), "{text}");
        }
        for text in [
            "", "-", "00000429", "08", "0o17", "0X1F", "1e5", "1.5e3", "-.5", ".", "1.5e", "x", "0x", "0b2", "_1",
            "1:30",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn what_is_written_behind_like_is_read_as_the_same() {
        for text in [r"C:\Windows\*", r"\\\\x\\*y?", r"a\*\?\\", r"\", r"x\\"] {
            let pattern = Pattern::parse(text);
            assert_eq!(Pattern::parse(&pattern.like()), pattern, "{text}");
            assert_eq!(Pattern::parse(&pattern.written()), pattern, "{text}");
        }
    }
}
