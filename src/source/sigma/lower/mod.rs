//! Rules of Sigma as alerts of ours.
//!
//! In: the documents of all files that are read together, and what a [`Setup`] says of log sources and fields. Out: a definition a file, with an
//! alert a rule; and what cannot be said. Never here: YAML.
//!
//! | in Sigma | here |
//! | --- | --- |
//! | a rule | an alert with its title, that sends where its log source and its condition hold |
//! | a log source with alternatives | an arm for each; the comment says which one is not asked, and why |
//! | `title` that another rule has | the same with its id behind it |
//! | `level`, `description`; `id`, `status`, `author`, `references`, `falsepositives` | `severity`, `reason`; the same |
//! | `tags` | techniques of ATT&CK among `techniques`, the others among `labels` |
//! | a correlation | an alert that waits (`when`) for what its rules ask; rules that are counted alert by themselves only if it says `generate` |
//! | a correlation of correlations | it asks whether they acted; those that do not `generate` set a tag, and nothing more |
//! | a filter | its condition, joined by `and` to those of its rules |

mod correlation;
mod index;
mod item;
mod logic;
mod meta;
mod needle;

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::condition::Condition;
use super::model::{Body, Detection, Detections, Document, File, Filter, LogSource, Meta, Rule as SigmaRule};
use super::setup::{Setup, Source};
use crate::ast::{
    Args, Arm, At, Base, CondId, Definition, FieldRef, Literal, Operand, Operator, Rule, RuleKind, RuleSeverity, Stmt,
    StmtId, StmtKind, Test,
};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::Dialect;
use crate::limits;
use crate::origin::Origin;
use crate::sysmon::Catalogue;
use index::{Index, is_about};
use logic::Logic;
use meta::metadata;

/// Values that all rules which are read together may ask for: ten times what the largest collection has.
const VALUES: usize = 10 * limits::LIST_ITEMS;
/// How deep what a rule asks may be nested: with the statements around it that is what text may have.
const DEEPEST: usize = limits::DEPTH - 4;

/// Makes definitions of files, in their order.
pub fn definitions(files: &[File], setup: &Setup) -> (Vec<Definition>, Vec<Diagnostic>) {
    let (index, catalogue) = (Index::of(files, setup), OnceCell::new());
    let mut found = index.findings.clone();
    let all = files
        .iter()
        .map(|file| {
            let mut lowerer = Lowerer {
                definition: Definition::new(file.source),
                setup,
                catalogue: &catalogue,
                index: &index,
                sources: Vec::new(),
                absent: Vec::new(),
                own: Origin::whole(file.source),
                found: Vec::new(),
                faults: 0,
                values: 0,
            };
            for document in &file.documents {
                lowerer.document(document);
            }
            for logsource in &file.faulty {
                lowerer.alternatives(logsource);
            }
            found.append(&mut lowerer.found);
            lowerer.definition
        })
        .collect();
    (all, found)
}

/// The detections of a rule by name.
type Named<'d> = FxHashMap<&'d str, &'d Detection>;

struct Lowerer<'a> {
    definition: Definition,
    setup: &'a Setup,
    /// Made when a name has to be looked up.
    catalogue: &'a OnceCell<Catalogue>,
    index: &'a Index<'a>,
    /// The log source that is asked, and the one that it goes together with.
    sources: Vec<&'a Source>,
    /// Fields that were asked for and are not in its events.
    absent: Vec<String>,
    /// The document that is made.
    own: Origin,
    found: Vec<Diagnostic>,
    /// Faults of the document that is made.
    faults: usize,
    /// Its values so far, each as often as it is asked.
    values: usize,
}

impl<'a> Lowerer<'a> {
    fn document(&mut self, document: &Document) {
        (self.faults, self.values, self.own) = (0, 0, document.origin);
        let mut comments = Vec::new();
        let body = match &document.body {
            Body::Rule(rule) => self.rule(rule, &document.meta, &mut comments),
            Body::Correlation(correlation) => self.correlation(correlation, &document.meta),
            // It is a part of the rules that it filters.
            Body::Filter(_) => return,
        };
        let Some(body) = body.filter(|_| self.faults == 0) else { return };
        let meta = &document.meta;
        let title = meta.title.as_ref().map_or(document.origin, |title| title.origin);
        // What a correlation of correlations asks for has to run.
        let disabled = self.index.counted.contains(&document.origin) && matches!(document.body, Body::Rule(_));
        let rule = Rule {
            kind: RuleKind::Alert,
            name: At::new(self.index.called.get(&document.origin).cloned().unwrap_or_default(), title),
            disabled,
            meta: metadata(meta),
            body,
            comments,
            origin: document.origin,
        };
        self.definition.rules.push(rule);
    }

