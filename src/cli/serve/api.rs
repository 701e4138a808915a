//! What the page asks: the requests below /api/.
//!
//! In: a request that [`super::guard`] let through. Out: JSON, a file of events, a stream of changes. `www/src/files/api.ts`
//! has the shapes. What touches the disk runs beside the thread that serves. Never here: who may ask.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Channel};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::answer::{self, Answer, Refusal};
use super::check;
use super::folder::{Content, Fault, Folder, Listed, Revision, Sample};
use super::manifest::{self, Manifest};
use super::path::ProjectPath;
use super::watch::Watch;

/// The version of the API: a page of another is told to reload.
const VERSION: u32 = 1;
/// Bytes of one request.
const BODY_BYTES: usize = crate::limits::SOURCE_BYTES;
/// So much more is read and thrown away, so that who sends too much still hears the answer.
const THROWN_BYTES: usize = 4 * BODY_BYTES;
/// How long a request may take to come in.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Who may listen to changes at the same time.
const LISTENERS: usize = 16;
/// A file of events comes in pieces of so many bytes.
const PIECE: usize = 64 << 10;

/// The project that is served.
pub(super) struct Api {
    pub(super) folder: Arc<Folder>,
    /// As it was named on the command line.
    pub(super) shown: PathBuf,
    pub(super) read_only: bool,
    pub(super) watch: Arc<Watch>,
    listeners: Arc<Semaphore>,
    /// One `check` at a time.
    checking: Semaphore,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Project {
    api: u32,
    version: &'static str,
    folder: String,
    read_only: bool,
    manifest: Option<Manifest>,
    files: Vec<Listed>,
}

#[derive(Serialize)]
struct Samples {
    samples: Vec<Sample>,
}

/// A file after a change.
#[derive(Serialize)]
struct Written {
    path: String,
    revision: Revision,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    path: String,
    text: String,
    #[serde(deserialize_with = "said")]
    revision: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    path: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    from: String,
    to: String,
    revision: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    path: String,
    revision: String,
}

/// Null or a text, but said: nothing at all is a mistake.
fn said<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(from)
}

