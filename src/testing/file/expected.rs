//! What a test expects, as it stands in its file.
//!
//! In: what stands behind `expect`. Out: the same as data. What can never fail is refused. Never here: rules.

use super::Reader;
use super::given::As;
use crate::testing::case::{AlertExpected, Bound, Budget, Decision, Expected, Measure, Named};
use crate::yaml::{self, Node};

const KEYS: [&str; 6] = ["decision", "rule", "tags", "fields", "alerts", "budget"];

impl Reader {
    pub(super) fn expected(&mut self, node: Node<'_>) -> Option<Expected> {
        let before = self.faults;
        if let Some(said @ ("dropped" | "kept")) = node.scalar().map(|scalar| scalar.text.trim()) {
            let help = format!("write `expect: {{ decision: {said} }}`");
            self.fault(node, "`expect` is written as a mapping", help);
            return None;
        }
        let entries = self.known_entries(node, "`expect`", &KEYS)?;
        if entries.is_empty() && self.faults == before {
            self.fault(node, "this test expects nothing", format!("say what comes: {}", KEYS.join(", ")));
        }
        let mut expect = Expected::default();
        // Each is read, whatever is wrong with the others.
        for (key, entry) in entries {
            let value = entry.value;
            match key {
                "decision" => {
                    expect.decision = self.decision(value).map(|decision| (decision, self.origin(value)));
                }
                "rule" => expect.rule = self.name(value, "the name of a rule"),
                "tags" => expect.tags = self.names(value, "tags"),
                "fields" => expect.fields = self.fields(value).unwrap_or_default(),
                "alerts" => expect.alerts = self.alerts(value),
                _budget => expect.budget = self.budgets(value).unwrap_or_default(),
            }
        }
        if let Some((Decision::Dropped, _)) = expect.decision
            && (expect.tags.is_some() || expect.alerts.is_some() || !expect.fields.is_empty())
        {
            let help = "leave `tags`, `fields` and `alerts` out";
            self.fault(node, "what is dropped has neither tags nor alerts, and is not stored", help);
        }
        (self.faults == before).then_some(expect)
    }

    fn decision(&mut self, node: Node<'_>) -> Option<Decision> {
        match node.scalar().map(|scalar| &*scalar.text) {
            Some("dropped") => Some(Decision::Dropped),
            Some("kept") => Some(Decision::Kept),
            Some(_) | None => {
                self.fault(node, "this is no decision", "write `dropped` or `kept`");
                None
            }
        }
    }

