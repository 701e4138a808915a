//! A record as the agent sends it: the map that Winlogbeat 8 would have.
//!
//! In: one record of the `evtx` crate and the templates of its chunk. Out: an [`AgentEvent`]: its keys are those of
//! Winlogbeat, every value of event data is text, what is empty or zero is absent, as the agent leaves it out. Never here:
//! what only the computer knows that logged the event (rendered messages, names of accounts); see
//! [`SlotPlan`](super::SlotPlan).

use std::rc::Rc;

use evtx::EvtxRecord;
use evtx::binxml::BinXmlTemplateValues;
use evtx::binxml::value_variant::BinXmlValue;

use super::template::{DEPTH, Element, Fault, Piece, Templates, stream};
use super::text::{members, number, parse_number, push_value};
use crate::ast::Number;
use crate::event::Value;

/// Elements of one event. Windows has a hundred values an event at most; lists in them make it a few more. A hostile record
/// repeats lists and templates in each other.
const ELEMENTS: usize = 4096;
/// Bytes of text of one event: sixteen times what its chunk holds.
const TEXT_BYTES: usize = 1 << 20;
/// Bits of the keywords that are the agent's own names, or the provider's; above them stand the channel's, without names.
const NAMED_KEYWORDS: u64 = 0x00ff_ffff_ffff_ffff;
const AUDIT_FAILURE: u64 = 0x0010_0000_0000_0000;
const AUDIT_SUCCESS: u64 = 0x0020_0000_0000_0000;

/// An event in the agent's shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AgentEvent {
    /// The members of its outer map.
    pub(super) members: Vec<(String, Value)>,
    /// It has no keyword that has a name: that `winlog.keywords` is absent is true.
    pub(super) no_keywords: bool,
    /// `log.level` is one of the five that every provider has.
    pub(super) level_known: bool,
    /// Names of event data that stand there again.
    pub(super) repeated: u64,
}

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

/// What the header of an event says.
#[derive(Default)]
struct System {
    seen: bool,
    provider: String,
    provider_guid: String,
    event_id: u64,
    version: u64,
    level: u64,
    keywords: u64,
    time: Option<jiff::Timestamp>,
    record_id: u64,
    activity: String,
    related_activity: String,
    pid: u64,
    thread: u64,
    channel: String,
    computer: String,
    user: String,
}

/// What the computer that collected the event made of it, where it did.
#[derive(Default)]
struct Rendered {
    message: String,
    level: String,
    task: String,
    opcode: String,
    keywords: Vec<Value>,
}

#[derive(Default)]
struct Pairs {
    members: Vec<(String, Value)>,
    /// Values so far, empty ones too: they count for the names of those that have none.
    count: usize,
    repeated: u64,
}

struct Builder<'r, 'a> {
    record: &'r mut EvtxRecord<'a>,
    templates: &'r mut Templates,
    system: System,
    rendered: Rendered,
    event_data: Pairs,
    user_data: Pairs,
    user_element: Option<String>,
    elements: usize,
    bytes: usize,
}

