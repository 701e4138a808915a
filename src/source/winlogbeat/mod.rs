//! The agent's own filters, read as rules.
//!
//! In: the text of a `winlogbeat.yml`, or a list of processors alone. Out: a filter for each processor of a list, in order, with strict tests of the
//! agent's version; and what was found. Never here: an approximation. A processor that the language cannot say is reported, and kept as a comment
//! before the next rule.
//!
//! | in the configuration | here |
//! | --- | --- |
//! | a processor | a filter of its own |
//! | the comment lines above it | the first is its name, the others its reason, without `Reason:` |
//! | `if` with nothing but drops in it, one of them with a comment | a filter each: so this program writes filters with the same guards |
//! | no comment | the name is `line 12: drop_event` |
//! | processors of an event log | run first, behind `winlog.channel == NAME`; behind a pattern that ignores case, where Windows may write the name otherwise |
//! | processors of `ForwardedEvents`, of a saved log | run first, and ask every event, with a warning: what is read there keeps the channel it came from |
//! | `drop_fields`, `add_tags` | `remove field`, `tag`; a set of tags has each once |
//! | `add_fields`, `add_tags` to another list, anything else | cannot be said |
//! | `drop_fields` in a branch, with something behind it | cannot be said, unless its condition asks whether the fields are there: a missing field would end the branch |
//! | a filter that can drop Sysmon's own events | gets `allow tamper events`, with a warning |
//! | `event_id`, `level`, ... of an event log | reported: they select before any filter |

mod channel;
mod conditions;
mod drops;
mod lints;
mod values;

use crate::ast::{
    Arm, At, Cond, CondId, CondKind, Definition, FieldRef, Meta, MetaKey, MetaValue, Rule, RuleKind, Stmt, StmtId,
    StmtKind,
};
use crate::check::{self, Context};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::libbeat::config::{self, Action, Entry, EventLog};
use crate::libbeat::{Condition, Processor};
use crate::origin::{Origin, SourceId};
use crate::sysmon::Catalogue;

/// Reads the configuration of an agent of this version as filters.
pub fn read(source: SourceId, text: &str, version: AgentVersion) -> (Definition, Vec<Diagnostic>) {
    let (config, findings) = config::read(source, text, version);
    let findings = lints::findings(&config, text, version, findings);
    let definition = Definition::new(source);
    let (names, kept, catalogue) = (Vec::new(), Vec::new(), Catalogue::standard());
    let lines = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut importer = Importer { definition, findings, version, text, lines, names, kept, catalogue };
    for log in &config.event_logs {
        importer.selections(log);
        importer.any_channel(log);
        for entry in &log.processors {
            importer.entry(entry, Some(log));
        }
    }
    for entry in &config.processors {
        importer.entry(entry, None);
    }
    importer.definition.comments = std::mem::take(&mut importer.kept);
    importer.allow_tamper_events();
    crate::diagnostic::sort(&mut importer.findings);
    (importer.definition, importer.findings)
}

struct Importer<'t> {
    definition: Definition,
    findings: Vec<Diagnostic>,
    version: AgentVersion,
    text: &'t str,
    /// Where its lines end.
    lines: Vec<usize>,
    names: Vec<String>,
    /// Lines of what could not be said, for the next rule.
    kept: Vec<String>,
    catalogue: Catalogue,
}

/// Why something cannot be said, and where it is.
struct Unsaid {
    what: String,
    origin: Origin,
}

fn unsaid<T>(what: impl Into<String>, origin: Origin) -> Result<T, Unsaid> {
    Err(Unsaid { what: what.into(), origin })
}

