//! Messages as mail, to one server.
//!
//! In: messages, and how the server is reached. Out: mails that the server took, and for whom it did not. Never here: when it is tried again.
//!
//! | what the server says | then |
//! | --- | --- |
//! | takes the mail | sent |
//! | 5xx to a recipient, to all of a mail | refused, for that recipient or for all |
//! | 4xx to either | later |
//! | 421, no answer, no connection | it is down |
//! | 5xx to the login or to the sender, no STARTTLS, another certificate | it is not set up as the project says |
//!
//! A recipient that is refused does not keep the others from getting the mail: the conversation is led here, by `lettre`'s commands. What a
//! mail says cannot become a header: headers are one line, and `lettre` encodes and folds them.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{Error, response::Severity};

use super::config::{self, Mail, Tls};
use super::secret::{NoSecret, Secret};
use super::{Entry, Fault, FaultKind, Target, one_line};

/// How long a connection is kept open for the next mail, and for how many.
const IDLE: Duration = Duration::from_secs(20);
const MAILS: u32 = 50;

/// A mail server.
pub struct MailTarget {
    mail: Mail,
    login: Option<(String, Secret)>,
    tls: Option<TlsParameters>,
    open: Option<Open>,
}

struct Open {
    connection: SmtpConnection,
    mails: u32,
    last: Instant,
}

