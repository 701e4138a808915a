//! The forms in which people hold events, and what each cannot give back.
//!
//! In: a form, a path of the agent's event that is not there, the record. Out: why nobody can say what the agent would have
//! there, or nothing: then it would have nothing either. Never here: reading.

use super::parts::{Head, Parts};
use super::plan::{EVENT_DATA, TEXTS};
use super::whole;
use crate::sysmon;

/// A form of events that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// What Winlogbeat sends from version 7 on.
    Winlogbeat,
    /// That, or Elastic Agent's, after Elasticsearch's pipeline or the module of Winlogbeat 7: most event data stand elsewhere.
    WinlogbeatModule,
    /// What Winlogbeat 6 sends.
    Winlogbeat6,
    /// Windows' binary event log.
    Evtx,
    /// Windows' XML of an event, rendered or not; that of Sysmon for Linux.
    Xml,
    /// That XML inside of a line of syslog, or of a JSON object that holds one.
    Syslog,
    /// The XML as JSON: evtx_dump, Chainsaw, WHIDS, xmltodict.
    EvtxDump,
    /// Velociraptor's `parse_evtx`.
    Velociraptor,
    /// One level of keys: the Security Datasets, Zircolite, Logstash.
    Flat,
    /// NXLog's `im_msvistalog`.
    Nxlog,
    /// Microsoft Sentinel's tables `WindowsEvent` and `Event`.
    Sentinel,
    /// EvtxECmd, JSON or CSV.
    EvtxEcmd,
    /// PowerShell's `Get-WinEvent`.
    PowerShell,
    /// Wazuh's alerts and archives.
    Wazuh,
    /// As the log manager stores events.
    LogManager,
    /// JSON of no form that is known; rules see it as it stands.
    Other,
}

impl Form {
    /// All forms, the unknown one last.
    pub const ALL: [Form; 16] = [
        Form::Winlogbeat,
        Form::WinlogbeatModule,
        Form::Winlogbeat6,
        Form::Evtx,
        Form::Xml,
        Form::Syslog,
        Form::EvtxDump,
        Form::Velociraptor,
        Form::Flat,
        Form::Nxlog,
        Form::Sentinel,
        Form::EvtxEcmd,
        Form::PowerShell,
        Form::Wazuh,
        Form::LogManager,
        Form::Other,
    ];

    /// In one word, as commands show it.
    pub fn word(self) -> &'static str {
        match self {
            Form::Winlogbeat => "winlogbeat",
            Form::WinlogbeatModule => "winlogbeat-module",
            Form::Winlogbeat6 => "winlogbeat-6",
            Form::Evtx => "evtx",
            Form::Xml => "xml",
            Form::Syslog => "syslog",
            Form::EvtxDump => "evtx-dump",
            Form::Velociraptor => "velociraptor",
            Form::Flat => "flat",
            Form::Nxlog => "nxlog",
            Form::Sentinel => "sentinel",
            Form::EvtxEcmd => "evtxecmd",
            Form::PowerShell => "powershell",
            Form::Wazuh => "wazuh",
            Form::LogManager => "log-manager",
            Form::Other => "unknown",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Form::Winlogbeat => "JSON of Winlogbeat 7 and later",
            Form::WinlogbeatModule => "that after Elasticsearch's pipeline",
            Form::Winlogbeat6 => "JSON of Winlogbeat 6",
            Form::Evtx => "EVTX",
            Form::Xml => "event XML",
            Form::Syslog => "syslog with event XML",
            Form::EvtxDump => "JSON of evtx_dump",
            Form::Velociraptor => "JSON of Velociraptor",
            Form::Flat => "flat JSON",
            Form::Nxlog => "JSON of NXLog",
            Form::Sentinel => "JSON of Microsoft Sentinel",
            Form::EvtxEcmd => "JSON or CSV of EvtxECmd",
            Form::PowerShell => "JSON of Get-WinEvent",
            Form::Wazuh => "JSON of Wazuh",
            Form::LogManager => "JSON of the log manager",
            Form::Other => "JSON of an unknown form",
        }
    }

    /// Does this form keep what the header holds, where there is something?
    fn keeps(self, head: Head) -> bool {
        match self {
            // These are the agent's own, or hold whatever they hold.
            Form::Winlogbeat | Form::WinlogbeatModule | Form::Other => true,
            Form::Winlogbeat6 => true,
            Form::Evtx | Form::Xml | Form::Syslog | Form::EvtxDump | Form::Velociraptor | Form::PowerShell => true,
            Form::Wazuh => !matches!(head, Head::Activity | Head::RelatedActivity | Head::UserSid),
            // Whoever makes one level of an event takes what he wants.
            Form::Flat => matches!(head, Head::EventId),
            Form::Nxlog => !matches!(head, Head::Tags),
            Form::Sentinel => {
                matches!(
                    head,
                    Head::Provider | Head::EventId | Head::Channel | Head::Computer | Head::Time | Head::Level
                )
            }
            Form::EvtxEcmd => {
                !matches!(head, Head::ProviderGuid | Head::Activity | Head::RelatedActivity | Head::Version)
            }
            Form::LogManager => matches!(head, Head::EventId | Head::Computer | Head::Time),
        }
    }
}

