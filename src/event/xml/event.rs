//! One event of Windows' XML.
//!
//! In: the bytes from `<Event` to `</Event>`. Out: its [`Parts`]; every text is decoded into the scratch text. Never here:
//! recursion; elements that are nested beyond what events have are passed over.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::event::agent::{Head, Kind, Of, Parts, Piece};
use crate::limits::EVENT_DEPTH;

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

struct Walk<'p> {
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
}

/// Takes an event apart.
pub(crate) fn take_event(bytes: &[u8], parts: &mut Parts) -> Result<(), XmlDamage> {
    let system = walk(bytes, parts, Place::Outside)?;
    if system { Ok(()) } else { Err(XmlDamage { at: 0, reason: "it has no System element" }) }
}

/// Takes apart what stands around and inside of an `<EventData>` alone.
pub(crate) fn take_data(bytes: &[u8], parts: &mut Parts) -> Result<(), XmlDamage> {
    walk(bytes, parts, Place::Event).map(|_| ())
}

fn walk(bytes: &[u8], parts: &mut Parts, place: Place) -> Result<bool, XmlDamage> {
    let text = parts.scratch.len();
    let mut walk = Walk {
        parts,
        open: Vec::with_capacity(8),
        place,
        text,
        name: None,
        element: None,
        keywords: String::new(),
        system: false,
    };
    let document = str::from_utf8(bytes).map_err(|error| XmlDamage { at: error.valid_up_to(), reason: "not UTF-8" })?;
    let mut reader = Reader::from_str(document);
    // Forwarders of syslog take the semicolon from `&lt;`; what is left is text.
    reader.config_mut().allow_dangling_amp = true;
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let damage = |reason| XmlDamage { at, reason };
        match reader.read_event() {
            Ok(Event::Start(start)) => walk.start(&start, bytes).map_err(damage)?,
            Ok(Event::Empty(start)) => {
                walk.start(&start, bytes).map_err(damage)?;
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
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return out.push_str(text);
    }
    out.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
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

impl Walk<'_> {
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

    fn start(&mut self, start: &BytesStart<'_>, bytes: &[u8]) -> Result<(), &'static str> {
        if self.open.len() >= EVENT_DEPTH {
            return Err("nested too deeply");
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
            (Place::System, "EventID") => Place::Header(Head::EventId),
            (Place::System, "Version") => Place::Header(Head::Version),
            (Place::System, "Level") => Place::Header(Head::Level),
            (Place::System, "Task") => Place::Header(Head::Task),
            (Place::System, "Opcode") => Place::Header(Head::Opcode),
            (Place::System, "Keywords") => Place::Header(Head::Keywords),
            (Place::System, "EventRecordID") => Place::Header(Head::RecordId),
            (Place::System, "Channel") => Place::Header(Head::Channel),
            (Place::System, "Computer") => Place::Header(Head::Computer),
            (Place::System, "Provider" | "TimeCreated" | "Correlation" | "Execution" | "Security") => {
                self.attributes(start, bytes)?;
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
            (Place::Rendering, "Message") => Place::Header(Head::Message),
            (Place::Rendering, "Level") => Place::Header(Head::LevelName),
            (Place::Rendering, "Task") => Place::Header(Head::TaskName),
            (Place::Rendering, "Opcode") => Place::Header(Head::OpcodeName),
            (Place::Rendering, "Keywords") => Place::RenderedKeywords,
            (Place::RenderedKeywords, "Keyword") => Place::Keyword,
            // Elements inside of a value are no text of it; debugging data, and what a provider adds to the envelope, the
            // agent drops too.
            (_, _) => Place::Passed,
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

    /// The value of an attribute, decoded.
    fn attribute(&mut self, value: &str) -> Result<Piece, &'static str> {
        let start = self.parts.scratch.len();
        match quick_xml::escape::unescape(value) {
            Ok(text) => self.parts.scratch.push_str(&text),
            Err(_) => return Err("an entity that XML does not have"),
        }
        Ok(self.parts.written(start))
    }

    fn attributes(&mut self, start: &BytesStart<'_>, bytes: &[u8]) -> Result<(), &'static str> {
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
                    self.parts.put_time(bytes, time);
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
                    self.parts.add_element(&[], of, self.name.take(), element, value);
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
