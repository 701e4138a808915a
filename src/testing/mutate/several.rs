//! A test of several events that would notice another threshold.
//!
//! In: a mutant whose threshold is one more or less. Out: a test with as many events as are enough in one of the two, a second apart. Never
//! here: a test that was not run on both.

use super::suggest::{Fields, Suggester, Target};
use super::values::Put;
use super::{Memo, Mutant, Wants};
use crate::event::{Value, write};
use crate::ir::{Asks, Context, KeyField, StmtId, StmtKind};
use crate::origin::SourceId;
use crate::testing::{Rules, quoted, read, run};

/// Events of a test that is suggested: more are nobody's idea of an example.
const MOST: u32 = 60;

impl Suggester<'_> {
    /// The text of a file with a test that notices another threshold of a context.
    pub(super) fn several(
        &self,
        mutant: &Mutant,
        at: u32,
        changed: &Context,
        mutated: Rules<'_>,
        memo: &mut Memo,
    ) -> Option<String> {
        let program = self.rules.program;
        let is = |kind: &StmtKind| matches!(kind, StmtKind::When { context, .. } if *context == at);
        let when = StmtId(program.stmts.iter().position(|stmt| is(&stmt.kind))? as u32);
        let rule = program.rules.get(mutant.rule.index())?;
        let mut wants = Wants::new();
        if !self.body(&rule.body, Target::Stmt(when), &mut wants) {
            return None;
        }
        let event = self.climbed(mutant.rule, &wants, &wants, 0, memo)?;
        let context = program.contexts.get(at as usize)?;
        let (count, differ): (u32, Option<&KeyField>) = match (&context.asks, &changed.asks) {
            (Asks::Events(one), Asks::Events(other)) => (*one.min(other), None),
            (Asks::Distinct(one, fields), Asks::Distinct(other, _)) => (*one.min(other), fields.first()),
            (_, _) => return None,
        };
        if count == 0 || count > MOST {
            return None;
        }
        // What has no key is not counted.
        let key = context.by.iter().flatten();
        let absent = key.filter(|field| self.text_at(&event, field.slot).is_none());
        let puts: Vec<Put> = absent.map(|field| Put { slot: field.slot, text: Some("x".to_string()) }).collect();
        let event = self.with(&event, &puts);
        let label = mutant.label();
        ["10.0.0.", "x"].into_iter().find_map(|stem| {
            let events: Vec<Fields> = (1..=count)
                .map(|number| {
                    let text = differ.map(|field| Put { slot: field.slot, text: Some(format!("{stem}{number}")) });
                    self.with(&event, text.as_slice())
                })
                .collect();
            let expects = ["[]".to_string(), format!("[{{ rule: {}, count: 1 }}]", quoted(&rule.name))];
            expects.iter().map(|alerts| written(&label, &events, alerts)).find(|text| self.tells_apart(text, mutated))
        })
    }

    /// Do all tests of a text pass on the rules, and not on the mutant?
    fn tells_apart(&self, text: &str, mutated: Rules<'_>) -> bool {
        let (cases, found) = read(SourceId::default(), text);
        let passes = |rules: Rules<'_>| {
            let (outcomes, found) = run(&cases, rules);
            found.is_empty() && outcomes.iter().all(|outcome| outcome.passed())
        };
        found.is_empty() && !cases.is_empty() && passes(self.rules) && !passes(mutated)
    }
}

/// A file with one test. An event is written as JSON, which is YAML too.
fn written(label: &str, events: &[Fields], alerts: &str) -> String {
    let mut text = format!("tests:\n  - name: {}\n    events:\n", quoted(label));
    for (at, event) in events.iter().enumerate() {
        let mut event = event.clone();
        event.retain(|(name, _)| name != "@timestamp");
        event.insert(0, ("@timestamp".to_string(), Value::Text(format!("2025-01-01T00:00:{at:02}Z"))));
        text.push_str(&format!("      - {}\n", write::json(&Value::Map(event))));
    }
    text.push_str(&format!("    expect: {{ alerts: {alerts} }}\n"));
    text
}
