//! Lists of processors.
//!
//! In: the setting of a list. Out: its entries. Never here: what a processor does.

use super::settings::{Kind, Member, Setting};
use super::{Action, Entry, Located, Places, Reader};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::libbeat::{Condition, Constant, Processor};
use crate::origin::Origin;

/// Processors that agents have, with those that are understood here first.
const KNOWN: &str = "drop_event drop_fields add_tags add_fields include_fields rename script add_cloud_metadata add_docker_metadata \
    add_formatted_index add_host_metadata add_id add_kubernetes_metadata add_labels add_locale add_network_direction add_nomad_metadata \
    add_observer_metadata add_process_metadata add_session_metadata append cache communityid community_id convert copy_fields decode_base64_field \
    decode_csv_fields decode_duration decode_json_fields decode_xml decode_xml_wineventlog decompress_gzip_field detect_mime_type dissect dns \
    extract_array fingerprint lowercase move_fields now parse_aws_vpc_flow_log rate_limit registered_domain replace syslog timestamp \
    translate_ldap_attribute translate_sid truncate_fields uppercase urldecode";

/// Those that are understood.
const UNDERSTOOD: [&str; 4] = ["drop_event", "drop_fields", "add_tags", "add_fields"];

fn known() -> impl Iterator<Item = &'static str> {
    KNOWN.split_ascii_whitespace()
}

