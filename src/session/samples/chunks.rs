//! Many pieces in memory that only grows at its end.
//!
//! In: pieces, one after the other. Out: where each begins, and each again, borrowed. A vector that grows is copied into one of twice its
//! size, for which a module of 4 GiB has no room; these chunks stay where they are. Never here: what the pieces are.

use std::ops::Range;

/// Items of a chunk, as a power of two.
const BITS: u32 = 20;
const CHUNK: usize = 1 << BITS;

/// What chunks are made of.
pub(super) trait Chunk {
    /// A part of one.
    type Piece: ?Sized;
    fn with_room(room: usize) -> Self;
    fn items(&self) -> usize;
    fn add(&mut self, piece: &Self::Piece);
    fn piece(&self, range: Range<usize>) -> Option<&Self::Piece>;
}

impl<T: Copy> Chunk for Vec<T> {
    type Piece = [T];

    fn with_room(room: usize) -> Self {
        Vec::with_capacity(room)
    }

    fn items(&self) -> usize {
        self.len()
    }

    fn add(&mut self, piece: &[T]) {
        self.extend_from_slice(piece);
    }

    fn piece(&self, range: Range<usize>) -> Option<&[T]> {
        self.get(range)
    }
}

impl Chunk for String {
    type Piece = str;

    fn with_room(room: usize) -> Self {
        String::with_capacity(room)
    }

    fn items(&self) -> usize {
        self.len()
    }

    fn add(&mut self, piece: &str) {
        self.push_str(piece);
    }

    fn piece(&self, range: Range<usize>) -> Option<&str> {
        self.get(range)
    }
}

/// Pieces, up to 2^32 items in all.
#[derive(Debug)]
pub(super) struct Chunks<C> {
    /// Each holds as many as a chunk has, but for one that holds a longer piece: as many empty ones follow it as it would fill.
    chunks: Vec<C>,
}

impl<C> Default for Chunks<C> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<C: Chunk> Chunks<C> {
    /// Adds a piece of so many items, and says where it begins. `None`: there is no room for it.
    pub(super) fn push(&mut self, piece: &C::Piece, items: usize) -> Option<u32> {
        if self.chunks.last().is_none_or(|last| last.items() + items > CHUNK) {
            // The first grows as it is filled: most logs are small.
            let room = if self.chunks.is_empty() { items } else { CHUNK.max(items) };
            self.chunks.push(C::with_room(room));
        }
        let at = self.chunks.len() - 1;
        let last = self.chunks.last_mut()?;
        let start = u32::try_from((at << BITS) + last.items()).ok()?;
        last.add(piece);
        for _ in 0..last.items().saturating_sub(1) >> BITS {
            self.chunks.push(C::with_room(0));
        }
        Some(start)
    }

    /// The piece of this length that begins there.
    pub(super) fn get(&self, start: u32, length: u32) -> Option<&C::Piece> {
        let inside = start as usize & (CHUNK - 1);
        self.chunks.get(start as usize >> BITS)?.piece(inside..inside + length as usize)
    }

    /// Items that they hold, about.
    pub(super) fn items(&self) -> usize {
        self.chunks.len().saturating_sub(1) * CHUNK + self.chunks.last().map_or(0, C::items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_are_found_again() {
        let mut chunks = Chunks::<Vec<u8>>::default();
        let lengths = [3, 0, CHUNK - 2, 5, CHUNK, 1, 3 * CHUNK + 1, CHUNK - 1, 2 * CHUNK, 7];
        let piece = |at: usize, length: usize| vec![at as u8 + 1; length];
        let mut starts = Vec::new();
        for (at, length) in lengths.into_iter().enumerate() {
            starts.push(chunks.push(&piece(at, length), length).unwrap());
        }
        for (at, (start, length)) in starts.iter().zip(lengths).enumerate() {
            assert_eq!(chunks.get(*start, length as u32), Some(&*piece(at, length)), "{at}");
        }
        assert!(chunks.get(u32::MAX, 1).is_none() && chunks.get(0, u32::MAX).is_none());
        let whole: usize = lengths.iter().sum();
        assert!((whole..whole + 6 * CHUNK).contains(&chunks.items()));
    }
}
