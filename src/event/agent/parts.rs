//! A record, taken apart.
//!
//! In: pieces, put in by the reader of a form. Out: the same, by what they are. Nothing is copied that stands ready in the
//! record; what had to be decoded or put together stands in a scratch text. Never here: paths of the agent; what a form looks like.

use std::fmt::Write;
use std::sync::Arc;

use memchr::memmem;
use serde::{Deserialize, Serialize};

use crate::event::json::{Damage, decode_string};
use crate::event::{Raw, RawList, RawMap, json, whole_number};
use crate::sysmon;

/// What the header of a Windows event holds, and what rendering adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Head {
    Provider,
    ProviderGuid,
    EventId,
    Version,
    /// The number.
    Level,
    /// Numbers of which only the provider knows the names; the agent has no use for them.
    Task,
    Opcode,
    /// The bits, as a number.
    Keywords,
    Time,
    RecordId,
    Activity,
    RelatedActivity,
    ProcessId,
    ThreadId,
    Channel,
    Computer,
    UserSid,
    Message,
    LevelName,
    TaskName,
    OpcodeName,
    /// A list.
    KeywordNames,
    UserName,
    UserDomain,
    UserType,
    /// A list.
    Tags,
    AgentName,
    AgentHostname,
    AgentVersion,
}

impl Head {
    /// How many there are.
    pub(crate) const COUNT: usize = Head::AgentVersion as usize + 1;
}

/// Where a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// In the bytes of the record.
    Record,
    /// In a document that stood inside of a text of the record.
    Inner,
    /// In the scratch text.
    Scratch,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Text, ready to use.
    Text,
    /// The inside of a JSON string.
    Json,
    /// A number, `true`, `false` of JSON.
    Scalar,
    Null,
    /// A JSON list, from bracket to bracket.
    List,
    /// A JSON map, likewise.
    Map,
}

/// A piece of a record. Offsets are below 4 GiB: a record is at most [`RECORD_BYTES`](crate::limits::RECORD_BYTES) long, and
/// nothing is decoded into more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) kind: Kind,
    pub(crate) source: Source,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// One value of an event's data, by its name (a piece of kind [`Kind::Text`] or [`Kind::Json`] without escapes).
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) name: Piece,
    pub(crate) value: Piece,
}

/// Which of an event's two maps a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// `winlog.event_data`
    EventData,
    /// `winlog.user_data`
    UserData,
}

/// A record, taken apart. The buffers are used again for the next one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Parts {
    pub(crate) scratch: String,
    /// A document that stood inside of a text of the record.
    pub(crate) inner: Arc<Vec<u8>>,
    head: [Option<Piece>; Head::COUNT],
    /// The event's data in their order; names may repeat.
    pub(crate) data: Vec<Pair>,
    /// What stands under the only element of the user data.
    pub(crate) user_data: Vec<Pair>,
    /// The name of that element.
    pub(crate) user_element: Option<Piece>,
    /// Values of data so far, empty ones too: they count for the names of those that have none.
    pub(crate) counted: usize,
    /// What the form holds beside the event and rules may want to see: key at the top, value.
    pub(crate) beside: Vec<Pair>,
    /// Names and keys that came again.
    pub(crate) repeated: u64,
    /// Values without a name are there no more: they stood joined in one text.
    pub(crate) joined: bool,
    /// Something stood in the place of the event's data that cannot be read.
    pub(crate) unread: bool,
    /// What the names of the data look like; while repeated ones are looked for.
    #[serde(skip)]
    pub(super) looks: Vec<u32>,
    /// Term by term of a plan, the pair that counts.
    #[serde(skip)]
    pub(super) found: Vec<u32>,
}

impl Parts {
    /// Forgets the record before; keeps the buffers.
    pub(crate) fn clear(&mut self) {
        self.scratch.clear();
        self.inner = Arc::default();
        self.head = [None; Head::COUNT];
        self.data.clear();
        self.user_data.clear();
        self.user_element = None;
        self.counted = 0;
        self.beside.clear();
        self.repeated = 0;
        self.joined = false;
        self.unread = false;
    }

