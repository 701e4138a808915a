//! Values that meet a test, and values that just miss it.
//!
//! In: a test. Out: values to try in the fields that it asks, those that read best first. They are guesses: whoever takes one runs the rules on
//! it. Never here: deciding; what the values of a field look like.

use std::collections::BTreeSet;

use regex_syntax::hir::{Hir, HirKind};

use super::natural::Look;
use crate::ast::{AddressClass, Function, Number};
use crate::event::{Layout, Slot};
use crate::ir::{Bound, Check, From, Piece, Program, Set, SiteId, Test, Through, Where};
use crate::sysmon::Catalogue;

/// What to put where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Put {
    pub(super) slot: Slot,
    /// `None`: the field is taken away.
    pub(super) text: Option<String>,
}

/// Values to try.
#[derive(Clone, Debug, Default)]
pub(super) struct Guesses {
    /// They should meet the test.
    pub(super) meet: Vec<Vec<Put>>,
    /// They should not.
    pub(super) miss: Vec<Vec<Put>>,
}

/// Letters that are another letter only where case is ignored: those beyond ASCII that fold into it.
pub(super) const FOLDED: [&str; 2] = ["\u{17f}", "\u{212a}"];
/// Texts of a set or list that are tried.
const MOST: usize = 4;

/// The field that a test asks, where it is one.
pub(super) fn asked(test: &Test) -> Option<Slot> {
    match test.subject.from {
        From::Slot(slot) | From::Typed(_, slot) | From::Hash(_, slot) | From::AnyOf([slot, ..]) => Some(slot),
        From::AnyField | From::Event => None,
    }
}

/// Guesses for one test.
pub(super) fn guesses(program: &Program, catalogue: &Catalogue, site: SiteId) -> Guesses {
    let written = program.sites.get(site.index()).map_or("", |site| site.text.as_str());
    guesses_of(program, catalogue, program.test_of(site), written)
}

/// Values that meet what only one of two tests of the same field lists: each member of it that the other does not have.
pub(super) fn apart(program: &Program, catalogue: &Catalogue, tests: [&Test; 2], written: &str) -> Vec<Vec<Put>> {
    fn only<T: PartialEq + Clone>(own: &[T], other: &[T]) -> Vec<T> {
        own.iter().filter(|member| !other.contains(member)).cloned().collect()
    }
    let of = |own: &Test, other: &Test| {
        let check = match (&own.check, &other.check) {
            (Check::EventIs(own), Check::EventIs(other)) => Check::EventIs(only(own, other)),
            (Check::In(own), Check::In(other)) => Check::In(Set {
                fold: own.fold,
                texts: only(&own.texts, &other.texts),
                numbers: only(&own.numbers, &other.numbers),
                bools: only(&own.bools, &other.bools),
                networks: only(&own.networks, &other.networks),
                times: only(&own.times, &other.times),
            }),
            (Check::Text { place, needles, compare, .. }, Check::Text { needles: other, .. }) => {
                Check::Text { place: *place, needles: only(needles, other), all: false, compare: *compare }
            }
            (Check::Like { patterns, compare, .. }, Check::Like { patterns: other, .. }) => {
                Check::Like { patterns: only(patterns, other), all: false, compare: *compare }
            }
            (Check::Matches { patterns, .. }, Check::Matches { patterns: other, .. }) => {
                Check::Matches { patterns: only(patterns, other), all: false }
            }
            _others => return Vec::new(),
        };
        guesses_of(program, catalogue, &Test { check, ..own.clone() }, written).meet
    };
    let [own, other] = tests;
    let mut found = of(other, own);
    found.extend(of(own, other));
    found
}

