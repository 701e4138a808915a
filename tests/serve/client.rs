//! A served project, and a client that can also ask what no browser would.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::support::folder::Folder;

/// A server on a project of its own; it ends with the test.
pub struct Server {
    pub folder: Folder,
    pub address: SocketAddr,
    pub token: String,
    child: Child,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Status and code of a refusal, for one line of a test.
    pub fn refusal(&self) -> String {
        format!("{} {}", self.status, self.json()["code"].as_str().unwrap_or("-"))
    }
}

impl Server {
    /// Serves a folder with these files.
    pub fn start(name: &str, files: &[(&str, &[u8])], args: &[&str]) -> Server {
        Self::over(Folder::new(&format!("serve-{name}"), files), args)
    }

    /// Serves this folder.
    pub fn over(folder: Folder, args: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
        command.args(["serve", ".", "--port", "0"]).args(args).current_dir(&folder.0);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
        let (address, token) = line
            .trim_end()
            .strip_prefix("editor: http://")
            .and_then(|rest| rest.split_once("/#token="))
            .unwrap_or_else(|| panic!("{line:?} is no address"));
        let (address, token) = (address.parse().expect("an address"), token.to_string());
        Server { folder, address, token, child }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("connects");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        stream
    }

    /// Sends bytes as they are and reads all that comes.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that refuses early need not read all.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8(answer[..end].to_vec()).expect("text");
        let mut body = answer[end..].to_vec();
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            body = unchunk(&body);
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head, body }
    }

    /// A request with exactly these headers, each a line.
    pub fn with(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let length = body.len();
        self.raw(
            format!("{method} {target} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}")
                .as_bytes(),
        )
    }

    /// The headers of a browser on the server's own page.
    pub fn headers(&self) -> Vec<String> {
        let Server { address, token, .. } = self;
        vec![
            format!("Host: {address}"),
            format!("Origin: http://{address}"),
            "Sec-Fetch-Site: same-origin".to_string(),
            format!("Authorization: Bearer {token}"),
            "Content-Type: application/json".to_string(),
        ]
    }

    /// A request as the page sends it.
    pub fn ask(&self, method: &str, target: &str, body: &Value) -> Answer {
        let headers = self.headers();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.with(method, target, &headers, &body)
    }

    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &Value::Null)
    }

    /// The state of a file.
    pub fn revision(&self, path: &str) -> String {
        let answer = self.get(&format!("/api/file?path={path}"));
        answer.json()["revision"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_string()
    }

    /// Asks it to end as Ctrl-C does, and gives its status.
    #[cfg(unix)]
    pub fn interrupt(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &id]).status().expect("runs").success());
        self.child.wait().expect("ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).expect("text"), 16).expect("a size");
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    whole
}
