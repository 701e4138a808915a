//! Is what was written what was asked?
//!
//! In: documents of Sigma, and the rules that they were written for. Out: nothing where they are read as the same rules, else what Sigma cannot say,
//! at its place. Never here: another way to say it.
//!
//! Read is with the same `sigma.toml`, together with the texts beside. A log source has more alternatives than a rule may have named: each arm that was
//! given has to be there, and what is read besides asks the same of the others. What a rule sends by is no part of it.

use rustc_hash::FxHashMap;

use super::Writer;
use super::rule::Asked;
use super::same::{Form, Forms};
use crate::ast::{Asks, CondId, CondKind, Definition, FieldRef, Meta, MetaKey, MetaValue, Rule, StmtKind, When};
use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, SourceId};
use crate::source::sigma;
use crate::source::sigma::condition::Condition;
use crate::source::sigma::model::{Body, Detections, Document, File, Rule as SigmaRule};

/// A document, and what it was written for.
pub(super) struct Page<'d> {
    pub text: String,
    pub of: Of<'d>,
}

/// What a document was written for.
#[derive(Clone, Copy)]
pub(super) enum Of<'d> {
    /// A rule.
    Rule(&'d Rule),
    /// A correlation of rules that stand in other documents, which say themselves what they ask.
    Counts(&'d Rule),
    /// Nothing that is asked of it here: it stood there before, or another document asks for it.
    Nothing,
}

/// Documents as a file, and where each begins.
pub(super) fn joined(pages: &[Page<'_>]) -> (String, Vec<usize>) {
    let (mut text, mut starts) = (String::new(), Vec::with_capacity(pages.len()));
    for (at, page) in pages.iter().enumerate() {
        if at > 0 {
            text.push_str("---\n");
        }
        starts.push(text.len());
        text.push_str(&page.text);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    (text, starts)
}

/// Metadata that Sigma has too.
const KEYS: [MetaKey; 9] = [
    MetaKey::Id,
    MetaKey::Reason,
    MetaKey::Author,
    MetaKey::Severity,
    MetaKey::Status,
    MetaKey::Techniques,
    MetaKey::Labels,
    MetaKey::References,
    MetaKey::FalsePositives,
];
const HELP: &str = "ask in another way, or leave this rule as it is: rules of both kinds run side by side";

/// A rule as it was read.
#[derive(Default)]
struct Read<'r> {
    /// What it asks, an arm for each alternative of its log source.
    arms: Vec<CondId>,
    when: Option<&'r When>,
    /// Fields that are set before, and which field they are where.
    sets: FxHashMap<&'r str, Vec<(CondId, &'r str)>>,
}

impl<'r> Read<'r> {
    fn of(definition: &'r Definition, rule: &'r Rule) -> Read<'r> {
        let mut read = Read::default();
        for stmt in &rule.body {
            match &definition.stmt(*stmt).kind {
                StmtKind::If { arms, .. } => {
                    for arm in arms {
                        match arm.body.first().map(|first| &definition.stmt(*first).kind) {
                            Some(StmtKind::Set { field, value }) => {
                                if let crate::ast::Base::Field(own) = &value.base {
                                    read.sets.entry(&field.name).or_default().push((arm.cond, &own.name));
                                }
                            }
                            Some(StmtKind::When { when, .. }) => {
                                read.arms.push(arm.cond);
                                read.when = Some(when);
                            }
                            // What was set for counting is taken away again.
                            Some(StmtKind::Remove(_)) => {}
                            Some(_) | None => read.arms.push(arm.cond),
                        }
                    }
                }
                StmtKind::When { when, .. } => read.when = Some(when),
                _other => {}
            }
        }
        read
    }
}

/// The arms of the only rule of a definition.
pub(super) fn arms(definition: &Definition) -> Vec<CondId> {
    definition.rules.first().map(|rule| Read::of(definition, rule).arms).unwrap_or_default()
}

