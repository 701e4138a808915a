//! Modifiers behind a field: `CommandLine|contains|all`.
//!
//! In: their words. Out: [`Modifier`]s, and from a chain of them what one item asks: a [`Plan`]. Never here: values.
//!
//! | modifier | takes | what it asks |
//! | --- | --- | --- |
//! | none | anything | equal; wildcards count |
//! | `contains` `startswith` `endswith` | texts, numbers, with `fieldref` a field | somewhere inside, at the start, at the end |
//! | `all` | a list | every member instead of one |
//! | `cased` | texts | compared as written |
//! | `re`; `i` `m` `s` behind it | a regular expression | found somewhere, with `startswith` or `endswith` there; as written unless `i`; `^` and `$` at lines; `.` takes line ends |
//! | `base64`, `base64offset` | plain texts | the value as base64; at any of the three offsets |
//! | `wide` `utf16le` `utf16be` `utf16` before base64 | plain texts | its bytes in that encoding, `utf16` with a mark |
//! | `windash` | texts | any dash, and `/` too where the value begins an option |
//! | `cidr` | networks | inside the network |
//! | `lt` `lte` `gt` `gte` | numbers | ordered |
//! | `neq` | anything | not this: none of the values |
//! | `exists` | `true`, `false` | the field is there, or not |
//! | `fieldref` | names of fields | equal to that field |
//! | `expand` | texts with `%placeholder%` | each value of the placeholder |
//! | `minute` `hour` `day` `week` `month` `year` | numbers | that part of a time |

use crate::ast::{At, Function, Operator};
use crate::diagnostic::nearest;

macro_rules! modifiers {
    ($( $name:ident $word:literal, )*) => {
        /// One modifier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Modifier { $( #[doc = $word] $name, )* }

        impl Modifier {
            /// All, in the order of this module's table.
            pub const ALL: &'static [Modifier] = &[ $( Modifier::$name, )* ];

            /// As written.
            pub fn word(self) -> &'static str {
                match self { $( Modifier::$name => $word, )* }
            }
        }
    };
}

modifiers! {
    Contains "contains",
    StartsWith "startswith",
    EndsWith "endswith",
    All "all",
    Cased "cased",
    Re "re",
    IgnoreCase "i",
    MultiLine "m",
    DotAll "s",
    Base64 "base64",
    Base64Offset "base64offset",
    Wide "wide",
    Utf16Le "utf16le",
    Utf16Be "utf16be",
    Utf16 "utf16",
    WinDash "windash",
    Cidr "cidr",
    Less "lt",
    LessOrEqual "lte",
    Greater "gt",
    GreaterOrEqual "gte",
    NotEqual "neq",
    Exists "exists",
    FieldRef "fieldref",
    Expand "expand",
    Minute "minute",
    Hour "hour",
    Day "day",
    Week "week",
    Month "month",
    Year "year",
}

impl Modifier {
    /// Reads its word. pySigma knows longer words for three of them.
    ///
    /// # Errors
    /// The nearest word that there is.
    pub fn parse(word: &str) -> Result<Modifier, Option<&'static str>> {
        let long = [("ignorecase", Self::IgnoreCase), ("multiline", Self::MultiLine), ("dotall", Self::DotAll)];
        let known = Self::ALL.iter().copied().map(|modifier| (modifier.word(), modifier)).chain(long);
        let found = known.clone().find(|(known, _)| *known == word).map(|(_, modifier)| modifier);
        found.ok_or_else(|| nearest(word, known.map(|(known, _)| known)))
    }

    fn part_of_time(self) -> Option<Function> {
        Some(match self {
            Self::Minute => Function::Minute,
            Self::Hour => Function::Hour,
            Self::Day => Function::Day,
            Self::Week => Function::Week,
            Self::Month => Function::Month,
            Self::Year => Function::Year,
            _other => return None,
        })
    }
}

/// How the bytes of a text are made before base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// UTF-16, little end first, with a byte-order mark.
    Utf16,
}

