//! `[deliver]` of the project file.
//!
//! In: the table as TOML. Out: where messages go and how, and what is wrong with it, each at its place. Never here: a secret (only where
//! it is), a connection, a file.
//!
//! | key | meaning | without it |
//! | --- | --- | --- |
//! | `[deliver]` `first-retry` | seconds after which a message is tried again for the first time | 5 |
//! | `[deliver]` `attempts` | how often it is tried | 100 |
//! | `[deliver]` `max-age-hours` | how long it is tried | 72 |
//! | `[deliver]` `keep-days` | how long the ids of what was sent are kept | 30 |
//! | `[deliver.mail]` `server`, `from` | the mail server; the sender | needed |
//! | `[deliver.mail]` `to` | recipients where a rule names none | a rule must name some |
//! | `[deliver.mail]` `tls` | `starttls`, `tls`, or `none`, which is for this machine alone | `starttls` |
//! | `[deliver.mail]` `port` | its port | 587, 465, 25 |
//! | `[deliver.mail]` `user`, `password` | both or none; the password is a secret | no login |
//! | `[deliver.mail]` `hello` | the name of this machine, as the server is told | that of the sender's domain |
//! | `[deliver.webhook]` `url` | where messages are posted; may be a secret | needed |
//! | `[deliver.webhook]` `secret` | the key of the signature; a secret | no signature |
//! | `[deliver.webhook]` `headers` | further headers; those that carry secrets are secrets | none |
//! | both: `ca` | a PEM file: whom a certificate must be of, and nobody else | the system's |
//! | both: `timeout` | seconds for each step | 30 |
//! | both: `rate` | messages a minute, at most | no limit |
//! | both: `insecure` | `true`: without encryption to another machine | refused |
//! | `[deliver.file]` `path` | a file that a line is added to for each message; `-`: standard output | needed |

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::Channel;
use super::lane::Policy;
use super::secret::{SecretPlace, Written, is_secret_name};
use crate::diagnostic::Code;

/// What `[deliver]` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The mail server.
    pub mail: Option<Mail>,
    /// The webhook.
    pub webhook: Option<Webhook>,
    /// The file.
    pub file: Option<FileTo>,
    /// When messages are tried again, and given up.
    pub policy: Policy,
    /// How many days the ids of what was sent are kept.
    pub keep_days: u64,
}

impl Delivery {
    /// Is there a target for this channel?
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.mail.is_some(),
            Channel::Webhook => self.webhook.is_some(),
            Channel::File => self.file.is_some(),
        }
    }

    /// A print of how a target is set up, without its secrets: another one means that somebody changed something. Of files (secrets,
    /// certificates) it has when they were changed; of a secret in the environment nothing is known.
    pub fn settings(&self, channel: Channel, folder: &Path) -> String {
        let mut said = match channel {
            Channel::Mail => format!("{:?}", self.mail),
            Channel::Webhook => {
                let values = self.webhook.iter().flat_map(Webhook::values);
                let plain = values.filter_map(|value| match value {
                    Value::Plain(text) => Some(text.as_str()),
                    Value::Secret(_) => None,
                });
                format!("{:?}{:?}", self.webhook, plain.collect::<Vec<_>>())
            }
            Channel::File => format!("{:?}", self.file),
        };
        for file in self.files(channel) {
            let changed = std::fs::metadata(folder.join(&file)).and_then(|metadata| metadata.modified());
            said.push_str(&format!("{file:?}{changed:?}"));
        }
        super::hex(&Sha256::digest(said.as_bytes())[..16])
    }

    /// Files that a target is set up with: secrets and certificates, relative to the project's folder.
    pub fn files(&self, channel: Channel) -> Vec<PathBuf> {
        let (secrets, ca): (Vec<&SecretPlace>, Option<&PathBuf>) = match channel {
            Channel::Mail => {
                let login = self.mail.as_ref().and_then(|mail| mail.login.as_ref());
                (
                    login.map(|(_, place)| place).into_iter().collect(),
                    self.mail.as_ref().and_then(|mail| mail.ca.as_ref()),
                )
            }
            Channel::Webhook => {
                let mut secrets: Vec<&SecretPlace> = Vec::new();
                if let Some(webhook) = &self.webhook {
                    secrets.extend(&webhook.secret);
                    secrets.extend(webhook.values().into_iter().filter_map(|value| match value {
                        Value::Secret(place) => Some(place),
                        Value::Plain(_) => None,
                    }));
                }
                (secrets, self.webhook.as_ref().and_then(|webhook| webhook.ca.as_ref()))
            }
            Channel::File => (Vec::new(), None),
        };
        let files = secrets.into_iter().filter_map(|place| match place {
            SecretPlace::File(path) => Some(path),
            SecretPlace::Env(_) => None,
        });
        files.chain(ca).cloned().collect()
    }

    /// Most messages a minute.
    pub fn rate(&self, channel: Channel) -> Option<u32> {
        match channel {
            Channel::Mail => self.mail.as_ref().and_then(|mail| mail.rate),
            Channel::Webhook => self.webhook.as_ref().and_then(|webhook| webhook.rate),
            Channel::File => None,
        }
    }
}

