//! Messages to a webhook: a POST of JSON each.
//!
//! In: messages, and the address. Out: messages that the other side took. Never here: when it is tried again.
//!
//! | answer | then |
//! | --- | --- |
//! | 2xx | sent |
//! | 408, 425, 5xx | later |
//! | 429 | later; so is all else for it, for as long as `Retry-After` says |
//! | 3xx | not set up: no redirect is followed, for it would carry the alert elsewhere |
//! | any other | refused |
//! | none | it is down; with another certificate, not set up |
//!
//! Headers: `Idempotency-Key` is the message's id, the same at each attempt. With a `secret`, `Blocksieve-Signature: t=SECONDS,v1=HEX` has
//! HMAC-SHA256 over `SECONDS.BODY`; the receiver computes it over the bytes that it got, compares, and refuses old times.

use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::Agent;
use ureq::http::{Response, StatusCode, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::config::{Value, Webhook, check_url, is_loopback};
use super::secret::{NoSecret, Secret};
use super::{Entry, Fault, FaultKind, Millis, Target, hex, now};

/// How much of an answer is read for people.
const ANSWER: u64 = 2_000;
const SHOWN: usize = 200;

/// A webhook.
pub struct WebhookTarget {
    agent: Agent,
    url: Secret,
    /// What may be said of the address.
    host: String,
    key: Option<Secret>,
    headers: Vec<(String, Secret)>,
    clock: fn() -> Millis,
}

impl WebhookTarget {
    /// Fetches secrets and the certificate; nothing is connected yet.
    pub fn new(webhook: &Webhook, folder: &Path) -> Result<Self, NoSecret> {
        let fetch = |value: &Value, what: &str| match value {
            Value::Plain(text) => Ok(Secret::new(text.clone())),
            Value::Secret(place) => place.fetch(what, folder),
        };
        let cannot =
            |what: String, help: &str| NoSecret { message: format!("[deliver.webhook] {what}"), help: help.into() };
        let url = fetch(&webhook.url, "[deliver.webhook] url")?;
        check_url(url.reveal(), webhook.insecure).map_err(|(message, help)| cannot(format!("url: {message}"), help))?;
        let uri: Option<Uri> = url.reveal().parse().ok();
        let host = uri.as_ref().and_then(|uri| uri.authority().map(ToString::to_string)).unwrap_or_default();
        let local = uri.as_ref().and_then(Uri::host).is_some_and(is_loopback);
        let key = match &webhook.secret {
            Some(place) => Some(place.fetch("[deliver.webhook] secret", folder)?),
            None => None,
        };
        let mut headers = Vec::new();
        for (name, value) in &webhook.headers {
            let value = fetch(value, &format!("[deliver.webhook] headers {name}"))?;
            if ureq::http::HeaderValue::from_str(value.reveal()).is_err() {
                return Err(cannot(format!("headers: {name} is not one line of text"), "look at where it comes from"));
            }
            headers.push((name.clone(), value));
        }
        let mut roots = RootCerts::PlatformVerifier;
        if let Some(ca) = &webhook.ca {
            let path = folder.join(ca);
            let shown = path.display();
            let bytes = std::fs::read(&path)
                .map_err(|error| cannot(format!("ca: {shown} cannot be read: {error}"), "look whether it is there"))?;
            let certificates: Vec<_> = parse_pem(&bytes)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    Ok(_) | Err(_) => None,
                })
                .collect();
            if certificates.is_empty() {
                return Err(cannot(format!("ca: {shown} has no certificate"), "name a PEM file"));
            }
            roots = RootCerts::new_with_certs(&certificates);
        }
        let mut config = Agent::config_builder()
            .timeout_global(Some(webhook.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("blocksieve/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build());
        if local {
            // A proxy's own "this machine" is another one.
            config = config.proxy(None);
        }
        Ok(Self { agent: config.build().new_agent(), url, host, key, headers, clock: now })
    }

    fn unanswered(&self, error: &ureq::Error) -> Fault {
        let (kind, what) = match error {
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired => {
                (FaultKind::Setup, "cannot be trusted")
            }
            // A handshake that fails comes as data that are not as expected.
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                (FaultKind::Setup, "cannot be trusted")
            }
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
                (FaultKind::Setup, "cannot be asked")
            }
            _other => (FaultKind::Down, "cannot be reached"),
        };
        let said = match error {
            // These repeat the address.
            ureq::Error::BadUri(_) => "the address is no URL".to_string(),
            other => other.to_string().trim_start_matches("io: ").to_string(),
        };
        Fault::new(kind, format!("{} {what}: {said}", self.host))
    }

    fn answered(&self, response: &mut Response<ureq::Body>) -> Result<(), Fault> {
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let kind = match status {
            StatusCode::TOO_MANY_REQUESTS => FaultKind::Later(Some(retry_after(response, (self.clock)()).unwrap_or(0))),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => FaultKind::Later(None),
            status if status.is_server_error() => FaultKind::Later(retry_after(response, (self.clock)())),
            status if status.is_redirection() => {
                let why = format!(
                    "{} answers {status}: redirects are not followed; write the address that is meant",
                    self.host
                );
                return Err(Fault::new(FaultKind::Setup, why));
            }
            _other => FaultKind::Refused,
        };
        let text =
            response.body_mut().with_config().limit(ANSWER).lossy_utf8(true).read_to_string().unwrap_or_default();
        let text: String = super::one_line(&text).chars().take(SHOWN).collect();
        let said = if text.is_empty() { String::new() } else { format!(": {text}") };
        Err(Fault::new(kind, format!("{} answers {status}{said}", self.host)))
    }
}

/// For how many milliseconds the other side wants nothing.
fn retry_after(response: &Response<ureq::Body>, now: Millis) -> Option<Millis> {
    let text = response.headers().get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let at = u64::try_from(date.timestamp().as_millisecond()).ok()?;
    Some(at.saturating_sub(now))
}

/// The signature of a body at a time, in seconds: `t=…,v1=…`.
pub fn signature(key: &[u8], seconds: u64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        // HMAC takes keys of any length; a receiver refuses this.
        return format!("t={seconds}");
    };
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={seconds},v1={}", hex(&mac.finalize().into_bytes()))
}

impl Target for WebhookTarget {
    fn send(&mut self, entry: &Entry) -> Result<(), Fault> {
        let body = entry.message.body();
        let mut request = self
            .agent
            .post(self.url.reveal())
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", &entry.message.id);
        for (name, value) in &self.headers {
            request = request.header(name, value.reveal());
        }
        if let Some(key) = &self.key {
            let signature = signature(key.reveal().as_bytes(), (self.clock)() / 1000, body.as_bytes());
            request = request.header("Blocksieve-Signature", signature);
        }
        match request.send(body) {
            Ok(mut response) => self.answered(&mut response),
            Err(error) => Err(self.unanswered(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_manual() {
        // $ printf '1772352900.{"id":"0123"}' | openssl dgst -sha256 -hmac key
        assert_eq!(
            signature(b"key", 1_772_352_900, br#"{"id":"0123"}"#),
            "t=1772352900,v1=8f3922219292b2759ba268de4e5ef796ee4effe67ac6b249ab518ce5eb541d26"
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |text: &str| {
            let response = Response::builder().header("Retry-After", text).body(ureq::Body::builder().data(""));
            retry_after(&response.unwrap(), 1_445_412_440_000)
        };
        assert_eq!(after("120"), Some(120_000));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(40_000));
        assert_eq!(after("Wed, 21 Oct 2015 07:00:00 GMT"), Some(0));
        assert_eq!(after("soon"), None);
    }
}
