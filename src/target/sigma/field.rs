//! What Sigma calls a field.
//!
//! In: the name of a field, and the events that a rule is about. Out: a name that is read as that field of these events, if there is one. Never here:
//! what is asked of it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Writer;
use super::same::{Form, Forms};
use super::source::Guard;
use crate::ast::{At, Base, CondId, CondKind, Operator};
use crate::origin::{Origin, SourceId};
use crate::source::sigma::condition::Condition;
use crate::source::sigma::model::{Body, Detection, Detections, Document, File, Item, LogSource, Meta, Rule};
use crate::source::sigma::modifier::{Modifier, Plan};
use crate::source::sigma::value::Value;

/// The events that names are read in, and the names that were found.
#[derive(Debug)]
pub(super) struct Names {
    /// The log source.
    keys: Vec<(&'static str, String)>,
    /// Which of its alternatives.
    guard: Form,
    found: FxHashMap<String, Option<String>>,
}

impl Default for Names {
    fn default() -> Names {
        Names { keys: vec![("product", "windows".to_string())], guard: Form::all([]), found: FxHashMap::default() }
    }
}

impl Writer<'_> {
    /// From here on names are those of these events.
    pub(super) fn names_of(&mut self, guard: &Guard) {
        let form = self.forms().conds(&guard.used);
        if self.names.keys != guard.keys || self.names.guard != form {
            self.names = Names { keys: guard.keys.clone(), guard: form, found: FxHashMap::default() };
        }
    }

    /// What Sigma calls a field.
    pub(super) fn named(&mut self, name: &str, origin: Origin) -> Option<String> {
        let found = match self.names.found.get(name) {
            Some(found) => found.clone(),
            None => {
                let found = self.search(name);
                self.names.found.insert(name.to_string(), found.clone());
                found
            }
        };
        if found.is_none() {
            let help = "ask about another field, or write in sigma.toml what Sigma calls it: `fields`";
            let message = match name.contains('|') {
                true => format!("Sigma has no name for the field `{name}`: behind `|` it looks for a modifier"),
                false => format!("Sigma has no name for the field `{name}` of these events"),
            };
            return self.unsaid(origin, message, help);
        }
        found
    }

    fn search(&self, name: &str) -> Option<String> {
        let mut names = Vec::new();
        let preferred = [("Provider", "Provider_Name"), ("message", "Message")];
        names.extend(preferred.into_iter().filter(|(ours, _)| *ours == name).map(|(_, own)| own.to_string()));
        let known = self.setup.fields.iter().find(|(own, target)| *target == name && *own != name);
        let head = matches!(name, "Channel" | "Computer" | "RecordID");
        names.extend(known.filter(|_| !head).map(|(own, _)| own.clone()));
        let data = ["winlog.event_data.", "winlog.user_data."];
        names.extend(data.into_iter().filter_map(|prefix| name.strip_prefix(prefix)).map(str::to_string));
        let asked = log_source(&self.names.keys);
        for source in self.setup.alternatives(&asked).into_iter().flatten() {
            // Before what it is called there itself: Sigma's own name is asked of the other alternatives too.
            names.extend(
                source.fields.iter().filter(|(own, of)| *of == name && *own != name).map(|(own, _)| own.clone()),
            );
        }
        names.push(name.to_string());
        names.extend(self.catalogue().resolve(name).path.paths);
        let wanted = self.forms().field(name);
        names.into_iter().find(|own| self.reads(own).is_some_and(|read| read == wanted))
    }

    /// Where a field is that a rule about these events names so.
    fn reads(&self, name: &str) -> Option<String> {
        if name.is_empty() || name.contains('|') {
            return None;
        }
        let origin = Origin::whole(SourceId(0));
        let at = |text: &str| At::new(text.to_string(), origin);
        let modifiers = vec![At::new(Modifier::Exists, origin)];
        let plan = Plan::of(&modifiers).ok()?;
        let values = vec![At::new(Value::Bool { value: true, written: "true".to_string() }, origin)];
        let item = Item { field: Some(at(name)), modifiers, plan, values, origin };
        let condition = Condition::Named { name: "selection".to_string(), at: (0, 0) };
        let detections = Detections {
            named: vec![(at("selection"), Detection::Item(item))],
            conditions: vec![At::new(condition, origin)],
            origin,
        };
        let rule = Rule { logsource: log_source(&self.names.keys), detections: Arc::new(detections) };
        let document = Document { meta: Meta::default(), body: Body::Rule(rule), origin };
        let file = File {
            source: SourceId(0),
            documents: vec![document],
            count: 1,
            faulty: Vec::new(),
            faulty_names: Vec::new(),
        };
        let (definitions, _) = crate::source::sigma::definitions(&[file], self.setup);
        let definition = definitions.first()?;
        let forms = Forms { definition, catalogue: self.catalogue() };
        let read = |arm: &CondId| {
            let members = match &definition.cond(*arm).kind {
                CondKind::And(members) => members.clone(),
                CondKind::Or(_)
                | CondKind::Not(_)
                | CondKind::SomeOf { .. }
                | CondKind::Test(_)
                | CondKind::Const(_) => vec![*arm],
            };
            let (asked, guard): (Vec<CondId>, Vec<CondId>) =
                members.into_iter().partition(|member| matches!(&definition.cond(*member).kind, CondKind::Test(test) if test.op.value == Operator::Exists));
            let field = asked.first().and_then(|asked| match &definition.cond(*asked).kind {
                CondKind::Test(test) => match &test.subject.base {
                    Base::Field(field) => Some(forms.field(&field.name)),
                    Base::AnyField
                    | Base::AnyProcessGuid
                    | Base::Hash(_)
                    | Base::Lookup(_)
                    | Base::Literal(_)
                    | Base::Event => None,
                },
                CondKind::And(_)
                | CondKind::Or(_)
                | CondKind::Not(_)
                | CondKind::SomeOf { .. }
                | CondKind::Const(_) => None,
            });
            field.filter(|_| forms.conds(&guard) == self.names.guard)
        };
        super::again::arms(definition).iter().find_map(read)
    }
}

fn log_source(keys: &[(&'static str, String)]) -> LogSource {
    let origin = Origin::whole(SourceId(0));
    let word = |key: &str| keys.iter().find(|(own, _)| *own == key).map(|(_, word)| At::new(word.clone(), origin));
    LogSource { product: word("product"), category: word("category"), service: word("service"), origin }
}
