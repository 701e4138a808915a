//! One event of Windows' XML.
//!
//! In: the bytes from `<Event` to `</Event>`. Out: its [`Parts`]; what had to be decoded stands in the scratch text. Never here:
//! recursion; elements that are nested beyond what events have are passed over.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::plain;
use crate::event::agent::{Head, Kind, Of, Parts, Piece, Source};
use crate::event::json::TOO_MANY;
use crate::limits::{EVENT_DEPTH, RECORD_MEMBERS};

/// Why bytes are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct XmlDamage {
    /// Offset from the start of what was read.
    pub(crate) at: usize,
    /// What is wrong, in a few words.
    pub(crate) reason: &'static str,
}

/// Where the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Outside,
    Event,
    System,
    /// An element of the header whose text counts.
    Header(Head),
    EventData,
    UserData,
    UserElement,
    /// A value of the event's data, or of the user's.
    Value(Of),
    Rendering,
    RenderedKeywords,
    Keyword,
    /// An element that says nothing to anybody, and all below it.
    Passed,
}

/// A document, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Document<'d> {
    pub(crate) bytes: &'d [u8],
    pub(crate) source: Source,
    /// Offset of the bytes in their source.
    pub(crate) base: usize,
}

impl<'d> Document<'d> {
    /// These bytes of a source, to its offsets.
    pub(crate) fn of(source: Source, bytes: &'d [u8], (start, end): (usize, usize)) -> Self {
        Self { bytes: bytes.get(start..end).unwrap_or_default(), source, base: start }
    }

    fn piece(&self, (start, end): (usize, usize)) -> Piece {
        Piece {
            kind: Kind::Text,
            source: self.source,
            start: (self.base + start) as u32,
            end: (self.base + end) as u32,
        }
    }
}

struct Walk<'p> {
    document: Document<'p>,
    parts: &'p mut Parts,
    /// The elements around: where they stand, and where their text begins in the scratch text.
    open: Vec<(Place, usize)>,
    place: Place,
    text: usize,
    /// Of a value: the name that it has in an attribute, and that of its element.
    name: Option<Piece>,
    element: Option<Piece>,
    /// Keywords so far, as a JSON list.
    keywords: String,
    system: bool,
    elements: usize,
}

/// Takes an event apart.
pub(crate) fn take_event(document: Document<'_>, parts: &mut Parts) -> Result<(), XmlDamage> {
    let system = walk(document, parts, Place::Outside)?;
    if system { Ok(()) } else { Err(XmlDamage { at: 0, reason: "it has no System element" }) }
}

/// Takes apart what stands around and inside of an `<EventData>` alone.
pub(crate) fn take_data(document: Document<'_>, parts: &mut Parts) -> Result<(), XmlDamage> {
    walk(document, parts, Place::Event).map(|_| ())
}

fn walk<'p>(document: Document<'p>, parts: &'p mut Parts, place: Place) -> Result<bool, XmlDamage> {
    let bytes = document.bytes;
    let text = parts.scratch.len();
    let mut walk = Walk {
        document,
        parts,
        open: Vec::with_capacity(8),
        place,
        text,
        name: None,
        element: None,
        keywords: String::new(),
        system: false,
        elements: 0,
    };
    let mut reader = Reader::from_reader(bytes);
    // Forwarders of syslog take the semicolon from `&lt;`; what is left is text.
    reader.config_mut().allow_dangling_amp = true;
    // Behind a tag, and not behind text, of which the reader has seen the end.
    let mut behind_tag = false;
    loop {
        let mut at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        if behind_tag {
            let behind = walk.plain(at);
            if walk.elements > RECORD_MEMBERS {
                return Err(XmlDamage { at, reason: TOO_MANY });
            }
            reader.stream().consume(behind - at);
            at = behind;
        }
        let damage = |reason| XmlDamage { at, reason };
        let event = reader.read_event();
        behind_tag = matches!(event, Ok(Event::Start(_) | Event::Empty(_) | Event::End(_)));
        match event {
            Ok(Event::Start(start)) => walk.start(&start).map_err(damage)?,
            Ok(Event::Empty(start)) => {
                walk.start(&start).map_err(damage)?;
                walk.end();
            }
            Ok(Event::End(_)) => walk.end(),
            Ok(Event::Text(text)) => {
                if walk.takes_text() {
                    push_text(&text, &mut walk.parts.scratch);
                }
            }
            Ok(Event::CData(text)) => {
                if walk.takes_text() {
                    walk.parts.scratch.push_str(&text);
                }
            }
            Ok(Event::GeneralRef(entity)) => {
                if walk.takes_text() {
                    push_entity(&entity, &mut walk.parts.scratch).map_err(damage)?;
                }
            }
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Ok(Event::Eof) => {
                return if walk.open.is_empty() {
                    Ok(walk.system)
                } else {
                    Err(damage("an element that does not close"))
                };
            }
            Err(error) => return Err(damage(reason(&error))),
        }
    }
}

