//! Blocks into the tree: rules, metadata, statements.
//!
//! In: a workspace whose blocks were found to be what `grammar/blocks.json` says, and the blocks that begin rules. Out: rules
//! with the block and part that each node came from. A comment goes where it would in text: that of a block of a condition to
//! the test that it belongs to, else to the next one inside; that of metadata to the rule. Nesting is limited as in text, and
//! that bounds the recursion. Never here: names and types.

use super::places::Places;
use super::shape::{Shaped, Shapes};
use crate::ast::{
    Arm, At, Definition, FieldRef, Literal, Meta, MetaKey, MetaValue, Rule, RuleKind, Stmt, StmtId, StmtKind,
};
use crate::blockly::vocabulary::BlockDef;
use crate::blockly::vocabulary::ours::Kind;
use crate::blockly::{Block, BlockId, FieldValue, Workspace, words};
use crate::diagnostic::Code;
use crate::limits;
use crate::origin::Origin;

/// Lowers blocks into a definition.
pub(super) struct Lower<'a> {
    /// The blocks.
    pub workspace: &'a Workspace,
    /// What blocks there are.
    pub blocks: &'static [BlockDef],
    /// What they are.
    pub shapes: &'a Shapes,
    /// Where findings go.
    pub places: &'a mut Places,
    /// Where nodes go.
    pub def: &'a mut Definition,
}

impl<'a> Lower<'a> {
    /// Lowers the rule that begins at `id`; `None` if something in it was reported as faulty.
    pub fn rule(&mut self, id: BlockId) -> Option<Rule> {
        let origin = self.places.block(id);
        let kind = match self.kind(id)? {
            Kind::RuleFilter => RuleKind::Filter,
            Kind::RuleClassify => RuleKind::Classify,
            Kind::RuleAlert => RuleKind::Alert,
            _ => return None,
        };
        let name = self.text(id, "NAME", 0)?;
        let mut comments = self.comments(id);
        let meta = self.meta(self.input(id, "META", 0), &mut comments)?;
        // The rule's own braces do not count, as in text.
        let body = self.statements(self.input(id, "DO", 0), 0)?;
        Some(Rule { kind, name, disabled: self.disabled(id), meta, body, comments, origin })
    }

