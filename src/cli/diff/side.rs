//! One version of the rules: out of a path, or out of git.
//!
//! In: what the command line says: a path as `run` takes it, or `git:REV`, or `git:REV:PATH`. Out: rules that are ready to run. Of a revision the
//! files are written into a folder that goes away with the version. Never here: events; anything that changes the repository.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::bytecode::{self, Module};
use crate::cli::load::{self, Rules};
use crate::cli::source::plural;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure, project, report};
use crate::diagnostic::{Diagnostic, render};
use crate::ir::Program;
use crate::vm::Prepared;

/// One of the two versions.
pub(super) struct Side {
    /// As the command line names it.
    pub(super) label: String,
    pub(super) prepared: Prepared,
    /// The rules as they were checked; none of a compiled module.
    pub(super) program: Option<Program>,
    /// Are there drawn rules among them?
    pub(super) drawn: bool,
}

impl Side {
    pub(super) fn module(&self) -> &Module {
        self.prepared.module()
    }

    /// Reads a version. `which`: "old" or "new"; `other`: what the command line says of the other one.
    pub(super) fn load(
        which: &str,
        given: &str,
        other: &str,
        agent: Option<&str>,
        style: Style,
    ) -> Result<Self, Failure> {
        let Some(revision) = Revision::of(given, other) else {
            return rules(which, given, given, agent, style, &|text| text);
        };
        let tree = TempDir::with_prefix("blocksieve-diff-").map_err(|error| {
            Failure::unusable(
                format!("there can be no folder for the files of {given}: {error}"),
                "look whether there is room in the folder for temporary files",
            )
        })?;
        let path = revision.write_to(tree.path())?.display().to_string();
        // Who reads of a fault wants to know where it is in the repository.
        let shown = format!("{}/", tree.path().join(TREE).display());
        let told = |text: String| text.replace(&shown, &format!("git:{}:{}", revision.name, revision.prefix()));
        rules(which, &path, given, agent, style, &told)
    }
}

/// Compiles the rules of one version.
fn rules(
    which: &str,
    path: &str,
    label: &str,
    agent: Option<&str>,
    style: Style,
    told: &dyn Fn(String) -> String,
) -> Result<Side, Failure> {
    let loaded = load::rules_for(&[path.to_string()], agent);
    let loaded = loaded.map_err(|failure| Failure { message: told(failure.message), ..failure })?;
    let (module, program, drawn) = match loaded {
        Rules::Module(module) => (*module, None, false),
        Rules::Sources(checked) => {
            // Warnings are for `check`: here they would come twice.
            let errors: Vec<Diagnostic> = checked.diagnostics.iter().filter(|d| d.is_error()).cloned().collect();
            if !errors.is_empty() {
                let text = render::human::render(&errors, &checked.sources, &report::human(style.stderr_colors));
                style::stderr().write_all(told(text).as_bytes())?;
                return Err(Failure {
                    message: format!(
                        "the {which} rules, {label}, do not compile: {}",
                        plural(errors.len() as u64, "error")
                    ),
                    help: "mend what is said above; `blocksieve explain-code CODE` says more of each".to_string(),
                    exit: Exit::Rules,
                });
            }
            let drawn = checked.sources.iter().any(|(_, source)| !source.blocks.is_empty());
            let module = load::verified(bytecode::compile(&checked.program, &checked.sources))
                .map_err(|failure| Failure { message: told(failure.message), ..failure })?;
            (module, Some(checked.program), drawn)
        }
    };
    let prepared = Prepared::of(module);
    Ok(Side { label: label.to_string(), prepared, program, drawn })
}

/// Where the files of a revision stand in the folder that is made for them.
const TREE: &str = "tree";

/// A revision of git, and what is wanted of it.
#[derive(Debug, PartialEq)]
struct Revision {
    name: String,
    /// The rules.
    path: PathBuf,
    /// The folder that they need: that of their project, or their own.
    root: PathBuf,
}