    fn rule(&mut self, rule: &SigmaRule, meta: &Meta, comments: &mut Vec<String>) -> Option<Vec<StmtId>> {
        let arms = self.arms(rule, meta, comments)?;
        let origin = rule.detections.origin;
        let arms = arms
            .into_iter()
            .map(|(_, logic)| {
                let cond = logic.store(&mut self.definition, origin);
                Arm { cond, body: self.sends(meta, origin) }
            })
            .collect();
        Some(vec![self.statement(StmtKind::If { arms, otherwise: None }, origin)])
    }

    /// What a rule asks, an arm for each alternative of its log source that can be asked.
    fn arms(
        &mut self,
        rule: &SigmaRule,
        meta: &Meta,
        comments: &mut Vec<String>,
    ) -> Option<Vec<(Vec<&'a Source>, Logic)>> {
        let alternatives = self.alternatives(&rule.logsource)?;
        let mut arms = Vec::new();
        for sources in alternatives {
            self.sources = sources;
            self.absent.clear();
            let mut members = self.guard(rule.logsource.origin);
            let asked = self.detections(&rule.detections);
            if self.faults > 0 {
                return None;
            }
            let filters: Vec<Logic> = self.filters(rule, meta);
            let asked = Logic::And(std::iter::once(asked).chain(filters).collect());
            // An alternative is asked only where it can answer.
            let possible = if asked.asks_absence() { None } else { asked.possible() };
            match possible {
                Some(asked) if asked.depth() > DEEPEST => {
                    let message = format!("conditions and detections are nested more than {DEEPEST} deep together");
                    let help = "give parts of the condition names: detections of their own";
                    self.fault(Code::SigmaCondition, rule.detections.origin, message, help);
                    return None;
                }
                Some(asked) => {
                    members.push(asked);
                    if !self.absent.is_empty() {
                        let names = self.not_there();
                        comments.push(format!("asked of {} without {}: not there", self.named(), names.join(", ")));
                    }
                    arms.push((std::mem::take(&mut self.sources), Logic::And(members)));
                }
                None => {
                    let names = self.not_there();
                    comments.push(format!("not asked of {}: {} not there", self.named(), said(&names)));
                }
            }
        }
        self.sources = Vec::new();
        if arms.is_empty() && self.faults == 0 {
            let origin = rule.logsource.origin;
            let message = "none of the events of this log source has the fields that the rule asks for";
            self.fault(
                Code::SigmaLogSource,
                origin,
                message,
                "write in sigma.toml what they are called there: `fields`",
            );
            return None;
        }
        Some(arms)
    }

    /// The fields that were asked for and are not there, each once.
    fn not_there(&mut self) -> Vec<String> {
        let mut names = std::mem::take(&mut self.absent);
        let mut seen = FxHashSet::default();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    /// What a person calls the events that are asked.
    fn named(&self) -> String {
        let all =
            self.sources.iter().flat_map(|source| [&source.events, &source.channels, &source.providers]).flatten();
        let ids = self.sources.iter().flat_map(|source| &source.ids).map(u32::to_string).collect::<Vec<_>>().join(", ");
        format!("{} {ids}", all.cloned().collect::<Vec<_>>().join(", ")).trim().to_string()
    }

    fn alternatives(&mut self, logsource: &LogSource) -> Option<Vec<Vec<&'a Source>>> {
        let setup = self.setup;
        let alternatives = setup.alternatives(logsource);
        if !alternatives.is_empty() {
            return Some(alternatives);
        }
        let named = [&logsource.product, &logsource.category, &logsource.service].map(|part| part.as_ref());
        let shown = ["product", "category", "service"]
            .iter()
            .zip(named)
            .filter_map(|(key, at)| Some(format!("{key} {}", at?.value)))
            .collect::<Vec<_>>()
            .join(", ");
        let windows = named[0].is_none_or(|product| product.value.eq_ignore_ascii_case("windows"));
        let (origin, message, help) = match (named, windows) {
            ([None, None, None], _) => (
                logsource.origin,
                "this log source says nothing".to_string(),
                "write which events are meant, as in `product: windows` and `category: process_creation`".to_string(),
            ),
            ([Some(product), ..], false) => (
                product.origin,
                format!("`{}` is not Windows, and no events of it are known here", product.value),
                "leave the rule out, or write into sigma.toml which events they are: `[[logsource]]`".to_string(),
            ),
            ([product, category, service], _) => {
                let at = service.or(category).or(product).map_or(logsource.origin, |part| part.origin);
                let word = service.or(category).map_or("", |part| part.value.as_str());
                let near = nearest(word, setup.known()).map(|near| format!("did you mean `{near}`? If not, "));
                let help =
                    format!("{}write into sigma.toml which events they are: `[[logsource]]`", near.unwrap_or_default());
                (at, format!("no events of Windows are known for {shown}"), help)
            }
        };
        self.fault(Code::SigmaLogSource, origin, message, help);
        None
    }

