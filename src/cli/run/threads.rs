//! Several threads that decide events.
//!
//! In: pieces of a file of lines. Out: what one thread would have counted and told, in the same order: whoever is free reads the next piece and
//! decides its events; what comes of it is told when that of all before it was. Never here: rules that remember something from event to
//! event, which one thread decides; other forms of events.
//!
//! A piece is read by the thread that decides it, so that its bytes are at hand there. Threads wait where they are too far ahead of what is
//! told: memory does not grow with the file.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::decider::{Decider, Item, Tally};
use super::runner::Runner;
use crate::bytecode::Module;
use crate::event::read::{
    Damaged, EventReader, Piece, PieceSource, Pieces, ReadStats, Record, Rest, Sink, Taken, Until,
};

/// Pieces that each thread may be ahead of what is told.
const AHEAD: usize = 4;

/// What each thread has, and what was counted.
pub(super) struct Threads<'p> {
    lanes: Vec<(Decider<'p>, EventReader)>,
    stats: ReadStats,
}

/// What came of a piece.
struct Done {
    /// By which thread.
    lane: usize,
    piece: Piece,
    items: Vec<Item>,
    tally: Tally,
    stats: ReadStats,
    until: Option<Until>,
    failed: Option<io::Error>,
}

/// What the threads share: the file, and behind it what came of its pieces.
struct Shared<'s, 'i> {
    source: Mutex<Source<'s, 'i>>,
    results: Mutex<Results>,
    changed: Condvar,
}

struct Source<'s, 'i> {
    from: &'s mut PieceSource<'i>,
    /// Pieces that were given out.
    given: usize,
}

#[derive(Default)]
struct Results {
    done: BTreeMap<usize, Done>,
    /// Pieces that were told.
    told: usize,
    /// How many there are, once that is known; and why no more, where that is an error.
    count: Option<usize>,
    error: Option<io::Error>,
    /// Memory that was used, thread by thread: what one core has written is far from the others.
    spare: Vec<Vec<Vec<u8>>>,
    /// Nobody wants more.
    enough: bool,
    /// A thread has ended with a piece that it did not decide.
    lost: bool,
}

/// Do these rules decide each event by itself?
pub(super) fn separable(module: &Module) -> bool {
    module.contexts.is_empty() && module.rules.iter().all(|rule| rule.quiet.is_none())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'p> Threads<'p> {
    /// A thread for each of these.
    pub(super) fn new(lanes: Vec<(Decider<'p>, EventReader)>) -> Self {
        Self { lanes, stats: ReadStats::default() }
    }
}

impl Shared<'_, '_> {
    /// Reads the next piece, once that may be; its number, too.
    fn next(&self, (lane, lanes): (usize, usize)) -> Option<(usize, Piece)> {
        let mut source = locked(&self.source);
        let memory = {
            let mut results = locked(&self.results);
            while !results.enough && results.count.is_none() && source.given >= results.told + lanes * AHEAD {
                results = self.changed.wait(results).unwrap_or_else(PoisonError::into_inner);
            }
            if results.enough || results.count.is_some() {
                return None;
            }
            results.spare.get_mut(lane).and_then(Vec::pop).unwrap_or_default()
        };
        let read = source.from.next(memory);
        if let Ok(Some(piece)) = read {
            source.given += 1;
            return Some((source.given - 1, piece));
        }
        let mut results = locked(&self.results);
        results.count = Some(source.given);
        results.error = read.err();
        self.changed.notify_all();
        None
    }

    /// What one thread does.
    fn work(&self, (lane, lanes): (usize, usize), (decider, reader): &mut (Decider<'_>, EventReader)) {
        let _at_work = AtWork(self);
        while let Some((number, piece)) = self.next((lane, lanes)) {
            let mut worker = Worker { decider, items: Vec::new(), failed: None };
            let until = reader.piece(&piece, &mut worker);
            let Worker { items, failed, .. } = worker;
            let (tally, stats) = (decider.tally.take(decider.module), std::mem::take(&mut reader.stats));
            locked(&self.results).done.insert(number, Done { lane, piece, items, tally, stats, until, failed });
            self.changed.notify_all();
        }
    }

    /// What came of the piece that is to be told next, once it is there; none behind the last.
    fn result(&self) -> Option<Done> {
        let mut results = locked(&self.results);
        loop {
            let told = results.told;
            if let Some(done) = results.done.remove(&told) {
                return Some(done);
            }
            if results.lost || results.count.is_some_and(|count| told >= count) {
                return None;
            }
            results = self.changed.wait(results).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// It was told; its memory is free.
    fn told(&self, lane: usize, piece: Option<Piece>) {
        let mut results = locked(&self.results);
        results.told += 1;
        if let (Some(piece), Some(spare)) = (piece, results.spare.get_mut(lane)) {
            spare.push(piece.into_memory());
        }
        self.changed.notify_all();
    }

    /// No more pieces are read.
    fn stop(&self) {
        locked(&self.results).enough = true;
        self.changed.notify_all();
    }
}

/// However the one that tells ends, the threads end too.
struct Stops<'t, 's, 'i>(&'t Shared<'s, 'i>);

impl Drop for Stops<'_, '_, '_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Nobody waits for what a thread does not do any more: the scope tells of its end.
struct AtWork<'t, 's, 'i>(&'t Shared<'s, 'i>);

impl Drop for AtWork<'_, '_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            locked(&self.0.results).lost = true;
            self.0.changed.notify_all();
        }
    }
}

