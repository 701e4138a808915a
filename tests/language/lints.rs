//! Lints: each is caught on its example and silent on its near miss, a reason silences it, and what they say is true.
//!
//! The table of `grammar/lints.md` is the data: what stands under *caught* yields the row's code, what stands under *silent* does not. A
//! cell is a rule or several, or a condition under which a filter with an owner drops.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::collections::BTreeSet;

use blocksieve::diagnostic::{Code, Diagnostic, Severity};
use proptest::prelude::*;

const LINTS: &str = include_str!("../../grammar/lints.md");

/// One row of the table.
struct Row {
    code: Code,
    severity: &'static str,
    caught: String,
    silent: String,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.strip_prefix("| BS")?.trim_end_matches(" |").split(" | ").collect();
        let [number, severity, _, caught, silent, ..] = cells.as_slice() else { panic!("{line}") };
        let code = Code::parse(number).unwrap_or_else(|| panic!("{line}"));
        Some(Row { code, severity, caught: rules(caught), silent: rules(silent) })
    };
    LINTS.lines().filter_map(row).collect()
}

/// The rules of a cell.
fn rules(cell: &str) -> String {
    let text = cell.trim_matches('`');
    match ["filter ", "classify ", "alert "].iter().any(|kind| text.starts_with(kind)) {
        true => text.to_string(),
        false => format!("filter \"x\" {{ owner \"o\" if {text} {{ drop }} }}"),
    }
}

fn found(text: &str) -> Vec<Diagnostic> {
    blocksieve::lint_text(text, &[]).1
}

fn codes(text: &str) -> Vec<String> {
    found(text).iter().map(|found| found.code.to_string()).collect()
}

fn has(text: &str, code: Code) -> bool {
    found(text).iter().any(|found| found.code == code)
}

#[test]
fn each_lint_is_caught_on_its_example_and_silent_on_its_near_miss() {
    let rows = rows();
    for Row { code, severity, caught, silent } in &rows {
        let errors = |text: &str| found(text).into_iter().find(Diagnostic::is_error);
        assert_eq!(errors(caught), None, "{caught}");
        assert_eq!(errors(silent), None, "{silent}");
        assert!(has(caught, *code), "{code} is not said of {caught}\n{:?}", codes(caught));
        assert!(!has(silent, *code), "{code} is said of {silent}");
        assert_eq!(*severity, code.severity().word(), "{code}");
    }
    let told: BTreeSet<Code> = rows.iter().map(|row| row.code).collect();
    let lints: BTreeSet<Code> = Code::ALL.iter().copied().filter(|code| (430..450).contains(&(*code as u16))).collect();
    assert_eq!(lints.difference(&told).collect::<Vec<_>>(), Vec::<&Code>::new(), "lints without a row");
}

