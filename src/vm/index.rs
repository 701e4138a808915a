//! Where a text stands among many: the hash tables behind `in table` and `lookup`.
//!
//! In: texts. Out: the number of the one that is equal, in constant time. A table of numbers only, four bytes each; the texts
//! stay where they are. Never here: an index out of a file; it is built where the module is loaded.
//!
//! The hash is not secret. Keys are the project owner's, so nobody else can choose many of one hash; whoever chooses the text
//! that is asked for can only find the longest run of them. A module of a stranger may load slowly; it ends.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxBuildHasher;

use crate::texts::Texts;

/// An index over [`Texts`].
#[derive(Clone, Debug, Default)]
pub(super) struct Index(HashTable<u32>);

impl Index {
    /// Of equal texts, which only a foreign module has, the first counts.
    pub(super) fn new(texts: &Texts) -> Self {
        let mut table = HashTable::with_capacity(texts.len());
        let of = |index: u32| texts.get(index as usize).unwrap_or_default();
        for (index, text) in (0..).zip(texts.iter()) {
            let entry = table.entry(hash(text), |have| of(*have) == text, |have| hash(of(*have)));
            if let Entry::Vacant(entry) = entry {
                entry.insert(index);
            }
        }
        Self(table)
    }

    /// The number of the text that is equal, among those that the index was made of.
    pub(super) fn find(&self, texts: &Texts, text: &str) -> Option<usize> {
        let found = self.0.find(hash(text), |index| texts.get(*index as usize) == Some(text));
        found.map(|index| *index as usize)
    }
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_and_no_other() {
        let texts: Texts = (0..1000).map(|n| format!("{n:x}")).collect();
        let index = Index::new(&texts);
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(index.find(&texts, text), Some(n));
        }
        for other in ["", "g", "3e8", "A"] {
            assert_eq!(index.find(&texts, other), None, "{other}");
        }
        assert_eq!(Index::default().find(&Texts::default(), ""), None);
    }

    #[test]
    fn of_equal_texts_the_first_is_found() {
        let texts: Texts = ["a", "b", "a", "", ""].into_iter().collect();
        let index = Index::new(&texts);
        assert_eq!(["a", "b", ""].map(|text| index.find(&texts, text)), [Some(0), Some(1), Some(3)]);
    }
}
