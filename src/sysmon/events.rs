//! The events of Sysmon, as data.
//!
//! From Sysmon's manifest (schema 4.90) for ids 1 to 26 and 255, from real events for 27 to 29, and from Sysmon for Linux for
//! its one own event. Fields stand in the product's order. Never here: where the agent puts them; that is `fields.rs`.

/// One row: id, name behind `sysmon.`, the product's title, fields.
pub(super) struct Row {
    pub(super) id: u32,
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) fields: &'static str,
}

const fn row(id: u32, name: &'static str, title: &'static str, fields: &'static str) -> Row {
    Row { id, name, title, fields }
}

/// Events of Windows' and Linux' Sysmon.
#[rustfmt::skip]
pub(super) const EVENTS: &[Row] = &[
    row(1, "process_create", "Process Create",
        "RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser"),
    row(2, "file_creation_time", "File creation time changed",
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime PreviousCreationUtcTime User"),
    row(3, "network_connect", "Network connection detected",
        "RuleName UtcTime ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName"),
    row(4, "state_change", "Sysmon service state changed",
        "UtcTime State Version SchemaVersion"),
    row(5, "process_terminate", "Process terminated",
        "RuleName UtcTime ProcessGuid ProcessId Image User"),
    row(6, "driver_load", "Driver loaded",
        "RuleName UtcTime ImageLoaded Hashes Signed Signature SignatureStatus"),
    row(7, "image_load", "Image loaded",
        "RuleName UtcTime ProcessGuid ProcessId Image ImageLoaded FileVersion Description Product Company OriginalFileName Hashes Signed Signature SignatureStatus User"),
    row(8, "create_remote_thread", "CreateRemoteThread detected",
        "RuleName UtcTime SourceProcessGuid SourceProcessId SourceImage TargetProcessGuid TargetProcessId TargetImage NewThreadId StartAddress StartModule StartFunction SourceUser TargetUser"),
    row(9, "raw_access_read", "RawAccessRead detected",
        "RuleName UtcTime ProcessGuid ProcessId Image Device User"),
    row(10, "process_access", "Process accessed",
        "RuleName UtcTime SourceProcessGUID SourceProcessId SourceThreadId SourceImage TargetProcessGUID TargetProcessId TargetImage GrantedAccess CallTrace SourceUser TargetUser"),
    row(11, "file_create", "File created",
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime User"),
    row(12, "registry_add_delete", "Registry object added or deleted",
        "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject User"),
    row(13, "registry_value_set", "Registry value set",
        "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject Details User"),
    row(14, "registry_rename", "Registry object renamed",
        "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject NewName User"),
    row(15, "file_create_stream_hash", "File stream created",
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime Hash Contents User"),
    row(16, "config_change", "Sysmon config state changed",
        "UtcTime Configuration ConfigurationFileHash"),
    row(17, "pipe_created", "Pipe Created",
        "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"),
    row(18, "pipe_connected", "Pipe Connected",
        "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"),
    row(19, "wmi_filter", "WmiEventFilter activity detected",
        "RuleName EventType UtcTime Operation User EventNamespace Name Query"),
    row(20, "wmi_consumer", "WmiEventConsumer activity detected",
        "RuleName EventType UtcTime Operation User Name Type Destination"),
    row(21, "wmi_binding", "WmiEventConsumerToFilter activity detected",
        "RuleName EventType UtcTime Operation User Consumer Filter"),
    row(22, "dns_query", "Dns query",
        "RuleName UtcTime ProcessGuid ProcessId QueryName QueryStatus QueryResults Image User"),
    row(23, "file_delete", "File Delete archived",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable Archived"),
    row(24, "clipboard_change", "Clipboard changed",
        "RuleName UtcTime ProcessGuid ProcessId Image Session ClientInfo Hashes Archived User"),
    row(25, "process_tampering", "Process Tampering",
        "RuleName UtcTime ProcessGuid ProcessId Image Type User"),
    row(26, "file_delete_detected", "File Delete logged",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable"),
    row(27, "file_block_executable", "File Block Executable",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes"),
    row(28, "file_block_shredding", "File Block Shredding",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable"),
    row(29, "file_executable_detected", "File Executable Detected",
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes"),
    row(255, "error", "Error report",
        "UtcTime ID Description"),
];

/// The event that only Sysmon for Linux has.
#[rustfmt::skip]
pub(super) const LINUX: Row = row(100, "ebpf", "eBPF event",
    "RuleName UtcTime ProcessGuid ProcessId Image User BpfCommand BpfProgramType BpfProgramId BpfProgramName");

/// Windows' provider and Linux'.
pub(super) const PROVIDERS: [&str; 2] = ["Microsoft-Windows-Sysmon", "Linux-Sysmon"];
/// Their channels.
pub(super) const CHANNELS: [&str; 2] = ["Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational"];
/// Service stopped, configuration changed, error: what nobody may drop unasked.
pub(super) const TAMPER: [u32; 3] = [4, 16, 255];
