//! `blocksieve convert`: rules in another dress.
//!
//! In: rules as text, drawn, or Sigma's. Out: the same rules as text, Blockly JSON, Blockly XML, the log manager's XML or Sigma's YAML. What text cannot hold of a drawing (ids,
//! places, stray blocks, notes) goes into `NAME.layout.json` beside the text that is written, and comes back from there, or
//! from the workspace that `--onto` names; of Sigma, `--onto` names the text of which what says the same is kept. Of the log manager's exports only the rule is kept. Never here: a change of meaning:
//! what is written is read again and must be the same tree.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{ConvertArgs, ConvertForm};
use super::compile::write_whole;
use super::form::{self, Form};
use super::load::{self, Loaded};
use super::style::{self, Style};
use super::table;
use super::{Exit, Failure, report};
use crate::ast::Definition;
use crate::blockly::Registry;
use crate::diagnostic::{Code, Diagnostic, render};
use crate::origin::{Origin, Sources};
use crate::source::blockly::Format;
use crate::source::{self, DrawnIn};
use crate::target;

/// The ending of layout files.
const LAYOUT: &str = "layout.json";

pub(super) fn run(args: &ConvertArgs, style: Style) -> Result<Exit, Failure> {
    let form = match args.to {
        ConvertForm::Text => Form::Text,
        ConvertForm::BlocklyJson => Form::Blockly(Format::Json),
        ConvertForm::BlocklyXml => Form::Blockly(Format::Xml),
        ConvertForm::LogmanagerXml => Form::LogManager,
        ConvertForm::Sigma => Form::Sigma,
    };
    let loaded = load::load(&args.rules)?;
    let mut err = style::stderr();
    let (errors, rest): (Vec<_>, Vec<_>) = loaded.diagnostics.iter().cloned().partition(Diagnostic::is_error);
    let show =
        |found: &[Diagnostic]| render::human::render(found, &loaded.sources, &report::human(style.stderr_colors));
    // Notes about stray blocks say nothing here: they are kept.
    let warnings: Vec<Diagnostic> =
        rest.into_iter().filter(|found| found.severity > crate::diagnostic::Severity::Note).collect();
    err.write_all(show(&warnings).as_bytes())?;
    if !errors.is_empty() {
        err.write_all(show(&errors).as_bytes())?;
        writeln!(err, "nothing was written")?;
        return Ok(Exit::Rules);
    }
    // A folder becomes a folder, whatever number of files it holds today.
    let many = loaded.definitions.len() > 1 || args.rules.iter().any(|path| Path::new(path).is_dir());
    let output = args.output.as_deref().filter(|output| *output != "-");
    if many && (output.is_none() || args.onto.is_some()) {
        return Err(Failure::unusable(
            "a folder or several files cannot be converted into one file".to_string(),
            "name a folder with -o, and leave out --onto; or convert one file at a time",
        ));
    }
    if args.onto.is_some() && !matches!(form, Form::Blockly(_) | Form::Sigma) {
        return Err(Failure::unusable(
            "--onto keeps what stood there before, and this form has no place for that".to_string(),
            "leave it out, or write --to blockly-json, blockly-xml or sigma",
        ));
    }
    let (mut onto, mut onto_sigma) = (None, None);
    match args.onto.as_deref().map(Path::new) {
        Some(path) if form == Form::Sigma => onto_sigma = Some((path.to_path_buf(), old_sigma(path)?)),
        Some(path) => onto = Some(old(path)?),
        None => {}
    }
    let mut texts = Vec::new();
    for ((definition, file), drawn) in loaded.definitions.iter().zip(&loaded.files).zip(&loaded.drawn) {
        let layout = match (&onto, drawn, form) {
            (None, None, Form::Blockly(_)) => Some(beside(file, LAYOUT)).filter(|path| path.is_file()),
            (Some(_), ..) | (None, Some(_), _) | (None, None, Form::Text | Form::LogManager | Form::Sigma) => None,
        };
        let layout = layout.map(|path| old(&path)).transpose()?;
        let old = onto.as_ref().or(drawn.as_ref()).or(layout.as_ref());
        left_out(drawn.as_ref(), old, form, loaded.sources.name(definition.source), &mut err)?;
        let written = match &onto_sigma {
            Some(onto) => form::write_sigma(definition, Some(onto), &loaded),
            None => form::write(definition, form, old, &loaded),
        };
        let found = match written {
            Ok(text) if form::says_the_same(definition, form, &text, &loaded) => {
                texts.push(text);
                continue;
            }
            Ok(_) if form == Form::LogManager => vec![not_exactly(definition)],
            Ok(_) => return Err(form::fault(definition, &loaded)),
            Err(found) => found,
        };
        err.write_all(show(&found).as_bytes())?;
        writeln!(err, "nothing was written")?;
        return Ok(Exit::Rules);
    }
    let own = |drawn: &Option<DrawnIn>| drawn.as_ref().is_some_and(|drawn| !drawn.manager);
    let Some(output) = output else {
        for ((definition, text), drawn) in loaded.definitions.iter().zip(&texts).zip(&loaded.drawn) {
            if form == Form::Text && own(drawn) {
                writeln!(err, "note: text has no room for ids, places and stray blocks; -o FILE keeps them beside it")?;
            }
            unnamed(definition, form, None, &mut err)?;
            let mut out = style::stdout();
            out.write_all(text.as_bytes())?;
            out.finish()?;
        }
        return Ok(Exit::Clean);
    };
    let places = places(Path::new(output), &loaded, &args.rules, form, many)?;
    let files = places.iter().zip(&loaded.definitions);
    for ((text, (path, definition)), drawn) in texts.iter().zip(files).zip(&loaded.drawn) {
        if let Some(folder) = path.parent().filter(|folder| many && !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| {
                let help = "name a folder that may be written to";
                Failure::unusable(format!("{} cannot be made: {error}", folder.display()), help)
            })?;
        }
        unnamed(definition, form, Some(path), &mut err)?;
        write_whole(path, text.as_bytes())?;
        // Beside a device or a pipe there is no place for a layout.
        if let (Form::Text, Some(drawn), true) = (form, drawn.as_ref().filter(|drawn| !drawn.manager), path.is_file()) {
            write_whole(&beside(path, LAYOUT), target::blockly::json::write(&drawn.workspace).as_bytes())?;
        }
    }
    Ok(Exit::Clean)
}