impl Revision {
    /// `git:REV` is what the other one names, at that revision; `git:REV:PATH` says what itself.
    fn of(given: &str, other: &str) -> Option<Self> {
        let rest = given.strip_prefix("git:")?;
        let (name, path) = match rest.split_once(':') {
            Some((name, path)) => (name, path),
            // Of two revisions of nothing in particular, the folder that one stands in.
            None if other.starts_with("git:") => {
                (rest, other.splitn(3, ':').nth(2).filter(|path| !path.is_empty()).unwrap_or("."))
            }
            None => (rest, other),
        };
        let path = PathBuf::from(if path.is_empty() { "." } else { path });
        let own = || {
            let is_file = path.is_file() || (!path.exists() && path.extension().is_some());
            let folder = if is_file { path.parent().unwrap_or(Path::new("")) } else { &path };
            if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() }
        };
        // The project may stand above the working folder, and then its path is a whole one.
        let root = project::find(&path).unwrap_or_else(own);
        Some(Self { name: name.to_string(), path, root })
    }

    /// What stands before the path of a file within the root, as people write it.
    fn prefix(&self) -> String {
        let root = self.root.display().to_string().replace('\\', "/");
        let root = root.strip_prefix("./").unwrap_or(&root);
        if root == "." || root.is_empty() { String::new() } else { format!("{}/", root.trim_end_matches('/')) }
    }

    /// Writes the files of the root below the folder, and says where the rules are.
    fn write_to(&self, folder: &Path) -> Result<PathBuf, Failure> {
        // The root need not be there any more; the repository is that of what is.
        let is_there = |folder: &&Path| folder.as_os_str().is_empty() || folder.is_dir();
        let here = self.root.ancestors().find(is_there).unwrap_or(Path::new(""));
        let gone = self.root.strip_prefix(here).unwrap_or(Path::new(""));
        let here = if here.as_os_str().is_empty() { Path::new(".") } else { here };
        let top = git(here, &["rev-parse", "--show-toplevel"])?;
        let prefix = git(here, &["rev-parse", "--show-prefix"])?;
        let wanted = format!("{prefix}{}", gone.display().to_string().replace('\\', "/"));
        let wanted = wanted.trim_end_matches('/');
        let name = &self.name;
        let commit =
            git(here, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")]);
        let commit = commit.map_err(|failure| match failure.said {
            true => failure.into(),
            false => Failure::unusable(
                format!("there is no revision `{name}` in the repository"),
                "name a branch, a tag or a commit; where only the newest commit was fetched, fetch the others too (`git fetch --unshallow`)",
            ),
        })?;
        let tree = git(here, &["rev-parse", "--verify", "--quiet", &format!("{commit}:{wanted}")]);
        let tree = tree.map_err(|failure| match failure.said {
            true => failure.into(),
            false => Failure::unusable(
                format!("`{name}` has no {wanted}"),
                "name what it has as git:REV:PATH; or compare with a later revision",
            ),
        })?;
        let (top, into) = (Path::new(&top), folder.join(TREE));
        let index = folder.join("index");
        git_with(top, &["read-tree".as_ref(), tree.as_ref()], Some(&index))?;
        let mut into_files = std::ffi::OsString::from("--prefix=");
        into_files.push(&into);
        into_files.push("/");
        git_with(top, &["checkout-index".as_ref(), "--all".as_ref(), "--force".as_ref(), &into_files], Some(&index))?;
        // A revision in which the folder is empty has no file to write.
        std::fs::create_dir_all(&into)?;
        // What is not there now may have been there then; what lies elsewhere is in no revision of this folder.
        let plain = |path: &Path| path.strip_prefix(".").unwrap_or(path).to_path_buf();
        let within = match (self.path.canonicalize(), self.root.canonicalize()) {
            (Ok(path), Ok(root)) => path.strip_prefix(&root).map(Path::to_path_buf),
            (_, _) => plain(&self.path).strip_prefix(plain(&self.root)).map(Path::to_path_buf),
        };
        if let Ok(within) = within {
            let path = into.join(&within);
            if path.exists() {
                return Ok(if within.as_os_str().is_empty() { into } else { path });
            }
        }
        Err(Failure::unusable(
            format!("`{name}` has no {}", self.path.display()),
            "name what it has as git:REV:PATH; or compare with a later revision",
        ))
    }
}

/// Git failed. `said`: it said why, or could not be started.
struct Refused {
    said: bool,
    failure: Failure,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        refused.failure
    }
}

/// What git says, without the end of its line.
fn git(folder: &Path, words: &[&str]) -> Result<String, Refused> {
    let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    git_with(folder, &words, None)
}

fn git_with(folder: &Path, words: &[&OsStr], index: Option<&Path>) -> Result<String, Refused> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(words);
    // A hook of git runs with these set, for another purpose.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let output = command.output().map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "git:REV needs git, and there is none on the path".to_string(),
            _ => format!("git:REV needs git, which cannot be started: {error}"),
        };
        let help = "install git, or name a folder with the other version of the rules";
        Refused { said: true, failure: Failure::unusable(message, help) }
    })?;
    if output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout);
        return Ok(text.strip_suffix('\n').unwrap_or(&text).to_string());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let text = text.trim();
    let first = text.lines().next().unwrap_or("it did not say why");
    let message = format!("git refused: {}", render::visible(first));
    let help = "git:REV is a revision of the repository that the rules stand in; name a folder otherwise";
    Err(Refused { said: !text.is_empty(), failure: Failure::unusable(message, help) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_revision_and_of_what() {
        let of = |given, other| Revision::of(given, other).map(|found| (found.name, found.path.display().to_string()));
        let some = |name: &str, path: &str| Some((name.to_string(), path.to_string()));
        assert_eq!(of("rules", "git:main"), None);
        assert_eq!(of("git:main", "rules/a.rule"), some("main", "rules/a.rule"));
        assert_eq!(of("git:origin/main:rules", "other"), some("origin/main", "rules"));
        assert_eq!(of("git:v1:", "other"), some("v1", "."));
        assert_eq!(of("git:v1", "git:v2"), some("v1", "."));
        assert_eq!(of("git:v1", "git:v2:rules"), some("v1", "rules"));
        assert_eq!(of("./git:v1", "rules"), None, "a folder of that name can be named");
    }
}
