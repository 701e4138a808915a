//! From a configuration to the mail: what a rule names gets its tags, its group, and where it should the alert.

use blocksieve::Compiled;
use blocksieve::event::Value;
use blocksieve::ir::twin::Did;
use blocksieve::table::{Findings, TableDef, sheet};

use super::shape::ALERTING;
use super::*;

/// The rules of the example project behind the filters.
fn project() -> Compiled {
    let read =
        |file: &str| std::fs::read_to_string(path("..").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let rules = [
        "classify/1-sysmon",
        "classify/2-whitelisted",
        "classify/3-suspicious",
        "classify/4-group",
        "alerts/significant",
    ];
    let text: String = rules.iter().map(|rule| read(&format!("{rule}.rule"))).collect();
    let sources = Sources::default();
    let table = |name: &str, key: &str| {
        let mut findings = Findings::default();
        let columns = sheet::read(sources.next(), &read(&format!("tables/{name}.csv")), &mut findings).columns;
        assert!(!findings.has_error(), "{name}");
        TableDef { name: name.into(), key: key.into(), columns }
    };
    let tables = [
        table("sysmon-hash-whitelist", "sha256"),
        table("sysmon-suspicious-techniques", "technique"),
        table("sysmon-suspicious-names", "name"),
    ];
    support::compile_with(&text, &tables)
}

/// What the project makes of an event that was logged under a name.
struct Became {
    suspicious: bool,
    group: String,
    mail: bool,
}

fn became(project: &Compiled, event: &Event, name: &str) -> Became {
    let mut fields: serde_json::Map<String, serde_json::Value> =
        event.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    fields.insert("RuleName".to_string(), name.into());
    let data = serde_json::Value::Object(fields).to_string();
    let data = data.strip_prefix('{').and_then(|data| data.strip_suffix('}')).unwrap_or_default();
    let did = support::decide(project, &support::sysmon(event.id, data)).did;
    let group = did.iter().find_map(|did| match did {
        Did::Set(_, slot, Value::Text(text)) => {
            project.program.layout.get(*slot).filter(|field| field.name == "msg.group").map(|_| text.clone())
        }
        _ => None,
    });
    Became {
        suspicious: did.iter().any(|did| matches!(did, Did::Tag(_, tag) if tag == "suspicious")),
        group: group.expect("every event of Sysmon has a group"),
        mail: did.iter().any(|did| matches!(did, Did::Send(..))),
    }
}

/// Events that are about security whatever they are called.
const SECURITY_ALWAYS: [u32; 7] = [8, 9, 19, 20, 21, 25, 27];

#[test]
fn each_of_the_three_names_reaches_the_mail_and_no_other_does() {
    let project = project();
    for file in [SECURITY, FORENSICS] {
        let mut config = Deciding::new(file);
        let mut mails: BTreeMap<&str, usize> = BTreeMap::new();
        for sample in all_samples() {
            let decided = config.decide(&sample.event);
            if !decided.logged {
                continue;
            }
            let became = became(&project, &sample.event, &decided.name);
            let alerting = ALERTING.iter().find(|(_, alerting)| decided.name.contains(alerting));
            // What is in a stream is another half of the alert: by what it is, not by its name.
            if sample.event.id != 15 {
                assert_eq!(became.mail, alerting.is_some(), "{}: {:?}", decided.name, sample.event);
            }
            assert!(became.suspicious || alerting.is_none(), "{}", decided.name);
            let group = match (
                became.suspicious,
                decided.name.starts_with(FORENSIC) && !SECURITY_ALWAYS.contains(&sample.event.id),
            ) {
                (true, _) => "suspicious",
                (false, true) => "forensic",
                (false, false) => "security",
            };
            assert_eq!(became.group, group, "{}: {:?}", decided.name, sample.event);
            if let Some((_, alerting)) = alerting {
                *mails.entry(alerting).or_default() += 1;
            }
        }
        assert_eq!(mails.len(), ALERTING.len(), "{file}: {mails:?}");
        assert!(mails.values().all(|samples| *samples >= 5), "{file}: {mails:?}");
    }
}

/// The near miss of a rule that sends a mail sends none, even where the second configuration logs it.
#[test]
fn what_comes_near_sends_no_mail() {
    let project = project();
    let mut config = Deciding::new(FORENSICS);
    for sample in all_samples() {
        let About::Both(name) = &sample.about else { continue };
        let decided = config.decide(&sample.near_miss);
        if ALERTING.iter().any(|(_, alerting)| name.contains(alerting)) && decided.logged {
            assert!(
                !became(&project, &sample.near_miss, &decided.name).mail,
                "{}: {:?}",
                decided.name,
                sample.near_miss
            );
        }
    }
}
