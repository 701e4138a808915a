//! The page itself, as `build.rs` put it into the program.
//!
//! In: the name of a file of www/dist, what the browser takes and has. Out: the file, packed where it is kept packed and the
//! browser takes that. Never here: the disk. A program that was built without the page says how it is built with one.

use std::io::Read;

use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, VARY,
};
use hyper::{Method, Response, StatusCode};

use super::answer::{self, Answer, Refusal};

/// A file of the page.
#[derive(Debug)]
pub(super) struct Asset {
    /// Its name in www/dist.
    path: &'static str,
    bytes: &'static [u8],
    /// Are they packed?
    gzip: bool,
    /// Tells its state: hexadecimal digits.
    tag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Is the page in this program?
pub(super) fn is_built() -> bool {
    begins(PAGE)
}

fn begins(page: &'static [Asset]) -> bool {
    find(page, "index.html").is_some()
}

/// How it comes in.
pub(super) const NOT_BUILT: &str = "This blocksieve was built without the editor's page.\n\n\
    To build it, with Node 20 or later and npm:\n\n    www/build.sh && cargo build\n\n\
    Then start `blocksieve serve` again. What the page would ask (/api/) is answered.\n";

/// The answer to a request for a file of the page.
pub(super) fn serve(method: &Method, path: &str, headers: &HeaderMap) -> Answer {
    of(PAGE, method, path, headers)
}

fn of(page: &'static [Asset], method: &Method, path: &str, headers: &HeaderMap) -> Answer {
    if method != Method::GET && method != Method::HEAD {
        let refusal = Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method",
            "files of the page are only read",
            "what changes the project is below /api/",
        );
        return Refusal { allow: Some("GET, HEAD"), ..refusal }.answer();
    }
    if path == "/" && !begins(page) {
        return answer::of(StatusCode::SERVICE_UNAVAILABLE, TEXT, NOT_BUILT);
    }
    file(page, path, headers)
}

const TEXT: &str = "text/plain; charset=utf-8";

fn find(page: &'static [Asset], name: &str) -> Option<&'static Asset> {
    page.iter().find(|asset| asset.path == name)
}

fn file(page: &'static [Asset], path: &str, headers: &HeaderMap) -> Answer {
    let name = path.strip_prefix('/').unwrap_or(path);
    let Some(asset) = find(page, if name.is_empty() { "index.html" } else { name }) else {
        return answer::of(StatusCode::NOT_FOUND, TEXT, "There is nothing here. The editor is at /.\n");
    };
    let packed = asset.gzip && takes_gzip(headers);
    // What is packed and what is not are two things to a cache.
    let tag = format!("\"{}{}\"", asset.tag, if packed { "-gzip" } else { "" });
    let mut answer = if has(headers, &tag) {
        let mut answer = Response::new(http_body_util::Either::Left(http_body_util::Full::default()));
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    } else if packed || !asset.gzip {
        answer::of(StatusCode::OK, mime(asset.path), asset.bytes)
    } else {
        let mut whole = Vec::new();
        match flate2::read::GzDecoder::new(asset.bytes).read_to_end(&mut whole) {
            Ok(_) => answer::of(StatusCode::OK, mime(asset.path), whole),
            Err(error) => return Refusal::internal(&error).answer(),
        }
    };
    // Names below assets/ hold a hash of what they name.
    let lasts = if asset.path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(name, value);
        }
    };
    put(CACHE_CONTROL, lasts);
    put(ETAG, &tag);
    if asset.gzip {
        put(VARY, "accept-encoding");
    }
    if packed {
        put(CONTENT_ENCODING, "gzip");
    }
    answer
}

/// The values of a header that is a list.
fn members<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// Does the browser have this state?
fn has(headers: &HeaderMap, tag: &str) -> bool {
    members(headers, &IF_NONE_MATCH).any(|member| member == "*" || member.strip_prefix("W/").unwrap_or(member) == tag)
}

