use std::collections::BTreeSet;

use super::*;
use crate::event::carry;

const INCIDENT: &[u8] = include_bytes!("../../../examples/hunt/incident.ndjson");
const NOTEPAD: &str = "0b1e5a11-4f20-6981-0024-000000001200";
const EXPLORER: &str = "0B1E5A11-4F20-6981-0013-000000001200";

fn done<T, R: std::fmt::Debug>(answer: Answer<T, R>) -> T {
    match answer {
        Answer::Done(answer) => answer,
        Answer::Refused(refused) => panic!("{refused:?}"),
    }
}

fn stuck<T, R>(answer: Answer<T, R>) -> R {
    match answer {
        Answer::Done(_) => panic!("it came to an end"),
        Answer::Refused(refused) => refused,
    }
}

/// The lines of a log, carried in portions of so many.
fn portions(log: &[u8], most: usize) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    lines.chunks(most).map(|lines| carry::carry(&lines.concat())).collect()
}

/// A page that has read all events.
fn reading(portions: &[Vec<u8>]) -> Hunting {
    let mut hunting = Hunting::default();
    for (at, portion) in portions.iter().enumerate() {
        done(hunting.read(portion, at == 0));
    }
    hunting
}

/// The second reading, of all events.
fn gathered(hunting: &mut Hunting, portions: &[Vec<u8>]) -> (serde_json::Value, Vec<u32>) {
    let mut row = 0;
    for portion in portions {
        let rows: Vec<u32> = (row..row + 1000).collect();
        row += done(hunting.gather(portion, &rows)) as u32;
    }
    let hunted = done(hunting.end());
    (serde_json::to_value(hunted.hunt).unwrap(), hunted.rows)
}

fn from(guid: &str) -> HuntRequest {
    HuntRequest { start: vec![guid.to_string()], ..HuntRequest::default() }
}

fn images(hunt: &serde_json::Value, list: &str) -> BTreeSet<String> {
    let image =
        |process: &serde_json::Value| process["image"].as_str().unwrap().rsplit('\\').next().unwrap().to_string();
    hunt[list].as_array().unwrap().iter().map(image).collect()
}

#[test]
fn the_portions_do_not_matter() {
    let whole = portions(INCIDENT, 1000);
    let mut hunting = reading(&whole);
    done(hunting.walk(&from(NOTEPAD)));
    let (hunt, rows) = gathered(&mut hunting, &whole);
    assert!(images(&hunt, "processes").contains("mail.exe"), "{hunt}");
    assert_eq!(images(&hunt, "stopped"), BTreeSet::from(["explorer.exe".to_string()]));
    assert_eq!(rows.len() as u64, hunt["events"].as_u64().unwrap());
    let one_by_one = portions(INCIDENT, 1);
    let mut hunting = reading(&one_by_one);
    let walked = done(hunting.walk(&from(NOTEPAD)));
    assert_eq!(gathered(&mut hunting, &one_by_one), (hunt.clone(), rows));
    let told = (walked.rounds, walked.processes + walked.stopped);
    let all = hunt["processes"].as_array().unwrap().len() + hunt["stopped"].as_array().unwrap().len();
    assert_eq!(told, (hunt["rounds"].as_array().unwrap().len(), all));
}

