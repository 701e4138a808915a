//! Configurations of Sysmon: making one ready, and deciding events by it, with and without reading them. Figures: `benches/README.md`.
//!
//! `BLOCKSIEVE_CONFIGURATION=FILE` measures another configuration than those of the example.
#![allow(missing_docs, clippy::expect_used)]

use std::ops::ControlFlow;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::origin::Sources;
use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::{Config, Slots, read};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Decides what it is given, if there is anything to decide by.
struct Decide<'a> {
    slots: &'a Slots,
    decider: Option<&'a mut Decider>,
    logged: usize,
}

impl Sink for Decide<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let (Some(decider), Some(event)) = (&mut self.decider, self.slots.event(record.view)) {
            self.logged += usize::from(decider.decide(&event).logged);
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

fn config(bytes: &[u8]) -> Config {
    read(&mut Sources::default(), "bench.xml", bytes).0.expect("a configuration")
}

fn configurations(c: &mut Criterion) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sysmon");
    let events = std::fs::read(format!("{folder}/events/sysmon.ndjson")).expect("the example's events").repeat(10);
    let count = events.iter().filter(|byte| **byte == b'\n').count() as u64;
    let file = std::env::var("BLOCKSIEVE_CONFIGURATION");
    let file = file.unwrap_or_else(|_| format!("{folder}/config/security-and-forensics.xml"));
    let bytes = std::fs::read(file).expect("the configuration");
    let mut group = c.benchmark_group("configuration of Sysmon");
    group.sample_size(20);
    group.bench_function("make ready", |b| b.iter(|| Decider::new(&config(&bytes))));
    let slots = Slots::new();
    let mut reader = EventReader::new(slots.layout(), AgentVersion::DEFAULT);
    let mut decider = Decider::new(&config(&bytes));
    let mut all = |decider: Option<&mut Decider>| {
        let mut sink = Decide { slots: &slots, decider, logged: 0 };
        reader.read(&"bench".into(), &mut events.as_slice(), &mut sink).expect("readable");
        sink.logged
    };
    group.throughput(Throughput::Elements(count));
    group.bench_function("read", |b| b.iter(|| all(None)));
    group.bench_function("read and decide", |b| b.iter(|| all(Some(&mut decider))));
    group.finish();
}

criterion_group!(benches, configurations);
criterion_main!(benches);
