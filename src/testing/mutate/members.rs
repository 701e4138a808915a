//! The mutants of what a test lists.
//!
//! In: a test as its author wrote it, and as the program has it. Out: the test without one of its members; with one whose sign at an open
//! end is lost, a pattern's anchor or the backslash before its dot. Of a long list some members, chosen evenly. Never here: another reading
//! of literals: a changed test is checked as any is, and what the checker refuses is no mutant.
//!
//! | written | lost | becomes |
//! | --- | --- | --- |
//! | `ends with '.example.org'`, `contains '.exe '` | the first sign | `ends with 'example.org'` |
//! | `starts with 'C:\Windows\'`, `contains '\temp\'` | the last sign | `starts with 'C:\Windows'` |
//! | `like '*\cmd.exe'` | the sign beside the star | `like '*cmd.exe'` |
//! | `matches '^a\.exe$'` | an anchor; a backslash before a dot | `'^a\.exe'`, `'a\.exe$'`, `'^a.exe$'` |
//!
//! A sign is what is neither a letter nor a digit. At the other end of a text, and in `==` and `in`, a lost sign leaves a member that no
//! usual event meets: that is the member left out.

use super::Change;
use super::tests_of::Changed;
use crate::ast::{self, Args, Base, Literal, Operator, RuleKind};
use crate::check::check_of;
use crate::ir::{Check, Program, Test};
use crate::origin::Origin;
use crate::sysmon::Catalogue;
use crate::target::text;

/// Members of one list that are tried. Whoever has more keeps them in a table.
pub(super) const MEMBERS: usize = 100;
/// Dots of one pattern that are tried.
const DOTS: usize = 16;

/// The mutants of a test's members.
#[derive(Default)]
pub(super) struct OfMembers {
    /// Each with its place.
    pub(super) found: Vec<(Changed, Origin)>,
    /// How many members there are, where not all were tried.
    pub(super) more: Option<usize>,
}

/// Which of so many members are tried: all, or as many as may be, the first and the last among them.
fn chosen(all: usize) -> Vec<usize> {
    if all <= MEMBERS {
        return (0..all).collect();
    }
    (0..MEMBERS).map(|at| at * (all - 1) / (MEMBERS - 1)).collect()
}

/// The mutants of what `written` lists; `test`: the same in the program, of a rule of this kind.
pub(super) fn of_members(
    program: &Program,
    catalogue: &Catalogue,
    kind: RuleKind,
    written: &ast::Test,
    test: &Test,
) -> OfMembers {
    let mut of = OfMembers::default();
    let with = |check: Check| Test { check, ..test.clone() };
    match (&written.args, &test.check) {
        (Args::Events(names), Check::EventIs(keys)) if keys.len() > 1 => {
            for name in chosen(names.len()).into_iter().filter_map(|at| names.get(at)) {
                let is = |key: &u32| program.events.get(*key as usize).is_some_and(|event| event.name == name.value);
                let rest = keys.iter().copied().filter(|key| !is(key)).collect();
                of.left_out(with(Check::EventIs(rest)), test, text::event_name(&name.value), name.origin);
            }
            of.more = (names.len() > MEMBERS).then_some(names.len());
        }
        (Args::Tags { .. }, Check::HasTag { tags, all, agent }) if tags.len() > 1 => {
            let Args::Tags { tags: names, .. } = &written.args else { return of };
            for name in chosen(names.len()).into_iter().filter_map(|at| names.get(at)) {
                let rest = tags.iter().filter(|tag| **tag != name.value).cloned().collect();
                let check = Check::HasTag { tags: rest, all: *all, agent: *agent };
                of.left_out(with(check), test, format!("{:?}", name.value), name.origin);
            }
            of.more = (names.len() > MEMBERS).then_some(names.len());
        }
        (
            Args::One(_) | Args::Many { .. },
            Check::In(_) | Check::Text { .. } | Check::Like { .. } | Check::Matches { .. },
        ) => of.literals(catalogue, program, kind, written, test),
        (_args, _check) => {}
    }
    of
}

impl OfMembers {
    fn left_out(&mut self, changed: Test, test: &Test, member: String, origin: Origin) {
        self.add(Change::Member, changed, test, format!("without {member}"), origin);
    }

