//! The fields, as data: what each holds, and where the agent puts it.
//!
//! From Sysmon's manifest and Winlogbeat 8's event. Every value of event data is text on the agent; a type says what the
//! text spells. Never here: which event carries what; that is `events.rs`.

use super::catalogue::FieldType::{self, Address, Boolean, Guid, Hashes, Hex, Number, Path, Text, Texts, Time};

/// Types of Sysmon's own fields; what is not listed holds text.
pub(super) const TYPES: &[(FieldType, &str)] = &[
    (Path, "Image ParentImage SourceImage TargetImage ImageLoaded TargetFilename CurrentDirectory StartModule"),
    (Time, "UtcTime CreationUtcTime PreviousCreationUtcTime"),
    (Guid, "ProcessGuid ParentProcessGuid SourceProcessGuid TargetProcessGuid LogonGuid"),
    (
        Number,
        "ProcessId ParentProcessId SourceProcessId TargetProcessId SourceThreadId NewThreadId TerminalSessionId Session SourcePort \
         DestinationPort BpfProgramId",
    ),
    (Hex, "LogonId GrantedAccess StartAddress"),
    (Boolean, "Initiated SourceIsIpv6 DestinationIsIpv6 IsExecutable"),
    (Address, "SourceIp DestinationIp"),
    (Hashes, "Hashes Hash"),
];

/// A field of every event of the agent: short name (or the path again), other names, path, type, what it is.
pub(super) struct Common {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) kind: FieldType,
    pub(super) about: &'static str,
}

const fn common(name: &'static str, path: &'static str, kind: FieldType, about: &'static str) -> Common {
    Common { name, path, kind, about }
}

/// Fields outside of event data.
pub(super) const COMMON: &[Common] = &[
    common("Provider", "winlog.provider_name", Text, "the provider that logged the event"),
    common("EventID", "winlog.event_id", Number, "the event's id"),
    common("Channel", "winlog.channel", Text, "the channel in which it stands"),
    common("Computer", "winlog.computer_name", Text, "the computer that logged it"),
    common("RecordID", "winlog.record_id", Number, "its number in the channel"),
    common("Level", "log.level", Text, "information, warning, error, critical"),
    common("Keywords", "winlog.keywords", Texts, "the names of its keywords"),
    common("Task", "winlog.task", Text, "the name of its task"),
    common("Opcode", "winlog.opcode", Text, "the name of its opcode"),
    common("@timestamp", "@timestamp", Time, "when it was logged"),
    common("message", "message", Text, "the rendered message, in the computer's language"),
    common("tags", "tags", Texts, "tags that the agent set"),
    common("event.code", "event.code", Number, "the event's id again"),
    common("event.provider", "event.provider", Text, "the provider again"),
    common("event.action", "event.action", Text, "the name of its task again"),
    common("event.kind", "event.kind", Text, "always `event`"),
    common("event.created", "event.created", Time, "when the agent read it"),
    common("event.outcome", "event.outcome", Text, "success or failure, where the event says so"),
    common("event.original", "event.original", Text, "its XML, where the agent is told to keep it"),
    common("host.name", "host.name", Text, "the computer that the agent runs on"),
    common("agent.name", "agent.name", Text, "the agent's name"),
    common("agent.hostname", "agent.hostname", Text, "the agent's host"),
    common("agent.id", "agent.id", Text, "the agent's id"),
    common("agent.type", "agent.type", Text, "always `winlogbeat`"),
    common("agent.version", "agent.version", Text, "the agent's version"),
    common("ecs.version", "ecs.version", Text, "the version of the schema"),
    common("winlog.api", "winlog.api", Text, "how the agent read it"),
    common("winlog.activity_id", "winlog.activity_id", Text, "the activity it belongs to"),
    common("winlog.provider_guid", "winlog.provider_guid", Guid, "the provider's GUID"),
    common("winlog.version", "winlog.version", Number, "the version of the event's layout"),
    common("winlog.process.pid", "winlog.process.pid", Number, "the process that logged it: Sysmon itself"),
    common("winlog.process.thread.id", "winlog.process.thread.id", Number, "the thread that logged it"),
    common(
        "winlog.user.identifier",
        "winlog.user.identifier",
        Text,
        "the account that logged it: Sysmon's own, on every event",
    ),
    common("winlog.user.name", "winlog.user.name", Text, "the name of that account"),
    common("winlog.user.domain", "winlog.user.domain", Text, "the domain of that account"),
    common("winlog.user.type", "winlog.user.type", Text, "the kind of that account"),
];

/// `msg.*` names that do not follow from a Sysmon name by lower case: name, aliases, paths it is read from.
pub(super) const NORMALISED: &[(&str, &[&str], &[&str])] = &[
    ("msg.eventid", &[], &["winlog.event_id"]),
    ("msg.action", &[], &["winlog.task", "event.action"]),
    ("msg.username", &["msg.user"], &["winlog.event_data.User"]),
    ("msg.sourceusername", &["msg.sourceuser"], &["winlog.event_data.SourceUser"]),
    ("msg.targetusername", &["msg.targetuser"], &["winlog.event_data.TargetUser"]),
    ("msg.targetimage", &["msg.targettimage"], &["winlog.event_data.TargetImage"]),
    ("msg.group", &[], &["msg.group"]),
];
