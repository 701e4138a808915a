//! All documents that are read together, by what others call them.
//!
//! In: files. Out: which document a name is, what its alert is called, who counts it, in what order; what is wrong between documents. Never here:
//! what a document asks.

use std::cell::{Cell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::model::{Body, Correlation, Document, File, Filter, LogSource, Meta};
use super::super::setup::{Setup, Source};
use super::correlation;
use crate::ast::At;
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Origin;

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
pub(super) struct Index<'a> {
    /// By name and by id.
    pub(super) documents: FxHashMap<&'a str, &'a Document>,
    /// What their alerts are called, by where they stand.
    pub(super) called: FxHashMap<Origin, String>,
    pub(super) filters: Vec<&'a Filter>,
    /// Documents that have the name of another one, which is in `documents`.
    pub(super) doubled: FxHashMap<&'a str, Origin>,
    /// Documents that correlations count, and that do not alert by themselves.
    pub(super) counted: FxHashSet<Origin>,
    /// Documents that correlations count.
    pub(super) awaited: FxHashSet<Origin>,
    /// Names and ids of documents with faults: they are there, and nothing is known of them.
    pub(super) faulty: FxHashSet<&'a str>,
    /// Correlations that wait for each other.
    pub(super) circular: FxHashSet<Origin>,
    /// Which events correlations count, themselves or through others.
    pub(super) counts: FxHashMap<Origin, Vec<Vec<&'a Source>>>,
    /// Fields in which correlations keep what aliases are.
    fields: RefCell<FxHashSet<String>>,
    pub(super) findings: Vec<Diagnostic>,
    /// Values of all rules that were made so far.
    pub(super) values: Cell<usize>,
    /// Names that were compared with one that is not there.
    pub(super) compared: Cell<usize>,
}

impl<'a> Index<'a> {
    pub(super) fn of(files: &'a [File], setup: &'a Setup) -> Index<'a> {
        let mut index = Index {
            documents: FxHashMap::default(),
            called: FxHashMap::default(),
            filters: Vec::new(),
            doubled: FxHashMap::default(),
            counted: FxHashSet::default(),
            awaited: FxHashSet::default(),
            faulty: files.iter().flat_map(|file| &file.faulty_names).map(String::as_str).collect(),
            circular: FxHashSet::default(),
            counts: FxHashMap::default(),
            fields: RefCell::default(),
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
                let known = *index.documents.entry(&name.value).or_insert(document);
                if known.origin != document.origin {
                    index.doubled.insert(&name.value, name.origin);
                }
            }
            if let Body::Filter(filter) = &document.body {
                index.filters.push(filter);
            }
        }
        let mut told = Vec::new();
        for document in files.iter().flat_map(|file| &file.documents) {
            let Body::Correlation(correlation) = &document.body else { continue };
            let named = correlation.rules.iter().filter_map(|rule| index.documents.get(rule.value.as_str()));
            let named: Vec<Origin> = named.map(|document| document.origin).collect();
            index.awaited.extend(&named);
            if correlation.generate {
                told.extend(named);
            } else {
                index.counted.extend(named);
            }
        }
        // A rule that one correlation lets alert and another one not, alerts.
        for document in told {
            index.counted.remove(&document);
        }
        index.order(files, setup);
        for filter in &index.filters {
            for rule in filter.rules.iter().flatten() {
                let document = index.documents.get(rule.value.as_str());
                let why = document.and_then(|document| match &document.body {
                    Body::Rule(rule) if is_about(&filter.logsource, &rule.logsource) => None,
                    Body::Rule(_) => Some("a rule about another log source"),
                    Body::Correlation(_) => Some("a correlation, which has no events of its own"),
                    Body::Filter(_) => Some("a filter"),
                });
                if let Some(why) = why {
                    let message = format!("this filter takes nothing away from `{}`: it is {why}", rule.value);
                    let found = Diagnostic::new(Code::SigmaReference, rule.origin, message);
                    let found = found.help("write the log source of the rule into the filter, or take the name out");
                    index.findings.push(found.weighing(crate::diagnostic::Severity::Warning));
                }
                if !index.is_there(&rule.value) {
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

    /// Goes over correlations, those first that others count, and finds those that wait for each other.
    fn order(&mut self, files: &'a [File], setup: &'a Setup) {
        let all = files.iter().flat_map(|file| &file.documents);
        let correlations: Vec<(Origin, &Correlation)> = all
            .filter_map(|document| match &document.body {
                Body::Correlation(correlation) => Some((document.origin, correlation)),
                Body::Rule(_) | Body::Filter(_) => None,
            })
            .collect();
        let numbers: FxHashMap<Origin, usize> =
            correlations.iter().enumerate().map(|(at, (origin, _))| (*origin, at)).collect();
        let mut waiting = vec![0_usize; correlations.len()];
        let mut counted_by: Vec<Vec<usize>> = vec![Vec::new(); correlations.len()];
        for (at, (_, correlation)) in correlations.iter().enumerate() {
            let named = correlation.rules.iter().filter_map(|rule| self.documents.get(rule.value.as_str()));
            for other in named.filter_map(|document| numbers.get(&document.origin)) {
                waiting[at] += 1;
                counted_by[*other].push(at);
            }
        }
        let mut ready: Vec<usize> = (0..correlations.len()).filter(|at| waiting[*at] == 0).collect();
        while let Some(at) = ready.pop() {
            let (origin, correlation) = correlations[at];
            let mut counts: Vec<Vec<&'a Source>> = Vec::new();
            for document in correlation.rules.iter().filter_map(|rule| self.documents.get(rule.value.as_str())) {
                let own = match &document.body {
                    Body::Rule(rule) => setup.alternatives(&rule.logsource),
                    Body::Correlation(_) => self.counts.get(&document.origin).cloned().unwrap_or_default(),
                    Body::Filter(_) => Vec::new(),
                };
                for sources in own {
                    if !counts.contains(&sources) {
                        counts.push(sources);
                    }
                }
            }
            self.counts.insert(origin, counts);
            for by in std::mem::take(&mut counted_by[at]) {
                waiting[by] -= 1;
                if waiting[by] == 0 {
                    ready.push(by);
                }
            }
        }
        let left = correlations.iter().zip(&waiting).filter(|(_, waiting)| **waiting > 0);
        self.circular = left.map(|((origin, _), _)| *origin).collect();
    }

    /// Is there a document of this name? It may have faults.
    fn is_there(&self, name: &str) -> bool {
        self.documents.contains_key(name) || self.faulty.contains(name)
    }

    /// A field in which a correlation keeps what an alias is; no other one's.
    pub(super) fn field(&self, title: &str, alias: &str) -> String {
        let name = correlation::kept_field(title, alias);
        let mut fields = self.fields.borrow_mut();
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        let own = std::iter::once(name.clone()).chain(numbered).find(|name| !fields.contains(name)).unwrap_or(name);
        fields.insert(own.clone());
        own
    }
}

/// Is a filter of this log source about rules of that one?
pub(super) fn is_about(filter: &LogSource, rule: &LogSource) -> bool {
    let same = |asked: &Option<At<String>>, has: &Option<At<String>>| {
        asked.as_ref().is_none_or(|asked| has.as_ref().is_some_and(|has| has.value.eq_ignore_ascii_case(&asked.value)))
    };
    same(&filter.product, &rule.product)
        && same(&filter.category, &rule.category)
        && same(&filter.service, &rule.service)
}