    /// What stands there; the first that was put counts.
    pub(crate) fn head(&self, head: Head) -> Option<Piece> {
        self.head.get(head as usize).copied().flatten()
    }

    /// Puts a piece of the header; one that is null or empty is as good as none.
    pub(crate) fn put(&mut self, head: Head, piece: Piece) {
        if piece.kind == Kind::Null || piece.start == piece.end {
            return;
        }
        if let Some(place) = self.head.get_mut(head as usize) {
            match place {
                Some(_) => self.repeated += 1,
                None => *place = Some(piece),
            }
        }
    }

    /// Puts a piece in the place of what stands there.
    pub(crate) fn replace(&mut self, head: Head, piece: Option<Piece>) {
        if let Some(place) = self.head.get_mut(head as usize) {
            *place = piece;
        }
    }

    /// Puts a text of the header that is not in the record.
    pub(crate) fn put_text(&mut self, head: Head, text: &str) {
        let piece = self.text(text);
        self.put(head, piece);
    }

    /// A piece that holds this text.
    pub(crate) fn text(&mut self, text: &str) -> Piece {
        let start = self.scratch.len();
        self.scratch.push_str(text);
        self.written(start)
    }

    /// The piece of what was written into the scratch text behind `start`.
    pub(crate) fn written(&self, start: usize) -> Piece {
        Piece { kind: Kind::Text, source: Source::Scratch, start: start as u32, end: self.scratch.len() as u32 }
    }

    /// Adds a value of the event's data.
    pub(crate) fn add(&mut self, name: Piece, value: Piece) {
        self.counted += 1;
        self.data.push(Pair { name, value });
    }

    /// Adds a value by the name that its element has in an attribute, or else by that of the element. The agent takes an element
    /// `Data` without a name for one that has none, and a name `Data` too: such values are `param1`, `param2` by their place.
    pub(crate) fn add_element(&mut self, record: &[u8], of: Of, name: Option<Piece>, element: Piece, value: Piece) {
        let name = name.filter(|name| !name.is_empty()).unwrap_or(element);
        let before = match of {
            Of::EventData => self.counted,
            Of::UserData => self.user_data.len(),
        };
        let name = match self.bytes(record, name) {
            b"" | b"Data" => {
                let start = self.scratch.len();
                // Writing to a text cannot fail.
                let _ = write!(self.scratch, "param{}", before + 1);
                self.written(start)
            }
            _ => name,
        };
        match of {
            Of::EventData => self.add(name, value),
            Of::UserData => self.user_data.push(Pair { name, value }),
        }
    }

    /// Some programs join values without a name to one text: `a, b`. Nobody can take it apart again, for a value may hold `, ` too; one
    /// that holds none is the only one.
    pub(crate) fn take_back_joined(&mut self, record: &[u8]) {
        let unnamed: Vec<usize> = (0..self.data.len())
            .filter(|at| self.data.get(*at).is_some_and(|pair| self.bytes(record, pair.name).starts_with(b"param")))
            .collect();
        if let [only] = unnamed.as_slice()
            && let Some(pair) = self.data.get(*only)
            && memmem::find(self.bytes(record, pair.value), b", ").is_some()
        {
            self.data.remove(*only);
            self.joined = true;
        }
    }

    /// The bytes of a piece.
    pub(crate) fn bytes<'a>(&'a self, record: &'a [u8], piece: Piece) -> &'a [u8] {
        let from = match piece.source {
            Source::Record => record,
            Source::Inner => &self.inner,
            Source::Scratch => self.scratch.as_bytes(),
        };
        from.get(piece.start as usize..piece.end as usize).unwrap_or_default()
    }

    /// What stands at a piece that is text, ready to use.
    fn plain<'a>(&'a self, record: &'a [u8], piece: Piece) -> Option<&'a str> {
        match piece.source {
            Source::Scratch => self.scratch.get(piece.start as usize..piece.end as usize),
            Source::Record | Source::Inner => str::from_utf8(self.bytes(record, piece)).ok(),
        }
    }

