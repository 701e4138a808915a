//! What a test asks of the value at one path, as a condition of libbeat.
//!
//! In: a path, what stands there, through what it is seen, and a check. Out: a condition. Never here: which of a field's paths counts.
//!
//! What the agent sends in event data is text, so most of it becomes a regular expression over the whole text: anchored, escaped, with `(?i)` where
//! case is ignored. `equals` and `contains` are cheaper and are taken where they say the same.

use super::number::{integer, length, numbers, order, unknown_type};
use super::pattern::{can_stand, escaped, has_case, one_of, small, to_go};
use super::shape::Shape;
use super::test::{Around, has};
use super::truth::Truth;
use super::{Refused, network, refuse};
use crate::ast::HashKind;
use crate::dialect::Fold;
use crate::ir::{Bound as IrBound, Check, Compare, Pattern, Piece, Set, Where};
use crate::libbeat::{Condition, Constant};

/// Through what a value is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// As it stands.
    Plain,
    /// What follows the last `\` or `/`.
    FileName,
    /// Up to and with the last `\` or `/`.
    Folder,
    /// Its number of characters.
    Length,
    /// One of Sysmon's hashes.
    Hash(HashKind),
}

/// More texts than this are one pattern instead of an `or` of comparisons; the manual's table of costs says why.
const COMPARISONS: usize = 3;
/// Keys of a lookup table that are written out at most.
const KEYS: usize = 500;

/// Does the value at the path meet the check?
pub(super) fn condition(around: Around<'_>, path: &str, seen: Seen, check: &Check) -> Result<Truth, Refused> {
    let shape = around.shape(path);
    if shape == Shape::Time {
        return refuse(
            format!("a test on `{path}`, which is a time"),
            "libbeat can only ask whether it is there; test a text of the event's data, such as UtcTime",
        );
    }
    if shape == Shape::Integer {
        return integer(path, seen, check);
    }
    if seen == Seen::Length {
        return length(path, shape, check);
    }
    match check {
        Check::Exists => Ok(match seen {
            // Neither `-` nor nothing but zeros.
            Seen::Hash(kind) => regexp(path, "", &format!("(?:^|,){}=0*[1-9A-Fa-f]", kind.word())).into(),
            Seen::Plain | Seen::FileName | Seen::Folder | Seen::Length => has(path).into(),
        }),
        Check::Blank => blank(around, path, seen),
        Check::In(set) => in_set(around, path, shape, seen, set),
        Check::Table(table) => {
            let keys = around.program.tables.get(table.index()).map(|table| &table.keys);
            let keys: Vec<String> =
                keys.map(|keys| keys.iter().take(KEYS + 1).map(str::to_string).collect()).unwrap_or_default();
            if keys.len() > KEYS {
                return refuse(
                    format!("a lookup table of more than {KEYS} keys"),
                    "the agent has no tables: ask it in a classify rule, behind the agent",
                );
            }
            Ok(one_of_texts(path, shape, seen, true, &keys))
        }
        Check::Text { place, needles, all, compare } => {
            let ignore = ignores_case(*compare)?;
            let each = |needles: &[String]| texts(path, shape, seen, *place, ignore, needles);
            match all {
                true => Ok(Truth::all(
                    needles.iter().map(|needle| each(std::slice::from_ref(needle))).collect::<Result<Vec<_>, _>>()?,
                )),
                false => each(needles),
            }
        }
        Check::Like { patterns, all, compare } => {
            let ignore = ignores_case(*compare)?;
            let each = patterns
                .iter()
                .map(|pattern| like(path, shape, seen, ignore, pattern))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(if *all { Truth::all(each) } else { Truth::any(each) })
        }
        Check::Matches { patterns, all } => {
            if seen != Seen::Plain {
                return refuse(
                    "`matches` of a part of a text",
                    "match the whole field, with the folder in the pattern",
                );
            }
            let mut each = Vec::new();
            for pattern in patterns {
                let go = to_go(pattern, around.version()).map_err(|not| Refused::new("this pattern", not.0))?;
                if !can_stand(&go) {
                    return refuse(
                        "`${` or a control character in a pattern",
                        r"write a dollar as [$], others as \x{..}",
                    );
                }
                each.push(regexp(path, "", &go).into());
            }
            Ok(if *all { Truth::all(each) } else { Truth::any(each) })
        }
        Check::Order(cmp, IrBound::Number(bound)) => order(around.version(), path, shape, seen, *cmp, *bound),
        Check::Order(cmp, IrBound::Address(bound)) => {
            plain(seen)?;
            network::condition(around.version(), path, shape, network::ordered(*cmp, *bound))
        }
        Check::Order(_, IrBound::Time(_)) => {
            refuse("an order of times", "libbeat knows no times in texts: leave it to a rule behind the agent")
        }
        Check::Class(class) => {
            plain(seen)?;
            network::class(around.version(), path, shape, *class)
        }
        Check::Field(..)
        | Check::EventIs(_)
        | Check::HasTag { .. }
        | Check::Acted(_)
        | Check::Remembered(..)
        | Check::Some(_) => refuse("this test", "libbeat has no condition for it"),
    }
}

