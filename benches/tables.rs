//! Lookup tables: how long a large one takes to load, and a look-up in it. Figures: `benches/README.md`.
#![allow(missing_docs, clippy::expect_used)]

#[allow(dead_code)]
mod made;

use std::hint::black_box;

use blocksieve::ast::HashKind;
use blocksieve::bytecode;
use blocksieve::event::json::{LinePlan, LineScanner};
use blocksieve::origin::SourceId;
use blocksieve::table::{Findings, TableDef, hashes, sheet};
use blocksieve::vm::{Machine, Options, Prepared};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const RULE: &str = "classify \"w\" { if hash SHA256 in table \"t\" { tag \"whitelisted\" } }";

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
    let text = made::table(1_000_000);
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
            |()| black_box(Prepared::of(bytecode::read(&bytes).expect("a module"))),
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
        let prepared = Prepared::new(module(&read(&made::table(rows)))).expect("valid");
        let line = |n: u64| {
            let at = made::mixed(n) % rows + if n.is_multiple_of(2) { 0 } else { rows };
            format!(
                r#"{{"winlog":{{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{{"Hashes":"SHA256={}"}}}}}}"#,
                made::sha256(at)
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