/// A mail server.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Its name or address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub tls: Tls,
    /// Whom its certificate must be of.
    pub ca: Option<PathBuf>,
    /// Name and password of the login.
    pub login: Option<(String, SecretPlace)>,
    /// The sender.
    pub from: Mailbox,
    /// Recipients of messages that name none.
    pub to: Vec<String>,
    /// How this machine calls itself.
    pub hello: String,
    /// For each step.
    pub timeout: Duration,
    /// Most messages a minute.
    pub rate: Option<u32>,
}

/// How a connection is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Plain at first; nothing is said before it is encrypted.
    Starttls,
    /// Encrypted from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Its address.
    pub url: Value,
    /// The key of the signature.
    pub secret: Option<SecretPlace>,
    /// Further headers.
    pub headers: Vec<(String, Value)>,
    /// Whom its certificate must be of.
    pub ca: Option<PathBuf>,
    /// For the whole of one request.
    pub timeout: Duration,
    /// Most messages a minute.
    pub rate: Option<u32>,
    /// May it go unencrypted to another machine?
    pub insecure: bool,
}

impl Webhook {
    /// Its address and the values of its headers.
    fn values(&self) -> Vec<&Value> {
        self.headers.iter().map(|(_, value)| value).chain([&self.url]).collect()
    }
}

/// A text, or where it is.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// As it stands.
    Plain(String),
    /// Elsewhere.
    Secret(SecretPlace),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // A header may be secret by a name that nobody thought of.
            Value::Plain(_) => f.write_str("(text)"),
            Value::Secret(place) => place.fmt(f),
        }
    }
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTo {
    /// Relative to the project; `None`: standard output.
    pub path: Option<PathBuf>,
}

