//! Searching events: a condition that stands alone, and fields that are asked for by their names.
//!
//! In: what somebody typed, perhaps rules that run before, and events. Out: whether an event meets the condition, and what it holds in
//! each field, both as an alert would see it: the agent's event, `msg.*` as the normaliser makes it, and what the rules before set. Never
//! here: where rules come from, what else they do, printing.
//!
//! Findings have their places in the text that was typed, and nothing else: it is a source of its own.

mod fields;
mod tags;

pub use fields::{Column, What, fields};

use crate::ast::{Arm, At, Base, CondKind, Definition, Operand, Operator, Rule, RuleKind, Stmt, StmtKind};
use crate::bytecode::{self, Invalid};
use crate::check::{self, Context};
use crate::diagnostic::{self, Diagnostic};
use crate::event::{EventView, FieldPath, Layout, Raw, Slot, Value, json, write};
use crate::origin::{Origin, Sources};
use crate::source::text::parse_condition;
use crate::sysmon::Catalogue;
use crate::sysmon::normalise;
use crate::vm::{Cells, Derivation, Effect, Machine, Normalised, Options, Prepared, sources};

/// The only thing that the rule around a condition does.
const FOUND: &str = "the condition that was typed";

/// What came of a text that was typed.
#[derive(Debug)]
pub struct Typed<T> {
    /// What it means; `None`: there is an error among the findings.
    pub value: Option<T>,
    /// The text, for the places of the findings.
    pub sources: Sources,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a condition that stands alone. `name` is what people know the text by, such as `--where`.
///
/// ```
/// use blocksieve::{check::Context, dialect::AgentVersion, search, sysmon::Catalogue};
/// let catalogue = Catalogue::standard();
/// let context = Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], templates: None, today: None };
/// let typed = search::condition("search", "QueryName ends with '.example.org'", &context).unwrap();
/// assert!(typed.value.is_some() && typed.diagnostics.is_empty());
/// ```
///
/// # Errors
///
/// The verifier refuses what was compiled: a fault of this program.
pub fn condition(name: &str, text: &str, context: &Context<'_>) -> Result<Typed<Prepared>, Invalid> {
    condition_behind(Vec::new(), Sources::default(), name, text, context)
}

/// Compiles a condition that is asked behind the classify rules among these, whose texts are `sources`. Of findings in them only errors
/// are told.
///
/// # Errors
///
/// The verifier refuses what was compiled: a fault of this program.
pub fn condition_behind(
    mut rules: Vec<Definition>,
    mut sources: Sources,
    name: &str,
    text: &str,
    context: &Context<'_>,
) -> Result<Typed<Prepared>, Invalid> {
    let source = sources.add(name, text);
    let (mut definition, condition, mut diagnostics) = parse_condition(source, text);
    let mut value = None;
    if let Some(condition) = condition.filter(|_| !diagnostics.iter().any(Diagnostic::is_error)) {
        let condition = tags::with_stored(&mut definition, condition);
        tag_where(&mut definition, condition);
        for definition in &mut rules {
            definition.rules.retain(|rule| rule.kind == RuleKind::Classify);
        }
        rules.push(definition);
        let checked = check::check(&rules, context);
        let told = |found: &Diagnostic| found.is_error() || found.primary.origin.source == source;
        diagnostics.extend(checked.diagnostics.into_iter().filter(told));
        diagnostic::sort(&mut diagnostics);
        if !diagnostics.iter().any(Diagnostic::is_error) {
            value = Some(Prepared::new(bytecode::compile(&checked.program, &sources))?);
        }
    }
    Ok(Typed { value, sources, diagnostics })
}

/// Puts a rule around a condition.
fn tag_where(definition: &mut Definition, cond: crate::ast::CondId) {
    let origin = Origin::whole(definition.source);
    let stmt = |kind| Stmt { kind, disabled: false, comments: Vec::new(), origin };
    let tag = definition.add_stmt(stmt(StmtKind::Tag(vec![At::new(FOUND.to_string(), origin)])));
    let body = definition.add_stmt(stmt(StmtKind::If { arms: vec![Arm { cond, body: vec![tag] }], otherwise: None }));
    definition.rules.push(Rule {
        // Behind all classify rules, whichever of them stops the others.
        kind: RuleKind::Alert,
        name: At::new(FOUND.to_string(), origin),
        disabled: false,
        meta: Vec::new(),
        body: vec![body],
        comments: Vec::new(),
        origin,
    });
}

/// Does a condition ask for what only rules set: tags, `msg.group`, `msg.dataset`?
pub fn asks_for_rules(text: &str) -> bool {
    let (definition, ..) = parse_condition(Sources::default().add("", text), text);
    let set = |operand: &Operand| matches!(&operand.base, Base::Field(field) if only_rules_set(&field.name));
    definition.conds.iter().any(|cond| match &cond.kind {
        CondKind::Test(test) => {
            let others = test.args.operands();
            test.op.value == Operator::HasTag || set(&test.subject) || others.iter().any(set)
        }
        CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Const(_) => false,
    })
}

/// Is it a field that no event brings and the normaliser does not make?
pub fn only_rules_set(field: &str) -> bool {
    normalise::is_of_rules(field)
}

/// What a condition says of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// A value that was read is malformed.
    Damaged,
    /// A value that was read is beyond a limit: this one.
    Failed(&'static str),
}

/// A condition, or none, and fields, asked of one event after the other.
pub struct Search<'p> {
    machine: Option<Machine<'p>>,
    prepared: Option<&'p Prepared>,
    layout: Layout,
    columns: Vec<(What, Vec<Slot>)>,
    derivation: Derivation,
    cells: Cells,
}