    /// The entries of a mapping whose keys are names.
    fn named<'a>(&mut self, node: Node<'a>, what: &str, help: &str) -> Option<Vec<(Named, Node<'a>)>> {
        let entries = node.entries();
        if entries.is_empty() {
            self.fault(node, format!("{what} are written as a mapping"), help);
            return None;
        }
        let mut named = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = self.key(&entry)?.to_string();
            named.push((Named { name, origin: self.origin(entry.key) }, entry.value));
        }
        Some(named)
    }

    fn fields(&mut self, node: Node<'_>) -> Option<Vec<(Named, crate::event::Value)>> {
        let named = self.named(
            node,
            "fields",
            "write each with its value: `msg.group: suspicious`, `null` where it is not there",
        )?;
        named.into_iter().map(|(name, value)| Some((name, self.value(value, As::Written)?))).collect()
    }

    fn alerts(&mut self, node: Node<'_>) -> Option<Vec<AlertExpected>> {
        let yaml::Value::Sequence(items) = node.value() else {
            self.fault(node, "alerts are a list", "write each behind a dash, or `[]` for none");
            return None;
        };
        let count = items.len();
        let alerts: Vec<AlertExpected> = items.into_iter().filter_map(|item| self.alert(item)).collect();
        (alerts.len() == count).then_some(alerts)
    }

    fn alert(&mut self, node: Node<'_>) -> Option<AlertExpected> {
        if node.scalar().is_some() {
            return self.name(node, "each of them").map(AlertExpected::named);
        }
        let known = ["rule", "count", "quiet", "via", "key", "subject_contains", "body_contains"];
        let entries = self.entries(node, "an alert", &known)?;
        let Some((_, rule)) = entries.iter().find(|(key, _)| *key == "rule") else {
            self.fault(node, "this names no alert, and would hold for any", "write its name behind `rule:`");
            return None;
        };
        let mut alert = AlertExpected::named(self.name(rule.value, "the name of an alert")?);
        for (key, entry) in &entries {
            match *key {
                "count" => alert.count = Some(self.count(entry.value, "`count`", 0)?),
                "quiet" => alert.quiet = Some(self.count(entry.value, "`quiet`", 0)?),
                "via" => alert.via = Some(self.via(entry.value)?),
                "key" => {
                    let named =
                        self.named(entry.value, "keys", "write each field that is counted by, with its value")?;
                    let text = |(name, node): (Named, Node<'_>)| Some((name.name, self.name(node, "a value")?.name));
                    alert.key = named.into_iter().map(text).collect::<Option<_>>()?;
                }
                "subject_contains" => alert.subject = self.texts(entry.value, "what a subject contains")?,
                "body_contains" => alert.body = self.texts(entry.value, "what a message contains")?,
                _rule => {}
            }
        }
        Some(alert)
    }

    fn via(&mut self, node: Node<'_>) -> Option<String> {
        let ways = crate::check::CHANNELS;
        let way = node.scalar().and_then(|scalar| ways.into_iter().find(|way| *way == scalar.text.trim()));
        if way.is_none() {
            self.fault(node, "nothing is sent that way", format!("write one of {}", ways.join(", ")));
        }
        way.map(String::from)
    }

    fn budgets(&mut self, node: Node<'_>) -> Option<Vec<Budget>> {
        let items = match node.value() {
            yaml::Value::Sequence(items) => items,
            yaml::Value::Mapping(_) | yaml::Value::Scalar(_) => vec![node],
        };
        if items.is_empty() {
            self.fault(node, "a budget has at least one bound", "write each behind a dash: `- dropped: at least 60 %`");
            return None;
        }
        let count = items.len();
        let budgets: Vec<Budget> = items.into_iter().filter_map(|item| self.budget(item)).collect();
        (budgets.len() == count).then_some(budgets)
    }

    fn budget(&mut self, node: Node<'_>) -> Option<Budget> {
        let entries = self.entries(node, "a budget", &["dropped", "alerts", "of", "rule"])?;
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry.value);
        let (value, mut measure) = match (of("dropped"), of("alerts")) {
            (Some(value), None) => (value, Measure::Dropped),
            (None, Some(value)) => (value, Measure::Alerts),
            (Some(_), Some(value)) => {
                self.fault(value, "a bound is about one thing", "write one behind a dash for each");
                return None;
            }
            (None, None) => {
                self.fault(
                    node,
                    "this bounds nothing",
                    "write `dropped:` or `alerts:`, as in `dropped: at least 60 %`",
                );
                return None;
            }
        };
        if let Some(unit) = of("of") {
            measure = match (unit.scalar().map(|scalar| scalar.text.trim()), measure) {
                (Some("events"), measure) => measure,
                (Some("bytes"), Measure::Dropped | Measure::DroppedBytes) => Measure::DroppedBytes,
                (Some(_) | None, _) => {
                    self.fault(unit, "this cannot be measured", "write `events`, or of what is dropped `bytes`");
                    return None;
                }
            };
        }
        let rule = match of("rule") {
            Some(rule) => Some(self.name(rule, "the name of a rule")?),
            None => None,
        };
        let origin = self.origin(value);
        let text = value.scalar().map(|scalar| scalar.text.split_whitespace().collect::<Vec<_>>().join(" "));
        let Some((text, (bound, number, percent))) = text.and_then(|text| Some((text.clone(), bound(&text)?))) else {
            self.fault(
                value,
                "this is no bound",
                "write `at least`, `at most` or `exactly`, then a number, then perhaps `%`",
            );
            return None;
        };
        let always = match bound {
            Bound::AtLeast => number == 0,
            Bound::AtMost => percent && number >= 100 && measure != Measure::Alerts,
            Bound::Exactly => false,
        };
        let never = percent && measure != Measure::Alerts && number > 100;
        if always || never {
            let message = if never { "no more than everything can be dropped" } else { "this bound always holds" };
            self.fault(value, message, "write one that a change of the rules can break");
            return None;
        }
        Some(Budget { of: measure, rule, bound, number, percent, text, origin })
    }
}

fn bound(text: &str) -> Option<(Bound, u64, bool)> {
    let words = [("at least ", Bound::AtLeast), ("at most ", Bound::AtMost), ("exactly ", Bound::Exactly)];
    let (rest, bound) = words.iter().find_map(|(word, bound)| Some((text.strip_prefix(word)?, *bound)))?;
    let (number, percent) = match rest.strip_suffix('%') {
        Some(number) => (number.trim_end(), true),
        None => (rest, false),
    };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((bound, digits.then(|| number.parse().ok()).flatten()?, percent))
}