impl Api {
    pub(super) fn new(folder: Arc<Folder>, shown: PathBuf, read_only: bool, watch: Arc<Watch>) -> Self {
        let listeners = Arc::new(Semaphore::new(LISTENERS));
        Self { folder, shown, read_only, watch, listeners, checking: Semaphore::new(1) }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Answer {
        let method = request.method().clone();
        let path = request.uri().path().to_string();
        let answer = match (path.as_str(), &method) {
            ("/api/project", &Method::GET) => self.project().await,
            ("/api/file", &Method::GET) => self.read(&request).await,
            ("/api/file", &Method::PUT) => self.save(request).await,
            ("/api/file", &Method::DELETE) => self.remove(request).await,
            ("/api/file/new", &Method::POST) => self.create(request).await,
            ("/api/file/rename", &Method::POST) => self.rename(request).await,
            ("/api/events", &Method::GET) => self.listen(),
            ("/api/check", &Method::GET) => self.check().await,
            ("/api/samples", &Method::GET) => self.samples().await,
            ("/api/sample", &Method::GET) => self.sample(&request).await,
            (path, _) => Err(no_such(path)),
        };
        answer.unwrap_or_else(Refusal::answer)
    }

    async fn project(&self) -> Result<Answer, Refusal> {
        let (watch, folder) = (Arc::clone(&self.watch), Arc::clone(&self.folder));
        let shown = self.shown.display().to_string();
        let name = shown.clone();
        let (files, settings) = beside(move || {
            let files = watch.look().map_err(|error| Refusal::file(&name, error.into()))?;
            let (path, _) = ProjectPath::file(crate::cli::project::FILE).map_err(|fault| Refusal::path(&fault))?;
            let text = match folder.read(&path) {
                Ok(Content { text, .. }) => Some(Some(text)),
                Err(Fault::Missing) => Some(None),
                Err(_unreadable) => None,
            };
            Ok((files, text))
        })
        .await?;
        let manifest = settings.and_then(|text| manifest::read(text.as_deref()));
        let version = env!("CARGO_PKG_VERSION");
        let project = Project { api: VERSION, version, folder: shown, read_only: self.read_only, manifest, files };
        Ok(answer::json(StatusCode::OK, &project))
    }

    async fn read(&self, request: &Request<Incoming>) -> Result<Answer, Refusal> {
        let (path, _) = ProjectPath::file(&asked(request)?).map_err(|fault| Refusal::path(&fault))?;
        let folder = Arc::clone(&self.folder);
        let content = beside(move || folder.read(&path).map_err(|fault| Refusal::file(path.as_str(), fault))).await?;
        Ok(answer::json(StatusCode::OK, &content))
    }

    async fn save(&self, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let Save { path, text, revision } = self.change(request).await?;
        let status = if revision.is_none() { StatusCode::CREATED } else { StatusCode::OK };
        self.write(status, &path, text, revision).await
    }

    async fn create(&self, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let New { path, text } = self.change(request).await?;
        self.write(StatusCode::CREATED, &path, text, None).await
    }

    async fn write(
        &self,
        status: StatusCode,
        path: &str,
        text: String,
        revision: Option<String>,
    ) -> Result<Answer, Refusal> {
        let path = writable(path)?;
        let folder = Arc::clone(&self.folder);
        let written = beside(move || match folder.write(&path, &text, revision.as_deref()) {
            Ok(revision) => Ok(Written { path: path.as_str().to_string(), revision }),
            Err(fault) => Err(Refusal::file(path.as_str(), fault)),
        });
        let written = written.await?;
        self.watch.hurry();
        Ok(answer::json(status, &written))
    }

    async fn rename(&self, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let Rename { from, to, revision } = self.change(request).await?;
        let (from, to) = (writable(&from)?, writable(&to)?);
        let folder = Arc::clone(&self.folder);
        let written = beside(move || match folder.rename(&from, &to, &revision) {
            Ok(revision) => Ok(Written { path: to.as_str().to_string(), revision }),
            // Which of both it is about is told by what it is now.
            Err(fault) => Err(Refusal::file(&format!("{} or {}", from.as_str(), to.as_str()), fault)),
        });
        let written = written.await?;
        self.watch.hurry();
        Ok(answer::json(StatusCode::OK, &written))
    }

    async fn remove(&self, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let Remove { path, revision } = self.change(request).await?;
        let path = writable(&path)?;
        let folder = Arc::clone(&self.folder);
        beside(move || folder.remove(&path, &revision).map_err(|fault| Refusal::file(path.as_str(), fault))).await?;
        self.watch.hurry();
        Ok(answer::json(StatusCode::OK, &serde_json::json!({})))
    }

    fn listen(&self) -> Result<Answer, Refusal> {
        let place = Arc::clone(&self.listeners).try_acquire_owned().map_err(|_none_left| {
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                format!("{LISTENERS} pages follow this project already"),
                "close some of them",
            )
        })?;
        Ok(answer::stream("text/event-stream", Arc::clone(&self.watch).listen(place)))
    }

    async fn check(&self) -> Result<Answer, Refusal> {
        let _one = self.checking.acquire().await.map_err(|error| Refusal::internal(&error))?;
        let folder = self.shown.clone();
        let text = beside(move || check::check(&folder)).await?;
        Ok(answer::of(StatusCode::OK, answer::JSON, text))
    }

    async fn samples(&self) -> Result<Answer, Refusal> {
        let folder = Arc::clone(&self.folder);
        let samples =
            beside(move || folder.samples().map_err(|error| Refusal::file(super::path::EVENTS, error.into()))).await?;
        Ok(answer::json(StatusCode::OK, &Samples { samples }))
    }

