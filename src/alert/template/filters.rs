//! Filters and tests of ours, beside those of Jinja.
//!
//! In: values. Out: values. Never here: an error for a value that is not there: it stays what it is, and visible.
//!
//! | filter | what |
//! | --- | --- |
//! | `defang` | an address or link that nobody opens by accident: `hxxps://evil[.]example[.]org` |
//! | `time` | a time as `2024-01-31 10:00:00 UTC`, or by a format of strftime |
//! | `oneline` | line breaks as `↵`: nothing that an endpoint wrote begins a line of the mail |
//! | `shell` | one word of a command, quoted |
//! | `literal` | a value as rules write it, quoted |
//! | `default`, `d`, `first`, `last`, `defined`, `undefined`, `none` | Jinja's own, which know what is not there |

use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::value::Absent;
use crate::alert::quote;
use crate::ast::Timestamp;
use crate::target::text::value_text;

/// The names of our filters.
pub(super) const FILTERS: [&str; 6] = ["defang", "time", "oneline", "shell", "literal", "truncate"];

/// Puts them into an environment.
pub(super) fn add(env: &mut Environment<'_>) {
    env.add_filter("defang", |value: &Value| texts(value, defang));
    env.add_filter("oneline", |value: &Value| texts(value, oneline));
    env.add_filter("shell", |value: &Value| texts(value, quote::shell));
    env.add_filter("literal", |value: &Value| texts(value, value_text));
    env.add_filter("time", time);
    env.add_filter("truncate", truncate);
    env.add_filter("default", default);
    env.add_filter("d", default);
    env.add_filter("first", |value: &Value| end(value, "first", |mut items| items.next()));
    env.add_filter("last", |value: &Value| end(value, "last", Iterator::last));
    env.add_test("defined", |value: &Value| !value.is_undefined() && (value.is_none() || !Absent::is(value)));
    env.add_test("undefined", |value: &Value| value.is_undefined() || (!value.is_none() && Absent::is(value)));
    env.add_test("none", |value: &Value| !value.is_undefined() && Absent::is(value));
}

/// The first or the last of a list; of an empty one nothing, visibly. A text that stands where a list may stand is its own first.
fn end(value: &Value, which: &str, take: fn(minijinja::value::ValueIter) -> Option<Value>) -> Result<Value, Error> {
    if value.as_str().is_some() || Absent::is(value) {
        return Ok(value.clone());
    }
    Ok(take(value.try_iter()?).unwrap_or_else(|| Absent::value(format!("{which} of an empty list"))))
}

/// What is not there stays what it is.
fn texts(value: &Value, f: impl Fn(&str) -> String + Copy) -> Value {
    if Absent::is(value) {
        return value.clone();
    }
    Value::from(f(&value.to_string()))
}

fn default(value: &Value, args: Rest<Value>) -> Result<Value, Error> {
    if args.len() > 2 {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let lax = args.get(1).is_some_and(Value::is_true);
    if Absent::is(value) || (lax && !value.is_true()) {
        Ok(args.first().cloned().unwrap_or_else(|| Value::from("")))
    } else {
        Ok(value.clone())
    }
}

/// A link or address that no program makes one of.
pub(super) fn defang(text: &str) -> String {
    let mut out = text.replace('.', "[.]").replace('@', "[@]");
    for (scheme, instead) in [("http", "hxxp"), ("ftp", "fxp")] {
        let mut from = 0;
        while let Some(at) = find_ignoring_case(&out, scheme, from) {
            let end = at + scheme.len();
            let rest = out.get(end..).unwrap_or_default();
            if rest.starts_with("://") || rest.starts_with("s://") || rest.starts_with("S://") {
                out.replace_range(at..end, instead);
            }
            from = at + instead.len().min(scheme.len());
        }
    }
    out
}

fn find_ignoring_case(text: &str, word: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(from..)?;
    bytes.windows(word.len()).position(|window| window.eq_ignore_ascii_case(word.as_bytes())).map(|at| at + from)
}

/// One line.
pub(super) fn oneline(text: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    text.replace("\r\n", " ↵ ").replace(['\r', '\n'], " ↵ ")
}

/// A time for people; what is no time stays what it is.
fn time(value: &Value, format: Option<String>) -> Result<Value, Error> {
    if Absent::is(value) {
        return Ok(value.clone());
    }
    let text = value.to_string();
    let at =
        Timestamp::parse(&text).and_then(|at| jiff::Timestamp::new(at.seconds, i32::try_from(at.nanos).ok()?).ok());
    let Some(at) = at else { return Ok(Value::from(text)) };
    let format = format.as_deref().unwrap_or("%Y-%m-%d %H:%M:%S UTC");
    let written = jiff::fmt::strtime::format(format, at).map_err(|error| {
        Error::new(ErrorKind::InvalidOperation, format!("`{format}` is no format of a time: {error}"))
    })?;
    Ok(Value::from(written))
}

/// Jinja's `truncate(length=255, killwords=False, end='...')`, to the character.
fn truncate(value: &Value, length: Option<usize>, options: Kwargs) -> Result<Value, Error> {
    if Absent::is(value) {
        return Ok(value.clone());
    }
    let length = length.or(options.get("length")?).unwrap_or(255);
    let kill: Option<bool> = options.get("killwords")?;
    let end: Option<String> = options.get("end")?;
    options.assert_all_used()?;
    let end = end.unwrap_or_else(|| "...".to_string());
    let text = value.to_string();
    if text.chars().count() <= length {
        return Ok(value.clone());
    }
    let mut kept: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    if kill != Some(true)
        && let Some(space) = kept.rfind(' ')
    {
        kept.truncate(space);
    }
    Ok(Value::from(kept + &end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_defanged_is_no_link() {
        assert_eq!(defang("https://evil.example.org/a?b=HTTP://x"), "hxxps://evil[.]example[.]org/a?b=hxxp://x");
        assert_eq!(defang("10.0.0.1"), "10[.]0[.]0[.]1");
        assert_eq!(defang("ftp://a eva@example.org http"), "fxp://a eva[@]example[.]org http");
        assert_eq!(defang("é.ü"), "é[.]ü");
    }

    #[test]
    fn one_line_shows_where_others_began() {
        assert_eq!(oneline("a\r\nb\nc\rd\n"), "a ↵ b ↵ c ↵ d");
    }
}
