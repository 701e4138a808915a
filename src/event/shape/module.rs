//! Events of the agent that Elasticsearch's pipeline took apart, or the module script of Winlogbeat 7: most data of the event were moved
//! to fields of the Elastic Common Schema. Elastic Agent's events pass through the same pipelines.
//!
//! In: the members of a record, in maps or under paths with dots. Out: whether it is such an event; its parts: what is left under
//! `winlog`, and behind it what was moved of Sysmon's data, under Sysmon's own names. Never here: what was thrown away (`-`, zero
//! GUIDs, lists that were split), and what was moved of other providers' data; that is marked as lost.

use super::take::Take;
use crate::event::agent::{Head, Kind, Pair, Piece};
use crate::event::json::Damage;
use crate::sysmon;

/// Modules of Winlogbeat and Elastic Agent whose pipelines move data of events.
const MODULES: [&[u8]; 5] = [SYSMON, b"security", b"powershell", b"windows", b"system"];
const SYSMON: &[u8] = b"sysmon";
/// Data sets of Elastic Agent begin with the name of its integration.
const DATA_SETS: [&[u8]; 2] = [b"windows.", b"system."];
const SYSMONS_DATA_SET: &[u8] = b"windows.sysmon_operational";

/// What a record says of the pipeline that it went through.
#[derive(Default)]
struct Signs {
    /// Its module or data set is one whose pipeline moves data.
    named: bool,
    /// That of Sysmon.
    sysmons: bool,
    /// It has what pipelines add: a category or a type.
    added: bool,
    /// Winlogbeat's module for Sysmon names itself only behind the pipeline.
    certain: bool,
}

/// Levels of a record that are of interest: `process.parent.code_signature.signed` has four.
const DEPTH: usize = 5;

/// Was this record taken apart? `None`: it is as the agent sent it. `Some(true)`: its data may be Sysmon's.
pub(super) fn is_taken_apart(take: &mut Take<'_>, members: &[Pair]) -> Result<Option<bool>, Damage> {
    let mut signs = Signs::default();
    // This is asked of every event of the agent: nothing is copied before something is found.
    for member in members {
        match take.bytes(member.name) {
            b"event" => take.each(member.value, |key, value| signs.of_event(key, take.bytes(value)))?,
            b"data_stream" => take.each(member.value, |key, value| {
                if key == b"dataset" {
                    signs.of_data_set(take.bytes(value));
                }
            })?,
            b"data_stream.dataset" => signs.of_data_set(take.bytes(member.value)),
            path => {
                if let Some(key) = path.strip_prefix(b"event.") {
                    signs.of_event(key, take.bytes(member.value));
                }
            }
        }
    }
    if !signs.named {
        return Ok(None);
    }
    let leaves = leaves(take, members)?;
    let text = |wanted: &[u8]| {
        let leaf = leaves.iter().find(|leaf| leaf.path.as_bytes() == wanted)?;
        take.parts.decoded(take.record, leaf.value)
    };
    let of_sysmon = sysmon::is_of_sysmon(text(b"winlog.provider_name").as_deref(), text(b"winlog.channel").as_deref());
    // Sysmon's pipeline always takes this away: where it is, and nothing was added, the agent has sent the event to somebody else.
    let whole = !signs.added && leaves.iter().any(|leaf| leaf.path == "winlog.event_data.UtcTime");
    Ok(match (signs.sysmons || of_sysmon, signs.certain) {
        (true, certain) => (certain || !whole).then_some(true),
        (false, _) => signs.added.then_some(false),
    })
}

impl Signs {
    fn of_event(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"module" => {
                self.named |= MODULES.contains(&value);
                self.certain |= value == SYSMON;
                self.sysmons |= value == SYSMON;
            }
            b"dataset" => self.of_data_set(value),
            b"category" | b"type" => self.added = true,
            _other => {}
        }
    }

    fn of_data_set(&mut self, name: &[u8]) {
        self.named |= DATA_SETS.iter().any(|start| name.starts_with(start));
        self.sysmons |= name == SYSMONS_DATA_SET;
    }
}

