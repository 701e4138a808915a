//! The engine's door: a project, and what its rules do to sample events.
//!
//! In, out, and what never happens: see the module above.

use wasm_bindgen::prelude::wasm_bindgen;

use super::{answer, json, set_project};
use crate::diagnostic::render;
use crate::session::Session;

/// The version of Blocksieve that the module was built from.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_string()
}

/// Checks a definition file and gives every finding, in the JSON of `blocksieve check --format json`.
#[wasm_bindgen]
pub fn check(text: &str) -> String {
    let (sources, _, diagnostics) = crate::compile_in(text, &[]);
    render::json::render(&diagnostics, &sources)
}

/// The editor's engine: a project and sample events. Each method is the call of the same name in `www/src/engine/types.ts`; structures come
/// and go as JSON.
#[wasm_bindgen]
#[derive(Default)]
pub struct Engine {
    session: Session,
}

#[wasm_bindgen]
impl Engine {
    /// Without rules and events.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The version of the engine.
    pub fn version(&self) -> String {
        version()
    }

    /// Replaces all rules and settings.
    #[wasm_bindgen(js_name = setProject)]
    pub fn set_project(&mut self, files: &str, settings: &str) -> String {
        set_project(&mut self.session, files, settings)
    }

    /// Replaces one file, or adds it.
    #[wasm_bindgen(js_name = setFile)]
    pub fn set_file(&mut self, name: &str, text: &str) -> String {
        json(&self.session.set_file(name, text))
    }

    /// Takes one file away.
    #[wasm_bindgen(js_name = removeFile)]
    pub fn remove_file(&mut self, name: &str) -> String {
        json(&self.session.remove_file(name))
    }

    /// A file as blocks.
    #[wasm_bindgen(js_name = toBlocks)]
    pub fn to_blocks(&self, name: &str, text: &str, layout: Option<String>) -> String {
        json(&self.session.to_blocks(name, text, layout.as_deref()))
    }

    /// Blocks as text.
    #[wasm_bindgen(js_name = toText)]
    pub fn to_text(&self, name: &str, blocks: &str) -> String {
        json(&self.session.to_text(name, blocks))
    }

    /// A text in its canonical layout.
    pub fn format(&self, name: &str, text: &str) -> String {
        json(&self.session.format(name, text))
    }

    /// A file in another form.
    pub fn convert(&self, name: &str, text: &str, to: &str) -> String {
        answer("form", &json(&to), |form| self.session.convert(name, text, form))
    }

    /// What the rules became.
    pub fn listing(&self, file: Option<String>) -> String {
        self.session.listing(file.as_deref())
    }

    /// The events that rules can name.
    pub fn events(&self) -> String {
        json(&self.session.events())
    }

    /// The fields that events have.
    pub fn fields(&self, events: &str) -> String {
        answer("events", events, |events: Vec<String>| self.session.fields(&events))
    }

    /// Reads events: of a file, or of a piece of one, behind so many lines that were read before.
    #[wasm_bindgen(js_name = addEvents)]
    pub fn add_events(&mut self, file: &str, bytes: &[u8], after: u32) -> String {
        json(&self.session.go_on(file, bytes, after.into()))
    }

    /// An event as the other module takes it; nothing where there is none of this number.
    pub fn carried(&self, index: usize) -> Vec<u8> {
        self.session.carried(index).unwrap_or_default()
    }

    /// Forgets all events.
    #[wasm_bindgen(js_name = clearEvents)]
    pub fn clear_events(&mut self) {
        self.session.clear_events();
    }

    /// How many events of which kind there are.
    #[wasm_bindgen(js_name = eventCounts)]
    pub fn event_counts(&self) -> String {
        json(&self.session.event_counts())
    }

    /// Runs the rules over all events.
    pub fn decide(&mut self) -> String {
        json(&self.session.decide())
    }

    /// What the rules do now is what later decisions are compared with.
    #[wasm_bindgen(js_name = setBaseline)]
    pub fn set_baseline(&mut self) {
        self.session.set_baseline();
    }

    /// Chooses the events that rows are asked of.
    pub fn select(&mut self, selection: &str) -> String {
        answer("selection", selection, |selection| self.session.select(&selection))
    }

    /// Rows of the selected events.
    pub fn rows(&mut self, from: usize, to: usize, columns: &str) -> String {
        answer("columns", columns, |columns: Vec<String>| self.session.rows(from, to, &columns))
    }

    /// What all events hold of something, as `src/session/samples/columns.rs` has it.
    pub fn column(&mut self, asked: &str) -> Vec<u8> {
        self.session.column(asked)
    }

    /// Rows of these events.
    #[wasm_bindgen(js_name = rowsOf)]
    pub fn rows_of(&mut self, events: &[u32], columns: &str) -> String {
        answer("columns", columns, |columns: Vec<String>| self.session.rows_of(events, &columns))
    }

    /// Where an event stands among the selected ones.
    #[wasm_bindgen(js_name = positionOf)]
    pub fn position_of(&self, index: usize) -> String {
        json(&self.session.position_of(index))
    }

    /// All that is to be known of an event.
    pub fn event(&self, index: usize) -> String {
        json(&self.session.event(index))
    }