impl Importer<'_> {
    fn selections(&mut self, log: &EventLog) {
        let found = [
            ("event_id", log.event_id.as_ref().map(|found| found.origin)),
            ("level", log.level.as_ref().map(|found| found.origin)),
            ("provider", log.provider.first().map(|found| found.origin)),
            ("ignore_older", log.ignore_older.as_ref().map(|found| found.origin)),
            ("xml_query", log.xml_query.as_ref().map(|found| found.origin)),
        ];
        for (name, origin) in found {
            let Some(origin) = origin else { continue };
            self.findings.push(
                Diagnostic::new(
                    Code::AgentNotRead,
                    origin,
                    format!("`{name}` selects events before any processor sees them, and is not part of the rules"),
                )
                .help("leave it in the agent's configuration"),
            );
        }
    }

    /// Says of the processors of a log in which events of other channels stand that nothing guards them.
    fn any_channel(&mut self, log: &EventLog) {
        let Some(name) = log.name.as_ref().filter(|name| channel::guard(&name.value).is_none()) else { return };
        if log.processors.is_empty() {
            return;
        }
        self.findings.push(
            Diagnostic::new(
                Code::AgentNotRead,
                name.origin,
                format!(
                    "events read from `{}` keep the channel that they came from: its filters ask every event here",
                    name.value
                ),
            )
            .help("if they are meant for one channel only, say so in each: `Channel == 'Security' and …`"),
        );
    }

    fn entry(&mut self, entry: &Entry, log: Option<&EventLog>) {
        match named_drops(entry) {
            Some(drops) => drops.into_iter().for_each(|(around, drop)| self.one(drop, &around, log)),
            None => self.one(entry, &[], log),
        }
    }

    /// One filter, behind the conditions of the branches around it.
    fn one(&mut self, entry: &Entry, around: &[&Entry], log: Option<&EventLog>) {
        // What an entry that cannot be said has made already is left in the arenas, where nothing leads to it.
        match self.rule(entry, around, log) {
            Ok(rule) => self.definition.rules.push(rule),
            Err(Unsaid { what, origin }) => {
                // What the reader does not understand it has reported.
                if !matches!(entry.action, Action::Other { .. }) {
                    self.findings.push(
                        Diagnostic::new(Code::AgentNotRead, origin, format!("no rule can say {what}"))
                            .help("the processor is kept as a comment; leave it in the agent's configuration"),
                    );
                }
                let text = entry.origin.as_span().and_then(|span| self.text.get(span.range())).unwrap_or_default();
                self.kept.extend(text.lines().map(str::to_string));
            }
        }
    }

    fn rule(&mut self, entry: &Entry, around: &[&Entry], log: Option<&EventLog>) -> Result<Rule, Unsaid> {
        let origin = entry.origin;
        let mut body = match around {
            [] => self.statements(entry, true)?,
            around => vec![self.drop_behind(entry, around)?],
        };
        if let Some(log) = log {
            let Some(name) = &log.name else { return unsaid("which channel an `xml_query` reads", log.origin) };
            if let Some(guard) = channel::guard(&name.value) {
                let cond = self.condition(&guard, None, name.origin)?;
                body = vec![self.guarded(cond, body, origin)];
            }
        }
        let (name, reason) = self.name(entry);
        let meta =
            reason.into_iter().map(|reason| Meta { key: MetaKey::Reason, value: MetaValue::Text(reason), origin });
        Ok(Rule {
            kind: RuleKind::Filter,
            name: At::new(name, origin),
            disabled: false,
            meta: meta.collect(),
            body,
            comments: std::mem::take(&mut self.kept),
            origin,
        })
    }

    /// A drop inside of branches, with all conditions in one.
    fn drop_behind(&mut self, entry: &Entry, around: &[&Entry]) -> Result<StmtId, Unsaid> {
        let origin = entry.origin;
        let mut all = Vec::new();
        for entry in around.iter().copied().chain([entry]) {
            let condition = match &entry.action {
                Action::If { condition, .. } => Some(condition),
                Action::Simple(Processor::DropEvent { when }) => when.as_ref(),
                Action::Simple(_) | Action::Other { .. } => None,
            };
            let Some(condition) = condition else { continue };
            let cond = self.condition(condition, entry.when.as_ref(), entry.origin)?;
            all.extend(self.joined_by_and(cond));
        }
        let cond = match all.as_slice() {
            [one] => *one,
            _ => self.add(CondKind::And(all), origin),
        };
        let drop = self.statement(StmtKind::Drop, origin);
        Ok(self.guarded(cond, vec![drop], origin))
    }

    /// The first comment line, or what the processor is; and the other lines.
    fn name(&mut self, entry: &Entry) -> (String, Option<String>) {
        let mut lines = entry.comments.iter().map(|comment| comment.value.trim()).filter(|line| !line.is_empty());
        let strip = |line: &str| line.strip_prefix("Reason:").map_or(line, str::trim_start).to_string();
        let first = lines.next().filter(|line| !line.starts_with("Reason:"));
        let rest: Vec<String> = match first {
            Some(_) => lines.map(strip).collect(),
            None => entry
                .comments
                .iter()
                .map(|comment| strip(comment.value.trim()))
                .filter(|line| !line.is_empty())
                .collect(),
        };
        let what = match &entry.action {
            Action::Simple(Processor::DropEvent { .. }) => "drop_event",
            Action::Simple(Processor::DropFields { .. } | Processor::DropFieldsIfThere { .. }) => "drop_fields",
            Action::Simple(Processor::AddTags { .. }) => "add_tags",
            Action::Simple(Processor::AddFields { .. }) => "add_fields",
            Action::Simple(Processor::If { .. }) | Action::If { .. } => "if",
            Action::Other { name, .. } => name,
        };
        let start = entry.origin.as_span().map_or(0, |span| span.start as usize);
        let line = self.lines.partition_point(|end| *end < start) + 1;
        let name = first.map_or_else(|| format!("line {line}: {what}"), str::to_string);
        let taken = |name: &String| self.names.contains(name);
        let free = (2..).map(|n| format!("{name} ({n})")).find(|name| !taken(name));
        let name = if taken(&name) { free.unwrap_or(name) } else { name };
        self.names.push(name.clone());
        (name, (!rest.is_empty()).then(|| rest.join(" ")))
    }

    fn statement(&mut self, kind: StmtKind, origin: Origin) -> StmtId {
        self.definition.add_stmt(Stmt { kind, disabled: false, comments: Vec::new(), origin })
    }

    fn guarded(&mut self, cond: CondId, body: Vec<StmtId>, origin: Origin) -> StmtId {
        self.statement(StmtKind::If { arms: vec![Arm { cond, body }], otherwise: None }, origin)
    }

    /// What an entry does. `last`: nothing runs behind it that an error of it would keep from running.
    fn statements(&mut self, entry: &Entry, last: bool) -> Result<Vec<StmtId>, Unsaid> {
        let origin = entry.origin;
        let (statement, when) = match &entry.action {
            Action::Simple(Processor::DropEvent { when }) => (self.statement(StmtKind::Drop, origin), when),
            Action::Simple(Processor::DropFields { fields, when }) => {
                if !last && !are_there(fields, when.as_ref()) {
                    return unsaid("that a missing field ends the branch", origin);
                }
                (self.removal(fields, origin)?, when)
            }
            Action::Simple(Processor::DropFieldsIfThere { fields, when }) => (self.removal(fields, origin)?, when),
            Action::Simple(Processor::AddTags { tags, target, when }) if target == "tags" => {
                let tags = tags.iter().map(|tag| At::new(tag.clone(), origin)).collect();
                (self.statement(StmtKind::Tag(tags), origin), when)
            }
            Action::Simple(Processor::AddTags { target, .. }) => {
                return unsaid(format!("tags in the list `{target}`"), origin);
            }
            Action::Simple(Processor::AddFields { .. }) => return unsaid("that a filter sets fields", origin),
            Action::Simple(Processor::If { .. }) => return unsaid("this", origin),
            Action::If { condition, then, otherwise } => {
                let cond = self.condition(condition, entry.when.as_ref(), origin)?;
                let body = self.branch(then, last)?;
                let otherwise = if otherwise.is_empty() { None } else { Some(self.branch(otherwise, last)?) };
                let kind = StmtKind::If { arms: vec![Arm { cond, body }], otherwise };
                return Ok(vec![self.statement(kind, origin)]);
            }
            Action::Other { name, .. } => return unsaid(format!("what `{name}` does"), origin),
        };
        match when {
            None => Ok(vec![statement]),
            Some(condition) => {
                let cond = self.condition(condition, entry.when.as_ref(), origin)?;
                Ok(vec![self.guarded(cond, vec![statement], origin)])
            }
        }
    }

    fn branch(&mut self, entries: &[Entry], last: bool) -> Result<Vec<StmtId>, Unsaid> {
        let mut body = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            body.extend(self.statements(entry, last && at + 1 == entries.len())?);
        }
        Ok(body)
    }

    fn removal(&mut self, fields: &[String], origin: Origin) -> Result<StmtId, Unsaid> {
        let gone = |field: &&String| !matches!(field.as_str(), "type" | "@timestamp");
        let fields: Vec<FieldRef> =
            fields.iter().filter(gone).map(|name| self.field(name, origin)).collect::<Result<_, _>>()?;
        if fields.is_empty() {
            return unsaid("a removal of nothing", origin);
        }
        Ok(self.statement(StmtKind::Remove(fields), origin))
    }

    /// A field under the very path that the configuration has: a short name of ours would be another one.
    fn field(&self, name: &str, origin: Origin) -> Result<FieldRef, Unsaid> {
        let resolved = self.catalogue.resolve(name).path.paths;
        if resolved.first().is_none_or(|path| path != name) || name.is_empty() {
            return unsaid(format!("the field `{name}`, which is another one here"), origin);
        }
        Ok(FieldRef { name: name.to_string(), origin })
    }

    fn add(&mut self, kind: CondKind, origin: Origin) -> CondId {
        self.definition.add_cond(Cond { kind, comments: Vec::new(), origin })
    }

    /// Says of rules that can drop Sysmon's own events that they may: the agent's configuration does it too.
    fn allow_tamper_events(&mut self) {
        let context =
            Context { catalogue: &self.catalogue, agent: self.version, tables: &[], templates: None, today: None };
        let checked = check::check(std::slice::from_ref(&self.definition), &context);
        for finding in checked.diagnostics.iter().filter(|finding| finding.code == Code::TamperEvents) {
            let Some(place) = finding.primary.origin.as_span() else { continue };
            let inside = |rule: &&mut Rule| {
                rule.origin.as_span().is_some_and(|span| span.start <= place.start && place.end <= span.end)
            };
            let Some(rule) = self.definition.rules.iter_mut().find(inside) else { continue };
            if rule.meta.iter().any(|meta| meta.key == MetaKey::AllowTamperEvents) {
                continue;
            }
            let origin = rule.origin;
            rule.meta.push(Meta { key: MetaKey::AllowTamperEvents, value: MetaValue::Flag, origin });
            self.findings.push(
                Diagnostic::new(
                    Code::TamperAllowed,
                    origin,
                    format!("the filter `{}` can drop Sysmon's own events, and says so now", rule.name.value),
                )
                .help("name the event that is meant, and take `allow tamper events` out"),
            );
        }
    }
}

