//! Merge keys: `<<: *defaults`.
//!
//! In: a mapping. Out: its entries with those that `<<` brings, or why not. Never here: a merge that v2 and v3 of go-yaml would do
//! differently. v2 lets a merge overwrite the keys before it, v3 (and the specification) no key of the mapping at all; so a `<<` that brings a
//! key which already stands before it is refused. For all that is left both agree: own keys win, then the earlier of several mappings.

use rustc_hash::FxHashMap;

use super::{Entry, Node, Style, Value, YamlError, YamlErrorKind};
use crate::source::text::shorten;

impl<'a> Entry<'a> {
    /// Is this `<<`, without quotes and tag?
    pub fn is_merge(&self) -> bool {
        self.key.aliased().is_none()
            && self
                .key
                .scalar()
                .is_some_and(|key| key.text.as_ref() == "<<" && key.style == Style::Plain && key.tag.is_none())
    }
}

impl<'a> Node<'a> {
    /// Its entries with merges done: its own in order, then those that merges bring. Empty if it is no mapping.
    ///
    /// # Errors
    /// The first of: a merge of something that is no mapping, or list of mappings; of a key that stands before it; a key that is no text.
    pub fn merged(self) -> Result<Vec<Entry<'a>>, YamlError> {
        let mut merged = Vec::new();
        // The key, and whether it is the mapping's own.
        let mut keys: FxHashMap<&str, (Node, bool)> = FxHashMap::default();
        let (merges, own): (Vec<_>, Vec<_>) = self.entries().into_iter().partition(Entry::is_merge);
        for entry in own {
            keys.insert(entry.key.key()?, (entry.key, true));
            merged.push(entry);
        }
        for merge in merges {
            for source in sources(merge.value)? {
                // The depth of a document bounds this, since a merge is an alias or a mapping below.
                for entry in source.merged()? {
                    let key = entry.key.key()?;
                    match keys.get(key) {
                        None => {
                            keys.insert(key, (entry.key, false));
                            merged.push(entry);
                        }
                        Some((own, true)) if own.place().span < merge.key.place().span => {
                            return Err(YamlError {
                                other: Some(own.place()),
                                ..YamlError::new(
                                    YamlErrorKind::MergeOrder,
                                    merge.key.place(),
                                    format!("`<<` brings the key `{}`, which already stands before it", shorten(key)),
                                    "put `<<` first: behind the key, some readers take the one and some the other",
                                )
                            });
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        Ok(merged)
    }
}

/// The mappings that `<<` names.
fn sources(value: Node<'_>) -> Result<Vec<Node<'_>>, YamlError> {
    let sources = match value.value() {
        Value::Mapping(_) => vec![value],
        Value::Sequence(items) if value.aliased().is_none() => items,
        Value::Sequence(_) | Value::Scalar(_) => return Err(no_mapping(value)),
    };
    match sources.iter().find(|source| !matches!(source.value(), Value::Mapping(_))) {
        Some(other) => Err(no_mapping(*other)),
        None => Ok(sources),
    }
}

fn no_mapping(value: Node<'_>) -> YamlError {
    YamlError::new(
        YamlErrorKind::Merge,
        value.place(),
        "`<<` merges something that is no mapping",
        "write `<<: *name` for the mapping with `&name`, or `<<: [*one, *two]` for several",
    )
}