impl MailTarget {
    /// Fetches the password and the certificate; nothing is connected yet.
    pub fn new(mail: &Mail, folder: &Path) -> Result<Self, NoSecret> {
        let login = match &mail.login {
            Some((user, place)) => Some((user.clone(), place.fetch("[deliver.mail] password", folder)?)),
            None => None,
        };
        let cannot =
            |what: String, help: &str| NoSecret { message: format!("[deliver.mail] {what}"), help: help.into() };
        let tls = match mail.tls {
            Tls::None => None,
            Tls::Starttls | Tls::Tls => {
                let mut tls = TlsParameters::builder(mail.server.clone());
                if let Some(ca) = &mail.ca {
                    let path = folder.join(ca);
                    let shown = path.display();
                    let bytes = std::fs::read(&path).map_err(|error| {
                        cannot(format!("ca: {shown} cannot be read: {error}"), "look whether it is there")
                    })?;
                    let read = Certificate::from_pem(&bytes).ok().filter(|_| has_certificate(&bytes));
                    let certificate =
                        read.ok_or_else(|| cannot(format!("ca: {shown} has no certificate"), "name a PEM file"))?;
                    tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificate);
                }
                let built = tls.build_rustls();
                Some(built.map_err(|error| {
                    cannot(
                        format!("certificates cannot be used: {}", said(&error)),
                        "name the server's own authority: ca = \"FILE\"",
                    )
                })?)
            }
        };
        Ok(Self { mail: mail.clone(), login, tls, open: None })
    }

    fn server(&self) -> String {
        format!("{}:{}", self.mail.server, self.mail.port)
    }

    fn down(&self, error: &Error) -> Fault {
        // A handshake that fails is an error of input and output, of data that are not as expected.
        if error.is_tls() || is_handshake(error) {
            return Fault::new(FaultKind::Setup, format!("{} cannot be trusted: {}", self.server(), said(error)));
        }
        Fault::new(FaultKind::Down, format!("{} cannot be reached: {}", self.server(), said(error)))
    }

    /// What to write, too: nobody guesses from the server's silence that it wants encryption at once, or none.
    fn no_starttls(&self) -> String {
        let plain = if config::is_loopback(&self.mail.server) {
            "tls = \"none\", as it is this machine"
        } else {
            "port = 587 if that is another server's"
        };
        format!(
            "{} offers no STARTTLS; nothing was said to it; in [deliver.mail] say tls = \"tls\" where it encrypts from the start (port 465), or {plain}",
            self.server()
        )
    }

    fn setup(&self, what: &str, error: &Error) -> Fault {
        let kind = if is_permanent(error) { FaultKind::Setup } else { FaultKind::Down };
        Fault::new(kind, format!("{} {what}: {}", self.server(), said(error)))
    }

    fn connect(&self) -> Result<SmtpConnection, Fault> {
        let hello = ClientId::Domain(self.mail.hello.clone());
        let address = (self.mail.server.trim_start_matches('[').trim_end_matches(']'), self.mail.port);
        let wrapped = self.tls.as_ref().filter(|_| self.mail.tls == Tls::Tls);
        let mut connection = SmtpConnection::connect(address, Some(self.mail.timeout), &hello, wrapped, None)
            .map_err(|error| self.down(&error))?;
        if let Some(tls) = self.tls.as_ref().filter(|_| self.mail.tls == Tls::Starttls) {
            if !connection.can_starttls() {
                connection.abort();
                return Err(Fault::new(FaultKind::Setup, self.no_starttls()));
            }
            connection.starttls(tls, &hello).map_err(|error| self.down(&error))?;
        }
        if let Some((user, password)) = &self.login {
            let credentials = Credentials::new(user.clone(), password.reveal().to_string());
            if let Err(error) = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials) {
                connection.abort();
                return Err(self.setup(&format!("refuses the login of {user}"), &error));
            }
        }
        Ok(connection)
    }

    /// A connection that stands: the one of the last mail, or a new one.
    fn connection(&mut self) -> Result<Open, Fault> {
        if let Some(mut open) = self.open.take() {
            if open.mails < MAILS && open.last.elapsed() < IDLE && open.connection.test_connected() {
                return Ok(open);
            }
            open.connection.abort();
        }
        Ok(Open { connection: self.connect()?, mails: 0, last: Instant::now() })
    }

    /// Leads the conversation about one mail.
    fn hand_over(&self, connection: &mut SmtpConnection, letter: &Letter) -> Result<Given, Fault> {
        let mut options = Vec::new();
        let wide = connection.server_info().supports_feature(Extension::SmtpUtfEight);
        let is_wide = |mailbox: &Mailbox| !mailbox.email.to_string().is_ascii();
        if wide && letter.to.iter().chain([&self.mail.from]).any(is_wide) {
            options.push(MailParameter::SmtpUtfEight);
        }
        if let Err(error) = connection.command(MailFrom::new(Some(self.mail.from.email.clone()), options)) {
            let sender = &self.mail.from.email;
            return Err(match error.status().map(u16::from) {
                // The mail is too large: that is about this one.
                Some(552) => self.refused(&error),
                _other if is_permanent(&error) => self.setup(&format!("refuses the sender {sender}"), &error),
                _other => self.refused(&error),
            });
        }
        let mut given = Given::default();
        for to in &letter.to {
            if !wide && is_wide(to) {
                given.no(to, "the server takes no such addresses (SMTPUTF8)", true);
                continue;
            }
            match connection.command(Rcpt::new(to.email.clone(), Vec::new())) {
                Ok(_) => given.taken = true,
                Err(error) if error.status().is_some() && error.status().map(u16::from) != Some(421) => {
                    given.no(to, &said(&error), is_permanent(&error));
                }
                Err(error) => return Err(self.refused(&error)),
            }
        }
        if !given.taken {
            connection.command(Rset).map_err(|error| self.refused(&error))?;
            return Ok(given);
        }
        connection.command(Data).map_err(|error| self.refused(&error))?;
        connection.command(Content(&letter.content)).map_err(|error| self.refused(&error))?;
        Ok(given)
    }

    /// What the server said to a whole mail.
    fn refused(&self, error: &Error) -> Fault {
        let kind = match error.status() {
            None => return self.down(error),
            Some(code) if u16::from(code) == 421 => FaultKind::Down,
            Some(code) if code.severity == Severity::PermanentNegativeCompletion => FaultKind::Refused,
            Some(_) => FaultKind::Later(None),
        };
        Fault::new(kind, format!("{} refuses the mail: {}", self.server(), said(error)))
    }
}

/// For whom the server took a mail, and for whom it did not.
#[derive(Default)]
struct Given {
    taken: bool,
    left: Vec<String>,
    why: Vec<String>,
    /// Is there one who may still get it?
    later: bool,
}

impl Given {
    fn no(&mut self, to: &Mailbox, why: &str, for_good: bool) {
        self.left.push(to.to_string());
        self.why.push(format!("{}: {why}", to.email));
        self.later |= !for_good;
    }
}

struct Letter {
    to: Vec<Mailbox>,
    /// Recipients that are no addresses.
    bad: Vec<String>,
    content: String,
}

/// A mail as it stands behind `DATA`, with its end. `SmtpConnection::message` writes the end apart, and the system then holds it back for
/// some 40 ms a mail (Nagle's algorithm against delayed acknowledgements).
struct Content<'a>(&'a str);

