//! `blocksieve serve`: the real server over a project of its own, asked as the page asks it, and as nobody should.
#![cfg(feature = "serve")]
#![allow(clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

#[path = "serve/client.rs"]
mod client;
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::time::{Duration, Instant};

use client::Server;
use serde_json::{Value, json};
use support::folder::Folder;

const RULE: &[u8] =
    b"filter \"dns\" {\n  if event is sysmon.dns_query and QueryName ends with '.example.org' { drop }\n}\n";
const PROJECT: &[u8] = b"name = \"mine\"\n\n[tables.white]\nfile = \"tables/white.csv\"\nkey = \"sha256\"\n";
const FILES: &[(&str, &[u8])] = &[
    ("blocksieve.toml", PROJECT),
    ("filters/dns.rule", RULE),
    ("tables/white.csv", b"sha256,note\n"),
    ("README.md", b"# Mine\n"),
    ("events/one.ndjson", b"{}\n"),
    (".git/config", b"secret"),
    ("notes.txt", b"not for the page"),
];

fn server(name: &str) -> Server {
    Server::start(name, FILES, &[])
}

/// The answer without what is another each time.
fn stable(answer: &client::Answer) -> Value {
    let mut value = answer.json();
    if let Some(version) = value.get_mut("version").filter(|version| version.is_string()) {
        *version = json!("VERSION");
    }
    value
}

// What the page is for.

