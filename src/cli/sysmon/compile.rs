//! `blocksieve compile --to sysmon`: filters as exclude rules of a configuration.
//!
//! In: rules and a base. Out: the base with rules in it; nothing where anything of it would not be exact, or with `--partial` what is.

use std::io::Write;

use crate::ast::RuleKind;
use crate::cli::args::CompileArgs;
use crate::cli::compile::put;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure, load, report};
use crate::diagnostic::{Severity, render};
use crate::origin::Sources;
use crate::sysmon::Catalogue;
use crate::target::sysmon::{self, Unlogged};

pub(in crate::cli) fn run(args: &CompileArgs, style: Style) -> Result<Exit, Failure> {
    let Some(base) = args.base.as_deref() else {
        return Err(Failure::unusable(
            "filters become rules of Sysmon only inside of a configuration that logs already",
            "name it: --base sysmonconfig.xml; a lone exclude node would switch the logging of its events on",
        ));
    };
    let checked = load::lint_for(&args.rules.rules, load::For::All, None)?;
    report::need_clean(&checked.diagnostics, &checked.sources, style)?;
    // Places of rules and of the base are told together.
    let mut sources = Sources::default();
    for (_, source) in checked.sources.iter() {
        sources.add_drawn(source.name.clone(), source.text.clone(), source.blocks.clone());
    }
    let config = super::needed(base, &mut sources, style)?;
    let write = if args.partial { sysmon::write_part } else { sysmon::write };
    let mut written = match write(&checked.program, &Catalogue::standard(), &config) {
        Ok(written) => written,
        Err(mut found) => {
            crate::diagnostic::sort(&mut found);
            let failure = match args.partial {
                true => "nothing is written for Sysmon",
                false => "nothing is written for Sysmon (--partial writes what can be said exactly)",
            };
            report::need(&found, &sources, style, failure)?;
            return Ok(Exit::Rules);
        }
    };
    let count = |kind: RuleKind| checked.program.rules.iter().filter(|rule| rule.kind == kind).count();
    let (filters, others) = (count(RuleKind::Filter), count(RuleKind::Classify) + count(RuleKind::Alert));
    // Who writes filters wants something dropped: the base as it was is no answer.
    let idle = filters > 0 && written.rules == 0 && written.there.is_empty();
    if !idle {
        put(args.output.as_deref(), written.xml.as_bytes())?;
    }
    let mut err = style::stderr();
    for left in &mut written.left {
        left.severity = Severity::Note;
    }
    let human = report::human(style.stderr_colors);
    err.write_all(render::human::render(&written.left, &sources, &human).as_bytes())?;
    let whole = written.left.is_empty();
    for Unlogged { filter, tags, elsewhere } in &written.unlogged {
        let tags = tags.join(", ");
        let of = if *elsewhere { format!(" about {tags}") } else { String::new() };
        writeln!(
            err,
            "note: nothing is written of {filter:?}{of}: {base} logs no {tags}, so there is nothing to drop"
        )?;
    }
    for name in &written.there {
        writeln!(err, "note: what {base} has of {name:?} already is not added again")?;
    }
    for name in &written.nothing {
        match whole {
            true => writeln!(
                err,
                "warning: nothing is written of {name:?}: it drops no event that a configuration can filter"
            )?,
            false => writeln!(err, "note: nothing is written of {name:?}")?,
        }
    }
    if idle {
        let some = if filters == 1 { "the filter".to_string() } else { format!("any of the {filters} filters") };
        let (message, help) = match whole {
            true => (
                format!("nothing is written: {base} logs nothing that {some} drops"),
                "name the configuration that the endpoints have; the filters are still of use in the agent: --to winlogbeat",
            ),
            false => (
                format!("nothing is written: nothing that {some} drops can be said exactly in {base}"),
                "mend what is said above, or leave the filters to the agent: --to winlogbeat",
            ),
        };
        return Err(Failure { message, help: help.to_string(), exit: Exit::Partial });
    }
    let s = |count: usize| if count == 1 { "" } else { "s" };
    let of = if written.filters == filters { String::new() } else { format!("{} of ", written.filters) };
    match (written.rules, filters) {
        (0, 1..) => write!(err, "no rule of Sysmon is added")?,
        (rules, _) => write!(err, "{of}{filters} filter{} as {rules} rule{} of Sysmon", s(filters), s(rules))?,
    }
    match others {
        0 => writeln!(err)?,
        1 => writeln!(err, "; 1 rule of another kind stays behind the agent")?,
        _ => writeln!(err, "; {others} rules of other kinds stay behind the agent")?,
    }
    if whole {
        return Ok(Exit::Clean);
    }
    writeln!(err, "what the notes name is left out: such events stay logged, for a filter of the agent to drop")?;
    Ok(Exit::Partial)
}
