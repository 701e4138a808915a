//! Where conditions stand, and how they are written.
//!
//! In: definitions. Out: for sites of a program the text of the condition as its author sees it, and the place of what holds several of
//! them. Never here: the program's own conditions; those have neither.

use rustc_hash::FxHashMap;

use crate::ast::{
    At as Placed, CondId, CondKind, Definition, FieldRef, Length, MetaKey, MetaValue, StmtKind, Test, When,
};
use crate::ir::{Program, SiteId};
use crate::origin::Origin;
use crate::target::text;

/// A condition in one of the definitions.
type At = (usize, CondId);

/// What the definitions say of conditions.
pub(super) struct Places<'a> {
    definitions: &'a [Definition],
    /// Tests, by where they stand.
    tests: FxHashMap<Origin, At>,
    above: FxHashMap<At, CondId>,
}

impl<'a> Places<'a> {
    pub(super) fn new(definitions: &'a [Definition]) -> Self {
        let (mut tests, mut above) = (FxHashMap::default(), FxHashMap::default());
        for (at, definition) in definitions.iter().enumerate() {
            for (index, cond) in definition.conds.iter().enumerate() {
                let id = CondId(index as u32);
                match &cond.kind {
                    CondKind::And(members) | CondKind::Or(members) => {
                        above.extend(members.iter().map(|member| ((at, *member), id)));
                    }
                    CondKind::Not(inner) => above.extend([((at, *inner), id)]),
                    CondKind::SomeOf { .. } | CondKind::Test(_) => tests.extend([(cond.origin, (at, id))]),
                    CondKind::Const(_) => {}
                }
            }
        }
        Self { definitions, tests, above }
    }

    fn cond_of(&self, program: &Program, site: SiteId) -> Option<At> {
        let site = program.sites.get(site.index())?;
        self.tests.get(&site.origin).copied()
    }

    /// The test of a site, as its author wrote it.
    pub(super) fn test(&self, program: &Program, site: SiteId) -> Option<&'a Test> {
        let at = self.cond_of(program, site)?;
        match &self.definitions.get(at.0)?.cond(at.1).kind {
            CondKind::Test(test) => Some(test),
            CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Const(_) => {
                None
            }
        }
    }

    /// The `when` that stands there, and its definition.
    pub(super) fn when(&self, origin: Origin) -> Option<(&'a Definition, &'a When)> {
        self.definitions.iter().find_map(|definition| {
            let stmts = definition.stmts.iter().filter(|stmt| stmt.origin == origin);
            let mut whens =
                stmts.filter_map(|stmt| if let StmtKind::When { when, .. } = &stmt.kind { Some(when) } else { None });
            whens.next().map(|when| (definition, &**when))
        })
    }

    /// How long the `remember` that stands there remembers.
    pub(super) fn remembers(&self, origin: Origin) -> Option<Length> {
        let stmts = self.definitions.iter().flat_map(|definition| &definition.stmts);
        stmts
            .filter(|stmt| stmt.origin == origin)
            .find_map(|stmt| if let StmtKind::Remember { length, .. } = &stmt.kind { Some(length.value) } else { None })
    }

    /// What the rule that stands there says of `suppress`, and where.
    pub(super) fn suppress(&self, rule: Origin) -> Option<(Placed<Length>, &'a [FieldRef], Origin)> {
        let rules = self.definitions.iter().flat_map(|definition| &definition.rules);
        let metas = rules.filter(|it| it.origin == rule).flat_map(|rule| &rule.meta);
        metas.filter(|meta| meta.key == MetaKey::Suppress).find_map(|meta| {
            let MetaValue::Quiet(length, by) = &meta.value else { return None };
            Some((*length, by.as_slice(), meta.origin))
        })
    }

    /// The condition as written: `is not`, where its negative spelling is one piece.
    pub(super) fn written(&self, program: &Program, site: SiteId) -> Written {
        let plain = program.sites.get(site.index()).map(|site| site.text.clone()).unwrap_or_default();
        let negative = || {
            let at = self.cond_of(program, site)?;
            let definition = self.definitions.get(at.0)?;
            let above = self.above.get(&at)?;
            let is_one = definition.cond(*above).origin == definition.cond(at.1).origin;
            is_one.then(|| text::condition(definition, *above))
        };
        match negative() {
            Some(text) => Written { text, plain, is_negative: true },
            None => Written { text: plain.clone(), plain, is_negative: false },
        }
    }

    /// The place of the innermost condition that holds all of these sites.
    pub(super) fn around(&self, program: &Program, sites: &[SiteId]) -> Option<Origin> {
        let chain = |at: At| {
            let mut chain = vec![at.1];
            while let Some(above) = chain.last().and_then(|last| self.above.get(&(at.0, *last))) {
                chain.push(*above);
            }
            chain
        };
        let mut all = sites.iter().filter_map(|site| self.cond_of(program, *site));
        let first = all.next()?;
        let mut common = chain(first);
        for at in all {
            let chain = chain(at);
            common.retain(|id| chain.contains(id));
        }
        let definition = self.definitions.get(first.0)?;
        common.first().map(|id| definition.cond(*id).origin)
    }
}

/// A condition as written.
pub(super) struct Written {
    /// As its author sees it.
    pub(super) text: String,
    /// Without its negation.
    pub(super) plain: String,
    pub(super) is_negative: bool,
}
