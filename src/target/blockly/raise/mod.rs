//! The tree into blocks.
//!
//! In: a definition. Out: a workspace without ids and places, that lowers to the same tree; a finding for what no block can
//! hold (a modifier before an operator that does not know it, which is an error in text too). Everything left to do stands on a
//! worklist, so that depth costs no stack. Never here: layout.

mod conditions;

use crate::ast::{
    Asks, CondId, Definition, FieldRef, Length, Meta, MetaKey, MetaValue, Rule, RuleKind, Step, StmtId, StmtKind, When,
};
use crate::blockly::vocabulary::ours::{BLOCKS, Kind};
use crate::blockly::{Block, BlockId, Comment, Extra, ExtraValue, Field, FieldValue, Input, Note, Workspace, words};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::source::blockly::END_NOTE;
use crate::target::text;
#[cfg(test)]
pub(super) use conditions::{holds, test_kind};

/// Rules as blocks.
#[derive(Clone, Debug)]
pub struct Raised {
    /// The blocks.
    pub workspace: Workspace,
    /// Where each block comes from.
    pub origins: Vec<Origin>,
    /// What no block can hold.
    pub diagnostics: Vec<Diagnostic>,
}

/// Makes blocks of all rules.
pub fn raise(def: &Definition) -> Raised {
    let mut raiser = Raiser {
        def,
        workspace: Workspace::default(),
        diagnostics: Vec::new(),
        jobs: Vec::new(),
        origins: Vec::new(),
        at: Origin::whole(def.source),
    };
    for rule in &def.rules {
        raiser.rule(rule);
    }
    if !def.comments.is_empty() {
        let text = def.comments.join("\n");
        raiser.workspace.notes.push(Note { id: END_NOTE.to_string(), text, ..Note::default() });
    }
    Raised { workspace: raiser.workspace, origins: raiser.origins, diagnostics: raiser.diagnostics }
}

/// What is left to do: something, and the input that it belongs into.
enum Job<'a> {
    Stmts(&'a [StmtId], BlockId, usize),
    Cond(CondId, BlockId, usize),
}

struct Raiser<'a> {
    def: &'a Definition,
    workspace: Workspace,
    diagnostics: Vec<Diagnostic>,
    jobs: Vec<Job<'a>>,
    origins: Vec<Origin>,
    /// Where what is being raised comes from.
    at: Origin,
}

fn block(kind: Kind) -> Block {
    Block { kind: BLOCKS[kind as usize].name.to_string(), ..Block::default() }
}

fn put(block: &mut Block, name: impl Into<String>, value: impl Into<String>) {
    block.fields.push(Field { name: name.into(), value: FieldValue::Text(value.into()) });
}

fn number(block: &mut Block, name: &str, value: usize) {
    let extra = block.extra.get_or_insert_with(Extra::default);
    extra.values.push((name.to_string(), ExtraValue::Number(value.to_string())));
}

fn flag(block: &mut Block, name: &str) {
    let extra = block.extra.get_or_insert_with(Extra::default);
    extra.values.push((name.to_string(), ExtraValue::Bool(true)));
}

fn comment(block: &mut Block, lines: &[String]) {
    if !lines.is_empty() {
        block.comment = Some(Comment { text: lines.join("\n"), ..Comment::default() });
    }
}

/// The name of the part with this index.
fn name_at(kind: Kind, part: &str, i: usize) -> String {
    let def = &BLOCKS[kind as usize];
    let part = def.part_named(part).and_then(|part| def.parts.get(part));
    part.map_or(String::new(), |part| part.name_at(u32::try_from(i).unwrap_or(u32::MAX)))
}

impl<'a> Raiser<'a> {
    fn input(&mut self, id: BlockId, name: impl Into<String>, statements: bool) -> usize {
        let block = self.workspace.block_mut(id);
        block.inputs.push(Input { name: name.into(), block: None, shadow: None, statements: Some(statements) });
        block.inputs.len() - 1
    }

    fn add(&mut self, block: Block) -> BlockId {
        self.origins.push(self.at);
        self.workspace.add(block)
    }

    /// Stores a block in an input of another.
    fn store(&mut self, block: Block, parent: BlockId, input: usize) -> BlockId {
        let id = self.add(block);
        if let Some(input) = self.workspace.block_mut(parent).inputs.get_mut(input) {
            input.block = Some(id);
        }
        id
    }

