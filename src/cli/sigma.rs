//! Files of Sigma among the rules.
//!
//! In: what was read of them, and the `sigma.toml` beside or above them. Out: their definitions. Never here: what a rule means.
//!
//! Files that go by the same `sigma.toml`, or by none, belong together: their correlations and filters name each other's rules.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::Folders;
use super::load::Loaded;
use crate::ast::{Asks, CondKind, Definition, Operator, Rule, StmtKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, SourceId, Sources};
use crate::source;
use crate::source::sigma::{self, Setup, setup};

/// Does a file that ends so hold rules of Sigma? Other files in YAML stand beside rules.
pub(super) fn is_rules(path: &Path) -> bool {
    has_ending(&path.to_string_lossy())
        && std::fs::read(path)
            .ok()
            .and_then(|bytes| source::decode_owned(bytes).ok())
            .is_some_and(|text| sigma::is_sigma(&text))
}

/// By its name, could it be one of Sigma's?
pub(super) fn has_ending(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    sigma::ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Puts definitions in the place of those that were left open. `open`: their indices.
pub(super) fn define(loaded: &mut Loaded, open: &[usize]) {
    let mut groups: BTreeMap<Option<PathBuf>, Vec<usize>> = BTreeMap::new();
    let mut known: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    let mut folders = Folders::default();
    for &at in open {
        let folder = folders.folder(own_folder(loaded.files.get(at).map_or(Path::new("-"), PathBuf::as_path)));
        let setup = match known.get(folder) {
            Some(setup) => setup.clone(),
            None => known.entry(folder.to_path_buf()).or_insert_with(|| find(folder)).clone(),
        };
        groups.entry(setup).or_default().push(at);
    }
    for (file, members) in groups {
        let setup = match &file {
            Some(file) => read(file, &mut loaded.sources, &mut loaded.diagnostics),
            None => Some(Setup::standard()),
        };
        let ids: Vec<SourceId> = members.iter().filter_map(|at| Some(loaded.definitions.get(*at)?.source)).collect();
        let texts = ids.iter().filter_map(|id| Some((*id, &*loaded.sources.get(*id)?.text)));
        let Some(setup) = setup else {
            // What it would have said is not known; what is wrong with the rules themselves is told all the same.
            let found: Vec<Diagnostic> = texts.flat_map(|(id, text)| sigma::read(id, text).1).collect();
            loaded.diagnostics.extend(found);
            continue;
        };
        let (definitions, found) = sigma::parse(texts, &setup);
        for (at, definition) in members.into_iter().zip(definitions) {
            if let Some(place) = loaded.definitions.get_mut(at) {
                *place = definition;
            }
        }
        loaded.diagnostics.extend(found);
        loaded.setups.push((file, setup));
    }
}

/// What the `sigma.toml` of a definition's file says.
pub(super) fn setup_of<'l>(definition: &Definition, loaded: &'l Loaded) -> Cow<'l, Setup> {
    let at = loaded.definitions.iter().position(|other| other.source == definition.source);
    setup_of_file(at.and_then(|at| loaded.files.get(at)).map_or(Path::new("-"), PathBuf::as_path), loaded)
}

/// What the `sigma.toml` of a file says.
pub(super) fn setup_of_file<'l>(file: &Path, loaded: &'l Loaded) -> Cow<'l, Setup> {
    let file = find(&folder(file));
    match (loaded.setups.iter().find(|(own, _)| *own == file), file) {
        (Some((_, setup)), _) => Cow::Borrowed(setup),
        // What is wrong with it is of no matter to rules of ours.
        (None, Some(file)) => {
            Cow::Owned(read(&file, &mut Sources::default(), &mut Vec::new()).unwrap_or_else(Setup::standard))
        }
        (None, None) => Cow::Owned(Setup::standard()),
    }
}

fn own_folder(file: &Path) -> &Path {
    let folder = if file == Path::new("-") { None } else { file.parent() };
    folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn folder(file: &Path) -> PathBuf {
    Folders::default().folder(own_folder(file)).to_path_buf()
}

/// The `sigma.toml` of a folder: in it or the nearest above.
fn find(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|above| above.join(setup::FILE)).find(|file| file.is_file())
}

/// The `sigma.toml` that rules at a path go by, and the files that it names.
#[cfg(feature = "watch")]
pub(super) fn settings(path: &Path) -> Vec<PathBuf> {
    let Some(file) = find(&if path.is_dir() { folder(&path.join("-")) } else { folder(path) }) else {
        return Vec::new();
    };
    let beside = beside(&file);
    std::iter::once(file).chain(beside).collect()
}

