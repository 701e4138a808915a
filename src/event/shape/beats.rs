//! Winlogbeat 6: the header at the top, the event's data under `event_data`.
//!
//! In: the members of a record. Out: parts. Never here: version 7 and later, which rules see as it stands.

use super::take::Take;
use crate::event::agent::{Head, Pair};
use crate::event::json::Damage;

/// Takes a record apart.
pub(super) fn take(take: &mut Take<'_>, members: &[Pair]) -> Result<(), Damage> {
    for member in members {
        let head = match take.bytes(member.name) {
            b"@timestamp" => {
                take.put_time(member.value);
                continue;
            }
            b"source_name" => Head::Provider,
            b"provider_guid" => Head::ProviderGuid,
            b"event_id" => Head::EventId,
            b"version" => Head::Version,
            b"record_number" => Head::RecordId,
            b"activity_id" => Head::Activity,
            b"related_activity_id" => Head::RelatedActivity,
            b"process_id" => Head::ProcessId,
            b"thread_id" => Head::ThreadId,
            b"log_name" => Head::Channel,
            b"computer_name" => Head::Computer,
            b"message" => Head::Message,
            b"level" => Head::LevelName,
            b"task" => Head::TaskName,
            b"opcode" => Head::OpcodeName,
            b"keywords" => {
                take.parts.put(Head::KeywordNames, member.value);
                continue;
            }
            b"tags" => {
                take.parts.put(Head::Tags, member.value);
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
            b"beat" | b"agent" => {
                for (name, head) in [
                    (b"name".as_slice(), Head::AgentName),
                    (b"hostname", Head::AgentHostname),
                    (b"version", Head::AgentVersion),
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
            b"fields" | b"@metadata" => {
                take.parts.beside.push(*member);
                continue;
            }
            b"user_data" => {
                for pair in take.members(member.value)? {
                    if take.bytes(pair.name) == b"xml_name" {
                        let name = take.parts.unescaped(take.record, pair.value)?;
                        take.parts.user_element = Some(name);
                    } else {
                        take.parts.user_data.push(pair);
                    }
                }
                continue;
            }
            // What the agent says of itself and of where it sends to.
            _other => continue,
        };
        take.put(head, member.value);
    }
    Ok(())
}
