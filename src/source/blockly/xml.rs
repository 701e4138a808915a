//! XML as a flat document: read by events, without recursion.
//!
//! In: text. Out: elements in an arena, with their attributes, their text and their bytes. Names lose their prefix, since exports
//! carry stray namespaces on any element; entities are the five of XML and characters by number; a document type is refused.
//! Never here: what the elements mean.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::places::Places;
use crate::blockly::{Extra, ExtraValue};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, SourceId, Span};

/// Index of an element in a [`Document`].
pub(super) type ElementId = usize;

/// An XML text.
#[derive(Debug, Default)]
pub(super) struct Document {
    elements: Vec<Element>,
    /// The namespace that the root names first, if it names one.
    namespace: Option<String>,
}

/// One element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its name without prefix.
    pub name: String,
    /// Its attributes but namespaces, without prefix.
    pub attributes: Vec<(String, String)>,
    /// All text directly in it.
    pub text: String,
    /// Elements directly in it.
    pub children: Vec<ElementId>,
    /// Its bytes.
    pub span: (usize, usize),
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Where it stands.
    pub fn place(&self) -> Span {
        Span::new(self.span.0, self.span.1)
    }
}

/// Attributes of one element; Blockly writes a dozen. Each is compared with all before it.
const ATTRIBUTES: usize = 64;

/// A fault of the text: where, and what.
type Fault = (usize, String);

impl Document {
    /// Reads a text; its root is element 0.
    pub fn parse(source: SourceId, text: &str) -> Result<Document, Box<Diagnostic>> {
        Self::read(text).map_err(|(at, message)| {
            let at = at.min(text.len());
            let end = text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |c| at + c.len_utf8());
            let place = Origin::span(source, Span::new(at, end));
            let help = "save the workspace again; a Blockly workspace in XML begins with `<xml`";
            Box::new(Diagnostic::new(Code::NotBlocks, place, message).help(help))
        })
    }

    fn read(text: &str) -> Result<Document, Fault> {
        let mut document = Document::default();
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let mut open: Vec<ElementId> = Vec::new();
        loop {
            let at = position(reader.buffer_position());
            let event = reader.read_event().map_err(|error| {
                (position(reader.error_position()), format!("this is no XML: {}", plain(&error.to_string())))
            })?;
            let end = position(reader.buffer_position());
            match event {
                Event::Start(tag) => {
                    let id = document.element(&tag, &open, at, end)?;
                    open.push(id);
                }
                Event::Empty(tag) => {
                    document.element(&tag, &open, at, end)?;
                }
                Event::End(_) => {
                    if let Some(id) = open.pop() {
                        document.elements[id].span.1 = end;
                    }
                }
                Event::Text(part) => document.push(&part.xml10_content(), &open, at)?,
                Event::CData(part) => document.push(&part.xml10_content(), &open, at)?,
                Event::GeneralRef(part) => {
                    let character = part
                        .resolve_char_ref()
                        .map_err(|error| (at, format!("this is no XML: {}", plain(&error.to_string()))))?;
                    match (character, resolve_predefined_entity(&part)) {
                        (Some(c), _) => document.push(c.encode_utf8(&mut [0; 4]), &open, at)?,
                        (None, Some(text)) => document.push(text, &open, at)?,
                        (None, None) => return Err((at, format!("the entity `&{};` is not known", &*part))),
                    }
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::DocType(_) => return Err((at, "a document type has no place in a workspace".to_string())),
                Event::Eof => break,
            }
        }
        if let Some(id) = open.last() {
            let element = &document.elements[*id];
            return Err((element.span.0, format!("the element `{}` is never closed", element.name)));
        }
        if document.elements.is_empty() {
            return Err((0, "there is no element in it".to_string()));
        }
        Ok(document)
    }

    fn element(&mut self, tag: &BytesStart<'_>, open: &[ElementId], at: usize, end: usize) -> Result<ElementId, Fault> {
        let id = self.elements.len();
        if open.is_empty() && id > 0 {
            return Err((at, "a second root element".to_string()));
        }
        let mut element = Element { name: local(tag.name().0).to_string(), span: (at, end), ..Element::default() };
        for (n, attribute) in tag.attributes().enumerate() {
            if n == ATTRIBUTES {
                return Err((at, format!("an element with more than {ATTRIBUTES} attributes")));
            }
            let attribute = attribute.map_err(|error| match error {
                AttrError::Duplicated(..) => (at, "an attribute stands twice in this element".to_string()),
                other => (at, format!("this is no XML: {}", plain(&other.to_string()))),
            })?;
            let key = attribute.key.0;
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| (at, plain(&error.to_string())))?;
            allowed(&value, at)?;
            if key == "xmlns" || key.starts_with("xmlns:") {
                if id == 0 {
                    self.namespace.get_or_insert(value.into_owned());
                }
                continue;
            }
            let key = local(key).to_string();
            if element.attribute(&key).is_some() {
                return Err((at, format!("the attribute `{key}` stands twice")));
            }
            element.attributes.push((key, value.into_owned()));
        }
        if let Some(parent) = open.last() {
            self.elements[*parent].children.push(id);
        }
        self.elements.push(element);
        Ok(id)
    }

    fn push(&mut self, text: &str, open: &[ElementId], at: usize) -> Result<(), Fault> {
        allowed(text, at)?;
        match open.last() {
            Some(id) => self.elements[*id].text.push_str(text),
            None if text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty() => {}
            None => return Err((at, "text outside of the root element".to_string())),
        }
        Ok(())
    }

    /// The attributes of a mutation; an element in it is none that a block of ours has.
    pub fn mutation(&self, mutation: &Element) -> Vec<(String, ExtraValue)> {
        let attributes = mutation.attributes.iter().map(|(key, value)| (key.clone(), ExtraValue::Text(value.clone())));
        let inside = mutation.children.iter().map(|id| (self.elements[*id].name.clone(), ExtraValue::Other));
        attributes.chain(inside).collect()
    }

    /// The namespace that the root names first, if it names one.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// An element. Ids come from this document only.
    pub fn element_at(&self, id: ElementId) -> &Element {
        &self.elements[id]
    }
}

