//! `check` over the project that is served.
//!
//! In: its folder. Out: the document of `check --format json`, with the names of files as the page knows them. Never here:
//! a look at what lies outside: a project whose tables or filters do is refused.

use std::path::{Component, Path, PathBuf};

use hyper::StatusCode;

use super::answer::Refusal;
use crate::cli::{files, load, project, sigma};
use crate::diagnostic::render;
use crate::origin::Sources;
use crate::source::sigma::setup;

/// The document, as bytes.
pub(super) fn check(folder: &Path) -> Result<String, Refusal> {
    within(folder)?;
    let checked = load::lint_for(&[folder.display().to_string()], load::For::Each, None)?;
    let mut sources = Sources::default();
    for (_, source) in checked.sources.iter() {
        let name = Path::new(&source.name);
        let name = name.strip_prefix(folder).unwrap_or(name).display().to_string().replace('\\', "/");
        sources.add_drawn(name, source.text.clone(), source.blocks.clone());
    }
    Ok(render::json::render(&checked.diagnostics, &sources))
}

/// Whoever changes blocksieve.toml or a sigma.toml from the page shall not look at other files with it.
fn within(folder: &Path) -> Result<(), Refusal> {
    if folder.join(project::FILE).is_file() {
        let settings = project::settings(folder, &mut Sources::default(), &mut Vec::new());
        let tables = settings.tables.iter().map(|table| &table.path);
        let filters = settings.agents.iter().flat_map(|agent| &agent.filters);
        below(folder, project::FILE, tables.chain(filters))?;
    }
    let is_setup = |path: &Path| path.file_name().is_some_and(|name| name == setup::FILE);
    for file in files::below(folder, is_setup)? {
        below(folder, setup::FILE, &sigma::beside(&file))?;
    }
    Ok(())
}

/// Do all paths that a file names lie in the folder?
fn below<'p>(folder: &Path, file: &str, paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<(), Refusal> {
    let real = folder.canonicalize();
    for path in paths {
        let below = path.strip_prefix(folder).unwrap_or(path);
        let plain = below.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        // What is not there is told by `check`.
        let followed = match (&real, path.canonicalize()) {
            (Ok(real), Ok(path)) => path.starts_with(real),
            (_, Err(_)) => true,
            (Err(_), Ok(_)) => false,
        };
        if !plain || !followed {
            return Err(Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "outside",
                format!("{file} names {}, which lies outside of the project", path.display()),
                "put the file into the project, or run `blocksieve check` in a terminal",
            ));
        }
    }
    Ok(())
}