/// The agent's event of one record.
pub(super) fn agent_event(record: &mut EvtxRecord<'_>, templates: &mut Templates) -> Result<AgentEvent, Trouble> {
    let (at, len) = (record.binxml_offset as usize, record.binxml_size as usize);
    let mut builder = Builder {
        record,
        templates,
        system: System::default(),
        rendered: Rendered::default(),
        event_data: Pairs::default(),
        user_data: Pairs::default(),
        user_element: None,
        elements: 0,
        bytes: 0,
    };
    builder.fragment(at, len, Place::Record, 0)?;
    if !builder.system.seen {
        return Err(Trouble::Damaged("it has no System element".to_string()));
    }
    Ok(builder.finish())
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
        if self.elements > ELEMENTS {
            return Err(Trouble::TooLarge("more than 4,096 elements"));
        }
        let inside = match (place, element.name.as_str()) {
            (Place::Record, "Event") => Place::Event,
            (Place::Event, "System") => Place::System,
            (Place::Event, "EventData") => Place::EventData,
            (Place::Event, "UserData") => Place::UserData,
            (Place::Event, "RenderingInfo") => Place::Rendering,
            (Place::Rendering, "Keywords") => Place::RenderedKeywords,
            (Place::UserData, name) if self.user_element.is_none() => {
                self.user_element = Some(name.to_string());
                Place::UserElement
            }
            (Place::System, _) => return self.header(element, scope),
            (Place::EventData | Place::UserElement, _) => return self.pair(element, scope, place),
            (Place::Rendering | Place::RenderedKeywords, _) => return self.rendered(element, scope),
            // Debugging data, and what a provider adds to the envelope: the agent drops both.
            (Place::Record | Place::Event | Place::UserData, _) => return Ok(()),
        };
        self.system.seen |= matches!(inside, Place::System);
        self.content(&element.content, scope, inside, depth + 1)
    }

    /// One element of the header.
    fn header(&mut self, element: &Element, scope: Scope<'_, 'a>) -> Result<(), Trouble> {
        match element.name.as_str() {
            "EventID" => self.system.event_id = self.number(&element.content, scope)?,
            "Version" => self.system.version = self.number(&element.content, scope)?,
            "Level" => self.system.level = self.number(&element.content, scope)?,
            "Keywords" => self.system.keywords = self.number(&element.content, scope)?,
            "EventRecordID" => self.system.record_id = self.number(&element.content, scope)?,
            "Channel" => self.system.channel = self.text(&element.content, scope)?,
            "Computer" => self.system.computer = self.text(&element.content, scope)?,
            "Provider" | "TimeCreated" | "Correlation" | "Execution" | "Security" => {
                for (name, value) in &element.attributes {
                    match name.as_str() {
                        "Name" => self.system.provider = self.text(value, scope)?,
                        "Guid" => self.system.provider_guid = self.text(value, scope)?,
                        "SystemTime" => self.system.time = self.time(value, scope)?,
                        "ActivityID" => self.system.activity = self.text(value, scope)?,
                        "RelatedActivityID" => self.system.related_activity = self.text(value, scope)?,
                        "ProcessID" => self.system.pid = self.number(value, scope)?,
                        "ThreadID" => self.system.thread = self.number(value, scope)?,
                        "UserID" => self.system.user = self.text(value, scope)?,
                        // The old name of a source; times and sessions of traces, which are no event logs.
                        _ => {}
                    }
                }
            }
            // Task and Opcode are numbers of names that only the provider knows.
            _ => {}
        }
        Ok(())
    }

    /// One value of event data.
    fn pair(&mut self, element: &Element, scope: Scope<'_, 'a>, place: Place) -> Result<(), Trouble> {
        let text = self.text(&element.content, scope)?;
        let mut name = match element.attributes.iter().find(|(name, _)| name == "Name") {
            Some((_, value)) => self.text(value, scope)?,
            None => String::new(),
        };
        if name.is_empty() {
            name.clone_from(&element.name);
        }
        let pairs = match place {
            Place::UserElement => &mut self.user_data,
            Place::EventData
            | Place::Record
            | Place::Event
            | Place::System
            | Place::UserData
            | Place::Rendering
            | Place::RenderedKeywords => &mut self.event_data,
        };
        pairs.count += 1;
        if text.is_empty() {
            return Ok(());
        }
        if name == "Data" {
            name = format!("param{}", pairs.count);
        }
        if pairs.members.iter().any(|(have, _)| *have == name) {
            pairs.repeated += 1;
        } else {
            pairs.members.push((name, Value::Text(unix_lines(text))));
        }
        Ok(())
    }

    fn rendered(&mut self, element: &Element, scope: Scope<'_, 'a>) -> Result<(), Trouble> {
        let text = self.text(&element.content, scope)?;
        match element.name.as_str() {
            "Message" => self.rendered.message = unix_lines(text),
            "Level" => self.rendered.level = text.to_lowercase(),
            "Task" => self.rendered.task = text,
            "Opcode" => self.rendered.opcode = text,
            "Keyword" => self.rendered.keywords.push(Value::Text(text)),
            // The names of channel and provider again.
            _ => {}
        }
        Ok(())
    }

    /// The text directly inside of an element or attribute.
    fn text(&mut self, pieces: &[Piece], scope: Scope<'_, 'a>) -> Result<String, Trouble> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Value(number) => {
                    if let Some(value) = scope.values.get(usize::from(*number)) {
                        let member = scope.member.filter(|(list, _)| list == number).map(|(_, member)| member);
                        push_value(value, member, &mut text);
                    }
                }
                // Elements inside of a value are no text of it.
                Piece::Element(_) | Piece::Template(_) => {}
            }
        }
        self.bytes += text.len();
        if self.bytes > TEXT_BYTES { Err(Trouble::TooLarge("more than 1 MiB of text")) } else { Ok(text) }
    }

    /// A number of the header; what is none is 0, as the agent has it.
    fn number(&mut self, pieces: &[Piece], scope: Scope<'_, 'a>) -> Result<u64, Trouble> {
        if let [Piece::Value(value)] = pieces
            && let Some(number) = scope.values.get(usize::from(*value)).and_then(number)
        {
            return Ok(number);
        }
        Ok(parse_number(&self.text(pieces, scope)?).unwrap_or(0))
    }

    fn time(&mut self, pieces: &[Piece], scope: Scope<'_, 'a>) -> Result<Option<jiff::Timestamp>, Trouble> {
        if let [Piece::Value(value)] = pieces
            && let Some(BinXmlValue::FileTimeType(time)) = scope.values.get(usize::from(*value))
        {
            return Ok(time.to_timestamp());
        }
        Ok(self.text(pieces, scope)?.parse().ok())
    }

    fn finish(self) -> AgentEvent {
        let Self { record, system, rendered, event_data, mut user_data, user_element, .. } = self;
        let time = system.time.unwrap_or(record.timestamp);
        let repeated = event_data.repeated + user_data.repeated;
        let event_id = system.event_id.to_string();
        let level = match system.level {
            _ if !rendered.level.is_empty() => rendered.level,
            0 | 4 => "information".to_string(),
            1 => "critical".to_string(),
            2 => "error".to_string(),
            3 => "warning".to_string(),
            5 => "verbose".to_string(),
            _ => String::new(),
        };
        let outcome = match system.keywords {
            bits if bits & AUDIT_FAILURE != 0 => "failure",
            bits if bits & AUDIT_SUCCESS != 0 => "success",
            _ => "",
        };
        if let Some(name) = user_element.filter(|_| !user_data.members.is_empty()) {
            // The agent's own key comes after the event's and wins over an equal one.
            user_data.members.retain(|(have, _)| have != "xml_name");
            user_data.members.push(("xml_name".to_string(), Value::Text(name)));
        }
        let level_known = !level.is_empty();

        let mut winlog = Map::default();
        winlog.text("activity_id", system.activity);
        winlog.text("channel", system.channel);
        winlog.text("computer_name", system.computer.clone());
        winlog.map("event_data", event_data.members);
        winlog.text("event_id", event_id.clone());
        if !rendered.keywords.is_empty() {
            winlog.put("keywords", Value::List(rendered.keywords));
        }
        winlog.text("opcode", rendered.opcode);
        let mut thread = Map::default();
        thread.number("id", system.thread);
        let mut process = Map::default();
        process.number("pid", system.pid);
        process.map("thread", thread.0);
        winlog.map("process", process.0);
        winlog.text("provider_guid", system.provider_guid);
        winlog.text("provider_name", system.provider.clone());
        winlog.number("record_id", system.record_id);
        winlog.text("related_activity_id", system.related_activity);
        winlog.text("task", rendered.task.clone());
        let mut user = Map::default();
        user.text("identifier", system.user);
        winlog.map("user", user.0);
        winlog.map("user_data", user_data.members);
        winlog.number("version", system.version);

        let mut event = Map::default();
        event.text("action", rendered.task);
        event.text("code", event_id);
        event.text("kind", "event".to_string());
        event.text("outcome", outcome.to_string());
        event.put("provider", Value::Text(system.provider));
        let mut host = Map::default();
        host.text("name", system.computer);
        let mut log = Map::default();
        log.text("level", level);

        let mut members = Map::default();
        members.text("@timestamp", time.to_string());
        members.map("event", event.0);
        members.map("host", host.0);
        members.map("log", log.0);
        members.text("message", rendered.message);
        members.map("winlog", winlog.0);
        AgentEvent { members: members.0, no_keywords: system.keywords & NAMED_KEYWORDS == 0, level_known, repeated }
    }
}

/// A map from which the agent leaves out what is empty or zero.
#[derive(Default)]
struct Map(Vec<(String, Value)>);

impl Map {
    fn put(&mut self, key: &str, value: Value) {
        self.0.push((key.to_string(), value));
    }

    fn text(&mut self, key: &str, text: String) {
        if !text.is_empty() {
            self.put(key, Value::Text(text));
        }
    }

    fn number(&mut self, key: &str, number: u64) {
        if number != 0 {
            self.put(key, Value::Number(Number::Int(i128::from(number))));
        }
    }

    fn map(&mut self, key: &str, members: Vec<(String, Value)>) {
        if !members.is_empty() {
            self.put(key, Value::Map(members));
        }
    }
}

/// Ends of lines as the agent sends them: CRLF becomes LF, and none is left at the end.
fn unix_lines(mut text: String) -> String {
    if memchr::memchr(b'\r', text.as_bytes()).is_some() {
        text = text.replace("\r\n", "\n");
    }
    text.truncate(text.trim_end_matches('\n').len());
    text
}
