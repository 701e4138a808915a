//! A record of an EVTX file, taken apart.
//!
//! In: one record of the `evtx` crate and the templates of its chunk. Out: its [`Parts`], every value as Windows writes it into an
//! event's XML. Never here: what the agent makes of them.

use std::rc::Rc;

use evtx::EvtxRecord;
use evtx::binxml::BinXmlTemplateValues;
use evtx::binxml::value_variant::BinXmlValue;

use super::template::{DEPTH, Element, Fault, Piece, Templates, stream};
use super::text::{members, number, push_number, push_value};
use crate::event::agent::{Head, Kind, Of, Parts, Piece as Part};
use crate::limits::{EVTX_ELEMENTS, EVTX_TEXT_BYTES};

/// Why there is no event.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The record is damaged.
    Damaged(String),
    /// It has more of these than the limit.
    TooLarge(&'static str),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Trouble::Damaged(fault.to_string())
    }
}

/// Where the builder stands in the event's XML.
#[derive(Clone, Copy)]
enum Place {
    Record,
    Event,
    System,
    EventData,
    UserData,
    UserElement,
    Rendering,
    RenderedKeywords,
}

/// What the numbers of a template stand for.
#[derive(Clone, Copy)]
struct Scope<'v, 'a> {
    values: &'v [BinXmlValue<'a>],
    templates: &'v [BinXmlTemplateValues<'a>],
    /// An element with a list in it stands there once for each member: the list's number, and which member it is now.
    member: Option<(u16, usize)>,
}

struct Builder<'r, 'a> {
    record: &'r mut EvtxRecord<'a>,
    templates: &'r mut Templates,
    parts: &'r mut Parts,
    system: bool,
    /// Rendered keywords so far, as a JSON list.
    keywords: String,
    elements: usize,
    bytes: usize,
}

/// Takes one record apart.
pub(super) fn take(record: &mut EvtxRecord<'_>, templates: &mut Templates, parts: &mut Parts) -> Result<(), Trouble> {
    parts.clear();
    let (at, len) = (record.binxml_offset as usize, record.binxml_size as usize);
    let time = record.timestamp;
    let mut builder =
        Builder { record, templates, parts, system: false, keywords: String::new(), elements: 0, bytes: 0 };
    builder.fragment(at, len, Place::Record, 0)?;
    if !builder.system {
        return Err(Trouble::Damaged("it has no System element".to_string()));
    }
    if !builder.keywords.is_empty() {
        let list = format!("{}]", builder.keywords);
        let list = Part { kind: Kind::List, ..builder.parts.text(&list) };
        builder.parts.put(Head::KeywordNames, list);
    }
    parts.put_timestamp(time);
    parts.finish(&[]);
    Ok(())
}

