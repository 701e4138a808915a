//! What a test that holds says about the text of a field.
//!
//! In: a test. Out: [`Atom`]s, one of which holds wherever the test does, the field being a plain text; or nothing, where the test says
//! nothing that can be looked up. Never here: negation; what a rule makes of its tests.
//!
//! Texts are folded here whatever the test ignores, for the index knows only folded texts: letters that are equal as written are equal
//! folded. Dashes are cut out, for each kind of dash may stand there.

use std::sync::OnceLock;

use ipnet::IpNet;

use crate::ast::Function;
use crate::bytecode::Module;
use crate::dialect::Dialect;
use crate::event::Slot;
use crate::fold::fold;
use crate::ir::{Check, From, Operand, Pattern, Piece, Set, Test, Through, Where};

use super::{literals, rarity};

/// One thing that a field's text, folded, may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Atom {
    pub(super) slot: Slot,
    pub(super) asks: Asks,
}

/// What it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asks {
    /// It is there.
    Present,
    /// It is this text.
    Equal(String),
    /// It begins with it.
    Start(String),
    /// It ends with it.
    End(String),
    /// It contains it.
    Inside(String),
}

/// Lists of more members are not looked up here: the test itself has a table of them.
const MEMBERS: usize = 4096;

/// The atoms of a module's tests, each made once, when it is first asked for.
pub(super) struct Table(Vec<OnceLock<Option<Known>>>);

/// What a test says, and the part of events in which it may hold, from 0 up; above 1 where its atoms are many.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) atoms: Vec<Atom>,
    pub(super) share: f32,
}

impl Table {
    pub(super) fn new(module: &Module) -> Self {
        Self(module.tests.iter().map(|_| OnceLock::new()).collect())
    }

    /// What a test of the module says.
    pub(super) fn of(&self, module: &Module, test: u32) -> Option<&Known> {
        let make = || {
            let atoms = module.tests.get(test as usize).and_then(atoms)?;
            let share = atoms.iter().map(|atom| rarity::share(&atom.asks)).sum();
            Some(Known { atoms, share })
        };
        self.0.get(test as usize)?.get_or_init(make).as_ref()
    }
}

/// The slots that an operand reads; `None`: any.
pub(super) fn slots(operand: &Operand) -> Option<Vec<Slot>> {
    match operand.from {
        From::Slot(slot) | From::Hash(_, slot) | From::Typed(_, slot) => Some(vec![slot]),
        From::AnyOf(slots) => Some(slots.to_vec()),
        From::Event => Some(Vec::new()),
        From::AnyField => None,
    }
}

/// The atoms of a test, one of which holds where it does.
pub(super) fn atoms(test: &Test) -> Option<Vec<Atom>> {
    // The others' dialects read an absent field as a text, or have values that are no text.
    if !matches!(test.dialect, Dialect::Ours | Dialect::Sigma) || test.dialect.reading().absent_reads_as.is_some() {
        return None;
    }
    let through = See::through(&test.subject);
    let asks = match &test.check {
        // What is missing holds too.
        Check::Blank => return None,
        Check::EventIs(_) | Check::HasTag { .. } | Check::Acted(_) | Check::Remembered(..) => return None,
        Check::Exists | Check::Order(..) | Check::Class(_) | Check::Table(_) | Check::Field(..) | Check::Some(_) => {
            vec![Asks::Present]
        }
        Check::Text { place, needles, all, compare } => {
            let texts = needles.iter().map(|needle| through.text(*place, &without_dashes(needle, compare.any_dash)));
            if compare.any_dash { any_or_rarest(texts.map(Asks::somewhere), *all) } else { any_or_rarest(texts, *all) }
        }
        Check::Like { patterns, all, compare } => {
            any_or_rarest(patterns.iter().map(|pattern| through.like(pattern, compare.any_dash)), *all)
        }
        Check::Matches { patterns, all } => {
            let one = |pattern: &String| match literals::needed(pattern) {
                Some(texts) => texts.into_iter().map(|text| through.text(Where::Inside, &text)).collect(),
                None => vec![Asks::Present],
            };
            if *all {
                patterns.iter().map(one).min_by(|a, b| rarity::of(a).total_cmp(&rarity::of(b)))?
            } else {
                patterns.iter().flat_map(one).collect()
            }
        }
        Check::In(set) => of_set(set, through),
    };
    let slots = if let Check::Some(element) = &test.check { vec![element.list] } else { slots(&test.subject)? };
    let mut atoms: Vec<Atom> = Vec::new();
    for slot in slots {
        // A field that is there has all that it may have.
        if asks.contains(&Asks::Present) {
            atoms.push(Atom { slot, asks: Asks::Present });
        } else {
            atoms.extend(asks.iter().cloned().map(|asks| Atom { slot, asks }));
        }
    }
    // Without a slot there is nothing to look up; a test of nothing never holds, which later stages see for themselves.
    (!atoms.is_empty()).then_some(atoms)
}

