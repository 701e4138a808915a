//! The event as the log manager stores it, with what rules did to it.
//!
//! In: the agent's event, and the outcome of the rules. Out: `@timestamp`, `msg`, `meta`, `raw`. Never here: rules that run.

use rustc_hash::FxHashSet;

use crate::ast::Number;
use crate::bytecode::Module;
use crate::event::json::Damage;
use crate::event::read::Record;
use crate::event::{EventView, Form, Value, find, without, write};
use crate::sysmon::normalise;
use crate::vm::{Effect, Outcome};

/// The record as the agent wrote it, if the agent did: what is stored of it beside what it says.
pub fn agents_text<'a>(record: &Record<'a>) -> Option<&'a str> {
    record.text.filter(|_| record.form == Form::Winlogbeat).and_then(|text| str::from_utf8(text).ok())
}

/// What is stored of an event on which no rule runs. `text`: the record as the agent wrote it, if the agent did.
pub fn stored_alone(view: &dyn EventView, text: Option<&str>) -> Result<Vec<(String, Value)>, Damage> {
    let event = view.whole()?;
    let msg = message(&event, view);
    Ok(normalise::stored(&event, msg, &[], raw(&event, text)))
}

/// What stands under `msg`. Where the event came from the log manager itself, its own is kept; in any other form it is the endpoint's.
fn message(event: &[(String, Value)], view: &dyn EventView) -> Vec<(String, Value)> {
    let mut msg = normalise::msg(event, &view.also());
    if view.is_stored()
        && let Some(Value::Map(own)) = find(event, "msg")
    {
        let names: FxHashSet<&str> = own.iter().map(|(name, _)| name.as_str()).collect();
        msg.retain(|(name, _)| !names.contains(name.as_str()));
        msg.splice(0..0, own.iter().cloned());
    }
    msg
}

fn raw(event: &[(String, Value)], text: Option<&str>) -> String {
    match text {
        Some(text) => text.to_string(),
        None => write::json(&Value::Map(event.to_vec())),
    }
}

/// What is stored of an event. Fields that filters removed are not there, and nothing is derived of them; what classify rules and alerts
/// set and removed under `msg.` comes last. Where the event came from the log manager itself, its own `msg` is kept.
pub fn stored(
    view: &dyn EventView,
    module: &Module,
    outcome: &Outcome,
    text: Option<&str>,
) -> Result<Vec<(String, Value)>, Damage> {
    let whole = view.whole()?;
    let removals = outcome.effects.iter().filter_map(|effect| match effect {
        Effect::Remove { removal, .. } => module.removals.get(*removal as usize),
        Effect::Name { .. } | Effect::Tag { .. } | Effect::Untag { .. } | Effect::Set { .. } | Effect::Send { .. } => {
            None
        }
    });
    let removed: Vec<&str> = removals.flat_map(|removal| &removal.paths).map(String::as_str).collect();
    let event = if removed.is_empty() { whole.into_owned() } else { without(&whole, &removed) };
    let mut msg = message(&event, view);
    for effect in outcome.effects.iter() {
        match effect {
            Effect::Set { slot, value, .. } => {
                let name = module.layout.get(*slot).map_or("", |field| field.name.as_str());
                // The misspelling that is tolerated is stored under the right name.
                let name = if name == "msg.targettimage" { "msg.targetimage" } else { name };
                if let Some(name) = name.strip_prefix("msg.") {
                    remove(&mut msg, name);
                    set(&mut msg, name, value);
                }
            }
            Effect::Remove { removal, .. } => {
                let paths = module.removals.get(*removal as usize).map_or(&[][..], |removal| &removal.paths);
                for name in paths.iter().filter_map(|path| path.strip_prefix("msg.")) {
                    remove(&mut msg, name);
                }
            }
            Effect::Name { .. } | Effect::Tag { .. } | Effect::Untag { .. } | Effect::Send { .. } => {}
        }
    }
    Ok(normalise::stored(&event, msg, &outcome.effects.tags(module), raw(&event, text)))
}

/// Sets a field: a text, and for numbers the typed form beside it.
fn set(msg: &mut Vec<(String, Value)>, name: &str, value: &Value) {
    let typed = |value: Value| Value::Map(vec![("value".to_string(), value)]);
    match value {
        Value::Number(number) => {
            let kind = if matches!(number, Number::Int(_)) { "int" } else { "float" };
            msg.push((name.to_string(), Value::Text(number.text())));
            msg.push((format!("{name}@{kind}"), typed(Value::Number(*number))));
        }
        other => msg.push((name.to_string(), other.clone())),
    }
}

/// Removes a field with all below it and its typed forms.
fn remove(msg: &mut Vec<(String, Value)>, name: &str) {
    msg.retain(|(have, _)| {
        have.strip_prefix(name).is_none_or(|rest| !(rest.is_empty() || rest.starts_with(['.', '@'])))
    });
}