/// A value of a record and where it stands. What is no map is one, and each value of the event's data whatever it is.
struct Leaf {
    path: String,
    /// Of data of the event, their name.
    name: Piece,
    value: Piece,
}

/// Where data of the event stand; names of data may hold dots themselves.
const DATA: &str = "winlog.event_data.";
const USER_DATA: &str = "winlog.user_data.";

/// All values of a record, whether they stand in maps or under paths with dots.
fn leaves(take: &mut Take<'_>, members: &[Pair]) -> Result<Vec<Leaf>, Damage> {
    let mut leaves = Vec::with_capacity(64);
    for member in members {
        descend(take, "", *member, 1, &mut leaves)?;
    }
    Ok(leaves)
}

fn descend(take: &mut Take<'_>, above: &str, member: Pair, depth: usize, out: &mut Vec<Leaf>) -> Result<(), Damage> {
    let Some(key) = take.parts.decoded(take.record, member.name) else { return Ok(()) };
    let path = if above.is_empty() { key } else { format!("{above}.{key}") };
    let of_data = [DATA, USER_DATA].into_iter().find(|data| path.starts_with(data));
    if member.value.kind == Kind::Map && depth < DEPTH && of_data.is_none() {
        for inner in take.members(member.value)? {
            descend(take, &path, inner, depth + 1, out)?;
        }
        return Ok(());
    }
    let name = match of_data.and_then(|data| path.get(data.len()..)) {
        Some(name) => take.parts.text(name),
        None => member.name,
    };
    out.push(Leaf { path, name, value: member.value });
    Ok(())
}

/// Takes a record apart. `sysmons`: its data may be Sysmon's.
pub(super) fn take(take: &mut Take<'_>, members: &[Pair], sysmons: bool) -> Result<(), Damage> {
    let mut moved = Vec::new();
    for member in members {
        let key = take.bytes(member.name);
        let top = key.split(|byte| *byte == b'.').next().unwrap_or_default();
        if matches!(top, b"ecs" | b"fields" | b"cloud" | b"@metadata") {
            take.parts.beside.push(*member);
        }
    }
    for leaf in leaves(take, members)? {
        if let Some(head) = head(&leaf.path) {
            match head {
                Head::Time => take.put_time(leaf.value),
                Head::Tags | Head::KeywordNames => take.parts.put(head, leaf.value),
                _ => take.put(head, leaf.value),
            }
        } else if leaf.path.starts_with(DATA) {
            take.parts.add(leaf.name, leaf.value);
        } else if leaf.path == "winlog.user_data.xml_name" {
            take.parts.user_element = Some(take.parts.unescaped(take.record, leaf.value)?);
        } else if leaf.path.starts_with(USER_DATA) {
            take.parts.user_data.push(Pair { name: leaf.name, value: leaf.value });
        } else {
            moved.push(leaf);
        }
    }
    if !sysmons {
        return Ok(());
    }
    let id = take.parts.head_number(take.record, Head::EventId).and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
    // What happened to the process, in the place of the message.
    if id == 25
        && !has(take, "Type")
        && let Some(kind) = take.parts.head(Head::Message)
    {
        let name = take.parts.text("Type");
        take.parts.add(name, kind);
        take.parts.replace(Head::Message, None);
    }
    // The pipeline spells this one in one way for all events.
    if id == 8 {
        for at in 0..take.parts.data.len() {
            if take.parts.data.get(at).is_some_and(|pair| take.bytes(pair.name) == b"TargetProcessGUID") {
                let name = take.parts.text("TargetProcessGuid");
                if let Some(pair) = take.parts.data.get_mut(at) {
                    pair.name = name;
                }
            }
        }
    }
    let mut back = Back { id, user: [None; 2], hashes: [None; 4] };
    for leaf in moved {
        back.put(take, &leaf);
    }
    back.put_together(take);
    Ok(())
}

