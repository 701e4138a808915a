//! What the slots of a layout ask of a record.
//!
//! In: a [`Layout`] and the version of the agent. Out: an [`AgentPlan`]. Never here: a record.

use rustc_hash::FxHashMap;

use super::parts::Head;
use crate::dialect::AgentVersion;
use crate::event::{Layout, is_message};

/// Where an event's own data stand.
pub(super) const EVENT_DATA: &str = "winlog.event_data.";

/// What stands at one path of the agent's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A value of the event's data: index into [`AgentPlan::terms`].
    Data(u32),
    /// A text of the header.
    Text(Head),
    /// A number of the header; zero is absent.
    Number(Head),
    /// The event id: a number up to Winlogbeat 7.12, text from 7.13 on.
    EventId,
    /// `log.level`.
    Level,
    /// `event.kind`.
    Kind,
    /// `event.outcome`.
    Outcome,
    /// A list of the header.
    List(Head),
    /// What stands below `msg`, where the log manager wrote the event.
    Message,
    /// A value of the data that are in the event's own form, which few events have.
    UserData,
    /// A name that begins with a capital, at the top of the event, where the agent has none.
    Nothing,
    /// Anything else: looked for in the whole event.
    Path,
}

/// What one slot asks: its paths in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct SlotPlan {
    pub(super) paths: Vec<(String, Asked)>,
}

/// How to find the fields of a layout in records that are not the agent's own.
#[derive(Clone, Debug)]
pub struct AgentPlan {
    pub(super) agent: AgentVersion,
    pub(super) slots: Vec<SlotPlan>,
    /// By name in the event's data: the term.
    pub(super) terms: FxHashMap<Box<[u8]>, u32>,
}

impl AgentPlan {
    /// The plan of a layout, for what this version of the agent would send.
    pub fn new(layout: &Layout, agent: AgentVersion) -> Self {
        let mut plan = Self { agent, slots: Vec::new(), terms: FxHashMap::default() };
        for (_, field) in layout.iter() {
            let paths = field.paths.iter().map(|path| (path.clone(), plan.asked(path))).collect();
            plan.slots.push(SlotPlan { paths });
        }
        plan
    }

    fn asked(&mut self, path: &str) -> Asked {
        if let Some(name) = path.strip_prefix(EVENT_DATA) {
            // A name without a dot is one key, whatever else there is.
            if name.contains('.') {
                return Asked::Path;
            }
            let next = self.terms.len() as u32;
            return Asked::Data(*self.terms.entry(name.as_bytes().into()).or_insert(next));
        }
        match path {
            path if is_message(path) => Asked::Message,
            path if path.starts_with("winlog.user_data.") => Asked::UserData,
            path if path.starts_with(|c: char| c.is_ascii_uppercase()) && !path.contains('.') => Asked::Nothing,
            "winlog.event_id" | "event.code" => Asked::EventId,
            "log.level" => Asked::Level,
            "event.kind" => Asked::Kind,
            "event.outcome" => Asked::Outcome,
            "winlog.keywords" => Asked::List(Head::KeywordNames),
            "tags" => Asked::List(Head::Tags),
            "winlog.record_id" => Asked::Number(Head::RecordId),
            "winlog.version" => Asked::Number(Head::Version),
            "winlog.process.pid" => Asked::Number(Head::ProcessId),
            "winlog.process.thread.id" => Asked::Number(Head::ThreadId),
            _ => TEXTS.iter().find(|(known, _)| *known == path).map_or(Asked::Path, |(_, head)| Asked::Text(*head)),
        }
    }
}

/// Paths that hold a text of the header as it stands.
pub(super) const TEXTS: &[(&str, Head)] = &[
    ("@timestamp", Head::Time),
    ("winlog.provider_name", Head::Provider),
    ("event.provider", Head::Provider),
    ("winlog.provider_guid", Head::ProviderGuid),
    ("winlog.channel", Head::Channel),
    ("winlog.computer_name", Head::Computer),
    ("host.name", Head::Computer),
    ("winlog.activity_id", Head::Activity),
    ("winlog.related_activity_id", Head::RelatedActivity),
    ("winlog.task", Head::TaskName),
    ("event.action", Head::TaskName),
    ("winlog.opcode", Head::OpcodeName),
    ("winlog.user.identifier", Head::UserSid),
    ("winlog.user.name", Head::UserName),
    ("winlog.user.domain", Head::UserDomain),
    ("winlog.user.type", Head::UserType),
    ("message", Head::Message),
    ("agent.name", Head::AgentName),
    ("agent.hostname", Head::AgentHostname),
    ("agent.version", Head::AgentVersion),
];
