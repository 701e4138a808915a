//! Streams that are not at their end yet: event files that grow, and pipes.
//!
//! In: what is there of a stream, and the [`Place`] that its reading had come to. Out: every record that is whole, and the place
//! behind the last of them; what is not whole yet is read again with what comes behind it. Never here: files, waiting; a place in
//! the middle of a record, or behind one that the sink was not given.
//!
//! | layer | where a record ends | what waits |
//! | --- | --- | --- |
//! | lines | at the end of the line | a line without its end |
//! | event XML | behind `</Event>` | what is open |
//! | CSV | at the end of a line outside of quotes | a row without its end |
//! | EVTX, arrays, JSON over several lines | nobody knows before the end of the file | [`Began::Whole`]: not read here |
//!
//! Unlike in a file that is read whole, a line is a line: JSON or XML over several lines behind records of a line each is damage.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::buffer::{Buffer, Line};
use super::detect::{Layer, Packed, UTF8_MARK, UnknownForm, detect};
use super::markup::Until;
use super::object::At;
use super::rows::said;
use super::{Damaged, ENOUGH, EventReader, LAYERS, ReadError, Record, Sink, read_full, unpack};
use crate::event::json;
use crate::event::xml::{self, Found};
use crate::limits::{HEADER_BYTES, HEADER_COLUMNS, RECORD_BYTES};

/// Where the reading of a stream has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the stream before it.
    pub offset: u64,
    /// Lines or records before it.
    pub number: u64,
    /// What of the last line is still to come.
    pub within: Within,
}

/// What of the last line is still to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Within {
    /// Nothing: a record may begin here.
    #[default]
    Nothing,
    /// Its end: its record was taken without it.
    Taken,
    /// More of a line beyond the limit, which is skipped.
    TooLong,
}

/// How records stand in a stream that can be read while it grows.
#[derive(Clone, Debug)]
pub enum Growing {
    /// A record a line.
    Lines,
    /// Event XML.
    Markup,
    /// CSV, under this header.
    Rows(Box<csv::StringRecord>),
}

/// What the beginning of a stream says.
#[derive(Clone, Debug)]
pub enum Began {
    /// More of it is needed.
    NotYet,
    /// Its records can be read one by one, from this offset on.
    Growing(Growing, u64),
    /// It is packed: [`plain`] opens it.
    Packed,
    /// It can only be read whole.
    Whole,
}

/// What becomes of the last record when its end is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// It waits for it.
    Waits,
    /// It is taken if it is a whole JSON object, or a whole event of XML: only the end of the line is missing.
    Whole,
    /// It is taken: nothing comes any more.
    Comes,
}

/// How far a reading goes, if the sink does not break off before.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// What becomes of the last record.
    pub end: End,
    /// About so many bytes; the rest is for the next time.
    pub most: u64,
}

/// Passes records on, and breaks off nothing before the border of a record: one line may hold several.
struct Held<'s> {
    sink: &'s mut dyn Sink,
    over: bool,
}

impl Sink for Held<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.over |= self.sink.event(record).is_break();
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.sink.damaged(damaged);
    }
}

/// A stream as it is when unpacked, however often it is packed.
pub fn plain<'r>(input: Box<dyn Read + 'r>) -> Result<Box<dyn Read + 'r>, ReadError> {
    plain_within(input, LAYERS)
}

fn plain_within<'r>(mut input: Box<dyn Read + 'r>, layers: usize) -> Result<Box<dyn Read + 'r>, ReadError> {
    let mut start = [0; 16];
    let read = read_full(&mut input, &mut start)?;
    let start = start.get(..read).unwrap_or_default().to_vec();
    let packed = match detect(&start, true) {
        Ok(Some(packed @ (Packed::Gzip | Packed::Zstd | Packed::Utf16Le | Packed::Utf16Be))) => Some(packed),
        // What else it may be is asked when more of it is there.
        Ok(Some(Packed::Not(_)) | None) | Err(_) => None,
    };
    let whole: Box<dyn Read + 'r> = Box::new(Cursor::new(start).chain(input));
    match (packed, layers.checked_sub(1)) {
        (None, _) => Ok(whole),
        (Some(packed), Some(layers)) => plain_within(unpack::unpack(packed, whole), layers),
        (Some(_), None) => Err(ReadError::Form(UnknownForm::PACKED_TOO_OFTEN)),
    }
}