    /// What each piece of one file said of an event.
    pub fn explain(&self, index: usize, file: &str) -> String {
        json(&self.session.explain(index, file))
    }

    /// The values of a field that hold a text.
    pub fn values(&mut self, field: &str, prefix: &str, most: usize) -> String {
        json(&self.session.values(field, prefix, most))
    }

    /// A rule out of an event.
    pub fn draft(&self, request: &str) -> String {
        answer("request", request, |request| self.session.draft(&request))
    }

    /// A row of a lookup table out of an event.
    pub fn whitelist(&self, index: usize, table: &str, note: &str) -> String {
        json(&self.session.whitelist(index, table, note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<serde_json::Value> {
        let document: serde_json::Value = serde_json::from_str(&check(text)).unwrap();
        document["diagnostics"].as_array().unwrap().clone()
    }

    #[test]
    fn a_rule_without_faults_has_no_diagnostics() {
        assert!(findings("filter \"quiet\" { if event is sysmon.dns_query { drop } }").is_empty());
    }

    #[test]
    fn a_fault_has_a_code_and_a_place() {
        let found = findings("filter \"open\" { if (Image == 1 { drop } }");
        assert_eq!(found[0]["severity"], "error");
        assert!(found[0]["code"].as_str().unwrap().starts_with("BS01"), "{found:?}");
    }

    #[test]
    fn a_fault_in_a_drawing_names_its_block_and_field() {
        let drawing = r#"{"blocks":{"blocks":[{"type":"rule_alert","id":"r1","fields":{"NAME":"a"},"inputs":{"DO":{"block":
            {"type":"alert_send","id":"s1","fields":{"VIA":"pigeon"}}}}}]}}"#;
        let found = findings(drawing);
        assert_eq!(found[0]["code"], "BS0215", "{found:?}");
        assert_eq!((&found[0]["block"], &found[0]["field"]), (&"s1".into(), &"VIA".into()), "{found:?}");
    }

    #[test]
    fn what_the_checker_finds_comes_through_the_door_too() {
        let found = findings("filter \"all\" { drop }");
        assert_eq!(found[0]["code"], "BS0400");
    }

    /// Whatever a page hands over, it gets JSON back, and the engine works on.
    #[test]
    fn malformed_arguments_are_refused_and_leave_the_engine_as_it_was() {
        let mut engine = Engine::new();
        engine.set_file("a.rule", "filter \"a\" { if event is sysmon.dns_query { drop } }");
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let big = format!("[{}1]", "1,".repeat(500_000));
        for bad in ["", "{", "null", "[1]", "{\"a\":1}", "\u{0}", "\"\\ud800\"", "1e999", &deep, &big] {
            let answers = [
                ("project", engine.set_project(bad, "{\"winlogbeat\":\"8.17\",\"tables\":[]}")),
                ("settings", engine.set_project("[]", bad)),
                ("fields", engine.fields(bad)),
                ("select", engine.select(bad)),
                ("rows", engine.rows(0, usize::MAX, bad)),
                ("draft", engine.draft(bad)),
                ("convert", engine.convert("a.rule", "", bad)),
            ];
            for (call, answer) in answers {
                let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
                let shown: String = bad.chars().take(20).collect();
                assert!(answer["error"].is_string() && answer["help"].is_string(), "{call} {shown}: {answer}");
            }
        }
        assert_eq!(engine.session.project().program().map(|program| program.rules.len()), Some(1));
    }

    /// The same of texts that hold rules, workspaces, configurations, tests and events.
    #[test]
    fn hostile_texts_are_findings() {
        let mut engine = Engine::new();
        let deep =
            |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(100_000), close.repeat(100_000));
        let texts = [
            deep("{\"blocks\":", "1", "}"),
            deep("<block>", "", "</block>"),
            format!("filter \"a\" {{ if {} {{ drop }} }}", deep("(", "Image == 'x'", ")")),
            format!("filter \"a\" {{ if {} Image == 'x' {{ drop }} }}", "not ".repeat(100_000)),
            deep("[", "", "]"),
            "\u{0}\u{feff}\u{2028}".to_string(),
            "filter \"".to_string(),
            "{\"blocks\":{\"blocks\":[{\"type\":\"rule_filter\"}]}}".to_string(),
        ];
        for text in &texts {
            let answers = [
                engine.set_file("a.rule", text),
                engine.to_blocks("a.rule", text, Some(text.clone())),
                engine.to_blocks("a.rule", "filter \"a\" { if Image == 'x' { keep } }", Some(text.clone())),
                engine.to_text("a.rule", text),
                engine.format("a.rule", text),
                engine.convert("a.rule", text, "logmanager-xml"),
                engine.add_events("e.json", text.as_bytes(), 0),
                engine.explain(0, text),
                engine.event(usize::MAX),
                engine.whitelist(0, text, text),
                engine.values(text, text, usize::MAX),
                engine.decide(),
            ];
            for (at, answer) in answers.iter().enumerate() {
                let start: String = text.chars().take(20).collect();
                assert!(serde_json::from_str::<serde_json::Value>(answer).is_ok(), "{at} {start}");
            }
        }
    }
}