#[test]
fn a_project_in_full() {
    let server = server("project");
    insta::assert_json_snapshot!(stable(&server.get("/api/project")));
    let file = server.get("/api/file?path=filters%2Fdns.rule");
    assert_eq!((file.status, file.json()["text"].as_str()), (200, std::str::from_utf8(RULE).ok()));
    insta::assert_json_snapshot!(server.get("/api/samples").json(), @r#"
    {
      "samples": [
        {
          "path": "events/one.ndjson",
          "size": 3,
          "tooLarge": false
        }
      ]
    }
    "#);
    let sample = server.get("/api/sample?path=events/one.ndjson");
    assert_eq!((sample.status, sample.body.as_slice()), (200, &b"{}\n"[..]));
    assert_eq!(sample.header("content-type"), Some("application/octet-stream"));
}

#[test]
fn a_file_is_saved_renamed_and_removed() {
    let server = server("change");
    let first = server.revision("filters/dns.rule");
    let saved = server.ask(
        "PUT",
        "/api/file",
        &json!({"path": "filters/dns.rule", "text": "alert \"x\" {\r\n}\r\n", "revision": first}),
    );
    assert_eq!(saved.status, 200, "{saved:?}");
    assert_eq!(server.text("filters/dns.rule"), "alert \"x\" {\r\n}\r\n");
    let second = server.revision("filters/dns.rule");
    assert_eq!(saved.json()["revision"], second.as_str());
    let renamed = server.ask(
        "POST",
        "/api/file/rename",
        &json!({"from": "filters/dns.rule", "to": "alerts/deep/x.rule", "revision": second}),
    );
    assert_eq!((renamed.status, renamed.json()), (200, json!({"path": "alerts/deep/x.rule", "revision": second})));
    assert!(!server.path("filters/dns.rule").exists() && server.path("alerts/deep/x.rule").exists());
    let removed = server.ask("DELETE", "/api/file", &json!({"path": "alerts/deep/x.rule", "revision": second}));
    assert_eq!(removed.status, 200);
    assert!(!server.path("alerts/deep/x.rule").exists());
    let new = server.ask("POST", "/api/file/new", &json!({"path": "filters/new.rule", "text": "é"}));
    assert_eq!((new.status, server.text("filters/new.rule")), (201, "é".to_string()));
    let new = server.ask("PUT", "/api/file", &json!({"path": "filters/put.rule", "text": "", "revision": null}));
    assert_eq!((new.status, server.text("filters/put.rule")), (201, String::new()));
}

#[test]
fn findings_of_check_name_files_as_the_page_knows_them() {
    let server = server("check");
    std::fs::write(server.path("filters/bad.rule"), "filter \"x\" { if }\n").expect("written");
    let found = server.get("/api/check").json();
    assert_eq!(found["version"], 1);
    let found = found["diagnostics"].as_array().expect("a list");
    let bad = found.iter().find(|one| one["file"] == "filters/bad.rule").expect("a finding");
    assert_eq!((&bad["severity"], &bad["range"]["start"]["line"]), (&json!("error"), &json!(1)), "{bad}");
    // Where nothing can be checked that is said.
    std::fs::remove_dir_all(server.path("filters")).expect("removed");
    insta::assert_json_snapshot!(server.get("/api/check").json(), @r#"
    {
      "code": "project",
      "error": "no rules found in .",
      "help": "rules are files that end in .rule, .blocks.json or .blocks.xml, rules of Sigma in .yml or .yaml, or folders of them"
    }
    "#);
}

#[test]
fn listeners_hear_of_changes_by_others_and_by_the_page() {
    let server = server("events");
    let mut stream = server.connect();
    let head = server.headers().join("\r\n");
    write!(stream, "GET /api/events HTTP/1.1\r\n{head}\r\n\r\n").expect("sent");
    let mut lines = BufReader::new(stream).lines();
    let mut event = |name: &str| -> Value {
        let start = format!("event: {name}");
        let _ = lines.find(|line| line.as_ref().expect("a line") == &start).expect("the event");
        let data = lines.next().expect("data").expect("a line");
        serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON")
    };
    let all = event("files");
    assert_eq!(all["files"], server.get("/api/project").json()["files"]);
    std::fs::write(server.path("filters/dns.rule"), "alert").expect("written");
    let changes = event("changes");
    assert_eq!(changes["removed"], json!([]));
    assert_eq!(changes["changed"][0]["path"], "filters/dns.rule");
    assert_eq!(changes["changed"][0]["revision"], server.revision("filters/dns.rule"));
    std::fs::remove_file(server.path("tables/white.csv")).expect("removed");
    assert_eq!(event("changes")["removed"], json!(["tables/white.csv"]));
    server.ask("POST", "/api/file/new", &json!({"path": "filters/new.rule", "text": ""}));
    assert_eq!(event("changes")["changed"][0]["path"], "filters/new.rule");
}

// Who may ask.

#[test]
fn another_host_is_refused() {
    let server = server("host");
    let token = format!("Authorization: Bearer {}", server.token);
    let port = server.address.port();
    let ask = |host: &str| server.with("GET", "/api/project", &[host, &token], "").refusal();
    for host in ["evil.example.org", "localhost.evil.example.org", "127.0.0.2", "[::1]", "127.0.0.1@evil"] {
        assert_eq!(ask(&format!("Host: {host}:{port}")), "421 host", "{host}");
    }
    assert_eq!(ask(&format!("Host: 127.0.0.1:{}", port ^ 1)), "421 host");
    assert_eq!(ask("X-Host: none"), "421 host");
    assert_eq!(ask(&format!("Host: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}")), "421 host");
    // The page itself too: else another site's name could show it.
    assert_eq!(server.with("GET", "/", &[&format!("Host: evil.example.org:{port}")], "").status, 421);
    let own = format!("Host: 127.0.0.1:{port}");
    let target = format!("http://127.0.0.1:{port}/api/project");
    assert_eq!(server.with("GET", &target, &[&own, &token], "").refusal(), "421 host");
    assert_eq!(server.with("GET", "/api/project", &[&format!("Host: localhost:{port}"), &token], "").status, 200);
}

#[test]
fn another_origin_is_refused() {
    let server = server("origin");
    let (host, token) = (format!("Host: {}", server.address), format!("Authorization: Bearer {}", server.token));
    let port = server.address.port();
    let ask =
        |method: &str, target: &str, more: &str| server.with(method, target, &[&host, &token, more], "").refusal();
    for origin in [
        "null".to_string(),
        "http://evil.example.org".to_string(),
        format!("https://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}.evil.example.org"),
        format!("http://127.0.0.1:{}", port ^ 1),
        "http://127.0.0.1".to_string(),
        format!("http://127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}"),
    ] {
        for (method, target) in [("GET", "/api/project"), ("PUT", "/api/file"), ("GET", "/api/sample?path=x")] {
            assert_eq!(ask(method, target, &format!("Origin: {origin}")), "403 origin", "{origin}");
        }
    }
    // A change always says where it comes from.
    for method in ["PUT", "POST", "DELETE", "OPTIONS"] {
        assert_eq!(ask(method, "/api/file", "X: y"), "403 origin", "{method}");
    }
    for site in ["cross-site", "same-site", "none"] {
        assert_eq!(ask("GET", "/api/project", &format!("Sec-Fetch-Site: {site}")), "403 origin", "{site}");
    }
}

#[test]
fn without_the_token_nothing_is_told() {
    let server = server("token");
    let (host, origin) = (format!("Host: {}", server.address), format!("Origin: http://{}", server.address));
    let wrong: String = server.token.chars().rev().collect();
    for (method, target) in [
        ("GET", "/api/project"),
        ("GET", "/api/file?path=filters/dns.rule"),
        ("GET", "/api/events"),
        ("GET", "/api/check"),
        ("GET", "/api/samples"),
        ("GET", "/api/sample?path=events/one.ndjson"),
        ("PUT", "/api/file"),
        ("DELETE", "/api/file"),
        ("POST", "/api/file/new"),
        ("POST", "/api/file/rename"),
        ("GET", "/api/nothing"),
    ] {
        let ask = |more: &str| server.with(method, target, &[&host, &origin, more], "").refusal();
        assert_eq!(ask("X: y"), "401 token", "{method} {target}");
        assert_eq!(ask(&format!("Authorization: Bearer {wrong}")), "401 token", "{method} {target}");
    }
    let ask = |more: &str| server.with("GET", "/api/project", &[&host, more], "").refusal();
    assert_eq!(ask(&format!("Cookie: token={}", server.token)), "401 token");
    assert_eq!(ask(&format!("Authorization: Bearer {}x", server.token)), "401 token");
    let in_query = format!("/api/project?token={}", server.token);
    assert_eq!(server.with("GET", &in_query, &[&host], "").refusal(), "401 token");
}

// What may be asked for.

#[test]
fn no_spelling_leads_out_of_the_folder() {
    let server = server("traversal");
    let outside = server.folder.0.with_extension("outside.rule");
    std::fs::write(&outside, "secret").expect("written");
    let name = outside.file_name().expect("a name").to_string_lossy().into_owned();
    let whole = outside.to_string_lossy().replace('/', "%2F");
    for (path, refusal) in [
        (format!("../{name}"), "400 path"),
        (format!("..%2F{name}"), "400 path"),
        (format!("%2e%2e/{name}"), "400 path"),
        (format!("%2E%2E%2F{name}"), "400 path"),
        (format!("%252e%252e%252f{name}"), "400 path"),
        (format!("%25252e%25252e/{name}"), "400 path"),
        (format!("filters/../../{name}"), "400 path"),
        (format!("filters/..%5C..%5C{name}"), "400 path"),
        (format!("..%5C{name}"), "400 path"),
        (format!("..%00/{name}"), "400 path"),
        (format!("..;/{name}"), "400 path"),
        (format!("%C0%AE%C0%AE/{name}"), "404 missing"),
        (format!("%EF%BC%8E%EF%BC%8E/{name}"), "404 missing"),
        (whole, "400 path"),
        (format!("%2F%2Fhost/{name}"), "400 path"),
        ("C:%5Cx.rule".to_string(), "400 path"),
        ("C:x.rule".to_string(), "400 path"),
        ("%5C%5C%3F%5CC:%5Cx.rule".to_string(), "400 path"),
        ("filters/dns.rule::$DATA".to_string(), "400 path"),
        ("NUL".to_string(), "400 path"),
        ("filters/nul.rule".to_string(), "400 path"),
        ("filters/dns.rule.".to_string(), "400 path"),
        ("filters/dns.rule%20".to_string(), "400 path"),
        ("filters./dns.rule".to_string(), "400 path"),
        ("./filters/dns.rule".to_string(), "400 path"),
        ("filters//dns.rule".to_string(), "400 path"),
        (".git/config".to_string(), "400 path"),
        (".git/x.rule".to_string(), "400 path"),
        (String::new(), "400 path"),
        ("filters".to_string(), "403 ending"),
    ] {
        assert_eq!(server.get(&format!("/api/file?path={path}")).refusal(), refusal, "{path}");
        assert_ne!(server.get(&format!("/api/sample?path={path}")).status, 200, "{path}");
    }
    for path in
        ["../new.rule", "..\\new.rule", "/tmp/new.rule", "%2e%2e/new.rule", "a/../../new.rule", "NUL.rule", "x.rule\0"]
    {
        let new = json!({"path": path, "text": ""});
        assert_eq!(server.ask("POST", "/api/file/new", &new).refusal(), "400 path", "{path}");
        let revision = server.revision("filters/dns.rule");
        let rename = json!({"from": "filters/dns.rule", "to": path, "revision": revision});
        assert_eq!(server.ask("POST", "/api/file/rename", &rename).refusal(), "400 path", "{path}");
        let remove = json!({"path": path, "revision": revision});
        assert_eq!(server.ask("DELETE", "/api/file", &remove).refusal(), "400 path", "{path}");
    }
    // Nor does the address of a file of the page.
    for target in [
        "/../blocksieve.toml",
        "/%2e%2e/blocksieve.toml",
        "/filters/dns.rule",
        "//etc/passwd",
        "/..%5Cx",
        "/.git/config",
    ] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
    // An API under another spelling of its name is none.
    assert_eq!(server.with("GET", "/%61pi/project", &[&format!("Host: {}", server.address)], "").status, 404);
    std::fs::remove_file(outside).expect("removed");
}

#[cfg(unix)]
#[test]
fn links_are_refused() {
    use std::os::unix::fs::symlink;
    let server = server("links");
    let outside = Folder::new("serve-links-outside", &[("secret.rule", b"secret"), ("secret.ndjson", b"{}")]);
    symlink(outside.0.join("secret.rule"), server.path("link.rule")).expect("a link");
    symlink(&outside.0, server.path("out")).expect("a link");
    symlink("filters", server.path("in")).expect("a link");
    symlink(outside.0.join("secret.ndjson"), server.path("events/link.ndjson")).expect("a link");
    symlink(&outside.0, server.path("events/out")).expect("a link");
    for path in ["link.rule", "out/secret.rule", "in/dns.rule"] {
        assert_eq!(server.get(&format!("/api/file?path={path}")).refusal(), "403 link", "{path}");
        let save = json!({"path": path, "text": "", "revision": null});
        assert_eq!(server.ask("PUT", "/api/file", &save).refusal(), "403 link", "{path}");
    }
    for path in ["out/new.rule", "out/deep/new.rule"] {
        let new = json!({"path": path, "text": ""});
        assert_eq!(server.ask("POST", "/api/file/new", &new).refusal(), "403 link", "{path}");
        let rename = json!({"from": "filters/dns.rule", "to": path, "revision": server.revision("filters/dns.rule")});
        assert_eq!(server.ask("POST", "/api/file/rename", &rename).refusal(), "403 link", "{path}");
    }
    for path in ["events/link.ndjson", "events/out/secret.ndjson"] {
        assert_eq!(server.get(&format!("/api/sample?path={path}")).refusal(), "403 link", "{path}");
    }
    let listed = server.get("/api/project").json().to_string() + &server.get("/api/samples").json().to_string();
    assert!(!listed.contains("secret") && !listed.contains("link"), "{listed}");
    assert_eq!(std::fs::read_dir(&outside.0).expect("a folder").count(), 2);
}

#[test]
fn check_does_not_look_outside_either() {
    let server = server("outside");
    for file in ["../secret.csv", "/etc/passwd"] {
        std::fs::write(server.path("blocksieve.toml"), format!("[tables.x]\nfile = \"{file}\"\nkey = \"a\"\n"))
            .expect("written");
        assert_eq!(server.get("/api/check").refusal(), "422 outside", "{file}");
    }
    std::fs::write(server.path("blocksieve.toml"), "[agents.a]\nfilters = [\"../x\"]\n").expect("written");
    assert_eq!(server.get("/api/check").refusal(), "422 outside");
    std::fs::write(server.path("blocksieve.toml"), "name = \"x\"\n").expect("written");
    for file in ["../../secret.txt", "/etc/passwd"] {
        let setup = format!("[placeholders]\nadmins = {{ file = \"{file}\" }}\n");
        std::fs::write(server.path("filters/sigma.toml"), setup).expect("written");
        assert_eq!(server.get("/api/check").refusal(), "422 outside", "{file}");
    }
}

#[test]
fn rules_of_sigma_are_read_and_written_as_they_stand() {
    const RULE: &str =
        "title: T\r\nlogsource: {category: dns_query}\r\ndetection: {a: {QueryName: b}, condition: a}\r\n";
    let server = server("sigma");
    std::fs::write(server.path("filters/a.yml"), RULE).expect("written");
    std::fs::write(server.path("compose.yml"), "services: {}\n").expect("written");
    std::fs::write(server.path("filters/sigma.toml"), "[fields]\n").expect("written");
    let files = server.get("/api/project").json()["files"].clone();
    let kinds: Vec<(&str, &str)> = files
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|file| Some((file["path"].as_str()?, file["kind"].as_str()?)))
        .filter(|(path, _)| path.ends_with(".yml") || path.ends_with("sigma.toml"))
        .collect();
    assert_eq!(kinds, [("filters/a.yml", "sigma"), ("filters/sigma.toml", "settings")]);
    let revision = server.revision("filters/a.yml");
    let save = json!({"path": "filters/a.yml", "text": RULE.replace(": T", ": U"), "revision": revision});
    assert_eq!(server.ask("PUT", "/api/file", &save).status, 200);
    assert_eq!(server.text("filters/a.yml"), RULE.replace(": T", ": U"));
    let other = json!({"path": "compose.yml", "text": RULE, "revision": null});
    assert_eq!(server.ask("PUT", "/api/file", &other).refusal(), "403 ending");
    assert_eq!(server.text("compose.yml"), "services: {}\n");
}

#[test]
fn only_files_of_known_kinds() {
    let server = server("endings");
    // In YAML, and no rule of Sigma.
    std::fs::write(server.path("x.yaml"), "services: {}\n").expect("written");
    for path in [
        "notes.txt",
        "x.exe",
        "x.json",
        "x.RULE",
        "x.yaml",
        "filters/blocksieve.toml",
        "x.sh",
        "x.rule.bak",
        "Makefile",
    ] {
        assert_eq!(server.get(&format!("/api/file?path={path}")).refusal(), "403 ending", "{path}");
        let new = json!({"path": path, "text": ""});
        assert_eq!(server.ask("POST", "/api/file/new", &new).refusal(), "403 ending", "{path}");
    }
    assert_eq!(server.get("/api/sample?path=blocksieve.toml").refusal(), "403 ending");
    assert_eq!(server.get("/api/sample?path=filters/dns.rule").refusal(), "403 ending");
    // Notes are shown, not written.
    let revision = server.revision("README.md");
    let save = json!({"path": "README.md", "text": "", "revision": revision});
    assert_eq!(server.ask("PUT", "/api/file", &save).refusal(), "403 ending");
    assert_eq!(server.text("README.md"), "# Mine\n");
}

#[test]
fn what_is_no_text_is_not_opened() {
    let server = server("text");
    std::fs::write(server.path("filters/dns.rule"), b"\xff\xfea\0").expect("written");
    assert_eq!(server.get("/api/file?path=filters/dns.rule").refusal(), "415 not-text");
    std::fs::create_dir(server.path("folder.rule")).expect("a folder");
    assert_eq!(server.get("/api/file?path=folder.rule").refusal(), "403 no-file");
}

#[test]
fn too_large_is_said() {
    let server = server("large");
    let text = "x".repeat((16 << 20) + 1);
    let head = server.headers().join("\r\n");
    let new = json!({"path": "filters/large.rule", "text": text});
    assert_eq!(server.ask("POST", "/api/file/new", &new).refusal(), "413 too-large");
    // In pieces, without a length.
    let mut bytes =
        format!("PUT /api/file HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{head}\r\n\r\n")
            .into_bytes();
    for _ in 0..17 {
        bytes.extend(format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20)).into_bytes());
    }
    bytes.extend(b"0\r\n\r\n");
    assert_eq!(server.raw(&bytes).refusal(), "413 too-large");
    assert!(!server.path("filters/large.rule").exists());
    // A file that somebody else made is listed, not opened.
    std::fs::write(server.path("filters/large.rule"), &text).expect("written");
    assert_eq!(server.get("/api/file?path=filters/large.rule").refusal(), "413 too-large");
    let files = server.get("/api/project").json()["files"].clone();
    let large = files.as_array().expect("a list").iter().find(|file| file["path"] == "filters/large.rule");
    assert_eq!(
        large.map(|file| (file["revision"].is_null(), file["size"].as_u64())),
        Some((true, Some((16 << 20) + 1)))
    );
}

