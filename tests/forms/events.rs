//! Ten events of Sysmon, and one that is not Sysmon's though its id is. Made up: every name, address and hash.
//!
//! They have what trips readers: quotes, markup, backslashes, several lines, letters beyond ASCII, commas, empty values, `-`, hashes,
//! GUIDs, numbers, truth values; and values without a name.

/// A value, by the type that it has in Sysmon's manifest.
#[derive(Clone, Copy)]
pub enum V {
    Text(&'static str),
    Number(u32),
    Truth(bool),
    /// Upper case, without braces.
    Guid(&'static str),
    Hex(u64),
}

use V::{Guid, Hex, Number, Text, Truth};

impl V {
    /// As Windows writes it into an event's XML.
    pub fn text(self) -> String {
        match self {
            Text(text) => text.to_string(),
            Number(number) => number.to_string(),
            Truth(truth) => truth.to_string(),
            Guid(guid) => format!("{{{guid}}}"),
            Hex(number) => format!("{number:#x}"),
        }
    }
}

/// An event.
pub struct Made {
    pub provider: &'static str,
    pub guid: Option<&'static str>,
    pub channel: &'static str,
    pub id: u32,
    pub version: u32,
    pub task: u32,
    pub task_name: &'static str,
    pub keywords: u64,
    pub time: &'static str,
    pub record: u64,
    pub pid: u32,
    pub tid: u32,
    pub sid: Option<&'static str>,
    pub computer: &'static str,
    pub data: &'static [(&'static str, V)],
    /// The first line of the rendered message.
    pub title: &'static str,
}

impl Made {
    /// The rendered message, with the ends of lines of Windows.
    pub fn message(&self) -> String {
        let line = |(name, value): &(&str, V)| {
            if name.is_empty() { format!("\r\n{}", value.text()) } else { format!("\r\n{name}: {}", value.text()) }
        };
        self.title.to_string() + &self.data.iter().map(line).collect::<String>()
    }
}

const SYSMON: Made = Made {
    provider: "Microsoft-Windows-Sysmon",
    guid: Some("5770385F-C22A-43E0-BF4C-06F5698FFBD9"),
    channel: "Microsoft-Windows-Sysmon/Operational",
    id: 0,
    version: 5,
    task: 0,
    task_name: "",
    keywords: 1 << 63,
    time: "2024-03-05T08:09:10.123Z",
    record: 4711,
    pid: 2468,
    tid: 3120,
    sid: Some("S-1-5-18"),
    computer: "ws07.example.org",
    data: &[],
    title: "",
};

