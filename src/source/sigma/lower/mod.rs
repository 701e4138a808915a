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
mod item;
mod logic;

use std::cell::{Cell, OnceCell};

use rustc_hash::{FxHashMap, FxHashSet};

use super::condition::Condition;
use super::model::{Body, Detection, Detections, Document, File, Filter, LogSource, Meta, Rule as SigmaRule};
use super::setup::{Setup, Source};
use crate::ast::{
    self, Args, Arm, At, Base, CondId, Definition, FieldRef, Literal, MetaKey, MetaValue, Operand, Operator, Rule,
    RuleKind, RuleSeverity, Stmt, StmtId, StmtKind, Test,
};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::Dialect;
use crate::limits;
use crate::origin::Origin;
use crate::sysmon::Catalogue;
use logic::Logic;

/// Values that all rules which are read together may ask for: ten times what the largest collection has.
const VALUES: usize = 10 * limits::LIST_ITEMS;
/// How deep what a rule asks may be nested: with the statements around it that is what text may have.
const DEEPEST: usize = limits::DEPTH - 4;

/// Makes definitions of files, in their order.
pub fn definitions(files: &[File], setup: &Setup) -> (Vec<Definition>, Vec<Diagnostic>) {
    let (index, catalogue) = (Index::of(files), OnceCell::new());
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

/// Titles that are taken, and the number that the next rule of the same title has.
#[derive(Default)]
struct Names(FxHashMap<String, usize>);

impl Names {
    /// A name for an alert: its title, and where that is taken, with its id or a number.
    fn of(&mut self, meta: &Meta) -> String {
        let title = meta.title.as_ref().map_or("untitled", |title| title.value.as_str());
        let id = meta.id.as_ref().and_then(|id| id.value.get(..8)).map(|id| format!("{title} ({id})"));
        let from = self.0.get(title).copied().unwrap_or(2);
        let numbered = (from..).map(|n| format!("{title} ({n})"));
        let name = std::iter::once(title.to_string()).chain(id).chain(numbered).find(|name| !self.0.contains_key(name));
        let name = name.unwrap_or_default();
        if let Some(next) = self.0.get_mut(title) {
            *next += 1;
        }
        self.0.insert(name.clone(), 2);
        name
    }
}

/// All documents by what others call them.
struct Index<'a> {
    /// By name and by id.
    documents: FxHashMap<&'a str, &'a Document>,
    /// What their alerts are called, by where they stand.
    called: FxHashMap<Origin, String>,
    filters: Vec<&'a Filter>,
    /// Names and ids of rules that correlations count, and that do not alert by themselves.
    counted: FxHashSet<&'a str>,
    findings: Vec<Diagnostic>,
    /// Values of all rules that were made so far.
    values: Cell<usize>,
    /// Names that were compared with one that is not there.
    compared: Cell<usize>,
}

impl<'a> Index<'a> {
    fn of(files: &'a [File]) -> Index<'a> {
        let mut index = Index {
            documents: FxHashMap::default(),
            called: FxHashMap::default(),
            filters: Vec::new(),
            counted: FxHashSet::default(),
            findings: Vec::new(),
            values: Cell::new(0),
            compared: Cell::new(0),
        };
        let mut names = Names::default();
        for document in files.iter().flat_map(|file| &file.documents) {
            if !matches!(document.body, Body::Filter(_)) {
                index.called.insert(document.origin, names.of(&document.meta));
            }
            for name in [&document.meta.name, &document.meta.id].into_iter().flatten() {
                index.documents.entry(&name.value).or_insert(document);
            }
            match &document.body {
                Body::Filter(filter) => index.filters.push(filter),
                Body::Correlation(correlation) if !correlation.generate => {
                    index.counted.extend(correlation.rules.iter().map(|rule| rule.value.as_str()));
                }
                Body::Correlation(_) | Body::Rule(_) => {}
            }
        }
        // A rule that one correlation lets alert and another one not, alerts.
        for document in files.iter().flat_map(|file| &file.documents) {
            if let Body::Correlation(correlation) = &document.body
                && correlation.generate
            {
                for rule in &correlation.rules {
                    index.counted.remove(rule.value.as_str());
                }
            }
        }
        for filter in &index.filters {
            for rule in filter.rules.iter().flatten() {
                if !index.documents.contains_key(rule.value.as_str()) {
                    index.findings.push(
                        Diagnostic::new(
                            Code::SigmaReference,
                            rule.origin,
                            format!("there is no rule `{}` for this filter", rule.value),
                        )
                        .help("write the `name` or `id` of a rule that is read with it")
                        // The same filters go with many sets of rules.
                        .weighing(crate::diagnostic::Severity::Warning),
                    );
                }
            }
        }
        index
    }

    fn is_counted(&self, meta: &Meta) -> bool {
        [&meta.name, &meta.id].into_iter().flatten().any(|name| self.counted.contains(name.value.as_str()))
    }
}

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
    found: Vec<Diagnostic>,
    /// Faults of the document that is made.
    faults: usize,
    /// Its values so far, each as often as it is asked.
    values: usize,
}

