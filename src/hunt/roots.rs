//! Windows' own processes from which everything descends.
//!
//! In: the image of a process, and its parent's. Out: whether the walk stops there. Never here: events.
//!
//! A hunt that goes from a program to `explorer.exe`, which started it, and on to all else that `explorer.exe` started, ends with the whole
//! machine. So the walk stops at these processes: they are shown, with what leads to them, and not gone through. But a name is easily
//! taken: only the full path counts, and the parent that Windows itself gives such a process.
//!
//! | the event of its creation | the walk |
//! | --- | --- |
//! | is there, with the expected path and parent | stops |
//! | is there, with that path and another parent | goes through: that is no process of Windows' own |
//! | is not in the log, other events name the path | stops, and the hunt says so: it rests on the path alone |

use rustc_hash::{FxHashMap, FxHashSet};

use super::Guid;

/// The paths, each with the parents that Windows gives it. `System` is the kernel's own process, which nothing creates.
const TABLE: &[(&str, &[&str])] = &[
    ("System", &[]),
    (r"C:\Windows\System32\smss.exe", &["System", r"C:\Windows\System32\smss.exe"]),
    (r"C:\Windows\System32\csrss.exe", &[r"C:\Windows\System32\smss.exe"]),
    (r"C:\Windows\System32\wininit.exe", &[r"C:\Windows\System32\smss.exe"]),
    (r"C:\Windows\System32\winlogon.exe", &[r"C:\Windows\System32\smss.exe"]),
    (r"C:\Windows\System32\services.exe", &[r"C:\Windows\System32\wininit.exe"]),
    (r"C:\Windows\System32\lsass.exe", &[r"C:\Windows\System32\wininit.exe"]),
    (r"C:\Windows\System32\svchost.exe", &[r"C:\Windows\System32\services.exe"]),
    (r"C:\Windows\explorer.exe", &[r"C:\Windows\System32\userinit.exe", r"C:\Windows\System32\winlogon.exe"]),
];

/// Why the walk stops at a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Windows' own: the event of its creation has the expected path and parent.
    Created,
    /// The path is Windows' own; the event of its creation is not in the log.
    Path,
    /// Its path was named by whoever hunts.
    Asked,
    /// The path is Windows' own and the parent is not: the walk goes through.
    Foreign,
}

impl Standing {
    /// Does the walk stop there?
    pub fn stops(self) -> bool {
        match self {
            Standing::Created | Standing::Path | Standing::Asked => true,
            Standing::Foreign => false,
        }
    }
}

/// Where whoever hunts wants the walk to stop besides, and where not.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// Paths of images, as [`plain`] writes them.
    paths: FxHashSet<String>,
    /// Paths at which it does not stop.
    through: FxHashSet<String>,
    /// Processes at which it does not stop.
    pub guids: FxHashSet<Guid>,
}

impl Stops {
    /// Also at images with this path.
    pub fn stop_at(&mut self, path: &str) {
        self.paths.insert(plain(path));
    }

    /// Not at images with this path.
    pub fn through(&mut self, path: &str) {
        self.through.insert(plain(path));
    }
}

/// Which of the processes that were seen are such roots. One entry each of them; all others have none.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    stops: Stops,
    known: FxHashMap<Guid, Standing>,
}

impl Roots {
    /// None seen yet.
    pub fn new(stops: Stops) -> Self {
        Self { stops, known: FxHashMap::default() }
    }

    /// A process was created.
    pub fn created(&mut self, guid: Guid, image: &str, parent_image: &str) {
        let Some(parents) = self.of(image) else { return };
        let standing = match parents {
            None => Standing::Asked,
            Some(parents) if parents.iter().any(|parent| same(parent_image, parent)) => Standing::Created,
            Some(_) => Standing::Foreign,
        };
        // Two events that create one process and disagree: the one that is not Windows' own decides.
        let known = self.known.entry(guid).or_insert(standing);
        if *known != Standing::Foreign {
            *known = standing;
        }
    }

    /// An event names a process and its image.
    pub fn named(&mut self, guid: Guid, image: &str) {
        if let Some(parents) = self.of(image) {
            let standing = if parents.is_some() { Standing::Path } else { Standing::Asked };
            self.known.entry(guid).or_insert(standing);
        }
    }

    /// What is known of a process.
    pub fn standing(&self, guid: Guid) -> Option<Standing> {
        if self.stops.guids.contains(&guid) {
            return None;
        }
        self.known.get(&guid).copied()
    }

    /// Does the walk stop there?
    pub fn stops(&self, guid: Guid) -> bool {
        self.standing(guid).is_some_and(Standing::stops)
    }

