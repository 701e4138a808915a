//! The normaliser: an event of the agent as the log manager stores it.
//!
//! In: the agent's event. Out: `msg`, what stands under `msg.*` behind the agent; and the whole stored event with `@timestamp`,
//! `meta` and `raw`. Never here: rules; whether an event is dropped; the agent's view.
//!
//! | under `msg` | what |
//! | --- | --- |
//! | `eventid`, `action` | the event id; what Sysmon calls the event, for others the task |
//! | `username`, `sourceusername`, `targetusername` | `User`, `SourceUser`, `TargetUser` |
//! | the name in small letters | every other value of the event's data: `TargetFilename` is `targetfilename`, `SourceProcessGUID` is `sourceprocessguid` |
//! | the same of the header | `provider`, `channel`, `computer`, `recordid`, `task`, `opcode`, `keywords`, `level`, `message`, unless the event's data have the name |
//! | `hash_md5`, `hash_sha1`, `hash_sha256`, `hash_imphash` | the hashes one by one |
//! | `virustotal` | the page of VirusTotal about the file |
//! | `technique`, `technique_url`, `technique_name`, `technique_retired`, `tactic` | what the rule name says: one text, or a list of them |
//! | `NAME@int` | of numbers: `{"value": 443}` |
//! | `NAME@ip` | of addresses: `value`, `version`, `is_link_local`, `is_multicast`, `is_reserved` |
//!
//! A name that comes again gives a list. What a field name of the log manager cannot hold (anything but `a-z`, `0-9`, `-`, `_`, or a
//! digit at the start) becomes `_`, and the name begins with `invalid_`. So does the name of a value of the event's data that has a name
//! which is the normaliser's or the rules' own: whoever writes the event says neither what it is, nor its hashes, techniques or group.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use super::FieldType;
use super::events;
use super::fields::{self, EVENT_DATA};
use super::hashes;
use super::rule_name::{RuleName, technique_url};
use crate::ast::{HashKind, Number, Timestamp};
use crate::event::{Value, find};
use crate::limits::TECHNIQUES;

type Members = Vec<(String, Value)>;

/// Values of the header that are stored under their short names: name behind `msg.`, path of the agent.
pub(super) const HEADER: &[(&str, &str)] = &[
    ("provider", "winlog.provider_name"),
    ("channel", "winlog.channel"),
    ("computer", "winlog.computer_name"),
    ("recordid", "winlog.record_id"),
    ("task", "winlog.task"),
    ("opcode", "winlog.opcode"),
    ("keywords", "winlog.keywords"),
    ("level", "log.level"),
    ("message", "message"),
];

/// What rule names and hashes give, as names behind `msg.`, with what they hold.
pub(super) const DERIVED: &[(&str, FieldType, &str)] = &[
    ("hash_md5", FieldType::Text, "MD5 of the file, out of the list of hashes."),
    ("hash_sha1", FieldType::Text, "SHA1 of the file, out of the list of hashes."),
    ("hash_sha256", FieldType::Text, "SHA256 of the file, out of the list of hashes."),
    ("hash_imphash", FieldType::Text, "IMPHASH of the file, out of the list of hashes."),
    ("virustotal", FieldType::Text, "Page of VirusTotal about the file."),
    ("technique", FieldType::Texts, "Techniques of MITRE ATT&CK that the rule name holds."),
    ("technique_url", FieldType::Texts, "Pages of those techniques."),
    ("technique_name", FieldType::Text, "What the rule name calls the technique."),
    ("technique_retired", FieldType::Texts, "Those of the techniques that ATT&CK has retired."),
    ("tactic", FieldType::Text, "The tactic that the rule name holds."),
];

/// Names behind `msg.` that only rules set.
const OF_RULES: [&str; 2] = ["group", "dataset"];

/// Do only rules set this field?
pub(crate) fn is_of_rules(field: &str) -> bool {
    field.strip_prefix("msg.").is_some_and(|name| OF_RULES.contains(&name))
}

/// Is this name behind `msg.` no event's to use?
fn is_own(name: &str) -> bool {
    matches!(name, "eventid" | "action") || OF_RULES.contains(&name) || DERIVED.iter().any(|(own, ..)| *own == name)
}

/// Which value a derived field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derived {
    /// `msg.action`.
    Action,
    /// `msg.hash_sha256` and the like.
    Hash(HashKind),
    /// `msg.technique` and whatever else comes out of the rule name.
    RuleName,
    /// Anything else: looked for in all that is derived.
    Other,
}

impl Derived {
    /// What the field at this path is derived from; `None`: it is not derived.
    pub(crate) fn of(path: &str) -> Option<Derived> {
        let name = path.strip_prefix("msg.")?;
        Some(match name {
            name if OF_RULES.contains(&name) => return None,
            "action" => Derived::Action,
            "hash_md5" => Derived::Hash(HashKind::Md5),
            "hash_sha1" => Derived::Hash(HashKind::Sha1),
            "hash_sha256" => Derived::Hash(HashKind::Sha256),
            "hash_imphash" => Derived::Hash(HashKind::Imphash),
            "technique" | "technique_url" | "technique_name" | "technique_retired" | "tactic" => Derived::RuleName,
            _ => Derived::Other,
        })
    }