/// The state of a block that keeps the XML of its mutation as text in JSON.
pub(super) fn mutation(text: &str, places: &mut Places, place: Origin) -> Extra {
    let values = match Document::read(text) {
        Ok(document) => document.mutation(document.element_at(0)),
        Err((_, message)) => {
            let message = format!("the extra state is a text that is no mutation: {message}");
            places.report(Code::BadBlock, place, message, "save the workspace again");
            Vec::new()
        }
    };
    Extra { values, mutation: true, raw: Some(text.to_string()) }
}

/// May XML carry this character?
pub(crate) fn carries(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn allowed(text: &str, at: usize) -> Result<(), Fault> {
    match text.chars().find(|c| !carries(*c)) {
        Some(c) => Err((at, format!("XML cannot carry the character U+{:04X}", c as u32))),
        None => Ok(()),
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn position(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// The library's words, without what the place says already.
fn plain(message: &str) -> String {
    let message = message.strip_prefix("ill-formed document: ").unwrap_or(message);
    message.strip_prefix("syntax error: ").unwrap_or(message).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (usize, String) {
        Document::read(text).err().unwrap_or_default()
    }

    #[test]
    fn a_deep_chain_costs_no_stack() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert_eq!(Document::read(&deep).unwrap().elements.len(), 100_000);
    }

    #[test]
    fn text_is_what_was_meant_however_it_was_written() {
        let text = "<?xml version='1.0'?>\n<b:xml xmlns:b='u'><f>a &lt;&#10;&#x41;<![CDATA[<&]]>\r\nz<!-- no --></f></b:xml>\n";
        let document = Document::read(text).unwrap();
        assert_eq!(document.elements[0].name, "xml");
        assert_eq!(document.elements[1].text, "a <\nA<&\nz");
        assert_eq!(
            &text[document.elements[1].span.0..document.elements[1].span.1],
            "<f>a &lt;&#10;&#x41;<![CDATA[<&]]>\r\nz<!-- no --></f>"
        );
    }

    #[test]
    fn what_is_no_xml_is_told_with_its_place() {
        for (text, at) in [
            ("", 0),
            ("<xml>", 0),
            ("<xml></xm>", 5),
            ("<xml a='1' a='2'/>", 0),
            ("<xml p:a='1' q:a='2'/>", 0),
            ("<xml>&nbsp;</xml>", 5),
            ("<xml>&#1;</xml>", 5),
            ("<xml>\u{1}</xml>", 5),
            ("<xml/><xml/>", 6),
            ("<xml/>x", 6),
            ("<!DOCTYPE xml [<!ENTITY a 'b'>]><xml/>", 0),
            ("<xml>a & b</xml>", 7),
        ] {
            let (place, message) = fault(text);
            assert_eq!(place, at, "{text}: {message}");
            assert!(!message.is_empty(), "{text}");
        }
    }
}
