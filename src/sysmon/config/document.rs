//! XML as a flat tree in which everything has its place.
//!
//! In: text. Out: elements, attributes and comments, each with its bytes; where a value stands, entities resolved. Never here: what elements mean, and
//! recursion. A document type is passed over, and so are its entities: Sysmon brings its own.

use quick_xml::errors::{Error, IllFormedError};
use quick_xml::escape::{EscapeError, resolve_predefined_entity};
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::model::Placed;
use crate::diagnostic::{Code, Diagnostic};
use crate::limits::{CONFIG_ATTRIBUTES, CONFIG_DEPTH, CONFIG_ELEMENTS};
use crate::origin::{Origin, SourceId, Span};

/// Index of an element in a [`Document`].
pub type ElementId = usize;

/// An XML text as elements; the root is element 0.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// All elements, each before what is in it.
    pub elements: Vec<Element>,
    /// All comments, in their order.
    pub comments: Vec<Comment>,
    /// Document types.
    pub types: Vec<Span>,
}

/// One element.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name, and where that stands.
    pub name: Placed<String>,
    /// Its attributes in order.
    pub attributes: Vec<Attribute>,
    /// Its first text that is not blank: what stands before the first element, comment or border of a CDATA section behind it. Blanks where there is
    /// nothing else, nothing where there is none.
    pub text: Option<Placed<String>>,
    /// Where more text stands behind that.
    pub rest: Option<Span>,
    /// Elements directly in it.
    pub children: Vec<ElementId>,
    /// The element that it is in.
    pub parent: Option<ElementId>,
    /// From `<` to `>`, all that is in it included.
    pub span: Span,
    /// The opening tag alone.
    pub tag: Span,
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name, and where that stands.
    pub name: Placed<String>,
    /// Its value, and where that stands, without quotes.
    pub value: Placed<String>,
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// The element that it is in; none outside of the root.
    pub parent: Option<ElementId>,
    /// How many elements of its parent stand before it.
    pub after: usize,
    /// With its marks.
    pub span: Span,
}

impl Element {
    /// An attribute by its name; case counts.
    pub fn attribute(&self, name: &str) -> Option<&Placed<String>> {
        self.attributes.iter().find(|attribute| attribute.name.value == name).map(|attribute| &attribute.value)
    }
}

/// Why a text is no XML.
struct Fault {
    at: Span,
    message: String,
    /// The way out, where it is not the usual one.
    help: Option<&'static str>,
    /// The tag that was opened and not closed.
    opened: Option<Span>,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at: Span::new(at, at), message: message.into(), help: None, opened: None }
    }

    fn at(self, at: Span) -> Fault {
        Fault { at, ..self }
    }

    fn help(self, help: &'static str) -> Fault {
        Fault { help: Some(help), ..self }
    }
}

fn fault<T>(at: usize, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(at, message))
}

fn unknown_entity(at: Span, name: &str) -> Fault {
    let help = "Sysmon brings a document type of its own, so entities of this file's do not count: write the text out";
    Fault::new(0, format!("the entity `&{name};` is not known")).at(at).help(help)
}

/// Reads a text. `Err`: it is no XML, and why.
pub(super) fn parse(source: SourceId, text: &str) -> Result<Document, Box<Diagnostic>> {
    let mut builder = Builder { text, document: Document::default(), open: Vec::new(), closed: Vec::new() };
    builder.run().map_err(|Fault { at, message, help, opened }| {
        // A place of no width is that of the character there.
        let start = crate::diagnostic::render::floor(text, (at.start as usize).min(text.len()));
        let next = text.get(start..).and_then(|rest| rest.chars().next()).map_or(start, |c| start + c.len_utf8());
        let span = Span::new(start, next.max(at.end as usize));
        let help = help.unwrap_or(
            "Sysmon reads XML: `<` and `&` in values are written `&lt;` and `&amp;`, and every element is closed",
        );
        let found = Diagnostic::new(Code::ConfigNotXml, Origin::span(source, span), message).help(help);
        Box::new(match opened {
            Some(tag) => found.related(Origin::span(source, tag), "opened here"),
            None => found,
        })
    })?;
    Ok(builder.document)
}

