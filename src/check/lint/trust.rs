//! Drops that believe what an intruder says, and what filters take from the rules behind them.
//!
//! In: the terms under which filters drop, the fields that they remove, the terms under which alerts send. Out: warnings and notes. Never
//! here: whether an event was an attack.

use super::breadth::{Part, parts};
use super::terms::{self, Lit, TERMS, Term};
use super::{Lints, names_kind};
use crate::ast::RuleKind;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::event::Slot;
use crate::fold::fold;
use crate::ir::{Check, From, StmtKind, Test};
use crate::origin::Origin;
use terms::{Does, Effect};

/// Text that whoever starts a program, writes a file or asks for a name chooses freely.
const CHOSEN: [&str; 19] = [
    "CommandLine",
    "ParentCommandLine",
    "CurrentDirectory",
    "OriginalFileName",
    "Company",
    "Product",
    "Description",
    "FileVersion",
    "QueryName",
    "QueryResults",
    "PipeName",
    "Details",
    "NewName",
    "Contents",
    "ClientInfo",
    "DestinationHostname",
    "SourceHostname",
    "Name",
    "Query",
];

/// What says how, and not who.
const MANNER: [&str; 14] = [
    "IntegrityLevel",
    "DestinationPort",
    "EventType",
    "Protocol",
    "Initiated",
    "QueryStatus",
    "SourceIsIpv6",
    "DestinationIsIpv6",
    "SourcePort",
    "SourcePortName",
    "DestinationPortName",
    "UtcTime",
    "Type",
    "Operation",
];

/// What the search for a process, a file or a technique goes by, in every predefined view.
const HUNTED: [&str; 20] = [
    "RuleName",
    "Hashes",
    "Hash",
    "ProcessGuid",
    "ParentProcessGuid",
    "SourceProcessGuid",
    "SourceProcessGUID",
    "TargetProcessGuid",
    "TargetProcessGUID",
    "LogonGuid",
    "Image",
    "ParentImage",
    "SourceImage",
    "TargetImage",
    "ImageLoaded",
    "TargetFilename",
    "TargetObject",
    "QueryName",
    "DestinationIp",
    "State",
];

/// Does it ask only for what stands inside or at the end of a path?
fn nameless(test: &Test) -> bool {
    let parts = parts(test);
    !parts.is_empty() && parts.iter().all(|part| matches!(part, Part::Inside(_) | Part::End(_) | Part::Name(_)))
}

/// Does it name hosts as a whole, or all below a domain?
fn whole_names(test: &Test) -> bool {
    let parts = parts(test);
    !parts.is_empty()
        && parts.iter().all(|part| match part {
            Part::Whole(_) => true,
            Part::End(text) => text.starts_with('.'),
            Part::Start(_) | Part::Inside(_) | Part::Folder(_) | Part::Name(_) => false,
        })
}

impl<'a> Lints<'a> {
    pub(super) fn trust(&mut self) {
        for (_, terms) in self.drops() {
            for term in &terms {
                self.chosen_text(term);
                self.signature(term);
            }
        }
        self.needed_fields();
        self.dropped_alerts();
    }

    fn chosen_text(&mut self, term: &Term) {
        let mut chosen: Vec<(Lit, &str)> = Vec::new();
        for lit in term.iter().filter(|lit| lit.yes) {
            let test = self.test(lit.site);
            match self.data_name(lit) {
                _ if names_kind(test, self.program) => {}
                // One field that he writes is enough.
                _ if test.subject.from == From::AnyField => chosen.push((*lit, "any field")),
                Some(name) if CHOSEN.contains(&name) => chosen.push((*lit, name)),
                // Who writes a file calls it what he likes, and a key of his own too.
                Some(name @ ("TargetFilename" | "TargetObject")) if nameless(test) => chosen.push((*lit, name)),
                Some(name) if MANNER.contains(&name) => {}
                Some(_) | None => return,
            }
        }
        let Some((first, name)) = chosen.first().copied() else { return };
        let mut found = Diagnostic::new(
            Code::AttackerText,
            self.origin(first.site),
            match self.test(first.site).subject.from {
                From::AnyField => {
                    "an intruder writes some of the fields, such as `CommandLine`, and the drop rests on nothing else"
                        .to_string()
                }
                _one => format!("`{name}` is text that an intruder can choose, and the drop rests on nothing else"),
            },
        )
        .help("name the program too, by its whole path (`Image == 'C:\\…'`), or its hash");
        // He can ask for a name of somebody else, but cannot have it.
        if chosen.iter().all(|(lit, name)| *name == "QueryName" && whole_names(self.test(lit.site))) {
            found.message = "any program that asks for this name is meant, not only the one that you know".to_string();
            found.severity = Severity::Note;
        }
        self.report(found);
    }

