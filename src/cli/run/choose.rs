//! `run --level`, `--tag`, `--status`: which alerts are run.
//!
//! In: a module, and what somebody chose. Out: the module without the alerts that were left out, and which of its rules are not
//! to be seen. An alert that does more than send (it tags, sets, remembers, stops), or that another rule asks about, runs on unseen, for what
//! others find may rest on it; all others cost nothing any more. Never here: filters and classify rules left out; what a hit is.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::pruned::without;
use crate::ast::{RuleKind, RuleSeverity};
use crate::bytecode::{Instr, Module, RuleCode};
use crate::check::STATUSES;
use crate::cli::Failure;
use crate::ir::Check;

/// Where the options stand in the help.
const HEADING: &str = "Which alerts";

/// What somebody chose.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct ChoiceArgs {
    /// Only alerts of this severity, or of a higher one
    #[cfg_attr(feature = "deliver", arg(conflicts_with = "deliver"))]
    #[arg(long, help_heading = HEADING, value_name = "LEVEL", ignore_case = true, value_parser = PossibleValuesParser::new(RuleSeverity::ALL.map(RuleSeverity::word)).try_map(level))]
    pub level: Option<RuleSeverity>,
    /// Only alerts with this label or technique, as in attack.execution or T1059, which stands for its sub-techniques too; `*` and `?` fit anything; several with commas, or repeated
    #[cfg_attr(feature = "deliver", arg(conflicts_with = "deliver"))]
    #[arg(long = "tag", help_heading = HEADING, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// Only alerts of this status; several with commas, or repeated
    #[cfg_attr(feature = "deliver", arg(conflicts_with = "deliver"))]
    #[arg(long = "status", help_heading = HEADING, value_name = "STATUS", value_delimiter = ',', ignore_case = true, value_parser = PossibleValuesParser::new(STATUSES).map(|word| word.to_lowercase()))]
    pub statuses: Vec<String>,
}

/// The rules that run.
pub(super) struct Chosen {
    /// All of them.
    pub module: Module,
    /// Those of them that nobody chose, in order; others may rest on what they do.
    pub unseen: Vec<u32>,
}

/// Tags that are named where none fits.
const NAMED: usize = 30;

fn level(word: String) -> Result<RuleSeverity, String> {
    RuleSeverity::ALL
        .into_iter()
        .find(|level| level.word().eq_ignore_ascii_case(&word))
        .ok_or_else(|| format!("`{word}` is no severity"))
}

/// As tags are compared: ATT&CK's tactics are written with `-` and with `_`.
fn folded(tag: &str) -> String {
    tag.to_lowercase().replace('_', "-")
}

/// Does a text fit a pattern in which `*` is any text, and `?` any character?
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands, and how far the text went that it took.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            Some(_) | None => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// What `--tag` may call a rule: its labels, and its techniques with those that they are a part of.
fn names(rule: &RuleCode) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = rule.labels.iter().map(|label| folded(label)).collect();
    for technique in rule.techniques.iter().map(|technique| folded(technique)) {
        let parent = technique.split('.').next().unwrap_or_default().to_string();
        for id in [parent, technique] {
            names.insert(format!("attack.{id}"));
            names.insert(id);
        }
    }
    names
}

impl ChoiceArgs {
    /// Is anything left out?
    pub(in crate::cli) fn is_all(&self) -> bool {
        self.level.is_none() && self.tags.is_empty() && self.statuses.is_empty()
    }

    fn takes(&self, rule: &RuleCode, tags: &[String]) -> bool {
        let level = self.level.is_none_or(|least| rule.severity.is_some_and(|level| level >= least));
        let status = self.statuses.is_empty() || rule.status.as_ref().is_some_and(|own| self.statuses.contains(own));
        level && status && {
            let names = if tags.is_empty() { BTreeSet::new() } else { names(rule) };
            tags.is_empty() || tags.iter().any(|tag| names.iter().any(|name| fits(tag, name)))
        }
    }

