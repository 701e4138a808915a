//! Search structures of one test, built from its literals when it is first asked.
//!
//! In: a test. Out: whatever answers it fastest over one decoded value. Never here: trust in stored structures; what a
//! module carries is literals only. Of the structures those that cost much are built when they are asked often.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aho_corasick::AhoCorasick;
use memchr::memmem::{self, Finder};
use rustc_hash::FxHashSet;

use super::Fault;
use super::scalar::Scalar;
use crate::bytecode::{self, Instr};
use crate::check::pattern;
use crate::dialect::Fold;
use crate::ir::{Check, Pattern, Piece, Set, Test, Where};

/// From how many members on a list is a hashed set, and needles one automaton.
const MANY: usize = 8;

/// What answers a test.
pub enum Matcher {
    /// Nothing to prepare.
    Plain,
    /// Needles inside, at the start or at the end.
    Texts(Needles),
    /// Regular expressions, built on first use.
    Patterns(Vec<Lazy>),
    /// A set of literals.
    Set(Literals),
    /// A condition on the elements of a list.
    Element(Box<ElementCode>),
}

/// Code and matchers for the elements of one list.
pub struct ElementCode {
    pub(super) code: Vec<Instr>,
    pub(super) matchers: Vec<Matcher>,
}

/// A regular expression that is compiled when it is first asked.
pub struct Lazy {
    source: String,
    built: OnceLock<Option<regex::Regex>>,
}

impl Lazy {
    fn new(source: &str) -> Self {
        Self { source: source.to_string(), built: OnceLock::new() }
    }

    pub(super) fn is_match(&self, text: &str) -> Result<bool, Fault> {
        let built = self.built.get_or_init(|| pattern::build(&self.source).ok());
        built.as_ref().map(|regex| regex.is_match(text)).ok_or(Fault::Pattern)
    }
}

/// Needles of one place.
pub enum Needles {
    /// Inside, one after the other.
    Few(Vec<Finder<'static>>),
    /// Inside, all at once.
    Many(Box<Many>),
    /// At the start or end, one after the other.
    Ends(Vec<String>),
    /// At the start or end: a set of needles, and their lengths.
    EndSet(FxHashSet<Vec<u8>>, Vec<usize>),
}

/// Needles that are looked for one after the other at first: an automaton takes as long as hundreds of searches.
pub struct Many {
    needles: Vec<String>,
    /// Searches so far, up to [`OFTEN`].
    asked: AtomicU32,
    /// `None`: there cannot be one.
    automaton: OnceLock<Option<AhoCorasick>>,
}

/// So many searches are worth an automaton.
const OFTEN: u32 = 32;

impl Many {
    fn new(needles: &[String]) -> Self {
        Self { needles: needles.to_vec(), asked: AtomicU32::new(0), automaton: OnceLock::new() }
    }

    fn found(&self, text: &str) -> bool {
        let built = match self.automaton.get() {
            Some(built) => built.as_ref(),
            // How many threads count at once does not matter: what is found is the same.
            None if self.asked.fetch_add(1, Ordering::Relaxed) < OFTEN => None,
            None => {
                // Bytes: the type of which the builder of automata has code anyway.
                let bytes: Vec<&[u8]> = self.needles.iter().map(String::as_bytes).collect();
                self.automaton.get_or_init(|| AhoCorasick::builder().build(bytes).ok()).as_ref()
            }
        };
        match built {
            Some(automaton) => automaton.is_match(text),
            None => self.needles.iter().any(|needle| memmem::find(text.as_bytes(), needle.as_bytes()).is_some()),
        }
    }
}

impl Needles {
    fn new(place: Where, needles: &[String], all: bool) -> Self {
        let many = needles.len() > MANY && !all;
        match place {
            Where::Inside if many => Needles::Many(Box::new(Many::new(needles))),
            Where::Inside => Needles::Few(needles.iter().map(|needle| Finder::new(needle).into_owned()).collect()),
            Where::Start | Where::End if many => {
                let mut lengths: Vec<usize> = needles.iter().map(String::len).collect();
                crate::order::sort(&mut lengths);
                lengths.dedup();
                Needles::EndSet(needles.iter().map(|needle| needle.clone().into_bytes()).collect(), lengths)
            }
            Where::Start | Where::End => Needles::Ends(needles.to_vec()),
        }
    }

