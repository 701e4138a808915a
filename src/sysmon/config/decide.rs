//! Whether an event is logged, fast: what `twin.rs` says, with everything worked out before that does not depend on the event.
//!
//! In: a configuration, once; then events. Out: the same [`Decision`]s. Never here: a meaning of its own; tests hold it to the twin on the corpus and on
//! random configurations and events.
//!
//! For each event id there is a plan: the nodes of its tag in the order in which Sysmon asks them, and for each field one search for all values of all
//! filters at once (`is` and `image` by hash, the rest by one automaton). A field is read and searched when the first filter asks for it; after that a
//! filter is a look at a few bits. Of an OR node only those items are looked at of which the facts say that they could hold, so that an event that has
//! none of what thousands of them look for costs no more than with a few.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

use super::event::EventFields;
use super::model::{Condition, Config, Decision, Filter, FilterAt, Item, Node, OnMatch, Relation, Why};
use super::{bind, twin};
use crate::sysmon::tags::{self, TAGS};

/// A fact about one field of the event; index into [`Decider::hits`].
type Fact = u32;

/// A configuration that is ready to decide.
#[derive(Debug)]
pub struct Decider {
    plans: FxHashMap<u32, Plan>,
    /// The facts of the event in hand.
    hits: Vec<u64>,
    /// The fields that were searched, of the event in hand.
    searched: Vec<bool>,
    /// The field in hand, in lower case.
    folded: String,
    buffer: String,
    /// The items that the facts leave.
    left: Vec<u32>,
}

/// What is asked of the events of one id.
#[derive(Debug)]
struct Plan {
    /// Is such an event logged where no node matches?
    otherwise: (bool, Why),
    nodes: Vec<PlannedNode>,
    fields: Vec<Search>,
    facts: u32,
    /// Items of lists; a filter has a range of them.
    lists: Vec<Fact>,
}

#[derive(Debug)]
struct PlannedNode {
    node: u32,
    include: bool,
    relation: Relation,
    items: Vec<PlannedItem>,
    /// Of an OR node.
    witnesses: Witnesses,
}

/// What must be so for an item to do anything: one of its filters hold, or the first of those that all must.
#[derive(Debug, Default)]
struct Witnesses {
    /// The fields of the facts below.
    searches: Vec<u32>,
    /// Facts with the items that they may make hold, by fact.
    items: Vec<(Fact, u32)>,
    /// Items for which no fact stands.
    always: Vec<u32>,
}

/// A page's module has no room for this, and few events to decide.
const HERE: bool = !cfg!(target_arch = "wasm32");
/// From so many items on it pays to look at the facts first.
const MANY: usize = 4;

#[derive(Debug)]
enum PlannedItem {
    Filter {
        test: Test,
        /// Of an AND node: does a later filter on the same field make good its failure? And which, so that it is not asked again.
        field: u16,
        again: bool,
    },
    Rule {
        relation: Relation,
        tests: Vec<Test>,
    },
}

/// A filter.
#[derive(Debug)]
struct Test {
    at: FilterAt,
    named: bool,
    /// Index into [`Plan::fields`].
    search: u32,
    ask: Ask,
}

#[derive(Debug)]
enum Ask {
    Never,
    Always,
    Hit(Fact),
    Not(Fact),
    Any(Range<u32>),
    NotAny(Range<u32>),
    All(Range<u32>),
    NotAll(Range<u32>),
    /// Compared as texts each time: few have it.
    Order(Condition, String),
}

/// All values that the filters of one event look for in one field.
#[derive(Debug, Default)]
struct Search {
    position: u16,
    equal: FxHashMap<String, Fact>,
    image: FxHashMap<String, Fact>,
    /// Finds the needles; none where there are none.
    automaton: Option<AhoCorasick>,
    /// Of each needle what its being inside, at the beginning, at the end means.
    needles: Vec<[Option<Fact>; 3]>,
    /// While the plan is made.
    texts: FxHashMap<String, usize>,
}

/// Where a needle has to stand; index into [`Search::needles`].
#[derive(Clone, Copy)]
enum At {
    Inside,
    Begin,
    End,
}

