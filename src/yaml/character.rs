//! What is refused before anything is read: too many bytes, and characters on which readers of YAML differ.

use super::error::{YamlError, YamlErrorKind};
use super::walk::Walk;
use crate::limits;

/// The first reason to read nothing.
pub(super) fn refused(text: &str) -> Option<YamlError> {
    let walk = Walk::new(text);
    if text.len() > limits::YAML_BYTES {
        return Some(YamlError::new(
            YamlErrorKind::TooLarge,
            walk.here().to(walk.here().offset),
            format!("this text has {} bytes; {} is the limit", text.len(), limits::YAML_BYTES),
            "split the file",
        ));
    }
    let begin = walk.here().offset;
    let (at, character) = text.get(begin..)?.char_indices().find(|(_, character)| is_refused(*character))?;
    let mut walk = walk;
    walk.forward_to(begin + at);
    let place = walk.here().to(begin + at + character.len_utf8());
    let code = u32::from(character);
    let (message, help) = match character {
        '\u{85}' | '\u{2028}' | '\u{2029}' => (
            format!("the character U+{code:04X} ends a line in YAML 1.1, but not in YAML 1.2"),
            format!("write a line end, or \"\\u{code:04X}\" in double quotes"),
        ),
        '\u{feff}' => (
            "a byte order mark stands inside the text".to_string(),
            "delete it; it is invisible, and comes from joining files".to_string(),
        ),
        _ => (
            format!("the character U+{code:04X} cannot stand in YAML as it is"),
            format!("write \"\\u{code:04X}\" in double quotes, or delete it; is the file really text in UTF-8?"),
        ),
    };
    Some(YamlError::new(YamlErrorKind::Character, place, message, help))
}

/// Those that go-yaml does not read, and those that it reads otherwise than YAML 1.2.
fn is_refused(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    control || matches!(character, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}') || character == '\u{feff}'
}