#[test]
fn the_pages_own_rules_are_clean() {
    let rules: Vec<&str> = LINTS.split("```rule\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(rules.len(), 1);
    for rule in rules {
        assert_eq!(codes(rule), Vec::<String>::new(), "{rule}");
    }
}

/// The codes of a filter with an owner that drops connections of one program under this too.
fn of_connections(condition: &str) -> Vec<String> {
    of(&format!("event is sysmon.network_connect and Image == 'C:\\a\\a.exe' and {condition}"))
}

#[test]
fn a_text_that_a_field_never_holds_is_told_of_and_one_that_it_holds_is_not() {
    let never = [
        "DestinationPort == 'abc'",
        "DestinationPort in ['443', 'http']",
        "DestinationPort != 'abc'",
        "DestinationPort == 70000",
        "DestinationPort == -1",
        "DestinationPort == 4.5",
        "ProcessId == 'svchost'",
        "Initiated == 'yes'",
        "DestinationIp == 'localhost'",
        "DestinationIp == '10.0.0.0/8'",
        "DestinationIp contains 'evil'",
        "ProcessGuid == 'explorer'",
        "ProcessGuid starts with 'C:'",
        "ProcessGuid in 10.0.0.0/8",
        "ProcessId == 10.0.0.1",
        "Protocol > 5",
        "Protocol == 6",
        "UtcTime == 'yesterday'",
        "strictly winlog.event_data.DestinationPort == 'abc'",
    ];
    for condition in never {
        assert_eq!(of_connections(condition), ["BS0309"], "{condition}");
    }
    let fits = [
        "DestinationPort == '443'",
        "DestinationPort in ['443', '-']",
        "DestinationPort == 65535",
        "DestinationPort starts with '44'",
        "Initiated == 'True'",
        "DestinationIp == 'fe80::1'",
        "DestinationIp starts with '10.'",
        "ProcessGuid == 'A23EAE89-BD56-5903-0000-0010E9D95E00'",
        "ProcessGuid starts with '{A23EAE89'",
        "UtcTime == '2018-09-11 08:09:52.655'",
        "User == 'yes'",
    ];
    for condition in fits {
        assert_eq!(of_connections(condition), Vec::<String>::new(), "{condition}");
    }
    let of_hashes = |text: &str| codes(&format!("classify \"c\" {{ if {text} {{ tag \"t\" }} }}"));
    for never in ["Hashes == 'abc'", "Hashes == 'SHA256=abc'", "Hashes contains 'a.exe'", "msg.hash_md5 == 'abc'"] {
        assert_eq!(of_hashes(never), ["BS0309"], "{never}");
    }
    let md5 = "0a".repeat(16);
    for fits in
        [format!("Hashes == 'MD5={md5}'"), format!("msg.hash_md5 == '{md5}'"), "Hashes contains 'MD5=ab'".into()]
    {
        assert_eq!(of_hashes(&fits), Vec::<String>::new(), "{fits}");
    }
}

#[test]
fn a_member_that_holds_for_every_value_of_its_field_is_told_of() {
    let always = [
        "(DestinationPort > 5 or DestinationPort <= 5)",
        "(DestinationPort < 10 or DestinationPort > 5)",
        "(User == 'u' or DestinationPort > 5 or DestinationPort <= 5)",
        "(Initiated == true or Initiated == false)",
        "(DestinationPort >= 0 or User == 'u')",
        "not (DestinationPort > 5 and DestinationPort <= 65535)",
    ];
    for condition in always {
        assert_eq!(of_connections(condition), ["BS0430"], "{condition}");
    }
    let open = [
        "(DestinationPort > 6 or DestinationPort < 6)",
        "(DestinationPort > 7 or DestinationPort < 5)",
        "(DestinationPort > 5 or SourcePort <= 5)",
        "(Initiated == true or SourceIsIpv6 == false)",
        "DestinationPort >= 1",
    ];
    for condition in open {
        assert_eq!(of_connections(condition), Vec::<String>::new(), "{condition}");
    }
    assert_eq!(of_connections("DestinationPort > 65535"), ["BS0408"]);
    assert_eq!(of_connections("DestinationPort < 0"), ["BS0408"]);
    assert_eq!(of_connections("length of User < 0"), ["BS0408"]);
    let agents = |other: &str| {
        of(&format!(
            "event is sysmon.dns_query and strictly winlog.event_data.Image == 'C:\\a\\a.exe' and strictly winlog.event_data.Image == 'C:\\{other}'"
        ))
    };
    assert_eq!(agents("b"), ["BS0408"]);
    assert!(!agents("A\\A.exe").contains(&"BS0408".to_string()));
    assert_eq!(of_connections("DestinationPort >= 65535"), Vec::<String>::new());
}

/// The codes of a filter with an owner that drops under this.
fn of(condition: &str) -> Vec<String> {
    codes(&rules(condition))
}

#[test]
fn a_drop_of_nearly_every_event_is_told_of_however_it_is_said() {
    let nearly_all = [
        "QueryName != 'x'",
        "Image exists",
        "not Image is blank",
        "Image not in ['C:\\a\\a.exe', 'C:\\b\\b.exe']",
        "not (Image == 'C:\\a\\a.exe' or QueryName == 'x')",
        "not (Image == 'C:\\a\\a.exe' and QueryName == 'x')",
        "not Image starts with 'C:\\Windows\\'",
        "hash SHA256 != '0000000000000000000000000000000000000000000000000000000000000000'",
        "ProcessId >= 0",
        "ProcessId > 0",
        "not ProcessId < 1",
        "length of QueryName >= 1",
        "Image like '*'",
        "Computer != 'PC1'",
        "not has tag \"x\"",
    ];
    for condition in nearly_all {
        let told = of(&format!("event is sysmon.dns_query and {condition}"));
        assert!(told.contains(&"BS0435".to_string()), "{condition}: {told:?}");
    }
    let narrower = [
        "QueryStatus != 0",
        "QueryStatus > 0",
        "ProcessId > 1",
        "Image is missing",
        "User == 'u'",
        "User == 'u' and QueryName != 'x'",
        "Image not starts with 'C:\\'",
        "ProcessId > 4 and ProcessId < 100",
    ];
    for condition in narrower {
        let told = of(&format!("event is sysmon.dns_query and {condition}"));
        assert!(!told.contains(&"BS0435".to_string()), "{condition}: {told:?}");
    }
    let broad = |condition: &str| of(&format!("event is sysmon.{condition}")).contains(&"BS0435".to_string());
    for usual in ["Initiated == true", "Initiated == 'True'", "Protocol == 'TCP'", "Protocol in ['tcp', 'udp']"] {
        assert!(broad(&format!("network_connect and {usual}")), "{usual}");
    }
    for rare in ["Initiated != true", "Initiated == false", "Protocol == 'udp'", "Initiated == true and User == 'u'"] {
        assert!(!broad(&format!("network_connect and {rare}")), "{rare}");
    }
    assert!(broad("registry_value_set and EventType == 'SetValue'"));
    assert!(!broad("registry_rename and EventType == 'RenameKey'"));
}

#[test]
fn writable_folders_are_known_in_every_spelling() {
    let writable = [
        "Image matches '^C:\\\\Users\\\\[^\\\\]+\\\\x\\.exe$'",
        "Image matches '^C:\\\\(Users|ProgramData)\\\\.*\\.exe$'",
        "Image matches '^[A-Z]:\\\\Windows\\\\.*\\\\x\\.exe$'",
        "Image cased matches '^C:\\\\Windows\\\\System32\\\\.+$'",
        "Image starts with '\\Device\\HarddiskVolume3\\Users\\'",
        "Image like '?:\\\\Users\\\\*'",
        "Image contains 'Windows\\Temp'",
        "Image ends with 'AppData\\Local\\x.exe'",
        "strictly winlog.event_data.Image contains 'AppData'",
    ];
    for condition in writable {
        assert_eq!(of(&format!("event is sysmon.process_terminate and {condition}")), ["BS0436"], "{condition}");
    }
    let safe = [
        "Image matches '^C:\\\\Windows\\\\System32\\\\[a-z]+\\.exe$'",
        "Image matches '^C:\\\\(Program Files|Program Files \\(x86\\))\\\\Acme\\\\.*'",
        "Image like '?:\\\\Program Files\\\\*'",
        "Image starts with 'C:\\ProgramData\\Microsoft\\'",
        "User == 'u' and Image cased matches '^[A-Za-z]:[ -9;-~]+$'",
        "Image == 'C:\\Windows\\System32\\svchost.exe' and Image cased matches '^[ -~]+$'",
    ];
    for condition in safe {
        assert_eq!(
            of(&format!("event is sysmon.process_terminate and {condition}")),
            Vec::<String>::new(),
            "{condition}"
        );
    }
    let slashes = of("event is sysmon.process_terminate and Image starts with 'C:/Users/'");
    assert_eq!(slashes, ["BS0436", "BS0309"]);
    assert_eq!(
        of("event is sysmon.file_create and TargetFilename matches '^C:\\\\Windows\\\\Temp\\\\[a-z]+$'"),
        ["BS0436"]
    );
    assert_eq!(of("event is sysmon.file_create and TargetFilename contains 'Windows\\Temp\\'"), ["BS0436", "BS0441"]);
}

#[test]
fn a_part_of_a_files_name_is_no_place() {
    for condition in [
        "Image ends with 'vchost.exe'",
        "Image == 'svchost.exe'",
        "file name of Image starts with 'svc'",
        "lower case of Image ends with 'svchost.exe'",
        "Image like '*\\\\svc*'",
    ] {
        assert_eq!(of(&format!("event is sysmon.process_terminate and {condition}")), ["BS0437"], "{condition}");
    }
    assert_eq!(of("event is sysmon.image_load and Image == 'C:\\a\\a.exe' and ImageLoaded == 'ntdll.dll'"), ["BS0437"]);
    // Whoever writes a file calls it what he likes.
    for condition in ["TargetFilename ends with '.tmp'", "file name of TargetFilename == 'x.tmp'"] {
        assert_eq!(of(&format!("event is sysmon.file_create and {condition}")), ["BS0441"], "{condition}");
    }
    assert_eq!(
        of("event is sysmon.file_create and Image == 'C:\\a\\a.exe' and TargetFilename ends with '.tmp'"),
        Vec::<String>::new()
    );
}

#[test]
fn keys_by_which_programs_start_are_known_from_above_and_below() {
    let taken = [
        "TargetObject starts with 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run'",
        "TargetObject starts with 'HKLM\\SOFTWARE\\'",
        "TargetObject starts with 'HKU\\'",
        "TargetObject == 'HKU\\S-1-5-21-7\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDrive'",
        "TargetObject matches '^HKLM\\\\SOFTWARE\\\\(Microsoft|Acme)\\\\'",
        "TargetObject starts with 'HKLM\\System\\' and TargetObject not contains '\\CurrentVersion\\Run'",
    ];
    for condition in taken {
        assert_eq!(of(&format!("event is sysmon.registry_value_set and {condition}")), ["BS0448"], "{condition}");
    }
    // A key whose name goes on; not where the program is named.
    let acme = "event is sysmon.registry_value_set and TargetObject starts with 'HKLM\\SOFTWARE\\Acme'";
    assert_eq!(of(acme), ["BS0438"]);
    assert_eq!(of(&format!("{acme} and Image == 'C:\\Acme\\a.exe'")), Vec::<String>::new());
    let left = [
        "TargetObject starts with 'HKLM\\SOFTWARE\\Acme\\'",
        "TargetObject matches '^HKLM\\\\SOFTWARE\\\\[^\\\\]+\\\\Acme$'",
        "TargetObject starts with 'HKLM\\System\\CurrentControlSet\\Services\\W32Time\\Parameters\\'",
        "TargetObject starts with 'HKLM\\SOFTWARE\\Microsoft\\Windows\\' and TargetObject not contains '\\CurrentVersion\\'",
        "Image == 'C:\\Acme\\a.exe' and TargetObject starts with 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run'",
    ];
    for condition in left {
        assert_eq!(
            of(&format!("event is sysmon.registry_value_set and {condition}")),
            Vec::<String>::new(),
            "{condition}"
        );
    }
}

#[test]
fn white_lists_over_different_fields_are_a_note() {
    let both = |a: &str, b: &str| {
        let rule = |name: &str, keeps: &str| {
            format!(
                "filter \"{name}\" {{ owner \"o\" if event is sysmon.process_create {{ if {keeps} {{ keep }} drop }} }}"
            )
        };
        let told = found(&(rule("a", a) + &rule("b", b))).into_iter().filter(|found| found.code != Code::WholeEvent);
        told.map(|found| (found.code, found.severity)).collect::<Vec<_>>()
    };
    assert_eq!(both("Image == 'C:\\a.exe'", "User == 'u'"), [(Code::TwoWhitelists, Severity::Note)]);
    assert_eq!(
        both("Image in ['C:\\a.exe', 'C:\\c.exe']", "Image in ['C:\\b.exe', 'C:\\c.exe']"),
        [(Code::TwoWhitelists, Severity::Note)]
    );
    assert_eq!(both("Image == 'C:\\a.exe'", "Image == 'C:\\b.exe'"), [(Code::TwoWhitelists, Severity::Warning)]);
    // Few values are no white list, and neither is what is missing.
    assert_eq!(both("Image exists", "User == 'u'"), []);
    assert_eq!(both("IntegrityLevel == 'High'", "User == 'u'"), []);
    // All that the second drops, the first does.
    assert_eq!(
        both("Image == 'C:\\a.exe'", "Image in ['C:\\a.exe', 'C:\\b.exe']"),
        [(Code::Swallowed, Severity::Warning)]
    );
}

#[test]
fn a_pattern_of_a_host_may_begin_with_a_dot() {
    let told = |pattern: &str| {
        of(&format!("event is sysmon.dns_query and Image == 'C:\\a\\a.exe' and QueryName matches '{pattern}'"))
    };
    for closed in ["(^|\\.)update[0-9]\\.com$", "[a-z]+\\.update\\.com$", "^[a-z]+\\.update\\.com$"] {
        assert_eq!(told(closed), Vec::<String>::new(), "{closed}");
    }
    for end in [".com", "com", ".de", ".co.uk", ".github.io", ".blob.core.windows.net"] {
        let ends = format!("event is sysmon.dns_query and Image == 'C:\\a\\a.exe' and QueryName ends with '{end}'");
        assert_eq!(of(&ends), ["BS0439"], "{end}");
    }
    for end in [".lan", ".local", ".a.co.uk", ".a.de", ".a.github.io"] {
        let ends = format!("event is sysmon.dns_query and Image == 'C:\\a\\a.exe' and QueryName ends with '{end}'");
        assert_eq!(of(&ends), Vec::<String>::new(), "{end}");
    }
    for (open, code) in
        [("update[0-9]\\.com$", "BS0439"), ("^update[0-9]\\.com", "BS0440"), ("(cdn|www)[0-9]", "BS0440")]
    {
        assert_eq!(told(open), [code, "BS0444"], "{open}");
    }
}

#[test]
fn a_drop_of_nearly_everything_is_told_however_it_is_written() {
    let drop = |condition: &str| codes(&format!("filter \"x\" {{ owner \"o\" if {condition} {{ drop }} }}"));
    for all in [
        "Image exists",
        "Image is not blank",
        "ProcessId > 0",
        "length of Image > 0",
        "Image starts with 'C:\\'",
        "Image like 'C:*'",
        "Image contains '.exe'",
        "Image matches '.'",
        "Image matches '[\\s\\S]'",
        "Image matches '[a-z]'",
        "Image matches '^[A-Z]:'",
        "Image exists and User exists",
        "Image exists or ProcessId > 0",
        "Channel == 'Microsoft-Windows-Sysmon/Operational' and Image exists",
        "event is sysmon.process_create and length of Image > 0",
    ] {
        assert!(drop(all).contains(&"BS0435".to_string()), "{all}: {:?}", drop(all));
    }
    for some in [
        "Image matches '^C:\\Windows\\System32\\svchost\\.exe$'",
        "Image matches '^C:\\\\Acme\\\\[a-z]+\\.exe$'",
        "ProcessId == 4 and Image == 'System'",
        "Image exists and ParentImage == 'C:\\a\\a.exe'",
        "event is not any [sysmon.process_create, sysmon.dns_query] and Image exists",
    ] {
        assert!(!drop(some).contains(&"BS0435".to_string()), "{some}: {:?}", drop(some));
    }
}

#[test]
fn a_dot_that_is_any_character_hides_nothing() {
    let told = |pattern: &str| {
        of(&format!("event is sysmon.dns_query and Image == 'C:\\a\\a.exe' and QueryName matches '{pattern}'"))
    };
    assert_eq!(told("update.com"), ["BS0440", "BS0444", "BS0449"]);
    assert_eq!(told("update.com$"), ["BS0439", "BS0444", "BS0449"]);
    assert_eq!(told("(cdn|www).update.com"), ["BS0440", "BS0444", "BS0449"]);
    assert_eq!(told("^(.*\\.)?update.com$"), ["BS0449"]);
    assert_eq!(told("^www.update.com$"), ["BS0449"]);
    assert_eq!(told("^www[.]update\\.com$"), Vec::<String>::new());
}

#[test]
fn what_is_not_signed_needs_no_valid_signature() {
    let told = |test: &str| of(&format!("event is sysmon.image_load and Image == 'C:\\a\\a.exe' and {test}"));
    for signed in ["Signed == true", "Signed != false", "not Signed == 'false'", "Signature == 'Microsoft Windows'"] {
        assert_eq!(told(signed), ["BS0442"], "{signed}");
    }
    for unsigned in ["Signed == false", "Signed != true", "SignatureStatus == 'Valid'"] {
        assert_eq!(told(unsigned), Vec::<String>::new(), "{unsigned}");
    }
}

#[test]
fn what_an_agents_own_configuration_drops_is_looked_at_too() {
    let text = |more: &str| {
        format!(
            "filter \"a\" {{ owner \"o\" if Provider == 'Microsoft-Windows-Sysmon' and strictly winlog.event_id == '3' {more} {{ drop }} }}"
        )
    };
    assert_eq!(codes(&text("")), ["BS0435"]);
    assert_eq!(codes(&text("and strictly winlog.event_data.Image contains 'x.exe'")), ["BS0437"]);
    // As they are read out of a configuration: the channel around the processor.
    let nested = |id: u32, more: &str| {
        let text = format!(
            "filter \"a\" {{ owner \"o\" if strictly winlog.channel == 'Microsoft-Windows-Sysmon/Operational' {{
                if strictly winlog.event_id == '{id}' and {more} {{ drop }} }} }}"
        );
        codes(&text).into_iter().filter(|code| code != "BS0401").collect::<Vec<_>>()
    };
    assert_eq!(nested(3, "strictly winlog.event_data.Image != 'C:\\a\\a.exe'"), ["BS0435"]);
    assert_eq!(nested(5, "strictly winlog.event_data.Image matches '^C:\\\\Users\\\\[a-z]+$'"), ["BS0436"]);
    assert_eq!(nested(5, "strictly winlog.event_data.Image matches 'Acme\\\\[a-z]+$'"), ["BS0444"]);
    assert_eq!(
        nested(13, "strictly winlog.event_data.TargetObject contains 'CurrentVersion\\Run'"),
        ["BS0441", "BS0448"]
    );
    assert_eq!(
        nested(
            5,
            "(strictly winlog.event_data.Image contains 'vchost.exe' or strictly winlog.event_data.ProcessId == 'abc')"
        ),
        ["BS0437", "BS0309"]
    );
    assert_eq!(nested(5, "strictly winlog.event_data.Image == 'C:\\a\\a.exe'"), Vec::<String>::new());
}

