//! `blocksieve man`: the manual pages, made of the same texts as `--help`.
//!
//! In: nothing, or a folder. Out: the program's own page on standard output, or a page a command as files. Never here: words of their own.

use std::io::Write;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::args::{Cli, ManArgs};
use super::{Exit, Failure, style};

pub(super) fn run(args: &ManArgs) -> Result<Exit, Failure> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut out = style::stdout();
    match &args.folder {
        None => out.write_all(&page(&command, "blocksieve", None)?)?,
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
            pages(&command, "blocksieve", None, folder, &mut out)?;
        }
    }
    out.finish()?;
    Ok(Exit::Clean)
}

/// The page of a command, and those of the commands below it.
fn pages(
    command: &Command,
    name: &str,
    above: Option<&str>,
    folder: &Path,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let file = folder.join(format!("{name}.1"));
    std::fs::write(&file, page(command, name, above)?).map_err(|error| unwritable(&file, &error))?;
    writeln!(out, "{}", file.display())?;
    for below in command.get_subcommands() {
        pages(below, &format!("{name}-{}", below.get_name()), Some(name), folder, out)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str, above: Option<&str>) -> Result<Vec<u8>, Failure> {
    let man = Man::new(command.clone()).title(name.to_uppercase()).section("1").date("").manual("Blocksieve");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let table = Exit::table();
    let after = command.get_after_help().map(ToString::to_string).filter(|after| *after != table);
    for section in after.iter().chain([&table]) {
        page.extend(as_it_stands(section).as_bytes());
    }
    if let Some(above) = above {
        page.extend(format!(".SH \"SEE ALSO\"\n.BR {} (1)\n", above.replace('-', "\\-")).as_bytes());
    }
    Ok(page)
}

/// `Examples:` and lines below it, as a section whose lines are not filled.
fn as_it_stands(text: &str) -> String {
    let (title, lines) = text.split_once(":\n").unwrap_or(("Notes", text));
    let mut out = format!(".SH \"{}\"\n.nf\n", title.to_uppercase());
    for line in lines.lines() {
        let line = line.strip_prefix("  ").unwrap_or(line);
        // What begins with a stop or an apostrophe would be a request.
        out.push_str(&format!("\\&{}\n", line.replace('\\', "\\e").replace('-', "\\-")));
    }
    out.push_str(".fi\n");
    out
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::unusable(format!("{} cannot be written: {error}", path.display()), "name a folder that may be written to")
}
