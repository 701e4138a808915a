//! A stream that comes once: standard input, a pipe.
//!
//! In: a stream, which a thread of its own reads. Out: its records, each as soon as its last byte is there. Never here: positions:
//! what was read of a pipe is gone; a form that has to be read whole.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use super::wake::Wake;
use super::{BadPosition, Kind, Lag, Notice, Polled, Positions, Sink, Source};
use crate::diagnostic::Code;
use crate::event::read::{Began, End, EventReader, Growing, Place, Reach, ReadError};
use crate::limits::RECORD_BYTES;

/// Bytes that are read at once.
const PIECE: usize = 64 << 10;
/// Pieces that wait to be looked at; a sender that is faster waits too.
const PIECES: usize = 16;
/// Bytes of records that are given in one poll, about.
const MOST: u64 = 8 << 20;

/// The stream.
#[derive(Debug)]
pub struct Standard {
    name: Arc<str>,
    pieces: Receiver<std::io::Result<Vec<u8>>>,
    /// What came and is not given yet; it begins at the place.
    rest: Vec<u8>,
    growing: Option<Growing>,
    place: Place,
    ended: bool,
    /// Nothing of it is read any more.
    refused: bool,
}

impl Standard {
    /// Begins to read a stream. `wake` is rung whenever something came.
    pub fn new(name: &str, mut input: impl Read + Send + 'static, wake: Wake) -> Self {
        let (sender, pieces) = sync_channel(PIECES);
        std::thread::spawn(move || {
            loop {
                let mut piece = vec![0; PIECE];
                let read = match input.read(&mut piece) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    read => read,
                };
                let last = !matches!(read, Ok(1..));
                let told = read.map(|count| {
                    piece.truncate(count);
                    piece
                });
                if sender.send(told).is_err() {
                    return;
                }
                wake.ring();
                if last {
                    return;
                }
            }
        });
        let (rest, growing, place) = (Vec::new(), None, Place::default());
        Self { name: name.into(), pieces, rest, growing, place, ended: false, refused: false }
    }

    fn refuse(&mut self, message: String, help: &str, code: Code, sink: &mut dyn Sink) {
        self.refused = true;
        self.rest = Vec::new();
        let (input, help) = (self.name.to_string(), Some(help.to_string()));
        sink.notice(Notice { kind: Kind::Warning(code), input, message, help });
    }

    /// Takes what came.
    fn receive(&mut self, sink: &mut dyn Sink) -> bool {
        let mut came = false;
        // A record of any size that is allowed fits.
        while !self.ended && self.rest.len() < RECORD_BYTES + MOST as usize {
            match self.pieces.try_recv() {
                Ok(Ok(piece)) if piece.is_empty() => self.ended = true,
                Ok(Ok(piece)) => self.rest.extend(piece),
                Ok(Err(error)) => {
                    self.ended = true;
                    self.refuse(format!("cannot be read: {error}"), "look at who writes it", Code::Unreadable, sink);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => self.ended = true,
            }
            came = true;
        }
        came
    }

    fn begin(&mut self, reader: &mut EventReader, sink: &mut dyn Sink) {
        const WHOLE: &str = "this form has to be read whole, to its end";
        match reader.begin_growing(&mut Cursor::new(&self.rest), self.ended) {
            Ok(Began::NotYet) => {}
            Ok(Began::Growing(growing, first)) => {
                self.rest.drain(..usize::try_from(first).unwrap_or(0).min(self.rest.len()));
                self.place.offset = first;
                self.growing = Some(growing);
            }
            Ok(Began::Packed) => {
                let help = "unpack it on the way, as in `zcat FILE | blocksieve watch RULES --events -`";
                self.refuse(
                    "this is packed, and its records cannot be told apart as they come".into(),
                    help,
                    Code::NotFollowed,
                    sink,
                );
            }
            Ok(Began::Whole) => {
                let help = "`blocksieve run RULES --events -` reads it";
                self.refuse(WHOLE.into(), help, Code::NotFollowed, sink);
            }
            Err(ReadError::Form(form)) => self.refuse(form.to_string(), form.way_out, Code::UnknownForm, sink),
            Err(ReadError::Io(error)) => {
                self.refuse(error.to_string(), "look at who writes it", Code::Unreadable, sink)
            }
        }
    }
}

impl Source for Standard {
    fn name(&self) -> &'static str {
        "standard"
    }

    fn restore(&mut self, _: &Positions) -> Result<(), BadPosition> {
        Ok(())
    }

    fn poll(&mut self, reader: &mut EventReader, sink: &mut dyn Sink) -> Polled {
        let came = self.receive(sink);
        if self.refused {
            self.rest.clear();
            return if self.ended { Polled::Ended } else { Polled::Idle };
        }
        if self.growing.is_none() {
            self.begin(reader, sink);
        }
        let Some(growing) = &self.growing else {
            return if self.ended {
                Polled::Ended
            } else if came {
                Polled::More
            } else {
                Polled::Idle
            };
        };
        let (from, end) = (self.place.offset, if self.ended { End::Comes } else { End::Waits });
        let reach = Reach { end, most: MOST };
        let grown = reader.grow(&self.name, growing, &mut Cursor::new(&self.rest), &mut self.place, reach, sink);
        let taken = usize::try_from(self.place.offset - from).unwrap_or(usize::MAX).min(self.rest.len());
        self.rest.drain(..taken);
        match grown {
            Ok(true) => Polled::More,
            // A stream in memory does not fail.
            Ok(false) | Err(_) if self.ended => Polled::Ended,
            Ok(false) | Err(_) if came => Polled::More,
            Ok(false) | Err(_) => Polled::Idle,
        }
    }

    fn positions(&self) -> Positions {
        Positions::new()
    }

    fn committed(&mut self) {}

    fn lag(&self) -> Vec<Lag> {
        vec![Lag { input: self.name.to_string(), bytes: self.rest.len() as u64 }]
    }

    fn open(&self) -> usize {
        usize::from(!self.ended)
    }
}