#[test]
fn a_drop_of_nothing_but_what_an_alert_waits_for_is_a_warning() {
    let of = |filter: &str| {
        let text = format!(
            "filter \"a\" {{ owner \"o\" if event is sysmon.process_access and {filter} {{ drop }} }}
            classify \"c\" {{ if event is sysmon.process_access and TargetImage ends with '\\lsass.exe' {{ tag \"lsass\" }} }}
            alert \"b\" {{ if has tag \"lsass\" {{ send mail }} }}"
        );
        let told = found(&text).into_iter().filter(|found| found.code == Code::DropsAlert);
        told.map(|found| found.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("SourceImage == 'C:\\a\\a.exe'"), [Severity::Note]);
    assert_eq!(of("TargetImage == 'C:\\Windows\\System32\\lsass.exe'"), [Severity::Warning]);
    assert_eq!(of("TargetImage == 'C:\\Windows\\System32\\csrss.exe'"), []);
}

/// What each finding of something that a drop leaves nothing says, with the text that it is about.
fn left_nothing(text: &str) -> Vec<String> {
    let told = found(text).into_iter().filter(|found| found.code == Code::Swallowed);
    let about =
        |found: &Diagnostic| found.primary.origin.as_span().and_then(|span| text.get(span.range()).map(str::to_string));
    told.map(|found| format!("{}: {}", about(&found).unwrap_or_default(), found.message)).collect()
}

#[test]
fn arms_that_drops_leave_nothing_are_told_of_one_by_one_and_a_whole_rule_once() {
    let rules = |drop: &str, arms: &str| {
        left_nothing(&format!(
            "filter \"f\" {{ owner \"o\" if event is sysmon.dns_query and {drop} {{ drop }} }}
            classify \"c\" {{ {arms} }}"
        ))
    };
    let arms = "if QueryName == 'a' { tag \"1\" tag \"2\" } \
        else if event is sysmon.dns_query and Image == 'C:\\a\\a.exe' { tag \"3\" if User == 'u' { tag \"4\" } tag \"5\" } \
        else if event is sysmon.dns_query and Image == 'C:\\b\\b.exe' { if User == 'u' { tag \"6\" } else { tag \"7\" } } \
        else { tag \"8\" }";
    let says = |tag: &str| {
        format!("tag \"{tag}\": this never does anything: every event that it waits for, \"f\" drops before it")
    };
    assert_eq!(rules("Image == 'C:\\a\\a.exe'", arms), [says("3")]);
    assert_eq!(rules("Image == 'C:\\b\\b.exe'", arms), [says("6"), says("7")]);
    assert_eq!(rules("Image in ['C:\\a\\a.exe', 'C:\\b\\b.exe'] and User == 'v'", arms), Vec::<String>::new());
    // Nothing is left at all: that is one finding.
    let all = "if event is sysmon.dns_query { if QueryName == 'a' { tag \"1\" } else { tag \"2\" } tag \"3\" }";
    assert_eq!(
        rules("QueryName exists", &all.replace(" is sysmon.dns_query", " is sysmon.dns_query and QueryName exists")),
        [says("1")]
    );
}

#[test]
fn several_drops_leave_nothing_of_a_list_whose_values_they_share() {
    let rules = |list: &str, names: &[&str]| {
        let one = |name: &&str| {
            format!(
                "filter \"{name}\" {{ owner \"o\" if event is sysmon.dns_query and QueryName {name} {{ drop }} }}\n"
            )
        };
        let earlier: String = names.iter().map(one).collect();
        left_nothing(&format!("{earlier}filter \"x\" {{ owner \"o\" if {list} {{ drop }} }}"))
    };
    let of = |test: &str| format!("event is sysmon.dns_query and QueryName {test}");
    let together =
        |name: &str| [format!("drop: this never decides: all that it drops, \"{name}\" with others drops before it")];
    let (a, b) = ("== 'a.example'", "== 'b.example'");
    assert_eq!(rules(&of("in ['b.example', 'a.example']"), &[a, b]), together(a));
    assert_eq!(rules(&of("in ['b.example', 'a.example'] and User == 'u'"), &[a, b]), together(a));
    assert_eq!(
        rules(&of("in ['b.example', 'a.example']"), &["ends with 'a.example'", b]),
        together("ends with 'a.example'")
    );
    assert_eq!(
        rules(&of("ends with any ['.b.example', '.a.example']"), &["ends with '.a.example'", "contains '.b.'"]),
        together("ends with '.a.example'")
    );
    // Of one value nothing is left; of the other something is.
    assert_eq!(rules(&of("in ['b.example', 'c.example']"), &[a, b]), Vec::<String>::new());
    assert_eq!(rules(&of("contains all ['b.example', 'a.example']"), &[a, b]), Vec::<String>::new());
    assert_eq!(rules(&of("not in ['b.example', 'a.example']"), &[a, b]), Vec::<String>::new());
    let events = "event is any [sysmon.dns_query, sysmon.file_delete] and Image == 'C:\\a\\a.exe'";
    let of_event = |event: &str, more: &str| {
        format!(
            "filter \"{event}\" {{ owner \"o\" if event is sysmon.{event} and Image == 'C:\\a\\a.exe'{more} {{ drop }} }}\n"
        )
    };
    let both = |more: &str| {
        let earlier = of_event("dns_query", "") + &of_event("file_delete", more);
        left_nothing(&format!("{earlier}filter \"x\" {{ owner \"o\" if {events} {{ drop }} }}"))
    };
    assert_eq!(both(""), together("dns_query"));
    assert_eq!(both(" and User == 'u'"), Vec::<String>::new());
}

#[test]
fn a_reason_silences_a_finding_in_its_rule_and_in_no_other() {
    let drop = "owner \"o\" if event is sysmon.process_terminate and Image starts with 'C:\\Windows\\Temp\\' { drop }";
    let allowed = format!("filter \"a\" {{ allow BS0436 because \"the updater unpacks there\" {drop} }}");
    assert_eq!(codes(&allowed), Vec::<String>::new());
    let other = format!("{allowed} filter \"b\" {{ {} }}", drop.replace("process_terminate", "process_create"));
    assert_eq!(codes(&other), ["BS0436"]);
}

#[test]
fn findings_of_the_check_itself_can_be_allowed_too() {
    let text = "classify \"a\" { allow BS0402 because \"the name has a star\" if Image == '*x' { tag \"a\" } }";
    assert_eq!(codes(text), Vec::<String>::new());
    let (_, diagnostics) = blocksieve::compile_text(text, &[]);
    assert_eq!(diagnostics, Vec::new());
}

#[test]
fn an_exception_needs_a_reason_a_code_that_is_there_and_something_to_silence() {
    let of = |allow: &str| codes(&format!("classify \"a\" {{ {allow} if Image == 'C:\\x.exe' {{ tag \"a\" }} }}"));
    assert_eq!(of("allow BS0436"), ["BS0207"]);
    assert_eq!(of("allow BS0436 because \" \""), ["BS0207"]);
    assert_eq!(of("allow BS0999 because \"x\""), ["BS0207"]);
    assert_eq!(of("allow nothing because \"x\""), ["BS0207"]);
    assert_eq!(
        of("allow BS0436 because \"x\" allow bs436 because \"y\""),
        ["BS0206", "BS0447", "BS0447"].map(String::from)[..1]
    );
    assert_eq!(of("allow BS0436 because \"x\""), ["BS0447"]);
    assert_eq!(of("allow BS0447 because \"x\""), ["BS0207"]);
    // What is no finding about rules.
    assert_eq!(of("allow BS0701 because \"x\""), ["BS0207"]);
}

#[test]
fn no_error_can_be_allowed() {
    let text = "filter \"a\" { allow BS0400 because \"I dare\" owner \"o\" if Computer == 'x' { drop } }";
    assert_eq!(codes(text).into_iter().collect::<BTreeSet<_>>(), ["BS0207", "BS0400"].map(String::from).into());
}

#[test]
fn a_drawn_rule_allows_as_its_text_does() {
    let text = "filter \"a\" { allow BS0437 because \"a test machine\" owner \"o\"
        if event is sysmon.process_terminate and Image ends with '\\x.exe' { drop } }
        filter \"b\" { owner \"o\" if event is sysmon.process_create and Image ends with '\\x.exe' { drop } }";
    let compiled = support::compile(text);
    let drawn =
        blocksieve::target::blockly::write(&compiled.definition, blocksieve::source::blockly::Format::Json, None)
            .expect("every rule can be drawn");
    assert_eq!(codes(text), ["BS0437"]);
    assert_eq!(codes(&drawn), ["BS0437"]);
}

