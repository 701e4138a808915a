//! Rules as the log manager exports them.
//!
//! In: a definition of one rule that says only what the log manager's published blocks can say, and the project's registry. Out:
//! its Blockly XML, which reads back as the same rule; else a finding that names the statement or test, and the way out. Never
//! here: a block whose form was not published.

mod values;

use crate::ast::{Base, CondId, Definition, FieldRef, Literal, Operand, RuleKind, Stmt, StmtId, StmtKind};
use crate::blockly::registry::{Registry, uuid};
use crate::blockly::vocabulary::logmanager::{BLOCKS, Kind};
use crate::blockly::{Block, BlockId, Comment, Extra, Field, FieldValue, Input, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::limits;
use crate::origin::Origin;
use crate::source::blockly::MANAGER_NAMESPACE;
use crate::target::blockly::xml;

/// Writes the one rule of a definition.
pub fn write(def: &Definition, registry: &Registry) -> Result<String, Vec<Diagnostic>> {
    let mut writer = Writer {
        def,
        registry,
        kind: RuleKind::Classify,
        workspace: Workspace::default(),
        diagnostics: Vec::new(),
        origins: Vec::new(),
    };
    writer.rule();
    if !writer.diagnostics.is_empty() {
        return Err(writer.diagnostics);
    }
    let (text, uncarried) = xml::write(&writer.workspace, MANAGER_NAMESPACE);
    if uncarried.is_empty() {
        return Ok(text);
    }
    let place = |block: Option<BlockId>| {
        block.and_then(|id| writer.origins.get(id.0 as usize)).copied().unwrap_or(Origin::whole(def.source))
    };
    let findings = uncarried.into_iter().map(|uncarried| {
        let message = format!("XML cannot carry {}", uncarried.what);
        Diagnostic::new(Code::NotCarried, place(uncarried.block), message).help("take it out")
    });
    Err(findings.collect())
}

struct Writer<'a> {
    def: &'a Definition,
    registry: &'a Registry,
    /// Of the rule that is written.
    kind: RuleKind,
    workspace: Workspace,
    diagnostics: Vec<Diagnostic>,
    /// Where each block comes from.
    origins: Vec<Origin>,
}

/// Where a block goes.
#[derive(Clone, Copy)]
enum Slot {
    Input(BlockId, usize),
    Below(BlockId),
    Top,
}

fn block(kind: Kind) -> Block {
    Block { kind: BLOCKS[kind as usize].name.to_string(), ..Block::default() }
}

fn with(kind: Kind, field: &str, value: impl Into<String>) -> Block {
    let mut block = block(kind);
    block.fields.push(Field { name: field.to_string(), value: FieldValue::Text(value.into()) });
    block
}

fn mutation(block: &mut Block, attributes: &str) {
    block.extra =
        Some(Extra { values: Vec::new(), mutation: true, raw: Some(format!("<mutation {attributes}></mutation>")) });
}

fn comment(block: &mut Block, lines: &[String]) {
    if !lines.is_empty() {
        block.comment = Some(Comment { text: lines.join("\n"), ..Comment::default() });
    }
}