    fn signature(&mut self, term: &Term) {
        let unsigned = |lit: &Lit| matches!(&self.test(lit.site).check, Check::In(set) if set.bools == [false] || set.texts == ["false"]);
        let signed = term.iter().find(|lit| match self.data_name(lit) {
            Some("Signed") => lit.yes != unsigned(lit),
            Some("Signature") => lit.yes,
            Some(_) | None => false,
        });
        let Some(signed) = signed.copied() else { return };
        let valid = |lit: &Lit| {
            lit.yes
                && self.data_name(lit) == Some("SignatureStatus")
                && matches!(&self.test(lit.site).check, Check::In(set) if set.texts.iter().all(|text| fold(text) == "valid"))
        };
        if term.iter().any(valid)
            || term.iter().any(|lit| lit.yes && matches!(self.test(lit.site).subject.from, From::Hash(..)))
        {
            return;
        }
        self.report(
            Diagnostic::new(
                Code::UncheckedSignature,
                self.origin(signed.site),
                "a revoked, expired or self-made signature is one too",
            )
            .help("add `and SignatureStatus == 'Valid'`"),
        );
    }

    /// Fields that a filter removes, and others need.
    fn needed_fields(&mut self) {
        for effect in self.effects.clone() {
            let Does::Remove(stmt) = effect.does else { continue };
            let rule = &self.program.rules[effect.rule.index()];
            let StmtKind::Remove(removal) = &self.program.stmt(stmt).kind else { continue };
            if rule.kind != RuleKind::Filter {
                continue;
            }
            let origin = self.program.stmt(stmt).origin;
            if let Some((reader, name, place)) = self.reader(&removal.slots) {
                self.report(
                    Diagnostic::new(
                        Code::NeededField,
                        origin,
                        format!("the rule \"{reader}\" reads `{name}`, and never finds it on events that pass here"),
                    )
                    .related(place, "read here")
                    .help("leave the field, or the rule that reads it"),
                );
                continue;
            }
            let hunted = HUNTED.iter().find(|name| {
                let path = format!("winlog.event_data.{name}");
                removal.paths.iter().any(|removed| super::super::is_under(&path, removed))
            });
            if let Some(name) = hunted {
                self.report(
                    Diagnostic::new(
                        Code::NeededField,
                        origin,
                        format!("without `{name}` nobody can follow a process, file or technique from event to event"),
                    )
                    .help("remove what is long and said elsewhere, such as message"),
                );
            }
        }
    }

    /// The first rule behind the agent that reads one of these slots.
    fn reader(&self, removed: &[Slot]) -> Option<(&'a str, &'a str, Origin)> {
        let program = self.program;
        let behind =
            |rule: crate::ir::RuleId| program.rules.get(rule.index()).filter(|rule| rule.kind != RuleKind::Filter);
        let name = |slot: Slot| program.layout.get(slot).map_or("", |field| field.name.as_str());
        let tested = program.sites.iter().find_map(|site| {
            let rule = behind(site.rule)?;
            let test = program.tests.get(site.test.index())?;
            let slot = terms::slots(test).into_iter().find(|slot| removed.contains(slot))?;
            Some((rule.name.as_str(), name(slot), site.origin))
        });
        tested.or_else(|| {
            self.effects.iter().find_map(|effect| {
                let rule = behind(effect.rule)?;
                let stmt = program.stmt(effect.stmt);
                let StmtKind::Set { value, .. } = &stmt.kind else { return None };
                let slot = terms::set_slots(value).into_iter().find(|slot| removed.contains(slot))?;
                Some((rule.name.as_str(), name(slot), stmt.origin))
            })
        })
    }