    fn rule(&mut self, rule: &'a Rule) {
        let kind = match rule.kind {
            RuleKind::Filter => Kind::RuleFilter,
            RuleKind::Classify => Kind::RuleClassify,
            RuleKind::Alert => Kind::RuleAlert,
        };
        let mut hat = block(kind);
        put(&mut hat, "NAME", &rule.name.value);
        comment(&mut hat, &rule.comments);
        disable(&mut hat, rule.disabled);
        self.at = rule.origin;
        let id = self.add(hat);
        self.workspace.tops.push(id);
        if !rule.meta.is_empty() {
            let input = self.input(id, "META", true);
            let mut above = None;
            for meta in &rule.meta {
                self.at = meta.origin;
                let Some(block) = meta_block(meta) else { continue };
                above = Some(match above {
                    None => self.store(block, id, input),
                    Some(above) => self.below(block, above),
                });
            }
        }
        self.stack(&rule.body, id, "DO".to_string());
        while let Some(job) = self.jobs.pop() {
            match job {
                Job::Stmts(stmts, parent, input) => self.stmts(stmts, parent, input),
                Job::Cond(cond, parent, input) => self.cond(cond, parent, input),
            }
        }
    }

    fn below(&mut self, block: Block, above: BlockId) -> BlockId {
        let id = self.add(block);
        self.workspace.block_mut(above).next = Some(id);
        id
    }

    /// Statements into an input; an empty stack leaves no input, as Blockly saves it.
    fn stack(&mut self, stmts: &'a [StmtId], id: BlockId, name: String) {
        if !stmts.is_empty() {
            let input = self.input(id, name, true);
            self.jobs.push(Job::Stmts(stmts, id, input));
        }
    }

    fn stmts(&mut self, stmts: &'a [StmtId], parent: BlockId, input: usize) {
        let def = self.def;
        let mut above = None;
        for stmt in stmts {
            let stmt = def.stmt(*stmt);
            self.at = stmt.origin;
            let mut block = self.stmt_block(&stmt.kind);
            comment(&mut block, &stmt.comments);
            disable(&mut block, stmt.disabled);
            let id = match above {
                None => self.store(block, parent, input),
                Some(above) => self.below(block, above),
            };
            above = Some(id);
            match &stmt.kind {
                StmtKind::If { arms, otherwise } => {
                    for (i, arm) in arms.iter().enumerate() {
                        let cond = self.input(id, name_at(Kind::ControlsIf, "IF", i), false);
                        self.jobs.push(Job::Cond(arm.cond, id, cond));
                        self.stack(&arm.body, id, name_at(Kind::ControlsIf, "DO", i));
                    }
                    self.stack(otherwise.as_deref().unwrap_or(&[]), id, "ELSE".to_string());
                }
                StmtKind::Set { value, .. } => {
                    let input = self.input(id, "VALUE", false);
                    self.operand(value, id, input);
                }
                StmtKind::When { when, body } => {
                    if let Asks::Steps { steps, .. } = &when.asks
                        && !steps.is_empty()
                    {
                        let input = self.input(id, "STEPS", true);
                        self.steps(steps, id, input);
                    }
                    self.stack(body, id, "DO".to_string());
                }
                StmtKind::Drop
                | StmtKind::Keep
                | StmtKind::Stop
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Remove(_)
                | StmtKind::Send { .. }
                | StmtKind::Remember { .. }
                | StmtKind::Forget { .. } => {}
            }
        }
    }

    fn steps(&mut self, steps: &'a [Step], parent: BlockId, input: usize) {
        let mut above = None;
        for step in steps {
            self.at = step.origin;
            let mut block = block(Kind::AlertStep);
            keys(&mut block, Kind::AlertStep, &step.by);
            comment(&mut block, &step.comments);
            let id = match above {
                None => self.store(block, parent, input),
                Some(above) => self.below(block, above),
            };
            above = Some(id);
            let cond = self.input(id, "IF", false);
            self.jobs.push(Job::Cond(step.cond, id, cond));
        }
    }

    /// A statement without what stands in its inputs.
    fn stmt_block(&mut self, kind: &StmtKind) -> Block {
        let several = |kind: Kind, part: &str, values: Vec<&str>| {
            let mut block = block(kind);
            for (i, value) in values.iter().enumerate() {
                put(&mut block, name_at(kind, part, i), *value);
            }
            if values.len() != 1 {
                number(&mut block, "itemCount", values.len());
            }
            block
        };
        match kind {
            StmtKind::If { arms, otherwise } => {
                let mut block = block(Kind::ControlsIf);
                if arms.len() > 1 {
                    number(&mut block, "elseIfCount", arms.len() - 1);
                }
                if otherwise.is_some() {
                    flag(&mut block, "hasElse");
                }
                block
            }
            StmtKind::Drop => block(Kind::FilterDrop),
            StmtKind::Keep => block(Kind::FilterKeep),
            StmtKind::Stop => block(Kind::RuleStop),
            StmtKind::Tag(tags) => {
                several(Kind::MessageAddTag, "TAG", tags.iter().map(|tag| tag.value.as_str()).collect())
            }
            StmtKind::Untag(tags) => {
                several(Kind::MessageRemoveTag, "TAG", tags.iter().map(|tag| tag.value.as_str()).collect())
            }
            StmtKind::Set { field, .. } => {
                let mut block = block(Kind::FieldSet);
                put(&mut block, "FIELD", &field.name);
                block
            }
            StmtKind::Remove(fields) => {
                several(Kind::FieldRemove, "FIELD", fields.iter().map(|field| field.name.as_str()).collect())
            }
            StmtKind::When { when, .. } => when_block(when),
            StmtKind::Remember { name, length: long, by } => {
                let mut block = block(Kind::ContextRemember);
                put(&mut block, "NAME", &name.value);
                length(&mut block, long.value);
                keys(&mut block, Kind::ContextRemember, by);
                block
            }
            StmtKind::Forget { name, by } => {
                let mut block = block(Kind::ContextForget);
                put(&mut block, "NAME", &name.value);
                keys(&mut block, Kind::ContextForget, by);
                block
            }
            StmtKind::Send { via, template, to } => {
                let mut block = block(Kind::AlertSend);
                put(&mut block, "VIA", &via.value);
                if let Some(template) = template {
                    put(&mut block, "ALERT_TEMPLATE", &template.value);
                    flag(&mut block, "template");
                }
                for (i, to) in to.iter().enumerate() {
                    put(&mut block, name_at(Kind::AlertSend, "TO", i), &to.value);
                }
                if !to.is_empty() {
                    number(&mut block, "itemCount", to.len());
                }
                block
            }
        }
    }
}

