//! Every configuration of the corpus, written back, on every real event and on random ones.
//!
//! `every.rs` shows that what is written back has the same compiled form, which decides the same on every event there can be; this asks.

use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::write;

use super::clean;
use super::every::{configurations, events, random_count, random_events};

#[test]
fn every_configuration_decides_the_same_once_it_was_written_back() {
    let real = events();
    let (mut files, mut decided, mut logged) = (0, 0, 0);
    for (name, path) in configurations() {
        let config = clean(&name, &std::fs::read(&path).unwrap());
        let canonical = clean("canonical", write::canonical(&config).as_bytes());
        let unchanged = clean("unchanged", write::unchanged(&config).as_bytes());
        let mut before = Decider::new(&config);
        let mut after = [(Decider::new(&canonical), &canonical), (Decider::new(&unchanged), &unchanged)];
        let random = random_events(&config, random_count(), 13);
        for event in real.iter().chain(&random) {
            let plain = before.decide(event);
            for (decider, config_after) in &mut after {
                let again = decider.decide(event);
                assert_eq!(again.logged, plain.logged, "{name}");
                assert_eq!(config_after.name_of(&again), config.name_of(&plain), "{name}");
            }
            logged += usize::from(plain.logged);
            decided += 1;
        }
        files += 1;
    }
    println!("{files} configurations, {decided} decisions, {logged} logged");
}
