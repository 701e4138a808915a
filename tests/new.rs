//! `blocksieve new`, the manual pages, and the workflows of examples/ci as far as they run here.
#![cfg(all(feature = "cli", feature = "evtx", feature = "serve"))]
#![allow(clippy::panic, clippy::expect_used)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::folder::Folder;

fn blocksieve(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blocksieve")).args(words).current_dir(folder).output().expect("starts")
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

/// All files below a folder, with what stands in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

// new ------------------------------------------------------------------------------------------------------------------

#[test]
fn a_new_project_is_clean_and_its_tests_pass() {
    let folder = Folder::new("new", &[]);
    insta::assert_snapshot!(folder.session(&[
        "new rules",
        "check --deny-warnings rules",
        "fmt --check rules",
        "test rules",
        "test --coverage-threshold 100 rules",
        "test --mutate rules",
        "run rules --events rules/events --format table",
        "compile rules --to winlogbeat -o processors.yml",
        "lookup check --project rules",
        "alert preview rules --events rules/events/sample.ndjson:4",
        "diff rules rules --events rules/events --exit-code",
        "diff rules rules --events rules/attacks --max-newly-dropped 0 --max-alerts-lost 0",
        // What is there is never written over, and a project stands in no other.
        "new rules",
        "new rules/more",
        "new --ci gitlab 'rules of ours'",
        "test 'rules of ours'",
    ]));
}

#[test]
fn a_folder_with_something_in_it_keeps_it() {
    let folder = Folder::new("new-there", &[("a/README.md", b"ours\n"), ("b/events/sample.ndjson", b"ours\n")]);
    let made = blocksieve(&folder.0, &["new", "a"]);
    assert_eq!(status(&made), Some(0), "{made:?}");
    assert_eq!(files(&folder.0.join("a"))["README.md"], b"ours\n");
    let refused = blocksieve(&folder.0, &["new", "b"]);
    assert_eq!(status(&refused), Some(4), "{refused:?}");
    assert_eq!(files(&folder.0.join("b")).len(), 1, "of a project that is refused no file is written");
}

#[test]
fn any_name_of_a_folder_is_a_name_of_a_project() {
    let folder = Folder::new("new-names", &[]);
    for name in ["it's \"ours\"", "a\\b", "Überwachung", "-dash", "new\nline", "NAME"] {
        let made = blocksieve(&folder.0, &["new", "--", name]);
        assert_eq!(status(&made), Some(0), "{name:?}: {made:?}");
        let path = folder.0.join(name).display().to_string();
        for command in ["check", "test"] {
            let output = blocksieve(&folder.0, &[command, &path]);
            assert_eq!(status(&output), Some(0), "{command} {name:?}: {output:?}");
        }
        let manifest = std::fs::read_to_string(folder.0.join(name).join("blocksieve.toml")).expect("a file");
        let said: toml::Table = manifest.parse().expect("TOML");
        assert_eq!(said["name"].as_str(), Some(name));
    }
    // The folder itself, which has a name of its own.
    let here = folder.0.join("here");
    std::fs::create_dir(&here).expect("a folder");
    assert_eq!(status(&blocksieve(&here, &["new", "."])), Some(0));
    assert!(files(&here)["blocksieve.toml"].starts_with(b"name = \"here\"\n"));
}

// man ------------------------------------------------------------------------------------------------------------------

/// Every page, as groff sets it.
#[test]
fn manual_pages_of_all_commands() {
    let folder = Folder::new("man", &[]);
    let made = blocksieve(&folder.0, &["man", "pages"]);
    assert_eq!(status(&made), Some(0), "{made:?}");
    let pages = files(&folder.0.join("pages"));
    assert_eq!(String::from_utf8_lossy(&made.stdout).lines().count(), pages.len());
    for page in ["blocksieve.1", "blocksieve-diff.1", "blocksieve-lookup-add.1", "blocksieve-import-winlogbeat.1"] {
        assert!(pages.contains_key(page), "{page}: {:?}", pages.keys());
    }
    assert_eq!(blocksieve(&folder.0, &["man"]).stdout, pages["blocksieve.1"]);
    for (name, page) in &pages {
        let text = String::from_utf8(page.clone()).expect("text");
        // What has commands below it has its examples there.
        let is_group = text.contains(".SH SUBCOMMANDS");
        assert!(is_group || text.contains(".SH \"EXAMPLE"), "{name} has no example");
        assert!(text.contains(".SH \"EXIT STATUS\""), "{name}");
    }
    let groff = Command::new("groff")
        .args(["-man", "-Tutf8", "-ww"])
        .args(pages.keys().map(|name| folder.0.join("pages").join(name)))
        .stdin(Stdio::null())
        .output();
    let Ok(set) = groff else {
        eprintln!("skipped: there is no groff here");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&set.stderr), "", "groff finds fault");
    let text = String::from_utf8_lossy(&set.stdout);
    assert!(text.contains("blocksieve diff rules.old rules"), "examples stand on lines of their own");
}

