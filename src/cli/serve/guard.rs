//! Who may ask.
//!
//! In: a request's headers, the address that is listened on, the token. Out: yes, or a refusal. Another site that the browser
//! has open is kept out three times: its requests say another origin, a name of its own that it points here says another
//! host, and it does not know the token. Never here: what is asked for.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Method, StatusCode, Uri};
use subtle::ConstantTimeEq as _;

use super::answer::Refusal;

/// Under what names this server may be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hosts {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
}

impl Hosts {
    /// Is this one of them? An address that is listened on; where all are, any address, for only names can be pointed
    /// elsewhere. `localhost` is a name that cannot.
    fn allow(self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.port().is_none() => 80,
            None => return false,
        };
        if port != self.port || host.contains('@') {
            return false;
        }
        let name = authority.host();
        if name.eq_ignore_ascii_case("localhost") {
            return self.ip.is_loopback() || self.ip.is_unspecified();
        }
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        bare.parse::<IpAddr>().is_ok_and(|ip| ip == self.ip || self.ip.is_unspecified())
    }
}

/// The one value of a header; more than one is none.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// Every request: does it ask this server by a name of its own? Gives the name.
pub(super) fn host<'h>(hosts: Hosts, uri: &Uri, headers: &'h HeaderMap) -> Result<&'h str, Refusal> {
    let named = only(headers, &HOST).ok().flatten().filter(|host| hosts.allow(host));
    // A request in the form for proxies names a host twice.
    named.filter(|_| uri.authority().is_none()).ok_or_else(|| {
        Refusal::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "this server is not asked by this name",
            "open the address that `blocksieve serve` printed",
        )
    })
}

/// Requests of the API: do they come from this server's own page? A browser says so with each change, and with what else
/// comes from elsewhere.
pub(super) fn origin(host: &str, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let ours =
        |origin: &str| origin.strip_prefix("http://").is_some_and(|authority| authority.eq_ignore_ascii_case(host));
    let from = match only(headers, &ORIGIN) {
        Ok(Some(origin)) => ours(origin),
        Ok(None) => method == Method::GET || method == Method::HEAD,
        Err(()) => false,
    };
    let site = match only(headers, &HeaderName::from_static("sec-fetch-site")) {
        Ok(site) => site.is_none_or(|site| site == "same-origin"),
        Err(()) => false,
    };
    if from && site {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "origin",
        "this request does not come from the editor's own page",
        "changes need the header Origin with the address of this server",
    ))
}

/// What opens the project: 32 random bytes in the fragment of the address, which no browser sends anywhere by itself.
#[derive(Clone)]
pub(super) struct Token(String);

impl Token {
    /// A new one.
    pub(super) fn new() -> Result<Token, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Token(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// As it stands in the address.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Does the request have it? Takes as long for a token that is nearly right.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = only(headers, &AUTHORIZATION).ok().flatten().and_then(|value| value.strip_prefix("Bearer "));
        if given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(self.0.as_bytes()))) {
            return Ok(());
        }
        Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "token",
            "the token is missing or wrong",
            "open the address that `blocksieve serve` printed, with what stands behind the #; each start has a new token",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(ip: &str, port: u16, host: &str) -> bool {
        Hosts { ip: ip.parse().unwrap(), port }.allow(host)
    }

    #[test]
    fn a_host_is_the_address_that_is_listened_on() {
        for host in ["127.0.0.1:7777", "localhost:7777", "LOCALHOST:7777"] {
            assert!(allows("127.0.0.1", 7777, host), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:7778",
            "127.0.0.1:",
            "127.0.0.2:7777",
            "127.1:7777",
            "localhost.:7777",
            "localhost.example.org:7777",
            "rebound.example.org:7777",
            "me@127.0.0.1:7777",
            "[::1]:7777",
            "127.0.0.1:7777/",
        ] {
            assert!(!allows("127.0.0.1", 7777, host), "{host}");
        }
        assert!(allows("127.0.0.1", 80, "127.0.0.1"));
        assert!(allows("::1", 7777, "[::1]:7777") && allows("::1", 7777, "localhost:7777"));
        assert!(allows("192.0.2.1", 7777, "192.0.2.1:7777") && !allows("192.0.2.1", 7777, "localhost:7777"));
        // All addresses: any address, no name.
        assert!(allows("0.0.0.0", 7777, "192.0.2.1:7777") && allows("::", 7777, "[2001:db8::1]:7777"));
        assert!(!allows("0.0.0.0", 7777, "rebound.example.org:7777"));
    }

    #[test]
    fn tokens_are_random_and_compared_whole() {
        let (token, other) = (Token::new().unwrap(), Token::new().unwrap());
        let check = |value: String| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            token.check(&headers).is_ok()
        };
        assert_eq!(token.as_str().len(), 43);
        assert!(check(format!("Bearer {}", token.as_str())));
        assert!(!check(format!("Bearer {}", other.as_str())));
        assert!(!check(format!("Bearer {}", token.as_str().get(..42).unwrap())));
        assert!(!check(format!("Basic {}", token.as_str())));
        assert!(!check(token.as_str().to_string()));
        assert!(token.check(&HeaderMap::new()).is_err());
    }
}
