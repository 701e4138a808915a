//! Values that meet a test, and values that just miss it.
//!
//! In: a test. Out: values to try in the fields that it asks. They are guesses: whoever takes one runs the rules on it. Never here: deciding.

use regex_syntax::hir::{Hir, HirKind};

use crate::ast::{AddressClass, Function, Number};
use crate::event::{Layout, Slot};
use crate::ir::{Bound, Check, From, Piece, Program, Test, Through, Where};

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

/// Guesses for one test.
pub(super) fn guesses(program: &Program, test: &Test) -> Guesses {
    let mut found = Guesses::default();
    if let Check::EventIs(events) = &test.check {
        for event in events.iter().filter_map(|event| program.events.get(*event as usize)) {
            let provider = Put { slot: Layout::PROVIDER, text: event.providers.first().cloned() };
            found.meet.push(vec![provider, Put { slot: Layout::EVENT_ID, text: Some(event.id.to_string()) }]);
        }
        // No Sysmon has this event.
        found.miss.push(vec![Put { slot: Layout::EVENT_ID, text: Some("999".to_string()) }]);
        return found;
    }
    let (slot, prefix) = match test.subject.from {
        From::Slot(slot) | From::Typed(_, slot) => (slot, String::new()),
        From::Hash(kind, slot) => (slot, format!("{}=", kind.word())),
        From::AnyOf([slot, ..]) => (slot, String::new()),
        From::AnyField | From::Event => return found,
    };
    let (meet, miss) = texts(program, &test.check, slot, &mut found);
    let dress = |text: String| match test.subject.through.first() {
        Some(Through::Function(Function::FileName)) => format!("{prefix}C:\\x\\{text}"),
        Some(Through::Function(Function::Folder)) => format!("{prefix}{text}x.exe"),
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
fn texts(program: &Program, check: &Check, slot: Slot, found: &mut Guesses) -> (Vec<String>, Vec<String>) {
    let mut meet: Vec<String> = Vec::new();
    let mut miss: Vec<String> = Vec::new();
    match check {
        Check::Exists => meet.push("x".to_string()),
        Check::Blank => {
            meet.push(String::new());
            miss.push("x".to_string());
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
                Bound::Address(address) => vec![address.to_string(), "0.0.0.1".to_string(), "255.0.0.1".to_string()],
            };
            meet.clone_from(&around);
            miss.extend(around);
        }
        Check::Text { place, needles, all, .. } => {
            let around = |needle: &str| match place {
                Where::Inside => format!("x{needle}x"),
                Where::Start => format!("{needle}x"),
                Where::End => format!("x{needle}"),
            };
            if *all {
                meet.push(around(&needles.concat()));
                meet.push(needles.concat());
            }
            meet.extend(needles.iter().take(MOST).map(|needle| around(needle)));
            meet.extend(needles.iter().take(MOST).cloned());
            for needle in needles.iter().take(MOST) {
                miss.extend([format!("x{needle}x"), format!("x{needle}"), format!("{needle}x")]);
            }
        }
        Check::Like { patterns, all: _, compare: _ } => {
            for pattern in patterns.iter().take(MOST) {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::One | Piece::Any => "x".to_string(),
                };
                meet.push(pattern.0.iter().map(piece).collect());
            }
        }
        Check::Matches { patterns, all: _ } => {
            meet.extend(patterns.iter().take(MOST).filter_map(|pattern| example(pattern)));
        }
        Check::In(set) => {
            meet.extend(set.texts.iter().take(MOST).cloned());
            meet.extend(set.numbers.iter().take(MOST).map(|number| number.text()));
            meet.extend(set.bools.iter().map(ToString::to_string));
            meet.extend(set.networks.iter().take(MOST).map(|network| network.addr().to_string()));
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
    // Near misses of what meets: longer, shorter, in other case.
    for text in meet.iter().take(2 * MOST).cloned().collect::<Vec<_>>() {
        miss.extend([format!("{text}x"), format!("x{text}"), format!("x{text}x")]);
        miss.extend([text.to_uppercase(), text.to_lowercase()]);
        miss.extend(FOLDED.map(|letter| format!("{text}{letter}")));
        miss.extend(FOLDED.map(|letter| folded_into(&text, letter)));
        miss.extend([format!("{text}\u{e9}"), format!("{text}:x")]);
        if let Some((last, _)) = text.char_indices().next_back() {
            miss.push(text.get(..last).unwrap_or_default().to_string());
        }
    }
    miss.push("x".to_string());
    (meet, miss)
}

/// The text with its first letter that folds as this one does, written as this one.
fn folded_into(text: &str, letter: &str) -> String {
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
