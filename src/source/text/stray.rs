//! Characters that have no meaning outside quotes.
//!
//! In: the character, or a comment as other languages write it. Out: what is said of it. Never here: characters inside
//! quotes, which are all fine but for controls.

/// What is said of a character that has no meaning outside quotes.
pub(super) struct Stray {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: &'static str,
    /// Does the rest make sense without it?
    pub can_be_left_out: bool,
}

impl Stray {
    /// Of a run of one character, or of a comment in another language's form.
    pub fn of(text: &str) -> Stray {
        let first = text.chars().next().unwrap_or(' ');
        let (message, help, can_be_left_out) = match first {
            '#' => ("`#` begins no comment here".to_string(), "comments begin with `//`", true),
            '/' if text.starts_with("/*") => {
                ("`/*` begins no comment here".to_string(), "comments begin with `//` on every line", true)
            }
            ';' => (
                "`;` has no meaning here".to_string(),
                "leave it out: statements need no mark at their end, and lists are written ['a', 'b']",
                true,
            ),
            '\\' => (
                "a backslash stands outside quotes".to_string(),
                "paths and other texts are quoted: 'C:\\Windows\\System32\\'",
                false,
            ),
            '*' | '?' | '%' | '$' | '^' | '`' => (
                format!("`{first}` stands outside quotes"),
                "texts and patterns are quoted: QueryName like '*.example.com'",
                false,
            ),
            '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => {
                (format!("`{first}` is a typographic quote"), "write a plain ' or \" instead", false)
            }
            '\u{feff}' => (
                "a byte-order mark stands inside the file".to_string(),
                "remove it; it is invisible in most editors",
                true,
            ),
            c if c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}') => (
                format!("an unusual blank stands here, U+{:04X}", c as u32),
                "replace it by an ordinary blank; it often comes from copying",
                true,
            ),
            c if c.is_control() => (format!("a control character stands here, U+{:04X}", c as u32), "remove it", true),
            c => (format!("the character `{c}` has no meaning here"), "texts are quoted: 'like this'", false),
        };
        Stray { message, help, can_be_left_out }
    }
}
