//! Drops that take more than they name: a folder of users, a name anybody can give a file.
//!
//! In: the terms under which filters drop. Out: warnings at the test. Never here: rules that do not drop; a test that another test of the
//! same term makes narrow enough, such as a name beside the folder.

use super::terms::{Lit, Term};
use super::{Lints, folders, patterns};
use crate::ast::Function;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dialect::Dialect;
use crate::fold::fold;
use crate::ir::{Check, From, Piece, Test, Through, Where};

/// Fields that hold a program, driver or library.
pub(super) const PROGRAMS: [&str; 5] = ["Image", "ParentImage", "SourceImage", "TargetImage", "ImageLoaded"];
/// Other fields that hold a path.
pub(super) const FILES: [&str; 3] = ["TargetFilename", "CurrentDirectory", "StartModule"];
/// Fields that hold the name of a host.
pub(super) const HOSTS: [&str; 3] = ["QueryName", "DestinationHostname", "SourceHostname"];

/// One text of a test, folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The whole value.
    Whole(String),
    /// Its beginning.
    Start(String),
    /// Its end.
    End(String),
    /// Something inside.
    Inside(String),
    /// The folder, with its last backslash.
    Folder(String),
    /// What follows the last backslash, or the end of it.
    Name(String),
}

impl Part {
    fn at(place: Where, text: String) -> Part {
        match place {
            Where::Inside => Part::Inside(text),
            Where::Start => Part::Start(text),
            Where::End => Part::End(text),
        }
    }

    pub(super) fn text(&self) -> &str {
        let (Part::Whole(text)
        | Part::Start(text)
        | Part::End(text)
        | Part::Inside(text)
        | Part::Folder(text)
        | Part::Name(text)) = self;
        text
    }

    /// The same of a value that a function gave.
    fn through(self, function: Function) -> Option<Part> {
        match (function, self) {
            (Function::LowerCase | Function::UpperCase, part) => Some(part),
            (Function::FileName, part) => Some(Part::Name(part.text().to_string())),
            (Function::Folder, Part::Whole(text)) => Some(Part::Folder(text)),
            (Function::Folder, Part::End(text)) => Some(Part::Inside(text)),
            (Function::Folder, part) => Some(part),
            (_, _) => None,
        }
    }
}

/// What a test asks of a text, piece by piece, with `\` for `/`; nothing where it is no test of text, or not one of certain texts.
pub(super) fn parts(test: &Test) -> Vec<Part> {
    let read = |text: &String| fold(text).replace('/', "\\");
    let parts: Vec<Part> = match &test.check {
        Check::In(set) => set.texts.iter().map(|text| Part::Whole(read(text))).collect(),
        Check::Text { place, needles, .. } => needles.iter().map(|needle| Part::at(*place, read(needle))).collect(),
        Check::Like { patterns, .. } => patterns
            .iter()
            .filter_map(|pattern| match pattern.0.as_slice() {
                [Piece::Text(text)] => Some(Part::Whole(read(text))),
                [Piece::Text(text), ..] => Some(Part::Start(read(text))),
                // Whatever the drive is.
                [Piece::One | Piece::Any, Piece::Text(text), ..] if text.starts_with(":\\") => {
                    Some(Part::Start(format!("?{}", read(text))))
                }
                [.., Piece::Text(text)] => Some(Part::End(read(text))),
                pieces => pieces.iter().find_map(|piece| match piece {
                    Piece::Text(text) => Some(Part::Inside(read(text))),
                    Piece::One | Piece::Dash | Piece::Any => None,
                }),
            })
            .collect(),
        Check::Matches { patterns, .. } => {
            let each: Vec<Vec<Part>> = patterns.iter().map(|pattern| patterns::parts(pattern)).collect();
            if each.iter().any(Vec::is_empty) { Vec::new() } else { each.concat() }
        }
        _of_no_text => Vec::new(),
    };
    match test.subject.through.last() {
        None => parts,
        Some(Through::Function(function)) => parts.into_iter().filter_map(|part| part.through(*function)).collect(),
        Some(Through::Lookup(_)) => Vec::new(),
    }
}

