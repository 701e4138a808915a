//! `blocksieve convert`: rules in another dress.
//!
//! In: rules as text or drawn. Out: the same rules as text, Blockly JSON, Blockly XML or the log manager's XML. What text cannot hold of a drawing (ids,
//! places, stray blocks, notes) goes into `NAME.layout.json` beside the text that is written, and comes back from there, or
//! from the workspace that `--onto` names. Of the log manager's exports only the rule is kept. Never here: a change of meaning:
//! what is written is read again and must be the same tree.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{ConvertArgs, ConvertForm};
use super::compile::write_whole;
use super::load::{self, Loaded};
use super::style::{self, Style};
use super::table;
use super::{Exit, Failure, report};
use crate::ast::{self, Definition};
use crate::blockly::{Registry, Workspace};
use crate::diagnostic::{Code, Diagnostic, render};
use crate::origin::{Origin, Sources};
use crate::source::blockly::{Format, Outside};
use crate::source::{self, DrawnIn};
use crate::target;

/// The ending of layout files.
const LAYOUT: &str = "layout.json";

/// How rules are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// As a workspace.
    Blockly(Format),
    /// As the log manager exports it.
    LogManager,
}

impl Form {
    fn ending(self) -> &'static str {
        match self {
            Form::Text => "rule",
            Form::Blockly(Format::Json) => "blocks.json",
            Form::Blockly(Format::Xml) => "blocks.xml",
            Form::LogManager => "xml",
        }
    }
}

/// A definition in a form, laid out as `old` is; else what the form cannot hold.
pub(super) fn write(
    definition: &Definition,
    form: Form,
    old: Option<&DrawnIn>,
    loaded: &Loaded,
) -> Result<String, Vec<Diagnostic>> {
    match form {
        Form::Text => Ok(target::text::write(definition)),
        Form::Blockly(format) => {
            // The log manager's blocks are no place for ours.
            let old = old.filter(|old| !old.manager);
            let old = old.map(|old| target::blockly::Old { workspace: &old.workspace, aside: &old.aside });
            target::blockly::write(definition, format, old)
        }
        Form::LogManager => target::logmanager::write(definition, &registry(loaded)),
    }
}

fn registry(loaded: &Loaded) -> Registry {
    loaded.project.as_ref().map_or_else(Registry::default, |project| project.registry.clone())
}

/// What was written, read as it will be. The log manager's exports do not hold the rule's name: it is the one that it has here.
pub(super) fn read_again(definition: &Definition, form: Form, text: &str, loaded: &Loaded) -> Definition {
    let registry = registry(loaded);
    match form {
        Form::LogManager => {
            let outside = Outside { name: name(definition), registry: &registry };
            source::blockly::read(definition.source, text, Format::Xml, outside).0.definition
        }
        Form::Text | Form::Blockly(_) => {
            let mut sources = Sources::default();
            let id = sources.add("written", text);
            source::parse(&mut sources, id, text, &registry).definition
        }
    }
}

/// The name of the one rule.
fn name(definition: &Definition) -> &str {
    definition.rules.first().map_or("", |rule| rule.name.value.as_str())
}

