//! The tree into blocks.
//!
//! In: a definition. Out: a workspace without ids and places, that lowers to the same tree; a finding for what no block can
//! hold (a modifier before an operator that does not know it, which is an error in text too). Everything left to do stands on a
//! worklist, so that depth costs no stack. Never here: layout.

use crate::ast::{
    Args, Base, CondId, CondKind, Definition, Literal, Meta, MetaKey, MetaValue, Operand, Operator, Rule, RuleKind,
    StmtId, StmtKind, Test,
};
use crate::blockly::vocabulary::ours::{BLOCKS, Kind};
use crate::blockly::{Block, BlockId, Comment, Extra, ExtraValue, Field, FieldValue, Input, Note, Workspace, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::origin::Origin;
use crate::source::blockly::END_NOTE;
use crate::source::text::words::SYSTEMS;
use crate::target::text;

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
                StmtKind::Drop
                | StmtKind::Keep
                | StmtKind::Stop
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Remove(_)
                | StmtKind::Send { .. } => {}
            }
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

    fn cond(&mut self, id: CondId, parent: BlockId, input: usize) {
        let def = self.def;
        let cond = def.cond(id);
        self.at = cond.origin;
        match &cond.kind {
            CondKind::And(members) | CondKind::Or(members) => {
                let mut operation = block(Kind::LogicOperation);
                put(&mut operation, "OP", if matches!(cond.kind, CondKind::And(_)) { "AND" } else { "OR" });
                // Without a count it would be Blockly's own form, of which chains are read as one.
                number(&mut operation, "itemCount", members.len());
                comment(&mut operation, &cond.comments);
                let operation = self.store(operation, parent, input);
                for (i, member) in members.iter().enumerate() {
                    let input = self.input(operation, name_at(Kind::LogicOperation, "MEMBER", i), false);
                    self.jobs.push(Job::Cond(*member, operation, input));
                }
            }
            CondKind::Not(inner) => {
                if let CondKind::Test(test) = &def.cond(*inner).kind
                    && test_block(test, true).is_some()
                {
                    let comments = [cond.comments.as_slice(), &def.cond(*inner).comments].concat();
                    self.test(*inner, test, true, &comments, parent, input);
                    return;
                }
                let mut negation = block(Kind::LogicNegate);
                comment(&mut negation, &cond.comments);
                let negation = self.store(negation, parent, input);
                let input = self.input(negation, "BOOL", false);
                self.jobs.push(Job::Cond(*inner, negation, input));
            }
            CondKind::SomeOf { list, body } => {
                let mut some = block(Kind::ListSomeMember);
                put(&mut some, "LIST", &list.name);
                comment(&mut some, &cond.comments);
                let some = self.store(some, parent, input);
                let input = self.input(some, "TEST", false);
                self.jobs.push(Job::Cond(*body, some, input));
            }
            CondKind::Const(value) => {
                let mut constant = block(Kind::LogicBoolean);
                put(&mut constant, "BOOL", if *value { "TRUE" } else { "FALSE" });
                comment(&mut constant, &cond.comments);
                self.store(constant, parent, input);
            }
            CondKind::Test(test) => self.test(id, test, false, &cond.comments, parent, input),
        }
    }

    fn test(
        &mut self,
        cond: CondId,
        test: &Test,
        negated: bool,
        comments: &[String],
        mut parent: BlockId,
        mut input: usize,
    ) {
        let system = match test.dialect {
            Dialect::Ours => None,
            Dialect::Winlogbeat(version) => Some(version.to_string()),
            Dialect::Sysmon | Dialect::Sigma | Dialect::LogManager => {
                SYSTEMS.iter().find(|(_, dialect)| *dialect == test.dialect).map(|(name, _)| (*name).to_string())
            }
        };
        let mut comments = comments;
        if let Some(system) = system {
            let mut strictly = block(Kind::TestStrictly);
            put(&mut strictly, "AS", system);
            comment(&mut strictly, comments);
            comments = &[];
            parent = self.store(strictly, parent, input);
            input = self.input(parent, "TEST", false);
        }
        let Some((kind, option)) = test_block(test, negated) else { return };
        self.modifiers(cond, test, kind);
        let mut test_block = block(kind);
        comment(&mut test_block, comments);
        match &test.args {
            Args::Events(events) => {
                put(&mut test_block, "OP", option);
                for (i, event) in events.iter().enumerate() {
                    put(&mut test_block, name_at(kind, "EVENT", i), &event.value);
                }
                if events.len() != 1 {
                    number(&mut test_block, "itemCount", events.len());
                }
                self.store(test_block, parent, input);
                return;
            }
            Args::Tags { all, tags } => {
                put(&mut test_block, "OF", of(*all));
                for (i, tag) in tags.iter().enumerate() {
                    put(&mut test_block, name_at(kind, "TAG", i), &tag.value);
                }
                if tags.len() != 1 {
                    number(&mut test_block, "itemCount", tags.len());
                }
                self.store(test_block, parent, input);
                return;
            }
            Args::None | Args::One(_) | Args::Many { .. } | Args::Table { .. } | Args::Class(_) => {}
        }
        let (subject, chooses, right) = inputs_of(kind);
        put(&mut test_block, chooses, option);
        if let Args::Class(class) = &test.args {
            put(&mut test_block, "CLASS", words::key(words::CLASSES, class).unwrap_or_default());
        }
        if let Args::Table { name, column } = &test.args {
            put(&mut test_block, "TABLE", &name.value);
            if let Some(column) = column {
                put(&mut test_block, "COLUMN", &column.value);
                flag(&mut test_block, "column");
            }
        }
        let def = &BLOCKS[kind as usize];
        if def.part_named("CASE").is_some() {
            put(&mut test_block, "CASE", if test.cased { "MATCH" } else { "IGNORE" });
        }
        if def.part_named("DASH").is_some() {
            put(&mut test_block, "DASH", if test.any_dash { "ANY" } else { "AS_WRITTEN" });
        }
        let id = self.store(test_block, parent, input);
        let mut about = (id, self.input(id, subject, false));
        if test.every {
            let every = self.store(block(Kind::ListsEvery), about.0, about.1);
            about = (every, self.input(every, "VALUE", false));
        }
        self.operand(&test.subject, about.0, about.1);
        let Some(right) = right else { return };
        let right = self.input(id, right, false);
        match &test.args {
            Args::One(operand) => self.operand(operand, id, right),
            Args::Many { all, items, .. } => self.list(*all, items, id, right),
            Args::None | Args::Table { .. } | Args::Class(_) | Args::Events(_) | Args::Tags { .. } => {}
        }
    }

    /// A modifier that the block cannot hold is told; the checker refuses it too.
    fn modifiers(&mut self, cond: CondId, test: &Test, kind: Kind) {
        let def = &BLOCKS[kind as usize];
        for (set, part, word) in [(test.cased, "CASE", "cased"), (test.any_dash, "DASH", "any-dash")] {
            if set && def.part_named(part).is_none() {
                let entry = test.op.value.entry();
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::NotInTarget,
                        self.def.cond(cond).origin,
                        format!("no block can hold `{word}` before `{}`", entry.word),
                    )
                    .help(format!("take it out; `{}` does not know it", entry.word)),
                );
            }
        }
    }

    fn list(&mut self, all: bool, items: &[Operand], parent: BlockId, input: usize) {
        let plain = |item: &Operand| match (&item.base, item.through.is_empty()) {
            (Base::Literal(Literal::Text(_)), true) => Some(Kind::ListsTexts),
            (Base::Literal(_), true) => Some(Kind::ListsValues),
            _ => None,
        };
        let kind = items.first().and_then(plain).filter(|kind| items.iter().all(|item| plain(item) == Some(*kind)));
        let kind = kind.unwrap_or(Kind::ListsCreateWith);
        let mut list = block(kind);
        put(&mut list, "OF", of(all));
        let absent = if kind == Kind::ListsCreateWith { 3 } else { 1 };
        if items.len() != absent {
            number(&mut list, "itemCount", items.len());
        }
        if kind == Kind::ListsCreateWith {
            let list = self.store(list, parent, input);
            for (i, item) in items.iter().enumerate() {
                let input = self.input(list, name_at(kind, "ADD", i), false);
                self.operand(item, list, input);
            }
            return;
        }
        for (i, item) in items.iter().enumerate() {
            if let Base::Literal(literal) = &item.base {
                let value = match literal {
                    Literal::Text(text) => text.clone(),
                    other => text::unquoted(other),
                };
                put(&mut list, name_at(kind, "ITEM", i), value);
            }
        }
        self.store(list, parent, input);
    }

    /// An operand: its functions, outermost first, then its base. There are few, so this nests little.
    fn operand(&mut self, operand: &Operand, mut parent: BlockId, mut input: usize) {
        for function in operand.through.iter().rev() {
            let Some(known) = words::FUNCTIONS.iter().find(|known| known.function == *function) else { continue };
            let mut call = block(known.kind);
            if let Some((field, key)) = known.option {
                put(&mut call, field, key);
            }
            parent = self.store(call, parent, input);
            input = self.input(parent, known.input, false);
        }
        if let Base::Lookup(lookup) = &operand.base {
            let mut call = block(Kind::LookupValue);
            put(&mut call, "COLUMN", &lookup.column.value);
            put(&mut call, "TABLE", &lookup.table.value);
            let call = self.store(call, parent, input);
            let input = self.input(call, "TEXT", false);
            self.operand(&lookup.of, call, input);
            return;
        }
        let base = base_block(&operand.base);
        self.store(base, parent, input);
    }
}