#[test]
fn heads_are_small() {
    let server = server("heads");
    let host = format!("Host: {}", server.address);
    let long = format!("X-Long: {}", "x".repeat(32 << 10));
    assert_eq!(server.with("GET", "/", &[&host, &long], "").status, 431);
    let many: Vec<String> = (0..200).map(|n| format!("X-{n}: y")).collect();
    let mut headers: Vec<&str> = many.iter().map(String::as_str).collect();
    headers.push(&host);
    assert_eq!(server.with("GET", "/", &headers, "").status, 431);
    assert!(matches!(server.with("GET", &format!("/{}", "x".repeat(40 << 10)), &[&host], "").status, 414 | 431));
    assert_eq!(server.raw(b"nonsense\r\n\r\n").status, 400);
}

#[test]
fn requests_that_are_not_understood() {
    let server = server("requests");
    let put = |body: &Value| server.ask("PUT", "/api/file", body).refusal();
    assert_eq!(put(&json!([])), "400 request");
    assert_eq!(put(&json!({"path": "x.rule", "text": ""})), "400 request");
    assert_eq!(put(&json!({"path": "x.rule", "text": "", "revision": null, "more": 1})), "400 request");
    for target in ["/api/file", "/api/file?name=x.rule", "/api/file?path=x.rule&path=y.rule", "/api/sample"] {
        assert_eq!(server.get(target).refusal(), "400 request", "{target}");
    }
    // A form of another site could send text without asking first.
    let headers: Vec<String> =
        server.headers().into_iter().map(|line| line.replace("application/json", "text/plain")).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    assert_eq!(server.with("PUT", "/api/file", &headers, "{}").refusal(), "415 request");
    assert_eq!(server.get("/api/nothing").refusal(), "404 missing");
    assert_eq!(server.get("/api/file?path=filters/none.rule").refusal(), "404 missing");
}

