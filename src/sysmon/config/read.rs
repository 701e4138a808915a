//! Elements become nodes, rules and filters.
//!
//! In: the bytes of a configuration. Out: a [`Config`] with the place of everything, and everything that Sysmon refuses or passes over. Never here: what
//! is only doubtful; that is `findings.rs`. Who wants to decide events by a configuration looks first whether one of the findings is an error.

use std::sync::Arc;

use super::document::{self, Document, Element, ElementId};
use super::encoding::{self, Encoding};
use super::model::{Condition, Config, Filter, Group, Item, Node, OnMatch, Placed, Relation, Rule, Schema, Setting};
use super::{bind, findings};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::limits::{CONFIG_NAME_CHARS, SOURCE_BYTES};
use crate::origin::{Origin, SourceId, Sources, Span};
use crate::sysmon::fields_of;
use crate::sysmon::tags::{self, TAGS, Tag};

/// The options that Sysmon knows beside `EventFiltering`.
pub const OPTIONS: [&str; 16] = [
    "ArchiveDirectory",
    "CaptureClipboard",
    "CheckRevocation",
    "CopyOnDeleteExtensions",
    "CopyOnDeletePE",
    "CopyOnDeleteProcesses",
    "CopyOnDeleteSIDs",
    "DnsLookup",
    "DnsQuery",
    "DriverName",
    "FieldSizes",
    "HashAlgorithms",
    "ImageLoad",
    "NetworkConnect",
    "PipeMonitoring",
    "ProcessAccess",
];

/// Up to this version the items of a node outside of a group belong together by `or`, later by `and`.
const LAST_OR: Schema = Schema { major: 4, minor: 10 };

/// Reads the bytes of a configuration, which become a source of this name. Without a configuration beside the findings there is no XML.
pub fn read(sources: &mut Sources, name: &str, bytes: &[u8]) -> (Option<Config>, Vec<Diagnostic>) {
    if bytes.len() > SOURCE_BYTES {
        let id = sources.add(name, "");
        let message = format!("the configuration has more than {} MiB", SOURCE_BYTES >> 20);
        let found = Diagnostic::new(Code::ConfigNotXml, Origin::whole(id), message);
        return (
            None,
            vec![found.help("Sysmon's registry value holds far less: split it, or look what the file really is")],
        );
    }
    match encoding::decode(bytes) {
        Ok((text, encoding)) => read_text(sources, name, text, encoding),
        Err(fault) => {
            let id = sources.add(name, String::from_utf8_lossy(bytes).into_owned());
            let found = Diagnostic::new(Code::ConfigNotXml, Origin::whole(id), fault.message);
            (None, vec![found.help(fault.help)])
        }
    }
}

/// Reads the text of a configuration, which becomes a source of this name.
pub fn read_text(
    sources: &mut Sources,
    name: &str,
    text: impl Into<Arc<str>>,
    encoding: Encoding,
) -> (Option<Config>, Vec<Diagnostic>) {
    let text: Arc<str> = text.into();
    let source = sources.add(name, text.clone());
    let document = match document::parse(source, &text) {
        Ok(document) => document,
        Err(found) => return (None, vec![*found]),
    };
    let mut reader = Reader { source, found: Vec::new() };
    let config = reader.config(text, encoding, document);
    let mut found = reader.found;
    if let Some(config) = &config {
        findings::look(config, &mut found);
    }
    crate::diagnostic::sort(&mut found);
    (config, found)
}

/// Where an element stands, as far as it decides what the element is.
#[derive(Clone, Copy)]
enum Area {
    Root,
    /// In an option, or in anything else that is read no further.
    Aside,
    /// In `EventFiltering`, directly or in something that is no group.
    Filtering,
    Group(usize),
    Node(usize),
    Rule(usize),
    /// In a filter.
    Value,
}

struct Reader {
    source: SourceId,
    found: Vec<Diagnostic>,
}

