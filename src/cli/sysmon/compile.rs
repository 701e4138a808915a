//! `blocksieve compile --to sysmon`: filters as exclude rules of a configuration.
//!
//! In: rules and a base. Out: the base with rules in it; nothing where anything of it would not be exact.

use std::io::Write;

use crate::ast::RuleKind;
use crate::cli::args::CompileArgs;
use crate::cli::compile::put;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure, load, report};
use crate::origin::Sources;
use crate::sysmon::Catalogue;
use crate::target::sysmon;

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
    let written = match sysmon::write(&checked.program, &Catalogue::standard(), &config) {
        Ok(written) => written,
        Err(mut found) => {
            crate::diagnostic::sort(&mut found);
            report::need(&found, &sources, style, "nothing is written for Sysmon")?;
            return Ok(Exit::Rules);
        }
    };
    put(args.output.as_deref(), written.xml.as_bytes())?;
    let count = |kind: RuleKind| checked.program.rules.iter().filter(|rule| rule.kind == kind).count();
    let (filters, others) = (count(RuleKind::Filter), count(RuleKind::Classify) + count(RuleKind::Alert));
    let mut err = style::stderr();
    let s = |count: usize| if count == 1 { "" } else { "s" };
    write!(err, "{filters} filter{} as {} rule{} of Sysmon", s(filters), written.rules, s(written.rules))?;
    match others {
        0 => writeln!(err)?,
        _ => writeln!(err, "; {others} rules of other kinds stay behind the agent")?,
    }
    for tag in &written.unlogged {
        writeln!(err, "note: {base} logs no {tag}, so there is nothing to drop of it")?;
    }
    for name in &written.nothing {
        writeln!(err, "warning: nothing is written of {name:?}: it drops no event that a configuration can filter")?;
    }
    Ok(Exit::Clean)
}