impl EventReader {
    /// Reads the beginning of a stream. `ended`: there is no more of it than that.
    pub fn begin_growing(&mut self, input: &mut dyn Read, ended: bool) -> Result<Began, ReadError> {
        self.buffer.reset();
        let mut next = 0;
        let packed = loop {
            let length = self.buffer.rest().len();
            if length >= next {
                next = if length < ENOUGH { 0 } else { length * 2 };
                match detect(self.buffer.rest(), length > RECORD_BYTES) {
                    Ok(Some(packed)) => break packed,
                    Err(form) => return Err(ReadError::Form(form)),
                    Ok(None) => next = next.min(RECORD_BYTES + 1),
                }
            }
            if !self.buffer.fill(input)? {
                match detect(self.buffer.rest(), ended) {
                    Ok(Some(packed)) => break packed,
                    Ok(None) if ended => break Packed::Not(Layer::Lines),
                    Ok(None) => return Ok(Began::NotYet),
                    Err(form) => return Err(ReadError::Form(form)),
                }
            }
        };
        let layer = match packed {
            Packed::Not(layer) => layer,
            Packed::Gzip | Packed::Zstd | Packed::Utf16Le | Packed::Utf16Be => return Ok(Began::Packed),
        };
        match layer {
            Layer::Lines => Ok(Began::Growing(Growing::Lines, 0)),
            Layer::Markup => Ok(Began::Growing(Growing::Markup, 0)),
            Layer::Rows => self.header(input, ended),
            Layer::Values | Layer::Evtx | Layer::Carried => Ok(Began::Whole),
        }
    }

    fn header(&mut self, input: &mut dyn Read, ended: bool) -> Result<Began, ReadError> {
        let refused = ReadError::Form(UnknownForm {
            looks_like: Some("CSV with a header beyond the limits"),
            way_out: "a header has at most 1 MiB and 131,072 columns",
        });
        loop {
            let rest = self.buffer.rest();
            let more = rest.len() < HEADER_BYTES;
            let end = match row_end(rest) {
                None if more && self.buffer.fill(input)? => continue,
                None if more && !ended => return Ok(Began::NotYet),
                None if more => self.buffer.rest().len(),
                None => return Err(refused),
                Some(end) => end,
            };
            let row = self.buffer.rest().get(..end).unwrap_or_default();
            let row = row.strip_prefix(UTF8_MARK).unwrap_or(row);
            let mut header = csv::StringRecord::new();
            let read = csv::ReaderBuilder::new().has_headers(false).from_reader(row).read_record(&mut header);
            return match read {
                Ok(_) if header.len() <= HEADER_COLUMNS => {
                    Ok(Began::Growing(Growing::Rows(Box::new(header)), end as u64))
                }
                Ok(_) => Err(refused),
                Err(error) => Err(std::io::Error::new(std::io::ErrorKind::InvalidData, error.to_string()).into()),
            };
        }
    }

    /// Reads on from a place, at which the stream stands: records that are whole. The place goes behind each that the sink is
    /// given, also where reading fails in the end. `true`: it stopped before the end of what is there.
    pub fn grow(
        &mut self,
        file: &Arc<str>,
        growing: &Growing,
        input: &mut dyn Read,
        place: &mut Place,
        reach: Reach,
        sink: &mut dyn Sink,
    ) -> Result<bool, ReadError> {
        let Reach { end, most } = reach;
        let until = place.offset.saturating_add(most);
        let mut held = Held { sink, over: false };
        // The buffer is out of the reader while its records are read.
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.begin_at(place.offset);
        let result = match growing {
            Growing::Lines => loop {
                if held.over || place.offset >= until {
                    break Ok(true);
                }
                let line = match buffer.next(input) {
                    Ok(Some(line)) => line,
                    Ok(None) => break Ok(false),
                    Err(error) => break Err(error.into()),
                };
                let text = line.span.map(|span| buffer.line(span));
                if !self.grown_line(file, line, text, place, end, &mut held) {
                    break Ok(false);
                }
            },
            Growing::Markup => {
                // An event is one record: breaking off behind it leaves nothing of it.
                let mut number = place.number;
                let until = Until { offset: until, last: end == End::Comes };
                let mut one = One { held: &mut held };
                let result = self.elements(file, &mut buffer, input, &mut one, &mut number, until);
                if let (true, true, Ok(())) = (until.last, !held.over && buffer.offset() < until.offset, &result) {
                    // What is left belongs to no record.
                    buffer.skip(usize::MAX / 2);
                }
                *place = Place { offset: buffer.offset(), number, within: Within::Nothing };
                result.map(|()| held.over || place.offset >= until.offset)
            }
            Growing::Rows(header) => loop {
                if held.over || place.offset >= until {
                    break Ok(true);
                }
                match self.grown_rows((file, header), &mut buffer, input, place, end, &mut held) {
                    Ok(true) => {}
                    Ok(false) => break Ok(false),
                    Err(error) => break Err(error),
                }
            },
        };
        self.buffer = buffer;
        result
    }

