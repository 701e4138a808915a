//! Programs and schemas that the formats for machines and `examples/ci` are held against: `tools.sh` makes a folder of them under target/.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder; `None`, said aloud, where there can be none.
pub fn tools(what: &str) -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tools.sh");
    let output = match Command::new("bash").arg(script).output() {
        Ok(output) => output,
        Err(error) => return skipped(&format!("{what}: no bash: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
    if output.status.code() == Some(77) {
        return skipped(&format!("{what}: {said}"));
    }
    assert!(output.status.success(), "{said}");
    let path = String::from_utf8(output.stdout).expect("a path");
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(path.trim()))
}

/// Of a test that passes nobody sees what it prints; what was skipped somebody should.
pub fn skipped<T>(what: &str) -> Option<T> {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
    None
}

/// What the shell would find programs by: these folders, then `PATH`.
pub fn path_with(folders: &[&Path]) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(|folder| folder.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).expect("a path")
}
