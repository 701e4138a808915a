//! Scalars and comments of YAML, as people write them in Sigma.
//!
//! In: texts. Out: the characters that read back as them. Never here: structure.

/// A text: in single quotes; in double ones where it holds what those cannot.
pub(super) fn quoted(text: &str) -> String {
    let plain =
        |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if text.chars().all(plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if plain(c) => out.push(c),
            c if u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// A text without quotes where YAML reads it as that text, as titles and names are written.
pub(super) fn bare(text: &str) -> String {
    let inside = |c: char| c.is_alphanumeric() || " _-./()+,".contains(c);
    let whole = text.starts_with(|c: char| c.is_alphabetic()) && !text.ends_with(' ') && text.chars().all(inside);
    // What is no text to YAML: `yes`, `null`, `.5`.
    let read = crate::yaml::read(text).ok();
    let root = read.as_ref().and_then(|documents| documents.first()).and_then(|document| document.root().scalar());
    let same = root.is_some_and(|scalar| matches!(scalar.resolve(), crate::yaml::Resolved::Text(read) if read == text));
    if whole && same { text.to_string() } else { quoted(text) }
}

/// A field with its modifiers: without quotes where the field is read as that text.
pub(super) fn key(text: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_-.|".contains(c);
    let whole = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(inside);
    let (name, modifiers) = text.split_once('|').map_or((text, ""), |(name, _)| (name, "|"));
    // `null` and `yes` are texts only behind a modifier.
    if whole && (!modifiers.is_empty() || bare(name) == name) { text.to_string() } else { quoted(text) }
}

/// A text of several lines below its key, indented by four blanks; of one line behind it.
pub(super) fn paragraph(text: &str) -> String {
    let fits = |line: &str| {
        !line.is_empty() && !line.starts_with(' ') && !line.chars().any(char::is_control) && !line.ends_with(' ')
    };
    if !text.contains('\n') || !text.lines().all(fits) || text.ends_with('\n') {
        return bare(text);
    }
    let mut out = String::from("|-");
    for line in text.lines() {
        out.push_str("\n    ");
        out.push_str(line);
    }
    out
}

/// A line of comment.
pub(super) fn comment(text: &str) -> String {
    let unfit = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    format!("# {}\n", text.replace(unfit, " "))
}
