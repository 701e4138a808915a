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
//! | is there, with that path, and Sysmon did not know the parent | stops, and the hunt says so |
//! | is there, with that path and another parent | goes through: that is no process of Windows' own |
//! | is there, with another path, whatever other events say | goes through |
//! | is not in the log, other events name the path | stops, and the hunt says so: it rests on the path alone |
//!
//! Of several that disagree the one further down this table's first four rows counts, in whatever order they come. For the fourth row all
//! processes with another path are kept, 16 bytes each, up to [`HUNT_LINKS`]; where there are more, a second look at all events
//! settles it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Guid, Note};
use crate::limits::HUNT_LINKS;

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
    // Linux' own: the first process, and the one of each user.
    ("/usr/lib/systemd/systemd", SYSTEMD),
    ("/lib/systemd/systemd", SYSTEMD),
    ("/sbin/init", SYSTEMD),
];
const SYSTEMD: &[&str] = &["/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/sbin/init"];

/// What is known of a process that may be such a root. Of two the greater one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The path is Windows' own; the event of its creation is not in the log.
    Path,
    /// Its path was named by whoever hunts.
    Asked,
    /// Windows' own: the event of its creation has the expected path and parent.
    Created,
    /// Windows' own by the path in the event of its creation; Sysmon did not know the parent.
    Orphan,
    /// The path is Windows' own and the parent is not: the walk goes through.
    Foreign,
    /// Events name such a path, the event of its creation names another one: the walk goes through.
    Other,
}

impl Standing {
    /// Does the walk stop there?
    pub fn stops(self) -> bool {
        match self {
            Standing::Path | Standing::Asked | Standing::Created | Standing::Orphan => true,
            Standing::Foreign | Standing::Other => false,
        }
    }
}

/// Where whoever hunts wants the walk to stop besides, and where not.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// Paths of images, as [`plain`] writes them; what was given, and whether a process has it.
    paths: FxHashMap<String, Given>,
    /// Paths at which it does not stop.
    through: FxHashMap<String, Given>,
    /// Processes at which it does not stop.
    pub guids: FxHashSet<Guid>,
}

/// A path that somebody gave.
#[derive(Clone, Debug)]
struct Given {
    text: String,
    is_used: bool,
}

impl Stops {
    /// Also at images with this path.
    pub fn stop_at(&mut self, path: &str) {
        self.paths.insert(plain(path), Given { text: path.to_string(), is_used: false });
    }

    /// Not at images with this path.
    pub fn through(&mut self, path: &str) {
        self.through.insert(plain(path), Given { text: path.to_string(), is_used: false });
    }
}

/// Which of the processes that were seen are such roots.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    stops: Stops,
    /// Those that any event names with such a path.
    known: FxHashMap<Guid, Standing>,
    /// Those that were created with another path, as far as they fit.
    others: FxHashSet<Guid>,
    /// They did not fit.
    over: bool,
}

impl Roots {
    /// None seen yet.
    pub fn new(stops: Stops) -> Self {
        Self { stops, known: FxHashMap::default(), others: FxHashSet::default(), over: false }
    }

    /// A process was created; the parent's image is `None` where Sysmon did not know it.
    pub fn created(&mut self, guid: Guid, image: &str, parent_image: Option<&str>) {
        let standing = match (self.of(image), parent_image) {
            (None, _) => {
                if let Some(known) = self.known.get_mut(&guid) {
                    *known = Standing::Other;
                } else if !self.over {
                    self.others.insert(guid);
                    self.over = self.others.len() > HUNT_LINKS;
                    if self.over {
                        self.others = FxHashSet::default();
                    }
                }
                return;
            }
            (Some(None), _) => Standing::Asked,
            (Some(Some(_)), None) => Standing::Orphan,
            (Some(Some(parents)), Some(parent)) if parents.iter().any(|path| same(parent, path)) => Standing::Created,
            (Some(Some(_)), Some(_)) => Standing::Foreign,
        };
        self.add(guid, standing);
    }

    /// An event names a process and its image.
    pub fn named(&mut self, guid: Guid, image: &str) {
        if let Some(parents) = self.of(image) {
            self.add(guid, if parents.is_some() { Standing::Path } else { Standing::Asked });
        }
    }

    fn add(&mut self, guid: Guid, standing: Standing) {
        let standing = if self.others.contains(&guid) { Standing::Other } else { standing };
        let known = self.known.entry(guid).or_insert(standing);
        *known = standing.max(*known);
    }

    /// Is everything known that the events say? If not, all of them must be taken a second time.
    pub fn is_settled(&self) -> bool {
        !self.over
    }

    /// Are there more of them than can be kept?
    pub fn is_full(&self) -> bool {
        self.known.len() > HUNT_LINKS
    }

    /// What is known of a process.
    pub fn standing(&self, guid: Guid) -> Option<Standing> {
        if self.stops.guids.contains(&guid) {
            return None;
        }
        self.known.get(&guid).copied()
    }

    /// Does the walk stop there? Why?
    pub fn stops(&self, guid: Guid) -> Option<Standing> {
        self.standing(guid).filter(|standing| standing.stops())
    }

