//! Blocks into the tree: what alerts remember from event to event.
//!
//! In: blocks whose shape was checked. Out: `when` with its steps, numbers, lengths of time and keys. Never here: whether numbers make sense;
//! the checker says that.

use super::lower::Lower;
use crate::ast::{Asks, At, FieldRef, Length, Step, StmtKind, When};
use crate::blockly::vocabulary::ours::Kind;
use crate::blockly::{BlockId, words};
use crate::diagnostic::Code;

impl Lower<'_> {
    /// A `when` at this depth; its steps and what it does stand one deeper.
    pub(super) fn when(&mut self, id: BlockId, depth: usize) -> Option<StmtKind> {
        let asks = match self.kind(id)? {
            Kind::AlertThreshold => self.count(id).map(Asks::Events),
            Kind::AlertDistinct => {
                let fields: Option<Vec<FieldRef>> =
                    (0..self.size(id, "FIELD")).map(|i| self.field(id, "FIELD", i)).collect();
                self.count(id).and_then(|least| Some(Asks::Distinct(least, fields?)))
            }
            _correlation => self.steps(id, depth),
        };
        let body = self.statements(self.input(id, "DO", 0), depth + 1);
        let name = match self.size(id, "NAME") {
            0 => None,
            _ => Some(self.text(id, "NAME", 0)?),
        };
        let from_first_hit = match self.option(id, "WINDOW") {
            Some(window) => words::find(words::WINDOWS, window)?,
            None => false,
        };
        let when = When { asks: asks?, within: self.length(id)?, from_first_hit, by: self.keys(id)?, name };
        Some(StmtKind::When { when: Box::new(when), body: body? })
    }

    fn steps(&mut self, id: BlockId, depth: usize) -> Option<Asks> {
        let ordered = words::find(words::ORDERS, self.option(id, "ORDER")?)?;
        let mut steps = Vec::new();
        let mut next = self.input(id, "STEPS", 0);
        let mut good = true;
        while let Some(step) = next {
            next = self.block(step).below();
            if self.disabled(step) {
                let place = self.places.block(step);
                self.places.report(
                    Code::DisabledPart,
                    place,
                    "a disabled step counts as none",
                    "enable it, or take it out",
                );
                continue;
            }
            let comments = self.comments(step);
            let origin = self.places.block(step);
            let cond = self.input(step, "IF", 0).and_then(|cond| self.condition(cond, depth + 1));
            match (cond, self.keys(step)) {
                (Some(cond), Some(by)) => steps.push(Step { cond, by, comments, origin }),
                (None, _) | (_, None) => good = false,
            }
        }
        good.then_some(Asks::Steps { ordered, steps })
    }

    /// The fields of a key.
    pub(super) fn keys(&mut self, id: BlockId) -> Option<Vec<FieldRef>> {
        (0..self.size(id, "KEY")).map(|i| self.field(id, "KEY", i)).collect()
    }

    /// How many.
    pub(super) fn count(&mut self, id: BlockId) -> Option<At<u64>> {
        self.whole(id, "COUNT")
    }

    /// How long.
    pub(super) fn length(&mut self, id: BlockId) -> Option<At<Length>> {
        let count = self.whole(id, "LENGTH")?;
        let unit = words::find(words::UNITS, self.option(id, "UNIT")?)?;
        Some(At::new(Length { count: count.value, unit }, count.origin))
    }

    /// A count; the shape has said what is none.
    fn whole(&mut self, id: BlockId, part: &str) -> Option<At<u64>> {
        let written = self.text(id, part, 0)?;
        Some(At::new(written.value.parse().ok()?, written.origin))
    }
}
