//! What strict tests say of Sysmon's own events, as far as these are known: their id, provider and channel.
//!
//! In: a test and an event of the catalogue. Out: whether the test can hold, or nothing where that depends on more. Never here: a guess; every form
//! in which the agent may send the value is asked.

use super::Checker;
use super::pattern::build;
use super::safety::Tri;
use crate::ast::{FieldRef, Number};
use crate::dialect::{AgentVersion, Dialect};
use crate::ir::{Bound, Check, Cmp, From, SiteId};
use crate::libbeat::leaf::{self, Leaf};
use crate::sysmon::EventDef;

/// What stands in the header of every event, and what a strict test may ask of it here.
const HEADER: [&str; 3] = ["winlog.event_id", "winlog.provider_name", "winlog.channel"];

impl Checker<'_> {
    /// Remembers of a field that is taken away or set whether the header is not what it was.
    pub(super) fn header_changes(&mut self, field: &FieldRef) {
        let paths = self.context.catalogue.resolve(&field.name).path.paths;
        let over = |path: &String, own: &str| {
            own.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.header_changed |= paths.iter().any(|path| HEADER.iter().any(|own| over(path, own)));
    }

    /// Can a strict test hold for this event?
    pub(super) fn assume_strict(&self, site: SiteId, event: &EventDef) -> Option<Tri> {
        let test = self.main.tests.get(self.program.sites.get(site.index())?.test.index())?;
        let Dialect::Winlogbeat(version) = test.dialect else { return None };
        let From::Slot(slot) = test.subject.from else { return None };
        let field = self.main.layout.get(slot)?;
        let [path] = field.paths.as_slice() else { return None };
        let holds = |value: Leaf<'_>| holds(version, &test.check, value);
        let id = event.id.to_string();
        let (text, int) = (Leaf::Text(&id), Leaf::Int(i128::from(event.id)));
        let answers: Vec<Option<bool>> = match path.as_str() {
            // As the project's agent sends it, and as the agent does that the test is of.
            "winlog.event_id" => [self.context.agent, version]
                .iter()
                .map(|agent| holds(if agent.has_text_ids() { text } else { int }))
                .collect(),
            // Some agents send one, some the other.
            "event.code" => vec![holds(text), holds(int)],
            "winlog.provider_name" => event.providers.iter().map(|name| holds(Leaf::Text(name))).collect(),
            "winlog.channel" => event.channels.iter().map(|name| holds(Leaf::Text(name))).collect(),
            // The agent leaves empty texts out.
            path if path == "message" || path.starts_with("winlog.event_data.") => {
                return is_empty_text(&test.check).then_some(Tri::No);
            }
            _ => return None,
        };
        let answers: Vec<bool> = answers.into_iter().collect::<Option<_>>()?;
        let sure = HEADER.contains(&path.as_str()) && !self.header_changed;
        Some(match (answers.contains(&true), answers.contains(&false)) {
            (false, _) => Tri::No,
            (true, false) if sure => Tri::Yes,
            (true, _) => Tri::Maybe,
        })
    }
}

/// Does a test ask for the empty text alone?
fn is_empty_text(check: &Check) -> bool {
    match check {
        Check::In(set) => {
            let others =
                set.numbers.is_empty() && set.bools.is_empty() && set.networks.is_empty() && set.times.is_empty();
            others && !set.texts.is_empty() && set.texts.iter().all(String::is_empty)
        }
        Check::Text { needles, .. } => !needles.is_empty() && needles.iter().all(String::is_empty),
        _ => false,
    }
}

/// Does it hold for this value? `None`: not asked here.
fn holds(version: AgentVersion, check: &Check, value: Leaf<'_>) -> Option<bool> {
    match check {
        Check::In(set) if set.networks.is_empty() && set.times.is_empty() => {
            let int = |number: &Number| match number {
                Number::Int(wanted) => leaf::equals_int(version, value, *wanted),
                Number::Float(_) => false,
            };
            Some(
                set.texts.iter().any(|wanted| leaf::equals_text(version, value, wanted))
                    || set.numbers.iter().any(int)
                    || set.bools.iter().any(|wanted| leaf::equals_bool(version, value, *wanted)),
            )
        }
        Check::Text { needles, .. } => Some(needles.iter().any(|needle| leaf::contains(value, needle))),
        Check::Matches { patterns, .. } => {
            let Leaf::Text(text) = value else { return Some(false) };
            let found: Option<Vec<bool>> =
                patterns.iter().map(|pattern| build(pattern).ok().map(|regex| regex.is_match(text))).collect();
            found.map(|found| found.contains(&true))
        }
        Check::Order(cmp, Bound::Number(limit)) => {
            let limit = match limit {
                Number::Int(limit) => *limit as f64,
                Number::Float(limit) => *limit,
            };
            let bound = match cmp {
                Cmp::Less => crate::libbeat::Bound::Below,
                Cmp::LessOrEqual => crate::libbeat::Bound::AtMost,
                Cmp::Greater => crate::libbeat::Bound::Above,
                Cmp::GreaterOrEqual => crate::libbeat::Bound::AtLeast,
            };
            Some(leaf::in_range(version, value, &[(bound, limit)]))
        }
        _ => None,
    }
}