impl<'a> Builder<'_, 'a> {
    /// A stream of binary XML of the chunk: nearly always one template with its values.
    fn fragment(&mut self, at: usize, len: usize, place: Place, depth: usize) -> Result<(), Trouble> {
        let chunk = self.record.chunk.data;
        let bytes = at.checked_add(len).and_then(|end| chunk.get(at..end)).unwrap_or_default();
        // The crate reads the values of the stream that the record says it has.
        (self.record.binxml_offset, self.record.binxml_size) = (at as u64, len as u32);
        let templates = self.record.template_instances().map_err(|error| Trouble::Damaged(super::chain(&error)))?;
        if matches!(bytes, [0x0c, ..] | [0x0f, _, _, _, 0x0c, ..]) {
            for template in &templates {
                self.template(template, place, depth)?;
            }
            return Ok(());
        }
        let pieces = stream(chunk, at, len)?;
        self.content(&pieces, Scope { values: &[], templates: &templates, member: None }, place, depth)
    }

    fn template(&mut self, template: &BinXmlTemplateValues<'a>, place: Place, depth: usize) -> Result<(), Trouble> {
        let pieces = self.templates.at(self.record.chunk.data, template.template_def_offset)?;
        let pieces = Rc::clone(&pieces);
        self.content(&pieces, Scope { values: &template.values, templates: &[], member: None }, place, depth)
    }

    fn content(&mut self, pieces: &[Piece], scope: Scope<'_, 'a>, place: Place, depth: usize) -> Result<(), Trouble> {
        if depth > DEPTH {
            return Err(Trouble::Damaged("its templates are nested too deep".to_string()));
        }
        for piece in pieces {
            match piece {
                Piece::Element(element) => self.element(element, scope, place, depth)?,
                Piece::Template(number) => {
                    if let Some(template) = scope.templates.get(*number) {
                        self.template(template, place, depth + 1)?;
                    }
                }
                Piece::Value(number) => {
                    if let Some(BinXmlValue::BinXmlType(bytes)) = scope.values.get(usize::from(*number))
                        && !bytes.is_empty()
                    {
                        // The crate gives a part of the chunk; where it stands decides what its offsets mean.
                        let chunk = self.record.chunk.data;
                        let at = (bytes.as_ptr() as usize).wrapping_sub(chunk.as_ptr() as usize);
                        if at >= chunk.len() {
                            return Err(Trouble::Damaged("a value is outside of its chunk".to_string()));
                        }
                        self.fragment(at, bytes.len(), place, depth + 1)?;
                    }
                }
                // Text between elements is layout.
                Piece::Text(_) => {}
            }
        }
        Ok(())
    }

    fn element(&mut self, element: &Element, scope: Scope<'_, 'a>, place: Place, depth: usize) -> Result<(), Trouble> {
        if let Some(needs) = element.needs
            && matches!(scope.values.get(usize::from(needs)), None | Some(BinXmlValue::NullType))
        {
            return Ok(());
        }
        let list = match scope.member {
            Some(_) => None,
            None => element.attributes.iter().flat_map(|(_, value)| value).chain(&element.content).find_map(|piece| {
                let Piece::Value(number) = piece else { return None };
                let members = members(scope.values.get(usize::from(*number))?)?;
                (members > 1).then_some((*number, members))
            }),
        };
        match list {
            Some((number, members)) => (0..members).try_for_each(|member| {
                self.one(element, Scope { member: Some((number, member)), ..scope }, place, depth)
            }),
            None => self.one(element, scope, place, depth),
        }
    }

    fn one(&mut self, element: &Element, scope: Scope<'_, 'a>, place: Place, depth: usize) -> Result<(), Trouble> {
        self.elements += 1;
        if self.elements > EVTX_ELEMENTS {
            return Err(Trouble::TooLarge("more than 4,096 elements"));
        }
        let inside = match (place, element.name.as_str()) {
            (Place::Record, "Event") => Place::Event,
            (Place::Event, "System") => Place::System,
            (Place::Event, "EventData") => Place::EventData,
            (Place::Event, "UserData") => Place::UserData,
            (Place::Event, "RenderingInfo") => Place::Rendering,
            (Place::Rendering, "Keywords") => Place::RenderedKeywords,
            (Place::UserData, name) if self.parts.user_element.is_none() => {
                self.parts.user_element = Some(self.parts.text(name));
                Place::UserElement
            }
            (Place::System, _) => return self.header(element, scope),
            (Place::EventData | Place::UserElement, _) => return self.pair(element, scope, place),
            (Place::Rendering | Place::RenderedKeywords, _) => return self.rendered(element, scope),
            // Debugging data, and what a provider adds to the envelope: the agent drops both.
            (Place::Record | Place::Event | Place::UserData, _) => return Ok(()),
        };
        self.system |= matches!(inside, Place::System);
        self.content(&element.content, scope, inside, depth + 1)
    }

    /// One element of the header.
    fn header(&mut self, element: &Element, scope: Scope<'_, 'a>) -> Result<(), Trouble> {
        let head = match element.name.as_str() {
            "EventID" => Head::EventId,
            "Version" => Head::Version,
            "Level" => Head::Level,
            "Task" => Head::Task,
            "Opcode" => Head::Opcode,
            "Keywords" => Head::Keywords,
            "EventRecordID" => Head::RecordId,
            "Channel" => Head::Channel,
            "Computer" => Head::Computer,
            "Provider" | "TimeCreated" | "Correlation" | "Execution" | "Security" => {
                for (name, value) in &element.attributes {
                    let head = match name.as_str() {
                        "Name" => Head::Provider,
                        "Guid" => Head::ProviderGuid,
                        "ActivityID" => Head::Activity,
                        "RelatedActivityID" => Head::RelatedActivity,
                        "ProcessID" => Head::ProcessId,
                        "ThreadID" => Head::ThreadId,
                        "UserID" => Head::UserSid,
                        "SystemTime" => {
                            if let Some(time) = self.time(value, scope)? {
                                self.parts.put_timestamp(time);
                            }
                            continue;
                        }
                        // The old name of a source; times and sessions of traces, which are no event logs.
                        _ => continue,
                    };
                    let piece = self.header_value(value, scope)?;
                    self.parts.put(head, piece);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let piece = self.header_value(&element.content, scope)?;
        self.parts.put(head, piece);
        Ok(())
    }

    /// A value of the header; numbers are written as such, whatever Windows writes them as.
    fn header_value(&mut self, pieces: &[Piece], scope: Scope<'_, 'a>) -> Result<Part, Trouble> {
        if let [Piece::Value(value)] = pieces
            && let Some(number) = scope.values.get(usize::from(*value)).and_then(number)
        {
            let start = self.parts.scratch.len();
            push_number(number, &mut self.parts.scratch);
            return Ok(self.parts.written(start));
        }
        self.text(pieces, scope)
    }

    /// One value of event data.
    fn pair(&mut self, element: &Element, scope: Scope<'_, 'a>, place: Place) -> Result<(), Trouble> {
        let of = if matches!(place, Place::UserElement) { Of::UserData } else { Of::EventData };
        let value = self.text(&element.content, scope)?;
        let name = match element.attributes.iter().find(|(name, _)| name == "Name") {
            Some((_, value)) => Some(self.text(value, scope)?),
            None => None,
        };
        let name = match name {
            Some(name) if !name.is_empty() => name,
            Some(_) | None => self.parts.text(&element.name),
        };
        self.parts.add_element(&[], of, None, name, value);
        Ok(())
    }

    fn rendered(&mut self, element: &Element, scope: Scope<'_, 'a>) -> Result<(), Trouble> {
        let text = self.text(&element.content, scope)?;
        let head = match element.name.as_str() {
            "Message" => Head::Message,
            "Level" => Head::LevelName,
            "Task" => Head::TaskName,
            "Opcode" => Head::OpcodeName,
            "Keyword" => {
                self.keywords.push(if self.keywords.is_empty() { '[' } else { ',' });
                let word = self.parts.decoded(&[], text).unwrap_or_default();
                self.keywords.push_str(&serde_json::Value::from(word).to_string());
                return Ok(());
            }
            // The names of channel and provider again.
            _ => return Ok(()),
        };
        self.parts.put(head, text);
        Ok(())
    }

    /// The text directly inside of an element or attribute.
    fn text(&mut self, pieces: &[Piece], scope: Scope<'_, 'a>) -> Result<Part, Trouble> {
        let start = self.parts.scratch.len();
        for piece in pieces {
            match piece {
                Piece::Text(literal) => self.parts.scratch.push_str(literal),
                Piece::Value(number) => {
                    if let Some(value) = scope.values.get(usize::from(*number)) {
                        let member = scope.member.filter(|(list, _)| list == number).map(|(_, member)| member);
                        push_value(value, member, &mut self.parts.scratch);
                    }
                }
                // Elements inside of a value are no text of it.
                Piece::Element(_) | Piece::Template(_) => {}
            }
        }
        self.bytes += self.parts.scratch.len() - start;
        if self.bytes > EVTX_TEXT_BYTES {
            return Err(Trouble::TooLarge("more than 1 MiB of text"));
        }
        Ok(self.parts.written(start))
    }

    fn time(&mut self, pieces: &[Piece], scope: Scope<'_, 'a>) -> Result<Option<jiff::Timestamp>, Trouble> {
        if let [Piece::Value(value)] = pieces
            && let Some(BinXmlValue::FileTimeType(time)) = scope.values.get(usize::from(*value))
        {
            return Ok(time.to_timestamp());
        }
        let text = self.text(pieces, scope)?;
        Ok(self.parts.decoded(&[], text).and_then(|text| text.parse().ok()))
    }
}
