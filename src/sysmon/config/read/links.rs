//! What is known of a filter only once its whole node is: the place of its field, and its name.
//!
//! In: a configuration whose elements are all read. Out: positions and names in it, and fields that no event has. Never here: elements.

use std::sync::Arc;

use super::super::bind;
use super::super::model::{Config, Item, Placed};
use super::{Reader, short};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::Origin;
use crate::sysmon::fields_of;
use crate::sysmon::tags::{TAGS, Tag};

impl Reader {
    pub(super) fn bind(&mut self, config: &mut Config) {
        for node in &mut config.nodes {
            let fields: Vec<&Placed<String>> =
                node.items.iter().flat_map(Item::filters).map(|filter| &filter.field).collect();
            match bind::event(node.tag, fields.iter().map(|field| field.value.as_str())) {
                Ok(id) => node.bound = id,
                Err(at) => {
                    // Those that no event has first; only where there is none, what does not go together.
                    let all = || node.tag.ids.iter().flat_map(|id| fields_of(*id));
                    let unknown: Vec<&Placed<String>> =
                        fields.iter().copied().filter(|field| !all().any(|name| name == field.value)).collect();
                    let apart = fields.get(at).copied().filter(|_| unknown.is_empty());
                    for field in unknown.into_iter().chain(apart) {
                        let (message, help) = incorrect(node.tag, &field.value);
                        let origin = Origin::span(self.source, field.span);
                        let tag = Origin::span(self.source, node.tag_span);
                        let found = Diagnostic::new(Code::IncorrectField, origin, message);
                        self.found.push(found.related(tag, "in this node").help(help));
                    }
                }
            }
            let bound = node.bound;
            for item in &mut node.items {
                let filters = match item {
                    Item::Filter(filter) => std::slice::from_mut(filter),
                    Item::Rule(rule) => rule.filters.as_mut_slice(),
                };
                for filter in filters {
                    filter.position = bind::position(bound, &filter.field.value).unwrap_or(u16::MAX);
                }
            }
        }
    }

    /// Gives each filter its name.
    pub(super) fn name(&mut self, config: &mut Config) {
        for node in &mut config.nodes {
            let group = node.group.and_then(|group| config.groups.get(group)).and_then(|group| group.name.as_ref());
            let group: Option<Arc<str>> = group.map(|name| name.value.as_str().into());
            for item in &mut node.items {
                let (rule, filters) = match item {
                    Item::Filter(filter) => (None, std::slice::from_mut(filter)),
                    Item::Rule(rule) => (rule.name.as_ref(), rule.filters.as_mut_slice()),
                };
                let around: Option<Arc<str>> = rule.map(|name| name.value.as_str().into()).or_else(|| group.clone());
                for filter in filters {
                    let own = filter.own_name.as_ref().map(|name| name.value.as_str().into());
                    filter.name = own.or_else(|| around.clone());
                }
            }
        }
    }
}

/// What is wrong with a field, and the way out.
fn incorrect(tag: &Tag, field: &str) -> (String, String) {
    let all = || tag.ids.iter().flat_map(|id| fields_of(*id));
    let message = format!("`{}` has no field `{}`: Sysmon refuses the whole configuration", tag.name, short(field));
    if all().any(|name| name == field) {
        let of = |name: &str| {
            tag.ids
                .iter()
                .filter(|id| fields_of(**id).any(|f| f == name))
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let message = format!("no event of `{}` has `{}` and the other fields of this node", tag.name, short(field));
        return (message, format!("only {} has it: put its filters into a node of their own", of(field)));
    }
    let elsewhere: Vec<&str> = TAGS
        .iter()
        .filter(|tag| tag.ids.iter().any(|id| fields_of(*id).any(|f| f == field)))
        .map(|tag| tag.name)
        .collect();
    let help = match (nearest(field, all()), elsewhere.as_slice()) {
        (_, [other]) => format!("`{other}` has it: put the filter into a node of that"),
        (Some(near), _) => format!("did you mean `{near}`? Case counts"),
        (None, _) => {
            let mut known: Vec<&str> = Vec::new();
            for name in all().filter(|name| !matches!(*name, "RuleName" | "UtcTime")) {
                if !known.contains(&name) {
                    known.push(name);
                }
            }
            format!("it has {}", known.join(", "))
        }
    };
    (message, help)
}
