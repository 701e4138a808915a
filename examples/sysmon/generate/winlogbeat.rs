//! The shape in which Winlogbeat 8.17 sends an event.
//!
//! In: samples. Out: one line of JSON each, with what a sample leaves open filled in from a seeded generator: numbers, GUIDs,
//! times, hashes. Winlogbeat sends every value of `event_data` as text and leaves out what is empty. Never here: what a
//! sample is meant to show.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::sample::{Sample, Source};

/// Title, tag in Sysmon's configuration (empty: always logged), version, and fields in Sysmon's order.
type Shape = (&'static str, &'static str, u8, &'static str);

fn shape(event: u16) -> Shape {
    match event {
        1 => (
            "Process Create",
            "ProcessCreate",
            5,
            "RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine \
             CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId \
             ParentImage ParentCommandLine ParentUser",
        ),
        2 => (
            "File creation time changed",
            "FileCreateTime",
            5,
            "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime PreviousCreationUtcTime User",
        ),
        3 => (
            "Network connection detected",
            "NetworkConnect",
            5,
            "RuleName UtcTime ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort \
             SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName",
        ),
        4 => ("Sysmon service state changed", "", 3, "UtcTime State Version SchemaVersion"),
        5 => ("Process terminated", "ProcessTerminate", 3, "RuleName UtcTime ProcessGuid ProcessId Image User"),
        6 => ("Driver loaded", "DriverLoad", 4, "RuleName UtcTime ImageLoaded Hashes Signed Signature SignatureStatus"),
        7 => (
            "Image loaded",
            "ImageLoad",
            3,
            "RuleName UtcTime ProcessGuid ProcessId Image ImageLoaded FileVersion Description Product Company OriginalFileName \
             Hashes Signed Signature SignatureStatus User",
        ),
        8 => (
            "CreateRemoteThread detected",
            "CreateRemoteThread",
            2,
            "RuleName UtcTime SourceProcessGuid SourceProcessId SourceImage TargetProcessGuid TargetProcessId TargetImage \
             NewThreadId StartAddress StartModule StartFunction SourceUser TargetUser",
        ),
        9 => ("RawAccessRead detected", "RawAccessRead", 2, "RuleName UtcTime ProcessGuid ProcessId Image Device User"),
        10 => (
            "Process accessed",
            "ProcessAccess",
            3,
            "RuleName UtcTime SourceProcessGUID SourceProcessId SourceThreadId SourceImage TargetProcessGUID TargetProcessId \
             TargetImage GrantedAccess CallTrace SourceUser TargetUser",
        ),
        11 => (
            "File created",
            "FileCreate",
            2,
            "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime User",
        ),
        12 => (
            "Registry object added or deleted",
            "RegistryEvent",
            2,
            "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject User",
        ),
        13 => (
            "Registry value set",
            "RegistryEvent",
            2,
            "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject Details User",
        ),
        14 => (
            "Registry object renamed",
            "RegistryEvent",
            2,
            "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject NewName User",
        ),
        15 => (
            "File stream created",
            "FileCreateStreamHash",
            2,
            "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime Hash Contents User",
        ),
        16 => ("Sysmon config state changed", "", 3, "UtcTime Configuration ConfigurationFileHash"),
        17 => ("Pipe Created", "PipeEvent", 1, "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"),
        18 => {
            ("Pipe Connected", "PipeEvent", 1, "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User")
        }
        19 => (
            "WmiEventFilter activity detected",
            "WmiEvent",
            3,
            "RuleName EventType UtcTime Operation User EventNamespace Name Query",
        ),
        20 => (
            "WmiEventConsumer activity detected",
            "WmiEvent",
            3,
            "RuleName EventType UtcTime Operation User Name Type Destination",
        ),
        21 => (
            "WmiEventConsumerToFilter activity detected",
            "WmiEvent",
            3,
            "RuleName EventType UtcTime Operation User Consumer Filter",
        ),
        22 => (
            "Dns query",
            "DnsQuery",
            5,
            "RuleName UtcTime ProcessGuid ProcessId QueryName QueryStatus QueryResults Image User",
        ),
        23 => (
            "File Delete archived",
            "FileDelete",
            5,
            "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable Archived",
        ),
        24 => (
            "Clipboard changed",
            "ClipboardChange",
            5,
            "RuleName UtcTime ProcessGuid ProcessId Image Session ClientInfo Hashes Archived User",
        ),
        25 => ("Process Tampering", "ProcessTampering", 5, "RuleName UtcTime ProcessGuid ProcessId Image Type User"),
        26 => (
            "File Delete logged",
            "FileDeleteDetected",
            5,
            "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable",
        ),
        27 => (
            "File Block Executable",
            "FileBlockExecutable",
            5,
            "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes",
        ),
        28 => (
            "File Block Shredding",
            "FileBlockShredding",
            5,
            "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable",
        ),
        29 => (
            "File Executable Detected",
            "FileExecutableDetected",
            5,
            "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes",
        ),
        255 => ("Error report", "", 3, "UtcTime ID Description"),
        2004 => ("A rule was added", "", 0, "RuleId RuleName Origin ApplicationPath Direction Action"),
        _ => ("Event of another source", "", 0, ""),
    }
}

/// Marsaglia's xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016X}", self.next()));
        }
        text.truncate(digits);
        text
    }

    fn guid(&mut self) -> String {
        format!("{{5b0c5a1e-{}-67c6-{}-000000000{}00}}", self.hex(4), self.hex(4), self.between(1, 9)).to_lowercase()
    }
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: String,
    #[serde(rename = "@metadata")]
    metadata: Metadata,
    agent: AgentInfo<'a>,
    ecs: Ecs,
    event: EventInfo<'a>,
    host: Host<'a>,
    log: Log,
    message: String,
    winlog: Winlog<'a>,
}