fn base_block(base: &Base) -> Block {
    let (kind, field, value) = match base {
        Base::Field(field) => (Kind::EventField, "NAME", field.name.clone()),
        // A test about the event itself has no operand, and a look-up is no base of its own.
        Base::AnyField | Base::Event | Base::Lookup(_) => return block(Kind::EventAnyField),
        Base::Hash(hash) => {
            (Kind::EventHash, "ALGORITHM", words::key(words::HASHES, hash).unwrap_or_default().to_string())
        }
        Base::Literal(literal) => match literal {
            Literal::Text(text) => (Kind::Text, "TEXT", text.clone()),
            Literal::Number { .. } => (Kind::Number, "NUM", text::unquoted(literal)),
            Literal::Bool(yes) => (Kind::LogicBoolean, "BOOL", if *yes { "TRUE" } else { "FALSE" }.to_string()),
            Literal::Address(_) => (Kind::Ip, "IP", text::unquoted(literal)),
            Literal::Network { .. } => (Kind::IpNetwork, "NETWORK", text::unquoted(literal)),
            Literal::Time { .. } => (Kind::DateTime, "TIME", text::unquoted(literal)),
        },
    };
    let mut block = block(kind);
    put(&mut block, field, value);
    block
}

/// The block that asks a test.
#[cfg(test)]
pub(super) fn test_kind(test: &Test) -> Option<Kind> {
    test_block(test, false).map(|(kind, _)| kind)
}