impl Decider {
    /// Makes the plans.
    pub fn new(config: &Config) -> Decider {
        let mut plans = FxHashMap::default();
        for (tag, id) in TAGS.iter().flat_map(|tag| tag.ids.iter().map(move |id| (tag, *id))) {
            let nodes: Vec<(usize, &Node)> = config.nodes_of(tag).collect();
            let otherwise = match nodes.as_slice() {
                [] => (tag.logged, Why::NoNode),
                [(_, node)] => (node.on_match == OnMatch::Exclude, Why::NoMatch),
                [..] => (false, Why::NoneMatches),
            };
            plans.insert(id, Planner::plan(id, &nodes, otherwise));
        }
        Decider {
            plans,
            hits: Vec::new(),
            searched: Vec::new(),
            folded: String::new(),
            buffer: String::new(),
            left: Vec::new(),
        }
    }

    /// Decides one event.
    pub fn decide(&mut self, event: &dyn EventFields) -> Decision {
        let Some(plan) = self.plans.get(&event.id()).filter(|_| tags::of_event(event.id()).is_some()) else {
            return Decision { logged: true, why: Why::Always, named: None };
        };
        let (logged, why) = plan.otherwise;
        if plan.nodes.is_empty() {
            return Decision { logged, why, named: None };
        }
        self.hits.clear();
        self.hits.resize((plan.facts as usize).div_ceil(64), 0);
        self.searched.clear();
        self.searched.resize(plan.fields.len(), false);
        let mut state = State {
            plan,
            event,
            hits: &mut self.hits,
            searched: &mut self.searched,
            folded: &mut self.folded,
            buffer: &mut self.buffer,
            left: &mut self.left,
            named: None,
            last: None,
        };
        for node in &plan.nodes {
            if state.matches(node)
                && let Some(filter) = state.last
            {
                let why = Why::Matches { node: node.node, filter };
                return Decision { logged: node.include, why, named: state.named };
            }
        }
        Decision { logged, why, named: None }
    }
}

struct State<'d> {
    plan: &'d Plan,
    event: &'d dyn EventFields,
    hits: &'d mut [u64],
    searched: &'d mut [bool],
    folded: &'d mut String,
    buffer: &'d mut String,
    left: &'d mut Vec<u32>,
    named: Option<FilterAt>,
    last: Option<FilterAt>,
}

