//! Names, types, safety: the tree becomes the IR.
//!
//! In: definitions ([`crate::ast`]) and a [`Context`]: the field catalogue, the project's tables, the agent's version, the
//! day. Out: a [`Program`] of all rules that have no error, and every diagnostic of every rule in one go. Never here:
//! reading files, asking the clock, printing.
//!
//! | file | what |
//! | --- | --- |
//! | `rules.rs` | metadata, statements, which statement may stand where |
//! | `conditions.rs` | conditions and fields |
//! | `test.rs` | one test: operand types, dialects |
//! | `operands.rs` | small questions about operands as they were written |
//! | `contexts.rs` | what alerts remember from event to event |
//! | `set.rs` | `==` and `in` with literals |
//! | `texts.rs` | operators on text |
//! | `logmanager.rs` | the log manager's dialect |
//! | `table.rs` | lookup tables, asked for their keys or for what stands beside them |
//! | `pattern.rs` | wildcards and regular expressions |
//! | `safety.rs` | tamper events, unguarded negation |
//! | `shapes.rs` | values that a field of some type never holds |
//! | `lints.rs` | what compiles but is hardly meant, seen test by test |
//! | `lint/` | the same, seen over all rules at once; not part of [`check`], for the commands that show advice |

mod agent;
mod conditions;
mod contexts;
pub mod lint;
mod lints;
mod logmanager;
mod operands;
pub mod pattern;
mod rules;
mod safety;
mod set;
mod shapes;
mod strict;
mod table;
mod test;
mod texts;

pub(crate) use conditions::{slip, unknown_field};
pub use contexts::SAME_ALERT;
pub(crate) use logmanager::own_field;
pub(crate) use operands::PROCESS_GUIDS;
pub(crate) use rules::CHANNELS;
#[cfg(feature = "cli")]
pub(crate) use rules::{STATUSES, is_technique};

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::ast::{Definition, HashKind, RuleKind, StmtKind as StmtKindAst, Timestamp};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::event::{FieldPath, Layout, Slot};
use crate::ir::{EventKey, Node, NodeId, Program, Rule, Site, Stmt, Test, TestId};
use crate::origin::Origin;
use crate::sysmon::{Carries, Catalogue, EventIndex, FieldType};
use crate::table::TableDef;
use crate::vm::sources;

/// What the checker is told.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Events and fields.
    pub catalogue: &'a Catalogue,
    /// The agent that filters run on.
    pub agent: AgentVersion,
    /// Lookup tables; `None`: there is no project, and every table is unknown.
    pub tables: &'a [TableDef],
    /// The names of the project's templates; `None`: there is no project, and nobody knows which there are.
    pub templates: Option<&'a [String]>,
    /// Today, for `expires`; `None`: nothing expires.
    pub today: Option<Timestamp>,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The rules without errors, in the order in which they run.
    pub program: Program,
    /// All findings, sorted by place, less those that their rules allow.
    pub diagnostics: Vec<Diagnostic>,
    /// The lines of metadata that allowed one.
    pub allowed: Vec<Origin>,
}

/// Checks definitions, in the order of their files.
pub fn check(definitions: &[Definition], context: &Context<'_>) -> Checked {
    let mut checker = Checker::new(context);
    checker.unique_names(definitions);
    checker.collect_written(definitions);
    checker.collect_contexts(definitions);
    for kind in [RuleKind::Filter, RuleKind::Classify, RuleKind::Alert] {
        let mut rules: Vec<(&Definition, &crate::ast::Rule)> = definitions
            .iter()
            .flat_map(|definition| definition.rules.iter().map(move |rule| (definition, rule)))
            .filter(|(_, rule)| rule.kind == kind)
            .collect();
        if kind == RuleKind::Alert {
            crate::order::sort_by(&mut rules, |a, b| a.1.name.value.cmp(&b.1.name.value));
            rules = contexts::behind_those_it_asks(rules);
        }
        for (definition, rule) in rules {
            checker.rule(definition, rule);
        }
    }
    let mut checked = checker.finish();
    checked.allowed = lint::allowed(definitions, &mut checked.diagnostics);
    checked
}