#[test]
fn an_owner_is_somebody() {
    let of = |owner: &str| {
        codes(&format!(
            "filter \"a\" {{ owner \"{owner}\" if event is sysmon.dns_query and Image == 'C:\\a\\a.exe' {{ drop }} }}"
        ))
    };
    for nobody in ["", "  ", "-"] {
        assert_eq!(of(nobody), ["BS0207"], "{nobody:?}");
    }
    assert_eq!(of("soc"), Vec::<String>::new());
}

#[test]
fn a_rule_that_a_drop_leaves_nothing_is_told_of_and_one_that_sees_more_is_not() {
    let drop = "filter \"a\" { owner \"o\" if event is sysmon.dns_query and Image == 'C:\\x\\x.exe' { drop } }\n";
    let of = |rule: &str| has(&format!("{drop}{rule}"), Code::Swallowed);
    let own = "if event is sysmon.dns_query and Image == 'C:\\x\\x.exe'";
    assert!(of(&format!("filter \"b\" {{ {own} {{ tag \"t\" }} }}")));
    assert!(of(&format!("classify \"b\" {{ {own} {{ tag \"t\" tag \"u\" }} }}")));
    // Some of it is left; it runs before the drop; an alert is told of elsewhere.
    assert!(!of("classify \"b\" { if event is sysmon.dns_query { tag \"t\" } }"));
    assert!(!of(&format!("classify \"b\" {{ {own} and QueryName == 'x' or User == 'u' {{ tag \"t\" }} }}")));
    assert!(!of(&format!("alert \"b\" {{ {own} {{ send mail }} }}")));
    assert!(!has(&format!("filter \"b\" {{ {own} {{ tag \"t\" }} }}\n{drop}"), Code::Swallowed));
    // What a filter removes, others see otherwise.
    let removed = "filter \"r\" { if event is sysmon.dns_query and User exists { remove field Image } }\n";
    assert!(!has(&format!("{drop}{removed}classify \"b\" {{ {own} {{ tag \"t\" }} }}"), Code::Swallowed));
}