    /// What a piece says, as the form has it.
    pub(crate) fn raw<'a>(&'a self, record: &'a [u8], piece: Piece) -> Raw<'a> {
        let bytes = self.bytes(record, piece);
        match piece.kind {
            Kind::Text => self.plain(record, piece).map_or(Raw::Malformed, Raw::Text),
            Kind::Json => Raw::Json(bytes),
            Kind::Scalar => json::scalar(bytes),
            Kind::Null => Raw::Null,
            Kind::List => Raw::List(RawList::Json(bytes)),
            Kind::Map => Raw::Map(RawMap::Json(bytes)),
        }
    }

    /// What a piece says as text: that is how the agent has all data of events. Of a list the first member that is not
    /// empty counts. What is empty or null is absent. Maps stay what they are.
    pub(crate) fn as_text<'a>(&'a self, record: &'a [u8], piece: Piece) -> Raw<'a> {
        match self.raw(record, piece) {
            Raw::List(list) => {
                list.members().map(text_of).find(|member| !matches!(member, Raw::Absent)).unwrap_or(Raw::Absent)
            }
            Raw::Bool(_) | Raw::Number(_) => Raw::Json(self.bytes(record, piece)),
            other => text_of(other),
        }
    }

    /// A piece that is text or a scalar, decoded behind what stands in `out`. `false`: it is neither.
    pub(crate) fn decode(&self, record: &[u8], piece: Piece, out: &mut String) -> Result<bool, Damage> {
        match piece.kind {
            Kind::Text => out.push_str(self.plain(record, piece).ok_or(Damage::new(0, "not UTF-8"))?),
            Kind::Json => decode_string(self.bytes(record, piece), out)?,
            Kind::Scalar => out.push_str(json::plain_text(self.bytes(record, piece))?),
            Kind::Null | Kind::List | Kind::Map => return Ok(false),
        }
        Ok(true)
    }

    /// The same, in a text of its own; `None` also where it is damaged.
    pub(crate) fn decoded(&self, record: &[u8], piece: Piece) -> Option<String> {
        let mut out = String::new();
        self.decode(record, piece, &mut out).ok().filter(|is| *is).map(|_| out)
    }

    /// What stands in the header, as text.
    pub(crate) fn head_text(&self, record: &[u8], head: Head) -> Option<String> {
        self.head(head).and_then(|piece| self.decoded(record, piece))
    }

    /// Is the event Sysmon's?
    pub(crate) fn is_of_sysmon(&self, record: &[u8]) -> bool {
        let text = |head| self.head(head).map(|piece| self.decoded(record, piece).unwrap_or_else(|| "?".to_string()));
        let (provider, channel) = (text(Head::Provider), text(Head::Channel));
        sysmon::is_of_sysmon(provider.as_deref().map(str::trim), channel.as_deref().map(str::trim))
    }

    /// What stands in the header, as a number.
    pub(crate) fn head_number(&self, record: &[u8], head: Head) -> Option<i128> {
        let piece = self.head(head)?;
        match self.raw(record, piece) {
            Raw::Number(crate::ast::Number::Int(value)) => Some(value),
            Raw::Text(text) => whole_number(text),
            Raw::Json(inside) if memchr::memchr(b'\\', inside).is_none() => whole_number(str::from_utf8(inside).ok()?),
            Raw::Json(_) => whole_number(&self.decoded(record, piece)?),
            Raw::Number(crate::ast::Number::Float(_))
            | Raw::Absent
            | Raw::Null
            | Raw::Bool(_)
            | Raw::List(_)
            | Raw::Map(_)
            | Raw::Malformed => None,
        }
    }
}

/// A member's text, without a look into lists.
fn text_of(raw: Raw<'_>) -> Raw<'_> {
    match raw {
        Raw::Absent | Raw::Null | Raw::Text("") | Raw::Json(b"") => Raw::Absent,
        Raw::Bool(true) => Raw::Text("true"),
        Raw::Bool(false) => Raw::Text("false"),
        Raw::Text(_) | Raw::Json(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) | Raw::Malformed => raw,
    }
}
