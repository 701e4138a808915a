//! Lookup tables: how long a large one takes to load, and a look-up in it. Figures: `benches/README.md`.
#![allow(missing_docs, clippy::expect_used)]

use std::hint::black_box;

use blocksieve::ast::HashKind;
use blocksieve::bytecode;
use blocksieve::event::json::{LinePlan, LineScanner};
use blocksieve::origin::SourceId;
use blocksieve::table::{Findings, TableDef, hashes, sheet};
use blocksieve::vm::{Machine, Options, Prepared};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const RULE: &str = "classify \"w\" { if hash SHA256 in table \"t\" { tag \"whitelisted\" } }";

/// A number with its bits well mixed, so that neighbours share nothing.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (n ^ (n >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (n >> 32)
}

/// As Sysmon writes one.
fn sha256(n: u64) -> String {
    (0..4).map(|part| format!("{:016X}", mixed(n * 4 + part + 1))).collect()
}

/// A table of so many hashes, in no order.
fn csv(rows: u64) -> String {
    let mut text = String::from("sha256,file\n");
    for n in 0..rows {
        text.push_str(&format!("{},C:\\Program Files\\Vendor\\program{n}.exe\n", sha256(n)));
    }
    text
}

fn read(text: &str) -> TableDef {
    let mut findings = Findings::default();
    let mut sheet = sheet::read(SourceId::default(), text, &mut findings);
    sheet.columns[0].hash = Some(HashKind::Sha256);
    hashes::check(SourceId::default(), text, &sheet, &mut findings);
    assert!(!findings.has_error());
    TableDef { name: "t".to_string(), key: "sha256".to_string(), columns: sheet.columns }
}

fn module(table: &TableDef) -> bytecode::Module {
    let (compiled, _) = blocksieve::compile_text(RULE, std::slice::from_ref(table));
    compiled.expect("the rule compiles").module
}

fn loading(c: &mut Criterion) {
    let text = csv(1_000_000);
    let table = read(&text);
    let bytes = bytecode::write(&module(&table));
    let mut group = c.benchmark_group("1,000,000 hashes");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("read and check the CSV", |b| b.iter(|| black_box(read(&text)).columns.len()));
    group.bench_function("compile the rule and make the machine's tables", |b| {
        b.iter(|| black_box(Prepared::new(module(&table)).expect("valid")));
    });
    group.bench_function("read the module and make the machine's tables", |b| {
        b.iter_batched(
            || (),
            |()| black_box(Prepared::new(bytecode::read(&bytes).expect("a module")).expect("valid")),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// A whole event each: scanned, its hash found and looked up. Half of them are in the table.
fn looking_up(c: &mut Criterion) {
    const EVENTS: u64 = 20_000;
    let mut group = c.benchmark_group("an event with a hash");
    group.throughput(Throughput::Elements(EVENTS));
    for rows in [1_000, 100_000, 1_000_000] {
        let prepared = Prepared::new(module(&read(&csv(rows)))).expect("valid");
        let line = |n: u64| {
            let at = mixed(n) % rows + if n.is_multiple_of(2) { 0 } else { rows };
            format!(
                r#"{{"winlog":{{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{{"Hashes":"SHA256={}"}}}}}}"#,
                sha256(at)
            )
        };
        let lines: Vec<String> = (0..EVENTS).map(line).collect();
        let plan = LinePlan::new(&prepared.module().layout);
        let (mut scanner, mut machine) = (LineScanner::new(), Machine::new(&prepared));
        group.bench_function(format!("a table of {rows} rows"), |b| {
            b.iter(|| {
                let hits = lines.iter().filter(|line| {
                    let view = scanner.scan(&plan, line.as_bytes()).expect("an event");
                    !machine.decide(&view, Options::default()).effects.is_empty()
                });
                assert_eq!(hits.count() as u64, EVENTS / 2);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, loading, looking_up);
criterion_main!(benches);