    /// The short name of the field that it is derived from.
    pub(crate) fn source(self) -> Option<&'static str> {
        match self {
            Derived::Hash(_) => Some("Hashes"),
            Derived::RuleName => Some("RuleName"),
            Derived::Action | Derived::Other => None,
        }
    }
}

/// What Sysmon calls its event of this id.
pub(crate) fn title(id: u32) -> Option<&'static str> {
    events::title(id)
}

/// Is an event of the agent Sysmon's?
pub(crate) fn is_of_sysmon(event: &[(String, Value)]) -> bool {
    let text = |path: &str| match find(event, path) {
        None | Some(Value::Null) => None,
        // What is no text names nobody, but it is there.
        Some(value) => Some(as_text(value).unwrap_or_else(|| "?".to_string())),
    };
    events::is_of_sysmon(text("winlog.provider_name").as_deref(), text("winlog.channel").as_deref())
}

/// What comes out of a rule name, as names behind `msg.` and their values.
pub(crate) fn of_rule_name(text: &str) -> Members {
    of_rule_names(&[text])
}

/// The same of several rule names: what each of them says.
fn of_rule_names(names: &[&str]) -> Members {
    let names: Vec<RuleName> = names.iter().filter_map(|text| RuleName::parse(text)).collect();
    let each = |values: &mut dyn Iterator<Item = String>| {
        let mut seen = FxHashSet::default();
        values.filter(|value| seen.insert(value.clone())).take(TECHNIQUES).collect::<Vec<String>>()
    };
    let texts = |texts: Vec<String>| match <[String; 1]>::try_from(texts) {
        Ok([one]) => Some(Value::Text(one)),
        Err(many) if many.is_empty() => None,
        Err(many) => Some(Value::List(many.into_iter().map(Value::Text).collect())),
    };
    let techniques = each(&mut names.iter().flat_map(|name| name.techniques.iter().cloned()));
    let retired = each(&mut names.iter().flat_map(RuleName::retired).map(String::from));
    let urls = techniques.iter().map(|id| technique_url(id)).collect();
    let values = [
        ("technique", texts(techniques)),
        ("technique_url", texts(urls)),
        ("technique_name", texts(each(&mut names.iter().filter_map(|name| name.technique_name.clone())))),
        ("technique_retired", texts(retired)),
        ("tactic", texts(each(&mut names.iter().filter_map(|name| name.tactic.clone())))),
    ];
    values.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
}

/// What stands under `msg`. `also` holds values of the event's data whose names came before, in order.
pub fn msg(event: &[(String, Value)], also: &[(String, Value)]) -> Members {
    let mut msg = Msg::default();
    let text = |path: &str| find(event, path).and_then(as_text);
    let id = text("winlog.event_id");
    if let Some(id) = &id {
        msg.put("eventid", Value::Text(id.clone()));
    }
    let title = id.as_deref().filter(|_| is_of_sysmon(event)).and_then(|id| title(id.parse().ok()?));
    let action = title.map(String::from).or_else(|| text("event.action")).or_else(|| text("winlog.task"));
    if let Some(action) = action {
        msg.put("action", Value::Text(action));
    }
    for data in ["winlog.event_data", "winlog.user_data"] {
        let Some(Value::Map(members)) = find(event, data) else { continue };
        let mut seen = FxHashSet::default();
        for (name, value) in members.iter().filter(|(name, _)| seen.insert(name)) {
            msg.add(&stored_name(name), value.clone());
        }
    }
    for (name, value) in also {
        msg.add(&stored_name(name), value.clone());
    }
    for (name, path) in HEADER {
        if let Some(value) = find(event, path) {
            msg.put(name, as_text(value).map_or_else(|| value.clone(), Value::Text));
        }
    }
    derive(event, &mut msg);
    siblings(&mut msg);
    msg.members
}

/// Fields in the order in which they came.
#[derive(Default)]
struct Msg {
    members: Members,
    places: FxHashMap<String, usize>,
}

impl Msg {
    /// Puts a field, unless there is one of this name.
    fn put(&mut self, name: &str, value: Value) {
        if !matches!(value, Value::Null) && !self.places.contains_key(name) {
            self.places.insert(name.to_string(), self.members.len());
            self.members.push((name.to_string(), value));
        }
    }

    /// Adds a value; with the one that the name has already, it is a list.
    fn add(&mut self, name: &str, value: Value) {
        let there = self.places.get(name).and_then(|at| self.members.get_mut(*at));
        match there {
            None => self.put(name, value),
            Some(_) if matches!(value, Value::Null) => {}
            Some((_, Value::List(values))) => values.push(value),
            Some((_, first)) => {
                let before = std::mem::replace(first, Value::Null);
                *first = Value::List(vec![before, value]);
            }
        }
    }
}