fn reason(error: &quick_xml::Error) -> &'static str {
    match error {
        quick_xml::Error::IllFormed(_) => "elements that do not fit together",
        quick_xml::Error::Syntax(_) => "markup that does not end",
        quick_xml::Error::InvalidAttr(_) => "an attribute that is none",
        quick_xml::Error::Encoding(_) => "not UTF-8",
        quick_xml::Error::Escape(_) => "an entity that XML does not have",
        quick_xml::Error::Namespace(_) => "a namespace that is not declared",
        quick_xml::Error::Io(_) => "it cannot be read",
    }
}

/// Ends of lines are one line feed in XML; nothing else changes.
fn push_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\r') {
        out.push_str(before);
        out.push('\n');
        rest = behind.strip_prefix('\n').unwrap_or(behind);
    }
    out.push_str(rest);
}

fn push_entity(name: &str, out: &mut String) -> Result<(), &'static str> {
    const UNKNOWN: &str = "an entity that XML does not have";
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#').ok_or(UNKNOWN)?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            // Windows writes control characters as references, though XML has none of them; NUL ends a text.
            char::from_u32(code.map_err(|_| UNKNOWN)?).filter(|character| *character != '\0').ok_or(UNKNOWN)?
        }
    };
    out.push(character);
    Ok(())
}

/// What an element of the header holds, if its text counts.
fn header(place: Place, name: &[u8]) -> Option<Head> {
    Some(match (place, name) {
        (Place::System, b"EventID") => Head::EventId,
        (Place::System, b"Version") => Head::Version,
        (Place::System, b"Level") => Head::Level,
        (Place::System, b"Keywords") => Head::Keywords,
        (Place::System, b"Task") => Head::Task,
        (Place::System, b"Opcode") => Head::Opcode,
        (Place::System, b"EventRecordID") => Head::RecordId,
        (Place::System, b"Channel") => Head::Channel,
        (Place::System, b"Computer") => Head::Computer,
        (Place::Rendering, b"Message") => Head::Message,
        (Place::Rendering, b"Level") => Head::LevelName,
        (Place::Rendering, b"Task") => Head::TaskName,
        (Place::Rendering, b"Opcode") => Head::OpcodeName,
        _ => return None,
    })
}

