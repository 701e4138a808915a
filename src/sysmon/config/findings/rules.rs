//! Filters that belong together and contradict or complete each other.
//!
//! In: a Rule, or the filters of a node. Out: one finding at the filter that makes it never match, or always. Never here: what a value says by itself.

use super::super::model::{Condition, Filter, Relation, Rule};
use super::super::read::short;
use super::super::{environment, twin};
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
        // What a variable puts in nobody knows.
        let known = |filter: &Filter| environment::names(&filter.value.value).next().is_none();
        for (number, filter) in rule.filters.iter().enumerate().filter(|(_, filter)| known(filter)) {
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
                    .filter(move |(n, other)| *n != number && known(other) && other.field.value == filter.field.value)
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
        // Pairs of which no text meets both, whatever it is. Lists are held against each other item by item, so much of them and no more.
        const WORK: usize = 1 << 18;
        let mut work: usize = 0;
        for (number, filter) in rule.filters.iter().enumerate() {
            let later = rule.filters.get(number + 1..).unwrap_or_default().iter();
            let mut later = later.filter(|other| other.field.value == filter.field.value);
            if let Some(other) = later.find(|other| {
                work = work.saturating_add(filter.value.value.len().saturating_mul(other.value.value.len()));
                work <= WORK && exclude_each_other(filter, other)
            }) {
                let field = short(&filter.field.value);
                let message = format!("this Rule never matches: no `{field}` meets both filters at once");
                let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.span), message)
                    .related(self.config.origin(other.span), "and this")
                    .help("write two Rules, or one with groupRelation=\"or\"");
                self.found.push(diagnostic);
                return;
            }
        }
    }
}

/// Is there no text that meets both, by what each alone says of its beginning, its end or what is inside?
fn exclude_each_other(one: &Filter, other: &Filter) -> bool {
    use Condition as C;
    let values = [one, other].map(|filter| filter.value.value.to_ascii_lowercase());
    if values.iter().any(|value| value.is_empty() || environment::names(value).next().is_some()) {
        return false;
    }
    let [a, b] = values.each_ref().map(String::as_str);
    let apart = |starts: fn(&str, &str) -> bool| !starts(a, b) && !starts(b, a);
    let name = |text: &str| !text.contains('\\');
    match (one.condition, other.condition) {
        (C::BeginWith, C::BeginWith) => apart(|a, b| a.starts_with(b)),
        (C::Image, C::Image) if name(a) && name(b) => a != b,
        (C::EndWith | C::Image, C::EndWith | C::Image) => apart(|a, b| a.ends_with(b)),
        (C::BeginWith, C::NotBeginWith) => a.starts_with(b),
        (C::NotBeginWith, C::BeginWith) => b.starts_with(a),
        (C::EndWith | C::Image, C::NotEndWith) => a.ends_with(b),
        (C::NotEndWith, C::EndWith | C::Image) => b.ends_with(a),
        _ => {
            lacks_what_it_needs(one.condition, a, other.condition, b)
                || lacks_what_it_needs(other.condition, b, one.condition, a)
        }
    }
}

/// Does the first need one of several texts inside, and the second exclude each of them?
fn lacks_what_it_needs(needs: Condition, value: &str, excludes: Condition, excluded: &str) -> bool {
    use Condition as C;
    let excluded: Vec<&str> = match excludes {
        C::Excludes => vec![excluded],
        C::ExcludesAny => twin::items(excluded).filter(|item| !item.is_empty()).collect(),
        _ => return false,
    };
    let lacks = |item: &str| excluded.iter().any(|text| item.contains(text));
    match needs {
        C::Contains | C::BeginWith | C::EndWith | C::Image => lacks(value),
        C::ContainsAny => twin::items(value).all(lacks),
        C::ContainsAll => twin::items(value).any(lacks),
        _ => false,
    }
}
