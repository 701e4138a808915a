//! Winlogbeat's event after Elasticsearch's pipeline, or after the module script of Winlogbeat 7: most data of the event were
//! moved to fields of the Elastic Common Schema.
//!
//! In: the members of a record. Out: parts: what is left under `winlog`, and behind it what was moved, under Sysmon's own names.
//! Never here: what was thrown away (`-`, zero GUIDs, lists that were split); that is marked as lost.

use super::take::Take;
use crate::event::agent::{Head, Kind, Pair, Piece};
use crate::event::json::Damage;

/// Takes a record apart.
pub(super) fn take(take: &mut Take<'_>, members: &[Pair]) -> Result<(), Damage> {
    let mut moved = Vec::new();
    for member in members {
        match take.bytes(member.name) {
            b"winlog" => winlog(take, member.value)?,
            b"@timestamp" => take.put_time(member.value),
            b"message" => take.put(Head::Message, member.value),
            b"tags" => take.parts.put(Head::Tags, member.value),
            b"log" => {
                if let Some(level) = take.member(member.value, b"level")? {
                    take.put(Head::LevelName, level);
                }
            }
            b"agent" => {
                for (name, head) in [
                    (b"name".as_slice(), Head::AgentName),
                    (b"hostname", Head::AgentHostname),
                    (b"version", Head::AgentVersion),
                ] {
                    if let Some(value) = take.member(member.value, name)? {
                        take.put(head, value);
                    }
                }
            }
            b"ecs" | b"fields" | b"cloud" | b"@metadata" => take.parts.beside.push(*member),
            b"process" | b"file" | b"registry" | b"dns" | b"source" | b"destination" | b"network" | b"rule"
            | b"user" | b"sysmon" | b"error" => moved.push(*member),
            _other => {}
        }
    }
    let id = take.parts.head_number(take.record, Head::EventId).unwrap_or(0);
    // What happened to the process, in the place of the message.
    if id == 25
        && let Some(kind) = take.parts.head(Head::Message)
    {
        let name = take.parts.text("Type");
        take.parts.add(name, kind);
        take.parts.replace(Head::Message, None);
    }
    let mut back = Back { id, user: [None; 2], hashes: [None; 4] };
    for top in moved {
        back.map(take, take.bytes(top.name).to_vec(), top.value, 0)?;
    }
    back.put_together(take);
    Ok(())
}

fn winlog(take: &mut Take<'_>, winlog: Piece) -> Result<(), Damage> {
    for member in take.members(winlog)? {
        let head = match take.bytes(member.name) {
            b"provider_name" => Head::Provider,
            b"provider_guid" => Head::ProviderGuid,
            b"event_id" => Head::EventId,
            b"version" => Head::Version,
            b"record_id" => Head::RecordId,
            b"activity_id" => Head::Activity,
            b"related_activity_id" => Head::RelatedActivity,
            b"channel" => Head::Channel,
            b"computer_name" => Head::Computer,
            b"task" => Head::TaskName,
            b"opcode" => Head::OpcodeName,
            b"keywords" => {
                take.parts.put(Head::KeywordNames, member.value);
                continue;
            }
            b"process" => {
                if let Some(pid) = take.member(member.value, b"pid")? {
                    take.put(Head::ProcessId, pid);
                }
                if let Some(thread) = take.member(member.value, b"thread")?
                    && let Some(id) = take.member(thread, b"id")?
                {
                    take.put(Head::ThreadId, id);
                }
                continue;
            }
            b"user" => {
                for (name, head) in [
                    (b"identifier".as_slice(), Head::UserSid),
                    (b"name", Head::UserName),
                    (b"domain", Head::UserDomain),
                    (b"type", Head::UserType),
                ] {
                    if let Some(value) = take.member(member.value, name)? {
                        take.put(head, value);
                    }
                }
                continue;
            }
            b"event_data" => {
                for pair in take.members(member.value)? {
                    take.parts.add(pair.name, pair.value);
                }
                continue;
            }
            _other => continue,
        };
        take.put(head, member.value);
    }
    Ok(())
}

/// What is put back, and what has to be put together of several fields.
struct Back {
    id: i128,
    /// Domain and name.
    user: [Option<Piece>; 2],
    /// In Sysmon's order: SHA1, MD5, SHA256, IMPHASH.
    hashes: [Option<Piece>; 4],
}

/// Where a field of the schema belongs.
enum Place {
    /// A field of Sysmon's.
    Field(&'static str),
    /// The same with these words for true and false.
    Truth(&'static str, &'static [u8]),
    User(usize),
    Hash(usize),
    Nowhere,
}

impl Back {
    /// Levels of a map of the schema: `process.parent.pe.imphash` has four.
    const DEPTH: usize = 4;

    fn map(&mut self, take: &mut Take<'_>, path: Vec<u8>, value: Piece, depth: usize) -> Result<(), Damage> {
        if value.kind == Kind::Map && depth < Self::DEPTH {
            for member in take.members(value)? {
                let mut inner = path.clone();
                inner.push(b'.');
                inner.extend_from_slice(take.bytes(member.name));
                self.map(take, inner, member.value, depth + 1)?;
            }
            return Ok(());
        }
        match self.place(&path) {
            Place::Field(name) => {
                let name = take.parts.text(name);
                take.parts.add(name, value);
            }
            Place::Truth(name, yes) => {
                let truth = if take.bytes(value) == yes { "true" } else { "false" };
                let (name, value) = (take.parts.text(name), take.parts.text(truth));
                take.parts.add(name, value);
            }
            Place::User(part) => {
                if let Some(place) = self.user.get_mut(part) {
                    *place = Some(value);
                }
            }
            Place::Hash(which) => {
                if let Some(place) = self.hashes.get_mut(which) {
                    *place = Some(value);
                }
            }
            Place::Nowhere => {}
        }
        Ok(())
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
            b"network.direction" => return Place::Truth("Initiated", b"egress"),
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
        if let Some(user) = self.user[1].and_then(|name| take.parts.decoded(take.record, name)) {
            let domain = self.user[0].and_then(|domain| take.parts.decoded(take.record, domain));
            let user = domain.map_or(user.clone(), |domain| format!("{domain}\\{user}"));
            let (name, value) = (take.parts.text("User"), take.parts.text(&user));
            take.parts.add(name, value);
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
            let name = take.parts.text(if self.id == 15 { "Hash" } else { "Hashes" });
            let value = take.parts.text(&hashes.join(","));
            take.parts.add(name, value);
        }
        // The pipeline sets the event's time to Sysmon's own.
        if let Some(time) = take.parts.head_text(take.record, Head::Time)
            && let Some((day, clock)) = time.strip_suffix('Z').and_then(|time| time.split_once('T'))
        {
            let utc = format!("{day} {clock}");
            let (name, value) = (take.parts.text("UtcTime"), take.parts.text(&utc));
            take.parts.add(name, value);
        }
    }
}