impl State<'_> {
    fn matches(&mut self, node: &PlannedNode) -> bool {
        if HERE && node.relation == Relation::Or && node.items.len() >= MANY {
            return self.any_left(node);
        }
        // An event has fewer fields than bits.
        let mut matched: u64 = 0;
        for item in &node.items {
            let holds = match item {
                PlannedItem::Rule { relation: Relation::Or, tests } => tests.iter().any(|test| self.test(test)),
                PlannedItem::Rule { relation: Relation::And, tests } => tests.iter().all(|test| self.test(test)),
                PlannedItem::Filter { test, field, again } => {
                    let bit = 1u64.checked_shl(u32::from(*field)).unwrap_or(0);
                    if matched & bit != 0 {
                        continue;
                    }
                    let holds = self.test(test);
                    if holds {
                        matched |= bit;
                    }
                    if !holds && *again {
                        continue;
                    }
                    holds
                }
            };
            match (node.relation, holds) {
                (Relation::Or, true) => return true,
                (Relation::And, false) => return false,
                (Relation::Or, false) | (Relation::And, true) => {}
            }
        }
        node.relation == Relation::And && !node.items.is_empty()
    }

    /// Does one of the items of an OR node hold? Those that the facts rule out would do nothing, and name nothing.
    fn any_left(&mut self, node: &PlannedNode) -> bool {
        let Witnesses { searches, items, always } = &node.witnesses;
        searches.iter().for_each(|search| self.search(*search));
        let mut left = std::mem::take(self.left);
        left.clear();
        left.extend_from_slice(always);
        for (at, word) in (0..).zip(self.hits.iter()) {
            let mut rest = *word;
            while rest != 0 {
                let fact: Fact = at * 64 + rest.trailing_zeros();
                rest &= rest - 1;
                let from = items.partition_point(|(known, _)| *known < fact);
                let of = items.get(from..).unwrap_or_default().iter().take_while(|(known, _)| *known == fact);
                left.extend(of.map(|(_, item)| *item));
            }
        }
        // In their order, for the first that holds counts.
        crate::order::sort(&mut left);
        left.dedup();
        let any = left.iter().filter_map(|item| node.items.get(*item as usize)).any(|item| match item {
            PlannedItem::Rule { relation: Relation::Or, tests } => tests.iter().any(|test| self.test(test)),
            PlannedItem::Rule { relation: Relation::And, tests } => tests.iter().all(|test| self.test(test)),
            PlannedItem::Filter { test, .. } => self.test(test),
        });
        *self.left = left;
        any
    }

    fn test(&mut self, test: &Test) -> bool {
        let holds = match &test.ask {
            Ask::Never => false,
            Ask::Always => true,
            ask => {
                self.search(test.search);
                match ask {
                    Ask::Hit(fact) => self.hit(*fact),
                    Ask::Not(fact) => !self.hit(*fact),
                    Ask::Any(list) => self.list(list).iter().any(|fact| self.hit(*fact)),
                    Ask::NotAny(list) => !self.list(list).iter().any(|fact| self.hit(*fact)),
                    Ask::All(list) => self.list(list).iter().all(|fact| self.hit(*fact)),
                    Ask::NotAll(list) => !self.list(list).iter().all(|fact| self.hit(*fact)),
                    Ask::Order(condition, value) => {
                        let position =
                            self.plan.fields.get(test.search as usize).map_or(u16::MAX, |field| field.position);
                        twin::compare(*condition, value, self.event.text(position, self.buffer))
                    }
                    Ask::Never | Ask::Always => false,
                }
            }
        };
        if holds {
            self.last = Some(test.at);
            if test.named {
                self.named = Some(test.at);
            }
        }
        holds
    }

    fn list(&self, range: &Range<u32>) -> &[Fact] {
        self.plan.lists.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    fn hit(&self, fact: Fact) -> bool {
        self.hits.get(fact as usize / 64).is_some_and(|word| word >> (fact % 64) & 1 == 1)
    }

    /// Finds everything in a field, if that was not done yet.
    fn search(&mut self, index: u32) {
        let (Some(search), Some(searched)) =
            (self.plan.fields.get(index as usize), self.searched.get_mut(index as usize))
        else {
            return;
        };
        if std::mem::replace(searched, true) {
            return;
        }
        self.folded.clear();
        self.folded.push_str(self.event.text(search.position, self.buffer));
        self.folded.make_ascii_lowercase();
        let text = self.folded.as_str();
        let hits = &mut *self.hits;
        let mut set = |fact: Fact| {
            if let Some(word) = hits.get_mut(fact as usize / 64) {
                *word |= 1 << (fact % 64);
            }
        };
        if let Some(fact) = search.equal.get(text) {
            set(*fact);
        }
        if !search.image.is_empty() {
            let name = text.rsplit('\\').next().unwrap_or_default();
            search.image.get(name).copied().into_iter().for_each(&mut set);
        }
        let Some(automaton) = &search.automaton else { return };
        for found in automaton.find_overlapping_iter(text) {
            let Some([inside, begin, end]) = search.needles.get(found.pattern().as_usize()) else { continue };
            inside.iter().for_each(|fact| set(*fact));
            if found.start() == 0 {
                begin.iter().for_each(|fact| set(*fact));
            }
            if found.end() == text.len() {
                end.iter().for_each(|fact| set(*fact));
            }
        }
    }
}

/// Makes the plan of one event.
struct Planner {
    id: u32,
    plan: Plan,
}

impl Planner {
    fn plan(id: u32, nodes: &[(usize, &Node)], otherwise: (bool, Why)) -> Plan {
        let plan = Plan { otherwise, nodes: Vec::new(), fields: Vec::new(), facts: 0, lists: Vec::new() };
        let mut planner = Planner { id, plan };
        let of = |on_match| nodes.iter().rev().filter(move |(_, node)| node.on_match == on_match);
        for (index, node) in of(OnMatch::Exclude).chain(of(OnMatch::Include)) {
            let index = u32::try_from(*index).unwrap_or(u32::MAX);
            let planned = planner.node(index, node);
            planner.plan.nodes.push(planned);
        }
        for field in &mut planner.plan.fields {
            let mut needles: Vec<(String, usize)> = std::mem::take(&mut field.texts).into_iter().collect();
            needles.sort_by_key(|(_, number)| *number);
            if !needles.is_empty() {
                let texts = needles.iter().map(|(text, _)| text.as_bytes());
                // Not a DFA: needles are many and configurations are made in the browser too. More needles than an automaton can hold are
                // more bytes than a configuration can have.
                field.automaton = AhoCorasickBuilder::new()
                    .match_kind(MatchKind::Standard)
                    .kind(Some(AhoCorasickKind::ContiguousNFA))
                    .build(texts)
                    .ok();
            }
        }
        planner.plan
    }