/// Says what of a drawing the form leaves out for good.
fn left_out(
    drawn: Option<&DrawnIn>,
    old: Option<&DrawnIn>,
    form: Form,
    file: &str,
    err: &mut impl Write,
) -> std::io::Result<()> {
    if let Some(drawn) = drawn
        && (drawn.manager || form == Form::LogManager)
        && !(drawn.aside.is_empty() && drawn.workspace.notes.is_empty())
    {
        writeln!(err, "note: {file}: stray blocks and notes are left out")?;
    }
    // Text keeps what plug-ins have beside the blocks, and on them as icons, in its layout.
    if let (Form::Blockly(Format::Xml), Some(old)) = (form, old) {
        let icons: usize = old.workspace.blocks.iter().map(|block| block.look.icons.len()).sum();
        if old.workspace.rest.len() + icons > 0 {
            writeln!(err, "note: {file}: XML has no room for what plug-ins keep in a workspace; JSON has")?;
        }
    }
    Ok(())
}

/// The refusal of a rule that was written and reads otherwise.
fn not_exactly(definition: &Definition) -> Diagnostic {
    let place = definition.rules.first().map_or(Origin::whole(definition.source), |rule| rule.origin);
    Diagnostic::new(Code::NotInTarget, place, "the log manager's blocks would not say exactly this rule")
        .help("write it as `convert --to text` shows what they can say")
}

/// Where the files go: no two to one place, and none over one that is read, unless it keeps its form.
fn places(output: &Path, loaded: &Loaded, named: &[String], form: Form, many: bool) -> Result<Vec<PathBuf>, Failure> {
    let inputs: HashMap<PathBuf, &PathBuf> =
        loaded.files.iter().filter_map(|file| Some((file.canonicalize().ok()?, file))).collect();
    let mut seen = HashSet::new();
    let mut places = Vec::new();
    for file in &loaded.files {
        let path = place(output, file, named, form, many);
        let input = path.canonicalize().ok().and_then(|path| inputs.get(&path));
        if input.is_some_and(|input| beside(input, form.ending()) != **input) {
            return Err(Failure::unusable(
                format!("{} is what is read, and would be overwritten in another form", path.display()),
                "name another file with -o",
            ));
        }
        if !seen.insert(path.clone()) {
            return Err(Failure::unusable(
                format!("two files would become {}; nothing was written", path.display()),
                "convert them one at a time, or into two folders",
            ));
        }
        places.push(path);
    }
    Ok(places)
}

