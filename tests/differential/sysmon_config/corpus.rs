//! Real configurations and real events.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::{Config, EventFields, Slots, twin};

use super::{clean, folder};

/// Takes down what each configuration does with each event.
struct Decide<'c> {
    slots: &'c Slots,
    configs: &'c [Config],
    fast: Vec<Decider>,
    /// `config file record id name`, as the corpus has them.
    lines: Vec<String>,
    file: usize,
    events: usize,
}

impl Sink for Decide<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let Some(event) = self.slots.event(record.view) else { return ControlFlow::Continue(()) };
        if [4, 16, 255].contains(&event.id()) {
            return ControlFlow::Continue(());
        }
        self.events += 1;
        for (number, config) in self.configs.iter().enumerate() {
            let decision = twin::decide(config, &event);
            assert_eq!(self.fast[number].decide(&event), decision, "{}", record.place.number);
            if decision.logged {
                let name = config.name_of(&decision).unwrap_or("-");
                let (file, record) = (self.file, record.place.number);
                self.lines.push(format!("log\t{number}\t{file}\t{record}\t{}\t{name}", event.id()));
            }
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        println!("{damaged}");
    }
}

#[test]
fn five_public_configurations_log_of_real_events_what_was_written_down() {
    let (Some(configs), Some(events), Some(derived)) = (folder("sysmon-config"), folder("evtx"), folder("derived"))
    else {
        return;
    };
    let table = std::fs::read_to_string(derived.join("sysmon-decisions.tsv")).unwrap();
    let of = |kind: &str| -> BTreeMap<usize, &str> {
        let rows = table.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix('\t')?.split_once('\t'));
        rows.map(|(number, name)| (number.parse().unwrap(), name)).collect()
    };
    let read = |name: &&str| clean(name, &std::fs::read(configs.join(name)).unwrap());
    let configs: Vec<Config> = of("config").values().map(read).collect();
    let slots = Slots::new();
    let mut reader = EventReader::new(slots.layout(), AgentVersion::DEFAULT);
    let fast = configs.iter().map(Decider::new).collect();
    let mut decide = Decide { slots: &slots, configs: &configs, fast, lines: Vec::new(), file: 0, events: 0 };
    for (number, name) in of("file") {
        decide.file = number;
        let file = std::fs::File::open(events.join(name)).unwrap();
        reader.read_file(&name.into(), file, &mut decide).unwrap();
    }
    let mut theirs: Vec<&str> = table.lines().filter(|line| line.starts_with("log\t")).collect();
    let mut ours: Vec<&str> = decide.lines.iter().map(String::as_str).collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    let differ: Vec<_> = ours
        .iter()
        .filter(|line| theirs.binary_search(line).is_err())
        .map(|line| format!("+ {line}"))
        .chain(theirs.iter().filter(|line| ours.binary_search(line).is_err()).map(|line| format!("- {line}")))
        .collect();
    assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), theirs.len(), differ[..differ.len().min(40)].join("\n"));
    assert_eq!(ours.len(), theirs.len());
    assert_eq!(decide.events, 2041);
}
