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