/// Guesses for a test, written so.
fn guesses_of(program: &Program, catalogue: &Catalogue, test: &Test, written: &str) -> Guesses {
    let mut found = Guesses::default();
    if let Check::EventIs(events) = &test.check {
        let ids = 0..u32::try_from(program.events.len()).unwrap_or(u32::MAX);
        let (own, others): (Vec<u32>, Vec<u32>) = ids.partition(|id| events.contains(id));
        let put = |id: &u32| {
            let event = program.events.get(*id as usize)?;
            let provider = Put { slot: Layout::PROVIDER, text: event.providers.first().cloned() };
            Some(vec![provider, Put { slot: Layout::EVENT_ID, text: Some(event.id.to_string()) }])
        };
        found.meet.extend(own.iter().filter_map(put));
        // Others that rules name; one that is often there; one that no Sysmon has.
        found.miss.extend(others.iter().filter_map(put));
        found.miss.extend(["5", "999"].map(|id| vec![Put { slot: Layout::EVENT_ID, text: Some(id.to_string()) }]));
        return found;
    }
    let Some(slot) = asked(test) else { return found };
    let prefix = match test.subject.from {
        From::Hash(kind, _) => format!("{}=", kind.word()),
        From::Slot(_) | From::Typed(..) | From::AnyOf(_) | From::AnyField | From::Event => String::new(),
    };
    let look = match test.subject.from {
        From::Hash(..) => Look::Hash,
        _ => program.layout.get(slot).map_or(Look::Word, |field| Look::of(catalogue, &field.name)),
    };
    let (mut meet, mut miss) = texts(program, &test.check, (look, written), slot, &mut found);
    let mut seen = BTreeSet::new();
    meet.retain(|text| seen.insert(text.clone()));
    seen.clear();
    miss.retain(|text| seen.insert(text.clone()));
    let dress = |text: String| match test.subject.through.first() {
        Some(Through::Function(Function::FileName)) => format!("{prefix}C:\\Program Files\\Tools\\{text}"),
        Some(Through::Function(Function::Folder)) => format!("{prefix}{}\\tool.exe", text.trim_end_matches('\\')),
        Some(Through::Function(_) | Through::Lookup(_)) | None => format!("{prefix}{text}"),
    };
    let put = |text: Option<String>| vec![Put { slot, text }];
    found.meet.extend(meet.into_iter().map(|text| put(Some(dress(text)))));
    let bare: Vec<String> = miss.clone();
    found.miss.extend(miss.into_iter().map(|text| put(Some(dress(text)))));
    if !test.subject.through.is_empty() {
        found.miss.extend(bare.into_iter().map(|text| put(Some(text))));
    }
    match test.check {
        Check::Blank => found.meet.push(put(None)),
        _ => found.miss.push(put(None)),
    }
    found
}

