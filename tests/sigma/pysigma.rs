//! Rules of Sigma are read as pySigma reads them: every file of the corpus, and those of `tests/conformance/sigma/cases`, which go through the
//! whole specification.
//!
//! This side writes each file as it was read, before a meaning is given to it; `tests/conformance/sigma/compare.py` reads the same files by
//! pySigma's own classes and tells every difference. What differs on purpose stands in [`EXPLAINED`], and nothing else may.
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`. Where it, or Python, or pySigma
//! cannot be had, the test says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use blocksieve::ast::Number;
use blocksieve::origin::SourceId;
use blocksieve::source::sigma::condition::Condition;
use blocksieve::source::sigma::model::{Body, Correlation, Detection, Detections, Document, Item, LogSource};
use blocksieve::source::sigma::read;
use blocksieve::source::sigma::value::{Part, Value};
use serde_json::{Value as Json, json};

use super::support;

/// A file of the cases, where in it, and why it is read otherwise. Each has to occur.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "otherwise/big_numbers.yml",
        "[0].detections[0][1].values[0].number",
        "pySigma takes it through floating point, which has no such number",
    ),
    (
        "otherwise/big_numbers.yml",
        "[0].detections[0][1].values[1].number",
        "pySigma takes it through floating point, which has no such number",
    ),
    ("otherwise/capitals.yml", "documents", "people write AND, NOT and OF in capitals, and nothing else can be meant"),
    ("otherwise/contains_before.yml", "documents", "`contains` goes around what base64 makes, wherever it stands"),
    ("otherwise/date.yml", "documents", "a day is the text that stands there; pySigma refuses what YAML makes of it"),
    ("otherwise/dot.yml", "documents", "a dot in the name of a detection is no mistake that could be mistaken"),
    ("otherwise/fieldref_gt.yml", "documents", "two fields can be put in order; pySigma orders numbers only"),
    ("otherwise/four_dashes.yml", "documents", "any number of dashes is one test here, and no list of spellings"),
    ("otherwise/host_bits.yml", "documents", "the network in which that address is"),
    ("otherwise/in_words.yml", "documents", "alerts cannot say it, and the message says so"),
    ("otherwise/look_around.yml", "documents", "it is refused too, with its column, when patterns are checked"),
    (
        "otherwise/metadata_wrong.yml",
        "documents",
        "metadata of another form is a warning: the rule can be asked all the same",
    ),
    (
        "otherwise/minutes.yml",
        "[0].detections[0][1].values[0].number",
        "a number with base 60 is nothing that an author of rules means",
    ),
    (
        "otherwise/minutes.yml",
        "[0].detections[0][1].values[0].text",
        "a number with base 60 is nothing that an author of rules means",
    ),
    ("otherwise/one_of.yml", "documents", "`one of` can mean nothing but `1 of`"),
    ("otherwise/sums.yml", "documents", "alerts cannot say it, and the message says so"),
    ("otherwise/too_few.yml", "documents", "alerts cannot say it, and the message says so"),
    ("otherwise/utf16le.yml", "documents", "the specification has this name for `wide`"),
    ("otherwise/wide_alone.yml", "documents", "no event has such bytes as text"),
    ("otherwise/wide_not_ascii.yml", "documents", "any text has an encoding in UTF-16"),
];

#[test]
fn every_file_is_read_as_pysigma_reads_it() {
    let Some(python) = python() else { return };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = rules(&here.join("tests/conformance/sigma/cases"));
    let mut files = cases.clone();
    match support::corpus::sigma() {
        Some(corpus) => {
            for folder in ["rules", "rules-emerging-threats", "rules-threat-hunting"] {
                files.extend(rules(&corpus.join(folder)));
            }
            assert!(files.len() > cases.len() + 2000, "only {} files", files.len());
        }
        None => eprintln!("skipped: the rules of the corpus are not compared with pySigma's"),
    }
    let lines: String = files.iter().map(|file| format!("{}\n", whole(file))).collect();
    let ours = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sigma-as-read.ndjson");
    std::fs::write(&ours, lines).expect("written");
    let output = Command::new(python)
        .arg(here.join("tests/conformance/sigma/compare.py"))
        .arg(&ours)
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let mut told: Vec<Json> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sums = told.pop().expect("sums");
    eprintln!("compared with pySigma: {sums}");
    assert_eq!(sums["files"], files.len());

    let mut unseen: Vec<&(&str, &str, &str)> = EXPLAINED.iter().collect();
    let mut failed = Vec::new();
    for difference in &told {
        let (file, at) = (difference["file"].as_str().unwrap(), difference["at"].as_str().unwrap());
        let fits = |(name, place, _): &(&str, &str, &str)| file.ends_with(name) && at == *place;
        match EXPLAINED.iter().find(|known| fits(known)) {
            Some(known) => unseen.retain(|other| *other != known),
            None => {
                failed.push(format!("{file}{at}\n  ours   {}\n  theirs {}", difference["ours"], difference["theirs"]))
            }
        }
    }
    assert!(failed.is_empty(), "{} differences:\n{}", failed.len(), failed.join("\n"));
    assert!(unseen.is_empty(), "no longer so, take them out: {unseen:?}");
}

/// The Python that has pySigma; `None`, said aloud, where there is none.
fn python() -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/sigma/venv.sh");
    let what = "rules are not compared with pySigma's";
    let output = match Command::new("bash").arg(script).output() {
        Ok(output) => output,
        Err(error) => return support::tools::skipped(&format!("{what}: no bash: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
    if output.status.code() == Some(77) {
        return support::tools::skipped(&format!("{what}: {said}"));
    }
    assert!(output.status.success(), "{said}");
    Some(PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()))
}

/// All files below a folder that end in `.yml`, in order.
fn rules(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            match path.extension().is_some_and(|ending| ending == "yml") {
                _ if path.is_dir() => folders.push(path),
                true => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no rules below {}", folder.display());
    files
}

/// A file as it was read: its documents without faults, rules and correlations before filters.
fn whole(file: &Path) -> Json {
    let text = std::fs::read_to_string(file).expect("text");
    let (read, _) = read(SourceId(0), &text);
    let (filters, others): (Vec<&Document>, Vec<&Document>) =
        read.documents.iter().partition(|document| matches!(document.body, Body::Filter(_)));
    let documents: Vec<Json> = others.into_iter().chain(filters).map(document).collect();
    json!({ "file": file, "documents": documents })
}

fn document(document: &Document) -> Json {
    let meta = &document.meta;
    let text = |at: &Option<blocksieve::ast::At<String>>| at.as_ref().map(|at| at.value.clone());
    let texts = |all: &[blocksieve::ast::At<String>]| all.iter().map(|at| at.value.clone()).collect::<Vec<_>>();
    let mut told = json!({
        "title": text(&meta.title),
        // pySigma writes ids in small letters.
        "id": text(&meta.id).map(|id| id.to_lowercase()),
        "name": text(&meta.name),
        "status": text(&meta.status),
        "level": meta.level.as_ref().map(|level| level.value.word()),
        "description": text(&meta.description).filter(|text| !text.is_empty()),
        "author": text(&meta.author),
        "references": texts(&meta.references),
        "tags": texts(&meta.tags),
    });
    let members = told.as_object_mut().unwrap();
    match &document.body {
        Body::Rule(rule) => {
            members.insert("logsource".to_string(), logsource(&rule.logsource));
            detections(&rule.detections, members);
        }
        Body::Filter(filter) => {
            members.insert("logsource".to_string(), logsource(&filter.logsource));
            members.insert("filter".to_string(), json!(filter.rules.as_deref().map(texts)));
            detections(&filter.detections, members);
        }
        Body::Correlation(counted) => {
            members.insert("correlation".to_string(), correlation(counted));
        }
    }
    told
}

fn logsource(source: &LogSource) -> Json {
    let parts = [&source.product, &source.category, &source.service];
    json!(parts.map(|part| part.as_ref().map(|at| at.value.clone())))
}

fn detections(all: &Detections, members: &mut serde_json::Map<String, Json>) {
    let named: Vec<Json> = all.named.iter().map(|(name, one)| json!([name.value, detection(one)])).collect();
    let conditions: Vec<Json> = all.conditions.iter().map(|one| condition(&one.value, all)).collect();
    members.insert("detections".to_string(), json!(named));
    members.insert("conditions".to_string(), json!(conditions));
}

/// What has one member is that member: pySigma does not tell them apart.
fn detection(one: &Detection) -> Json {
    let joined = |word: &str, members: &[Detection]| match members {
        [only] => detection(only),
        _ => json!({ word: members.iter().map(detection).collect::<Vec<_>>() }),
    };
    match one {
        Detection::All(members) => joined("all", members),
        Detection::Any(members) => joined("any", members),
        Detection::Item(one) => item(one),
    }
}

fn item(item: &Item) -> Json {
    let values: Vec<Json> = item.values.iter().map(|at| value(&at.value)).collect();
    let modifiers: Vec<&str> = item.modifiers.iter().map(|at| at.value.word()).collect();
    json!({ "field": item.field.as_ref().map(|at| &at.value), "modifiers": modifiers, "values": values })
}

fn value(value: &Value) -> Json {
    let part = |part: &Part| match part {
        Part::Text(text) => format!("={text}"),
        Part::Any => "*".to_string(),
        Part::One => "?".to_string(),
    };
    match value {
        Value::Text(pattern) => json!({ "text": pattern.parts.iter().map(part).collect::<Vec<_>>() }),
        Value::Number { value: Number::Int(number), .. } => {
            json!({ "number": serde_json::from_str::<Json>(&number.to_string()).unwrap() })
        }
        Value::Number { value: Number::Float(number), .. } => json!({ "number": number }),
        Value::Bool { value, .. } => json!({ "bool": value }),
        Value::Null => json!({ "null": true }),
    }
}

fn condition(one: &Condition, all: &Detections) -> Json {
    let members = |members: &[Condition]| members.iter().map(|member| condition(member, all)).collect::<Vec<_>>();
    match one {
        Condition::And(inside) => json!({ "and": members(inside) }),
        Condition::Or(inside) => json!({ "or": members(inside) }),
        Condition::Not(inside) => json!({ "not": condition(inside, all) }),
        Condition::Named { name, .. } => json!({ "named": name }),
        Condition::Of { all: every, pattern, .. } => {
            let names = all.named.iter().map(|(name, _)| &name.value);
            let chosen: Vec<&String> = names.filter(|name| Condition::chooses(pattern, name)).collect();
            json!({ if *every { "all_of" } else { "one_of" }: pattern, "chosen": chosen })
        }
    }
}

fn correlation(of: &Correlation) -> Json {
    let texts = |all: &[blocksieve::ast::At<String>]| all.iter().map(|at| at.value.clone()).collect::<Vec<_>>();
    let length = of.timespan.value;
    let aliases: Vec<Json> = of
        .aliases
        .iter()
        .map(|alias| {
            let fields: Vec<Json> = alias.fields.iter().map(|(rule, field)| json!([rule.value, field.value])).collect();
            json!([alias.name.value, fields])
        })
        .collect();
    json!({
        "type": of.kind.value.word(),
        "rules": texts(&of.rules),
        "group_by": texts(&of.group_by),
        "seconds": length.seconds(),
        "enough": of.enough.value,
        "fields": texts(&of.fields),
        "aliases": aliases,
        "generate": of.generate,
    })
}
