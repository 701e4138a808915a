//! `sysmon`, `import sysmon` and `compile --to sysmon`, as people meet them.
#![cfg(feature = "cli")]

use crate::support::folder::Folder;

const CONFIG: &[u8] = br#"<Sysmon schemaversion="4.90">
  <HashAlgorithms>sha256</HashAlgorithms>
  <EventFiltering>
    <!-- shells and what asks for names -->
    <RuleGroup name="" groupRelation="or">
      <ProcessCreate onmatch="include">
        <Image name="technique_id=T1059.003,technique_name=Windows Command Shell" condition="image">cmd.exe</Image>
        <Rule name="technique_id=T1033" groupRelation="and">
          <Image condition="image">whoami.exe</Image>
          <CommandLine condition="contains">/all</CommandLine>
        </Rule>
      </ProcessCreate>
    </RuleGroup>
    <RuleGroup name="" groupRelation="or">
      <DnsQuery onmatch="exclude">
        <QueryName condition="end with">.arpa</QueryName>
      </DnsQuery>
    </RuleGroup>
  </EventFiltering>
</Sysmon>
"#;

const BAD: &[u8] = br#"<Sysmon schemaversion="4.20">
  <HashAlgorithm>sha256</HashAlgorithm>
  <EventFiltering>
    <ProcessCreate onmatch="include">
      <Image condition="ends with">\cmd.exe</Image>
      <ImagePath condition="is">a</ImagePath>
    </ProcessCreate>
    <RuleGroup name="x">
      <DnsQuery onmatch="exclude"><QueryName condition="contains any">a;b; c;</QueryName></DnsQuery>
    </RuleGroup>
  </EventFiltering>
</Sysmon>
"#;

const VARIABLES: &[u8] = br#"<Sysmon schemaversion="4.90">
  <EventFiltering>
    <RuleGroup groupRelation="or">
      <ProcessCreate onmatch="include">
        <Image name="shell" condition="is">%SystemRoot%\System32\cmd.exe</Image>
        <Image name="own" condition="begin with">%TOOLS%\</Image>
      </ProcessCreate>
    </RuleGroup>
  </EventFiltering>
</Sysmon>
"#;

/// Logs nothing of what it has nodes of.
const OFF: &[u8] = br#"<Sysmon schemaversion="4.90">
  <EventFiltering>
    <RuleGroup groupRelation="or"><ProcessCreate onmatch="include"/></RuleGroup>
    <RuleGroup groupRelation="or"><DnsQuery onmatch="exclude"><Image condition="image">a.exe</Image></DnsQuery></RuleGroup>
    <RuleGroup groupRelation="or"><DnsQuery onmatch="exclude"><Image condition="image">b.exe</Image></DnsQuery></RuleGroup>
  </EventFiltering>
</Sysmon>
"#;

const OTHER: &[u8] = br#"<Sysmon schemaversion="4.90">
  <HashAlgorithms>md5</HashAlgorithms>
  <EventFiltering>
    <RuleGroup name="names" groupRelation="or">
      <!-- a shell, under another name -->
      <ProcessCreate onmatch="include">
        <Image condition="image">CMD.exe</Image>
        <Image condition="image">net.exe</Image>
      </ProcessCreate>
    </RuleGroup>
    <RuleGroup name="" groupRelation="or">
      <DnsQuery onmatch="include">
        <QueryName condition="end with">.arpa</QueryName>
      </DnsQuery>
    </RuleGroup>
  </EventFiltering>
</Sysmon>
"#;

fn event(id: u32, data: &str) -> String {
    let provider = r#""provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational""#;
    format!(
        "{{\"@timestamp\":\"2026-11-26T10:00:00Z\",\"winlog\":{{{provider},\"event_id\":\"{id}\",\"event_data\":{{{data}}}}}}}\n"
    )
}