    fn add(&mut self, change: Change, changed: Test, test: &Test, text: String, origin: Origin) {
        if changed.check != test.check {
            self.found.push((Changed { change, test: changed, text }, origin));
        }
    }

    fn literals(&mut self, catalogue: &Catalogue, program: &Program, kind: RuleKind, written: &ast::Test, test: &Test) {
        let compiled = |changed: &ast::Test| check_of(changed, kind, catalogue, program.agent);
        // What the program asks is not what stands here: there is nothing to leave out.
        if compiled(written).as_ref() != Some(&test.check) {
            return;
        }
        let items: &[ast::Operand] = match &written.args {
            Args::One(operand) => std::slice::from_ref(operand),
            Args::Many { items, .. } => items,
            Args::None
            | Args::Table { .. }
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => &[],
        };
        for at in chosen(items.len()) {
            let Some(item) = items.get(at) else { continue };
            if items.len() > 1 {
                let mut rest = items.to_vec();
                rest.remove(at);
                if let Some(check) = compiled(&with_items(written, rest)) {
                    self.left_out(Test { check, ..test.clone() }, test, text::operand(item), item.origin);
                }
            }
            let Base::Literal(Literal::Text(old)) = &item.base else { continue };
            if !item.through.is_empty() {
                continue;
            }
            for Lost { change, text: new, sign } in lost(written.op.value, old, items.len()) {
                let operand = ast::Operand { base: Base::Literal(Literal::Text(new)), ..item.clone() };
                // A pattern is too long to be written twice.
                let told = match sign {
                    Some(sign) => format!("without {sign} in {}", text::operand(item)),
                    None => format!("{} in place of {}", text::operand(&operand), text::operand(item)),
                };
                let mut others = items.to_vec();
                if let Some(place) = others.get_mut(at) {
                    *place = operand;
                }
                if let Some(check) = compiled(&with_items(written, others)) {
                    self.add(change, Test { check, ..test.clone() }, test, told, item.origin);
                }
            }
        }
        self.more = (items.len() > MEMBERS).then_some(items.len());
    }
}

/// The test with other members.
fn with_items(written: &ast::Test, mut items: Vec<ast::Operand>) -> ast::Test {
    let mut test = written.clone();
    match &mut test.args {
        Args::Many { items: own, .. } => *own = items,
        Args::One(own) => {
            if let Some(only) = items.pop() {
                *own = only;
            }
        }
        Args::None
        | Args::Table { .. }
        | Args::Class(_)
        | Args::Events(_)
        | Args::Tags { .. }
        | Args::Rule(_)
        | Args::Remembered { .. } => {}
    }
    test
}

/// A text without one of its signs.
struct Lost {
    change: Change,
    text: String,
    /// Which one, where the text is a pattern.
    sign: Option<&'static str>,
}

/// What becomes of a text of which a sign was lost. `of`: how many stand in its list.
fn lost(op: Operator, text: &str, of: usize) -> Vec<Lost> {
    let edge = |text: Option<&str>| {
        let text = text.filter(|text| !text.is_empty())?.to_string();
        Some(Lost { change: Change::Edge, text, sign: None })
    };
    match op {
        Operator::StartsWith => edge(without_last(text)).into_iter().collect(),
        Operator::EndsWith => edge(without_first(text)).into_iter().collect(),
        Operator::Contains => [edge(without_first(text)), edge(without_last(text))].into_iter().flatten().collect(),
        Operator::Like => {
            // A backslash before another, or before a star or question mark, is written for it.
            let first = text.strip_prefix('*').and_then(|rest| match rest.strip_prefix("\\\\") {
                Some(rest) => Some(rest),
                None if rest.starts_with("\\*") || rest.starts_with("\\?") || rest.starts_with(['*', '?']) => None,
                None => without_first(rest),
            });
            let last = text.strip_suffix('*').and_then(|rest| match rest.strip_suffix("\\\\") {
                Some(rest) => Some(rest),
                None if rest.ends_with(['\\', '*', '?']) => None,
                None => without_last(rest),
            });
            let first = first.filter(|rest| !rest.is_empty()).map(|rest| format!("*{rest}"));
            let last = last.filter(|rest| !rest.is_empty()).map(|rest| format!("{rest}*"));
            [first, last].into_iter().filter_map(|text| edge(text.as_deref())).collect()
        }
        Operator::Matches => {
            let begin = text.strip_prefix('^');
            let end = text.strip_suffix('$').filter(|rest| !is_escaped(rest));
            // Of the only pattern with one anchor `widen` says the same.
            let anchors = if of > 1 || begin.is_some() && end.is_some() { [begin, end] } else { [None, None] };
            let of_anchor = |(text, sign)| edge(text).map(|lost| Lost { sign: Some(sign), ..lost });
            let mut found: Vec<Lost> = anchors.into_iter().zip(["^", "$"]).filter_map(of_anchor).collect();
            let dots = text.match_indices("\\.").map(|(at, _)| at).filter(|at| {
                let before = text.get(..*at).unwrap_or_default();
                !is_escaped(before) && !in_class(before)
            });
            let plain = |at: usize| {
                let (before, behind) = (text.get(..at)?, text.get(at + 1..)?);
                Some(Lost {
                    change: Change::Escape,
                    text: format!("{before}{behind}"),
                    sign: Some("a \\ before a dot"),
                })
            };
            found.extend(dots.take(DOTS).filter_map(plain));
            found
        }
        Operator::Exists
        | Operator::IsBlank
        | Operator::Equals
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::In
        | Operator::IsClass
        | Operator::EventIs
        | Operator::HasTag
        | Operator::Acted
        | Operator::Remembered => Vec::new(),
    }
}