/// Something that is wrong with the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// Where; `None`: nowhere in particular.
    pub span: Option<Range<usize>>,
    /// What kind.
    pub code: Code,
    /// One sentence without a final stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// The table, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    mail: Option<Spanned<MailEntry>>,
    webhook: Option<Spanned<WebhookEntry>>,
    file: Option<FileEntry>,
    first_retry: Option<Spanned<u64>>,
    attempts: Option<Spanned<u64>>,
    max_age_hours: Option<Spanned<u64>>,
    keep_days: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MailEntry {
    server: Spanned<String>,
    port: Option<Spanned<u64>>,
    tls: Option<Spanned<Tls>>,
    ca: Option<PathBuf>,
    user: Option<Spanned<String>>,
    password: Option<Spanned<Written>>,
    from: Spanned<String>,
    #[serde(default)]
    to: Vec<Spanned<String>>,
    hello: Option<Spanned<String>>,
    timeout: Option<Spanned<u64>>,
    rate: Option<Spanned<u64>>,
    #[serde(default)]
    insecure: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WebhookEntry {
    url: Spanned<Written>,
    secret: Option<Spanned<Written>>,
    #[serde(default)]
    headers: BTreeMap<Spanned<String>, Spanned<Written>>,
    ca: Option<PathBuf>,
    timeout: Option<Spanned<u64>>,
    rate: Option<Spanned<u64>>,
    #[serde(default)]
    insecure: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    path: Spanned<String>,
}

/// What is wrong so far.
#[derive(Default)]
struct Wrongs(Vec<Wrong>);

impl Wrongs {
    fn add(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.of(Code::BadDelivery, span, message, help);
    }

    fn of(&mut self, code: Code, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.0.push(Wrong { span: Some(span), code, message: message.into(), help: help.into() });
    }

    /// A number within bounds.
    fn number(&mut self, written: Option<Spanned<u64>>, within: RangeInclusive<u64>, otherwise: u64) -> u64 {
        let Some(written) = written else { return otherwise };
        if !within.contains(written.get_ref()) {
            let (least, most) = (within.start(), within.end());
            self.add(written.span(), format!("{} is out of bounds", written.get_ref()), format!("{least} to {most}"));
            return otherwise;
        }
        written.into_inner()
    }

    fn timeout(&mut self, written: Option<Spanned<u64>>) -> Duration {
        Duration::from_secs(self.number(written, 1..=600, 30))
    }

    fn rate(&mut self, written: Option<Spanned<u64>>) -> Option<u32> {
        let written = written?;
        u32::try_from(self.number(Some(written), 1..=60_000, 1)).ok()
    }

    fn secret(&mut self, written: Spanned<Written>, what: &str) -> Option<SecretPlace> {
        let span = written.span();
        match written.into_inner() {
            Written::Place(place) => Some(place),
            Written::Plain(_) | Written::Else => {
                self.of(
                    Code::LiteralSecret,
                    span,
                    format!("{what} stands in the project file"),
                    "write { env = \"NAME\" } or { file = \"PATH\" }; what stood here is known to all who can read the file: change it",
                );
                None
            }
        }
    }

    fn mailbox(&mut self, written: &Spanned<String>) -> Option<Mailbox> {
        let parsed = mailbox(written.get_ref());
        if parsed.is_none() {
            self.add(
                written.span(),
                format!("{:?} is no address", written.get_ref()),
                "write it as soc@example.org or SOC <soc@example.org>",
            );
        }
        parsed
    }
}

/// An address, with or without a name.
pub fn mailbox(text: &str) -> Option<Mailbox> {
    // A line break in an address is never meant.
    if text.contains(char::is_control) { None } else { text.parse().ok() }
}

/// Is this name or address this machine itself?
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// What is wrong with the address of a webhook, and the way out. It may be a secret: nothing of it is repeated but its host.
pub fn check_url(url: &str, insecure: bool) -> Result<(), (String, &'static str)> {
    const HELP: &str = "write it as https://hooks.example.org/alerts";
    let Ok(uri) = url.parse::<ureq::http::Uri>() else {
        return Err(("the address of the webhook is no URL".into(), HELP));
    };
    let Some(host) = uri.host() else { return Err(("the address of the webhook names no host".into(), HELP)) };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err((
            "the address of the webhook has a user and a password in it".into(),
            "write them as the header Authorization, as a secret",
        ));
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if insecure || is_loopback(host) => Ok(()),
        Some("http") => Err((
            format!("messages would go to {host} unencrypted"),
            "write https, or `insecure = true` if everybody on the way may read and change them",
        )),
        Some(_) | None => Err(("the address of the webhook is neither https nor http".into(), HELP)),
    }
}

impl Entry {
    /// What it says, and what is wrong with it. A target with a fault is left out.
    pub fn settle(self) -> (Delivery, Vec<Wrong>) {
        let mut wrong = Wrongs::default();
        let policy = Policy {
            first: 1000 * wrong.number(self.first_retry, 1..=3600, 5),
            attempts: u32::try_from(wrong.number(self.attempts, 1..=100_000, 100)).unwrap_or(u32::MAX),
            max_age: 3_600_000 * wrong.number(self.max_age_hours, 1..=8760, 72),
            ..Policy::default()
        };
        let keep_days = wrong.number(self.keep_days, 1..=3650, 30);
        let mail = self.mail.and_then(|mail| mail.into_inner().settle(&mut wrong));
        let webhook = self.webhook.and_then(|webhook| webhook.into_inner().settle(&mut wrong));
        let file = self.file.and_then(|file| {
            if file.path.get_ref().is_empty() {
                wrong.add(file.path.span(), "the file has no name", "name a file, or `-` for standard output");
                return None;
            }
            let path = file.path.into_inner();
            Some(FileTo { path: (path != "-").then(|| PathBuf::from(path)) })
        });
        (Delivery { mail, webhook, file, policy, keep_days }, wrong.0)
    }
}