#[test]
fn two_backslashes_for_one_are_told_of_in_paths_alone() {
    let of = |condition: &str| {
        of(&format!("event is sysmon.process_create and ParentImage == 'C:\\a\\a.exe' and {condition}"))
    };
    for never in ["Image starts with 'C:\\\\Windows\\\\x\\\\'", "Image in ['C:\\\\a.exe', 'C:\\b.exe']"] {
        assert!(of(never).contains(&"BS0309".to_string()), "{never}");
    }
    for fits in
        ["Image starts with '\\\\server\\'", "Image like 'C:\\\\a\\\\*'", "CommandLine contains 'C:\\\\Windows'"]
    {
        assert!(!of(fits).contains(&"BS0309".to_string()), "{fits}");
    }
}

#[test]
fn a_disabled_rule_is_not_linted_and_its_exceptions_are_not_idle() {
    let text = "disabled filter \"a\" { allow BS0437 because \"x\" if event is sysmon.process_terminate and Image ends with '\\x.exe' { drop } }";
    assert_eq!(codes(text), Vec::<String>::new());
}

#[test]
fn where_no_filter_of_a_file_has_an_owner_one_note_says_it() {
    let filter = |name: &str, port: u32, owner: &str| {
        format!(
            "filter \"{name}\" {{ {owner} if event is sysmon.network_connect and Image == 'C:\\x\\x.exe' and DestinationPort == {port} {{ drop }} }}\n"
        )
    };
    let none = filter("a", 1, "") + &filter("b", 2, "") + &filter("c", 3, "");
    assert_eq!(codes(&none), ["BS0446"]);
    let some = filter("a", 1, "owner \"o\"") + &filter("b", 2, "") + &filter("c", 3, "");
    assert_eq!(codes(&some), ["BS0446", "BS0446"]);
}

