//! `blocksieve listing`: compiled rules, instruction by instruction.
//!
//! In: rules or a module. Out: the annotated listing on standard output. Never here: anything that is not in the module.

use std::io::Write;

use super::args::ListingArgs;
use super::load::{self, Rules};
use super::style::{self, Style};
use super::{Exit, Failure, report};
use crate::bytecode;
use crate::diagnostic::nearest;

pub(super) fn run(args: &ListingArgs, style: Style) -> Result<Exit, Failure> {
    let module = match load::rules(&args.rules.rules)? {
        Rules::Module(module) => module.into_module(),
        Rules::Sources(checked) => {
            report::need_clean(&checked.diagnostics, &checked.sources, style)?;
            bytecode::compile(&checked.program, &checked.sources)
        }
    };
    if let Some(name) = &args.rule {
        known_rule(name, module.rules.iter().map(|rule| (rule.name.as_str(), rule.id.as_deref())))?;
    }
    let mut out = style::stdout();
    out.write_all(bytecode::listing(&module, args.rule.as_deref()).as_bytes())?;
    out.finish()?;
    Ok(Exit::Clean)
}

/// Is there a rule of this name or id? If not, says which is near.
pub(super) fn known_rule<'a>(
    name: &str,
    rules: impl Iterator<Item = (&'a str, Option<&'a str>)> + Clone,
) -> Result<(), Failure> {
    if rules.clone().any(|(rule, id)| rule == name || id == Some(name)) {
        return Ok(());
    }
    let help = match nearest(name, rules.clone().map(|(rule, _)| rule)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("there are {} rules; `blocksieve listing RULES` names them", rules.count()),
    };
    Err(Failure::unusable(format!("there is no rule named \"{name}\""), help))
}