/// Decides the records of one piece.
struct Worker<'w, 'p> {
    decider: &'w mut Decider<'p>,
    items: Vec<Item>,
    failed: Option<io::Error>,
}

impl Sink for Worker<'_, '_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let Self { decider, items, failed } = self;
        let put = &mut |item| {
            items.push(item);
            Ok(())
        };
        match decider.decide(&record, put) {
            Ok(_) => ControlFlow::Continue(()),
            Err(error) => {
                *failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.decider.damaged();
        self.items.push(Item::Damaged(damaged));
    }
}

impl Pieces for Runner<'_> {
    fn read(&mut self, source: &mut PieceSource<'_>) -> Taken {
        let Some(mut threads) = self.threads.take() else { return Taken::Enough };
        let shared = Shared {
            source: Mutex::new(Source { from: source, given: 0 }),
            results: Mutex::new(Results { spare: vec![Vec::new(); threads.lanes.len()], ..Results::default() }),
            changed: Condvar::new(),
        };
        let count = threads.lanes.len();
        let rest = std::thread::scope(|scope| {
            let stops = Stops(&shared);
            let shared = &shared;
            for (lane, at_work) in threads.lanes.iter_mut().enumerate() {
                scope.spawn(move || shared.work((lane, count), at_work));
            }
            self.tell(stops.0, &mut threads.stats)
        });
        self.threads = Some(threads);
        let results = shared.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (rest, results.error) {
            _ if self.failed.is_some() || self.printer.out.is_closed() => Taken::Enough,
            (None, None) => Taken::All,
            (None, Some(error)) => Taken::Failed(error),
            (Some(mut rest), _) => {
                // What was read behind it is read again.
                results.done.values().for_each(|done| rest.append(&done.piece));
                Taken::Rest(rest)
            }
        }
    }

    fn stats(&mut self) -> ReadStats {
        self.threads.as_mut().map(|threads| std::mem::take(&mut threads.stats)).unwrap_or_default()
    }
}

impl Runner<'_> {
    /// Tells of all pieces in order; or of those up to where lines end, what is left of that one.
    fn tell(&mut self, shared: &Shared<'_, '_>, counted: &mut ReadStats) -> Option<Rest> {
        while let Some(Done { lane, piece, items, tally, stats, until, failed }) = shared.result() {
            self.decider.tally.add(&tally);
            counted.add(&stats);
            let put = items.into_iter().try_for_each(|item| self.printer.put(item));
            self.failed = put.err().or(failed);
            if self.failed.is_some() || self.printer.out.is_closed() {
                return None;
            }
            let rest = until.map(|until| piece.rest(until));
            shared.told(lane, rest.is_none().then_some(piece));
            if rest.is_some() {
                return rest;
            }
        }
        None
    }
}
