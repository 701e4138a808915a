//! `blocksieve watch` as a process that a test drives: what it is given, what it says, how it ends.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long anything is waited for; whoever waits so long fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with rules in it, and the events that are written beside them.
pub struct World {
    pub folder: PathBuf,
    pub next: u32,
    runs: u32,
}

/// Every DNS query raises an alert.
pub const RULES: &str = "alert \"every query\" {\n    if event is sysmon.dns_query {\n        send mail to [\"soc@example.org\"]\n    }\n}\n";

impl World {
    pub fn new(name: &str) -> World {
        let folder = std::env::temp_dir().join(format!("blocksieve-watch-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let world = World { folder, next: 0, runs: 0 };
        world.write("rules/a.rule", RULES);
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // As a good editor does it: whoever looks sees the old file or the new one.
        let beside = path.with_extension("part");
        fs::write(&beside, text).expect("written");
        fs::rename(beside, path).expect("renamed");
    }

    pub fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.path(name)).expect("opened");
        file.write_all(text.as_bytes()).expect("written");
    }

    /// The line of an event that raises an alert; each has a host of its own.
    pub fn line(&mut self) -> String {
        self.next += 1;
        let event = super::support::sysmon(22, r#""QueryName":"www.example.org""#);
        let host = format!("{{\"winlog\":{{\"computer_name\":\"h{}\",", self.next);
        event.replacen("{\"winlog\":{", &host, 1) + "\n"
    }

    pub fn events(&mut self, name: &str, count: u32) {
        let text: String = (0..count).map(|_| self.line()).collect();
        self.append(name, &text);
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).expect("renamed");
    }

    pub fn gzip(&self, from: &str, to: &str) {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&fs::read(self.path(from)).expect("read")).expect("packed");
        fs::write(self.path(to), gzip.finish().expect("packed")).expect("written");
        fs::remove_file(self.path(from)).expect("removed");
    }

    pub fn copy_truncate(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).expect("copied");
        OpenOptions::new().write(true).open(self.path(from)).expect("opened").set_len(0).expect("emptied");
    }

    /// Starts `watch` on the rules; the rest of its words as they stand.
    pub fn watch(&mut self, words: &[&str]) -> Watch {
        self.runs += 1;
        let (out, err) = (self.path(&format!("out{}", self.runs)), self.path(&format!("err{}", self.runs)));
        let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
        command.args(["watch", "rules", "--poll", "20", "--still", "0.2"]).args(words).current_dir(&self.folder);
        command.stdin(Stdio::piped()).stdout(File::create(&out).expect("out")).stderr(File::create(&err).expect("err"));
        Watch { child: command.spawn().expect("starts"), out, err }
    }

    /// The files, and what was said, for whoever looks for a fault.
    pub fn files(&self) -> String {
        let mut all: Vec<String> = fs::read_dir(&self.folder)
            .expect("the folder")
            .flatten()
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                let said = if name.starts_with("err") || name == "state" {
                    fs::read_to_string(entry.path())
                } else {
                    Ok(String::new())
                };
                let size = entry.metadata().map_or(0, |meta| meta.len());
                format!("{name}: {size} bytes {}", said.unwrap_or_default().lines().next().unwrap_or_default())
            })
            .collect();
        all.sort();
        all.join("\n")
    }

    /// The hosts of all events that `run` raises an alert for.
    pub fn expected(&self) -> Vec<String> {
        let mut all: Vec<String> = (1..=self.next).map(|host| format!("h{host}")).collect();
        all.sort();
        all
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A process.
pub struct Watch {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Watch {
    pub fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap_or_default()
    }

    pub fn err(&self) -> String {
        fs::read_to_string(&self.err).unwrap_or_default()
    }

    /// The host and the place of each decision that was written, in order.
    pub fn decisions(&self) -> Vec<(String, String)> {
        let out = self.out();
        // The last line may be on its way.
        let whole = out.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let decision = |line: &str| {
            let decision: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
            let text = |key: &str| decision[key].as_str().unwrap_or_default().to_string();
            (text("host"), format!("{}:{}", text("file"), decision["record"]))
        };
        whole.lines().map(decision).collect()
    }

    pub fn hosts(&self) -> Vec<String> {
        self.decisions().into_iter().map(|(host, _)| host).collect()
    }

    pub fn places(&self) -> Vec<String> {
        self.decisions().into_iter().map(|(_, place)| place).collect()
    }

    /// Waits until something is so.
    pub fn until(&self, what: &str, is_so: impl Fn(&Watch) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < PATIENCE, "{what} never came\n--- out\n{}\n--- err\n{}", self.out(), self.err());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until so many decisions were written.
    pub fn until_count(&self, count: usize) {
        self.until(&format!("{count} decisions"), |watch| watch.decisions().len() >= count);
    }

    pub fn until_said(&self, text: &str) {
        self.until(text, |watch| watch.err().contains(text));
    }

    /// Waits until it has its state for itself: from then on signals end it well.
    pub fn until_ready(&self, world: &World) {
        let locked = || File::open(world.path("state.lock")).is_ok_and(|lock| lock.try_lock().is_err());
        self.until("the lock of its state", |_| locked());
    }

    /// Gives standard input.
    pub fn say(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("standard input");
        input.write_all(text.as_bytes()).expect("taken");
        input.flush().expect("taken");
    }

    pub fn close_input(&mut self) {
        self.child.stdin = None;
    }

    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill").success());
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Waits for its end.
    pub fn end(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("waited for") {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it never ended\n{}", self.err());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn status(&mut self) -> i32 {
        self.end().code().expect("a status")
    }

    /// Ends it well.
    #[cfg(unix)]
    pub fn stop(&mut self) -> i32 {
        self.signal("-TERM");
        self.status()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the file there?
pub fn is_there(path: &Path) -> bool {
    path.exists()
}
