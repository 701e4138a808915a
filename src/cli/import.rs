//! `blocksieve import`: what other systems filter by, as rules.
//!
//! In: a configuration of Winlogbeat, rules of Sigma. Out: filters with libbeat's own meaning, alerts that ask what Sigma's rules ask, as text or drawn,
//! and on standard error everything that they are not. A configuration of Sysmon stays one: `sysmon/`.
//! Never here: a rule that means something else; what cannot be said is kept as a comment.

use std::io::{Read, Write};
use std::path::Path;

use super::args::{
    ConvertArgs, ConvertForm, ImportArgs, ImportForm, ImportFrom, ImportSigmaArgs, ImportWinlogbeatArgs,
};
use super::compile::{put, version};
use super::style::{self, Style};
use super::{Exit, Failure, project, report};
use crate::ast::Definition;
use crate::dialect::AgentVersion;
use crate::origin::Sources;
use crate::source::blockly::Format;
use crate::{source, target};

pub(super) fn run(args: &ImportArgs, style: Style) -> Result<Exit, Failure> {
    match &args.from {
        ImportFrom::Winlogbeat(args) => winlogbeat(args, style),
        ImportFrom::Sysmon(args) => super::sysmon::import(args, style),
        ImportFrom::Sigma(args) => sigma(args, style),
    }
}

/// Rules of Sigma are taken wherever rules are: what is written is what `convert` makes of them.
fn sigma(args: &ImportSigmaArgs, style: Style) -> Result<Exit, Failure> {
    let to = match args.to {
        ImportForm::Text => ConvertForm::Text,
        ImportForm::BlocklyJson => ConvertForm::BlocklyJson,
        ImportForm::BlocklyXml => ConvertForm::BlocklyXml,
    };
    let args = ConvertArgs { to, onto: None, rules: args.rules.clone(), output: args.output.clone() };
    super::convert::run(&args, style)
}

fn winlogbeat(args: &ImportWinlogbeatArgs, style: Style) -> Result<Exit, Failure> {
    let mut sources = Sources::default();
    let (name, bytes) = file(&args.file)?;
    let text =
        source::decode(&bytes).map_err(|fault| Failure::unusable(format!("{name}: {}", fault.message), fault.help))?;
    let version = match &args.version {
        Some(written) => version(written)?,
        None => of_project(&args.file, &mut sources, style)?,
    };
    let id = sources.add(name, text.as_str());
    let (definition, found) = source::winlogbeat::read(id, &text, version);
    report::need(&found, &sources, style, "nothing is written: Winlogbeat itself would not start with this")?;
    let written = match written(&definition, args.to) {
        Ok(written) => written,
        Err(found) => {
            report::need(&found, &sources, style, "nothing is written")?;
            return Ok(Exit::Rules);
        }
    };
    put(args.output.as_deref(), written.as_bytes())?;
    let filters = definition.rules.len();
    let s = if filters == 1 { "" } else { "s" };
    writeln!(style::stderr(), "{filters} filter{s}, as Winlogbeat {version} reads it")?;
    Ok(Exit::Clean)
}

fn written(definition: &Definition, form: ImportForm) -> Result<String, Vec<crate::diagnostic::Diagnostic>> {
    match form {
        ImportForm::Text => Ok(target::text::write(definition)),
        ImportForm::BlocklyJson => target::blockly::write(definition, Format::Json, None),
        ImportForm::BlocklyXml => target::blockly::write(definition, Format::Xml, None),
    }
}

/// The name and bytes of a file, or of standard input.
fn file(path: &str) -> Result<(String, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    let (name, read) = match path {
        "-" => ("<stdin>", std::io::stdin().lock().read_to_end(&mut bytes)),
        path => (path, std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))),
    };
    read.map_err(|error| {
        Failure::unusable(format!("{name} cannot be read: {error}"), "look at the spelling, and whether it may be read")
    })?;
    Ok((name.replace('\\', "/"), bytes))
}

/// The version that the project of a file names.
fn of_project(path: &str, sources: &mut Sources, style: Style) -> Result<AgentVersion, Failure> {
    let path = if path == "-" { "." } else { path };
    let Some(folder) = project::find(Path::new(path)) else { return Ok(AgentVersion::DEFAULT) };
    let mut found = Vec::new();
    let settings = project::settings(&folder, sources, &mut found);
    report::need(&found, sources, style, "the project cannot be read")?;
    Ok(settings.agent)
}
