//! Filters that belong together and contradict or complete each other.
//!
//! In: a Rule, or the filters of a node. Out: one finding at the filter that makes it never match, or always. Never here: what a value says by itself.

use super::super::model::{Condition, Filter, Relation, Rule};
use super::super::read::short;
use super::super::twin;
use super::Look;
use crate::diagnostic::{Code, Diagnostic};

impl Look<'_, '_> {
    pub(super) fn rule(&mut self, rule: &Rule) {
        match rule.relation {
            Relation::And => self.never_together(rule),
            Relation::Or => self.always(rule.filters.iter()),
        }
        let said = self
            .config
            .document
            .elements
            .get(rule.element)
            .is_some_and(|element| element.attribute("groupRelation").is_some());
        if !said && rule.filters.len() > 1 {
            let message = "this Rule does not say groupRelation, so one of its filters is enough";
            let help = "write groupRelation=\"and\" if all are needed, or groupRelation=\"or\"";
            self.report(Code::NoGroupRelation, rule.tag, message, help);
        }
    }

    /// Filters of which one is enough, and one always holds: what is not `a`, or not `b`.
    pub(super) fn always<'n>(&mut self, filters: impl Iterator<Item = &'n Filter>) {
        let mut first: Vec<&Filter> = Vec::new();
        for filter in filters.filter(|filter| filter.condition == Condition::IsNot) {
            match first.iter().find(|other| other.field.value == filter.field.value) {
                Some(other) if !other.value.value.eq_ignore_ascii_case(&filter.value.value) => {
                    let message = format!(
                        "together with the one before this matches every event: no `{}` is both",
                        short(&filter.field.value)
                    );
                    let diagnostic = Diagnostic::new(Code::AlwaysMatches, self.config.origin(filter.span), message)
                        .related(self.config.origin(other.span), "one of the two always holds")
                        .help("put both into one <Rule groupRelation=\"and\">, or list the values in a node that does the opposite");
                    self.found.push(diagnostic);
                    return;
                }
                Some(_) => {}
                None => first.push(filter),
            }
        }
    }

    /// Filters of a Rule that contradict each other.
    fn never_together(&mut self, rule: &Rule) {
        // Each filter is held against all others; nobody writes that many, or that long lists of them.
        const MOST: usize = 200;
        const BYTES: usize = 1 << 20;
        let bytes: usize = rule.filters.iter().map(|filter| filter.value.value.len()).sum();
        if rule.filters.len() > MOST || rule.filters.iter().any(|filter| !self.says(filter)) {
            return;
        }
        for (number, filter) in rule.filters.iter().enumerate() {
            // All texts that the field can then be; only where they are few.
            let texts: Vec<&str> = match filter.condition {
                Condition::Is => vec![filter.value.value.as_str()],
                Condition::IsAny => filter.value.value.split(';').collect(),
                _ => continue,
            };
            if texts.iter().all(|text| text.is_empty()) || texts.len().saturating_mul(bytes) > BYTES {
                continue;
            }
            let others = || {
                let others = rule.filters.iter().enumerate();
                others
                    .filter(move |(n, other)| *n != number && other.field.value == filter.field.value)
                    .map(|(_, other)| other)
            };
            let possible =
                texts.iter().any(|text| others().all(|other| twin::compare(other.condition, &other.value.value, text)));
            if !possible && let Some(other) = others().next() {
                let message = format!(
                    "this Rule never matches: `{}` cannot meet both filters at once",
                    short(&filter.field.value)
                );
                let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.span), message)
                    .related(self.config.origin(other.span), "and this")
                    .help("inside of a Rule with `and` filters on one field are needed together; write them as one `is any`, or as two Rules");
                self.found.push(diagnostic);
                return;
            }
        }
        let begins: Vec<(&Filter, String)> = rule
            .filters
            .iter()
            .filter(|filter| filter.condition == Condition::BeginWith)
            .map(|filter| (filter, filter.value.value.to_ascii_lowercase()))
            .collect();
        for (number, (filter, begin)) in begins.iter().enumerate() {
            let apart = |(other, text): &&(&Filter, String)| {
                other.field.value == filter.field.value
                    && !text.starts_with(begin.as_str())
                    && !begin.starts_with(text.as_str())
            };
            if let Some((other, _)) = begins.get(number + 1..).unwrap_or_default().iter().find(apart) {
                let message =
                    format!("this Rule never matches: `{}` cannot begin with both", short(&filter.field.value));
                let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.span), message)
                    .related(self.config.origin(other.span), "and this")
                    .help("write two Rules, or one with groupRelation=\"or\"");
                self.found.push(diagnostic);
                return;
            }
        }
    }
}