    /// Is one of the needles (or, with `all`, each) there?
    pub(super) fn found(&self, place: Where, all: bool, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Needles::Few(finders) if all => finders.iter().all(|finder| finder.find(bytes).is_some()),
            Needles::Few(finders) => finders.iter().any(|finder| finder.find(bytes).is_some()),
            Needles::Many(many) => many.found(text),
            Needles::Ends(needles) => {
                let at = |needle: &String| {
                    if place == Where::Start { text.starts_with(needle) } else { text.ends_with(needle) }
                };
                if all { needles.iter().all(at) } else { needles.iter().any(at) }
            }
            Needles::EndSet(set, lengths) => {
                lengths.iter().take_while(|length| **length <= bytes.len()).any(|length| {
                    let piece = if place == Where::Start { &bytes[..*length] } else { &bytes[bytes.len() - length..] };
                    set.contains(piece)
                })
            }
        }
    }

    /// Is this one needle there? For `all` over a list, where each needle may lie in another member.
    pub(super) fn found_one(&self, place: Where, index: usize, text: &str) -> bool {
        match self {
            Needles::Few(finders) => finders.get(index).is_some_and(|finder| finder.find(text.as_bytes()).is_some()),
            Needles::Ends(needles) => needles.get(index).is_some_and(|needle| {
                if place == Where::Start { text.starts_with(needle) } else { text.ends_with(needle) }
            }),
            // `all` never builds these two.
            Needles::Many(_) | Needles::EndSet(..) => false,
        }
    }
}

/// A set of literals.
pub struct Literals {
    texts: Option<FxHashSet<String>>,
}

impl Literals {
    fn new(set: &Set) -> Self {
        Self { texts: (set.texts.len() > MANY).then(|| set.texts.iter().cloned().collect()) }
    }

    pub(super) fn has_text(&self, set: &Set, text: &str) -> bool {
        match &self.texts {
            Some(texts) => texts.contains(text),
            None => set.texts.iter().any(|have| have == text),
        }
    }

    /// Is the value one of the set, texts apart?
    pub(super) fn has_other(set: &Set, value: Scalar<'_>, converts: bool) -> bool {
        let own = |text: bool| converts || !text;
        let is_text = matches!(value, Scalar::Text(_));
        (!set.numbers.is_empty() && own(is_text) && value.number().is_some_and(|number| set.numbers.contains(&number)))
            || (!set.bools.is_empty() && own(is_text) && value.bool().is_some_and(|flag| set.bools.contains(&flag)))
            || (!set.networks.is_empty()
                && value.address().is_some_and(|address| set.networks.iter().any(|net| contains(net, address))))
            || (!set.times.is_empty() && value.time().is_some_and(|time| set.times.contains(&time)))
    }
}

/// Is the address inside? An IPv6 network that maps IPv4 holds IPv4 addresses too.
pub(super) fn contains(net: &ipnet::IpNet, address: std::net::IpAddr) -> bool {
    use ipnet::IpNet;
    use std::net::IpAddr;
    match (net, address) {
        (IpNet::V4(net), IpAddr::V4(address)) => net.contains(&address),
        (IpNet::V6(net), IpAddr::V6(address)) => net.contains(&address),
        (IpNet::V6(net), IpAddr::V4(address)) => net.contains(&address.to_ipv6_mapped()),
        (IpNet::V4(_), IpAddr::V6(_)) => false,
    }
}

impl Matcher {
    /// Prepares a test.
    pub(super) fn new(test: &Test) -> Self {
        match &test.check {
            Check::Text { place, needles, all, .. } => Matcher::Texts(Needles::new(*place, needles, *all)),
            Check::Matches { patterns, .. } => {
                Matcher::Patterns(patterns.iter().map(|pattern| Lazy::new(pattern)).collect())
            }
            Check::In(set) => Matcher::Set(Literals::new(set)),
            Check::Some(element) => Matcher::Element(Box::new(ElementCode {
                code: bytecode::condition_code(&element.nodes, element.root),
                matchers: element.tests.iter().map(Matcher::new).collect(),
            })),
            Check::Exists
            | Check::Blank
            | Check::Order(..)
            | Check::Like { .. }
            | Check::Class(_)
            | Check::Table(_)
            | Check::Field(..)
            | Check::EventIs(_)
            | Check::HasTag { .. }
            | Check::Acted(_)
            | Check::Remembered(..) => Matcher::Plain,
        }
    }
}