    /// What was asked for, in words.
    fn told(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.level.map(|level| format!("of level {} or above", level.word())));
        if !self.tags.is_empty() {
            parts.push(format!("tagged {}", self.tags.join(" or ")));
        }
        if !self.statuses.is_empty() {
            parts.push(format!("of status {}", self.statuses.join(" or ")));
        }
        parts.join(", ")
    }

    /// The module with the alerts that were chosen.
    pub(super) fn of(&self, module: Module) -> Result<Chosen, Failure> {
        let tags: Vec<String> = self.tags.iter().map(|tag| folded(tag)).collect();
        let is_shown = |rule: &RuleCode| rule.kind != RuleKind::Alert || self.takes(rule, &tags);
        let shown: Vec<bool> = module.rules.iter().map(is_shown).collect();
        let alerts = module.rules.iter().zip(&shown).filter(|(rule, _)| rule.kind == RuleKind::Alert);
        if !alerts.clone().any(|(_, shown)| *shown) {
            let alerts: Vec<&RuleCode> = alerts.map(|(rule, _)| rule).collect();
            return Err(Failure::unusable(format!("no alert is {}", self.told()), there_are(&alerts)));
        }
        let runs = needed(&module, &shown);
        let running = shown.iter().zip(&runs).filter(|(_, runs)| **runs);
        let unseen = (0u32..).zip(running).filter(|(_, (shown, _))| !**shown).map(|(rule, _)| rule).collect();
        Ok(Chosen { module: without(module, &runs), unseen })
    }
}

/// What could be chosen.
fn there_are(alerts: &[&RuleCode]) -> String {
    if alerts.is_empty() {
        return "the rules have no alert at all".to_string();
    }
    let mut levels: BTreeMap<Option<RuleSeverity>, usize> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tags: BTreeSet<&str> = BTreeSet::new();
    for alert in alerts {
        *levels.entry(alert.severity).or_default() += 1;
        *statuses.entry(alert.status.as_deref().unwrap_or("none")).or_default() += 1;
        tags.extend(alert.labels.iter().chain(&alert.techniques).map(String::as_str));
    }
    let counted = |word: &str, count: usize| format!("{word} ({count})");
    let levels: Vec<String> =
        levels.iter().rev().map(|(level, count)| counted(level.map_or("none", RuleSeverity::word), *count)).collect();
    let statuses: Vec<String> = statuses.iter().map(|(status, count)| counted(status, *count)).collect();
    let more = tags.len().saturating_sub(NAMED);
    let mut some: Vec<&str> = tags.into_iter().take(NAMED).collect();
    let more = format!("{more} more");
    if more != "0 more" {
        some.push(&more);
    }
    let tags = if some.is_empty() { "none".to_string() } else { some.join(", ") };
    let told = format!("there are levels {}; tags {tags}; statuses {}", levels.join(", "), statuses.join(", "));
    crate::cli::table::safe(&told)
}

/// Which rules run: those that are shown, and those that others may rest on.
fn needed(module: &Module, shown: &[bool]) -> Vec<bool> {
    let code = |rule: &RuleCode| module.code.get(rule.start as usize..rule.end as usize).unwrap_or_default();
    let does_more = |rule: &RuleCode| {
        code(rule).iter().any(|instr| match instr {
            Instr::Name(_)
            | Instr::Tag(_)
            | Instr::Untag(_)
            | Instr::Set(_)
            | Instr::Remove(_)
            | Instr::Remember(_)
            | Instr::Forget(_)
            | Instr::Drop
            | Instr::Stop => true,
            Instr::JumpIfFalse { .. }
            | Instr::JumpIfTrue { .. }
            | Instr::Jump { .. }
            | Instr::Send(_)
            | Instr::Step(_)
            | Instr::When { .. }
            | Instr::Keep => false,
        })
    };
    let mut runs: Vec<bool> = module.rules.iter().zip(shown).map(|(rule, shown)| *shown || does_more(rule)).collect();
    for test in &module.tests {
        if let Check::Acted(asked) = test.check
            && let Some(runs) = runs.get_mut(asked as usize)
        {
            *runs = true;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_a_whole_tag() {
        for (pattern, tag) in
            [("a.b", "a.b"), ("*", ""), ("a.*", "a."), ("*x*y", "axbxy"), ("a.?", "a.b"), ("*.*.*", "a.b.c")]
        {
            assert!(fits(pattern, tag), "{pattern} {tag}");
        }
        for (pattern, tag) in [("a.b", "a.bc"), ("a.?", "a."), ("", "a"), ("*x", "xy"), ("a*a", "a")] {
            assert!(!fits(pattern, tag), "{pattern} {tag}");
        }
    }
}