impl Reader {
    fn report(&mut self, code: Code, span: Span, message: String) -> &mut Diagnostic {
        self.found.push(Diagnostic::new(code, Origin::span(self.source, span), message));
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn config(&mut self, text: Arc<str>, encoding: Encoding, document: Document) -> Option<Config> {
        let root = document.elements.first()?;
        if root.name.value != "Sysmon" {
            let message = format!("the root is `{}`, not `Sysmon`", root.name.value);
            let help = "a configuration of Sysmon is `<Sysmon schemaversion=\"4.90\">...</Sysmon>`; case counts";
            self.report(Code::ConfigRefused, root.name.span, message).help = Some(help.to_string());
            return None;
        }
        let schema = self.schema(root);
        self.attributes(root, &["schemaversion"]);
        let mut config = Config {
            source: self.source,
            text,
            encoding,
            document: Document::default(),
            schema,
            options: Vec::new(),
            groups: Vec::new(),
            nodes: Vec::new(),
        };
        let mut areas: Vec<Area> = vec![Area::Root];
        for (id, element) in document.elements.iter().enumerate().skip(1) {
            let around = element.parent.and_then(|parent| areas.get(parent)).copied().unwrap_or(Area::Aside);
            let area = self.element(&mut config, id, element, around);
            areas.push(area);
        }
        // A Rule without filters leaves nothing behind in Sysmon's compiled form.
        for node in &mut config.nodes {
            node.items.retain(|item| {
                let empty = item.filters().is_empty();
                if empty {
                    let message = "a Rule without filters is nothing".to_string();
                    let help = "take it out, or put filters into it";
                    self.report(Code::NeverMatches, item.span(), message).help = Some(help.to_string());
                }
                !empty
            });
        }
        self.bind(&mut config);
        self.name(&mut config);
        config.document = document;
        Some(config)
    }

    fn schema(&mut self, root: &Element) -> Placed<Schema> {
        let help = "write it as in schemaversion=\"4.90\"; `sysmon -s` prints the version of an installed Sysmon";
        let Some(written) = root.attribute("schemaversion") else {
            let message = "the configuration names no schema version".to_string();
            self.report(Code::BadSchemaVersion, root.tag, message).help = Some(help.to_string());
            return Placed { value: Schema::default(), span: root.tag };
        };
        match Schema::parse(&written.value) {
            Some(value) => Placed { value, span: written.span },
            None => {
                let message = format!("{:?} is no schema version", short(&written.value));
                self.report(Code::BadSchemaVersion, written.span, message).help = Some(help.to_string());
                Placed { value: Schema::default(), span: written.span }
            }
        }
    }

    fn element(&mut self, config: &mut Config, id: ElementId, element: &Element, around: Area) -> Area {
        let name = element.name.value.as_str();
        match around {
            Area::Root if name == "EventFiltering" => {
                self.attributes(element, &[]);
                Area::Filtering
            }
            Area::Root => {
                self.option(config, element);
                Area::Aside
            }
            Area::Aside => Area::Aside,
            Area::Filtering | Area::Group(_) if name.eq_ignore_ascii_case("RuleGroup") => {
                if matches!(around, Area::Group(_)) {
                    let message = "a RuleGroup inside of a RuleGroup".to_string();
                    let help = "Sysmon's own description of the format has no such thing, and only the group directly around a node counts";
                    self.report(Code::UnknownInConfig, element.tag, message).help = Some(help.to_string());
                }
                self.attributes(element, &["name", "groupRelation"]);
                let relation = self.relation(element);
                config.groups.push(Group { name: self.own_name(element), relation, tag: element.tag, element: id });
                Area::Group(config.groups.len() - 1)
            }
            Area::Filtering | Area::Group(_) => {
                let group = if let Area::Group(group) = around { Some(group) } else { None };
                match tags::named(name) {
                    Some(tag) => self.node(config, id, element, tag, group),
                    None => {
                        self.unknown(element, "EventFiltering", TAGS.iter().map(|tag| tag.name).chain(["RuleGroup"]));
                        Area::Filtering
                    }
                }
            }
            Area::Node(node) if name.eq_ignore_ascii_case("Rule") => {
                self.attributes(element, &["name", "groupRelation"]);
                let relation = self.relation(element).unwrap_or(Relation::Or);
                let name = self.own_name(element);
                let rule =
                    Rule { relation, name, filters: Vec::new(), span: element.span, tag: element.tag, element: id };
                if let Some(node) = config.nodes.get_mut(node) {
                    node.items.push(Item::Rule(rule));
                }
                Area::Rule(node)
            }
            Area::Node(node) => {
                let filter = self.filter(id, element);
                if let Some(node) = config.nodes.get_mut(node) {
                    node.items.push(Item::Filter(filter));
                }
                Area::Value
            }
            Area::Rule(node) => {
                let filter = self.filter(id, element);
                let last = config.nodes.get_mut(node).and_then(|node| node.items.last_mut());
                if let Some(Item::Rule(rule)) = last {
                    rule.filters.push(filter);
                }
                Area::Value
            }
            Area::Value => {
                let message = format!("an element `{}` inside of a value", short(name));
                let help = "Sysmon takes the text before it and passes over the rest; write `&lt;` for `<`";
                self.report(Code::UnknownInConfig, element.tag, message).help = Some(help.to_string());
                Area::Aside
            }
        }
    }

    fn node(
        &mut self,
        config: &mut Config,
        id: ElementId,
        element: &Element,
        tag: &'static Tag,
        group: Option<usize>,
    ) -> Area {
        self.attributes(element, &["onmatch", "default"]);
        let said = group.and_then(|group| config.groups.get(group)).and_then(|group| group.relation);
        let otherwise = if config.schema.value > LAST_OR { Relation::And } else { Relation::Or };
        config.nodes.push(Node {
            tag,
            on_match: self.on_match(element, tag),
            relation: said.unwrap_or(otherwise),
            relation_said: said.is_some(),
            group,
            bound: tag.ids.first().copied().unwrap_or(0),
            items: Vec::new(),
            span: element.span,
            tag_span: element.tag,
            element: id,
        });
        Area::Node(config.nodes.len() - 1)
    }

    fn on_match(&mut self, element: &Element, tag: &Tag) -> OnMatch {
        let help = "write onmatch=\"include\" to log what matches, onmatch=\"exclude\" to log what does not";
        let name = &element.name.value;
        let read = |text: &str| match text.to_ascii_lowercase().as_str() {
            "include" => Some(OnMatch::Include),
            "exclude" => Some(OnMatch::Exclude),
            _other => None,
        };
        // What Sysmon takes where it takes anything.
        let otherwise = if tag.logged { OnMatch::Exclude } else { OnMatch::Include };
        let (written, old) = match (element.attribute("onmatch"), element.attribute("default")) {
            (Some(written), None) => (written, false),
            (None, Some(written)) => (written, true),
            (None, None) => {
                let message = format!("`{name}` does not say what happens on a match");
                self.report(Code::BadOnMatch, element.tag, message).help = Some(help.to_string());
                return otherwise;
            }
            (Some(_), Some(default)) => {
                let message = format!("`{name}` has both onmatch and default");
                self.report(Code::BadOnMatch, default.span, message).help =
                    Some("default is the old spelling, and says the opposite: leave it out".to_string());
                return otherwise;
            }
        };
        match (read(&written.value), old) {
            (Some(OnMatch::Include), true) => OnMatch::Exclude,
            (Some(OnMatch::Exclude), true) => OnMatch::Include,
            (Some(on_match), false) => on_match,
            (None, _) => {
                let message = format!("{:?} is nothing that happens on a match", short(&written.value));
                self.report(Code::BadOnMatch, written.span, message).help = Some(help.to_string());
                otherwise
            }
        }
    }

    fn relation(&mut self, element: &Element) -> Option<Relation> {
        let written = element.attribute("groupRelation")?;
        match written.value.to_ascii_lowercase().as_str() {
            "and" => Some(Relation::And),
            "or" => Some(Relation::Or),
            _other => {
                let message = format!("{:?} is no groupRelation", short(&written.value));
                self.report(Code::ConfigRefused, written.span, message).help =
                    Some("write \"and\" or \"or\"".to_string());
                None
            }
        }
    }

    /// The name of an element, if it has one.
    fn own_name(&mut self, element: &Element) -> Option<Placed<String>> {
        let name = element.attribute("name").filter(|name| !name.value.is_empty())?;
        let count = name.value.encode_utf16().count();
        if count > CONFIG_NAME_CHARS {
            let message = format!("a name of {count} characters");
            let help = format!("Sysmon takes {CONFIG_NAME_CHARS} at most: shorten it");
            self.report(Code::ConfigRefused, name.span, message).help = Some(help);
        }
        Some(name.clone())
    }

    fn filter(&mut self, id: ElementId, element: &Element) -> Filter {
        self.attributes(element, &["name", "condition"]);
        let condition = element.attribute("condition");
        let read = condition.map_or(Some(Condition::Is), |condition| Condition::parse(&condition.value));
        if let (None, Some(written)) = (read, condition) {
            let near = nearest_condition(&written.value);
            let known = Condition::ALL.iter().map(|condition| condition.word()).collect::<Vec<_>>().join(", ");
            let origin = Origin::span(self.source, written.span);
            let message =
                format!("{:?} is no condition: Sysmon refuses the whole configuration", short(&written.value));
            let found = self.report(Code::UnknownCondition, written.span, message);
            match near {
                Some(near) => {
                    *found = found.clone().help(format!("did you mean \"{near}\"?")).fix(origin, near);
                }
                None => found.help = Some(format!("known are {known}")),
            }
        }
        // A text of blanks alone is none; blanks around others belong to the value.
        let value = match &element.text {
            Some(text) if text.value.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {
                Placed { value: String::new(), span: element.span }
            }
            Some(text) => text.clone(),
            None => Placed { value: String::new(), span: element.span },
        };
        Filter {
            field: element.name.clone(),
            position: u16::MAX,
            condition: read.unwrap_or(Condition::Is),
            condition_span: condition.map(|condition| condition.span),
            value,
            name: None,
            own_name: self.own_name(element),
            span: element.span,
            element: id,
        }
    }

    fn option(&mut self, config: &mut Config, element: &Element) {
        self.attributes(element, &[]);
        let name = element.name.value.as_str();
        let known = OPTIONS.contains(&name);
        if !known {
            let near = if name.eq_ignore_ascii_case("EventFiltering") {
                Some("EventFiltering")
            } else {
                nearest(name, OPTIONS.into_iter().chain(["EventFiltering"]))
            };
            let help = near.map_or("options are those that `sysmon -s` prints".to_string(), |near| {
                format!("did you mean `{near}`?")
            });
            let message = format!(
                "the option `{}` does not exist: Sysmon on Windows refuses the configuration, or reads no further option",
                short(name)
            );
            self.report(Code::UnknownInConfig, element.name.span, message).help = Some(help);
        }
        let value = element.text.as_ref().map_or("", |text| text.value.trim()).to_string();
        let read = known && config.options.last().is_none_or(|option| option.read);
        config.options.push(Setting { name: element.name.clone(), value, read });
    }

    fn attributes(&mut self, element: &Element, known: &[&str]) {
        for attribute in &element.attributes {
            let name = attribute.name.value.as_str();
            if known.contains(&name) || name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let near = nearest(name, known.iter().copied());
            let help = match (near, known) {
                (Some(near), _) => format!("did you mean `{near}`? Case counts"),
                (None, []) => "it takes none".to_string(),
                (None, known) => format!("it takes {}", known.join(" and ")),
            };
            let message = format!("`{}` has no attribute `{}`", short(&element.name.value), short(name));
            self.report(Code::UnknownInConfig, attribute.name.span, message).help = Some(help);
        }
    }

    fn unknown<'n>(&mut self, element: &Element, inside: &str, known: impl Iterator<Item = &'n str>) {
        let name = &element.name.value;
        let near = nearest(name, known);
        let message = format!(
            "`{inside}` has no element `{}`: Sysmon on Windows refuses it, elsewhere it is passed over",
            short(name)
        );
        let help = near.map_or("known are the names of events and RuleGroup; case counts".to_string(), |near| {
            format!("did you mean `{near}`? Case counts")
        });
        self.report(Code::UnknownInConfig, element.name.span, message).help = Some(help);
    }

