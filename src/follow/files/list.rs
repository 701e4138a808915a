//! The list of files, held against what is there.
//!
//! In: what people gave, and what the folders hold now. Out: each file once, in the order in which they were met. Never here: what is
//! in them.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Options;
use super::file::{Did, Known, Look, Other};
use super::position::Position;
use super::print::Identity;
use crate::diagnostic::Code;
use crate::event::input::{self, Input, InputError};
use crate::event::read::EventReader;
use crate::follow::{Kind, Notice, Sink};

/// Files that are open at once; beyond that those that nobody writes to are closed, and opened when they change.
const OPEN: usize = 256;
/// Files that are gone and still known, for a copy of one may appear.
const GONE: usize = 512;

/// The list.
#[derive(Debug, Default)]
pub(super) struct List {
    /// In the order in which they were met.
    pub(super) files: Vec<Known>,
    next: u64,
    /// What stands for no file now.
    pub(super) missing: Vec<InputError>,
    told: Vec<String>,
}

impl List {
    pub(super) fn restore(&mut self, id: u64, position: Position) {
        self.next = self.next.max(id.saturating_add(1));
        self.files.push(Known::restored(id, position, Instant::now()));
        self.files.sort_by_key(|file| file.id);
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// All paths that are watched, each once.
    fn paths(&mut self, options: &Options, sink: &mut dyn Sink) -> Vec<PathBuf> {
        let mut all = Vec::new();
        self.missing.clear();
        for given in &options.given {
            match input::inputs(std::slice::from_ref(given)) {
                Ok(inputs) => all.extend(inputs.into_iter().filter_map(|input| match input {
                    Input::File(path) => Some(path),
                    // Nobody gives these: the command line refuses them.
                    Input::Standard | Input::Member(..) => None,
                })),
                Err(error) => {
                    if !options.once && !self.told.contains(given) {
                        self.told.push(given.clone());
                        let message = format!("{}; waiting for it", error.reason);
                        sink.notice(Notice { kind: Kind::Note, input: input::shown(given), message, help: None });
                    }
                    self.missing.push(error);
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|path| seen.insert(path.clone()));
        all
    }

    /// Looks at what is there.
    pub(super) fn look(&mut self, options: &Options, first: bool, now: Instant, sink: &mut dyn Sink) {
        let paths = self.paths(options, sink);
        let mut places: HashMap<usize, PathBuf> = HashMap::new();
        let mut new = Vec::new();
        for path in paths {
            let Ok(identity) = std::fs::metadata(&path).map(|meta| Identity::of(&meta)) else { continue };
            match self.find(identity, &path) {
                // Two names of one file: the one that it had, or else the first.
                Some(at) if self.files.get(at).is_some_and(|file| file.path.as_ref() == Some(&path)) => {
                    places.insert(at, path);
                }
                Some(at) => {
                    places.entry(at).or_insert(path);
                }
                None => new.push(path),
            }
        }
        for (at, file) in self.files.iter_mut().enumerate() {
            file.path = places.remove(&at);
        }
        if first {
            self.renamed();
        }
        for path in new {
            self.add(&path, options, first, now, sink);
        }
    }

    /// Finds what was renamed while nobody looked, and has a name now that is not watched: `x.log.1` beside `x.log`.
    fn renamed(&mut self) {
        let mut beside: HashMap<PathBuf, HashMap<Identity, PathBuf>> = HashMap::new();
        for file in self.files.iter_mut().filter(|file| file.is_gone() && !file.is_done()) {
            let (Some(identity), Some(folder)) = (file.identity, file.first.parent()) else { continue };
            let numbers = beside.entry(folder.to_path_buf()).or_insert_with(|| numbers(folder));
            // Whether it is the same is asked before anything is read of it.
            if let Some(handle) = numbers.get(&identity).and_then(|path| File::open(path).ok()) {
                file.adopt(handle);
            }
        }
    }

    /// The file of this number; on systems without numbers the one that stood there.
    fn find(&self, identity: Option<Identity>, path: &Path) -> Option<usize> {
        match identity {
            Some(_) => self.files.iter().rposition(|file| file.identity == identity),
            None => self
                .files
                .iter()
                .rposition(|file| !file.is_gone() && file.path.as_deref().unwrap_or(&file.first) == path),
        }
    }

    fn add(&mut self, path: &Path, options: &Options, first: bool, now: Instant, sink: &mut dyn Sink) {
        let opened = File::open(path).and_then(|file| Ok((Identity::of(&file.metadata()?), file)));
        match opened {
            // Renamed between the two looks.
            Ok((identity, _)) if identity.is_some() && self.find(identity, path).is_some() => {}
            Ok((identity, file)) => {
                let id = self.id();
                let mut known = Known::new(id, path, file, identity, now);
                known.old = options.only_new && first;
                self.files.push(known);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let given = path.display().to_string();
                if !self.told.contains(&given) {
                    let kind = Kind::Warning(Code::Unreadable);
                    let help = Some("look whether it may be read; it is tried again".to_string());
                    let message = format!("cannot be read: {error}");
                    sink.notice(Notice { kind, input: input::shown(&given), message, help });
                    self.told.push(given);
                }
            }
        }
    }

    /// What each has come to.
    pub(super) fn others(&self) -> Vec<Other> {
        self.files.iter().map(Known::other).collect()
    }

    /// Reads what is new in one file.
    pub(super) fn advance(
        &mut self,
        at: usize,
        others: &mut Vec<Other>,
        (options, now): (&Options, Instant),
        reader: &mut EventReader,
        sink: &mut dyn Sink,
    ) -> Did {
        let look = Look { options, now, others };
        let Some(file) = self.files.get_mut(at).filter(|file| !file.is_gone()) else { return Did::Nothing };
        let (did, anew) = file.advance(&look, reader, sink);
        if let Some(other) = others.get_mut(at) {
            *other = file.other();
        }
        // What stands under no name that is watched, and is another file, is nobody's business here.
        if let Some(handle) = anew.filter(|_| file.path.is_some()) {
            let (identity, path, first) = (file.identity.take(), file.path.take(), file.first.clone());
            let message = "was emptied or written anew: read from its start".to_string();
            sink.notice(Notice { kind: Kind::Note, input: file.name.to_string(), message, help: None });
            let name = file.name.clone();
            let id = self.id();
            let mut known = Known::new(id, &first, handle, identity, now);
            (known.path, known.name) = (path, name);
            others.push(known.other());
            self.files.push(known);
        }
        did
    }

    /// Closes and forgets what there is too much of.
    pub(super) fn tidy(&mut self) {
        let open = self.files.iter().filter(|file| file.is_open()).count();
        if open > OPEN {
            let mut idle: Vec<&mut Known> =
                self.files.iter_mut().filter(|file| file.is_open() && file.may_close()).collect();
            idle.sort_by_key(|file| file.changed());
            idle.into_iter().take(open - OPEN).for_each(Known::close);
        }
        let mut gone = self.files.iter().filter(|file| file.is_gone()).count();
        self.files.retain(|file| {
            let forgotten = gone > GONE && file.is_gone();
            gone -= usize::from(forgotten);
            !forgotten
        });
    }
}

/// The files of a folder by their numbers.
fn numbers(folder: &Path) -> HashMap<Identity, PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let number = |entry: std::fs::DirEntry| {
        let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some((Identity::of(&metadata)?, entry.path()))
    };
    entries.filter_map(number).collect()
}
