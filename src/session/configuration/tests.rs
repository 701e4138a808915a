use super::wire::{ConfigExplained, ConfigMet, ConfigRow};
use super::*;
use crate::event::carry;

const TEXT: &str = r#"<Sysmon schemaversion="4.90">
  <EventFiltering>
    <RuleGroup name="" groupRelation="or">
      <ProcessCreate onmatch="include">
        <Image name="technique_id=T1059.001" condition="image">powershell.exe</Image>
        <Image condition="image">cmd.exe</Image>
        <Rule name="Both" groupRelation="and">
          <Image condition="end with">\curl.exe</Image>
          <CommandLine condition="contains">http://</CommandLine>
        </Rule>
      </ProcessCreate>
    </RuleGroup>
    <RuleGroup groupRelation="or">
      <ProcessCreate onmatch="exclude">
        <CommandLine condition="is">cmd.exe /c ver</CommandLine>
      </ProcessCreate>
    </RuleGroup>
  </EventFiltering>
</Sysmon>
"#;

fn open(text: &str) -> (Configuration, Configured) {
    let mut configuration = Configuration::default();
    let told = configuration.set("c.xml", text);
    (configuration, told)
}

fn event(image: &str, line: &str, name: &str) -> serde_json::Value {
    serde_json::json!({
        "winlog": {
            "provider_name": "Microsoft-Windows-Sysmon",
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "event_id": "1",
            "event_data": {"Image": image, "CommandLine": line, "RuleName": name},
        },
    })
}

fn carried(events: &[serde_json::Value]) -> Vec<u8> {
    carry::carry(events.iter().map(|event| format!("{event}\n")).collect::<String>().as_bytes())
}

fn done<T>(answer: Answer<T>) -> T {
    match answer {
        Answer::Done(answer) => answer,
        Answer::Refused(refused) => panic!("{refused:?}"),
    }
}

fn error<T>(answer: Answer<T>) -> String {
    match answer {
        Answer::Done(_) => panic!("done"),
        Answer::Refused(refused) => refused.error,
    }
}

#[test]
fn nodes_and_their_items_have_places_and_numbers() {
    let (configuration, told) = open(TEXT);
    assert!(told.taken, "{:?}", told.diagnostics);
    let nodes = told.nodes.unwrap();
    let said: Vec<String> = nodes
        .iter()
        .map(|node| {
            format!(
                "{} {:?} {} {}: {} of {}",
                node.tag, node.events, node.on_match, node.relation, node.rules, node.filters
            )
        })
        .collect();
    assert_eq!(said, ["ProcessCreate [1] include or: 3 of 4", "ProcessCreate [1] exclude or: 1 of 1"]);
    assert_eq!((nodes[0].range.line, nodes[0].range.column), (4, 7));
    let items = done(configuration.node(0));
    assert_eq!(items[0].relation, None);
    assert_eq!(items[0].filters[0].name.as_deref(), Some("technique_id=T1059.001"));
    assert_eq!((items[2].relation, items[2].name.as_deref()), (Some("and"), Some("Both")));
    let at = items[2].filters[1].range;
    assert_eq!(&TEXT[at.start..at.end], "<CommandLine condition=\"contains\">http://</CommandLine>");
    assert_eq!(error(configuration.node(2)), "there is no such node");
}

#[test]
fn words_are_found_in_values_fields_and_names() {
    let (configuration, _) = open(TEXT);
    let blocks =
        |words: &str| configuration.find(words, 10).parts.into_iter().map(|part| part.block).collect::<Vec<_>>();
    assert_eq!(blocks("HTTP"), ["0.2.1"]);
    assert_eq!(blocks("both"), ["0.2"]);
    assert_eq!(blocks("t1059"), ["0.0"]);
    assert_eq!(blocks("commandline"), ["0.2.1", "1.0"]);
    assert_eq!(blocks(" "), Vec::<String>::new());
    let some = configuration.find("cmd.exe", 1);
    assert_eq!((some.count, some.parts.len()), (2, 1));
}

#[test]
fn each_event_has_a_row_and_the_sums_are_of_all() {
    let (mut configuration, _) = open(TEXT);
    let events = [
        event("C:\\powershell.exe", "powershell", "technique_id=T1059.001"),
        event("C:\\cmd.exe", "cmd.exe /c ver", "-"),
        event("C:\\curl.exe", "curl http://x", "another"),
        event("C:\\curl.exe", "curl x", "-"),
        serde_json::json!({"winlog": {"provider_name": "Other", "event_id": "1"}}),
    ];
    let rows = done(configuration.decide(&carried(&events), true));
    let row = |logged: bool, name: Option<&str>, agrees: Option<bool>, block: Option<&str>| {
        Some(ConfigRow { logged, name: name.map(String::from), agrees, block: block.map(String::from), lost: false })
    };
    assert_eq!(
        rows,
        [
            row(true, Some("technique_id=T1059.001"), Some(true), Some("0.0")),
            row(false, None, None, Some("1.0")),
            row(true, Some("Both"), Some(false), Some("0.2.1")),
            row(false, None, None, None),
            None,
        ]
    );
    // In portions it is the same.
    assert_eq!(done(configuration.decide(&carried(&events[..2]), true)), rows[..2]);
    assert_eq!(done(configuration.decide(&carried(&events[2..]), false)), rows[2..]);
    let sums = done(configuration.sums(10));
    assert_eq!((sums.events, sums.logged, sums.other, sums.agree, sums.differ), (4, 2, 1, 1, 1));
    assert_eq!((sums.by_event[0].tag, sums.by_event[0].events, sums.by_event[0].logged), (Some("ProcessCreate"), 4, 2));
    assert_eq!((sums.rules, sums.never), (4, 1));
    assert_eq!(
        (sums.never_fired[0].block.as_str(), sums.never_fired[0].text.as_str()),
        ("0.1", "Image image “cmd.exe”")
    );
    assert_eq!(done(configuration.sums(0)).never_fired.len(), 0);
}