/// Does a folded text begin where a path begins?
fn rooted(text: &str) -> bool {
    let behind = folders::behind_drive(text);
    behind.len() < text.len() && behind.starts_with('\\') || text.starts_with('\\') && text.starts_with(r"\systemroot\")
}

impl<'a> Lints<'a> {
    pub(super) fn breadth(&mut self) {
        for (at, terms) in self.drops() {
            let (stmt, exact) = (self.effects[at].stmt, self.effects[at].exact);
            for term in &terms {
                if exact {
                    self.whole_event(stmt, term);
                }
                self.folders_and_names(term);
                self.hosts(term);
            }
        }
    }

    /// Is the place of a field's file certain, whatever this test says?
    pub(super) fn pinned(&self, term: &Term, lit: &Lit) -> bool {
        let Some(name) = self.data_name(lit) else { return true };
        term.iter().filter(|other| other.yes && *other != lit).any(|other| {
            let test = self.test(other.site);
            // What a hash says of a program is worth more than any path.
            if matches!(test.subject.from, From::Hash(..)) {
                return true;
            }
            self.data_name(other) == Some(name) && pins(test)
        })
    }

    /// A program of Windows, by its whole path: what it writes where is not for everybody to choose.
    pub(super) fn trusted(&self, term: &Term) -> bool {
        term.iter().filter(|lit| lit.yes).any(|lit| {
            let parts = parts(self.test(lit.site));
            self.data_name(lit).is_some_and(|name| PROGRAMS.contains(&name))
                && !parts.is_empty()
                && parts
                    .iter()
                    .all(|part| matches!(part, Part::Whole(text) if rooted(text) && folders::holds(text).is_none()))
        })
    }

    fn folders_and_names(&mut self, term: &Term) {
        let trusted = self.trusted(term);
        for lit in term.iter().filter(|lit| lit.yes) {
            let Some(name) = self.data_name(lit) else { continue };
            if name == "TargetObject" && !trusted && !self.pinned(term, lit) {
                parts(self.test(lit.site)).iter().for_each(|part| self.open_prefix(lit, part));
            }
            let program = PROGRAMS.contains(&name);
            if !program && (!FILES.contains(&name) || trusted) {
                continue;
            }
            let pinned = self.pinned(term, lit);
            let pattern = matches!(self.test(lit.site).check, Check::Matches { .. });
            let mut open = false;
            for part in parts(self.test(lit.site)) {
                open |= self.writable(term, lit, name, &part, pinned);
                if open || pinned || pattern && self.test(lit.site).dialect == Dialect::LogManager {
                    continue;
                }
                if program {
                    self.no_folder(lit, name, &part);
                }
                self.open_prefix(lit, &part);
            }
            if pattern && !open && !pinned {
                self.found_below(term, lit, name);
            }
        }
    }

    /// A pattern that is tried on files in writable folders.
    fn found_below(&mut self, term: &Term, lit: &Lit, name: &str) {
        let Check::Matches { patterns, .. } = &self.test(lit.site).check else { return };
        // One that names no folder asks for something else, such as a drive and plain letters.
        let named = |pattern: &&String| patterns::anchored(pattern) && pattern.contains(r"\\");
        let found = patterns.iter().filter(named).find_map(|pattern| {
            let found = patterns::finds(pattern, folders::all())?;
            (!self.spared(term, name, found)).then_some(found)
        });
        if let Some(folder) = found {
            self.report(
                Diagnostic::new(
                    Code::WritableFolder,
                    self.origin(lit.site),
                    format!("this finds files below {} too, to which users can write", folders::shown(folder)),
                )
                .help(
                    "name the folder in the pattern, and let no `\\\\` into what stands for a file's name: `[^\\\\]+`",
                ),
            );
        }
    }

    fn writable(&mut self, term: &Term, lit: &Lit, name: &str, part: &Part, pinned: bool) -> bool {
        let inside = match part {
            Part::Whole(text) | Part::Start(text) | Part::Folder(text) => folders::holds(text),
            Part::Inside(text) if !pinned => folders::within(&format!("\\{}\\", text.trim_matches('\\'))),
            Part::End(text) if !pinned => folders::within(&format!("\\{}", text.trim_start_matches('\\'))),
            Part::Inside(_) | Part::End(_) | Part::Name(_) => None,
        };
        if let Some(folder) = inside {
            self.report(
                Diagnostic::new(
                    Code::WritableFolder,
                    self.origin(lit.site),
                    format!(
                        "users can write to {}: whoever puts a file there is not seen either",
                        folders::shown(folder)
                    ),
                )
                .help(
                    "ask for its hash or a valid signature too, or name a folder that only administrators can write to",
                ),
            );
            return true;
        }
        let Part::Start(text) = part else { return false };
        if pinned || matches!(self.test(lit.site).check, Check::Matches { .. }) {
            return false;
        }
        let open: Vec<&str> = folders::below(text).filter(|folder| !self.spared(term, name, folder)).collect();
        let Some(first) = open.first() else { return false };
        let more = match open.len() {
            1 => String::new(),
            more => format!(" and {} folders more", more - 1),
        };
        self.report(
            Diagnostic::new(
                Code::WritableFolder,
                self.origin(lit.site),
                format!("below this folder is {}{more}, to which users can write", folders::shown(first)),
            )
            .help(format!(
                "name the files (`{name} in [...]`), or `folder of {name}`, which is the folder itself alone"
            )),
        );
        true
    }

    /// Does the term leave this folder out?
    fn spared(&self, term: &Term, name: &str, folder: &str) -> bool {
        term.iter().filter(|lit| !lit.yes && self.data_name(lit) == Some(name)).any(|lit| {
            parts(self.test(lit.site)).iter().any(|part| match part {
                Part::Start(text) => folder.to_ascii_lowercase().starts_with(folders::behind_drive(text)),
                Part::Inside(text) => folder.to_ascii_lowercase().contains(text.as_str()),
                Part::Whole(_) | Part::End(_) | Part::Folder(_) | Part::Name(_) => false,
            })
        })
    }

    /// A folded text of a test as its author wrote it.
    fn as_written(&self, lit: &Lit, folded: &str) -> String {
        let text = &self.program.sites[lit.site.index()].text;
        let own = text.to_ascii_lowercase().find(folded).and_then(|at| text.get(at..at + folded.len()));
        own.unwrap_or(folded).to_string()
    }

    fn no_folder(&mut self, lit: &Lit, name: &str, part: &Part) {
        let (text, message) = match part {
            Part::Name(text) => {
                (text, "a program of this name in any folder is meant, also one that an intruder brings along")
            }
            Part::End(text) if !rooted(text) => (
                text,
                "the folder can be any, also one that an intruder makes: the end of a path says nothing of its beginning",
            ),
            Part::Inside(text) if !rooted(text) => {
                (text, "this can stand anywhere in the path, also in a folder that an intruder makes")
            }
            Part::Whole(text) if text.contains('.') && !text.contains('\\') => {
                (text, "Sysmon writes the whole path, so a name alone is never equal")
            }
            Part::Whole(_) | Part::Start(_) | Part::Folder(_) | Part::End(_) | Part::Inside(_) => return,
        };
        let text = self.as_written(lit, text);
        let file = text.rsplit('\\').next().unwrap_or_default();
        let help = if file.is_empty() || matches!(part, Part::Inside(_)) {
            format!("write where it begins: `{name} starts with 'C:\\…\\'`")
        } else {
            format!("write the whole path: `{name} == 'C:\\Windows\\System32\\{file}'`, wherever it belongs")
        };
        self.report(Diagnostic::new(Code::NoFolder, self.origin(lit.site), message).help(help));
    }

    fn open_prefix(&mut self, lit: &Lit, part: &Part) {
        let Part::Start(text) = part else { return };
        let last = text.rsplit('\\').next().unwrap_or_default();
        let folder = !last.is_empty() && last.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '(' | ')'));
        let goes_on = match &self.test(lit.site).check {
            Check::Matches { patterns, .. } => patterns.iter().any(|pattern| patterns::goes_on(pattern, text)),
            _plain => true,
        };
        // `…\Run` stands for `RunOnce` too, and is told of as what starts programs.
        let key = text.starts_with("hk") && text.contains('\\') && last != "run";
        if !((rooted(text) || key) && folder && goes_on) {
            return;
        }
        let text = self.as_written(lit, text);
        self.report(
            Diagnostic::new(
                Code::OpenPrefix,
                self.origin(lit.site),
                format!("this also fits one whose name goes on: `{text}x\\…`"),
            )
            .help(format!("end it with a backslash: '{text}\\'")),
        );
    }

    fn hosts(&mut self, term: &Term) {
        for lit in term.iter().filter(|lit| lit.yes) {
            let Some(name) = self.data_name(lit).filter(|name| HOSTS.contains(name)) else { continue };
            let exact = term.iter().any(|other| {
                other.yes && other != lit && self.data_name(other) == Some(name) && {
                    let parts = parts(self.test(other.site));
                    !parts.is_empty()
                        && parts.iter().all(|part| match part {
                            Part::Whole(_) => true,
                            Part::End(text) => text.starts_with('.'),
                            Part::Start(_) | Part::Inside(_) | Part::Folder(_) | Part::Name(_) => false,
                        })
                }
            });
            if exact {
                continue;
            }
            let test = self.test(lit.site);
            // A pattern can say more than its parts: it is tried on names of others.
            let fits = |name: &str| match &test.check {
                Check::Matches { patterns, .. } => {
                    test.dialect != Dialect::LogManager
                        && patterns.iter().any(|pattern| patterns::is_found(pattern, name))
                }
                _plain => true,
            };
            for part in parts(test) {
                match part {
                    Part::End(text) if (!text.starts_with('.') || for_sale(&text)) && fits(&format!("evil{text}")) => {
                        let dot = match for_sale(&text) {
                            true => "write the whole name that is meant".to_string(),
                            false => format!(
                                "write the dot: `{name} ends with '.{text}'`, and `== '{text}'` for the name itself"
                            ),
                        };
                        let sold = registrable(&text) || for_sale(&text);
                        let mut found = match sold {
                            true => Diagnostic::new(
                                Code::OpenSuffix,
                                self.origin(lit.site),
                                format!("`evil{text}` ends so too, and anybody can register a name"),
                            ),
                            false => Diagnostic::new(
                                Code::OpenSuffix,
                                self.origin(lit.site),
                                format!("this also fits names that go on to the left, such as `x{text}`"),
                            ),
                        };
                        if !sold {
                            found.severity = Severity::Note;
                        }
                        self.report(found.help(dot));
                    }
                    Part::Inside(text) | Part::Start(text) if fits(&format!("{text}.evil.example")) => self.report(
                        Diagnostic::new(
                            Code::NameContains,
                            self.origin(lit.site),
                            format!(
                                "`{}.evil.example` is such a name too: names are chosen from the left",
                                text.trim_matches('.')
                            ),
                        )
                        .help(format!("write the end of the name, with its dot: `{name} ends with '.…'`")),
                    ),
                    Part::Whole(_)
                    | Part::Start(_)
                    | Part::End(_)
                    | Part::Inside(_)
                    | Part::Folder(_)
                    | Part::Name(_) => {}
                }
            }
        }
    }
}

