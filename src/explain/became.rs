//! What became of an event, and why it has the tags that it has.
//!
//! In: a program, the module made of it, one event. Out: [`Became`]: the filter that dropped it, or what is stored of it, and for each tag
//! the rule that set it and the tests that led there. Never here: deciding; the machine's outcome and trace say what happened.

use serde::Serialize;

use super::{Explained, Explanation, Step, explain};
use crate::ast::RuleKind;
use crate::event::json::Damage;
use crate::event::{EventView, Value};
use crate::ir::{Program, RuleId};
use crate::pipeline::stored;
use crate::vm::{Contexts, Machine, Options, Prepared};

/// A tag, and why it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagReason {
    /// The tag.
    pub tag: String,
    /// The kind of the rule that set it.
    pub kind: RuleKind,
    /// The rule's name.
    pub rule: String,
    /// The tests that led to the statement, those that had to be false with `not` before them. Empty: it is set for every event.
    pub because: Vec<String>,
}

/// What became of an event.
#[derive(Clone, Debug, Serialize)]
pub struct Became {
    /// The filter that dropped it: nothing came after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped_by: Option<String>,
    /// The tags that it has at the end, sorted, each with the rule that set it last.
    pub tags: Vec<TagReason>,
    /// As the log manager stores it, if it was not dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<Value>,
}

/// What became of one event. The view must have been made for the module's layout; the module must be the program's. `text`: the record
/// as the agent wrote it, if the agent did. `past`: what is remembered of the events before it.
pub fn became(
    program: &Program,
    prepared: &Prepared,
    view: &dyn EventView,
    text: Option<&str>,
    past: Option<&Contexts>,
) -> Result<Became, Damage> {
    let module = prepared.module();
    let mut machine = Machine::new(prepared);
    if let Some(past) = past {
        machine.resume(past.clone());
    }
    let outcome = machine.decide(view, Options::default());
    if let Some(filter) = outcome.dropped_by {
        let name = module.rules.get(filter as usize).map(|rule| rule.name.clone());
        return Ok(Became { dropped_by: name, tags: Vec::new(), stored: None });
    }
    let mut tags = Vec::new();
    let (own, behind) = (outcome.effects.agent_tags(module), outcome.effects.tags(module));
    for (index, rule) in module.rules.iter().enumerate().rev() {
        let wanted = if rule.kind == RuleKind::Filter { &own } else { &behind };
        let sets = outcome.effects.iter().any(|effect| effect.rule() as usize == index);
        let Some(explanation) = sets.then(|| explain(program, prepared, RuleId(index as u32), view, past)).flatten()
        else {
            continue;
        };
        for (tag, because) in reasons(&explanation) {
            let known = tags.iter().any(|have: &TagReason| have.tag == tag && have.kind == rule.kind);
            if !known && wanted.contains(&tag.as_str()) {
                tags.push(TagReason { tag, kind: rule.kind, rule: rule.name.clone(), because });
            }
        }
    }
    crate::order::sort_by(&mut tags, |a, b| a.tag.cmp(&b.tag));
    let stored = stored(view, module, outcome, text)?;
    Ok(Became { dropped_by: None, tags, stored: Some(Value::Map(stored)) })
}

/// The tags that a rule set, each with what led there.
fn reasons(explanation: &Explanation) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    walk(&explanation.steps, &[], &mut found);
    found
}

/// Nesting is bounded by `limits::DEPTH`.
fn walk(steps: &[Step], above: &[String], found: &mut Vec<(String, Vec<String>)>) {
    // Why no arm before this one was taken; an `else` is reached for it.
    let mut passed: Vec<String> = Vec::new();
    for step in steps {
        match step {
            Step::Arm { word, condition, taken, body } => {
                if *word == "if" {
                    passed.clear();
                }
                if *taken {
                    let mut led = above.to_vec();
                    match condition {
                        Some(condition) => because(condition, true, &mut led),
                        None => led.extend(passed.iter().cloned()),
                    }
                    walk(body, &led, found);
                }
                if let Some(condition) = condition {
                    because(condition, false, &mut passed);
                }
            }
            Step::Plain { tag: Some(tag), reached: true, .. } => found.push((tag.clone(), above.to_vec())),
            Step::Plain { .. } | Step::When { .. } => {}
        }
    }
}

/// The tests that make a condition hold, or not hold: of several of which one is enough, the first.
fn because(condition: &Explained, holds: bool, out: &mut Vec<String>) {
    if condition.holds != Some(holds) {
        return;
    }
    match condition.text.as_str() {
        "not" if !condition.members.is_empty() => {
            condition.members.iter().for_each(|member| because(member, !holds, out));
        }
        // All members of an `and` that holds, and of an `or` that does not, are needed.
        "and" | "or" if (condition.text == "and") == holds && !condition.members.is_empty() => {
            condition.members.iter().for_each(|member| because(member, holds, out));
        }
        "and" | "or" if !condition.members.is_empty() => {
            if let Some(one) = condition.members.iter().find(|member| member.holds == Some(holds)) {
                because(one, holds, out);
            }
        }
        text if holds => out.push(text.to_string()),
        text => out.push(format!("not {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{MapView, json};

    /// The tags of an event, each with its rule and what led there.
    fn tags(rules: &str, event: &str) -> Vec<String> {
        let (compiled, diagnostics) = crate::compile_text(rules, &[]);
        let compiled = compiled.unwrap_or_else(|| panic!("{diagnostics:?}"));
        let prepared = Prepared::new(compiled.module.clone()).unwrap();
        let Value::Map(event) = json::parse(event.as_bytes()).unwrap() else { panic!("no map") };
        let view = MapView::new(&prepared.module().layout, &event);
        let became = became(&compiled.program, &prepared, &view, None, None).unwrap();
        let show = |reason: &TagReason| format!("{} by {}: {}", reason.tag, reason.rule, reason.because.join(" and "));
        became.tags.iter().map(show).collect()
    }

    const EVENT: &str = r#"{"winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{"Image":"a","User":"u"}}}"#;

    #[test]
    fn a_tag_is_there_for_the_tests_that_led_to_it() {
        let rules = r#"
            classify "all" { tag "é\"x" }
            classify "and" { if event is sysmon.process_create and (User == 'x' or User == 'u') { tag "and" } }
            classify "not" { if not (Image == 'b' or User == 'x') { tag "not" } }
            classify "else" { if Image == 'b' { tag "no" } else if User == 'x' { tag "no" } else { tag "else" } }
            classify "inner" { if Image == 'a' { if User == 'u' { tag "inner" } } }"#;
        assert_eq!(
            tags(rules, EVENT),
            [
                "and by and: event is sysmon.process_create and User == 'u'",
                "else by else: not Image == 'b' and not User == 'x'",
                "inner by inner: Image == 'a' and User == 'u'",
                "not by not: not Image == 'b' and not User == 'x'",
                "é\"x by all: ",
            ]
        );
    }

    #[test]
    fn of_two_rules_that_set_a_tag_the_last_one_counts_and_what_was_taken_away_is_gone() {
        let rules = r#"
            classify "1" { tag "a", "b" }
            classify "2" { if Image == 'a' { tag "a" } }
            classify "3" { untag "b" }"#;
        assert_eq!(tags(rules, EVENT), ["a by 2: Image == 'a'"]);
    }
}