impl Reader<'_> {
    /// The entries of a list; those with an error are left out.
    pub(super) fn processors(&mut self, setting: &Setting<'_>) -> Vec<Entry> {
        match &setting.kind {
            Kind::List(items) => items.iter().filter_map(|item| self.entry(item)).collect(),
            Kind::Null => Vec::new(),
            Kind::Map(_) => {
                self.ignored(
                    setting.origin,
                    "processors are a list, and this is a mapping: the agent passes over it",
                    "put `- ` before each processor",
                );
                Vec::new()
            }
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Variable(_) => {
                self.refuse(
                    setting.origin,
                    format!("processors are a list, and this is {}", setting.is()),
                    "put `- ` before each processor",
                );
                Vec::new()
            }
        }
    }

    fn entry(&mut self, item: &Setting<'_>) -> Option<Entry> {
        let origin = item.origin;
        // What is filled in later matters only where it is read: branches ask again, and what is not understood may say what it likes.
        let read = match (item.get("if"), item.members()) {
            (Some(condition), _) => Some(condition),
            (None, [member]) if !UNDERSTOOD.contains(&member.key) => member.setting.get("when"),
            (None, _) => Some(item),
        };
        if item.broken || !read.is_none_or(|read| self.is_sound(read)) {
            return None;
        }
        if !matches!(item.kind, Kind::Map(_) | Kind::Null) {
            self.refuse(
                origin,
                format!("a processor is a mapping, and this is {}", item.is()),
                "write `NAME:` with its settings below",
            );
            return None;
        }
        let comments: Vec<Located<String>> = item
            .node
            .comments_above()
            .iter()
            .map(|comment| Located { value: comment.text.to_string(), origin: self.origin(comment.place) })
            .collect();
        let (action, when) = if item.get("if").is_some() { self.branches(item)? } else { self.simple(item)? };
        Some(Entry { action, when, origin, comments })
    }

    /// `if`, `then`, `else`; other keys beside them are passed over.
    fn branches(&mut self, item: &Setting<'_>) -> Option<(Action, Option<Places>)> {
        for member in item.members() {
            if !matches!(member.key, "if" | "then" | "else") {
                self.ignored(
                    member.origin,
                    format!("the agent passes over `{}` beside `if`", member.key),
                    "put it into `then` or `else`, or make it a processor of its own",
                );
            }
        }
        let needed = |key: &str| item.get(key).filter(|setting| !matches!(setting.kind, Kind::Null));
        let (Some(condition), Some(then)) = (needed("if"), needed("then")) else {
            self.refuse(
                item.origin,
                "`if` needs a condition, and `then` what to do",
                "write `if:` and `then:` beside each other",
            );
            return None;
        };
        let condition = self.condition(condition);
        let then = self.branch(then);
        let otherwise = needed("else").map(|setting| self.branch(setting)).unwrap_or_default();
        let (condition, places) = condition?;
        Some((Action::If { condition, then, otherwise }, Some(places)))
    }

    /// One processor, or a list of them.
    fn branch(&mut self, setting: &Setting<'_>) -> Vec<Entry> {
        match &setting.kind {
            Kind::Map(_) => self.entry(setting).into_iter().collect(),
            _ => self.processors(setting),
        }
    }

    fn simple(&mut self, item: &Setting<'_>) -> Option<(Action, Option<Places>)> {
        let [member] = item.members() else {
            let names: Vec<&str> = item.members().iter().map(|member| member.key).collect();
            let help = match names.contains(&"when") {
                true => "`when` belongs below the processor: indent it deeper",
                false => "make each a list member of its own",
            };
            self.refuse(
                item.origin,
                format!("each processor has exactly one action, and here are {} ({})", names.len(), names.join(", ")),
                help,
            );
            return None;
        };
        let Member { key, origin, setting } = member;
        match &setting.kind {
            Kind::Map(_) | Kind::Null => {}
            Kind::List(_) | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Variable(_) => {
                self.refuse(
                    setting.origin,
                    format!("`{key}` has settings below it, and here is {}", setting.is()),
                    "write `KEY: VALUE` below it",
                );
                return None;
            }
        }
        match *key {
            "drop_event" => {
                self.allowed(key, setting, &["when"])?;
                let (when, places) = self.when(setting)?;
                Some((Action::Simple(Processor::DropEvent { when }), places))
            }
            "drop_fields" => self.drop_fields(*origin, setting, item),
            "add_tags" => {
                self.allowed(key, setting, &["tags", "target", "when"])?;
                let tags = self.needed(key, setting, "tags", *origin)?;
                let tags = self.texts(key, tags)?;
                if tags.is_empty() {
                    self.refuse(setting.origin, "`add_tags` needs a tag", "name one below `tags`");
                    return None;
                }
                let target = self.target(setting)?.unwrap_or_else(|| "tags".to_string());
                let target = if target.is_empty() { "tags".to_string() } else { target };
                let (when, places) = self.when(setting)?;
                Some((Action::Simple(Processor::AddTags { tags, target, when }), places))
            }
            "add_fields" => {
                self.allowed(key, setting, &["fields", "target", "when"])?;
                let below = self.needed(key, setting, "fields", *origin)?;
                let Kind::Map(members) = &below.kind else {
                    self.refuse(
                        below.origin,
                        format!("`fields` are names and values, and this is {}", below.is()),
                        "write `NAME: VALUE` below it",
                    );
                    return None;
                };
                let fields = constants(members);
                let target = self.target(setting)?.unwrap_or_else(|| "fields".to_string());
                let (when, places) = self.when(setting)?;
                Some((Action::Simple(Processor::AddFields { fields, target, when }), places))
            }
            name => {
                self.other(name, *origin, "it is kept as it stands");
                let places = self.when(setting)?.1;
                Some((self.kept(name, item), places))
            }
        }
    }

    fn other(&mut self, name: &str, origin: Origin, what: &str) {
        let known_name = known().any(|known| known == name);
        let near = nearest(name, known()).filter(|_| !known_name);
        let help = match near {
            Some(near) => {
                format!("did you mean `{near}`? an agent does not start with a processor that it does not know")
            }
            None => "drop_event, drop_fields, add_tags, add_fields and if are understood".to_string(),
        };
        self.report(
            Diagnostic::new(
                Code::AgentNotRead,
                origin,
                format!("the processor `{name}` is not understood here; {what}"),
            )
            .help(help),
        );
    }

    fn kept(&self, name: &str, item: &Setting<'_>) -> Action {
        let text = item.origin.as_span().and_then(|span| self.text.get(span.range())).unwrap_or_default();
        Action::Other { name: name.to_string(), text: text.to_string() }
    }

    fn drop_fields(
        &mut self,
        origin: Origin,
        setting: &Setting<'_>,
        item: &Setting<'_>,
    ) -> Option<(Action, Option<Places>)> {
        self.allowed("drop_fields", setting, &["fields", "when", "ignore_missing"])?;
        let fields = self.needed("drop_fields", setting, "fields", origin)?;
        let fields = self.texts("drop_fields", fields)?;
        if fields.iter().filter(|field| field.as_str() == "type").count() > 1 {
            self.refuse(
                setting.origin,
                "`type` is there twice, on which the agent breaks down",
                "leave it out: it is never dropped",
            );
            return None;
        }
        if let Some(ignore) = setting.get("ignore_missing").filter(|_| !self.version.knows_ignore_missing()) {
            self.refuse(
                ignore.origin,
                "`drop_fields` has no setting `ignore_missing` before Winlogbeat 7.4",
                "leave it out: a missing field is an error there, which ends nothing but the branch of an `if`",
            );
            return None;
        }
        let ignore = match setting.get("ignore_missing").map(|ignore| (&ignore.kind, ignore)) {
            None | Some((Kind::Null, _)) => false,
            Some((Kind::Bool(ignore), _)) => *ignore,
            Some((_, ignore)) => {
                self.refuse(
                    ignore.origin,
                    format!("`ignore_missing` is true or false, and this is {}", ignore.is()),
                    "write true or false",
                );
                return None;
            }
        };
        let (when, places) = self.when(setting)?;
        let is_pattern = |field: &String| field.len() > 2 && field.starts_with('/') && field.ends_with('/');
        if fields.iter().any(is_pattern) {
            self.other(
                "drop_fields",
                origin,
                "a name between slashes is a pattern to newer agents, and a name to older ones",
            );
            return Some((self.kept("drop_fields", item), places));
        }
        let action = match ignore {
            true => Action::Simple(Processor::DropFieldsIfThere { fields, when }),
            false => Action::Simple(Processor::DropFields { fields, when }),
        };
        Some((action, places))
    }

    /// A setting that must be written; null counts.
    fn needed<'s, 'a>(
        &mut self,
        processor: &str,
        setting: &'s Setting<'a>,
        key: &str,
        origin: Origin,
    ) -> Option<&'s Setting<'a>> {
        let found = setting.get(key);
        if found.is_none() {
            self.refuse(origin, format!("`{processor}` needs `{key}`"), format!("write `{key}:` below it"));
        }
        found
    }

    fn allowed(&mut self, processor: &str, setting: &Setting<'_>, allowed: &[&str]) -> Option<()> {
        let mut sound = Some(());
        for member in setting.members().iter().filter(|member| !allowed.contains(&member.key)) {
            sound = None;
            let near = nearest(member.key, allowed.iter().copied()).map(|word| format!("did you mean `{word}`? "));
            self.refuse(
                member.origin,
                format!("`{processor}` has no setting `{}`", member.key),
                format!("{}it has {}", near.unwrap_or_default(), allowed.join(", ")),
            );
        }
        sound
    }

    fn when(&mut self, setting: &Setting<'_>) -> Option<(Option<Condition>, Option<Places>)> {
        match setting.get("when") {
            None => Some((None, None)),
            Some(when) => self.condition(when).map(|(condition, places)| (Some(condition), Some(places))),
        }
    }

    fn target(&mut self, setting: &Setting<'_>) -> Option<Option<String>> {
        match setting.get("target").map(|target| (&target.kind, target)) {
            None | Some((Kind::Null, _)) => Some(None),
            Some((Kind::Text(text), _)) => Some(Some(text.to_string())),
            Some((_, target)) => {
                self.refuse(
                    target.origin,
                    format!("`target` is a text, and this is {}", target.is()),
                    "put it in quotes",
                );
                None
            }
        }
    }

    /// A list of texts: one text alone is one, and numbers and booleans become texts.
    pub(super) fn texts(&mut self, what: &str, setting: &Setting<'_>) -> Option<Vec<String>> {
        let single = std::slice::from_ref(setting);
        let items = match &setting.kind {
            Kind::Null => &[],
            Kind::List(items) => items.as_slice(),
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Variable(_) | Kind::Map(_) => single,
        };
        let mut texts = Vec::with_capacity(items.len());
        let mut sound = true;
        for item in items {
            match &item.kind {
                Kind::Text(text) => texts.push(text.to_string()),
                Kind::Int(number) => texts.push(number.to_string()),
                Kind::Bool(flag) => texts.push(flag.to_string()),
                Kind::Float(_) | Kind::Null | Kind::Variable(_) | Kind::List(_) | Kind::Map(_) => {
                    sound = false;
                    self.refuse(
                        item.origin,
                        format!("`{what}` needs texts, and this is {}", item.is()),
                        "put it in quotes",
                    );
                }
            }
        }
        sound.then_some(texts)
    }
}

/// Names and values as they are added; null is nothing. As deep as the settings.
fn constants(members: &[Member<'_>]) -> Vec<(String, Constant)> {
    members.iter().filter_map(|member| Some((member.key.to_string(), constant(&member.setting)?))).collect()
}

fn constant(setting: &Setting<'_>) -> Option<Constant> {
    Some(match &setting.kind {
        Kind::Null => return None,
        Kind::Bool(flag) => Constant::Bool(*flag),
        Kind::Int(number) => Constant::Int(*number),
        Kind::Float(number) => Constant::Float(*number),
        Kind::Text(text) => Constant::Text(text.to_string()),
        // No entry with one is read.
        Kind::Variable(_) => return None,
        Kind::List(items) => Constant::List(items.iter().filter_map(constant).collect()),
        Kind::Map(members) => Constant::Map(constants(members)),
    })
}
