//! One field's witnesses, and which of them a text has.
//!
//! In: what rules ask of one field. Out: for a text, the rules that it does not rule out. Never here: where the text comes from.
//!
//! | asked | found by |
//! | --- | --- |
//! | equal | one look into a hash table |
//! | start, end | one look for each of a few lengths, then the few texts that share that much |
//! | inside | one pass of an Aho-Corasick automaton |
//!
//! A text comes folded, in one of two forms: as it is, or as the inside of a JSON string in which nothing is escaped but quotes and
//! backslashes. In the second nothing has to be decoded: what is looked for stands there escaped too. The searches of a form are built
//! when a text first comes in it.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

use super::atom::Asks;

/// How a text comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Plain,
    /// Quotes and backslashes have a backslash before them.
    Escaped,
}

/// What rules ask of one field.
#[derive(Debug)]
pub(crate) struct Field {
    asked: Vec<(Asks, Box<[u32]>)>,
    plain: OnceLock<Searches>,
    escaped: OnceLock<Searches>,
}

/// Whatever finds the rules of one form of text.
#[derive(Debug, Default)]
struct Searches {
    equal: Keyed,
    starts: Ends,
    ends: Ends,
    inside: Option<Inside>,
}

/// Rules by a whole text.
type Keyed = FxHashMap<Box<[u8]>, Box<[u32]>>;
/// Texts, with the rules of each.
type Texts = Vec<(Box<[u8]>, Box<[u32]>)>;
/// Texts by the bytes at their start or end.
type ByEnd = FxHashMap<Box<[u8]>, Texts>;

/// Texts at one end, by as many of their bytes as the longest of these lengths that they have.
#[derive(Debug, Default)]
struct Ends {
    lengths: Vec<(usize, ByEnd)>,
    /// Texts that are shorter than all of them.
    short: Texts,
}

#[derive(Debug)]
struct Inside {
    automaton: AhoCorasick,
    rules: Vec<Box<[u32]>>,
}

/// Lengths by which texts at an end are told apart.
const LENGTHS: [usize; 4] = [24, 14, 8, 4];
/// Up to so many bytes of texts the automaton is a table of all transitions: the fastest, and the largest, about 250 bytes for each.
const TABLE_BYTES: usize = 1 << 15;

impl Field {
    /// What these rules ask; rules by number, in any order.
    pub(super) fn new(asked: &[(&Asks, u32)]) -> Self {
        let mut rules: FxHashMap<&Asks, Vec<u32>> = FxHashMap::default();
        for (asks, rule) in asked {
            rules.entry(asks).or_default().push(*rule);
        }
        let mut seen = rustc_hash::FxHashSet::default();
        let asked = asked.iter().map(|(asks, _)| *asks).filter(|asks| seen.insert(*asks));
        let asked = asked
            .map(|asks| {
                let mut of = rules.remove(asks).unwrap_or_default();
                of.dedup();
                (asks.clone(), of.into())
            })
            .collect();
        Self { asked, plain: OnceLock::new(), escaped: OnceLock::new() }
    }

    /// Calls `found` with the rules that a text, folded, does not rule out; with some of them more than once.
    pub(crate) fn search(&self, form: Form, text: &[u8], found: &mut impl FnMut(&[u32])) {
        let searches = match form {
            Form::Plain => self.plain.get_or_init(|| self.build(form)),
            Form::Escaped => self.escaped.get_or_init(|| self.build(form)),
        };
        if !searches.equal.is_empty()
            && let Some(rules) = searches.equal.get(text)
        {
            found(rules);
        }
        searches.starts.search(|length| text.get(..length), |start| text.starts_with(start), found);
        let end = |length: usize| text.len().checked_sub(length).and_then(|from| text.get(from..));
        searches.ends.search(end, |end| text.ends_with(end), found);
        if let Some(Inside { automaton, rules }) = &searches.inside {
            for hit in automaton.find_overlapping_iter(text) {
                if let Some(rules) = rules.get(hit.pattern().as_usize()) {
                    found(rules);
                }
            }
        }
    }

    fn build(&self, form: Form) -> Searches {
        let mut searches = Searches::default();
        let (mut inside, mut inside_rules) = (Vec::new(), Vec::new());
        for (asks, rules) in &self.asked {
            let text = |text: &String| form.of(text).into_boxed_slice();
            match asks {
                Asks::Present => {}
                Asks::Equal(equal) => {
                    searches.equal.insert(text(equal), rules.clone());
                }
                Asks::Start(start) => searches.starts.add(text(start), rules.clone(), |text, length| &text[..length]),
                Asks::End(end) => {
                    searches.ends.add(text(end), rules.clone(), |text, length| &text[text.len() - length..]);
                }
                Asks::Inside(needle) => {
                    inside.push(text(needle));
                    inside_rules.push(rules.clone());
                }
            }
        }
        if !inside.is_empty() {
            let bytes: usize = inside.iter().map(|needle| needle.len()).sum();
            let kind = if bytes <= TABLE_BYTES { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
            let built = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(Some(kind)).build(&inside);
            // Too many states even for that: then they are looked for as other ends are, which finds too much.
            match built {
                Ok(automaton) => searches.inside = Some(Inside { automaton, rules: inside_rules }),
                Err(_) => searches.starts.short.extend(inside_rules.into_iter().map(|rules| (Box::default(), rules))),
            }
        }
        searches
    }
}

impl Form {
    /// A text in this form.
    fn of(self, text: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        self.append(text, &mut out);
        out
    }

    /// Appends a text in this form.
    pub(crate) fn append(self, text: &str, out: &mut Vec<u8>) {
        for byte in text.bytes() {
            if self == Form::Escaped && matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
    }
}

impl Ends {
    fn add(&mut self, text: Box<[u8]>, rules: Box<[u32]>, end: impl Fn(&[u8], usize) -> &[u8]) {
        let Some(length) = LENGTHS.into_iter().find(|length| *length <= text.len()) else {
            self.short.push((text, rules));
            return;
        };
        let at = match self.lengths.iter().position(|(known, _)| *known == length) {
            Some(at) => at,
            None => {
                self.lengths.push((length, FxHashMap::default()));
                self.lengths.len() - 1
            }
        };
        let key = end(&text, length).into();
        self.lengths[at].1.entry(key).or_default().push((text, rules));
    }

    #[inline]
    fn search<'t>(
        &self,
        piece: impl Fn(usize) -> Option<&'t [u8]>,
        has: impl Fn(&[u8]) -> bool,
        found: &mut impl FnMut(&[u32]),
    ) {
        for (length, table) in &self.lengths {
            if let Some(texts) = piece(*length).and_then(|piece| table.get(piece)) {
                for (_, rules) in texts.iter().filter(|(text, _)| has(text)) {
                    found(rules);
                }
            }
        }
        for (_, rules) in self.short.iter().filter(|(text, _)| has(text)) {
            found(rules);
        }
    }
}