    /// What holds for the events of the sources that are asked, and for no others.
    fn guard(&self, origin: Origin) -> Vec<Logic> {
        let mut members = Vec::new();
        for source in &self.sources {
            if !source.events.is_empty() {
                let events = source.events.iter().map(|event| At::new(event.clone(), origin)).collect();
                let subject = Operand { base: Base::Event, through: Vec::new(), origin };
                members.push(test(subject, Operator::EventIs, Args::Events(events), origin));
            }
            let texts = |all: &[String]| all.iter().map(|text| Literal::Text(text.clone())).collect::<Vec<_>>();
            let numbers = source.ids.iter().filter_map(|id| Literal::parse_unquoted(&id.to_string())).collect();
            let wheres = source.wheres.iter().map(|(field, values)| (field.as_str(), texts(values)));
            let named =
                [("Channel", texts(&source.channels)), ("Provider", texts(&source.providers)), ("EventID", numbers)];
            members.extend(named.into_iter().chain(wheres).filter_map(|(field, values)| one_of(field, values, origin)));
        }
        // Two sources that go together may ask the same.
        let mut seen = FxHashSet::default();
        members.retain(|member| seen.insert(format!("{member:?}")));
        members
    }

    /// The conditions of a rule, one of which is enough.
    fn detections(&mut self, detections: &Detections) -> Logic {
        let named: Named<'_> =
            detections.named.iter().map(|(name, detection)| (name.value.as_str(), detection)).collect();
        let conditions = detections.conditions.iter();
        Logic::Or(conditions.map(|condition| self.condition(&condition.value, detections, &named)).collect())
    }

    fn condition(&mut self, condition: &Condition, all: &Detections, named: &Named<'_>) -> Logic {
        let searched = match condition {
            Condition::Of { .. } => all.named.len(),
            Condition::Named { .. } => 1,
            Condition::And(_) | Condition::Or(_) | Condition::Not(_) => 0,
        };
        if !self.room(searched, all.origin) {
            return Logic::Absent;
        }
        let mut each =
            |members: &[Condition]| members.iter().map(|member| self.condition(member, all, named)).collect();
        match condition {
            Condition::And(members) => Logic::And(each(members)),
            Condition::Or(members) => Logic::Or(each(members)),
            Condition::Not(inside) => self.condition(inside, all, named).not(),
            // What is named is there: the reader has seen to it.
            Condition::Named { name, .. } => {
                named.get(name.as_str()).map_or(Logic::Absent, |detection| self.detection(detection))
            }
            Condition::Of { all: every, pattern, .. } => {
                let chosen = all.named.iter().filter(|(name, _)| Condition::chooses(pattern, &name.value));
                let members = chosen.map(|(_, detection)| self.detection(detection)).collect();
                if *every { Logic::And(members) } else { Logic::Or(members) }
            }
        }
    }

    fn detection(&mut self, detection: &Detection) -> Logic {
        match detection {
            Detection::All(members) => Logic::And(members.iter().map(|member| self.detection(member)).collect()),
            Detection::Any(members) => Logic::Or(members.iter().map(|member| self.detection(member)).collect()),
            Detection::Item(item)
                if self.room(item.values.iter().map(|value| value.value.weight()).sum(), item.origin) =>
            {
                self.item(item)
            }
            Detection::Item(_) => Logic::Absent,
        }
    }