/// Texts that meet a check, and such that just do not.
fn texts(
    program: &Program,
    check: &Check,
    (look, written): (Look, &str),
    slot: Slot,
    found: &mut Guesses,
) -> (Vec<String>, Vec<String>) {
    let mut meet: Vec<String> = Vec::new();
    let mut miss: Vec<String> = Vec::new();
    match check {
        Check::Exists => meet.push(look.usual(1)),
        Check::Blank => {
            meet.push(String::new());
            miss.push(look.usual(1));
        }
        Check::Order(_, bound) => {
            let around: Vec<String> = match bound {
                Bound::Number(Number::Int(value)) => {
                    [*value, value.saturating_sub(1), value.saturating_add(1)].map(|value| value.to_string()).to_vec()
                }
                Bound::Number(Number::Float(value)) => {
                    [*value, value - 1.0, value + 1.0].map(|v| v.to_string()).to_vec()
                }
                Bound::Time(time) => vec![time.to_string(), "1970-01-01".to_string(), "2099-01-01".to_string()],
                Bound::Address(address) => vec![
                    address.to_string(),
                    "10.0.0.1".to_string(),
                    "192.0.2.1".to_string(),
                    "0.0.0.1".to_string(),
                    "255.0.0.1".to_string(),
                ],
            };
            meet.clone_from(&around);
            miss.extend(around);
        }
        Check::Text { place, needles, all, .. } => {
            // As it would be written, and with no sign that could be in its way.
            let around = |needle: &str| match place {
                Where::Inside => vec![needle.to_string(), look.longer(&look.led(needle)), format!("x{needle}x")],
                Where::Start => vec![look.longer(needle), format!("{needle}x"), needle.to_string()],
                Where::End => vec![look.led(needle), format!("x{needle}"), needle.to_string()],
            };
            if *all {
                meet.extend(around(&needles.concat()));
            }
            meet.extend(needles.iter().take(MOST).flat_map(|needle| around(&as_written(needle, written))));
        }
        Check::Like { patterns, all: _, compare: _ } => {
            for pattern in patterns.iter().take(MOST) {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => as_written(text, written),
                    Piece::One | Piece::Any => "x".to_string(),
                    Piece::Dash => "/".to_string(),
                };
                let shortest = |piece: &Piece| match piece {
                    Piece::Text(text) => as_written(text, written),
                    Piece::One => "1".to_string(),
                    Piece::Dash => "-".to_string(),
                    Piece::Any => String::new(),
                };
                let short: String = pattern.0.iter().map(shortest).collect();
                let led = if pattern.0.first() == Some(&Piece::Any) { look.led(&short) } else { short.clone() };
                meet.push(if pattern.0.last() == Some(&Piece::Any) { look.longer(&led) } else { led });
                meet.push(short);
                meet.push(pattern.0.iter().map(piece).collect());
            }
        }
        Check::Matches { patterns, all: _ } => {
            meet.extend(patterns.iter().take(MOST).filter_map(|pattern| example(pattern)));
        }
        Check::In(set) => {
            // A member of a network, and not the network.
            let host = |network: &ipnet::IpNet| network.hosts().next().unwrap_or(network.addr()).to_string();
            meet.extend(set.networks.iter().take(MOST).map(host));
            // Beside networks the texts are what they are written as.
            let is_network = |text: &&String| !set.networks.is_empty() && text.parse::<ipnet::IpNet>().is_ok();
            let texts = set.texts.iter().filter(|text| !is_network(text)).take(MOST);
            meet.extend(texts.map(|text| as_written(text, written)));
            meet.extend(set.numbers.iter().take(MOST).map(|number| number.text()));
            meet.extend(set.bools.iter().map(ToString::to_string));
            meet.extend(set.times.iter().take(MOST).map(ToString::to_string));
            for number in set.numbers.iter().take(MOST) {
                if let Number::Int(value) = number {
                    miss.extend([value.saturating_add(1), value.saturating_sub(1)].map(|value| value.to_string()));
                }
            }
        }
        Check::Class(class) => {
            let of = |class: &AddressClass| match class {
                AddressClass::Private => "10.1.2.3",
                AddressClass::Public => "1.1.1.1",
                AddressClass::Loopback => "127.0.0.1",
                AddressClass::LinkLocal => "169.254.1.1",
                AddressClass::Multicast => "224.0.0.251",
                AddressClass::Unspecified => "0.0.0.0",
            };
            meet.push(of(class).to_string());
            miss.extend(AddressClass::ALL.iter().filter(|other| *other != class).map(|class| of(class).to_string()));
        }
        Check::Table(id) => {
            let keys = program.tables.get(id.index()).map(|table| &table.keys);
            meet.extend(keys.into_iter().flat_map(|keys| keys.iter().take(MOST).map(str::to_string)));
        }
        Check::Field(_, other, _) => {
            if let From::Slot(other) = other.from {
                let both = |a: &str, b: &str| {
                    vec![Put { slot, text: Some(a.to_string()) }, Put { slot: other, text: Some(b.to_string()) }]
                };
                found.meet.extend([both("1", "1"), both("1", "2"), both("2", "1"), both("x1x", "1")]);
                found.miss.extend([both("1", "1"), both("1", "2"), both("2", "1"), both("a", "A")]);
            }
        }
        Check::EventIs(_) | Check::HasTag { .. } | Check::Acted(_) | Check::Remembered(..) | Check::Some(_) => {}
    }
    // Near misses of what meets: longer, elsewhere, shorter, in other case; at last what no field has.
    let near: Vec<String> = meet.iter().take(2 * MOST).cloned().collect();
    if look == Look::Address {
        // Of documentation, and in nobody's network.
        miss.push("192.0.2.1".to_string());
    }
    if matches!(check, Check::Text { place: Where::Inside, .. }) {
        // Anything else is as good, and reads better than a part of it.
        miss.push(look.usual(1));
    }
    let shorter = |text: &String| {
        let last = text.char_indices().next_back().map(|(last, _)| last);
        last.and_then(|last| text.get(..last)).map(str::to_string)
    };
    for text in &near {
        miss.extend([look.longer(text), look.led(text)]);
        miss.extend(look.beside(text));
        miss.extend([text.to_uppercase(), text.to_lowercase()]);
        miss.extend(shorter(text));
    }
    miss.push(look.usual(1));
    for text in &near {
        miss.extend([format!("{text}x"), format!("x{text}"), format!("x{text}x")]);
        miss.extend(FOLDED.map(|letter| format!("{text}{letter}")));
        miss.extend(FOLDED.map(|letter| folded_into(text, letter)));
        miss.extend([format!("{text}\u{e9}"), format!("{text}:x")]);
    }
    miss.push("x".to_string());
    (meet, miss)
}