    fn bind(&mut self, config: &mut Config) {
        for node in &mut config.nodes {
            let fields: Vec<&Placed<String>> =
                node.items.iter().flat_map(Item::filters).map(|filter| &filter.field).collect();
            match bind::event(node.tag, fields.iter().map(|field| field.value.as_str())) {
                Ok(id) => node.bound = id,
                Err(at) => {
                    let Some(field) = fields.get(at) else { continue };
                    let (message, help) = incorrect(node.tag, &field.value);
                    let origin = Origin::span(self.source, field.span);
                    let tag = Origin::span(self.source, node.tag_span);
                    let found =
                        Diagnostic::new(Code::IncorrectField, origin, message).related(tag, "in this node").help(help);
                    self.found.push(found);
                }
            }
            let bound = node.bound;
            for item in &mut node.items {
                let filters = match item {
                    Item::Filter(filter) => std::slice::from_mut(filter),
                    Item::Rule(rule) => rule.filters.as_mut_slice(),
                };
                for filter in filters {
                    filter.position = bind::position(bound, &filter.field.value).unwrap_or(u16::MAX);
                }
            }
        }
    }

    /// Gives each filter its name.
    fn name(&mut self, config: &mut Config) {
        for node in &mut config.nodes {
            let group = node.group.and_then(|group| config.groups.get(group)).and_then(|group| group.name.as_ref());
            let group: Option<Arc<str>> = group.map(|name| name.value.as_str().into());
            for item in &mut node.items {
                let (rule, filters) = match item {
                    Item::Filter(filter) => (None, std::slice::from_mut(filter)),
                    Item::Rule(rule) => (rule.name.as_ref(), rule.filters.as_mut_slice()),
                };
                let around: Option<Arc<str>> = rule.map(|name| name.value.as_str().into()).or_else(|| group.clone());
                for filter in filters {
                    let own = filter.own_name.as_ref().map(|name| name.value.as_str().into());
                    filter.name = own.or_else(|| around.clone());
                }
            }
        }
    }
}