#[derive(Serialize)]
struct Metadata {
    beat: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct AgentInfo<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Ecs {
    version: &'static str,
}

#[derive(Serialize)]
struct EventInfo<'a> {
    action: String,
    code: String,
    created: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
}

#[derive(Serialize)]
struct Host<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Log {
    level: &'static str,
}

#[derive(Serialize)]
struct Winlog<'a> {
    api: &'static str,
    channel: &'a str,
    computer_name: &'a str,
    event_data: Data,
    event_id: String,
    opcode: &'static str,
    process: Process,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_guid: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_name: Option<&'a str>,
    record_id: u64,
    task: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    version: u8,
}

#[derive(Serialize)]
struct Process {
    pid: u64,
    thread: Thread,
}

#[derive(Serialize)]
struct Thread {
    id: u64,
}

/// Who wrote the event: Sysmon's own account, the same on every event.
#[derive(Serialize)]
struct User {
    domain: &'static str,
    identifier: &'static str,
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Written in the order given, with whatever features serde_json was built.
struct Data(Vec<(&'static str, String)>);

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The agents of a few machines: they number events, and fill in what samples leave open.
pub struct Agent {
    random: Random,
    record: u64,
    /// Milliseconds since 2025-03-04 07:00 UTC; the log stays within that day.
    clock: u64,
}

const HOSTS: [&str; 4] = ["ws01.example.org", "ws02.example.org", "ws03.example.org", "srv01.example.org"];

impl Agent {
    /// At the beginning of the log.
    pub fn new() -> Self {
        Self { random: Random(0x5b0c_51e7_2025_0304), record: 1000, clock: 0 }
    }

    /// The record id and the line of a sample.
    pub fn send(&mut self, sample: &Sample) -> Result<(u64, String), serde_json::Error> {
        self.record += 1;
        self.clock += self.random.between(900, 19_000);
        let host = HOSTS[self.random.between(0, 3) as usize];
        let (title, tag, version, names) = shape(sample.event);
        let data: Vec<(&'static str, String)> = names
            .split_whitespace()
            .map(|name| (name, self.value(sample, name)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let task = if tag.is_empty() { title.to_string() } else { format!("{title} (rule: {tag})") };
        let message = data.iter().fold(format!("{title}:"), |text, (name, value)| format!("{text}\n{name}: {value}"));
        let sysmon = matches!(sample.source, Source::Sysmon | Source::Channel | Source::Blank);
        let (channel, provider) = match sample.source {
            Source::Sysmon => ("Microsoft-Windows-Sysmon/Operational", Some("Microsoft-Windows-Sysmon")),
            Source::Channel => ("Microsoft-Windows-Sysmon/Operational", None),
            Source::Blank => ("Microsoft-Windows-Sysmon/Operational", Some("")),
            Source::Stranger => ("Microsoft-Windows-Sysmon/Operational", Some("Sample Backup")),
            Source::Application => ("Application", Some("Sample Backup")),
            Source::Nobody => ("Application", None),
            Source::Firewall => (
                "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
                Some("Microsoft-Windows-Windows Firewall With Advanced Security"),
            ),
            Source::Security => ("Security", Some("Microsoft-Windows-Security-Auditing")),
        };
        let line = serde_json::to_string(&Event {
            timestamp: format!("{}Z", self.time("T", 3)),
            metadata: Metadata { beat: "winlogbeat", kind: "_doc", version: "8.17.0" },
            agent: AgentInfo { name: host, kind: "winlogbeat", version: "8.17.0" },
            ecs: Ecs { version: "8.0.0" },
            event: EventInfo {
                action: task.clone(),
                code: sample.event.to_string(),
                created: format!("{}Z", self.time("T", 1_204)),
                kind: "event",
                provider,
            },
            host: Host { name: host },
            log: Log { level: if sample.event == 255 { "error" } else { "information" } },
            message,
            winlog: Winlog {
                api: "wineventlog",
                channel,
                computer_name: host,
                event_data: Data(data),
                event_id: sample.event.to_string(),
                opcode: "Info",
                process: Process { pid: 3284, thread: Thread { id: self.random.between(1_000, 9_000) } },
                provider_guid: sysmon.then_some("{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"),
                provider_name: provider,
                record_id: self.record,
                task,
                user: sysmon.then_some(User {
                    domain: "NT AUTHORITY",
                    identifier: "S-1-5-18",
                    name: "SYSTEM",
                    kind: "Well Known Group",
                }),
                version,
            },
        })?;
        Ok((self.record, line))
    }

    /// The event's time and some milliseconds, `-` between its numbers and `between` before the hour.
    fn time(&self, between: &str, later: u64) -> String {
        let ms = self.clock + later;
        let (hour, minute) = (7 + ms / 3_600_000, ms / 60_000 % 60);
        format!("2025-03-04{between}{hour:02}:{minute:02}:{:02}.{:03}", ms / 1_000 % 60, ms % 1_000)
    }

    /// What the sample says, or something fitting.
    fn value(&mut self, sample: &Sample, name: &str) -> String {
        if let Some(value) = sample.value(name) {
            return value.to_string();
        }
        let file = sample.value("ImageLoaded").or(sample.value("Image")).unwrap_or("");
        let of_windows = file.starts_with(r"C:\Windows\");
        match name {
            "RuleName" => "-".into(),
            "UtcTime" | "CreationUtcTime" => self.time(" ", 0),
            "PreviousCreationUtcTime" => "2025-02-11 09:30:12.118".into(),
            "ProcessGuid" | "ParentProcessGuid" | "LogonGuid" | "SourceProcessGuid" | "SourceProcessGUID"
            | "TargetProcessGuid" | "TargetProcessGUID" => self.random.guid(),
            "ProcessId" | "ParentProcessId" | "SourceProcessId" | "TargetProcessId" | "SourceThreadId"
            | "NewThreadId" => (self.random.between(200, 3_000) * 4).to_string(),
            "SourcePort" => self.random.between(49_152, 65_535).to_string(),
            "FileVersion" => "10.0.22621.1 (WinBuild.160101.0800)".into(),
            "Description" => "Sample".into(),
            "Product" if of_windows => "Microsoft® Windows® Operating System".into(),
            "Company" if of_windows => "Microsoft Corporation".into(),
            "Product" | "Company" => "Sample".into(),
            "OriginalFileName" => file.rsplit('\\').next().unwrap_or("").to_string(),
            "CommandLine" => file.to_string(),
            "CurrentDirectory" => r"C:\Windows\System32\".into(),
            "User" | "SourceUser" | "TargetUser" | "ParentUser" => r"EXAMPLE\eva.novak".into(),
            "LogonId" => format!("0x{:x}", self.random.between(0x40_000, 0xfff_fff)),
            "TerminalSessionId" => "1".into(),
            "IntegrityLevel" => "Medium".into(),
            "Hashes" | "Hash" => format!("SHA256={},IMPHASH={}", self.random.hex(64), self.random.hex(32)),
            "Protocol" => "tcp".into(),
            "Initiated" => "true".into(),
            "SourceIsIpv6" | "DestinationIsIpv6" => "false".into(),
            "SourceIp" => format!("192.0.2.{}", self.random.between(10, 99)),
            "Signed" => "true".into(),
            "SignatureStatus" => "Valid".into(),
            "EventType" => match sample.event {
                12 => "CreateKey",
                13 => "SetValue",
                14 => "RenameKey",
                17 => "CreatePipe",
                18 => "ConnectPipe",
                19 => "WmiFilterEvent",
                20 => "WmiConsumerEvent",
                21 => "WmiBindingEvent",
                _ => "",
            }
            .into(),
            "Operation" => "Created".into(),
            "QueryStatus" => "0".into(),
            "QueryResults" => "::ffff:198.51.100.17;".into(),
            "Details" => "DWORD (0x00000001)".into(),
            "IsExecutable" => "false".into(),
            "Archived" => "true".into(),
            "Contents" => "-".into(),
            "CallTrace" => r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Windows\System32\KERNELBASE.dll+2c13e".into(),
            _ => String::new(),
        }
    }
}
