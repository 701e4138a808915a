//! Which form one record has, and what stands where in it.
//!
//! In: one JSON object, or one row of CSV. Out: its [`Form`], by the keys that it has and never by what came before it, and for
//! forms that are not the agent's own its [`Parts`]. Never here: files, lines; what the agent makes of the parts.
//!
//! | file | forms |
//! | --- | --- |
//! | `windows.rs` | Windows' XML as JSON: evtx_dump, Velociraptor; what they have in common with EvtxECmd |
//! | `flat.rs` | one level of keys: NXLog, the Security Datasets, Zircolite |
//! | `carried.rs` | documents inside of texts: Sentinel, EvtxECmd, syslog |
//! | `beats.rs` | Winlogbeat 6 |
//! | `module.rs` | Winlogbeat and Elastic Agent after Elasticsearch's pipeline |
//! | `powershell.rs` | `Get-WinEvent` |
//! | `stored.rs` | Wazuh, the log manager |

mod beats;
mod carried;
mod flat;
mod module;
mod powershell;
mod stored;
mod take;
#[cfg(test)]
mod tests;
mod windows;

pub(crate) use flat::{data_key, user_data_key};

use super::agent::{Form, Kind, Pair, Parts, Piece, Source};
use super::json::{Damage, Object};
use take::Take;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The agent's own from version 7 on, or nothing that is known: rules see it as it stands.
    AsItStands(Form),
    /// Its parts were taken.
    Taken(Form),
    /// The record is the object at this span of the bytes.
    Wrapped((usize, usize)),
    /// The records are the members of the list at this span.
    Several((usize, usize)),
}

/// Keys by which forms are told.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Mark {
    Source,
    Hits,
    Result,
    Winlog,
    WinlogPath,
    Event,
    EventLower,
    DataStream,
    System,
    Win,
    Data,
    Msg,
    EventDataLower,
    EventIdLower,
    BeatsName,
    Payload,
    EventDataUpper,
    EventId,
    EcmdName,
    Origin,
    Collector,
    Raw,
    Id,
    LogName,
}

const MARKS: usize = Mark::LogName as usize + 1;

fn mark(key: &[u8]) -> Option<Mark> {
    Some(match key {
        b"_source" => Mark::Source,
        b"hits" => Mark::Hits,
        b"result" => Mark::Result,
        b"winlog" => Mark::Winlog,
        path if path.starts_with(b"winlog.") => Mark::WinlogPath,
        b"Event" => Mark::Event,
        b"event" | b"event.module" | b"event.dataset" => Mark::EventLower,
        b"data_stream" | b"data_stream.dataset" => Mark::DataStream,
        b"System" => Mark::System,
        b"win" => Mark::Win,
        b"data" => Mark::Data,
        b"msg" => Mark::Msg,
        b"event_data" => Mark::EventDataLower,
        b"event_id" => Mark::EventIdLower,
        b"log_name" | b"source_name" | b"computer_name" | b"record_number" => Mark::BeatsName,
        b"Payload" => Mark::Payload,
        b"EventData" => Mark::EventDataUpper,
        b"EventID" | b"EventId" | b"Event_ID" | b"EventCode" => Mark::EventId,
        b"MapDescription" | b"PayloadData1" | b"ChunkNumber" | b"ExtraDataOffset" | b"HiddenRecord" => Mark::EcmdName,
        b"Channel" | b"SourceName" | b"ProviderName" | b"Provider_Name" | b"Provider" | b"ProviderGuid"
        | b"Provider_Guid" | b"EventLog" | b"Source" | b"EventSourceName" => Mark::Origin,
        b"_raw" => Mark::Raw,
        b"Id" => Mark::Id,
        b"LogName" => Mark::LogName,
        b"SourceModuleType" | b"EventReceivedTime" | b"SeverityValue" => Mark::Collector,
        _ => return None,
    })
}

/// The members of a record, and the marks among them.
struct Top {
    marks: [Option<Piece>; MARKS],
}

impl Top {
    fn new(record: &[u8], parts: &Parts, members: &[Pair]) -> Self {
        let mut marks = [None; MARKS];
        for member in members {
            if let Some(mark) = mark(parts.bytes(record, member.name))
                && let Some(place @ None) = marks.get_mut(mark as usize)
            {
                *place = Some(member.value);
            }
        }
        Self { marks }
    }

    fn has(&self, mark: Mark) -> bool {
        self.get(mark).is_some()
    }

    fn get(&self, mark: Mark) -> Option<Piece> {
        self.marks.get(mark as usize).copied().flatten()
    }

    fn of(&self, mark: Mark, kind: Kind) -> Option<Piece> {
        self.get(mark).filter(|piece| piece.kind == kind)
    }

    fn map(&self, mark: Mark) -> Option<Piece> {
        self.of(mark, Kind::Map)
    }
}

/// Buffers of the recognition, used again for every record.
#[derive(Debug, Default)]
pub(crate) struct Shaper {
    members: Vec<Pair>,
    pub(crate) parts: Parts,
}

impl Shaper {
    /// Of an answer to a search, which may hold more than a record: the list of its hits. Takes no memory, whatever the object is.
    pub(crate) fn hits(record: &[u8]) -> Result<Option<(usize, usize)>, Damage> {
        let key = |key: (usize, usize)| record.get(key.0..key.1).and_then(mark);
        let mut hits = None;
        for member in Object::new(record, 0, 0) {
            let member = member?;
            match key(member.key) {
                Some(Mark::Winlog | Mark::WinlogPath | Mark::Source) => return Ok(None),
                Some(Mark::Hits) if hits.is_none() => hits = Some(member.value),
                _other => {}
            }
        }
        let Some((start, _)) = hits.filter(|(start, _)| record.get(*start) == Some(&b'{')) else { return Ok(None) };
        for member in Object::new(record, start, 1) {
            let member = member?;
            if key(member.key) == Some(Mark::Hits) {
                return Ok(Some(member.value).filter(|(start, _)| record.get(*start) == Some(&b'[')));
            }
        }
        Ok(None)
    }

