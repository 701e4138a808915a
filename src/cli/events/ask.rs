//! What is asked of events: the condition, the fields to count by, the project.
//!
//! In: what was typed. Out: a condition that is ready to be asked, behind the project's classify rules where one is named, and fields.
//! Never here: events.

use std::path::Path;

use super::count;
use crate::check::Context;
use crate::cli::args::EventsArgs;
use crate::cli::style::Style;
use crate::cli::{Failure, load, project, report};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::origin::Sources;
use crate::search::{self, Column};
use crate::sysmon::Catalogue;
use crate::vm::Prepared;

/// Fields that are counted together.
const FIELDS: usize = 3;

/// What is asked of each event.
pub(super) struct Asked {
    /// The condition, with what runs before it.
    pub condition: Option<Prepared>,
    /// The fields to count by.
    pub fields: Vec<Column>,
    /// The agent whose events they are to be.
    pub agent: AgentVersion,
    /// What only rules set is asked for, and no rules run: only events that the log manager stored have it.
    pub of_rules: bool,
}

pub(super) fn asked(args: &EventsArgs, catalogue: &Catalogue, style: Style) -> Result<Asked, Failure> {
    let fields = fields(args, catalogue, style)?;
    let sets = |column: &Column| column.fields.iter().any(|field| search::only_rules_set(&field.name));
    let asks = args.condition.as_deref().is_some_and(search::asks_for_rules) || fields.iter().any(sets);
    let (condition, agent) = condition(args.condition.as_deref(), args.project.as_deref(), catalogue, style)?;
    Ok(Asked { condition, fields, agent, of_rules: asks && args.project.is_none() })
}

/// A condition behind the classify rules of a project; where there is only a project, its rules run alone.
pub(in crate::cli) fn condition(
    text: Option<&str>,
    project: Option<&str>,
    catalogue: &Catalogue,
    style: Style,
) -> Result<(Option<Prepared>, AgentVersion), Failure> {
    let Some(folder) = project else {
        let agent = AgentVersion::DEFAULT;
        let context = Context { catalogue, agent, tables: &[], templates: None, today: None };
        let condition = text.map(|text| prepared(search::condition("--where", text, &context), style));
        return Ok((condition.transpose()?, agent));
    };
    if project::find(Path::new(folder)).is_none() {
        return Err(Failure::unusable(
            format!("{folder} belongs to no project: there is no {} in it or above it", project::FILE),
            "name the folder of a project",
        ));
    }
    let loaded = load::load_if_any(&[folder.to_string()])?.for_all();
    report::need_clean(&loaded.diagnostics, &loaded.sources, style)?;
    let tables = loaded.project.as_ref().map_or(&[][..], |project| project.tables.as_slice());
    let agent = loaded.project.as_ref().map_or(AgentVersion::DEFAULT, |project| project.agent);
    let context = Context { catalogue, agent, tables, templates: None, today: load::today() };
    // The rules run for the fields too.
    let (name, text) = text.map_or(("--project", "true"), |text| ("--where", text));
    let typed = search::condition_behind(loaded.definitions, loaded.sources, name, text, &context);
    Ok((Some(prepared(typed, style)?), agent))
}

/// The condition that was typed, or what is wrong with it.
fn prepared(
    typed: Result<search::Typed<Prepared>, crate::bytecode::Invalid>,
    style: Style,
) -> Result<Prepared, Failure> {
    let fault = |message: String| {
        Failure::unusable(message, "this is a fault of the program: please report it with the condition")
    };
    let mut typed = typed.map_err(|invalid| fault(invalid.to_string()))?;
    typed.diagnostics.iter_mut().for_each(|found| without_tables(found, &typed.sources));
    report::need(&typed.diagnostics, &typed.sources, style, "the condition does not compile")?;
    typed.value.ok_or_else(|| fault("the condition was not compiled".to_string()))
}

/// Where no project is named there are no tables at all.
fn without_tables(found: &mut Diagnostic, sources: &Sources) {
    if found.code == Code::UnknownTable && sources.iter().count() == 1 {
        found.message = "there are no lookup tables without a project".to_string();
        found.help = Some("name the project that has it: --project FOLDER".to_string());
    }
}

fn fields(args: &EventsArgs, catalogue: &Catalogue, style: Style) -> Result<Vec<Column>, Failure> {
    if args.count_by.is_empty() {
        return Ok(Vec::new());
    }
    let typed = search::fields("--count-by", &args.count_by.join(","), catalogue);
    report::need(&typed.diagnostics, &typed.sources, style, "the fields to count by are not understood")?;
    let fields = typed.value.unwrap_or_default();
    if fields.len() > FIELDS {
        let message = format!("{} fields to count by; at most {FIELDS} are counted together", fields.len());
        return Err(Failure::unusable(message, "count by some of them, or run the command several times"));
    }
    let mut names = vec![count::COUNT];
    for field in &fields {
        if names.contains(&field.name.as_str()) {
            let message = format!("`{}` is there twice among the names of the counts", field.name);
            return Err(Failure::unusable(message, "name each field once; the count itself is `count`"));
        }
        names.push(&field.name);
    }
    Ok(fields)
}
