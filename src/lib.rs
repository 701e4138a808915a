//! Blocksieve: filters and alerts for Windows Sysmon events, compiled to bytecode.
//!
//! The way of a rule: `source` reads text or blocks into an [`ast`], [`check`] gives it names and types, [`ir`] is the typed form,
//! [`bytecode`] what is stored, [`vm`] what runs, [`pipeline`] the order in which filters, classification and alerts see an
//! event. Each stage takes one type and returns the next plus [`diagnostic`]s; none prints, none exits.

pub mod alert;
pub mod ast;
pub mod blockly;
pub mod bytecode;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "deliver")]
pub mod deliver;
pub mod diagnostic;
pub mod dialect;
pub mod event;
pub mod explain;
pub mod fold;
#[cfg(any(feature = "watch", feature = "deliver"))]
pub mod follow;
pub mod hunt;
pub mod ir;
pub mod libbeat;
pub mod limits;
pub mod operator;
mod order;
pub mod origin;
pub mod pipeline;
#[cfg(any(feature = "watch", feature = "deliver"))]
mod private;
pub mod ruleset;
pub mod search;
pub mod session;
pub mod source;
pub mod sysmon;
pub mod table;
pub mod target;
pub mod testing;
pub mod texts;
pub mod vm;
#[cfg(any(feature = "wasm", feature = "wasm-more"))]
pub mod wasm;
pub mod yaml;

use ast::Definition;
use bytecode::Module;
use check::Context;
use diagnostic::Diagnostic;
use dialect::AgentVersion;
use ir::Program;
use origin::Sources;
use sysmon::Catalogue;
use table::TableDef;

/// Rules that compile, in all their forms.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The texts they came from.
    pub sources: Sources,
    /// As written.
    pub definition: Definition,
    /// Typed.
    pub program: Program,
    /// Compiled.
    pub module: Module,
}

/// Compiles one definition, text or a Blockly workspace, with the standard catalogue, for the default agent: what tests, the manual's examples and the browser
/// use. Gives `None` beside the diagnostics if one of them is an error. With `tables` empty every lookup table is unknown.
///
/// ```
/// let text = r#"filter "noise" { if event is sysmon.dns_query and QueryName ends with '.example.org' { drop } }"#;
/// let (compiled, diagnostics) = blocksieve::compile_text(text, &[]);
/// assert!(diagnostics.is_empty());
/// assert_eq!(compiled.map(|compiled| compiled.module.rules.len()), Some(1));
/// ```
pub fn compile_text(text: &str, tables: &[TableDef]) -> (Option<Compiled>, Vec<Diagnostic>) {
    let (_, compiled, diagnostics) = compile_in(text, tables);
    (compiled, diagnostics)
}

/// All that is to be said of one definition: what [`compile_text`] finds, and what the lints of `check` find in its rules.
pub fn lint_text(text: &str, tables: &[TableDef]) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let source = sources.add("rules", text);
    let source::Parsed { definition, diagnostics, .. } =
        source::parse(&mut sources, source, text, &blockly::Registry::default());
    let catalogue = Catalogue::standard();
    let context = Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables, templates: None, today: None };
    let definitions = std::slice::from_ref(&definition);
    let mut checked = check::check(definitions, &context);
    check::lint::lint(definitions, &context, &mut checked);
    checked.diagnostics.extend(diagnostics);
    diagnostic::sort(&mut checked.diagnostics);
    (sources, checked.diagnostics)
}

/// The same with the sources that places refer to, also where nothing compiles.
pub(crate) fn compile_in(text: &str, tables: &[TableDef]) -> (Sources, Option<Compiled>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let source = sources.add("rules", text);
    let source::Parsed { definition, mut diagnostics, .. } =
        source::parse(&mut sources, source, text, &blockly::Registry::default());
    let catalogue = Catalogue::standard();
    let context = Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables, templates: None, today: None };
    let checked = check::check(std::slice::from_ref(&definition), &context);
    diagnostics.extend(checked.diagnostics);
    diagnostic::sort(&mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return (sources, None, diagnostics);
    }
    let module = bytecode::compile(&checked.program, &sources);
    let compiled = Compiled { sources: sources.clone(), definition, program: checked.program, module };
    (sources, Some(compiled), diagnostics)
}