// The workflows ----------------------------------------------------------------------------------------------------------

/// The shell's lines of a workflow that call Blocksieve: those of `run:`, of `script:` and of `entry:`.
fn commands(workflow: &str) -> Vec<String> {
    let plain = |line: &'_ str| -> Option<String> {
        let line = line.trim();
        let line = line.strip_prefix("- ").unwrap_or(line);
        let line = ["run: ", "entry: "].iter().find_map(|key| line.strip_prefix(key)).unwrap_or(line);
        line.starts_with("blocksieve ").then(|| line.to_string())
    };
    workflow.lines().filter_map(plain).collect()
}

/// Is there this program?
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn every_command_of_the_workflows_runs_in_a_new_project() {
    if !has("git") || !has("bash") {
        eprintln!("skipped: there is no git, or no bash, here");
        return;
    }
    let folder = Folder::new("ci", &[]);
    assert_eq!(status(&blocksieve(&folder.0, &["new", "--ci", "github", "rules"])), Some(0));
    let rules = folder.0.join("rules");
    let shell = |script: &str| {
        let program = Path::new(env!("CARGO_BIN_EXE_blocksieve")).parent().expect("a folder");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(program.to_path_buf()).chain(std::env::split_paths(&path)));
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(&rules)
            .env("PATH", path.expect("a path"))
            .env("GITHUB_BASE_REF", "main")
            .env("GITHUB_STEP_SUMMARY", "summary.md")
            .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "main")
            .output()
            .expect("starts")
    };
    let ready = "git -c init.defaultBranch=main init --quiet && git add --all \
        && git -c user.name=a -c user.email=a@example.org commit --quiet --message first \
        && git update-ref refs/remotes/origin/main HEAD";
    assert!(shell(ready).status.success());
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci");
    let mut ran = 0;
    for (name, least) in [("github-actions.yml", 5), ("gitlab-ci.yml", 5), (".pre-commit-config.yaml", 3)] {
        let text = std::fs::read_to_string(kit.join(name)).expect("a workflow");
        let commands = commands(&text);
        assert!(commands.len() >= least, "{name}: {commands:?}");
        for command in commands {
            let output = shell(&command);
            assert_eq!(status(&output), Some(0), "{name}: {command}\n{output:?}");
            ran += 1;
        }
    }
    let hooks = include_str!("../.pre-commit-hooks.yaml");
    for command in commands(hooks) {
        assert_eq!(status(&shell(&format!("{command} ."))), Some(0), "{command}");
        ran += 1;
    }
    assert!(ran >= 16, "{ran}");
    let comment = std::fs::read_to_string(rules.join("diff.md")).expect("what `diff` wrote");
    assert!(comment.starts_with("### Blocksieve: Nothing changes"), "{comment}");
    assert!(std::fs::read_to_string(rules.join("tests.xml")).expect("a report").contains("<testsuites"));
    // What they are there for: a rule that drops an attack fails its test, and the comment says what it drops.
    let rule = rules.join("filters/dns-updates.rule");
    let text = std::fs::read_to_string(&rule).expect("a rule");
    std::fs::write(&rule, text.replace("'.windowsupdate.com'", "'windowsupdate.com'")).expect("written");
    let tested = shell("blocksieve test --format github .");
    assert_eq!(status(&tested), Some(1), "{tested:?}");
    assert!(String::from_utf8_lossy(&tested.stdout).starts_with("::error "), "{tested:?}");
    let workflow = std::fs::read_to_string(kit.join("github-actions.yml")).expect("a workflow");
    let compared: Vec<String> = commands(&workflow).into_iter().filter(|line| line.contains("diff")).collect();
    let status_of = |line: &str| status(&shell(&format!("status=0\n{line}\nexit $status")));
    assert_eq!(compared.iter().map(|line| status_of(line)).collect::<Vec<_>>(), [Some(1), Some(0)], "{compared:?}");
    let comment = std::fs::read_to_string(rules.join("diff.md")).expect("what `diff` wrote");
    let gate = "**Not allowed:** 1 event newly dropped, and --max-newly-dropped allows 0.";
    assert!(comment.contains(gate) && comment.contains("4 events from 1 input: `attacks`"), "{comment}");
    assert_eq!(comment.matches("### Blocksieve: 1 of").count(), 2, "{comment}");
}

