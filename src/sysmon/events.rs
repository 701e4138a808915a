//! The events of Sysmon, as a table.
//!
//! In: nothing. Out: [`all`], one definition an event, with its own fields in the order in which the product writes them and
//! in the product's own spelling (id 10 writes `SourceProcessGUID`, id 8 `SourceProcessGuid`). Never here: what a field holds;
//! that is `fields.rs`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::EventDef;

/// The provider on Windows.
pub(crate) const WINDOWS: &str = "Microsoft-Windows-Sysmon";
/// The provider on Linux. It shares all ids but 100 with Windows.
pub(crate) const LINUX: &str = "Linux-Sysmon";

/// Name, id, what the product calls it, fields.
type Row = (&'static str, u32, &'static str, &'static str);

/// Ids that both providers have. Fields as of schema 4.90.
const SHARED: &[Row] = &[
    (
        "process_create",
        1,
        "Process Create",
        "RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine \
         CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId \
         ParentImage ParentCommandLine ParentUser",
    ),
    (
        "file_creation_time",
        2,
        "File creation time changed",
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime PreviousCreationUtcTime User",
    ),
    (
        "network_connect",
        3,
        "Network connection detected",
        "RuleName UtcTime ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort \
         SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName",
    ),
    ("state_change", 4, "Sysmon service state changed", "UtcTime State Version SchemaVersion"),
    ("process_terminate", 5, "Process terminated", "RuleName UtcTime ProcessGuid ProcessId Image User"),
    ("driver_load", 6, "Driver loaded", "RuleName UtcTime ImageLoaded Hashes Signed Signature SignatureStatus"),
    (
        "image_load",
        7,
        "Image loaded",
        "RuleName UtcTime ProcessGuid ProcessId Image ImageLoaded FileVersion Description Product Company OriginalFileName \
         Hashes Signed Signature SignatureStatus User",
    ),
    (
        "create_remote_thread",
        8,
        "CreateRemoteThread detected",
        "RuleName UtcTime SourceProcessGuid SourceProcessId SourceImage TargetProcessGuid TargetProcessId TargetImage \
         NewThreadId StartAddress StartModule StartFunction SourceUser TargetUser",
    ),
    ("raw_access_read", 9, "RawAccessRead detected", "RuleName UtcTime ProcessGuid ProcessId Image Device User"),
    (
        "process_access",
        10,
        "Process accessed",
        "RuleName UtcTime SourceProcessGUID SourceProcessId SourceThreadId SourceImage TargetProcessGUID TargetProcessId \
         TargetImage GrantedAccess CallTrace SourceUser TargetUser",
    ),
    (
        "file_create",
        11,
        "File created",
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime User",
    ),
    (
        "registry_add_delete",
        12,
        "Registry object added or deleted",
        "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject User",
    ),
    (
        "registry_value_set",
        13,
        "Registry value set",
        "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject Details User",
    ),
    (
        "registry_rename",
        14,
        "Registry object renamed",
        "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject NewName User",
    ),
    (
        "file_create_stream_hash",
        15,
        "File stream created",
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime Hash Contents User",
    ),
    ("config_change", 16, "Sysmon config state changed", "UtcTime Configuration ConfigurationFileHash"),
    ("pipe_created", 17, "Pipe Created", "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"),
    ("pipe_connected", 18, "Pipe Connected", "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"),
    (
        "wmi_filter",
        19,
        "WmiEventFilter activity detected",
        "RuleName EventType UtcTime Operation User EventNamespace Name Query",
    ),
    (
        "wmi_consumer",
        20,
        "WmiEventConsumer activity detected",
        "RuleName EventType UtcTime Operation User Name Type Destination",
    ),
    (
        "wmi_binding",
        21,
        "WmiEventConsumerToFilter activity detected",
        "RuleName EventType UtcTime Operation User Consumer Filter",
    ),
    (
        "dns_query",
        22,
        "Dns query",
        "RuleName UtcTime ProcessGuid ProcessId QueryName QueryStatus QueryResults Image User",
    ),
    (
        "file_delete",
        23,
        "File Delete archived",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable Archived",
    ),
    (
        "clipboard_change",
        24,
        "Clipboard changed",
        "RuleName UtcTime ProcessGuid ProcessId Image Session ClientInfo Hashes Archived User",
    ),
    ("process_tampering", 25, "Process Tampering", "RuleName UtcTime ProcessGuid ProcessId Image Type User"),
    (
        "file_delete_detected",
        26,
        "File Delete logged",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable",
    ),
    (
        "file_block_executable",
        27,
        "File Block Executable",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes",
    ),
    (
        "file_block_shredding",
        28,
        "File Block Shredding",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable",
    ),
    (
        "file_executable_detected",
        29,
        "File Executable Detected",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes",
    ),
    ("error", 255, "Error report", "UtcTime ID Description"),
];

/// What only Sysmon for Linux has.
const LINUX_ONLY: &[Row] = &[(
    "ebpf",
    100,
    "eBPF Event",
    "RuleName UtcTime ProcessGuid ProcessId Image User BpfCommand BpfProgramType BpfProgramId BpfProgramName",
)];

/// The ids whose loss would hide tampering: service stopped, configuration changed, Sysmon's own errors.
const TAMPER: [u32; 3] = [4, 16, 255];

fn definition(row: &Row, providers: &[&str]) -> EventDef {
    let (name, id, title, fields) = *row;
    EventDef {
        name: format!("sysmon.{name}"),
        providers: providers.iter().map(|provider| provider.to_string()).collect(),
        channels: providers.iter().map(|provider| format!("{provider}/Operational")).collect(),
        id,
        title: title.into(),
        fields: fields.split_ascii_whitespace().map(String::from).collect(),
        tamper: TAMPER.contains(&id),
    }
}

/// All events by id; the Linux one last.
pub(super) fn all() -> Vec<EventDef> {
    let shared = SHARED.iter().map(|row| definition(row, &[WINDOWS, LINUX]));
    shared.chain(LINUX_ONLY.iter().map(|row| definition(row, &[LINUX]))).collect()
}

/// Sysmon's channel on Windows.
pub(crate) const CHANNEL: &str = "Microsoft-Windows-Sysmon/Operational";

/// Is this the name of Sysmon's provider, on Windows or on Linux?
pub(crate) fn is_provider(name: &str) -> bool {
    [WINDOWS, LINUX].iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Is an event Sysmon's, by its provider, or by its channel where it names no provider?
pub(crate) fn is_of_sysmon(provider: Option<&str>, channel: Option<&str>) -> bool {
    match provider.filter(|name| !name.is_empty()) {
        Some(provider) => is_provider(provider),
        None => channel.is_some_and(|channel| channel.eq_ignore_ascii_case(CHANNEL)),
    }
}

/// Does Sysmon's event of this id have this field by its layout, in this spelling?
pub(crate) fn has_field(id: u32, name: &str) -> bool {
    fields_of(id).any(|field| field == name)
}

/// The fields of Sysmon's event of this id, in their order.
pub(crate) fn fields_of(id: u32) -> impl Iterator<Item = &'static str> {
    row(id).into_iter().flat_map(|(.., fields)| fields.split_ascii_whitespace())
}

/// The field of Sysmon's event of this id that has this name behind `msg.` after normalisation.
pub(crate) fn field_of_message_name(id: u32, name: &str) -> Option<&'static str> {
    type Names = FxHashMap<u32, FxHashMap<String, &'static str>>;
    static NAMES: LazyLock<Names> = LazyLock::new(|| {
        let own = |field| (super::fields::message_name(field).trim_start_matches("msg.").to_string(), field);
        let rows = SHARED.iter().chain(LINUX_ONLY);
        rows.map(|(_, id, ..)| (*id, fields_of(*id).map(own).collect())).collect()
    });
    NAMES.get(&id)?.get(name).copied()
}

/// What the product calls the event of this id.
pub(super) fn title(id: u32) -> Option<&'static str> {
    row(id).map(|(_, _, title, _)| *title)
}

fn row(id: u32) -> Option<&'static Row> {
    SHARED.iter().chain(LINUX_ONLY).find(|row| row.1 == id)
}