impl Walk<'_> {
    /// Takes the elements that need no look at single pieces of markup; the offset behind the last of them.
    fn plain(&mut self, mut at: usize) -> usize {
        let bytes = self.document.bytes;
        match self.place {
            Place::EventData => {
                while let Some(plain) = plain::value(bytes, at) {
                    self.parts.add(self.document.piece(plain.name), self.document.piece(plain.value));
                    at = plain.end;
                    self.elements += 1;
                    if self.elements > RECORD_MEMBERS {
                        break;
                    }
                }
            }
            Place::System | Place::Rendering => {
                while let Some(plain) = plain::element(bytes, at) {
                    let name = bytes.get(plain.name.0..plain.name.1).unwrap_or_default();
                    if let Some(head) = header(self.place, name) {
                        self.parts.put(head, self.document.piece(plain.value));
                    }
                    at = plain.end;
                }
            }
            Place::Outside
            | Place::Event
            | Place::Header(_)
            | Place::UserData
            | Place::UserElement
            | Place::Value(_)
            | Place::RenderedKeywords
            | Place::Keyword
            | Place::Passed => {}
        }
        at
    }

    fn takes_text(&self) -> bool {
        match self.place {
            Place::Header(_) | Place::Value(_) | Place::Keyword => true,
            Place::Outside
            | Place::Event
            | Place::System
            | Place::EventData
            | Place::UserData
            | Place::UserElement
            | Place::Rendering
            | Place::RenderedKeywords
            | Place::Passed => false,
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), &'static str> {
        if self.open.len() >= EVENT_DEPTH {
            return Err("nested too deeply");
        }
        self.elements += 1;
        if self.elements > RECORD_MEMBERS {
            return Err(TOO_MANY);
        }
        let local = start.local_name();
        let name = local.as_ref();
        let inside = match (self.place, name) {
            (Place::Outside, "Event") => Place::Event,
            (Place::Event, "System") => {
                self.system = true;
                Place::System
            }
            (Place::Event, "EventData") => Place::EventData,
            (Place::Event, "UserData") => Place::UserData,
            (Place::Event, "RenderingInfo") => Place::Rendering,
            // Sentinel wraps the data up once more.
            (Place::Event, "DataItem") => Place::Event,
            (Place::System, "Provider" | "TimeCreated" | "Correlation" | "Execution" | "Security") => {
                self.attributes(start)?;
                Place::Passed
            }
            (Place::EventData | Place::UserElement, _) => {
                let of = if self.place == Place::EventData { Of::EventData } else { Of::UserData };
                self.name = self.name_of(start)?;
                self.element = Some(self.parts.text(name));
                Place::Value(of)
            }
            (Place::UserData, _) if self.parts.user_element.is_none() => {
                self.parts.user_element = Some(self.parts.text(name));
                Place::UserElement
            }
            (Place::Rendering, "Keywords") => Place::RenderedKeywords,
            (Place::RenderedKeywords, "Keyword") => Place::Keyword,
            // Elements inside of a value are no text of it; debugging data, and what a provider adds to the envelope, the
            // agent drops too.
            (place, name) => header(place, name.as_bytes()).map_or(Place::Passed, Place::Header),
        };
        self.open.push((self.place, self.text));
        self.text = self.parts.scratch.len();
        self.place = inside;
        Ok(())
    }

    /// The name that a value has in an attribute.
    fn name_of(&mut self, start: &BytesStart<'_>) -> Result<Option<Piece>, &'static str> {
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| "an attribute that is none")?;
            if attribute.key.as_ref() == "Name" {
                return self.attribute(&attribute.value).map(Some);
            }
        }
        Ok(None)
    }

    /// The value of an attribute, decoded if it has to be.
    fn attribute(&mut self, value: &str) -> Result<Piece, &'static str> {
        // Offset in the document of what nearly always is a part of it.
        let at = (value.as_ptr() as usize).wrapping_sub(self.document.bytes.as_ptr() as usize);
        let end = at.saturating_add(value.len());
        if end <= self.document.bytes.len() && memchr::memchr(b'&', value.as_bytes()).is_none() {
            return Ok(self.document.piece((at, end)));
        }
        let start = self.parts.scratch.len();
        match quick_xml::escape::unescape(value) {
            Ok(text) => self.parts.scratch.push_str(&text),
            Err(_) => return Err("an entity that XML does not have"),
        }
        Ok(self.parts.written(start))
    }

    fn attributes(&mut self, start: &BytesStart<'_>) -> Result<(), &'static str> {
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| "an attribute that is none")?;
            let head = match attribute.key.as_ref() {
                "Name" => Head::Provider,
                "Guid" => Head::ProviderGuid,
                "ActivityID" => Head::Activity,
                "RelatedActivityID" => Head::RelatedActivity,
                "ProcessID" => Head::ProcessId,
                "ThreadID" => Head::ThreadId,
                // Sysmon for Linux writes it so.
                "UserID" | "UserId" => Head::UserSid,
                "SystemTime" => {
                    let time = self.attribute(&attribute.value)?;
                    self.parts.put_time(self.document.bytes, time);
                    continue;
                }
                // The old name of a source; times and sessions of traces, which are no event logs.
                _other => continue,
            };
            let piece = self.attribute(&attribute.value)?;
            self.parts.put(head, piece);
        }
        Ok(())
    }

    fn end(&mut self) {
        match self.place {
            Place::Header(head) => {
                let piece = self.parts.written(self.text);
                self.parts.put(head, piece);
            }
            Place::Value(of) => {
                let value = self.parts.written(self.text);
                if let Some(element) = self.element.take() {
                    let name = self.name.take();
                    self.parts.add_element(self.document.bytes, of, name, element, value);
                }
            }
            Place::Keyword => {
                self.keywords.push_str(if self.keywords.is_empty() { "[" } else { "," });
                let word = self.parts.scratch.get(self.text..).unwrap_or_default();
                self.keywords.push_str(&serde_json::Value::from(word).to_string());
            }
            Place::RenderedKeywords if !self.keywords.is_empty() => {
                let start = self.parts.scratch.len();
                self.parts.scratch.push_str(&self.keywords);
                self.parts.scratch.push(']');
                let list = Piece { kind: Kind::List, ..self.parts.written(start) };
                self.parts.put(Head::KeywordNames, list);
            }
            Place::Outside
            | Place::Event
            | Place::System
            | Place::EventData
            | Place::UserData
            | Place::UserElement
            | Place::Rendering
            | Place::RenderedKeywords
            | Place::Passed => {}
        }
        (self.place, self.text) = self.open.pop().unwrap_or((Place::Outside, 0));
    }
}
