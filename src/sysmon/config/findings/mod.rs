//! What Sysmon accepts and nobody can mean.
//!
//! In: a configuration. Out: warnings and notes, each at its place. Never here: what Sysmon refuses; `read/` says that where it finds it.
//!
//! A configuration has thousands of filters and is rarely its reader's own, so of what makes sense only once a node or a group there is one finding, at the
//! first place. What Sysmon refuses is not looked at twice: a filter whose condition is none says nothing here.
//!
//! | file | what |
//! | --- | --- |
//! | `mod.rs` | groups, nodes, and what filters of a node do to each other |
//! | `before.rs` | rules that another node decides before |
//! | `rules.rs` | filters of one Rule or node that contradict or complete each other |
//! | `value.rs` | the value of one filter |
//! | `occurs.rs` | values that a field never has |
//! | `names.rs` | names that leak |

mod before;
mod names;
mod occurs;
mod rules;
mod value;

use rustc_hash::FxHashMap;

use super::bind;
use super::model::{Condition, Config, Filter, Item, Node, OnMatch, Relation};
use super::read::short;
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Span;
use crate::sysmon::fields_of;
use crate::sysmon::tags::TAGS;

/// Looks at everything.
pub(super) fn look(config: &Config, found: &mut Vec<Diagnostic>) {
    let mut look = Look { config, found };
    look.options();
    look.groups();
    for node in &config.nodes {
        look.node(node);
        for item in &node.items {
            if let Item::Rule(rule) = item {
                look.rule(rule);
            }
            for filter in item.filters() {
                if look.says(filter) {
                    look.filter(filter);
                }
            }
        }
    }
    look.tags();
}

struct Look<'c, 'f> {
    config: &'c Config,
    found: &'f mut Vec<Diagnostic>,
}

