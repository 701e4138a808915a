//! Many texts in one piece of memory: a column of a lookup table, the keys of a module.
//!
//! In: texts, one after the other. Out: any of them by its number. A million hashes take the bytes of their digits and four
//! bytes more each, where a `Vec<String>` takes forty. Never here: a search; who looks for a text builds an index over these.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// Texts by number, from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Texts {
    /// All of them, without anything between.
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Texts {
    /// Adds a text. All together are below 4 GiB: the limit on the files that they come from is far lower.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.end();
    }

    /// Adds the text that is written behind the others.
    pub fn push_with(&mut self, write: impl FnOnce(&mut String)) {
        let before = self.text.len();
        write(&mut self.text);
        debug_assert!(self.text.len() >= before);
        self.end();
    }

    fn end(&mut self) {
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// None?
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of this number.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start as usize..end as usize)
    }

    /// All, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// Makes room for so many bytes of so many texts.
    pub fn reserve(&mut self, bytes: usize, texts: usize) {
        self.text.reserve(bytes);
        self.ends.reserve(texts);
    }
}

impl<S: AsRef<str>> FromIterator<S> for Texts {
    fn from_iter<I: IntoIterator<Item = S>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text.as_ref()));
        all
    }
}

/// As it stands in a file: lengths are small numbers, and need no trust.
#[derive(Deserialize)]
struct Stored {
    text: String,
    lengths: Vec<u32>,
}

impl TryFrom<Stored> for Texts {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { text, lengths: mut ends } = stored;
        let mut at = 0u32;
        for end in &mut ends {
            at = at.checked_add(*end).ok_or("texts beyond 4 GiB")?;
            *end = at;
            if !text.is_char_boundary(at as usize) {
                return Err("a text that ends inside a character, or behind all of them");
            }
        }
        if at as usize != text.len() {
            return Err("text that belongs to no text");
        }
        Ok(Self { text, ends })
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Lengths<'a>(&'a Texts);
        impl Serialize for Lengths<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.iter().map(|text| text.len() as u32))
            }
        }
        let mut stored = serializer.serialize_struct("Texts", 2)?;
        stored.serialize_field("text", &self.text)?;
        stored.serialize_field("lengths", &Lengths(self))?;
        stored.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_by_its_number_empty_ones_too() {
        let texts: Texts = ["", "ab", "ž", ""].into_iter().collect();
        assert_eq!(texts.len(), 4);
        assert_eq!([texts.get(0), texts.get(1), texts.get(2), texts.get(3), texts.get(4)], {
            [Some(""), Some("ab"), Some("ž"), Some(""), None]
        });
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["", "ab", "ž", ""]);
        assert!(Texts::default().is_empty() && Texts::default().get(0).is_none());
    }

    #[test]
    fn what_is_stored_comes_back_and_what_does_not_fit_is_refused() {
        let texts: Texts = ["", "ab", "ž", ""].into_iter().collect();
        let bytes = postcard::to_allocvec(&texts).unwrap();
        assert_eq!(postcard::from_bytes::<Texts>(&bytes).as_ref(), Ok(&texts));
        let stored = |text: &str, lengths: &[u32]| {
            let bytes = postcard::to_allocvec(&(text, lengths)).unwrap();
            postcard::from_bytes::<Texts>(&bytes).is_ok()
        };
        assert!(stored("abž", &[2, 2]) && stored("", &[0, 0]));
        for (text, lengths) in [
            ("abž", &[3, 1][..]),   // inside a character
            ("ab", &[1]),           // text is left over
            ("ab", &[1, 2]),        // behind the end
            ("ab", &[3, u32::MAX]), // beyond what can be counted
            ("ab", &[u32::MAX, 3]),
        ] {
            assert!(!stored(text, lengths), "{text} {lengths:?}");
        }
    }
}
