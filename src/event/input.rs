//! From what stands on a command line to the files that are read.
//!
//! In: names of files, folders and globs, and `-`. Out: inputs in one order on every system: as given; within a folder or a
//! glob by their paths, part by part. A file that is named directly, or met by a glob, is read whatever its name; of a folder
//! those whose names say that they may hold events. Never here: contents.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

/// Endings of the files that are read in folders, in small letters.
pub const ENDINGS: [&str; 8] = ["evtx", "json", "jsonl", "ndjson", "xml", "csv", "log", "raw"];
/// Endings of packed files; before them stands one of the above, or nothing that is known.
pub const PACKED: [&str; 6] = ["gz", "zst", "zip", "tar", "tgz", "tar.gz"];

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// Standard input.
    Standard,
    /// A file.
    File(PathBuf),
    /// One file of an archive, as reports name it: `logs.zip!host1/Sysmon.json`.
    Member(PathBuf, String),
}

impl Input {
    /// As people see it in tables and messages: as given, with `/` between the parts on every system.
    pub fn name(&self) -> String {
        match self {
            Input::Standard => "-".into(),
            Input::File(path) => slashes(path),
            Input::Member(path, member) => format!("{}!{}", slashes(path), shown(member)),
        }
    }
}

fn slashes(path: &Path) -> String {
    shown(&path.display().to_string().replace('\\', "/"))
}

/// A name without characters that a terminal would obey: they are written as escapes.
pub fn shown(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text
}

/// Why something on the command line gives nothing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// As given.
    pub given: String,
    /// What is wrong.
    pub reason: String,
    /// The way out.
    pub help: String,
}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", shown(&self.given), shown(&self.reason), self.help)
    }
}

impl std::error::Error for InputError {}

/// Everything that the arguments name, each file once.
pub fn inputs<S: AsRef<str>>(given: &[S]) -> Result<Vec<Input>, InputError> {
    let mut all: Vec<Input> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for given in given.iter().map(AsRef::as_ref) {
        for input in one(given)? {
            // By the path itself: two files may look alike to people.
            if seen.insert(input.clone()) {
                all.push(input);
            }
        }
    }
    Ok(all)
}

fn one(given: &str) -> Result<Vec<Input>, InputError> {
    let error = |reason: String, help: &str| InputError { given: given.into(), reason, help: help.into() };
    if given == "-" {
        return Ok(vec![Input::Standard]);
    }
    let path = Path::new(given);
    // What is there by this very name is meant, even with brackets in it.
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            let files = folder(path).map_err(|reason| error(reason, "check the rights of the folder"))?;
            if files.is_empty() {
                let help = format!(
                    "files ending in {} are read in folders, packed ones too; name others directly",
                    ENDINGS.join(", ")
                );
                return Err(error("no event files in this folder".into(), &help));
            }
            Ok(files)
        }
        Ok(_) => Ok(vec![Input::File(path.into())]),
        Err(_) if member(given).is_some() => Ok(member(given).into_iter().collect()),
        // A pattern has no control characters: a name that has some was pasted.
        Err(_) if given.contains(['*', '?', '[', '{']) && !given.contains(char::is_control) => {
            let files =
                glob(given).map_err(|reason| error(reason, "`*`, `?`, `[...]`, `{...}` and `**` are special"))?;
            if files.is_empty() {
                return Err(error("no file fits".into(), "check the pattern, and quote it if the shell changes it"));
            }
            Ok(files)
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            Err(error("no such file or folder".into(), "check the path"))
        }
        Err(cause) => Err(error(cause.to_string(), "check the path and its rights")),
    }
}

/// `ARCHIVE!MEMBER`, where there is such a file.
fn member(given: &str) -> Option<Input> {
    given.match_indices('!').find_map(|(at, _)| {
        let (archive, member) = (given.get(..at)?, given.get(at + 1..)?);
        Path::new(archive).is_file().then(|| Input::Member(archive.into(), member.to_string()))
    })
}