/// Could what stands before the first dot be a name that is for sale? Of `fe2.update.example.com` it could not; of `example.com` and
/// `example.co.uk` it could.
fn registrable(suffix: &str) -> bool {
    let labels: Vec<&str> = suffix.split('.').filter(|label| !label.is_empty()).collect();
    match labels.as_slice() {
        [_, second, top] => top.len() == 2 && second.len() <= 3,
        [_, _, _, _, ..] => false,
        _ => true,
    }
}

/// Domains under which whoever pays, or asks, gets a name of his own choice; a few of those in the private part of the Public Suffix List.
const HOSTED: [&str; 14] = [
    "amazonaws.com",
    "s3.amazonaws.com",
    "azureedge.net",
    "azurewebsites.net",
    "blob.core.windows.net",
    "cloudapp.azure.com",
    "cloudfront.net",
    "duckdns.org",
    "github.io",
    "herokuapp.com",
    "ngrok.io",
    "pages.dev",
    "trafficmanager.net",
    "workers.dev",
];

/// Is it the end of the names of a whole country, or of everybody: `.com`? Names of networks of one's own end in longer words, or `.lan`.
fn for_sale(suffix: &str) -> bool {
    let label = suffix.trim_start_matches('.');
    let country = |top: &str| top.len() == 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    if let Some((second, top)) = label.split_once('.') {
        return HOSTED.contains(&label) || country(top) && ["co", "com", "net", "org"].contains(&second);
    }
    (2..=3).contains(&label.len()) && label != "lan" && label.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Does a test say where a file lies?
fn pins(test: &Test) -> bool {
    if let Check::Matches { patterns, .. } = &test.check {
        return patterns.iter().all(|pattern| patterns::anchored(pattern) && pattern.contains(r":\\"));
    }
    let parts = parts(test);
    !parts.is_empty()
        && parts.iter().all(|part| match part {
            Part::Whole(text) | Part::Folder(text) => rooted(text),
            Part::Start(text) => rooted(text) && text.ends_with('\\'),
            Part::End(_) | Part::Inside(_) | Part::Name(_) => false,
        })
}
