//! Conditions of Sigma: `selection and not 1 of filter_*`.
//!
//! In: the text of one condition. Out: a tree of it, each part with its bytes; or the first mistake. Never here: whether what is named is there.
//!
//! `not` binds closest, then `and`, then `or`. Words may be written in any case, as people do. What stands inside parentheses is limited in
//! depth, so no walk of the tree is deep.

use crate::limits;

/// A condition, with the bytes of the text that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of them; two or more.
    And(Vec<Condition>),
    /// One of them; two or more.
    Or(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A detection by its name.
    Named {
        /// The name.
        name: String,
        /// Where it stands, in bytes of the condition.
        at: (usize, usize),
    },
    /// `1 of selection_*`, `all of them`.
    Of {
        /// All instead of one.
        all: bool,
        /// `them` is `*`.
        pattern: String,
        /// Where the whole stands.
        at: (usize, usize),
    },
}

/// What is wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes of the condition.
    pub at: (usize, usize),
    /// What, without a final stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Condition {
    /// Does a name belong to the pattern of a `1 of`? Names that begin with `_` only to patterns that do.
    pub fn chooses(pattern: &str, name: &str) -> bool {
        if name.starts_with('_') && !pattern.starts_with('_') {
            return false;
        }
        let mut pieces = pattern.split('*');
        let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
        let mut pieces: Vec<&str> = pieces.collect();
        let Some(last) = pieces.pop() else { return rest.is_empty() };
        for piece in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = rest.get(at + piece.len()..).unwrap_or_default();
        }
        rest.ends_with(last)
    }
}

/// Reads a condition.
///
/// # Errors
/// The first mistake.
pub fn parse(text: &str) -> Result<Condition, Mistake> {
    let mut reader = Reader { text, tokens: tokens(text), next: 0 };
    let condition = reader.or(0)?;
    match reader.peek() {
        None => Ok(condition),
        Some(token) => Err(reader.unexpected(token, "`and`, `or` or the end")),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token {
    start: usize,
    end: usize,
}

/// Words, and each other character but blanks alone.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '*' | '-' | '.' | '?' | '%');
    let mut open = false;
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        match tokens.last_mut() {
            Some(token) if open && is_word(c) => token.end = end,
            _ if c.is_whitespace() => {}
            Some(_) | None => tokens.push(Token { start, end }),
        }
        open = is_word(c);
    }
    tokens
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.next).copied()
    }

    fn word(&self, token: Token) -> &'t str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// Takes the next token if it is this word.
    fn take(&mut self, word: &str) -> bool {
        let is = self.peek().is_some_and(|token| self.word(token).eq_ignore_ascii_case(word));
        self.next += usize::from(is);
        is
    }

    fn or(&mut self, depth: usize) -> Result<Condition, Mistake> {
        let mut members = vec![self.and(depth)?];
        while self.take("or") {
            members.push(self.and(depth)?);
        }
        Ok(one_or(members, Condition::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Condition, Mistake> {
        let mut members = vec![self.not(depth)?];
        while self.take("and") {
            members.push(self.not(depth)?);
        }
        Ok(one_or(members, Condition::And))
    }

    fn not(&mut self, depth: usize) -> Result<Condition, Mistake> {
        if self.take("not") {
            self.deeper(depth)?;
            return Ok(Condition::Not(Box::new(self.not(depth + 1)?)));
        }
        self.atom(depth)
    }

    fn deeper(&self, depth: usize) -> Result<(), Mistake> {
        if depth < limits::DEPTH {
            return Ok(());
        }
        let at = self.peek().map_or((self.text.len(), self.text.len()), |token| (token.start, token.end));
        Err(Mistake {
            at,
            message: format!("the condition is nested more than {} deep", limits::DEPTH),
            help: "give parts of it names: detections of their own".to_string(),
        })
    }

    fn atom(&mut self, depth: usize) -> Result<Condition, Mistake> {
        let Some(token) = self.peek() else {
            return Err(Mistake {
                at: (self.text.len(), self.text.len()),
                message: "the condition ends where the name of a detection is asked for".to_string(),
                help: "name a detection, as in `selection and not filter`".to_string(),
            });
        };
        let word = self.word(token);
        if word == "(" {
            self.next += 1;
            self.deeper(depth)?;
            let inside = self.or(depth + 1)?;
            return match self.peek() {
                Some(close) if self.word(close) == ")" => {
                    self.next += 1;
                    Ok(inside)
                }
                Some(other) => Err(self.unexpected(other, "`and`, `or` or `)`")),
                None => Err(Mistake {
                    at: (token.start, token.end),
                    message: "this `(` is never closed".to_string(),
                    help: "write the `)` that belongs to it".to_string(),
                }),
            };
        }
        let keyword = ["and", "or", "not", "of"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
        if keyword || !word.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '*')) {
            return Err(self.unexpected(token, "the name of a detection, `1 of`, `all of`, `not` or `(`"));
        }
        self.next += 1;
        let quantity = match word.to_ascii_lowercase().as_str() {
            "1" | "any" | "one" => Some(false),
            "all" => Some(true),
            _ => None,
        };
        let of = self.peek().is_some_and(|next| self.word(next).eq_ignore_ascii_case("of"));
        match quantity {
            Some(all) if of => {
                self.next += 1;
                self.of(token, all)
            }
            _ if of => Err(Mistake {
                at: (token.start, token.end),
                message: format!("`{word} of` is no quantity that Sigma has"),
                help: "write `1 of` or `all of`".to_string(),
            }),
            _ if word.contains('*') => Err(Mistake {
                at: (token.start, token.end),
                message: format!("`{word}` stands for several detections, and nothing says how many of them"),
                help: format!("write `1 of {word}` or `all of {word}`"),
            }),
            _ => Ok(Condition::Named { name: word.to_string(), at: (token.start, token.end) }),
        }
    }

    fn of(&mut self, first: Token, all: bool) -> Result<Condition, Mistake> {
        let Some(token) = self.peek() else {
            return Err(Mistake {
                at: (first.start, self.text.len()),
                message: "nothing says of which detections".to_string(),
                help: "write `them`, or a pattern such as `selection_*`".to_string(),
            });
        };
        let word = self.word(token);
        if !word.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '*')) {
            return Err(self.unexpected(token, "`them` or a pattern such as `selection_*`"));
        }
        self.next += 1;
        let pattern = if word.eq_ignore_ascii_case("them") { "*" } else { word };
        Ok(Condition::Of { all, pattern: pattern.to_string(), at: (first.start, token.end) })
    }

    fn unexpected(&self, token: Token, wanted: &str) -> Mistake {
        let word = self.word(token);
        let at = (token.start, token.end);
        if word == "|" {
            return Mistake {
                at,
                message: "an aggregation behind `|` was taken out of Sigma with version 2".to_string(),
                help: "write a correlation rule: `correlation:` with `type: event_count` or `value_count`".to_string(),
            };
        }
        Mistake { at, message: format!("`{word}` stands where {wanted} is asked for"), help: self.way_out(token) }
    }

    fn way_out(&self, token: Token) -> String {
        let word = self.word(token);
        match word {
            ")" => "take it away, or write the `(` that belongs to it".to_string(),
            "&" => "write `and`".to_string(),
            "!" => "write `not`".to_string(),
            _ => "detections are joined by `and` and `or`, and grouped by parentheses".to_string(),
        }
    }
}