    /// Is there room for so many values? A condition may name a detection as often as it likes, and so may filters and correlations rules.
    fn room(&mut self, count: usize, at: Origin) -> bool {
        let all = self.index.values.get();
        let before = (self.values > limits::LIST_ITEMS, all > VALUES);
        self.values = self.values.saturating_add(count);
        self.index.values.set(all.saturating_add(count));
        let now = (self.values > limits::LIST_ITEMS, self.index.values.get() > VALUES);
        let (most, whole) = match now {
            (false, false) => return true,
            (true, _) => (limits::LIST_ITEMS, "this rule"),
            (false, true) => (VALUES, "all rules that are read together"),
        };
        // Once for a rule, and once for all of them.
        if before == (false, false) {
            let message =
                format!("{whole} would ask for more than {most} values, each counted as often as it is asked");
            let help =
                "name detections, and rules in filters and correlations, fewer times; or read fewer files together";
            self.fault(Code::SigmaCondition, at, message, help);
        } else {
            self.faults += 1;
        }
        false
    }

    /// What filters say of a rule.
    fn filters(&mut self, rule: &SigmaRule, meta: &Meta) -> Vec<Logic> {
        let index = self.index;
        let names = [&meta.name, &meta.id];
        let fits = |filter: &&&Filter| {
            let named = |rules: &Vec<At<String>>| {
                rules.iter().any(|rule| names.into_iter().flatten().any(|name| name.value == rule.value))
            };
            is_about(&filter.logsource, &rule.logsource) && filter.rules.as_ref().is_none_or(named)
        };
        let filters: Vec<&Filter> = index.filters.iter().filter(fits).copied().collect();
        filters.into_iter().map(|filter| self.detections(&filter.detections)).collect()
    }

    fn statement(&mut self, kind: StmtKind, origin: Origin) -> StmtId {
        self.definition.add_stmt(Stmt { kind, disabled: false, comments: Vec::new(), origin })
    }

    /// What an alert of this level does.
    fn sends(&mut self, meta: &Meta, origin: Origin) -> Vec<StmtId> {
        let level = meta.level.as_ref().map(|level| level.value);
        let reaches = |least: Option<RuleSeverity>| least.is_none_or(|least| level.is_some_and(|level| level >= least));
        let word = |text: &String| At::new(text.clone(), origin);
        let mut sends: Vec<StmtKind> = self
            .setup
            .sends
            .iter()
            .filter(|send| reaches(send.level))
            .map(|send| StmtKind::Send {
                via: word(&send.by),
                template: send.template.as_ref().map(word),
                to: send.to.iter().map(word).collect(),
            })
            .collect();
        if sends.is_empty() {
            let via = At::new("file".to_string(), origin);
            sends.push(StmtKind::Send { via, template: None, to: Vec::new() });
        }
        sends.into_iter().map(|send| self.statement(send, origin)).collect()
    }

    fn guarded(&mut self, cond: CondId, body: Vec<StmtId>, origin: Origin) -> StmtId {
        self.statement(StmtKind::If { arms: vec![Arm { cond, body }], otherwise: None }, origin)
    }
}

fn test(subject: Operand, op: Operator, args: Args, origin: Origin) -> Logic {
    Logic::Test(Box::new(Test {
        dialect: Dialect::Ours,
        every: false,
        subject,
        cased: false,
        any_dash: false,
        op: At::new(op, origin),
        args,
    }))
}

/// Fields that are not there, in a sentence.
fn said(names: &[String]) -> String {
    match names {
        [] => "its fields are".to_string(),
        [one] => format!("{one} is"),
        [most @ .., last] => format!("{} and {last} are", most.join(", ")),
    }
}

/// A field has one of these values; nothing where there are none.
fn one_of(field: &str, values: Vec<Literal>, origin: Origin) -> Option<Logic> {
    let operand = |base| Operand { base, through: Vec::new(), origin };
    let subject = operand(Base::Field(FieldRef { name: field.to_string(), origin }));
    let mut items: Vec<Operand> = values.into_iter().map(|value| operand(Base::Literal(value))).collect();
    match items.len() {
        0 => None,
        1 => Some(test(subject, Operator::Equals, Args::One(items.pop()?), origin)),
        _ => Some(test(subject, Operator::In, Args::Many { all: false, items, origin }, origin)),
    }
}