/// The page carries only events that the walk's condition chooses: the same hunt but for the counts of all events.
#[test]
fn events_about_other_processes_change_nothing_and_are_counted_by_themselves() {
    let all = portions(INCIDENT, 1);
    let mut hunting = reading(&all);
    let walked = done(hunting.walk(&from(NOTEPAD)));
    let catalogue = Catalogue::standard();
    let context = crate::check::Context {
        catalogue: &catalogue,
        agent: AgentVersion::DEFAULT,
        tables: &[],
        templates: None,
        today: None,
    };
    let about = crate::search::condition("about", &walked.about, &context).unwrap().value.unwrap();
    let mut search = crate::search::Search::new(Some(&about), &[], &catalogue).unwrap();
    let layout = search.layout().clone();
    let mut is_about = |portion: &[u8]| {
        let mut met = false;
        each(&layout, portion, |record| {
            met = search.asks(record.unwrap().view) == crate::search::Answer::Yes;
        });
        met
    };
    let (whole, rows) = gathered(&mut hunting, &all);
    let mut layout = Layout::new();
    let time = layout.slot(catalogue.resolve("@timestamp").path).unwrap();
    let mut standings = Vec::new();
    for portion in &all {
        each(&layout, portion, |record| {
            let mut buffer = String::new();
            let at = crate::search::text(record.unwrap().view.raw(time), &mut buffer).and_then(Timestamp::parse);
            standings.push(Standing { at, ..Standing::default() });
        });
    }
    done(hunting.walk(&from(NOTEPAD)));
    hunting.stand(standings);
    let mut taken = 0;
    for (row, portion) in (0..).zip(&all).filter(|(_, portion)| is_about(portion)) {
        taken += done(hunting.gather(portion, &[row]));
    }
    assert!(rows.len() < taken && taken < all.len(), "{taken}");
    let hunted = done(hunting.end());
    assert_eq!(hunted.rows, rows);
    let told = serde_json::to_value(hunted.hunt).unwrap();
    let without = |hunt: &serde_json::Value| {
        let mut hunt = hunt.clone();
        hunt["over_time"].as_array_mut().unwrap().iter_mut().for_each(|step| step["technique"] = 0.into());
        hunt
    };
    assert_eq!(without(&told), without(&whole));
}

#[test]
fn one_reading_serves_hunts_with_other_options() {
    let all = portions(INCIDENT, 1000);
    let mut hunting = reading(&all);
    let hunt = |hunting: &mut Hunting, request: &HuntRequest| {
        done(hunting.walk(request));
        gathered(hunting, &all).0
    };
    let plain = hunt(&mut hunting, &from(NOTEPAD));
    let cut = hunt(&mut hunting, &HuntRequest { max_depth: Some(1), ..from(NOTEPAD) });
    assert_eq!((cut["cut"].as_bool(), cut["rounds"].as_array().unwrap().len()), (Some(true), 1));
    let stop = HuntRequest { stop_at: vec![r"C:\Windows\System32\wscript.exe".into()], ..from(NOTEPAD) };
    assert!(images(&hunt(&mut hunting, &stop), "stopped").contains("wscript.exe"));
    let through = hunt(&mut hunting, &HuntRequest { through: vec![format!("{{{EXPLORER}}}")], ..from(NOTEPAD) });
    assert!(through["processes"].as_array().unwrap().len() > plain["processes"].as_array().unwrap().len());
    assert!(images(&through, "processes").contains("explorer.exe"));
    assert_eq!(hunt(&mut hunting, &from(NOTEPAD)), plain);
    let access = hunt(&mut hunting, &HuntRequest { access: true, ..from(NOTEPAD) });
    assert!(access["processes"].as_array().unwrap().len() >= plain["processes"].as_array().unwrap().len());
}

#[test]
fn a_hunt_begins_with_who_caused_the_events() {
    let lines: Vec<&[u8]> = INCIDENT.split_inclusive(|byte| *byte == b'\n').collect();
    let dumping: Vec<u8> = lines
        .iter()
        .filter(|line| line.windows(8).any(|part| part == b"Credenti"))
        .copied()
        .collect::<Vec<_>>()
        .concat();
    let mut hunting = reading(&portions(INCIDENT, 1000));
    let begun = done(hunting.begin(&carry::carry(&dumping), true));
    assert_eq!(
        begun.guids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!("{{{}}}", NOTEPAD.to_uppercase())]
    );
    assert_eq!((begun.events, begun.nameless), (1, 0));
    // Again, behind the first: it is the same process.
    assert_eq!(done(hunting.begin(&carry::carry(&dumping), false)).guids.len(), 1);
    let stranger = br#"{"winlog":{"provider_name":"P","channel":"c","event_id":"9","event_data":{"ProcessGuid":"x"}}}"#;
    let begun = done(hunting.begin(&carry::carry(&[stranger, b"\n".as_slice()].concat()), true));
    assert_eq!((begun.guids.len(), begun.events, begun.nameless), (0, 1, 1));
}

#[test]
fn what_the_system_alone_caused_is_not_begun_with_unless_somebody_says_so() {
    let mut hunting = reading(&portions(INCIDENT, 1000));
    let met = HuntRequest { met: vec![EXPLORER.to_string()], ..HuntRequest::default() };
    let told = stuck(hunting.walk(&met));
    assert_eq!(told.begin.len(), 1);
    assert!(done(hunting.walk(&from(EXPLORER))).processes > 1);
}

