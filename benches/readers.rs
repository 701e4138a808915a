//! Each reader of events, building its view for the fields of the example's rules, against the parser of its format building its ordinary
//! value: `serde_json::Value`, the `evtx` crate's JSON, quick-xml with every text unescaped.
//!
//! ```text
//! cargo bench --bench readers [-- [PAIRS] [WORD]]   of the inputs whose name holds WORD; 11 pairs
//! ```
//!
//! Inputs are the files of `tests/forms/files`, each many times over, and, where it is there, the corpus (the folder of `BLOCKSIEVE_CORPUS`,
//! else `../shared/corpus`). Both sides read from memory, in turn; the ratio of a pair is theirs by ours, so that more than 1 is faster.
#![allow(clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::Layout;
use blocksieve::event::archive::Archive;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::table::TableDef;

/// Bytes to which the small files are repeated.
const MOST: usize = 8 << 20;

/// What reads the other side.
#[derive(Clone, Copy)]
enum Parser {
    /// A value a line.
    Lines,
    /// Values one after the other, or one list.
    Values,
    Xml,
    Evtx,
}

struct Input {
    name: String,
    parser: Parser,
    /// Several files, where they cannot be one.
    files: Vec<Vec<u8>>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let pairs = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(11);
    let word = arguments.iter().find(|argument| argument.parse::<usize>().is_err()).map_or("", String::as_str);
    let layout = layout();
    println!("{} fields; {pairs} pairs each", layout.len());
    println!("{:<42} {:>9} {:>8} {:>9}  times as fast (range)", "input", "MB", "events", "MB/s");
    for input in inputs().iter().filter(|input| input.name.contains(word)) {
        measure(input, &layout, pairs);
    }
}

fn measure(input: &Input, layout: &Layout, pairs: usize) {
    let bytes: usize = input.files.iter().map(Vec::len).sum();
    let time = |read: &dyn Fn() -> u64| {
        let start = Instant::now();
        let events = black_box(read());
        (start.elapsed().as_secs_f64(), events)
    };
    let ours = || view(&input.files, layout);
    let theirs = || input.files.iter().map(|file| value(file, input.parser)).sum();
    let (events, others) = (time(&ours).1, time(&theirs).1);
    assert_eq!(events, others, "{}: both sides read the same events", input.name);
    let mut times: Vec<(f64, f64)> = (0..pairs).map(|_| (time(&ours).0, time(&theirs).0)).collect();
    let mut ratios: Vec<f64> = times.iter().map(|(ours, theirs)| theirs / ours).collect();
    ratios.sort_by(f64::total_cmp);
    times.sort_by(|one, other| one.0.total_cmp(&other.0));
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{:<42} {megabytes:>9.1} {events:>8} {:>9.0}  {:.2} ({:.2} to {:.2})",
        input.name,
        megabytes / times[pairs / 2].0,
        ratios[pairs / 2],
        ratios[0],
        ratios[pairs - 1]
    );
}

/// The fields that the rules of the example read.
fn layout() -> Layout {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon");
    let mut rules = String::new();
    for folder in ["filters", "classify", "alerts"] {
        let folder = std::fs::read_dir(root.join(folder)).expect("the example is there");
        for file in folder {
            rules += &std::fs::read_to_string(file.expect("a file").path()).expect("a rule");
        }
    }
    let (compiled, found) = blocksieve::compile_text(&rules, &tables(&root.join("tables")));
    compiled.unwrap_or_else(|| panic!("{found:#?}")).module.layout
}

/// The example's tables: what their columns are called is enough.
fn tables(folder: &Path) -> Vec<TableDef> {
    let files = std::fs::read_dir(folder).expect("the example has tables").map(|file| file.expect("a file").path());
    let table = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a table");
        let header = text.lines().find(|line| !line.starts_with('#')).expect("a header");
        let columns: Vec<(&str, &[&str])> = header.split(',').map(|name| (name.trim(), ["00"].as_slice())).collect();
        TableDef::new(path.file_stem().and_then(|name| name.to_str()).expect("a name"), &columns)
    };
    files.map(table).collect()
}

struct Count(u64);

