//! What classification and the alert are for, both halves; and what comes near.

use super::sample::{ALERT, INJECTION, Sample, Source};

const DUMPING: &str = "technique_id=T1003.001,technique_name=Credential Dumping";
const BYPASS: &str = "technique_id=T1562.001,technique_name=Sysmon Bypass";
const CHROME: &str = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
const EDGE: &str = r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe";

/// The rule that tells Sysmon's events from others.
const DATASET: &str = "Sysmon: among all events";
/// The rule that gives each event its group.
const GROUP: &str = "Sysmon: group for the histogram";
/// The rule that tags `suspicious`.
const SUSPICIOUS: &str = "Sysmon: suspicious";
/// The rule that tags `whitelisted`.
pub const WHITELISTED: &str = "Sysmon: whitelisted by hash";

// Hashes of tables/sysmon-hash-whitelist.csv.
const LABEL_DRIVER: &str =
    "SHA256=8A9BA50F0D020F7E745FE2657B41077F2B980DABE22C21C7DB42FE39B9FA9034,IMPHASH=00000000000000000000000000000000";
const BACKUP_AGENT: &str =
    "SHA256=E1A8BC8B20B82A9FFDC010823A6DAC56C7CCDE8DC3670EE0779A2AFDFC8B95E1,IMPHASH=9D2A6C0F13B7E84455AA01FE6B20C3D7";
const DICTATION: &str = "SHA1=5B0C51E7202503040000000000000000000000A1,SHA256=C1D88F0C7B8F2D2A7B5F6EE0B51DEB0C9FC53CC26D1408F1CE0426436E4B4A3B";
const TIME_SHEET: &str =
    "sha256=474d540040f4ca528787664ae723a04a5a9dfedeb546c8338b2c78c5be12143a,IMPHASH=00000000000000000000000000000000";
const ANAHEIM: &str =
    "SHA256=82254025D1B98D60044D3AEB7C56EED7C61C07C3E30534D6E05DAB9D6C326750,IMPHASH=00000000000000000000000000000000";

