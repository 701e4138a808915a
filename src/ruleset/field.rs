//! One field's witnesses, and which of them a text has.
//!
//! In: what rules ask of one field. Out: for a text, the rules that it does not rule out. Never here: where the text comes from.
//!
//! | asked | found by |
//! | --- | --- |
//! | equal | one look into a hash table |
//! | start, end | one look for each of a few lengths, then the few texts that share that much |
//! | inside | where they are few, a search by vectors for the first of them; from there on one pass of an Aho-Corasick automaton |
//!
//! A text comes folded, in one of two forms: as it is, or as the inside of a JSON string in which nothing is escaped but quotes and
//! backslashes. In the second nothing has to be decoded: what is looked for stands there escaped too. The searches of a form are built
//! when a text first comes in it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aho_corasick::automaton::Automaton;
use aho_corasick::{Anchored, dfa, nfa, packed};
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
pub(crate) struct Field {
    asked: Vec<(Asks, Box<[u32]>)>,
    plain: OnceLock<Searches>,
    escaped: OnceLock<Searches>,
}

/// Whatever finds the rules of one form of text.
#[derive(Default)]
struct Searches {
    equal: ByText,
    starts: Ends,
    ends: Ends,
    inside: Option<Inside>,
}

/// Texts, with the rules of each.
type Texts = Vec<(Box<[u8]>, Box<[u32]>)>;
/// Texts by all their bytes, or by those at their start or end.
type ByText = FxHashMap<Box<[u8]>, Texts>;

/// Texts at one end, by as many of their bytes as the longest of these lengths that they have.
#[derive(Default)]
struct Ends {
    lengths: Vec<(usize, ByText)>,
    /// Texts that are shorter than all of them.
    short: Texts,
}

/// Texts inside, all found in one pass.
struct Inside {
    /// Finds where the first of them stands; nearly always none does.
    first: Option<packed::Searcher>,
    /// Built at once; enough for few searches.
    plain: Box<nfa::noncontiguous::NFA>,
    /// Built when many are made: it takes as long as some hundred searches. `None`: it cannot be.
    quick: OnceLock<Option<Automata>>,
    /// Searches so far, up to `many`.
    asked: AtomicU32,
    /// So many are worth the quick one.
    many: u32,
    /// Of all texts.
    bytes: usize,
    rules: Vec<Box<[u32]>>,
}

/// So many searches at least are worth an automaton that is quicker.
const MANY: usize = 64;
/// For so many bytes of texts it takes as long as one search more.
const WORTH: usize = 16;

/// The automaton of few texts, and that of many.
enum Automata {
    /// One look a byte.
    Table(Box<dfa::DFA>),
    /// Less memory for more looks.
    Links(Box<nfa::contiguous::NFA>),
}

/// Lengths by which texts at an end are told apart.
const LENGTHS: [usize; 4] = [24, 14, 8, 4];
/// Up to so many bytes of texts the automaton is a table of all transitions: the fastest, and the largest, about 250 bytes for each.
const TABLE_BYTES: usize = 1 << 15;

impl Field {
    /// What these rules ask; rules by number, in any order.
    pub(super) fn new(mut asked: Vec<(&Asks, u32)>) -> Self {
        crate::order::sort(&mut asked);
        asked.dedup();
        let of =
            |alike: &[(&Asks, u32)]| Some((alike.first()?.0.clone(), alike.iter().map(|(_, rule)| *rule).collect()));
        let asked = asked.chunk_by(|a, b| a.0 == b.0).filter_map(of).collect();
        Self { asked, plain: OnceLock::new(), escaped: OnceLock::new() }
    }

    /// Calls `found` with the rules that a text, folded, does not rule out; with some of them more than once.
    pub(crate) fn search(&self, form: Form, text: &[u8], found: &mut impl FnMut(&[u32])) {
        let searches = match form {
            Form::Plain => self.plain.get_or_init(|| self.build(form)),
            Form::Escaped => self.escaped.get_or_init(|| self.build(form)),
        };
        if !searches.equal.is_empty()
            && let Some(texts) = searches.equal.get(text)
        {
            for (_, rules) in texts {
                found(rules);
            }
        }
        searches.starts.search(|length| text.get(..length), |start| text.starts_with(start), found);
        let end = |length: usize| text.len().checked_sub(length).and_then(|from| text.get(from..));
        searches.ends.search(end, |end| text.ends_with(end), found);
        if let Some(within) = &searches.inside {
            // None begins before the one that is found first.
            let from = match &within.first {
                Some(first) => first.find(text).map(|found| found.start()),
                None => Some(0),
            };
            if let Some(text) = from.and_then(|from| text.get(from..)) {
                match within.quick() {
                    Some(Automata::Table(table)) => inside(&**table, text, &within.rules, found),
                    Some(Automata::Links(links)) => inside(&**links, text, &within.rules, found),
                    None => inside(&*within.plain, text, &within.rules, found),
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
                    let text = text(equal);
                    searches.equal.entry(text.clone()).or_default().push((text, rules.clone()));
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
            match nfa::noncontiguous::Builder::new().prefilter(false).build(&inside) {
                Ok(plain) => {
                    let bytes: usize = inside.iter().map(|text| text.len()).sum();
                    searches.inside = Some(Inside {
                        first: by_vectors(&inside),
                        plain: Box::new(plain),
                        quick: OnceLock::new(),
                        asked: AtomicU32::new(0),
                        many: u32::try_from(MANY.max(bytes / WORTH)).unwrap_or(u32::MAX),
                        bytes,
                        rules: inside_rules,
                    });
                }
                // More than an automaton can hold: nothing is ruled out by what is inside.
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

impl Inside {
    /// The quick automaton, where so many searches were made that it pays.
    fn quick(&self) -> Option<&Automata> {
        if let Some(quick) = self.quick.get() {
            return quick.as_ref();
        }
        // How many threads count at once does not matter: what is found is the same.
        if self.asked.fetch_add(1, Ordering::Relaxed) < self.many {
            return None;
        }
        self.quick.get_or_init(|| Automata::new(&self.plain, self.bytes)).as_ref()
    }
}

impl Automata {
    fn new(plain: &nfa::noncontiguous::NFA, bytes: usize) -> Option<Self> {
        if bytes <= TABLE_BYTES {
            let table = dfa::Builder::new().prefilter(false).build_from_noncontiguous(plain).ok()?;
            return Some(Automata::Table(Box::new(table)));
        }
        let links = nfa::contiguous::Builder::new().prefilter(false).build_from_noncontiguous(plain).ok()?;
        Some(Automata::Links(Box::new(links)))
    }
}

/// Shorter texts stand nearly everywhere.
const RARE: usize = 3;

/// What finds the first of a few texts by vectors, where there are any.
fn by_vectors(texts: &[Box<[u8]>]) -> Option<packed::Searcher> {
    if texts.iter().any(|text| text.len() < RARE) {
        return None;
    }
    packed::Searcher::new(texts.iter().map(|text| &**text))
}

/// Finds the rules of all texts that are inside, where they overlap too.
fn inside<A: Automaton>(automaton: &A, text: &[u8], rules: &[Box<[u32]>], found: &mut impl FnMut(&[u32])) {
    let Ok(mut state) = automaton.start_state(Anchored::No) else { return rules.iter().for_each(|rules| found(rules)) };
    for byte in text {
        state = automaton.next_state(Anchored::No, state, *byte);
        if automaton.is_special(state) && automaton.is_match(state) {
            for at in 0..automaton.match_len(state) {
                if let Some(rules) = rules.get(automaton.match_pattern(state, at).as_usize()) {
                    found(rules);
                }
            }
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
