//! What one element says: its attributes, its value.
//!
//! In: an element. Out: the part of the model that it says, and what is wrong with it. Never here: what elements around it say.

use super::super::document::{Element, ElementId};
use super::super::model::{Condition, Config, Filter, OnMatch, Placed, Relation, Schema, Setting};
use super::{OPTIONS, Reader, short};
use crate::diagnostic::{Code, Severity, nearest};
use crate::limits::CONFIG_NAME_CHARS;
use crate::origin::Origin;
use crate::sysmon::fields_of;
use crate::sysmon::tags::{self, TAGS, Tag};

/// What is older than this no Sysmon has a description of.
const FIRST: Schema = Schema { major: 2, minor: 0 };

impl Reader {
    pub(super) fn schema(&mut self, root: &Element) -> Placed<Schema> {
        let help = "write it as in schemaversion=\"4.90\"; `sysmon -s` prints the version of an installed Sysmon";
        let Some(written) = root.attribute("schemaversion") else {
            let message = "the configuration names no schema version".to_string();
            self.report(Code::BadSchemaVersion, root.tag, message).help = Some(help.to_string());
            return Placed { value: Schema::default(), span: root.tag };
        };
        match Schema::parse(&written.value) {
            Some(value) => {
                let latest = TAGS.iter().map(|tag| Schema::from(tag.since)).max().unwrap_or_default();
                if value < FIRST {
                    let message = format!("no Sysmon reads schema {value}: the first is {FIRST}");
                    self.report(Code::BadSchemaVersion, written.span, message).help = Some(help.to_string());
                } else if value > latest {
                    let message = format!("schema {value} is newer than {latest}, the last that is known here");
                    let found = self.report(Code::BadSchemaVersion, written.span, message);
                    found.severity = Severity::Warning;
                    found.help = Some("`sysmon -s` prints the version of an installed Sysmon: an older one takes the file by an older description".to_string());
                }
                Placed { value, span: written.span }
            }
            None => {
                let message = format!("{:?} is no schema version", short(&written.value));
                self.report(Code::BadSchemaVersion, written.span, message).help = Some(help.to_string());
                Placed { value: Schema::default(), span: written.span }
            }
        }
    }

    pub(super) fn on_match(&mut self, element: &Element, tag: &Tag) -> OnMatch {
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

    pub(super) fn relation(&mut self, element: &Element) -> Option<Relation> {
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
    pub(super) fn own_name(&mut self, element: &Element) -> Option<Placed<String>> {
        let name = element.attribute("name").filter(|name| !name.value.is_empty())?;
        let count = name.value.encode_utf16().count();
        if count > CONFIG_NAME_CHARS {
            let message = format!("a name of {count} characters");
            let help = format!("Sysmon takes {CONFIG_NAME_CHARS} at most: shorten it");
            self.report(Code::ConfigRefused, name.span, message).help = Some(help);
        }
        Some(name.clone())
    }

    pub(super) fn filter(&mut self, id: ElementId, element: &Element) -> Filter {
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
            put_in: None,
            name: None,
            own_name: self.own_name(element),
            span: element.span,
            element: id,
        }
    }

    pub(super) fn option(&mut self, config: &mut Config, element: &Element) {
        let name = element.name.value.as_str();
        let of_rules =
            tags::named(name).is_some() || ["Rule", "RuleGroup"].iter().any(|n| name.eq_ignore_ascii_case(n));
        if of_rules && (!element.children.is_empty() || !element.attributes.is_empty()) {
            let message = format!("`{name}` stands outside of `EventFiltering`: no rule in it counts");
            self.report(Code::UnknownInConfig, element.name.span, message).help =
                Some("put it into `<EventFiltering>`".to_string());
            let value = String::new();
            config.options.push(Setting { name: element.name.clone(), value, read: false });
            return;
        }
        self.attributes(element, &[]);
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

    pub(super) fn attributes(&mut self, element: &Element, known: &[&str]) {
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

    /// An element in `EventFiltering` that is neither node nor group.
    pub(super) fn unknown(&mut self, element: &Element) {
        let name = element.name.value.as_str();
        let known = || TAGS.iter().map(|tag| tag.name).chain(["RuleGroup"]);
        let field = TAGS.iter().flat_map(|tag| tag.ids).any(|id| fields_of(*id).any(|field| field == name));
        let (message, help) = if field || name.eq_ignore_ascii_case("Rule") {
            let message =
                format!("`{name}` stands outside of a node: Sysmon on Windows refuses it, elsewhere it is passed over");
            (message, "put it into the node of its event, such as `<ProcessCreate onmatch=\"include\">`".to_string())
        } else {
            let message = format!(
                "`EventFiltering` has no element `{}`: Sysmon on Windows refuses it, elsewhere it and its rules are passed over",
                short(name)
            );
            let near = nearest(name, known());
            let help = near.map_or("known are the names of events and RuleGroup; case counts".to_string(), |near| {
                format!("did you mean `{near}`? Case counts")
            });
            (message, help)
        };
        self.report(Code::UnknownInConfig, element.name.span, message).help = Some(help);
    }
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
