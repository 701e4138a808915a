//! The browser's door: what JavaScript can call.
//!
//! In: texts. Out: texts that hold JSON, made by serde from plain types, so that the host's tests cover them too. Never
//! here: meaning of its own, files, the network, the clock. Nothing a caller hands over makes a function trap; what is
//! wrong with it comes back as diagnostics.

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::diagnostic::{Diagnostic, Severity};
use crate::origin::{SourceId, Span};

/// The version of Blocksieve that the module was built from.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_string()
}

/// Reads a definition file: `{"rules": N, "diagnostics": [...]}`, where `rules` counts those that were understood.
#[wasm_bindgen]
pub fn check(text: &str) -> String {
    let (definition, diagnostics) = crate::source::text::parse(SourceId::default(), text);
    json(&Checked { rules: definition.rules.len(), diagnostics: diagnostics.iter().map(Finding::from).collect() })
}

#[derive(Serialize)]
struct Checked {
    rules: usize,
    diagnostics: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    code: String,
    severity: Severity,
    message: String,
    /// Bytes of the text.
    span: Option<Span>,
    help: Option<String>,
}

impl From<&Diagnostic> for Finding {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code.to_string(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            span: diagnostic.primary.origin.as_span(),
            help: diagnostic.help.clone(),
        }
    }
}

/// Numbers, texts and lists: there is nothing in it that serde_json could refuse.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> serde_json::Value {
        serde_json::from_str(&check(text)).unwrap()
    }

    #[test]
    fn a_rule_without_faults_has_no_diagnostics() {
        let read = read("filter \"quiet\" { if event is sysmon.dns_query { drop } }");
        assert_eq!(read, serde_json::json!({ "rules": 1, "diagnostics": [] }));
    }

    #[test]
    fn a_fault_has_a_code_and_a_place() {
        let read = read("filter \"open\" { if (a == 1 { drop } }");
        assert_eq!(read["rules"], 0);
        let first = &read["diagnostics"][0];
        assert_eq!(first["severity"], "error");
        assert!(first["code"].as_str().unwrap().starts_with("BS01"), "{first}");
        assert!(first["span"]["start"].is_number(), "{first}");
    }
}
