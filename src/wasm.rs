//! The browser's door: what JavaScript can call.
//!
//! In: texts. Out: texts that hold JSON, made by serde from plain types, so that the host's tests cover them too. Never
//! here: meaning of its own, files, the network, the clock. Nothing a caller hands over makes a function trap; what is
//! wrong with it comes back as diagnostics.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::diagnostic::render;

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
}