pub(super) fn run(args: &ConvertArgs, style: Style) -> Result<Exit, Failure> {
    let form = match args.to {
        ConvertForm::Text => Form::Text,
        ConvertForm::BlocklyJson => Form::Blockly(Format::Json),
        ConvertForm::BlocklyXml => Form::Blockly(Format::Xml),
        ConvertForm::LogmanagerXml => Form::LogManager,
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
    if args.onto.is_some() && !matches!(form, Form::Blockly(_)) {
        return Err(Failure::unusable(
            "--onto keeps blocks where they stood, and this form has no place for that".to_string(),
            "leave it out, or write --to blockly-json or blockly-xml",
        ));
    }
    let onto = args.onto.as_deref().map(|path| old(Path::new(path))).transpose()?;
    let mut texts = Vec::new();
    for ((definition, file), drawn) in loaded.definitions.iter().zip(&loaded.files).zip(&loaded.drawn) {
        let beside = match (&onto, drawn, form) {
            (None, None, Form::Blockly(_) | Form::LogManager) => {
                Some(beside(file, LAYOUT)).filter(|path| path.is_file())
            }
            (Some(_), ..) | (None, Some(_), _) | (None, None, Form::Text) => None,
        };
        let beside = beside.map(|path| old(&path)).transpose()?;
        let old = onto.as_ref().or(drawn.as_ref()).or(beside.as_ref());
        let unroomed = old.map_or(0, |old| no_room(&old.workspace, form));
        if unroomed > 0 {
            writeln!(
                err,
                "note: XML has no room for what plug-ins keep in the workspace ({unroomed} things); JSON has"
            )?;
        }
        match write(definition, form, old, &loaded) {
            Ok(text) => texts.push(text),
            Err(found) => {
                err.write_all(show(&found).as_bytes())?;
                writeln!(err, "nothing was written")?;
                return Ok(Exit::Rules);
            }
        }
    }
    for ((definition, text), drawn) in loaded.definitions.iter().zip(&texts).zip(&loaded.drawn) {
        if !ast::same(definition, &read_again(definition, form, text, &loaded)) {
            if form == Form::LogManager {
                let place = definition.rules.first().map_or(Origin::whole(definition.source), |rule| rule.origin);
                let message = "the log manager's blocks would not say exactly this rule";
                let found = Diagnostic::new(Code::NotInTarget, place, message)
                    .help("write it as `convert --to text` shows what they can say");
                err.write_all(show(&[found]).as_bytes())?;
                writeln!(err, "nothing was written")?;
                return Ok(Exit::Rules);
            }
            return Err(Failure {
                message: format!(
                    "{}: what would be written does not say the same; nothing was written",
                    loaded.sources.name(definition.source)
                ),
                help: "this is a fault of the program: please report it with the file".to_string(),
                exit: Exit::Rules,
            });
        }
        let file = loaded.sources.name(definition.source);
        let own = drawn.as_ref().filter(|drawn| !drawn.manager);
        if let Some(drawn) = drawn
            && (drawn.manager || form == Form::LogManager)
            && !(drawn.aside.is_empty() && drawn.workspace.notes.is_empty())
        {
            writeln!(err, "note: {file}: stray blocks and notes are left out")?;
        }
        if output.is_none() {
            if form == Form::Text && own.is_some() {
                writeln!(err, "note: text has no room for ids, places and stray blocks; -o FILE keeps them beside it")?;
            }
            unnamed(definition, form, None, &mut err)?;
            let mut out = style::stdout();
            out.write_all(text.as_bytes())?;
            out.finish()?;
        }
    }
    let Some(output) = output else { return Ok(Exit::Clean) };
    let mut places = Vec::new();
    for file in &loaded.files {
        let path = place(Path::new(output), file, &args.rules, form, many);
        let own =
            |input: &PathBuf| input.canonicalize().ok().is_some_and(|input| path.canonicalize().ok() == Some(input));
        if let Some(input) = loaded.files.iter().find(|input| own(input))
            && beside(input, form.ending()) != **input
        {
            return Err(Failure::unusable(
                format!("{} is what is read, and would be overwritten in another form", path.display()),
                "name another file with -o",
            ));
        }
        if places.contains(&path) {
            return Err(Failure::unusable(
                format!("two files would become {}; nothing was written", path.display()),
                "convert their folder as a whole, or one file at a time",
            ));
        }
        places.push(path);
    }
    let files = places.into_iter().zip(&loaded.definitions);
    for ((text, (path, definition)), drawn) in texts.iter().zip(files).zip(&loaded.drawn) {
        if let Some(folder) = path.parent().filter(|folder| many && !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| {
                let help = "name a folder that may be written to";
                Failure::unusable(format!("{} cannot be made: {error}", folder.display()), help)
            })?;
        }
        unnamed(definition, form, Some(&path), &mut err)?;
        write_whole(&path, text.as_bytes())?;
        // The log manager's blocks are no place for ours.
        if let (Form::Text, Some(drawn)) = (form, drawn.as_ref().filter(|drawn| !drawn.manager)) {
            write_whole(&beside(&path, LAYOUT), target::blockly::json::write(&drawn.workspace).as_bytes())?;
        }
    }
    Ok(Exit::Clean)
}

/// Says that an export does not hold the name of its rule, unless its file does.
fn unnamed(definition: &Definition, form: Form, path: Option<&Path>, err: &mut impl Write) -> std::io::Result<()> {
    let file = path.and_then(Path::file_name).map(|name| name.to_string_lossy());
    let name = name(definition);
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

/// How much of what plug-ins keep beside the blocks, and on them as icons, the form cannot hold.
fn no_room(old: &Workspace, form: Form) -> usize {
    match form {
        Form::Blockly(Format::Xml) => {
            old.rest.len() + old.blocks.iter().map(|block| block.look.icons.len()).sum::<usize>()
        }
        // Text keeps all of it in its layout, and an export nothing of ours.
        Form::Text | Form::Blockly(Format::Json) | Form::LogManager => 0,
    }
}

/// The same name with another ending: `dns.rule` and `dns.blocks.json` belong together.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    file.with_file_name(format!("{}.{ending}", source::stem(&name)))
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
