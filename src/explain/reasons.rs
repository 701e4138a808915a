//! Why a test did not hold, and what it saw.
//!
//! In: a test, and the event. Out: the values at its fields, a reason out of the closed list, a hint. Never here: whether it holds.

use super::{Explainer, Reason, Seen, show};
use crate::ast::{Function, Number};
use crate::dialect::{AgentVersion, Dialect, Fold};
use crate::event::{Raw, Slot};
use crate::fold;
use crate::ir::{Bound, Check, From, Test, Through, Typed, Where};

impl Explainer<'_> {
    fn slots(test: &Test) -> Vec<Slot> {
        let of = |from: From| match from {
            From::Slot(slot) | From::Hash(_, slot) | From::Typed(_, slot) => vec![slot],
            From::AnyOf(slots) => slots.to_vec(),
            From::AnyField | From::Event => Vec::new(),
        };
        let mut slots: Vec<Slot> = of(test.subject.from);
        match &test.check {
            Check::Field(_, other, _) => slots.extend(of(other.from)),
            Check::EventIs(_) => slots.extend([crate::event::Layout::PROVIDER, crate::event::Layout::EVENT_ID]),
            Check::HasTag { agent: Some(slot), .. } => slots.push(*slot),
            _ => {}
        }
        slots
    }

    pub(super) fn seen(&self, test: &Test) -> Vec<Seen> {
        Self::slots(test)
            .into_iter()
            .filter_map(|slot| {
                let field = self.program.layout.get(slot)?;
                let path = field.paths.first().filter(|path| **path != field.name).cloned();
                Some(Seen { field: field.name.clone(), path, value: show(self.view.raw(slot)) })
            })
            .collect()
    }

    pub(super) fn reason(&self, test: &Test) -> Reason {
        match &test.check {
            Check::EventIs(_) => return Reason::OtherEvent,
            Check::HasTag { agent: Some(slot), .. }
                if matches!(self.view.raw(*slot), Raw::Absent) && self.view.undecidable(*slot).is_some() =>
            {
                return Reason::Undecidable;
            }
            Check::HasTag { .. } => return Reason::NoSuchTag,
            Check::Acted(_) => return Reason::DidNotAct,
            Check::Remembered(..) => return Reason::NotRemembered,
            Check::Blank => return Reason::FieldThere,
            _ => {}
        }
        let (raw, undecidable) = match test.subject.from {
            From::Slot(slot) | From::Hash(_, slot) | From::Typed(_, slot) => {
                (self.view.raw(slot), self.view.undecidable(slot).is_some())
            }
            From::AnyField | From::AnyOf(_) | From::Event => return Reason::NoMember,
        };
        match raw {
            Raw::Absent if undecidable => Reason::Undecidable,
            Raw::Absent => Reason::FieldMissing,
            Raw::Null => Reason::FieldNull,
            Raw::Map(_) => Reason::NotSingle,
            // To the log manager a list is one value, in which only `contains` looks for an item.
            Raw::List(_)
                if test.dialect == Dialect::LogManager
                    && !matches!(test.check, Check::Text { place: Where::Inside, .. }) =>
            {
                Reason::NotSingle
            }
            Raw::List(_) => Reason::NoMember,
            raw => {
                let text = show(raw).unwrap_or_default();
                match (&test.check, test.subject.from) {
                    _ if matches!(test.dialect, Dialect::Winlogbeat(version) if strict_of_other_type(version, raw, &test.check)) => {
                        Reason::OtherType
                    }
                    _ if test.dialect == Dialect::LogManager && of_other_type(test, &text) => Reason::OtherType,
                    (Check::Some(_), _) => Reason::NotSingle,
                    _ if !self.row_found(test, &text) => Reason::NotInTable,
                    (Check::Table(_), _) => Reason::NotInTable,
                    (_, From::Hash(kind, _))
                        if !fold::fold(&text).contains(&format!("{}=", kind.word().to_lowercase())) =>
                    {
                        Reason::NoSuchHash
                    }
                    (Check::Order(_, bound), _) if test.subject.through.is_empty() && !comparable(&text, bound) => {
                        Reason::NotComparable
                    }
                    (Check::Text { place, needles, compare, .. }, _) if compare.fold == Fold::Cased => {
                        let folded = fold::fold(&text);
                        let near = needles.iter().map(|needle| fold::fold(needle)).any(|needle| match place {
                            Where::Inside => folded.contains(&needle),
                            Where::Start => folded.starts_with(&needle),
                            Where::End => folded.ends_with(&needle),
                        });
                        if near { Reason::CaseDiffers } else { Reason::ValueDiffers }
                    }
                    (Check::In(set), _)
                        if set.fold == Some(Fold::Cased)
                            && set.texts.iter().any(|have| fold::fold(have) == fold::fold(&text)) =>
                    {
                        Reason::CaseDiffers
                    }
                    _ => Reason::ValueDiffers,
                }
            }
        }
    }

    /// Is there a row for the text in the table through which the test sees it at once?
    fn row_found(&self, test: &Test, text: &str) -> bool {
        let Some(Through::Lookup(id)) = test.subject.through.first() else { return true };
        let Some(lookup) = self.program.lookups.get(id.index()) else { return true };
        let key = match lookup.fold {
            Fold::Cased => text.to_string(),
            Fold::Simple => fold::fold(text),
            Fold::Ascii => text.to_ascii_lowercase(),
        };
        lookup.keys.iter().any(|have| have == key)
    }

    /// A bare file name compared with a whole path is the most frequent of mistakes.
    pub(super) fn hint(&self, test: &Test) -> Option<String> {
        let (From::Slot(slot), Check::In(set)) = (test.subject.from, &test.check) else { return None };
        let text = fold::fold(&show(self.view.raw(slot))?);
        let name = set
            .texts
            .iter()
            .find(|name| !name.is_empty() && !name.contains('\\') && text.ends_with(&format!("\\{name}")))?;
        Some(format!("the field holds a whole path: write `ends with '\\{name}'`"))
    }
}