#[test]
fn pasted_guids_may_stand_in_any_punctuation_and_each_fault_is_named() {
    let written = format!("{{{}}}", NOTEPAD.to_uppercase());
    for text in [
        NOTEPAD.to_string(),
        format!("  {NOTEPAD}\n{written};"),
        format!("any processguid in ['{written}', '{NOTEPAD}']"),
        format!("msg.processguid: \"{written}\" OR msg.parentprocessguid:\"{written}\""),
    ] {
        let found = Hunting::guids(&text);
        assert_eq!(found.guids.iter().map(ToString::to_string).collect::<Vec<_>>(), [written.as_str()], "{text}");
        assert_eq!(found.faults, [], "{text}");
    }
    let found = Hunting::guids("{00000000-0000-0000-0000-000000000000} 4242 -");
    let faults: Vec<&str> = found.faults.iter().map(|fault| fault.text.as_str()).collect();
    assert_eq!((found.guids.len(), faults), (0, vec!["{00000000-0000-0000-0000-000000000000}", "4242", "-"]));
    let many = "x ".repeat(50);
    let found = Hunting::guids(&many);
    assert_eq!((found.faults.len(), found.more_faults), (FAULTS, 30));
}

#[test]
fn exports_are_of_the_last_hunt_that_was_over() {
    let all = portions(INCIDENT, 1000);
    let mut hunting = reading(&all);
    assert!(matches!(hunting.export(HuntForm::Json), Answer::Refused(_)));
    done(hunting.walk(&from(NOTEPAD)));
    let (hunt, _) = gathered(&mut hunting, &all);
    let json: serde_json::Value = serde_json::from_str(&done(hunting.export(HuntForm::Json))).unwrap();
    assert_eq!(json, hunt);
    for (form, begins) in [
        (HuntForm::Markdown, "# Hunt\n"),
        (HuntForm::Tree, "round 1: "),
        (HuntForm::Dot, "digraph hunt {"),
        (HuntForm::Mermaid, "flowchart LR\n"),
        (HuntForm::Filter, "filter \"Hunt from "),
        (HuntForm::Alert, "alert \"Hunt from "),
    ] {
        assert!(done(hunting.export(form)).starts_with(begins), "{form:?}");
    }
    hunting.forget();
    assert!(matches!(hunting.export(HuntForm::Json), Answer::Refused(_)));
}

#[test]
fn what_is_refused_says_why() {
    let mut hunting = reading(&portions(INCIDENT, 1000));
    let refused = |hunting: &mut Hunting, request: &HuntRequest| stuck(hunting.walk(request)).error;
    assert_eq!(refused(&mut hunting, &HuntRequest::default()), "there is nothing to begin with");
    assert!(refused(&mut hunting, &from("4242")).contains("names no process"));
    let stop = HuntRequest { stop_at: vec!["agent.exe".into()], ..from(NOTEPAD) };
    assert!(refused(&mut hunting, &stop).contains("no full path"));
    let through = HuntRequest { through: vec!["agent.exe".into()], ..from(NOTEPAD) };
    assert!(refused(&mut hunting, &through).contains("neither a GUID nor a full path"));
    let nowhere = HuntRequest { max_depth: Some(0), ..from(NOTEPAD) };
    assert!(refused(&mut hunting, &nowhere).contains("no rounds"));
    assert!(matches!(hunting.end(), Answer::Refused(_)));
}

/// What the command line says to do with an option is a button here.
#[test]
fn notes_name_no_options() {
    let all = portions(INCIDENT, 1000);
    let mut hunting = reading(&all);
    let request = HuntRequest {
        met: vec![EXPLORER.to_string()],
        stop_at: vec![r"C:\nowhere.exe".into()],
        through: vec![r"C:\neither.exe".into()],
        ..from(NOTEPAD)
    };
    done(hunting.walk(&request));
    for portion in &all {
        done(hunting.gather(portion, &[]));
    }
    let notes = done(hunting.end()).notes;
    assert!(notes.iter().all(|note| !note.text.contains("--")), "{notes:?}");
    assert!(notes.iter().any(|note| note.through.len() == 1), "{notes:?}");
    insta::assert_snapshot!(
        notes.iter().map(|note| format!("{} [{}]\n", note.text, note.through.len())).collect::<String>()
    );
}