/// All of them, or, where all must be there, the one that is rarest.
fn any_or_rarest(asks: impl Iterator<Item = Asks>, all: bool) -> Vec<Asks> {
    if all {
        asks.min_by(|a, b| rarity::share(a).total_cmp(&rarity::share(b))).into_iter().collect()
    } else {
        asks.collect()
    }
}

fn of_set(set: &Set, see: See) -> Vec<Asks> {
    let others = set.numbers.len() + set.bools.len() + set.times.len();
    let addresses: Option<Vec<String>> = set.networks.iter().map(address).collect();
    let (0, Some(addresses)) = (others, addresses) else { return vec![Asks::Present] };
    if set.texts.len() + addresses.len() > MEMBERS {
        return vec![Asks::Present];
    }
    let mut asks: Vec<Asks> = set.texts.iter().chain(&addresses).map(|text| see.equal(text)).collect();
    if !addresses.is_empty() {
        // The same address as one of IPv6, which is written in many ways.
        asks.push(see.text(Where::Inside, ":"));
    }
    asks
}

/// An address of IPv4 as it is written, if the network is that one alone.
fn address(network: &IpNet) -> Option<String> {
    match network {
        IpNet::V4(network) if network.prefix_len() == 32 => Some(network.addr().to_string()),
        IpNet::V4(_) | IpNet::V6(_) => None,
    }
}

/// The longest piece that stands there whatever kind of dash does.
fn without_dashes(text: &str, any_dash: bool) -> String {
    if any_dash {
        text.split('-').max_by_key(|piece| piece.len()).unwrap_or_default().to_string()
    } else {
        text.to_string()
    }
}

/// How a value is seen: what is said of what is seen, as said of the text that stands in the event.
#[derive(Clone, Copy, PartialEq)]
enum See {
    /// As it stands.
    Whole,
    /// Its last part only.
    Tail,
    /// Its first part only.
    Head,
    /// Some part of it.
    Part,
    /// Through something of which nothing is known.
    Unknown,
}

impl See {
    fn through(operand: &Operand) -> Self {
        match (operand.from, operand.through.as_slice()) {
            (From::Hash(..), []) => See::Part,
            (From::Slot(_) | From::AnyOf(_), []) => See::Whole,
            (From::Slot(_) | From::AnyOf(_), [Through::Function(Function::FileName)]) => See::Tail,
            (From::Slot(_) | From::AnyOf(_), [Through::Function(Function::Folder)]) => See::Head,
            _other => See::Unknown,
        }
    }

    fn equal(self, text: &str) -> Asks {
        let text = fold(text);
        // An empty part is part of any text.
        match self {
            See::Unknown => Asks::Present,
            See::Whole => Asks::Equal(text),
            See::Tail | See::Head | See::Part if text.is_empty() => Asks::Present,
            See::Tail => Asks::End(text),
            See::Head => Asks::Start(text),
            See::Part => Asks::Inside(text),
        }
    }

    fn text(self, place: Where, text: &str) -> Asks {
        if text.is_empty() {
            return Asks::Present;
        }
        match (self, place) {
            (See::Unknown, _) => Asks::Present,
            (See::Whole | See::Head, Where::Start) => Asks::Start(fold(text)),
            (See::Whole | See::Tail, Where::End) => Asks::End(fold(text)),
            (See::Whole | See::Head | See::Tail | See::Part, Where::Inside)
            | (See::Tail | See::Part, Where::Start)
            | (See::Head | See::Part, Where::End) => Asks::Inside(fold(text)),
        }
    }

    /// The rarest of a pattern's pieces.
    fn like(self, Pattern(pieces): &Pattern, any_dash: bool) -> Asks {
        if let ([Piece::Text(text)], false) = (pieces.as_slice(), any_dash) {
            return self.equal(text);
        }
        let last = pieces.len().saturating_sub(1);
        let piece = |(at, piece): (usize, &Piece)| match piece {
            Piece::One | Piece::Dash | Piece::Any => None,
            Piece::Text(text) if any_dash => Some(self.text(Where::Inside, &without_dashes(text, true))),
            Piece::Text(text) => Some(match at {
                0 => self.text(Where::Start, text),
                at if at == last => self.text(Where::End, text),
                _inner => self.text(Where::Inside, text),
            }),
        };
        let pieces = pieces.iter().enumerate().filter_map(piece);
        pieces.min_by(|a, b| rarity::share(a).total_cmp(&rarity::share(b))).unwrap_or(Asks::Present)
    }
}

impl Asks {
    /// The same wherever it stands: cut out of a text, it has no place of its own.
    fn somewhere(self) -> Self {
        match self {
            Asks::Start(text) | Asks::End(text) => Asks::Inside(text),
            Asks::Present | Asks::Equal(_) | Asks::Inside(_) => self,
        }
    }
}