impl<'p> Search<'p> {
    /// Asks for a condition, if there is one, and for these fields. `None`: more fields than a layout can hold.
    pub fn new(condition: Option<&'p Prepared>, fields: &[Column], catalogue: &Catalogue) -> Option<Self> {
        let mut layout = condition.map_or_else(Layout::new, |prepared| prepared.module().layout.clone());
        let mut columns = Vec::with_capacity(fields.len());
        for column in fields {
            let mut slots = Vec::with_capacity(column.fields.len());
            for field in &column.fields {
                // What the normaliser derives of a field is found fast where that field is at hand.
                for source in sources(&field.paths, catalogue) {
                    layout.slot(source)?;
                }
                slots.push(layout.slot(field.clone())?);
            }
            columns.push((column.what, slots));
        }
        let derivation = Derivation::new(&layout);
        let cells = Cells::new(&derivation);
        Some(Self { machine: condition.map(Machine::new), prepared: condition, layout, columns, derivation, cells })
    }

    /// The fields that views must be made for.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The slot at which views will have what stands at this path of the agent's event.
    pub fn slot(&mut self, path: &str) -> Option<Slot> {
        self.layout.slot(FieldPath { name: path.to_string(), paths: vec![path.to_string()] })
    }

    /// Does the event meet the condition? Where there is none, it does.
    pub fn asks(&mut self, view: &dyn EventView) -> Answer {
        let Some(machine) = &mut self.machine else { return Answer::Yes };
        let outcome = machine.decide(view, Options::default());
        // The condition is the last of the rules. Where one before it failed, nobody knows what it would have set.
        let last = self.prepared.and_then(|prepared| prepared.module().rules.len().checked_sub(1));
        let mut rules = outcome.effects.iter().map(Effect::rule);
        match outcome.failures.first() {
            _ if outcome.damaged() => Answer::Damaged,
            Some(failure) => Answer::Failed(failure.fault.text()),
            None if rules.any(|rule| Some(rule as usize) == last) => Answer::Yes,
            None => Answer::No,
        }
    }

