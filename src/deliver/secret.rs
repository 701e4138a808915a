//! Secrets: passwords, keys, addresses that are as good as one.
//!
//! In: `{ env = "NAME" }` or `{ file = "PATH" }` of the project file. Out: the secret, when something is to be sent. Never here: a secret
//! in the project file, in a message for people, or in what `Debug` writes.
//!
//! | written | becomes |
//! | --- | --- |
//! | `{ env = "NAME" }` | the environment variable; unset or empty is an error |
//! | `{ file = "PATH" }` | the file's text without its last line break; one that others than its owner can read is refused (Unix) |
//! | anything else | an error that does not repeat it; [`masked`] hides it where the project file is shown |

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Longest file of a secret, in bytes.
const LONGEST: u64 = 64 << 10;

/// A secret. It shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; not for people.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In an environment variable.
    Env(String),
    /// In a file; relative to the project.
    File(PathBuf),
}

/// What stands in the project file where a secret is named.
#[derive(Clone, PartialEq, Eq)]
pub enum Written {
    /// Where it is.
    Place(SecretPlace),
    /// A text that is meant as it stands.
    Plain(String),
    /// Neither: a number, a list.
    Else,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Written::Place(place) => place.fmt(f),
            Written::Plain(_) | Written::Else => f.write_str("(secret)"),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Written;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{ env = \"NAME\" } or { file = \"PATH\" }")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written::Plain(text.to_string()))
            }
            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Written, E> {
                Ok(Written::Else)
            }
            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Written, E> {
                Ok(Written::Else)
            }
            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Written, E> {
                Ok(Written::Else)
            }
            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Written, E> {
                Ok(Written::Else)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Written, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Written::Else)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written, A::Error> {
                let mut places = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "env" => places.push(SecretPlace::Env(map.next_value()?)),
                        "file" => places.push(SecretPlace::File(map.next_value()?)),
                        other => return Err(de::Error::unknown_field(other, &["env", "file"])),
                    }
                }
                match (places.pop(), places.is_empty()) {
                    (Some(place), true) => Ok(Written::Place(place)),
                    (_, _) => Err(de::Error::custom("a secret has one of `env` and `file`")),
                }
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Why a secret cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSecret {
    /// One sentence without a final stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl SecretPlace {
    /// Fetches it. `what`: how the project file names it, as in `[deliver.mail] password`.
    pub fn fetch(&self, what: &str, folder: &Path) -> Result<Secret, NoSecret> {
        let fault = |message: String, help: String| NoSecret { message: format!("{what}: {message}"), help };
        match self {
            SecretPlace::Env(name) => match std::env::var(name) {
                Ok(text) if !text.is_empty() => Ok(Secret(text)),
                Ok(_) => Err(fault(format!("the environment variable {name} is empty"), format!("set {name}"))),
                Err(std::env::VarError::NotPresent) => {
                    Err(fault(format!("the environment variable {name} is not set"), format!("set {name}")))
                }
                Err(std::env::VarError::NotUnicode(_)) => {
                    Err(fault(format!("the environment variable {name} is no text"), "write it in UTF-8".into()))
                }
            },
            SecretPlace::File(path) => {
                let path = folder.join(path);
                let shown = path.display();
                let unreadable = |error: std::io::Error| {
                    fault(format!("{shown} cannot be read: {error}"), "write the secret into that file".into())
                };
                let file = std::fs::File::open(&path).map_err(unreadable)?;
                let metadata = file.metadata().map_err(unreadable)?;
                if let Some(mode) = open_to_others(&metadata) {
                    return Err(fault(
                        format!("{shown} can be read by others than its owner (mode {mode:03o})"),
                        format!("run: chmod 600 {shown}"),
                    ));
                }
                let mut text = String::new();
                std::io::Read::read_to_string(&mut std::io::Read::take(file, LONGEST + 1), &mut text)
                    .map_err(unreadable)?;
                if text.len() as u64 > LONGEST {
                    return Err(fault(format!("{shown} is too large for a secret"), "name another file".into()));
                }
                let line =
                    text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
                if line.is_empty() {
                    return Err(fault(format!("{shown} is empty"), "write the secret into it".into()));
                }
                Ok(Secret(line.to_string()))
            }
        }
    }
}

