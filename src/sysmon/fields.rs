//! The fields, as tables: Sysmon's own, those of every Winlogbeat event, and the `msg.*` names after normalisation.
//!
//! In: nothing. Out: [`all`]. Never here: which event carries which field; that is `events.rs`.
//!
//! The names after normalisation follow one rule: the name in lower case behind `msg.`. Three differ, as the log manager's
//! pages have them: `User`, `SourceUser` and `TargetUser` become `msg.username`, `msg.sourceusername`, `msg.targetusername`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::normalise::{DERIVED, HEADER};
use super::{FieldDef, FieldType};

use FieldType as T;

/// Where Winlogbeat puts an event's own data.
pub(super) const EVENT_DATA: &str = "winlog.event_data.";

/// Name, what it holds, one sentence.
type Row = (&'static str, FieldType, &'static str);

const SYSMON: &[Row] = &[
    (
        "RuleName",
        T::Text,
        "Name of the rule in Sysmon's configuration that logged the event; `-` or missing where none was.",
    ),
    ("UtcTime", T::Time, "When it happened, UTC."),
    ("ProcessGuid", T::Guid, "Sysmon's own id of the process, unique over hosts and reboots."),
    ("ProcessId", T::Number, "Windows' id of the process; reused."),
    ("Image", T::Path, "Full path of the process's executable."),
    ("FileVersion", T::Text, "Version in the file's resources; its author chose it."),
    ("Description", T::Text, "Description in the file's resources, which its author chose; in event 255 the error."),
    ("Product", T::Text, "Product name in the file's resources; its author chose it."),
    ("Company", T::Text, "Company in the file's resources; its author chose it."),
    ("OriginalFileName", T::Text, "File name in the file's resources; its author chose it."),
    ("CommandLine", T::Text, "Command line with arguments; whoever started the process chose it."),
    ("CurrentDirectory", T::Path, "Folder in which the process was started."),
    ("User", T::Text, "Account under which the process runs."),
    ("LogonGuid", T::Guid, "Id of the logon session, unique."),
    ("LogonId", T::Hex, "Windows' id of the logon session."),
    ("TerminalSessionId", T::Number, "Number of the terminal session."),
    ("IntegrityLevel", T::Text, "Low, Medium, High, System."),
    ("Hashes", T::Hashes, "Hashes of the file, those that are configured."),
    ("ParentProcessGuid", T::Guid, "Sysmon's own id of the parent process."),
    ("ParentProcessId", T::Number, "Windows' id of the parent process."),
    ("ParentImage", T::Path, "Full path of the parent's executable."),
    ("ParentCommandLine", T::Text, "Command line of the parent."),
    ("ParentUser", T::Text, "Account of the parent."),
    ("TargetFilename", T::Path, "Full path of the file concerned."),
    ("CreationUtcTime", T::Time, "The file's creation time, UTC."),
    ("PreviousCreationUtcTime", T::Time, "The file's creation time before the change, UTC."),
    ("Protocol", T::Text, "tcp or udp."),
    ("Initiated", T::Boolean, "Did the process itself open the connection?"),
    ("SourceIsIpv6", T::Boolean, "Is the source address IPv6?"),
    ("SourceIp", T::Address, "Source address."),
    ("SourceHostname", T::Text, "Name of the source host."),
    ("SourcePort", T::Number, "Source port."),
    ("SourcePortName", T::Text, "Name of the source port."),
    ("DestinationIsIpv6", T::Boolean, "Is the destination address IPv6?"),
    ("DestinationIp", T::Address, "Destination address."),
    ("DestinationHostname", T::Text, "Name of the destination host, by reverse look-up."),
    ("DestinationPort", T::Number, "Destination port."),
    ("DestinationPortName", T::Text, "Name of the destination port."),
    ("State", T::Text, "Started or Stopped."),
    ("Version", T::Text, "Version of Sysmon."),
    ("SchemaVersion", T::Text, "Version of Sysmon's configuration schema."),
    ("ImageLoaded", T::Path, "Full path of the driver or library that was loaded."),
    ("Signed", T::Text, "true, false, or why the signature could not be checked."),
    ("Signature", T::Text, "Who signed the file."),
    ("SignatureStatus", T::Text, "Valid, or what is wrong with the signature."),
    ("SourceProcessGuid", T::Guid, "Sysmon's own id of the process that acted."),
    ("SourceProcessId", T::Number, "Windows' id of the process that acted."),
    ("SourceThreadId", T::Number, "Id of the thread that acted."),
    ("SourceImage", T::Path, "Full path of the executable that acted."),
    ("TargetProcessGuid", T::Guid, "Sysmon's own id of the process acted upon."),
    ("TargetProcessId", T::Number, "Windows' id of the process acted upon."),
    ("TargetImage", T::Path, "Full path of the executable acted upon."),
    ("NewThreadId", T::Number, "Id of the new thread in the target."),
    ("StartAddress", T::Hex, "Where the new thread starts."),
    ("StartModule", T::Path, "Library in which the start address lies."),
    ("StartFunction", T::Text, "Exported function at the start address."),
    ("SourceUser", T::Text, "Account of the process that acted."),
    ("TargetUser", T::Text, "Account of the process acted upon."),
    ("Device", T::Text, "Device that was read."),
    ("GrantedAccess", T::Hex, "Access rights that were granted."),
    ("CallTrace", T::Text, "Modules and offsets on the stack of the caller."),
    ("EventType", T::Text, "What kind: CreateKey, SetValue, CreatePipe, WmiFilterEvent, ..."),
    ("TargetObject", T::Text, "Registry path, with HKLM, HKU and the like at its start."),
    ("Details", T::Text, "The value that was set, such as `DWORD (0x00000003)`."),
    ("NewName", T::Text, "The new registry path."),
    ("Hash", T::Hashes, "Hashes of the stream; in event 15 in place of Hashes."),
    ("Contents", T::Text, "Start of a small stream, such as Zone.Identifier."),
    ("Configuration", T::Text, "The configuration file, or the command that set it."),
    ("ConfigurationFileHash", T::Hashes, "Hash of the configuration file."),
    ("PipeName", T::Text, "Name of the pipe."),
    ("Operation", T::Text, "Created, Modified or Deleted."),
    ("EventNamespace", T::Text, "WMI namespace of the filter."),
    ("Name", T::Text, "Name of the WMI filter or consumer; with its own quotes."),
    ("Query", T::Text, "Query of the WMI filter; with its own quotes."),
    ("Type", T::Text, "Type of the WMI consumer, or of the tampering."),
    ("Destination", T::Text, "What the WMI consumer runs."),
    ("Consumer", T::Text, "Path of the WMI consumer; with its own quotes."),
    ("Filter", T::Text, "Path of the WMI filter; with its own quotes."),
    ("QueryName", T::Text, "Name that was resolved."),
    ("QueryStatus", T::Number, "0, or Windows' number of the error."),
    ("QueryResults", T::Text, "Answers, each ended by `;`, or `-`."),
    ("IsExecutable", T::Boolean, "Is the file an executable?"),
    ("Archived", T::Boolean, "Was a copy kept?"),
    ("Session", T::Number, "Session whose clipboard changed."),
    ("ClientInfo", T::Text, "User, and for remote sessions host and address."),
    ("ID", T::Text, "Which error."),
    ("BpfCommand", T::Text, "Command given to the kernel's bpf call."),
    ("BpfProgramType", T::Text, "Type of the eBPF program."),
    ("BpfProgramId", T::Number, "Kernel's id of the eBPF program."),
    ("BpfProgramName", T::Text, "Name of the eBPF program."),
];