#[test]
fn what_other_rules_change_proves_nothing() {
    // The second sees what the first removed.
    let removed = "filter \"a\" { owner \"o\" if event is sysmon.dns_query and Image exists { tag \"x\" remove field Image } }
        filter \"b\" { owner \"o\" if event is sysmon.dns_query and User == 'u' and has tag \"x\" and Image == 'C:\\x\\x.exe' { drop } }
        filter \"c\" { owner \"o\" if event is sysmon.dns_query and User == 'u' and has tag \"x\" and Image == 'C:\\x\\x.exe' { drop } }";
    assert!(!has(removed, Code::SameConditions));
    let tagged = "classify \"a\" { if not has tag \"x\" { tag \"x\" if has tag \"x\" { tag \"y\" } } }";
    assert!(!has(tagged, Code::NeverHolds));
}

#[test]
fn a_stop_or_keep_before_it_narrows_what_an_earlier_filter_drops() {
    let kept = "filter \"a\" { owner \"o\" if event is sysmon.dns_query and User == 'u' { keep }
            if event is sysmon.dns_query and Image == 'C:\\x\\x.exe' { drop } }
        filter \"b\" { owner \"o\" if event is sysmon.dns_query and Image == 'C:\\x\\x.exe' and QueryName == 'q' { drop } }";
    assert!(!has(kept, Code::Swallowed));
    let inside = "filter \"a\" { owner \"o\" if event is sysmon.dns_query { if User == 'u' { if QueryName == 'r' { keep } } }
            if event is sysmon.dns_query and Image == 'C:\\x\\x.exe' { drop } }
        filter \"b\" { owner \"o\" if event is sysmon.dns_query and Image == 'C:\\x\\x.exe' and QueryName == 'q' and User == 'v' { drop } }";
    assert!(has(inside, Code::Swallowed));
    let maybe = inside.replace("QueryName == 'q' and User == 'v'", "User == 'u'");
    assert!(!has(&maybe, Code::Swallowed));
}

