//! `blocksieve new`: a project to begin with.
//!
//! In: the path of a folder. Out: the folder with the files of `new/project/`, of which `check` finds nothing and whose tests pass; what to do
//! next. Never here: a file that is there already, changed.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::args::{CiServer, NewArgs};
use super::{Exit, Failure, project, style, table};

/// A file: its path, and what stands in it.
type File = (&'static str, &'static str);

/// What every project gets. `NAME` stands for the project's name.
const FILES: [File; 15] = [
    (project::FILE, include_str!("new/project/blocksieve.toml")),
    ("filters/dns-updates.rule", include_str!("new/project/filters/dns-updates.rule")),
    ("filters/dns-updates.test.yaml", include_str!("new/project/filters/dns-updates.test.yaml")),
    ("classify/harmless.rule", include_str!("new/project/classify/harmless.rule")),
    ("classify/harmless.test.yaml", include_str!("new/project/classify/harmless.test.yaml")),
    ("alerts/sysmon-and-drivers.rule", include_str!("new/project/alerts/sysmon-and-drivers.rule")),
    ("alerts/sysmon-and-drivers.test.yaml", include_str!("new/project/alerts/sysmon-and-drivers.test.yaml")),
    ("tables/harmless.csv", include_str!("new/project/tables/harmless.csv")),
    ("templates/short.txt", include_str!("new/project/templates/short.txt")),
    ("samples.test.yaml", include_str!("new/project/samples.test.yaml")),
    ("events/sample.ndjson", include_str!("new/project/events/sample.ndjson")),
    ("attacks/sample.ndjson", include_str!("new/project/attacks/sample.ndjson")),
    // For editors: the first line of each file of tests names it.
    ("tests.schema.json", include_str!("../../grammar/tests.schema.json")),
    (".gitignore", include_str!("new/project/gitignore")),
    // As `fmt` lays rules out, on Windows too.
    (".gitattributes", "*.rule text eol=lf\n"),
];

impl CiServer {
    /// Its workflow, as `examples/ci` has it.
    fn file(self) -> File {
        match self {
            CiServer::Github => {
                (".github/workflows/blocksieve.yml", include_str!("../../examples/ci/github-actions.yml"))
            }
            CiServer::Gitlab => (".gitlab-ci.yml", include_str!("../../examples/ci/gitlab-ci.yml")),
        }
    }
}

pub(super) fn run(args: &NewArgs) -> Result<Exit, Failure> {
    let folder = args.path.as_path();
    let shown = table::safe(&folder.display().to_string());
    let files: Vec<File> = FILES.into_iter().chain(args.ci.map(CiServer::file)).collect();
    if let Some((there, _)) = files.iter().find(|(name, _)| folder.join(name).symlink_metadata().is_ok()) {
        return Err(Failure::unusable(
            format!("{} is there already, and nothing is written over it", folder.join(there).display()),
            "name a folder that is not there, or has nothing in it",
        ));
    }
    if let Some(outer) = around(folder) {
        return Err(Failure::unusable(
            format!("{shown} would stand in another project, {}", table::safe(&outer.display().to_string())),
            "add rules to that one, or name a folder outside of it",
        ));
    }
    let name = name_of(folder)?;
    for (file, text) in &files {
        let text = if *file == project::FILE {
            text.replacen("NAME", &toml::Value::from(name.as_str()).to_string(), 1)
        } else {
            (*text).to_string()
        };
        write(&folder.join(file), &text)?;
    }
    let mut out = style::stdout();
    writeln!(out, "made {shown}:")?;
    for (file, _) in &files {
        writeln!(out, "  {file}")?;
    }
    let path = quoted(&shown);
    writeln!(out, "next:")?;
    for command in ["check", "test", "run"] {
        let events = if command == "run" {
            format!(" --events {}", quoted(&format!("{}/events", shown.trim_end_matches('/'))))
        } else {
            String::new()
        };
        writeln!(out, "  blocksieve {command} {path}{events}")?;
    }
    if cfg!(feature = "serve") {
        writeln!(out, "  blocksieve serve {path}")?;
    }
    if args.ci.is_some() {
        writeln!(out, "the workflow takes Blocksieve from where BLOCKSIEVE_GIT in it says: write that first")?;
    }
    out.finish()?;
    Ok(Exit::Clean)
}

/// The project that the folder, or the nearest above it that is there, belongs to.
fn around(folder: &Path) -> Option<std::path::PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    let found = project::find(folder.ancestors().find(|folder| folder.is_dir())?)?;
    // As people name it, where it is below the working folder.
    let here = std::env::current_dir().ok()?;
    Some(found.strip_prefix(here).ok().filter(|path| !path.as_os_str().is_empty()).unwrap_or(&found).to_path_buf())
}

/// The last part of the path.
fn name_of(folder: &Path) -> Result<String, Failure> {
    let whole = folder.canonicalize().or_else(|_| std::path::absolute(folder)).map_err(|error| {
        Failure::unusable(format!("{} is no path: {error}", folder.display()), "name the folder to make")
    })?;
    Ok(whole.file_name().map_or("rules".into(), |name| name.to_string_lossy()).into_owned())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = made
        .and_then(|()| OpenOptions::new().write(true).create_new(true).open(path))
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::unusable(
            format!("{} cannot be written: {error}", path.display()),
            "look whether there is room, and whether the place may be written to",
        )
    })
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:\\".contains(c);
    if !path.is_empty() && path.chars().all(plain) && !path.starts_with('-') {
        path.to_string()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