impl Look<'_, '_> {
    fn report(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::new(code, self.config.origin(span), message).help(help));
    }

    /// Has a filter a condition that Sysmon knows?
    fn says(&self, filter: &Filter) -> bool {
        let written = filter.condition_span.and_then(|span| self.config.text.get(span.range()));
        written.is_none_or(|text| text.contains('&') || Condition::parse(text).is_some())
    }

    fn options(&mut self) {
        for option in self.config.options.iter().filter(|option| option.name.value == "HashAlgorithms") {
            const KNOWN: [&str; 6] = ["MD5", "SHA", "SHA1", "SHA256", "IMPHASH", "*"];
            let known = |name: &&str| KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name));
            if let Some(other) = option.value.split(',').map(str::trim).find(|name| !known(name)) {
                let message = format!("{:?} is no hash that Sysmon computes", short(other));
                let help = "write MD5, SHA1, SHA256 and IMPHASH with commas between them, or * for all";
                self.report(Code::UnknownInConfig, option.name.span, message, help);
            }
        }
    }

    fn groups(&mut self) {
        for group in &self.config.groups {
            let said = self
                .config
                .document
                .elements
                .get(group.element)
                .is_some_and(|e| e.attribute("groupRelation").is_some());
            if !said {
                let otherwise = if self.config.schema.value > (4, 10).into() { "and" } else { "or" };
                let message = format!(
                    "this RuleGroup does not say groupRelation: Sysmon on Windows refuses it, elsewhere it is `{otherwise}`"
                );
                self.report(
                    Code::NoGroupRelation,
                    group.tag,
                    message,
                    "write groupRelation=\"or\", or \"and\" if all are meant together",
                );
            }
        }
    }

    fn node(&mut self, node: &Node) {
        let tag = node.tag;
        let schema = self.config.schema.value;
        if schema < tag.since.into() && schema != Default::default() {
            let since = super::Schema::from(tag.since);
            let message = format!("`{}` is known from schema {since} on, and this is {schema}", tag.name);
            self.report(
                Code::NewerThanSchema,
                node.tag_span,
                message,
                format!("write schemaversion=\"{since}\" or later"),
            );
        }
        if matches!(tag.ids, [27] | [28]) && (node.on_match == OnMatch::Exclude || !node.items.is_empty()) {
            let message = format!("Sysmon does not only log what `{}` matches: it prevents it", tag.name);
            let help = "take the node out, unless programs are to be kept from writing such files; FileExecutableDetected logs alone";
            self.report(Code::BlockingNode, node.tag_span, message, help);
        }
        if tag.ids == [24] && node.on_match == OnMatch::Include && !node.items.is_empty() {
            let captures =
                self.config.options.iter().any(|option| option.name.value == "CaptureClipboard" && option.read);
            if !captures {
                let message = "without `<CaptureClipboard/>` there are no events of the clipboard";
                self.report(
                    Code::NeverMatches,
                    node.tag_span,
                    message,
                    "add `<CaptureClipboard/>` above `EventFiltering`, or take the node out",
                );
            }
        }
        self.and_where_or(node);
        if node.relation == Relation::Or {
            self.always(node.items.iter().filter_map(Item::alone));
        }
        self.repeated(node);
        self.elsewhere(node);
    }

    /// A node that wants all of what look like alternatives.
    fn and_where_or(&mut self, node: &Node) {
        if node.relation == Relation::Or || node.items.len() < 2 {
            return;
        }
        let Some(first) = node.items.first() else { return };
        let field = |item: &Item| match item {
            Item::Filter(filter) => Some(filter.position),
            Item::Rule(_) => None,
        };
        // Filters on one field are alternatives anyway.
        let Some(other) = node.items.iter().find(|item| field(item).is_none() || field(item) != field(first)) else {
            return;
        };
        let own = |item: &Item| match item {
            Item::Filter(filter) => filter.own_name.as_ref().map(|name| name.value.clone()),
            Item::Rule(rule) => rule.name.as_ref().map(|name| name.value.clone()),
        };
        let mut names: Vec<String> = node.items.iter().filter_map(own).collect();
        names.sort_unstable();
        names.dedup();
        let (message, help) = if !node.relation_said {
            let message = format!(
                "all fields of this `{}` have to match at once: that is the default without a groupRelation from schema 4.11 on",
                node.tag.name
            );
            (message, "put the node into <RuleGroup groupRelation=\"or\">, or \"and\" if that is meant")
        } else if names.len() > 1 {
            let message = format!(
                "all fields of this `{}` have to match at once, and they have {} names, of which one is seen",
                node.tag.name,
                names.len()
            );
            (message, "write groupRelation=\"or\" if they are alternatives")
        } else {
            return;
        };
        let diagnostic = Diagnostic::new(Code::AndWhereOr, self.config.origin(node.tag_span), message)
            .related(self.config.origin(other.span()), "has to match too")
            .help(help);
        self.found.push(diagnostic);
    }

    /// A filter behind the same filter in a node in which one is enough.
    fn repeated(&mut self, node: &Node) {
        if node.relation == Relation::And {
            return;
        }
        let mut seen: FxHashMap<(&str, Condition, String), Span> = FxHashMap::default();
        for item in &node.items {
            let Item::Filter(filter) = item else { continue };
            if !self.says(filter) {
                continue;
            }
            let key = (filter.field.value.as_str(), filter.condition, filter.value.value.to_ascii_lowercase());
            if let Some(before) = seen.get(&key) {
                let diagnostic = Diagnostic::new(
                    Code::NeverMatches,
                    self.config.origin(filter.span),
                    "this filter never decides: the same stands before it",
                );
                self.found
                    .push(diagnostic.related(self.config.origin(*before), "this one").help("take one of them out"));
            } else {
                seen.insert(key, filter.span);
            }
        }
    }

    /// A field of a series that only some of its events show to this node, though others have it.
    fn elsewhere(&mut self, node: &Node) {
        // A node that Sysmon refuses is about no event.
        if node.filters().any(|filter| filter.position == u16::MAX) {
            return;
        }
        let mut told: Vec<u16> = Vec::new();
        for filter in node.filters() {
            let field = filter.field.value.as_str();
            let blind =
                |id: &&u32| !bind::applies(node.bound, **id, filter) && fields_of(**id).any(|name| name == field);
            let ids: Vec<String> = node.tag.ids.iter().filter(blind).map(u32::to_string).collect();
            if !ids.is_empty() && !told.contains(&filter.position) {
                told.push(filter.position);
                let ids = ids.join(" and ");
                let message = format!(
                    "this node is about event {}, and `{field}` stands elsewhere in {ids}: it never matches there",
                    node.bound
                );
                let help = "Sysmon binds a node to the first event that has all its fields; a node of its own for each event, with a field that only that one has, is seen there";
                self.report(Code::NeverMatches, filter.field.span, message, help);
            }
        }
    }

    /// What nodes of one tag do to each other.
    fn tags(&mut self) {
        for tag in TAGS {
            let nodes: Vec<&Node> = self.config.nodes_of(tag).map(|(_, node)| node).collect();
            if let [first, .., last] = nodes.as_slice()
                && !nodes.iter().any(|node| node.on_match == OnMatch::Include && !node.items.is_empty())
            {
                let message = if nodes.iter().all(|node| node.on_match == OnMatch::Exclude) {
                    format!(
                        "no event of `{}` is ever logged: with one exclude node what it does not match is logged, with several nothing is",
                        tag.name
                    )
                } else {
                    format!(
                        "no event of `{}` is ever logged: the include node is empty, and beside it what is not excluded is dropped",
                        tag.name
                    )
                };
                let diagnostic = Diagnostic::new(Code::DefaultSwitched, self.config.origin(last.tag_span), message)
                    .related(self.config.origin(first.tag_span), "the first node")
                    .help("put all exclude filters into one node with groupRelation=\"or\"");
                self.found.push(diagnostic);
            }
            self.leaks(&nodes);
            self.decided_before(&nodes);
        }
    }
}
