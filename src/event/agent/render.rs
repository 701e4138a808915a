//! Data in the shape in which Windows renders them, and found by what a plan asks for.
//!
//! In: the parts of a record, once all are there. Out: the same with GUIDs in braces, `true` and `false` in small letters, line feeds
//! alone at the ends of lines and none at the end of a value, numbers of Sysmon's in hexadecimal where it writes them so; and term by term the value that counts. Never here: headers beyond
//! their GUIDs; the message, which is long and seldom asked for, is brought into shape when it is.

use std::sync::LazyLock;

use memchr::memmem;

use super::parts::{Head, Kind, Pair, Parts, Piece};
use super::plan::AgentPlan;
use crate::event::{Raw, is_plain_id};
use crate::sysmon;

/// Escaped, a carriage return and a line feed; a backslash before them is no matter, for a hit is looked at again.
static CRLF: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(br"\r\n"));

/// Fields of Sysmon that say true or false.
const BOOLEANS: [&[u8]; 6] =
    [b"Initiated", b"SourceIsIpv6", b"DestinationIsIpv6", b"IsExecutable", b"Archived", b"Signed"];

/// So many names are compared one with the other.
const FEW: usize = 64;

/// No pair has this name.
pub(super) const NONE: u32 = u32::MAX;

/// A field that holds a GUID, by its name.
fn ends_in_guid(name: &[u8]) -> bool {
    name.len() >= 4 && name.get(name.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(b"guid"))
}

/// What a name looks like: equal names look alike, others seldom do.
fn look(name: &[u8]) -> u32 {
    let byte = |at: usize| name.get(at).copied().unwrap_or(0);
    u32::from_le_bytes([name.len() as u8, byte(0), byte(name.len() / 2), byte(name.len().saturating_sub(1))])
}

impl Parts {
    /// Brings the event's data into shape.
    pub(crate) fn finish(&mut self, record: &[u8]) {
        for head in [Head::ProviderGuid, Head::Activity, Head::RelatedActivity] {
            let guid = self.head(head).and_then(|piece| self.braced(record, piece));
            if guid.is_some() {
                self.replace(head, guid);
            }
        }
        self.plain_header(record);
        self.type_back(record);
        for which in 0..2 {
            for at in 0..self.pairs(which).len() {
                let Some(pair) = self.pairs(which).get(at).copied() else { break };
                if let Some(value) = self.rendered(record, pair) {
                    let pairs = if which == 0 { &mut self.data } else { &mut self.user_data };
                    if let Some(pair) = pairs.get_mut(at) {
                        pair.value = value;
                    }
                }
            }
            self.repeated += self.again(record, which);
        }
    }

    /// Writes the id as Windows does, and takes away the blanks that stand around what says whose event it is.
    fn plain_header(&mut self, record: &[u8]) {
        // Text of elements may be laid out for people; JSON says what it says.
        for head in [Head::Provider, Head::Channel] {
            let Some(piece) = self.head(head).filter(|piece| piece.kind == Kind::Text) else { continue };
            let bytes = self.bytes(record, piece);
            let start = piece.end - bytes.trim_ascii_start().len() as u32;
            let end = start + bytes.trim_ascii().len() as u32;
            if start < end && (start, end) != (piece.start, piece.end) {
                self.replace(head, Some(Piece { start, end, ..piece }));
            }
        }
        if let Some(id) = self.head(Head::EventId).filter(|id| !is_plain_id(self.bytes(record, *id)))
            && let Some(number) = self.head_number(record, Head::EventId)
        {
            let text = self.text(&number.to_string());
            let kind = if id.kind == Kind::Scalar { Kind::Scalar } else { Kind::Text };
            self.replace(Head::EventId, Some(Piece { kind, ..text }));
        }
    }

    /// Writes numbers as Sysmon does where it writes them in hexadecimal.
    fn type_back(&mut self, record: &[u8]) {
        let mut sysmons = None;
        for at in 0..self.data.len() {
            let Some(pair) = self.data.get(at).copied() else { break };
            if pair.value.kind != Kind::Scalar {
                continue;
            }
            let number = str::from_utf8(self.bytes(record, pair.value)).ok().and_then(|number| number.parse().ok());
            let name = str::from_utf8(self.bytes(record, pair.name)).ok();
            let Some(text) = name.zip(number).and_then(|(name, number)| sysmon::as_windows(name, number)) else {
                continue;
            };
            if !*sysmons.get_or_insert_with(|| self.is_of_sysmon(record)) {
                return;
            }
            let value = self.text(&text);
            if let Some(pair) = self.data.get_mut(at) {
                pair.value = value;
            }
        }
    }

    /// The event's data, or the user's.
    fn pairs(&self, which: usize) -> &[Pair] {
        if which == 0 { &self.data } else { &self.user_data }
    }

    /// Values that are there and whose names came before with others that are there.
    fn again(&mut self, record: &[u8], which: usize) -> u64 {
        let mut looks = std::mem::take(&mut self.looks);
        looks.clear();
        looks.extend(self.pairs(which).iter().map(|pair| look(self.bytes(record, pair.name))));
        // Nearly always all names look different, and there are few; what looks alike is looked at again, by name.
        let alike = if looks.len() <= FEW {
            looks.iter().enumerate().any(|(at, look)| looks.get(..at).is_some_and(|before| before.contains(look)))
        } else {
            true
        };
        self.looks = looks;
        if !alike {
            return 0;
        }
        let is_there = |pair: &&Pair| !matches!(self.as_text(record, pair.value), Raw::Absent);
        let names = self.pairs(which).iter().filter(is_there).map(|pair| self.bytes(record, pair.name));
        // Sorted, for names that are hashed can be made to meet.
        let mut names: Vec<&[u8]> = names.collect();
        names.sort_unstable();
        names.windows(2).filter(|two| matches!(two, [one, other] if one == other)).count() as u64
    }

    /// Finds, for each term of a plan, the value that counts: the first that is not empty.
    pub(super) fn seek(&mut self, record: &[u8], plan: &AgentPlan) {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        found.resize(plan.terms.len(), NONE);
        if !found.is_empty() {
            for (at, pair) in self.data.iter().enumerate() {
                if let Some(term) = plan.terms.get(self.bytes(record, pair.name))
                    && let Some(place @ &mut NONE) = found.get_mut(*term as usize)
                    && !matches!(self.as_text(record, pair.value), Raw::Absent)
                {
                    *place = at as u32;
                }
            }
        }
        self.found = found;
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
            _ => {
                let text = self.unix_lines(record, pair.value)?;
                Some(self.text(&text))
            }
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
    pub(super) fn unix_lines(&self, record: &[u8], piece: Piece) -> Option<String> {
        let bytes = self.bytes(record, piece);
        let suspect = match piece.kind {
            Kind::Text => bytes.ends_with(b"\n") || memchr::memchr(b'\r', bytes).is_some(),
            Kind::Json => {
                bytes.ends_with(b"\\n") || memchr::memchr(b'\\', bytes).is_some_and(|_| CRLF.find(bytes).is_some())
            }
            Kind::Scalar | Kind::Null | Kind::List | Kind::Map => false,
        };
        if !suspect {
            return None;
        }
        let mut text = self.decoded(record, piece)?.replace("\r\n", "\n");
        text.truncate(text.trim_end_matches('\n').len());
        Some(text)
    }
}