fn folder(name: &str) -> Folder {
    let events = [
        event(1, r#""RuleName":"-","Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"cmd""#),
        event(1, r#""RuleName":"technique_id=T1033","Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /ALL""#),
        event(1, r#""Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami""#),
        event(22, r#""QueryName":"www.example.org","Image":"C:\\a.exe""#),
        event(22, r#""QueryName":"1.0.0.127.in-addr.arpa","Image":"C:\\a.exe""#),
        event(4, r#""State":"Stopped""#),
        event(3, r#""DestinationPort":"443""#),
    ]
    .concat();
    Folder::new(
        name,
        &[
            ("sysmonconfig.xml", CONFIG),
            ("bad.xml", BAD),
            ("pieces/other.xml", OTHER),
            ("broken.xml", b"<Sysmon schemaversion=\"4.90\"><EventFiltering>"),
            ("events.ndjson", events.as_bytes()),
            ("more/events.ndjson", events.as_bytes()),
            (
                "quiet.rule",
                br#"filter "names of the own domain" { if event is sysmon.dns_query and QueryName ends with '.example.org' { drop } }
filter "connections" { if event is sysmon.network_connect and DestinationPort == 443 { drop } }
filter "shells of the service" {
    if event is sysmon.process_create and file name of ParentImage == 'service.exe' { drop }
}
"#,
            ),
            ("variables.xml", VARIABLES),
            ("off.xml", OFF),
            (
                "idle.rule",
                br#"filter "connections" { if event is sysmon.network_connect and DestinationPort == 443 { drop } }
filter "libraries" { if event is sysmon.image_load and Image == 'C:\a.exe' or event is sysmon.driver_load { drop } }
"#,
            ),
            (
                "part.rule",
                br#"filter "names of the own domain" {
    if event is sysmon.dns_query and QueryName ends with '.example.org' and Image cased matches '^[A-Z]:'
        and RuleName not contains 'Exfiltration' { drop }
    else if event is sysmon.dns_query and QueryName ends with '.example.net' { drop }
}
filter "connections" { if event is sysmon.network_connect and DestinationPort == 443 { drop } }
"#,
            ),
            (
                "wide.rule",
                br#"filter "libraries of the system" {
    owner "soc@example.org"
    if event is sysmon.image_load and ImageLoaded starts with 'C:\Windows\System32\' { drop }
}
"#,
            ),
            (
                "refused.rule",
                br#"filter "at night" { if event is sysmon.process_create and hour of UtcTime == 3 { tag "night" drop } }
"#,
            ),
        ],
    )
}

#[test]
fn a_configuration_is_checked_counted_and_written_back() {
    insta::assert_snapshot!(folder("sysmon-check").session(&[
        "sysmon check sysmonconfig.xml",
        "sysmon check bad.xml",
        "sysmon check --format ndjson --deny-warnings bad.xml",
        "sysmon check broken.xml nothing.xml",
        "sysmon check broken.xml",
        "import sysmon sysmonconfig.xml",
        "import sysmon bad.xml",
        "import sysmon - -o - < sysmonconfig.xml",
        "sysmon stats sysmonconfig.xml",
        "sysmon stats sysmonconfig.xml --json",
    ]));
}

#[test]
fn each_event_is_explained() {
    insta::assert_snapshot!(folder("sysmon-explain").session(&[
        "sysmon explain sysmonconfig.xml events.ndjson",
        "sysmon explain sysmonconfig.xml events.ndjson:2",
        "sysmon explain sysmonconfig.xml events.ndjson:3",
        "sysmon explain sysmonconfig.xml events.ndjson:5",
        "sysmon explain sysmonconfig.xml events.ndjson more --limit 8",
        "sysmon explain sysmonconfig.xml events.ndjson --only dropped --limit 1 --never",
        "sysmon explain sysmonconfig.xml events.ndjson --only differing --json",
        "sysmon explain bad.xml events.ndjson",
        "sysmon explain sysmonconfig.xml nothing.ndjson",
    ]));
}

#[test]
fn variables_are_as_somebody_says() {
    insta::assert_snapshot!(folder("sysmon-variables").session(&[
        "sysmon check variables.xml",
        "sysmon explain variables.xml events.ndjson --only logged",
        "sysmon explain variables.xml events.ndjson --only logged --env windows",
        "sysmon explain variables.xml events.ndjson:1 --env windows --env 'tools=C:\\Program Files\\Tools'",
        "sysmon explain variables.xml events.ndjson --summary --env windows --env SystemRoot=D:\\Windows --env TOOLS=",
        "sysmon diff variables.xml sysmonconfig.xml --env windows --events events.ndjson",
        "sysmon explain variables.xml events.ndjson --env %TOOLS%=x",
        "sysmon explain variables.xml events.ndjson --env linux",
    ]));
}

#[test]
fn two_configurations_are_compared_and_put_together() {
    insta::assert_snapshot!(folder("sysmon-diff").session(&[
        "sysmon diff sysmonconfig.xml sysmonconfig.xml",
        "sysmon diff sysmonconfig.xml sysmonconfig.xml --exit-code --events events.ndjson",
        "sysmon diff sysmonconfig.xml pieces/other.xml --events events.ndjson",
        "sysmon diff sysmonconfig.xml pieces/other.xml --exit-code --limit 1 --events events.ndjson more",
        "sysmon diff sysmonconfig.xml pieces/other.xml --json",
        "sysmon merge sysmonconfig.xml pieces",
        "sysmon merge sysmonconfig.xml bad.xml -o out.xml",
    ]));
}

/// A node about ProcessCreate, in a group with `or`.
fn node(on_match: &str, filters: &str) -> String {
    format!(
        "<RuleGroup groupRelation=\"or\"><ProcessCreate onmatch=\"{on_match}\">{filters}</ProcessCreate></RuleGroup>"
    )
}

fn config(nodes: &str) -> String {
    format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{nodes}</EventFiltering></Sysmon>")
}

#[test]
fn another_order_is_a_difference_where_names_can_tell() {
    let image = |name: &str, value: &str| format!("<Image name=\"{name}\" condition=\"image\">{value}</Image>");
    let (a, b, c) = (image("1", "a"), image("1", "b"), image("2", "c"));
    let rule = |filters: &str| format!("<Rule groupRelation=\"and\">{filters}</Rule>");
    let command = "<CommandLine condition=\"contains\">x</CommandLine>";
    let [first, second] = [&a, &c].map(|filter| rule(&format!("{filter}{command}")));
    let include = |filters: &[&str]| node("include", &filters.concat());
    let exclude = |filters: &[&str]| node("exclude", &filters.concat());
    let same = "the rules are the same\n";
    let order = |on_match: &str| {
        format!("ProcessCreate {on_match}\n  ~ the order of the rules changed: events may get other names\n")
    };
    let table = [
        ("filters", include(&[&a, &b, &c]), include(&[&c, &a, &b]), order("include")),
        ("filters of one name", include(&[&a, &b, &c]), include(&[&b, &a, &c]), same.to_string()),
        ("a node becomes two", include(&[&a, &c]), include(&[&a]) + &include(&[&c]), order("include")),
        ("two nodes in the order of one", include(&[&a, &c]), include(&[&c]) + &include(&[&a]), same.to_string()),
        ("what is excluded has no name", exclude(&[&a, &c]), exclude(&[&c, &a]), same.to_string()),
        ("what fails leaves one", exclude(&[&first, &second]), exclude(&[&second, &first]), order("exclude")),
    ];
    for (what, old, new, expected) in table {
        let files = [("old.xml", config(&old)), ("new.xml", config(&new))];
        let files = files.each_ref().map(|(name, text)| (*name, text.as_bytes()));
        let folder = Folder::new("sysmon-order", &files);
        let status = if expected == same { 0 } else { 1 };
        let told = folder.session(&["sysmon diff old.xml new.xml --exit-code"]);
        assert!(told.contains(&format!("[{status}]\n--- out\n{expected}")), "{what}: {told}");
    }
}

#[test]
fn pieces_together_that_drop_what_one_alone_logs_are_told() {
    let filter = |value: &str| format!("<Image condition=\"image\">{value}</Image>");
    let [exclude, other] = ["a", "b"].map(|value| node("exclude", &filter(value)));
    let include = node("include", &filter("c"));
    let table = [
        ("an exclude node and an include node", exclude.clone(), include.clone(), "BS1010"),
        ("the other way round", include.clone(), exclude.clone(), "BS1010"),
        ("a piece that has both", exclude.clone() + &include, include.clone(), ""),
        ("two exclude nodes", exclude.clone(), other.clone(), ""),
        ("two include nodes", include.clone(), node("include", &filter("d")), ""),
        ("a piece that is off, and is not any more", exclude.clone() + &other, String::new(), "BS1018"),
    ];
    for (what, one, another, code) in table {
        let files = [("one.xml", config(&one)), ("two.xml", config(&another))];
        let files = files.each_ref().map(|(name, text)| (*name, text.as_bytes()));
        let folder = Folder::new("sysmon-switch", &files);
        let told = folder.session(&["sysmon merge one.xml two.xml"]);
        let codes: Vec<&str> = told.match_indices("[BS").filter_map(|(at, _)| told.get(at + 1..at + 7)).collect();
        assert_eq!(codes.join(" "), code, "{what}: {told}");
    }
}

#[test]
fn filters_go_into_a_base_or_are_refused() {
    insta::assert_snapshot!(folder("sysmon-compile").session(&[
        "compile quiet.rule --to sysmon --base sysmonconfig.xml",
        "compile quiet.rule --to sysmon --base sysmonconfig.xml -o quieter.xml",
        "compile quiet.rule --to sysmon --base quieter.xml -o quieter.xml",
        "sysmon diff sysmonconfig.xml quieter.xml",
        "compile quiet.rule --to sysmon",
        "compile idle.rule --to sysmon --base sysmonconfig.xml",
        "compile quiet.rule --to sysmon --base off.xml -o out.xml",
        "compile refused.rule --to sysmon --base sysmonconfig.xml",
        "compile part.rule --to sysmon --base sysmonconfig.xml --partial",
        "compile refused.rule --to sysmon --base sysmonconfig.xml --partial",
        "compile part.rule --to winlogbeat --partial",
        "compile quiet.rule --to sysmon --base bad.xml -o out.xml",
        "compile quiet.rule --to winlogbeat --base sysmonconfig.xml",
        "compile quiet.rule --to sysmon --base sysmonconfig.xml --observe",
    ]));
}

#[test]
fn what_is_doubtful_is_told_for_sysmon_as_for_winlogbeat() {
    let folder = folder("sysmon-lints");
    let lints = |command: &str| {
        let told = folder.session(&[command]);
        assert!(told.contains("warning[BS0436]"), "{told}");
        told.lines().filter(|line| line.starts_with("warning[")).map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(
        lints("compile wide.rule --to sysmon --base sysmonconfig.xml"),
        lints("compile wide.rule --to winlogbeat")
    );
}

/// The section of the manual, command by command: each ends with 0 and says what stands below it.
#[test]
fn the_whole_way_of_the_manual_leads_there() {
    let page = include_str!("../../grammar/sysmon.md");
    let (_, rest) = page.split_once("\n```console\n").unwrap_or_default();
    let (session, _) = rest.split_once("\n```\n").unwrap_or_default();
    let folder = Folder::new("sysmon-whole-way", &[]);
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/");
    let mut commands = 0;
    for step in session.split("$ blocksieve ").skip(1) {
        let (command, told) = step.split_once('\n').unwrap_or((step, ""));
        let words: Vec<String> = command.split(' ').map(|word| word.replace("examples/", examples)).collect();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_blocksieve"))
            .args(&words)
            .current_dir(&folder.0)
            .output()
            .expect("starts");
        let all = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "{command}\n{all}");
        for line in told.lines() {
            assert!(all.lines().any(|said| said == line), "{command}\n{line}\n{all}");
        }
        commands += 1;
    }
    assert_eq!(commands, 7);
}

#[test]
fn a_configuration_that_is_taken_for_rules_is_told_apart() {
    let told = folder("sysmon-for-rules").session(&["check sysmonconfig.xml"]);
    assert!(told.contains("`blocksieve sysmon check` looks at it"), "{told}");
}

#[test]
fn pieces_keep_their_values_and_each_comment_once() {
    let piece = br#"<Sysmon schemaversion="4.90"><EventFiltering>
<RuleGroup name="wmic" groupRelation="or">
<!-- starts -->
<ProcessCreate onmatch="include"><CommandLine condition="contains">path name=""</CommandLine></ProcessCreate>
<!-- ends -->
<ProcessTerminate onmatch="include"><Image name="" condition="image">wmic.exe</Image></ProcessTerminate>
</RuleGroup></EventFiltering></Sysmon>"#;
    let told = Folder::new("sysmon-pieces", &[("piece.xml", piece)]).session(&["sysmon merge piece.xml"]);
    assert!(told.contains(r#"<CommandLine name="wmic" condition="contains">path name=""</CommandLine>"#), "{told}");
    assert!(told.contains(r#"<Image name="wmic" condition="image">wmic.exe</Image>"#), "{told}");
    for comment in ["<!-- starts -->", "<!-- ends -->"] {
        assert_eq!(told.matches(comment).count(), 1, "{told}");
    }
}