    /// Tells what one JSON object is, and takes it apart if it is not the agent's own.
    pub(crate) fn object(&mut self, record: &[u8]) -> Result<Shape, Damage> {
        self.parts.clear();
        self.members.clear();
        let mut object = Object::new(record, 0, 0);
        for member in &mut object {
            let member = member?;
            let name = Piece::record(Kind::Json, member.key);
            let name = if member.escaped { self.parts.unescaped(record, name)? } else { name };
            self.members.push(Pair { name, value: Piece::json(record, member.value, Source::Record) });
        }
        let end = super::json::skip_space(record, object.at());
        if end < record.len() {
            return Err(Damage::new(end, "something behind the end of the object"));
        }
        self.shape(record)
    }

    /// The same for a row of CSV: names and cells are texts.
    pub(crate) fn row<'a>(&mut self, cells: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Shape, Damage> {
        self.parts.clear();
        self.members.clear();
        for (name, cell) in cells {
            let pair = Pair { name: self.parts.text(name), value: self.parts.text(cell) };
            self.members.push(pair);
        }
        self.shape(&[])
    }

    /// Of a row that is in no form that is known: rules see its cells as they stand.
    pub(crate) fn as_it_stands(&mut self) {
        self.parts.beside.clone_from(&self.members);
    }

    fn shape(&mut self, record: &[u8]) -> Result<Shape, Damage> {
        let top = Top::new(record, &self.parts, &self.members);
        let mut take = Take { record, parts: &mut self.parts };
        let members = &self.members;
        if top.map(Mark::Winlog).is_some() || top.has(Mark::WinlogPath) {
            // Nearly all events of the agent have nothing by which they could have been taken apart.
            let may = top.has(Mark::EventLower) || top.has(Mark::DataStream);
            let apart = if may { module::is_taken_apart(&mut take, members)? } else { None };
            let Some(sysmons) = apart else {
                return Ok(Shape::AsItStands(Form::Winlogbeat));
            };
            module::take(&mut take, members, sysmons)?;
            return Ok(Shape::Taken(Form::WinlogbeatModule));
        }
        if let Some(source) = top.map(Mark::Source) {
            return Ok(Shape::Wrapped(source.span()));
        }
        if let Some(hits) = top.map(Mark::Hits)
            && let Some(list) = take.member(hits, b"hits")?.filter(|inner| inner.kind == Kind::List)
        {
            return Ok(Shape::Several(list.span()));
        }
        if let Some(event) = top.map(Mark::Event)
            && take.member(event, b"System")?.is_some_and(|system| system.kind == Kind::Map)
        {
            let inside = take.members(event)?;
            windows::take(&mut take, &inside)?;
            return Ok(Shape::Taken(Form::EvtxDump));
        }
        if let Some(system) = top.map(Mark::System)
            && (take.member(system, b"EventID")?.is_some() || take.member(system, b"Channel")?.is_some())
        {
            windows::take(&mut take, members)?;
            return Ok(Shape::Taken(Form::Velociraptor));
        }
        let win = match (top.map(Mark::Win), top.map(Mark::Data)) {
            (Some(win), _) => Some(win),
            (None, Some(data)) => take.member(data, b"win")?.filter(|win| win.kind == Kind::Map),
            (None, None) => None,
        };
        if let Some(win) = win
            && take.member(win, b"system")?.is_some()
        {
            stored::wazuh(&mut take, win)?;
            return Ok(Shape::Taken(Form::Wazuh));
        }
        if top.has(Mark::EventIdLower) && (top.has(Mark::EventDataLower) || top.has(Mark::BeatsName)) {
            beats::take(&mut take, members)?;
            return Ok(Shape::Taken(Form::Winlogbeat6));
        }
        // What Splunk takes out of an event is less than the event.
        if top.has(Mark::Raw) && carried::syslog(&mut take, members)? {
            return Ok(Shape::Taken(Form::Syslog));
        }
        let has_id = top.has(Mark::EventId);
        // PowerShell's events have data of the name `Payload` too.
        if top.has(Mark::Payload) && top.has(Mark::EcmdName) {
            carried::evtx_ecmd(&mut take, members)?;
            return Ok(Shape::Taken(Form::EvtxEcmd));
        }
        if top.has(Mark::EventDataUpper) && has_id && top.has(Mark::Origin) {
            carried::sentinel(&mut take, members)?;
            return Ok(Shape::Taken(Form::Sentinel));
        }
        if top.has(Mark::Id) && top.has(Mark::LogName) && top.has(Mark::Origin) {
            powershell::take(&mut take, members)?;
            return Ok(Shape::Taken(Form::PowerShell));
        }
        if has_id && (top.has(Mark::Origin) || top.has(Mark::LogName)) {
            let form = if top.has(Mark::Collector) { Form::Nxlog } else { Form::Flat };
            flat::take(&mut take, members, form)?;
            return Ok(Shape::Taken(form));
        }
        // Behind the forms of agents: their own `msg` makes nothing the log manager's event.
        if let Some(msg) = top.map(Mark::Msg) {
            stored::log_manager(&mut take, members, msg)?;
            return Ok(Shape::Taken(Form::LogManager));
        }
        if let Some(result) = top.map(Mark::Result) {
            return Ok(Shape::Wrapped(result.span()));
        }
        if carried::syslog(&mut take, members)? {
            return Ok(Shape::Taken(Form::Syslog));
        }
        Ok(Shape::AsItStands(Form::Other))
    }
}