impl std::fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A dot at the beginning of a line is doubled, for one that stands alone is the end.
        for line in self.0.split_inclusive("\r\n") {
            if line.starts_with('.') {
                f.write_str(".")?;
            }
            f.write_str(line)?;
        }
        f.write_str(if self.0.ends_with("\r\n") { ".\r\n" } else { "\r\n.\r\n" })
    }
}

/// Makes the mail.
fn letter(mail: &Mail, entry: &Entry) -> Result<Letter, Fault> {
    let message = &entry.message;
    let refused = |why: String| Fault::new(FaultKind::Refused, why);
    let given = if message.to.is_empty() { &mail.to } else { &message.to };
    let (mut to, mut bad) = (Vec::new(), Vec::new());
    for text in given {
        match config::mailbox(text) {
            Some(mailbox) if !to.contains(&mailbox) => to.push(mailbox),
            Some(_) => {}
            None => bad.push(text.clone()),
        }
    }
    if to.is_empty() {
        return Err(refused(match bad.first() {
            Some(bad) => format!("{bad:?} is no address"),
            None => "there is no recipient".into(),
        }));
    }
    let id = format!("<{}@{}>", message.id, mail.from.email.domain());
    let mut builder = lettre::Message::builder()
        .from(mail.from.clone())
        .subject(one_line(&message.subject))
        .message_id(Some(id))
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(entry.created))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("X-Blocksieve-Rule"), one_line(&message.rule)));
    for mailbox in &to {
        builder = builder.to(mailbox.clone());
    }
    // A carriage return alone is a line break for some, and none for others.
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let built = match &message.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(lines(&message.text), lines(html))),
        None => builder.singlepart(SinglePart::plain(lines(&message.text))),
    };
    let mail = built.map_err(|error| refused(format!("no mail can be made of it: {error}")))?;
    let content = String::from_utf8(mail.formatted()).ok().filter(|text| is_plain(text));
    let content = content.ok_or_else(|| refused("no mail can be made of it: it is no text of lines".into()))?;
    Ok(Letter { to, bad, content })
}

/// Does each line feed stand behind a carriage return, and the other way round? Servers differ in what they take for a line where it does
/// not, and a mail could hold another one.
fn is_plain(text: &str) -> bool {
    let pairs = memchr::memmem::find_iter(text.as_bytes(), "\r\n").count();
    let count = |byte: u8| memchr::memchr_iter(byte, text.as_bytes()).count();
    count(b'\r') == pairs && count(b'\n') == pairs
}

impl Target for MailTarget {
    fn send(&mut self, entry: &Entry) -> Result<(), Fault> {
        let letter = letter(&self.mail, entry)?;
        let mut open = self.connection()?;
        let mut result = self.hand_over(&mut open.connection, &letter);
        // The server may have closed a connection that was kept: nothing was handed over yet if it did not even take the sender.
        if open.mails > 0
            && let Err(fault) = &result
            && fault.kind == FaultKind::Down
            && open.connection.has_broken()
        {
            open = Open { connection: self.connect()?, mails: 0, last: Instant::now() };
            result = self.hand_over(&mut open.connection, &letter);
        }
        let mut given = match result {
            Ok(given) => given,
            Err(fault) => {
                open.connection.abort();
                return Err(fault);
            }
        };
        open.mails += 1;
        open.last = Instant::now();
        self.open = Some(open);
        for bad in &letter.bad {
            given.left.push(bad.clone());
            given.why.push(format!("{bad:?} is no address"));
        }
        if given.left.is_empty() {
            return Ok(());
        }
        let kind = if given.later { FaultKind::Later(None) } else { FaultKind::Refused };
        let some = given.left.len() < letter.to.len() + letter.bad.len();
        let rest = if some { " (the others have it)" } else { "" };
        let error = format!("{} refuses {}{rest}", self.server(), given.why.join("; "));
        let left = some.then_some(given.left);
        Err(Fault { left, ..Fault::new(kind, error) })
    }
}

impl Drop for MailTarget {
    fn drop(&mut self) {
        if let Some(mut open) = self.open.take() {
            // Politeness; what was taken is taken.
            let _ = open.connection.quit();
        }
    }
}

/// Is there a certificate in it at all? (A file without one would mean: trust nobody, said in words that nobody understands.)
fn has_certificate(pem: &[u8]) -> bool {
    memchr::memmem::find(pem, b"-----BEGIN CERTIFICATE-----").is_some()
}

fn is_permanent(error: &Error) -> bool {
    // What lettre finds wrong by itself (no way to log in that both know) does not mend itself either.
    error.is_permanent() || error.is_client()
}