/// Which part of the header stands at a path.
fn head(path: &str) -> Option<Head> {
    Some(match path {
        "@timestamp" => Head::Time,
        "message" => Head::Message,
        "tags" => Head::Tags,
        "log.level" => Head::LevelName,
        "agent.name" => Head::AgentName,
        "agent.hostname" => Head::AgentHostname,
        "agent.version" => Head::AgentVersion,
        "winlog.provider_name" => Head::Provider,
        "winlog.provider_guid" => Head::ProviderGuid,
        "winlog.event_id" => Head::EventId,
        "winlog.version" => Head::Version,
        "winlog.record_id" => Head::RecordId,
        "winlog.activity_id" => Head::Activity,
        "winlog.related_activity_id" => Head::RelatedActivity,
        "winlog.channel" => Head::Channel,
        "winlog.computer_name" => Head::Computer,
        "winlog.task" => Head::TaskName,
        "winlog.opcode" => Head::OpcodeName,
        "winlog.keywords" => Head::KeywordNames,
        "winlog.process.pid" => Head::ProcessId,
        "winlog.process.thread.id" => Head::ThreadId,
        "winlog.user.identifier" => Head::UserSid,
        "winlog.user.name" => Head::UserName,
        "winlog.user.domain" => Head::UserDomain,
        "winlog.user.type" => Head::UserType,
        _ => return None,
    })
}

/// Is there a value of this name among the event's data?
fn has(take: &Take<'_>, name: &str) -> bool {
    take.parts.data.iter().any(|pair| take.bytes(pair.name) == name.as_bytes())
}

/// What is put back, and what has to be put together of several fields.
struct Back {
    id: u32,
    /// Domain and name.
    user: [Option<Piece>; 2],
    /// In Sysmon's order: SHA1, MD5, SHA256, IMPHASH.
    hashes: [Option<Piece>; 4],
}

/// Where a field of the schema belongs.
enum Place {
    /// A field of Sysmon's.
    Field(&'static str),
    /// Who opened the connection: a word for each way.
    Initiated,
    User(usize),
    Hash(usize),
    Nowhere,
}

impl Back {
    /// Adds a value of the event, unless the pipeline left it where it was, or the event has no such field.
    fn add(&self, take: &mut Take<'_>, name: &'static str, value: Piece) {
        if sysmon::has_field(self.id, name) && !has(take, name) {
            let name = take.parts.text(name);
            take.parts.add(name, value);
        }
    }

    fn put(&mut self, take: &mut Take<'_>, leaf: &Leaf) {
        match self.place(leaf.path.as_bytes()) {
            Place::Field(name) => self.add(take, name, leaf.value),
            Place::Initiated => {
                // Version 8, version 7. Of any other word nobody knows what it was.
                let truth = match take.bytes(leaf.value) {
                    b"egress" | b"outbound" => "true",
                    b"ingress" | b"inbound" => "false",
                    _other => return,
                };
                let truth = take.parts.text(truth);
                self.add(take, "Initiated", truth);
            }
            Place::User(part) => {
                if let Some(place) = self.user.get_mut(part) {
                    *place = Some(leaf.value);
                }
            }
            Place::Hash(which) => {
                if let Some(place) = self.hashes.get_mut(which) {
                    *place = Some(leaf.value);
                }
            }
            Place::Nowhere => {}
        }
    }