/// Schemas are those that check-jsonschema brings along.
#[test]
fn the_workflows_are_what_their_servers_read() {
    if !has("check-jsonschema") {
        eprintln!("skipped: there is no check-jsonschema here (PyPI has it)");
        return;
    }
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci");
    for (schema, file) in [("vendor.github-workflows", "github-actions.yml"), ("vendor.gitlab-ci", "gitlab-ci.yml")] {
        let checked = Command::new("check-jsonschema")
            .args(["--builtin-schema", schema, "--data-transform", "gitlab-ci"])
            .arg(kit.join(file))
            .output()
            .expect("starts");
        assert!(checked.status.success(), "{file}: {}", String::from_utf8_lossy(&checked.stdout));
    }
}

/// Hooks as pre-commit calls them.
#[test]
fn pre_commit_runs_the_hooks() {
    if !has("pre-commit") || !has("git") {
        eprintln!("skipped: there is no pre-commit here (PyPI has it)");
        return;
    }
    let folder = Folder::new("pre-commit", &[]);
    assert_eq!(status(&blocksieve(&folder.0, &["new", "rules"])), Some(0));
    let rules = folder.0.join("rules");
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci/.pre-commit-config.yaml");
    std::fs::copy(kit, rules.join(".pre-commit-config.yaml")).expect("copied");
    let program = Path::new(env!("CARGO_BIN_EXE_blocksieve")).parent().expect("a folder").to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(program).chain(std::env::split_paths(&path))).expect("a path");
    let run = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).current_dir(&rules).env("PATH", &path).env("PRE_COMMIT_HOME", folder.0.join("home"));
        command.output().expect("starts")
    };
    assert!(run("git", &["init", "--quiet"]).status.success());
    assert!(run("git", &["add", "--all"]).status.success());
    let clean = run("pre-commit", &["run", "--all-files"]);
    assert!(clean.status.success(), "{}", String::from_utf8_lossy(&clean.stdout));
    assert_eq!(String::from_utf8_lossy(&clean.stdout).matches("Passed").count(), 3, "{clean:?}");
    let rule = rules.join("filters/dns-updates.rule");
    let text = std::fs::read_to_string(&rule).expect("a rule");
    std::fs::write(&rule, text.replace("    drop", "  drop").replace("'.windowsupdate", "'windowsupdate"))
        .expect("written");
    let failed = run("pre-commit", &["run", "--all-files"]);
    assert_eq!(String::from_utf8_lossy(&failed.stdout).matches("Failed").count(), 2, "{failed:?}");
}