    /// Takes a line; `false`: it waits for its end.
    fn grown_line(
        &mut self,
        file: &Arc<str>,
        line: Line,
        text: Option<&[u8]>,
        place: &mut Place,
        end: End,
        sink: &mut dyn Sink,
    ) -> bool {
        let behind = |within| if line.ended { Within::Nothing } else { within };
        let begins = u64::from(place.within == Within::Nothing);
        let Some(text) = text.filter(|_| place.within != Within::TooLong) else {
            if place.within != Within::TooLong {
                self.too_large(file, place.number + begins, line.offset, line.bytes, sink);
            }
            self.stats.bytes += line.bytes;
            *place = Place {
                offset: line.offset + line.bytes,
                number: place.number + begins,
                within: behind(Within::TooLong),
            };
            return true;
        };
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let mark = if text.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let text = text.get(mark..).unwrap_or_default();
        let blank = text.trim_ascii().is_empty();
        let takes = match end {
            _ if line.ended => true,
            _ if blank => false,
            End::Waits => false,
            End::Whole => is_whole(text),
            End::Comes => true,
        };
        if !takes {
            return false;
        }
        let number = place.number + begins;
        self.stats.bytes += line.bytes;
        if !blank {
            let at = At { file, number, offset: line.offset + mark as u64, bytes: line.bytes, by_line: true };
            // The sink breaks off nothing within a line.
            let _ = self.line(text, at, sink);
        }
        *place = Place { offset: line.offset + line.bytes, number, within: behind(Within::Taken) };
        true
    }

    /// Takes the rows that are in the buffer, or reads more into it; `false`: there is no more.
    fn grown_rows(
        &mut self,
        (file, header): (&Arc<str>, &csv::StringRecord),
        buffer: &mut Buffer,
        input: &mut dyn Read,
        place: &mut Place,
        end: End,
        sink: &mut Held<'_>,
    ) -> Result<bool, ReadError> {
        let rest = buffer.rest();
        let mut whole = 0;
        while let Some(row) = rest.get(whole..).and_then(row_end) {
            whole += row;
        }
        if whole == 0 {
            if rest.len() > RECORD_BYTES {
                place.number += 1;
                let skipped = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
                self.too_large(file, place.number, place.offset, rest.len() as u64, sink);
                self.stats.bytes += skipped as u64;
                buffer.skip(skipped);
                place.offset += skipped as u64;
                return Ok(true);
            }
            if buffer.fill(input)? {
                return Ok(true);
            }
            if end != End::Comes || buffer.rest().trim_ascii().is_empty() {
                return Ok(false);
            }
            whole = buffer.rest().len();
        }
        let block = buffer.rest().get(..whole).unwrap_or_default();
        let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(block);
        let mut row = csv::StringRecord::new();
        let base = place.offset;
        loop {
            let begin = rows.position().byte();
            let result = rows.read_record(&mut row);
            let behind = rows.position().byte();
            if matches!(result, Ok(false)) {
                // What is behind the last row are ends of lines.
                self.stats.bytes += whole as u64 - begin;
                place.offset = base + whole as u64;
                break;
            }
            place.number += 1;
            place.offset = base + behind;
            self.stats.bytes += behind - begin;
            let at = At { file, number: place.number, offset: base + begin, bytes: behind - begin, by_line: false };
            match result {
                Ok(_) if row.len() == header.len() => {
                    let _ = self.row(header, &row, at, sink);
                }
                Ok(_) => {
                    let reason = format!("a row of {} cells under a header of {}", row.len(), header.len());
                    self.damaged(file, at.number, at.offset, &reason, sink);
                }
                Err(error) => self.damaged(file, at.number, at.offset, &said(error.kind()), sink),
            }
            if sink.over {
                break;
            }
        }
        let taken = place.offset - base;
        buffer.skip(usize::try_from(taken).unwrap_or(usize::MAX / 2));
        Ok(true)
    }
}