#[test]
fn wrong_methods_are_told_the_right_ones() {
    let server = server("methods");
    for (method, target, allow) in [
        ("POST", "/api/project", "GET"),
        ("PATCH", "/api/file", "GET, PUT, DELETE"),
        ("GET", "/api/file/new", "POST"),
        ("PUT", "/api/file/rename", "POST"),
        ("DELETE", "/api/events", "GET"),
        ("POST", "/", "GET, HEAD"),
        ("OPTIONS", "/api/file", "GET, PUT, DELETE"),
    ] {
        let answer = server.ask(method, target, &Value::Null);
        assert_eq!(
            (answer.refusal().as_str(), answer.header("allow")),
            ("405 method", Some(allow)),
            "{method} {target}"
        );
    }
}

// Changes that meet.

#[test]
fn a_conflict_gives_what_the_file_is_now() {
    let server = server("conflict");
    let opened = server.revision("filters/dns.rule");
    std::fs::write(server.path("filters/dns.rule"), "by another editor").expect("written");
    let save = json!({"path": "filters/dns.rule", "text": "by the page", "revision": opened});
    let answer = server.ask("PUT", "/api/file", &save);
    assert_eq!(answer.status, 409);
    let now = server.revision("filters/dns.rule");
    assert_eq!(answer.json()["current"], json!({"text": "by another editor", "revision": now}));
    assert_eq!(server.text("filters/dns.rule"), "by another editor");
    for (method, target, body) in [
        ("POST", "/api/file/new", json!({"path": "filters/dns.rule", "text": ""})),
        ("PUT", "/api/file", json!({"path": "filters/dns.rule", "text": "", "revision": null})),
        ("DELETE", "/api/file", json!({"path": "filters/dns.rule", "revision": opened})),
        ("POST", "/api/file/rename", json!({"from": "filters/dns.rule", "to": "x.rule", "revision": opened})),
        ("POST", "/api/file/rename", json!({"from": "filters/dns.rule", "to": "blocksieve.toml", "revision": now})),
    ] {
        assert_eq!(server.ask(method, target, &body).refusal(), "409 conflict", "{method} {target} {body}");
    }
    // What is gone is told as that.
    std::fs::remove_file(server.path("filters/dns.rule")).expect("removed");
    let gone = server.ask("PUT", "/api/file", &save);
    assert_eq!((gone.refusal().as_str(), &gone.json()["current"]), ("409 conflict", &Value::Null));
    assert!(!server.path("filters/dns.rule").exists());
}