/// First what alerts, then what must not.
pub fn samples() -> Vec<Sample> {
    let fires = |event, fields, shows: &str| {
        Sample::new(event, fields).about(ALERT).tagged(&["suspicious"]).alerted().shows(shows)
    };
    let white = |event, fields, tags: &[&'static str], shows: &str| {
        Sample::new(event, fields).about(WHITELISTED).tagged(tags).shows(shows)
    };
    let named = |name: &str, shows: &str| {
        Sample::new(1, &[("Image", r"C:\Windows\System32\notepad.exe"), ("ParentImage", r"C:\Windows\explorer.exe")])
            .with_value("RuleName", name.to_string())
            .about(GROUP)
            .shows(shows)
    };
    let stream = |file: &str, shows: &str| {
        Sample::new(15, &[("Image", CHROME)])
            .with_value("TargetFilename", file.to_string())
            .about(SUSPICIOUS)
            .shows(shows)
    };
    let stranger = |event, name: &str, shows: &str| {
        Sample::new(event, &[])
            .with_value("RuleName", name.to_string())
            .about(SUSPICIOUS)
            .shows(shows)
            .from(Source::Firewall)
    };
    let quiet = |event, fields, shows: &str| Sample::new(event, fields).about(SUSPICIOUS).shows(shows);
    vec![
        // The half of events.
        fires(4, &[("State", "Stopped"), ("Version", "15.15"), ("SchemaVersion", "4.90")], "Sysmon is stopped"),
        fires(4, &[("Version", "15.15"), ("SchemaVersion", "4.90")], "a state that is missing is no start"),
        fires(
            16,
            &[("Configuration", r"C:\Windows\Sysmon64.exe -c --")],
            "the configuration is reset; there is no file and no hash",
        ),
        fires(
            255,
            &[
                ("ID", "DriverCommunication"),
                ("Description", "Failed to retrieve events - Last error: The operation was canceled."),
            ],
            "Sysmon loses its driver",
        ),
        fires(
            15,
            &[("Image", CHROME), ("TargetFilename", r"C:\Users\eva.novak\Downloads\invoice.exe")],
            "a program is downloaded",
        ),
        fires(
            15,
            &[("Image", EDGE), ("TargetFilename", r"C:\Users\eva.novak\Downloads\Invoice.pdf.JS")],
            "a script, whatever stands before",
        ),
        fires(
            15,
            &[
                ("Image", r"C:\Windows\System32\cmd.exe"),
                ("TargetFilename", r"C:\Users\eva.novak\Documents\notes.txt:payload.bin"),
            ],
            "something hides behind a file",
        ),
        fires(
            15,
            &[
                ("Image", r"C:\Windows\System32\cmd.exe"),
                ("TargetFilename", r"C:\Users\eva.novak\Documents\notes.txt:Zone.Identifier2"),
                ("Contents", "[ZoneTransfer]  ZoneId=3  "),
            ],
            "a stream of another name, with harmless words in it",
        ),
        fires(
            15,
            &[
                ("Image", r"C:\Windows\System32\cmd.exe"),
                ("TargetFilename", r"C:\Users\eva.novak\Documents\notes.txt:Zone.Identifier"),
                ("Contents", "payload"),
            ],
            "a stream of the harmless name, with something else in it",
        ),
        fires(
            15,
            &[
                ("Image", EDGE),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\agenda.pdf:SmartScreen"),
                (
                    "Hash",
                    "SHA256=82254025D1B98D60044D3AEB7C56EED7C61C07C3E30534D6E05DAB9D6C326751,IMPHASH=00000000000000000000000000000000",
                ),
            ],
            "a hash that differs from a listed one in its last digit",
        ),
        // The half of rule names, whatever the event.
        fires(
            10,
            &[
                ("RuleName", DUMPING),
                ("SourceImage", r"C:\Users\Public\procdump64.exe"),
                ("TargetImage", r"C:\Windows\system32\lsass.exe"),
                ("GrantedAccess", "0x1fffff"),
                ("CallTrace", r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|UNKNOWN(000001E1C0A20000)"),
            ],
            "the memory of lsass.exe is dumped",
        ),
        fires(
            7,
            &[
                ("RuleName", DUMPING),
                ("Image", r"C:\Windows\System32\rundll32.exe"),
                ("ImageLoaded", r"C:\Windows\System32\comsvcs.dll"),
                ("User", r"NT AUTHORITY\SYSTEM"),
                ("Signature", "Microsoft Windows"),
            ],
            "the dump by a library of Windows",
        ),
        fires(
            8,
            &[
                ("RuleName", INJECTION),
                ("SourceImage", r"C:\Users\eva.novak\Downloads\invoice.exe"),
                ("TargetImage", r"C:\Windows\System32\svchost.exe"),
                ("TargetUser", r"NT AUTHORITY\SYSTEM"),
                ("StartAddress", "0x0000021A5C3E0000"),
            ],
            "a thread in another process",
        ),
        fires(
            1,
            &[
                ("RuleName", "technique_id=T1562.001,technique_name=SYSMON BYPASS"),
                ("Image", r"C:\Windows\System32\fltMC.exe"),
                ("CommandLine", "fltmc.exe unload SysmonDrv"),
                ("ParentImage", r"C:\Windows\System32\cmd.exe"),
                ("IntegrityLevel", "High"),
            ],
            "the driver is unloaded; the name is compared ignoring case",
        ),
        fires(
            13,
            &[
                ("RuleName", BYPASS),
                ("Image", r"C:\Windows\System32\reg.exe"),
                ("TargetObject", r"HKLM\System\CurrentControlSet\Services\SysmonDrv\Parameters\Rules"),
                ("Details", "Binary Data"),
            ],
            "the rules are changed behind Sysmon's back",
        ),
        // Whitelisted by hash: no alert.
        white(
            15,
            &[
                ("Image", CHROME),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\timesheet-setup.exe"),
                ("Hash", TIME_SHEET),
            ],
            &["suspicious", "whitelisted"],
            "a program that somebody checked; the hash in small letters",
        ),
        white(
            15,
            &[
                ("Image", EDGE),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\agenda.pdf:SmartScreen"),
                ("Hash", ANAHEIM),
                ("Contents", "湁桡楥"),
            ],
            &["suspicious", "whitelisted"],
            "the mark that Edge writes beside every download",
        ),
        white(
            1,
            &[
                ("RuleName", INJECTION),
                ("Image", r"C:\Program Files\Sample Backup\backupagent.exe"),
                ("User", r"NT AUTHORITY\SYSTEM"),
                ("LogonId", "0x3e7"),
                ("IntegrityLevel", "System"),
                ("ParentImage", r"C:\Windows\System32\services.exe"),
                ("Hashes", BACKUP_AGENT),
            ],
            &["suspicious", "whitelisted"],
            "a rule name of the alert, and a program that somebody checked",
        ),
        white(
            6,
            &[
                ("ImageLoaded", r"C:\Windows\System32\drivers\labelprn.sys"),
                ("Hashes", LABEL_DRIVER),
                ("Signature", "Sample Labels Ltd"),
            ],
            &["whitelisted"],
            "a driver",
        ),
        white(
            7,
            &[
                ("RuleName", INJECTION),
                ("Image", r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"),
                ("ImageLoaded", r"C:\Program Files\Sample Dictation\dictate64.dll"),
                ("Hashes", DICTATION),
                ("Signed", "false"),
                ("Signature", "-"),
                ("SignatureStatus", "Unavailable"),
            ],
            &["suspicious", "whitelisted"],
            "a library",
        ),
        white(
            23,
            &[
                ("Image", r"C:\Windows\explorer.exe"),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\timesheet-setup.exe"),
                ("Hashes", TIME_SHEET),
                ("IsExecutable", "true"),
            ],
            &["whitelisted"],
            "a deleted file",
        ),
        Sample::new(
            29,
            &[
                ("Image", CHROME),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\timesheet-setup.exe"),
                ("Hashes", TIME_SHEET),
            ],
        )
        .about(WHITELISTED)
        .shows("the hash counts for events 1, 6, 7, 15 and 23 only"),
        fires(
            1,
            &[
                ("RuleName", INJECTION),
                ("Image", r"C:\Program Files\Sample Backup\backupagent.exe"),
                (
                    "CommandLine",
                    "backupagent.exe SHA256=E1A8BC8B20B82A9FFDC010823A6DAC56C7CCDE8DC3670EE0779A2AFDFC8B95E1",
                ),
                ("ParentImage", r"C:\Windows\System32\cmd.exe"),
            ],
            "a listed hash in the command line is no hash of the file",
        ),
        // Near what is suspicious.
        quiet(
            15,
            &[
                ("Image", CHROME),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\invoice.exe:Zone.Identifier"),
                ("Contents", "[ZoneTransfer]  ZoneId=3  "),
            ],
            "the mark beside a program: the program itself is another event",
        ),
        quiet(
            15,
            &[
                ("Image", CHROME),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\agenda.pdf:Zone.Identifier"),
                ("Contents", ""),
            ],
            "contents that are missing (Sysmon before 11.10)",
        ),
        quiet(15, &[("Image", CHROME), ("TargetFilename", r"C:\Users\eva.novak\Downloads\agenda.pdf")], "a document"),
        quiet(
            15,
            &[("Image", CHROME), ("TargetFilename", r"C:\Users\eva.novak\Downloads\how to use cmd.exe.pdf")],
            "a document with a program's name in it",
        ),
        quiet(
            1,
            &[
                ("RuleName", "technique_id=T1036.005,technique_name=Match Legitimate Name or Location"),
                ("Image", r"C:\Windows\System32\notepad.exe"),
                ("ParentImage", r"C:\Windows\explorer.exe"),
            ],
            "another rule name",
        ),
        quiet(
            1,
            &[
                ("Image", r"C:\Windows\System32\notepad.exe"),
                ("CommandLine", r"notepad.exe Credential Dumping.txt"),
                ("ParentImage", r"C:\Windows\explorer.exe"),
            ],
            "the words in the command line",
        ),
        quiet(4, &[("State", "Stopped")], "event 4 of another source").from(Source::Application),
        quiet(16, &[("Configuration", "none")], "event 16 of another source").from(Source::Security),
        // What the Sysmon configuration found, and how others write that they were alarmed.
        named("technique_id=T1003.002,technique_name=Security Account Manager", "a technique of the table")
            .tagged(&["suspicious"]),
        named("technique_id=T1588,technique_name=Mimikatz", "a name of the table, whatever its technique")
            .tagged(&["suspicious"]),
        named("Alert,Metasploit", "a configuration that says so at the start").tagged(&["suspicious"]),
        named("MitreRef=T1036,Technique=Masquerading,Alert=Look at this", "and one that says so behind other words")
            .tagged(&["suspicious"]),
        named("technique_id=T1036,technique_name=Alertness", "a word that only begins so"),
        // Groups.
        named("T1060,RunKey", "named by the configuration"),
        named("-", "what Sysmon writes where no rule named the event").grouped("forensic"),
        named("Context,CurrentDirectory", "a name that only gives context").grouped("forensic"),
        named("Forensic: every process", "the same").grouped("forensic"),
        Sample::new(8, &[("RuleName", "-")]).about(GROUP).shows("a kind that is about security whatever it is called"),
        Sample::new(22, &[("QueryName", "www.example.org")])
            .about(DATASET)
            .shows("an event that names no provider, in Sysmon's channel")
            .from(Source::Channel),
        Sample::new(22, &[("QueryName", "www.example.org")])
            .about(DATASET)
            .shows("another provider in Sysmon's channel")
            .from(Source::Stranger),
        Sample::new(22, &[("QueryName", "www.example.org")])
            .about(DATASET)
            .shows("no provider in another channel")
            .from(Source::Nobody),
        // Streams on shares and devices, and marks without contents.
        stream(r"\\files\share\agenda.pdf:payload.bin", "a stream on a share").alerted().tagged(&["suspicious"]),
        stream(r"\\?\C:\Users\Public\agenda.pdf:payload.bin", "a stream on a device path")
            .alerted()
            .tagged(&["suspicious"]),
        stream(r"C:\Users\Public:payload.bin", "a stream of a folder").alerted().tagged(&["suspicious"]),
        stream(r"\\files\share\agenda.pdf", "a document on a share"),
        stream(r"\\?\C:\Users\Public\agenda.pdf", "a document on a device path"),
        stream(r"C:\Users\Public\agenda.pdf:Zone.Identifier", "a mark whose contents Sysmon could not read")
            .with(&[("Contents", "-")]),
        // Other channels have fields with these names.
        stranger(2004, "Alert, Allow Sysmon Bypass", "a firewall rule with the alert's words in its name"),
        stranger(2004, "Alert,Metasploit", "a firewall rule with the words of a configuration"),
        stranger(2004, "technique_id=T1003.002,technique_name=Mimikatz", "a technique and a name of the tables"),
        stranger(1, "Sysmon Bypass", "an id of Sysmon as well"),
        Sample::new(22, &[("QueryName", "www.example.org")])
            .about(DATASET)
            .shows("an event whose provider is empty, in Sysmon's channel")
            .from(Source::Blank),
        named("Alert", "a configuration that says nothing else").tagged(&["suspicious"]),
        named("RunKey,Alert", "one that says so at the end").tagged(&["suspicious"]),
        named("RunKey,Alerts", "a word at the end that only begins so"),
        named("technique_id=T1685,technique_name=Disable or Modify Tools", "what T1562.001 is called today")
            .tagged(&["suspicious"]),
        named("Credential Access,Mimikatz", "a word that is no name of a technique"),
    ]
}
