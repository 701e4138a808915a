//! Drops of keys of the registry by which programs start without anybody's doing.
//!
//! In: the terms under which filters drop. Out: warnings at the test of `TargetObject`. Never here: a drop that names the program that
//! writes, by its whole path or its hash.
//!
//! A term is tried on a value below each of the keys; a test that names such a key itself is told of whatever follows in it.

use super::breadth::{Part, parts};
use super::terms::{Lit, Term};
use super::{Lints, patterns};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Check, From};

/// Behind the hive.
const KEYS: [&str; 5] = [
    r"\SOFTWARE\Microsoft\Windows\CurrentVersion\Run",
    r"\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer\Run",
    r"\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon",
    r"\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options",
    r"\System\CurrentControlSet\Services",
];
/// Below it are also keys that start nothing.
const SERVICES: &str = KEYS[4];

impl Lints<'_> {
    pub(super) fn autostart(&mut self) {
        for (_, terms) in self.drops() {
            for term in &terms {
                let hashed = |lit: &Lit| lit.yes && matches!(self.test(lit.site).subject.from, From::Hash(..));
                let key = KEYS.iter().find_map(|key| Some((*key, self.takes(term, key)?)));
                let Some((key, lit)) = key.filter(|_| !self.trusted(term) && !term.iter().any(hashed)) else {
                    continue;
                };
                self.report(
                    Diagnostic::new(
                        Code::AutostartKey,
                        self.origin(lit.site),
                        format!("whoever lets a program start by a key such as `HKLM{key}\\x` is not seen either"),
                    )
                    .help(
                        "name the program that writes it, by its whole path or its hash, or leave the key out by `not`",
                    ),
                );
            }
        }
    }

    /// Does a term take what is written below a key? Gives the test that says so.
    fn takes(&self, term: &Term, key: &str) -> Option<Lit> {
        let own: Vec<Lit> = term.iter().copied().filter(|lit| self.data_name(lit) == Some("TargetObject")).collect();
        let first = own.iter().copied().find(|lit| lit.yes)?;
        let folded = key.to_ascii_lowercase();
        let values = ["hklm", r"hku\s-1-5-21-1"].map(|hive| format!(r"{hive}{folded}\x"));
        let taken = values.iter().any(|value| own.iter().all(|lit| self.meets_value(lit, value) != Some(!lit.yes)));
        // Its last two names: what is above them can be said in several ways.
        let above = folded.rsplitn(3, '\\').nth(2).unwrap_or_default();
        let tail = folded.get(above.len()..).unwrap_or_default();
        let names = |lit: &&Lit| lit.yes && parts(self.test(lit.site)).iter().any(|part| part.text().contains(tail));
        match taken {
            true => Some(first),
            false => own.iter().find(names).copied().filter(|_| key != SERVICES),
        }
    }

    /// Is a test met by this value? None: that is not known.
    fn meets_value(&self, lit: &Lit, value: &str) -> Option<bool> {
        let test = self.test(lit.site);
        match &test.check {
            Check::Exists => Some(true),
            Check::Matches { patterns, .. } => Some(patterns.iter().any(|pattern| patterns::is_found(pattern, value))),
            _other => {
                let parts = parts(test);
                let met = |part: &Part| match part {
                    Part::Whole(text) => value == text,
                    Part::Start(text) => value.starts_with(text),
                    Part::End(text) => value.ends_with(text),
                    Part::Inside(text) => value.contains(text),
                    Part::Folder(_) | Part::Name(_) => false,
                };
                (!parts.is_empty()).then(|| parts.iter().any(met))
            }
        }
    }
}
