//! Several at a time.
//!
//! In: a list, what is to be done with each of it. Out: what came of it, in the order of the list, however many ran at once. Never here: what
//! is done.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many: as asked, or one a processor.
pub(super) fn at_a_time(asked: Option<NonZeroUsize>) -> usize {
    asked.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Does something with each.
pub(super) fn side_by_side<T: Sync, R: Send>(list: &[T], jobs: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let came: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(list.len()));
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = list.get(index) else { return };
            let one = work(one);
            came.lock().unwrap_or_else(PoisonError::into_inner).push((index, one));
        }
    };
    let more = jobs.min(list.len()).saturating_sub(1);
    std::thread::scope(|scope| {
        for _ in 0..more {
            scope.spawn(worker);
        }
        worker();
    });
    let mut came = came.into_inner().unwrap_or_else(PoisonError::into_inner);
    came.sort_by_key(|(index, _)| *index);
    came.into_iter().map(|(_, one)| one).collect()
}