/// The text as its rule has it: where case is ignored, the test has it folded.
pub(super) fn as_written(text: &str, written: &str) -> String {
    let at = written.to_ascii_lowercase().find(&text.to_ascii_lowercase());
    let found = at.and_then(|at| written.get(at..at + text.len()));
    found.unwrap_or(text).to_string()
}

/// The text with its first letter that folds as this one does, written as this one.
pub(super) fn folded_into(text: &str, letter: &str) -> String {
    let plain = crate::fold::fold(letter);
    let at = text.char_indices().find(|(_, c)| crate::fold::fold(&c.to_string()) == plain);
    match at {
        Some((at, c)) => format!(
            "{}{letter}{}",
            text.get(..at).unwrap_or_default(),
            text.get(at + c.len_utf8()..).unwrap_or_default()
        ),
        None => text.to_string(),
    }
}

/// A text that a regular expression meets, most likely.
fn example(pattern: &str) -> Option<String> {
    let hir = regex_syntax::ParserBuilder::new().nest_limit(200).build().parse(pattern).ok()?;
    let mut out = String::new();
    write(&hir, &mut out);
    (out.len() <= 4096).then_some(out)
}

/// Bounded by the nesting that the parser lets pass.
fn write(hir: &Hir, out: &mut String) {
    if out.len() > 4096 {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            // A letter or digit where there is one; so that what follows reads like something.
            let plain = class.ranges().iter().flat_map(|range| [range.start(), range.end()]);
            let within = ['a', 'A', '0', 'x']
                .into_iter()
                .find(|c| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(c)));
            out.extend(within.or_else(|| plain.clone().next()));
        }
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
            out.extend(class.ranges().first().map(|range| char::from(range.start())));
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.min.max(u32::from(repetition.max != Some(0))).min(64);
            (0..times).for_each(|_| write(&repetition.sub, out));
        }
        HirKind::Capture(capture) => write(&capture.sub, out),
        HirKind::Concat(members) => members.iter().for_each(|member| write(member, out)),
        HirKind::Alternation(members) => members.iter().take(1).for_each(|member| write(member, out)),
    }
}

#[cfg(test)]
mod tests {
    use super::example;

    #[test]
    fn an_example_meets_its_pattern() {
        for pattern in ["(?i)^ab[0-9]{3}(x|y)+$", r"^\\W{2}.*z?$", "[^a]b", r"^[A-Za-z]:[ -9;-~]+$"] {
            let text = example(pattern).unwrap();
            assert!(regex::Regex::new(pattern).unwrap().is_match(&text), "{pattern} {text}");
        }
    }
}
