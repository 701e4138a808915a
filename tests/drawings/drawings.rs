//! Drawings in both formats, and what is said of them.
//!
//! A drawing is written once, as JSON; a small writer of the tests' own makes the XML of it, faults included.

use blocksieve::Compiled;
use blocksieve::ast::Definition;
use blocksieve::blockly::Registry;
use blocksieve::diagnostic::Diagnostic;
use blocksieve::origin::Sources;
use blocksieve::source::{self, DrawnIn};
use serde_json::Value;

/// A drawing in JSON and in XML.
#[derive(Clone)]
pub struct Both {
    pub json: String,
    pub xml: String,
}

/// What a definition is read as, with its findings in words.
pub struct Read {
    pub definition: Definition,
    pub drawn: Option<DrawnIn>,
    pub told: Vec<String>,
}

/// Reads a definition.
pub fn read(text: &str) -> Read {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let parsed = source::parse(&mut sources, id, text, &Registry::default());
    let told = parsed.diagnostics.iter().map(|found| said(found, &sources)).collect();
    Read { definition: parsed.definition, drawn: parsed.drawn, told }
}

/// Reads and checks a definition: what people are told, and the module.
pub fn check(text: &str) -> (Vec<String>, Option<Compiled>) {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    // Gives the source the names of its blocks.
    source::parse(&mut sources, id, text, &Registry::default());
    let (compiled, found) = blocksieve::compile_text(text, &[]);
    (found.iter().map(|found| said(found, &sources)).collect(), compiled)
}

/// Reads, checks, and expects no finding.
pub fn clean(text: &str) -> Compiled {
    let (told, compiled) = check(text);
    assert!(told.is_empty(), "{told:#?}\n{text}");
    compiled.expect("without a finding it compiles")
}

/// `BS0806 #four (#if.IF0) message; help`.
fn said(found: &Diagnostic, sources: &Sources) -> String {
    let mut said = format!("{} {}", found.code, sources.describe(found.primary.origin));
    for related in &found.related {
        said.push_str(&format!(" ({})", sources.describe(related.origin)));
    }
    said.push_str(&format!(" {}; {}", found.message, found.help.as_deref().unwrap_or("NO HELP")));
    said
}

/// The rules as canonical text.
pub fn text(definition: &Definition) -> String {
    blocksieve::target::text::write(definition)
}

/// The text of a drawing that is read without a finding.
pub fn as_text(drawing: &str) -> String {
    let read = read(drawing);
    assert!(read.told.is_empty(), "{:#?}\n{drawing}", read.told);
    text(&read.definition)
}

/// A workspace with these top blocks, written as Blockly writes JSON; and the same in XML.
pub fn workspace(tops: &str) -> Both {
    let json = format!(r#"{{"blocks":{{"languageVersion":0,"blocks":[{tops}]}}}}"#);
    let state: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let tops = state["blocks"]["blocks"].as_array().expect("a list");
    let xml: String = tops.iter().map(|top| block(top, "block")).collect();
    Both { json, xml: format!(r#"<xml xmlns="https://developers.google.com/blockly/xml">{xml}</xml>"#) }
}

/// One rule, `rule`, that does this.
pub fn does(block: &str) -> Both {
    workspace(&format!(
        r#"{{"type":"rule_classify","id":"rule","x":20,"y":20,"fields":{{"NAME":"n"}},"inputs":{{"DO":{{"block":{block}}}}}}}"#
    ))
}

/// One rule with one `if`, which asks this and adds a tag.
pub fn asks(block: &str) -> Both {
    does(&format!(
        r#"{{"type":"controls_if","id":"if","inputs":{{
            "IF0":{{"block":{block}}},"DO0":{{"block":{{"type":"message_add_tag","id":"tag","fields":{{"TAG":"t"}}}}}}}}}}"#
    ))
}

/// One rule that asks whether a field equals this.
pub fn equals(field: &str, block: &str) -> Both {
    asks(&format!(
        r#"{{"type":"logic_compare","id":"is","fields":{{"OP":"EQ"}},"inputs":{{
            "A":{{"block":{{"type":"event_field","id":"field","fields":{{"NAME":"{field}"}}}}}},"B":{{"block":{block}}}}}}}"#
    ))
}

/// A test that holds for one event id, as a block.
pub fn dns(id: &str) -> String {
    format!(r#"{{"type":"event_is","id":"{id}","fields":{{"OP":"IS","EVENT":"sysmon.dns_query"}}}}"#)
}

/// A block state of JSON as an element of XML. Whatever it holds is written, faults too.
fn block(state: &Value, tag: &str) -> String {
    let mut attributes = String::new();
    let mut inside = String::new();
    for (key, value) in state.as_object().expect("a block is an object") {
        let text = plain(value);
        match key.as_str() {
            "fields" => {
                for (name, value) in value.as_object().expect("fields") {
                    inside.push_str(&format!(r#"<field name="{name}">{}</field>"#, escape(&plain(value))));
                }
            }
            "inputs" => {
                for (name, value) in value.as_object().expect("inputs") {
                    let stack = ["DO", "ELSE", "META"].iter().any(|stack| name.starts_with(stack));
                    let tag = if stack { "statement" } else { "value" };
                    inside.push_str(&format!(r#"<{tag} name="{name}">{}</{tag}>"#, connected(value)));
                }
            }
            "next" => inside.push_str(&format!("<next>{}</next>", connected(value))),
            // What only JSON can say is left to it.
            "extraState" if !value.is_object() => {}
            "extraState" => {
                let known = [("elseIfCount", "elseif"), ("hasElse", "else"), ("itemCount", "items")];
                let members = value.as_object().expect("extra state").iter().map(|(key, value)| {
                    let name = known.iter().find(|(json, _)| json == key).map_or(key.as_str(), |(_, xml)| xml);
                    format!(r#" {name}="{}""#, escape(&plain(value)))
                });
                inside.insert_str(0, &format!("<mutation{}></mutation>", members.collect::<String>()));
            }
            "icons" if !value.is_object() => {}
            "disabledReasons" if !value.is_array() => {}
            "icons" => inside.push_str(&format!("<comment>{}</comment>", escape(&plain(&value["comment"]["text"])))),
            "data" => inside.push_str(&format!("<data>{}</data>", escape(&text))),
            "disabledReasons" => {
                let reasons: Vec<String> = value.as_array().expect("reasons").iter().map(plain).collect();
                attributes.push_str(&format!(r#" disabled-reasons="{}""#, reasons.join(",")));
            }
            "enabled" => attributes.push_str(&format!(r#" disabled="{}""#, value == &Value::Bool(false))),
            _ => attributes.push_str(&format!(r#" {key}="{}""#, escape(&text))),
        }
    }
    format!("<{tag}{attributes}>{inside}</{tag}>")
}

fn connected(value: &Value) -> String {
    let states = value.as_object().expect("a connection").iter();
    states.filter(|(_, state)| state.is_object()).map(|(tag, state)| block(state, tag)).collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\t', "&#9;").replace('\n', "&#10;")
}