/// What a test that stands alone asks of its operand, in a rule of this kind; `None`: it is refused, or depends on what stands around it.
pub(crate) fn check_of(
    test: &crate::ast::Test,
    kind: RuleKind,
    catalogue: &Catalogue,
    agent: AgentVersion,
) -> Option<crate::ir::Check> {
    use crate::ast::{Base, FieldRef, Operand};

    let context = Context { catalogue, agent, tables: &[], templates: None, today: None };
    let mut checker = Checker::new(&context);
    checker.kind = kind;
    let mut test = test.clone();
    if let Base::Lookup(lookup) = &test.subject.base {
        // What a table holds is text like that of a field that nobody knows, and there are no tables here.
        let field = FieldRef { name: lookup.column.value.clone(), origin: lookup.column.origin };
        test.subject = Operand { base: Base::Field(field), ..test.subject.clone() };
    }
    Some(checker.test(&test)?.0.check)
}

/// Does removing these paths take away what the field reads?
fn removed(paths: &[String], field: &FieldPath) -> bool {
    field.paths.iter().any(|path| paths.iter().any(|removed| is_under(path, removed)))
}

/// Is `path` the removed one, below it, or a typed form of it (`msg.src@ip`), which is the same value?
fn is_under(path: &str, removed: &str) -> bool {
    path.strip_prefix(removed).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '@']))
}

/// Where fields, tests and conditions of one level are collected: the program's, or one `some of`'s.
#[derive(Default)]
struct Scope {
    layout: Layout,
    tests: Vec<Test>,
    index: FxHashMap<Vec<u8>, TestId>,
    nodes: Vec<Node>,
}

impl Scope {
    fn node(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// The id of a test: equal tests have one.
    fn intern(&mut self, test: Test) -> TestId {
        // Equal tests have equal bytes, and bytes can be hashed where numbers cannot.
        let key = postcard::to_allocvec(&test).unwrap_or_default();
        let next = TestId(self.tests.len() as u32);
        match self.index.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => *entry.get(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(next);
                self.tests.push(test);
                next
            }
        }
    }
}

/// What the safety rules and lints want to know of a site.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// The fields it reads.
    fields: Vec<FieldFact>,
    /// The events it names, if it is `event is`.
    events: Option<Vec<EventIndex>>,
    /// What it says when its field is missing.
    missing: Missing,
    /// It reads every field.
    any_field: bool,
    /// One of its fields is enough.
    one_of: bool,
    /// Its value is equal to one of these numbers or texts (`EventID in [4, 16]`), for the tamper check.
    equals: Vec<String>,
    /// It is an ordering that would stop the log manager's program where one of these is missing.
    stops: Vec<FieldFact>,
}

/// What a test says when its field is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Missing {
    /// No, as nearly all do.
    #[default]
    Fails,
    /// Yes (`is blank`).
    Holds,
    /// That depends on more than this field.
    Either,
}

/// A field that a site reads.
#[derive(Clone, Debug)]
struct FieldFact {
    /// As written.
    name: String,
    /// Where it is written.
    origin: Origin,
    /// Its paths.
    path: FieldPath,
    /// What the catalogue says it holds.
    kind: Option<FieldType>,
    /// Part of every event.
    common: bool,
}

struct Checker<'a> {
    context: &'a Context<'a>,
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    /// Tags and fields that some rule sets, those of filters included.
    tags_set: BTreeSet<String>,
    fields_set: BTreeSet<String>,
    program: Program,
    /// The program's level; its parts move into `program` rule by rule.
    main: Scope,
    /// The level of a `some of`, while inside one.
    element: Option<Scope>,
    /// Facts of every site.
    facts: Vec<Facts>,
    /// Some rule takes away or sets what says which event it is.
    header_changed: bool,
    /// The rule at hand.
    kind: RuleKind,
    /// What its contexts are known by.
    identity: String,
    /// How many `not`s stand around the condition at hand.
    negated: usize,
    /// Columns that were looked at as columns of hashes, though the project does not call them so: table, column, kind.
    hash_columns: Vec<(String, String, HashKind)>,
    /// Catalogue index of each of the program's events.
    event_index: Vec<EventIndex>,
    /// Names under which alerts remember something.
    declared: BTreeMap<String, contexts::Declared>,
    /// Name, id, and whether it is disabled, of every rule.
    known_rules: Vec<(String, Option<String>, bool)>,
}

