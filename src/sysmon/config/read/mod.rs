//! Elements become nodes, rules and filters.
//!
//! In: the bytes of a configuration. Out: a [`Config`] with the place of everything, and everything that Sysmon refuses or passes over. Never here: what
//! is only doubtful; that is `findings/`. Who wants to decide events by a configuration looks first whether one of the findings is an error.
//!
//! | file | what |
//! | --- | --- |
//! | `mod.rs` | what an element is, by where it stands |
//! | `parts.rs` | what it says by itself |
//! | `links.rs` | what is known only once a node is whole: places of fields, names |

mod links;
mod parts;

use std::sync::Arc;

use super::document::{self, Document, Element, ElementId};
use super::encoding::{self, Decoded, Encoding};
use super::findings;
use super::model::{Config, Group, Item, Node, Relation, Rule, Schema};
use crate::diagnostic::{Code, Diagnostic};
use crate::limits::SOURCE_BYTES;
use crate::origin::{Origin, SourceId, Sources, Span};
use crate::sysmon::tags::{self, Tag};

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
        Ok(Decoded { text, encoding, doubt }) => {
            let declaration = text.find("?>").filter(|_| text.starts_with("<?xml")).map_or(0, |end| end + 2);
            let (config, mut found) = read_text(sources, name, text, encoding);
            if let (Some(config), Some(doubt)) = (&config, doubt) {
                let help = "save the file as UTF-8 with <?xml version=\"1.0\" encoding=\"UTF-8\"?> in front, as `blocksieve import sysmon FILE -o NEW` does";
                let span = config.document.elements.first().map_or(Span::new(0, 0), |root| root.tag);
                let span = if declaration > 0 { Span::new(0, declaration) } else { span };
                let doubtful = Diagnostic::new(Code::OtherEncoding, config.origin(span), doubt);
                found.insert(0, doubtful.help(help));
            }
            (config, found)
        }
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
    /// In `EventFiltering`.
    Filtering,
    /// In something in it that is no group; nodes are looked for there too.
    Unknown,
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
        for span in &document.types {
            let message = "a document type of the file's own: Sysmon on Windows puts its own before it, and there can be one only";
            self.report(Code::UnknownInConfig, *span, message.to_string()).help = Some("take it out".to_string());
        }
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
        self.texts(&document, &areas);
        self.bind(&mut config);
        self.name(&mut config);
        config.document = document;
        Some(config)
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
            Area::Filtering | Area::Unknown | Area::Group(_) if name.eq_ignore_ascii_case("RuleGroup") => {
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
            Area::Filtering | Area::Unknown | Area::Group(_) => {
                let group = if let Area::Group(group) = around { Some(group) } else { None };
                match tags::named(name) {
                    Some(tag) => self.node(config, id, element, tag, group),
                    None => {
                        // What is in it cannot be meant otherwise than it.
                        if !matches!(around, Area::Unknown) {
                            self.unknown(element);
                        }
                        Area::Unknown
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
            Area::Node(node) if element.attribute("onmatch").is_some() && tags::named(name).is_some() => {
                let around = config.nodes.get(node).map(|node| (node.tag.name, node.tag_span));
                if let Some((outer, tag)) = around {
                    let message = format!(
                        "`{name}` stands inside of `{outer}`, where Sysmon takes it for a field and refuses the whole configuration"
                    );
                    let tag = Origin::span(self.source, tag);
                    let found = self.report(Code::IncorrectField, element.tag, message);
                    *found = found.clone().related(tag, "in this node").help(format!("close `{outer}` before it"));
                }
                tags::named(name).map_or(Area::Aside, |tag| self.node(config, id, element, tag, None))
            }
            Area::Rule(_) if name.eq_ignore_ascii_case("Rule") => {
                let message =
                    "a Rule inside of a Rule, where Sysmon takes it for a field and refuses the whole configuration";
                let help = "rules do not nest: write alternatives of one field as a list, as in `is any`, others as several Rules";
                self.report(Code::IncorrectField, element.tag, message.to_string()).help = Some(help.to_string());
                Area::Aside
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

    /// Texts where elements are expected, and the ends of values that Sysmon does not read.
    fn texts(&mut self, document: &Document, areas: &[Area]) {
        for (element, area) in document.elements.iter().zip(areas) {
            let name = short(&element.name.value);
            match (area, &element.text, element.rest) {
                (Area::Value, _, Some(rest)) if element.children.is_empty() => {
                    let message = format!(
                        "the value of `{name}` is in pieces: Sysmon takes the first, and older versions all of them"
                    );
                    let found = self.report(Code::ValueInPieces, rest, message);
                    let help = "write it in one piece: comments stand before or behind the element, and `&lt;` and `&amp;` do without CDATA";
                    found.help = Some(help.to_string());
                }
                (Area::Filtering | Area::Group(_) | Area::Node(_) | Area::Rule(_), Some(text), _)
                    if !text.value.trim().is_empty() =>
                {
                    let message = format!(
                        "text in `{name}`, which holds elements: Sysmon on Windows refuses it, elsewhere it is passed over"
                    );
                    let help =
                        "write a filter around it, as in `<Image condition=\"image\">cmd.exe</Image>`, or take it out";
                    self.report(Code::UnknownInConfig, text.span, message).help = Some(help.to_string());
                }
                (
                    Area::Root
                    | Area::Aside
                    | Area::Filtering
                    | Area::Unknown
                    | Area::Group(_)
                    | Area::Node(_)
                    | Area::Rule(_)
                    | Area::Value,
                    ..,
                ) => {}
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
}

/// A piece of the text in a message.
pub(super) fn short(text: &str) -> String {
    const CHARS: usize = 80;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_string(),
    }
}
