//! The second module's door: what a page needs now and then.
//!
//! In: the same project as the engine's, and files. Out: events carried as the engine takes them, Winlogbeat's configurations, rules of Sigma, results of
//! tests, all about a configuration of Sysmon, hunts. Never here: sample events that are kept; the engine has them.

use wasm_bindgen::prelude::wasm_bindgen;

use super::{answer, given, json, set_project};
use crate::event::carry;
use crate::session::Session;
use crate::session::board::Boards;
use crate::session::board::wire::{BoardQuery, BoardSort, BoardWanted};
use crate::session::configuration::Configuration;
use crate::session::hunting::Hunting;
use crate::session::wire::{Answer, RuleFile};

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
    configuration: Configuration,
    hunting: Hunting,
    boards: Boards,
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

    /// Files of Sigma that belong together, each as text of ours. `setup`: the project's `sigma.toml`.
    #[wasm_bindgen(js_name = importSigma)]
    pub fn import_sigma(&self, files: &str, setup: Option<String>) -> String {
        answer("files", files, |files: Vec<RuleFile>| self.session.import_sigma(&files, setup.as_deref()))
    }

    /// A file of ours as Sigma. `onto`: the text of Sigma that it was made of; `beside`: texts that have to do with it.
    #[wasm_bindgen(js_name = exportSigma)]
    pub fn export_sigma(
        &self,
        name: &str,
        text: &str,
        onto: Option<String>,
        setup: Option<String>,
        beside: &str,
    ) -> String {
        answer("beside", beside, |beside: Vec<String>| {
            self.session.export_sigma(name, text, onto.as_deref(), setup.as_deref(), &beside)
        })
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

    /// The text of a configuration of Sysmon.
    #[wasm_bindgen(js_name = configText)]
    pub fn config_text(&self, bytes: &[u8]) -> String {
        json(&Configuration::text_of(bytes))
    }

    /// Its bytes again; none at all where the encoding has no room for a character of it.
    #[wasm_bindgen(js_name = configBytes)]
    pub fn config_bytes(&self, text: &str, encoding: &str, mark: bool) -> Vec<u8> {
        Configuration::bytes_of(text, encoding, mark).unwrap_or_default()
    }

    /// Opens a configuration, or says what it is now.
    #[wasm_bindgen(js_name = setConfig)]
    pub fn set_config(&mut self, name: &str, text: &str) -> String {
        json(&self.configuration.set(name, text))
    }

    /// The items of a node.
    #[wasm_bindgen(js_name = configNode)]
    pub fn config_node(&self, node: usize) -> String {
        json(&self.configuration.node(node))
    }

    /// Parts that have some words in them.
    #[wasm_bindgen(js_name = configFind)]
    pub fn config_find(&self, words: &str, most: usize) -> String {
        json(&self.configuration.find(words, most))
    }

    /// What becomes of events that the engine carried here.
    #[wasm_bindgen(js_name = configDecide)]
    pub fn config_decide(&mut self, carried: &[u8], first: bool) -> String {
        json(&self.configuration.decide(carried, first))
    }

    /// What became of them all.
    #[wasm_bindgen(js_name = configSums)]
    pub fn config_sums(&self, most: usize) -> String {
        json(&self.configuration.sums(most))
    }

    /// Why an event is logged or not.
    #[wasm_bindgen(js_name = configExplain)]
    pub fn config_explain(&mut self, carried: &[u8]) -> String {
        json(&self.configuration.explain(carried))
    }

    /// What the parts of a node say of an event.
    #[wasm_bindgen(js_name = configMet)]
    pub fn config_met(&self, node: usize, carried: &[u8]) -> String {
        json(&self.configuration.met(node, carried))
    }

    /// Takes events that may link processes.
    #[wasm_bindgen(js_name = huntRead)]
    pub fn hunt_read(&mut self, carried: &[u8], first: bool) -> String {
        json(&self.hunting.read(carried, first))
    }

    /// Takes events to begin a hunt with.
    #[wasm_bindgen(js_name = huntBegin)]
    pub fn hunt_begin(&mut self, carried: &[u8], first: bool) -> String {
        json(&self.hunting.begin(carried, first))
    }

    /// The GUIDs of processes in a text.
    #[wasm_bindgen(js_name = huntGuids)]
    pub fn hunt_guids(&self, text: &str) -> String {
        json(&Hunting::guids(text))
    }

    /// Goes from processes to all that have to do with them.
    #[wasm_bindgen(js_name = huntWalk)]
    pub fn hunt_walk(&mut self, request: &str) -> String {
        answer("request", request, |request| self.hunting.walk(&request))
    }

    /// What is wrong with a condition on events to begin with.
    #[wasm_bindgen(js_name = huntCondition)]
    pub fn hunt_condition(&self, typed: &str) -> String {
        json(&self.session.said_of_condition(typed))
    }

    /// Takes events of the processes that were reached, with their numbers. `first`: none were taken yet; boards know all events by then.
    #[wasm_bindgen(js_name = huntGather)]
    pub fn hunt_gather(&mut self, carried: &[u8], rows: &[u32], first: bool) -> String {
        if first {
            self.hunting.stand(self.boards.standings(&self.session));
        }
        json(&self.hunting.gather(carried, rows))
    }

    /// The hunt, whose events boards know from now on.
    #[wasm_bindgen(js_name = huntEnd)]
    pub fn hunt_end(&mut self) -> String {
        let hunted = self.hunting.end();
        if let Answer::Done(hunted) = &hunted {
            self.boards.hunted(&hunted.rows);
        }
        json(&hunted)
    }

    /// The hunt as a text.
    #[wasm_bindgen(js_name = huntExport)]
    pub fn hunt_export(&self, form: &str) -> String {
        answer("form", &json(&form), |form| self.hunting.export(form))
    }

    /// There are other events now.
    #[wasm_bindgen(js_name = huntForget)]
    pub fn hunt_forget(&mut self) {
        self.hunting.forget();
    }

    /// Events came or went, or else only the rules or their decisions changed: boards ask the engine anew.
    #[wasm_bindgen(js_name = boardForget)]
    pub fn board_forget(&mut self, all: bool) {
        if all {
            self.boards.forget();
        } else {
            self.boards.rules_changed();
        }
    }

    /// What the engine has to be asked for (its `column`) before a call of a board; `wanted` and `sort` may be null.
    #[wasm_bindgen(js_name = boardNeeds)]
    pub fn board_needs(&self, query: &str, wanted: &str, sort: &str) -> String {
        let wanted: Option<BoardWanted> = match given("wanted", wanted) {
            Ok(wanted) => wanted,
            Err(refused) => return refused,
        };
        let sort: Option<BoardSort> = match given("sort", sort) {
            Ok(sort) => sort,
            Err(refused) => return refused,
        };
        let needs = |query: BoardQuery| self.boards.needs(&self.session, &query, wanted.as_ref(), sort.as_ref());
        answer("query", query, needs)
    }

    /// What the engine gave.
    #[wasm_bindgen(js_name = boardColumn)]
    pub fn board_column(&mut self, asked: &str, bytes: &[u8]) {
        self.boards.take(asked, bytes);
    }

    /// The events of the hunt that was made last.
    #[wasm_bindgen(js_name = boardHunted)]
    pub fn board_hunted(&mut self, events: &[u32]) {
        self.boards.hunted(events);
    }

    /// Counts.
    pub fn board(&mut self, query: &str, wanted: &str) -> String {
        let wanted: BoardWanted = match given("wanted", wanted) {
            Ok(wanted) => wanted,
            Err(refused) => return refused,
        };
        answer("query", query, |query: BoardQuery| self.boards.board(&self.session, &query, &wanted))
    }

    /// The numbers of the events that meet a query, in an order (null: that of the input), for the engine's `rowsOf`.
    #[wasm_bindgen(js_name = boardOrder)]
    pub fn board_order(&mut self, query: &str, from: usize, to: usize, sort: &str) -> Vec<u32> {
        let query: Result<BoardQuery, String> = given("query", query);
        let sort: Result<Option<BoardSort>, String> = given("sort", sort);
        let (Ok(query), Ok(sort)) = (query, sort) else { return Vec::new() };
        self.boards.order(&self.session, &query, from, to, sort.as_ref())
    }

    /// How the hosts are.
    #[wasm_bindgen(js_name = boardHealth)]
    pub fn board_health(&mut self, query: &str) -> String {
        answer("query", query, |query: BoardQuery| self.boards.health(&self.session, &query))
    }

    /// The query as a condition, and as rules.
    #[wasm_bindgen(js_name = boardRule)]
    pub fn board_rule(&self, query: &str) -> String {
        answer("query", query, |query: BoardQuery| self.boards.rule(&self.session, &query))
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
                more.import_sigma(text, Some(text.to_string())),
                more.import_sigma(&serde_json::json!([{"name": "a.yml", "text": text}]).to_string(), None),
                more.export_sigma("a.rule", text, Some(text.to_string()), None, "[]"),
                more.export_sigma("a.rule", "", None, None, text),
                more.test("a.test.yml", text),
                more.coverage(text, "a.rule"),
                more.draft_test(text.as_bytes(), text),
                more.alert_preview(text.as_bytes(), text),
                more.config_text(text.as_bytes()),
                more.set_config("c.xml", text),
                more.config_node(usize::MAX),
                more.config_find(text, usize::MAX),
                more.config_decide(text.as_bytes(), true),
                more.config_sums(usize::MAX),
                more.config_explain(text.as_bytes()),
                more.config_met(usize::MAX, text.as_bytes()),
                more.hunt_read(text.as_bytes(), true),
                more.hunt_begin(text.as_bytes(), true),
                more.hunt_guids(text),
                more.hunt_walk(text),
                more.hunt_walk(&format!(
                    "{{\"start\":[{0}],\"met\":[],\"access\":true,\"maxDepth\":1,\"stopAt\":[{0}],\"through\":[]}}",
                    json(&text)
                )),
                more.hunt_condition(text),
                more.hunt_gather(text.as_bytes(), &[u32::MAX], true),
                more.hunt_end(),
                more.hunt_export(text),
                more.board_needs(text, text, text),
                more.board(text, text),
                more.board_health(text),
                more.board_rule(text),
            ];
            more.board_column(text, text.as_bytes());
            more.board_hunted(&[0, u32::MAX]);
            assert!(more.board_order(text, 0, usize::MAX, text).is_empty());
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