pub(super) fn plain(seen: Seen) -> Result<(), Refused> {
    match seen {
        Seen::Plain => Ok(()),
        Seen::FileName | Seen::Folder | Seen::Length | Seen::Hash(_) => {
            refuse("this comparison of a part of a text", "compare the field as it stands")
        }
    }
}

fn any_dash<T>() -> Result<T, Refused> {
    refuse("`any-dash`", "write the spellings that are meant: contains any [' -enc', ' /enc', ' –enc']")
}

fn ignores_case(compare: Compare) -> Result<bool, Refused> {
    if compare.any_dash {
        return any_dash();
    }
    match compare.fold {
        Fold::Cased => Ok(false),
        Fold::Simple => Ok(true),
        Fold::Ascii => refuse("folding of ASCII letters alone", "write the test in this language's own meaning"),
    }
}

/// A pattern with its flags.
pub(super) fn regexp(path: &str, flags: &str, body: &str) -> Condition {
    let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
    Condition::Regexp(path.to_string(), flags + body)
}

/// There and `""` or `-`.
pub(super) fn blank(around: Around<'_>, path: &str, seen: Seen) -> Result<Truth, Refused> {
    match (around.shape(path), seen) {
        (Shape::Integer | Shape::Time, Seen::Plain) => Ok(Truth::Never),
        (Shape::Texts, _) => refuse("`is blank` of what may be a list", "ask whether it exists"),
        (_, Seen::Plain) => Ok(regexp(path, "", "^-?$").into()),
        (_, Seen::FileName) => Ok(regexp(path, "", r"(?:^|[\\/])-?$").into()),
        (_, Seen::Folder | Seen::Length | Seen::Hash(_)) => {
            refuse("`is blank` of a part of a text", "ask whether it exists")
        }
    }
}

/// Is the text equal to one of these, which are folded where case is ignored?
pub(super) fn one_of_texts(path: &str, shape: Shape, seen: Seen, ignore: bool, texts: &[String]) -> Truth {
    let ignore = ignore && texts.iter().any(|text| has_case(text));
    // `equals` answers no for every list.
    let one_text = shape != Shape::Texts && seen == Seen::Plain;
    if one_text && !ignore && texts.len() <= COMPARISONS && texts.iter().all(|text| can_stand(text)) {
        return Truth::any(
            texts.iter().map(|text| Condition::Equals(path.into(), Constant::Text(text.clone())).into()),
        );
    }
    let flags = if ignore { "i" } else { "" };
    let (fit, start, end): (Vec<&String>, &str, &str) = match seen {
        Seen::Plain | Seen::Length => (texts.iter().collect(), "^", "$"),
        Seen::FileName => (texts.iter().filter(|text| !text.contains(SLASHES)).collect(), r"(?:^|[\\/])", "$"),
        // Where there is no slash there is no folder.
        Seen::Folder => {
            (texts.iter().filter(|text| text.is_empty() || text.ends_with(SLASHES)).collect(), "^", r"[^\\/]*$")
        }
        Seen::Hash(kind) => {
            let hashes: Vec<String> =
                texts.iter().filter(|text| is_hash(text)).map(|text| literal(ignore, text)).collect();
            return match hashes.is_empty() {
                true => Truth::Never,
                false => {
                    regexp(path, "", &format!("(?:^|,){}=(?{flags}:{})(?:,|$)", kind.word(), hashes.join("|"))).into()
                }
            };
        }
    };
    if fit.is_empty() {
        return Truth::Never;
    }
    let body = one_of(fit.iter().map(|text| literal(ignore, text)).collect());
    regexp(path, flags, &format!("{start}{body}{end}")).into()
}