    /// Why a test of the condition could not be decided for the event that was asked last: the form that it came in lost the field.
    pub fn undecidable(&self) -> Option<&'static str> {
        let last = self.prepared?.module().rules.len().checked_sub(1)?;
        let all = &self.machine.as_ref()?.outcome().undecidable;
        all.iter().find(|(rule, ..)| *rule as usize == last).map(|(.., why)| *why)
    }

    /// What the event holds in each of the fields, as text: of a list every member that is there, each once; nothing where the field is
    /// absent or null. What rules have set counts, once [`Search::asks`] has asked the event. `false`: a value is malformed.
    pub fn texts(&mut self, view: &dyn EventView, texts: &mut Vec<Vec<String>>) -> bool {
        self.cells.next_event();
        let seen = Normalised::new(view, &self.derivation, &self.cells);
        texts.resize_with(self.columns.len(), Vec::new);
        let effects = self.machine.as_ref().zip(self.prepared).map(|(machine, prepared)| (machine.outcome(), prepared));
        for ((what, slots), texts) in self.columns.iter().zip(texts) {
            texts.clear();
            if let What::Tags { agents } = what {
                let behind = effects.filter(|(_, prepared)| prepared.module().rules.len() > 1);
                let [stored, sent] = slots.as_slice() else { continue };
                // Those that the log manager stored count as set before; the agent's count where no rules run.
                let well = if view.is_stored() {
                    push(seen.raw(*stored), texts)
                } else {
                    behind.is_some() || !agents || push(seen.raw(*sent), texts)
                };
                if !well {
                    return false;
                }
                if let Some((outcome, prepared)) = behind {
                    texts.retain(|tag| outcome.effects.tag(prepared.module(), tag, false) != Some(false));
                    let set = outcome.effects.tags(prepared.module());
                    texts.extend(set.into_iter().filter(|tag| *tag != FOUND).map(String::from));
                }
            }
            let slots = if *what == What::Fields { slots.as_slice() } else { &[] };
            for slot in slots {
                let paths = self.layout.get(*slot).map_or(&[][..], |field| &field.paths);
                let written =
                    effects.and_then(|(outcome, prepared)| outcome.effects.written(prepared.module(), *slot, paths));
                let raw = match written {
                    Some(value) => value.map_or(Raw::Absent, Value::raw),
                    None => seen.raw(*slot),
                };
                if !push(raw, texts) {
                    return false;
                }
            }
            let mut known = rustc_hash::FxHashSet::default();
            texts.retain(|text| known.insert(text.clone()));
        }
        true
    }
}

/// Adds the texts of a value.
fn push(raw: Raw<'_>, texts: &mut Vec<String>) -> bool {
    match raw {
        Raw::Absent | Raw::Null => {}
        Raw::Bool(value) => texts.push(value.to_string()),
        Raw::Number(number) => texts.push(number.text()),
        Raw::Text(text) => texts.push(text.to_string()),
        Raw::Json(inside) => {
            let mut text = String::new();
            if json::decode_string(inside, &mut text).is_err() {
                return false;
            }
            texts.push(text);
        }
        Raw::List(list) => {
            // A list in a list is one value.
            for member in list.members() {
                let whole = matches!(member, Raw::List(_)).then(|| member.to_value());
                match whole {
                    Some(Ok(Some(value))) => texts.push(write::json(&value)),
                    Some(Ok(None)) => {}
                    Some(Err(_)) => return false,
                    None if push(member, texts) => {}
                    None => return false,
                }
            }
        }
        Raw::Map(_) => match raw.to_value() {
            Ok(value) => texts.extend(value.as_ref().map(write::json)),
            Err(_) => return false,
        },
        Raw::Malformed => return false,
    }
    true
}

