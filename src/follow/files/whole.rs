//! Files that can only be read whole, and archives.
//!
//! In: a file that nothing changes any more. Out: its records, once; of one whose reading was broken off those that were not given. Never
//! here: a file that grows.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;

use super::file::{Did, Known, Look, Other};
use super::print::{Content, Stamp};
use super::sinks::Behind;
use crate::diagnostic::Code;
use crate::event::archive::Archive;
use crate::event::input;
use crate::event::read::{EventReader, ReadError};
use crate::follow::{Kind, Notice, Sink};

impl Known {
    /// Of what is read when it is finished: may it be read now?
    pub(super) fn may_be_whole(&mut self, stamp: Stamp, look: &Look<'_>, sink: &mut dyn Sink) -> bool {
        match self.done {
            None => self.is_still(look),
            Some(done) if done == stamp => false,
            // Who reads once reads what is behind the records that were given: this costs reading all of it, but only now.
            Some(_) if look.options.once => true,
            Some(done) => {
                if done.size != stamp.size && self.is_still(look) && !std::mem::replace(&mut self.told, true) {
                    let help =
                        "let Winlogbeat or a like program send its events as lines; `blocksieve run` reads all of it";
                    let message = "changed after it was read, and only lines, XML and CSV can be followed: what is new is not read";
                    self.notice(Kind::Warning(Code::NotFollowed), message.into(), Some(help), sink);
                }
                false
            }
        }
    }

    /// Reads it whole, but for what was given before.
    pub(super) fn whole(
        &mut self,
        mut file: &File,
        stamp: Stamp,
        look: &Look<'_>,
        reader: &mut EventReader,
        sink: &mut dyn Sink,
    ) -> Result<Did, ReadError> {
        let content = Content { file, packed: false };
        let (head, tail) = (content.head(stamp.size)?, content.tail(stamp.size)?);
        let copied = |other: &&Other| {
            other.id != self.id
                && other.done.is_some_and(|done| done.size == stamp.size)
                && (other.head, other.tail) == (head, tail)
        };
        (self.head, self.tail) = (head, tail);
        if let Some(other) = look.others.iter().find(copied).filter(|_| self.place.number == 0) {
            (self.done, self.place.number) = (Some(stamp), other.place.number);
            self.before = self.place.number;
            return Ok(Did::Nothing);
        }
        let mut count = Behind { sink: &mut *sink, given: self.place.number, met: 0, over: false };
        file.seek(SeekFrom::Start(0))?;
        let read = match Archive::of(&mut file.try_clone()?)? {
            None => reader.read_file(&self.name, file, &mut count),
            Some(archive) => {
                let mut fault = None;
                let name = &self.name;
                let read = archive.members(&mut file.try_clone()?, &mut |member, stream| {
                    if count.over {
                        return;
                    }
                    let name: Arc<str> = format!("{name}!{}", input::shown(member)).into();
                    let read =
                        stream.map_err(ReadError::from).and_then(|stream| reader.read(&name, stream, &mut count));
                    if let Err(error) = read {
                        fault = fault.take().or(Some((name, error)));
                    }
                });
                if let Some((name, error)) = fault {
                    let message = format!("cannot be read: {error}");
                    let kind = Kind::Warning(Code::Unreadable);
                    count.sink.notice(Notice { kind, input: name.to_string(), message, help: None });
                }
                read.map_err(ReadError::from)
            }
        };
        let (met, over) = (count.met, count.over);
        self.place.number = self.place.number.max(met);
        if over {
            return Ok(Did::BrokeOff);
        }
        self.done = Some(stamp);
        read.map(|()| Did::Nothing)
    }
}
