//! What must hold of any bytes that are read as events.
//!
//! In: bytes. Out: nothing, or a panic that names what broke. Never here: expectations about what is understood.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::event::{FieldPath, Layout, MapView, Slot};

/// Fields of every sort: of the header, of data, under several paths, anywhere else.
fn layout() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(|| {
        let mut layout = Layout::new();
        for paths in [
            &["@timestamp"][..],
            &["message"],
            &["log.level"],
            &["event.code"],
            &["event.outcome"],
            &["tags"],
            &["winlog.keywords"],
            &["winlog.record_id"],
            &["winlog.process.pid"],
            &["winlog.user.identifier"],
            &["winlog.event_data.Image"],
            &["winlog.event_data.ProcessGuid", "winlog.event_data.param1"],
            &["winlog.event_data"],
            &["winlog.user_data.xml_name"],
            &["msg.image", "winlog.event_data.Image"],
            &["msg.own"],
            &["nowhere"],
        ] {
            let paths: Vec<String> = paths.iter().map(|path| path.to_string()).collect();
            layout.slot(FieldPath { name: paths[0].clone(), paths });
        }
        layout
    })
}

#[derive(Default)]
struct Check {
    records: u64,
    damaged: u64,
}

impl Sink for Check {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        use blocksieve::event::EventView;
        self.records += 1;
        let whole = record.view.whole();
        for number in 0..layout().len() {
            let slot = Slot(number as u16);
            let value = record.view.raw(slot).to_value();
            let _ = record.view.undecidable(slot);
            if let Ok(members) = &whole {
                // Below `msg` only the log manager's own events hold something.
                let view = match record.view.is_stored() {
                    true => MapView::as_it_stands(layout(), members),
                    false => MapView::new(layout(), members),
                };
                assert_eq!(value, view.raw(slot).to_value(), "slot {number}");
            }
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {
        self.damaged += 1;
    }
}

/// A stream of events is read to its end without a panic, whatever is in it; every slot of every event holds what stands in the whole
/// event; every record is counted once.
pub fn events(data: &[u8]) {
    let mut reader = EventReader::new(layout(), AgentVersion::DEFAULT);
    let mut check = Check::default();
    let _ = reader.read(&"fuzz".into(), &mut { data }, &mut check);
    assert_eq!(reader.stats.events, check.records);
    assert_eq!(reader.stats.damaged + reader.stats.too_large, check.damaged);
    assert!(reader.stats.events <= data.len() as u64);
}

/// The same for what stands in one chunk of an EVTX file.
pub fn chunk(data: &[u8]) {
    let mut file = b"ElfFile\0".to_vec();
    file.resize(4096, 0);
    file.extend_from_slice(data);
    events(&file);
}
