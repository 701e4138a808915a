//! Names of files of the project, as the page sends them.
//!
//! In: a text from a stranger. Out: a path below the project's folder whose every part is a plain name on every system, and
//! what kind of file it is; or why it is none. Never here: the disk. That a part is no link is asked where it is opened.

/// Bytes of a whole path.
const PATH_BYTES: usize = 1024;
/// Bytes of one name. Systems take 255; a file is written beside its place under a longer name.
const NAME_BYTES: usize = 200;
/// Folders and file of one path.
pub(super) const DEPTH: usize = 16;
/// The folder of the sample events.
pub(super) const EVENTS: &str = "events";

/// What a file of the project is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Rules as text or as a workspace.
    Rules,
    /// Rules of Sigma. Other files in YAML have the same endings: what one holds decides whether it is opened.
    Sigma,
    /// Where the blocks of a rule file stand.
    Layout,
    /// Tests of rules.
    Tests,
    /// A lookup table.
    Table,
    /// A part of a template: below a folder `templates`.
    Template,
    /// A configuration of Sysmon: below a folder `config`.
    Sysmon,
    /// blocksieve.toml; sigma.toml in any folder.
    Settings,
    /// Something to read about the project. Nobody writes it here.
    Notes,
}

/// Endings of files that can be opened. A longer ending stands before one that it ends with.
const ENDINGS: &[(&str, Kind)] = &[
    (".rule", Kind::Rules),
    (".blocks.json", Kind::Rules),
    (".blocks.xml", Kind::Rules),
    (".layout.json", Kind::Layout),
    (".test.yaml", Kind::Tests),
    (".test.yml", Kind::Tests),
    (".yml", Kind::Sigma),
    (".yaml", Kind::Sigma),
    (".csv", Kind::Table),
    (".md", Kind::Notes),
];

/// Endings of parts of templates, below a folder of that name.
const TEMPLATE_ENDINGS: &[&str] = &[".txt", ".html"];

/// Endings of files of events. What they hold is told by content; this keeps other things out of the list.
const EVENT_ENDINGS: &[&str] = &[
    ".ndjson", ".jsonl", ".json", ".xml", ".evtx", ".csv", ".log", ".txt", ".syslog", ".gz", ".zst", ".zip", ".tar",
    ".tgz",
];

impl Kind {
    /// Of a file with this path.
    fn of(path: &str) -> Option<Kind> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if path == super::super::project::FILE || name == crate::source::sigma::setup::FILE {
            return Some(Kind::Settings);
        }
        let in_templates = path.starts_with("templates/") || path.contains("/templates/");
        if in_templates && TEMPLATE_ENDINGS.iter().any(|ending| named(path, ending)) {
            return Some(Kind::Template);
        }
        let in_config = path.starts_with("config/") || path.contains("/config/");
        if in_config && named(path, ".xml") && !named(path, ".blocks.xml") {
            return Some(Kind::Sysmon);
        }
        ENDINGS.iter().find(|(ending, _)| named(path, ending)).map(|(_, kind)| *kind)
    }

    /// May it be changed from the page?
    pub(super) fn is_written(self) -> bool {
        match self {
            Kind::Rules
            | Kind::Sigma
            | Kind::Layout
            | Kind::Tests
            | Kind::Table
            | Kind::Template
            | Kind::Sysmon
            | Kind::Settings => true,
            Kind::Notes => false,
        }
    }
}

/// Does a path end so, with a name before the ending?
fn named(path: &str, ending: &str) -> bool {
    path.strip_suffix(ending).is_some_and(|before| !before.is_empty() && !before.ends_with('/'))
}

/// Why a text is no path of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathFault {
    /// It is no plain relative path.
    Unsafe(&'static str),
    /// Files of this kind are not opened here.
    UnknownEnding,
}

/// A path below the project's folder, with slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ProjectPath(String);

impl ProjectPath {
    /// A file of the project, and what it is.
    pub(super) fn file(text: &str) -> Result<(ProjectPath, Kind), PathFault> {
        plain(text)?;
        let kind = Kind::of(text).ok_or(PathFault::UnknownEnding)?;
        Ok((ProjectPath(text.to_string()), kind))
    }

    /// Could it hold something else than what files of this name hold here?
    pub(super) fn is_yaml(&self) -> bool {
        Kind::of(&self.0) == Some(Kind::Sigma)
    }

    /// A file of events.
    pub(super) fn sample(text: &str) -> Result<ProjectPath, PathFault> {
        plain(text)?;
        let below = text.strip_prefix(EVENTS).is_some_and(|rest| rest.starts_with('/'));
        let known = EVENT_ENDINGS.iter().any(|ending| named(text, ending));
        if below && known { Ok(ProjectPath(text.to_string())) } else { Err(PathFault::UnknownEnding) }
    }

    /// As the page knows it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its folders, outermost first, and its name.
    pub(super) fn parts(&self) -> (impl Iterator<Item = &str>, &str) {
        let (folders, name) = self.0.rsplit_once('/').unwrap_or(("", &self.0));
        (folders.split('/').filter(|folder| !folder.is_empty()), name)
    }
}

/// Is every part of it a plain name?
fn plain(text: &str) -> Result<(), PathFault> {
    if text.len() > PATH_BYTES {
        return Err(PathFault::Unsafe("it is too long"));
    }
    if text.split('/').count() > DEPTH {
        return Err(PathFault::Unsafe("it has too many folders"));
    }
    text.split('/').try_for_each(|name| plain_name(name).map_err(PathFault::Unsafe))
}