/// What is wrong with a field, and the way out.
fn incorrect(tag: &Tag, field: &str) -> (String, String) {
    let all = || tag.ids.iter().flat_map(|id| fields_of(*id));
    let message = format!("`{}` has no field `{}`: Sysmon refuses the whole configuration", tag.name, short(field));
    if all().any(|name| name == field) {
        let of = |name: &str| {
            tag.ids
                .iter()
                .filter(|id| fields_of(**id).any(|f| f == name))
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let message = format!("no event of `{}` has `{}` and the other fields of this node", tag.name, short(field));
        return (message, format!("only {} has it: put its filters into a node of their own", of(field)));
    }
    let help = match nearest(field, all()) {
        Some(near) => format!("did you mean `{near}`? Case counts"),
        None => {
            let mut known: Vec<&str> = Vec::new();
            for name in all().filter(|name| !matches!(*name, "RuleName" | "UtcTime")) {
                if !known.contains(&name) {
                    known.push(name);
                }
            }
            format!("it has {}", known.join(", "))
        }
    };
    (message, help)
}

/// The condition that was meant. Words that people use elsewhere are known too.
fn nearest_condition(text: &str) -> Option<&'static str> {
    let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    let known = [
        ("begins with", "begin with"),
        ("starts with", "begin with"),
        ("start with", "begin with"),
        ("startswith", "begin with"),
        ("ends with", "end with"),
        ("endswith", "end with"),
        ("equals", "is"),
        ("equal", "is"),
        ("not contains", "excludes"),
        ("not contain", "excludes"),
        ("exclude", "excludes"),
        ("greater than", "more than"),
        ("not", "is not"),
        ("in", "is any"),
    ];
    let alias = known.iter().find(|(word, _)| *word == squeezed).map(|(_, condition)| *condition);
    alias.or_else(|| nearest(&squeezed, Condition::ALL.iter().map(|condition| condition.word())))
}

/// A piece of the text in a message.
pub(super) fn short(text: &str) -> String {
    const CHARS: usize = 80;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_string(),
    }
}
