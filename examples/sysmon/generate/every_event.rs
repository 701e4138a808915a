//! Every event of Sysmon once, as it stands in the log of a quiet day: all kept, none worth an alert but where Sysmon itself
//! says so.

use super::sample::{ALERT, Sample};

const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";
const EXPLORER: &str = r"C:\Windows\explorer.exe";

/// Ids 1 to 29 and 255.
pub fn samples() -> Vec<Sample> {
    let quiet = |event, fields| Sample::new(event, fields).shows("one of every event");
    vec![
        quiet(4, &[("State", "Started"), ("Version", "15.15"), ("SchemaVersion", "4.90")])
            .shows("Sysmon starts with the machine"),
        quiet(
            1,
            &[
                ("Image", r"C:\Windows\System32\notepad.exe"),
                ("CommandLine", r#""C:\Windows\System32\notepad.exe" C:\Users\eva.novak\Documents\notes.txt"#),
                ("ParentImage", EXPLORER),
                ("ParentCommandLine", EXPLORER),
            ],
        ),
        quiet(2, &[("Image", EXPLORER), ("TargetFilename", r"C:\Users\eva.novak\Documents\budget.xlsx")]),
        quiet(
            3,
            &[
                ("Image", r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE"),
                ("DestinationIp", "198.51.100.25"),
                ("DestinationHostname", "mail.example.org"),
                ("DestinationPort", "443"),
                ("DestinationPortName", "https"),
            ],
        ),
        quiet(5, &[("Image", r"C:\Windows\System32\notepad.exe")]),
        quiet(
            6,
            &[("ImageLoaded", r"C:\Windows\System32\drivers\samplevpn.sys"), ("Signature", "Sample Software Ltd")],
        ),
        quiet(
            7,
            &[
                ("Image", EXPLORER),
                ("ImageLoaded", r"C:\Program Files\Sample Sync\overlay64.dll"),
                ("Product", "Sample Sync"),
                ("Company", "Sample Software Ltd"),
                ("Signature", "Sample Software Ltd"),
            ],
        ),
        quiet(
            8,
            &[
                ("SourceImage", r"C:\Windows\System32\csrss.exe"),
                ("SourceUser", SYSTEM),
                ("TargetImage", r"C:\Windows\System32\cmd.exe"),
                ("StartAddress", "0x00007FFB8C2A1540"),
                ("StartModule", r"C:\Windows\System32\KERNELBASE.dll"),
                ("StartFunction", "CtrlRoutine"),
            ],
        ),
        quiet(
            9,
            &[("Image", r"C:\Windows\System32\Defrag.exe"), ("Device", r"\Device\HarddiskVolume3"), ("User", SYSTEM)],
        ),
        quiet(
            10,
            &[
                ("SourceImage", EXPLORER),
                ("TargetImage", r"C:\Windows\System32\notepad.exe"),
                ("GrantedAccess", "0x1000"),
            ],
        ),
        quiet(11, &[("Image", EXPLORER), ("TargetFilename", r"C:\Users\eva.novak\Desktop\report.docx")]),
        quiet(
            12,
            &[
                ("Image", EXPLORER),
                ("TargetObject", r"HKU\S-1-5-21-1004336348-1177238915-682003330-1107\Control Panel\Desktop"),
            ],
        ),
        quiet(
            13,
            &[
                ("Image", r"C:\Windows\System32\services.exe"),
                ("User", SYSTEM),
                ("TargetObject", r"HKLM\System\CurrentControlSet\Services\SampleSync\Start"),
            ],
        ),
        quiet(
            14,
            &[
                ("Image", r"C:\Windows\regedit.exe"),
                ("TargetObject", r"HKLM\SOFTWARE\Sample Software\Sync.bak"),
                ("NewName", r"HKLM\SOFTWARE\Sample Software\Sync"),
            ],
        ),
        quiet(
            15,
            &[
                ("Image", r"C:\Program Files\Google\Chrome\Application\chrome.exe"),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\agenda.pdf:Zone.Identifier"),
                ("Contents", "[ZoneTransfer]  ZoneId=3  HostUrl=https://www.example.org/agenda.pdf  "),
            ],
        ),
        quiet(
            16,
            &[
                ("Configuration", r"C:\ProgramData\Sample\sysmon-config.xml"),
                ("ConfigurationFileHash", "SHA256=5B0C51E720250304000000000000000000000000000000000000000000000001"),
            ],
        )
        .about(ALERT)
        .tagged(&["suspicious"])
        .alerted()
        .shows("another configuration; never noise"),
        quiet(17, &[("Image", r"C:\Program Files\Sample Sync\sync.exe"), ("PipeName", r"\samplesync-1")]),
        quiet(18, &[("Image", "System"), ("User", SYSTEM), ("PipeName", r"\srvsvc")]),
        quiet(
            19,
            &[
                ("EventNamespace", r#" "root\\cimv2""#),
                ("Name", r#" "Sample Inventory""#),
                ("Query", r#" "SELECT * FROM Win32_VolumeChangeEvent WHERE EventType = 2""#),
                ("User", SYSTEM),
            ],
        ),
        quiet(
            20,
            &[
                ("Name", r#" "Sample Inventory""#),
                ("Type", "Log File"),
                ("Destination", r#" "C:\\ProgramData\\Sample\\inventory.log""#),
                ("User", SYSTEM),
            ],
        ),
        quiet(
            21,
            &[
                ("Consumer", r#" "LogFileEventConsumer.Name=\"Sample Inventory\"""#),
                ("Filter", r#" "__EventFilter.Name=\"Sample Inventory\"""#),
                ("User", SYSTEM),
            ],
        ),
        quiet(22, &[("Image", r"C:\Program Files\Mozilla Firefox\firefox.exe"), ("QueryName", "www.example.org")]),
        quiet(23, &[("Image", EXPLORER), ("TargetFilename", r"C:\Users\eva.novak\Desktop\old report.docx")]),
        quiet(
            24,
            &[
                ("Image", r"C:\Windows\System32\rdpclip.exe"),
                ("Session", "2"),
                ("ClientInfo", r"user: EXAMPLE\eva.novak hostname: ws02"),
            ],
        ),
        quiet(
            25,
            &[("Image", r"C:\Program Files\Google\Chrome\Application\chrome.exe"), ("Type", "Image is replaced")],
        ),
        quiet(
            26,
            &[
                ("Image", r"C:\Windows\System32\svchost.exe"),
                ("User", r"NT AUTHORITY\LOCAL SERVICE"),
                ("TargetFilename", r"C:\Windows\ServiceState\EventLog\Data\lastalive1.dat"),
            ],
        ),
        quiet(
            27,
            &[
                ("Image", r"C:\Program Files\Google\Chrome\Application\chrome.exe"),
                ("TargetFilename", r"C:\Users\eva.novak\Downloads\game.exe"),
            ],
        ),
        quiet(
            28,
            &[
                ("Image", r"C:\Windows\System32\taskhostw.exe"),
                ("TargetFilename", r"C:\Users\eva.novak\AppData\Local\Microsoft\Windows\WebCache\V01.log"),
            ],
        ),
        quiet(
            29,
            &[
                ("Image", r"C:\Windows\System32\msiexec.exe"),
                ("User", SYSTEM),
                ("TargetFilename", r"C:\Program Files\Sample Sync\sync.exe"),
            ],
        ),
        quiet(
            255,
            &[
                ("ID", "GetConfigurationOptions"),
                (
                    "Description",
                    "Failed to open service configuration with error 93 - Last error: The media is write protected.",
                ),
            ],
        )
        .about(ALERT)
        .tagged(&["suspicious"])
        .alerted()
        .shows("Sysmon in trouble; never noise"),
    ]
}