impl MailEntry {
    fn settle(self, wrong: &mut Wrongs) -> Option<Mail> {
        let before = wrong.0.len();
        let tls = self.tls.as_ref().map_or(Tls::Starttls, |tls| *tls.get_ref());
        let server = self.server.get_ref();
        // A colon is of a port, or of an address that has several.
        let odd = |c: char| c.is_control() || c.is_whitespace() || c == '/' || c == ':';
        let bare = server.trim_start_matches('[').trim_end_matches(']');
        if server.is_empty() || server.contains(odd) && bare.parse::<std::net::Ipv6Addr>().is_err() {
            wrong.add(self.server.span(), "this names no server", "write a name or an address, without its port");
        }
        if let Some(written) = self.tls.filter(|_| tls == Tls::None && !self.insecure && !is_loopback(server)) {
            wrong.add(
                written.span(),
                format!("mails and password would go to {server} unencrypted"),
                "write \"starttls\" or \"tls\", or `insecure = true` if everybody on the way may read and change them",
            );
        }
        let port = match tls {
            Tls::Starttls => 587,
            Tls::Tls => 465,
            Tls::None => 25,
        };
        let port = u16::try_from(wrong.number(self.port, 1..=65_535, port)).unwrap_or(0);
        let login = match (self.user, self.password) {
            (Some(user), Some(password)) => {
                wrong.secret(password, "a password").map(|password| (user.into_inner(), password))
            }
            (Some(user), None) => {
                wrong.add(user.span(), "a user without a password", "add `password = { env = \"NAME\" }`");
                None
            }
            (None, Some(password)) => {
                let span = password.span();
                if wrong.secret(password, "a password").is_some() {
                    wrong.add(span, "a password without a user", "add `user = \"NAME\"`");
                }
                None
            }
            (None, None) => None,
        };
        let from = wrong.mailbox(&self.from);
        let to: Vec<String> =
            self.to.into_iter().filter(|to| wrong.mailbox(to).is_some()).map(Spanned::into_inner).collect();
        if let Some(hello) = &self.hello
            && (hello.get_ref().is_empty()
                || !hello.get_ref().chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c)))
        {
            wrong.add(hello.span(), "this is no name of a machine", "write it as host.example.org");
        }
        let timeout = wrong.timeout(self.timeout);
        let rate = wrong.rate(self.rate);
        let from = from.filter(|_| wrong.0.len() == before)?;
        let hello = self.hello.map_or_else(|| from.email.domain().to_string(), Spanned::into_inner);
        let server = self.server.into_inner();
        Some(Mail { server, port, tls, ca: self.ca, login, from, to, hello, timeout, rate })
    }
}

impl WebhookEntry {
    fn settle(self, wrong: &mut Wrongs) -> Option<Webhook> {
        let before = wrong.0.len();
        let span = self.url.span();
        let url = match self.url.into_inner() {
            Written::Place(place) => Some(Value::Secret(place)),
            Written::Plain(url) => {
                if let Err((message, help)) = check_url(&url, self.insecure) {
                    wrong.add(span, message, help);
                }
                Some(Value::Plain(url))
            }
            Written::Else => {
                wrong.add(span, "this is no address", "write it as https://hooks.example.org/alerts");
                None
            }
        };
        let secret = self.secret.and_then(|secret| wrong.secret(secret, "the key of the signature"));
        let mut headers = Vec::new();
        for (name, value) in self.headers {
            let (at, span) = (name.span(), value.span());
            let name = name.into_inner();
            if ureq::http::HeaderName::try_from(name.as_str()).is_err() || is_own(&name) {
                let message = format!("{name:?} is no header that can be set here");
                wrong.add(at, message, "names of headers are letters, digits and hyphens; some are set by Blocksieve");
                continue;
            }
            let value = if is_secret_name(&name) {
                wrong.secret(value, &format!("the header {name}")).map(Value::Secret)
            } else {
                match value.into_inner() {
                    Written::Place(place) => Some(Value::Secret(place)),
                    Written::Plain(text) if ureq::http::HeaderValue::from_str(&text).is_ok() => {
                        Some(Value::Plain(text))
                    }
                    Written::Plain(_) | Written::Else => {
                        let message = format!("the header {name} cannot have this value");
                        wrong.add(span, message, "write one line of text, or { env = \"NAME\" }");
                        None
                    }
                }
            };
            headers.extend(value.map(|value| (name, value)));
        }
        let timeout = wrong.timeout(self.timeout);
        let rate = wrong.rate(self.rate);
        let url = url.filter(|_| wrong.0.len() == before)?;
        Some(Webhook { url, secret, headers, ca: self.ca, timeout, rate, insecure: self.insecure })
    }
}

