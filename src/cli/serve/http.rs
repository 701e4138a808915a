//! Connections, and what every request goes through.
//!
//! In: a listener, the project, the token. Out: answers, until it is told to end. Each connection is bounded in time and
//! size, and so is their number. Never here: what the answers are.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

use super::answer::{self, Answer};
use super::api::Api;
use super::assets;
use super::guard::{self, Hosts, Token};

/// Open connections; who comes then waits. A browser has six for one page.
const CONNECTIONS: usize = 128;
/// How long a request's head may take, and a connection be open without one.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long nothing may be taken of an answer.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 << 10;
/// Headers of one request.
const HEADERS: usize = 64;
/// How long requests under way may take once the end is asked for.
const END_TIME: Duration = Duration::from_secs(1);

/// What is served, to whom.
pub(super) struct Site {
    pub(super) hosts: Hosts,
    pub(super) token: Token,
    pub(super) api: Api,
}

impl Site {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let host = match guard::host(self.hosts, request.uri(), request.headers()) {
            Ok(host) => host,
            Err(refusal) => return refusal.answer(),
        };
        let path = request.uri().path();
        if path != "/api" && !path.starts_with("/api/") {
            return assets::serve(request.method(), path, request.headers());
        }
        let headers = request.headers();
        if let Err(refusal) = guard::origin(host, request.method(), headers).and_then(|()| self.token.check(headers)) {
            return refusal.answer();
        }
        self.api.answer(request).await
    }
}

/// Serves until `end` comes to pass.
pub(super) async fn serve(listener: TcpListener, site: Arc<Site>, end: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (ending, ended) = watch::channel(());
    let mut end = pin!(end);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = &mut end => break,
            next = next => next,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, or who came is gone already: the next one may have more luck.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (site, ended) = (Arc::clone(&site), ended.clone());
        tokio::spawn(async move {
            let _place = place;
            connection(stream, site, ended).await;
        });
    }
    drop(listener);
    drop(ended);
    let _ = ending.send(());
    // Streams of changes never end by themselves.
    let _ = tokio::time::timeout(END_TIME, ending.closed()).await;
}

/// One connection, to its end.
async fn connection(stream: TcpStream, site: Arc<Site>, mut ended: watch::Receiver<()>) {
    // Small answers go out at once; where that cannot be had they are only slower.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIME));
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<Response<_>, Infallible>(answer::finish(site.answer(request).await)) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_headers(HEADERS).max_header_size(HEAD_BYTES);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Box::pin(stream)), service));
    // A connection that breaks is nobody's fault but its own.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