#[test]
fn an_event_is_explained_with_values_places_and_blocks() {
    let (mut configuration, _) = open(TEXT);
    let ask = |configuration: &mut Configuration, image: &str, line: &str| -> ConfigExplained {
        done(configuration.explain(&carried(&[event(image, line, "Both")])))
    };
    let both = ask(&mut configuration, "C:\\curl.exe", "curl http://x");
    assert_eq!((both.why.as_str(), both.row.agrees), ("an include node about ProcessCreate matches", Some(true)));
    assert_eq!(both.node.as_ref().unwrap().block.as_deref(), Some("0"));
    assert_eq!(both.rule.as_ref().unwrap().text, "<Rule name=\"Both\" groupRelation=\"and\">");
    let filter = both.filter.unwrap();
    assert_eq!((filter.block.as_deref(), filter.range.line), (Some("0.2.1"), 9));
    assert_eq!(
        (filter.text.as_str(), filter.seen.as_deref()),
        ("CommandLine contains “http://”", Some("curl http://x"))
    );
    assert_eq!(both.name_at.unwrap().range.line, 7);
    let near = ask(&mut configuration, "C:\\curl.exe", "curl x");
    assert_eq!(near.why, "no rule about ProcessCreate matches, and with several nodes that means: not logged");
    assert_eq!(near.nearest.unwrap().block.as_deref(), Some("0.2"));
    assert_eq!(near.missing[0].block.as_deref(), Some("0.2.1"));
    assert_eq!(error(configuration.explain(b"")), "this is no event of Sysmon");
}

#[test]
fn the_parts_of_a_node_are_asked_each_alone() {
    let (configuration, _) = open(TEXT);
    let events = carried(&[event("C:\\curl.exe", "cmd.exe /c ver", "")]);
    let met: ConfigMet = done(configuration.met(0, &events)).unwrap();
    let items: Vec<(bool, Vec<bool>)> = met.items.into_iter().map(|item| (item.met, item.filters)).collect();
    assert!(!met.node);
    assert_eq!(items, [(false, vec![false]), (false, vec![false]), (false, vec![true, false])]);
    assert_eq!(met.seen[0].value.as_deref(), Some("C:\\curl.exe"));
    assert!(done(configuration.met(1, &events)).unwrap().node);
    assert!(done(configuration.met(7, &events)).is_none());
}

#[test]
fn a_text_that_cannot_be_read_leaves_the_parts_and_takes_the_decisions() {
    let (mut configuration, _) = open(TEXT);
    let events = carried(&[event("C:\\cmd.exe", "cmd", "")]);
    let broken = configuration.set("c.xml", &TEXT.replace("</ProcessCreate>", "</ProcessCreat>"));
    assert!(broken.nodes.is_none() && !broken.taken);
    let place = &broken.diagnostics[0].place;
    assert_eq!(place.range.unwrap().line, 11);
    assert_eq!(done(configuration.node(0)).len(), 3);
    assert_eq!(error(configuration.decide(&events, true)), "Sysmon would refuse this configuration");

    // What Sysmon refuses can be read.
    let refused =
        configuration.set("c.xml", &TEXT.replace("<Image condition=\"image\">cmd", "<Image condition=\"imag\">cmd"));
    assert!(refused.nodes.is_some() && !refused.taken);
    assert_eq!(refused.diagnostics[0].place.block.as_deref(), Some("0.1"));
    assert_eq!(error(configuration.explain(&events)), "Sysmon would refuse this configuration");
    assert!(configuration.set("c.xml", TEXT).taken);
    assert!(done(configuration.decide(&events, true))[0].as_ref().unwrap().logged);
}

#[test]
fn a_file_comes_back_byte_by_byte() {
    for bytes in [b"\xff\xfe<\0S\0/\0>\0".as_slice(), b"<S/>\r\n", b"\xef\xbb\xbf<S/>"] {
        let text = done(Configuration::text_of(bytes));
        assert_eq!(Configuration::bytes_of(&text.text, text.encoding, text.mark).as_deref(), Some(bytes));
    }
    assert!(error(Configuration::text_of(b"<a>\xfc")).contains("not UTF-8"));
    assert_eq!(Configuration::bytes_of("<a/>", "EBCDIC", false), None);
}

/// What the page says of the two configurations is what the command line says.
#[test]
fn the_shipped_configurations_name_events_as_they_decide() {
    let here = |path: &str| std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    for name in ["security", "security-and-forensics"] {
        let text = String::from_utf8(here(&format!("examples/sysmon/config/{name}.xml"))).unwrap();
        let (mut configuration, told) = open(&text);
        assert!(told.taken && told.nodes.is_some_and(|nodes| nodes.len() > 10));
        let events = carry::carry(&here("examples/sysmon/events/sysmon.ndjson"));
        let rows = done(configuration.decide(&events, true));
        let sums = done(configuration.sums(0));
        assert_eq!(sums.events + sums.other, rows.len());
        assert_eq!(sums.logged, rows.iter().flatten().filter(|row| row.logged).count());
        assert!(sums.logged > 0 && sums.logged < sums.events);
    }
}
