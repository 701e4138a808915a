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
    let written = match sysmon::write(&checked.program, &Catalogue::standard(), &config) {
        Ok(written) => written,
        Err(mut found) => {
            crate::diagnostic::sort(&mut found);
            report::need(&found, &sources, style, "nothing is written for Sysmon")?;
            return Ok(Exit::Rules);
        }
    };
    let count = |kind: RuleKind| checked.program.rules.iter().filter(|rule| rule.kind == kind).count();
    let (filters, others) = (count(RuleKind::Filter), count(RuleKind::Classify) + count(RuleKind::Alert));
    // Who writes filters wants something dropped: the base as it was is no answer.
    let idle = filters > 0 && written.rules == 0;
    if !idle {
        put(args.output.as_deref(), written.xml.as_bytes())?;
    }
    let mut err = style::stderr();
    for Unlogged { filter, tags, elsewhere } in &written.unlogged {
        let tags = tags.join(", ");
        let of = if *elsewhere { format!(" about {tags}") } else { String::new() };
        writeln!(
            err,
            "note: nothing is written of {filter:?}{of}: {base} logs no {tags}, so there is nothing to drop"
        )?;
    }
    for name in &written.nothing {
        writeln!(err, "warning: nothing is written of {name:?}: it drops no event that a configuration can filter")?;
    }
    if idle {
        return Err(Failure {
            message: format!(
                "nothing is written: {base} logs nothing that {} drops",
                if filters == 1 { "the filter".to_string() } else { format!("any of the {filters} filters") },
            ),
            help: "name the configuration that the endpoints have; these filters are of use for another one, or in the agent: --to winlogbeat".to_string(),
            exit: Exit::Partial,
        });
    }
    let s = |count: usize| if count == 1 { "" } else { "s" };
    let of = if written.filters == filters { String::new() } else { format!("{} of ", written.filters) };
    write!(err, "{of}{filters} filter{} as {} rule{} of Sysmon", s(filters), written.rules, s(written.rules))?;
    match others {
        0 => writeln!(err)?,
        1 => writeln!(err, "; 1 rule of another kind stays behind the agent")?,
        _ => writeln!(err, "; {others} rules of other kinds stay behind the agent")?,
    }
    Ok(Exit::Clean)
}