/// Does a strict test ask for another type than this value has? libbeat converts none, but `range` reads texts from 8.14 on.
fn strict_of_other_type(version: AgentVersion, raw: Raw<'_>, check: &Check) -> bool {
    let (texts, numbers, bools) = match check {
        Check::In(set) => {
            (!set.texts.is_empty() || !set.networks.is_empty(), !set.numbers.is_empty(), !set.bools.is_empty())
        }
        Check::Text { .. } | Check::Matches { .. } | Check::Class(_) => (true, false, false),
        Check::Order(..) => (version.range_reads_text(), true, false),
        _ => return false,
    };
    match raw {
        Raw::Text(_) | Raw::Json(_) => !texts,
        Raw::Number(Number::Int(_)) => !numbers,
        // `equals` compares no fractions.
        Raw::Number(Number::Float(_)) => !numbers || matches!(check, Check::In(_)),
        Raw::Bool(_) => !bools,
        Raw::Absent | Raw::Null | Raw::List(_) | Raw::Map(_) | Raw::Malformed => false,
    }
}

/// Does a test of the log manager's dialect ask for another type than its operand has where the field holds this text?
fn of_other_type(test: &Test, text: &str) -> bool {
    let (numbers, texts) = match &test.check {
        Check::Order(_, Bound::Number(_)) => (true, false),
        Check::Text { .. } => (false, true),
        Check::In(set) => (!set.numbers.is_empty(), !set.texts.is_empty() || !set.networks.is_empty()),
        _ => return false,
    };
    match (test.subject.through.last(), test.subject.from) {
        (Some(Through::Function(Function::NumberOf | Function::LengthOf)), _) => !numbers,
        (None, From::Typed(Typed::Int, _)) => !numbers || Number::parse_int(text).is_none(),
        (None, From::Typed(Typed::Float, _)) => !numbers || Number::parse_float(text).is_none(),
        (None, From::Typed(Typed::Attribute, _)) => false,
        (Some(_), _) | (None, _) => !texts,
    }
}

fn comparable(text: &str, bound: &Bound) -> bool {
    match bound {
        Bound::Number(_) => Number::parse_text(text).is_some(),
        Bound::Time(_) => crate::ast::Timestamp::parse(text).is_some(),
        Bound::Address(_) => text.parse::<std::net::IpAddr>().is_ok(),
    }
}