/// A text of a rule as a pattern.
fn literal(ignore: bool, text: &str) -> String {
    if ignore { escaped(&small(text)) } else { escaped(text) }
}

const SLASHES: [char; 2] = ['\\', '/'];

/// Sysmon's `-` and all zeros are no hash.
fn is_hash(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.bytes().any(|byte| byte != b'0')
}

/// A text is there, or a list with one.
fn any_text(path: &str, shape: Shape) -> Truth {
    match shape {
        Shape::Texts => regexp(path, "", "").into(),
        Shape::Text | Shape::Decimal | Shape::Hex | Shape::Truth | Shape::Integer | Shape::Time => has(path).into(),
    }
}

/// One of these texts somewhere, at the start, or at the end.
fn texts(
    path: &str,
    shape: Shape,
    seen: Seen,
    place: Where,
    ignore: bool,
    needles: &[String],
) -> Result<Truth, Refused> {
    if let Seen::Hash(_) = seen {
        return refuse("a part of a hash", "compare with whole hashes: hash SHA256 in ['…']");
    }
    let ignore = ignore && needles.iter().any(|needle| has_case(needle));
    // Every text has an empty one in it.
    if needles.iter().any(String::is_empty) {
        return Ok(any_text(path, shape));
    }
    if place == Where::Inside
        && seen == Seen::Plain
        && !ignore
        && needles.len() == 1
        && needles.iter().all(|needle| can_stand(needle))
    {
        let needle = needles.first().cloned().unwrap_or_default();
        return Ok(Condition::Contains(path.into(), needle).into());
    }
    let mut bodies = Vec::new();
    let mut over_lines = false;
    for needle in needles {
        let literal = literal(ignore, needle);
        let ends_folder = needle.ends_with(SLASHES);
        match (seen, place) {
            (Seen::FileName, _) if needle.contains(SLASHES) => {}
            (Seen::Plain | Seen::Length, Where::Inside) => bodies.push(literal),
            (Seen::Plain | Seen::Length, Where::Start) => bodies.push(format!("^{literal}")),
            (Seen::Plain | Seen::Length, Where::End) | (Seen::FileName, Where::End) => {
                bodies.push(format!("{literal}$"))
            }
            (Seen::FileName, Where::Inside) => bodies.push(format!(r"{literal}[^\\/]*$")),
            (Seen::FileName, Where::Start) => bodies.push(format!(r"(?:^|[\\/]){literal}[^\\/]*$")),
            (Seen::Folder, Where::End) if !ends_folder => {}
            (Seen::Folder, Where::End) => bodies.push(format!(r"{literal}[^\\/]*$")),
            (Seen::Folder, Where::Inside | Where::Start) => {
                let start = if place == Where::Start { "^" } else { "" };
                let end = if ends_folder { "" } else { r".*[\\/]" };
                over_lines |= !ends_folder;
                bodies.push(format!("{start}{literal}{end}"));
            }
            (Seen::Hash(_), _) => {}
        }
    }
    if bodies.is_empty() {
        return Ok(Truth::Never);
    }
    let flags = match (ignore, over_lines) {
        (true, true) => "is",
        (true, false) => "i",
        (false, true) => "s",
        (false, false) => "",
    };
    Ok(regexp(path, flags, &shared_ends(bodies)).into())
}

/// One of these patterns, with what all begin or end with written once.
fn shared_ends(bodies: Vec<String>) -> String {
    let all = |end: &dyn Fn(&str) -> bool| bodies.len() > 1 && bodies.iter().all(|body| end(body));
    if all(&|body| body.starts_with('^')) {
        return format!(
            "^{}",
            one_of(bodies.iter().map(|body| body.get(1..).unwrap_or_default().to_string()).collect())
        );
    }
    // An escaped `$` is written as a class, so this one is the end of the text.
    if all(&|body| body.ends_with('$')) {
        return format!(
            "{}$",
            one_of(bodies.iter().map(|body| body.strip_suffix('$').unwrap_or_default().to_string()).collect())
        );
    }
    bodies.join("|")
}

