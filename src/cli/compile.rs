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

/// Writes a file beside its place and moves it there.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let result = std::fs::write(&beside, bytes).and_then(|()| {
        // A file that was there keeps its permissions.
        if let Ok(metadata) = std::fs::metadata(path) {
            std::fs::set_permissions(&beside, metadata.permissions())?;
        }
        std::fs::rename(&beside, path)
    });
    result.map_err(|error| {
        // What was left beside is of no use; that it cannot be removed either says nothing new.
        let _ = std::fs::remove_file(&beside);
        Failure::unusable(
            format!("{} cannot be written: {error}", path.display()),
            "look whether the folder exists and may be written to",
        )
    })
}