/// Hashes one by one, and what the rule name says.
fn derive(event: &[(String, Value)], msg: &mut Msg) {
    let value = |name: &str| find(event, &format!("{EVENT_DATA}{name}")).filter(|value| !matches!(value, Value::Null));
    // Of a list of them nobody knows whose hash each is: it gives none, and no other field stands in for it.
    if let Some(list) = value("Hashes").or_else(|| value("Hash")).and_then(as_text) {
        for kind in HashKind::ALL {
            if let Some(hash) = hashes::hash(&list, kind) {
                msg.put(&format!("hash_{}", kind.word().to_ascii_lowercase()), Value::Text(hash.to_string()));
            }
        }
        if let Some(page) = hashes::virustotal(&list) {
            msg.put("virustotal", Value::Text(page));
        }
    }
    let names: Vec<String> = match value("RuleName") {
        Some(Value::List(members)) => members.iter().filter_map(as_text).collect(),
        Some(one) => as_text(one).into_iter().collect(),
        None => Vec::new(),
    };
    for (name, value) in of_rule_names(&names.iter().map(String::as_str).collect::<Vec<_>>()) {
        msg.put(&name, value);
    }
}

/// Typed siblings of numbers and addresses, behind all other fields.
fn siblings(msg: &mut Msg) {
    let mut typed = Members::new();
    for (name, value) in &msg.members {
        let Some(text) = as_text(value) else { continue };
        match fields::stored_kind(name) {
            Some(FieldType::Number) => {
                if let Some(Number::Int(number)) = Number::parse_text(&text) {
                    let value = Value::Map(vec![("value".to_string(), Value::Number(Number::Int(number)))]);
                    typed.push((format!("{name}@int"), value));
                }
            }
            Some(FieldType::Address) => {
                if let Ok(address) = text.parse::<IpAddr>() {
                    typed.push((format!("{name}@ip"), address_sibling(address)));
                }
            }
            Some(
                FieldType::Text
                | FieldType::Path
                | FieldType::Hex
                | FieldType::Boolean
                | FieldType::Guid
                | FieldType::Time
                | FieldType::Hashes
                | FieldType::Texts,
            )
            | None => {}
        }
    }
    msg.members.extend(typed);
}

/// What can be said of an address without asking anybody.
fn address_sibling(address: IpAddr) -> Value {
    // An IPv4 address in the dress of IPv6 counts as that, as everywhere.
    let address = address.to_canonical();
    let (version, link_local, reserved) = match address {
        IpAddr::V4(v4) => (4, v4.is_link_local(), v4.octets()[0] >= 240),
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            // What IETF keeps for itself: below 2000::/3 but the loopback and its neighbours, and above it but unique local, link
            // local and multicast.
            let unassigned = !(0x2000..0x4000).contains(&first) && first < 0xfc00 && !v6.is_loopback();
            (6, v6.is_unicast_link_local(), unassigned && !v6.is_unspecified())
        }
    };
    let members = [
        ("value", Value::Text(address.to_string())),
        ("version", Value::Number(Number::Int(version))),
        ("is_link_local", Value::Bool(link_local)),
        ("is_multicast", Value::Bool(address.is_multicast())),
        ("is_reserved", Value::Bool(reserved)),
    ];
    Value::Map(members.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

/// The text of a scalar.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.text()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// The name of a value of the event's data behind `msg.`.
pub(crate) fn stored_name(name: &str) -> String {
    let own = fields::message_name(name);
    let own = own.strip_prefix("msg.").unwrap_or(&own);
    let fits = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
    if own.chars().all(fits) && !own.starts_with(|c: char| c.is_ascii_digit()) && !own.is_empty() && !is_own(own) {
        return own.to_string();
    }
    let clean: String = own.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    format!("invalid_{clean}")
}

/// The event as the log manager stores it. `tags` are those that rules set; the agent's own are kept under their own name. `raw` is the
/// event as it came from the agent.
pub fn stored(event: &[(String, Value)], msg: Members, tags: &[&str], raw: String) -> Members {
    let text = |path: &str| find(event, path).and_then(as_text);
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::Text((*text).to_string())).collect());
    let mut meta = Members::new();
    // What is no time is none.
    let time = text("@timestamp").filter(|time| Timestamp::parse(time).is_some());
    if let Some(time) = &time {
        meta.push(("timestamp".to_string(), Value::Text(time.clone())));
    }
    meta.push(("tags".to_string(), texts(tags)));
    if let Some(own) = find(event, "tags") {
        meta.push(("agent_tags".to_string(), own.clone()));
    }
    meta.push(("parser".to_string(), Value::Text(if is_of_sysmon(event) { "sysmon" } else { "windows" }.to_string())));
    meta.push(("plugin".to_string(), Value::Text("beats".to_string())));
    if let Some(host) = text("winlog.computer_name") {
        meta.push(("src".to_string(), Value::Map(vec![("host".to_string(), Value::Text(host))])));
    }
    let mut all = Members::new();
    if let Some(time) = time {
        all.push(("@timestamp".to_string(), Value::Text(time)));
    }
    all.push(("msg".to_string(), Value::Map(msg)));
    all.push(("meta".to_string(), Value::Map(meta)));
    all.push(("raw".to_string(), Value::Text(raw)));
    all.push(("raw_offset".to_string(), Value::Number(Number::Int(0))));
    all
}