fn one_or(mut members: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match (members.len(), members.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            members.extend(last);
            join(members)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the manner of Lisp.
    fn shown(condition: &Condition) -> String {
        let all = |members: &[Condition]| members.iter().map(shown).collect::<Vec<_>>().join(" ");
        match condition {
            Condition::And(members) => format!("(and {})", all(members)),
            Condition::Or(members) => format!("(or {})", all(members)),
            Condition::Not(inside) => format!("(not {})", shown(inside)),
            Condition::Named { name, .. } => name.clone(),
            Condition::Of { all, pattern, .. } => format!("({} {pattern})", if *all { "all" } else { "1" }),
        }
    }

    fn read(text: &str) -> String {
        match parse(text) {
            Ok(condition) => shown(&condition),
            Err(mistake) => format!("{}..{}: {} / {}", mistake.at.0, mistake.at.1, mistake.message, mistake.help),
        }
    }

    #[test]
    fn not_binds_closer_than_and_and_that_closer_than_or() {
        assert_eq!(read("a and b or not c and d"), "(or (and a b) (and (not c) d))");
        assert_eq!(read("a and (b or c)"), "(and a (or b c))");
        assert_eq!(read("not not a"), "(not (not a))");
        assert_eq!(read("( ((a)) )"), "a");
        assert_eq!(read("sel AND NOT 1 OF filter_*"), "(and sel (not (1 filter_*)))");
    }

    #[test]
    fn quantities_choose_by_pattern() {
        assert_eq!(read("1 of them"), "(1 *)");
        assert_eq!(read("all of selection*"), "(all selection*)");
        assert_eq!(read("selection1 or all of selection2*"), "(or selection1 (all selection2*))");
        assert_eq!(read("any of sel_*_cli"), "(1 sel_*_cli)");
        for (pattern, name, chosen) in [
            ("*", "selection", true),
            ("*", "_helper", false),
            ("_*", "_helper", true),
            ("selection2*", "selection2a", true),
            ("selection2*", "selection1", false),
            ("sel_*_cli", "sel_x_cli", true),
            ("sel_*_cli", "sel_cli", false),
            ("*_a*a", "x_a", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
        ] {
            assert_eq!(Condition::chooses(pattern, name), chosen, "{pattern} {name}");
        }
    }

    #[test]
    fn each_mistake_says_where_and_the_way_out() {
        insta::assert_snapshot!(
            [
                "",
                "a and",
                "a b",
                "(a",
                "a)",
                "and a",
                "a && b",
                "!a",
                "2 of a*",
                "1 of",
                "1 of (a)",
                "a*",
                "a | count() > 5",
                "all",
            ]
            .map(|text| format!("{text:>16} | {}", read(text)))
            .join("\n")
        );
    }

    #[test]
    fn what_nests_without_end_is_refused() {
        let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
        assert!(parse(&deep).is_err_and(|mistake| mistake.message.contains("nested")));
        assert!(parse(&format!("{}a", "not ".repeat(5000))).is_err_and(|mistake| mistake.message.contains("nested")));
    }
}