/// What is asked, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Equal, by wildcards.
    Equals,
    /// `contains`, `startswith`, `endswith`.
    Text(Operator),
    /// A regular expression.
    Re {
        /// `^` and `$` stand at lines.
        lines: bool,
        /// `.` takes line ends.
        dot_all: bool,
        /// Where it is found: somewhere, at the start, at the end.
        place: Operator,
    },
    /// Inside a network.
    Cidr,
    /// An ordering.
    Ordered(Operator),
    /// The field is there.
    Exists,
}

/// What a chain of modifiers asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The test.
    pub ask: Ask,
    /// Every value instead of one.
    pub all: bool,
    /// Case counts.
    pub cased: bool,
    /// Any dash.
    pub any_dash: bool,
    /// Not equal.
    pub negated: bool,
    /// The value names a field.
    pub field: bool,
    /// Placeholders are replaced.
    pub expand: bool,
    /// The value as base64, and whether at any offset.
    pub base64: Option<bool>,
    /// The bytes that are encoded.
    pub encoding: Encoding,
    /// The part of a time that is compared.
    pub part: Option<Function>,
}

/// Why a chain means nothing: which of its members, why, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Index of the member.
    pub at: usize,
    /// What is wrong, without a final stop.
    pub message: String,
    /// The way out.
    pub help: &'static str,
}

impl Plan {
    /// What a chain asks.
    ///
    /// # Errors
    /// The first member that does not go with those before it.
    pub fn of(chain: &[At<Modifier>]) -> Result<Plan, Mistake> {
        let mut plan = Plan {
            ask: Ask::Equals,
            all: false,
            cased: false,
            any_dash: false,
            negated: false,
            field: false,
            expand: false,
            base64: None,
            encoding: Encoding::Utf8,
            part: None,
        };
        for (at, modifier) in chain.iter().enumerate() {
            let before = chain.get(..at).unwrap_or_default();
            if before.iter().any(|other| other.value == modifier.value) {
                return mistake(at, format!("`{}` stands here twice", modifier.value.word()), "leave one of them out");
            }
            plan.add(at, modifier.value)?;
        }
        plan.whole(chain)
    }

    fn add(&mut self, at: usize, modifier: Modifier) -> Result<(), Mistake> {
        let word = modifier.word();
        match modifier {
            Modifier::All => self.all = true,
            Modifier::Cased => self.cased = true,
            Modifier::WinDash => self.any_dash = true,
            Modifier::Expand => self.expand = true,
            Modifier::FieldRef => self.field = true,
            Modifier::NotEqual => self.negated = true,
            Modifier::Contains => self.ask(at, word, Ask::Text(Operator::Contains))?,
            Modifier::StartsWith => self.ask(at, word, Ask::Text(Operator::StartsWith))?,
            Modifier::EndsWith => self.ask(at, word, Ask::Text(Operator::EndsWith))?,
            Modifier::Re => self.ask(at, word, Ask::Re { lines: false, dot_all: false, place: Operator::Contains })?,
            Modifier::Cidr => self.ask(at, word, Ask::Cidr)?,
            Modifier::Less => self.ask(at, word, Ask::Ordered(Operator::Less))?,
            Modifier::LessOrEqual => self.ask(at, word, Ask::Ordered(Operator::LessOrEqual))?,
            Modifier::Greater => self.ask(at, word, Ask::Ordered(Operator::Greater))?,
            Modifier::GreaterOrEqual => self.ask(at, word, Ask::Ordered(Operator::GreaterOrEqual))?,
            Modifier::Exists => self.ask(at, word, Ask::Exists)?,
            Modifier::IgnoreCase | Modifier::MultiLine | Modifier::DotAll => {
                let Ask::Re { lines, dot_all, .. } = &mut self.ask else {
                    return mistake(
                        at,
                        format!("`{word}` is a flag of regular expressions, and no `re` stands before it"),
                        "write `|re` before it; texts ignore case as they are",
                    );
                };
                *lines |= modifier == Modifier::MultiLine;
                *dot_all |= modifier == Modifier::DotAll;
            }
            Modifier::Base64 | Modifier::Base64Offset => {
                if self.base64.is_some() {
                    return mistake(
                        at,
                        "this is base64 already".to_string(),
                        "take one of `base64` and `base64offset`",
                    );
                }
                self.base64 = Some(modifier == Modifier::Base64Offset);
            }
            Modifier::Wide | Modifier::Utf16Le | Modifier::Utf16Be | Modifier::Utf16 => {
                if self.encoding != Encoding::Utf8 || self.base64.is_some() {
                    return mistake(
                        at,
                        format!("`{word}` says which bytes are encoded, and this is done already"),
                        "write it once, before `base64` or `base64offset`",
                    );
                }
                self.encoding = match modifier {
                    Modifier::Utf16Be => Encoding::Utf16Be,
                    Modifier::Utf16 => Encoding::Utf16,
                    _wide => Encoding::Utf16Le,
                };
            }
            Modifier::Minute | Modifier::Hour | Modifier::Day | Modifier::Week | Modifier::Month | Modifier::Year => {
                if self.part.is_some() {
                    return mistake(at, format!("`{word}` behind another part of a time"), "take one part of the time");
                }
                self.part = modifier.part_of_time();
            }
        }
        Ok(())
    }

