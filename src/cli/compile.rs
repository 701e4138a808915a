//! `blocksieve compile`: rules to a module file, or filters to a configuration of Winlogbeat. Those of Sysmon are `sysmon/compile.rs`.
//!
//! In: rules that have no error. Out: the module, or the configuration; the same rules give the same bytes. Never here: a half-written file; what is
//! written is written beside its place and moved there whole.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use super::args::{CompileArgs, CompileTarget, WinlogbeatArgs};
use super::style::{self, Style};
use super::{Exit, Failure, load, report};
use crate::ast::RuleKind;
use crate::bytecode;
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::ir::{Check, From, Program};
use crate::sysmon::Catalogue;
use crate::target::winlogbeat::{self, Winlogbeat};

pub(super) fn run(args: &CompileArgs, style: Style) -> Result<Exit, Failure> {
    if args.base.is_some() && args.to != CompileTarget::Sysmon {
        return Err(Failure::unusable(
            "--base is the configuration of Sysmon that rules are put into",
            "add --to sysmon, or leave it out",
        ));
    }
    if args.partial && args.to != CompileTarget::Sysmon {
        return Err(Failure::unusable(
            "--partial writes a part of the filters for Sysmon: the other targets take all or refuse",
            "add --to sysmon, or leave it out",
        ));
    }
    match args.to {
        CompileTarget::Module => module(args, style),
        CompileTarget::Winlogbeat => winlogbeat(args, style),
        CompileTarget::Sysmon => {
            no_winlogbeat(args)?;
            super::sysmon::compile::run(args, style)
        }
    }
}

/// Options of another target.
fn no_winlogbeat(args: &CompileArgs) -> Result<(), Failure> {
    let WinlogbeatArgs { version, whole, observe, module_script, agent } = &args.winlogbeat;
    if version.is_some() || *whole || *observe || *module_script || agent.is_some() {
        return Err(Failure::unusable(
            "--winlogbeat, --whole, --observe, --module-script and --agent say how a configuration of Winlogbeat is written",
            "add --to winlogbeat, or leave them out",
        ));
    }
    Ok(())
}

fn module(args: &CompileArgs, style: Style) -> Result<Exit, Failure> {
    no_winlogbeat(args)?;
    let Some(output) = args.output.as_deref() else {
        return Err(Failure::unusable("a module needs a file", "name it with -o FILE; - is standard output"));
    };
    let checked = load::lint_for(&args.rules.rules, load::For::All, None)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let module = bytecode::compile(&checked.program, &checked.sources);
    let bytes = bytecode::write(&module);
    put(Some(output), &bytes)?;
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

fn winlogbeat(args: &CompileArgs, style: Style) -> Result<Exit, Failure> {
    let own = &args.winlogbeat;
    let version = own.version.as_deref().map(version).transpose()?;
    let who = own.agent.as_deref().map_or(load::For::All, load::For::One);
    let checked = load::lint_for(&args.rules.rules, who, version)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    let collect = checked.project.as_ref().map(|project| project.collect.clone()).unwrap_or_default();
    let name = checked.project.as_ref().and_then(|project| project.name.clone()).unwrap_or_default();
    let module = own.module_script || collect.module_script;
    if own.module_script && checked.program.agent.major != 7 {
        return Err(Failure::unusable(
            format!("Winlogbeat {} has no module script: from 8 on Elasticsearch does its work", checked.program.agent),
            "leave --module-script out",
        ));
    }
    let mut channels = collect.channels;
    if channels.is_empty() {
        channels.push(winlogbeat::SYSMON.to_string());
    }
    for text in channels.iter().chain(&collect.hosts) {
        if text.is_empty() || text.contains(char::is_control) || text.contains('$') {
            return Err(Failure::unusable(
                format!("{text:?} under [collect] is neither a channel nor HOST:PORT"),
                "write the name of a channel as the event viewer shows it, and hosts as logs.example.org:5044",
            ));
        }
    }
    let options = Winlogbeat {
        observe: own.observe,
        module: module && checked.program.agent.major == 7,
        channels: if own.whole { channels } else { Vec::new() },
        hosts: collect.hosts,
        name: own.agent.as_ref().map_or(name.clone(), |agent| format!("{name}, agent {agent},")),
    };
    let catalogue = Catalogue::standard();
    let written = match winlogbeat::write(&checked.program, &catalogue, &options) {
        Ok(written) => written,
        Err(mut found) => {
            crate::diagnostic::sort(&mut found);
            let failure = format!("nothing is written for Winlogbeat {}", checked.program.agent);
            report::need(&found, &checked.sources, style, &failure)?;
            return Ok(Exit::Rules);
        }
    };
    put(args.output.as_deref(), written.yaml.as_bytes())?;
    let kind = |kind: RuleKind| checked.program.rules.iter().filter(|rule| rule.kind == kind).count();
    let others = kind(RuleKind::Classify) + kind(RuleKind::Alert);
    let filters = kind(RuleKind::Filter);
    let mut err = style::stderr();
    write!(
        err,
        "{filters} {} for Winlogbeat {}",
        if filters == 1 { "filter" } else { "filters" },
        checked.program.agent
    )?;
    match others {
        0 => writeln!(err)?,
        _ => writeln!(err, "; {others} rules of other kinds stay behind the agent")?,
    }
    if own.whole {
        for channel in uncollected(&checked.program, &options.channels) {
            writeln!(
                err,
                "warning: a filter asks for the channel {channel:?}, which is not collected: add it to `channels` under [collect]"
            )?;
        }
    }
    for name in &written.nothing {
        writeln!(err, "warning: nothing is written of {name:?}: it never holds, or does nothing")?;
    }
    Ok(Exit::Clean)
}

/// Channels that filters ask for, and that nothing of the configuration collects. Forwarded events are of any channel.
fn uncollected(program: &Program, channels: &[String]) -> BTreeSet<String> {
    let collected = |name: &str| {
        channels
            .iter()
            .any(|channel| channel.eq_ignore_ascii_case(name) || channel.eq_ignore_ascii_case("ForwardedEvents"))
    };
    let asked = program.tests.iter().filter(|test| test.subject.from == From::Slot(Layout::CHANNEL));
    let names = asked.filter_map(|test| match &test.check {
        Check::In(set) => Some(&set.texts),
        _ => None,
    });
    names.flatten().filter(|name| !collected(name)).cloned().collect()
}

/// A version that somebody typed.
pub(super) fn version(written: &str) -> Result<AgentVersion, Failure> {
    AgentVersion::parse(written).filter(|version| version.major >= 7).ok_or_else(|| {
        Failure::unusable(
            format!("\"{written}\" is no version of Winlogbeat that is known here"),
            "write it as 8.17; 7.0 to 9 are known",
        )
    })
}

/// Writes into a file, or to standard output.
pub(super) fn put(output: Option<&str>, bytes: &[u8]) -> Result<(), Failure> {
    match output.filter(|output| *output != "-") {
        Some(output) => write_whole(Path::new(output), bytes),
        None => {
            let mut out = style::stdout();
            out.write_all(bytes)?;
            out.finish()?;
            Ok(())
        }
    }
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
