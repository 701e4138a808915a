//! Constructs that Sysmon takes and nobody can mean, each beside one that is meant.

use super::read;

/// The codes of all findings, in the order of their places.
fn codes(schema: &str, options: &str, nodes: &str) -> Vec<String> {
    let text = format!("<Sysmon schemaversion=\"{schema}\">{options}<EventFiltering>{nodes}</EventFiltering></Sysmon>");
    read("findings.xml", text.as_bytes()).1.iter().map(|found| found.code.to_string()).collect()
}

/// Nodes in a group with `or`.
fn or(nodes: &str) -> String {
    format!("<RuleGroup groupRelation=\"or\">{nodes}</RuleGroup>")
}

/// Filters of a node that includes.
fn include(tag: &str, filters: &str) -> String {
    or(&format!("<{tag} onmatch=\"include\">{filters}</{tag}>"))
}

fn filter(field: &str, condition: &str, value: &str) -> String {
    format!("<{field} condition=\"{condition}\">{value}</{field}>")
}

#[test]
fn values_and_lists() {
    // As much as Sysmon has room for where it puts variables in, and one more.
    let long = format!("{}%", "ä日".repeat(129) + "a");
    let fits: String = long.chars().skip(1).collect();
    let table = [
        // A list under a condition for one value; a semicolon that is none.
        ("Image", "is", r"c:\a;c:\b", "BS1009"),
        ("CommandLine", "contains", "a;", ""),
        ("CommandLine", "contains any", "a;b", ""),
        // Empty values and items.
        ("CommandLine", "contains", "", "BS1013"),
        ("CommandLine", "is", "", "BS1013"),
        ("CommandLine", "contains any", "a;", "BS1013"),
        ("CommandLine", "excludes any", "a;", "BS1013"),
        ("CommandLine", "contains any", "a;;b", "BS1013"),
        ("CommandLine", "is any", ";a", "BS1013"),
        // Blanks beside semicolons; blanks that can be meant.
        ("User", "is any", "a; b", "BS1014"),
        ("User", "is any", "a ;b", "BS1014"),
        ("CommandLine", "contains any", "a ;b", ""),
        ("CommandLine", "contains any", " a;b", ""),
        // A name where the whole path is compared; names that are whole.
        ("Image", "is", "cmd.exe", "BS1015"),
        ("ParentImage", "is any", "a.exe;b.exe", "BS1015"),
        ("Image", "is", "System", ""),
        ("Image", "is any", r"a.exe;c:\b.exe", ""),
        ("OriginalFileName", "is", "cmd.exe", ""),
        ("Image", "image", "cmd.exe", ""),
        // Line breaks around a value; inside of one.
        ("Image", "image", "\ncmd.exe\n", "BS1015"),
        ("CommandLine", "contains", "a\nb", ""),
        // Variables; percent signs that are none.
        ("Image", "begin with", r"%TEMP%\", "BS1016"),
        ("CommandLine", "contains", "100%", ""),
        ("CommandLine", "contains", "% %", ""),
        ("CommandLine", "contains any", long.as_str(), "BS1015 BS1019"),
        ("CommandLine", "contains any", fits.as_str(), "BS1019"),
        // Letters with another case beyond ASCII; letters without.
        ("Image", "contains", r"\Übung\", "BS1019"),
        ("Image", "contains", r"\straße\", "BS1019"),
        ("Image", "contains", "ˆ", ""),
        ("Image", "contains", "日本", ""),
        // Blanks around what has none; around what may.
        ("Image", "image", " cmd.exe", "BS1015"),
        ("Image", "begin with", r" C:\", "BS1015"),
        ("Image", "end with", r"\cmd.exe ", "BS1015"),
        ("Image", "contains", " (x86)", ""),
        ("CommandLine", "end with", " -", ""),
        // Parts of a path under a condition that wants all of it.
        ("Image", "image", r"System32\cmd.exe", "BS1015"),
        ("Image", "image", r"C:\Windows\cmd.exe", ""),
        ("Image", "image", r"\\server\share\cmd.exe", ""),
        ("Image", "end with", r"System32\cmd.exe", ""),
        ("Image", "is", "C:/Windows/cmd.exe", "BS1015"),
        // What is not known yet.
        ("RuleName", "contains", "T1059", "BS1015"),
        // Numbers as texts.
        ("ProcessId", "more than", "1000", "BS1023"),
        ("FileVersion", "less than", "10.0", ""),
        ("ProcessId", "is", "4", ""),
    ];
    for (field, condition, value, code) in table {
        let found = codes("4.90", "", &include("ProcessCreate", &filter(field, condition, value)));
        assert_eq!(found.join(" "), code, "{field} {condition} {value:?}");
    }
}

#[test]
fn rules_and_nodes() {
    let image = |name: &str| filter("Image", "image", name);
    let named = |name: &str, image: &str| format!("<Image name=\"{name}\" condition=\"image\">{image}</Image>");
    let rule = |filters: &str| format!("<Rule groupRelation=\"and\">{filters}</Rule>");
    let bare = |filters: &str| format!("<ProcessCreate onmatch=\"include\">{filters}</ProcessCreate>");
    let exclude = |filters: &str| or(&format!("<ProcessCreate onmatch=\"exclude\">{filters}</ProcessCreate>"));
    let command = filter("CommandLine", "contains", "x");
    let is_not = |value: &str| filter("User", "is not", value);
    let table: [(&str, String, &str); 35] = [
        ("the same twice", include("ProcessCreate", &(image("a") + &image("A"))), "BS1015"),
        ("nearly the same", include("ProcessCreate", &(image("a") + &image("b"))), ""),
        (
            "a contradiction",
            include("ProcessCreate", &rule(&(filter("User", "is", "a") + &filter("User", "is", "b")))),
            "BS1015",
        ),
        (
            "two beginnings",
            include("ProcessCreate", &rule(&(filter("User", "begin with", "a") + &filter("User", "begin with", "b")))),
            "BS1015",
        ),
        (
            "one beginning in another",
            include("ProcessCreate", &rule(&(filter("User", "begin with", "a") + &filter("User", "begin with", "ab")))),
            "",
        ),
        (
            "a list and a part",
            include("ProcessCreate", &rule(&(filter("User", "is any", "a;b") + &filter("User", "contains", "b")))),
            "",
        ),
        ("an empty Rule", include("ProcessCreate", &(image("a") + &rule(""))), "BS1015"),
        ("different fields outside of a group", bare(&(image("a") + &command)), "BS1011"),
        ("one field outside of a group", bare(&(image("a") + &image("b"))), ""),
        (
            "and with one name",
            format!("<RuleGroup groupRelation=\"and\">{}</RuleGroup>", bare(&(named("n", "a") + &command))),
            "",
        ),
        ("no relation", format!("<RuleGroup>{}</RuleGroup>", bare(&image("a"))), "BS1007"),
        ("two excludes", exclude(&image("a")) + &exclude(&image("b")), "BS1010"),
        ("an exclude and an empty include", exclude(&image("a")) + &include("ProcessCreate", ""), "BS1010"),
        ("an exclude and an include", exclude(&image("a")) + &include("ProcessCreate", &image("b")), ""),
        ("a name that leaks", include("ProcessCreate", &(rule(&(named("n", "a") + &command)) + &command)), "BS1012"),
        (
            "a name at the end",
            include("ProcessCreate", &(rule(&(command.clone() + &named("n", "a"))) + &image("b"))),
            "",
        ),
        (
            "nothing without a name behind",
            include("ProcessCreate", &(rule(&(named("n", "a") + &command)) + &named("m", "b"))),
            "",
        ),
        ("a leak into what is not logged", exclude(&(rule(&(named("n", "a") + &command)) + &image("b"))), ""),
        (
            "names that leak from two Rules, and one that finds nobody",
            include(
                "ProcessCreate",
                &(rule(&(named("n", "a") + &command))
                    + &rule(&(named("m", "b") + &command))
                    + &command
                    + &rule(&(named("o", "c") + &command))),
            ),
            "BS1012 BS1012",
        ),
        ("not one or not the other", include("ProcessCreate", &(is_not("a") + &is_not("b"))), "BS1022"),
        ("the same in a Rule", include("ProcessCreate", &rule(&(is_not("a") + &is_not("b")))), ""),
        ("not one, twice", include("ProcessCreate", &(is_not("a") + &filter("Image", "is not", r"c:\b"))), ""),
        (
            "a Rule that does not say its relation",
            include("ProcessCreate", &format!("<Rule>{}{command}</Rule>", image("a"))),
            "BS1007",
        ),
        ("one filter needs none", include("ProcessCreate", &format!("<Rule>{command}</Rule>")), ""),
        ("a comment in a value", include("ProcessCreate", "<Image condition=\"image\">a<!-- b -->c</Image>"), "BS1020"),
        ("a comment before one", include("ProcessCreate", "<Image condition=\"image\"><!-- b -->c</Image>"), ""),
        ("text where filters stand", include("ProcessCreate", "cmd.exe"), "BS1006"),
        (
            "what holds rules in a wrong case",
            or("<processcreate onmatch=\"include\"><Image>a</Image></processcreate>"),
            "BS1006",
        ),
        ("a filter outside of a node", or(&command), "BS1006"),
        ("User of a series", include("RegistryEvent", &filter("User", "is", "a")), "BS1015"),
        ("Details of a series", include("RegistryEvent", &filter("Details", "is", "a")), ""),
        ("what prevents", include("FileBlockExecutable", &filter("Image", "image", "a")), "BS1017"),
        ("what prevents nothing", include("FileBlockExecutable", ""), ""),
        ("the clipboard without its option", include("ClipboardChange", &image("a")), "BS1015"),
        ("an unknown element", or("<ProcessStart onmatch=\"include\"/>"), "BS1006"),
    ];
    for (what, nodes, code) in table {
        assert_eq!(codes("4.90", "", &nodes).join(" "), code, "{what}: {nodes}");
    }
    assert_eq!(codes("4.90", "<CaptureClipboard/>", &include("ClipboardChange", &image("a"))).join(" "), "");
    assert_eq!(codes("4.90", "<Hash>x</Hash>", "").join(" "), "BS1006");
    assert_eq!(codes("4.90", "<HashAlgorithms>md5,sha512</HashAlgorithms>", "").join(" "), "BS1006");
    assert_eq!(codes("4.90", &include("ProcessCreate", &image("a")), "").join(" "), "BS1006");
    let hash = include("ProcessCreate", &filter("Hashes", "contains", "MD5=00112233445566778899AABBCCDDEEFF"));
    for (algorithms, code) in [("sha256, IMPHASH", "BS1015"), ("sha256,md5", ""), ("*", "")] {
        let option = format!("<HashAlgorithms>{algorithms}</HashAlgorithms>");
        assert_eq!(codes("4.90", &option, &hash).join(" "), code, "{algorithms}");
    }
}

#[test]
fn what_is_newer_than_the_schema() {
    let any = include("ProcessCreate", &filter("Image", "contains any", "a;b"));
    assert_eq!(codes("4.21", "", &any).join(" "), "BS1008");
    assert_eq!(codes("4.22", "", &any).join(" "), "");
    let detected = include("FileExecutableDetected", &filter("Image", "image", "a"));
    assert_eq!(codes("4.83", "", &detected).join(" "), "BS1008");
    assert_eq!(codes("4.9", "", &detected).join(" "), "");
}

#[test]
fn what_sysmon_refuses() {
    let table = [
        ("<ProcessCreate/>", "BS1004"),
        ("<ProcessCreate onmatch=\"include\" default=\"include\"/>", "BS1004"),
        ("<ProcessCreate onmatch=\"yes\"/>", "BS1004"),
        ("<ProcessCreate default=\"include\"/>", ""),
        ("<ProcessCreate onmatch=\"Include\"/>", ""),
        ("<RuleGroup groupRelation=\"xor\"/>", "BS1005"),
        ("<RegistryEvent onmatch=\"include\"><Details>a</Details><NewName>b</NewName></RegistryEvent>", "BS1002"),
        // Nor is the second the same as the first, though both stand at one place, each in its event.
        ("<RegistryEvent onmatch=\"include\"><Details>a</Details><NewName>a</NewName></RegistryEvent>", "BS1002"),
        (
            "<RegistryEvent onmatch=\"include\"><Rule groupRelation=\"and\"><Details>a</Details><NewName>b</NewName></Rule></RegistryEvent>",
            "BS1002",
        ),
        (
            "<RuleGroup groupRelation=\"or\"><RegistryEvent onmatch=\"include\"><Details>a</Details><NewName>a</NewName></RegistryEvent></RuleGroup>",
            "BS1002",
        ),
        ("<ProcessCreate onmatch=\"include\"><Image condition=\"starts with\">a</Image></ProcessCreate>", "BS1003"),
        // Each of several, and nothing else about them.
        (
            "<ProcessCreate onmatch=\"include\"><Image condition=\"a\">x;y</Image><Image condition=\"b\">x;y</Image></ProcessCreate>",
            "BS1003 BS1003",
        ),
        (
            "<ProcessCreate onmatch=\"include\"><Img>a</Img><DestinationPort>1</DestinationPort></ProcessCreate>",
            "BS1002 BS1002",
        ),
        (
            "<ProcessCreate onmatch=\"include\"><Rule groupRelation=\"and\"><Rule groupRelation=\"or\"><Image>a</Image></Rule><User>b</User></Rule></ProcessCreate>",
            "BS1002",
        ),
        (
            "<ProcessCreate onmatch=\"include\"><DnsQuery onmatch=\"include\"><QueryName>a</QueryName></DnsQuery></ProcessCreate>",
            "BS1002",
        ),
        ("<ProcessCreate onmatch=\"include\"><Image Condition=\"is\">a</Image></ProcessCreate>", "BS1006"),
    ];
    for (nodes, expected) in table {
        let mut found = codes("4.90", "", nodes);
        found.sort();
        assert_eq!(found.join(" "), expected, "{nodes}");
    }
}

#[test]
fn versions_that_sysmon_does_not_know() {
    let nodes = include("ProcessCreate", &filter("Image", "image", "a"));
    for (schema, code) in [("1.99", "BS1001"), ("2.00", ""), ("4.90", ""), ("4.91", "BS1001"), ("5", "BS1001")] {
        assert_eq!(codes(schema, "", &nodes).join(" "), code, "{schema}");
    }
}

#[test]
fn encodings_that_are_declared_and_not_so() {
    let nodes = include("ProcessCreate", &filter("Image", "contains", "ˆ"));
    let text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{nodes}</EventFiltering></Sysmon>");
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{text}");
    let codes = |bytes: &[u8]| -> Vec<String> {
        let (config, found) = read("encodings.xml", bytes);
        assert_eq!(config.nodes.len(), 1);
        found.iter().map(|found| found.code.to_string()).collect()
    };
    // Read as ISO-8859-1 the letter is two others, of which there is another case.
    for (name, code) in
        [("UTF-8", ""), ("utf-16", "BS1021"), ("windows-1252", "BS1021"), ("ISO-8859-1", "BS1021 BS1019")]
    {
        assert_eq!(codes(declared(name).as_bytes()).join(" "), code, "{name}");
    }
    let little: Vec<u8> = declared("utf-8").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(codes(&little).join(" "), "");
    let big: Vec<u8> = declared("utf-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(codes(&big).join(" "), "BS1021");
}

#[test]
fn values_that_a_field_never_has() {
    let hash = "SHA256=00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF";
    let table = [
        ("NetworkConnect", "DestinationIp", "is", "10.0.0.*", "BS1015"),
        ("NetworkConnect", "DestinationIp", "is any", "127.0.0.1;10.0.0.0/8", "BS1015"),
        ("NetworkConnect", "DestinationIp", "begin with", "10.0.*", "BS1015"),
        ("NetworkConnect", "DestinationIp", "is", "10.0", "BS1015"),
        ("NetworkConnect", "DestinationIp", "begin with", "10.0.", ""),
        ("NetworkConnect", "DestinationIp", "is any", "10.0.0.1;0:0:0:0:0:0:0:1;fe80:0:0:0:1:2:3:4", ""),
        ("NetworkConnect", "DestinationIp", "is", "-", ""),
        ("NetworkConnect", "DestinationHostname", "is", "*.example.org", ""),
        ("NetworkConnect", "DestinationPort", "is", "80,443", "BS1015"),
        ("NetworkConnect", "DestinationPort", "is any", "80;0443", "BS1015"),
        ("NetworkConnect", "DestinationPort", "contains", "0443", ""),
        ("NetworkConnect", "DestinationPort", "is any", "0;80;443", ""),
        ("NetworkConnect", "DestinationPort", "is any", "80; 443", "BS1014"),
        ("NetworkConnect", "DestinationPort", "is not", "80,443", ""),
        ("NetworkConnect", "DestinationPortName", "is", "https", ""),
        ("NetworkConnect", "Initiated", "is", "yes", "BS1015"),
        ("NetworkConnect", "Initiated", "is", "tru", "BS1015"),
        ("NetworkConnect", "Initiated", "begin with", "T", ""),
        ("NetworkConnect", "Initiated", "is", "True", ""),
        ("FileDelete", "Archived", "is", "yes", ""),
        ("ProcessCreate", "ProcessId", "is", "0x4", "BS1015"),
        ("ProcessCreate", "ProcessId", "is", "four", "BS1015"),
        ("ProcessCreate", "ProcessId", "is", "4", ""),
        ("ProcessCreate", "LogonId", "is", "0x3e7", ""),
        ("ProcessCreate", "Hashes", "is", "00112233445566778899AABBCCDDEEFF", "BS1015"),
        ("ProcessCreate", "Hashes", "is", hash, ""),
        ("ProcessCreate", "Hashes", "contains", "00112233445566778899AABBCCDDEEFF", ""),
        ("ProcessCreate", "Image", "is", "\"C:\\a.exe\"", "BS1015"),
        ("ProcessCreate", "Image", "image", "\"C:\\a.exe\"", "BS1015"),
        ("ProcessCreate", "Image", "contains any", r"\Temp\;\*\a.exe", "BS1015"),
        ("ProcessCreate", "Image", "end with", r"\a?.exe", ""),
        ("ProcessCreate", "Image", "is", "/opt/a*b", ""),
        ("ProcessCreate", "CommandLine", "contains", "\"C:\\a.exe\" *", ""),
        ("RegistryEvent", "TargetObject", "begin with", r"HKCR\*\shell", ""),
        ("ProcessCreate", "Image", "begin with", r"%TEMP%\*", "BS1016"),
    ];
    for (tag, field, condition, value, code) in table {
        let found = codes("4.90", "", &include(tag, &filter(field, condition, value)));
        assert_eq!(found.join(" "), code, "{field} {condition} {value:?}");
    }
}

#[test]
fn filters_that_exclude_each_other_in_a_rule() {
    let table = [
        ("is", "a", "is", "b", true),
        ("is", "a", "is", "A", false),
        ("is", "%A%", "is", "b", false),
        ("end with", ".exe", "end with", ".dll", true),
        ("end with", ".exe", "end with", "a.EXE", false),
        ("begin with", "a", "end with", "b", false),
        ("image", "a.exe", "image", "aa.exe", true),
        ("image", "a.exe", "image", r"c:\a.exe", false),
        ("image", "a.exe", "image", r"c:\b.exe", true),
        ("image", "a.exe", "end with", r"\b.exe", true),
        ("image", "a.exe", "end with", r"\a.exe", false),
        ("contains", "x", "excludes", "X", true),
        ("contains", "xy", "excludes", "x", true),
        ("contains", "x", "excludes", "xy", false),
        ("begin with", "x", "excludes any", "x;y", true),
        ("contains any", "a;b", "excludes any", "b;a;c", true),
        ("contains any", "a;b;d", "excludes any", "b;a;c", false),
        ("contains all", "a;d", "excludes", "a", true),
        ("contains any", "a;b", "excludes all", "a;b", false),
        ("begin with", "ab", "not begin with", "a", true),
        ("begin with", "a", "not begin with", "ab", false),
        ("image", "a.exe", "not end with", ".exe", true),
        ("contains", "%A%", "excludes", "%A%x", false),
    ];
    let rule = |relation: &str, filters: [&str; 2]| {
        include("ProcessCreate", &format!("<Rule groupRelation=\"{relation}\">{}</Rule>", filters.concat()))
    };
    for (one, first, other, second, never) in table {
        let field = |condition, value| filter("OriginalFileName", condition, value);
        let (one, other) = (field(one, first), field(other, second));
        for filters in [[one.as_str(), &other], [&other, &one]] {
            let found = codes("4.90", "", &rule("and", filters));
            assert_eq!(found.contains(&"BS1015".to_string()), never, "{filters:?}");
            let found = codes("4.90", "", &rule("or", filters));
            assert!(!found.contains(&"BS1015".to_string()), "{filters:?}");
        }
    }
    let apart = filter("Image", "contains", "x") + &filter("CommandLine", "excludes", "x");
    assert_eq!(codes("4.90", "", &rule("and", [&apart, ""])).join(" "), "");
}

#[test]
fn rules_that_another_node_decides_before() {
    let node =
        |on_match: &str, filters: &str| or(&format!("<ProcessCreate onmatch=\"{on_match}\">{filters}</ProcessCreate>"));
    let [a, b, c] = ["a", "b", "c"].map(|name| filter("Image", "image", name));
    let both = |relation: &str| {
        format!("<Rule groupRelation=\"{relation}\">{a}{}</Rule>", filter("CommandLine", "contains", "x"))
    };
    let all = format!(
        "<RuleGroup groupRelation=\"and\"><ProcessCreate onmatch=\"exclude\">{a}{}</ProcessCreate></RuleGroup>",
        filter("CommandLine", "contains", "x")
    );
    let named = a.replace("<Image", "<Image name=\"1\"");
    let series =
        |on_match: &str, filters: &str| or(&format!("<RegistryEvent onmatch=\"{on_match}\">{filters}</RegistryEvent>"));
    let (user, details) = (filter("User", "is", "a"), filter("Details", "is", "b"));
    let table = [
        ("included and excluded", node("include", &a) + &node("exclude", &(a.clone() + &b)), "BS1015"),
        ("in whatever order, under whatever name", node("exclude", &a) + &node("include", &named), "BS1015"),
        ("a Rule", node("include", &both("and")) + &node("exclude", &both("and")), "BS1015"),
        ("excluded only with something else", node("include", &a) + &node("exclude", &both("and")), ""),
        ("excluded in part", node("include", &both("or")) + &node("exclude", &both("and")), ""),
        ("excluded by a node that wants more", node("include", &a) + &all, ""),
        ("in two include nodes", node("include", &(a.clone() + &b)) + &node("include", &(c.clone() + &a)), "BS1015"),
        ("in two nodes of different tags", node("include", &a) + &include("ProcessTerminate", &a), ""),
        ("different filters", node("include", &a) + &node("include", &b) + &node("exclude", &c), ""),
        (
            "nodes about different events of a series",
            series("include", &details) + &series("exclude", &details),
            "BS1015",
        ),
        (
            "which see different fields",
            series("include", &(user.clone() + &details)) + &series("exclude", &user),
            "BS1015 BS1015",
        ),
    ];
    for (what, nodes, code) in table {
        assert_eq!(codes("4.90", "", &nodes).join(" "), code, "{what}: {nodes}");
    }
}
