//! The test files that are meant, as tests.
//!
//! In: projects, folders, files of rules or of tests. Out: their tests in one order, and what names the rules that they run on. Never here:
//! running them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::passed_over::PassedOver;
use crate::cli::{Failure, files, load, project, sigma};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, SourceId, Sources};
use crate::testing::{self, Case, Given, Refused};

/// The endings of files of tests.
pub(in crate::cli) const ENDINGS: [&str; 2] = [".test.yaml", ".test.yml"];

/// Tests of several files.
#[derive(Default)]
pub(in crate::cli) struct Suite {
    /// The texts of the files, apart from those of the rules.
    pub(in crate::cli) sources: Sources,
    /// In the order in which they are told.
    pub(in crate::cli) files: Vec<TestFile>,
    /// Tests that cannot run, and what is wrong with files.
    pub(in crate::cli) refused: Vec<Refused>,
    /// Tests that are not meant.
    pub(in crate::cli) left_out: usize,
    /// Stored decisions without a file of tests.
    pub(super) orphans: Vec<PathBuf>,
}

/// The tests of one file.
pub(in crate::cli) struct TestFile {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) source: SourceId,
    /// Those that are meant.
    pub(in crate::cli) cases: Vec<Case>,
    /// The names of all of them; none, where one of them cannot be read.
    pub(in crate::cli) names: Option<Vec<String>>,
}

impl TestFile {
    /// The folder from which it names others.
    pub(in crate::cli) fn folder(&self) -> PathBuf {
        self.path.parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// Where its decisions are stored.
    pub(in crate::cli) fn snapshot(&self) -> PathBuf {
        let name = on_disk(&self.path);
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
        self.path.with_file_name(format!("{stem}.snap"))
    }
}

impl Suite {
    /// The tests of what is named, those with a text in their name or their file's where there is one; and what names their rules.
    pub(in crate::cli) fn load(named: &[String], filter: Option<&str>) -> Result<(Suite, Vec<String>), Failure> {
        let (mut files, mut rules) = (Vec::new(), BTreeSet::new());
        let mut over = PassedOver::default();
        for path in named {
            collect(Path::new(path), &mut files, &mut rules, &mut over)?;
        }
        let mut seen = BTreeSet::new();
        files.retain(|file: &PathBuf| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
        let words = filter.map(str::to_lowercase);
        let mut suite = Suite { orphans: over.orphans, ..Suite::default() };
        suite.misnamed(&over.misnamed);
        if files.is_empty() && suite.refused.is_empty() && suite.orphans.is_empty() {
            return Err(Failure::unusable(
                format!("no tests found in {}", named.join(", ")),
                format!(
                    "tests are files that end in {} beside the rules; the editor makes one of any event",
                    ENDINGS[0]
                ),
            ));
        }
        for file in files {
            suite.add(file, words.as_deref())?;
        }
        Ok((suite, rules.into_iter().collect()))
    }

    /// Tests that nobody would run, and nobody miss.
    fn misnamed(&mut self, paths: &[PathBuf]) {
        for path in paths {
            let source = self.sources.add(shown(path), "");
            let message = "these are tests by what they say, and not by their name: nothing runs them";
            let found = Diagnostic::new(Code::BadTest, Origin::whole(source), message);
            self.refused.push(Refused::other(found.help(format!("give the file a name that ends in {}", ENDINGS[0]))));
        }
    }

    fn add(&mut self, path: PathBuf, words: Option<&str>) -> Result<(), Failure> {
        let name = shown(&path);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            // The tests of the other files run.
            Err(error) => {
                let source = self.sources.add(name, "");
                let help = match path.symlink_metadata() {
                    Ok(there) if there.is_symlink() => "it is a link; look where it leads",
                    Ok(_) | Err(_) => "look whether it may be read",
                };
                let message = format!("this file of tests cannot be read: {error}");
                let found = Diagnostic::new(Code::BadTest, Origin::whole(source), message).help(help);
                // Nobody knows what is in it.
                self.refused.push(Refused::other(found));
                return Ok(());
            }
        };
        let text = match crate::source::decode(&bytes) {
            Ok(text) => text,
            Err(fault) => {
                let source = self.sources.add(name, "");
                self.refused.push(Refused::other(fault.diagnostic(source)));
                return Ok(());
            }
        };
        let source = self.sources.add(name.clone(), text.as_str());
        let (mut cases, refused) = testing::read_each(source, &text);
        let whole = refused.is_empty();
        let names = whole.then(|| cases.iter().map(|case| case.name.clone()).collect());
        self.refuse(&name, &text, words, refused);
        if let Some(words) = words.filter(|words| !name.to_lowercase().contains(words)) {
            let all = cases.len();
            cases.retain(|case| case.name.to_lowercase().contains(words));
            self.left_out += all - cases.len();
        }
        self.files.push(TestFile { path, source, cases, names });
        Ok(())
    }