const MESSAGE: &str = "this form does not hold the rendered message";
const PROVIDER_TEXT: &str = "this form holds only its number; the name stands in the provider's messages";
const SET_BY_AGENT: &str = "the agent sets it when it reads the event; it is not known here";
const ACCOUNT: &str = "the agent asks Windows for the account of the SID; this form holds only the SID";
const NOT_KEPT: &str = "this form does not keep it";
const MOVED: &str = "the pipeline removes what is `-` and moves most of the event's data; it is not to be had back";
const NO_TIME: &str = "this record holds nothing that can be read as the event's time";
const UNREAD: &str = "what stands in the place of the event's data cannot be read";
const DASHES: &str = "this form leaves out what is `-`";
const JOINED: &str = "this form joins values without a name to one text, which cannot be taken apart";
const NOT_SYSMONS: &str = "this form does not hold the data of other providers' events";
const NAMELESS: &str = "this form holds the values of the event's data without their names";
const COLLISION: &str = "a field of the collector has the same name and took its place";

/// Bits of the keywords that are the agent's own names, or the provider's; above them stand the channel's, without names.
const NAMED_KEYWORDS: u64 = 0x00ff_ffff_ffff_ffff;

/// Why a path that is not there cannot be said to be absent in the agent's event.
pub(super) fn why(form: Form, path: &str, record: &[u8], parts: &Parts) -> Option<&'static str> {
    if let Some(name) = path.strip_prefix(EVENT_DATA) {
        return data(form, name, record, parts);
    }
    let under = |top: &str| path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let held = matches!(form, Form::Winlogbeat6 | Form::WinlogbeatModule);
    match path {
        "message" => (!held || form == Form::WinlogbeatModule).then_some(MESSAGE),
        "winlog.task" | "winlog.opcode" | "event.action" => (!held).then_some(PROVIDER_TEXT),
        "winlog.keywords" => match whole::keywords(record, parts) {
            Some(bits) if bits & NAMED_KEYWORDS == 0 => None,
            Some(_) => Some(PROVIDER_TEXT),
            None if held => None,
            None => Some(NOT_KEPT),
        },
        "log.level" => match parts.head(Head::Level) {
            Some(_) => Some(PROVIDER_TEXT),
            None => Some(NOT_KEPT),
        },
        "event.outcome" => whole::keywords(record, parts).is_none().then_some(NOT_KEPT),
        "winlog.user.name" | "winlog.user.domain" | "winlog.user.type" => (!held).then_some(ACCOUNT),
        "winlog.api" | "event.created" | "event.ingested" | "event.original" => Some(SET_BY_AGENT),
        "tags" => (!held).then_some(SET_BY_AGENT),
        // Every event has one.
        "@timestamp" => Some(NO_TIME),
        "host.name" => kept(form, Head::Computer),
        "winlog.record_id" => kept(form, Head::RecordId),
        "winlog.version" => kept(form, Head::Version),
        "winlog.process.pid" => kept(form, Head::ProcessId),
        "winlog.process.thread.id" => kept(form, Head::ThreadId),
        _ if ["fields", "cloud", "@metadata"].iter().any(|top| under(top)) => (!held).then_some(SET_BY_AGENT),
        _ if under("ecs") => (form != Form::WinlogbeatModule).then_some(SET_BY_AGENT),
        _ if ["agent", "host"].iter().any(|top| under(top)) => Some(SET_BY_AGENT),
        _ => TEXTS.iter().find(|(known, _)| *known == path).and_then(|(_, head)| kept(form, *head)),
    }
}

fn kept(form: Form, head: Head) -> Option<&'static str> {
    (!form.keeps(head)).then_some(NOT_KEPT)
}

/// The same for data of the event.
fn data(form: Form, name: &str, record: &[u8], parts: &Parts) -> Option<&'static str> {
    let id = || parts.head_number(record, Head::EventId).and_then(|id| u32::try_from(id).ok());
    let is_sysmons = || parts.is_of_sysmon(record);
    if parts.unread {
        return Some(UNREAD);
    }
    if parts.joined && name.starts_with("param") {
        return Some(JOINED);
    }
    match form {
        Form::WinlogbeatModule if is_sysmons() => id().filter(|id| sysmon::has_field(*id, name)).map(|_| MOVED),
        Form::WinlogbeatModule => Some(MOVED),
        // What took the place of these is not the event's.
        Form::Nxlog => match (name, id()) {
            ("EventType", Some(12..=14)) | ("Version", Some(4)) => Some(COLLISION),
            ("ProcessId", Some(id)) if sysmon::has_field(id, name) => Some(COLLISION),
            _ => None,
        },
        // The names of all values are known, or of none.
        Form::PowerShell => parts.data.is_empty().then_some(NAMELESS),
        // Of Sysmon's events it is known what they hold.
        Form::Wazuh if is_sysmons() => id().filter(|id| sysmon::has_field(*id, name)).map(|_| DASHES),
        Form::Wazuh => Some(DASHES),
        Form::LogManager if is_sysmons() => None,
        Form::LogManager => Some(NOT_SYSMONS),
        Form::Winlogbeat
        | Form::Winlogbeat6
        | Form::Evtx
        | Form::Xml
        | Form::Syslog
        | Form::EvtxDump
        | Form::Velociraptor
        | Form::Flat
        | Form::Sentinel
        | Form::EvtxEcmd
        | Form::Other => None,
    }
}
