//! The list of files, held against what is there.
//!
//! In: what people gave, and what the folders hold now. Out: each file once, in the order in which they were met. Never here: what is
//! in them.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::file::{Did, Known, Look, Other};
use super::position::Position;
use super::print::Identity;
use super::{Options, order};
use crate::diagnostic::Code;
use crate::event::input::{self, Input, InputError};
use crate::event::read::EventReader;
use crate::follow::{Kind, Notice, Sink};

/// Files that are open at once; beyond that those that nobody writes to are closed, and opened when they change.
const OPEN: usize = 256;
/// Files that are gone and still known, for a copy of one may appear.
const GONE: usize = 2048;

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

    /// All paths that are watched, each once, from the root on, so that they mean the same to a process that stands elsewhere; each with its
    /// name for people.
    fn paths(&mut self, options: &Options, sink: &mut dyn Sink) -> Vec<(PathBuf, String)> {
        let mut all = Vec::new();
        self.missing.clear();
        for given in &options.given {
            match input::inputs(std::slice::from_ref(given)) {
                Ok(inputs) => all.extend(inputs.into_iter().filter_map(|input| match input {
                    Input::File(ref path) => {
                        Some((std::path::absolute(path).unwrap_or_else(|_| path.clone()), input.name()))
                    }
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
        all.retain(|(path, _)| seen.insert(path.clone()));
        all
    }

    /// Looks at what is there.
    pub(super) fn look(&mut self, options: &Options, first: bool, now: Instant, sink: &mut dyn Sink) {
        let paths = self.paths(options, sink);
        let mut places: HashMap<usize, (PathBuf, String)> = HashMap::new();
        let mut new = Vec::new();
        for (path, name) in paths {
            let Ok(meta) = std::fs::metadata(&path) else { continue };
            match self.find(Identity::of(&meta), &path) {
                // Two names of one file: the one that it had, or else the first.
                Some(at) => {
                    let had = self.files.get(at).is_some_and(|file| file.path.as_ref() == Some(&path));
                    if had || !places.contains_key(&at) {
                        places.insert(at, (path, name));
                    }
                }
                None => new.push((path, meta.modified().ok(), name)),
            }
        }
        let known = self.files.len();
        for (at, file) in self.files.iter_mut().enumerate() {
            let place = places.remove(&at);
            // Who goes on tells records under the name by which it was told to read them.
            if let Some((_, name)) = place.as_ref().filter(|_| first) {
                file.name = name.as_str().into();
            }
            file.path = place.map(|(path, _)| path);
        }
        if first {
            self.renamed(&options.given);
        }
        for (path, name) in order::oldest_first(new) {
            self.add(&path, &name, options, first, now, sink);
        }
        self.line_up(if first { 0 } else { known });
    }

    /// A younger file of a log waits for the one before it: until that was read as far as it is now.
    fn line_up(&mut self, from: usize) {
        if from == self.files.len() {
            return;
        }
        let mut last: HashMap<PathBuf, (u64, u64)> = HashMap::new();
        for (at, file) in self.files.iter_mut().enumerate() {
            if file.is_gone() {
                continue;
            }
            let (log, _) = order::log_of(&file.first);
            if at >= from {
                file.after = last.get(&log).copied();
            }
            last.insert(log, (file.id, file.size()));
        }
    }

    /// Finds what was renamed while nobody looked, and has a name now that is not watched: `x.log.1` beside `x.log`. What nobody asks for now
    /// is left alone.
    fn renamed(&mut self, given: &[String]) {
        let mut beside: HashMap<PathBuf, HashMap<Identity, PathBuf>> = HashMap::new();
        let asked = |file: &Known| given.iter().any(|given| input::covers(given, &file.first));
        for file in self.files.iter_mut().filter(|file| file.is_gone() && !file.is_done() && asked(file)) {
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

    fn add(&mut self, path: &Path, name: &str, options: &Options, first: bool, now: Instant, sink: &mut dyn Sink) {
        let opened = File::open(path).and_then(|file| Ok((Identity::of(&file.metadata()?), file)));
        match opened {
            // Renamed between the two looks.
            Ok((identity, _)) if identity.is_some() && self.find(identity, path).is_some() => {}
            Ok((identity, file)) => {
                let id = self.id();
                let mut known = Known::new(id, path, name, file, identity, now);
                known.old = options.only_new && first;
                self.files.push(known);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let given = path.display().to_string();
                if !self.told.contains(&given) {
                    let kind = Kind::Warning(Code::Unreadable);
                    let help = if options.once {
                        "look whether it may be read"
                    } else {
                        "look whether it may be read; it is tried again"
                    };
                    let message = format!("cannot be read: {error}");
                    sink.notice(Notice { kind, input: name.to_string(), message, help: Some(help.to_string()) });
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
        if let Some((id, size)) = self.files.get(at).and_then(|file| file.after)
            && self.files.iter().any(|file| file.id == id && file.is_pending(size))
        {
            return Did::Behind;
        }
        let Some(file) = self.files.get_mut(at).filter(|file| !file.is_gone()) else { return Did::Nothing };
        file.after = None;
        // What was counted for others is not this file's.
        let counted = std::mem::take(&mut reader.stats);
        let (did, anew) = file.advance(&look, reader, sink);
        file.stats.add(&reader.stats);
        reader.stats.add(&counted);
        if let Some(other) = others.get_mut(at) {
            *other = file.other();
        }
        // What stands under no name that is watched, and is another file, is nobody's business here.
        if let Some(handle) = anew.filter(|_| file.path.is_some()) {
            let (identity, path, name) = (file.identity.take(), file.path.take(), file.name.clone());
            let message = "was emptied or written anew: read from its start".to_string();
            sink.notice(Notice { kind: Kind::Note, input: name.to_string(), message, help: None });
            let first = path.unwrap_or_else(|| file.first.clone());
            let id = self.id();
            let known = Known::new(id, &first, &name, handle, identity, now);
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