/// The mode of a file that others than its owner can read.
#[cfg(unix)]
fn open_to_others(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    (metadata.is_file() && mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> Option<u32> {
    None
}

/// Is this the name of a key or a header that holds a secret?
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret"].contains(&name.as_str())
        || ["authorization", "cookie", "token", "api-key", "apikey"].iter().any(|part| name.contains(part))
}

/// The text of a project file as it may be shown: what stands behind the `=` of a key that holds a secret is stars, unless it says where
/// the secret is. Every byte stays at its place. It looks at the text alone, so that it also helps where the file is no TOML.
pub fn masked(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('=')) {
        let equals = at + found;
        at = equals + 1;
        let before = text.get(..equals).unwrap_or_default().trim_end_matches([' ', '\t', '"', '\'']);
        let name = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).next().unwrap_or_default();
        // An address may hold a password, or be as good as one.
        if !is_secret_name(name) && name != "url" {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let value = rest.trim_start_matches([' ', '\t']);
        if value.starts_with('{') {
            continue;
        }
        let start = text.len() - value.len();
        let length = length_of_value(value);
        for byte in bytes.iter_mut().skip(start).take(length).filter(|byte| !b"\r\n".contains(byte)) {
            *byte = b'*';
        }
        at = start + length;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// How far a value goes: to its closing quote, or to the end of its line.
fn length_of_value(value: &str) -> usize {
    for (quote, escapes, lines) in
        [("\"\"\"", true, true), ("'''", false, true), ("\"", true, false), ("'", false, false)]
    {
        let Some(inner) = value.strip_prefix(quote) else { continue };
        let mut from = 0;
        while let Some(rest) = inner.get(from..) {
            if rest.starts_with(quote) {
                return quote.len() * 2 + from;
            }
            match rest.chars().next() {
                Some('\\') if escapes => from += 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
                Some('\n') if !lines => return quote.len() + from,
                Some(character) => from += character.len_utf8(),
                None => return value.len(),
            }
        }
        return value.len();
    }
    value.find('\n').unwrap_or(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_shown_has_no_secret_and_every_byte_at_its_place() {
        for (text, shown) in [
            ("password = \"hunter2\" # x\nuser = \"a\"", "password = ********* # x\nuser = \"a\""),
            ("password = { env = \"P\" }", "password = { env = \"P\" }"),
            ("deliver.webhook.secret='abc'\n", "deliver.webhook.secret=*****\n"),
            ("mail = { \"password\" = \"a\\\"b\", port = 25 }", "mail = { \"password\" = ******, port = 25 }"),
            ("password = hunter2\nx = 1", "password = *******\nx = 1"),
            ("password = \"hunter2\nx = 1", "password = ********\nx = 1"),
            ("secret = '''a\nb'''\nx = 1", "secret = ****\n****\nx = 1"),
            ("Authorization = \"Bearer é\"", "Authorization = ***********"),
            ("url = \"https://a:b@c\"", "url = ***************"),
            ("key = \"sha256\"", "key = \"sha256\""),
            ("password =", "password ="),
        ] {
            let masked = masked(text);
            assert_eq!(masked, shown);
            assert_eq!(masked.len(), text.len());
        }
    }

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        assert_eq!(format!("{:?} {:?}", Secret::new("hunter2"), Written::Plain("hunter2".into())), "(secret) (secret)");
    }

    #[test]
    fn a_variable_that_is_not_set_is_told_by_name() {
        let place = SecretPlace::Env("BLOCKSIEVE_TEST_NOT_SET".into());
        let why = place.fetch("[deliver.mail] password", Path::new(".")).unwrap_err();
        assert_eq!(why.message, "[deliver.mail] password: the environment variable BLOCKSIEVE_TEST_NOT_SET is not set");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
        use std::os::unix::fs::PermissionsExt;
        let path = std::env::temp_dir().join(format!("blocksieve-secret-{}", std::process::id()));
        std::fs::write(&path, "hunter2\n").unwrap();
        let place = SecretPlace::File(path.clone());
        let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o644);
        let why = place.fetch("secret", Path::new(".")).unwrap_err();
        assert!(why.message.ends_with("can be read by others than its owner (mode 644)"), "{}", why.message);
        assert_eq!(why.help, format!("run: chmod 600 {}", path.display()));
        set(0o600);
        assert_eq!(place.fetch("secret", Path::new(".")).unwrap().reveal(), "hunter2");
        std::fs::write(&path, "\n").unwrap();
        assert!(place.fetch("secret", Path::new(".")).is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(place.fetch("secret", Path::new(".")).unwrap_err().message.contains("cannot be read"));
    }
}
