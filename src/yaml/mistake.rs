//! Mistakes that the reader finds itself, in words for people.
//!
//! In: a place and what stands there. Out: one mistake. Never here: the parser's complaints (`advice` has them).

use super::error::{Place, YamlError, YamlErrorKind as Kind};
use super::{Resolved, Tag};
use crate::limits;
use crate::source::text::shorten;

/// `*name`, and no `&name` before it.
pub(super) fn unknown_alias(place: Place, alias: &str) -> YamlError {
    let alias = shorten(alias);
    let anchor = alias.trim_start_matches('*');
    YamlError::new(
        Kind::Alias,
        place,
        format!("`{alias}` is read as an alias, and no anchor `&{anchor}` stands before it in this document"),
        format!("a text that begins with `*` stands in quotes: '{alias}'"),
    )
}

/// A tag that is none of YAML's own, or not of this sort of value.
pub(super) fn unknown_tag(place: Place, tag: &str) -> YamlError {
    YamlError::new(
        Kind::Tag,
        place,
        format!("`{}` is read as a tag, and this one means nothing here", shorten(tag)),
        "a text that begins with `!` stands in quotes: '!text'; otherwise leave the tag out",
    )
}

/// A name of an anchor that go-yaml ends earlier: `&a:` is a key there.
pub(super) fn refused_anchor(place: Place, anchor: &str) -> Option<YamlError> {
    let name = anchor.strip_prefix('&').unwrap_or(anchor);
    let refused = name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    refused.then(|| {
        YamlError::new(
            Kind::Anchor,
            place,
            format!("`{}` is read as an anchor, whose name has only letters, digits, `_` and `-`", shorten(anchor)),
            "a text that begins with `&` stands in quotes: '&text'",
        )
    })
}

/// A colon with nothing before it.
pub(super) fn no_key(place: Place) -> YamlError {
    YamlError::new(
        Kind::Colon,
        place,
        "a key is missing before the colon",
        "write `key: value`; a text that begins with `: ` stands in quotes",
    )
}

/// A tab before what a line holds.
pub(super) fn tab(place: Place) -> YamlError {
    YamlError::new(
        Kind::Tab,
        place,
        "a tab stands where YAML counts blanks",
        "indent with blanks only; most editors can replace the tabs of a file",
    )
}

/// A line with `%` that would change how the rest is read.
pub(super) fn directive(place: Place) -> YamlError {
    YamlError::new(
        Kind::Directive,
        place,
        "a line that begins with `%` is a directive, and this one means nothing here",
        "put a text that begins with `%` into quotes",
    )
}

/// A block text that go-yaml does not read as one.
pub(super) fn not_indented(place: Place) -> YamlError {
    YamlError::new(
        Kind::BlockText,
        place,
        "the lines of this text are not indented",
        "indent every line behind `|` or `>`",
    )
}

/// What go-yaml reads differently between brackets: `?` in a text, `:` before one, and `:` directly before a bracket or comma.
pub(super) fn refused_in_brackets(place: Place, text: &str) -> YamlError {
    let (what, help) = if text == ":" {
        ("`:` directly before a comma or bracket", "put a blank behind the colon, or the text into quotes")
    } else if text.starts_with(':') {
        ("`:` before a text without quotes", "put a blank behind the colon, or the text into quotes")
    } else {
        ("`?` in a text without quotes", "put the text into quotes")
    };
    YamlError::new(Kind::Unquoted, place, format!("{what} is read differently inside `[ ]` and `{{ }}`"), help)
}

pub(super) fn mismatch(place: Place, tag: Tag, text: &str, found: Resolved<'_>) -> YamlError {
    YamlError::new(
        Kind::TagMismatch,
        place,
        format!("`!!{}` stands before `{}`, which is {}", tag.name(), shorten(text), found.is()),
        "leave the tag out, or write a value of its type",
    )
}

pub(super) fn too_deep(place: Place) -> YamlError {
    YamlError::new(
        Kind::TooDeep,
        place,
        format!("this is nested more than {} levels deep, aliases followed", limits::YAML_DEPTH),
        "split it, or write it flat",
    )
}

pub(super) fn too_many(place: Place) -> YamlError {
    YamlError::new(
        Kind::TooManyNodes,
        place,
        format!("these are more than {} values, aliases followed", limits::YAML_NODES),
        "split the file, or write fewer aliases of aliases",
    )
}

/// An alias inside what it stands for.
pub(super) fn self_alias(place: Place, alias: &str) -> YamlError {
    YamlError::new(
        Kind::SelfAlias,
        place,
        format!("`{}` stands inside what it is an alias of", shorten(alias)),
        "write the part out that is meant",
    )
}

/// The same key again.
pub(super) fn duplicate(place: Place, first: Place, key: &str) -> YamlError {
    let message = format!("the key `{}` stands twice in one mapping, first in line {}", shorten(key), first.at.line);
    let help = "a mapping holds a key once; keep the one that is meant, or make a list of both values";
    YamlError { other: Some(first), ..YamlError::new(Kind::DuplicateKey, place, message, help) }
}