/// Does the whole text fit the pattern? Linear but for the look back to the last `*`: at most text times pattern, and in
/// practice one pass, since a later `*` never has to give back what an earlier one took.
pub(super) fn like(pattern: &Pattern, text: &str) -> bool {
    let pieces = &pattern.0;
    let (mut piece, mut at) = (0, 0);
    // Where to go on when what follows the last `*` does not fit: the piece behind it, and the next place to try.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match pieces.get(piece) {
            Some(Piece::Any) => {
                piece += 1;
                if piece == pieces.len() {
                    return true;
                }
                retry = Some((piece, at));
                continue;
            }
            Some(Piece::One) => {
                if let Some(c) = text[at..].chars().next() {
                    at += c.len_utf8();
                    piece += 1;
                    continue;
                }
            }
            Some(Piece::Dash) if text[at..].starts_with(['-', '/']) => {
                at += 1;
                piece += 1;
                continue;
            }
            Some(Piece::Text(wanted)) => {
                // Behind a `*` the next place where the text stands is found at once, not character by character.
                if let Some((behind, from)) = retry
                    && behind == piece
                {
                    let last = piece + 1 == pieces.len();
                    let found = if last {
                        (text.len() >= from + wanted.len() && text.ends_with(wanted.as_str()))
                            .then(|| text.len() - wanted.len())
                    } else {
                        text[from..].find(wanted.as_str()).map(|found| from + found)
                    };
                    let Some(found) = found else { return false };
                    retry = Some((piece, next_char(text, found)));
                    at = found + wanted.len();
                    piece += 1;
                    continue;
                }
                if text[at..].starts_with(wanted.as_str()) {
                    at += wanted.len();
                    piece += 1;
                    continue;
                }
            }
            None if at == text.len() => return true,
            Some(Piece::Dash) | None => {}
        }
        match retry {
            Some((behind, from)) if from < text.len() => {
                let next =
                    if matches!(pieces.get(behind), Some(Piece::Text(_))) { from } else { next_char(text, from) };
                retry = Some((behind, next));
                piece = behind;
                at = next;
            }
            Some(_) | None => return false,
        }
    }
}

fn next_char(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(1, char::len_utf8)
}

/// A value's text in the form in which a test compares it.
pub(super) fn compared<'t>(
    text: &'t str,
    compare: crate::ir::Compare,
    dashed: &'t mut String,
    folded: &'t mut String,
) -> &'t str {
    let text = if compare.any_dash {
        dashed.clear();
        crate::fold::dashes_into(text, dashed);
        dashed.as_str()
    } else {
        text
    };
    match compare.fold {
        Fold::Cased => text,
        Fold::Simple => {
            folded.clear();
            crate::fold::fold_into(text, folded);
            folded
        }
        Fold::Ascii => {
            folded.clear();
            folded.push_str(text);
            folded.make_ascii_lowercase();
            folded
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::pattern::wildcard;

    #[test]
    fn wildcards_fit_the_whole_text() {
        let fits = |pattern: &str, text: &str| like(&wildcard(pattern).0, text);
        assert!(fits(r"*\prog?.exe", r"C:\x\progA.exe"));
        assert!(!fits(r"*\prog?.exe", r"C:\x\prog.exe"));
        assert!(fits("a*b*c", "a\nb-b-c-c"));
        assert!(!fits("a*b*c", "a-b-b-"));
        assert!(fits("*", ""));
        assert!(fits("**x", "x"));
        assert!(!fits("", "x"));
        assert!(fits("", ""));
        assert!(fits("?", "é"));
        assert!(!fits("?", ""));
        assert!(fits("*?", "é"));
        assert!(fits("*ab", "aab"));
        assert!(fits("*a?c*e", "abaabcde"));
        assert!(!fits("a*a", "a"));
    }
}
