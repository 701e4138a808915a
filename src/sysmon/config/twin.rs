//! Whether an event is logged, said as plainly as it can be: the measure of `decide.rs`.
//!
//! In: a configuration and an event. Out: a [`Decision`]. Never here: anything worked out before, or remembered.
//!
//! The words are those of Sysmon's engine: exclude nodes first, then include nodes, each in reverse order of the text; a name once taken stays until all
//! nodes have failed.

use super::bind;
use super::event::EventFields;
use super::model::{Condition, Config, Decision, Filter, FilterAt, Item, Node, OnMatch, Relation, Why};
use crate::sysmon::tags;

/// Decides one event.
pub fn decide(config: &Config, event: &dyn EventFields) -> Decision {
    let Some(tag) = tags::of_event(event.id()) else {
        return Decision { logged: true, why: Why::Always, named: None };
    };
    let nodes: Vec<(usize, &Node)> = config.nodes_of(tag).collect();
    let of = |on_match| nodes.iter().rev().filter(move |(_, node)| node.on_match == on_match);
    let mut state = State { event, named: None, last: None };
    for (index, node) in of(OnMatch::Exclude).chain(of(OnMatch::Include)) {
        let index = u32::try_from(*index).unwrap_or(u32::MAX);
        if state.matches(index, node)
            && let Some(filter) = state.last
        {
            let logged = node.on_match == OnMatch::Include;
            return Decision { logged, why: Why::Matches { node: index, filter }, named: state.named };
        }
    }
    match nodes.as_slice() {
        [] => Decision { logged: tag.logged, why: Why::NoNode, named: None },
        [(_, node)] => Decision { logged: node.on_match == OnMatch::Exclude, why: Why::NoMatch, named: None },
        [..] => Decision { logged: false, why: Why::NoneMatches, named: None },
    }
}

/// Does a node match an event, whatever the others say?
pub fn matches(node: &Node, event: &dyn EventFields) -> bool {
    State { event, named: None, last: None }.matches(0, node)
}

struct State<'e> {
    event: &'e dyn EventFields,
    /// The last filter with a name that matched.
    named: Option<FilterAt>,
    /// The last filter that matched.
    last: Option<FilterAt>,
}

impl State<'_> {
    fn matches(&mut self, index: u32, node: &Node) -> bool {
        if node.items.is_empty() {
            return false;
        }
        let mut matched: Vec<u16> = Vec::new();
        for (number, item) in node.items.iter().enumerate() {
            let at = FilterAt { node: index, item: u32::try_from(number).unwrap_or(u32::MAX), filter: 0 };
            let holds = match item {
                Item::Rule(rule) => {
                    let mut filters = rule.filters.iter().zip(0..);
                    let mut test = |(filter, n)| self.test(node, FilterAt { filter: n, ..at }, filter);
                    match rule.relation {
                        Relation::Or => filters.any(&mut test),
                        Relation::And => !rule.filters.is_empty() && filters.all(&mut test),
                    }
                }
                Item::Filter(filter) => {
                    if matched.contains(&filter.position) {
                        continue;
                    }
                    let holds = self.test(node, at, filter);
                    if holds {
                        matched.push(filter.position);
                    }
                    holds
                }
            };
            match (node.relation, holds) {
                (Relation::Or, true) => return true,
                (Relation::And, false) => {
                    let later = node.items.get(number + 1..).unwrap_or_default();
                    let again = match item {
                        Item::Filter(filter) => later
                            .iter()
                            .any(|later| matches!(later, Item::Filter(other) if other.position == filter.position)),
                        Item::Rule(_) => false,
                    };
                    if !again {
                        return false;
                    }
                }
                (Relation::Or, false) | (Relation::And, true) => {}
            }
        }
        node.relation == Relation::And
    }

    fn test(&mut self, node: &Node, at: FilterAt, filter: &Filter) -> bool {
        if !bind::applies(node.bound, self.event.id(), filter) {
            return false;
        }
        let mut buffer = String::new();
        let text = self.event.text(filter.position, &mut buffer);
        let holds = filter.compared().is_some_and(|value| compare(filter.condition, value, text));
        if holds {
            self.last = Some(at);
            if filter.name.is_some() {
                self.named = Some(at);
            }
        }
        holds
    }
}

/// Does a text meet a condition with a value?
pub fn compare(condition: Condition, value: &str, text: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let text = text.to_ascii_lowercase();
    let any_inside = || items(&value).any(|item| text.contains(item));
    let all_inside = || items(&value).all(|item| text.contains(item));
    match condition {
        Condition::Is => text == value,
        Condition::IsNot => text != value,
        Condition::IsAny => value.split(';').any(|item| text == item),
        Condition::Contains => text.contains(&value),
        Condition::ContainsAny => any_inside(),
        Condition::ContainsAll => all_inside(),
        Condition::Excludes => !text.contains(&value),
        Condition::ExcludesAny => !any_inside(),
        Condition::ExcludesAll => !all_inside(),
        Condition::BeginWith => text.starts_with(&value),
        Condition::NotBeginWith => !text.starts_with(&value),
        Condition::EndWith => text.ends_with(&value),
        Condition::NotEndWith => !text.ends_with(&value),
        Condition::LessThan => text.encode_utf16().lt(value.encode_utf16()),
        Condition::MoreThan => text.encode_utf16().gt(value.encode_utf16()),
        Condition::Image if value.contains('\\') => text == value,
        Condition::Image => text.rsplit('\\').next() == Some(value.as_str()),
    }
}

/// The items of a list as they are searched: an empty one that is not the last is the rest of the list from its `;` on.
pub fn items(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let here = rest?;
        let (item, behind) = match here.split_once(';') {
            None => (here, None),
            Some(("", behind)) => (here, Some(behind)),
            Some((item, behind)) => (item, Some(behind)),
        };
        rest = behind;
        Some(item)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_items_are_the_rest_of_the_list_or_nothing() {
        let of = |list: &str| items(list).map(String::from).collect::<Vec<_>>();
        assert_eq!(of("a;b"), ["a", "b"]);
        assert_eq!(of("a;;b"), ["a", ";b", "b"]);
        assert_eq!(of(";a"), [";a", "a"]);
        assert_eq!(of("a;"), ["a", ""]);
        assert_eq!(of(""), [""]);
    }

    #[test]
    fn order_is_that_of_texts_and_never_of_numbers() {
        assert!(compare(Condition::MoreThan, "1024", "443"));
        assert!(compare(Condition::LessThan, "B", "a"));
    }
}