    /// Takes those that are meant: a test by its name or its file's, what is wrong with a whole file if what is asked for may stand in it.
    fn refuse(&mut self, file: &str, text: &str, words: Option<&str>, mut refused: Vec<Refused>) {
        if let Some(words) = words.filter(|words| !file.to_lowercase().contains(words)) {
            let all = refused.iter().filter(|refused| refused.is_test).count();
            let may = text.to_lowercase().contains(words);
            refused.retain(|refused| match &refused.name {
                Some(name) => name.to_lowercase().contains(words),
                None => may && !refused.is_test,
            });
            self.left_out += all - refused.iter().filter(|refused| refused.is_test).count();
        }
        self.refused.append(&mut refused);
    }

    /// All tests, in order.
    pub(in crate::cli) fn cases(&self) -> impl Iterator<Item = &Case> {
        self.files.iter().flat_map(|file| &file.cases)
    }

    /// The folder of each file.
    pub(in crate::cli) fn folders(&self) -> BTreeMap<SourceId, PathBuf> {
        self.files.iter().map(|file| (file.source, file.folder())).collect()
    }

    /// The files of events that tests name.
    pub(super) fn samples(&self) -> BTreeSet<PathBuf> {
        let of = |file: &TestFile| {
            let folder = file.folder();
            let given = file.cases.iter().flat_map(|case| &case.given);
            let sample = |given: &Given| match given {
                Given::Sample(sample) => Some(below(&folder, &sample.from.name)),
                Given::Event(_) => None,
            };
            given.filter_map(sample).collect::<Vec<PathBuf>>()
        };
        self.files.iter().flat_map(of).collect()
    }
}

/// A path that begins at a folder, without `..` where that can be done by its words alone.
pub(super) fn below(folder: &Path, path: &str) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(whole.components().next_back(), Some(Component::Normal(_))) => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// The name of a file, without its folder.
pub(super) fn on_disk(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A path as it is told.
pub(super) fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string().replace('\\', "/")
}

/// Is this a file of tests, by its name?
pub(super) fn is_tests(path: &Path) -> bool {
    let name = on_disk(path).to_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Adds the tests of what is named, and the rules that they are run on.
fn collect(
    path: &Path,
    files: &mut Vec<PathBuf>,
    rules: &mut BTreeSet<String>,
    over: &mut PassedOver,
) -> Result<(), Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "does not exist".to_string(),
            _ => format!("cannot be read: {error}"),
        };
        Failure::unusable(format!("{} {why}", path.display()), "look at the spelling")
    })?;
    let project = project::as_named(path);
    if metadata.is_dir() {
        rules.insert(project.unwrap_or_else(|| path.to_path_buf()).display().to_string());
        files.append(&mut files::below(path, is_tests)?);
        return over.look(path);
    }
    if is_tests(path) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        rules.insert(project.unwrap_or_else(|| folder.to_path_buf()).display().to_string());
        files.push(path.to_path_buf());
        return Ok(());
    }
    rules.insert(project.unwrap_or_else(|| path.to_path_buf()).display().to_string());
    let name = on_disk(path);
    let sigma = sigma::is_rules(path);
    if !sigma && sigma::has_ending(&name) {
        return Err(Failure::unusable(
            format!("{} is no file of tests by its name, and no file of rules", path.display()),
            format!("give it a name that ends in {}", ENDINGS[0]),
        ));
    }
    let stem = load::RULE_ENDINGS.iter().find_map(|end| name.strip_suffix(end));
    let beside = ENDINGS.map(|ending| path.with_file_name(format!("{}{ending}", stem.unwrap_or(&name))));
    files.extend(beside.into_iter().filter(|file| file.is_file()));
    Ok(())
}
