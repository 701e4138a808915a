//! JSON as a flat document: read by events, without recursion.
//!
//! In: text. Out: values in an arena, each with its bytes in the text, so that six thousand blocks in one chain cost no stack.
//! A key that stands twice in one object is a finding, and so is what is no JSON. Never here: what the values mean.

use json_event_parser::{JsonEvent, LowLevelJsonParser, LowLevelJsonParserResult};
use rustc_hash::FxHashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, SourceId, Span};
use crate::source::text::shorten;

/// Index of a value in a [`Document`].
pub(super) type NodeId = usize;

/// A JSON text.
#[derive(Debug, Default)]
pub(super) struct Document {
    nodes: Vec<Node>,
}

/// One value and its bytes.
#[derive(Debug)]
pub(super) struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// A value.
#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    Text(String),
    Array(Vec<NodeId>),
    Object(Vec<(String, NodeId)>),
}

impl Value {
    /// For messages.
    pub fn is(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

/// A list or object that is not closed yet.
struct Open {
    node: NodeId,
    /// The key that waits for its value.
    key: Option<String>,
    seen: FxHashSet<String>,
}

impl Document {
    /// Reads a text; its first value is node 0.
    pub fn parse(source: SourceId, text: &str) -> Result<Document, Vec<Diagnostic>> {
        let mut document = Document::default();
        let mut findings = Vec::new();
        // The stack is the parser's own and holds a byte or two a level; the size of the file bounds it.
        let mut parser = LowLevelJsonParser::new().with_max_stack_size(usize::MAX);
        let mut open: Vec<Open> = Vec::new();
        let mut at = 0;
        // Where the last token ended.
        let mut ended = 0;
        loop {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let LowLevelJsonParserResult { event, consumed_bytes } = parser.parse_next(rest, true);
            at += consumed_bytes;
            let event = match event {
                None => continue,
                Some(Ok(event)) => event,
                Some(Err(error)) => {
                    let offset = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(text.len());
                    let place = Span::new(offset(error.location().start.offset), offset(error.location().end.offset));
                    let message = format!("this is no JSON: {}", lower_first(error.message()));
                    findings.push(
                        Diagnostic::new(Code::NotBlocks, Origin::span(source, place), message)
                            .help("save the workspace again; a Blockly workspace in JSON begins with `{\"blocks\":`"),
                    );
                    return Err(findings);
                }
            };
            // A token ends where reading stopped, and begins behind what parts it from the last one. Its length would not tell:
            // an escape is longer than what it stands for.
            let between = text.as_bytes().get(ended..at).unwrap_or_default();
            let begin = ended
                + between.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')).count();
            ended = at;
            let value = match event {
                JsonEvent::ObjectKey(key) => {
                    if let Some(last) = open.last_mut() {
                        if !last.seen.insert(key.to_string()) {
                            let place = Span::new(begin, at);
                            findings.push(
                                Diagnostic::new(
                                    Code::DuplicatePart,
                                    Origin::span(source, place),
                                    format!("the key `{}` stands twice in one object", shorten(&key)),
                                )
                                .help("keep the one that is meant"),
                            );
                        }
                        last.key = Some(key.into_owned());
                    }
                    continue;
                }
                JsonEvent::EndArray | JsonEvent::EndObject => {
                    if let Some(closed) = open.pop()
                        && let Some(node) = document.nodes.get_mut(closed.node)
                    {
                        node.span = Span::new(node.span.start as usize, at);
                    }
                    continue;
                }
                JsonEvent::Eof => break,
                JsonEvent::StartArray => Value::Array(Vec::new()),
                JsonEvent::StartObject => Value::Object(Vec::new()),
                JsonEvent::String(text) => Value::Text(text.into_owned()),
                JsonEvent::Number(number) => Value::Number(number.into_owned()),
                JsonEvent::Boolean(yes) => Value::Bool(yes),
                JsonEvent::Null => Value::Null,
            };
            let opens = matches!(value, Value::Array(_) | Value::Object(_));
            let id = document.nodes.len();
            document.nodes.push(Node { value, span: Span::new(begin, at) });
            if let Some(parent) = open.last_mut() {
                let key = parent.key.take();
                match (document.nodes.get_mut(parent.node).map(|node| &mut node.value), key) {
                    (Some(Value::Object(members)), Some(key)) => members.push((key, id)),
                    (Some(Value::Array(items)), _) => items.push(id),
                    // The parser gives a key before every value of an object.
                    (Some(_) | None, _) => {}
                }
            }
            if opens {
                open.push(Open { node: id, key: None, seen: FxHashSet::default() });
            }
        }
        if findings.is_empty() { Ok(document) } else { Err(findings) }
    }

    /// A value. Ids come from this document only.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The members of an object; none if it is no object.
    pub fn members(&self, id: NodeId) -> &[(String, NodeId)] {
        match &self.node(id).value {
            Value::Object(members) => members,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Array(_) => &[],
        }
    }

    /// Is there no value at all?
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<(Code, u32, String)> {
        let findings = Document::parse(SourceId(0), text).err().unwrap_or_default();
        findings
            .into_iter()
            .map(|found| (found.code, found.primary.origin.as_span().map_or(0, |span| span.start), found.message))
            .collect()
    }

    #[test]
    fn a_deep_chain_costs_no_stack() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(Document::parse(SourceId(0), &deep).unwrap().nodes.len(), 200_000);
    }

    #[test]
    fn values_know_their_bytes_and_numbers_their_digits() {
        let text = r#"{"a": [18446744073709551615, "é\n"], "b": null, "\u0063" : "\\\u00e9" }"#;
        let document = Document::parse(SourceId(0), text).unwrap();
        let (_, a) = document.members(0)[0];
        assert_eq!(&text[document.node(a).span.range()], r#"[18446744073709551615, "é\n"]"#);
        assert!(matches!(&document.node(2).value, Value::Number(n) if n == "18446744073709551615"));
        assert!(matches!(&document.node(3).value, Value::Text(t) if t == "é\n"));
        let bytes = |id: NodeId| &text[document.node(id).span.range()];
        assert_eq!([2, 3, 4, 5].map(bytes), ["18446744073709551615", r#""é\n""#, "null", r#""\\\u00e9""#]);
    }

    #[test]
    fn a_key_that_stands_twice_and_text_that_is_no_json_are_told_with_their_place() {
        assert_eq!(
            faults(r#"{"a":1,"b":{"a":2},"a":3}"#),
            [(Code::DuplicatePart, 19, "the key `a` stands twice in one object".to_string())]
        );
        assert_eq!(faults(r#"{"\\":1, "\\":2}"#)[0].1, 9);
        for (text, at) in [("{\"a\":", 5), ("[1,]", 3), ("{} x", 3), ("", 0), ("{\"a\":\"\\ud800 and more\"}", 12)] {
            let found = faults(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!((found[0].0, found[0].1), (Code::NotBlocks, at), "{text}: {}", found[0].2);
        }
    }
}