/// Names with a second spelling among the events: both are paths of one field.
const SECOND_SPELLINGS: &[(&str, &str)] =
    &[("SourceProcessGuid", "SourceProcessGUID"), ("TargetProcessGuid", "TargetProcessGUID")];

/// Path, short name or nothing, what it holds, is it in every event, one sentence.
type CommonRow = (&'static str, &'static str, FieldType, bool, &'static str);

/// Fields of a Winlogbeat event outside of `winlog.event_data`. Those that some events or some stages of the agent lack are
/// not marked as being in every event.
const WINLOGBEAT: &[CommonRow] = &[
    ("winlog.provider_name", "Provider", T::Text, true, "Provider that logged the event."),
    ("winlog.event_id", "EventID", T::Number, true, "Event id; a number up to Winlogbeat 7.12, text from 7.13 on."),
    ("winlog.channel", "Channel", T::Text, true, "Channel in which the event stands."),
    ("winlog.computer_name", "Computer", T::Text, true, "Host that logged the event."),
    ("winlog.record_id", "RecordID", T::Number, true, "Number of the record in its channel."),
    ("winlog.api", "", T::Text, false, "Windows interface through which the agent read."),
    ("winlog.provider_guid", "", T::Guid, false, "GUID of the provider."),
    (
        "winlog.task",
        "Task",
        T::Text,
        false,
        "Task text of the provider, such as `Process Create (rule: ProcessCreate)`.",
    ),
    ("winlog.opcode", "Opcode", T::Text, false, "Opcode text, such as `Info`."),
    ("winlog.keywords", "Keywords", T::Texts, false, "Keyword texts."),
    ("winlog.version", "", T::Number, false, "Version of the event's layout."),
    ("winlog.activity_id", "", T::Guid, false, "Activity to which the event belongs."),
    ("winlog.related_activity_id", "", T::Guid, false, "Activity that the event's own activity is related to."),
    ("winlog.process.pid", "", T::Number, false, "Process that logged the event: Sysmon's own."),
    ("winlog.process.thread.id", "", T::Number, false, "Thread that logged the event."),
    ("winlog.user.identifier", "", T::Text, false, "SID of the account that logged the event: Sysmon's own."),
    ("winlog.user.name", "", T::Text, false, "Account that logged the event."),
    ("winlog.user.domain", "", T::Text, false, "Domain of the account that logged the event."),
    ("winlog.user.type", "", T::Text, false, "Type of the account that logged the event."),
    ("@timestamp", "", T::Time, true, "When Windows logged the event."),
    ("message", "Message", T::Text, false, "The rendered text, in the host's language."),
    ("tags", "", T::Texts, false, "Tags that the agent set."),
    ("event.code", "", T::Number, true, "The event id once more."),
    ("event.provider", "", T::Text, true, "The provider once more."),
    (
        "event.action",
        "",
        T::Text,
        false,
        "The task text once more; missing where the provider's messages are not installed.",
    ),
    ("event.kind", "", T::Text, true, "`event`."),
    ("event.created", "", T::Time, true, "When the agent read the event."),
    ("event.outcome", "", T::Text, false, "success or failure, where keywords say so."),
    ("event.original", "", T::Text, false, "The event as XML, where the agent was told to keep it."),
    ("host.name", "", T::Text, true, "Host that logged the event."),
    ("log.level", "Level", T::Text, true, "Level text, such as `information`."),
    ("agent.name", "", T::Text, false, "Name of the agent."),
    ("agent.type", "", T::Text, false, "`winlogbeat`."),
    ("agent.version", "", T::Text, false, "Version of the agent."),
    ("agent.id", "", T::Text, false, "Id of the agent."),
    ("agent.hostname", "", T::Text, false, "Host of the agent (Winlogbeat 7)."),
    ("agent.ephemeral_id", "", T::Text, false, "Id of the agent's run."),
];

/// Names after normalisation that are no event data: name, aliases, paths in the agent's event, what it holds, one sentence.
type MessageRow = (&'static str, &'static [&'static str], FieldType, &'static str);

const MESSAGE: &[MessageRow] = &[
    ("msg.eventid", &["winlog.event_id"], T::Number, "Event id."),
    ("msg.action", &[], T::Text, "What Sysmon calls the event; for other channels, the task."),
    ("msg.group", &[], T::Text, "Security, forensic or suspicious; classify rules set it."),
    ("msg.dataset", &[], T::Text, "What kind of log the event is of; classify rules set it."),
];

/// A number that stands for one of Sysmon's own fields, as Sysmon writes it; `None`: in decimal digits.
pub(crate) fn as_windows(field: &str, number: u64) -> Option<String> {
    let hex = SYSMON.iter().any(|(name, kind, _)| *name == field && *kind == T::Hex);
    match field {
        // An address, with all its digits.
        "StartAddress" => Some(format!("0x{number:016X}")),
        _ => hex.then(|| format!("{number:#x}")),
    }
}

/// The name of an event's own field after normalisation.
pub(super) fn message_name(field: &str) -> String {
    match field {
        "User" => "msg.username".into(),
        "SourceUser" => "msg.sourceusername".into(),
        "TargetUser" => "msg.targetusername".into(),
        other => format!("msg.{}", other.to_ascii_lowercase()),
    }
}

/// What a field of Sysmon's events holds.
pub(crate) fn kind_of(field: &str) -> Option<FieldType> {
    SYSMON.iter().find(|(name, ..)| *name == field).map(|(_, kind, _)| *kind)
}

/// What a field holds that is stored under this name behind `msg.`.
pub(super) fn stored_kind(name: &str) -> Option<FieldType> {
    static KINDS: LazyLock<FxHashMap<String, FieldType>> = LazyLock::new(|| {
        let own = all().into_iter().filter(|field| field.normalised);
        own.filter_map(|field| Some((field.name.strip_prefix("msg.")?.to_string(), field.kind))).collect()
    });
    KINDS.get(name).copied()
}

/// All fields: Sysmon's in the order of first use, Winlogbeat's, then `msg.*`.
pub(super) fn all() -> Vec<FieldDef> {
    let own: Vec<FieldDef> = SYSMON.iter().map(own_field).collect();
    let common = WINLOGBEAT.iter().map(|(path, short, kind, common, about)| FieldDef {
        name: (*path).into(),
        aliases: if short.is_empty() { Vec::new() } else { vec![(*short).into()] },
        paths: vec![(*path).into()],
        kind: *kind,
        common: *common,
        normalised: false,
        about: (*about).into(),
    });
    let message = MESSAGE.iter().map(|(name, sources, kind, about)| {
        normalised(name, sources.iter().map(|path| path.to_string()), *kind, about)
    });
    let message_own = own.iter().map(|field| {
        // Event 15's `Hash` is stored under its own name, though whoever asks for `Hashes` means it too.
        let name = message_name(&field.name);
        let own = |path: &&String| path.strip_prefix(EVENT_DATA).is_some_and(|source| message_name(source) == name);
        let mut def = normalised(&name, field.paths.iter().filter(own).cloned(), field.kind, &field.about);
        // The page that describes the log manager spells this one wrong. Both spellings are one field: what is set under
        // one is seen under the other.
        if def.name == "msg.targetimage" {
            def.aliases.push("msg.targettimage".into());
            def.paths.insert(1, "msg.targettimage".into());
        }
        def
    });
    let header = HEADER.iter().filter_map(|(name, path)| {
        let (.., kind, _, about) = WINLOGBEAT.iter().find(|(known, ..)| known == path)?;
        Some(normalised(&format!("msg.{name}"), std::iter::empty(), *kind, about))
    });
    let derived =
        DERIVED.iter().map(|(name, kind, about)| normalised(&format!("msg.{name}"), std::iter::empty(), *kind, about));
    let after: Vec<FieldDef> = message.chain(message_own).chain(header).chain(derived).collect();
    own.into_iter().chain(common).chain(after).collect()
}

fn own_field((name, kind, about): &Row) -> FieldDef {
    let mut paths = vec![format!("{EVENT_DATA}{name}")];
    let mut aliases = Vec::new();
    for (first, second) in SECOND_SPELLINGS {
        if first == name {
            aliases.push(second.to_string());
            paths.push(format!("{EVENT_DATA}{second}"));
        }
    }
    // Event 15 calls its hashes `Hash`: whoever asks for the hashes of a file means both.
    if *name == "Hashes" {
        paths.push(format!("{EVENT_DATA}Hash"));
    }
    FieldDef {
        name: (*name).into(),
        aliases,
        paths,
        kind: *kind,
        common: false,
        normalised: false,
        about: (*about).into(),
    }
}

/// A `msg.*` field: its own path first, so that a value which a rule sets never passes for the agent's, then its sources.
fn normalised(name: &str, sources: impl Iterator<Item = String>, kind: FieldType, about: &str) -> FieldDef {
    FieldDef {
        name: name.into(),
        aliases: Vec::new(),
        paths: std::iter::once(name.to_string()).chain(sources).collect(),
        kind,
        common: false,
        normalised: true,
        about: about.into(),
    }
}