#[test]
fn of_writers_at_the_same_time_one_wins_and_no_half_is_seen() {
    let server = server("writers");
    let first = server.revision("filters/dns.rule");
    let texts: Vec<String> = (0..8).map(|n| format!("{n}\n").repeat(20_000)).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let save = |text: &String| {
            let body = json!({"path": "filters/dns.rule", "text": text, "revision": first});
            server.ask("PUT", "/api/file", &body).status
        };
        let threads: Vec<_> = texts.iter().map(|text| scope.spawn(move || save(text))).collect();
        threads.into_iter().map(|thread| thread.join().expect("ends")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
    let winner = statuses.iter().position(|status| *status == 200).expect("one");
    assert_eq!(server.text("filters/dns.rule"), texts[winner]);
    // Nothing is left beside.
    assert_eq!(std::fs::read_dir(server.path("filters")).expect("a folder").count(), 1);
}

#[test]
fn a_read_only_project_is_read_only() {
    let server = Server::start("read-only", FILES, &["--read-only"]);
    assert_eq!(server.get("/api/project").json()["readOnly"], true);
    let revision = server.revision("filters/dns.rule");
    for (method, target, body) in [
        ("PUT", "/api/file", json!({"path": "filters/dns.rule", "text": "", "revision": revision})),
        ("POST", "/api/file/new", json!({"path": "filters/new.rule", "text": ""})),
        ("POST", "/api/file/rename", json!({"from": "filters/dns.rule", "to": "x.rule", "revision": revision})),
        ("DELETE", "/api/file", json!({"path": "filters/dns.rule", "revision": revision})),
    ] {
        assert_eq!(server.ask(method, target, &body).refusal(), "403 read-only", "{method} {target}");
    }
    assert_eq!(server.text("filters/dns.rule").as_bytes(), RULE);
    assert_eq!(std::fs::read_dir(server.path("filters")).expect("a folder").count(), 1);
}

// The page.

#[test]
fn the_page_or_how_it_is_built() {
    let server = server("page");
    let host = format!("Host: {}", server.address);
    let page = server.with("GET", "/", &[&host], "");
    let text = String::from_utf8(page.body.clone()).expect("text");
    // Both are right: it depends on what was built before the program.
    match page.status {
        200 => {
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert_eq!(page.header("cache-control"), Some("no-cache"));
            let tag = page.header("etag").expect("a tag").to_string();
            let again = server.with("GET", "/", &[&host, &format!("If-None-Match: {tag}")], "");
            assert_eq!((again.status, again.body.len()), (304, 0));
            let script = text.split("src=\"./").nth(1).and_then(|rest| rest.split('"').next()).expect("a script");
            let script = server.with("GET", &format!("/{script}"), &[&host, "Accept-Encoding: gzip"], "");
            assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
            assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
        }
        503 => assert!(text.contains("www/build.sh"), "{text}"),
        status => panic!("{status}: {text}"),
    }
    let head = server.with("HEAD", "/", &[&host], "");
    assert_eq!((head.status, head.body.len()), (page.status, 0));
}

#[test]
fn every_answer_has_the_policy() {
    let server = server("policy");
    let host = format!("Host: {}", server.address);
    for answer in [
        server.with("GET", "/", &[&host], ""),
        server.with("GET", "/nothing", &[&host], ""),
        server.with("GET", "/api/project", &[&host], ""),
        server.get("/api/project"),
        server.with("GET", "/", &["Host: evil.example.org"], ""),
    ] {
        for (name, value) in [
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.head);
        }
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(server.get("/api/project").header("cache-control"), Some("no-store"));
}

// Beginning and end.

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_well_even_with_listeners() {
    let mut server = server("end");
    let mut stream = server.connect();
    let head = server.headers().join("\r\n");
    write!(stream, "GET /api/events HTTP/1.1\r\n{head}\r\n\r\n").expect("sent");
    let _ = stream.read(&mut [0; 16]).expect("it begins");
    let start = Instant::now();
    assert_eq!(server.interrupt(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn slow_and_silent_connections_do_not_keep_others_out() {
    let server = server("slow");
    let silent: Vec<_> = (0..20).map(|_| server.connect()).collect();
    let mut slow = server.connect();
    write!(slow, "GET / HTTP/1.1\r\nHost:").expect("sent");
    assert_eq!(server.get("/api/project").status, 200);
    // A head that does not end is given up.
    let start = Instant::now();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(start.elapsed() < Duration::from_secs(29), "{}", String::from_utf8_lossy(&rest));
    drop(silent);
}

#[test]
fn a_start_that_fails_says_why_and_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let folder = Folder::new(
        "serve-start",
        &[("project/blocksieve.toml", b""), ("project/sub/x.rule", b""), ("empty/notes.txt", b"")],
    );
    let told = folder.session(&[
        "serve nowhere",
        "serve project/sub/x.rule",
        "serve project/sub",
        "serve empty",
        "serve",
        &format!("serve project --port {port}"),
        "serve project --port 0 --listen 192.0.2.1",
        "serve project --port 65536",
        "serve project --listen localhost",
    ]);
    insta::assert_snapshot!(told.replace(&port.to_string(), "PORT"));
}