    fn place(&self, path: &[u8]) -> Place {
        // Events 8 and 10 are about two processes.
        let two = matches!(self.id, 8 | 10);
        Place::Field(match path {
            b"rule.name" => "RuleName",
            b"process.entity_id" if self.id == 10 => "SourceProcessGUID",
            b"process.entity_id" if two => "SourceProcessGuid",
            b"process.entity_id" => "ProcessGuid",
            b"process.pid" if two => "SourceProcessId",
            b"process.pid" => "ProcessId",
            b"process.thread.id" => "SourceThreadId",
            b"process.executable" if two => "SourceImage",
            b"process.executable" if self.id == 20 => "Destination",
            b"process.executable" => "Image",
            b"process.command_line" => "CommandLine",
            b"process.working_directory" => "CurrentDirectory",
            b"process.parent.entity_id" => "ParentProcessGuid",
            b"process.parent.pid" => "ParentProcessId",
            b"process.parent.executable" => "ParentImage",
            b"process.parent.command_line" => "ParentCommandLine",
            b"process.pe.original_file_name" | b"file.pe.original_file_name" => "OriginalFileName",
            b"process.pe.company" | b"file.pe.company" => "Company",
            b"process.pe.description" | b"file.pe.description" => "Description",
            b"process.pe.file_version" | b"file.pe.file_version" => "FileVersion",
            b"process.pe.product" | b"file.pe.product" => "Product",
            b"process.hash.sha1" | b"file.hash.sha1" => return Place::Hash(0),
            b"process.hash.md5" | b"file.hash.md5" => return Place::Hash(1),
            b"process.hash.sha256" | b"file.hash.sha256" => return Place::Hash(2),
            b"process.pe.imphash" | b"file.pe.imphash" | b"process.hash.imphash" | b"file.hash.imphash" => {
                return Place::Hash(3);
            }
            b"file.path" => match self.id {
                6 | 7 => "ImageLoaded",
                9 => "Device",
                _ => "TargetFilename",
            },
            b"file.name" if matches!(self.id, 17 | 18) => "PipeName",
            b"file.code_signature.subject_name" => "Signature",
            b"file.code_signature.status" => "SignatureStatus",
            b"file.code_signature.signed" => "Signed",
            b"network.transport" => "Protocol",
            b"network.direction" => return Place::Initiated,
            b"source.ip" => "SourceIp",
            b"source.port" => "SourcePort",
            b"source.domain" => "SourceHostname",
            b"destination.ip" => "DestinationIp",
            b"destination.port" => "DestinationPort",
            b"destination.domain" => "DestinationHostname",
            b"dns.question.name" => "QueryName",
            b"user.domain" => return Place::User(0),
            b"user.name" => return Place::User(1),
            b"registry.path" => "TargetObject",
            b"sysmon.file.archived" => "Archived",
            b"sysmon.file.is_executable" => "IsExecutable",
            b"error.code" if self.id == 255 => "ID",
            _other => return Place::Nowhere,
        })
    }

    fn put_together(self, take: &mut Take<'_>) {
        // An account without a domain was never taken apart.
        if let [Some(domain), Some(name)] = self.user.map(|part| take.parts.decoded(take.record, part?)) {
            let user = take.parts.text(&format!("{domain}\\{name}"));
            self.add(take, "User", user);
        }
        let names = ["SHA1", "MD5", "SHA256", "IMPHASH"];
        let hashes: Vec<String> = names
            .iter()
            .zip(self.hashes)
            .filter_map(|(name, hash)| {
                let hash = take.parts.decoded(take.record, hash?)?;
                Some(format!("{name}={}", hash.to_ascii_uppercase()))
            })
            .collect();
        if !hashes.is_empty() {
            let hashes = take.parts.text(&hashes.join(","));
            self.add(take, if self.id == 15 { "Hash" } else { "Hashes" }, hashes);
        }
        // The pipeline sets the event's time to Sysmon's own.
        if let Some(time) = take.parts.head_text(take.record, Head::Time)
            && let Some((day, clock)) = time.strip_suffix('Z').and_then(|time| time.split_once('T'))
        {
            let utc = take.parts.text(&format!("{day} {clock}"));
            self.add(take, "UtcTime", utc);
        }
    }
}
