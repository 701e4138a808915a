//! Fields that events are counted by.
//!
//! In: what somebody typed. Out: the fields, and what else there is in the place of one; or findings at their places. Never here: events.

use super::Typed;
use crate::ast::Function;
use crate::check::{self, own_field, unknown_field};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::FieldPath;
use crate::origin::{Origin, SourceId, Sources, Span};
use crate::sysmon::{self, Catalogue};
use crate::table::hashes;

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The values of its fields.
    Fields,
    /// Tags: those that rules set, where some run, and those that the log manager stored.
    Tags {
        /// Where no rules run, those of the agent.
        agents: bool,
    },
    /// Which event it is, as people name it. Whoever counts fills it in.
    Event,
}

/// What events are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As it was typed.
    pub name: String,
    /// The fields whose values count.
    pub fields: Vec<FieldPath>,
    /// What of them.
    pub what: What,
}

/// What stands in the place of a field, or why nothing does.
type Special = Result<(What, Vec<FieldPath>), (Code, String)>;

/// Looks up what stands in the place of a field: several at once, or a part of one. `None`: nothing such.
fn special(field: &str, catalogue: &Catalogue) -> Option<Special> {
    let one = |path: &str| FieldPath { name: path.to_string(), paths: vec![path.to_string()] };
    let operand = |help: &str| Some(Err((Code::WrongOperand, help.to_string())));
    match field {
        "tags" | "meta.tags" => {
            return Some(Ok((What::Tags { agents: field == "tags" }, vec![one("meta.tags"), one("tags")])));
        }
        // As the columns of the table are called.
        "host" | "HOST" => return Some(Ok((What::Fields, vec![one("winlog.computer_name")]))),
        "event" | "EVENT" => return Some(Ok((What::Event, Vec::new()))),
        _ => {}
    }
    if let Some(within) = within(field, catalogue) {
        return Some(Err((Code::WrongOperand, format!("it holds other fields: name one of them, such as {within}"))));
    }
    // Words of the language are small; what is written in other letters means them too, and is no field.
    let lower = field.to_ascii_lowercase();
    let begins = |words: &str| lower.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    if Function::ALL.iter().any(|function| begins(function.words())) || begins("all of") || begins("some of") {
        return operand("counts are by fields as they stand, not by functions of them");
    }
    if begins("lookup") && lower != "lookup" {
        return operand(
            "counts are by fields as they stand: set a `msg.` field to it in a classify rule, and name the project",
        );
    }
    let mut words = field.split_whitespace();
    let (first, second, third) = (words.next()?, words.next()?, words.next());
    match (first, second, third) {
        ("any", guid, None) if guid.eq_ignore_ascii_case("processguid") => {
            Some(Ok((What::Fields, check::PROCESS_GUIDS.map(|name| catalogue.resolve(name).path).into())))
        }
        ("hash", kind, None) => Some(match hashes::kind(kind) {
            Some(kind) => Ok((What::Fields, vec![one(&format!("msg.hash_{}", kind.word().to_ascii_lowercase()))])),
            None => Err((Code::UnknownHash, "hashes are MD5, SHA1, SHA256 and IMPHASH".to_string())),
        }),
        _ if begins("any processguid") => operand("write it in small letters: any processguid"),
        _ if begins("hash") => operand("write `hash` in small letters, and one kind behind it: hash SHA256"),
        _ if begins("has tag") || begins("has any") || begins("has all") => {
            operand("counts are by fields: count by `tags`, or choose by the tag in --where, and name the project")
        }
        _ if begins("any field") => operand("name the field"),
        (..) => None,
    }
}

/// A field below this name, where it is known to hold others.
fn within<'c>(field: &str, catalogue: &'c Catalogue) -> Option<&'c str> {
    match field {
        "msg" => return Some("msg.image"),
        "meta" | "meta.src" => return Some("meta.src.host"),
        "winlog.user_data" => return Some("winlog.user_data.Address"),
        _ => {}
    }
    let below = |path: &&String| path.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'));
    catalogue.fields.iter().flat_map(|field| &field.paths).find(below).map(String::as_str)
}

/// Looks up fields by their names, with commas between them, as rules do; also `any processguid`, `hash SHA256`, `tags`, and `host` and
/// `event` as tables show them. Names that the catalogue does not know are warned of.
pub fn fields(name: &str, text: &str, catalogue: &Catalogue) -> Typed<Vec<Column>> {
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
        match special(field, catalogue) {
            Some(Ok((what, special))) => {
                fields.push(Column { name: field.to_string(), fields: special, what });
                continue;
            }
            Some(Err((code, help))) => {
                let message = format!("events cannot be counted by `{field}`");
                diagnostics.push(Diagnostic::new(code, origin, message).help(help));
                continue;
            }
            None => {}
        }
        let resolved = catalogue.resolve(field);
        let (mut path, normalised) = (resolved.path, resolved.def.is_some_and(|def| def.normalised));
        if normalised || field.starts_with("msg.") {
            if !path.paths.iter().any(|path| path == field) {
                path.paths.insert(0, field.to_string());
            }
        } else if resolved.def.is_none()
            && !field.contains(char::is_whitespace)
            && !sysmon::known_elsewhere(field)
            && !own_field(field)
        {
            diagnostics.push(unknown_field(catalogue, field, origin));
        }
        fields.push(Column { name: field.to_string(), fields: vec![path], what: What::Fields });
    }
    let value = (!diagnostics.iter().any(Diagnostic::is_error)).then_some(fields);
    Typed { value, sources, diagnostics }
}

fn place(source: SourceId, at: usize, length: usize) -> Origin {
    Origin::span(source, Span::new(at, at + length))
}