/// Has the block this part?
#[cfg(test)]
pub(super) fn holds(kind: Option<Kind>, part: &str) -> bool {
    kind.is_some_and(|kind| BLOCKS[kind as usize].part_named(part).is_some())
}

/// Which block and option asks a test; `None` if no option asks for its opposite.
fn test_block(test: &Test, negated: bool) -> Option<(Kind, &'static str)> {
    if test.op.value == Operator::HasTag {
        return (!negated).then_some((Kind::MessageHasTag, ""));
    }
    let table = matches!(test.args, Args::Table { .. });
    let (kind, option, ..) = words::TESTS.iter().find(|(kind, _, op, opposite)| {
        *op == test.op.value && *opposite == negated && (*kind == Kind::FunctionLookupSearch) == table
    })?;
    Some((*kind, option))
}

/// The input of a test's subject, the field of its operator, and the input of what it is compared with.
fn inputs_of(kind: Kind) -> (&'static str, &'static str, Option<&'static str>) {
    match kind {
        Kind::LogicCompare => ("A", "OP", Some("B")),
        Kind::LogicIsIn => ("A", "OP", Some("B")),
        Kind::FunctionLookupSearch => ("TEXT", "OP", None),
        Kind::IpTestClass => ("VALUE", "OP", None),
        Kind::FieldTest => ("VALUE", "TYPE", None),
        _ => ("VALUE", "TYPE", Some("FIND")),
    }
}

fn of(all: bool) -> &'static str {
    if all { "ALL" } else { "ANY" }
}

fn disable(block: &mut Block, disabled: bool) {
    if disabled {
        block.disabled.push("MANUALLY_DISABLED".to_string());
    }
}

fn meta_block(meta: &Meta) -> Option<Block> {
    let block = match &meta.value {
        MetaValue::Text(text) => {
            let mut note = block(Kind::RuleNote);
            put(&mut note, "KEY", words::key(words::NOTES, &meta.key)?);
            put(&mut note, "TEXT", text);
            note
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
        MetaValue::Flag => {
            debug_assert!(meta.key == MetaKey::AllowTamperEvents);
            block(Kind::RuleAllowTamperEvents)
        }
    };
    Some(block)
}
