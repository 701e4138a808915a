//! The files of `examples/ci`: they are what their servers read, and every line of them runs in a new project under git.
//!
//! The servers themselves are not here. Steps run in order, in the shell that the server would take, where no step before failed or the
//! step asks for that; in place of `cargo`, `apt-get` and `gh` stand scripts that write down what they were asked for.
#![cfg(all(feature = "cli", feature = "evtx", feature = "serve"))]
#![allow(clippy::panic, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::folder::Folder;
use crate::support::tools::{path_with, skipped, tools};
use blocksieve::yaml::{Document, Node, Value, read};

fn kit(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci").join(name)
}

fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Is there this program?
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A new project as a server has it: under git, with the branch that it goes to.
struct Checkout {
    folder: Folder,
    rules: PathBuf,
}

/// What `gh` does: with `--jq` it lists the comments of `comments.json`; whatever else it is asked for stands in `asked`.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
echo "gh $*" | head -n 1 >> ../asked
while [ $# -gt 1 ]; do
    if [ "$1" = --jq ]; then jq -r "$2" ../comments.json; exit; fi
    shift
done
"#;
const ASKED: &str = "#!/usr/bin/env bash\necho \"$(basename \"$0\") $*\" >> ../asked\n";

impl Checkout {
    fn new(name: &str, server: &str) -> Option<Self> {
        if !has("git") || !has("bash") {
            return skipped("examples/ci: there is no git, or no bash, here");
        }
        let folder = Folder::new(
            name,
            &[
                ("bin/gh", GH.as_bytes()),
                ("bin/cargo", ASKED.as_bytes()),
                ("bin/apt-get", ASKED.as_bytes()),
                ("comments.json", b"[]"),
                ("asked", b""),
            ],
        );
        #[cfg(unix)]
        for script in ["gh", "cargo", "apt-get"] {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.0.join("bin").join(script);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("allowed");
        }
        let made = Command::new(env!("CARGO_BIN_EXE_blocksieve"))
            .args(["new", "--ci", server, "rules"])
            .current_dir(&folder.0)
            .output()
            .expect("starts");
        assert!(made.status.success(), "{made:?}");
        Some(Self { rules: folder.0.join("rules"), folder }.committed())
    }

    /// The Sysmon example in the place of the new project, with the same workflow.
    fn of_example(name: &str, server: &str) -> Option<Self> {
        let checkout = Self::new(name, server)?;
        for gone in ["alerts", "attacks", "classify", "events", "filters", "tables", "templates"] {
            std::fs::remove_dir_all(checkout.rules.join(gone)).expect("removed");
        }
        std::fs::remove_file(checkout.rules.join("samples.test.yaml")).expect("removed");
        copied(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon"), &checkout.rules);
        std::fs::remove_dir_all(checkout.rules.join(".git")).expect("removed");
        Some(checkout.committed())
    }

    fn committed(self) -> Self {
        let checkout = self;
        let ready = checkout.shell(
            "git -c init.defaultBranch=main init --quiet && git add --all \
            && git -c user.name=a -c user.email=a@example.org commit --quiet --message first \
            && git update-ref refs/remotes/origin/main HEAD",
        );
        assert!(ready.status.success(), "{ready:?}");
        checkout
    }

    /// A script as GitHub runs it: it ends with the first command that fails.
    fn shell(&self, script: &str) -> Output {
        self.run(&["-e", "-c", script])
    }

    fn run(&self, words: &[&str]) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_blocksieve")).parent().expect("a folder");
        Command::new("bash")
            .args(words)
            .current_dir(&self.rules)
            .env("PATH", path_with(&[&self.folder.0.join("bin"), program]))
            .envs([
                ("GITHUB_BASE_REF", "main"),
                ("GITHUB_REPOSITORY", "o/r"),
                ("GITHUB_STEP_SUMMARY", "summary.md"),
                ("NUMBER", "17"),
                ("CI_PROJECT_DIR", "."),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "main"),
            ])
            .output()
            .expect("starts")
    }

    /// All steps of the workflow, each with what came of it; `None` of one that did not run.
    fn github(&self) -> Vec<(String, Option<Output>)> {
        let workflow = yaml(&self.rules.join(".github/workflows/blocksieve.yml"));
        for (name, value) in pairs(at(workflow[0].root(), &["env"])) {
            assert!(name.starts_with("BLOCKSIEVE_") && !value.is_empty(), "{name}");
        }
        let mut failed = false;
        let mut ran = Vec::new();
        for step in items(at(workflow[0].root(), &["jobs", "rules", "steps"])) {
            let Some(script) = word(step, "run") else {
                assert!(field(step, "uses").is_some(), "a step that does nothing");
                continue;
            };
            let condition = word(step, "if").unwrap_or_default();
            let anyway = condition.contains("!cancelled()") || condition.contains("always()");
            let there = !condition.contains("hashFiles('diff.md') != ''") || self.rules.join("diff.md").exists();
            let output = (there && (anyway || !failed)).then(|| self.shell(&script));
            failed |= output.as_ref().is_some_and(|output| !output.status.success());
            let name = word(step, "name").expect("a name");
            ran.push((name, output));
        }
        ran
    }

    /// A job of the pipeline, as a whole.
    fn gitlab(&self, job: &str) -> Output {
        let pipeline = yaml(&self.rules.join(".gitlab-ci.yml"));
        let lines = |job: &str, key: &str| -> Vec<String> {
            items(at(pipeline[0].root(), &[job, key])).into_iter().filter_map(scalar).collect()
        };
        let mut script = lines("rules", "before_script");
        assert!(job == "rules" || lines(job, "before_script") == ["rules", "before_script"]);
        script.extend(lines(job, "script"));
        self.run(&["-e", "-o", "pipefail", "-c", &script.join("\n")])
    }

    fn asked(&self) -> String {
        let path = self.folder.0.join("asked");
        let asked = text(&path);
        std::fs::write(path, "").expect("written");
        asked
    }

    fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.rules.join(file);
        let before = text(&path);
        assert!(before.contains(from), "{before}");
        std::fs::write(path, before.replace(from, to)).expect("written");
    }
}

