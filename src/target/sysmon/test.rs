//! One test of a rule as filters of Sysmon, for events of one id.
//!
//! In: a typed test. Out: alternatives that hold for exactly the same events of this id, or why there are none. Never here: statements.
//!
//! Sysmon compares texts, ignoring the case of ASCII letters, and sees `-` where there is nothing; so a test that a `-` would meet cannot be said, but for
//! `is blank`, which is `is -`.

use super::dnf::{Dnf, Filter, TooMany};
use super::{Refused, refuse};
use crate::ast::{Function, Number};
use crate::dialect::{Dialect, Fold};
use crate::event::Slot;
use crate::ir::{Check, Compare, From, Piece, Program, Test, Through, Where};
use crate::sysmon::config::{Condition, twin};
use crate::sysmon::{Catalogue, FieldType, PROVIDER, fields_of};

/// Keys of a lookup table that are written out at most.
const KEYS: usize = 500;

/// Does a test ask for nothing but the kind of event?
pub(super) fn is_of_event(test: &Test) -> bool {
    matches!(test.check, Check::EventIs(_))
}

/// What a test, or its opposite, says of an event of this id.
pub(super) fn condition(
    program: &Program,
    catalogue: &Catalogue,
    id: u32,
    test: &Test,
    negated: bool,
) -> Result<Result<Dnf, TooMany>, Refused> {
    if test.dialect != Dialect::Ours {
        return refuse("a test in another system's meaning", "write it in this language's own, without `strictly`");
    }
    if let Check::EventIs(events) = &test.check {
        let is = events.iter().filter_map(|event| program.events.get(*event as usize)).any(|event| {
            event.id == id && event.providers.iter().any(|provider| provider.eq_ignore_ascii_case(PROVIDER))
        });
        return Ok(Ok(Dnf::constant(is != negated)));
    }
    let slots: Vec<Slot> = match test.subject.from {
        From::Slot(slot) | From::Hash(_, slot) => vec![slot],
        From::AnyOf(slots) => slots.to_vec(),
        From::AnyField => return refuse("`any field`", "name the fields that are meant, joined by `or`"),
        From::Typed(..) | From::Event => return refuse("this test", "test a field of the event"),
    };
    let mut sum = Dnf::constant(negated);
    for slot in slots {
        let one = match field(program, catalogue, id, slot)? {
            // The event has no such field: what is asked of it does not hold, but for `is blank`.
            None => Dnf::constant(matches!(test.check, Check::Blank) != negated),
            Some((field, kind)) => match of_field(program, test, &field, kind, negated)? {
                Ok(dnf) => dnf,
                Err(too_many) => return Ok(Err(too_many)),
            },
        };
        let next = if negated { sum.and(&one) } else { sum.or(one) };
        sum = match next {
            Ok(sum) => sum,
            Err(too_many) => return Ok(Err(too_many)),
        };
    }
    Ok(Ok(sum))
}

/// The field of Sysmon's that a slot reads, and what it holds; none where events of this id do not have it.
fn field(
    program: &Program,
    catalogue: &Catalogue,
    id: u32,
    slot: Slot,
) -> Result<Option<(String, FieldType)>, Refused> {
    let paths = program.layout.get(slot).map(|field| field.paths.clone()).unwrap_or_default();
    // One field may have several names, of which an event has one.
    for path in &paths {
        if let Some(name) =
            path.strip_prefix("winlog.event_data.").filter(|name| fields_of(id).any(|field| field == *name))
        {
            if name == "RuleName" {
                return refuse(
                    "a test on RuleName",
                    "Sysmon gives it while it decides: test what the rules of that name test, or leave the filter to the agent",
                );
            }
            let kind = catalogue.resolve(path).def.map_or(FieldType::Text, |def| def.kind);
            return Ok(Some((name.to_string(), kind)));
        }
    }
    let data = |path: &String| path.starts_with("winlog.event_data.");
    if paths.iter().any(data) {
        return Ok(None);
    }
    let path = paths.first().map_or("this", String::as_str);
    refuse(
        format!("a test on `{path}`"),
        "Sysmon sees the fields of the event's data alone; which event it is says `event is`",
    )
}

