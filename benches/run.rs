//! Reading and deciding against merely parsing, and evaluation alone. Figures: `benches/README.md`.
#![allow(missing_docs, clippy::expect_used)]

#[allow(dead_code)]
mod made;

use blocksieve::event::json::{LinePlan, LineScanner};
use blocksieve::ruleset::Indexing;
use blocksieve::vm::{Machine, Options, Prepared};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn prepared(rules: &str) -> Prepared {
    let (compiled, _) = blocksieve::compile_text(rules, &[]);
    Prepared::new(compiled.expect("rules of the bench compile").module).expect("valid")
}

fn reading_and_deciding(c: &mut Criterion) {
    let lines = made::lines(2000);
    let mut group = c.benchmark_group("2000 lines");
    group.sample_size(20).throughput(Throughput::Bytes(lines.iter().map(|line| line.len() as u64).sum()));
    group.bench_function("serde_json::Value", |b| {
        b.iter(|| lines.iter().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count());
    });
    for count in [1, 10, 100] {
        let prepared = prepared(&made::rules(count, true));
        let plan = LinePlan::new(&prepared.module().layout);
        let (mut scanner, mut machine) = (LineScanner::new(), Machine::new(&prepared));
        group.bench_function(format!("read and decide, {count} rules"), |b| {
            b.iter(|| {
                for line in &lines {
                    if let Ok(view) = scanner.scan(&plan, line.as_bytes()) {
                        machine.decide(&view, Options::default());
                    }
                }
            });
        });
    }
    group.finish();
}

/// Every test is asked of every event: the time of an iteration divided by `Outcome::steps` is the time of a test.
fn evaluation_alone(c: &mut Criterion) {
    let lines = made::lines(500);
    let values: Vec<_> = lines.iter().filter_map(|line| blocksieve::event::json::parse(line.as_bytes()).ok()).collect();
    // Without the index: it is the tests that are timed, and not how few are left.
    let (compiled, _) = blocksieve::compile_text(&made::rules(100, false), &[]);
    let module = compiled.expect("rules of the bench compile").module;
    let prepared = Prepared::with(module, Indexing::Never).expect("valid");
    let layout = &prepared.module().layout;
    let views: Vec<Decoded> = values.iter().map(|value| Decoded::new(layout, value)).collect();
    let mut machine = Machine::new(&prepared);
    let steps: u64 = views.iter().map(|view| machine.decide(view, Options::default()).steps).sum();
    let mut group = c.benchmark_group("evaluation alone, per test");
    group.sample_size(20).throughput(Throughput::Elements(steps));
    group.bench_function("100 rules without an event, decoded values", |b| {
        b.iter(|| {
            for view in &views {
                machine.decide(view, Options::default());
            }
        });
    });
    group.finish();
}

/// Values found and decoded beforehand.
struct Decoded(Vec<Option<String>>);

impl Decoded {
    fn new(layout: &blocksieve::event::Layout, event: &blocksieve::event::Value) -> Self {
        use blocksieve::event::{EventView, MapView, Raw, Value};
        let Value::Map(members) = event else { return Self(Vec::new()) };
        let map = MapView::new(layout, members);
        let text = |raw: Raw<'_>| if let Raw::Text(text) = raw { Some(text.to_string()) } else { None };
        Self(layout.iter().map(|(slot, _)| text(map.raw(slot))).collect())
    }
}

impl blocksieve::event::EventView for Decoded {
    fn raw(&self, slot: blocksieve::event::Slot) -> blocksieve::event::Raw<'_> {
        use blocksieve::event::Raw;
        self.0.get(slot.0 as usize).and_then(Option::as_deref).map_or(Raw::Absent, Raw::Text)
    }

    fn leaves(&self, _: &mut dyn FnMut(&str, blocksieve::event::Raw<'_>) -> std::ops::ControlFlow<()>) {}

    fn whole(
        &self,
    ) -> Result<std::borrow::Cow<'_, [(String, blocksieve::event::Value)]>, blocksieve::event::json::Damage> {
        Ok(std::borrow::Cow::Borrowed(&[]))
    }
}

criterion_group!(benches, reading_and_deciding, evaluation_alone);
criterion_main!(benches);