#[test]
fn the_examples_have_nothing_to_be_said_of() {
    let texts = ["filters", "classify", "alerts"].iter().flat_map(|folder| {
        let path = format!("{}/examples/sysmon/{folder}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(path).expect("the example");
        entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|e| e == "rule"))
    });
    let mut files: Vec<_> = texts.collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        let told: Vec<_> = found(&text)
            .into_iter()
            // What only the project's tables and other files can answer.
            .filter(|found| found.severity < Severity::Error && found.code != Code::UnsetTag)
            .collect();
        assert_eq!(told, Vec::new(), "{}", file.display());
    }
}

#[test]
fn a_thousand_rules_are_looked_at_together() {
    let mut text = String::new();
    for n in 0..1000 {
        let event = ["dns_query", "network_connect", "image_load", "file_create"][n % 4];
        text += &format!(
            "filter \"f{n}\" {{ owner \"o\" if event is sysmon.{event} and Image in ['C:\\a\\{n}.exe', 'C:\\b\\{n}.exe'] and User != 'u{n}' and (ProcessId == {n} or ProcessGuid == '0000{n:04}-0000-0000-0000-000000000000') {{ drop }} }}\n"
        );
    }
    text += "filter \"last\" { owner \"o\" if event is sysmon.dns_query and Image == 'C:\\a\\500.exe' and User == 'x' and ProcessId == 500 { drop } }";
    let told: Vec<(Code, String)> = found(&text).into_iter().map(|found| (found.code, found.message)).collect();
    let [(code, message)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(*code, Code::Swallowed);
    assert!(message.contains("\"f500\""), "{message}");
}

// ---- what is said is true ---------------------------------------------------------------------------------------------------

/// Letters of which some fold to others, and what paths are made of.
fn word() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "A", "b", "s", "S", "ſ", "\\", ".", "-", "5", "0x5"]), 0..4)
        .prop_map(|parts| parts.concat())
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

fn literal() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec!["Image", "User", "file name of Image", "folder of Image"]);
    let cased = prop::sample::select(vec!["", "", "cased "]);
    let texts = prop::collection::vec(word(), 1..3);
    let on_text = (field, cased, 0..10, texts, word()).prop_map(|(field, cased, op, many, one)| {
        let list = quoted(&many);
        match op {
            0 => format!("{field} {cased}== '{one}'"),
            1 => format!("{field} {cased}in [{list}]"),
            2 => format!("{field} {cased}starts with '{one}'"),
            3 => format!("{field} {cased}ends with any [{list}]"),
            4 => format!("{field} {cased}contains all [{list}]"),
            5 => format!("{field} {cased}starts with any [{list}]"),
            6 => format!("{field} {cased}contains '{one}'"),
            7 => format!("{field} exists"),
            8 => format!("{field} is blank"),
            _ => format!("{field} {cased}like '{}*'", one.replace('\\', "")),
        }
    });
    let number = 3..8i64;
    let op = prop::sample::select(vec!["==", "<", "<=", ">", ">="]);
    let on_number = (prop::bool::ANY, op, number.clone(), number).prop_map(|(list, op, a, b)| match list {
        true => format!("DestinationPort in [{a}, {b}]"),
        false => format!("DestinationPort {op} {a}"),
    });
    let net = prop::sample::select(vec![
        "SourceIp == 10.0.0.1",
        "SourceIp in 10.0.0.0/8",
        "SourceIp in 10.0.0.0/30",
        "SourceIp in [10.0.0.1, 192.168.0.0/16]",
        "SourceIp is private",
        "SourceIp is public",
        "Initiated == true",
        "Initiated == false",
        "EventID == 3",
        "EventID in [3, 22]",
        "event is sysmon.network_connect",
        "event is any [sysmon.network_connect, sysmon.dns_query]",
        "event is sysmon.dns_query",
    ]);
    prop_oneof![4 => on_text, 2 => on_number, 2 => net.prop_map(String::from)]
}

/// A literal or its negation.
fn signed() -> impl Strategy<Value = String> {
    (prop::bool::weighted(0.3), literal()).prop_map(|(not, text)| if not { format!("not {text}") } else { text })
}