impl<'a> Checker<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            diagnostics: Vec::new(),
            errors: 0,
            tags_set: BTreeSet::new(),
            fields_set: BTreeSet::new(),
            identity: String::new(),
            header_changed: false,
            program: Program {
                agent: context.agent,
                layout: Layout::new(),
                events: Vec::new(),
                rules: Vec::new(),
                tests: Vec::new(),
                sites: Vec::new(),
                nodes: Vec::new(),
                stmts: Vec::new(),
                tables: Vec::new(),
                lookups: Vec::new(),
                contexts: Vec::new(),
                stamp: None,
            },
            main: Scope::default(),
            element: None,
            facts: Vec::new(),
            kind: RuleKind::Filter,
            negated: 0,
            hash_columns: Vec::new(),
            event_index: Vec::new(),
            declared: BTreeMap::new(),
            known_rules: Vec::new(),
        }
    }

    /// The tags and fields that rules set.
    fn collect_written(&mut self, definitions: &[Definition]) {
        for stmt in definitions.iter().flat_map(|definition| &definition.stmts) {
            match &stmt.kind {
                StmtKindAst::Tag(tags) => self.tags_set.extend(tags.iter().map(|tag| tag.value.clone())),
                StmtKindAst::Set { field, .. } => {
                    self.fields_set.insert(field.name.clone());
                    self.header_changes(field);
                }
                StmtKindAst::Remove(fields) => fields.iter().for_each(|field| self.header_changes(field)),
                StmtKindAst::If { .. }
                | StmtKindAst::Drop
                | StmtKindAst::Keep
                | StmtKindAst::Stop
                | StmtKindAst::Untag(_)
                | StmtKindAst::Send { .. }
                | StmtKindAst::When { .. }
                | StmtKindAst::Remember { .. }
                | StmtKindAst::Forget { .. } => {}
            }
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.is_error());
        self.diagnostics.push(diagnostic);
    }

    fn scope(&mut self) -> &mut Scope {
        self.element.as_mut().unwrap_or(&mut self.main)
    }

    fn slot(&mut self, path: FieldPath, origin: Origin) -> Slot {
        // What the normaliser derives of a field is found fast where that field is at hand.
        for source in sources(&path.paths, self.context.catalogue) {
            if self.scope().layout.slot(source).is_none() {
                break;
            }
        }
        match self.scope().layout.slot(path) {
            Some(slot) => slot,
            None => {
                self.report(
                    Diagnostic::new(Code::TooManyFields, origin, "these rules read more than 65,536 different fields")
                        .help("split the rules over several projects"),
                );
                Layout::PROVIDER
            }
        }
    }

    /// Checks one rule; if it has no error and is not disabled, it becomes part of the program.
    fn rule(&mut self, definition: &Definition, rule: &crate::ast::Rule) {
        self.kind = rule.kind;
        self.identity = match rule.kind {
            RuleKind::Alert => contexts::identity(definition, rule),
            RuleKind::Filter | RuleKind::Classify => String::new(),
        };
        let errors_before = self.errors;
        let (sites, stmts) = (self.program.sites.len(), self.program.stmts.len());
        let first_node = self.main.nodes.len();
        let contexts = self.program.contexts.len();
        let head = self.head(rule);
        let allow_tamper = rule.meta.iter().any(|meta| meta.key == crate::ast::MetaKey::AllowTamperEvents);
        let body = self.body(definition, &rule.body);
        let mut lowered = Rule { body, ..head };
        self.lint_rule(definition, rule, &lowered, first_node);
        self.manager_stops(&lowered);
        if rule.kind == RuleKind::Filter {
            self.tamper_events(&lowered, first_node, allow_tamper);
            self.unguarded_negation(&lowered, first_node);
        }
        if self.errors > errors_before || rule.disabled {
            self.program.sites.truncate(sites);
            self.facts.truncate(sites);
            self.program.stmts.truncate(stmts);
            self.main.nodes.truncate(first_node);
            self.drop_contexts(contexts);
            return;
        }
        self.simplify(&lowered);
        lowered.body.shrink_to_fit();
        self.program.rules.push(lowered);
    }

    /// Moves what was collected into the program, now that every field is known.
    fn finish(mut self) -> Checked {
        let layout = std::mem::take(&mut self.main.layout);
        for stmt in &mut self.program.stmts {
            if let crate::ir::StmtKind::Remove(removal) = &mut stmt.kind {
                removal.slots =
                    layout.iter().filter(|(_, field)| removed(&removal.paths, field)).map(|(slot, _)| slot).collect();
            }
        }
        self.program.layout = layout;
        self.program.tests = self.main.tests;
        self.program.nodes = self.main.nodes;
        let mut diagnostics = self.diagnostics;
        diagnostic::sort(&mut diagnostics);
        // A test of Sigma is asked once for each alternative of its log source, and written once.
        diagnostics.dedup();
        Checked { program: self.program, diagnostics, allowed: Vec::new() }
    }

    /// Simplifies the conditions of a finished rule in place.
    fn simplify(&mut self, rule: &Rule) {
        let mut work = rule.body.clone();
        while let Some(id) = work.pop() {
            if let crate::ir::StmtKind::When { steps, body, .. } = &mut self.program.stmts[id.index()].kind {
                for step in steps {
                    *step = crate::ir::simplify::simplify(&mut self.main.nodes, *step);
                }
                work.extend(body.iter().copied());
            }
            if let crate::ir::StmtKind::If { arms, otherwise } = &mut self.program.stmts[id.index()].kind {
                for (cond, body) in arms {
                    *cond = crate::ir::simplify::simplify(&mut self.main.nodes, *cond);
                    work.extend(body.iter().copied());
                }
                work.extend(otherwise.iter().copied());
            }
        }
    }

    /// The index of an event in the program's table.
    fn event(&mut self, index: EventIndex) -> u32 {
        if let Some(at) = self.event_index.iter().position(|have| *have == index) {
            return at as u32;
        }
        let Some(def) = self.context.catalogue.event_at(index) else { return u32::MAX };
        self.event_index.push(index);
        self.program.events.push(EventKey {
            name: def.name.clone(),
            providers: def.providers.clone(),
            channels: def.channels.clone(),
            id: def.id,
        });
        self.program.events.len() as u32 - 1
    }

    /// Is the field one of event data, and not one of this event's? The fields of the catalogue's events are all known, so
    /// this is also said of names that only other channels' events have.
    fn never_carries(&self, event: EventIndex, field: &FieldFact) -> bool {
        let mut resolved = self.context.catalogue.resolve(&field.name);
        resolved.path = field.path.clone();
        let carries = self.context.catalogue.carries(event, &resolved);
        let of_data = |path: &String| path.starts_with("winlog.event_data.");
        carries == Carries::Never || (carries == Carries::Unknown && field.path.paths.first().is_some_and(of_data))
    }

    fn add_site(&mut self, site: Site, facts: Facts) -> crate::ir::SiteId {
        self.program.sites.push(site);
        self.facts.push(facts);
        crate::ir::SiteId(self.program.sites.len() as u32 - 1)
    }

    fn add_stmt(&mut self, stmt: Stmt) -> crate::ir::StmtId {
        self.program.stmts.push(stmt);
        crate::ir::StmtId(self.program.stmts.len() as u32 - 1)
    }
}
