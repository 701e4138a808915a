//! `winlogbeat.event_logs`: what is read of the event log, and the processors that see it first.
//!
//! In: the setting of the list. Out: its entries as data with places. Never here: what the selections mean for a rule.

use super::settings::{Kind, Setting};
use super::{Entry, Located, Reader};
use crate::origin::Origin;

/// An entry of `event_logs`.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLog {
    /// `name`: the channel.
    pub name: Option<Located<String>>,
    /// `id`
    pub id: Option<Located<String>>,
    /// `event_id`, such as `1, 3-5, -4`.
    pub event_id: Option<Located<Vec<EventIds>>>,
    /// `level`: names with commas between them.
    pub level: Option<Located<String>>,
    /// `provider`
    pub provider: Vec<Located<String>>,
    /// `ignore_older`: a duration, as written.
    pub ignore_older: Option<Located<String>>,
    /// `xml_query`
    pub xml_query: Option<Located<String>>,
    /// `processors`, which run before the global ones.
    pub processors: Vec<Entry>,
    /// Other settings, by name.
    pub others: Vec<Located<String>>,
    /// Where the entry stands.
    pub origin: Origin,
}

/// One part of a list of event ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventIds {
    /// The first.
    pub from: u32,
    /// The last.
    pub to: u32,
    /// Are they left out?
    pub excluded: bool,
}

impl EventIds {
    /// Reads `5`, `3-8`, `-4`, `-3-8`.
    fn parse(text: &str) -> Option<EventIds> {
        let text = text.trim();
        let (excluded, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let number = |text: &str| {
            let text = text.trim();
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u32>().ok()).flatten()
        };
        let (from, to) = match text.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(text)?, number(text)?),
        };
        (from <= to).then_some(EventIds { from, to, excluded })
    }
}

impl Reader<'_> {
    pub(super) fn event_logs(&mut self, setting: &Setting<'_>) -> Vec<EventLog> {
        match &setting.kind {
            Kind::List(items) => items.iter().filter_map(|item| self.event_log(item)).collect(),
            Kind::Null => Vec::new(),
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Variable(_) | Kind::Map(_) => {
                self.refuse(
                    setting.origin,
                    format!("`event_logs` is a list, and this is {}", setting.is()),
                    "put `- name:` before each log",
                );
                Vec::new()
            }
        }
    }

    fn event_log(&mut self, item: &Setting<'_>) -> Option<EventLog> {
        if !matches!(item.kind, Kind::Map(_)) {
            self.refuse(
                item.origin,
                format!("an event log is a mapping, and this is {}", item.is()),
                "write `- name: CHANNEL`",
            );
            return None;
        }
        let mut log = EventLog {
            name: None,
            id: None,
            event_id: None,
            level: None,
            provider: Vec::new(),
            ignore_older: None,
            xml_query: None,
            processors: Vec::new(),
            others: Vec::new(),
            origin: item.origin,
        };
        for member in item.members() {
            let setting = &member.setting;
            if member.key != "processors" && !self.is_sound(setting) {
                continue;
            }
            match member.key {
                "name" => log.name = self.one_text("name", setting),
                "id" => log.id = self.one_text("id", setting),
                "level" => log.level = self.one_text("level", setting),
                "ignore_older" => log.ignore_older = self.one_text("ignore_older", setting),
                "xml_query" => log.xml_query = self.one_text("xml_query", setting),
                "event_id" => log.event_id = self.event_ids(setting),
                "provider" => {
                    let providers = self.texts("provider", setting).unwrap_or_default();
                    log.provider =
                        providers.into_iter().map(|value| Located { value, origin: setting.origin }).collect();
                }
                "processors" => log.processors = self.processors(setting),
                other => log.others.push(Located { value: other.to_string(), origin: member.origin }),
            }
        }
        if log.name.is_none() && log.xml_query.is_none() {
            self.refuse(
                item.origin,
                "an event log needs a `name`, or an `xml_query`",
                "write the channel: `name: Security`",
            );
        }
        Some(log)
    }

    fn one_text(&mut self, what: &str, setting: &Setting<'_>) -> Option<Located<String>> {
        let text = match &setting.kind {
            Kind::Null => return None,
            Kind::Text(text) => text.to_string(),
            Kind::Int(number) => number.to_string(),
            Kind::Bool(_) | Kind::Float(_) | Kind::Variable(_) | Kind::List(_) | Kind::Map(_) => {
                self.refuse(
                    setting.origin,
                    format!("`{what}` is a text, and this is {}", setting.is()),
                    "put it in quotes",
                );
                return None;
            }
        };
        Some(Located { value: text, origin: setting.origin })
    }

    fn event_ids(&mut self, setting: &Setting<'_>) -> Option<Located<Vec<EventIds>>> {
        let text = self.one_text("event_id", setting)?;
        let ids: Option<Vec<EventIds>> = text.value.split(',').map(EventIds::parse).collect();
        if ids.is_none() {
            self.refuse(
                setting.origin,
                format!("`{}` is no list of event ids", text.value),
                "ids and ranges have commas between them, and a minus before what is left out: 1, 3-5, -4",
            );
        }
        ids.map(|value| Located { value, origin: setting.origin })
    }
}