impl<'d> Writer<'d> {
    /// Tells what is read as something else.
    pub(super) fn read_again(&mut self, pages: &[Page<'d>], beside: &[&str]) {
        let (text, starts) = joined(pages);
        let (mut file, mut found) = sigma::read(SourceId(0), &text);
        let page_of = |origin: Origin| {
            let at = origin.as_span().map_or(0, |span| span.range().start);
            starts.partition_point(|start| *start <= at).checked_sub(1)
        };
        let heads: FxHashMap<usize, Document> =
            file.documents.iter().filter_map(|document| Some((page_of(document.origin)?, document.clone()))).collect();
        let written =
            |origin| page_of(origin).and_then(|at| pages.get(at)).is_some_and(|page| !matches!(page.of, Of::Nothing));
        // Filters that were rules of ours are read as rules that ask for what they take away, and are no part of the others.
        let is_filter = |document: &Document| matches!(document.body, Body::Filter(_)) && written(document.origin);
        let (filters, rest): (Vec<Document>, Vec<Document>) = file.documents.into_iter().partition(is_filter);
        file.documents = rest;
        let documents: Vec<Document> = filters.into_iter().filter_map(taken_away).collect();
        let filters = File { source: SourceId(0), documents, count: 0, faulty: Vec::new(), faulty_names: Vec::new() };
        let others = beside.iter().zip(1..).map(|(text, at)| sigma::read(SourceId(at), text).0);
        let files: Vec<File> = std::iter::once(file).chain(others).collect();
        let (rules, more) = sigma::definitions(&files, self.setup);
        let (filters, filtered) = sigma::definitions(&[filters], self.setup);
        found.extend(more.into_iter().filter(|found| found.primary.origin.source == SourceId(0)));
        found.extend(filtered);
        let mut faults: FxHashMap<usize, Diagnostic> = FxHashMap::default();
        for fault in found.into_iter().filter(Diagnostic::is_error) {
            faults.extend(page_of(fault.primary.origin).filter(|at| !faults.contains_key(at)).map(|at| (at, fault)));
        }
        let read: FxHashMap<Origin, (&Definition, &Rule)> = [rules.first(), filters.first()]
            .into_iter()
            .flatten()
            .flat_map(|definition| definition.rules.iter().map(move |rule| (rule.origin, (definition, rule))))
            .collect();
        for (at, page) in pages.iter().enumerate() {
            let (rule, counts) = match page.of {
                Of::Rule(rule) => (rule, false),
                Of::Counts(rule) => (rule, true),
                Of::Nothing => continue,
            };
            let head = heads.get(&at);
            match head.and_then(|head| Some((head, *read.get(&head.origin)?))) {
                Some((head, (definition, again))) => {
                    self.same_head(rule, head, again);
                    self.same_asks(rule, definition, again, counts);
                }
                // Rules that a correlation counts stand before it.
                None => {
                    let own = |at: &usize| pages.get(*at).is_some_and(|page| matches!(page.of, Of::Nothing));
                    let places = std::iter::once(at).chain((0..at).rev().take_while(own));
                    let fault = places.into_iter().find_map(|at| faults.get(&at));
                    self.locate(rule, fault.map_or("", |fault| &fault.message));
                }
            }
        }
    }

    fn same_head(&mut self, rule: &Rule, head: &Document, again: &Rule) {
        let title = head.meta.title.as_ref().map_or("", |title| &title.value);
        if title != rule.name.value && again.name.value != rule.name.value {
            self.unsaid::<()>(rule.name.origin, "Sigma cannot have this name as a title", "write a name of one line");
        }
        // What became of it may stand under another key: that is told once.
        let all = |rule: &Rule| KEYS.map(|key| rule.meta.iter().find(|meta| meta.key == key).and_then(said));
        let differ: Vec<MetaKey> = KEYS
            .into_iter()
            .zip(all(rule).into_iter().zip(all(again)))
            .filter(|(_, (own, read))| own != read)
            .map(|(key, _)| key)
            .collect();
        let given = rule.meta.iter().find(|meta| differ.contains(&meta.key));
        if let Some(first) = differ.first() {
            let (key, origin) = given.map_or((*first, rule.name.origin), |meta| (meta.key, meta.origin));
            let message = format!("Sigma would say something else than this `{}`", key.word());
            self.unsaid::<()>(origin, message, "write it in the form that Sigma has for it; see grammar/sigma.md");
        }
    }

    fn same_asks(&mut self, rule: &'d Rule, definition: &Definition, again: &Rule, counts: bool) {
        let Some(asked) = self.asked_of(rule) else { return };
        let forms = Forms { definition, catalogue: self.catalogue() };
        let read = Read::of(definition, again);
        match (asked.when, read.when) {
            (None, None) => {
                let arms: Vec<Form> = read.arms.iter().map(|arm| forms.cond(*arm)).collect();
                self.same_arms(rule, &asked, &|form| arms.contains(form));
            }
            (Some(when), Some(other)) => {
                if !self.same_when(&asked, when, &forms, (&read, other), counts) {
                    return;
                }
                if let (Asks::Steps { steps, .. }, Asks::Steps { steps: others, .. }) = (&when.asks, &other.asks) {
                    let same = steps
                        .iter()
                        .zip(others)
                        .all(|(step, other)| forms.cond(other.cond).has(&self.forms().cond(step.cond)));
                    if !counts && !same {
                        self.locate(rule, "");
                    }
                } else if !counts {
                    let all = Form::one(read.arms.iter().map(|arm| forms.cond(*arm)));
                    self.same_arms(rule, &asked, &|form| all.has(form));
                }
            }
            (_, _) => self.locate(rule, ""),
        }
    }

    fn same_arms(&mut self, rule: &'d Rule, asked: &Asked<'_>, has: &dyn Fn(&Form) -> bool) {
        for (at, arm) in asked.arms.iter().enumerate() {
            if has(&self.forms().conds(arm)) {
                continue;
            }
            if at == 0 {
                self.locate(rule, "");
                return;
            }
            let origin = arm.first().map_or(rule.name.origin, |cond| self.definition.cond(*cond).origin);
            let message =
                "Sigma has one detection for all events of a log source, and this arm asks for something else";
            self.unsaid::<()>(origin, message, "make a rule of each arm, or ask the same in all of them");
        }
    }

    /// Is the same waited for? Conditions are not compared.
    fn same_when(
        &mut self,
        asked: &Asked<'_>,
        when: &When,
        forms: &Forms<'_>,
        read: (&Read<'_>, &When),
        counts: bool,
    ) -> bool {
        let (read, other) = read;
        let own: Vec<Form> = asked.arms.iter().map(|arm| self.forms().conds(arm)).collect();
        let called = |given: &[FieldRef], read_as: &[FieldRef], asked: &[Form]| {
            let is = |given: &FieldRef, name: &str| self.forms().field(&given.name) == forms.field(name);
            let same = |(given, read_as): (&FieldRef, &FieldRef)| match read.sets.get(read_as.name.as_str()) {
                None => is(given, &read_as.name),
                Some(sets) => {
                    let meant = |(cond, _): &&(CondId, &str)| {
                        let form = forms.cond(*cond);
                        counts || asked.iter().any(|asked| asked.has(&form))
                    };
                    let mut sets = sets.iter().filter(meant).peekable();
                    sets.peek().is_some() && sets.all(|(_, name)| is(given, name))
                }
            };
            given.len() == read_as.len() && given.iter().zip(read_as).all(same)
        };
        let asks = match (&when.asks, &other.asks) {
            (Asks::Events(count), Asks::Events(again)) => count.value == again.value,
            (Asks::Distinct(count, fields), Asks::Distinct(again, others)) => {
                count.value == again.value && called(fields, others, &own)
            }
            (Asks::Steps { ordered, steps }, Asks::Steps { ordered: again, steps: others }) => {
                let by =
                    |step: &[FieldRef], all: &[FieldRef]| if step.is_empty() { all.to_vec() } else { step.to_vec() };
                let same = |(step, again): (&crate::ast::Step, &crate::ast::Step)| {
                    called(&by(&step.by, &when.by), &by(&again.by, &other.by), &[self.forms().cond(step.cond)])
                };
                ordered == again && steps.len() == others.len() && steps.iter().zip(others).all(same)
            }
            (_, _) => false,
        };
        let by = matches!(when.asks, Asks::Steps { .. }) || called(&when.by, &other.by, &own);
        let same = asks && by && when.within.value == other.within.value;
        if !same {
            let help = "count by fields that all of these events have under one name";
            self.unsaid::<()>(when.within.origin, "Sigma would wait for something else than this `when`", help);
        }
        same
    }

    /// Tells which tests of a rule are read as something else; `reason`: what the reader says of the whole.
    fn locate(&mut self, rule: &'d Rule, reason: &str) {
        let before = self.found.len();
        let Some(asked) = self.asked_of(rule) else { return };
        let mut arms: Vec<Vec<CondId>> = asked.arms.into_iter().take(1).collect();
        if let Some(Asks::Steps { steps, .. }) = asked.when.map(|when| &when.asks) {
            arms = steps.iter().map(|step| self.members(step.cond)).collect();
        }
        for arm in arms {
            let guard = self.guard(&arm);
            for member in guard.rest {
                self.search_in(&guard.used, member);
            }
        }
        if self.found.len() == before {
            let message = match reason {
                "" => "Sigma would say something else than this rule".to_string(),
                reason => format!("Sigma cannot say this rule: {reason}"),
            };
            self.unsaid::<()>(rule.name.origin, message, HELP);
        }
    }

    /// Tells the smallest part of a condition that does not come back; says whether there is one.
    fn search_in(&mut self, guard: &[CondId], id: CondId) -> bool {
        let members: Vec<CondId> = guard.iter().copied().chain([id]).collect();
        let Err(reason) = self.comes_back(&members) else { return false };
        let cond = self.definition.cond(id);
        let inside = match &cond.kind {
            CondKind::And(members) | CondKind::Or(members) => members.clone(),
            CondKind::Not(inside) => vec![*inside],
            CondKind::SomeOf { .. } | CondKind::Test(_) | CondKind::Const(_) => Vec::new(),
        };
        let mut any = false;
        for id in inside {
            any |= self.search_in(guard, id);
        }
        if !any {
            let message = match reason.as_str() {
                "" => "Sigma would ask something else than this".to_string(),
                reason => format!("Sigma cannot ask this: {reason}"),
            };
            self.unsaid::<()>(cond.origin, message, HELP);
        }
        true
    }

    /// Are conditions read as they are, if a rule asks for nothing else?
    fn comes_back(&mut self, members: &[CondId]) -> Result<(), String> {
        if self.guard(members).rest.is_empty() {
            return Ok(());
        }
        let before = self.found.len();
        let detection = self.detection(&[members.to_vec()], &[], Origin::whole(self.definition.source));
        let unsaid = self.found.drain(before..).next();
        let Some(detection) = detection else { return Err(unsaid.map(|found| found.message).unwrap_or_default()) };
        let text = format!("title: x\nlogsource:{}\ndetection:{}\n", detection.logsource(), detection.body());
        let (definitions, found) = sigma::parse([(SourceId(0), text.as_str())], self.setup);
        if let Some(error) = found.into_iter().find(Diagnostic::is_error) {
            return Err(error.message);
        }
        let Some(definition) = definitions.first() else { return Err(String::new()) };
        let forms = Forms { definition, catalogue: self.catalogue() };
        let asked = self.forms().conds(members);
        let same = arms(definition).iter().any(|arm| forms.cond(*arm) == asked);
        if same { Ok(()) } else { Err(String::new()) }
    }
}

/// A filter as a rule that asks for what it takes away.
fn taken_away(document: Document) -> Option<Document> {
    let Body::Filter(filter) = document.body else { return None };
    let mut conditions = filter.detections.conditions.clone();
    for condition in &mut conditions {
        condition.value = match &condition.value {
            Condition::Not(inside) => (**inside).clone(),
            other => Condition::Not(Box::new(other.clone())),
        };
    }
    let detections =
        Detections { named: filter.detections.named.clone(), conditions, origin: filter.detections.origin };
    let rule = SigmaRule { logsource: filter.logsource, detections: detections.into() };
    Some(Document { body: Body::Rule(rule), ..document })
}

/// What metadata says, without its places; nothing where it says nothing.
fn said(meta: &Meta) -> Option<Vec<String>> {
    let all = match &meta.value {
        MetaValue::Text(text) => vec![text.clone()],
        MetaValue::Texts(texts) if meta.key == MetaKey::Techniques => {
            texts.iter().map(|text| text.value.to_ascii_uppercase()).collect()
        }
        MetaValue::Texts(texts) => texts.iter().map(|text| text.value.clone()).collect(),
        MetaValue::Severity(severity) => vec![severity.word().to_string()],
        MetaValue::Date(_) | MetaValue::Quiet(..) | MetaValue::Allow(..) | MetaValue::Flag => Vec::new(),
    };
    Some(all).filter(|all| all.iter().any(|text| !text.trim().is_empty()))
}
