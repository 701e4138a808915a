//! A record, taken apart.
//!
//! In: pieces, put in by the reader of a form. Out: the same, by what they are. Nothing is copied that stands ready in the
//! record; what had to be decoded or put together stands in a scratch text. Never here: paths of the agent; what a form looks like.

use std::fmt::Write;
use std::sync::LazyLock;

use memchr::memmem;
use rustc_hash::FxHashSet;

use crate::event::json::{Damage, decode_string};
use crate::event::{Raw, RawList, RawMap, json};

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

/// Escaped, a carriage return and a line feed; a backslash before them is no matter, for a hit is looked at again.
static CRLF: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(br"\r\n"));

/// Fields of Sysmon that say true or false.
const BOOLEANS: [&[u8]; 6] =
    [b"Initiated", b"SourceIsIpv6", b"DestinationIsIpv6", b"IsExecutable", b"Archived", b"Signed"];

/// A field that holds a GUID, by its name.
fn ends_in_guid(name: &[u8]) -> bool {
    name.len() >= 4 && name.get(name.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(b"guid"))
}

impl Head {
    /// How many there are.
    pub(crate) const COUNT: usize = Head::AgentVersion as usize + 1;
}

/// Where a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// In the bytes of the record.
    Record,
    /// In a document that stood inside of a text of the record.
    Inner,
    /// In the scratch text.
    Scratch,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, ready to use; only in the scratch text.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) kind: Kind,
    pub(crate) source: Source,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// One value of an event's data, by its name (a piece of kind [`Kind::Text`] or [`Kind::Json`] without escapes).
#[derive(Clone, Copy, Debug)]
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
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) scratch: String,
    /// A document that stood inside of a text of the record.
    pub(crate) inner: Vec<u8>,
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
}

impl Parts {
    /// Forgets the record before; keeps the buffers.
    pub(crate) fn clear(&mut self) {
        self.scratch.clear();
        self.inner.clear();
        self.head = [None; Head::COUNT];
        self.data.clear();
        self.user_data.clear();
        self.user_element = None;
        self.counted = 0;
        self.beside.clear();
        self.repeated = 0;
        self.joined = false;
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

    /// Brings the event's data into the shape in which Windows renders them, once all pieces are there: GUIDs in braces, `true`
    /// and `false` in small letters, line feeds alone at the ends of lines and none at the end of the value.
    pub(crate) fn finish(&mut self, record: &[u8]) {
        self.repeated += self.repeated_names(record);
        for head in [Head::ProviderGuid, Head::Activity, Head::RelatedActivity] {
            let guid = self.head(head).and_then(|piece| self.braced(record, piece));
            if guid.is_some() {
                self.replace(head, guid);
            }
        }
        if let Some(message) = self.head(Head::Message).and_then(|message| self.unix_lines(record, message)) {
            self.replace(Head::Message, Some(message));
        }
        for which in 0..2 {
            for at in 0..if which == 0 { self.data.len() } else { self.user_data.len() } {
                let pairs = if which == 0 { &self.data } else { &self.user_data };
                let Some(pair) = pairs.get(at).copied() else { break };
                if let Some(value) = self.rendered(record, pair) {
                    let pairs = if which == 0 { &mut self.data } else { &mut self.user_data };
                    if let Some(pair) = pairs.get_mut(at) {
                        pair.value = value;
                    }
                }
            }
        }
    }

    /// How many values that are not empty come under a name that such a value had before.
    fn repeated_names(&self, record: &[u8]) -> u64 {
        // Nearly always there is none: a set of bits tells so without memory.
        let (mut bits, mut suspect) = (0u128, false);
        for pair in self.data.iter().chain(&self.user_data) {
            let name = self.bytes(record, pair.name);
            let (first, last) = (name.first().copied().unwrap_or(0), name.last().copied().unwrap_or(0));
            let middle = name.get(name.len() / 2).copied().unwrap_or(0);
            let hash = name.len() * 5 + usize::from(first) * 3 + usize::from(last) * 7 + usize::from(middle) * 11;
            let bit = 1u128 << (hash % 128);
            suspect |= bits & bit != 0;
            bits |= bit;
        }
        if !suspect {
            return 0;
        }
        let mut seen = FxHashSet::default();
        let all = self.data.iter().map(|pair| (0, pair)).chain(self.user_data.iter().map(|pair| (1, pair)));
        let there = all.filter(|(_, pair)| !matches!(self.as_text(record, pair.value), Raw::Absent));
        there.filter(|(which, pair)| !seen.insert((*which, self.bytes(record, pair.name)))).count() as u64
    }

    /// A value as Windows renders it, where it is not yet.
    fn rendered(&mut self, record: &[u8], pair: Pair) -> Option<Piece> {
        if !matches!(pair.value.kind, Kind::Text | Kind::Json) {
            return None;
        }
        let value = self.bytes(record, pair.value);
        match value {
            b"True" | b"False" if BOOLEANS.contains(&self.bytes(record, pair.name)) => {
                let word = if value == b"True" { "true" } else { "false" };
                Some(self.text(word))
            }
            _ if value.len() == 36 && ends_in_guid(self.bytes(record, pair.name)) => self.braced(record, pair.value),
            _ => self.unix_lines(record, pair.value),
        }
    }

    /// A GUID without braces, in braces.
    fn braced(&mut self, record: &[u8], piece: Piece) -> Option<Piece> {
        let bytes = self.bytes(record, piece);
        let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
        let is_guid = bytes.len() == 36
            && bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| if dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() });
        let guid = str::from_utf8(bytes).ok().filter(|_| is_guid)?;
        let guid = format!("{{{guid}}}");
        Some(self.text(&guid))
    }

    /// A text with other ends of lines than the agent has, with the agent's.
    fn unix_lines(&mut self, record: &[u8], piece: Piece) -> Option<Piece> {
        let bytes = self.bytes(record, piece);
        let suspect = match piece.kind {
            Kind::Text => bytes.ends_with(b"\n") || memmem::find(bytes, b"\r\n").is_some(),
            Kind::Json => {
                bytes.ends_with(b"\\n") || memchr::memchr(b'\\', bytes).is_some_and(|_| CRLF.find(bytes).is_some())
            }
            Kind::Scalar | Kind::Null | Kind::List | Kind::Map => false,
        };
        if !suspect {
            return None;
        }
        let text = self.decoded(record, piece)?.replace("\r\n", "\n");
        let text = text.trim_end_matches('\n').to_string();
        Some(self.text(&text))
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

    /// What a piece says, as the form has it.
    pub(crate) fn raw<'a>(&'a self, record: &'a [u8], piece: Piece) -> Raw<'a> {
        let bytes = self.bytes(record, piece);
        match piece.kind {
            Kind::Text => self.scratch.get(piece.start as usize..piece.end as usize).map_or(Raw::Malformed, Raw::Text),
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
            Kind::Text => out.push_str(self.scratch.get(piece.start as usize..piece.end as usize).unwrap_or_default()),
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

    /// What stands in the header, as a number.
    pub(crate) fn head_number(&self, record: &[u8], head: Head) -> Option<i128> {
        let piece = self.head(head)?;
        let number = |text: &str| match crate::ast::Number::parse_text(text.trim()) {
            Some(crate::ast::Number::Int(value)) => Some(value),
            Some(crate::ast::Number::Float(_)) | None => None,
        };
        match self.raw(record, piece) {
            Raw::Number(crate::ast::Number::Int(value)) => Some(value),
            Raw::Text(text) => number(text),
            Raw::Json(inside) => number(str::from_utf8(inside).ok()?),
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
