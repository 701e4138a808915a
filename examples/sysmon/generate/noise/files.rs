//! Registry, files, pipes.

use super::Family;

const SVCHOST: &str = r"C:\Windows\System32\svchost.exe";
const INDEXER: &str = r"C:\Windows\System32\SearchIndexer.exe";
const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";
const LOCAL_SERVICE: &str = r"NT AUTHORITY\LOCAL SERVICE";
const TIWORKER: &str = r"C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.4820_none_9a8a3f1f0b5c1d2e\TiWorker.exe";

/// In the order of the filters' names.
pub const FAMILIES: &[Family] = &[
    Family {
        filter: "Sysmon: DHCP client notes its lease",
        event: 13,
        base: &[
            ("Image", SVCHOST),
            ("User", LOCAL_SERVICE),
            (
                "TargetObject",
                r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{0c1f7a52-9d3e-4b6a-8f21-3e5d7c9b1a40}\LeaseObtainedTime",
            ),
            ("Details", "DWORD (0x67c6a1f0)"),
        ],
        decides: &["Image", "TargetObject"],
        drops: &[(
            "another value, and a German Windows",
            &[
                ("User", r"NT-AUTORITÄT\LOKALER DIENST"),
                (
                    "TargetObject",
                    r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{0C1F7A52-9D3E-4B6A-8F21-3E5D7C9B1A40}\T1",
                ),
            ],
        )],
        keeps: &[
            (
                "another name server",
                &[
                    (
                        "TargetObject",
                        r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{0c1f7a52-9d3e-4b6a-8f21-3e5d7c9b1a40}\NameServer",
                    ),
                    ("Details", "203.0.113.53"),
                ],
            ),
            (
                "a value of another key",
                &[("TargetObject", r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\LeaseObtainedTime")],
            ),
            (
                "a key below",
                &[(
                    "TargetObject",
                    r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{0c1f7a52-9d3e-4b6a-8f21-3e5d7c9b1a40}\x\Lease",
                )],
            ),
            ("another program", &[("Image", r"C:\Windows\System32\reg.exe")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
    Family {
        filter: "Sysmon: time service notes its limits",
        event: 13,
        base: &[
            ("Image", SVCHOST),
            ("User", LOCAL_SERVICE),
            ("TargetObject", r"HKLM\System\CurrentControlSet\Services\W32Time\SecureTimeLimits\SecureTimeHigh"),
            ("Details", "QWORD (0x01db8ce0-0x4a1c2b3d)"),
        ],
        decides: &["Image", "TargetObject"],
        drops: &[(
            "below the key",
            &[(
                "TargetObject",
                r"HKLM\SYSTEM\CurrentControlSet\Services\W32Time\SecureTimeLimits\RunTime\SecureTimeTickCount",
            )],
        )],
        keeps: &[
            (
                "a library to load",
                &[
                    ("TargetObject", r"HKLM\System\CurrentControlSet\Services\W32Time\TimeProviders\NtpClient\DllName"),
                    ("Details", r"C:\Users\Public\provider.dll"),
                ],
            ),
            (
                "a neighbour of the key",
                &[("TargetObject", r"HKLM\System\CurrentControlSet\Services\W32Time\SecureTimeLimitsX\SecureTimeHigh")],
            ),
            ("another service", &[("User", r"NT AUTHORITY\NETWORK SERVICE")]),
            ("another program", &[("Image", r"C:\Windows\System32\w32tm.exe")]),
        ],
    },
    Family {
        filter: "Sysmon: Windows keeps the books of its updates",
        event: 12,
        base: &[
            ("Image", r"C:\Windows\servicing\TrustedInstaller.exe"),
            ("User", SYSTEM),
            ("TargetObject", r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\TiRunning"),
        ],
        decides: &["Image", "TargetObject"],
        drops: &[(
            "the servicing stack",
            &[
                ("Image", TIWORKER),
                ("EventType", "DeleteValue"),
                (
                    "TargetObject",
                    r"HKLM\COMPONENTS\DerivedData\Components\amd64_sample_31bf3856ad364e35_10.0.22621.4820_none_0123456789abcdef\c!sample",
                ),
            ],
        )],
        keeps: &[
            (
                "a start with Windows",
                &[("TargetObject", r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\Updater")],
            ),
            (
                "a neighbour of the key",
                &[(
                    "TargetObject",
                    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing2\TiRunning",
                )],
            ),
            ("a servicing stack in another folder", &[("Image", r"C:\Users\Public\TiWorker.exe")]),
            (
                "a folder below that of the servicing stack",
                &[(
                    "Image",
                    r"C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.4820_none_9a8a3f1f0b5c1d2e\x\TiWorker.exe",
                )],
            ),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
    Family {
        filter: "Sysmon: prefetch files",
        event: 11,
        base: &[
            ("Image", SVCHOST),
            ("User", SYSTEM),
            ("TargetFilename", r"C:\Windows\Prefetch\NOTEPAD.EXE-9F32B55F.pf"),
        ],
        decides: &["Image", "TargetFilename"],
        drops: &[(
            "another spelling",
            &[("TargetFilename", r"C:\WINDOWS\Prefetch\SEARCHPROTOCOLHOST.EXE-69C456C3.pf")],
        )],
        keeps: &[
            ("a program", &[("TargetFilename", r"C:\Windows\Prefetch\NOTEPAD.EXE")]),
            ("a folder below", &[("TargetFilename", r"C:\Windows\Prefetch\x\NOTEPAD.EXE-9F32B55F.pf")]),
            ("a stream of a file", &[("TargetFilename", r"C:\Windows\Prefetch\NOTEPAD.EXE-9F32B55F.pf:x.pf")]),
            ("a neighbour of the folder", &[("TargetFilename", r"C:\Windows\Prefetch2\NOTEPAD.EXE-9F32B55F.pf")]),
            ("another program", &[("Image", r"C:\Windows\System32\cmd.exe")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
    Family {
        filter: "Sysmon: search indexer writes its database",
        event: 11,
        base: &[
            ("Image", INDEXER),
            ("User", SYSTEM),
            ("TargetFilename", r"C:\ProgramData\Microsoft\Search\Data\Applications\Windows\edb00A4C.jtx"),
        ],
        decides: &["Image", "TargetFilename"],
        drops: &[(
            "below the folder",
            &[(
                "TargetFilename",
                r"C:\ProgramData\Microsoft\Search\Data\Applications\Windows\GatherLogs\SystemIndex\SystemIndex.41.gthr",
            )],
        )],
        keeps: &[
            (
                "a library",
                &[("TargetFilename", r"C:\ProgramData\Microsoft\Search\Data\Applications\Windows\msfte.dll")],
            ),
            (
                "a folder beside it, which users can make",
                &[("TargetFilename", r"C:\ProgramData\Microsoft\SearchData\edb.log")],
            ),
            (
                "a neighbour of the folder",
                &[("TargetFilename", r"C:\ProgramData\Microsoft\Search\Data\Applications\Windows2\edb.log")],
            ),
            ("another program", &[("Image", r"C:\ProgramData\SearchIndexer.exe")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
    Family {
        filter: "Sysmon: Windows unpacks its updates",
        event: 11,
        base: &[
            ("Image", TIWORKER),
            ("User", SYSTEM),
            (
                "TargetFilename",
                r"C:\Windows\WinSxS\Temp\InFlight\4f2a\amd64_sample_31bf3856ad364e35_10.0.22621.4820_none_0123456789abcdef\sample.dll",
            ),
        ],
        decides: &["Image", "TargetFilename"],
        drops: &[(
            "the download",
            &[
                ("Image", r"C:\WINDOWS\system32\svchost.exe"),
                ("TargetFilename", r"C:\Windows\SoftwareDistribution\Download\3c1e\windows11.0-kb5051989-x64.cab"),
            ],
        )],
        keeps: &[
            ("into System32", &[("TargetFilename", r"C:\Windows\System32\sample.dll")]),
            ("into a folder that users can write to", &[("TargetFilename", r"C:\Windows\Temp\sample.dll")]),
            ("into WinSxS, by the service that only downloads", &[("Image", SVCHOST)]),
            (
                "into the download folder, by another program",
                &[
                    ("Image", r"C:\Windows\System32\cmd.exe"),
                    ("TargetFilename", r"C:\Windows\SoftwareDistribution\Download\sample.dll"),
                ],
            ),
            ("a neighbour of the folder", &[("TargetFilename", r"C:\Windows\WinSxSTemp\sample.dll")]),
            ("a stream", &[("TargetFilename", r"C:\Windows\WinSxS\pending.xml:sample.dll")]),
            (
                "a servicing stack without its key",
                &[("Image", r"C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack\TiWorker.exe")],
            ),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
    Family {
        filter: "Sysmon: Windows services open their pipes",
        event: 17,
        base: &[("Image", r"C:\Windows\System32\lsass.exe"), ("User", SYSTEM), ("PipeName", r"\lsass")],
        decides: &["Image", "PipeName"],
        drops: &[
            ("another service", &[("Image", SVCHOST), ("User", LOCAL_SERVICE), ("PipeName", r"\eventlog")]),
            (
                "one a listening service",
                &[
                    ("Image", r"C:\Windows\System32\spoolsv.exe"),
                    ("PipeName", r"\Winsock2\CatalogChangeListener-b3c-0"),
                ],
            ),
        ],
        keeps: &[
            ("the name in another program", &[("Image", r"C:\Windows\Temp\tool.exe")]),
            (
                "a name of svchost.exe in another program",
                &[("Image", r"C:\Windows\Temp\tool.exe"), ("PipeName", r"\eventlog")],
            ),
            (
                "a listener of another program",
                &[("Image", r"C:\Windows\Temp\tool.exe"), ("PipeName", r"\Winsock2\CatalogChangeListener-b3c-0")],
            ),
            ("a name of svchost.exe in other letters", &[("Image", SVCHOST), ("PipeName", r"\EventLog")]),
            ("a name of another service", &[("PipeName", r"\spoolss")]),
            ("a name that begins so", &[("PipeName", r"\lsass_7f")]),
            ("in other letters", &[("PipeName", r"\LSASS")]),
            ("a name of an intruder's tool in a service", &[("Image", SVCHOST), ("PipeName", r"\msagent_4b")]),
            (
                "not quite the name of a listener",
                &[("Image", SVCHOST), ("PipeName", r"\Winsock2\CatalogChangeListener-b3c-0x")],
            ),
            (
                "a listener in other letters",
                &[("Image", SVCHOST), ("PipeName", r"\Winsock2\CatalogChangeListener-B3C-0")],
            ),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
];