impl Sink for Count {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.0 += 1;
        // What the machine asks of every event.
        for slot in [Layout::PROVIDER, Layout::EVENT_ID, Layout::CHANNEL] {
            black_box(record.view.raw(slot));
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

fn view(files: &[Vec<u8>], layout: &Layout) -> u64 {
    let mut count = Count(0);
    let mut reader = EventReader::new(layout, AgentVersion::DEFAULT);
    for file in files {
        reader.read_file(&"in".into(), Cursor::new(file), &mut count).expect("events");
    }
    count.0
}

fn value(file: &[u8], parser: Parser) -> u64 {
    match parser {
        Parser::Lines => {
            let lines = file.split(|byte| *byte == b'\n');
            let values = lines.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
            values.fold(0, |count, value| {
                black_box(inner(black_box(value)));
                count + 1
            })
        }
        Parser::Values => {
            let mut count = 0;
            let mut hold = |value: serde_json::Value| match &value {
                serde_json::Value::Array(members) => count += members.len() as u64,
                _ => match value["hits"]["hits"].as_array() {
                    Some(hits) => count += hits.len() as u64,
                    None => count += 1,
                },
            };
            let values = serde_json::Deserializer::from_slice(file).into_iter::<serde_json::Value>();
            values.map_while(Result::ok).for_each(|value| hold(black_box(value)));
            count
        }
        Parser::Xml => unescaped(file),
        Parser::Evtx => {
            let mut parser = evtx::EvtxParser::from_buffer(file.to_vec()).expect("EVTX");
            parser.records_json_value().filter_map(Result::ok).map(black_box).count() as u64
        }
    }
}

/// The document that stands inside of a text of the record, read too.
fn inner(value: serde_json::Value) -> Option<serde_json::Value> {
    let text = ["EventData", "Payload", "SyslogMessage"].iter().find_map(|key| value.get(key)?.as_str())?;
    if text.starts_with('<') {
        unescaped(text.as_bytes());
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Every text and attribute of every event, unescaped.
fn unescaped(file: &[u8]) -> u64 {
    use quick_xml::events::Event;
    let mut count = 0;
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(file).expect("UTF-8"));
    reader.config_mut().allow_dangling_amp = true;
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) | Event::Empty(start) => {
                count += u64::from(start.local_name().as_ref() == "Event");
                for attribute in start.attributes().with_checks(false).flatten() {
                    black_box(quick_xml::escape::unescape(&attribute.value).expect("entities").into_owned());
                }
            }
            Event::Text(text) => _ = black_box(text.to_string()),
            Event::CData(text) => _ = black_box(text.to_string()),
            Event::GeneralRef(entity) => _ = black_box(entity.to_string()),
            Event::Eof => return count,
            Event::End(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn inputs() -> Vec<Input> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut inputs = Vec::new();
    let forms = root.join("tests/forms/files");
    for (file, parser) in [
        ("winlogbeat-8.ndjson", Parser::Lines),
        ("elasticsearch-hits.ndjson", Parser::Lines),
        ("elasticsearch-pipeline.ndjson", Parser::Lines),
        ("winlogbeat-6.ndjson", Parser::Lines),
        ("evtx_dump.jsonl", Parser::Lines),
        ("all-texts.ndjson", Parser::Lines),
        ("velociraptor.ndjson", Parser::Lines),
        ("flat.ndjson", Parser::Lines),
        ("nxlog.ndjson", Parser::Lines),
        ("sentinel-windowsevent.ndjson", Parser::Lines),
        ("sentinel-event.ndjson", Parser::Lines),
        ("evtxecmd.json", Parser::Lines),
        ("wazuh.json", Parser::Lines),
        ("log-manager.json", Parser::Lines),
        ("syslog.ndjson", Parser::Lines),
        ("elasticsearch-answer.json", Parser::Values),
        ("get-winevent.json", Parser::Values),
        ("events.xml", Parser::Xml),
        ("rendered.xml", Parser::Xml),
        ("events.evtx", Parser::Evtx),
    ] {
        let bytes = std::fs::read(forms.join(file)).expect("a file of the forms");
        let times = MOST / bytes.len();
        let files = match parser {
            Parser::Lines | Parser::Xml => vec![bytes.repeat(times)],
            // One list, or one file, cannot be put behind another.
            Parser::Values | Parser::Evtx => vec![bytes; times],
        };
        inputs.push(Input { name: file.to_string(), parser, files });
    }
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    if !corpus.is_dir() {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return inputs;
    }
    let sets = corpus.join("json/Security-Datasets/datasets");
    for (name, path, parser) in [
        ("corpus: flat", sets.join("compound/LSASS_campaign_02"), Parser::Lines),
        (
            "corpus: sentinel",
            sets.join("compound/Log4Shell/sysmon_log4shell_cve2021_44228_java_serialized_object.zip"),
            Parser::Lines,
        ),
        (
            "corpus: winlogbeat 6",
            sets.join("atomic/windows/defense_evasion/host/empire_enable_rdp.tar.gz"),
            Parser::Lines,
        ),
        ("corpus: nxlog", corpus.join("json/attack_data/datasets"), Parser::Lines),
        ("corpus: evtx_dump", corpus.join("derived/evtx-samples.evtx_dump.ndjson"), Parser::Lines),
        ("corpus: xml of evtx_dump", corpus.join("derived/evtx-samples.event-per-line.xml"), Parser::Xml),
        (
            "corpus: xml of Windows",
            corpus.join("derived/splunk-attack_data.windows-rendered.event-per-line.xml"),
            Parser::Xml,
        ),
        ("corpus: evtx", corpus.join("evtx"), Parser::Evtx),
        ("corpus: evtx of Sigma", corpus.join("sigma/regression_data"), Parser::Evtx),
    ] {
        let mut files = Vec::new();
        gather(&path, parser, &mut files);
        let bytes: usize = files.iter().map(Vec::len).sum();
        if bytes < 1 << 20 {
            files = files.into_iter().map(|file| file.repeat(MOST / bytes.max(1))).collect();
        }
        inputs.push(Input { name: name.to_string(), parser, files });
    }
    inputs
}

/// The files of a folder, unpacked.
fn gather(path: &Path, parser: Parser, files: &mut Vec<Vec<u8>>) {
    if path.is_dir() {
        let mut all: Vec<PathBuf> =
            std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        all.sort();
        all.iter().for_each(|path| gather(path, parser, files));
        return;
    }
    let evtx = path.extension().is_some_and(|ending| ending == "evtx");
    if matches!(parser, Parser::Evtx) != evtx
        || path.extension().is_some_and(|ending| ending == "yml" || ending == "tsv")
    {
        return;
    }
    let mut file = std::fs::File::open(path).expect("a file");
    let mut add = |stream: &mut dyn Read| {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("readable");
        files.push(bytes);
    };
    match Archive::of(&mut file).expect("readable") {
        Some(archive) => {
            archive.members(&mut file, &mut |_, stream| add(stream.expect("readable"))).expect("an archive");
        }
        None => add(&mut file),
    }
}
