//! What is missing from an event of no known form.
//!
//! In: the names of the fields of an event that stands in a test file. Out: which key it lacks, or has under another name, and the way out.
//! Never here: how forms are told; the reader does that, and this is asked when it knew none.

use std::collections::BTreeSet;

use crate::diagnostic::nearest;
use crate::testing::case::Named;

/// The keys of flat events, by which their form is known: those of the id, and those of whoever wrote it.
const IDS: [&str; 4] = ["EventID", "EventId", "Event_ID", "EventCode"];
const ORIGINS: [&str; 9] = [
    "Channel",
    "SourceName",
    "ProviderName",
    "Provider_Name",
    "Provider",
    "EventLog",
    "Source",
    "EventSourceName",
    "LogName",
];
/// Top fields of the Elastic Common Schema that events of Windows have.
const ECS: [&str; 13] = [
    "event",
    "process",
    "dns",
    "file",
    "registry",
    "source",
    "destination",
    "network",
    "host",
    "user",
    "ecs",
    "log",
    "related",
];

/// What is wrong and what to do.
pub(super) struct Lack {
    pub(super) message: String,
    pub(super) help: String,
    /// The name that is meant; `None`: the event as a whole.
    pub(super) at: Option<usize>,
}

/// What an event with these names lacks; `None`: nothing that can be told by them.
pub(super) fn lack(names: &[Named]) -> Option<Lack> {
    let top = |named: &Named| named.name.split('.').next().unwrap_or_default().to_string();
    let tops: BTreeSet<String> = names.iter().map(top).collect();
    let has = |keys: &[&str]| keys.iter().any(|key| tops.contains(*key));
    let told = |message: &str, help: &str, at: Option<usize>| {
        Some(Lack { message: message.to_string(), help: help.to_string(), at })
    };
    if names.is_empty() {
        return None;
    }
    if let Some(at) = names.iter().position(|named| named.name == "winlog") {
        let help = "write `provider_name`, `event_id` and `event_data` below `winlog:`";
        return told("`winlog` holds no fields here", help, Some(at));
    }
    let misspelt = |named: &Named| nearest(&top(named), ["winlog"]).is_some();
    if let Some((at, key)) = names.iter().enumerate().find(|(_, named)| misspelt(named)).map(|(at, it)| (at, top(it))) {
        return told(&format!("`{key}` is no key that an event begins with"), "did you mean `winlog`?", Some(at));
    }
    let flat = "`EventID: 22` and `Channel: Microsoft-Windows-Sysmon/Operational`";
    match (has(&IDS), has(&ORIGINS)) {
        (true, false) => {
            let help = "write `Channel: Microsoft-Windows-Sysmon/Operational` beside its id, or `SourceName: Microsoft-Windows-Sysmon`";
            return told(
                "this flat event has no `Channel` and no `SourceName`, so nobody knows whose it is",
                help,
                None,
            );
        }
        (false, true) => {
            let id = names.iter().position(|named| nearest(&top(named), IDS).is_some());
            let help = "write `EventID: 22` beside it, or the number of another event";
            return told("this flat event has no `EventID`, so nobody knows which it is", help, id);
        }
        (false, false) | (true, true) => {}
    }
    if has(&ECS) {
        let help = "write `winlog:` with `provider_name`, `event_id` and `event_data` beside them: the pipeline leaves it there";
        return told("this event has fields of the Elastic Common Schema, and no `winlog`", help, None);
    }
    let help = format!(
        "write these fields below `winlog: event_data:`, with `provider_name` and `event_id` below `winlog:`; or write {flat} beside them"
    );
    told("this event has no `winlog`, and nothing else by which it is known", &help, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Origin, SourceId};

    fn told(names: &[&str]) -> String {
        let origin = Origin::whole(SourceId(0));
        let names: Vec<Named> = names.iter().map(|name| Named { name: (*name).to_string(), origin }).collect();
        lack(&names).map(|lack| lack.message).unwrap_or_default()
    }

    #[test]
    fn the_missing_key_is_named() {
        assert_eq!(
            told(&["EventID", "QueryName"]),
            "this flat event has no `Channel` and no `SourceName`, so nobody knows whose it is"
        );
        assert_eq!(told(&["Channel", "QueryName"]), "this flat event has no `EventID`, so nobody knows which it is");
        assert_eq!(told(&["QueryName"]), "this event has no `winlog`, and nothing else by which it is known");
        let ecs = "this event has fields of the Elastic Common Schema, and no `winlog`";
        assert_eq!(told(&["event.code", "dns.question.name"]), ecs);
        assert_eq!(told(&["winlogs.event_id"]), "`winlogs` is no key that an event begins with");
        assert_eq!(told(&["winlog"]), "`winlog` holds no fields here");
        assert_eq!(told(&[]), "");
    }
}