/// What is asked of one field, as alternatives of positive filters; and the same opposite.
fn of_field(
    program: &Program,
    test: &Test,
    field: &str,
    kind: FieldType,
    negated: bool,
) -> Result<Result<Dnf, TooMany>, Refused> {
    use Condition as C;
    if let From::Hash(hash, _) = test.subject.from {
        let (Check::In(set), []) = (&test.check, test.subject.through.as_slice()) else {
            return refuse("this test of a hash", "compare it with whole hashes: hash SHA256 in ['…']");
        };
        let texts = set
            .texts
            .iter()
            .filter(|text| text.chars().any(|c| c != '0'))
            .map(|text| format!("{}={text}", hash.word()));
        return any(field, C::Contains, C::ContainsAny, texts.collect(), negated);
    }
    let name_only = match test.subject.through.as_slice() {
        [] => false,
        [Through::Function(Function::FileName)] => true,
        [Through::Function(function)] => {
            return refuse(format!("`{}`", function.words()), "Sysmon computes nothing: test the text as it stands");
        }
        _ => {
            return refuse(
                "a look-up, or a function of a function",
                "Sysmon computes nothing: test the text as it stands",
            );
        }
    };
    match &test.check {
        Check::Blank if !name_only => {
            let condition = if negated { C::IsNot } else { C::Is };
            Ok(Ok(Dnf::one(Filter::new(field, condition, twin_nothing()))))
        }
        Check::In(set) => {
            if !set.networks.is_empty() || !set.times.is_empty() {
                return refuse(
                    "networks and times",
                    "Sysmon compares texts: write the addresses out, or test their beginning",
                );
            }
            let mut texts = folded(set.fold, &set.texts)?;
            texts.extend(numbers(&set.numbers, kind)?);
            texts.extend(set.bools.iter().map(bool::to_string));
            if name_only {
                return names(field, texts, negated);
            }
            any(field, C::Is, C::IsAny, texts, negated)
        }
        Check::Table(table) if !name_only => {
            let keys = program.tables.get(table.index()).map(|table| &table.keys);
            let texts: Vec<String> =
                keys.map(|keys| keys.iter().take(KEYS + 1).map(str::to_string).collect()).unwrap_or_default();
            if texts.len() > KEYS {
                return refuse(
                    format!("a lookup table of more than {KEYS} keys"),
                    "Sysmon has no tables: ask it in a classify rule, behind the agent",
                );
            }
            any(field, C::Is, C::IsAny, texts, negated)
        }
        Check::Text { place, needles, all, compare } if !name_only => {
            let needles = folded_as(*compare, needles)?;
            let (single, list) = match place {
                Where::Inside => (C::Contains, C::ContainsAny),
                Where::Start => (C::BeginWith, C::BeginWith),
                Where::End => (C::EndWith, C::EndWith),
            };
            if *all { every(field, single, needles, negated) } else { any(field, single, list, needles, negated) }
        }
        Check::Like { patterns, all, compare } if !name_only => {
            let mut sum = Dnf::constant(*all != negated);
            for pattern in patterns {
                let (condition, text) = match pattern.0.as_slice() {
                    [Piece::Text(text)] => (C::Is, text),
                    [Piece::Text(text), Piece::Any] => (C::BeginWith, text),
                    [Piece::Any, Piece::Text(text)] => (C::EndWith, text),
                    [Piece::Any, Piece::Text(text), Piece::Any] => (C::Contains, text),
                    _ => return refuse("this wildcard pattern", "only `*` at the beginning and the end can be said"),
                };
                let texts = folded_as(*compare, std::slice::from_ref(text))?;
                let one = match any(field, condition, condition, texts, negated)? {
                    Ok(one) => one,
                    Err(too_many) => return Ok(Err(too_many)),
                };
                let next = if *all != negated { sum.and(&one) } else { sum.or(one) };
                sum = match next {
                    Ok(sum) => sum,
                    Err(too_many) => return Ok(Err(too_many)),
                };
            }
            Ok(Ok(sum))
        }
        Check::Exists => {
            refuse("`exists`", "Sysmon has every field of an event, with `-` where there is nothing: write `is blank`")
        }
        Check::Order(..) => {
            refuse("an order", "Sysmon compares texts, in which 443 comes behind 1024: list the values that are meant")
        }
        Check::Matches { .. } => {
            let help = "Sysmon has no patterns: name whole values, as in Image in ['C:\\…\\a.exe', 'C:\\…\\b.exe'], or write `starts with`, `ends with`, `contains`; a guard beside whole paths can go, for Sysmon finds nothing but these letters equal to them";
            refuse("`matches`", help)
        }
        Check::Class(_) => refuse("a class of addresses", "write the beginnings of the addresses that are meant"),
        Check::Field(..) => refuse("a comparison of two fields", "compare with the values that are meant"),
        Check::HasTag { .. } | Check::Acted(_) | Check::Remembered(..) | Check::Some(_) | Check::EventIs(_) => {
            refuse("this test", "Sysmon sees one event's fields and nothing else")
        }
        Check::Blank | Check::Table(_) | Check::Text { .. } | Check::Like { .. } => {
            refuse("this test of a part of a text", "test the text as it stands")
        }
    }
}

/// What Sysmon has where there is nothing.
fn twin_nothing() -> &'static str {
    "-"
}

fn folded(fold: Option<Fold>, texts: &[String]) -> Result<Vec<String>, Refused> {
    folded_as(Compare { fold: fold.unwrap_or(Fold::Simple), any_dash: false }, texts)
}

/// Texts that Sysmon compares as the test does.
fn folded_as(compare: Compare, texts: &[String]) -> Result<Vec<String>, Refused> {
    if compare.any_dash {
        return refuse("`any-dash`", "write the spellings that are meant");
    }
    if compare.fold == Fold::Cased && texts.iter().any(|text| text.contains(char::is_alphabetic)) {
        return refuse("`cased`", "Sysmon always ignores case");
    }
    Ok(texts.to_vec())
}

