//! What the server sends: bodies, the headers that every answer has, refusals.
//!
//! In: what was found, or why not. Out: responses. Never here: deciding.

use std::io;

use http_body_util::{Channel, Either, Full};
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::folder::{Content, FILE_BYTES, Fault};
use super::path::PathFault;
use crate::cli::Failure;

/// Whole, or piece by piece.
pub(super) type Body = Either<Full<Bytes>, Channel<Bytes, io::Error>>;
pub(super) type Answer = Response<Body>;

/// What the page may do: run its own scripts and its module, ask its own server, and nothing else. Blockly and the text
/// editor make style elements.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; media-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ALWAYS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-frame-options", "DENY"),
];

/// Puts on the headers that every answer has.
pub(super) fn finish(mut answer: Answer) -> Answer {
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // What is not said to last, nobody keeps.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// An answer of this type.
pub(super) fn of(status: StatusCode, mime: &'static str, bytes: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(bytes.into())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    answer
}

/// An answer that comes piece by piece.
pub(super) fn stream(mime: &'static str, body: Channel<Bytes, io::Error>) -> Answer {
    let mut answer = Response::new(Either::Right(body));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    answer
}

pub(super) const JSON: &str = "application/json";

/// An answer of the API.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(bytes) => of(status, JSON, bytes),
        Err(error) => Refusal::internal(&error).answer(),
    }
}

/// Why a request is refused: for the page a code, for people a sentence and the way out.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) error: String,
    pub(super) help: String,
    /// With a conflict: what the file is now, or null.
    pub(super) current: Option<Box<Option<Content>>>,
    /// With a wrong method: those that there are.
    pub(super) allow: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        error: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { status, code, error: error.into(), help: help.into(), current: None, allow: None }
    }

    /// Something of ours went wrong.
    pub(super) fn internal(error: &dyn std::fmt::Display) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "internal", format!("the server failed: {error}"), "try again; if it stays, start it again")
    }

    /// A path that is none.
    pub(super) fn path(fault: &PathFault) -> Self {
        match fault {
            PathFault::Unsafe(why) => Self::new(
                StatusCode::BAD_REQUEST,
                "path",
                format!("this is no path of a file in the project: {why}"),
                "write it as filters/dns.rule: names as every system takes them, slashes between them, no hidden files",
            ),
            PathFault::UnknownEnding => Self::new(
                StatusCode::FORBIDDEN,
                "ending",
                "files with this ending are not opened here",
                "rules end in .rule, .blocks.json or .blocks.xml, those of Sigma in .yml or .yaml, layouts in .layout.json, tests in .test.yaml, tables in .csv, \
                 configurations of Sysmon in .xml below config/; \
                 blocksieve.toml stands in the project's folder, event files below events/",
            ),
        }
    }

    /// A file with which nothing could be done.
    pub(super) fn file(path: &str, fault: Fault) -> Self {
        match fault {
            Fault::Missing => Self::new(
                StatusCode::NOT_FOUND,
                "missing",
                format!("{path} does not exist"),
                "look at the list of files again; it may have been removed or renamed",
            ),
            Fault::Link => Self::new(
                StatusCode::FORBIDDEN,
                "link",
                format!("{path} is a link, or in a folder that is one"),
                "links are not followed here; put the file itself into the project",
            ),
            Fault::NoFile => Self::new(
                StatusCode::FORBIDDEN,
                "no-file",
                format!("{path} is no file, or in something that is no folder"),
                "choose another name",
            ),
            Fault::TooLarge(limit) => Self::too_large(&format!("{path} has more than {} MiB", limit >> 20)),
            Fault::NotText(why) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-text",
                format!("{path} cannot be opened here: {why}"),
                "save it as UTF-8",
            ),
            Fault::NotSigma => Self::new(
                StatusCode::FORBIDDEN,
                "ending",
                format!("{path} would be, or is, no file of Sigma's rules"),
                "of files in YAML only those are opened here: a rule has `title`, `logsource` and `detection`; a correlation or a filter has a \
                 key of that name",
            ),
            Fault::Conflict(current) => {
                let (error, help) = match &current {
                    Some(_) => ("is not what was opened: it was changed meanwhile", "compare both, then save again"),
                    None => ("is not what was opened: it was removed or renamed", "save it as a new file"),
                };
                let refusal = Self::new(StatusCode::CONFLICT, "conflict", format!("{path} {error}"), help);
                Self { current: Some(Box::new(current)), ..refusal }
            }
            Fault::System(error) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "system",
                format!("{path}: {error}"),
                "look whether file and folder may be read and written, and whether there is room",
            ),
        }
    }

    /// More than there is room for.
    pub(super) fn too_large(what: &str) -> Self {
        let help = format!(
            "what is edited here has at most {} MiB; `blocksieve lookup` changes large tables, `run` reads large files of events",
            FILE_BYTES >> 20
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", what, help)
    }

    pub(super) fn answer(self) -> Answer {
        let mut body = Map::new();
        body.insert("code".to_string(), Value::from(self.code));
        body.insert("error".to_string(), Value::from(self.error));
        body.insert("help".to_string(), Value::from(self.help));
        if let Some(current) = self.current {
            // Texts only: there is nothing in it that serde_json could refuse.
            body.insert("current".to_string(), serde_json::to_value(current).unwrap_or(Value::Null));
        }
        let mut answer = of(self.status, JSON, Value::Object(body).to_string());
        if let Some(allow) = self.allow {
            answer.headers_mut().insert(hyper::header::ALLOW, HeaderValue::from_static(allow));
        }
        answer
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "project", failure.message, failure.help)
    }
}
