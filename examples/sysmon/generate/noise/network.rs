//! DNS and network connections.

use super::Family;

const SVCHOST: &str = r"C:\Windows\System32\svchost.exe";
const CHROME: &str = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
const NETWORK_SERVICE: &str = r"NT AUTHORITY\NETWORK SERVICE";
const LOCAL_SERVICE: &str = r"NT AUTHORITY\LOCAL SERVICE";

/// In the order of the filters' names.
pub const FAMILIES: &[Family] = &[
    Family {
        filter: "Sysmon: routine DNS of Windows",
        event: 22,
        base: &[("Image", SVCHOST), ("User", NETWORK_SERVICE), ("QueryName", "ctldl.windowsupdate.com")],
        decides: &["Image", "QueryName"],
        drops: &[
            (
                "an older spelling of the path",
                &[("Image", r"C:\WINDOWS\system32\svchost.exe"), ("QueryName", "au.download.windowsupdate.com")],
            ),
            (
                "telemetry, as SYSTEM on a German Windows",
                &[("User", r"NT-AUTORITÄT\SYSTEM"), ("QueryName", "v10.events.data.microsoft.com")],
            ),
            ("a whole name", &[("QueryName", "time.windows.com")]),
        ],
        keeps: &[
            ("another domain with the same ending", &[("QueryName", "evilwindowsupdate.com")]),
            ("the domain in front of another", &[("QueryName", "ctldl.windowsupdate.com.example.net")]),
            ("a name that everybody can rent", &[("QueryName", "updates-cdn.azureedge.net")]),
            ("another program", &[("Image", r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe")]),
            ("a file of that name in a user's folder", &[("Image", r"C:\Users\Public\svchost.exe")]),
            ("a folder with a blank behind its name", &[("Image", r"C:\Windows \System32\svchost.exe")]),
            ("a stream of the file", &[("Image", r"C:\Windows\System32\svchost.exe:hidden.exe")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
            ("a user that is not told (Sysmon before 13.30)", &[("User", "")]),
            ("asked in vain", &[("QueryStatus", "9003"), ("QueryResults", "-")]),
        ],
    },
    Family {
        filter: "Sysmon: search for the own domain controllers",
        event: 22,
        base: &[
            ("Image", r"C:\Windows\System32\lsass.exe"),
            ("User", r"NT AUTHORITY\SYSTEM"),
            ("QueryName", "_ldap._tcp.Default-First-Site-Name._sites.dc._msdcs.example.org"),
        ],
        decides: &["Image", "QueryName"],
        drops: &[(
            "by the DNS client, for Kerberos",
            &[("Image", SVCHOST), ("User", NETWORK_SERVICE), ("QueryName", "_kerberos._tcp.dc._msdcs.example.org.")],
        )],
        keeps: &[
            (
                "a survey of the directory",
                &[("Image", r"C:\ProgramData\SharpView.exe"), ("User", r"EXAMPLE\eva.novak")],
            ),
            ("another program, as SYSTEM", &[("Image", r"C:\Windows\System32\nltest.exe")]),
            ("another domain", &[("QueryName", "_ldap._tcp.dc._msdcs.example.net")]),
            ("a domain with the same ending", &[("QueryName", "_ldap._tcp.dc._msdcs.notexample.org")]),
            ("another kind of name", &[("QueryName", "files.example.org")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
    Family {
        filter: "Sysmon: browsers on the web",
        event: 3,
        base: &[
            ("Image", CHROME),
            ("DestinationIp", "8.8.8.8"),
            ("DestinationHostname", "dns.google"),
            ("DestinationPort", "443"),
            ("DestinationPortName", "https"),
        ],
        decides: &["Image"],
        drops: &[
            (
                "HTTP",
                &[
                    ("Image", r"C:\Program Files\Mozilla Firefox\firefox.exe"),
                    ("DestinationPort", "80"),
                    ("DestinationPortName", "http"),
                ],
            ),
            (
                "QUIC, by IPv6",
                &[
                    ("Image", r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe"),
                    ("Protocol", "udp"),
                    ("DestinationIsIpv6", "true"),
                    ("DestinationIp", "2001:4860:4860::8888"),
                ],
            ),
        ],
        keeps: &[
            (
                "a server of the own network",
                &[("DestinationIp", "10.20.30.40"), ("DestinationHostname", "intranet.example.org")],
            ),
            (
                "an own address written as IPv6",
                &[("DestinationIsIpv6", "true"), ("DestinationIp", "::ffff:10.20.30.40")],
            ),
            ("the machine itself", &[("DestinationIp", "127.0.0.1")]),
            ("an address that nobody has", &[("DestinationIp", "203.0.113.7")]),
            ("another port", &[("DestinationPort", "445"), ("DestinationPortName", "microsoft-ds")]),
            ("a port that begins so", &[("DestinationPort", "4433"), ("DestinationPortName", "")]),
            ("UDP to port 80", &[("Protocol", "udp"), ("DestinationPort", "80")]),
            ("from outside", &[("Initiated", "false")]),
            (
                "a browser in a user's folder",
                &[("Image", r"C:\Users\eva.novak\AppData\Local\Google\Chrome\Application\chrome.exe")],
            ),
            ("a neighbour of the folder", &[("Image", r"C:\Program Files\Google\ChromeUpdate\Application\chrome.exe")]),
            (
                "another program in the folder",
                &[("Image", r"C:\Program Files\Google\Chrome\Application\chrome_proxy.exe")],
            ),
        ],
    },
    Family {
        filter: "Sysmon: updaters on the web",
        event: 3,
        base: &[
            ("Image", r"C:\Program Files (x86)\Microsoft\EdgeUpdate\MicrosoftEdgeUpdate.exe"),
            ("User", r"NT AUTHORITY\SYSTEM"),
            ("DestinationIp", "8.8.4.4"),
            ("DestinationPort", "443"),
            ("DestinationPortName", "https"),
        ],
        decides: &["Image"],
        drops: &[(
            "in a folder named after its version",
            &[
                ("Image", r"C:\Program Files (x86)\Google\GoogleUpdater\134.0.6985.0\updater.exe"),
                ("DestinationPort", "80"),
            ],
        )],
        keeps: &[
            ("another port", &[("DestinationPort", "8080"), ("DestinationPortName", "")]),
            ("from outside", &[("Initiated", "false")]),
            ("by UDP", &[("Protocol", "udp")]),
            ("a server of the own network", &[("DestinationIp", "192.168.7.20")]),
            (
                "a folder below that of the version",
                &[("Image", r"C:\Program Files (x86)\Google\GoogleUpdater\134.0.6985.0\Temp\updater.exe")],
            ),
            (
                "a folder that is no version",
                &[("Image", r"C:\Program Files (x86)\Google\GoogleUpdater\x134.0.6985.0\updater.exe")],
            ),
            ("in a user's folder", &[("Image", r"C:\Users\eva.novak\AppData\Local\Google\Update\GoogleUpdate.exe")]),
        ],
    },
    Family {
        filter: "Sysmon: time service sets the clock",
        event: 3,
        base: &[
            ("Image", SVCHOST),
            ("User", LOCAL_SERVICE),
            ("Protocol", "udp"),
            ("SourcePort", "123"),
            ("SourcePortName", "ntp"),
            ("DestinationIp", "203.0.113.123"),
            ("DestinationHostname", "ntp.example.org"),
            ("DestinationPort", "123"),
            ("DestinationPortName", "ntp"),
        ],
        decides: &["Image"],
        drops: &[("on a French Windows", &[("User", r"AUTORITE NT\SERVICE LOCAL")])],
        keeps: &[
            ("from another port", &[("SourcePort", "51234"), ("SourcePortName", "")]),
            ("to another port", &[("DestinationPort", "1234"), ("DestinationPortName", "")]),
            ("by TCP", &[("Protocol", "tcp")]),
            ("another service", &[("User", NETWORK_SERVICE)]),
            ("another program", &[("Image", r"C:\Windows\System32\w32tm.exe")]),
        ],
    },
    Family {
        filter: "Sysmon: search for devices nearby",
        event: 3,
        base: &[
            ("Image", SVCHOST),
            ("User", LOCAL_SERVICE),
            ("Protocol", "udp"),
            ("DestinationIp", "239.255.255.250"),
            ("DestinationPort", "1900"),
            ("DestinationPortName", "ssdp"),
        ],
        decides: &["Image"],
        drops: &[
            (
                "WS-Discovery by IPv6",
                &[
                    ("DestinationIsIpv6", "true"),
                    ("DestinationIp", "ff02::c"),
                    ("DestinationPort", "3702"),
                    ("DestinationPortName", ""),
                ],
            ),
            (
                "mDNS",
                &[
                    ("User", NETWORK_SERVICE),
                    ("DestinationIp", "224.0.0.251"),
                    ("DestinationPort", "5353"),
                    ("DestinationPortName", ""),
                ],
            ),
        ],
        keeps: &[
            (
                "LLMNR",
                &[
                    ("User", NETWORK_SERVICE),
                    ("DestinationIp", "224.0.0.252"),
                    ("DestinationPort", "5355"),
                    ("DestinationPortName", "llmnr"),
                ],
            ),
            ("the port at one machine", &[("DestinationIp", "192.168.7.20")]),
            ("another program", &[("Image", r"C:\Windows\System32\spoolsv.exe")]),
            ("by TCP", &[("Protocol", "tcp")]),
            ("another group", &[("DestinationIp", "239.255.255.251")]),
            ("the port of another group", &[("DestinationPort", "5353"), ("DestinationPortName", "")]),
            ("the group of mDNS at another port", &[("DestinationIp", "224.0.0.251")]),
            ("from outside", &[("Initiated", "false")]),
            ("another user", &[("User", r"EXAMPLE\eva.novak")]),
        ],
    },
];