/// Does a backslash at the end of this belong to what follows?
fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Does this end inside of `[…]`, where a dot is a dot?
fn in_class(before: &str) -> bool {
    let mut open = false;
    let mut escaped = false;
    for c in before.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => open = true,
            ']' => open = false,
            _ => {}
        }
    }
    open
}

fn is_sign(c: &char) -> bool {
    !c.is_alphanumeric()
}

fn without_first(text: &str) -> Option<&str> {
    let first = text.chars().next().filter(is_sign)?;
    text.get(first.len_utf8()..)
}

fn without_last(text: &str) -> Option<&str> {
    let last = text.chars().next_back().filter(is_sign)?;
    text.get(..text.len() - last.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(op: Operator, text: &str) -> Vec<String> {
        lost(op, text, 1).into_iter().map(|lost| lost.text).collect()
    }

    #[test]
    fn a_sign_is_lost_at_an_open_end() {
        assert_eq!(texts(Operator::EndsWith, ".example.org"), ["example.org"]);
        assert_eq!(texts(Operator::EndsWith, "\\cmd.exe"), ["cmd.exe"]);
        assert_eq!(texts(Operator::StartsWith, "C:\\Windows\\"), ["C:\\Windows"]);
        assert_eq!(texts(Operator::Contains, "\\temp\\"), ["temp\\", "\\temp"]);
        assert_eq!(texts(Operator::StartsWith, "\\\\server"), [""; 0]);
        assert_eq!(texts(Operator::EndsWith, "."), [""; 0]);
        assert_eq!(texts(Operator::Equals, ".a"), [""; 0]);
    }

    #[test]
    fn of_a_pattern_a_sign_beside_a_star_an_anchor_and_a_backslash() {
        assert_eq!(texts(Operator::Like, "*\\cmd.exe"), ["*cmd.exe"]);
        assert_eq!(texts(Operator::Like, "*\\\\cmd.exe"), ["*cmd.exe"]);
        assert_eq!(texts(Operator::Like, "C:\\Temp\\\\*"), ["C:\\Temp*"]);
        assert_eq!(texts(Operator::Like, "C:\\Temp\\*"), [""; 0]);
        assert_eq!(texts(Operator::Matches, r"^a\.exe$"), [r"a\.exe$", r"^a\.exe", "^a.exe$"]);
        assert_eq!(texts(Operator::Matches, r"^a\$"), [""; 0]);
        assert_eq!(texts(Operator::Matches, r"a\\.[\.]"), [""; 0]);
    }

    #[test]
    fn of_a_long_list_as_many_as_may_be_are_tried_from_the_first_to_the_last() {
        assert_eq!(chosen(3), [0, 1, 2]);
        let some = chosen(5000);
        assert_eq!((some.len(), some.first(), some.last()), (MEMBERS, Some(&0), Some(&4999)));
        assert!(some.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(chosen(MEMBERS + 1).windows(2).filter(|pair| pair[0] == pair[1]).count(), 0);
    }
}