/// A walk that shows everything: hidden files are as good as others, and nobody's ignore files count.
fn walk(root: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false).follow_links(false).sort_by_file_path(Path::cmp);
    walk
}

fn files(walk: &WalkBuilder, mut takes: impl FnMut(&Path) -> bool) -> Result<Vec<Input>, String> {
    let mut all = Vec::new();
    for entry in walk.build() {
        let entry = entry.map_err(|error| error.to_string())?;
        // Links to files count; a link to a folder is not followed, for it may lead back.
        if entry.path().is_file() && takes(entry.path()) {
            all.push(entry.into_path());
        }
    }
    all.sort();
    Ok(all.into_iter().map(Input::File).collect())
}

fn folder(path: &Path) -> Result<Vec<Input>, String> {
    files(&walk(path), may_hold_events)
}

/// May a file hold events, by its name?
pub fn may_hold_events(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()) || PACKED.contains(&ending.as_str()))
}

/// Would what is given on a command line stand for a file of this path, if there were one? The path begins at the root.
pub fn covers(given: &str, file: &Path) -> bool {
    let Ok(whole) = std::path::absolute(given) else { return false };
    if whole == file || file.starts_with(&whole) && may_hold_events(file) {
        return true;
    }
    let (root, pattern) = root_of(given);
    let Ok(root) = std::path::absolute(root) else { return false };
    file.starts_with(&root) && fitting(&root, &pattern).is_ok_and(|fits| fits.matched(file, false).is_whitelist())
}

/// The last folder before the first special character of a glob, and what is behind it.
fn root_of(given: &str) -> (&Path, String) {
    let special = given.find(['*', '?', '[', '{']).unwrap_or(given.len());
    let cut = given.get(..special).and_then(|plain| plain.rfind(['/', '\\'])).map_or(0, |at| at + 1);
    let (root, pattern) = given.split_at(cut);
    (if root.is_empty() { Path::new(".") } else { Path::new(root) }, pattern.replace('\\', "/"))
}

/// What fits a pattern below a folder.
fn fitting(root: &Path, pattern: &str) -> Result<Override, String> {
    let mut overrides = OverrideBuilder::new(root);
    overrides.add(&format!("/{pattern}")).map_err(|error| error.to_string())?;
    overrides.build().map_err(|error| error.to_string())
}