impl<'a> Writer<'a> {
    fn refuse(&mut self, origin: Origin, message: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::new(Code::NotInTarget, origin, message).help(help));
    }

    fn add(&mut self, block: Block, slot: Slot, origin: Origin) -> BlockId {
        self.origins.push(origin);
        let id = self.workspace.add(block);
        match slot {
            Slot::Top => self.workspace.tops.push(id),
            Slot::Below(above) => self.workspace.block_mut(above).next = Some(id),
            Slot::Input(parent, input) => {
                if let Some(input) = self.workspace.block_mut(parent).inputs.get_mut(input) {
                    input.block = Some(id);
                }
            }
        }
        id
    }

    fn input(&mut self, id: BlockId, name: impl Into<String>, statements: bool) -> Slot {
        let block = self.workspace.block_mut(id);
        block.inputs.push(Input { name: name.into(), block: None, shadow: None, statements: Some(statements) });
        Slot::Input(id, block.inputs.len() - 1)
    }

    fn rule(&mut self) {
        const ONE: &str = "one rule a file: the log manager keeps each under its own name";
        let def = self.def;
        let Some(rule) = def.rules.first() else {
            self.refuse(Origin::whole(def.source), "there is no rule to write", ONE);
            return;
        };
        if let Some(second) = def.rules.get(1) {
            self.refuse(second.origin, "the log manager's export holds one rule", ONE);
        }
        if rule.kind == RuleKind::Filter {
            let help = "filters of agents have no published form; compile them for Winlogbeat";
            self.refuse(rule.origin, "a filter cannot be written for the log manager", help);
            return;
        }
        if rule.body.is_empty() {
            self.refuse(rule.origin, "a rule without statements is nothing in the log manager", "say what it does");
        }
        self.kind = rule.kind;
        let sends = def.stmts.iter().any(|stmt| matches!(stmt.kind, StmtKind::Send { .. }));
        if rule.kind == RuleKind::Alert && !sends {
            self.refuse(rule.origin, "an alert that sends nothing is no alert of the log manager", "send a mail");
        }
        if rule.body.is_empty() {
            self.refuse(rule.origin, "a rule without statements has no blocks", "give it one");
        }
        if rule.disabled {
            let help = "write it without `disabled`, and switch it off in the log manager";
            self.refuse(rule.origin, "an export does not say that the whole rule is disabled", help);
        }
        for meta in &rule.meta {
            let message = format!("`{}` has no place in the log manager's export", meta.key.word());
            self.refuse(
                meta.origin,
                message,
                "take it out; the log manager keeps a name and a description beside the blocks",
            );
        }
        if !rule.comments.is_empty() || !def.comments.is_empty() {
            self.refuse(rule.name.origin, "comments of the rule itself have no block", "put them before a statement");
        }
        self.stmts(&rule.body, Slot::Top);
    }

    fn stmts(&mut self, stmts: &'a [StmtId], slot: Slot) {
        let def = self.def;
        let mut slot = slot;
        let mut rest = stmts;
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            let stmt = def.stmt(*first);
            let next = after.first().map(|next| def.stmt(*next));
            self.belongs(stmt);
            let mut made = match &stmt.kind {
                StmtKind::If { arms, otherwise } => {
                    let mut made = block(Kind::ControlsIf);
                    let mut attributes = Vec::new();
                    if arms.len() > 1 {
                        attributes.push(format!("elseif=\"{}\"", arms.len() - 1));
                    }
                    if otherwise.is_some() {
                        attributes.push("else=\"1\"".to_string());
                    }
                    if !attributes.is_empty() {
                        mutation(&mut made, &attributes.join(" "));
                    }
                    Some(made)
                }
                StmtKind::Tag(tags) => match tags.as_slice() {
                    [tag] => self
                        .reference(tag.origin, &tag.value, "tag", "tags", |registry| &registry.tags)
                        .map(|uuid| with(Kind::MessageAddTag, "TAG", uuid)),
                    _ => {
                        let help = "write a statement for each tag";
                        self.refuse(stmt.origin, "the log manager's block adds one tag", help);
                        None
                    }
                },
                StmtKind::Send { via, template: Some(template), to } if via.value == "mail" && to.is_empty() => self
                    .reference(template.origin, &template.value, "template", "templates", |registry| {
                        &registry.templates
                    })
                    .map(|uuid| with(Kind::AlertSend, "ALERT_TEMPLATE", uuid)),
                StmtKind::Set { field, value } => match next.map(|next| (&next.kind, next)) {
                    Some((StmtKind::Remove(removed), second))
                        if is_move(field, value, removed)
                            && second.disabled == stmt.disabled
                            && second.comments.is_empty() =>
                    {
                        rest = after.get(1..).unwrap_or_default();
                        Some(block(Kind::FunctionDictionariesRenameKey))
                    }
                    Some(_) | None => {
                        let help = "a `set` can be written where it moves a msg field, with `remove field` of the old one behind it";
                        self.refuse(stmt.origin, "the log manager's block that sets a field was never published", help);
                        None
                    }
                },
                StmtKind::Send { .. } => {
                    let help =
                        "write `send mail using template \"NAME\"`; the recipients stand beside the blocks there";
                    self.refuse(
                        stmt.origin,
                        "the log manager sends mail by a template, to recipients of its own",
                        help,
                    );
                    None
                }
                StmtKind::When { .. } | StmtKind::Remember { .. } | StmtKind::Forget { .. } => {
                    self.refuse(
                        stmt.origin,
                        "the log manager's blocks of contexts were never published",
                        "make the correlation there by hand",
                    );
                    None
                }
                StmtKind::Drop | StmtKind::Keep | StmtKind::Stop | StmtKind::Untag(_) | StmtKind::Remove(_) => {
                    self.refuse(stmt.origin, "no published block of the log manager does this", "take it out");
                    None
                }
            };
            let Some(mut made) = made.take() else { continue };
            comment(&mut made, &stmt.comments);
            if stmt.disabled {
                made.disabled.push("MANUALLY_DISABLED".to_string());
            }
            let id = self.add(made, slot, stmt.origin);
            slot = Slot::Below(id);
            self.inside(&stmt.kind, id, stmt.origin);
        }
    }

    /// A rule that sends is read back as an alert, and one that does not as a classify rule.
    fn belongs(&mut self, stmt: &Stmt) {
        match (&stmt.kind, self.kind) {
            (StmtKind::Send { .. }, RuleKind::Classify) => {
                self.refuse(stmt.origin, "a rule that sends is an alert of the log manager", "write it as an alert");
            }
            // What no rule of the log manager's can hold is refused below.
            (
                StmtKind::If { .. }
                | StmtKind::Drop
                | StmtKind::Keep
                | StmtKind::Stop
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send { .. }
                | StmtKind::When { .. }
                | StmtKind::Remember { .. }
                | StmtKind::Forget { .. },
                RuleKind::Filter | RuleKind::Classify | RuleKind::Alert,
            ) => {}
        }
    }

    /// What stands in the inputs of a statement.
    fn inside(&mut self, kind: &'a StmtKind, id: BlockId, origin: Origin) {
        match kind {
            StmtKind::If { arms, otherwise } => {
                for (i, arm) in arms.iter().enumerate() {
                    let cond: (CondId, Slot) = (arm.cond, self.input(id, format!("IF{i}"), false));
                    self.cond(cond.0, cond.1);
                    if !arm.body.is_empty() {
                        let slot = self.input(id, format!("DO{i}"), true);
                        self.stmts(&arm.body, slot);
                    }
                }
                if let Some(body) = otherwise.as_ref().filter(|body| !body.is_empty()) {
                    let slot = self.input(id, "ELSE", true);
                    self.stmts(body, slot);
                }
            }
            StmtKind::Tag(_) => {
                let slot = self.input(id, "VAR", false);
                self.add(with(Kind::Message, "OBJECT", "meta"), slot, origin);
            }
            StmtKind::Send { .. } => {
                let slot = self.input(id, "VAR", false);
                let mut shadow = with(Kind::VariablesGet, "VAR", "msg");
                shadow.shadow = true;
                let shadow = self.add(shadow, slot, origin);
                if let Some(input) = self.workspace.block_mut(id).inputs.last_mut() {
                    input.shadow = Some(shadow);
                    input.block = None;
                }
            }
            StmtKind::Set { field, value } => {
                if let Base::Field(from) = &value.base {
                    let slot = self.input(id, "FROM", false);
                    self.path(&from.name, slot, origin);
                    let slot = self.input(id, "TO", false);
                    self.path(&field.name, slot, origin);
                }
            }
            StmtKind::Drop
            | StmtKind::Keep
            | StmtKind::Stop
            | StmtKind::Untag(_)
            | StmtKind::Remove(_)
            | StmtKind::When { .. }
            | StmtKind::Remember { .. }
            | StmtKind::Forget { .. } => {}
        }
    }

    /// The uuid of a name.
    fn reference(
        &mut self,
        origin: Origin,
        name: &String,
        what: &str,
        section: &str,
        map: impl Fn(&Registry) -> &std::collections::BTreeMap<String, String>,
    ) -> Option<String> {
        let found = uuid(map(self.registry), name).map(str::to_string);
        if found.is_none() {
            self.diagnostics.push(
                Diagnostic::new(Code::UnknownReference, origin, format!("the {what} \"{name}\" has no uuid here"))
                    .help(format!(
                        "name it in blocksieve.toml, under [logmanager.{section}]: \"its uuid\" = \"{name}\""
                    )),
            );
        }
        found
    }

    /// A path of the message: `message`, and a key inside another for each of its parts, as the log manager's own events nest
    /// them: `eventid@int` is a dictionary that has `value`.
    fn path(&mut self, name: &str, slot: Slot, origin: Origin) {
        let (object, keys): (&str, Vec<&str>) = match name.split_once('.') {
            Some((object @ ("msg" | "meta"), rest)) => (object, rest.split('.').collect()),
            None if matches!(name, "msg" | "meta" | "raw") => (name, Vec::new()),
            Some(_) | None => ("event", name.split('.').collect()),
        };
        if keys.iter().any(|key| key.is_empty()) {
            self.refuse(origin, "a key without a name has no block", "name it");
            return;
        }
        if keys.len() >= limits::DEPTH {
            let message = format!("a path of more than {} keys is too deep for blocks", limits::DEPTH - 1);
            self.refuse(origin, message, "test a key that is nearer");
            return;
        }
        let mut slot = slot;
        for key in keys.iter().rev() {
            let mut get = block(Kind::DictionariesGetIndex);
            mutation(&mut get, "statement=\"false\" at=\"true\"");
            let get = self.add(get, slot, origin);
            slot = self.input(get, "VALUE", false);
            let at = self.input(get, "AT", false);
            self.add(with(Kind::Text, "TEXT", *key), at, origin);
        }
        self.add(with(Kind::Message, "OBJECT", object), slot, origin);
    }

    /// A literal; `None` is told.
    fn literal(&mut self, literal: &Literal, slot: Slot, origin: Origin) {
        let block = match literal {
            Literal::Text(text) => with(Kind::Text, "TEXT", text.as_str()),
            Literal::Bool(yes) => with(Kind::LogicBoolean, "BOOL", if *yes { "TRUE" } else { "FALSE" }),
            Literal::Address(address) => with(Kind::Ip, "IP", address.written.as_str()),
            Literal::Number { written, .. } if written.starts_with("0x") || written.starts_with("0X") => {
                let message = format!("the log manager's block for numbers does not take `{written}`");
                self.refuse(origin, message, "write the number in decimal");
                return;
            }
            Literal::Number { written, .. } if written.contains(['.', 'e', 'E']) => {
                with(Kind::MathFloat, "NUM", written.as_str())
            }
            Literal::Number { written, .. } => with(Kind::MathNumber, "NUM", written.as_str()),
            Literal::Network { .. } | Literal::Time { .. } => {
                let message = format!("the log manager has no block for a {}", literal.kind());
                self.refuse(origin, message, "compare with a text, a number or an address");
                return;
            }
        };
        self.add(block, slot, origin);
    }
}

/// `set msg.b = msg.a`, then `remove field msg.a`.
fn is_move(to: &FieldRef, value: &Operand, removed: &[FieldRef]) -> bool {
    let key = |field: &FieldRef| field.name.starts_with("msg.");
    match (&value.base, removed) {
        (Base::Field(from), [gone]) => {
            value.through.is_empty() && from.name == gone.name && from.name != to.name && key(from) && key(to)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
