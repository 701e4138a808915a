//! `blocksieve events` as people meet it, and what its forms give when they are read again.
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`; where there is none, its
//! tests say so and pass.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::support::folder::Folder;
use blocksieve::dialect::AgentVersion;
use blocksieve::event::archive::Archive;
use blocksieve::event::input::may_hold_events;
use blocksieve::event::json::Damage;
use blocksieve::event::read::{Damaged, EventReader, ReadError, Record, Sink};
use blocksieve::event::{Form, Layout, Value, find, write};
use blocksieve::pipeline;
use blocksieve::sysmon::Catalogue;

/// An event as it was read, and written in one form.
struct Read {
    form: Form,
    whole: Vec<(String, Value)>,
    line: String,
}

/// Writes an event in one form.
type Writer = fn(&Record<'_>) -> Result<String, Damage>;

struct Reader {
    writer: Writer,
    events: Vec<Read>,
    damaged: Vec<Damaged>,
}

impl Sink for Reader {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let whole = record.view.whole().expect("not damaged").into_owned();
        let line = (self.writer)(&record).expect("not damaged");
        self.events.push(Read { form: record.form, whole, line });
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.damaged.push(damaged);
    }
}

fn read(bytes: &[u8], writer: Writer) -> Reader {
    let mut sink = Reader { writer, events: Vec::new(), damaged: Vec::new() };
    let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
    // Archives of the corpus hold captures of networks, too: no events.
    match reader.read_file(&"test".into(), std::io::Cursor::new(bytes), &mut sink) {
        Ok(()) | Err(ReadError::Form(_)) => sink,
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

fn stored(record: &Record<'_>) -> Result<String, Damage> {
    let stored = pipeline::stored_alone(record.view, pipeline::agents_text(record))?;
    Ok(write::json(&Value::Map(stored)))
}

/// The events that were read, and those that come of them when they were written and read again.
fn twice(bytes: &[u8], writer: Writer) -> (Vec<Read>, Vec<Read>) {
    let first = read(bytes, writer);
    let lines: Vec<&str> = first.events.iter().map(|event| event.line.as_str()).collect();
    for line in &lines {
        assert!(!line.contains(['\n', '\r']), "{line}");
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    let second = read(lines.join("\n").as_bytes(), writer);
    assert!(second.damaged.is_empty(), "{:?}", second.damaged);
    assert_eq!(first.events.len(), second.events.len());
    (first.events, second.events)
}

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}

/// Bytes of a stream that are read: the first events of it.
const BYTES: usize = 128 << 10;

/// The start of a stream; of text the lines that are whole.
fn start(stream: &mut dyn std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.take(BYTES as u64).read_to_end(&mut bytes).expect("a stream");
    if bytes.len() == BYTES && bytes.starts_with(b"{") {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').expect("lines");
        bytes.truncate(end);
    }
    bytes
}

/// Calls `each` with every file of the corpus that holds events, in archives too.
fn files(folder: &Path, each: &mut dyn FnMut(&str, &[u8])) {
    let mut files = Vec::new();
    let mut folders = vec![folder.join("derived"), folder.join("evtx"), folder.join("json")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if may_hold_events(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no events under {}", folder.display());
    for path in files {
        let name = path.display().to_string();
        let mut file = std::fs::File::open(&path).expect("a file");
        match Archive::of(&mut file).expect("a file") {
            None => each(&name, &std::fs::read(&path).expect("a file")),
            Some(archive) => {
                let members = archive.members(&mut file, &mut |member, stream| {
                    each(&format!("{name}!{member}"), &start(stream.expect("a member")));
                });
                members.expect("an archive");
            }
        }
    }
}

/// Every path of an event with its value, as JSON.
fn paths(event: &[(String, Value)]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    let mut work: Vec<(String, &Value)> = event.iter().map(|(key, value)| (key.clone(), value)).collect();
    while let Some((path, value)) = work.pop() {
        match value {
            Value::Map(members) => work.extend(members.iter().map(|(key, value)| (format!("{path}.{key}"), value))),
            other => paths.push((path, write::json(other))),
        }
    }
    paths.sort();
    paths
}

/// The paths that a form holds, of an event before and after.
fn held(event: &[(String, Value)], holds: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut paths = paths(event);
    paths.retain(|(path, _)| holds(path));
    paths
}

#[test]
fn the_agents_event_comes_back_from_its_own_form_and_from_the_record_as_it_stands() {
    let Some(folder) = corpus() else { return };
    let mut count = 0;
    files(&folder, &mut |name, bytes| {
        for writer in [write::agents as Writer, write::as_it_stands] {
            let (before, after) = twice(bytes, writer);
            for (before, after) in before.iter().zip(&after) {
                assert_eq!(paths(&before.whole), paths(&after.whole), "{name}: {}", before.line);
                count += 1;
            }
        }
    });
    println!("{count} events written and read again");
    assert!(count > 2000, "{count}");
}

#[test]
fn one_level_of_keys_holds_the_header_and_the_events_own_data() {
    let Some(folder) = corpus() else { return };
    // What is said again, and comes back from what it says again.
    let again = ["event.code", "event.provider", "event.action", "event.kind", "host.name"];
    let own = |path: &str| path.starts_with("winlog.event_data.") || path.starts_with("winlog.user_data.");
    let holds = |path: &str| own(path) || write::HEADER.iter().any(|(_, header)| *header == path);
    files(&folder, &mut |name, bytes| {
        let (before, after) = twice(bytes, write::flattened);
        for (before, after) in before.iter().zip(&after) {
            if before.form == Form::Other {
                assert_eq!(paths(&before.whole), paths(&after.whole), "{name}: {}", before.line);
                continue;
            }
            assert_eq!(after.form, Form::Flat, "{name}: {}", before.line);
            assert_eq!(held(&before.whole, &holds), held(&after.whole, &holds), "{name}: {}", before.line);
            let more = held(&after.whole, &|path| !holds(path) && !again.contains(&path));
            assert!(more.is_empty(), "{name}: {more:?}: {}", before.line);
        }
    });
}

#[test]
fn what_the_log_manager_stores_holds_who_when_and_sysmons_own_fields() {
    let Some(folder) = corpus() else { return };
    let catalogue = Catalogue::standard();
    let header = ["winlog.event_id", "winlog.provider_name", "winlog.channel", "winlog.computer_name", "host.name"];
    files(&folder, &mut |name, bytes| {
        let (before, after) = twice(bytes, stored);
        for (before, after) in before.iter().zip(&after) {
            let text = |path: &str| match find(&before.whole, path) {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            };
            let id = text("winlog.event_id").and_then(|id| id.parse().ok());
            let event = id.and_then(|id| catalogue.event_of(text("winlog.provider_name").as_deref(), id, None));
            let fields = event.and_then(|event| catalogue.event_at(event)).map_or(&[][..], |event| &event.fields);
            let holds = |path: &str| match path.strip_prefix("winlog.event_data.") {
                Some(field) => fields.iter().any(|own| own == field),
                // Of Sysmon's channel the provider is known.
                None if path == "winlog.provider_name" => text(path).is_some(),
                None => header.contains(&path),
            };
            assert_eq!(after.form, Form::LogManager, "{name}: {}", before.line);
            assert_eq!(held(&before.whole, &holds), held(&after.whole, &holds), "{name}: {}", before.line);
            // `@timestamp` is when the log manager got the event, so Sysmon's own time goes first.
            let utc = text("winlog.event_data.UtcTime").filter(|_| holds("winlog.event_data.UtcTime"));
            let when = |text: &str| blocksieve::ast::Timestamp::parse(text);
            let wanted = utc.as_deref().and_then(when).or_else(|| when(&text("@timestamp")?));
            let Some(wanted) = wanted else { continue };
            let found = match find(&after.whole, "@timestamp") {
                Some(Value::Text(text)) => when(text),
                _ => None,
            };
            assert_eq!(found, Some(wanted), "{name}: {}", before.line);
        }
    });
}

/// One input of each kind that people have, small.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let beats = [
        r#"{"@timestamp":"2024-01-31T10:00:02Z","winlog":{"provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"ws01","event_id":"22","event_data":{"QueryName":"a.example.org","QueryResults":"-","RuleName":"technique_id=T1071,technique_name=x"}}}"#,
        r#"{"@timestamp":"2024-01-31T10:00:01Z","winlog":{"provider_name":"Microsoft-Windows-Sysmon","computer_name":"ws02","event_id":"1","event_data":{"CommandLine":"a\u0007 \ud800 b","CommandLine":"again"}},"tags":["x","y"]}"#,
        r#"{"winlog":{"event_id":"1","#,
        r#"{"winlog":{"event_id":"1","event_data":{"Image":tru}}}"#,
        r#"{"winlog":{"provider_name":"Other","event_id":"1","event_data":{"A":"-","B":"","Image":"C:\\a.exe"}}}"#,
    ];
    let xml = r#"<Events><Event xmlns='x'><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>3</EventID><Level>4</Level><TimeCreated SystemTime="2024-01-31T10:00:03.1234567Z"/><Computer>ws01</Computer></System><EventData><Data Name="DestinationIp">10.0.0.1</Data><Data Name="DestinationPort">443</Data><Data Name="Extra">1</Data><Data Name="Extra">2</Data></EventData></Event></Events>"#;
    let flat = "[\n  {\n    \"EventID\": 11,\n    \"Channel\": \"Microsoft-Windows-Sysmon/Operational\",\n    \"Hostname\": \"ws03\",\n    \"TargetFilename\": \"C:\\\\x  y\"\n  }\n]\n";
    vec![
        ("beats.ndjson", beats.join("\n").into_bytes()),
        ("dump.xml", xml.into()),
        ("flat.json", flat.into()),
        ("rows.csv", b"EventID,Channel,Computer,Payload X\n7,Other,ws04,\"p,\"\n8,Other\n".to_vec()),
        ("unknown.json", b"{\"a\": {\"b\": [1, 2]}, \"c\": \"x\"}\n".to_vec()),
    ]
}

fn folder(name: &str) -> Folder {
    let inputs = inputs();
    let files: Vec<(&str, &[u8])> = inputs.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    Folder::new(&format!("events-{name}"), &files)
}

#[test]
fn events_of_every_form_in_every_form() {
    insta::assert_snapshot!(folder("forms").session(&[
        "events beats.ndjson dump.xml flat.json rows.csv --as table",
        "events beats.ndjson dump.xml flat.json rows.csv unknown.json --as winlogbeat --quiet",
        "events beats.ndjson dump.xml flat.json rows.csv unknown.json --as msg --quiet",
        "events beats.ndjson dump.xml flat.json rows.csv unknown.json --as flat --quiet",
        "events beats.ndjson dump.xml flat.json rows.csv unknown.json --as ndjson --quiet",
        "events flat.json --as table",
        "events - --quiet < flat.json",
        "events unknown.json --as table",
    ]));
}

#[test]
fn only_events_that_meet_a_condition() {
    insta::assert_snapshot!(folder("where").session(&[
        "events beats.ndjson dump.xml --as table --where 'event is sysmon.dns_query or DestinationPort == 443'",
        "events beats.ndjson --as ndjson --where 'msg.technique == \"T1071\"'",
        "events beats.ndjson --as ndjson --where 'any field contains \"example\"' --quiet",
        "events . --as table --where 'winlog.computer_name exists' --limit 2",
        "events dump.xml --as ndjson --where 'winlog.task exists'",
        "events dump.xml --where 'Imag == \"x\" and event is sysmon.dns'",
        "events dump.xml --where 'Image = \"x\"'",
        "events dump.xml --where ''",
        "events nothing.json --where true",
    ]));
}

#[test]
fn events_counted_by_what_they_hold() {
    let texts = [r#""-""#, "null", r#""""#, r#"["a","b","a"]"#, r#""\"q\"""#, "7", r#"{"k":true}"#, "[]", r#""a""#];
    let lines: Vec<String> =
        texts.iter().map(|text| support::sysmon(1, &format!(r#""Image":{text},"User":["u","v"]"#))).collect();
    let counted = Folder::new("events-counts", &[("e.ndjson", lines.join("\n").as_bytes())]);
    insta::assert_snapshot!(counted.session(&[
        "events e.ndjson --count-by Image --as table --quiet",
        "events e.ndjson --count-by Image",
        "events e.ndjson --count-by EventID,User --count-by Image --as table --limit 3",
        "events e.ndjson --count-by msg.action --where 'Image == \"a\"' --quiet",
        "events e.ndjson --count-by Imag,Usr --quiet",
        "events e.ndjson --count-by Image,,User",
        "events e.ndjson --count-by Image,Image",
        "events e.ndjson --count-by a,b,c,d",
        "events e.ndjson --count-by Image --as flat",
    ]));
}

#[test]
fn every_byte_is_checked_and_each_input_told() {
    insta::assert_snapshot!(folder("check").session(&[
        "events beats.ndjson dump.xml flat.json rows.csv --check --as table",
        "events beats.ndjson dump.xml --check --quiet",
        "events unknown.json --check --quiet",
        "events dump.xml --check --limit 2",
    ]));
}

#[test]
fn a_log_of_windows_whose_sums_do_not_fit_is_told_chunk_by_chunk() {
    let Some(corpus) = corpus() else { return };
    let mut log = None;
    files(&corpus, &mut |_, bytes| {
        if log.is_none() && bytes.starts_with(b"ElfFile") && bytes.len() > 4096 + 65_536 {
            log = Some(bytes.to_vec());
        }
    });
    let whole = log.expect("a log of Windows");
    // Behind the last record of the chunk no record is hurt, but the sum of the records is said in its header.
    let mut broken = whole.clone();
    broken[4096 + 52] ^= 1;
    let folder = Folder::new("events-sums", &[("whole.evtx", &whole), ("broken.evtx", &broken)]);
    let told = folder.session(&["events whole.evtx --check --quiet", "events broken.evtx --check --quiet"]);
    let [whole, broken] = ["whole.evtx", "broken.evtx"].map(|name| {
        let line = told.lines().find(|line| line.contains(&format!("\"input\":\"{name}\""))).expect("a line");
        serde_json::from_str::<serde_json::Value>(line).expect("JSON")
    });
    assert_eq!((&whole["wrong_sums"], &whole["damaged"]), (&0.into(), &0.into()), "{told}");
    assert_eq!((&broken["wrong_sums"], &broken["damaged"]), (&1.into(), &0.into()), "{told}");
    assert_eq!(whole["events"], broken["events"]);
    assert!(told.contains("[0]") && told.contains("[3]"), "{told}");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let line = format!("{}\n", support::sysmon(1, r#""Image":"C:\\a.exe""#));
    let folder = Folder::new("events-pipe", &[("e.ndjson", line.repeat(20_000).as_bytes())]);
    let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_blocksieve"));
    process.args(["events", "e.ndjson", "--quiet"]).current_dir(&folder.0);
    let mut child =
        process.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("starts");
    let mut first = [0; 100];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("some bytes");
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn the_manuals_examples_and_its_table_of_keys() {
    let manual = include_str!("../../grammar/README.md");
    let chapter = manual.split("\n## Events on the command line\n").nth(1).expect("the chapter");
    let chapter = chapter.split("\n## ").next().expect("the chapter");
    let mut examples = 0;
    for example in chapter.split("```events ").skip(1) {
        let (options, rest) = example.split_once('\n').expect("a fence");
        let (above, below) = rest.split_once("=>\n").expect("an example");
        let below = below.split("```").next().expect("a fence").trim_end();
        let folder = Folder::new(&format!("events-manual-{examples}"), &[("in", above.as_bytes())]);
        let told = folder.session(&[&format!("events - {options} --quiet < in")]);
        assert_eq!(told.split("--- out\n").nth(1).map(str::trim_end), Some(below), "{told}");
        examples += 1;
    }
    assert_eq!(examples, 3);
    let keys: Vec<(&str, &str)> =
        chapter.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix("` |")?.split_once("` | `")).collect();
    assert_eq!(keys, write::HEADER);
}
