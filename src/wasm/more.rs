//! The second module's door: what a page needs now and then.
//!
//! In: the same project as the engine's, and files. Out: events carried as the engine takes them, Winlogbeat's configurations, results of
//! tests. Never here: sample events that are kept; the engine has them.

use wasm_bindgen::prelude::wasm_bindgen;

use super::{answer, json, set_project};
use crate::event::carry;
use crate::session::Session;
use crate::session::wire::RuleFile;

/// Reads a file of events, whatever its form and packing, EVTX too: its records, carried. What is damaged is carried with them.
#[wasm_bindgen]
pub fn read(bytes: &[u8]) -> Vec<u8> {
    carry::carry(bytes)
}

/// A project, for the calls of the same names in `www/src/engine/types.ts`.
#[wasm_bindgen]
#[derive(Default)]
pub struct More {
    session: Session,
}

#[wasm_bindgen]
impl More {
    /// Without rules.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces all rules and settings.
    #[wasm_bindgen(js_name = setProject)]
    pub fn set_project(&mut self, files: &str, settings: &str) -> String {
        set_project(&mut self.session, files, settings)
    }

    /// Filters as Winlogbeat's processors.
    pub fn winlogbeat(&self, options: &str) -> String {
        answer("options", options, |options| self.session.winlogbeat(&options))
    }

    /// A configuration of Winlogbeat as rules.
    #[wasm_bindgen(js_name = importWinlogbeat)]
    pub fn import_winlogbeat(&self, name: &str, text: &str, version: Option<String>) -> String {
        json(&self.session.import_winlogbeat(name, text, version.as_deref()))
    }

    /// Runs the tests of a file.
    pub fn test(&self, file: &str, text: &str) -> String {
        json(&self.session.test(file, text))
    }

    /// What tests made run of the rules of a file.
    pub fn coverage(&self, tests: &str, file: &str) -> String {
        answer("tests", tests, |tests: Vec<RuleFile>| self.session.coverage(&tests, file))
    }

    /// A test out of an event that the engine carried here.
    #[wasm_bindgen(js_name = draftTest)]
    pub fn draft_test(&mut self, carried: &[u8], text: &str) -> String {
        self.session.clear_events();
        self.session.add_events("event", carried);
        json(&self.session.draft_test(0, text))
    }

    /// What alerts say of an event that the engine carried here.
    #[wasm_bindgen(js_name = alertPreview)]
    pub fn alert_preview(&mut self, carried: &[u8], request: &str) -> String {
        self.session.clear_events();
        self.session.add_events("event", carried);
        answer("request", request, |request| self.session.alert_preview(0, &request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_json(answer: &str) -> bool {
        serde_json::from_str::<serde_json::Value>(answer).is_ok()
    }

    /// Whatever a page hands over, it gets JSON back.
    #[test]
    fn hostile_texts_are_findings() {
        let mut more = More::new();
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in ["", "{", "null", "\u{0}\u{feff}\u{2028}", "a: [", "- - - -", &deep] {
            let answers = [
                more.set_project(text, "{}"),
                more.winlogbeat(text),
                more.import_winlogbeat("w.yml", text, None),
                more.test("a.test.yml", text),
                more.coverage(text, "a.rule"),
                more.draft_test(text.as_bytes(), text),
                more.alert_preview(text.as_bytes(), text),
            ];
            for (at, answer) in answers.iter().enumerate() {
                assert!(is_json(answer), "{at} {answer}");
            }
        }
    }

    #[test]
    fn what_is_no_log_is_carried_as_that() {
        let carried = read(b"%PDF-1.7 \0\0\0 nothing of the kind, but long enough to tell what it is");
        let loaded = Session::new().add_events("x.pdf", &carried);
        assert!(loaded.error.unwrap().contains("known forms"));
    }
}