/// Says that an export does not hold the name of its rule, unless its file does.
fn unnamed(definition: &Definition, form: Form, path: Option<&Path>, err: &mut impl Write) -> std::io::Result<()> {
    let file = path.and_then(Path::file_name).map(|name| name.to_string_lossy());
    let name = form::name(definition);
    if form != Form::LogManager || file.is_some_and(|file| source::stem(&file) == name) {
        return Ok(());
    }
    let name = table::safe(name);
    writeln!(
        err,
        "note: the name \"{name}\" is not in an export: the log manager keeps it beside the blocks, and here it is its file's"
    )
}

/// Where the file that `file` becomes goes: below the output, as it stands below the folder that was named.
fn place(output: &Path, file: &Path, named: &[String], form: Form, many: bool) -> PathBuf {
    if !many && !output.is_dir() {
        return output.to_path_buf();
    }
    let file = if file == Path::new("-") { Path::new("stdin") } else { file };
    let below =
        named.iter().find_map(|folder| file.strip_prefix(folder).ok()).filter(|rest| !rest.as_os_str().is_empty());
    let name = below.or(file.file_name().map(Path::new)).unwrap_or(file);
    output.join(beside(name, form.ending()))
}

/// The same name with another ending: `dns.rule` and `dns.blocks.json` belong together.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    file.with_file_name(format!("{}.{ending}", source::stem(&name)))
}

/// The file of Sigma that is to be kept.
fn old_sigma(path: &Path) -> Result<String, Failure> {
    let unusable = |message: String| {
        let help = "--onto of --to sigma takes the file of Sigma that the rules were made of";
        Failure::unusable(format!("{}: {message}", path.display()), help)
    };
    let bytes = std::fs::read(path).map_err(|error| unusable(format!("it cannot be read: {error}")))?;
    let text = source::decode(&bytes).map_err(|fault| unusable(fault.message))?;
    if !source::sigma::is_sigma(&text) {
        return Err(unusable("these are no rules of Sigma".to_string()));
    }
    let mut sources = Sources::default();
    let id = sources.add(path.display().to_string(), text.as_str());
    match source::sigma::read(id, &text).1.iter().find(|found| found.is_error()) {
        Some(error) => Err(unusable(format!("{} ({})", error.message, sources.describe(error.primary.origin)))),
        None => Ok(text),
    }
}

/// The workspace that is to be kept.
fn old(path: &Path) -> Result<DrawnIn, Failure> {
    let layout = path.to_string_lossy().ends_with(LAYOUT);
    let unusable = |message: String| {
        let help = if layout {
            "mend the layout file, or delete it: the blocks are then laid out anew"
        } else {
            "--onto takes a Blockly workspace, or the layout file that convert wrote"
        };
        Failure::unusable(format!("{}: {message}", path.display()), help)
    };
    let bytes = std::fs::read(path).map_err(|error| unusable(format!("it cannot be read: {error}")))?;
    let text = source::decode(&bytes).map_err(|fault| unusable(fault.message))?;
    let mut sources = Sources::default();
    let id = sources.add(path.display().to_string(), text.as_str());
    let parsed = source::parse(&mut sources, id, &text, &Registry::default());
    if parsed.drawn.as_ref().is_some_and(|drawn| drawn.manager) {
        return Err(unusable("this is an export of the log manager, and its blocks are no place for ours".to_string()));
    }
    match (parsed.drawn, parsed.diagnostics.iter().find(|found| found.is_error())) {
        (Some(drawn), None) => Ok(drawn),
        (_, Some(error)) => Err(unusable(format!("{} ({})", error.message, sources.describe(error.primary.origin)))),
        (None, None) => Err(unusable("these are rules as text".to_string())),
    }
}