    pub fn block(&self, id: BlockId) -> &'a Block {
        self.workspace.block(id)
    }

    fn shaped(&self, id: BlockId) -> Option<&'a Shaped> {
        self.shapes.of.get(id.0 as usize)?.as_ref()
    }

    pub fn kind(&self, id: BlockId) -> Option<Kind> {
        Kind::ALL.get(self.index(id)?).copied()
    }

    /// Which block of the vocabulary it is.
    pub fn index(&self, id: BlockId) -> Option<usize> {
        self.shaped(id).map(|shaped| shaped.def)
    }

    fn slots(&self, id: BlockId, part: &str) -> Option<&'a [Option<usize>]> {
        let shaped = self.shaped(id)?;
        let part = self.blocks.get(shaped.def)?.part_named(part)?;
        shaped.parts.get(part).map(Vec::as_slice)
    }

    /// How often a part is there.
    pub fn size(&self, id: BlockId, part: &str) -> usize {
        self.slots(id, part).map_or(0, <[_]>::len)
    }

    /// The text of a field with its place; `None` if it is not there.
    pub fn text(&mut self, id: BlockId, part: &str, i: usize) -> Option<At<String>> {
        let field = &self.block(id).fields.get((*self.slots(id, part)?.get(i)?)?)?;
        let (FieldValue::Text(text) | FieldValue::Number(text)) = &field.value else { return None };
        Some(At::new(text.clone(), self.places.part(id, &field.name)))
    }

    /// All texts of a repeated field.
    pub fn texts(&mut self, id: BlockId, part: &str) -> Option<Vec<At<String>>> {
        (0..self.size(id, part)).map(|i| self.text(id, part, i)).collect()
    }

    /// The option of a field that may be left out; the first is meant then.
    pub fn option(&self, id: BlockId, part: &str) -> Option<&'a str> {
        let at = self.slots(id, part)?.first().copied().flatten()?;
        match &self.block(id).fields.get(at)?.value {
            FieldValue::Text(text) | FieldValue::Number(text) => Some(text),
            FieldValue::Bool(_) | FieldValue::Variable { .. } | FieldValue::Other(_) => None,
        }
    }

    /// What stands in an input.
    pub fn input(&self, id: BlockId, part: &str, i: usize) -> Option<BlockId> {
        let at = (*self.slots(id, part)?.get(i)?)?;
        self.block(id).inputs.get(at)?.content()
    }

    /// What stands in all of a repeated input; those that were left out are skipped.
    pub fn members(&self, id: BlockId, part: &str) -> Vec<BlockId> {
        (0..self.size(id, part)).filter_map(|i| self.input(id, part, i)).collect()
    }

    /// The lines of a block's comment.
    pub fn comments(&self, id: BlockId) -> Vec<String> {
        match &self.block(id).comment {
            Some(comment) => comment_lines(&comment.text),
            None => Vec::new(),
        }
    }

    pub fn disabled(&self, id: BlockId) -> bool {
        !self.block(id).disabled.is_empty()
    }

    /// Too deep? Says so once.
    pub fn deep(&mut self, depth: usize, id: BlockId) -> Option<()> {
        if depth <= limits::DEPTH {
            return Some(());
        }
        let place = self.places.block(id);
        let message = format!("this is nested more than {} deep", limits::DEPTH);
        self.places.report(Code::TooDeep, place, message, "split the rule, or give the inner part a rule of its own");
        None
    }

    fn meta(&mut self, first: Option<BlockId>, comments: &mut Vec<String>) -> Option<Vec<Meta>> {
        let mut all = Vec::new();
        let mut next = first;
        while let Some(id) = next {
            next = self.block(id).below();
            if self.disabled(id) {
                let place = self.places.block(id);
                self.places.report(
                    Code::DisabledPart,
                    place,
                    "a disabled line about a rule counts as none",
                    "enable it, or take it out",
                );
                continue;
            }
            comments.append(&mut self.comments(id));
            let (key, value) = match self.kind(id)? {
                Kind::RuleNote => {
                    let key = words::find(words::NOTES, self.option(id, "KEY")?)?;
                    (key, MetaValue::Text(self.text(id, "TEXT", 0)?.value))
                }
                Kind::RuleList => {
                    let key = words::find(words::LISTS, self.option(id, "KEY")?)?;
                    (key, MetaValue::Texts(self.texts(id, "ITEM")?))
                }
                Kind::RuleSeverity => {
                    let severity = words::find(words::SEVERITIES, self.option(id, "LEVEL")?)?;
                    (MetaKey::Severity, MetaValue::Severity(severity))
                }
                Kind::RuleExpires => (MetaKey::Expires, self.day(id)?),
                Kind::RuleSuppress => (MetaKey::Suppress, MetaValue::Quiet(self.length(id)?, self.keys(id)?)),
                Kind::RuleAllowFinding => {
                    (MetaKey::Allow, MetaValue::Allow(self.code(id)?, self.text(id, "REASON", 0)?))
                }
                Kind::RuleAllowTamperEvents => (MetaKey::AllowTamperEvents, MetaValue::Flag),
                _ => return None,
            };
            all.push(Meta { key, value, origin: self.places.block(id) });
        }
        Some(all)
    }

    /// The code of an exception, as text could have it: which codes there are, the checker says.
    fn code(&mut self, id: BlockId) -> Option<At<String>> {
        let code = self.text(id, "CODE", 0)?;
        let word = code.value.starts_with(|c: char| c.is_ascii_alphabetic())
            && code.value.chars().all(|c| c.is_ascii_alphanumeric());
        if word {
            return Some(code);
        }
        let message = format!("`{}` is no code", crate::source::text::shorten(&code.value));
        self.places.report(Code::BadMetadata, code.origin, message, "write it as the findings do: BS0436");
        None
    }

    fn day(&mut self, id: BlockId) -> Option<MetaValue> {
        let date = self.text(id, "DATE", 0)?;
        match Literal::parse_unquoted(&date.value) {
            Some(Literal::Time { value, .. }) if date.value.len() == "2030-01-31".len() => Some(MetaValue::Date(value)),
            Some(_) | None => {
                let message = format!("`{}` is no day", crate::source::text::shorten(&date.value));
                self.places.report(Code::BadMetadata, date.origin, message, "write it as 2030-01-31");
                None
            }
        }
    }

    /// A stack of statements.
    pub(super) fn statements(&mut self, first: Option<BlockId>, depth: usize) -> Option<Vec<StmtId>> {
        let mut all = Vec::new();
        let mut next = first;
        let mut good = true;
        while let Some(id) = next {
            next = self.block(id).below();
            match self.statement(id, depth) {
                Some(stmt) => all.push(stmt),
                None => good = false,
            }
        }
        good.then_some(all)
    }

    fn statement(&mut self, id: BlockId, depth: usize) -> Option<StmtId> {
        let origin = self.places.block(id);
        let mut comments = self.comments(id);
        let kind = match self.kind(id)? {
            Kind::ControlsIf => {
                self.deep(depth + 1, id)?;
                self.choice(id, depth)?
            }
            Kind::FilterDrop => StmtKind::Drop,
            Kind::FilterKeep => StmtKind::Keep,
            Kind::RuleStop => StmtKind::Stop,
            Kind::MessageAddTag => StmtKind::Tag(self.texts(id, "TAG")?),
            Kind::MessageRemoveTag => StmtKind::Untag(self.texts(id, "TAG")?),
            Kind::FieldSet => {
                let value = self.input(id, "VALUE", 0)?;
                let value = self.operand(value, &mut comments)?;
                StmtKind::Set { field: self.field(id, "FIELD", 0)?, value }
            }
            Kind::FieldRemove => {
                let fields: Option<Vec<FieldRef>> =
                    (0..self.size(id, "FIELD")).map(|i| self.field(id, "FIELD", i)).collect();
                StmtKind::Remove(fields?)
            }
            Kind::AlertThreshold | Kind::AlertDistinct | Kind::AlertCorrelation => {
                self.deep(depth + 1, id)?;
                self.when(id, depth)?
            }
            Kind::ContextRemember => {
                StmtKind::Remember { name: self.text(id, "NAME", 0)?, length: self.length(id)?, by: self.keys(id)? }
            }
            Kind::ContextForget => StmtKind::Forget { name: self.text(id, "NAME", 0)?, by: self.keys(id)? },
            Kind::AlertSend => StmtKind::Send {
                via: self.text(id, "VIA", 0)?,
                template: if self.size(id, "ALERT_TEMPLATE") > 0 {
                    Some(self.text(id, "ALERT_TEMPLATE", 0)?)
                } else {
                    None
                },
                to: self.texts(id, "TO")?,
            },
            _ => return None,
        };
        Some(self.def.add_stmt(Stmt { kind, disabled: self.disabled(id), comments, origin }))
    }

    /// An `if` at this depth; as in text, its condition stands there too, and what it does is one deeper.
    fn choice(&mut self, id: BlockId, depth: usize) -> Option<StmtKind> {
        let mut arms = Vec::new();
        let mut good = true;
        for i in 0..self.size(id, "IF") {
            let cond = self.input(id, "IF", i).and_then(|cond| self.condition(cond, depth));
            let body = self.statements(self.input(id, "DO", i), depth + 1);
            match (cond, body) {
                (Some(cond), Some(body)) => arms.push(Arm { cond, body }),
                (None, _) | (_, None) => good = false,
            }
        }
        let otherwise = match self.size(id, "ELSE") {
            0 => None,
            _ => Some(self.statements(self.input(id, "ELSE", 0), depth + 1)?),
        };
        good.then_some(StmtKind::If { arms, otherwise })
    }

    /// The field that a field of a block names.
    pub fn field(&mut self, id: BlockId, part: &str, i: usize) -> Option<FieldRef> {
        let name = self.text(id, part, i)?;
        Some(FieldRef { name: name.value, origin: name.origin })
    }

    /// A part of a block as a place.
    pub fn part_place(&mut self, id: BlockId, part: &str) -> Origin {
        self.places.part(id, part)
    }
}

/// The lines of a comment, as the tree keeps them.
pub(super) fn comment_lines(text: &str) -> Vec<String> {
    text.split('\n').map(|line| line.trim_end().to_string()).collect()
}
