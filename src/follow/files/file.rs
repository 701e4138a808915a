//! One file: what was read of it, and what it is now.
//!
//! In: a file, which may be open, and what other files have come to. Out: its records; its position. Never here: which files there
//! are.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Options;
use super::kept::Kept;
use super::position::{self, Position};
use super::print::{Content, Identity, PRINT, Print, Stamp};
use super::sinks::{Nobody, Over};
use crate::diagnostic::Code;
use crate::event::archive::Archive;
use crate::event::read::{Began, End, EventReader, Growing, Place, Reach, ReadError, ReadStats};
use crate::follow::{Kind, Lag, Notice, Sink};

/// Bytes of one file that are read in one go.
const MOST: u64 = 4 << 20;

/// What became of a look at a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// There is nothing more in it now.
    Nothing,
    /// There is more in it.
    More,
    /// The sink broke off.
    BrokeOff,
    /// It waits for the older file of its log.
    Behind,
}

/// How it is read.
#[derive(Clone, Debug)]
enum Form {
    /// Record by record, while it grows or out of its packing.
    Growing { growing: Growing, packed: bool, first: u64, tentative: bool },
    /// Once, when nothing changes it any more.
    Whole,
    /// Not at all.
    Refused,
}

/// A file.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: u64,
    pub(super) name: Arc<str>,
    /// Where it was met first.
    pub(super) first: PathBuf,
    /// Where it stands now; none: no name that is watched leads to it.
    pub(super) path: Option<PathBuf>,
    pub(super) identity: Option<Identity>,
    pub(super) head: Print,
    pub(super) tail: Print,
    pub(super) place: Place,
    pub(super) done: Option<Stamp>,
    /// Another file, of which this is a copy, or the other way round.
    pub(super) link: Option<u64>,
    form: Option<Form>,
    pub(super) handle: Option<File>,
    pub(super) seen: Option<Stamp>,
    /// When the last change of it was seen.
    pub(super) changed: Instant,
    /// What was tried for the last record since then.
    pub(super) tried: Option<End>,
    pub(super) more: bool,
    pub(super) told: bool,
    /// What is in it now is not wanted.
    pub(super) old: bool,
    /// It is being unpacked.
    pub(super) stream: Option<Kept>,
    /// The older file of its log, and how far that is to be read before this one.
    pub(super) after: Option<(u64, u64)>,
    /// What this process read of it.
    pub(super) stats: ReadStats,
    /// Records, or lines, that were read before.
    pub(super) before: u64,
}

/// What one file has come to, for others that may be copies of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    pub(super) id: u64,
    pub(super) link: Option<u64>,
    pub(super) head: Print,
    pub(super) tail: Print,
    pub(super) place: Place,
    pub(super) done: Option<Stamp>,
}

/// Whom a look serves, and when it is.
pub(super) struct Look<'l> {
    pub(super) options: &'l Options,
    pub(super) now: Instant,
    pub(super) others: &'l [Other],
}

