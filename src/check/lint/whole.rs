//! Drops of every event of a kind, or of nearly every one.
//!
//! In: the terms under which filters drop. Out: warnings at the test that names the event. Never here: how many events there are; what is
//! nearly all is what has a field, what has another value than some, and what a path always has.

use super::super::shapes::FEW;
use super::breadth::{FILES, PROGRAMS, Part, parts};
use super::terms::{Lit, Term};
use super::{Lints, folders, names_kind, patterns};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Check, From, Piece, StmtId, Test};
use crate::sysmon::FieldType;

/// What nearly every event that has the field says in it.
const USUAL: [(&str, &str); 3] = [("Initiated", "true"), ("Protocol", "tcp"), ("EventType", "setvalue")];

/// Programs that have next to nothing in common.
const SAMPLES: [&str; 3] =
    [r"C:\Windows\System32\svchost.exe", r"C:\Users\a\AppData\Local\Temp\x1.exe", r"C:\Program Files\A B\q-z.exe"];

impl Lints<'_> {
    /// Nothing but the kind of event is asked, or besides it only what nearly every event is.
    pub(super) fn whole_event(&mut self, stmt: StmtId, term: &Term) {
        let names = |lit: &&Lit| {
            let test = self.test(lit.site);
            lit.yes
                && match (&test.check, test.subject.from) {
                    (Check::EventIs(_), _) => true,
                    (Check::In(_), From::Slot(slot)) => {
                        let field = self.program.layout.get(slot);
                        field.is_some_and(|field| field.paths.iter().any(|path| path == "winlog.event_id"))
                    }
                    (_, _) => false,
                }
        };
        // Without a kind it is told at the first thing that is asked; who asks which kinds are left says what is meant.
        let named = term.iter().find(names);
        let spares = |lit: &Lit| !lit.yes && !matches!(self.test(lit.site).check, Check::Exists);
        let leaves = |lit: &Lit| spares(lit) && names_kind(self.test(lit.site), self.program);
        if named.is_none() && term.iter().any(leaves) {
            return;
        }
        let there = |lit: &&Lit| lit.yes || matches!(self.test(lit.site).check, Check::Blank);
        let Some(place) = named.or_else(|| term.iter().find(there)).copied() else { return };
        let besides = term.iter().find(|lit| !names_kind(self.test(lit.site), self.program)).copied();
        if !term.iter().all(|lit| self.wide(lit)) {
            return;
        }
        let text = |lit: Lit| self.program.sites[lit.site.index()].text.as_str();
        let message = match besides {
            _ if named.is_none() => {
                format!("every event of which `{}` is so is dropped, or nearly every one", text(place))
            }
            None => format!("every event of this kind is dropped: nothing is asked besides `{}`", text(place)),
            Some(lit) if lit.yes => {
                format!("nearly every event of this kind is dropped: `{}` is so of nearly all", text(lit))
            }
            Some(lit) => {
                format!("every event of this kind is dropped but those of which `{}` holds", text(lit))
            }
        };
        self.report(
            Diagnostic::new(Code::WholeEvent, self.origin(place.site), message)
                .related(self.program.stmt(stmt).origin, "dropped here")
                .help("ask what makes it noise, or turn the event off in Sysmon's configuration"),
        );
    }

    /// Is it so of nearly every event of a kind?
    pub(super) fn wide(&self, lit: &Lit) -> bool {
        let test = self.test(lit.site);
        match &test.check {
            Check::Exists => lit.yes,
            Check::Blank => !lit.yes,
            _ if names_kind(test, self.program) => true,
            // Nothing but 0 is left out.
            Check::Order(..) => !self.of_few(test) && self.engine().of_all(test, 1) == Some(lit.yes),
            Check::In(_)
            | Check::Text { .. }
            | Check::Like { .. }
            | Check::Matches { .. }
            | Check::Table(_)
            | Check::HasTag { .. } => lit.yes == self.asks_nothing(lit, test) && (lit.yes || !self.of_few(test)),
            Check::Class(_)
            | Check::Field(..)
            | Check::EventIs(_)
            | Check::Acted(_)
            | Check::Remembered(..)
            | Check::Some(_) => false,
        }
    }

    /// Does a test on text ask for what nearly every value has: anything, a drive, `.exe`?
    fn asks_nothing(&self, lit: &Lit, test: &Test) -> bool {
        let path = self.data_name(lit).is_some_and(|name| PROGRAMS.contains(&name) || FILES.contains(&name));
        match &test.check {
            Check::Like { patterns, .. }
                if patterns.iter().any(|pattern| pattern.0.iter().all(|piece| *piece == Piece::Any)) =>
            {
                true
            }
            Check::Matches { patterns, .. } if patterns.iter().any(|pattern| patterns::anything(pattern)) => true,
            // A pattern can ask for nothing in many ways: it is tried on files that have little in common.
            Check::Matches { patterns, .. } if path => {
                patterns.iter().any(|pattern| SAMPLES.iter().all(|file| patterns::is_found(pattern, file)))
            }
            Check::In(set)
                if self.data_name(lit).is_some_and(|name| {
                    USUAL.iter().any(|(field, value)| {
                        *field == name
                            && (set.texts.iter().any(|text| text.eq_ignore_ascii_case(value))
                                || *value == "true" && set.bools.contains(&true))
                    })
                }) =>
            {
                true
            }
            _ => {
                let bare = |text: &str| {
                    let text = folders::behind_drive(text).trim_matches(['\\', '.', ':']);
                    text.is_empty() || text == "exe"
                };
                parts(test).iter().any(|part| match part {
                    Part::Start(text) | Part::End(text) | Part::Inside(text) | Part::Name(text) => {
                        text.is_empty() || path && bare(text)
                    }
                    Part::Whole(_) | Part::Folder(_) => false,
                })
            }
        }
    }

    /// Has what it asks about so few values that all but one are not nearly all?
    fn of_few(&self, test: &Test) -> bool {
        let From::Slot(slot) = test.subject.from else { return false };
        let host = |path: &String| path == "winlog.computer_name" || path == "host.name";
        match self.slot_name(slot) {
            Some(name) => FEW.contains(&name) || self.engine().kind(slot) == Some(FieldType::Boolean),
            // Of what stands around the event's own data only hosts are many.
            None => !self.program.layout.get(slot).is_some_and(|field| field.paths.iter().any(host)),
        }
    }
}