    fn node(&mut self, index: u32, node: &Node) -> PlannedNode {
        let mut items = Vec::with_capacity(node.items.len());
        // From behind, so that what is still to come is known.
        let mut later: u64 = 0;
        let agains: Vec<bool> = node
            .items
            .iter()
            .rev()
            .map(|item| match item {
                Item::Filter(filter) => {
                    let bit = 1u64.checked_shl(u32::from(filter.position)).unwrap_or(0);
                    let again = later & bit != 0;
                    later |= bit;
                    again
                }
                Item::Rule(_) => false,
            })
            .collect();
        for ((number, item), again) in node.items.iter().enumerate().zip(agains.into_iter().rev()) {
            let at = FilterAt { node: index, item: u32::try_from(number).unwrap_or(u32::MAX), filter: 0 };
            items.push(match item {
                Item::Filter(filter) => {
                    let test = self.test(node, at, filter);
                    PlannedItem::Filter { test, field: filter.position, again: again && node.relation == Relation::And }
                }
                Item::Rule(rule) => {
                    let filters = rule.filters.iter().zip(0..);
                    let tests =
                        filters.map(|(filter, n)| self.test(node, FilterAt { filter: n, ..at }, filter)).collect();
                    PlannedItem::Rule { relation: rule.relation, tests }
                }
            });
        }
        let witnesses =
            if HERE && node.relation == Relation::Or { self.witnesses(&items) } else { Witnesses::default() };
        PlannedNode {
            node: index,
            include: node.on_match == OnMatch::Include,
            relation: node.relation,
            items,
            witnesses,
        }
    }

    fn witnesses(&self, items: &[PlannedItem]) -> Witnesses {
        let mut found = Witnesses::default();
        for (number, item) in (0..).zip(items) {
            let tests = match item {
                PlannedItem::Filter { test, .. } => std::slice::from_ref(test),
                // Where the first does not hold, no other is asked.
                PlannedItem::Rule { relation: Relation::And, tests } => tests.get(..1).unwrap_or_default(),
                PlannedItem::Rule { relation: Relation::Or, tests } => tests,
            };
            let positive = |test: &Test| matches!(test.ask, Ask::Never | Ask::Hit(_) | Ask::Any(_));
            if tests.is_empty() || !tests.iter().all(positive) {
                found.always.push(number);
                continue;
            }
            for test in tests {
                let facts = match &test.ask {
                    Ask::Hit(fact) => std::slice::from_ref(fact),
                    Ask::Any(list) => self.plan.lists.get(list.start as usize..list.end as usize).unwrap_or_default(),
                    Ask::Never
                    | Ask::Always
                    | Ask::Not(_)
                    | Ask::NotAny(_)
                    | Ask::All(_)
                    | Ask::NotAll(_)
                    | Ask::Order(..) => continue,
                };
                found.searches.push(test.search);
                found.items.extend(facts.iter().map(|fact| (*fact, number)));
            }
        }
        crate::order::sort(&mut found.searches);
        found.searches.dedup();
        crate::order::sort(&mut found.items);
        found
    }

    fn test(&mut self, node: &Node, at: FilterAt, filter: &Filter) -> Test {
        let named = filter.name.is_some();
        let Some(value) = filter.compared().filter(|_| bind::applies(node.bound, self.id, filter)) else {
            return Test { at, named, search: 0, ask: Ask::Never };
        };
        let known = self.plan.fields.iter().position(|field| field.position == filter.position);
        let search = known.unwrap_or_else(|| {
            self.plan.fields.push(Search { position: filter.position, ..Search::default() });
            self.plan.fields.len() - 1
        });
        let ask = self.ask(search, filter.condition, value);
        Test { at, named, search: u32::try_from(search).unwrap_or(u32::MAX), ask }
    }