pub const EVENTS: [Made; 11] = [
    Made {
        id: 1,
        task: 1,
        task_name: "Process Create (rule: ProcessCreate)",
        title: "Process Create:",
        data: &[
            ("RuleName", Text("technique_id=T1059.003,technique_name=Windows Command Shell")),
            ("UtcTime", Text("2024-03-05 08:09:10.123")),
            ("ProcessGuid", Guid("A1B2C3D4-0001-65E6-0100-000000002A00")),
            ("ProcessId", Number(6204)),
            ("Image", Text(r"C:\Windows\System32\cmd.exe")),
            ("FileVersion", Text("10.0.22621.1 (made.by.hand)")),
            ("Description", Text("Befehlsprozessor – größer & \"besser\"")),
            ("Product", Text("Made® by™ Hand")),
            ("Company", Text("Müller, Søn & Co.")),
            ("OriginalFileName", Text("-")),
            ("CommandLine", Text("cmd.exe /c \"echo <a href='x'>&amp;</a>\"\r\necho 'C:\\temp\\new\\' & exit 0")),
            ("CurrentDirectory", Text(r"C:\Users\jörg\")),
            ("User", Text(r"EXAMPLE\jörg")),
            ("LogonGuid", Guid("A1B2C3D4-0002-65E6-E703-000000000000")),
            ("LogonId", Hex(0x3e7a1)),
            ("TerminalSessionId", Number(1)),
            ("IntegrityLevel", Text("Medium")),
            ("Hashes", Text("SHA1=00112233445566778899AABBCCDDEEFF00112233,MD5=00112233445566778899AABBCCDDEEFF")),
            ("ParentProcessGuid", Guid("A1B2C3D4-0003-65E6-0300-000000002A00")),
            ("ParentProcessId", Number(980)),
            ("ParentImage", Text(r"C:\Windows\explorer.exe")),
            ("ParentCommandLine", Text("C:\\Windows\\Explorer.EXE ")),
            ("ParentUser", Text(r"EXAMPLE\jörg")),
        ],
        ..SYSMON
    },
    Made {
        id: 3,
        task: 3,
        task_name: "Network connection detected (rule: NetworkConnect)",
        title: "Network connection detected:",
        time: "2024-03-05T08:09:11.200Z",
        record: 4712,
        data: &[
            ("RuleName", Text("-")),
            ("UtcTime", Text("2024-03-05 08:09:11.200")),
            ("ProcessGuid", Guid("A1B2C3D4-0001-65E6-0100-000000002A00")),
            ("ProcessId", Number(6204)),
            ("Image", Text(r"C:\Program Files\naïve\app.exe")),
            ("User", Text(r"NT AUTHORITY\SYSTEM")),
            ("Protocol", Text("tcp")),
            ("Initiated", Truth(true)),
            ("SourceIsIpv6", Truth(true)),
            ("SourceIp", Text("fe80:0:0:0:1:2:3:4")),
            ("SourceHostname", Text("")),
            ("SourcePort", Number(51000)),
            ("SourcePortName", Text("")),
            ("DestinationIsIpv6", Truth(false)),
            ("DestinationIp", Text("203.0.113.9")),
            ("DestinationHostname", Text("c2.example.net")),
            ("DestinationPort", Number(443)),
            ("DestinationPortName", Text("https")),
        ],
        ..SYSMON
    },
    Made {
        id: 4,
        task: 4,
        version: 3,
        task_name: "Sysmon service state changed",
        title: "Sysmon service state changed:",
        time: "2024-03-05T08:09:12.001Z",
        record: 4713,
        data: &[
            ("UtcTime", Text("2024-03-05 08:09:12.001")),
            ("State", Text("Started")),
            ("Version", Text("15.14")),
            ("SchemaVersion", Text("4.90")),
        ],
        ..SYSMON
    },
    Made {
        id: 8,
        task: 8,
        version: 2,
        task_name: "CreateRemoteThread detected (rule: CreateRemoteThread)",
        title: "CreateRemoteThread detected:",
        time: "2024-03-05T08:09:13.999Z",
        record: 4714,
        data: &[
            ("RuleName", Text("-")),
            ("UtcTime", Text("2024-03-05 08:09:13.999")),
            ("SourceProcessGuid", Guid("A1B2C3D4-0004-65E6-0400-000000002A00")),
            ("SourceProcessId", Number(7000)),
            ("SourceImage", Text(r"C:\Users\Public\inject.exe")),
            ("TargetProcessGuid", Guid("A1B2C3D4-0005-65E6-0500-000000002A00")),
            ("TargetProcessId", Number(7100)),
            ("TargetImage", Text(r"C:\Windows\System32\notepad.exe")),
            ("NewThreadId", Number(7104)),
            ("StartAddress", Text("0x00007FF8A1B20000")),
            ("StartModule", Text("-")),
            ("StartFunction", Text("")),
            ("SourceUser", Text(r"EXAMPLE\jörg")),
            ("TargetUser", Text(r"EXAMPLE\jörg")),
        ],
        ..SYSMON
    },
    Made {
        id: 10,
        task: 10,
        version: 3,
        task_name: "Process accessed (rule: ProcessAccess)",
        title: "Process accessed:",
        time: "2024-03-05T08:09:14.500Z",
        record: 4715,
        data: &[
            ("RuleName", Text("-")),
            ("UtcTime", Text("2024-03-05 08:09:14.500")),
            ("SourceProcessGUID", Guid("A1B2C3D4-0004-65E6-0400-000000002A00")),
            ("SourceProcessId", Number(7000)),
            ("SourceThreadId", Number(7004)),
            ("SourceImage", Text(r"C:\Users\Public\inject.exe")),
            ("TargetProcessGUID", Guid("A1B2C3D4-0006-65E6-0600-000000002A00")),
            ("TargetProcessId", Number(700)),
            ("TargetImage", Text(r"C:\Windows\system32\lsass.exe")),
            ("GrantedAccess", Hex(0x1410)),
            ("CallTrace", Text(r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|UNKNOWN(0000000000A1B2C3)")),
            ("SourceUser", Text(r"EXAMPLE\jörg")),
            ("TargetUser", Text(r"NT AUTHORITY\SYSTEM")),
        ],
        ..SYSMON
    },
    Made {
        id: 11,
        task: 11,
        version: 2,
        task_name: "File created (rule: FileCreate)",
        title: "File created:",
        time: "2024-03-05T08:09:15.010Z",
        record: 4716,
        data: &[
            ("RuleName", Text("-")),
            ("UtcTime", Text("2024-03-05 08:09:15.010")),
            ("ProcessGuid", Guid("A1B2C3D4-0001-65E6-0100-000000002A00")),
            ("ProcessId", Number(6204)),
            ("Image", Text(r"C:\Windows\explorer.exe")),
            ("TargetFilename", Text("C:\\Daten\\Übersicht, \u{6f22}\u{5b57}; \u{1f600} 100%.txt")),
            ("CreationUtcTime", Text("2024-03-05 08:09:15.009")),
            ("User", Text(r"EXAMPLE\jörg")),
        ],
        ..SYSMON
    },
    Made {
        id: 13,
        task: 13,
        version: 2,
        task_name: "Registry value set (rule: RegistryEvent)",
        title: "Registry value set:",
        time: "2024-03-05T08:09:16.777Z",
        record: 4717,
        data: &[
            ("RuleName", Text("-")),
            ("EventType", Text("SetValue")),
            ("UtcTime", Text("2024-03-05 08:09:16.777")),
            ("ProcessGuid", Guid("A1B2C3D4-0001-65E6-0100-000000002A00")),
            ("ProcessId", Number(6204)),
            ("Image", Text(r"C:\Windows\regedit.exe")),
            ("TargetObject", Text(r"HKU\S-1-5-21-1-2-3-1001\Software\Example\{A1B2C3D4-0007-65E6-0700-000000002A00}")),
            ("Details", Text("DWORD (0x00000001)")),
            ("User", Text(r"EXAMPLE\jörg")),
        ],
        ..SYSMON
    },
    Made {
        id: 15,
        task: 15,
        version: 2,
        task_name: "File stream created (rule: FileCreateStreamHash)",
        title: "File stream created:",
        time: "2024-03-05T08:09:17.450Z",
        record: 4718,
        data: &[
            ("RuleName", Text("-")),
            ("UtcTime", Text("2024-03-05 08:09:17.450")),
            ("ProcessGuid", Guid("A1B2C3D4-0001-65E6-0100-000000002A00")),
            ("ProcessId", Number(6204)),
            ("Image", Text(r"C:\Program Files\browser\browser.exe")),
            ("TargetFilename", Text(r"C:\Users\jörg\Downloads\setup.exe:Zone.Identifier")),
            ("CreationUtcTime", Text("2024-03-05 08:09:17.440")),
            ("Hash", Text("MD5=FFEEDDCCBBAA99887766554433221100")),
            ("Contents", Text("[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://example.com/?a=1&b=<2>\r\n")),
            ("User", Text(r"EXAMPLE\jörg")),
        ],
        ..SYSMON
    },
    Made {
        id: 22,
        task: 22,
        task_name: "Dns query (rule: DnsQuery)",
        title: "Dns query:",
        time: "2024-03-05T08:09:18.000Z",
        record: 4719,
        data: &[
            ("RuleName", Text("-")),
            ("UtcTime", Text("2024-03-05 08:09:18.000")),
            ("ProcessGuid", Guid("A1B2C3D4-0001-65E6-0100-000000002A00")),
            ("ProcessId", Number(6204)),
            ("QueryName", Text("xn--mller-kva.example.org")),
            ("QueryStatus", Text("0")),
            ("QueryResults", Text("type:  5 alias.example.org;::ffff:203.0.113.9;")),
            ("Image", Text(r"<unknown process>")),
            ("User", Text(r"NT AUTHORITY\NETWORK SERVICE")),
        ],
        ..SYSMON
    },
    Made {
        id: 255,
        task: 255,
        version: 3,
        task_name: "Error report",
        title: "Error report:",
        time: "2024-03-05T08:09:19.321Z",
        record: 4720,
        data: &[
            ("UtcTime", Text("2024-03-05 08:09:19.321")),
            ("ID", Text("QUEUE")),
            ("Description", Text("Events dropped from driver queue: ProcessAccess:3")),
        ],
        ..SYSMON
    },
    // Its id says nothing: it is not Sysmon's event 1.
    Made {
        provider: "Example Service",
        guid: None,
        channel: "Application",
        id: 1,
        version: 0,
        task: 0,
        task_name: "",
        keywords: 0x80_0000_0000_0000,
        time: "2024-03-05T08:09:20.000Z",
        record: 99,
        pid: 0,
        tid: 0,
        sid: None,
        data: &[("", Text("winlogbeat")), ("", Text("")), ("", Text("running"))],
        title: "The service changed:",
        ..SYSMON
    },
];