fn event() -> impl Strategy<Value = String> {
    let value = || {
        prop_oneof![
            1 => Just(None),
            1 => Just(Some("null".to_string())),
            1 => Just(Some("5".to_string())),
            1 => Just(Some("true".to_string())),
            6 => word().prop_map(|word| Some(format!("{word:?}").replace("\\u{17f}", "ſ"))),
        ]
    };
    let port = prop::sample::select(vec!["3", "\"4\"", "5", "\"0x5\"", "\"6\"", "7", "\"x\"", "null", "5.5", "true"]);
    let ip = prop::sample::select(vec![
        "\"10.0.0.1\"",
        "\"10.0.0.9\"",
        "\"192.168.0.1\"",
        "\"8.8.8.8\"",
        "\"-\"",
        "\"::ffff:10.0.0.1\"",
    ]);
    let initiated = prop::sample::select(vec!["true", "\"false\"", "\"TRUE\"", "false"]);
    (prop::sample::select(vec![3u32, 22]), value(), value(), port, ip, initiated).prop_map(
        |(id, image, user, port, ip, initiated)| {
            let mut data = format!("\"DestinationPort\":{port},\"SourceIp\":{ip},\"Initiated\":{initiated}");
            for (name, value) in [("Image", image), ("User", user)] {
                if let Some(value) = value {
                    data += &format!(",\"{name}\":{value}");
                }
            }
            support::sysmon(id, &data)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    /// What is said never to hold never does, and what is said always to hold always does.
    #[test]
    fn never_and_always_are_true(tests in prop::collection::vec(signed(), 2..5), or in prop::bool::ANY, events in prop::collection::vec(event(), 40)) {
        let condition = tests.join(if or { " or " } else { " and " });
        let text = format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}");
        let told = found(&text);
        let never = told.iter().any(|found| found.code == Code::NeverHolds);
        let always: Vec<&Diagnostic> = told.iter().filter(|found| found.code == Code::AlwaysHolds).collect();
        prop_assume!(never || !always.is_empty());
        // Of those that have a field, all those of which the fields are of their types.
        let typed = always.iter().any(|found| found.message.ends_with("that has the field"));
        let always = !always.is_empty();
        let compiled = support::compile(&text);
        for event in &events {
            let holds = !support::decide(&compiled, event).did.is_empty();
            let port = ["3", "\"4\"", "5", "\"0x5\"", "\"6\"", "7"].iter().any(|port| event.contains(&format!("\"DestinationPort\":{port},")));
            if typed && !port {
                continue;
            }
            prop_assert!(!(never && holds), "never: {condition} on {event}");
            prop_assert!(!always || holds, "always: {condition} on {event}");
        }
    }

    /// A filter that is said to be left nothing never decides.
    #[test]
    fn what_is_left_nothing_never_decides(
        first in prop::collection::vec(signed(), 1..3),
        wide in prop::collection::vec(signed(), 1..3),
        more in prop::collection::vec(signed(), 0..3),
        same in prop::bool::ANY,
        events in prop::collection::vec(event(), 30),
    ) {
        let narrow = if same { [wide.clone(), more].concat() } else { more };
        prop_assume!(!narrow.is_empty());
        let rule = |name: &str, tests: &[String]| {
            format!("filter \"{name}\" {{ owner \"o\" if event is any [sysmon.network_connect, sysmon.dns_query] and ({}) {{ drop }} }}\n", tests.join(" and "))
        };
        let text = rule("0", &first) + &rule("1", &wide) + &rule("2", &narrow);
        let told = found(&text);
        prop_assume!(told.iter().all(|found| !found.is_error()));
        let about = |found: &&Diagnostic| matches!(found.code, Code::Swallowed | Code::SameConditions);
        let starts: Vec<usize> = text.match_indices("filter ").map(|(at, _)| at).collect();
        let idle: BTreeSet<u32> = told
            .iter()
            .filter(about)
            .filter_map(|found| found.primary.origin.as_span())
            .map(|span| starts.iter().filter(|start| **start <= span.start as usize).count() as u32 - 1)
            .collect();
        prop_assume!(!idle.is_empty());
        let compiled = support::compile(&text);
        for event in &events {
            let by = support::decide(&compiled, event).dropped_by;
            prop_assert!(by.is_none_or(|by| !idle.contains(&by)), "{text} on {event}: by {by:?}");
        }
    }

    /// An arm that is said never to do anything never does.
    #[test]
    fn what_is_never_met_never_does_anything(
        first in prop::collection::vec(signed(), 1..3),
        second in prop::collection::vec(signed(), 1..2),
        arms in prop::collection::vec(prop::collection::vec(signed(), 1..3), 2..4),
        same in 0..4usize,
        events in prop::collection::vec(event(), 30),
    ) {
        let rule = |name: &str, tests: &[String]| {
            format!("filter \"{name}\" {{ owner \"o\" if event is any [sysmon.network_connect, sysmon.dns_query] and ({}) {{ drop }} }}\n", tests.join(" and "))
        };
        let arm = |(at, tests): (usize, &Vec<String>)| {
            let drops = if at == same { first.as_slice() } else { &[] };
            let all = [drops, tests].concat().join(" and ");
            format!("if event is any [sysmon.network_connect, sysmon.dns_query] and {all} {{ tag \"{at}\" }} ")
        };
        let arms: Vec<String> = arms.iter().enumerate().map(arm).collect();
        let text = rule("0", &first) + &rule("1", &second) + &format!("classify \"c\" {{ {} }}", arms.join("else "));
        let told = found(&text);
        prop_assume!(told.iter().all(|found| !found.is_error()));
        let about = told.iter().filter(|found| found.code == Code::Swallowed);
        let never: BTreeSet<String> = about
            .filter_map(|found| found.primary.origin.as_span().and_then(|span| text.get(span.range())))
            .filter_map(|text| text.strip_prefix("tag \"")?.strip_suffix('"').map(str::to_string))
            .collect();
        prop_assume!(!never.is_empty());
        // Where all of a rule never does anything, that is said of the first.
        let compiled = support::compile(&text);
        for event in &events {
            for did in support::decide(&compiled, event).did {
                let blocksieve::ir::twin::Did::Tag(_, tag) = did else { continue };
                prop_assert!(!never.contains(&tag), "{text} on {event}: {tag}");
            }
        }
    }

    /// Two filters that are said to leave nothing between them leave nothing.
    #[test]
    fn what_is_said_to_drop_everything_does(a in literal(), b in literal(), events in prop::collection::vec(event(), 20)) {
        let rule = |name: &str, test: &str| {
            format!("filter \"{name}\" {{ owner \"o\" if event is any [sysmon.network_connect, sysmon.dns_query] and not {test} {{ drop }} }}\n")
        };
        let text = rule("0", &a) + &rule("1", &b);
        prop_assume!(found(&text).iter().any(|found| found.code == Code::TwoWhitelists && found.severity == Severity::Warning));
        let compiled = support::compile(&text);
        for event in &events {
            prop_assert!(support::decide(&compiled, event).dropped_by.is_some(), "{text} keeps {event}");
        }
    }
}