/// A folder with all that is in it.
fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}

/// GitLab's one tag of its own is taken as the list that it stands before: the keys to what is meant.
fn yaml(path: &Path) -> Vec<Document> {
    read(&text(path).replace("!reference [", "[")).expect("YAML")
}

fn at<'d>(node: Node<'d>, path: &[&str]) -> Node<'d> {
    path.iter().fold(node, |node, key| field(node, key).unwrap_or_else(|| panic!("no {key}")))
}

fn field<'d>(node: Node<'d>, key: &str) -> Option<Node<'d>> {
    match node.value() {
        Value::Mapping(entries) => {
            entries.iter().find(|entry| entry.key.key().ok() == Some(key)).map(|entry| entry.value)
        }
        _ => None,
    }
}

fn word(node: Node<'_>, key: &str) -> Option<String> {
    field(node, key).and_then(scalar)
}

fn items(node: Node<'_>) -> Vec<Node<'_>> {
    match node.value() {
        Value::Sequence(items) => items.into_iter().collect(),
        _ => panic!("no list"),
    }
}

fn pairs(node: Node<'_>) -> Vec<(String, String)> {
    match node.value() {
        Value::Mapping(entries) => entries
            .iter()
            .map(|entry| (entry.key.key().expect("a key").to_string(), scalar(entry.value).expect("a text")))
            .collect(),
        _ => panic!("no mapping"),
    }
}

fn scalar(node: Node<'_>) -> Option<String> {
    match node.value() {
        Value::Scalar(scalar) => Some(scalar.text.to_string()),
        _ => None,
    }
}

/// A line a step: its name, and its status or "not run".
fn told(steps: &[(String, Option<Output>)]) -> Vec<String> {
    let status = |output: &Option<Output>| {
        output.as_ref().map_or("not run".to_string(), |output| output.status.code().expect("a status").to_string())
    };
    steps.iter().map(|(name, output)| format!("{name}: {}", status(output))).collect()
}

fn step<'s>(steps: &'s [(String, Option<Output>)], name: &str) -> &'s Output {
    steps.iter().find(|(own, _)| own == name).and_then(|(_, output)| output.as_ref()).expect("a step that ran")
}

const WIDE: (&str, &str, &str) = ("filters/dns-updates.rule", "'.windowsupdate.com'", "'windowsupdate.com'");