/// The whole text fits a wildcard pattern.
fn like(path: &str, shape: Shape, seen: Seen, ignore: bool, pattern: &Pattern) -> Result<Truth, Refused> {
    let (any, one, start) = match seen {
        Seen::Plain => (".*", ".", "^"),
        Seen::FileName => (r"[^\\/]*", r"[^\\/]", r"(?:^|[\\/])"),
        Seen::Folder | Seen::Length | Seen::Hash(_) => {
            return refuse("`like` of a folder or a hash", "use starts with, ends with, or like on the whole path");
        }
    };
    let mut pieces = pattern.0.as_slice();
    let has_slash = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(SLASHES));
    if seen == Seen::FileName && pieces.iter().any(has_slash) {
        return Ok(Truth::Never);
    }
    let mut body = String::new();
    // What is anything at an end needs no anchor there; in a file name the folder must still be kept out.
    let (mut open_start, mut open_end) = (false, false);
    if seen == Seen::Plain {
        if let [Piece::Any, rest @ ..] = pieces {
            (open_start, pieces) = (true, rest);
        }
        if let [rest @ .., Piece::Any] = pieces {
            (open_end, pieces) = (true, rest);
        }
    }
    if pieces.is_empty() && (open_start || open_end) {
        return Ok(any_text(path, shape));
    }
    let (mut cased, mut over_lines) = (false, false);
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                cased |= has_case(text);
                body.push_str(&literal(ignore, text));
            }
            Piece::Any => body.push_str(any),
            Piece::One => body.push_str(one),
            Piece::Dash => return any_dash(),
        }
        over_lines |= seen == Seen::Plain && !matches!(piece, Piece::Text(_));
    }
    let flags = match (ignore && cased, over_lines) {
        (true, true) => "is",
        (true, false) => "i",
        (false, true) => "s",
        (false, false) => "",
    };
    let (start, end) = (if open_start { "" } else { start }, if open_end { "" } else { "$" });
    Ok(regexp(path, flags, &format!("{start}{body}{end}")).into())
}

/// Equal to a member.
fn in_set(around: Around<'_>, path: &str, shape: Shape, seen: Seen, set: &Set) -> Result<Truth, Refused> {
    let mut any = Vec::new();
    if !set.texts.is_empty() {
        let ignore = match set.fold {
            None | Some(Fold::Cased) => false,
            Some(Fold::Simple) => true,
            Some(Fold::Ascii) => {
                return refuse("folding of ASCII letters alone", "write the test in this language's own meaning");
            }
        };
        any.push(one_of_texts(path, shape, seen, ignore, &set.texts));
    }
    if !set.numbers.is_empty() {
        plain(seen)?;
        any.push(numbers(path, shape, &set.numbers)?);
    }
    if !set.bools.is_empty() {
        plain(seen)?;
        any.push(truths(path, shape, &set.bools)?);
    }
    if !set.networks.is_empty() {
        plain(seen)?;
        any.push(network::condition(around.version(), path, shape, set.networks.clone())?);
    }
    if !set.times.is_empty() {
        return refuse("a comparison with a time", "put it into quotes, as it stands in the event");
    }
    Ok(Truth::any(any))
}

fn truths(path: &str, shape: Shape, wanted: &[bool]) -> Result<Truth, Refused> {
    let letters = |truth: bool| if truth { "[Tt][Rr][Uu][Ee]" } else { "[Ff][Aa][Ll][Ss][Ee]" };
    match shape {
        Shape::Truth => {
            let texts: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            Ok(one_of_texts(path, shape, Seen::Plain, false, &texts))
        }
        Shape::Text => {
            let body = one_of(wanted.iter().map(|truth| letters(*truth).to_string()).collect());
            Ok(regexp(path, "", &format!("^{body}$")).into())
        }
        Shape::Decimal | Shape::Hex | Shape::Integer | Shape::Time => Ok(Truth::Never),
        Shape::Texts => unknown_type("boolean"),
    }
}