/// Does the condition make sure that all these fields are there, so that taking them away is no error?
fn are_there(fields: &[String], when: Option<&Condition>) -> bool {
    match when {
        Some(Condition::HasFields(there)) => fields.iter().all(|field| there.contains(field)),
        Some(Condition::And(members)) => members.iter().any(|member| are_there(fields, Some(member))),
        Some(
            Condition::True
            | Condition::Equals(..)
            | Condition::Contains(..)
            | Condition::Regexp(..)
            | Condition::Range(..)
            | Condition::Network(..)
            | Condition::Or(_)
            | Condition::Not(_),
        )
        | None => false,
    }
}

/// A drop, and the branches around it.
type Drop<'e> = (Vec<&'e Entry>, &'e Entry);

/// The drops in the branches of an entry, where it has nothing else in them and one of them has a name: each is a filter that was put together with
/// others. The order of drops says nothing, and none of them changes what a later one asks.
fn named_drops(entry: &Entry) -> Option<Vec<Drop<'_>>> {
    let mut drops = Vec::new();
    let only_drops = matches!(entry.action, Action::If { .. }) && collect(entry, &mut Vec::new(), &mut drops);
    (only_drops && drops.iter().any(|(_, drop)| !drop.comments.is_empty())).then_some(drops)
}

/// Does an entry do nothing but drop? Branches nest as deep as the reader of YAML lets them.
fn collect<'e>(entry: &'e Entry, around: &mut Vec<&'e Entry>, drops: &mut Vec<Drop<'e>>) -> bool {
    match &entry.action {
        Action::Simple(Processor::DropEvent { .. }) => {
            drops.push((around.clone(), entry));
            true
        }
        Action::If { then, otherwise, .. } if otherwise.is_empty() => {
            around.push(entry);
            let only_drops = then.iter().all(|inner| collect(inner, around, drops));
            around.pop();
            only_drops
        }
        Action::Simple(_) | Action::If { .. } | Action::Other { .. } => false,
    }
}

#[cfg(test)]
mod tests;
