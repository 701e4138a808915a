//! The parser's complaints in words for people.
//!
//! In: the text, where the parser stopped and what it said. Out: one mistake at the place where a person made it, which is often not where the
//! parser noticed. Never here: a change of what is accepted. A complaint that is not known keeps the parser's words.

use super::error::{Place, YamlError, YamlErrorKind as Kind};
use super::mistake;
use super::walk::{Walk, closing_quote};
use crate::source::text::shorten;

/// The mistake behind the parser's complaint `said` at its character `chars`; `bracket` is the innermost one that is open, if the reader has
/// come that far.
pub(super) fn explain(text: &str, chars: usize, said: &str, bracket: Option<Place>) -> YamlError {
    let mut walk = Walk::new(text);
    walk.forward_to_char(chars);
    Stop { text, at: walk.here().offset, bracket }.explain(said)
}

/// Where the parser stopped.
struct Stop<'t> {
    text: &'t str,
    at: usize,
    bracket: Option<Place>,
}

impl<'t> Stop<'t> {
    fn explain(&self, said: &str) -> YamlError {
        let tab = said.contains("tab") || said.ends_with("must be followed by a valid YAML whitespace");
        if let Some(error) = self.tab(tab) {
            return error;
        }
        match said {
            "mapping values are not allowed in this context" => self.colon(),
            "simple key expected" | "simple key expect ':'" => self.key_without_colon(),
            "while parsing a block mapping, did not find expected key" => self.no_key(),
            "while parsing a block collection, did not find expected '-' indicator"
            | "invalid indentation"
            | "invalid indentation for anchor"
            | "wrongly indented line in block scalar" => self.indentation(),
            "block sequence entries are not allowed in this context"
            | "mapping keys are not allowed in this context" => {
                let indicator = self.cut(self.at, self.at + 1);
                self.error(
                    Kind::Unquoted,
                    self.at,
                    self.at + 1,
                    format!(
                        "`{indicator} ` begins a {} here, behind other text",
                        if indicator == "-" { "list" } else { "key" }
                    ),
                    "begin a new line before it, or put the text into quotes",
                )
            }
            "invalid indentation in flow construct" => {
                let (start, end) = self.content(self.at);
                self.error(
                    Kind::Indentation,
                    start,
                    end,
                    "this line stands between brackets, but not deeper than the line that opens them",
                    "indent what stands between brackets deeper; the bracket that closes needs it not",
                )
            }
            "expected whitespace" => self.error(
                Kind::Unquoted,
                self.at - 1,
                self.at,
                "`?` begins a key here, and none follows",
                "put a text that is or begins with `?` into quotes",
            ),
            "comment intercepting the multiline text" => self.error(
                Kind::Unquoted,
                self.at,
                self.at + 1,
                "a comment stands inside a text that goes on in the next line",
                "put the text into quotes if ` #` belongs to it, or move the comment",
            ),
            "comments must be separated from other tokens by whitespace" => self.error(
                Kind::Unquoted,
                self.at,
                self.at + 1,
                "`#` stands directly behind something that is complete",
                "put a blank before a comment; a text with `#` stands in quotes",
            ),
            "while parsing node, found unknown anchor" => {
                let place = self.place(self.at, self.word_end());
                mistake::unknown_alias(place, self.cut(self.at, self.word_end()))
            }
            "while scanning an anchor or alias, did not find expected alphabetic or numeric character" => {
                self.no_name()
            }
            _ if said.starts_with("unexpected character: `") => self.reserved(),
            _ if said.contains("quoted scalar") => self.quote(said),
            _ if said.starts_with("while scanning a block scalar") => self.block_text(),
            _ if said.contains(" tag") || said == "the handle wasn't declared" => {
                mistake::unknown_tag(self.place(self.at, self.word_end()), self.cut(self.at, self.word_end()))
            }
            _ if self.directive_line().is_some()
                && (said.contains("irective") || said.contains("<document start>")) =>
            {
                self.directive()
            }
            "did not find expected <document start>" => self.error(
                Kind::Directive,
                self.at,
                self.line_end(self.at),
                "the document is complete before this line",
                "indent what belongs to the value above; begin another document with `---`",
            ),
            "invalid content after document end marker" => self.error(
                Kind::Directive,
                self.at,
                self.line_end(self.at),
                "text stands behind `...`, which ends a document",
                "write `...` alone; a text that begins with it stands in quotes",
            ),
            "misplaced bracket" => self.error(
                Kind::Bracket,
                self.at,
                self.at + 1,
                format!("`{}` closes nothing", self.cut(self.at, self.at + 1)),
                "delete it; a text that begins with it stands in quotes",
            ),
            "while parsing a flow mapping, did not find expected ',' or '}'"
            | "while parsing a flow sequence, expected ',' or ']'"
            | "while parsing a node, did not find expected node content"
            | "illegal placement of ':' indicator"
            | "\"-\" is only valid inside a block"
            | "unexpected end of plain scalar"
            | "plain scalar cannot start with '-' followed by ,[]{}"
            | "':' may not precede any of `[{` in flow mapping" => self.bracket(),
            "recursion limit exceeded" => mistake::too_deep(self.place(self.at, self.at + 1)),
            _ => self.error(
                Kind::Syntax,
                self.at,
                self.at + 1,
                format!("this is no YAML: {said}"),
                "put texts into quotes, and indent with blanks",
            ),
        }
    }

