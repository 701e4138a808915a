//! The other sides: a mail server in Python, a webhook in a thread.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// A port that is free.
pub fn port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// The Python with a mail server in it; `None`, said aloud, where there can be none.
pub fn python() -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deliver/venv.sh");
    let output = match Command::new("bash").arg(script).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: tests with a mail server: no bash: {error}");
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
    if output.status.code() == Some(77) {
        eprintln!("skipped: tests with a mail server: {said}");
        return None;
    }
    assert!(output.status.success(), "{said}");
    let path = String::from_utf8(output.stdout).expect("a path");
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(path.trim()))
}

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deliver/server.py");

/// An authority and two certificates in this folder.
pub fn certificates(python: &Path, folder: &Path) {
    let status = Command::new(python).args([SERVER, "certificates"]).arg(folder).status();
    assert!(status.expect("starts").success());
}

/// A mail server that runs.
pub struct MailServer {
    child: Child,
    file: PathBuf,
}

impl MailServer {
    /// Starts one whose mails go into `mails.ndjson` of a folder.
    pub fn start(python: &Path, folder: &Path, port: u16, options: &[&str]) -> Self {
        let file = folder.join("mails.ndjson");
        let mut command = Command::new(python);
        command.args([SERVER, "serve", &port.to_string()]).arg(&file).args(options).current_dir(folder);
        // What it says of clients that do not trust it is not about the test.
        let errors = std::fs::File::create(folder.join("server.err")).expect("a file");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("says something");
        let errors = || std::fs::read_to_string(folder.join("server.err")).unwrap_or_default();
        assert_eq!(line.trim(), "ready", "{}", errors());
        Self { child, file }
    }

    /// The mails that it took.
    pub fn mails(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.file).expect("its mails");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // Its standard input ends, and it with it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A header of a mail; there must be exactly one.
pub fn header<'m>(mail: &'m Value, name: &str) -> &'m str {
    let headers = mail["headers"].as_array().expect("a list");
    let mut values = headers.iter().filter(|pair| pair[0].as_str().is_some_and(|have| have.eq_ignore_ascii_case(name)));
    let value = values.next().and_then(|pair| pair[1].as_str()).unwrap_or_else(|| panic!("no {name} in {mail}"));
    assert!(values.next().is_none(), "{name} twice");
    value
}

/// A request that a webhook got.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// What it was answered.
    pub answer: u16,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} twice");
        value
    }
}

/// A webhook that answers by plan: a status and further headers for each request; 204 when the plan is at its end.
pub struct Hook {
    pub port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Hook {
    pub fn start(plan: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let plan: VecDeque<(u16, String)> = plan.iter().map(|(status, more)| (*status, (*more).to_string())).collect();
        let (plan, requests) = (Mutex::new(plan), Arc::clone(&seen));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who is killed in the middle of a request is no concern of a server's.
                let _ = answer(stream, &plan, &requests);
            }
        });
        Self { port, seen }
    }

    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn answer(stream: TcpStream, plan: &Mutex<VecDeque<(u16, String)>>, seen: &Mutex<Vec<Request>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_string();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_string(), value.to_string()));
    }
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.and_then(|(_, length)| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, more) = plan.lock().unwrap().pop_front().unwrap_or((204, String::new()));
    let body = String::from_utf8(body).map_err(std::io::Error::other)?;
    seen.lock().unwrap().push(Request { path, headers, body, answer: status });
    let said = if status < 300 { "" } else { "told by the hook" };
    let text =
        format!("HTTP/1.1 {status} Planned\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{said}", said.len());
    let text = if status == 204 { format!("HTTP/1.1 204 Planned\r\n{more}Connection: close\r\n\r\n") } else { text };
    reader.get_mut().write_all(text.as_bytes())
}