    async fn sample(&self, request: &Request<Incoming>) -> Result<Answer, Refusal> {
        let path = ProjectPath::sample(&asked(request)?).map_err(|fault| Refusal::path(&fault))?;
        let folder = Arc::clone(&self.folder);
        let (file, size) =
            beside(move || folder.sample(&path).map_err(|fault| Refusal::file(path.as_str(), fault))).await?;
        let (mut out, body) = Channel::new(4);
        tokio::spawn(async move {
            let mut file = file.into_std().take(size);
            loop {
                let piece = tokio::task::spawn_blocking(move || {
                    let mut piece = Vec::with_capacity(PIECE);
                    let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece);
                    (file, read.map(|_| piece))
                });
                match piece.await {
                    Ok((_, Ok(piece))) if piece.is_empty() => return,
                    Ok((rest, Ok(piece))) => {
                        file = rest;
                        if out.send_data(Bytes::from(piece)).await.is_err() {
                            return;
                        }
                    }
                    Ok((_, Err(error))) => return out.abort(error),
                    Err(error) => return out.abort(std::io::Error::other(error)),
                }
            }
        });
        let mut answer = answer::stream("application/octet-stream", body);
        answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(size));
        Ok(answer)
    }

    /// What a request asks to change, if anything may be changed.
    async fn change<T: DeserializeOwned>(&self, request: Request<Incoming>) -> Result<T, Refusal> {
        if self.read_only {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "read-only",
                "this project is served to be read only",
                "start `blocksieve serve` without --read-only",
            ));
        }
        let mime = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !mime.split(';').next().is_some_and(|mime| mime.trim().eq_ignore_ascii_case(answer::JSON)) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Refusal::new(status, "request", "the request is not JSON", "send it as application/json"));
        }
        let bytes = body(request).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let why = format!("the request is not understood: {error}");
            Refusal::new(StatusCode::BAD_REQUEST, "request", why, "reload the page: it may be of another version")
        })
    }
}

/// The bytes of a request, if they are not too many and come in time.
async fn body(request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
    let mut body = request.into_body();
    let read = async {
        let (mut bytes, mut total) = (Vec::new(), 0_usize);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                let why = format!("the request broke off: {error}");
                Refusal::new(StatusCode::BAD_REQUEST, "request", why, "try again")
            })?;
            let Ok(data) = frame.into_data() else { continue };
            total = total.saturating_add(data.len());
            if total <= BODY_BYTES {
                bytes.extend_from_slice(&data);
            } else {
                bytes = Vec::new();
            }
            if total > THROWN_BYTES {
                break;
            }
        }
        if total > BODY_BYTES {
            return Err(Refusal::too_large(&format!("the request has more than {} MiB", BODY_BYTES >> 20)));
        }
        Ok(bytes)
    };
    tokio::time::timeout(BODY_TIME, read).await.unwrap_or_else(|_elapsed| {
        let status = StatusCode::REQUEST_TIMEOUT;
        Err(Refusal::new(status, "request", "the request did not come in time", "try again"))
    })
}

/// Does something that may wait for the disk.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Refusal::internal(&error)))
}

/// The one `path` of the query, decoded once.
fn asked(request: &Request<Incoming>) -> Result<String, Refusal> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    match (pairs.next(), pairs.next()) {
        (Some((name, path)), None) if name == "path" => Ok(path.into_owned()),
        (_, _) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "request",
            "the request names no path",
            "ask as /api/file?path=filters%2Fdns.rule",
        )),
    }
}

/// A file that may be changed from the page.
fn writable(path: &str) -> Result<ProjectPath, Refusal> {
    let (path, kind) = ProjectPath::file(path).map_err(|fault| Refusal::path(&fault))?;
    if kind.is_written() {
        return Ok(path);
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "ending",
        format!("{} is only read here", path.as_str()),
        "change it with another editor",
    ))
}

/// A request for something that is not there, or not in this way.
fn no_such(path: &str) -> Refusal {
    let allow = match path {
        "/api/project" | "/api/events" | "/api/check" | "/api/samples" | "/api/sample" => Some("GET"),
        "/api/file" => Some("GET, PUT, DELETE"),
        "/api/file/new" | "/api/file/rename" => Some("POST"),
        _nothing => None,
    };
    let (status, code, error) = match allow {
        Some(_) => (StatusCode::METHOD_NOT_ALLOWED, "method", "this is not asked by this method"),
        None => (StatusCode::NOT_FOUND, "missing", "the API has nothing of this name"),
    };
    Refusal { allow, ..Refusal::new(status, code, error, "reload the page: it may be of another version") }
}

#[cfg(test)]
mod tests {
    use super::super::path::Kind;
    use super::*;

    #[test]
    fn a_revision_is_said_even_where_there_is_none() {
        assert!(serde_json::from_str::<Save>(r#"{"path": "a", "text": "", "revision": null}"#).is_ok());
        assert!(serde_json::from_str::<Save>(r#"{"path": "a", "text": ""}"#).is_err());
    }

    #[test]
    fn notes_are_only_read() {
        assert!(writable("README.md").is_err() && writable("a.rule").is_ok());
        assert_eq!(ProjectPath::file("README.md").map(|(_, kind)| kind), Ok(Kind::Notes));
    }
}
