//! Which fields a hunt reads, and which of them says what an event did.
//!
//! In: an event. Out: the kind of thing that it is about, and the thing. Never here: which process did it.

use super::owned;
use crate::check::PROCESS_GUIDS;
use crate::event::{EventView, FieldPath, Layout, Slot};
use crate::sysmon::Catalogue;

/// Kinds of things that hang from a process, in the order in which they are shown.
pub(super) const KINDS: [&str; 7] = ["files", "registry", "connections", "names", "pipes", "images", "other"];

/// What an event is about: its id, the kind, and the fields, each with what stands before it.
type Row = (u32, usize, &'static [(&'static str, &'static str)]);

const FILE: &[(&str, &str)] = &[("", "TargetFilename")];
const PIPE: &[(&str, &str)] = &[("", "PipeName")];
const TABLE: &[Row] = &[
    (2, 0, FILE),
    (3, 2, &[("", "DestinationIp"), (":", "DestinationPort"), (" ", "Protocol"), (" ", "DestinationHostname")]),
    (7, 5, &[("", "ImageLoaded")]),
    (9, 6, &[("", "Device")]),
    (11, 0, FILE),
    (12, 1, &[("", "TargetObject")]),
    (13, 1, &[("", "TargetObject"), (" = ", "Details")]),
    (14, 1, &[("", "TargetObject"), (" -> ", "NewName")]),
    (15, 0, FILE),
    (17, 4, PIPE),
    (18, 4, PIPE),
    (22, 3, &[("", "QueryName")]),
    (23, 0, FILE),
    (24, 6, &[("", "ClientInfo")]),
    (25, 6, &[("", "Type")]),
    (26, 0, FILE),
    (27, 0, FILE),
    (28, 0, FILE),
    (29, 0, FILE),
    (100, 6, &[("", "BpfCommand"), (" ", "BpfProgramName")]),
];

/// Where the fields are.
pub(super) struct Fields {
    pub layout: Layout,
    pub time: Slot,
    pub host: Slot,
    /// In the order of [`PROCESS_GUIDS`].
    pub guids: [Slot; 4],
    pub pid: Slot,
    pub source_pid: Slot,
    pub target_pid: Slot,
    pub image: Slot,
    pub source_image: Slot,
    pub target_image: Slot,
    pub command_line: Slot,
    pub current_directory: Slot,
    pub user: Slot,
    pub source_user: Slot,
    pub target_user: Slot,
    pub integrity: Slot,
    pub hashes: Slot,
    pub parent_pid: Slot,
    pub parent_image: Slot,
    pub parent_command_line: Slot,
    pub parent_user: Slot,
    pub rule_name: Slot,
    pub rights: Slot,
    pub destination: Slot,
    pub port: Slot,
    /// The slots of the table's fields, row by row.
    things: Vec<Vec<Slot>>,
}

impl Fields {
    /// `None`: more fields than a layout can hold.
    pub(super) fn new(catalogue: &Catalogue) -> Option<Self> {
        let mut layout = Layout::new();
        let mut path = |path: &str| layout.slot(FieldPath { name: path.to_string(), paths: vec![path.to_string()] });
        let (time, host) = (path("@timestamp")?, path("winlog.computer_name")?);
        let mut slot = |name: &str| layout.slot(catalogue.resolve(name).path);
        let [own, parent, source, target] = PROCESS_GUIDS;
        let mut things = Vec::with_capacity(TABLE.len());
        for (_, _, fields) in TABLE {
            things.push(fields.iter().map(|(_, name)| slot(name)).collect::<Option<Vec<_>>>()?);
        }
        Some(Self {
            time,
            host,
            guids: [slot(own)?, slot(parent)?, slot(source)?, slot(target)?],
            pid: slot("ProcessId")?,
            source_pid: slot("SourceProcessId")?,
            target_pid: slot("TargetProcessId")?,
            image: slot("Image")?,
            source_image: slot("SourceImage")?,
            target_image: slot("TargetImage")?,
            command_line: slot("CommandLine")?,
            current_directory: slot("CurrentDirectory")?,
            user: slot("User")?,
            source_user: slot("SourceUser")?,
            target_user: slot("TargetUser")?,
            integrity: slot("IntegrityLevel")?,
            hashes: slot("Hashes")?,
            parent_pid: slot("ParentProcessId")?,
            parent_image: slot("ParentImage")?,
            parent_command_line: slot("ParentCommandLine")?,
            parent_user: slot("ParentUser")?,
            rule_name: slot("RuleName")?,
            rights: slot("GrantedAccess")?,
            destination: slot("DestinationIp")?,
            port: slot("DestinationPort")?,
            things,
            layout,
        })
    }
}

/// What an event did: the number of its kind, and the thing. `None`: nothing that hangs from a process.
pub(super) fn thing(id: u32, view: &dyn EventView, fields: &Fields) -> Option<(usize, String)> {
    let at = TABLE.iter().position(|(of, ..)| *of == id)?;
    let (_, kind, names) = TABLE.get(at)?;
    let mut what = String::new();
    for ((before, _), slot) in names.iter().zip(fields.things.get(at)?) {
        if let Some(text) = owned(view, *slot).filter(|text| !text.is_empty() && text != "-") {
            what.push_str(before);
            what.push_str(&text);
        }
    }
    Some((*kind, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_a_process_says_what_it_did() {
        let catalogue = Catalogue::standard();
        for event in catalogue.events.iter().filter(|event| event.name.starts_with("sysmon.")) {
            let of_process = event.fields.iter().any(|field| field == "ProcessGuid");
            // The process itself began or ended.
            let own = matches!(event.id, 1 | 5);
            let has = TABLE.iter().any(|(id, ..)| *id == event.id);
            assert_eq!(of_process && !own, has, "{}", event.name);
            for (_, name) in TABLE.iter().filter(|(id, ..)| *id == event.id).flat_map(|(.., names)| *names) {
                assert!(event.fields.iter().any(|field| field == name), "{} {name}", event.name);
            }
        }
    }
}