/// Headers that say what is sent, and so cannot be set.
fn is_own(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("blocksieve-")
        || ["host", "content-length", "content-type", "transfer-encoding", "connection", "idempotency-key"]
            .contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        deliver: Entry,
    }

    /// What is wrong: the code, the text it is about, message and help.
    fn wrong(text: &str) -> String {
        match toml::from_str::<File>(text) {
            Ok(file) => {
                let told = file.deliver.settle().1.into_iter().map(|wrong| {
                    let about = wrong.span.and_then(|span| text.get(span)).unwrap_or("?").to_string();
                    format!("{} `{about}`: {}; {}\n", wrong.code, wrong.message, wrong.help)
                });
                told.collect()
            }
            Err(error) => format!("{}\n", error.message()),
        }
    }

    const WHOLE: &str = r#"
[deliver]
first-retry = 2
attempts = 7
max-age-hours = 1
keep-days = 9
[deliver.mail]
server = "mail.example.org"
tls = "tls"
ca = "ca.pem"
user = "soc"
password = { env = "MAIL_PASSWORD" }
from = "Blocksieve <blocksieve@example.org>"
to = ["soc@example.org", "Ann <ann@example.org>"]
rate = 30
[deliver.webhook]
url = { file = "url" }
secret = { file = "key" }
headers = { X-Team = "soc", Authorization = { env = "TOKEN" } }
timeout = 5
[deliver.file]
path = "alerts.ndjson"
"#;

    #[test]
    fn all_keys() {
        let (delivery, wrong) = toml::from_str::<File>(WHOLE).unwrap().deliver.settle();
        assert_eq!(wrong, []);
        let (mail, webhook) = (delivery.mail.unwrap(), delivery.webhook.unwrap());
        assert_eq!((mail.port, mail.hello.as_str(), mail.rate), (465, "example.org", Some(30)));
        assert_eq!(mail.login, Some(("soc".into(), SecretPlace::Env("MAIL_PASSWORD".into()))));
        assert_eq!(webhook.headers.len(), 2);
        assert_eq!(webhook.timeout, Duration::from_secs(5));
        assert_eq!(delivery.file, Some(FileTo { path: Some("alerts.ndjson".into()) }));
        let Policy { first, attempts, max_age, .. } = delivery.policy;
        assert_eq!((first, attempts, max_age, delivery.keep_days), (2000, 7, 3_600_000, 9));
    }

    #[test]
    fn what_cannot_be_meant_is_told_at_its_place() {
        let mail =
            |more: &str| format!("[deliver.mail]\nserver = \"mail.example.org\"\nfrom = \"a@example.org\"\n{more}");
        let hook = |more: &str| format!("[deliver.webhook]\n{more}");
        insta::assert_snapshot!([
            mail("tls = \"none\""),
            mail("tls = \"ssl\""),
            mail("port = 0\ntimeout = 0\nrate = 0"),
            mail("user = \"soc\""),
            mail("password = { env = \"P\" }"),
            mail("to = [\"soc\", \"a@example.org\\r\\nBcc: b@example.org\"]\nhello = \"a b\""),
            mail("servr = \"x\""),
            "[deliver.mail]\nserver = \"mail.example.org:25\"\nfrom = \"nobody\"".into(),
            "[deliver.mail]\nserver = \"mail example\"\nfrom = \"a@example.org\"".into(),
            hook("url = \"ftp://example.org\""),
            hook("url = \"http://hooks.example.org/x\""),
            hook("url = \"https://a:b@example.org/\""),
            hook("url = \"https://hooks.example.org\"\nheaders = { Host = \"a\", \"X y\" = \"b\", X-Z = \"a\\nb\" }"),
            hook("secret = { env = \"A\", file = \"b\" }\nurl = \"https://hooks.example.org\""),
            "[deliver.file]\npath = \"\"".into(),
        ]
        .map(|text| wrong(&text))
        .concat(), @r#"
        BS0511 `"none"`: mails and password would go to mail.example.org unencrypted; write "starttls" or "tls", or `insecure = true` if everybody on the way may read and change them
        unknown variant `ssl`, expected one of `starttls`, `tls`, `none`
        BS0511 `0`: 0 is out of bounds; 1 to 65535
        BS0511 `0`: 0 is out of bounds; 1 to 600
        BS0511 `0`: 0 is out of bounds; 1 to 60000
        BS0511 `"soc"`: a user without a password; add `password = { env = "NAME" }`
        BS0511 `{ env = "P" }`: a password without a user; add `user = "NAME"`
        BS0511 `"soc"`: "soc" is no address; write it as soc@example.org or SOC <soc@example.org>
        BS0511 `"a@example.org\r\nBcc: b@example.org"`: "a@example.org\r\nBcc: b@example.org" is no address; write it as soc@example.org or SOC <soc@example.org>
        BS0511 `"a b"`: this is no name of a machine; write it as host.example.org
        unknown field `servr`, expected one of `server`, `port`, `tls`, `ca`, `user`, `password`, `from`, `to`, `hello`, `timeout`, `rate`, `insecure`
        BS0511 `"mail.example.org:25"`: this names no server; write a name or an address, without its port
        BS0511 `"nobody"`: "nobody" is no address; write it as soc@example.org or SOC <soc@example.org>
        BS0511 `"mail example"`: this names no server; write a name or an address, without its port
        BS0511 `"ftp://example.org"`: the address of the webhook is neither https nor http; write it as https://hooks.example.org/alerts
        BS0511 `"http://hooks.example.org/x"`: messages would go to hooks.example.org unencrypted; write https, or `insecure = true` if everybody on the way may read and change them
        BS0511 `"https://a:b@example.org/"`: the address of the webhook has a user and a password in it; write them as the header Authorization, as a secret
        BS0511 `Host`: "Host" is no header that can be set here; names of headers are letters, digits and hyphens; some are set by Blocksieve
        BS0511 `"X y"`: "X y" is no header that can be set here; names of headers are letters, digits and hyphens; some are set by Blocksieve
        BS0511 `"a\nb"`: the header X-Z cannot have this value; write one line of text, or { env = "NAME" }
        a secret has one of `env` and `file`
        BS0511 `""`: the file has no name; name a file, or `-` for standard output
        "#);
    }

    #[test]
    fn a_literal_secret_is_refused_and_not_repeated() {
        let told = wrong(
            "[deliver.mail]\nserver = \"localhost\"\nfrom = \"a@example.org\"\nuser = \"u\"\npassword = \"hunter2\"\n[deliver.webhook]\nurl = \"https://example.org\"\nsecret = 12345\nheaders = { Authorization = \"Bearer hunter2\" }",
        );
        assert_eq!(told.matches("BS0512").count(), 3);
        let said: String = told.split('`').step_by(2).collect();
        assert!(!said.contains("hunter2") && !said.contains("12345"), "{said}");
    }

    #[test]
    fn this_machine_needs_no_encryption() {
        for server in ["localhost", "127.0.0.1", "::1", "127.8.9.1"] {
            let text = format!("[deliver.mail]\nserver = \"{server}\"\nfrom = \"a@example.org\"\ntls = \"none\"");
            assert_eq!(wrong(&text), "");
        }
        assert_eq!(wrong("[deliver.webhook]\nurl = \"http://[::1]:8080/x\""), "");
        assert_eq!(wrong("[deliver.webhook]\nurl = \"http://hooks.example.org/x\"\ninsecure = true"), "");
    }

    #[test]
    fn what_is_shown_of_a_configuration_has_no_text_of_headers() {
        let (delivery, _) = toml::from_str::<File>(WHOLE).unwrap().deliver.settle();
        assert!(!format!("{delivery:?}").contains("\"soc\")"), "{delivery:?}");
    }
}