    /// What whoever hunts asked for in vain.
    pub fn in_vain(&self) -> Vec<Note> {
        let unused = |given: &FxHashMap<String, Given>, option: &'static str| {
            let unused = given.values().filter(|given| !given.is_used);
            unused.map(|given| Note::InVain { option, value: given.text.clone() }).collect::<Vec<_>>()
        };
        let mut all = unused(&self.stops.paths, "--stop-at");
        all.extend(unused(&self.stops.through, "--through"));
        let guids = self.stops.guids.iter().filter(|guid| !self.known.get(guid).is_some_and(|known| known.stops()));
        all.extend(guids.map(|guid| Note::InVain { option: "--through", value: guid.to_string() }));
        all.sort_by_cached_key(|note| note.text(&str::to_string));
        all
    }

    /// The parents that such an image must have; `Some(None)`: any.
    fn of(&mut self, image: &str) -> Option<Option<&'static [&'static str]>> {
        let (paths, through) = (&mut self.stops.paths, &mut self.stops.through);
        if !paths.is_empty() || !through.is_empty() {
            let image = plain(image);
            if let Some(given) = through.get_mut(&image) {
                given.is_used = true;
                return None;
            }
            if let Some(given) = paths.get_mut(&image) {
                given.is_used = true;
                return Some(None);
            }
        }
        TABLE.iter().find(|(path, _)| same(image, path)).map(|(_, parents)| Some(*parents))
    }
}

/// Is a path, as an event writes it, this one?
fn same(written: &str, path: &str) -> bool {
    // Case counts on Linux.
    if path.starts_with('/') {
        return written == path;
    }
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
            Some(parent) => roots.created(guid(1), image, (parent != "?").then_some(parent)),
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
            (r"C:\Windows\explorer.exe", Some("?"), Some(Standing::Orphan)),
            (r"C:\Users\a\explorer.exe", Some("?"), None),
            (r"C:\Windows\explorer.exe", None, Some(Standing::Path)),
            (r"C:\Users\a\explorer.exe", Some(userinit), None),
            (r"D:\Windows\explorer.exe", Some(userinit), None),
            ("explorer.exe", None, None),
            (r"C:\Windows\System32\cmd.exe", Some(r"C:\Windows\explorer.exe"), None),
            ("System", None, Some(Standing::Path)),
            ("/usr/lib/systemd/systemd", None, Some(Standing::Path)),
            ("/usr/lib/systemd/systemd", Some("/sbin/init"), Some(Standing::Created)),
            ("/usr/lib/systemd/systemd", Some("/tmp/init"), Some(Standing::Foreign)),
            ("/usr/lib/systemd/SYSTEMD", None, None),
        ] {
            assert_eq!(standing(image, parent), expected, "{image} {parent:?}");
        }
    }

    #[test]
    fn the_event_of_the_creation_counts_more_than_the_path_in_others_in_any_order() {
        const SVCHOST: &str = r"C:\Windows\System32\svchost.exe";
        const SERVICES: &str = r"C:\Windows\System32\services.exe";
        type Said<'a> = (&'a dyn Fn(&mut Roots), Standing);
        let said: [Said<'_>; 5] = [
            (&|roots| roots.named(guid(1), SVCHOST), Standing::Path),
            (&|roots| roots.created(guid(1), SVCHOST, Some(SERVICES)), Standing::Created),
            (&|roots| roots.created(guid(1), SVCHOST, None), Standing::Orphan),
            (&|roots| roots.created(guid(1), SVCHOST, Some(r"C:\x.exe")), Standing::Foreign),
            (&|roots| roots.created(guid(1), r"C:\x.exe", Some(SERVICES)), Standing::Other),
        ];
        for (at, (first, less)) in said.iter().enumerate() {
            for (second, more) in said.iter().skip(at + 1) {
                assert!(less < more);
                let (mut roots, mut turned) = (Roots::default(), Roots::default());
                first(&mut roots);
                second(&mut roots);
                second(&mut turned);
                first(&mut turned);
                assert_eq!((roots.standing(guid(1)), turned.standing(guid(1))), (Some(*more), Some(*more)));
            }
        }
    }

    #[test]
    fn where_those_with_other_paths_do_not_fit_a_second_look_settles_it() {
        let mut roots = Roots { over: true, ..Roots::default() };
        let events = |roots: &mut Roots| {
            roots.created(guid(1), r"C:\x.exe", Some(r"C:\y.exe"));
            roots.named(guid(1), r"C:\Windows\explorer.exe");
        };
        events(&mut roots);
        assert!(!roots.is_settled() && roots.stops(guid(1)).is_some());
        events(&mut roots);
        assert_eq!(roots.standing(guid(1)), Some(Standing::Other));
    }

    #[test]
    fn whoever_hunts_says_where_else_to_stop_and_where_not() {
        let mut stops = Stops::default();
        stops.stop_at(r"C:\Tools\Agent.exe");
        stops.through(r"C:\Windows\explorer.exe");
        let mut roots = Roots::new(stops);
        assert_eq!(roots.in_vain().len(), 2);
        roots.created(guid(1), r"c:\tools\agent.exe", Some("whatever"));
        roots.named(guid(2), r"C:\Windows\explorer.exe");
        assert_eq!(roots.standing(guid(1)), Some(Standing::Asked));
        assert_eq!(roots.standing(guid(2)), None);
        assert!(roots.in_vain().is_empty());
    }
}