    // What stands where ------------------------------------------------------------------------------------------------

    fn cut(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end.min(self.text.len())).unwrap_or_default()
    }

    /// A place of at most one line.
    fn place(&self, start: usize, end: usize) -> Place {
        let mut walk = Walk::new(self.text);
        walk.forward_to(start);
        let start = walk.here();
        walk.forward_to(end.min(self.line_end(start.offset)));
        start.to(walk.here().offset)
    }

    fn error(
        &self,
        kind: Kind,
        start: usize,
        end: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> YamlError {
        YamlError::new(kind, self.place(start, end), message, help)
    }

    fn line_start(&self, at: usize) -> usize {
        self.cut(0, at).rfind(['\n', '\r']).map_or(0, |end| end + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        self.cut(at, self.text.len()).find(['\n', '\r']).map_or(self.text.len(), |length| at + length)
    }

    /// The end of what begins where the parser stopped.
    fn word_end(&self) -> usize {
        let rest = self.cut(self.at, self.text.len());
        rest.find([' ', '\t', '\n', '\r', ',']).map_or(self.text.len(), |length| self.at + length.max(1))
    }

    /// Where the content of the line begins, and where the line ends.
    fn content(&self, at: usize) -> (usize, usize) {
        let (start, end) = (self.line_start(at), self.line_end(at));
        let line = self.cut(start, end);
        (end - line.trim_start().len(), start + line.trim_end().len())
    }

    /// The last line before that of `at` that holds more than a comment.
    fn line_before(&self, at: usize) -> Option<(usize, usize)> {
        let mut end = self.line_start(at);
        while end > 0 {
            let (start, stop) = self.content(end - 1);
            if start < stop && !self.cut(start, stop).starts_with('#') {
                return Some((start, stop));
            }
            end = self.line_start(end - 1);
        }
        None
    }

    // Mistakes ---------------------------------------------------------------------------------------------------------

    /// A tab in the indentation of the line; if the parser speaks of tabs, of a line below, or anywhere in this one.
    fn tab(&self, told: bool) -> Option<YamlError> {
        let indent = |at: usize| {
            let (start, (content, end)) = (self.line_start(at), self.content(at));
            self.cut(start, content).find('\t').filter(|_| content < end).map(|tab| start + tab)
        };
        let mut found = indent(self.at);
        if told {
            let mut line = self.line_end(self.at);
            while found.is_none() && line < self.text.len() {
                found = indent(line + 1);
                line = self.line_end(line + 1);
            }
            let start = self.line_start(self.at);
            found = found.or_else(|| self.cut(start, self.line_end(self.at)).find('\t').map(|tab| start + tab));
        }
        let found = found?;
        Some(mistake::tab(self.place(found, found + 1)))
    }

    /// `: ` where no key can be.
    fn colon(&self) -> YamlError {
        let (start, end) = self.content(self.at);
        let before = self.cut(start, self.at).trim_start_matches(['-', ' ']);
        if before.contains(": ") {
            return self.error(
                Kind::Unquoted,
                self.at,
                self.at + 1,
                "`: ` stands inside a text without quotes",
                "put the text into quotes: key: 'text: more text'",
            );
        }
        if before.chars().count() > 1024 {
            return self.error(
                Kind::Colon,
                start,
                self.at,
                "this key is longer than 1,024 characters",
                "a long key needs `? ` before it, and `: ` on a line of its own",
            );
        }
        match self.line_before(self.at) {
            Some((above, stop)) if !self.cut(above, stop).contains(": ") => self.error(
                Kind::Colon,
                above,
                stop,
                format!(
                    "this line is no `key: value`, so `{}` reads as more of its text",
                    shorten(self.cut(start, end))
                ),
                "write `key: value` with a blank behind the colon; a text of several lines stands in quotes",
            ),
            Some(_) => self.error(
                Kind::Indentation,
                start,
                end,
                "this line is indented deeper than the one above, which has its value already",
                "indent both alike; or leave the value above out, if this line belongs under it",
            ),
            None => self.error(
                Kind::Colon,
                self.at,
                self.at + 1,
                "a colon stands where no key can be",
                "put a text that holds `: ` into quotes",
            ),
        }
    }

    fn key_without_colon(&self) -> YamlError {
        // The parser notices it at what comes next, or at the end.
        let here = self.content(self.at);
        let (start, end) = if here.0 < self.at { here } else { self.line_before(self.at).unwrap_or(here) };
        self.error(
            Kind::Colon,
            start,
            end,
            format!("a key is expected here, and `{}` has no colon behind it", shorten(self.cut(start, end))),
            "write `key: value`; indent the line if it belongs to the value above",
        )
    }

    /// A line in a mapping that begins no entry.
    fn no_key(&self) -> YamlError {
        let (start, end) = self.content(self.at);
        if self.cut(start, end).starts_with('-') {
            return self.error(
                Kind::Indentation,
                start,
                end,
                "a list item stands where the next key of a mapping is expected",
                "indent it like the items above; a list needs a key before it: key:",
            );
        }
        if start < self.at {
            return self.error(
                Kind::Unquoted,
                self.at,
                end,
                "text stands behind a value that is complete",
                "put the whole value into quotes",
            );
        }
        self.indentation()
    }

    fn indentation(&self) -> YamlError {
        let (start, end) = self.content(self.at);
        self.error(
            Kind::Indentation,
            start,
            end,
            "the indentation of this line fits none of the lines above",
            "entries of one mapping, and items of one list, begin in the same column",
        )
    }

    fn no_name(&self) -> YamlError {
        let (indicator, end) = (self.cut(self.at, self.at + 1), self.word_end());
        let (kind, what) = if indicator == "*" { (Kind::Alias, "an alias") } else { (Kind::Anchor, "an anchor") };
        self.error(
            kind,
            self.at,
            end,
            format!("`{indicator}` begins {what}, and no name follows"),
            format!("a text that begins with `{indicator}` stands in quotes: '{indicator}'"),
        )
    }

    fn reserved(&self) -> YamlError {
        let character = self.cut(self.at, self.at + 1);
        self.error(
            Kind::Reserved,
            self.at,
            self.at + 1,
            format!("a text without quotes cannot begin with `{character}`"),
            format!("put it into quotes: '{character}…'"),
        )
    }

    fn quote(&self, said: &str) -> YamlError {
        let rest = self.cut(self.at, self.text.len());
        let quote = rest.chars().next().unwrap_or('"');
        if said.contains("trailing content") {
            let closed = self.cut(0, self.at).trim_end().chars().last().unwrap_or('"');
            let inside = if closed == '\'' { "twice: 'it''s'" } else { "with a backslash: \"say \\\"hello\\\"\"" };
            return self.error(
                Kind::Quote,
                self.at,
                self.line_end(self.at),
                "text stands behind the quote that closes",
                format!("a quote inside is written {inside}; or one further up was never closed"),
            );
        }
        if let Some((start, end)) =
            (said.contains("escape") || said.contains("hexadecimal")).then(|| bad_escape(rest)).flatten()
        {
            let (start, end) = (self.at + start, self.at + end);
            return self.error(
                Kind::Escape,
                start,
                end,
                format!("`{}` is no escape", self.cut(start, end)),
                "a backslash is itself in single quotes: 'C:\\Windows'; in double quotes it is written twice",
            );
        }
        let message = if closing_quote(rest).is_some() {
            "this quote is not closed before a line that is indented too little to belong to it"
        } else {
            "this quote is never closed"
        };
        self.error(
            Kind::Quote,
            self.at,
            self.at + quote.len_utf8(),
            message,
            format!("close it with `{quote}`; indent further lines of a text deeper than its key"),
        )
    }

    fn block_text(&self) -> YamlError {
        // The parser names the line of `|`, or the one below.
        let (start, end) = self.content(self.at);
        self.error(
            Kind::BlockText,
            self.at.max(start),
            end,
            format!(
                "behind `{}` nothing but `+`, `-`, one digit and a comment can stand",
                self.cut(self.at, self.at + 1)
            ),
            "the text begins in the next line, indented; a text that begins with `|` or `>` stands in quotes",
        )
    }

    /// The line that begins with `%`, here or just above.
    fn directive_line(&self) -> Option<(usize, usize)> {
        let here = Some(self.content(self.at));
        let is_one = |(start, stop): &(usize, usize)| {
            *start == self.line_start(*start) && self.cut(*start, *stop).starts_with('%')
        };
        here.filter(is_one).or_else(|| self.line_before(self.at).filter(is_one))
    }

    fn directive(&self) -> YamlError {
        let (start, end) = self.directive_line().unwrap_or_else(|| self.content(self.at));
        mistake::directive(self.place(start, end))
    }

    fn bracket(&self) -> YamlError {
        let open = self.bracket.map(|place| (place, self.cut(place.span.start as usize, place.span.end as usize)));
        let line = self.place(self.at, self.at).at.line;
        match open {
            Some((place, bracket)) if place.at.line < line || self.at >= self.text.len() => YamlError::new(
                Kind::Bracket,
                place,
                format!("this `{bracket}` is not closed"),
                format!("close it with `{}`; a text that begins with `{bracket}` stands in quotes", closing(bracket)),
            ),
            Some(_) if self.cut(self.at, self.at + 1) == "," => self.error(
                Kind::Bracket,
                self.at,
                self.at + 1,
                "nothing stands before this comma",
                "delete it; an empty text is written ''",
            ),
            Some((_, bracket)) => self.error(
                Kind::Bracket,
                self.at,
                self.word_end(),
                format!("`,` or `{}` is expected here", closing(bracket)),
                "part members by commas; a text with `,`, `: `, brackets or braces stands in quotes",
            ),
            None => self.error(
                Kind::Bracket,
                self.at,
                self.word_end(),
                "no value can begin here; or a bracket above is not closed",
                "part members by commas, close every bracket; a text that begins like this stands in quotes",
            ),
        }
    }
}

fn closing(bracket: &str) -> char {
    if bracket == "[" { ']' } else { '}' }
}

/// The first escape of a text in double quotes that YAML does not know, as a range in it.
fn bad_escape(quoted: &str) -> Option<(usize, usize)> {
    let mut characters = quoted.char_indices().skip(1);
    while let Some((start, character)) = characters.next() {
        if character != '\\' {
            continue;
        }
        let (at, escape) = characters.next()?;
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '0' | 'a' | 'b' | 't' | '\t' | 'n' | 'v' | 'f' | 'r' | 'e' | ' ' | '"' | '/' | '\\' | 'N' | '_' | 'L'
            | 'P' | '\n' | '\r' => 0,
            _ => return Some((start, at + escape.len_utf8())),
        };
        let code = quoted.get(at + 1..)?;
        let code: String = code.chars().take(digits).take_while(char::is_ascii_hexdigit).collect();
        let known = digits == 0
            || code.len() == digits && u32::from_str_radix(&code, 16).ok().and_then(char::from_u32).is_some();
        if !known {
            return Some((start, at + 1 + code.len()));
        }
    }
    None
}
