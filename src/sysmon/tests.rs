//! The catalogue against itself, and against every Sysmon event of the corpus.

use super::*;

fn resolved(catalogue: &Catalogue, name: &str) -> Vec<String> {
    catalogue.resolve(name).path.paths
}

#[test]
fn every_field_of_every_event_is_a_field_of_the_catalogue() {
    let catalogue = Catalogue::standard();
    assert_eq!(catalogue.events.len(), 31);
    for event in &catalogue.events {
        for field in &event.fields {
            assert!(catalogue.resolve(field).def.is_some(), "{}: {field}", event.name);
        }
    }
}

#[test]
fn every_own_field_is_in_some_event() {
    let catalogue = Catalogue::standard();
    let events = &catalogue.events;
    for field in catalogue.fields.iter().filter(|field| field.paths[0].starts_with("winlog.event_data.")) {
        for name in std::iter::once(&field.name).chain(&field.aliases) {
            assert!(events.iter().any(|event| event.fields.contains(name)), "{name}");
        }
    }
}

#[test]
fn no_name_stands_for_two_fields() {
    let catalogue = Catalogue::standard();
    let mut seen = std::collections::HashSet::new();
    for field in &catalogue.fields {
        for name in std::iter::once(&field.name).chain(&field.aliases) {
            assert!(seen.insert(name), "{name}");
        }
    }
}

#[test]
fn names_become_paths() {
    let catalogue = Catalogue::standard();
    let guid = ["winlog.event_data.SourceProcessGuid", "winlog.event_data.SourceProcessGUID"];
    assert_eq!(resolved(&catalogue, "SourceProcessGuid"), guid);
    assert_eq!(resolved(&catalogue, "SourceProcessGUID"), guid);
    assert_eq!(resolved(&catalogue, "winlog.event_data.SourceProcessGUID"), ["winlog.event_data.SourceProcessGUID"]);
    assert_eq!(resolved(&catalogue, "Hashes"), ["winlog.event_data.Hashes", "winlog.event_data.Hash"]);
    assert_eq!(resolved(&catalogue, "Hash"), ["winlog.event_data.Hash"]);
    assert_eq!(resolved(&catalogue, "EventID"), ["winlog.event_id"]);
    assert_eq!(resolved(&catalogue, "msg.image"), ["msg.image", "winlog.event_data.Image"]);
    assert_eq!(resolved(&catalogue, "msg.targettimage"), resolved(&catalogue, "msg.targetimage"));
    assert_eq!(resolved(&catalogue, "msg.username"), ["msg.username", "winlog.event_data.User"]);
    assert_eq!(resolved(&catalogue, "msg.group"), ["msg.group"]);
    // Unknown: data of another channel's event, or a path.
    assert_eq!(resolved(&catalogue, "SubjectUserSid"), ["winlog.event_data.SubjectUserSid", "SubjectUserSid"]);
    assert_eq!(resolved(&catalogue, "labels.site"), ["labels.site"]);
    assert_eq!(resolved(&catalogue, "site"), ["site"]);
    let by_path = catalogue.resolve("winlog.event_data.Image");
    assert_eq!(by_path.def.map(|def| def.name.as_str()), Some("Image"));
    assert!(catalogue.resolve("SubjectUserSid").def.is_none());
}

#[test]
fn an_event_is_its_provider_and_id_together() {
    let catalogue = Catalogue::standard();
    let name = |provider, id, channel| {
        let at = catalogue.event_of(provider, id, channel)?;
        catalogue.event_at(at).map(|event| event.name.as_str())
    };
    let channel = Some("Microsoft-Windows-Sysmon/Operational");
    assert_eq!(name(Some("microsoft-windows-SYSMON"), 1, None), Some("sysmon.process_create"));
    assert_eq!(name(None, 22, channel), Some("sysmon.dns_query"));
    // An empty name is none.
    assert_eq!(name(Some(""), 22, channel), Some("sysmon.dns_query"));
    assert_eq!(name(Some(""), 22, None), None);
    assert_eq!(name(Some("Microsoft-Windows-Kernel-General"), 1, channel), None);
    assert_eq!(name(Some("Microsoft-Windows-Sysmon"), 100, None), None);
    assert_eq!(name(Some("Linux-Sysmon"), 100, None), Some("sysmon.ebpf"));
    assert_eq!(name(Some("Linux-Sysmon"), 1, None), Some("sysmon.process_create"));
    assert_eq!(name(None, 1, None), None);
    let tamper: Vec<u32> = catalogue.events.iter().filter(|event| event.tamper).map(|event| event.id).collect();
    assert_eq!(tamper, [4, 16, 255]);
}

#[test]
fn what_an_event_carries() {
    let catalogue = Catalogue::standard();
    let carries = |event: &str, field: &str| {
        let (at, _) = catalogue.event(event).unwrap();
        catalogue.carries(at, &catalogue.resolve(field))
    };
    assert_eq!(carries("sysmon.dns_query", "QueryName"), Carries::Always);
    assert_eq!(carries("sysmon.dns_query", "TargetObject"), Carries::Never);
    assert_eq!(carries("sysmon.dns_query", "winlog.channel"), Carries::Always);
    assert_eq!(carries("sysmon.dns_query", "message"), Carries::Unknown);
    assert_eq!(carries("sysmon.dns_query", "SubjectUserSid"), Carries::Unknown);
    assert_eq!(carries("sysmon.dns_query", "msg.targetobject"), Carries::Never);
    assert_eq!(carries("sysmon.dns_query", "msg.eventid"), Carries::Always);
    assert_eq!(carries("sysmon.dns_query", "msg.group"), Carries::Unknown);
    assert_eq!(carries("sysmon.process_access", "SourceProcessGuid"), Carries::Always);
    assert_eq!(carries("sysmon.process_access", "winlog.event_data.SourceProcessGuid"), Carries::Never);
    assert_eq!(carries("sysmon.file_create_stream_hash", "Hashes"), Carries::Always);
}

#[test]
fn a_catalogue_of_two_fields_will_do() {
    let field = |name: &str| FieldDef {
        name: name.into(),
        aliases: Vec::new(),
        paths: vec![format!("winlog.event_data.{name}")],
        kind: FieldType::Text,
        common: false,
        normalised: false,
        about: String::new(),
    };
    let event = EventDef {
        name: "toy.event".into(),
        providers: vec!["Toy".into()],
        channels: Vec::new(),
        id: 1,
        title: "Toy".into(),
        fields: vec!["A".into()],
        tamper: false,
    };
    let catalogue = Catalogue::new(vec![event], vec![field("A"), field("B")]);
    let (at, _) = catalogue.event("toy.event").unwrap();
    assert_eq!(catalogue.carries(at, &catalogue.resolve("A")), Carries::Always);
    assert_eq!(catalogue.carries(at, &catalogue.resolve("B")), Carries::Never);
    assert_eq!(catalogue.field_names().collect::<Vec<_>>(), ["A", "B"]);
}
