//! Makes text that somebody else wrote safe to show.
//!
//! In: any text: values of rules, names of files, messages that quote them. Out: the same text in which every character that
//! is not seen, moves the cursor, or turns the direction of writing stands as the escape that double quotes of the language
//! take (`\u{1b}`, `\n`, `\t`), so that people can copy what they see into a rule. Never here: anything that loses a visible
//! character.

use std::borrow::Cow;

/// Is this a character that must not reach a terminal, or that nobody would see there?
fn hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        // Soft hyphen, Arabic letter mark, fillers, Mongolian separators.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        // Zero width, direction marks, line and paragraph separators, overrides and isolates.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        // Musical and shorthand controls, tags and supplementary variation selectors.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        // Never characters at all.
        | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Appends `c` as it may be shown.
pub(super) fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0' => out.push_str("\\0"),
        c if hidden(c) => out.extend(c.escape_unicode()),
        c => out.push(c),
    }
}

/// The text on one line: hidden characters, tabs and line ends as escapes.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push_visible(&mut out, c));
    Cow::Owned(out)
}

/// Cuts a text at its front, for paths end in what matters.
pub fn cut(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_string();
    }
    let tail: String = text.chars().skip(count - most + 1).collect();
    format!("…{tail}")
}

/// Cuts a text at its end, where what matters stands first.
pub fn cut_end(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_string(),
    }
}

/// As [`visible`], but line ends (LF, CRLF) stay, as LF; for help and pages of more than one line.
pub fn visible_lines(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> =
        text.split('\n').map(|line| visible(line.strip_suffix('\r').unwrap_or(line))).collect();
    lines.join("\n")
}

/// The same JSON document with every hidden character as a `\uXXXX` escape: what a reader gets is equal, and a terminal
/// that shows it obeys nothing. serde_json escapes only U+0000 to U+001F. Characters beyond ASCII stand only inside strings,
/// so that no structure is touched; line ends between tokens stay.
pub fn ascii_json(document: String) -> String {
    let must = |c: char| hidden(c) && c >= '\x7f';
    if !document.chars().any(must) {
        return document;
    }
    let mut out = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if must(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_stands_as_the_escape_that_double_quotes_take() {
        assert_eq!(visible("plain ž ſ \\ '"), "plain ž ſ \\ '");
        assert_eq!(visible("a\x07\x1b[31m\u{202e}\u{9b}b"), "a\\u{7}\\u{1b}[31m\\u{202e}\\u{9b}b");
        assert_eq!(visible("a\tb\r\nc\0"), "a\\tb\\r\\nc\\0");
        assert_eq!(visible_lines("one\r\ntwo\x1b"), "one\ntwo\\u{1b}");
    }

    #[test]
    fn json_reads_back_the_same() {
        let text = "a\u{202e}b\u{9b}c\x7f\u{e0041}ž\n";
        let json = ascii_json(serde_json::to_string(text).unwrap());
        assert!(!json.chars().any(hidden), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