struct Builder<'t> {
    text: &'t str,
    document: Document,
    open: Vec<ElementId>,
    /// Of each element, how far its first text is.
    closed: Vec<Closed>,
}

impl<'t> Builder<'t> {
    fn run(&mut self) -> Result<(), Fault> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            let at = position(reader.buffer_position());
            let event = reader.read_event().map_err(|error| {
                let unclosed = matches!(error, Error::IllFormed(IllFormedError::MismatchedEndTag { .. }));
                let opened = self.open.last().and_then(|id| self.document.elements.get(*id)).map(|open| open.tag);
                let fault = Fault::new(position(reader.error_position()), no_xml(&error));
                Fault { opened: opened.filter(|_| unclosed), ..fault }
            })?;
            let end = position(reader.buffer_position());
            match event {
                Event::Start(tag) => {
                    let id = self.element(&tag, at, end)?;
                    if self.open.len() >= CONFIG_DEPTH {
                        return fault(at, format!("more than {CONFIG_DEPTH} elements inside of each other"));
                    }
                    self.open.push(id);
                }
                Event::Empty(tag) => _ = self.element(&tag, at, end)?,
                Event::End(_) => {
                    if let Some(element) = self.open.pop().and_then(|id| self.document.elements.get_mut(id)) {
                        element.span = element.span.to(Span::new(at, end));
                    }
                }
                Event::Text(part) => self.push(&part.xml10_content(), at, end)?,
                // A section of its own is a piece of its own.
                Event::CData(part) => {
                    self.over();
                    self.push(&part.xml10_content(), at, end)?;
                    self.over();
                }
                Event::GeneralRef(part) => {
                    let character = part.resolve_char_ref().or_else(|error| fault(at, no_xml(&error)))?;
                    match (character, resolve_predefined_entity(&part)) {
                        (Some(c), _) => self.push(c.encode_utf8(&mut [0; 4]), at, end)?,
                        (None, Some(text)) => self.push(text, at, end)?,
                        (None, None) => return Err(unknown_entity(Span::new(at, end), &part)),
                    }
                }
                Event::Comment(_) => {
                    let parent = self.open.last().copied();
                    let after = parent.and_then(|id| self.document.elements.get(id)).map_or(0, |e| e.children.len());
                    self.over();
                    self.document.comments.push(Comment { parent, after, span: Span::new(at, end) });
                }
                Event::PI(_) => self.over(),
                Event::DocType(_) => self.document.types.push(Span::new(at, end)),
                Event::Decl(_) => {}
                Event::Eof => break,
            }
        }
        if let Some(element) = self.open.last().and_then(|id| self.document.elements.get(*id)) {
            return Err(Fault::new(0, format!("the element `{}` is never closed", element.name.value)).at(element.tag));
        }
        if self.document.elements.is_empty() {
            return Err(Fault::new(0, "there is no element in it").help(EMPTY));
        }
        Ok(())
    }

    /// Where a piece of the text stands in it.
    fn span_of(&self, piece: &str, otherwise: Span) -> Span {
        let start = (piece.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        match start.filter(|start| self.text.get(*start..*start + piece.len()) == Some(piece)) {
            Some(start) => Span::new(start, start + piece.len()),
            None => otherwise,
        }
    }

    fn element(&mut self, tag: &BytesStart<'t>, at: usize, end: usize) -> Result<ElementId, Fault> {
        let id = self.document.elements.len();
        if self.open.is_empty() && id > 0 {
            return fault(at, "a second root element");
        }
        if id >= CONFIG_ELEMENTS {
            return fault(at, format!("more than {CONFIG_ELEMENTS} elements"));
        }
        let span = Span::new(at, end);
        let name = tag.name().0;
        let name_span = Span::new(at + 1, at + 1 + name.len());
        let mut attributes: Vec<Attribute> = Vec::new();
        for attribute in tag.attributes() {
            if attributes.len() == CONFIG_ATTRIBUTES {
                return fault(at, format!("an element with more than {CONFIG_ATTRIBUTES} attributes"));
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                // Places are those behind the name's first byte.
                Err(AttrError::Duplicated(again, _)) => {
                    let start = at + 1 + again;
                    let rest = self.text.get(start..end).unwrap_or_default();
                    let name = rest.split(['=', ' ', '\t', '\r', '\n']).next().unwrap_or_default();
                    let twice = Fault::new(start, format!("the attribute `{name}` stands twice in this element"));
                    let at = Span::new(start, start + name.len());
                    return Err(twice.at(at).help("take one of the two out"));
                }
                Err(other) => return fault(at, no_xml(&other)),
            };
            let key = attribute.key.0;
            let raw = match &attribute.value {
                std::borrow::Cow::Borrowed(raw) => self.span_of(raw, span),
                std::borrow::Cow::Owned(_) => span,
            };
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| match error {
                Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => unknown_entity(raw, &name),
                other => Fault::new(at, no_xml(&other)).at(raw),
            })?;
            carried(&value, at)?;
            attributes.push(Attribute {
                name: Placed { value: key.to_string(), span: self.span_of(key, span) },
                value: Placed { value: value.into_owned(), span: raw },
            });
        }
        self.over();
        let parent = self.open.last().copied();
        if let Some(parent) = parent.and_then(|id| self.document.elements.get_mut(id)) {
            parent.children.push(id);
        }
        let name = Placed { value: name.to_string(), span: name_span };
        self.document.elements.push(Element {
            name,
            attributes,
            text: None,
            rest: None,
            children: Vec::new(),
            parent,
            span,
            tag: span,
        });
        self.closed.push(Closed::Open);
        Ok(id)
    }

    /// The first text of the open element is over, if it has begun. Blanks do not count where more may follow.
    fn over(&mut self) {
        let Some(id) = self.open.last() else { return };
        if let (Some(element), Some(closed)) = (self.document.elements.get_mut(*id), self.closed.get_mut(*id)) {
            match &element.text {
                Some(text) if blank(&text.value) => *closed = Closed::Blank,
                Some(_) => *closed = Closed::Over,
                None => {}
            }
        }
    }

    fn push(&mut self, text: &str, at: usize, end: usize) -> Result<(), Fault> {
        carried(text, at)?;
        let Some(id) = self.open.last() else {
            return if blank(text) { Ok(()) } else { fault(at, "text outside of the root element") };
        };
        let (Some(element), Some(closed)) = (self.document.elements.get_mut(*id), self.closed.get_mut(*id)) else {
            return Ok(());
        };
        let span = Span::new(at, end);
        match (*closed, &mut element.text) {
            (Closed::Over, _) if !blank(text) => {
                element.rest = Some(element.rest.map_or(span, |rest| rest.to(span)));
            }
            (Closed::Over, _) => {}
            (Closed::Open, Some(placed)) => {
                placed.value.push_str(text);
                placed.span = placed.span.to(span);
            }
            (Closed::Blank, Some(_)) if blank(text) => {}
            (Closed::Open | Closed::Blank, text_of) => {
                *text_of = Some(Placed { value: text.to_string(), span });
                *closed = Closed::Open;
            }
        }
        Ok(())
    }
}