#[test]
fn every_step_of_github_runs_in_a_new_project() {
    let Some(checkout) = Checkout::new("ci-github", "github") else { return };
    let steps = checkout.github();
    assert!(steps.len() >= 8 && told(&steps).iter().all(|told| told.ends_with(": 0")), "{:#?}", told(&steps));
    let file = |name: &str| text(checkout.rules.join(name));
    assert!(file("tests.xml").contains("<testsuites") && file("coverage.html").contains("</html>"));
    assert!(file("diff.md").starts_with("### Blocksieve: Nothing changes"), "{}", file("diff.md"));
    assert_eq!(file("summary.md"), file("diff.md"));
    let asked = checkout.asked();
    assert!(asked.contains("cargo install --locked --git") && asked.contains(" --features cli,evtx "), "{asked}");
}

#[test]
fn what_github_is_there_for_fails_with_a_message_that_says_why() {
    let Some(checkout) = Checkout::new("ci-github-fails", "github") else { return };
    // A filter that is too wide: the lint says it, the test of attacks says it, and what it would drop stands in the comment.
    checkout.change(WIDE.0, WIDE.1, WIDE.2);
    let steps = checkout.github();
    insta::assert_debug_snapshot!(told(&steps), @r#"
    [
        "Install Blocksieve: 0",
        "Layout: 0",
        "Check, with annotations: 1",
        "Test, with annotations: 1",
        "Test, for the report: 1",
        "Coverage: 1",
        "Mutation: not run",
        "Compare with the branch that it goes to: 1",
        "Comment: 0",
    ]
    "#);
    assert!(all(step(&steps, "Check, with annotations")).contains("::warning file=filters/dns-updates.rule"));
    assert!(all(step(&steps, "Test, with annotations")).starts_with("::error "));
    let comment = text(checkout.rules.join("diff.md"));
    let gate = "**Not allowed:** 1 event newly dropped, and --max-newly-dropped allows 0.";
    assert!(comment.contains(gate) && comment.contains("4 events from 1 input: `attacks`"), "{comment}");
    assert_eq!(comment.matches("### Blocksieve: 1 of").count(), 2, "{comment}");
    checkout.change(WIDE.0, WIDE.2, WIDE.1);
    // A filter for which nobody answers.
    let rule = text(checkout.rules.join(WIDE.0));
    let owner = rule.lines().find(|line| line.trim().starts_with("owner ")).expect("an owner");
    checkout.change(WIDE.0, &format!("{owner}\n"), "");
    let steps = checkout.github();
    let check = all(step(&steps, "Check, with annotations"));
    assert!(check.starts_with("::error ") && check.contains("BS0446"), "{check}");
    assert_eq!(told(&steps).iter().filter(|told| told.ends_with(": 1")).count(), 1, "{:?}", told(&steps));
}

/// What a reviewer did: two of three names taken out of the list that keeps the alert's events from the filters.
#[test]
fn a_pull_request_that_takes_members_out_of_a_protecting_list_fails_wherever_it_is_looked_at() {
    let Some(checkout) = Checkout::of_example("ci-example-member", "github") else { return };
    let filter = "filters/pipe-windows-services.rule";
    checkout.change(
        filter,
        "['Credential Dumping', 'Process Injection', 'Sysmon Bypass']",
        "['Credential Dumping', 'Process Injection']",
    );
    let steps = checkout.github();
    insta::assert_debug_snapshot!(told(&steps), @r#"
    [
        "Install Blocksieve: 0",
        "Layout: 0",
        "Check, with annotations: 1",
        "Test, with annotations: 1",
        "Test, for the report: 1",
        "Coverage: 1",
        "Mutation: not run",
        "Compare with the branch that it goes to: 1",
        "Comment: 0",
    ]
    "#);
    let check = all(step(&steps, "Check, with annotations"));
    assert!(
        check.starts_with("::error file=filters/pipe-windows-services.rule") && check.contains("BS0443"),
        "{check}"
    );
    let test = all(step(&steps, "Test, with annotations"));
    assert!(test.contains("file=filters/pipe-windows-services.test.yaml"), "{test}");
    assert!(test.contains("by each of the names that the alert waits for"), "{test}");
    assert!(test.contains("what the configuration named is not dropped, however usual it looks"), "{test}");
    let gates = text(checkout.rules.join("diff.md"));
    assert!(gates.contains("**Not allowed:** 1 event newly dropped, and --max-newly-dropped allows 0."), "{gates}");
    assert!(gates.contains("1 alert lost, and --max-alerts-lost allows 0"), "{gates}");
    // Any other list is held by its tests alone.
    checkout.change(
        filter,
        "['Credential Dumping', 'Process Injection']",
        "['Credential Dumping', 'Process Injection', 'Sysmon Bypass']",
    );
    checkout.change("filters/dns-windows-services.rule", "'.update.microsoft.com'", "'update.microsoft.com'");
    let steps = checkout.github();
    let test = all(step(&steps, "Test, with annotations"));
    assert!(test.contains("names that only end like those of Microsoft"), "{test}");
}

/// All tests pass, every condition was seen both ways, and only mutation sees that a member has no test.
#[test]
fn a_member_of_a_list_without_a_test_fails_with_the_mutant_and_a_test_that_would_notice() {
    let Some(checkout) = Checkout::new("ci-github-mutant", "github") else { return };
    let tests = "filters/dns-updates.test.yaml";
    checkout.change(
        tests,
        "[au.download.windowsupdate.com, www.update.microsoft.com]",
        "[au.download.windowsupdate.com]",
    );
    let steps = checkout.github();
    let failed: Vec<String> = told(&steps).into_iter().filter(|told| !told.ends_with(": 0")).collect();
    assert_eq!(failed, ["Mutation: 1"]);
    let said = all(step(&steps, "Mutation"));
    assert!(said.starts_with("::error file=filters/dns-updates.rule,line=8,"), "{said}");
    assert!(said.contains("without '.update.microsoft.com'") && said.contains("this test would:"), "{said}");
}

#[test]
fn the_comment_is_written_once_and_no_other_is_touched() {
    if !has("jq") {
        return skipped("the comment of examples/ci/github-actions.yml: there is no jq here").unwrap_or_default();
    }
    let Some(checkout) = Checkout::new("ci-github-comment", "github") else { return };
    let mark = "<!-- blocksieve: rules on real events -->";
    let comments = |own: &str| {
        let comment =
            |id: u32, login: &str, body: &str| format!(r#"{{"id":{id},"user":{{"login":"{login}"}},"body":"{body}"}}"#);
        let (bot, person) = ("github-actions[bot]", "a-person");
        let listed = format!(
            "[{},{}{own},{}]",
            comment(1, bot, "of another workflow"),
            comment(2, person, mark),
            comment(4, bot, &format!("quotes {mark}"))
        );
        std::fs::write(checkout.folder.0.join("comments.json"), listed).expect("written");
    };
    comments("");
    checkout.github();
    let written = text(checkout.rules.join("comment.md"));
    assert!(written.starts_with(&format!("{mark}\n### Blocksieve: Nothing changes")), "{written}");
    let asked = checkout.asked();
    assert!(asked.contains("gh pr comment 17 --body-file comment.md\n") && !asked.contains("PATCH"), "{asked}");
    comments(&format!(r#",{{"id":3,"user":{{"login":"github-actions[bot]"}},"body":"{mark}\nas it was"}}"#));
    checkout.github();
    let asked = checkout.asked();
    let patched = "gh api --silent --method PATCH repos/o/r/issues/comments/3 --field body=@comment.md\n";
    assert!(asked.contains(patched) && !asked.contains("gh pr comment"), "{asked}");
    // What GitHub would refuse.
    let script = items(at(yaml(&kit("github-actions.yml"))[0].root(), &["jobs", "rules", "steps"]))
        .into_iter()
        .find(|step| word(*step, "name").as_deref() == Some("Comment"))
        .and_then(|step| word(step, "run"))
        .expect("a step");
    std::fs::write(checkout.rules.join("diff.md"), "ä".repeat(65_000)).expect("written");
    assert!(checkout.shell(&script).status.success());
    assert!(text(checkout.rules.join("comment.md")).contains("too long for a comment"));
}

#[test]
fn every_job_of_gitlab_runs_in_a_new_project_and_fails_where_it_should() {
    let Some(checkout) = Checkout::new("ci-gitlab", "gitlab") else { return };
    for job in ["rules", "diff"] {
        let output = checkout.gitlab(job);
        assert!(output.status.success(), "{job}: {output:?}");
    }
    let asked = checkout.asked();
    assert!(asked.contains("apt-get install") && !asked.contains("cargo"), "the program is there: {asked}");
    checkout.change(WIDE.0, WIDE.1, WIDE.2);
    let output = checkout.gitlab("rules");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    // Every line said what it found; mutants are for tests that pass.
    let said = all(&output);
    assert!(said.contains("warning[BS0439]") && said.contains("conditions seen both ways"), "{said}");
    assert!(text(checkout.rules.join("tests.xml")).contains("<failure") && !said.contains("mutants"), "{said}");
    let output = checkout.gitlab("diff");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(all(&output).contains("**Not allowed:** 1 event newly dropped"), "{output:?}");
}

/// Schemas are those that check-jsonschema brings along.
#[test]
fn the_workflows_are_what_their_servers_read() {
    let Some(tools) = tools("examples/ci against the servers' schemas") else { return };
    let check = |schema: &str, file: &Path| {
        let mut command = Command::new(tools.join("bin/check-jsonschema"));
        command.args(["--builtin-schema", schema, "--data-transform", "gitlab-ci"]).arg(file);
        command.output().expect("starts")
    };
    for (schema, file, from, to) in [
        ("vendor.github-workflows", "github-actions.yml", "runs-on:", "runs-off:"),
        ("vendor.gitlab-ci", "gitlab-ci.yml", "when: always", "when: perhaps"),
    ] {
        let checked = check(schema, &kit(file));
        assert!(checked.status.success(), "{file}: {}", all(&checked));
        // The schema asks for something.
        let before = text(kit(file));
        assert!(before.contains(from), "{from}");
        let wrong = Folder::new(&format!("ci-{file}"), &[(file, before.replace(from, to).as_bytes())]);
        assert!(!check(schema, &wrong.0.join(file)).status.success(), "{file}");
    }
    let pre_commit = |what: &str, file: PathBuf| {
        let checked = Command::new(tools.join("bin/pre-commit")).arg(what).arg(&file).output().expect("starts");
        assert!(checked.status.success() && checked.stderr.is_empty(), "{}: {}", file.display(), all(&checked));
    };
    pre_commit("validate-config", kit(".pre-commit-config.yaml"));
    pre_commit("validate-manifest", Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml"));
}

/// The hooks of this repository call the program as those for one on the path do.
#[test]
fn both_files_of_hooks_have_the_same_commands() {
    let own = yaml(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml"));
    let commands = |hook: Node<'_>| {
        let mut words = vec![word(hook, "entry").expect("an entry")];
        words.extend(field(hook, "args").map(items).unwrap_or_default().into_iter().filter_map(scalar));
        words.join(" ")
    };
    let own: Vec<String> = items(own[0].root()).into_iter().map(commands).collect();
    let local = yaml(&kit(".pre-commit-config.yaml"));
    let local = items(at(items(at(local[0].root(), &["repos"]))[0], &["hooks"])).into_iter().map(commands);
    assert_eq!(local.collect::<Vec<_>>(), own);
    let Some(checkout) = Checkout::new("ci-hooks", "github") else { return };
    for command in own {
        assert!(checkout.shell(&command).status.success(), "{command}");
    }
}

/// Hooks as pre-commit calls them.
#[test]
fn pre_commit_runs_the_hooks() {
    let Some(tools) = tools("examples/ci/.pre-commit-config.yaml under pre-commit") else { return };
    let Some(checkout) = Checkout::new("ci-pre-commit", "github") else { return };
    std::fs::copy(kit(".pre-commit-config.yaml"), checkout.rules.join(".pre-commit-config.yaml")).expect("copied");
    let bin = tools.join("bin");
    let run = |script: &str| {
        checkout.shell(&format!(
            "export PATH='{}':\"$PATH\" PRE_COMMIT_HOME=../home; git config user.name a; git config user.email a@example.org; {script}",
            bin.display()
        ))
    };
    let count = |output: &Output, word: &str| all(output).matches(word).count();
    let clean = run("pre-commit install && git add --all && git commit --message hooks");
    assert!(clean.status.success() && count(&clean, "Passed") == 3, "{}", all(&clean));
    // Wrong in layout, too wide, and it drops an attack.
    checkout.change(WIDE.0, WIDE.1, WIDE.2);
    checkout.change(WIDE.0, "    drop", "  drop");
    let failed = run("git commit --all --message wide");
    assert!(!failed.status.success() && count(&failed, "Failed") == 3, "{}", all(&failed));
    // A rule that is deleted and missed by tests: nothing but the hook would say so.
    let failed = run("git checkout --quiet . && git rm --quiet filters/dns-updates.rule && git commit --message gone");
    assert!(!failed.status.success() && count(&failed, "Failed") == 1, "{}", all(&failed));
}
