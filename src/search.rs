//! Searching events: a condition that stands alone, and fields that are asked for by their names.
//!
//! In: what somebody typed, and events. Out: whether an event meets the condition, and what it holds in each field, both as a classify
//! rule would see it: the agent's event, and `msg.*` as the normaliser makes it. Never here: rules that people keep, effects,
//! printing.
//!
//! Findings have their places in the text that was typed, and nothing else: it is a source of its own.

use crate::ast::{Arm, At, Definition, Rule, RuleKind, Stmt, StmtKind};
use crate::bytecode::{self, Invalid};
use crate::check::{self, Context, unknown_field};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::event::{EventView, FieldPath, Layout, Raw, Slot, json, write};
use crate::origin::{Origin, SourceId, Sources, Span};
use crate::source::text::parse_condition;
use crate::sysmon::normalise::Derived;
use crate::sysmon::{self, Catalogue};
use crate::vm::{Cells, Derivation, Machine, Normalised, Options, Prepared};

/// The only thing that the rule around a condition does.
const FOUND: &str = "found";

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

/// Compiles a condition. `name` is what people know the text by, such as `--where`.
///
/// ```
/// use blocksieve::{check::Context, dialect::AgentVersion, search, sysmon::Catalogue};
/// let catalogue = Catalogue::standard();
/// let context = Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], today: None };
/// let typed = search::condition("search", "QueryName ends with '.example.org'", &context).unwrap();
/// assert!(typed.value.is_some() && typed.diagnostics.is_empty());
/// ```
///
/// # Errors
///
/// The verifier refuses what was compiled: a fault of this program.
pub fn condition(name: &str, text: &str, context: &Context<'_>) -> Result<Typed<Prepared>, Invalid> {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let (mut definition, condition, mut diagnostics) = parse_condition(source, text);
    let mut value = None;
    if let Some(condition) = condition.filter(|_| !diagnostics.iter().any(Diagnostic::is_error)) {
        tag_where(&mut definition, condition);
        let checked = check::check(std::slice::from_ref(&definition), context);
        diagnostics.extend(checked.diagnostics);
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
        kind: RuleKind::Classify,
        name: At::new(FOUND.to_string(), origin),
        disabled: false,
        meta: Vec::new(),
        body: vec![body],
        comments: Vec::new(),
        origin,
    });
}

/// Looks up fields by their names, with commas between them, as rules do. Names that the catalogue does not know are warned of.
pub fn fields(name: &str, text: &str, catalogue: &Catalogue) -> Typed<Vec<FieldPath>> {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let (mut fields, mut diagnostics) = (Vec::new(), Vec::new());
    let mut start = 0;
    for part in text.split(',') {
        let at = start + (part.len() - part.trim_start().len());
        start += part.len() + 1;
        let field = part.trim();
        let origin = place(source, at, field.len());
        if field.is_empty() {
            let finding = Diagnostic::new(Code::EmptyName, origin, "the field has no name");
            diagnostics.push(finding.help("write names of fields with commas between them: EventID,Image"));
            continue;
        }
        let resolved = catalogue.resolve(field);
        let (mut path, normalised) = (resolved.path, resolved.def.is_some_and(|def| def.normalised));
        if normalised || field.starts_with("msg.") {
            if !path.paths.iter().any(|path| path == field) {
                path.paths.insert(0, field.to_string());
            }
        } else if resolved.def.is_none() && !field.contains(char::is_whitespace) && !sysmon::known_elsewhere(field) {
            diagnostics.push(unknown_field(catalogue, field, origin));
        }
        fields.push(path);
    }
    let value = (!diagnostics.iter().any(Diagnostic::is_error)).then_some(fields);
    Typed { value, sources, diagnostics }
}

fn place(source: SourceId, at: usize, length: usize) -> Origin {
    Origin::span(source, Span::new(at, at + length))
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
    layout: Layout,
    columns: Vec<Slot>,
    derivation: Derivation,
    cells: Cells,
}

impl<'p> Search<'p> {
    /// Asks for a condition, if there is one, and for these fields. `None`: more fields than a layout can hold.
    pub fn new(condition: Option<&'p Prepared>, fields: &[FieldPath], catalogue: &Catalogue) -> Option<Self> {
        let mut layout = condition.map_or_else(Layout::new, |prepared| prepared.module().layout.clone());
        let mut columns = Vec::with_capacity(fields.len());
        for field in fields {
            // What the normaliser derives of a field is found fast where that field is at hand.
            if let [path] = field.paths.as_slice()
                && let Some(source) = Derived::of(path).and_then(Derived::source)
            {
                layout.slot(catalogue.resolve(source).path)?;
            }
            columns.push(layout.slot(field.clone())?);
        }
        let derivation = Derivation::new(&layout);
        let cells = Cells::new(&derivation);
        Some(Self { machine: condition.map(Machine::new), layout, columns, derivation, cells })
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
        match outcome.failures.first() {
            _ if outcome.damaged() => Answer::Damaged,
            Some(failure) => Answer::Failed(failure.fault.text()),
            None if outcome.effects.iter().next().is_some() => Answer::Yes,
            None => Answer::No,
        }
    }

    /// Why a test of the condition could not be decided for the event that was asked last: the form that it came in lost the field.
    pub fn undecidable(&self) -> Option<&'static str> {
        self.machine.as_ref()?.outcome().undecidable.first().map(|(.., why)| *why)
    }

    /// What the event holds in each of the fields, as text: of a list every member that is there, each once; nothing where the field is
    /// absent or null. `false`: a value is malformed.
    pub fn texts(&mut self, view: &dyn EventView, texts: &mut Vec<Vec<String>>) -> bool {
        self.cells.clear();
        let seen = Normalised::new(view, &self.derivation, &self.cells);
        texts.resize_with(self.columns.len(), Vec::new);
        for (slot, texts) in self.columns.iter().zip(texts) {
            texts.clear();
            if !push(seen.raw(*slot), texts) {
                return false;
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
    use crate::event::{MapView, Value};

    const EVENT: &str = r#"{"@timestamp":"2024-01-31T10:00:00Z","tags":["a","b","a"],"empty":null,"count":7,"odd name":true,
        "winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{"Image":"C:\\a.exe",
        "RuleName":"T1055,T1003.001","Hashes":"MD5=00112233445566778899AABBCCDDEEFF","nested":[["x",1],{"y":2}]}}}"#;

    fn asked(text: &str) -> Answer {
        let catalogue = Catalogue::standard();
        let context = Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], today: None };
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
        let context = Context { catalogue: &catalogue, agent: AgentVersion::DEFAULT, tables: &[], today: None };
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
