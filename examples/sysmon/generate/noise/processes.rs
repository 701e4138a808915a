//! Starts and ends of processes, access to them, libraries and drivers.

use super::Family;

const SVCHOST: &str = r"C:\Windows\System32\svchost.exe";
const WMI: &str = r"C:\Windows\System32\wbem\WmiPrvSE.exe";
const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";

/// In the order of the filters' names.
pub const FAMILIES: &[Family] = &[
    Family {
        filter: "Sysmon: WMI provider host starts",
        event: 1,
        base: &[
            ("Image", WMI),
            ("CommandLine", r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding"),
            ("User", r"NT AUTHORITY\NETWORK SERVICE"),
            ("LogonId", "0x3e4"),
            ("TerminalSessionId", "0"),
            ("IntegrityLevel", "System"),
            ("ParentImage", SVCHOST),
            ("ParentCommandLine", r"C:\Windows\system32\svchost.exe -k DcomLaunch -p"),
            ("ParentUser", SYSTEM),
        ],
        decides: &["Image", "ParentImage"],
        drops: &[(
            "the 32-bit one, as SYSTEM of a Polish Windows",
            &[
                ("Image", r"C:\Windows\SysWOW64\wbem\WmiPrvSE.exe"),
                ("User", r"ZARZĄDZANIE NT\SYSTEM"),
                ("LogonId", "0x3e7"),
            ],
        )],
        keeps: &[
            (
                "a command that came by WMI",
                &[
                    ("Image", r"C:\Windows\System32\cmd.exe"),
                    ("CommandLine", r"cmd.exe /Q /c whoami"),
                    ("ParentImage", WMI),
                ],
            ),
            ("started by somebody else", &[("ParentImage", r"C:\Windows\System32\cmd.exe")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak"), ("LogonId", "0x2c9e7"), ("IntegrityLevel", "Medium")]),
            ("another logon", &[("LogonId", "0x2c9e7")]),
            ("a lesser process", &[("IntegrityLevel", "High")]),
            ("a file of that name elsewhere", &[("Image", r"C:\Windows\Temp\WmiPrvSE.exe")]),
            ("a folder without its end", &[("Image", r"C:\Windows\System32\wbemWmiPrvSE.exe")]),
            (
                "a parent of that name in a folder that users can write to",
                &[("ParentImage", r"C:\Windows\Tasks\svchost.exe")],
            ),
        ],
    },
    Family {
        filter: "Sysmon: search indexer starts its helpers",
        event: 1,
        base: &[
            ("Image", r"C:\Windows\System32\SearchProtocolHost.exe"),
            ("User", SYSTEM),
            ("LogonId", "0x3e7"),
            ("TerminalSessionId", "0"),
            ("IntegrityLevel", "Medium"),
            ("ParentImage", r"C:\Windows\System32\SearchIndexer.exe"),
            ("ParentUser", SYSTEM),
        ],
        decides: &["Image", "ParentImage"],
        drops: &[("the other helper", &[("Image", r"C:\WINDOWS\system32\SearchFilterHost.exe")])],
        keeps: &[
            ("started by somebody else", &[("ParentImage", r"C:\Windows\explorer.exe")]),
            ("another child of the indexer", &[("Image", r"C:\Windows\System32\rundll32.exe")]),
            ("another logon", &[("User", r"EXAMPLE\eva.novak"), ("LogonId", "0x3e75")]),
            ("on another drive", &[("Image", r"D:\Windows\System32\SearchProtocolHost.exe")]),
        ],
    },
    Family {
        filter: "Sysmon: helpers of Windows end",
        event: 5,
        base: &[("Image", r"C:\Windows\System32\SearchProtocolHost.exe"), ("User", SYSTEM)],
        decides: &["Image"],
        drops: &[
            (
                "the licence service on a French Windows",
                &[("Image", r"C:\Windows\System32\sppsvc.exe"), ("User", r"AUTORITE NT\SERVICE RÉSEAU")],
            ),
            ("the installer of Windows", &[("Image", r"C:\Windows\servicing\TrustedInstaller.exe")]),
        ],
        keeps: &[
            ("Sysmon", &[("Image", r"C:\Windows\Sysmon64.exe")]),
            ("Defender", &[("Image", r"C:\Program Files\Windows Defender\MsMpEng.exe")]),
            ("the event log's process", &[("Image", SVCHOST)]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
            (
                "in a folder that users can write to",
                &[("Image", r"C:\Windows\System32\spool\drivers\color\sppsvc.exe")],
            ),
        ],
    },
    Family {
        filter: "Sysmon: Defender asks processes who they are",
        event: 10,
        base: &[
            ("SourceImage", r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.25010.11-0\MsMpEng.exe"),
            ("SourceUser", SYSTEM),
            ("TargetImage", r"C:\Windows\System32\lsass.exe"),
            ("TargetUser", SYSTEM),
            ("GrantedAccess", "0x1000"),
        ],
        decides: &["SourceImage"],
        drops: &[
            (
                "as shipped with Windows",
                &[("SourceImage", r"C:\Program Files\Windows Defender\MsMpEng.exe"), ("GrantedAccess", "0x101400")],
            ),
            ("access as another agent writes it", &[("GrantedAccess", "0x00001400")]),
        ],
        keeps: &[
            ("reads memory", &[("GrantedAccess", "0x1410")]),
            ("everything", &[("GrantedAccess", "0x1fffff")]),
            (
                "a folder below that of the version",
                &[("SourceImage", r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.25010.11-0\x\MsMpEng.exe")],
            ),
            (
                "a folder of that name beside it, which users can make",
                &[("SourceImage", r"C:\ProgramData\Microsoft\Windows Defender Platform\4.18.25010.11-0\MsMpEng.exe")],
            ),
            ("no version", &[("SourceImage", r"C:\ProgramData\Microsoft\Windows Defender\Platform\MsMpEng.exe")]),
            ("another user, on a machine without Defender", &[("SourceUser", r"EXAMPLE\eva.novak")]),
            ("code of no library", &[("CallTrace", r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|UNKNOWN(000001E1C0A20000)")]),
            (
                "another program",
                &[("SourceImage", r"C:\Windows\System32\Taskmgr.exe"), ("SourceUser", r"EXAMPLE\eva.novak")],
            ),
        ],
    },
    Family {
        filter: "Sysmon: Windows services ask processes who they are",
        event: 10,
        base: &[
            ("SourceImage", r"C:\Windows\system32\svchost.exe"),
            ("SourceUser", SYSTEM),
            ("TargetImage", r"C:\Windows\explorer.exe"),
            ("GrantedAccess", "0x1000"),
        ],
        decides: &["SourceImage"],
        drops: &[(
            "waits for its end",
            &[("SourceImage", r"C:\Windows\system32\csrss.exe"), ("GrantedAccess", "0x101000")],
        )],
        keeps: &[
            ("lsass.exe", &[("TargetImage", r"C:\Windows\system32\lsass.exe")]),
            ("winlogon.exe", &[("TargetImage", r"C:\WINDOWS\SYSTEM32\WINLOGON.EXE")]),
            ("reads memory", &[("GrantedAccess", "0x1010")]),
            ("more of the process", &[("GrantedAccess", "0x1400")]),
            ("code of no library", &[("CallTrace", r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|UNKNOWN(00000249D7A10000)")]),
            ("another user", &[("SourceUser", r"EXAMPLE\eva.novak")]),
            ("another program", &[("SourceImage", r"C:\Windows\system32\rundll32.exe")]),
        ],
    },
    Family {
        filter: "Sysmon: Windows services load Windows libraries",
        event: 7,
        base: &[
            ("Image", SVCHOST),
            ("ImageLoaded", r"C:\Windows\System32\kernel32.dll"),
            ("User", SYSTEM),
            ("Signature", "Microsoft Windows"),
        ],
        decides: &["Image", "ImageLoaded", "Signature"],
        drops: &[
            ("a library of WMI", &[("Image", WMI), ("ImageLoaded", r"C:\WINDOWS\system32\wbem\fastprox.dll")]),
            ("another signer of Windows", &[("Signature", "Microsoft Windows Publisher")]),
        ],
        keeps: &[
            ("a tool to dump memory", &[("ImageLoaded", r"C:\Windows\System32\comsvcs.dll")]),
            (
                "a folder below, which users can write to",
                &[("ImageLoaded", r"C:\Windows\System32\spool\drivers\color\kernel32.dll")],
            ),
            ("a stream of a folder", &[("ImageLoaded", r"C:\Windows\System32\Tasks:kernel32.dll")]),
            ("a neighbour of the folder", &[("ImageLoaded", r"C:\Windows\System32kernel32.dll")]),
            ("not signed, whatever else it says", &[("Signed", "false")]),
            ("not signed", &[("Signed", "false"), ("Signature", "-"), ("SignatureStatus", "Unavailable")]),
            ("a signature that nobody vouches for", &[("SignatureStatus", "Expired")]),
            ("signed by another, with the company's name in the file", &[("Signature", "Sample Software Ltd")]),
            ("a signer in other letters", &[("Signature", "MICROSOFT WINDOWS")]),
            ("another program", &[("Image", r"C:\Windows\System32\rundll32.exe")]),
            ("lsass.exe", &[("Image", r"C:\Windows\System32\lsass.exe")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
    Family {
        filter: "Sysmon: Windows loads its own drivers",
        event: 6,
        base: &[("ImageLoaded", r"C:\Windows\System32\drivers\ksecdd.sys"), ("Signature", "Microsoft Windows")],
        decides: &["ImageLoaded", "Signature"],
        drops: &[("at another start", &[("ImageLoaded", r"C:\WINDOWS\system32\DRIVERS\tcpip.sys")])],
        keeps: &[
            (
                "a driver of somebody else",
                &[
                    ("ImageLoaded", r"C:\Windows\System32\drivers\RTCore64.sys"),
                    ("Signature", "Microsoft Windows Hardware Compatibility Publisher"),
                ],
            ),
            ("from a folder that users can write to", &[("ImageLoaded", r"C:\Windows\Temp\ksecdd.sys")]),
            (
                "a folder below, which users can write to",
                &[("ImageLoaded", r"C:\Windows\System32\drivers\DriverData\ksecdd.sys")],
            ),
            ("a neighbour of the folder", &[("ImageLoaded", r"C:\Windows\System32\drivers2\ksecdd.sys")]),
            ("a revoked signature", &[("SignatureStatus", "Revoked")]),
            ("not signed, whatever else it says", &[("Signed", "false")]),
            ("not signed", &[("Signed", "false"), ("Signature", ""), ("SignatureStatus", "Unavailable")]),
        ],
    },
];