    /// Filters that drop what an alert waits for.
    fn dropped_alerts(&mut self) {
        let alerts: Vec<(String, Origin, Vec<Term>)> = self
            .effects
            .iter()
            .filter(|effect| matches!(effect.does, Does::Send(_)) && !effect.loose)
            .map(|effect| {
                let name = self.program.rules[effect.rule.index()].name.clone();
                (name, self.program.stmt(effect.stmt).origin, self.without_tags(effect))
            })
            .collect();
        if alerts.is_empty() {
            return;
        }
        for (at, drops) in self.drops() {
            let (rule, stmt) = (self.effects[at].rule, self.effects[at].stmt);
            for (alert, place, waits) in &alerts {
                let Some((severity, lit)) = drops.iter().find_map(|drop| self.meets(drop, waits)) else { continue };
                let asked = self.program.sites.get(lit.site.index()).map_or("", |site| site.text.as_str());
                let mut found = Diagnostic::new(
                    Code::DropsAlert,
                    self.program.rules[rule.index()].origin,
                    match severity {
                        Severity::Warning => format!("everything that this drops, the alert \"{alert}\" waits for"),
                        Severity::Note | Severity::Error => {
                            format!("this can drop what the alert \"{alert}\" waits for: `{asked}`")
                        }
                    },
                )
                .related(*place, "sent here")
                .help("leave out what the alert asks for: add its test to this condition, with `not`");
                found.primary.origin = self.program.stmt(stmt).origin;
                found.severity = severity;
                self.report(found);
            }
        }
    }

    /// The terms of an alert, with what stands behind the tags that it asks for.
    fn without_tags(&self, effect: &Effect) -> Vec<Term> {
        let mut found = Vec::new();
        for term in &effect.terms {
            let mut all: Vec<Term> = vec![term.clone()];
            for lit in term.iter().filter(|lit| lit.yes) {
                let Check::HasTag { tags, all: every, .. } = &self.test(lit.site).check else { continue };
                let behind: Vec<Term> = self
                    .effects
                    .iter()
                    .filter(|other| matches!(&other.does, Does::Tag(tag) if tags.contains(tag)))
                    .filter(|other| self.program.rules[other.rule.index()].kind == RuleKind::Classify)
                    .flat_map(|other| other.terms.iter().cloned())
                    .collect();
                // Of several tags that all have to be there, no one says enough.
                if behind.is_empty() || *every && tags.len() > 1 {
                    continue;
                }
                if let Some(joined) = terms::product(&all, &behind) {
                    all = joined;
                }
            }
            found.append(&mut all);
            if found.len() > TERMS * 4 {
                break;
            }
        }
        found
    }

    /// Can an event be dropped here and waited for there? Gives the test of the alert that is met, and whether that is sure.
    fn meets(&self, drop: &Term, waits: &[Term]) -> Option<(Severity, Lit)> {
        waits.iter().find_map(|wait| {
            let apart = wait.iter().any(|b| drop.iter().any(|a| self.opposed(*a, *b)));
            if apart {
                return None;
            }
            let constant = |lit: &&Lit| {
                lit.yes
                    && !matches!(self.test(lit.site).check, Check::HasTag { .. } | Check::Exists | Check::Blank)
                    && (self.data_name(lit).is_some() || matches!(self.test(lit.site).check, Check::EventIs(_)))
            };
            let first = wait.iter().filter(constant).find(|lit| self.data_name(lit).is_some());
            let first = first.or_else(|| wait.iter().find(constant)).copied()?;
            let sure = wait
                .iter()
                .filter(|lit| !matches!(self.test(lit.site).check, Check::HasTag { .. }))
                .all(|b| drop.iter().any(|a| self.same_answer(*a, *b)));
            Some((if sure { Severity::Warning } else { Severity::Note }, first))
        })
    }

    /// The same test as the agent's filters would ask it: of `Image` instead of `msg.image`.
    pub(super) fn on_the_agent(&self, test: &Test) -> Test {
        let mut test = test.clone();
        if let From::Slot(slot) = test.subject.from
            && let Some(field) = self.program.layout.get(slot)
        {
            let own: Vec<&String> = field.paths.iter().filter(|path| !path.starts_with("msg.")).collect();
            let same = self
                .program
                .layout
                .iter()
                .find(|(_, other)| !own.is_empty() && other.paths.iter().eq(own.iter().copied()))
                .map(|(slot, _)| slot);
            if let Some(slot) = same {
                test.subject.from = From::Slot(slot);
            }
        }
        test
    }

    fn opposed(&self, a: Lit, b: Lit) -> bool {
        self.answers(a, b, !b.yes)
    }

    fn same_answer(&self, a: Lit, b: Lit) -> bool {
        self.answers(a, b, b.yes)
    }

    /// Where a filter's test is met, has the test behind the agent this answer?
    fn answers(&self, a: Lit, b: Lit, yes: bool) -> bool {
        self.engine().tests_imply(self.test(a.site), a.yes, &self.on_the_agent(self.test(b.site)), yes)
    }
}