/// Breaks off behind one event.
struct One<'h, 's> {
    held: &'h mut Held<'s>,
}

impl Sink for One<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let _ = self.held.event(record);
        if self.held.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.held.damaged(damaged);
    }
}

/// Is a line without its end a record nevertheless?
fn is_whole(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    if text.starts_with(b"{") {
        return json::object_end(text) == Some(text.len());
    }
    match xml::next_event(text, 0, 0) {
        Found::Event(_, end) => !xml::has_event(text.get(end..).unwrap_or_default()),
        Found::Cut(..) | Found::Open(_) | Found::Nothing(_) => false,
    }
}

/// Behind the end of the first row.
fn row_end(bytes: &[u8]) -> Option<usize> {
    let (mut quoted, mut begins) = (false, true);
    let mut rest = bytes.iter().enumerate().peekable();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'"' if quoted => match rest.peek() {
                Some((_, b'"')) => {
                    rest.next();
                }
                Some(_) => quoted = false,
                None => return None,
            },
            _ if quoted => {}
            b'\n' => return Some(at + 1),
            b'"' if begins => (quoted, begins) = (true, false),
            other => begins = *other == b',',
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::AgentVersion;
    use crate::event::Layout;

    /// What was given: number and place of each record; damage with its reason.
    #[derive(Default)]
    struct Seen {
        all: Vec<String>,
        /// Breaks off behind each so many.
        every: usize,
    }

    impl Sink for Seen {
        fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
            self.all.push(format!("{}@{}", record.place.number, record.place.offset));
            let over = self.every > 0 && self.all.len().is_multiple_of(self.every);
            if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }

        fn damaged(&mut self, damaged: Damaged) {
            self.all.push(format!("{}: {}", damaged.number.unwrap_or(0), damaged.reason));
        }
    }

    fn reader() -> EventReader {
        EventReader::new(&Layout::new(), AgentVersion::DEFAULT)
    }

    /// Reads a text that comes in pieces, and ends as `end` says.
    fn grown(pieces: &[&str], every: usize, end: End) -> (Vec<String>, Place) {
        let (mut reader, mut seen, mut place) = (reader(), Seen { every, ..Seen::default() }, Place::default());
        let file: Arc<str> = "f".into();
        let mut text = String::new();
        for (at, piece) in pieces.iter().enumerate() {
            text.push_str(piece);
            let last = at + 1 == pieces.len();
            let Began::Growing(growing, first) = reader.begin_growing(&mut text.as_bytes(), last).unwrap() else {
                continue;
            };
            place.offset = place.offset.max(first);
            loop {
                let mut rest = &text.as_bytes()[place.offset as usize..];
                let end = if last { end } else { End::Waits };
                let reach = Reach { end, most: 1 << 20 };
                if !reader.grow(&file, &growing, &mut rest, &mut place, reach, &mut seen).unwrap() {
                    break;
                }
            }
        }
        (seen.all, place)
    }

    const A: &str = r#"{"winlog":{"event_id":"1"}}"#;
    const XML: &str = "<Event><System><EventID>7</EventID></System></Event>";

    #[test]
    fn lines_are_given_once_however_they_come_and_wherever_the_sink_breaks_off() {
        let text = format!("{A}\n\n{A}\r\nnothing known\n{A}\n");
        let whole = grown(&[&text], 0, End::Waits);
        assert_eq!(whole.0, ["1@0", "3@29", "4: neither JSON nor the XML of an event", "5@72"]);
        for cut in 0..text.len() {
            for every in [0, 1, 2] {
                assert_eq!(grown(&[&text[..cut], &text[cut..]], every, End::Waits), whole, "{cut} {every}");
            }
        }
    }

    #[test]
    fn a_line_without_its_end_waits_or_is_taken_and_its_end_that_comes_later_is_no_line() {
        let half = r#"{"winlog":{"#;
        let two = |last: &str, end| grown(&[&format!("{A}\n{last}")], 0, end).0.len();
        assert_eq!([End::Waits, End::Whole, End::Comes].map(|end| two(A, end)), [1, 2, 2]);
        assert_eq!([End::Waits, End::Whole, End::Comes].map(|end| two(half, end)), [1, 1, 2]);
        let (mut reader, mut seen, file) = (reader(), Seen::default(), "f".into());
        let mut go = |text: &str, mut place| {
            let reach = Reach { end: End::Whole, most: 1 << 20 };
            reader.grow(&file, &Growing::Lines, &mut text.as_bytes(), &mut place, reach, &mut seen).unwrap();
            place
        };
        let taken = go(A, Place::default());
        assert_eq!(taken, Place { offset: A.len() as u64, number: 1, within: Within::Taken });
        let next = go(&format!("\n{A}\n"), taken);
        assert_eq!((next.number, next.within), (2, Within::Nothing));
        assert_eq!(seen.all, ["1@0", "2@28"]);
    }

    #[test]
    fn a_line_beyond_the_limit_is_told_once_and_the_next_one_is_read() {
        let long = "x".repeat(RECORD_BYTES + 10);
        let (mut reader, mut seen, file) = (reader(), Seen::default(), "f".into());
        let mut place = Place::default();
        for text in [long.as_str(), "more", &format!("end\n{A}\n")] {
            let reach = Reach { end: End::Waits, most: u64::MAX };
            reader.grow(&file, &Growing::Lines, &mut text.as_bytes(), &mut place, reach, &mut seen).unwrap();
        }
        assert_eq!(seen.all.len(), 2, "{:?}", seen.all);
        assert!(seen.all[0].starts_with("1: a record of 16777226 bytes"));
        assert_eq!(seen.all[1], format!("2@{}", long.len() + 8));
    }

    #[test]
    fn xml_goes_by_events_and_rows_by_their_header() {
        let text = format!("<Events>\n{XML}{XML}\n{XML}\n</Events>");
        let whole = grown(&[&text], 0, End::Comes);
        assert_eq!(whole.0.len(), 3);
        for cut in 0..text.len() {
            assert_eq!(grown(&[&text[..cut], &text[cut..]], 1, End::Comes), whole, "{cut}");
        }
        let text = "EventId,Computer,Payload\r\n1,a,\"x\n\"\"y\"\r\n2,b\r\n3,c,z\r\n4,d,e";
        let whole = grown(&[text], 0, End::Comes);
        assert_eq!(whole.0.len(), 4, "{whole:?}");
        assert_eq!(whole.0[1], "2: a row of 2 cells under a header of 3");
        for cut in 0..text.len() {
            for every in [0, 1] {
                let now = grown(&[&text[..cut], &text[cut..]], every, End::Comes);
                let numbers = |seen: &[String]| {
                    seen.iter().map(|one| one.split(['@', ':']).next().unwrap().to_string()).collect::<Vec<_>>()
                };
                assert_eq!(numbers(&now.0), numbers(&whole.0), "{cut} {every}");
                assert_eq!(now.1.offset, whole.1.offset);
            }
        }
        assert_eq!(grown(&[text], 0, End::Whole).0.len(), 3, "a row without its end may be half of one");
    }

    #[test]
    fn what_cannot_be_read_record_by_record_says_so() {
        let began = |text: &[u8], ended| reader().begin_growing(&mut &text[..], ended);
        assert!(matches!(began(b"[{\"a\":1},", false), Ok(Began::NotYet)));
        assert!(matches!(began(b"[{\"winlog\":{\"event_id\":1}},", false), Ok(Began::Whole)));
        assert!(matches!(began(b"ElfFile\0................", false), Ok(Began::Whole)));
        assert!(matches!(began(b"\x1f\x8b..................", false), Ok(Began::Packed)));
        assert!(matches!(began(b"", false), Ok(Began::NotYet)));
        assert!(matches!(began(b"", true), Ok(Began::Growing(Growing::Lines, 0))));
        assert!(matches!(began(&[b'x'; 5000], false), Err(ReadError::Form(_))));
    }
}