/// Does it take gzip? `gzip;q=0` says no.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let takes = |member: &str| {
        let (coding, weight) = member.split_once(';').unwrap_or((member, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        matches!(coding.trim(), "gzip" | "*") && weight.is_ok_and(|weight| weight > 0.0)
    };
    members(headers, &ACCEPT_ENCODING).any(takes)
}

/// The type of a file. What has none here is saved by a browser, never run.
fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" | "cur" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "ndjson" => "application/x-ndjson",
        "txt" | "md" | "csv" | "rule" | "toml" | "yaml" | "yml" => TEXT,
        _unknown => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `wasm` packed by gzip.
    const PACKED: &[u8] =
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x2b, 0x4f, 0x2c, 0xce, 5, 0, 0xfe, 0xd1, 0xa8, 0xa9, 4, 0, 0, 0];
    static SMALL: &[Asset] = &[
        Asset { path: "index.html", bytes: b"<!doctype html>", gzip: false, tag: "01" },
        Asset { path: "assets/engine-B1xY.wasm", bytes: PACKED, gzip: true, tag: "02" },
    ];

    /// Status, the headers that matter, bytes.
    fn get(path: &str, headers: &[(HeaderName, &str)]) -> String {
        let mut asked = HeaderMap::new();
        for (name, value) in headers {
            asked.insert(name, value.parse().unwrap());
        }
        let answer = file(SMALL, path, &asked);
        let mut told = format!("{}\n", answer.status());
        for (name, value) in answer.headers() {
            told += &format!("{name}: {}\n", value.to_str().unwrap());
        }
        told
    }

    #[test]
    fn the_start_page_is_asked_for_each_time() {
        insta::assert_snapshot!(get("/", &[]), @r#"
        200 OK
        content-type: text/html; charset=utf-8
        cache-control: no-cache
        etag: "01"
        "#);
        insta::assert_snapshot!(get("/index.html", &[(IF_NONE_MATCH, "\"00\", W/\"01\"")]), @r#"
        304 Not Modified
        cache-control: no-cache
        etag: "01"
        "#);
    }

    #[test]
    fn what_has_a_hash_in_its_name_lasts_and_is_packed_for_who_takes_that() {
        insta::assert_snapshot!(get("/assets/engine-B1xY.wasm", &[(ACCEPT_ENCODING, "br, gzip;q=0.5")]), @r#"
        200 OK
        content-type: application/wasm
        cache-control: public, max-age=31536000, immutable
        etag: "02-gzip"
        vary: accept-encoding
        content-encoding: gzip
        "#);
        insta::assert_snapshot!(get("/assets/engine-B1xY.wasm", &[(ACCEPT_ENCODING, "gzip;q=0")]), @r#"
        200 OK
        content-type: application/wasm
        cache-control: public, max-age=31536000, immutable
        etag: "02"
        vary: accept-encoding
        "#);
    }

    #[test]
    fn who_does_not_take_gzip_gets_it_unpacked() {
        use http_body_util::BodyExt as _;
        let body = file(SMALL, "/assets/engine-B1xY.wasm", &HeaderMap::new()).into_body();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(body.collect()).unwrap().to_bytes(), "wasm");
    }

    #[test]
    fn without_a_page_it_is_said_how_one_is_built() {
        use http_body_util::BodyExt as _;
        let answer = of(&[], &Method::GET, "/", &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let told = runtime.block_on(answer.into_body().collect()).unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&told).contains("www/build.sh"));
        assert_eq!(of(SMALL, &Method::GET, "/", &HeaderMap::new()).status(), StatusCode::OK);
    }

    #[test]
    fn nothing_else_is_there() {
        for path in ["/nothing.js", "/assets", "/assets/", "//index.html", "/assets/../index.html", "/%69ndex.html"] {
            assert!(get(path, &[]).starts_with("404"), "{path}");
        }
    }
}