    fn ask(&mut self, at: usize, word: &str, ask: Ask) -> Result<(), Mistake> {
        if let (Ask::Re { place, .. }, Ask::Text(operator)) = (&mut self.ask, ask) {
            *place = operator;
            return Ok(());
        }
        if self.ask != Ask::Equals {
            return mistake(
                at,
                format!("`{word}` is a second way of comparing, behind another one"),
                "a field is compared in one way; ask in another way in an item of its own",
            );
        }
        self.ask = ask;
        Ok(())
    }

    /// What no single member shows.
    fn whole(mut self, chain: &[At<Modifier>]) -> Result<Plan, Mistake> {
        let at = |modifier: Modifier| chain.iter().position(|found| found.value == modifier);
        let last = chain.len().saturating_sub(1);
        let text = matches!(self.ask, Ask::Equals | Ask::Text(_));
        let refused = |modifier: Modifier, message: &str, help: &'static str| {
            mistake(at(modifier).unwrap_or(last), format!("`{}` {message}", modifier.word()), help)
        };
        if self.any_dash && !text {
            return refused(Modifier::WinDash, "is about texts", "leave it out, or compare texts");
        }
        if self.base64.is_some() && !text {
            return refused(
                if self.base64 == Some(true) { Modifier::Base64Offset } else { Modifier::Base64 },
                "is about texts",
                "leave it out, or compare texts: `|base64offset|contains`",
            );
        }
        if self.encoding != Encoding::Utf8 && self.base64.is_none() {
            let found = [Modifier::Wide, Modifier::Utf16Le, Modifier::Utf16Be, Modifier::Utf16];
            let named = found.into_iter().find(|modifier| at(*modifier).is_some()).unwrap_or(Modifier::Wide);
            return refused(
                named,
                "without base64 asks for bytes that no event has as text",
                "write `|wide|base64offset|contains`",
            );
        }
        if self.field && (self.base64.is_some() || !matches!(self.ask, Ask::Equals | Ask::Text(_) | Ask::Ordered(_))) {
            return refused(
                Modifier::FieldRef,
                "goes with equality, orderings and the operators on texts",
                "compare with the value itself",
            );
        }
        if self.part.is_some() && !matches!(self.ask, Ask::Equals | Ask::Ordered(_)) {
            return mistake(
                last,
                "a part of a time is a number".to_string(),
                "compare it as it is, or by `lt`, `lte`, `gt` or `gte`",
            );
        }
        if self.cased && !matches!(self.ask, Ask::Equals | Ask::Text(_) | Ask::Re { .. }) {
            return refused(Modifier::Cased, "is about texts", "leave it out");
        }
        // A regular expression is as written unless it says otherwise.
        if matches!(self.ask, Ask::Re { .. }) {
            self.cased = at(Modifier::IgnoreCase).is_none();
        }
        Ok(self)
    }
}

fn mistake<T>(at: usize, message: String, help: &'static str) -> Result<T, Mistake> {
    Err(Mistake { at, message, help })
}