    fn ask(&mut self, search: usize, condition: Condition, value: &str) -> Ask {
        use Condition as C;
        let value = value.to_ascii_lowercase();
        let of = |fact: Option<Fact>, negative: bool| match (fact, negative) {
            (Some(fact), false) => Ask::Hit(fact),
            (Some(fact), true) => Ask::Not(fact),
            // An empty text is everywhere.
            (None, false) => Ask::Always,
            (None, true) => Ask::Never,
        };
        match condition {
            C::Is => Ask::Hit(self.equal(search, &value)),
            C::IsNot => Ask::Not(self.equal(search, &value)),
            C::IsAny => {
                let facts: Vec<Fact> = value.split(';').map(|item| self.equal(search, item)).collect();
                Ask::Any(self.list(facts))
            }
            C::Contains | C::Excludes => of(self.needle(search, &value, At::Inside), condition == C::Excludes),
            C::BeginWith | C::NotBeginWith => of(self.needle(search, &value, At::Begin), condition == C::NotBeginWith),
            C::EndWith | C::NotEndWith => of(self.needle(search, &value, At::End), condition == C::NotEndWith),
            C::ContainsAny | C::ExcludesAny => {
                let facts: Vec<Option<Fact>> =
                    twin::items(&value).map(|item| self.needle(search, item, At::Inside)).collect();
                match (facts.into_iter().collect::<Option<Vec<Fact>>>(), condition) {
                    (Some(facts), C::ExcludesAny) => Ask::NotAny(self.list(facts)),
                    (Some(facts), _) => Ask::Any(self.list(facts)),
                    (None, C::ExcludesAny) => Ask::Never,
                    (None, _) => Ask::Always,
                }
            }
            C::ContainsAll | C::ExcludesAll => {
                let facts: Vec<Fact> =
                    twin::items(&value).filter_map(|item| self.needle(search, item, At::Inside)).collect();
                let list = self.list(facts);
                if condition == C::ExcludesAll { Ask::NotAll(list) } else { Ask::All(list) }
            }
            C::LessThan | C::MoreThan => Ask::Order(condition, value),
            C::Image if value.contains('\\') => Ask::Hit(self.equal(search, &value)),
            C::Image => Ask::Hit(self.image(search, &value)),
        }
    }

    fn fact(&mut self) -> Fact {
        self.plan.facts += 1;
        self.plan.facts - 1
    }

    fn list(&mut self, facts: Vec<Fact>) -> Range<u32> {
        let start = u32::try_from(self.plan.lists.len()).unwrap_or(u32::MAX);
        self.plan.lists.extend(facts);
        start..u32::try_from(self.plan.lists.len()).unwrap_or(u32::MAX)
    }

    fn equal(&mut self, search: usize, value: &str) -> Fact {
        if let Some(fact) = self.plan.fields.get(search).and_then(|field| field.equal.get(value)) {
            return *fact;
        }
        let fact = self.fact();
        if let Some(field) = self.plan.fields.get_mut(search) {
            field.equal.insert(value.to_string(), fact);
        }
        fact
    }

    fn image(&mut self, search: usize, value: &str) -> Fact {
        if let Some(fact) = self.plan.fields.get(search).and_then(|field| field.image.get(value)) {
            return *fact;
        }
        let fact = self.fact();
        if let Some(field) = self.plan.fields.get_mut(search) {
            field.image.insert(value.to_string(), fact);
        }
        fact
    }

    /// The fact that a text stands in a field. Nothing: it does in every one.
    fn needle(&mut self, search: usize, text: &str, at: At) -> Option<Fact> {
        if text.is_empty() {
            return None;
        }
        let next = self.plan.facts;
        let field = self.plan.fields.get_mut(search)?;
        let number = match field.texts.get(text) {
            Some(number) => *number,
            None => {
                field.needles.push([None; 3]);
                field.texts.insert(text.to_string(), field.needles.len() - 1);
                field.needles.len() - 1
            }
        };
        let place = field.needles.get_mut(number)?.get_mut(at as usize)?;
        if place.is_none() {
            *place = Some(next);
            self.plan.facts += 1;
        }
        *place
    }
}