fn glob(given: &str) -> Result<Vec<Input>, String> {
    // The walk starts there.
    let (root, pattern) = root_of(given);
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let overrides = fitting(root, &pattern)?;
    let mut walk = walk(root);
    // Only `**` goes down any number of folders; others need not be looked into, nor be readable.
    walk.max_depth((!pattern.contains("**")).then(|| pattern.matches('/').count() + 1));
    let found = files(&walk, |file| overrides.matched(file, false).is_whitelist())?;
    // A pattern without a folder gives names without one.
    let plain = |input| match input {
        Input::File(path) => Input::File(path.strip_prefix("./").map(Path::to_path_buf).unwrap_or(path)),
        other @ (Input::Standard | Input::Member(..)) => other,
    };
    Ok(found.into_iter().map(plain).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, that goes away with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[&str]) -> Folder {
            let root = std::env::temp_dir().join(format!("blocksieve-input-{}-{name}", std::process::id()));
            let _ = std::fs::remove_dir_all(&root);
            for file in files {
                let path = root.join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, "").unwrap();
            }
            Folder(root)
        }

        fn names(&self, given: &[&str]) -> Result<Vec<String>, InputError> {
            let root = self.0.display().to_string();
            let given: Vec<String> = given.iter().map(|path| format!("{root}/{path}")).collect();
            let names =
                |inputs: Vec<Input>| inputs.iter().map(|input| input.name().replace(&format!("{root}/"), "")).collect();
            inputs(&given).map(names)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_would_stand_for_a_file_that_is_not_there() {
        let folder = Folder::new("covers", &["logs/a.log"]);
        let covers = |given: &str, file: &str| covers(&format!("{}/{given}", folder.0.display()), &folder.0.join(file));
        for (given, file) in [
            ("x.log", "x.log"),
            ("./x.log", "x.log"),
            ("*.log", "x.log"),
            ("x.log*", "x.log.1"),
            ("logs", "logs/deep/b.log"),
            ("logs/**/*.log", "logs/deep/b.log"),
            ("{x,y}.log", "y.log"),
        ] {
            assert!(covers(given, file), "{given} {file}");
        }
        for (given, file) in [
            ("x.log", "y.log"),
            ("*.log", "logs/x.log"),
            ("logs", "logs/notes.txt"),
            ("logs/*.log", "x.log"),
            ("x.log", "x.log/y"),
        ] {
            assert!(!covers(given, file), "{given} {file}");
        }
    }

    #[test]
    fn folders_are_read_deeply_and_in_one_order() {
        let folder =
            Folder::new("deep", &["b.evtx", "a/z.NDJSON", "a/.hidden.json", "B.log", "notes.txt", ".gitignore"]);
        std::fs::write(folder.0.join(".gitignore"), "*.evtx").unwrap();
        assert_eq!(folder.names(&[""]).unwrap(), ["B.log", "a/.hidden.json", "a/z.NDJSON", "b.evtx"]);
        assert_eq!(folder.names(&["notes.txt", "b.evtx", "", "notes.txt"]).unwrap().len(), 5);
    }

    #[cfg(unix)]
    #[test]
    fn files_that_only_look_alike_are_all_read() {
        let folder = Folder::new("alike", &["d/a.json", r"d\a.json"]);
        assert_eq!(folder.names(&[""]).unwrap(), ["d/a.json", "d/a.json"]);
    }

    #[test]
    fn globs_find_files_of_any_name() {
        let folder = Folder::new("glob", &["a1.json", "a2.txt", "d/a3.json", "d/e/a4.json", "[x].json"]);
        assert_eq!(folder.names(&["a?.*"]).unwrap(), ["a1.json", "a2.txt"]);
        assert_eq!(folder.names(&["**/a*.json"]).unwrap(), ["a1.json", "d/a3.json", "d/e/a4.json"]);
        assert_eq!(folder.names(&["d/*.json"]).unwrap(), ["d/a3.json"]);
        assert_eq!(folder.names(&["{a1,d/a3}.json"]).unwrap(), ["a1.json", "d/a3.json"]);
        // A file of this very name is meant before any pattern.
        assert_eq!(folder.names(&["[x].json"]).unwrap(), ["[x].json"]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_never_printed() {
        let error = inputs(&["no\u{1b}[31mfile"]).unwrap_err();
        assert_eq!(error.to_string(), r"no\u{1b}[31mfile: no such file or folder; check the path");
        assert_eq!(Input::File("a\u{1b}[2J\n.json".into()).name(), r"a\u{1b}[2J\n.json");
        assert_eq!(Input::Member("a.zip".into(), "b\u{7}.json".into()).name(), r"a.zip!b\u{7}.json");
    }

    #[test]
    fn what_is_missing_is_named_as_given() {
        let folder = Folder::new("missing", &["notes.txt"]);
        let reason = |given: &str| folder.names(&[given]).unwrap_err();
        assert_eq!(reason("nope.json").reason, "no such file or folder");
        assert!(reason("nope.json").given.ends_with("/nope.json"));
        assert_eq!(reason("*.evtx").reason, "no file fits");
        assert_eq!(reason("none/*.evtx").reason, "no file fits");
        assert_eq!(reason("").reason, "no event files in this folder");
        assert!(reason("a[").to_string().contains("special"));
        assert_eq!(inputs(&["-"]).unwrap(), [Input::Standard]);
    }
}