/// How far the first text of an element is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closed {
    /// It may go on.
    Open,
    /// There were only blanks: it may still come.
    Blank,
    /// It is over.
    Over,
}

const EMPTY: &str =
    "a configuration of Sysmon is `<Sysmon schemaversion=\"4.90\">...</Sysmon>`: is this the right file?";

fn blank(text: &str) -> bool {
    text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty()
}

fn carried(text: &str, at: usize) -> Result<(), Fault> {
    match text.chars().find(|c| !crate::source::blockly::carries(*c)) {
        Some(c) => fault(at, format!("XML cannot carry the character U+{:04X}", c as u32)),
        None => Ok(()),
    }
}

fn position(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// The library's words, without what the place says already.
fn no_xml(error: &dyn std::fmt::Display) -> String {
    let message = error.to_string();
    let message = message.strip_prefix("ill-formed document: ").unwrap_or(&message);
    let message = message.strip_prefix("syntax error: ").unwrap_or(message);
    // A position in the tag.
    let behind = message.strip_prefix("position ").and_then(|rest| rest.split_once(": ")).map(|(_, behind)| behind);
    format!("this is no XML: {}", behind.unwrap_or(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place() {
        let text = "<?xml version='1.0'?>\n<A x=\"1&amp;2\"><!-- c --><B> v&lt;w <!-- d -->z</B></A>";
        let document = parse(SourceId(0), text).unwrap();
        let at = |span: Span| &text[span.range()];
        let [a, b] = document.elements.as_slice() else { panic!("{document:#?}") };
        assert_eq!((a.name.value.as_str(), at(a.name.span)), ("A", "A"));
        assert_eq!((a.attributes[0].value.value.as_str(), at(a.attributes[0].value.span)), ("1&2", "1&amp;2"));
        assert_eq!(at(a.attributes[0].name.span), "x");
        assert_eq!(at(b.span), "<B> v&lt;w <!-- d -->z</B>");
        let value = b.text.as_ref().unwrap();
        assert_eq!((value.value.as_str(), at(value.span)), (" v<w ", " v&lt;w "));
        let comments: Vec<&str> = document.comments.iter().map(|comment| at(comment.span)).collect();
        assert_eq!(comments, ["<!-- c -->", "<!-- d -->"]);
        assert_eq!((document.comments[1].parent, document.comments[1].after), (Some(1), 0));
    }

    #[test]
    fn what_is_no_xml_is_told_with_its_place() {
        for (text, at, words) in [
            ("", 0, "no element"),
            ("<a>", 0, "never closed"),
            ("<a x='&y;'/>", 6, "entity"),
            ("<a></b>", 3, "no XML"),
            ("<a/><a/>", 4, "second root"),
            ("<a x='1' x='2'/>", 9, "`x` stands twice"),
            ("<a>&nbsp;</a>", 3, "entity"),
            ("<a>x & y</a>", 5, "no XML"),
            ("<a/>x", 4, "outside"),
            ("<a>\u{1}</a>", 3, "U+0001"),
        ] {
            let fault = parse(SourceId(0), text).unwrap_err();
            assert_eq!(fault.primary.origin.as_span().unwrap().start, at, "{text}: {}", fault.message);
            assert!(fault.message.contains(words), "{text}: {}", fault.message);
        }
    }

    #[test]
    fn a_value_is_its_first_piece_that_is_not_blank() {
        let table = [
            ("<a>x<!-- c -->y</a>", "x", "y"),
            ("<a><!-- c -->x</a>", "x", ""),
            ("<a> <!-- c --> x</a>", " x", ""),
            ("<a>x<!-- c --> </a>", "x", ""),
            ("<a>x<b/>y&amp;z</a>", "x", "y&amp;z"),
            ("<a><![CDATA[x&y]]></a>", "x&y", ""),
            ("<a> <![CDATA[x]]> </a>", "x", ""),
            ("<a>x<![CDATA[y]]></a>", "x", "<![CDATA[y]]>"),
            ("<a>x&lt;y</a>", "x<y", ""),
            ("<a> </a>", " ", ""),
        ];
        for (text, value, rest) in table {
            let document = parse(SourceId(0), text).unwrap_or_else(|found| panic!("{text}: {found:?}"));
            let element = &document.elements[0];
            assert_eq!(element.text.as_ref().map_or("", |text| text.value.as_str()), value, "{text}");
            assert_eq!(element.rest.map_or("", |rest| &text[rest.range()]), rest, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert!(parse(SourceId(0), &deep).unwrap_err().message.contains("inside of each other"));
    }
}
