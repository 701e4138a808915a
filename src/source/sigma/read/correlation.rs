//! Correlations.
//!
//! In: what stands below `correlation`. Out: what is counted, of which rules, in which time. Never here: whether these rules are there.

use super::super::model::{Alias, Correlation, CorrelationKind};
use super::{Key, Reader};
use crate::ast::{At, Length, Number, Unit};
use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::limits;
use crate::origin::Origin;
use crate::yaml::{Node, Resolved, Value as Yaml};

const KEYS: [&str; 7] = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];
/// Kinds that count what no event alone can tell.
const METRICS: [&str; 4] = ["value_sum", "value_avg", "value_percentile", "value_median"];

impl Reader<'_> {
    pub(super) fn correlation(&mut self, key: &Key<'_>) -> Option<Correlation> {
        let at = self.origin(key.key);
        let entries = self.mapping(key)?;
        let find = |name: &str| {
            entries
                .iter()
                .find(|entry| entry.key.scalar().is_some_and(|key| &*key.text == name))
                .map(|entry| entry.value)
        };
        for entry in &entries {
            let Ok(name) = entry.key.key() else { continue };
            if !KEYS.contains(&name) {
                let near = nearest(name, KEYS).map(|near| format!("did you mean `{near}`?"));
                let help = near.unwrap_or_else(|| format!("there are: {}", KEYS.join(", ")));
                let origin = self.origin(entry.key);
                self.fault(Code::SigmaCorrelation, origin, format!("a correlation has no `{name}`"), help);
            }
        }
        let kind = match find("type") {
            Some(node) => self.kind(node),
            None => self.missing(at, "type", "write `type: event_count`, or another kind"),
        };
        let before = self.faults;
        let rules = match find("rules") {
            Some(node) => self.strict_texts(node, "`rules`"),
            None => {
                self.missing::<()>(at, "rules", "write the names or ids of the rules whose findings are counted");
                Vec::new()
            }
        };
        if rules.is_empty() && find("rules").is_some() && self.faults == before {
            self.fault(Code::SigmaCorrelation, at, "no rules are named", "write their names or ids below `rules:`");
        }
        let timespan = match find("timespan") {
            Some(node) => self.timespan(node),
            None => self.missing(at, "timespan", "write how much time it may take, as in `timespan: 5m`"),
        };
        let group_by = find("group-by").map(|node| self.strict_texts(node, "`group-by`")).unwrap_or_default();
        let aliases = find("aliases").map(|node| self.aliases(node, &rules)).unwrap_or_default();
        let generate = match find("generate").map(|node| (node, node.scalar().map(|scalar| scalar.resolve()))) {
            Some((_, Some(Resolved::Bool(value)))) => value,
            None => false,
            Some((node, _)) => {
                let origin = self.origin(node);
                self.fault(
                    Code::SigmaCorrelation,
                    origin,
                    "`generate` is neither true nor false",
                    "write `true` or `false`",
                );
                false
            }
        };
        self.used(&aliases, &group_by);
        let kind = kind?;
        let (enough, fields) = self.enough(kind.value, find("condition"), at, rules.len())?;
        Some(Correlation { kind, rules, group_by, aliases, timespan: timespan?, enough, fields, generate })
    }

    /// Too many fields, which would be set for each event; and aliases that nobody asks for.
    fn used(&mut self, aliases: &[Alias], group_by: &[At<String>]) {
        if let Some(over) = group_by.get(limits::KEY_FIELDS) {
            let message = format!("more than {} fields make one key", limits::KEY_FIELDS);
            self.fault(Code::SigmaCorrelation, over.origin, message, "leave some of them out");
        }
        for alias in aliases.iter().filter(|alias| !group_by.iter().any(|name| name.value == alias.name.value)) {
            let message = format!("nothing asks for the alias `{}`", alias.name.value);
            let found = Diagnostic::new(Code::SigmaCorrelation, alias.name.origin, message);
            let found = found.help("write it below `group-by`, or leave it out").weighing(Severity::Warning);
            self.found.push(found);
        }
    }

    fn missing<T>(&mut self, at: Origin, name: &str, help: &str) -> Option<T> {
        self.fault(Code::SigmaCorrelation, at, format!("this correlation has no `{name}`"), help);
        None
    }

    /// Texts, of which each that is none is a fault.
    fn strict_texts(&mut self, node: Node<'_>, what: &str) -> Vec<At<String>> {
        let before = self.found.len();
        let texts = self.texts(node, Code::SigmaCorrelation, what);
        self.faults += self.found.len() - before;
        texts
    }

    fn kind(&mut self, node: Node<'_>) -> Option<At<CorrelationKind>> {
        use CorrelationKind as K;
        const ALL: [K; 4] = [K::EventCount, K::ValueCount, K::Temporal, K::TemporalOrdered];
        let origin = self.origin(node);
        let word = node.scalar().map(|scalar| &*scalar.text).unwrap_or_default();
        if let Some(kind) = ALL.into_iter().find(|kind| kind.word() == word) {
            return Some(At::new(kind, origin));
        }
        let words = ALL.map(K::word);
        let (message, help) = if METRICS.contains(&word) {
            let help = format!("values are not added up here; count events or different values: {}", words.join(", "));
            (format!("`{word}` cannot be said by an alert"), help)
        } else {
            let near = nearest(word, words).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("there are: {}", words.join(", ")));
            (format!("there is no correlation `{word}`"), help)
        };
        self.fault(Code::SigmaCorrelation, origin, message, help);
        None
    }

    /// `30s`, `5m`, `1h`, `7d`, `1w`; months and years as Sigma counts them.
    fn timespan(&mut self, node: Node<'_>) -> Option<At<Length>> {
        let origin = self.origin(node);
        let text = node.scalar().map(|scalar| &*scalar.text).unwrap_or_default();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let count = digits.parse::<u64>().ok().filter(|count| *count > 0);
        let whole = |factor: u64, unit: Unit| count?.checked_mul(factor).map(|count| Length { count, unit });
        let length = match text.get(digits.len()..) {
            Some("s") => whole(1, Unit::Seconds),
            Some("m") => whole(1, Unit::Minutes),
            Some("h") => whole(1, Unit::Hours),
            Some("d") => whole(1, Unit::Days),
            Some("w") => whole(7, Unit::Days),
            Some("M") => whole(2_629_746, Unit::Seconds),
            Some("y") => whole(31_556_952, Unit::Seconds),
            Some(_) | None => None,
        };
        if length.is_none() {
            let help = "write a number and `s`, `m`, `h`, `d`, `w`, `M` or `y`, as in `5m`";
            self.fault(Code::SigmaCorrelation, origin, format!("`{text}` is no length of time"), help);
        }
        Some(At::new(length?, origin))
    }

    fn aliases(&mut self, node: Node<'_>, rules: &[At<String>]) -> Vec<Alias> {
        let Yaml::Mapping(entries) = node.value() else {
            let origin = self.origin(node);
            let help = "write each alias with the rules below it, and behind each the field that it is there";
            self.fault(Code::SigmaCorrelation, origin, "`aliases` is no mapping", help);
            return Vec::new();
        };
        let mut aliases = Vec::new();
        for entry in entries {
            let Ok(name) = entry.key.key() else { continue };
            let name = At::new(name.to_string(), self.origin(entry.key));
            let mut fields = Vec::new();
            for field in entry.value.entries() {
                let Ok(rule) = field.key.key() else { continue };
                let rule = At::new(rule.to_string(), self.origin(field.key));
                if !rules.iter().any(|known| known.value == rule.value) {
                    let message = format!("`{}` is none of the rules of this correlation", rule.value);
                    self.fault(Code::SigmaCorrelation, rule.origin, message, "write it as it stands below `rules:`");
                }
                let before = self.found.len();
                if let Some(of) = self.text(field.value, Code::SigmaCorrelation, "a field") {
                    fields.push((rule, of));
                }
                self.faults += self.found.len() - before;
            }
            aliases.push(Alias { name, fields });
        }
        aliases
    }

    /// How many are enough, and of which fields.
    fn enough(
        &mut self,
        kind: CorrelationKind,
        node: Option<Node<'_>>,
        at: Origin,
        rules: usize,
    ) -> Option<(At<u64>, Vec<At<String>>)> {
        let temporal = matches!(kind, CorrelationKind::Temporal | CorrelationKind::TemporalOrdered);
        let Some(node) = node else {
            if temporal {
                return Some((At::new(rules as u64, at), Vec::new()));
            }
            return self.missing(
                at,
                "condition",
                "write how many are enough, as in `condition:` with `gte: 10` below it",
            );
        };
        let origin = self.origin(node);
        let Yaml::Mapping(entries) = node.value() else {
            let message = "a condition that joins rules by `and`, `or` and `not` cannot be said by an alert";
            let help = match temporal {
                true => "leave it out: every rule of the list is waited for; or write a correlation for each way",
                false => "write how many are enough: `condition:` with `gte: 10` below it",
            };
            self.fault(Code::SigmaCorrelation, origin, message, help);
            return None;
        };
        let (mut enough, mut fields) = (None, Vec::new());
        let before = self.faults;
        for entry in entries {
            let Ok(name) = entry.key.key() else { continue };
            let key = self.origin(entry.key);
            match name {
                "field" => fields = self.strict_texts(entry.value, "`field`"),
                "gte" | "gt" | "eq" => {
                    let one = u64::from(name == "gt");
                    let number = self.number(entry.value).map(|number| number.saturating_add(one));
                    if name == "eq" {
                        let help = "write `gte`: an alert is told as soon as so many have come, and not taken back when there are more";
                        self.warn(
                            Code::SigmaCorrelation,
                            key,
                            "exactly so many can only be known when the time is over",
                            help,
                        );
                        if let Some(found) = self.found.last_mut() {
                            found.severity = Severity::Warning;
                        }
                    }
                    if enough.is_some() {
                        self.fault(Code::SigmaCorrelation, key, "a second number", "write one of `gte`, `gt` and `eq`");
                    }
                    if number == Some(0) {
                        let origin = self.origin(entry.value);
                        let help = "write `gte: 1`, or more: an alert tells of events that have come";
                        self.fault(Code::SigmaCorrelation, origin, "this holds without any event", help);
                    }
                    enough = number.map(|number| At::new(number, self.origin(entry.value)));
                }
                "lt" | "lte" | "neq" => {
                    let help = "write `gte`: alerts tell what has come, not what has not";
                    let message = format!("`{name}` asks for events that do not come, and no event tells that");
                    self.fault(Code::SigmaCorrelation, key, message, help);
                }
                other => {
                    let words = ["gte", "gt", "eq", "field"];
                    let near = nearest(other, words).map(|near| format!("did you mean `{near}`?"));
                    let help = near.unwrap_or_else(|| format!("there are: {}", words.join(", ")));
                    self.fault(Code::SigmaCorrelation, key, format!("the condition has no `{other}`"), help);
                }
            }
        }
        if temporal && !fields.is_empty() {
            self.fault(
                Code::SigmaCorrelation,
                origin,
                "a temporal correlation counts rules, not values",
                "leave `field` out",
            );
        }
        if kind == CorrelationKind::ValueCount && fields.is_empty() {
            let help = "write `field:` with the field whose values are counted";
            self.fault(Code::SigmaCorrelation, origin, "nothing says which values are counted", help);
        }
        if kind == CorrelationKind::EventCount && !fields.is_empty() {
            let help = "leave `field` out, or write `type: value_count`";
            self.fault(Code::SigmaCorrelation, origin, "an `event_count` counts events, not values", help);
        }
        if enough.is_none() && !temporal && self.faults == before {
            self.fault(Code::SigmaCorrelation, origin, "nothing says how many are enough", "write `gte: 10`");
        }
        Some((enough.or(temporal.then_some(At::new(rules as u64, origin)))?, fields))
    }

    fn number(&mut self, node: Node<'_>) -> Option<u64> {
        let origin = self.origin(node);
        let number = match node.scalar().map(|scalar| scalar.resolve()) {
            Some(Resolved::Int(number)) => u64::try_from(number).ok(),
            Some(Resolved::Text(text)) => match Number::parse_text(text) {
                Some(Number::Int(number)) => u64::try_from(number).ok(),
                Some(Number::Float(_)) | None => None,
            },
            Some(_) | None => None,
        };
        if number.is_none() {
            self.fault(
                Code::SigmaCorrelation,
                origin,
                "this is no number of events",
                "write a whole number, as in `gte: 10`",
            );
        }
        number
    }
}