/// The files that a `sigma.toml` names.
#[cfg(any(feature = "watch", feature = "serve"))]
pub(super) fn beside(file: &Path) -> Vec<PathBuf> {
    let text = std::fs::read(file).ok().and_then(|bytes| source::decode_owned(bytes).ok()).unwrap_or_default();
    let own = Setup::read(SourceId(0), &text).unwrap_or_default();
    own.files().into_iter().map(|name| file.with_file_name(name)).collect()
}

/// What a `sigma.toml` says, over what is known without one.
pub(super) fn read(file: &Path, sources: &mut Sources, found: &mut Vec<Diagnostic>) -> Option<Setup> {
    let named = std::env::current_dir().ok().and_then(|here| Some(file.strip_prefix(here).ok()?.to_path_buf()));
    let name = named.as_deref().unwrap_or(file).display().to_string().replace('\\', "/");
    let text = std::fs::read(file).map_err(|error| error.to_string());
    let text = text.and_then(|bytes| source::decode_owned(bytes).map_err(|fault| fault.message));
    let (text, fault) = match text {
        Ok(text) => (text, None),
        Err(error) => (String::new(), Some(error)),
    };
    let id = sources.add(name, text.as_str());
    if let Some(fault) = fault {
        let found_there = Diagnostic::new(Code::SigmaSetup, Origin::whole(id), fault);
        found.push(found_there.help("look whether it may be read, and save it as UTF-8"));
        return None;
    }
    let own = match Setup::read(id, &text) {
        Ok(own) => own,
        Err(fault) => {
            found.push(fault);
            return None;
        }
    };
    let mut setup = Setup::standard().with(own);
    let folder = file.parent().unwrap_or(Path::new("."));
    let files: Vec<String> = setup.files().into_iter().map(str::to_string).collect();
    for name in files {
        let lines = std::fs::read(folder.join(&name)).map_err(|error| error.to_string());
        match lines.and_then(|bytes| source::decode_owned(bytes).map_err(|fault| fault.message)) {
            Ok(text) => setup.fill(&name, &text),
            Err(error) => {
                let message = format!("the values of a placeholder cannot be read from {name}: {error}");
                let help = "the file is named relative to the sigma.toml, and has a value a line";
                found.push(Diagnostic::new(Code::SigmaSetup, Origin::whole(id), message).help(help));
            }
        }
    }
    Some(setup)
}

/// Is this said of the spelling that a rule has in the language of ours, and not of the rule? Sigma has escapes of its own, and of what channels
/// other than Sysmon's hold nobody has a list.
pub(super) fn is_idle(found: &Diagnostic, definitions: &[Definition], open: &[SourceId]) -> bool {
    let origin = found.primary.origin;
    if !open.contains(&origin.source) {
        return false;
    }
    match found.code {
        Code::WildcardInPlain | Code::EscapedWildcard | Code::LooksLikeList | Code::MessageText => true,
        Code::UnknownField => {
            let inside = |rule: &&Rule| match (rule.origin.as_span(), origin.as_span()) {
                (Some(rule), Some(at)) => rule.start <= at.start && at.end <= rule.end,
                (_, _) => false,
            };
            let definition = definitions.iter().find(|definition| definition.source == origin.source);
            let rule = definition.and_then(|definition| Some((definition, definition.rules.iter().find(inside)?)));
            // That a name differs from a known one in case alone is a slip in every channel.
            let slip = found.fix.as_ref().is_some_and(|fix| {
                let named = found.message.split('`').nth(1).unwrap_or_default();
                named != fix.replacement && named.eq_ignore_ascii_case(&fix.replacement)
            });
            !slip && rule.is_none_or(|(definition, rule)| !asks_sysmon(definition, rule))
        }
        _other => false,
    }
}

/// Is a rule asked of Sysmon's events?
fn asks_sysmon(definition: &Definition, rule: &Rule) -> bool {
    let (mut statements, mut conds) = (rule.body.clone(), Vec::new());
    while let Some(id) = statements.pop() {
        match &definition.stmt(id).kind {
            StmtKind::If { arms, otherwise } => {
                conds.extend(arms.iter().map(|arm| arm.cond));
                statements.extend(arms.iter().flat_map(|arm| &arm.body));
                statements.extend(otherwise.iter().flatten());
            }
            StmtKind::When { when, body } => {
                if let Asks::Steps { steps, .. } = &when.asks {
                    conds.extend(steps.iter().map(|step| step.cond));
                }
                statements.extend(body);
            }
            // A rule of Sigma has no others that ask.
            _other => {}
        }
    }
    while let Some(id) = conds.pop() {
        match &definition.cond(id).kind {
            CondKind::Test(test) if test.op.value == Operator::EventIs => return true,
            CondKind::And(members) | CondKind::Or(members) => conds.extend(members),
            CondKind::Not(inside) => conds.push(*inside),
            CondKind::Test(_) | CondKind::SomeOf { .. } | CondKind::Const(_) => {}
        }
    }
    false
}
