//! All that is to be known of one event.
//!
//! In: the event's record, rules. Out: its fields, what is stored of it, its tags, what each rule did. Never here: deciding; the machine's
//! outcome and trace say what happened.

use super::decide::{Decisions, NONE};
use super::store::Samples;
use crate::event::{EventView, Form, Layout, Raw, Value, find};
use crate::explain::{self, Became};
use crate::ir::{Program, RuleId};
use crate::session::wire::{EventDetail, FieldValue, Tag, Undecidable, ValueType, Verdict};
use crate::sysmon::Catalogue;
use crate::vm::{Contexts, Machine, Options, Prepared};

/// All that is to be known of one event; `None`: there is none of this number.
pub(super) fn event(
    samples: &Samples,
    decisions: &Decisions,
    program: &Program,
    prepared: &Prepared,
    catalogue: &Catalogue,
    row: usize,
) -> Option<EventDetail> {
    let (kept, fate) = (samples.kept.get(row)?, decisions.fates.get(row)?);
    let known = kept.event.and_then(|event| catalogue.event_at(event));
    let module = prepared.module();
    let mut detail = EventDetail {
        index: row,
        file: samples.files.get(kept.file as usize).map(|file| file.to_string()).unwrap_or_default(),
        record: kept.number.to_string(),
        form: kept.form.name().to_string(),
        time: samples.time(row),
        host: samples.text(kept.host),
        id: samples.text(kept.id),
        event: known.map(|event| event.name.clone()),
        title: known.map(|event| event.title.clone()),
        decision: fate.decision(),
        rule: (fate.dropped != NONE).then_some(fate.dropped as usize),
        fields: samples
            .leaves(row)
            .filter_map(|(path, value)| {
                let path = samples.paths.get(path as usize)?;
                field(path, samples.value(value), catalogue)
            })
            .collect(),
        stored: Vec::new(),
        tags: Vec::new(),
        rules: Vec::new(),
        undecidable: Vec::new(),
    };
    let past = super::decide::past(samples, decisions, prepared, row);
    let past = past.as_ref();
    samples.record(row, &module.layout, |record| {
        let text = record.text.filter(|_| record.form == Form::Winlogbeat).and_then(|text| str::from_utf8(text).ok());
        if let Ok(Became { tags, stored, .. }) = explain::became(program, prepared, record.view, text, past) {
            detail.tags = tags
                .into_iter()
                .map(|tag| Tag { tag: tag.tag, kind: tag.kind, rule: tag.rule, because: tag.because })
                .collect();
            if let Some(Value::Map(stored)) = stored {
                detail.stored = leaves(&stored, catalogue);
            }
        }
        verdicts(&mut detail, prepared, record.view, past);
        for index in 0..module.rules.len() {
            let explained = explain::explain(program, prepared, RuleId(index as u32), record.view, past);
            if let (Some(explained), Some(verdict)) = (explained, detail.rules.get_mut(index)) {
                verdict.verdict = explained.verdict;
            }
        }
    });
    Some(detail)
}

/// Which rules did something, and what cannot be decided.
fn verdicts(detail: &mut EventDetail, prepared: &Prepared, view: &dyn EventView, past: Option<&Contexts>) {
    let module = prepared.module();
    let mut machine = Machine::new(prepared);
    if let Some(past) = past {
        machine.resume(past.clone());
    }
    let outcome = machine.decide(view, Options::default());
    for index in 0..module.rules.len() {
        let at = index as u32;
        let acted = outcome.dropped_by == Some(at) || outcome.effects.iter().any(|effect| effect.rule() == at);
        let reached = prepared.may_act(at, outcome.event);
        detail.rules.push(Verdict { rule: index, verdict: String::new(), acted, reached });
    }
    for (rule, site, why) in &outcome.undecidable {
        detail.undecidable.push(Undecidable {
            rule: *rule as usize,
            test: module.sites.get(*site as usize).map(|site| site.text.clone()).unwrap_or_default(),
            why: (*why).to_string(),
        });
    }
}

fn leaves(members: &[(String, Value)], catalogue: &Catalogue) -> Vec<FieldValue> {
    let mut found = Vec::new();
    crate::event::leaves(members, &mut |path, raw| {
        found.extend(field(path, raw, catalogue));
        std::ops::ControlFlow::Continue(())
    });
    found
}

fn field(path: &str, raw: Raw<'_>, catalogue: &Catalogue) -> Option<FieldValue> {
    let kind = match raw {
        Raw::Absent => return None,
        Raw::Null => ValueType::Null,
        Raw::Bool(_) => ValueType::Boolean,
        Raw::Number(_) => ValueType::Number,
        Raw::Text(_) | Raw::Json(_) | Raw::Malformed => ValueType::Text,
        Raw::List(_) => ValueType::List,
        Raw::Map(_) => ValueType::Map,
    };
    let value = explain::show(raw).unwrap_or_default();
    Some(FieldValue { path: path.to_string(), name: name_of(path, catalogue), kind, value })
}

/// How rules name what stands at a path.
pub(super) fn name_of(path: &str, catalogue: &Catalogue) -> String {
    let short = path
        .strip_prefix("winlog.event_data.")
        .filter(|name| !name.contains('.') && catalogue.resolve(name).path.paths.iter().any(|known| known == path));
    if let Some(short) = short {
        return short.to_string();
    }
    let named = catalogue
        .fields
        .iter()
        .find(|field| !field.normalised && field.paths.iter().any(|known| known == path) && !field.name.contains('.'));
    named.map_or_else(|| path.to_string(), |field| field.name.clone())
}

/// The value at a path of an event, for those that make something of it.
pub(super) fn value_at(samples: &Samples, row: usize, path: &str) -> Option<Value> {
    let whole = samples.record(row, &Layout::new(), |record| record.view.whole().map(|whole| whole.into_owned()));
    whole?.ok().and_then(|whole| find(&whole, path).cloned())
}