/// A scalar as text: borrowed where it stands ready, else put together in the buffer.
pub fn text<'t>(raw: Raw<'t>, buffer: &'t mut String) -> Option<&'t str> {
    match raw {
        Raw::Text(text) => Some(text),
        Raw::Json(inside) => json::text(inside, buffer).ok(),
        Raw::Number(number) => {
            *buffer = number.text();
            Some(buffer)
        }
        Raw::Bool(true) => Some("true"),
        Raw::Bool(false) => Some("false"),
        Raw::Absent | Raw::Null | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::AgentVersion;
    use crate::event::MapView;

    const EVENT: &str = r#"{"@timestamp":"2024-01-31T10:00:00Z","tags":["a","b","a"],"empty":null,"count":7,"odd name":true,
        "winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{"Image":"C:\\a.exe",
        "RuleName":"T1055,T1003.001","Hashes":"MD5=00112233445566778899AABBCCDDEEFF","nested":[["x",1],{"y":2}]}}}"#;

    fn asked(text: &str) -> Answer {
        let catalogue = Catalogue::standard();
        let context =
            Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], templates: None, today: None };
        let typed = condition("search", text, &context).unwrap();
        let prepared = typed.value.unwrap();
        let mut search = Search::new(Some(&prepared), &[], &catalogue).unwrap();
        let Ok(Value::Map(event)) = json::parse(EVENT.as_bytes()) else { panic!("no map") };
        let layout = search.layout().clone();
        search.asks(&MapView::new(&layout, &event))
    }

    /// Finding by finding: the code, and the part of the text that it is about.
    fn found(text: &str) -> Vec<String> {
        let catalogue = Catalogue::standard();
        let context =
            Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], templates: None, today: None };
        let typed = condition("search", text, &context).unwrap();
        let about = |d: &Diagnostic| d.primary.origin.as_span().and_then(|span| text.get(span.range())).unwrap_or("*");
        assert_eq!(typed.value.is_none(), typed.diagnostics.iter().any(Diagnostic::is_error), "{text}");
        typed.diagnostics.iter().map(|d| format!("{} {}", d.code, about(d))).collect()
    }

    fn values(names: &str) -> Vec<Vec<String>> {
        let catalogue = Catalogue::standard();
        let fields = fields("fields", names, &catalogue).value.unwrap();
        let mut search = Search::new(None, &fields, &catalogue).unwrap();
        let Ok(Value::Map(event)) = json::parse(EVENT.as_bytes()) else { panic!("no map") };
        let layout = search.layout().clone();
        let mut texts = Vec::new();
        assert!(search.texts(&MapView::new(&layout, &event), &mut texts));
        texts
    }

    #[test]
    fn a_condition_sees_what_a_classify_rule_sees() {
        for yes in [
            "Image ends with 'A.EXE'",
            "event is sysmon.process_create and not User exists",
            "msg.technique == 'T1003.001'",
            "hash MD5 == '00112233445566778899aabbccddeeff'",
            "any field contains 'a.exe' // as typed",
            "some of winlog.event_data.nested { y == 2 }",
        ] {
            assert_eq!(asked(yes), Answer::Yes, "{yes}");
        }
        for no in
            ["Image == 'x'", "event is sysmon.dns_query", "msg.technique_name exists", "not Image exists", "false"]
        {
            assert_eq!(asked(no), Answer::No, "{no}");
        }
    }

    #[test]
    fn findings_stand_in_what_was_typed() {
        let table: &[(&str, &[&str])] = &[
            ("Imag == 'x'", &["BS0200 Imag"]),
            ("a exists and event is sysmon.dns", &["BS0200 a", "BS0202 sysmon.dns"]),
            ("Image = 'x'", &["BS0100 ="]),
            ("Image == 'x' drop", &["BS0100 drop"]),
            ("(Image == 'x'", &["BS0103 ("]),
            ("Image matches '('", &["BS0302 ("]),
            ("Image in table 'x'", &["BS0203 'x'"]),
            ("filter \"x\" { drop }", &["BS0100 filter"]),
            ("  \n // nothing", &["BS0100 *"]),
        ];
        for (text, findings) in table {
            assert_eq!(found(text), *findings, "{text}");
        }
    }

    #[test]
    fn fields_give_their_texts_each_once() {
        let table: &[(&str, &[&str])] = &[
            ("Image", &[r"C:\a.exe"]),
            ("tags", &["a", "b"]),
            ("msg.technique", &["T1055", "T1003.001"]),
            ("msg.hash_md5", &["00112233445566778899AABBCCDDEEFF"]),
            ("msg.action", &["Process Create"]),
            ("msg.image", &[r"C:\a.exe"]),
            ("msg.nothing", &[]),
            ("empty", &[]),
            ("count", &["7"]),
            ("odd name", &["true"]),
            ("winlog.event_data.nested", &[r#"["x",1]"#, r#"{"y":2}"#]),
        ];
        for (name, texts) in table {
            assert_eq!(values(name), [texts.iter().map(|text| (*text).to_string()).collect::<Vec<_>>()], "{name}");
        }
        assert_eq!(values(" EventID , Image"), [vec!["1".to_string()], vec![r"C:\a.exe".to_string()]]);
    }

    #[test]
    fn unknown_fields_are_warned_of_and_empty_ones_refused() {
        let catalogue = Catalogue::standard();
        let codes = |text: &str| {
            let typed = fields("fields", text, &catalogue);
            let span = |d: &Diagnostic| d.primary.origin.as_span().map_or(0, |span| span.start);
            (
                typed.value.is_some(),
                typed.diagnostics.iter().map(|d| format!("{} {}", d.code, span(d))).collect::<Vec<_>>(),
            )
        };
        assert_eq!(codes("Image, Imag"), (true, vec!["BS0200 7".to_string()]));
        assert_eq!(codes("Image,,EventID"), (false, vec!["BS0211 6".to_string()]));
    }
}
