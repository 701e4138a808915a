//! What the doors answer, asked as the page's worker asks them.

use blocksieve::wasm::{Engine, More, read};
use serde_json::Value;

use super::scripts::Call;

/// Both modules' doors.
#[derive(Default)]
pub struct Doors {
    engine: Engine,
    more: More,
}

fn text(args: &[Value], at: usize) -> &str {
    args.get(at).and_then(Value::as_str).unwrap_or_else(|| panic!("argument {at} of {args:?} is no text"))
}

fn optional(args: &[Value], at: usize) -> Option<String> {
    args.get(at).and_then(Value::as_str).map(str::to_string)
}

fn number(args: &[Value], at: usize) -> usize {
    args.get(at).and_then(Value::as_u64).unwrap_or_else(|| panic!("argument {at} of {args:?} is no number")) as usize
}

impl Doors {
    /// One call.
    pub fn answer(&mut self, call: &Call) -> String {
        let (engine, more, args) = (&mut self.engine, &mut self.more, &call.args);
        match call.name {
            "setProject" => {
                more.set_project(text(args, 0), text(args, 1));
                engine.set_project(text(args, 0), text(args, 1))
            }
            "setFile" => engine.set_file(text(args, 0), text(args, 1)),
            "removeFile" => engine.remove_file(text(args, 0)),
            "toBlocks" => engine.to_blocks(text(args, 0), text(args, 1), optional(args, 2)),
            "toText" => engine.to_text(text(args, 0), text(args, 1)),
            "format" => engine.format(text(args, 0), text(args, 1)),
            "convert" => engine.convert(text(args, 0), text(args, 1), text(args, 2)),
            "listing" => engine.listing(optional(args, 0)),
            "events" => engine.events(),
            "fields" => engine.fields(text(args, 0)),
            "addEvents" => {
                let bytes = call.file.as_ref().map_or_else(
                    || text(args, 1).as_bytes().to_vec(),
                    |file| std::fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}")),
                );
                let answer = engine.add_events(text(args, 0), &bytes, 0);
                let loaded: Value = serde_json::from_str(&answer).expect("JSON");
                if loaded["needsReader"] == true { engine.add_events(text(args, 0), &read(&bytes), 0) } else { answer }
            }
            "carried" => format!("{:?}", engine.carried(number(args, 0))),
            "clearEvents" => {
                engine.clear_events();
                String::new()
            }
            "eventCounts" => engine.event_counts(),
            "decide" => engine.decide(),
            "setBaseline" => {
                engine.set_baseline();
                String::new()
            }
            "select" => engine.select(text(args, 0)),
            "rows" => engine.rows(number(args, 0), number(args, 1), text(args, 2)),
            "positionOf" => engine.position_of(number(args, 0)),
            "event" => engine.event(number(args, 0)),
            "explain" => engine.explain(number(args, 0), text(args, 1)),
            "values" => engine.values(text(args, 0), text(args, 1), number(args, 2)),
            "draft" => engine.draft(text(args, 0)),
            "whitelist" => engine.whitelist(number(args, 0), text(args, 1), text(args, 2)),
            "winlogbeat" => more.winlogbeat(text(args, 0)),
            "importWinlogbeat" => more.import_winlogbeat(text(args, 0), text(args, 1), optional(args, 2)),
            "importSigma" => more.import_sigma(text(args, 0), optional(args, 1)),
            "exportSigma" => {
                more.export_sigma(text(args, 0), text(args, 1), optional(args, 2), optional(args, 3), text(args, 4))
            }
            "test" => more.test(text(args, 0), text(args, 1)),
            "draftTest" => more.draft_test(&engine.carried(number(args, 0)), text(args, 1)),
            "alertPreview" => more.alert_preview(&engine.carried(number(args, 0)), text(args, 1)),
            other => panic!("no door has {other}"),
        }
    }
}