fn disable(block: &mut Block, disabled: bool) {
    if disabled {
        block.disabled.push("MANUALLY_DISABLED".to_string());
    }
}

/// The fields of a key, one a row.
fn keys(block: &mut Block, kind: Kind, by: &[FieldRef]) {
    for (i, field) in by.iter().enumerate() {
        put(block, name_at(kind, "KEY", i), &field.name);
    }
    if !by.is_empty() {
        number(block, "keyCount", by.len());
    }
}

fn length(block: &mut Block, length: Length) {
    put(block, "LENGTH", length.count.to_string());
    put(block, "UNIT", words::key(words::UNITS, &length.unit).unwrap_or_default());
}

/// A `when` without what stands in its inputs.
fn when_block(when: &When) -> Block {
    let kind = match &when.asks {
        Asks::Events(_) => Kind::AlertThreshold,
        Asks::Distinct(..) => Kind::AlertDistinct,
        Asks::Steps { .. } => Kind::AlertCorrelation,
    };
    let mut block = block(kind);
    match &when.asks {
        Asks::Events(least) => put(&mut block, "COUNT", least.value.to_string()),
        Asks::Distinct(least, fields) => {
            put(&mut block, "COUNT", least.value.to_string());
            for (i, field) in fields.iter().enumerate() {
                put(&mut block, name_at(kind, "FIELD", i), &field.name);
            }
            if fields.len() != 1 {
                number(&mut block, "itemCount", fields.len());
            }
        }
        Asks::Steps { ordered, .. } => {
            put(&mut block, "ORDER", words::key(words::ORDERS, ordered).unwrap_or_default());
        }
    }
    length(&mut block, when.within.value);
    put(&mut block, "WINDOW", words::key(words::WINDOWS, &when.from_first_hit).unwrap_or_default());
    keys(&mut block, kind, &when.by);
    if let Some(name) = &when.name {
        put(&mut block, "NAME", &name.value);
        flag(&mut block, "name");
    }
    block
}

fn meta_block(meta: &Meta) -> Option<Block> {
    let block = match &meta.value {
        MetaValue::Text(text) => {
            let mut note = block(Kind::RuleNote);
            put(&mut note, "KEY", words::key(words::NOTES, &meta.key)?);
            put(&mut note, "TEXT", text);
            note
        }
        MetaValue::Quiet(long, by) => {
            let mut quiet = block(Kind::RuleSuppress);
            length(&mut quiet, long.value);
            keys(&mut quiet, Kind::RuleSuppress, by);
            quiet
        }
        MetaValue::Texts(texts) => {
            let mut list = block(Kind::RuleList);
            put(&mut list, "KEY", words::key(words::LISTS, &meta.key)?);
            for (i, text) in texts.iter().enumerate() {
                put(&mut list, name_at(Kind::RuleList, "ITEM", i), &text.value);
            }
            if texts.len() != 1 {
                number(&mut list, "itemCount", texts.len());
            }
            list
        }
        MetaValue::Severity(severity) => {
            let mut block = block(Kind::RuleSeverity);
            put(&mut block, "LEVEL", words::key(words::SEVERITIES, severity)?);
            block
        }
        MetaValue::Date(day) => {
            let mut block = block(Kind::RuleExpires);
            put(&mut block, "DATE", text::day(*day));
            block
        }
        MetaValue::Allow(code, reason) => {
            let mut block = block(Kind::RuleAllowFinding);
            put(&mut block, "CODE", &code.value);
            put(&mut block, "REASON", &reason.value);
            block
        }
        MetaValue::Flag => {
            debug_assert!(meta.key == MetaKey::AllowTamperEvents);
            block(Kind::RuleAllowTamperEvents)
        }
    };
    Some(block)
}