impl<'a> Lowerer<'a> {
    fn document(&mut self, document: &Document) {
        (self.faults, self.values) = (0, 0);
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
        let disabled = self.index.is_counted(meta) && matches!(document.body, Body::Rule(_));
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
                        let mut names = std::mem::take(&mut self.absent);
                        let mut seen = FxHashSet::default();
                        names.retain(|name| seen.insert(name.clone()));
                        comments.push(format!("asked of {} without {}: not there", self.named(), names.join(", ")));
                    }
                    arms.push((std::mem::take(&mut self.sources), Logic::And(members)));
                }
                None => comments.push(format!("not asked of {}: fields of this rule are not there", self.named())),
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
        members
    }

    /// The conditions of a rule, one of which is enough.
    fn detections(&mut self, detections: &Detections) -> Logic {
        let conditions = detections.conditions.iter().map(|condition| self.condition(&condition.value, detections));
        Logic::Or(conditions.collect())
    }

    fn condition(&mut self, condition: &Condition, all: &Detections) -> Logic {
        let searched = match condition {
            Condition::Named { .. } | Condition::Of { .. } => all.named.len(),
            Condition::And(_) | Condition::Or(_) | Condition::Not(_) => 0,
        };
        if !self.room(searched, all.origin) {
            return Logic::Absent;
        }
        match condition {
            Condition::And(members) => Logic::And(members.iter().map(|member| self.condition(member, all)).collect()),
            Condition::Or(members) => Logic::Or(members.iter().map(|member| self.condition(member, all)).collect()),
            Condition::Not(inside) => self.condition(inside, all).not(),
            Condition::Named { name, .. } => {
                let named = all.named.iter().find(|(known, _)| known.value == *name);
                // What is named is there: the reader has seen to it.
                named.map_or(Logic::Absent, |(_, detection)| self.detection(detection))
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
        let same = |asked: &Option<At<String>>, has: &Option<At<String>>| {
            asked
                .as_ref()
                .is_none_or(|asked| has.as_ref().is_some_and(|has| has.value.eq_ignore_ascii_case(&asked.value)))
        };
        let names = [&meta.name, &meta.id];
        let fits = |filter: &&&Filter| {
            let source = &filter.logsource;
            let named = |rules: &Vec<At<String>>| {
                rules.iter().any(|rule| names.into_iter().flatten().any(|name| name.value == rule.value))
            };
            same(&source.product, &rule.logsource.product)
                && same(&source.category, &rule.logsource.category)
                && same(&source.service, &rule.logsource.service)
                && filter.rules.as_ref().is_none_or(named)
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

/// What is said about a rule, in canonical order.
fn metadata(meta: &Meta) -> Vec<ast::Meta> {
    let mut all = Vec::new();
    let mut text = |key: MetaKey, at: &Option<At<String>>| {
        if let Some(at) = at.as_ref().filter(|at| !at.value.trim().is_empty()) {
            all.push(ast::Meta { key, value: MetaValue::Text(at.value.clone()), origin: at.origin });
        }
    };
    text(MetaKey::Id, &meta.id);
    text(MetaKey::Reason, &meta.description);
    text(MetaKey::Author, &meta.author);
    if let Some(level) = &meta.level {
        all.push(ast::Meta { key: MetaKey::Severity, value: MetaValue::Severity(level.value), origin: level.origin });
    }
    if let Some(status) = &meta.status {
        let value = MetaValue::Text(status.value.clone());
        all.push(ast::Meta { key: MetaKey::Status, value, origin: status.origin });
    }
    let (mut techniques, mut labels) = (Vec::new(), Vec::new());
    for tag in &meta.tags {
        match technique(&tag.value) {
            Some(technique) => techniques.push(At::new(technique, tag.origin)),
            // A label is one word; what else stands there was warned of.
            None => labels.push(At::new(tag.value.replace(char::is_whitespace, "_"), tag.origin)),
        }
    }
    let mut texts = |key: MetaKey, texts: Vec<At<String>>| {
        if let Some(first) = texts.first() {
            let origin = first.origin;
            all.push(ast::Meta { key, value: MetaValue::Texts(texts), origin });
        }
    };
    texts(MetaKey::Techniques, techniques);
    texts(MetaKey::Labels, labels);
    texts(MetaKey::References, meta.references.clone());
    texts(MetaKey::FalsePositives, meta.falsepositives.clone());
    all
}

/// `attack.t1059.001` is the technique T1059.001.
pub(super) fn technique(tag: &str) -> Option<String> {
    let id = tag.strip_prefix("attack.")?.to_ascii_uppercase();
    let (technique, sub) = match id.split_once('.') {
        Some((technique, sub)) => (technique, Some(sub)),
        None => (id.as_str(), None),
    };
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let right = technique.strip_prefix('T').is_some_and(|rest| digits(rest, 4)) && sub.is_none_or(|sub| digits(sub, 3));
    right.then_some(id)
}
