//! The tags of Sysmon's configuration: which events each stands for, and what happens to them where no node names it.
//!
//! In: nothing. Out: [`TAGS`], in the order of the product's manifest. Never here: fields; those are the catalogue's.

/// An element of `EventFiltering` that holds rules for one event, or for a series of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Tag {
    /// As it is written; case counts.
    pub name: &'static str,
    /// The ids of its events.
    pub ids: &'static [u32],
    /// Are they logged where no node names the tag?
    pub logged: bool,
    /// The schema version that brought it, as in 4.50.
    pub since: (u16, u16),
}

/// All of them.
pub const TAGS: &[Tag] = &[
    Tag { name: "ProcessCreate", ids: &[1], logged: true, since: (1, 0) },
    Tag { name: "FileCreateTime", ids: &[2], logged: false, since: (1, 0) },
    Tag { name: "NetworkConnect", ids: &[3], logged: false, since: (1, 0) },
    Tag { name: "ProcessTerminate", ids: &[5], logged: true, since: (1, 0) },
    Tag { name: "DriverLoad", ids: &[6], logged: false, since: (1, 0) },
    Tag { name: "ImageLoad", ids: &[7], logged: false, since: (1, 0) },
    Tag { name: "CreateRemoteThread", ids: &[8], logged: false, since: (1, 0) },
    Tag { name: "RawAccessRead", ids: &[9], logged: false, since: (3, 10) },
    Tag { name: "ProcessAccess", ids: &[10], logged: false, since: (3, 10) },
    Tag { name: "FileCreate", ids: &[11], logged: false, since: (3, 20) },
    Tag { name: "RegistryEvent", ids: &[12, 13, 14], logged: false, since: (3, 20) },
    Tag { name: "FileCreateStreamHash", ids: &[15], logged: false, since: (3, 20) },
    Tag { name: "PipeEvent", ids: &[17, 18], logged: false, since: (3, 30) },
    Tag { name: "WmiEvent", ids: &[19, 20, 21], logged: false, since: (3, 40) },
    Tag { name: "DnsQuery", ids: &[22], logged: false, since: (4, 21) },
    Tag { name: "FileDelete", ids: &[23], logged: false, since: (4, 30) },
    Tag { name: "ClipboardChange", ids: &[24], logged: false, since: (4, 40) },
    Tag { name: "ProcessTampering", ids: &[25], logged: false, since: (4, 50) },
    Tag { name: "FileDeleteDetected", ids: &[26], logged: false, since: (4, 60) },
    Tag { name: "FileBlockExecutable", ids: &[27], logged: false, since: (4, 82) },
    Tag { name: "FileBlockShredding", ids: &[28], logged: false, since: (4, 83) },
    Tag { name: "FileExecutableDetected", ids: &[29], logged: false, since: (4, 90) },
    // Sysmon for Linux alone has it.
    Tag { name: "eBPFEvent", ids: &[100], logged: false, since: (1, 0) },
];

/// The tag of this name.
pub fn named(name: &str) -> Option<&'static Tag> {
    TAGS.iter().find(|tag| tag.name == name)
}

/// The tag of the events with this id. Those that no configuration filters have none.
pub fn of_event(id: u32) -> Option<&'static Tag> {
    TAGS.iter().find(|tag| tag.ids.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::super::events;
    use super::*;

    #[test]
    fn every_event_but_those_that_are_always_logged_has_one_tag() {
        for event in events::all() {
            let count = TAGS.iter().filter(|tag| tag.ids.contains(&event.id)).count();
            assert_eq!(count, usize::from(!event.tamper), "{}", event.name);
        }
    }

    #[test]
    fn only_two_tags_are_logged_without_a_node() {
        let logged: Vec<&str> = TAGS.iter().filter(|tag| tag.logged).map(|tag| tag.name).collect();
        assert_eq!(logged, ["ProcessCreate", "ProcessTerminate"]);
        assert_eq!(named("processcreate"), None);
        assert_eq!(of_event(13), named("RegistryEvent"));
        assert_eq!(of_event(4), None);
    }
}
