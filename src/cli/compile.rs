//! `blocksieve compile`: rules to a module file.
//!
//! In: rules that have no error. Out: the module; the same rules give the same bytes. Never here: a half-written file; the
//! module is written beside its place and moved there whole.

use std::io::Write;
use std::path::Path;

use super::args::CompileArgs;
use super::style::{self, Style};
use super::{Exit, Failure, load, report};
use crate::bytecode;

pub(super) fn run(args: &CompileArgs, style: Style) -> Result<Exit, Failure> {
    let checked = load::check(&args.rules.rules)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let module = bytecode::compile(&checked.program, &checked.sources);
    let bytes = bytecode::write(&module);
    if args.output == "-" {
        let mut out = style::stdout();
        out.write_all(&bytes)?;
        out.finish()?;
    } else {
        write_whole(Path::new(&args.output), &bytes)?;
    }
    writeln!(
        style::stderr(),
        "{} rules, {} tests ({} distinct), {} instructions, {} bytes",
        module.rules.len(),
        module.sites.len(),
        module.tests.len(),
        module.code.len(),
        bytes.len()
    )?;
    Ok(Exit::Clean)
}

/// Writes a file beside its place and moves it there. A link stays one: what it leads to is written. What is there and is no
/// file, such as a device or a pipe, is written into, for a file in the place of `/dev/null` would be the end of much else.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(path, bytes).map_err(|error| cannot_write(path, &error));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    replace(path, &beside, bytes)
}

/// Writes a file into the place `beside` it and moves it there. Who looks sees the old file or the new one, also after the
/// power went.
pub(super) fn replace(path: &Path, beside: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(beside)?;
        file.write_all(bytes)?;
        // A file that was there keeps its permissions.
        if let Ok(metadata) = std::fs::metadata(path) {
            file.set_permissions(metadata.permissions())?;
        }
        file.sync_all()?;
        drop(file);
        std::fs::rename(beside, path)
    };
    write().map_err(|error| {
        // What was left beside is of no use; that it cannot be removed either says nothing new.
        let _ = std::fs::remove_file(beside);
        cannot_write(path, &error)
    })
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::unusable(
        format!("{} cannot be written: {error}", path.display()),
        "look whether the folder exists and may be written to",
    )
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::io::Result<std::path::PathBuf> {
        let folder = std::env::temp_dir().join(format!("blocksieve-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    #[test]
    fn a_link_stays_one() {
        let folder = folder("link").unwrap();
        std::fs::write(folder.join("real"), "old").unwrap();
        std::os::unix::fs::symlink("real", folder.join("link")).unwrap();
        write_whole(&folder.join("link"), b"new").unwrap();
        assert!(folder.join("link").symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(folder.join("real")).unwrap(), b"new");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_no_file_is_written_into_and_stays_what_it_is() {
        use std::os::unix::fs::FileTypeExt;
        let folder = folder("pipe").unwrap();
        let pipe = folder.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).unwrap()
        });
        write_whole(&pipe, b"through").unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
        assert!(pipe.metadata().unwrap().file_type().is_fifo());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