fn numbers(numbers: &[Number], kind: FieldType) -> Result<Vec<String>, Refused> {
    let text = |number: &Number| match (number, kind) {
        (Number::Int(value), FieldType::Number) if *value >= 0 => Ok(value.to_string()),
        (Number::Int(value), FieldType::Hex) if *value >= 0 => Ok(format!("0x{value:x}")),
        _ => refuse("a number in a field that holds none", "write it in quotes, as Sysmon writes it"),
    };
    numbers.iter().map(text).collect()
}

/// A value that Sysmon takes as it is meant, for one condition.
fn checked(condition: Condition, text: &str) -> Result<(), Refused> {
    if text.is_empty() {
        return refuse("an empty text", "Sysmon finds it in every field, or in none");
    }
    if !text.is_ascii() {
        return refuse(
            format!("{text:?}, which has letters beyond ASCII"),
            "how Sysmon compares them depends on the system",
        );
    }
    if text.contains(|c: char| c.is_control()) || text.trim().is_empty() {
        return refuse(format!("{text:?}, which is blank or has a control character"), "XML and Sysmon do not keep it");
    }
    if text.contains('%') {
        return refuse(
            format!("{text:?}, which has a percent sign"),
            "Sysmon takes what stands between two of them for a variable",
        );
    }
    if twin::compare(condition, text, twin_nothing()) {
        return refuse(
            format!("a test that `-` meets, such as {text:?}"),
            "Sysmon sees `-` where there is nothing: write `is blank`, or more of the text",
        );
    }
    Ok(())
}

/// The opposite of a condition for one value.
fn opposite(condition: Condition) -> Condition {
    use Condition as C;
    match condition {
        C::Is => C::IsNot,
        C::Contains => C::Excludes,
        C::BeginWith => C::NotBeginWith,
        C::EndWith => C::NotEndWith,
        other => other,
    }
}

/// One of several values; `list` is the condition that takes them all, if there is one.
fn any(
    field: &str,
    single: Condition,
    list: Condition,
    texts: Vec<String>,
    negated: bool,
) -> Result<Result<Dnf, TooMany>, Refused> {
    for text in &texts {
        checked(single, text)?;
    }
    if negated {
        let mut sum = Dnf::always();
        for text in texts {
            sum = match sum.and(&Dnf::one(Filter::new(field, opposite(single), text))) {
                Ok(sum) => sum,
                Err(too_many) => return Ok(Err(too_many)),
            };
        }
        return Ok(Ok(sum));
    }
    // What has a semicolon cannot stand in a list.
    let (alone, listed): (Vec<String>, Vec<String>) =
        texts.into_iter().partition(|text| single == list || text.contains(';'));
    let mut all: Vec<Vec<Filter>> = alone.into_iter().map(|text| vec![Filter::new(field, single, text)]).collect();
    match listed.as_slice() {
        [] => {}
        [one] => all.push(vec![Filter::new(field, single, one.clone())]),
        several => all.push(vec![Filter::new(field, list, several.join(";"))]),
    }
    Ok(Dnf(all).or(Dnf::never()))
}

/// All of several values.
fn every(field: &str, single: Condition, texts: Vec<String>, negated: bool) -> Result<Result<Dnf, TooMany>, Refused> {
    let mut sum = Dnf::constant(!negated);
    for text in texts {
        checked(single, &text)?;
        let condition = if negated { opposite(single) } else { single };
        let one = Dnf::one(Filter::new(field, condition, text));
        let next = if negated { sum.or(one) } else { sum.and(&one) };
        sum = match next {
            Ok(sum) => sum,
            Err(too_many) => return Ok(Err(too_many)),
        };
    }
    Ok(Ok(sum))
}

/// What follows the last `\` or `/` is one of these: the whole text, or its end behind one of the two.
fn names(field: &str, texts: Vec<String>, negated: bool) -> Result<Result<Dnf, TooMany>, Refused> {
    use Condition as C;
    let mut sum = Dnf::constant(negated);
    for text in texts.into_iter().filter(|text| !text.contains(['\\', '/'])) {
        checked(C::Image, &text)?;
        let slash = Filter::new(field, if negated { C::NotEndWith } else { C::EndWith }, format!("/{text}"));
        let one = if negated {
            let whole = Filter::new(field, C::IsNot, text.clone());
            let behind = Filter::new(field, C::NotEndWith, format!("\\{text}"));
            Dnf(vec![vec![whole, behind, slash]])
        } else {
            Dnf(vec![vec![Filter::new(field, C::Image, text)], vec![slash]])
        };
        let next = if negated { sum.and(&one) } else { sum.or(one) };
        sum = match next {
            Ok(sum) => sum,
            Err(too_many) => return Ok(Err(too_many)),
        };
    }
    Ok(Ok(sum))
}