impl Known {
    pub(super) fn new(
        id: u64,
        path: &Path,
        name: &str,
        handle: File,
        identity: Option<Identity>,
        now: Instant,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            first: path.to_path_buf(),
            path: Some(path.to_path_buf()),
            identity,
            head: Print::default(),
            tail: Print::default(),
            place: Place::default(),
            done: None,
            link: None,
            form: None,
            handle: Some(handle),
            seen: None,
            changed: now,
            tried: None,
            more: false,
            told: false,
            old: false,
            stream: None,
            after: None,
            stats: ReadStats::default(),
            before: 0,
        }
    }

    pub(super) fn restored(id: u64, position: Position, now: Instant) -> Self {
        let Position { name, path, identity, head, tail, place, done } = position;
        Self {
            id,
            name: name.into(),
            first: path.into(),
            path: None,
            identity,
            head,
            tail,
            place: position::place(place).unwrap_or_default(),
            done,
            link: None,
            form: None,
            handle: None,
            seen: None,
            changed: now,
            tried: None,
            more: false,
            told: false,
            old: false,
            stream: None,
            after: None,
            stats: ReadStats::default(),
            before: place.1,
        }
    }

    pub(super) fn position(&self) -> Position {
        Position {
            name: self.name.to_string(),
            path: self.first.to_string_lossy().into_owned(),
            identity: self.identity,
            head: self.head,
            tail: self.tail,
            place: position::of_place(self.place),
            done: self.done,
        }
    }

    pub(super) fn other(&self) -> Other {
        let Self { id, link, head, tail, place, done, .. } = *self;
        Other { id, link, head, tail, place, done }
    }

    pub(super) fn is_open(&self) -> bool {
        self.handle.is_some()
    }

    /// No name leads to it, and nobody has it open.
    pub(super) fn is_gone(&self) -> bool {
        self.handle.is_none() && self.path.is_none()
    }

    /// Is there nothing to be done with it, so that its handle may go? Its name leads back to it.
    pub(super) fn may_close(&self) -> bool {
        self.path.is_some() && !self.more && self.unread() == 0
    }

    /// It stands under a name that is not watched, and there may be more in it.
    pub(super) fn adopt(&mut self, handle: File) {
        self.handle = Some(handle);
    }

    /// Was it read to its end, so that nothing comes any more?
    pub(super) fn is_done(&self) -> bool {
        self.done.is_some()
    }

    pub(super) fn close(&mut self) {
        self.handle = None;
    }

    pub(super) fn changed(&self) -> Instant {
        self.changed
    }

    fn unread(&self) -> u64 {
        let size = self.seen.map_or(0, |seen| seen.size);
        match &self.form {
            Some(Form::Growing { packed: false, .. }) => size.saturating_sub(self.place.offset),
            None if self.done.is_none() => size.saturating_sub(self.place.offset),
            Some(Form::Growing { packed: true, .. } | Form::Whole) if self.done.is_none() => size,
            Some(Form::Growing { .. } | Form::Whole | Form::Refused) | None => 0,
        }
    }

    /// How long it is now.
    pub(super) fn size(&self) -> u64 {
        let by_handle = self.handle.as_ref().and_then(|file| file.metadata().ok());
        let meta = by_handle.or_else(|| std::fs::metadata(self.path.as_ref()?).ok());
        meta.map_or(0, |meta| meta.len())
    }

    /// Will more of it be read at once, up to this many bytes? What waits for its end, or cannot be read, holds up nobody.
    pub(super) fn is_pending(&self, size: u64) -> bool {
        let goes_on = self.more || self.tried.is_none();
        !self.is_gone()
            && !self.told
            && self.done.is_none()
            && match &self.form {
                Some(Form::Growing { packed: false, .. }) | None => goes_on && self.place.offset < size,
                Some(Form::Growing { packed: true, .. } | Form::Whole) => goes_on,
                Some(Form::Refused) => false,
            }
    }

    pub(super) fn lag(&self) -> Option<Lag> {
        (!self.is_gone()).then(|| Lag { input: self.name.to_string(), bytes: self.unread() })
    }

    pub(super) fn notice(&self, kind: Kind, message: String, help: Option<&str>, sink: &mut dyn Sink) {
        sink.notice(Notice { kind, input: self.name.to_string(), message, help: help.map(String::from) });
    }

    /// Tells of a fault once, until something changes.
    fn fault(&mut self, error: &ReadError, sink: &mut dyn Sink) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        match error {
            ReadError::Io(error) => {
                let help = "look whether it may be read; it is tried again when it changes";
                self.notice(Kind::Warning(Code::Unreadable), format!("cannot be read: {error}"), Some(help), sink);
            }
            ReadError::Form(form) => {
                self.notice(Kind::Warning(Code::UnknownForm), form.to_string(), Some(form.way_out), sink);
            }
        }
    }

    /// Opens it where its name leads, if it changed since.
    fn open(&mut self) -> std::io::Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| self.handle.is_none()) else { return Ok(()) };
        if std::fs::metadata(path).is_ok_and(|meta| Some(Stamp::of(&meta)) == self.seen.or(self.done)) {
            self.seen = self.seen.or(self.done);
            return Ok(());
        }
        let file = File::open(path)?;
        // The name may lead to another one by now; the next look at the folder finds that out.
        if Identity::of(&file.metadata()?) == self.identity {
            self.handle = Some(file);
        }
        Ok(())
    }

    /// Is it still the one of which the beginning was read?
    fn is_the_same(&self, file: &File, stamp: Stamp) -> std::io::Result<bool> {
        let plain = Content { file, packed: false };
        let Some(done) = self.done else {
            return match &self.form {
                Some(Form::Growing { packed: true, .. } | Form::Whole | Form::Refused) => Ok(true),
                Some(Form::Growing { packed: false, .. }) | None if self.place.offset == 0 => {
                    Ok(plain.head(u64::from(self.head.length))? == self.head)
                }
                Some(Form::Growing { packed: false, .. }) | None => {
                    Ok(stamp.size >= self.place.offset && plain.fits(self.head, self.tail, self.place.offset)?)
                }
            };
        };
        if done == stamp {
            return Ok(true);
        }
        let length = u64::from(self.head.length);
        // One that is read whole, and so has no offset, has the same records in front, or it is another.
        if self.place.offset == 0 && stamp.size < done.size {
            return Ok(false);
        }
        Ok(plain.head(length)? == self.head
            || Content { file, packed: true }.head(length).is_ok_and(|head| head == self.head))
    }

    /// Reads what is there. The second value: it was written anew, and is a file of its own from now on.
    pub(super) fn advance(
        &mut self,
        look: &Look<'_>,
        reader: &mut EventReader,
        sink: &mut dyn Sink,
    ) -> (Did, Option<File>) {
        if let Err(error) = self.open() {
            // One that is gone again is no fault.
            if error.kind() != std::io::ErrorKind::NotFound {
                self.fault(&error.into(), sink);
            }
            return (Did::Nothing, None);
        }
        let Some(file) = self.handle.take() else { return (Did::Nothing, None) };
        let did = match self.advance_open(&file, look, reader, sink) {
            Ok(Some(did)) => did,
            Ok(None) => return (Did::More, Some(file)),
            Err(error) => {
                self.fault(&error, sink);
                // It is tried again when it changes.
                (self.tried, self.more) = (Some(End::Comes), false);
                Did::Nothing
            }
        };
        self.handle = Some(file);
        // Nobody writes to it any more under a name that is watched.
        if did == Did::Nothing && self.path.is_none() && self.is_still(look) {
            self.handle = None;
            self.stream = None;
        }
        (did, None)
    }

    pub(super) fn is_still(&self, look: &Look<'_>) -> bool {
        look.options.once || look.now.duration_since(self.changed) >= look.options.still
    }

    /// Nothing has changed it for so long that there is no need to look for how long.
    fn is_old(stamp: Stamp, still: Duration) -> bool {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_nanos());
        stamp.changed > 0 && now.saturating_sub(stamp.changed) > 2 * still.as_nanos()
    }

    /// What is to become of the last record.
    fn end(&self, look: &Look<'_>) -> End {
        let renamed = self.path.as_ref() != Some(&self.first);
        match (self.is_still(look), renamed) {
            (true, _) if look.options.once && !look.options.goes_on => End::Comes,
            (true, true) => End::Comes,
            (true, false) => End::Whole,
            (false, _) => End::Waits,
        }
    }

    /// `None`: it was written anew.
    fn advance_open(
        &mut self,
        file: &File,
        look: &Look<'_>,
        reader: &mut EventReader,
        sink: &mut dyn Sink,
    ) -> Result<Option<Did>, ReadError> {
        if std::mem::take(&mut self.old) {
            self.pass_over(file, reader)?;
        }
        let stamp = Stamp::of(&file.metadata()?);
        if self.seen != Some(stamp) {
            if !self.is_the_same(file, stamp)? {
                return Ok(None);
            }
            let first = self.seen.is_none();
            (self.seen, self.tried, self.told) = (Some(stamp), None, false);
            self.changed = look.now;
            if first && Self::is_old(stamp, look.options.still) {
                self.changed = look.now.checked_sub(look.options.still).unwrap_or(look.now);
            }
        }
        let end = self.end(look);
        if !self.more && self.tried.is_some_and(|tried| tried >= end) {
            return Ok(Some(Did::Nothing));
        }
        if self.form.is_none() && !self.begin(file, end, self.is_still(look), reader)? {
            self.tried = Some(end);
            return Ok(Some(Did::Nothing));
        }
        let did = match self.form.clone() {
            Some(Form::Growing { growing, packed, first, tentative }) => {
                if packed && !self.may_be_whole(stamp, look, sink) {
                    return Ok(Some(Did::Nothing));
                }
                self.place.offset = self.place.offset.max(first);
                if !self.skip_copied(Content { file, packed }, stamp, look)? {
                    return Ok(Some(Did::Nothing));
                }
                let end = if packed { End::Comes } else { end };
                let did = self.grow(Content { file, packed }, &growing, stamp, end, reader, sink)?;
                // Nothing was taken: more of it may say something else.
                self.form = self.form.take().filter(|_| !tentative || self.place.offset > first);
                did
            }
            Some(Form::Whole) => {
                if !self.may_be_whole(stamp, look, sink) {
                    return Ok(Some(Did::Nothing));
                }
                self.whole(file, stamp, look, reader, sink)?
            }
            Some(Form::Refused) | None => Did::Nothing,
        };
        if did == Did::Nothing {
            self.tried = Some(end);
        }
        self.more = did != Did::Nothing;
        Ok(Some(did))
    }

    /// Finds out how it is read; `false`: too little of it is there.
    fn begin(&mut self, file: &File, end: End, still: bool, reader: &mut EventReader) -> Result<bool, ReadError> {
        let mut start = file;
        let mut tentative = false;
        let begun = (|| {
            start.seek(SeekFrom::Start(0))?;
            if Archive::of(&mut start.try_clone()?)?.is_some() {
                return Ok(Began::Whole);
            }
            start.seek(SeekFrom::Start(0))?;
            match reader.begin_growing(&mut start, end == End::Comes) {
                // One line without its end may be a whole record.
                Ok(Began::NotYet) if end == End::Whole => {
                    start.seek(SeekFrom::Start(0))?;
                    let begun = reader.begin_growing(&mut start, true);
                    tentative = true;
                    Ok(begun.ok().filter(|begun| matches!(begun, Began::Growing(..))).unwrap_or(Began::NotYet))
                }
                begun => begun,
            }
        })();
        let packed = matches!(begun, Ok(Began::Packed));
        if packed && !still {
            return Ok(false);
        }
        let begun = match begun {
            Ok(Began::Packed) => {
                Content { file, packed }.from(0).and_then(|mut inside| reader.begin_growing(&mut inside, true))
            }
            other => other,
        };
        self.form = Some(match begun {
            Ok(Began::NotYet) => return Ok(false),
            Ok(Began::Growing(growing, first)) => Form::Growing { growing, packed, first, tentative },
            Ok(Began::Packed | Began::Whole) => Form::Whole,
            // What is packed may not be whole yet.
            Err(error) if packed => return Err(error),
            Err(ReadError::Form(form)) => {
                self.form = Some(Form::Refused);
                return Err(ReadError::Form(form));
            }
            Err(error) => return Err(error),
        });
        Ok(true)
    }

    /// Reads record by record.
    fn grow(
        &mut self,
        content: Content<'_>,
        growing: &Growing,
        stamp: Stamp,
        end: End,
        reader: &mut EventReader,
        sink: &mut dyn Sink,
    ) -> Result<Did, ReadError> {
        let from = self.place;
        let mut kept = self.stream.take().filter(|_| content.packed);
        let back = kept.as_mut().is_some_and(|kept| kept.back_to(from.offset));
        let mut kept = match kept.filter(|_| back) {
            Some(kept) => kept,
            None => Kept::new(content, from.offset)?,
        };
        if from.offset > 0 && self.tail.length > 0 && kept.before(from.offset) != Some(self.tail) {
            // Written anew since it was looked at, a moment ago.
            self.seen = None;
            return Ok(if content.packed { Did::Nothing } else { Did::More });
        }
        let mut over = Over { sink: &mut *sink, over: false };
        let reach = Reach { end, most: MOST };
        let read = reader.grow(&self.name, growing, &mut kept, &mut self.place, reach, &mut over);
        let over = over.over;
        if self.place != from {
            // Of what was read: the file may be another by now.
            let head = kept.head(self.place.offset).filter(|_| u64::from(self.head.length) < PRINT);
            self.head = head.unwrap_or(self.head);
            self.tail = kept.before(self.place.offset).unwrap_or_default();
        }
        let more = read?;
        if content.packed && !more {
            self.done = Some(stamp);
        }
        self.stream = Some(kept).filter(|_| more && content.packed);
        Ok(if over {
            Did::BrokeOff
        } else if more {
            Did::More
        } else {
            Did::Nothing
        })
    }

    /// Passes over all that is in it now; whatever comes is new.
    fn pass_over(&mut self, file: &File, reader: &mut EventReader) -> Result<(), ReadError> {
        let stamp = Stamp::of(&file.metadata()?);
        if self.begin(file, End::Waits, true, reader)? {
            match self.form.clone() {
                Some(Form::Growing { growing, packed: false, first, .. }) => {
                    self.place.offset = first;
                    let content = Content { file, packed: false };
                    while self.grow(content, &growing, stamp, End::Waits, reader, &mut Nobody)? != Did::Nothing {}
                }
                Some(Form::Growing { .. } | Form::Whole | Form::Refused) | None => self.done = Some(stamp),
            }
        }
        Ok(())
    }
}