/// Is it a name that means itself, and nothing else, on every system? The help of [`PathFault::Unsafe`] says the same.
pub(super) fn plain_name(name: &str) -> Result<(), &'static str> {
    let bad = |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '/');
    if name.is_empty() {
        return Err("a part of it is empty; it begins with no slash");
    }
    if name.starts_with('.') {
        return Err("a part of it begins with a dot");
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return Err("a part of it begins or ends with a space, or ends with a dot");
    }
    if name.len() > NAME_BYTES {
        return Err("a part of it is too long");
    }
    if name.chars().any(bad) {
        return Err("it has a character that names cannot have everywhere");
    }
    if escaped(name) {
        return Err("it is percent-encoded twice");
    }
    if is_device(name) {
        return Err("a part of it is the name of a device of Windows");
    }
    Ok(())
}

/// Does something in it look like a percent-encoded byte? It was decoded once; nobody shall decode it again.
fn escaped(name: &str) -> bool {
    name.as_bytes()
        .windows(3)
        .any(|three| matches!(three, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// `NUL`, `com1.rule`, `CON .x`: these are devices in every folder of Windows.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut chars = rest.chars();
            matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
        || numbered("COM")
        || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_project_by_their_names() {
        let kind = |path: &str| ProjectPath::file(path).map(|(_, kind)| kind);
        assert_eq!(kind("filters/dns.rule"), Ok(Kind::Rules));
        assert_eq!(kind("a b/ü.blocks.json"), Ok(Kind::Rules));
        assert_eq!(kind("x.layout.json"), Ok(Kind::Layout));
        assert_eq!(kind("filters/dns.test.yaml"), Ok(Kind::Tests));
        assert_eq!(kind("tables/white.csv"), Ok(Kind::Table));
        assert_eq!(kind("templates/mail.txt"), Ok(Kind::Template));
        assert_eq!(kind("a/templates/b/mail.html"), Ok(Kind::Template));
        assert_eq!(kind("config/security.xml"), Ok(Kind::Sysmon));
        assert_eq!(kind("a/config/x.blocks.xml"), Ok(Kind::Rules));
        assert_eq!(kind("sigma/run_key.yml"), Ok(Kind::Sigma));
        assert_eq!(kind("x.yaml"), Ok(Kind::Sigma));
        assert_eq!(kind("x.test.yml"), Ok(Kind::Tests));
        assert_eq!(kind("blocksieve.toml"), Ok(Kind::Settings));
        assert_eq!(kind("sigma.toml"), Ok(Kind::Settings));
        assert_eq!(kind("rules/sigma.toml"), Ok(Kind::Settings));
        assert_eq!(kind("100% sure.md"), Ok(Kind::Notes));
        for unknown in [
            "sub/blocksieve.toml",
            "x.toml",
            "x.json",
            "x.sigma.toml",
            "x.rule.exe",
            "x.RULE",
            "rule",
            "Makefile",
            "x.rule/y",
        ] {
            assert_eq!(kind(unknown), Err(PathFault::UnknownEnding), "{unknown}");
        }
    }

    #[test]
    fn what_is_no_plain_path_is_refused_in_every_spelling() {
        for text in [
            "",
            "/",
            "/etc/x.rule",
            "//host/x.rule",
            "../x.rule",
            "a/../x.rule",
            "a/./x.rule",
            "./x.rule",
            "a//x.rule",
            "a/.rule",
            ".hidden/x.rule",
            ".x.rule",
            "..\\x.rule",
            "a\\x.rule",
            "C:\\x.rule",
            "C:x.rule",
            "x.rule:stream.rule",
            "%2e%2e/x.rule",
            "a%2Fx.rule",
            "%252e%252e/x.rule",
            "x.rule\0.rule",
            "x\n.rule",
            "nul.rule",
            "NUL.rule",
            "a/con/x.rule",
            "COM1.csv",
            "lpt9 .csv",
            "com¹.csv",
            "aux",
            "x./y.rule",
            "x /y.rule",
            " x.rule",
            "x.rule.",
            "x.rule ",
            "a?.rule",
            "a*.rule",
        ] {
            assert!(matches!(ProjectPath::file(text), Err(PathFault::Unsafe(_))), "{text:?}");
        }
        assert!(ProjectPath::file(&format!("{}x.rule", "a/".repeat(DEPTH))).is_err());
        assert!(ProjectPath::file(&format!("{}.rule", "a".repeat(NAME_BYTES))).is_err());
    }

    #[test]
    fn samples_are_below_events() {
        assert!(ProjectPath::sample("events/sysmon.ndjson").is_ok());
        assert!(ProjectPath::sample("events/old/Sysmon.evtx").is_ok());
        for other in ["sysmon.ndjson", "events/x.exe", "eventsx/y.json", "events/../x.json", "events", "events/.json"] {
            assert!(ProjectPath::sample(other).is_err(), "{other}");
        }
    }

    #[test]
    fn folders_and_name() {
        let (path, _) = ProjectPath::file("a/b/c.rule").unwrap();
        let (folders, name) = path.parts();
        assert_eq!((folders.collect::<Vec<_>>(), name), (vec!["a", "b"], "c.rule"));
        let (path, _) = ProjectPath::file("c.rule").unwrap();
        assert_eq!((path.parts().0.count(), path.parts().1), (0, "c.rule"));
    }
}
