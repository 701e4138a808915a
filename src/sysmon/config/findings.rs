//! What Sysmon accepts and nobody can mean.
//!
//! In: a configuration. Out: warnings and notes, each at its place. Never here: what Sysmon refuses; `read.rs` says that where it finds it.
//!
//! A configuration has thousands of filters and is rarely its reader's own, so of what makes sense only once a node or a group there is one finding, at the
//! first place.

use rustc_hash::FxHashMap;

use super::model::{Condition, Config, Filter, Item, Node, OnMatch, Placed, Relation, Rule};
use super::read::short;
use super::{bind, twin};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Span;
use crate::sysmon::fields_of;
use crate::sysmon::tags::TAGS;

/// Looks at everything.
pub(super) fn look(config: &Config, found: &mut Vec<Diagnostic>) {
    let mut look = Look { config, found };
    look.groups();
    for node in &config.nodes {
        look.node(node);
        for item in &node.items {
            if let Item::Rule(rule) = item {
                look.never_together(rule);
            }
            for filter in item.filters() {
                look.filter(filter);
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
        let mut seen: FxHashMap<(u16, Condition, String), Span> = FxHashMap::default();
        for item in &node.items {
            let Item::Filter(filter) = item else { continue };
            let key = (filter.position, filter.condition, filter.value.value.to_ascii_lowercase());
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
        let mut told: Vec<u16> = Vec::new();
        for filter in node.filters().filter(|filter| filter.position != u16::MAX) {
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

    /// Filters of a Rule that contradict each other.
    fn never_together(&mut self, rule: &Rule) {
        // Each filter is held against all others; nobody writes that many.
        const MOST: usize = 200;
        if rule.relation == Relation::Or || rule.filters.len() > MOST {
            return;
        }
        for (number, filter) in rule.filters.iter().enumerate() {
            // All texts that the field can then be; only where they are few.
            let texts: Vec<&str> = match filter.condition {
                Condition::Is => vec![filter.value.value.as_str()],
                Condition::IsAny => filter.value.value.split(';').collect(),
                _ => continue,
            };
            if texts.iter().all(|text| text.is_empty()) || texts.len() > 1000 {
                continue;
            }
            let others = || {
                let others = rule.filters.iter().enumerate();
                others
                    .filter(move |(n, other)| *n != number && other.position == filter.position)
                    .map(|(_, other)| other)
            };
            let possible =
                texts.iter().any(|text| others().all(|other| twin::compare(other.condition, &other.value.value, text)));
            if !possible && let Some(other) = others().next() {
                let message = format!(
                    "this Rule never matches: `{}` cannot meet both filters at once",
                    short(&filter.field.value)
                );
                let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.span), message)
                    .related(self.config.origin(other.span), "and this")
                    .help("inside of a Rule with `and` filters on one field are needed together; write them as one `is any`, or as two Rules");
                self.found.push(diagnostic);
                return;
            }
        }
        let begins: Vec<(&Filter, String)> = rule
            .filters
            .iter()
            .filter(|filter| filter.condition == Condition::BeginWith)
            .map(|filter| (filter, filter.value.value.to_ascii_lowercase()))
            .collect();
        for (number, (filter, begin)) in begins.iter().enumerate() {
            let apart = |(other, text): &&(&Filter, String)| {
                other.position == filter.position
                    && !text.starts_with(begin.as_str())
                    && !begin.starts_with(text.as_str())
            };
            if let Some((other, _)) = begins.get(number + 1..).unwrap_or_default().iter().find(apart) {
                let message =
                    format!("this Rule never matches: `{}` cannot begin with both", short(&filter.field.value));
                let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.span), message)
                    .related(self.config.origin(other.span), "and this")
                    .help("write two Rules, or one with groupRelation=\"or\"");
                self.found.push(diagnostic);
                return;
            }
        }
    }

    fn filter(&mut self, filter: &Filter) {
        let schema = self.config.schema.value;
        let condition = filter.condition;
        let word = condition.word();
        if schema < condition.since() && schema != Default::default() {
            let since = condition.since();
            let message = format!("`{word}` is known from schema {since} on, and this is {schema}");
            let span = filter.condition_span.unwrap_or(filter.span);
            self.report(Code::NewerThanSchema, span, message, format!("write schemaversion=\"{since}\" or later"));
        }
        let Placed { value, span } = &filter.value;
        let span = *span;
        if value.is_empty() {
            let what = if twin::compare(condition, "", "x\\") && twin::compare(condition, "", "x") {
                "matches every event"
            } else if condition == Condition::Image {
                "matches only paths that end in a backslash"
            } else {
                "matches no event"
            };
            let message = format!("`{word}` with an empty value {what}");
            self.report(Code::EmptyItem, filter.span, message, "write a value, or take the filter out");
            return;
        }
        if value.contains(';') {
            if condition.takes_list() {
                self.list(filter);
            } else {
                self.single(filter);
            }
        }
        if variable(value) {
            let message =
                "Sysmon on Windows puts in the value of a variable of its own session here, when it checks an event";
            self.report(Code::VariableInValue, span, message, "the decisions here compare the text as it is written; write a path out, or `contains` for the rest of it");
        }
        let edge = |text: &str| text.starts_with(['\n', '\r']) || text.ends_with(['\n', '\r']);
        let trimmed = value.trim_matches(['\n', '\r', ' ', '\t']);
        if edge(value.trim_matches([' ', '\t'])) && !trimmed.is_empty() {
            let message = "the line breaks around this value belong to it, so hardly anything ever matches";
            let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(span), message)
                .help("write the value on the line of its element")
                .fix(self.config.origin(span), super::write::escaped(trimmed));
            self.found.push(diagnostic);
        }
        self.whole_path(filter);
        self.hash(filter);
    }

    /// A hash that the configuration does not compute.
    fn hash(&mut self, filter: &Filter) {
        if !matches!(filter.field.value.as_str(), "Hashes" | "Hash") || filter.condition.is_negative() {
            return;
        }
        let Some(option) =
            self.config.options.iter().find(|option| option.name.value == "HashAlgorithms" && option.read)
        else {
            return;
        };
        let computed: Vec<&str> = option.value.split(',').map(str::trim).collect();
        let not_computed = |item: &str| {
            let kind = item.split_once('=').map(|(kind, _)| kind.trim());
            let known =
                kind.filter(|kind| ["MD5", "SHA1", "SHA256", "IMPHASH"].iter().any(|k| k.eq_ignore_ascii_case(kind)));
            known.is_some_and(|kind| !computed.iter().any(|c| *c == "*" || c.eq_ignore_ascii_case(kind)))
        };
        let value = filter.value.value.as_str();
        let all = match filter.condition.takes_list() {
            true => value.split(';').all(not_computed),
            false => not_computed(value),
        };
        if all && !value.is_empty() {
            let message = format!("no event has this hash: the option `HashAlgorithms` is {:?}", short(&option.value));
            let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.value.span), message)
                .related(self.config.origin(option.name.span), "the option")
                .help("add the algorithm to the option, or give another hash of the file");
            self.found.push(diagnostic);
        }
    }

    /// A name where the whole path is compared.
    fn whole_path(&mut self, filter: &Filter) {
        const PATHS: [&str; 6] =
            ["Image", "ParentImage", "SourceImage", "TargetImage", "ImageLoaded", "TargetFilename"];
        let items: Vec<&str> = match filter.condition {
            Condition::Is => vec![filter.value.value.as_str()],
            Condition::IsAny => filter.value.value.split(';').collect(),
            _ => return,
        };
        let name = |text: &&str| {
            let end = text.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
            !text.contains(['\\', '/']) && matches!(end.as_deref(), Some("exe" | "dll" | "sys" | "com" | "scr" | "ps1"))
        };
        if PATHS.contains(&filter.field.value.as_str()) && items.iter().all(name) {
            let word = filter.condition.word();
            let message = format!("`{}` holds whole paths, so `{word}` a mere name never matches", filter.field.value);
            let help = match filter.condition {
                Condition::Is => "write condition=\"image\", which compares what stands behind the last backslash",
                _ => "write `image` filters, or `contains any` with a backslash before each name",
            };
            self.report(Code::NeverMatches, filter.span, message, help);
        }
    }

    /// A value with `;` under a condition that takes one.
    fn single(&mut self, filter: &Filter) {
        let items: Vec<&str> = filter.value.value.split(';').collect();
        if items.iter().any(|item| item.trim().is_empty()) {
            return;
        }
        let any = match filter.condition {
            Condition::Is | Condition::Image => Some("is any"),
            Condition::Contains => Some("contains any"),
            Condition::Excludes => Some("excludes any"),
            _ => None,
        };
        let word = filter.condition.word();
        let message = format!(
            "`{word}` takes one value: this one is compared with its semicolons, not as {} values",
            items.len()
        );
        let help = match any {
            Some(any) => format!("write condition=\"{any}\" if a list is meant"),
            None => "write a filter for each value".to_string(),
        };
        self.report(Code::ListUnderSingle, filter.value.span, message, help);
    }

    fn list(&mut self, filter: &Filter) {
        use Condition as C;
        let items: Vec<&str> = filter.value.value.split(';').collect();
        let span = filter.value.span;
        let word = filter.condition.word();
        let last = items.len() - 1;
        if let Some(empty) = items.iter().position(|item| item.is_empty()) {
            let (message, help) = match filter.condition {
                C::IsAny => ("an empty item of `is any` matches nothing".to_string(), "take the semicolon out"),
                C::ContainsAny if empty == last => {
                    ("the semicolon at the end makes an empty item, which is in every text: this filter matches every event".to_string(), "take the last semicolon out")
                }
                C::ExcludesAny if empty == last => {
                    ("the semicolon at the end makes an empty item, which is in every text: this filter matches no event".to_string(), "take the last semicolon out")
                }
                _ if empty == last => {
                    (format!("the semicolon at the end makes an empty item of `{word}`, which is in every text"), "take the last semicolon out")
                }
                _ => {
                    let rest = items.get(empty..).unwrap_or_default().join(";");
                    (format!("before an empty item Sysmon looks for the rest of the list as it stands: {:?}", short(&rest)), "take the second semicolon out")
                }
            };
            self.report(Code::EmptyItem, span, message, help);
        }
        let blank = |(n, item): &(usize, &&str)| {
            !item.trim().is_empty()
                && ((*n > 0 && item.starts_with(' '))
                    || (filter.condition == C::IsAny && *n < last && item.ends_with(' ')))
        };
        if let Some((_, item)) = items.iter().enumerate().find(blank) {
            let message = format!("the blank beside the semicolon belongs to the item: {:?}", short(item));
            self.report(Code::BlankInList, span, message, "take it out, unless the field has it too");
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
        }
    }

    /// Names of filters that matched in a Rule or node that failed in the end.
    fn leaks(&mut self, nodes: &[&Node]) {
        let of = |on_match| nodes.iter().rev().filter(move |node| node.on_match == on_match);
        // The first filter that can leave a name behind, until something takes it.
        let mut left: Option<&Filter> = None;
        let mut told = 0;
        for node in of(OnMatch::Exclude).chain(of(OnMatch::Include)) {
            let last_item = node.items.len().saturating_sub(1);
            if node.relation == Relation::And {
                let nameless = node.filters().all(|filter| filter.name.is_none());
                if nameless && !node.items.is_empty() && node.on_match == OnMatch::Include {
                    self.leak(&mut left, node.filters().next(), &mut told);
                }
                let may_fail =
                    node.items.iter().enumerate().filter(|(n, item)| *n < last_item || leaves(item).is_some());
                let mut filters = may_fail.flat_map(|(_, item)| item.filters());
                left = left.or_else(|| filters.find(|filter| filter.name.is_some()));
                continue;
            }
            for item in &node.items {
                let takes = match item {
                    Item::Rule(Rule { relation: Relation::And, filters, .. }) => {
                        filters.first().filter(|_| filters.iter().all(|filter| filter.name.is_none()))
                    }
                    item => item.filters().iter().find(|filter| filter.name.is_none()),
                };
                // Who reads RuleName reads it of what is logged.
                if node.on_match == OnMatch::Include {
                    self.leak(&mut left, takes, &mut told);
                }
                left = left.or(leaves(item));
            }
        }
    }

    fn leak(&mut self, left: &mut Option<&Filter>, takes: Option<&Filter>, told: &mut usize) {
        let (Some(from), Some(to)) = (*left, takes) else { return };
        if *told > 0 {
            return;
        }
        *told += 1;
        let name = from.name.as_deref().unwrap_or_default();
        let message = format!(
            "the name {:?} can go to an event that another rule logs: it is taken when this filter matches, and stays when the rest of its rule does not",
            short(name)
        );
        let diagnostic = Diagnostic::new(Code::LeakingName, self.config.origin(from.span), message)
            .related(self.config.origin(to.span), "logs without a name, and gives that one")
            .help("give every filter a name that decides on its own, or put nameless ones first");
        self.found.push(diagnostic);
    }
}

/// The filter of a Rule that leaves its name behind when a later one fails.
fn leaves(item: &Item) -> Option<&Filter> {
    match item {
        Item::Rule(Rule { relation: Relation::And, filters, .. }) => {
            let (_, before) = filters.split_last()?;
            before.iter().find(|filter| filter.name.is_some())
        }
        Item::Rule(_) | Item::Filter(_) => None,
    }
}

/// Does a text have something that Windows takes for a variable?
fn variable(text: &str) -> bool {
    let mut pieces = text.split('%');
    pieces.next();
    // What stands between two percent signs.
    let inside: Vec<&str> = pieces.collect();
    let name = |piece: &str| {
        !piece.is_empty()
            && piece.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '(' | ')'))
            && piece.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    inside.split_last().is_some_and(|(_, closed)| closed.iter().any(|piece| name(piece)))
}
