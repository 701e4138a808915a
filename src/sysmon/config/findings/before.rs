//! Rules that stand in another node too, which Sysmon asks before.
//!
//! In: the nodes of one tag. Out: a finding at each rule that never decides, because another node has it and decides first. Never here: rules that only
//! match less than another.

use rustc_hash::FxHashMap;

use super::super::explain;
use super::super::model::{Filter, Item, Node, OnMatch, Relation};
use super::Look;
use crate::diagnostic::{Code, Diagnostic};

impl Look<'_, '_> {
    /// The nodes of one tag, in the order of the text.
    pub(super) fn decided_before(&mut self, nodes: &[&Node]) {
        let of = |on_match| nodes.iter().rev().filter(move |node| node.on_match == on_match);
        // Nodes of a series that are about different events see different fields. Within a node, `repeated` tells.
        let mut before: FxHashMap<(u32, String), (&Node, &Item)> = FxHashMap::default();
        for &node in of(OnMatch::Exclude).chain(of(OnMatch::Include)) {
            if node.relation == Relation::And && node.items.len() > 1 {
                continue;
            }
            for item in &node.items {
                if !item.filters().iter().all(|filter| self.says(filter) && compares(filter))
                    || item.filters().is_empty()
                {
                    continue;
                }
                let key = (node.bound, explain::item(item).to_ascii_lowercase());
                let (other, same) = *before.entry(key).or_insert((node, item));
                if std::ptr::eq(other, node) {
                    continue;
                }
                let message = match other.on_match {
                    OnMatch::Exclude if node.on_match == OnMatch::Include => {
                        "this rule never decides: an exclude node has it too, and is asked before"
                    }
                    OnMatch::Exclude | OnMatch::Include => {
                        "this rule never decides: a later node has it too, and nodes are asked from the last to the first"
                    }
                };
                let found = Diagnostic::new(Code::NeverMatches, self.config.origin(item.span()), message)
                    .related(self.config.origin(same.span()), "decides first")
                    .help("take one of them out");
                self.found.push(found);
            }
        }
    }
}

/// Has it a field and a value? Else that is told.
fn compares(filter: &Filter) -> bool {
    filter.position != u16::MAX && !filter.value.value.is_empty()
}
