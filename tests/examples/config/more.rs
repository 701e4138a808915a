//! What the first configuration logs the second logs too, under the same name.

use super::*;

/// Security's items stand at the head of the other's, and what the other keeps out security keeps out too.
#[test]
fn the_rules_of_security_come_first_in_the_other_and_in_the_same_order() {
    let ((first, _), (second, _)) = (read(SECURITY), read(FORENSICS));
    let written = |config: &Config, tag: &str, kind| -> Vec<String> {
        let of_tag = items(config, kind).filter(|(name, ..)| *name == tag);
        of_tag.map(|(.., item)| config.text[item.span().range()].to_string()).collect()
    };
    for node in &first.nodes {
        let tag = node.tag.name;
        let (ours, theirs) = (written(&first, tag, OnMatch::Include), written(&second, tag, OnMatch::Include));
        assert!(theirs.starts_with(&ours), "{tag}");
        assert_eq!(written(&first, tag, OnMatch::Exclude), written(&second, tag, OnMatch::Exclude), "{tag}");
    }
    let added = items(&second, OnMatch::Include).count() - items(&first, OnMatch::Include).count();
    let forensic = items(&second, OnMatch::Include).filter(|(.., item)| name_of(item).starts_with(FORENSIC)).count();
    assert_eq!(added, forensic, "what the second adds is called so");
}

/// Random numbers, the same each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % end
    }
}

#[test]
fn of_a_hundred_thousand_random_events_too() {
    let (mut security, mut forensics) = (Deciding::new(SECURITY), Deciding::new(FORENSICS));
    // Values as the samples have them, by event and field, mixed anew.
    let mut values: BTreeMap<u32, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for sample in all_samples() {
        for event in [sample.event, sample.near_miss] {
            let known = values.entry(event.id).or_default();
            for (name, value) in event.fields {
                known.entry(name).or_default().push(value);
            }
        }
    }
    // Those of a series share their values.
    for (from, to) in [(13, 12), (13, 14), (17, 18), (19, 21)] {
        let of_other = values[&from].clone();
        values.entry(to).or_insert(of_other);
    }
    let ids: Vec<u32> = values.keys().copied().collect();
    let mut random = Random(0x5EED_2025_0304_0001);
    let (mut logged, mut more) = (0, 0);
    for _ in 0..100_000 {
        let id = ids[random.below(ids.len())];
        let mut fields = BTreeMap::new();
        for (name, known) in &values[&id] {
            if random.below(4) > 0 {
                fields.insert(name.clone(), known[random.below(known.len())].clone());
            }
        }
        let event = Event { id, fields };
        let (first, second) = (security.decide_fast(&event), forensics.decide_fast(&event));
        if first.logged {
            logged += 1;
            assert_eq!((second.logged, &second.name), (true, &first.name), "{event:?}");
        }
        more += usize::from(second.logged && !first.logged);
    }
    assert!(logged > 20_000 && more > 10_000, "the events are of all kinds: {logged} {more}");
}

#[cfg(feature = "evtx")]
mod corpus {
    use std::ops::ControlFlow;
    use std::path::Path;

    use blocksieve::dialect::AgentVersion;
    use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
    use blocksieve::sysmon::config::{EventFields, Slots};

    use super::*;

    struct Count<'c> {
        slots: &'c Slots,
        configs: [(&'c Config, Decider); 2],
        events: usize,
        logged: [usize; 2],
    }

    impl Sink for Count<'_> {
        fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
            let Some(event) = self.slots.event(record.view) else { return ControlFlow::Continue(()) };
            if [4, 16, 255].contains(&event.id()) {
                return ControlFlow::Continue(());
            }
            self.events += 1;
            let [first, second] = self.configs.each_mut().map(|(config, fast)| {
                let decision = fast.decide(&event);
                (decision.logged, config.name_of(&decision).map(str::to_string))
            });
            if first.0 {
                assert_eq!(first, second, "{:?}", record.place.number);
            }
            self.logged[0] += usize::from(first.0);
            self.logged[1] += usize::from(second.0);
            ControlFlow::Continue(())
        }

        fn damaged(&mut self, damaged: Damaged) {
            println!("{damaged}");
        }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "evtx") {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn of_recorded_attacks_as_many_as_the_page_says() {
        let folder = std::env::var_os("BLOCKSIEVE_CORPUS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from)
            .join("evtx");
        if !folder.is_dir() {
            eprintln!("skipped: no corpus at {}", folder.display());
            return;
        }
        let ((security, _), (forensics, _)) = (read(SECURITY), read(FORENSICS));
        let slots = Slots::new();
        let configs = [&security, &forensics].map(|config| (config, Decider::new(config)));
        let mut count = Count { slots: &slots, configs, events: 0, logged: [0; 2] };
        let mut reader = EventReader::new(slots.layout(), AgentVersion::DEFAULT);
        for path in files(&folder) {
            let file = std::fs::File::open(&path).expect("a file");
            reader.read_file(&path.to_string_lossy().into_owned().into(), file, &mut count).expect("it is read");
        }
        let page = text("README.md");
        let row = page.lines().find(|line| line.starts_with("| **all** |")).expect("a row");
        let numbers: Vec<usize> = row.split("**").filter_map(|part| part.replace(',', "").parse().ok()).collect();
        assert_eq!(
            numbers[3..],
            [count.events, count.logged[0], count.logged[1]],
            "events, security, forensics in README.md"
        );
    }
}