/// Did the two not come to terms about encryption?
fn is_handshake(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return error.kind() == std::io::ErrorKind::InvalidData;
        }
        source = error.source();
    }
    false
}

/// What an error says, without lettre's words around it.
fn said(error: &Error) -> String {
    let why = std::error::Error::source(error).map(ToString::to_string);
    match (error.status(), why) {
        (Some(code), Some(text)) => format!("{code} {text}"),
        (Some(code), None) => code.to_string(),
        (None, Some(text)) => text,
        (None, None) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::{Channel, Message};

    fn entry(message: Message) -> Entry {
        Entry { message, created: 1_772_352_900_000, queued: 0, attempts: 0 }
    }

    fn mail() -> Mail {
        Mail {
            server: "localhost".into(),
            port: 1,
            tls: Tls::None,
            ca: None,
            login: None,
            from: "Blocksieve <blocksieve@example.org>".parse().unwrap(),
            to: vec!["soc@example.org".into()],
            hello: "example.org".into(),
            timeout: Duration::from_secs(1),
            rate: None,
        }
    }

    fn message() -> Message {
        Message {
            id: "0123".into(),
            rule: "Dümp".into(),
            via: Channel::Mail,
            to: Vec::new(),
            subject: "a\r\nBcc: eve@example.org\r\n\r\nbody".into(),
            text: "one\n.two\n".into(),
            html: None,
            data: serde_json::Value::Null,
            time: None,
        }
    }

    #[test]
    fn a_mail_as_it_is_sent() {
        let letter = letter(&mail(), &entry(message())).unwrap();
        insta::assert_snapshot!(letter.content.replace("\r\n", "\n"), @r"
        From: Blocksieve <blocksieve@example.org>
        Subject: a Bcc: eve@example.org body
        Message-ID: <0123@example.org>
        Date: Sun, 01 Mar 2026 08:15:00 +0000
        Auto-Submitted: auto-generated
        X-Blocksieve-Rule: =?utf-8?b?RMO8bXA=?=
        To: soc@example.org
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 7bit

        one
        .two
        ");
    }

    #[test]
    fn nothing_that_a_message_says_becomes_a_header() {
        let evil = "x\r\nBcc: eve@example.org\r\n\r\nbody";
        let message = Message {
            rule: evil.into(),
            to: vec!["soc@example.org".into(), format!("a@example.org{evil}")],
            html: Some("<p>hello</p>".into()),
            ..message()
        };
        let letter = letter(&mail(), &entry(message)).unwrap();
        assert_eq!((letter.to.len(), letter.bad.len()), (1, 1), "an address with a line break is none");
        let text = letter.content;
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split_once(':').map(|(name, _)| name))
            .collect();
        assert_eq!(
            names,
            [
                "From",
                "Subject",
                "Message-ID",
                "Date",
                "Auto-Submitted",
                "X-Blocksieve-Rule",
                "To",
                "MIME-Version",
                "Content-Type"
            ]
        );
    }

    #[test]
    fn the_end_of_a_mail_is_its_only_line_of_one_dot() {
        for (text, sent) in
            [("a", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), (".\r\n.b", "..\r\n..b\r\n.\r\n"), ("", "\r\n.\r\n")]
        {
            assert_eq!(Content(text).to_string(), sent);
        }
        for text in ["a\nb", "a\rb", "a\n\r", "a\r\n\r"] {
            assert!(!is_plain(text), "{text:?}");
        }
        let smuggled = Message { text: "x\n.\nMAIL FROM:<a>\r.\r\n\r\r\n".into(), ..message() };
        let letter = letter(&mail(), &entry(smuggled)).unwrap();
        assert_eq!(Content(&letter.content).to_string().matches("\r\n.\r\n").count(), 1);
    }

    #[test]
    fn a_server_that_is_not_there_is_down() {
        let mut target = MailTarget::new(&mail(), Path::new(".")).unwrap();
        let fault = target.send(&entry(message())).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Down);
        assert!(fault.error.starts_with("localhost:1 cannot be reached: "), "{}", fault.error);
    }

    #[test]
    fn without_recipients_a_mail_is_refused() {
        let nobody = Mail { to: Vec::new(), ..mail() };
        let fault = letter(&nobody, &entry(message())).err().unwrap();
        assert_eq!((fault.kind, fault.error.as_str()), (FaultKind::Refused, "there is no recipient"));
    }
}