    /// The parents that such an image must have; `Some(None)`: any.
    fn of(&self, image: &str) -> Option<Option<&'static [&'static str]>> {
        let (paths, through) = (&self.stops.paths, &self.stops.through);
        if !paths.is_empty() || !through.is_empty() {
            let image = plain(image);
            if through.contains(&image) {
                return None;
            }
            if paths.contains(&image) {
                return Some(None);
            }
        }
        TABLE.iter().find(|(path, _)| same(image, path)).map(|(_, parents)| Some(*parents))
    }
}

/// Is a path, as an event writes it, this one?
fn same(written: &str, path: &str) -> bool {
    if written.len() == path.len() {
        return written.eq_ignore_ascii_case(path);
    }
    // Windows writes the first processes of a session with other beginnings.
    if let Some(rest) = strip(written, r"\??\") {
        return rest.eq_ignore_ascii_case(path);
    }
    match (strip(written, r"\SystemRoot\"), strip(path, r"C:\Windows\")) {
        (Some(written), Some(path)) => written.eq_ignore_ascii_case(path),
        _ => false,
    }
}

/// A path in one spelling.
fn plain(path: &str) -> String {
    let path = path.trim();
    let path = strip(path, r"\??\").unwrap_or(path);
    match strip(path, r"\SystemRoot\") {
        Some(rest) => format!(r"c:\windows\{}", rest.to_ascii_lowercase()),
        None => path.to_ascii_lowercase(),
    }
}

fn strip<'t>(text: &'t str, begin: &str) -> Option<&'t str> {
    let (first, rest) = text.split_at_checked(begin.len())?;
    first.eq_ignore_ascii_case(begin).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guid(n: u32) -> Guid {
        Guid::read(&format!("{{00000000-0000-0000-0000-0000{n:08x}}}")).process().unwrap()
    }

    fn standing(image: &str, parent: Option<&str>) -> Option<Standing> {
        let mut roots = Roots::new(Stops::default());
        match parent {
            Some(parent) => roots.created(guid(1), image, parent),
            None => roots.named(guid(1), image),
        }
        roots.standing(guid(1))
    }

    #[test]
    fn the_full_path_and_the_expected_parent_make_a_root() {
        let userinit = r"C:\Windows\System32\userinit.exe";
        for (image, parent, expected) in [
            (r"C:\Windows\explorer.exe", Some(userinit), Some(Standing::Created)),
            (r"c:\windows\EXPLORER.EXE", Some(r"c:\windows\system32\USERINIT.exe"), Some(Standing::Created)),
            (r"\??\C:\Windows\System32\winlogon.exe", Some(r"\SystemRoot\System32\smss.exe"), Some(Standing::Created)),
            (r"C:\Windows\explorer.exe", Some(r"C:\Users\a\explorer.exe"), Some(Standing::Foreign)),
            (r"C:\Windows\explorer.exe", Some(""), Some(Standing::Foreign)),
            (r"C:\Windows\explorer.exe", None, Some(Standing::Path)),
            (r"C:\Users\a\explorer.exe", Some(userinit), None),
            (r"D:\Windows\explorer.exe", Some(userinit), None),
            ("explorer.exe", None, None),
            (r"C:\Windows\System32\cmd.exe", Some(r"C:\Windows\explorer.exe"), None),
            ("System", None, Some(Standing::Path)),
        ] {
            assert_eq!(standing(image, parent), expected, "{image} {parent:?}");
        }
    }

    #[test]
    fn the_event_of_the_creation_counts_more_than_the_path_in_others() {
        let mut roots = Roots::new(Stops::default());
        roots.named(guid(1), r"C:\Windows\System32\svchost.exe");
        assert!(roots.stops(guid(1)));
        roots.created(guid(1), r"C:\Windows\System32\svchost.exe", r"C:\Windows\System32\cmd.exe");
        assert!(!roots.stops(guid(1)));
        roots.named(guid(1), r"C:\Windows\System32\svchost.exe");
        roots.created(guid(1), r"C:\Windows\System32\svchost.exe", r"C:\Windows\System32\services.exe");
        assert!(!roots.stops(guid(1)));
    }

    #[test]
    fn whoever_hunts_says_where_else_to_stop_and_where_not() {
        let mut stops = Stops::default();
        stops.stop_at(r"C:\Tools\Agent.exe");
        stops.through(r"C:\Windows\explorer.exe");
        let mut roots = Roots::new(stops);
        roots.created(guid(1), r"c:\tools\agent.exe", "whatever");
        roots.named(guid(2), r"C:\Windows\explorer.exe");
        assert_eq!(roots.standing(guid(1)), Some(Standing::Asked));
        assert_eq!(roots.standing(guid(2)), None);
    }
}
