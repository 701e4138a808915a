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
    let table: [(&str, String, &str); 24] = [
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
        ("<ProcessCreate onmatch=\"include\"><Image condition=\"starts with\">a</Image></ProcessCreate>", "BS1003"),
        ("<ProcessCreate onmatch=\"include\"><Image Condition=\"is\">a</Image></ProcessCreate>", "BS1006"),
    ];
    for (nodes, expected) in table {
        let mut found = codes("4.90", "", nodes);
        found.sort();
        assert_eq!(found.join(" "), expected, "{nodes}");
    }
}
