//! The program as people meet it: commands in a folder, and all that came of them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own for one test, with files in it; it goes away at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A folder with these files.
    pub fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
        // Tests of one program run side by side, and two of them may choose one name.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("blocksieve-{name}-{}-{count}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        for (name, bytes) in files {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            std::fs::write(file, bytes).expect("a file");
        }
        Self(path)
    }

    /// Runs commands, a line each, and says all that came of them. `<` before the last word gives that file as input.
    pub fn session(&self, commands: &[&str]) -> String {
        let mut told = String::new();
        for command in commands {
            let (words, input) =
                command.split_once(" < ").map_or((*command, None), |(words, file)| (words, Some(file)));
            let mut process = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
            process.args(split(words)).current_dir(&self.0).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
            process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = process.spawn().expect("starts");
            let bytes = input.map(|file| std::fs::read(self.0.join(file)).expect("input")).unwrap_or_default();
            // A program that does not read to the end closes its end: that is its right.
            let _ = child.stdin.take().expect("piped").write_all(&bytes);
            let output = child.wait_with_output().expect("ends");
            let _ = writeln!(
                told,
                "$ blocksieve {command}\n[{}]",
                output.status.code().map_or("signal".to_string(), |c| c.to_string())
            );
            for (name, bytes) in [("out", output.stdout), ("err", output.stderr)] {
                if !bytes.is_empty() {
                    let _ = writeln!(told, "--- {name}\n{}", String::from_utf8_lossy(&bytes).trim_end());
                }
            }
            told.push('\n');
        }
        told
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Words, where `'…'` holds blanks together.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match (c, words.last_mut()) {
            ('\'', _) => quoted = !quoted,
            (' ', _) if !quoted => words.push(String::new()),
            (c, Some(word)) => word.push(c),
            (_, None) => {}
        }
    }
    words
}
