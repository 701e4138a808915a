//! The keys that contexts count for, and what each of them has.
//!
//! In: a key's bytes, and a context. Out: that key's state in that context. Never here: what a state means.
//!
//! Contexts whose keys are the same fields share a space: their states of one key stand side by side. Ten alerts by one field find what they
//! remember of it in one place, and the key is stored once.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::window::KeyState;
use crate::event::Slot;
use crate::ir::Context;

/// The keys of all contexts.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    spaces: Vec<HashTable<Key>>,
    /// By context.
    contexts: Vec<Share>,
    hasher: RandomState,
    last: Last,
}

/// The key that was asked for last, which the next context often asks for too.
#[derive(Clone, Debug, Default)]
struct Last {
    bytes: Vec<u8>,
    hash: u64,
    /// Its space and the bucket there, while nothing moved.
    at: Option<(usize, usize)>,
}

/// What a context has in its space.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    space: usize,
    /// Contexts in it.
    shared_by: usize,
    /// Keys that have a state here.
    keys: usize,
}

#[derive(Clone, Debug)]
struct Key {
    hash: u64,
    bytes: Box<[u8]>,
    /// By context, in their order; each that has one.
    states: Vec<(u32, KeyState)>,
}

impl Key {
    fn find(&self, context: u32) -> Result<usize, usize> {
        self.states.binary_search_by_key(&context, |(of, _)| *of)
    }
}

impl Keys {
    pub fn new(contexts: &[Context]) -> Self {
        let mut of: Vec<Vec<Vec<Slot>>> = Vec::new();
        let mut shares: Vec<Share> = Vec::new();
        for fields in contexts.iter().map(fields) {
            let space = of.iter().position(|other| *other == fields).unwrap_or_else(|| {
                of.push(fields);
                of.len() - 1
            });
            shares.push(Share { space, ..Share::default() });
        }
        for at in 0..shares.len() {
            shares[at].shared_by = shares.iter().filter(|share| share.space == shares[at].space).count();
        }
        let spaces = of.iter().map(|_| HashTable::new()).collect();
        Self { spaces, contexts: shares, ..Self::default() }
    }

    /// Keys that a context counts for.
    pub fn count(&self, context: u32) -> usize {
        self.contexts.get(context as usize).map_or(0, |share| share.keys)
    }

    pub fn get(&self, context: u32, key: &[u8]) -> Option<&KeyState> {
        let share = self.contexts.get(context as usize)?;
        let key = self.spaces[share.space].find(self.hasher.hash_one(key), |have| *have.bytes == *key)?;
        Some(&key.states[key.find(context).ok()?].1)
    }

    /// The state of a key in a context, made where there is none. `None` for a context that is not there.
    pub fn state(&mut self, context: u32, key: &[u8], new: impl FnOnce() -> KeyState) -> Option<&mut KeyState> {
        let share = *self.contexts.get(context as usize)?;
        let bucket = self.bucket(share.space, key);
        let key = self.spaces[share.space].get_bucket_mut(bucket)?;
        let at = match key.find(context) {
            Ok(at) => at,
            Err(at) => {
                if key.states.len() == key.states.capacity() {
                    let more = key.states.len().max(1).min(share.shared_by.saturating_sub(key.states.len()).max(1));
                    key.states.reserve_exact(more);
                }
                key.states.insert(at, (context, new()));
                self.contexts[context as usize].keys += 1;
                at
            }
        };
        Some(&mut key.states[at].1)
    }

    /// Where a key stands in a space; it is put there if it is not.
    fn bucket(&mut self, space: usize, key: &[u8]) -> usize {
        let same = self.last.bytes == key;
        if let Some((of, bucket)) = self.last.at
            && same
            && of == space
        {
            return bucket;
        }
        let hash = self.hash(key);
        let entry = self.spaces[space].entry(hash, |have| have.hash == hash && *have.bytes == *key, |have| have.hash);
        let entry = entry.or_insert_with(|| Key { hash, bytes: key.into(), states: Vec::new() });
        // The contexts come one by one, each waiting for memory; asked for at once, all of it comes in the time of one.
        std::hint::black_box(entry.get().states.iter().fold(0, |sum, (_, state)| sum ^ state.newest()));
        let bucket = entry.bucket_index();
        self.last.at = Some((space, bucket));
        bucket
    }

    fn hash(&mut self, key: &[u8]) -> u64 {
        if self.last.bytes != key || self.last.at.is_none() {
            self.last.bytes.clear();
            self.last.bytes.extend(key);
            self.last.hash = self.hasher.hash_one(key);
        }
        self.last.hash
    }

    pub fn remove(&mut self, context: u32, key: &[u8]) {
        let hash = self.hash(key);
        // Another key may take its bucket.
        self.last.at = None;
        let Some(share) = self.contexts.get_mut(context as usize) else { return };
        let Ok(mut found) = self.spaces[share.space].find_entry(hash, |have| *have.bytes == *key) else { return };
        if let Ok(at) = found.get().find(context) {
            found.get_mut().states.remove(at);
            share.keys -= 1;
        }
        if found.get().states.is_empty() {
            found.remove();
        }
    }

    /// Forgets the keys that a context had no event of for longest: a sixteenth of the limit, one at least. Gives how many.
    pub fn evict(&mut self, context: u32, limit: usize) -> u64 {
        self.last.at = None;
        let Some(share) = self.contexts.get_mut(context as usize) else { return 0 };
        let gone = (limit / 16).max(1).min(share.keys);
        let space = &mut self.spaces[share.space];
        let mut touched: Vec<u64> =
            space.iter().flat_map(|key| state(key, context)).map(|state| state.touched).collect();
        if gone == 0 || touched.len() < gone {
            return 0;
        }
        let (_, last, _) = touched.select_nth_unstable(gone - 1);
        let (last, before) = (*last, share.keys);
        space.retain(|key| {
            if let Ok(at) = key.find(context)
                && key.states[at].1.touched <= last
            {
                key.states.remove(at);
                share.keys -= 1;
            }
            !key.states.is_empty()
        });
        (before - share.keys) as u64
    }

    /// What a context has, in no order.
    pub fn iter(&self, context: u32) -> impl Iterator<Item = (&[u8], &KeyState)> {
        let space = self.contexts.get(context as usize).map(|share| &self.spaces[share.space]);
        let keys = space.into_iter().flat_map(HashTable::iter);
        keys.flat_map(move |key| state(key, context).map(|state| (&*key.bytes, state)))
    }
}

fn state(key: &Key, context: u32) -> Option<&KeyState> {
    key.find(context).ok().map(|at| &key.states[at].1)
}

/// The fields of a context's keys; steps may have others each.
fn fields(context: &Context) -> Vec<Vec<Slot>> {
    let mut lists: Vec<Vec<Slot>> = context.by.iter().map(|by| by.iter().map(|field| field.slot).collect()).collect();
    lists.dedup();
    lists
}
