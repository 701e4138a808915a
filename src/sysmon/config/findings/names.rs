//! Names of filters that matched in a Rule or node that failed in the end.
//!
//! In: the nodes of one tag. Out: a finding at each filter that can leave its name to an event that another one logs.

use super::super::model::{Filter, Item, Node, OnMatch, Relation, Rule};
use super::super::read::short;
use super::Look;
use crate::diagnostic::{Code, Diagnostic};

impl Look<'_, '_> {
    /// The nodes of one tag, in the order of the text.
    pub(super) fn leaks(&mut self, nodes: &[&Node]) {
        let of = |on_match| nodes.iter().rev().filter(move |node| node.on_match == on_match);
        // Filters that can leave a name behind, until something takes it.
        let mut left: Vec<&Filter> = Vec::new();
        for node in of(OnMatch::Exclude).chain(of(OnMatch::Include)) {
            // Who reads RuleName reads it of what is logged.
            let takes = node.on_match == OnMatch::Include;
            if node.relation == Relation::And {
                let nameless = node.filters().all(|filter| filter.name.is_none());
                if nameless && takes {
                    self.leak(&mut left, node.filters().next());
                }
                let last = node.items.len().saturating_sub(1);
                let may_fail = node.items.iter().enumerate().filter(|(n, item)| *n < last || leaves(item).is_some());
                let mut filters = may_fail.flat_map(|(_, item)| item.filters());
                left.extend(filters.find(|filter| filter.name.is_some()));
                continue;
            }
            for item in &node.items {
                let nameless = match item {
                    Item::Rule(Rule { relation: Relation::And, filters, .. }) => {
                        filters.first().filter(|_| filters.iter().all(|filter| filter.name.is_none()))
                    }
                    item => item.filters().iter().find(|filter| filter.name.is_none()),
                };
                if takes {
                    self.leak(&mut left, nameless);
                }
                left.extend(leaves(item));
            }
        }
    }

    /// Tells each of the names that were left of the first filter that takes them.
    fn leak(&mut self, left: &mut Vec<&Filter>, takes: Option<&Filter>) {
        let Some(to) = takes else { return };
        for from in left.drain(..) {
            let name = from.name.as_deref().unwrap_or_default();
            let message = format!(
                "the name {:?} can go to an event that another rule logs: it is taken when this filter matches, and stays when the rest of its rule does not",
                short(name)
            );
            let diagnostic = Diagnostic::new(Code::LeakingName, self.config.origin(from.span), message)
                .related(self.config.origin(to.span), "logs without a name, and gives that one")
                .help("give that filter a name of its own, or put it before the rules that have one");
            self.found.push(diagnostic);
        }
    }
}

/// The filter of a Rule that leaves its name behind when a later one fails.
fn leaves(item: &Item) -> Option<&Filter> {
    match item {
        Item::Rule(Rule { relation: Relation::And, filters, .. }) => {
            let (_, before) = filters.split_last()?;
            before.iter().find(|filter| filter.name.is_some())
        }
        Item::Rule(_) | Item::Filter(_) => None,
    }
}
