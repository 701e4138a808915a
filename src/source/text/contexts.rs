//! Pairs of the grammar into the tree: what alerts remember from event to event.
//!
//! In: the pairs of `when`, `remember`, `forget`, `suppress`, and of the tests that ask about other rules. Out: their nodes, and
//! findings about numbers and lengths of time. Never here: what may stand where, and limits; the checker says that.

use pest::iterators::Pair;

use super::Rule;
use super::conditions::about_event;
use super::lower::Lower;
use super::scan::shorten;
use crate::ast::{Args, Asks, At, FieldRef, Length, MetaKey, MetaValue, Operator, Step, StmtKind, Test, Unit, When};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::Origin;

impl Lower<'_, '_> {
    pub(super) fn when(&mut self, pair: Pair<'_, Rule>, comments: &mut Vec<String>) -> Option<StmtKind> {
        let mut asks = None;
        let mut within = None;
        let mut from_first_hit = false;
        let mut by = Vec::new();
        let mut name = None;
        let mut body = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_when | Rule::k_within | Rule::k_as => {}
                Rule::count => asks = self.count(part),
                Rule::steps => asks = Some(self.steps(part, comments)),
                Rule::length => within = self.length(part),
                Rule::first_hit => from_first_hit = true,
                Rule::by => by = self.fields(part),
                Rule::string => name = Some(self.text(&part)),
                Rule::block => {
                    self.comments.before(self.start(&part), comments);
                    let block = self.block(part);
                    comments.extend(block.comments);
                    body = block.stmts;
                }
                _none => self.strange(&part),
            }
        }
        let when = When { asks: asks?, within: within?, from_first_hit, by, name };
        Some(StmtKind::When { when: Box::new(when), body })
    }

    fn count(&mut self, pair: Pair<'_, Rule>) -> Option<Asks> {
        let mut parts = pair.clone().into_inner();
        let number = parts.next().and_then(|part| self.number(&part));
        let distinct = parts.next()?.as_rule() == Rule::k_distinct;
        let fields = self.fields(pair);
        Some(if distinct { Asks::Distinct(number?, fields) } else { Asks::Events(number?) })
    }

    fn steps(&mut self, pair: Pair<'_, Rule>, comments: &mut Vec<String>) -> Asks {
        let mut ordered = false;
        let mut steps = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::in_order => ordered = true,
                Rule::in_any_order => {}
                Rule::open => self.comments.before(self.start(&part), comments),
                Rule::step => steps.extend(self.step(part)),
                Rule::close => {
                    let end = self.start(&part);
                    match steps.is_empty() {
                        true => self.comments.before(end, comments),
                        false => self.comments_of_last_test(end),
                    }
                }
                _none => self.strange(&part),
            }
        }
        Asks::Steps { ordered, steps }
    }

    fn step(&mut self, pair: Pair<'_, Rule>) -> Option<Step> {
        let origin = self.origin(&pair);
        let mut comments = Vec::new();
        self.comments.before(self.start(&pair), &mut comments);
        let mut cond = None;
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::condition => cond = self.condition(part),
                Rule::hole => self.strange(&part),
                _word_or_field => {}
            }
        }
        let by = self.fields(pair);
        Some(Step { cond: cond?, by, comments, origin })
    }

    pub(super) fn remember(&mut self, pair: Pair<'_, Rule>) -> Option<StmtKind> {
        let mut name = None;
        let mut length = None;
        let mut by = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_remember | Rule::k_for => {}
                Rule::string => name = Some(self.text(&part)),
                Rule::length => length = self.length(part),
                Rule::by => by = self.fields(part),
                _none => self.strange(&part),
            }
        }
        Some(StmtKind::Remember { name: name?, length: length?, by })
    }

    pub(super) fn forget(&mut self, pair: Pair<'_, Rule>) -> Option<StmtKind> {
        let mut name = None;
        let mut by = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_forget => {}
                Rule::string => name = Some(self.text(&part)),
                Rule::by => by = self.fields(part),
                _none => self.strange(&part),
            }
        }
        Some(StmtKind::Forget { name: name?, by })
    }

    pub(super) fn meta_suppress(&mut self, pair: Pair<'_, Rule>) -> Option<(MetaKey, MetaValue)> {
        let mut length = None;
        let mut by = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::length => length = self.length(part),
                Rule::by => by = self.fields(part),
                _key => {}
            }
        }
        Some((MetaKey::Suppress, MetaValue::Quiet(length?, by)))
    }

    pub(super) fn rule_test(&mut self, pair: Pair<'_, Rule>, origin: Origin) -> Option<(Test, bool)> {
        let mut op = None;
        let mut name = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::string => name = Some(self.text(&part)),
                Rule::acted => op = Some(At::new(Operator::Acted, self.origin(&part))),
                _word => {}
            }
        }
        Some((about_event(op?, Args::Rule(name?), origin), false))
    }

    pub(super) fn remembered_test(&mut self, pair: Pair<'_, Rule>, origin: Origin) -> Option<(Test, bool)> {
        let mut op = None;
        let mut name = None;
        let mut least = Some(At::new(1, origin));
        let mut by = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_remembered => op = Some(At::new(Operator::Remembered, self.origin(&part))),
                Rule::string => name = Some(self.text(&part)),
                Rule::bare => least = self.number(&part),
                Rule::by => by = self.fields(part),
                _word => {}
            }
        }
        let args = Args::Remembered { name: name?, least: least?, by };
        Some((about_event(op?, args, origin), false))
    }

    /// The fields that stand directly in a pair.
    fn fields(&mut self, pair: Pair<'_, Rule>) -> Vec<FieldRef> {
        pair.into_inner().filter_map(|part| self.field_name(&part)).collect()
    }

    fn number(&mut self, pair: &Pair<'_, Rule>) -> Option<At<u64>> {
        let (written, origin) = (pair.as_str(), self.origin(pair));
        let number = written.parse::<u64>().ok();
        if number.is_none() {
            let message = format!("`{}` is no number of times", shorten(written));
            self.diagnostics
                .push(Diagnostic::new(Code::BadLiteral, origin, message).help("write a whole number, such as 5"));
        }
        number.map(|number| At::new(number, origin))
    }

    /// `10 minutes`, `10m`.
    fn length(&mut self, pair: Pair<'_, Rule>) -> Option<At<Length>> {
        let origin = self.origin(&pair);
        // Between number and unit there may be comments.
        let parts: Vec<&str> = pair.into_inner().map(|part| part.as_str()).collect();
        let written = parts.join(" ");
        let written = written.as_str();
        let digits = written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len());
        let (count, unit) = written.split_at(digits);
        let unit = unit.trim();
        if let (Ok(count), Some(unit)) = (count.parse::<u64>(), Unit::parse(unit)) {
            return Some(At::new(Length { count, unit }, origin));
        }
        let example = if count.is_empty() { "10" } else { shorten(count) };
        let units = Unit::ALL.map(Unit::word);
        let help = match nearest(shorten(unit), units).filter(|_| !unit.is_empty()) {
            Some(near) => format!("did you mean `{example} {near}`?"),
            None => format!("write: {example} minutes; units are {}", super::messages::list_of(&units, "and")),
        };
        let message = match unit {
            "" => format!("`{}` has no unit of time", shorten(written)),
            _other => format!("`{}` is no length of time", shorten(written)),
        };
        self.diagnostics.push(Diagnostic::new(Code::BadLiteral, origin, message).help(help));
        None
    }
}
